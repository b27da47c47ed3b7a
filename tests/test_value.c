/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Value, synergy and equity: what is nothing must be exactly nothing, sums must be the sums of the firms, and the outcomes
 * must agree with each other. */
#include "model_runs.h"

#include <math.h>
#include <stdlib.h>

static void with_all_channels_off_there_is_exactly_no_synergy(void **state)
{
    (void)state;
    kl_run run;
    kl_run_init(&run);
    for (uint32_t k = 0; k < 200; k++) {
        double outcome[KL_N_OUTCOMES];
        setup made = k < 50 ? default_setup() : random_setup(k, .8, 100);
        made.p.channel_cost = made.p.channel_information = made.p.channel_brand = made.p.channel_markets = 0;
        play_all(&run, &made, k, outcome);
        assert_true(outcome[KL_OUT_synergy] == 0);
        assert_true(outcome[KL_OUT_markets_opened] == outcome[KL_OUT_markets_opened_alone]);
        assert_true(outcome[KL_OUT_innovations] == outcome[KL_OUT_innovations_alone]);
        assert_true(outcome[KL_OUT_goal_attainment] == outcome[KL_OUT_goal_attainment_alone]);
        assert_true(outcome[KL_OUT_value_firms] <= 0 || made.p.fee_subsidy + made.p.onboarding_grant > 0);
    }
    kl_run_free(&run);
}

static void without_an_ecosystem_nothing_differs_from_being_alone(void **state)
{
    (void)state;
    kl_run run;
    kl_run_init(&run);
    for (uint32_t k = 0; k < 100; k++) {
        double outcome[KL_N_OUTCOMES];
        setup made = random_setup(k, .8, 100);
        if (k % 2)
            made.p.ecosystem = 0;
        else
            made.mechanism.n_stages = 0;
        play_all(&run, &made, k, outcome);
        assert_int_equal(run.status, KL_RUN_ALONE);
        assert_true(outcome[KL_OUT_value_firms] == 0 && outcome[KL_OUT_synergy] == 0 &&
                    outcome[KL_OUT_npv_social] == 0);
        assert_true(outcome[KL_OUT_value_platform] == 0 && outcome[KL_OUT_public_spending] == 0);
        assert_true(outcome[KL_OUT_share_worse_off] == 0 && isnan(outcome[KL_OUT_gini]) && isnan(outcome[KL_OUT_bcr]));
        assert_true(outcome[KL_OUT_joins] == 0 && outcome[KL_OUT_breakeven] == -1);
    }
    kl_run_free(&run);
}

static void benefits_exceed_costs_exactly_where_the_net_value_is_positive(void **state)
{
    (void)state;
    int above = 0, below = 0;
    kl_run run;
    kl_run_init(&run);
    for (uint32_t k = 0; k < 300; k++) {
        double outcome[KL_N_OUTCOMES];
        setup made = random_setup(k, .8, 150);
        play_all(&run, &made, k, outcome);
        double bcr = outcome[KL_OUT_bcr], npv = outcome[KL_OUT_npv_social];
        if (isnan(bcr))
            continue;
        assert_int_equal(bcr > 1, npv > 0);
        above += bcr > 1;
        below += bcr < 1;
    }
    assert_true(above > 20 && below > 20);
    kl_run_free(&run);
}

/* Everything that an economist would add up by hand: the private account of the firms, the platform, the government, and the
 * displaced gains, against the social account. Transfers (fees, rebates, grants) must cancel. */
static void the_social_account_is_the_sum_of_the_private_ones_less_externalities(void **state)
{
    (void)state;
    kl_run run;
    kl_run_init(&run);
    for (uint32_t k = 0; k < 200; k++) {
        double o[KL_N_OUTCOMES];
        setup made = random_setup(k, .85, 120);
        made.p.training_cost = 0; /* without an instrument nobody's account bears it */
        play_all(&run, &made, k, o);
        const kl_state *s = run.state;
        double displaced = made.p.displacement * (s->pv_market - s->pv_market_alone);
        double expected = o[KL_OUT_value_firms] + o[KL_OUT_value_platform] - displaced -
                          made.p.public_funds_cost * o[KL_OUT_public_spending];
        double size = fabs(s->pv_benefit) + fabs(s->pv_net) + fabs(s->pv_benefit_alone) + s->pv_cost + s->pv_budget;
        assert_true(fabs(o[KL_OUT_npv_social] - expected) < 2e-6 * size);
    }
    kl_run_free(&run);
}

