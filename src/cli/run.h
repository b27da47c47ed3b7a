/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `klaster run`: what its files share. */
#ifndef KLASTER_CLI_RUN_H
#define KLASTER_CLI_RUN_H

#include "cli/precision.h"

typedef struct kl_run_args {
    kl_words operand;
    const char *output;
    int force, resume, extend;
    kl_words set;
    int64_t seed, threads, runs, months;
    int quiet, json, dry_run;
    const char *shard;
    int64_t shard_number, n_shards; /* from 1, and 0 where none was asked for */
    int64_t checkpoint;             /* seconds; -1: the usual */
    kl_words precision;
    int64_t max_runs;
} kl_run_args;

/* A study, or a round of one, as it is played. */
typedef struct kl_session {
    const kl_cli *cli;
    const kl_run_args *args;
    const kl_study *study;
    const char *path;
    kl_rounds_played *rounds; /* NULL: no precision was asked for */
    bool goes_on;             /* from the runs in the file at `path` */
    bool is_first;            /* round */
    int64_t next_runs;        /* of the round after this one; 0: there is none */

    kl_plan plan;
    kl_store *store;
    kl_store_found found;
    const kl_input *firms; /* if it varies */
    int64_t played;        /* runs, in this session */
    double firm_months, seconds;
    int64_t done, by_status[KL_N_RUN_STATUS]; /* in the file, with what was there before */
} kl_session;

/* Play it and write the file. Returns an exit code. */
int kl_session_play(kl_session *session);

/* "results/<name>.h5", whatever the study's name holds. */
void kl_run_default_output(char *path, size_t size, const char *name);

/* What is at `path`, and may the session write there? Sets goes_on. *is_done: it holds all that is asked for. */
int kl_session_meet(kl_session *session, bool *is_done);

/* "3/10" -> 3 of 10. */
int kl_run_read_shard(const kl_cli *cli, kl_run_args *args);

/* Say what was found before playing, and how it ended. The last returns the exit code. */
void kl_session_say_found(const kl_session *session);
int kl_session_print(const kl_session *session);
int kl_session_end(const kl_session *session, kl_status engine);

#endif
