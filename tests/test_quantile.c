/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Tests of src/num/normal.c and quantile.c: normal and beta distributions against the C library in long double and against GSL. The
 * bounds are those that num.h states. */
#include "num/lanes.h"
#include "num/num.h"
#include "rng/rng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>

static const double shapes[] = {0.1, 0.3, 0.5, 0.75, 1, 1.5, 2, 2.385, 3, 4, 6, 10, 25, 50};
#define N_SHAPES ((int)(sizeof shapes / sizeof *shapes))

static int set_up(void **state)
{
    (void)state;
    gsl_set_error_handler_off();
    return 0;
}

/* ---- normal ---- */

static long double normal_cdf_exact(double z)
{
    return 0.5L * erfcl(-z / sqrtl(2.0L));
}

static void the_normal_cdf_is_accurate_far_into_the_tails(void **state)
{
    (void)state;
    for (double z = -37; z < 37; z += 0.00137) {
        long double exact = normal_cdf_exact(z);
        assert_true(fabsl(kl_normal_cdf(z) - exact) <= 2e-15L * exact);
    }
}

static void the_normal_cdf_has_its_limits(void **state)
{
    (void)state;
    assert_true(kl_normal_cdf(0) == 0.5);
    assert_true(kl_normal_cdf(INFINITY) == 1 && kl_normal_cdf(-INFINITY) == 0);
    assert_true(kl_normal_cdf(1e300) == 1 && kl_normal_cdf(-1e300) == 0);
    assert_true(isnan(kl_normal_cdf(NAN)));
}

/* The error of z is that of its probability over the density: one Newton step in long double. */
static void assert_normal_quantile_close(double u)
{
    double z = kl_normal_quantile(u);
    long double density = 0.39894228040143267793994605993438L * expl(-0.5L * z * z);
    long double exact = z - (normal_cdf_exact(z) - u) / density;
    assert_true(fabsl(z - exact) <= 2e-15L * fabsl(exact));
}

static void the_normal_quantile_is_accurate_for_every_word_and_beyond(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 200000; i++) {
        double u = (i * UINT32_C(2654435761) + 0.5) * 0x1p-32;
        assert_normal_quantile_close(u < 0.5 ? u : u - 0.5);
    }
    for (double u = 0.5; u > 1e-300; u *= 0.937)
        assert_normal_quantile_close(u);
}

static void the_normal_quantile_mirrors_and_rises(void **state)
{
    (void)state;
    double last = -INFINITY;
    for (uint32_t i = 0; i < 1u << 20; i++) {
        double u = (i + 0.5) * 0x1p-20;
        double z = kl_normal_quantile(u);
        assert_true(z == -kl_normal_quantile(1.0 - u));
        assert_true(z > last);
        last = z;
    }
}

static void the_normal_quantile_has_its_edges(void **state)
{
    (void)state;
    assert_true(kl_normal_quantile(0.5) == 0);
    assert_true(kl_normal_quantile(0) == -INFINITY && kl_normal_quantile(1) == INFINITY);
    assert_true(isnan(kl_normal_quantile(-0x1p-1074)) && isnan(kl_normal_quantile(1.0 + 0x1p-52)));
    assert_true(isnan(kl_normal_quantile(NAN)));
    assert_true(isfinite(kl_normal_quantile(0x1p-1074)));
    /* 1.959963984540054: Abramowitz and Stegun 1964, table 26.5 */
    assert_true(fabs(kl_normal_quantile(0.975) - 1.959963984540054) < 1e-15);
}

/* ---- beta ---- */

static void the_beta_cdf_agrees_with_gsl(void **state)
{
    (void)state;
    for (int i = 0; i < N_SHAPES; i++)
        for (int j = 0; j < N_SHAPES; j++)
            for (int k = 1; k < 100; k++) {
                double x = k / 100.0;
                assert_true(fabs(kl_beta_cdf(shapes[i], shapes[j], x) - gsl_cdf_beta_P(x, shapes[i], shapes[j])) <
                            1e-13);
            }
}

/* GSL's inverse itself fails (NaN) for 92 of these 19,404, all with a or b of 0.1; its distribution function is right
 * there too. Near 1 the spacing of doubles bounds what x can say of u. */
