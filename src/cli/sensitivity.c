/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `klaster sensitivity`: which inputs drive the outcomes of a result file, and how much is chance. */
#include "cli/sensitivity.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/outcome.h"
#include "cli/tables.h"

enum { RESAMPLES = 1000, RESAMPLES_LEAST = 40, METRICS_MAX = 256 };

typedef struct sensitivity_args {
    kl_words operand, arm, metric;
    int64_t resamples;
    int strict;
    kl_tables_args tables;
} sensitivity_args;

static const kl_option sensitivity_options[] = {
    {"metric", 'm', KL_OPTION_LIST, offsetof(sensitivity_args, metric), "NAME", 0, 0,
     "this outcome instead of the usual ones, or how runs end (completed, gate_failed, insolvent, ...), which every "
     "run "
     "has; may be repeated"},
    {"arm", 'a', KL_OPTION_LIST, offsetof(sensitivity_args, arm), "ARM", 0, 0, "only this arm; may be repeated"},
    {"bootstrap", 'b', KL_OPTION_COUNT, offsetof(sensitivity_args, resamples), "N", 0, KL_RESAMPLES_MAX,
     "resamples for the 95 % intervals (1,000); 0: no intervals"},
    {"strict", 0, KL_OPTION_FLAG, offsetof(sensitivity_args, strict), NULL, 0, 0,
     "exit with 1 where more than 10 % of the rows were left out or of the runs are undefined"},
    KL_TABLES_OPTIONS(sensitivity_args, tables),
    {0},
};

static const char *const sensitivity_examples[] = {
    "klaster sensitivity results/sensitivity.h5",
    "what drives the usual outcomes",
    "klaster sensitivity results/paper.h5 -m saving_joint -m completed",
    "the joint saving, and whether the mechanism is completed at all",
    "klaster sensitivity results/sensitivity.h5 --table sensitivity_sobol --csv",
    "all indices with their intervals",
    NULL,
};

static const char *const usual_metrics[] = {"completed",      "member_share", "saving_joint",
                                            "saving_net_all", "value_firms",  "npv_social"};

/* ---- outcomes, and how runs end, as metrics ---- */

/* A metric: an outcome, or where `status` is not negative, whether a run ended so. */
typedef struct metric {
    kl_outcome_id outcome;
    int status;
    const char *name, *unit, *meaning;
} metric;

static metric metric_of_status(int status)
{
#define STATUS_MEANING(name, word, meaning) "the run ended so: " meaning,
    static const char *const meanings[] = {KL_RUN_STATUS_LIST(STATUS_MEANING)};
#undef STATUS_MEANING
    return (metric){KL_N_OUTCOMES, status, kl_run_status_word(status), "1", meanings[status]};
}

static int find_metric(const kl_cli *cli, const char *name, metric *found)
{
    const char *names[KL_N_RUN_STATUS];
    kl_outcome_id id = kl_outcome_find(name);
    if (id < KL_N_OUTCOMES) {
        const kl_outcome_info *info = kl_outcome_info_of(id);
        *found = (metric){id, -1, info->name, info->unit, info->meaning};
        return KL_EXIT_OK;
    }
    for (int k = 0; k < KL_N_RUN_STATUS; k++) {
        names[k] = kl_run_status_word(k);
        if (strcmp(names[k], name) == 0) {
            *found = metric_of_status(k);
            return KL_EXIT_OK;
        }
    }
    return kl_no_outcome(cli, "", name, KL_N_RUN_STATUS, names);
}

/* value[world] of a metric; NaN where undefined or missing. */
static kl_status read_metric(const kl_result *result, int arm, const metric *m, double *value, int8_t *status)
{
    if (m->status < 0)
        return kl_result_outcome(result, arm, m->outcome, value);
    kl_status read = kl_result_status(result, arm, status);
    int64_t n = (int64_t)result->study.n_points * result->study.n_replicates;
    for (int64_t w = 0; read == KL_OK && w < n; w++)
        value[w] = status[w] < 0 ? NAN : status[w] == m->status;
    return read;
}

