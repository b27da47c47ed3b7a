/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Elementary functions in double, from + - * / and integer operations alone, so that every processor and compiler gives
 * the same bits. Each reduces its argument exactly or with a correction, sums a Taylor series short enough to be
 * truncated below rounding, and puts the parts together largest last. Bottom layer: knows nothing of the model, sets no
 * errno, raises nothing. Rounding to nearest and subnormals are assumed to be as IEEE 754 has them by default. */
#include "num/num.h"

#include <float.h>

#include "num/lanes.h"

/* The x87 unit keeps more bits than the types have: not the same numbers, so better no program. */
#if FLT_EVAL_METHOD < 0 || FLT_EVAL_METHOD == 1 || FLT_EVAL_METHOD == 2
#error "klaster needs float and double arithmetic without excess precision (on 32-bit x86: -msse2 -mfpmath=sse)"
#endif

/* 2^k, k in [-1022, 1023]. */
static inline double power_of_two(int k)
{
    return kl_bits_double((uint64_t)(k + 1023) << 52);
}

/* ---- exp ---- */

/* x = k ln 2 + r, |r| <= ln(2)/2: the whole number k, and e^r - 1 accurate relative to itself.
 * `low` is what x lacks. */
static inline double expm1_reduced(double x, double low, int *k)
{
    double shifted = x * 0x1.71547652b82fep0 + KL_SHIFT;
    double n = shifted - KL_SHIFT;
    *k = (int)n;
    double high = x - n * KL_LN2_HI;
    double tail = n * KL_LN2_LO - low;
    double r = high - tail;
    double lost = (high - r) - tail;
    return r + (lost + r * r * kl_exp_rest(r));
}

/* y 2^k where 2^k itself may be out of range; rounds once. */
static double scale(double y, int k)
{
    int half = k / 2;
    return y * power_of_two(half) * power_of_two(k - half);
}

/* e^(x + low) for |low| far below |x|. */
static inline double exp_of_sum(double x, double low)
{
    if (!(x < 709.79))
        return x > 0 ? INFINITY : x; /* x is NaN */
    if (x < -745.14)
        return 0;
    int k;
    double y = 1.0 + expm1_reduced(x, low, &k);
    if (k < -1021 || k > 1023)
        return scale(y, k);
    return y * power_of_two(k);
}

double kl_exp(double x)
{
    return fabs(x) <= 700 ? kl_exp_lane(x) : exp_of_sum(x, 0);
}

double kl_expm1(double x)
{
    if (fabs(x) < 0x1p-54)
        return x;
    if (!(x < 45) || x < -45)
        return kl_exp(x) - 1.0;
    int k;
    double y = expm1_reduced(x, 0, &k);
    double p = power_of_two(k);
    return p * y + (p - 1.0);
}

/* ---- log ---- */

/* x = 2^k m with m in [sqrt(1/2), sqrt(2)), for x > 0 and finite. */
static inline double log_reduced(double x, int *k)
{
    int base = 0;
    if (x < DBL_MIN) {
        x *= 0x1p54;
        base = -54;
    }
    uint64_t shifted = kl_double_bits(x) - KL_SQRT_HALF_BITS;
    *k = base + (int)((int64_t)shifted >> 52);
    return kl_bits_double((shifted & KL_MANTISSA_BITS) + KL_SQRT_HALF_BITS);
}

/* What logarithms give at 0, below, at infinity and for NaN. */
static inline double log_at_edge(double x)
{
    if (x == 0)
        return -INFINITY;
    return x > 0 ? x : NAN;
}

double kl_log(double x)
{
    if (!(x > 0 && x <= DBL_MAX))
        return log_at_edge(x);
    int k;
    double f = log_reduced(x, &k) - 1.0;
    return kl_log_of_parts(k, f);
}

double kl_log1p(double x)
{
    if (fabs(x) < 0x1p-54)
        return x;
    if (!(x <= DBL_MAX))
        return x; /* infinity or NaN */
    double u = 1.0 + x;
    if (!(u > 0))
        return log_at_edge(u);
    return kl_log(u) + (x - (u - 1.0)) / u;
}

/* ---- pow ---- */

/* a b = product + *low exactly, if neither overflows (Dekker 1971). */
static inline double product_exact(double a, double b, double *low)
{
    double ca = a * 0x1.0000002p27, cb = b * 0x1.0000002p27;
    double ah = ca - (ca - a), bh = cb - (cb - b);
    double al = a - ah, bl = b - bh;
    double p = a * b;
    *low = ((ah * bh - p) + ah * bl + al * bh) + al * bl;
    return p;
}

