/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The store from within. A block on its way: packed by its thread, gathered in the batch, committed with it to the journal,
 * written into the `.part`, published. Three files share this struct: store.c opens and finishes, intake.c takes blocks,
 * recover.c takes what was there before. */
#ifndef KL_STORE_WRITER_H
#define KL_STORE_WRITER_H

#include "store/compose.h"
#include "store/journal.h"
#include "store/source.h"

#define KL_NOTES_MAX 8
#define KL_PACKERS_MAX 4096 /* threads */

/* What became of a block. */
typedef enum kl_fate { KL_FATE_OPEN, KL_FATE_BATCHED, KL_FATE_WRITTEN } kl_fate;

/* One thread's. */
typedef struct kl_slot {
    kl_packer packer;
    kl_buffer packed, inputs;
    int64_t index; /* of the block that is packed; -1: none */
} kl_slot;
void kl_slot_free(kl_slot *slot);

struct kl_store {
    const kl_study *study;
    kl_plan plan;
    int is_rank; /* a rank above 0: writes a journal and no file */
    int n_ranks, shard, n_shards;
    double checkpoint;
    char *command;
    int n_notes;
    char *note_name[KL_NOTES_MAX], *note_text[KL_NOTES_MAX];

    kl_target target; /* of a rank above 0 only the names */
    kl_composer composer;
    kl_sources sources;
    kl_fans *fans; /* of all that is written; NULL in a rank above 0 */

    kl_slot **slot;         /* [KL_PACKERS_MAX]; NULL where a thread has not packed yet */
    kl_buffer batch_inputs; /* of its blocks; the journal does without: they can be drawn again */
    kl_buffer batch;        /* a frame in the making: u64 size of the blocks, blocks; when it is committed, its fans */
    kl_fans *batch_fans;
    int64_t batch_blocks;
    int64_t opened_at, committed_at, pause; /* nanoseconds; no commit before `pause` after the last */

    uint8_t identity[KL_JOURNAL_IDENTITY];
    char *journal_path;
    kl_journal journal;
    int journal_is_open;

    uint8_t *fate; /* [block] kl_fate */
    int64_t *todo; /* blocks that were open at the start, of this shard */
    int64_t n_todo;
    kl_store_found found;
    int64_t runs_done, by_status[KL_N_RUN_STATUS]; /* of what is written */

    kl_status failed; /* what the first failure was; nothing is taken after it */
    kl_reason reason;
};

/* The first half of a journal's identity: what is played, by which engine, and how it is cut into blocks. */
void kl_store_identify(uint8_t identity[16], const kl_study *study, int64_t block_points, int64_t block_replicates);

/* Commit the batch; with `durable` to the journal first. */
KL_MUST_USE kl_status kl_store_commit(kl_store *store, int durable);

/* Write the blocks of a frame, unless they are written already. KL_ERR_FORMAT where it is none of this plan. */
KL_MUST_USE kl_status kl_store_take_frame(kl_store *store, const uint8_t *bytes, size_t size);

/* Write a packed block. */
KL_MUST_USE kl_status kl_store_write(kl_store *store, const kl_packed *packed);

/* What was there before: whole blocks of the sources, then the journals. Reasons stand in store->reason. */
KL_MUST_USE kl_status kl_store_recover(kl_store *store, int n_sources, const char *const *source);

/* What other ranks have committed meanwhile; and what is given of blocks that were not played. */
KL_MUST_USE kl_status kl_store_recover_ranks(kl_store *store);
KL_MUST_USE kl_status kl_store_recover_parts(kl_store *store);

/* Remove all journals of the target. */
KL_MUST_USE kl_status kl_store_drop_journals(kl_store *store);

#endif
