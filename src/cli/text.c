/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Terminals, styles, wrapping, CSV fields and near words. Numbers are in number.c. */
#define _DEFAULT_SOURCE 1 /* POSIX under -std=c11 */
#include "cli/text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* ---- the terminal ---- */

/* setlocale is never called (it would change how numbers are read), so the environment is asked directly. */
static bool locale_is_utf8(void)
{
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *value = getenv(names[i]);
        if (!value || !*value)
            continue;
        for (const char *p = value; *p; p++)
            if (strncasecmp(p, "utf-8", 5) == 0 || strncasecmp(p, "utf8", 4) == 0)
                return true;
        return false;
    }
    return false;
}

static int columns_of(FILE *file, bool is_terminal)
{
    struct winsize size;
    int64_t columns = 80;
    const char *said = getenv("COLUMNS");
    if (is_terminal && ioctl(fileno(file), TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        columns = size.ws_col;
    else if (said && !kl_text_parse_count(said, 1, 10000, &columns))
        columns = 80;
    return columns < 60 ? 60 : columns > 100 ? 100 : (int)columns;
}

/* no-color.org and bixense.com/clicolors: NO_COLOR, if it is not empty, goes before all; CLICOLOR_FORCE asks for colour even in
 * a pipe, such as one to `less -R`; CLICOLOR=0 for none. */
static bool colour_is_wanted(bool is_usual)
{
    const char *no = getenv("NO_COLOR"), *force = getenv("CLICOLOR_FORCE"), *asked = getenv("CLICOLOR");
    if (no && *no)
        return false;
    if (force && *force && strcmp(force, "0") != 0)
        return true;
    return is_usual && !(asked && strcmp(asked, "0") == 0);
}

kl_term kl_term_make(FILE *file)
{
    kl_term term = {.file = file, .utf8 = locale_is_utf8()};
    const char *kind = getenv("TERM");
    bool is_dumb = kind && strcmp(kind, "dumb") == 0;
    term.is_terminal = isatty(fileno(file)) == 1;
    term.moves = term.is_terminal && !is_dumb;
    term.colour = colour_is_wanted(term.moves);
    term.width = columns_of(file, term.is_terminal);
    return term;
}

static const char *style_code(kl_style style)
{
    switch (style) {
    case KL_BOLD:
        return "\033[1m";
    case KL_DIM:
        return "\033[2m";
    case KL_GOOD:
        return "\033[32m";
    case KL_BAD:
        return "\033[31m";
    case KL_WARN:
        return "\033[33m";
    case KL_HEAD:
        return "\033[1;36m";
    case KL_PLAIN:
    default:
        return "";
    }
}

/* A byte that must not reach a terminal as it is: C0 controls and DEL; and the C1 controls, which UTF-8 writes C2 80-9F. */
static int control_length(const unsigned char *p)
{
    if (*p < 0x20 || *p == 0x7f)
        return 1;
    return p[0] == 0xc2 && p[1] >= 0x80 && p[1] <= 0x9f ? 2 : 0;
}

static void print_safe(FILE *to, const char *text)
{
    for (const unsigned char *p = (const unsigned char *)text; *p;) {
        int length = control_length(p);
        if (length == 0)
            putc(*p++, to);
        else if (*p == '\n')
            fputs("\\n", to), p++;
        else if (*p == '\t')
            fputs("\\t", to), p++;
        else {
            fprintf(to, "\\x%02x", length == 2 ? p[1] : p[0]);
            p += length;
        }
    }
}

void kl_term_print(const kl_term *term, kl_style style, const char *text)
{
    bool coloured = term->colour && style != KL_PLAIN && *text;
    if (coloured)
        fputs(style_code(style), term->file);
    print_safe(term->file, text);
    if (coloured)
        fputs("\033[0m", term->file);
}

void kl_term_heading(const kl_term *term, const char *title, const char *about)
{
    putc('\n', term->file);
    kl_term_print(term, KL_HEAD, title);
    if (about) {
        fputs("  ", term->file);
        kl_term_wrap(term, about, 2, kl_text_width(title) + 2);
    }
    putc('\n', term->file);
}

void kl_term_wrap(const kl_term *term, const char *text, int indent, int column)
{
    bool first = true;
    for (const char *p = text; *p;) {
        while (*p == ' ')
            p++;
        size_t length = strcspn(p, " ");
        if (length == 0)
            break;
        char word[512];
        size_t kept = length < sizeof word - 1 ? length : sizeof word - 1;
        memcpy(word, p, kept);
        word[kept] = '\0';
        p += kept;
        int width = kl_text_width(word);
        if (!first && column + 1 + width > term->width) {
            fprintf(term->file, "\n%*s", indent, "");
            column = indent;
        } else if (!first) {
            putc(' ', term->file);
            column++;
        }
        print_safe(term->file, word);
        column += width;
        first = false;
    }
}

/* ---- widths ---- */

static bool is_wide(unsigned long c)
{
    return (c >= 0x1100 && c <= 0x115f) || (c >= 0x2e80 && c <= 0xa4cf) || (c >= 0xac00 && c <= 0xd7a3) ||
           (c >= 0xf900 && c <= 0xfaff) || (c >= 0xff00 && c <= 0xff60) || (c >= 0x1f300 && c <= 0x1faff);
}

int kl_text_width(const char *text)
{
    int width = 0;
    for (const unsigned char *p = (const unsigned char *)text; *p;) {
        int controls = control_length(p);
        if (controls) { /* as print_safe shows it: \n, \t, \x1b */
            width += *p == '\n' || *p == '\t' ? 2 : 4;
            p += controls;
            continue;
        }
        unsigned long c = *p++;
        int more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : c >= 0xc0 ? 1 : 0;
        if (more)
            c &= 0x3fUL >> more;
        for (; more > 0 && (*p & 0xc0) == 0x80; more--)
            c = c << 6 | (*p++ & 0x3f);
        width += c >= 0x300 && c <= 0x36f ? 0 : is_wide(c) ? 2 : 1;
    }
    return width;
}

/* Bytes of the character that begins here. */
static size_t character_length(const char *text)
{
    size_t n = 1;
    while (((unsigned char)text[n] & 0xc0) == 0x80)
        n++;
    return n;
}

char *kl_text_cut(const kl_term *term, char *buffer, size_t size, const char *text, int columns)
{
    const char *end = term->utf8 ? "…" : "~";
    size_t used = 0, kept = 0; /* kept: what leaves room for the ellipsis */
    int width = 0;
    while (text[used]) {
        char one[8] = "";
        size_t n = character_length(text + used);
        memcpy(one, text + used, n < sizeof one ? n : sizeof one - 1);
        width += kl_text_width(one);
        if (width > columns || used + n + 4 > size)
            break;
        used += n;
        if (width < columns)
            kept = used;
    }
    memcpy(buffer, text, text[used] ? kept : used);
    buffer[text[used] ? kept : used] = '\0';
    if (text[used] && columns > 0)
        strcpy(buffer + kept, end);
    return buffer;
}

void kl_text_bar(const kl_term *term, char *buffer, size_t size, double share, int cells)
{
    static const char *const eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    double filled = !(share > 0) ? 0 : share > 1 ? 8.0 * cells : share * 8 * cells;
    int units = (int)(filled + 0.5);
    if (filled > 0 && units == 0)
        units = 1; /* something is shown as something */
    size_t at = 0;
    buffer[0] = '\0';
    for (int i = 0; i < (term->utf8 ? units / 8 : (units + 4) / 8) && at + 4 < size; i++)
        at += (size_t)snprintf(buffer + at, size - at, "%s", term->utf8 ? "█" : "#");
    if (term->utf8 && at + 4 < size)
        snprintf(buffer + at, size - at, "%s", eighths[units % 8]);
    else if (!term->utf8 && units > 0 && at == 0 && size > 1)
        snprintf(buffer, size, ".");
}

/* ---- near words ---- */

/* Damerau-Levenshtein distance (neighbours may be swapped), letters compared without case, '-' equal to '_'. */
static int distance(const char *a, const char *b)
{
    enum { LONGEST = 64 };
    size_t n = strlen(a), m = strlen(b);
    if (n > LONGEST || m > LONGEST)
        return LONGEST;
    int row[3][LONGEST + 1];
    int *before = row[0], *last = row[1], *now = row[2];
    for (size_t j = 0; j <= m; j++)
        last[j] = before[j] = (int)j;
    for (size_t i = 1; i <= n; i++) {
        now[0] = (int)i;
        for (size_t j = 1; j <= m; j++) {
            int x = tolower((unsigned char)a[i - 1]), y = tolower((unsigned char)b[j - 1]);
            bool same = x == y || (strchr("-_", x) && strchr("-_", y));
            int best = last[j - 1] + !same;
            best = last[j] + 1 < best ? last[j] + 1 : best;
            best = now[j - 1] + 1 < best ? now[j - 1] + 1 : best;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && before[j - 2] + 1 < best)
                best = before[j - 2] + 1;
            now[j] = best;
        }
        int *oldest = before;
        before = last, last = now, now = oldest;
    }
    return last[m];
}

const char *kl_text_nearest(const char *word, const char *const *candidates, int n)
{
    const char *nearest = NULL;
    int least = (int)(strlen(word) / 3) + 1;
    for (int i = 0; i < n; i++) {
        int d = distance(word, candidates[i]);
        bool begins = strlen(word) >= 3 && strncasecmp(word, candidates[i], strlen(word)) == 0;
        if (begins && d > 1)
            d = 1;
        if (d < least || (d == least && !nearest)) {
            least = d;
            nearest = candidates[i];
        }
    }
    return nearest;
}

/* ---- CSV ---- */

void kl_text_csv(FILE *to, const char *field)
{
    if (!strpbrk(field, ",\"\r\n")) {
        fputs(field, to);
        return;
    }
    putc('"', to);
    for (const char *p = field; *p; p++) {
        if (*p == '"')
            putc('"', to);
        putc(*p, to);
    }
    putc('"', to);
}
