/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `klaster replay`: any run again, alone, month by month and firm by firm. The world's key and the study stand in
 * the result file, so the run is computed anew and equals its row bit for bit; --check proves it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/outcome.h"
#include "cli/replay.h"

typedef struct replay_args {
    kl_words operand, set, arm;
    const char *output;
    int64_t point, replicate, seed;
    int firms, months, csv, json, check, html, lang, force;
} replay_args;

enum { ARMS_MOST = 2 };

static const kl_option replay_options[] = {
    {"arm", 'a', KL_OPTION_LIST, offsetof(replay_args, arm), "ARM", 0, 0,
     "arm; the first without it. Given twice, with --html or --json: two arms in the same world"},
    {"point", 'p', KL_OPTION_COUNT, offsetof(replay_args, point), "P", 0, INT32_MAX, "point, from 0 (0)"},
    {"replicate", 'r', KL_OPTION_COUNT, offsetof(replay_args, replicate), "R", 0, INT32_MAX, "replicate, from 0 (0)"},
    {"months", 0, KL_OPTION_FLAG, offsetof(replay_args, months), NULL, 0, 0, "show every month, not a selection"},
    {"firms", 0, KL_OPTION_FLAG, offsetof(replay_args, firms), NULL, 0, 0,
     "show the firms: after the last month as text, after every month with --csv or --json"},
    {"check", 0, KL_OPTION_FLAG, offsetof(replay_args, check), NULL, 0, 0,
     "verify that the outcomes equal the file's row exactly and that every invariant holds after every month; exit 1 "
     "if not"},
    {"set", 's', KL_OPTION_LIST, offsetof(replay_args, set), "KEY=VALUE", 0, 0, "as in klaster run; for a study only"},
    {"seed", 0, KL_OPTION_COUNT, offsetof(replay_args, seed), "N", 0, (int64_t)KL_SEED_MAX,
     "as in klaster run; for a study only"},
    {"csv", 0, KL_OPTION_FLAG, offsetof(replay_args, csv), NULL, 0, 0,
     "print CSV: a row a month with every series; with --firms a row a month and firm"},
    {"json", 0, KL_OPTION_FLAG, offsetof(replay_args, json), NULL, 0, 0,
     "print JSON: stages, gates, months and outcomes; with --firms also every firm in every month, ties and events"},
    {"html", 0, KL_OPTION_FLAG, offsetof(replay_args, html), NULL, 0, 0,
     "write a page: the network of the cluster month by month, to play, step and look into"},
    {"output", 'o', KL_OPTION_TEXT, offsetof(replay_args, output), "FILE", 0, 0,
     "where the page goes (replay.html); - is standard output"},
    {"lang", 0, KL_OPTION_WORD, offsetof(replay_args, lang), "en|ru|uz", 0, 0,
     "the language that the page opens in; without it the reader's. All three are in every page"},
    {"force", 'f', KL_OPTION_FLAG, offsetof(replay_args, force), NULL, 0, 0,
     "replace a page that exists; any other file is kept"},
    {0},
};

static const char *const replay_examples[] = {
    "klaster replay results/paper.h5 --point 17",
    "stages, months and outcomes of one world",
    "klaster replay results/paper.h5 --point 17 --check",
    "does it equal what the file says?",
    "klaster replay paper --set firms=8 --firms",
    "a run of a study without a result file",
    "klaster replay results/paper.h5 --firms --csv > firms.csv",
    "every firm in every month",
    "klaster replay results/paper.h5 --point 17 --html -o world.html",
    "a page to look at in a browser",
    "klaster replay funding-options -a none -a fees --point 3 --html",
    "two arms side by side in the same world",
    NULL,
};

/* ---- playing ---- */

const char *kl_replay_stage_name(const kl_replay *r, int stage)
{
    const kl_arm *arm = kl_study_variant(r->study, r->arm, r->point);
    return stage >= 0 && stage < arm->n_stages ? arm->stage[stage].name : "-";
}

