/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The platform's account: fees and public support in, running cost out from the build on (its staff is there before its
 * members are); closed after too many months below zero. And the brand that its campaigns build. */
#include "core/state.h"
#include "core/vector.h"

/* Share of the running cost that the government pays: fades in a straight line from the first month on. */
static double opex_support_now(const kl_state *s)
{
    int first = s->p.policy_start > s->month_operating ? s->p.policy_start : s->month_operating;
    double faded = (double)(s->month - first) / s->p.opex_support_months;
    if (s->month < first || faded >= 1)
        return 0;
    return s->p.opex_support * (1 - faded);
}

/* Fees that the members pay this month, and what the government owes for them. */
KL_VECTOR static double fees_due(kl_state *s, double *rebate)
{
    const float fee = (float)s->p.fee;
    const float *restrict member = s->member, *restrict fee_net = s->fee_net;
    float *restrict rate = s->scratch;
    KL_INDEPENDENT
    for (int i = 0; i < s->n_padded; i++)
        rate[i] = member[i] * (fee - fee_net[i]);
    *rebate = kl_dot(rate, s->budget, s->n_padded);
    KL_INDEPENDENT
    for (int i = 0; i < s->n_padded; i++)
        rate[i] = member[i] * fee_net[i];
    return kl_dot(rate, s->budget, s->n_padded);
}

/* The government's part of each member's fee goes to that firm; `part` of what is owed was paid. */
KL_VECTOR static void book_rebates(kl_state *s, double part)
{
    const float fee = (float)s->p.fee, paid = (float)part;
    const float *restrict member = s->member, *restrict fee_net = s->fee_net, *restrict budget = s->budget;
    float *restrict public_now = s->public_now;
    KL_INDEPENDENT
    for (int i = 0; i < s->n_padded; i++)
        public_now[i] += paid * member[i] * (fee - fee_net[i]) * budget[i];
}

void kl_platform_step(kl_state *s)
{
    if (!s->operating)
        return;
    if (s->month_operating < 0)
        s->month_operating = s->month;
    double opex = s->p.opex / 12, rebate = 0;
    double paid_by_firms = s->n_members > 0 ? fees_due(s, &rebate) : 0;
    /* A rebate that the budget no longer covers falls on the platform, in the one month in which the money runs out. */
    double subsidy = kl_public_pay(s, rebate);
    if (subsidy > 0)
        book_rebates(s, subsidy / rebate);
    double support = kl_public_pay(s, opex * opex_support_now(s));
    double flow = paid_by_firms + subsidy + support - opex;
    s->flows.fees = paid_by_firms;
    s->flows.fee_subsidy = subsidy;
    s->flows.support = support;
    s->flows.opex = opex;
    s->account += flow;
    s->platform_flow += flow;
    s->pv_platform += flow * s->discount_factor;
    s->pv_cost += opex * s->discount_factor;
    if (s->account < s->cash_lowest)
        s->cash_lowest = s->account;
    s->months_below_zero = s->account < 0 ? s->months_below_zero + 1 : 0;
    if (s->months_below_zero >= s->p.insolvency_months)
        s->insolvent = 1; /* closes when the month is over */
}

/* Goodwill (Nerlove & Arrow 1962) grows with the share of all shareable spending that is spent jointly. */
void kl_brand_step(kl_state *s)
{
    double joint = s->shareable_total > 0 ? s->sum_spent[s->month] / s->shareable_total : 0;
    if (!s->p.channel_brand)
        return;
    s->goodwill = (1 - s->p.brand_decay) * s->goodwill + s->p.brand_gain * s->quality * joint * (1 - s->goodwill);
}
