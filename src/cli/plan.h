/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The plan of a study, for people: what it will take, and whether that fits. */
#ifndef KLASTER_CLI_PLAN_H
#define KLASTER_CLI_PLAN_H

#include "cli/cli.h"

/* Print the study's name, size and what it will take. KL_ERR_MEMORY. */
kl_status kl_plan_print(const kl_term *term, const kl_study *study, const kl_plan *plan);

/* Does the result fit the disk that holds `path`? Says so if not. KL_EXIT_OK or KL_EXIT_IO. */
int kl_plan_check_disk(const kl_cli *cli, const kl_plan *plan, const char *path);

/* Say that memory does not fit, and what would help. Returns KL_EXIT_IO. */
int kl_plan_refuse_memory(const kl_cli *cli, const kl_plan *plan);

/* Firms of an arm at a point. */
double kl_plan_firms(const kl_study *study, const kl_input *firms, int arm, int point);

/* The input "firms", if it varies. */
const kl_input *kl_plan_firms_input(const kl_input *input, int n);

/* The same as JSON; NULL when out of memory. */
json_t *kl_plan_json(const kl_study *study, const kl_plan *plan);

#endif
