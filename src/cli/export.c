/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `klaster export`: a result file as CSV (RFC 4180) or JSON. One arm is held in memory at a time. An undefined value is an
 * empty field; a number is the shortest text that reads back as the stored one. */
#define _DEFAULT_SOURCE 1 /* POSIX under -std=c11 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/outcome.h"
#include "cli/output.h"
#include "cli/records.h"

typedef struct export_args {
    kl_words operand, arm;
    const char *output;
    int what, json, force;
} export_args;

enum { WHAT_RUNS, WHAT_FANS, WHAT_INPUTS, N_WHAT };
#define WHAT_WORDS "runs|fans|inputs"

static const kl_option export_options[] = {
    {"output", 'o', KL_OPTION_TEXT, offsetof(export_args, output), "DIR", 0, 0,
     "directory for runs.csv, fans.csv and inputs.csv (or .json), made if it is missing; - or nothing: standard "
     "output"},
    {"what", 'w', KL_OPTION_WORD, offsetof(export_args, what), WHAT_WORDS, 0, 0,
     "which table: a row a run with its inputs and outcomes (default on standard output); the monthly fans; the inputs "
     "a point. A "
     "directory gets all without it"},
    {"arm", 'a', KL_OPTION_LIST, offsetof(export_args, arm), "ARM", 0, 0, "only this arm; may be repeated"},
    {"json", 0, KL_OPTION_FLAG, offsetof(export_args, json), NULL, 0, 0, "print JSON, a row a line, instead of CSV"},
    {"force", 'f', KL_OPTION_FLAG, offsetof(export_args, force), NULL, 0, 0, "replace files that exist"},
    {0},
};

static const char *const export_examples[] = {
    "klaster export results/paper.h5 > runs.csv",
    "a row a run",
    "klaster export results/paper.h5 --what fans > fans.csv",
    "mean and quantiles of every series in every month",
    "klaster export results/paper.h5 -o csv/",
    "csv/runs.csv, csv/fans.csv and csv/inputs.csv",
    NULL,
};

typedef struct exporter {
    const kl_result *result;
    const kl_study *study;
    bool json;
    kl_records rows;
    int n_arms;
    int *arm; /* [n_arms] chosen */
    int n_inputs;
    kl_input *input;
} exporter;

/* ---- tables ---- */

static void inputs_header(exporter *e)
{
    for (int i = 0; i < e->n_inputs; i++)
        kl_records_column(&e->rows, e->input[i].name);
}

static void inputs_of_point(exporter *e, int arm, int point)
{
    for (int i = 0; i < e->n_inputs; i++) {
        char text[KL_NUMBER_SIZE];
        kl_text_input(text, sizeof text, &e->input[i], kl_study_input_value(e->study, &e->input[i], arm, point));
        if (e->input[i].n_words > 0 && *text)
            kl_records_text(&e->rows, text);
        else
            kl_records_number(&e->rows, text);
    }
}

static bool has_failed(const exporter *e)
{
    return ferror(e->rows.to) != 0;
}

static void run_rows(exporter *e, int arm, const int8_t *status, double *const *value)
{
    int n_replicates = e->study->n_replicates;
    for (int p = 0; p < e->study->n_points && !has_failed(e); p++) {
        for (int r = 0; r < n_replicates; r++) {
            size_t w = (size_t)p * (size_t)n_replicates + (size_t)r;
            kl_records_text(&e->rows, e->study->arm[arm].name);
            kl_records_count(&e->rows, p);
            kl_records_count(&e->rows, r);
            kl_records_text(&e->rows, kl_run_status_word(status[w]));
            inputs_of_point(e, arm, p);
            for (int i = 0; i < KL_N_OUTCOMES; i++) {
                char text[KL_NUMBER_SIZE];
                kl_records_number(&e->rows, kl_outcome_exact(text, sizeof text, (kl_outcome_id)i, value[i][w]));
            }
        }
    }
}

static void runs_header(exporter *e)
{
    static const char *const first[] = {"arm", "point", "replicate", "status"};
    for (size_t i = 0; i < sizeof first / sizeof first[0]; i++)
        kl_records_column(&e->rows, first[i]);
    inputs_header(e);
    for (int i = 0; i < KL_N_OUTCOMES; i++)
        kl_records_column(&e->rows, kl_outcome_info_of((kl_outcome_id)i)->name);
}

