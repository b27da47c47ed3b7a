/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Markets: every firm has at most one market in view; a clock brings it in, a stay drawn at entry takes it out again. The
 * clock runs faster where information raises the gain and where other firms of the cluster have opened the door. */
#include "core/state.h"
#include "core/vector.h"

/* Month in which firm i leaves market j. */
static int32_t *exit_of(const kl_state *s, int i, int j)
{
    return &s->exit_month[(size_t)j * (size_t)s->n_padded + (size_t)i];
}

/* Months in a market just entered: a first-year hazard, then a later one, passed by one unit exponential. */
static int32_t stay_months(const kl_state *s, double e)
{
    double first = s->exit_hazard_first, later = s->exit_hazard_later;
    double months = e < 12 * first ? e / first : 12 + (e - 12 * first) / later;
    return months < 1e6 ? (int32_t)months + 1 : 1000000;
}

/* May the firm look at export markets now? */
static int sees_abroad(const kl_state *s, int i)
{
    return s->exporter[i] > 0 || (s->p.channel_markets && s->usage[i] > 0.5f);
}

static void set_view(kl_state *s, int i, int j)
{
    const kl_params *p = &s->p;
    s->view[i] = j;
    s->steps_stale[i / KL_SPAN] = 1;
    if (j < 0) {
        s->view_gain[i] = 0;
        s->view_sunk[i] = (float)p->sunk_cost;
        return;
    }
    int abroad = j >= s->market.n_domestic;
    s->view_gain[i] = (float)(s->market.gain[j] * (double)s->revenue[i]);
    s->view_sunk[i] = (float)(p->sunk_cost * (abroad ? 1 : p->sunk_domestic));
    s->view_export[i] = (float)abroad;
}

