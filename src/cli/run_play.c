/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `klaster run`: one study, or one round of one, from the engine into its file. The store is opened before anything is
 * computed, and takes over what is there already; however the run ends, what was finished is kept. */
#define _DEFAULT_SOURCE 1 /* POSIX under -std=c11 */
#include <stdlib.h>
#include <time.h>

#include "cli/plan.h"
#include "cli/run.h"

static double now(void)
{
    struct timespec t;
    return clock_gettime(CLOCK_MONOTONIC, &t) == 0 ? (double)t.tv_sec + 1e-9 * (double)t.tv_nsec : 0;
}

/* ---- what the engine calls ---- */

static int64_t next(void *data)
{
    kl_session *s = data;
    return kl_store_todo(s->store, kl_ranks_next(s->args->ranks));
}

static kl_status recall(void *data, const kl_block *block, uint8_t *given, int8_t *status, double *outcome)
{
    kl_session *s = data;
    return kl_store_recall(s->store, block, given, status, outcome);
}

static kl_status pack(void *data, const kl_block *block)
{
    kl_session *s = data;
    return kl_store_pack(s->store, block);
}

/* Counts what was played now. */
static kl_status sink(void *data, const kl_block *block)
{
    kl_session *s = data;
    kl_status status = kl_store_sink(s->store, block);
    if (status == KL_OK)
        kl_live_take(&s->live, block);
    for (int a = 0; status == KL_OK && a < block->n_arms; a++)
        for (int r = 0; r < block->n_runs; r++) {
            if (block->given && block->given[(size_t)a * (size_t)block->n_runs + (size_t)r])
                continue;
            s->played++;
            s->firm_months +=
                kl_plan_firms(s->study, s->firms, a, block->point0 + r / block->n_replicates) * block->horizon;
        }
    return status;
}

/* ---- playing ---- */

/* What was committed is safe: say so. */
static int fail(const kl_session *s, kl_status status, const char *why)
{
    const char *text = why && *why ? why : kl_status_text(status);
    if (kl_store_has_journal(s->path))
        return kl_fail(s->cli, kl_exit_of(status),
                       "%s; what was played is kept in %s.journal, and the same command goes on", text, s->path);
    return kl_fail(s->cli, kl_exit_of(status), "%s", text);
}

/* `done` as for kl_store_options: not for rank 0. */
static int open_store(kl_session *s, const uint8_t *done)
{
    kl_reason reason = {""};
    const kl_run_args *args = s->args;
    const char *source[1] = {s->path};
    bool begins_anew = args->force && s->is_first;
    kl_store_options options = {.overwrite = begins_anew,
                                .discard = begins_anew,
                                .command = s->command,
                                .checkpoint = args->checkpoint >= 0 ? (double)args->checkpoint : KL_CHECKPOINT_SECONDS,
                                .n_sources = s->goes_on,
                                .source = source,
                                .rank = args->ranks->index,
                                .n_ranks = args->ranks->count,
                                .done = done};
    if (args->n_shards > 0) {
        options.shard = (int)(args->shard_number - 1);
        options.n_shards = (int)args->n_shards;
    }
    kl_status status = kl_store_new(&s->store, s->path, s->study, &s->plan, &options, &reason);
    if (status == KL_ERR_EXISTS)
        return kl_fail(s->cli, KL_EXIT_IO, "%s%s; --force begins anew, -o FILE writes another file", reason.text,
                       kl_run_company(args));
    if (status != KL_OK)
        return fail(s, status, reason.text);
    s->found = kl_store_recovered(s->store);
    kl_session_say_found(s);
    return KL_EXIT_OK;
}

/* After the last block: is the round precise enough, or is there another? */
static kl_status judge(kl_session *s)
{
    kl_status status = kl_rounds_read(s->rounds, s->store);
    if (status == KL_OK)
        status = kl_rounds_judge(s->rounds, &s->next_runs);
    if (status == KL_OK && !s->args->quiet)
        kl_rounds_say(s->cli, s->rounds, s->next_runs);
    return status;
}

