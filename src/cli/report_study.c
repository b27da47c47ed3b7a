/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The data of a report: which program, which file, which study, and the words for outcomes, series and statuses. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/outcome.h"
#include "cli/reference.h"
#include "cli/report.h"

/* ---- program and file ---- */

static json_t *program_json(void)
{
    return json_pack("{s:s, s:s, s:s, s:i}", "name", "klaster", "version", KL_VERSION, "build", KL_BUILD, "format",
                     KL_FORMAT_VERSION);
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static json_t *file_json(const kl_report *r)
{
    const kl_result *f = r->result;
    json_t *json =
        json_pack("{s:o, s:s, s:o, s:o, s:o, s:o, s:b, s:I, s:I, s:b}", "name", kl_json_printable(base_name(r->path)),
                  "sha256", r->study->sha256, "engine", kl_json_printable(f->engine_version), "created",
                  kl_json_printable(f->created), "command", kl_json_printable(f->command), "seconds",
                  kl_report_number(f->seconds), "complete", f->complete, "runs_done", (json_int_t)f->n_done, "runs",
                  (json_int_t)(r->n_worlds * r->study->n_arms), "fans_exact", f->fans_exact);
    if (*f->precision_asked)
        json_object_set_new(json, "precision_asked", kl_json_printable(f->precision_asked));
    if (*f->precision_reached)
        json_object_set_new(json, "precision_reached", kl_json_printable(f->precision_reached));
    if (*f->shard)
        json_object_set_new(json, "shard", kl_json_printable(f->shard));
    return json;
}

/* ---- the study ---- */

/* The stages in their order; "months" as a study file has it, and their mean. */
static json_t *mechanism_json(const kl_arm *arm)
{
    char text[2048];
    json_t *stages = json_array();
    for (int k = 0; k < arm->n_stages; k++) {
        const kl_stage_spec *stage = &arm->stage[k];
        json_t *json = json_pack("{s:s, s:s}", "stage", kl_stage_kind_word(stage->kind), "name", stage->name);
        bool is_open = stage->kind == KL_STAGE_OPTIMISE && k == arm->n_stages - 1;
        if (!is_open)
            json_object_set_new(json, "months",
                                json_string(kl_report_dist_text(text, sizeof text, NULL, &stage->months)));
        json_array_append_new(stages, json);
    }
    return stages;
}

static bool dist_equals(const kl_dist *a, const kl_dist *b)
{
    return a->kind == b->kind && a->n == b->n && memcmp(a->value, b->value, (size_t)a->n * sizeof *a->value) == 0;
}

/* What an arm sets otherwise than the baseline does. */
static json_t *settings_json(const kl_arm *arm, const kl_arm *baseline)
{
    char text[2048], other[2048];
    json_t *settings = json_array();
    for (int p = 0; p < KL_N_PARAMS; p++) {
        const kl_param_info *row = kl_param_info_of((kl_param_id)p);
        if (dist_equals(&arm->param[p], &baseline->param[p]))
            continue;
        kl_report_dist_text(text, sizeof text, row, &arm->param[p]);
        kl_report_dist_text(other, sizeof other, row, &baseline->param[p]);
        json_array_append_new(settings, json_pack("{s:s, s:s, s:s, s:s}", "parameter", row->name, "value", text,
                                                  "baseline", other, "unit", row->unit));
    }
    return settings;
}

static json_t *arm_json(const kl_study *study, int a)
{
    const kl_arm *arm = &study->arm[a];
    json_t *json =
        json_pack("{s:s, s:s, s:s, s:o, s:o}", "name", arm->name, "label", arm->label, "mechanism_name", arm->mechanism,
                  "mechanism", mechanism_json(arm), "settings", settings_json(arm, &study->arm[study->baseline]));
    if (arm->n_others > 0) { /* the mechanism is drawn */
        json_t *others = json_array();
        for (int k = 0; k < arm->n_others; k++)
            json_array_append_new(others, json_pack("{s:s, s:o}", "mechanism_name", arm->other[k].mechanism,
                                                    "mechanism", mechanism_json(&arm->other[k])));
        json_object_set_new(json, "others", others);
    }
    return json;
}

static json_t *claims_json(const kl_study *study)
{
    json_t *claims = json_array();
    for (int c = 0; c < study->n_claims; c++) {
        const kl_claim *claim = &study->claim[c];
        const kl_outcome_info *metric = kl_outcome_info_of(claim->metric);
        json_array_append_new(claims,
                              json_pack("{s:s, s:s, s:o, s:o, s:s, s:s}", "name", claim->name, "metric", metric->name,
                                        "lowest", kl_json_number(claim->lo), "highest", kl_json_number(claim->hi),
                                        "source", claim->source, "unit", metric->unit));
    }
    return claims;
}

static json_t *study_json(const kl_study *study)
{
    json_t *arms = json_array();
    for (int a = 0; a < study->n_arms; a++)
        json_array_append_new(arms, arm_json(study, a));
    char seed[32];
    snprintf(seed, sizeof seed, "%llu", (unsigned long long)study->seed);
    return json_pack("{s:s, s:s, s:s, s:s, s:i, s:i, s:i, s:s, s:i, s:i, s:i, s:o, s:o, s:s}", "name", study->name,
                     "title", study->title, "description", study->description, "seed", seed, "months", study->horizon,
                     "points", study->n_points, "replicates", study->n_replicates, "design",
                     kl_design_kind_word(study->design.kind), "rows", study->design.n_rows, "row_size",
                     study->design.row_size, "baseline", study->baseline, "arms", arms, "claims", claims_json(study),
                     "resolved", study->resolved);
}

/* ---- words ---- */

static json_t *statuses_json(void)
{
    json_t *statuses = json_array();
    for (int k = 0; k < KL_N_RUN_STATUS; k++)
        json_array_append_new(
            statuses, json_pack("{s:s, s:s}", "name", kl_run_status_word(k), "meaning", kl_run_status_meaning(k)));
    return statuses;
}

static json_t *outcomes_json(void)
{
    static const char *const types[] = {"share", "ratio", "money", "month", "count"};
    json_t *outcomes = json_object();
    for (int i = 0; i < KL_N_OUTCOMES; i++) {
        const kl_outcome_info *info = kl_outcome_info_of((kl_outcome_id)i);
        json_object_set_new(outcomes, info->name,
                            json_pack("{s:s, s:s, s:b, s:i, s:i, s:s}", "unit", info->unit, "type", types[info->type],
                                      "percent", kl_outcome_in_percent((kl_outcome_id)i), "digits", info->digits,
                                      "direction", kl_outcome_direction((kl_outcome_id)i), "meaning", info->meaning));
    }
    return outcomes;
}

static json_t *series_json(void)
{
    json_t *series = json_object();
    for (int i = 0; i < KL_N_SERIES; i++) {
        const kl_series_info *info = kl_series_info_of((kl_series_id)i);
        bool is_money = info->scale == KL_SCALE_MONEY;
        json_object_set_new(series, info->name,
                            json_pack("{s:s, s:s, s:s}", "unit", info->unit, "type", is_money ? "money" : "share",
                                      "meaning", info->meaning));
    }
    return series;
}

void kl_report_study(kl_report *r)
{
    json_object_set_new(r->page, "program", program_json());
    json_object_set_new(r->page, "file", file_json(r));
    json_object_set_new(r->page, "study", study_json(r->study));
    json_object_set_new(r->page, "statuses", statuses_json());
    json_object_set_new(r->page, "outcomes", outcomes_json());
    json_object_set_new(r->page, "series", series_json());
}
