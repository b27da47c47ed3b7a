/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reach, brand, trust and the gate against known answers. */
#include "model_runs.h"

#include <math.h>

#include <gsl/gsl_sf_gamma.h>

/* ---- reach ---- */

static void joint_audience_without_duplication_is_sainsburys(void **state)
{
    (void)state;
    assert_true(fabs(kl_joint_audience(.1, 10, 0) - .6513215599) < 1e-10); /* 1 - .9^10 */
    assert_true(fabs(kl_joint_audience(.1, 10, 1e-7) - .6513215599) < 1e-10);
    assert_true(fabs(kl_joint_audience(.1, 10, 1e-5) - .6513215599) < 1e-4);
    assert_true(fabs(kl_joint_audience(.1, 10, 2e-6) - .6513215599) < 1e-4);
}

/* Metheringham 1964: nobody is reached with mean B(a, b + n) / B(a, b); GSL's log-beta is the judge. */
static void joint_audience_is_that_of_the_beta_binomial(void **state)
{
    (void)state;
    const double means[] = {.001, .05, .1, .5, .9, .999}, duplications[] = {1e-5, .01, .3, .5, .9, .99};
    const int sizes[] = {1, 2, 10, 54, 127, 128, 129, 130, 1000, 100000};
    for (int i = 0; i < 6; i++)
        for (int j = 0; j < 6; j++)
            for (int k = 0; k < 10; k++) {
                double rest = 1 / duplications[j] - 1, a = means[i] * rest, b = (1 - means[i]) * rest;
                double expected = 1 - exp(gsl_sf_lnbeta(a, b + sizes[k]) - gsl_sf_lnbeta(a, b));
                assert_true(fabs(kl_joint_audience(means[i], sizes[k], duplications[j]) - expected) < 1e-8);
            }
    assert_true(fabs(kl_joint_audience(.37, 1, .4) - .37) < 1e-12); /* of one: its own */
    assert_true(kl_joint_audience(.3, 0, .3) == 0 && kl_joint_audience(0, 9, .3) == 0);
}

static void joint_audience_rises_with_members_ever_slower(void **state)
{
    (void)state;
    for (double duplication = 0; duplication < 1; duplication += .099) {
        double gain = 1, last = 0;
        for (int n = 1; n <= 300; n++) {
            double now = kl_joint_audience(.12, n, duplication);
            assert_true(now >= last && now <= 1 && now - last <= gain + 1e-12);
            gain = now - last;
            last = now;
        }
    }
}

static void every_reach_lies_in_0_1_and_the_clusters_is_not_below_the_largest_firms(void **state)
{
    (void)state;
    kl_run run;
    kl_run_init(&run);
    for (uint32_t k = 3000; k < 3100; k++) {
        setup made = random_setup(k, .7, 60);
        start(&run, &made, SEED, k);
        while (run.month < run.horizon) {
            kl_run_step(&run);
            double largest = 0, cluster = kl_run_series(&run, KL_SER_reach_cluster, run.month - 1);
            for (int i = 0; i < run.n_firms; i++) {
                kl_firm firm = kl_run_firm(&run, i);
                assert_true(firm.reach >= 0 && firm.reach <= 1 && firm.market_reach <= firm.reach * 1.0001);
                largest = fmax(largest, firm.market_reach);
            }
            assert_true(cluster >= largest - 1e-5 && cluster <= 1 + 1e-6);
        }
    }
    kl_run_free(&run);
}

/* A platform of no quality cannot take away more than the joint part of the exposure. */
static void a_bad_platform_lowers_reach_but_never_below_zero(void **state)
{
    (void)state;
    setup made = equal_setup(20);
    made.p.capex = 0;
    made.p.reach_quality = 5;
    made.p.shareable = 1;
    made.p.crosspromotion = 0;
    kl_run run;
    kl_run_init(&run);
    start(&run, &made, SEED, 0);
    play(&run, 5);
    for (int i = 0; i < 20; i++)
        assert_true(kl_run_firm(&run, i).reach == 0); /* all is spent jointly, and reaches nobody */
    kl_run_free(&run);
}

