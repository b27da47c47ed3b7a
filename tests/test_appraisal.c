/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The appraisal against published examples, against dampack and BCEA on the same samples (tests/data/appraisal), and
 * against closed forms. All chance is keyed. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>

#include "analysis/smoother.h"
#include "klaster/appraisal.h"
#include "num/num.h"
#include "rng/rng.h"

static void assert_near(double x, double due, double tolerance)
{
    if (!(fabs(x - due) <= tolerance))
        fail_msg("%.17g is not within %g of %.17g", x, tolerance, due);
}

static double normal(uint32_t trial, uint32_t i, uint32_t k)
{
    return kl_normal_quantile(kl_uniform(kl_draw(kl_key_of(161803, trial, k), i, KL_DRAW_LOT, 0).w[0]));
}

/* ---- tables of numbers and words ---- */

#define ROWS_MAX 1000
#define COLUMNS_MAX 16

typedef struct csv {
    int n_rows, n_columns;
    char name[COLUMNS_MAX][64];
    char (*cell)[COLUMNS_MAX][40];
} csv;

static int split(char *line, char cell[COLUMNS_MAX][40])
{
    int n = 0;
    line[strcspn(line, "\r\n")] = '\0';
    for (char *p = line;; n++) {
        size_t length = strcspn(p, ",");
        assert_true(n < COLUMNS_MAX && length < 40);
        while (*p == ' ') {
            p++;
            length--;
        }
        memcpy(cell[n], p, length);
        cell[n][length] = '\0';
        p += length;
        if (!*p++)
            return n + 1;
    }
}

static csv read_csv(const char *file)
{
    csv t = {0};
    char path[512], line[1024], head[COLUMNS_MAX][40];
    snprintf(path, sizeof path, "%s/tests/data/appraisal/%s", KL_SOURCE_DIR, file);
    FILE *from = fopen(path, "r");
    assert_non_null(from);
    assert_non_null(fgets(line, sizeof line, from));
    t.n_columns = split(line, head);
    for (int c = 0; c < t.n_columns; c++)
        snprintf(t.name[c], sizeof t.name[c], "%s", head[c]);
    t.cell = calloc(ROWS_MAX, sizeof *t.cell);
    assert_non_null(t.cell);
    while (fgets(line, sizeof line, from)) {
        assert_in_range(t.n_rows, 0, ROWS_MAX - 1);
        assert_int_equal(split(line, t.cell[t.n_rows++]), t.n_columns);
    }
    fclose(from);
    return t;
}

static const char *word(const csv *t, const char *name, int row)
{
    for (int c = 0; c < t->n_columns; c++)
        if (strcmp(t->name[c], name) == 0)
            return t->cell[row][c];
    fail_msg("no column %s", name);
    return "";
}

static double number(const csv *t, const char *name, int row)
{
    const char *text = word(t, name, row);
    return *text ? strtod(text, NULL) : (double)NAN;
}

static double *column(const csv *t, const char *name)
{
    double *x = calloc((size_t)t->n_rows, sizeof *x);
    assert_non_null(x);
    for (int r = 0; r < t->n_rows; r++)
        x[r] = number(t, name, r);
    return x;
}

/* Columns one behind the other, as the appraisal wants them. */
static double *columns(const csv *t, int n, const char *const *name)
{
    double *x = calloc((size_t)n * (size_t)t->n_rows, sizeof *x);
    assert_non_null(x);
    for (int k = 0; k < n; k++)
        for (int r = 0; r < t->n_rows; r++)
            x[k * t->n_rows + r] = number(t, name[k], r);
    return x;
}

/* ---- the frontier ---- */

static void assert_same_number(double x, double due, double relative)
{
    if (isnan(due))
        assert_true(isnan(x));
    else
        assert_near(x, due, relative * fabs(due));
}

/* Health Economics Resource Center, cost-effectiveness analysis: the example that dampack tests itself with. */
static void strong_and_extended_dominance_are_those_of_a_textbook_example(void **state)
{
    (void)state;
    const double cost[] = {55000, 35000, 25000, 10000, 12000, 5000}, effect[] = {5, 4, 3, 2, 1.5, 1};
    const int arm[] = {5, 3, 1, 0, 4, 2};
    const double ratio[] = {NAN, 5000, 12500, 20000, NAN, NAN};
    const kl_frontier_status status[] = {KL_ICER_FRONTIER, KL_ICER_FRONTIER,  KL_ICER_FRONTIER,
                                         KL_ICER_FRONTIER, KL_ICER_DOMINATED, KL_ICER_EXTENDED};
    kl_icer icer[6];
    assert_int_equal(kl_icers_make(icer, cost, effect, 6), KL_OK);
    for (int r = 0; r < 6; r++) {
        assert_int_equal(icer[r].arm, arm[r]);
        assert_int_equal(icer[r].status, status[r]);
        assert_same_number(icer[r].icer, ratio[r], 1e-14);
    }
    assert_int_equal(icer[0].against, -1);
    assert_int_equal(icer[2].against, 3);
}

