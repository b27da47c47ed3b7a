/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Policy instruments: each does what it says, is paid for, and stops at the budget. */
#include "model_runs.h"

#include <math.h>
#include <string.h>

static const struct {
    kl_param_id id;
    double value;
} instruments[] = {
    {KL_PARAM_capex_grant, 1e5},      {KL_PARAM_opex_support, .6},     {KL_PARAM_fee_subsidy, .5},
    {KL_PARAM_onboarding_grant, .8},  {KL_PARAM_training_seats, 10},   {KL_PARAM_training_voucher, .3},
    {KL_PARAM_expert_fit, .5},        {KL_PARAM_exchange_sharing, .4}, {KL_PARAM_entry_subsidy, .7},
    {KL_PARAM_campaign_optimism, .1}, {KL_PARAM_campaign_rate, .3},
};
#define N_INSTRUMENTS ((int)(sizeof instruments / sizeof instruments[0]))

static setup with_instrument(int k)
{
    setup made = default_setup();
    made.p.gate = 0;
    made.p.reserve = 2e6;
    assert_int_equal(kl_params_set(&made.p, instruments[k].id, instruments[k].value), KL_OK);
    return made;
}

static setup with_all(void)
{
    setup made = with_instrument(0);
    for (int k = 1; k < N_INSTRUMENTS; k++)
        assert_int_equal(kl_params_set(&made.p, instruments[k].id, instruments[k].value), KL_OK);
    return made;
}

/* Same bits in every outcome and every month of every series? NaN equals NaN. */
static int same_run(const setup *a, const setup *b, uint32_t replicate)
{
    double x[KL_N_OUTCOMES], y[KL_N_OUTCOMES];
    kl_run first, second;
    kl_run_init(&first);
    kl_run_init(&second);
    play_all(&first, a, replicate, x);
    play_all(&second, b, replicate, y);
    int same = memcmp(x, y, sizeof x) == 0;
    for (int k = 0; k < KL_N_SERIES; k++)
        same &= memcmp(first.state->series[k], second.state->series[k], sizeof(float) * (size_t)a->horizon) == 0;
    kl_run_free(&first);
    kl_run_free(&second);
    return same;
}

static void without_public_money_no_instrument_changes_a_bit(void **state)
{
    (void)state;
    setup none = with_instrument(0);
    none.p.capex_grant = 0;
    for (int k = 0; k < N_INSTRUMENTS; k++)
        for (uint32_t r = 0; r < 5; r++) {
            setup made = with_instrument(k);
            made.p.public_budget = 0;
            assert_true(same_run(&none, &made, r));
            made.p.public_budget = 1e9;
            made.p.policy_start = 60; /* never */
            assert_true(same_run(&none, &made, r));
            made.p.policy_start = 0;
            assert_false(same_run(&none, &made, r)); /* so the above can fail */
        }
}

static void public_money_stops_at_the_budget_to_the_cent(void **state)
{
    (void)state;
    kl_run run;
    kl_run_init(&run);
    for (uint32_t r = 0; r < 60; r++) {
        setup made = with_all();
        made.p.public_budget = 3000. * (r + 1) * (r % 5 + 1);
        double last = 0, discounted = 0, o[KL_N_OUTCOMES];
        start(&run, &made, SEED, r);
        for (int m = 0; m < 60; m++) {
            kl_run_step(&run);
            double so_far = run.state->public_total;
            assert_true(so_far <= made.p.public_budget && so_far >= last);
            discounted += (kl_run_series(&run, KL_SER_public_spending, m) -
                           (m > 0 ? kl_run_series(&run, KL_SER_public_spending, m - 1) : 0)) *
                          pow(1.09, -m / 12.);
            last = so_far;
        }
        kl_run_outcomes(&run, o);
        assert_true(last == made.p.public_budget); /* these instruments can spend any of these budgets */
        assert_true(fabs(o[KL_OUT_public_spending] - discounted) < 1e-6 * discounted + .1); /* series are floats */
    }
    kl_run_free(&run);
}

static void a_capex_grant_raises_quality_as_own_money_would(void **state)
{
    (void)state;
    for (double grant = 0; grant < 4e5; grant += 9e4) {
        setup made = open_setup(5);
        made.p.capex_grant = grant;
        kl_run run;
        kl_run_init(&run);
        start(&run, &made, SEED, 0);
        play(&run, 1);
        assert_true(fabs(run.state->quality - .95 * (1 - exp(-(120e3 + grant) / 60e3)) * .75) < 1e-12);
        assert_true(fabs(kl_run_series(&run, KL_SER_public_spending, 0) - grant) < .1);
        kl_run_free(&run);
    }
}

