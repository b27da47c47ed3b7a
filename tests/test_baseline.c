/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Outcomes against the baseline, through the engine: against an oracle made from two runs firm by firm, and what must be
 * exactly zero or undefined. With them the public money that goes to firms one by one, and value by class of firm. */
#include "model_runs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "klaster/engine.h"

#define N_POINTS 40
#define MONTHS 48

/* Three arms; "same" says nothing of its own. `top` and `support` are lines of the study and of arm support. */
static void load(kl_study *study, const char *top, const char *support)
{
    char text[4096];
    kl_diagnostics found;
    snprintf(text, sizeof text,
             "klaster: 1\nname: paired\nseed: 77\npoints: %d\nmonths: %d\nmechanism: five-stage\n%s\n"
             "parameters: {firms: 30, reserve: 150000}\n"
             "arms:\n  - name: none\n  - name: same\n  - name: support\n    parameters: {%s}\n",
             N_POINTS, MONTHS, top, support);
    kl_status status = kl_study_parse(study, text, strlen(text), "paired.yaml", NULL, &found);
    kl_diagnostics_print(&found, stderr);
    kl_diagnostics_free(&found);
    assert_int_equal(status, KL_OK);
}

static const char all_instruments[] =
    "opex_support: 0.8, fee_subsidy: 0.6, onboarding_grant: 0.7, training_voucher: 0.2, "
    "entry_subsidy: 0.4, fee_subsidy_months: 20, opex_support_months: 60";

/* ---- playing ---- */

typedef struct kept {
    double outcome[4][N_POINTS][KL_N_OUTCOMES];
    int8_t status[4][N_POINTS];
} kept;

static kl_status keep(void *data, const kl_block *b)
{
    kept *k = data;
    for (int arm = 0; arm < b->n_arms; arm++)
        for (int r = 0; r < b->n_runs; r++) {
            int point = b->point0 + r / b->n_replicates;
            k->status[arm][point] = b->status[arm * b->n_runs + r];
            for (int o = 0; o < KL_N_OUTCOMES; o++)
                k->outcome[arm][point][o] = b->outcome[(arm * KL_N_OUTCOMES + o) * b->n_runs + r];
        }
    return KL_OK;
}

static void play_study(kept *k, const kl_study *study)
{
    kl_plan plan;
    memset(k, 0, sizeof *k);
    assert_int_equal(kl_plan_make(&plan, study, 2, 0), KL_OK);
    kl_engine_options options = {.sink = keep, .data = k};
    assert_int_equal(kl_engine_run(study, &plan, &options), KL_OK);
}

static void play_arm(kl_run *run, const kl_study *study, int arm, int point)
{
    kl_params params;
    kl_mechanism mechanism;
    assert_int_equal(kl_study_draw(study, arm, point, &params, &mechanism), KL_OK);
    assert_int_equal(kl_run_start(run, &params, &mechanism, kl_study_world(study, point, 0), study->horizon), KL_OK);
    play(run, study->horizon);
}

/* ---- against the baseline ---- */

static void an_arm_like_the_baseline_differs_in_nothing(void **state)
{
    (void)state;
    kl_study study;
    static kept k;
    load(&study, "uncertainty: default", all_instruments);
    play_study(&k, &study);
    for (int p = 0; p < N_POINTS; p++) {
        assert_int_equal(k.status[1][p], k.status[0][p]);
        assert_true(k.outcome[1][p][KL_OUT_additional_members] == 0);
        assert_true(k.outcome[1][p][KL_OUT_crowded_out] == 0);
        assert_true(isnan(k.outcome[1][p][KL_OUT_deadweight])); /* nobody is paid anything */
        for (int o = 0; o < KL_OUT_additional_members; o++)
            assert_memory_equal(&k.outcome[1][p][o], &k.outcome[0][p][o], sizeof(double));
    }
    kl_study_free(&study);
}

static void the_baseline_itself_has_no_outcomes_against_it(void **state)
{
    (void)state;
    kl_study study;
    static kept k;
    load(&study, "uncertainty: default\nbaseline: support", all_instruments);
    assert_int_equal(study.baseline, 2);
    play_study(&k, &study);
    for (int p = 0; p < N_POINTS; p++)
        for (int arm = 0; arm < 3; arm++) {
            assert_int_equal(isnan(k.outcome[arm][p][KL_OUT_additional_members]) != 0, arm == 2);
            assert_int_equal(isnan(k.outcome[arm][p][KL_OUT_crowded_out]) != 0, arm == 2);
        }
    kl_study_free(&study);
}

