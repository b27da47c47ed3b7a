/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `klaster run`: what its files share. */
#ifndef KLASTER_CLI_RUN_H
#define KLASTER_CLI_RUN_H

#include "cli/live.h"
#include "cli/precision.h"
#include "cli/progress.h"
#include "ranks/ranks.h"

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
    kl_ranks *ranks; /* this process, and the others that play the study with it; never NULL */
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

    const char *command; /* for the provenance */
    kl_plan plan;
    kl_store *store;
    kl_store_found found;
    const kl_input *firms; /* if it varies */
    int64_t played;        /* runs, in this session */
    double firm_months, seconds;
    int64_t done, by_status[KL_N_RUN_STATUS]; /* in the file, with what was there before */
    kl_progress progress;                     /* where there is no live view */
    kl_live live;
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

/* For --json: the plan, where no more was asked for, and what a file holds that was complete already. */
int kl_session_print_plan(const kl_session *session);
int kl_session_print_done(kl_session *session);

/* ---- several processes; "together" as in ranks.h ---- */

/* Together: the worst exit code of all. */
int kl_run_agree(const kl_cli *cli, const kl_run_args *args, int code);

/* Together: rank 0's bytes for all. KL_EXIT_OK, or what is wrong has been said. */
int kl_run_share(const kl_cli *cli, const kl_run_args *args, void *bytes, size_t size);

/* Together: have all read the same study, with the same program? */
int kl_run_same_study(const kl_cli *cli, const kl_run_args *args, const kl_study *study);

/* More for a sentence that says that another process is writing the file: "", or that this one was started with others by
 * something that expected MPI. */
const char *kl_run_company(const kl_run_args *args);

/* Together: after rank 0 has opened its store, or not, with `code`: open the others' stores, and share out what is to be
 * played. */
int kl_session_open_others(kl_session *session, int code, int (*open)(kl_session *session, const uint8_t *done));

/* Together: what was played by all. */
int kl_session_add_up(kl_session *session);

/* Fits kl_progress_fn with a session as data; counts for all ranks. */
void kl_session_progress(void *session, int64_t runs_done, int64_t n_runs, double seconds);

#endif
