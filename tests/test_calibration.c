/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The sampler of calibrations against normal models whose posterior, evidence and predictive distribution are known in closed
 * form, against simulated data whose truth is known, and against its own rules: what it draws depends on the seed alone,
 * and what has no value agrees with nothing. Seeds are fixed; the rates of false alarm stand beside the thresholds. */
#include "model_runs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_cdf.h>

#include "klaster/calibration.h"
#include "rng/rng.h"

enum { N = 2000 };

/* Standard normal number, of chance that the sampler does not share. */
static double normal_of(uint32_t sample, uint32_t wave, uint32_t i)
{
    kl_words w = kl_draw(kl_key_of(4711, sample, wave), i, KL_DRAW_INPUT, 0);
    return gsl_cdf_ugaussian_Pinv(kl_uniform(w.w[0]));
}

static void assert_near(double found, double expected, double tolerance)
{
    if (!(fabs(found - expected) <= tolerance))
        fail_msg("%.17g, expected %.17g within %.3g", found, expected, tolerance);
}

/* simulated[replicate][target] of a particle with scores z; `at` numbers the particle within the wave. */
typedef void (*model_fn)(const double *z, uint32_t wave, uint32_t at, int n_replicates, double *simulated);

static kl_calibration calibrate(const kl_calibration_options *o, model_fn model)
{
    kl_calibration c;
    size_t k = (size_t)o->n_inputs, size = (size_t)o->n_replicates * (size_t)o->n_targets;
    double *simulated = calloc((size_t)o->n_particles * size, sizeof *simulated), z[8];
    assert_non_null(simulated);
    assert_int_equal(kl_calibration_init(&c, o), KL_OK);
    assert_int_equal(kl_calibration_start(&c, NULL), KL_OK);
    while (c.end == KL_CALIBRATION_RUNNING) {
        for (int i = 0; i < o->n_particles; i++) {
            for (size_t j = 0; j < k; j++)
                z[j] = gsl_cdf_ugaussian_Pinv(c.u[(size_t)i * k + j]);
            model(z, (uint32_t)c.n_waves, (uint32_t)i, o->n_replicates, simulated + (size_t)i * size);
        }
        assert_int_equal(kl_calibration_tell(&c, simulated), KL_OK);
    }
    assert_int_equal(kl_calibration_tell(&c, simulated), KL_ERR_ARGUMENT);
    free(simulated);
    return c;
}

/* Mean and standard deviation of a + b of the scores of the sample. */
static void moments(const kl_calibration *c, int n, int k, const double *by, double *mean, double *sd)
{
    double sum = 0, squares = 0;
    for (int i = 0; i < n; i++) {
        double x = 0;
        for (int j = 0; j < k; j++)
            x += by[j] * gsl_cdf_ugaussian_Pinv(c->u[i * k + j]);
        sum += x;
        squares += x * x;
    }
    *mean = sum / n;
    *sd = sqrt((squares - sum * sum / n) / (n - 1));
}

/* ---- a normal mean ---- */

#define NOISE 0.3

static void exact(const double *z, uint32_t wave, uint32_t at, int n_replicates, double *simulated)
{
    (void)wave;
    (void)at;
    for (int r = 0; r < n_replicates; r++)
        simulated[r] = z[0];
}

static void noisy(const double *z, uint32_t wave, uint32_t at, int n_replicates, double *simulated)
{
    for (int r = 0; r < n_replicates; r++)
        simulated[r] = z[0] + NOISE * normal_of(at, wave, (uint32_t)r);
}

