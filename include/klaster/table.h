/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A table: what every analysis yields. It knows its columns' units and meanings and says what it was computed from, so that
 * one writer prints it as text, CSV or JSON and one stores it under /analysis in a result file. */
#ifndef KLASTER_TABLE_H
#define KLASTER_TABLE_H

#include <stdint.h>

#include "klaster/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum kl_column_type { KL_COLUMN_TEXT, KL_COLUMN_COUNT, KL_COLUMN_NUMBER } kl_column_type;

/* How a number is printed in text; files always hold all of it. */
typedef enum kl_column_style { KL_STYLE_PLAIN, KL_STYLE_PERCENT, KL_STYLE_MONEY } kl_column_style;

typedef struct kl_column {
    char *name;    /* [a-z0-9_]+, unique in its table */
    char *unit;    /* "1", "USD", "month", ...; "" for text */
    char *meaning; /* one sentence */
    kl_column_type type;
    kl_column_style style;
    int digits;     /* decimals in text */
    char **text;    /* [row], TEXT; never NULL once the row exists */
    int64_t *count; /* [row], COUNT; KL_COUNT_NONE where undefined */
    double *number; /* [row], NUMBER; NaN where undefined */
} kl_column;

#define KL_COUNT_NONE INT64_MIN

typedef struct kl_table {
    char *name;   /* [a-z0-9_]+ : its group under /analysis */
    char *title;  /* one line for people */
    char *method; /* how it was computed, from what, with which source */
    int n_columns, n_rows, capacity;
    kl_column *column;
} kl_table;

/* Make an empty table. kl_table_free is legal on a zeroed struct and after any error. All texts are copied. */
KL_MUST_USE kl_status kl_table_init(kl_table *table, const char *name, const char *title, const char *method);
void kl_table_free(kl_table *table);

/* Add a column before the first row; its index is n_columns - 1. KL_ERR_ARGUMENT after the first row. */
KL_MUST_USE kl_status kl_table_add_column(kl_table *table, kl_column_type type, const char *name, const char *unit,
                                          kl_column_style style, int digits, const char *meaning);

/* Add an undefined row; its index is n_rows - 1. */
KL_MUST_USE kl_status kl_table_add_row(kl_table *table);

/* Fill a cell. KL_ERR_ARGUMENT for a place outside the table or of another type. */
KL_MUST_USE kl_status kl_table_set_text(kl_table *table, int row, int column, const char *text);
KL_MUST_USE kl_status kl_table_set_count(kl_table *table, int row, int column, int64_t count);
KL_MUST_USE kl_status kl_table_set_number(kl_table *table, int row, int column, double number);

#ifdef __cplusplus
}
#endif
#endif
