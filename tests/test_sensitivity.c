/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Sensitivity: SALib's numbers on the same samples, the closed forms of the Ishigami and g-functions, what chance must not do, and
 * the coverage that intervals promise. All chance is keyed, so a test that passes once passes always; thresholds say how often a
 * right program would have failed them for another key. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "klaster/design.h"
#include "klaster/sensitivity.h"
#include "num/num.h"
#include "rng/rng.h"

enum { ROWS_MAX = 1024, COLUMNS_MAX = 8 };

static const kl_resampling no_resampling = {1, 0};

static void assert_near(double x, double due, double tolerance)
{
    if (!(fabs(x - due) <= tolerance))
        fail_msg("%.17g is not within %g of %.17g", x, tolerance, due);
}

static double uniform(uint32_t trial, uint32_t i, uint32_t k)
{
    return kl_uniform(kl_draw(kl_key_of(314, trial, k), i, KL_DRAW_LOT, 0).w[0]);
}

static double normal(uint32_t trial, uint32_t i, uint32_t k)
{
    return kl_normal_quantile(uniform(trial, i, k));
}

/* ---- tables on disk ---- */

typedef struct numbers {
    int n_rows, n_columns;
    double x[ROWS_MAX][COLUMNS_MAX];
} numbers;

/* Numbers of a CSV file with a heading; `skip` leaves out that many columns at the left. */
static void read_numbers(numbers *into, const char *name, int skip)
{
    char path[512], line[1024];
    snprintf(path, sizeof path, "%s/tests/data/sensitivity/%s", KL_SOURCE_DIR, name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file));
    into->n_rows = 0;
    while (fgets(line, sizeof line, file)) {
        int column = 0;
        assert_true(into->n_rows < ROWS_MAX);
        for (char *field = strtok(line, ",\r\n"); field; field = strtok(NULL, ",\r\n"), column++)
            if (column >= skip)
                into->x[into->n_rows][column - skip] = strtod(field, NULL);
        into->n_columns = column - skip;
        into->n_rows++;
    }
    fclose(file);
}

static double column_of(double *y, const numbers *from, int column)
{
    for (int i = 0; i < from->n_rows; i++)
        y[i] = from->x[i][column];
    return 0;
}

/* ---- functions with known indices ---- */

static double ishigami(const double *u)
{
    const double pi = 3.14159265358979323846;
    double x[3];
    for (int i = 0; i < 3; i++)
        x[i] = pi * (2 * u[i] - 1);
    return sin(x[0]) + 7 * sin(x[1]) * sin(x[1]) + 0.1 * x[2] * x[2] * x[2] * x[2] * sin(x[0]);
}

/* Ishigami & Homma 1990; V = 13.844588 for a = 7, b = 0.1 */
static const double ishigami_first[] = {0.313905191147811, 0.442411144790041, 0};
static const double ishigami_total[] = {0.557588855209959, 0.442411144790041, 0.243683664062148};

enum { G_INPUTS = 6 };
static const double g_a[G_INPUTS] = {0, 0.5, 3, 9, 99, 99};

static double g_function(const double *u)
{
    double y = 1;
    for (int i = 0; i < G_INPUTS; i++)
        y *= (fabs(4 * u[i] - 2) + g_a[i]) / (1 + g_a[i]);
    return y;
}

/* V_i = 1 / (3 (1 + a_i)^2), V = prod(1 + V_i) - 1 (Saltelli & Sobol 1995). */
static void g_indices(double *first, double *total)
{
    double all = 1;
    for (int i = 0; i < G_INPUTS; i++)
        all *= 1 + 1 / (3 * (1 + g_a[i]) * (1 + g_a[i]));
    for (int i = 0; i < G_INPUTS; i++) {
        double v = 1 / (3 * (1 + g_a[i]) * (1 + g_a[i]));
        first[i] = v / (all - 1);
        total[i] = v * all / (1 + v) / (all - 1);
    }
}

/* Rows A, AB_i, (BA_i,) B from independent uniforms; y[row][place][replicate] = f + noise(row, place, replicate). */
typedef struct saltelli_sample {
    int n_rows, k, second, n_replicates;
    uint32_t trial;
    double (*f)(const double *u);
    double noise_row, noise_point; /* standard deviations: shared by a row's points, and not */
} saltelli_sample;

static int row_size(const saltelli_sample *s)
{
    return (s->second ? 2 : 1) * s->k + 2;
}

static double coordinate(const saltelli_sample *s, int row, int place, int i)
{
    int from_b = place == row_size(s) - 1 || place == i + 1 ||
                 (s->second && place > s->k && place < row_size(s) - 1 && place != s->k + 1 + i);
    return uniform(s->trial, (uint32_t)(row * 2 + from_b), (uint32_t)i);
}

