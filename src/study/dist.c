/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Distributions of uncertain inputs, drawn by inversion of one uniform. Only the arithmetic of src/num is used, so a
 * draw has the same bits on every machine. Arguments are checked where they are read (read_dist.c). */
#include <math.h>

#include "num/num.h"
#include "study/reader.h"

static double between(double x, double lo, double hi)
{
    return x < lo ? lo : x > hi ? hi : x;
}

/* Phi at a standardised bound that may be infinite. */
static double cdf_at(double z)
{
    return z <= -40 ? 0 : z >= 40 ? 1 : kl_normal_cdf(z);
}

/* u-quantile of the standard normal truncated to [a, b]. The upper tail is turned into the lower one, where the
 * distribution function has all its digits. */
static double truncated_normal(double u, double a, double b)
{
    if (a > 0)
        return -truncated_normal(1 - u, -b, -a);
    double low = cdf_at(a), p = low + u * (cdf_at(b) - low);
    if (!(p > 0))
        return a > -40 ? a : -40;
    if (!(p < 1))
        return b < 40 ? b : 40;
    return between(kl_normal_quantile(p), a, b);
}

static double normal(const double *v, double u, double lo, double hi)
{
    return v[0] + v[1] * truncated_normal(u, (lo - v[0]) / v[1], (hi - v[0]) / v[1]);
}

static double lognormal(const double *v, double u, double lo, double hi)
{
    double mean = kl_log(v[0]);
    double a = lo > 0 ? (kl_log(lo) - mean) / v[1] : -INFINITY;
    double b = hi > 0 ? (kl_log(hi) - mean) / v[1] : -INFINITY;
    return v[0] * kl_exp(v[1] * truncated_normal(u, a, b));
}

static double triangular(const double *v, double u)
{
    double width = v[2] - v[0], rise = (v[1] - v[0]) / width;
    if (u < rise)
        return v[0] + sqrt(u * width * (v[1] - v[0]));
    return v[2] - sqrt((1 - u) * width * (v[2] - v[1]));
}

/* Beta on [lowest, highest] with the mode given and shape 4 (Malcolm et al. 1959). */
static void pert_shape(const double *v, double *width, double *a, double *b)
{
    *width = v[2] - v[0];
    *a = 1 + 4 * (v[1] - v[0]) / *width;
    *b = 1 + 4 * (v[2] - v[1]) / *width;
}

static double pert(const double *v, double u)
{
    double width, a, b;
    pert_shape(v, &width, &a, &b);
    return v[0] + width * kl_beta_quantile(a, b, u);
}

double kl_dist_quantile(const kl_dist *dist, double u, double lo, double hi)
{
    const double *v = dist->value;
    switch (dist->kind) {
    case KL_DIST_CONSTANT:
        return v[0];
    case KL_DIST_UNIFORM:
        return between(v[0] + u * (v[1] - v[0]), v[0], v[1]);
    case KL_DIST_LOGUNIFORM:
        return between(v[0] * kl_exp(u * kl_log(v[1] / v[0])), v[0], v[1]);
    case KL_DIST_NORMAL:
        return between(normal(v, u, lo, hi), lo, hi);
    case KL_DIST_LOGNORMAL:
        return between(lognormal(v, u, lo, hi), lo, hi);
    case KL_DIST_TRIANGULAR:
        return between(triangular(v, u), v[0], v[2]);
    case KL_DIST_PERT:
        return between(pert(v, u), v[0], v[2]);
    case KL_DIST_BETA:
        return between(kl_beta_quantile(v[0], v[1], u), 0, 1);
    case KL_DIST_INTEGER:
        return between(v[0] + floor(u * (v[1] - v[0] + 1)), v[0], v[1]);
    case KL_DIST_CHOICE:
        return v[(int)between(floor(u * dist->n), 0, dist->n - 1)];
    default:
        return NAN;
    }
}

void kl_dist_quantiles(const kl_dist *dist, const double *u, double lo, double hi, int n, double *x)
{
    const double *v = dist->value;
    if (dist->kind == KL_DIST_PERT) {
        double width, a, b;
        pert_shape(v, &width, &a, &b);
        kl_beta_quantiles(a, b, u, x, n);
        for (int i = 0; i < n; i++)
            x[i] = between(v[0] + width * x[i], v[0], v[2]);
        return;
    }
    if (dist->kind == KL_DIST_BETA) {
        kl_beta_quantiles(v[0], v[1], u, x, n);
        for (int i = 0; i < n; i++)
            x[i] = between(x[i], 0, 1);
        return;
    }
    for (int i = 0; i < n; i++)
        x[i] = kl_dist_quantile(dist, u[i], lo, hi);
}

const char *kl_dist_kind_word(kl_dist_kind kind)
{
    static const char *const words[] = {
#define KL_WORD(name, word, n, arguments) word,
        KL_DIST_LIST(KL_WORD)
#undef KL_WORD
    };
    return words[kind];
}

int kl_dist_is_constant(const kl_dist *dist)
{
    return dist->kind == KL_DIST_CONSTANT;
}

int kl_dist_equals(const kl_dist *a, const kl_dist *b)
{
    if (a->kind != b->kind || a->n != b->n)
        return 0;
    for (int i = 0; i < a->n; i++)
        if (a->value[i] != b->value[i])
            return 0;
    return 1;
}

kl_dist kl_dist_constant(double value)
{
    return (kl_dist){.kind = KL_DIST_CONSTANT, .n = 1, .value = {value}};
}
