/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Writing /checkpoint, chunk by chunk, packed by chunk.c: as many at a time as there are threads, up to WORKS_MAX. Nothing more
 * than these is held besides the fans. */
#include "store/checkpoint.h"

#include <hdf5_hl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/each.h"
#include "store/checkpoint_layout.h"
#include "store/chunk.h"

#define WORKS_MAX 4 /* some 8 MB each */

typedef struct writer writer;

/* One thread's: a chunk, that is some months of a series of an arm. */
typedef struct chunk_work {
    const writer *w;
    int arm, series, month;
    uint32_t *slice; /* values or counts, bit by bit */
    kl_chunk_writer chunk;
    size_t size; /* packed; 0: failed */
} chunk_work;

struct writer {
    hid_t group, scale[KL_CHECKPOINT_N_AXES], dataset[KL_CHECKPOINT_N_PARTS];
    const kl_fans *fans;
    const kl_plan *plan;
    kl_checkpoint_field field[KL_CHECKPOINT_N_PARTS];
    int n_threads, n_works;
    chunk_work work[WORKS_MAX];
};

/* ---- datasets ---- */

/* chunk NULL: contiguous. */
static hid_t create(hid_t group, const char *name, hid_t type, int n_axes, const hsize_t *size, const hsize_t *chunk)
{
    hid_t dataset = -1;
    const float fill = NAN;
    hid_t space = H5Screate_simple(n_axes, size, NULL);
    hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    if (space < 0 || list < 0 || H5Pset_obj_track_times(list, false) < 0 ||
        H5Pset_attr_creation_order(list, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED) < 0)
        goto out;
    if (chunk && (H5Pset_chunk(list, n_axes, chunk) < 0 || H5Pset_shuffle(list) < 0 || H5Pset_deflate(list, 1) < 0 ||
                  H5Pset_fletcher32(list) < 0))
        goto out;
    if (H5Tget_class(type) == H5T_FLOAT && H5Pset_fill_value(list, H5T_NATIVE_FLOAT, &fill) < 0)
        goto out;
    dataset = H5Dcreate2(group, name, type, space, H5P_DEFAULT, list, H5P_DEFAULT);
    if (dataset >= 0 && H5Tget_class(type) == H5T_FLOAT &&
        kl_h5_put_numbers(dataset, "_FillValue", type, H5T_NATIVE_FLOAT, 1, &fill) < 0)
        (void)kl_h5_close(&dataset);
out:
    (void)kl_h5_close(&list);
    (void)kl_h5_close(&space);
    return dataset;
}

/* A dimension scale; the caller closes it. */
static hid_t create_scale(hid_t group, const char *name, const char *long_name, hid_t type, hsize_t size, hid_t memory,
                          const void *numbers)
{
    int is_text = H5Tget_class(type) == H5T_STRING; /* filters do not reach texts */
    hid_t dataset = create(group, name, type, 1, &size, is_text ? NULL : &size);
    if (dataset >= 0 && (H5DSset_scale(dataset, name) < 0 || kl_h5_put_text(dataset, "long_name", long_name) < 0 ||
                         H5Dwrite(dataset, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, numbers) < 0))
        (void)kl_h5_close(&dataset);
    return dataset;
}

static hid_t create_series(hid_t group, const char *name, const char *long_name, int is_wanted[2])
{
    const char *text[KL_N_SERIES];
    hsize_t n = 0;
    for (int s = 0; s < KL_N_SERIES; s++)
        if (is_wanted[kl_series_info_of((kl_series_id)s)->scale == KL_SCALE_MONEY])
            text[n++] = kl_series_info_of((kl_series_id)s)->name;
    hid_t type = kl_h5_text_type();
    hid_t dataset = type < 0 ? -1 : create_scale(group, name, long_name, type, n, type, text);
    (void)kl_h5_close(&type);
    return dataset;
}

