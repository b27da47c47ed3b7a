/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What can be asked of a run that its outcomes and series do not say: the month's money, the gate, markets. Nothing here changes
 * the run, and the model does not use it. */
#include "core/state.h"

/* K as it was judged this month, or as it stands in a pilot. */
static double score_now(const kl_state *s)
{
    if (s->month_judged == s->month)
        return s->pilot_score;
    int in_pilot = !s->closed && s->stage < s->mechanism.n_stages && s->stage_elapsed > 0 &&
                   s->mechanism.stage[s->stage].kind == KL_STAGE_PILOT;
    return in_pilot ? kl_pilot_score(s) : (double)NAN;
}

kl_month kl_run_month(const kl_run *run)
{
    const kl_state *s = run->state;
    if (kl_adoption_is_played(s))
        return kl_adoption_month(s);
    kl_month month = {
        .members = s->n_members,
        .joins = s->joins,
        .leaves = s->leaves,
        .entries = s->entries,
        .innovations = s->innovations,
        .fees = s->flows.fees,
        .fee_subsidy = s->flows.fee_subsidy,
        .support = s->flows.support,
        .opex = s->flows.opex,
        .capex = s->flows.capex,
        .capex_grant = s->flows.capex_grant,
        .spent = s->month > 0 ? s->sum_spent[s->month - 1] : 0,
        .joint_cost = s->joint_cost,
        .score = score_now(s),
        .verdict = s->month_judged == s->month ? s->verdict : KL_GATE_NONE,
        .repeats = s->recycles,
    };
    for (int i = 0; i < s->n; i++) {
        month.invited += s->invited[i] > 0;
        month.trained += s->trained[i] > 0;
        month.coordination += (double)s->coordination[i];
    }
    return month;
}

const float *kl_run_months(const kl_run *run, kl_series_id series)
{
    return run->state->series[series];
}

int kl_run_is_undefined(const kl_run *run, kl_series_id series)
{
    return kl_adoption_is_played(run->state) && kl_adoption_leaves_out(series);
}

kl_market kl_run_market(const kl_run *run, int j)
{
    const kl_demand *market = &run->state->market;
    if (kl_adoption_is_played(run->state))
        return (kl_market){(double)NAN, 0};
    return (kl_market){(double)market->share[j], j >= market->n_domestic};
}

/* The first spell is outside, and each joining or leaving begins another; each innovation begins a clock. */
kl_firm_past kl_run_firm_past(const kl_run *run, int i)
{
    const kl_state *s = run->state;
    if (kl_adoption_is_played(s))
        return (kl_firm_past){.joins = s->spell[i] / 2};
    return (kl_firm_past){s->spell[i] / 2, s->innovation_spell[i] - 1, (uint32_t)s->presence[i]};
}
