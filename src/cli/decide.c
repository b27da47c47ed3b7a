/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `klaster decide`: which option to choose, how sure that is, and what it would be worth to know more. */
#include "cli/decide.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/outcome.h"

static const kl_option decide_options[] = {
    {"baseline", 0, KL_OPTION_TEXT, offsetof(kl_decide_args, baseline), "ARM", 0, 0,
     "what the options are compared with; without it the study's baseline"},
    {"arm", 'a', KL_OPTION_LIST, offsetof(kl_decide_args, arm), "ARM", 0, 0,
     "only these options and the baseline; may be repeated"},
    {"net-benefit", 0, KL_OPTION_TEXT, offsetof(kl_decide_args, benefit), "METRIC", 0, 0,
     "what an option is to yield; npv_social without it"},
    {"effect", 0, KL_OPTION_TEXT, offsetof(kl_decide_args, effect), "METRIC", 0, 0,
     "what money is to buy; members_final without it"},
    {"cost", 0, KL_OPTION_TEXT, offsetof(kl_decide_args, cost), "METRIC", 0, 0,
     "what it costs; public_spending without it"},
    {"wtp", 0, KL_OPTION_TEXT, offsetof(kl_decide_args, wtp), "FROM:TO:N", 0, 0,
     "N values of the willingness to pay for a unit of effect; without it 21 from 0 to twice the highest ratio"},
    {"at", 0, KL_OPTION_TEXT, offsetof(kl_decide_args, at), "WTP", 0, 0,
     "decide by WTP times effect less cost, in place of a net benefit"},
    {"group", 0, KL_OPTION_LIST, offsetof(kl_decide_args, group), "NAME=INPUT,INPUT...", 0, 0,
     "also value knowing these inputs together; may be repeated"},
    {"points", 0, KL_OPTION_FLAG, offsetof(kl_decide_args, points), NULL, 0, 0,
     "also the points of the cost-effectiveness plane, as a table"},
    KL_TABLES_OPTIONS(kl_decide_args, tables),
    {0},
};

static const char *const decide_examples[] = {
    "klaster decide results/funding-options.h5",
    "by social net present value; what public money buys in members; what to find out first",
    "klaster decide results/funding-options.h5 --effect saving_net_all --at 500000",
    "if one full point of net saving were worth 500,000 USD",
    "klaster decide results/funding-options.h5 --table acceptability --csv",
    "for a chart",
    NULL,
};

/* ---- choosing ---- */

static int find_metric(const kl_cli *cli, const char *option, const char *name, kl_outcome_id fallback,
                       kl_outcome_id *metric)
{
    char before[32];
    *metric = name ? kl_outcome_find(name) : fallback;
    if (*metric != KL_N_OUTCOMES)
        return KL_EXIT_OK;
    snprintf(before, sizeof before, "--%s: ", option);
    return kl_no_outcome(cli, before, name, 0, NULL);
}

static int parse_amount(const char *text, char end, double *value, const char **rest)
{
    char *stop;
    *value = strtod(text, &stop);
    *rest = *stop ? stop + 1 : stop;
    return stop != text && *stop == end && *value >= 0 && *value < 1e15;
}

static int parse_wtp(kl_decide *d)
{
    const char *rest = d->args->wtp;
    double from, to;
    int64_t n;
    d->at = NAN;
    if (d->args->at && !parse_amount(d->args->at, '\0', &d->at, &rest))
        return kl_fail(d->cli, KL_EXIT_USAGE, "--at: '%s' is no amount of 0 or more", d->args->at);
    rest = d->args->wtp;
    if (!rest)
        return KL_EXIT_OK;
    if (!parse_amount(rest, ':', &from, &rest) || !parse_amount(rest, ':', &to, &rest) ||
        !kl_text_parse_count(rest, 2, KL_DECIDE_WTP_MAX, &n) || to <= from)
        return kl_fail(d->cli, KL_EXIT_USAGE, "--wtp: '%s' is not FROM:TO:N with 0 <= FROM < TO and N from 2 to %d",
                       d->args->wtp, KL_DECIDE_WTP_MAX);
    d->n_wtp = (int)n;
    for (int k = 0; k < d->n_wtp; k++)
        d->wtp[k] = from + (to - from) * k / (d->n_wtp - 1);
    return KL_EXIT_OK;
}

