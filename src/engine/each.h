/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Independent pieces of work on all threads, for layers that may not know OpenMP. */
#ifndef KL_ENGINE_EACH_H
#define KL_ENGINE_EACH_H

/* work(data, i) for every i in [0, n), each once, in no fixed order and at the same time; n_threads at least 1. Returns when
 * all are done. */
void kl_engine_each(int n_threads, int n, void (*work)(void *data, int i), void *data);

#endif
