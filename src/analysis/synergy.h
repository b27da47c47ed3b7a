/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the files about synergy share: which numbers are kept, means with intervals. Internal to src/analysis. */
#ifndef KL_ANALYSIS_SYNERGY_H
#define KL_ANALYSIS_SYNERGY_H

#include "analysis/rows.h"
#include "klaster/analysis.h"
#include "klaster/synergy.h"

#define KL_WHOLE (KL_N_CHANNEL_SETS - 1) /* the arm as it is */
#define KL_N_LEVELS 4                    /* the total, then the paper's three */
#define KL_N_STAGE_MEASURES 6            /* three of value, three of take-up */

extern const char *const kl_channel_words[KL_N_CHANNELS];
extern const kl_outcome_id kl_level_outcomes[KL_N_LEVELS];
extern const kl_outcome_id kl_stage_outcomes[KL_N_STAGE_MEASURES];

/* Worth of every set of channels at one level; 0 where a run failed. */
int kl_synergy_level(const kl_synergy_runs *runs, int level, size_t world, double worth[KL_N_CHANNEL_SETS]);

/* ---- synergy_interval.c ---- */

typedef struct kl_interval {
    kl_estimate e;
    double lo, hi; /* 95 % interval of the mean */
} kl_interval;

/* Of x[world]; NaN is left out. Intervals are Student's t over the independent units: the points of the study, or the rows of
 * a design whose points share their worlds; of a study with one, its replicates. */
KL_MUST_USE kl_status kl_interval_make(kl_interval *made, const kl_synergy_runs *runs, const double *x);

/* Sum of x over sum of `whole`, in e.mean, over the worlds where both are defined. NaN where the whole is 0. `work` holds a
 * number a world. */
KL_MUST_USE kl_status kl_interval_share(kl_interval *made, const kl_synergy_runs *runs, const double *x,
                                        const double *whole, double *work);

/* Cells of mean, lo, hi. */
void kl_interval_put(kl_rows *rows, const kl_interval *interval);

/* ---- synergy_channels.c: the first four tables ---- */

KL_MUST_USE kl_status kl_synergy_channel_tables(const kl_synergy_runs *runs, kl_table table[4]);

#endif
