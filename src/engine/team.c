/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A job is cut into parts, one for each thread of the team, so that a thread mostly finds the firms that it had before. Who is
 * done with his part takes from the others': nobody waits for a thread that sleeps or was sent away. What is left of a part
 * stands in one word together with the number of its job, so that nobody takes from a job that is over. */
#define _POSIX_C_SOURCE 200809L

#include "engine/team.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

#define LINE 64             /* bytes; threads that write into one line of the cache wait for each other */
#define TASKS_MAX 0xffff    /* of a job: 67 million firms */
#define SPINS_TO_SLEEP 2000 /* some 100 us: longer than most pauses between two jobs of a month */
#define SPINS_TO_YIELD 1000

/* Tasks [next, end) are left: job << 32 | next << 16 | end. */
typedef struct part {
    _Alignas(LINE) atomic_uint_least64_t left;
} part;

struct kl_team {
    _Alignas(LINE) atomic_uint job; /* jobs begun */
    atomic_int is_closed;
    atomic_int n_helpers, n_sleeping;
    /* of the job: written while nobody can take from one */
    void (*task)(void *data, int64_t k);
    void *data;
    int n_parts;
    part *part; /* [most_parts] */
    int most_parts;
    pthread_mutex_t lock; /* around sleeping */
    pthread_cond_t wake;
    _Alignas(LINE) atomic_int n_done; /* tasks of the job */
};

