/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Monthly fans: quantiles and means of every series in every month over all worlds, in bounded memory. Adding runs under
 * the engine's lock, so it has to be cheap: a few passes over contiguous values and one counter each.
 *
 * Order of adding: an exact fan stores a value at its world's place; a sketch counts in whole numbers; sums are in
 * whole numbers of a quantum. None of the three can tell in which order the blocks came. The two loops that touch every
 * value are compiled for several instruction sets (KL_VECTOR); without contraction the bits are the same in all. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/fan_bins.h"
#include "analysis/sort.h"
#include "core/vector.h"
#include "klaster/analysis.h"

/* Values are rounded to whole quanta and cut at 2^50 of them, so that a piece of a block sums without overflow. */
#define LINEAR_QUANTUM 0x1p-40
#define MONEY_QUANTUM 0x1p-10 /* USD */
#define QUANTA_MAX 0x1p50
#define PIECE 512

/* The month last asked for, in rising order. */
typedef struct sorted_month {
    int64_t cell; /* -1 for none */
    int64_t n;
    double value[KL_FAN_EXACT];
    float gathered[KL_FAN_EXACT];
} sorted_month;

struct kl_fans {
    kl_plan plan;
    int exact;
    int64_t arm_words;                /* of `value` or `count` */
    int64_t series_at[KL_N_SERIES];   /* first word of a series within its arm */
    int64_t month_words[KL_N_SERIES]; /* words of one month of it */
    kl_fan_sum *sum;                  /* [arm][series][month] */
    float *value;                     /* exact: [arm][series][month][world], NaN until it comes */
    uint32_t *count;                  /* sketch: [arm][series][month][bin] */
    sorted_month *sorted;             /* exact */
};

size_t kl_fans_bytes(int n_arms, int horizon, int64_t n_worlds)
{
    return sizeof(kl_fans) + (size_t)kl_fan_size(n_arms, horizon, n_worlds) +
           (kl_fan_exact(n_worlds) ? sizeof(sorted_month) : 0);
}

/* ---- where things are ---- */

static int64_t cell_of(const kl_fans *fans, int arm, int series, int month)
{
    return ((int64_t)arm * KL_N_SERIES + series) * fans->plan.horizon + month;
}

static size_t word_of(const kl_fans *fans, int arm, int series, int month)
{
    return (size_t)(arm * fans->arm_words + fans->series_at[series] + month * fans->month_words[series]);
}

static void lay_out(kl_fans *fans)
{
    int64_t at = 0;
    for (int s = 0; s < KL_N_SERIES; s++) {
        fans->series_at[s] = at;
        fans->month_words[s] =
            fans->exact ? fans->plan.n_worlds : kl_fan_bins(kl_series_info_of((kl_series_id)s)->scale);
        at += fans->month_words[s] * fans->plan.horizon;
    }
    fans->arm_words = at;
}

/* ---- life ---- */

kl_status kl_fans_new(kl_fans **out, const kl_plan *plan)
{
    *out = NULL;
    if (plan->n_worlds > UINT32_MAX) /* a counter could overflow */
        return KL_ERR_ARGUMENT;
    if (kl_fan_size(plan->n_arms, plan->horizon, plan->n_worlds) > (double)(SIZE_MAX / 4))
        return KL_ERR_MEMORY;
    kl_fans *fans = calloc(1, sizeof *fans);
    if (!fans)
        return KL_ERR_MEMORY;
    fans->plan = *plan;
    fans->exact = kl_fan_exact(plan->n_worlds);
    lay_out(fans);
    size_t words = (size_t)(fans->arm_words * plan->n_arms);
    fans->sum = calloc((size_t)cell_of(fans, plan->n_arms, 0, 0), sizeof *fans->sum);
    if (fans->exact) {
        fans->value = malloc(words * sizeof *fans->value);
        fans->sorted = malloc(sizeof *fans->sorted);
    } else {
        fans->count = calloc(words, sizeof *fans->count);
    }
    if (!fans->sum || (fans->exact ? !fans->value || !fans->sorted : !fans->count)) {
        kl_fans_free(fans);
        return KL_ERR_MEMORY;
    }
    if (fans->exact) {
        fans->sorted->cell = -1;
        for (size_t i = 0; i < words; i++)
            fans->value[i] = NAN;
    }
    *out = fans;
    return KL_OK;
}

