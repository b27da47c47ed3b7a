/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How the twin takes over a state, and how it is compared with one. See twin.h for what counts as a difference. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "twin.h"

/* Float arithmetic of a month: a handful of operations of relative error 6e-8 each, elementary functions of 1e-7, powers of
 * up to 1e-5 in terms that hardly count. Differences are judged against the size of what was added up. */
#define TWIN_TOLERANCE 5e-6

int twin_init(twin *t, int n_firms_most)
{
    memset(t, 0, sizeof *t);
    t->firm = calloc((size_t)n_firms_most, sizeof *t->firm);
    t->order = calloc((size_t)n_firms_most, sizeof *t->order);
    return t->firm && t->order ? 0 : -1;
}

void twin_free(twin *t)
{
    free(t->firm);
    free(t->order);
    memset(t, 0, sizeof *t);
}

/* Fields of the same name. */
/* clang-format off */
#define TWIN_FIRM_REALS(X) \
    X(employees) X(revenue) X(budget) X(shareable) X(experience) X(openness) X(threshold) X(lot) X(claims) X(tenure) \
    X(away) X(clock) X(usage) X(readiness) X(trust) X(belief) X(satisfaction) X(fee_net) X(spent) X(saved) \
    X(coordination) X(net_rate) X(onboarding_paid) X(reach) X(entry_clock) X(entry_limit) X(sunk) X(market_revenue) \
    X(innovation_clock) X(innovation_limit) X(stock) X(benefit) X(net_benefit) X(value)
#define TWIN_FIRM_COUNTS(X) \
    X(sector) X(wave) X(seats_offered) X(spell) X(view) X(entry_spell) X(innovation_spell)
#define TWIN_COUNTS(X) \
    X(stage) X(stage_elapsed) X(operating) X(open) X(closed) X(recycles) X(rollout_begun) X(rollout_done) \
    X(month_operating) X(month_built) X(month_gate) X(month_rollout) X(month_closed) X(n_members) X(joins) X(leaves) \
    X(member_months) X(campaign_months) X(months_below_zero) X(insolvent) X(entries) X(innovations) X(month)
#define TWIN_REALS(X) \
    X(fit) X(invested) X(quality) X(joint_cost) X(account) X(cash_lowest) X(goodwill) X(information) X(mean_net) \
    X(mean_usage) X(public_total) X(public_month) X(pv_benefit) X(pv_net) X(pv_market) X(pv_platform) X(pv_public) \
    X(pv_cost) X(pv_budget)
/* clang-format on */

static void take_firm(twin_firm *f, const kl_state *s, int i)
{
#define TAKE(name) f->name = (double)s->name[i];
    TWIN_FIRM_REALS(TAKE)
#undef TAKE
#define TAKE(name) f->name = s->name[i];
    TWIN_FIRM_COUNTS(TAKE)
#undef TAKE
    f->limit = (double)s->clock_limit[i];
    f->exporter = s->exporter[i] > 0;
    f->invited = s->invited[i] > 0;
    f->trained = s->trained[i] > 0;
    f->member = s->member[i] > 0;
    f->subsidy = (double)s->subsidy_paid[i];
    f->n_ties = s->ties_n[i];
    f->tie = s->ties ? s->ties + s->ties_start[i] : NULL;
    f->own_reach = 1 - exp(-s->p.reach_rate * (.5 + f->experience));
    for (int j = 0; j < s->market.n; j++) {
        f->serves[j] = (s->presence[i] >> j) & 1;
        f->until[j] = s->exit_month[(size_t)i * (size_t)s->market.row + (size_t)j];
    }
}

