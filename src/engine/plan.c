/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The plan: how a study is cut into blocks and what it will take. The shape of the blocks follows from the study alone -
 * never from threads, memory or time - because the chunks of the result file follow from it. */
#include <math.h>
#include <string.h>

#include "engine/fan_size.h"
#include "engine/machine.h"
#include "engine/play.h"
#include "engine/probe.h"

#define BLOCK_WORLDS_MAX 256
#define BLOCKS_WANTED 64             /* enough for many threads to end together */
#define BLOCK_BYTES_MAX 0x1p26       /* 64 MiB a thread */
#define BLOCK_FIRM_MONTHS_MAX 0x1p28 /* some 10 to 30 seconds of work: what an interruption may lose */
#define PROGRAM_BYTES (48 * 0x1p20)  /* the program, its libraries and HDF5's caches */
#define BATCH_BYTES_MAX 0x1.8p25     /* blocks on their way to the journal (store/intake.c), and room to grow */
#define JOURNAL_FACTOR 3
#define MEMORY_PART 0.8 /* of what is left: others live here too */
#define POINTS_LOOKED_AT 256
#define GROUP 16 /* of them, one behind the other */
#define SHARED_FIRMS \
    4096 /* from here on threads that would be idle share a world: below, waiting for each other costs more */

/* ---- the size of a cluster ---- */

/* About the largest number of firms that n_points draws will show. */
static double most_firms(const kl_study *study, const kl_dist *dist)
{
    const kl_param_info *row = kl_param_info_of(KL_PARAM_firms);
    if (dist->kind != KL_DIST_CHOICE)
        return kl_dist_quantile(dist, 1 - 0.5 / study->n_points, row->lo, row->hi);
    double most = row->lo;
    for (int i = 0; i < dist->n; i++)
        most = fmax(most, dist->value[i]);
    return most;
}

static double firms_of(const kl_study *study, int arm)
{
    const kl_arm *variant;
    double most = 0;
    for (int k = 0; (variant = kl_arm_variant(&study->arm[arm], k)); k++)
        most = fmax(most, most_firms(study, &variant->param[KL_PARAM_firms]));
    return most;
}

/* Firm-months of a world, all arms. */
static double firm_months(const kl_study *study)
{
    double sum = 0;
    for (int arm = 0; arm < study->n_arms; arm++)
        sum += firms_of(study, arm) * study->horizon;
    return sum;
}

/* About the most that one thread's run takes, over the arms and over points spread evenly; in groups, which are drawn at
 * once, unless the points are few rows. */
static double run_bytes(const kl_study *study)
{
    double most = 0;
    kl_drawn drawn[GROUP];
    int n = study->n_points < POINTS_LOOKED_AT ? study->n_points : POINTS_LOOKED_AT;
    int group = study->design.row_size > 1 || n % GROUP != 0 ? 1 : GROUP;
    for (int arm = 0; arm < study->n_arms; arm++) {
        int largest = (int)firms_of(study, arm);
        for (int i = 0; i < n; i += group) {
            kl_study_draws(study, arm, (int)((int64_t)i * study->n_points / n), group, NULL, drawn);
            for (int k = 0; k < group; k++) {
                if (drawn[k].status != KL_OK)
                    continue;
                if (drawn[k].params.firms < largest)
                    drawn[k].params.firms = largest;
                most = fmax(most, (double)kl_run_bytes(&drawn[k].params, study->horizon));
            }
        }
    }
    return most;
}

/* ---- the shape ---- */

static void choose_shape(kl_plan *plan, const kl_study *study)
{
    double months = firm_months(study);
    int64_t worlds = BLOCK_WORLDS_MAX;
    while (worlds > 1 && (worlds > plan->n_worlds / BLOCKS_WANTED ||
                          kl_player_bytes(plan->n_arms, plan->horizon, (int)worlds) > BLOCK_BYTES_MAX ||
                          months * (double)worlds > BLOCK_FIRM_MONTHS_MAX))
        worlds /= 2;
    int b = (int)worlds;
    plan->block_replicates = b < plan->n_replicates ? b : plan->n_replicates;
    plan->block_points = b / plan->block_replicates;
    if (plan->block_points > plan->n_points)
        plan->block_points = plan->n_points;
}

static int64_t parts(int whole, int part)
{
    return (whole + (int64_t)part - 1) / part;
}

kl_block kl_plan_block(const kl_plan *plan, int64_t index)
{
    int64_t across = parts(plan->n_points, plan->block_points);
    kl_block block = {.index = index, .n_arms = plan->n_arms, .horizon = plan->horizon};
    block.point0 = (int)(index % across) * plan->block_points;
    block.replicate0 = (int)(index / across) * plan->block_replicates;
    int points = plan->n_points - block.point0, replicates = plan->n_replicates - block.replicate0;
    block.n_points = points < plan->block_points ? points : plan->block_points;
    block.n_replicates = replicates < plan->block_replicates ? replicates : plan->block_replicates;
    block.n_runs = block.n_points * block.n_replicates;
    return block;
}

