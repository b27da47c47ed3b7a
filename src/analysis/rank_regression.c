/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Which way an input pushes an outcome: regression of ranks on ranks, and partial rank correlations. */
#include <math.h>
#include <stdlib.h>

#include <gsl/gsl_errno.h>
#include <gsl/gsl_linalg.h>
#include <gsl/gsl_sort.h>

#include "analysis/replicates.h"

typedef struct ranks {
    int n, k;      /* points; inputs that vary */
    int *input;    /* [k] their numbers */
    double *z;     /* [point][k + 1] standardised ranks, y's last */
    double *value; /* [point] work space, as are the next two */
    size_t *order;
    gsl_matrix *correlation, *inverse; /* of the inputs' ranks, k x k */
    gsl_vector *with_y, *coefficient;
} ranks;

static void ranks_free(ranks *r)
{
    free(r->input);
    free(r->z);
    free(r->value);
    free(r->order);
    gsl_matrix_free(r->correlation);
    gsl_matrix_free(r->inverse);
    gsl_vector_free(r->with_y);
    gsl_vector_free(r->coefficient);
}

static kl_status ranks_new(ranks *r, int n_points, int n_inputs)
{
    size_t n = (size_t)n_points, k = (size_t)n_inputs;
    *r = (ranks){.n = 0};
    r->input = malloc(k * sizeof *r->input);
    r->z = malloc(n * (k + 1) * sizeof *r->z);
    r->value = malloc(n * sizeof *r->value);
    r->order = malloc(n * sizeof *r->order);
    return r->input && r->z && r->value && r->order ? KL_OK : KL_ERR_MEMORY;
}

/* Ranks of `value` (ties get their mean rank), standardised, into a column of z. 0 where nothing varies. */
static int rank_column(ranks *r, int column, int width)
{
    double square = 0, middle = (r->n - 1) / 2.0;
    gsl_sort_index(r->order, r->value, 1, (size_t)r->n);
    for (int i = 0, end; i < r->n; i = end) {
        for (end = i + 1; end < r->n && r->value[r->order[end]] == r->value[r->order[i]]; end++)
            ;
        double rank = (i + end - 1) / 2.0 - middle;
        square += (end - i) * rank * rank;
        for (int p = i; p < end; p++)
            r->z[r->order[p] * (size_t)width + (size_t)column] = rank;
    }
    double scale = 1 / sqrt(square / r->n);
    for (int i = 0; square > 0 && i < r->n; i++)
        r->z[(size_t)i * (size_t)width + (size_t)column] *= scale;
    return square > 0;
}

/* Fill z; returns 1 where y varies. z has the width n_inputs + 1 and y in the column k. */
static int fill_ranks(ranks *r, const double *x, const double *y, const int *row, int n_inputs, int n_replicates)
{
    for (int i = 0; i < n_inputs; i++) {
        for (int p = 0; p < r->n; p++)
            r->value[p] = x[(size_t)row[p] * (size_t)n_inputs + (size_t)i];
        if (rank_column(r, r->k, n_inputs + 1))
            r->input[r->k++] = i;
    }
    for (int p = 0; p < r->n; p++)
        r->value[p] = kl_replicates_mean(y + (size_t)row[p] * (size_t)n_replicates, n_replicates);
    return rank_column(r, r->k, n_inputs + 1);
}

/* Coefficients, and the inverse in place of the correlations. Cholesky fails, or leaves next to nothing on the diagonal, where
 * inputs determine each other. */
static int invert(ranks *r)
{
    if (gsl_linalg_cholesky_decomp1(r->inverse) != GSL_SUCCESS)
        return 0;
    for (size_t i = 0; i < (size_t)r->k; i++)
        if (!(gsl_matrix_get(r->inverse, i, i) > 1e-5))
            return 0;
    return gsl_linalg_cholesky_solve(r->inverse, r->with_y, r->coefficient) == GSL_SUCCESS &&
           gsl_linalg_cholesky_invert(r->inverse) == GSL_SUCCESS;
}

