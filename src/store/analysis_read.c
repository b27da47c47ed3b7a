/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reading kept tables. Nothing in the file is believed: a group is a table only if every dataset in it is a column of
 * one length and a known type. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "store/analysis.h"

/* ---- freeing ---- */

static void saved_free(kl_saved_table *saved)
{
    kl_table_free(&saved->table);
    free(saved->command);
    free(saved->engine_version);
    memset(saved, 0, sizeof *saved);
}

void kl_saved_tables_free(int n, kl_saved_table *table)
{
    for (int t = 0; table && t < n; t++)
        saved_free(&table[t]);
    free(table);
}

/* ---- attributes ---- */

/* An attribute that is absent was empty when it was written. NULL: it cannot be read. */
static char *text_of(hid_t object, const char *name)
{
    char *text = NULL;
    if (H5Aexists(object, name) == 0)
        return calloc(1, 1);
    return kl_h5_get_text(object, name, &text) == 0 ? text : NULL;
}

static int word_of(hid_t object, const char *name, const char *const words[3])
{
    int found = -1;
    char *text = NULL;
    if (kl_h5_get_text(object, name, &text) == 0)
        for (int i = 0; i < 3; i++)
            found = strcmp(text, words[i]) == 0 ? i : found;
    free(text);
    return found;
}

/* ---- columns ---- */

/* The length of a one-dimensional dataset whose type suits the column; -1 otherwise. */
static hssize_t length_of(hid_t dataset, int type)
{
    static const H5T_class_t class_of[3] = {
        [KL_COLUMN_TEXT] = H5T_STRING, [KL_COLUMN_COUNT] = H5T_INTEGER, [KL_COLUMN_NUMBER] = H5T_FLOAT};
    hssize_t length = -1;
    hid_t space = H5Dget_space(dataset);
    hid_t found = H5Dget_type(dataset);
    if (space >= 0 && found >= 0 && H5Sget_simple_extent_ndims(space) == 1 && H5Tget_class(found) == class_of[type] &&
        (type != KL_COLUMN_TEXT || H5Tis_variable_str(found) > 0))
        length = H5Sget_simple_extent_npoints(space);
    (void)kl_h5_close(&found);
    (void)kl_h5_close(&space);
    return length <= INT_MAX / 2 ? length : -1;
}

static kl_status add_column(kl_table *table, hid_t dataset, const char *name)
{
    int type = word_of(dataset, "klaster_type", kl_column_type_words);
    int style = word_of(dataset, "style", kl_column_style_words);
    int64_t digits = 0;
    if (!kl_analysis_is_name(name) || type < 0 || style < 0 || length_of(dataset, type) < 0 ||
        kl_h5_get_int(dataset, "digits", &digits) < 0 || digits < 0 || digits > 17)
        return KL_ERR_FORMAT;
    char *unit = text_of(dataset, "units");
    char *meaning = text_of(dataset, "long_name");
    kl_status status = unit && meaning ? kl_table_add_column(table, (kl_column_type)type, name, unit,
                                                             (kl_column_style)style, (int)digits, meaning)
                                       : KL_ERR_READ;
    free(unit);
    free(meaning);
    return status;
}

static kl_status read_texts(hid_t dataset, kl_table *table, int column)
{
    kl_status status = KL_ERR_MEMORY;
    int was_read = 0;
    char **text = calloc((size_t)table->n_rows + 1, sizeof *text);
    hid_t type = kl_h5_text_type();
    hid_t space = H5Dget_space(dataset);
    if (!text || type < 0 || space < 0)
        goto out;
    was_read = H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, text) >= 0;
    status = was_read ? KL_OK : KL_ERR_READ;
    for (int row = 0; status == KL_OK && row < table->n_rows; row++)
        status = kl_table_set_text(table, row, column, text[row] ? text[row] : "");
out:
    if (was_read)
        (void)H5Dvlen_reclaim(type, space, H5P_DEFAULT, text);
    (void)kl_h5_close(&space);
    (void)kl_h5_close(&type);
    free(text);
    return status;
}

static kl_status read_column(hid_t group, kl_table *table, int column)
{
    kl_column *to = &table->column[column];
    hid_t dataset = H5Dopen2(group, to->name, H5P_DEFAULT);
    kl_status status = dataset >= 0 ? KL_OK : KL_ERR_READ;
    if (status == KL_OK && length_of(dataset, (int)to->type) != table->n_rows)
        status = KL_ERR_FORMAT;
    if (status == KL_OK && table->n_rows > 0) {
        if (to->type == KL_COLUMN_TEXT)
            status = read_texts(dataset, table, column);
        else if (to->type == KL_COLUMN_COUNT)
            status =
                H5Dread(dataset, H5T_NATIVE_INT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, to->count) < 0 ? KL_ERR_READ : KL_OK;
        else
            status = H5Dread(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, to->number) < 0 ? KL_ERR_READ
                                                                                                        : KL_OK;
    }
    (void)kl_h5_close(&dataset);
    return status;
}

/* ---- tables ---- */