static double *make_saltelli(const saltelli_sample *s)
{
    int size = row_size(s), r = s->n_replicates;
    double *y = malloc((size_t)(s->n_rows * size * r) * sizeof *y), u[16];
    assert_non_null(y);
    for (int row = 0; row < s->n_rows; row++) {
        for (int p = 0; p < size; p++) {
            for (int i = 0; i < s->k; i++)
                u[i] = coordinate(s, row, p, i);
            double mean = s->f(u);
            for (int q = 0; q < r; q++)
                y[(row * size + p) * r + q] =
                    mean + s->noise_row * normal(s->trial + 1000000, (uint32_t)row, (uint32_t)q) +
                    s->noise_point * normal(s->trial + 2000000, (uint32_t)(row * size + p), (uint32_t)q);
        }
    }
    return y;
}

static kl_sobol_indices indices_of(const saltelli_sample *s, const double *y, kl_resampling resampling)
{
    kl_sobol_indices indices;
    assert_int_equal(kl_sobol_indices_make(&indices, y, s->n_rows, s->k, s->second, s->n_replicates, resampling),
                     KL_OK);
    return indices;
}

/* ---- SALib ---- */

static void sobol_indices_are_those_of_salib(void **state)
{
    (void)state;
    static numbers values, due;
    static double y[ROWS_MAX];
    kl_sobol_indices s;
    read_numbers(&values, "sobol_ishigami_y.csv", 0);
    read_numbers(&due, "sobol_ishigami_expected.csv", 1);
    column_of(y, &values, 0);
    assert_int_equal(values.n_rows, 64 * 8);
    assert_int_equal(kl_sobol_indices_make(&s, y, 64, 3, 1, 1, no_resampling), KL_OK);
    const kl_effect *pair = s.second;
    for (int i = 0; i < 3; i++) {
        assert_near(s.first[i].value, due.x[i][0], 1e-12);
        assert_near(s.total[i].value, due.x[i][1], 1e-12);
        for (int j = i + 1; j < 3; j++)
            assert_near((pair++)->value, due.x[i][2 + j], 1e-12);
    }
    assert_true(isnan(s.first[0].lo) && isnan(s.noise));
    kl_sobol_indices_free(&s);

    read_numbers(&values, "sobol_g_y.csv", 0);
    read_numbers(&due, "sobol_g_expected.csv", 1);
    column_of(y, &values, 0);
    assert_int_equal(values.n_rows, 64 * 10);
    assert_int_equal(kl_sobol_indices_make(&s, y, 64, 8, 0, 1, no_resampling), KL_OK);
    assert_null(s.second);
    for (int i = 0; i < 8; i++) { /* values near 100 with a spread near 0.7 cost a few digits */
        assert_near(s.first[i].value, due.x[i][0], 1e-11);
        assert_near(s.total[i].value, due.x[i][1], 1e-11);
    }
    kl_sobol_indices_free(&s);
}

static void elementary_effects_are_those_of_salib(void **state)
{
    (void)state;
    static numbers values, due;
    static double y[ROWS_MAX], u[ROWS_MAX * 4];
    kl_morris_effect effect[4];
    kl_usable usable;
    read_numbers(&values, "morris_g_xy.csv", 0);
    read_numbers(&due, "morris_g_expected.csv", 1);
    column_of(y, &values, 4);
    for (int p = 0; p < values.n_rows; p++)
        for (int i = 0; i < 4; i++)
            u[p * 4 + i] = values.x[p][i];
    assert_int_equal(kl_morris_effects_make(effect, &usable, y, u, 20, 4, 1, no_resampling), KL_OK);
    assert_int_equal(usable.n_rows, 20);
    for (int i = 0; i < 4; i++) { /* SALib divides by 2/3, we by the rounded difference of the coordinates */
        assert_near(effect[i].mu.value, due.x[i][0], 1e-10);
        assert_near(effect[i].mu_star.value, due.x[i][1], 1e-10);
        assert_near(effect[i].sigma.value, due.x[i][2], 1e-10);
    }
}

static void rank_regression_is_that_of_numpy(void **state)
{
    (void)state;
    static numbers values, due;
    static double y[ROWS_MAX], x[ROWS_MAX * 3];
    kl_effect srrc[3], prcc[3];
    double r2;
    read_numbers(&values, "rank_xy.csv", 0);
    read_numbers(&due, "rank_expected.csv", 1);
    column_of(y, &values, 3);
    for (int p = 0; p < values.n_rows; p++)
        for (int i = 0; i < 3; i++)
            x[p * 3 + i] = values.x[p][i];
    assert_int_equal(kl_rank_regression_make(srrc, prcc, &r2, x, y, values.n_rows, 3, 1), KL_OK);
    for (int i = 0; i < 3; i++) {
        assert_near(srrc[i].value, due.x[i][0], 1e-12);
        assert_near((srrc[i].hi - srrc[i].lo) / 2 / 1.959963984540054, due.x[i][1], 1e-12);
        assert_near(prcc[i].value, due.x[i][2], 1e-12);
        assert_near(r2, due.x[i][3], 1e-12);
    }
}

