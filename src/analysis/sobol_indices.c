/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * First-order, total and pairwise Sobol indices from the rows A, AB_i, (BA_i,) B of a Saltelli design.
 *
 * Every index is a ratio of sums over rows. What a row adds to each sum is worked out once; chance in products of means is
 * taken away there, row by row, which is right for any number of replicates because a row's points share their worlds and
 * so the covariance of their noise can be seen. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/replicates.h"

/* Where things stand in a row of features: sum and squares of A and B, noise, then k first, k total, pairs. */
enum { SUM, SQUARE, NOISE, FIRST };

typedef struct sobol_design {
    int k, second_order, n_replicates, n_pairs;
    double centre;
} sobol_design;

static int row_size_of(const sobol_design *d)
{
    return (d->second_order ? 2 : 1) * d->k + 2;
}

static int n_effects_of(const sobol_design *d)
{
    return 2 * d->k + 1 + d->n_pairs;
}

/* ---- what a row says ---- */

/* Product of the centred means of two points, less what chance adds to it. */
static double product(const sobol_design *d, const double *x, const double *y)
{
    double a = kl_replicates_mean(x, d->n_replicates) - d->centre;
    double b = kl_replicates_mean(y, d->n_replicates) - d->centre;
    return a * b - kl_replicates_noise(x, y, d->n_replicates);
}

static double square_of_difference(const sobol_design *d, const double *x, const double *y)
{
    double off = kl_replicates_mean(x, d->n_replicates) - kl_replicates_mean(y, d->n_replicates);
    return off * off - kl_replicates_noise_of_difference(x, y, d->n_replicates);
}

/* mean(x) (mean(y) - mean(z)) in this form, as a small difference of y and z must not drown in the product. */
static double product_of_difference(const sobol_design *d, const double *x, const double *y, const double *z)
{
    int n = d->n_replicates;
    double a = kl_replicates_mean(x, n) - d->centre;
    return a * (kl_replicates_mean(y, n) - kl_replicates_mean(z, n)) -
           (kl_replicates_noise(x, y, n) - kl_replicates_noise(x, z, n));
}

static void row_features(const sobol_design *d, const double *row, double *feature)
{
    int k = d->k, n = d->n_replicates;
    const double *a = row, *b = row + (size_t)(row_size_of(d) - 1) * (size_t)n;
    const double *ab = a + n, *ba = ab + (size_t)k * (size_t)n;
    feature[SUM] = kl_replicates_mean(a, n) + kl_replicates_mean(b, n) - 2 * d->centre;
    feature[NOISE] = kl_replicates_noise(a, a, n) + kl_replicates_noise(b, b, n);
    feature[SQUARE] = product(d, a, a) + product(d, b, b);
    double *pair = feature + FIRST + 2 * k;
    for (int i = 0; i < k; i++) {
        const double *ab_i = ab + (size_t)i * (size_t)n;
        feature[FIRST + i] = product_of_difference(d, b, ab_i, a);
        feature[FIRST + k + i] = 0.5 * square_of_difference(d, a, ab_i);
        for (int j = i + 1; d->second_order && j < k; j++)
            *pair++ = product(d, ba + (size_t)i * (size_t)n, ab + (size_t)j * (size_t)n) - product(d, a, b);
    }
}

/* ---- indices from sums ---- */

/* Variance of A and B together; NaN where there is none but rounding. */
static double variance_of(const sobol_design *d, const double *sum, int n_rows)
{
    double mean = sum[SUM] / (2.0 * n_rows), square = sum[SQUARE] / (2.0 * n_rows);
    double variance = square - mean * mean;
    return variance > 1e-24 * (d->centre * d->centre + fabs(square)) ? variance : (double)NAN;
}

