/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Taking blocks. Threads pack at the same time; everything else is one thread's at a time.
 *
 * A commit costs a flush to disk and a pass over the fans, so blocks are committed together, every `checkpoint` seconds: a
 * frame holds packed blocks and what they add to the fans, both or neither. Where commits are slow they are made less often,
 * so that they take a tenth of the time at most. */
#include "engine/machine.h"
#include "store/writer.h"

#define BATCH_BYTES_MAX ((size_t)1 << 25)
#define PAUSE_PER_COMMIT 9
#define FRAME_HEAD 8

static kl_status fail(kl_store *store, kl_status status, const char *what)
{
    return kl_reason_set(&store->reason, status, "%s: %s", what, kl_status_text(status));
}

/* ---- packing ---- */

void kl_slot_free(kl_slot *slot)
{
    if (!slot)
        return;
    kl_packer_free(&slot->packer);
    kl_buffer_free(&slot->packed);
    kl_buffer_free(&slot->inputs);
    free(slot);
}

static kl_status make_slot(kl_store *store, int thread)
{
    kl_shape shape = kl_shape_of_plan(store->study, &store->plan);
    kl_slot *made = calloc(1, sizeof *made);
    kl_status status = made ? kl_packer_init(&made->packer, &shape) : KL_ERR_MEMORY;
    if (status == KL_OK)
        store->slot[thread] = made;
    else
        kl_slot_free(made);
    return status;
}

static kl_status pack(kl_store *store, const kl_block *block)
{
    if (block->thread < 0 || block->thread >= KL_PACKERS_MAX)
        return KL_ERR_ARGUMENT;
    kl_status status = store->slot[block->thread] ? KL_OK : make_slot(store, block->thread);
    if (status != KL_OK)
        return status;
    kl_slot *slot = store->slot[block->thread];
    slot->packed.size = slot->inputs.size = 0;
    slot->index = -1;
    if (!store->is_rank)
        status = kl_inputs_pack(&store->composer.inputs, block, &slot->packer.writer, &slot->inputs);
    if (status == KL_OK)
        status = kl_packed_add_block(&slot->packed, &slot->packer, block);
    if (status == KL_OK)
        slot->index = block->index;
    return status;
}

kl_status kl_store_pack(void *data, const kl_block *block)
{
    return pack(data, block);
}

/* ---- taking ---- */

static int is_block_of_plan(const kl_store *store, const kl_block *block)
{
    if (block->index < 0 || block->index >= store->plan.n_blocks || store->fate[block->index] != KL_FATE_OPEN)
        return 0;
    kl_block wanted = kl_plan_block(&store->plan, block->index);
    return block->point0 == wanted.point0 && block->n_points == wanted.n_points &&
           block->replicate0 == wanted.replicate0 && block->n_replicates == wanted.n_replicates &&
           block->n_runs == wanted.n_runs && block->n_arms == wanted.n_arms && block->horizon == wanted.horizon &&
           block->thread >= 0 && block->thread < KL_PACKERS_MAX;
}

static int is_packed(const kl_store *store, const kl_block *block)
{
    const kl_slot *slot = store->slot[block->thread];
    return slot && slot->index == block->index;
}

static kl_status add_to_batch(kl_store *store, const kl_block *block)
{
    static const uint8_t head[FRAME_HEAD] = {0};
    kl_status status = is_packed(store, block) ? KL_OK : pack(store, block); /* by callers without kl_store_pack */
    if (status != KL_OK)
        return fail(store, status, "cannot take a block");
    kl_slot *slot = store->slot[block->thread];
    slot->index = -1;
    if (store->batch.size == 0)
        status = kl_buffer_add(&store->batch, head, sizeof head);
    if (status == KL_OK)
        status = kl_buffer_add(&store->batch, slot->packed.data, slot->packed.size);
    if (status == KL_OK)
        status = kl_buffer_add(&store->batch_inputs, slot->inputs.data, slot->inputs.size);
    if (status == KL_OK)
        status = kl_fans_add(store->batch_fans, block);
    if (status != KL_OK)
        return fail(store, status, "cannot take a block");
    store->fate[block->index] = KL_FATE_BATCHED;
    store->batch_blocks++;
    return KL_OK;
}

static int commit_is_due(const kl_store *store)
{
    int64_t since = kl_machine_clock() - store->committed_at;
    return store->batch.size >= BATCH_BYTES_MAX || store->checkpoint <= 0 || since >= store->pause;
}

kl_status kl_store_sink(void *data, const kl_block *block)
{
    kl_store *store = data;
    kl_h5_quiet quiet;
    if (store->failed != KL_OK)
        return store->failed;
    if (!is_block_of_plan(store, block)) {
        store->failed = kl_reason_set(&store->reason, KL_ERR_ARGUMENT, "a block is none of the plan's, or came before");
        return store->failed;
    }
    kl_h5_quiet_begin(&quiet);
    store->failed = add_to_batch(store, block);
    if (store->failed == KL_OK && commit_is_due(store))
        store->failed = kl_store_commit(store, 1);
    kl_h5_quiet_end(&quiet);
    return store->failed;
}