/* Additional members, crowded out and deadweight of arm 2 against arm 0 at a point, from the firms of two runs. */
static void oracle(const kl_study *study, int point, double expected[3])
{
    kl_run base, arm;
    kl_run_init(&base);
    kl_run_init(&arm);
    play_arm(&base, study, 0, point);
    play_arm(&arm, study, 2, point);
    double paid = 0, wasted = 0;
    expected[0] = expected[1] = 0;
    for (int i = 0; i < arm.n_firms; i++) {
        kl_firm with = kl_run_firm(&arm, i), without = kl_run_firm(&base, i);
        assert_true(with.employees == without.employees && with.sector == without.sector); /* the same firm */
        expected[0] += with.member == 1 && without.member == 0;
        expected[1] += with.member == 0 && without.member == 1;
        paid += with.public_money;
        wasted += without.member == 1 ? with.public_money : 0;
    }
    expected[2] = paid > 0 ? wasted / paid : NAN;
    kl_run_free(&base);
    kl_run_free(&arm);
}

static void outcomes_against_the_baseline_equal_those_of_two_runs(void **state)
{
    (void)state;
    kl_study study;
    static kept k;
    double seen[3] = {0};
    load(&study, "uncertainty: default", all_instruments);
    play_study(&k, &study);
    for (int p = 0; p < N_POINTS; p++) {
        double expected[3];
        const double *found = &k.outcome[2][p][KL_OUT_additional_members];
        oracle(&study, p, expected);
        for (int i = 0; i < 3; i++) {
            assert_true(found[i] == expected[i] || (isnan(found[i]) && isnan(expected[i])));
            seen[i] += found[i] > 0;
        }
        double more = k.outcome[2][p][KL_OUT_members_final] - k.outcome[0][p][KL_OUT_members_final];
        assert_true(found[0] - found[1] == more);
        assert_true(isnan(found[2]) || (found[2] >= 0 && found[2] <= 1));
    }
    for (int i = 0; i < 3; i++)
        assert_true(seen[i] > 0); /* the comparison can fail */
    kl_study_free(&study);
}

static void a_baseline_that_fails_leaves_them_undefined(void **state)
{
    (void)state;
    kl_study study;
    static kept k;
    load(&study, "", all_instruments);
    /* legal alone, together with an attendance of .65 they are not; the reader would refuse it */
    study.arm[0].param[KL_PARAM_training_voucher] = (kl_dist){KL_DIST_CHOICE, 2, {0.9, 0.1}};
    play_study(&k, &study);
    int failed = 0;
    for (int p = 0; p < N_POINTS; p++) {
        int fails = k.status[0][p] == KL_RUN_FAILED;
        failed += fails;
        assert_int_not_equal(k.status[2][p], KL_RUN_FAILED);
        for (int o = KL_OUT_additional_members; o <= KL_OUT_crowded_out; o++)
            assert_int_equal(isnan(k.outcome[2][p][o]) != 0, fails); /* also after a world whose baseline was fine */
        if (fails)
            assert_true(isnan(k.outcome[2][p][KL_OUT_deadweight]));
    }
    assert_in_range(failed, 5, N_POINTS - 5);
    kl_study_free(&study);
}

static void clusters_of_different_size_are_not_compared(void **state)
{
    (void)state;
    kl_study study;
    static kept k;
    load(&study, "", "firms: 31, fee_subsidy: 0.5");
    play_study(&k, &study);
    for (int p = 0; p < N_POINTS; p++)
        for (int o = KL_OUT_additional_members; o <= KL_OUT_deadweight; o++)
            assert_true(isnan(k.outcome[2][p][o]));
    kl_study_free(&study);
}