static void indices_of(const void *data, const double *sum, int n_rows, double *estimate)
{
    const sobol_design *d = data;
    int k = d->k;
    double variance = variance_of(d, sum, n_rows), scale = 1 / (n_rows * variance);
    double *pair = estimate + 2 * k + 1;
    const double *pair_sum = sum + FIRST + 2 * k;
    estimate[2 * k] = 0;
    for (int i = 0; i < k; i++) {
        estimate[i] = sum[FIRST + i] * scale;
        estimate[k + i] = sum[FIRST + k + i] * scale;
        estimate[2 * k] += estimate[i];
    }
    for (int i = 0; i < k; i++)
        for (int j = i + 1; d->second_order && j < k; j++)
            *pair++ = *pair_sum++ * scale - estimate[i] - estimate[j];
}

/* ---- all of it ---- */

/* Mean over all points of the usable rows. */
static double centre_of(const sobol_design *d, const double *y, const int *row, int n_rows)
{
    double sum = 0;
    int size = row_size_of(d);
    for (int i = 0; i < n_rows; i++)
        for (int p = 0; p < size; p++)
            sum += kl_replicates_mean(y + ((size_t)row[i] * (size_t)size + (size_t)p) * (size_t)d->n_replicates,
                                      d->n_replicates);
    return n_rows > 0 ? sum / ((double)n_rows * size) : 0;
}

static kl_status make_indices(kl_sobol_indices *indices, sobol_design *d, const double *y, const int *row,
                              kl_resampling resampling)
{
    int n = indices->usable.n_rows, width = FIRST + 2 * d->k + d->n_pairs, size = row_size_of(d);
    double *feature = calloc((size_t)n * (size_t)width + 1, sizeof *feature);
    if (!feature)
        return KL_ERR_MEMORY;
    double noise = 0, sum[FIRST] = {0};
    d->centre = centre_of(d, y, row, n);
    for (int i = 0; i < n; i++) {
        double *f = feature + (size_t)i * (size_t)width;
        row_features(d, y + (size_t)row[i] * (size_t)size * (size_t)d->n_replicates, f);
        noise += f[NOISE];
        sum[SUM] += f[SUM];
        sum[SQUARE] += f[SQUARE];
    }
    if (n > 0)
        indices->variance = sum[SQUARE] / (2.0 * n) - sum[SUM] / (2.0 * n) * (sum[SUM] / (2.0 * n));
    if (n > 0 && d->n_replicates > 1)
        indices->noise = noise / (2.0 * n);
    kl_effect *effect = indices->first; /* first, total, sum, pairs: as in `estimate` */
    kl_status status = kl_resample(effect, n_effects_of(d), feature, n, width, indices_of, d, resampling);
    free(feature);
    return status;
}

kl_status kl_sobol_indices_make(kl_sobol_indices *indices, const double *y, int n_rows, int n_factors, int second_order,
                                int n_replicates, kl_resampling resampling)
{
    memset(indices, 0, sizeof *indices);
    if (n_rows < 1 || n_factors < 1 || n_factors > KL_FACTORS_MAX || n_replicates < 1)
        return KL_ERR_ARGUMENT;
    sobol_design d = {.k = n_factors, .second_order = second_order != 0, .n_replicates = n_replicates};
    d.n_pairs = second_order ? n_factors * (n_factors - 1) / 2 : 0;
    kl_status status = KL_ERR_MEMORY;
    int *row = malloc((size_t)n_rows * sizeof *row);
    indices->first = malloc((size_t)n_effects_of(&d) * sizeof *indices->first);
    if (!row || !indices->first)
        goto out;
    indices->n_factors = n_factors;
    indices->total = indices->first + n_factors;
    indices->second = second_order ? indices->first + 2 * n_factors + 1 : NULL;
    indices->variance = indices->noise = NAN;
    kl_rows_usable(&indices->usable, row, y, n_rows, row_size_of(&d), n_replicates);
    status = make_indices(indices, &d, y, row, resampling);
    indices->sum = indices->first[2 * n_factors];
out:
    free(row);
    if (status != KL_OK)
        kl_sobol_indices_free(indices);
    return status;
}

void kl_sobol_indices_free(kl_sobol_indices *indices)
{
    free(indices->first);
    memset(indices, 0, sizeof *indices);
}