/* ---- committing ---- */

/* The batch, and behind it its fans, to the journal. */
static kl_status append(kl_store *store)
{
    kl_buffer fans = {NULL, 0, 0};
    kl_status packed = kl_fans_pack(store->batch_fans, &fans.data, &fans.size, &fans.capacity);
    if (packed == KL_OK)
        packed = kl_buffer_add(&store->batch, fans.data, fans.size);
    kl_buffer_free(&fans);
    if (packed != KL_OK)
        return fail(store, packed, "cannot commit");
    if (!store->journal_is_open) {
        kl_status status = kl_journal_open(&store->journal, store->journal_path, store->identity, &store->reason);
        if (status != KL_OK) {
            kl_journal_close(&store->journal);
            return status;
        }
        store->journal_is_open = 1;
    }
    return kl_journal_append(&store->journal, store->batch.data, store->batch.size, &store->reason);
}

kl_status kl_store_write(kl_store *store, const kl_packed *packed)
{
    if (!store->is_rank) {
        kl_status status = kl_composer_write(&store->composer, packed, &store->reason);
        if (status != KL_OK)
            return status;
    }
    store->fate[packed->index] = KL_FATE_WRITTEN;
    for (int s = 0; s < KL_N_RUN_STATUS; s++) {
        store->by_status[s] += packed->by_status[s];
        store->runs_done += packed->by_status[s];
    }
    return KL_OK;
}

static kl_status write_blocks(kl_store *store, const uint8_t *at, size_t left)
{
    kl_packed packed;
    kl_status status = KL_OK;
    for (; status == KL_OK && left > 0; at += packed.size, left -= packed.size) {
        status = kl_packed_read(&packed, &store->plan, at, left);
        if (status == KL_OK)
            status = kl_store_write(store, &packed);
    }
    return status;
}

kl_status kl_store_commit(kl_store *store, int durable)
{
    if (store->batch_blocks == 0)
        return KL_OK;
    int64_t begun = kl_machine_clock();
    size_t blocks = store->batch.size - FRAME_HEAD;
    kl_bytes_put(store->batch.data, FRAME_HEAD, blocks);
    kl_status status = durable ? append(store) : KL_OK;
    if (status == KL_OK)
        status = write_blocks(store, store->batch.data + FRAME_HEAD, blocks);
    if (status == KL_OK && !store->is_rank && kl_fans_take(store->fans, store->batch_fans) != KL_OK)
        status = fail(store, KL_ERR_ARGUMENT, "the monthly fans"); /* more runs than the plan has: came twice */
    if (status == KL_OK && kl_inputs_put(&store->composer.inputs, store->batch_inputs.data, store->batch_inputs.size))
        status = kl_h5_reason(&store->reason, KL_ERR_WRITE, "cannot write the inputs");
    kl_fans_clear(store->batch_fans);
    store->batch.size = store->batch_inputs.size = 0;
    store->batch_blocks = 0;
    store->committed_at = kl_machine_clock();
    int64_t slow = PAUSE_PER_COMMIT * (store->committed_at - begun);
    store->pause = (int64_t)(store->checkpoint * 1e9);
    if (store->pause < slow)
        store->pause = slow;
    return status;
}

/* ---- frames ---- */

/* Is every byte in its place? *n_written: how many of its blocks are written already. */
static kl_status check_frame(const kl_store *store, const uint8_t *bytes, size_t size, int64_t *n, int64_t *n_written)
{
    kl_packed packed;
    *n = *n_written = 0;
    if (size < FRAME_HEAD || kl_bytes_get(bytes, FRAME_HEAD) > size - FRAME_HEAD)
        return KL_ERR_FORMAT;
    size_t left = (size_t)kl_bytes_get(bytes, FRAME_HEAD);
    for (const uint8_t *at = bytes + FRAME_HEAD; left > 0; at += packed.size, left -= packed.size) {
        kl_status status = kl_packed_read(&packed, &store->plan, at, left);
        if (status != KL_OK)
            return status;
        ++*n;
        *n_written += store->fate[packed.index] == KL_FATE_WRITTEN;
    }
    return KL_OK;
}

kl_status kl_store_take_frame(kl_store *store, const uint8_t *bytes, size_t size)
{
    int64_t n, n_written;
    kl_status status = check_frame(store, bytes, size, &n, &n_written);
    if (status != KL_OK)
        return fail(store, status, "a frame of the journal");
    /* Two processes that could not see each other's locks may have played the same blocks. What they added to the fans cannot
     * be told apart, so the whole frame is left out; what is then missing is played again. */
    if (n_written > 0)
        return KL_OK;
    size_t blocks = (size_t)kl_bytes_get(bytes, FRAME_HEAD);
    status = write_blocks(store, bytes + FRAME_HEAD, blocks);
    if (status != KL_OK)
        return status;
    if (store->is_rank)
        return KL_OK;
    status = kl_fans_add_packed(store->fans, bytes + FRAME_HEAD + blocks, size - FRAME_HEAD - blocks);
    return status == KL_OK ? KL_OK : fail(store, status, "the monthly fans of a frame");
}
