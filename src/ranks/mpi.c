/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Ranks by MPI; see ranks.h. The common counter is a number in rank 0's memory that every rank reaches by itself, so no
 * rank is spent on giving out work. Each rank also has a number of its own that says "stop", which it reads without asking
 * anybody. Errors come back as statuses; where MPI ends the process by itself nothing is lost that was committed. */
#define _POSIX_C_SOURCE 200809L

#include "ranks/ranks.h"

#include <limits.h>
#include <mpi.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TICKET, STOP, N_NUMBERS }; /* the numbers in each rank's window; only rank 0's tickets count */

typedef struct mpi_link {
    MPI_Comm world;
    MPI_Win window;
    int64_t *number; /* of MPI_Win_allocate */
} mpi_link;

/* Remember the first error. */
static kl_status heed(kl_ranks *ranks, int code)
{
    if (code != MPI_SUCCESS && ranks->status == KL_OK)
        ranks->status = KL_ERR_RANKS;
    return ranks->status;
}

/* ---- beginning and end ---- */

static void make_link(kl_ranks *ranks, mpi_link *to)
{
    /* A duplicate, so that our messages cannot meet those of a library. */
    heed(ranks, MPI_Comm_dup(MPI_COMM_WORLD, &to->world));
    if (ranks->status == KL_OK)
        heed(ranks, MPI_Comm_set_errhandler(to->world, MPI_ERRORS_RETURN));
    if (ranks->status == KL_OK)
        heed(ranks, MPI_Win_allocate(N_NUMBERS * sizeof *to->number, sizeof *to->number, MPI_INFO_NULL, to->world,
                                     &to->number, &to->window));
    if (ranks->status == KL_OK)
        heed(ranks, MPI_Win_set_errhandler(to->window, MPI_ERRORS_RETURN));
    if (ranks->status == KL_OK)
        heed(ranks, MPI_Win_lock_all(MPI_MODE_NOCHECK, to->window)); /* never exclusively locked */
}

kl_status kl_ranks_start(kl_ranks *ranks, int *argc, char ***argv)
{
    int thread_level = MPI_THREAD_SINGLE;
    memset(ranks, 0, sizeof *ranks);
    ranks->count = 1;
    if (heed(ranks, MPI_Init_thread(argc, argv, MPI_THREAD_SERIALIZED, &thread_level)) != KL_OK)
        return ranks->status;
    mpi_link *to = calloc(1, sizeof *to);
    ranks->link = to;
    heed(ranks, MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN));
    heed(ranks, MPI_Comm_rank(MPI_COMM_WORLD, &ranks->index));
    heed(ranks, MPI_Comm_size(MPI_COMM_WORLD, &ranks->count));
    if (!to)
        ranks->status = KL_ERR_MEMORY;
    else if (thread_level < MPI_THREAD_SERIALIZED)
        ranks->status = KL_ERR_RANKS;
    if (ranks->status == KL_OK)
        make_link(ranks, to);
    return ranks->status == KL_OK ? kl_ranks_rewind(ranks, 0) : ranks->status;
}

void kl_ranks_end(kl_ranks *ranks)
{
    mpi_link *to = ranks->link;
    /* After an error the others may be gone, and MPI_Finalize would wait for them for ever. */
    if (to && kl_ranks_wait(ranks) == KL_OK) {
        heed(ranks, MPI_Win_unlock_all(to->window));
        heed(ranks, MPI_Win_free(&to->window));
        heed(ranks, MPI_Comm_free(&to->world));
        heed(ranks, MPI_Finalize());
    }
    free(to);
    memset(ranks, 0, sizeof *ranks);
    ranks->count = 1;
}

void kl_ranks_abort(kl_ranks *ranks, int code)
{
    if (ranks->count > 1)
        heed(ranks, MPI_Abort(MPI_COMM_WORLD, code));
}

/* ---- sharing out ---- */

