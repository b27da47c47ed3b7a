/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How loops become vectors without changing a bit, for num and all above it: plain C, compiled for several instruction sets
 * and chosen at load time. And the parts of num.c without branches, inline: in such a loop each lane performs the operations
 * that num.c performs for one number, in the same order. Not for general use: the arguments that each allows stand
 * beside it, and num.h has the same functions for all others. */
#ifndef KL_LANES_H
#define KL_LANES_H

#include "num/num.h"

/* For static functions only: clang 14 gives a cloned function a name that no other file finds. Sanitizers and ifunc
 * resolvers do not mix; other processors get their own vectors from the compiler. */
#if defined(__x86_64__) && defined(__ELF__) && !defined(KL_NO_CLONES) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
#define KL_VECTOR __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define KL_VECTOR
#endif

/* What a kernel calls: left to itself a compiler calls it as a function of its own, for the plainest processor. */
#if defined(__GNUC__)
#define KL_INLINE static inline __attribute__((always_inline))
#else
#define KL_INLINE static inline
#endif

/* Before a loop over arrays that do not overlap: compilers check that themselves only for a few arrays. */
#if defined(__clang__)
#define KL_INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#elif defined(__GNUC__)
#define KL_INDEPENDENT _Pragma("GCC ivdep")
#else
#define KL_INDEPENDENT
#endif

/* Adding it and taking it away rounds |x| < 2^51 to the nearest whole number, which stands in the low bits between. */
#define KL_SHIFT 0x1.8p52

/* ln 2 in two parts; the first has 32 bits, so that a whole number below 2^21 times it is exact. */
#define KL_LN2_HI 0x1.62e42feep-1
#define KL_LN2_LO 0x1.a39ef35793c76p-33

#define KL_SQRT_HALF_BITS UINT64_C(0x3fe6a09e667f3bcd)
#define KL_MANTISSA_BITS UINT64_C(0x000fffffffffffff)

KL_INLINE uint64_t kl_double_bits(double x)
{
    uint64_t u;
    memcpy(&u, &x, sizeof u);
    return u;
}

KL_INLINE double kl_bits_double(uint64_t u)
{
    double x;
    memcpy(&x, &u, sizeof x);
    return x;
}

/* Number of the lowest bit that is set, from 0. */
static inline int kl_lowest_bit(uint64_t bits)
{
    return __builtin_ctzll(bits);
}

/* kl_uniform of rng.h: the word is put below the leading bit of 2^52, exactly. */
KL_INLINE double kl_uniform_lane(uint32_t word)
{
    return (kl_bits_double(UINT64_C(0x4330000000000000) | word) - 0x1p52 + 0.5) * 0x1p-32;
}

/* (e^r - 1 - r) / r^2 for |r| <= 0.35: Taylor, remainder below 1e-17; summed in pairs to shorten the chain. */
KL_INLINE double kl_exp_rest(double r)
{
    double r2 = r * r, r4 = r2 * r2, r8 = r4 * r4;
    double p0 = 1.0 / 2 + r * (1.0 / 6);
    double p2 = 1.0 / 24 + r * (1.0 / 120);
    double p4 = 1.0 / 720 + r * (1.0 / 5040);
    double p6 = 1.0 / 40320 + r * (1.0 / 362880);
    double p8 = 1.0 / 3628800 + r * (1.0 / 39916800);
    double p10 = 1.0 / 479001600 + r * (1.0 / 6227020800);
    return (p0 + r2 * p2) + r4 * (p4 + r2 * p6) + r8 * (p8 + r2 * p10);
}

/* Sum over n >= 1 of 2 z^n / (2n + 1), z = s^2 <= 0.0295: log((1+s)/(1-s)) = 2s + s times it. Remainder below 1e-18. */
KL_INLINE double kl_log_rest(double z)
{
    double z2 = z * z, z4 = z2 * z2, z8 = z4 * z4;
    double p1 = 2.0 / 3 + z * (2.0 / 5);
    double p3 = 2.0 / 7 + z * (2.0 / 9);
    double p5 = 2.0 / 11 + z * (2.0 / 13);
    double p7 = 2.0 / 15 + z * (2.0 / 17);
    double p9 = 2.0 / 19 + z * (2.0 / 21);
    return z * ((p1 + z2 * p3) + z4 * (p5 + z2 * p7) + z8 * (p9 + z2 * (2.0 / 23)));
}

/* kl_exp(x) for |x| <= 700. */
KL_INLINE double kl_exp_lane(double x)
{
    double shifted = x * 0x1.71547652b82fep0 + KL_SHIFT;
    double n = shifted - KL_SHIFT;
    double high = x - n * KL_LN2_HI;
    double tail = n * KL_LN2_LO;
    double r = high - tail;
    double lost = (high - r) - tail;
    double y = 1.0 + (r + (lost + r * r * kl_exp_rest(r)));
    /* 2^n: the low bits of what was shifted are n in two's complement */
    return y * kl_bits_double((kl_double_bits(shifted) + 1023) << 52);
}

/* n ln 2 + ln(1+f): f = m - 1 is exact, and all that is rounded is small beside it. */
KL_INLINE double kl_log_of_parts(double n, double f)
{
    double s = f / (2.0 + f);
    double half = 0.5 * f * f;
    /* log(1+f) = f - f^2/2 + s (f^2/2 + rest) */
    return n * KL_LN2_HI - ((half - (s * (half + kl_log_rest(s * s)) + n * KL_LN2_LO)) - f);
}

/* x = 2^n m with m in [sqrt(1/2), sqrt(2)), for x > 0, normal and finite: n, m. */
KL_INLINE double kl_log_exponent_lane(double x)
{
    /* n + 1023 >= 0 is put below the leading bit of 2^52 */
    uint64_t shifted = kl_double_bits(x) - KL_SQRT_HALF_BITS;
    uint64_t biased = (shifted + (UINT64_C(1023) << 52)) >> 52;
    return kl_bits_double(biased | UINT64_C(0x4330000000000000)) - (0x1p52 + 1023.0);
}

KL_INLINE double kl_log_mantissa_lane(double x)
{
    return kl_bits_double(((kl_double_bits(x) - KL_SQRT_HALF_BITS) & KL_MANTISSA_BITS) + KL_SQRT_HALF_BITS);
}

/* kl_log(x) for x > 0, normal and finite. */
KL_INLINE double kl_log_lane(double x)
{
    return kl_log_of_parts(kl_log_exponent_lane(x), kl_log_mantissa_lane(x) - 1.0);
}

#endif
