/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How large the monthly fans are. They are made one layer up (src/analysis/fans.c), but the plan has to count their
 * memory before anything runs, so their dimensions stand here, once, where both layers see them. */
#ifndef KL_FAN_SIZE_H
#define KL_FAN_SIZE_H

#include <stdint.h>

#include "klaster/engine.h"

/* Linear series: bins centred on lo + k (hi - lo) / STEPS, k = 0..STEPS. */
#define KL_FAN_LINEAR_STEPS 2048
/* Money: bins centred on the floats 2^10..2^40 with a 7-bit mantissa, less 2^10: 128 a doubling, 30 doublings a sign. */
#define KL_FAN_MONEY_STEPS (30 * 128)

/* Sum and number of the defined values of a month. The sum is high * 2^32 + low quanta, so that it cannot overflow. The
 * rest spares work: the counters in use, and whether the values are in rising order. */
typedef struct kl_fan_sum {
    int64_t high, low, defined;
    int16_t first, last; /* sketch: no counter outside of them is above 0; first > last: none is */
    int32_t is_sorted;   /* exact */
} kl_fan_sum;

/* Counters of one month of a series; the last one counts the undefined values. */
static inline int kl_fan_bins(kl_series_scale scale)
{
    return scale == KL_SCALE_MONEY ? 2 * KL_FAN_MONEY_STEPS + 2 : KL_FAN_LINEAR_STEPS + 2;
}

static inline int kl_fan_exact(int64_t n_worlds)
{
    return n_worlds <= KL_FAN_EXACT;
}

/* Numbers of 4 bytes (values or counters) that an arm takes a month. */
static inline int64_t kl_fan_words(int64_t n_worlds)
{
    if (kl_fan_exact(n_worlds))
        return n_worlds * KL_N_SERIES;
    int64_t words = 0;
    for (int s = 0; s < KL_N_SERIES; s++)
        words += kl_fan_bins(kl_series_info_of((kl_series_id)s)->scale);
    return words;
}

static inline double kl_fan_size(int n_arms, int horizon, int64_t n_worlds)
{
    double month = 4.0 * (double)kl_fan_words(n_worlds) + (double)(KL_N_SERIES * sizeof(kl_fan_sum));
    return month * n_arms * horizon;
}

#endif
