/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A file that a command writes beside its result: under another name first, so that a file of its own name is always whole. */
#ifndef KLASTER_CLI_OUTPUT_H
#define KLASTER_CLI_OUTPUT_H

#include "cli/cli.h"

enum { KL_OUTPUT_PATH_MAX = 4096 };

typedef struct kl_output {
    FILE *file;
    char path[KL_OUTPUT_PATH_MAX], part[KL_OUTPUT_PATH_MAX + 8];
} kl_output;

/* May `path` be written: before anything is computed. KL_EXIT_OK, or says why not and returns the exit code. */
int kl_output_check(const kl_cli *cli, const char *path, bool force);

/* Open `path`.part; "-" is standard output. Close in any case after KL_EXIT_OK. */
int kl_output_open(const kl_cli *cli, kl_output *output, const char *path, bool force);

/* Where `code`, what became of the writing so far, is KL_EXIT_OK: bring it to disk and give the file its name. Else, or where
 * that fails, take it away. Returns the exit code. */
int kl_output_close(const kl_cli *cli, kl_output *output, int code);

#endif
