/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Policy instruments (MODEL section 6). Every payment goes through kl_public_pay, which books it and stops at the budget;
 * firm-level instruments reach the firms that are in the target group and claim them. */
#include "core/state.h"
#include "core/vector.h"

/* Have the instruments begun, and is there public money left? Without it every instrument stops, also those whose effect
 * and payment fall into different places of a month. */
int kl_policy_on(const kl_state *s)
{
    return s->month >= s->p.policy_start && s->public_total < s->p.public_budget;
}

double kl_public_pay(kl_state *s, double amount)
{
    if (!(amount > 0) || !kl_policy_on(s))
        return 0;
    double left = s->p.public_budget - s->public_total;
    double paid = amount < left ? amount : left;
    s->public_total += paid;
    s->public_month += paid;
    return paid;
}

/* Is the firm in the target group, and does it claim? */
static int is_eligible(const kl_state *s, int i)
{
    if ((double)s->claims[i] >= s->p.take_up)
        return 0;
    switch (s->p.subsidy_target) {
    case kl_subsidy_target_small:
        return s->employees[i] < 50;
    case kl_subsidy_target_exporters:
        return s->exporter[i] > 0;
    default:
        return 1;
    }
}

void kl_policy_reset(kl_state *s)
{
    s->firm_instruments = s->p.fee_subsidy > 0 || s->p.onboarding_grant > 0 || s->p.entry_subsidy > 0;
    s->pays_training = s->p.training_seats > 0 || s->p.training_voucher > 0;
    for (int i = 0; i < s->n; i++)
        s->fee_net[i] = (float)s->p.fee;
}

/* Who may claim this month, and the fee that members pay and joiners expect. */
void kl_policy_begin_month(kl_state *s)
{
    int on = kl_policy_on(s);
    float fee = (float)s->p.fee, rebate = (float)(s->p.fee * s->p.fee_subsidy), months = (float)s->p.fee_subsidy_months;
    if (!s->firm_instruments)
        return;
    for (int i = 0; i < s->n; i++)
        s->eligible[i] = (float)(on && is_eligible(s, i));
    for (int i = 0; i < s->n; i++) {
        float subsidised = s->member[i] > 0 && s->tenure[i] + 1 >= months ? 0.0f : s->eligible[i];
        s->fee_net[i] = fee - rebate * subsidised;
    }
}

/* Instruments that cost by the month while the platform is open. */
void kl_policy_running_costs(kl_state *s)
{
    const kl_params *p = &s->p;
    double wanted = 0;
    if (!s->open || !kl_policy_on(s))
        return;
    if (p->exchange_sharing > 0)
        wanted += p->exchange_cost;
    if (p->campaign_optimism > 0 || p->campaign_rate > 0)
        wanted += p->campaign_cost;
    s->pv_cost += kl_public_pay(s, wanted) * s->discount_factor;
}
