/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Writing a result file: opening, what is to be played, finishing. How blocks are taken is in intake.c. */
#include <libdeflate.h>

#include "engine/machine.h"
#include "klaster/version.h"
#include "store/writer.h"

/* ---- opening ---- */

static char *copy_text(const char *text)
{
    char *copy = malloc(strlen(text) + 1);
    if (copy)
        strcpy(copy, text);
    return copy;
}

static kl_status allocate(kl_store *store, const kl_store_options *options)
{
    char suffix[48] = "";
    if (options->rank > 0)
        (void)snprintf(suffix, sizeof suffix, ".%d", options->rank);
    store->command = copy_text(options->command ? options->command : "");
    store->slot = calloc(KL_PACKERS_MAX, sizeof *store->slot);
    store->fate = calloc((size_t)store->plan.n_blocks, sizeof *store->fate);
    size_t size = strlen(store->target.path) + sizeof KL_JOURNAL_SUFFIX + sizeof suffix;
    store->journal_path = malloc(size);
    if (!store->command || !store->slot || !store->fate || !store->journal_path)
        return KL_ERR_MEMORY;
    (void)snprintf(store->journal_path, size, "%s%s%s", store->target.path, KL_JOURNAL_SUFFIX, suffix);
    kl_status status = kl_fans_new(&store->batch_fans, &store->plan);
    return status == KL_OK && !store->is_rank ? kl_fans_new(&store->fans, &store->plan) : status;
}

static int plan_is_of_study(const kl_plan *plan, const kl_study *study)
{
    return plan->n_arms == study->n_arms && plan->n_points == study->n_points &&
           plan->n_replicates == study->n_replicates && plan->horizon == study->horizon && plan->n_arms > 0 &&
           plan->n_points > 0 && plan->n_replicates > 0 && plan->horizon > 0 && plan->block_points > 0 &&
           plan->block_replicates > 0 && plan->n_blocks > 0 && study->n_quantiles > 0;
}

void kl_store_identify(uint8_t identity[16], const kl_study *study, int64_t block_points, int64_t block_replicates)
{
    char text[256];
    int n = snprintf(text, sizeof text, "%s %s %lld %lld %d %d %d", study->sha256, KL_VERSION, (long long)block_points,
                     (long long)block_replicates, KL_N_OUTCOMES, KL_N_SERIES, KL_FORMAT_VERSION);
    size_t size = n < (int)sizeof text ? (size_t)n : sizeof text - 1;
    memcpy(identity, study->sha256, 8); /* hexadecimal digits */
    kl_bytes_put(identity + 8, 4, libdeflate_crc32(0, text, size));
    kl_bytes_put(identity + 12, 4, libdeflate_adler32(1, text, size));
}

/* Blocks that are open, of this shard. */
static kl_status list_todo(kl_store *store, const uint8_t *done)
{
    store->todo = malloc((size_t)store->plan.n_blocks * sizeof *store->todo);
    if (!store->todo)
        return kl_reason_set(&store->reason, KL_ERR_MEMORY, "%s", kl_status_text(KL_ERR_MEMORY));
    for (int64_t b = 0; b < store->plan.n_blocks; b++) {
        if (done && done[b] != KL_FATE_OPEN)
            store->fate[b] = KL_FATE_WRITTEN;
        if (store->fate[b] != KL_FATE_OPEN || (store->n_shards > 1 && b % store->n_shards != store->shard))
            continue;
        kl_block block = kl_plan_block(&store->plan, b);
        store->todo[store->n_todo++] = b;
        store->found.runs_todo += (int64_t)block.n_runs * block.n_arms - kl_sources_count(&store->sources, &block);
    }
    return KL_OK;
}

