/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How much of an outcome's variance the inputs make and how much chance: one-way random effects ANOVA over points. */
#include <math.h>
#include <stdlib.h>

#include "analysis/replicates.h"

/* Sums over points that the estimator needs; values are taken from the mean of all. */
enum { POINTS, VALUES, VALUES_SQUARED, SUM, SQUARE, WITHIN, N_FEATURES };
enum { SHARE, INPUTS, CHANCE, N_EFFECTS };

static void add_point(double *feature, const double *y, int n_replicates, double centre)
{
    double sum = 0, within = 0;
    int n = 0;
    for (int r = 0; r < n_replicates; r++) {
        if (y[r] == y[r]) {
            sum += y[r] - centre;
            n++;
        }
    }
    if (n == 0)
        return;
    for (int r = 0; r < n_replicates; r++)
        if (y[r] == y[r])
            within += (y[r] - centre - sum / n) * (y[r] - centre - sum / n);
    feature[POINTS] += 1;
    feature[VALUES] += n;
    feature[VALUES_SQUARED] += (double)n * n;
    feature[SUM] += sum;
    feature[SQUARE] += sum * sum / n;
    feature[WITHIN] += within;
}

static void split_of(const void *data, const double *sum, int n_rows, double *estimate)
{
    (void)data;
    (void)n_rows;
    double n = sum[VALUES], points = sum[POINTS];
    double chance = sum[WITHIN] / (n - points);                              /* mean square within points */
    double between = (sum[SQUARE] - sum[SUM] * sum[SUM] / n) / (points - 1); /* and between them */
    double size =
        (n - sum[VALUES_SQUARED] / n) / (points - 1); /* replicates of a point, as the mean square counts them */
    double inputs = (between - chance) / size;
    int is_split = n > points && points > 1 && inputs + chance > 0;
    estimate[SHARE] = is_split ? inputs / (inputs + chance) : (double)NAN;
    estimate[INPUTS] = is_split ? inputs : (double)NAN;
    estimate[CHANCE] = is_split ? chance : (double)NAN;
}

/* Mean of all values and their variance. */
static double centre_of(const double *y, int64_t n_values, double *variance)
{
    double sum = 0, square = 0;
    int64_t n = 0;
    for (int64_t i = 0; i < n_values; i++) {
        if (y[i] == y[i]) {
            sum += y[i];
            n++;
        }
    }
    double mean = n > 0 ? sum / (double)n : 0;
    for (int64_t i = 0; i < n_values; i++)
        if (y[i] == y[i])
            square += (y[i] - mean) * (y[i] - mean);
    *variance = n > 1 ? square / (double)(n - 1) : (double)NAN;
    return mean;
}

/* Rows as they are handed in, with those points alone that are asked for. */
static double *chosen_points(const double *y, int n_rows, int row_size, int all, int n_replicates, int *n_points)
{
    size_t r = (size_t)n_replicates, n = 0;
    *n_points = all ? row_size : row_size > 1 ? 2 : 1;
    double *chosen = malloc((size_t)n_rows * (size_t)*n_points * r * sizeof *chosen);
    for (int row = 0; chosen && row < n_rows; row++)
        for (int p = 0; p < row_size; p++)
            for (size_t k = 0; k < r && (all || p == 0 || p == row_size - 1); k++)
                chosen[n++] = y[((size_t)row * (size_t)row_size + (size_t)p) * r + k];
    return chosen;
}

kl_status kl_variance_split_make(kl_variance_split *split, const double *y, int n_rows, int row_size, int all,
                                 int n_replicates, kl_resampling resampling)
{
    *split = (kl_variance_split){.total = NAN, .inputs = NAN, .chance = NAN, .share = {NAN, NAN, NAN}};
    if (n_rows < 1 || row_size < 1 || n_replicates < 1)
        return KL_ERR_ARGUMENT;
    kl_status status = KL_ERR_MEMORY;
    int size;
    kl_effect effect[N_EFFECTS];
    double *chosen = chosen_points(y, n_rows, row_size, all, n_replicates, &size);
    double *feature = calloc((size_t)n_rows * N_FEATURES, sizeof *feature);
    if (!chosen || !feature)
        goto out;
    kl_usable *usable = &split->usable;
    usable->n_runs = (int64_t)n_rows * size * n_replicates;
    for (int64_t i = 0; i < usable->n_runs; i++)
        usable->n_runs_undefined += chosen[i] != chosen[i];
    double centre = centre_of(chosen, usable->n_runs, &split->total);
    for (int row = 0; row < n_rows; row++) {
        double *f = feature + (size_t)usable->n_rows * N_FEATURES;
        for (int p = 0; p < size; p++)
            add_point(f, chosen + ((size_t)row * (size_t)size + (size_t)p) * (size_t)n_replicates, n_replicates,
                      centre);
        usable->n_rows += f[POINTS] > 0;
    }
    usable->n_rows_left_out = n_rows - usable->n_rows;
    status = kl_resample(effect, N_EFFECTS, feature, usable->n_rows, N_FEATURES, split_of, NULL, resampling);
    if (status == KL_OK) {
        split->share = effect[SHARE];
        split->inputs = effect[INPUTS].value;
        split->chance = effect[CHANCE].value;
    }
out:
    free(chosen);
    free(feature);
    return status;
}
