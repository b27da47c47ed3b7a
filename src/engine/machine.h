/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the engine asks the machine: time, processors, memory. Nothing here decides a result. Internal to src/engine. */
#ifndef KL_MACHINE_H
#define KL_MACHINE_H

#include <stdint.h>

/* Nanoseconds on a clock that never goes back. */
int64_t kl_machine_clock(void);

/* Processors this process may keep busy: affinity, OMP_NUM_THREADS and a control group's quota count. At least 1. */
int kl_machine_threads(void);

/* Bytes this process may still take: the least that free memory, RLIMIT_AS, the control groups (both versions, every
 * ancestor) and Slurm's limits leave. INFINITY where nothing is known. */
double kl_machine_memory(void);

#endif