void kl_fans_free(kl_fans *fans)
{
    if (!fans)
        return;
    free(fans->sum);
    free(fans->value);
    free(fans->count);
    free(fans->sorted);
    free(fans);
}

int kl_fans_are_exact(const kl_fans *fans)
{
    return fans->exact;
}

/* ---- adding ---- */

/* Sum of up to PIECE values in quanta. Adding 1.5 * 2^52 rounds a double to a whole number and leaves it in the low
 * bits, in two's complement. */
KL_VECTOR static void add_sum(kl_fan_sum *sum, const float *x, int n, double per_unit)
{
    const double shift = 0x1.8p52;
    int64_t total = 0, defined = 0, zero;
    memcpy(&zero, &shift, sizeof zero);
    for (int i = 0; i < n; i++) {
        double v = x[i] == x[i] ? (double)x[i] * per_unit : 0.0;
        v = v < QUANTA_MAX ? v : QUANTA_MAX;
        v = v > -QUANTA_MAX ? v : -QUANTA_MAX;
        v += shift;
        int64_t bits;
        memcpy(&bits, &v, sizeof bits);
        total += bits - zero;
        defined += x[i] == x[i];
    }
    int64_t low = (int64_t)((uint64_t)total & UINT32_MAX);
    sum->high += (total - low) / (INT64_C(1) << 32);
    sum->low += low;
    sum->defined += defined;
}

KL_VECTOR static void add_counts(uint32_t *count, const float *x, int n, const kl_series_info *info)
{
    int32_t bin[PIECE];
    if (info->scale == KL_SCALE_MONEY) {
        for (int i = 0; i < n; i++)
            bin[i] = kl_fan_money_bin(x[i]);
    } else {
        const float lo = (float)info->lo, scale = (float)(KL_FAN_LINEAR_STEPS / (info->hi - info->lo));
        for (int i = 0; i < n; i++)
            bin[i] = kl_fan_linear_bin(x[i], lo, scale);
    }
    for (int i = 0; i < n; i++)
        count[bin[i]]++;
}

/* Values at their worlds' places; the replicates of a point lie side by side on both sides. */
static void add_values(const kl_fans *fans, float *to, const float *x, const kl_block *block)
{
    size_t side = (size_t)block->n_replicates, replicates = (size_t)fans->plan.n_replicates;
    for (int p = 0; p < block->n_points; p++)
        memcpy(to + (size_t)(block->point0 + p) * replicates + (size_t)block->replicate0, x + (size_t)p * side,
               side * sizeof *x);
}

static void add_month(kl_fans *fans, int arm, int series, int month, const kl_block *block, const float *x)
{
    const kl_series_info *info = kl_series_info_of((kl_series_id)series);
    const double per_unit = info->scale == KL_SCALE_MONEY ? 1 / MONEY_QUANTUM : 1 / LINEAR_QUANTUM;
    kl_fan_sum *sum = &fans->sum[cell_of(fans, arm, series, month)];
    size_t word = word_of(fans, arm, series, month);
    if (fans->exact)
        add_values(fans, fans->value + word, x, block);
    for (int i = 0; i < block->n_runs; i += PIECE) {
        int n = block->n_runs - i < PIECE ? block->n_runs - i : PIECE;
        add_sum(sum, x + i, n, per_unit);
        if (!fans->exact)
            add_counts(fans->count + word, x + i, n, info);
    }
}

