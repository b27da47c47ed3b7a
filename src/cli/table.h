/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A table with aligned columns, collected row by row and printed at the end. */
#ifndef KLASTER_CLI_TABLE_H
#define KLASTER_CLI_TABLE_H

#include "cli/text.h"
#include "klaster/status.h"

#define KL_TABLE_COLUMNS_MAX 24

typedef struct kl_cell {
    char *text;
    kl_style style;
} kl_cell;

typedef struct kl_table {
    int n_columns, n_rows, capacity;
    char align[KL_TABLE_COLUMNS_MAX]; /* 'l' or 'r' */
    int filled;                       /* cells of the row that is being filled */
    int indent;
    int failed;       /* an allocation failed; said by kl_table_print */
    kl_cell *cell;    /* [row][column] */
    char *is_heading; /* [row]: the first cell spans the row */
} kl_table;

/* `align` has one letter a column: l left, r right. */
void kl_table_init(kl_table *table, const char *align);
void kl_table_free(kl_table *table);

/* Add the next cell; text is copied. Rows follow each other without a mark. */
void kl_table_cell(kl_table *table, kl_style style, const char *text);
void kl_table_cellf(kl_table *table, kl_style style, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Fill what is left of the row with empty cells. */
void kl_table_end_row(kl_table *table);

/* A row that is one text over all columns, not counted in their widths. */
void kl_table_heading(kl_table *table, kl_style style, const char *text);

/* Columns that the table takes, with its indent, if nothing is wrapped. */
int kl_table_width(const kl_table *table);

/* Print; a last column that is left-aligned is wrapped to the terminal's width. KL_ERR_MEMORY. */
KL_MUST_USE kl_status kl_table_print(const kl_table *table, const kl_term *term);

#endif