/* ---- closed forms ---- */

/* The points of a Saltelli design of klaster's own. */
static double *on_design(double (*f)(const double *), int k, int n_rows, int second)
{
    kl_design_input input[8] = {{.factor = 0}};
    for (int i = 0; i < k; i++) {
        snprintf(input[i].name, sizeof input[i].name, "x%d", i);
        input[i].factor = i;
    }
    kl_design design;
    kl_design_spec spec = {KL_DESIGN_SALTELLI, n_rows, second, 0, k, input};
    assert_int_equal(kl_design_make(&design, &spec, NULL), KL_OK);
    int n = kl_design_n_points(&design);
    double *u = malloc((size_t)(n * k) * sizeof *u), *y = malloc((size_t)n * sizeof *y);
    assert_true(u && y);
    kl_design_cube(&design, 5, 0, n, u);
    for (int p = 0; p < n; p++)
        y[p] = f(u + p * k);
    free(u);
    kl_design_free(&design);
    return y;
}

/* Error at 2,048 rows of a scrambled Sobol design: below 0.02 for these functions. */
static void indices_of_ishigami_and_g_come_out_on_a_saltelli_design(void **state)
{
    (void)state;
    kl_sobol_indices s;
    double *y = on_design(ishigami, 3, 2048, 1);
    assert_int_equal(kl_sobol_indices_make(&s, y, 2048, 3, 1, 1, no_resampling), KL_OK);
    for (int i = 0; i < 3; i++) {
        assert_near(s.first[i].value, ishigami_first[i], 0.02);
        assert_near(s.total[i].value, ishigami_total[i], 0.02);
    }
    assert_near(s.variance, 13.844588, 0.7); /* two standard errors of a random sample of 4,096 */
    assert_near(s.second[0].value, 0, 0.03);
    assert_near(s.second[1].value, 0.243683664062148, 0.03); /* x1 with x3 */
    assert_near(s.second[2].value, 0, 0.03);
    free(y);
    kl_sobol_indices_free(&s);

    double first[G_INPUTS], total[G_INPUTS];
    g_indices(first, total);
    y = on_design(g_function, G_INPUTS, 2048, 0);
    assert_int_equal(kl_sobol_indices_make(&s, y, 2048, G_INPUTS, 0, 1, no_resampling), KL_OK);
    for (int i = 0; i < G_INPUTS; i++) {
        assert_near(s.first[i].value, first[i], 0.02);
        assert_near(s.total[i].value, total[i], 0.02);
    }
    free(y);
    kl_sobol_indices_free(&s);
}

/* 12 indices in intervals that are stretched from 1.96 to 4 standard errors: false alarm below 0.1 %. */
static void indices_of_a_random_sample_lie_within_their_error(void **state)
{
    (void)state;
    double first[G_INPUTS], total[G_INPUTS];
    g_indices(first, total);
    saltelli_sample sample = {2000, G_INPUTS, 0, 1, 7, g_function, 0, 0};
    double *y = make_saltelli(&sample);
    kl_sobol_indices s = indices_of(&sample, y, (kl_resampling){9, 400});
    for (int i = 0; i < G_INPUTS; i++) {
        assert_near(s.first[i].value, first[i], (s.first[i].hi - s.first[i].lo) / 2 * 4 / 1.96);
        assert_near(s.total[i].value, total[i], (s.total[i].hi - s.total[i].lo) / 2 * 4 / 1.96);
        assert_true(s.first[i].lo <= s.first[i].value && s.first[i].value <= s.first[i].hi);
        assert_true(s.total[i].lo <= s.total[i].value && s.total[i].value <= s.total[i].hi);
        assert_true(s.first[i].hi - s.first[i].lo < 0.2);
    }
    free(y);
    kl_sobol_indices_free(&s);
}

/* ---- chance ---- */

static double linear(const double *u)
{
    return 2 * u[0] + u[1]; /* variance 5/12, indices 0.8 and 0.2 */
}

/* 200 samples with noise four times as large as the inputs' variance in every run, shared by a row's points in part. The means
 * over samples lie within 4.5 of their standard errors: 9 numbers, false alarm below 1e-4. Uncorrected, the total index of an
 * input without influence would be 0.19. */
