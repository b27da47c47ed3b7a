/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Markets: every firm has at most one market in view; a clock brings it in, a stay drawn at entry takes it out again. The
 * clock runs faster where information raises the gain and where other firms of the cluster have opened the door. */
#include "core/state.h"
#include "core/vector.h"

/* Months in which firm i leaves each market, a row of 16 or 32. */
KL_INLINE int32_t *exits_of(const kl_state *s, int i)
{
    return s->exit_month + (size_t)i * (size_t)s->market.row;
}

/* Months in a market just entered: a first-year hazard, then a later one, passed by one unit exponential. */
KL_INLINE int32_t stay_months(const kl_state *s, double e)
{
    double first = s->exit_hazard_first, later = s->exit_hazard_later;
    double months = e < 12 * first ? e / first : 12 + (e - 12 * first) / later;
    return months < 1e6 ? (int32_t)months + 1 : 1000000;
}

/* Markets at which the firm may look now, a bit each. */
KL_INLINE uint32_t seen_markets(const kl_state *s, int i)
{
    const uint32_t abroad = s->exporter[i] > 0 || (s->p.channel_markets && s->usage[i] > 0.5f) ? UINT32_MAX : 0;
    return abroad | ((UINT32_C(1) << s->market.n_domestic) - 1);
}

/* Chance a month that a firm alone enters the market in view. */
KL_INLINE float chance_alone(const kl_state *s, float gain, float sunk)
{
    return kl_minf((float)s->p.entry_cap, (float)s->p.entry_rate * gain / kl_maxf(sunk, 1.0f));
}

KL_INLINE void set_view(kl_state *s, int i, int j)
{
    const double sunk_cost = s->p.sunk_cost;
    const int at = j < 0 ? 0 : j, abroad = j >= s->market.n_domestic;
    s->view[i] = j;
    s->view_gain[i] = j < 0 ? 0.0f : (float)(s->market.gain[at] * (double)s->revenue[i]);
    s->view_sunk[i] = (float)(sunk_cost * (j < 0 || abroad ? 1 : s->p.sunk_domestic));
    s->view_export[i] = j < 0 ? s->view_export[i] : (float)abroad;
    if (!s->steps_stale)
        s->view_step[i] = kl_log1pf(-chance_alone(s, s->view_gain[i], s->view_sunk[i]));
}

/* x where `is` is 1, else 0; without a branch. */
KL_INLINE double only_if(uint32_t is, double x)
{
    return kl_bits_double(kl_double_bits(x) & ((uint64_t)0 - (uint64_t)is));
}

/* The market at `u` of the demand of those whose bit in `open` is set; -1 where none is. Eight at a time: beyond the last that is
 * open nothing is added. */
KL_INLINE int open_market(const kl_demand *market, uint32_t open, double u)
{
    double up_to[32], all = 0;
    const int n = open ? 32 - __builtin_clz(open) : 0;
    int found = 0;
    for (int first = 0; first < n; first += 8)
        for (int j = first; j < first + 8; j++)
            up_to[j] = all += only_if(open >> j & 1, (double)market->share[j]);
    const double at = u * all;
    for (int first = 0; first < n; first += 8) {
        uint64_t passed[8], some = 0;
        for (int j = 0; j < 8; j++)
            passed[j] = at >= up_to[first + j];
        for (int j = 0; j < 8; j++)
            some += passed[j];
        found += (int)some;
    }
    return found < n ? found : n - 1; /* rounding, or none is open */
}

/* Start an entry clock: a limit, and a market drawn by demand among those that the firm sees and is not in. */
KL_INLINE void look_for_market(kl_state *s, int i)
{
    kl_clock clock = kl_entry_clock(s, i, s->entry_spell[i]);
    uint32_t open = seen_markets(s, i) & s->market.all & ~(uint32_t)s->presence[i];
    s->entry_clock[i] = 0;
    s->entry_limit[i] = clock.limit;
    set_view(s, i, open_market(&s->market, open, kl_uniform_lane(clock.place)));
}

