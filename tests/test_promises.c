/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The promises of docs/reproducibility.md, one by one, at the level of a run. The engine's tests hold threads, blocks and arms to them. */
#include "model_runs.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Everything that a run can be asked, after every month, as one hash (FNV-1a, 64 bits). */
static uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t n)
{
    const unsigned char *at = bytes;
    for (size_t i = 0; i < n; i++)
        hash = (hash ^ at[i]) * UINT64_C(1099511628211);
    return hash;
}

static uint64_t hash_month(uint64_t hash, const kl_run *run)
{
    for (int k = 0; k < KL_N_SERIES; k++) {
        double x = kl_run_series(run, (kl_series_id)k, run->month - 1);
        hash = hash_bytes(hash, &x, sizeof x);
    }
    for (int i = 0; i < run->n_firms; i++) {
        kl_firm firm = kl_run_firm(run, i);
#define HASH(type, name, unit, meaning) hash = hash_bytes(hash, &firm.name, sizeof firm.name);
        KL_FIRM_FIELDS(HASH)
#undef HASH
    }
    return hash;
}

static uint64_t hash_run(kl_run *run, const setup *made, uint64_t seed, uint32_t replicate)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    double outcome[KL_N_OUTCOMES];
    start(run, made, seed, replicate);
    while (run->month < run->horizon) {
        kl_run_step(run);
        hash = hash_month(hash, run);
    }
    kl_run_outcomes(run, outcome);
    return hash_bytes(hash, outcome, sizeof outcome);
}

static uint64_t hash_alone(const setup *made, uint64_t seed, uint32_t replicate)
{
    kl_run run;
    kl_run_init(&run);
    uint64_t hash = hash_run(&run, made, seed, replicate);
    kl_run_free(&run);
    return hash;
}

static void a_run_is_the_same_alone_and_after_any_other_in_the_same_memory(void **state)
{
    (void)state;
    kl_run run;
    kl_run_init(&run);
    for (uint32_t k = 0; k < 120; k++) { /* small and large, short and long, all graphs, by turns */
        setup made = random_setup(k, .8, k % 3 ? 40 : 400);
        assert_true(hash_run(&run, &made, SEED, k) == hash_alone(&made, SEED, k));
    }
    kl_run_free(&run);
}

static void a_run_broken_off_leaves_nothing_behind(void **state)
{
    (void)state;
    kl_run run;
    kl_run_init(&run);
    for (uint32_t k = 0; k < 60; k++) {
        setup made = random_setup(k, .8, 100), other = random_setup(k + 500, .8, 100);
        start(&run, &other, SEED, k);
        play(&run, (int)k % 40);
        kl_params wrong = other.p;
        wrong.fee = -1;
        kl_world world = {SEED, 0, k};
        assert_int_equal(kl_run_start(&run, &wrong, &other.mechanism, world, 10), KL_ERR_BOUNDS);
        assert_true(hash_run(&run, &made, SEED, k) == hash_alone(&made, SEED, k));
    }
    kl_run_free(&run);
}

/* From the start on, or from some month on: the first question parts the run from its twin. */
static void asking_questions_changes_no_answer(void **state)
{
    (void)state;
    static const int from[] = {0, 1, 7, 13, 14, 15, 20, 33, 59};
    setup made = default_setup();
    double often[KL_N_OUTCOMES], once[KL_N_OUTCOMES];
    const int32_t *ties;
    kl_run run;
    kl_run_init(&run);
    for (size_t k = 0; k < sizeof from / sizeof *from; k++) {
        play_all(&run, &made, (uint32_t)k, once);
        start(&run, &made, SEED, (uint32_t)k);
        while (run.month < 60) {
            if (run.month >= from[k]) {
                (void)kl_run_firm_gain(&run, 7);
                kl_run_outcomes(&run, often);
                assert_int_equal(kl_run_check(&run, NULL), KL_OK);
                (void)kl_run_ties(&run, 3, &ties);
            }
            kl_run_step(&run);
        }
        kl_run_step(&run); /* nothing happens past the horizon */
        kl_run_outcomes(&run, often);
        assert_memory_equal(often, once, sizeof once);
    }
    kl_run_free(&run);
}

