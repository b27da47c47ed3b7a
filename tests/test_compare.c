/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Paired comparison against known answers and closed forms: bivariate normal pairs, whose difference, chance of being higher
 * and saving by pairing are known; ratios of means, whose interval must cover as often as it says; counting of worlds that cannot be
 * compared; a null arm through the engine. Seeds are fixed. */
#include "model_runs.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_cdf.h>

#include "klaster/compare.h"

/* Standard normal number `i` of sample `sample`. */
static double normal_of(uint32_t sample, uint32_t i, uint32_t which)
{
    kl_words w = kl_draw(kl_key_of(42, sample, which), i, KL_DRAW_INPUT, 0);
    return gsl_cdf_ugaussian_Pinv(kl_uniform(w.w[0]));
}

static void assert_near(double found, double expected, double tolerance)
{
    if (!(fabs(found - expected) <= tolerance))
        fail_msg("%.17g, expected %.17g within %.3g", found, expected, tolerance);
}

/* ---- differences ---- */

static void a_small_example_has_the_differences_counted_by_hand(void **state)
{
    (void)state;
    /* differences: 2 -1 0 - - - 3, then one not played */
    const double arm[] = {3, 1, 5, 7, NAN, NAN, 4, 9}, base[] = {1, 2, 5, NAN, 2, NAN, 1, 1};
    const int8_t status_arm[] = {0, 0, 0, 0, 0, 0, 0, -1}, status_base[8] = {0};
    kl_difference d;
    assert_int_equal(kl_difference_make(&d, arm, base, status_arm, status_base, 1, 8), KL_OK);
    assert_int_equal(d.n, 4);
    assert_int_equal(d.only_arm, 1);
    assert_int_equal(d.only_baseline, 1);
    assert_int_equal(d.neither, 1);
    assert_int_equal(d.missing, 1);
    assert_near(d.d.mean, 1, 1e-15);            /* (2 - 1 + 0 + 3) / 4 */
    assert_near(d.d.sd, sqrt(10.0 / 3), 1e-15); /* 1 + 4 + 1 + 4 over 3 */
    assert_near(d.d.se, sqrt(10.0 / 12), 1e-15);
    assert_near(d.hi - 1, 3.182446305284263 * sqrt(10.0 / 12), 1e-12); /* t of 3 degrees of freedom: any table */
    assert_near(d.lo + d.hi, 2, 1e-12);
    assert_near(d.mean_arm, 13.0 / 4, 1e-15);
    assert_near(d.mean_baseline, 9.0 / 4, 1e-15);
    assert_int_equal(d.higher.hits, 2);
    assert_int_equal(d.lower.hits, 1); /* and one tie, which is neither */
    assert_near(d.d.q50, 1, 1e-15);
    /* variances 35/12 and 43/12 of arm and baseline, each over 4, against 10/12 */
    assert_near(d.shared, (35.0 / 12 + 43.0 / 12) / (10.0 / 3), 1e-12);
}

static void an_arm_that_changes_nothing_differs_by_exactly_zero(void **state)
{
    (void)state;
    enum { N = 999 };
    static double x[N];
    kl_difference d;
    for (uint32_t i = 0; i < N; i++)
        x[i] = i % 50 ? exp(10 * normal_of(1, i, 0)) : (double)NAN;
    for (int size = 1; size <= 3; size += 2) {
        assert_int_equal(kl_difference_make(&d, x, x, NULL, NULL, N / size, size), KL_OK);
        assert_true(d.d.mean == 0 && d.d.sd == 0 && d.d.se == 0 && d.lo == 0 && d.hi == 0);
        assert_true(d.d.q05 == 0 && d.d.q95 == 0);
        assert_int_equal(d.higher.hits + d.lower.hits, 0);
        assert_int_equal(d.n + d.neither, N);
        assert_true(isinf(d.shared));
    }
}

