/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `klaster summary` for programs: JSON and CSV. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/outcome.h"
#include "cli/summary.h"

static json_t *share_json(const kl_share *share)
{
    return json_pack("{s:I, s:I, s:o, s:o, s:o}", "n", (json_int_t)share->n, "hits", (json_int_t)share->hits, "share",
                     kl_json_number(share->share), "lo", kl_json_number(share->lo), "hi", kl_json_number(share->hi));
}

static json_t *counts_json(const int64_t *n)
{
    json_t *counts = json_object();
    for (int k = 0; k < KL_N_RUN_STATUS; k++)
        json_object_set_new(counts, kl_run_status_word(k), json_integer(n[k]));
    return counts;
}

static kl_status claims_json(kl_summary *s, int a, json_t *claims)
{
    for (int c = 0; c < s->study->n_claims; c++) {
        const kl_claim *claim = &s->study->claim[c];
        kl_audit audit;
        kl_status status = kl_summary_audit(s, a, claim, &audit);
        if (status != KL_OK)
            return status;
        json_array_append_new(
            claims, json_pack("{s:s, s:s, s:s, s:o, s:o, s:I, s:I, s:o, s:o, s:{s:o, s:o, s:o, s:o}}", "name",
                              claim->name, "metric", kl_outcome_info_of(claim->metric)->name, "source", claim->source,
                              "lowest", kl_json_number(claim->lo), "highest", kl_json_number(claim->hi), "worlds",
                              (json_int_t)audit.n, "missing", (json_int_t)audit.missing, "holds",
                              share_json(&audit.holds), "holds_completed", share_json(&audit.holds_completed), "fates",
                              "inside", counts_json(audit.inside), "below", counts_json(audit.below), "above",
                              counts_json(audit.above), "undefined", counts_json(audit.undefined)));
    }
    return KL_OK;
}

static kl_status outcomes_json(kl_summary *s, int a, json_t *outcomes)
{
    for (int i = 0; i < s->n_metrics; i++) {
        const kl_outcome_info *info = kl_outcome_info_of(s->metric[i]);
        kl_estimate e;
        kl_status status = kl_summary_estimate(s, a, s->metric[i], &e);
        if (status != KL_OK)
            return status;
        json_object_set_new(outcomes, info->name,
                            json_pack("{s:s, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "unit",
                                      info->unit, "n", (json_int_t)e.n, "mean", kl_json_number(e.mean), "se",
                                      kl_json_number(e.se), "sd", kl_json_number(e.sd), "q05", kl_json_number(e.q05),
                                      "q25", kl_json_number(e.q25), "median", kl_json_number(e.q50), "median_lo",
                                      kl_json_number(e.q50_lo), "median_hi", kl_json_number(e.q50_hi), "q75",
                                      kl_json_number(e.q75), "q95", kl_json_number(e.q95)));
    }
    return KL_OK;
}

kl_status kl_summary_json(kl_summary *s, json_t **json)
{
    const kl_study *study = s->study;
    kl_status status = KL_OK;
    json_t *arms = json_array();
    for (int a = 0; status == KL_OK && a < s->n_arms; a++) {
        int64_t by_status[KL_N_RUN_STATUS];
        const kl_arm *arm = &study->arm[s->arm[a]];
        json_t *claims = json_array(), *outcomes = json_object();
        int64_t n = kl_summary_count(s, a, by_status);
        status = claims_json(s, a, claims);
        if (status == KL_OK)
            status = outcomes_json(s, a, outcomes);
        json_array_append_new(arms, json_pack("{s:s, s:s, s:I, s:o, s:o, s:o}", "arm", arm->name, "label", arm->label,
                                              "runs", (json_int_t)n, "status", counts_json(by_status), "claims", claims,
                                              "outcomes", outcomes));
    }
    *json =
        json_pack("{s:s, s:s, s:s, s:b, s:I, s:i, s:i, s:i, s:I, s:s, s:o}", "study", study->name, "title",
                  study->title, "sha256", study->sha256, "complete", s->result->complete, "runs_done",
                  (json_int_t)s->result->n_done, "points", study->n_points, "replicates", study->n_replicates, "months",
                  study->horizon, "seed", (json_int_t)study->seed, "engine", s->result->engine_version, "arms", arms);
    if (status != KL_OK && *json) {
        json_decref(*json);
        *json = NULL;
    }
    return status;
}

kl_status kl_summary_csv(kl_summary *s)
{
    fputs("arm,outcome,unit,n,mean,se,sd,q05,q25,median,median_lo,median_hi,q75,q95\r\n", stdout);
    for (int a = 0; a < s->n_arms; a++) {
        for (int i = 0; i < s->n_metrics; i++) {
            const kl_outcome_info *info = kl_outcome_info_of(s->metric[i]);
            kl_estimate e;
            kl_status status = kl_summary_estimate(s, a, s->metric[i], &e);
            if (status != KL_OK)
                return status;
            const double value[] = {e.mean, e.se, e.sd, e.q05, e.q25, e.q50, e.q50_lo, e.q50_hi, e.q75, e.q95};
            kl_text_csv(stdout, s->study->arm[s->arm[a]].name);
            printf(",%s,%s,%lld", info->name, info->unit, (long long)e.n);
            for (size_t k = 0; k < sizeof value / sizeof value[0]; k++) {
                char text[KL_NUMBER_SIZE];
                printf(",%s", isnan(value[k]) ? "" : kl_text_exact(text, sizeof text, value[k]));
            }
            fputs("\r\n", stdout);
        }
    }
    return KL_OK;
}
