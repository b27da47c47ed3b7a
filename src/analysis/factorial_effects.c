/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Main and total effects of the factors of a factorial. The cells are all there, so both are variances of means over groups
 * of cells: over the levels of a factor, and over the combinations of all others. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/replicates.h"

typedef struct factorial {
    int n_cells, n_factors, n_groupings; /* the cells themselves, then main, then the others, of each factor */
    int *group;                          /* [grouping][cell] */
    int *n_groups;                       /* [grouping] */
    int *start;                          /* [grouping] where its means stand in a row of features */
    int width;
} factorial;

static void factorial_free(factorial *f)
{
    free(f->group);
    free(f->n_groups);
    free(f->start);
}

/* Number the groups of cells that agree in the factors for which `use` says so: mixed radix of their levels. */
static int number_groups(int *group, const int *level, const int *n_levels, int n_cells, int n_factors, int factor,
                         int only)
{
    int n_groups = 1;
    for (int c = 0; c < n_cells; c++)
        group[c] = 0;
    for (int i = 0; i < n_factors; i++) {
        if ((i == factor) != only)
            continue;
        for (int c = 0; c < n_cells; c++)
            group[c] = group[c] * n_levels[i] + level[c * n_factors + i];
        n_groups *= n_levels[i];
    }
    return n_groups;
}

/* Levels of each factor; 0 where the cells are not every combination once. */
static int count_levels(int *n_levels, const int *level, int n_cells, int n_factors)
{
    int64_t cells = 1;
    for (int i = 0; i < n_factors; i++) {
        n_levels[i] = 1;
        for (int c = 0; c < n_cells; c++) {
            if (level[c * n_factors + i] < 0 || level[c * n_factors + i] >= n_cells)
                return 0;
            if (level[c * n_factors + i] >= n_levels[i])
                n_levels[i] = level[c * n_factors + i] + 1;
        }
        cells *= n_levels[i];
        if (cells > n_cells)
            return 0;
    }
    return cells == n_cells;
}

static int is_once_each(const int *group, int *seen, int n_cells)
{
    memset(seen, 0, (size_t)n_cells * sizeof *seen);
    for (int c = 0; c < n_cells; c++)
        if (seen[group[c]]++)
            return 0;
    return 1;
}

static kl_status factorial_make(factorial *f, const int *level, int n_cells, int n_factors)
{
    *f = (factorial){.n_cells = n_cells, .n_factors = n_factors, .n_groupings = 1 + 2 * n_factors};
    size_t n_groupings = (size_t)f->n_groupings, cells = (size_t)n_cells;
    kl_status status = KL_ERR_MEMORY;
    int *n_levels = malloc((size_t)n_factors * sizeof *n_levels), *seen = malloc(cells * sizeof *seen);
    f->group = malloc(n_groupings * cells * sizeof *f->group);
    f->n_groups = malloc(n_groupings * sizeof *f->n_groups);
    f->start = malloc(n_groupings * sizeof *f->start);
    if (!n_levels || !seen || !f->group || !f->n_groups || !f->start)
        goto out;
    status = KL_ERR_ARGUMENT;
    if (!count_levels(n_levels, level, n_cells, n_factors))
        goto out;
    for (int g = 0; g < f->n_groupings; g++) {
        int factor = g == 0 ? -1 : (g - 1) / 2, only = g % 2 == 1;
        f->n_groups[g] = number_groups(f->group + (size_t)g * cells, level, n_levels, n_cells, n_factors, factor, only);
        f->start[g] = f->width;
        f->width += 2 * f->n_groups[g]; /* means, and their squares */
    }
    if (is_once_each(f->group, seen, n_cells))
        status = KL_OK;
out:
    free(n_levels);
    free(seen);
    return status;
}

