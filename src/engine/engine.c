/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The engine: one parallel region in which every thread takes the next block, plays what is not known of it into its own
 * buffers, packs it, and hands it to the sink. Threads share the first error and the count of runs done (atomic) and two
 * locks: around taking, and around the caller's other functions. Nothing is summed here, so no result can depend on who
 * played what when. This layer is the only one that knows OpenMP. */
#include <omp.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

#include "engine/machine.h"
#include "engine/play.h"
#include "engine/team.h"

#define PROGRESS_NANOSECONDS 150000000

typedef struct engine {
    const kl_study *study;
    const kl_plan *plan;
    const kl_engine_options *options;
    int64_t begun;
    omp_lock_t take;                /* held around `next`: taking a block does not wait for one that is being written */
    int64_t next;                   /* block, where the caller has no `next` */
    omp_lock_t lock;                /* held around the caller's other functions, but for `pack` */
    atomic_int status;              /* kl_status: the first error */
    atomic_int_least64_t runs_done; /* also of blocks in flight */
    atomic_int_least64_t reported;  /* when progress was last told */
} engine;

static void fail(engine *e, kl_status status)
{
    int none = KL_OK;
    atomic_compare_exchange_strong(&e->status, &none, (int)status);
}

static int has_failed(engine *e)
{
    return atomic_load_explicit(&e->status, memory_order_relaxed) != KL_OK;
}

static void tell(engine *e, int64_t now)
{
    atomic_store(&e->reported, now);
    e->options->progress(e->options->progress_data, atomic_load(&e->runs_done),
                         e->options->n_runs > 0 ? e->options->n_runs : e->plan->n_runs,
                         (double)(now - e->begun) * 1e-9);
}

/* Tell the progress if it is time. A thread that finds the lock taken does not wait for it. */
static void tell_sometimes(engine *e)
{
    if (!e->options->progress)
        return;
    int64_t now = kl_machine_clock();
    if (now - atomic_load(&e->reported) < PROGRESS_NANOSECONDS || !omp_test_lock(&e->lock))
        return;
    if (now - atomic_load(&e->reported) >= PROGRESS_NANOSECONDS && !has_failed(e))
        tell(e, now);
    omp_unset_lock(&e->lock);
}

/* The caller's functions are not called again once an error is known. */
static void deliver(engine *e, const kl_block *block)
{
    kl_status status = e->options->pack && !has_failed(e) ? e->options->pack(e->options->data, block) : KL_OK;
    if (status != KL_OK)
        fail(e, status);
    omp_set_lock(&e->lock);
    if (!has_failed(e)) {
        status = e->options->sink(e->options->data, block);
        if (status != KL_OK)
            fail(e, status);
    }
    omp_unset_lock(&e->lock);
}

static void recall(engine *e, kl_player *player, const kl_block *block)
{
    if (!e->options->recall)
        return;
    memset(player->given, 0, (size_t)block->n_arms * (size_t)block->n_runs);
    omp_set_lock(&e->lock);
    if (!has_failed(e)) {
        kl_status status = e->options->recall(e->options->data, block, player->given, player->status, player->outcome);
        if (status != KL_OK)
            fail(e, status);
    }
    omp_unset_lock(&e->lock);
}

static void play_block(engine *e, kl_player *player, int64_t index)
{
    kl_block block = kl_plan_block(e->plan, index);
    recall(e, player, &block);
    kl_player_begin(player, &block);
    for (int r = 0; r < block.n_runs; r++) {
        if (has_failed(e))
            return;
        int n_played = 0;
        kl_status status = kl_player_play(player, &block, r, &n_played);
        if (status != KL_OK) {
            fail(e, status);
            return;
        }
        atomic_fetch_add(&e->runs_done, n_played);
        tell_sometimes(e);
    }
    kl_player_turn(player, &block);
    block.thread = omp_get_thread_num();
    block.status = player->status;
    block.outcome = player->outcome;
    block.series = player->series;
    block.params = player->params;
    block.given = e->options->recall ? player->given : NULL;
    deliver(e, &block);
}

/* Negative where there is none left. */
static int64_t take(engine *e)
{
    omp_set_lock(&e->take);
    int64_t index = e->options->next ? e->options->next(e->options->data) : e->next++;
    omp_unset_lock(&e->take);
    return index < e->plan->n_blocks ? index : -1;
}

/* Play blocks until none is left; the team, which may be NULL, helps with the firms of large clusters. */
static void work(engine *e, kl_team *team)
{
    kl_player player;
    int n_runs = e->plan->block_points * e->plan->block_replicates;
    kl_status status = kl_player_init(&player, e->study, n_runs, e->options->stop);
    if (status != KL_OK)
        fail(e, status);
    if (team) {
        player.run.share = kl_team_share;
        player.run.share_data = team;
    }
    while (!has_failed(e)) {
        int64_t index = take(e);
        if (index < 0)
            break;
        play_block(e, &player, index);
    }
    kl_player_free(&player);
}

/* Every thread: the first n_players play blocks, and help when there is none left; the others help at once. */
static void play_or_help(engine *e, kl_team *teams, int n_players)
{
    int thread = omp_get_thread_num(), n_threads = omp_get_num_threads();
    if (n_players > n_threads) /* OpenMP gave fewer than it was asked for */
        n_players = n_threads;
    kl_team *own = teams && thread < n_players ? kl_team_of(teams, thread) : NULL;
    if (thread < n_players)
        work(e, own);
    if (own)
        kl_team_close(own);
    if (teams)
        kl_teams_help(teams, n_players);
}

static int is_plan_of(const kl_plan *plan, const kl_study *study)
{
    return plan->n_arms == study->n_arms && plan->n_points == study->n_points &&
           plan->n_replicates == study->n_replicates && plan->horizon == study->horizon && plan->n_blocks > 0 &&
           study->baseline >= 0 && study->baseline < study->n_arms;
}

kl_status kl_engine_run(const kl_study *study, const kl_plan *plan, const kl_engine_options *options)
{
    if (!is_plan_of(plan, study) || !options->sink || options->n_threads < 0)
        return KL_ERR_ARGUMENT;
    int n_threads = options->n_threads > 0 ? options->n_threads : plan->n_threads + plan->n_helpers;
    int n_players = n_threads < plan->n_blocks ? n_threads : (int)plan->n_blocks;
    if (!plan->is_shared)
        n_threads = n_players;
    kl_team *teams = NULL;
    if (plan->is_shared && n_threads > 1) {
        teams = kl_teams_new(n_players, n_threads);
        if (!teams)
            return KL_ERR_MEMORY;
    }
    engine e = {.study = study, .plan = plan, .options = options, .begun = kl_machine_clock()};
    atomic_init(&e.status, (int)KL_OK);
    atomic_init(&e.runs_done, 0);
    atomic_init(&e.reported, e.begun);
    omp_init_lock(&e.take);
    omp_init_lock(&e.lock);
#pragma omp parallel num_threads(n_threads) default(none) shared(e, teams, n_players)
    play_or_help(&e, teams, n_players);
    kl_teams_free(teams, n_players);
    omp_destroy_lock(&e.lock);
    omp_destroy_lock(&e.take);
    kl_status status = (kl_status)atomic_load(&e.status);
    if (status == KL_OK && options->progress)
        tell(&e, kl_machine_clock());
    return status;
}
