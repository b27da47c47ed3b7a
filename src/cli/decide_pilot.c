/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `klaster decide`: options that differ in nothing but the gate of a pilot, or in having a pilot at all, are found by
 * themselves and compared world by world. */
#include <math.h>
#include <stdlib.h>

#include "cli/decide.h"

static const kl_arm *arm_of(const kl_decide *d, int k)
{
    return &d->study->arm[d->arm[k]];
}

static int planned_months(const kl_decide *d, int k)
{
    kl_params params;
    kl_mechanism mechanism;
    if (kl_study_draw(d->study, d->arm[k], 0, &params, &mechanism) != KL_OK)
        return -1;
    for (int s = 0; s < mechanism.n_stages; s++)
        if (mechanism.stage[s].kind == KL_STAGE_PILOT)
            return mechanism.stage[s].months;
    return -1;
}

static int planned_firms(const kl_decide *d, int k)
{
    kl_params params;
    kl_mechanism mechanism;
    return kl_study_draw(d->study, d->arm[k], 0, &params, &mechanism) == KL_OK ? params.pilot_firms : -1;
}

static kl_status compare(const kl_decide *d, kl_pilot_row *row)
{
    int n_points = d->study->n_points, n_replicates = d->study->n_replicates;
    size_t n = (size_t)n_points * (size_t)n_replicates;
    int8_t *stopped = calloc(n, 1);
    if (!stopped)
        return KL_ERR_MEMORY;
    for (size_t w = 0; w < n; w++)
        stopped[w] = d->status[row->with][w] == KL_RUN_GATE_FAILED;
    kl_status status =
        kl_gate_make(&row->gate, d->benefit[row->with], d->benefit[row->without], stopped, n_points, n_replicates);
    for (size_t w = 0; w < n; w++)
        stopped[w] = 0;
    if (status == KL_OK && row->direct >= 0)
        status = kl_gate_make(&row->delay, d->benefit[row->without], d->benefit[row->direct], stopped, n_points,
                              n_replicates);
    free(stopped);
    return status;
}

kl_status kl_decide_pilots(kl_decide *d)
{
    kl_status status = KL_OK;
    d->pilot = calloc((size_t)d->n_arms, sizeof *d->pilot);
    if (!d->pilot)
        return KL_ERR_MEMORY;
    for (int k = 0; k < d->n_arms && status == KL_OK; k++) {
        kl_pilot_row row = {.with = k, .without = -1, .direct = -1};
        for (int j = d->n_arms - 1; j >= 0; j--) {
            row.without = kl_arm_lacks_gate(arm_of(d, k), arm_of(d, j)) ? j : row.without;
            row.direct = kl_arm_lacks_pilot(arm_of(d, k), arm_of(d, j)) ? j : row.direct;
        }
        if (row.without < 0)
            continue;
        row.firms = planned_firms(d, k);
        row.months = planned_months(d, k);
        status = compare(d, &row);
        d->pilot[d->n_pilots++] = row;
    }
    return status;
}
