/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Summaries, shares and claims: known answers, GSL as the second opinion, and the coverage that intervals promise. All
 * chance is keyed, so a test that passes once passes always; thresholds say how often a right program would have failed
 * them for another key. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>

#include "analysis/effective.h"
#include "klaster/analysis.h"
#include "num/num.h"
#include "rng/rng.h"

static void assert_near(double x, double due, double tolerance)
{
    if (!(fabs(x - due) <= tolerance))
        fail_msg("%.17g is not within %g of %.17g", x, tolerance, due);
}

static double uniform(uint32_t trial, uint32_t i, uint32_t k)
{
    return kl_uniform(kl_draw(kl_key_of(2718, trial, k), i, KL_DRAW_LOT, 0).w[0]);
}

static double normal(uint32_t trial, uint32_t i, uint32_t k)
{
    return kl_normal_quantile(uniform(trial, i, k));
}

static kl_estimate estimate_of(const double *x, int points, int replicates)
{
    kl_estimate e;
    assert_int_equal(kl_estimate_make(&e, x, points, replicates), KL_OK);
    return e;
}

/* ---- quantiles ---- */

static void quantiles_are_those_of_gsl(void **state)
{
    (void)state;
    double x[317];
    for (int n = 1; n <= 317; n += 79) {
        for (int i = 0; i < n; i++)
            x[i] = normal(1, (uint32_t)i, (uint32_t)n);
        gsl_sort(x, 1, (size_t)n);
        for (int k = 0; k <= 200; k++) {
            double p = k / 200.0;
            assert_near(kl_quantile_sorted(x, n, p), gsl_stats_quantile_from_sorted_data(x, 1, (size_t)n, p), 1e-14);
        }
    }
    assert_true(isnan(kl_quantile_sorted(x, 0, 0.5)));
    assert_true(isnan(kl_quantile_sorted(x, 3, -0.1)));
    assert_true(isnan(kl_quantile_sorted(x, 3, (double)NAN)));
}

static void equal_or_infinite_neighbours_keep_their_value(void **state)
{
    (void)state;
    const double x[] = {-INFINITY, 0.1, 0.1, INFINITY, INFINITY};
    assert_true(kl_quantile_sorted(x, 5, 0.3) == 0.1);
    assert_true(kl_quantile_sorted(x, 5, 0.9) == INFINITY);
    assert_true(kl_quantile_sorted(x, 5, 0) == -INFINITY);
    assert_true(kl_quantile_sorted(x, 5, 1) == INFINITY);
}

/* ---- estimates ---- */

static void an_estimate_leaves_undefined_values_out(void **state)
{
    (void)state;
    double x[60], kept[60];
    size_t n = 0;
    for (int i = 0; i < 60; i++) {
        x[i] = i % 7 == 3 ? (double)NAN : 1e6 + normal(2, (uint32_t)i, 0);
        if (x[i] == x[i])
            kept[n++] = x[i];
    }
    kl_estimate e = estimate_of(x, 1, 60);
    assert_int_equal(e.n, n);
    assert_near(e.mean, gsl_stats_mean(kept, 1, n), 1e-9);
    assert_near(e.sd, gsl_stats_sd(kept, 1, n), 1e-9);
    assert_near(e.se, e.sd / sqrt((double)n), 1e-12);
    gsl_sort(kept, 1, n);
    const double p[] = {0.05, 0.25, 0.5, 0.75, 0.95}, got[] = {e.q05, e.q25, e.q50, e.q75, e.q95};
    for (int i = 0; i < 5; i++)
        assert_near(got[i], gsl_stats_quantile_from_sorted_data(kept, 1, n, p[i]), 1e-9);
}

static void replicates_of_a_point_are_one_unit(void **state)
{
    (void)state;
    enum { P = 30, R = 5 };
    double x[P * R], mean[P], flat[P * R];
    for (int p = 0; p < P; p++) {
        for (int r = 0; r < R; r++)
            x[p * R + r] = 3 * normal(3, (uint32_t)p, 99) + normal(3, (uint32_t)p, (uint32_t)r);
        mean[p] = gsl_stats_mean(x + p * R, 1, R);
    }
    kl_estimate e = estimate_of(x, P, R);
    assert_near(e.se, gsl_stats_sd(mean, 1, P) / sqrt(P), 1e-12);
    assert_near(e.mean, gsl_stats_mean(mean, 1, P), 1e-12);
    assert_true(e.se > 1.8 * e.sd / sqrt(P * R)); /* what forgetting the points would say */
    for (int i = 0; i < P * R; i++)
        flat[i] = x[i];
    kl_estimate alone = estimate_of(flat, P * R, 1);
    assert_near(alone.se, alone.sd / sqrt(P * R), 1e-12);
}

