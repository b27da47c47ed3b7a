/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Result files come from elsewhere, and the HDF5 library crashes, or goes round for ever, on some that are damaged or made to
 * do so (1.10.8: about one in a thousand with a few wrong bytes). So a command that reads result files does its work in a
 * child process; where that dies, a sentence says so. This keeps the promise of a sentence; it is no sandbox: the child may do
 * all that its user may. */
#ifndef KLASTER_CLI_GUARD_H
#define KLASTER_CLI_GUARD_H

#include <sys/resource.h>

#include "cli/cli.h"

/* Run a command in a child process and return its exit code. Signals that are sent to this process are passed on; a child that
 * ends by a signal that is no crash ends this process in the same way. Where no child can be made, the command runs here. */
int kl_guard_run(const kl_cli *cli, const kl_command *command, int argc, char **argv);

/* kl_result_open with limits on time and memory, whose excess ends a guarded child. */
kl_status kl_guard_open(const kl_cli *cli, kl_result *result, const char *path, kl_reason *reason);

/* For a command that cannot do its work in a child: let one open the file and read its statuses. KL_EXIT_OK where the child
 * came to an end, whatever it found; else says what happened and returns KL_EXIT_IO. */
int kl_guard_probe(const kl_cli *cli, const char *path);

#endif
