/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One run: start, the order of a month, and what can be asked of it. Each submodel has a file of its own. */
#include <string.h>

#include "core/state.h"
#include "core/vector.h"

/* ---- start ---- */

/* Everything but the arrays, the memory and the tables back to zero. */
static void forget(kl_state *s)
{
    s->ties = NULL;
    s->stage = s->stage_months = s->stage_elapsed = s->operating = s->open = s->closed = 0;
    s->fit = s->invested = s->quality = 0;
    s->recycles = s->rollout_begun = s->rollout_done = s->n_invited_waves = s->n_invited = s->next_trainee = 0;
    s->n_members = s->joins = s->leaves = s->member_months = s->joined_now = s->trained_now = 0;
    memset(s->sector_members, 0, sizeof s->sector_members);
    s->member_miss_sum = s->joint_audience = 0;
    s->audience_stale = 1;
    s->campaign_months = s->campaigned = s->months_below_zero = s->insolvent = 0;
    s->joint_cost = s->platform_flow = s->goodwill = s->information = s->mean_net = s->mean_usage = s->total_usage = 0;
    s->public_total = s->public_month = 0;
    s->entries = s->innovations = s->entries_alone = s->innovations_alone = 0;
    s->discount_factor = 1;
    s->pv_benefit = s->pv_benefit_alone = s->pv_market = s->pv_market_alone = s->pv_net = s->pv_net_alone = 0;
    s->pv_platform = s->pv_public = s->pv_cost = s->pv_budget = 0;
    s->goal_alone = s->cumulated_net = 0;
    memset(s->pv_level, 0, sizeof s->pv_level);
    memset(s->pv_level_alone, 0, sizeof s->pv_level_alone);
    memset(s->order_first, 0, sizeof s->order_first);
    s->alone_now = s->twin_parted = s->months_valued = 0;
    s->month = 0;
    s->flows = (kl_flows){0};
}

/* What was legal at the last start is not checked again. */
static kl_status check_params(const kl_state *s, const kl_params *params)
{
    if (s && s->params_checked.firms > 0 && memcmp(&s->params_checked, params, sizeof *params) == 0)
        return KL_OK;
    return kl_params_check(params, NULL, NULL);
}

static kl_status check_start(const kl_state *s, const kl_params *params, const kl_mechanism *mechanism, kl_world world,
                             int horizon)
{
    kl_status status = check_params(s, params);
    if (status != KL_OK)
        return status;
    if (horizon < 1 || horizon > KL_HORIZON_MAX || world.seed > KL_SEED_MAX)
        return KL_ERR_ARGUMENT;
    return kl_mechanism_check(mechanism, NULL, NULL);
}

static void show(kl_run *run)
{
    const kl_state *s = run->state;
    run->month = s->month;
    run->stage = s->closed ? s->mechanism.n_stages : s->stage;
    run->status = s->status;
}

static void start_whole(kl_state *s)
{
    s->discount_monthly = kl_pow(1 + s->p.discount, -1.0 / 12);
    s->learning_exponent = kl_log(s->p.progress_ratio) / kl_log(2);
    kl_clocks_draw(s);
    kl_cluster_draw(s);
    kl_ties_align(s);
    kl_reach_step(s);
    kl_membership_reset(s);
    kl_policy_reset(s);
    kl_stages_reset(s);
    kl_swot_assess(s);
}

kl_status kl_run_start(kl_run *run, const kl_params *params, const kl_mechanism *mechanism, kl_world world, int horizon)
{
    kl_status status = check_start(run->state, params, mechanism, world, horizon);
    if (status == KL_OK)
        status = kl_run_reserve(run);
    if (status != KL_OK)
        return status;
    kl_state *s = run->state;
    s->p = s->params_checked = *params;
    s->mechanism = *mechanism;
    s->world = world;
    s->key = kl_key_of(world.seed, world.point, world.replicate);
    s->share = run->share;
    s->share_data = run->share_data;
    s->n = params->firms;
    s->n_padded = kl_padded(s->n);
    s->horizon = horizon;
    status = kl_state_reserve(s);
    if (status != KL_OK)
        return status;
    forget(s);
    if (kl_adoption_is_played(s))
        kl_adoption_start(s);
    else
        start_whole(s);
    run->horizon = horizon;
    run->n_firms = s->n;
    show(run);
    return KL_OK;
}

