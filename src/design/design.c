/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a design is made from, checked, and its sizes. */
#include <string.h>

#include "design/coordinate.h"

static const char *const words[KL_N_DESIGN_KINDS] = {
#define KL_WORD(name, word, meaning) word,
    KL_DESIGN_LIST(KL_WORD)
#undef KL_WORD
};

const char *kl_design_kind_word(kl_design_kind kind)
{
    return (int)kind >= 0 && kind < KL_N_DESIGN_KINDS ? words[kind] : "unknown";
}

kl_design_kind kl_design_kind_find(const char *word)
{
    int kind = 0;
    while (kind < KL_N_DESIGN_KINDS && strcmp(words[kind], word) != 0)
        kind++;
    return (kl_design_kind)kind;
}

static int has_factors(kl_design_kind kind)
{
    return kind == KL_DESIGN_FACTORIAL || kind == KL_DESIGN_SALTELLI || kind == KL_DESIGN_MORRIS;
}

static int is_factor(const kl_design_spec *spec, int i)
{
    return has_factors(spec->kind) && spec->input[i].factor >= 0;
}

static int count_factors(const kl_design_spec *spec)
{
    int n = 0;
    for (int i = 0; i < spec->n_inputs; i++)
        n += is_factor(spec, i);
    return n;
}

int kl_design_row_size(const kl_design_spec *spec)
{
    int64_t k = count_factors(spec), size = 1;
    if (spec->kind == KL_DESIGN_SALTELLI)
        size = spec->second_order ? 2 * k + 2 : k + 2;
    else if (spec->kind == KL_DESIGN_MORRIS)
        size = k + 1;
    else if (spec->kind == KL_DESIGN_FACTORIAL)
        for (int i = 0; i < spec->n_inputs; i++) {
            if (is_factor(spec, i))
                size *= spec->input[i].n_levels;
            if (size < 1 || size > KL_DESIGN_POINTS_MAX)
                return 0;
        }
    return size <= KL_DESIGN_POINTS_MAX ? (int)size : 0;
}

/* Dimensions of the Sobol sequence that are needed. */
static int count_dimensions(const kl_design_spec *spec, int n_factors)
{
    return spec->kind == KL_DESIGN_SOBOL ? spec->n_inputs : spec->kind == KL_DESIGN_SALTELLI ? 2 * n_factors : 0;
}

/* NULL, or what is wrong. */
static const char *fault_of(const kl_design_spec *spec)
{
    int n_factors = count_factors(spec), row_size;
    if ((int)spec->kind < 0 || spec->kind >= KL_N_DESIGN_KINDS || spec->n_rows < 1 || spec->n_inputs < 0)
        return "a design has a kind and at least one row";
    if (has_factors(spec->kind) && n_factors == 0)
        return "no input varies, so there is nothing to be a factor";
    if (spec->kind == KL_DESIGN_MORRIS &&
        (spec->n_levels < 2 || spec->n_levels > KL_MORRIS_LEVELS_MAX || spec->n_levels % 2 != 0))
        return "levels must be an even number from 2 to 1000";
    for (int i = 0; spec->kind == KL_DESIGN_FACTORIAL && i < spec->n_inputs; i++)
        if (is_factor(spec, i) && spec->input[i].n_levels < 2)
            return "a factor has at least two levels";
    if (count_dimensions(spec, n_factors) > KL_SOBOL_DIMENSIONS)
        return "more inputs vary than the 1024 dimensions of the Sobol sequence allow (512 factors of a saltelli "
               "design)";
    row_size = kl_design_row_size(spec);
    if (row_size == 0 || (int64_t)row_size * spec->n_rows > KL_DESIGN_POINTS_MAX)
        return "the design has more than 2147483647 points";
    return NULL;
}

static void fill(kl_design *design, const kl_design_spec *spec, int n_dimensions)
{
    int factor = 0;
    for (int i = 0; i < spec->n_inputs; i++) {
        kl_design_input *input = &design->input[i];
        memcpy(input->name, spec->input[i].name, sizeof input->name);
        input->name[sizeof input->name - 1] = '\0';
        input->factor = -1;
        if (!is_factor(spec, i))
            continue;
        input->n_levels = spec->kind == KL_DESIGN_FACTORIAL ? spec->input[i].n_levels : 0;
        input->factor = factor;
        design->factor[factor++] = i;
    }
    for (int d = 0; d < n_dimensions; d++)
        kl_sobol_directions(d, design->direction + (size_t)d * 32);
}

kl_status kl_design_make(kl_design *design, const kl_design_spec *spec, const char **sentence)
{
    kl_design_init(design);
    const char *fault = fault_of(spec);
    if (sentence)
        *sentence = fault ? fault : "";
    if (fault)
        return KL_ERR_ARGUMENT;
    design->kind = spec->kind;
    design->n_rows = spec->n_rows;
    design->row_size = kl_design_row_size(spec);
    design->second_order = spec->kind == KL_DESIGN_SALTELLI && spec->second_order;
    design->n_levels = spec->kind == KL_DESIGN_MORRIS ? spec->n_levels : 0;
    design->n_inputs = spec->n_inputs;
    design->n_factors = count_factors(spec);
    int n_dimensions = count_dimensions(spec, design->n_factors);
    kl_status status = kl_design_allocate(design, n_dimensions);
    if (status == KL_OK)
        fill(design, spec, n_dimensions);
    else
        kl_design_free(design);
    return status;
}