/* ---- brand ---- */

static void goodwill_settles_where_gain_and_decay_balance(void **state)
{
    (void)state;
    for (int k = 1; k < 4; k++) {
        setup made = equal_setup(15);
        made.horizon = 600;
        made.p.brand_gain = .05 * k;
        kl_run run;
        kl_run_init(&run);
        start(&run, &made, SEED, 0);
        play(&run, 600);
        double pull = .05 * k * run.state->quality, balance = pull / (pull + .056); /* everybody takes full part */
        assert_true(fabs(kl_run_series(&run, KL_SER_brand, 599) - balance) < 1e-6);
        kl_run_free(&run);
    }
}

/* ---- quality, gate ---- */

static void quality_after_the_build_follows_investment_and_fit(void **state)
{
    (void)state;
    for (int months = 1; months <= 5; months++) {
        setup made = open_setup(10);
        made.mechanism = (kl_mechanism){
            4, {{KL_STAGE_ASSESS, months}, {KL_STAGE_BUILD, 2 + months}, {KL_STAGE_PILOT, 2}, {KL_STAGE_ROLLOUT, 5}}};
        made.p.capex = 30000. * months;
        kl_run run;
        kl_run_init(&run);
        start(&run, &made, SEED, 0);
        play(&run, 2 + 2 * months);
        double fit = 1 - .5 * exp(-.25 * months);
        double quality = .95 * (1 - exp(-.5 * months)) * (.5 + .5 * fit);
        assert_true(fabs(run.state->quality - quality) < 1e-12);
        play(&run, 1);
        double use = kl_run_series(&run, KL_SER_usage, run.month - 1); /* the pilot's first month */
        quality += .12 * use * (.95 - quality);
        assert_true(fabs(run.state->quality - quality) < 1e-7);
        kl_run_free(&run);
    }
}

static void stages_take_their_months_shortened_by_leadership(void **state)
{
    (void)state;
    kl_run run;
    kl_run_init(&run);
    for (uint32_t r = 0; r < 200; r++) {
        setup made = default_setup();
        made.p.gate = 0;
        made.p.opex = 0;
        double outcome[KL_N_OUTCOMES];
        play_all(&run, &made, r, outcome);
        const int planned[] = {3, 4, 3, 9};
        int month = 0, ends[4];
        for (int k = 0; k < 4; k++)
            ends[k] = month += (int)fmax(1, floor(planned[k] * (1.3 - .6 * run.state->leadership) + .5));
        assert_true(outcome[KL_OUT_month_built] == ends[1]);
        assert_true(outcome[KL_OUT_month_gate] == ends[2]);
        assert_true(outcome[KL_OUT_month_rollout] == ends[3]);
        assert_true(outcome[KL_OUT_month_closed] == -1);
        assert_int_equal(run.status, KL_RUN_COMPLETED);
    }
    kl_run_free(&run);
}

static void a_failed_pilot_is_repeated_mended_and_given_up(void **state)
{
    (void)state;
    for (int most = 0; most <= 3; most++) {
        setup made = open_setup(20);
        made.mechanism = (kl_mechanism){3, {{KL_STAGE_BUILD, 2}, {KL_STAGE_PILOT, 3}, {KL_STAGE_ROLLOUT, 5}}};
        made.p.gate = 1;
        made.p.gate_threshold = 1;
        made.p.recycles_max = most;
        made.p.recycle_months = 4;
        made.p.pilot_learning = 0;
        double outcome[KL_N_OUTCOMES];
        kl_run run;
        kl_run_init(&run);
        play_all(&run, &made, 0, outcome);
        double quality = .95 * (1 - exp(-2)) * .75;
        assert_int_equal(run.status, KL_RUN_GATE_FAILED);
        assert_true(outcome[KL_OUT_month_closed] == 5 + 4 * most);
        assert_true(outcome[KL_OUT_pilot_recycles] == most);
        assert_true(outcome[KL_OUT_pilot_score] < 1 && outcome[KL_OUT_month_gate] == -1);
        assert_true(outcome[KL_OUT_month_rollout] == -1 && outcome[KL_OUT_members_final] == 0);
        assert_true(fabs(run.state->quality - (.95 - (.95 - quality) * pow(.85, most))) < 1e-12);
        kl_run_free(&run);
    }
}

