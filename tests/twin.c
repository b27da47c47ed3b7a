/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The twin's month, in the order of docs/model.md: policy, stage, joining and leaving, usage, campaign, platform, brand, reach,
 * information, markets, innovation, value, people, end of the stage. Slow on purpose; see twin.h. */
#include "twin.h"

#include <math.h>

#include "twin_parts.h"

/* Is x at least the limit? Both were computed, so floats may see it otherwise where they nearly agree. */
int twin_at_least(twin *t, double x, double limit, double size)
{
    if (fabs(x - limit) <= 1e-5 * size)
        t->near++;
    return x >= limit;
}

double twin_logistic(double x)
{
    return 1 / (1 + exp(-x));
}

/* The clock's advance that makes an event of chance 1 / (1 + e^-odds). */
static double hazard_of_odds(double odds)
{
    return odds > 30 ? odds : -log1p(-twin_logistic(odds));
}

double twin_exponential(const twin *t, int firm, kl_purpose purpose, int spell, int word)
{
    kl_words draw = kl_draw(t->key, (uint32_t)firm, purpose, (uint32_t)spell);
    return -log(kl_uniform(draw.w[word]));
}

/* ---- ties ---- */

const twin_firm *twin_tied(const twin *t, int i, int k)
{
    const twin_firm *f = &t->firm[i];
    return &t->firm[f->tie ? f->tie[k] : k < i ? k : k + 1];
}

double twin_peers(const twin *t, int i)
{
    int n = t->firm[i].n_ties;
    double members = 0;
    for (int k = 0; k < n; k++)
        members += twin_tied(t, i, k)->member;
    return n > 0 ? members / n : 0;
}

/* ---- policy ---- */

int twin_policy_on(const twin *t)
{
    return t->month >= t->p.policy_start && t->public_total < t->p.public_budget;
}

double twin_public_pay(twin *t, double wanted)
{
    if (!twin_policy_on(t) || wanted <= 0)
        return 0;
    double paid = fmin(wanted, t->p.public_budget - t->public_total);
    t->public_total += paid;
    t->public_month += paid;
    return paid;
}

static int in_target_group(const twin *t, const twin_firm *f)
{
    if (t->p.subsidy_target == kl_subsidy_target_small)
        return f->employees < 50;
    if (t->p.subsidy_target == kl_subsidy_target_exporters)
        return f->exporter;
    return 1;
}

static void policy_begins_month(twin *t)
{
    for (int i = 0; i < t->n; i++) {
        twin_firm *f = &t->firm[i];
        f->eligible = twin_policy_on(t) && f->claims < t->p.take_up && in_target_group(t, f);
        int new_enough = !f->member || f->tenure + 1 < t->p.fee_subsidy_months /* the month of joining is the first */;
        f->fee_net = t->p.fee * (1 - (f->eligible && new_enough ? t->p.fee_subsidy : 0));
    }
}

/* ---- joining and leaving ---- */

double twin_utility(const twin *t, int i)
{
    const kl_params *p = &t->p;
    const twin_firm *f = &t->firm[i];
    double onboarding = p->onboarding * (1 - (f->eligible ? p->onboarding_grant : 0));
    return p->join_intercept + p->join_belief * (f->belief - f->fee_net) + p->join_peers * twin_peers(t, i) +
           p->join_readiness * (2 * f->readiness - 1) + p->join_trust * (2 * f->trust - 1) +
           p->join_leadership * (2 * t->leadership - 1) - p->join_cost * onboarding / (12 * f->budget);
}

static double joining_hazard(twin *t, int i)
{
    const kl_params *p = &t->p;
    if (p->adoption_rule == kl_adoption_rule_bass)
        return (p->bass_p + p->bass_q * twin_peers(t, i)) / 12;
    if (p->adoption_rule == kl_adoption_rule_threshold) {
        double share = twin_peers(t, i), threshold = t->firm[i].threshold;
        if (fabs(share - threshold) < 2e-6 && fabs(share - threshold) > 2e-7) /* neither equal nor apart */
            t->near++;
        return share >= threshold - 1e-6 ? INFINITY : 0;
    }
    return hazard_of_odds(twin_utility(t, i));
}

