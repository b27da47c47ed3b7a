/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The data of a report: how the series go month by month, as mean and quantiles over the worlds. */
#include <stdlib.h>

#include "cli/report.h"

/* With many arms, what most people ask for. */
static const kl_series_id key_series[] = {
    KL_SER_members, KL_SER_saving_joint, KL_SER_saving_net, KL_SER_reach_cluster,   KL_SER_brand,
    KL_SER_trust,   KL_SER_satisfaction, KL_SER_account,    KL_SER_public_spending, KL_SER_net_benefit};

static json_t *numbers(const double *value, size_t n, size_t stride)
{
    json_t *json = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(json, kl_report_number(value[i * stride]));
    return json;
}

static kl_status add_series(const kl_report *r, int arm, kl_series_id id, double *value, double *mean, json_t *to)
{
    size_t months = (size_t)r->study->horizon, n_quantiles = (size_t)r->study->n_quantiles;
    kl_status status = kl_result_fan(r->result, arm, id, value, mean);
    if (status != KL_OK)
        return status == KL_ERR_NOT_FOUND ? KL_OK : status;
    json_t *quantiles = json_array();
    for (size_t q = 0; q < n_quantiles; q++)
        json_array_append_new(quantiles, numbers(value + q, months, n_quantiles));
    json_object_set_new(to, kl_series_info_of(id)->name,
                        json_pack("{s:o, s:o}", "mean", numbers(mean, months, 1), "q", quantiles));
    return KL_OK;
}

static kl_status add_arm(const kl_report *r, int arm, double *value, double *mean, json_t *arms)
{
    bool few = kl_report_has_many_arms(r);
    int n = few ? (int)(sizeof key_series / sizeof key_series[0]) : KL_N_SERIES;
    kl_status status = KL_OK;
    json_t *series = json_object();
    for (int s = 0; s < n && status == KL_OK; s++)
        status = add_series(r, arm, few ? key_series[s] : (kl_series_id)s, value, mean, series);
    json_array_append_new(arms, json_pack("{s:o}", "series", series));
    return status;
}

kl_status kl_report_fans(kl_report *r)
{
    const kl_study *study = r->study;
    size_t months = (size_t)study->horizon, n_quantiles = (size_t)study->n_quantiles;
    double *value = malloc((months * n_quantiles + 1) * sizeof *value), *mean = malloc((months + 1) * sizeof *mean);
    json_t *arms = json_array(), *quantiles = json_array();
    kl_status status = value && mean ? KL_OK : KL_ERR_MEMORY;
    for (size_t q = 0; q < n_quantiles; q++)
        json_array_append_new(quantiles, kl_json_number(study->quantile[q]));
    for (int a = 0; a < study->n_arms && status == KL_OK; a++)
        status = add_arm(r, a, value, mean, arms);
    json_object_set_new(r->page, "fans", json_pack("{s:o, s:o}", "quantiles", quantiles, "arms", arms));
    free(value);
    free(mean);
    return status;
}