/* Paltiel et al. 2006, table 4 (doi:10.7326/0003-4819-145-11-200612050-00004), as in dampack's vignette basic_cea. */
static void screening_for_hiv_has_the_ratios_of_the_published_table(void **state)
{
    (void)state;
    const double cost[] = {26000, 27000, 28020, 28440, 29440};
    double effect[] = {277.25, 277.57, 277.78, 277.83, 277.76};
    const double ratio[] = {NAN, 37500, 1020 * 12 / .21, 420 * 12 / .05, NAN};
    kl_icer icer[5];
    for (int a = 0; a < 5; a++)
        effect[a] /= 12;
    assert_int_equal(kl_icers_make(icer, cost, effect, 5), KL_OK);
    for (int r = 0; r < 5; r++) {
        assert_int_equal(icer[r].arm, r);
        assert_same_number(icer[r].icer, ratio[r], 1e-9);
    }
    assert_int_equal(icer[4].status, KL_ICER_DOMINATED);
}

static void a_hundred_strategies_are_sorted_as_dampack_sorts_them(void **state)
{
    (void)state;
    csv in = read_csv("hund-strat.csv"), due = read_csv("hund-strat-icers.csv");
    double *cost = column(&in, "cost"), *effect = column(&in, "effect");
    kl_icer *icer = calloc((size_t)in.n_rows, sizeof *icer);
    assert_int_equal(in.n_rows, 100);
    assert_int_equal(kl_icers_make(icer, cost, effect, in.n_rows), KL_OK);
    for (int d = 0; d < due.n_rows; d++) {
        int r = 0;
        while (number(&in, "strategy", icer[r].arm) != number(&due, "strategy", d))
            r++;
        static const char *const words[] = {"ND", "ED", "D"};
        assert_string_equal(words[icer[r].status], word(&due, "status", d));
        assert_same_number(icer[r].icer, number(&due, "icer", d), 1e-12);
        assert_same_number(icer[r].d_cost, number(&due, "inc_cost", d), 1e-12);
    }
    free(icer);
    free(cost);
    free(effect);
    free(in.cell);
    free(due.cell);
}

static void of_options_with_equal_cost_and_effect_one_stays(void **state)
{
    (void)state;
    const double cost[] = {1, 1, 2, 2, 3}, effect[] = {1, 1, 1, 3, 4};
    kl_icer icer[5];
    assert_int_equal(kl_icers_make(icer, cost, effect, 5), KL_OK);
    assert_int_equal(icer[0].arm, 0);
    assert_int_equal(icer[1].arm, 3);
    assert_int_equal(icer[2].arm, 4);
    assert_int_equal(icer[3].status, KL_ICER_DOMINATED);
    assert_int_equal(icer[4].status, KL_ICER_DOMINATED);
    assert_int_equal(kl_icers_make(icer, cost, effect, 1), KL_OK);
    assert_true(isnan(icer[0].icer));
    assert_int_equal(kl_icers_make(icer, cost, effect, 0), KL_ERR_ARGUMENT);
    const double wrong[] = {1, NAN};
    assert_int_equal(kl_icers_make(icer, wrong, effect, 2), KL_ERR_ARGUMENT);
}

/* On the frontier, net benefit at a price between two neighbouring ratios is highest for the option between them. */
static void the_frontier_is_where_net_benefit_is_highest(void **state)
{
    (void)state;
    for (uint32_t trial = 0; trial < 200; trial++) {
        double cost[12], effect[12];
        kl_icer icer[12];
        for (uint32_t a = 0; a < 12; a++) {
            effect[a] = fabs(normal(trial, a, 0));
            cost[a] = effect[a] * effect[a] + 0.3 * fabs(normal(trial, a, 1));
        }
        assert_int_equal(kl_icers_make(icer, cost, effect, 12), KL_OK);
        for (int r = 0; r < 12 && icer[r].status == KL_ICER_FRONTIER; r++) {
            int last = r == 11 || icer[r + 1].status != KL_ICER_FRONTIER;
            double price = r == 0 ? (last ? 1 : icer[1].icer / 2)
                           : last ? icer[r].icer + 1
                                  : (icer[r].icer + icer[r + 1].icer) / 2;
            for (int a = 0; a < 12; a++)
                assert_true(price * effect[a] - cost[a] <= price * icer[r].effect - icer[r].cost + 1e-12);
        }
    }
}

