/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Ranks: sharing out and agreeing. Built twice: with one process, and with MPI, then started as 1, 2 and 4 ranks. Each
 * rank runs all of it; what it says of all ranks it finds by kl_ranks_sum. */
#define _GNU_SOURCE 1 /* sched_getaffinity */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "ranks/ranks.h"

static kl_ranks ranks;

static int start(void **state)
{
    (void)state;
    return kl_ranks_start(&ranks, NULL, NULL) == KL_OK ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    kl_ranks_end(&ranks);
    return ranks.count == 1 && ranks.link == NULL ? 0 : -1;
}

/* ---- tickets ---- */

static const int64_t amounts[] = {0, 1, 2, 3, 15, 16, 17, 31, 32, 33, 64, 1000, 4096, 123457, 1000003};
static const int counts[] = {1, 2, 3, 4, 7, 64, 1000};
enum { N_AMOUNTS = sizeof amounts / sizeof amounts[0], N_COUNTS = sizeof counts / sizeof counts[0] };

static void tickets_give_every_piece_once_and_in_order(void **state)
{
    (void)state;
    for (int a = 0; a < N_AMOUNTS; a++)
        for (int c = 0; c < N_COUNTS; c++) {
            int64_t at = 0, first, last, size = INT64_MAX, ticket = 0;
            for (; at < amounts[a]; ticket++) {
                kl_ranks_ticket(amounts[a], counts[c], ticket, &first, &last);
                assert_int_equal(first, at);
                assert_true(last > first && last <= amounts[a]);
                assert_true(last - first <= size);
                size = last - first;
                at = last;
            }
            for (int64_t beyond = ticket; beyond < ticket + 3000; beyond += 7) {
                kl_ranks_ticket(amounts[a], counts[c], beyond, &first, &last);
                assert_int_equal(first, amounts[a]);
                assert_int_equal(last, amounts[a]);
            }
        }
}

/* The rule as one would write it down: round by round, each rank takes a sixteenth of its share of what is left. */
static void a_ticket_is_what_the_rounds_give(void **state)
{
    (void)state;
    const int64_t n = 3000000;
    const int count = 5;
    int64_t at = 0, ticket = 0, first, last;
    while (at < n) {
        int64_t size = (n - at) / 16 / count;
        size = size < 1 ? 1 : size > 64 ? 64 : size;
        for (int rank = 0; rank < count && at < n; rank++, ticket++) {
            kl_ranks_ticket(n, count, ticket, &first, &last);
            assert_int_equal(first, at);
            assert_int_equal(last, at + size < n ? at + size : n);
            at = last;
        }
    }
}

static void tickets_of_huge_studies_and_beyond_the_end_are_reckoned_at_once(void **state)
{
    (void)state;
    const int64_t n = INT64_C(1) << 50;
    int64_t first, last;
    kl_ranks_ticket(n, 1000, 1000000, &first, &last);
    assert_int_equal(first, INT64_C(64000000));
    assert_int_equal(last, INT64_C(64000064));
    kl_ranks_ticket(n, 1000, INT64_MAX, &first, &last);
    assert_int_equal(first, n);
    kl_ranks_ticket(n, 1000, INT64_MIN, &first, &last);
    assert_int_equal(first, n);
    kl_ranks_ticket(-5, 1000, 0, &first, &last);
    assert_true(first == last);
}

/* ---- sharing out ---- */

enum { N_PIECES = 5000 };

/* Everybody's counts together are 1 for every piece. */
static void assert_each_once(int64_t *taken, int n)
{
    assert_int_equal(kl_ranks_sum(&ranks, n, taken), KL_OK);
    for (int i = 0; i < n; i++)
        if (taken[i] != 1)
            fail_msg("piece %d was given %lld times", i, (long long)taken[i]);
}

static void every_piece_is_given_to_one_rank(void **state)
{
    (void)state;
    for (int round = 0; round < 3; round++) {
        int64_t taken[N_PIECES] = {0}, before = -1, piece;
        assert_int_equal(kl_ranks_rewind(&ranks, N_PIECES), KL_OK);
        while ((piece = kl_ranks_next(&ranks)) != INT64_MAX) {
            assert_true(piece > before && piece < N_PIECES);
            taken[piece]++;
            before = piece;
        }
        assert_true(kl_ranks_next(&ranks) == INT64_MAX);
        assert_each_once(taken, N_PIECES);
    }
}

typedef struct takers {
    pthread_mutex_t lock;
    int64_t *taken;
} takers;

static void *take(void *data)
{
    takers *all = data;
    for (int64_t piece = 0; piece != INT64_MAX;) {
        pthread_mutex_lock(&all->lock);
        piece = kl_ranks_next(&ranks);
        if (piece != INT64_MAX)
            all->taken[piece]++;
        pthread_mutex_unlock(&all->lock);
    }
    return NULL;
}

static void threads_of_a_rank_take_pieces_in_turn(void **state)
{
    (void)state;
    int64_t taken[N_PIECES] = {0};
    takers all = {PTHREAD_MUTEX_INITIALIZER, taken};
    pthread_t thread[3];
    assert_int_equal(kl_ranks_rewind(&ranks, N_PIECES), KL_OK);
    for (int i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, take, &all), 0);
    for (int i = 0; i < 3; i++)
        assert_int_equal(pthread_join(thread[i], NULL), 0);
    assert_each_once(taken, N_PIECES);
}

