/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The beta distribution for draws by inversion: one uniform, one value, rising in the uniform. Built on num.c and
 * normal.c, so the bits are the same everywhere. It works in y = ln(x / (1-x)), where its density x^a (1-x)^b / B(a,b) is
 * smooth and log-concave for every a, b > 0 - also below 1, where the density in x is infinite at the ends. */
#include "num/num.h"

#include <float.h>
#include <stdbool.h>

#include "num/lanes.h"

/* ---- beta: the distribution function ---- */

/* One beta distribution and a point of it: x, 1-x and their logarithms, each accurate relative to itself. */
typedef struct beta_point {
    double x, rest, log_x, log_rest;
} beta_point;

static double log_beta(double a, double b)
{
    return kl_lgamma(a) + kl_lgamma(b) - kl_lgamma(a + b);
}

static beta_point point_of_logit(double y)
{
    beta_point p;
    double e = kl_exp(-fabs(y));
    double near = 1.0 / (1.0 + e), far = e / (1.0 + e);
    double log_near = -kl_log1p(e), log_far = log_near - fabs(y);
    p.x = y > 0 ? near : far;
    p.rest = y > 0 ? far : near;
    p.log_x = y > 0 ? log_near : log_far;
    p.log_rest = y > 0 ? log_far : log_near;
    return p;
}

static beta_point point_mirrored(beta_point p)
{
    return (beta_point){p.rest, p.x, p.log_rest, p.log_x};
}

/* The continued fraction of the incomplete beta function (DLMF 8.17.22) by Lentz's method: with prefactor
 * x^a (1-x)^b / (a B(a,b)) it is the distribution function. Steps of order sqrt(max(a,b)) for x below about the
 * mean. */
static double beta_fraction(double a, double b, double x)
{
    const double tiny = 1e-300;
    double c = 1.0;
    double d = 1.0 - (a + b) * x / (a + 1.0);
    d = 1.0 / (fabs(d) < tiny ? tiny : d);
    double f = d;
    for (int i = 1; i < 100000; i++) {
        double m = i, a2 = a + 2.0 * m;
        double even = m * (b - m) * x / ((a2 - 1.0) * a2);
        d = 1.0 + even * d;
        c = 1.0 + even / c;
        d = 1.0 / (fabs(d) < tiny ? tiny : d);
        c = fabs(c) < tiny ? tiny : c;
        f *= c * d;
        double odd = -(a + m) * (a + b + m) * x / (a2 * (a2 + 1.0));
        d = 1.0 + odd * d;
        c = 1.0 + odd / c;
        d = 1.0 / (fabs(d) < tiny ? tiny : d);
        c = fabs(c) < tiny ? tiny : c;
        double change = c * d;
        f *= change;
        if (fabs(change - 1.0) < 2e-16)
            break;
    }
    return f;
}

/* ln F(x); *log_density: that of y = ln(x/(1-x)). The logarithm keeps tails below the range of double. */
static double beta_log_cdf(double a, double b, double log_b, beta_point p, double *log_density)
{
    *log_density = a * p.log_x + b * p.log_rest - log_b;
    if (p.x <= (a + 1.0) / (a + b + 2.0))
        return *log_density + kl_log(beta_fraction(a, b, p.x) / a);
    double upper = kl_exp(*log_density) * beta_fraction(b, a, p.rest) / b;
    return kl_log1p(upper < 1.0 ? -upper : -1.0);
}

static bool shape_valid(double a, double b)
{
    return a > 0 && b > 0 && a <= DBL_MAX && b <= DBL_MAX;
}

double kl_beta_cdf(double a, double b, double x)
{
    if (!shape_valid(a, b) || x != x)
        return NAN;
    if (x <= 0 || x >= 1)
        return x <= 0 ? 0.0 : 1.0;
    beta_point p = {x, 1.0 - x, kl_log(x), kl_log1p(-x)};
    double log_density;
    double log_b = log_beta(a, b);
    /* the smaller tail straight, the larger as what it leaves */
    if (x <= (a + 1.0) / (a + b + 2.0))
        return kl_exp(beta_log_cdf(a, b, log_b, p, &log_density));
    return 1.0 - kl_exp(beta_log_cdf(b, a, log_b, point_mirrored(p), &log_density));
}

/* ---- beta: the quantile ---- */

/* y with ln F(y) = log_u, best for u <= 1/2. ln F is concave in y, hence Newton from anywhere lands left of the root
 * and then climbs to it, without a bracket. z: the normal quantile of u, for the first guess. */