/* ---- curves ---- */

static const char *const treatments[] = {"Chemo", "Radio", "Surgery"};
static const char *const costs[] = {"cost_chemo", "cost_radio", "cost_surgery"};
static const char *const effects[] = {"effect_chemo", "effect_radio", "effect_surgery"};

static void curves_losses_and_evpi_are_dampacks_on_its_example(void **state)
{
    (void)state;
    csv in = read_csv("example-psa.csv"), due = read_csv("example-psa-curves.csv");
    double *cost = columns(&in, 3, costs), *effect = columns(&in, 3, effects);
    double *nb = calloc(3 * (size_t)in.n_rows, sizeof *nb);
    for (int r = 0; r < due.n_rows; r++) {
        kl_decision d;
        kl_net_benefit(nb, cost, effect, number(&due, "wtp", r), 3 * (int64_t)in.n_rows);
        assert_int_equal(kl_decision_make(&d, nb, 3, in.n_rows), KL_OK);
        int a = 0;
        while (strcmp(treatments[a], word(&due, "strategy", r)) != 0)
            a++;
        assert_near(d.option[a].probability, number(&due, "probability", r), 1e-12);
        assert_same_number(d.option[a].loss, number(&due, "expected_loss", r), 1e-11);
        assert_same_number(d.evpi, number(&due, "evpi", r), 1e-11);
        assert_int_equal(a == d.best, number(&due, "on_frontier", r) != 0);
        kl_decision_free(&d);
    }
    free(nb);
    free(cost);
    free(effect);
    free(in.cell);
    free(due.cell);
}

static void ratios_of_a_probabilistic_analysis_are_dampacks(void **state)
{
    (void)state;
    csv in = read_csv("example-psa.csv"), due = read_csv("example-psa-icers.csv");
    double *cost = columns(&in, 3, costs), *effect = columns(&in, 3, effects);
    const double *value[6];
    for (int a = 0; a < 3; a++) {
        value[a] = cost + a * in.n_rows;
        value[3 + a] = effect + a * in.n_rows;
    }
    kl_states states;
    kl_icer icer[3];
    assert_int_equal(kl_states_make(&states, 2, 3, value, in.n_rows, 1), KL_OK);
    assert_int_equal(kl_icers_of_states(icer, &states), KL_OK);
    for (int r = 0; r < 3; r++) {
        assert_string_equal(treatments[icer[r].arm], word(&due, "strategy", r));
        assert_same_number(icer[r].cost, number(&due, "cost", r), 1e-12);
        assert_same_number(icer[r].effect, number(&due, "effect", r), 1e-12);
        assert_same_number(icer[r].icer, number(&due, "icer", r), 1e-9);
    }
    assert_int_equal(icer[2].status, KL_ICER_EXTENDED);
    kl_states_free(&states);
    free(cost);
    free(effect);
    free(in.cell);
    free(due.cell);
}

static void the_vaccine_example_gives_bceas_curve_benefit_and_evpi(void **state)
{
    (void)state;
    static const char *const cost_of[] = {"cost_status_quo", "cost_vaccination"};
    static const char *const effect_of[] = {"effect_status_quo", "effect_vaccination"};
    csv in = read_csv("vaccine.csv"), due = read_csv("vaccine-curves.csv");
    double *cost = columns(&in, 2, cost_of), *effect = columns(&in, 2, effect_of);
    int n = in.n_rows;
    double *nb = calloc(2 * (size_t)n, sizeof *nb);
    assert_int_equal(n, 1000);
    for (int r = 0; r < due.n_rows; r++) {
        kl_decision d;
        kl_plane plane;
        kl_net_benefit(nb, cost, effect, number(&due, "wtp", r), 2 * (int64_t)n);
        assert_int_equal(kl_decision_make(&d, nb, 2, n), KL_OK);
        assert_near(d.option[1].probability, number(&due, "probability_vaccination", r), 1e-12);
        assert_near(d.option[1].mean - d.option[0].mean, number(&due, "eib", r), 1e-8);
        assert_near(d.evpi, number(&due, "evpi", r), 1e-8);
        assert_int_equal(kl_plane_make(&plane, cost + n, effect + n, cost, effect, n), KL_OK);
        assert_same_number(plane.icer, number(&due, "icer", r), 1e-9);
        kl_decision_free(&d);
    }
    free(nb);
    free(cost);
    free(effect);
    free(in.cell);
    free(due.cell);
}