/* The attributes of the first firms, their choices and their markets do not know how many others there are. */
static void more_firms_change_no_earlier_draw(void **state)
{
    (void)state;
    kl_run few, many;
    kl_run_init(&few);
    kl_run_init(&many);
    for (uint32_t k = 0; k < 60; k++) {
        setup made = random_setup(k, .7, 60);
        made.p.anchor_share = 0; /* an anchor holds a share of what all have */
        start(&few, &made, SEED, k);
        made.p.firms = made.p.firms * 3 + 17;
        start(&many, &made, SEED, k);
        const kl_state *a = few.state, *b = many.state;
        for (int i = 0; i < few.n_firms; i++) {
#define SAME(name) assert_memory_equal(&a->name[i], &b->name[i], sizeof a->name[i])
            SAME(employees);
            SAME(revenue);
            SAME(budget);
            SAME(shareable);
            SAME(readiness);
            SAME(experience);
            SAME(trust);
            SAME(openness);
            SAME(goal);
            SAME(exporter);
            SAME(threshold);
            SAME(lot);
            SAME(claims);
            SAME(sector);
            SAME(presence);
            SAME(clock_limit);
            SAME(entry_limit);
            SAME(innovation_limit);
            SAME(view);
            SAME(next_exit);
#undef SAME
        }
        assert_true(a->leadership == b->leadership);
        assert_memory_equal(a->market.share, b->market.share, sizeof a->market.share);
    }
    kl_run_free(&few);
    kl_run_free(&many);
}

/* More months change no earlier one. */
static void a_longer_horizon_changes_no_earlier_month(void **state)
{
    (void)state;
    kl_run some, more;
    kl_run_init(&some);
    kl_run_init(&more);
    for (uint32_t k = 0; k < 40; k++) {
        setup made = random_setup(k, .8, 80);
        start(&some, &made, SEED, k);
        made.horizon += 37;
        start(&more, &made, SEED, k);
        while (some.month < some.horizon) {
            kl_run_step(&some);
            kl_run_step(&more);
            assert_true(hash_month(0, &some) == hash_month(0, &more));
        }
    }
    kl_run_free(&some);
    kl_run_free(&more);
}

/* Parameters that cannot matter: an instrument with no money, the rules of what is not used. */
static void an_arm_that_changes_nothing_changes_no_bit(void **state)
{
    (void)state;
    static const struct {
        kl_param_id id;
        double value;
    } idle[] = {{KL_PARAM_policy_start, 17},
                {KL_PARAM_public_budget, 5},
                {KL_PARAM_take_up, .2},
                {KL_PARAM_subsidy_target, 1},
                {KL_PARAM_fee_subsidy_months, 3},
                {KL_PARAM_opex_support_months, 3},
                {KL_PARAM_expert_cost, 1},
                {KL_PARAM_exchange_cost, 1},
                {KL_PARAM_campaign_cost, 1},
                {KL_PARAM_bass_p, 1},
                {KL_PARAM_bass_q, 1},
                {KL_PARAM_threshold, .9},
                {KL_PARAM_threshold_sd, .3},
                {KL_PARAM_block_share, .1}};
    for (uint32_t r = 0; r < 4; r++) {
        setup made = default_setup();
        uint64_t before = hash_alone(&made, SEED, r);
        for (size_t k = 0; k < sizeof idle / sizeof idle[0]; k++) {
            setup arm = default_setup();
            assert_int_equal(kl_params_set(&arm.p, idle[k].id, idle[k].value), KL_OK);
            assert_true(hash_alone(&arm, SEED, r) == before);
        }
        made.p.fee = .0301; /* a negative control */
        assert_true(hash_alone(&made, SEED, r) != before);
    }
}

