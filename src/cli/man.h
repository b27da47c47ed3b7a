/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Manual pages, in man(7), made from the tables of commands, options, parameters and outcomes. Printed to standard output;
 * each function returns an exit code. */
#ifndef KLASTER_CLI_MAN_H
#define KLASTER_CLI_MAN_H

#include "cli/cli.h"

int kl_man_print_all(const kl_cli *cli);                        /* klaster(1) */
int kl_man_print(const kl_cli *cli, const kl_command *command); /* klaster-COMMAND(1) */
int kl_man_print_study(const kl_cli *cli);                      /* klaster-study(5) */

#endif