static void chance_is_taken_out_of_the_indices(void **state)
{
    (void)state;
    enum { TRIALS = 200 };
    const double due[] = {0.8, 0.2, 0, 0.8, 0.2, 0, 5 / 12.0, 0.5, 1};
    double sum[9] = {0}, square[9] = {0};
    for (uint32_t t = 0; t < TRIALS; t++) {
        saltelli_sample sample = {200, 3, 0, 4, 100 + t, linear, 1, 1};
        double *y = make_saltelli(&sample);
        kl_sobol_indices s = indices_of(&sample, y, no_resampling);
        double found[9] = {0};
        for (int i = 0; i < 3; i++) {
            found[i] = s.first[i].value * s.variance;
            found[3 + i] = s.total[i].value * s.variance;
        }
        found[6] = s.variance;
        found[7] = s.noise;
        for (int i = 0; i < 6; i++) /* ratios have a bias of their own; sums do not */
            found[i] /= 5 / 12.0;
        found[8] = s.sum.value * s.variance / (5 / 12.0);
        for (int i = 0; i < 9; i++) {
            sum[i] += found[i];
            square[i] += found[i] * found[i];
        }
        free(y);
        kl_sobol_indices_free(&s);
    }
    for (int i = 0; i < 9; i++) {
        double mean = sum[i] / TRIALS, sd = sqrt((square[i] / TRIALS - mean * mean) / (TRIALS - 1));
        assert_near(mean, i == 6 ? due[i] * (1 - 1 / 400.0) : due[i], 4.5 * sd); /* the variance has divisor 2N */
    }
}

/* Coverage of 95 % intervals over 400 samples of 200 rows: within 0.91..0.98. The percentile bootstrap covers 94-95 % here;
 * binomial: false alarm below 0.5 % for each of 4 numbers. */
static void intervals_cover_as_they_promise(void **state)
{
    (void)state;
    enum { TRIALS = 400 };
    int hits[4] = {0};
    for (uint32_t t = 0; t < TRIALS; t++) {
        saltelli_sample sample = {200, 2, 0, 2, 5000 + t, linear, 0.3, 0.3};
        double *y = make_saltelli(&sample);
        kl_sobol_indices s = indices_of(&sample, y, (kl_resampling){t, 200});
        const double due[] = {0.8, 0.2};
        for (int i = 0; i < 2; i++) {
            hits[i] += s.first[i].lo <= due[i] && due[i] <= s.first[i].hi;
            hits[2 + i] += s.total[i].lo <= due[i] && due[i] <= s.total[i].hi;
        }
        free(y);
        kl_sobol_indices_free(&s);
    }
    for (int i = 0; i < 4; i++)
        if (hits[i] < 0.91 * TRIALS || hits[i] > 0.98 * TRIALS)
            fail_msg("interval %d covers in %d of %d samples", i, hits[i], TRIALS);
}

/* ---- what is missing ---- */

static void an_undefined_replicate_costs_little_and_an_undefined_point_its_row(void **state)
{
    (void)state;
    saltelli_sample sample = {50, 2, 0, 4, 3, linear, 0, 0};
    int size = row_size(&sample);
    double *y = make_saltelli(&sample);
    kl_sobol_indices whole = indices_of(&sample, y, no_resampling);
    y[(7 * size + 1) * 4 + 2] = NAN; /* one replicate of AB_1 in row 7: means are as they were */
    kl_sobol_indices s = indices_of(&sample, y, no_resampling);
    assert_int_equal(s.usable.n_rows, 50);
    assert_int_equal(s.usable.n_runs_undefined, 1);
    assert_near(s.first[0].value, whole.first[0].value, 1e-14);
    kl_sobol_indices_free(&s);

    for (int q = 1; q < 4; q++)
        y[(49 * size + 2) * 4 + q] = NAN; /* three of four: the last row goes, and nothing else */
    s = indices_of(&sample, y, no_resampling);
    assert_int_equal(s.usable.n_rows, 49);
    assert_int_equal(s.usable.n_rows_left_out, 1);
    assert_int_equal(s.usable.n_runs_undefined, 4);
    assert_int_equal(s.usable.n_runs, 50 * 4 * 4);
    sample.n_rows = 49;
    kl_sobol_indices fewer = indices_of(&sample, y, no_resampling);
    for (int i = 0; i < 2; i++) {
        assert_true(s.first[i].value == fewer.first[i].value);
        assert_true(s.total[i].value == fewer.total[i].value);
    }
    kl_sobol_indices_free(&s);
    kl_sobol_indices_free(&fewer);
    kl_sobol_indices_free(&whole);
    free(y);
}

