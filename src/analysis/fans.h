/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the files of the fans share: fans.c adds and asks, fans_pack.c makes bytes of them and back, fans_parts.c hands out
 * and takes in what result files keep. Internal to src/analysis. */
#ifndef KL_FANS_H
#define KL_FANS_H

#include "analysis/fan_bins.h"
#include "klaster/analysis.h"

typedef struct kl_fan_month kl_fan_month;

struct kl_fans {
    kl_plan plan;
    int exact;
    int64_t arm_words;                /* of `value` or `count` */
    int64_t series_at[KL_N_SERIES];   /* first word of a series within its arm */
    int64_t month_words[KL_N_SERIES]; /* words of one month of it */
    int64_t *n_taken;                 /* [arm]; no month of the arm has more defined values; at most n_worlds */
    kl_fan_sum *sum;                  /* [arm][series][month] */
    float *value;        /* exact: [arm][series][month][n_worlds], the first `defined` are set, in any order */
    uint32_t *count;     /* sketch: [arm][series][month][bin], the last one of the undefined values */
    kl_fan_month *month; /* exact: the one last asked for */
};

static inline int64_t kl_fans_cell(const kl_fans *fans, int arm, int series, int month)
{
    return ((int64_t)arm * KL_N_SERIES + series) * fans->plan.horizon + month;
}

static inline size_t kl_fans_word(const kl_fans *fans, int arm, int series, int month)
{
    return (size_t)(arm * fans->arm_words + fans->series_at[series] + month * fans->month_words[series]);
}

/* Bins of a series in a sketch, without the counter of the undefined values. */
static inline int kl_fans_bins(int series)
{
    return kl_fan_bins(kl_series_info_of((kl_series_id)series)->scale) - 1;
}

/* Add n values to a month; NaN are left out. There must be room: the caller raises n_taken and keeps it within n_worlds. */
void kl_fans_put(kl_fans *fans, int arm, int series, int month, const float *x, int64_t n);

/* Forget the sorted month after anything was added. */
void kl_fans_touch(kl_fans *fans);

/* An exact month in rising order. */
const float *kl_fans_sorted(const kl_fans *fans, int arm, int series, int month);

/* The sum with low in [0, 2^32): then neither part depends on how the values were cut into blocks. */
static inline void kl_fan_sum_carry(const kl_fan_sum *sum, int64_t *high, int64_t *low)
{
    int64_t carry = sum->low >> 32;
    *high = sum->high + carry;
    *low = sum->low - carry * (INT64_C(1) << 32);
}

/* Can `defined` values have this sum? Each is at most 2^50 quanta, and at least -2^50. */
static inline int kl_fan_sum_is_possible(int64_t high, int64_t low, int64_t defined)
{
    int64_t most = defined * (INT64_C(1) << 18);
    return low >= 0 && low <= (int64_t)UINT32_MAX && high >= -most && (high < most || (high == most && low == 0));
}

#endif
