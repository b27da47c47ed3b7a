/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Tables as CSV and JSON, for programs: every digit, nothing rounded, undefined cells empty or null. */
#include <math.h>
#include <string.h>

#include "cli/tables.h"

/* ---- CSV ---- */

static bool cell_is_empty(const kl_column *column, int row)
{
    return column->type == KL_COLUMN_TEXT    ? column->text[row][0] == '\0'
           : column->type == KL_COLUMN_COUNT ? column->count[row] == KL_COUNT_NONE
                                             : isnan(column->number[row]);
}

static void csv_cell(FILE *to, const kl_column *column, int row)
{
    char text[KL_NUMBER_SIZE];
    if (cell_is_empty(column, row))
        return;
    if (column->type == KL_COLUMN_TEXT)
        kl_text_csv(to, column->text[row]);
    else if (column->type == KL_COLUMN_COUNT)
        fprintf(to, "%lld", (long long)column->count[row]);
    else
        fputs(kl_text_exact(text, sizeof text, column->number[row]), to);
}

void kl_table_print_csv(FILE *to, const kl_table *table)
{
    for (int c = 0; c < table->n_columns; c++) {
        if (c > 0)
            putc(',', to);
        kl_text_csv(to, table->column[c].name);
    }
    fputs("\r\n", to);
    for (int row = 0; row < table->n_rows && !ferror(to); row++) {
        for (int c = 0; c < table->n_columns; c++) {
            if (c > 0)
                putc(',', to);
            csv_cell(to, &table->column[c], row);
        }
        if (table->n_columns == 1 && cell_is_empty(&table->column[0], row))
            fputs("\"\"", to); /* an empty line would end the table */
        fputs("\r\n", to);
    }
}

/* ---- JSON ---- */

static json_t *json_cell(const kl_column *column, int row)
{
    switch (column->type) {
    case KL_COLUMN_TEXT:
        return kl_json_printable(column->text[row]);
    case KL_COLUMN_COUNT:
        return column->count[row] == KL_COUNT_NONE ? json_null() : json_integer(column->count[row]);
    case KL_COLUMN_NUMBER:
    default:
        return kl_json_number(column->number[row]);
    }
}

static json_t *json_columns(const kl_table *table)
{
    static const char *const types[] = {"text", "count", "number"};
    json_t *columns = json_array();
    for (int c = 0; columns && c < table->n_columns; c++) {
        const kl_column *column = &table->column[c];
        json_t *json =
            json_pack("{s:o, s:s, s:o, s:o}", "name", kl_json_printable(column->name), "type", types[column->type],
                      "unit", kl_json_printable(column->unit), "meaning", kl_json_printable(column->meaning));
        if (json_array_append_new(columns, json) != 0) {
            json_decref(columns);
            return NULL;
        }
    }
    return columns;
}

static json_t *json_row(const kl_table *table, int row)
{
    json_t *json = json_object();
    for (int c = 0; json && c < table->n_columns; c++) {
        if (json_object_set_new(json, table->column[c].name, json_cell(&table->column[c], row)) != 0) {
            json_decref(json);
            return NULL;
        }
    }
    return json;
}

static json_t *json_row_compact(const kl_table *table, int row)
{
    json_t *json = json_array();
    for (int c = 0; json && c < table->n_columns; c++) {
        if (json_array_append_new(json, json_cell(&table->column[c], row)) != 0) {
            json_decref(json);
            return NULL;
        }
    }
    return json;
}

static json_t *json_table(const kl_table *table, json_t *(*make_row)(const kl_table *, int))
{
    json_t *rows = json_array();
    for (int row = 0; rows && row < table->n_rows; row++) {
        if (json_array_append_new(rows, make_row(table, row)) != 0) {
            json_decref(rows);
            rows = NULL;
        }
    }
    return json_pack("{s:o, s:o, s:o, s:o, s:o}", "name", kl_json_printable(table->name), "title",
                     kl_json_printable(table->title), "method", kl_json_printable(table->method), "columns",
                     json_columns(table), "rows", rows);
}

json_t *kl_table_json(const kl_table *table)
{
    return json_table(table, json_row);
}

json_t *kl_table_json_compact(const kl_table *table)
{
    return json_table(table, json_row_compact);
}