void twin_take(twin *t, const kl_state *s)
{
    t->p = s->p;
    t->mechanism = s->mechanism;
    t->key = s->key;
    t->n = s->n;
    t->leadership = s->leadership;
    t->n_markets = s->market.n;
    t->n_domestic = (s->market.n + 1) / 2;
    for (int j = 0; j < t->n_markets; j++)
        t->share[j] = (double)s->market.share[j];
#define TAKE(name) t->name = s->name;
    TWIN_COUNTS(TAKE)
    TWIN_REALS(TAKE)
#undef TAKE
    t->status = (int)s->status;
    t->stage_months = s->stage_months;
    t->waves_invited = s->n_invited_waves;
    t->pilot_score = s->pilot_score;
    t->joined = s->joined_now;
    t->trained_now = s->trained_now;
    t->flow = s->platform_flow;
    t->cumulated = s->cumulated_net;
    for (int i = 0; i < t->n; i++) {
        take_firm(&t->firm[i], s, i);
        t->order[i] = s->order[i];
    }
}

/* ---- comparison ---- */

typedef struct verdict {
    const char *name;
    int firm;
    double expected, found, largest;
} verdict;

static void compare(verdict *v, const char *name, int firm, double expected, double found, double size)
{
    double scale = fmax(size, fmax(fabs(expected), fabs(found))), apart = fabs(expected - found);
    int same = expected == found || (isnan(expected) && isnan(found)) || apart <= TWIN_TOLERANCE * scale;
    if (expected != found && scale > 0 && apart / scale > v->largest)
        v->largest = apart / scale;
    if (!same && !v->name)
        *v = (verdict){name, firm, expected, found, v->largest};
}

/* What a firm's number was added up from, where that is more than the number itself. */
static double size_of(const twin *t, const twin_firm *f, const char *name)
{
    const struct {
        const char *name;
        double size;
    } sizes[] = {{"saved", f->saved_size},
                 {"net_rate", f->net_size},
                 {"belief", f->belief_size},
                 {"benefit", f->benefit_size},
                 {"net_benefit", f->benefit_size},
                 {"value", f->value_size},
                 {"market_revenue", f->market_size},
                 {"coordination", f->effort_size},
                 {"clock", f->limit},
                 {"entry_clock", f->entry_limit},
                 {"trust", .1},
                 {"readiness", .1},
                 {"reach", .1},
                 {"innovation_clock", f->innovation_limit},
                 {"usage", .05},
                 {"satisfaction", f->pleased_size},
                 {"fee_net", t->p.fee},
                 {"onboarding_paid", t->p.onboarding},
                 {"stock", 1e-6},
                 {"spent", .05 * f->budget}};
    for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++)
        if (strcmp(sizes[k].name, name) == 0)
            return sizes[k].size;
    return 0;
}

static void compare_firm(verdict *v, const twin *t, const kl_state *s, int i)
{
    const twin_firm *f = &t->firm[i];
#define COMPARE(name) compare(v, #name, i, f->name, (double)s->name[i], size_of(t, f, #name));
    TWIN_FIRM_REALS(COMPARE)
    TWIN_FIRM_COUNTS(COMPARE)
#undef COMPARE
    compare(v, "exporter", i, f->exporter, (double)s->exporter[i], 0);
    compare(v, "invited", i, f->invited, (double)s->invited[i], 0);
    compare(v, "trained", i, f->trained, (double)s->trained[i], 0);
    compare(v, "member", i, f->member, (double)s->member[i], 0);
    compare(v, "clock_limit", i, f->limit, (double)s->clock_limit[i], 0);
    compare(v, "subsidy_paid", i, f->subsidy, (double)s->subsidy_paid[i], 0);
    double demand = 0;
    for (int j = 0; j < t->n_markets; j++) {
        compare(v, "presence", i, f->serves[j], (s->presence[i] >> j) & 1, 0);
        if (f->serves[j])
            compare(v, "exit_month", i, f->until[j], s->exit_month[(size_t)i * (size_t)s->market.row + (size_t)j], 0);
        demand += f->serves[j] * t->share[j];
    }
    compare(v, "demand", i, demand, (double)s->demand[i], .1);
}

