/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Result files: HDF5 that is also valid netCDF-4. docs/file-format.md is the specification. */
#ifndef KLASTER_STORE_H
#define KLASTER_STORE_H

#include "klaster/analysis.h"
#include "klaster/table.h"

#ifdef __cplusplus
extern "C" {
#endif

#define KL_FORMAT_VERSION 1

/* Sentences of what went wrong, for people; `text` is always terminated. */
typedef struct kl_reason {
    char text[512];
} kl_reason;

/* ---- writing ---- */

typedef struct kl_store kl_store;

#define KL_CHECKPOINT_SECONDS 1.0

typedef struct kl_store_options {
    int overwrite;       /* replace an existing file (else KL_ERR_EXISTS, before anything is computed) */
    int discard;         /* drop the journals of an earlier run, instead of going on from them */
    const char *command; /* the command line, for the provenance; may be NULL */
    double checkpoint;   /* seconds between commits to the journal; 0: after every block */
    int n_sources;       /* result files that hold runs of this study, none of them twice; the target may be one */
    const char *const *source;
    int shard, n_shards; /* play every n_shards-th block only, from number `shard` (from 0); n_shards 0 or 1: all */
    /* Ranks: processes that play a study together. Rank 0 writes the file; the others write journals beside it, open
     * their stores after rank 0, with what its kl_store_done says, and finish them before it does. */
    int rank, n_ranks;
    const uint8_t *done;
} kl_store_options;

/* Take up the writing of `path`. Blocks are gathered and committed together: to the journal `path`.journal and then into
 * `path`.part beside the target. What a killed run has committed is found in the journal, and the runs of the sources are taken
 * over: only what is left is to be played. `study` must outlive the store; the plan is copied; `options` may be NULL.
 * A symbolic link is followed. On an error *store is NULL and `reason` (may be NULL) says more:
 * KL_ERR_EXISTS  the target exists and overwrite is 0; another process is writing it; a journal is of another study; a source
 *                is of another study or engine, or holds runs that another one holds too;
 * KL_ERR_WRITE   the target is no regular file, its directory cannot be written to, the disk is full;
 * KL_ERR_ARGUMENT  the plan is not one of this study; KL_ERR_MEMORY; and what kl_result_open returns for the sources. */
KL_MUST_USE kl_status kl_store_new(kl_store **store, const char *path, const kl_study *study, const kl_plan *plan,
                                   const kl_store_options *options, kl_reason *reason);

/* Is there a journal beside a target: work that was not finished, or one that outlived its file? 0 where that cannot be seen. */
int kl_store_has_journal(const char *path);

/* What was found when the store was opened. */
typedef struct kl_store_found {
    int64_t runs_given;   /* in the sources */
    int64_t runs_journal; /* in the journals */
    int64_t runs_todo;    /* to be played, by this shard */
} kl_store_found;
kl_store_found kl_store_recovered(const kl_store *store);

/* One byte a block: 0 where it is still to be played. */
const uint8_t *kl_store_done(const kl_store *store);

/* The block at a position of the list of those to be played; -1 beyond its end. */
int64_t kl_store_todo(const kl_store *store, int64_t position);

/* The functions that the engine wants (engine.h), with the store as data. The sink takes blocks in any order, packed or not:
 * KL_ERR_WRITE; KL_ERR_ARGUMENT for a block that is none of the plan's or came before. After an error the store takes nothing
 * more and cannot be finished; what was committed is in the journal. */
kl_status kl_store_recall(void *store, const kl_block *block, uint8_t *given, int8_t *status, double *outcome);
kl_status kl_store_pack(void *store, const kl_block *block);
kl_status kl_store_sink(void *store, const kl_block *block);

/* Add a text to the provenance: an attribute of /provenance. At most 8, before kl_store_finish; the texts are copied.
 * KL_ERR_ARGUMENT, KL_ERR_MEMORY. */
KL_MUST_USE kl_status kl_store_note(kl_store *store, const char *name, const char *text);

/* Commit the rest, write the fans and the marks, close, read back, fsync, rename to the target, fsync the directory, remove
 * the journals. `seconds` is for the provenance.
 * The file is marked complete when every run is there, else it is marked incomplete, and runs that are missing have the
 * status fill value. On an error the target is untouched, and what was committed is in the journal. */
KL_MUST_USE kl_status kl_store_finish(kl_store *store, double seconds, kl_reason *reason);

/* Commit the rest now, rather than in kl_store_finish. Rank 0 calls it when the others have finished their stores. */
KL_MUST_USE kl_status kl_store_settle(kl_store *store);

/* One arm's outcome of all that is written, as kl_result_outcome will read it from the file. KL_ERR_READ, KL_ERR_ARGUMENT. */
KL_MUST_USE kl_status kl_store_outcome(kl_store *store, int arm, kl_outcome_id outcome, double *value);

/* Runs that are written, by status; after kl_store_finish all. */
void kl_store_count(const kl_store *store, int64_t by_status[KL_N_RUN_STATUS]);

/* What the last failed kl_store_sink or kl_store_recall had to say; "" where none failed. */
const char *kl_store_reason(const kl_store *store);

/* Close, and remove the .part file if it was not finished; the journal stays. NULL is legal. */
void kl_store_free(kl_store *store);

/* ---- reading ---- */

typedef struct kl_result {
    kl_study study; /* as parsed from the file's resolved text */
    int complete;   /* 1 where every run is there */
    int64_t n_done; /* runs (arms x worlds) that are there */
    int fans_exact;
    char engine_version[64];
    char command[512], created[64], host[128], compiler[128];
    double seconds;
    char precision_asked[512], precision_reached[512]; /* as for --precision; "" where none was asked for */
    char shard[32];                                    /* "3/10"; "" where it is no shard */
    void *handle;                                      /* the open file */
} kl_result;

/* KL_ERR_NOT_FOUND, KL_ERR_FORMAT, KL_ERR_READ, KL_ERR_MEMORY, with a reason. */
KL_MUST_USE kl_status kl_result_open(kl_result *result, const char *path, kl_reason *reason);
void kl_result_close(kl_result *result);

/* One arm's outcome, all worlds: value[point * n_replicates + replicate], NaN where undefined (also a month that was never
 * reached) or missing. Shares and ratios are stored as float32. KL_ERR_NOT_FOUND where a file of another engine version lacks
 * the outcome or series; KL_ERR_READ where the numbers do not have their checksum; KL_ERR_ARGUMENT. */
KL_MUST_USE kl_status kl_result_outcome(const kl_result *result, int arm, kl_outcome_id outcome, double *value);
/* KL_RUN_MISSING where the run was not made. KL_ERR_FORMAT for a number that is no status. */
KL_MUST_USE kl_status kl_result_status(const kl_result *result, int arm, int8_t *status);
/* One arm's fan of a series: value[month * n_quantiles + quantile], and mean[month]; either may be NULL. */
KL_MUST_USE kl_status kl_result_fan(const kl_result *result, int arm, kl_series_id series, double *value, double *mean);

/* ---- analyses ---- */

/* A table as it was kept, and by whom. */
typedef struct kl_saved_table {
    kl_table table;
    char *command, *engine_version; /* "" where not said */
} kl_saved_table;

/* Keep n tables in a finished result file, each as the group /analysis/<name>, in place of an earlier one of that name;
 * nothing else in the file changes. The file is copied to `path`.part, and the copy takes its place when it was written,
 * read back and brought to disk: whoever has the file open keeps reading the old one. `command` is for the provenance,
 * may be NULL. On an error the file is untouched, and `reason` (may be NULL) says more:
 * KL_ERR_NOT_FOUND, KL_ERR_READ, KL_ERR_FORMAT  there is no such result;
 * KL_ERR_EXISTS  another process is writing it;
 * KL_ERR_ARGUMENT  a name is not [a-z0-9_]+ or stands twice, or a column is called "row";
 * KL_ERR_WRITE, KL_ERR_MEMORY. */
KL_MUST_USE kl_status kl_result_save_tables(const char *path, int n, const kl_table *table, const char *command,
                                            kl_reason *reason);

/* All tables that were kept, by name; the caller frees them. *n is 0 where there are none. KL_ERR_FORMAT for something
 * under /analysis that is no table; KL_ERR_READ, KL_ERR_MEMORY. On an error *n is 0 and *table NULL. */
KL_MUST_USE kl_status kl_result_tables(const kl_result *result, int *n, kl_saved_table **table, kl_reason *reason);
void kl_saved_tables_free(int n, kl_saved_table *table);

#ifdef __cplusplus
}
#endif
#endif
