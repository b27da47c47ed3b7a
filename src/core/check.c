/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Invariants of a run: what must hold after every month, whatever the parameters. Tests and `replay --check` call it. */
#include "core/state.h"
#include "core/vector.h"

static int is_share(float x)
{
    return x >= 0.0f && x <= 1.0f;
}

static const char *check_firm(const kl_state *s, int i)
{
    if (!is_share(s->usage[i]) || !is_share(s->trust[i]) || !is_share(s->readiness[i]) ||
        !is_share(s->satisfaction[i]) || !is_share(s->reach[i]))
        return "usage, trust, readiness, satisfaction and reach lie in [0, 1]";
    if (s->member[i] != 0.0f && s->member[i] != 1.0f)
        return "a firm is a member or is not";
    if (!(s->member[i] > 0) && s->usage[i] != 0.0f)
        return "only members use the platform";
    if (s->clock[i] < 0 || !(s->clock[i] < s->clock_limit[i] || s->clock[i] == 0))
        return "a membership clock that has passed its limit starts anew";
    if (s->stock[i] < 0 || s->demand[i] < 0 || s->demand[i] > 1.0001f)
        return "stocks are not negative and demand served is at most all";
    if (s->view[i] >= 0 && ((uint32_t)s->presence[i] >> s->view[i] & 1))
        return "a market in view is one that the firm is not in";
    if (!(s->net_benefit[i] - s->net_benefit[i] == 0) || !(s->belief[i] - s->belief[i] == 0))
        return "money and beliefs are numbers";
    return NULL;
}

enum { MEMBERS, MISCOUNTED, IN_MARKET, N_COUNTS = IN_MARKET + 32 };

/* Members, firms whose tied members are counted wrong, and firms in each market. */
static void count_firms(kl_state *s, const void *with, int begin, int end, double *count)
{
    (void)with;
    end = end < s->n ? end : s->n;
    for (int i = begin; i < end; i++) {
        count[MEMBERS] += s->member[i] > 0;
        for (uint32_t served = (uint32_t)s->presence[i]; served; served &= served - 1)
            count[IN_MARKET + kl_lowest_bit(served)]++;
        if (!s->ties)
            continue;
        float peers = 0;
        for (int e = 0; e < s->ties_n[i]; e++)
            peers += s->member[s->ties[s->ties_start[i] + e]];
        count[MISCOUNTED] += peers != s->peers[i];
    }
}

static const char *check_counts(kl_state *s)
{
    double count[N_COUNTS];
    int by_sector = 0;
    kl_spans(s, count_firms, NULL, N_COUNTS, count);
    if (count[MISCOUNTED] > 0)
        return "member peers are counted right";
    for (int k = 0; k < s->p.sectors; k++)
        by_sector += s->sector_members[k];
    if (count[MEMBERS] != s->n_members || by_sector != s->n_members)
        return "members are counted right, also by sector";
    for (int j = 0; j < s->market.n; j++)
        if (count[IN_MARKET + j] != (double)s->market.served[j])
            return "firms in a market are counted right";
    return NULL;
}

static const char *check_money(const kl_state *s)
{
    double spent = kl_sum(s->spent, s->n_padded), saved = kl_sum(s->saved, s->n_padded);
    double off = spent - saved - s->joint_cost;
    if (!(off <= 1e-4 * spent + 1e-3 && off >= -(1e-4 * spent + 1e-3)))
        return "the shares sum to the joint cost";
    if (s->public_total > s->p.public_budget * (1 + 1e-12) + 1e-6)
        return "public money stops at the budget";
    double to_firms = kl_sum(s->public_value, s->n_padded);
    if (!(to_firms <= s->pv_public * (1 + 1e-4) + 1e-3))
        return "public money to firms is part of all public money";
    if (s->open && s->closed)
        return "a closed platform is not open";
    return NULL;
}

static const char *check_world(const kl_state *s)
{
    if (!(s->quality >= 0 && s->quality <= 1) || !(s->goodwill >= 0 && s->goodwill <= 1) ||
        !(s->information >= 0 && s->information <= 1) || !(s->fit >= 0 && s->fit <= 1))
        return "quality, goodwill, information and fit lie in [0, 1]";
    for (int i = s->n; i < s->n_padded; i++)
        if (s->member[i] != 0.0f || s->budget[i] != 0.0f || s->net_benefit[i] != 0.0f || s->value[i] != 0.0f ||
            s->trust[i] != 0.0f || s->belief[i] != 0.0f)
            return "padding stays inert";
    return NULL;
}

/* How many firms are not as they must be. */
static void count_broken(kl_state *s, const void *with, int begin, int end, double *n_broken)
{
    (void)with;
    end = end < s->n ? end : s->n;
    for (int i = begin; i < end; i++)
        *n_broken += check_firm(s, i) != NULL;
}

static const char *check_whole(kl_state *s)
{
    const char *broken = check_world(s);
    double n_broken;
    kl_spans(s, count_broken, NULL, 1, &n_broken);
    for (int i = 0; n_broken > 0 && i < s->n && !broken; i++)
        broken = check_firm(s, i);
    if (!broken)
        broken = check_counts(s);
    if (!broken && s->month > 0)
        broken = check_money(s);
    return broken;
}

kl_status kl_run_check(const kl_run *run, const char **what)
{
    kl_state *s = run->state; /* only where spans leave their sums is written */
    const char *broken = kl_adoption_is_played(s) && s->adoption.alike ? kl_adoption_check(s) : check_whole(s);
    if (what)
        *what = broken;
    return broken ? KL_ERR_INVARIANT : KL_OK;
}