static void the_first_rank_says_how_many_pieces_there_are(void **state)
{
    (void)state;
    int64_t got = 0;
    assert_int_equal(kl_ranks_rewind(&ranks, ranks.index == 0 ? 7 : 1000), KL_OK);
    assert_int_equal(ranks.n_pieces, 7);
    while (kl_ranks_next(&ranks) != INT64_MAX)
        got++;
    assert_int_equal(kl_ranks_sum(&ranks, 1, &got), KL_OK);
    assert_int_equal(got, 7);
}

/* The last rank stops them, while every rank holds pieces that it has not handed out. */
static void no_rank_takes_pieces_after_one_has_stopped(void **state)
{
    (void)state;
    assert_int_equal(kl_ranks_rewind(&ranks, 1000000), KL_OK);
    assert_int_not_equal(kl_ranks_next(&ranks), INT64_MAX);
    assert_true(ranks.next_piece < ranks.end_piece);
    assert_int_equal(kl_ranks_wait(&ranks), KL_OK);
    if (ranks.index == ranks.count - 1)
        kl_ranks_stop(&ranks);
    assert_int_equal(kl_ranks_wait(&ranks), KL_OK);
    int64_t got = 0;
    while (kl_ranks_next(&ranks) != INT64_MAX)
        got++;
    assert_in_range(got, 0, ranks.index == ranks.count - 1 && ranks.count == 1 ? 0 : 63);
    got = 0;
    assert_int_equal(kl_ranks_rewind(&ranks, 3), KL_OK);
    while (kl_ranks_next(&ranks) != INT64_MAX)
        got++;
    assert_int_equal(kl_ranks_sum(&ranks, 1, &got), KL_OK);
    assert_int_equal(got, 3);
}

static void nothing_is_given_where_there_is_nothing(void **state)
{
    (void)state;
    assert_int_equal(kl_ranks_rewind(&ranks, 0), KL_OK);
    assert_true(kl_ranks_next(&ranks) == INT64_MAX);
    assert_true(kl_ranks_next(&ranks) == INT64_MAX);
}

/* ---- agreeing ---- */

static void all_get_the_bytes_of_the_first_rank(void **state)
{
    (void)state;
    static unsigned char bytes[100003];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(ranks.index == 0 ? i * 7 % 251 : 255);
    assert_int_equal(kl_ranks_share(&ranks, bytes, sizeof bytes), KL_OK);
    for (size_t i = 0; i < sizeof bytes; i++)
        assert_int_equal(bytes[i], (unsigned char)(i * 7 % 251));
    assert_int_equal(kl_ranks_share(&ranks, NULL, 0), KL_OK);
}

static void sums_are_over_all_ranks(void **state)
{
    (void)state;
    int64_t value[3] = {1, ranks.index, INT64_C(1) << 40};
    assert_int_equal(kl_ranks_sum(&ranks, 3, value), KL_OK);
    assert_int_equal(value[0], ranks.count);
    assert_int_equal(value[1], ranks.count * (ranks.count - 1) / 2);
    assert_int_equal(value[2], (INT64_C(1) << 40) * ranks.count);
}

static void the_worst_number_is_known_to_all(void **state)
{
    (void)state;
    assert_int_equal(kl_ranks_worst(&ranks, KL_OK), KL_OK);
    int last = ranks.index == ranks.count - 1;
    assert_int_equal(kl_ranks_worst(&ranks, last ? KL_ERR_WRITE : KL_OK), KL_ERR_WRITE);
}

/* The tests' ranks are not bound to processors (tests/mpi.cmake), so each may use all of the machine's. */
static void ranks_of_one_machine_share_its_processors(void **state)
{
    (void)state;
    cpu_set_t processors;
    assert_int_equal(sched_getaffinity(0, sizeof processors, &processors), 0);
    int all = CPU_COUNT(&processors), fair = all / ranks.count;
    assert_int_equal(kl_ranks_threads(&ranks, all), fair > 1 ? fair : 1);
    assert_int_equal(kl_ranks_threads(&ranks, 1), 1);
    assert_int_equal(kl_ranks_threads(&ranks, 0), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tickets_give_every_piece_once_and_in_order),
        cmocka_unit_test(a_ticket_is_what_the_rounds_give),
        cmocka_unit_test(tickets_of_huge_studies_and_beyond_the_end_are_reckoned_at_once),
        cmocka_unit_test(every_piece_is_given_to_one_rank),
        cmocka_unit_test(threads_of_a_rank_take_pieces_in_turn),
        cmocka_unit_test(the_first_rank_says_how_many_pieces_there_are),
        cmocka_unit_test(no_rank_takes_pieces_after_one_has_stopped),
        cmocka_unit_test(nothing_is_given_where_there_is_nothing),
        cmocka_unit_test(all_get_the_bytes_of_the_first_rank),
        cmocka_unit_test(sums_are_over_all_ranks),
        cmocka_unit_test(the_worst_number_is_known_to_all),
        cmocka_unit_test(ranks_of_one_machine_share_its_processors),
    };
    return cmocka_run_group_tests(tests, start, end);
}
