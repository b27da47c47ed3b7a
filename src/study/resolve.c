/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The study's resolved text: canonical JSON with nothing left to look up, and its SHA-256, which is the identity of the
 * study. What all arms share stands once. It is itself a study file that loads to the same study and resolves to the
 * same bytes: numbers are written with 17 digits, keys always in the same order. */
#include <math.h>
#include <string.h>

#include <sys/types.h>

#include <sha2.h>

#include "study/json_text.h"
#include "study/reader.h"

/* jansson's _new functions take the reference even when they fail, and fail when given NULL: so one check at the end of
 * each object suffices. */
static json_t *value_json(const kl_param_info *row, double value)
{
    switch (row->kind) {
    case KL_KIND_REAL:
        return json_real(value);
    case KL_KIND_INT:
        return json_integer((json_int_t)value);
    case KL_KIND_FLAG:
        return json_boolean(value != 0);
    default:
        return json_string(row->choices[(int)value]);
    }
}

static json_t *dist_json(const kl_param_info *row, const kl_dist *dist)
{
    if (kl_dist_is_constant(dist))
        return value_json(row, dist->value[0]);
    json_t *list = json_array(), *map = json_object();
    int failed = !list || !map;
    for (int i = 0; i < dist->n && !failed; i++)
        failed = json_array_append_new(list, value_json(row, dist->value[i])) != 0;
    if (failed || json_object_set(map, kl_dist_kind_word(dist->kind), list) != 0) {
        json_decref(map);
        map = NULL;
    }
    json_decref(list);
    return map;
}

static int set(json_t *map, const char *key, json_t *value)
{
    return json_object_set_new(map, key, value) == 0;
}

/* ---- arms ---- */

/* Do the arm's mechanisms say the parameter differently? */
static int goes_with_mechanism(const kl_arm *arm, int id)
{
    for (int k = 0; k < arm->n_others; k++)
        if (!kl_dist_equals(&arm->other[k].param[id], &arm->param[id]))
            return 1;
    return 0;
}

/* Of one of several: with the parameters that go with it. */
static json_t *settings_json(const kl_arm *arm, const kl_arm *variant)
{
    json_t *map = json_object();
    for (int id = 0; map && id < KL_N_PARAMS; id++) {
        const kl_param_info *row = kl_param_info_of((kl_param_id)id);
        if (goes_with_mechanism(arm, id) && !set(map, row->name, dist_json(row, &variant->param[id]))) {
            json_decref(map);
            return NULL;
        }
    }
    return map;
}

static json_t *stages_json(const kl_arm *arm)
{
    json_t *map = json_object(), *list = json_array();
    int fine = map && list && set(map, "name", json_string(arm->mechanism));
    for (int i = 0; i < arm->n_stages && fine; i++) {
        const kl_stage_spec *stage = &arm->stage[i];
        json_t *item = json_object();
        int is_open = i == arm->n_stages - 1 && stage->kind == KL_STAGE_OPTIMISE;
        fine = item && set(item, "name", json_string(stage->name)) &&
               set(item, "kind", json_string(kl_stage_kind_word(stage->kind))) &&
               (is_open || set(item, "months", dist_json(kl_months_row(), &stage->months)));
        fine = json_array_append_new(list, item) == 0 && fine;
    }
    if (!fine || json_object_set(map, "stages", list) != 0) {
        json_decref(map);
        map = NULL;
    }
    json_decref(list);
    return map;
}

static json_t *mechanism_json(const kl_arm *arm)
{
    if (arm->n_others == 0)
        return stages_json(arm);
    const kl_arm *variant;
    json_t *map = json_object(), *list = json_array();
    int fine = map && list;
    for (int k = 0; fine && (variant = kl_arm_variant(arm, k)); k++) {
        json_t *item = stages_json(variant);
        fine = item && set(item, "parameters", settings_json(arm, variant));
        fine = json_array_append_new(list, item) == 0 && fine;
    }
    if (!fine || json_object_set(map, "choice", list) != 0) {
        json_decref(map);
        map = NULL;
    }
    json_decref(list);
    return map;
}

