/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Distributions of inputs: against closed forms and against the GSL, which shares no code with src/num. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <gsl/gsl_cdf.h>

#include "klaster/study.h"
#include "num/num.h"

static const double grid[] = {1e-9, 1e-4, 0.013, 0.05, 0.25, 0.385, 0.5, 0.62, 0.75, 0.95, 0.987, 0.9999, 1 - 1e-9};
#define N_GRID (int)(sizeof grid / sizeof grid[0])

static void assert_near(double found, double expected, double tolerance)
{
    if (!(fabs(found - expected) <= tolerance))
        fail_msg("%.17g is not %.17g +- %g", found, expected, tolerance);
}

static kl_dist dist(kl_dist_kind kind, double a, double b, double c)
{
    return (kl_dist){.kind = kind, .n = kind == KL_DIST_TRIANGULAR || kind == KL_DIST_PERT ? 3 : 2, .value = {a, b, c}};
}

static void uniform_and_loguniform_are_straight_lines(void **state)
{
    (void)state;
    kl_dist u = dist(KL_DIST_UNIFORM, -2.5, 4, 0), l = dist(KL_DIST_LOGUNIFORM, 0.02, 50, 0);
    for (int i = 0; i < N_GRID; i++) {
        assert_near(kl_dist_quantile(&u, grid[i], -10, 10), -2.5 + 6.5 * grid[i], 1e-15 * 8);
        double expected = exp(log(0.02) + grid[i] * log(2500));
        assert_near(kl_dist_quantile(&l, grid[i], 0, 100), expected, 1e-14 * expected);
    }
}

static void triangular_inverts_its_distribution_function(void **state)
{
    (void)state;
    const double modes[] = {1, 1.7, 4};
    for (int m = 0; m < 3; m++) {
        kl_dist t = dist(KL_DIST_TRIANGULAR, 1, modes[m], 4);
        for (int i = 0; i < N_GRID; i++) {
            double x = kl_dist_quantile(&t, grid[i], -10, 10);
            double p = x <= modes[m] && modes[m] > 1 ? (x - 1) * (x - 1) / (3 * (modes[m] - 1))
                                                     : 1 - (4 - x) * (4 - x) / (3 * (4 - modes[m]));
            assert_near(p, grid[i], 1e-14);
        }
    }
}

static void beta_and_pert_agree_with_the_gsl(void **state)
{
    (void)state;
    kl_dist b = dist(KL_DIST_BETA, 2.385, 3.7, 0), p = dist(KL_DIST_PERT, 0.5, 0.65, 0.9);
    /* PERT by its definition: Beta(1 + 4 (m-l)/(h-l), 1 + 4 (h-m)/(h-l)) on [l, h] */
    double a1 = 1 + 4 * 0.15 / 0.4, b1 = 1 + 4 * 0.25 / 0.4;
    for (int i = 0; i < N_GRID; i++) {
        assert_near(kl_dist_quantile(&b, grid[i], 0, 1), gsl_cdf_beta_Pinv(grid[i], 2.385, 3.7), 1e-9);
        assert_near(kl_dist_quantile(&p, grid[i], 0, 1), 0.5 + 0.4 * gsl_cdf_beta_Pinv(grid[i], a1, b1), 1e-9);
    }
}

static void normal_and_lognormal_agree_with_the_gsl_where_bounds_are_far(void **state)
{
    (void)state;
    kl_dist n = dist(KL_DIST_NORMAL, -3.6, 0.3, 0), l = dist(KL_DIST_LOGNORMAL, 0.1, 0.6, 0);
    for (int i = 0; i < N_GRID; i++) {
        double z = gsl_cdf_ugaussian_Pinv(grid[i]);
        assert_near(kl_dist_quantile(&n, grid[i], -20, 20), -3.6 + 0.3 * z, 1e-8);
        assert_near(kl_dist_quantile(&l, grid[i], 0, 1e9), 0.1 * exp(0.6 * z), 1e-8 * exp(0.6 * z));
    }
}

static void truncation_cuts_the_tails_and_nothing_else(void **state)
{
    (void)state;
    const double bounds[][2] = {{-0.7, 1.1}, {2, 2.5}, {-9, -8.5}, {6, 40}};
    kl_dist n = dist(KL_DIST_NORMAL, 0, 1, 0);
    for (int k = 0; k < 4; k++) {
        double lo = bounds[k][0], hi = bounds[k][1];
        double side = lo > 0 ? -1 : 1; /* the tail in which the GSL keeps its digits */
        double plo = gsl_cdf_ugaussian_P(side * lo), phi = gsl_cdf_ugaussian_P(side * hi);
        for (int i = 0; i < N_GRID; i++) {
            double x = kl_dist_quantile(&n, grid[i], lo, hi);
            assert_true(x >= lo && x <= hi);
            double p = (gsl_cdf_ugaussian_P(side * x) - plo) / (phi - plo);
            assert_near(p, grid[i], 1e-9);
        }
    }
    kl_dist l = dist(KL_DIST_LOGNORMAL, 0.9, 0.5, 0);
    assert_true(kl_dist_quantile(&l, 1 - 1e-10, 0, 1) <= 1);
    assert_near(kl_dist_quantile(&l, 0.5, 0, 1),
                0.9 * exp(0.5 * gsl_cdf_ugaussian_Pinv(0.5 * gsl_cdf_ugaussian_P(-log(0.9) / 0.5))), 1e-9);
}

