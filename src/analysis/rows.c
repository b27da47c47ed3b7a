/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Filling tables; see rows.h. */
#include "analysis/rows.h"

#include <string.h>

kl_rows kl_rows_begin(kl_table *table, const char *name, const char *title, const char *method)
{
    kl_rows rows = {.table = table};
    rows.status = kl_table_init(table, name, title, method);
    return rows;
}

static void add(kl_rows *rows, kl_column_type type, const char *name, const char *unit, kl_column_style style,
                int digits, const char *meaning)
{
    if (rows->status == KL_OK)
        rows->status = kl_table_add_column(rows->table, type, name, unit, style, digits, meaning);
}

kl_rows kl_rows_begin_as(kl_table *table, const char *name, const char *title, const char *method, const kl_head *head)
{
    kl_rows rows = kl_rows_begin(table, name, title, method);
    for (; head->name; head++)
        add(&rows, head->type, head->name, head->unit, head->style, head->digits, head->meaning);
    return rows;
}

void kl_rows_text(kl_rows *rows, const char *name, const char *meaning)
{
    add(rows, KL_COLUMN_TEXT, name, "", KL_STYLE_PLAIN, 0, meaning);
}

void kl_rows_count(kl_rows *rows, const char *name, const char *meaning)
{
    add(rows, KL_COLUMN_COUNT, name, "1", KL_STYLE_PLAIN, 0, meaning);
}

void kl_rows_share(kl_rows *rows, const char *name, const char *meaning)
{
    add(rows, KL_COLUMN_NUMBER, name, "1", KL_STYLE_PERCENT, 1, meaning);
}

void kl_rows_amount(kl_rows *rows, const char *name, const char *unit, const char *meaning)
{
    int is_money = strncmp(unit, "USD", 3) == 0;
    add(rows, KL_COLUMN_NUMBER, name, unit, is_money ? KL_STYLE_MONEY : KL_STYLE_PLAIN,
        is_money                 ? 0
        : strcmp(unit, "1") == 0 ? 4
                                 : 2,
        meaning);
}

void kl_rows_next(kl_rows *rows)
{
    rows->column = 0;
    if (rows->status == KL_OK)
        rows->status = kl_table_add_row(rows->table);
}

kl_rows kl_rows_append(kl_table *table)
{
    kl_rows rows = {.table = table};
    kl_rows_next(&rows);
    return rows;
}

void kl_rows_put_text(kl_rows *rows, const char *text)
{
    if (rows->status == KL_OK)
        rows->status = kl_table_set_text(rows->table, rows->table->n_rows - 1, rows->column++, text);
}

void kl_rows_put_count(kl_rows *rows, int64_t count)
{
    if (rows->status == KL_OK)
        rows->status = kl_table_set_count(rows->table, rows->table->n_rows - 1, rows->column++, count);
}

void kl_rows_put(kl_rows *rows, double number)
{
    if (rows->status == KL_OK)
        rows->status = kl_table_set_number(rows->table, rows->table->n_rows - 1, rows->column++, number);
}
