/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the parts of `klaster replay` share: one run, played again, with a record of its stages. */
#ifndef KLASTER_CLI_REPLAY_H
#define KLASTER_CLI_REPLAY_H

#include "cli/cli.h"

typedef struct kl_replay {
    const kl_cli *cli;
    const kl_study *study;
    const kl_result *result; /* NULL when a study is replayed */
    int arm, point, replicate;
    kl_params params;
    kl_mechanism mechanism;
    kl_run run;
    kl_baseline baseline; /* of the same world; zeroed for the baseline itself */
    int *stage;           /* [horizon] the stage that each month belongs to; n_stages when none */
    double outcome[KL_N_OUTCOMES];
    const char *broken; /* the first invariant that broke; NULL */
    int broken_month;
    bool show_months, show_firms; /* of the text view */
} kl_replay;

/* Called before the first month, and after each; may be NULL. */
typedef kl_status (*kl_replay_start_fn)(kl_replay *replay, void *data);
typedef void (*kl_replay_month_fn)(kl_replay *replay, void *data);

/* Draw the run's parameters and play the baseline of its world. KL_ERR_BOUNDS, KL_ERR_COMBINATION, KL_ERR_MEMORY. */
KL_MUST_USE kl_status kl_replay_draw(kl_replay *replay);

/* Then start and play the run to its end. What on_start returns but KL_OK ends it. */
KL_MUST_USE kl_status kl_replay_play(kl_replay *replay, kl_replay_start_fn on_start, kl_replay_month_fn on_month,
                                     void *data);

/* Is what was played what the file has, bit for bit as it is stored? Returns the number of differences, each told as a
 * sentence; -1 where the file cannot be read, which is told, too. */
typedef void (*kl_replay_tell_fn)(void *data, const char *sentence);
int kl_replay_compare(const kl_replay *replay, kl_replay_tell_fn tell, void *data);

/* The name of a stage of the arm; "-" for none. */
const char *kl_replay_stage_name(const kl_replay *replay, int stage);

KL_MUST_USE kl_status kl_replay_print(kl_replay *replay);               /* replay_text.c; plays */
KL_MUST_USE kl_status kl_replay_csv_months(kl_replay *replay);          /* replay_data.c; plays */
KL_MUST_USE kl_status kl_replay_csv_firms(kl_replay *replay);           /* replay_data.c; plays */
KL_MUST_USE kl_status kl_replay_json(kl_replay *replay, json_t **json); /* replay_data.c; plays */

/* What JSON and page say of a run but its firms, after it was played; NULL when out of memory. At most so many ties are
 * listed. */
struct kl_record;
json_t *kl_replay_run_json(const kl_replay *replay, const struct kl_record *record, int ties_most);

/* A page (replay_page.c): may it be written there, before anything is computed; is this run, of so many, small enough to be
 * shown, once it is drawn; one run, played; and the writing of all of them, which takes the reference and opens in a language by its
 * number in --lang, -1 for none. Exit codes. */
int kl_replay_page_check(const kl_cli *cli, const char *path, bool force);
int kl_replay_page_fits(const kl_replay *replay, int n_runs);
KL_MUST_USE kl_status kl_replay_page_run(kl_replay *replay, json_t **json);
int kl_replay_page_write(const kl_replay *replay, const char *path, bool force, int lang, json_t *runs);

#endif
