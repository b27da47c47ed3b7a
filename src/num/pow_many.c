/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Powers, several side by side: kl_pow of num.c (where the mathematics stands) with one number a lane, operation for operation.
 * What is beyond the functions without branches is left to kl_pow. */
#include <float.h>

#include "num/lanes.h"

#define EXPONENT_MAX 700
#define POWER_MAX 1e100

/* a b = product + *low exactly. */
KL_INLINE double product_exact(double a, double b, double *low)
{
    double ca = a * 0x1.0000002p27, cb = b * 0x1.0000002p27;
    double ah = ca - (ca - a), bh = cb - (cb - b);
    double al = a - ah, bl = b - bh;
    double p = a * b;
    *low = ((ah * bh - p) + ah * bl + al * bh) + al * bl;
    return p;
}

/* ln x = result + *low, for x > 0, normal and finite. */
KL_INLINE double log_with_rest(double x, double *low)
{
    double n = kl_log_exponent_lane(x);
    double f = kl_log_mantissa_lane(x) - 1.0;
    double u = 2.0 + f;
    double u_low = f - (u - 2.0);
    double s = f / u;
    double p_low;
    double p = product_exact(s, u, &p_low);
    double s_low = ((f - p) - p_low - s * u_low) / u;
    double big = n * KL_LN2_HI;
    double high = big + 2.0 * s;
    double lost = (big - high) + 2.0 * s;
    lost = n != 0.0 ? lost : 0.0;
    double rest = lost + (n * KL_LN2_LO + (2.0 * s_low + s * kl_log_rest(s * s)));
    double sum = high + rest;
    *low = (high - sum) + rest;
    return sum;
}

/* e^(x + low) for |x| <= 700. */
KL_INLINE double exp_of_sum(double x, double low)
{
    double shifted = x * 0x1.71547652b82fep0 + KL_SHIFT;
    double n = shifted - KL_SHIFT;
    double high = x - n * KL_LN2_HI;
    double tail = n * KL_LN2_LO - low;
    double r = high - tail;
    double lost = (high - r) - tail;
    double y = 1.0 + (r + (lost + r * r * kl_exp_rest(r)));
    return y * kl_bits_double((kl_double_bits(shifted) + 1023) << 52);
}

/* Four powers, and 1 where the number does not hold; returns how many do. */
KL_VECTOR static int four_powers(const double *restrict x, const double *restrict a, double *restrict y)
{
    double good[4];
    for (int i = 0; i < 4; i++) {
        double l_low, p_low;
        double l = log_with_rest(x[i], &l_low);
        double product = product_exact(a[i], l, &p_low);
        int holds = (x[i] >= DBL_MIN) & (x[i] <= DBL_MAX) & (fabs(a[i]) <= POWER_MAX) & (fabs(product) <= EXPONENT_MAX);
        y[i] = exp_of_sum(holds ? product : 0.0, holds ? p_low + a[i] * l_low : 0.0);
        good[i] = holds ? 1.0 : 0.0;
    }
    return (int)((good[0] + good[1]) + (good[2] + good[3]));
}

void kl_four_pows(const double x[4], const double a[4], double y[4])
{
    if (four_powers(x, a, y) == 4)
        return;
    for (int i = 0; i < 4; i++)
        y[i] = kl_pow(x[i], a[i]);
}