static int choose_metrics(kl_decide *d)
{
    const kl_decide_args *args = d->args;
    int code = find_metric(d->cli, "net-benefit", args->benefit, KL_OUT_npv_social, &d->metric);
    if (code == KL_EXIT_OK)
        code = find_metric(d->cli, "cost", args->cost, KL_OUT_public_spending, &d->cost);
    if (code == KL_EXIT_OK)
        code = find_metric(d->cli, "effect", args->effect, KL_OUT_members_final, &d->effect);
    if (code == KL_EXIT_OK)
        code = parse_wtp(d);
    if (code == KL_EXIT_OK && args->at && args->benefit)
        code = kl_fail(d->cli, KL_EXIT_USAGE, "--at or --net-benefit, not both: each says what is to be decided by");
    return code;
}

/* Is arm `a` of the study among the n first chosen? */
static int has_arm(const kl_decide *d, int a)
{
    for (int k = 0; k < d->n_arms; k++)
        if (d->arm[k] == a)
            return 1;
    return 0;
}

static int choose_arms(kl_decide *d)
{
    const kl_words *names = &d->args->arm;
    size_t n = (size_t)d->study->n_arms;
    d->arm = calloc(n, sizeof *d->arm);
    d->name = calloc(n, sizeof *d->name);
    d->status = calloc(n, sizeof *d->status);
    d->benefit = calloc(n, sizeof *d->benefit);
    d->icer = calloc(n, sizeof *d->icer);
    if (!d->arm || !d->name || !d->status || !d->benefit || !d->icer)
        return kl_fail(d->cli, KL_EXIT_IO, "out of memory");
    int baseline = d->args->baseline ? kl_find_arm(d->cli, d->study, d->args->baseline) : d->study->baseline;
    if (baseline < 0)
        return KL_EXIT_USAGE;
    for (int k = 0; k < names->n; k++)
        if (kl_find_arm(d->cli, d->study, names->item[k]) < 0)
            return KL_EXIT_USAGE;
    for (int a = 0; a < d->study->n_arms; a++) {
        int chosen = names->n == 0 || a == baseline;
        for (int k = 0; k < names->n; k++)
            chosen |= strcmp(names->item[k], d->study->arm[a].name) == 0;
        if (!chosen || has_arm(d, a))
            continue;
        d->words.baseline = a == baseline ? d->n_arms : d->words.baseline;
        d->name[d->n_arms] = d->study->arm[a].name;
        d->arm[d->n_arms++] = a;
    }
    if (d->n_arms < 2)
        return kl_fail(d->cli, KL_EXIT_USAGE, "%s: a decision needs two options or more, and %s",
                       d->args->operand.item[0], d->study->n_arms < 2 ? "the study has one arm" : "one arm was chosen");
    return KL_EXIT_OK;
}

/* ---- reading ---- */

static int fail_status(const kl_decide *d, kl_status status)
{
    return status == KL_OK
               ? KL_EXIT_OK
               : kl_fail(d->cli, kl_exit_of(status), "%s: %s", d->args->operand.item[0], kl_status_text(status));
}

