/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a run is summarised to: the monthly series, recorded as it goes, and the outcomes at its end. outcomes.def says what
 * each number means. */
#include "core/state.h"
#include "core/vector.h"

static float over(double sum, double n)
{
    return n > 0 ? (float)(sum / n) : NAN;
}

enum { REACH, TRUST, BELIEF, SATISFACTION, STOCK, N_SUMS };

KL_VECTOR static void add_firms(kl_state *s, const void *with, int begin, int end, double *sum)
{
    KL_WHOLE_ROWS(begin, end);
    (void)with;
    const int n = end - begin;
    sum[REACH] = kl_dot(s->reach + begin, s->demand + begin, n);
    sum[TRUST] = kl_sum(s->trust + begin, n);
    sum[BELIEF] = kl_sum(s->belief + begin, n);
    sum[SATISFACTION] = kl_dot(s->member + begin, s->satisfaction + begin, n);
    sum[STOCK] = kl_sum(s->stock + begin, n);
}

void kl_series_record(kl_state *s)
{
    int t = s->month, n = s->n_members;
    double budget = s->sum_budget_members[t], sum[N_SUMS];
    float now[KL_N_SERIES];
    kl_spans(s, add_firms, NULL, N_SUMS, sum);
    now[KL_SER_members] = (float)n / (float)s->n;
    now[KL_SER_usage] = n > 0 ? (float)s->mean_usage : NAN;
    now[KL_SER_saving_joint] = over(s->sum_saved[t], budget);
    now[KL_SER_saving_net] = over(s->sum_net[t], budget);
    now[KL_SER_saving_joint_all] = over(s->sum_saved[t], s->budget_total);
    now[KL_SER_reach_firm] = over(sum[REACH], s->n);
    double reach = kl_cluster_reach(s);
    if (!s->twin_parted)
        s->sum_reach_alone[t] = reach;
    now[KL_SER_reach_cluster] = (float)reach;
    now[KL_SER_quality] = (float)s->quality;
    now[KL_SER_brand] = (float)s->goodwill;
    now[KL_SER_information] = (float)s->information;
    now[KL_SER_trust] = over(sum[TRUST], s->n);
    now[KL_SER_belief] = over(sum[BELIEF], s->n);
    now[KL_SER_satisfaction] = n > 0 ? over(sum[SATISFACTION], n) : NAN;
    now[KL_SER_account] = (float)s->account;
    now[KL_SER_public_spending] = (float)s->public_total;
    now[KL_SER_net_benefit] = (float)s->cumulated_net;
    kl_degree_record(s, sum[STOCK] / s->n, sum[TRUST] / s->n, now);
    for (int k = 0; k < KL_N_SERIES; k++)
        s->series[k][t] = now[k];
}

/* ---- at the end ---- */

/* First month from which `cumulated` stays above zero; -1 for never. A run without an ecosystem has none. */
static int breakeven(const kl_state *s)
{
    int month = -1;
    for (int t = s->month - 1; t >= 0 && s->sum_cumulated[t] > 0; t--)
        month = t + 1;
    return month;
}

/* Mean of a series over the last months; NaN months are left out, NaN where all are. */
static double mature_mean(const kl_state *s, kl_series_id id)
{
    int first = s->month > KL_MATURITY ? s->month - KL_MATURITY : 0, n = 0;
    double sum = 0;
    for (int t = first; t < s->month; t++) {
        float x = s->series[id][t];
        if (x == x) {
            sum += (double)x;
            n++;
        }
    }
    return n > 0 ? sum / n : NAN;
}

static double mature_sum(const kl_state *s, const double *sum)
{
    int first = s->month > KL_MATURITY ? s->month - KL_MATURITY : 0;
    double total = 0;
    for (int t = first; t < s->month; t++)
        total += sum[t];
    return total;
}

static void outcomes_of_saving(const kl_state *s, double *outcome)
{
    int months = s->month < KL_MATURITY ? s->month : KL_MATURITY;
    double saved = mature_sum(s, s->sum_saved), net = mature_sum(s, s->sum_net);
    double budget = mature_sum(s, s->sum_budget_members), spent = mature_sum(s, s->sum_spent);
    outcome[KL_OUT_saving_joint] = budget > 0 ? saved / budget : NAN;
    outcome[KL_OUT_saving_net] = budget > 0 ? net / budget : NAN;
    outcome[KL_OUT_saving_gross] = spent > 0 ? saved / spent : NAN;
    outcome[KL_OUT_saving_joint_all] = saved / (s->budget_total * months);
    outcome[KL_OUT_saving_net_all] = net / (s->budget_total * months);
}