static void unequal_points_use_the_ratio_estimator(void **state)
{
    (void)state;
    /* points hold {1, 3}, {5}, {}: mean 3; sums about it -2 and 2; se = sqrt(2/1 * 8) / 3 by hand */
    const double x[] = {1, 3, 5, (double)NAN, (double)NAN, (double)NAN};
    kl_estimate e = estimate_of(x, 3, 2);
    assert_int_equal(e.n, 3);
    assert_near(e.mean, 3, 0);
    assert_near(e.se, 4.0 / 3, 1e-15);
}

static void too_little_gives_nan_not_zero(void **state)
{
    (void)state;
    const double nothing[] = {(double)NAN, (double)NAN}, one[] = {7, (double)NAN},
                 point[] = {1, 2, (double)NAN, (double)NAN};
    kl_estimate e = estimate_of(nothing, 2, 1);
    assert_int_equal(e.n, 0);
    assert_true(isnan(e.mean) && isnan(e.sd) && isnan(e.se) && isnan(e.q50) && isnan(e.q50_lo));
    e = estimate_of(one, 1, 2);
    assert_true(e.n == 1 && e.mean == 7 && e.q05 == 7 && isnan(e.sd) && isnan(e.se) && isnan(e.q50_lo));
    e = estimate_of(point, 2, 2); /* two points, one of them defined */
    assert_true(e.n == 2 && e.mean == 1.5 && e.sd > 0 && isnan(e.se) && isnan(e.q50_hi));
    assert_int_equal(kl_estimate_make(&e, one, 0, 2), KL_ERR_ARGUMENT);
    assert_int_equal(kl_estimate_make(&e, one, 2, -1), KL_ERR_ARGUMENT);
}

/* Ranks of the 95 % interval of a median: the binomial tables, as in Conover, Practical Nonparametric Statistics. */
static void the_median_interval_has_the_tabled_ranks(void **state)
{
    (void)state;
    const int n[] = {6, 10, 20, 25, 50, 100}, lower[] = {1, 2, 6, 8, 18, 40};
    double x[100];
    for (int i = 0; i < 6; i++) {
        for (int k = 0; k < n[i]; k++)
            x[k] = n[i] - k; /* falling: the function has to sort */
        kl_estimate e = estimate_of(x, 1, n[i]);
        assert_true(e.q50_lo == lower[i]);
        assert_true(e.q50_hi == n[i] + 1 - lower[i]);
    }
    kl_estimate e = estimate_of(x, 1, 5); /* 1 - 2/32 < 0.95 */
    assert_true(isnan(e.q50_lo) && isnan(e.q50_hi));
}

/* Ranks 18 and 33 of 50 cover with probability 1 - 2 P(Bin(50, 1/2) <= 17) exactly, whatever the law of the values. The
 * number of misses in 4,000 trials is binomial: outside 4.9 sd once in a million keys. */
static void the_median_interval_covers_as_often_as_it_must(void **state)
{
    (void)state;
    enum { TRIALS = 4000, N = 50 };
    double miss = 2 * gsl_cdf_binomial_P(17, 0.5, N), median = kl_log(2);
    int misses = 0;
    for (uint32_t t = 0; t < TRIALS; t++) {
        double x[N];
        for (uint32_t i = 0; i < N; i++)
            x[i] = -kl_log(uniform(t, i, 4));
        kl_estimate e = estimate_of(x, N, 1);
        misses += median < e.q50_lo || median > e.q50_hi;
    }
    assert_near(misses, TRIALS * miss, 4.9 * sqrt(TRIALS * miss * (1 - miss)));
}

/* Points that differ as much as their replicates do among themselves: the interval must count points (thresholds as for
 * shares below), and forgetting them must show. */
