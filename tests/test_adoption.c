/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Take-up against what is known of it in closed form: Bass diffusion, Watts' cascade window, the couplings of clocks.
 * Statistical tests have fixed seeds; the chance that a right model fails one is stated beside it. */
#include "model_runs.h"

#include <math.h>
#include <stdlib.h>

/* ---- Bass ---- */

static const double p_year = .03, q_year = .38;

/* Bass 1969, share of adopters after t years. */
static double bass(double t)
{
    double e = exp(-(p_year + q_year) * t);
    return (1 - e) / (1 + q_year / p_year * e);
}

static setup bass_setup(int n_firms, int months)
{
    setup made = open_setup(n_firms);
    made.p.adoption_rule = kl_adoption_rule_bass;
    made.p.bass_p = p_year;
    made.p.bass_q = q_year;
    made.p.graph = kl_graph_complete;
    made.horizon = months + 1; /* month 0 builds */
    return made;
}

/* Many firms behave as their mean: F grows by (1 - F)(1 - exp(-(p + q F)/12)) a month. */
static double bass_monthly(int months)
{
    double f = 0;
    for (int m = 0; m < months; m++)
        f += (1 - f) * -expm1(-(p_year + q_year * f) / 12);
    return f;
}

static void bass_take_up_of_many_firms_follows_the_closed_form(void **state)
{
    (void)state;
    const int years[] = {1, 2, 5, 10};
    const double known[] = {.036, .085, .331, .813}; /* the closed form, to three places */
    enum { RUNS = 10, N = 6000 };
    double share[4][RUNS];
    setup made = bass_setup(N, 120);
    kl_run run;
    kl_run_init(&run);
    for (int r = 0; r < RUNS; r++) {
        start(&run, &made, SEED, (uint32_t)r);
        play(&run, made.horizon);
        for (int k = 0; k < 4; k++)
            share[k][r] = kl_run_series(&run, KL_SER_members, 12 * years[k]);
    }
    kl_run_free(&run);
    for (int k = 0; k < 4; k++) {
        assert_true(fabs(bass(years[k]) - known[k]) < 5e-4);
        /* synchronous months see the last month's members: up to 2.5 % fewer than the closed form */
        double expected = bass_monthly(12 * years[k]);
        assert_true(expected < bass(years[k]) && expected > .97 * bass(years[k]));
        /* sd of F(5) is .152 at 36 firms and falls as 1/sqrt(N): .0118 at 6000, at other times less; 10 runs, 5 standard
         * errors, four times: false alarm 4 x 6e-7. The mean over runs is off by O(1/N) = 2e-4. */
        assert_true(fabs(mean(share[k], RUNS) - expected) < 5 * .0118 / sqrt(RUNS) + 2e-4);
    }
}

/* The number of members of a complete graph is a Markov chain: every outsider joins with the same chance. Exact mean and sd
 * of the share after some months, by the chain's transition probabilities. */
static void bass_chain(int n, int months, double *m, double *sd)
{
    double *now = calloc((size_t)n + 1, sizeof *now), *next = calloc((size_t)n + 1, sizeof *next);
    assert_true(now && next);
    now[0] = 1;
    for (int t = 0; t < months; t++) {
        for (int j = 0; j <= n; j++)
            next[j] = 0;
        for (int j = 0; j <= n; j++) {
            double chance = -expm1(-(p_year + q_year * j / (n - 1.)) / 12), log_choose = 0;
            for (int k = 0; j + k <= n; k++) { /* k of n - j join */
                double odds = exp(log_choose + k * log(chance) + (n - j - k) * log1p(-chance));
                next[j + k] += now[j] * odds;
                log_choose += log((n - j - k) / (k + 1.));
            }
        }
        double *swap = now;
        now = next;
        next = swap;
    }
    double sum = 0, squares = 0;
    for (int j = 0; j <= n; j++) {
        sum += now[j] * j / n;
        squares += now[j] * j / n * j / n;
    }
    *m = sum;
    *sd = sqrt(squares - sum * sum);
    free(now);
    free(next);
}