/* Revenue from a market of mean size, times its relative size. */
KL_INLINE float revenue_of(const kl_state *s, int i, int j)
{
    return s->market.revenue[j] * s->revenue[i];
}

/* Firm i enters the market in view, at its own cost `sunk`. */
KL_INLINE void enter(kl_state *s, int i, float sunk, double *served)
{
    int j = s->view[i];
    kl_clock clock = kl_entry_clock(s, i, s->entry_spell[i]++);
    int32_t leaves = s->month + stay_months(s, (double)clock.stay);
    s->presence[i] = (int32_t)((uint32_t)s->presence[i] | 1u << j);
    exits_of(s, i)[j] = leaves;
    s->next_exit[i] = leaves < s->next_exit[i] ? leaves : s->next_exit[i];
    s->demand[i] += s->market.share[j];
    s->market_revenue[i] += revenue_of(s, i, j);
    s->sunk[i] = sunk;
    served[j]++;
    look_for_market(s, i);
}

/* Demand of the markets in `served`, in their order. */
KL_INLINE float demand_of(const kl_demand *market, uint32_t served)
{
    float demand = 0;
    for (int j = 0; j < market->n; j++)
        demand += (float)(served >> j & 1) * market->share[j];
    return demand;
}

/* Of a row of months: the first, and a bit for each that has come. */
KL_INLINE uint32_t months_over(const int32_t *restrict leaves, int n, int32_t month)
{
    uint32_t over = 0;
    for (int j = 0; j < n; j++)
        over |= (uint32_t)(leaves[j] <= month) << j;
    return over;
}

KL_INLINE int32_t first_month(const int32_t *restrict leaves, int n)
{
    int32_t first = INT32_MAX;
    for (int j = 0; j < n; j++)
        first = leaves[j] < first ? leaves[j] : first;
    return first;
}

/* Firm i leaves the markets in which its stay is over. `row` is 16 or 32. */
KL_INLINE void leave_markets(kl_state *s, int i, int row, double *served)
{
    int32_t *leaves = exits_of(s, i);
    const uint32_t over = months_over(leaves, row, s->month);
    for (uint32_t left = over; left; left &= left - 1) {
        int j = kl_lowest_bit(left);
        leaves[j] = INT32_MAX;
        s->market_revenue[i] -= revenue_of(s, i, j);
        served[j]--;
    }
    const uint32_t in = (uint32_t)s->presence[i] & ~over;
    s->presence[i] = (int32_t)in;
    s->demand[i] = demand_of(&s->market, in);
    s->next_exit[i] = first_month(leaves, row);
    if (s->view[i] < 0)
        look_for_market(s, i);
}

/* What happens to the markets of a span: firms that enter less those that leave, by market, and how often something happened. */
enum { EVENTS = 32, N_CHANGES };

/* Firms whose stay in a market ends. */
KL_VECTOR static void exits(kl_state *s, const void *with, int begin, int end, double *change)
{
    KL_WHOLE_ROWS(begin, end);
    (void)with;
    for (int first = begin; first < end; first += 64)
        for (uint64_t bits = kl_bits_at_most(s->next_exit + first, s->month, end - first); bits; bits &= bits - 1) {
            const int i = first + kl_lowest_bit(bits);
            if (s->market.row == 16)
                leave_markets(s, i, 16, change);
            else
                leave_markets(s, i, 32, change);
            change[EVENTS]++;
        }
}

/* n / (1 + n) of cluster firms in each firm's market in view. */
KL_INLINE void refresh_crowd(const kl_state *s, int begin, int end)
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
KL_INLINE void advance_entry(kl_state *s, int begin, int end)
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
    float step[KL_SPAN];
    KL_INDEPENDENT
    for (int i = begin; i < end; i++) {
        float own = sunk[i] * (1.0f - sharing * usage[i] * crowd[i]);
        float paid = own * (1.0f - subsidy * member[i] * eligible[i] * abroad[i]);
        float chance = rate * gain[i] * (1.0f + usage[i] * informed) / kl_maxf(paid, 1.0f);
        step[i - begin] = -kl_minf(cap, chance);
        cost[i] = own;
    }
    kl_logs1p(step, end - begin, step);
    KL_INDEPENDENT
    for (int i = begin; i < end; i++)
        clock[i] -= step[i - begin];
}

