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

/* The powers of a month, which do not wait for each other. */
typedef struct powers {
    double norm;    /* of the weights: what scale leaves of the joint cost, over the largest spending */
    double learned; /* cost factor after months of joint campaigning (Wright 1936) */
    double effort;  /* of coordination a member, over that of one of two */
} powers;

static powers powers_now(const kl_state *s, double weights)
{
    const kl_params *p = &s->p;
    const int n = s->n_members;
    const double x[4] = {weights > 0 ? weights : 1, 1 + s->campaign_months / 3.0, n > 2 ? n - 1 : 1, 1};
    const double a[4] = {p->scale_elasticity, s->learning_exponent, p->coordination_exponent - 1, 1};
    double y[4];
    kl_four_pows(x, a, y);
    return (powers){y[0], y[1] > p->learning_floor ? y[1] : p->learning_floor, n < 2 ? 0 : y[2]};
}

enum { SPENT, LARGEST, BUDGET, N_POOLED };

/* v of every firm; sums, and the largest. */
KL_VECTOR static void pool_spending(kl_state *s, const void *with, int begin, int end, double *sum)
{
    KL_WHOLE_ROWS(begin, end);
    (void)with;
    const float *restrict usage = s->usage, *restrict shareable = s->shareable, *restrict budget = s->budget;
    float *restrict spent = s->spent;
    KL_INDEPENDENT
    for (int i = begin; i < end; i++)
        spent[i] = usage[i] * shareable[i] * budget[i];
    sum[SPENT] = kl_sum(spent + begin, end - begin);
    sum[LARGEST] = (double)kl_largest(spent + begin, end - begin);
    sum[BUDGET] = kl_dot(s->member + begin, budget + begin, end - begin);
}

/* v relative to the largest, raised to 1/eps. */
KL_VECTOR static void weigh_spending(kl_state *s, const void *with, int begin, int end, double *weights)
{
    KL_WHOLE_ROWS(begin, end);
    const float largest = *(const float *)with, scale = largest > 0 ? 1.0f / largest : 0.0f;
    const float *restrict spent = s->spent;
    float *restrict weight = s->weight;
    if (s->p.scale_elasticity >= 1) {
        KL_INDEPENDENT
        for (int i = begin; i < end; i++)
            weight[i] = spent[i] * scale;
    } else if (s->p.scale_elasticity < 0.001) { /* a pure joint good: the largest alone is paid */
        KL_INDEPENDENT
        for (int i = begin; i < end; i++)
            weight[i] = spent[i] >= largest ? 1.0f : 0.0f;
    } else {
        const float power = (float)(1 / s->p.scale_elasticity);
        float log_weight[KL_SPAN];
        KL_INDEPENDENT
        for (int i = begin; i < end; i++)
            weight[i] = spent[i] * scale;
        kl_logs(weight + begin, end - begin, log_weight);
        KL_INDEPENDENT
        for (int i = begin; i < end; i++)
            weight[i] = kl_powf_of(log_weight[i - begin], weight[i], power);
    }
    *weights = kl_sum(weight + begin, end - begin);
}

/* C_J. A single member pays its own cost. */
static double joint_cost(const kl_state *s, double total, double largest, const powers *by)
{
    if (s->n_members < 2 || !(total > 0))
        return total;
    double norm = total;
    if (s->p.scale_elasticity < 0.001)
        norm = largest;
    else if (s->p.scale_elasticity < 1)
        norm = largest * by->norm;
    return norm * by->learned * (1 + s->p.heterogeneity * heterogeneity(s));
}

/* How the joint cost is divided, and what a member's effort to coordinate costs. */
typedef struct division {
    float per_spent, per_weight, per_member;
    float coordination; /* USD a USD of budget, for a firm that uses the platform fully */
} division;

enum { SAVED, NET, NET_RATE, N_SETTLED };

