/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Joining and leaving alone (`submodels: adoption`; docs/model.md, Joining and leaving alone). The rules, the graph and every draw are those of
 * the whole model; what needs a platform, a campaign, markets or money is not played and undefined. Firms are as they are drawn.
 *
 * Where what is drawn of a firm has no effect on joining and leaving, it is not drawn. Then a firm's hazard depends on nothing
 * but its standing and its tied firms, and changes only when one of these does: it is kept in `rate` and looked up in a table
 * at that moment. A month is one pass in which every clock gains its rate, and work for the firms whose clocks strike.
 * Otherwise membership.c plays the month, with what it reads besides kept as at the start. */
#include <string.h>

#include "core/hazard.h"
#include "core/state.h"
#include "core/vector.h"

#define KL_BLOCK_ROWS 32 /* rows of lanes whose strikes fit a word a lane */
#define KL_BLOCK (KL_BLOCK_ROWS * KL_LANES)

/* ---- what has an effect ---- */

static int leaving_is_alike(const kl_params *p)
{
    return p->leave_trust == 0 && p->leave_small == p->leave_medium && p->leave_medium == p->leave_large;
}

static int joining_is_alike(const kl_params *p)
{
    if (p->adoption_rule == kl_adoption_rule_threshold)
        return p->threshold_sd == 0;
    if (p->adoption_rule == kl_adoption_rule_bass)
        return 1;
    return p->join_readiness == 0 && p->join_trust == 0 && p->join_leadership == 0 &&
           (p->join_cost == 0 || p->onboarding == 0);
}

int kl_adoption_is_alike(const kl_params *p)
{
    return p->submodels == kl_submodels_adoption && p->graph != kl_graph_blocks && leaving_is_alike(p) &&
           joining_is_alike(p);
}

static kl_adoption_rule rule_of(const kl_params *p)
{
    kl_adoption_rule rule;
    memset(&rule, 0, sizeof rule); /* rules are compared by their bytes */
    rule.kind = p->adoption_rule;
    rule.intercept = (float)p->join_intercept + (float)p->join_belief * ((float)p->belief_initial - (float)p->fee);
    rule.peers = (float)p->join_peers;
    rule.innovation = (float)(p->bass_p / 12);
    rule.imitation = (float)(p->bass_q / 12);
    rule.threshold = (float)p->threshold;
    rule.leave = (float)p->leave_small;
    rule.leave_new = (float)p->leave_small * (float)p->leave_new_factor;
    return rule;
}

/* ---- memory ---- */

size_t kl_adoption_carve(kl_state *s, char *base, const kl_params *p, int horizon)
{
    size_t at = 0, n = (size_t)kl_padded(p->firms), edges = kl_edges_capacity(p);
    kl_adoption *a = &s->adoption;
#define KL_TAKE(pointer, type, count)                          \
    do {                                                       \
        if (base)                                              \
            (pointer) = (type *)(void *)(base + at);           \
        at += (sizeof(type) * (size_t)(count) + 63) / 64 * 64; \
    } while (0)
    KL_TAKE(s->clock, float, n);
    KL_TAKE(s->clock_limit, float, n);
    KL_TAKE(a->rate, float, n);
    KL_TAKE(s->scratch, float, n);
    KL_TAKE(s->inverse_ties, float, n);
    KL_TAKE(s->spell, int32_t, n);
    KL_TAKE(s->ties_n, int32_t, n);
    KL_TAKE(s->ties_start, int32_t, n);
    KL_TAKE(a->standing, int32_t, n);
    KL_TAKE(a->cell, int32_t, n);
    KL_TAKE(a->since, int32_t, n);
    KL_TAKE(a->queue, int32_t, n);
    KL_TAKE(a->struck, uint32_t, (n + KL_BLOCK - 1) / KL_BLOCK * KL_LANES);
    KL_TAKE(s->tie_storage, int32_t, 2 * edges);
    KL_TAKE(s->edge_from, int32_t, edges);
    KL_TAKE(s->edge_to, int32_t, edges);
    KL_TAKE(s->series[KL_SER_members], float, horizon);
    KL_TAKE(s->series[KL_SER_usage], float, horizon);
#undef KL_TAKE
    return at;
}

/* ---- hazards ---- */

