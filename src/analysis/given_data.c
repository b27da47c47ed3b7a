/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * First-order indices from any sample of points: how much of the variance between points the means over classes of an
 * input show. */
#include <math.h>
#include <stdlib.h>

#include <gsl/gsl_sort.h>

#include "analysis/replicates.h"

enum { POINTS_LEAST = 20 }; /* with fewer an interval means nothing */

typedef struct sample {
    int n;         /* usable points */
    double *x, *y; /* of the input at hand; means less their mean */
    double *noise; /* variance that chance leaves in each mean */
    size_t *order; /* by x */
    int *class_of; /* in order */
    double *class_mean;
    double variance; /* of the true means */
    double mean_noise;
} sample;

static void sample_free(sample *s)
{
    free(s->x);
    free(s->y);
    free(s->noise);
    free(s->order);
    free(s->class_of);
    free(s->class_mean);
}

static kl_status sample_new(sample *s, int capacity)
{
    size_t n = (size_t)capacity;
    *s = (sample){.n = 0};
    s->x = malloc(n * sizeof *s->x);
    s->y = malloc(n * sizeof *s->y);
    s->noise = malloc(n * sizeof *s->noise);
    s->order = malloc(n * sizeof *s->order);
    s->class_of = malloc(n * sizeof *s->class_of);
    s->class_mean = malloc(n * sizeof *s->class_mean);
    return s->x && s->y && s->noise && s->order && s->class_of && s->class_mean ? KL_OK : KL_ERR_MEMORY;
}

static void fill_sample(sample *s, const double *y, const int *row, int n, int n_replicates)
{
    double sum = 0, square = 0;
    s->n = n;
    for (int i = 0; i < n; i++) {
        const double *point = y + (size_t)row[i] * (size_t)n_replicates;
        s->y[i] = kl_replicates_mean(point, n_replicates);
        s->noise[i] = kl_replicates_noise(point, point, n_replicates);
        sum += s->y[i];
        s->mean_noise += s->noise[i] / n;
    }
    for (int i = 0; i < n; i++) {
        s->y[i] -= sum / n;
        square += s->y[i] * s->y[i];
    }
    double variance = square / n - s->mean_noise;
    s->variance = variance > 1e-24 * (sum / n * (sum / n) + square / n) ? variance : (double)NAN;
}

/* Classes of about equal size that split no value; their number. */
static int classify(const sample *s)
{
    int classes = 0, wanted = 1;
    while ((int64_t)(wanted + 1) * (wanted + 1) <= s->n)
        wanted++;
    for (int i = 0; i < s->n; i++) {
        int is_new_value = i == 0 || s->x[s->order[i]] != s->x[s->order[i - 1]];
        int64_t due = (int64_t)i * wanted / s->n; /* the class where all values are different */
        if (i == 0 || (is_new_value && due >= classes))
            classes++;
        s->class_of[i] = classes - 1;
    }
    return classes;
}

typedef struct class_sums {
    double between, inside, chance; /* variance of class means; and what the rest, and chance alone, leave in it */
} class_sums;

static class_sums sums_of(const sample *s, int n_classes)
{
    class_sums c = {0, 0, 0};
    double inside = 0; /* sum of squares about the class means */
    int single = 0;    /* classes of one point: they take the pooled variance */
    for (int i = 0, k = 0; k < n_classes; k++) {
        int first = i;
        double sum = 0, square = 0, noise = 0;
        for (; i < s->n && s->class_of[i] == k; i++)
            sum += s->y[s->order[i]];
        double n = i - first, mean = sum / n;
        for (int p = first; p < i; p++) {
            square += (s->y[s->order[p]] - mean) * (s->y[s->order[p]] - mean);
            noise += s->noise[s->order[p]];
        }
        s->class_mean[k] = mean;
        inside += square;
        single += n == 1;
        c.between += n * mean * mean / s->n;
        c.inside += n > 1 ? square / (n - 1) / s->n : 0;
        c.chance += noise / n / s->n;
    }
    c.inside += single > 0 ? single * inside / (s->n - n_classes) / s->n : 0;
    return c;
}

/* Standard error of the index from its influence function, 2 (m - 0)(y - m) + m^2 - S (y^2 - noise), over the variance. */
static double error_of(const sample *s, double index)
{
    double sum = 0, square = 0;
    for (int i = 0; i < s->n; i++) {
        double y = s->y[s->order[i]], m = s->class_mean[s->class_of[i]];
        double influence = m * (2 * y - m) - index * (y * y - s->noise[s->order[i]]);
        sum += influence;
        square += influence * influence;
    }
    double mean = sum / s->n;
    return sqrt(fmax(0, square / s->n - mean * mean) / s->n) / s->variance;
}

static kl_effect effect_of(const sample *s, int evenly)
{
    kl_effect none = {NAN, NAN, NAN};
    int n_classes = classify(s);
    if (n_classes < 2 || s->n < POINTS_LEAST)
        return none;
    class_sums c = sums_of(s, n_classes);
    double low = (c.between - c.inside) / s->variance, high = (c.between - c.chance) / s->variance;
    double value = evenly ? high : low, error = error_of(s, value);
    if (!evenly)
        high = low;
    return (kl_effect){value, low - KL_Z95 * error, high + KL_Z95 * error};
}

kl_status kl_given_data_make(kl_effect *effect, kl_usable *usable, const double *x, const double *y, int n_points,
                             int n_inputs, int n_replicates, int evenly)
{
    if (n_points < 1 || n_inputs < 1 || n_replicates < 1)
        return KL_ERR_ARGUMENT;
    sample s = {.n = 0};
    int *row = malloc((size_t)n_points * sizeof *row);
    kl_status status = row ? sample_new(&s, n_points) : KL_ERR_MEMORY;
    if (status != KL_OK)
        goto out;
    kl_rows_usable(usable, row, y, n_points, 1, n_replicates);
    fill_sample(&s, y, row, usable->n_rows, n_replicates);
    for (int i = 0; i < n_inputs; i++) {
        for (int p = 0; p < s.n; p++)
            s.x[p] = x[(size_t)row[p] * (size_t)n_inputs + (size_t)i];
        gsl_sort_index(s.order, s.x, 1, (size_t)s.n);
        effect[i] = effect_of(&s, evenly);
    }
out:
    sample_free(&s);
    free(row);
    return status;
}