/* ---- a month ---- */

static void step_whole(kl_state *s)
{
    s->flows = (kl_flows){0};
    kl_policy_begin_month(s);
    kl_stages_begin_month(s);
    if (s->open)
        kl_membership_step(s);
    if (s->n_members > 0) {
        kl_usage_step(s);
        kl_campaign_step(s);
    } else {
        kl_campaign_idle(s);
    }
    kl_platform_step(s);
    kl_brand_step(s);
    kl_reach_step(s);
    kl_information_step(s);
    kl_markets_step(s);
    kl_innovation_step(s);
    kl_value_step(s);
    if (s->n_members > 0)
        kl_people_step(s);
    kl_series_record(s);
    kl_stages_end_month(s);
    s->discount_factor *= s->discount_monthly;
}

void kl_run_step(kl_run *run)
{
    kl_state *s = run->state;
    if (s->month >= s->horizon)
        return;
    if (kl_adoption_is_played(s))
        kl_adoption_step(s);
    else
        step_whole(s);
    s->month++;
    if (s->month == s->horizon && !kl_adoption_is_played(s))
        kl_twin_part(s);
    show(run);
}

/* ---- questions ---- */

double kl_run_series(const kl_run *run, kl_series_id series, int month)
{
    return (double)run->state->series[series][month];
}

int kl_run_ties(const kl_run *run, int firm, const int32_t **ties)
{
    const kl_state *s = run->state;
    *ties = s->ties ? s->ties + s->ties_start[firm] : NULL;
    return s->ties_n[firm];
}

static int count_bits(uint32_t bits)
{
    int n = 0;
    for (; bits; bits &= bits - 1)
        n++;
    return n;
}

kl_firm_gain kl_run_firm_gain(const kl_run *run, int i)
{
    kl_state *s = run->state;
    if (kl_adoption_is_played(s))
        return (kl_firm_gain){(double)NAN, (double)NAN};
    kl_twin_part(s);
    return (kl_firm_gain){(double)s->value[i] - (double)s->value_alone[i],
                          (double)s->earned[i] - (double)s->earned_alone[i]};
}

kl_firm kl_run_firm(const kl_run *run, int i)
{
    const kl_state *s = run->state;
    if (kl_adoption_is_played(s))
        return kl_adoption_firm(s, i);
    double budget = (double)s->budget[i];
    return (kl_firm){
        .sector = s->sector[i],
        .exporter = s->exporter[i] > 0,
        .employees = (double)s->employees[i],
        .revenue = (double)s->revenue[i],
        .budget = budget,
        .ties = s->ties_n[i],
        .invited = s->invited[i] > 0,
        .trained = s->trained[i] > 0,
        .member = s->member[i] > 0,
        .wave = s->wave[i],
        .usage = (double)s->usage[i],
        .readiness = (double)s->readiness[i],
        .trust = (double)s->trust[i],
        .belief = (double)s->belief[i],
        .satisfaction = (double)s->satisfaction[i],
        .saving_joint = (double)s->saved[i] / budget,
        .saving_net = (double)s->net_rate[i],
        .reach = (double)s->reach[i],
        .market_reach = (double)(s->reach[i] * s->demand[i]),
        .markets = count_bits((uint32_t)s->presence[i]),
        .innovation_stock = (double)s->stock[i],
        .net_benefit = (double)s->net_benefit[i],
        .pilot = s->pilot[i] > 0,
        .value = (double)s->value[i],
        .public_money = (double)s->public_value[i],
    };
}