static void the_median_interval_covers_in_clustered_worlds(void **state)
{
    (void)state;
    enum { TRIALS = 3000, P = 40, R = 10 };
    int covered = 0, forgetful = 0;
    for (uint32_t t = 0; t < TRIALS; t++) {
        double x[P * R];
        for (uint32_t i = 0; i < P * R; i++)
            x[i] = kl_exp(normal(t, i / R, 300) + normal(t, i, 301)); /* median 1 */
        kl_estimate e = estimate_of(x, P, R);
        covered += e.q50_lo <= 1 && 1 <= e.q50_hi;
        e = estimate_of(x, P * R, 1);
        forgetful += e.q50_lo <= 1 && 1 <= e.q50_hi;
    }
    assert_true(covered >= 0.935 * TRIALS);
    assert_true(covered <= 0.985 * TRIALS);
    assert_true(forgetful < 0.85 * TRIALS);
}

/* ---- shares ---- */

static kl_share share_of(int hits, int n)
{
    int8_t hit[300];
    for (int i = 0; i < n; i++)
        hit[i] = i < hits;
    return kl_share_make(hit, n, 1);
}

/* Newcombe (1998), Statistics in Medicine 17, 857-872, table I, method 3. */
static void wilson_intervals_are_the_published_ones(void **state)
{
    (void)state;
    const struct {
        int hits, n;
        double lo, hi;
    } table[] = {{81, 263, 0.2553, 0.3662}, {15, 148, 0.0624, 0.1605}, {0, 20, 0, 0.1611}, {1, 29, 0.0061, 0.1718}};
    for (int i = 0; i < 4; i++) {
        kl_share s = share_of(table[i].hits, table[i].n);
        assert_int_equal(s.hits, table[i].hits);
        assert_int_equal(s.n, table[i].n);
        assert_near(s.lo, table[i].lo, 0.00005);
        assert_near(s.hi, table[i].hi, 0.00005);
        kl_share other = share_of(table[i].n - table[i].hits, table[i].n);
        assert_near(other.lo, 1 - s.hi, 1e-14);
        assert_near(other.hi, 1 - s.lo, 1e-14);
    }
}

/* The n for which Wilson's interval about p ends at t: its ends solve (p - t)^2 = z^2 t (1 - t) / n. */
static double wilson_n(double p, double t)
{
    double z = gsl_cdf_ugaussian_Pinv(0.975);
    return z * z * t * (1 - t) / ((p - t) * (p - t));
}

/* Replicates that all say the same: the design effect is (n-1)/(points-1), worked out by hand. */
static void identical_replicates_count_as_one_world(void **state)
{
    (void)state;
    enum { P = 100, R = 8, N = P * R };
    int8_t hit[N];
    for (int i = 0; i < N; i++)
        hit[i] = i / R % 4 == 0;
    kl_share s = kl_share_make(hit, P, R);
    double t = gsl_cdf_tdist_Pinv(0.975, N - 1) / gsl_cdf_tdist_Pinv(0.975, P - 1);
    double effective = N * (P - 1.0) / (N - 1.0) * t * t;
    assert_near(s.share, 0.25, 0);
    assert_near(wilson_n(0.25, s.lo), effective, 1e-9 * N);
    assert_near(wilson_n(0.25, s.hi), effective, 1e-9 * N);
    kl_share one = kl_share_make(hit, 1, N); /* one point: its replicates are independent */
    assert_near(wilson_n(one.share, one.lo), N, 1e-9 * N);
    kl_share apart = kl_share_make(hit, N, 1);
    assert_near(wilson_n(apart.share, apart.hi), N, 1e-9 * N);
}

static void a_cluster_never_counts_for_more_than_its_worlds(void **state)
{
    (void)state;
    enum { P = 50, R = 4 };
    int8_t hit[P * R];
    for (int i = 0; i < P * R; i++)
        hit[i] = i % R < 2; /* every point exactly half: no spread at all */
    kl_share s = kl_share_make(hit, P, R);
    assert_near(wilson_n(0.5, s.lo), P * R, 1e-9 * P * R);
    memset(hit, 1, sizeof hit); /* nothing to see a spread from: a point counts once */
    s = kl_share_make(hit, P, R);
    assert_true(s.share == 1 && s.hi == 1);
    assert_near(wilson_n(1, s.lo), P, 1e-9 * P);
}