static void probabilities_of_being_best_sum_to_1_and_ties_are_split(void **state)
{
    (void)state;
    enum { N = 997, ARMS = 7 };
    static double nb[ARMS * N];
    for (uint32_t a = 0; a < ARMS; a++)
        for (uint32_t i = 0; i < N; i++) /* rounded: many ties */
            nb[a * N + i] = floor(2 * normal(3, i, a));
    kl_decision d;
    assert_int_equal(kl_decision_make(&d, nb, ARMS, N), KL_OK);
    double sum = 0, least = INFINITY;
    for (int a = 0; a < ARMS; a++) {
        sum += d.option[a].probability;
        least = fmin(least, d.option[a].loss);
    }
    assert_near(sum, 1, 1e-12);
    assert_near(d.evpi, least, 1e-12);
    kl_decision_free(&d);
    const double tie[] = {1, 5, 1, 4, 0, 5};
    assert_int_equal(kl_decision_make(&d, tie, 3, 2), KL_OK);
    assert_near(d.option[0].probability, 0.25 + 0.25, 0);
    assert_near(d.option[1].probability, 0.25, 0);
    assert_near(d.option[2].probability, 0.25, 0);
    assert_int_equal(d.best, 0);
    assert_near(d.evpi, 0, 0);
    kl_decision_free(&d);
    const double wrong[] = {1, NAN};
    assert_int_equal(kl_decision_make(&d, wrong, 1, 2), KL_ERR_ARGUMENT);
    assert_int_equal(kl_decision_make(&d, tie, 3, 0), KL_ERR_ARGUMENT);
}

static void the_five_parts_of_the_plane_sum_to_1(void **state)
{
    (void)state;
    const double cost[] = {1, 1, -1, -1, 0, 0, 1, 0}, effect[] = {1, -1, 1, -1, 0, 1, 0, -1}, zero[8] = {0};
    kl_plane p;
    assert_int_equal(kl_plane_make(&p, cost, effect, zero, zero, 8), KL_OK);
    assert_near(p.costs_more, 1 / 8.0, 0);
    assert_near(p.saves, 1 / 8.0, 0);
    assert_near(p.better, 2 / 8.0, 0);
    assert_near(p.worse, 3 / 8.0, 0);
    assert_near(p.same, 1 / 8.0, 0);
    assert_near(p.d_cost, 1 / 8.0, 1e-15);
    assert_true(isnan(p.icer)); /* no difference in effect */
    assert_int_equal(kl_plane_make(&p, cost, effect, zero, zero, 0), KL_ERR_ARGUMENT);
}

/* ---- worlds to points ---- */

static void a_world_that_one_option_lacks_is_left_out_for_all(void **state)
{
    (void)state;
    const double a[] = {1, 3, 5, 7, 100, NAN}, b[] = {2, NAN, 6, 8, NAN, 1};
    const double *value[] = {a, b};
    kl_states s;
    assert_int_equal(kl_states_make(&s, 1, 2, value, 3, 2), KL_OK);
    assert_int_equal(s.n, 2);
    assert_int_equal(s.n_left_out, 3);
    assert_int_equal(s.n_worlds, 6);
    assert_int_equal(s.point[0], 0);
    assert_int_equal(s.point[1], 1);
    const double due[] = {1, 6, 2, 7};
    for (int k = 0; k < 4; k++)
        assert_near(kl_states_of(&s, 0)[k], due[k], 0);
    kl_states_free(&s);
    const double nothing[] = {NAN, NAN};
    const double *none[] = {nothing};
    assert_int_equal(kl_states_make(&s, 1, 1, none, 2, 1), KL_OK);
    assert_int_equal(s.n, 0);
    assert_int_equal(s.n_left_out, 2);
    kl_states_free(&s);
    assert_int_equal(kl_states_make(&s, 0, 1, none, 2, 1), KL_ERR_ARGUMENT);
}

/* ---- value of information ---- */

/* E max(0, X) of a normal X. */
static double unit_loss(double mean, double sd)
{
    return mean * gsl_cdf_ugaussian_P(mean / sd) + sd * gsl_ran_ugaussian_pdf(mean / sd);
}

/* NB of b over a: -0.3 + sum of weight x input + noise, inputs independent standard normal. The EVPPI of a set is the
 * closed form with the set's own variance (Raiffa & Schlaifer 1961). */
enum { N_POINTS = 1000, N_INPUTS = 4 };
static const double weight[N_INPUTS] = {1, 0.6, 0.3, 0};

