/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Half-widths of 95 % intervals over worlds that come in independent units, and which number of worlds to try next. */
#include "klaster/precision.h"

#include <math.h>
#include <stdlib.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sort.h>

#include "analysis/effective.h"

#define WORLDS_USUAL 256
#define UNITS_LEAST 32 /* fewer say too little about their own spread */

/* Values regrouped: n units that are independent of each other, with `size` values each. */
typedef struct sample {
    int n, size;
    double *value; /* [unit * size + i]; owned */
} sample;

static kl_status sample_make(sample *u, const kl_study *study, const double *value, const double *base)
{
    size_t n = (size_t)study->n_points * (size_t)study->n_replicates;
    int is_turned = kl_study_units(study, &u->n, &u->size);
    if (u->n == 1) { /* of a single point the replicates are all there is */
        u->n = u->size;
        u->size = 1;
    }
    u->value = malloc(n * sizeof *u->value);
    if (!u->value)
        return KL_ERR_MEMORY;
    for (size_t i = 0; i < n; i++) {
        size_t point = i / (size_t)study->n_replicates, replicate = i % (size_t)study->n_replicates;
        size_t to = is_turned ? replicate * (size_t)u->size + point : i;
        u->value[to] = base ? value[i] - base[i] : value[i];
    }
    return KL_OK;
}

/* ---- intervals ---- */

static void set_interval(kl_reach *reach, double lo, double hi)
{
    reach->lo = lo;
    reach->hi = hi;
    reach->half_width = (hi - lo) / 2;
}

static kl_status reach_mean(kl_reach *reach, const sample *u)
{
    kl_estimate e;
    /* single values are replicates of one point to kl_estimate_make, which then needs no spread within units */
    int n_units = u->size > 1 ? u->n : 1, size = u->size > 1 ? u->size : u->n;
    kl_status status = kl_estimate_make(&e, u->value, n_units, size);
    if (status != KL_OK)
        return status;
    reach->n = e.n;
    reach->value = e.mean;
    if (u->n > 1) {
        double half = kl_student(kl_units_of(u->value, n_units, size)) * e.se;
        set_interval(reach, e.mean - half, e.mean + half);
    }
    return KL_OK;
}

/* Effective sample size for "a defined value is at most x". */
static double effective_at_most(const sample *u, double x)
{
    kl_clusters clusters = {0};
    for (int i = 0; i < u->n; i++) {
        int64_t n = 0, hits = 0;
        for (int k = 0; k < u->size; k++) {
            double v = u->value[(size_t)i * (size_t)u->size + (size_t)k];
            n += !isnan(v);
            hits += v <= x;
        }
        kl_clusters_add(&clusters, n, hits);
    }
    return kl_clusters_effective(&clusters, u->size > 1 ? u->n : 1);
}

/* Largest r with P(Binomial(n, p) < r) <= 0.025, 0 where there is none (David & Nagaraja, Order Statistics, 2003, 7.1). */
static int64_t lower_rank(int64_t n, double p)
{
    int64_t lo = 0, hi = n;
    while (lo < hi) { /* P rises with r */
        int64_t r = (lo + hi + 1) / 2;
        if (gsl_cdf_binomial_P((unsigned)(r - 1), p, (unsigned)n) <= 0.025)
            lo = r;
        else
            hi = r - 1;
    }
    return lo;
}

static kl_status reach_quantile(kl_reach *reach, const kl_precision *asked, const sample *u)
{
    size_t n = 0, n_all = (size_t)u->n * (size_t)u->size;
    double *x = malloc(n_all * sizeof *x);
    if (!x)
        return KL_ERR_MEMORY;
    for (size_t i = 0; i < n_all; i++)
        if (!isnan(u->value[i]))
            x[n++] = u->value[i];
    gsl_sort(x, 1, n);
    reach->n = (int64_t)n;
    reach->value = kl_quantile_sorted(x, (int64_t)n, asked->p);
    if (n > 0) {
        double effective = floor(effective_at_most(u, reach->value) + 1e-9);
        int64_t m = effective < UINT32_MAX ? (int64_t)effective : (int64_t)UINT32_MAX; /* GSL takes no more */
        int64_t below = lower_rank(m, asked->p), above = lower_rank(m, 1 - asked->p);
        /* ranks for m worlds, carried over to n as shares */
        int64_t lo = m == (int64_t)n ? below : (int64_t)floor((double)below / (double)m * (double)n);
        int64_t hi = m == (int64_t)n ? above : (int64_t)floor((double)above / (double)m * (double)n);
        if (lo >= 1 && hi >= 1)
            set_interval(reach, x[lo - 1], x[n - (size_t)hi]);
    }
    free(x);
    return KL_OK;
}

