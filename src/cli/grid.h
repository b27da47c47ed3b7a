/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A table with aligned columns for people, collected row by row and printed at the end. (A kl_table is what an
 * analysis yields.) */
#ifndef KLASTER_CLI_GRID_H
#define KLASTER_CLI_GRID_H

#include "cli/text.h"
#include "klaster/status.h"

#define KL_GRID_COLUMNS_MAX 24

typedef struct kl_grid_field {
    char *text;
    kl_style style;
} kl_grid_field;

typedef struct kl_grid {
    int n_columns, n_rows, capacity;
    char align[KL_GRID_COLUMNS_MAX]; /* 'l' or 'r' */
    int filled;                      /* cells of the row that is being filled */
    int indent;
    int failed;          /* an allocation failed; said by kl_grid_print */
    kl_grid_field *cell; /* [row][column] */
    char *is_heading;    /* [row]: the first cell spans the row */
} kl_grid;

/* `align` has one letter a column: l left, r right. */
void kl_grid_init(kl_grid *table, const char *align);
void kl_grid_free(kl_grid *table);

/* Add the next cell; text is copied. Rows follow each other without a mark. */
void kl_grid_cell(kl_grid *table, kl_style style, const char *text);
void kl_grid_cellf(kl_grid *table, kl_style style, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Fill what is left of the row with empty cells. */
void kl_grid_end_row(kl_grid *table);

/* A row that is one text over all columns, not counted in their widths. */
void kl_grid_heading(kl_grid *table, kl_style style, const char *text);

/* Columns that the table takes, with its indent, if nothing is wrapped. */
int kl_grid_width(const kl_grid *table);

/* Print; a last column that is left-aligned is wrapped to the terminal's width. KL_ERR_MEMORY. */
KL_MUST_USE kl_status kl_grid_print(const kl_grid *table, const kl_term *term);

#endif
