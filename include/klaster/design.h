/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Designs: where in the unit cube the points of a study lie. docs/designs.md says what each kind is for.
 *
 * Every input that varies over the points has a coordinate u in (0,1) at each point; its value there is the u-quantile
 * of its distribution (study.h). Coordinates are pure functions of the design, the seed, the point and the input's name:
 * nothing is stored, any point can be asked for alone.
 *
 * Points come in *rows* of `row_size` that stand one behind the other: point = row * row_size + place. The points of a row
 * share their world (its key has the row in the place of the point) and the coordinates of all inputs that are not
 * factors, so that within a row only the factors differ. Rows are independent of each other, but for Latin hypercube and
 * Sobol, whose rows fill the cube evenly. A design grows by rows, and keeps those that it had, but for a Latin
 * hypercube. */
#ifndef KLASTER_DESIGN_H
#define KLASTER_DESIGN_H

#include <stdint.h>

#include "klaster/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* X(ENUMERATOR, word, meaning) */
#define KL_DESIGN_LIST(X)                                                                                   \
    X(MONTE_CARLO, "monte_carlo", "independent points")                                                     \
    X(LATIN_HYPERCUBE, "latin_hypercube", "every input stratified into as many strata as there are points") \
    X(SOBOL, "sobol", "scrambled Sobol sequence: fills the cube evenly")                                    \
    X(FACTORIAL, "factorial", "every combination of the factors' levels")                                   \
    X(SALTELLI, "saltelli", "two samples and their mixtures, for variance-based sensitivity")               \
    X(MORRIS, "morris", "trajectories that move one factor a step, for screening")

typedef enum kl_design_kind {
#define KL_DESIGN_ENUMERATOR(name, word, meaning) KL_DESIGN_##name,
    KL_DESIGN_LIST(KL_DESIGN_ENUMERATOR)
#undef KL_DESIGN_ENUMERATOR
        KL_N_DESIGN_KINDS
} kl_design_kind;

#define KL_DESIGN_POINTS_MAX INT32_MAX
#define KL_SOBOL_DIMENSIONS 1024 /* inputs of a Sobol design; twice the factors of a Saltelli design */
#define KL_MORRIS_LEVELS_MAX 1000
#define KL_DESIGN_NAME_SIZE 96

/* An input that varies over the points, in the order of kl_study_inputs. */
typedef struct kl_design_input {
    char name[KL_DESIGN_NAME_SIZE];
    int factor;   /* its number among the factors, or -1; monte_carlo, latin_hypercube and sobol have none */
    int n_levels; /* of a factor of a factorial, 2 or more; else 0 */
} kl_design_input;

/* All zero is a legal design: Monte Carlo, points of a row each, inputs known by name alone. */
typedef struct kl_design {
    kl_design_kind kind;
    int n_rows;       /* points; draws of a factorial; base rows N of Saltelli; trajectories of Morris */
    int row_size;     /* 1; cells; k + 2, or 2k + 2 with second order; k + 1. k = n_factors */
    int second_order; /* saltelli: with the BA_i, for indices of pairs */
    int n_levels;     /* morris: levels p of each factor, even; else 0 */
    int n_inputs;
    kl_design_input *input; /* owned */
    int n_factors;
    int *factor;         /* [factor] its place in `input`; owned */
    uint32_t *direction; /* [dimension][32] of the Sobol sequence; owned, NULL where not needed */
    const double *given; /* [point][input] coordinates from outside, which hold instead of the kind's; not owned; NULL
                          * for every design that a study file can say. For analyses that choose their own points. */
} kl_design;

/* What a design is made from. `input` is copied. */
typedef struct kl_design_spec {
    kl_design_kind kind;
    int n_rows;
    int second_order;
    int n_levels;
    int n_inputs;
    const kl_design_input *input; /* `factor`: 0 or more for a factor of factorial, saltelli, morris; numbered anew */
} kl_design_spec;

/* Word of a kind ("sobol"), "unknown" outside the list; and the kind of a word, KL_N_DESIGN_KINDS for none. */
const char *kl_design_kind_word(kl_design_kind kind);
kl_design_kind kl_design_kind_find(const char *word);

void kl_design_init(kl_design *design);
/* KL_ERR_ARGUMENT, with *sentence (may be NULL) a static text: no rows, no factors where the kind needs them, levels out of
 * range, more than KL_DESIGN_POINTS_MAX points or KL_SOBOL_DIMENSIONS dimensions. KL_ERR_MEMORY. On an error the design is
 * empty. */
KL_MUST_USE kl_status kl_design_make(kl_design *design, const kl_design_spec *spec, const char **sentence);
void kl_design_free(kl_design *design);

/* Points a row of such a design has; 0 where that is not within 1..KL_DESIGN_POINTS_MAX. */
int kl_design_row_size(const kl_design_spec *spec);

/* n_rows * row_size. */
int kl_design_n_points(const kl_design *design);
int kl_design_row(const kl_design *design, int point);
int kl_design_place(const kl_design *design, int point); /* within the row */

/* Coordinate, in (0,1), of the input of that name at a point in [0, n_points). An input that the design does not know
 * is drawn by Monte Carlo, at the row. About 0.1 us; a coordinate of Sobol 0.3 us, of Latin hypercube 1 us, of Morris
 * 0.1 us times the factors. */
double kl_design_coordinate(const kl_design *design, uint64_t seed, int point, const char *name);

/* The same at the points [point, point + n). */
void kl_design_coordinates(const kl_design *design, uint64_t seed, int point, const char *name, int n, double *u);

/* u[(point - point0) * n_factors + factor] of n_points points from point0 on; all inputs instead of the factors where the
 * kind has no factors. */
void kl_design_cube(const kl_design *design, uint64_t seed, int point0, int n_points, double *u);

/* Level, from 0, of a factor of a factorial or of Morris at a point; -1 for other kinds. A level l of n has the coordinate
 * (l + 1/2) / n. */
int kl_design_level(const kl_design *design, uint64_t seed, int point, int factor);

/* Morris: the factor moved between step - 1 and step (1..n_factors) of a row's trajectory. Its level changes by
 * n_levels / 2, so its coordinate by exactly +1/2 or -1/2. */
int kl_morris_factor(const kl_design *design, uint64_t seed, int row, int step);

/* Saltelli: what stands at a place of a row. Of A all factors come from the first sample, of B from the second; AB_i is
 * A with factor i from B, BA_i is B with factor i from A. The order is A, AB_1..AB_k, (BA_1..BA_k,) B. */
typedef enum kl_saltelli_part { KL_SALTELLI_A, KL_SALTELLI_AB, KL_SALTELLI_BA, KL_SALTELLI_B } kl_saltelli_part;
kl_saltelli_part kl_saltelli_part_at(const kl_design *design, int place, int *factor); /* factor -1 for A and B */
int kl_saltelli_place(const kl_design *design, kl_saltelli_part part, int factor);     /* the inverse */

/* ---- the Sobol sequence (Joe & Kuo 2008, doi:10.1137/070709359) ---- */

/* Direction numbers of a dimension in [0, KL_SOBOL_DIMENSIONS). */
void kl_sobol_directions(int dimension, uint32_t direction[32]);
/* Element `index` of the unscrambled sequence, as a fraction of 2^32, in the order of the Gray code. */
uint32_t kl_sobol_word(const uint32_t direction[32], uint32_t index);

#ifdef __cplusplus
}
#endif
#endif