static double beta_logit_quantile(double a, double b, double log_u, double z)
{
    double log_b = log_beta(a, b);
    double y = (log_u + kl_log(a) + log_b) / a; /* the left tail's asymptote, never above the root */
    double guess = kl_log(a / b) + z * sqrt(1.0 / a + 1.0 / b);
    if (a > 1 && b > 1 && guess > y)
        y = guess;
    bool climbing = false;
    for (int i = 0; i < 200; i++) {
        double log_density;
        double log_cdf = beta_log_cdf(a, b, log_b, point_of_logit(y), &log_density);
        double step = (log_u - log_cdf) * kl_exp(log_cdf - log_density);
        y += step;
        if (fabs(step) <= 4e-16 * (fabs(y) + 1.0) || (climbing && step <= 0))
            break;
        climbing = step > 0;
    }
    return y;
}

double kl_beta_quantile(double a, double b, double u)
{
    if (!shape_valid(a, b) || !(u >= 0 && u <= 1))
        return NAN;
    if (u == 0 || u == 1)
        return u;
    double z = kl_normal_quantile(u);
    if (u <= 0.5)
        return point_of_logit(beta_logit_quantile(a, b, kl_log(u), z)).x;
    return point_of_logit(beta_logit_quantile(b, a, kl_log(1.0 - u), -z)).rest;
}

/* ---- beta over normal scores: the table ----
 *
 * y(z) with F(y) = Phi(z) solves y' = w, w = phi(z) / density(y), from which follow
 *     w' = w (-z - s w),  s = a - (a+b) x,  x' = x (1-x) w,
 * all polynomial: the Taylor coefficients of a step come from products of series, without exp or log. Marched from the
 * tail (solved exactly) to the middle, an error keeps its size in F while F grows by ten orders, so it dies out. */

#define ORDER 8
#define STEP (2.0 * KL_BETA_TABLE_Z / (KL_BETA_TABLE_N - 1))
#define MIDDLE ((KL_BETA_TABLE_N - 1) / 2)

/* Coefficient n of the product of two series. */
static inline double series_product(const double *p, const double *q, int n)
{
    double sum = 0;
    for (int i = 0; i <= n; i++)
        sum += p[i] * q[n - i];
    return sum;
}

/* y(z + h) - y(z) by Taylor, from y(z) as a point and slope w. */
static double beta_logit_step(double a, double b, beta_point p, double w, double z, double h)
{
    double x_[ORDER + 1], s_[ORDER + 1], p_[ORDER + 1], q_[ORDER + 1], w_[ORDER + 1];
    x_[0] = p.x;
    w_[0] = h * w;
    double y = 0;
    for (int n = 0; n < ORDER; n++) {
        y += w_[n] / (n + 1);
        s_[n] = n ? -(a + b) * x_[n] : a * p.rest - b * p.x;
        double square = 0;
        for (int i = 1; i < n; i++)
            square += x_[i] * x_[n - i];
        p_[n] = n ? x_[n] * (p.rest - p.x) - square : p.x * p.rest;
        q_[n] = -series_product(s_, w_, n) - (n == 0 ? h * z : n == 1 ? h * h : 0.0);
        x_[n + 1] = series_product(p_, w_, n) / (n + 1);
        w_[n + 1] = series_product(q_, w_, n) / (n + 1);
    }
    return y + w_[ORDER] / (ORDER + 1);
}

/* March one half of the table: points 0 .. n at z = -6.5 + i STEP, n <= MIDDLE; slopes are dx/di. */
static void beta_march(double a, double b, int n, double *x, double *slope)
{
    const double log_root_two_pi = 0.91893853320467274178;
    double log_b = log_beta(a, b);
    double y = beta_logit_quantile(a, b, kl_log(kl_normal_cdf(-KL_BETA_TABLE_Z)), -KL_BETA_TABLE_Z);
    for (int i = 0; i <= n; i++) {
        double z = -KL_BETA_TABLE_Z + i * STEP;
        int parts = 1;
        for (int part = 0; part < parts; part++) {
            beta_point p = point_of_logit(y);
            double w = kl_exp(-0.5 * z * z - log_root_two_pi - (a * p.log_x + b * p.log_rest - log_b));
            if (part == 0) {
                x[i] = p.x;
                slope[i] = p.x * p.rest * w * STEP;
                /* y by at most 1/4 a step: the series in y converges within pi */
                double wanted = w * STEP * 4.0;
                parts = wanted < 1 ? 1 : wanted < 64 ? 1 + (int)wanted : 64;
            }
            y += beta_logit_step(a, b, p, w, z, STEP / parts);
            z += STEP / parts;
        }
    }
}

