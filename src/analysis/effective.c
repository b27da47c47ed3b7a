/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Effective sample size of a share over clustered worlds: Kish's design effect (Survey Sampling, 1965, ch. 8) and the
 * correction for few clusters of Korn & Graubard (Survey Methodology 24, 1998, 193-201). */
#include "analysis/effective.h"

#include <math.h>
#include <stddef.h>

#include <gsl/gsl_cdf.h>

void kl_clusters_add(kl_clusters *clusters, int64_t n, int64_t hits)
{
    if (n == 0)
        return;
    clusters->n += n;
    clusters->hits += hits;
    clusters->n_points++;
    clusters->hh += (double)hits * (double)hits;
    clusters->hn += (double)hits * (double)n;
    clusters->nn += (double)n * (double)n;
}

/* Variance of the share from the spread of points (ratio estimator) over what n independent worlds would have. */
static double design_effect(const kl_clusters *c)
{
    double n = (double)c->n, points = (double)c->n_points, p = (double)c->hits / n;
    double spread = c->hh - 2 * p * c->hn + p * p * c->nn; /* sum of (hits - p n)^2 */
    double clustered = points / (points - 1) * spread / (n * n);
    return clustered / (p * (1 - p) / (n - 1));
}

double kl_clusters_effective(const kl_clusters *c, int n_points)
{
    double n = (double)c->n, points = (double)c->n_points;
    if (n_points == 1 || c->n == c->n_points)
        return n;
    if (c->hits == 0 || c->hits == c->n || c->n_points == 1)
        return points;
    double t = gsl_cdf_tdist_Pinv(0.975, n - 1) / gsl_cdf_tdist_Pinv(0.975, points - 1);
    double effective = n / design_effect(c) * t * t; /* a spread of 0 gives infinity, and then n */
    return effective < n ? effective : n;
}

int64_t kl_units_of(const double *value, int n_clusters, int size)
{
    int64_t n = 0;
    for (int c = 0; c < n_clusters; c++) {
        const double *x = value + (size_t)c * (size_t)size;
        int64_t here = 0;
        for (int i = 0; i < size; i++)
            here += x[i] == x[i];
        n += n_clusters == 1 ? here : here > 0;
    }
    return n;
}

double kl_student(int64_t n_units)
{
    return n_units > 1 ? gsl_cdf_tdist_Pinv(0.975, (double)(n_units - 1)) : (double)NAN;
}