kl_status kl_replay_play(kl_replay *r, kl_replay_start_fn on_start, kl_replay_month_fn on_month, void *data)
{
    kl_world world = kl_study_world(r->study, r->point, r->replicate);
    kl_status status = kl_run_start(&r->run, &r->params, &r->mechanism, world, r->study->horizon);
    if (status == KL_OK && on_start)
        status = on_start(r, data);
    if (status != KL_OK)
        return status;
    while (r->run.month < r->run.horizon) {
        const char *what = NULL;
        r->stage[r->run.month] = r->run.stage;
        kl_run_step(&r->run);
        if (kl_run_check(&r->run, &what) != KL_OK && !r->broken) {
            r->broken = what ? what : "an invariant broke";
            r->broken_month = r->run.month;
        }
        if (on_month)
            on_month(r, data);
    }
    kl_run_outcomes(&r->run, r->outcome);
    if (r->arm != r->study->baseline)
        kl_baseline_outcomes(&r->baseline, &r->run, r->outcome);
    return KL_OK;
}

/* Play the baseline of this world, as the engine does, for the outcomes against it. One that cannot be played is none. */
static kl_status play_baseline(kl_replay *r)
{
    kl_params params;
    kl_mechanism mechanism;
    kl_status status = kl_study_draw(r->study, r->study->baseline, r->point, &params, &mechanism);
    if (status == KL_OK)
        status = kl_run_start(&r->run, &params, &mechanism, kl_study_world(r->study, r->point, r->replicate),
                              r->study->horizon);
    if (status != KL_OK)
        return status == KL_ERR_MEMORY ? status : KL_OK;
    while (r->run.month < r->run.horizon)
        kl_run_step(&r->run);
    if (r->run.status == KL_RUN_FAILED || kl_run_check(&r->run, NULL) != KL_OK)
        return KL_OK;
    return kl_baseline_keep(&r->baseline, &r->run);
}

kl_status kl_replay_draw(kl_replay *r)
{
    kl_status status = kl_study_draw(r->study, r->arm, r->point, &r->params, &r->mechanism);
    return status == KL_OK && r->arm != r->study->baseline ? play_baseline(r) : status;
}

static int cannot_play(const kl_replay *r, kl_status status)
{
    kl_param_id culprit = KL_N_PARAMS;
    const char *sentence = NULL;
    if (kl_params_check(&r->params, &culprit, &sentence) != KL_OK && sentence && culprit < KL_N_PARAMS)
        return kl_fail(r->cli, KL_EXIT_FAILED, "this draw cannot be played: %s: %s", kl_param_info_of(culprit)->name,
                       sentence);
    return kl_fail(r->cli, status == KL_ERR_MEMORY ? KL_EXIT_IO : KL_EXIT_FAILED, "this run cannot be played: %s",
                   kl_status_text(status));
}

/* ---- --check ---- */

/* Bit for bit after rounding to the stored type; undefined equals undefined. */
static bool is_same(kl_outcome_id id, double played, double stored)
{
    double a = kl_outcome_stored(id, played), b = kl_outcome_stored(id, stored);
    return (isnan(a) && isnan(b)) || (!isnan(a) && !isnan(b) && memcmp(&a, &b, sizeof a) == 0) || (a == 0 && b == 0);
}

static void say_status(char *sentence, size_t size, int played, int stored)
{
    snprintf(sentence, size, "status is %s, in the file %s", kl_run_status_word(played), kl_run_status_word(stored));
}

int kl_replay_compare(const kl_replay *r, kl_replay_tell_fn tell, void *data)
{
    int8_t status = KL_RUN_MISSING;
    double outcome[KL_N_OUTCOMES];
    kl_reason reason = {""};
    char sentence[256], a[KL_NUMBER_SIZE], b[KL_NUMBER_SIZE];
    int differences = 0;
    if (kl_result_run(r->result, r->arm, r->point, r->replicate, &status, outcome, &reason) != KL_OK) {
        tell(data, reason.text);
        return -1;
    }
    if (status == KL_RUN_MISSING) {
        tell(data, "the file is incomplete and does not hold this run");
        return 1;
    }
    if (status != (int)r->run.status) {
        say_status(sentence, sizeof sentence, (int)r->run.status, status);
        tell(data, sentence);
        differences++;
    }
    for (int i = 0; i < KL_N_OUTCOMES; i++) {
        kl_outcome_id id = (kl_outcome_id)i;
        if (is_same(id, r->outcome[i], outcome[i]))
            continue;
        snprintf(sentence, sizeof sentence, "%s is %s, in the file %s", kl_outcome_info_of(id)->name,
                 kl_outcome_exact(a, sizeof a, id, r->outcome[i]), kl_outcome_exact(b, sizeof b, id, outcome[i]));
        tell(data, sentence);
        differences++;
    }
    return differences;
}

