/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Tables as text, for people: aligned, rounded, with units; a table wider than the page goes on below, its first columns
 * repeated. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/grid.h"
#include "cli/tables.h"

enum {
    ROWS_SHOWN = 50,
    GAP = 2,
    INDENT = 2,
    WORDS_MAX = 6,    /* lines that a column's name may take */
    TEXT_LEAST = 24,  /* columns that a wrapped text needs */
    CELL_SIZE = 1024, /* longer texts are cut; --csv has all */
    FITS_MAX = 12     /* columns side by side */
};

/* ---- cells ---- */

static const char *shown_unit(const kl_column *column, char *buffer, size_t size)
{
    bool pure = strcmp(column->unit, "1") == 0;
    if (column->style != KL_STYLE_PERCENT || column->type != KL_COLUMN_NUMBER)
        return pure ? "" : column->unit;
    if (pure)
        return "%";
    snprintf(buffer, size, strncmp(column->unit, "1/", 2) == 0 ? "%%%s" : "%% %s",
             strncmp(column->unit, "1/", 2) == 0 ? column->unit + 1 : column->unit);
    return buffer;
}

static void number_text(char *buffer, size_t size, const kl_column *column, double value)
{
    if (isnan(value)) {
        snprintf(buffer, size, "-");
        return;
    }
    if (column->style == KL_STYLE_MONEY) {
        kl_text_money(buffer, size, value);
        return;
    }
    value *= column->style == KL_STYLE_PERCENT ? 100 : 1;
    if (fabs(value) >= 1e15)
        snprintf(buffer, size, "%.4g", value);
    else if (column->digits == 0 && fabs(value) >= 9999.5)
        kl_text_count(buffer, size, value);
    else
        snprintf(buffer, size, "%.*f", column->digits, fabs(value) < 0.5 * pow(10, -column->digits) ? 0 : value);
}

static void cell_text(char *buffer, size_t size, const kl_column *column, int row)
{
    if (column->type == KL_COLUMN_TEXT)
        snprintf(buffer, size, "%s", column->text[row]);
    else if (column->type == KL_COLUMN_NUMBER)
        number_text(buffer, size, column, column->number[row]);
    else if (column->count[row] == KL_COUNT_NONE)
        snprintf(buffer, size, "-");
    else if (column->count[row] > -10000 && column->count[row] < 10000) /* years and months without commas */
        snprintf(buffer, size, "%lld", (long long)column->count[row]);
    else
        kl_text_count(buffer, size, (double)column->count[row]);
}

/* ---- widths ---- */

/* How a column's name and cells are laid out. */
typedef struct shape {
    int width;
    int n_lines;
    char line[WORDS_MAX][64]; /* the name, broken where it has underscores */
} shape;

/* Break a name into lines of at most `width`, if its words allow; what does not fit any more is cut. */
static void break_name(shape *s, const char *name, int width)
{
    s->n_lines = 0;
    for (const char *p = name; *p && s->n_lines < WORDS_MAX;) {
        char *line = s->line[s->n_lines++];
        size_t at = 0;
        while (*p) {
            size_t word = strcspn(p, "_") + (strchr(p, '_') != NULL);
            if (at > 0 && at + word > (size_t)width)
                break;
            size_t kept = at + word < sizeof s->line[0] ? word : sizeof s->line[0] - 1 - at;
            memcpy(line + at, p, kept);
            at += kept;
            p += word;
        }
        line[at] = '\0';
    }
}

static shape shape_of(const kl_column *column, int n_rows)
{
    char text[CELL_SIZE];
    shape s = {.width = kl_text_width(shown_unit(column, text, sizeof text))};
    for (int row = 0; row < n_rows; row++) {
        cell_text(text, sizeof text, column, row);
        int width = kl_text_width(text);
        s.width = width > s.width ? width : s.width;
    }
    break_name(&s, column->name, s.width > 8 ? s.width : 8);
    for (int i = 0; i < s.n_lines; i++) {
        int width = kl_text_width(s.line[i]);
        s.width = width > s.width ? width : s.width;
    }
    return s;
}

/* ---- parts of a table ---- */

/* Columns that say what a row is about: the texts at the left, but no more than three fifths of the page. */
static int key_columns(const kl_table *table, const shape *s, int width)
{
    int n = 0, used = INDENT;
    while (n < table->n_columns && n < 4 && table->column[n].type == KL_COLUMN_TEXT) {
        used += s[n].width + GAP;
        if (n > 0 && used > 3 * width / 5)
            break;
        n++;
    }
    return n == 0 && table->n_columns > 1 ? 1 : n;
}

