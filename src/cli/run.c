/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `klaster run`: plays a study and writes its result file. The file is opened before anything is computed, and it is
 * valid however the run ends. */
#define _DEFAULT_SOURCE 1 /* POSIX under -std=c11 */
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cli/plan.h"
#include "cli/precision.h"
#include "cli/progress.h"

typedef struct run_args {
    kl_words operand;
    const char *output;
    int force;
    kl_words set;
    int64_t seed, threads, runs, months;
    int quiet, json, dry_run;
    kl_words precision;
    int64_t max_runs;
} run_args;

static const kl_option run_options[] = {
    {"output", 'o', KL_OPTION_TEXT, offsetof(run_args, output), "FILE", 0, 0,
     "result file; without it results/NAME.h5, and the directory `results` is made if it is missing"},
    {"force", 'f', KL_OPTION_FLAG, offsetof(run_args, force), NULL, 0, 0, "replace the result file if it exists"},
    {"set", 's', KL_OPTION_LIST, offsetof(run_args, set), "KEY=VALUE", 0, 0,
     "change a parameter, written as in a study file (fee=0.02, fee='{uniform: [0, 0.05]}'); ARM.KEY=VALUE for one "
     "arm; "
     "may be repeated"},
    {"seed", 0, KL_OPTION_COUNT, offsetof(run_args, seed), "N", 0, (int64_t)KL_SEED_MAX, "seed of the study"},
    {"threads", 'j', KL_OPTION_COUNT, offsetof(run_args, threads), "N", 1, 4096,
     "threads; without it all that the process may use. Results do not depend on it"},
    {"runs", 'n', KL_OPTION_COUNT, offsetof(run_args, runs), "N", 1, INT32_MAX,
     "worlds, each played by every arm; whole points, so rounded up where a point has several replicates"},
    {"precision", 0, KL_OPTION_LIST, offsetof(run_args, precision), "NAME:STAT=HALFWIDTH", 0, 0,
     "play more and more worlds, doubling, until the 95 % interval is this narrow: of an outcome's mean, quantile "
     "(q50, q95) "
     "or paired difference from the baseline arm (diff), or of the share of worlds in which a claim holds (share), in "
     "every "
     "arm; --runs is then the first round; may be repeated"},
    {"max-runs", 0, KL_OPTION_COUNT, offsetof(run_args, max_runs), "N", 2, INT64_C(1) << 40,
     "worlds at which --precision gives up; without it 1,048,576"},
    {"months", 0, KL_OPTION_COUNT, offsetof(run_args, months), "N", 1, KL_HORIZON_MAX, "horizon"},
    {"dry-run", 0, KL_OPTION_FLAG, offsetof(run_args, dry_run), NULL, 0, 0, "print the plan and stop"},
    {"quiet", 'q', KL_OPTION_FLAG, offsetof(run_args, quiet), NULL, 0, 0, "print nothing but errors"},
    {"json", 0, KL_OPTION_FLAG, offsetof(run_args, json), NULL, 0, 0, "print the last line as JSON"},
    {0},
};

static const char *const run_examples[] = {
    "klaster run paper",
    "the paper's study, to results/paper.h5",
    "klaster run paper --runs 1000 --seed 7 -o trial.h5",
    "fewer worlds, other randomness, another file",
    "klaster run paper --precision saving_joint:mean=0.002 --precision joint-saving:share=0.01",
    "as many worlds as it takes to know the mean to 0.2 and the claim's share to 1 percentage point",
    "klaster run paper --set firms=119 --set 'capex_grant=60000' -o technopark.h5",
    "the same question for 119 firms and with a grant",
    NULL,
};

/* What happened, for the last line. */
typedef struct tally {
    kl_store *store;
    const kl_study *study;
    const kl_input *firms;
    kl_rounds_played *rounds; /* NULL: no precision was asked for */
    int64_t done, by_status[KL_N_RUN_STATUS];
    double firm_months;
    int failed_arm, failed_point, failed_replicate; /* the first failed run by point, replicate, arm */
} tally;

static void note_failure(tally *t, const kl_block *block, int arm, int run)
{
    int point = block->point0 + run / block->n_replicates, replicate = block->replicate0 + run % block->n_replicates;
    bool first = t->by_status[KL_RUN_FAILED] == 0 || point < t->failed_point ||
                 (point == t->failed_point &&
                  (replicate < t->failed_replicate || (replicate == t->failed_replicate && arm < t->failed_arm)));
    if (!first)
        return;
    t->failed_arm = arm;
    t->failed_point = point;
    t->failed_replicate = replicate;
}