static kl_status open_store(kl_store *store, const char *path, const kl_store_options *options)
{
    kl_reason *reason = &store->reason;
    kl_status status = store->is_rank
                           ? kl_target_name(&store->target, path, reason)
                           : kl_target_open(&store->target, path, options->overwrite || options->n_sources > 0, reason);
    if (status != KL_OK)
        return status;
    status = allocate(store, options);
    if (status != KL_OK)
        return kl_reason_set(reason, status, "%s", kl_status_text(status));
    if (options->discard && !store->is_rank)
        status = kl_store_drop_journals(store);
    if (status == KL_OK && !store->is_rank)
        status = kl_composer_open(&store->composer, store->study, &store->plan, &store->target, reason);
    if (status == KL_OK)
        status = kl_store_recover(store, options->n_sources, options->source);
    return status == KL_OK ? list_todo(store, options->done) : status;
}

static kl_store *make(const kl_study *study, const kl_plan *plan, const kl_store_options *options)
{
    kl_store *made = calloc(1, sizeof *made);
    if (!made)
        return NULL;
    made->study = study;
    made->plan = *plan;
    made->is_rank = options->rank > 0;
    made->n_ranks = options->n_ranks;
    made->shard = options->shard;
    made->n_shards = options->n_shards;
    made->checkpoint = options->checkpoint;
    made->opened_at = made->committed_at = kl_machine_clock();
    made->pause = (int64_t)(options->checkpoint * 1e9);
    made->target.fd = -1;
    made->journal.fd = -1;
    kl_composer_init(&made->composer);
    kl_store_identify(made->identity, study, plan->block_points, plan->block_replicates);
    return made;
}

kl_status kl_store_new(kl_store **store, const char *path, const kl_study *study, const kl_plan *plan,
                       const kl_store_options *options, kl_reason *reason)
{
    static const kl_store_options none = {.checkpoint = KL_CHECKPOINT_SECONDS};
    kl_h5_quiet quiet;
    *store = NULL;
    if (!options)
        options = &none;
    if (!plan_is_of_study(plan, study) || options->n_sources < 0 || options->shard < 0 || options->rank < 0 ||
        (options->n_shards > 1 && options->shard >= options->n_shards) || !(options->checkpoint >= 0) ||
        options->checkpoint > 1e6)
        return kl_reason_set(reason, KL_ERR_ARGUMENT, "the plan is not one of this study, or an option is wrong");
    kl_store *made = make(study, plan, options);
    if (!made)
        return kl_reason_set(reason, KL_ERR_MEMORY, "%s", kl_status_text(KL_ERR_MEMORY));
    kl_h5_quiet_begin(&quiet);
    kl_status status = open_store(made, path, options);
    kl_h5_quiet_end(&quiet);
    if (status == KL_OK) {
        *store = made;
        return KL_OK;
    }
    if (reason)
        *reason = made->reason;
    kl_store_free(made);
    return status;
}

/* ---- what is to be played ---- */

kl_store_found kl_store_recovered(const kl_store *store)
{
    return store->found;
}

const uint8_t *kl_store_done(const kl_store *store)
{
    return store->fate;
}

int64_t kl_store_todo(const kl_store *store, int64_t position)
{
    return position >= 0 && position < store->n_todo ? store->todo[position] : -1;
}

kl_status kl_store_recall(void *data, const kl_block *block, uint8_t *given, int8_t *status, double *outcome)
{
    kl_store *store = data;
    kl_h5_quiet quiet;
    if (store->sources.n == 0)
        return KL_OK;
    kl_h5_quiet_begin(&quiet);
    kl_status done = kl_sources_recall(&store->sources, block, given, status, outcome, &store->reason);
    kl_h5_quiet_end(&quiet);
    return done;
}

/* ---- finishing ---- */

const char *kl_store_reason(const kl_store *store)
{
    return store->reason.text;
}

void kl_store_count(const kl_store *store, int64_t by_status[KL_N_RUN_STATUS])
{
    memcpy(by_status, store->by_status, sizeof store->by_status);
}

kl_status kl_store_note(kl_store *store, const char *name, const char *text)
{
    if (store->n_notes == KL_NOTES_MAX)
        return KL_ERR_ARGUMENT;
    int i = store->n_notes;
    store->note_name[i] = copy_text(name);
    store->note_text[i] = copy_text(text);
    if (!store->note_name[i] || !store->note_text[i]) {
        free(store->note_name[i]);
        free(store->note_text[i]);
        return KL_ERR_MEMORY;
    }
    store->n_notes++;
    return KL_OK;
}

