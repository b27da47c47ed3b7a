/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One table of options a command. From it come parsing, --help, the sentences about wrong usage, and whatever
 * else wants to know the options (man page, completion). */
#ifndef KLASTER_CLI_OPTIONS_H
#define KLASTER_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/text.h"
#include "klaster/status.h"

typedef struct kl_cli kl_cli;     /* cli.h */
typedef struct kl_guard kl_guard; /* guard.c */

typedef struct kl_words {
    int n;
    const char **item; /* freed by kl_options_free; the texts belong to argv */
} kl_words;

typedef enum kl_option_kind {
    KL_OPTION_FLAG,  /* int: 1 when given */
    KL_OPTION_TEXT,  /* const char * */
    KL_OPTION_LIST,  /* kl_words: may be given more than once */
    KL_OPTION_COUNT, /* int64_t within [lo, hi] */
    KL_OPTION_WORD   /* int: number of the word in `argument`, which lists them with | between */
} kl_option_kind;

typedef struct kl_option {
    const char *name;
    char letter; /* 0: none */
    kl_option_kind kind;
    size_t offset;        /* of its field in the command's argument struct */
    const char *argument; /* how the argument is called; NULL for a flag */
    int64_t lo, hi;       /* COUNT only */
    const char *meaning;
} kl_option;

typedef struct kl_command {
    const char *name;
    const char *operands;       /* "STUDY"; "" for none */
    int least, most;            /* number of operands; most < 0: no limit */
    const char *summary;        /* one line */
    const char *text;           /* a paragraph or more, separated by \n */
    const kl_option *option;    /* ended by a NULL name; may be NULL */
    const char *const *example; /* pairs: command line, what it does; ended by NULL */
    bool reads_results;         /* is run in a child process, guard.h */
    int (*run)(const kl_cli *cli, const struct kl_command *self, int argc, char **argv);
} kl_command;

/* Parse argv (argv[0] is the command's name) into `args`, a struct whose first member is `kl_words operand` and that holds
 * the defaults. Returns -1 to go on; else the exit code with which to end: 0 after --help, 2 after wrong usage, which
 * has been explained. Free in any case. */
int kl_options_parse(const kl_cli *cli, const kl_command *self, int argc, char **argv, void *args);
void kl_options_free(const kl_command *self, void *args);

/* Print a command's help. KL_ERR_MEMORY. */
kl_status kl_options_help(const kl_term *term, const kl_command *self);

#endif