/* Hazard of joining for shares of tied firms that are members. */
KL_VECTOR static void join_hazards(const kl_adoption_rule *rule, const float *restrict share, float *restrict hazard,
                                   int n)
{
    const float intercept = rule->intercept, peers = rule->peers;
    const float innovation = rule->innovation, imitation = rule->imitation, threshold = rule->threshold;
    if (rule->kind == kl_adoption_rule_bass) {
        KL_INDEPENDENT
        for (int i = 0; i < n; i++)
            hazard[i] = kl_hazard_bass(innovation, imitation, share[i]);
    } else if (rule->kind == kl_adoption_rule_threshold) {
        KL_INDEPENDENT
        for (int i = 0; i < n; i++)
            hazard[i] = kl_hazard_threshold(threshold, share[i]);
    } else {
        KL_INDEPENDENT
        for (int i = 0; i < n; i++)
            hazard[i] = kl_hazard_logit(intercept + peers * share[i]);
    }
}

/* First cell of an outsider with that many ties. */
static int outside_row(int ties)
{
    return 3 * KL_TABLE_ROW + ties * (ties + 1) / 2;
}

static void fill_table(kl_adoption *a, int most_ties)
{
    if (a->table_ties >= most_ties && memcmp(&a->table_rule, &a->rule, sizeof a->rule) == 0)
        return;
    for (int k = 0; k < KL_TABLE_ROW; k++) {
        a->table[KL_WAITING * KL_TABLE_ROW + k] = 0;
        a->table[KL_MEMBER * KL_TABLE_ROW + k] = a->rule.leave;
        a->table[KL_NEW_MEMBER * KL_TABLE_ROW + k] = a->rule.leave_new;
    }
    float share[KL_TABLE_ROW] = {0};
    for (int ties = 0; ties <= most_ties; ties++) {
        float inverse = ties > 0 ? 1.0f / (float)ties : 0.0f;
        for (int k = 0; k <= ties; k++)
            share[k] = (float)k * inverse;
        join_hazards(&a->rule, share, a->table + outside_row(ties), ties + 1);
    }
    a->table_ties = most_ties;
    a->table_rule = a->rule;
}

/* Without a table: the rates of all firms. */
KL_VECTOR static void spread_rates(kl_state *s)
{
    kl_adoption *a = &s->adoption;
    const int n = s->n_padded;
    const float leave = a->rule.leave, leave_new = a->rule.leave_new;
    const float *restrict hazard = s->scratch;
    const int32_t *restrict standing = a->standing;
    float *restrict rate = a->rate;
    KL_INDEPENDENT
    for (int i = 0; i < n; i++) {
        float inside = standing[i] == KL_MEMBER ? leave : standing[i] == KL_NEW_MEMBER ? leave_new : 0.0f;
        rate[i] = standing[i] == KL_OUTSIDE ? hazard[i] : inside;
    }
}

static void refresh_rates(kl_state *s)
{
    kl_adoption *a = &s->adoption;
    if (a->tabled || !a->stale)
        return;
    for (int i = 0; i < s->n; i++) { /* on the complete graph an outsider is tied to every member */
        int peers = s->ties ? a->cell[i] : s->n_members;
        a->rate[i] = (float)peers * s->inverse_ties[i];
    }
    join_hazards(&a->rule, a->rate, s->scratch, s->n_padded);
    spread_rates(s);
    a->stale = 0;
}

/* ---- standing ---- */

static int row_of(const kl_state *s, int i, kl_standing standing)
{
    if (!s->adoption.tabled)
        return 0;
    return standing == KL_OUTSIDE ? outside_row(s->ties_n[i]) : (int)standing * KL_TABLE_ROW;
}

static void stand(kl_state *s, int i, kl_standing standing)
{
    kl_adoption *a = &s->adoption;
    a->cell[i] += row_of(s, i, standing) - row_of(s, i, (kl_standing)a->standing[i]);
    a->standing[i] = standing;
    if (a->tabled)
        a->rate[i] = a->table[a->cell[i]];
    a->stale = 1;
}

static int is_member(const kl_adoption *a, int i)
{
    return a->standing[i] == KL_MEMBER || a->standing[i] == KL_NEW_MEMBER;
}

