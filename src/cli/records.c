/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Rows as CSV or JSON; see records.h. The JSON is
 *   {"table": "runs", "columns": ["arm", ...], "rows": [
 *   {"arm": "main", ...},
 *   ...
 *   ]}
 * so that a row is a line, and a program that cannot hold all can read line by line. */
#include "cli/records.h"

#include <stdlib.h>
#include <string.h>

#include "cli/text.h"

static void put_json(FILE *to, const char *text)
{
    putc('"', to);
    for (const unsigned char *p = (const unsigned char *)text; *p; p++)
        if (*p < 0x20 || *p == 0x7f)
            fprintf(to, "\\u%04x", *p);
        else
            fprintf(to, *p == '"' || *p == '\\' ? "\\%c" : "%c", *p);
    putc('"', to);
}

void kl_records_begin(kl_records *r, FILE *to, bool json, const char *table)
{
    memset(r, 0, sizeof *r);
    r->to = to;
    r->json = json;
    if (!json)
        return;
    fputs("{\"table\": ", to);
    put_json(to, table);
    fputs(", \"columns\": [", to);
}

/* JSON says the names again in every row. */
static void keep_name(kl_records *r, const char *text)
{
    size_t size = strlen(text) + 1;
    char **name = realloc(r->name, ((size_t)r->n_columns + 1) * sizeof *name);
    if (name)
        r->name = name;
    char *copy = name ? malloc(size) : NULL;
    if (!copy) {
        r->lacks_memory = true;
        return;
    }
    memcpy(copy, text, size);
    r->name[r->n_columns++] = copy;
}

void kl_records_column(kl_records *r, const char *name)
{
    if (r->lacks_memory)
        return;
    if (r->json) {
        fputs(r->n_columns ? ", " : "", r->to);
        put_json(r->to, name);
        keep_name(r, name);
        return;
    }
    fputs(r->n_columns++ ? "," : "", r->to);
    kl_text_csv(r->to, name);
}

static void end_row(kl_records *r)
{
    if (++r->column < r->n_columns)
        return;
    fputs(r->json ? "}" : "\r\n", r->to);
    r->column = 0;
    r->n_rows++;
}

/* What stands before a cell; false where nothing more can be written. */
static bool begin_cell(kl_records *r)
{
    if (r->lacks_memory || r->n_columns == 0)
        return false;
    if (!r->json) {
        if (r->n_rows == 0 && r->column == 0)
            fputs("\r\n", r->to); /* of the names */
        fputs(r->column ? "," : "", r->to);
        return true;
    }
    if (r->column == 0)
        fputs(r->n_rows ? ",\n{" : "], \"rows\": [\n{", r->to);
    else
        fputs(", ", r->to);
    put_json(r->to, r->name[r->column]);
    fputs(": ", r->to);
    return true;
}

void kl_records_text(kl_records *r, const char *text)
{
    if (!begin_cell(r))
        return;
    if (r->json)
        put_json(r->to, text);
    else
        kl_text_csv(r->to, text);
    end_row(r);
}

void kl_records_number(kl_records *r, const char *number)
{
    if (!begin_cell(r))
        return;
    bool is_finite = *number && strspn(number, "+-0123456789.eE") == strlen(number);
    fputs(r->json && !is_finite ? "null" : number, r->to);
    end_row(r);
}

void kl_records_count(kl_records *r, int64_t number)
{
    char text[32];
    snprintf(text, sizeof text, "%lld", (long long)number);
    kl_records_number(r, text);
}

kl_status kl_records_end(kl_records *r)
{
    if (r->json)
        fputs(r->n_rows ? "\n]}\n" : "], \"rows\": []}\n", r->to);
    else if (r->n_rows == 0)
        fputs("\r\n", r->to);
    for (int i = 0; r->json && i < r->n_columns; i++)
        free(r->name[i]);
    free(r->name);
    r->name = NULL;
    return r->lacks_memory ? KL_ERR_MEMORY : KL_OK;
}