static double leaving_hazard(const twin *t, int i)
{
    const kl_params *p = &t->p;
    const twin_firm *f = &t->firm[i];
    double base = f->employees < 50 ? p->leave_small : f->employees < 250 ? p->leave_medium : p->leave_large;
    double log_factor = -p->leave_usage * (2 * f->usage - 1) - p->leave_trust * (2 * f->trust - 1);
    if (f->satisfaction < .5)
        log_factor += p->leave_dissatisfied;
    return base * exp(log_factor) * (f->tenure < p->leave_new_months ? p->leave_new_factor : 1);
}

static void new_spell(twin *t, int i)
{
    t->firm[i].limit = twin_exponential(t, i, KL_DRAW_MEMBERSHIP, t->firm[i].spell++, 0);
    t->firm[i].clock = 0;
}

void twin_join(twin *t, int i)
{
    twin_firm *f = &t->firm[i];
    double grant = f->eligible ? twin_public_pay(t, t->p.onboarding * t->p.onboarding_grant) : 0;
    f->member = 1;
    f->tenure = 0;
    f->usage = t->p.usage_initial;
    f->satisfaction = t->p.satisfaction_initial;
    f->onboarding_paid = t->p.onboarding - grant;
    t->n_members++;
    t->joins++;
    t->joined++;
    new_spell(t, i);
}

void twin_leave(twin *t, int i)
{
    twin_firm *f = &t->firm[i];
    f->member = 0;
    f->away = 0;
    f->usage = 0;
    t->n_members--;
    t->leaves++;
    new_spell(t, i);
}

static void join_and_leave(twin *t)
{
    if (!t->open)
        return;
    for (int i = 0; i < t->n; i++) { /* all hazards before anybody moves */
        twin_firm *f = &t->firm[i];
        if (f->member)
            f->clock += leaving_hazard(t, i);
        else if (f->invited && f->away >= t->p.rejoin_wait)
            f->clock += joining_hazard(t, i);
        if (f->member)
            f->tenure++;
        else
            f->away++;
    }
    for (int i = 0; i < t->n; i++) {
        twin_firm *f = &t->firm[i];
        if (!twin_at_least(t, f->clock, f->limit, f->limit))
            continue;
        if (f->member)
            twin_leave(t, i);
        else
            twin_join(t, i);
    }
    t->member_months += t->n_members;
}

/* ---- usage ---- */

static void use(twin *t)
{
    const kl_params *p = &t->p;
    t->mean_usage = 0;
    for (int i = 0; i < t->n; i++) {
        twin_firm *f = &t->firm[i];
        if (!f->member)
            continue;
        double target =
            twin_logistic(p->usage_intercept + p->usage_training * f->trained +
                          p->usage_readiness * (2 * f->readiness - 1) + p->usage_trust * (2 * f->trust - 1) +
                          p->usage_quality * (2 * t->quality - 1) + p->usage_belief * fmax(-1, fmin(1, f->belief)));
        f->usage += p->usage_rate * (target - f->usage);
        t->mean_usage += f->usage / t->n_members;
    }
}

/* ---- campaign ---- */

/* Cost of joint campaigning before learning and heterogeneity: the p-norm of the members' own costs, p = 1/eps. */
static double joint_norm(const twin *t)
{
    double eps = t->p.scale_elasticity, largest = 0, sum = 0;
    for (int i = 0; i < t->n; i++)
        largest = fmax(largest, t->firm[i].spent);
    if (eps < .001 || largest == 0) /* a pure joint good */
        return largest;
    for (int i = 0; i < t->n; i++)
        sum += pow(t->firm[i].spent / largest, 1 / eps);
    return largest * pow(sum, eps);
}

