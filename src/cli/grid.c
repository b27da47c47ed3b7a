/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Aligned tables. Widths are columns on a terminal, not bytes; styles do not count. A table that is wider than the terminal gets
 * narrower by wrapping: first the names of columns, then texts such as names of arms, behind a blank, '-', '_' or '/'; last the
 * gaps between columns are halved. Numbers stay whole, and nothing is left out. */
#include "cli/grid.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { GAP = 2, PROSE_LEAST = 20, HANG = 2 };

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

/* ---- fitting ---- */

/* How a table is laid out: columns that are narrower than their texts wrap them. */
typedef struct layout {
    int gap;
    int prose; /* the last column, if it is text that kl_term_wrap wraps; else -1 */
    int width[KL_GRID_COLUMNS_MAX];
} layout;

static const kl_grid_field *row_of(const kl_grid *table, int r)
{
    return table->cell + (size_t)r * (size_t)table->n_columns;
}

/* Names of columns: a row in which everything is dim, or bold. */
static bool is_header(const kl_grid *table, const kl_grid_field *row)
{
    kl_style style = KL_PLAIN;
    for (int c = 0; c < table->n_columns; c++) {
        if (!row[c].text[0])
            continue;
        if ((row[c].style != KL_DIM && row[c].style != KL_BOLD) || (style != KL_PLAIN && style != row[c].style))
            return false;
        style = row[c].style;
    }
    return style != KL_PLAIN;
}

/* Bytes of the text up to where a line may end: behind a blank, or a mark inside a word ("big-bang", "npv_social"); of a number
 * only before its interval, "4.7 [3.9, 5.5]". Bars have no such place. */
static size_t piece_length(const char *text, bool is_number)
{
    for (size_t i = strspn(text, " "); text[i]; i++) {
        bool inside = i > 0 && isalnum((unsigned char)text[i - 1]) && isalnum((unsigned char)text[i + 1]);
        if (is_number ? text[i] == ' ' && text[i + 1] == '[' : text[i] == ' ' || (strchr("-_/", text[i]) && inside))
            return i + 1;
    }
    return strlen(text);
}

static int width_of(const char *text, size_t length)
{
    char piece[512];
    while (length > 0 && text[length - 1] == ' ')
        length--;
    snprintf(piece, sizeof piece, "%.*s", (int)(length < sizeof piece ? length : sizeof piece - 1), text);
    return kl_text_width(piece);
}

static int widest_piece(const char *text, bool is_number)
{
    int widest = 0;
    for (; *text; text += piece_length(text, is_number)) {
        int w = width_of(text, piece_length(text, is_number));
        widest = w > widest ? w : widest;
    }
    return widest;
}

/* The last column, if it is to the left and holds sentences rather than names; else -1. */
static int prose_of(const kl_grid *table)
{
    int last = table->n_columns - 1;
    if (table->align[last] != 'l')
        return -1;
    for (int r = 0; r < table->n_rows; r++) {
        const kl_grid_field *cell = &row_of(table, r)[last];
        if (!table->is_heading[r] && cell->style == KL_PLAIN && strchr(cell->text, ' '))
            return last;
    }
    return -1;
}

/* What may be wrapped: with each step more. */
typedef enum step { NAMES, TEXTS, INTERVALS } step;

/* How narrow a column can be. */
static int least_width(const kl_grid *table, const layout *l, int c, step allowed)
{
    int least = c == l->prose ? l->width[c] : 1;
    for (int r = 0; r < table->n_rows && c != l->prose; r++) {
        const kl_grid_field *row = row_of(table, r);
        if (table->is_heading[r])
            continue;
        bool is_name = is_header(table, row), is_number = !is_name && table->align[c] == 'r';
        bool wraps = is_name || allowed >= (is_number ? INTERVALS : TEXTS);
        int w = wraps ? widest_piece(row[c].text, is_number) : kl_text_width(row[c].text);
        least = w > least ? w : least;
    }
    return least;
}

/* What the prose needs: a few words a line, and the longest of them whole. */
static int prose_width(const kl_grid *table, const layout *l)
{
    int widest = PROSE_LEAST;
    for (int r = 0; r < table->n_rows; r++) {
        const char *text = table->is_heading[r] ? "" : row_of(table, r)[l->prose].text;
        for (size_t n; (n = strcspn(text, " ")) > 0; text += n + strspn(text + n, " ")) {
            int w = width_of(text, n);
            widest = w > widest ? w : widest;
        }
    }
    return widest < l->width[l->prose] ? widest : l->width[l->prose];
}

static int width_all(const kl_grid *table, const layout *l)
{
    int all = table->indent + l->gap * (table->n_columns - 1);
    for (int c = 0; c < table->n_columns; c++)
        all += l->width[c];
    return all;
}

/* Take from the columns that have most to give, until the table fits. */
static void squeeze(const kl_grid *table, layout *l, int columns, step allowed)
{
    int least[KL_GRID_COLUMNS_MAX], over;
    for (int c = 0; c < table->n_columns; c++)
        least[c] = least_width(table, l, c, allowed);
    while ((over = width_all(table, l) - columns) > 0) {
        int most = -1;
        for (int c = 0; c < table->n_columns; c++)
            if (l->width[c] > least[c] && (most < 0 || l->width[c] - least[c] > l->width[most] - least[most]))
                most = c;
        if (most < 0)
            return;
        int slack = l->width[most] - least[most];
        l->width[most] -= slack < over ? slack : over;
    }
}

