/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See model_runs.h. */
#include "model_runs.h"

#include <math.h>

setup default_setup(void)
{
    setup made = {.mechanism = kl_mechanism_five_stage(), .horizon = 60};
    kl_params_defaults(&made.p);
    return made;
}

setup open_setup(int n_firms)
{
    setup made = default_setup();
    made.mechanism = (kl_mechanism){2, {{KL_STAGE_BUILD, 1}, {KL_STAGE_ROLLOUT, 1}}};
    made.p.firms = n_firms;
    made.p.pilot_firms = 1;
    made.p.pace_slow = 1;
    made.p.pace_leadership = 0;
    made.p.waves = 1;
    made.p.gate = 0;
    made.p.opex = 0;
    made.p.leave_small = made.p.leave_medium = made.p.leave_large = 0;
    return made;
}

void join_at_once(kl_params *p)
{
    p->join_intercept = 20;
    p->join_belief = p->join_peers = p->join_readiness = p->join_trust = p->join_leadership = p->join_cost = 0;
}

setup equal_setup(int n_firms)
{
    setup made = open_setup(n_firms);
    kl_params *p = &made.p;
    join_at_once(p);
    p->employees_sd = p->revenue_sd = p->budget_sd = p->shareable_halfwidth = 0;
    p->usage_initial = 1;
    p->usage_intercept = 20;
    p->progress_ratio = 1;
    p->heterogeneity = 0;
    p->trust_gain = p->trust_loss = 0;
    return made;
}

void start(kl_run *run, const setup *made, uint64_t seed, uint32_t replicate)
{
    kl_world world = {.seed = seed, .point = 0, .replicate = replicate};
    assert_int_equal(kl_run_start(run, &made->p, &made->mechanism, world, made->horizon), KL_OK);
}

void play(kl_run *run, int months)
{
    for (int m = 0; m < months && run->month < run->horizon; m++)
        kl_run_step(run);
}

void play_all(kl_run *run, const setup *made, uint32_t replicate, double outcome[KL_N_OUTCOMES])
{
    start(run, made, SEED, replicate);
    play(run, made->horizon);
    kl_run_outcomes(run, outcome);
}

/* ---- parameters at random ---- */

static double uniform_of(uint32_t k, uint32_t entity, uint32_t index)
{
    return kl_uniform(kl_draw(kl_key_of(7, k, KL_NO_REPLICATE), entity, KL_DRAW_INPUT, index).w[0]);
}

static double draw_parameter(const kl_param_info *row, uint32_t k, uint32_t id)
{
    double u = uniform_of(k, id, 0), edge = uniform_of(k, id, 1);
    if (row->kind != KL_KIND_REAL && row->hi - row->lo < 100)
        return row->lo + floor(u * (row->hi - row->lo + 1));
    if (edge < .05)
        return row->lo;
    if (edge > .95)
        return row->hi;
    double value;
    if (row->lo >= 0 && row->hi >= 100) { /* decades */
        double lowest = row->lo > 0 ? row->lo : row->hi * 1e-9;
        value = lowest * kl_pow(row->hi / lowest, u);
    } else {
        value = row->lo + u * (row->hi - row->lo);
    }
    value = row->kind == KL_KIND_REAL ? value : floor(value);
    return value < row->lo ? row->lo : value > row->hi ? row->hi : value;
}

static kl_mechanism draw_mechanism(uint32_t k)
{
    static const kl_mechanism some[] = {
        {5,
         {{KL_STAGE_ASSESS, 3},
          {KL_STAGE_BUILD, 4},
          {KL_STAGE_PILOT, 3},
          {KL_STAGE_ROLLOUT, 9},
          {KL_STAGE_OPTIMISE, 1}}},
        {5,
         {{KL_STAGE_TRUST, 6}, {KL_STAGE_ASSESS, 2}, {KL_STAGE_BUILD, 3}, {KL_STAGE_PILOT, 2}, {KL_STAGE_ROLLOUT, 6}}},
        {2, {{KL_STAGE_BUILD, 2}, {KL_STAGE_ROLLOUT, 1}}},
        {6,
         {{KL_STAGE_BUILD, 1},
          {KL_STAGE_PILOT, 2},
          {KL_STAGE_PILOT, 2},
          {KL_STAGE_ROLLOUT, 3},
          {KL_STAGE_TRUST, 2},
          {KL_STAGE_ROLLOUT, 4}}},
        {4, {{KL_STAGE_BUILD, 3}, {KL_STAGE_ROLLOUT, 12}, {KL_STAGE_BUILD, 2}, {KL_STAGE_OPTIMISE, 1}}},
        {0, {{KL_STAGE_ASSESS, 1}}},
    };
    double u = uniform_of(k, 2000, 0);
    return some[u < .5 ? 0 : u < .6 ? 1 : u < .75 ? 2 : u < .85 ? 3 : u < .98 ? 4 : 5];
}

/* What kl_params_check asks of two parameters together. */
static void reconcile(kl_params *p)
{
    double weights = p->gate_satisfaction + p->gate_performance + p->gate_marketing;
    p->gate_satisfaction = weights > 0 ? p->gate_satisfaction / weights : 0;
    p->gate_performance = weights > 0 ? p->gate_performance / weights : 0;
    p->gate_marketing = 1 - p->gate_satisfaction - p->gate_performance;
    p->gate_marketing = p->gate_marketing > 0 ? p->gate_marketing : 0;
    double room = fmin(p->shareable, 1 - p->shareable);
    p->shareable_halfwidth = fmin(p->shareable_halfwidth, room);
    p->training_voucher = fmin(p->training_voucher, 1 - p->training_attendance);
    p->exchange_sharing = fmin(p->exchange_sharing, .95 - p->sunk_sharing);
    p->exchange_sharing = p->exchange_sharing > 0 ? p->exchange_sharing : 0;
    p->campaign_rate = fmin(p->campaign_rate, 1 - p->belief_rate_others);
    p->pilot_firms = p->pilot_firms < p->firms ? p->pilot_firms : p->firms;
    if (p->firms < 2)
        p->anchor_share = 0;
}

setup random_setup(uint32_t k, double kept, int n_most)
{
    setup made = default_setup();
    for (uint32_t id = 0; id < KL_N_PARAMS; id++) {
        const kl_param_info *row = kl_param_info_of((kl_param_id)id);
        if (uniform_of(k, id, 2) < kept)
            continue;
        assert_int_equal(kl_params_set(&made.p, (kl_param_id)id, draw_parameter(row, k, id)), KL_OK);
    }
    made.p.firms = 1 + (int)(n_most * uniform_of(k, 2001, 0) * uniform_of(k, 2002, 0));
    if (uniform_of(k, 2003, 0) < .8)
        made.p.ecosystem = 1;
    made.p.submodels = kl_submodels_all;
    if (uniform_of(k, 2004, 0) < .7)
        made.p.policy_start %= 40;
    if (made.p.pilot_firms > 12)
        made.p.pilot_firms = 1 + made.p.pilot_firms % 12;
    reconcile(&made.p);
    made.mechanism = draw_mechanism(k);
    made.horizon = 24 + (int)(49 * uniform_of(k, 2005, 0));
    return made;
}

/* ---- statistics ---- */

double mean(const double *x, int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += x[i];
    return sum / n;
}

double deviation(const double *x, int n)
{
    double m = mean(x, n), sum = 0;
    for (int i = 0; i < n; i++)
        sum += (x[i] - m) * (x[i] - m);
    return sqrt(sum / (n - 1));
}

int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}
