/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Cost-effectiveness as tables: the frontier with its ratios, the plane, the acceptability curves. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "analysis/rows.h"
#include "klaster/appraisal.h"

static const char *frontier_word(kl_frontier_status status)
{
    static const char *const words[] = {
#define KL_FRONTIER_WORD(name, word, meaning) word,
        KL_FRONTIER_LIST(KL_FRONTIER_WORD)
#undef KL_FRONTIER_WORD
    };
    return words[status];
}

static const double *arm_of(const kl_states *states, int quantity, int arm)
{
    return kl_states_of(states, quantity) + (size_t)arm * (size_t)states->n;
}

/* ---- ratios ---- */

kl_status kl_icers_of_states(kl_icer *icer, const kl_states *states)
{
    int n_arms = states->n_arms;
    double *mean = calloc(2 * (size_t)n_arms, sizeof *mean);
    if (!mean)
        return KL_ERR_MEMORY;
    for (int q = 0; q < 2; q++)
        for (int a = 0; a < n_arms; a++) {
            for (int i = 0; i < states->n; i++)
                mean[q * n_arms + a] += arm_of(states, q, a)[i];
            mean[q * n_arms + a] /= states->n;
        }
    kl_status status = kl_icers_make(icer, mean, mean + n_arms, n_arms);
    free(mean);
    return status;
}

kl_status kl_icers_table(kl_table *table, const kl_icer *icer, const kl_states *states, const kl_appraisal_words *words)
{
    char method[1024];
    snprintf(method, sizeof method,
             "Means of cost (%.100s) and effect (%.100s) over the points. Options by rising cost; each on the frontier "
             "against "
             "the one before it. Dominated: another costs no more and has no less effect. Extendedly dominated: a mix "
             "of two "
             "others does better.",
             words->cost, words->effect);
    kl_rows rows =
        kl_rows_begin(table, "icers", "What more effect costs: options along the efficiency frontier", method);
    kl_rows_text(&rows, "arm", "the option");
    kl_rows_text(&rows, "status", "frontier, extended (extendedly dominated), dominated");
    kl_rows_amount(&rows, "cost", words->cost_unit, "mean cost");
    kl_rows_amount(&rows, "effect", words->effect_unit, "mean effect");
    kl_rows_text(&rows, "against", "the option before it on the frontier");
    kl_rows_amount(&rows, "more_cost", words->cost_unit, "cost over that option's");
    kl_rows_amount(&rows, "more_effect", words->effect_unit, "effect over that option's");
    kl_rows_amount(&rows, "icer", words->ratio_unit,
                   "incremental cost-effectiveness ratio: more cost over more effect");
    kl_rows_count(&rows, "left_out", "worlds left out for all options, as one of them is undefined there");
    for (int r = 0; r < states->n_arms; r++) {
        kl_rows_next(&rows);
        kl_rows_put_text(&rows, words->arm[icer[r].arm]);
        kl_rows_put_text(&rows, frontier_word(icer[r].status));
        kl_rows_put(&rows, icer[r].cost);
        kl_rows_put(&rows, icer[r].effect);
        kl_rows_put_text(&rows, icer[r].against >= 0 ? words->arm[icer[r].against] : "");
        kl_rows_put(&rows, icer[r].d_cost);
        kl_rows_put(&rows, icer[r].d_effect);
        kl_rows_put(&rows, icer[r].icer);
        kl_rows_put_count(&rows, states->n_left_out);
    }
    return rows.status;
}

/* ---- plane ---- */

static void plane_columns(kl_rows *rows, const kl_appraisal_words *words)
{
    kl_rows_text(rows, "arm", "the option, against the baseline");
    kl_rows_amount(rows, "more_cost", words->cost_unit, "mean cost over the baseline's");
    kl_rows_amount(rows, "more_cost_se", words->cost_unit, "its standard error");
    kl_rows_amount(rows, "more_effect", words->effect_unit, "mean effect over the baseline's");
    kl_rows_amount(rows, "more_effect_se", words->effect_unit, "its standard error");
    kl_rows_amount(rows, "ratio", words->ratio_unit,
                   "more cost over more effect; a price only where both are above zero");
    kl_rows_share(rows, "costs_more", "share of points with more effect for more cost (north-east)");
    kl_rows_share(rows, "better", "no less effect for no more cost, and not both equal (south-east)");
    kl_rows_share(rows, "saves", "less effect for less cost (south-west)");
    kl_rows_share(rows, "worse", "no more effect for no less cost, and not both equal (north-west)");
    kl_rows_share(rows, "same", "equal cost and effect");
}

kl_status kl_plane_table(kl_table *table, const kl_states *states, const kl_appraisal_words *words)
{
    char method[512];
    snprintf(method, sizeof method,
             "Differences from %.70s in cost (%.100s) and effect (%.100s) at each point, replicates averaged first.",
             words->arm[words->baseline], words->cost, words->effect);
    kl_rows rows =
        kl_rows_begin(table, "plane", "The cost-effectiveness plane: each option against the baseline", method);
    plane_columns(&rows, words);
    for (int a = 0; a < states->n_arms && rows.status == KL_OK; a++) {
        kl_plane p;
        if (a == words->baseline)
            continue;
        rows.status = kl_plane_make(&p, arm_of(states, 0, a), arm_of(states, 1, a), arm_of(states, 0, words->baseline),
                                    arm_of(states, 1, words->baseline), states->n);
        const double numbers[] = {p.d_cost,     p.d_cost_se, p.d_effect, p.d_effect_se, p.icer,
                                  p.costs_more, p.better,    p.saves,    p.worse,       p.same};
        kl_rows_next(&rows);
        kl_rows_put_text(&rows, words->arm[a]);
        for (size_t k = 0; k < sizeof numbers / sizeof numbers[0]; k++)
            kl_rows_put(&rows, numbers[k]);
    }
    return rows.status;
}