static void what_does_not_vary_has_no_indices(void **state)
{
    (void)state;
    double y[40 * 4];
    kl_sobol_indices s;
    for (int i = 0; i < 160; i++)
        y[i] = 0.1;
    assert_int_equal(kl_sobol_indices_make(&s, y, 40, 2, 0, 1, (kl_resampling){1, 100}), KL_OK);
    assert_true(isnan(s.first[0].value) && isnan(s.total[1].value) && isnan(s.sum.value) && isnan(s.first[0].lo));
    kl_sobol_indices_free(&s);
    for (int i = 0; i < 160; i++)
        y[i] = NAN;
    assert_int_equal(kl_sobol_indices_make(&s, y, 40, 2, 0, 1, (kl_resampling){1, 100}), KL_OK);
    assert_int_equal(s.usable.n_rows_left_out, 40);
    assert_true(isnan(s.first[0].value) && isnan(s.variance));
    kl_sobol_indices_free(&s);
}

static double only_first(const double *u)
{
    return u[0];
}

static void an_input_without_influence_has_exactly_none(void **state)
{
    (void)state;
    saltelli_sample sample = {100, 2, 0, 3, 8, only_first, 0.5, 0};
    double *y = make_saltelli(&sample);
    kl_sobol_indices s = indices_of(&sample, y, (kl_resampling){1, 100});
    assert_true(s.total[1].value == 0 && s.total[1].lo == 0 && s.total[1].hi == 0);
    assert_true(s.first[1].value == 0);
    kl_sobol_indices_free(&s);
    free(y);
}

static void intervals_hang_on_the_seed_alone(void **state)
{
    (void)state;
    saltelli_sample sample = {60, 2, 0, 1, 8, linear, 0, 0};
    double *y = make_saltelli(&sample);
    kl_sobol_indices a = indices_of(&sample, y, (kl_resampling){1, 100}),
                     b = indices_of(&sample, y, (kl_resampling){1, 100});
    kl_sobol_indices c = indices_of(&sample, y, (kl_resampling){2, 100});
    assert_true(a.first[0].lo == b.first[0].lo && a.total[1].hi == b.total[1].hi);
    assert_true(a.first[0].lo != c.first[0].lo && a.first[0].value == c.first[0].value);
    kl_sobol_indices_free(&a);
    kl_sobol_indices_free(&b);
    kl_sobol_indices_free(&c);
    free(y);
}

/* ---- the split of the variance ---- */

static void a_split_is_the_textbooks(void **state)
{
    (void)state;
    /* Three points of two: means 1, 3, 8; within: 2, 2, 8 squares over 3 degrees -> 4; between: 2 * (9 + 1 + 16) / 2 = 26;
     * inputs (26 - 4) / 2 = 11; share 11 / 15. */
    const double y[] = {0, 2, 2, 4, 6, 10};
    kl_variance_split s;
    assert_int_equal(kl_variance_split_make(&s, y, 3, 1, 0, 2, no_resampling), KL_OK);
    assert_near(s.chance, 4, 1e-14);
    assert_near(s.inputs, 11, 1e-14);
    assert_near(s.share.value, 11 / 15.0, 1e-14);
    assert_near(s.total, 64 / 5.0, 1e-14);
    /* Of rows of three points the first and the last count, unless all are asked for. */
    const double rows[] = {0, 2, 99, 98, 2, 4, 6, 10, 55, 77, 1, 1};
    const double ends[] = {0, 2, 2, 4, 6, 10, 1, 1};
    kl_variance_split a, b;
    assert_int_equal(kl_variance_split_make(&a, rows, 2, 3, 0, 2, no_resampling), KL_OK);
    assert_int_equal(kl_variance_split_make(&b, ends, 4, 1, 0, 2, no_resampling), KL_OK);
    assert_near(a.inputs, b.inputs, 1e-13);
    assert_int_equal(kl_variance_split_make(&b, rows, 6, 1, 0, 2, no_resampling), KL_OK);
    assert_int_equal(kl_variance_split_make(&a, rows, 2, 3, 1, 2, no_resampling), KL_OK);
    assert_near(a.inputs, b.inputs, 1e-12 * b.inputs);
    /* One replicate cannot tell; undefined values are counted. */
    assert_int_equal(kl_variance_split_make(&a, y, 6, 1, 0, 1, no_resampling), KL_OK);
    assert_true(isnan(a.share.value) && isnan(a.chance) && a.total > 0);
    const double holes[] = {0, 2, NAN, NAN, 2, NAN, 6, 10};
    assert_int_equal(kl_variance_split_make(&a, holes, 4, 1, 0, 2, no_resampling), KL_OK);
    assert_int_equal(a.usable.n_rows_left_out, 1);
    assert_int_equal(a.usable.n_runs_undefined, 3);
    /* n = 5, sizes 2, 1, 2, means 1, 2, 8, all 4: between (18 + 4 + 32) / 2 = 27, within (2 + 8) / 2 = 5, n0 = (5 - 9/5) / 2 */
    assert_near(a.inputs, (27 - 5) / 1.6, 1e-13);
}