/* What the decision is about, for each arm and world; -1 in a month's place is NaN already. */
static kl_status read_benefit(kl_decide *d, int k, double *scratch)
{
    size_t n = (size_t)d->study->n_points * (size_t)d->study->n_replicates;
    d->status[k] = malloc(n);
    d->benefit[k] = malloc(n * sizeof(double));
    if (!d->status[k] || !d->benefit[k])
        return KL_ERR_MEMORY;
    kl_status status = kl_result_status(d->result, d->arm[k], d->status[k]);
    if (status != KL_OK)
        return status;
    if (isnan(d->at))
        return kl_result_outcome(d->result, d->arm[k], d->metric, d->benefit[k]);
    status = kl_result_outcome(d->result, d->arm[k], d->effect, d->benefit[k]);
    if (status == KL_OK)
        status = kl_result_outcome(d->result, d->arm[k], d->cost, scratch);
    if (status == KL_OK)
        kl_net_benefit(d->benefit[k], scratch, d->benefit[k], d->at, (int64_t)n);
    return status;
}

static kl_status read_benefits(kl_decide *d)
{
    size_t n = (size_t)d->study->n_points * (size_t)d->study->n_replicates;
    double *scratch = malloc(n * sizeof *scratch);
    kl_status status = scratch ? KL_OK : KL_ERR_MEMORY;
    for (int k = 0; k < d->n_arms && status == KL_OK; k++)
        status = read_benefit(d, k, scratch);
    free(scratch);
    if (status == KL_OK)
        status = kl_states_make(&d->by_benefit, 1, d->n_arms, (const double *const *)d->benefit, d->study->n_points,
                                d->study->n_replicates);
    return status;
}

static kl_status read_effectiveness(kl_decide *d)
{
    size_t n = (size_t)d->study->n_points * (size_t)d->study->n_replicates, n_columns = 2 * (size_t)d->n_arms;
    double *all = malloc(n_columns * n * sizeof *all);
    const double **column = malloc(n_columns * sizeof *column);
    kl_status status = all && column ? KL_OK : KL_ERR_MEMORY;
    for (size_t c = 0; c < n_columns && status == KL_OK; c++) {
        column[c] = all + c * n;
        status = kl_result_outcome(d->result, d->arm[c % (size_t)d->n_arms],
                                   c < (size_t)d->n_arms ? d->cost : d->effect, all + c * n);
    }
    if (status == KL_OK)
        status = kl_states_make(&d->by_effect, 2, d->n_arms, column, d->study->n_points, d->study->n_replicates);
    free(column);
    free(all);
    return status;
}

/* Do the options differ in cost anywhere? */
static bool costs_differ(const kl_states *s)
{
    const double *cost = kl_states_of(s, 0);
    for (int a = 1; a < s->n_arms; a++)
        if (memcmp(cost, cost + (size_t)a * (size_t)s->n, (size_t)s->n * sizeof *cost) != 0)
            return true;
    return false;
}

/* ---- words ---- */

static void set_words(kl_decide *d)
{
    const kl_outcome_info *cost = kl_outcome_info_of(d->cost), *effect = kl_outcome_info_of(d->effect);
    kl_appraisal_words *w = &d->words;
    w->arm = d->name;
    w->cost = cost->name;
    w->effect = effect->name;
    w->cost_unit = cost->unit;
    w->effect_unit = effect->unit;
    if (strcmp(effect->unit, "1") == 0)
        snprintf(d->ratio_unit, sizeof d->ratio_unit, "%s", cost->unit);
    else if (strcmp(effect->unit, cost->unit) == 0)
        snprintf(d->ratio_unit, sizeof d->ratio_unit, "1");
    else
        snprintf(d->ratio_unit, sizeof d->ratio_unit, "%s/%s", cost->unit, effect->unit);
    w->ratio_unit = d->ratio_unit;
    w->benefit_unit = isnan(d->at) ? kl_outcome_info_of(d->metric)->unit : cost->unit;
    if (isnan(d->at))
        snprintf(d->benefit_text, sizeof d->benefit_text, "%s", kl_outcome_info_of(d->metric)->name);
    else
        snprintf(d->benefit_text, sizeof d->benefit_text, "%.6g %s x %s - %s", d->at, d->ratio_unit, effect->name,
                 cost->name);
    w->net_benefit = d->benefit_text;
}

/* ---- willingness to pay ---- */

