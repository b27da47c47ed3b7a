/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The joint campaign against what must hold exactly: economies of scale, allocations, learning, coordination; and the account
 * of the platform. */
#include "model_runs.h"

#include <math.h>

/* A cluster whose firms all joined in month 1 and play month 2. */
static void play_members(kl_run *run, const setup *made)
{
    start(run, made, SEED, 0);
    play(run, 3);
    assert_int_equal(run->state->n_members, made->p.firms);
}

static double saving(kl_run *run, const setup *made)
{
    play_members(run, made);
    return kl_run_series(run, KL_SER_saving_joint, 2);
}

static void a_single_member_constant_returns_or_nothing_shareable_save_exactly_nothing(void **state)
{
    (void)state;
    kl_run run;
    kl_run_init(&run);
    setup alone = equal_setup(1), linear = equal_setup(37), nothing = equal_setup(37);
    assert_true(saving(&run, &alone) == 0);
    linear.p.scale_elasticity = 1;
    linear.p.budget_sd = .5; /* whatever the sizes */
    assert_true(fabs(saving(&run, &linear)) < 1e-7);
    nothing.p.shareable = 0;
    assert_true(saving(&run, &nothing) == 0);
    kl_run_free(&run);
}

static void n_equal_firms_save_sigma_times_1_less_n_to_the_eps_less_1(void **state)
{
    (void)state;
    const int sizes[] = {2, 3, 17, 54, 119, 395, 5000};
    const double elasticities[] = {0, .0005, .002, .1, .5, .65, .8, .9, .999};
    kl_run run;
    kl_run_init(&run);
    for (int k = 0; k < 7; k++)
        for (int e = 0; e < 9; e++) {
            setup made = equal_setup(sizes[k]);
            made.p.scale_elasticity = elasticities[e];
            made.p.shareable = .3 + .05 * e;
            double eps = elasticities[e] < .001 ? 0 : elasticities[e]; /* below .001 it counts as a pure joint good */
            double expected = made.p.shareable * (1 - pow(sizes[k], eps - 1));
            assert_true(fabs(saving(&run, &made) - expected) < 2e-6);
            assert_true(fabs(kl_run_firm(&run, 0).saving_joint - expected) < 2e-6);
        }
    kl_run_free(&run);
}

/* One giant among dwarfs: the giant's own cost is nearly all of the joint cost. */
static void a_giant_among_dwarfs_gains_little(void **state)
{
    (void)state;
    setup made = equal_setup(40);
    kl_run run;
    kl_run_init(&run);
    double equal = saving(&run, &made);
    made.p.anchor_share = .95;
    made.p.budget_elasticity = 1;
    play_members(&run, &made);
    double giant = kl_run_firm(&run, 0).saving_joint;
    /* 39 dwarfs of v, a giant of 19 x 39 v: C = v (39 + 741^(1/eps))^eps, shared in proportion */
    double v = 741, cost = pow(39 + pow(v, 1 / .65), .65);
    assert_true(fabs(giant - .55 * (1 - cost / (v + 39))) < 1e-5);
    assert_true(giant < .15 * equal);
    kl_run_free(&run);
}

/* Net saving = sigma (1 - n^(eps-1)) - kappa (n-1)^(gamma-1) (1.5 - T) - fee: rises, then falls, once. */
static void net_saving_has_a_single_peak_in_size(void **state)
{
    (void)state;
    kl_run run;
    kl_run_init(&run);
    double last = -1;
    int turned = 0;
    for (int n = 1; n <= 4096; n *= 2) {
        setup made = equal_setup(n);
        made.p.trust_a = made.p.trust_b = 50;
        play_members(&run, &made);
        double net = kl_run_series(&run, KL_SER_saving_net, 2), trust = 0;
        for (int i = 0; i < n; i++)
            trust += kl_run_firm(&run, i).trust / n;
        double expected = .55 * (1 - pow(n, -.35)) - (n > 1 ? .005 * sqrt(n - 1) * (1.5 - trust) : 0) - .03;
        assert_true(fabs(net - expected) < 2e-6);
        assert_true(!turned || net < last);
        turned |= net < last;
        last = net;
    }
    assert_true(turned);
    kl_run_free(&run);
}

/* ---- allocation ---- */

static setup varied_setup(int n_firms)
{
    setup made = default_setup();
    made.mechanism = open_setup(1).mechanism;
    made.p.firms = n_firms;
    made.p.pilot_firms = 1;
    made.p.opex = 0;
    made.p.waves = 1;
    made.p.join_intercept = 10;
    made.p.leave_small = made.p.leave_medium = made.p.leave_large = 0;
    return made;
}

static double norm(const double *v, int n, double eps)
{
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += pow(v[i], 1 / eps);
    return pow(sum, eps);
}