static int finish(kl_session *s, kl_status engine, double begun)
{
    char text[64];
    kl_reason reason = {""};
    kl_status status = KL_OK;
    if (s->args->n_shards > 0) {
        snprintf(text, sizeof text, "%lld/%lld", (long long)s->args->shard_number, (long long)s->args->n_shards);
        status = kl_store_note(s->store, "shard", text);
    }
    if (status == KL_OK && s->rounds && engine == KL_OK)
        status = judge(s);
    if (status == KL_OK && s->rounds)
        status = kl_rounds_note(s->rounds, s->store);
    if (status == KL_OK)
        status = kl_store_finish(s->store, now() - begun, &reason);
    if (status != KL_OK)
        return fail(s, status, reason.text[0] ? reason.text : kl_store_reason(s->store));
    kl_store_count(s->store, s->by_status);
    for (int i = 0; i < KL_N_RUN_STATUS; i++)
        s->done += s->by_status[i];
    return KL_EXIT_OK;
}

/* A rank other than the first: its journal is whole and closed. */
static int finish_journal(kl_session *s)
{
    kl_reason reason = {""};
    kl_status status = kl_store_finish(s->store, 0, &reason);
    return status == KL_OK ? KL_EXIT_OK : fail(s, status, reason.text);
}

/* What is watched while it plays, where there is somebody to watch. */
static void begin_view(kl_session *s)
{
    if (s->args->quiet || s->args->ranks->index > 0 || !kl_live_fits(&s->cli->err))
        return;
    kl_live_begin(&s->live, &s->cli->err, s->study, &s->plan, s->store);
    s->live.is_part = s->args->ranks->count > 1;
    s->live.round = s->rounds ? s->rounds->n_played + 1 : 0;
}

/* Together: play what is to be played; *is_stopped: not all of it. */
static int play_blocks(kl_session *s, int *is_stopped)
{
    kl_ranks *ranks = s->args->ranks;
    kl_engine_options engine = {.n_threads = s->plan.n_threads,
                                .stop = kl_signals_flag(),
                                .n_runs = s->found.runs_todo,
                                .next = next,
                                .recall = s->goes_on ? recall : NULL,
                                .pack = pack,
                                .sink = sink,
                                .data = s,
                                .progress = s->args->quiet ? NULL : kl_session_progress,
                                .progress_data = s};
    int code = KL_EXIT_OK;
    begin_view(s);
    kl_status status = kl_engine_run(s->study, &s->plan, &engine);
    kl_live_end(&s->live);
    kl_progress_clear(&s->progress);
    if (status != KL_OK)
        kl_ranks_stop(ranks);
    if (status != KL_OK && status != KL_ERR_STOPPED)
        code = fail(s, status, kl_store_reason(s->store));
    else if (ranks->index > 0)
        code = finish_journal(s);
    *is_stopped = kl_ranks_worst(ranks, status == KL_ERR_STOPPED);
    return kl_run_agree(s->cli, s->args, code);
}

/* Rank 0: write the file and say how it ended. */
static int end_session(kl_session *s, kl_status engine, double begun)
{
    char a[KL_NUMBER_SIZE], b[KL_NUMBER_SIZE];
    int code = finish(s, engine, begun);
    if (code != KL_EXIT_OK)
        return code;
    s->seconds = now() - begun; /* with what it took to finish the file */
    if (engine == KL_ERR_STOPPED)
        kl_say(s->cli, KL_PLAIN,
               "stopped; %s of %s runs are kept in %s, which is valid and marked incomplete; the same command goes on",
               kl_text_count(a, sizeof a, (double)s->done), kl_text_count(b, sizeof b, (double)s->plan.n_runs),
               s->path);
    if (s->next_runs > 0)
        return KL_EXIT_OK;
    code = kl_session_print(s);
    return code == KL_EXIT_OK ? kl_session_end(s, engine) : code;
}

