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
#include "num/lanes.h"

/* Before a short loop over ties: its bookkeeping costs as much as its work. */
#if defined(__clang__)
#define KL_UNROLL _Pragma("clang loop unroll_count(4)")
#elif defined(__GNUC__)
#define KL_UNROLL _Pragma("GCC unroll 4")
#else
#define KL_UNROLL
#endif

/* ---- what has an effect ---- */

int kl_adoption_is_played(const kl_state *s)
{
    return s->p.submodels == kl_submodels_adoption;
}

int kl_adoption_leaves_out(kl_series_id series)
{
    return series != KL_SER_members;
}

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
    KL_TAKE(a->own_row, int32_t, n);
    KL_TAKE(a->due, int32_t, n);
    KL_TAKE(a->limit, float, n *KL_SPELLS_KEPT);
    KL_TAKE(s->tie_storage, int32_t, 2 * edges);
    KL_TAKE(s->edge_from, int32_t, edges);
    KL_TAKE(s->edge_to, int32_t, edges);
    KL_TAKE(s->series[KL_SER_members], float, horizon);
    KL_TAKE(s->series[KL_SER_usage], float, horizon);
#undef KL_TAKE
    return at;
}

/* What is read before it is written. */
static void clear(kl_state *s)
{
    const size_t n = (size_t)s->n_padded;
    memset(s->clock, 0, n * sizeof *s->clock);
    memset(s->scratch, 0, n * sizeof *s->scratch);
    memset(s->inverse_ties, 0, n * sizeof *s->inverse_ties);
    memset(s->ties_n, 0, n * sizeof *s->ties_n);
    memset(s->adoption.rate, 0, n * sizeof *s->adoption.rate);
    memset(s->adoption.standing, 0, n * sizeof *s->adoption.standing);
    memset(s->series[KL_SER_members], 0, (size_t)s->horizon * sizeof(float));
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
    return 4 * KL_TABLE_ROW + ties * (ties + 1) / 2;
}

