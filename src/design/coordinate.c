/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Coordinates of points: which kind's function decides, and what all kinds share. */
#include <string.h>

#include "design/coordinate.h"

int kl_design_n_points(const kl_design *design)
{
    return design->n_rows * design->row_size;
}

int kl_design_row(const kl_design *design, int point)
{
    return design->row_size > 1 ? point / design->row_size : point;
}

int kl_design_place(const kl_design *design, int point)
{
    return design->row_size > 1 ? point % design->row_size : 0;
}

double kl_design_uniform(uint64_t seed, int row, uint32_t entity)
{
    kl_key key = kl_key_of(seed, (uint32_t)row, KL_NO_REPLICATE);
    return kl_uniform(kl_draw(key, entity, KL_DRAW_INPUT, 0).w[0]);
}

static const kl_design_input *input_of(const kl_design *design, const char *name)
{
    for (int i = 0; i < design->n_inputs; i++)
        if (strcmp(design->input[i].name, name) == 0)
            return &design->input[i];
    return NULL;
}

static double sobol_coordinate(const kl_design *design, uint64_t seed, int row, int dimension, int sample,
                               uint32_t entity)
{
    uint32_t word = kl_sobol_word(design->direction + (size_t)dimension * 32, (uint32_t)row);
    return kl_uniform(kl_sobol_scramble(seed, entity, sample, word));
}

/* The last factor turns fastest, as in nested loops. */
static int factorial_level(const kl_design *design, int place, int factor)
{
    for (int f = design->n_factors - 1; f > factor; f--)
        place /= design->input[design->factor[f]].n_levels;
    return place % design->input[design->factor[factor]].n_levels;
}

static double centre(int level, int n_levels)
{
    return (level + 0.5) / n_levels;
}

static double saltelli_coordinate(const kl_design *design, uint64_t seed, int point, int factor, uint32_t entity)
{
    int second = kl_saltelli_is_second(design, kl_design_place(design, point), factor);
    int dimension = second ? design->n_factors + factor : factor;
    return sobol_coordinate(design, seed, kl_design_row(design, point), dimension, second, entity);
}

/* `input`: the input of that name, or NULL where the design does not know it or does not ask. */
static double coordinate(const kl_design *design, uint64_t seed, int point, uint32_t entity,
                         const kl_design_input *input)
{
    int row = kl_design_row(design, point);
    if (!input)
        return kl_design_uniform(seed, row, entity);
    if (design->given)
        return design->given[(size_t)point * (size_t)design->n_inputs + (size_t)(input - design->input)];
    switch (design->kind) {
    case KL_DESIGN_LATIN_HYPERCUBE: {
        uint32_t stratum = kl_latin_stratum(seed, entity, (uint32_t)point, (uint32_t)design->n_rows);
        return (stratum + kl_design_uniform(seed, row, entity)) / design->n_rows;
    }
    case KL_DESIGN_SOBOL:
        return sobol_coordinate(design, seed, row, (int)(input - design->input), 0, entity);
    default:
        break;
    }
    if (input->factor < 0)
        return kl_design_uniform(seed, row, entity);
    if (design->kind == KL_DESIGN_SALTELLI)
        return saltelli_coordinate(design, seed, point, input->factor, entity);
    int n_levels = design->kind == KL_DESIGN_MORRIS ? design->n_levels : input->n_levels;
    return centre(kl_design_level(design, seed, point, input->factor), n_levels);
}

static const kl_design_input *input_that_matters(const kl_design *design, const char *name)
{
    return design->kind == KL_DESIGN_MONTE_CARLO && !design->given ? NULL : input_of(design, name);
}

double kl_design_coordinate(const kl_design *design, uint64_t seed, int point, const char *name)
{
    return coordinate(design, seed, point, kl_name_hash(name), input_that_matters(design, name));
}

void kl_design_coordinates(const kl_design *design, uint64_t seed, int point, const char *name, int n, double *u)
{
    uint32_t entity = kl_name_hash(name);
    const kl_design_input *input = input_that_matters(design, name);
    for (int i = 0; i < n; i++)
        u[i] = coordinate(design, seed, point + i, entity, input);
}

int kl_design_level(const kl_design *design, uint64_t seed, int point, int factor)
{
    int row = kl_design_row(design, point), place = kl_design_place(design, point);
    if (design->kind == KL_DESIGN_FACTORIAL)
        return factorial_level(design, place, factor);
    return design->kind == KL_DESIGN_MORRIS ? kl_morris_level(design, seed, row, place, factor) : -1;
}

void kl_design_cube(const kl_design *design, uint64_t seed, int point0, int n_points, double *u)
{
    int n = design->n_factors > 0 ? design->n_factors : design->n_inputs;
    for (int point = point0; point < point0 + n_points; point++)
        for (int i = 0; i < n; i++) {
            int at = design->n_factors > 0 ? design->factor[i] : i;
            *u++ = kl_design_coordinate(design, seed, point, design->input[at].name);
        }
}
