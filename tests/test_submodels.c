/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Joining and leaving alone (`submodels: adoption`) against the whole model in which nothing else has an effect: there firms
 * join from month 1 on, because the platform is built in month 0, and by the same draws. So the two agree exactly, firm by
 * firm, a month apart. */
#include "model_runs.h"

#include <math.h>
#include <string.h>

/* The whole model with nothing but joining and leaving at work: usage, satisfaction and beliefs leave no trace. */
static setup whole_setup(int n_firms, int months)
{
    setup made = open_setup(n_firms);
    kl_params *p = &made.p;
    p->trust_gain = p->trust_loss = p->training_gain = 0;
    p->belief_rate = p->belief_rate_others = 0;
    p->leave_usage = p->leave_dissatisfied = 0;
    p->join_intercept = -3;
    p->join_peers = 3;
    p->leave_small = p->leave_medium = p->leave_large = .03;
    made.horizon = months + 1;
    return made;
}

/* What is drawn of a firm has no effect either. */
static setup alike_setup(int n_firms, int months)
{
    setup made = whole_setup(n_firms, months);
    kl_params *p = &made.p;
    p->join_readiness = p->join_trust = p->join_leadership = p->join_cost = p->leave_trust = 0;
    return made;
}

static void assert_same_members(const kl_run *whole, const kl_run *alone)
{
    assert_true(kl_run_series(whole, KL_SER_members, whole->month - 1) ==
                kl_run_series(alone, KL_SER_members, alone->month - 1));
    for (int i = 0; i < alone->n_firms; i++) {
        assert_int_equal(kl_run_firm(whole, i).member, kl_run_firm(alone, i).member);
        assert_int_equal(kl_run_firm_past(whole, i).joins, kl_run_firm_past(alone, i).joins);
    }
}

/* Play a world both ways; returns how often firms joined and left. */
static int compare(const setup *made, uint32_t replicate, int is_alike)
{
    setup adoption = *made;
    kl_run whole, alone;
    const char *what = NULL;
    adoption.p.submodels = kl_submodels_adoption;
    adoption.horizon--;
    kl_run_init(&whole);
    kl_run_init(&alone);
    start(&whole, made, SEED, replicate);
    start(&alone, &adoption, SEED, replicate);
    assert_int_equal(alone.state->adoption.alike, is_alike);
    kl_run_step(&whole);
    while (alone.month < alone.horizon) {
        kl_run_step(&whole);
        kl_run_step(&alone);
        assert_int_equal(kl_run_check(&alone, &what), KL_OK);
        assert_same_members(&whole, &alone);
    }
    kl_month month = kl_run_month(&alone);
    assert_int_equal(month.joins, kl_run_month(&whole).joins);
    assert_int_equal(month.leaves, kl_run_month(&whole).leaves);
    kl_run_free(&whole);
    kl_run_free(&alone);
    return month.joins + month.leaves;
}

static void set_rule(kl_params *p, int rule)
{
    p->adoption_rule = rule;
    p->bass_p = .2; /* a year */
    p->bass_q = 1.5;
    p->threshold = 0; /* all at once; then who left comes back after waiting */
}

static void firms_that_are_alike_join_and_leave_as_in_the_whole_model(void **state)
{
    (void)state;
    const int graphs[] = {kl_graph_small_world, kl_graph_random, kl_graph_scale_free, kl_graph_complete};
    int moves = 0;
    for (int g = 0; g < 4; g++)
        for (int rule = 0; rule < 3; rule++)
            for (int wait = 0; wait <= 6; wait += 3) {
                setup made = alike_setup(57, 90);
                made.p.graph = graphs[g];
                made.p.rejoin_wait = wait;
                made.p.leave_new_factor = wait == 3 ? 3 : 1;
                made.p.leave_new_months = wait == 3 ? 4 : 3;
                set_rule(&made.p, rule);
                int moved = compare(&made, (uint32_t)(g * 9 + rule * 3 + wait), 1);
                assert_true(moved > 57);
                moves += moved;
            }
    assert_true(moves > 36 * 100); /* spells long past the first few of a firm */
}

