/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The data of a report: some worlds one by one, the same for every arm, evenly spread over all of them; for charts of points. */
#include "cli/report.h"

enum { SAMPLE = 400, SAMPLE_OF_MANY = 200 };

static const kl_outcome_id key_outcomes[] = {
    KL_OUT_npv_social,     KL_OUT_public_spending, KL_OUT_members_final,   KL_OUT_saving_joint,
    KL_OUT_value_firms,    KL_OUT_saving_net, /* these also with many arms */
    KL_OUT_value_platform, KL_OUT_cash_lowest,     KL_OUT_share_worse_off, KL_OUT_month_rollout,
};
enum { N_KEY_OUTCOMES = sizeof key_outcomes / sizeof key_outcomes[0], N_OF_MANY = 6 };

/* World number of sample k. */
static int64_t world_of(const kl_report *r, int64_t n, int64_t k)
{
    return k * r->n_worlds / n;
}

static kl_status add_arm(kl_report *r, int arm, int64_t n, json_t *arms)
{
    int n_outcomes = kl_report_has_many_arms(r) ? N_OF_MANY : N_KEY_OUTCOMES;
    json_t *status = json_array(), *outcomes = json_object();
    kl_status read = KL_OK;
    for (int64_t k = 0; k < n; k++)
        json_array_append_new(status, json_integer(r->status[arm][world_of(r, n, k)]));
    for (int i = 0; i < n_outcomes && read == KL_OK; i++) {
        read = kl_report_read(r, arm, key_outcomes[i]);
        if (read == KL_ERR_NOT_FOUND) {
            read = KL_OK;
            continue;
        }
        json_t *values = json_array();
        for (int64_t k = 0; k < n && read == KL_OK; k++)
            json_array_append_new(values, kl_report_number(r->value[world_of(r, n, k)]));
        json_object_set_new(outcomes, kl_outcome_info_of(key_outcomes[i])->name, values);
    }
    json_array_append_new(arms, json_pack("{s:o, s:o}", "status", status, "outcome", outcomes));
    return read;
}

kl_status kl_report_worlds(kl_report *r)
{
    int64_t most = kl_report_has_many_arms(r) ? SAMPLE_OF_MANY : SAMPLE, n = r->n_worlds < most ? r->n_worlds : most;
    kl_status status = KL_OK;
    json_t *point = json_array(), *replicate = json_array(), *arms = json_array();
    for (int64_t k = 0; k < n; k++) {
        int64_t w = world_of(r, n, k);
        json_array_append_new(point, json_integer(w / r->study->n_replicates));
        json_array_append_new(replicate, json_integer(w % r->study->n_replicates));
    }
    for (int a = 0; a < r->study->n_arms && status == KL_OK; a++)
        status = add_arm(r, a, n, arms);
    json_object_set_new(r->page, "worlds",
                        json_pack("{s:I, s:o, s:o, s:o}", "of", (json_int_t)r->n_worlds, "point", point, "replicate",
                                  replicate, "arms", arms));
    return status;
}
