/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Composing: datasets, chunks, fans, marks, and the way to the target's name. */
#include "store/compose.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/each.h"
#include "store/checkpoint.h"
#include "store/marks.h"

/* The system's own words, if the driver heard any, else HDF5's. */
static kl_status write_error(const kl_composer *composer, kl_reason *reason, const char *what)
{
    if (composer->driver.error == 0)
        return kl_h5_reason(reason, KL_ERR_WRITE, what);
    return kl_reason_set(reason, KL_ERR_WRITE, "%s: %s: %s", composer->target->part, what,
                         strerror(composer->driver.error));
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

#define SIEVE_BYTES 512 /* HDF5 clears a buffer of this size for every number of /parameters: 64 KiB unless told */

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
        H5Pset_small_data_block_size(access, 65536) < 0 || H5Pset_sieve_buf_size(access, SIEVE_BYTES) < 0)
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

static kl_status create_datasets(kl_composer *composer, kl_reason *reason)
{
    if (kl_marks_create(composer->file, composer->study) < 0 ||
        kl_scales_create(composer->file, composer->study, &composer->shape, composer->scale) < 0)
        return write_error(composer, reason, "cannot write the study");
    for (int piece = 0; piece < KL_PACKED_PIECES; piece++) {
        kl_variable variable = kl_packed_variable(piece);
        composer->dataset[piece] = kl_variable_create(composer->file, &variable, &composer->shape, composer->scale);
        if (composer->dataset[piece] < 0)
            return write_error(composer, reason, "cannot create datasets");
    }
    return kl_inputs_create(&composer->inputs, composer->file, composer->study, &composer->shape, composer->scale,
                            reason);
}

void kl_composer_init(kl_composer *composer)
{
    memset(composer, 0, sizeof *composer);
    composer->driver.id = -1;
    composer->file = -1;
    for (int piece = 0; piece < KL_PACKED_PIECES; piece++)
        composer->dataset[piece] = -1;
    for (int axis = 0; axis < KL_N_AXES; axis++)
        kl_scale_init(&composer->scale[axis]);
}

kl_status kl_composer_open(kl_composer *composer, const kl_study *study, const kl_plan *plan, kl_target *target,
                           kl_reason *reason)
{
    composer->study = study;
    composer->plan = *plan;
    composer->shape = kl_shape_of_plan(study, plan);
    composer->target = target;
    kl_status status = kl_packer_init(&composer->packer, &composer->shape);
    if (status != KL_OK)
        return kl_reason_set(reason, status, "%s", kl_status_text(status));
    composer->file = create_file(&composer->driver, target);
    if (composer->file < 0)
        return write_error(composer, reason, "cannot create the result file");
    status = create_datasets(composer, reason);
    if (composer->driver.error != 0)
        status = write_error(composer, reason, "cannot write the study");
    return status;
}

/* ---- blocks ---- */

kl_status kl_composer_write(kl_composer *composer, const kl_packed *packed, kl_reason *reason)
{
    kl_block block = kl_plan_block(&composer->plan, packed->index);
    const uint8_t *at = packed->pieces, *data;
    size_t size;
    for (int arm = 0; arm < block.n_arms; arm++)
        for (int piece = 0; piece < KL_PACKED_PIECES; piece++) {
            hsize_t offset[3] = {(hsize_t)arm, (hsize_t)block.point0, (hsize_t)block.replicate0};
            at = kl_packed_piece(at, &data, &size);
            if (H5Dwrite_chunk(composer->dataset[piece], H5P_DEFAULT, 0, offset, size, data) < 0)
                return write_error(composer, reason, "cannot write a block");
        }
    return composer->driver.error != 0 ? write_error(composer, reason, "cannot write a block") : KL_OK;
}