/* A row's group means, from the row's mean over all cells, and their squares. */
static void row_features(const factorial *f, const double *y, int n_replicates, double centre, double *cell,
                         double *feature)
{
    double mean = 0;
    for (int c = 0; c < f->n_cells; c++) {
        cell[c] = kl_replicates_mean(y + (size_t)c * (size_t)n_replicates, n_replicates) - centre;
        mean += cell[c] / f->n_cells;
    }
    for (int g = 0; g < f->n_groupings; g++) {
        double *m = feature + f->start[g], per_group = (double)f->n_cells / f->n_groups[g];
        for (int c = 0; c < f->n_cells; c++)
            m[f->group[(size_t)g * (size_t)f->n_cells + (size_t)c]] += (cell[c] - mean) / per_group;
        for (int k = 0; k < f->n_groups[g]; k++)
            m[f->n_groups[g] + k] = m[k] * m[k];
    }
}

/* Variance over the groups of their means' expectation: what rows scatter is taken away. */
static double variance_of(const factorial *f, const double *sum, int g, int n_rows)
{
    int n = f->n_groups[g];
    double variance = 0;
    for (int k = 0; k < n; k++) {
        double mean = sum[f->start[g] + k] / n_rows, square = sum[f->start[g] + n + k] / n_rows;
        variance += (mean * mean - (n_rows > 1 ? (square - mean * mean) / (n_rows - 1) : 0)) / n;
    }
    return variance;
}

static void effects_of(const void *data, const double *sum, int n_rows, double *estimate)
{
    const factorial *f = data;
    double all = variance_of(f, sum, 0, n_rows), scale = all > 0 ? 1 / all : (double)NAN;
    for (int i = 0; i < f->n_factors; i++) {
        estimate[2 * i] = variance_of(f, sum, 1 + 2 * i, n_rows) * scale;
        estimate[2 * i + 1] = (all - variance_of(f, sum, 2 + 2 * i, n_rows)) * scale;
    }
}

/* Mean over all points of the usable rows: taken away first, so that rounding stays small. */
static double centre_of(const double *y, const int *row, int n_rows, int n_cells, int n_replicates)
{
    double sum = 0;
    for (int r = 0; r < n_rows; r++)
        for (int c = 0; c < n_cells; c++)
            sum += kl_replicates_mean(y + ((size_t)row[r] * (size_t)n_cells + (size_t)c) * (size_t)n_replicates,
                                      n_replicates);
    return n_rows > 0 ? sum / ((double)n_rows * n_cells) : 0;
}

kl_status kl_factorial_effects_make(kl_effect *main_effect, kl_effect *total, kl_usable *usable, const double *y,
                                    const int *level, int n_rows, int n_cells, int n_factors, int n_replicates,
                                    kl_resampling resampling)
{
    if (n_rows < 1 || n_cells < 2 || n_factors < 1 || n_factors > KL_FACTORS_MAX || n_replicates < 1)
        return KL_ERR_ARGUMENT;
    factorial f;
    kl_status status = factorial_make(&f, level, n_cells, n_factors);
    int *row = malloc((size_t)n_rows * sizeof *row);
    double *cell = malloc((size_t)n_cells * sizeof *cell);
    double *feature = status == KL_OK ? calloc((size_t)n_rows * (size_t)f.width, sizeof *feature) : NULL;
    kl_effect *effect = malloc(2 * (size_t)n_factors * sizeof *effect);
    if (status == KL_OK && (!row || !cell || !feature || !effect))
        status = KL_ERR_MEMORY;
    if (status != KL_OK)
        goto out;
    kl_rows_usable(usable, row, y, n_rows, n_cells, n_replicates);
    double centre = centre_of(y, row, usable->n_rows, n_cells, n_replicates);
    for (int r = 0; r < usable->n_rows; r++)
        row_features(&f, y + (size_t)row[r] * (size_t)n_cells * (size_t)n_replicates, n_replicates, centre, cell,
                     feature + (size_t)r * (size_t)f.width);
    status = kl_resample(effect, 2 * n_factors, feature, usable->n_rows, f.width, effects_of, &f, resampling);
    for (int i = 0; status == KL_OK && i < n_factors; i++) {
        main_effect[i] = effect[2 * i];
        total[i] = effect[2 * i + 1];
    }
out:
    factorial_free(&f);
    free(row);
    free(cell);
    free(feature);
    free(effect);
    return status;
}
