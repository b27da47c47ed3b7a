/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Ranks: the processes that play one study together, on one machine or on many. They share out pieces of work (0, 1, 2, ...)
 * by a common counter, and agree on little else. Two sources give the same functions: single.c, where there is one
 * process (the program klaster), and mpi.c (klaster-mpi), which is the only file that knows MPI. Beside the library: only
 * the programs link it. Nothing here knows studies, blocks or files.
 *
 * Who calls: one thread at a time, but any thread. A function marked "together" must be called by all ranks, in the same
 * order; it waits for the others, asleep. */
#ifndef KLASTER_RANKS_RANKS_H
#define KLASTER_RANKS_RANKS_H

#include <stddef.h>
#include <stdint.h>

#include "klaster/status.h"

typedef struct kl_ranks {
    int index, count;              /* 0 <= index < count */
    kl_status status;              /* the first error between the ranks; KL_OK: none */
    int64_t n_pieces;              /* what there is to share out */
    int64_t next_piece, end_piece; /* what this rank has taken and not handed out yet */
    void *link;                    /* of mpi.c */
} kl_ranks;

/* Together: begin. May take away arguments that belong to MPI; both may be NULL. KL_ERR_RANKS; KL_ERR_MEMORY. Whatever it
 * returns, `ranks` may be given to kl_ranks_end and to every other function. Once in a process. */
KL_MUST_USE kl_status kl_ranks_start(kl_ranks *ranks, int *argc, char ***argv);

/* Together: wait for the others and end. */
void kl_ranks_end(kl_ranks *ranks);

/* End all ranks at once, by force, also those that wait for this one: for what cannot be ended together. Returns where
 * there is one process only. */
void kl_ranks_abort(kl_ranks *ranks, int code);

/* Together: how many threads this rank should have, where it would take `mine` if it were alone: ranks on one machine that may
 * use the same processors share them. At least 1. */
int kl_ranks_threads(kl_ranks *ranks, int mine);

/* ---- sharing out ---- */

/* Together: from now on the pieces 0..n-1 are shared out, each once; rank 0's n holds for all. */
KL_MUST_USE kl_status kl_ranks_rewind(kl_ranks *ranks, int64_t n);

/* The next piece for this rank; on every rank they rise. INT64_MAX where there is none left, after kl_ranks_stop of any rank,
 * or where the others cannot be reached (then `status` says so). */
int64_t kl_ranks_next(kl_ranks *ranks);

/* How many pieces all ranks have taken, as far as this one knows: rank 0 knows of all. May be called while another thread calls
 * kl_ranks_next. */
int64_t kl_ranks_given(kl_ranks *ranks);

/* For one rank that must stop before the others: nobody takes pieces any more until they are rewound. Of those that a
 * rank has taken already (64 at most) it gives out no more as soon as it hears of this, at one of its next calls. */
void kl_ranks_stop(kl_ranks *ranks);

/* Which pieces the holder of a ticket gets, when `count` ranks draw the tickets 0, 1, 2, ...: first <= piece < end, all of
 * them together 0..n-1; first = end = n when there are none left. Many at a time at first, so that far-away ranks need not ask
 * for each; one at a time at the end, so that all end together. */
void kl_ranks_ticket(int64_t n, int count, int64_t ticket, int64_t *first, int64_t *end);

/* ---- agreeing ---- */

/* Together: wait until all ranks are here. */
KL_MUST_USE kl_status kl_ranks_wait(kl_ranks *ranks);

/* Together: rank 0's bytes for all; `size` is the same on every rank. */
KL_MUST_USE kl_status kl_ranks_share(kl_ranks *ranks, void *bytes, size_t size);

/* Together: every value is replaced by its sum over the ranks; n is the same on every rank. */
KL_MUST_USE kl_status kl_ranks_sum(kl_ranks *ranks, int n, int64_t *value);

/* Together: the largest number of any rank: of statuses or exit codes KL_OK only where all have it. INT_MAX where the others
 * cannot be reached. */
int kl_ranks_worst(kl_ranks *ranks, int number);

#endif
