/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A study: arms x points x replicates, read from a YAML (or JSON) file. docs/study-file.md states the syntax.
 *
 * A *point* is one draw of every uncertain parameter; a *replicate* is one draw of all remaining chance; a *world*
 * is a (point, replicate). Every arm plays the same worlds. Every uncertain input is drawn by inversion of one
 * uniform, its coordinate (design.h). By Monte Carlo that depends on the study's seed, the point and the input's name,
 * and on nothing else: adding arms, inputs, points or replicates changes no earlier draw. Under any design two arms that
 * give an input different distributions draw it at the same coordinate. */
#ifndef KLASTER_STUDY_H
#define KLASTER_STUDY_H

#include <stdint.h>
#include <stdio.h>

#include "klaster/design.h"
#include "klaster/run.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- distributions ---- */

/* X(ENUMERATOR, word, number of arguments (-1: a list), arguments in words) */
#define KL_DIST_LIST(X)                                                                 \
    X(CONSTANT, "constant", 1, "value")                                                 \
    X(UNIFORM, "uniform", 2, "lowest, highest")                                         \
    X(LOGUNIFORM, "loguniform", 2, "lowest > 0, highest")                               \
    X(NORMAL, "normal", 2, "mean, standard deviation > 0")                              \
    X(LOGNORMAL, "lognormal", 2, "median > 0, standard deviation > 0 of the logarithm") \
    X(TRIANGULAR, "triangular", 3, "lowest, mode, highest")                             \
    X(PERT, "pert", 3, "lowest, mode, highest")                                         \
    X(BETA, "beta", 2, "a > 0, b > 0, on [0, 1]")                                       \
    X(INTEGER, "integer", 2, "lowest, highest, both whole and included")                \
    X(CHOICE, "choice", -1, "the values, equally likely")

typedef enum kl_dist_kind {
#define KL_DIST_ENUMERATOR(name, word, n, arguments) KL_DIST_##name,
    KL_DIST_LIST(KL_DIST_ENUMERATOR)
#undef KL_DIST_ENUMERATOR
        KL_N_DIST_KINDS
} kl_dist_kind;

#define KL_DIST_VALUES_MAX 64

typedef struct kl_dist {
    kl_dist_kind kind;
    int n;                            /* values in use */
    double value[KL_DIST_VALUES_MAX]; /* the arguments in the order of the list */
} kl_dist;

/* The u-quantile, u in (0,1), of the distribution truncated to [lo, hi] (which cuts only normal and lognormal tails:
 * for the others the study reader has made sure that they lie inside). Same bits on every machine. */
double kl_dist_quantile(const kl_dist *dist, double u, double lo, double hi);
void kl_dist_quantiles(const kl_dist *dist, const double *u, double lo, double hi, int n, double *x); /* of n numbers */

/* ---- the study ---- */

typedef struct kl_stage_spec {
    char *name; /* "pilot"; unique within its mechanism */
    kl_stage_kind kind;
    kl_dist months;
} kl_stage_spec;

typedef struct kl_arm {
    char *name;      /* [A-Za-z0-9_.-]{1,64}, unique */
    char *label;     /* free text for people; never NULL */
    char *mechanism; /* name of its mechanism */
    int n_stages;
    kl_stage_spec stage[KL_STAGES_MAX];
    kl_dist param[KL_N_PARAMS];
    /* Where the mechanism is an uncertain input: the other mechanisms, each with the parameters that the arm has under it
     * (their `other` is empty), and the choice between all, this one first, by number in the study. */
    int n_others;
    struct kl_arm *other;
    kl_dist choice;
} kl_arm;

/* The arm under its k-th mechanism, itself for 0; NULL behind the last. */
const kl_arm *kl_arm_variant(const kl_arm *arm, int k);

typedef struct kl_claim {
    char *name;
    char *source; /* where it stands; "" where not said */
    kl_outcome_id metric;
    double lo, hi; /* closed interval; may be -INFINITY or INFINITY */
} kl_claim;

/* What was observed of one of the arms, for klaster calibrate. */
typedef struct kl_observation {
    char *metric;      /* as people read it: "brand", "members@24" */
    int outcome;       /* kl_outcome_id, or -1 for a series */
    int series, month; /* kl_series_id at the end of that month, from 1 */
    int arm;           /* that stands for what was observed */
    double value, sd;  /* sd > 0: of the measurement and of what the model cannot be expected to meet */
    char *source;      /* where it stands; "" where not said */
} kl_observation;

