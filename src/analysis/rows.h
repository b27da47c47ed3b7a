/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Filling tables from left to right: columns from a list, then rows cell by cell; the first error stays. Internal to
 * src/analysis. */
#ifndef KL_ROWS_H
#define KL_ROWS_H

#include "klaster/table.h"

typedef struct kl_rows {
    kl_table *table;
    int column;
    kl_status status;
} kl_rows;

/* A column of a table whose columns stand in a list, ended by {0}. */
typedef struct kl_head {
    kl_column_type type;
    const char *name, *unit;
    kl_column_style style;
    int digits;
    const char *meaning;
} kl_head;

/* Start a table; kl_rows_begin_as: with these columns. */
kl_rows kl_rows_begin(kl_table *table, const char *name, const char *title, const char *method);
kl_rows kl_rows_begin_as(kl_table *table, const char *name, const char *title, const char *method, const kl_head *head);

/* Start a row of a table that has its columns. */
kl_rows kl_rows_append(kl_table *table);

/* Add a column. kl_rows_amount: of this unit, as money where that is "USD". */
void kl_rows_text(kl_rows *rows, const char *name, const char *meaning);
void kl_rows_count(kl_rows *rows, const char *name, const char *meaning);
void kl_rows_share(kl_rows *rows, const char *name, const char *meaning);
void kl_rows_amount(kl_rows *rows, const char *name, const char *unit, const char *meaning);

/* Start a row, then fill its cells in the order of the columns. */
void kl_rows_next(kl_rows *rows);
void kl_rows_put_text(kl_rows *rows, const char *text);
void kl_rows_put_count(kl_rows *rows, int64_t count);
void kl_rows_put(kl_rows *rows, double number);

#endif