static void running_cost_support_fades_in_a_straight_line(void **state)
{
    (void)state;
    setup made = equal_setup(8);
    made.p.fee = 0;
    made.p.opex = 120000;
    made.p.reserve = 1e7;
    made.p.opex_support = .8;
    made.p.opex_support_months = 20;
    made.p.policy_start = 4;
    kl_run run;
    kl_run_init(&run);
    start(&run, &made, SEED, 0);
    double account = 1e7;
    for (int m = 0; m < 40; m++) {
        kl_run_step(&run);
        double support = m < 4 || m >= 24 ? 0 : .8 * (1 - (m - 4) / 20.);
        account += -10000 + 10000 * support;
        assert_true(fabs(run.state->account - account) < 1e-6);
    }
    kl_run_free(&run);
}

/* Who is reached: the claims of a firm are drawn once; the target group is what it says. */
static void firm_level_instruments_reach_the_claimants_of_the_target_group(void **state)
{
    (void)state;
    enum { N = 5000 };
    kl_run run;
    kl_run_init(&run);
    for (int target = 0; target < 3; target++) {
        setup made = open_setup(N);
        join_at_once(&made.p);
        made.p.fee_subsidy = .5;
        made.p.subsidy_target = target;
        made.p.take_up = .6;
        start(&run, &made, SEED, 0);
        play(&run, 2);
        double in_group = 0, served = 0;
        for (int i = 0; i < N; i++) {
            kl_firm firm = kl_run_firm(&run, i);
            int in = target == kl_subsidy_target_all || (target == kl_subsidy_target_small && firm.employees < 50) ||
                     (target == kl_subsidy_target_exporters && firm.exporter);
            int reached = run.state->fee_net[i] < .02f;
            assert_true(in || !reached);
            in_group += in;
            served += reached;
        }
        /* 5 standard errors, three times: false alarm 2e-6 */
        assert_true(fabs(served / in_group - .6) < 5 * sqrt(.6 * .4 / in_group));
    }
    kl_run_free(&run);
}

/* A rebate costs the public what it saves the firms, and the platform nothing. */
static void a_fee_subsidy_moves_money_from_the_public_to_the_firms(void **state)
{
    (void)state;
    setup made = equal_setup(30), none = equal_setup(30);
    made.p.fee_subsidy = .4;
    made.p.take_up = 1;
    made.p.fee_subsidy_months = 10;
    double with[KL_N_OUTCOMES], without[KL_N_OUTCOMES];
    kl_run run;
    kl_run_init(&run);
    play_all(&run, &made, 0, with);
    play_all(&run, &none, 0, without);
    assert_true(fabs(with[KL_OUT_value_platform] - without[KL_OUT_value_platform]) <
                1e-4 * fabs(with[KL_OUT_value_platform]));
    double gain = with[KL_OUT_value_firms] - without[KL_OUT_value_firms];
    assert_true(with[KL_OUT_public_spending] > 0);
    assert_true(fabs(gain - with[KL_OUT_public_spending]) < 1e-4 * with[KL_OUT_public_spending] + 1);
    assert_true(fabs(with[KL_OUT_synergy] - without[KL_OUT_synergy]) < 1e-6 * fabs(with[KL_OUT_synergy]));
    kl_run_free(&run);
}

/* Nothing feeds back here but peers: subsidies only raise the odds of joining, so in every world no firm joins later. */
static void a_subsidy_that_only_raises_the_odds_brings_every_first_joining_forward(void **state)
{
    (void)state;
    enum { N = 60 };
    static const kl_param_id subsidies[] = {KL_PARAM_fee_subsidy, KL_PARAM_onboarding_grant};
    kl_run without, with;
    kl_run_init(&without);
    kl_run_init(&with);
    for (int k = 0; k < 2; k++) {
        int earlier = 0;
        for (uint32_t r = 0; r < 40; r++) {
            setup made = default_setup();
            made.p.firms = N;
            made.p.gate = 0;
            made.p.opex = 0;
            made.p.join_belief = 20;
            made.p.belief_rate = made.p.belief_rate_others = made.p.trust_gain = made.p.trust_loss = 0;
            made.p.leave_small = made.p.leave_medium = made.p.leave_large = 0;
            made.p.fee = .1;
            start(&without, &made, SEED, r);
            assert_int_equal(kl_params_set(&made.p, subsidies[k], 1), KL_OK);
            start(&with, &made, SEED, r);
            while (with.month < 60) {
                kl_run_step(&with);
                kl_run_step(&without);
                for (int i = 0; i < N; i++) {
                    assert_true(with.state->member[i] >= without.state->member[i]);
                    earlier += with.state->member[i] > without.state->member[i];
                }
            }
        }
        assert_true(earlier > 500);
    }
    kl_run_free(&with);
    kl_run_free(&without);
}

