/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A table as a group: a dimension scale `row`, and a dataset a column with unit and meaning. To netCDF clients it is a group
 * with one dimension. */
#include <hdf5_hl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "klaster/version.h"
#include "store/analysis.h"

#define CHUNK_ROWS 16384

const char *const kl_column_type_words[3] = {
    [KL_COLUMN_TEXT] = "text", [KL_COLUMN_COUNT] = "count", [KL_COLUMN_NUMBER] = "number"};
const char *const kl_column_style_words[3] = {
    [KL_STYLE_PLAIN] = "plain", [KL_STYLE_PERCENT] = "percent", [KL_STYLE_MONEY] = "money"};

int kl_analysis_is_name(const char *name)
{
    size_t length = strlen(name);
    return length > 0 && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == length;
}

/* Texts lie in HDF5's global heap, which filters do not reach; a table without rows has nothing to chunk. */
static int set_creation(hid_t create, hsize_t n_rows, int is_text)
{
    hsize_t chunk = n_rows < CHUNK_ROWS ? n_rows : CHUNK_ROWS;
    if (H5Pset_obj_track_times(create, false) < 0 ||
        H5Pset_attr_creation_order(create, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED) < 0)
        return -1;
    if (n_rows == 0 || is_text)
        return 0;
    return H5Pset_chunk(create, 1, &chunk) < 0 || H5Pset_shuffle(create) < 0 || H5Pset_deflate(create, 1) < 0 ||
                   H5Pset_fletcher32(create) < 0
               ? -1
               : 0;
}

/* `fill` may be NULL; it is of memory_type. */
static hid_t create_dataset(hid_t group, const char *name, hid_t file_type, hid_t memory_type, hsize_t n_rows,
                            const void *fill)
{
    hid_t dataset = -1;
    int is_text = H5Tget_class(file_type) == H5T_STRING;
    hid_t space = H5Screate_simple(1, &n_rows, NULL);
    hid_t create = H5Pcreate(H5P_DATASET_CREATE);
    if (space < 0 || create < 0 || set_creation(create, n_rows, is_text) < 0)
        goto out;
    if (fill && H5Pset_fill_value(create, memory_type, fill) < 0)
        goto out;
    dataset = H5Dcreate2(group, name, file_type, space, H5P_DEFAULT, create, H5P_DEFAULT);
    if (dataset >= 0 && fill && kl_h5_put_numbers(dataset, "_FillValue", file_type, memory_type, 1, fill) < 0)
        (void)kl_h5_close(&dataset);
out:
    (void)kl_h5_close(&create);
    (void)kl_h5_close(&space);
    return dataset;
}

/* 0, 1, ...: the dimension of the table's columns. */
static hid_t create_rows(hid_t group, int n_rows)
{
    int32_t *value = malloc(((size_t)n_rows + 1) * sizeof *value);
    hid_t scale =
        value ? create_dataset(group, KL_ANALYSIS_ROW, H5T_STD_I32LE, H5T_NATIVE_INT32, (hsize_t)n_rows, NULL) : -1;
    for (int r = 0; value && r < n_rows; r++)
        value[r] = r;
    if (scale >= 0 && (H5DSset_scale(scale, KL_ANALYSIS_ROW) < 0 ||
                       kl_h5_put_text(scale, "long_name", "row of the table, counted from 0") < 0 ||
                       kl_h5_put_text(scale, "units", "1") < 0 ||
                       (n_rows > 0 && H5Dwrite(scale, H5T_NATIVE_INT32, H5S_ALL, H5S_ALL, H5P_DEFAULT, value) < 0)))
        (void)kl_h5_close(&scale);
    free(value);
    return scale;
}

static int describe(hid_t dataset, const kl_column *column)
{
    return kl_h5_put_text(dataset, "long_name", column->meaning) < 0 ||
                   kl_h5_put_text(dataset, "units", column->unit) < 0 ||
                   kl_h5_put_text(dataset, "klaster_type", kl_column_type_words[column->type]) < 0 ||
                   kl_h5_put_text(dataset, "style", kl_column_style_words[column->style]) < 0 ||
                   kl_h5_put_int(dataset, "digits", H5T_STD_I32LE, column->digits) < 0
               ? -1
               : 0;
}

static int put_column(hid_t group, const kl_column *column, int n_rows, hid_t scale, hid_t text_type)
{
    static const int64_t no_count = KL_COUNT_NONE;
    const double nan = NAN;
    hid_t dataset, memory;
    const void *value;
    switch (column->type) {
    case KL_COLUMN_TEXT:
        memory = text_type;
        value = column->text;
        dataset = create_dataset(group, column->name, text_type, text_type, (hsize_t)n_rows, NULL);
        break;
    case KL_COLUMN_COUNT:
        memory = H5T_NATIVE_INT64;
        value = column->count;
        dataset = create_dataset(group, column->name, H5T_STD_I64LE, memory, (hsize_t)n_rows, &no_count);
        break;
    case KL_COLUMN_NUMBER:
    default:
        memory = H5T_NATIVE_DOUBLE;
        value = column->number;
        dataset = create_dataset(group, column->name, H5T_IEEE_F64LE, memory, (hsize_t)n_rows, &nan);
        break;
    }
    int result = dataset >= 0 && describe(dataset, column) >= 0 && H5DSattach_scale(dataset, scale, 0) >= 0 ? 0 : -1;
    if (result == 0 && n_rows > 0 && H5Dwrite(dataset, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, value) < 0)
        result = -1;
    if (kl_h5_close(&dataset) < 0)
        result = -1;
    return result;
}

static int put_table(hid_t analysis, const kl_table *table, const char *command, hid_t text_type)
{
    hid_t scale = -1;
    hid_t group = kl_h5_create_group(analysis, table->name);
    int result = group < 0 || kl_h5_put_text(group, "title", table->title) < 0 ||
                         kl_h5_put_text(group, "method", table->method) < 0 ||
                         kl_h5_put_text(group, "command", command) < 0 ||
                         kl_h5_put_text(group, "engine_version", KL_VERSION) < 0
                     ? -1
                     : 0;
    if (result == 0)
        scale = create_rows(group, table->n_rows);
    if (scale < 0)
        result = -1;
    for (int c = 0; result == 0 && c < table->n_columns; c++)
        result = put_column(group, &table->column[c], table->n_rows, scale, text_type);
    if (kl_h5_close(&scale) < 0 || kl_h5_close(&group) < 0)
        result = -1;
    return result;
}

int kl_analysis_put(hid_t file, const kl_table *table, const char *command)
{
    int result = -1;
    hid_t analysis = -1;
    hid_t text_type = kl_h5_text_type();
    htri_t exists = H5Lexists(file, KL_ANALYSIS_GROUP, H5P_DEFAULT);
    if (text_type < 0 || exists < 0)
        goto out;
    analysis = exists ? H5Gopen2(file, KL_ANALYSIS_GROUP, H5P_DEFAULT) : kl_h5_create_group(file, KL_ANALYSIS_GROUP);
    if (analysis < 0)
        goto out;
    exists = H5Lexists(analysis, table->name, H5P_DEFAULT);
    if (exists < 0 || (exists && H5Ldelete(analysis, table->name, H5P_DEFAULT) < 0))
        goto out;
    result = put_table(analysis, table, command, text_type);
out:
    if (kl_h5_close(&analysis) < 0)
        result = -1;
    (void)kl_h5_close(&text_type);
    return result;
}
