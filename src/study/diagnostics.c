/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What is wrong with a study, as sentences that say where. Nothing is printed unless a caller hands over a stream. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "study/reader.h"

#define SENTENCE_MAX 600
#define ERRORS_MAX 200 /* shown; a file with more has one cause */

/* ---- the list ---- */

void kl_diagnostics_free(kl_diagnostics *list)
{
    for (int i = 0; i < list->n; i++) {
        free(list->item[i].file);
        free(list->item[i].text);
    }
    free(list->item);
    memset(list, 0, sizeof *list);
}

void kl_diagnostics_print(const kl_diagnostics *list, FILE *to)
{
    for (int i = 0; i < list->n; i++) {
        const kl_diagnostic *d = &list->item[i];
        const char *kind = d->is_warning ? "warning" : "error";
        if (d->line > 0)
            fprintf(to, "%s:%d:%d: %s: %s\n", d->file, d->line, d->column, kind, d->text);
        else
            fprintf(to, "%s: %s: %s\n", d->file, kind, d->text);
    }
}

/* A file's text may hold anything: no control character of it shall reach a terminal, and no half character a JSON text
 * (a name that was cut, libfyaml's own words). */
static void make_printable(char *text)
{
    unsigned char *p = (unsigned char *)text, *to = p;
    size_t left = strlen(text);
    while (left > 0) {
        size_t n = kl_character_length(p, left), step = n > 0 ? n : 1;
        int steers = n == 1 && (*p < 0x20 || *p == 0x7f);
        steers |= n == 2 && p[0] == 0xC2 && p[1] < 0xA0; /* U+0080 to U+009F */
        if (steers)
            *to++ = '?';
        else if (n > 0)
            memmove(to, p, n), to += n;
        p += step;
        left -= step;
    }
    *to = '\0';
}

static int is_known(const kl_diagnostics *list, const char *file, int line, int column, const char *text)
{
    for (int i = 0; i < list->n; i++) {
        const kl_diagnostic *d = &list->item[i];
        if (d->line == line && d->column == column && strcmp(d->text, text) == 0 && strcmp(d->file, file) == 0)
            return 1;
    }
    return 0;
}

static void append(kl_reader *reader, const char *file, int line, int column, int is_warning, char *text)
{
    kl_diagnostics *list = reader->found;
    if (reader->no_memory)
        return; /* from there on things are missing for which the study is not to blame */
    make_printable(text);
    if (is_known(list, file, line, column, text))
        return; /* a fragment that several arms include is wrong once */
    if (!is_warning && list->n_errors++ >= ERRORS_MAX)
        return;
    if (list->n == list->capacity) {
        int capacity = list->capacity ? 2 * list->capacity : 16;
        kl_diagnostic *item = realloc(list->item, (size_t)capacity * sizeof *item);
        if (!item) {
            reader->no_memory = 1;
            return;
        }
        list->item = item;
        list->capacity = capacity;
    }
    kl_diagnostic d = {.line = line, .column = column, .is_warning = is_warning};
    d.file = kl_reader_copy(reader, file);
    d.text = kl_reader_copy(reader, text);
    if (!d.file || !d.text) {
        free(d.file);
        free(d.text);
        return;
    }
    make_printable(d.file);
    list->item[list->n++] = d;
}

char *kl_reader_copy(kl_reader *reader, const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = malloc(size);
    if (!copy) {
        reader->no_memory = 1;
        return NULL;
    }
    return memcpy(copy, text, size);
}

void kl_diagnostics_add(kl_reader *reader, const char *file, int line, int column, int is_warning, const char *format,
                        ...)
{
    char text[SENTENCE_MAX];
    va_list arguments;
    va_start(arguments, format);
    if (vsnprintf(text, sizeof text, format, arguments) < 0)
        text[0] = '\0';
    va_end(arguments);
    append(reader, file, line, column, is_warning, text);
}

/* ---- paths ---- */