/* Share 0.5 over 200 points of 3 values: 95 % intervals cover in 0.91..0.98 of 400 samples, false alarm below 0.5 %. */
static void a_splits_interval_covers(void **state)
{
    (void)state;
    enum { TRIALS = 400, POINTS = 200, R = 3 };
    static double y[POINTS * R];
    int hits = 0;
    for (uint32_t t = 0; t < TRIALS; t++) {
        kl_variance_split s;
        for (uint32_t p = 0; p < POINTS; p++)
            for (uint32_t q = 0; q < R; q++)
                y[p * R + q] = normal(9000 + t, p, 50) + normal(9000 + t, p, q);
        assert_int_equal(kl_variance_split_make(&s, y, POINTS, 1, 0, R, (kl_resampling){t, 200}), KL_OK);
        hits += s.share.lo <= 0.5 && 0.5 <= s.share.hi;
    }
    if (hits < 0.91 * TRIALS || hits > 0.98 * TRIALS)
        fail_msg("%d of %d", hits, TRIALS);
}

/* ---- elementary effects ---- */

static void effects_of_a_plane_are_its_slopes(void **state)
{
    (void)state;
    /* Two trajectories on y = 3 u0 - 2 u1, one up and one down; every replicate has its own shift. */
    const double u[] = {0.25, 0.25, 0.75, 0.25, 0.75, 0.75, 0.75, 0.75, 0.75, 0.25, 0.25, 0.25};
    double y[12];
    kl_morris_effect effect[2];
    kl_usable usable;
    for (int p = 0; p < 6; p++)
        for (int r = 0; r < 2; r++)
            y[p * 2 + r] = 3 * u[p * 2] - 2 * u[p * 2 + 1] + 16 * r;
    assert_int_equal(kl_morris_effects_make(effect, &usable, y, u, 2, 2, 2, (kl_resampling){1, 40}), KL_OK);
    assert_near(effect[0].mu.value, 3, 1e-14);
    assert_near(effect[0].mu.hi, 3, 1e-14);
    assert_near(effect[1].mu.value, -2, 1e-14);
    assert_near(effect[1].mu_star.value, 2, 1e-14);
    assert_near(effect[1].sigma.value, 0, 1e-14);
    assert_near(effect[0].noise, 0, 1e-14); /* the shift is the same at both ends */
    y[0] += 1; /* a difference that differs between the replicates: variance of the mean 1/4, over a move of 1/2 */
    assert_int_equal(kl_morris_effects_make(effect, &usable, y, u, 2, 2, 2, no_resampling), KL_OK);
    assert_near(effect[0].noise, sqrt((1 / 4.0) / 0.25 / 2), 1e-14);
}

static void what_is_no_trajectory_is_refused(void **state)
{
    (void)state;
    const double y[3] = {1, 2, 3};
    const double both[] = {0.25, 0.25, 0.75, 0.75, 0.25, 0.75}, twice[] = {0.25, 0.25, 0.75, 0.25, 0.25, 0.25};
    const double none[] = {0.25, 0.25, 0.25, 0.25, 0.25, 0.75};
    kl_morris_effect effect[2];
    kl_usable usable;
    assert_int_equal(kl_morris_effects_make(effect, &usable, y, both, 1, 2, 1, no_resampling), KL_ERR_ARGUMENT);
    assert_int_equal(kl_morris_effects_make(effect, &usable, y, twice, 1, 2, 1, no_resampling), KL_ERR_ARGUMENT);
    assert_int_equal(kl_morris_effects_make(effect, &usable, y, none, 1, 2, 1, no_resampling), KL_ERR_ARGUMENT);
}

/* ---- factorials ---- */

static const int levels_3x2[] = {0, 0, 0, 1, 1, 0, 1, 1, 2, 0, 2, 1};