/* Between which values the bins of a share or ratio lie. */
static int put_bounds(hid_t scale)
{
    double lowest[KL_N_SERIES], highest[KL_N_SERIES];
    size_t n = 0;
    for (int s = 0; s < KL_N_SERIES; s++) {
        const kl_series_info *info = kl_series_info_of((kl_series_id)s);
        if (info->scale == KL_SCALE_MONEY)
            continue;
        lowest[n] = info->lo;
        highest[n++] = info->hi;
    }
    if (kl_h5_put_numbers(scale, "lowest", H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, n, lowest) < 0)
        return -1;
    return kl_h5_put_numbers(scale, "highest", H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, n, highest);
}

/* 0, 1, ...: bins and ranks. */
static hid_t create_numbers(hid_t group, const char *name, const char *long_name, hsize_t n)
{
    int32_t *number = malloc(n * sizeof *number);
    if (!number)
        return -1;
    for (hsize_t i = 0; i < n; i++)
        number[i] = (int32_t)i;
    hid_t dataset = create_scale(group, name, long_name, H5T_STD_I32LE, n, H5T_NATIVE_INT32, number);
    free(number);
    return dataset;
}

static int create_scales(writer *w, hid_t file)
{
    hid_t *scale = w->scale, group = w->group;
    scale[KL_CHECKPOINT_ARM] = H5Dopen2(file, "arm", H5P_DEFAULT);
    scale[KL_CHECKPOINT_MONTH] = H5Dopen2(file, "month", H5P_DEFAULT);
    scale[KL_CHECKPOINT_SERIES] = create_series(group, "series", "monthly series", (int[2]){1, 1});
    if (scale[KL_CHECKPOINT_ARM] < 0 || scale[KL_CHECKPOINT_MONTH] < 0 || scale[KL_CHECKPOINT_SERIES] < 0)
        return -1;
    if (kl_fans_are_exact(w->fans)) {
        scale[KL_CHECKPOINT_RANK] =
            create_numbers(group, "rank", "rank of a value, from 0", (hsize_t)w->plan->n_worlds);
        return scale[KL_CHECKPOINT_RANK] < 0 ? -1 : 0;
    }
    scale[KL_CHECKPOINT_SERIES_LINEAR] =
        create_series(group, "series_linear", "monthly series that are shares or ratios", (int[2]){1, 0});
    scale[KL_CHECKPOINT_SERIES_MONEY] =
        create_series(group, "series_money", "monthly series that are amounts of money", (int[2]){0, 1});
    scale[KL_CHECKPOINT_BIN_LINEAR] = create_numbers(group, "bin_linear", "bin of a share or ratio, from 0",
                                                     (hsize_t)kl_fans_n_bins(KL_SCALE_LINEAR));
    scale[KL_CHECKPOINT_BIN_MONEY] =
        create_numbers(group, "bin_money", "bin of an amount, from 0", (hsize_t)kl_fans_n_bins(KL_SCALE_MONEY));
    for (int axis = KL_CHECKPOINT_SERIES_LINEAR; axis <= KL_CHECKPOINT_BIN_MONEY; axis++)
        if (scale[axis] < 0)
            return -1;
    return put_bounds(scale[KL_CHECKPOINT_SERIES_LINEAR]);
}

static int create_fields(writer *w)
{
    for (int part = 0; part < KL_CHECKPOINT_N_PARTS; part++) {
        const kl_checkpoint_field *field = &w->field[part];
        if (!field->is_there)
            continue;
        w->dataset[part] = create(w->group, field->name, field->type, field->n_axes, field->size, field->chunk);
        if (w->dataset[part] < 0 || kl_h5_put_text(w->dataset[part], "long_name", field->long_name) < 0)
            return -1;
        for (int i = 0; i < field->n_axes; i++)
            if (H5DSattach_scale(w->dataset[part], w->scale[field->axis[i]], (unsigned)i) < 0)
                return -1;
    }
    return 0;
}

/* ---- numbers ---- */