static kl_status solve(ranks *r, int width, int *solved)
{
    size_t k = (size_t)r->k;
    *solved = 0;
    r->correlation = gsl_matrix_calloc(k, k);
    r->inverse = gsl_matrix_calloc(k, k);
    r->with_y = gsl_vector_calloc(k);
    r->coefficient = gsl_vector_calloc(k);
    if (!r->correlation || !r->inverse || !r->with_y || !r->coefficient)
        return KL_ERR_MEMORY;
    for (size_t p = 0; p < (size_t)r->n; p++) {
        const double *z = r->z + p * (size_t)width;
        for (size_t i = 0; i < k; i++) {
            r->with_y->data[i] += z[i] * z[k] / r->n;
            for (size_t j = 0; j <= i; j++)
                r->correlation->data[i * r->correlation->tda + j] += z[i] * z[j] / r->n;
        }
    }
    gsl_matrix_memcpy(r->inverse, r->correlation);
    for (size_t i = 0; i < k; i++)
        for (size_t j = i + 1; j < k; j++)
            gsl_matrix_set(r->inverse, i, j, gsl_matrix_get(r->correlation, j, i));
    gsl_error_handler_t *handler = gsl_set_error_handler_off(); /* GSL's own ends the program */
    *solved = invert(r);
    (void)gsl_set_error_handler(handler);
    return KL_OK;
}

/* White's variance of the coefficients: sum over points of (residual * row of (X'X)^-1 x)^2, with n / (n - k - 1). */
static void coefficient_errors(const ranks *r, int width, double *error)
{
    size_t k = (size_t)r->k;
    for (size_t i = 0; i < k; i++)
        error[i] = 0;
    for (size_t p = 0; p < (size_t)r->n; p++) {
        const double *z = r->z + p * (size_t)width;
        double residual = z[k];
        for (size_t i = 0; i < k; i++)
            residual -= gsl_vector_get(r->coefficient, i) * z[i];
        for (size_t i = 0; i < k; i++) {
            double weight = 0;
            for (size_t j = 0; j < k; j++)
                weight += gsl_matrix_get(r->inverse, i, j) * z[j];
            error[i] += residual * weight * residual * weight;
        }
    }
    for (size_t i = 0; i < k; i++)
        error[i] = sqrt(error[i] / ((double)r->n * (r->n - r->k - 1)));
}

/* Partial correlation from the inverse of the correlation matrix of inputs and y, put together from blocks. */
static kl_effect partial(const ranks *r, size_t i, double unexplained)
{
    double b = gsl_vector_get(r->coefficient, i);
    double c = b / sqrt(unexplained * gsl_matrix_get(r->inverse, i, i) + b * b);
    double free_points = r->n - (r->k - 1) - 3, z = atanh(c);
    double half = free_points > 0 ? KL_Z95 * sqrt(1.06 / free_points) : (double)NAN;
    return (kl_effect){c, tanh(z - half), tanh(z + half)};
}

static void report(const ranks *r, int width, kl_effect *srrc, kl_effect *prcc, double *r2, double *error)
{
    double explained = 0;
    for (size_t i = 0; i < (size_t)r->k; i++)
        explained += gsl_vector_get(r->coefficient, i) * gsl_vector_get(r->with_y, i);
    *r2 = explained;
    coefficient_errors(r, width, error);
    for (size_t i = 0; i < (size_t)r->k; i++) {
        double b = gsl_vector_get(r->coefficient, i);
        srrc[r->input[i]] = (kl_effect){b, b - KL_Z95 * error[i], b + KL_Z95 * error[i]};
        prcc[r->input[i]] = partial(r, i, fmax(0, 1 - explained));
    }
}

kl_status kl_rank_regression_make(kl_effect *srrc, kl_effect *prcc, double *r2, const double *x, const double *y,
                                  int n_points, int n_inputs, int n_replicates)
{
    if (n_points < 1 || n_inputs < 1 || n_inputs > KL_FACTORS_MAX || n_replicates < 1)
        return KL_ERR_ARGUMENT;
    int solved = 0;
    kl_usable usable;
    ranks r = {.n = 0};
    int *row = malloc((size_t)n_points * sizeof *row);
    double *error = malloc((size_t)n_inputs * sizeof *error);
    kl_status status = row && error ? ranks_new(&r, n_points, n_inputs) : KL_ERR_MEMORY;
    for (int i = 0; i < n_inputs; i++)
        srrc[i] = prcc[i] = (kl_effect){NAN, NAN, NAN};
    *r2 = NAN;
    if (status != KL_OK)
        goto out;
    kl_rows_usable(&usable, row, y, n_points, 1, n_replicates);
    r.n = usable.n_rows;
    if (r.n < 3 || !fill_ranks(&r, x, y, row, n_inputs, n_replicates) || r.k < 1 || r.n < r.k + 3)
        goto out;
    status = solve(&r, n_inputs + 1, &solved);
    if (status == KL_OK && solved)
        report(&r, n_inputs + 1, srrc, prcc, r2, error);
out:
    ranks_free(&r);
    free(row);
    free(error);
    return status;
}