/* The same without members: nobody shares a door, and every month takes a clock as far as the last, until another market comes
 * into view. */
KL_VECTOR static void find_steps(kl_state *s, const void *with, int begin, int end, double *sum)
{
    KL_WHOLE_ROWS(begin, end);
    (void)with;
    (void)sum;
    const float *restrict gain = s->view_gain, *restrict sunk = s->view_sunk;
    float *restrict step = s->view_step;
    KL_INDEPENDENT
    for (int i = begin; i < end; i++)
        step[i] = -chance_alone(s, gain[i], sunk[i]);
    kl_logs1p(step + begin, end - begin, step + begin);
}

KL_INLINE void advance_entry_alone(kl_state *s, int begin, int end)
{
    const float *restrict step = s->view_step;
    float *restrict clock = s->entry_clock;
    KL_INDEPENDENT
    for (int i = begin; i < end; i++)
        clock[i] -= step[i];
}

/* Part of the sunk cost of entering the market in view that the government offers. */
KL_INLINE float subsidy_rate(const kl_state *s)
{
    return s->p.channel_markets ? (float)s->p.entry_subsidy : 0.0f;
}

/* Firms whose entry clock strikes. */
KL_VECTOR static void entries(kl_state *s, const void *with, int begin, int end, double *change)
{
    KL_WHOLE_ROWS(begin, end);
    (void)with;
    const float *cost = s->view_sunk;
    if (s->n_members == 0) {
        advance_entry_alone(s, begin, end);
    } else {
        refresh_crowd(s, begin, end);
        advance_entry(s, begin, end);
        cost = s->scratch;
    }
    const float share = subsidy_rate(s);
    for (int first = begin; first < end; first += 64) {
        uint64_t bits = kl_bits_at_least(s->entry_clock + first, s->entry_limit + first, end - first);
        for (; bits; bits &= bits - 1) {
            const int i = first + kl_lowest_bit(bits);
            if (s->view[i] < 0)
                continue;
            const float sunk = cost[i];
            s->subsidy_paid[i] = sunk * share * s->member[i] * s->eligible[i] * s->view_export[i];
            enter(s, i, sunk, change);
            change[EVENTS]++;
        }
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

/* Plays a part of the month; returns how often something happened. */
static int play(kl_state *s, kl_span_fn *part)
{
    double change[N_CHANGES];
    kl_spans(s, part, NULL, N_CHANGES, change);
    const int n = (int)change[EVENTS];
    if (n > 0)
        for (int j = 0; j < 32; j++)
            s->market.served[j] += (float)change[j];
    return n;
}

/* What follows from the initial presence, and the first market in view. */
KL_VECTOR static void begin_markets(kl_state *s, const void *with, int begin, int end, double *change)
{
    KL_WHOLE_ROWS(begin, end);
    (void)with;
    const int last = end < s->n ? end : s->n;
    for (int i = begin; i < last; i++) {
        const uint32_t in = (uint32_t)s->presence[i];
        for (int j = 0; j < 32; j++)
            change[j] += (double)(in >> j & 1);
        s->demand[i] = s->demand_first[i] = demand_of(&s->market, in);
        s->next_exit[i] = s->market.row == 16 ? first_month(exits_of(s, i), 16) : first_month(exits_of(s, i), 32);
        look_for_market(s, i);
    }
    change[EVENTS] = 1;
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
    }
    memset(s->market.served, 0, sizeof s->market.served);
    s->steps_stale = 1;
    s->market.all = s->market.n < 32 ? (UINT32_C(1) << s->market.n) - 1 : UINT32_MAX;
    play(s, begin_markets);
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
    if (s->n_members > 0) {
        s->steps_stale = 1;
    } else if (s->steps_stale) {
        kl_spans(s, find_steps, NULL, 0, NULL);
        s->steps_stale = 0;
    }
    play(s, exits);
    s->entries += play(s, entries);
    if (subsidy_rate(s) > 0)
        pay_subsidies(s);
}