static double learning_and_heterogeneity(const twin *t)
{
    double together = 0, quarters = t->campaign_months / 3.;
    for (int a = 0; a < t->n; a++) /* chance that two members are of one sector */
        for (int b = 0; b < t->n; b++)
            together += t->firm[a].member && t->firm[b].member && t->firm[a].sector == t->firm[b].sector;
    together /= (double)t->n_members * t->n_members;
    return fmax(t->p.learning_floor, pow(1 + quarters, log2(t->p.progress_ratio))) *
           (1 + t->p.heterogeneity * (1 - together));
}

/* Part of the joint cost that a firm bears. */
static double part_of(const twin *t, int i, double total)
{
    double eps = t->p.scale_elasticity, all = 0, largest = 0;
    if (t->p.allocation == kl_allocation_equal_split)
        return 1. / t->n_members;
    if (t->p.allocation == kl_allocation_proportional)
        return t->firm[i].spent / total;
    for (int k = 0; k < t->n; k++)
        largest = fmax(largest, t->firm[k].spent);
    if (eps < .001) {
        for (int k = 0; k < t->n; k++)
            all += t->firm[k].spent >= largest;
        return (t->firm[i].spent >= largest) / all;
    }
    for (int k = 0; k < t->n; k++)
        all += pow(t->firm[k].spent / largest, 1 / eps);
    return pow(t->firm[i].spent / largest, 1 / eps) / all;
}

static void campaign(twin *t)
{
    const kl_params *p = &t->p;
    int n = t->n_members, pooling = p->channel_cost && n > 1;
    double total = 0;
    for (int i = 0; i < t->n; i++)
        total += t->firm[i].spent = t->firm[i].usage * t->firm[i].shareable * t->firm[i].budget;
    t->joint_cost = pooling ? joint_norm(t) * learning_and_heterogeneity(t) : total;
    t->mean_net = t->mean_net_size = 0;
    for (int i = 0; i < t->n; i++) {
        twin_firm *f = &t->firm[i];
        f->saved = f->coordination = f->net_rate = f->saved_size = f->effort_size = f->net_size = 0;
        if (!f->member)
            continue;
        double share = !pooling ? f->spent : total > 0 ? t->joint_cost * part_of(t, i, total) : 0;
        f->saved = f->spent - share;
        f->saved_size = f->spent + share + .05 * f->budget;
        if (pooling) {
            f->effort_size = p->coordination * f->budget * pow(n - 1, p->coordination_exponent - 1) * (1.5 - f->trust);
            f->coordination = f->effort_size * f->usage;
            f->effort_size *= fmax(.05, f->usage);
        }
        f->net_rate = (f->saved - f->coordination) / f->budget - f->fee_net;
        f->net_size = (f->saved_size + f->effort_size) / f->budget + p->fee;
        t->mean_net += f->net_rate / n;
        t->mean_net_size += f->net_size / n;
    }
    t->campaign_months += pooling;
}

/* ---- platform, brand, reach, information ---- */

static void platform(twin *t)
{
    const kl_params *p = &t->p;
    double opex = p->opex / 12, fees = 0, rebates = 0, support = 0;
    if (!t->operating)
        return;
    if (t->month_operating < 0)
        t->month_operating = t->month;
    for (int i = 0; i < t->n; i++) {
        if (!t->firm[i].member)
            continue;
        fees += t->firm[i].fee_net * t->firm[i].budget;
        rebates += (p->fee - t->firm[i].fee_net) * t->firm[i].budget;
    }
    int since = t->month - (p->policy_start > t->month_operating ? p->policy_start : t->month_operating);
    if (since >= 0 && since < p->opex_support_months)
        support = p->opex_support * (p->opex_support_months - since) / p->opex_support_months;
    double flow = fees + twin_public_pay(t, rebates) + twin_public_pay(t, support * opex) - opex;
    t->account += flow;
    t->flow += flow;
    t->pv_platform += flow * t->discount;
    t->pv_cost += opex * t->discount;
    t->cash_lowest = fmin(t->cash_lowest, t->account);
    t->months_below_zero = twin_at_least(t, t->account, 0, p->reserve) ? 0 : t->months_below_zero + 1;
    t->insolvent |= t->months_below_zero >= p->insolvency_months;
    t->money_size += fees + opex;
}

