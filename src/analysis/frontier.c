/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Incremental cost-effectiveness ratios along the efficiency frontier: the upper left hull of (cost, effect). */
#include <math.h>
#include <stdlib.h>

#include "klaster/appraisal.h"

/* By cost; at equal cost the larger effect first; at equal both the earlier arm. */
static int by_cost(const void *a, const void *b)
{
    const kl_icer *x = a, *y = b;
    if (x->cost != y->cost)
        return x->cost < y->cost ? -1 : 1;
    if (x->effect != y->effect)
        return x->effect > y->effect ? -1 : 1;
    return x->arm - y->arm;
}

static int by_status(const void *a, const void *b)
{
    const kl_icer *x = a, *y = b;
    int frontier = (x->status != KL_ICER_FRONTIER) - (y->status != KL_ICER_FRONTIER);
    return frontier ? frontier : by_cost(a, b);
}

static double slope(const kl_icer *from, const kl_icer *to)
{
    return (to->cost - from->cost) / (to->effect - from->effect);
}

/* Sorted by cost: whoever does not have more effect than all that cost no more is dominated. The rest rises in both, and
 * whoever lies above the line between its neighbours is dominated by mixing these two; `kept` is the hull so far. */
static kl_status mark(kl_icer *icer, int n)
{
    int *kept = malloc((size_t)n * sizeof *kept), n_kept = 0;
    double most = -INFINITY;
    if (!kept)
        return KL_ERR_MEMORY;
    for (int i = 0; i < n; i++) {
        if (icer[i].effect <= most) {
            icer[i].status = KL_ICER_DOMINATED;
            continue;
        }
        most = icer[i].effect;
        while (n_kept >= 2 &&
               slope(&icer[kept[n_kept - 2]], &icer[kept[n_kept - 1]]) > slope(&icer[kept[n_kept - 1]], &icer[i]))
            icer[kept[--n_kept]].status = KL_ICER_EXTENDED;
        kept[n_kept++] = i;
    }
    free(kept);
    return KL_OK;
}

kl_status kl_icers_make(kl_icer *icer, const double *cost, const double *effect, int n_arms)
{
    if (n_arms < 1)
        return KL_ERR_ARGUMENT;
    for (int a = 0; a < n_arms; a++) {
        if (!isfinite(cost[a]) || !isfinite(effect[a]))
            return KL_ERR_ARGUMENT;
        icer[a] = (kl_icer){.arm = a, .against = -1, .cost = cost[a], .effect = effect[a]};
        icer[a].d_cost = icer[a].d_effect = icer[a].icer = NAN;
    }
    qsort(icer, (size_t)n_arms, sizeof *icer, by_cost);
    kl_status status = mark(icer, n_arms);
    if (status != KL_OK)
        return status;
    qsort(icer, (size_t)n_arms, sizeof *icer, by_status);
    for (int i = 1; i < n_arms && icer[i].status == KL_ICER_FRONTIER; i++) {
        icer[i].against = icer[i - 1].arm;
        icer[i].d_cost = icer[i].cost - icer[i - 1].cost;
        icer[i].d_effect = icer[i].effect - icer[i - 1].effect;
        icer[i].icer = icer[i].d_cost / icer[i].d_effect;
    }
    return KL_OK;
}
