/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Differences and ratios of paired arms. Sums run in the order of the worlds. What is missing or undefined in one of two runs
 * leaves the pair out, and is counted. */
#include "klaster/compare.h"

#include <math.h>
#include <stdlib.h>

#include "analysis/effective.h"

/* ---- differences ---- */

typedef struct workspace {
    double *a, *b, *d; /* both and their difference where both are defined, else NaN */
    int8_t *higher, *lower;
} workspace;

static int workspace_make(workspace *w, size_t n)
{
    w->a = malloc(n * sizeof *w->a);
    w->b = malloc(n * sizeof *w->b);
    w->d = malloc(n * sizeof *w->d);
    w->higher = malloc(n);
    w->lower = malloc(n);
    return w->a && w->b && w->d && w->higher && w->lower;
}

static void workspace_free(workspace *w)
{
    free(w->a);
    free(w->b);
    free(w->d);
    free(w->higher);
    free(w->lower);
}

static void sort_out(kl_difference *out, workspace *w, const double *arm, const double *baseline,
                     const int8_t *status_arm, const int8_t *status_baseline, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int has_arm = arm[i] == arm[i], has_baseline = baseline[i] == baseline[i], both = has_arm && has_baseline;
        int missing = (status_arm && status_arm[i] < 0) || (status_baseline && status_baseline[i] < 0);
        if (missing)
            out->missing++;
        else if (both)
            out->n++;
        else if (has_arm)
            out->only_arm++;
        else if (has_baseline)
            out->only_baseline++;
        else
            out->neither++;
        both = both && !missing;
        w->a[i] = both ? arm[i] : (double)NAN;
        w->b[i] = both ? baseline[i] : (double)NAN;
        w->d[i] = both ? arm[i] - baseline[i] : (double)NAN;
        w->higher[i] = (int8_t)(both ? arm[i] > baseline[i] : -1);
        w->lower[i] = (int8_t)(both ? arm[i] < baseline[i] : -1);
    }
}

kl_status kl_difference_make(kl_difference *difference, const double *arm, const double *baseline,
                             const int8_t *status_arm, const int8_t *status_baseline, int n_clusters, int size)
{
    kl_difference out = {.lo = NAN, .hi = NAN, .shared = NAN};
    *difference = out;
    if (n_clusters < 1 || size < 1)
        return KL_ERR_ARGUMENT;
    workspace w;
    kl_estimate a, b;
    kl_status status = KL_ERR_MEMORY;
    if (!workspace_make(&w, (size_t)n_clusters * (size_t)size))
        goto out;
    sort_out(&out, &w, arm, baseline, status_arm, status_baseline, (size_t)n_clusters * (size_t)size);
    status = kl_estimate_make(&a, w.a, n_clusters, size);
    if (status == KL_OK)
        status = kl_estimate_make(&b, w.b, n_clusters, size);
    if (status == KL_OK)
        status = kl_estimate_make(&out.d, w.d, n_clusters, size);
    if (status != KL_OK)
        goto out;
    double half = kl_student(kl_units_of(w.d, n_clusters, size)) * out.d.se;
    double apart = a.se * a.se + b.se * b.se;
    out.mean_arm = a.mean;
    out.mean_baseline = b.mean;
    out.lo = out.d.mean - half;
    out.hi = out.d.mean + half;
    out.higher = kl_share_make(w.higher, n_clusters, size);
    out.lower = kl_share_make(w.lower, n_clusters, size);
    out.shared = apart / (out.d.se * out.d.se); /* 0 over 0 is NaN: constants have nothing to save */
    *difference = out;
out:
    workspace_free(&w);
    return status;
}

/* ---- ratios ---- */

/* Variances and covariance of two means, from the spread of clusters, as kl_estimate has them. */
typedef struct moments {
    double xx, xy, yy;
} moments;

static moments moments_of_means(const double *x, const double *y, const kl_ratio *r, int n_clusters, int size)
{
    moments m = {0};
    int one = n_clusters == 1;
    int n_units = one ? size : n_clusters, each = one ? 1 : size;
    int64_t units = 0;
    for (int u = 0; u < n_units; u++) {
        double dx = 0, dy = 0;
        int n = 0;
        for (int i = 0; i < each; i++) {
            size_t at = (size_t)u * (size_t)each + (size_t)i;
            if (x[at] != x[at] || y[at] != y[at])
                continue;
            dx += x[at] - r->numerator;
            dy += y[at] - r->denominator;
            n++;
        }
        m.xx += dx * dx;
        m.xy += dx * dy;
        m.yy += dy * dy;
        units += n > 0;
    }
    double scale = units > 1 ? (double)units / (double)(units - 1) / ((double)r->n * (double)r->n) : (double)NAN;
    return (moments){m.xx * scale, m.xy * scale, m.yy * scale};
}

/* The roots of (N - r D)^2 = t^2 var(N - r D); with D clear of 0 the interval lies between them (Fieller 1954,
 * doi:10.1111/j.2517-6161.1954.tb00159.x). */
