/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `klaster summary`: what a result file says, first of all about the claims. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/outcome.h"
#include "cli/summary.h"

typedef struct summary_args {
    kl_words operand, arm, metric, require;
    int json, csv, all;
} summary_args;

static const kl_option summary_options[] = {
    {"arm", 'a', KL_OPTION_LIST, offsetof(summary_args, arm), "ARM", 0, 0, "only this arm; may be repeated"},
    {"metric", 'm', KL_OPTION_LIST, offsetof(summary_args, metric), "NAME", 0, 0,
     "only this outcome in the outcomes table; may be repeated (klaster params --outcomes lists them)"},
    {"all", 0, KL_OPTION_FLAG, offsetof(summary_args, all), NULL, 0, 0,
     "every outcome, and every claim in full: what its metric means and where it stands"},
    {"require", 0, KL_OPTION_LIST, offsetof(summary_args, require), "CLAIM=SHARE", 0, 0,
     "exit with 1 unless the claim holds in at least this share of all worlds, judged by the lower end of its "
     "interval, in every "
     "chosen arm; may be repeated"},
    {"json", 0, KL_OPTION_FLAG, offsetof(summary_args, json), NULL, 0, 0,
     "print claims, runs and all outcomes as JSON"},
    {"csv", 0, KL_OPTION_FLAG, offsetof(summary_args, csv), NULL, 0, 0,
     "print the outcomes table, all outcomes, as CSV"},
    {0},
};

static const char *const summary_examples[] = {
    "klaster summary results/paper.h5",
    "the claims, the runs, the key outcomes",
    "klaster summary results/paper.h5 --all | less",
    "every outcome; the claims in full, with their sources",
    "klaster summary results/paper.h5 --metric saving_net --json",
    "for a program",
    NULL,
};

/* Shown without --all and --metric. */
static const kl_outcome_id key_outcomes[] = {
    KL_OUT_month_rollout, KL_OUT_member_share, KL_OUT_usage,       KL_OUT_saving_joint,   KL_OUT_saving_net,
    KL_OUT_reach_cluster, KL_OUT_goal_lift,    KL_OUT_value_firms, KL_OUT_value_platform, KL_OUT_public_spending,
    KL_OUT_synergy,       KL_OUT_npv_social,   KL_OUT_bcr,         KL_OUT_breakeven,      KL_OUT_share_worse_off,
};

/* ---- reading ---- */

kl_status kl_summary_read(kl_summary *s, int a, kl_outcome_id outcome)
{
    return kl_result_outcome(s->result, s->arm[a], outcome, s->value);
}

/* Independent units one behind the other; turned copies where the array has them the other way. */
typedef struct units {
    int n, size;
    double *value;
    int8_t *status;
    double *value_copy;
    int8_t *status_copy;
} units;

static kl_status units_make(units *u, const kl_summary *s, int a)
{
    memset(u, 0, sizeof *u);
    u->value = s->value;
    u->status = s->status[a];
    if (!kl_study_units(s->study, &u->n, &u->size))
        return KL_OK;
    size_t n = (size_t)u->n, size = (size_t)u->size;
    u->value = u->value_copy = malloc(n * size * sizeof *u->value);
    u->status = u->status_copy = malloc(n * size);
    if (!u->value || !u->status)
        return KL_ERR_MEMORY;
    for (size_t unit = 0; unit < n; unit++)
        for (size_t place = 0; place < size; place++) {
            u->value[unit * size + place] = s->value[place * n + unit];
            u->status[unit * size + place] = s->status[a][place * n + unit];
        }
    return KL_OK;
}

static void units_free(units *u)
{
    free(u->value_copy);
    free(u->status_copy);
}

kl_status kl_summary_audit(kl_summary *s, int a, const kl_claim *claim, kl_audit *audit)
{
    kl_status status = kl_summary_read(s, a, claim->metric);
    if (status != KL_OK)
        return status;
    units u;
    status = units_make(&u, s, a);
    if (status == KL_OK)
        status = kl_audit_make(audit, claim, u.value, u.status, u.n, u.size);
    units_free(&u);
    return status;
}

kl_status kl_summary_estimate(kl_summary *s, int a, kl_outcome_id outcome, kl_estimate *estimate)
{
    kl_status status = kl_summary_read(s, a, outcome);
    if (status != KL_OK)
        return status;
    if (kl_outcome_info_of(outcome)->type == KL_TYPE_MONTH)
        for (int64_t w = 0; w < s->n_worlds; w++)
            s->value[w] = s->value[w] < 0 ? NAN : s->value[w];
    units u;
    status = units_make(&u, s, a);
    if (status == KL_OK)
        status = kl_estimate_make(estimate, u.value, u.n, u.size);
    units_free(&u);
    return status;
}

