/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The datasets of /checkpoint. Values and counts lie in chunks of one series of one arm, so that an arm is read by itself. */
#include "store/checkpoint_layout.h"

#include <string.h>

static hsize_t series_of(kl_series_scale scale)
{
    hsize_t n = 0;
    for (int s = 0; s < KL_N_SERIES; s++)
        n += kl_series_info_of((kl_series_id)s)->scale == scale;
    return n;
}

static hsize_t axis_size(kl_checkpoint_axis axis, int n_arms, int horizon, int64_t n_worlds)
{
    switch (axis) {
    case KL_CHECKPOINT_ARM:
        return (hsize_t)n_arms;
    case KL_CHECKPOINT_MONTH:
        return (hsize_t)horizon;
    case KL_CHECKPOINT_SERIES:
        return KL_N_SERIES;
    case KL_CHECKPOINT_RANK:
        return (hsize_t)n_worlds;
    case KL_CHECKPOINT_SERIES_LINEAR:
        return series_of(KL_SCALE_LINEAR);
    case KL_CHECKPOINT_BIN_LINEAR:
        return (hsize_t)kl_fans_n_bins(KL_SCALE_LINEAR);
    case KL_CHECKPOINT_SERIES_MONEY:
        return series_of(KL_SCALE_MONEY);
    case KL_CHECKPOINT_BIN_MONEY:
        return (hsize_t)kl_fans_n_bins(KL_SCALE_MONEY);
    case KL_CHECKPOINT_N_AXES:
        break;
    }
    return 0;
}

typedef struct row {
    const char *name, *long_name;
    int in_exact, in_sketch, n_axes;
    kl_checkpoint_axis axis[4];
} row;

static const row rows[KL_CHECKPOINT_N_PARTS] = {
    [KL_CHECKPOINT_RUNS] = {"runs", "runs from which all this comes", 1, 1, 1, {KL_CHECKPOINT_ARM}},
    [KL_CHECKPOINT_VALUE] = {"value",
                             "the values of all worlds in which the series is defined, in rising order",
                             1,
                             0,
                             4,
                             {KL_CHECKPOINT_ARM, KL_CHECKPOINT_SERIES, KL_CHECKPOINT_MONTH, KL_CHECKPOINT_RANK}},
    [KL_CHECKPOINT_COUNT_LINEAR] = {"count_linear",
                                    "number of worlds by value, shares and ratios",
                                    0,
                                    1,
                                    4,
                                    {KL_CHECKPOINT_ARM, KL_CHECKPOINT_SERIES_LINEAR, KL_CHECKPOINT_MONTH,
                                     KL_CHECKPOINT_BIN_LINEAR}},
    [KL_CHECKPOINT_COUNT_MONEY] = {"count_money",
                                   "number of worlds by value, amounts of money",
                                   0,
                                   1,
                                   4,
                                   {KL_CHECKPOINT_ARM, KL_CHECKPOINT_SERIES_MONEY, KL_CHECKPOINT_MONTH,
                                    KL_CHECKPOINT_BIN_MONEY}},
    [KL_CHECKPOINT_SUM_HIGH] = {"sum_high",
                                "sum of the values in units of 2^-40, of money 2^-10 USD, divided by 2^32",
                                0,
                                1,
                                3,
                                {KL_CHECKPOINT_ARM, KL_CHECKPOINT_SERIES, KL_CHECKPOINT_MONTH}},
    [KL_CHECKPOINT_SUM_LOW] = {"sum_low",
                               "what remains of the sum after that division",
                               0,
                               1,
                               3,
                               {KL_CHECKPOINT_ARM, KL_CHECKPOINT_SERIES, KL_CHECKPOINT_MONTH}},
};