static void restart_clock(kl_state *s, int i)
{
    kl_words draw = kl_draw(s->key, (uint32_t)i, KL_DRAW_MEMBERSHIP, (uint32_t)s->spell[i]++);
    s->clock[i] = 0;
    s->clock_limit[i] = kl_exponential(draw.w[0]);
}

/* Tell the tied firms. */
static void tell(kl_state *s, int i, int change)
{
    kl_adoption *a = &s->adoption;
    if (!s->ties)
        return;
    const int32_t *ties = s->ties + s->ties_start[i];
    const int n = s->ties_n[i];
    if (!a->tabled) {
        for (int e = 0; e < n; e++)
            a->cell[ties[e]] += change;
        return;
    }
    for (int e = 0; e < n; e++) {
        int32_t cell = a->cell[ties[e]] + change;
        a->cell[ties[e]] = cell;
        a->rate[ties[e]] = a->table[cell];
    }
}

static void strike(kl_state *s, int i)
{
    kl_adoption *a = &s->adoption;
    int leaves = is_member(a, i), change = leaves ? -1 : 1;
    s->n_members += change;
    s->leaves += leaves;
    s->joins += !leaves;
    a->since[i] = s->month;
    restart_clock(s, i);
    if (leaves) {
        stand(s, i, KL_WAITING);
        a->queue[a->queue_end] = i;
        a->queue_end = a->queue_end + 1 < s->n ? a->queue_end + 1 : 0;
        a->n_waiting++;
    } else {
        stand(s, i, s->p.leave_new_months > 0 && s->p.leave_new_factor > 1 ? KL_NEW_MEMBER : KL_MEMBER);
    }
    tell(s, i, change);
}

/* Who has waited long enough, and who is new no longer. Firms that wait do not move: they stand in the order of leaving. */
static void pass_time(kl_state *s)
{
    kl_adoption *a = &s->adoption;
    int left = s->month - 1 - s->p.rejoin_wait;
    while (a->n_waiting > 0 && a->since[a->queue[a->queue_begun]] <= left) {
        stand(s, a->queue[a->queue_begun], KL_OUTSIDE);
        a->queue_begun = a->queue_begun + 1 < s->n ? a->queue_begun + 1 : 0;
        a->n_waiting--;
    }
    int joined = s->month - 1 - s->p.leave_new_months;
    if (a->rule.leave_new == a->rule.leave || joined < 0)
        return;
    for (int i = 0; i < s->n; i++)
        if (a->standing[i] == KL_NEW_MEMBER && a->since[i] == joined)
            stand(s, i, KL_MEMBER);
}

/* ---- the month ---- */

/* Every clock of a block gains its rate; which strike. */
KL_VECTOR static void advance(float *restrict clock, const float *restrict rate, const float *restrict limit, int rows,
                              uint32_t *restrict struck)
{
    uint32_t lane[KL_LANES] = {0};
    uint32_t bit = 1;
    for (int row = 0; row < rows; row++, bit <<= 1) {
        const int at = row * KL_LANES;
        for (int l = 0; l < KL_LANES; l++) {
            float now = clock[at + l] + rate[at + l];
            clock[at + l] = now;
            lane[l] |= now >= limit[at + l] ? bit : 0;
        }
    }
    for (int l = 0; l < KL_LANES; l++)
        struck[l] = lane[l];
}

static void step_alike(kl_state *s)
{
    kl_adoption *a = &s->adoption;
    pass_time(s);
    refresh_rates(s);
    for (int at = 0; at < s->n_padded; at += KL_BLOCK) {
        int rows = (s->n_padded - at < KL_BLOCK ? s->n_padded - at : KL_BLOCK) / KL_LANES;
        advance(s->clock + at, a->rate + at, s->clock_limit + at, rows, a->struck + at / KL_BLOCK_ROWS);
    }
    for (int at = 0; at < s->n_padded; at += KL_BLOCK) { /* only now: nobody sees who moves this month */
        const uint32_t *struck = a->struck + at / KL_BLOCK_ROWS;
        for (int l = 0; l < KL_LANES; l++)
            for (uint32_t bits = struck[l]; bits; bits &= bits - 1)
                strike(s, at + __builtin_ctz(bits) * KL_LANES + l);
    }
    s->member_months += s->n_members;
}

