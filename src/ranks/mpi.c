/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Ranks by MPI; see ranks.h. Rank 0 gives out tickets besides playing: a thread of its own, asleep but for a moment
 * every millisecond, answers those who ask. So no rank is spent on giving out work, and nobody waits for a block to end.
 * Messages, not windows: one-sided MPI is not to be had everywhere (Debian's Open MPI has none between machines without
 * RDMA). One lock a process keeps MPI to one thread at a time.
 *
 * Errors come back as statuses; where MPI ends the process by itself nothing is lost that was committed. */
#define _GNU_SOURCE 1 /* sched_getaffinity */

#include "ranks/ranks.h"

#include <limits.h>
#include <mpi.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ASK, ANSWER, STOP }; /* tags: one number to rank 0, its answer, and "stop" from rank 0, once in a round */
enum { ASK_TICKET, ASK_STOP };

typedef struct mpi_link {
    MPI_Comm world;
    pthread_mutex_t lock; /* around MPI and all below */
    int64_t ticket;       /* the next; on rank 0 */
    int is_stopped;       /* this round; on the others: as far as they heard */
    pthread_t server;     /* of rank 0 */
    int has_server, is_over;
} mpi_link;

/* Remember the first error. */
static kl_status heed(kl_ranks *ranks, int code)
{
    if (code != MPI_SUCCESS && ranks->status == KL_OK)
        ranks->status = KL_ERR_RANKS;
    return ranks->status;
}

/* Take the lock; 0, and no lock, where there has been an error. */
static int enter(kl_ranks *ranks)
{
    mpi_link *to = ranks->link;
    if (!to)
        return 0;
    pthread_mutex_lock(&to->lock);
    if (ranks->status == KL_OK)
        return 1;
    pthread_mutex_unlock(&to->lock);
    return 0;
}

/* Give it back; the status while it was held. */
static kl_status leave(kl_ranks *ranks)
{
    mpi_link *to = ranks->link;
    kl_status status = ranks->status;
    pthread_mutex_unlock(&to->lock);
    return status;
}

/* The error that kept `enter` out. Once there is one it stays. */
static kl_status trouble(const kl_ranks *ranks)
{
    return ranks->status == KL_OK ? KL_ERR_RANKS : ranks->status;
}

/* Longer and longer, up to a few milliseconds. */
static void sleep_more(long *nanoseconds, long most)
{
    nanosleep(&(struct timespec){.tv_nsec = *nanoseconds}, NULL);
    *nanoseconds = *nanoseconds + *nanoseconds / 2 < most ? *nanoseconds + *nanoseconds / 2 : most;
}

/* Wait for a request, asleep and without the lock: MPI's own waiting keeps a processor busy, which another rank may need. */
static kl_status finish(kl_ranks *ranks, MPI_Request *request)
{
    for (long nanoseconds = 10000; enter(ranks);) {
        int is_done = 0;
        heed(ranks, MPI_Test(request, &is_done, MPI_STATUS_IGNORE));
        if (leave(ranks) == KL_OK && is_done)
            return KL_OK;
        sleep_more(&nanoseconds, 3000000);
    }
    return trouble(ranks);
}

/* ---- rank 0 gives out tickets ---- */

/* Under the lock. */
static void stop_all(kl_ranks *ranks)
{
    mpi_link *to = ranks->link;
    for (int rank = 1; rank < ranks->count && !to->is_stopped; rank++)
        heed(ranks, MPI_Send(NULL, 0, MPI_INT64_T, rank, STOP, to->world)); /* empty: does not wait for its receiver */
    to->is_stopped = 1;
}

/* Answer all who have asked. Under the lock. Returns how many. */
static int serve(kl_ranks *ranks)
{
    mpi_link *to = ranks->link;
    for (int n = 0;; n++) {
        int is_there = 0;
        int64_t what = ASK_TICKET;
        MPI_Status from;
        if (heed(ranks, MPI_Iprobe(MPI_ANY_SOURCE, ASK, to->world, &is_there, &from)) != KL_OK || !is_there)
            return n;
        heed(ranks, MPI_Recv(&what, 1, MPI_INT64_T, from.MPI_SOURCE, ASK, to->world, MPI_STATUS_IGNORE));
        if (what == ASK_STOP)
            stop_all(ranks);
        int64_t answer = to->is_stopped ? INT64_MAX : to->ticket++;
        heed(ranks, MPI_Send(&answer, 1, MPI_INT64_T, from.MPI_SOURCE, ANSWER, to->world));
    }
}

static void *serve_all(void *data)
{
    kl_ranks *ranks = data;
    mpi_link *to = ranks->link;
    long nanoseconds = 100000;
    while (enter(ranks)) {
        int is_over = to->is_over;
        if (serve(ranks) > 0)
            nanoseconds = 100000;
        if (leave(ranks) != KL_OK || is_over)
            break;
        sleep_more(&nanoseconds, 1000000);
    }
    return NULL;
}