static void worlds_that_do_not_count_are_left_out(void **state)
{
    (void)state;
    const int8_t hit[] = {1, -1, 0, 1, -1, -1}, none[] = {-1, -1};
    kl_share s = kl_share_make(hit, 6, 1);
    assert_int_equal(s.n, 3);
    assert_int_equal(s.hits, 2);
    s = kl_share_make(none, 2, 1);
    assert_true(s.n == 0 && isnan(s.share) && isnan(s.lo) && isnan(s.hi));
}

/* Share with hits correlated within points: a point's own probability is Phi((z + sqrt(rho) g) / sqrt(1 - rho)), rho 0.5,
 * mean share Phi(z) = 0.3. Three designs. An interval that covers with 0.95 falls below 0.935 in 3,000 trials with
 * probability 1e-4 (3.77 sd); the interval that forgets the points must fall below 0.85, or the test has no power. */
static void share_intervals_cover_in_clustered_worlds(void **state)
{
    (void)state;
    const int points[] = {20, 60, 200}, replicates[] = {10, 20, 3};
    const double z = kl_normal_quantile(0.3);
    int8_t hit[1200];
    for (int d = 0; d < 3; d++) {
        int covered = 0, forgetful = 0;
        for (uint32_t t = 0; t < 3000; t++) {
            for (int i = 0; i < points[d] * replicates[d]; i++) {
                double g = normal(t, (uint32_t)(i / replicates[d]), (uint32_t)(100 + d));
                hit[i] = sqrt(0.5) * g + sqrt(0.5) * normal(t, (uint32_t)i, (uint32_t)(200 + d)) < z;
            }
            kl_share s = kl_share_make(hit, points[d], replicates[d]);
            covered += s.lo <= 0.3 && 0.3 <= s.hi;
            s = kl_share_make(hit, points[d] * replicates[d], 1);
            forgetful += s.lo <= 0.3 && 0.3 <= s.hi;
        }
        assert_true(covered >= 0.935 * 3000);
        assert_true(covered <= 0.985 * 3000);
        if (replicates[d] > 3)
            assert_true(forgetful < 0.85 * 3000);
    }
}

/* ---- claims ---- */

static void fates_are_exclusive_and_sum_up(void **state)
{
    (void)state;
    enum { P = 40, R = 10, N = P * R };
    static double value[N];
    static int8_t status[N];
    int64_t missing = 0, inside_completed = 0, defined_completed = 0, inside = 0;
    for (int i = 0; i < N; i++) {
        status[i] = (int8_t)(i % (KL_N_RUN_STATUS + 1) - 1);
        double u = uniform(5, (uint32_t)i, 0);
        value[i] = status[i] == KL_RUN_FAILED || u < 0.1 ? (double)NAN : u;
        missing += status[i] < 0;
        int in = status[i] >= 0 && value[i] >= 0.3 && value[i] <= 0.4;
        inside += in;
        inside_completed += in && status[i] == KL_RUN_COMPLETED;
        defined_completed += status[i] == KL_RUN_COMPLETED && value[i] == value[i];
    }
    kl_claim claim = {.metric = KL_OUT_saving_joint, .lo = 0.3, .hi = 0.4};
    kl_audit a;
    assert_int_equal(kl_audit_make(&a, &claim, value, status, P, R), KL_OK);
    int64_t sum = 0, sum_inside = 0;
    for (int s = 0; s < KL_N_RUN_STATUS; s++) {
        sum += a.inside[s] + a.below[s] + a.above[s] + a.undefined[s];
        sum_inside += a.inside[s];
    }
    assert_int_equal(a.missing, missing);
    assert_int_equal(sum, N - missing);
    assert_int_equal(a.n, N - missing);
    assert_int_equal(a.holds.n, a.n);
    assert_int_equal(a.holds.hits, inside);
    assert_int_equal(sum_inside, inside);
    assert_int_equal(a.holds_completed.n, defined_completed);
    assert_int_equal(a.holds_completed.hits, inside_completed);
    assert_true(a.inside[KL_RUN_FAILED] + a.below[KL_RUN_FAILED] + a.above[KL_RUN_FAILED] == 0);
}