static void every_allocation_sums_to_the_joint_cost(void **state)
{
    (void)state;
    kl_run run;
    kl_run_init(&run);
    for (int rule = 0; rule < 3; rule++)
        for (int n = 2; n <= 200; n += 33) {
            setup made = varied_setup(n);
            made.p.allocation = rule;
            start(&run, &made, SEED, (uint32_t)n);
            double v[200];
            while (run.month < 30) {
                kl_run_step(&run);
                const kl_state *s = run.state;
                double spent = 0, saved = 0, hetero = 1, members = s->n_members;
                for (int i = 0; i < n; i++) {
                    v[i] = (double)(s->usage[i] * s->shareable[i] * s->budget[i]);
                    spent += v[i];
                    saved += kl_run_firm(&run, i).saving_joint * kl_run_firm(&run, i).budget;
                }
                if (members < 2)
                    continue;
                for (int k = 0; k < 4; k++) {
                    double in_sector = 0;
                    for (int i = 0; i < n; i++)
                        in_sector += s->member[i] > 0 && s->sector[i] == k;
                    hetero -= in_sector * in_sector / members / members;
                }
                /* the first joint month has no experience yet */
                double months = s->campaign_months - 1, learnt = pow(1 + months / 3, log2(.95));
                double cost = norm(v, n, .65) * learnt * (1 + .1 * hetero);
                assert_true(fabs(spent - saved - cost) < 3e-6 * spent);
            }
        }
    kl_run_free(&run);
}

/* Which of the 2^10 - 1 coalitions would pay less on their own? Also counts single firms among them. */
static int n_objecting(kl_run *run, int allocation, double eps, double spread, uint32_t replicate, int *single)
{
    setup made = varied_setup(10);
    made.p.heterogeneity = 0;
    made.p.progress_ratio = 1;
    made.p.budget_sd = spread;
    made.p.allocation = allocation;
    made.p.scale_elasticity = eps;
    start(run, &made, SEED, replicate);
    play(run, 20);
    assert_int_equal(run->state->n_members, 10);
    double v[10], share[10];
    int objecting = 0;
    for (int i = 0; i < 10; i++) {
        v[i] = (double)run->state->spent[i];
        share[i] = v[i] - (double)run->state->saved[i];
    }
    for (int coalition = 1; coalition < 1024; coalition++) {
        double own[10], pays = 0;
        int n = 0;
        for (int i = 0; i < 10; i++)
            if (coalition >> i & 1) {
                own[n++] = v[i];
                pays += share[i];
            }
        int objects = pays > norm(own, n, eps) * (1 + 1e-4);
        objecting += objects;
        *single += objects && n == 1;
    }
    return objecting;
}

/* The p-norm is no function of the total alone, so it is the Aumann-Shapley price that lies in the core: coalition S pays
 * C(N) (C(S)/C(N))^p <= C(S), as C(S) <= C(N) and p = 1/eps >= 1. In proportion to spending nobody pays more than alone, and
 * firms of nearly one size have no better coalition; but small firms together may do better without a giant. */
static void the_equal_price_allocation_lies_in_the_core(void **state)
{
    (void)state;
    int single = 0;
    kl_run run;
    kl_run_init(&run);
    for (uint32_t r = 0; r < 10; r++)
        assert_int_equal(n_objecting(&run, kl_allocation_equal_price, .3 + .06 * r, 1.5, r, &single), 0);
    kl_run_free(&run);
}

static void the_proportional_allocation_lies_in_the_core_for_equal_firms_and_is_rational_for_each(void **state)
{
    (void)state;
    int single = 0, objecting = 0;
    kl_run run;
    kl_run_init(&run);
    setup made = equal_setup(10);
    play_members(&run, &made);
    for (int n = 1; n <= 10; n++)
        assert_true(n * pow(10, .65 - 1) <= pow(n, .65) * (1 + 1e-12) &&
                    fabs((double)(run.state->spent[0] - run.state->saved[0]) / (double)run.state->spent[0] -
                         pow(10, -.35)) < 1e-6);
    for (uint32_t r = 0; r < 10; r++)
        objecting += n_objecting(&run, kl_allocation_proportional, .3 + .06 * r, 1.5, r, &single);
    assert_int_equal(single, 0);
    assert_true(objecting > 100); /* no core among unequal firms */
    kl_run_free(&run);
}

/* Price of a unit of spending = marginal cost: share of i is v_i dC/dv_i, as C is homogeneous of degree one. */
static void the_equal_price_allocation_charges_marginal_costs(void **state)
{
    (void)state;
    kl_run run;
    kl_run_init(&run);
    setup made = varied_setup(12);
    made.p.heterogeneity = 0;
    made.p.progress_ratio = 1;
    made.p.allocation = kl_allocation_equal_price;
    start(&run, &made, SEED, 3);
    play(&run, 20);
    double v[12], cost;
    for (int i = 0; i < 12; i++)
        v[i] = (double)run.state->spent[i];
    cost = norm(v, 12, .65);
    for (int i = 0; i < 12; i++) {
        double at = v[i], step = 1e-4 * at;
        v[i] = at + step;
        double more = norm(v, 12, .65);
        v[i] = at - step;
        double marginal = (more - norm(v, 12, .65)) / (2 * step);
        v[i] = at;
        assert_true(fabs(at - (double)run.state->saved[i] - at * marginal) < 1e-5 * cost);
    }
    kl_run_free(&run);
}