/* "arms.large.parameters.fee": an item of a list goes by its `name` where it has one, else by its number from 1. */
static size_t path_write(const kl_node *node, char *buffer, size_t size)
{
    size_t used = 0;
    if (node->parent)
        used = path_write(node->parent, buffer, size);
    if (used >= size)
        return size;
    int n = 0;
    const kl_node *name = kl_node_entry(node, "name");
    if (node->key)
        n = snprintf(buffer + used, size - used, "%s%.80s", used ? "." : "", node->key);
    else if (node->index > 0 && name && name->kind == KL_NODE_TEXT && kl_name_is_legal(name->text))
        n = snprintf(buffer + used, size - used, "%s%.64s", used ? "." : "", name->text);
    else if (node->index > 0)
        n = snprintf(buffer + used, size - used, "[%d]", node->index);
    return n < 0 ? used : used + (size_t)n;
}

static void add_at(kl_reader *reader, const kl_node *node, int at_key, int is_warning, const char *format,
                   va_list arguments)
{
    char text[SENTENCE_MAX + 300], path[300] = "";
    path_write(node, path, sizeof path);
    path[sizeof path - 1] = '\0';
    int n = path[0] ? snprintf(text, sizeof text, "%s: ", path) : 0;
    if (vsnprintf(text + n, sizeof text - (size_t)n, format, arguments) < 0)
        text[n] = '\0';
    int line = !node->document->has_places ? 0 : at_key && node->key ? node->key_line : node->line;
    int column = !node->document->has_places ? 0 : at_key && node->key ? node->key_column : node->column;
    append(reader, node->document->file, line, column, is_warning, text);
}

void kl_error_at(kl_reader *reader, const kl_node *node, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    add_at(reader, node, 0, 0, format, arguments);
    va_end(arguments);
}

void kl_error_at_key(kl_reader *reader, const kl_node *node, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    add_at(reader, node, 1, 0, format, arguments);
    va_end(arguments);
}

void kl_warning_at_key(kl_reader *reader, const kl_node *node, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    add_at(reader, node, 1, 1, format, arguments);
    va_end(arguments);
}

/* ---- did you mean ---- */

#define WORD_MAX 64

static int lower(char c)
{
    return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c == '-' ? '_' : (unsigned char)c;
}

static int least(int a, int b)
{
    return a < b ? a : b;
}

/* Optimal string alignment: inserted, lost, wrong and swapped letters count one; case and -/_ count nothing. */
static int edit_distance(const char *a, const char *b)
{
    size_t n = strlen(a), m = strlen(b);
    if (n > WORD_MAX || m > WORD_MAX)
        return WORD_MAX;
    int row[3][WORD_MAX + 1];
    int *before = row[0], *last = row[1], *now = row[2];
    for (size_t j = 0; j <= m; j++)
        last[j] = (int)j;
    memcpy(before, last, sizeof row[0]);
    for (size_t i = 1; i <= n; i++) {
        now[0] = (int)i;
        for (size_t j = 1; j <= m; j++) {
            int wrong = lower(a[i - 1]) != lower(b[j - 1]);
            now[j] = least(least(last[j] + 1, now[j - 1] + 1), last[j - 1] + wrong);
            if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]))
                now[j] = least(now[j], before[j - 2] + 1);
        }
        int *spare = before;
        before = last;
        last = now;
        now = spare;
    }
    return last[m];
}

kl_suggestion kl_suggestion_of(const kl_reader *reader, const char *word)
{
    if (reader->found->n_errors >= ERRORS_MAX)
        return (kl_suggestion){word, NULL, 0}; /* a million unknown words took a minute */
    size_t n = strlen(word);
    int near = (int)(n < WORD_MAX ? n + 2 : WORD_MAX) / 3; /* a third of the word may be wrong */
    return (kl_suggestion){word, NULL, near + 1};
}

void kl_suggestion_try(kl_suggestion *suggestion, const char *candidate)
{
    if (suggestion->distance == 0)
        return;
    int distance = edit_distance(suggestion->word, candidate);
    if (distance < suggestion->distance) {
        suggestion->distance = distance;
        suggestion->best = candidate;
    }
}

const char *kl_suggestion_text(const kl_suggestion *suggestion, const char *otherwise, char buffer[160])
{
    if (suggestion->best)
        snprintf(buffer, 160, "; did you mean '%.100s'?", suggestion->best);
    else
        snprintf(buffer, 160, "%s", otherwise);
    return buffer;
}
