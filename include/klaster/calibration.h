/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Calibration: which values of the uncertain inputs agree with what was observed. docs/calibration.md says it in words.
 *
 * The sample of the posterior is drawn by approximate Bayesian computation with sequential Monte Carlo (Del Moral, Doucet &
 * Jasra 2012, doi:10.1007/s11222-011-9271-y; Sisson, Fan & Tanaka 2007, doi:10.1073/pnas.0607208104). The kernel is
 * Gaussian, of each target's standard deviation times a tolerance that falls to 1: there the sample is that of the exact
 * posterior of the model with an observation error of those standard deviations (Wilkinson 2013,
 * doi:10.1515/sagmb-2013-0010).
 *
 * The sampler plays nothing itself. It works in waves: it says the coordinates of its particles, the caller simulates them,
 * the sampler takes the targets' simulated values and says the next ones. Inputs are coordinates in (0,1), uniform a
 * priori, as in design.h; the sampler moves in their normal scores. Every draw is keyed by seed, wave and particle. */
#ifndef KLASTER_CALIBRATION_H
#define KLASTER_CALIBRATION_H

#include <stdint.h>

#include "klaster/study.h"
#include "klaster/table.h"

#ifdef __cplusplus
extern "C" {
#endif

#define KL_PARTICLES_LEAST 20
#define KL_PARTICLES_MAX 10000000

typedef struct kl_calibration_options {
    uint64_t seed;
    int n_particles;          /* KL_PARTICLES_LEAST..KL_PARTICLES_MAX */
    int n_inputs;             /* 1 or more */
    int n_targets;            /* 1 or more */
    int n_replicates;         /* simulated worlds a particle, 1 or more; the likelihood is the mean over them */
    int waves_max;            /* 2 or more */
    const double *value, *sd; /* [target]: observed, and its standard deviation > 0 */
} kl_calibration_options;

typedef enum kl_calibration_end {
    KL_CALIBRATION_RUNNING,
    KL_CALIBRATION_REACHED, /* the tolerance is 1 and the particles have moved there */
    KL_CALIBRATION_WAVES,   /* the waves ran out: the sample is wider than the posterior */
    KL_CALIBRATION_NOTHING  /* too few particles of the first wave have a value for every target */
} kl_calibration_end;

/* One wave. The first plays the prior; every other proposes a move of every particle. */
typedef struct kl_calibration_wave {
    double tolerance;    /* factor on the standard deviations; INFINITY in the first */
    double acceptance;   /* share of the proposals accepted; NaN in the first */
    double ess;          /* effective sample size of the weights that led to this tolerance; n_particles in the first */
    double distinct;     /* N^2 / sum c^2 over groups of c equal particles, after the wave */
    double families;     /* the same over groups of one ancestor in the first wave */
    double step;         /* length of the proposals, over the posterior's spread; NaN in the first */
    int64_t n_undefined; /* simulated worlds in which a target has no value, or that failed: they agree with nothing */
} kl_calibration_wave;

typedef struct kl_calibration {
    kl_calibration_end end;
    int n_waves;               /* told so far */
    kl_calibration_wave *wave; /* [n_waves] */
    double tolerance;
    double log_evidence; /* log of the prior mean of exp(-sum of squared standardised errors / 2), of the tolerance
                          * reached: compares models on the same targets */
    double *u;           /* [particle][input]: what is to be played next; after the end, the sample */
    struct kl_calibration_state *state;
} kl_calibration;

/* Make a sampler. KL_ERR_ARGUMENT for sizes outside their domains, a value that is not finite or a standard deviation that
 * is not above 0; KL_ERR_MEMORY. kl_calibration_free is legal on a zeroed one and after any error. */
KL_MUST_USE kl_status kl_calibration_init(kl_calibration *calibration, const kl_calibration_options *options);
void kl_calibration_free(kl_calibration *calibration);

/* Say the first wave: u[particle][input], a sample of the prior, or NULL for independent uniforms. KL_ERR_ARGUMENT for a
 * coordinate outside (0,1) or after the first wave. */
KL_MUST_USE kl_status kl_calibration_start(kl_calibration *calibration, const double *u);

/* Take what was simulated at `u`: simulated[particle][replicate][target], NaN where undefined. Sets `end`, and `u` anew.
 * KL_ERR_ARGUMENT after the end. */
KL_MUST_USE kl_status kl_calibration_tell(kl_calibration *calibration, const double *simulated);

/* Seed of the worlds of a wave, below 2^53: every wave has worlds of its own, or chance that happened to agree with the
 * targets would be taken for knowledge. Wave 0, the prior, keeps the study's. */
uint64_t kl_calibration_seed(uint64_t seed, int wave);

/* ---- tables ---- */

/* An input as people read it. */
typedef struct kl_calibrated_input {
    const char *name, *unit;
    const char *const *word; /* of a choice or switch, by its number; NULL for a number */
    int n_words;
    const double *prior, *posterior; /* values [particle] */
} kl_calibrated_input;

/* A target with what was simulated: prior[i], posterior[i] one a world, NaN where undefined. */
typedef struct kl_calibrated_target {
    const char *arm, *metric, *unit, *source;
    double value, sd;
    int64_t n_prior, n_posterior;
    const double *prior, *posterior;
} kl_calibrated_target;

enum { KL_CALIBRATION_TABLES = 6 };

/* calibration_targets, calibration_inputs, calibration_choices, calibration_pairs, calibration_waves,
 * calibration_sample into table[0..5]: free each in any case. Tables without rows are legal. KL_ERR_MEMORY. */
KL_MUST_USE kl_status kl_calibration_tables(kl_table table[KL_CALIBRATION_TABLES], const kl_calibration *calibration,
                                            int n_inputs, const kl_calibrated_input *input, int n_targets,
                                            const kl_calibrated_target *target);

/* What the posterior says of an input, from its coordinates (uniform a priori). */
typedef struct kl_learned {
    double contraction; /* 1 - 12 Var(u): 0 nothing learned, 1 known exactly; below 0 where the prior's ends are left */
    double level;       /* prior quantile at which the posterior median lies */
    double distance;    /* greatest distance between the distribution functions of posterior and prior */
    double threshold;   /* what `distance` exceeds by chance in 1 of 100 calibrations that learn nothing */
} kl_learned;

/* KL_ERR_MEMORY. */
KL_MUST_USE kl_status kl_calibration_learned(const kl_calibration *calibration, int input, kl_learned *learned);

/* Effective sample size of the sample, between 1 and n_particles: that of distinct particles. */
double kl_calibration_ess(const kl_calibration *calibration);

#ifdef __cplusplus
}
#endif
#endif
