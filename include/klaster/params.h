/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The parameters of the model: struct, defaults, bounds and descriptions, all made from params.def. */
#ifndef KLASTER_PARAMS_H
#define KLASTER_PARAMS_H

#include <stdbool.h>
#include <stddef.h>

#include "klaster/choices.def"
#include "klaster/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* kl_graph_small_world, kl_pilot_rule_diverse, ... : the values of the choice parameters. */
#define KL_CHOICE_ENUMERATOR(param, value, meaning) kl_##param##_##value,
#define KL_CHOICE_ENUM(LIST) enum { LIST(KL_CHOICE_ENUMERATOR) };
KL_CHOICE_LISTS(KL_CHOICE_ENUM)
#undef KL_CHOICE_ENUM
#undef KL_CHOICE_ENUMERATOR

/* One value per row of params.def: `double` for a real, `int` for every other kind. */
typedef struct kl_params {
#define KL_REAL(group, name, unit, dflt, lo, hi, prior, mark, meaning, source) double name;
#define KL_INT(group, name, unit, dflt, lo, hi, prior, mark, meaning, source) int name;
#define KL_FLAG(group, name, dflt, mark, meaning, source) int name;
#define KL_CHOICE(group, name, dflt, LIST, mark, meaning, source) int name;
#include "klaster/params.def"
#undef KL_REAL
#undef KL_INT
#undef KL_FLAG
#undef KL_CHOICE
} kl_params;

/* KL_PARAM_firms, KL_PARAM_employees_mean, ... , KL_N_PARAMS */
typedef enum kl_param_id {
#define KL_REAL(group, name, unit, dflt, lo, hi, prior, mark, meaning, source) KL_PARAM_##name,
#define KL_INT(group, name, unit, dflt, lo, hi, prior, mark, meaning, source) KL_PARAM_##name,
#define KL_FLAG(group, name, dflt, mark, meaning, source) KL_PARAM_##name,
#define KL_CHOICE(group, name, dflt, LIST, mark, meaning, source) KL_PARAM_##name,
#include "klaster/params.def"
#undef KL_REAL
#undef KL_INT
#undef KL_FLAG
#undef KL_CHOICE
    KL_N_PARAMS
} kl_param_id;

typedef enum kl_param_kind { KL_KIND_REAL, KL_KIND_INT, KL_KIND_FLAG, KL_KIND_CHOICE } kl_param_kind;

/* What a row says. All strings are static. */
typedef struct kl_param_info {
    const char *name;
    const char *group;
    kl_param_kind kind;
    const char *unit;    /* "1" for a pure number */
    double dflt, lo, hi; /* for a choice: numbers 0..n_choices-1; for a flag 0..1 */
    const char *prior;   /* study-file syntax, "" for none */
    char mark;           /* P paper, R read, M memory, A assumption */
    const char *meaning;
    const char *source;
    int n_choices;              /* 0 unless a choice */
    const char *const *choices; /* names by number, NULL unless a choice */
    const char *const *choice_meanings;
    size_t offset; /* of the field in kl_params */
} kl_param_info;

/* The row of a parameter; id must be in [0, KL_N_PARAMS). Never NULL. */
const kl_param_info *kl_param_info_of(kl_param_id id);

/* The parameter of that name, or KL_N_PARAMS where there is none. */
kl_param_id kl_param_find(const char *name);

/* Set every parameter to its default. */
void kl_params_defaults(kl_params *params);

/* A parameter as a number (a choice as its number, a flag as 0 or 1). */
double kl_params_get(const kl_params *params, kl_param_id id);

/* Store a number. KL_ERR_BOUNDS, and nothing is stored, where it is NaN, outside the row's bounds, or
 * not a whole number for a parameter that is not real. */
KL_MUST_USE kl_status kl_params_set(kl_params *params, kl_param_id id, double value);

/* Check every value against its bounds and the values against each other. On an error, *culprit (may be
 * NULL) is the parameter to name and *sentence (may be NULL) a static text that says what would be right.
 * KL_ERR_BOUNDS, KL_ERR_COMBINATION. */
KL_MUST_USE kl_status kl_params_check(const kl_params *params, kl_param_id *culprit, const char **sentence);

#ifdef __cplusplus
}
#endif
#endif
