/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The laboratory: one arm of a study, said by names and numbers instead of a file, played a slice of worlds at a time. It is what
 * a page in a browser calls, compiled to WebAssembly (cmake/lab.cmake), and what tests call natively. All it adds to the engine is
 * this way of saying: distributions are drawn by kl_study_draw and worlds are played by the engine's player, so that world p of a
 * laboratory is, bit for bit, point p of `klaster run` with the same seed, months, mechanism and parameters, and one replicate.
 *
 *     kl_lab *lab = kl_lab_new();
 *     status = kl_lab_begin(lab, 2025, 60, 50);
 *     kl_lab_set(lab, "scale_elasticity", "pert", (double[]){0.5, 0.65, 0.9}, 3);
 *     kl_lab_add_stage(lab, "build", "build", "integer", (double[]){3, 6}, 2);
 *     ...
 *     for (int point = 0; status == KL_OK && point < 500; point += 50)
 *         status = kl_lab_play(lab, point, 50);      then read kl_lab_statuses, _outcomes, _series
 *     kl_lab_free(lab);
 *
 * Every argument is a number, a text or an array of numbers, so that nothing but memory has to be shared with JavaScript. Reads no
 * files; knows nothing of arms, replicates and designs other than Monte Carlo. */
#ifndef KL_LAB_H
#define KL_LAB_H

#include <stdint.h>

#include "klaster/study.h"

#define KL_LAB_SLICE_MAX 1000 /* worlds a slice */

typedef struct kl_lab kl_lab;

/* An empty laboratory; NULL when out of memory. kl_lab_free(NULL) is legal. */
kl_lab *kl_lab_new(void);
void kl_lab_free(kl_lab *lab);

/* Start anew: every parameter at its default, no stages, room for slices of up to n_worlds worlds. The seed is a double because
 * JavaScript has no other number; a whole number from 0 to KL_SEED_MAX. KL_ERR_ARGUMENT for a seed, horizon (1..KL_HORIZON_MAX) or
 * slice (1..KL_LAB_SLICE_MAX) outside its range, KL_ERR_MEMORY; until it succeeds, the laboratory only takes kl_lab_begin. */
KL_MUST_USE kl_status kl_lab_begin(kl_lab *lab, double seed, int horizon, int n_worlds);

/* Give a parameter a distribution: `kind` is a word of KL_DIST_LIST, `value` its n arguments in the order of that list ("constant"
 * and one number for a fixed value; a choice as its number, a flag as 0 or 1). KL_ERR_NOT_FOUND for an unknown parameter or kind,
 * KL_ERR_ARGUMENT for arguments that are no such distribution or a call before kl_lab_begin, KL_ERR_BOUNDS where values lie outside
 * the parameter's bounds (of normal and lognormal the tails are cut instead). On an error nothing is changed. */
KL_MUST_USE kl_status kl_lab_set(kl_lab *lab, const char *name, const char *kind, const double *value, int n);

/* Append a stage. Its length in months is a distribution as above; n = 0 for the open end of a last `optimise`. KL_ERR_ARGUMENT also
 * for a name that is empty, longer than 64 bytes or taken; KL_ERR_MECHANISM where there is no room for another stage; KL_ERR_BOUNDS
 * for lengths outside 1..KL_STAGE_MONTHS_MAX. */
KL_MUST_USE kl_status kl_lab_add_stage(kl_lab *lab, const char *name, const char *stage_kind, const char *kind,
                                       const double *value, int n);

/* Play the worlds of `n_worlds` points from `first` on. A world that cannot be played, because its mechanism or what was drawn for it
 * contradicts itself, is recorded as KL_RUN_FAILED, as the engine does. KL_ERR_ARGUMENT for worlds outside 0..2^31-1, more than the
 * slice, or a call before kl_lab_begin; KL_ERR_MEMORY. */
KL_MUST_USE kl_status kl_lab_play(kl_lab *lab, int first, int n_worlds);

/* What the last kl_lab_play found, valid until the next call that takes a kl_lab *. NaN where undefined. */
const int8_t *kl_lab_statuses(const kl_lab *lab); /* [world] kl_run_status */
const double *kl_lab_outcomes(const kl_lab *lab); /* [outcome][world] */
const float *kl_lab_series(const kl_lab *lab);    /* [series][month][world] */

/* Where in those arrays an outcome or a series stands; -1 where there is none of that name. */
int kl_lab_find_outcome(const char *name);
int kl_lab_find_series(const char *name);

/* What is wrong with a list of stages, or a static "" where it can be played. The lengths of the first point are looked at. */
const char *kl_lab_complaint(const kl_lab *lab);

#endif
