/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Rows of Saltelli's design (2002, doi:10.1016/S0010-4655(02)00280-1; Saltelli et al. 2010,
 * doi:10.1016/j.cpc.2009.09.018): two independent samples A and B, and their mixtures. */
#include "design/coordinate.h"

kl_saltelli_part kl_saltelli_part_at(const kl_design *design, int place, int *factor)
{
    int k = design->n_factors;
    *factor = -1;
    if (place == 0)
        return KL_SALTELLI_A;
    if (place == design->row_size - 1)
        return KL_SALTELLI_B;
    *factor = (place - 1) % k;
    return place <= k ? KL_SALTELLI_AB : KL_SALTELLI_BA;
}

int kl_saltelli_place(const kl_design *design, kl_saltelli_part part, int factor)
{
    switch (part) {
    case KL_SALTELLI_A:
        return 0;
    case KL_SALTELLI_AB:
        return 1 + factor;
    case KL_SALTELLI_BA:
        return 1 + design->n_factors + factor;
    default:
        return design->row_size - 1;
    }
}

int kl_saltelli_is_second(const kl_design *design, int place, int factor)
{
    int mixed;
    switch (kl_saltelli_part_at(design, place, &mixed)) {
    case KL_SALTELLI_A:
        return 0;
    case KL_SALTELLI_AB:
        return factor == mixed;
    case KL_SALTELLI_BA:
        return factor != mixed;
    default:
        return 1;
    }
}
