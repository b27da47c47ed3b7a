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
 * Up to KL_FAN_EXACT worlds they are exact (type 7 of Hyndman & Fan 1996, the default of R and NumPy). Beyond that they
 * come from histograms whose bins are centred on round values, so that 0 and 1 stay exactly 0 and 1:
 *   linear series: 2,049 bins over their bounds; a value outside the bounds counts as the bound;
 *   money: 128 bins a doubling of |x| + 1024 USD, up to 1.0e12 USD either way.
 * Their error at most is KL_FAN_SKETCH_ERROR, in words, as result files say it.
 * Bins are found with additions and integer arithmetic only, and counts are integers: the same bits on every machine
 * and for every order of adding. Undefined values (NaN) are left out and counted. */
#define KL_FAN_SKETCH_ERROR \
    "1/4096 of the range of a share or ratio (0.00025 on [0,1], 0.0005 on [-1,1]); 0.4 % of an amount plus 4 USD"
typedef struct kl_fans kl_fans;

KL_MUST_USE kl_status kl_fans_new(kl_fans **fans, const kl_plan *plan);
void kl_fans_free(kl_fans *fans);
/* Add a block; each block of the plan once. Runs that are `given` are left out: neither counted nor summed, for they were
 * added in another way (kl_fans_add_packed, kl_fans_add_counts). KL_ERR_ARGUMENT where it is not a block of this
 * plan, or an arm would have more runs than the plan; nothing is added then. */
KL_MUST_USE kl_status kl_fans_add(kl_fans *fans, const kl_block *block);
/* Add all that other fans hold, which are empty then: the same as adding their blocks. KL_ERR_ARGUMENT where they are of another
 * number of arms, months or worlds, or an arm would have more runs than the plan; nothing is added then. */
KL_MUST_USE kl_status kl_fans_take(kl_fans *fans, kl_fans *from);
/* Empty, as new. Takes the time that what was added since took, about, and never more than filling its memory. */
void kl_fans_clear(kl_fans *fans);
int kl_fans_are_exact(const kl_fans *fans);
/* Quantile in [0,1]; NaN where no value was defined. month from 0. Worlds may be missing (an interrupted study).
 * Ask all quantiles of a month one after the other: the last month asked for is kept sorted (so not from two threads). */
double kl_fans_quantile(const kl_fans *fans, int arm, kl_series_id series, int month, double quantile);
/* Mean over the defined values, NaN where there is none. Both modes sum the values themselves, as whole numbers of
 * 2^-40 (linear, |x| up to 1024) or of 2^-10 USD (money, |x| up to 2^40 USD): no order of adding changes a bit. */
double kl_fans_mean(const kl_fans *fans, int arm, kl_series_id series, int month);
int64_t kl_fans_defined(const kl_fans *fans, int arm, kl_series_id series, int month);
/* Bytes that fans take. */
size_t kl_fans_bytes(int n_arms, int horizon, int64_t n_worlds);

/* Everything that was added since the fans were new or cleared, as bytes: for a journal, of a batch of blocks. *bytes
 * (malloc'ed, *capacity long, or NULL and 0) grows as needed and stays the caller's, *size receives the length. The same
 * runs give the same bytes in whatever order they were added. KL_ERR_MEMORY: *size is 0, *bytes still to be freed. */
KL_MUST_USE kl_status kl_fans_pack(const kl_fans *fans, uint8_t **bytes, size_t *size, size_t *capacity);
/* Add what kl_fans_pack made of fans of a plan with the same arms, horizon and worlds. Every byte is checked before
 * anything is added. KL_ERR_FORMAT where they are no such bytes, or an arm would have more runs than the plan: nothing
 * is added then. */
KL_MUST_USE kl_status kl_fans_add_packed(kl_fans *fans, const uint8_t *bytes, size_t size);

/* What result files keep of fans (store/checkpoint.h), month by month. The same runs give the same numbers in whatever order
 * they were added, and whichever of them came from another file. */
const kl_plan *kl_fans_plan(const kl_fans *fans);
int64_t kl_fans_runs(const kl_fans *fans, int arm); /* added so far */
/* Exact fans: the defined values in rising order, kl_fans_defined of them, valid until something is added; else NULL. */
const float *kl_fans_values(const kl_fans *fans, int arm, kl_series_id series, int month);
/* Sketches: the number of values in each bin, kl_fans_n_bins of them; else NULL. */
const uint32_t *kl_fans_counts(const kl_fans *fans, int arm, kl_series_id series, int month);
int kl_fans_n_bins(kl_series_scale scale);
/* The sum of the defined values, high * 2^32 + low of the quanta named at kl_fans_mean, 0 <= low < 2^32. */
void kl_fans_sum(const kl_fans *fans, int arm, kl_series_id series, int month, int64_t *high, int64_t *low);

