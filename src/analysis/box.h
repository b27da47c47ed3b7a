/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a box holds, and what each of its limits keeps out. Internal to src/analysis. */
#ifndef KL_BOX_H
#define KL_BOX_H

#include "klaster/discovery.h"

typedef struct kl_tally {
    int64_t worlds, hits;
} kl_tally;

/* The cases as a box sees them. */
typedef struct kl_view {
    const kl_cases *cases;
    const uint8_t *out;
    kl_limit *start; /* [input] no limit: the range of all cases */
    uint8_t *broken; /* [case] inputs whose limit it breaks: 0 inside, 1, 2 for more; 2 where left out */
    int *breaker;    /* [case] the input, where broken is 1 */
    kl_tally
        *beyond; /* [2 * input + side] cases that this limit alone keeps out; side 0 is below, or a category's values */
    kl_tally all;     /* all cases, also those left out */
    double effective; /* independent worlds a world, at most 1 */
} kl_view;

/* KL_ERR_ARGUMENT for cases outside their domain, KL_ERR_MEMORY. */
KL_MUST_USE kl_status kl_view_init(kl_view *view, const kl_cases *cases, const uint8_t *out);
void kl_view_free(kl_view *view);

/* Look through a box: fills broken, breaker and beyond, and the box's counts and quasi-p-values. */
void kl_view_look(kl_view *view, kl_box *box);

/* Is input j limited below (side 0; a category: at all) or above (side 1)? */
int kl_view_limits(const kl_view *view, const kl_limit *limit, int j, int side);
int kl_view_restricts(const kl_view *view, const kl_limit *limit, int j);

static inline double kl_case_x(const kl_cases *cases, int input, int i)
{
    return cases->x[(int64_t)input * cases->n + i];
}

static inline int kl_case_group(const kl_cases *cases, int i)
{
    return cases->group ? cases->group[i] : i;
}

/* order[input * n + k]: the case with the k-th smallest value. The caller frees; NULL when out of memory. */
int *kl_cases_order(const kl_cases *cases);

/* Independent worlds in the cases with in[case] not 0 (NULL: all), and their share of hits. */
kl_share kl_cases_share(const kl_cases *cases, const uint8_t *in);

#endif