int64_t kl_summary_count(const kl_summary *s, int a, int64_t by_status[KL_N_RUN_STATUS])
{
    int64_t n = 0;
    memset(by_status, 0, KL_N_RUN_STATUS * sizeof *by_status);
    for (int64_t w = 0; w < s->n_worlds; w++) {
        int status = s->status[a][w];
        if (status >= 0 && status < KL_N_RUN_STATUS) {
            by_status[status]++;
            n++;
        }
    }
    return n;
}

void kl_summary_free(kl_summary *s)
{
    for (int a = 0; s->status && a < s->n_arms; a++)
        free(s->status[a]);
    free(s->status);
    free(s->arm);
    free(s->value);
}

static kl_status read_statuses(kl_summary *s)
{
    for (int a = 0; a < s->n_arms; a++) {
        s->status[a] = malloc((size_t)s->n_worlds);
        if (!s->status[a])
            return KL_ERR_MEMORY;
        kl_status status = kl_result_status(s->result, s->arm[a], s->status[a]);
        if (status != KL_OK)
            return status;
    }
    return KL_OK;
}

/* ---- choosing ---- */

static int choose_arms(kl_summary *s, const kl_words *names)
{
    s->n_arms = names->n > 0 ? names->n : s->study->n_arms;
    s->arm = calloc((size_t)s->n_arms + 1, sizeof *s->arm);
    s->status = calloc((size_t)s->n_arms + 1, sizeof *s->status);
    s->value = malloc((size_t)(s->n_worlds + 1) * sizeof *s->value);
    if (!s->arm || !s->status || !s->value)
        return kl_fail(s->cli, KL_EXIT_IO, "out of memory");
    for (int a = 0; a < s->n_arms; a++) {
        s->arm[a] = names->n > 0 ? kl_find_arm(s->cli, s->study, names->item[a]) : a;
        if (s->arm[a] < 0)
            return KL_EXIT_USAGE;
    }
    return KL_EXIT_OK;
}

static int choose_metrics(kl_summary *s, const summary_args *args)
{
    bool all = args->all || args->json || args->csv;
    int n_usual = (int)(sizeof key_outcomes / sizeof key_outcomes[0]);
    return kl_choose_outcomes(s->cli, &args->metric, all, n_usual, key_outcomes, &s->n_metrics, s->metric);
}

/* ---- --require CLAIM=SHARE ---- */

static const kl_claim *find_claim(const kl_summary *s, const char *name, size_t length)
{
    for (int c = 0; c < s->study->n_claims; c++)
        if (strlen(s->study->claim[c].name) == length && strncmp(s->study->claim[c].name, name, length) == 0)
            return &s->study->claim[c];
    return NULL;
}

static int require_one(kl_summary *s, const char *text)
{
    const char *equals = strrchr(text, '=');
    char *end = NULL;
    double least = equals ? strtod(equals + 1, &end) : NAN;
    if (!equals || end == equals + 1 || *end || !(least >= 0 && least <= 1))
        return kl_fail(s->cli, KL_EXIT_USAGE, "--require: '%s' is not CLAIM=SHARE with a share from 0 to 1", text);
    const kl_claim *claim = find_claim(s, text, (size_t)(equals - text));
    if (!claim)
        return kl_fail(s->cli, KL_EXIT_USAGE, "--require: the file has no claim '%.*s'", (int)(equals - text), text);
    int code = KL_EXIT_OK;
    for (int a = 0; a < s->n_arms; a++) {
        kl_audit audit;
        kl_status status = kl_summary_audit(s, a, claim, &audit);
        if (status != KL_OK)
            return kl_fail(s->cli, kl_exit_of(status), "%s", kl_status_text(status));
        if (!(audit.holds.lo >= least))
            code = kl_fail(s->cli, KL_EXIT_FAILED, "claim %s in arm %s: holds in %.4g [%.4g, %.4g], required %.4g",
                           claim->name, s->study->arm[s->arm[a]].name, audit.holds.share, audit.holds.lo,
                           audit.holds.hi, least);
    }
    return code;
}

/* ---- printing ---- */