static double linear_model(uint32_t trial, double *nb, double **input)
{
    for (int k = 0; k < N_INPUTS; k++)
        for (int i = 0; i < N_POINTS; i++)
            input[k][i] = normal(trial, (uint32_t)i, (uint32_t)k);
    for (int i = 0; i < N_POINTS; i++) {
        double common = 10 * normal(trial, (uint32_t)i, 50);
        nb[i] = common;
        nb[N_POINTS + i] = common - 0.3 + 0.8 * normal(trial, (uint32_t)i, 51);
        for (int k = 0; k < N_INPUTS; k++)
            nb[N_POINTS + i] += weight[k] * input[k][i];
    }
    return 0.8;
}

static const struct {
    int n, member[4];
} sets[] = {{1, {0}}, {1, {1}}, {1, {2}}, {1, {3}}, {2, {0, 1}}, {2, {2, 3}}, {4, {0, 1, 2, 3}}};
#define N_SETS ((int)(sizeof sets / sizeof sets[0]))

static double due_value(int s)
{
    double variance = 0;
    for (int k = 0; k < sets[s].n; k++)
        variance += weight[sets[s].member[k]] * weight[sets[s].member[k]];
    return variance > 0 ? unit_loss(-0.3, sqrt(variance)) : 0;
}

static kl_evppi value_of_set(int s, const double *nb, double *const *input)
{
    const double *chosen[N_INPUTS];
    kl_evppi e;
    for (int k = 0; k < sets[s].n; k++)
        chosen[k] = input[sets[s].member[k]];
    assert_int_equal(kl_evppi_make(&e, nb, 2, N_POINTS, chosen, sets[s].n, 5, "set"), KL_OK);
    return e;
}

/* 60 trials of 1,000 points. The mean of the estimates must be within 4.5 standard errors of the closed form (false alarm
 * below 1e-5 a set), plus 0.004 for the upward bias that a maximum of noisy fits has (EVPI is 0.41); the stated error must
 * be within a third of the spread that there is (which 60 trials give to 9 %: 3.6 standard errors, 3e-4 a set). Sets that are worth
 * nothing have no spread to speak of and are held to the bias alone. */
static void evppi_is_that_of_the_closed_form_and_its_error_is_true(void **state)
{
    enum { TRIALS = 60 };
    (void)state;
    static double nb[2 * N_POINTS], x[N_INPUTS][N_POINTS];
    double *input[N_INPUTS], sum[N_SETS] = {0}, squares[N_SETS] = {0}, stated[N_SETS] = {0}, checked[N_SETS] = {0};
    for (int k = 0; k < N_INPUTS; k++)
        input[k] = x[k];
    for (uint32_t t = 0; t < TRIALS; t++) {
        linear_model(t, nb, input);
        for (int s = 0; s < N_SETS; s++) {
            kl_evppi e = value_of_set(s, nb, input);
            sum[s] += e.corrected;
            squares[s] += e.corrected * e.corrected;
            stated[s] += e.se;
            checked[s] += e.checked;
        }
    }
    for (int s = 0; s < N_SETS; s++) {
        double mean = sum[s] / TRIALS, sd = sqrt((squares[s] - sum[s] * mean) / (TRIALS - 1)), due = due_value(s);
        assert_near(mean, due, 4.5 * sd / sqrt(TRIALS) + 0.004);
        if (due > 0.05)
            assert_near(stated[s] / TRIALS / sd, 1, 0.34);
        assert_true(checked[s] / TRIALS <= due + 4.5 * sd / sqrt(TRIALS));
    }
}

static void knowing_more_is_never_worth_less_and_never_more_than_all(void **state)
{
    (void)state;
    static double nb[2 * N_POINTS], x[N_INPUTS][N_POINTS];
    double *input[N_INPUTS];
    for (int k = 0; k < N_INPUTS; k++)
        input[k] = x[k];
    kl_evppi e[N_SETS];
    kl_input_set set[N_SETS];
    int member[N_SETS][4];
    for (uint32_t t = 0; t < 10; t++) {
        kl_decision d;
        linear_model(100 + t, nb, input);
        assert_int_equal(kl_decision_make(&d, nb, 2, N_POINTS), KL_OK);
        for (int s = 0; s < N_SETS; s++) {
            e[s] = value_of_set(s, nb, input);
            memcpy(member[s], sets[s].member, sizeof member[s]);
            set[s] = (kl_input_set){.n = sets[s].n, .member = member[s]};
        }
        kl_evppi_settle(e, set, N_SETS, d.evpi);
        for (int s = 0; s < N_SETS; s++) {
            assert_true(e[s].value >= 0 && e[s].value <= d.evpi);
            assert_true(fabs(e[s].value - e[s].corrected) <= 3 * e[s].se); /* settling moves no more than the error */
            assert_true(e[s].value <= e[N_SETS - 1].value);
        }
        assert_true(e[4].value >= e[0].value && e[4].value >= e[1].value);
        kl_decision_free(&d);
    }
}