static void integers_and_choices_are_equally_likely_to_the_draw(void **state)
{
    (void)state;
    kl_dist d = dist(KL_DIST_INTEGER, 3, 5, 0);
    kl_dist c = {.kind = KL_DIST_CHOICE, .n = 4, .value = {7, 1, 9, 2}};
    int counts[3] = {0}, chosen[10] = {0};
    for (int i = 0; i < 12000; i++) {
        double u = (i + 0.5) / 12000;
        counts[(int)kl_dist_quantile(&d, u, 1, 1000) - 3]++;
        chosen[(int)kl_dist_quantile(&c, u, 0, 10)]++;
    }
    for (int i = 0; i < 3; i++)
        assert_int_equal(counts[i], 4000);
    assert_int_equal(chosen[7], 3000);
    assert_int_equal(chosen[1], 3000);
    assert_int_equal(chosen[9], 3000);
    assert_int_equal(chosen[2], 3000);
    assert_true(kl_dist_quantile(&d, 1 - 0x1p-33, 1, 1000) == 5);
    assert_true(kl_dist_quantile(&d, 0x1p-33, 1, 1000) == 3);
}

/* Midpoint rule over u: mean and sd against the textbook. The rule's error at 20,000 nodes is below the tolerance. */
static void moments_are_those_of_the_textbook(void **state)
{
    (void)state;
    const struct {
        kl_dist d;
        double mean, sd;
    } cases[] = {
        {dist(KL_DIST_UNIFORM, 2, 5, 0), 3.5, 3 / sqrt(12)},
        {dist(KL_DIST_TRIANGULAR, 1, 2, 6), 3, sqrt((1 + 4 + 36 - 2 - 6 - 12) / 18.0)},
        {dist(KL_DIST_PERT, 0.5, 0.65, 0.9), (0.5 + 4 * 0.65 + 0.9) / 6,
         sqrt((4.0 / 6 - 0.5) * (0.9 - 4.0 / 6) / 7)}, /* (mean - l)(h - mean)/7 */
        {dist(KL_DIST_BETA, 2, 3, 0), 0.4, 0.2},
        {dist(KL_DIST_NORMAL, -3.6, 0.3, 0), -3.6, 0.3},
        {dist(KL_DIST_LOGUNIFORM, 1, 10, 0), 9 / log(10), sqrt(99 / (2 * log(10)) - 81 / (log(10) * log(10)))},
    };
    const int n = 20000;
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        double sum = 0, squares = 0;
        for (int i = 0; i < n; i++) {
            double x = kl_dist_quantile(&cases[k].d, (i + 0.5) / n, -100, 100);
            sum += x;
            squares += x * x;
        }
        double mean = sum / n;
        assert_near(mean, cases[k].mean, 1e-5 * fabs(cases[k].mean));
        assert_near(sqrt(squares / n - mean * mean), cases[k].sd, 1e-3 * cases[k].sd);
    }
}

static void quantiles_rise_with_u(void **state)
{
    (void)state;
    const kl_dist all[] = {dist(KL_DIST_UNIFORM, 0, 1, 0),      dist(KL_DIST_LOGUNIFORM, 0.1, 1, 0),
                           dist(KL_DIST_NORMAL, 0.5, 2, 0),     dist(KL_DIST_LOGNORMAL, 0.5, 2, 0),
                           dist(KL_DIST_TRIANGULAR, 0, 0.1, 1), dist(KL_DIST_PERT, 0, 0.1, 1),
                           dist(KL_DIST_BETA, 0.5, 0.5, 0),     dist(KL_DIST_BETA, 60, 3, 0)};
    for (size_t k = 0; k < sizeof all / sizeof all[0]; k++) {
        double last = -1;
        for (int i = 0; i <= 4000; i++) {
            double x = kl_dist_quantile(&all[k], ((double)i + 0.5) / 4001, 0, 1);
            assert_true(x >= last && x >= 0 && x <= 1);
            last = x;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(uniform_and_loguniform_are_straight_lines),
        cmocka_unit_test(triangular_inverts_its_distribution_function),
        cmocka_unit_test(beta_and_pert_agree_with_the_gsl),
        cmocka_unit_test(normal_and_lognormal_agree_with_the_gsl_where_bounds_are_far),
        cmocka_unit_test(truncation_cuts_the_tails_and_nothing_else),
        cmocka_unit_test(integers_and_choices_are_equally_likely_to_the_draw),
        cmocka_unit_test(moments_are_those_of_the_textbook),
        cmocka_unit_test(quantiles_rise_with_u),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
