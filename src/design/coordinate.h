/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Inside the design layer: one function a kind. `entity` is the hash of an input's name: what a draw decides is keyed
 * by name, so that the order of inputs matters nowhere but in the dimensions of the Sobol sequence. */
#ifndef KL_DESIGN_COORDINATE_H
#define KL_DESIGN_COORDINATE_H

#include "klaster/design.h"
#include "rng/rng.h"

/* Independent, uniform in (0,1). */
double kl_design_uniform(uint64_t seed, int row, uint32_t entity);

/* Nested uniform scrambling of 32 digits; sample: 0, or 1 for an independent one. */
uint32_t kl_sobol_scramble(uint64_t seed, uint32_t entity, int sample, uint32_t word);

/* Latin hypercube: image of `point` under a permutation of 0..n-1, n >= 1. */
uint32_t kl_latin_stratum(uint64_t seed, uint32_t entity, uint32_t point, uint32_t n);

/* Morris: level of a factor at a step of a row's trajectory, each computed from nothing else. */
int kl_morris_level(const kl_design *design, uint64_t seed, int row, int step, int factor);

/* Does the factor come from the second sample at this place of a row? */
int kl_saltelli_is_second(const kl_design *design, int place, int factor);

/* The arrays of a design (memory.c); KL_ERR_MEMORY leaves what it got to kl_design_free. */
KL_MUST_USE kl_status kl_design_allocate(kl_design *design, int n_dimensions);

#endif