static void settling_repairs_an_order_that_is_broken(void **state)
{
    (void)state;
    int all[] = {0, 1, 2}, first[] = {0}, second[] = {1}, pair[] = {1, 2};
    kl_input_set set[] = {
        {.n = 3, .member = all}, {.n = 1, .member = first}, {.n = 1, .member = second}, {.n = 2, .member = pair}};
    kl_evppi e[] = {{.corrected = 2}, {.corrected = 3}, {.corrected = 9}, {.corrected = NAN, .value = NAN}};
    kl_evppi_settle(e, set, 4, 8);
    assert_near(e[0].value, 8, 0); /* that of the second, capped */
    assert_near(e[1].value, 3, 0);
    assert_near(e[2].value, 8, 0);
    assert_true(isnan(e[3].value));
    kl_evppi below = {.corrected = -1};
    kl_evppi_settle(&below, &set[1], 1, 8);
    assert_near(below.value, 0, 0);
}

/* mgcv's GAMs, as dampack calls them, on the same samples: other splines, other penalties, so near and not equal. 2.5 % of the EVPI
 * (a tenth of the error that 500 points leave, or less). */
static void evppi_is_near_that_of_dampacks_regressions(void **state)
{
    (void)state;
    csv in = read_csv("example-psa.csv"), due = read_csv("example-psa-evppi.csv");
    double *cost = columns(&in, 3, costs), *effect = columns(&in, 3, effects), evpi = 0;
    double *nb = calloc(3 * (size_t)in.n_rows, sizeof *nb);
    for (int r = due.n_rows - 1; r >= 0; r--) { /* EVPI comes last of each willingness to pay */
        char names[64];
        double *x[4];
        const double *input[4];
        int n = 0;
        if (strcmp(word(&due, "inputs", r), "evpi") == 0) {
            evpi = number(&due, "evppi", r);
            continue;
        }
        snprintf(names, sizeof names, "%s", word(&due, "inputs", r));
        for (char *name = strtok(names, "+"); name; name = strtok(NULL, "+"), n++)
            input[n] = x[n] = column(&in, name);
        kl_net_benefit(nb, cost, effect, number(&due, "wtp", r), 3 * (int64_t)in.n_rows);
        kl_evppi e;
        assert_int_equal(kl_evppi_make(&e, nb, 3, in.n_rows, input, n, 1, "set"), KL_OK);
        assert_near(e.raw, number(&due, "evppi", r), 0.025 * evpi);
        for (int k = 0; k < n; k++)
            free(x[k]);
    }
    free(nb);
    free(cost);
    free(effect);
    free(in.cell);
    free(due.cell);
}

/* NB = x^2 - 1 against 0, x standard normal: nothing to see for a line, all of it for a curve. E max(0, x^2 - 1) = 2 phi(1). */
static void a_curve_that_a_line_misses_is_seen(void **state)
{
    (void)state;
    static double nb[2 * N_POINTS], x[N_POINTS];
    const double *input[] = {x};
    for (uint32_t i = 0; i < N_POINTS; i++) {
        x[i] = kl_normal_quantile(((double)i + 0.5) / N_POINTS);
        nb[N_POINTS + i] = x[i] * x[i] - 1.05 + 0.5 * normal(7, i, 0);
    }
    kl_evppi e;
    assert_int_equal(kl_evppi_make(&e, nb, 2, N_POINTS, input, 1, 1, "set"), KL_OK);
    double a = sqrt(1.05),
           due = 2 * (a * gsl_ran_ugaussian_pdf(a) + gsl_cdf_ugaussian_Q(a)) - 2 * 1.05 * gsl_cdf_ugaussian_Q(a);
    assert_near(e.raw, due, 4.5 * 0.5 / sqrt(N_POINTS));
}

/* Two inputs whose product decides: alone each is worth nothing. E max(0, xy) = 1 / pi. */
static void what_only_a_pair_tells_is_seen_by_the_pair(void **state)
{
    (void)state;
    static double nb[2 * N_POINTS], x[N_POINTS], y[N_POINTS];
    const double *pair[] = {x, y};
    for (uint32_t i = 0; i < N_POINTS; i++) {
        x[i] = normal(8, i, 0);
        y[i] = normal(8, i, 1);
        nb[N_POINTS + i] = x[i] * y[i] - 0.05;
    }
    kl_evppi one, both;
    assert_int_equal(kl_evppi_make(&one, nb, 2, N_POINTS, pair, 1, 1, "set"), KL_OK);
    assert_int_equal(kl_evppi_make(&both, nb, 2, N_POINTS, pair, 2, 1, "set"), KL_OK);
    assert_near(one.raw, 0, 0.06); /* a tenth of it: the spread of an unpenalised line's slope */
    assert_near(both.raw, 0.3183098861837907 - 0.025, 0.06);
}