static void the_beta_quantile_agrees_with_gsl(void **state)
{
    (void)state;
    int n_compared = 0;
    for (int i = 0; i < N_SHAPES; i++)
        for (int j = 0; j < N_SHAPES; j++)
            for (int k = 1; k < 100; k++) {
                double a = shapes[i], b = shapes[j], u = k / 100.0;
                double x = kl_beta_quantile(a, b, u);
                double other = gsl_cdf_beta_Pinv(u, a, b);
                assert_true(isnan(other) || fabs(x - other) < 1e-12);
                n_compared += !isnan(other);
                assert_true(x > 0.999 || fabs(gsl_cdf_beta_P(x, a, b) - u) < 1e-13);
            }
    assert_true(n_compared > 19000);
}

/* Beta(a,1) and Beta(1,b) are powers, Beta(1/2,1/2) is the arcsine law: closed forms, also in the tails. */
static void the_beta_quantile_meets_closed_forms(void **state)
{
    (void)state;
    for (double u = 1e-12; u < 1; u = u < 0.01 ? 3 * u : u + 0.013)
        for (double a = 0.05; a < 60; a *= 1.7) {
            assert_true(fabs(kl_beta_quantile(a, 1, u) - pow(u, 1 / a)) < 1e-12);
            assert_true(fabs(kl_beta_quantile(1, a, u) + expm1(log1p(-u) / a)) < 1e-12);
            double s = sin(1.57079632679489661923 * u);
            assert_true(fabs(kl_beta_quantile(0.5, 0.5, u) - s * s) < 1e-12);
        }
}

static void the_beta_quantile_inverts_the_cdf_for_extreme_shapes(void **state)
{
    (void)state;
    static const double extreme[] = {0.001, 0.02, 0.9, 7, 300, 1e4};
    for (int i = 0; i < 6; i++)
        for (int j = 0; j < 6; j++)
            for (int k = 1; k < 40; k++) {
                double u = k / 40.0;
                double x = kl_beta_quantile(extreme[i], extreme[j], u);
                assert_true(x >= 0 && x <= 1);
                /* near 1 the spacing of doubles bounds what x can say of u, as does underflow at 0 */
                if (x > 1e-290 && x < 0.99)
                    assert_true(fabs(kl_beta_cdf(extreme[i], extreme[j], x) - u) < 1e-10);
            }
}

static void beta_functions_have_their_edges(void **state)
{
    (void)state;
    static const double bad[] = {0, -1, NAN, INFINITY};
    assert_true(kl_beta_cdf(2, 3, 0) == 0 && kl_beta_cdf(2, 3, -1) == 0);
    assert_true(kl_beta_cdf(2, 3, 1) == 1 && kl_beta_cdf(2, 3, 2) == 1);
    assert_true(kl_beta_quantile(2, 3, 0) == 0 && kl_beta_quantile(2, 3, 1) == 1);
    assert_true(isnan(kl_beta_cdf(2, 3, NAN)) && isnan(kl_beta_quantile(2, 3, NAN)));
    assert_true(isnan(kl_beta_quantile(2, 3, -0.1)) && isnan(kl_beta_quantile(2, 3, 1.1)));
    for (int i = 0; i < 4; i++) {
        assert_true(isnan(kl_beta_cdf(bad[i], 1, 0.5)) && isnan(kl_beta_cdf(1, bad[i], 0.5)));
        assert_true(isnan(kl_beta_quantile(bad[i], 1, 0.5)) && isnan(kl_beta_quantile(1, bad[i], 0.5)));
    }
}

/* ---- the table ---- */

static double beta_of_score(double a, double b, double z)
{
    return z < 0 ? kl_beta_quantile(a, b, kl_normal_cdf(z)) : 1.0 - kl_beta_quantile(b, a, kl_normal_cdf(-z));
}

static void the_table_is_the_quantile_at_its_nodes_and_close_between(void **state)
{
    (void)state;
    static kl_beta_table table;
    for (int i = 0; i < N_SHAPES; i++)
        for (int j = 0; j < N_SHAPES; j++) {
            double a = shapes[i], b = shapes[j];
            kl_beta_table_set(&table, a, b);
            for (int k = 0; k < KL_BETA_TABLE_N - 1; k++) {
                double z = -KL_BETA_TABLE_Z + k * (13.0 / 512);
                assert_true(fabs(table.x[k] - beta_of_score(a, b, z)) < 1e-12);
                z += 6.1 / 512;
                double bound = a >= 0.5 && b >= 0.5 ? 1e-8 : 1e-6;
                assert_true(fabs(kl_beta_table_at(&table, z) - beta_of_score(a, b, z)) < bound);
            }
        }
}