/* Private value of the firms: their net benefits, discounted, firm by firm and month by month. */
static void value_is_the_discounted_sum_of_what_replay_shows(void **state)
{
    (void)state;
    setup made = default_setup(), alone = default_setup();
    alone.p.ecosystem = 0;
    kl_run run, twin;
    kl_run_init(&run);
    kl_run_init(&twin);
    start(&run, &made, SEED, 5);
    start(&twin, &alone, SEED, 5);
    double value = 0, value_alone = 0, size = 0, o[KL_N_OUTCOMES], gain[54], worse = 0, total = 0, gini = 0, small = 0;
    for (int i = 0; i < 54; i++)
        gain[i] = 0;
    for (int m = 0; m < 60; m++) {
        kl_run_step(&run);
        kl_run_step(&twin);
        for (int i = 0; i < 54; i++) {
            double now = kl_run_firm(&run, i).net_benefit, then = kl_run_firm(&twin, i).net_benefit;
            value += now * pow(1.09, -m / 12.);
            value_alone += then * pow(1.09, -m / 12.);
            gain[i] += (now - then) * pow(1.09, -m / 12.);
            size += fabs(now);
        }
    }
    kl_run_outcomes(&run, o);
    assert_true(fabs(o[KL_OUT_value_alone] - value_alone) < 1e-6 * size);
    assert_true(fabs(o[KL_OUT_value_firms] - (value - value_alone)) < 1e-6 * size);
    for (int i = 0; i < 54; i++) {
        worse += gain[i] < 0;
        gain[i] = fmax(0, gain[i]);
        total += gain[i];
        small += kl_run_firm(&run, i).employees < 50 ? gain[i] : 0;
    }
    for (int i = 0; i < 54; i++) /* half the mean difference of all pairs, over the mean */
        for (int k = 0; k < 54; k++)
            gini += fabs(gain[i] - gain[k]) / (2 * 54 * total);
    assert_true(fabs(o[KL_OUT_gini] - gini) < 1e-5);
    assert_true(fabs(o[KL_OUT_gain_share_small] - small / total) < 1e-5);
    assert_true(fabs(o[KL_OUT_share_worse_off] - worse / 54) < 1e-12);
    kl_run_free(&run);
    kl_run_free(&twin);
}

/* Gini and the other ratios do not know the currency: all amounts of money times 8. */
static void ratios_are_free_of_the_currency(void **state)
{
    (void)state;
    static const kl_param_id money[] = {
        KL_PARAM_revenue_per_employee, KL_PARAM_capex,         KL_PARAM_capex_ref, KL_PARAM_opex, KL_PARAM_reserve,
        KL_PARAM_onboarding,           KL_PARAM_training_cost, KL_PARAM_sunk_cost};
    static const kl_outcome_id ratios[] = {KL_OUT_gini,          KL_OUT_gain_share_small, KL_OUT_share_worse_off,
                                           KL_OUT_saving_joint,  KL_OUT_saving_net,       KL_OUT_bcr,
                                           KL_OUT_synergy_ratio, KL_OUT_breakeven,        KL_OUT_members_final};
    kl_run run;
    kl_run_init(&run);
    for (uint32_t r = 0; r < 20; r++) {
        double usd[KL_N_OUTCOMES], other[KL_N_OUTCOMES];
        setup made = default_setup();
        play_all(&run, &made, r, usd);
        for (size_t k = 0; k < sizeof money / sizeof money[0]; k++)
            assert_int_equal(kl_params_set(&made.p, money[k], 8 * kl_params_get(&made.p, money[k])), KL_OK);
        play_all(&run, &made, r, other);
        for (size_t k = 0; k < sizeof ratios / sizeof ratios[0]; k++) {
            double a = usd[ratios[k]], b = other[ratios[k]];
            /* budgets go through a power of relative revenue: rounding, no more */
            assert_true((isnan(a) && isnan(b)) || fabs(a - b) <= 1e-4 * fmax(1e-2, fabs(a)));
        }
        assert_true(fabs(other[KL_OUT_synergy] / usd[KL_OUT_synergy] - 8) < 1e-3);
    }
    kl_run_free(&run);
}

/* Series and outcomes tell the same story. */
static void outcomes_at_maturity_are_means_of_the_last_12_months(void **state)
{
    (void)state;
    static const struct {
        kl_outcome_id outcome;
        kl_series_id series;
    } pairs[] = {{KL_OUT_member_share, KL_SER_members},  {KL_OUT_usage, KL_SER_usage},
                 {KL_OUT_reach_firm, KL_SER_reach_firm}, {KL_OUT_reach_cluster, KL_SER_reach_cluster},
                 {KL_OUT_brand, KL_SER_brand},           {KL_OUT_information, KL_SER_information}};
    kl_run run;
    kl_run_init(&run);
    for (uint32_t r = 0; r < 30; r++) {
        double o[KL_N_OUTCOMES];
        setup made = default_setup();
        made.horizon = r < 5 ? 1 : r < 10 ? 7 : 60;
        play_all(&run, &made, r, o);
        int months = made.horizon < 12 ? made.horizon : 12;
        for (size_t k = 0; k < sizeof pairs / sizeof pairs[0]; k++) {
            double sum = 0;
            int n = 0;
            for (int m = made.horizon - months; m < made.horizon; m++) {
                double x = kl_run_series(&run, pairs[k].series, m);
                sum += isnan(x) ? 0 : x;
                n += !isnan(x);
            }
            double got = o[pairs[k].outcome];
            assert_true(n == 0 ? isnan(got) : fabs(got - sum / n) < 1e-12);
        }
        if (r < 5) /* in the first month nothing is built; a series is kept in float */
            assert_true(fabs(o[KL_OUT_reach_cluster_alone] - o[KL_OUT_reach_cluster]) < 0x1p-24);
        /* joint saving: of the money, not the mean of monthly rates */
        assert_true(isnan(o[KL_OUT_saving_joint]) ||
                    fabs(o[KL_OUT_saving_joint_all]) <= fabs(o[KL_OUT_saving_joint]) + 1e-9);
        assert_true(isnan(o[KL_OUT_saving_net]) || o[KL_OUT_saving_net] < o[KL_OUT_saving_joint] + 1e-9);
        assert_true(isnan(o[KL_OUT_saving_gross]) || o[KL_OUT_saving_gross] >= o[KL_OUT_saving_joint]);
    }
    kl_run_free(&run);
}