static void outcomes_of_value(const kl_state *s, double *outcome)
{
    double synergy = s->pv_benefit - s->pv_benefit_alone;
    double displaced = s->p.displacement * (s->pv_market - s->pv_market_alone);
    double benefits = synergy - displaced;
    double costs = s->pv_cost + (s->p.public_funds_cost - 1) * s->pv_public;
    outcome[KL_OUT_value_firms] = s->pv_net - s->pv_net_alone;
    outcome[KL_OUT_value_alone] = s->pv_net_alone;
    outcome[KL_OUT_value_platform] = s->pv_platform;
    outcome[KL_OUT_public_spending] = s->pv_public;
    outcome[KL_OUT_public_to_firms] = kl_sum(s->public_value, s->n_padded);
    outcome[KL_OUT_synergy] = synergy;
    outcome[KL_OUT_synergy_ratio] = synergy / s->pv_budget;
    outcome[KL_OUT_npv_social] = benefits - costs;
    outcome[KL_OUT_bcr] = costs > 0 ? benefits / costs : NAN;
    outcome[KL_OUT_breakeven] = breakeven(s);
    outcome[KL_OUT_cash_lowest] = s->cash_lowest;
}

/* Alone, the firms earn their margin less their marketing budgets, and what they gain alone since month 0. */
static double earnings_alone(const kl_state *s)
{
    double margin = s->p.margin * kl_sum(s->revenue, s->n_padded);
    return s->pv_budget * (margin / s->budget_total - 1) + s->pv_benefit_alone;
}

static void outcomes_of_synergy(const kl_state *s, double *outcome)
{
    _Static_assert(KL_OUT_synergy_ecosystem - KL_OUT_synergy_firm == KL_N_LEVELS - 1, "one outcome a level");
    _Static_assert(KL_OUT_swot_threats - KL_OUT_swot_strengths == 3, "one outcome a score");
    double alone = earnings_alone(s);
    for (int k = 0; k < KL_N_LEVELS; k++)
        outcome[KL_OUT_synergy_firm + k] = s->pv_level[k] - s->pv_level_alone[k];
    for (int k = 0; k < 4; k++)
        outcome[KL_OUT_swot_strengths + k] = s->swot[k];
    outcome[KL_OUT_superadditivity] = alone > 0 ? (s->pv_benefit - s->pv_benefit_alone) / alone : NAN;
    outcome[KL_OUT_order_innovation] = mature_mean(s, KL_SER_order_innovation);
    outcome[KL_OUT_order_governance] = mature_mean(s, KL_SER_order_governance);
    outcome[KL_OUT_dws] = mature_mean(s, KL_SER_dws);
    outcome[KL_OUT_coupling] = mature_mean(s, KL_SER_coupling);
}

/* Gini of the gains, losers counted as zero: with gains sorted from the largest, sum of (n + 1 - 2 rank) x over n sum x. */
static void outcomes_of_equity(kl_state *s, double *outcome)
{
    double sum = 0, small = 0, weighted = 0;
    int worse = 0, n = s->n;
    for (int i = 0; i < n; i++) {
        float gain = s->value[i] - s->value_alone[i];
        worse += gain < 0;
        s->scratch[i] = gain > 0 ? gain : 0;
        sum += (double)s->scratch[i];
        small += s->employees[i] < 50 ? (double)s->scratch[i] : 0;
    }
    kl_firms_sort(s->ranking, n, s->scratch, s->room);
    for (int k = 0; k < n; k++)
        weighted += (n - 1.0 - 2.0 * k) * (double)s->scratch[s->ranking[k]];
    outcome[KL_OUT_gini] = sum > 0 ? weighted / (n * sum) : NAN;
    outcome[KL_OUT_gain_share_small] = sum > 0 ? small / sum : NAN;
    outcome[KL_OUT_share_worse_off] = (double)worse / n;
}

/* ---- who gains ---- */

enum { CLASSES = 9, ROOM = 16 }; /* room: a whole number of vectors */

/* The classes of a firm, a bit each in the order of outcomes.def from value_small on. */
KL_INLINE uint32_t classes_of(const kl_state *s, int i)
{
    const uint32_t exports = s->exporter[i] > 0, pilot = s->pilot[i] > 0, waved = !pilot & (s->wave[i] > 0);
    const uint32_t from_50 = s->employees[i] >= 50, from_250 = s->employees[i] >= 250;
    const uint32_t first = waved & (s->wave[i] == 1), last = waved & (s->wave[i] == s->p.waves);
    return UINT32_C(1) << (from_50 + from_250) | exports << 3 | (exports ^ 1) << 4 | pilot << 5 | first << 6 |
           last << 7 | (uint32_t)(kl_was_member(s, i) ? 0 : 1) << 8;
}