/* K of four firms alike with usage 1: satisfaction that nothing changes, full performance, the whole saving. */
static void the_pilot_score_weighs_satisfaction_performance_and_saving(void **state)
{
    (void)state;
    setup made = equal_setup(4);
    made.mechanism = (kl_mechanism){3, {{KL_STAGE_BUILD, 2}, {KL_STAGE_PILOT, 1}, {KL_STAGE_ROLLOUT, 5}}};
    made.p.pilot_firms = 4;
    made.p.satisfaction_initial = .8;
    made.p.satisfaction_rate = 0;
    made.p.gate_performance_ref = .9;
    kl_run run;
    kl_run_init(&run);
    start(&run, &made, SEED, 0);
    play(&run, 3);
    double quality = .95 * (1 - exp(-2)) * .75; /* judged before the month's learning is over */
    quality += .12 * (.95 - quality);
    assert_true(fabs(run.state->pilot_score - (.3 * .8 + .3 * quality / .9 + .4 * 1)) < 1e-6);
    kl_run_free(&run);
}

/* ---- trust ---- */

/* A promise kept with chance pi: E T = a+ pi / (a+ pi + a- (1 - pi)), for any distribution of the rest. The net saving is put
 * in by hand. 3000 firms over 300 months after 300 of settling: trust remembers about 1/(.027 + .053) = 15 months, so the
 * mean has the error of some 60,000 independent values of sd below .25: 5 standard errors are .005. False alarm 6e-7 each. */
static void trust_settles_where_kept_and_broken_promises_balance(void **state)
{
    (void)state;
    const double chances[] = {.2, .5, .9};
    for (int k = 0; k < 3; k++) {
        setup made = equal_setup(3000);
        made.p.trust_gain = .08;
        made.p.trust_loss = .16;
        kl_run run;
        kl_run_init(&run);
        start(&run, &made, SEED, 0);
        play(&run, 6);
        kl_state *s = run.state;
        double sum = 0, pi = chances[k];
        for (int m = 0; m < 600; m++) {
            for (int i = 0; i < 3000; i++) {
                uint32_t word = kl_draw(kl_key_of(99, (uint32_t)k, (uint32_t)m), (uint32_t)i, KL_DRAW_INPUT, 0).w[0];
                s->net_rate[i] = kl_uniform(word) < pi ? .2f : 0.0f;
            }
            kl_people_step(s);
            for (int i = 0; m >= 300 && i < 3000; i++)
                sum += (double)s->trust[i] / 3000 / 300;
        }
        assert_true(fabs(sum - .08 * pi / (.08 * pi + .16 * (1 - pi))) < .005);
        kl_run_free(&run);
    }
}

/* A trust stage touches firms and nobody else: the mean over firms is exactly what T <- T + .02 (1 - T) makes of it. */
static void a_trust_stage_closes_its_part_of_the_gap_a_month(void **state)
{
    (void)state;
    setup made = open_setup(19); /* lanes are left over */
    made.mechanism = (kl_mechanism){3, {{KL_STAGE_TRUST, 12}, {KL_STAGE_BUILD, 1}, {KL_STAGE_ROLLOUT, 2}}};
    kl_run run;
    kl_run_init(&run);
    start(&run, &made, SEED, 0);
    double first = 0;
    for (int i = 0; i < 19; i++)
        first += (double)run.state->trust_first[i] / 19;
    play(&run, 12);
    for (int m = 0; m < 12; m++)
        assert_true(fabs(kl_run_series(&run, KL_SER_trust, m) - (1 - (1 - first) * pow(.98, m + 1))) < 1e-6);
    kl_run_free(&run);
}