static int is_block_of(const kl_plan *plan, const kl_block *block)
{
    if (block->index < 0 || block->index >= plan->n_blocks)
        return 0;
    kl_block due = kl_plan_block(plan, block->index);
    return due.point0 == block->point0 && due.n_points == block->n_points && due.replicate0 == block->replicate0 &&
           due.n_replicates == block->n_replicates && due.n_runs == block->n_runs && due.n_arms == block->n_arms &&
           due.horizon == block->horizon;
}

kl_status kl_fans_add(kl_fans *fans, const kl_block *block)
{
    if (!is_block_of(&fans->plan, block))
        return KL_ERR_ARGUMENT;
    const float *x = block->series;
    for (int arm = 0; arm < block->n_arms; arm++)
        for (int s = 0; s < KL_N_SERIES; s++)
            for (int m = 0; m < block->horizon; m++, x += block->n_runs)
                add_month(fans, arm, s, m, block, x);
    if (fans->exact)
        fans->sorted->cell = -1;
    return KL_OK;
}

/* ---- asking ---- */

static void sort_month(const kl_fans *fans, int arm, int series, int month)
{
    sorted_month *sorted = fans->sorted;
    const float *x = fans->value + word_of(fans, arm, series, month);
    sorted->cell = cell_of(fans, arm, series, month);
    sorted->n = 0;
    for (int64_t i = 0; i < fans->plan.n_worlds; i++)
        if (x[i] == x[i])
            sorted->gathered[sorted->n++] = x[i];
    kl_sort_floats(sorted->gathered, (int)sorted->n);
    for (int64_t i = 0; i < sorted->n; i++)
        sorted->value[i] = (double)sorted->gathered[i];
}

static double bin_value(kl_series_id series, int bin)
{
    const kl_series_info *info = kl_series_info_of(series);
    return info->scale == KL_SCALE_MONEY ? kl_fan_money_value(bin) : kl_fan_linear_value(bin, info->lo, info->hi);
}

/* Type 7 between the two neighbouring ranks, each known up to its bin; the error of either bounds that of both. */
static double sketch_quantile(const uint32_t *count, kl_series_id series, int64_t n, double p)
{
    double place = p * (double)(n - 1);
    int64_t rank = (int64_t)place, below = 0;
    int bin = 0;
    while (below + count[bin] <= rank)
        below += count[bin++];
    double lower = bin_value(series, bin);
    if (place == (double)rank)
        return lower;
    while (below + count[bin] <= rank + 1)
        below += count[bin++];
    return lower + (place - (double)rank) * (bin_value(series, bin) - lower);
}

double kl_fans_quantile(const kl_fans *fans, int arm, kl_series_id series, int month, double quantile)
{
    int64_t cell = cell_of(fans, arm, (int)series, month);
    int64_t n = fans->sum[cell].defined;
    if (n == 0 || !(quantile >= 0 && quantile <= 1))
        return (double)NAN;
    if (!fans->exact)
        return sketch_quantile(fans->count + word_of(fans, arm, (int)series, month), series, n, quantile);
    if (fans->sorted->cell != cell)
        sort_month(fans, arm, (int)series, month);
    return kl_quantile_sorted(fans->sorted->value, fans->sorted->n, quantile);
}

double kl_fans_mean(const kl_fans *fans, int arm, kl_series_id series, int month)
{
    const kl_fan_sum *sum = &fans->sum[cell_of(fans, arm, (int)series, month)];
    if (sum->defined == 0)
        return (double)NAN;
    double quantum = kl_series_info_of(series)->scale == KL_SCALE_MONEY ? MONEY_QUANTUM : LINEAR_QUANTUM;
    /* carry first: then high and low do not depend on how the values were cut into blocks */
    int64_t carry = sum->low >> 32;
    double total = (double)(sum->high + carry) * 0x1p32 + (double)(sum->low - carry * (INT64_C(1) << 32));
    return total * quantum / (double)sum->defined;
}

int64_t kl_fans_defined(const kl_fans *fans, int arm, kl_series_id series, int month)
{
    return fans->sum[cell_of(fans, arm, (int)series, month)].defined;
}