static kl_status export_runs(exporter *e)
{
    size_t n = (size_t)e->study->n_points * (size_t)e->study->n_replicates;
    double *value[KL_N_OUTCOMES] = {NULL};
    int8_t *run_status = malloc(n);
    kl_status status = run_status ? KL_OK : KL_ERR_MEMORY;
    for (int i = 0; i < KL_N_OUTCOMES && status == KL_OK; i++) {
        value[i] = malloc(n * sizeof **value);
        status = value[i] ? KL_OK : KL_ERR_MEMORY;
    }
    runs_header(e);
    for (int a = 0; a < e->n_arms && status == KL_OK; a++) {
        status = kl_result_status(e->result, e->arm[a], run_status);
        for (int i = 0; i < KL_N_OUTCOMES && status == KL_OK; i++)
            status = kl_result_outcome(e->result, e->arm[a], (kl_outcome_id)i, value[i]);
        if (status == KL_OK)
            run_rows(e, e->arm[a], run_status, value);
    }
    for (int i = 0; i < KL_N_OUTCOMES; i++)
        free(value[i]);
    free(run_status);
    return status;
}

/* Shares are stored with 32 bits, money with 64. */
static void fan_field(exporter *e, kl_series_id series, double value)
{
    char text[KL_NUMBER_SIZE] = "";
    bool is_money = kl_series_info_of(series)->scale == KL_SCALE_MONEY;
    if (!isnan(value))
        (is_money ? kl_text_exact : kl_text_exact32)(text, sizeof text, value);
    kl_records_number(&e->rows, text);
}

static void fans_header(exporter *e)
{
    static const char *const first[] = {"arm", "series", "month", "mean"};
    char text[KL_NUMBER_SIZE], name[KL_NUMBER_SIZE + 1];
    for (size_t i = 0; i < sizeof first / sizeof first[0]; i++)
        kl_records_column(&e->rows, first[i]);
    for (int q = 0; q < e->study->n_quantiles; q++) {
        snprintf(name, sizeof name, "q%s", kl_text_exact(text, sizeof text, e->study->quantile[q]));
        kl_records_column(&e->rows, name);
    }
}

static kl_status export_fans(exporter *e)
{
    size_t months = (size_t)e->study->horizon, quantiles = (size_t)e->study->n_quantiles;
    double *value = malloc((months * quantiles + 1) * sizeof *value);
    double *mean = malloc((months + 1) * sizeof *mean);
    kl_status status = value && mean ? KL_OK : KL_ERR_MEMORY;
    fans_header(e);
    for (int a = 0; a < e->n_arms && status == KL_OK; a++) {
        for (int s = 0; s < KL_N_SERIES && status == KL_OK && !has_failed(e); s++) {
            status = kl_result_fan(e->result, e->arm[a], (kl_series_id)s, value, mean);
            for (size_t m = 0; m < months && status == KL_OK; m++) {
                kl_records_text(&e->rows, e->study->arm[e->arm[a]].name);
                kl_records_text(&e->rows, kl_series_info_of((kl_series_id)s)->name);
                kl_records_count(&e->rows, (int64_t)m + 1);
                fan_field(e, (kl_series_id)s, mean[m]);
                for (size_t q = 0; q < quantiles; q++)
                    fan_field(e, (kl_series_id)s, value[m * quantiles + q]);
            }
        }
    }
    free(value);
    free(mean);
    return status;
}

static kl_status export_inputs(exporter *e)
{
    kl_records_column(&e->rows, "arm");
    kl_records_column(&e->rows, "point");
    inputs_header(e);
    for (int a = 0; a < e->n_arms; a++) {
        for (int p = 0; p < e->study->n_points && !has_failed(e); p++) {
            kl_records_text(&e->rows, e->study->arm[e->arm[a]].name);
            kl_records_count(&e->rows, p);
            inputs_of_point(e, e->arm[a], p);
        }
    }
    return KL_OK;
}

static const char *const table_name[N_WHAT] = {"runs", "fans", "inputs"};

