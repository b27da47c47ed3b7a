/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The text of scenarios/starter.yaml; the definition is made by the build. */
#ifndef KLASTER_CLI_STARTER_H
#define KLASTER_CLI_STARTER_H

#include <stddef.h>

extern const unsigned char kl_starter[];
extern const size_t kl_starter_size;

#endif