/* ---- what it takes ---- */

/* Bytes of an outcome in the file before compression, by its type (outcomes.def). */
static double outcome_bytes(kl_outcome_type type)
{
    return type == KL_TYPE_MONEY ? 8 : 4;
}

/* Statuses and outcomes of a block, all arms. */
static double block_bytes(const kl_plan *plan)
{
    double run = 1;
    for (int i = 0; i < KL_N_OUTCOMES; i++)
        run += outcome_bytes(kl_outcome_info_of((kl_outcome_id)i)->type);
    return run * plan->n_arms * plan->block_points * plan->block_replicates;
}

static double memory_of(const kl_plan *plan, const kl_study *study)
{
    int n_runs = plan->block_points * plan->block_replicates;
    double thread = run_bytes(study) + kl_player_bytes(plan->n_arms, plan->horizon, n_runs) +
                    (double)plan->n_arms * KL_PLAYER_AHEAD * (double)sizeof(kl_drawn);
    double fans = kl_fan_size(plan->n_arms, plan->horizon, plan->n_worlds);
    double batch = fmin(block_bytes(plan) * (double)plan->n_blocks, BATCH_BYTES_MAX);
    return PROGRAM_BYTES + thread * plan->n_threads + 2 * fans + batch; /* fans of all and of the batch */
}

/* As if nothing could be compressed: HDF5 stores whole chunks (a block each) with an index entry and a checksum. The journal
 * holds the blocks a second time, and what they add to the fans, which was seen to take about as much again. */
static double disk_of(const kl_plan *plan, const kl_study *study)
{
    double chunks = (double)plan->n_blocks * plan->n_arms;
    double bytes = JOURNAL_FACTOR * block_bytes(plan) * (double)plan->n_blocks;
    bytes += chunks * (KL_N_OUTCOMES + 1) * 64;
    bytes += (double)kl_study_inputs(study, NULL, 0) * plan->n_arms * plan->n_points * 8;
    bytes += (double)KL_N_SERIES * plan->horizon * plan->n_arms * 8 * (study->n_quantiles + 2);
    double fans =
        kl_fan_size(plan->n_arms, plan->horizon, plan->n_worlds); /* /checkpoint: values stay, counters shrink */
    bytes += kl_fan_exact(plan->n_worlds) ? fans : fans / 4;
    bytes += 2.0 * (double)((study->text ? strlen(study->text) : 0) + (study->resolved ? strlen(study->resolved) : 0));
    return bytes * 1.02 + 0x1p19; /* names, units, dimension scales, provenance */
}

static void choose_threads(kl_plan *plan, const kl_study *study, int n_threads)
{
    plan->n_threads = n_threads > 0 ? n_threads : kl_machine_threads();
    int wanted = plan->n_threads;
    if (plan->n_threads > plan->n_blocks)
        plan->n_threads = (int)plan->n_blocks;
    double most = 0;
    for (int arm = 0; arm < study->n_arms; arm++)
        most = fmax(most, firms_of(study, arm));
    plan->is_shared = most >= SHARED_FIRMS;
    plan->n_helpers = plan->is_shared ? wanted - plan->n_threads : 0;
}

kl_status kl_plan_make(kl_plan *plan, const kl_study *study, int n_threads, int probe)
{
    memset(plan, 0, sizeof *plan);
    if (n_threads < 0 || study->n_arms < 1 || study->n_points < 1 || study->n_replicates < 1 || study->horizon < 1)
        return KL_ERR_ARGUMENT;
    plan->n_arms = study->n_arms;
    plan->n_points = study->n_points;
    plan->n_replicates = study->n_replicates;
    plan->horizon = study->horizon;
    plan->n_worlds = (int64_t)study->n_points * study->n_replicates;
    if (plan->n_worlds > INT64_MAX / study->n_arms)
        return KL_ERR_ARGUMENT;
    plan->n_runs = plan->n_worlds * study->n_arms;
    choose_shape(plan, study);
    plan->n_blocks = parts(plan->n_points, plan->block_points) * parts(plan->n_replicates, plan->block_replicates);
    choose_threads(plan, study, n_threads);
    plan->bytes_memory = memory_of(plan, study);
    plan->bytes_available = MEMORY_PART * kl_machine_memory();
    plan->bytes_disk = disk_of(plan, study);
    if (plan->bytes_memory > plan->bytes_available)
        return KL_ERR_RESOURCES;
    return probe ? kl_plan_probe(plan, study) : KL_OK;
}