/* ln x = result + *low with a relative error of about 2^-60, for x > 0 and finite. */
static double log_with_rest(double x, double *low)
{
    int k;
    double f = log_reduced(x, &k) - 1.0;
    double n = k;
    double u = 2.0 + f;
    double u_low = f - (u - 2.0);
    double s = f / u;
    double p_low;
    double p = product_exact(s, u, &p_low);
    double s_low = ((f - p) - p_low - s * u_low) / u;
    /* n ln 2 (larger, or zero) + 2 s, largest first, then all that was lost */
    double big = n * KL_LN2_HI;
    double high = big + 2.0 * s;
    double lost = k ? (big - high) + 2.0 * s : 0.0;
    double rest = lost + (n * KL_LN2_LO + (2.0 * s_low + s * kl_log_rest(s * s)));
    double sum = high + rest;
    *low = (high - sum) + rest;
    return sum;
}

/* x^a where x or a is an end of its range, or not a number. */
static double pow_at_edge(double x, double a)
{
    if (x != x || a != a || x < 0)
        return NAN;
    if (fabs(a) <= DBL_MAX) /* so x is 0 or infinite */
        return (x > 0) == (a > 0) ? INFINITY : 0.0;
    return (x > 1) == (a > 0) ? INFINITY : 0.0;
}

double kl_pow(double x, double a)
{
    if (a == 0 || x == 1)
        return 1;
    if (!(x > 0 && x <= DBL_MAX && fabs(a) <= DBL_MAX))
        return pow_at_edge(x, a);
    double l_low;
    double l = log_with_rest(x, &l_low);
    double product = a * l;
    if (!(fabs(product) < 746))
        return product > 0 ? INFINITY : 0.0;
    if (fabs(a) > 0x1p900) /* |ln x| below 2^-890: cannot be, but the split below must not overflow */
        return kl_exp(product);
    double p_low;
    product = product_exact(a, l, &p_low);
    return exp_of_sum(product, p_low + a * l_low);
}

/* ---- sine ---- */

/* sin t / t - 1 and cos t - 1 for |t| <= pi/4, as series in v = t^2; remainders below 1e-17. */
static inline double sin_rest(double v)
{
    return v * (-1.0 / 6 +
                v * (1.0 / 120 +
                     v * (-1.0 / 5040 +
                          v * (1.0 / 362880 +
                               v * (-1.0 / 39916800 + v * (1.0 / 6227020800 + v * (-1.0 / 1307674368000 +
                                                                                   v * (1.0 / 355687428096000))))))));
}

static inline double cos_rest(double v)
{
    return v * (-1.0 / 2 +
                v * (1.0 / 24 +
                     v * (-1.0 / 720 +
                          v * (1.0 / 40320 +
                               v * (-1.0 / 3628800 +
                                    v * (1.0 / 479001600 + v * (-1.0 / 87178291200 + v * (1.0 / 20922789888000))))))));
}

double kl_sin_pi(double x)
{
    if (!(fabs(x) < 0x1p51)) {
        if (!(fabs(x) <= DBL_MAX))
            return NAN;
        if (fabs(x) >= 0x1p52)
            return 0;                        /* a whole number */
        x = x > 0 ? x - 0x1p51 : x + 0x1p51; /* exact, and by whole turns */
    }
    /* x = 2 turns + r, then r = quarter / 2 + d, |d| <= 1/4: all exact */
    double r = x - 2.0 * ((0.5 * x + KL_SHIFT) - KL_SHIFT);
    double quarter = (2.0 * r + KL_SHIFT) - KL_SHIFT;
    double d = r - 0.5 * quarter;
    double t = d * 3.14159265358979323846;
    double v = t * t;
    int q = (int)quarter; /* -2 .. 2 */
    double y = q % 2 != 0 ? 1.0 + cos_rest(v) : t + t * sin_rest(v);
    return q == -1 || q == 2 || q == -2 ? -y : y;
}

/* ---- log gamma ---- */

/* Stirling's series for ln Gamma(x), x >= 10, truncated below 1e-17. */
static double lgamma_stirling(double x)
{
    const double half_log_two_pi = 0.91893853320467274178;
    double y = 1.0 / x, v = y * y;
    double rest =
        y * (1.0 / 12 +
             v * (-1.0 / 360 +
                  v * (1.0 / 1260 +
                       v * (-1.0 / 1680 +
                            v * (1.0 / 1188 + v * (-691.0 / 360360 + v * (1.0 / 156 + v * (-3617.0 / 122400))))))));
    return (x - 0.5) * (kl_log(x) - 1.0) + ((half_log_two_pi - 0.5) + rest);
}

double kl_lgamma(double x)
{
    if (!(x > 0))
        return x == 0 ? INFINITY : NAN;
    double product = 1;
    double shifted = x;
    /* Gamma(x) = Gamma(x + n) / (x (x+1) ... (x+n-1)) */
    while (shifted < 10) {
        product *= shifted;
        shifted += 1.0;
    }
    double y = lgamma_stirling(shifted);
    return product == 1 ? y : y - kl_log(product);
}
