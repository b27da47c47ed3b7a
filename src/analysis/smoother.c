/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Penalised least squares in the basis of Demmler and Reinsch; see smoother.h. */
#include "analysis/smoother.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_blas.h>
#include <gsl/gsl_eigen.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_linalg.h>

#include "analysis/smoother_basis.h"

/* Columns that say the same twice must not make the squares singular. */
#define RIDGE 1e-10

void kl_smoother_free(kl_smoother *smoother)
{
    free(smoother->z);
    free(smoother->tau);
    memset(smoother, 0, sizeof *smoother);
}

/* Lower Cholesky factor of X'X + ridge. */
static int factor_squares(gsl_matrix *l, const kl_basis *b)
{
    gsl_matrix_const_view x = gsl_matrix_const_view_array(b->x, (size_t)b->p, (size_t)b->n);
    gsl_matrix_set_zero(l);
    int failed = gsl_blas_dsyrk(CblasLower, CblasNoTrans, 1, &x.matrix, 0, l);
    for (size_t j = 0; j < (size_t)b->p; j++)
        gsl_matrix_set(l, j, j, gsl_matrix_get(l, j, j) + RIDGE);
    return failed | gsl_linalg_cholesky_decomp1(l);
}

/* With X'X = L L' and L^-1 P L^-T = U diag(tau) U': the columns of X L^-T U are orthonormal, and P is diag(tau) for them. */
static int turn(kl_smoother *s, kl_basis *b, gsl_matrix *l, gsl_matrix *u, gsl_eigen_symmv_workspace *work)
{
    gsl_matrix_view p = gsl_matrix_view_array(b->penalty, (size_t)b->p, (size_t)b->p);
    gsl_matrix_view x = gsl_matrix_view_array(b->x, (size_t)b->p, (size_t)b->n); /* a row is a column of X */
    gsl_matrix_view z = gsl_matrix_view_array(s->z, (size_t)b->p, (size_t)b->n);
    gsl_vector_view tau = gsl_vector_view_array(s->tau, (size_t)b->p);
    int failed = factor_squares(l, b);
    if (failed)
        return failed;
    failed |= gsl_blas_dtrsm(CblasLeft, CblasLower, CblasNoTrans, CblasNonUnit, 1, l, &p.matrix);
    failed |= gsl_blas_dtrsm(CblasRight, CblasLower, CblasTrans, CblasNonUnit, 1, l, &p.matrix);
    failed |= gsl_eigen_symmv(&p.matrix, &tau.vector, u, work);
    failed |= gsl_blas_dtrsm(CblasLeft, CblasLower, CblasNoTrans, CblasNonUnit, 1, l, &x.matrix);
    failed |= gsl_blas_dgemm(CblasTrans, CblasNoTrans, 1, u, &x.matrix, 0, &z.matrix);
    for (int j = 0; j < b->p; j++)
        s->tau[j] = s->tau[j] > 1e-12 ? s->tau[j] : 0;
    return failed;
}

static kl_status turn_basis(kl_smoother *s, kl_basis *basis)
{
    size_t p = (size_t)s->p;
    gsl_matrix *l = gsl_matrix_alloc(p, p), *u = gsl_matrix_alloc(p, p);
    gsl_eigen_symmv_workspace *work = gsl_eigen_symmv_alloc(p);
    kl_status status = KL_ERR_MEMORY;
    if (l && u && work)
        status = turn(s, basis, l, u, work) ? KL_ERR_ARGUMENT : KL_OK;
    gsl_matrix_free(l);
    gsl_matrix_free(u);
    if (work)
        gsl_eigen_symmv_free(work);
    return status;
}

static kl_status make(kl_smoother *s, const double *const *input, int n_inputs)
{
    kl_basis basis;
    kl_status status = kl_basis_make(&basis, input, n_inputs, s->n);
    if (status != KL_OK)
        return status;
    s->p = basis.p;
    s->z = calloc((size_t)s->p * (size_t)s->n + 1, sizeof *s->z);
    s->tau = calloc((size_t)s->p + 1, sizeof *s->tau);
    if (!s->z || !s->tau)
        status = KL_ERR_MEMORY;
    else if (s->p > 0)
        status = turn_basis(s, &basis);
    kl_basis_free(&basis);
    return status;
}

kl_status kl_smoother_init(kl_smoother *smoother, const double *const *input, int n_inputs, int n)
{
    memset(smoother, 0, sizeof *smoother);
    if (n_inputs < 1 || n < 1)
        return KL_ERR_ARGUMENT;
    smoother->n = n;
    gsl_error_handler_t *handler = gsl_set_error_handler_off(); /* GSL's own ends the program */
    kl_status status = make(smoother, input, n_inputs);
    (void)gsl_set_error_handler(handler);
    if (status != KL_OK)
        kl_smoother_free(smoother);
    return status;
}

/* ---- fitting ---- */

/* Residual sum of squares and effective parameters at a smoothness. */
static double score_of(const kl_smoother *s, const double *projection, double squares, double lambda)
{
    double rss = squares, df = 1;
    for (int j = 0; j < s->p; j++) {
        double keep = 1 / (1 + lambda * s->tau[j]);
        rss -= projection[j] * projection[j] * (2 * keep - keep * keep);
        df += keep;
    }
    double free_points = s->n - df;
    return free_points > 0 ? (rss > 0 ? rss : 0) * s->n / (free_points * free_points) : INFINITY;
}

static double best_lambda(const kl_smoother *s, const double *projection, double squares)
{
    double best = 0, least = INFINITY;
    for (int k = 0; k <= 160; k++) { /* from hardly any penalty to hardly any freedom, 10 steps a decade */
        double lambda = pow(10, -8 + 0.1 * k), score = score_of(s, projection, squares, lambda);
        if (score <= least) { /* of equals the smoother */
            least = score;
            best = lambda;
        }
    }
    return best;
}

void kl_smoother_fit(const kl_smoother *s, kl_smooth *smooth, const double *y, double *fitted, double *leverage)
{
    double sum = 0, squares = 0;
    for (int i = 0; i < s->n; i++)
        sum += y[i];
    smooth->mean = sum / s->n;
    for (int i = 0; i < s->n; i++) {
        squares += (y[i] - smooth->mean) * (y[i] - smooth->mean);
        fitted[i] = smooth->mean;
        leverage[i] = 1.0 / s->n;
    }
    for (int j = 0; j < s->p; j++) {
        const double *z = s->z + (size_t)j * (size_t)s->n;
        smooth->coefficient[j] = 0;
        for (int i = 0; i < s->n; i++)
            smooth->coefficient[j] += z[i] * (y[i] - smooth->mean);
    }
    double lambda = best_lambda(s, smooth->coefficient, squares);
    smooth->df = 1;
    for (int j = 0; j < s->p; j++) {
        const double *z = s->z + (size_t)j * (size_t)s->n;
        double keep = 1 / (1 + lambda * s->tau[j]);
        smooth->keep[j] = keep;
        smooth->coefficient[j] *= keep;
        smooth->df += keep;
        for (int i = 0; i < s->n; i++) {
            fitted[i] += smooth->coefficient[j] * z[i];
            leverage[i] += keep * z[i] * z[i];
        }
    }
    double rss = 0;
    for (int i = 0; i < s->n; i++)
        rss += (y[i] - fitted[i]) * (y[i] - fitted[i]);
    smooth->sigma = s->n > smooth->df ? sqrt(rss / (s->n - smooth->df)) : 0;
}
