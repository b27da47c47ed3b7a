/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Appraisal: which option to choose while parameters are uncertain, and what it is worth to know them better. Arrays in,
 * numbers and tables out. docs/deciding.md has the equations.
 *
 * What is uncertain is the *point*, the draw of the parameters: research can find out about it. Chance within a point (the
 * replicates) cannot be known beforehand, so it is averaged out first. With one replicate a point the average still holds
 * that chance, and everything that looks at single points (probability of being best, EVPI) holds it too; EVPPI does not,
 * since a regression on the parameters averages over points.
 *
 * Arrays of net benefits, costs and effects are value[arm * n + point]. More effect is better, less cost is better. */
#ifndef KLASTER_APPRAISAL_H
#define KLASTER_APPRAISAL_H

#include <stdint.h>

#include "klaster/study.h"
#include "klaster/table.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- points from worlds ---- */

/* Means over the replicates of each point, for some quantities (a net benefit; or a cost and an effect) and arms. A world in
 * which any arm lacks any of the quantities is left out for all arms, so that arms are always compared in the same worlds. */
typedef struct kl_states {
    int n_quantities, n_arms;
    int n;              /* points that have a world left */
    int n_points;       /* of the study */
    int64_t n_worlds;   /* of the study */
    int64_t n_left_out; /* worlds left out */
    int *point;         /* [n] their numbers in the study, rising */
    double *value;      /* [quantity][arm][n] */
} kl_states;

/* value[quantity * n_arms + arm][point * n_replicates + replicate], NaN where undefined. KL_ERR_ARGUMENT for a count below
 * one; KL_ERR_MEMORY. kl_states_free is legal on a zeroed struct and after any error. */
KL_MUST_USE kl_status kl_states_make(kl_states *states, int n_quantities, int n_arms, const double *const *value,
                                     int n_points, int n_replicates);
void kl_states_free(kl_states *states);

/* value[arm * n] of a quantity. */
const double *kl_states_of(const kl_states *states, int quantity);

/* ---- one decision ---- */

typedef struct kl_option_value {
    double mean, se;    /* expected net benefit and its Monte Carlo error */
    double probability; /* of being best; ties are split */
    double loss;        /* expected loss of choosing it: mean of (best net benefit at the point - its own) */
} kl_option_value;

typedef struct kl_decision {
    int n_arms, n;
    int best;             /* arm of the highest expected net benefit; the first where several have it */
    double evpi, evpi_se; /* expected value of perfect information: the loss of `best`; with one replicate a point it is
                           * an upper bound, since nobody can know chance */
    kl_option_value *option; /* [n_arms] */
} kl_decision;

/* KL_ERR_ARGUMENT for n or n_arms below one or a value that is not finite; KL_ERR_MEMORY. */
KL_MUST_USE kl_status kl_decision_make(kl_decision *decision, const double *net_benefit, int n_arms, int n);
void kl_decision_free(kl_decision *decision);

/* Mean of a[i] - b[i] over the points in *mean; returns its standard error, NaN for n < 2. */
double kl_paired_error(double *mean, const double *a, const double *b, int n);

/* net_benefit = wtp * effect - cost, elementwise over `count` numbers. */
void kl_net_benefit(double *net_benefit, const double *cost, const double *effect, double wtp, int64_t count);

/* ---- cost-effectiveness ---- */

/* X(ENUMERATOR, word, meaning) */
#define KL_FRONTIER_LIST(X)                                                                              \
    X(FRONTIER, "frontier", "on the efficiency frontier")                                                \
    X(EXTENDED, "extended", "extendedly dominated: a mix of two others gives more effect for the money") \
    X(DOMINATED, "dominated", "dominated: another option costs no more and has no less effect")

typedef enum kl_frontier_status {
#define KL_FRONTIER_ENUMERATOR(name, word, meaning) KL_ICER_##name,
    KL_FRONTIER_LIST(KL_FRONTIER_ENUMERATOR)
#undef KL_FRONTIER_ENUMERATOR
        KL_N_FRONTIER_STATUS
} kl_frontier_status;

