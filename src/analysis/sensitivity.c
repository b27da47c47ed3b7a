/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The sensitivity of a study: finds the analysis that its design allows and puts what it yields into tables. */
#include "klaster/sensitivity.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/sensitivity_tables.h"

static int row_size_of(const kl_study *study)
{
    return study->design.row_size > 0 ? study->design.row_size : 1;
}

static int n_rows_of(const kl_study *study)
{
    return study->n_points / row_size_of(study);
}

/* ---- preparing ---- */

static int has_factors(const kl_study *study)
{
    kl_design_kind kind = study->design.kind;
    return kind == KL_DESIGN_FACTORIAL || kind == KL_DESIGN_SALTELLI || kind == KL_DESIGN_MORRIS;
}

/* The columns: the factors in their order, or all inputs that vary over the points. */
static kl_status choose_inputs(kl_sensitivity *s, const kl_input *all, int n_all)
{
    const kl_design *design = &s->study->design;
    int n = has_factors(s->study) ? design->n_factors : n_all;
    s->input = malloc(((size_t)n + 1) * sizeof *s->input);
    if (!s->input)
        return KL_ERR_MEMORY;
    for (int f = 0; has_factors(s->study) && f < n; f++)
        for (int i = 0; i < n_all; i++)
            if (strcmp(all[i].name, design->input[design->factor[f]].name) == 0)
                s->input[s->n_inputs++] = all[i];
    for (int i = 0; !has_factors(s->study) && i < n_all; i++)
        if (all[i].is_drawn)
            s->input[s->n_inputs++] = all[i];
    return s->n_inputs > 0 ? KL_OK : KL_ERR_NOT_FOUND;
}

static kl_status find_inputs(kl_sensitivity *s)
{
    int n = kl_study_inputs(s->study, NULL, 0);
    kl_input *all = malloc(((size_t)n + 1) * sizeof *all);
    if (!all)
        return KL_ERR_MEMORY;
    kl_study_inputs(s->study, all, n);
    kl_status status = choose_inputs(s, all, n);
    free(all);
    return status;
}

/* What the design's analysis needs beside the values: levels, coordinates, or room for the inputs of an arm. */
static kl_status prepare_design(kl_sensitivity *s)
{
    const kl_study *study = s->study;
    size_t n = (size_t)study->n_points * (size_t)s->n_inputs;
    switch (study->design.kind) {
    case KL_DESIGN_SALTELLI:
        return KL_OK;
    case KL_DESIGN_MORRIS:
        s->u = malloc(n * sizeof *s->u);
        for (size_t i = 0; s->u && i < n; i++)
            s->u[i] = kl_study_coordinate(study, &s->input[i % (size_t)s->n_inputs], (int)(i / (size_t)s->n_inputs));
        return s->u ? KL_OK : KL_ERR_MEMORY;
    case KL_DESIGN_FACTORIAL:
        n = (size_t)row_size_of(study) * (size_t)s->n_inputs;
        s->level = malloc(n * sizeof *s->level);
        for (size_t i = 0; s->level && i < n; i++)
            s->level[i] = kl_design_level(&study->design, study->seed, (int)(i / (size_t)s->n_inputs),
                                          (int)(i % (size_t)s->n_inputs));
        return s->level ? KL_OK : KL_ERR_MEMORY;
    default:
        s->x = malloc(n * sizeof *s->x);
        return s->x ? KL_OK : KL_ERR_MEMORY;
    }
}

kl_status kl_sensitivity_start(kl_sensitivity *sensitivity, const kl_study *study, kl_resampling resampling)
{
    memset(sensitivity, 0, sizeof *sensitivity);
    sensitivity->study = study;
    sensitivity->resampling = resampling;
    kl_status status = find_inputs(sensitivity);
    if (status == KL_OK)
        status = prepare_design(sensitivity);
    if (status == KL_OK)
        status = kl_sensitivity_tables_init(sensitivity);
    if (status != KL_OK)
        kl_sensitivity_free(sensitivity);
    return status;
}

void kl_sensitivity_free(kl_sensitivity *sensitivity)
{
    for (int t = 0; t < sensitivity->n_tables; t++)
        kl_table_free(&sensitivity->table[t]);
    free(sensitivity->input);
    free(sensitivity->level);
    free(sensitivity->u);
    free(sensitivity->x);
    memset(sensitivity, 0, sizeof *sensitivity);
}

/* ---- one outcome of one arm ---- */

