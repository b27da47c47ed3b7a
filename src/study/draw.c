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

static double draw_param(const kl_study *study, int arm, kl_param_id id, int point)
{
    const kl_param_info *row = kl_param_info_of(id);
    return draw_at(study, &study->arm[arm].param[id], row->name, point, row->lo, row->hi);
}

/* "months.pilot"; a stage's name has at most 64 characters. */
static void input_name(char name[96], const kl_stage_spec *stage)
{
    snprintf(name, 96, "months.%.80s", stage->name);
}

static double draw_months(const kl_study *study, const kl_stage_spec *stage, int point)
{
    char name[96];
    input_name(name, stage);
    return draw_at(study, &stage->months, name, point, 1, KL_HORIZON_MAX);
}

kl_status kl_study_draw(const kl_study *study, int arm, int point, kl_params *params, kl_mechanism *mechanism)
{
    const kl_arm *a = &study->arm[arm];
    kl_params_defaults(params);
    for (int i = 0; i < KL_N_PARAMS; i++) {
        kl_status status = kl_params_set(params, (kl_param_id)i, draw_param(study, arm, (kl_param_id)i, point));
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

static int stands_before(const kl_study *study, int arm, int stage)
{
    const char *name = study->arm[arm].stage[stage].name;
    for (int i = 0; i < arm; i++)
        if (stage_of(&study->arm[i], name))
            return 1;
    return 0;
}

static void add_stage(const kl_study *study, const kl_stage_spec *stage, kl_input *input, int capacity, int *n)
{
    kl_input found = {.param = -1};
    input_name(found.name, stage);
    for (int i = 0; i < study->n_arms; i++) {
        const kl_stage_spec *other = stage_of(&study->arm[i], stage->name);
        found.by_arm |= !other || !kl_dist_equals(&other->months, &stage->months);
        found.by_point |= other && !kl_dist_is_constant(&other->months);
    }
    add_input(&found, input, capacity, n);
}

int kl_study_inputs(const kl_study *study, kl_input *input, int capacity)
{
    int n = 0;
    for (int id = 0; id < KL_N_PARAMS && study->n_arms > 0; id++) {
        kl_input found = {.param = id};
        snprintf(found.name, sizeof found.name, "%s", kl_param_info_of((kl_param_id)id)->name);
        for (int i = 0; i < study->n_arms; i++) {
            found.by_arm |= !kl_dist_equals(&study->arm[i].param[id], &study->arm[0].param[id]);
            found.by_point |= !kl_dist_is_constant(&study->arm[i].param[id]);
        }
        add_input(&found, input, capacity, &n);
    }
    for (int i = 0; i < study->n_arms; i++)
        for (int k = 0; k < study->arm[i].n_stages; k++)
            if (stage_of(&study->arm[i], study->arm[i].stage[k].name) && !stands_before(study, i, k))
                add_stage(study, &study->arm[i].stage[k], input, capacity, &n);
    return n;
}

double kl_study_input_value(const kl_study *study, const kl_input *input, int arm, int point)
{
    if (input->param >= 0)
        return draw_param(study, arm, (kl_param_id)input->param, point);
    const kl_stage_spec *stage = stage_of(&study->arm[arm], input->name + strlen("months."));
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