static void fieller(kl_ratio *r, const moments *m, double t)
{
    double n = r->numerator, d = r->denominator, t2 = t * t;
    double a = d * d - t2 * m->yy, b = n * d - t2 * m->xy, c = n * n - t2 * m->xx;
    if (!(t == t) || !(m->xx == m->xx))
        return;
    if (!(a > 0)) {
        r->lo = -INFINITY;
        r->hi = INFINITY;
        return;
    }
    double root = sqrt(fmax(0, b * b - a * c));
    r->lo = (b - root) / a;
    r->hi = (b + root) / a;
}

kl_status kl_ratio_make(kl_ratio *ratio, const double *numerator, const double *denominator, int n_clusters, int size)
{
    kl_ratio r = {.ratio = NAN, .se = NAN, .lo = NAN, .hi = NAN, .numerator = NAN, .denominator = NAN};
    *ratio = r;
    if (n_clusters < 1 || size < 1)
        return KL_ERR_ARGUMENT;
    size_t n = (size_t)n_clusters * (size_t)size;
    double *x = malloc(n * sizeof *x), *y = malloc(n * sizeof *y);
    kl_estimate of_x, of_y;
    kl_status status = KL_ERR_MEMORY;
    if (!x || !y)
        goto out;
    for (size_t i = 0; i < n; i++) {
        int both = numerator[i] == numerator[i] && denominator[i] == denominator[i];
        x[i] = both ? numerator[i] : (double)NAN;
        y[i] = both ? denominator[i] : (double)NAN;
    }
    status = kl_estimate_make(&of_x, x, n_clusters, size);
    if (status == KL_OK)
        status = kl_estimate_make(&of_y, y, n_clusters, size);
    if (status != KL_OK)
        goto out;
    r.n = of_x.n;
    r.numerator = of_x.mean;
    r.denominator = of_y.mean;
    if (r.n > 0 && r.denominator != 0) {
        moments m = moments_of_means(x, y, &r, n_clusters, size);
        r.ratio = r.numerator / r.denominator;
        r.se = sqrt(fmax(0, m.xx - 2 * r.ratio * m.xy + r.ratio * r.ratio * m.yy)) / fabs(r.denominator);
        fieller(&r, &m, kl_student(kl_units_of(x, n_clusters, size)));
    }
    *ratio = r;
out:
    free(x);
    free(y);
    return status;
}

/* ---- an option ---- */

int kl_outcome_direction(kl_outcome_id id)
{
    switch ((int)id) {
    case KL_OUT_public_spending:
    case KL_OUT_public_to_firms:
    case KL_OUT_value_alone:
    case KL_OUT_reach_cluster_alone:
    case KL_OUT_markets_opened_alone:
    case KL_OUT_innovations_alone:
    case KL_OUT_goal_attainment_alone:
    case KL_OUT_joins:
        return 0;
    case KL_OUT_month_built:
    case KL_OUT_month_gate:
    case KL_OUT_month_rollout:
    case KL_OUT_pilot_recycles:
    case KL_OUT_churn:
    case KL_OUT_breakeven:
    case KL_OUT_gini:
    case KL_OUT_share_worse_off:
    case KL_OUT_crowded_out:
    case KL_OUT_deadweight:
        return -1;
    default:
        return 1;
    }
}

/* Is the platform open at the end? Runs without a platform do not count. */
static kl_status survival_of(kl_share *share, const double *survival, int n_clusters, int size)
{
    size_t n = (size_t)n_clusters * (size_t)size;
    int8_t *hit = malloc(n);
    if (!hit)
        return KL_ERR_MEMORY;
    for (size_t i = 0; i < n; i++)
        hit[i] = (int8_t)(survival[i] == survival[i] ? survival[i] > 0 : -1);
    *share = kl_share_make(hit, n_clusters, size);
    free(hit);
    return KL_OK;
}

/* x - y where both are defined. */
static void subtract(double *to, const double *x, const double *y, size_t n)
{
    for (size_t i = 0; i < n; i++)
        to[i] = x[i] - y[i];
}

kl_status kl_option_facts_make(kl_option_facts *f, const kl_option_values *arm, const kl_option_values *baseline,
                               int n_clusters, int size)
{
    *f = (kl_option_facts){0};
    if (n_clusters < 1 || size < 1)
        return KL_ERR_ARGUMENT;
    size_t n = (size_t)n_clusters * (size_t)size;
    double *members = malloc(3 * n * sizeof *members);
    if (!members)
        return KL_ERR_MEMORY;
    double *spending = members + n, *npv = spending + n;
    subtract(members, arm->members, baseline->members, n);
    subtract(spending, arm->spending, baseline->spending, n);
    subtract(npv, arm->npv, baseline->npv, n);
    const int8_t *sa = arm->status, *sb = baseline->status;
    kl_status status = kl_difference_make(&f->members, arm->members, baseline->members, sa, sb, n_clusters, size);
    if (status == KL_OK)
        status = kl_difference_make(&f->spending, arm->spending, baseline->spending, sa, sb, n_clusters, size);
    if (status == KL_OK)
        status = kl_difference_make(&f->npv, arm->npv, baseline->npv, sa, sb, n_clusters, size);
    if (status == KL_OK)
        status = kl_ratio_make(&f->per_member, spending, members, n_clusters, size);
    if (status == KL_OK)
        status = kl_ratio_make(&f->per_dollar, npv, spending, n_clusters, size);
    if (status == KL_OK)
        status = survival_of(&f->survival, arm->survival, n_clusters, size);
    free(members);
    return status;
}
