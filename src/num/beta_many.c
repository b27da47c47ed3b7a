/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Quantiles of one beta distribution, several at once: the iteration of quantile.c (where the mathematics stands) with one
 * number a lane, operation for operation. A lane that has arrived makes room for the others; one that leaves the range in
 * which the functions without branches hold is left to quantile.c. */
#include <float.h>

#include "num/lanes.h"

#define LANES 8
#define BATCH 64 /* a multiple of LANES */
#define TINY 1e-300
#define STEPS_MAX 400  /* of the fraction; a lane that needs more is left */
#define ROUNDS_MAX 100 /* of Newton's method; the same */
#define EXPONENT_MAX 700

/* Numbers on their way, those still open first. Where u > 1/2, a and b have changed places. */
typedef struct batch {
    int n; /* open */
    int item[BATCH];
    double a[BATCH], b[BATCH], log_u[BATCH], y[BATCH], climbing[BATCH];
    /* of this round */
    double log_density[BATCH], upper[BATCH]; /* upper: 1 where the fraction gives the upper tail */
    double fa[BATCH], fb[BATCH], fx[BATCH], fraction[BATCH];
    double arrived[BATCH], lost[BATCH]; /* 0 or 1 */
} batch;

/* kl_log1p(x) for -1 < x <= 1. */
KL_INLINE double log1p_lane(double x)
{
    double u = 1.0 + x;
    double y = kl_log_lane(u) + (x - (u - 1.0)) / u;
    return fabs(x) < 0x1p-54 ? x : y;
}

KL_INLINE double within(double x, double most)
{
    return fabs(x) <= most ? x : 0.0;
}

/* The density at y, and what the fraction is to be taken of. */
KL_VECTOR static void begin_round(batch *t, int n, double log_beta)
{
    const double *restrict a = t->a, *restrict b = t->b, *restrict y = t->y;
    double *restrict log_density = t->log_density, *restrict upper = t->upper, *restrict lost = t->lost;
    double *restrict fa = t->fa, *restrict fb = t->fb, *restrict fx = t->fx;
    KL_INDEPENDENT
    for (int i = 0; i < n; i++) {
        double size = fabs(y[i]);
        double e = kl_exp_lane(-within(size, EXPONENT_MAX));
        double near = 1.0 / (1.0 + e), far = e / (1.0 + e);
        double log_near = -log1p_lane(e), log_far = log_near - size;
        double x = y[i] > 0 ? near : far, rest = y[i] > 0 ? far : near;
        double log_x = y[i] > 0 ? log_near : log_far, log_rest = y[i] > 0 ? log_far : log_near;
        double is_upper = x <= (a[i] + 1.0) / (a[i] + b[i] + 2.0) ? 0.0 : 1.0;
        log_density[i] = a[i] * log_x + b[i] * log_rest - log_beta;
        upper[i] = is_upper;
        fa[i] = is_upper > 0 ? b[i] : a[i];
        fb[i] = is_upper > 0 ? a[i] : b[i];
        fx[i] = is_upper > 0 ? rest : x;
        lost[i] = size <= EXPONENT_MAX ? 0.0 : 1.0;
    }
}

/* The continued fraction, until the last of the lanes has enough of it. Returns 0 where one never has. */
KL_VECTOR static int fractions(const double *restrict a, const double *restrict b, const double *restrict x,
                               double *restrict f)
{
    double c[LANES], d[LANES], open[LANES];
    for (int l = 0; l < LANES; l++) {
        double first = 1.0 - (a[l] + b[l]) * x[l] / (a[l] + 1.0);
        c[l] = 1.0;
        d[l] = 1.0 / (fabs(first) < TINY ? TINY : first);
        f[l] = d[l];
        open[l] = 1.0;
    }
    for (int i = 1; i < STEPS_MAX; i++) {
        double m = i, left = 0;
        KL_INDEPENDENT
        for (int l = 0; l < LANES; l++) {
            double a2 = a[l] + 2.0 * m;
            double even = m * (b[l] - m) * x[l] / ((a2 - 1.0) * a2);
            double d1 = 1.0 + even * d[l];
            double c1 = 1.0 + even / c[l];
            d1 = 1.0 / (fabs(d1) < TINY ? TINY : d1);
            c1 = fabs(c1) < TINY ? TINY : c1;
            double f1 = f[l] * (c1 * d1);
            double odd = -(a[l] + m) * (a[l] + b[l] + m) * x[l] / (a2 * (a2 + 1.0));
            double d2 = 1.0 + odd * d1;
            double c2 = 1.0 + odd / c1;
            d2 = 1.0 / (fabs(d2) < TINY ? TINY : d2);
            c2 = fabs(c2) < TINY ? TINY : c2;
            double change = c2 * d2;
            c[l] = c2;
            d[l] = d2;
            f[l] = open[l] > 0 ? f1 * change : f[l];
            open[l] = fabs(change - 1.0) < 2e-16 ? 0.0 : open[l];
        }
        for (int l = 0; l < LANES; l++)
            left += open[l];
        if (!(left > 0))
            return 1;
    }
    return 0;
}

