/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The tables of parameters and outcomes as Markdown and JSON. */
#ifndef KLASTER_CLI_REFERENCE_H
#define KLASTER_CLI_REFERENCE_H

#include <jansson.h>

#include "cli/options.h"
#include "klaster/outcomes.h"
#include "klaster/params.h"

/* A parameter's number as a study file would say it: a choice as its word, a flag as true or false. */
char *kl_reference_value(char *buffer, size_t size, const kl_param_info *info, double value);

/* What P, R, M and A stand for. */
const char *kl_reference_mark(char mark);

void kl_reference_params_markdown(FILE *to, const char *group);
void kl_reference_outcomes_markdown(FILE *to);

/* NULL when out of memory. No names: all. */
json_t *kl_reference_params_json(const kl_words *names, const char *group);
json_t *kl_reference_outcomes_json(const kl_words *names);

#endif
