/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `klaster compare`: every arm of a result file against the baseline, world by world. */
#include "cli/compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/outcome.h"
#include "cli/tables.h"

typedef struct compare_args {
    kl_words operand, arm, metric;
    const char *baseline;
    int all;
    kl_tables_args tables;
} compare_args;

static const kl_option compare_options[] = {
    {"baseline", 'b', KL_OPTION_TEXT, offsetof(compare_args, baseline), "ARM", 0, 0,
     "the arm that the others are held against; without it the study's. Additional members, crowded out and deadweight "
     "are "
     "always against the study's baseline, since they need the firms of both runs"},
    {"arm", 'a', KL_OPTION_LIST, offsetof(compare_args, arm), "ARM", 0, 0, "only this arm; may be repeated"},
    {"metric", 'm', KL_OPTION_LIST, offsetof(compare_args, metric), "NAME", 0, 0,
     "this outcome in the tables of differences; may be repeated (klaster params --outcomes lists them)"},
    {"all", 0, KL_OPTION_FLAG, offsetof(compare_args, all), NULL, 0, 0, "every outcome"},
    KL_TABLES_OPTIONS(compare_args, tables),
    {0},
};

static const char *const compare_examples[] = {
    "klaster compare results/funding-options.h5",
    "four big numbers an option, what differs, who gains",
    "klaster compare results/funding-options.h5 --baseline operating --arm mix",
    "two options with each other",
    "klaster compare results/funding-options.h5 --all --csv",
    "every outcome, for a program",
    NULL,
};

static const kl_outcome_id key_outcomes[] = {KL_OUT_members_final, KL_OUT_survival,   KL_OUT_saving_net,
                                             KL_OUT_value_firms,   KL_OUT_npv_social, KL_OUT_public_spending};

/* Always computed: the text says who gains. */
static const kl_outcome_id gain_outcomes[] = {
    KL_OUT_value_small,      KL_OUT_value_medium,    KL_OUT_value_large,    KL_OUT_value_exporters,
    KL_OUT_value_domestic,   KL_OUT_share_worse_off, KL_OUT_gini,           KL_OUT_value_pilot,
    KL_OUT_value_wave_first, KL_OUT_value_wave_last, KL_OUT_value_outside,  KL_OUT_additional_members,
    KL_OUT_crowded_out,      KL_OUT_deadweight,      KL_OUT_public_to_firms};

/* ---- choosing ---- */

static int choose_metrics(kl_comparison *c, const compare_args *args)
{
    int n_usual = (int)(sizeof key_outcomes / sizeof key_outcomes[0]);
    return kl_choose_outcomes(c->cli, &args->metric, args->all, n_usual, key_outcomes, &c->n_metrics, c->metric);
}

static int choose_arms(kl_comparison *c, const compare_args *args)
{
    const kl_study *study = c->study;
    c->baseline = args->baseline ? kl_find_arm(c->cli, study, args->baseline) : study->baseline;
    if (c->baseline < 0)
        return KL_EXIT_USAGE;
    size_t most = (size_t)study->n_arms + (size_t)args->arm.n;
    c->arm = calloc(most, sizeof *c->arm);
    c->facts = calloc(most, sizeof *c->facts);
    c->difference = calloc(most * KL_N_OUTCOMES, sizeof *c->difference);
    if (!c->arm || !c->facts || !c->difference)
        return kl_fail(c->cli, KL_EXIT_IO, "out of memory");
    for (int i = 0; i < (args->arm.n > 0 ? args->arm.n : study->n_arms); i++) {
        int arm = args->arm.n > 0 ? kl_find_arm(c->cli, study, args->arm.item[i]) : i;
        if (arm < 0)
            return KL_EXIT_USAGE;
        if (arm != c->baseline)
            c->arm[c->n_arms++] = arm;
    }
    if (study->n_arms == 1)
        return kl_fail(c->cli, KL_EXIT_USAGE, "compare: the study has one arm, and options are arms");
    if (c->n_arms == 0)
        return kl_fail(c->cli, KL_EXIT_USAGE, "compare: nothing to hold against the baseline '%s'",
                       study->arm[c->baseline].name);
    return KL_EXIT_OK;
}

/* ---- computing ---- */

/* What one arm's facts are made of, read from the file. */
typedef struct arm_data {
    double *value; /* members, spending, npv, survival */
    int8_t *status;
    kl_option_values view;
} arm_data;

static void arm_free(arm_data *d)
{
    free(d->value);
    free(d->status);
    *d = (arm_data){0};
}

