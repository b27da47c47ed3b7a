/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Columns and penalty of a smoother before they are made orthogonal. Internal to src/analysis. */
#ifndef KL_SMOOTHER_BASIS_H
#define KL_SMOOTHER_BASIS_H

#include "klaster/status.h"

typedef struct kl_basis {
    int n, p;
    double *x;       /* [p][n], each column with mean 0 */
    double *penalty; /* [p][p] */
} kl_basis;

KL_MUST_USE kl_status kl_basis_make(kl_basis *basis, const double *const *input, int n_inputs, int n);
void kl_basis_free(kl_basis *basis);

#endif
