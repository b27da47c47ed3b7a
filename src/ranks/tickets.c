/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How many pieces a rank takes at once; see kl_ranks_ticket. Guided self-scheduling (Polychronopoulos and Kuck 1987,
 * doi:10.1109/TC.1987.5009495) with a bound, in rounds, so that every rank can reckon it from the ticket alone. */
#include "ranks/ranks.h"

/* A rank that has to stop wastes no more than this; beyond it asking costs next to nothing a piece. */
enum { MOST_AT_ONCE = 64, ROUNDS = 16 };

/* Each rank's pieces of a round that begins with `left` pieces. */
static int64_t at_once(int64_t left, int64_t count)
{
    int64_t size = left / ROUNDS / count;
    return size < 1 ? 1 : size > MOST_AT_ONCE ? MOST_AT_ONCE : size;
}

void kl_ranks_ticket(int64_t n, int count, int64_t ticket, int64_t *first, int64_t *end)
{
    int64_t begin = 0, size = 1, ranks = count > 0 ? count : 1;
    *first = *end = n;
    while (ticket >= 0 && begin < n) {
        size = at_once(n - begin, ranks);
        /* As many rounds at once as have this size: a round takes size * ranks pieces, and the next is no smaller while
         * at least `enough` are left. */
        int64_t enough = size * ROUNDS * ranks;
        int64_t rounds = size == 1 ? (n - begin) / ranks + 1 : (n - begin - enough) / (size * ranks) + 1;
        if (ticket < rounds * ranks)
            break;
        ticket -= rounds * ranks;
        begin += rounds * ranks * size;
    }
    if (ticket < 0 || begin >= n || ticket >= (n - begin + size - 1) / size)
        return;
    *first = begin + ticket * size;
    *end = *first + size < n ? *first + size : n;
}
