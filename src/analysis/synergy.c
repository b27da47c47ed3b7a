/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The study behind `klaster synergy`: one arm of a study, its 16 sets of channels, and the arm without each of its stages, all
 * in the same worlds; and the sink that keeps what the tables need of its runs. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/synergy.h"

static const kl_param_id channel_param[KL_N_CHANNELS] = {
#define KL_CHANNEL_PARAM(name, word, param) KL_PARAM_##param,
    KL_CHANNEL_LIST(KL_CHANNEL_PARAM)
#undef KL_CHANNEL_PARAM
};

const char *const kl_channel_words[KL_N_CHANNELS] = {
#define KL_CHANNEL_WORD(name, word, param) word,
    KL_CHANNEL_LIST(KL_CHANNEL_WORD)
#undef KL_CHANNEL_WORD
};

const kl_outcome_id kl_level_outcomes[KL_N_LEVELS] = {KL_OUT_synergy, KL_OUT_synergy_firm, KL_OUT_synergy_cluster,
                                                      KL_OUT_synergy_ecosystem};

const kl_outcome_id kl_stage_outcomes[KL_N_STAGE_MEASURES] = {KL_OUT_synergy,          KL_OUT_value_firms,
                                                              KL_OUT_npv_social,       KL_OUT_member_share,
                                                              KL_OUT_saving_joint_all, KL_OUT_survival};

/* ---- the study ---- */

/* The arm's mechanism without one stage; does it still make one? Lengths are drawn later and do not matter here. */
static int can_leave_out(const kl_arm *arm, int stage)
{
    kl_mechanism rest = {.n_stages = 0};
    for (int i = 0; i < arm->n_stages; i++)
        if (i != stage)
            rest.stage[rest.n_stages++] = (kl_stage){arm->stage[i].kind, 1};
    return rest.n_stages > 0 && kl_mechanism_check(&rest, NULL, NULL) == KL_OK;
}

static void leave_out(kl_arm *arm, int stage)
{
    arm->n_stages--;
    memmove(&arm->stage[stage], &arm->stage[stage + 1], sizeof arm->stage[0] * (size_t)(arm->n_stages - stage));
}

static void switch_channels(kl_arm *arm, unsigned on)
{
    for (int k = 0; k < KL_N_CHANNELS; k++)
        if (!(on >> k & 1))
            arm->param[channel_param[k]] = (kl_dist){.kind = KL_DIST_CONSTANT, .n = 1, .value = {0}};
}

kl_status kl_synergy_study_make(kl_synergy_study *made, const kl_study *study, int arm)
{
    memset(made, 0, sizeof *made);
    if (arm < 0 || arm >= study->n_arms || study->arm[arm].n_stages < 1 || study->arm[arm].n_others > 0)
        return KL_ERR_ARGUMENT;
    const kl_arm *whole = &study->arm[arm];
    kl_arm *arms = calloc(KL_N_CHANNEL_SETS + (size_t)whole->n_stages, sizeof *arms);
    if (!arms)
        return KL_ERR_MEMORY;
    made->study = *study;
    made->study.arm = arms;
    for (unsigned set = 0; set < KL_N_CHANNEL_SETS; set++) {
        arms[set] = *whole;
        switch_channels(&arms[set], set);
    }
    for (int i = 0; i < whole->n_stages; i++) {
        if (!can_leave_out(whole, i))
            continue;
        arms[KL_N_CHANNEL_SETS + made->n_left_out] = *whole;
        leave_out(&arms[KL_N_CHANNEL_SETS + made->n_left_out], i);
        made->stage[made->n_left_out++] = i;
    }
    made->study.n_arms = KL_N_CHANNEL_SETS + made->n_left_out;
    made->study.baseline = KL_WHOLE;
    return KL_OK;
}

void kl_synergy_study_free(kl_synergy_study *made)
{
    free(made->study.arm); /* names and stages belong to the original */
    memset(made, 0, sizeof *made);
}

/* ---- its runs ---- */

static size_t values_a_world(int n_left_out)
{
    return (size_t)KL_N_CHANNEL_SETS * KL_N_LEVELS + KL_N_OUTCOMES + (size_t)n_left_out * KL_N_STAGE_MEASURES;
}

double kl_synergy_runs_bytes(const kl_synergy_study *made)
{
    double worlds = (double)made->study.n_points * made->study.n_replicates;
    return worlds * ((double)(values_a_world(made->n_left_out) * sizeof(double)) + made->study.n_arms);
}

static void forget_numbers(double *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] = (double)NAN;
}