static void an_arm_whose_instruments_start_in_month_m_is_identical_before_m(void **state)
{
    (void)state;
    kl_run without, with;
    kl_run_init(&without);
    kl_run_init(&with);
    int differs_later = 0;
    for (uint32_t k = 0; k < 120; k++) {
        setup made = random_setup(k, .8, 80), plain;
        kl_params *p = &made.p;
        p->ecosystem = 1;
        p->policy_start = 1 + (int)(k % 31);
        p->public_budget = 1e8;
        plain = made;
        plain.p.capex_grant = plain.p.opex_support = plain.p.fee_subsidy = plain.p.onboarding_grant = 0;
        plain.p.training_voucher = plain.p.expert_fit = plain.p.exchange_sharing = plain.p.entry_subsidy = 0;
        plain.p.campaign_optimism = plain.p.campaign_rate = 0;
        plain.p.training_seats = 0;
        p->capex_grant = 2e5, p->opex_support = .5, p->fee_subsidy = .5, p->onboarding_grant = .9;
        p->training_seats = 5, p->expert_fit = .3, p->entry_subsidy = .5, p->campaign_optimism = .2;
        start(&without, &plain, SEED, k);
        start(&with, &made, SEED, k);
        while (with.month < with.horizon) {
            kl_run_step(&without);
            kl_run_step(&with);
            int same = hash_month(0, &without) == hash_month(0, &with);
            assert_true(same || with.month - 1 >= p->policy_start);
            differs_later += !same;
        }
    }
    assert_true(differs_later > 1000);
    kl_run_free(&without);
    kl_run_free(&with);
}

/* ---- independence of worlds ---- */

enum { WORLDS = 1500 };

/* What is a world like? Three numbers of the draw, one of the course. */
static void describe(kl_run *run, const setup *made, kl_world world, double x[4])
{
    assert_int_equal(kl_run_start(run, &made->p, &made->mechanism, world, made->horizon), KL_OK);
    x[0] = run->state->leadership;
    x[1] = log((double)run->state->revenue[0]);
    x[2] = run->state->trust_first[5];
    play(run, 24);
    x[3] = kl_run_series(run, KL_SER_belief, 23);
}

static double correlation(const double *x, const double *y, int n)
{
    double mx = mean(x, n), my = mean(y, n), sum = 0;
    for (int i = 0; i < n; i++)
        sum += (x[i] - mx) * (y[i] - my);
    return sum / ((n - 1) * deviation(x, n) * deviation(y, n));
}

/* Neighbours in seed, point and replicate: correlations of 4 x 4 numbers in 1500 worlds. Of independent ones each has
 * standard error 1/sqrt(1500) = .026; |r| < .13 is 5 of them: false alarm 48 x 6e-7 = 3e-5. */
static void neighbouring_seeds_points_and_replicates_share_nothing(void **state)
{
    (void)state;
    static double here[4][WORLDS], there[3][4][WORLDS];
    setup made = default_setup();
    made.p.firms = 16;
    made.horizon = 24;
    kl_run run;
    kl_run_init(&run);
    for (uint32_t w = 0; w < WORLDS; w++) {
        const kl_world one = {SEED + 2 * w, 2 * w, 2 * w};
        const kl_world next[3] = {{one.seed + 1, one.point, one.replicate},
                                  {one.seed, one.point + 1, one.replicate},
                                  {one.seed, one.point, one.replicate + 1}};
        double x[4];
        describe(&run, &made, one, x);
        for (int k = 0; k < 4; k++)
            here[k][w] = x[k];
        for (int j = 0; j < 3; j++) {
            describe(&run, &made, next[j], x);
            for (int k = 0; k < 4; k++)
                there[j][k][w] = x[k];
        }
    }
    kl_run_free(&run);
    for (int j = 0; j < 3; j++)
        for (int k = 0; k < 4; k++)
            for (int l = 0; l < 4; l++)
                assert_true(fabs(correlation(here[k], there[j][l], WORLDS)) < .13);
    assert_true(correlation(here[0], here[0], WORLDS) > .99); /* a negative control */
}