static void fail_check(void *data, const char *sentence)
{
    const kl_cli *cli = data;
    kl_fail(cli, 0, "check: %s", sentence);
}

static int check_row(const kl_replay *r)
{
    kl_cli cli = *r->cli;
    int differences = kl_replay_compare(r, fail_check, &cli);
    return differences < 0 ? KL_EXIT_IO : differences > 0 ? KL_EXIT_FAILED : KL_EXIT_OK;
}

static int check(const kl_replay *r)
{
    int code = KL_EXIT_OK;
    if (r->broken)
        code = kl_fail(r->cli, KL_EXIT_FAILED, "check: after month %d: %s", r->broken_month, r->broken);
    if (r->result) {
        int row = check_row(r);
        code = row > code ? row : code;
    }
    if (code == KL_EXIT_OK)
        kl_say(r->cli, KL_PLAIN, "check: every invariant held in %d months%s", r->study->horizon,
               r->result ? "; the status and all outcomes equal the file's row" : "");
    return code;
}

/* ---- runs ---- */

/* Show a run, or add it to `runs`. */
static kl_status show(kl_replay *r, const replay_args *args, json_t *runs)
{
    json_t *json = NULL;
    kl_status status;
    if (args->html || args->json) {
        status = args->html ? kl_replay_page_run(r, &json) : kl_replay_json(r, &json);
        return status == KL_OK && json_array_append_new(runs, json) != 0 ? KL_ERR_MEMORY : status;
    }
    if (args->csv)
        return args->firms ? kl_replay_csv_firms(r) : kl_replay_csv_months(r);
    return kl_replay_print(r);
}

static int replay_arm(kl_replay *r, const replay_args *args, json_t *runs)
{
    int code = KL_EXIT_OK;
    kl_run_init(&r->run);
    r->stage = calloc((size_t)r->study->horizon + 1, sizeof *r->stage);
    if (!r->stage)
        return kl_fail(r->cli, KL_EXIT_IO, "out of memory");
    kl_status status = kl_replay_draw(r);
    if (status == KL_OK && args->html)
        code = kl_replay_page_fits(r, args->arm.n);
    if (status == KL_OK && code == KL_EXIT_OK)
        status = show(r, args, runs);
    if (status != KL_OK)
        code = cannot_play(r, status);
    else if (code == KL_EXIT_OK && args->check)
        code = check(r);
    kl_run_free(&r->run);
    kl_baseline_free(&r->baseline);
    free(r->stage);
    return code;
}

/* One run as it is, two as {"runs": [..]}; a page has a list in any case. Takes the reference. */
static int hand_over(const kl_replay *r, const replay_args *args, json_t *runs)
{
    if (args->html)
        return kl_replay_page_write(r, args->output, args->force, args->lang, runs);
    json_t *json = json_array_size(runs) == 1 ? json_incref(json_array_get(runs, 0)) : json_pack("{s:O}", "runs", runs);
    json_decref(runs);
    return kl_print_json(r->cli, json);
}