kl_status kl_synergy_runs_init(kl_synergy_runs *runs, const kl_synergy_study *made)
{
    memset(runs, 0, sizeof *runs);
    if (kl_synergy_runs_bytes(made) > (double)(SIZE_MAX / 4))
        return KL_ERR_MEMORY;
    size_t n = (size_t)made->study.n_points * (size_t)made->study.n_replicates;
    size_t of_stages = (size_t)made->n_left_out * KL_N_STAGE_MEASURES * n;
    runs->n_points = made->study.n_points;
    runs->n_replicates = made->study.n_replicates;
    runs->n_arms = made->study.n_arms;
    runs->row_size = made->study.design.row_size > 1 ? made->study.design.row_size : 1;
    runs->n_worlds = n;
    runs->status = malloc((size_t)runs->n_arms * n);
    runs->level = malloc((size_t)KL_N_CHANNEL_SETS * KL_N_LEVELS * n * sizeof *runs->level);
    runs->whole = malloc((size_t)KL_N_OUTCOMES * n * sizeof *runs->whole);
    runs->stage = malloc((of_stages + 1) * sizeof *runs->stage);
    if (!runs->status || !runs->level || !runs->whole || !runs->stage) {
        kl_synergy_runs_free(runs);
        return KL_ERR_MEMORY;
    }
    memset(runs->status, KL_RUN_MISSING, (size_t)runs->n_arms * n);
    forget_numbers(runs->level, (size_t)KL_N_CHANNEL_SETS * KL_N_LEVELS * n);
    forget_numbers(runs->whole, (size_t)KL_N_OUTCOMES * n);
    forget_numbers(runs->stage, of_stages);
    return KL_OK;
}

void kl_synergy_runs_free(kl_synergy_runs *runs)
{
    free(runs->status);
    free(runs->level);
    free(runs->whole);
    free(runs->stage);
    memset(runs, 0, sizeof *runs);
}

/* Copy an outcome of an arm, all runs of the block, to their worlds in `to`. */
static void keep(const kl_synergy_runs *runs, const kl_block *block, int arm, kl_outcome_id id, double *to)
{
    size_t n = (size_t)block->n_runs, of_arm = (size_t)arm * KL_N_OUTCOMES;
    const double *from = block->outcome + (of_arm + (size_t)id) * n;
    for (size_t r = 0; r < n; r++) {
        size_t point = (size_t)block->point0 + r / (size_t)block->n_replicates;
        size_t replicate = (size_t)block->replicate0 + r % (size_t)block->n_replicates;
        to[point * (size_t)runs->n_replicates + replicate] = from[r];
    }
}

static void keep_status(const kl_synergy_runs *runs, const kl_block *block)
{
    for (int arm = 0; arm < block->n_arms; arm++)
        for (int r = 0; r < block->n_runs; r++) {
            size_t point = (size_t)(block->point0 + r / block->n_replicates);
            size_t replicate = (size_t)(block->replicate0 + r % block->n_replicates);
            size_t world = point * (size_t)runs->n_replicates + replicate;
            runs->status[(size_t)arm * runs->n_worlds + world] =
                block->status[(size_t)arm * (size_t)block->n_runs + (size_t)r];
        }
}

kl_status kl_synergy_sink(void *data, const kl_block *block)
{
    kl_synergy_runs *runs = data;
    size_t n = runs->n_worlds;
    if (block->n_arms != runs->n_arms)
        return KL_ERR_ARGUMENT;
    keep_status(runs, block);
    for (int set = 0; set < KL_N_CHANNEL_SETS; set++)
        for (int k = 0; k < KL_N_LEVELS; k++)
            keep(runs, block, set, kl_level_outcomes[k], runs->level + (size_t)(set * KL_N_LEVELS + k) * n);
    for (int k = 0; k < KL_N_OUTCOMES; k++)
        keep(runs, block, KL_WHOLE, (kl_outcome_id)k, runs->whole + (size_t)k * n);
    for (int s = 0; s < runs->n_arms - KL_N_CHANNEL_SETS; s++)
        for (int k = 0; k < KL_N_STAGE_MEASURES; k++)
            keep(runs, block, KL_N_CHANNEL_SETS + s, kl_stage_outcomes[k],
                 runs->stage + (size_t)(s * KL_N_STAGE_MEASURES + k) * n);
    return KL_OK;
}

int kl_synergy_level(const kl_synergy_runs *runs, int level, size_t world, double worth[KL_N_CHANNEL_SETS])
{
    int defined = 1;
    for (int set = 0; set < KL_N_CHANNEL_SETS; set++) {
        worth[set] = runs->level[(size_t)(set * KL_N_LEVELS + level) * runs->n_worlds + world];
        defined &= isfinite(worth[set]) != 0;
    }
    return defined;
}

int kl_synergy_worth(const kl_synergy_runs *runs, size_t world, double worth[KL_N_CHANNEL_SETS])
{
    return kl_synergy_level(runs, 0, world, worth);
}

int64_t kl_synergy_failed(const kl_synergy_runs *runs)
{
    int64_t failed = 0;
    double worth[KL_N_CHANNEL_SETS];
    for (size_t w = 0; w < runs->n_worlds; w++)
        failed += !kl_synergy_worth(runs, w, worth);
    return failed;
}
