/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Classes, histograms and maps; see charts.h. */
#include "klaster/charts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_sort.h>

#include "klaster/analysis.h"

enum { CLASSES_WANTED = 30 };

/* ---- round classes ---- */

/* The smallest of the round widths that is no less: digits * 10^power. */
static void round_width(double least, int is_whole, double *digits, int *power)
{
    static const double round[] = {1, 2, 2.5, 5, 10};
    *power = (int)floor(log10(least));
    size_t k = 0;
    while (k < 4 && (round[k] * pow(10, *power) < least * (1 - 1e-12) || (is_whole && *power == 0 && round[k] == 2.5)))
        k++;
    *digits = round[k];
}

kl_classes kl_classes_round(double lo, double hi, int is_whole)
{
    kl_classes c = {.n = 0};
    double least = (hi - lo) / CLASSES_WANTED, digits;
    int power;
    if (!(least > 0))
        least = fabs(lo) > 0 ? fabs(lo) / 20 : 0.05; /* one value */
    if (is_whole && least < 1)
        least = 1;
    round_width(least, is_whole, &digits, &power);
    double ten = pow(10, abs(power)), half = is_whole ? 0.5 : 0, width = power < 0 ? digits / ten : digits * ten;
    double first = floor((lo + half) / width), last = floor((hi + half) / width);
    c.n = last - first < KL_CLASSES_MOST - 1 ? (int)(last - first) + 1 : KL_CLASSES_MOST;
    for (int k = 0; k <= c.n; k++) {
        double multiple = (first + k) * digits; /* divided by a power of ten it is the double nearest to 0.3 */
        c.edge[k] = (power < 0 ? multiple / ten : multiple * ten) - half;
    }
    return c;
}

/* ---- classes of equal numbers ---- */

static int try_values(kl_classes *c, const double *sorted, int n, int wanted)
{
    c->n = 0;
    for (int i = 0; i < n; i++) {
        if (i > 0 && sorted[i] == sorted[i - 1])
            continue;
        if (c->n == wanted)
            return 0;
        c->edge[c->n++] = sorted[i];
    }
    return 1;
}

static void cut_at_quantiles(kl_classes *c, const double *sorted, int n, int wanted)
{
    c->n = 0;
    c->edge[0] = sorted[0];
    for (int k = 1; k <= wanted; k++) {
        double edge = kl_quantile_sorted(sorted, n, (double)k / wanted);
        if (edge > c->edge[c->n])
            c->edge[++c->n] = edge;
    }
}

kl_status kl_classes_equal(kl_classes *classes, const double *x, int n, int wanted)
{
    if (n < 1 || wanted < 1 || wanted > KL_CLASSES_MOST)
        return KL_ERR_ARGUMENT;
    for (int i = 0; i < n; i++)
        if (!isfinite(x[i]))
            return KL_ERR_ARGUMENT;
    double *sorted = malloc((size_t)n * sizeof *sorted);
    if (!sorted)
        return KL_ERR_MEMORY;
    memcpy(sorted, x, (size_t)n * sizeof *sorted);
    gsl_sort(sorted, 1, (size_t)n);
    classes->is_values = try_values(classes, sorted, n, wanted);
    if (!classes->is_values)
        cut_at_quantiles(classes, sorted, n, wanted);
    free(sorted);
    return KL_OK;
}

/* ---- finding ---- */

int kl_classes_find(const kl_classes *c, double x)
{
    if (x < c->edge[0])
        return -1;
    if (!c->is_values && x >= c->edge[c->n])
        return x > c->edge[c->n] ? c->n : c->n - 1;
    int low = 0, high = c->n; /* edge[low] <= x < edge[high] */
    while (high - low > 1) {
        int middle = (low + high) / 2;
        if (x >= c->edge[middle])
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* ---- counting ---- */

kl_histogram kl_histogram_make(const kl_classes *classes, const double *value, const int8_t *status, int64_t n)
{
    kl_histogram h = {.below = 0};
    for (int64_t w = 0; w < n; w++) {
        int k = status[w] < 0 || !isfinite(value[w]) ? 0 : kl_classes_find(classes, value[w]);
        if (status[w] < 0)
            h.missing++;
        else if (!isfinite(value[w]))
            h.undefined++;
        else if (k < 0)
            h.below++;
        else if (k == classes->n)
            h.above++;
        else
            h.count[k]++;
    }
    return h;
}

void kl_map_make(kl_map *map, const int8_t *hit, const uint8_t *x, const uint8_t *y, int n_points, int n_replicates)
{
    memset(map, 0, sizeof *map);
    for (int p = 0; p < n_points; p++) {
        for (int r = 0; r < n_replicates; r++) {
            int8_t holds = hit[(size_t)p * (size_t)n_replicates + (size_t)r];
            map->worlds[y[p]][x[p]] += holds >= 0;
            map->hits[y[p]][x[p]] += holds > 0;
        }
    }
}