static void the_choice_of_the_baseline_changes_nothing_else(void **state)
{
    (void)state;
    kl_study first, third;
    static kept a, b;
    load(&first, "uncertainty: default", all_instruments);
    load(&third, "uncertainty: default\nbaseline: support", all_instruments);
    play_study(&a, &first);
    play_study(&b, &third);
    for (int arm = 0; arm < 3; arm++)
        for (int p = 0; p < N_POINTS; p++)
            assert_memory_equal(a.outcome[arm][p], b.outcome[arm][p], KL_OUT_additional_members * sizeof(double));
    assert_string_not_equal(first.sha256, third.sha256);
    kl_study_free(&first);
    kl_study_free(&third);
}

static void a_baseline_that_is_no_arm_is_refused(void **state)
{
    (void)state;
    kl_study study;
    kl_diagnostics found;
    const char text[] = "klaster: 1\nbaseline: sport\narms: [{name: none}, {name: support}]\n";
    assert_int_equal(kl_study_parse(&study, text, strlen(text), "x.yaml", NULL, &found), KL_ERR_STUDY);
    assert_int_equal(found.n, 1);
    assert_non_null(strstr(found.item[0].text, "baseline: no arm 'sport'; did you mean 'support'?"));
    assert_int_equal(found.item[0].line, 2);
    kl_diagnostics_free(&found);
    kl_study_free(&study);
}

static void the_resolved_study_keeps_its_baseline(void **state)
{
    (void)state;
    kl_study study, again;
    kl_diagnostics found;
    load(&study, "baseline: same", all_instruments);
    assert_int_equal(kl_study_parse(&again, study.resolved, strlen(study.resolved), "again", NULL, &found), KL_OK);
    assert_int_equal(again.baseline, 1);
    assert_string_equal(again.resolved, study.resolved);
    kl_diagnostics_free(&found);
    kl_study_free(&study);
    kl_study_free(&again);
}

/* ---- public money by firm ---- */

static void public_money_is_booked_to_the_firms_that_get_it(void **state)
{
    (void)state;
    static const struct {
        kl_param_id instrument;
        double size;
        int to_firms; /* all of it, or nothing */
    } cases[] = {{KL_PARAM_fee_subsidy, .7, 1},   {KL_PARAM_onboarding_grant, .8, 1},
                 {KL_PARAM_entry_subsidy, .5, 1}, {KL_PARAM_training_voucher, .2, 1},
                 {KL_PARAM_opex_support, .9, 0},  {KL_PARAM_capex_grant, 5e4, 0},
                 {KL_PARAM_expert_fit, .2, 0},    {KL_PARAM_exchange_sharing, .3, 0}};
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++)
        for (int budget = 0; budget < 2; budget++) {
            setup made = default_setup();
            double outcome[KL_N_OUTCOMES];
            kl_run run;
            kl_run_init(&run);
            made.p.firms = 60;
            made.p.gate = 0;
            made.p.public_budget = budget ? 1e9 : 7000; /* the smaller one ends in the middle of a payment */
            assert_int_equal(kl_params_set(&made.p, cases[c].instrument, cases[c].size), KL_OK);
            play_all(&run, &made, 3, outcome);
            double all = outcome[KL_OUT_public_spending], sum = 0;
            for (int i = 0; i < run.n_firms; i++)
                sum += kl_run_firm(&run, i).public_money;
            assert_true(all > 0);
            assert_true(fabs(outcome[KL_OUT_public_to_firms] - (cases[c].to_firms ? all : 0)) <= 1e-5 * all);
            assert_true(fabs(outcome[KL_OUT_public_to_firms] - sum) <= 1e-6 * all);
            kl_run_free(&run);
        }
}

/* ---- who gains ---- */

enum { SMALL, MEDIUM, LARGE, EXPORTERS, DOMESTIC, PILOT, FIRST, LAST, OUTSIDE, CLASSES };

static void classes_of(const kl_firm *firm, int waves, int ever, int in[CLASSES])
{
    in[SMALL] = firm->employees < 50;
    in[MEDIUM] = firm->employees >= 50 && firm->employees < 250;
    in[LARGE] = firm->employees >= 250;
    in[EXPORTERS] = firm->exporter;
    in[DOMESTIC] = !firm->exporter;
    in[PILOT] = firm->pilot;
    in[FIRST] = !firm->pilot && firm->wave == 1;
    in[LAST] = !firm->pilot && firm->wave == waves;
    in[OUTSIDE] = !ever;
}

