/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The tables of sensitivity.h: their columns, and rows from what the analyses found. */
#ifndef KLASTER_ANALYSIS_SENSITIVITY_TABLES_H
#define KLASTER_ANALYSIS_SENSITIVITY_TABLES_H

#include "klaster/sensitivity.h"

typedef struct kl_given_effects {
    kl_effect *first, *srrc, *prcc; /* [input] */
    double r2;
} kl_given_effects;

/* Not too much was left out (KL_SENSITIVITY_LEFT_OUT). */
int kl_sensitivity_is_defended(const kl_usable *usable);

/* Make the empty tables that the study's design has; n_tables counts those to be freed, also on an error. */
KL_MUST_USE kl_status kl_sensitivity_tables_init(kl_sensitivity *s);

/* Add the rows of one response. `usable` is that of the design's analysis. */
KL_MUST_USE kl_status kl_sensitivity_put_split(kl_sensitivity *s, const kl_response *response,
                                               const kl_variance_split *split, const kl_usable *usable);
KL_MUST_USE kl_status kl_sensitivity_put_sobol(kl_sensitivity *s, const kl_response *response,
                                               const kl_sobol_indices *indices);
KL_MUST_USE kl_status kl_sensitivity_put_morris(kl_sensitivity *s, const kl_response *response,
                                                const kl_morris_effect *effect, const kl_usable *usable);
KL_MUST_USE kl_status kl_sensitivity_put_factorial(kl_sensitivity *s, const kl_response *response,
                                                   const kl_effect *main_effect, const kl_effect *total,
                                                   const kl_usable *usable);
KL_MUST_USE kl_status kl_sensitivity_put_given(kl_sensitivity *s, const kl_response *response,
                                               const kl_given_effects *given, const kl_usable *usable);

#endif