static void fit(const kl_grid *table, layout *l, int columns)
{
    static const struct {
        step allowed;
        int gap;
    } tries[] = {{NAMES, GAP}, {TEXTS, GAP}, {TEXTS, 1}, {INTERVALS, GAP}, {INTERVALS, 1}};
    l->prose = prose_of(table);
    measure(table, l->width);
    int whole = l->prose < 0 ? 0 : l->width[l->prose];
    for (size_t t = 0; t < sizeof tries / sizeof tries[0]; t++) {
        l->gap = tries[t].gap;
        measure(table, l->width);
        if (l->prose >= 0)
            l->width[l->prose] = prose_width(table, l); /* it takes what is left */
        for (int allowed = NAMES; allowed <= (int)tries[t].allowed; allowed++)
            squeeze(table, l, columns, (step)allowed);
        if (width_all(table, l) <= columns)
            break;
    }
    if (l->prose >= 0)
        l->width[l->prose] = whole;
}

/* ---- printing ---- */

/* Bytes of the text that go on one line of so many columns. */
static size_t line_length(const char *text, int columns, bool is_number)
{
    size_t length = piece_length(text, is_number);
    while (text[length] && width_of(text, length + piece_length(text + length, is_number)) <= columns)
        length += piece_length(text + length, is_number);
    return length;
}

static int n_lines(const char *text, int columns, bool is_number)
{
    int n = 0;
    if (kl_text_width(text) <= columns)
        return 1;
    for (; *text; text += line_length(text, columns, is_number))
        n++;
    return n;
}

/* The given line of a text, from 0, cut out. */
static void take_line(char *line, size_t size, const char *text, int columns, bool is_number, int number)
{
    bool fits = kl_text_width(text) <= columns;
    line[0] = '\0';
    for (int i = 0; *text; i++) {
        size_t length = fits ? strlen(text) : line_length(text, columns, is_number);
        if (i == number) {
            snprintf(line, size, "%.*s", (int)length, text);
            for (size_t n = strlen(line); n > 0 && line[n - 1] == ' ' && !fits; n--)
                line[n - 1] = '\0';
            return;
        }
        text += length;
    }
}

static void print_line(const kl_grid *table, const kl_term *term, const kl_grid_field *row, const layout *l, int number,
                       bool from_top, int last)
{
    int column = table->indent;
    fprintf(term->file, "%*s", table->indent, "");
    for (int c = 0; c <= last; c++) {
        char line[512];
        bool prose = c == l->prose && row[c].style == KL_PLAIN;
        int lines = prose ? 1 : n_lines(row[c].text, l->width[c], from_top && table->align[c] == 'r');
        if (prose)
            snprintf(line, sizeof line, "%s", ""); /* measured below */
        else                                       /* names of columns stand at the bottom, texts at the top */
            take_line(line, sizeof line, row[c].text, l->width[c], from_top && table->align[c] == 'r',
                      from_top ? number : number + lines);
        int pad = l->width[c] - (prose ? kl_text_width(row[c].text) : kl_text_width(line));
        int hang = from_top && number > 0 && line[0] && table->align[c] == 'l' && pad > HANG ? HANG : 0;
        pad -= hang;
        fprintf(term->file, "%*s", table->align[c] == 'r' ? pad : hang, "");
        if (prose && (from_top ? number == 0 : number == -1))
            kl_term_wrap(term, row[c].text, column, column);
        else if (!prose)
            kl_term_print(term, row[c].style, line);
        column += l->width[c] + l->gap;
        if (c < last)
            fprintf(term->file, "%*s", (table->align[c] == 'l' ? pad : 0) + l->gap, "");
    }
    putc('\n', term->file);
}

/* The last column that says something on this line. */
static int last_column(const kl_grid *table, const kl_grid_field *row, const layout *l, int number, bool from_top)
{
    int last = table->n_columns - 1;
    for (; last > 0; last--) {
        bool prose = last == l->prose && row[last].style == KL_PLAIN;
        int lines = prose ? 1 : n_lines(row[last].text, l->width[last], from_top && table->align[last] == 'r');
        int at = from_top ? number : number + lines;
        if (row[last].text[0] && at >= 0 && at < lines)
            break;
    }
    return last;
}

static void print_row(const kl_grid *table, const kl_term *term, const kl_grid_field *row, const layout *l)
{
    int most = 1;
    bool from_top = !is_header(table, row);
    for (int c = 0; c < table->n_columns; c++) {
        bool prose = c == l->prose && row[c].style == KL_PLAIN;
        int lines = prose ? 1 : n_lines(row[c].text, l->width[c], from_top && table->align[c] == 'r');
        most = lines > most ? lines : most;
    }
    for (int i = 0; i < most; i++) {
        int number = from_top ? i : i - most; /* from the bottom: -most..-1 */
        print_line(table, term, row, l, number, from_top, last_column(table, row, l, number, from_top));
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
    layout l;
    fit(table, &l, term->width);
    for (int r = 0; r < table->n_rows; r++) {
        const kl_grid_field *row = row_of(table, r);
        if (table->is_heading[r]) {
            if (row[0].text[0])
                fprintf(term->file, "%*s", table->indent, "");
            kl_term_print(term, row[0].style, row[0].text);
            putc('\n', term->file);
        } else {
            print_row(table, term, row, &l);
        }
    }
    return KL_OK;
}
