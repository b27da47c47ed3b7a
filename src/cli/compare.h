/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the parts of `klaster compare` share: the options compared, and their numbers. */
#ifndef KLASTER_CLI_COMPARE_H
#define KLASTER_CLI_COMPARE_H

#include "cli/cli.h"
#include "klaster/compare.h"

typedef struct kl_comparison {
    const kl_cli *cli;
    const kl_result *result;
    const kl_study *study;
    int baseline;         /* its number in the study */
    int n_arms;           /* compared with it */
    int *arm;             /* [n_arms] their numbers in the study */
    int n_clusters, size; /* as compare.h has them */
    int n_metrics;        /* outcomes chosen */
    kl_outcome_id metric[KL_N_OUTCOMES];
    kl_option_facts *facts;     /* [n_arms] */
    kl_option_facts own;        /* the baseline against itself */
    double mean[KL_N_OUTCOMES]; /* the baseline's own, where it defines them; of the outcomes in `difference` */
    kl_difference *difference;  /* [n_arms][KL_N_OUTCOMES]; those of chosen outcomes and of `who gains` are made */
} kl_comparison;

static inline const kl_difference *kl_comparison_of(const kl_comparison *c, int a, kl_outcome_id id)
{
    return &c->difference[(size_t)a * KL_N_OUTCOMES + (size_t)id];
}

/* The tables of `klaster compare FILE` without options: "options" and "differences". Returns an exit code; free both in any
 * case. */
int kl_compare_tables(const kl_cli *cli, const kl_result *result, const char *path, kl_table table[2]);

/* The text view. KL_ERR_MEMORY. */
KL_MUST_USE kl_status kl_comparison_print(const kl_comparison *comparison, const char *path);

#endif
