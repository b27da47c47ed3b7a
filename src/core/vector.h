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

#if defined(__x86_64__) && defined(__GNUC__)
#define KL_MOVE_MASK /* what every such processor has, and what compilers do not find in the loops that stand beside it */
#include <emmintrin.h>
#ifndef KL_NO_CLONES
#define KL_WIDE /* what only some of them have may be used in functions of their own, called where __builtin_cpu_supports says so */
#include <immintrin.h>
#endif
#endif

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
#define KL_ROWS_OF(name, function)                       \
    KL_INLINE void name(const float *x, int n, float *y) \
    {                                                    \
        n &= -KL_LANES;                                  \
        KL_INDEPENDENT                                   \
        for (int i = 0; i < n; i++)                      \
            y[i] = function(x[i]);                       \
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

#ifdef KL_MOVE_MASK
/* A bit for each of 16 lanes that are all ones or all zeros. */
KL_INLINE uint64_t kl_bits_of(__m128i a, __m128i b, __m128i c, __m128i d)
{
    return (unsigned)_mm_movemask_epi8(_mm_packs_epi16(_mm_packs_epi32(a, b), _mm_packs_epi32(c, d)));
}

/* x >= y, and x > y, in four lanes: all ones where it holds. */
KL_INLINE __m128i kl_at_least(const float *x, const float *y)
{
    return _mm_castps_si128(_mm_cmpge_ps(_mm_loadu_ps(x), _mm_loadu_ps(y)));
}

KL_INLINE __m128i kl_above(const int32_t *x, __m128i y)
{
    return _mm_cmpgt_epi32(_mm_loadu_si128((const __m128i *)(const void *)x), y);
}
#endif

/* Which of up to 64 firms x[i] >= y[i] holds for, and which x[i] <= y: a bit each, the first lowest; n is a multiple of 16. Few
 * do, and a branch for each that might costs more than all that follows. */
KL_INLINE uint64_t kl_bits_at_least(const float *x, const float *y, int n)
{
    uint64_t bits = 0;
#ifdef KL_MOVE_MASK
    for (int i = 0; i < n && i < 64; i += KL_LANES)
        bits |= kl_bits_of(kl_at_least(x + i, y + i), kl_at_least(x + i + 4, y + i + 4),
                           kl_at_least(x + i + 8, y + i + 8), kl_at_least(x + i + 12, y + i + 12))
                << i;
#else
    for (int i = 0; i < n && i < 64; i++)
        bits |= (uint64_t)(x[i] >= y[i]) << i;
#endif
    return bits;
}

KL_INLINE uint64_t kl_bits_at_most(const int32_t *x, int32_t y, int n)
{
    uint64_t bits = 0;
#ifdef KL_MOVE_MASK
    const __m128i most = _mm_set1_epi32(y);
    for (int i = 0; i < n && i < 64; i += KL_LANES)
        bits |= (kl_bits_of(kl_above(x + i, most), kl_above(x + i + 4, most), kl_above(x + i + 8, most),
                            kl_above(x + i + 12, most)) ^
                 0xffff)
                << i;
#else
    for (int i = 0; i < n && i < 64; i++)
        bits |= (uint64_t)(x[i] <= y) << i;
#endif
    return bits;
}

/* Firms of [begin, end) whose clock has reached its limit, into `due`, in their order; returns how many. */
KL_INLINE int kl_due(const float *clock, const float *limit, int begin, int end, int32_t *restrict due)
{
    int found = 0;
    for (int i = begin; i < end; i += 64) {
        uint64_t bits = end - i >= 64 ? kl_bits_at_least(clock + i, limit + i, 64) /* without a loop */
                                      : kl_bits_at_least(clock + i, limit + i, end - i);
        for (; bits; bits &= bits - 1)
            due[found++] = i + kl_lowest_bit(bits);
    }
    return found;
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