/* Together. */
static int play(kl_session *s)
{
    int is_stopped = 0;
    bool is_first = s->args->ranks->index == 0;
    int code = kl_run_agree(s->cli, s->args, is_first ? open_store(s, NULL) : KL_EXIT_OK);
    code = kl_session_open_others(s, code, open_store);
    if (code != KL_EXIT_OK)
        return code;
    double begun = now();
    code = play_blocks(s, &is_stopped);
    if (code == KL_EXIT_OK)
        code = kl_session_add_up(s);
    if (code != KL_EXIT_OK)
        return code;
    if (is_first)
        code = end_session(s, is_stopped ? KL_ERR_STOPPED : KL_OK, begun);
    code = kl_run_agree(s->cli, s->args, code);
    int shared = kl_run_share(s->cli, s->args, &s->next_runs, sizeof s->next_runs);
    return code != KL_EXIT_OK ? code : shared;
}

/* ---- planning ---- */

/* Together. */
static int plan(kl_session *s)
{
    const kl_run_args *args = s->args;
    bool is_first = args->ranks->index == 0;      /* only it measures, and speaks */
    bool is_told = args->dry_run || !args->quiet; /* how long it will take */
    kl_status status = kl_plan_make(&s->plan, s->study, args->threads > 0 ? (int)args->threads : 0,
                                    s->is_first && is_first && is_told);
    bool is_made = status == KL_OK || status == KL_ERR_RESOURCES;
    int wanted = is_made ? s->plan.n_threads + s->plan.n_helpers : 1;
    int threads = kl_ranks_threads(args->ranks, wanted);
    if (!is_made)
        return kl_fail(s->cli, kl_exit_of(status), "%s", kl_status_text(status));
    if (args->threads <= 0 && threads < wanted) {
        s->plan.seconds *= (double)wanted / threads;
        s->plan.n_threads = threads < s->plan.n_threads ? threads : s->plan.n_threads;
        s->plan.n_helpers = threads - s->plan.n_threads;
    }
    if (!args->quiet && s->is_first) {
        s->plan.seconds /= args->ranks->count;
        kl_plan_print(&s->cli->err, s->study, &s->plan);
        if (args->ranks->count > 1)
            fprintf(s->cli->err.file, "  ranks   %d processes, each with its threads\n", args->ranks->count);
        fprintf(s->cli->err.file, "  result  ");
        kl_term_print(&s->cli->err, KL_PLAIN, s->path);
        putc('\n', s->cli->err.file);
    }
    if (status == KL_ERR_RESOURCES)
        return kl_plan_refuse_memory(s->cli, &s->plan);
    return is_first && !args->dry_run ? kl_plan_check_disk(s->cli, &s->plan, s->path) : KL_EXIT_OK;
}

/* Together: rank 0 meets what is at the path, for all. */
static int meet(kl_session *s, bool *is_done)
{
    int told[3] = {KL_EXIT_OK, 0, 0};
    if (s->args->ranks->index == 0 && !s->args->dry_run) {
        told[0] = kl_session_meet(s, is_done);
        told[1] = s->goes_on;
        told[2] = *is_done;
    }
    int code = kl_run_share(s->cli, s->args, told, sizeof told);
    s->goes_on = told[1] != 0;
    *is_done = told[2] != 0;
    return code == KL_EXIT_OK ? told[0] : code;
}

int kl_session_play(kl_session *s)
{
    bool is_done = false;
    int n_inputs = 0;
    s->progress.term = &s->cli->err;
    int code = meet(s, &is_done);
    if (code == KL_EXIT_OK && !is_done)
        code = kl_run_agree(s->cli, s->args, plan(s));
    if (code == KL_EXIT_OK && s->args->json && (is_done || s->args->dry_run)) /* rank 0 */
        return is_done ? kl_session_print_done(s) : kl_session_print_plan(s);
    if (code != KL_EXIT_OK || is_done || s->args->dry_run)
        return code;
    kl_input *input = kl_inputs_of(s->study, &n_inputs);
    char *command = kl_command_line(s->cli);
    if (n_inputs < 0 || !command)
        code = kl_fail(s->cli, KL_EXIT_IO, "%s", kl_status_text(KL_ERR_MEMORY));
    code = kl_run_agree(s->cli, s->args, code);
    if (code == KL_EXIT_OK) {
        s->firms = kl_plan_firms_input(input, n_inputs);
        s->command = command;
        code = play(s);
    }
    kl_store_free(s->store);
    s->store = NULL;
    s->command = NULL;
    free(command);
    free(input);
    return code;
}