/* 1, 2 or 5 times a power of ten, at least x. */
static double round_up(double x)
{
    double power = pow(10, floor(log10(x)));
    return x <= power ? power : x <= 2 * power ? 2 * power : x <= 5 * power ? 5 * power : 10 * power;
}

/* Where --wtp was not said: 21 values up to twice the highest ratio on the frontier. Without any ratio, up to twice what a unit
 * of effect costs on average, or to 1. */
static void set_wtp(kl_decide *d)
{
    double most = 0, cost = 0, effect = 0;
    if (d->n_wtp > 0)
        return;
    for (int r = 0; r < d->n_arms; r++) {
        most = d->icer[r].icer > most ? d->icer[r].icer : most;
        cost += fabs(d->icer[r].cost);
        effect += fabs(d->icer[r].effect);
    }
    if (most == 0 && effect > 0)
        most = cost / effect;
    most = most > 0 && most < 1e14 ? round_up(2 * most) : 1;
    d->n_wtp = 21;
    for (int k = 0; k < d->n_wtp; k++)
        d->wtp[k] = most * k / (d->n_wtp - 1);
}

/* ---- tables ---- */

/* The next table; it is freed in the end also where filling it failed. */
static kl_table *next_table(kl_decide *d)
{
    return &d->table[d->n_tables++];
}

static kl_status decide_effectiveness(kl_decide *d)
{
    kl_status status = read_effectiveness(d);
    if (status != KL_OK)
        return status;
    bool asked = d->args->cost || d->args->effect || d->args->wtp || d->args->at || d->args->points;
    d->has_effectiveness = d->by_effect.n > 0 && (asked || costs_differ(&d->by_effect));
    if (!d->has_effectiveness)
        return KL_OK;
    status = kl_icers_of_states(d->icer, &d->by_effect);
    set_wtp(d);
    if (status == KL_OK)
        status = kl_icers_table(next_table(d), d->icer, &d->by_effect, &d->words);
    if (status == KL_OK)
        status = kl_plane_table(next_table(d), &d->by_effect, &d->words);
    if (status == KL_OK) {
        kl_table *curve = next_table(d), *frontier = next_table(d);
        status = kl_acceptability_tables(curve, frontier, &d->by_effect, d->wtp, d->n_wtp, &d->words);
    }
    if (status == KL_OK && d->args->points)
        status = kl_plane_points_table(next_table(d), &d->by_effect, &d->words);
    return status;
}

static int compute(kl_decide *d)
{
    kl_status status = read_benefits(d);
    if (status != KL_OK)
        return fail_status(d, status);
    if (d->by_benefit.n == 0)
        return kl_fail(d->cli, KL_EXIT_FAILED, "%s: there is no world in which %s is defined for every option",
                       d->args->operand.item[0], d->benefit_text);
    status = kl_decision_make(&d->decision, kl_states_of(&d->by_benefit, 0), d->n_arms, d->by_benefit.n);
    if (status == KL_OK)
        status = kl_decision_table(next_table(d), &d->decision, &d->by_benefit, &d->words);
    if (status != KL_OK)
        return fail_status(d, status);
    int code = kl_decide_information(d);
    if (code != KL_EXIT_OK)
        return code;
    status =
        kl_information_table(next_table(d), d->inputs.evppi, d->inputs.set, d->inputs.n_sets, &d->decision, &d->words);
    if (status == KL_OK && d->inputs.n > 1)
        status = kl_input_sets_table(next_table(d), d->inputs.set, d->inputs.name, d->inputs.n_sets);
    if (status == KL_OK)
        status = kl_decide_pilots(d);
    if (status == KL_OK && d->n_pilots > 0)
        status = kl_pilot_table(next_table(d), d->pilot, d->n_pilots, &d->words);
    if (status == KL_OK)
        status = decide_effectiveness(d);
    return fail_status(d, status);
}

