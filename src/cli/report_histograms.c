/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The data of a report: how outcomes are distributed over all worlds, arm by arm. All arms of an outcome share their classes:
 * from the lowest 0.5 % to the highest 99.5 % of any arm, with round bounds, so that arms can be laid over each other and a claim's
 * bounds fall between classes. What lies outside is counted, and so are worlds without a value. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/report.h"

enum { CLASSES_MOST = 50, CLASSES_WANTED = 30 };

static const kl_outcome_id key_outcomes[] = {
    KL_OUT_saving_joint,    KL_OUT_saving_net,    KL_OUT_members_final, KL_OUT_value_firms,    KL_OUT_npv_social,
    KL_OUT_public_spending, KL_OUT_cash_lowest, /* these also with many arms */
    KL_OUT_saving_gross,    KL_OUT_usage,         KL_OUT_goal_lift,     KL_OUT_value_platform, KL_OUT_synergy,
    KL_OUT_share_worse_off, KL_OUT_month_rollout, KL_OUT_breakeven,     KL_OUT_pilot_score,
};
enum { N_KEY_OUTCOMES = sizeof key_outcomes / sizeof key_outcomes[0], N_OF_MANY = 7 };

/* ---- classes ---- */

/* Edge i is (first + i) * digits * 10^power, less a half where values are whole. */
typedef struct classes {
    int n;
    double first, digits;
    int power;
    bool is_whole;
} classes;

static double edge(const classes *c, int i)
{
    double ten = pow(10, abs(c->power)), multiple = (c->first + i) * c->digits;
    return (c->power < 0 ? multiple / ten : multiple * ten) - (c->is_whole ? 0.5 : 0);
}

static double width(const classes *c)
{
    return c->digits * pow(10, c->power);
}

/* The narrowest round width of at most CLASSES_WANTED classes over [lo, hi]. */
static classes classes_over(double lo, double hi, bool is_whole)
{
    static const double steps[] = {1, 2, 2.5, 5};
    double least = (hi - lo) / CLASSES_WANTED;
    if (!(least > 0))
        least = fabs(lo) > 0 ? fabs(lo) / 20 : 0.05;
    if (is_whole && least < 1)
        least = 1;
    classes c = {.is_whole = is_whole, .power = (int)floor(log10(least))};
    c.digits = 10;
    for (int k = 3; k >= 0; k--)
        if (steps[k] * pow(10, c.power) >= least * (1 - 1e-12) && !(is_whole && c.power == 0 && k == 2))
            c.digits = steps[k];
    c.first = floor((lo + (is_whole ? 0.5 : 0)) / width(&c));
    c.n = (int)(floor((hi + (is_whole ? 0.5 : 0)) / width(&c)) - c.first) + 1;
    c.n = c.n < 1 ? 1 : c.n > CLASSES_MOST ? CLASSES_MOST : c.n;
    return c;
}

/* The class of a value: the lower edge belongs to it; -1 below all, n above. The highest edge belongs to the last. */
static int class_of(const classes *c, double value)
{
    if (value < edge(c, 0))
        return -1;
    if (value >= edge(c, c->n))
        return value == edge(c, c->n) ? c->n - 1 : c->n;
    int i = (int)((value - edge(c, 0)) / width(c));
    i = i < 0 ? 0 : i >= c->n ? c->n - 1 : i;
    while (i > 0 && value < edge(c, i))
        i--;
    while (i + 1 < c->n && value >= edge(c, i + 1))
        i++;
    return i;
}

/* ---- one outcome ---- */

static int compare_numbers(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Widen [lo, hi] by the middle 99 % of an arm's values. */
static kl_status widen(kl_report *r, int arm, kl_outcome_id id, double *lo, double *hi)
{
    int64_t n = 0;
    kl_status status = kl_report_read(r, arm, id);
    for (int64_t w = 0; w < r->n_worlds && status == KL_OK; w++)
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

static json_t *edges_json(const classes *c)
{
    json_t *edges = json_array();
    for (int i = 0; i <= c->n; i++)
        json_array_append_new(edges, kl_json_number(edge(c, i)));
    return edges;
}

static kl_status add_arm(kl_report *r, int arm, kl_outcome_id id, const classes *c, json_t *histograms)
{
    int64_t count[CLASSES_MOST] = {0}, below = 0, above = 0, undefined = 0, missing = 0;
    kl_status status = kl_report_read(r, arm, id);
    if (status != KL_OK)
        return status;
    for (int64_t w = 0; w < r->n_worlds; w++) {
        if (r->status[arm][w] < 0) {
            missing++;
        } else if (!isfinite(r->value[w])) {
            undefined++;
        } else {
            int k = class_of(c, r->value[w]);
            below += k < 0;
            above += k >= c->n;
            if (k >= 0 && k < c->n)
                count[k]++;
        }
    }
    json_t *counts = json_array();
    for (int i = 0; i < c->n; i++)
        json_array_append_new(counts, json_integer(count[i]));
    json_array_append_new(histograms, json_pack("{s:s, s:s, s:s, s:o, s:o, s:I, s:I, s:I, s:I}", "arm",
                                                r->study->arm[arm].name, "outcome", kl_outcome_info_of(id)->name,
                                                "unit", kl_outcome_info_of(id)->unit, "edges", edges_json(c), "counts",
                                                counts, "below", (json_int_t)below, "above", (json_int_t)above,
                                                "undefined", (json_int_t)undefined, "missing", (json_int_t)missing));
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
    classes c = classes_over(lo, hi, type == KL_TYPE_MONTH || type == KL_TYPE_COUNT);
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
