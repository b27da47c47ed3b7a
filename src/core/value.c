/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Value: each firm's benefit of the month before fee and onboarding, its net benefit after them, and the discounted sums by
 * firm, platform, government and society. Transfers cancel in the social account. */
#include "core/state.h"
#include "core/vector.h"

KL_VECTOR static void firm_benefits(kl_state *s)
{
    const kl_params *p = &s->p;
    const float information = (float)(p->information_lift * s->information);
    const float on_reach = (float)p->reach_elasticity, on_brand = (float)(p->brand_lift * s->goodwill);
    const float on_stock = (float)p->innovation_value, margin = (float)p->margin;
    const float discount = (float)s->discount_factor;
    const float *restrict revenue = s->revenue, *restrict usage = s->usage, *restrict reach = s->reach;
    const float *restrict log_first = s->log_reach_first, *restrict stock = s->stock;
    const float *restrict market_revenue = s->market_revenue, *restrict saved = s->saved;
    const float *restrict effort = s->coordination, *restrict member = s->member, *restrict fee_net = s->fee_net;
    const float *restrict budget = s->budget;
    float *restrict onboarding = s->onboarding_paid, *restrict sunk = s->sunk, *restrict subsidy = s->subsidy_paid;
    float *restrict benefit = s->benefit, *restrict net_benefit = s->net_benefit, *restrict value = s->value;
    float *restrict earned = s->earned, *restrict collective = s->scratch;
    KL_INDEPENDENT
    for (int i = 0; i < s->n_padded; i++) {
        float lift = information * usage[i] + on_reach * (kl_logf(reach[i]) - log_first[i]) + on_brand * usage[i] +
                     on_stock * stock[i];
        benefit[i] = (saved[i] - effort[i]) + margin * (revenue[i] * lift + market_revenue[i]) - sunk[i];
        net_benefit[i] = benefit[i] - member[i] * fee_net[i] * budget[i] - onboarding[i] + subsidy[i];
        value[i] += discount * net_benefit[i];
        earned[i] += discount * benefit[i];
        collective[i] = (saved[i] - effort[i]) +
                        margin * revenue[i] * (on_reach * (kl_logf(reach[i]) - log_first[i]) + on_brand * usage[i]);
        onboarding[i] = sunk[i] = subsidy[i] = 0.0f;
    }
}

/* Benefit of the month by level, after firm_benefits, which leaves the cluster's part in `scratch`. `sunk` is what was sunk. */
static void book_levels(kl_state *s, double market, double sunk, double *level)
{
    const kl_params *p = &s->p;
    double informed = s->information > 0 ? kl_dot(s->revenue, s->usage, s->n_padded) : 0;
    double revenue = p->information_lift * s->information * informed +
                     p->innovation_value * kl_dot(s->revenue, s->stock, s->n_padded);
    level[KL_LEVEL_FIRM] += p->margin * revenue * s->discount_factor;
    level[KL_LEVEL_CLUSTER] += kl_sum(s->scratch, s->n_padded) * s->discount_factor;
    level[KL_LEVEL_ECOSYSTEM] += (market - sunk) * s->discount_factor;
}

/* Training is a cost to society; with a training instrument the government pays it. */
static void book_training(kl_state *s)
{
    double cost = s->trained_now * s->p.training_cost;
    if (s->trained_now == 0)
        return;
    double each = s->pays_training ? kl_public_pay(s, cost) / s->trained_now : 0;
    for (int i = 0; i < s->n; i++) {
        s->public_now[i] += (float)each * s->training_due[i];
        s->training_due[i] = 0;
    }
    s->pv_cost += cost * s->discount_factor;
    s->trained_now = 0;
}

/* Public money that went to firms one by one this month. A pilot's, as in public_month, was paid when its month began. */
KL_VECTOR static void book_public(kl_state *s)
{
    const float discount = (float)s->discount_factor;
    float *restrict now = s->public_now, *restrict value = s->public_value;
    KL_INDEPENDENT
    for (int i = 0; i < s->n_padded; i++) {
        value[i] += discount * now[i];
        now[i] = 0.0f;
    }
}

void kl_value_step(kl_state *s)
{
    double onboarding = s->joined_now * s->p.onboarding;
    double sunk = kl_sum(s->sunk, s->n_padded);
    s->joined_now = 0;
    firm_benefits(s);
    double benefit = kl_sum(s->benefit, s->n_padded), net = kl_sum(s->net_benefit, s->n_padded);
    double market = s->p.margin * kl_sum(s->market_revenue, s->n_padded);
    book_levels(s, market, sunk, s->alone_now ? s->pv_level_alone : s->pv_level);
    if (s->alone_now) {
        s->sum_alone[s->month] = net;
        s->pv_benefit_alone += benefit * s->discount_factor;
        s->pv_net_alone += net * s->discount_factor;
        s->pv_market_alone += market * s->discount_factor;
        return;
    }
    book_training(s);
    kl_policy_running_costs(s);
    if (s->firm_instruments || s->pays_training)
        book_public(s);
    s->pv_benefit += benefit * s->discount_factor;
    s->pv_net += net * s->discount_factor;
    s->pv_market += market * s->discount_factor;
    s->pv_cost += onboarding * s->discount_factor;
    s->pv_public += s->public_month * s->discount_factor;
    s->public_month = 0; /* a pilot's grants, paid when its month begins, belong to the next */
    s->pv_budget += s->budget_total * s->discount_factor;
    s->cumulated_net += net - s->sum_alone[s->month] + s->platform_flow;
    s->sum_cumulated[s->month] = s->cumulated_net;
    s->platform_flow = 0;
}
