/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The monthly fans of a result file: against the number of its runs, against themselves, and against what stands in
 * /checkpoint, from which they are computed again. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "store/verify.h"

/* A series of an arm as the file has it. */
typedef struct fan {
    double *quantile;       /* [month][quantile] */
    double *mean, *defined; /* [month] */
} fan;

static int allocate(fan *f, const kl_study *study)
{
    size_t n = (size_t)study->horizon;
    f->quantile = malloc(n * (size_t)study->n_quantiles * sizeof *f->quantile);
    f->mean = malloc(n * sizeof *f->mean);
    f->defined = malloc(n * sizeof *f->defined);
    return f->quantile && f->mean && f->defined;
}

static void free_fan(fan *f)
{
    free(f->quantile);
    free(f->mean);
    free(f->defined);
}

static kl_status read_fan(const kl_verifier *verifier, fan *f, int arm, kl_series_id series, kl_reason *reason)
{
    kl_variable variable = kl_variable_of_quantiles(series);
    kl_status status = kl_part_read_arm(verifier->result, &variable, arm, f->quantile, reason);
    variable = kl_variable_of_mean(series);
    if (status == KL_OK)
        status = kl_part_read_arm(verifier->result, &variable, arm, f->mean, reason);
    variable = kl_variable_of_defined(series);
    if (status == KL_OK)
        status = kl_part_read_arm(verifier->result, &variable, arm, f->defined, reason);
    return status;
}

/* ---- against itself and the runs ---- */

/* NULL, or what is wrong with a month. */
static const char *fault_of(const kl_verifier *verifier, const fan *f, int arm, kl_series_id series, int month)
{
    int n = verifier->result->study.n_quantiles;
    const double *q = f->quantile + (size_t)month * (size_t)n;
    double defined = f->defined[month];
    if (!(defined >= 0 && defined <= (double)verifier->n_played[arm]))
        return "counts more worlds than there are runs";
    if (series == KL_SER_members && defined != (double)verifier->n_played[arm])
        return "does not count every run that did not fail";
    if (isnan(f->mean[month]) != (defined == 0))
        return "has a mean without worlds, or none with them";
    for (int i = 0; i < n; i++) {
        if (isnan(q[i]) != (defined == 0))
            return "has quantiles without worlds, or none with them";
        if (i > 0 && q[i] < q[i - 1])
            return "has quantiles that do not rise";
    }
    return NULL;
}

static void verify_fan(kl_verifier *verifier, const fan *f, int arm, kl_series_id series)
{
    for (int month = 0; month < verifier->result->study.horizon; month++) {
        const char *fault = fault_of(verifier, f, arm, series, month);
        if (!fault)
            continue;
        kl_verify_problem(verifier, "the fan of '%s' %s (arm '%s', month %d)", kl_series_info_of(series)->name, fault,
                          verifier->result->study.arm[arm].name, month + 1);
        return;
    }
}

static void verify_attributes(kl_verifier *verifier, kl_series_id series)
{
    const kl_variable variable[] = {kl_variable_of_quantiles(series), kl_variable_of_mean(series),
                                    kl_variable_of_defined(series)};
    for (size_t i = 0; i < sizeof variable / sizeof variable[0]; i++)
        kl_verify_attributes(verifier, &variable[i]);
}

static void verify_fans(kl_verifier *verifier, fan *f)
{
    for (int s = 0; s < KL_N_SERIES; s++) {
        kl_reason reason = {""};
        kl_variable variable = kl_variable_of_mean((kl_series_id)s);
        if (H5Lexists(verifier->file, variable.name, H5P_DEFAULT) == 0)
            continue; /* of another engine version */
        verify_attributes(verifier, (kl_series_id)s);
        for (int arm = 0; arm < verifier->result->study.n_arms; arm++) {
            if (read_fan(verifier, f, arm, (kl_series_id)s, &reason) == KL_OK) {
                verify_fan(verifier, f, arm, (kl_series_id)s);
                continue;
            }
            kl_verify_problem(verifier, "%s", reason.text);
            break;
        }
    }
}

void kl_verify_fans(kl_verifier *verifier)
{
    fan f = {NULL, NULL, NULL};
    if (allocate(&f, &verifier->result->study))
        verify_fans(verifier, &f);
    else
        verifier->status = KL_ERR_MEMORY;
    free_fan(&f);
}
