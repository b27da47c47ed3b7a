/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The joint campaign: members pool part of their budgets; a cost function with scale elasticity eps makes the joint cost the
 * (1/eps)-norm of the members' own costs, lowered by learning and raised by heterogeneity; the joint cost is allocated; each
 * member also bears coordination and the fee. */
#include "core/state.h"
#include "core/vector.h"

/* 1 - sum of squared sector shares among the members. */
static double heterogeneity(const kl_state *s)
{
    double sum = 0, n = s->n_members;
    for (int k = 0; k < s->p.sectors; k++)
        sum += (s->sector_members[k] / n) * (s->sector_members[k] / n);
    return 1 - sum;
}

/* Cost factor after `months` of joint campaigning (Wright 1936). */
static double learning(const kl_state *s)
{
    double factor = kl_pow(1 + s->campaign_months / 3.0, s->learning_exponent);
    return factor > s->p.learning_floor ? factor : s->p.learning_floor;
}

/* v and v relative to the largest, raised to 1/eps; returns the sum of the latter, *total the sum of v. */
KL_VECTOR static double pool_spending(kl_state *s, double *total)
{
    const float *restrict usage = s->usage, *restrict shareable = s->shareable, *restrict budget = s->budget;
    float *restrict spent = s->spent, *restrict weight = s->weight;
    const int n = s->n_padded;
    KL_INDEPENDENT
    for (int i = 0; i < n; i++)
        spent[i] = usage[i] * shareable[i] * budget[i];
    const float largest = kl_largest(spent, n);
    const float scale = largest > 0 ? 1.0f / largest : 0.0f;
    *total = kl_sum(spent, n);
    if (s->p.scale_elasticity >= 1) {
        KL_INDEPENDENT
        for (int i = 0; i < n; i++)
            weight[i] = spent[i] * scale;
    } else if (s->p.scale_elasticity < 0.001) { /* a pure joint good: the largest alone is paid */
        KL_INDEPENDENT
        for (int i = 0; i < n; i++)
            weight[i] = spent[i] >= largest ? 1.0f : 0.0f;
    } else {
        const float power = (float)(1 / s->p.scale_elasticity);
        KL_INDEPENDENT
        for (int i = 0; i < n; i++)
            weight[i] = kl_powf(spent[i] * scale, power);
    }
    return kl_sum(weight, n);
}

/* C_J. A single member pays its own cost. */
static double joint_cost(const kl_state *s, double total, double weights)
{
    double largest = (double)kl_largest(s->spent, s->n_padded);
    if (s->n_members < 2 || !(total > 0))
        return total;
    double norm = total;
    if (s->p.scale_elasticity < 0.001)
        norm = largest;
    else if (s->p.scale_elasticity < 1)
        norm = largest * kl_pow(weights, s->p.scale_elasticity);
    return norm * learning(s) * (1 + s->p.heterogeneity * heterogeneity(s));
}

/* Saving, coordination and net rate of every member; per_spent, per_weight and per_member divide the joint cost. */
KL_VECTOR static void settle(kl_state *s, float per_spent, float per_weight, float per_member)
{
    const float coordination =
        (float)(s->n_members < 2 ? 0 : s->p.coordination * kl_pow(s->n_members - 1, s->p.coordination_exponent - 1));
    const float *restrict member = s->member, *restrict usage = s->usage, *restrict budget = s->budget;
    const float *restrict trust = s->trust, *restrict spent = s->spent, *restrict weight = s->weight;
    const float *restrict fee_net = s->fee_net;
    float *restrict saved = s->saved, *restrict effort = s->coordination, *restrict net = s->net_rate;
    KL_INDEPENDENT
    for (int i = 0; i < s->n_padded; i++) {
        float share = per_spent * spent[i] + per_weight * weight[i] + per_member * member[i];
        float b = budget[i];
        saved[i] = spent[i] - share;
        effort[i] = coordination * usage[i] * b * (1.5f - trust[i]);
        net[i] = member[i] * ((saved[i] - effort[i]) / kl_maxf(b, 1e-6f) - fee_net[i]);
    }
}

void kl_campaign_step(kl_state *s)
{
    double total, weights = pool_spending(s, &total);
    int n = s->n_members;
    if (s->p.channel_cost) {
        s->joint_cost = joint_cost(s, total, weights);
        double per_spent = 0, per_weight = 0, per_member = 0;
        if (s->p.allocation == kl_allocation_equal_split)
            per_member = s->joint_cost / n;
        else if (s->p.allocation == kl_allocation_equal_price && weights > 0)
            per_weight = s->joint_cost / weights;
        else if (total > 0)
            per_spent = s->joint_cost / total;
        if (n < 2) /* exactly its own cost */
            per_spent = 1, per_weight = per_member = 0;
        settle(s, (float)per_spent, (float)per_weight, (float)per_member);
        s->campaign_months += n > 1;
    } else { /* everybody campaigns alone at own cost; the fee is still due */
        s->joint_cost = total;
        settle(s, 1, 0, 0);
        for (int i = 0; i < s->n_padded; i++) {
            s->coordination[i] = 0;
            s->net_rate[i] = -s->member[i] * s->fee_net[i];
        }
    }
    double budget = kl_dot(s->member, s->budget, s->n_padded);
    double net = kl_dot(s->net_rate, s->budget, s->n_padded);
    s->mean_net = n > 0 ? kl_sum(s->net_rate, s->n_padded) / n : 0;
    s->sum_saved[s->month] = kl_sum(s->saved, s->n_padded);
    s->sum_net[s->month] = net;
    s->sum_spent[s->month] = total;
    s->sum_budget_members[s->month] = budget;
}

void kl_campaign_idle(kl_state *s)
{
    s->joint_cost = s->mean_net = s->mean_usage = 0;
    s->sum_saved[s->month] = s->sum_net[s->month] = s->sum_spent[s->month] = s->sum_budget_members[s->month] = 0;
    for (int i = 0; i < s->n_padded; i++)
        s->spent[i] = s->saved[i] = s->coordination[i] = s->net_rate[i] = 0;
}
