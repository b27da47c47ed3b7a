/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What became of a claim in every world: does the metric lie where the claim says, and if not, why not. */
#include <stdlib.h>
#include <string.h>

#include "klaster/analysis.h"

/* What a world says: an undefined metric is told from one outside, and a month never reached is undefined. */
typedef enum fate { FATE_INSIDE, FATE_BELOW, FATE_ABOVE, FATE_UNDEFINED } fate;

static fate fate_of(const kl_claim *claim, double value)
{
    int is_month = kl_outcome_info_of(claim->metric)->type == KL_TYPE_MONTH;
    if (value != value || (is_month && value < 0))
        return FATE_UNDEFINED;
    if (value < claim->lo)
        return FATE_BELOW;
    return value > claim->hi ? FATE_ABOVE : FATE_INSIDE;
}

static void count_fate(kl_audit *audit, fate what, int status)
{
    switch (what) {
    case FATE_INSIDE:
        audit->inside[status]++;
        break;
    case FATE_BELOW:
        audit->below[status]++;
        break;
    case FATE_ABOVE:
        audit->above[status]++;
        break;
    case FATE_UNDEFINED:
        audit->undefined[status]++;
        break;
    }
}

static int is_known(const kl_claim *claim, const int8_t *status, size_t n_worlds)
{
    if (!(claim->lo <= claim->hi) || claim->metric < 0 || claim->metric >= KL_N_OUTCOMES)
        return 0;
    for (size_t i = 0; i < n_worlds; i++)
        if (status[i] >= KL_N_RUN_STATUS)
            return 0;
    return 1;
}

kl_status kl_audit_make(kl_audit *audit, const kl_claim *claim, const double *value, const int8_t *status, int n_points,
                        int n_replicates)
{
    memset(audit, 0, sizeof *audit);
    if (n_points < 1 || n_replicates < 1)
        return KL_ERR_ARGUMENT;
    size_t n_worlds = (size_t)n_points * (size_t)n_replicates;
    if (!is_known(claim, status, n_worlds))
        return KL_ERR_ARGUMENT;
    int8_t *hit = malloc(2 * n_worlds); /* over all worlds run, then over the completed ones */
    if (!hit)
        return KL_ERR_MEMORY;
    int8_t *hit_completed = hit + n_worlds;
    for (size_t i = 0; i < n_worlds; i++) {
        hit[i] = hit_completed[i] = -1;
        if (status[i] < 0) {
            audit->missing++;
            continue;
        }
        fate what = fate_of(claim, value[i]);
        count_fate(audit, what, status[i]);
        hit[i] = what == FATE_INSIDE;
        if (status[i] == KL_RUN_COMPLETED && what != FATE_UNDEFINED)
            hit_completed[i] = what == FATE_INSIDE;
    }
    audit->n = (int64_t)n_worlds - audit->missing;
    audit->holds = kl_share_make(hit, n_points, n_replicates);
    audit->holds_completed = kl_share_make(hit_completed, n_points, n_replicates);
    free(hit);
    return KL_OK;
}