/* x where `is` is 1, else 0; without a branch. */
static double only_if(uint32_t is, double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    bits &= (uint64_t)0 - (uint64_t)is;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* The market at `u` of the demand of those whose bit in `open` is set; -1 where none is. */
static int open_market(const kl_demand *market, uint32_t open, double u)
{
    double up_to[32], all = 0;
    for (int j = 0; j < market->n; j++)
        up_to[j] = all += only_if(open >> j & 1, (double)market->share[j]);
    double at = u * all;
    int found = 0;
    for (int j = 0; j < market->n; j++)
        found += at >= up_to[j];
    if (found == market->n) /* rounding, or none is open */
        for (found--; found >= 0 && !(open >> found & 1); found--)
            ;
    return found;
}

/* Start an entry clock: a limit, and a market drawn by demand among those that the firm sees and is not in. */
static void look_for_market(kl_state *s, int i)
{
    kl_clock clock = kl_entry_clock(s, i, s->entry_spell[i]);
    uint32_t seen = sees_abroad(s, i) ? UINT32_MAX : (1u << s->market.n_domestic) - 1;
    s->entry_clock[i] = 0;
    s->entry_limit[i] = clock.limit;
    set_view(s, i, open_market(&s->market, seen & ~(uint32_t)s->presence[i], kl_uniform(clock.place)));
}

/* Revenue from a market of mean size, times its relative size. */
static float revenue_of(const kl_state *s, int i, int j)
{
    return s->market.revenue[j] * s->revenue[i];
}

/* Firm i enters the market in view, at its own cost `sunk`. */
static void enter(kl_state *s, int i, float sunk, double *served)
{
    int j = s->view[i];
    kl_clock clock = kl_entry_clock(s, i, s->entry_spell[i]++);
    int32_t leaves = s->month + stay_months(s, (double)clock.stay);
    s->presence[i] = (int32_t)((uint32_t)s->presence[i] | 1u << j);
    *exit_of(s, i, j) = leaves;
    if (leaves < s->next_exit[i])
        s->next_exit[i] = leaves;
    s->demand[i] += s->market.share[j];
    s->market_revenue[i] += revenue_of(s, i, j);
    s->sunk[i] = sunk;
    served[j]++;
    look_for_market(s, i);
}

/* Firm i leaves the markets in which its stay is over. */
static void leave_markets(kl_state *s, int i, double *served)
{
    int32_t next = INT32_MAX;
    float demand = 0;
    for (uint32_t in = (uint32_t)s->presence[i]; in; in &= in - 1) {
        int j = kl_lowest_bit(in);
        int32_t *leaves = exit_of(s, i, j);
        if (*leaves <= s->month) {
            *leaves = INT32_MAX;
            s->presence[i] = (int32_t)((uint32_t)s->presence[i] & ~(1u << j));
            s->market_revenue[i] -= revenue_of(s, i, j);
            served[j]--;
            continue;
        }
        demand += s->market.share[j];
        next = *leaves < next ? *leaves : next;
    }
    s->demand[i] = demand;
    s->next_exit[i] = next;
    if (s->view[i] < 0)
        look_for_market(s, i);
}

/* Firms whose stay in a market ends. */
KL_VECTOR static int leavers(const kl_state *s, int begin, int end)
{
    const int32_t *restrict next_exit = s->next_exit;
    const int32_t month = s->month;
    uint8_t ends[KL_SPAN];
    for (int i = begin; i < end; i++)
        ends[i - begin] = next_exit[i] <= month;
    return kl_places(ends, end - begin, begin, s->due + begin);
}

static void exits(kl_state *s, const void *with, int begin, int end, double *served)
{
    (void)with;
    int n = leavers(s, begin, end);
    for (int k = 0; k < n; k++)
        leave_markets(s, s->due[begin + k], served);
}

/* n / (1 + n) of cluster firms in each firm's market in view. */
KL_VECTOR static void refresh_crowd(const kl_state *s, int begin, int end)
{
    float crowd[33];
    for (int j = 0; j < s->market.n; j++)
        crowd[j + 1] = s->market.served[j] / (1.0f + s->market.served[j]);
    crowd[0] = 0;
    const int32_t *restrict view = s->view;
    float *restrict in_view = s->view_crowd;
    KL_INDEPENDENT
    for (int i = begin; i < end; i++)
        in_view[i] = crowd[view[i] + 1];
}

/* Advance the entry clocks; `scratch` receives the sunk cost before subsidy, were the firm to enter now. */
KL_VECTOR static void advance_entry(kl_state *s, int begin, int end)
{
    const kl_params *p = &s->p;
    int on = kl_policy_on(s);
    const float rate = (float)p->entry_rate, cap = (float)p->entry_cap;
    const float informed = (float)(p->channel_markets ? s->information : 0);
    const float sharing =
        (float)(!p->channel_markets ? 0 : p->sunk_sharing + (on && s->open ? p->exchange_sharing : 0));
    const float subsidy = (float)(p->channel_markets ? p->entry_subsidy : 0);
    const float *restrict usage = s->usage, *restrict crowd = s->view_crowd, *restrict gain = s->view_gain;
    const float *restrict sunk = s->view_sunk, *restrict abroad = s->view_export, *restrict eligible = s->eligible;
    const float *restrict member = s->member;
    float *restrict clock = s->entry_clock, *restrict cost = s->scratch;
    KL_INDEPENDENT
    for (int i = begin; i < end; i++) {
        float own = sunk[i] * (1.0f - sharing * usage[i] * crowd[i]);
        float paid = own * (1.0f - subsidy * member[i] * eligible[i] * abroad[i]);
        float chance = rate * gain[i] * (1.0f + usage[i] * informed) / kl_maxf(paid, 1.0f);
        clock[i] -= kl_log1pf(-kl_minf(cap, chance));
        cost[i] = own;
    }
}

/* The same without members: nobody shares a door, and a month takes a clock as far as the last, until some firm of the span has
 * another market in view. */
KL_VECTOR static void advance_entry_alone(kl_state *s, int begin, int end)
{
    const float rate = (float)s->p.entry_rate, cap = (float)s->p.entry_cap;
    const float *restrict gain = s->view_gain, *restrict sunk = s->view_sunk;
    float *restrict clock = s->entry_clock, *restrict cost = s->scratch, *restrict step = s->view_step;
    if (s->steps_stale[begin / KL_SPAN]) {
        KL_INDEPENDENT
        for (int i = begin; i < end; i++)
            step[i] = kl_log1pf(-kl_minf(cap, rate * gain[i] / kl_maxf(sunk[i], 1.0f)));
        s->steps_stale[begin / KL_SPAN] = 0;
    }
    KL_INDEPENDENT
    for (int i = begin; i < end; i++) {
        clock[i] -= step[i];
        cost[i] = sunk[i];
    }
}

KL_VECTOR static int entrants(const kl_state *s, int begin, int end)
{
    return kl_due(s->entry_clock, s->entry_limit, begin, end, s->due + begin);
}

/* Part of the sunk cost of entering the market in view that the government offers. */
static float subsidy_rate(const kl_state *s)
{
    return s->p.channel_markets ? (float)s->p.entry_subsidy : 0.0f;
}

static void entries(kl_state *s, const void *with, int begin, int end, double *served)
{
    (void)with;
    if (s->n_members == 0) {
        advance_entry_alone(s, begin, end);
    } else {
        refresh_crowd(s, begin, end);
        advance_entry(s, begin, end);
    }
    int n = entrants(s, begin, end);
    float share = subsidy_rate(s);
    for (int k = 0; k < n; k++) {
        int i = s->due[begin + k];
        if (s->view[i] < 0)
            continue;
        float sunk = s->scratch[i];
        s->subsidy_paid[i] = sunk * share * s->member[i] * s->eligible[i] * s->view_export[i];
        enter(s, i, sunk, served);
    }
}


/* Part of the firms' revenue from export markets now, each firm's spread over its markets as their demand is. */
static double export_share(const kl_state *s)
{
    double abroad = 0, all = 0;
    for (int i = 0; i < s->n; i++) {
        double demand = 0;
        for (int j = s->market.n_domestic; j < s->market.n; j++)
            demand += ((uint32_t)s->presence[i] >> j & 1) ? (double)s->market.share[j] : 0;
        all += (double)s->revenue[i];
        abroad += s->demand[i] > 0 ? (double)s->revenue[i] * demand / (double)s->demand[i] : 0;
    }
    return abroad / all;
}

/* Firms that entered or left, by market. */
static int count_served(kl_state *s, const double *change)
{
    double all = 0;
    for (int j = 0; j < s->market.n; j++) {
        s->market.served[j] += (float)change[j];
        all += change[j];
    }
    return (int)all;
}

/* What follows from the initial presence, and the first market in view. */
static void begin_markets(kl_state *s, const void *with, int begin, int end, double *served)
{
    (void)with;
    const int last = end < s->n ? end : s->n;
    for (int i = begin; i < last; i++) {
        s->next_exit[i] = INT32_MAX;
        for (int j = 0; j < s->market.n; j++) {
            if (!((uint32_t)s->presence[i] >> j & 1))
                continue;
            int32_t leaves = *exit_of(s, i, j);
            s->demand[i] += s->market.share[j];
            served[j]++;
            s->next_exit[i] = leaves < s->next_exit[i] ? leaves : s->next_exit[i];
        }
        s->demand_first[i] = s->demand[i];
        look_for_market(s, i);
    }
}

void kl_markets_draw(kl_state *s)
{
    const kl_params *p = &s->p;
    s->exit_hazard_first = -kl_log1p(-(p->exit_first_year < 1 ? p->exit_first_year : 1 - 1e-12));
    s->exit_hazard_later = -kl_log1p(-(p->exit_later < 1 ? p->exit_later : 1 - 1e-12));
    for (int j = 0; j < s->market.n; j++) {
        double relative = s->market.n * (double)s->market.share[j];
        s->market.gain[j] = p->margin * p->entry_share * p->entry_horizon * relative;
        s->market.revenue[j] = (float)(p->entry_share * s->market.n * (double)s->market.share[j]);
        s->market.served[j] = 0;
    }
    double served[32];
    kl_spans(s, begin_markets, NULL, s->market.n, served);
    count_served(s, served);
    for (int i = s->n; i < s->n_padded; i++) {
        s->next_exit[i] = INT32_MAX;
        s->entry_limit[i] = INFINITY;
        s->view[i] = -1;
    }
    s->export_share = export_share(s);
}

/* The government's part of what was sunk this month, paid in the order of the firms. */
static void pay_subsidies(kl_state *s)
{
    for (int i = 0; i < s->n; i++) {
        if (!(s->subsidy_paid[i] > 0))
            continue;
        s->subsidy_paid[i] = (float)kl_public_pay(s, (double)s->subsidy_paid[i]);
        s->public_now[i] += s->subsidy_paid[i];
    }
}

void kl_markets_step(kl_state *s)
{
    double change[32];
    kl_spans(s, exits, NULL, s->market.n, change);
    count_served(s, change);
    kl_spans(s, entries, NULL, s->market.n, change);
    s->entries += count_served(s, change);
    if (subsidy_rate(s) > 0)
        pay_subsidies(s);
}