static void inputs_of_few_values_are_levels(void **state)
{
    (void)state;
    static double nb[3 * N_POINTS], x[N_POINTS], same[N_POINTS];
    const double *input[] = {x, same};
    const double gain[] = {-1, 2, -3, 0.5};
    for (uint32_t i = 0; i < N_POINTS; i++) {
        x[i] = i % 4;
        same[i] = 7;
        nb[N_POINTS + i] = gain[i % 4];
        nb[2 * N_POINTS + i] = -1 - gain[i % 4] + normal(9, i, 0);
    }
    kl_evppi e;
    assert_int_equal(kl_evppi_make(&e, nb, 3, N_POINTS, input, 2, 1, "set"), KL_OK);
    /* best: 0, 2, 2 (the other option, about), 0.5 of 4; the first is best on average, so 4.5 / 4 */
    assert_near(e.raw, 1.125, 4.5 / sqrt(N_POINTS));
    assert_int_equal(kl_evppi_make(&e, nb, 3, N_POINTS, input + 1, 1, 1, "set"), KL_OK);
    assert_near(e.raw, 0, 1e-12); /* what does not vary is known already */
    assert_near(e.se, 0, 1e-12);
}

/* Two levels, at which the other option is better by 1 and worse by 3, noise of standard deviation 3. The value is half the
 * mean at the good level: variance (9 / 2 + 1 / 4) / n. 20 keys of 100 draws each give it to 1.6 %: 8 % is 5 of these. */
static void the_error_of_a_known_case_is_stated(void **state)
{
    (void)state;
    static double nb[2 * N_POINTS], x[N_POINTS];
    const double *input[] = {x};
    double sum = 0, residual = 0, mean[2] = {0};
    for (uint32_t i = 0; i < N_POINTS; i++) {
        x[i] = i % 2;
        nb[N_POINTS + i] = (i % 2 ? 1 : -3) + 3 * normal(12, i, 0);
        mean[i % 2] += nb[N_POINTS + i] / (N_POINTS / 2);
    }
    for (uint32_t i = 0; i < N_POINTS; i++)
        residual += pow(nb[N_POINTS + i] - mean[i % 2], 2) / (N_POINTS - 2);
    for (int k = 0; k < 20; k++) {
        const char name[] = {(char)('a' + k), '\0'};
        kl_evppi e;
        assert_int_equal(kl_evppi_make(&e, nb, 2, N_POINTS, input, 1, 1, name), KL_OK);
        assert_near(e.raw, mean[1] / 2, 1e-9);
        sum += e.se / 20;
    }
    double due = sqrt((residual / 2 + mean[1] * mean[1] / 4) / N_POINTS);
    assert_near(sum / due, 1, 0.08);
}

static void one_option_has_no_information_to_buy_and_few_points_tell_nothing(void **state)
{
    (void)state;
    double nb[] = {1, 2, 3, 4, 5, 6}, x[] = {1, 2, 3, 4, 5, 6}, y[] = {6, 1, 5, 2, 4, 3};
    const double *input[] = {x, y, x, y};
    kl_evppi e;
    assert_int_equal(kl_evppi_make(&e, nb, 1, 6, input, 1, 1, "set"), KL_OK);
    assert_near(e.raw, 0, 0);
    double two[12] = {0};
    assert_int_equal(kl_evppi_make(&e, two, 2, 6, input, 4, 1, "set"), KL_OK);
    assert_true(isnan(e.value) && isnan(e.raw));
    x[2] = NAN;
    assert_int_equal(kl_evppi_make(&e, nb, 1, 6, input, 1, 1, "set"), KL_ERR_ARGUMENT);
    assert_int_equal(kl_evppi_make(&e, nb, 1, 6, input, 0, 1, "set"), KL_ERR_ARGUMENT);
}

