/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What refuses must refuse: every invariant of kl_run_check is broken on purpose and named, every mechanism that cannot be
 * played is refused with its stage, every start outside its domain with its code. Without this, "the invariants hold" in the
 * other tests would prove nothing. */
#include "model_runs.h"

#include <math.h>
#include <string.h>

/* The run, month 40 of the defaults, is sound; with the change it breaks the invariant of that text; and then it is mended. */
#define BREAKS(place, value, text)            \
    do {                                      \
        assert_sound(run);                    \
        __typeof__(place) *broken = &(place); \
        __typeof__(place) before = *broken;   \
        *broken = (value);                    \
        assert_broken(run, text);             \
        *broken = before;                     \
    } while (0)

static void assert_sound(const kl_run *run)
{
    const char *what = "";
    assert_int_equal(kl_run_check(run, &what), KL_OK);
    assert_null(what);
    assert_int_equal(kl_run_check(run, NULL), KL_OK);
}

static void assert_broken(const kl_run *run, const char *text)
{
    const char *what = NULL;
    assert_int_equal(kl_run_check(run, &what), KL_ERR_INVARIANT);
    assert_non_null(what);
    assert_string_equal(what, text);
    assert_int_equal(kl_run_check(run, NULL), KL_ERR_INVARIANT);
}

/* Run 40 months of a cluster that still has an open platform, members and others. */
static void play_40_months(kl_run *run)
{
    setup made = default_setup();
    made.p.gate = 0;
    made.p.reserve = 1e7;
    made.p.join_intercept = -4.5;
    kl_run_init(run);
    start(run, &made, SEED, 0);
    play(run, 40);
}

/* A firm that is a member (1) or is not (0). */
static int some_firm(const kl_state *s, int member)
{
    for (int i = 0; i < s->n; i++)
        if ((s->member[i] > 0) == member)
            return i;
    fail_msg("no such firm");
    return -1;
}

static void every_broken_invariant_of_a_firm_is_named(void **state)
{
    (void)state;
    kl_run storage, *run = &storage;
    play_40_months(run);
    kl_state *s = run->state;
    int in = some_firm(s, 1), out = some_firm(s, 0), last = s->n - 1;
    const char *shares = "usage, trust, readiness, satisfaction and reach lie in [0, 1]";
    static const float wrong[] = {-1e-6f, 1.0001f, NAN};
    for (size_t k = 0; k < sizeof wrong / sizeof wrong[0]; k++) {
        BREAKS(s->usage[in], wrong[k], shares);
        BREAKS(s->trust[0], wrong[k], shares);
        BREAKS(s->readiness[last], wrong[k], shares);
        BREAKS(s->satisfaction[in], wrong[k], shares);
        BREAKS(s->reach[last], wrong[k], shares);
    }
    BREAKS(s->member[in], .5f, "a firm is a member or is not");
    BREAKS(s->usage[out], .1f, "only members use the platform");
    const char *clocks = "a membership clock that has passed its limit starts anew";
    BREAKS(s->clock[in], -1.0f, clocks);
    BREAKS(s->clock[out], s->clock_limit[out] + 1, clocks);
    const char *stocks = "stocks are not negative and demand served is at most all";
    BREAKS(s->stock[0], -1e-6f, stocks);
    BREAKS(s->demand[last], -1e-6f, stocks);
    BREAKS(s->demand[last], 1.01f, stocks);
    BREAKS(s->net_benefit[0], NAN, "money and beliefs are numbers");
    BREAKS(s->net_benefit[last], INFINITY, "money and beliefs are numbers");
    BREAKS(s->belief[last], NAN, "money and beliefs are numbers");
    int market = 0;
    while (!(s->presence[last] >> market & 1)) /* every firm serves one */
        market++;
    BREAKS(s->view[last], market, "a market in view is one that the firm is not in");
    kl_run_free(run);
}

