/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The engine: one parallel region in which every thread takes the next block, plays it into its own buffers and hands
 * it to the sink. Threads share four things: the next block's number, the first error, the count of runs done (all
 * atomic) and a lock around the caller's functions. Nothing is summed here, so no result can depend on who played what
 * when. This layer is the only one that knows OpenMP. */
#include <omp.h>
#include <stdatomic.h>
#include <stddef.h>

#include "engine/machine.h"
#include "engine/play.h"

#define PROGRESS_NANOSECONDS 150000000

typedef struct engine {
    const kl_study *study;
    const kl_plan *plan;
    const kl_engine_options *options;
    int64_t begun;
    omp_lock_t lock;                /* held around the sink and the progress function */
    atomic_int status;              /* kl_status: the first error */
    atomic_int_least64_t next;      /* block */
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
    e->options->progress(e->options->progress_data, atomic_load(&e->runs_done), e->plan->n_runs,
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

/* The caller's sink; once an error is known it is not called again. */
static void deliver(engine *e, const kl_block *block)
{
    omp_set_lock(&e->lock);
    if (!has_failed(e)) {
        kl_status status = e->options->sink(e->options->sink_data, block);
        if (status != KL_OK)
            fail(e, status);
    }
    omp_unset_lock(&e->lock);
}

static void play_block(engine *e, kl_player *player, int64_t index)
{
    kl_block block = kl_plan_block(e->plan, index);
    for (int r = 0; r < block.n_runs; r++) {
        if (has_failed(e))
            return;
        kl_status status = kl_player_play(player, &block, r);
        if (status != KL_OK) {
            fail(e, status);
            return;
        }
        atomic_fetch_add(&e->runs_done, block.n_arms);
        tell_sometimes(e);
    }
    block.status = player->status;
    block.outcome = player->outcome;
    block.series = player->series;
    deliver(e, &block);
}

static void work(engine *e)
{
    kl_player player;
    int n_runs = e->plan->block_points * e->plan->block_replicates;
    kl_status status = kl_player_init(&player, e->study, n_runs, e->options->stop);
    if (status != KL_OK)
        fail(e, status);
    while (!has_failed(e)) {
        int64_t index = atomic_fetch_add(&e->next, 1);
        if (index >= e->plan->n_blocks)
            break;
        play_block(e, &player, index);
    }
    kl_player_free(&player);
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
    int n_threads = options->n_threads > 0 ? options->n_threads : plan->n_threads;
    if (n_threads > plan->n_blocks)
        n_threads = (int)plan->n_blocks;
    engine e = {.study = study, .plan = plan, .options = options, .begun = kl_machine_clock()};
    atomic_init(&e.status, (int)KL_OK);
    atomic_init(&e.next, 0);
    atomic_init(&e.runs_done, 0);
    atomic_init(&e.reported, e.begun);
    omp_init_lock(&e.lock);
#pragma omp parallel num_threads(n_threads) default(none) shared(e)
    work(&e);
    omp_destroy_lock(&e.lock);
    kl_status status = (kl_status)atomic_load(&e.status);
    if (status == KL_OK && options->progress)
        tell(&e, kl_machine_clock());
    return status;
}