static void a_smoothers_columns_are_orthonormal(void **state)
{
    (void)state;
    static double x[3][300];
    const double *input[] = {x[0], x[1], x[2]};
    for (uint32_t i = 0; i < 300; i++) {
        x[0][i] = exp(normal(11, i, 0));
        x[1][i] = floor(3 * fabs(normal(11, i, 1)));
        x[2][i] = x[0][i] * 2; /* says the same again */
    }
    kl_smoother s;
    assert_int_equal(kl_smoother_init(&s, input, 2, 300), KL_OK);
    for (int j = 0; j < s.p; j++)
        for (int k = 0; k <= j; k++) {
            double sum = 0;
            for (int i = 0; i < 300; i++)
                sum += s.z[j * 300 + i] * s.z[k * 300 + i];
            assert_near(sum, j == k, 1e-5);
        }
    kl_smoother_free(&s);
    assert_int_equal(kl_smoother_init(&s, input, 3, 300), KL_OK);
    kl_smoother_free(&s);
}

/* ---- the gate ---- */

static void the_value_of_a_gate_is_the_sum_of_its_parts(void **state)
{
    (void)state;
    const double with[] = {-10, -10, 50, -20, NAN, -10}, without[] = {-100, 30, 60, -30, 5, 0};
    const int8_t stopped[] = {1, 1, 0, 0, 1, 1};
    kl_gate g;
    assert_int_equal(kl_gate_make(&g, with, without, stopped, 6, 1), KL_OK);
    assert_int_equal(g.n, 5);
    assert_int_equal(g.n_left_out, 1);
    assert_near(g.stopped, 0.6, 1e-15);
    assert_near(g.stop_right, 0.2, 1e-15);
    assert_near(g.stop_wrong, 0.4, 1e-15); /* 0 is not below zero */
    assert_near(g.go_right, 0.2, 1e-15);
    assert_near(g.go_wrong, 0.2, 1e-15);
    assert_near(g.loss_avoided, 90 / 5.0, 1e-14);
    assert_near(g.gain_forgone, 50 / 5.0, 1e-14);
    assert_near(g.repeating, 0, 1e-14);
    assert_near(g.value, 40 / 5.0, 1e-14);
    assert_near(g.value, g.loss_avoided - g.gain_forgone + g.repeating, 1e-14);
    assert_near(g.value, g.with - g.without, 1e-14);
    /* Student's interval with 4 degrees of freedom, t = 2.776: differences 90, -40, -10, 10, -10 */
    double half = 2.7764451051977987 * sqrt((82 * 82 + 48 * 48 + 18 * 18 + 2 * 2 + 18 * 18) / 4.0 / 5);
    assert_near(g.value_lo, 8 - half, 1e-9);
    assert_near(g.value_hi, 8 + half, 1e-9);
    assert_int_equal(kl_gate_make(&g, with, without, stopped, 0, 1), KL_ERR_ARGUMENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strong_and_extended_dominance_are_those_of_a_textbook_example),
        cmocka_unit_test(screening_for_hiv_has_the_ratios_of_the_published_table),
        cmocka_unit_test(a_hundred_strategies_are_sorted_as_dampack_sorts_them),
        cmocka_unit_test(of_options_with_equal_cost_and_effect_one_stays),
        cmocka_unit_test(the_frontier_is_where_net_benefit_is_highest),
        cmocka_unit_test(curves_losses_and_evpi_are_dampacks_on_its_example),
        cmocka_unit_test(ratios_of_a_probabilistic_analysis_are_dampacks),
        cmocka_unit_test(the_vaccine_example_gives_bceas_curve_benefit_and_evpi),
        cmocka_unit_test(probabilities_of_being_best_sum_to_1_and_ties_are_split),
        cmocka_unit_test(the_five_parts_of_the_plane_sum_to_1),
        cmocka_unit_test(a_world_that_one_option_lacks_is_left_out_for_all),
        cmocka_unit_test(evppi_is_that_of_the_closed_form_and_its_error_is_true),
        cmocka_unit_test(knowing_more_is_never_worth_less_and_never_more_than_all),
        cmocka_unit_test(settling_repairs_an_order_that_is_broken),
        cmocka_unit_test(evppi_is_near_that_of_dampacks_regressions),
        cmocka_unit_test(a_curve_that_a_line_misses_is_seen),
        cmocka_unit_test(what_only_a_pair_tells_is_seen_by_the_pair),
        cmocka_unit_test(inputs_of_few_values_are_levels),
        cmocka_unit_test(the_error_of_a_known_case_is_stated),
        cmocka_unit_test(one_option_has_no_information_to_buy_and_few_points_tell_nothing),
        cmocka_unit_test(a_smoothers_columns_are_orthonormal),
        cmocka_unit_test(the_value_of_a_gate_is_the_sum_of_its_parts),
    };
    return cmocka_run_group_tests_name("appraisal", tests, NULL, NULL);
}
