/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Aligned tables. Widths are columns on a terminal, not bytes; styles do not count. */
#include "cli/grid.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { GAP = 2 };

void kl_grid_init(kl_grid *table, const char *align)
{
    memset(table, 0, sizeof *table);
    for (; align[table->n_columns] && table->n_columns < KL_GRID_COLUMNS_MAX; table->n_columns++)
        table->align[table->n_columns] = align[table->n_columns];
    table->indent = 2;
}

void kl_grid_free(kl_grid *table)
{
    for (int i = 0; i < table->n_rows * table->n_columns; i++)
        free(table->cell[i].text);
    free(table->cell);
    free(table->is_heading);
    memset(table, 0, sizeof *table);
}

static int grow(kl_grid *table)
{
    if (table->n_rows < table->capacity)
        return 1;
    int capacity = table->capacity ? 2 * table->capacity : 32;
    size_t columns = (size_t)table->n_columns;
    kl_grid_field *cell = realloc(table->cell, (size_t)capacity * columns * sizeof *cell);
    if (cell)
        table->cell = cell;
    char *is_heading = realloc(table->is_heading, (size_t)capacity);
    if (is_heading)
        table->is_heading = is_heading;
    if (!cell || !is_heading) {
        table->failed = 1;
        return 0;
    }
    table->capacity = capacity;
    return 1;
}

static char *copy_of(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = malloc(size);
    if (copy)
        memcpy(copy, text, size);
    return copy;
}

void kl_grid_cell(kl_grid *table, kl_style style, const char *text)
{
    if (table->failed)
        return;
    if (table->filled == 0 || table->filled == table->n_columns) {
        if (!grow(table))
            return;
        kl_grid_field *row = table->cell + (size_t)table->n_rows * (size_t)table->n_columns;
        memset(row, 0, (size_t)table->n_columns * sizeof *row);
        table->is_heading[table->n_rows++] = 0;
        table->filled = 0;
    }
    kl_grid_field *cell = table->cell + (size_t)(table->n_rows - 1) * (size_t)table->n_columns + table->filled++;
    cell->style = style;
    cell->text = copy_of(text);
    if (!cell->text)
        table->failed = 1;
}

void kl_grid_cellf(kl_grid *table, kl_style style, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    kl_grid_cell(table, style, text);
}

void kl_grid_end_row(kl_grid *table)
{
    while (!table->failed && table->filled > 0 && table->filled < table->n_columns)
        kl_grid_cell(table, KL_PLAIN, "");
    table->filled = 0;
}

void kl_grid_heading(kl_grid *table, kl_style style, const char *text)
{
    kl_grid_end_row(table);
    kl_grid_cell(table, style, text);
    kl_grid_end_row(table);
    if (!table->failed)
        table->is_heading[table->n_rows - 1] = 1;
}

static void print_row(const kl_grid *table, const kl_term *term, const kl_grid_field *row, const int *width)
{
    int last = table->n_columns - 1;
    while (last > 0 && row[last].text[0] == '\0')
        last--;
    int column = table->indent;
    fprintf(term->file, "%*s", table->indent, "");
    for (int c = 0; c <= last; c++) {
        int pad = width[c] - kl_text_width(row[c].text);
        if (table->align[c] == 'r')
            fprintf(term->file, "%*s", pad, "");
        if (c == table->n_columns - 1 && table->align[c] == 'l' && row[c].style == KL_PLAIN)
            kl_term_wrap(term, row[c].text, column, column);
        else
            kl_term_print(term, row[c].style, row[c].text);
        column += width[c] + GAP;
        if (c < last)
            fprintf(term->file, "%*s", (table->align[c] == 'l' ? pad : 0) + GAP, "");
    }
    putc('\n', term->file);
}

static void measure(const kl_grid *table, int width[KL_GRID_COLUMNS_MAX])
{
    memset(width, 0, KL_GRID_COLUMNS_MAX * sizeof *width);
    for (int r = 0; r < table->n_rows; r++) {
        const kl_grid_field *row = table->cell + (size_t)r * (size_t)table->n_columns;
        for (int c = 0; c < table->n_columns && !table->is_heading[r]; c++) {
            int w = row[c].text ? kl_text_width(row[c].text) : 0;
            width[c] = w > width[c] ? w : width[c];
        }
    }
}

int kl_grid_width(const kl_grid *table)
{
    int width[KL_GRID_COLUMNS_MAX], all = table->indent + GAP * (table->n_columns - 1);
    measure(table, width);
    for (int c = 0; c < table->n_columns; c++)
        all += width[c];
    return all;
}

kl_status kl_grid_print(const kl_grid *table, const kl_term *term)
{
    if (table->failed || (table->filled > 0 && table->filled < table->n_columns))
        return KL_ERR_MEMORY; /* cells are missing */
    int width[KL_GRID_COLUMNS_MAX];
    measure(table, width);
    for (int r = 0; r < table->n_rows; r++) {
        const kl_grid_field *row = table->cell + (size_t)r * (size_t)table->n_columns;
        if (table->is_heading[r]) {
            if (row[0].text[0])
                fprintf(term->file, "%*s", table->indent, "");
            kl_term_print(term, row[0].style, row[0].text);
            putc('\n', term->file);
        } else {
            print_row(table, term, row, width);
        }
    }
    return KL_OK;
}
