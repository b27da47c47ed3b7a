/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Scenario discovery: in which worlds does a condition hold, where does it break, and what would have to be true for it to
 * hold nearly always? Boxes (PRIM) and a small decision tree over the inputs of a study, each judged on worlds that it
 * has not seen. Arrays in, boxes, trees and tables out; no files. docs/discovery.md says how to read them. */
#ifndef KLASTER_DISCOVERY_H
#define KLASTER_DISCOVERY_H

#include <stdint.h>

#include "klaster/analysis.h"
#include "klaster/table.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- cases ---- */

/* What an input is: limits of a real lie between values, those of an integer on values; a category is peeled value by
 * value. The values of a category are 0..63. */
typedef enum kl_case_kind { KL_CASE_REAL, KL_CASE_INTEGER, KL_CASE_CATEGORY } kl_case_kind;

#define KL_CATEGORIES_MAX 64

/* A case is a point with the worlds that count at it. Arrays belong to the caller. */
typedef struct kl_cases {
    int n, n_inputs;
    const kl_case_kind *kind; /* [input] */
    const double *x;          /* [input * n + case], finite */
    const int32_t *worlds;    /* [case] worlds that count, 1 or more */
    const int32_t *hits;      /* [case] worlds in which the condition holds, 0..worlds */
    const int32_t *group;     /* [case] cases of one group hang together, and stand together; NULL: each on its own */
} kl_cases;

/* ---- boxes: PRIM ---- */

/* What a box allows of an input: lo <= x <= hi, or the set of values (bit v for value v) of a category. The quasi-p-value of
 * a limit is the chance of a box as dense as this one if the share of hits were that of the box without the limit: one-sided
 * binomial (Bryant & Lempert 2010, doi:10.1016/j.techfore.2009.08.002); NaN where there is no limit. `p_hi` of a category is
 * NaN. It takes no account of the limit having been sought, and is therefore too small: a guide to what may be lifted. */
typedef struct kl_limit {
    double lo, hi;
    uint64_t values;
    double p_lo, p_hi;
} kl_limit;

typedef struct kl_box {
    int64_t worlds, hits; /* in the box */
    double density;       /* hits over worlds of the box: its mean */
    double coverage;      /* hits over all hits */
    double support;       /* worlds over all worlds: its mass */
    int n_restricted;     /* inputs with a limit */
    kl_limit *limit;      /* [input], owned */
} kl_box;

typedef struct kl_prim_options {
    double peel, paste; /* part of the box that a step takes away or adds, in (0, 0.5); 0.05 */
    double least;       /* smallest support of a box, in (0, 1]; 0.05 */
} kl_prim_options;

/* A trajectory: box 0 is everything, then one box a peel, then one a paste. */
typedef struct kl_prim {
    int n_inputs, n_boxes, capacity;
    kl_box *box;
    int n_peels; /* boxes 1..n_peels come from peeling */
} kl_prim;

/* Peel and paste (Friedman & Fisher 1999, doi:10.1023/A:1008894516817) with the criterion of the EMA Workbench: gain in
 * density a world given up or taken in, among equals the box with fewer inputs restricted, and its quantiles. `out` (may be
 * NULL): out[case] not 0 leaves the case out, as covering does with the cases of earlier boxes; coverage and support stay
 * relative to all cases. O(steps * cases * inputs). KL_ERR_ARGUMENT for options or cases outside their domain, or where no
 * case is left; KL_ERR_MEMORY. kl_prim_free is legal on a zeroed struct and after any error. */
KL_MUST_USE kl_status kl_prim_make(kl_prim *prim, const kl_cases *cases, const uint8_t *out,
                                   const kl_prim_options *options);
void kl_prim_free(kl_prim *prim);

/* The knee of a trajectory: the box with the greatest share of hits inside less share of misses inside (Youden's J; the
 * point of the ROC curve farthest from chance). The first where several are as great. */
int kl_prim_knee(const kl_prim *prim);

KL_MUST_USE kl_status kl_box_copy(kl_box *box, const kl_box *from, int n_inputs);
void kl_box_free(kl_box *box);

/* Is a case inside? */
int kl_box_holds(const kl_box *box, const kl_cases *cases, int i);

/* Lift, one after the other, limits with a quasi-p-value above `p`, the greatest first; then as many more as leave the density at
 * `density` or above, the one that lets in most hits first (none where `density` is NaN). KL_ERR_MEMORY. */
KL_MUST_USE kl_status kl_box_lift(kl_box *box, const kl_cases *cases, const uint8_t *out, double p, double density);

/* ---- a decision tree: CART ---- */

typedef struct kl_tree_options {
    int depth;    /* at most 1..10 */
    double least; /* smallest share of the worlds in a leaf, in (0, 0.5] */
} kl_tree_options;

typedef struct kl_tree_node {
    int parent, left, right; /* numbers of nodes; left and right -1 for a leaf */
    int depth;
    int input;        /* of the split */
    double threshold; /* x <= threshold goes left; NaN for a category */
    uint64_t values;  /* of a category: these go left */
    int64_t worlds, hits;
    double alpha; /* cost-complexity at which the node becomes a leaf; INFINITY where it is one */
} kl_tree_node;

typedef struct kl_tree {
    int n_nodes; /* node 0 is the root; children stand behind their parent */
    kl_tree_node *node;
    double alpha; /* to which it was pruned; 0 where it was not */
} kl_tree;

/* Grow a tree by Gini's impurity (Breiman et al. 1984): thresholds halfway between neighbouring values, categories ordered by their
 * share of hits, which finds the best of all divisions (ibid., theorem 4.5). KL_ERR_ARGUMENT, KL_ERR_MEMORY. */
