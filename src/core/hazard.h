/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The hazard of joining by each rule (MODEL: Join), for whoever plays it: the whole model in membership.c, joining and leaving
 * alone in adoption.c. A monthly chance p has the hazard -log(1-p). Free of branches, for loops over firms. */
#ifndef KL_HAZARD_H
#define KL_HAZARD_H

#include "num/num.h"

#define KL_AT_ONCE 1e9f /* a hazard that ends any spell */
#define KL_UTILITY_MAX 40.0f
#define KL_EQUAL 1e-6f /* shares of ties that differ by less are equal: k times 1/n is not always k/n */

/* p = logistic(utility): odds exp(utility) */
static inline float kl_hazard_logit(float utility)
{
    return kl_log1pf(kl_expf(kl_minf(utility, KL_UTILITY_MAX)));
}

/* p = 1 - exp(-(innovation + imitation share)); both a month */
static inline float kl_hazard_bass(float innovation, float imitation, float share)
{
    return innovation + imitation * share;
}

static inline float kl_hazard_threshold(float threshold, float share)
{
    return share + KL_EQUAL >= threshold ? KL_AT_ONCE : 0.0f;
}

#endif
