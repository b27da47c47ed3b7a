/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A share of worlds with Wilson's interval (Journal of the American Statistical Association 22, 1927, 209-212). */
#include <math.h>
#include <stddef.h>

#include <gsl/gsl_cdf.h>

#include "analysis/effective.h"
#include "klaster/analysis.h"

void kl_share_interval(double p, double n, double *lo, double *hi)
{
    double z = gsl_cdf_ugaussian_Pinv(0.975);
    double middle = (p + z * z / (2 * n)) / (1 + z * z / n);
    double half = z / (1 + z * z / n) * sqrt(p * (1 - p) / n + z * z / (4 * n * n));
    *lo = p == 0 ? 0 : fmax(0, middle - half); /* exactly 0 and 1, which rounding may miss */
    *hi = p == 1 ? 1 : fmin(1, middle + half);
}

kl_share kl_share_make(const int8_t *hit, int n_points, int n_replicates)
{
    kl_clusters clusters = {0};
    for (int p = 0; p < n_points; p++) {
        const int8_t *h = hit + (size_t)p * (size_t)n_replicates;
        int64_t n = 0, hits = 0;
        for (int r = 0; r < n_replicates; r++) {
            n += h[r] >= 0;
            hits += h[r] > 0;
        }
        kl_clusters_add(&clusters, n, hits);
    }
    kl_share share = {.n = clusters.n, .hits = clusters.hits, .share = NAN, .lo = NAN, .hi = NAN};
    if (share.n > 0) {
        share.share = (double)share.hits / (double)share.n;
        kl_share_interval(share.share, kl_clusters_effective(&clusters, n_points), &share.lo, &share.hi);
    }
    return share;
}
