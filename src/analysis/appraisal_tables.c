/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The appraisal as tables: the decision, the value of information, the pilot. Cost-effectiveness has a file of its own. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "analysis/rows.h"
#include "klaster/appraisal.h"

kl_status kl_decision_table(kl_table *table, const kl_decision *d, const kl_states *states,
                            const kl_appraisal_words *words)
{
    char method[1024];
    snprintf(
        method, sizeof method,
        "Net benefit: %.400s. Replicates are averaged within each point first, for parameters can be researched and "
        "chance cannot. A world in which the net benefit of any option is undefined is left out for all.",
        words->net_benefit);
    kl_rows rows = kl_rows_begin(table, "decision", "What each option is expected to yield", method);
    kl_rows_text(&rows, "arm", "the option");
    kl_rows_amount(&rows, "net_benefit", words->benefit_unit, "expected net benefit: mean over the points");
    kl_rows_amount(&rows, "se", words->benefit_unit, "its Monte Carlo standard error");
    kl_rows_amount(&rows, "over_baseline", words->benefit_unit, "expected net benefit less the baseline's");
    kl_rows_amount(&rows, "over_se", words->benefit_unit, "standard error of that difference, taken point by point");
    kl_rows_share(&rows, "best", "share of points at which the option is best; ties are split");
    kl_rows_amount(
        &rows, "expected_loss", words->benefit_unit,
        "what choosing it loses on average against choosing the best at every point; least for the option to "
        "choose, where it is the EVPI");
    kl_rows_count(&rows, "points", "points that the figures are taken over");
    kl_rows_count(&rows, "left_out", "worlds left out for all options, as one of them is undefined there");
    const double *benefit = kl_states_of(states, 0);
    size_t n = (size_t)states->n;
    for (int a = 0; a < d->n_arms; a++) {
        const kl_option_value *o = &d->option[a];
        double over,
            error = kl_paired_error(&over, benefit + (size_t)a * n, benefit + (size_t)words->baseline * n, d->n);
        kl_rows_next(&rows);
        kl_rows_put_text(&rows, words->arm[a]);
        kl_rows_put(&rows, o->mean);
        kl_rows_put(&rows, o->se);
        kl_rows_put(&rows, over);
        kl_rows_put(&rows, a == words->baseline ? (double)NAN : error);
        kl_rows_put(&rows, o->probability);
        kl_rows_put(&rows, o->loss);
        kl_rows_put_count(&rows, states->n);
        kl_rows_put_count(&rows, states->n_left_out);
    }
    return rows.status;
}

/* ---- value of information ---- */

static void information_columns(kl_rows *rows, const char *unit)
{
    kl_rows_text(rows, "known", "what would be known before choosing: one input, a group, all inputs, or everything");
    kl_rows_amount(
        rows, "value", unit,
        "what knowing it would be worth: EVPPI; for everything, chance included, EVPI. A set is never below what it "
        "contains");
    kl_rows_amount(rows, "se", unit, "standard error, from the regression and from the number of points");
    kl_rows_share(rows, "of_evpi", "value over the EVPI");
    kl_rows_amount(rows, "raw", unit, "the regression's own value, before its bias is taken off and sets are ordered");
    kl_rows_amount(
        rows, "checked", unit,
        "gain of deciding by regressions that had not seen the point: an honest lower bound, below zero by chance");
    kl_rows_amount(rows, "df", "1", "effective parameters of the regression");
}

kl_status kl_information_table(kl_table *table, const kl_evppi *evppi, const kl_input_set *set, int n_sets,
                               const kl_decision *decision, const kl_appraisal_words *words)
{
    char method[1500];
    snprintf(
        method, sizeof method,
        "EVPPI: E max E[net benefit | inputs] - max E[net benefit], by regression of net benefits (%.400s) on the "
        "inputs (Strong, Oakley & Brennan 2014, doi:10.1177/0272989X13505910): penalised cubic splines, for sets with "
        "products of pairs where there are points enough, smoothness by generalised cross-validation; less the upward "
        "bias of a maximum of fits, by parametric bootstrap. EVPI: E max net benefit - max E net benefit over the "
        "points; with one replicate a point it holds chance, which cannot be known: then the value of all inputs is "
        "what research could reach.",
        words->net_benefit);
    kl_rows rows = kl_rows_begin(table, "information", "What it would be worth to know more before choosing", method);
    information_columns(&rows, words->benefit_unit);
    kl_rows_next(&rows);
    kl_rows_put_text(&rows, "everything");
    kl_rows_put(&rows, decision->evpi);
    kl_rows_put(&rows, decision->evpi_se);
    kl_rows_put(&rows, decision->evpi > 0 ? 1 : (double)NAN);
    kl_rows_put(&rows, decision->evpi);
    for (int s = 0; s < n_sets; s++) {
        kl_rows_next(&rows);
        kl_rows_put_text(&rows, set[s].name);
        kl_rows_put(&rows, evppi[s].value);
        kl_rows_put(&rows, evppi[s].se);
        kl_rows_put(&rows, decision->evpi > 0 ? evppi[s].value / decision->evpi : (double)NAN);
        kl_rows_put(&rows, evppi[s].raw);
        kl_rows_put(&rows, evppi[s].checked);
        kl_rows_put(&rows, evppi[s].df);
    }
    return rows.status;
}

