/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The values of uncertain inputs at a point. The design says where in the unit cube the point lies, the same for all
 * arms. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "study/reader.h"

static double draw_at(const kl_study *study, const kl_dist *dist, const char *name, int point, double lo, double hi)
{
    if (kl_dist_is_constant(dist))
        return dist->value[0];
    return kl_dist_quantile(dist, kl_design_coordinate(&study->design, study->seed, point, name), lo, hi);
}

const kl_arm *kl_arm_variant(const kl_arm *arm, int k)
{
    return k == 0 ? arm : k <= arm->n_others ? &arm->other[k - 1] : NULL;
}

/* The number of the arm's mechanism in the study. */
static double draw_mechanism(const kl_study *study, const kl_arm *arm, int point)
{
    return draw_at(study, &arm->choice, "mechanism", point, 0, KL_DIST_VALUES_MAX);
}

const kl_arm *kl_study_variant(const kl_study *study, int arm, int point)
{
    const kl_arm *a = &study->arm[arm];
    if (a->n_others == 0)
        return a;
    int k = 0;
    double drawn = draw_mechanism(study, a, point);
    while (k < a->n_others && a->choice.value[k] != drawn)
        k++;
    return kl_arm_variant(a, k);
}

static double draw_param(const kl_study *study, const kl_arm *arm, kl_param_id id, int point)
{
    const kl_param_info *row = kl_param_info_of(id);
    return draw_at(study, &arm->param[id], row->name, point, row->lo, row->hi);
}

void kl_stage_input_name(char name[KL_INPUT_NAME], const kl_stage_spec *stage)
{
    snprintf(name, KL_INPUT_NAME, "months.%.80s", stage->name);
}

static double draw_months(const kl_study *study, const kl_stage_spec *stage, int point)
{
    char name[KL_INPUT_NAME];
    kl_stage_input_name(name, stage);
    return draw_at(study, &stage->months, name, point, 1, KL_HORIZON_MAX);
}

kl_status kl_study_draw(const kl_study *study, int arm, int point, kl_params *params, kl_mechanism *mechanism)
{
    const kl_arm *a = kl_study_variant(study, arm, point);
    kl_params_defaults(params);
    for (int i = 0; i < KL_N_PARAMS; i++) {
        kl_status status = kl_params_set(params, (kl_param_id)i, draw_param(study, a, (kl_param_id)i, point));
        if (status != KL_OK)
            return status;
    }
    memset(mechanism, 0, sizeof *mechanism);
    mechanism->n_stages = a->n_stages;
    for (int i = 0; i < a->n_stages; i++)
        mechanism->stage[i] = (kl_stage){a->stage[i].kind, (int)draw_months(study, &a->stage[i], point)};
    return kl_params_check(params, NULL, NULL);
}

/* ---- inputs ---- */

/* The arm's stage of that name whose length means something; NULL where there is none. */
static const kl_stage_spec *stage_of(const kl_arm *arm, const char *name)
{
    for (int i = 0; i < arm->n_stages; i++) {
        if (strcmp(arm->stage[i].name, name) != 0)
            continue;
        int is_open = i == arm->n_stages - 1 && arm->stage[i].kind == KL_STAGE_OPTIMISE;
        return is_open ? NULL : &arm->stage[i];
    }
    return NULL;
}

const kl_dist *kl_arm_dist(const kl_arm *arm, const kl_input *input)
{
    if (input->param >= 0)
        return &arm->param[input->param];
    if (input->param == KL_INPUT_MECHANISM)
        return &arm->choice;
    const kl_stage_spec *stage = stage_of(arm, input->name + strlen("months."));
    return stage ? &stage->months : NULL;
}

static void add_input(const kl_input *found, kl_input *input, int capacity, int *n)
{
    if (!found->by_arm && !found->by_point)
        return;
    if (input && *n < capacity)
        input[*n] = *found;
    ++*n;
}

static int are_same(const kl_dist *a, const kl_dist *b)
{
    return a && b ? kl_dist_equals(a, b) : !a && !b;
}