/* ---- all of it ---- */

typedef struct work {
    const kl_cli *cli;
    const sensitivity_args *args;
    const kl_result *result;
    int n_metrics, n_arms;
    metric metric[METRICS_MAX];
    int *arm;
    double *value;
    int8_t *status;
    kl_sensitivity found;
} work;

static int choose(work *w)
{
    const kl_words *metrics = &w->args->metric, *arms = &w->args->arm;
    int n = metrics->n > 0 ? metrics->n : (int)(sizeof usual_metrics / sizeof usual_metrics[0]);
    if (n > METRICS_MAX)
        return kl_fail(w->cli, KL_EXIT_USAGE, "sensitivity: at most %d metrics", METRICS_MAX);
    for (int i = 0; i < n; i++) {
        int code = find_metric(w->cli, metrics->n > 0 ? metrics->item[i] : usual_metrics[i], &w->metric[i]);
        if (code != KL_EXIT_OK)
            return code;
        for (int k = 0; k < i; k++)
            if (strcmp(w->metric[k].name, w->metric[i].name) == 0)
                return kl_fail(w->cli, KL_EXIT_USAGE, "sensitivity: metric %s is named twice", w->metric[i].name);
    }
    w->n_metrics = n;
    w->n_arms = arms->n > 0 ? arms->n : w->result->study.n_arms;
    for (int a = 0; a < w->n_arms; a++) {
        w->arm[a] = arms->n > 0 ? kl_find_arm(w->cli, &w->result->study, arms->item[a]) : a;
        if (w->arm[a] < 0)
            return KL_EXIT_USAGE;
    }
    return KL_EXIT_OK;
}

static int analyse(work *w)
{
    const kl_study *study = &w->result->study;
    kl_resampling resampling = {study->seed, (int)w->args->resamples};
    kl_status status = kl_sensitivity_start(&w->found, study, resampling);
    if (status == KL_ERR_NOT_FOUND)
        return kl_fail(w->cli, KL_EXIT_USAGE,
                       "%s: no input varies over the points of this study, so none can drive "
                       "anything",
                       w->args->operand.item[0]);
    for (int a = 0; status == KL_OK && a < w->n_arms; a++) {
        for (int i = 0; status == KL_OK && i < w->n_metrics; i++) {
            const metric *m = &w->metric[i];
            status = read_metric(w->result, w->arm[a], m, w->value, w->status);
            if (status == KL_ERR_NOT_FOUND)
                return kl_fail(w->cli, KL_EXIT_USAGE, "%s: the file, of another version of klaster, has no outcome %s",
                               w->args->operand.item[0], m->name);
            kl_response response = {w->arm[a], m->name, m->unit, w->value};
            if (status == KL_OK)
                status = kl_sensitivity_add(&w->found, &response);
        }
    }
    return status == KL_OK ? KL_EXIT_OK : kl_fail(w->cli, kl_exit_of(status), "%s", kl_status_text(status));
}

/* For people the picture; the tables on request. All are kept. */
static int output(work *w)
{
    const kl_tables_args *tables = &w->args->tables;
    const kl_sensitivity *found = &w->found;
    const char *path = w->args->operand.item[0];
    int code;
    if (kl_tables_are_text(tables) && !tables->table && !tables->explain) {
        kl_status status = kl_sensitivity_print(&w->cli->out, found);
        code = status == KL_OK ? kl_tables_save(w->cli, tables, found->n_tables, found->table, path)
                               : kl_fail(w->cli, kl_exit_of(status), "%s", kl_status_text(status));
    } else {
        code = kl_tables_output(w->cli, tables, found->n_tables, found->table, path);
    }
    if (code == KL_EXIT_OK && w->args->strict && w->found.n_not_defended > 0)
        code = kl_fail(w->cli, KL_EXIT_FAILED,
                       "%d of %d outcomes are undefined in too many runs to be defended (column 'defended')",
                       w->found.n_not_defended, w->n_arms * w->n_metrics);
    return code;
}