/* And back. First announce how many runs of an arm will be added: KL_ERR_ARGUMENT where the plan does not have so many.
 * Then every month of every series: values (NaN are left out), which exact fans and sketches take, or counts and their
 * sum, which only sketches take (else KL_ERR_ARGUMENT). KL_ERR_FORMAT where there are more than were announced, or
 * the counts cannot have the sum. Nothing is added by a call that fails. */
KL_MUST_USE kl_status kl_fans_expect(kl_fans *fans, int arm, int64_t n_runs);
KL_MUST_USE kl_status kl_fans_add_values(kl_fans *fans, int arm, kl_series_id series, int month, const float *x,
                                         int64_t n);
KL_MUST_USE kl_status kl_fans_add_counts(kl_fans *fans, int arm, kl_series_id series, int month, const uint32_t *count,
                                         int64_t high, int64_t low);

/* ---- summaries ---- */

/* Values of an outcome, value[point * n_replicates + replicate], NaN where undefined or missing. Replicates of a point
 * share its parameters, so with two points or more the points are the independent units, and intervals come from the
 * spread between the points' means; with one point the replicates are. */
typedef struct kl_estimate {
    int64_t n;       /* values defined */
    double mean, sd; /* over values */
    double se;       /* Monte Carlo standard error of the mean (ratio of sums over points, Cochran 1977, ch. 9A, where
                        * points hold unequal numbers of values); NaN with fewer than two independent units */
    double q05, q25, q50, q75, q95; /* type 7 */
    double q50_lo, q50_hi; /* 95 % interval of the median from order statistics, with the effective sample size;
                            * NaN where it does not exist */
} kl_estimate;

/* KL_ERR_ARGUMENT for less than one point or replicate, KL_ERR_MEMORY. */
KL_MUST_USE kl_status kl_estimate_make(kl_estimate *estimate, const double *value, int n_points, int n_replicates);

/* A share of worlds with its 95 % interval: Wilson (1927) with an effective sample size n_eff <= n. Where points hold
 * several replicates, n_eff = n / deff, Kish's design effect from the spread of the points' shares, times
 * (t(n-1) / t(points-1))^2 for having few points (Korn & Graubard 1998). Where nothing or everything hits, that spread says
 * nothing, and a point counts as one world. All NaN where no world counts. */
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
    int64_t n;                /* worlds that were run */
    kl_share holds;           /* over all worlds run: undefined counts as not holding */
    kl_share holds_completed; /* over the worlds with status completed in which the metric is defined */
    int64_t inside[KL_N_RUN_STATUS], below[KL_N_RUN_STATUS], above[KL_N_RUN_STATUS], undefined[KL_N_RUN_STATUS];
    int64_t missing;
} kl_audit;

/* value, status: one a world; status negative where missing. A NaN, and a negative month of a MONTH metric, is undefined.
 * KL_ERR_ARGUMENT for an empty claim (lo > hi), an unknown metric or status; KL_ERR_MEMORY. */
KL_MUST_USE kl_status kl_audit_make(kl_audit *audit, const kl_claim *claim, const double *value, const int8_t *status,
                                    int n_points, int n_replicates);

/* ---- claims while a study is being played ---- */

/* Counts of worlds in which the claims of a study hold, for a few of its arms, block by block in any order. When all blocks are
 * in, kl_tally_share is to the bit what kl_audit_make says (`holds`) over the independent units of the study. */
typedef struct kl_tally kl_tally;

#define KL_TALLY_BYTES_MAX ((size_t)1 << 25)

/* The arms are numbers of arms of the study, which must outlive the tally, as must the plan. KL_ERR_ARGUMENT for none, or one
 * that is not there; KL_ERR_RESOURCES where units are split over blocks and there are so many that counting them would take more
 * than KL_TALLY_BYTES_MAX; KL_ERR_MEMORY. On an error *tally is NULL. */
KL_MUST_USE kl_status kl_tally_new(kl_tally **tally, const kl_study *study, const kl_plan *plan, int n_arms,
                                   const int *arm);
void kl_tally_free(kl_tally *tally); /* NULL is legal */

/* Add a finished block. Each block once. */
void kl_tally_add(kl_tally *tally, const kl_block *block);

/* Add a block of kl_plan_block all of whose runs are in a file: the values of one claim's metric in one of the arms, numbered
 * among those of the tally, as kl_store_outcome gives them: value[point * n_replicates + replicate]. */
void kl_tally_add_stored(kl_tally *tally, int arm, int claim, const kl_block *block, const double *value);

/* The share of the worlds so far in which a claim holds. Every bit of the sample counts as all of it will: its interval is
 * right where the blocks so far are a fair sample of the study, see kl_tally_passes. */
kl_share kl_tally_share(const kl_tally *tally, int arm, int claim);

/* How often the worlds so far went through the cells of a factorial, which are played in order: below 1 some cells have
 * not been seen at all, beyond some 20 what is uneven is small. INFINITY for other designs, whose first points are as good a
 * sample as any, and when all is there. */
double kl_tally_passes(const kl_tally *tally, int arm);

#ifdef __cplusplus
}
#endif
#endif
