/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The fast month against its slow twin (twin.h): before every month of many runs the twin takes over the state, plays the
 * month in doubles with the C library, and must agree in everything. */
#include "model_runs.h"

#include <math.h>
#include <stdio.h>

#include "twin.h"

#define N_MOST 200

typedef struct tally {
    long months, near, near_and_different, joins, leaves, entries, innovations;
    double largest;
} tally;

/* A month in which a decision hangs on less than 1e-5 may differ; any other difference fails. */
static void follow(twin *t, const setup *made, uint32_t replicate, tally *all)
{
    kl_run run;
    kl_run_init(&run);
    start(&run, made, SEED, replicate);
    while (run.month < run.horizon) {
        int firm;
        double expected, found;
        double largest = all->largest;
        twin_take(t, run.state);
        kl_run_step(&run);
        t->month_alone =
            run.state->sum_alone[run.month - 1]; /* of what the run subtracts: known once the month is played */
        twin_month(t);
        const char *name = twin_differs(t, run.state, &firm, &expected, &found, &largest);
        all->months++;
        all->near += t->near > 0;
        all->near_and_different += t->near > 0 && name;
        if (t->near == 0)
            all->largest = largest;
        if (name && t->near == 0)
            fail_msg("replicate %u month %d: %s of firm %d is %.9g, the twin has %.9g", replicate, run.month - 1, name,
                     firm, found, expected);
    }
    all->joins += run.state->joins;
    all->leaves += run.state->leaves;
    all->entries += run.state->entries;
    all->innovations += run.state->innovations;
    kl_run_free(&run);
}

static void with_twin(void (*body)(twin *t, tally *all), double near_most)
{
    twin t;
    tally all = {0};
    assert_int_equal(twin_init(&t, N_MOST), 0);
    body(&t, &all);
    twin_free(&t);
    print_message("%ld months, %ld joinings, %ld departures, %ld entries, %ld innovations; largest difference %.1e; "
                  "%ld months with a decision within 1e-5 of its limit, %ld of them decided otherwise\n",
                  all.months, all.joins, all.leaves, all.entries, all.innovations, all.largest, all.near,
                  all.near_and_different);
    assert_true((double)all.near <= near_most * (double)all.months);
    assert_true((double)all.near_and_different <= .1 * near_most * (double)all.months + 1);
}

static void defaults(twin *t, tally *all)
{
    setup made = default_setup();
    for (uint32_t r = 0; r < 40; r++)
        follow(t, &made, r, all);
}

static void choices(twin *t, tally *all)
{
    static const kl_param_id with_choices[] = {KL_PARAM_graph,         KL_PARAM_pilot_rule, KL_PARAM_wave_order,
                                               KL_PARAM_adoption_rule, KL_PARAM_allocation, KL_PARAM_subsidy_target};
    for (size_t c = 0; c < sizeof with_choices / sizeof with_choices[0]; c++)
        for (int value = 0; value < kl_param_info_of(with_choices[c])->n_choices; value++)
            for (int n = 1; n <= N_MOST; n += n < 16 ? 5 : 46) {
                setup made = default_setup();
                made.p.firms = n;
                made.p.pilot_firms = n < 4 ? n : 4;
                made.p.threshold = .1;
                made.p.threshold_sd = .1;
                made.p.fee_subsidy = made.p.onboarding_grant = made.p.entry_subsidy = .5;
                made.p.gate = n > 20;
                assert_int_equal(kl_params_set(&made.p, with_choices[c], value), KL_OK);
                follow(t, &made, (uint32_t)n, all);
            }
}

static void instruments(twin *t, tally *all)
{
    static const struct {
        kl_param_id id;
        double value;
    } one[] = {
        {KL_PARAM_capex_grant, 1e5},      {KL_PARAM_opex_support, .6},       {KL_PARAM_fee_subsidy, .5},
        {KL_PARAM_onboarding_grant, .8},  {KL_PARAM_training_seats, 10},     {KL_PARAM_training_voucher, .3},
        {KL_PARAM_expert_fit, .5},        {KL_PARAM_exchange_sharing, .4},   {KL_PARAM_entry_subsidy, .7},
        {KL_PARAM_campaign_optimism, .1}, {KL_PARAM_campaign_rate, .3},      {KL_PARAM_anchor_share, .7},
        {KL_PARAM_scale_elasticity, 0},   {KL_PARAM_scale_elasticity, 1},    {KL_PARAM_duplication, 0},
        {KL_PARAM_channel_cost, 0},       {KL_PARAM_channel_information, 0}, {KL_PARAM_channel_brand, 0},
        {KL_PARAM_channel_markets, 0},    {KL_PARAM_ecosystem, 0},
    };
    static const double budgets[] = {1e9, 5e4, 0};
    for (size_t k = 0; k < sizeof one / sizeof one[0]; k++)
        for (size_t b = 0; b < sizeof budgets / sizeof budgets[0]; b++) {
            setup made = default_setup();
            made.p.public_budget = budgets[b];
            made.p.policy_start = (int)(k % 3) * 6;
            assert_int_equal(kl_params_set(&made.p, one[k].id, one[k].value), KL_OK);
            follow(t, &made, (uint32_t)k, all);
        }
}

static void mildly_random(twin *t, tally *all)
{
    for (uint32_t k = 0; k < 250; k++) {
        setup made = random_setup(k, .9, N_MOST);
        follow(t, &made, k, all);
    }
}

static void wildly_random(twin *t, tally *all)
{
    for (uint32_t k = 1000; k < 1250; k++) {
        setup made = random_setup(k, .4, N_MOST);
        follow(t, &made, k, all);
    }
}

/* Each test states how large a part of its months may hold a decision within 1e-5 of its limit. With the defaults about
 * 3 clocks a firm run, each passing its limit at a hazard below .1 a month: 54 x 3 x .1 x 2e-5 = 3e-4 a month. Extreme
 * parameters put many decisions on an edge: rates at their caps, limits at zero. */
static void the_fast_month_agrees_with_its_twin_at_the_defaults(void **state)
{
    (void)state;
    with_twin(defaults, 5e-3);
}

static void the_fast_month_agrees_with_its_twin_for_every_choice_and_size(void **state)
{
    (void)state;
    with_twin(choices, 5e-3);
}

static void the_fast_month_agrees_with_its_twin_under_every_instrument_and_channel(void **state)
{
    (void)state;
    with_twin(instruments, 5e-3);
}

static void the_fast_month_agrees_with_its_twin_near_the_defaults(void **state)
{
    (void)state;
    with_twin(mildly_random, .02);
}

static void the_fast_month_agrees_with_its_twin_anywhere(void **state)
{
    (void)state;
    with_twin(wildly_random, .1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_fast_month_agrees_with_its_twin_at_the_defaults),
        cmocka_unit_test(the_fast_month_agrees_with_its_twin_for_every_choice_and_size),
        cmocka_unit_test(the_fast_month_agrees_with_its_twin_under_every_instrument_and_channel),
        cmocka_unit_test(the_fast_month_agrees_with_its_twin_near_the_defaults),
        cmocka_unit_test(the_fast_month_agrees_with_its_twin_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