static void bass_take_up_of_36_firms_has_the_mean_and_spread_of_its_markov_chain(void **state)
{
    (void)state;
    enum { RUNS = 4000 };
    static double share[RUNS];
    double expected, spread;
    setup made = bass_setup(36, 60);
    kl_run run;
    kl_run_init(&run);
    for (int r = 0; r < RUNS; r++) {
        start(&run, &made, SEED, (uint32_t)r);
        play(&run, made.horizon);
        share[r] = kl_run_series(&run, KL_SER_members, 60);
    }
    kl_run_free(&run);
    bass_chain(36, 60, &expected, &spread);
    /* known: mean .318, sd .152 (Monte Carlo of a prototype, 2 % for its monthly step) */
    assert_true(fabs(expected - .318) < .01 && fabs(spread - .152) < .003);
    /* 5 standard errors of a mean and, as the share is nearly normal, of a standard deviation: false alarm 1e-6 */
    assert_true(fabs(mean(share, RUNS) - expected) < 5 * spread / sqrt(RUNS));
    assert_true(fabs(deviation(share, RUNS) - spread) < 5 * spread / sqrt(2. * RUNS));
}

static void with_leaving_the_share_settles_where_joining_and_leaving_balance(void **state)
{
    (void)state;
    const double leaving[] = {.1, .3, .6}; /* a year */
    for (int k = 0; k < 3; k++) {
        double mu = leaving[k], a = q_year - p_year - mu;
        double balance = (a + sqrt(a * a + 4 * p_year * q_year)) / (2 * q_year);
        setup made = bass_setup(4000, 900);
        made.p.rejoin_wait = 0;
        made.p.leave_small = made.p.leave_medium = made.p.leave_large = mu / 12;
        made.p.leave_usage = made.p.leave_trust = made.p.leave_dissatisfied = 0;
        made.p.leave_new_factor = 1;
        double sum = 0;
        kl_run run;
        kl_run_init(&run);
        start(&run, &made, SEED, (uint32_t)k);
        play(&run, made.horizon);
        for (int m = 301; m <= 900; m++)
            sum += kl_run_series(&run, KL_SER_members, m) / 600;
        kl_run_free(&run);
        /* Months instead of a moment: who leaves stays away for at least the rest of the month, chances are 1 - e^-h. Each
         * is below mu/12 = .05 of F (1-F). The mean of 50 years is that of some 20 independent shares of sd below .01. */
        assert_true(fabs(sum - balance) < .01);
    }
}

/* ---- threshold ---- */

/* Share of firms that a single firm brings in, with everybody else waiting for `phi` of their ties. */
static double cascade(kl_run *run, double degree, double phi, uint32_t replicate)
{
    setup made = open_setup(3000);
    made.mechanism = (kl_mechanism){3, {{KL_STAGE_BUILD, 1}, {KL_STAGE_PILOT, 1}, {KL_STAGE_ROLLOUT, 1}}};
    made.p.adoption_rule = kl_adoption_rule_threshold;
    made.p.threshold = phi;
    made.p.threshold_sd = 0;
    made.p.graph = kl_graph_random;
    made.p.degree = degree;
    made.p.pilot_rule = kl_pilot_rule_random;
    made.horizon = 100;
    start(run, &made, SEED, replicate);
    while (run->month < run->horizon) {
        int before = run->state->n_members;
        kl_run_step(run);
        if (run->month > 4 && run->state->n_members == before)
            break; /* nothing moves any more */
    }
    return (double)run->state->n_members / 3000;
}

static int n_cascades(double degree, double phi, int runs)
{
    int n = 0;
    kl_run run;
    kl_run_init(&run);
    for (int r = 0; r < runs; r++)
        n += cascade(&run, degree, phi, (uint32_t)r) > .1;
    kl_run_free(&run);
    return n;
}

