/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a calibration learned, as a fragment of parameters for other studies. Inputs of which nothing was learned are left to
 * those studies: their prior was and is an assumption. */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "cli/calibrate.h"

#define CHOICE_LEAST 0.05 /* share of the sample that a choice must have to stay */

typedef struct moments {
    double mean, sd, log_mean, log_sd, least, most;
} moments;

static moments moments_of(const double *value, int n)
{
    moments m = {0, 0, 0, 0, value[0], value[0]};
    for (int i = 0; i < n; i++) {
        m.mean += value[i] / n;
        m.log_mean += (value[i] > 0 ? log(value[i]) : NAN) / n;
        m.least = value[i] < m.least ? value[i] : m.least;
        m.most = value[i] > m.most ? value[i] : m.most;
    }
    for (int i = 0; i < n; i++) {
        m.sd += (value[i] - m.mean) * (value[i] - m.mean) / (n - 1);
        m.log_sd += value[i] > 0 ? (log(value[i]) - m.log_mean) * (log(value[i]) - m.log_mean) / (n - 1) : NAN;
    }
    m.sd = sqrt(m.sd);
    m.log_sd = sqrt(m.log_sd);
    return m;
}

static void put(FILE *file, double value)
{
    char text[KL_NUMBER_SIZE];
    fputs(kl_text_exact(text, sizeof text, value), file);
}

static void put_pair(FILE *file, const char *kind, double a, double b)
{
    fprintf(file, "{%s: [", kind);
    put(file, a);
    fputs(", ", file);
    put(file, b);
    fputs("]}\n", file);
}

static void put_choices(FILE *file, const kl_param_info *info, const double *value, int n)
{
    const char *comma = "";
    int n_values = info->kind == KL_KIND_CHOICE ? info->n_choices : 2;
    fputs("{choice: [", file);
    for (int w = 0; w < n_values; w++) {
        int count = 0;
        for (int i = 0; i < n; i++)
            count += value[i] == w;
        if (count < CHOICE_LEAST * n)
            continue;
        fprintf(file, "%s%s", comma, info->kind == KL_KIND_CHOICE ? info->choices[w] : w ? "true" : "false");
        comma = ", ";
    }
    fputs("]}\n", file);
}

/* Logarithms where the prior is of logarithms. */
static void put_input(FILE *file, const kl_fit *fit, int i)
{
    const kl_input *input = &fit->input[i];
    const kl_param_info *info = input->param >= 0 ? kl_param_info_of((kl_param_id)input->param) : NULL;
    int n = fit->study->n_points;
    const double *value = fit->value + (size_t)(fit->n_inputs + i) * (size_t)n;
    const kl_arm *arm = &fit->study->arm[fit->study->baseline];
    moments m = moments_of(value, n);
    fprintf(file, "  %s: ", input->name);
    if (info && (info->kind == KL_KIND_CHOICE || info->kind == KL_KIND_FLAG)) {
        put_choices(file, info, value, n);
    } else if (!info || info->kind == KL_KIND_INT) {
        put_pair(file, "integer", m.least, m.most);
    } else if (!(m.sd > 0)) {
        put(file, m.mean);
        putc('\n', file);
    } else {
        kl_dist_kind kind = arm->param[input->param].kind;
        if ((kind == KL_DIST_LOGNORMAL || kind == KL_DIST_LOGUNIFORM) && m.log_sd > 0)
            put_pair(file, "lognormal", exp(m.log_mean), m.log_sd);
        else
            put_pair(file, "normal", m.mean, m.sd);
    }
}

static int is_learned(const kl_fit *fit, int i, int *is)
{
    kl_learned learned;
    kl_status status = kl_calibration_learned(&fit->sampler, i, &learned);
    *is = status == KL_OK && learned.distance > learned.threshold;
    return status == KL_OK;
}

static int write_all(FILE *file, const kl_fit *fit)
{
    int n_learned = 0, is, fine = 1;
    fprintf(
        file,
        "# SPDX-License-Identifier: GPL-3.0-or-later\n"
        "# Fitted by klaster %s to the targets of the study '%s' (sha256 %.16s), seed %llu, %d particles,\n"
        "# tolerance %.3g. Each input is summarised alone: what was learned of combinations is lost here; the table\n"
        "# calibration_sample has it.\n"
        "klaster: 1\nname: fitted\nparameters:\n",
        KL_VERSION, fit->study->name, fit->study->sha256, (unsigned long long)fit->study->seed, fit->study->n_points,
        fit->sampler.tolerance);
    for (int i = 0; i < fit->n_inputs; i++) {
        fine = is_learned(fit, i, &is) && fine;
        if (is)
            put_input(file, fit, i);
        n_learned += is;
    }
    if (n_learned == 0)
        fputs("  {}\n", file);
    if (n_learned < fit->n_inputs)
        fputs("# Nothing was learned of these, which are left to the study:\n", file);
    for (int i = 0; i < fit->n_inputs; i++) {
        fine = is_learned(fit, i, &is) && fine;
        if (!is)
            fprintf(file, "#   %s\n", fit->input[i].name);
    }
    return fine;
}

int kl_fit_write(const kl_cli *cli, const kl_fit *fit, const char *path)
{
    FILE *file = fopen(path, "wx"); /* never over a file that a study may include */
    if (!file)
        return kl_fail(cli, KL_EXIT_IO, "%s: %s", path, strerror(errno));
    int fine = write_all(file, fit) && !ferror(file);
    if (fclose(file) != 0 || !fine)
        return kl_fail(cli, KL_EXIT_IO, "%s: cannot be written", path);
    return KL_EXIT_OK;
}