/* Pairs with means 0 and .5, deviations 1 and 2, correlation r: the difference is normal with mean .5 and variance
 * 5 - 4 r, higher with chance Phi(mean / sd), and pairing saves 5 / (5 - 4 r). */
static void paired_normals_agree_with_their_closed_form(void **state)
{
    (void)state;
    enum { N = 40000 };
    static double a[N], b[N];
    const double correlation[] = {-.5, 0, .6, .95};
    for (uint32_t c = 0; c < 4; c++) {
        double r = correlation[c], sd = sqrt(5 - 4 * r), p = gsl_cdf_ugaussian_P(.5 / sd);
        for (uint32_t i = 0; i < N; i++) {
            double z = normal_of(2 + c, i, 0), e = normal_of(2 + c, i, 1);
            b[i] = z;
            a[i] = .5 + 2 * (r * z + sqrt(1 - r * r) * e);
        }
        kl_difference d;
        assert_int_equal(kl_difference_make(&d, a, b, NULL, NULL, N, 1), KL_OK);
        /* each within 4.5 standard errors: false alarms in 4 x 4 checks below 1.1e-4 */
        assert_near(d.d.mean, .5, 4.5 * sd / sqrt(N));
        assert_near(d.d.sd, sd, 4.5 * sd / sqrt(2.0 * N));
        assert_near(d.higher.share, p, 4.5 * sqrt(p * (1 - p) / N));
        assert_near(d.d.q50, .5, 4.5 * sd * 1.2533 / sqrt(N));
        assert_near(d.shared, 5 / (5 - 4 * r), .05 * 5 / (5 - 4 * r)); /* some 7 standard errors */
        assert_int_equal(d.higher.hits + d.lower.hits, N);
    }
}

/* The replicates of a point share its effect: with P points the error is that of P means, not of P x R worlds. Coverage of
 * the 95 % interval over 2,000 studies: below 92 or above 97.5 % would be 6 and 5 standard errors off. */
static void intervals_of_clustered_differences_cover_as_they_say(void **state)
{
    (void)state;
    enum { STUDIES = 2000, POINTS = 20, REPLICATES = 5, N = POINTS * REPLICATES };
    int covers = 0, covers_naive = 0;
    for (uint32_t s = 0; s < STUDIES; s++) {
        double a[N], b[N];
        for (uint32_t i = 0; i < N; i++) {
            double point = normal_of(100 + s, i / REPLICATES, 2);
            b[i] = normal_of(100 + s, i, 3);
            a[i] = b[i] + 1 + point + .5 * normal_of(100 + s, i, 4);
        }
        kl_difference d, naive;
        assert_int_equal(kl_difference_make(&d, a, b, NULL, NULL, POINTS, REPLICATES), KL_OK);
        assert_int_equal(kl_difference_make(&naive, a, b, NULL, NULL, N, 1), KL_OK);
        covers += d.lo <= 1 && d.hi >= 1;
        covers_naive += naive.lo <= 1 && naive.hi >= 1;
    }
    assert_in_range(covers, STUDIES * 920 / 1000, STUDIES * 975 / 1000);
    assert_true(covers_naive < STUDIES * 75 / 100); /* the negative control */
}

static void nothing_to_compare_is_undefined_and_counted(void **state)
{
    (void)state;
    const double none[3] = {NAN, NAN, NAN}, some[3] = {1, 2, 3};
    kl_difference d;
    kl_ratio r;
    assert_int_equal(kl_difference_make(&d, some, none, NULL, NULL, 3, 1), KL_OK);
    assert_int_equal(d.n, 0);
    assert_int_equal(d.only_arm, 3);
    assert_true(isnan(d.d.mean) && isnan(d.lo) && isnan(d.higher.share) && isnan(d.shared));
    assert_int_equal(kl_ratio_make(&r, some, none, 3, 1), KL_OK);
    assert_true(r.n == 0 && isnan(r.ratio) && isnan(r.lo));
    assert_int_equal(kl_difference_make(&d, some, some, NULL, NULL, 0, 1), KL_ERR_ARGUMENT);
    assert_int_equal(kl_ratio_make(&r, some, some, 1, 0), KL_ERR_ARGUMENT);
}

