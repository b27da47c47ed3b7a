/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A JSON value as text that free() releases. */
#ifndef KL_STUDY_JSON_TEXT_H
#define KL_STUDY_JSON_TEXT_H

#include <jansson.h>

/* Indented, keys in the order in which they were set, numbers with 17 digits. NULL when out of memory. */
char *kl_json_write(const json_t *json);

#endif
