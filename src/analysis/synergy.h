/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the files about synergy share: which numbers are kept, means with intervals, and the filling of tables. Internal to
 * src/analysis. */
#ifndef KL_ANALYSIS_SYNERGY_H
#define KL_ANALYSIS_SYNERGY_H

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

/* ---- synergy_fill.c ---- */

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

/* A table being filled, cell after cell; after an error nothing more happens. */
typedef struct kl_filler {
    kl_table *table;
    int column; /* of the next cell */
    kl_status status;
} kl_filler;

typedef struct kl_head {
    kl_column_type type;
    const char *name, *unit;
    kl_column_style style;
    int digits;
    const char *meaning;
} kl_head;

kl_filler kl_fill_begin(kl_table *table, const char *name, const char *title, const char *method, int n,
                        const kl_head *head);
void kl_fill_row(kl_filler *filler);
void kl_fill_text(kl_filler *filler, const char *text);
void kl_fill_count(kl_filler *filler, int64_t count);
void kl_fill_number(kl_filler *filler, double number);
void kl_fill_interval(kl_filler *filler, const kl_interval *interval); /* mean, lo, hi */

/* ---- synergy_channels.c: the first four tables ---- */

KL_MUST_USE kl_status kl_synergy_channel_tables(const kl_synergy_runs *runs, kl_table table[4]);

#endif
