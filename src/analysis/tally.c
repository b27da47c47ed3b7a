/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Claims while a study is being played: hits and worlds by independent unit, and of them only the sums that an interval wants
 * (effective.h). A unit whose worlds all come in one block is added once and forgotten; where units are split over blocks
 * their counts are kept, and what a unit gave to the sums is taken back before it gives more. All sums are of whole
 * numbers far below 2^53, so the order of the blocks does not matter. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/effective.h"
#include "klaster/analysis.h"

struct kl_tally {
    const kl_study *study;
    const kl_plan *plan;
    int n_arms, n_claims;
    int *arm;
    int n_units, row_size, is_turned; /* as kl_study_units has them */
    int is_split;                     /* units come in parts: `kept` holds what was seen of each */
    kl_clusters *sum;                 /* [arm][claim] */
    int32_t *kept;                    /* [arm][claim][unit][worlds, hits] */
};

static size_t n_sums(const kl_tally *t)
{
    return (size_t)t->n_arms * (size_t)t->n_claims;
}

static kl_status allocate(kl_tally *t, const int *arm)
{
    size_t kept = n_sums(t) * (size_t)t->n_units * 2 * sizeof *t->kept;
    if (t->is_split && kept > KL_TALLY_BYTES_MAX)
        return KL_ERR_RESOURCES;
    t->arm = malloc((size_t)t->n_arms * sizeof *t->arm);
    t->sum = calloc(n_sums(t) + 1, sizeof *t->sum);
    if (t->is_split)
        t->kept = calloc(kept + 1, 1);
    if (!t->arm || !t->sum || (t->is_split && !t->kept))
        return KL_ERR_MEMORY;
    memcpy(t->arm, arm, (size_t)t->n_arms * sizeof *t->arm);
    return KL_OK;
}

kl_status kl_tally_new(kl_tally **tally, const kl_study *study, const kl_plan *plan, int n_arms, const int *arm)
{
    int size;
    *tally = NULL;
    for (int a = 0; a < n_arms; a++)
        if (arm[a] < 0 || arm[a] >= study->n_arms)
            return KL_ERR_ARGUMENT;
    if (n_arms < 1)
        return KL_ERR_ARGUMENT;
    kl_tally *t = calloc(1, sizeof *t);
    if (!t)
        return KL_ERR_MEMORY;
    t->study = study;
    t->plan = plan;
    t->n_arms = n_arms;
    t->n_claims = study->n_claims;
    t->row_size = study->design.row_size > 1 ? study->design.row_size : 1;
    t->is_turned = kl_study_units(study, &t->n_units, &size);
    t->is_split = t->row_size > 1 || plan->block_replicates < plan->n_replicates;
    kl_status status = allocate(t, arm);
    if (status != KL_OK) {
        kl_tally_free(t);
        return status;
    }
    *tally = t;
    return KL_OK;
}

void kl_tally_free(kl_tally *t)
{
    if (!t)
        return;
    free(t->arm);
    free(t->sum);
    free(t->kept);
    free(t);
}

/* ---- adding ---- */

/* As result files store it, so that a claim whose bound is met exactly holds here where it holds there. */
static double stored(kl_outcome_id metric, double value)
{
    kl_outcome_type type = kl_outcome_info_of(metric)->type;
    return type == KL_TYPE_SHARE || type == KL_TYPE_RATIO ? (double)(float)value : value;
}

/* Undefined, NaN or a month never reached, is no hit. */
static int is_hit(const kl_claim *claim, double value)
{
    if (kl_outcome_info_of(claim->metric)->type == KL_TYPE_MONTH && value < 0)
        return 0;
    return value >= claim->lo && value <= claim->hi;
}

static void add_to_sum(kl_clusters *sum, int sign, int64_t n, int64_t hits)
{
    if (n == 0)
        return;
    sum->n += sign * n;
    sum->hits += sign * hits;
    sum->n_points += sign;
    sum->hh += sign * (double)hits * (double)hits;
    sum->hn += sign * (double)hits * (double)n;
    sum->nn += sign * (double)n * (double)n;
}

static void add_unit(kl_tally *t, size_t at, int unit, int n, int hits)
{
    if (!t->is_split) {
        kl_clusters_add(&t->sum[at], n, hits);
        return;
    }
    int32_t *kept = t->kept + 2 * (at * (size_t)t->n_units + (size_t)unit);
    add_to_sum(&t->sum[at], -1, kept[0], kept[1]);
    kept[0] += n;
    kept[1] += hits;
    add_to_sum(&t->sum[at], 1, kept[0], kept[1]);
}

/* Values of a claim's metric in the worlds of a block: value[point * stride + replicate], and their statuses or NULL where all
 * runs are there. */
typedef struct column {
    const double *value;
    const int8_t *status;
    size_t stride;
} column;

static void add_column(kl_tally *t, int arm, int c, const kl_block *block, column from)
{
    const kl_claim *claim = &t->study->claim[c];
    size_t at = (size_t)arm * (size_t)t->n_claims + (size_t)c;
    for (int p = 0; p < block->n_points; p++) {
        int n = 0, hits = 0;
        for (int r = 0; r < block->n_replicates; r++) {
            size_t i = (size_t)p * from.stride + (size_t)r;
            if (from.status && from.status[i] < 0)
                continue;
            int hit = is_hit(claim, stored(claim->metric, from.value[i]));
            n++;
            hits += hit;
            if (t->is_turned)
                add_unit(t, at, block->replicate0 + r, 1, hit);
        }
        if (!t->is_turned)
            add_unit(t, at, (block->point0 + p) / t->row_size, n, hits);
    }
}

void kl_tally_add(kl_tally *t, const kl_block *block)
{
    size_t n_runs = (size_t)block->n_runs;
    for (int a = 0; a < t->n_arms; a++)
        for (int c = 0; c < t->n_claims; c++) {
            size_t arm = (size_t)t->arm[a], metric = (size_t)t->study->claim[c].metric;
            column from = {.value = block->outcome + (arm * KL_N_OUTCOMES + metric) * n_runs,
                           .status = block->status + arm * n_runs,
                           .stride = (size_t)block->n_replicates};
            add_column(t, a, c, block, from);
        }
}

void kl_tally_add_stored(kl_tally *t, int arm, int claim, const kl_block *block, const double *value)
{
    size_t stride = (size_t)t->plan->n_replicates;
    column from = {.value = value + (size_t)block->point0 * stride + (size_t)block->replicate0, .stride = stride};
    add_column(t, arm, claim, block, from);
}

/* ---- asking ---- */

kl_share kl_tally_share(const kl_tally *t, int arm, int claim)
{
    const kl_clusters *sum = &t->sum[(size_t)arm * (size_t)t->n_claims + (size_t)claim];
    kl_share share = {.n = sum->n, .hits = sum->hits, .share = NAN, .lo = NAN, .hi = NAN};
    if (share.n > 0) {
        share.share = (double)share.hits / (double)share.n;
        kl_share_interval(share.share, kl_clusters_effective(sum, t->n_units), &share.lo, &share.hi);
    }
    return share;
}

double kl_tally_passes(const kl_tally *t, int arm)
{
    int64_t n = t->n_claims > 0 ? t->sum[(size_t)arm * (size_t)t->n_claims].n : 0;
    if (t->study->design.kind != KL_DESIGN_FACTORIAL || n == t->plan->n_worlds)
        return INFINITY;
    return (double)n / ((double)t->row_size * t->plan->block_replicates);
}
