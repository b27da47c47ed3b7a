/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Elementary effects from trajectories that move one factor a step: their mean, mean size and spread. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/replicates.h"

/* Of each factor in a row of features: its effect less the mean effect, the square of that, the effect's size. */
enum { OFF, SQUARE, SIZE, N_FEATURES };

typedef struct morris_design {
    int k, n_replicates;
    const double *mean; /* [factor] mean effect */
} morris_design;

/* The one coordinate that differs between two points of a trajectory; -1 where it is none or more than one. */
static int factor_moved(const double *from, const double *to, int k)
{
    int moved = -1;
    for (int i = 0; i < k; i++) {
        if (from[i] == to[i])
            continue;
        if (moved >= 0)
            return -1;
        moved = i;
    }
    return moved;
}

/* effect[factor] and the noise variance of each, from one trajectory. */
static kl_status trajectory(const morris_design *d, const double *y, const double *u, double *effect, double *noise)
{
    for (int i = 0; i < d->k; i++)
        effect[i] = NAN;
    for (int step = 1; step <= d->k; step++) {
        const double *from = y + (size_t)(step - 1) * (size_t)d->n_replicates, *to = from + d->n_replicates;
        const double *u_from = u + (size_t)(step - 1) * (size_t)d->k, *u_to = u_from + d->k;
        int i = factor_moved(u_from, u_to, d->k);
        if (i < 0 || effect[i] == effect[i])
            return KL_ERR_ARGUMENT;
        double move = u_to[i] - u_from[i];
        effect[i] = (kl_replicates_mean(to, d->n_replicates) - kl_replicates_mean(from, d->n_replicates)) / move;
        noise[i] += kl_replicates_noise_of_difference(from, to, d->n_replicates) / (move * move);
    }
    return KL_OK;
}

static void effects_of(const void *data, const double *sum, int n_rows, double *estimate)
{
    const morris_design *d = data;
    for (int i = 0; i < d->k; i++) {
        const double *s = sum + (ptrdiff_t)i * N_FEATURES;
        double off = s[OFF] / n_rows;
        estimate[3 * i] = d->mean[i] + off;
        estimate[3 * i + 1] = s[SIZE] / n_rows;
        estimate[3 * i + 2] = n_rows > 1 ? sqrt(fmax(0, (s[SQUARE] - n_rows * off * off) / (n_rows - 1))) : (double)NAN;
    }
}

/* Effects of all rows, and from them the features. noise[factor] and mean[factor] are filled. */
static kl_status make_features(const morris_design *d, double *feature, double *mean, double *noise, const double *y,
                               const double *u, const int *row, int n)
{
    size_t k = (size_t)d->k, size = k + 1;
    double *effect = malloc((k * (size_t)n + 1) * sizeof *effect);
    if (!effect)
        return KL_ERR_MEMORY;
    for (int r = 0; r < n; r++) {
        kl_status status = trajectory(d, y + (size_t)row[r] * size * (size_t)d->n_replicates,
                                      u + (size_t)row[r] * size * k, effect + (size_t)r * k, noise);
        if (status != KL_OK) {
            free(effect);
            return status;
        }
    }
    for (size_t i = 0; i < k; i++) {
        double sum = 0;
        for (size_t r = 0; r < (size_t)n; r++)
            sum += effect[r * k + i];
        mean[i] = n > 0 ? sum / n : (double)NAN;
        noise[i] = n > 0 && d->n_replicates > 1 ? noise[i] / n : (double)NAN;
        for (size_t r = 0; r < (size_t)n; r++) {
            double *f = feature + (r * k + i) * N_FEATURES, x = effect[r * k + i];
            f[OFF] = x - mean[i];
            f[SQUARE] = f[OFF] * f[OFF];
            f[SIZE] = fabs(x);
        }
    }
    free(effect);
    return KL_OK;
}

kl_status kl_morris_effects_make(kl_morris_effect *effect, kl_usable *usable, const double *y, const double *u,
                                 int n_rows, int n_factors, int n_replicates, kl_resampling resampling)
{
    if (n_rows < 1 || n_factors < 1 || n_factors > KL_FACTORS_MAX || n_replicates < 1)
        return KL_ERR_ARGUMENT;
    kl_status status = KL_ERR_MEMORY;
    size_t k = (size_t)n_factors;
    int width = N_FEATURES * n_factors;
    int *row = malloc((size_t)n_rows * sizeof *row);
    double *mean = calloc(2 * k, sizeof *mean), *noise = mean ? mean + k : NULL;
    double *feature = calloc((size_t)n_rows * (size_t)width, sizeof *feature);
    kl_effect *found = malloc(3 * k * sizeof *found);
    if (!row || !mean || !feature || !found)
        goto out;
    morris_design d = {n_factors, n_replicates, mean};
    kl_rows_usable(usable, row, y, n_rows, n_factors + 1, n_replicates);
    status = make_features(&d, feature, mean, noise, y, u, row, usable->n_rows);
    if (status == KL_OK)
        status = kl_resample(found, 3 * n_factors, feature, usable->n_rows, width, effects_of, &d, resampling);
    for (size_t i = 0; status == KL_OK && i < k; i++)
        effect[i] = (kl_morris_effect){found[3 * i], found[3 * i + 1], found[3 * i + 2], sqrt(noise[i])};
out:
    free(row);
    free(mean);
    free(feature);
    free(found);
    return status;
}
