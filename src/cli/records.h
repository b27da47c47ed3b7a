/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Rows that are written as they come, of which there may be millions: CSV (RFC 4180), or JSON, one object a row. */
#ifndef KLASTER_CLI_RECORDS_H
#define KLASTER_CLI_RECORDS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "klaster/status.h"

typedef struct kl_records {
    FILE *to;
    bool json;
    int n_columns, column; /* the next to be written */
    int64_t n_rows;
    char **name; /* [n_columns]; JSON only */
    bool lacks_memory;
} kl_records;

/* Begin a table, say its columns, then write cells from left to right, row after row; a row ends with its last column. */
void kl_records_begin(kl_records *records, FILE *to, bool json, const char *table);
void kl_records_column(kl_records *records, const char *name);
void kl_records_text(kl_records *records, const char *text);
void kl_records_number(kl_records *records, const char *number); /* as C writes it; "" or one not finite is undefined */
void kl_records_count(kl_records *records, int64_t number);

/* End the table. KL_ERR_MEMORY where something could not be kept. Free in any case. */
kl_status kl_records_end(kl_records *records);

#endif
