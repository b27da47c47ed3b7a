/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Writing a result file: open, take blocks, finish. The file is composed under another name and gets its own only when it
 * is whole, verified and on disk (target.c). Blocks may come in any order: each is whole chunks. */
#include <stdlib.h>
#include <string.h>

#include "store/driver.h"
#include "store/inputs.h"
#include "store/marks.h"
#include "store/target.h"

#define NOTES_MAX 8

/* A text for the provenance that the caller adds. */
typedef struct note {
    char *name, *text;
} note;

struct kl_store {
    const kl_study *study;
    kl_plan plan;
    char *command;
    int n_notes;
    note note[NOTES_MAX];
    kl_target target;
    kl_driver driver;
    kl_shape shape;
    hid_t file, status, outcome[KL_N_OUTCOMES], scale[KL_N_AXES];
    kl_inputs inputs;
    kl_chunk_writer writer;
    double *scratch; /* the statuses of a block and arm as numbers; fans */
    kl_fans *fans;
    uint8_t *block_is_done;
    int64_t n_blocks_done, runs_done;
    kl_status failed; /* what the first failure was; nothing is written after it */
    kl_reason reason;
};

/* The system's own words, if the driver heard any, else HDF5's. */
static kl_status write_error(const kl_store *store, kl_reason *reason, const char *what)
{
    if (store->driver.error == 0)
        return kl_h5_reason(reason, KL_ERR_WRITE, what);
    return kl_reason_set(reason, KL_ERR_WRITE, "%s: %s: %s", store->target.part, what, strerror(store->driver.error));
}

/* ---- opening ---- */

/* HDF5 lets its metadata cache grow with the number of chunks, up to 32 MiB on disk and several times that in memory. Memory is
 * not to grow with the runs, and half a MiB is as fast. */
static int limit_metadata(hid_t access)
{
    H5AC_cache_config_t config;
    config.version = H5AC__CURR_CACHE_CONFIG_VERSION;
    if (H5Pget_mdc_config(access, &config) < 0)
        return -1;
    config.set_initial_size = true;
    config.initial_size = config.min_size = config.max_size = 512 * 1024;
    config.incr_mode = H5C_incr__off;
    config.flash_incr_mode = H5C_flash_incr__off;
    config.decr_mode = H5C_decr__off;
    return H5Pset_mdc_config(access, &config) < 0 ? -1 : 0;
}

/* Chunks go straight to disk, so neither HDF5's chunk cache nor its sieve buffer has work; small allocations are gathered. */
static hid_t create_file(kl_driver *driver, const kl_target *target)
{
    hid_t file = -1;
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    hid_t create = H5Pcreate(H5P_FILE_CREATE);
    if (access < 0 || create < 0)
        goto out;
    if (kl_driver_use(driver, target->fd, access) < 0 || limit_metadata(access) < 0 ||
        H5Pset_libver_bounds(access, H5F_LIBVER_EARLIEST, H5F_LIBVER_V110) < 0 ||
        H5Pset_cache(access, 0, 127, 65536, 1.0) < 0 || H5Pset_meta_block_size(access, 65536) < 0 ||
        H5Pset_small_data_block_size(access, 65536) < 0)
        goto out;
    if (H5Pset_obj_track_times(create, false) < 0 ||
        H5Pset_link_creation_order(create, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED) < 0 ||
        H5Pset_attr_creation_order(create, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED) < 0)
        goto out;
    file = H5Fcreate(target->part, H5F_ACC_TRUNC, create, access);
out:
    (void)kl_h5_close(&create);
    (void)kl_h5_close(&access);
    return file;
}

