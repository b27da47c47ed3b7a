/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Inside the calibration: the particles between waves. */
#ifndef KL_ANALYSIS_CALIBRATION_H
#define KL_ANALYSIS_CALIBRATION_H

#include "klaster/calibration.h"

struct kl_calibration_state {
    uint64_t seed;
    int n, k, n_targets, n_replicates, waves_max;
    int n_alive;    /* particles of the prior with a value for every target */
    double *value;  /* [target] */
    double *sd;     /* [target] */
    double *z;      /* [particle][input] normal scores */
    double *miss;   /* [particle][replicate] squared standardised error; INFINITY where undefined */
    int64_t *id;    /* [particle] equal for equal particles */
    int *ancestor;  /* [particle] in the first wave */
    double *z_next; /* proposals, and room for resampling */
    double *miss_next;
    int64_t *id_next;
    int *ancestor_next;
    int *count;       /* [particle] room for counting */
    double *weight;   /* [particle] */
    double *factor;   /* [input][input] Cholesky factor of the particles' covariance, lower */
    double precision; /* 1 / tolerance^2; 0 in the first wave */
    double step;      /* factor on the usual length of proposals */
    double moves;     /* accepted proposals since the tolerance last fell, a particle */
    int n_moves;      /* waves since then */
    int64_t next_id;
    double ess;
};

/* Log of the likelihood of a particle, the mean over its replicates, up to a constant. -INFINITY where nothing agrees. */
double kl_particle_log_likelihood(const double *miss, int n_replicates, double precision);

/* Lower the tolerance as far as the effective sample size allows, resample, and prepare proposals. */
void kl_particles_temper(kl_calibration *calibration);

/* Effective number of groups of equal numbers. */
double kl_particles_distinct(const struct kl_calibration_state *s);
double kl_particles_families(const struct kl_calibration_state *s);

#endif