static kl_status add_sobol(kl_sensitivity *s, const kl_response *response, kl_usable *usable)
{
    const kl_study *study = s->study;
    kl_sobol_indices indices;
    kl_status status = kl_sobol_indices_make(&indices, response->y, n_rows_of(study), s->n_inputs,
                                             study->design.second_order, study->n_replicates, s->resampling);
    if (status != KL_OK)
        return status;
    *usable = indices.usable;
    status = kl_sensitivity_put_sobol(s, response, &indices);
    kl_sobol_indices_free(&indices);
    return status;
}

static kl_status add_morris(kl_sensitivity *s, const kl_response *response, kl_usable *usable)
{
    const kl_study *study = s->study;
    kl_morris_effect *effect = malloc((size_t)s->n_inputs * sizeof *effect);
    if (!effect)
        return KL_ERR_MEMORY;
    kl_status status = kl_morris_effects_make(effect, usable, response->y, s->u, n_rows_of(study), s->n_inputs,
                                              study->n_replicates, s->resampling);
    if (status == KL_OK)
        status = kl_sensitivity_put_morris(s, response, effect, usable);
    free(effect);
    return status;
}

static kl_status add_factorial(kl_sensitivity *s, const kl_response *response, kl_usable *usable)
{
    const kl_study *study = s->study;
    size_t k = (size_t)s->n_inputs;
    kl_effect *effect = malloc(2 * k * sizeof *effect);
    if (!effect)
        return KL_ERR_MEMORY;
    kl_status status = kl_factorial_effects_make(effect, effect + k, usable, response->y, s->level, n_rows_of(study),
                                                 row_size_of(study), s->n_inputs, study->n_replicates, s->resampling);
    if (status == KL_OK)
        status = kl_sensitivity_put_factorial(s, response, effect, effect + k, usable);
    free(effect);
    return status;
}

/* An input that the arm does not have (a stage of another mechanism) counts as constant. Where it has it at some points
 * only, because the mechanism is drawn, its coordinate stands for it at all of them: it must not tell the mechanism. */
static void fill_inputs(kl_sensitivity *s, int arm)
{
    size_t k = (size_t)s->n_inputs;
    int n = s->study->n_points;
    for (int i = 0; i < s->n_inputs; i++) {
        int n_lacking = 0;
        for (int p = 0; p < n; p++) {
            double x = kl_study_input_value(s->study, &s->input[i], arm, p);
            n_lacking += x != x;
            s->x[(size_t)p * k + (size_t)i] = x == x ? x : 0;
        }
        for (int p = 0; p < n && n_lacking > 0 && n_lacking < n; p++)
            s->x[(size_t)p * k + (size_t)i] = kl_study_coordinate(s->study, &s->input[i], p);
    }
}

static kl_status add_given(kl_sensitivity *s, const kl_response *response, kl_usable *usable)
{
    const kl_study *study = s->study;
    size_t k = (size_t)s->n_inputs;
    kl_given_effects given = {.r2 = NAN};
    kl_effect *effect = malloc(3 * k * sizeof *effect);
    if (!effect)
        return KL_ERR_MEMORY;
    given.first = effect;
    given.srrc = effect + k;
    given.prcc = effect + 2 * k;
    fill_inputs(s, response->arm);
    kl_status status = kl_given_data_make(given.first, usable, s->x, response->y, study->n_points, s->n_inputs,
                                          study->n_replicates, study->design.kind == KL_DESIGN_SOBOL);
    if (status == KL_OK)
        status = kl_rank_regression_make(given.srrc, given.prcc, &given.r2, s->x, response->y, study->n_points,
                                         s->n_inputs, study->n_replicates);
    if (status == KL_OK)
        status = kl_sensitivity_put_given(s, response, &given, usable);
    free(effect);
    return status;
}

kl_status kl_sensitivity_add(kl_sensitivity *sensitivity, const kl_response *response)
{
    const kl_study *study = sensitivity->study;
    kl_design_kind kind = study->design.kind;
    kl_usable usable;
    kl_status status = kind == KL_DESIGN_SALTELLI    ? add_sobol(sensitivity, response, &usable)
                       : kind == KL_DESIGN_MORRIS    ? add_morris(sensitivity, response, &usable)
                       : kind == KL_DESIGN_FACTORIAL ? add_factorial(sensitivity, response, &usable)
                                                     : add_given(sensitivity, response, &usable);
    if (status != KL_OK)
        return status;
    kl_variance_split split;
    int all = kind == KL_DESIGN_MORRIS || kind == KL_DESIGN_FACTORIAL;
    status = kl_variance_split_make(&split, response->y, n_rows_of(study), row_size_of(study), all, study->n_replicates,
                                    sensitivity->resampling);
    if (status != KL_OK)
        return status;
    sensitivity->n_not_defended += !kl_sensitivity_is_defended(&usable);
    return kl_sensitivity_put_split(sensitivity, response, &split, &usable);
}