static void brand(twin *t)
{
    double shareable = 0, joint = 0;
    for (int i = 0; i < t->n; i++) {
        shareable += t->firm[i].shareable * t->firm[i].budget;
        joint += t->firm[i].spent;
    }
    if (!t->p.channel_brand)
        return;
    double pull = t->p.brand_gain * t->quality * (shareable > 0 ? joint / shareable : 0);
    t->goodwill = t->goodwill * (1 - t->p.brand_decay) + pull * (1 - t->goodwill);
}

/* Metheringham 1964: nobody of n is reached with mean E (1 - x)^n, x beta-distributed. */
static double joint_audience(double mean, int n, double duplication)
{
    double none = 1, rest = duplication > 0 ? 1 / duplication - 1 : 0, b = (1 - mean) * rest;
    for (int k = 0; k < n; k++)
        none *= duplication < 1e-6 ? 1 - mean : (b + k) / (rest + k);
    return mean > 0 ? 1 - none : 0;
}

static void reach(twin *t)
{
    const kl_params *p = &t->p;
    double usage = 0, pooled = 0, own = 0;
    for (int i = 0; i < t->n; i++) {
        usage += t->firm[i].usage;
        pooled += t->firm[i].usage * t->firm[i].experience;
        own += t->firm[i].member * t->firm[i].own_reach;
        t->firm[i].reach = t->firm[i].own_reach;
    }
    if (t->n_members == 0 || !p->channel_brand)
        return;
    pooled = usage > 0 ? pooled / usage : 0;
    double audience = joint_audience(p->crosspromotion * own / t->n_members, t->n_members, p->duplication);
    double lift = fmax(0, 1 + p->reach_quality * (2 * t->quality - 1)) * (1 + p->reach_brand * t->goodwill);
    for (int i = 0; i < t->n; i++) {
        twin_firm *f = &t->firm[i];
        double joint = f->usage * f->shareable;
        double exposure =
            p->reach_rate * ((.5 + f->experience) * (1 - joint) + (.5 + fmax(f->experience, pooled)) * joint * lift);
        f->reach = 1 - exp(-exposure) * (1 - p->crosspromotion_weight * f->usage * audience);
    }
}

static void information(twin *t)
{
    double pool = 0;
    for (int i = 0; i < t->n; i++)
        if (t->firm[i].trust >= (double)(float)t->p.information_trust)
            pool += t->firm[i].openness * t->firm[i].usage;
    t->information = t->p.channel_information ? 1 - exp(-pool / t->p.information_scale) : 0;
}

/* ---- value, people ---- */

/* Sizes: what is added up, and what a float of the reach, good to 1e-7, does to its logarithm. */
static void firm_value(twin *t, twin_firm *f)
{
    const kl_params *p = &t->p;
    double log_reach = f->reach > 0       ? log(f->reach / f->own_reach)
                       : f->own_reach > 0 ? log(0x1p-126 / f->own_reach)
                                          : 0;
    double lift = p->information_lift * f->usage * t->information + p->reach_elasticity * log_reach +
                  p->brand_lift * t->goodwill * f->usage + p->innovation_value * f->stock;
    double log_size = 1 + fabs(log_reach) + 1e-2 / fmax(f->reach, 1e-9) + 1e-2 / fmax(f->own_reach, 1e-9);
    f->benefit = f->saved - f->coordination + p->margin * (f->revenue * lift + f->market_revenue) - f->sunk;
    f->benefit_size = f->saved_size + f->effort_size + f->sunk +
                      p->margin * (f->revenue * (fabs(lift) + p->reach_elasticity * log_size) + f->market_size);
    double fee = f->member ? f->fee_net * f->budget : 0;
    f->net_benefit = f->benefit - fee - f->onboarding_paid + f->subsidy;
    f->value_size = fabs(f->value) + (f->benefit_size + fee + f->onboarding_paid) * t->discount;
    f->value += f->net_benefit * t->discount;
}

