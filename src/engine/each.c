/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Independent pieces of work on all threads; see each.h. */
#include "engine/each.h"

void kl_engine_each(int n_threads, int n, void (*work)(void *data, int i), void *data)
{
    if (n_threads > n)
        n_threads = n;
    if (n_threads < 1)
        n_threads = 1;
#pragma omp parallel for num_threads(n_threads) schedule(dynamic, 1) default(none) shared(n, work, data)
    for (int i = 0; i < n; i++)
        work(data, i);
}