static kl_status sink(void *data, const kl_block *block)
{
    tally *t = data;
    kl_status status = kl_store_sink(t->store, block);
    if (status != KL_OK)
        return status;
    if (t->rounds)
        kl_rounds_take(t->rounds, block);
    for (int a = 0; a < block->n_arms; a++) {
        const int8_t *of_arm = block->status + (size_t)a * (size_t)block->n_runs;
        for (int r = 0; r < block->n_runs; r++) {
            if (of_arm[r] == KL_RUN_FAILED)
                note_failure(t, block, a, r);
            if (of_arm[r] >= 0 && of_arm[r] < KL_N_RUN_STATUS)
                t->by_status[of_arm[r]]++;
        }
        for (int p = 0; p < block->n_points; p++)
            t->firm_months +=
                kl_plan_firms(t->study, t->firms, a, block->point0 + p) * block->n_replicates * block->horizon;
        t->done += block->n_runs;
    }
    return KL_OK;
}

/* ---- where the result goes ---- */

/* results/<name>.h5, whatever the study's name holds. */
static void default_output(char *path, size_t size, const char *name)
{
    int at = snprintf(path, size, "results/");
    for (const char *p = name; *p && (size_t)at + 5 < size; p++) {
        bool plain = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9') ||
                     strchr("_-", *p) || (*p == '.' && p > name);
        path[at++] = plain ? *p : '_';
    }
    snprintf(path + at, size - (size_t)at, ".h5");
}

static int prepare_output(const kl_cli *cli, const run_args *args, const char *path)
{
    struct stat info;
    if (!args->output && mkdir("results", 0777) != 0 && errno != EEXIST)
        return kl_fail(cli, KL_EXIT_IO, "cannot make the directory 'results': %s; say -o FILE", strerror(errno));
    if (lstat(path, &info) == 0 && !args->force)
        return kl_fail(cli, KL_EXIT_IO, "%s exists already; --force replaces it, -o FILE writes another", path);
    return KL_EXIT_OK;
}

/* ---- the last line ---- */

static void print_line(const kl_cli *cli, const tally *t, const kl_plan *plan, double seconds, const char *path)
{
    char a[KL_NUMBER_SIZE], b[KL_NUMBER_SIZE], text[512];
    const kl_term *term = &cli->out;
    size_t at = (size_t)snprintf(text, sizeof text, "%s", kl_text_count(a, sizeof a, (double)t->done));
    if (t->done < plan->n_runs)
        at += (size_t)snprintf(text + at, sizeof text - at, " of %s", kl_text_count(a, sizeof a, (double)plan->n_runs));
    at += (size_t)snprintf(text + at, sizeof text - at, " runs");
    for (int s = 0, first = 1; s < KL_N_RUN_STATUS; s++) {
        if (t->by_status[s] == 0)
            continue;
        const char *word = kl_run_status_word(s);
        char plain[32];
        snprintf(plain, sizeof plain, "%s", word);
        for (char *p = plain; *p; p++)
            *p = *p == '_' ? ' ' : *p;
        at += (size_t)snprintf(text + at, sizeof text - at, "%s%s %s", first ? ": " : ", ",
                               kl_text_count(a, sizeof a, (double)t->by_status[s]), plain);
        first = 0;
    }
    kl_text_seconds(a, sizeof a, seconds);
    kl_text_count(b, sizeof b, seconds > 0 ? (double)t->done / seconds : 0);
    at += (size_t)snprintf(text + at, sizeof text - at, "; %s, %s runs/s", a, b);
    kl_text_money(a, sizeof a, seconds > 0 ? t->firm_months / seconds : 0);
    snprintf(text + at, sizeof text - at, ", %s firm-months/s", a);
    kl_term_wrap(term, text, 2, 0);
    fputs("\n-> ", term->file);
    kl_term_print(term, KL_BOLD, path);
    fputs(t->done < plan->n_runs ? " (incomplete)\n" : "\n", term->file);
}

static int print_line_json(const kl_cli *cli, const tally *t, const kl_plan *plan, double seconds, const char *path)
{
    const kl_study *study = t->study;
    json_t *by_status = json_object();
    for (int s = 0; s < KL_N_RUN_STATUS; s++)
        json_object_set_new(by_status, kl_run_status_word(s), json_integer(t->by_status[s]));
    double rate = seconds > 0 ? 1 / seconds : NAN;
    json_t *json = json_pack(
        "{s:s, s:s, s:o, s:b, s:I, s:I, s:I, s:o, s:o, s:o, s:o, s:i}", "study", study->name, "sha256", study->sha256,
        "file", kl_json_printable(path), "complete", t->done == plan->n_runs, "runs", (json_int_t)plan->n_runs,
        "runs_done", (json_int_t)t->done, "seed", (json_int_t)study->seed, "status", by_status, "seconds",
        kl_json_number(seconds), "runs_per_second", kl_json_number((double)t->done * rate), "firm_months_per_second",
        kl_json_number(t->firm_months * rate), "threads", plan->n_threads);
    if (json && t->rounds && json_object_set_new(json, "precision", kl_rounds_json(t->rounds)) != 0) {
        json_decref(json);
        json = NULL;
    }
    return kl_print_json(cli, json);
}

