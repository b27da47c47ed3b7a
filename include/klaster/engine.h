/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The engine: plays the worlds of a study on all threads and hands finished blocks to a sink. A block is a
 * rectangle of worlds with all their arms; its shape depends on the study alone, never on threads, so that a block is
 * the same bytes wherever and whenever it is computed. */
#ifndef KLASTER_ENGINE_H
#define KLASTER_ENGINE_H

#include "klaster/study.h"

/* Up to this many worlds the monthly fans (analysis.h) are exact; it stands here because the plan counts their memory. */
#define KL_FAN_EXACT 4096

#ifdef __cplusplus
extern "C" {
#endif

/* How a study is cut into blocks, and what it will take. */
typedef struct kl_plan {
    int n_arms, n_points, n_replicates, horizon;
    int block_points, block_replicates; /* shape of a whole block; those at the edges are smaller */
    int64_t n_blocks, n_worlds, n_runs;
    int n_threads; /* that play a block each */
    int n_helpers; /* more, for whom there is no block: they play firms of the others' worlds; 0 but for large clusters */
    int is_shared;          /* 1 where clusters are large: threads that have no block left help those that have */
    double bytes_memory;    /* estimated peak: all threads, blocks, fans and the program itself */
    double bytes_available; /* what this process may take: 0.8 of what the tightest of free memory, address-space
                               * limit, control groups and Slurm leaves; INFINITY where unknown */
    double bytes_disk;      /* estimated size of the result and the journal beside it, upper end */
    double seconds_per_run; /* of one thread, from the probe; 0 before it */
    double seconds;         /* estimated duration; 0 before the probe */
} kl_plan;

/* Outcomes of a block. Runs within a block are numbered r = (point - point0) * n_replicates + (replicate - replicate0).
 *   status [arm][run]                      kl_run_status
 *   outcome[arm][outcome][run]
 *   series [arm][series][month][run]       */
typedef struct kl_block {
    int64_t index; /* 0..n_blocks-1 */
    int point0, n_points, replicate0, n_replicates;
    int n_runs; /* n_points * n_replicates */
    int n_arms, horizon;
    int thread; /* who played it, from 0 */
    const int8_t *status;
    const double *outcome;
    const float *series;
    const uint8_t *given;    /* [arm][run] 1: known from before, and its series are not here; NULL: none is */
    const kl_params *params; /* [arm][point] as drawn; with 0 firms where nothing was played. NULL: not here */
} kl_block;

/* Where a block lies (index in [0, n_blocks); the last block of replicates comes last, so that a study that is
 * interrupted has played about as many worlds of every point): fills index, point0, n_points, replicate0, n_replicates, n_runs, n_arms, horizon. */
kl_block kl_plan_block(const kl_plan *plan, int64_t index);

/* The index of the next block to play, or one that is no block (negative, or n_blocks and above): there is none left. By
 * one thread at a time. */
typedef int64_t (*kl_next_fn)(void *data);

/* What is known of a block before it is played: sets given[arm][run] to 1 (it is 0) and fills in the status and the
 * outcomes of those runs, laid out as in kl_block. By one thread at a time, never together with the sink. */
typedef kl_status (*kl_recall_fn)(void *data, const kl_block *block, uint8_t *given, int8_t *status, double *outcome);

/* Called for every finished block by the thread that played it, at the same time as other threads' blocks. */
typedef kl_status (*kl_pack_fn)(void *data, const kl_block *block);

/* Called for every finished block after that, by one thread at a time, in no fixed order. Any other status than KL_OK of one
 * of these functions stops the engine, which returns it. */
typedef kl_status (*kl_sink_fn)(void *data, const kl_block *block);

/* Called now and then, by one thread at a time, with the runs done. */
typedef void (*kl_progress_fn)(void *data, int64_t runs_done, int64_t n_runs, double seconds);

typedef struct kl_engine_options {
    int n_threads;            /* in all, those that help with large worlds included; 0: as the plan says */
    const volatile int *stop; /* may be NULL; when it becomes non-zero the engine drops the blocks in flight and
                               * returns KL_ERR_STOPPED */
    int64_t n_runs;           /* for the progress: how many are to be played; 0: all */
    kl_next_fn next;          /* NULL: all blocks, in their order */
    kl_recall_fn recall;      /* NULL: nothing is known */
    kl_pack_fn pack;          /* may be NULL */
    kl_sink_fn sink;
    void *data;              /* of these four */
    kl_progress_fn progress; /* may be NULL */
    void *progress_data;
} kl_engine_options;

/* Make the plan. n_threads 0: all that this process may use; never more than there are blocks. With `probe` non-zero,
 * play a few worlds for at most about a tenth of a second to estimate the time.
 * KL_ERR_ARGUMENT for a study without arms or worlds or a negative n_threads; KL_ERR_MEMORY; KL_ERR_RESOURCES where the
 * memory does not fit: the plan is filled all the same, but not probed. */
KL_MUST_USE kl_status kl_plan_make(kl_plan *plan, const kl_study *study, int n_threads, int probe);

/* Play every block, or those that `next` names. KL_ERR_ARGUMENT where the plan is not this study's or there is no sink; KL_ERR_MEMORY,
 * KL_ERR_STOPPED, or what the sink returned: the first error wins and stops all threads. The values do not depend on the
 * number of threads, on the order of the blocks, or on how many points, replicates and arms there are besides. A run that cannot be played is recorded
 * with the status KL_RUN_FAILED and undefined outcomes; it does not stop the engine. */
KL_MUST_USE kl_status kl_engine_run(const kl_study *study, const kl_plan *plan, const kl_engine_options *options);

/* ---- outcomes that need two runs ---- */

/* Who was a member at the end of the baseline of a world: what the outcomes "against the baseline" (outcomes.def) need of
 * it. Zeroed it stands for a baseline that could not be played. */
typedef struct kl_baseline {
    int n_firms, capacity;
    unsigned char *member; /* [n_firms]; 1 for a member at the end */
} kl_baseline;

/* Remember a finished run; memory is kept and only grows. KL_ERR_MEMORY, and then it is as zeroed. */
KL_MUST_USE kl_status kl_baseline_keep(kl_baseline *baseline, const kl_run *run);
void kl_baseline_forget(kl_baseline *baseline); /* the run; not the memory */
void kl_baseline_free(kl_baseline *baseline);

/* Fill the outcomes against the baseline for a finished run of another arm in the same world. All stay undefined (NaN)
 * where the baseline could not be played or has another number of firms: who would be who? */
void kl_baseline_outcomes(const kl_baseline *baseline, const kl_run *run, double outcome[KL_N_OUTCOMES]);

#ifdef __cplusplus
}
#endif
#endif