kl_status kl_plane_points_table(kl_table *table, const kl_states *states, const kl_appraisal_words *words)
{
    char method[512];
    snprintf(method, sizeof method,
             "Cost (%.100s) and effect (%.100s) of each option less those of %.70s, point by point.", words->cost,
             words->effect, words->arm[words->baseline]);
    kl_rows rows = kl_rows_begin(table, "plane_points", "The points of the cost-effectiveness plane", method);
    kl_rows_text(&rows, "arm", "the option, against the baseline");
    kl_rows_count(&rows, "point", "the point's number in the study");
    kl_rows_amount(&rows, "more_cost", words->cost_unit, "cost over the baseline's");
    kl_rows_amount(&rows, "more_effect", words->effect_unit, "effect over the baseline's");
    for (int a = 0; a < states->n_arms; a++)
        for (int i = 0; a != words->baseline && i < states->n && rows.status == KL_OK; i++) {
            kl_rows_next(&rows);
            kl_rows_put_text(&rows, words->arm[a]);
            kl_rows_put_count(&rows, states->point[i]);
            kl_rows_put(&rows, arm_of(states, 0, a)[i] - arm_of(states, 0, words->baseline)[i]);
            kl_rows_put(&rows, arm_of(states, 1, a)[i] - arm_of(states, 1, words->baseline)[i]);
        }
    return rows.status;
}

/* ---- curves ---- */

static kl_rows begin_curve(kl_table *curve, const kl_appraisal_words *words)
{
    char method[1024];
    snprintf(method, sizeof method,
             "Net benefit at each willingness to pay: that times effect (%.100s) less cost (%.100s). Probability of "
             "being best "
             "over the points, ties split (van Hout et al. 1994; Fenwick et al. 2001); expected loss (Alarid-Escudero "
             "et al. "
             "2019, doi:10.1016/j.jval.2019.02.008).",
             words->effect, words->cost);
    kl_rows rows =
        kl_rows_begin(curve, "acceptability", "How likely each option is best, by willingness to pay", method);
    kl_rows_amount(&rows, "willingness_to_pay", words->ratio_unit, "what one unit of effect is worth");
    kl_rows_text(&rows, "arm", "the option");
    kl_rows_share(&rows, "best", "probability that it is the most cost-effective; sums to 1 over options");
    kl_rows_amount(&rows, "net_benefit", words->cost_unit, "expected net benefit");
    kl_rows_amount(&rows, "expected_loss", words->cost_unit, "expected loss of choosing it");
    return rows;
}

static kl_rows begin_frontier(kl_table *frontier, const kl_appraisal_words *words)
{
    char method[512];
    snprintf(
        method, sizeof method,
        "The option of the highest expected net benefit, effect %.100s, cost %.100s (Fenwick, Claxton & Sculpher 2001, "
        "doi:10.1002/hec.635), and what knowing everything would be worth at that choice.",
        words->effect, words->cost);
    kl_rows rows =
        kl_rows_begin(frontier, "acceptability_frontier", "Which option to choose, by willingness to pay", method);
    kl_rows_amount(&rows, "willingness_to_pay", words->ratio_unit, "what one unit of effect is worth");
    kl_rows_text(&rows, "arm", "the option of the highest expected net benefit");
    kl_rows_share(&rows, "best", "probability that it is the most cost-effective");
    kl_rows_amount(&rows, "net_benefit", words->cost_unit, "its expected net benefit");
    kl_rows_amount(&rows, "evpi", words->cost_unit, "expected value of perfect information: its expected loss");
    kl_rows_amount(&rows, "evpi_se", words->cost_unit, "standard error of the EVPI");
    return rows;
}

static void add_curve(kl_rows *curve, kl_rows *frontier, const kl_decision *d, double wtp,
                      const kl_appraisal_words *words)
{
    for (int a = 0; a < d->n_arms; a++) {
        kl_rows_next(curve);
        kl_rows_put(curve, wtp);
        kl_rows_put_text(curve, words->arm[a]);
        kl_rows_put(curve, d->option[a].probability);
        kl_rows_put(curve, d->option[a].mean);
        kl_rows_put(curve, d->option[a].loss);
    }
    kl_rows_next(frontier);
    kl_rows_put(frontier, wtp);
    kl_rows_put_text(frontier, words->arm[d->best]);
    kl_rows_put(frontier, d->option[d->best].probability);
    kl_rows_put(frontier, d->option[d->best].mean);
    kl_rows_put(frontier, d->evpi);
    kl_rows_put(frontier, d->evpi_se);
}

kl_status kl_acceptability_tables(kl_table *curve, kl_table *frontier, const kl_states *states, const double *wtp,
                                  int n_wtp, const kl_appraisal_words *words)
{
    int64_t count = (int64_t)states->n_arms * states->n;
    kl_rows rows = begin_curve(curve, words), best = begin_frontier(frontier, words);
    kl_status status = rows.status != KL_OK ? rows.status : best.status;
    double *net_benefit = malloc((size_t)(count + 1) * sizeof *net_benefit);
    if (!net_benefit)
        status = KL_ERR_MEMORY;
    for (int k = 0; k < n_wtp && status == KL_OK; k++) {
        kl_decision d;
        kl_net_benefit(net_benefit, kl_states_of(states, 0), kl_states_of(states, 1), wtp[k], count);
        status = kl_decision_make(&d, net_benefit, states->n_arms, states->n);
        if (status == KL_OK)
            add_curve(&rows, &best, &d, wtp[k], words);
        kl_decision_free(&d);
        if (status == KL_OK)
            status = rows.status != KL_OK ? rows.status : best.status;
    }
    free(net_benefit);
    return status;
}