static int replay_world(const kl_cli *cli, const replay_args *args, const kl_study *study, const kl_result *result)
{
    const kl_replay r = {.cli = cli,
                         .study = study,
                         .result = result,
                         .point = (int)args->point,
                         .replicate = (int)args->replicate,
                         .show_months = args->months,
                         .show_firms = args->firms};
    int code = KL_EXIT_OK, arm[ARMS_MOST] = {0}, n = args->arm.n > 0 ? args->arm.n : 1;
    for (int a = 0; a < args->arm.n; a++) {
        arm[a] = kl_find_arm(cli, study, args->arm.item[a]);
        if (arm[a] < 0)
            return KL_EXIT_USAGE;
    }
    if (args->point >= study->n_points || args->replicate >= study->n_replicates)
        return kl_fail(cli, KL_EXIT_USAGE,
                       "no point %d, replicate %d: the study has points 0 to %d and replicates 0 to %d", r.point,
                       r.replicate, study->n_points - 1, study->n_replicates - 1);
    json_t *runs = json_array();
    for (int a = 0; a < n && code == KL_EXIT_OK; a++) {
        kl_replay one = r;
        one.arm = arm[a];
        code = replay_arm(&one, args, runs);
    }
    if (code == KL_EXIT_OK && (args->html || args->json))
        return hand_over(&r, args, runs);
    json_decref(runs);
    return code;
}

static int replay_file(const kl_cli *cli, const replay_args *args, const char *path)
{
    kl_result result;
    if (args->set.n > 0 || args->seed >= 0)
        return kl_fail(cli, KL_EXIT_USAGE, "replay: --set and --seed are for studies; %s is a result file", path);
    int code = kl_open_result(cli, &result, path);
    if (code == KL_EXIT_OK) {
        code = replay_world(cli, args, &result.study, &result);
        kl_result_close(&result);
    }
    return code;
}

static int replay_study(const kl_cli *cli, const replay_args *args, const char *path)
{
    kl_study study;
    kl_overrides overrides = {args->set.n, args->set.item, args->seed, -1, -1};
    kl_study_init(&study);
    int code = kl_load_study(cli, &study, path, &overrides);
    if (code == KL_EXIT_OK)
        code = replay_world(cli, args, &study, NULL);
    kl_study_free(&study);
    return code;
}

/* What does not go together; -1 where all does. */
static int check_args(const kl_cli *cli, const replay_args *args)
{
    if (args->json + args->csv + args->html > 1)
        return kl_fail(cli, KL_EXIT_USAGE, "replay: one of --json, --csv and --html");
    if (args->csv && args->firms && args->months)
        return kl_fail(cli, KL_EXIT_USAGE, "replay: --csv prints one table: --months or --firms, not both");
    if (args->arm.n > ARMS_MOST)
        return kl_fail(cli, KL_EXIT_USAGE, "replay: at most two arms");
    if (args->arm.n > 1 && !args->html && !args->json)
        return kl_fail(cli, KL_EXIT_USAGE, "replay: two arms are shown by --html or --json");
    if (args->arm.n > 1 && strcmp(args->arm.item[0], args->arm.item[1]) == 0)
        return kl_fail(cli, KL_EXIT_USAGE, "replay: the two arms are the same");
    return -1;
}

static int replay_run(const kl_cli *cli, const kl_command *self, int argc, char **argv)
{
    replay_args args = {.seed = -1, .lang = -1, .output = "replay.html"};
    int code = kl_options_parse(cli, self, argc, argv, &args);
    if (code < 0)
        code = check_args(cli, &args);
    if (code < 0 && args.html && kl_replay_page_check(cli, args.output, args.force) != KL_EXIT_OK)
        code = KL_EXIT_IO;
    if (code < 0) {
        const char *path = args.operand.item[0];
        code = kl_is_result_file(path) ? replay_file(cli, &args, path) : replay_study(cli, &args, path);
    }
    kl_options_free(self, &args);
    return code;
}

const kl_command kl_command_replay = {
    .name = "replay",
    .operands = "FILE|STUDY",
    .least = 1,
    .most = 1,
    .summary = "play one run again, month by month and firm by firm",
    .text = "Plays one run of a result file, or of a study, again and alone: its stages, months, firms and outcomes. A "
            "run is named by its arm, point and replicate, as the columns of klaster export do.",
    .option = replay_options,
    .example = replay_examples,
    .reads_results = true,
    .run = replay_run,
};