kl_status kl_input_sets_table(kl_table *table, const kl_input_set *set, const char *const *input, int n_sets)
{
    kl_rows rows = kl_rows_begin(table, "information_sets", "Which inputs the groups hold",
                                 "Groups of params.def, the lengths of stages (months), and those asked for.");
    kl_rows_text(&rows, "known", "the set, as in the table information");
    kl_rows_text(&rows, "input", "an input that is in it");
    for (int s = 0; s < n_sets; s++)
        for (int k = 0; set[s].n > 1 && k < set[s].n; k++) {
            kl_rows_next(&rows);
            kl_rows_put_text(&rows, set[s].name);
            kl_rows_put_text(&rows, input[set[s].member[k]]);
        }
    return rows.status;
}

/* ---- the pilot ---- */

static void pilot_columns(kl_rows *rows, const char *unit)
{
    kl_rows_text(rows, "arm", "the option with pilot and gate");
    kl_rows_count(rows, "firms", "firms in the pilot");
    kl_rows_count(rows, "months", "planned months of the pilot");
    kl_rows_amount(rows, "with_gate", unit, "expected net benefit with the gate");
    kl_rows_amount(rows, "without_gate", unit, "the same pilot, never stopped");
    kl_rows_amount(rows, "gate_value", unit,
                   "value of the option to stop: with less without the gate, in the same worlds");
    kl_rows_amount(rows, "gate_lo", unit, "lower end of its 95 % interval");
    kl_rows_amount(rows, "gate_hi", unit, "upper end");
    kl_rows_share(rows, "stopped", "share of worlds that the gate stops");
    kl_rows_share(rows, "stop_right", "stopped, and without the gate the net benefit would have been below zero");
    kl_rows_share(rows, "stop_wrong", "false stop: stopped, and it would not have been below zero");
    kl_rows_share(rows, "go_right", "let go, and the net benefit is not below zero");
    kl_rows_share(rows, "go_wrong", "false go: let go, and the net benefit is below zero");
    kl_rows_amount(rows, "loss_avoided", unit, "what right stops save, mean over all worlds");
    kl_rows_amount(rows, "gain_forgone", unit, "what false stops cost, mean over all worlds");
    kl_rows_amount(
        rows, "repeating", unit,
        "what repeating failed pilots changes where they then went ahead, mean over all worlds: gate value = loss "
        "avoided - gain forgone + repeating");
    kl_rows_text(rows, "no_pilot_arm", "the option without any pilot");
    kl_rows_amount(rows, "no_pilot", unit, "its expected net benefit");
    kl_rows_amount(rows, "delay", unit,
                   "what piloting itself changes, without any gate: delay of the roll-out against learning");
    kl_rows_amount(rows, "delay_lo", unit, "lower end of its 95 % interval");
    kl_rows_amount(rows, "delay_hi", unit, "upper end");
    kl_rows_amount(rows, "pilot_value", unit, "pilot with gate less no pilot: delay + gate value");
    kl_rows_count(rows, "worlds", "worlds compared with and without the gate");
    kl_rows_count(rows, "left_out", "worlds in which one of the two is undefined");
}

static void pilot_cells(kl_rows *rows, const kl_pilot_row *p, const kl_appraisal_words *words)
{
    const kl_gate *g = &p->gate;
    const double numbers[] = {g->with,         g->without,      g->value,      g->value_lo, g->value_hi,
                              g->stopped,      g->stop_right,   g->stop_wrong, g->go_right, g->go_wrong,
                              g->loss_avoided, g->gain_forgone, g->repeating};
    kl_rows_next(rows);
    kl_rows_put_text(rows, words->arm[p->with]);
    kl_rows_put_count(rows, p->firms);
    kl_rows_put_count(rows, p->months);
    for (size_t k = 0; k < sizeof numbers / sizeof numbers[0]; k++)
        kl_rows_put(rows, numbers[k]);
    kl_rows_put_text(rows, p->direct >= 0 ? words->arm[p->direct] : "");
    kl_rows_put(rows, p->direct >= 0 ? p->delay.without : (double)NAN);
    kl_rows_put(rows, p->direct >= 0 ? p->delay.value : (double)NAN);
    kl_rows_put(rows, p->direct >= 0 ? p->delay.value_lo : (double)NAN);
    kl_rows_put(rows, p->direct >= 0 ? p->delay.value_hi : (double)NAN);
    kl_rows_put(rows, p->direct >= 0 ? p->delay.value + g->value : (double)NAN);
    kl_rows_put_count(rows, g->n);
    kl_rows_put_count(rows, g->n_left_out);
}

kl_status kl_pilot_table(kl_table *table, const kl_pilot_row *row, int n_rows, const kl_appraisal_words *words)
{
    char method[1024];
    snprintf(
        method, sizeof method,
        "Net benefit: %.400s. Options that differ only in the gate, or only in the pilot, are compared world by world. "
        "Whether a stop was right is seen in the same world without the gate. Intervals: Student's, from the spread of "
        "differences between points.",
        words->net_benefit);
    kl_rows rows = kl_rows_begin(table, "pilot", "What the pilot and its gate are worth", method);
    pilot_columns(&rows, words->benefit_unit);
    for (int r = 0; r < n_rows; r++)
        pilot_cells(&rows, &row[r], words);
    return rows.status;
}
