/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Text for people: numbers, widths, wrapping, colour, and words that were nearly right. Knows nothing of studies or
 * results. Whatever comes from outside (names, labels, arguments) is data: it is printed with its control
 * characters made visible and never serves as a format. */
#ifndef KLASTER_CLI_TEXT_H
#define KLASTER_CLI_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Where text goes, and what may be shown there. */
typedef struct kl_term {
    FILE *file;
    bool is_terminal;
    bool moves;  /* a terminal whose cursor can be moved */
    bool utf8;   /* the locale's environment says UTF-8 */
    bool colour; /* a terminal, or CLICOLOR_FORCE is set; and NO_COLOR is not */
    int width;   /* columns to fill, 60..100 */
} kl_term;

kl_term kl_term_make(FILE *file);

typedef enum kl_style { KL_PLAIN, KL_BOLD, KL_DIM, KL_GOOD, KL_BAD, KL_WARN, KL_HEAD } kl_style;

/* Print text in a style; plain where the terminal has no colour. Control characters are escaped. */
void kl_term_print(const kl_term *term, kl_style style, const char *text);

/* Print a heading: an empty line, bold capitals, and what it is about in plain text (may be NULL). */
void kl_term_heading(const kl_term *term, const char *title, const char *about);

/* Print text wrapped at the terminal's width, each line indented; text that is already on the line counts as `column`. */
void kl_term_wrap(const kl_term *term, const char *text, int indent, int column);

/* Bar of `cells` columns filled to `share` of 1: eighths of blocks, or '#' where there is no UTF-8. `buffer` holds at
 * least 3 * cells + 1 bytes. */
void kl_text_bar(const kl_term *term, char *buffer, size_t size, double share, int cells);

/* Columns that a UTF-8 text takes on a terminal. */
int kl_text_width(const char *text);

/* As much of a text as fits into so many columns, which ends with an ellipsis where something is left out. `buffer` holds at
 * least 4 bytes. Returns it. */
char *kl_text_cut(const kl_term *term, char *buffer, size_t size, const char *text, int columns);

/* ---- numbers; all write at most `size` bytes, terminated, and return `buffer` ---- */
#define KL_NUMBER_SIZE 48
char *kl_text_count(char *buffer, size_t size, double n);                   /* 10,000 */
char *kl_text_bytes(char *buffer, size_t size, double bytes);               /* 12.3 MB (powers of 1,000) */
char *kl_text_seconds(char *buffer, size_t size, double seconds);           /* 20 ms, 1.6 s, 3 min 20 s, 2 h 5 min */
char *kl_text_money(char *buffer, size_t size, double amount);              /* 1.23 M */
char *kl_text_percent(char *buffer, size_t size, double share, int digits); /* 31.7 % */
char *kl_text_exact(char *buffer, size_t size, double value);   /* shortest that reads back as this double */
char *kl_text_exact32(char *buffer, size_t size, double value); /* shortest that reads back as this float */

/* Number of an argument: digits only, within [lo, hi]. */
bool kl_text_parse_count(const char *text, int64_t lo, int64_t hi, int64_t *value);

/* The candidate nearest to a word, or NULL where none is near. */
const char *kl_text_nearest(const char *word, const char *const *candidates, int n);

/* Print a CSV field (RFC 4180): quoted where it must be. */
void kl_text_csv(FILE *to, const char *field);

#endif