static kl_status arm_read(const kl_comparison *c, int arm, arm_data *d)
{
    static const kl_outcome_id wanted[] = {KL_OUT_members_final, KL_OUT_public_spending, KL_OUT_npv_social,
                                           KL_OUT_survival};
    size_t n = (size_t)c->n_clusters * (size_t)c->size;
    *d = (arm_data){.value = malloc(4 * n * sizeof *d->value), .status = malloc(n)};
    if (!d->value || !d->status)
        return KL_ERR_MEMORY;
    kl_status status = kl_result_status(c->result, arm, d->status);
    for (size_t i = 0; i < 4 && status == KL_OK; i++)
        status = kl_result_outcome(c->result, arm, wanted[i], d->value + i * n);
    d->view = (kl_option_values){d->value, d->value + n, d->value + 2 * n, d->value + 3 * n, d->status};
    return status;
}

/* Read an outcome of an arm and of the baseline and make the difference. */
static kl_status difference_of(kl_comparison *c, int a, kl_outcome_id id, const arm_data *arm, const arm_data *base,
                               double *scratch)
{
    double *x = scratch, *y = scratch + (size_t)c->n_clusters * (size_t)c->size;
    kl_difference *to = &c->difference[(size_t)a * KL_N_OUTCOMES + (size_t)id];
    kl_status status = kl_result_outcome(c->result, c->arm[a], id, x);
    if (status == KL_OK)
        status = kl_result_outcome(c->result, c->baseline, id, y);
    if (status == KL_OK)
        status = kl_difference_make(to, x, y, arm->status, base->status, c->n_clusters, c->size);
    if (status == KL_OK) {
        kl_estimate own;
        status = kl_estimate_make(&own, y, c->n_clusters, c->size);
        c->mean[id] = status == KL_OK && own.n > 0 ? own.mean : (double)NAN;
    }
    /* against the baseline already: its own mean is what is asked for */
    if (status == KL_OK && (id == KL_OUT_additional_members || id == KL_OUT_crowded_out || id == KL_OUT_deadweight)) {
        kl_difference from_zero;
        memset(y, 0, (size_t)c->n_clusters * (size_t)c->size * sizeof *y);
        status = kl_difference_make(&from_zero, x, y, arm->status, base->status, c->n_clusters, c->size);
        to->d = from_zero.d;
        to->lo = from_zero.lo;
        to->hi = from_zero.hi;
        to->mean_arm = to->d.mean;
    }
    return status;
}

static kl_status compute_arm(kl_comparison *c, int a, const arm_data *base, double *scratch)
{
    arm_data arm;
    char done[KL_N_OUTCOMES] = {0};
    kl_status status = arm_read(c, c->arm[a], &arm);
    if (status == KL_OK)
        status = kl_option_facts_make(&c->facts[a], &arm.view, &base->view, c->n_clusters, c->size);
    int n_gains = (int)(sizeof gain_outcomes / sizeof gain_outcomes[0]);
    for (int i = 0; i < c->n_metrics + n_gains && status == KL_OK; i++) {
        kl_outcome_id id = i < c->n_metrics ? c->metric[i] : gain_outcomes[i - c->n_metrics];
        if (!done[id])
            status = difference_of(c, a, id, &arm, base, scratch);
        done[id] = 1;
    }
    arm_free(&arm);
    return status;
}

static kl_status compute(kl_comparison *c)
{
    arm_data base;
    double *scratch = malloc(2 * (size_t)c->n_clusters * (size_t)c->size * sizeof *scratch);
    kl_status status = arm_read(c, c->baseline, &base);
    if (status == KL_OK && !scratch)
        status = KL_ERR_MEMORY;
    if (status == KL_OK)
        status = kl_option_facts_make(&c->own, &base.view, &base.view, c->n_clusters, c->size);
    for (int a = 0; a < c->n_arms && status == KL_OK; a++)
        status = compute_arm(c, a, &base, scratch);
    arm_free(&base);
    free(scratch);
    return status;
}

/* ---- output ---- */