static int mechanisms_are_equal(const kl_arm *a, const kl_arm *b)
{
    if (a->n_stages != b->n_stages || strcmp(a->mechanism, b->mechanism) != 0)
        return 0;
    for (int i = 0; i < a->n_stages; i++)
        if (strcmp(a->stage[i].name, b->stage[i].name) != 0 || a->stage[i].kind != b->stage[i].kind ||
            !kl_dist_equals(&a->stage[i].months, &b->stage[i].months))
            return 0;
    return 1;
}

static int mechanism_is_shared(const kl_study *study)
{
    if (study->n_mechanisms > 0) /* settings of a mechanism drawn must outrank what all arms share */
        return 0;
    for (int i = 1; i < study->n_arms; i++)
        if (!mechanisms_are_equal(&study->arm[i], &study->arm[0]))
            return 0;
    return 1;
}

static int param_is_shared(const kl_study *study, int id)
{
    for (int i = 0; i < study->n_arms; i++)
        if (goes_with_mechanism(&study->arm[i], id) ||
            !kl_dist_equals(&study->arm[i].param[id], &study->arm[0].param[id]))
            return 0;
    return 1;
}

/* The arm's parameters that all arms share, or those that they do not; without those that its mechanisms say. */
static json_t *params_json(const kl_arm *arm, const char *shared, int want)
{
    json_t *map = json_object();
    for (int id = 0; map && id < KL_N_PARAMS; id++) {
        const kl_param_info *row = kl_param_info_of((kl_param_id)id);
        if (shared[id] == want && !goes_with_mechanism(arm, id) &&
            !set(map, row->name, dist_json(row, &arm->param[id]))) {
            json_decref(map);
            return NULL;
        }
    }
    return map;
}

static json_t *arm_json(const kl_arm *arm, const char *shared, int with_mechanism)
{
    json_t *map = json_object();
    if (map && set(map, "name", json_string(arm->name)) && set(map, "label", json_string(arm->label)) &&
        (!with_mechanism || set(map, "mechanism", mechanism_json(arm))) &&
        set(map, "parameters", params_json(arm, shared, 0)))
        return map;
    json_decref(map);
    return NULL;
}

static int add_arms(json_t *root, const kl_study *study)
{
    char shared[KL_N_PARAMS];
    for (int id = 0; id < KL_N_PARAMS; id++)
        shared[id] = (char)param_is_shared(study, id);
    int one_mechanism = mechanism_is_shared(study);
    if (one_mechanism && !set(root, "mechanism", mechanism_json(&study->arm[0])))
        return 0;
    if (!set(root, "parameters", params_json(&study->arm[0], shared, 1)))
        return 0;
    json_t *list = json_array();
    int fine = list != NULL;
    for (int i = 0; i < study->n_arms && fine; i++)
        fine = json_array_append_new(list, arm_json(&study->arm[i], shared, !one_mechanism)) == 0;
    fine = fine && json_object_set(root, "arms", list) == 0;
    json_decref(list);
    return fine && set(root, "baseline", json_string(study->arm[study->baseline].name));
}

/* ---- the design ---- */

/* Does the design say its size by a key of its own? */
static int has_size(kl_design_kind kind)
{
    return kind == KL_DESIGN_SALTELLI || kind == KL_DESIGN_MORRIS;
}

/* {"fee": {"levels": 3}} for a factorial, whose values stand in the arms; else ["fee"]. */
static json_t *factors_json(const kl_design *design)
{
    int with_levels = design->kind == KL_DESIGN_FACTORIAL;
    json_t *factors = with_levels ? json_object() : json_array();
    int fine = factors != NULL;
    for (int i = 0; i < design->n_factors && fine; i++) {
        const kl_design_input *input = &design->input[design->factor[i]];
        if (!with_levels) {
            fine = json_array_append_new(factors, json_string(input->name)) == 0;
            continue;
        }
        json_t *levels = json_object();
        fine = levels && set(levels, "levels", json_integer(input->n_levels));
        fine = json_object_set_new(factors, input->name, levels) == 0 && fine;
    }
    if (!fine) {
        json_decref(factors);
        factors = NULL;
    }
    return factors;
}

