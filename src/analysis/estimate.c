/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Summary of an outcome over worlds: mean, spread, quantiles, and how far chance may have moved them. Sums run in the
 * order of the worlds, so a summary is the same bits wherever the worlds were played. */
#include <math.h>
#include <stdlib.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sort.h>

#include "analysis/effective.h"
#include "klaster/analysis.h"

double kl_quantile_sorted(const double *sorted, int64_t n, double p)
{
    if (n <= 0 || !(p >= 0 && p <= 1))
        return (double)NAN;
    double place = p * (double)(n - 1);
    int64_t rank = (int64_t)place;
    double part = place - (double)rank;
    /* unlike GSL's form of type 7, equal neighbours give their very value, and an infinity does not give NaN */
    if (part == 0 || sorted[rank] == sorted[rank + 1])
        return sorted[rank];
    return sorted[rank] + part * (sorted[rank + 1] - sorted[rank]);
}

/* ---- median ---- */

/* Largest whole r with P(Binomial(n, 1/2) < r) <= 0.025, 0 where there is none: the r-th value from below and the r-th
 * from above enclose the median with at least 95 % (David & Nagaraja, Order Statistics, 2003, 7.1). */
static int64_t median_rank(int64_t n)
{
    if (n > UINT32_MAX)
        n = UINT32_MAX; /* GSL's binomial takes no more; the interval only gets wider */
    int64_t lo = 0, hi = n / 2;
    while (lo < hi) { /* P rises with r */
        int64_t r = (lo + hi + 1) / 2;
        if (gsl_cdf_binomial_P((unsigned)(r - 1), 0.5, (unsigned)n) <= 0.025)
            lo = r;
        else
            hi = r - 1;
    }
    return lo;
}

/* Effective sample size for "a value is at most the median". */
static double median_effective(const double *value, int n_points, int n_replicates, double median)
{
    kl_clusters clusters = {0};
    for (int p = 0; p < n_points; p++) {
        int64_t n = 0, hits = 0;
        for (int r = 0; r < n_replicates; r++) {
            double x = value[(size_t)p * (size_t)n_replicates + (size_t)r];
            n += x == x;
            hits += x <= median;
        }
        kl_clusters_add(&clusters, n, hits);
    }
    return kl_clusters_effective(&clusters, n_points);
}

/* Ranks found for n_eff worlds, carried over to n as shares (Woodruff 1952, doi:10.1080/01621459.1952.10483443). */
static void median_interval(kl_estimate *e, const double *sorted, double effective)
{
    int64_t n_effective = (int64_t)floor(effective + 1e-9);
    int64_t rank = median_rank(n_effective);
    if (rank < 1)
        return;
    rank = n_effective == e->n ? rank : (int64_t)floor((double)rank / (double)n_effective * (double)e->n);
    e->q50_lo = sorted[rank - 1];
    e->q50_hi = sorted[e->n - rank];
}

/* ---- mean ---- */

static double mean_of(const double *x, int64_t n)
{
    double sum = 0, lost = 0; /* Neumaier's compensated sum */
    for (int64_t i = 0; i < n; i++) {
        double next = sum + x[i];
        lost += fabs(sum) >= fabs(x[i]) ? (sum - next) + x[i] : (x[i] - next) + sum;
        sum = next;
    }
    return (isfinite(sum) ? sum + lost : sum) / (double)n;
}

static double sd_of(const double *x, int64_t n, double mean)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += (x[i] - mean) * (x[i] - mean);
    return n > 1 ? sqrt(sum / (double)(n - 1)) : (double)NAN;
}

/* Standard error from the spread of the points' sums about mean * n. */
static double clustered_error(const double *value, int n_points, int n_replicates, const kl_estimate *e)
{
    double sum = 0;
    int64_t points = 0;
    for (int p = 0; p < n_points; p++) {
        double off = 0;
        int64_t n = 0;
        for (int r = 0; r < n_replicates; r++) {
            double x = value[(size_t)p * (size_t)n_replicates + (size_t)r];
            if (x == x) {
                off += x - e->mean;
                n++;
            }
        }
        sum += off * off;
        points += n > 0;
    }
    if (points < 2)
        return (double)NAN;
    return sqrt((double)points / (double)(points - 1) * sum) / (double)e->n;
}

/* ---- all of it ---- */

static const kl_estimate nothing = {.mean = NAN,
                                    .sd = NAN,
                                    .se = NAN,
                                    .q05 = NAN,
                                    .q25 = NAN,
                                    .q50 = NAN,
                                    .q75 = NAN,
                                    .q95 = NAN,
                                    .q50_lo = NAN,
                                    .q50_hi = NAN};

kl_status kl_estimate_make(kl_estimate *estimate, const double *value, int n_points, int n_replicates)
{
    kl_estimate e = nothing;
    *estimate = e;
    if (n_points < 1 || n_replicates < 1)
        return KL_ERR_ARGUMENT;
    size_t n_worlds = (size_t)n_points * (size_t)n_replicates;
    double *x = malloc(n_worlds * sizeof *x);
    if (!x)
        return KL_ERR_MEMORY;
    for (size_t i = 0; i < n_worlds; i++)
        if (value[i] == value[i])
            x[e.n++] = value[i];
    if (e.n == 0)
        goto out;
    e.mean = mean_of(x, e.n);
    e.sd = sd_of(x, e.n, e.mean);
    e.se = n_points == 1 ? e.sd / sqrt((double)e.n) : clustered_error(value, n_points, n_replicates, &e);
    gsl_sort(x, 1, (size_t)e.n);
    e.q05 = kl_quantile_sorted(x, e.n, 0.05);
    e.q25 = kl_quantile_sorted(x, e.n, 0.25);
    e.q50 = kl_quantile_sorted(x, e.n, 0.50);
    e.q75 = kl_quantile_sorted(x, e.n, 0.75);
    e.q95 = kl_quantile_sorted(x, e.n, 0.95);
    median_interval(&e, x, median_effective(value, n_points, n_replicates, e.q50));
    *estimate = e;
out:
    free(x);
    return KL_OK;
}
