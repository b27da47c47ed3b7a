/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The columns of a smooth regression. An input of many values gets cubic B-splines with breaks at its quantiles and the
 * penalty "integrated squared second derivative" (O'Sullivan 1986); one of few values gets a column a value; pairs of inputs
 * get their product, shrunk towards nothing. How many columns there are depends on how many points can bear them. */
#include "analysis/smoother_basis.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_bspline.h>
#include <gsl/gsl_sort.h>

#include "klaster/analysis.h"

enum {
    FEW_VALUES = 8,      /* so many distinct values are levels, no scale */
    BREAKS_ALONE = 9,    /* of the spline of a single input */
    BREAKS_TOGETHER = 5, /* of each of several */
    POINTS_A_COLUMN = 5, /* least points for each column of a spline or product */
    POINTS_A_LINE = 3,   /* least points for each column where there is only a line */
    CELLS_MAX = 20000000 /* points x columns: 160 MB */
};

/* How an input enters. */
typedef struct term {
    const double *value;
    double *sorted;           /* [n] */
    int n_distinct, n_breaks; /* n_breaks: of a spline; 0: a line, or levels */
    int n_columns;
} term;

void kl_basis_free(kl_basis *basis)
{
    free(basis->x);
    free(basis->penalty);
    memset(basis, 0, sizeof *basis);
}

/* ---- how many columns ---- */

static void size_term(term *t, int n_breaks)
{
    t->n_breaks = 0;
    if (t->n_distinct <= FEW_VALUES)
        t->n_columns = t->n_distinct - 1;
    else if (n_breaks < 2)
        t->n_columns = 1;
    else {
        t->n_breaks = n_breaks;
        t->n_columns = n_breaks + 1; /* n_breaks + 2 splines that sum to 1, less one */
    }
}

static int size_terms(term *terms, int n_terms, int n_breaks)
{
    int p = 0;
    for (int t = 0; t < n_terms; t++) {
        size_term(&terms[t], n_breaks);
        p += terms[t].n_columns;
    }
    return p;
}

/* As many breaks as the points can bear, then the products if they can bear those too. Returns the columns, -1 where the
 * points cannot even bear lines. */
static int size_all(term *terms, int n_terms, int n, int *with_products)
{
    int breaks = n_terms == 1 ? BREAKS_ALONE : BREAKS_TOGETHER, p;
    while ((p = size_terms(terms, n_terms, breaks)) * POINTS_A_COLUMN > n && breaks > 1)
        breaks--;
    if ((int64_t)p * POINTS_A_LINE > n)
        return -1;
    int64_t products = (int64_t)n_terms * (n_terms - 1) / 2, all = p + products;
    *with_products = all * POINTS_A_COLUMN <= n && all * n <= CELLS_MAX;
    return *with_products ? (int)all : p;
}

static kl_status read_terms(term *terms, const double *const *input, int n_terms, int n)
{
    for (int t = 0; t < n_terms; t++) {
        terms[t].value = input[t];
        terms[t].sorted = malloc((size_t)n * sizeof(double));
        if (!terms[t].sorted)
            return KL_ERR_MEMORY;
        memcpy(terms[t].sorted, input[t], (size_t)n * sizeof(double));
        gsl_sort(terms[t].sorted, 1, (size_t)n);
        terms[t].n_distinct = 1;
        for (int i = 1; i < n; i++)
            terms[t].n_distinct += terms[t].sorted[i] != terms[t].sorted[i - 1];
    }
    return KL_OK;
}

/* ---- columns ---- */

static double *column(const kl_basis *b, int j)
{
    return b->x + (size_t)j * (size_t)b->n;
}

/* Take the mean off each column, then bring columns first..first+m-1 and their penalty to a common size: mean squares 1/m
 * in all, mean diagonal of the penalty 1, so that one smoothing parameter serves every term. */
static void normalise(kl_basis *b, int first, int m)
{
    double squares = 0, trace = 0;
    for (int j = first; j < first + m; j++) {
        double sum = 0, *x = column(b, j);
        for (int i = 0; i < b->n; i++)
            sum += x[i];
        for (int i = 0; i < b->n; i++) {
            x[i] -= sum / b->n;
            squares += x[i] * x[i];
        }
        trace += b->penalty[(size_t)j * (size_t)b->p + (size_t)j];
    }
    double scale = squares > 0 ? sqrt(m / squares) : 0;
    for (int j = first; j < first + m; j++) {
        double *x = column(b, j);
        for (int i = 0; i < b->n; i++)
            x[i] *= scale;
        for (int k = first; k < first + m && trace > 0; k++)
            b->penalty[(size_t)j * (size_t)b->p + (size_t)k] *= m / trace;
    }
}

static void add_line(kl_basis *b, int first, const term *t)
{
    memcpy(column(b, first), t->value, (size_t)b->n * sizeof(double));
}

/* A column for every value but the first. */
static void add_levels(kl_basis *b, int first, const term *t)
{
    int level = -1;
    for (int s = 1; s < b->n; s++) {
        if (t->sorted[s] == t->sorted[s - 1])
            continue;
        double *x = column(b, first + ++level);
        for (int i = 0; i < b->n; i++)
            x[i] = t->value[i] == t->sorted[s];
    }
}

/* Breaks at quantiles of the input on [0,1]; equal ones are spread, so that none coincide. */
static void set_breaks(gsl_vector *breaks, const term *t, int n)
{
    size_t m = breaks->size;
    double lo = t->sorted[0], range = t->sorted[n - 1] - lo;
    for (size_t k = 0; k < m; k++)
        gsl_vector_set(breaks, k, (kl_quantile_sorted(t->sorted, n, (double)k / (double)(m - 1)) - lo) / range);
    for (size_t k = 1; k < m; k++)
        if (!(gsl_vector_get(breaks, k) > gsl_vector_get(breaks, k - 1) + 1e-3)) {
            for (size_t e = 0; e < m; e++)
                gsl_vector_set(breaks, e, (double)e / (double)(m - 1));
            return;
        }
}

/* Integral of the products of second derivatives, by Gauss's two points an interval: exact, as they are pieces of lines. */
static int add_roughness(kl_basis *b, int first, int m, const gsl_vector *breaks, gsl_bspline_workspace *work,
                         gsl_matrix *derivative)
{
    int failed = 0;
    for (size_t k = 0; k + 1 < breaks->size; k++) {
        double lo = gsl_vector_get(breaks, k), half = (gsl_vector_get(breaks, k + 1) - lo) / 2;
        for (int side = -1; side <= 1; side += 2) {
            failed |= gsl_bspline_deriv_eval(lo + half * (1 + side / sqrt(3.0)), 2, derivative, work);
            for (int i = 0; i < m; i++)
                for (int j = 0; j < m; j++)
                    b->penalty[(size_t)(first + i) * (size_t)b->p + (size_t)(first + j)] +=
                        half * gsl_matrix_get(derivative, (size_t)i + 1, 2) *
                        gsl_matrix_get(derivative, (size_t)j + 1, 2);
        }
    }
    return failed;
}

static kl_status add_spline(kl_basis *b, int first, const term *t)
{
    kl_status status = KL_ERR_MEMORY;
    size_t m = (size_t)t->n_columns + 1;
    gsl_bspline_workspace *work = gsl_bspline_alloc(4, (size_t)t->n_breaks);
    gsl_vector *breaks = gsl_vector_alloc((size_t)t->n_breaks), *at = gsl_vector_alloc(m);
    gsl_matrix *derivative = gsl_matrix_alloc(m, 3);
    if (!work || !breaks || !at || !derivative)
        goto out;
    status = KL_ERR_ARGUMENT;
    set_breaks(breaks, t, b->n);
    if (gsl_bspline_knots(breaks, work))
        goto out;
    double lo = t->sorted[0], range = t->sorted[b->n - 1] - lo;
    for (int i = 0; i < b->n; i++) {
        if (gsl_bspline_eval((t->value[i] - lo) / range, at, work))
            goto out;
        for (size_t j = 1; j < m; j++)
            column(b, first + (int)j - 1)[i] = gsl_vector_get(at, j);
    }
    if (!add_roughness(b, first, t->n_columns, breaks, work, derivative))
        status = KL_OK;
out:
    if (work)
        gsl_bspline_free(work);
    gsl_vector_free(breaks);
    gsl_vector_free(at);
    gsl_matrix_free(derivative);
    return status;
}

static kl_status add_term(kl_basis *b, int first, const term *t)
{
    kl_status status = KL_OK;
    if (t->n_columns == 0)
        return KL_OK;
    if (t->n_breaks > 0)
        status = add_spline(b, first, t);
    else if (t->n_distinct <= FEW_VALUES)
        add_levels(b, first, t);
    else
        add_line(b, first, t);
    if (status == KL_OK)
        normalise(b, first, t->n_columns);
    return status;
}

static double mean_of(const double *x, int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += x[i];
    return sum / n;
}

static void add_products(kl_basis *b, int first, const term *terms, int n_terms)
{
    for (int s = 0; s < n_terms; s++) {
        double mean_s = mean_of(terms[s].value, b->n);
        for (int t = 0; t < s; t++, first++) {
            double mean_t = mean_of(terms[t].value, b->n), *x = column(b, first);
            for (int i = 0; i < b->n; i++)
                x[i] = (terms[s].value[i] - mean_s) * (terms[t].value[i] - mean_t);
            b->penalty[(size_t)first * (size_t)b->p + (size_t)first] = 1;
            normalise(b, first, 1);
        }
    }
}

kl_status kl_basis_make(kl_basis *basis, const double *const *input, int n_inputs, int n)
{
    kl_basis b = {.n = n};
    memset(basis, 0, sizeof *basis);
    term *terms = calloc((size_t)n_inputs, sizeof *terms);
    kl_status status = terms ? read_terms(terms, input, n_inputs, n) : KL_ERR_MEMORY;
    if (status != KL_OK)
        goto out;
    int with_products = 0;
    status = KL_ERR_ARGUMENT;
    b.p = size_all(terms, n_inputs, n, &with_products);
    if (b.p < 0)
        goto out;
    status = KL_ERR_MEMORY;
    b.x = calloc((size_t)b.p * (size_t)n + 1, sizeof *b.x);
    b.penalty = calloc((size_t)b.p * (size_t)b.p + 1, sizeof *b.penalty);
    if (!b.x || !b.penalty)
        goto out;
    status = KL_OK;
    int first = 0;
    for (int t = 0; t < n_inputs && status == KL_OK; first += terms[t].n_columns, t++)
        status = add_term(&b, first, &terms[t]);
    if (status == KL_OK && with_products)
        add_products(&b, first, terms, n_inputs);
out:
    for (int t = 0; terms && t < n_inputs; t++)
        free(terms[t].sorted);
    free(terms);
    if (status == KL_OK)
        *basis = b;
    else
        kl_basis_free(&b);
    return status;
}
