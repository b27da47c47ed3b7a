/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The tables of `klaster synergy`, for it and for the report: who carries the synergy of an arm, and who its stakeholders are. */
#ifndef KLASTER_CLI_SYNERGY_H
#define KLASTER_CLI_SYNERGY_H

#include "cli/cli.h"
#include "klaster/synergy.h"

typedef struct kl_synergy_counts {
    int64_t n_worlds, n_failed; /* played; left out of tables, since some of their runs failed */
} kl_synergy_counts;

/* Play every world of the study with an arm's sets of channels and without each of its stages; the tables that come of it.
 * n_threads 0: as many as the process may use. `quiet`: say nothing but errors. Returns an exit code; free all tables in any
 * case. */
int kl_synergy_make(const kl_cli *cli, const kl_study *study, int arm, int n_threads, bool quiet,
                    kl_table table[KL_N_SYNERGY_TABLES], kl_synergy_counts *counts);

/* The map of influence and interest in one world, which the study must have. Likewise. */
int kl_stakeholders_make(const kl_cli *cli, const kl_study *study, int arm, int point, int replicate, kl_table *table);

#endif