static kl_status create_datasets(kl_store *store, kl_reason *reason)
{
    kl_variable variable = kl_variable_of_status();
    if (kl_marks_create(store->file, store->study) < 0 ||
        kl_scales_create(store->file, store->study, &store->shape, store->scale) < 0)
        return write_error(store, reason, "cannot write the study");
    store->status = kl_variable_create(store->file, &variable, &store->shape, store->scale);
    if (store->status < 0)
        return write_error(store, reason, "cannot create datasets");
    for (int o = 0; o < KL_N_OUTCOMES; o++) {
        variable = kl_variable_of_outcome((kl_outcome_id)o);
        store->outcome[o] = kl_variable_create(store->file, &variable, &store->shape, store->scale);
        if (store->outcome[o] < 0)
            return write_error(store, reason, "cannot create datasets");
    }
    return kl_inputs_create(&store->inputs, store->file, store->study, &store->shape, store->scale, reason);
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

static kl_status allocate(kl_store *store, const kl_store_options *options)
{
    size_t n_chunk = (size_t)(store->shape.chunk[KL_AXIS_POINT] * store->shape.chunk[KL_AXIS_REPLICATE]);
    size_t n_fan = (size_t)(store->shape.size[KL_AXIS_MONTH] * store->shape.size[KL_AXIS_QUANTILE]);
    const char *command = options && options->command ? options->command : "";
    store->command = malloc(strlen(command) + 1);
    store->scratch = malloc(larger(n_chunk, n_fan) * sizeof *store->scratch);
    store->block_is_done = calloc((size_t)store->plan.n_blocks, 1);
    if (!store->command || !store->scratch || !store->block_is_done)
        return KL_ERR_MEMORY;
    memcpy(store->command, command, strlen(command) + 1);
    kl_status status = kl_chunk_writer_init(&store->writer, n_chunk);
    return status == KL_OK ? kl_fans_new(&store->fans, &store->plan) : status;
}

static int plan_is_of_study(const kl_plan *plan, const kl_study *study)
{
    return plan->n_arms == study->n_arms && plan->n_points == study->n_points &&
           plan->n_replicates == study->n_replicates && plan->horizon == study->horizon && plan->n_arms > 0 &&
           plan->n_points > 0 && plan->n_replicates > 0 && plan->horizon > 0 && plan->block_points > 0 &&
           plan->block_replicates > 0 && plan->n_blocks > 0 && study->n_quantiles > 0;
}

static kl_status open_store(kl_store *store, const char *path, const kl_store_options *options, kl_reason *reason)
{
    kl_status status = kl_target_open(&store->target, path, options ? options->overwrite : 0, reason);
    if (status != KL_OK)
        return status;
    status = allocate(store, options);
    if (status != KL_OK)
        return kl_reason_set(reason, status, "%s", kl_status_text(status));
    store->file = create_file(&store->driver, &store->target);
    if (store->file < 0)
        return write_error(store, reason, "cannot create the result file");
    status = create_datasets(store, reason);
    if (status == KL_OK && store->driver.error != 0)
        status = write_error(store, reason, "cannot write the study");
    return status;
}

kl_status kl_store_new(kl_store **store, const char *path, const kl_study *study, const kl_plan *plan,
                       const kl_store_options *options, kl_reason *reason)
{
    kl_h5_quiet quiet;
    *store = NULL;
    if (!plan_is_of_study(plan, study))
        return kl_reason_set(reason, KL_ERR_ARGUMENT, "the plan is not one of this study");
    kl_store *made = calloc(1, sizeof *made);
    if (!made)
        return kl_reason_set(reason, KL_ERR_MEMORY, "%s", kl_status_text(KL_ERR_MEMORY));
    made->study = study;
    made->plan = *plan;
    made->shape = kl_shape_of_plan(study, plan);
    made->target.fd = -1;
    made->driver.id = -1;
    made->file = made->status = -1;
    for (int o = 0; o < KL_N_OUTCOMES; o++)
        made->outcome[o] = -1;
    for (int axis = 0; axis < KL_N_AXES; axis++)
        made->scale[axis] = -1;
    kl_h5_quiet_begin(&quiet);
    kl_status status = open_store(made, path, options, reason);
    kl_h5_quiet_end(&quiet);
    if (status == KL_OK)
        *store = made;
    else
        kl_store_free(made);
    return status;
}

/* ---- blocks ---- */

static int is_block_of_plan(const kl_store *store, const kl_block *block)
{
    if (block->index < 0 || block->index >= store->plan.n_blocks || store->block_is_done[block->index])
        return 0;
    kl_block wanted = kl_plan_block(&store->plan, block->index);
    return block->point0 == wanted.point0 && block->n_points == wanted.n_points &&
           block->replicate0 == wanted.replicate0 && block->n_replicates == wanted.n_replicates &&
           block->n_runs == wanted.n_runs && block->n_arms == wanted.n_arms && block->horizon == wanted.horizon;
}

static kl_status write_arm(kl_store *store, const kl_block *block, int arm)
{
    size_t n = (size_t)block->n_runs;
    kl_variable variable = kl_variable_of_status();
    kl_chunk chunk = {store->scratch,
                      (size_t)block->n_points,
                      (size_t)block->n_replicates,
                      (size_t)store->shape.chunk[KL_AXIS_POINT],
                      (size_t)store->shape.chunk[KL_AXIS_REPLICATE],
                      {(hsize_t)arm, (hsize_t)block->point0, (hsize_t)block->replicate0}};
    for (size_t r = 0; r < n; r++)
        store->scratch[r] = block->status[(size_t)arm * n + r];
    if (kl_chunk_write(&store->writer, store->status, &variable, &chunk) < 0)
        return write_error(store, &store->reason, "cannot write the statuses");
    for (size_t o = 0; o < KL_N_OUTCOMES; o++) {
        variable = kl_variable_of_outcome((kl_outcome_id)o);
        chunk.value = block->outcome + ((size_t)arm * KL_N_OUTCOMES + o) * n;
        if (kl_chunk_write(&store->writer, store->outcome[o], &variable, &chunk) < 0)
            return write_error(store, &store->reason, "cannot write the outcomes");
    }
    return KL_OK;
}

static kl_status write_block(kl_store *store, const kl_block *block)
{
    int slice = (int)((hsize_t)block->point0 / store->shape.chunk[KL_AXIS_POINT]);
    kl_status status = KL_OK;
    for (int arm = 0; status == KL_OK && arm < block->n_arms; arm++)
        status = write_arm(store, block, arm);
    if (status == KL_OK)
        status = kl_inputs_write(&store->inputs, &store->writer, slice, &store->reason);
    if (status == KL_OK && store->driver.error != 0)
        status = write_error(store, &store->reason, "cannot write a block");
    if (status != KL_OK)
        return status;
    status = kl_fans_add(store->fans, block);
    if (status != KL_OK)
        return kl_reason_set(&store->reason, status, "cannot add to the monthly fans: %s", kl_status_text(status));
    store->block_is_done[block->index] = 1;
    store->n_blocks_done++;
    store->runs_done += (int64_t)block->n_runs * block->n_arms;
    return KL_OK;
}

kl_status kl_store_sink(void *data, const kl_block *block)
{
    kl_store *store = data;
    kl_h5_quiet quiet;
    if (store->failed != KL_OK)
        return store->failed;
    if (!is_block_of_plan(store, block)) {
        store->failed =
            kl_reason_set(&store->reason, KL_ERR_ARGUMENT, "a block is none of the plan's, or was written before");
        return store->failed;
    }
    kl_h5_quiet_begin(&quiet);
    store->failed = write_block(store, block);
    kl_h5_quiet_end(&quiet);
    return store->failed;
}

const char *kl_store_reason(const kl_store *store)
{
    return store->reason.text;
}

/* ---- finishing ---- */

static int write_slab(hid_t dataset, hsize_t arm, int rank, const hsize_t *size, hid_t type, const void *value)
{
    hsize_t start[3] = {arm, 0, 0};
    hsize_t count[3] = {1, size[1], rank == 3 ? size[2] : 1};
    hid_t space = H5Dget_space(dataset);
    hid_t memory = H5Screate_simple(rank, count, NULL);
    int result = space >= 0 && memory >= 0 &&
                 H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, count, NULL) >= 0 &&
                 H5Dwrite(dataset, type, memory, space, H5P_DEFAULT, value) >= 0;
    (void)kl_h5_close(&memory);
    (void)kl_h5_close(&space);
    return result ? 0 : -1;
}