/* An arm lies in its own chunks, and a series of it, too, where it is large. */
static hsize_t chunk_along(kl_checkpoint_axis axis, int n_axes, hsize_t size)
{
    if (axis == KL_CHECKPOINT_ARM)
        return n_axes == 1 ? size : 1;
    if (axis == KL_CHECKPOINT_MONTH)
        return size < KL_CHECKPOINT_MONTHS ? size : KL_CHECKPOINT_MONTHS;
    if (axis == KL_CHECKPOINT_SERIES || axis == KL_CHECKPOINT_SERIES_LINEAR || axis == KL_CHECKPOINT_SERIES_MONEY)
        return n_axes == 4 ? 1 : size;
    return size;
}

kl_checkpoint_field kl_checkpoint_field_of(kl_checkpoint_part part, int n_arms, int horizon, int64_t n_worlds)
{
    const row *r = &rows[part];
    kl_checkpoint_field field;
    memset(&field, 0, sizeof field);
    field.name = r->name;
    field.long_name = r->long_name;
    field.is_there = n_worlds <= KL_FAN_EXACT ? r->in_exact : r->in_sketch;
    field.type = field.memory = -1;
    if (part == KL_CHECKPOINT_VALUE) {
        field.type = H5T_IEEE_F32LE;
        field.memory = H5T_NATIVE_FLOAT;
    } else if (part == KL_CHECKPOINT_COUNT_LINEAR || part == KL_CHECKPOINT_COUNT_MONEY) {
        field.type = H5T_STD_U32LE;
        field.memory = H5T_NATIVE_UINT32;
    } else {
        field.type = H5T_STD_I64LE;
        field.memory = H5T_NATIVE_INT64;
    }
    field.n_axes = r->n_axes;
    for (int i = 0; i < r->n_axes; i++) {
        field.axis[i] = r->axis[i];
        field.size[i] = axis_size(r->axis[i], n_arms, horizon, n_worlds);
        field.chunk[i] = chunk_along(r->axis[i], r->n_axes, field.size[i]);
    }
    return field;
}

kl_checkpoint_part kl_checkpoint_part_of(int series, int is_exact, int *place)
{
    kl_series_scale scale = kl_series_info_of((kl_series_id)series)->scale;
    *place = series;
    if (is_exact)
        return KL_CHECKPOINT_VALUE;
    *place = 0;
    for (int s = 0; s < series; s++)
        *place += kl_series_info_of((kl_series_id)s)->scale == scale;
    return scale == KL_SCALE_MONEY ? KL_CHECKPOINT_COUNT_MONEY : KL_CHECKPOINT_COUNT_LINEAR;
}

/* ---- moving numbers ---- */

typedef struct spaces {
    hid_t file, memory;
} spaces;

static spaces select_numbers(hid_t dataset, const kl_checkpoint_field *field, const hsize_t *start,
                             const hsize_t *count)
{
    spaces s = {H5Dget_space(dataset), H5Screate_simple(field->n_axes, count, NULL)};
    if (s.file >= 0 && H5Sselect_hyperslab(s.file, H5S_SELECT_SET, start, NULL, count, NULL) < 0)
        (void)kl_h5_close(&s.file);
    return s;
}

int kl_checkpoint_put(hid_t dataset, const kl_checkpoint_field *field, const hsize_t *start, const hsize_t *count,
                      const void *numbers)
{
    spaces s = select_numbers(dataset, field, start, count);
    int result =
        s.file >= 0 && s.memory >= 0 && H5Dwrite(dataset, field->memory, s.memory, s.file, H5P_DEFAULT, numbers) >= 0
            ? 0
            : -1;
    (void)kl_h5_close(&s.memory);
    (void)kl_h5_close(&s.file);
    return result;
}

int kl_checkpoint_get(hid_t dataset, const kl_checkpoint_field *field, const hsize_t *start, const hsize_t *count,
                      void *numbers)
{
    spaces s = select_numbers(dataset, field, start, count);
    int result =
        s.file >= 0 && s.memory >= 0 && H5Dread(dataset, field->memory, s.memory, s.file, H5P_DEFAULT, numbers) >= 0
            ? 0
            : -1;
    (void)kl_h5_close(&s.memory);
    (void)kl_h5_close(&s.file);
    return result;
}
