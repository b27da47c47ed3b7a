/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Which inputs drive an outcome, and how much of its spread is chance. Arrays in, numbers and tables out; no files.
 * docs/sensitivity.md has the equations and says how to read the tables.
 *
 * Everywhere y[point * n_replicates + replicate], NaN where undefined. A point stands for the mean of its defined
 * replicates, and is defined where at least half of them are (and two, where there are two or more). What is estimated is
 * therefore about E[Y | inputs, Y defined]; what several replicates leave of their noise in a square or product of means is
 * estimated from their spread and taken away (so estimates near 0 may come out a little below it). With one replicate it
 * cannot be, and the noise counts as if it were one more input.
 *
 * Points of a row (of a Saltelli, Morris or factorial design, design.h) share their worlds, so the unit that is resampled
 * or left out is the row: a row with an undefined point is left out as a whole, and counted. */
#ifndef KLASTER_SENSITIVITY_H
#define KLASTER_SENSITIVITY_H

#include <stdint.h>

#include "klaster/study.h"
#include "klaster/table.h"

#ifdef __cplusplus
extern "C" {
#endif

/* An estimate with its 95 % interval; NaN where undefined. */
typedef struct kl_effect {
    double value, lo, hi;
} kl_effect;

/* The bootstrap: n resamples of rows, percentile intervals (Efron & Tibshirani 1993, ch. 13). Draws are keyed: the same seed
 * gives the same intervals, and all outcomes are resampled alike. */
typedef struct kl_resampling {
    uint64_t seed;
    int n; /* 0: no intervals; else at least 40 */
} kl_resampling;

#define KL_RESAMPLES_MAX 100000
#define KL_FACTORS_MAX 1000

/* What was used of the runs. */
typedef struct kl_usable {
    int n_rows, n_rows_left_out;      /* used, and not */
    int64_t n_runs, n_runs_undefined; /* all runs handed in, and those that were NaN */
} kl_usable;

/* ---- how much is chance ---- */

/* Var(Y) = Var(E[Y | inputs]) + E[Var(Y | inputs)]: one-way random effects ANOVA over points (Searle, Casella & McCulloch
 * 1992, sec. 3.6, for unequal numbers of replicates). */
typedef struct kl_variance_split {
    kl_usable usable;
    double total;    /* variance of all values */
    double inputs;   /* between points */
    double chance;   /* within points; this and `inputs` NaN with one replicate */
    kl_effect share; /* inputs / (inputs + chance) */
} kl_variance_split;

/* n_rows rows of row_size points each; the first and the last of a row are used (a Saltelli row's A and B), or the only one.
 * `all` uses every point of a row. KL_ERR_ARGUMENT for sizes below 1 or n of 1..39 resamples; KL_ERR_MEMORY. */
KL_MUST_USE kl_status kl_variance_split_make(kl_variance_split *split, const double *y, int n_rows, int row_size,
                                             int all, int n_replicates, kl_resampling resampling);

/* ---- Sobol indices from a Saltelli design ---- */

typedef struct kl_sobol_indices {
    kl_usable usable;
    int n_factors;
    double variance;   /* of the points' true means: what the indices are shares of. 0 or less: no index is defined */
    double noise;      /* of a point's mean, from its replicates; NaN with one */
    kl_effect sum;     /* of the first-order indices */
    kl_effect *first;  /* [factor]; these three are owned, in one allocation */
    kl_effect *total;  /* [factor] */
    kl_effect *second; /* [pair] (0,1), (0,2), ..., (1,2), ...; NULL without BA */
} kl_sobol_indices;

/* y of rows A, AB_1..AB_k, (BA_1..BA_k,) B, as in SALib and design.h. First order: mean(B (AB_i - A)) / V (Saltelli et al.
 * 2010, doi:10.1016/j.cpc.2009.09.018); total: mean((A - AB_i)^2) / 2V (Jansen 1999, doi:10.1016/S0010-4655(98)00154-4); pairs:
 * Saltelli 2002, doi:10.1016/S0010-4655(02)00280-1. With one replicate and nothing undefined these are SALib's numbers.
 * KL_ERR_ARGUMENT, KL_ERR_MEMORY. */
KL_MUST_USE kl_status kl_sobol_indices_make(kl_sobol_indices *indices, const double *y, int n_rows, int n_factors,
                                            int second_order, int n_replicates, kl_resampling resampling);
void kl_sobol_indices_free(kl_sobol_indices *indices);

/* ---- elementary effects from a Morris design ---- */

typedef struct kl_morris_effect {
    kl_effect mu, mu_star, sigma; /* in units of y over the whole range of the factor's coordinate */
    double noise;                 /* standard deviation that chance gives to one effect; NaN with one replicate */
} kl_morris_effect;

/* y[(row * (k + 1) + step) * R + replicate], u[(row * (k + 1) + step) * k + factor]: from step to step exactly one
 * coordinate changes. Morris 1991, doi:10.1080/00401706.1991.10484804; mu*: Campolongo et al. 2007,
 * doi:10.1016/j.envsoft.2006.10.004. effect[factor]. KL_ERR_ARGUMENT where u is no set of trajectories; KL_ERR_MEMORY. */
KL_MUST_USE kl_status kl_morris_effects_make(kl_morris_effect *effect, kl_usable *usable, const double *y,
                                             const double *u, int n_rows, int n_factors, int n_replicates,
                                             kl_resampling resampling);

/* ---- factorial designs ---- */

/* Main and total effects of each factor over the cells, as shares of the variance between the cells' means over rows (which
 * is what chance and the inputs that are no factors leave); chance is taken away by the spread between rows.
 * level[cell * n_factors + factor] from 0; every combination once, in any order. KL_ERR_ARGUMENT, KL_ERR_MEMORY. */
KL_MUST_USE kl_status kl_factorial_effects_make(kl_effect *main_effect, kl_effect *total, kl_usable *usable,
                                                const double *y, const int *level, int n_rows, int n_cells,
                                                int n_factors, int n_replicates, kl_resampling resampling);

/* ---- any sample of independent points ---- */

/* First-order index from given data: the variance of y's means over about sqrt(n) classes of equal size of an input (or over
 * its values, where it has fewer) less what chance and the other inputs leave in such means (Plischke, Borgonovo & Smith
 * 2013, doi:10.1016/j.ejor.2012.11.047, with Kelley's 1935 correction), over the variance of the points' true means. Interval
 * from the influence function. `evenly` says that points fill the cube evenly (Sobol): then other inputs are balanced within a
 * class, the correction is made for chance only, and the interval covers both.
 * x[point * n_inputs + input] finite; effect[input], NaN with fewer than 20 usable points. KL_ERR_ARGUMENT,
 * KL_ERR_MEMORY. */
KL_MUST_USE kl_status kl_given_data_make(kl_effect *effect, kl_usable *usable, const double *x, const double *y,
                                         int n_points, int n_inputs, int n_replicates, int evenly);

/* Standardised rank regression coefficients (Saltelli & Sobol 1995), with intervals from White's variance, and partial rank
 * correlations with Fisher's intervals (Fieller, Hartley & Pearson 1957). All NaN where points are too few or inputs are
 * collinear; an input that does not vary has NaN. *r2 is the share of the ranks' variance that they explain.
 * KL_ERR_ARGUMENT, KL_ERR_MEMORY. */
KL_MUST_USE kl_status kl_rank_regression_make(kl_effect *srrc, kl_effect *prcc, double *r2, const double *x,
                                              const double *y, int n_points, int n_inputs, int n_replicates);

/* ---- a whole study ---- */

/* What is asked of one outcome of one arm. Texts are copied. */
typedef struct kl_response {
    int arm; /* number in the study */
    const char *metric, *unit;
    const double *y; /* [point][replicate] */
} kl_response;

/* Above this share of rows left out, or of runs undefined, a table says that its indices are not defended. */
#define KL_SENSITIVITY_LEFT_OUT 0.1

/* Tables of a study: `sensitivity_split`, then what its design allows: `sensitivity_sobol` and `sensitivity_pairs`,
 * `sensitivity_morris`, `sensitivity_factorial`, or `sensitivity_given`. */
typedef struct kl_sensitivity {
    const kl_study *study;
    kl_resampling resampling;
    int n_tables;
    kl_table table[3];
    int n_not_defended; /* responses */
    int n_inputs;
    kl_input *input; /* owned: the columns */
    int *level;      /* [cell][factor] of a factorial; owned, as are the next two */
    double *u;       /* coordinates of a Morris design */
    double *x;       /* input values of one arm */
} kl_sensitivity;

/* The study must outlive it. KL_ERR_NOT_FOUND where no input varies over the points (of a factorial, Saltelli or Morris
 * design: no factor). _free is legal on a zeroed struct and after any error. */
KL_MUST_USE kl_status kl_sensitivity_start(kl_sensitivity *sensitivity, const kl_study *study,
                                           kl_resampling resampling);
KL_MUST_USE kl_status kl_sensitivity_add(kl_sensitivity *sensitivity, const kl_response *response);
void kl_sensitivity_free(kl_sensitivity *sensitivity);

#ifdef __cplusplus
}
#endif
#endif
