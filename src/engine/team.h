/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Threads that have no world of their own help those that have: they play spans of the firms of a large cluster. OpenMP's
 * nested regions begin threads anew each time, 1,500 times a run; these wait for the next job. Internal to src/engine. */
#ifndef KL_TEAM_H
#define KL_TEAM_H

#include "klaster/status.h"

#include <stdint.h>

typedef struct kl_team kl_team;

/* Teams of n_players, each with a player, for n_threads threads in all; NULL: no memory. */
kl_team *kl_teams_new(int n_players, int n_threads);
void kl_teams_free(kl_team *teams, int n_players);

/* The team of a player, 0 to n_players - 1; what kl_team_share is given. */
kl_team *kl_team_of(kl_team *teams, int player);

/* A kl_share_fn (klaster/run.h), called by the player: returns when all n tasks are done. */
void kl_team_share(void *team, void (*task)(void *data, int64_t k), void *data, int64_t n);

/* The player has no more to share. */
void kl_team_close(kl_team *team);

/* Help the first n_players teams until all of them are closed. */
void kl_teams_help(kl_team *teams, int n_players);

#endif