/* ---- playing ---- */

static int report_end(const kl_cli *cli, kl_status engine, const tally *t, const char *path)
{
    int number = *kl_signals_flag();
    if (t->by_status[KL_RUN_FAILED] > 0)
        kl_say(cli, KL_WARN, "runs that failed: %lld; why did the first? klaster replay %s -a %s -p %d -r %d",
               (long long)t->by_status[KL_RUN_FAILED], path, t->study->arm[t->failed_arm].name, t->failed_point,
               t->failed_replicate);
    if (engine == KL_ERR_STOPPED)
        return 128 + (number ? number : SIGTERM);
    if (t->rounds && !t->rounds->met)
        return kl_fail(cli, KL_EXIT_FAILED, "not as precise as asked after %lld worlds; --max-runs allows more",
                       (long long)t->rounds->worlds[t->rounds->n_played - 1]);
    return t->by_status[KL_RUN_FAILED] > 0 ? KL_EXIT_FAILED : KL_EXIT_OK;
}

static double now(void)
{
    struct timespec t;
    return clock_gettime(CLOCK_MONOTONIC, &t) == 0 ? (double)t.tv_sec + 1e-9 * (double)t.tv_nsec : 0;
}

/* After the last block: is the round precise enough, or is there another? */
static kl_status end_round(const kl_cli *cli, const run_args *args, tally *t, int64_t *next_runs)
{
    kl_status status = kl_rounds_judge(t->rounds, next_runs);
    if (status == KL_OK && !args->quiet)
        kl_rounds_say(cli, t->rounds, *next_runs);
    return status;
}

static int finish(const kl_cli *cli, tally *t, double seconds)
{
    kl_reason reason = {""};
    kl_status status = t->rounds ? kl_rounds_note(t->rounds, t->store) : KL_OK;
    if (status == KL_OK)
        status = kl_store_finish(t->store, seconds, &reason);
    if (status == KL_OK)
        return KL_EXIT_OK;
    return kl_fail(cli, kl_exit_of(status), "%s", reason.text[0] ? reason.text : kl_status_text(status));
}

static int print_end(const kl_cli *cli, const run_args *args, const tally *t, const kl_plan *plan, double seconds,
                     const char *path)
{
    if (args->json)
        return print_line_json(cli, t, plan, seconds, path);
    if (args->quiet)
        return KL_EXIT_OK;
    kl_status status = t->rounds ? kl_rounds_print(&cli->out, t->rounds) : KL_OK;
    print_line(cli, t, plan, seconds, path);
    return kl_exit_of(status);
}

/* Play a study, or a round of one. *next_runs is the size of the next round, 0 where this was the only or last one: then the
 * file is finished. */
static int play(const kl_cli *cli, const run_args *args, const kl_study *study, const kl_plan *plan, const char *path,
                kl_rounds_played *rounds, int64_t *next_runs)
{
    int n_inputs, code = KL_EXIT_OK;
    kl_reason reason = {""};
    kl_input *input = kl_inputs_of(study, &n_inputs);
    char *command = kl_command_line(cli);
    tally t = {.study = study, .firms = kl_plan_firms_input(input, n_inputs), .rounds = rounds};
    kl_progress progress = {.term = &cli->err};
    kl_engine_options engine = {.n_threads = plan->n_threads,
                                .stop = kl_signals_flag(),
                                .sink = sink,
                                .data = &t,
                                .progress = args->quiet ? NULL : kl_progress_show,
                                .progress_data = &progress};
    kl_store_options store = {.overwrite = args->force, .command = command};
    *next_runs = 0;
    if (n_inputs < 0 || !command || (rounds && kl_rounds_start(rounds) != KL_OK)) {
        code = kl_fail(cli, KL_EXIT_IO, "out of memory");
        goto out;
    }
    kl_status status = kl_store_new(&t.store, path, study, plan, &store, &reason);
    if (status != KL_OK) {
        code = kl_fail(cli, kl_exit_of(status), "%s", reason.text[0] ? reason.text : kl_status_text(status));
        goto out;
    }
    double start = now();
    status = kl_engine_run(study, plan, &engine);
    kl_progress_clear(&progress);
    if (status != KL_OK && status != KL_ERR_STOPPED) {
        const char *why = kl_store_reason(t.store);
        code = kl_fail(cli, kl_exit_of(status), "%s", *why ? why : kl_status_text(status));
        goto out;
    }
    kl_status judged = rounds && status == KL_OK ? end_round(cli, args, &t, next_runs) : KL_OK;
    if (judged != KL_OK)
        code = kl_fail(cli, kl_exit_of(judged), "%s", kl_status_text(judged));
    if (judged != KL_OK || *next_runs > 0)
        goto out;
    code = finish(cli, &t, now() - start);
    if (code != KL_EXIT_OK)
        goto out;
    if (status == KL_ERR_STOPPED)
        kl_say(cli, KL_PLAIN, "stopped; %lld of %lld runs are kept in %s, which is valid and marked incomplete",
               (long long)t.done, (long long)plan->n_runs, path);
    code = print_end(cli, args, &t, plan, now() - start, path); /* with what it took to finish the file */
    if (code == KL_EXIT_OK)
        code = report_end(cli, status, &t, path);
out:
    kl_store_free(t.store);
    free(command);
    free(input);
    return code;
}