KL_MUST_USE kl_status kl_tree_grow(kl_tree *tree, const kl_cases *cases, const kl_tree_options *options);

/* Drop what costs less than `alpha` of total impurity a leaf: minimal cost-complexity pruning (ibid., ch. 3). KL_ERR_MEMORY. */
KL_MUST_USE kl_status kl_tree_prune(kl_tree *tree, double alpha);

/* Prune to the smallest tree whose squared error in `folds`-fold cross-validation (folds keyed by seed and group) is within one
 * standard error of the least. KL_ERR_ARGUMENT for fewer than 2 or more than 100 folds; KL_ERR_MEMORY. */
KL_MUST_USE kl_status kl_tree_cross_validate(kl_tree *tree, const kl_cases *cases, const kl_tree_options *options,
                                             uint64_t seed, int folds);
int kl_tree_leaf_of(const kl_tree *tree, const kl_cases *cases, int i);
void kl_tree_free(kl_tree *tree);

/* ---- a whole question ---- */

typedef struct kl_discovery_options {
    uint64_t seed;
    kl_prim_options prim;
    kl_tree_options tree;
    int boxes;         /* at most, of where it holds, by covering; 1..10 */
    double test;       /* part of the groups on which findings are judged and not sought, in (0, 0.9]; 1/3 */
    double density[2]; /* rising: what "nearly always" means; 0.8, 0.9 */
} kl_discovery_options;

#define KL_DISCOVERY_BOXES_MAX 10
kl_discovery_options kl_discovery_defaults(uint64_t seed);

/* An input of a question. */
typedef struct kl_case_input {
    kl_input input; /* as kl_study_inputs has it */
    kl_case_kind kind;
    double lo, hi; /* of its values */
} kl_case_input;

typedef enum kl_box_role { KL_BOX_HOLDS, KL_BOX_BREAKS, KL_BOX_REQUIRED } kl_box_role;

/* A box as found, and on the worlds held out. */
typedef struct kl_found_box {
    kl_box_role role;
    double required; /* density asked for, REQUIRED only; else NaN */
    int exists;      /* 0: no box restricts anything with gain, or none reaches that density */
    kl_box box;      /* of where it BREAKS, hits are worlds in which the condition fails */
    kl_share test;   /* density on the worlds held out */
    double test_coverage, test_support;
    int64_t n_test_hits; /* in and out of the box */
} kl_found_box;

/* An input's fifth (or value) with the lowest share of hits; `share` is judged on the worlds held out. */
typedef struct kl_worst {
    double lo, hi; /* lo <= x <= hi; equal for a category's value */
    double found;  /* share where it was sought */
    kl_share share;
} kl_worst;

/* What was found about one condition in one arm. */
typedef struct kl_finding {
    int arm;
    char *name;                     /* of the condition, in words */
    int64_t n_undefined, n_missing; /* worlds that do not count; without missing they are the runs left out */
    kl_share holds;                 /* over all worlds that count */
    int64_t n_found, n_test;        /* worlds in which was sought, and judged */
    int n_inputs;
    kl_case_input *input; /* that vary in this arm */
    int n_boxes;
    kl_found_box box[KL_DISCOVERY_BOXES_MAX + 3]; /* HOLDS..., BREAKS, REQUIRED, REQUIRED */
    kl_prim trajectory; /* of the first box of where it HOLDS, before its limits were lifted */
    int knee;
    kl_worst *worst;    /* [input] */
    int first_to_break; /* the input whose worst fifth has the lowest share where it was sought; -1 without inputs */
    kl_tree tree;
    int64_t *test_worlds, *test_hits; /* [node of the tree] */
    double tree_error, base_error;    /* squared error a world held out: of the tree, and of one share for all */
} kl_finding;

/* hit[world]: 1 holds, 0 does not, KL_HIT_UNDEFINED, KL_HIT_MISSING. Points of a row of the design share their worlds and are
 * never parted. `name` is copied. KL_ERR_ARGUMENT for options outside their domain; KL_ERR_NOT_FOUND where fewer than 40 rows of the
 * design count (then n_undefined, n_missing and `holds` are there, and nothing else); KL_ERR_MEMORY. _free is legal on a zeroed struct and after any error. */
#define KL_HIT_UNDEFINED (-1)
#define KL_HIT_MISSING (-2)
KL_MUST_USE kl_status kl_finding_make(kl_finding *finding, const kl_study *study, int arm, const char *name,
                                      const int8_t *hit, const kl_discovery_options *options);
void kl_finding_free(kl_finding *finding);

/* What a box asks of an input, in words: "scale_elasticity below 0.63", "graph is random or blocks". "" where it asks nothing.
 * The caller frees; NULL when out of memory. */
char *kl_limit_words(const kl_case_input *input, const kl_limit *limit);
char *kl_box_words(const kl_case_input *input, int n_inputs, const kl_box *box); /* of all inputs */
char *kl_worst_words(const kl_case_input *input, const kl_worst *worst);
/* Which way from its parent leads to a node of a tree: "fee above 0.031"; "" for the root. */
char *kl_branch_words(const kl_case_input *input, const kl_tree *tree, int number);

/* Tables of findings: <prefix>, <prefix>_boxes, _limits, _inputs, _trajectory, _tree; table[6]. All findings of a command go into
 * the same tables. KL_ERR_MEMORY; what was made must be freed in any case. */
#define KL_DISCOVERY_TABLES 6
KL_MUST_USE kl_status kl_discovery_tables(kl_table table[KL_DISCOVERY_TABLES], const char *prefix,
                                          const kl_study *study, int n, const kl_finding *finding);

#ifdef __cplusplus
}
#endif
#endif
