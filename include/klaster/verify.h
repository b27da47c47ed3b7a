/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Result files held against what they promise, and against each other. Reads every number; memory does not grow with the
 * worlds. docs/command-line.md says what the commands verify and diff make of it. */
#ifndef KLASTER_VERIFY_H
#define KLASTER_VERIFY_H

#include "klaster/store.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- one file ---- */

/* What was read, and how much was wrong. */
typedef struct kl_verified {
    int64_t n_datasets, n_bytes; /* read, uncompressed */
    int64_t n_runs;              /* arms x worlds that are there */
    int has_checkpoint;          /* the fans could be computed again, and were */
    int n_problems;
} kl_verified;

/* Told for every problem: a sentence without the file's name. */
typedef void (*kl_problem_fn)(void *data, const char *sentence);

/* Beyond what kl_result_open has looked at: every dataset has its checksums and can be read; every chunk of a run that is
 * there is there; the statuses are as many as `runs_done` says; no run that failed or is missing has an outcome; fans rise, hold
 * no more worlds than there are, and are those of /checkpoint; inputs are what the study draws (at up to 4,096 points; files of
 * this engine version only); the attributes repeat the study, and those of datasets what klaster writes; datasets have their dimensions. A problem is told and is no error.
 * KL_ERR_MEMORY; KL_ERR_ARGUMENT where the file is not open. */
KL_MUST_USE kl_status kl_result_verify(const kl_result *result, kl_verified *verified, kl_problem_fn tell, void *data);

/* One run as it is stored: its status, KL_RUN_MISSING where it was not made, and its outcomes, NaN where undefined.
 * KL_ERR_ARGUMENT for a run that the study has not; KL_ERR_NOT_FOUND where a file of another engine version lacks an outcome;
 * KL_ERR_FORMAT, KL_ERR_READ; each with a reason. */
KL_MUST_USE kl_status kl_result_run(const kl_result *result, int arm, int point, int replicate, int8_t *status,
                                    double outcome[KL_N_OUTCOMES], kl_reason *reason);

/* A journal, as a run that was killed leaves it beside its result. */
typedef struct kl_verified_journal {
    int64_t n_frames;        /* commits that are whole */
    int64_t n_damaged;       /* places with damage between them */
    int64_t n_bytes, n_torn; /* of the file; behind the last whole frame, where a kill may have cut one off */
} kl_verified_journal;

/* KL_ERR_NOT_FOUND, KL_ERR_READ; KL_ERR_FORMAT where it is no journal, or one of a newer version; KL_ERR_MEMORY. */
KL_MUST_USE kl_status kl_journal_verify(const char *path, kl_verified_journal *found, kl_reason *reason);

/* ---- two files ---- */

/* A quantity in both, over all the runs that both have; of a fan over arms and months. */
typedef struct kl_diff_row {
    char name[112];
    int64_t n, n_different; /* numbers, and those that are not the same bits; undefined is the same as undefined */
    int64_t n_undefined;    /* of the different: defined in one only */
    double largest;         /* largest |first - second| where both are defined; 0 where nothing differs so */
    int n_at, at[3];        /* where the first one is that differs: arm, point, replicate; or arm, month, quantile */
    double first, second;   /* what stands there */
} kl_diff_row;

typedef struct kl_diff {
    int n_arms, n_points, n_replicates;  /* that both have */
    int64_t n_runs;                      /* that are there in both */
    int64_t n_first_only, n_second_only; /* runs of these that only one has */
    int has_fans;                        /* they are of the same runs, so they were compared, too */
    int n_different;                     /* rows that differ */
    int n_rows;
    kl_diff_row *row; /* status, outcomes, fans */
    int n_missing;    /* outcomes and series that a file of another engine version lacks */
} kl_diff;

/* Compare the runs that both files have, by the names of arms and the numbers of points and replicates. Whether these are the
 * same runs, kl_study_differences tells. KL_ERR_READ with a reason; KL_ERR_MEMORY; KL_ERR_ARGUMENT where one is not open.
 * kl_diff_free is legal in any case. */
KL_MUST_USE kl_status kl_results_diff(kl_diff *diff, const kl_result *first, const kl_result *second,
                                      kl_reason *reason);
void kl_diff_free(kl_diff *diff);

#ifdef __cplusplus
}
#endif
#endif