/* Put `number` in the place of the one in `of`'s window, or only read it (MPI_NO_OP), or add; what was there before. */
static int64_t exchange(kl_ranks *ranks, int64_t number, int of, int which, MPI_Op op)
{
    mpi_link *to = ranks->link;
    int64_t before = INT64_MAX;
    if (ranks->status == KL_OK)
        heed(ranks, MPI_Fetch_and_op(&number, &before, MPI_INT64_T, of, which, op, to->window));
    if (ranks->status == KL_OK)
        heed(ranks, MPI_Win_flush(of, to->window));
    return ranks->status == KL_OK ? before : INT64_MAX;
}

kl_status kl_ranks_rewind(kl_ranks *ranks, int64_t n)
{
    ranks->n_pieces = n;
    ranks->next_piece = ranks->end_piece = 0;
    kl_status status = kl_ranks_wait(ranks); /* nobody asks for a piece of before any more */
    if (status == KL_OK)
        status = kl_ranks_share(ranks, &ranks->n_pieces, sizeof ranks->n_pieces);
    for (int which = 0; status == KL_OK && which < N_NUMBERS; which++) {
        exchange(ranks, 0, ranks->index, which, MPI_REPLACE);
        status = ranks->status;
    }
    return status == KL_OK ? kl_ranks_wait(ranks) : status;
}

int64_t kl_ranks_next(kl_ranks *ranks)
{
    if (exchange(ranks, 0, ranks->index, STOP, MPI_NO_OP) != 0)
        return INT64_MAX;
    if (ranks->next_piece >= ranks->end_piece) {
        int64_t ticket = exchange(ranks, 1, 0, TICKET, MPI_SUM);
        kl_ranks_ticket(ranks->n_pieces, ranks->count, ticket, &ranks->next_piece, &ranks->end_piece);
    }
    return ranks->status == KL_OK && ranks->next_piece < ranks->end_piece ? ranks->next_piece++ : INT64_MAX;
}

void kl_ranks_stop(kl_ranks *ranks)
{
    for (int of = 0; of < ranks->count; of++)
        exchange(ranks, 1, of, STOP, MPI_REPLACE);
}

/* ---- agreeing ---- */

kl_status kl_ranks_wait(kl_ranks *ranks)
{
    mpi_link *to = ranks->link;
    MPI_Request request;
    int is_done = 0;
    long nanoseconds = 20000;
    if (ranks->status != KL_OK || heed(ranks, MPI_Ibarrier(to->world, &request)) != KL_OK)
        return ranks->status;
    /* MPI's own barrier keeps a processor busy, which another rank may need to finish. */
    while (heed(ranks, MPI_Test(&request, &is_done, MPI_STATUS_IGNORE)) == KL_OK && !is_done) {
        nanosleep(&(struct timespec){.tv_nsec = nanoseconds}, NULL);
        if (nanoseconds < 5000000)
            nanoseconds += nanoseconds / 2;
    }
    return ranks->status;
}

kl_status kl_ranks_share(kl_ranks *ranks, void *bytes, size_t size)
{
    const size_t most = 1 << 30; /* MPI counts in int */
    mpi_link *to = ranks->link;
    kl_status status = kl_ranks_wait(ranks);
    for (size_t at = 0; status == KL_OK && at < size; at += most) {
        int n = (int)(size - at < most ? size - at : most);
        status = heed(ranks, MPI_Bcast((char *)bytes + at, n, MPI_BYTE, 0, to->world));
    }
    return status;
}

kl_status kl_ranks_sum(kl_ranks *ranks, int n, int64_t *value)
{
    mpi_link *to = ranks->link;
    kl_status status = kl_ranks_wait(ranks);
    if (status == KL_OK)
        status = heed(ranks, MPI_Allreduce(MPI_IN_PLACE, value, n, MPI_INT64_T, MPI_SUM, to->world));
    return status;
}

int kl_ranks_worst(kl_ranks *ranks, int number)
{
    mpi_link *to = ranks->link;
    if (kl_ranks_wait(ranks) == KL_OK)
        heed(ranks, MPI_Allreduce(MPI_IN_PLACE, &number, 1, MPI_INT, MPI_MAX, to->world));
    return ranks->status == KL_OK ? number : INT_MAX;
}