static void fill_values(const chunk_work *work, int n_months)
{
    const float undefined = NAN;
    const kl_fans *fans = work->w->fans;
    uint32_t *to = work->slice, nothing;
    size_t n = (size_t)work->w->plan->n_worlds;
    memcpy(&nothing, &undefined, sizeof nothing);
    for (int m = work->month; m < work->month + n_months; m++, to += n) {
        size_t defined = (size_t)kl_fans_defined(fans, work->arm, (kl_series_id)work->series, m);
        if (defined > 0)
            memcpy(to, kl_fans_values(fans, work->arm, (kl_series_id)work->series, m), defined * sizeof *to);
        for (size_t i = defined; i < n; i++)
            to[i] = nothing;
    }
}

static void fill_counts(const chunk_work *work, int n_months)
{
    uint32_t *to = work->slice;
    size_t n = (size_t)kl_fans_n_bins(kl_series_info_of((kl_series_id)work->series)->scale);
    for (int m = work->month; m < work->month + n_months; m++, to += n)
        memcpy(to, kl_fans_counts(work->w->fans, work->arm, (kl_series_id)work->series, m), n * sizeof *to);
}

/* Months beyond the horizon are 0. */
static void pack_chunk(void *data, int number)
{
    chunk_work *work = (chunk_work *)data + number;
    int place, exact = kl_fans_are_exact(work->w->fans);
    const kl_checkpoint_field *field = &work->w->field[kl_checkpoint_part_of(work->series, exact, &place)];
    size_t wide = (size_t)field->size[3], months = (size_t)field->chunk[2];
    int left = work->w->plan->horizon - work->month, n = left < (int)months ? left : (int)months;
    if (exact)
        fill_values(work, n);
    else
        fill_counts(work, n);
    memset(work->slice + (size_t)n * wide, 0, (months - (size_t)n) * wide * sizeof *work->slice);
    work->size = kl_chunk_pack_words(&work->chunk, work->slice, months * wide);
}

static int write_chunk(const chunk_work *work)
{
    int place;
    kl_checkpoint_part part = kl_checkpoint_part_of(work->series, kl_fans_are_exact(work->w->fans), &place);
    const hsize_t offset[4] = {(hsize_t)work->arm, (hsize_t)place, (hsize_t)work->month, 0};
    if (work->size == 0)
        return -1;
    return H5Dwrite_chunk(work->w->dataset[part], H5P_DEFAULT, 0, offset, work->size, work->chunk.packed) < 0 ? -1 : 0;
}

/* The chunk number i of an arm; 0 where there are not so many. */
static int find_chunk(const writer *w, int i, int *series, int *month)
{
    int horizon = w->plan->horizon, step = horizon < KL_CHECKPOINT_MONTHS ? horizon : KL_CHECKPOINT_MONTHS;
    int by_series = (horizon + step - 1) / step;
    *series = i / by_series;
    *month = i % by_series * step;
    return *series < KL_N_SERIES;
}

static int write_arm(writer *w, int arm)
{
    for (int chunk = 0, n = w->n_works; n == w->n_works;) {
        for (n = 0; n < w->n_works && find_chunk(w, chunk, &w->work[n].series, &w->work[n].month); n++, chunk++)
            w->work[n].arm = arm;
        kl_engine_each(w->n_threads, n, pack_chunk, w->work);
        for (int i = 0; i < n; i++)
            if (write_chunk(&w->work[i]) < 0)
                return -1;
    }
    return 0;
}