static void value(twin *t)
{
    const kl_params *p = &t->p;
    double benefit = 0, net = 0, markets_now = 0, budgets = 0, instruments = 0;
    for (int i = 0; i < t->n; i++) {
        twin_firm *f = &t->firm[i];
        firm_value(t, f);
        benefit += f->benefit;
        net += f->net_benefit;
        markets_now += p->margin * f->market_revenue;
        budgets += f->budget;
        t->money_size += f->benefit_size + f->onboarding_paid + f->member * f->fee_net * f->budget;
        f->onboarding_paid = f->sunk = f->subsidy = 0;
    }
    double training = t->trained_now * p->training_cost;
    if (p->training_seats > 0 || p->training_voucher > 0)
        twin_public_pay(t, training);
    if (p->exchange_sharing > 0)
        instruments += p->exchange_cost;
    if (p->campaign_optimism > 0 || p->campaign_rate > 0)
        instruments += p->campaign_cost;
    instruments = t->open ? twin_public_pay(t, instruments) : 0;
    t->pv_cost += (training + instruments + t->joined * p->onboarding) * t->discount;
    t->pv_benefit += benefit * t->discount;
    t->pv_net += net * t->discount;
    t->pv_market += markets_now * t->discount;
    t->pv_public += t->public_month * t->discount;
    t->pv_budget += budgets * t->discount;
    t->cumulated += net - t->month_alone + t->flow;
    t->joined = t->trained_now = 0;
    t->flow = t->public_month = 0;
}

static void people(twin *t)
{
    const kl_params *p = &t->p;
    int public_words = twin_policy_on(t) && t->open;
    double told = t->mean_net + p->optimism + (public_words ? p->campaign_optimism : 0);
    double told_size = t->mean_net_size + fabs(p->optimism) + p->campaign_optimism;
    double told_rate = p->belief_rate_others + (public_words ? p->campaign_rate : 0);
    for (int i = 0; i < t->n && t->n_members > 0; i++) {
        twin_firm *f = &t->firm[i];
        f->pleased_size = .05 + .1 * f->net_size / p->satisfaction_scale;
        f->belief_size = fabs(f->belief) + (f->member ? f->net_size : told_size);
        if (!f->member) {
            f->belief += told_rate * f->trust * (told - f->belief);
            continue;
        }
        double pleased = p->satisfaction_intercept + (f->net_rate - p->promised) / p->satisfaction_scale +
                         p->satisfaction_quality * (2 * t->quality - 1);
        f->satisfaction += p->satisfaction_rate * (twin_logistic(pleased) - f->satisfaction);
        f->belief += p->belief_rate * (f->net_rate - f->belief);
        if (f->tenure < p->trust_months)
            continue;
        if (twin_at_least(t, f->net_rate, p->promised - p->trust_tolerance, f->net_size + fabs(p->promised)))
            f->trust += p->trust_gain / 3 * (1 - f->trust);
        else
            f->trust -= p->trust_loss / 3 * f->trust;
    }
}

void twin_month(twin *t)
{
    t->near = 0;
    t->money_size = 0;
    t->discount = pow(1 + t->p.discount, -t->month / 12.);
    policy_begins_month(t);
    twin_stage_begins_month(t);
    join_and_leave(t);
    use(t);
    campaign(t);
    platform(t);
    brand(t);
    reach(t);
    information(t);
    twin_markets(t);
    twin_innovation(t);
    value(t);
    people(t);
    t->public_recorded = t->public_total;
    twin_stage_ends_month(t);
    t->month++;
}
