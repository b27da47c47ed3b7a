/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A condition on a world, as it is written on the command line or as a claim states it: "saving_joint in [0.30, 0.40]",
 * "npv_social > 0", "status == completed". */
#ifndef KLASTER_CLI_CONDITION_H
#define KLASTER_CLI_CONDITION_H

#include "cli/cli.h"

typedef struct kl_condition {
    char text[192];        /* in words, for people and tables */
    kl_outcome_id outcome; /* KL_N_OUTCOMES: the status */
    double lo, hi;
    int open_lo, open_hi; /* the end does not belong to it */
    int status, is_not;   /* where the status is asked for */
} kl_condition;

/* Says what is wrong; KL_EXIT_OK or KL_EXIT_USAGE. */
int kl_condition_parse(const kl_cli *cli, kl_condition *condition, const char *text);
void kl_condition_of_claim(kl_condition *condition, const kl_claim *claim);

/* hit[world] of an arm as kl_finding_make takes it. A run that failed, or in which the metric is undefined, is undefined, or with
 * `undefined_fails` does not hold. value[world] is room to work in. */
KL_MUST_USE kl_status kl_condition_read(const kl_condition *condition, const kl_result *result, int arm,
                                        int undefined_fails, double *value, int8_t *hit);

#endif
