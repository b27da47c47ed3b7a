/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Inside `klaster calibrate`: the study's worlds played wave by wave, and what was learned as a fragment. */
#ifndef KLASTER_CLI_CALIBRATE_H
#define KLASTER_CLI_CALIBRATE_H

#include "cli/cli.h"
#include "klaster/calibration.h"

/* A study to be calibrated. */
typedef struct kl_fit {
    const kl_study *study; /* its points are the particles of the prior */
    int n_threads, n_inputs;
    kl_input *input;  /* [n_inputs] those that vary over the points */
    kl_design design; /* of the waves: the same inputs, coordinates from the sampler */
    kl_calibration sampler;
    double *simulated;      /* [particle][replicate][target] of the wave just played */
    double *prior, *fitted; /* [target][world] of the first wave, and of new worlds played with the sample */
    double *value;          /* [2][input][particle]: of the prior's sample and of the posterior's */
    int64_t n_runs, n_failed;
} kl_fit;

KL_MUST_USE kl_status kl_fit_init(kl_fit *fit, const kl_study *study, uint64_t seed, int waves_max, int n_threads);
void kl_fit_free(kl_fit *fit);

/* Play the first wave: the study itself. Its blocks go to `store`, too, unless that is NULL. */
KL_MUST_USE kl_status kl_fit_begin(kl_fit *fit, kl_store *store);

/* Play the next wave. */
KL_MUST_USE kl_status kl_fit_step(kl_fit *fit);

/* After the end: play the sample in new worlds, and fill `fitted` and `value`. */
KL_MUST_USE kl_status kl_fit_end(kl_fit *fit);

KL_MUST_USE kl_status kl_fit_tables(const kl_fit *fit, kl_table table[KL_CALIBRATION_TABLES]);

/* Write what was learned as a fragment that a study can include; says why not. KL_EXIT_OK or KL_EXIT_IO. */
int kl_fit_write(const kl_cli *cli, const kl_fit *fit, const char *path);

/* What the tables of targets and inputs say, in two to four sentences. */
void kl_fit_print_opening(const kl_term *term, const kl_fit *fit, const kl_table *targets, const kl_table *inputs);

#endif
