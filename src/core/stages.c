/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The mechanism at work: stages follow each other as the list says, shortened by leadership; the pilot and the roll-out
 * have files of their own. What a stage does in a month is done here; how it ends too, gate included. */
#include "core/state.h"
#include "core/vector.h"

/* Planned months, shortened by leadership. */
static int stage_length(const kl_state *s, int planned)
{
    double months = planned * (s->p.pace_slow - s->p.pace_leadership * s->leadership);
    int whole = (int)(months + 0.5);
    return whole < 1 ? 1 : whole;
}

static kl_stage_kind kind_now(const kl_state *s)
{
    return s->mechanism.stage[s->stage].kind;
}

static int is_over(const kl_state *s)
{
    return s->closed || s->stage >= s->mechanism.n_stages;
}

static void stage_begin(kl_state *s)
{
    s->stage_elapsed = 0;
    if (s->stage >= s->mechanism.n_stages)
        return;
    s->stage_months = stage_length(s, s->mechanism.stage[s->stage].months);
    s->operating |= kind_now(s) == KL_STAGE_BUILD;
    if (kind_now(s) == KL_STAGE_PILOT)
        kl_pilot_begin(s);
    else if (kind_now(s) == KL_STAGE_ROLLOUT)
        kl_rollout_begin(s);
}

/* Stages after which only optimisation, or nothing, is left. */
static int is_last_before_optimise(const kl_state *s)
{
    for (int i = s->stage + 1; i < s->mechanism.n_stages; i++)
        if (s->mechanism.stage[i].kind != KL_STAGE_OPTIMISE)
            return 0;
    return 1;
}

void kl_stages_reset(kl_state *s)
{
    s->stage = 0;
    s->fit = s->p.fit_initial;
    s->status = s->mechanism.n_stages > 0 && s->p.ecosystem ? KL_RUN_UNFINISHED : KL_RUN_ALONE;
    s->closed = s->status == KL_RUN_ALONE;
    s->month_operating = -1;
    s->month_built = s->month_gate = s->month_rollout = s->month_closed = -1;
    s->pilot_score = NAN;
    s->month_judged = -1;
    s->verdict = KL_GATE_NONE;
    s->account = s->cash_lowest = s->p.reserve;
    if (s->closed)
        s->account = s->cash_lowest = 0;
}

/* The strategy is fitted; foreign experts speed it up while public money lasts. */
static void assess_month(kl_state *s)
{
    double rate = s->p.fit_rate;
    if (s->p.expert_fit > 0 && kl_policy_on(s)) {
        double paid = kl_public_pay(s, s->p.expert_cost);
        s->pv_cost += paid * s->discount_factor;
        if (paid >= s->p.expert_cost)
            rate += s->p.expert_fit;
    }
    s->fit = 1 - (1 - s->fit) * kl_exp(-rate);
}

/* Capex and grant are spent evenly over the build. */
static void build_month(kl_state *s)
{
    double own = s->p.capex / s->stage_months;
    double grant = kl_public_pay(s, s->p.capex_grant / s->stage_months);
    s->invested += own + grant;
    s->flows.capex = own;
    s->flows.capex_grant = grant;
    s->platform_flow -= own;
    s->pv_platform -= own * s->discount_factor;
    s->pv_cost += (own + grant) * s->discount_factor;
}

KL_VECTOR static void trust_month(kl_state *s)
{
    const float rate = (float)s->p.trust_building;
    float *restrict trust = s->trust;
    KL_INDEPENDENT
    for (int i = 0; i < s->n; i++) /* padding must not learn to trust: means over firms are sums over all lanes */
        trust[i] += rate * (1.0f - trust[i]);
}

void kl_stages_begin_month(kl_state *s)
{
    if (is_over(s))
        return;
    if (s->stage_elapsed == 0 && s->stage == 0)
        stage_begin(s);
    if (is_over(s))
        return;
    switch (kind_now(s)) {
    case KL_STAGE_ASSESS:
        assess_month(s);
        break;
    case KL_STAGE_BUILD:
        build_month(s);
        break;
    case KL_STAGE_TRUST:
        trust_month(s);
        break;
    case KL_STAGE_ROLLOUT:
    case KL_STAGE_OPTIMISE:
        kl_rollout_month(s);
        break;
    case KL_STAGE_PILOT:
    case KL_N_STAGE_KINDS:
        break;
    }
}

static void improve(kl_state *s, double part_of_gap)
{
    s->quality += part_of_gap * (s->p.quality_max - s->quality);
}

/* The gate: go on, once more, or give up. Returns whether the stage is over. */
static int pilot_gate(kl_state *s)
{
    s->pilot_score = kl_pilot_score(s);
    s->month_judged = s->month + 1;
    if (!s->p.gate || s->pilot_score >= s->p.gate_threshold) {
        s->month_gate = s->month + 1;
        s->verdict = KL_GATE_GO_ON;
        return 1;
    }
    if (s->recycles >= s->p.recycles_max) {
        s->verdict = KL_GATE_GIVE_UP;
        kl_ecosystem_close(s, KL_RUN_GATE_FAILED);
        return 1;
    }
    s->verdict = KL_GATE_REPEAT;
    s->recycles++;
    improve(s, s->p.recycle_gain);
    s->stage_months += s->p.recycle_months;
    return 0;
}

static void stage_finish(kl_state *s)
{
    switch (kind_now(s)) {
    case KL_STAGE_ASSESS:
        kl_swot_assess(s);
        break;
    case KL_STAGE_BUILD:
        s->quality = s->p.quality_max * -kl_expm1(-s->invested / s->p.capex_ref) * (0.5 + 0.5 * s->fit);
        s->month_built = s->month + 1;
        s->open = 1;
        break;
    case KL_STAGE_PILOT:
        if (!pilot_gate(s))
            return;
        break;
    case KL_STAGE_ROLLOUT:
        s->rollout_done = 1;
        s->month_rollout = s->month + 1;
        break;
    default:
        break;
    }
    if (s->closed)
        return;
    if (is_last_before_optimise(s) && s->status == KL_RUN_UNFINISHED)
        s->status = KL_RUN_COMPLETED;
    s->stage++;
    stage_begin(s);
}

void kl_stages_end_month(kl_state *s)
{
    if (s->insolvent && !s->closed) {
        kl_ecosystem_close(s, KL_RUN_INSOLVENT);
        return;
    }
    if (is_over(s))
        return;
    s->stage_elapsed++;
    if (kind_now(s) == KL_STAGE_OPTIMISE) {
        improve(s, s->p.optimise_rate);
        return;
    }
    if (kind_now(s) == KL_STAGE_PILOT)
        improve(s, s->p.pilot_learning * s->mean_usage);
    if (s->stage_elapsed >= s->stage_months)
        stage_finish(s);
}

/* Everybody is sent home, which does not count as churn. */
void kl_ecosystem_close(kl_state *s, kl_run_status why)
{
    int leaves = s->leaves;
    for (int i = 0; i < s->n; i++) {
        if (s->member[i] > 0)
            kl_membership_leave(s, i);
        s->invited[i] = 0;
    }
    s->leaves = leaves;
    s->open = s->operating = 0;
    s->closed = 1;
    s->status = why;
    s->month_closed = s->month + 1;
}
