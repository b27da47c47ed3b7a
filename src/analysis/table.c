/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Tables: columns of text, counts or numbers that grow row by row. Plain containers; printing and storing them is done
 * above. */
#define _POSIX_C_SOURCE 200809L /* strdup */
#include "klaster/table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

kl_status kl_table_init(kl_table *table, const char *name, const char *title, const char *method)
{
    memset(table, 0, sizeof *table);
    table->name = strdup(name);
    table->title = strdup(title);
    table->method = strdup(method);
    if (table->name && table->title && table->method)
        return KL_OK;
    kl_table_free(table);
    return KL_ERR_MEMORY;
}

static void column_free(kl_column *column, int n_rows)
{
    for (int row = 0; column->text && row < n_rows; row++)
        free(column->text[row]);
    free(column->text);
    free(column->count);
    free(column->number);
    free(column->name);
    free(column->unit);
    free(column->meaning);
}

void kl_table_free(kl_table *table)
{
    for (int c = 0; c < table->n_columns; c++)
        column_free(&table->column[c], table->n_rows);
    free(table->column);
    free(table->name);
    free(table->title);
    free(table->method);
    memset(table, 0, sizeof *table);
}

kl_status kl_table_add_column(kl_table *table, kl_column_type type, const char *name, const char *unit,
                              kl_column_style style, int digits, const char *meaning)
{
    if (table->n_rows > 0)
        return KL_ERR_ARGUMENT;
    kl_column *grown = realloc(table->column, sizeof *grown * (size_t)(table->n_columns + 1));
    if (!grown)
        return KL_ERR_MEMORY;
    table->column = grown;
    kl_column *column = &grown[table->n_columns++];
    *column = (kl_column){.type = type, .style = style, .digits = digits};
    column->name = strdup(name);
    column->unit = strdup(unit);
    column->meaning = strdup(meaning);
    return column->name && column->unit && column->meaning ? KL_OK : KL_ERR_MEMORY;
}

/* Room for `capacity` rows in a column; what is there stays. */
static kl_status column_reserve(kl_column *column, int capacity)
{
    size_t n = (size_t)capacity;
    void *grown;
    switch (column->type) {
    case KL_COLUMN_TEXT:
        grown = realloc(column->text, n * sizeof *column->text);
        column->text = grown ? grown : column->text;
        break;
    case KL_COLUMN_COUNT:
        grown = realloc(column->count, n * sizeof *column->count);
        column->count = grown ? grown : column->count;
        break;
    default:
        grown = realloc(column->number, n * sizeof *column->number);
        column->number = grown ? grown : column->number;
        break;
    }
    return grown ? KL_OK : KL_ERR_MEMORY;
}

static kl_status table_reserve(kl_table *table)
{
    int capacity = table->capacity ? 2 * table->capacity : 8;
    for (int c = 0; c < table->n_columns; c++)
        if (column_reserve(&table->column[c], capacity) != KL_OK)
            return KL_ERR_MEMORY;
    table->capacity = capacity;
    return KL_OK;
}

kl_status kl_table_add_row(kl_table *table)
{
    int row = table->n_rows;
    if (row == table->capacity && table_reserve(table) != KL_OK)
        return KL_ERR_MEMORY;
    for (int c = 0; c < table->n_columns; c++) {
        kl_column *column = &table->column[c];
        if (column->type == KL_COLUMN_TEXT)
            column->text[row] = NULL;
        else if (column->type == KL_COLUMN_COUNT)
            column->count[row] = KL_COUNT_NONE;
        else
            column->number[row] = NAN;
    }
    table->n_rows++;
    for (int c = 0; c < table->n_columns; c++)
        if (table->column[c].type == KL_COLUMN_TEXT && !(table->column[c].text[row] = strdup("")))
            return KL_ERR_MEMORY;
    return KL_OK;
}

/* The column of that place, or NULL where it is outside the table or of another type. */
static kl_column *cell_column(kl_table *table, int row, int column, kl_column_type type)
{
    if (row < 0 || row >= table->n_rows || column < 0 || column >= table->n_columns)
        return NULL;
    return table->column[column].type == type ? &table->column[column] : NULL;
}

kl_status kl_table_set_text(kl_table *table, int row, int column, const char *text)
{
    kl_column *into = cell_column(table, row, column, KL_COLUMN_TEXT);
    if (!into)
        return KL_ERR_ARGUMENT;
    char *copy = strdup(text);
    if (!copy)
        return KL_ERR_MEMORY;
    free(into->text[row]);
    into->text[row] = copy;
    return KL_OK;
}

kl_status kl_table_set_count(kl_table *table, int row, int column, int64_t count)
{
    kl_column *into = cell_column(table, row, column, KL_COLUMN_COUNT);
    if (!into)
        return KL_ERR_ARGUMENT;
    into->count[row] = count;
    return KL_OK;
}

kl_status kl_table_set_number(kl_table *table, int row, int column, double number)
{
    kl_column *into = cell_column(table, row, column, KL_COLUMN_NUMBER);
    if (!into)
        return KL_ERR_ARGUMENT;
    into->number[row] = number;
    return KL_OK;
}
