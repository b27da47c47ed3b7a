/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Options from tables, over getopt_long. */
#define _GNU_SOURCE 1 /* getopt_long under -std=c11 */
#include "cli/options.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/grid.h"

enum { OPTIONS_MAX = 32, FIRST_LONG = 256 };

/* What getopt_long wants, made from a table. Option i answers FIRST_LONG + i to its long name. */
typedef struct getopt_tables {
    struct option longs[OPTIONS_MAX + 2];
    char shorts[2 * OPTIONS_MAX + 4];
    int n;
} getopt_tables;

static getopt_tables make_tables(const kl_command *self)
{
    getopt_tables t = {.n = 0};
    size_t at = 0;
    t.shorts[at++] = ':';
    for (const kl_option *o = self->option; o && o->name && t.n < OPTIONS_MAX; o++, t.n++) {
        int has = o->kind == KL_OPTION_FLAG ? no_argument : required_argument;
        t.longs[t.n] = (struct option){o->name, has, NULL, FIRST_LONG + t.n};
        if (o->letter) {
            t.shorts[at++] = o->letter;
            if (has == required_argument)
                t.shorts[at++] = ':';
        }
    }
    t.longs[t.n] = (struct option){"help", no_argument, NULL, 'h'};
    t.shorts[at++] = 'h';
    return t;
}

static int try_help(const kl_cli *cli, const kl_command *self)
{
    fprintf(cli->err.file, "Try: klaster help %s\n", self->name);
    return KL_EXIT_USAGE;
}

/* ---- values ---- */

static bool add_word(kl_words *words, const char *word, int at_most)
{
    if (!words->item)
        words->item = calloc((size_t)at_most + 1, sizeof *words->item);
    if (!words->item)
        return false;
    words->item[words->n++] = word;
    return true;
}

static int word_number(const char *list, const char *word)
{
    size_t length = strlen(word);
    for (int i = 0;; i++) {
        size_t n = strcspn(list, "|");
        if (n == length && strncmp(list, word, n) == 0)
            return i;
        if (list[n] == '\0')
            return -1;
        list += n + 1;
    }
}

static int bad_number(const kl_cli *cli, const kl_command *self, const kl_option *o, const char *text)
{
    kl_fail(cli, KL_EXIT_USAGE, "--%s: '%s' is not a whole number from %lld to %lld", o->name, text, (long long)o->lo,
            (long long)o->hi);
    return try_help(cli, self);
}

/* Store an option's value. Returns -1 to go on, or an exit code. */
static int store_value(const kl_cli *cli, const kl_command *self, const kl_option *o, const char *text, int argc,
                       char *args)
{
    int64_t number;
    int word, one = 1;
    kl_words words;
    switch (o->kind) {
    case KL_OPTION_FLAG:
        memcpy(args + o->offset, &one, sizeof one);
        return -1;
    case KL_OPTION_TEXT:
        memcpy(args + o->offset, &text, sizeof text);
        return -1;
    case KL_OPTION_LIST:
        memcpy(&words, args + o->offset, sizeof words);
        if (!add_word(&words, text, argc))
            return kl_fail(cli, KL_EXIT_IO, "out of memory");
        memcpy(args + o->offset, &words, sizeof words);
        return -1;
    case KL_OPTION_COUNT:
        if (!kl_text_parse_count(text, o->lo, o->hi, &number))
            return bad_number(cli, self, o, text);
        memcpy(args + o->offset, &number, sizeof number);
        return -1;
    case KL_OPTION_WORD:
    default:
        word = word_number(o->argument, text);
        if (word < 0) {
            kl_fail(cli, KL_EXIT_USAGE, "--%s: '%s' is none of %s", o->name, text, o->argument);
            return try_help(cli, self);
        }
        memcpy(args + o->offset, &word, sizeof word);
        return -1;
    }
}

/* ---- wrong usage ---- */

static const kl_option *option_of(const kl_command *self, int answer)
{
    if (answer >= FIRST_LONG)
        return &self->option[answer - FIRST_LONG];
    for (const kl_option *o = self->option; o && o->name; o++)
        if (o->letter && o->letter == answer)
            return o;
    return NULL;
}

static int unknown_option(const kl_cli *cli, const kl_command *self, const getopt_tables *t, const char *given)
{
    char word[64];
    snprintf(word, sizeof word, "%.*s", (int)strcspn(given, "="), given);
    const char *name = strncmp(word, "--", 2) == 0 ? word + 2 : word;
    const char *candidates[OPTIONS_MAX + 1];
    int n_prefix = 0;
    for (int i = 0; i <= t->n; i++) {
        candidates[i] = t->longs[i].name;
        n_prefix += strncmp(name, candidates[i], strlen(name)) == 0;
    }
    const char *nearest = kl_text_nearest(name, candidates, t->n + 1);
    if (n_prefix > 1)
        kl_fail(cli, KL_EXIT_USAGE, "%s: option '%s' could be more than one; write it out", self->name, word);
    else if (nearest)
        kl_fail(cli, KL_EXIT_USAGE, "%s: unknown option '%s'; did you mean '--%s'?", self->name, word, nearest);
    else
        kl_fail(cli, KL_EXIT_USAGE, "%s: unknown option '%s'", self->name, word);
    return try_help(cli, self);
}

