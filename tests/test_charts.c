/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Classes, histograms and maps: round edges, classes of equal numbers, every world counted once. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "klaster/charts.h"

/* A sequence without pattern in [0,1); Weyl's, by the golden ratio. */
static double unit(int i)
{
    double x = 0.6180339887498949 * (i + 1);
    return x - floor(x);
}

/* ---- classes ---- */

static int has_edge(const kl_classes *c, double edge)
{
    for (int k = 0; k <= c->n; k++)
        if (c->edge[k] == edge)
            return 1;
    return 0;
}

static void round_edges_are_the_numbers_that_people_write(void **state)
{
    (void)state;
    kl_classes c = kl_classes_round(0.142, 0.457, 0); /* width 0.02: the smallest round one of at least 0.0105 */
    assert_int_equal(c.n, 16);
    assert_true(c.edge[0] == 0.14 && c.edge[1] == 0.16 && c.edge[16] == 0.46);
    assert_true(has_edge(&c, 0.3) && has_edge(&c, 0.4));
    c = kl_classes_round(-61234.5, 1204567.8, 0); /* width 50,000 */
    assert_int_equal(c.n, 27);
    assert_true(c.edge[0] == -100000 && has_edge(&c, 0) && c.edge[27] == 1250000);
    c = kl_classes_round(0.7312, 0.8799, 0); /* width 0.005 */
    assert_true(c.edge[0] == 0.73 && c.edge[1] == 0.735 && has_edge(&c, 0.8));
    c = kl_classes_round(0, 75, 0); /* width 2.5 */
    assert_true(c.n == 31 && c.edge[1] == 2.5 && c.edge[31] == 77.5);
    c = kl_classes_round(1.5e-9, 4e-9, 0);
    assert_true(c.n <= 31 && c.edge[0] <= 1.5e-9 && c.edge[c.n] >= 4e-9);
}

static void whole_numbers_lie_in_the_middle_of_classes(void **state)
{
    (void)state;
    kl_classes c = kl_classes_round(13, 27, 1); /* a class a month */
    assert_int_equal(c.n, 15);
    assert_true(c.edge[0] == 12.5 && c.edge[15] == 27.5);
    c = kl_classes_round(0, 75, 1); /* not 2.5: some classes would hold two whole numbers and some three */
    assert_true(c.edge[0] == -0.5 && c.edge[1] == 4.5);
    c = kl_classes_round(7, 7, 1);
    assert_true(c.n == 1 && c.edge[0] == 6.5 && c.edge[1] == 7.5);
}

static void classes_cover_what_they_were_made_for(void **state)
{
    (void)state;
    for (int i = 0; i < 20000; i++) {
        double scale = pow(10, floor(24 * unit(3 * i)) - 12), lo = (2 * unit(3 * i + 1) - 1) * scale;
        double hi = i % 50 == 0 ? lo : lo + unit(3 * i + 2) * scale;
        int is_whole = i % 3 == 0;
        lo = is_whole ? floor(lo) : lo;
        hi = is_whole ? floor(hi) : hi;
        kl_classes c = kl_classes_round(lo, hi, is_whole);
        assert_in_range(c.n, 1, KL_CLASSES_MOST);
        for (int k = 0; k < c.n; k++)
            assert_true(c.edge[k] < c.edge[k + 1]);
        if (kl_classes_find(&c, lo) != 0 || kl_classes_find(&c, hi) != c.n - 1)
            fail_msg("%.17g and %.17g are in classes %d and %d of %d", lo, hi, kl_classes_find(&c, lo),
                     kl_classes_find(&c, hi), c.n);
    }
}

static void a_value_is_found_in_the_class_whose_edges_enclose_it(void **state)
{
    (void)state;
    const kl_classes c = {3, 0, {1, 2, 4, 8}};
    assert_int_equal(kl_classes_find(&c, 0.999), -1);
    assert_int_equal(kl_classes_find(&c, 1), 0);
    assert_int_equal(kl_classes_find(&c, 2), 1);
    assert_int_equal(kl_classes_find(&c, 3.999), 1);
    assert_int_equal(kl_classes_find(&c, 4), 2);
    assert_int_equal(kl_classes_find(&c, 8), 2); /* the last class has its upper edge */
    assert_int_equal(kl_classes_find(&c, 8.001), 3);
    const kl_classes v = {3, 1, {1, 2, 4, 0}};
    assert_int_equal(kl_classes_find(&v, 1), 0);
    assert_int_equal(kl_classes_find(&v, 2), 1);
    assert_int_equal(kl_classes_find(&v, 4), 2);
}

