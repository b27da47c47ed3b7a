/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Paired comparison: an arm against the baseline in the same worlds. Arrays in, numbers out; docs/comparing-options.md has the
 * equations. Every arm plays the same worlds, so a difference is taken world by world, and chance that both share drops out:
 * an arm that changes nothing differs by exactly 0.
 *
 * Arrays are value[cluster * size + i], NaN where undefined or missing. A cluster is what shares parameters, a point with its
 * replicates; with one cluster its values are taken as independent. */
#ifndef KLASTER_COMPARE_H
#define KLASTER_COMPARE_H

#include "klaster/analysis.h"
#include "klaster/table.h"

#ifdef __cplusplus
extern "C" {
#endif

/* An outcome of an arm less that of the baseline. What is said of "the worlds" is said of those n in which both are defined;
 * the others are counted, never dropped in silence. NaN where there is nothing to compute it from. */
typedef struct kl_difference {
    int64_t n;             /* worlds in which both runs define the outcome */
    int64_t only_arm;      /* worlds in which the arm alone does */
    int64_t only_baseline; /* in which the baseline alone does */
    int64_t neither;       /* both were played and none does */
    int64_t missing;       /* one or both were not played */
    double mean_arm, mean_baseline;
    kl_estimate d;   /* of the difference: mean, clustered error, quantiles */
    double lo, hi;   /* 95 % interval of the mean difference: Student's t on clusters - 1 */
    kl_share higher; /* worlds in which the arm's is strictly higher: 95 % interval as kl_share_make's */
    kl_share lower;  /* strictly lower; what is left of n is tied */
    double shared;   /* what common worlds saved: variance of the difference of two means had each arm had worlds of its
                         * own, over that of the mean difference. 4: a quarter of the runs gives the same error. INFINITY
                         * where every difference is the same and the arms are not constant */
} kl_difference;

/* status_*: one a world, negative where the run was not made; both may be NULL, then nothing is missing. KL_ERR_ARGUMENT for
 * less than one cluster or size; KL_ERR_MEMORY. */
KL_MUST_USE kl_status kl_difference_make(kl_difference *difference, const double *arm, const double *baseline,
                                         const int8_t *status_arm, const int8_t *status_baseline, int n_clusters,
                                         int size);

/* A ratio of two means, such as money spent over members gained: of means, not a mean of ratios, which zeros would spoil. The
 * 95 % interval is Fieller's (1954): all ratios r for which mean(numerator - r denominator) may be 0. Where the denominator's mean
 * is itself not clear of 0 no finite interval can cover as it says; lo and hi are then -INFINITY and INFINITY. */
typedef struct kl_ratio {
    int64_t n;                     /* worlds in which both are defined */
    double ratio, se;              /* se: delta method */
    double lo, hi;                 /* Fieller */
    double numerator, denominator; /* means */
} kl_ratio;

/* KL_ERR_ARGUMENT as above. NaN without worlds or with a denominator of mean 0. */
KL_MUST_USE kl_status kl_ratio_make(kl_ratio *ratio, const double *numerator, const double *denominator, int n_clusters,
                                    int size);

/* Is more of an outcome better (1), worse (-1), or neither as such (0), such as public spending or a quantity "alone"? */
int kl_outcome_direction(kl_outcome_id id);

/* ---- the numbers first asked for ---- */

/* The four big numbers of an option, with what they are made of. */
typedef struct kl_option_facts {
    kl_difference members;  /* members at the end, less those of the baseline: additional ones less crowded out */
    kl_difference spending; /* discounted public money */
    kl_difference npv;      /* social net present value */
    kl_ratio per_member;    /* public money per additional member: mean of spending over mean of members */
    kl_ratio per_dollar;    /* social NPV gained per USD of public money: mean of npv over mean of spending */
    kl_share survival;      /* worlds in which the platform is open at the end; of those where there is one */
} kl_option_facts;

/* Outcomes of one arm, one array each. */
typedef struct kl_option_values {
    const double *members, *spending, *npv, *survival;
    const int8_t *status;
} kl_option_values;

KL_MUST_USE kl_status kl_option_facts_make(kl_option_facts *facts, const kl_option_values *arm,
                                           const kl_option_values *baseline, int n_clusters, int size);

/* ---- tables ---- */

/* "options": a row an arm. "differences": a row an arm and outcome. Make the empty table, then add rows. */
KL_MUST_USE kl_status kl_options_table_init(kl_table *table, const char *baseline);
KL_MUST_USE kl_status kl_options_table_add(kl_table *table, const kl_arm *arm, const kl_option_facts *facts);
KL_MUST_USE kl_status kl_differences_table_init(kl_table *table, const char *baseline);
KL_MUST_USE kl_status kl_differences_table_add(kl_table *table, const kl_arm *arm, kl_outcome_id outcome,
                                               const kl_difference *difference);

#ifdef __cplusplus
}
#endif
#endif
