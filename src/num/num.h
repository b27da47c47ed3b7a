/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Arithmetic that gives the same bits on every machine. The C library's exp and log differ between processors with and
 * without FMA; these use only + - * / sqrt and integer operations, which IEEE 754 fixes, and are compiled without
 * contraction. The float functions are inline and free of branches, so that loops over firms become vectors of any
 * width without changing a bit. Errors are stated in units in the last place (ulp) and tested against the C library. */
#ifndef KL_NUM_H
#define KL_NUM_H

#include <math.h> /* sqrt, fabs, NAN, INFINITY only: exact by IEEE 754 */
#include <stdint.h>
#include <string.h>

/* ---- bits ---- */

static inline uint32_t kl_float_bits(float x)
{
    uint32_t u;
    memcpy(&u, &x, sizeof u);
    return u;
}

static inline float kl_bits_float(uint32_t u)
{
    float x;
    memcpy(&x, &u, sizeof x);
    return x;
}

/* ---- float, for the month (vectorisable) ---- */

static inline float kl_minf(float a, float b)
{
    return a < b ? a : b;
}
static inline float kl_maxf(float a, float b)
{
    return a > b ? a : b;
}
/* In this order NaN passes through, to be seen instead of hidden. */
static inline float kl_clampf(float x, float lo, float hi)
{
    return kl_minf(hi, kl_maxf(lo, x));
}

/* e^x, x clamped to [-87, 88]; error at most 1 ulp; never falls; NaN stays NaN. */
static inline float kl_expf(float x)
{
    x = kl_clampf(x, -87.0f, 88.0f);
    const float shift = 12582912.0f; /* 1.5 * 2^23: adding it rounds to the nearest whole number */
    float k = x * 1.44269504088896341f + shift;
    uint32_t ki = kl_float_bits(k);
    k -= shift;
    float r = x - k * 0.693359375f;
    r = r + k * 2.12194440e-4f;
    /* Cephes expf polynomial (Moshier 1989) */
    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    float y = (p * (r * r) + r) + 1.0f;
    /* 2^k, k in [-126, 127]: the low bits of the shifted k are k in two's complement */
    return y * kl_bits_float((ki + 127u) << 23);
}

/* ln x for normal x > 0; error at most 1 ulp; never falls. Zero, subnormals and negative x give ln 2^-126, about -87.3;
 * infinity and NaN stay. */
static inline float kl_logf(float x)
{
    uint32_t u = kl_float_bits(kl_maxf(x, 1.17549435e-38f));
    uint32_t shifted = u - 0x3f3504f3u; /* mantissa into [sqrt(1/2), sqrt(2)) */
    int32_t k = (int32_t)shifted >> 23;
    float m = kl_bits_float((shifted & 0x007fffffu) + 0x3f3504f3u);
    float e = (float)k;
    float f = m - 1.0f;
    float z = f * f;
    /* Cephes logf polynomial (Moshier 1989) */
    float p = 7.0376836292e-2f;
    p = p * f - 1.1514610310e-1f;
    p = p * f + 1.1676998740e-1f;
    p = p * f - 1.2420140846e-1f;
    p = p * f + 1.4249322787e-1f;
    p = p * f - 1.6668057665e-1f;
    p = p * f + 2.0000714765e-1f;
    p = p * f - 2.4999993993e-1f;
    p = p * f + 3.3333331174e-1f;
    float y = p * f * z;
    y = y - e * 2.12194440e-4f;
    y = y - 0.5f * z;
    y = (f + y) + e * 0.693359375f;
    return x < INFINITY ? y : x;
}

/* kl_log1pf(x), given the logarithm of u = 1 + x: and what u lost. */
static inline float kl_log1pf_of(float log_u, float x)
{
    float u = 1.0f + x;
    return log_u + (x - (u - 1.0f)) / u;
}

/* ln(1+x) for finite x > -1, accurate also for small x; error at most 1.5 ulp. NaN stays NaN. */
static inline float kl_log1pf(float x)
{
    return kl_log1pf_of(kl_logf(1.0f + x), x);
}