kl_status kl_composer_read(const kl_composer *composer, int arm, kl_outcome_id outcome, double *value)
{
    kl_variable variable = kl_variable_of_outcome(outcome);
    hsize_t start[3] = {(hsize_t)arm, 0, 0};
    hsize_t count[3] = {1, composer->shape.size[KL_AXIS_POINT], composer->shape.size[KL_AXIS_REPLICATE]};
    kl_status status = kl_h5_read_box(composer->dataset[1 + outcome], H5T_NATIVE_DOUBLE, 3, start, count, value) < 0
                           ? KL_ERR_READ
                           : KL_OK;
    for (hsize_t i = 0; status == KL_OK && !isnan(variable.fill) && i < count[1] * count[2]; i++)
        if (value[i] == variable.fill)
            value[i] = (double)NAN;
    return status;
}

/* ---- finishing ---- */

typedef enum fan_part { FAN_QUANTILES, FAN_MEAN, FAN_DEFINED } fan_part;

static void fill_fan(const kl_study *study, const kl_fans *fans, fan_part part, int arm, kl_series_id series,
                     double *to)
{
    for (int m = 0; m < study->horizon; m++) {
        if (part == FAN_MEAN)
            *to++ = kl_fans_mean(fans, arm, series, m);
        else if (part == FAN_DEFINED)
            *to++ = (double)kl_fans_defined(fans, arm, series, m); /* worlds: far below 2^53 */
        else
            for (int q = 0; q < study->n_quantiles; q++)
                *to++ = kl_fans_quantile(fans, arm, series, m, study->quantile[q]);
    }
}

/* A chunk is what an arm has of it. */
static int write_fan(kl_composer *composer, const kl_fans *fans, fan_part part, kl_series_id series,
                     kl_chunk_writer *writer, double *scratch)
{
    kl_variable variable = part == FAN_QUANTILES ? kl_variable_of_quantiles(series)
                           : part == FAN_MEAN    ? kl_variable_of_mean(series)
                                                 : kl_variable_of_defined(series);
    size_t months = (size_t)composer->shape.size[KL_AXIS_MONTH];
    size_t each = part == FAN_QUANTILES ? (size_t)composer->shape.size[KL_AXIS_QUANTILE] : 1;
    kl_chunk chunk = {
        .value = scratch, .n_rows = months, .n_columns = each, .chunk_rows = months, .chunk_columns = each};
    hid_t dataset = kl_variable_create(composer->file, &variable, &composer->shape, composer->scale);
    int result = dataset < 0 ? -1 : 0;
    for (int arm = 0; result == 0 && arm < composer->study->n_arms; arm++) {
        chunk.offset[0] = (hsize_t)arm;
        fill_fan(composer->study, fans, part, arm, series, scratch);
        size_t size = kl_chunk_pack(writer, &variable, &chunk);
        if (size == 0 || H5Dwrite_chunk(dataset, H5P_DEFAULT, 0, chunk.offset, size, writer->packed) < 0)
            result = -1;
    }
    if (kl_h5_close(&dataset) < 0)
        result = -1;
    return result;
}

static int write_fans(kl_composer *composer, const kl_fans *fans)
{
    size_t n = (size_t)(composer->shape.size[KL_AXIS_MONTH] * composer->shape.size[KL_AXIS_QUANTILE]);
    kl_chunk_writer writer;
    double *scratch = malloc(n * sizeof *scratch);
    int result = kl_chunk_writer_init(&writer, n) == KL_OK && scratch ? 0 : -1;
    for (int s = 0; s < KL_N_SERIES; s++)
        for (int part = FAN_QUANTILES; part <= FAN_DEFINED; part++)
            if (result == 0)
                result = write_fan(composer, fans, (fan_part)part, (kl_series_id)s, &writer, scratch);
    kl_chunk_writer_free(&writer);
    free(scratch);
    return result;
}

/* Exact months are sorted when they are asked for, each once; the cells have nothing in common. */
static void sort_months(void *data, int number)
{
    const kl_fans *fans = data;
    for (int m = 0; m < kl_fans_plan(fans)->horizon; m++)
        (void)kl_fans_values(fans, number / KL_N_SERIES, (kl_series_id)(number % KL_N_SERIES), m);
}

static int finish_scales(kl_composer *composer)
{
    int result = 0;
    for (int axis = 0; axis < KL_N_AXES; axis++)
        if (kl_scale_finish(&composer->scale[axis]) < 0)
            result = -1;
    return result;
}

