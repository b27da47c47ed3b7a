/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the parts of `klaster summary` share: the file's arms, read one outcome at a time. */
#ifndef KLASTER_CLI_SUMMARY_H
#define KLASTER_CLI_SUMMARY_H

#include "cli/cli.h"

typedef struct kl_summary {
    const kl_cli *cli;
    const kl_result *result;
    const kl_study *study; /* of the result */
    int64_t n_worlds;
    int n_arms;      /* chosen */
    int *arm;        /* [n_arms] their numbers in the study */
    int8_t **status; /* [n_arms][n_worlds] */
    double *value;   /* [n_worlds], scratch */
    bool all;        /* --all: every outcome, and each claim in full */
    int n_metrics;   /* outcomes chosen */
    kl_outcome_id metric[KL_N_OUTCOMES];
} kl_summary;

/* All arms and outcomes of a result, as `klaster summary --json` has them. Returns an exit code; free in any case. */
int kl_summary_start(kl_summary *s, const kl_cli *cli, const kl_result *result, const char *path);
void kl_summary_free(kl_summary *s);

/* Read an outcome of chosen arm `a` into s->value. */
KL_MUST_USE kl_status kl_summary_read(kl_summary *s, int a, kl_outcome_id outcome);

KL_MUST_USE kl_status kl_summary_audit(kl_summary *s, int a, const kl_claim *claim, kl_audit *audit);
KL_MUST_USE kl_status kl_summary_estimate(kl_summary *s, int a, kl_outcome_id outcome, kl_estimate *estimate);

/* Runs of chosen arm `a` by status; returns how many were run. */
int64_t kl_summary_count(const kl_summary *s, int a, int64_t by_status[KL_N_RUN_STATUS]);

/* "30 to 40 %", "at least 0 USD" */
char *kl_claim_text(char *buffer, size_t size, const kl_claim *claim);

/* "48.3 [47.3, 49.3]", in %; the interval is rounded outwards, so that it never claims more than was computed. "-" for no
 * world. */
char *kl_share_text(char *buffer, size_t size, const kl_share *share);

/* "gate failed" */
const char *kl_status_label(int status);

/* The parts of the text view; each prints a heading and what belongs to it. */
KL_MUST_USE kl_status kl_summary_claims(kl_summary *s);    /* summary_claims.c */
KL_MUST_USE kl_status kl_summary_statuses(kl_summary *s);  /* summary_claims.c */
KL_MUST_USE kl_status kl_summary_outcomes(kl_summary *s);  /* summary_outcomes.c */
KL_MUST_USE kl_status kl_summary_histogram(kl_summary *s); /* summary_histogram.c */

/* The other forms. */
KL_MUST_USE kl_status kl_summary_json(kl_summary *s, json_t **json); /* summary_data.c */
KL_MUST_USE kl_status kl_summary_csv(kl_summary *s);                 /* summary_data.c */

#endif