void kl_adoption_step(kl_state *s)
{
    if (s->adoption.alike)
        step_alike(s);
    else
        kl_membership_step(s);
    s->series[KL_SER_members][s->month] = (float)s->n_members / (float)s->n;
}

/* ---- start ---- */

static void start_alike(kl_state *s)
{
    kl_adoption *a = &s->adoption;
    int most_ties = 0;
    kl_graph_draw(s);
    a->rule = rule_of(&s->p);
    for (int i = 0; i < s->n; i++)
        most_ties = s->ties_n[i] > most_ties ? s->ties_n[i] : most_ties;
    a->tabled = s->ties && most_ties <= KL_TABLED_TIES;
    if (a->tabled)
        fill_table(a, most_ties);
    a->queue_begun = a->queue_end = a->n_waiting = 0;
    for (int i = 0; i < s->n; i++) {
        a->since[i] = -1;
        stand(s, i, s->p.ecosystem ? KL_OUTSIDE : KL_WAITING);
        restart_clock(s, i);
    }
    for (int i = s->n; i < s->n_padded; i++)
        s->clock_limit[i] = INFINITY;
}

/* The whole model's membership, with usage and satisfaction of no effect, no instruments, and everybody invited. */
static void start_unlike(kl_state *s)
{
    kl_cluster_draw(s);
    s->p.leave_usage = s->p.leave_dissatisfied = 0;
    s->p.onboarding_grant = 0;
    kl_membership_reset(s);
    for (int i = 0; i < s->n; i++) {
        s->fee_net[i] = (float)s->p.fee;
        s->invited[i] = s->p.ecosystem ? 1.0f : 0.0f;
    }
}

void kl_adoption_start(kl_state *s)
{
    s->adoption.alike = kl_adoption_is_alike(&s->p);
    if (s->adoption.alike)
        start_alike(s);
    else
        start_unlike(s);
    s->status = s->p.ecosystem ? KL_RUN_COMPLETED : KL_RUN_ALONE;
    s->stage = s->mechanism.n_stages;
    float *undefined = s->series[KL_SER_usage];
    for (int t = 0; t < s->horizon; t++)
        undefined[t] = NAN;
    for (int k = 0; k < KL_N_SERIES; k++)
        if (k != KL_SER_members)
            s->series[k] = undefined;
}

/* ---- what is asked of it ---- */

int kl_adoption_is_played(const kl_state *s)
{
    return s->p.submodels == kl_submodels_adoption;
}

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
        .member = drawn ? s->member[i] > 0 : is_member(&s->adoption, i),
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

static const char *check_alike_firm(const kl_state *s, int i)
{
    const kl_adoption *a = &s->adoption;
    kl_standing standing = (kl_standing)a->standing[i];
    int peers = 0;
    if (!(s->clock[i] < s->clock_limit[i]) || s->clock[i] < 0)
        return "a membership clock that has passed its limit starts anew";
    if ((s->spell[i] - 1) % 2 != is_member(a, i))
        return "every joining and every leaving begins a spell";
    for (int e = 0; s->ties && e < s->ties_n[i]; e++)
        peers += is_member(a, s->ties[s->ties_start[i] + e]);
    if (s->ties && a->cell[i] - row_of(s, i, standing) != peers)
        return "member peers are counted right";
    if (a->tabled && a->rate[i] != a->table[a->cell[i]])
        return "a firm's rate is the hazard of its standing";
    return NULL;
}

const char *kl_adoption_check(const kl_state *s)
{
    const kl_adoption *a = &s->adoption;
    int members = 0, waiting = 0;
    for (int i = 0; i < s->n; i++) {
        const char *broken = check_alike_firm(s, i);
        if (broken)
            return broken;
        members += is_member(a, i);
        waiting += a->standing[i] == KL_WAITING;
    }
    for (int i = s->n; i < s->n_padded; i++)
        if (a->standing[i] != KL_WAITING || s->clock[i] != 0)
            return "padding stays inert";
    if (members != s->n_members || members != s->joins - s->leaves)
        return "members are counted right";
    if (s->p.ecosystem && waiting != a->n_waiting)
        return "firms that wait are counted right";
    return NULL;
}
