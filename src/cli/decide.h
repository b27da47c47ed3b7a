/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the parts of `klaster decide` share: the options that are compared, in what, and the tables that come of it. */
#ifndef KLASTER_CLI_DECIDE_H
#define KLASTER_CLI_DECIDE_H

#include "cli/tables.h"
#include "klaster/appraisal.h"

enum { KL_DECIDE_TABLES_MAX = 10, KL_DECIDE_WTP_MAX = 1001 };

typedef struct kl_decide_args {
    kl_words operand, arm, group;
    const char *baseline, *benefit, *cost, *effect, *wtp, *at;
    int points;
    kl_tables_args tables;
} kl_decide_args;

/* What is uncertain and can be researched. */
typedef struct kl_decide_inputs {
    int n;           /* inputs that vary in the arms compared */
    kl_input *input; /* [n] */
    double **value;  /* [n][points kept] */
    int n_sets;
    kl_input_set *set; /* all, then groups, then single inputs; in each by falling value */
    kl_evppi *evppi;   /* [n_sets] */
    const char **name; /* [n] */
} kl_decide_inputs;

typedef struct kl_decide {
    const kl_cli *cli;
    const kl_decide_args *args;
    const kl_result *result;
    const kl_study *study;
    int n_arms, *arm;  /* their numbers in the study */
    const char **name; /* [n_arms] */
    int8_t **status;   /* [n_arms][world] */
    double **benefit;  /* [n_arms][world] net benefit */
    kl_outcome_id metric, cost, effect;
    bool has_effectiveness; /* is cost-effectiveness asked for, and is there any cost? */
    double at;              /* willingness to pay of the decision; NaN: the decision is about `metric` */
    int n_wtp;
    double wtp[KL_DECIDE_WTP_MAX];
    char benefit_text[256], ratio_unit[64];
    kl_appraisal_words words;
    kl_states by_benefit, by_effect; /* points: net benefit; cost and effect */
    kl_decision decision;
    kl_icer *icer; /* [n_arms] */
    kl_decide_inputs inputs;
    int n_pilots;
    kl_pilot_row *pilot;
    int n_tables;
    kl_table table[KL_DECIDE_TABLES_MAX];
} kl_decide;

/* Compute all tables of the decision that `args` ask for; cli, args, result and study are set by the caller. Returns an exit code;
 * free in any case. */
int kl_decide_make(kl_decide *d);
void kl_decide_free(kl_decide *d);

/* Sets of inputs and what knowing them would be worth (decide_inputs.c). KL_EXIT_OK or an exit code. */
int kl_decide_information(kl_decide *d);
void kl_decide_inputs_free(kl_decide_inputs *inputs);

/* Arms that differ in nothing but the gate (decide_pilot.c). */
KL_MUST_USE kl_status kl_decide_pilots(kl_decide *d);

/* What it all says, in sentences (decide_text.c). */
void kl_decide_sentences(const kl_decide *d);

#endif