static int n_trained(kl_run *run, const setup *made, int months)
{
    int n = 0;
    start(run, made, SEED, 1);
    play(run, months);
    for (int i = 0; i < run->n_firms; i++)
        n += kl_run_firm(run, i).trained;
    return n;
}

static void training_seats_and_vouchers_train_as_many_as_they_can(void **state)
{
    (void)state;
    kl_run run;
    kl_run_init(&run);
    setup made = open_setup(200);
    made.mechanism.stage[1].months = 59; /* training is part of roll-out and optimisation */
    made.p.training_capacity = 7;
    made.p.training_attendance = 1;
    assert_int_equal(n_trained(&run, &made, 4), 3 * 7); /* invited from month 1 on */
    assert_true(run.state->public_total == 0);
    made.p.training_seats = 13;
    assert_int_equal(n_trained(&run, &made, 4), 3 * 20);
    assert_true(run.state->public_total == 3 * 20 * 500);
    made.p.training_attendance = .5;
    int some = n_trained(&run, &made, 4);
    assert_true(some > 12 && some < 48); /* Binomial(60, .5): 4.6 standard deviations, false alarm 5e-6 */
    made.p.training_voucher = .5;
    assert_int_equal(n_trained(&run, &made, 4), 3 * 20);
    assert_int_equal(n_trained(&run, &made, 60), 200); /* nobody twice */
    assert_true(run.state->public_total == 200 * 500);
    kl_run_free(&run);
}

static void experts_speed_up_the_fit_while_they_are_paid(void **state)
{
    (void)state;
    setup made = open_setup(5);
    made.mechanism = (kl_mechanism){3, {{KL_STAGE_ASSESS, 6}, {KL_STAGE_BUILD, 1}, {KL_STAGE_ROLLOUT, 1}}};
    made.p.expert_fit = .5;
    made.p.expert_cost = 8000;
    made.p.public_budget = 8000 * 2 + 7999; /* two months and not quite a third */
    kl_run run;
    kl_run_init(&run);
    start(&run, &made, SEED, 0);
    play(&run, 6);
    assert_true(fabs(run.state->fit - (1 - .5 * exp(-6 * .25 - 2 * .5))) < 1e-12);
    kl_run_free(&run);
}

/* Sums over 60 worlds, common to both arms; the effect is tens of entries a world, its paired spread a few. */
static double total_over_worlds(const setup *made, kl_outcome_id id)
{
    double sum = 0, o[KL_N_OUTCOMES];
    kl_run run;
    kl_run_init(&run);
    for (uint32_t r = 0; r < 60; r++) {
        play_all(&run, made, r, o);
        sum += isnan(o[id]) ? 0 : o[id];
    }
    kl_run_free(&run);
    return sum;
}

static void exchange_and_entry_subsidies_open_markets_and_communication_raises_take_up(void **state)
{
    (void)state;
    setup none = with_instrument(0), exchange = with_instrument(7), entry = with_instrument(8);
    setup told = with_instrument(9);
    none.p.capex_grant = 0;
    double markets = total_over_worlds(&none, KL_OUT_markets_opened);
    assert_true(total_over_worlds(&exchange, KL_OUT_markets_opened) > markets + 60);
    assert_true(total_over_worlds(&entry, KL_OUT_markets_opened) > markets + 60);
    assert_true(total_over_worlds(&told, KL_OUT_joins) > total_over_worlds(&none, KL_OUT_joins) + 60);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_public_money_no_instrument_changes_a_bit),
        cmocka_unit_test(public_money_stops_at_the_budget_to_the_cent),
        cmocka_unit_test(a_capex_grant_raises_quality_as_own_money_would),
        cmocka_unit_test(running_cost_support_fades_in_a_straight_line),
        cmocka_unit_test(firm_level_instruments_reach_the_claimants_of_the_target_group),
        cmocka_unit_test(a_fee_subsidy_moves_money_from_the_public_to_the_firms),
        cmocka_unit_test(a_subsidy_that_only_raises_the_odds_brings_every_first_joining_forward),
        cmocka_unit_test(training_seats_and_vouchers_train_as_many_as_they_can),
        cmocka_unit_test(experts_speed_up_the_fit_while_they_are_paid),
        cmocka_unit_test(exchange_and_entry_subsidies_open_markets_and_communication_raises_take_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