typedef struct kl_icer {
    int arm;
    kl_frontier_status status;
    int against;                   /* the option before it on the frontier; -1 for the first, and off the frontier */
    double cost, effect;           /* means */
    double d_cost, d_effect, icer; /* against that option; NaN where there is none */
} kl_icer;

/* Order options by cost, mark what is dominated strongly and by extension, and compute the incremental ratios along the
 * frontier (Drummond et al., Methods for the Economic Evaluation of Health Care Programmes, 4th ed. 2015, ch. 4).
 * icer[n_arms] comes out as frontier by rising cost, then the others by rising cost. Of options with equal cost and effect the
 * first stays. */
KL_MUST_USE kl_status kl_icers_make(kl_icer *icer, const double *cost, const double *effect, int n_arms);

/* The same from the means of states of two quantities: cost, effect. */
KL_MUST_USE kl_status kl_icers_of_states(kl_icer *icer, const kl_states *states);

/* An option against the baseline on the cost-effectiveness plane. The five shares are exclusive and sum to 1. */
typedef struct kl_plane {
    double d_cost, d_cost_se, d_effect, d_effect_se;
    double icer;       /* ratio of the means; NaN without a difference in effect */
    double costs_more; /* share of points with more effect for more cost (north-east) */
    double better;     /* at least as much effect for no more cost, and not the same (south-east) */
    double saves;      /* less effect for less cost (south-west) */
    double worse;      /* no more effect for at least the cost, and not the same (north-west) */
    double same;
} kl_plane;

/* KL_ERR_ARGUMENT for n < 1. */
KL_MUST_USE kl_status kl_plane_make(kl_plane *plane, const double *cost, const double *effect,
                                    const double *cost_baseline, const double *effect_baseline, int n);

/* ---- value of information ---- */

/* What it is worth to know some inputs before choosing: E max_d E[NB_d | inputs] - max_d E[NB_d], by nonparametric regression
 * of net benefits on the inputs (Strong, Oakley & Brennan, Medical Decision Making 34, 2014, 311-326,
 * doi:10.1177/0272989X13505910). The regression is an additive model of penalised cubic splines, for two inputs or more with
 * all products of pairs, where there are points enough; its smoothness is chosen by generalised cross-validation. */
typedef struct kl_evppi {
    double value; /* what to report; kl_evppi_settle may move it */
    double raw;   /* as the regression has it: too high on average, as a maximum of noisy fits is; NaN where there
                       * are too few points */
    double
        corrected; /* less that bias, as draws of the regression's coefficients show it (parametric bootstrap, Efron &
                       * Tibshirani 1993, ch. 10) */
    double se;     /* from the regression's error (the same draws) and from the points' number */
    double
        checked; /* gain from deciding by the fit at points that it had not seen (leave one out): an honest lower bound */
    double df;   /* effective parameters of the regression, largest over arms */
} kl_evppi;

/* input[k][point]: values of input k. `seed` and `name` key the draws for the error: the same give the same error.
 * KL_ERR_ARGUMENT for counts below one or a value that is not finite; KL_ERR_MEMORY. */
KL_MUST_USE kl_status kl_evppi_make(kl_evppi *evppi, const double *net_benefit, int n_arms, int n,
                                    const double *const *input, int n_inputs, uint64_t seed, const char *name);

/* What is asked about together. */
typedef struct kl_input_set {
    char name[96];
    int n;
    int *member; /* [n] input numbers, rising */
} kl_input_set;

/* Knowing more is never worth less, and nothing is worth more than knowing all: raise each corrected value to that of every set it
 * contains, keep all in [0, evpi]. Only estimation error breaks this order, so this moves values by no more than that. */
void kl_evppi_settle(kl_evppi *evppi, const kl_input_set *set, int n_sets, double evpi);

/* ---- the gate of a pilot as an option ---- */