static json_t *design_json(const kl_study *study)
{
    const kl_design *design = &study->design;
    const char *word = kl_design_kind_word(design->kind);
    if (design->n_factors == 0)
        return json_string(word);
    json_t *map = json_object();
    int fine = map && set(map, "kind", json_string(word));
    if (design->kind == KL_DESIGN_SALTELLI)
        fine = fine && set(map, "base", json_integer(design->n_rows)) &&
               set(map, "second_order", json_boolean(design->second_order));
    if (design->kind == KL_DESIGN_MORRIS)
        fine = fine && set(map, "trajectories", json_integer(design->n_rows)) &&
               set(map, "levels", json_integer(design->n_levels));
    if (!fine || !set(map, "factors", factors_json(design))) {
        json_decref(map);
        map = NULL;
    }
    return map;
}

/* ---- the rest ---- */

static json_t *end_json(double end)
{
    return isinf(end) ? json_null() : json_real(end);
}

static int add_claims(json_t *root, const kl_study *study)
{
    json_t *list = json_array();
    int fine = list != NULL;
    for (int i = 0; i < study->n_claims && fine; i++) {
        const kl_claim *claim = &study->claim[i];
        json_t *item = json_object(), *interval = json_array();
        fine = item && interval && set(item, "name", json_string(claim->name)) &&
               set(item, "metric", json_string(kl_outcome_info_of(claim->metric)->name)) &&
               json_array_append_new(interval, end_json(claim->lo)) == 0 &&
               json_array_append_new(interval, end_json(claim->hi)) == 0 &&
               json_object_set(item, "interval", interval) == 0 && set(item, "source", json_string(claim->source));
        json_decref(interval);
        fine = json_array_append_new(list, item) == 0 && fine;
    }
    fine = fine && json_object_set(root, "claims", list) == 0;
    json_decref(list);
    return fine;
}

/* Only where there are any, so that studies without keep their identity. */
static int add_targets(json_t *root, const kl_study *study)
{
    if (study->n_targets == 0)
        return 1;
    json_t *list = json_array();
    int fine = list != NULL;
    for (int i = 0; i < study->n_targets && fine; i++) {
        const kl_observation *target = &study->target[i];
        json_t *item = json_object();
        fine = item && set(item, "metric", json_string(target->metric)) &&
               set(item, "arm", json_string(study->arm[target->arm].name)) &&
               set(item, "value", json_real(target->value)) && set(item, "tolerance", json_real(target->sd)) &&
               set(item, "source", json_string(target->source));
        fine = json_array_append_new(list, item) == 0 && fine;
    }
    fine = fine && json_object_set(root, "targets", list) == 0;
    json_decref(list);
    return fine;
}

static int add_output(json_t *root, const kl_study *study)
{
    json_t *output = json_object(), *list = json_array();
    int fine = output && list;
    for (int i = 0; i < study->n_quantiles && fine; i++)
        fine = json_array_append_new(list, json_real(study->quantile[i])) == 0;
    fine = fine && json_object_set(output, "quantiles", list) == 0 && json_object_set(root, "output", output) == 0;
    json_decref(list);
    json_decref(output);
    return fine;
}

static int add_head(json_t *root, const kl_study *study)
{
    return set(root, "klaster", json_integer(1)) && set(root, "name", json_string(study->name)) &&
           set(root, "title", json_string(study->title)) && set(root, "description", json_string(study->description)) &&
           set(root, "seed", json_integer((json_int_t)study->seed)) &&
           set(root, "months", json_integer(study->horizon)) &&
           (has_size(study->design.kind) || set(root, "points", json_integer(study->design.n_rows))) &&
           set(root, "replicates", json_integer(study->n_replicates)) && set(root, "design", design_json(study)) &&
           set(root, "uncertainty", json_string("none"));
}

kl_status kl_study_resolve(kl_study *study)
{
    json_t *root = json_object();
    kl_status status = KL_ERR_MEMORY;
    if (root && add_head(root, study) && add_arms(root, study) && add_claims(root, study) && add_targets(root, study) &&
        add_output(root, study))
        study->resolved = kl_json_write(root);
    if (study->resolved && SHA256Data((const uint8_t *)study->resolved, strlen(study->resolved), study->sha256))
        status = KL_OK;
    json_decref(root);
    return status;
}