/* ---- ratios ---- */

static void a_ratio_of_constants_is_exact_and_one_with_noise_has_fiellers_interval(void **state)
{
    (void)state;
    const double n4[4] = {6, 6, 6, 6}, d4[4] = {2, 2, 2, 2};
    kl_ratio r;
    assert_int_equal(kl_ratio_make(&r, n4, d4, 4, 1), KL_OK);
    assert_true(r.ratio == 3 && r.se == 0 && r.lo == 3 && r.hi == 3);
    /* by hand: means 5 and 2, var of means 5/12 and 1/6, covariance 1/6, t(3)^2 = 10.12796448; the roots of
     * (4 - t2/6) x^2 - 2 (10 - t2/6) x + (25 - 5 t2/12) */
    const double num[4] = {4, 6, 4, 6}, den[4] = {1, 2, 2, 3};
    assert_int_equal(kl_ratio_make(&r, num, den, 4, 1), KL_OK);
    double t2 = 3.182446305284263 * 3.182446305284263, xx = 4.0 / 3 / 4, yy = 2.0 / 3 / 4, xy = 2.0 / 3 / 4;
    double a = 4 - t2 * yy, b = 10 - t2 * xy, c = 25 - t2 * xx;
    assert_near(r.ratio, 2.5, 1e-15);
    assert_near(r.lo, (b - sqrt(b * b - a * c)) / a, 1e-9);
    assert_near(r.hi, (b + sqrt(b * b - a * c)) / a, 1e-9);
    assert_near(r.se, sqrt(xx - 5 * xy + 6.25 * yy) / 2, 1e-12);
    for (int end = 0; end < 2; end++) { /* at both ends mean(num - r den) is t of its errors from 0 */
        double x = end ? r.hi : r.lo, off = 5 - 2 * x, var = xx - 2 * x * xy + x * x * yy;
        assert_near(off * off, t2 * var, 1e-9);
    }
}

static void a_ratio_whose_denominator_may_be_zero_has_no_finite_interval(void **state)
{
    (void)state;
    const double num[4] = {4, 6, 4, 6}, den[4] = {-3, 4, -2, 3};
    kl_ratio r;
    assert_int_equal(kl_ratio_make(&r, num, den, 4, 1), KL_OK);
    assert_true(r.ratio == 10 && isinf(r.lo) && r.lo < 0 && isinf(r.hi) && r.hi > 0);
}

/* Numerator and denominator correlated, skewed and clustered. 95 % of 2,000 intervals must hold the true ratio; below 92.5 or above
 * 97 % is 5 standard errors (.5 %) off for an exact interval, so that the false-alarm rate is below 1e-5; skewness takes some .5 %. */
static void the_interval_of_a_ratio_covers_as_it_says(void **state)
{
    (void)state;
    enum { STUDIES = 2000, POINTS = 60, REPLICATES = 2, N = POINTS * REPLICATES };
    int covers = 0;
    double error = 0, spread = 0;
    for (uint32_t s = 0; s < STUDIES; s++) {
        double num[N], den[N];
        kl_ratio r;
        for (uint32_t i = 0; i < N; i++) {
            double common = normal_of(9000 + s, i / REPLICATES, 5);
            den[i] = 2 + common + normal_of(9000 + s, i, 6);
            num[i] = 3 * den[i] + exp(.5 * common + .5 * normal_of(9000 + s, i, 7)) - exp(.25);
        }
        assert_int_equal(kl_ratio_make(&r, num, den, POINTS, REPLICATES), KL_OK);
        covers += r.lo <= 3 && r.hi >= 3;
        error += (r.ratio - 3) * (r.ratio - 3) / STUDIES;
        spread += r.se * r.se / STUDIES;
    }
    assert_in_range(covers, STUDIES * 925 / 1000, STUDIES * 970 / 1000);
    assert_near(sqrt(spread / error), 1, .1); /* the delta method's error is the real one */
}