/* The thread takes no signals: they are for the program's own. */
static kl_status start_server(kl_ranks *ranks)
{
    mpi_link *to = ranks->link;
    sigset_t all, before;
    sigfillset(&all);
    if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0)
        return KL_ERR_RANKS;
    to->has_server = pthread_create(&to->server, NULL, serve_all, ranks) == 0;
    if (pthread_sigmask(SIG_SETMASK, &before, NULL) != 0)
        return KL_ERR_RANKS;
    return to->has_server ? KL_OK : KL_ERR_MEMORY;
}

static void end_server(mpi_link *to)
{
    if (!to->has_server)
        return;
    pthread_mutex_lock(&to->lock);
    to->is_over = 1;
    pthread_mutex_unlock(&to->lock);
    pthread_join(to->server, NULL);
}

/* Ask rank 0 from another rank; its answer. */
static int64_t ask(kl_ranks *ranks, int64_t what)
{
    mpi_link *to = ranks->link;
    int64_t answer = INT64_MAX;
    MPI_Request request = MPI_REQUEST_NULL;
    if (!enter(ranks))
        return INT64_MAX;
    heed(ranks, MPI_Irecv(&answer, 1, MPI_INT64_T, 0, ANSWER, to->world, &request));
    heed(ranks, MPI_Send(&what, 1, MPI_INT64_T, 0, ASK, to->world));
    return leave(ranks) == KL_OK && finish(ranks, &request) == KL_OK ? answer : INT64_MAX;
}

/* ---- beginning and end ---- */

kl_status kl_ranks_start(kl_ranks *ranks, int *argc, char ***argv)
{
    int thread_level = MPI_THREAD_SINGLE;
    memset(ranks, 0, sizeof *ranks);
    ranks->count = 1;
    if (heed(ranks, MPI_Init_thread(argc, argv, MPI_THREAD_SERIALIZED, &thread_level)) != KL_OK)
        return ranks->status;
    mpi_link *to = calloc(1, sizeof *to);
    if (!to)
        return ranks->status = KL_ERR_MEMORY;
    heed(ranks, MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN));
    heed(ranks, MPI_Comm_rank(MPI_COMM_WORLD, &ranks->index));
    heed(ranks, MPI_Comm_size(MPI_COMM_WORLD, &ranks->count));
    /* A duplicate, so that our messages cannot meet those of a library; it reports errors as the original does. */
    heed(ranks, MPI_Comm_dup(MPI_COMM_WORLD, &to->world));
    if (thread_level < MPI_THREAD_SERIALIZED || pthread_mutex_init(&to->lock, NULL) != 0)
        ranks->status = KL_ERR_RANKS;
    if (ranks->status != KL_OK) {
        free(to);
        return ranks->status;
    }
    ranks->link = to;
    if (ranks->index == 0 && ranks->count > 1)
        ranks->status = start_server(ranks);
    return ranks->status;
}

void kl_ranks_end(kl_ranks *ranks)
{
    mpi_link *to = ranks->link;
    if (to) {
        kl_status status = kl_ranks_wait(ranks);
        end_server(to);
        if (status == KL_OK) { /* after an error the others may be gone, and this would wait for them for ever */
            heed(ranks, MPI_Comm_free(&to->world));
            heed(ranks, MPI_Finalize());
        }
        pthread_mutex_destroy(&to->lock);
        free(to);
    }
    memset(ranks, 0, sizeof *ranks);
    ranks->count = 1;
}

void kl_ranks_abort(kl_ranks *ranks, int code)
{
    if (ranks->count > 1)
        heed(ranks, MPI_Abort(MPI_COMM_WORLD, code));
}

/* The threads that all ranks of this machine want, and the processors that they may use, taken together. Under the lock. */
static void look_around(kl_ranks *ranks, int *n_wanted, int *n_processors)
{
    mpi_link *to = ranks->link;
    cpu_set_t mine, all;
    MPI_Comm here = MPI_COMM_NULL;
    CPU_ZERO(&mine);
    CPU_ZERO(&all);
    (void)sched_getaffinity(0, sizeof mine,
                            &mine); /* fails on a machine of more processors than fit; then it stays empty */
    if (heed(ranks, MPI_Comm_split_type(to->world, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &here)) != KL_OK)
        return;
    heed(ranks, MPI_Allreduce(&mine, &all, (int)sizeof mine, MPI_BYTE, MPI_BOR, here));
    heed(ranks, MPI_Allreduce(MPI_IN_PLACE, n_wanted, 1, MPI_INT, MPI_SUM, here));
    heed(ranks, MPI_Comm_free(&here));
    *n_processors = CPU_COUNT(&all);
}

int kl_ranks_threads(kl_ranks *ranks, int mine)
{
    int n_wanted = mine, n_processors = 0;
    if (kl_ranks_wait(ranks) == KL_OK && enter(ranks)) {
        look_around(ranks, &n_wanted, &n_processors);
        leave(ranks);
    }
    if (n_processors > 0 && n_wanted > n_processors)
        mine = (int)((int64_t)mine * n_processors / n_wanted);
    return mine > 1 ? mine : 1;
}

/* ---- sharing out ---- */

