/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How long a run takes, by trying. Internal to src/engine. */
#ifndef KL_PROBE_H
#define KL_PROBE_H

#include "klaster/engine.h"

/* Play a few worlds, for about a tenth of a second at most (but at least one month of one world), and fill
 * plan->seconds_per_run and plan->seconds; both stay 0 where no world tried can be played. KL_ERR_MEMORY. */
KL_MUST_USE kl_status kl_plan_probe(kl_plan *plan, const kl_study *study);

#endif
