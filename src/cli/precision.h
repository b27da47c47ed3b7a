/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `klaster run --precision`: what was asked, the values of the round that is being played, and what it reached. */
#ifndef KLASTER_CLI_PRECISION_H
#define KLASTER_CLI_PRECISION_H

#include "cli/cli.h"
#include "klaster/precision.h"

#define KL_ASKED_MAX 32
#define KL_ROUNDS_MAX 64

typedef struct kl_rounds_played {
    const kl_study *study;
    int n;
    const char *text[KL_ASKED_MAX]; /* as on the command line */
    kl_precision asked[KL_ASKED_MAX];
    kl_rounds rounds;
    int n_played;
    int64_t worlds[KL_ROUNDS_MAX]; /* of the rounds played */
    double *value;                 /* [asked][arm][world] of the round, as the file stores them */
    kl_reach *reach;               /* [asked][arm]; of the last complete round, if n_played > 0 */
    bool met;
} kl_rounds_played;

/* Understand what is asked of the study, and lay out the rounds. `first_runs` as --runs, -1 for the usual; at most
 * `most_runs` worlds. KL_EXIT_OK, or what is wrong has been said. kl_rounds_free is legal after an error. */
int kl_rounds_begin(const kl_cli *cli, kl_rounds_played *rounds, const kl_study *study, const kl_words *asked,
                    int64_t first_runs, int64_t most_runs);
void kl_rounds_free(kl_rounds_played *rounds);

/* Take the values of a round, of the study as it now is, that was played into the store. */
KL_MUST_USE kl_status kl_rounds_read(kl_rounds_played *rounds, kl_store *store);

/* Judge a complete round. Returns the worlds of the next, 0 where it was the last: met, or at the limit. */
KL_MUST_USE kl_status kl_rounds_judge(kl_rounds_played *rounds, int64_t *next_runs);

/* Say on stderr how far this round came, and what is next. */
void kl_rounds_say(const kl_cli *cli, const kl_rounds_played *rounds, int64_t next_runs);

/* Into the provenance of a file; nothing is reached where no round was complete. */
KL_MUST_USE kl_status kl_rounds_note(const kl_rounds_played *rounds, kl_store *store);

/* At the end, for people and for programs. */
KL_MUST_USE kl_status kl_rounds_print(const kl_term *term, const kl_rounds_played *rounds);
json_t *kl_rounds_json(const kl_rounds_played *rounds);

#endif