static void firms_that_differ_join_and_leave_as_in_the_whole_model(void **state)
{
    (void)state;
    for (int k = 0; k < 9; k++) {
        setup made = alike_setup(50, 60);
        kl_params *p = &made.p;
        set_rule(p, k == 7 ? kl_adoption_rule_threshold : k == 8 ? kl_adoption_rule_bass : kl_adoption_rule_logit);
        p->join_readiness = k == 0 ? 2 : 0;
        p->join_trust = k == 1 ? -2 : 0;
        p->join_leadership = k == 2 ? 2 : 0;
        p->join_cost = k == 3 ? 4 : 0;
        p->leave_trust = k == 4 || k == 8 ? 2 : 0;
        p->leave_small = k == 5 ? .1 : .03;
        p->graph = k == 6 ? kl_graph_blocks : kl_graph_small_world;
        p->threshold_sd = k == 7 ? .3 : 0;
        assert_true(compare(&made, (uint32_t)k, 0) > 50);
    }
}

/* Strikes are found by blocks of 512 firms. */
static void large_clusters_join_and_leave_as_in_the_whole_model(void **state)
{
    (void)state;
    const int sizes[] = {1, 2, 3, 15, 16, 17, 511, 512, 513, 1100};
    for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++) {
        setup made = alike_setup(sizes[k], 40);
        compare(&made, (uint32_t)k, 1);
    }
}

/* A firm of more than 63 ties is not in the table. */
static void firms_of_many_ties_join_and_leave_as_in_the_whole_model(void **state)
{
    (void)state;
    for (int degree = 20; degree <= 80; degree += 30) {
        setup made = alike_setup(200, 40);
        made.p.graph = degree == 20 ? kl_graph_scale_free : kl_graph_random;
        made.p.degree = degree;
        assert_true(compare(&made, (uint32_t)degree, 1) > 200);
    }
}

static void what_is_not_played_is_undefined(void **state)
{
    (void)state;
    for (int alike = 0; alike < 2; alike++) {
        setup made = alike ? alike_setup(30, 59) : whole_setup(30, 59);
        made.p.submodels = kl_submodels_adoption;
        double outcome[KL_N_OUTCOMES];
        kl_run run;
        kl_run_init(&run);
        play_all(&run, &made, 1, outcome);
        assert_int_equal(run.status, KL_RUN_COMPLETED);
        int left = 0, defined = 0;
        for (int k = 0; k < KL_N_OUTCOMES; k++) {
            int is_month = kl_outcome_info_of((kl_outcome_id)k)->type == KL_TYPE_MONTH;
            defined += is_month ? outcome[k] >= 0 : !isnan(outcome[k]);
        }
        assert_int_equal(defined, 4);
        double share = 0;
        for (int t = 48; t < 60; t++)
            share += kl_run_series(&run, KL_SER_members, t) / 12;
        left = kl_run_month(&run).leaves;
        assert_true(left > 0 && outcome[KL_OUT_joins] - left == outcome[KL_OUT_members_final]);
        assert_true(fabs(outcome[KL_OUT_member_share] - share) < 1e-12);
        double months = 0; /* members' */
        for (int t = 0; t < 60; t++)
            months += 30 * kl_run_series(&run, KL_SER_members, t);
        assert_true(fabs(outcome[KL_OUT_churn] - 12 * left / months) < 1e-6);
        for (int k = 0; k < KL_N_SERIES; k++)
            for (int t = 0; t < 60; t++)
                assert_int_equal(!isnan(kl_run_series(&run, (kl_series_id)k, t)), k == KL_SER_members);
        assert_true(isnan(kl_run_firm(&run, 0).value) && isnan(kl_run_firm_gain(&run, 0).value));
        assert_int_equal(isnan(kl_run_firm(&run, 0).employees), alike);
        assert_true(isnan(kl_run_month(&run).fees) && isnan(kl_run_market(&run, 0).demand));
        kl_run_free(&run);
    }
}

static void without_an_ecosystem_nobody_joins(void **state)
{
    (void)state;
    for (int alike = 0; alike < 2; alike++) {
        setup made = alike ? alike_setup(30, 59) : whole_setup(30, 59);
        made.p.submodels = kl_submodels_adoption;
        made.p.ecosystem = 0;
        double outcome[KL_N_OUTCOMES];
        kl_run run;
        kl_run_init(&run);
        play_all(&run, &made, 1, outcome);
        assert_int_equal(run.status, KL_RUN_ALONE);
        assert_int_equal(kl_run_check(&run, NULL), KL_OK);
        assert_true(outcome[KL_OUT_joins] == 0 && outcome[KL_OUT_member_share] == 0 && isnan(outcome[KL_OUT_churn]));
        kl_run_free(&run);
    }
}