static int write_sums(const writer *w, int arm)
{
    int result = -1;
    size_t n = (size_t)w->plan->horizon * KL_N_SERIES, i = 0;
    int64_t *high = malloc(2 * n * sizeof *high);
    if (!high)
        return -1;
    for (int s = 0; s < KL_N_SERIES; s++)
        for (int m = 0; m < w->plan->horizon; m++, i++)
            kl_fans_sum(w->fans, arm, (kl_series_id)s, m, &high[i], &high[n + i]);
    const kl_checkpoint_field *field = &w->field[KL_CHECKPOINT_SUM_HIGH];
    const hsize_t start[4] = {(hsize_t)arm}, count[4] = {1, KL_N_SERIES, (hsize_t)w->plan->horizon};
    if (kl_checkpoint_put(w->dataset[KL_CHECKPOINT_SUM_HIGH], field, start, count, high) == 0 &&
        kl_checkpoint_put(w->dataset[KL_CHECKPOINT_SUM_LOW], field, start, count, high + n) == 0)
        result = 0;
    free(high);
    return result;
}

static int write_runs(const writer *w)
{
    const hsize_t start = 0, count = (hsize_t)w->plan->n_arms;
    int64_t *runs = malloc(count * sizeof *runs);
    if (!runs)
        return -1;
    for (int arm = 0; arm < w->plan->n_arms; arm++)
        runs[arm] = kl_fans_runs(w->fans, arm);
    int result = kl_checkpoint_put(w->dataset[KL_CHECKPOINT_RUNS], &w->field[KL_CHECKPOINT_RUNS], &start, &count, runs);
    free(runs);
    return result;
}

static int write_numbers(writer *w)
{
    if (write_runs(w) < 0)
        return -1;
    for (int arm = 0; arm < w->plan->n_arms; arm++) {
        if (write_arm(w, arm) < 0)
            return -1;
        if (!kl_fans_are_exact(w->fans) && write_sums(w, arm) < 0)
            return -1;
    }
    return 0;
}

static int make_works(writer *w)
{
    size_t wide = kl_fans_are_exact(w->fans) ? (size_t)w->plan->n_worlds : (size_t)kl_fans_n_bins(KL_SCALE_MONEY);
    size_t n = KL_CHECKPOINT_MONTHS * wide;
    for (int i = 0; i < w->n_works; i++) {
        w->work[i].w = w;
        w->work[i].slice = malloc(n * sizeof *w->work[i].slice);
        if (!w->work[i].slice || kl_chunk_writer_init(&w->work[i].chunk, n / 2 + 1) != KL_OK)
            return -1;
    }
    return 0;
}

static int close_writer(writer *w)
{
    int result = 0;
    for (int part = 0; part < KL_CHECKPOINT_N_PARTS; part++)
        if (kl_h5_close(&w->dataset[part]) < 0)
            result = -1;
    for (int axis = 0; axis < KL_CHECKPOINT_N_AXES; axis++)
        if (kl_h5_close(&w->scale[axis]) < 0)
            result = -1;
    if (kl_h5_close(&w->group) < 0)
        result = -1;
    for (int i = 0; i < w->n_works; i++) {
        kl_chunk_writer_free(&w->work[i].chunk);
        free(w->work[i].slice);
    }
    return result;
}

int kl_checkpoint_write(hid_t file, const kl_fans *fans, int n_threads)
{
    writer w = {.group = -1, .fans = fans, .plan = kl_fans_plan(fans), .n_threads = n_threads};
    w.n_works = n_threads < 1 ? 1 : n_threads < WORKS_MAX ? n_threads : WORKS_MAX;
    for (int axis = 0; axis < KL_CHECKPOINT_N_AXES; axis++)
        w.scale[axis] = -1;
    for (int part = 0; part < KL_CHECKPOINT_N_PARTS; part++) {
        w.dataset[part] = -1;
        w.field[part] =
            kl_checkpoint_field_of((kl_checkpoint_part)part, w.plan->n_arms, w.plan->horizon, w.plan->n_worlds);
    }
    w.group = kl_h5_create_group(file, KL_CHECKPOINT_GROUP);
    int result = w.group >= 0 && make_works(&w) == 0 && create_scales(&w, file) == 0 && create_fields(&w) == 0 &&
                         write_numbers(&w) == 0
                     ? 0
                     : -1;
    return close_writer(&w) < 0 ? -1 : result;
}