/* Watts 2002: one firm can start a global cascade where z P(Poisson(z) <= floor(1/phi) - 2) > 1: mean degree 1.02 to 5.8 at
 * threshold .18, nowhere from .30 on. Inside, a seed succeeds at least as often as a vulnerable firm is in, or tied to, the
 * giant vulnerable component: more than a third of seeds at these degrees; 5 or fewer of 40 then has chance 1.6e-3
 * were it exactly a third, below 1e-9 at the .7 and more that is seen. */
static void threshold_take_up_cascades_inside_the_window_of_watts(void **state)
{
    (void)state;
    assert_true(n_cascades(2, .18, 40) > 5);
    assert_true(n_cascades(3, .18, 40) > 5);
    assert_true(n_cascades(4.5, .18, 40) > 5);
}

static void threshold_take_up_does_not_cascade_outside_the_window_of_watts(void **state)
{
    (void)state;
    assert_int_equal(n_cascades(.7, .18, 40), 0); /* too few ties: components of at most some ten firms */
    assert_int_equal(n_cascades(9, .18, 40), 0);  /* too many: nobody is moved by one tie */
    assert_int_equal(n_cascades(1.6, .30, 40), 0);
    assert_int_equal(n_cascades(4, .30, 40), 0);
}

/* At k/n exactly the threshold is met, for every n: 41 times 1/41 is less than 1 in floats. */
static void a_threshold_is_met_by_exactly_its_share_of_ties(void **state)
{
    (void)state;
    kl_run run;
    kl_run_init(&run);
    for (int n = 3; n <= 120; n++) {
        setup made = open_setup(n);
        made.mechanism = (kl_mechanism){3, {{KL_STAGE_BUILD, 1}, {KL_STAGE_PILOT, 1}, {KL_STAGE_ROLLOUT, 1}}};
        made.p.adoption_rule = kl_adoption_rule_threshold;
        made.p.graph = kl_graph_complete;
        made.p.threshold = (double)(n - 1) / (n - 1); /* all other firms */
        made.p.pilot_firms = n - 1;
        start(&run, &made, SEED, 0);
        play(&run, 4);
        assert_int_equal(run.state->n_members, n);
        made.p.pilot_firms = n - 2;
        start(&run, &made, SEED, 0);
        play(&run, 10);
        assert_int_equal(run.state->n_members, n - 2);
        for (int k = 1; k < n - 1; k += 7) { /* k of n - 1 */
            made.p.threshold = (double)k / (n - 1);
            made.p.pilot_firms = k;
            start(&run, &made, SEED, 0);
            play(&run, 4);
            assert_int_equal(run.state->n_members, n);
        }
    }
    kl_run_free(&run);
}

/* ---- logit, and the clocks ---- */

/* With odds that never change, the month of joining is geometric: chance p each month. */
static void logit_take_up_is_a_bernoulli_trial_a_month(void **state)
{
    (void)state;
    enum { N = 20000 };
    setup made = open_setup(N);
    join_at_once(&made.p);
    made.p.join_intercept = -2;
    double p = 1 / (1 + exp(2)), expected = 0;
    kl_run run;
    kl_run_init(&run);
    start(&run, &made, SEED, 0);
    play(&run, 31);
    for (int m = 1; m <= 30; m++) {
        expected += (1 - expected) * p;
        /* 5 standard errors, 30 times: false alarm 2e-5 */
        double error = sqrt(expected * (1 - expected) / N);
        assert_true(fabs(kl_run_series(&run, KL_SER_members, m) - expected) < 5 * error);
    }
    kl_run_free(&run);
}

