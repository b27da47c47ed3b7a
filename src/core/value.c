/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Value: each firm's benefit of the month before fee and onboarding, its net benefit after them, and the discounted sums by
 * firm, platform, government and society. Transfers cancel in the social account. */
#include "core/state.h"
#include "core/vector.h"

/* Sums over firms of the month, USD. */
enum { BENEFIT, NET, MARKET, SUNK, COLLECTIVE, ON_STOCK, ON_USAGE, N_SUMS };

KL_INLINE void add_up(const kl_state *s, int begin, int end, double *sum)
{
    const int n = end - begin;
    sum[BENEFIT] = kl_sum(s->benefit + begin, n);
    sum[MARKET] = kl_sum(s->market_revenue + begin, n);
    sum[ON_STOCK] = kl_dot(s->revenue + begin, s->stock + begin, n);
}

/* Benefits of the month; `scratch` receives the part from collective marketing. */
KL_VECTOR static void firm_benefits(kl_state *s, const void *with, int begin, int end, double *sum)
{
    KL_WHOLE_ROWS(begin, end);
    (void)with;
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
    float log_reach[KL_SPAN];
    kl_logs(reach + begin, end - begin, log_reach);
    sum[SUNK] = kl_sum(sunk + begin, end - begin);
    KL_INDEPENDENT
    for (int i = begin; i < end; i++) {
        float by_reach = on_reach * (log_reach[i - begin] - log_first[i]);
        float lift = information * usage[i] + by_reach + on_brand * usage[i] + on_stock * stock[i];
        benefit[i] = (saved[i] - effort[i]) + margin * (revenue[i] * lift + market_revenue[i]) - sunk[i];
        net_benefit[i] = benefit[i] - member[i] * fee_net[i] * budget[i] - onboarding[i] + subsidy[i];
        value[i] += discount * net_benefit[i];
        earned[i] += discount * benefit[i];
        collective[i] = (saved[i] - effort[i]) + margin * revenue[i] * (by_reach + on_brand * usage[i]);
        onboarding[i] = sunk[i] = subsidy[i] = 0.0f;
    }
    add_up(s, begin, end, sum);
    sum[NET] = kl_sum(net_benefit + begin, end - begin);
    sum[COLLECTIVE] = kl_sum(collective + begin, end - begin);
    sum[ON_USAGE] = kl_dot(revenue + begin, usage + begin, end - begin);
}

/* The same where nobody is or has just been a member: what is left is new markets and innovations. */
KL_VECTOR static void firm_benefits_alone(kl_state *s, const void *with, int begin, int end, double *sum)
{
    KL_WHOLE_ROWS(begin, end);
    (void)with;
    const float on_stock = (float)s->p.innovation_value, margin = (float)s->p.margin;
    const float discount = (float)s->discount_factor;
    const float *restrict revenue = s->revenue, *restrict stock = s->stock,
                          *restrict market_revenue = s->market_revenue;
    float *restrict benefit = s->benefit, *restrict net_benefit = s->net_benefit, *restrict value = s->value;
    float *restrict earned = s->earned, *restrict sunk = s->sunk;
    sum[SUNK] = kl_sum(sunk + begin, end - begin);
    KL_INDEPENDENT
    for (int i = begin; i < end; i++) {
        float now = margin * (revenue[i] * (on_stock * stock[i]) + market_revenue[i]) - sunk[i];
        benefit[i] = net_benefit[i] = now;
        value[i] += discount * now;
        earned[i] += discount * now;
        sunk[i] = 0.0f;
    }
    add_up(s, begin, end, sum);
    sum[NET] = sum[BENEFIT];
}

/* Benefit of the month by level. */
static void book_levels(const kl_state *s, const double *sum, double *level)
{
    const kl_params *p = &s->p;
    double informed = s->information > 0 ? sum[ON_USAGE] : 0;
    double revenue = p->information_lift * s->information * informed + p->innovation_value * sum[ON_STOCK];
    level[KL_LEVEL_FIRM] += p->margin * revenue * s->discount_factor;
    level[KL_LEVEL_CLUSTER] += sum[COLLECTIVE] * s->discount_factor;
    level[KL_LEVEL_ECOSYSTEM] += (p->margin * sum[MARKET] - sum[SUNK]) * s->discount_factor;
}

/* Training is a cost to society; with a training instrument the government pays it. */
/* Who was trained, and what the government pays for each. */
KL_VECTOR static void book_trained(kl_state *s, const void *with, int begin, int end, double *sum)
{
    KL_WHOLE_ROWS(begin, end);
    (void)sum;
    const float each = *(const float *)with;
    float *restrict now = s->public_now, *restrict due = s->training_due;
    KL_INDEPENDENT
    for (int i = begin; i < end; i++) {
        now[i] += each * due[i];
        due[i] = 0.0f;
    }
}

static void book_training(kl_state *s)
{
    double cost = s->trained_now * s->p.training_cost;
    if (s->trained_now == 0)
        return;
    float each = (float)(s->pays_training ? kl_public_pay(s, cost) / s->trained_now : 0);
    kl_spans(s, book_trained, &each, 0, NULL);
    s->pv_cost += cost * s->discount_factor;
    s->trained_now = 0;
}

/* Public money that went to firms one by one this month. A pilot's, as in public_month, was paid when its month began. */
KL_VECTOR static void book_public(kl_state *s, const void *with, int begin, int end, double *sum)
{
    KL_WHOLE_ROWS(begin, end);
    (void)with;
    (void)sum;
    const float discount = (float)s->discount_factor;
    float *restrict now = s->public_now, *restrict value = s->public_value;
    KL_INDEPENDENT
    for (int i = begin; i < end; i++) {
        value[i] += discount * now[i];
        now[i] = 0.0f;
    }
}

void kl_value_step(kl_state *s)
{
    double onboarding = s->joined_now * s->p.onboarding, sum[N_SUMS];
    int alone = s->n_members == 0 && s->joined_now == 0;
    s->joined_now = 0;
    kl_spans(s, alone ? firm_benefits_alone : firm_benefits, NULL, N_SUMS, sum);
    double market = s->p.margin * sum[MARKET];
    book_levels(s, sum, s->alone_now ? s->pv_level_alone : s->pv_level);
    if (s->alone_now) {
        s->sum_alone[s->month] = sum[NET];
        s->pv_benefit_alone += sum[BENEFIT] * s->discount_factor;
        s->pv_net_alone += sum[NET] * s->discount_factor;
        s->pv_market_alone += market * s->discount_factor;
        return;
    }
    if (!s->twin_parted)
        s->sum_alone[s->month] = sum[NET];
    s->months_valued = s->month + 1;
    book_training(s);
    kl_policy_running_costs(s);
    if (s->firm_instruments || s->pays_training)
        kl_spans(s, book_public, NULL, 0, NULL);
    s->pv_benefit += sum[BENEFIT] * s->discount_factor;
    s->pv_net += sum[NET] * s->discount_factor;
    s->pv_market += market * s->discount_factor;
    s->pv_cost += onboarding * s->discount_factor;
    s->pv_public += s->public_month * s->discount_factor;
    s->public_month = 0; /* a pilot's grants, paid when its month begins, belong to the next */
    s->pv_budget += s->budget_total * s->discount_factor;
    s->cumulated_net += sum[NET] - s->sum_alone[s->month] + s->platform_flow;
    s->sum_cumulated[s->month] = s->cumulated_net;
    s->platform_flow = 0;
}
