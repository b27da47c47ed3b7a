/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Means of a point's replicates, what is left of chance in them, and resampling of rows. Shared by the analyses of
 * sensitivity.h. */
#ifndef KLASTER_ANALYSIS_REPLICATES_H
#define KLASTER_ANALYSIS_REPLICATES_H

#include <stdint.h>

#include "klaster/sensitivity.h"

#define KL_Z95 1.959963984540054 /* 97.5 % quantile of the normal distribution */

/* Mean of the defined of R replicates; NaN where fewer than half, or than two of several, are defined. */
double kl_replicates_mean(const double *y, int n_replicates);

/* Estimated covariance that chance gives to the means of two points that share their worlds: the covariance of the replicates
 * defined in both, times n_both / (n_x n_y). 0 with one replicate, where nothing can be said. With x == y: the variance of a
 * mean. */
double kl_replicates_noise(const double *x, const double *y, int n_replicates);

/* The same for the difference of the means; exactly 0 where x and y are equal. */
double kl_replicates_noise_of_difference(const double *x, const double *y, int n_replicates);

/* Which of n_rows rows of row_size points have only defined points; *usable is filled. row (of n_rows) receives their
 * numbers. */
void kl_rows_usable(kl_usable *usable, int *row, const double *y, int n_rows, int row_size, int n_replicates);

/* Turns sums over rows into n_effects estimates. */
typedef void kl_estimator_fn(const void *data, const double *sum, int n_rows, double *estimate);

/* feature[row * width + i], summed over the n rows for the estimate and over rows drawn with replacement for its interval:
 * effect[i] for i < n_effects. An interval is undefined with fewer than two rows or where more than 2.5 % of the resamples
 * give no number. KL_ERR_ARGUMENT for 1 to 39 resamples or too many; KL_ERR_MEMORY. */
KL_MUST_USE kl_status kl_resample(kl_effect *effect, int n_effects, const double *feature, int n, int width,
                                  kl_estimator_fn *estimator, const void *data, kl_resampling resampling);

#endif