static void effects_of_a_factorial_are_its_variances(void **state)
{
    (void)state;
    /* y = a + b + ab' with level means of a: 1, 3, 8 (variance 26/3), of b: 3, 5 (1), cells off by +-c in the first two rows */
    const double c = 0.5, y[] = {0 + c, 2 - c, 2 - c, 4 + c, 7, 9};
    kl_effect main_effect[2], total[2];
    kl_usable usable;
    double all = 26 / 3.0 + 1 + 4 * c * c / 6;
    assert_int_equal(kl_factorial_effects_make(main_effect, total, &usable, y, levels_3x2, 1, 6, 2, 1, no_resampling),
                     KL_OK);
    assert_near(main_effect[0].value, 26 / 3.0 / all, 1e-14);
    assert_near(main_effect[1].value, 1 / all, 1e-14);
    assert_near(total[0].value, (26 / 3.0 + 4 * c * c / 6) / all, 1e-14);
    assert_near(total[1].value, (1 + 4 * c * c / 6) / all, 1e-14);
    const int twice[] = {0, 0, 0, 0, 1, 0, 1, 1, 2, 0, 2, 1};
    assert_int_equal(kl_factorial_effects_make(main_effect, total, &usable, y, twice, 1, 6, 2, 1, no_resampling),
                     KL_ERR_ARGUMENT);
    assert_int_equal(kl_factorial_effects_make(main_effect, total, &usable, y, levels_3x2, 1, 5, 2, 1, no_resampling),
                     KL_ERR_ARGUMENT);
}

/* A factor without influence among 8 noisy draws, 400 times: its total effect times the variance has mean 0 within 4.5 standard
 * errors (false alarm 7e-6); uncorrected it would be 0.125 of the noise. */
static void chance_is_taken_out_of_a_factorial(void **state)
{
    (void)state;
    enum { TRIALS = 400, DRAWS = 8 };
    double sum = 0, square = 0;
    for (uint32_t t = 0; t < TRIALS; t++) {
        double y[DRAWS * 6];
        kl_effect main_effect[2], total[2];
        kl_usable usable;
        for (uint32_t i = 0; i < DRAWS * 6; i++)
            y[i] = 10 * levels_3x2[i % 6 * 2] + normal(40000 + t, i, 0) + normal(40000 + t, i / 6, 1);
        assert_int_equal(
            kl_factorial_effects_make(main_effect, total, &usable, y, levels_3x2, DRAWS, 6, 2, 1, no_resampling),
            KL_OK);
        sum += total[1].value;
        square += total[1].value * total[1].value;
        assert_near(main_effect[0].value, 1, 0.05);
    }
    assert_near(sum / TRIALS, 0, 4.5 * sqrt(square) / TRIALS);
}

/* ---- given data ---- */

static void fill_points(double *x, double *y, uint32_t trial, int n, int k, double (*f)(const double *))
{
    for (int p = 0; p < n; p++) {
        for (int i = 0; i < k; i++)
            x[p * k + i] = uniform(trial, (uint32_t)p, (uint32_t)i);
        y[p] = f(x + p * k);
    }
}

/* 3 indices within 4 standard errors and the 0.01 that classes may cost: false alarm below 2e-4. */
static void given_data_find_ishigamis_first_order_indices(void **state)
{
    (void)state;
    enum { N = 4000 };
    static double x[N * 3], y[N];
    kl_effect effect[3];
    kl_usable usable;
    fill_points(x, y, 21, N, 3, ishigami);
    assert_int_equal(kl_given_data_make(effect, &usable, x, y, N, 3, 1, 0), KL_OK);
    for (int i = 0; i < 3; i++) {
        double error = (effect[i].hi - effect[i].lo) / 2 / 1.96;
        assert_near(effect[i].value, ishigami_first[i], 0.01 + 4 * error);
        assert_true(error < 0.02);
    }
}

/* Linear, 400 samples of 400 points of 2 noisy replicates: coverage in 0.91..0.985, false alarm below 0.5 % each. */
static void given_datas_intervals_cover(void **state)
{
    (void)state;
    enum { TRIALS = 400, N = 400, R = 2 };
    static double x[N * 2], mean[N], y[N * R];
    const double due[] = {0.8, 0.2};
    int hits[2] = {0};
    for (uint32_t t = 0; t < TRIALS; t++) {
        kl_effect effect[2];
        kl_usable usable;
        fill_points(x, mean, 50000 + t, N, 2, linear);
        for (uint32_t i = 0; i < N * R; i++)
            y[i] = mean[i / R] + 0.4 * normal(60000 + t, i, 0);
        assert_int_equal(kl_given_data_make(effect, &usable, x, y, N, 2, R, 0), KL_OK);
        for (int i = 0; i < 2; i++)
            hits[i] += effect[i].lo <= due[i] && due[i] <= effect[i].hi;
    }
    for (int i = 0; i < 2; i++)
        if (hits[i] < 0.91 * TRIALS || hits[i] > 0.985 * TRIALS)
            fail_msg("interval %d covers in %d of %d samples", i, hits[i], TRIALS);
}

