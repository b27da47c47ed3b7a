/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the parts of `klaster report` share. Each part reads what it needs from the result, and puts what a page is to show into
 * one JSON object: docs/report.md says what there is. Undefined numbers are null; a part that a file cannot have is not there. */
#ifndef KLASTER_CLI_REPORT_H
#define KLASTER_CLI_REPORT_H

#include "cli/cli.h"

/* From so many arms on, series and samples are given for all arms in less detail, so that a page stays small. */
enum { KL_REPORT_MANY_ARMS = 5 };

typedef struct kl_report {
    const kl_cli *cli;
    const kl_result *result;
    const kl_study *study; /* of the result */
    const char *path;      /* of the result file */
    int64_t n_worlds;
    int arm;         /* that sensitivity, claims and synergy are about */
    bool synergy;    /* play worlds: for synergy, stakeholders, waves */
    int8_t **status; /* [arm][world] */
    double *value;   /* [world], scratch of whoever runs */
    json_t *page;    /* what was made so far */
} kl_report;

static inline bool kl_report_has_many_arms(const kl_report *r)
{
    return r->study->n_arms >= KL_REPORT_MANY_ARMS;
}

/* A number for a chart: six digits that count; null where undefined. */
json_t *kl_report_number(double value);

/* Read an outcome of an arm into r->value; NaN where undefined or missing. */
KL_MUST_USE kl_status kl_report_read(kl_report *r, int arm, kl_outcome_id outcome);

/* The parts; each sets its members of r->page. A file of another version may lack an outcome or a series: it is left out. */
void kl_report_study(kl_report *r); /* program, file, study, statuses, outcomes, series: report_study.c */
KL_MUST_USE kl_status kl_report_inputs(kl_report *r);     /* inputs: report_inputs.c */
KL_MUST_USE kl_status kl_report_fans(kl_report *r);       /* fans: report_fans.c */
KL_MUST_USE kl_status kl_report_worlds(kl_report *r);     /* worlds: report_worlds.c */
KL_MUST_USE kl_status kl_report_histograms(kl_report *r); /* histograms: report_histograms.c */
KL_MUST_USE kl_status kl_report_stages(kl_report *r);     /* stages: report_stages.c */
KL_MUST_USE kl_status kl_report_heat(kl_report *r);       /* heat: report_heat.c */
KL_MUST_USE kl_status kl_report_waves(kl_report *r);      /* waves: report_waves.c */

/* summary, tables and, for what could not be had, absent: report_tables.c. Returns an exit code. */
int kl_report_tables(kl_report *r);

/* A distribution as a study file says it, "{uniform: [0.2, 0.5]}" or "0.3"; `row` is the parameter's, or NULL for months. */
char *kl_report_dist_text(char *buffer, size_t size, const kl_param_info *row, const kl_dist *dist);

#endif
