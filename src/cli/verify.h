/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the parts of `klaster verify` share: what is said of one file. */
#ifndef KLASTER_CLI_VERIFY_H
#define KLASTER_CLI_VERIFY_H

#include "cli/cli.h"

/* X(ENUMERATOR, word, exit code) */
#define KL_VERDICT_LIST(X)                      \
    X(SOUND, "sound", KL_EXIT_OK)               \
    X(INCOMPLETE, "incomplete", KL_EXIT_FAILED) \
    X(DAMAGED, "damaged", KL_EXIT_FAILED)       \
    X(UNREADABLE, "unreadable", KL_EXIT_IO)

typedef enum kl_verdict {
#define KL_VERDICT_ENUMERATOR(name, word, code) KL_VERDICT_##name,
    KL_VERDICT_LIST(KL_VERDICT_ENUMERATOR)
#undef KL_VERDICT_ENUMERATOR
} kl_verdict;

#define KL_PROBLEMS_SHOWN 20

typedef struct kl_report {
    const char *path;
    kl_verdict verdict;
    bool is_journal;
    kl_verified_journal journal;
    kl_verified verified;
    int64_t n_runs; /* that a complete file has */
    char engine_version[64];
    int64_t n_replayed, n_replayed_other; /* runs played again, and those that differ */
    int n_problems;
    char *problem[KL_PROBLEMS_SHOWN]; /* the first ones; owned */
    bool no_memory;
} kl_report;

/* Keep a problem; the data is the report. */
void kl_report_problem(void *data, const char *sentence);

/* Play `n` runs spread over the file again (all, where it has fewer), and report those that are not the same. KL_ERR_MEMORY,
 * KL_ERR_READ, KL_ERR_FORMAT. */
KL_MUST_USE kl_status kl_verify_replay(const kl_cli *cli, const kl_result *result, int64_t n, kl_report *report);

#endif