typedef struct kl_study {
    char *name, *title, *description;
    uint64_t seed;
    int horizon;                /* months */
    int n_points, n_replicates; /* points as the design has them: design.n_rows * design.row_size */
    kl_design design;           /* of the inputs that vary over the points; kl_study_draw and _world go by it */
    int n_arms;
    kl_arm *arm;
    int baseline;           /* the arm that the others are compared with */
    int n_mechanisms;       /* different names, where an arm draws its mechanism; else 0 */
    const char **mechanism; /* their names, which are the arms'; the list is owned */
    int n_claims;
    kl_claim *claim;
    int n_targets;
    kl_observation *target;
    int n_quantiles;
    double quantile[32]; /* of the monthly fans, rising, in (0,1) */
    char *path;          /* as given; "" for a string */
    char *text;          /* the file's exact text */
    char *resolved;      /* canonical JSON: every include inlined, every override applied, every parameter said. Itself
                          * a valid study file that loads to the same study. */
    char sha256[65];     /* of `resolved`, hexadecimal: the identity of the study */
} kl_study;

/* Changes from the command line, applied after the file. NULL or negative: no change. */
typedef struct kl_overrides {
    int n_set;
    const char *const *set; /* "key=value", value in study-file syntax: applies to every arm that does not itself
                             * override the key; "arm.key=value" names one arm */
    int64_t seed;           /* -1: as in the file */
    int64_t runs;           /* -1: as in the file; else worlds an arm, see docs/study-file.md */
    int64_t months;         /* -1: as in the file */
} kl_overrides;

/* What is wrong with a study file, all of it. */
typedef struct kl_diagnostic {
    char *file;
    int line, column; /* from 1; 0 where there is no place */
    char *text;       /* "parameters.feee: unknown key; did you mean 'fee'?" */
    int is_warning;
} kl_diagnostic;

typedef struct kl_diagnostics {
    int n, capacity, n_errors;
    kl_diagnostic *item;
} kl_diagnostics;

void kl_diagnostics_free(kl_diagnostics *list);

/* Print as "file:line:column: error: text" lines. */
void kl_diagnostics_print(const kl_diagnostics *list, FILE *to);

/* Say the name of every study that came with klaster, in no order; one that stands in two places is said twice. */
void kl_scenario_names(void (*say)(void *data, const char *name), void *data);

/* Read a study from a file. A name without '/' and ending that is not a file here ("paper") is looked up among the
 * scenarios that were installed. `overrides` may be NULL. `found` is initialised by the call and must be freed.
 * KL_ERR_STUDY with the reasons in `found`; KL_ERR_READ; KL_ERR_MEMORY. On an error the study is empty, and
 * kl_study_free is legal. */
KL_MUST_USE kl_status kl_study_load(kl_study *study, const char *path, const kl_overrides *overrides,
                                    kl_diagnostics *found);

/* The same from text of `length` bytes; `name` stands for the file in messages, includes are sought beside it. */
KL_MUST_USE kl_status kl_study_parse(kl_study *study, const char *text, size_t length, const char *name,
                                     const kl_overrides *overrides, kl_diagnostics *found);

void kl_study_init(kl_study *study);
void kl_study_free(kl_study *study);

/* Give a study another number of worlds, `runs` an arm, as the override of that name would have (more points, or replicates
 * where there is one point; rounded up to whole ones): `resolved` and `sha256` become those. KL_ERR_ARGUMENT for fewer than
 * one or too many, KL_ERR_MEMORY: the study is then as it was. */
KL_MUST_USE kl_status kl_study_resize(kl_study *study, int64_t runs);

/* The parameters and the mechanism of an arm at a point. KL_ERR_BOUNDS or KL_ERR_COMBINATION where this draw cannot be
 * played (the run then counts as failed). */
KL_MUST_USE kl_status kl_study_draw(const kl_study *study, int arm, int point, kl_params *params,
                                    kl_mechanism *mechanism);

/* An arm as it is played at a point: what kl_study_draw gives, and its status. */
typedef struct kl_drawn {
    kl_status status;
    kl_params params;
    kl_mechanism mechanism;
} kl_drawn;

/* The same for n points from `point` on, to the bit, at a third of the price where there are eight or more. `first`: what
 * this function gave for arm 0 at the same points, whose draws other arms share, or NULL. */
void kl_study_draws(const kl_study *study, int arm, int point, int n, const kl_drawn *first, kl_drawn *drawn);