static void the_table_rises_within_0_and_1_for_any_shape(void **state)
{
    (void)state;
    static kl_beta_table table;
    static const double extreme[] = {0.001, 0.01, 0.5, 1, 2, 50, 1e4};
    for (int i = 0; i < 7; i++)
        for (int j = 0; j < 7; j++) {
            kl_beta_table_set(&table, extreme[i], extreme[j]);
            double last = 0;
            for (double z = -7; z < 7; z += 0.00037) {
                double x = kl_beta_table_at(&table, z);
                assert_true(x >= 0 && x <= 1);
                assert_true(x >= last - 1e-15); /* rounding only */
                last = x;
            }
        }
}

/* Mean a/(a+b) and variance ab/((a+b)^2 (a+b+1)), as sums over z weighted by the normal density (trapezoids: exact here
 * to the 1e-10 of the normal that lies beyond the table). */
static void the_table_has_the_moments_of_its_distribution(void **state)
{
    (void)state;
    static kl_beta_table table;
    for (int i = 2; i < N_SHAPES; i++) {
        double a = shapes[i], b = shapes[N_SHAPES + 1 - i], mean = 0, squares = 0;
        kl_beta_table_set(&table, a, b);
        for (int k = -650; k <= 650; k++) {
            double z = k * 0.01;
            double x = kl_beta_table_at(&table, z);
            double weight = 0.01 * 0.39894228040143267794 * exp(-0.5 * z * z);
            mean += weight * x;
            squares += weight * x * x;
        }
        double s = a + b;
        assert_true(fabs(mean - a / s) < 1e-9);
        assert_true(fabs(squares - mean * mean - a * b / (s * s * (s + 1))) < 1e-9);
    }
}

static void the_table_holds_its_ends_beyond_them(void **state)
{
    (void)state;
    static kl_beta_table table;
    kl_beta_table_set(&table, 2, 3);
    assert_true(kl_beta_table_at(&table, -6.5) == table.x[0]);
    assert_true(kl_beta_table_at(&table, -100) == table.x[0] && kl_beta_table_at(&table, -INFINITY) == table.x[0]);
    assert_true(kl_beta_table_at(&table, 6.5) == table.x[KL_BETA_TABLE_N - 1]);
    assert_true(kl_beta_table_at(&table, 1e300) == table.x[KL_BETA_TABLE_N - 1]);
    assert_true(kl_beta_table_at(&table, INFINITY) == table.x[KL_BETA_TABLE_N - 1]);
    assert_true(isnan(kl_beta_table_at(&table, NAN)));
}

static void a_table_made_again_has_the_same_bits_whatever_was_there(void **state)
{
    (void)state;
    static kl_beta_table table, fresh;
    kl_beta_table_set(&table, 4, 4);
    for (int i = 0; i < KL_BETA_TABLE_N; i++) /* symmetric shape, symmetric table */
        assert_true(fabs(table.x[i] + table.x[KL_BETA_TABLE_N - 1 - i] - 1.0) < 1e-14);
    kl_beta_table_set(&table, 2, 3);
    kl_beta_table_set(&fresh, 2, 3);
    assert_memory_equal(&table, &fresh, sizeof table);
    table.x[7] = 0.123; /* set again with the same shape: nothing is done */
    kl_beta_table_set(&table, 2, 3);
    assert_true(table.x[7] == 0.123);
    kl_beta_table_set(&table, NAN, 3);
    assert_true(isnan(kl_beta_table_at(&table, 0)));
}

/* ---- many at once ---- */

/* Words at both ends, on both sides of where the formulas of the normal quantile meet, and from all over. */
static uint32_t word_of(int set, uint32_t i, uint32_t n)
{
    static const uint32_t from[] = {0, 322122547, 3972844748};
    if (set < 3)
        return from[set] - (set ? n / 2 : 0) + i;
    if (set == 3)
        return UINT32_MAX - i;
    return kl_draw(kl_key_of(20251123, 1, 1), i, KL_DRAW_FIRM, (uint32_t)set).w[0];
}