/* Plan a study, or a round of one, and play it if it fits. The speed is measured and the plan printed once. */
static int plan_and_play(const kl_cli *cli, const run_args *args, const kl_study *study, const char *path,
                         kl_rounds_played *rounds, int64_t *next_runs)
{
    kl_plan plan;
    bool first = !rounds || rounds->n_played == 0;
    kl_status status = kl_plan_make(&plan, study, args->threads > 0 ? (int)args->threads : 0, first);
    *next_runs = 0;
    if (status != KL_OK && status != KL_ERR_RESOURCES)
        return kl_fail(cli, kl_exit_of(status), "%s", kl_status_text(status));
    if (!args->quiet && first) {
        kl_plan_print(&cli->err, study, &plan);
        fprintf(cli->err.file, "  result  ");
        kl_term_print(&cli->err, KL_PLAIN, path);
        putc('\n', cli->err.file);
    }
    if (status == KL_ERR_RESOURCES)
        return kl_plan_refuse_memory(cli, &plan);
    if (args->dry_run)
        return KL_EXIT_OK;
    int code = kl_plan_check_disk(cli, &plan, path);
    return code == KL_EXIT_OK ? play(cli, args, study, &plan, path, rounds, next_runs) : code;
}

/* Round by round: each is the study with more worlds, from the first. */
static int play_rounds(const kl_cli *cli, const run_args *args, kl_study *study, const char *path)
{
    kl_rounds_played rounds;
    int64_t next = 0;
    int code = kl_rounds_begin(cli, &rounds, study, &args->precision, args->runs, args->max_runs);
    if (code == KL_EXIT_OK)
        next = rounds.rounds.first * rounds.rounds.unit;
    while (code == KL_EXIT_OK && next > 0) {
        kl_status status = kl_study_resize(study, next);
        code = status == KL_OK ? plan_and_play(cli, args, study, path, &rounds, &next)
                               : kl_fail(cli, kl_exit_of(status), "%s", kl_status_text(status));
    }
    kl_rounds_free(&rounds);
    return code;
}

static int run_study(const kl_cli *cli, const run_args *args, kl_study *study)
{
    char made[1024];
    const char *path = args->output;
    int64_t next;
    if (!path) {
        default_output(made, sizeof made, study->name);
        path = made;
    }
    int code = args->dry_run ? KL_EXIT_OK : prepare_output(cli, args, path);
    if (code != KL_EXIT_OK)
        return code;
    return args->precision.n > 0 ? play_rounds(cli, args, study, path)
                                 : plan_and_play(cli, args, study, path, NULL, &next);
}

static int run_run(const kl_cli *cli, const kl_command *self, int argc, char **argv)
{
    run_args args = {.seed = -1, .threads = -1, .runs = -1, .months = -1, .max_runs = 1 << 20};
    kl_study study;
    kl_study_init(&study);
    int code = kl_options_parse(cli, self, argc, argv, &args);
    if (code < 0) {
        int64_t runs = args.precision.n > 0 ? -1 : args.runs; /* there it is the first round */
        kl_overrides overrides = {args.set.n, args.set.item, args.seed, runs, args.months};
        kl_signals_catch();
        code = kl_load_study(cli, &study, args.operand.item[0], &overrides);
        if (code == KL_EXIT_OK)
            code = run_study(cli, &args, &study);
    }
    kl_study_free(&study);
    kl_options_free(self, &args);
    return code;
}

const kl_command kl_command_run = {
    .name = "run",
    .operands = "STUDY",
    .least = 1,
    .most = 1,
    .summary = "play a study and write its result file",
    .text = "Plays every arm of a study in every world and writes one HDF5 file. STUDY is a study file, or the name of "
            "a scenario that came with klaster (paper).\n"
            "Before it starts it prints what the study will take, and refuses what does not fit. Ctrl-C ends it "
            "cleanly: what was finished is in a valid file, marked incomplete.",
    .option = run_options,
    .example = run_examples,
    .run = run_run,
};