static void work_free(work *w)
{
    if (!w)
        return;
    kl_sensitivity_free(&w->found);
    free(w->arm);
    free(w->value);
    free(w->status);
    free(w);
}

/* NULL, and said, when out of memory. */
static work *work_new(const kl_cli *cli, const sensitivity_args *args, const kl_result *result)
{
    size_t n_worlds = (size_t)result->study.n_points * (size_t)result->study.n_replicates;
    int n_arms = args->arm.n > result->study.n_arms ? args->arm.n : result->study.n_arms;
    work *w = calloc(1, sizeof *w);
    if (w) {
        w->cli = cli;
        w->args = args;
        w->result = result;
        w->arm = calloc((size_t)n_arms + 1, sizeof *w->arm);
        w->value = malloc((n_worlds + 1) * sizeof *w->value);
        w->status = malloc(n_worlds + 1);
    }
    if (w && w->arm && w->value && w->status)
        return w;
    work_free(w);
    kl_fail(cli, KL_EXIT_IO, "out of memory");
    return NULL;
}

int kl_sensitivity_make(const kl_cli *cli, const kl_result *result, const char *path, const kl_words *arms,
                        const kl_words *metrics, kl_sensitivity *found)
{
    const sensitivity_args args = {.operand = {1, &path}, .arm = *arms, .metric = *metrics, .resamples = RESAMPLES};
    *found = (kl_sensitivity){0};
    work *w = work_new(cli, &args, result);
    if (!w)
        return KL_EXIT_IO;
    int code = choose(w);
    if (code == KL_EXIT_OK)
        code = analyse(w);
    *found = w->found;
    w->found = (kl_sensitivity){0};
    work_free(w);
    return code;
}

static int attribute(const kl_cli *cli, const void *parsed, const kl_result *result)
{
    const sensitivity_args *args = parsed;
    work *w = work_new(cli, args, result);
    if (!w)
        return KL_EXIT_IO;
    int code = choose(w);
    if (code == KL_EXIT_OK && !result->complete)
        kl_say(cli, KL_WARN, "%s is incomplete: rows with missing runs are left out", args->operand.item[0]);
    if (code == KL_EXIT_OK)
        code = analyse(w);
    if (code == KL_EXIT_OK)
        code = output(w);
    work_free(w);
    return code;
}

static int sensitivity_run(const kl_cli *cli, const kl_command *self, int argc, char **argv)
{
    sensitivity_args args = {.resamples = RESAMPLES};
    int code = kl_options_parse(cli, self, argc, argv, &args);
    if (code < 0 && args.resamples > 0 && args.resamples < RESAMPLES_LEAST)
        code = kl_fail(cli, KL_EXIT_USAGE, "--bootstrap: 0, or at least %d, as fewer have no 95 %% interval",
                       RESAMPLES_LEAST);
    if (code < 0)
        code = kl_tables_answer(cli, &args.tables, args.operand.item[0], &args, attribute);
    kl_options_free(self, &args);
    return code;
}

const kl_command kl_command_sensitivity = {
    .name = "sensitivity",
    .operands = "FILE",
    .least = 1,
    .most = 1,
    .summary = "which inputs drive the outcomes, and how much is chance",
    .text =
        "Splits every outcome's variance into what the inputs make and what is chance, and the inputs' part into "
        "inputs. "
        "How depends on the design of the study: Sobol indices with saltelli, elementary effects with morris, effects "
        "of the factors with factorial; with every other design indices from the sample and a regression of ranks.\n"
        "All tables are kept in the file and --table prints one of them.",
    .option = sensitivity_options,
    .example = sensitivity_examples,
    .reads_results = true,
    .run = sensitivity_run,
};