void kl_decide_free(kl_decide *d)
{
    for (int t = 0; t < d->n_tables; t++)
        kl_table_free(&d->table[t]);
    for (int k = 0; k < d->n_arms; k++) {
        free(d->status[k]);
        free(d->benefit[k]);
    }
    kl_decide_inputs_free(&d->inputs);
    kl_states_free(&d->by_benefit);
    kl_states_free(&d->by_effect);
    kl_decision_free(&d->decision);
    free(d->arm);
    free(d->name);
    free(d->status);
    free(d->benefit);
    free(d->icer);
    free(d->pilot);
}

/* What a person reads first; the other tables are named below it, kept in the file, and printed by --table and --explain. */
static int is_for_people(const kl_table *table)
{
    static const char *const names[] = {"decision", "information", "pilot", "icers"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(table->name, names[i]) == 0)
            return 1;
    return 0;
}

static int print_for_people(const kl_decide *d)
{
    const kl_cli *cli = d->cli;
    kl_table shown[KL_DECIDE_TABLES_MAX]; /* borrowed */
    int n = 0;
    for (int t = 0; t < d->n_tables; t++)
        if (is_for_people(&d->table[t]))
            shown[n++] = d->table[t];
    int code = kl_tables_print(cli, &d->args->tables, n, shown);
    if (code != KL_EXIT_OK || n == d->n_tables)
        return code;
    fprintf(cli->out.file, "\nMore, by --table NAME or all by --explain:\n");
    for (int t = 0; t < d->n_tables; t++)
        if (!is_for_people(&d->table[t]))
            fprintf(cli->out.file, "  %s\n    %s\n", d->table[t].name, d->table[t].title);
    return code;
}

int kl_decide_make(kl_decide *d)
{
    int code = choose_metrics(d);
    if (code == KL_EXIT_OK)
        code = choose_arms(d);
    if (code != KL_EXIT_OK)
        return code;
    set_words(d);
    return compute(d);
}

static int decide(kl_decide *d)
{
    int code = kl_decide_make(d);
    if (code != KL_EXIT_OK)
        return code;
    const kl_tables_args *tables = &d->args->tables;
    const char *path = d->args->operand.item[0];
    if (!kl_tables_are_text(tables) || tables->table)
        return kl_tables_output(d->cli, tables, d->n_tables, d->table, path);
    kl_decide_sentences(d);
    if (tables->explain)
        return kl_tables_output(d->cli, tables, d->n_tables, d->table, path);
    code = print_for_people(d);
    return code == KL_EXIT_OK ? kl_tables_save(d->cli, tables, d->n_tables, d->table, path) : code;
}

static int decide_run(const kl_cli *cli, const kl_command *self, int argc, char **argv)
{
    kl_decide_args args = {.points = 0};
    kl_result result;
    int code = kl_options_parse(cli, self, argc, argv, &args);
    if (code < 0) {
        code = kl_tables_check(cli, &args.tables);
        if (code == KL_EXIT_OK)
            code = kl_open_result(cli, &result, args.operand.item[0]);
        if (code == KL_EXIT_OK) {
            kl_decide d = {.cli = cli, .args = &args, .result = &result, .study = &result.study};
            code = decide(&d);
            kl_decide_free(&d);
            kl_result_close(&result);
        }
    }
    kl_options_free(self, &args);
    return code;
}

const kl_command kl_command_decide = {
    .name = "decide",
    .operands = "FILE",
    .least = 1,
    .most = 1,
    .summary = "which option to choose, how sure that is, what more knowledge would be worth",
    .text =
        "The arms of a result file are the options. Prints which has the highest expected net benefit, how often it is "
        "best and what choosing it may lose; what public money buys (ratios along the efficiency frontier, the "
        "cost-effectiveness plane, acceptability curves); what it would be worth to know uncertain parameters before "
        "choosing; and, where options differ in nothing but the gate of a pilot, what that gate is worth.\n"
        "docs/deciding.md explains how to read it.",
    .option = decide_options,
    .example = decide_examples,
    .reads_results = true,
    .run = decide_run,
};