/* Newton's step. */
KL_VECTOR static void end_round(batch *t, int n)
{
    const double *restrict log_u = t->log_u, *restrict log_density = t->log_density, *restrict upper = t->upper;
    const double *restrict fa = t->fa, *restrict fraction = t->fraction;
    double *restrict y = t->y, *restrict climbing = t->climbing;
    double *restrict arrived = t->arrived, *restrict lost = t->lost;
    KL_INDEPENDENT
    for (int i = 0; i < n; i++) {
        double ratio = fraction[i] / fa[i];
        int positive = ratio >= DBL_MIN && ratio <= DBL_MAX;
        double log_below = log_density[i] + kl_log_lane(positive ? ratio : 1.0);
        double above = kl_exp_lane(within(log_density[i], EXPONENT_MAX)) * fraction[i] / fa[i];
        int is_part = above < 1.0 && above > 0.0 && fabs(log_density[i]) <= EXPONENT_MAX;
        double log_above = log1p_lane(is_part ? -above : -0.5);
        double log_cdf = upper[i] > 0 ? log_above : log_below;
        int valid = upper[i] > 0 ? is_part : positive;
        double slope = log_cdf - log_density[i];
        valid = valid && fabs(slope) <= EXPONENT_MAX;
        double step = (log_u[i] - log_cdf) * kl_exp_lane(within(slope, EXPONENT_MAX));
        double to = y[i] + step;
        arrived[i] = fabs(step) <= 4e-16 * (fabs(to) + 1.0) || (climbing[i] > 0 && step <= 0) ? 1.0 : 0.0;
        climbing[i] = step > 0 ? 1.0 : 0.0;
        y[i] = to;
        lost[i] = valid ? lost[i] : 1.0;
    }
}

static void move(batch *t, int to, int from)
{
    t->item[to] = t->item[from];
    t->a[to] = t->a[from];
    t->b[to] = t->b[from];
    t->log_u[to] = t->log_u[from];
    t->y[to] = t->y[from];
    t->climbing[to] = t->climbing[from];
}

/* kl_beta_quantile from the logit; u > 1/2 was asked for from above. */
static double of_logit(double y, double u)
{
    double e = kl_exp(-fabs(y));
    return (u <= 0.5) == (y > 0) ? 1.0 / (1.0 + e) : e / (1.0 + e);
}

/* Take out the lanes that have arrived, and those that are lost. */
static void close_lanes(batch *t, double a, double b, const double *u, double *x)
{
    int n = 0;
    for (int i = 0; i < t->n; i++) {
        int k = t->item[i];
        if (t->lost[i] > 0)
            x[k] = kl_beta_quantile(a, b, u[k]);
        else if (t->arrived[i] > 0)
            x[k] = of_logit(t->y[i], u[k]);
        else
            move(t, n++, i);
    }
    t->n = n;
}

/* Bring all lanes to where the iteration starts; u at its ends is not one of them. */
static void begin(batch *t, double a, double b, double log_beta, const double *u, double *x, int n)
{
    double log_a = kl_log(a), log_b = kl_log(b), spread = sqrt(1.0 / a + 1.0 / b);
    double log_ratio[2] = {kl_log(a / b), kl_log(b / a)};
    t->n = 0;
    for (int k = 0; k < n; k++) {
        if (!(u[k] > 0 && u[k] < 1)) {
            x[k] = kl_beta_quantile(a, b, u[k]);
            continue;
        }
        int i = t->n++, is_upper = u[k] > 0.5;
        double z = kl_normal_quantile(u[k]);
        t->item[i] = k;
        t->a[i] = is_upper ? b : a;
        t->b[i] = is_upper ? a : b;
        t->log_u[i] = kl_log(is_upper ? 1.0 - u[k] : u[k]);
        t->y[i] = (t->log_u[i] + (is_upper ? log_b : log_a) + log_beta) / t->a[i];
        double guess = log_ratio[is_upper] + (is_upper ? -z : z) * spread;
        if (a > 1 && b > 1 && guess > t->y[i])
            t->y[i] = guess;
        t->climbing[i] = 0;
    }
}

static void quantiles(double a, double b, double log_beta, const double *u, double *x, int n)
{
    batch t;
    begin(&t, a, b, log_beta, u, x, n);
    for (int round = 0; t.n > 0; round++) {
        int full = (t.n + LANES - 1) / LANES * LANES;
        for (int i = t.n; i < full; i++)
            move(&t, i, t.n - 1);
        begin_round(&t, full, log_beta);
        for (int i = 0; i < full; i += LANES)
            if (!fractions(t.fa + i, t.fb + i, t.fx + i, t.fraction + i))
                for (int l = 0; l < LANES; l++)
                    t.lost[i + l] = 1;
        end_round(&t, full);
        for (int i = 0; round >= ROUNDS_MAX && i < t.n; i++)
            t.lost[i] = 1;
        close_lanes(&t, a, b, u, x);
    }
}

void kl_beta_quantiles(double a, double b, const double *u, double *x, int n)
{
    if (!(a > 0 && b > 0 && a <= DBL_MAX && b <= DBL_MAX)) {
        for (int i = 0; i < n; i++)
            x[i] = NAN;
        return;
    }
    double log_beta = kl_lgamma(a) + kl_lgamma(b) - kl_lgamma(a + b);
    for (int i = 0; i < n; i += BATCH)
        quantiles(a, b, log_beta, u + i, x + i, n - i < BATCH ? n - i : BATCH);
}