/* The same worlds with and without the gate, where the pilot may be judged to have failed. Every world is one of: stopped
 * rightly (without the gate its net benefit is below zero), stopped wrongly, gone rightly, gone wrongly. */
typedef struct kl_gate {
    int64_t n; /* worlds in which both are defined */
    int64_t n_left_out;
    double with, without;                              /* mean net benefits */
    double value, value_lo, value_hi;                  /* with - without, and its 95 % interval */
    double stopped;                                    /* share of worlds */
    double stop_right, stop_wrong, go_right, go_wrong; /* shares of worlds; they sum to 1 */
    double loss_avoided, gain_forgone; /* mean over all worlds: what right stops save, what wrong stops cost */
    double repeating; /* mean over all worlds: what repeating the pilot changes where it then went ahead;
                                        * value = loss_avoided - gain_forgone + repeating */
} kl_gate;

/* with, without: net benefits by world, NaN where undefined; stopped: whether the gate stopped it. KL_ERR_ARGUMENT, KL_ERR_MEMORY. */
KL_MUST_USE kl_status kl_gate_make(kl_gate *gate, const double *with, const double *without, const int8_t *stopped,
                                   int n_points, int n_replicates);

/* Among the arms: is `without` the same as `with` but for the gate? Is `direct` the same but for having no pilot at all? */
int kl_arm_lacks_gate(const kl_arm *with, const kl_arm *without);
int kl_arm_lacks_pilot(const kl_arm *with, const kl_arm *direct);

/* ---- tables ---- */

/* What tables say of their numbers. */
typedef struct kl_appraisal_words {
    const char *const *arm;  /* names */
    const char *net_benefit; /* "npv_social", or "2000 USD/firm x members_final - public_spending" */
    const char *benefit_unit;
    const char *cost, *effect;                        /* metrics */
    const char *cost_unit, *effect_unit, *ratio_unit; /* "USD", "firm", "USD/firm" */
    int baseline;                                     /* its place in `arm` */
} kl_appraisal_words;

KL_MUST_USE kl_status kl_decision_table(kl_table *table, const kl_decision *decision, const kl_states *states,
                                        const kl_appraisal_words *words);
/* states of two quantities, here and below: cost, effect */
KL_MUST_USE kl_status kl_icers_table(kl_table *table, const kl_icer *icer, const kl_states *states,
                                     const kl_appraisal_words *words);
KL_MUST_USE kl_status kl_plane_table(kl_table *table, const kl_states *states, const kl_appraisal_words *words);
KL_MUST_USE kl_status kl_plane_points_table(kl_table *table, const kl_states *states, const kl_appraisal_words *words);
/* Both curves at the same n_wtp values: `curve` has a row a value and arm, `frontier` a row a value. */
KL_MUST_USE kl_status kl_acceptability_tables(kl_table *curve, kl_table *frontier, const kl_states *states,
                                              const double *wtp, int n_wtp, const kl_appraisal_words *words);
KL_MUST_USE kl_status kl_information_table(kl_table *table, const kl_evppi *evppi, const kl_input_set *set, int n_sets,
                                           const kl_decision *decision, const kl_appraisal_words *words);
/* Members of the sets of two inputs or more; input[]: names by number. */
KL_MUST_USE kl_status kl_input_sets_table(kl_table *table, const kl_input_set *set, const char *const *input,
                                          int n_sets);

typedef struct kl_pilot_row {
    int with, without, direct; /* arms; direct -1 where there is none */
    int firms, months; /* of the pilot, at the first point; months before leadership shortens or stretches them */
    kl_gate gate;
    kl_gate delay; /* without the gate against no pilot: only n, with, without and value are of use */
} kl_pilot_row;

KL_MUST_USE kl_status kl_pilot_table(kl_table *table, const kl_pilot_row *row, int n_rows,
                                     const kl_appraisal_words *words);

#ifdef __cplusplus
}
#endif
#endif