static void every_broken_count_is_named(void **state)
{
    (void)state;
    kl_run storage, *run = &storage;
    play_40_months(run);
    kl_state *s = run->state;
    BREAKS(s->peers[s->n - 1], s->peers[s->n - 1] + 1, "member peers are counted right");
    const char *members = "members are counted right, also by sector";
    BREAKS(s->n_members, s->n_members + 1, members);
    BREAKS(s->sector_members[s->p.sectors - 1], s->sector_members[s->p.sectors - 1] + 1, members);
    const char *served = "firms in a market are counted right";
    BREAKS(s->market.served[0], s->market.served[0] + 1, served);
    BREAKS(s->market.served[s->market.n - 1], s->market.served[s->market.n - 1] - 1, served);
    kl_run_free(run);
}

static void every_broken_account_is_named(void **state)
{
    (void)state;
    kl_run storage, *run = &storage;
    play_40_months(run);
    kl_state *s = run->state;
    double spent = fabs(s->joint_cost) + 100;
    BREAKS(s->joint_cost, s->joint_cost + spent, "the shares sum to the joint cost");
    BREAKS(s->joint_cost, s->joint_cost - spent, "the shares sum to the joint cost");
    BREAKS(s->public_total, s->p.public_budget * 1.01, "public money stops at the budget");
    BREAKS(s->public_value[0], 1e9f, "public money to firms is part of all public money");
    BREAKS(s->closed, 1, "a closed platform is not open");
    const char *world = "quality, goodwill, information and fit lie in [0, 1]";
    double *const levels[] = {&s->quality, &s->goodwill, &s->information, &s->fit};
    for (size_t k = 0; k < sizeof levels / sizeof levels[0]; k++) {
        BREAKS(*levels[k], -1e-9, world);
        BREAKS(*levels[k], 1 + 1e-9, world);
        BREAKS(*levels[k], NAN, world);
    }
    assert_true(s->n < s->n_padded);
    float *const inert[] = {s->member, s->budget, s->net_benefit, s->value, s->trust, s->belief};
    for (size_t k = 0; k < sizeof inert / sizeof inert[0]; k++) {
        BREAKS(inert[k][s->n], 1e-3f, "padding stays inert");
        BREAKS(inert[k][s->n_padded - 1], -1e-3f, "padding stays inert");
    }
    kl_run_free(run);
}

static void a_mechanism_that_cannot_be_played_is_refused_at_its_stage(void **state)
{
    (void)state;
    static const struct {
        kl_mechanism mechanism;
        int stage;
        const char *says;
    } wrong[] = {
        {{.n_stages = -1}, 0, "1 to 24"},
        {{.n_stages = KL_STAGES_MAX + 1}, 0, "1 to 24"},
        {{2, {{KL_STAGE_BUILD, 1}, {KL_N_STAGE_KINDS, 1}}}, 1, "a stage is one of"},
        {{2, {{KL_STAGE_BUILD, 1}, {(kl_stage_kind)-1, 1}}}, 1, "a stage is one of"},
        {{3, {{KL_STAGE_BUILD, 1}, {KL_STAGE_OPTIMISE, 1}, {KL_STAGE_ROLLOUT, 1}}}, 1, "can only come last"},
        {{2, {{KL_STAGE_BUILD, 0}, {KL_STAGE_ROLLOUT, 1}}}, 0, "1 to 1200 months"},
        {{2, {{KL_STAGE_BUILD, 1}, {KL_STAGE_ROLLOUT, KL_STAGE_MONTHS_MAX + 1}}}, 1, "1 to 1200 months"},
        {{2, {{KL_STAGE_ROLLOUT, 1}, {KL_STAGE_BUILD, 1}}}, 0, "must come before"},
        {{3, {{KL_STAGE_ASSESS, 1}, {KL_STAGE_PILOT, 1}, {KL_STAGE_ROLLOUT, 1}}}, 1, "must come before"},
        {{1, {{KL_STAGE_OPTIMISE, 1}}}, 0, "must come before"},
        {{3, {{KL_STAGE_ASSESS, 1}, {KL_STAGE_BUILD, 1}, {KL_STAGE_PILOT, 1}}}, 2, "needs a rollout"},
    };
    for (size_t k = 0; k < sizeof wrong / sizeof wrong[0]; k++) {
        int stage = -9;
        const char *sentence = "";
        assert_int_equal(kl_mechanism_check(&wrong[k].mechanism, &stage, &sentence), KL_ERR_MECHANISM);
        assert_int_equal(stage, wrong[k].stage);
        assert_non_null(strstr(sentence, wrong[k].says));
        assert_int_equal(kl_mechanism_check(&wrong[k].mechanism, NULL, NULL), KL_ERR_MECHANISM);
    }
    /* at the ends of what is legal, and without any stage */
    kl_mechanism right = {3, {{KL_STAGE_BUILD, 1}, {KL_STAGE_ROLLOUT, KL_STAGE_MONTHS_MAX}, {KL_STAGE_OPTIMISE, 0}}};
    assert_int_equal(kl_mechanism_check(&right, NULL, NULL), KL_OK);
    right.n_stages = 0;
    assert_int_equal(kl_mechanism_check(&right, NULL, NULL), KL_OK);
    assert_string_equal(kl_stage_kind_word(KL_N_STAGE_KINDS), "unknown");
    assert_int_equal(kl_stage_kind_find("unknown"), KL_N_STAGE_KINDS);
}

