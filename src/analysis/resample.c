/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The bootstrap of sensitivity.h: rows drawn with replacement. What an analysis needs of a row is a few numbers whose sums
 * make the estimate, so a resample is a sum over rows. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_sort.h>

#include "analysis/replicates.h"
#include "klaster/analysis.h"
#include "rng/rng.h"

enum { RESAMPLES_MIN = 40, WORDS = 4 };

static void sum_of_all(double *sum, const double *feature, int n, int width)
{
    memset(sum, 0, (size_t)width * sizeof *sum);
    for (int row = 0; row < n; row++)
        for (int i = 0; i < width; i++)
            sum[i] += feature[(size_t)row * (size_t)width + (size_t)i];
}

static void sum_of_resample(double *sum, const double *feature, int n, int width, kl_key key, int resample)
{
    kl_words words = {{0}};
    memset(sum, 0, (size_t)width * sizeof *sum);
    for (int k = 0; k < n; k++) {
        if (k % WORDS == 0)
            words = kl_draw(key, (uint32_t)(k / WORDS), KL_DRAW_RESAMPLE, (uint32_t)resample);
        size_t row = kl_below(words.w[k % WORDS], (uint32_t)n);
        for (int i = 0; i < width; i++)
            sum[i] += feature[row * (size_t)width + (size_t)i];
    }
}

/* Percentiles of the estimates that are numbers; `sorted` is work space. */
static void interval_of(kl_effect *effect, const double *estimate, int stride, int n, double *sorted)
{
    int n_defined = 0;
    for (int b = 0; b < n; b++) {
        double x = estimate[(size_t)b * (size_t)stride];
        if (isfinite(x))
            sorted[n_defined++] = x;
    }
    if (n_defined < 0.975 * n)
        return;
    gsl_sort(sorted, 1, (size_t)n_defined);
    effect->lo = kl_quantile_sorted(sorted, n_defined, 0.025);
    effect->hi = kl_quantile_sorted(sorted, n_defined, 0.975);
}

kl_status kl_resample(kl_effect *effect, int n_effects, const double *feature, int n, int width,
                      kl_estimator_fn *estimator, const void *data, kl_resampling resampling)
{
    if (resampling.n < 0 || resampling.n > KL_RESAMPLES_MAX || (resampling.n > 0 && resampling.n < RESAMPLES_MIN))
        return KL_ERR_ARGUMENT;
    kl_status status = KL_ERR_MEMORY;
    size_t n_kept = (size_t)resampling.n + 1; /* the last holds the estimate itself */
    double *sum = malloc(((size_t)width + 1) * sizeof *sum);
    double *kept = malloc((n_kept * (size_t)n_effects + 1) * sizeof *kept);
    double *sorted = malloc(n_kept * sizeof *sorted);
    if (!sum || !kept || !sorted)
        goto out;
    kl_key key = kl_key_of(resampling.seed, 0, KL_NO_REPLICATE);
    for (int b = 0; b < resampling.n && n > 1; b++) {
        sum_of_resample(sum, feature, n, width, key, b);
        estimator(data, sum, n, kept + (size_t)b * (size_t)n_effects);
    }
    double *estimate = kept + (size_t)resampling.n * (size_t)n_effects;
    sum_of_all(sum, feature, n, width);
    estimator(data, sum, n, estimate);
    for (int i = 0; i < n_effects; i++) {
        effect[i] = (kl_effect){n > 0 ? estimate[i] : (double)NAN, NAN, NAN};
        if (resampling.n > 0 && n > 1)
            interval_of(&effect[i], kept + i, n_effects, resampling.n, sorted);
    }
    status = KL_OK;
out:
    free(sum);
    free(kept);
    free(sorted);
    return status;
}