/* Seed s + 1 is no shifted s: no world of one is a world of the other. */
static void no_world_of_one_seed_is_a_world_of_the_next(void **state)
{
    (void)state;
    enum { N = 300 };
    uint64_t hash[2 * N];
    setup made = default_setup();
    made.p.firms = 10;
    made.horizon = 3;
    for (uint32_t r = 0; r < N; r++) {
        hash[r] = hash_alone(&made, SEED, r);
        hash[N + r] = hash_alone(&made, SEED + 1, r);
    }
    for (int a = 0; a < 2 * N; a++)
        for (int b = a + 1; b < 2 * N; b++)
            assert_true(hash[a] != hash[b]);
}

/* ---- invariants ---- */

static void check_every_month(const setup *made, uint32_t k)
{
    const char *what;
    double outcome[KL_N_OUTCOMES];
    kl_run run;
    kl_run_init(&run);
    start(&run, made, SEED, k);
    while (run.month < run.horizon) {
        kl_run_step(&run);
        if (kl_run_check(&run, &what) != KL_OK)
            fail_msg("parameters %u, month %d: not true that %s", k, run.month - 1, what);
    }
    kl_run_outcomes(&run, outcome);
    for (int i = 0; i < KL_N_OUTCOMES; i++)
        if (isinf(outcome[i]))
            fail_msg("parameters %u: %s is infinite", k, kl_outcome_info_of((kl_outcome_id)i)->name);
    for (int i = 0; i < KL_N_OUTCOMES; i++) {
        const kl_outcome_info *info = kl_outcome_info_of((kl_outcome_id)i);
        /* of joining and leaving alone, what is defined stands in test_submodels */
        int may_be_undefined = strstr(info->meaning, "undefined") != NULL || i == KL_OUT_pilot_score ||
                               made->p.submodels == kl_submodels_adoption;
        if (isnan(outcome[i]) && !may_be_undefined)
            fail_msg("parameters %u: %s is not a number", k, info->name);
        if (info->type == KL_TYPE_SHARE && !isnan(outcome[i]) && !(outcome[i] >= 0 && outcome[i] <= 1.00001))
            fail_msg("parameters %u: %s is %g", k, info->name, outcome[i]);
    }
    kl_run_free(&run);
}

static void the_invariants_hold_after_every_month_whatever_the_parameters(void **state)
{
    (void)state;
    for (uint32_t k = 0; k < 1200; k++) {
        setup made = random_setup(10000 + k, k % 3 == 0 ? 0 : k % 3 == 1 ? .5 : .85, 120);
        check_every_month(&made, 10000 + k);
    }
}

/* Each parameter alone at its lowest and highest value, the others at their defaults. */
static void the_invariants_hold_at_every_single_bound(void **state)
{
    (void)state;
    for (uint32_t id = 0; id < KL_N_PARAMS; id++) {
        const kl_param_info *row = kl_param_info_of((kl_param_id)id);
        for (int high = 0; high < 2; high++) {
            setup made = default_setup();
            double value = high ? row->hi : row->lo;
            if (id == KL_PARAM_firms)
                value = high ? 20000 : 1;
            assert_int_equal(kl_params_set(&made.p, (kl_param_id)id, value), KL_OK);
            if (id == KL_PARAM_firms)
                made.p.pilot_firms = 1;
            if (kl_params_check(&made.p, NULL, NULL) == KL_OK) /* combinations that are refused are tested elsewhere */
                check_every_month(&made, id);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_is_the_same_alone_and_after_any_other_in_the_same_memory),
        cmocka_unit_test(a_run_broken_off_leaves_nothing_behind),
        cmocka_unit_test(asking_questions_changes_no_answer),
        cmocka_unit_test(more_firms_change_no_earlier_draw),
        cmocka_unit_test(a_longer_horizon_changes_no_earlier_month),
        cmocka_unit_test(an_arm_that_changes_nothing_changes_no_bit),
        cmocka_unit_test(an_arm_whose_instruments_start_in_month_m_is_identical_before_m),
        cmocka_unit_test(neighbouring_seeds_points_and_replicates_share_nothing),
        cmocka_unit_test(no_world_of_one_seed_is_a_world_of_the_next),
        cmocka_unit_test(the_invariants_hold_after_every_month_whatever_the_parameters),
        cmocka_unit_test(the_invariants_hold_at_every_single_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
