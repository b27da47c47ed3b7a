/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What may stand where on a command line, for the completion of shells. The scripts of src/shell ask `klaster complete`;
 * everything that they offer comes from the tables of commands, options, parameters and outcomes, and from the study or result
 * file on the line. */
#ifndef KLASTER_CLI_COMPLETE_H
#define KLASTER_CLI_COMPLETE_H

#include "cli/cli.h"

/* A word that is being completed. */
typedef struct kl_completion {
    const kl_cli *cli;
    const kl_command *command;
    const char *subject; /* the study or result file on the line; NULL where there is none yet */
    char before[256];    /* of the word, kept as it is: "--arm=" */
    const char *begun;   /* the rest of it, which is completed */
} kl_completion;

/* Print a candidate, if it begins as the word does: word, what follows it ("=" where more is to come), and its meaning (may be
 * NULL). */
void kl_complete_offer(const kl_completion *c, const char *word, const char *after, const char *meaning);

/* Offer what an option's argument, or an operand, of this name can be: "ARM", "METRIC", "FILE", "KEY=VALUE", "text|csv"... Of
 * files only their kind is printed: ":files .yaml .yml", ":files" for any, ":dirs". */
void kl_complete_argument(kl_completion *c, const char *argument, const char *option);

#endif
