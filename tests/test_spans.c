/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The firms of a world may be played by spans in any order, on any threads: no bit of the run changes (core/spans.c), whatever
 * the parameters. Here one thread plays the tasks in orders that no pool of threads would come upon; tests/test_engine.c uses
 * threads. */
#include "model_runs.h"

#include <string.h>

typedef void task_fn(void *data, int64_t k);

/* ---- orders, each a kl_share_fn ---- */

static void reversed(void *n_jobs, task_fn *task, void *data, int64_t n)
{
    ++*(int *)n_jobs;
    for (int64_t k = n - 1; k >= 0; k--)
        task(data, k);
}

static void odd_first(void *n_jobs, task_fn *task, void *data, int64_t n)
{
    ++*(int *)n_jobs;
    for (int64_t k = 1; k < n; k += 2)
        task(data, k);
    for (int64_t k = 0; k < n; k += 2)
        task(data, k);
}

/* From another task on each time, so that no two loops go alike. */
static void turning(void *n_jobs, task_fn *task, void *data, int64_t n)
{
    int64_t first = 7 * ++*(int *)n_jobs;
    for (int64_t k = 0; k < n; k++)
        task(data, (first + k) % n);
}

/* From the 100th job on, when the world stands, the last task is left out: must be seen. */
static void forgetful(void *n_jobs, task_fn *task, void *data, int64_t n)
{
    int64_t end = ++*(int *)n_jobs < 100 ? n : n - 1;
    for (int64_t k = 0; k < end; k++)
        task(data, k);
}

/* ---- the same run twice ---- */

static int is_same_run(const kl_run *a, const kl_run *b)
{
    const kl_state *s = a->state, *t = b->state;
    size_t n = (size_t)s->n_padded, months = (size_t)s->month;
    double outcome[2][KL_N_OUTCOMES];
    int same = 1;
#define KL_COMPARE(name) same &= memcmp(s->name, t->name, n * sizeof *s->name) == 0;
    KL_FLOAT_ARRAYS(KL_COMPARE)
    KL_COURSE_FLOATS(KL_COMPARE)
    KL_INT_ARRAYS(KL_COMPARE)
    KL_COURSE_INTS(KL_COMPARE)
#undef KL_COMPARE
    for (int k = 0; k < KL_N_SERIES; k++)
        same &= memcmp(s->series[k], t->series[k], months * sizeof(float)) == 0;
    kl_run_outcomes(a, outcome[0]);
    kl_run_outcomes(b, outcome[1]);
    return same && memcmp(outcome[0], outcome[1], sizeof outcome[0]) == 0;
}

static int plays_alike(const setup *made, uint32_t replicate, kl_share_fn order)
{
    int n_jobs = 0, horizon = made->horizon;
    kl_run alone, shared;
    kl_run_init(&alone);
    kl_run_init(&shared);
    shared.share = order;
    shared.share_data = &n_jobs;
    start(&alone, made, SEED, replicate);
    start(&shared, made, SEED, replicate);
    play(&alone, horizon);
    play(&shared, horizon);
    int same = is_same_run(&alone, &shared);
    if (order != forgetful)
        assert_int_equal(kl_run_check(&shared, NULL), KL_OK);
    assert_true(made->p.firms <= KL_SPAN || n_jobs > horizon);
    kl_run_free(&alone);
    kl_run_free(&shared);
    return same;
}

static void the_order_of_spans_changes_no_bit_of_the_default_world(void **state)
{
    (void)state;
    static const kl_share_fn orders[] = {reversed, odd_first, turning};
    static const int sizes[] = {KL_SPAN, KL_SPAN + 1, 3 * KL_SPAN, 5 * KL_SPAN - 5,
                                20000}; /* 20,000: clocks drawn when they begin */
    setup made = default_setup();
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++)
        for (size_t o = 0; o < 3; o++) {
            made.p.firms = sizes[k];
            made.horizon = sizes[k] > 10000 ? 14 : 40;
            assert_true(plays_alike(&made, (uint32_t)k, orders[o]));
        }
}

static void nor_of_any_other(void **state)
{
    (void)state;
    static const kl_share_fn orders[] = {reversed, odd_first, turning};
    int n_cut = 0;
    for (uint32_t k = 0; k < 60; k++) {
        setup made = random_setup(k, k % 4 ? .8 : .2, 5000);
        n_cut += made.p.firms > KL_SPAN;
        assert_true(plays_alike(&made, k, orders[k % 3]));
    }
    assert_true(n_cut >= 10);
}

/* Without this the two above might compare what nobody shared. */
static void a_span_left_out_is_noticed(void **state)
{
    (void)state;
    setup made = default_setup();
    made.p.firms = 3 * KL_SPAN;
    made.horizon = 12;
    assert_false(plays_alike(&made, 0, forgetful));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_order_of_spans_changes_no_bit_of_the_default_world),
        cmocka_unit_test(nor_of_any_other),
        cmocka_unit_test(a_span_left_out_is_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