/* The month from which the cumulated net benefit stays above zero, read off the series. */
static void breakeven_is_the_month_from_which_the_sum_stays_positive(void **state)
{
    (void)state;
    int found = 0;
    kl_run run;
    kl_run_init(&run);
    for (uint32_t r = 0; r < 60; r++) {
        double o[KL_N_OUTCOMES];
        setup made = default_setup();
        play_all(&run, &made, r, o);
        int month = -1;
        for (int m = 0; m < 60; m++) {
            double sum = kl_run_series(&run, KL_SER_net_benefit, m);
            if (!(sum > 0))
                month = -1;
            else if (month < 0)
                month = m + 1;
        }
        assert_true(o[KL_OUT_breakeven] == month);
        found += month > 0;
    }
    assert_true(found > 10 && found < 60);
    kl_run_free(&run);
}

/* ---- statistics of many runs ---- */

static void collect(const setup *made, int runs, kl_outcome_id id, double *x)
{
    kl_run run;
    kl_run_init(&run);
    for (int r = 0; r < runs; r++) {
        double o[KL_N_OUTCOMES];
        play_all(&run, made, (uint32_t)r, o);
        x[r] = o[id];
    }
    kl_run_free(&run);
}

/* The spread of means of blocks of 8 runs over that of single runs is 1/sqrt(8). From 100 blocks the ratio of variances has a
 * relative standard error of about sqrt(2/99 + 2/799) = .15 were the values normal: within a factor of 1.9 either way,
 * false alarm below 1e-4. */
static void the_standard_error_falls_with_the_root_of_the_runs(void **state)
{
    (void)state;
    enum { RUNS = 800, BLOCK = 8 };
    static double x[RUNS], block[RUNS / BLOCK];
    setup made = default_setup();
    collect(&made, RUNS, KL_OUT_member_share, x);
    for (int b = 0; b < RUNS / BLOCK; b++)
        block[b] = mean(x + BLOCK * b, BLOCK);
    double ratio = pow(deviation(block, RUNS / BLOCK) / deviation(x, RUNS), 2) * BLOCK;
    assert_true(ratio > 1 / 1.9 && ratio < 1.9);
}

/* A lower fee in the same worlds: the variance of the difference is far below the sum of the variances, which is what unpaired
 * worlds would give. 300 pairs; a true ratio of 1 would have a standard error of .12, so 1/4 is 6 of them below. */
static void paired_differences_vary_less_than_unpaired(void **state)
{
    (void)state;
    enum { RUNS = 300 };
    static double a[RUNS], b[RUNS], paired[RUNS];
    setup made = default_setup();
    made.p.gate = 0;
    made.p.reserve = 1e9;
    collect(&made, RUNS, KL_OUT_saving_joint, a);
    made.p.fee = .02;
    collect(&made, RUNS, KL_OUT_saving_joint, b);
    for (int r = 0; r < RUNS; r++)
        paired[r] = b[r] - a[r];
    double unpaired = pow(deviation(a, RUNS), 2) + pow(deviation(b, RUNS), 2);
    assert_true(pow(deviation(paired, RUNS), 2) < unpaired / 4);
    assert_true(deviation(paired, RUNS) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(with_all_channels_off_there_is_exactly_no_synergy),
        cmocka_unit_test(without_an_ecosystem_nothing_differs_from_being_alone),
        cmocka_unit_test(benefits_exceed_costs_exactly_where_the_net_value_is_positive),
        cmocka_unit_test(the_social_account_is_the_sum_of_the_private_ones_less_externalities),
        cmocka_unit_test(value_is_the_discounted_sum_of_what_replay_shows),
        cmocka_unit_test(ratios_are_free_of_the_currency),
        cmocka_unit_test(outcomes_at_maturity_are_means_of_the_last_12_months),
        cmocka_unit_test(breakeven_is_the_month_from_which_the_sum_stays_positive),
        cmocka_unit_test(the_standard_error_falls_with_the_root_of_the_runs),
        cmocka_unit_test(paired_differences_vary_less_than_unpaired),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
