/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Normal and beta distributions for draws by inversion: one uniform, one value, rising in the uniform. Built on num.c,
 * so the bits are the same everywhere. Beta works in y = ln(x / (1-x)), where its density x^a (1-x)^b / B(a,b) is
 * smooth and log-concave for every a, b > 0 - also below 1, where the density in x is infinite at the ends. */
#include "num/num.h"

#include <float.h>
#include <stdbool.h>

/* ---- normal ---- */

/* e^(-z^2/2), z >= 0: the square of z cut to 1/16 is exact, so the rounding of z^2 is not magnified. */
static double normal_kernel(double z)
{
    double cut = (double)(int)(z * 16.0) / 16.0;
    double rest = (z - cut) * (z + cut);
    return kl_exp(-0.5 * cut * cut) * kl_exp(-0.5 * rest);
}

/* Phi(z) - 1/2 for |z| < 0.67448975 (Cody 1969, doi:10.1090/S0025-5718-1969-0247736-4). */
static double normal_centre(double z)
{
    double v = z * z;
    double p = (((0.065682337918207449113 * v + 2.2352520354606839287) * v + 161.02823106855587881) * v +
                1067.6894854603709582) *
                   v +
               18154.981253343561249;
    double q = (((v + 47.20258190468824187) * v + 976.09855173777669322) * v + 10260.932208618978205) * v +
               45507.789335026729956;
    return z * p / q;
}

/* 1 - Phi(z) for z in [0.67448975, sqrt(32)) (Cody). */
static double normal_tail(double z)
{
    double p = (((((((1.0765576773720192317e-8 * z + 0.39894151208813466764) * z + 8.8831497943883759412) * z +
                    93.506656132177855979) *
                       z +
                   597.27027639480026226) *
                      z +
                  2494.5375852903726711) *
                     z +
                 6848.1904505362823326) *
                    z +
                11602.651437647350124) *
                   z +
               9842.7148383839780218;
    double q = (((((((z + 22.266688044328115691) * z + 235.38790178262499861) * z + 1519.377599407554805) * z +
                   6485.558298266760755) *
                      z +
                  18615.571640885098091) *
                     z +
                 34900.952721145977266) *
                    z +
                38912.003286093271411) *
                   z +
               19685.429676859990727;
    return normal_kernel(z) * (p / q);
}

/* 1 - Phi(z) for z >= sqrt(32): Laplace's continued fraction; 40 levels are enough from there on. */
static double normal_far_tail(double z)
{
    double fraction = z;
    for (int i = 40; i > 0; i--)
        fraction = z + i / fraction;
    return normal_kernel(z) * 0.39894228040143267794 / fraction;
}

double kl_normal_cdf(double z)
{
    double size = fabs(z);
    if (size < 0.67448975)
        return 0.5 + normal_centre(z);
    if (!(size < 39))
        return z != z ? z : z > 0 ? 1.0 : 0.0;
    double tail = size < 5.65685424949238 ? normal_tail(size) : normal_far_tail(size);
    return z > 0 ? 1.0 - tail : tail;
}

/* Wichura 1988, algorithm AS 241 (PPND16), doi:10.2307/2347330: within 0.425 of the middle. */
static inline double quantile_centre(double q)
{
    double r = 0.180625 - q * q;
    double p = ((((((2.5090809287301226727e3 * r + 3.3430575583588128105e4) * r + 6.7265770927008700853e4) * r +
                   4.5921953931549871457e4) *
                      r +
                  1.3731693765509461125e4) *
                     r +
                 1.9715909503065514427e3) *
                    r +
                1.3314166789178437745e2) *
                   r +
               3.3871328727963666080;
    double d = ((((((5.2264952788528545610e3 * r + 2.8729085735721942674e4) * r + 3.9307895800092710610e4) * r +
                   2.1213794301586595867e4) *
                      r +
                  5.3941960214247511077e3) *
                     r +
                 6.8718700749205790830e2) *
                    r +
                4.2313330701600911252e1) *
                   r +
               1.0;
    return q * (p / d);
}

/* The same, in the tail: r = sqrt(-ln(tail)) up to 5. */
static double quantile_tail(double r)
{
    r -= 1.6;
    double p = ((((((7.74545014278341407640e-4 * r + 2.27238449892691845833e-2) * r + 2.41780725177450611770e-1) * r +
                   1.27045825245236838258) *
                      r +
                  3.64784832476320460504) *
                     r +
                 5.76949722146069140550) *
                    r +
                4.63033784615654529590) *
                   r +
               1.42343711074968357734;
    double d = ((((((1.05075007164441684324e-9 * r + 5.47593808499534494600e-4) * r + 1.51986665636164571966e-2) * r +
                   1.48103976427480074590e-1) *
                      r +
                  6.89767334985100004550e-1) *
                     r +
                 1.67638483018380384940) *
                    r +
                2.05319162663775882187) *
                   r +
               1.0;
    return p / d;
}

/* The same, beyond: tails below 1.4e-11. */
static double quantile_far_tail(double r)
{
    r -= 5.0;
    double p = ((((((2.01033439929228813265e-7 * r + 2.71155556874348757815e-5) * r + 1.24266094738807843860e-3) * r +
                   2.65321895265761230930e-2) *
                      r +
                  2.96560571828504891230e-1) *
                     r +
                 1.78482653991729133580) *
                    r +
                5.46378491116411436990) *
                   r +
               6.65790464350110377720;
    double d = ((((((2.04426310338993978564e-15 * r + 1.42151175831644588870e-7) * r + 1.84631831751005468180e-5) * r +
                   7.86869131145613259100e-4) *
                      r +
                  1.48753612908506148525e-2) *
                     r +
                 1.36929880922735805310e-1) *
                    r +
                5.99832206555887937690e-1) *
                   r +
               1.0;
    return p / d;
}

double kl_normal_quantile(double u)
{
    double q = u - 0.5;
    if (fabs(q) <= 0.425)
        return quantile_centre(q);
    if (!(u > 0 && u < 1))
        return u == 0 ? -INFINITY : u == 1 ? INFINITY : NAN;
    double r = sqrt(-kl_log(q < 0 ? u : 1.0 - u));
    double z = r <= 5.0 ? quantile_tail(r) : quantile_far_tail(r);
    return q < 0 ? -z : z;
}

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

double kl_beta_table_at(const kl_beta_table *table, double z)
{
    if (z != z)
        return z;
    double place = (z + KL_BETA_TABLE_Z) * (1.0 / STEP);
    place = place > 0 ? place : 0.0;
    place = place < KL_BETA_TABLE_N - 1 ? place : KL_BETA_TABLE_N - 1;
    int i = (int)place;
    i = i < KL_BETA_TABLE_N - 1 ? i : KL_BETA_TABLE_N - 2;
    double t = place - i;
    double low = table->x[i], high = table->x[i + 1];
    double d0 = table->slope[i], d1 = table->slope[i + 1];
    double rise = high - low;
    double x = low + t * (d0 + t * ((3.0 * rise - 2.0 * d0 - d1) + t * (d0 + d1 - 2.0 * rise)));
    x = x > low ? x : low;
    return x < high ? x : high;
}