/* Everything that was computed goes into the tables: the chosen outcomes, then those of who gains. */
static kl_status fill_tables(const kl_comparison *c, kl_table table[2])
{
    const char *baseline = c->study->arm[c->baseline].name;
    int n_gains = (int)(sizeof gain_outcomes / sizeof gain_outcomes[0]);
    kl_status status = kl_options_table_init(&table[0], baseline);
    if (status == KL_OK)
        status = kl_options_table_add(&table[0], &c->study->arm[c->baseline], &c->own);
    for (int a = 0; a < c->n_arms && status == KL_OK; a++)
        status = kl_options_table_add(&table[0], &c->study->arm[c->arm[a]], &c->facts[a]);
    if (status == KL_OK)
        status = kl_differences_table_init(&table[1], baseline);
    char done[KL_N_OUTCOMES] = {0};
    for (int i = 0; i < c->n_metrics + n_gains; i++) {
        kl_outcome_id id = i < c->n_metrics ? c->metric[i] : gain_outcomes[i - c->n_metrics];
        for (int a = 0; a < c->n_arms && !done[id] && status == KL_OK; a++)
            status = kl_differences_table_add(&table[1], &c->study->arm[c->arm[a]], id, kl_comparison_of(c, a, id));
        done[id] = 1;
    }
    return status;
}

static int output(kl_comparison *c, const compare_args *args)
{
    kl_table table[2] = {{0}, {0}};
    const char *path = args->operand.item[0];
    int code = KL_EXIT_OK;
    kl_status status = fill_tables(c, table);
    bool as_pages = kl_tables_are_text(&args->tables) && !args->tables.table && !args->tables.explain;
    if (status == KL_OK && as_pages)
        status = kl_comparison_print(c, path);
    if (status != KL_OK)
        code = kl_fail(c->cli, kl_exit_of(status), "%s", kl_status_text(status));
    else if (as_pages)
        code = kl_tables_save(c->cli, &args->tables, 2, table, path);
    else
        code = kl_tables_output(c->cli, &args->tables, 2, table, path);
    kl_table_free(&table[0]);
    kl_table_free(&table[1]);
    return code;
}

/* ---- the command ---- */

static int comparison_make(kl_comparison *c, const kl_cli *cli, const compare_args *args, const kl_result *result)
{
    const kl_study *study = &result->study;
    int row_size = study->design.row_size > 0 ? study->design.row_size : 1;
    *c = (kl_comparison){.cli = cli, .result = result, .study = study};
    /* the points of a row of the design share their worlds: rows are what is independent */
    c->n_clusters = study->n_points / row_size;
    c->size = study->n_replicates * row_size;
    int code = choose_arms(c, args);
    if (code == KL_EXIT_OK)
        code = choose_metrics(c, args);
    if (code == KL_EXIT_OK) {
        kl_status status = compute(c);
        if (status != KL_OK)
            code = kl_fail(cli, kl_exit_of(status), "%s: %s", args->operand.item[0], kl_status_text(status));
    }
    return code;
}

static void comparison_free(kl_comparison *c)
{
    free(c->arm);
    free(c->facts);
    free(c->difference);
}

int kl_compare_tables(const kl_cli *cli, const kl_result *result, const char *path, kl_table table[2])
{
    const compare_args args = {.operand = {1, &path}};
    kl_comparison c;
    table[0] = table[1] = (kl_table){0};
    int code = comparison_make(&c, cli, &args, result);
    kl_status status = code == KL_EXIT_OK ? fill_tables(&c, table) : KL_OK;
    comparison_free(&c);
    return status == KL_OK ? code : kl_fail(cli, kl_exit_of(status), "%s: %s", path, kl_status_text(status));
}

static int compare(const kl_cli *cli, const void *parsed, const kl_result *result)
{
    const compare_args *args = parsed;
    kl_comparison c;
    int code = comparison_make(&c, cli, args, result);
    if (code == KL_EXIT_OK)
        code = output(&c, args);
    comparison_free(&c);
    return code;
}

static int compare_run(const kl_cli *cli, const kl_command *self, int argc, char **argv)
{
    compare_args args = {.all = 0};
    int code = kl_options_parse(cli, self, argc, argv, &args);
    if (code < 0)
        code = kl_tables_answer(cli, &args.tables, args.operand.item[0], &args, compare);
    kl_options_free(self, &args);
    return code;
}

const kl_command kl_command_compare = {
    .name = "compare",
    .operands = "FILE",
    .least = 1,
    .most = 1,
    .summary = "every option against the baseline, in the same worlds",
    .text =
        "Prints four big numbers for each option (additional members, public money per additional member, social value "
        "per dollar, survival of the platform), then the differences of the outcomes, then who gains.\n"
        "A difference is taken world by world, so what both options share drops out. Intervals are 95 % Monte Carlo "
        "intervals: they say how precisely this number of worlds answers, not how right the model is.",
    .option = compare_options,
    .example = compare_examples,
    .reads_results = true,
    .run = compare_run,
};