/* x^a for x >= 0, a > 0; 0^a = 0. Relative error below 1e-6 for |a ln x| < 5, below 1e-5 for |a ln x| < 60, beyond 87
 * clamped as kl_expf is. NaN stays NaN. */
static inline float kl_powf_of(float log_x, float x, float a) /* given the logarithm of x */
{
    float y = kl_expf(a * log_x);
    return x <= 0.0f ? 0.0f : y;
}

static inline float kl_powf(float x, float a)
{
    return kl_powf_of(kl_logf(x), x, a);
}

/* 1 / (1 + e^-x) for |x| < 87; error at most 2.5 ulp; NaN stays NaN. */
static inline float kl_logisticf(float x)
{
    return 1.0f / (1.0f + kl_expf(-x));
}

/* [0,1] to [-1,1] */
static inline float kl_signedf(float x)
{
    return 2.0f * x - 1.0f;
}

/* ---- double, for draws and for what there is one of (num.c) ----
 *
 * NaN gives NaN, and so does an argument outside the domain. */

double kl_exp(double x);   /* error at most 1 ulp; 0 below -745.14, INFINITY from 709.79 */
double kl_log(double x);   /* x >= 0, error at most 1 ulp; -INFINITY at 0 */
double kl_log1p(double x); /* x >= -1, error at most 2 ulp */
double kl_expm1(double x); /* error at most 2 ulp */
/* x >= 0; exp(a log x) with a compensated product: error at most 1 ulp for |a ln x| < 100, 9 ulp anywhere; x^0 = 1 and
 * 1^a = 1 whatever the other is, as in C. */
double kl_pow(double x, double a);
void kl_four_pows(const double x[4], const double a[4], double y[4]); /* kl_pow of each, in little more time than one */
double kl_sin_pi(double x);                                           /* sin(pi x), error at most 2 ulp */
double kl_lgamma(double x); /* ln Gamma(x), x > 0; error below 1e-14, absolute or relative, whichever is larger */

/* ---- distributions by inversion (normal.c, quantile.c, beta_many.c) ---- */

double kl_normal_cdf(double z);      /* relative error below 2e-15 */
double kl_normal_quantile(double u); /* Wichura 1988, AS 241; relative error below 2e-15; -/+INFINITY at 0 and 1 */

/* z[i] = kl_normal_quantile(kl_uniform(word[i])), to the bit, several at once. */
void kl_normal_scores(const uint32_t *word, double *z, int n);

/* a, b > 0 and finite. Bounds hold for a, b in [0.1, 50]; they grow with the larger shape, to about 1e-10 at 1e4. */
double kl_beta_cdf(double a, double b, double x);      /* regularised incomplete beta; absolute error below 1e-13 */
double kl_beta_quantile(double a, double b, double u); /* absolute error below 1e-12 */
/* x[i] = kl_beta_quantile(a, b, u[i]), to the bit, several at once. */
void kl_beta_quantiles(double a, double b, const double *u, double *x, int n);

/* x(z) = Beta(a,b) quantile of Phi(z), tabulated: what the initial draws need, a few ns a look-up. */
#define KL_BETA_TABLE_N 513
#define KL_BETA_TABLE_Z 6.5
typedef struct kl_beta_table {
    double a, b; /* 0, 0: not made yet */
    double x[KL_BETA_TABLE_N];
    double slope[KL_BETA_TABLE_N]; /* of x, a table step */
} kl_beta_table;

/* Make the table for (a, b) unless it is that already: about 0.1 ms, more for shapes below 0.3. Invalid shapes: all
 * NaN. */
void kl_beta_table_set(kl_beta_table *table, double a, double b);
/* Cubic Hermite look-up, z clamped to [-6.5, 6.5], NaN stays NaN. Absolute error below 1e-8 for a, b >= 0.5, below 1e-6
 * for a, b >= 0.1. In [0,1]; rises with z, but for rounding (1e-15). */
double kl_beta_table_at(const kl_beta_table *table, double z);
/* x[i] = (float)kl_beta_table_at(table, z[i]), to the bit, several at once. */
void kl_beta_table_row(const kl_beta_table *table, const double *z, float *x, int n);

#endif
