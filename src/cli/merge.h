/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the parts of `klaster merge` share: the files that are to become one. */
#ifndef KLASTER_CLI_MERGE_H
#define KLASTER_CLI_MERGE_H

#include "cli/cli.h"

typedef struct kl_merge {
    const kl_cli *cli;
    int n;
    const char *const *path; /* [n] */
    kl_result *result;       /* [n], open */
    int whole;               /* the file whose study holds those of all */
    kl_plan plan;            /* of that study */
    int64_t n_there;         /* runs, counted file by file */
} kl_merge;

/* Find `whole`. Says what does not belong together, and why; returns an exit code. */
int kl_merge_match(kl_merge *merge);

/* Say which runs are in none of the files: shards where the files are shards, and points. Returns an exit code, KL_EXIT_OK where
 * it was said. */
int kl_merge_say_missing(const kl_merge *merge);

#endif
