/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Precision on demand: how precisely a number of worlds answers a question, whether that is what was asked for, and how
 * many worlds to play next. Arrays in, numbers out; docs/precision.md says how to read it. */
#ifndef KLASTER_PRECISION_H
#define KLASTER_PRECISION_H

#include "klaster/analysis.h"

#ifdef __cplusplus
extern "C" {
#endif

/* X(ENUMERATOR, word, what the interval is of) */
#define KL_PRECISION_LIST(X)                                                       \
    X(MEAN, "mean", "the mean over the worlds in which the outcome is defined")    \
    X(QUANTILE, "q", "a quantile over the worlds in which the outcome is defined") \
    X(SHARE, "share", "the share of all worlds in which a claim holds")            \
    X(DIFF, "diff", "the mean difference from the baseline arm in the same worlds")

typedef enum kl_precision_stat {
#define KL_PRECISION_ENUMERATOR(name, word, meaning) KL_PRECISION_##name,
    KL_PRECISION_LIST(KL_PRECISION_ENUMERATOR)
#undef KL_PRECISION_ENUMERATOR
        KL_N_PRECISION_STATS
} kl_precision_stat;

/* What is asked: a 95 % interval no wider than this, in every arm. */
typedef struct kl_precision {
    kl_precision_stat stat;
    kl_outcome_id metric; /* of the claim for SHARE */
    int claim;            /* its number in the study, SHARE only */
    double p;             /* the quantile, QUANTILE only */
    double half_width;    /* > 0, in the outcome's unit; a share for SHARE */
} kl_precision;

/* How precise an arm is. The independent units are those of kl_study_units or, where there is only one, its replicates. Designs that spread their points evenly (Latin hypercube, Sobol) are treated
 * as if they did not: the interval is then too wide rather than too narrow. */
typedef struct kl_reach {
    int64_t n;         /* worlds in which it is defined */
    double value;      /* the mean, quantile, share or difference; NaN where n == 0 */
    double lo, hi;     /* 95 % interval; NaN where there is none yet */
    double half_width; /* (hi - lo) / 2 */
    double effective;  /* independent worlds that this is worth; SHARE only */
} kl_reach;

/* Judge n_points x n_replicates worlds of a study. value: of the metric in the arm, [point * n_replicates + replicate],
 * NaN where undefined; base: of the baseline arm, DIFF only.
 *   MEAN, DIFF  Student's interval with the standard error between units (kl_estimate);
 *   QUANTILE    order statistics, with the effective sample size (Woodruff 1952, doi:10.1080/01621459.1952.10483443);
 *   SHARE       Wilson's interval, with the effective sample size (kl_share).
 * KL_ERR_ARGUMENT, KL_ERR_MEMORY. */
KL_MUST_USE kl_status kl_precision_reach(kl_reach *reach, const kl_precision *asked, const kl_study *study,
                                         const double *value, const double *base);

/* Is it what was asked? 0 for an undefined half-width. */
int kl_precision_is_met(const kl_precision *asked, const kl_reach *reach);

/* Half-width to expect of `times` as many worlds; NaN where there is no interval yet. */
double kl_precision_forecast(const kl_precision *asked, const kl_reach *reach, double times);

/* ---- rounds ---- */

/* Rounds grow by doubling: first, 2 first, 4 first, ... units, never more than `most`, which is a round too. A unit is a point
 * with all its replicates, a row of a design with them, or a replicate of the only row. */
typedef struct kl_rounds {
    int64_t unit;        /* worlds of a unit */
    int64_t first, most; /* units */
} kl_rounds;

/* Rounds for a study: from about first_runs worlds (0: the usual 256) and at least 32 units, to at most most_runs worlds.
 * KL_ERR_ARGUMENT where not even two units fit. */
KL_MUST_USE kl_status kl_rounds_make(kl_rounds *rounds, const kl_study *study, int64_t first_runs, int64_t most_runs);

/* Units of the round after one of `units` that reached reach[i] of asked[i]. Rounds in which something that is not met yet
 * would, by its forecast, still be more than sqrt(2) times too wide are left out: they would be played in vain; so are
 * those beyond half of `most`. After the last round it is the last again. */
int64_t kl_rounds_next(const kl_rounds *rounds, int64_t units, int n, const kl_precision *asked, const kl_reach *reach);

#ifdef __cplusplus
}
#endif
#endif
