/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the parts of discovery share. Internal to src/analysis. */
#ifndef KL_DISCOVERY_H
#define KL_DISCOVERY_H

#include "klaster/discovery.h"

/* Fill finding->worst and first_to_break: sought in `found`, judged on `test`. KL_ERR_MEMORY. */
KL_MUST_USE kl_status kl_worst_find(kl_finding *finding, const kl_cases *found, const kl_cases *test);

#endif