typedef enum fan_part { FAN_QUANTILES, FAN_MEAN, FAN_DEFINED } fan_part;

static void fill_fan(kl_store *store, fan_part part, int arm, kl_series_id series)
{
    const kl_study *study = store->study;
    double *to = store->scratch;
    for (int m = 0; m < study->horizon; m++) {
        if (part == FAN_MEAN)
            *to++ = kl_fans_mean(store->fans, arm, series, m);
        else if (part == FAN_DEFINED)
            *to++ = (double)kl_fans_defined(store->fans, arm, series, m); /* worlds: far below 2^53 */
        else
            for (int q = 0; q < study->n_quantiles; q++)
                *to++ = kl_fans_quantile(store->fans, arm, series, m, study->quantile[q]);
    }
}

static int write_fan(kl_store *store, fan_part part, kl_series_id series)
{
    kl_variable variable = part == FAN_QUANTILES ? kl_variable_of_quantiles(series)
                           : part == FAN_MEAN    ? kl_variable_of_mean(series)
                                                 : kl_variable_of_defined(series);
    hsize_t size[3] = {store->shape.size[KL_AXIS_ARM], store->shape.size[KL_AXIS_MONTH],
                       store->shape.size[KL_AXIS_QUANTILE]};
    hid_t dataset = kl_variable_create(store->file, &variable, &store->shape, store->scale);
    int result = dataset < 0 ? -1 : 0;
    for (int arm = 0; result == 0 && arm < store->study->n_arms; arm++) {
        fill_fan(store, part, arm, series);
        result = write_slab(dataset, (hsize_t)arm, variable.n_axes, size, H5T_NATIVE_DOUBLE, store->scratch);
    }
    if (kl_h5_close(&dataset) < 0)
        result = -1;
    return result;
}