static void print_title(const kl_summary *s, const char *path)
{
    const kl_term *term = &s->cli->out;
    const kl_study *study = s->study;
    char worlds[KL_NUMBER_SIZE], text[1200], points[KL_NUMBER_SIZE], replicates[KL_NUMBER_SIZE];
    kl_term_print(term, KL_BOLD, *study->title ? study->title : study->name);
    putc('\n', term->file);
    kl_text_count(points, sizeof points, study->n_points);
    kl_text_count(replicates, sizeof replicates, study->n_replicates);
    snprintf(text, sizeof text,
             "%s: %s world%s (%s point%s x %s replicate%s), %d arm%s, %d months, seed %llu, klaster %s", path,
             kl_text_count(worlds, sizeof worlds, (double)s->n_worlds), s->n_worlds == 1 ? "" : "s", points,
             study->n_points == 1 ? "" : "s", replicates, study->n_replicates == 1 ? "" : "s", study->n_arms,
             study->n_arms == 1 ? "" : "s", study->horizon, (unsigned long long)study->seed, s->result->engine_version);
    kl_term_wrap(term, text, 0, 0);
    putc('\n', term->file);
    if (*s->result->precision_asked) {
        snprintf(text, sizeof text, "Precision (half-widths of 95 %% intervals): asked for %s; reached %s.",
                 s->result->precision_asked, *s->result->precision_reached ? s->result->precision_reached : "none");
        kl_term_wrap(term, text, 0, 0);
        putc('\n', term->file);
    }
    if (s->result->complete)
        return;
    char done[KL_NUMBER_SIZE], all[KL_NUMBER_SIZE];
    snprintf(text, sizeof text,
             "INCOMPLETE: the study was stopped after %s of %s runs. All that follows is about those.",
             kl_text_count(done, sizeof done, (double)s->result->n_done),
             kl_text_count(all, sizeof all, (double)s->n_worlds * study->n_arms));
    kl_term_print(term, KL_WARN, text);
    putc('\n', term->file);
}

static kl_status print_text(kl_summary *s, const char *path)
{
    print_title(s, path);
    kl_status status = kl_summary_claims(s);
    if (status == KL_OK)
        status = kl_summary_statuses(s);
    if (status == KL_OK)
        status = kl_summary_histogram(s);
    if (status == KL_OK)
        status = kl_summary_outcomes(s);
    return status;
}

static int print_summary(kl_summary *s, const summary_args *args)
{
    kl_status status;
    if (args->json) {
        json_t *json = NULL;
        status = kl_summary_json(s, &json);
        if (status == KL_OK)
            return kl_print_json(s->cli, json);
    } else if (args->csv) {
        status = kl_summary_csv(s);
    } else {
        status = print_text(s, args->operand.item[0]);
    }
    return status == KL_OK ? KL_EXIT_OK : kl_fail(s->cli, kl_exit_of(status), "%s", kl_status_text(status));
}

static int start(kl_summary *s, const kl_cli *cli, const summary_args *args, const kl_result *result)
{
    *s = (kl_summary){.cli = cli, .result = result, .study = &result->study, .all = args->all};
    s->n_worlds = (int64_t)s->study->n_points * s->study->n_replicates;
    int code = choose_arms(s, &args->arm);
    if (code == KL_EXIT_OK)
        code = choose_metrics(s, args);
    if (code == KL_EXIT_OK) {
        kl_status status = read_statuses(s);
        if (status != KL_OK)
            code = kl_fail(cli, kl_exit_of(status), "%s: %s", args->operand.item[0], kl_status_text(status));
    }
    return code;
}

int kl_summary_start(kl_summary *s, const kl_cli *cli, const kl_result *result, const char *path)
{
    const summary_args args = {.operand = {1, &path}, .all = 1};
    return start(s, cli, &args, result);
}

static int summarise(const kl_cli *cli, const summary_args *args, const kl_result *result)
{
    kl_summary s;
    int code = start(&s, cli, args, result);
    if (code == KL_EXIT_OK)
        code = print_summary(&s, args);
    for (int i = 0; code <= KL_EXIT_FAILED && i < args->require.n; i++) {
        int one = require_one(&s, args->require.item[i]);
        code = one > code ? one : code;
    }
    kl_summary_free(&s);
    return code;
}

static int summary_run(const kl_cli *cli, const kl_command *self, int argc, char **argv)
{
    summary_args args = {.json = 0};
    kl_result result;
    int code = kl_options_parse(cli, self, argc, argv, &args);
    if (code < 0 && args.json && args.csv)
        code = kl_fail(cli, KL_EXIT_USAGE, "summary: --json or --csv, not both");
    if (code < 0) {
        code = kl_open_result(cli, &result, args.operand.item[0]);
        if (code == KL_EXIT_OK) {
            code = summarise(cli, &args, &result);
            kl_result_close(&result);
        }
    }
    kl_options_free(self, &args);
    return code;
}

const kl_command kl_command_summary = {
    .name = "summary",
    .operands = "FILE",
    .least = 1,
    .most = 1,
    .summary = "what a result file says about the claims and outcomes",
    .text = "Prints, for every claim of the study, in which share of the worlds it holds and what happened in the "
            "others; then how "
            "the runs ended, the distribution of the joint saving, and the outcomes.\n"
            "Intervals are Monte Carlo intervals: they say how precisely this number of worlds answers the question "
            "that the "
            "model puts, not how right the model is.",
    .option = summary_options,
    .example = summary_examples,
    .reads_results = true,
    .run = summary_run,
};