static void a_claim_is_a_closed_interval(void **state)
{
    (void)state;
    const double value[] = {0.3, 0.4, nextafter(0.3, 0), nextafter(0.4, 1), -INFINITY, INFINITY};
    const int8_t status[6] = {0};
    kl_claim claim = {.metric = KL_OUT_saving_joint, .lo = 0.3, .hi = 0.4};
    kl_audit a;
    assert_int_equal(kl_audit_make(&a, &claim, value, status, 6, 1), KL_OK);
    assert_int_equal(a.inside[0], 2);
    assert_int_equal(a.below[0], 2);
    assert_int_equal(a.above[0], 2);
    claim.hi = INFINITY;
    assert_int_equal(kl_audit_make(&a, &claim, value, status, 6, 1), KL_OK);
    assert_int_equal(a.inside[0], 4);
}

static void a_month_never_reached_is_undefined_not_early(void **state)
{
    (void)state;
    const double value[] = {-1, 13, 26};
    const int8_t status[3] = {KL_RUN_COMPLETED, KL_RUN_COMPLETED, KL_RUN_COMPLETED};
    kl_claim claim = {.metric = KL_OUT_month_rollout, .lo = 13, .hi = 25};
    kl_audit a;
    assert_int_equal(kl_audit_make(&a, &claim, value, status, 3, 1), KL_OK);
    assert_true(a.undefined[0] == 1 && a.inside[0] == 1 && a.above[0] == 1 && a.below[0] == 0);
    assert_int_equal(a.holds.n, 3);
    assert_int_equal(a.holds_completed.n, 2);
    claim.metric = KL_OUT_saving_net; /* a number may be negative */
    assert_int_equal(kl_audit_make(&a, &claim, value, status, 3, 1), KL_OK);
    assert_int_equal(a.below[0], 1);
}

static void nonsense_in_an_audit_is_refused(void **state)
{
    (void)state;
    const double value[] = {0.1, 0.2};
    const int8_t status[] = {0, 0}, strange[] = {0, KL_N_RUN_STATUS};
    kl_claim claim = {.metric = KL_OUT_saving_joint, .lo = 0.3, .hi = 0.4};
    kl_audit a;
    assert_int_equal(kl_audit_make(&a, &claim, value, strange, 2, 1), KL_ERR_ARGUMENT);
    assert_int_equal(kl_audit_make(&a, &claim, value, status, 0, 1), KL_ERR_ARGUMENT);
    claim.hi = 0.2;
    assert_int_equal(kl_audit_make(&a, &claim, value, status, 2, 1), KL_ERR_ARGUMENT);
    claim.hi = (double)NAN;
    assert_int_equal(kl_audit_make(&a, &claim, value, status, 2, 1), KL_ERR_ARGUMENT);
    claim.hi = 1;
    claim.metric = KL_N_OUTCOMES;
    assert_int_equal(kl_audit_make(&a, &claim, value, status, 2, 1), KL_ERR_ARGUMENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quantiles_are_those_of_gsl),
        cmocka_unit_test(equal_or_infinite_neighbours_keep_their_value),
        cmocka_unit_test(an_estimate_leaves_undefined_values_out),
        cmocka_unit_test(replicates_of_a_point_are_one_unit),
        cmocka_unit_test(unequal_points_use_the_ratio_estimator),
        cmocka_unit_test(too_little_gives_nan_not_zero),
        cmocka_unit_test(the_median_interval_has_the_tabled_ranks),
        cmocka_unit_test(the_median_interval_covers_as_often_as_it_must),
        cmocka_unit_test(the_median_interval_covers_in_clustered_worlds),
        cmocka_unit_test(wilson_intervals_are_the_published_ones),
        cmocka_unit_test(identical_replicates_count_as_one_world),
        cmocka_unit_test(a_cluster_never_counts_for_more_than_its_worlds),
        cmocka_unit_test(worlds_that_do_not_count_are_left_out),
        cmocka_unit_test(share_intervals_cover_in_clustered_worlds),
        cmocka_unit_test(fates_are_exclusive_and_sum_up),
        cmocka_unit_test(a_claim_is_a_closed_interval),
        cmocka_unit_test(a_month_never_reached_is_undefined_not_early),
        cmocka_unit_test(nonsense_in_an_audit_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
