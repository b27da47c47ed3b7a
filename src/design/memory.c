/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The only place of the design layer that allocates. */
#include <stdlib.h>
#include <string.h>

#include "design/coordinate.h"

void kl_design_init(kl_design *design)
{
    memset(design, 0, sizeof *design);
}

kl_status kl_design_allocate(kl_design *design, int n_dimensions)
{
    size_t n_inputs = (size_t)design->n_inputs, n_factors = (size_t)design->n_factors;
    if (n_inputs > 0 && !(design->input = calloc(n_inputs, sizeof *design->input)))
        return KL_ERR_MEMORY;
    if (n_factors > 0 && !(design->factor = calloc(n_factors, sizeof *design->factor)))
        return KL_ERR_MEMORY;
    if (n_dimensions > 0 && !(design->direction = calloc((size_t)n_dimensions * 32, sizeof *design->direction)))
        return KL_ERR_MEMORY;
    return KL_OK;
}

void kl_design_free(kl_design *design)
{
    free(design->input);
    free(design->factor);
    free(design->direction);
    kl_design_init(design);
}