/* The run's memory is carved anew at every start, and the table of hazards is kept where the rule is the same. */
static void a_run_that_played_something_else_before_plays_the_same(void **state)
{
    (void)state;
    kl_run used;
    kl_run_init(&used);
    for (uint32_t k = 0; k < 24; k++) {
        setup made = k % 3 == 0 ? alike_setup(40, 30) : k % 3 == 1 ? whole_setup(60, 30) : alike_setup(90, 30);
        made.p.submodels = k % 4 == 1 ? kl_submodels_all : kl_submodels_adoption;
        made.p.join_peers = k % 5;
        made.p.leave_small = made.p.leave_medium = made.p.leave_large = k % 2 ? .05 : .02;
        double again[KL_N_OUTCOMES], fresh[KL_N_OUTCOMES];
        kl_run run;
        kl_run_init(&run);
        play_all(&run, &made, k, fresh);
        play_all(&used, &made, k, again);
        for (int t = 0; t < made.horizon; t++)
            assert_true(kl_run_series(&run, KL_SER_members, t) == kl_run_series(&used, KL_SER_members, t));
        assert_memory_equal(again, fresh, sizeof fresh);
        kl_run_free(&run);
    }
    kl_run_free(&used);
}

static void any_legal_parameters_keep_the_invariants(void **state)
{
    (void)state;
    int n_alike = 0;
    for (uint32_t k = 0; k < 300; k++) {
        setup made = random_setup(k, k % 2 ? .5 : .9, 200);
        made.p.submodels = kl_submodels_adoption;
        if (k % 3) { /* else hardly ever alike */
            made.p.join_readiness = made.p.join_trust = made.p.join_leadership = made.p.join_cost = 0;
            made.p.leave_trust = made.p.threshold_sd = 0;
            made.p.leave_small = made.p.leave_medium = made.p.leave_large;
        }
        n_alike += kl_adoption_is_alike(&made.p);
        kl_run run;
        const char *what = NULL;
        kl_run_init(&run);
        start(&run, &made, SEED, k);
        while (run.month < run.horizon) {
            kl_run_step(&run);
            if (kl_run_check(&run, &what) != KL_OK)
                fail_msg("setup %u, month %d: %s", k, run.month, what);
        }
        kl_run_free(&run);
    }
    assert_true(n_alike > 100 && n_alike < 290);
}

/* Each invariant is broken on purpose, and found. */
static void broken_invariants_are_found(void **state)
{
    (void)state;
    for (int k = 0; k < 6; k++) {
        setup made = alike_setup(30, 20);
        made.p.submodels = kl_submodels_adoption;
        kl_run run;
        kl_run_init(&run);
        start(&run, &made, SEED, 0);
        play(&run, 20);
        kl_state *s = run.state;
        assert_int_equal(kl_run_check(&run, NULL), KL_OK);
        if (k == 0)
            s->clock[3] = s->clock_limit[3];
        else if (k == 1)
            s->spell[4]++;
        else if (k == 2)
            s->adoption.cell[5]++;
        else if (k == 3)
            s->adoption.rate[6] *= 2;
        else if (k == 4)
            s->joins++;
        else
            s->adoption.n_waiting++;
        const char *what = NULL;
        assert_int_equal(kl_run_check(&run, &what), KL_ERR_INVARIANT);
        assert_non_null(what);
        kl_run_free(&run);
    }
}

static void a_run_of_firms_that_are_alike_needs_little_memory(void **state)
{
    (void)state;
    setup made = alike_setup(100000, 60);
    size_t whole = kl_run_bytes(&made.p, 60);
    made.p.submodels = kl_submodels_adoption;
    size_t alone = kl_run_bytes(&made.p, 60);
    assert_true(alone < whole / 3);
    made.p.join_trust = 1; /* now firms are drawn */
    assert_true(kl_run_bytes(&made.p, 60) == whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(firms_that_are_alike_join_and_leave_as_in_the_whole_model),
        cmocka_unit_test(firms_that_differ_join_and_leave_as_in_the_whole_model),
        cmocka_unit_test(large_clusters_join_and_leave_as_in_the_whole_model),
        cmocka_unit_test(firms_of_many_ties_join_and_leave_as_in_the_whole_model),
        cmocka_unit_test(what_is_not_played_is_undefined),
        cmocka_unit_test(without_an_ecosystem_nobody_joins),
        cmocka_unit_test(a_run_that_played_something_else_before_plays_the_same),
        cmocka_unit_test(any_legal_parameters_keep_the_invariants),
        cmocka_unit_test(broken_invariants_are_found),
        cmocka_unit_test(a_run_of_firms_that_are_alike_needs_little_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