static void few_values_are_classes_of_their_own(void **state)
{
    const double x[] = {3, 5, 4, 3, 3, 5, 4, 3};
    kl_classes c;
    (void)state;
    assert_int_equal(kl_classes_equal(&c, x, 8, 3), KL_OK);
    assert_true(c.is_values && c.n == 3 && c.edge[0] == 3 && c.edge[1] == 4 && c.edge[2] == 5);
    assert_int_equal(kl_classes_equal(&c, x, 8, 2), KL_OK);
    assert_false(c.is_values);
    assert_in_range(c.n, 1, 2);
    assert_int_equal(kl_classes_equal(&c, x, 1, 8), KL_OK);
    assert_true(c.is_values && c.n == 1);
}

static void many_values_are_cut_into_equal_numbers(void **state)
{
    enum { N = 4003, WANTED = 8 };
    static double x[N];
    int count[WANTED] = {0};
    kl_classes c;
    (void)state;
    for (int i = 0; i < N; i++)
        x[i] = exp(3 * unit(i)); /* skewed: classes of equal width would hold very different numbers */
    assert_int_equal(kl_classes_equal(&c, x, N, WANTED), KL_OK);
    assert_false(c.is_values);
    assert_int_equal(c.n, WANTED);
    for (int i = 0; i < N; i++)
        count[kl_classes_find(&c, x[i])]++;
    for (int k = 0; k < WANTED; k++)
        assert_in_range(count[k], N / WANTED - 1, N / WANTED + 2);
}

static void nonsense_is_refused(void **state)
{
    const double x[] = {1, NAN}, y[] = {1, INFINITY};
    kl_classes c;
    (void)state;
    assert_int_equal(kl_classes_equal(&c, x, 2, 8), KL_ERR_ARGUMENT);
    assert_int_equal(kl_classes_equal(&c, y, 2, 8), KL_ERR_ARGUMENT);
    assert_int_equal(kl_classes_equal(&c, x, 0, 8), KL_ERR_ARGUMENT);
    assert_int_equal(kl_classes_equal(&c, x, 1, 0), KL_ERR_ARGUMENT);
    assert_int_equal(kl_classes_equal(&c, x, 1, KL_CLASSES_MOST + 1), KL_ERR_ARGUMENT);
}

/* ---- counting ---- */

static void a_histogram_counts_every_world_once(void **state)
{
    const kl_classes c = {2, 0, {0, 1, 2}};
    const double value[] = {-1, 0, 0.5, 1, 2, 2.5, NAN, INFINITY, 0.5, NAN};
    const int8_t status[] = {0, 0, 1, 0, 0, 2, 0, 5, -1, -1};
    (void)state;
    kl_histogram h = kl_histogram_make(&c, value, status, 10);
    assert_int_equal(h.below, 1);
    assert_int_equal(h.count[0], 2);
    assert_int_equal(h.count[1], 2);
    assert_int_equal(h.above, 1);
    assert_int_equal(h.undefined, 2);
    assert_int_equal(h.missing, 2);
}

static void a_map_counts_worlds_and_hits_by_both_inputs(void **state)
{
    /* three points of two replicates */
    const int8_t hit[] = {1, 0, 1, 1, -1, 0};
    const uint8_t x[] = {0, 2, 2}, y[] = {1, 0, 0};
    kl_map map;
    int64_t worlds = 0;
    (void)state;
    kl_map_make(&map, hit, x, y, 3, 2);
    assert_int_equal(map.worlds[1][0], 2);
    assert_int_equal(map.hits[1][0], 1);
    assert_int_equal(map.worlds[0][2], 3);
    assert_int_equal(map.hits[0][2], 2);
    for (int i = 0; i < KL_MAP_CLASSES_MOST; i++)
        for (int j = 0; j < KL_MAP_CLASSES_MOST; j++)
            worlds += map.worlds[i][j];
    assert_int_equal(worlds, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_edges_are_the_numbers_that_people_write),
        cmocka_unit_test(whole_numbers_lie_in_the_middle_of_classes),
        cmocka_unit_test(classes_cover_what_they_were_made_for),
        cmocka_unit_test(a_value_is_found_in_the_class_whose_edges_enclose_it),
        cmocka_unit_test(few_values_are_classes_of_their_own),
        cmocka_unit_test(many_values_are_cut_into_equal_numbers),
        cmocka_unit_test(nonsense_is_refused),
        cmocka_unit_test(a_histogram_counts_every_world_once),
        cmocka_unit_test(a_map_counts_worlds_and_hits_by_both_inputs),
    };
    return cmocka_run_group_tests_name("charts", tests, NULL, NULL);
}