/* What was short enough to be played between two commits needs no journal. */
static int wants_journal(const kl_store *store)
{
    return store->is_rank || store->journal_is_open || kl_machine_clock() - store->opened_at >= store->pause;
}

static kl_status settle(kl_store *store)
{
    kl_status status = kl_store_commit(store, wants_journal(store));
    if (status == KL_OK && !store->is_rank)
        status = kl_store_recover_ranks(store);
    if (status == KL_OK && !store->is_rank)
        status = kl_store_recover_parts(store);
    return status;
}

kl_status kl_store_settle(kl_store *store)
{
    kl_h5_quiet quiet;
    if (store->failed != KL_OK)
        return store->failed;
    kl_h5_quiet_begin(&quiet);
    store->failed = settle(store);
    kl_h5_quiet_end(&quiet);
    return store->failed;
}

kl_status kl_store_outcome(kl_store *store, int arm, kl_outcome_id outcome, double *value)
{
    kl_h5_quiet quiet;
    if (store->is_rank || store->failed != KL_OK || arm < 0 || arm >= store->plan.n_arms || (int)outcome < 0 ||
        outcome >= KL_N_OUTCOMES)
        return KL_ERR_ARGUMENT;
    kl_h5_quiet_begin(&quiet);
    kl_status status = kl_composer_read(&store->composer, arm, outcome, value);
    kl_h5_quiet_end(&quiet);
    return status;
}

static kl_status finish(kl_store *store, double seconds)
{
    kl_status status = settle(store);
    if (status != KL_OK || store->is_rank)
        return status;
    int64_t n_runs = (int64_t)store->plan.n_arms * store->plan.n_points * store->plan.n_replicates;
    kl_ending ending = {.fans = store->fans,
                        .complete = store->runs_done == n_runs,
                        .runs_done = store->runs_done,
                        .command = store->command,
                        .seconds = seconds,
                        .n_notes = store->n_notes,
                        .note_name = (const char *const *)store->note_name,
                        .note_text = (const char *const *)store->note_text};
    kl_sources_close(&store->sources); /* the target may be one of them */
    status = kl_composer_finish(&store->composer, &ending, &store->reason);
    if (status == KL_OK && kl_store_drop_journals(store) != KL_OK)
        store->reason.text[0] = '\0'; /* the file is whole; the next run will see that the journal is left over */
    return status;
}

kl_status kl_store_finish(kl_store *store, double seconds, kl_reason *reason)
{
    kl_h5_quiet quiet;
    if (store->failed == KL_OK) {
        kl_h5_quiet_begin(&quiet);
        store->failed = finish(store, seconds);
        kl_h5_quiet_end(&quiet);
        if (store->failed == KL_OK) {
            store->failed = kl_reason_set(&store->reason, KL_ERR_ARGUMENT, "the file is finished");
            return KL_OK;
        }
    }
    if (reason)
        *reason = store->reason;
    return store->failed;
}

void kl_store_free(kl_store *store)
{
    kl_h5_quiet quiet;
    if (!store)
        return;
    kl_h5_quiet_begin(&quiet);
    kl_composer_free(&store->composer);
    kl_sources_close(&store->sources);
    kl_h5_quiet_end(&quiet);
    kl_target_free(&store->target);
    kl_journal_close(&store->journal);
    for (int i = 0; store->slot && i < KL_PACKERS_MAX; i++)
        kl_slot_free(store->slot[i]);
    for (int i = 0; i < store->n_notes; i++) {
        free(store->note_name[i]);
        free(store->note_text[i]);
    }
    kl_buffer_free(&store->batch);
    kl_buffer_free(&store->batch_inputs);
    kl_fans_free(store->batch_fans);
    kl_fans_free(store->fans);
    free(store->slot);
    free(store->journal_path);
    free(store->command);
    free(store->fate);
    free(store->todo);
    free(store);
}