/* How many columns from `first` on fit beside the keys; at least one. */
static int columns_that_fit(const kl_table *table, const shape *s, int n_keys, int first, int width)
{
    int n = 0, used = INDENT;
    for (int c = 0; c < n_keys; c++)
        used += s[c].width + GAP;
    for (int c = first; c < table->n_columns && n < FITS_MAX; c++, n++) {
        bool wraps = c == table->n_columns - 1 && table->column[c].type == KL_COLUMN_TEXT;
        int needs = wraps && s[c].width > TEXT_LEAST ? TEXT_LEAST : s[c].width;
        if (n > 0 && used + needs > width)
            break;
        used += s[c].width + GAP;
    }
    return n;
}

static void grid_headers(kl_grid *grid, const kl_table *table, const shape *s, const int *column, int n)
{
    int n_lines = 1;
    bool has_units = false;
    char unit[128];
    for (int i = 0; i < n; i++) {
        n_lines = s[column[i]].n_lines > n_lines ? s[column[i]].n_lines : n_lines;
        has_units = has_units || *shown_unit(&table->column[column[i]], unit, sizeof unit);
    }
    for (int l = 0; l < n_lines; l++) {
        for (int i = 0; i < n; i++) {
            const shape *of = &s[column[i]];
            int at = l - (n_lines - of->n_lines); /* names stand on the last line */
            kl_grid_cell(grid, KL_DIM, at >= 0 ? of->line[at] : "");
        }
        kl_grid_end_row(grid);
    }
    for (int i = 0; has_units && i < n; i++)
        kl_grid_cell(grid, KL_DIM, shown_unit(&table->column[column[i]], unit, sizeof unit));
    kl_grid_end_row(grid);
}

static kl_status print_part(const kl_term *term, const kl_table *table, const shape *s, const int *column, int n,
                            int n_rows)
{
    char align[KL_GRID_COLUMNS_MAX + 1] = "", text[CELL_SIZE];
    kl_grid grid;
    for (int i = 0; i < n; i++)
        align[i] = table->column[column[i]].type == KL_COLUMN_TEXT ? 'l' : 'r';
    kl_grid_init(&grid, align);
    grid_headers(&grid, table, s, column, n);
    for (int row = 0; row < n_rows; row++) {
        for (int i = 0; i < n; i++) {
            cell_text(text, sizeof text, &table->column[column[i]], row);
            kl_grid_cell(&grid, KL_PLAIN, text);
        }
        kl_grid_end_row(&grid);
    }
    kl_status status = kl_grid_print(&grid, term);
    kl_grid_free(&grid);
    return status;
}

static kl_status print_parts(const kl_term *term, const kl_table *table, const shape *s, int n_rows)
{
    int n_keys = key_columns(table, s, term->width);
    kl_status status = KL_OK;
    int first = n_keys;
    do {
        int column[KL_GRID_COLUMNS_MAX], n = 0;
        for (int c = 0; c < n_keys; c++)
            column[n++] = c;
        for (int more = columns_that_fit(table, s, n_keys, first, term->width); more > 0; more--)
            column[n++] = first++;
        status = print_part(term, table, s, column, n, n_rows);
        if (status == KL_OK && first < table->n_columns)
            putc('\n', term->file);
    } while (status == KL_OK && first < table->n_columns);
    return status;
}

/* ---- the whole ---- */

kl_status kl_table_print_text(const kl_term *term, const kl_table *table, bool all_rows)
{
    int n_rows = all_rows || table->n_rows <= ROWS_SHOWN + ROWS_SHOWN / 10 ? table->n_rows : ROWS_SHOWN;
    shape *s = calloc((size_t)table->n_columns + 1, sizeof *s);
    if (!s)
        return KL_ERR_MEMORY;
    for (int c = 0; c < table->n_columns; c++)
        s[c] = shape_of(&table->column[c], n_rows);
    kl_term_heading(term, table->name, table->title);
    kl_status status = KL_OK;
    if (table->n_columns > 0 && n_rows > 0)
        status = print_parts(term, table, s, n_rows);
    else
        fputs("  (no rows)\n", term->file);
    free(s);
    if (status == KL_OK && n_rows < table->n_rows)
        fprintf(term->file, "  ... the first %d of %d rows; all: --table %s, --csv or --json\n", n_rows, table->n_rows,
                table->name);
    return status;
}

kl_status kl_table_print_method(const kl_term *term, const kl_table *table)
{
    kl_grid grid;
    char unit[128];
    if (*table->method) {
        fputs("\n  ", term->file);
        kl_term_wrap(term, table->method, 2, 2);
        putc('\n', term->file);
    }
    if (table->n_columns == 0)
        return KL_OK;
    putc('\n', term->file);
    kl_grid_init(&grid, "lll");
    for (int c = 0; c < table->n_columns; c++) {
        kl_grid_cell(&grid, KL_BOLD, table->column[c].name);
        kl_grid_cell(&grid, KL_DIM, shown_unit(&table->column[c], unit, sizeof unit));
        kl_grid_cell(&grid, KL_PLAIN, table->column[c].meaning);
        kl_grid_end_row(&grid);
    }
    kl_status status = kl_grid_print(&grid, term);
    kl_grid_free(&grid);
    return status;
}
