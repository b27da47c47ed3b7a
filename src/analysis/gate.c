/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A pilot's gate as an option to stop: the same worlds with and without it. Without the gate one sees what would have
 * become of the ecosystems that it stopped. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/effective.h"
#include "klaster/analysis.h"
#include "klaster/appraisal.h"

/* Which part of the difference a world adds to. */
static void add_world(kl_gate *g, double with, double without, int stopped)
{
    g->n++;
    g->with += with;
    g->without += without;
    g->stopped += stopped;
    if (!stopped) {
        g->go_right += with >= 0;
        g->go_wrong += !(with >= 0);
        g->repeating += with - without;
    } else if (without < 0) {
        g->stop_right++;
        g->loss_avoided += with - without;
    } else {
        g->stop_wrong++;
        g->gain_forgone += without - with;
    }
}

static void average(kl_gate *g)
{
    double n = (double)g->n;
    double *const sums[] = {&g->with,     &g->without,  &g->stopped,      &g->stop_right,   &g->stop_wrong,
                            &g->go_right, &g->go_wrong, &g->loss_avoided, &g->gain_forgone, &g->repeating};
    for (size_t k = 0; k < sizeof sums / sizeof sums[0]; k++)
        *sums[k] /= n; /* no world: NaN */
}

kl_status kl_gate_make(kl_gate *gate, const double *with, const double *without, const int8_t *stopped, int n_points,
                       int n_replicates)
{
    memset(gate, 0, sizeof *gate);
    if (n_points < 1 || n_replicates < 1)
        return KL_ERR_ARGUMENT;
    size_t n_worlds = (size_t)n_points * (size_t)n_replicates;
    double *difference = malloc(n_worlds * sizeof *difference);
    if (!difference)
        return KL_ERR_MEMORY;
    for (size_t w = 0; w < n_worlds; w++) {
        difference[w] = with[w] - without[w];
        if (isfinite(difference[w])) {
            add_world(gate, with[w], without[w], stopped[w] > 0);
        } else {
            difference[w] = NAN;
            gate->n_left_out++;
        }
    }
    average(gate);
    kl_estimate e;
    kl_status status = kl_estimate_make(&e, difference, n_points, n_replicates);
    double t = kl_student(kl_units_of(difference, n_points, n_replicates));
    gate->value = e.mean;
    gate->value_lo = e.mean - t * e.se;
    gate->value_hi = e.mean + t * e.se;
    free(difference);
    return status;
}

/* ---- which arms belong together ---- */

static int is_same_dist(const kl_dist *a, const kl_dist *b)
{
    if (a->kind != b->kind || a->n != b->n)
        return 0;
    for (int k = 0; k < a->n; k++)
        if (a->value[k] != b->value[k])
            return 0;
    return 1;
}

static int is_constant(const kl_dist *dist, double value)
{
    return dist->kind == KL_DIST_CONSTANT && dist->value[0] == value;
}

/* What only a gate reads. */
static int is_of_gate(int param)
{
    switch (param) {
    case KL_PARAM_gate:
    case KL_PARAM_gate_threshold:
    case KL_PARAM_gate_satisfaction:
    case KL_PARAM_gate_performance:
    case KL_PARAM_gate_marketing:
    case KL_PARAM_gate_performance_ref:
    case KL_PARAM_recycles_max:
    case KL_PARAM_recycle_months:
    case KL_PARAM_recycle_gain:
        return 1;
    default:
        return 0;
    }
}

/* What only a pilot reads. */
static int is_of_pilot(int param)
{
    return is_of_gate(param) || param == KL_PARAM_pilot_firms || param == KL_PARAM_pilot_rule ||
           param == KL_PARAM_pilot_learning;
}

static int are_same(const kl_arm *a, const kl_arm *b, int (*is_ignored)(int))
{
    for (int p = 0; p < KL_N_PARAMS; p++)
        if (!is_ignored(p) && !is_same_dist(&a->param[p], &b->param[p]))
            return 0;
    return 1;
}

static int is_same_stage(const kl_stage_spec *a, const kl_stage_spec *b)
{
    return a->kind == b->kind && is_same_dist(&a->months, &b->months);
}

static int has_pilot(const kl_arm *arm)
{
    for (int s = 0; s < arm->n_stages; s++)
        if (arm->stage[s].kind == KL_STAGE_PILOT)
            return 1;
    return 0;
}

int kl_arm_lacks_gate(const kl_arm *with, const kl_arm *without)
{
    if (with->n_others > 0 || without->n_others > 0 || !has_pilot(with) || with->n_stages != without->n_stages ||
        !is_constant(&with->param[KL_PARAM_gate], 1) || !is_constant(&without->param[KL_PARAM_gate], 0))
        return 0;
    for (int s = 0; s < with->n_stages; s++)
        if (!is_same_stage(&with->stage[s], &without->stage[s]))
            return 0;
    return are_same(with, without, is_of_gate);
}

int kl_arm_lacks_pilot(const kl_arm *with, const kl_arm *direct)
{
    int d = 0;
    if (with->n_others > 0 || direct->n_others > 0 || !has_pilot(with) || has_pilot(direct))
        return 0;
    for (int s = 0; s < with->n_stages; s++) {
        if (with->stage[s].kind == KL_STAGE_PILOT)
            continue;
        if (d == direct->n_stages || !is_same_stage(&with->stage[s], &direct->stage[d]))
            return 0;
        d++;
    }
    return d == direct->n_stages && are_same(with, direct, is_of_pilot);
}