/* theta ~ N(0, 1), x ~ N(theta, noise^2), observed y with standard deviation sd. */
static void assert_normal_posterior(model_fn model, double noise, int n_replicates, double y, double sd)
{
    kl_calibration_options o = {.seed = 5,
                                .n_particles = N,
                                .n_inputs = 1,
                                .n_targets = 1,
                                .n_replicates = n_replicates,
                                .waves_max = 100,
                                .value = &y,
                                .sd = &sd};
    kl_calibration c = calibrate(&o, model);
    double v = sd * sd + noise * noise, precision = 1 + 1 / v, mean, found_sd;
    double expected_sd = 1 / sqrt(precision), n = kl_calibration_ess(&c);
    assert_int_equal(c.end, KL_CALIBRATION_REACHED);
    assert_true(c.tolerance == 1);
    assert_true(n > N / 4.0);
    moments(&c, N, 1, (const double[]){1}, &mean, &found_sd);
    /* 4 standard errors of as many independent draws as there are distinct particles over 2, as particles of one family
     * are alike: false alarms below 1 in 10,000 each */
    assert_near(mean, y / v / precision, 4 * expected_sd / sqrt(n / 2));
    assert_near(found_sd, expected_sd, 4 * expected_sd / sqrt(n));
    double all = 1 + noise * noise + sd * sd;
    double evidence = log(sd / sqrt(all)) - y * y / (2 * all);
    assert_near(c.log_evidence, evidence, 0.2);
    kl_calibration_free(&c);
}

static void a_normal_mean_has_its_conjugate_posterior_and_evidence(void **state)
{
    (void)state;
    assert_normal_posterior(exact, 0, 1, 1.2, 0.5);
    assert_normal_posterior(exact, 0, 1, -2.0, 0.05);
    assert_normal_posterior(exact, 0, 2, 0.1, 3);
}

static void chance_in_the_model_widens_the_posterior_by_its_own_variance(void **state)
{
    (void)state;
    assert_normal_posterior(noisy, NOISE, 1, 0.8, 0.3);
    assert_normal_posterior(noisy, NOISE, 4, 0.8, 0.3);
}

/* ---- two inputs of which only the sum is seen ---- */

static void sum_of_two(const double *z, uint32_t wave, uint32_t at, int n_replicates, double *simulated)
{
    (void)wave;
    (void)at;
    (void)n_replicates;
    simulated[0] = z[0] + z[1];
}

static void of_two_inputs_only_the_combination_seen_is_learned(void **state)
{
    (void)state;
    double y = 1, sd = 0.1, mean, found;
    kl_calibration_options o = {.seed = 8,
                                .n_particles = N,
                                .n_inputs = 3,
                                .n_targets = 1,
                                .n_replicates = 1,
                                .waves_max = 200,
                                .value = &y,
                                .sd = &sd};
    kl_calibration c = calibrate(&o, sum_of_two);
    assert_int_equal(c.end, KL_CALIBRATION_REACHED);
    /* a priori the sum has variance 2, the difference, too, and they are independent */
    double precision = 0.5 + 1 / (sd * sd), n = kl_calibration_ess(&c) / 2;
    moments(&c, N, 3, (const double[]){1, 1, 0}, &mean, &found);
    assert_near(mean, y / (sd * sd) / precision, 4 / sqrt(precision * n));
    assert_near(found, 1 / sqrt(precision), 4 / sqrt(precision * n));
    moments(&c, N, 3, (const double[]){1, -1, 0}, &mean, &found);
    assert_near(mean, 0, 4 * sqrt(2 / n)); /* false alarms below 1 in 10,000 each */
    assert_near(found, sqrt(2), 4 * sqrt(2 / n));
    moments(&c, N, 3, (const double[]){0, 0, 1}, &mean, &found);
    assert_near(mean, 0, 4 / sqrt(n));
    assert_near(found, 1, 4 / sqrt(n));
    kl_learned learned;
    assert_int_equal(kl_calibration_learned(&c, 2, &learned), KL_OK);
    assert_near(learned.contraction, 0, 0.15);
    assert_true(learned.distance < learned.threshold);
    assert_int_equal(kl_calibration_learned(&c, 0, &learned), KL_OK);
    assert_true(learned.distance > learned.threshold);
    assert_int_equal(kl_calibration_learned(&c, 3, &learned), KL_ERR_ARGUMENT);
    kl_calibration_free(&c);
}

/* ---- recovery ---- */

/* Draw a truth from the prior, observe it, calibrate, and ask at which quantile of the posterior the truth lies: uniform, if
 * the posterior is right (Cook, Gelman & Rubin 2006; Talts et al. 2018). */