/* Columns in the order in which they were made; all links must be datasets of this very file. */
static kl_status read_columns(hid_t group, kl_table *table, hssize_t *n_rows)
{
    H5G_info_t info;
    char name[256];
    kl_status status = H5Gget_info(group, &info) < 0 ? KL_ERR_READ : KL_OK;
    for (hsize_t i = 0; status == KL_OK && i < info.nlinks; i++) {
        H5L_info_t link;
        ssize_t length =
            H5Lget_name_by_idx(group, ".", H5_INDEX_CRT_ORDER, H5_ITER_INC, i, name, sizeof name, H5P_DEFAULT);
        if (length <= 0 || (size_t)length >= sizeof name || H5Lget_info(group, name, &link, H5P_DEFAULT) < 0 ||
            link.type != H5L_TYPE_HARD)
            return KL_ERR_FORMAT;
        hid_t dataset = H5Dopen2(group, name, H5P_DEFAULT);
        if (dataset < 0)
            status = KL_ERR_FORMAT;
        else if (strcmp(name, KL_ANALYSIS_ROW) == 0)
            *n_rows = length_of(dataset, KL_COLUMN_COUNT);
        else
            status = add_column(table, dataset, name);
        (void)kl_h5_close(&dataset);
    }
    return status == KL_OK && *n_rows < 0 ? KL_ERR_FORMAT : status;
}

/* The length of what is there is known before room for it is asked for. */
static kl_status check_lengths(hid_t group, const kl_table *table, hssize_t n_rows)
{
    for (int c = 0; c < table->n_columns; c++) {
        hid_t dataset = H5Dopen2(group, table->column[c].name, H5P_DEFAULT);
        hssize_t length = dataset < 0 ? -1 : length_of(dataset, (int)table->column[c].type);
        (void)kl_h5_close(&dataset);
        if (length != n_rows)
            return KL_ERR_FORMAT;
    }
    return KL_OK;
}

static kl_status read_group(hid_t group, const char *name, kl_saved_table *saved)
{
    hssize_t n_rows = -1;
    char *title = text_of(group, "title");
    char *method = text_of(group, "method");
    saved->command = text_of(group, "command");
    saved->engine_version = text_of(group, "engine_version");
    kl_status status = title && method && saved->command && saved->engine_version
                           ? kl_table_init(&saved->table, name, title, method)
                           : KL_ERR_READ;
    free(title);
    free(method);
    if (status == KL_OK)
        status = read_columns(group, &saved->table, &n_rows);
    if (status == KL_OK)
        status = check_lengths(group, &saved->table, n_rows);
    for (hssize_t row = 0; status == KL_OK && row < n_rows; row++)
        status = kl_table_add_row(&saved->table);
    for (int c = 0; status == KL_OK && c < saved->table.n_columns; c++)
        status = read_column(group, &saved->table, c);
    return status;
}

kl_status kl_analysis_read_one(hid_t group, const char *name, kl_saved_table *saved, kl_reason *reason)
{
    memset(saved, 0, sizeof *saved);
    kl_status status = KL_ERR_FORMAT;
    hid_t found = kl_analysis_is_name(name) ? H5Gopen2(group, name, H5P_DEFAULT) : -1;
    if (found >= 0)
        status = read_group(found, name, saved);
    (void)kl_h5_close(&found);
    if (status == KL_OK)
        return KL_OK;
    saved_free(saved);
    if (status == KL_ERR_FORMAT)
        return kl_reason_set(reason, status, "'%s/%.100s' is no table", KL_ANALYSIS_GROUP, name);
    return kl_reason_set(reason, status, "the table '%s/%.100s': %s", KL_ANALYSIS_GROUP, name, kl_status_text(status));
}

static kl_status read_all(hid_t group, int *n, kl_saved_table *table, hsize_t n_links, kl_reason *reason)
{
    kl_status status = KL_OK;
    char name[256];
    for (hsize_t i = 0; status == KL_OK && i < n_links; i++) {
        ssize_t length = H5Lget_name_by_idx(group, ".", H5_INDEX_NAME, H5_ITER_INC, i, name, sizeof name, H5P_DEFAULT);
        if (length <= 0 || (size_t)length >= sizeof name)
            return kl_reason_set(reason, KL_ERR_FORMAT, "'%s' cannot be read", KL_ANALYSIS_GROUP);
        status = kl_analysis_read_one(group, name, &table[*n], reason);
        *n += status == KL_OK;
    }
    return status;
}

kl_status kl_analysis_read(hid_t file, int *n, kl_saved_table **table, kl_reason *reason)
{
    H5G_info_t info;
    *n = 0;
    *table = NULL;
    htri_t exists = H5Lexists(file, KL_ANALYSIS_GROUP, H5P_DEFAULT);
    if (exists == 0)
        return KL_OK;
    hid_t group = exists < 0 ? -1 : H5Gopen2(file, KL_ANALYSIS_GROUP, H5P_DEFAULT);
    if (group < 0 || H5Gget_info(group, &info) < 0 || info.nlinks > INT_MAX / 2) {
        (void)kl_h5_close(&group);
        return kl_reason_set(reason, KL_ERR_FORMAT, "'%s' cannot be read", KL_ANALYSIS_GROUP);
    }
    kl_saved_table *made = calloc((size_t)info.nlinks + 1, sizeof *made);
    kl_status status = made ? read_all(group, n, made, info.nlinks, reason)
                            : kl_reason_set(reason, KL_ERR_MEMORY, "%s", kl_status_text(KL_ERR_MEMORY));
    (void)kl_h5_close(&group);
    if (status == KL_OK) {
        *table = made;
        return KL_OK;
    }
    kl_saved_tables_free(*n, made);
    *n = 0;
    return status;
}
