/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Which counter of a month a value belongs to, and which value a counter stands for. Comparisons, float additions and
 * integer arithmetic only - no logarithm whose bits differ between machines - and no branches, so that a compiler
 * makes vectors of the loops. Internal to src/analysis. */
#ifndef KL_FAN_BINS_H
#define KL_FAN_BINS_H

#include "engine/fan_size.h"
#include "num/num.h"

#define KL_FAN_MONEY_UNIT 0x1p10f /* below this amount bins are equally wide, above they grow with it */
#define KL_FAN_MONEY_TOP 0x1p40f
#define KL_FAN_MONEY_SHIFT 16 /* mantissa bits dropped: 23 - 7 */

/* Bin of x on [lo, hi]: the nearest of lo + k (hi - lo) / STEPS; the last counter for NaN. */
static inline int32_t kl_fan_linear_bin(float x, float lo, float scale)
{
    float t = (x - lo) * scale;
    t = t > 0.0f ? t : 0.0f;
    t = t < (float)KL_FAN_LINEAR_STEPS ? t : (float)KL_FAN_LINEAR_STEPS;
    int32_t bin = (int32_t)(t + 0.5f);
    return x == x ? bin : KL_FAN_LINEAR_STEPS + 1;
}

static inline double kl_fan_linear_value(int bin, double lo, double hi)
{
    return lo + (hi - lo) * bin / KL_FAN_LINEAR_STEPS;
}

/* The bits of a float rise with it, evenly within a doubling: dropping low ones makes bins of nearly equal ratio. */
static inline int32_t kl_fan_money_bin(float x)
{
    float size = fabsf(x) + KL_FAN_MONEY_UNIT;
    size = size < KL_FAN_MONEY_TOP ? size : KL_FAN_MONEY_TOP; /* NaN becomes the top here and is sorted out below */
    uint32_t rounded = kl_float_bits(size) + (1u << (KL_FAN_MONEY_SHIFT - 1));
    int32_t step = (int32_t)(rounded >> KL_FAN_MONEY_SHIFT) - (int32_t)(0x44800000u >> KL_FAN_MONEY_SHIFT);
    int32_t bin = x < 0.0f ? KL_FAN_MONEY_STEPS - step : KL_FAN_MONEY_STEPS + step;
    return x == x ? bin : 2 * KL_FAN_MONEY_STEPS + 1;
}

static inline double kl_fan_money_value(int bin)
{
    int step = bin < KL_FAN_MONEY_STEPS ? KL_FAN_MONEY_STEPS - bin : bin - KL_FAN_MONEY_STEPS;
    uint32_t bits = 0x44800000u + ((uint32_t)step << KL_FAN_MONEY_SHIFT); /* 0x44800000: 2^10 */
    double size = (double)kl_bits_float(bits) - (double)KL_FAN_MONEY_UNIT;
    return bin < KL_FAN_MONEY_STEPS ? -size : size;
}

#endif
