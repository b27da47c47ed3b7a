/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Trajectories of Morris (1991, doi:10.1080/00401706.1991.10484804): from a random point of a grid of p levels, every
 * factor moves once by p/2 levels, in random order. A factor whose level is in the lower half goes up, the others go
 * down: that is Morris' distribution of starts and directions. The trajectories are neither optimised nor radial.
 *
 * A factor's start and its place in the order are keyed by row and name; a place in the order is how many factors
 * have a lower lot. */
#include "design/coordinate.h"

static kl_words lot_of(const kl_design *design, uint64_t seed, int row, int factor)
{
    uint32_t entity = kl_name_hash(design->input[design->factor[factor]].name);
    return kl_draw(kl_key_of(seed, (uint32_t)row, KL_NO_REPLICATE), entity, KL_DRAW_TRAJECTORY, 0);
}

/* Step at which a factor with this lot has moved, 1..n_factors. */
static int step_of(const kl_design *design, uint64_t seed, int row, int factor, uint32_t lot)
{
    int step = 1;
    for (int other = 0; other < design->n_factors; other++) {
        uint32_t w = other == factor ? lot : lot_of(design, seed, row, other).w[1];
        step += w < lot || (w == lot && other < factor);
    }
    return step;
}

int kl_morris_level(const kl_design *design, uint64_t seed, int row, int step, int factor)
{
    kl_words lot = lot_of(design, seed, row, factor);
    uint32_t p = (uint32_t)design->n_levels, start = kl_below(lot.w[0], p);
    if (step == 0 || step_of(design, seed, row, factor, lot.w[1]) > step)
        return (int)start;
    return (int)((start + p / 2) % p);
}

int kl_morris_factor(const kl_design *design, uint64_t seed, int row, int step)
{
    for (int factor = 0; factor < design->n_factors; factor++)
        if (step_of(design, seed, row, factor, lot_of(design, seed, row, factor).w[1]) == step)
            return factor;
    return -1;
}