static void the_truth_lies_in_posterior_intervals_as_often_as_they_say(void **state)
{
    (void)state;
    enum { TRIALS = 100, PARTICLES = 200 };
    int in_half = 0, in_nine_tenths = 0;
    for (uint32_t trial = 0; trial < TRIALS; trial++) {
        double truth = normal_of(trial, 1, 1), sd = 0.4;
        double y = truth + NOISE * normal_of(trial, 2, 2) + sd * normal_of(trial, 3, 3);
        kl_calibration_options o = {.seed = 100 + trial,
                                    .n_particles = PARTICLES,
                                    .n_inputs = 1,
                                    .n_targets = 1,
                                    .n_replicates = 1,
                                    .waves_max = 100,
                                    .value = &y,
                                    .sd = &sd};
        kl_calibration c = calibrate(&o, noisy);
        int below = 0;
        for (int i = 0; i < PARTICLES; i++)
            below += gsl_cdf_ugaussian_Pinv(c.u[i]) < truth;
        in_half += below >= PARTICLES / 4 && below <= 3 * PARTICLES / 4;
        in_nine_tenths += below >= PARTICLES / 20 && below <= 19 * PARTICLES / 20;
        kl_calibration_free(&c);
    }
    /* binomial(100, 1/2) within 33..67: false alarm 5e-4; binomial(100, 0.9) within 79..98: 1e-3 */
    assert_in_range(in_half, 33, 67);
    assert_in_range(in_nine_tenths, 79, 98);
}

/* ---- rules ---- */

static void half_defined(const double *z, uint32_t wave, uint32_t at, int n_replicates, double *simulated)
{
    (void)wave;
    (void)at;
    (void)n_replicates;
    simulated[0] = z[0] < 0 ? (double)NAN : z[0];
}

static void what_has_no_value_agrees_with_nothing_and_is_counted(void **state)
{
    (void)state;
    double y = 0, sd = 1;
    kl_calibration_options o = {.seed = 3,
                                .n_particles = 400,
                                .n_inputs = 1,
                                .n_targets = 1,
                                .n_replicates = 1,
                                .waves_max = 50,
                                .value = &y,
                                .sd = &sd};
    kl_calibration c = calibrate(&o, half_defined);
    assert_int_equal(c.end, KL_CALIBRATION_REACHED);
    for (int i = 0; i < 400; i++)
        assert_true(c.u[i] >= 0.5);
    assert_in_range(c.wave[0].n_undefined, 160, 240); /* binomial(400, 1/2): 4 standard deviations */
    kl_calibration_free(&c);
}

static void nothing(const double *z, uint32_t wave, uint32_t at, int n_replicates, double *simulated)
{
    (void)z;
    (void)wave;
    (void)n_replicates;
    simulated[0] = at < 5 ? 0 : (double)NAN;
}

static void too_few_particles_with_a_value_end_it_at_once(void **state)
{
    (void)state;
    double y = 0, sd = 1;
    kl_calibration_options o = {.seed = 3,
                                .n_particles = 100,
                                .n_inputs = 1,
                                .n_targets = 1,
                                .n_replicates = 1,
                                .waves_max = 50,
                                .value = &y,
                                .sd = &sd};
    kl_calibration c = calibrate(&o, nothing);
    assert_int_equal(c.end, KL_CALIBRATION_NOTHING);
    assert_int_equal(c.n_waves, 1);
    assert_int_equal(c.wave[0].n_undefined, 95);
    kl_calibration_free(&c);
}

static void waves_that_run_out_leave_a_wider_tolerance_and_say_so(void **state)
{
    (void)state;
    double y = 3, sd = 1e-6;
    kl_calibration_options o = {.seed = 3,
                                .n_particles = 100,
                                .n_inputs = 1,
                                .n_targets = 1,
                                .n_replicates = 1,
                                .waves_max = 6,
                                .value = &y,
                                .sd = &sd};
    kl_calibration c = calibrate(&o, noisy);
    assert_int_equal(c.end, KL_CALIBRATION_WAVES);
    assert_int_equal(c.n_waves, 6);
    assert_true(c.tolerance > 1);
    for (int w = 1; w < c.n_waves; w++)
        assert_true(c.wave[w].tolerance <= c.wave[w - 1].tolerance);
    kl_calibration_free(&c);
}