static void given_data_take_discrete_and_constant_inputs(void **state)
{
    (void)state;
    enum { N = 90 };
    static double x[N * 3], y[N];
    kl_effect effect[3];
    kl_usable usable;
    for (int p = 0; p < N; p++) {
        x[p * 3] = p % 3;
        x[p * 3 + 1] = 7;
        x[p * 3 + 2] = p == 5; /* a class of a single point */
        y[p] = 10 * (p % 3 == 1);
    }
    assert_int_equal(kl_given_data_make(effect, &usable, x, y, N, 3, 1, 0), KL_OK);
    assert_near(effect[0].value, 1, 1e-14);
    assert_true(isnan(effect[1].value) && isnan(effect[1].lo));
    assert_true(fabs(effect[2].value) < 0.1 && isfinite(effect[2].lo));
}

/* ---- rank regression ---- */

static void ranks_see_any_rising_function(void **state)
{
    (void)state;
    enum { N = 50 };
    double x[N * 2], y[N], r2;
    kl_effect srrc[2], prcc[2];
    for (int p = 0; p < N; p++) {
        x[p * 2] = uniform(31, (uint32_t)p, 0);
        x[p * 2 + 1] = 3;
        y[p] = -exp(20 * x[p * 2]);
    }
    assert_int_equal(kl_rank_regression_make(srrc, prcc, &r2, x, y, N, 2, 1), KL_OK);
    assert_near(srrc[0].value, -1, 1e-12);
    assert_near(r2, 1, 1e-12);
    assert_true(isnan(srrc[1].value) && isnan(prcc[1].value));
    for (int p = 0; p < N; p++) /* one input determines the other: nothing can be said about either */
        x[p * 2 + 1] = 2 * x[p * 2];
    assert_int_equal(kl_rank_regression_make(srrc, prcc, &r2, x, y, N, 2, 1), KL_OK);
    assert_true(isnan(srrc[0].value) && isnan(prcc[1].value) && isnan(r2));
    assert_int_equal(kl_rank_regression_make(srrc, prcc, &r2, x, y, 4, 2, 1), KL_OK);
    assert_true(isnan(srrc[0].value));
}

/* ---- arguments ---- */

static void senseless_sizes_are_refused(void **state)
{
    (void)state;
    double y[64] = {0};
    kl_sobol_indices s;
    kl_variance_split split;
    kl_effect effect[2];
    kl_usable usable;
    assert_int_equal(kl_sobol_indices_make(&s, y, 0, 2, 0, 1, no_resampling), KL_ERR_ARGUMENT);
    assert_int_equal(kl_sobol_indices_make(&s, y, 4, 0, 0, 1, no_resampling), KL_ERR_ARGUMENT);
    assert_int_equal(kl_sobol_indices_make(&s, y, 4, 2, 0, 0, no_resampling), KL_ERR_ARGUMENT);
    assert_int_equal(kl_sobol_indices_make(&s, y, 4, 2, 0, 1, (kl_resampling){1, 39}), KL_ERR_ARGUMENT);
    assert_int_equal(kl_sobol_indices_make(&s, y, 4, 2, 0, 1, (kl_resampling){1, -1}), KL_ERR_ARGUMENT);
    assert_null(s.first);
    assert_int_equal(kl_variance_split_make(&split, y, 4, 0, 0, 1, no_resampling), KL_ERR_ARGUMENT);
    assert_int_equal(kl_given_data_make(effect, &usable, y, y, 4, 0, 1, 0), KL_ERR_ARGUMENT);
    kl_sobol_indices_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sobol_indices_are_those_of_salib),
        cmocka_unit_test(elementary_effects_are_those_of_salib),
        cmocka_unit_test(rank_regression_is_that_of_numpy),
        cmocka_unit_test(indices_of_ishigami_and_g_come_out_on_a_saltelli_design),
        cmocka_unit_test(indices_of_a_random_sample_lie_within_their_error),
        cmocka_unit_test(chance_is_taken_out_of_the_indices),
        cmocka_unit_test(intervals_cover_as_they_promise),
        cmocka_unit_test(an_undefined_replicate_costs_little_and_an_undefined_point_its_row),
        cmocka_unit_test(what_does_not_vary_has_no_indices),
        cmocka_unit_test(an_input_without_influence_has_exactly_none),
        cmocka_unit_test(intervals_hang_on_the_seed_alone),
        cmocka_unit_test(a_split_is_the_textbooks),
        cmocka_unit_test(a_splits_interval_covers),
        cmocka_unit_test(effects_of_a_plane_are_its_slopes),
        cmocka_unit_test(what_is_no_trajectory_is_refused),
        cmocka_unit_test(effects_of_a_factorial_are_its_variances),
        cmocka_unit_test(chance_is_taken_out_of_a_factorial),
        cmocka_unit_test(given_data_find_ishigamis_first_order_indices),
        cmocka_unit_test(given_datas_intervals_cover),
        cmocka_unit_test(given_data_take_discrete_and_constant_inputs),
        cmocka_unit_test(ranks_see_any_rising_function),
        cmocka_unit_test(senseless_sizes_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