static void the_equal_split_charges_everybody_the_same(void **state)
{
    (void)state;
    kl_run run;
    kl_run_init(&run);
    setup made = varied_setup(12);
    made.p.allocation = kl_allocation_equal_split;
    start(&run, &made, SEED, 3);
    play(&run, 20);
    const kl_state *s = run.state;
    double first = (double)s->spent[0] - (double)s->saved[0];
    for (int i = 0; i < 12; i++)
        assert_true(fabs((double)s->spent[i] - (double)s->saved[i] - first) <
                    1e-5 * (double)(s->spent[i] + s->spent[0]));
    kl_run_free(&run);
}

/* ---- learning ---- */

static void each_doubling_of_experience_lowers_the_cost_by_the_progress_ratio(void **state)
{
    (void)state;
    setup made = equal_setup(30);
    made.p.progress_ratio = .9;
    made.p.learning_floor = .7;
    kl_run run;
    kl_run_init(&run);
    start(&run, &made, SEED, 0);
    play(&run, 2); /* first joint month: experience 0 quarters */
    double cost[50];
    for (int m = 0; m < 50; m++) {
        cost[m] = run.state->joint_cost;
        kl_run_step(&run);
    }
    kl_run_free(&run);
    /* 1 + quarters: 1, 2, 4, 8 after 0, 3, 9, 21 months */
    assert_true(fabs(cost[3] / cost[0] - .9) < 1e-9);
    assert_true(fabs(cost[9] / cost[3] - .9) < 1e-9);
    assert_true(fabs(cost[21] / cost[9] - .9) < 1e-9);
    assert_true(fabs(cost[49] / cost[0] - .7) < 1e-9); /* .9^4.1 = .65 */
}

/* ---- platform ---- */

static void the_platform_closes_after_so_many_months_below_zero_and_not_before(void **state)
{
    (void)state;
    for (int months = 1; months <= 7; months += 3) {
        setup made = equal_setup(10);
        made.p.fee = 0;
        made.p.opex = 12000;
        made.p.reserve = 4000; /* paid in month 0 to 3, to exactly 0; below zero from month 4 on */
        made.p.insolvency_months = months;
        double outcome[KL_N_OUTCOMES];
        kl_run run;
        kl_run_init(&run);
        play_all(&run, &made, 0, outcome);
        assert_int_equal(run.status, KL_RUN_INSOLVENT);
        assert_true(outcome[KL_OUT_month_closed] == 4 + months); /* from 1: month index 3 + months */
        assert_true(outcome[KL_OUT_members_final] == 0);
        assert_true(outcome[KL_OUT_churn] == 0); /* being sent home is none */
        assert_true(fabs(outcome[KL_OUT_cash_lowest] - (4000 - 1000 * (4 + months))) < 1e-6);
        assert_true(kl_run_series(&run, KL_SER_members, 3 + months) == 1);
        assert_true(kl_run_series(&run, KL_SER_members, 4 + months) == 0);
        kl_run_free(&run);
    }
}

static void the_account_holds_reserve_and_fees_less_running_costs(void **state)
{
    (void)state;
    setup made = equal_setup(25);
    made.p.opex = 60000;
    made.p.fee = .04;
    kl_run run;
    kl_run_init(&run);
    start(&run, &made, SEED, 0);
    play(&run, 40);
    double budget = 25 * kl_run_firm(&run, 0).budget;
    /* opex from the build in month 0 on, fees from month 1 on */
    double expected = made.p.reserve - 40 * 5000 + 39 * .04 * budget;
    assert_true(fabs(kl_run_series(&run, KL_SER_account, 39) / expected - 1) < 1e-5);
    kl_run_free(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_single_member_constant_returns_or_nothing_shareable_save_exactly_nothing),
        cmocka_unit_test(n_equal_firms_save_sigma_times_1_less_n_to_the_eps_less_1),
        cmocka_unit_test(a_giant_among_dwarfs_gains_little),
        cmocka_unit_test(net_saving_has_a_single_peak_in_size),
        cmocka_unit_test(every_allocation_sums_to_the_joint_cost),
        cmocka_unit_test(the_equal_price_allocation_lies_in_the_core),
        cmocka_unit_test(the_proportional_allocation_lies_in_the_core_for_equal_firms_and_is_rational_for_each),
        cmocka_unit_test(the_equal_price_allocation_charges_marginal_costs),
        cmocka_unit_test(the_equal_split_charges_everybody_the_same),
        cmocka_unit_test(each_doubling_of_experience_lowers_the_cost_by_the_progress_ratio),
        cmocka_unit_test(the_platform_closes_after_so_many_months_below_zero_and_not_before),
        cmocka_unit_test(the_account_holds_reserve_and_fees_less_running_costs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