/* ---- an option ---- */

static void the_four_numbers_of_an_option_are_those_of_its_parts(void **state)
{
    (void)state;
    const double m0[4] = {10, 0, 20, 5}, m1[4] = {12, 8, 20, 7}, s0[4] = {0, 0, 0, 0}, s1[4] = {100, 50, 100, 110};
    const double v0[4] = {1000, -200, 3000, 500}, v1[4] = {1300, 400, 2900, 560};
    const double up0[4] = {1, 0, 1, 1}, up1[4] = {1, 1, 1, NAN};
    const kl_option_values base = {m0, s0, v0, up0, NULL}, arm = {m1, s1, v1, up1, NULL};
    kl_option_facts f;
    assert_int_equal(kl_option_facts_make(&f, &arm, &base, 4, 1), KL_OK);
    assert_near(f.members.d.mean, 3, 1e-15);
    assert_near(f.per_member.ratio, 90.0 / 3, 1e-12);
    assert_near(f.per_dollar.ratio, 215.0 / 90, 1e-12);
    assert_int_equal(f.survival.n, 3);
    assert_int_equal(f.survival.hits, 3);
    assert_int_equal(f.npv.higher.hits, 3);
    assert_int_equal(kl_option_facts_make(&f, &base, &base, 4, 1), KL_OK);
    assert_true(f.members.d.mean == 0 && isnan(f.per_member.ratio) && isnan(f.per_dollar.ratio));
    assert_int_equal(f.survival.hits, 3);
}

static void tables_hold_what_was_computed(void **state)
{
    (void)state;
    const double x[4] = {3, 1, 5, NAN}, y[4] = {1, 2, 5, 7};
    kl_difference d;
    kl_table table;
    kl_arm arm = {.name = (char[]){"bold"}, .label = (char[]){"A bold one"}};
    assert_int_equal(kl_difference_make(&d, x, y, NULL, NULL, 4, 1), KL_OK);
    assert_int_equal(kl_differences_table_init(&table, "none"), KL_OK);
    assert_int_equal(kl_differences_table_add(&table, &arm, KL_OUT_churn, &d), KL_OK);
    assert_int_equal(table.n_rows, 1);
    for (int c = 0; c < table.n_columns; c++) {
        const kl_column *column = &table.column[c];
        if (strcmp(column->name, "better") == 0)
            assert_string_equal(column->text[0], "less");
        if (strcmp(column->name, "difference") == 0)
            assert_near(column->number[0], 1.0 / 3, 1e-15);
        if (strcmp(column->name, "tied") == 0)
            assert_near(column->number[0], 1.0 / 3, 1e-15);
        if (strcmp(column->name, "worlds") == 0)
            assert_int_equal(column->count[0], 3);
        if (strcmp(column->name, "only_baseline") == 0)
            assert_int_equal(column->count[0], 1);
    }
    kl_table_free(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_small_example_has_the_differences_counted_by_hand),
        cmocka_unit_test(an_arm_that_changes_nothing_differs_by_exactly_zero),
        cmocka_unit_test(paired_normals_agree_with_their_closed_form),
        cmocka_unit_test(intervals_of_clustered_differences_cover_as_they_say),
        cmocka_unit_test(nothing_to_compare_is_undefined_and_counted),
        cmocka_unit_test(a_ratio_of_constants_is_exact_and_one_with_noise_has_fiellers_interval),
        cmocka_unit_test(a_ratio_whose_denominator_may_be_zero_has_no_finite_interval),
        cmocka_unit_test(the_interval_of_a_ratio_covers_as_it_says),
        cmocka_unit_test(the_four_numbers_of_an_option_are_those_of_its_parts),
        cmocka_unit_test(tables_hold_what_was_computed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