static void value_by_class_is_the_mean_over_its_firms(void **state)
{
    (void)state;
    int met[CLASSES] = {0}, empty[CLASSES] = {0};
    for (uint32_t k = 0; k < 40; k++) {
        setup made = default_setup(), alone = made;
        made.p.firms = alone.p.firms = 4 + 2 * (int)k;
        made.p.waves = 1 + (int)k % 4;
        made.p.gate = k % 3 > 0;
        alone.p.ecosystem = 0;
        double outcome[KL_N_OUTCOMES], unused[KL_N_OUTCOMES], sum[CLASSES] = {0}, all = 0;
        int n[CLASSES] = {0}, ever[128] = {0};
        kl_run run, twin;
        kl_run_init(&run);
        kl_run_init(&twin);
        play_all(&run, &made, k, outcome);
        for (int i = 0; i < run.n_firms; i++)
            ever[i] = run.state->spell[i] > 1; /* its clock began anew when it joined */
        play_all(&twin, &alone, k, unused);
        for (int i = 0; i < run.n_firms; i++) {
            kl_firm firm = kl_run_firm(&run, i);
            int in[CLASSES];
            double gain = firm.value - kl_run_firm(&twin, i).value;
            classes_of(&firm, made.p.waves, ever[i], in);
            all += gain;
            for (int c = 0; c < CLASSES; c++) {
                sum[c] += in[c] ? gain : 0;
                n[c] += in[c];
            }
        }
        for (int c = 0; c < CLASSES; c++) {
            double found = outcome[KL_OUT_value_small + c];
            met[c] += n[c] > 0;
            empty[c] += n[c] == 0;
            assert_int_equal(isnan(found) != 0, n[c] == 0);
            if (n[c] > 0)
                assert_true(fabs(found - sum[c] / n[c]) <= 1e-9 * fabs(sum[c]) + 1e-6);
        }
        assert_true(fabs(all - outcome[KL_OUT_value_firms]) <= 1e-4 * fabs(all) + 100); /* monthly sums of floats */
        kl_run_free(&run);
        kl_run_free(&twin);
    }
    for (int c = 0; c < CLASSES; c++)
        assert_true(met[c] > 0);
    assert_true(empty[LARGE] > 0 && empty[LAST] > 0 && empty[OUTSIDE] > 0);
}

static void a_platform_survives_where_it_is_open_at_the_end(void **state)
{
    (void)state;
    int closed = 0, open = 0;
    for (uint32_t k = 0; k < 60; k++) {
        setup made = default_setup();
        double outcome[KL_N_OUTCOMES];
        kl_run run;
        kl_run_init(&run);
        made.p.firms = 24;
        play_all(&run, &made, k, outcome);
        int closes = outcome[KL_OUT_month_closed] >= 0;
        double last = closes ? outcome[KL_OUT_month_closed] : made.horizon;
        assert_true(outcome[KL_OUT_survival] == !closes);
        assert_true(outcome[KL_OUT_months_open] == last - outcome[KL_OUT_month_built]);
        closed += closes;
        open += !closes;
        made.p.ecosystem = 0;
        play_all(&run, &made, k, outcome);
        assert_true(isnan(outcome[KL_OUT_survival]) && outcome[KL_OUT_months_open] == 0);
        kl_run_free(&run);
    }
    assert_true(closed > 5 && open > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_arm_like_the_baseline_differs_in_nothing),
        cmocka_unit_test(the_baseline_itself_has_no_outcomes_against_it),
        cmocka_unit_test(outcomes_against_the_baseline_equal_those_of_two_runs),
        cmocka_unit_test(a_baseline_that_fails_leaves_them_undefined),
        cmocka_unit_test(clusters_of_different_size_are_not_compared),
        cmocka_unit_test(the_choice_of_the_baseline_changes_nothing_else),
        cmocka_unit_test(a_baseline_that_is_no_arm_is_refused),
        cmocka_unit_test(the_resolved_study_keeps_its_baseline),
        cmocka_unit_test(public_money_is_booked_to_the_firms_that_get_it),
        cmocka_unit_test(value_by_class_is_the_mean_over_its_firms),
        cmocka_unit_test(a_platform_survives_where_it_is_open_at_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
