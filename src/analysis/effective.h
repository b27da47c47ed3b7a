/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How many independent worlds a share over clustered worlds is worth, and what intervals are made with. Internal to src/analysis. */
#ifndef KL_EFFECTIVE_H
#define KL_EFFECTIVE_H

#include <stdint.h>

/* What the points' shares say. Fill it point by point, hits <= n. */
typedef struct kl_clusters {
    int64_t n, hits;   /* worlds that count, and of them hits */
    int64_t n_points;  /* points with a world that counts */
    double hh, hn, nn; /* sums over points of hits^2, hits n and n^2 */
} kl_clusters;

void kl_clusters_add(kl_clusters *clusters, int64_t n, int64_t hits);

/* Effective sample size as analysis.h defines it, in (0, n]; 0 for no world. n_points: of the study; with one point its
 * replicates are independent. */
double kl_clusters_effective(const kl_clusters *clusters, int n_points);

/* Both ends of Wilson's 95 % interval for a share p seen in n worlds, n > 0, not necessarily whole. */
void kl_share_interval(double p, double n, double *lo, double *hi);

/* Independent units that hold a defined value: clusters, or the values of the only cluster, as kl_estimate has them. */
int64_t kl_units_of(const double *value, int n_clusters, int size);

/* 97.5 % quantile of Student's t for an error made from n independent units; NaN for fewer than two. */
double kl_student(int64_t n_units);

#endif