kl_status kl_ranks_rewind(kl_ranks *ranks, int64_t n)
{
    mpi_link *to = ranks->link;
    int64_t told[2] = {n, 0};
    kl_status status = kl_ranks_wait(ranks); /* nobody asks any more */
    if (status != KL_OK)
        return status;
    told[1] = to->is_stopped;
    status = kl_ranks_share(ranks, told, sizeof told);
    ranks->n_pieces = told[0];
    ranks->next_piece = ranks->end_piece = 0;
    if (status != KL_OK || !enter(ranks))
        return trouble(ranks);
    if (told[1] && !to->is_stopped) /* its message is on the way */
        heed(ranks, MPI_Recv(NULL, 0, MPI_INT64_T, 0, STOP, to->world, MPI_STATUS_IGNORE));
    to->ticket = to->is_stopped = 0;
    status = leave(ranks);
    return status == KL_OK ? kl_ranks_wait(ranks) : status;
}

/* Has rank 0 said "stop"? Under the lock. */
static void listen_for_stop(kl_ranks *ranks)
{
    mpi_link *to = ranks->link;
    int is_there = 0;
    if (to->is_stopped || heed(ranks, MPI_Iprobe(0, STOP, to->world, &is_there, MPI_STATUS_IGNORE)) != KL_OK)
        return;
    if (is_there)
        heed(ranks, MPI_Recv(NULL, 0, MPI_INT64_T, 0, STOP, to->world, MPI_STATUS_IGNORE));
    to->is_stopped = is_there;
}

/* The next ticket; INT64_MAX where there is none, and then *is_stopped may be 1. */
static int64_t take_ticket(kl_ranks *ranks, int is_needed, int *is_stopped)
{
    mpi_link *to = ranks->link;
    int64_t ticket = INT64_MAX;
    *is_stopped = 1;
    if (!enter(ranks))
        return INT64_MAX;
    if (ranks->index > 0)
        listen_for_stop(ranks);
    else
        serve(ranks);
    *is_stopped = to->is_stopped;
    is_needed = is_needed && !to->is_stopped;
    if (is_needed && ranks->index == 0)
        ticket = to->ticket++;
    if (leave(ranks) != KL_OK)
        return INT64_MAX;
    return is_needed && ranks->index > 0 ? ask(ranks, ASK_TICKET) : ticket;
}

int64_t kl_ranks_next(kl_ranks *ranks)
{
    int is_stopped, is_empty = ranks->next_piece >= ranks->end_piece;
    int64_t ticket = take_ticket(ranks, is_empty, &is_stopped);
    if (is_empty)
        kl_ranks_ticket(ranks->n_pieces, ranks->count, ticket, &ranks->next_piece, &ranks->end_piece);
    return is_stopped || ranks->next_piece >= ranks->end_piece ? INT64_MAX : ranks->next_piece++;
}

int64_t kl_ranks_given(kl_ranks *ranks)
{
    mpi_link *to = ranks->link;
    int64_t ticket = 0, first, end;
    if (!enter(ranks))
        return 0;
    ticket = to->ticket;
    leave(ranks);
    kl_ranks_ticket(ranks->n_pieces, ranks->count, ticket, &first, &end);
    return first;
}

void kl_ranks_stop(kl_ranks *ranks)
{
    if (ranks->index > 0) {
        ask(ranks, ASK_STOP);
    } else if (enter(ranks)) {
        stop_all(ranks);
        leave(ranks);
    }
}

/* ---- agreeing ---- */

kl_status kl_ranks_wait(kl_ranks *ranks)
{
    mpi_link *to = ranks->link;
    MPI_Request request = MPI_REQUEST_NULL;
    if (!enter(ranks))
        return trouble(ranks);
    heed(ranks, MPI_Ibarrier(to->world, &request));
    return leave(ranks) == KL_OK ? finish(ranks, &request) : trouble(ranks);
}

kl_status kl_ranks_share(kl_ranks *ranks, void *bytes, size_t size)
{
    const size_t most = 1 << 30; /* MPI counts in int */
    mpi_link *to = ranks->link;
    if (kl_ranks_wait(ranks) != KL_OK || !enter(ranks))
        return trouble(ranks);
    for (size_t at = 0; ranks->status == KL_OK && at < size; at += most) {
        int n = (int)(size - at < most ? size - at : most);
        heed(ranks, MPI_Bcast((char *)bytes + at, n, MPI_BYTE, 0, to->world));
    }
    return leave(ranks);
}

kl_status kl_ranks_sum(kl_ranks *ranks, int n, int64_t *value)
{
    mpi_link *to = ranks->link;
    if (kl_ranks_wait(ranks) != KL_OK || !enter(ranks))
        return trouble(ranks);
    heed(ranks, MPI_Allreduce(MPI_IN_PLACE, value, n, MPI_INT64_T, MPI_SUM, to->world));
    return leave(ranks);
}

int kl_ranks_worst(kl_ranks *ranks, int number)
{
    mpi_link *to = ranks->link;
    if (kl_ranks_wait(ranks) != KL_OK || !enter(ranks))
        return INT_MAX;
    heed(ranks, MPI_Allreduce(MPI_IN_PLACE, &number, 1, MPI_INT, MPI_MAX, to->world));
    return leave(ranks) == KL_OK ? number : INT_MAX;
}
