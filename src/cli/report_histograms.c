/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The data of a report: how outcomes are distributed over all worlds, arm by arm. All arms of an outcome share their classes:
 * from the lowest 0.5 % to the highest 99.5 % of any arm, with round bounds, so that arms can be laid over each other and a claim's
 * bounds fall between classes. What lies outside is counted, and so are worlds without a value. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/report.h"
#include "klaster/charts.h"

static const kl_outcome_id key_outcomes[] = {
    KL_OUT_saving_joint,    KL_OUT_saving_net,    KL_OUT_members_final, KL_OUT_value_firms,    KL_OUT_npv_social,
    KL_OUT_public_spending, KL_OUT_cash_lowest, /* these also with many arms */
    KL_OUT_saving_gross,    KL_OUT_usage,         KL_OUT_goal_lift,     KL_OUT_value_platform, KL_OUT_synergy,
    KL_OUT_share_worse_off, KL_OUT_month_rollout, KL_OUT_breakeven,     KL_OUT_pilot_score,
};
enum { N_KEY_OUTCOMES = sizeof key_outcomes / sizeof key_outcomes[0], N_OF_MANY = 7 };

/* ---- one outcome ---- */

static int compare_numbers(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

enum { VALUES_MOST = 65536 };

/* Widen [lo, hi] by the middle 99 % of an arm's values; of very many worlds, by a part of them. */
static kl_status widen(kl_report *r, int arm, kl_outcome_id id, double *lo, double *hi)
{
    int64_t n = 0, step = r->n_worlds / VALUES_MOST + 1;
    kl_status status = kl_report_read(r, arm, id);
    for (int64_t w = 0; w < r->n_worlds && status == KL_OK; w += step)
        if (isfinite(r->value[w]))
            r->value[n++] = r->value[w];
    if (status != KL_OK || n == 0)
        return status;
    qsort(r->value, (size_t)n, sizeof *r->value, compare_numbers);
    double low = kl_quantile_sorted(r->value, n, 0.005), high = kl_quantile_sorted(r->value, n, 0.995);
    *lo = !(*lo <= low) ? low : *lo;
    *hi = !(*hi >= high) ? high : *hi;
    return KL_OK;
}

static kl_status add_arm(kl_report *r, int arm, kl_outcome_id id, const kl_classes *c, json_t *histograms)
{
    kl_status status = kl_report_read(r, arm, id);
    if (status != KL_OK)
        return status;
    kl_histogram h = kl_histogram_make(c, r->value, r->status[arm], r->n_worlds);
    json_t *counts = json_array(), *edges = json_array();
    for (int i = 0; i < c->n; i++)
        json_array_append_new(counts, json_integer(h.count[i]));
    for (int i = 0; i <= c->n; i++)
        json_array_append_new(edges, kl_json_number(c->edge[i]));
    json_array_append_new(histograms, json_pack("{s:s, s:s, s:s, s:o, s:o, s:I, s:I, s:I, s:I}", "arm",
                                                r->study->arm[arm].name, "outcome", kl_outcome_info_of(id)->name,
                                                "unit", kl_outcome_info_of(id)->unit, "edges", edges, "counts", counts,
                                                "below", (json_int_t)h.below, "above", (json_int_t)h.above, "undefined",
                                                (json_int_t)h.undefined, "missing", (json_int_t)h.missing));
    return KL_OK;
}

static kl_status add_outcome(kl_report *r, kl_outcome_id id, json_t *histograms)
{
    double lo = NAN, hi = NAN;
    kl_status status = KL_OK;
    for (int a = 0; a < r->study->n_arms && status == KL_OK; a++)
        status = widen(r, a, id, &lo, &hi);
    if (status != KL_OK || isnan(lo))
        return status == KL_ERR_NOT_FOUND ? KL_OK : status;
    kl_outcome_type type = kl_outcome_info_of(id)->type;
    kl_classes c = kl_classes_round(lo, hi, type == KL_TYPE_MONTH || type == KL_TYPE_COUNT);
    for (int a = 0; a < r->study->n_arms && status == KL_OK; a++)
        status = add_arm(r, a, id, &c, histograms);
    return status;
}

/* The usual outcomes, then those that claims are about. */
kl_status kl_report_histograms(kl_report *r)
{
    bool done[KL_N_OUTCOMES] = {false};
    int n = kl_report_has_many_arms(r) ? N_OF_MANY : N_KEY_OUTCOMES;
    kl_status status = KL_OK;
    json_t *histograms = json_array();
    for (int i = 0; i < n + r->study->n_claims && status == KL_OK; i++) {
        kl_outcome_id id = i < n ? key_outcomes[i] : r->study->claim[i - n].metric;
        if (!done[id])
            status = add_outcome(r, id, histograms);
        done[id] = true;
    }
    json_object_set_new(r->page, "histograms", histograms);
    return status;
}