static void firms_of_three_sizes_leave_at_their_own_rates_twice_as_fast_at_first(void **state)
{
    (void)state;
    enum { N = 30000 };
    setup made = open_setup(N);
    join_at_once(&made.p);
    made.p.leave_small = .03, made.p.leave_medium = .015, made.p.leave_large = .007;
    made.p.leave_usage = made.p.leave_trust = made.p.leave_dissatisfied = 0;
    made.p.rejoin_wait = 600;
    kl_run run;
    kl_run_init(&run);
    start(&run, &made, SEED, 0);
    play(&run, 14);
    double there[3] = {0}, all[3] = {0};
    for (int i = 0; i < N; i++) {
        kl_firm firm = kl_run_firm(&run, i);
        int size = firm.employees < 50 ? 0 : firm.employees < 250 ? 1 : 2;
        all[size]++;
        there[size] += firm.member;
    }
    kl_run_free(&run);
    const double rate[] = {.03, .015, .007};
    for (int k = 0; k < 3; k++) { /* joined in month 1; months 2 to 4 count double, 5 to 13 once */
        double stay = exp(-rate[k] * (2 * 3 + 9)), error = sqrt(stay * (1 - stay) / all[k]);
        assert_true(fabs(there[k] / all[k] - stay) < 5 * error); /* false alarm 3 x 6e-7 */
    }
}

static void nobody_joins_again_before_the_waiting_time_is_over(void **state)
{
    (void)state;
    const int waits[] = {0, 1, 12};
    for (int k = 0; k < 3; k++) {
        setup made = open_setup(200);
        join_at_once(&made.p);
        made.p.leave_small = made.p.leave_medium = made.p.leave_large = 2; /* nearly everybody, every month */
        made.p.rejoin_wait = waits[k];
        int left[200], seen_shortest = 0;
        for (int i = 0; i < 200; i++)
            left[i] = -1;
        kl_run run;
        kl_run_init(&run);
        start(&run, &made, SEED, 0);
        int was[200] = {0};
        while (run.month < run.horizon) {
            kl_run_step(&run);
            for (int i = 0; i < 200; i++) {
                int is = kl_run_firm(&run, i).member;
                if (was[i] && !is)
                    left[i] = run.month;
                if (!was[i] && is && left[i] >= 0) {
                    assert_true(run.month - left[i] > waits[k]);
                    seen_shortest |= run.month - left[i] == waits[k] + 1;
                }
                was[i] = is;
            }
        }
        assert_true(seen_shortest);
        kl_run_free(&run);
    }
}

/* Bass without leaving: more innovation or imitation only raises hazards, so in every world every firm joins in the same
 * month or earlier, and some earlier. */
static void what_only_raises_hazards_only_brings_first_joinings_forward(void **state)
{
    (void)state;
    enum { N = 80 };
    kl_run low, high;
    kl_run_init(&low);
    kl_run_init(&high);
    int earlier = 0;
    for (uint32_t r = 0; r < 50; r++) {
        setup made = bass_setup(N, 90);
        made.p.graph = (int)(r % 5);
        start(&low, &made, SEED, r);
        made.p.bass_p *= 1.2;
        made.p.bass_q *= 1.1;
        start(&high, &made, SEED, r);
        while (low.month < low.horizon) {
            kl_run_step(&low);
            kl_run_step(&high);
            for (int i = 0; i < N; i++) {
                assert_true(kl_run_firm(&high, i).member >= kl_run_firm(&low, i).member);
                earlier += kl_run_firm(&high, i).member > kl_run_firm(&low, i).member;
            }
        }
    }
    assert_true(earlier > 1000);
    kl_run_free(&low);
    kl_run_free(&high);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bass_take_up_of_many_firms_follows_the_closed_form),
        cmocka_unit_test(bass_take_up_of_36_firms_has_the_mean_and_spread_of_its_markov_chain),
        cmocka_unit_test(with_leaving_the_share_settles_where_joining_and_leaving_balance),
        cmocka_unit_test(threshold_take_up_cascades_inside_the_window_of_watts),
        cmocka_unit_test(threshold_take_up_does_not_cascade_outside_the_window_of_watts),
        cmocka_unit_test(a_threshold_is_met_by_exactly_its_share_of_ties),
        cmocka_unit_test(logit_take_up_is_a_bernoulli_trial_a_month),
        cmocka_unit_test(firms_of_three_sizes_leave_at_their_own_rates_twice_as_fast_at_first),
        cmocka_unit_test(nobody_joins_again_before_the_waiting_time_is_over),
        cmocka_unit_test(what_only_raises_hazards_only_brings_first_joinings_forward),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