static int write_notes(const kl_composer *composer, const kl_ending *ending)
{
    hid_t group = H5Gopen2(composer->file, "provenance", H5P_DEFAULT);
    int result = group < 0 ? -1 : 0;
    for (int i = 0; result == 0 && i < ending->n_notes; i++)
        result = kl_h5_put_text(group, ending->note_name[i], ending->note_text[i]);
    if (kl_h5_close(&group) < 0)
        result = -1;
    return result;
}

/* Every return counts: H5Dclose was seen to fail where H5Fclose then reported success. */
static int close_all(kl_composer *composer)
{
    int result = kl_inputs_close(&composer->inputs);
    for (int piece = 0; piece < KL_PACKED_PIECES; piece++)
        if (kl_h5_close(&composer->dataset[piece]) < 0)
            result = -1;
    for (int axis = 0; axis < KL_N_AXES; axis++)
        if (kl_scale_close(&composer->scale[axis]) < 0)
            result = -1;
    if (result == 0 && composer->file >= 0 && H5Fflush(composer->file, H5F_SCOPE_GLOBAL) < 0)
        result = -1;
    if (kl_h5_close(&composer->file) < 0)
        result = -1;
    return result;
}

/* Open what was written as a reader would. */
static kl_status verify(const kl_composer *composer, int64_t runs_done, kl_reason *reason)
{
    kl_marks marks;
    kl_reason found = {""};
    hid_t file = -1;
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    kl_status status = KL_ERR_WRITE;
    if (access >= 0 && H5Pset_file_locking(access, false, true) >= 0)
        file = H5Fopen(composer->target->part, H5F_ACC_RDONLY, access);
    if (file < 0) {
        status = kl_h5_reason(reason, KL_ERR_WRITE, "what was written cannot be opened again");
        goto out;
    }
    status = kl_marks_read(file, &marks, &found);
    if (status == KL_OK)
        status = kl_layout_check(file, composer->study, &marks, &found);
    if (status != KL_OK || marks.runs_done != runs_done)
        status = kl_reason_set(reason, KL_ERR_WRITE, "what was written cannot be read again: %s", found.text);
out:
    if (kl_h5_close(&file) < 0 && status == KL_OK)
        status = kl_h5_reason(reason, KL_ERR_WRITE, "what was written cannot be closed again");
    (void)kl_h5_close(&access);
    return status;
}

kl_status kl_composer_finish(kl_composer *composer, const kl_ending *ending, kl_reason *reason)
{
    kl_status status = kl_inputs_write(&composer->inputs, composer->plan.n_threads, reason);
    if (composer->driver.error != 0)
        return write_error(composer, reason, "cannot write the inputs");
    if (status != KL_OK)
        return status;
    if (kl_fans_are_exact(ending->fans))
        kl_engine_each(composer->plan.n_threads, composer->plan.n_arms * KL_N_SERIES, sort_months, ending->fans);
    if (write_fans(composer, ending->fans) < 0 || finish_scales(composer) < 0 ||
        kl_checkpoint_write(composer->file, ending->fans, composer->plan.n_threads) < 0)
        return write_error(composer, reason, "cannot write the monthly fans");
    if (kl_marks_finish(composer->file, ending->complete, ending->runs_done, kl_fans_are_exact(ending->fans)) < 0 ||
        kl_provenance_create(composer->file, composer->study, ending->command,
                             composer->plan.n_threads + composer->plan.n_helpers, ending->seconds) < 0 ||
        write_notes(composer, ending) < 0)
        return write_error(composer, reason, "cannot write the marks");
    if (close_all(composer) < 0 || composer->driver.error != 0)
        return write_error(composer, reason, "cannot write the result file");
    status = verify(composer, ending->runs_done, reason);
    return status == KL_OK ? kl_target_publish(composer->target, reason) : status;
}

void kl_composer_free(kl_composer *composer)
{
    (void)close_all(composer);
    kl_driver_free(&composer->driver);
    kl_inputs_free(&composer->inputs);
    kl_packer_free(&composer->packer);
    kl_composer_init(composer);
}
