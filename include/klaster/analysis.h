/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Arrays in, numbers out: fans, summaries with Monte Carlo intervals, the audit of claims. No files. */
#ifndef KLASTER_ANALYSIS_H
#define KLASTER_ANALYSIS_H

#include <stddef.h>
#include <stdint.h>

#include "klaster/engine.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- monthly fans ---- */

/* Quantiles over all worlds of each series in each month of each arm, in memory that does not grow with the worlds.
 * Up to KL_FAN_EXACT worlds they are exact (type 7 of Hyndman & Fan 1996, the default of R and NumPy); beyond that
 * they come from histograms: linear series in 2,048 bins over their bounds (error at most half a bin, 0.00025 for a
 * share, 0.0005 on [-1,1]); money in 4,096 bins of equal width in asinh(x / 1000 USD) over +-1e12 USD (error at most
 * 0.6 % of the amount or 6 USD). Counts are integers, so the order of adding does not matter. Undefined values
 * (NaN) are left out and counted. */
#define KL_FAN_EXACT 4096
typedef struct kl_fans kl_fans;

KL_MUST_USE kl_status kl_fans_new(kl_fans **fans, const kl_plan *plan);
void kl_fans_free(kl_fans *fans);
KL_MUST_USE kl_status kl_fans_add(kl_fans *fans, const kl_block *block);
int kl_fans_are_exact(const kl_fans *fans);
/* Quantile in [0,1]; NaN where no value was defined. month from 0. Worlds may be missing (an interrupted study). */
double kl_fans_quantile(const kl_fans *fans, int arm, kl_series_id series, int month, double quantile);
/* Mean over the defined values (exact in both modes), NaN where there is none. */
double kl_fans_mean(const kl_fans *fans, int arm, kl_series_id series, int month);
int64_t kl_fans_defined(const kl_fans *fans, int arm, kl_series_id series, int month);
size_t kl_fans_bytes(int n_arms, int horizon, int64_t n_worlds);

/* ---- summaries ---- */

/* Values of an outcome, value[point * n_replicates + replicate], NaN where undefined or missing. Replicates of a point
 * share its parameters, so with two points or more the points are the independent units, and intervals come from the
 * spread between the points' means; with one point the replicates are. */
typedef struct kl_estimate {
    int64_t n;         /* values defined */
    double mean, sd;   /* over values */
    double se;         /* Monte Carlo standard error of the mean; NaN with fewer than two independent units */
    double q05, q25, q50, q75, q95; /* type 7 */
    double q50_lo, q50_hi; /* 95 % interval of the median from order statistics, with the effective sample size;
                            * NaN where it does not exist */
} kl_estimate;

KL_MUST_USE kl_status kl_estimate_make(kl_estimate *estimate, const double *value, int n_points, int n_replicates);

/* A share of worlds with its 95 % interval (Wilson 1927, with the effective sample size n_eff <= n where points hold
 * several replicates: variance of the points' shares, Kish's design effect). */
typedef struct kl_share {
    int64_t n, hits;
    double share, lo, hi;
} kl_share;

/* hit[world]: 1 yes, 0 no, negative: the world does not count. */
kl_share kl_share_make(const int8_t *hit, int n_points, int n_replicates);

/* Quantile of sorted values, type 7; NaN for n == 0. */
double kl_quantile_sorted(const double *sorted, int64_t n, double p);

/* ---- claims ---- */

/* What became of a claim lo <= metric <= hi in the worlds of an arm. The fates are exclusive and sum to n_worlds - missing. */
typedef struct kl_audit {
    int64_t n;            /* worlds that were run */
    kl_share holds;       /* over all worlds run: undefined counts as not holding */
    kl_share holds_completed; /* over the worlds with status completed in which the metric is defined */
    int64_t inside[KL_N_RUN_STATUS], below[KL_N_RUN_STATUS], above[KL_N_RUN_STATUS], undefined[KL_N_RUN_STATUS];
    int64_t missing;
} kl_audit;

/* value, status: one a world; status negative where missing. */
KL_MUST_USE kl_status kl_audit_make(kl_audit *audit, const kl_claim *claim, const double *value,
                                    const int8_t *status, int n_points, int n_replicates);

#ifdef __cplusplus
}
#endif
#endif