static void fill_table(kl_adoption *a, int most_ties)
{
    if (a->table_rows > most_ties && memcmp(&a->table_rule, &a->rule, sizeof a->rule) == 0)
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
    a->table_rows = most_ties + 1;
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

/* ---- clocks ---- */

/* As kl_exponential of each firm's draw, bit for bit. */
KL_VECTOR static void draw_limits(kl_key key, uint32_t spell, float *restrict limit, int n)
{
    KL_INDEPENDENT
    for (int i = 0; i < n; i++) {
        kl_words draw = kl_draw_lane(key, (uint32_t)i, KL_DRAW_MEMBERSHIP, spell);
        limit[i] = (float)-kl_log_lane(kl_uniform_lane(draw.w[0]));
    }
}

/* Limit of a spell that is not among the first, or the first firm's to come there. */
static float draw_limit(kl_state *s, int i, int spell)
{
    kl_adoption *a = &s->adoption;
    if (spell >= KL_SPELLS_KEPT)
        return kl_exponential(kl_draw(s->key, (uint32_t)i, KL_DRAW_MEMBERSHIP, (uint32_t)spell).w[0]);
    float *limit = a->limit + (size_t)spell * (size_t)s->n_padded;
    draw_limits(s->key, (uint32_t)spell, limit, s->n_padded);
    a->spells_drawn = spell + 1; /* a firm's spells come one after the other: all before are drawn */
    return limit[i];
}

static void restart_clock(kl_state *s, int i)
{
    const kl_adoption *a = &s->adoption;
    const int spell = s->spell[i]++;
    s->clock[i] = 0;
    s->clock_limit[i] =
        spell < a->spells_drawn ? a->limit[(size_t)spell * (size_t)s->n_padded + (size_t)i] : draw_limit(s, i, spell);
}

/* ---- standing ---- */

/* A firm comes to stand elsewhere: in a row of the table that begins so many cells further on. */
KL_INLINE void stand(kl_adoption *a, int i, int standing, int further)
{
    const int cell = a->cell[i] + further;
    a->cell[i] = cell;
    a->standing[i] = standing;
    if (a->tabled)
        a->rate[i] = a->table[cell];
    else
        a->stale = 1;
}

/* Tell the tied firms that a firm came or went. */
KL_INLINE void tell(const kl_state *s, const kl_adoption *a, int i, int change)
{
    if (!s->ties)
        return;
    const uint32_t *restrict tie = (const uint32_t *)s->ties + s->ties_start[i];
    const float *restrict table = a->table;
    uint32_t *restrict cell = (uint32_t *)a->cell;
    float *restrict rate = a->rate;
    const size_t n = (size_t)s->ties_n[i];
    if (!a->tabled) {
        for (size_t e = 0; e < n; e++)
            cell[tie[e]] += (uint32_t)change;
        return;
    }
    KL_UNROLL
    for (size_t e = 0; e < n; e++) {
        const uint32_t j = tie[e], now = cell[j] + (uint32_t)change;
        cell[j] = now;
        rate[j] = table[now];
    }
}

static int next_in_queue(const kl_state *s, int place)
{
    return place + 1 < s->n ? place + 1 : 0;
}

static void leave(kl_state *s, kl_adoption *a, int i, int from)
{
    stand(a, i, KL_WAITING, a->row[KL_WAITING] - a->row[from]);
    a->queue[a->queue_end] = i;
    a->queue_end = next_in_queue(s, a->queue_end);
    a->n_waiting++;
    s->leaves++;
    tell(s, a, i, -1);
}

static void join(kl_state *s, kl_adoption *a, int i)
{
    stand(a, i, a->joins_as, a->row[a->joins_as] - a->own_row[i]);
    s->joins++;
    tell(s, a, i, 1);
}

/* Who has waited long enough, and who is new no longer. The queue stands in the order of leaving. */
static void pass_time(kl_state *s)
{
    kl_adoption *a = &s->adoption;
    const int left = s->month - 1 - s->p.rejoin_wait, joined = s->month - 1 - s->p.leave_new_months;
    while (a->n_waiting > 0 && a->since[a->queue[a->queue_begun]] <= left) {
        const int i = a->queue[a->queue_begun];
        stand(a, i, KL_OUTSIDE, a->own_row[i] - a->row[KL_WAITING]);
        a->queue_begun = next_in_queue(s, a->queue_begun);
        a->n_waiting--;
    }
    if (a->joins_as == KL_MEMBER || joined < 0)
        return;
    for (int i = 0; i < s->n; i++)
        if (a->standing[i] == KL_NEW_MEMBER && a->since[i] == joined)
            stand(a, i, KL_MEMBER, a->row[KL_MEMBER] - a->row[KL_NEW_MEMBER]);
}

/* ---- the month ---- */

/* Every clock gains its rate. The firms whose clocks strike go into `due`, which has room for all; returns how many. */
KL_VECTOR static int advance_all(float *restrict clock, const float *restrict rate, const float *restrict limit, int n,
                                 int32_t *restrict due)
{
    n &= -KL_LANES;
    for (int i = 0; i < n; i += KL_LANES)
        for (int l = 0; l < KL_LANES; l++)
            clock[i + l] += rate[i + l];
    return kl_due(clock, limit, 0, n, due);
}

#ifdef KL_WIDE
/* The same without a branch. Behind the firms of a row that are due stand zeros, which the next row overwrites. */
__attribute__((target("avx512f,popcnt"))) static int advance_by_sixteen(float *clock, const float *rate,
                                                                        const float *limit, int n, int32_t *due)
{
    int n_due = 0;
    __m512i firm = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    for (int i = 0; i < n; i += KL_LANES) {
        const __m512 now = _mm512_add_ps(_mm512_loadu_ps(clock + i), _mm512_loadu_ps(rate + i));
        const __mmask16 is_due = _mm512_cmp_ps_mask(now, _mm512_loadu_ps(limit + i), _CMP_GE_OQ);
        _mm512_storeu_ps(clock + i, now);
        _mm512_storeu_si512(due + n_due, _mm512_maskz_compress_epi32(is_due, firm));
        n_due += __builtin_popcount(is_due);
        firm = _mm512_add_epi32(firm, _mm512_set1_epi32(KL_LANES));
    }
    return n_due;
}
#endif

static int advance(float *clock, const float *rate, const float *limit, int n, int32_t *due)
{
#ifdef KL_WIDE
    if (__builtin_cpu_supports("avx512f"))
        return advance_by_sixteen(clock, rate, limit, n, due);
#endif
    return advance_all(clock, rate, limit, n, due);
}

static void step_alike(kl_state *s)
{
    kl_adoption *a = &s->adoption;
    pass_time(s);
    refresh_rates(s);
    const int n_due = advance(s->clock, a->rate, s->clock_limit, s->n_padded, a->due);
    for (int k = 0; k < n_due; k++) { /* only now: nobody sees who moves this month */
        const int i = a->due[k], from = a->standing[i];
        a->since[i] = s->month;
        restart_clock(s, i);
        if (from & 1)
            leave(s, a, i, from);
        else
            join(s, a, i);
    }
    s->n_members = s->joins - s->leaves;
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

/* Everybody outside, or never invited: rows as an outsider, standings, cells, spells begun. */
KL_VECTOR static void place(const kl_state *s, int32_t *restrict own_row, int32_t *restrict standing,
                            int32_t *restrict cell, int32_t *restrict spell)
{
    const int n = s->n, tabled = s->adoption.tabled, is_outside = s->p.ecosystem != 0;
    const int32_t *restrict ties_n = s->ties_n;
    KL_INDEPENDENT
    for (int i = 0; i < n; i++) {
        const int own = tabled ? outside_row(ties_n[i]) : 0;
        own_row[i] = own;
        standing[i] = is_outside ? KL_OUTSIDE : KL_WAITING;
        cell[i] = is_outside ? own : 0;
        spell[i] = 1;
    }
}

/* All outside, or nobody ever invited; everybody's first spell. */
static void line_up(kl_state *s)
{
    kl_adoption *a = &s->adoption;
    for (int k = 0; k < 4; k++)
        a->row[k] = a->tabled ? k * KL_TABLE_ROW : 0;
    place(s, a->own_row, a->standing, a->cell, s->spell);
    for (int i = 0; a->tabled && i < s->n; i++)
        a->rate[i] = a->table[a->cell[i]];
    draw_limits(s->key, 0, a->limit, s->n_padded);
    memcpy(s->clock_limit, a->limit, sizeof(float) * (size_t)s->n);
    for (int i = s->n; i < s->n_padded; i++)
        s->clock_limit[i] = INFINITY;
    a->spells_drawn = 1;
    a->stale = 1;
    a->joins_as = s->p.leave_new_months > 0 && s->p.leave_new_factor > 1 ? KL_NEW_MEMBER : KL_MEMBER;
    a->queue_begun = a->queue_end = a->n_waiting = 0;
}

static void start_alike(kl_state *s)
{
    kl_adoption *a = &s->adoption;
    int most_ties = 0;
    clear(s);
    kl_graph_draw(s);
    a->rule = rule_of(&s->p);
    for (int i = 0; i < s->n; i++)
        most_ties = s->ties_n[i] > most_ties ? s->ties_n[i] : most_ties;
    a->tabled = s->ties && most_ties <= KL_TABLED_TIES;
    if (a->tabled)
        fill_table(a, most_ties);
    line_up(s);
}

/* The whole model's membership, with usage and satisfaction of no effect, no instruments, and everybody invited. */
static void start_unlike(kl_state *s)
{
    kl_clocks_draw(s);
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
        if (kl_adoption_leaves_out((kl_series_id)k))
            s->series[k] = undefined;
}
