/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One process: it takes every piece, and always agrees with itself; see ranks.h. */
#include "ranks/ranks.h"

#include <string.h>

kl_status kl_ranks_start(kl_ranks *ranks, int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    memset(ranks, 0, sizeof *ranks);
    ranks->count = 1;
    return KL_OK;
}

void kl_ranks_end(kl_ranks *ranks)
{
    memset(ranks, 0, sizeof *ranks);
    ranks->count = 1;
}

void kl_ranks_abort(kl_ranks *ranks, int code)
{
    (void)ranks;
    (void)code;
}

int kl_ranks_threads(kl_ranks *ranks, int mine)
{
    (void)ranks;
    return mine > 1 ? mine : 1;
}

kl_status kl_ranks_rewind(kl_ranks *ranks, int64_t n)
{
    ranks->n_pieces = ranks->end_piece = n;
    ranks->next_piece = 0;
    return KL_OK;
}

int64_t kl_ranks_next(kl_ranks *ranks)
{
    if (ranks->next_piece >= ranks->end_piece)
        return INT64_MAX;
    return __atomic_fetch_add(&ranks->next_piece, 1, __ATOMIC_RELAXED);
}

int64_t kl_ranks_given(kl_ranks *ranks)
{
    return __atomic_load_n(&ranks->next_piece, __ATOMIC_RELAXED);
}

void kl_ranks_stop(kl_ranks *ranks)
{
    ranks->next_piece = ranks->end_piece;
}

kl_status kl_ranks_wait(kl_ranks *ranks)
{
    (void)ranks;
    return KL_OK;
}

kl_status kl_ranks_share(kl_ranks *ranks, void *bytes, size_t size)
{
    (void)ranks;
    (void)bytes;
    (void)size;
    return KL_OK;
}

kl_status kl_ranks_sum(kl_ranks *ranks, int n, int64_t *value)
{
    (void)ranks;
    (void)n;
    (void)value;
    return KL_OK;
}

int kl_ranks_worst(kl_ranks *ranks, int number)
{
    (void)ranks;
    return number;
}