static void many_scores_are_those_of_one_to_the_bit(void **state)
{
    (void)state;
    enum { N = 2500 };
    static uint32_t word[N];
    static double z[N + 1];
    for (int set = 0; set < 40; set++) {
        int n = set % 3 ? N : 60 * set + 7; /* also where the last vector is not full */
        for (uint32_t i = 0; i < N; i++)
            word[i] = word_of(set, i, N);
        z[n] = 42;
        kl_normal_scores(word, z, n);
        for (int i = 0; i < n; i++)
            if (kl_double_bits(z[i]) != kl_double_bits(kl_normal_quantile(kl_uniform(word[i]))))
                fail_msg("word %u: %.17g", word[i], z[i]);
        assert_true(z[n] == 42);
    }
}

static void many_look_ups_in_a_beta_table_are_those_of_one_to_the_bit(void **state)
{
    (void)state;
    enum { N = 1003 };
    static const double shape[][2] = {{2, 3}, {0.3, 0.2}, {40, 7}, {-1, 1}};
    static kl_beta_table table;
    double z[N];
    float x[N];
    for (size_t k = 0; k < sizeof shape / sizeof shape[0]; k++) {
        kl_beta_table_set(&table, shape[k][0], shape[k][1]);
        for (int i = 0; i < N; i++)
            z[i] = -7 + i * (14.0 / (N - 3)); /* beyond both ends */
        z[N - 1] = NAN;
        kl_beta_table_row(&table, z, x, N);
        for (int i = 0; i < N; i++) {
            float want = (float)kl_beta_table_at(&table, z[i]);
            assert_true(x[i] == want || (x[i] != x[i] && want != want));
        }
    }
}

/* Also where a lane leaves the range of the functions without branches, or needs more steps than lanes are given. */
static void many_beta_quantiles_are_those_of_one_to_the_bit(void **state)
{
    (void)state;
    enum { N = 151 };
    static const double shape[][2] = {{2, 3},    {1.5, 4.5}, {1, 5},    {0.3, 0.2}, {40, 7},
                                      {0.1, 50}, {1e4, 0.5}, {1e-3, 1}, {1, 1},     {-1, 2}};
    double u[N], x[N];
    for (size_t k = 0; k < sizeof shape / sizeof *shape; k++)
        for (int set = 0; set < 4; set++) {
            int n = set ? N : 13;
            for (int i = 0; i < N; i++) {
                double middle = kl_uniform(word_of(4 + set, (uint32_t)i, N)), tail = pow(middle, 9);
                u[i] = set == 1 ? tail : set == 2 ? 1 - tail : set == 3 ? 1e-290 * middle : middle;
            }
            u[3] = 0;
            u[5] = 1;
            kl_beta_quantiles(shape[k][0], shape[k][1], u, x, n);
            for (int i = 0; i < n; i++) {
                double want = kl_beta_quantile(shape[k][0], shape[k][1], u[i]);
                if (kl_double_bits(x[i]) != kl_double_bits(want) && !(isnan(x[i]) && isnan(want)))
                    fail_msg("Beta(%g, %g) at %.17g: %.17g", shape[k][0], shape[k][1], u[i], x[i]);
            }
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_normal_cdf_is_accurate_far_into_the_tails),
        cmocka_unit_test(the_normal_cdf_has_its_limits),
        cmocka_unit_test(the_normal_quantile_is_accurate_for_every_word_and_beyond),
        cmocka_unit_test(the_normal_quantile_mirrors_and_rises),
        cmocka_unit_test(the_normal_quantile_has_its_edges),
        cmocka_unit_test(the_beta_cdf_agrees_with_gsl),
        cmocka_unit_test(the_beta_quantile_agrees_with_gsl),
        cmocka_unit_test(the_beta_quantile_meets_closed_forms),
        cmocka_unit_test(the_beta_quantile_inverts_the_cdf_for_extreme_shapes),
        cmocka_unit_test(beta_functions_have_their_edges),
        cmocka_unit_test(the_table_is_the_quantile_at_its_nodes_and_close_between),
        cmocka_unit_test(the_table_rises_within_0_and_1_for_any_shape),
        cmocka_unit_test(the_table_has_the_moments_of_its_distribution),
        cmocka_unit_test(the_table_holds_its_ends_beyond_them),
        cmocka_unit_test(a_table_made_again_has_the_same_bits_whatever_was_there),
        cmocka_unit_test(many_scores_are_those_of_one_to_the_bit),
        cmocka_unit_test(many_look_ups_in_a_beta_table_are_those_of_one_to_the_bit),
        cmocka_unit_test(many_beta_quantiles_are_those_of_one_to_the_bit),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