/* Counts must agree exactly: no tolerance lets 1,000,001 pass for 1,000,000. */
static void compare_count(verdict *v, const char *name, int firm, int expected, int found)
{
    if (expected != found && !v->name)
        *v = (verdict){name, firm, expected, found, v->largest};
}

static void compare_series(verdict *v, const twin *t, const kl_state *s)
{
    int m = t->month - 1, n = t->n;
    double saved = 0, net = 0, budget = 0, spent = 0, size = 0, reach = 0, cluster = 0, trust = 0;
    for (int i = 0; i < n; i++) {
        const twin_firm *f = &t->firm[i];
        int member = f->net_size > 0 || f->saved_size > 0; /* during the month */
        double demand = 0;
        for (int j = 0; j < t->n_markets; j++)
            demand += f->serves[j] * t->share[j];
        saved += f->saved;
        net += f->net_rate * f->budget;
        size += f->net_size * f->budget + f->saved_size;
        spent += f->spent;
        budget += member * f->budget;
        reach += f->reach * demand / n;
        trust += f->trust / n;
    }
    for (int j = 0; j < t->n_markets; j++) {
        double missed = 1;
        for (int i = 0; i < n; i++)
            missed *= t->firm[i].serves[j] ? 1 - t->firm[i].reach : 1;
        cluster += t->share[j] * (1 - missed);
    }
    compare(v, "sum_saved", -1, saved, s->sum_saved[m], size);
    compare(v, "sum_net", -1, net, s->sum_net[m], size);
    compare(v, "sum_spent", -1, spent, s->sum_spent[m], budget * .05);
    compare(v, "series reach_firm", -1, reach, (double)s->series[KL_SER_reach_firm][m], .1);
    compare(v, "series reach_cluster", -1, cluster, (double)s->series[KL_SER_reach_cluster][m], .1);
    compare(v, "series trust", -1, trust, (double)s->series[KL_SER_trust][m], .1);
    compare(v, "series account", -1, t->account, (double)s->series[KL_SER_account][m], t->p.reserve);
    compare(v, "series public_spending", -1, t->public_recorded, (double)s->series[KL_SER_public_spending][m], 0);
    compare(v, "series net_benefit", -1, t->cumulated, (double)s->series[KL_SER_net_benefit][m], t->money_size);
}

static int is_money(const char *name)
{
    return strncmp(name, "pv_", 3) == 0 || strcmp(name, "account") == 0 || strcmp(name, "cash_lowest") == 0 ||
           strcmp(name, "joint_cost") == 0;
}

const char *twin_differs(const twin *t, const kl_state *s, int *firm, double *expected, double *found, double *largest)
{
    verdict v = {NULL, -1, 0, 0, largest ? *largest : 0};
#define COMPARE(name) compare_count(&v, #name, -1, t->name, s->name);
    TWIN_COUNTS(COMPARE)
#undef COMPARE
    compare_count(&v, "status", -1, t->status, (int)s->status);
    compare_count(&v, "waves_invited", -1, t->waves_invited, s->n_invited_waves);
    for (int i = 0; i < t->n; i++)
        compare_firm(&v, t, s, i);
    /* Who comes next: the twin takes it over before the month in which it counts. */
    for (int i = 0; s->rollout_begun && i < t->n; i++)
        compare_count(&v, "order", i, t->order[i], s->order[i]);
    double money = t->money_size + t->p.reserve;
#define COMPARE(name) compare(&v, #name, -1, t->name, s->name, is_money(#name) ? money : t->mean_net_size + 1e-3);
    TWIN_REALS(COMPARE)
#undef COMPARE
    compare(&v, "pilot_score", -1, t->pilot_score, s->pilot_score, 1e-3);
    compare(&v, "cumulated_net", -1, t->cumulated, s->cumulated_net, money);
    compare_series(&v, t, s);
    if (firm)
        *firm = v.firm;
    if (expected)
        *expected = v.expected;
    if (found)
        *found = v.found;
    if (largest)
        *largest = v.largest;
    return v.name;
}