static int write_fans(kl_store *store)
{
    for (int s = 0; s < KL_N_SERIES; s++)
        for (int part = FAN_QUANTILES; part <= FAN_DEFINED; part++)
            if (write_fan(store, (fan_part)part, (kl_series_id)s) < 0)
                return -1;
    return 0;
}

kl_status kl_store_note(kl_store *store, const char *name, const char *text)
{
    if (store->n_notes == NOTES_MAX)
        return KL_ERR_ARGUMENT;
    note *to = &store->note[store->n_notes++];
    to->name = malloc(strlen(name) + 1);
    to->text = malloc(strlen(text) + 1);
    if (!to->name || !to->text)
        return KL_ERR_MEMORY;
    strcpy(to->name, name);
    strcpy(to->text, text);
    return KL_OK;
}

static int write_notes(const kl_store *store)
{
    hid_t group = H5Gopen2(store->file, "provenance", H5P_DEFAULT);
    int result = group < 0 ? -1 : 0;
    for (int i = 0; result == 0 && i < store->n_notes; i++)
        result = store->note[i].name && store->note[i].text
                     ? kl_h5_put_text(group, store->note[i].name, store->note[i].text)
                     : -1;
    if (kl_h5_close(&group) < 0)
        result = -1;
    return result;
}

/* Every return counts: H5Dclose was seen to fail where H5Fclose then reported success. */
static int close_all(kl_store *store)
{
    int result = kl_inputs_close(&store->inputs);
    if (kl_h5_close(&store->status) < 0)
        result = -1;
    for (int o = 0; o < KL_N_OUTCOMES; o++)
        if (kl_h5_close(&store->outcome[o]) < 0)
            result = -1;
    for (int axis = 0; axis < KL_N_AXES; axis++)
        if (kl_h5_close(&store->scale[axis]) < 0)
            result = -1;
    if (result == 0 && store->file >= 0 && H5Fflush(store->file, H5F_SCOPE_GLOBAL) < 0)
        result = -1;
    if (kl_h5_close(&store->file) < 0)
        result = -1;
    return result;
}