static void rest(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/* ---- teams ---- */

kl_team *kl_teams_new(int n_players, int n_threads)
{
    kl_team *teams = aligned_alloc(LINE, sizeof *teams * (size_t)n_players);
    part *parts = aligned_alloc(LINE, sizeof *parts * (size_t)n_players * (size_t)n_threads);
    if (!teams || !parts) {
        free(teams);
        free(parts);
        return NULL;
    }
    for (int i = 0; i < n_players * n_threads; i++)
        atomic_init(&parts[i].left, 0);
    for (int i = 0; i < n_players; i++) {
        kl_team *t = &teams[i];
        atomic_init(&t->job, 0);
        atomic_init(&t->is_closed, 0);
        atomic_init(&t->n_helpers, 0);
        atomic_init(&t->n_sleeping, 0);
        atomic_init(&t->n_done, 0);
        t->task = NULL;
        t->data = NULL;
        t->n_parts = 0;
        t->part = parts + (size_t)i * (size_t)n_threads;
        t->most_parts = n_threads;
        pthread_mutex_init(&t->lock, NULL); /* Linux's and the BSDs' always succeed with these attributes */
        pthread_cond_init(&t->wake, NULL);
    }
    return teams;
}

void kl_teams_free(kl_team *teams, int n_players)
{
    if (!teams)
        return;
    for (int i = 0; i < n_players; i++) {
        pthread_cond_destroy(&teams[i].wake);
        pthread_mutex_destroy(&teams[i].lock);
    }
    free(teams[0].part);
    free(teams);
}

kl_team *kl_team_of(kl_team *teams, int player)
{
    return &teams[player];
}

/* ---- a job ---- */

/* Play some tasks of a part: a quarter of what is left of it, so that all end together. 0 where none is left. */
static int play_some(kl_team *t, part *p)
{
    uint_least64_t left = atomic_load_explicit(&p->left, memory_order_acquire);
    int begin, n;
    do {
        begin = (int)(left >> 16 & TASKS_MAX);
        int rest_of_it = (int)(left & TASKS_MAX) - begin;
        if (rest_of_it <= 0)
            return 0;
        n = (rest_of_it + 3) / 4;
    } while (!atomic_compare_exchange_weak_explicit(&p->left, &left, left + ((uint_least64_t)n << 16),
                                                    memory_order_acq_rel, memory_order_acquire));
    for (int k = begin; k < begin + n; k++) /* the job is not over before these are counted, and stays what it is */
        t->task(t->data, k);
    atomic_fetch_add_explicit(&t->n_done, n, memory_order_acq_rel);
    return 1;
}

/* Play what is left of the present job, from one's own part on. */
static void play_parts(kl_team *t, int own)
{
    for (int k = 0; k < t->most_parts; k++) {
        part *p = &t->part[(own + k) % t->most_parts];
        while (play_some(t, p))
            continue;
    }
}

static void begin_job(kl_team *t, void (*task)(void *data, int64_t k), void *data, int n)
{
    unsigned job = atomic_load_explicit(&t->job, memory_order_relaxed) + 1;
    t->task = task;
    t->data = data;
    atomic_store_explicit(&t->n_done, 0, memory_order_relaxed);
    for (int i = 0; i < t->n_parts; i++) {
        uint_least64_t begin = (uint_least64_t)n * (unsigned)i / (unsigned)t->n_parts;
        uint_least64_t end = (uint_least64_t)n * (unsigned)(i + 1) / (unsigned)t->n_parts;
        atomic_store_explicit(&t->part[i].left, (uint_least64_t)job << 32 | begin << 16 | end, memory_order_release);
    }
    atomic_store(&t->job, job); /* before looking for sleepers, as they count themselves before looking for a job */
    if (atomic_load(&t->n_sleeping) > 0) {
        pthread_mutex_lock(&t->lock);
        pthread_cond_broadcast(&t->wake);
        pthread_mutex_unlock(&t->lock);
    }
}

void kl_team_share(void *team, void (*task)(void *data, int64_t k), void *data, int64_t n)
{
    kl_team *t = team;
    int n_parts = 1 + atomic_load_explicit(&t->n_helpers, memory_order_relaxed);
    if (n_parts == 1 || n < 2 || n > TASKS_MAX) {
        for (int64_t k = 0; k < n; k++)
            task(data, k);
        return;
    }
    t->n_parts = n_parts < t->most_parts ? n_parts : t->most_parts;
    begin_job(t, task, data, (int)n);
    play_parts(t, 0);
    for (int spins = 0; atomic_load_explicit(&t->n_done, memory_order_acquire) < (int)n; spins++)
        if (spins < SPINS_TO_YIELD)
            rest();
        else
            sched_yield();
}

/* ---- helpers ---- */

void kl_team_close(kl_team *t)
{
    pthread_mutex_lock(&t->lock);
    atomic_store(&t->is_closed, 1);
    pthread_cond_broadcast(&t->wake);
    pthread_mutex_unlock(&t->lock);
}

static int is_idle(kl_team *t, unsigned last)
{
    return atomic_load(&t->job) == last && !atomic_load(&t->is_closed);
}

/* Until there is another job than the last, or will be none. */
static void wait_for_job(kl_team *t, unsigned last)
{
    for (int spins = 0; spins < SPINS_TO_SLEEP; spins++) {
        if (!is_idle(t, last))
            return;
        rest();
    }
    pthread_mutex_lock(&t->lock);
    atomic_fetch_add(&t->n_sleeping, 1);
    while (is_idle(t, last))
        pthread_cond_wait(&t->wake, &t->lock);
    atomic_fetch_sub(&t->n_sleeping, 1);
    pthread_mutex_unlock(&t->lock);
}

static void help(kl_team *t)
{
    int own = 1 + atomic_fetch_add(&t->n_helpers, 1);
    unsigned last = 0;
    while (!atomic_load(&t->is_closed)) {
        wait_for_job(t, last);
        last = atomic_load(&t->job);
        play_parts(t, own);
    }
}

/* The open team with the fewest helpers; NULL where all are closed. */
static kl_team *choose_team(kl_team *teams, int n_players)
{
    kl_team *best = NULL;
    for (int i = 0; i < n_players; i++)
        if (!atomic_load(&teams[i].is_closed) &&
            (!best || atomic_load(&teams[i].n_helpers) < atomic_load(&best->n_helpers)))
            best = &teams[i];
    return best;
}

void kl_teams_help(kl_team *teams, int n_players)
{
    kl_team *team;
    while ((team = choose_team(teams, n_players)))
        help(team);
}