/* How a parameter or a length varies. Arms that choose alike are held against each other mechanism by mechanism. */
static void add_varying(const kl_study *study, kl_input *found, kl_input *input, int capacity, int *n)
{
    const kl_arm *base = &study->arm[0], *variant;
    int differs = 0, unlike = 0;
    for (int i = 0; i < study->n_arms; i++) {
        const kl_arm *arm = &study->arm[i];
        int alike = arm->n_others == base->n_others && kl_dist_equals(&arm->choice, &base->choice);
        for (int k = 0; (variant = kl_arm_variant(arm, k)); k++) {
            const kl_dist *dist = kl_arm_dist(variant, found);
            found->is_drawn |= dist && !kl_dist_is_constant(dist);
            differs |= !are_same(dist, kl_arm_dist(arm, found));
            found->by_arm |= !are_same(dist, kl_arm_dist(alike ? kl_arm_variant(base, k) : base, found));
        }
        unlike |= !alike;
    }
    found->by_arm |= differs && unlike;
    found->by_point = differs || found->is_drawn;
    add_input(found, input, capacity, n);
}

/* Has an earlier stage of the study that name? */
static int stands_before(const kl_study *study, const kl_arm *until, const char *name)
{
    const kl_arm *variant;
    for (int i = 0; i < study->n_arms; i++)
        for (int k = 0; (variant = kl_arm_variant(&study->arm[i], k)); k++) {
            if (variant == until)
                return 0;
            if (stage_of(variant, name))
                return 1;
        }
    return 0;
}

static void add_stages(const kl_study *study, const kl_arm *arm, kl_input *input, int capacity, int *n)
{
    for (int s = 0; s < arm->n_stages; s++) {
        const char *name = arm->stage[s].name;
        if (!stage_of(arm, name) || stands_before(study, arm, name))
            continue;
        kl_input found = {.param = KL_INPUT_MONTHS};
        kl_stage_input_name(found.name, &arm->stage[s]);
        add_varying(study, &found, input, capacity, n);
    }
}

static void add_mechanism(const kl_study *study, kl_input *input, int capacity, int *n)
{
    kl_input found = {.name = "mechanism",
                      .param = KL_INPUT_MECHANISM,
                      .by_point = 1,
                      .is_drawn = 1,
                      .n_words = study->n_mechanisms,
                      .word = study->mechanism};
    for (int i = 1; i < study->n_arms; i++)
        found.by_arm |= !kl_dist_equals(&study->arm[i].choice, &study->arm[0].choice);
    add_input(&found, input, capacity, n);
}

int kl_study_inputs(const kl_study *study, kl_input *input, int capacity)
{
    int n = 0;
    const kl_arm *variant;
    for (int id = 0; id < KL_N_PARAMS && study->n_arms > 0; id++) {
        const kl_param_info *info = kl_param_info_of((kl_param_id)id);
        kl_input found = {.param = id};
        snprintf(found.name, sizeof found.name, "%s", info->name);
        if (info->kind == KL_KIND_CHOICE) {
            found.n_words = info->n_choices;
            found.word = info->choices;
        }
        add_varying(study, &found, input, capacity, &n);
    }
    for (int i = 0; i < study->n_arms; i++)
        for (int k = 0; (variant = kl_arm_variant(&study->arm[i], k)); k++)
            add_stages(study, variant, input, capacity, &n);
    if (study->n_mechanisms > 0)
        add_mechanism(study, input, capacity, &n);
    return n;
}

double kl_study_input_value(const kl_study *study, const kl_input *input, int arm, int point)
{
    if (input->param == KL_INPUT_MECHANISM)
        return draw_mechanism(study, &study->arm[arm], point);
    const kl_arm *a = kl_study_variant(study, arm, point);
    if (input->param >= 0)
        return draw_param(study, a, (kl_param_id)input->param, point);
    const kl_stage_spec *stage = stage_of(a, input->name + strlen("months."));
    return stage ? draw_months(study, stage, point) : NAN;
}

double kl_study_coordinate(const kl_study *study, const kl_input *input, int point)
{
    return kl_design_coordinate(&study->design, study->seed, point, input->name);
}

kl_world kl_study_world(const kl_study *study, int point, int replicate)
{
    return (kl_world){study->seed, (uint32_t)kl_design_row(&study->design, point), (uint32_t)replicate};
}

int kl_study_units(const kl_study *study, int *n_units, int *unit_size)
{
    int row_size = study->design.row_size > 1 ? study->design.row_size : 1, n_rows = study->n_points / row_size;
    if (n_rows == 1 && row_size > 1 && study->n_replicates > 1) {
        *n_units = study->n_replicates;
        *unit_size = row_size;
        return 1;
    }
    *n_units = n_rows;
    *unit_size = row_size * study->n_replicates;
    return 0;
}