static void the_same_seed_gives_the_same_bits_and_another_does_not(void **state)
{
    (void)state;
    double y = 0.5, sd = 0.2;
    kl_calibration_options o = {.seed = 3,
                                .n_particles = 100,
                                .n_inputs = 1,
                                .n_targets = 1,
                                .n_replicates = 2,
                                .waves_max = 50,
                                .value = &y,
                                .sd = &sd};
    kl_calibration a = calibrate(&o, noisy), b = calibrate(&o, noisy);
    o.seed = 4;
    kl_calibration other = calibrate(&o, noisy);
    assert_int_equal(a.n_waves, b.n_waves);
    assert_memory_equal(a.u, b.u, 100 * sizeof *a.u);
    assert_true(memcmp(a.u, other.u, 100 * sizeof *a.u) != 0);
    kl_calibration_free(&a);
    kl_calibration_free(&b);
    kl_calibration_free(&other);
}

static void every_wave_has_worlds_of_its_own_and_the_prior_keeps_the_seed(void **state)
{
    (void)state;
    assert_int_equal(kl_calibration_seed(77, 0), 77);
    for (int a = 0; a < 50; a++) {
        assert_true(kl_calibration_seed(77, a) <= KL_SEED_MAX);
        for (int b = 0; b < a; b++)
            assert_true(kl_calibration_seed(77, a) != kl_calibration_seed(77, b));
    }
    assert_true(kl_calibration_seed(77, 1) != kl_calibration_seed(78, 1));
}

static void nonsense_is_refused(void **state)
{
    (void)state;
    double y = 0, sd = 1, bad = NAN, zero = 0, u[100];
    const kl_calibration_options fine = {.seed = 3,
                                         .n_particles = 100,
                                         .n_inputs = 1,
                                         .n_targets = 1,
                                         .n_replicates = 1,
                                         .waves_max = 5,
                                         .value = &y,
                                         .sd = &sd};
    kl_calibration_options wrong[7];
    for (int i = 0; i < 7; i++)
        wrong[i] = fine;
    wrong[0].n_particles = KL_PARTICLES_LEAST - 1;
    wrong[1].n_inputs = 0;
    wrong[2].n_targets = 0;
    wrong[3].n_replicates = 0;
    wrong[4].waves_max = 1;
    wrong[5].value = &bad;
    wrong[6].sd = &zero;
    kl_calibration c;
    for (int i = 0; i < 7; i++)
        assert_int_equal(kl_calibration_init(&c, &wrong[i]), KL_ERR_ARGUMENT);
    assert_int_equal(kl_calibration_init(&c, &fine), KL_OK);
    for (int i = 0; i < 100; i++)
        u[i] = 0.5;
    u[99] = 1;
    assert_int_equal(kl_calibration_start(&c, u), KL_ERR_ARGUMENT);
    u[99] = 0.25;
    assert_int_equal(kl_calibration_start(&c, u), KL_OK);
    assert_memory_equal(c.u, u, sizeof u);
    kl_calibration_free(&c);
    kl_calibration_free(&c);
}

/* ---- what the start can be held against ---- */

/* With markets of one size and no domestic one but the home market, a firm in m markets has (m - 1) / m of its revenue from
 * exports. */
static void export_share_and_employees_are_those_of_the_firms_at_the_start(void **state)
{
    (void)state;
    setup made = default_setup();
    made.p.market_spread = 0;
    made.p.market_domestic = 0;
    made.p.market_export = 0.5;
    kl_run run;
    kl_run_init(&run);
    assert_int_equal(kl_run_start(&run, &made.p, &made.mechanism, (kl_world){SEED, 0, 0}, 24), KL_OK);
    double revenue = 0, abroad = 0, employees = 0, outcome[KL_N_OUTCOMES];
    for (int i = 0; i < run.n_firms; i++) {
        kl_firm firm = kl_run_firm(&run, i);
        assert_true(firm.markets >= 1);
        assert_true(firm.exporter || firm.markets == 1);
        revenue += firm.revenue;
        abroad += firm.revenue * (firm.markets - 1) / firm.markets;
        employees += firm.employees;
    }
    assert_true(abroad > 0);
    while (run.month < run.horizon)
        kl_run_step(&run);
    kl_run_outcomes(&run, outcome);
    assert_near(outcome[KL_OUT_export_share], abroad / revenue, 1e-6); /* demand is summed in single precision */
    assert_near(outcome[KL_OUT_firm_employees], employees / run.n_firms, 1e-9 * employees);
    made.p.exporters = 0;
    play_all(&run, &made, 0, outcome);
    assert_true(outcome[KL_OUT_export_share] == 0);
    kl_run_free(&run);
}

