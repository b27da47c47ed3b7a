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

enum { PAID, REBATE, N_DUE };

/* Fees that the members pay this month, and what the government owes for them. */
KL_VECTOR static void fees_due(kl_state *s, const void *with, int begin, int end, double *sum)
{
    KL_WHOLE_ROWS(begin, end);
    (void)with;
    const float fee = (float)s->p.fee;
    const float *restrict member = s->member + begin, *restrict fee_net = s->fee_net + begin;
    float rebate[KL_SPAN], paid[KL_SPAN];
    KL_INDEPENDENT
    for (int i = 0; i < end - begin; i++) {
        rebate[i] = member[i] * (fee - fee_net[i]);
        paid[i] = member[i] * fee_net[i];
    }
    sum[REBATE] = kl_dot(rebate, s->budget + begin, end - begin);
    sum[PAID] = kl_dot(paid, s->budget + begin, end - begin);
}

/* The government's part of each member's fee goes to that firm; the part of what is owed that was paid. */
KL_VECTOR static void book_rebates(kl_state *s, const void *part, int begin, int end, double *sum)
{
    KL_WHOLE_ROWS(begin, end);
    (void)sum;
    const float fee = (float)s->p.fee, paid = (float)*(const double *)part;
    const float *restrict member = s->member, *restrict fee_net = s->fee_net, *restrict budget = s->budget;
    float *restrict public_now = s->public_now;
    KL_INDEPENDENT
    for (int i = begin; i < end; i++)
        public_now[i] += paid * member[i] * (fee - fee_net[i]) * budget[i];
}

void kl_platform_step(kl_state *s)
{
    if (!s->operating)
        return;
    if (s->month_operating < 0)
        s->month_operating = s->month;
    double opex = s->p.opex / 12, due[N_DUE] = {0};
    if (s->n_members > 0)
        kl_spans(s, fees_due, NULL, N_DUE, due);
    double paid_by_firms = due[PAID], rebate = due[REBATE];
    /* A rebate that the budget no longer covers falls on the platform, in the one month in which the money runs out. */
    double subsidy = kl_public_pay(s, rebate);
    double part = subsidy > 0 ? subsidy / rebate : 0;
    if (subsidy > 0)
        kl_spans(s, book_rebates, &part, 0, NULL);
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
