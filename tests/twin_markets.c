/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The twin's markets and innovations: the other two kinds of clock. See twin.h. */
#include <math.h>

#include "twin_parts.h"

/* ---- markets ---- */

static void look_for_market(twin *t, int i)
{
    twin_firm *f = &t->firm[i];
    kl_words draw = kl_draw(t->key, (uint32_t)i, KL_DRAW_ENTRY, (uint32_t)f->entry_spell);
    int abroad = f->exporter;
    if (!abroad && t->p.channel_markets)
        abroad = twin_at_least(t, f->usage, .5, 1) && f->usage > .5;
    double total = 0, passed = 0;
    f->entry_clock = 0;
    f->entry_limit = -log(kl_uniform(draw.w[0]));
    f->view = -1;
    for (int j = 0; j < (abroad ? t->n_markets : t->n_domestic); j++)
        total += f->serves[j] ? 0 : t->share[j];
    for (int j = 0; j < (abroad ? t->n_markets : t->n_domestic); j++) {
        if (f->serves[j] || (f->view >= 0 && kl_uniform(draw.w[1]) * total < passed))
            continue;
        f->view = j; /* the last one that the draw has not passed */
        passed += t->share[j];
    }
}

static double market_revenue(const twin *t, const twin_firm *f, int j)
{
    return t->p.entry_share * t->n_markets * t->share[j] * f->revenue;
}

static void leave_markets(twin *t, int i)
{
    twin_firm *f = &t->firm[i];
    int left = 0;
    for (int j = 0; j < t->n_markets; j++) {
        if (!f->serves[j] || f->until[j] > t->month)
            continue;
        f->serves[j] = 0;
        f->market_revenue -= market_revenue(t, f, j);
        f->market_size += market_revenue(t, f, j);
        left = 1;
    }
    if (left && f->view < 0)
        look_for_market(t, i);
}

static void enter(twin *t, int i, double cost, double subsidy)
{
    twin_firm *f = &t->firm[i];
    int j = f->view;
    double first = -log1p(-fmin(t->p.exit_first_year, 1 - 1e-12)), later = -log1p(-fmin(t->p.exit_later, 1 - 1e-12));
    double e = twin_exponential(t, i, KL_DRAW_ENTRY, f->entry_spell++, 2);
    double stay = e < 12 * first ? e / first : 12 + (e - 12 * first) / later;
    f->serves[j] = 1;
    f->until[j] = stay < 1e6 ? t->month + 1 + (int)floor(stay) : t->month + 1000000;
    if (fabs(stay - round(stay)) < 1e-5 * stay)
        t->near++;
    f->market_revenue += market_revenue(t, f, j);
    f->sunk = cost;
    f->subsidy = twin_public_pay(t, cost * subsidy);
    t->entries++;
    look_for_market(t, i);
}

void twin_markets(twin *t)
{
    const kl_params *p = &t->p;
    int there[TWIN_MARKETS] = {0}, now = p->channel_markets, exchange = now && twin_policy_on(t) && t->open;
    double sharing = (now ? p->sunk_sharing : 0) + (exchange ? p->exchange_sharing : 0);
    for (int i = 0; i < t->n; i++) {
        t->firm[i].market_size = fabs(t->firm[i].market_revenue);
        leave_markets(t, i);
        for (int j = 0; j < t->n_markets; j++)
            there[j] += t->firm[i].serves[j];
    }
    for (int i = 0; i < t->n; i++) {
        twin_firm *f = &t->firm[i];
        f->sunk = f->subsidy = 0;
        if (f->view < 0)
            continue;
        int j = f->view, abroad = j >= t->n_domestic;
        double gain =
            p->margin * p->entry_horizon * market_revenue(t, f, j) * (1 + (now ? f->usage * t->information : 0));
        double cost =
            p->sunk_cost * (abroad ? 1 : p->sunk_domestic) * (1 - sharing * f->usage * there[j] / (1. + there[j]));
        double subsidy = now && abroad && f->member && f->eligible ? p->entry_subsidy : 0;
        double chance = p->entry_rate * gain / fmax(1, cost * (1 - subsidy));
        f->entry_clock -= log1p(-fmin(p->entry_cap, chance));
        f->market_size += market_revenue(t, f, j);
        if (twin_at_least(t, f->entry_clock, f->entry_limit, f->entry_limit))
            enter(t, i, cost, subsidy);
    }
}

/* ---- innovation ---- */

static double usage_of_peers(const twin *t, int i)
{
    int n = t->firm[i].n_ties;
    double usage = 0;
    for (int k = 0; k < n; k++)
        usage += twin_tied(t, i, k)->usage;
    return n > 0 ? usage / n : 0;
}

void twin_innovation(twin *t)
{
    const kl_params *p = &t->p;
    for (int i = 0; i < t->n; i++) {
        twin_firm *f = &t->firm[i];
        double peers = p->channel_information ? p->innovation_peers * usage_of_peers(t, i) : 0;
        f->innovation_clock += p->innovation_rate / 12 * p->innovation_institutions *
                               (1 + p->innovation_information * f->usage * t->information + peers);
        f->stock *= 1 - p->innovation_decay;
        if (!twin_at_least(t, f->innovation_clock, f->innovation_limit, f->innovation_limit))
            continue;
        f->stock++;
        t->innovations++;
        f->innovation_clock = 0;
        f->innovation_limit = twin_exponential(t, i, KL_DRAW_INNOVATION, f->innovation_spell++, 0);
    }
}
