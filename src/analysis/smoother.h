/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A smooth regression of several outputs on the same inputs, prepared once: additive cubic splines and products of pairs,
 * penalised. In the basis of Demmler & Reinsch (1975; Ruppert, Wand & Carroll, Semiparametric Regression, 2003, app. B.1.1)
 * the columns are orthonormal and the penalty is diagonal, so that an output is fitted, at any smoothness, by sums.
 * Internal to src/analysis. */
#ifndef KL_SMOOTHER_H
#define KL_SMOOTHER_H

#include "klaster/status.h"

typedef struct kl_smoother {
    int n, p;
    double *z;   /* [p][n] columns: orthonormal, each with mean 0 */
    double *tau; /* [p] penalty of each column */
} kl_smoother;

typedef struct kl_smooth {
    double mean, sigma, df; /* residual standard deviation; effective parameters with the mean */
    double *coefficient;    /* [p] */
    double *keep;           /* [p] what the penalty leaves of each column, in (0,1] */
} kl_smooth;

/* p may come out as 0 (no input varies). KL_ERR_ARGUMENT where there are too few points for even a straight line in each
 * input, KL_ERR_MEMORY. kl_smoother_free is legal on a zeroed struct and after any error. */
KL_MUST_USE kl_status kl_smoother_init(kl_smoother *smoother, const double *const *input, int n_inputs, int n);
void kl_smoother_free(kl_smoother *smoother);

/* Fit y[n] with the smoothness that generalised cross-validation likes best (Craven & Wahba 1979). The caller has made room
 * for the arrays of `smooth`. fitted[n] and leverage[n] are filled. */
void kl_smoother_fit(const kl_smoother *smoother, kl_smooth *smooth, const double *y, double *fitted, double *leverage);

#endif