/* Limits count as reached: a promise just kept is kept, trust that just suffices suffices. */
static void a_limit_just_reached_is_reached(void **state)
{
    (void)state;
    setup made = equal_setup(1);
    made.p.fee = 0; /* a single member saves and pays exactly nothing */
    made.p.promised = made.p.trust_tolerance = .05;
    made.p.trust_gain = made.p.trust_loss = .3;
    kl_run run;
    kl_run_init(&run);
    start(&run, &made, SEED, 0);
    double trust = kl_run_firm(&run, 0).trust;
    play(&run, 10);
    assert_true(kl_run_firm(&run, 0).trust > trust);
    made.p.trust_gain = 0;
    made.p.information_trust = trust;
    start(&run, &made, SEED, 0);
    play(&run, 10);
    assert_true(kl_run_series(&run, KL_SER_information, 9) > 0);
    made.p.information_trust = trust + 1e-6;
    start(&run, &made, SEED, 0);
    play(&run, 10);
    assert_true(kl_run_series(&run, KL_SER_information, 9) == 0);
    kl_run_free(&run);
}

/* Counted firm by firm, in doubles, by what replay shows; a firm within a millionth of its goal may count or not. */
static void a_goal_is_attained_where_market_reach_has_grown_by_it(void **state)
{
    (void)state;
    enum { N = 200 };
    kl_run run;
    kl_run_init(&run);
    int some = 0, differ = 0;
    for (uint32_t r = 0; r < 20; r++) {
        double first[N], outcome[KL_N_OUTCOMES];
        setup made = open_setup(N);
        made.p.goal_median = .02 * (r + 1);
        start(&run, &made, SEED, r);
        for (int i = 0; i < N; i++)
            first[i] = kl_run_firm(&run, i).market_reach;
        play(&run, made.horizon);
        kl_run_outcomes(&run, outcome);
        int surely = 0, perhaps = 0, without_goal = 0;
        for (int i = 0; i < N; i++) {
            double growth = kl_run_firm(&run, i).market_reach / first[i], needed = 1 + (double)run.state->goal[i];
            assert_true(run.state->goal[i] > 0);
            surely += growth > needed * (1 + 1e-6);
            perhaps += growth > needed * (1 - 1e-6);
            without_goal += growth >= 1;
        }
        double attained = outcome[KL_OUT_goal_attainment] * N;
        assert_true(attained > surely - .5 && attained < perhaps + .5);
        double alone = outcome[KL_OUT_goal_attainment_alone], lift = outcome[KL_OUT_goal_lift];
        assert_true(alone > 0 ? fabs(lift - (outcome[KL_OUT_goal_attainment] / alone - 1)) < 1e-12 : isnan(lift));
        some += surely > 0 && perhaps < N;
        differ += without_goal > perhaps;
    }
    assert_true(some > 10 && differ > 10); /* goals matter here, and neither all nor none are attained */
    kl_run_free(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(joint_audience_without_duplication_is_sainsburys),
        cmocka_unit_test(joint_audience_is_that_of_the_beta_binomial),
        cmocka_unit_test(joint_audience_rises_with_members_ever_slower),
        cmocka_unit_test(every_reach_lies_in_0_1_and_the_clusters_is_not_below_the_largest_firms),
        cmocka_unit_test(a_bad_platform_lowers_reach_but_never_below_zero),
        cmocka_unit_test(goodwill_settles_where_gain_and_decay_balance),
        cmocka_unit_test(quality_after_the_build_follows_investment_and_fit),
        cmocka_unit_test(stages_take_their_months_shortened_by_leadership),
        cmocka_unit_test(a_failed_pilot_is_repeated_mended_and_given_up),
        cmocka_unit_test(the_pilot_score_weighs_satisfaction_performance_and_saving),
        cmocka_unit_test(trust_settles_where_kept_and_broken_promises_balance),
        cmocka_unit_test(a_trust_stage_closes_its_part_of_the_gap_a_month),
        cmocka_unit_test(a_limit_just_reached_is_reached),
        cmocka_unit_test(a_goal_is_attained_where_market_reach_has_grown_by_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
