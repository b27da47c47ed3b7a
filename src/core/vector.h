/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How loops over firms become vectors without changing a bit: every kernel is plain C, compiled for several instruction
 * sets (KL_VECTOR) and chosen at load time, and every sum over firms is taken in a fixed order of 16 lanes, whatever the
 * width of the machine's registers. Firm arrays are padded to whole rows of lanes with inert firms. */
#ifndef KL_VECTOR_H
#define KL_VECTOR_H

#include <stdint.h>
#include <string.h>

#include "num/lanes.h"

#define KL_LANES 16
#define KL_SUM_ROWS 64 /* rows added in float before they go into a double: keeps the rounding of 10^6 firms small */

/* Firms of one sum in float; what large clusters are cut into. */
#define KL_SPAN (KL_LANES * KL_SUM_ROWS)

/* Tells the compiler that [begin, end) are whole rows of lanes, so that it makes no code for what would be left over. */
#define KL_WHOLE_ROWS(begin, end) ((begin) &= -KL_LANES, (end) &= -KL_LANES)

/* Number of firms rounded up to whole rows of lanes. */
static inline int kl_padded(int n)
{
    return (n + KL_LANES - 1) / KL_LANES * KL_LANES;
}

/* y = f(x) for n firms, whole rows. Loops of their own: what waits for each other in a function takes most of what a processor
 * looks ahead, and a longer loop would leave no room for the next rows. x and y may be the same. */
#define KL_ROWS_OF(name, function)                              \
    KL_INLINE void name(const float *x, int n, float *y)        \
    {                                                           \
        n &= -KL_LANES;                                         \
        KL_INDEPENDENT                                          \
        for (int i = 0; i < n; i++)                             \
            y[i] = function(x[i]);                              \
    }
KL_ROWS_OF(kl_exps, kl_expf)
KL_ROWS_OF(kl_logs, kl_logf)
#undef KL_ROWS_OF

/* kl_logisticf */
KL_INLINE void kl_logistics(const float *x, int n, float *y)
{
    float power[KL_SPAN];
    n &= -KL_LANES;
    KL_INDEPENDENT
    for (int i = 0; i < n; i++)
        power[i] = kl_expf(-x[i]);
    KL_INDEPENDENT
    for (int i = 0; i < n; i++)
        y[i] = 1.0f / (1.0f + power[i]);
}

/* kl_log1pf */
KL_INLINE void kl_logs1p(const float *x, int n, float *y)
{
    float log_u[KL_SPAN];
    n &= -KL_LANES;
    KL_INDEPENDENT
    for (int i = 0; i < n; i++)
        log_u[i] = kl_logf(1.0f + x[i]);
    KL_INDEPENDENT
    for (int i = 0; i < n; i++)
        y[i] = kl_log1pf_of(log_u[i], x[i]);
}

/* Four lanes, as every processor that klaster is built for adds them at once. */
typedef float kl_four __attribute__((vector_size(16)));

/* Sum of 16 lanes, pairwise: l + (l+8), then l + (l+4), l + (l+2), l + (l+1). */
KL_INLINE float kl_lanes_sum(const float lane[KL_LANES])
{
    kl_four four[4];
    memcpy(four, lane, sizeof four);
    kl_four sum = (four[0] + four[2]) + (four[1] + four[3]);
    return (sum[0] + sum[2]) + (sum[1] + sum[3]);
}

/* Sum of x[i] over n firms, n a multiple of 16. */
KL_INLINE double kl_sum(const float *restrict x, int n)
{
    double total = 0;
    n &= -KL_LANES;
    for (int start = 0; start < n; start += KL_LANES * KL_SUM_ROWS) {
        int end = start + KL_LANES * KL_SUM_ROWS < n ? start + KL_LANES * KL_SUM_ROWS : n;
        float lane[KL_LANES] = {0};
        for (int i = start; i < end; i += KL_LANES)
            for (int l = 0; l < KL_LANES; l++)
                lane[l] += x[i + l];
        total += (double)kl_lanes_sum(lane);
    }
    return total;
}

/* Sum of x[i] * y[i]. */
KL_INLINE double kl_dot(const float *restrict x, const float *restrict y, int n)
{
    double total = 0;
    n &= -KL_LANES;
    for (int start = 0; start < n; start += KL_LANES * KL_SUM_ROWS) {
        int end = start + KL_LANES * KL_SUM_ROWS < n ? start + KL_LANES * KL_SUM_ROWS : n;
        float lane[KL_LANES] = {0};
        for (int i = start; i < end; i += KL_LANES)
            for (int l = 0; l < KL_LANES; l++)
                lane[l] += x[i + l] * y[i + l];
        total += (double)kl_lanes_sum(lane);
    }
    return total;
}

/* Eight bytes, each 0 or 1, as eight bits, the first lowest. */
KL_INLINE uint64_t kl_bits_of_bytes(const uint8_t *restrict is)
{
    uint64_t bits = 0;
    memcpy(&bits, is, sizeof bits);
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    bits = __builtin_bswap64(bits);
#endif
    return (bits * UINT64_C(0x0102040810204080)) >> 56;
}

/* The first 64 of n bytes, 0 or 1, as bits, the first lowest; n is a multiple of 16. */
KL_INLINE uint64_t kl_bits_of(const uint8_t *restrict is, int n)
{
    uint64_t bits = 0;
    for (int l = 0; l < 64 && l < n; l += 8)
        bits |= kl_bits_of_bytes(is + l) << l;
    return bits;
}

/* The places of those of n bytes, 0 or 1, that are 1, each plus `first`, into `place`; returns how many. n is a multiple of 16.
 * By 64 at a time: few are 1, and a branch for each that might be costs more than all that follows. */
KL_INLINE int kl_places(const uint8_t *restrict is, int n, int first, int32_t *restrict place)
{
    int found = 0;
    for (int i = 0; i < n; i += 64) {
        for (uint64_t bits = kl_bits_of(is + i, n - i); bits; bits &= bits - 1)
            place[found++] = first + i + __builtin_ctzll(bits);
    }
    return found;
}

/* Firms of [begin, end), at most a span, whose clock has reached its limit, into `due`, in their order; returns how many. */
KL_INLINE int kl_due(const float *restrict clock, const float *restrict limit, int begin, int end,
                         int32_t *restrict due)
{
    uint8_t strikes[KL_SPAN];
    for (int i = begin; i < end; i++)
        strikes[i - begin] = clock[i] >= limit[i];
    return kl_places(strikes, end - begin, begin, due);
}

/* Largest x[i], at least 0. */
KL_INLINE float kl_largest(const float *restrict x, int n)
{
    float lane[KL_LANES] = {0};
    n &= -KL_LANES;
    for (int i = 0; i < n; i += KL_LANES)
        for (int l = 0; l < KL_LANES; l++)
            lane[l] = x[i + l] > lane[l] ? x[i + l] : lane[l];
    float best = 0;
    for (int l = 0; l < KL_LANES; l++)
        best = lane[l] > best ? lane[l] : best;
    return best;
}

#endif