/* ---- tables ---- */

/* First number of a column. */
static double first_of(const kl_table *table, const char *name)
{
    for (int i = 0; i < table->n_columns; i++)
        if (strcmp(table->column[i].name, name) == 0)
            return table->column[i].number[0];
    fail_msg("no column %s", name);
    return NAN;
}

static void tables_say_what_was_met_and_what_was_learned(void **state)
{
    (void)state;
    double y = 1, sd = 0.1, value[N], prior[N];
    kl_calibration_options o = {.seed = 8,
                                .n_particles = N,
                                .n_inputs = 1,
                                .n_targets = 1,
                                .n_replicates = 1,
                                .waves_max = 100,
                                .value = &y,
                                .sd = &sd};
    kl_calibration c = calibrate(&o, exact);
    for (int i = 0; i < N; i++) {
        value[i] = gsl_cdf_ugaussian_Pinv(c.u[i]);
        prior[i] = normal_of(9, 9, (uint32_t)i);
    }
    kl_calibrated_input input = {"fee", "1", NULL, 0, prior, value};
    kl_calibrated_target target = {"baseline", "brand", "1", "a book", y, sd, N, N, prior, value};
    kl_table table[KL_CALIBRATION_TABLES];
    assert_int_equal(kl_calibration_tables(table, &c, 1, &input, 1, &target), KL_OK);
    assert_string_equal(table[0].name, "calibration_targets");
    assert_int_equal(table[0].n_rows, 1);
    assert_near(first_of(&table[0], "fitted_median"), 0.98, 0.12); /* median fitted: posterior mean 1 / 1.01, sd 0.1 */
    assert_near(first_of(&table[0], "within"), 0.95, 0.03);
    assert_near(first_of(&table[0], "implausibility"), 0.07, 0.1);
    assert_near(first_of(&table[1], "posterior_sd"), 0.0995, 0.01);
    assert_string_equal(table[1].column[2].text[0], "yes");
    assert_int_equal(table[2].n_rows, 0);
    assert_int_equal(table[3].n_rows, 0);
    assert_int_equal(table[4].n_rows, c.n_waves);
    assert_int_equal(table[5].n_rows, N);
    assert_true(table[5].column[1].number[17] == value[17]);
    for (int i = 0; i < KL_CALIBRATION_TABLES; i++)
        kl_table_free(&table[i]);
    kl_calibration_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_normal_mean_has_its_conjugate_posterior_and_evidence),
        cmocka_unit_test(chance_in_the_model_widens_the_posterior_by_its_own_variance),
        cmocka_unit_test(of_two_inputs_only_the_combination_seen_is_learned),
        cmocka_unit_test(the_truth_lies_in_posterior_intervals_as_often_as_they_say),
        cmocka_unit_test(what_has_no_value_agrees_with_nothing_and_is_counted),
        cmocka_unit_test(too_few_particles_with_a_value_end_it_at_once),
        cmocka_unit_test(waves_that_run_out_leave_a_wider_tolerance_and_say_so),
        cmocka_unit_test(the_same_seed_gives_the_same_bits_and_another_does_not),
        cmocka_unit_test(every_wave_has_worlds_of_its_own_and_the_prior_keeps_the_seed),
        cmocka_unit_test(nonsense_is_refused),
        cmocka_unit_test(export_share_and_employees_are_those_of_the_firms_at_the_start),
        cmocka_unit_test(tables_say_what_was_met_and_what_was_learned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