static int wrong_option(const kl_cli *cli, const kl_command *self, const getopt_tables *t, int answer,
                        const char *given)
{
    const kl_option *o = optopt ? option_of(self, optopt) : NULL;
    if (answer == ':') {
        kl_fail(cli, KL_EXIT_USAGE, "%s: --%s needs %s", self->name, o ? o->name : "?", o ? o->argument : "a value");
        return try_help(cli, self);
    }
    if (o || optopt == 'h') { /* --quiet=3 */
        kl_fail(cli, KL_EXIT_USAGE, "%s: --%s takes no value", self->name, o ? o->name : "help");
        return try_help(cli, self);
    }
    if (optopt) {
        kl_fail(cli, KL_EXIT_USAGE, "%s: unknown option '-%c'", self->name, optopt);
        return try_help(cli, self);
    }
    return unknown_option(cli, self, t, given);
}

static int wrong_operands(const kl_cli *cli, const kl_command *self, const kl_words *operand)
{
    if (operand->n < self->least)
        kl_fail(cli, KL_EXIT_USAGE, "%s: %s is missing", self->name, self->operands);
    else if (self->most == 0)
        kl_fail(cli, KL_EXIT_USAGE, "%s takes no argument, but got '%s'", self->name, operand->item[0]);
    else
        kl_fail(cli, KL_EXIT_USAGE, "%s: one argument too many: '%s'", self->name, operand->item[self->most]);
    return try_help(cli, self);
}

/* ---- parsing ---- */

int kl_options_parse(const kl_cli *cli, const kl_command *self, int argc, char **argv, void *args)
{
    getopt_tables t = make_tables(self);
    int answer;
    optind = 0; /* glibc: start afresh */
    opterr = 0;
    for (;;) {
        int before = optind > 0 ? optind : 1;
        answer = getopt_long(argc, argv, t.shorts, t.longs, NULL);
        if (answer == -1)
            break;
        if (answer == 'h') {
            kl_status status = kl_options_help(&cli->out, self);
            return status == KL_OK ? KL_EXIT_OK : kl_fail(cli, kl_exit_of(status), "%s", kl_status_text(status));
        }
        if (answer == '?' || answer == ':')
            return wrong_option(cli, self, &t, answer, argv[optind > before ? optind - 1 : before]);
        const kl_option *o = option_of(self, answer);
        int code = store_value(cli, self, o, optarg, argc, args);
        if (code >= 0)
            return code;
    }
    kl_words *operand = args;
    for (int i = optind; i < argc; i++)
        if (!add_word(operand, argv[i], argc))
            return kl_fail(cli, KL_EXIT_IO, "out of memory");
    if (operand->n < self->least || (self->most >= 0 && operand->n > self->most))
        return wrong_operands(cli, self, operand);
    return -1;
}

void kl_options_free(const kl_command *self, void *args)
{
    kl_words *operand = args;
    free(operand->item);
    operand->item = NULL;
    for (const kl_option *o = self->option; o && o->name; o++) {
        if (o->kind != KL_OPTION_LIST)
            continue;
        kl_words *words = (kl_words *)(void *)((char *)args + o->offset);
        free(words->item);
        words->item = NULL;
    }
}

/* ---- help ---- */

static kl_status help_options(const kl_term *term, const kl_command *self)
{
    kl_grid table;
    kl_grid_init(&table, "ll");
    for (const kl_option *o = self->option; o && o->name; o++) {
        char letter[8] = "    ";
        if (o->letter)
            snprintf(letter, sizeof letter, "-%c, ", o->letter);
        kl_grid_cellf(&table, KL_BOLD, "%s--%s%s%s", letter, o->name, o->argument ? " " : "",
                      o->argument ? o->argument : "");
        kl_grid_cellf(&table, KL_PLAIN, "%s", o->meaning);
    }
    kl_grid_cell(&table, KL_BOLD, "-h, --help");
    kl_grid_cell(&table, KL_PLAIN, "print this help");
    kl_status status = kl_grid_print(&table, term);
    kl_grid_free(&table);
    return status;
}

kl_status kl_options_help(const kl_term *term, const kl_command *self)
{
    fprintf(term->file, "Usage: klaster %s%s%s [option]...\n\n", self->name, *self->operands ? " " : "",
            self->operands);
    for (const char *p = self->text; *p;) {
        char paragraph[2048];
        size_t length = strcspn(p, "\n");
        snprintf(paragraph, sizeof paragraph, "%.*s", (int)length, p);
        kl_term_wrap(term, paragraph, 0, 0);
        putc('\n', term->file);
        p += length + (p[length] == '\n');
    }
    kl_term_heading(term, "Options", NULL);
    kl_status status = help_options(term, self);
    if (status != KL_OK || !self->example)
        return status;
    kl_term_heading(term, self->example[0] && self->example[2] ? "Examples" : "Example", NULL);
    for (int i = 0; self->example[i]; i += 2) {
        fputs("  ", term->file);
        kl_term_print(term, KL_BOLD, self->example[i]);
        fputs("\n      ", term->file);
        kl_term_wrap(term, self->example[i + 1], 6, 6);
        putc('\n', term->file);
    }
    return KL_OK;
}
