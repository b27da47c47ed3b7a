/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What drives an outcome, as a picture for people. */
#ifndef KLASTER_CLI_SENSITIVITY_H
#define KLASTER_CLI_SENSITIVITY_H

#include "cli/cli.h"
#include "klaster/sensitivity.h"

/* The tables of `klaster sensitivity FILE --arm ... --metric ...` with its usual resamples; without a name all arms, or the usual
 * metrics. Returns an exit code; free `found` in any case. */
int kl_sensitivity_make(const kl_cli *cli, const kl_result *result, const char *path, const kl_words *arms,
                        const kl_words *metrics, kl_sensitivity *found);

/* Print, for each arm and outcome, the inputs in the order of what they do, with bars. */
KL_MUST_USE kl_status kl_sensitivity_print(const kl_term *term, const kl_sensitivity *found);

#endif