/* Open what was written as a reader would. */
static kl_status verify(const kl_store *store, kl_reason *reason)
{
    kl_marks marks;
    kl_reason found = {""};
    hid_t file = -1;
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    kl_status status = KL_ERR_WRITE;
    if (access >= 0 && H5Pset_file_locking(access, false, true) >= 0)
        file = H5Fopen(store->target.part, H5F_ACC_RDONLY, access);
    if (file < 0) {
        status = kl_h5_reason(reason, KL_ERR_WRITE, "what was written cannot be opened again");
        goto out;
    }
    status = kl_marks_read(file, &marks, &found);
    if (status == KL_OK)
        status = kl_layout_check(file, store->study, &marks, &found);
    if (status != KL_OK || marks.runs_done != store->runs_done)
        status = kl_reason_set(reason, KL_ERR_WRITE, "what was written cannot be read again: %s", found.text);
out:
    if (kl_h5_close(&file) < 0 && status == KL_OK)
        status = kl_h5_reason(reason, KL_ERR_WRITE, "what was written cannot be closed again");
    (void)kl_h5_close(&access);
    return status;
}

static kl_status finish(kl_store *store, double seconds, kl_reason *reason)
{
    kl_status status = KL_OK;
    for (int slice = 0; status == KL_OK && slice < store->inputs.n_slices; slice++)
        status = kl_inputs_write(&store->inputs, &store->writer, slice, reason);
    if (status != KL_OK)
        return status;
    if (write_fans(store) < 0)
        return write_error(store, reason, "cannot write the monthly fans");
    int complete = store->n_blocks_done == store->plan.n_blocks;
    if (kl_marks_finish(store->file, complete, store->runs_done, kl_fans_are_exact(store->fans)) < 0 ||
        kl_provenance_create(store->file, store->study, store->command, store->plan.n_threads, seconds) < 0 ||
        write_notes(store) < 0)
        return write_error(store, reason, "cannot write the marks");
    if (close_all(store) < 0 || store->driver.error != 0)
        return write_error(store, reason, "cannot write the result file");
    status = verify(store, reason);
    return status == KL_OK ? kl_target_publish(&store->target, reason) : status;
}

kl_status kl_store_finish(kl_store *store, double seconds, kl_reason *reason)
{
    kl_h5_quiet quiet;
    if (store->failed != KL_OK)
        return kl_reason_set(reason, store->failed, "%s", store->reason.text);
    kl_h5_quiet_begin(&quiet);
    store->failed = finish(store, seconds, reason);
    kl_h5_quiet_end(&quiet);
    if (store->failed != KL_OK)
        return store->failed;
    store->failed = kl_reason_set(&store->reason, KL_ERR_ARGUMENT, "the file is finished");
    return KL_OK;
}

void kl_store_free(kl_store *store)
{
    kl_h5_quiet quiet;
    if (!store)
        return;
    kl_h5_quiet_begin(&quiet);
    (void)close_all(store);
    kl_driver_free(&store->driver);
    kl_h5_quiet_end(&quiet);
    kl_target_free(&store->target);
    kl_inputs_free(&store->inputs);
    kl_chunk_writer_free(&store->writer);
    kl_fans_free(store->fans);
    for (int i = 0; i < store->n_notes; i++) {
        free(store->note[i].name);
        free(store->note[i].text);
    }
    free(store->command);
    free(store->scratch);
    free(store->block_is_done);
    free(store);
}