static void reach_share(kl_reach *reach, const kl_claim *claim, const sample *u)
{
    kl_clusters clusters = {0};
    for (int i = 0; i < u->n; i++) {
        int64_t hits = 0;
        for (int k = 0; k < u->size; k++) {
            double v = u->value[(size_t)i * (size_t)u->size + (size_t)k];
            hits += v >= claim->lo && v <= claim->hi; /* undefined: does not hold */
        }
        kl_clusters_add(&clusters, u->size, hits);
    }
    double lo, hi;
    reach->n = clusters.n;
    reach->value = (double)clusters.hits / (double)clusters.n;
    reach->effective = kl_clusters_effective(&clusters, u->size > 1 ? u->n : 1);
    kl_share_interval(reach->value, reach->effective, &lo, &hi);
    set_interval(reach, lo, hi);
}

kl_status kl_precision_reach(kl_reach *reach, const kl_precision *asked, const kl_study *study, const double *value,
                             const double *base)
{
    sample u = {0};
    *reach = (kl_reach){.value = NAN, .lo = NAN, .hi = NAN, .half_width = NAN};
    if (study->n_points < 1 || study->n_replicates < 1 || !value ||
        (asked->stat == KL_PRECISION_DIFF) != (base != NULL))
        return KL_ERR_ARGUMENT;
    if (asked->stat == KL_PRECISION_SHARE && (asked->claim < 0 || asked->claim >= study->n_claims))
        return KL_ERR_ARGUMENT;
    if (asked->stat == KL_PRECISION_QUANTILE && !(asked->p > 0 && asked->p < 1))
        return KL_ERR_ARGUMENT;
    kl_status status = sample_make(&u, study, value, base);
    if (status != KL_OK)
        return status;
    switch (asked->stat) {
    case KL_PRECISION_MEAN:
    case KL_PRECISION_DIFF:
        status = reach_mean(reach, &u);
        break;
    case KL_PRECISION_QUANTILE:
        status = reach_quantile(reach, asked, &u);
        break;
    case KL_PRECISION_SHARE:
        reach_share(reach, &study->claim[asked->claim], &u);
        break;
    case KL_N_PRECISION_STATS:
    default:
        status = KL_ERR_ARGUMENT;
    }
    free(u.value);
    return status;
}

int kl_precision_is_met(const kl_precision *asked, const kl_reach *reach)
{
    return reach->half_width <= asked->half_width;
}

double kl_precision_forecast(const kl_precision *asked, const kl_reach *reach, double times)
{
    double lo, hi;
    if (asked->stat != KL_PRECISION_SHARE || isnan(reach->half_width))
        return reach->half_width / sqrt(times);
    kl_share_interval(reach->value, reach->effective * times, &lo, &hi);
    return (hi - lo) / 2;
}

/* ---- rounds ---- */

static int64_t power_of_two(int64_t at_least)
{
    int64_t n = 1;
    while (n < at_least)
        n *= 2;
    return n;
}

kl_status kl_rounds_make(kl_rounds *rounds, const kl_study *study, int64_t first_runs, int64_t most_runs)
{
    int row_size = study->design.row_size > 0 ? study->design.row_size : 1;
    rounds->unit = study->n_points / row_size > 1 ? (int64_t)row_size * study->n_replicates : row_size;
    rounds->most = most_runs / rounds->unit;
    if (rounds->most > INT32_MAX / row_size) /* points and replicates are counted in int */
        rounds->most = INT32_MAX / row_size;
    if (rounds->most < 2)
        return KL_ERR_ARGUMENT;
    if (first_runs > 0) {
        rounds->first = (first_runs + rounds->unit - 1) / rounds->unit;
        rounds->first = rounds->first < UNITS_LEAST ? UNITS_LEAST : rounds->first;
    } else {
        /* powers of two suit Sobol sequences */
        int64_t usual = (WORLDS_USUAL + rounds->unit - 1) / rounds->unit;
        rounds->first = power_of_two(usual < UNITS_LEAST ? UNITS_LEAST : usual);
    }
    if (rounds->first > rounds->most)
        rounds->first = rounds->most;
    return KL_OK;
}

static int may_suffice(double times, int n, const kl_precision *asked, const kl_reach *reach)
{
    for (int i = 0; i < n; i++)
        if (!kl_precision_is_met(&asked[i], &reach[i]) &&
            kl_precision_forecast(&asked[i], &reach[i], times) > asked[i].half_width * sqrt(2))
            return 0;
    return 1;
}

int64_t kl_rounds_next(const kl_rounds *rounds, int64_t units, int n, const kl_precision *asked, const kl_reach *reach)
{
    int64_t next = units;
    do {
        if (next > rounds->most / 2)
            return rounds->most;
        next *= 2;
    } while (!may_suffice((double)next / (double)units, n, asked, reach));
    return next > rounds->most / 2 ? rounds->most
                                   : next; /* so that all rounds before the last never sum up to more than it */
}