/* Saving, coordination and net rate of every member. */
KL_VECTOR static void settle(kl_state *s, const void *with, int begin, int end, double *sum)
{
    KL_WHOLE_ROWS(begin, end);
    const division *by = with;
    const float per_spent = by->per_spent, per_weight = by->per_weight, per_member = by->per_member;
    const float coordination = by->coordination;
    const float *restrict member = s->member, *restrict usage = s->usage, *restrict budget = s->budget;
    const float *restrict trust = s->trust, *restrict spent = s->spent, *restrict weight = s->weight;
    const float *restrict fee_net = s->fee_net;
    float *restrict saved = s->saved, *restrict effort = s->coordination, *restrict net = s->net_rate;
    KL_INDEPENDENT
    for (int i = begin; i < end; i++) {
        float share = per_spent * spent[i] + per_weight * weight[i] + per_member * member[i];
        float b = budget[i];
        saved[i] = spent[i] - share;
        effort[i] = coordination * usage[i] * b * (1.5f - trust[i]);
        net[i] = member[i] * ((saved[i] - effort[i]) / kl_maxf(b, 1e-6f) - fee_net[i]);
    }
    sum[SAVED] = kl_sum(saved + begin, end - begin);
    sum[NET] = kl_dot(net + begin, budget + begin, end - begin);
    sum[NET_RATE] = kl_sum(net + begin, end - begin);
}

/* Everybody campaigns alone at own cost; the fee is still due. */
KL_VECTOR static void settle_alone(kl_state *s, const void *with, int begin, int end, double *sum)
{
    KL_WHOLE_ROWS(begin, end);
    (void)with;
    const float *restrict member = s->member, *restrict fee_net = s->fee_net;
    float *restrict saved = s->saved, *restrict effort = s->coordination, *restrict net = s->net_rate;
    KL_INDEPENDENT
    for (int i = begin; i < end; i++) {
        saved[i] = effort[i] = 0;
        net[i] = -member[i] * fee_net[i];
    }
    sum[SAVED] = 0;
    sum[NET] = kl_dot(net + begin, s->budget + begin, end - begin);
    sum[NET_RATE] = kl_sum(net + begin, end - begin);
}

static division divide(const kl_state *s, double total, double weights, double effort)
{
    const int n = s->n_members;
    double per_spent = 0, per_weight = 0, per_member = 0;
    if (n < 2) /* exactly its own cost */
        per_spent = 1;
    else if (s->p.allocation == kl_allocation_equal_split)
        per_member = s->joint_cost / n;
    else if (s->p.allocation == kl_allocation_equal_price && weights > 0)
        per_weight = s->joint_cost / weights;
    else if (total > 0)
        per_spent = s->joint_cost / total;
    return (division){(float)per_spent, (float)per_weight, (float)per_member, (float)(s->p.coordination * effort)};
}

void kl_campaign_step(kl_state *s)
{
    double pooled[N_POOLED], settled[N_SETTLED], weights;
    s->campaigned = 1;
    kl_spans(s, pool_spending, NULL, N_POOLED, pooled);
    double total = s->joint_cost = pooled[SPENT];
    if (s->p.channel_cost) {
        float largest = (float)kl_spans_largest(s, LARGEST, pooled[LARGEST]);
        kl_spans(s, weigh_spending, &largest, 1, &weights);
        powers power = powers_now(s, weights);
        s->joint_cost = joint_cost(s, total, (double)largest, &power);
        division by = divide(s, total, weights, power.effort);
        kl_spans(s, settle, &by, N_SETTLED, settled);
        s->campaign_months += s->n_members > 1;
    } else {
        kl_spans(s, settle_alone, NULL, N_SETTLED, settled);
    }
    s->mean_net = s->n_members > 0 ? settled[NET_RATE] / s->n_members : 0;
    s->sum_saved[s->month] = settled[SAVED];
    s->sum_net[s->month] = settled[NET];
    s->sum_spent[s->month] = total;
    s->sum_budget_members[s->month] = pooled[BUDGET];
}

/* Nothing is spent jointly, and nothing is left of what was. */
void kl_campaign_idle(kl_state *s)
{
    s->joint_cost = s->mean_net = s->mean_usage = s->total_usage = 0;
    s->sum_saved[s->month] = s->sum_net[s->month] = s->sum_spent[s->month] = s->sum_budget_members[s->month] = 0;
    for (int i = 0; s->campaigned && i < s->n_padded; i++)
        s->spent[i] = s->saved[i] = s->coordination[i] = s->net_rate[i] = 0;
    s->campaigned = 0;
}
