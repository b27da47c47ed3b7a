/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The values of uncertain inputs at several points: what draw.c does at one, input by input instead of point by point, so
 * that what a distribution needs is worked out once and its quantiles are taken many at a time. */
#include <string.h>

#include "study/reader.h"

#define POINTS 64 /* at a time */

/* Values of one input at n points. */
static void draw_values(const kl_study *study, const kl_dist *dist, const char *name, int point, int n, double lo,
                        double hi, double *value)
{
    double u[POINTS];
    kl_design_coordinates(&study->design, study->seed, point, name, n, u);
    kl_dist_quantiles(dist, u, lo, hi, n, value);
}

/* A value that is out of bounds is left to kl_study_draw, which says so in its way. */
static void set_param(kl_drawn *drawn, kl_param_id id, double value)
{
    kl_status status = kl_params_set(&drawn->params, id, value);
    if (drawn->status == KL_OK)
        drawn->status = status;
}

static void draw_param(const kl_study *study, const kl_arm *arm, kl_param_id id, int point, int n,
                       const kl_drawn *first, kl_drawn *drawn)
{
    const kl_dist *dist = &arm->param[id];
    const kl_param_info *row = kl_param_info_of(id);
    double value[POINTS];
    if (first && kl_dist_equals(dist, &study->arm[0].param[id]))
        for (int i = 0; i < n; i++)
            value[i] = kl_params_get(&first[i].params, id);
    else
        draw_values(study, dist, row->name, point, n, row->lo, row->hi, value);
    for (int i = 0; i < n; i++)
        set_param(&drawn[i], id, value[i]);
}

static void draw_stages(const kl_study *study, const kl_arm *arm, int point, int n, kl_drawn *drawn)
{
    double value[POINTS];
    for (int k = 0; k < arm->n_stages; k++) {
        const kl_stage_spec *stage = &arm->stage[k];
        int is_drawn = !kl_dist_is_constant(&stage->months);
        char name[KL_INPUT_NAME];
        kl_stage_input_name(name, stage);
        if (is_drawn)
            draw_values(study, &stage->months, name, point, n, 1, KL_HORIZON_MAX, value);
        for (int i = 0; i < n; i++)
            drawn[i].mechanism.stage[k] = (kl_stage){stage->kind, (int)(is_drawn ? value[i] : stage->months.value[0])};
    }
}

/* An arm that has the same mechanism at all points. */
static void draw_points(const kl_study *study, int arm, int point, int n, const kl_drawn *first, kl_drawn *drawn)
{
    const kl_arm *a = &study->arm[arm];
    memset(&drawn[0], 0, sizeof drawn[0]);
    kl_params_defaults(&drawn[0].params);
    drawn[0].mechanism.n_stages = a->n_stages;
    for (int id = 0; id < KL_N_PARAMS; id++)
        if (kl_dist_is_constant(&a->param[id]))
            set_param(&drawn[0], (kl_param_id)id, a->param[id].value[0]);
    for (int i = 1; i < n; i++)
        drawn[i] = drawn[0];
    for (int i = 0; i < n; i++)
        if (first && first[i].status != KL_OK)
            first = NULL;
    for (int id = 0; id < KL_N_PARAMS; id++)
        if (!kl_dist_is_constant(&a->param[id]))
            draw_param(study, a, (kl_param_id)id, point, n, first, drawn);
    draw_stages(study, a, point, n, drawn);
    for (int i = 0; i < n; i++)
        if (drawn[i].status != KL_OK)
            drawn[i].status = kl_study_draw(study, arm, point + i, &drawn[i].params, &drawn[i].mechanism);
        else if (i == 0 || drawn[i - 1].status != KL_OK ||
                 memcmp(&drawn[i].params, &drawn[i - 1].params, sizeof drawn[i].params) !=
                     0) /* else it is legal, too */
            drawn[i].status = kl_params_check(&drawn[i].params, NULL, NULL);
}

void kl_study_draws(const kl_study *study, int arm, int point, int n, const kl_drawn *first, kl_drawn *drawn)
{
    int at_once = study->arm[arm].n_others == 0 && n > 1;
    if (study->arm[0].n_others > 0 || arm == 0)
        first = NULL;
    for (int i = 0; !at_once && i < n; i++)
        drawn[i].status = kl_study_draw(study, arm, point + i, &drawn[i].params, &drawn[i].mechanism);
    for (int i = 0; at_once && i < n; i += POINTS)
        draw_points(study, arm, point + i, n - i < POINTS ? n - i : POINTS, first ? first + i : NULL, drawn + i);
}