/* Values in order, and no slope above three times a neighbouring secant: then the cubic rises (Fritsch, Carlson
 * 1980). */
static void beta_table_make_monotone(kl_beta_table *table)
{
    double *x = table->x, *slope = table->slope;
    for (int i = 0; i < KL_BETA_TABLE_N; i++) {
        x[i] = x[i] >= 0 ? x[i] : 0.0;
        x[i] = x[i] <= 1 ? x[i] : 1.0;
        if (i > 0 && !(x[i] >= x[i - 1]))
            x[i] = x[i - 1];
        if (!(slope[i] >= 0))
            slope[i] = 0;
    }
    for (int i = 1; i < KL_BETA_TABLE_N; i++) {
        double limit = 3.0 * (x[i] - x[i - 1]);
        slope[i - 1] = slope[i - 1] < limit ? slope[i - 1] : limit;
        slope[i] = slope[i] < limit ? slope[i] : limit;
    }
}

void kl_beta_table_set(kl_beta_table *table, double a, double b)
{
    if (table->a == a && table->b == b)
        return;
    table->a = a;
    table->b = b;
    if (!shape_valid(a, b)) {
        for (int i = 0; i < KL_BETA_TABLE_N; i++)
            table->x[i] = table->slope[i] = NAN;
        return;
    }
    double x[MIDDLE], slope[MIDDLE];
    beta_march(a, b, MIDDLE, table->x, table->slope);
    beta_march(b, a, MIDDLE - 1, x, slope);
    for (int i = 0; i < MIDDLE; i++) {
        table->x[KL_BETA_TABLE_N - 1 - i] = 1.0 - x[i];
        table->slope[KL_BETA_TABLE_N - 1 - i] = slope[i];
    }
    beta_table_make_monotone(table);
}

/* Where z lies: the table's interval, and the part of it that is passed. */
KL_INLINE double table_place(double z, int *interval)
{
    double place = (z + KL_BETA_TABLE_Z) * (1.0 / STEP);
    place = place > 0 ? place : 0.0;
    place = place < KL_BETA_TABLE_N - 1 ? place : KL_BETA_TABLE_N - 1;
    int i = (int)place;
    i = i < KL_BETA_TABLE_N - 1 ? i : KL_BETA_TABLE_N - 2;
    *interval = i;
    return place - i;
}

/* The cubic between two points of the table with their slopes. */
KL_INLINE double table_between(double t, double low, double high, double d0, double d1)
{
    double rise = high - low;
    double x = low + t * (d0 + t * ((3.0 * rise - 2.0 * d0 - d1) + t * (d0 + d1 - 2.0 * rise)));
    x = x > low ? x : low;
    return x < high ? x : high;
}

double kl_beta_table_at(const kl_beta_table *table, double z)
{
    if (z != z)
        return z;
    int i;
    double t = table_place(z, &i);
    return table_between(t, table->x[i], table->x[i + 1], table->slope[i], table->slope[i + 1]);
}

#define BATCH 64

KL_VECTOR static void table_places(const double *restrict z, int n, int *restrict interval, double *restrict t)
{
    KL_INDEPENDENT
    for (int k = 0; k < n; k++)
        t[k] = table_place(z[k], &interval[k]);
}

KL_VECTOR static void table_cubics(const double *restrict z, const double *restrict t, double (*restrict point)[BATCH],
                                   int n, float *restrict x)
{
    KL_INDEPENDENT
    for (int k = 0; k < n; k++) {
        double y = table_between(t[k], point[0][k], point[1][k], point[2][k], point[3][k]);
        x[k] = (float)(z[k] == z[k] ? y : z[k]);
    }
}

void kl_beta_table_row(const kl_beta_table *table, const double *z, float *x, int n)
{
    int interval[BATCH];
    double t[BATCH], point[4][BATCH];
    for (int begin = 0; begin < n; begin += BATCH) {
        int m = n - begin < BATCH ? n - begin : BATCH;
        table_places(z + begin, m, interval, t);
        for (int k = 0; k < m; k++) {
            const double *at = table->x + interval[k], *slope = table->slope + interval[k];
            point[0][k] = at[0];
            point[1][k] = at[1];
            point[2][k] = slope[0];
            point[3][k] = slope[1];
        }
        table_cubics(z + begin, t, point, m, x + begin);
    }
}