/* Gains and firms of each class. */
KL_VECTOR static void add_classes(const kl_state *s, double *restrict sum, double *restrict n)
{
    for (int k = 0; k < ROOM; k++)
        sum[k] = n[k] = 0;
    for (int i = 0; i < s->n; i++) {
        const uint32_t classes = classes_of(s, i);
        const double gain = (double)s->value[i] - (double)s->value_alone[i];
        for (int k = 0; k < ROOM; k++) {
            const double is = (double)(int32_t)(classes >> k & 1);
            sum[k] += is * gain;
            n[k] += is;
        }
    }
}

static void outcomes_of_classes(const kl_state *s, double *outcome)
{
    _Static_assert(KL_OUT_value_outside - KL_OUT_value_small == CLASSES - 1, "one outcome a class");
    double sum[ROOM], n[ROOM];
    add_classes(s, sum, n);
    for (int k = 0; k < CLASSES; k++)
        outcome[KL_OUT_value_small + k] = n[k] > 0 ? sum[k] / n[k] : NAN;
}

/* Months in which firms could use the platform: from the month after the build to the one in which it closed. */
static int months_open(const kl_state *s)
{
    int last = s->month_closed >= 0 ? s->month_closed : s->month;
    return s->month_built >= 0 ? last - s->month_built : 0;
}

static void outcomes_of_start(const kl_state *s, double *outcome)
{
    double employees = 0;
    for (int i = 0; i < s->n; i++)
        employees += (double)s->employees[i];
    outcome[KL_OUT_firm_employees] = employees / s->n;
    outcome[KL_OUT_export_share] = s->export_share;
}

void kl_run_outcomes(const kl_run *run, double outcome[KL_N_OUTCOMES])
{
    kl_state *s = run->state; /* scratch and ranking are working space, not state */
    if (kl_adoption_is_played(s)) {
        kl_adoption_outcomes(s, outcome);
        return;
    }
    kl_twin_part(s);
    outcomes_of_start(s, outcome);
    outcome[KL_OUT_month_built] = s->month_built;
    outcome[KL_OUT_month_gate] = s->month_gate;
    outcome[KL_OUT_month_rollout] = s->month_rollout;
    outcome[KL_OUT_month_closed] = s->month_closed;
    outcome[KL_OUT_months_open] = months_open(s);
    outcome[KL_OUT_survival] = s->status == KL_RUN_ALONE ? (double)NAN : s->open;
    outcome[KL_OUT_pilot_score] = s->pilot_score;
    outcome[KL_OUT_pilot_recycles] = s->recycles;
    outcome[KL_OUT_members_final] = s->n_members;
    outcome[KL_OUT_member_share] = mature_mean(s, KL_SER_members);
    outcome[KL_OUT_usage] = mature_mean(s, KL_SER_usage);
    outcome[KL_OUT_churn] = s->member_months > 0 ? 12.0 * s->leaves / s->member_months : NAN;
    outcome[KL_OUT_joins] = s->joins;
    outcome[KL_OUT_reach_firm] = mature_mean(s, KL_SER_reach_firm);
    outcome[KL_OUT_reach_cluster] = mature_mean(s, KL_SER_reach_cluster);
    int months = s->month < KL_MATURITY ? s->month : KL_MATURITY;
    outcome[KL_OUT_reach_cluster_alone] = months > 0 ? mature_sum(s, s->sum_reach_alone) / months : NAN;
    outcome[KL_OUT_markets_opened] = s->entries;
    outcome[KL_OUT_markets_opened_alone] = s->entries_alone;
    outcome[KL_OUT_brand] = mature_mean(s, KL_SER_brand);
    outcome[KL_OUT_information] = mature_mean(s, KL_SER_information);
    outcome[KL_OUT_innovations] = s->innovations;
    outcome[KL_OUT_innovations_alone] = s->innovations_alone;
    double goal = kl_goal_attainment(s);
    outcome[KL_OUT_goal_attainment] = goal;
    outcome[KL_OUT_goal_attainment_alone] = s->goal_alone;
    outcome[KL_OUT_goal_lift] = s->goal_alone > 0 ? goal / s->goal_alone - 1 : NAN;
    outcomes_of_saving(s, outcome);
    outcomes_of_value(s, outcome);
    outcomes_of_synergy(s, outcome);
    outcomes_of_equity(s, outcome);
    outcomes_of_classes(s, outcome);
    /* these need the firms of another run: kl_baseline_outcomes (engine.h) */
    outcome[KL_OUT_additional_members] = outcome[KL_OUT_crowded_out] = outcome[KL_OUT_deadweight] = NAN;
}