static kl_status export_table(exporter *e, int what, FILE *to)
{
    kl_records_begin(&e->rows, to, e->json, table_name[what]);
    kl_status status = what == WHAT_RUNS ? export_runs(e) : what == WHAT_FANS ? export_fans(e) : export_inputs(e);
    kl_status ended = kl_records_end(&e->rows);
    return status == KL_OK ? ended : status;
}

/* ---- to a directory ---- */

static int export_file(const kl_cli *cli, exporter *e, const char *directory, int what, bool force)
{
    char path[KL_OUTPUT_PATH_MAX];
    kl_output output;
    size_t length = strlen(directory);
    if (snprintf(path, sizeof path, "%s%s%s.%s", directory, length && directory[length - 1] == '/' ? "" : "/",
                 table_name[what], e->json ? "json" : "csv") >= (int)sizeof path)
        return kl_fail(cli, KL_EXIT_IO, "the name of the directory is too long");
    int code = kl_output_open(cli, &output, path, force);
    if (code != KL_EXIT_OK)
        return code;
    kl_status status = export_table(e, what, output.file);
    if (status != KL_OK)
        code = kl_fail(cli, kl_exit_of(status), "%s: %s", table_name[what], kl_status_text(status));
    return kl_output_close(cli, &output, code);
}

static int export_directory(const kl_cli *cli, exporter *e, const export_args *args)
{
    if (mkdir(args->output, 0777) != 0 && errno != EEXIST)
        return kl_fail(cli, KL_EXIT_IO, "%s: %s", args->output, strerror(errno));
    for (int what = 0; what < N_WHAT; what++) {
        if (args->what >= 0 && args->what != what)
            continue;
        int code = export_file(cli, e, args->output, what, args->force);
        if (code != KL_EXIT_OK)
            return code;
    }
    return KL_EXIT_OK;
}

/* ---- the command ---- */

static int export_result(const kl_cli *cli, const export_args *args, const kl_result *result)
{
    exporter e = {.result = result, .study = &result->study, .json = args->json != 0};
    int code = KL_EXIT_OK;
    e.n_arms = args->arm.n > 0 ? args->arm.n : e.study->n_arms;
    e.arm = calloc((size_t)e.n_arms + 1, sizeof *e.arm);
    e.input = kl_inputs_of(e.study, &e.n_inputs);
    if (!e.arm || e.n_inputs < 0)
        code = kl_fail(cli, KL_EXIT_IO, "out of memory");
    for (int a = 0; a < e.n_arms && code == KL_EXIT_OK; a++) {
        e.arm[a] = args->arm.n > 0 ? kl_find_arm(cli, e.study, args->arm.item[a]) : a;
        code = e.arm[a] < 0 ? KL_EXIT_USAGE : KL_EXIT_OK;
    }
    if (code == KL_EXIT_OK && args->output && strcmp(args->output, "-") != 0) {
        code = export_directory(cli, &e, args);
    } else if (code == KL_EXIT_OK) {
        kl_status status = export_table(&e, args->what >= 0 ? args->what : WHAT_RUNS, stdout);
        if (status != KL_OK)
            code = kl_fail(cli, kl_exit_of(status), "%s", kl_status_text(status));
    }
    free(e.arm);
    free(e.input);
    return code;
}

static int export_run(const kl_cli *cli, const kl_command *self, int argc, char **argv)
{
    export_args args = {.what = -1};
    kl_result result;
    int code = kl_options_parse(cli, self, argc, argv, &args);
    if (code < 0) {
        code = kl_open_result(cli, &result, args.operand.item[0]);
        if (code == KL_EXIT_OK) {
            code = export_result(cli, &args, &result);
            kl_result_close(&result);
        }
    }
    kl_options_free(self, &args);
    return code;
}

const kl_command kl_command_export = {
    .name = "export",
    .operands = "FILE",
    .least = 1,
    .most = 1,
    .summary = "a result file as CSV or JSON",
    .text = "Writes CSV (RFC 4180), or JSON. An undefined value is an empty field, or null. A number is the shortest "
            "text that reads "
            "back as the stored "
            "one: shares and ratios are stored with 32 bits, money with 64.",
    .option = export_options,
    .example = export_examples,
    .reads_results = true,
    .run = export_run,
};
