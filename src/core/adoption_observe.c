/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What is asked of a run in which only joining and leaving are played (adoption.c), and what must hold in it. Nothing here
 * changes the run. What was not played is undefined: NaN. */
#include "core/state.h"
#include "core/vector.h"

/* ---- what is asked of it ---- */

kl_firm kl_adoption_firm(const kl_state *s, int i)
{
    const int drawn = !s->adoption.alike;
    const double undefined = (double)NAN;
    return (kl_firm){
        .sector = drawn ? s->sector[i] : 0,
        .exporter = drawn && s->exporter[i] > 0,
        .employees = drawn ? (double)s->employees[i] : undefined,
        .revenue = drawn ? (double)s->revenue[i] : undefined,
        .budget = drawn ? (double)s->budget[i] : undefined,
        .ties = s->ties_n[i],
        .invited = s->p.ecosystem,
        .member = drawn ? s->member[i] > 0 : (s->adoption.standing[i] & 1) != 0,
        .usage = undefined,
        .readiness = drawn ? (double)s->readiness[i] : undefined,
        .trust = drawn ? (double)s->trust[i] : undefined,
        .belief = s->p.belief_initial,
        .satisfaction = undefined,
        .saving_joint = undefined,
        .saving_net = undefined,
        .reach = undefined,
        .market_reach = undefined,
        .innovation_stock = undefined,
        .net_benefit = undefined,
        .value = undefined,
        .public_money = undefined,
    };
}

kl_month kl_adoption_month(const kl_state *s)
{
    const double undefined = (double)NAN;
    return (kl_month){
        .members = s->n_members,
        .invited = s->p.ecosystem ? s->n : 0,
        .joins = s->joins,
        .leaves = s->leaves,
        .fees = undefined,
        .fee_subsidy = undefined,
        .support = undefined,
        .opex = undefined,
        .capex = undefined,
        .capex_grant = undefined,
        .spent = undefined,
        .joint_cost = undefined,
        .coordination = undefined,
        .score = undefined,
        .verdict = KL_GATE_NONE,
    };
}

void kl_adoption_outcomes(const kl_state *s, double outcome[KL_N_OUTCOMES])
{
    int first = s->month > KL_MATURITY ? s->month - KL_MATURITY : 0;
    double share = 0;
    for (int k = 0; k < KL_N_OUTCOMES; k++)
        outcome[k] = kl_outcome_info_of((kl_outcome_id)k)->type == KL_TYPE_MONTH ? -1 : (double)NAN;
    for (int t = first; t < s->month; t++)
        share += (double)s->series[KL_SER_members][t];
    outcome[KL_OUT_members_final] = s->n_members;
    outcome[KL_OUT_member_share] = s->month > 0 ? share / (s->month - first) : (double)NAN;
    outcome[KL_OUT_churn] = s->member_months > 0 ? 12.0 * s->leaves / s->member_months : (double)NAN;
    outcome[KL_OUT_joins] = s->joins;
}

/* ---- what must hold ---- */

/* How many firms break what, and what is counted. */
typedef struct tally {
    int members, waiting, overdue, odd, misplaced, misled;
    int peers,
        expected; /* member peers of all firms: from their cells; from the members, each a peer of those tied to it */
} tally;

KL_VECTOR static void tally_firms(const kl_state *s, tally *all)
{
    const kl_adoption *a = &s->adoption;
    const int n = s->n;
    const int32_t *restrict standing = a->standing, *restrict own_row = a->own_row, *restrict cell = a->cell;
    const int32_t *restrict ties_n = s->ties_n, *restrict spell = s->spell;
    const float *restrict clock = s->clock, *restrict limit = s->clock_limit;
    const int member_row = a->row[KL_MEMBER], new_row = a->row[KL_NEW_MEMBER];
    int members = 0, waiting = 0, overdue = 0, odd = 0, misplaced = 0, peers = 0, expected = 0;
    KL_INDEPENDENT
    for (int i = 0; i < n; i++) {
        const int is_in = standing[i] & 1;
        const int inside = standing[i] == KL_MEMBER ? member_row : new_row,
                  outside = standing[i] == KL_OUTSIDE ? own_row[i] : 0;
        const int mine = cell[i] - (is_in ? inside : outside);
        members += is_in;
        waiting += standing[i] == KL_WAITING;
        overdue += (clock[i] < limit[i] ? 0 : 1) + (clock[i] < 0 ? 1 : 0);
        odd += ((spell[i] - 1) & 1) != is_in;
        misplaced += (mine < 0 ? 1 : 0) + (mine > ties_n[i] ? 1 : 0);
        peers += mine;
        expected += is_in ? ties_n[i] : 0;
    }
    *all = (tally){members, waiting, overdue, odd, misplaced, 0, peers, expected};
}

const char *kl_adoption_check(const kl_state *s)
{
    const kl_adoption *a = &s->adoption;
    tally all;
    tally_firms(s, &all);
    for (int i = 0; a->tabled && i < s->n && !all.misplaced; i++)
        all.misled += a->rate[i] != a->table[a->cell[i]];
    if (all.overdue)
        return "a membership clock that has passed its limit starts anew";
    if (all.odd)
        return "every joining and every leaving begins a spell";
    if (all.members != s->n_members || all.members != s->joins - s->leaves)
        return "members are counted right";
    if (s->p.ecosystem && all.waiting != a->n_waiting)
        return "firms that wait are counted right";
    if (s->ties && (all.misplaced || all.peers != all.expected))
        return "member peers are counted right";
    if (all.misled)
        return "a firm's rate is the hazard of its standing";
    for (int i = s->n; i < s->n_padded; i++)
        if (a->standing[i] != KL_WAITING || s->clock[i] != 0)
            return "padding stays inert";
    return NULL;
}
