/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What was there before: runs in result files, blocks in journals. Both are written into the new file before anything is
 * played, so that from then on it makes no difference where a block came from. */
#include "store/writer.h"

/* ---- sources ---- */

static kl_status write_given(kl_store *store, const kl_block *block)
{
    kl_buffer packed = {NULL, 0, 0};
    kl_packed read;
    kl_status status = kl_sources_pack(&store->sources, block, &store->composer.packer, &packed, &store->reason);
    if (status == KL_OK)
        status = kl_packed_read(&read, &store->plan, packed.data, packed.size);
    if (status == KL_OK)
        status = kl_store_write(store, &read);
    kl_buffer_free(&packed);
    return status;
}

/* A block that is given whole is written, or, in a rank that writes no file, only known. */
static kl_status take_whole_blocks(kl_store *store)
{
    kl_status status = KL_OK;
    for (int64_t b = 0; status == KL_OK && b < store->plan.n_blocks; b++) {
        kl_block block = kl_plan_block(&store->plan, b);
        if (kl_sources_count(&store->sources, &block) < (int64_t)block.n_runs * block.n_arms)
            continue;
        if (store->is_rank)
            store->fate[b] = KL_FATE_WRITTEN;
        else
            status = write_given(store, &block);
    }
    return status;
}

kl_status kl_store_recover_parts(kl_store *store)
{
    kl_status status = KL_OK;
    for (int64_t b = 0; store->sources.n > 0 && status == KL_OK && b < store->plan.n_blocks; b++) {
        kl_block block = kl_plan_block(&store->plan, b);
        if (store->fate[b] == KL_FATE_OPEN && kl_sources_count(&store->sources, &block) > 0)
            status = write_given(store, &block);
    }
    return status;
}

/* ---- journals ---- */

static kl_status take_frame(void *data, const uint8_t *bytes, size_t size)
{
    return kl_store_take_frame(data, bytes, size);
}

/* Are all blocks of a frame written already? A frame that says nothing counts as no. */
static kl_status expect_written(void *data, const uint8_t *bytes, size_t size)
{
    kl_store *store = data;
    kl_packed packed;
    size_t left = size < 8 ? 0 : (size_t)kl_bytes_get(bytes, 8);
    if (left == 0 || left > size - 8)
        return KL_ERR_EXISTS;
    for (const uint8_t *at = bytes + 8; left > 0; at += packed.size, left -= packed.size)
        if (kl_packed_read(&packed, &store->plan, at, left) != KL_OK || store->fate[packed.index] != KL_FATE_WRITTEN)
            return KL_ERR_EXISTS;
    return KL_OK;
}

static kl_status expect_nothing(void *data, const uint8_t *bytes, size_t size)
{
    (void)data, (void)bytes, (void)size;
    return KL_ERR_EXISTS;
}

/* Is a journal one of a source that is complete? Then all its blocks are in there: it was left over when the source was
 * published. */
static int is_of_complete_source(const kl_store *store, const uint8_t *identity)
{
    for (int i = 0; i < store->sources.n; i++) {
        const kl_source *source = &store->sources.source[i];
        uint8_t of_source[16];
        kl_store_identify(of_source, &source->result.study, (int64_t)source->chunk.chunk[KL_AXIS_POINT],
                          (int64_t)source->chunk.chunk[KL_AXIS_REPLICATE]);
        if (source->result.complete && memcmp(of_source, identity, sizeof of_source) == 0)
            return 1;
    }
    return 0;
}

/* The first half of an identity says what is played, the second what was given when it was begun. A journal that differs in
 * the second is left over from a file that was published and holds all its blocks (a kill between the two), or what it was
 * begun with is gone, and then its fans cannot be used. One without a frame is of no use to anybody. */
static kl_status read_journal(kl_store *store, const char *path)
{
    uint8_t identity[KL_JOURNAL_IDENTITY];
    kl_status status = kl_journal_identity(path, identity, &store->reason);
    if (status == KL_ERR_NOT_FOUND)
        return KL_OK;
    if (status != KL_OK)
        return status;
    if (memcmp(identity, store->identity, sizeof identity) == 0)
        return kl_journal_read(path, identity, take_frame, store, &store->reason);
    if (is_of_complete_source(store, identity))
        return kl_journal_remove(path, &store->reason);
    int is_other = memcmp(identity, store->identity, 16) != 0;
    status = kl_journal_read(path, identity, is_other ? expect_nothing : expect_written, store, &store->reason);
    if (status == KL_ERR_EXISTS && is_other)
        return kl_reason_set(&store->reason, KL_ERR_EXISTS,
                             "%.400s: holds unfinished work of another study or another version of klaster", path);
    if (status == KL_ERR_EXISTS)
        return kl_reason_set(&store->reason, KL_ERR_EXISTS,
                             "%.300s: was begun when %.100s held other runs than now, and cannot be gone on with", path,
                             store->target.path);
    return status == KL_OK ? kl_journal_remove(path, &store->reason) : status;
}

static kl_status read_journals(kl_store *store)
{
    int n = 0;
    char **path = NULL;
    kl_status status = kl_journal_find(store->target.path, &n, &path, &store->reason);
    for (int i = 0; status == KL_OK && i < n; i++)
        status = read_journal(store, path[i]);
    kl_journal_found_free(n, path);
    return status;
}

int kl_store_has_journal(const char *path)
{
    kl_target target;
    int n = 0;
    char **found = NULL;
    if (kl_target_name(&target, path, NULL) == KL_OK && kl_journal_find(target.path, &n, &found, NULL) == KL_OK)
        kl_journal_found_free(n, found);
    kl_target_free(&target);
    return n > 0;
}

kl_status kl_store_drop_journals(kl_store *store)
{
    int n = 0;
    char **path = NULL;
    kl_status status = kl_journal_find(store->target.path, &n, &path, &store->reason);
    for (int i = 0; status == KL_OK && i < n; i++)
        status = kl_journal_remove(path[i], &store->reason);
    kl_journal_found_free(n, path);
    return status;
}

kl_status kl_store_recover_ranks(kl_store *store)
{
    return store->n_ranks > 1 ? read_journals(store) : KL_OK;
}

/* ---- all of it ---- */

kl_status kl_store_recover(kl_store *store, int n_sources, const char *const *source)
{
    kl_status status = kl_sources_open(&store->sources, store->study, &store->plan, n_sources, source, &store->reason);
    if (status != KL_OK)
        return status;
    kl_sources_digest(&store->sources, store->identity + 16);
    store->found.runs_given = store->sources.n_given;
    if (!store->is_rank)
        status = kl_sources_add_fans(&store->sources, store->fans, &store->reason);
    if (status == KL_OK)
        status = take_whole_blocks(store);
    int64_t before = store->runs_done;
    if (status == KL_OK && !store->is_rank)
        status = read_journals(store);
    store->found.runs_journal = store->runs_done - before;
    return status;
}