/* The arm under the mechanism that it has at a point. */
const kl_arm *kl_study_variant(const kl_study *study, int arm, int point);

#define KL_INPUT_MONTHS (-1)
#define KL_INPUT_MECHANISM (-2)

/* Uncertain inputs: parameters of params.def, then the lengths of stages ("months.pilot"), then "mechanism", each once for
 * the whole study if it is not the same constant in every arm and point (the mechanism: if an arm draws it). */
typedef struct kl_input {
    char name[96];
    int param;    /* kl_param_id, or KL_INPUT_MONTHS for a stage length, or KL_INPUT_MECHANISM */
    int by_arm;   /* differs between arms */
    int by_point; /* differs between points */
    int is_drawn; /* and has a distribution of its own; else it goes with the mechanism */
    int n_words;  /* of a choice: the names of its values 0, 1, ..., which are the tables' or the study's */
    const char *const *word;
} kl_input;

/* Number of inputs that vary over arms or points; `input` (may be NULL) receives at most `capacity` of them. */
int kl_study_inputs(const kl_study *study, kl_input *input, int capacity);

/* Value of an input for an arm at a point (a choice as its number); NaN where the arm has no stage of that name then. */
double kl_study_input_value(const kl_study *study, const kl_input *input, int arm, int point);

/* Coordinate of an input at a point, in (0,1): the same for every arm. */
double kl_study_coordinate(const kl_study *study, const kl_input *input, int point);

/* The key of a world: in the place of the point stands its row in the design, so that the points of a row (the cells of
 * a factorial, A, B and their mixtures, the steps of a trajectory) share their worlds. */
kl_world kl_study_world(const kl_study *study, int point, int replicate);

/* Worlds that share their chance or their draws are no independent evidence. The independent units of a study are the
 * rows of its design, n_units = n_rows, each of unit_size = row_size * n_replicates worlds that stand one behind the other
 * in an array [point][replicate]. Where there is a single row of several points, they are the replicates, each of
 * row_size worlds, and the array must be turned first: kl_study_units then returns 1, else 0. */
int kl_study_units(const kl_study *study, int *n_units, int *unit_size);

/* ---- two studies ---- */

typedef enum kl_mismatch_kind {
    KL_MISMATCH_RUNS,       /* the runs that both have are not the same */
    KL_MISMATCH_SIZE,       /* points or replicates; the worlds that both have are the same */
    KL_MISMATCH_FIRST_ARM,  /* an arm that only the first has */
    KL_MISMATCH_SECOND_ARM, /* an arm that only the second has */
    KL_MISMATCH_WORDS,      /* titles, labels, claims, targets, quantiles, the order of arms: no run is another */
    KL_N_MISMATCH_KINDS
} kl_mismatch_kind;

/* "arm 'joint', fee": 0.02 in the first study, {uniform: [0.01, 0.05]} in the second. Values as a study file has them; both are
 * "" where they are too long to be said. What stands in all arms that both have, and differs alike, is said once. */
typedef struct kl_mismatch {
    kl_mismatch_kind kind;
    char *what, *first, *second;
} kl_mismatch;

typedef struct kl_mismatches {
    int n, capacity;
    kl_mismatch *item;
} kl_mismatches;

/* All that differs, what changes runs before what does not. KL_ERR_MEMORY, and then the list is empty. Studies are compared by
 * what they say, not by the engine that plays them. */
KL_MUST_USE kl_status kl_study_differences(const kl_study *first, const kl_study *second, kl_mismatches *differences);
void kl_mismatches_free(kl_mismatches *differences);

/* "seed: 1 -> 2", cut at `size` bytes; returns text. */
const char *kl_mismatch_text(const kl_mismatch *difference, char *text, size_t size);

/* Is every run of `part`, by the names of its arms, bit for bit a run of `whole`? 1 or 0. So `whole` may have more arms,
 * replicates, and points where the design keeps those that it had (not a Latin hypercube), other titles, claims, targets and
 * quantiles; all else must be equal, even what by chance would change nothing. Where it is not, `why` (may be NULL) says the
 * first difference as "seed: 1 -> 2", part before whole, and how many more there are. Allocates next to nothing. */
int kl_study_contains(const kl_study *whole, const kl_study *part, char *why, size_t size);

/* JSON Schema (draft-07) of study files, made from the tables. The caller frees. NULL when out of memory. */
char *kl_study_schema(void);

#ifdef __cplusplus
}
#endif
#endif