static void a_start_outside_its_domain_is_refused(void **state)
{
    (void)state;
    setup made = default_setup();
    kl_run run;
    kl_run_init(&run);
    kl_world world = {.seed = KL_SEED_MAX};
    assert_int_equal(kl_run_start(&run, &made.p, &made.mechanism, world, 0), KL_ERR_ARGUMENT);
    assert_int_equal(kl_run_start(&run, &made.p, &made.mechanism, world, KL_HORIZON_MAX + 1), KL_ERR_ARGUMENT);
    world.seed++;
    assert_int_equal(kl_run_start(&run, &made.p, &made.mechanism, world, 1), KL_ERR_ARGUMENT);
    world.seed--;
    made.mechanism.n_stages = -1;
    assert_int_equal(kl_run_start(&run, &made.p, &made.mechanism, world, 1), KL_ERR_MECHANISM);
    made.mechanism = kl_mechanism_five_stage();
    assert_int_equal(kl_run_start(&run, &made.p, &made.mechanism, world, 1), KL_OK); /* and can be started after all */
    assert_int_equal(kl_run_start(&run, &made.p, &made.mechanism, world, KL_HORIZON_MAX), KL_OK);
    made.p.firms = 0;
    assert_int_equal(kl_run_start(&run, &made.p, &made.mechanism, world, 1), KL_ERR_BOUNDS);
    kl_run_free(&run);
}

static void a_run_that_was_never_started_can_be_freed_twice(void **state)
{
    (void)state;
    kl_run run;
    kl_run_init(&run);
    kl_run_free(&run);
    kl_run_free(&run);
    assert_null(run.state);
}

static void every_status_has_a_name_and_a_text_of_its_own(void **state)
{
    (void)state;
    for (int a = 0; a < KL_N_STATUS; a++) {
        assert_int_equal(strncmp(kl_status_name((kl_status)a), a == KL_OK ? "KL_OK" : "KL_ERR_", a == KL_OK ? 6 : 7),
                         0);
        for (int b = 0; b < a; b++) {
            assert_string_not_equal(kl_status_name((kl_status)a), kl_status_name((kl_status)b));
            assert_string_not_equal(kl_status_text((kl_status)a), kl_status_text((kl_status)b));
        }
    }
    assert_string_equal(kl_status_name(KL_N_STATUS), "KL_UNKNOWN");
    assert_string_equal(kl_status_text(KL_N_STATUS), "unknown status");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_broken_invariant_of_a_firm_is_named),
        cmocka_unit_test(every_broken_count_is_named),
        cmocka_unit_test(every_broken_account_is_named),
        cmocka_unit_test(a_mechanism_that_cannot_be_played_is_refused_at_its_stage),
        cmocka_unit_test(a_start_outside_its_domain_is_refused),
        cmocka_unit_test(a_run_that_was_never_started_can_be_freed_twice),
        cmocka_unit_test(every_status_has_a_name_and_a_text_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
