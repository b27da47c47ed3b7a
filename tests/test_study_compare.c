/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Two studies: what differs in them, and whether the runs of one are among those of the other. That answer decides whether runs
 * are taken over instead of played, so it is held against the draws themselves, for every pair of a set of studies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "klaster/study.h"
#include "study_text.h"

#define HEAD "klaster: 1\nseed: 11\nmonths: 24\n"
#define VARYING "parameters: {firms: 20, fee: {uniform: [0.01, 0.05]}, margin: {pert: [0.1, 0.2, 0.35]}}\n"
#define BASE HEAD "points: 8\nreplicates: 2\n" VARYING
#define ARMS "arms:\n- {name: today}\n- {name: grant, parameters: {capex_grant: 100000}}\n"
#define FIXED \
    "mechanism: {name: m, stages: [{name: make, kind: build, months: 2}, {name: all, kind: rollout, months: 5}]}\n"
#define THIRD "- {name: third, parameters: {shareable: 0.1}}\n"

/* ---- helpers ---- */

static kl_study parse(const char *text)
{
    return study_of_text(text, NULL, 0);
}

static void assert_differs(const char *a, const char *b, kl_mismatch_kind kind, const char *expected)
{
    kl_study x = parse(a), y = parse(b);
    kl_mismatches found;
    char text[2200];
    assert_int_equal(kl_study_differences(&x, &y, &found), KL_OK);
    int n = 0;
    for (int i = 0; i < found.n; i++) {
        kl_mismatch_text(&found.item[i], text, sizeof text);
        if (strcmp(text, expected) == 0) {
            assert_int_equal(found.item[i].kind, kind);
            n++;
        }
    }
    for (int i = 0; n != 1 && i < found.n; i++)
        print_error("told: %s\n", kl_mismatch_text(&found.item[i], text, sizeof text));
    assert_int_equal(n, 1);
    kl_mismatches_free(&found);
    kl_study_free(&x);
    kl_study_free(&y);
}

static void assert_contains(const char *whole, const char *part)
{
    kl_study x = parse(whole), y = parse(part);
    char why[300];
    if (!kl_study_contains(&x, &y, why, sizeof why))
        fail_msg("not contained: %s", why);
    assert_string_equal(why, "");
    kl_study_free(&x);
    kl_study_free(&y);
}

static void assert_contains_not(const char *whole, const char *part, const char *expected)
{
    kl_study x = parse(whole), y = parse(part);
    char why[300];
    assert_false(kl_study_contains(&x, &y, why, sizeof why));
    assert_string_equal(why, expected);
    assert_false(kl_study_contains(&x, &y, NULL, 0));
    kl_study_free(&x);
    kl_study_free(&y);
}

/* ---- differences ---- */

static void equal_studies_differ_in_nothing(void **state)
{
    (void)state;
    kl_study x = parse(BASE ARMS), y = parse(BASE ARMS "# only a comment\n");
    kl_mismatches found;
    assert_int_equal(kl_study_differences(&x, &y, &found), KL_OK);
    assert_int_equal(found.n, 0);
    kl_mismatches_free(&found);
    kl_study_free(&x);
    kl_study_free(&y);
}

static void every_key_that_differs_is_named_with_both_values(void **state)
{
    (void)state;
    assert_differs(BASE, HEAD "points: 9\nreplicates: 2\n" VARYING, KL_MISMATCH_SIZE, "points: 8 -> 9");
    assert_differs(BASE, HEAD "points: 8\nreplicates: 7\n" VARYING, KL_MISMATCH_SIZE, "replicates: 2 -> 7");
    assert_differs("klaster: 1\nseed: 9007199254740991\n", "klaster: 1\nseed: 3\n", KL_MISMATCH_RUNS,
                   "seed: 9007199254740991 -> 3");
    assert_differs("klaster: 1\n", "klaster: 1\nmonths: 61\n", KL_MISMATCH_RUNS, "months: 60 -> 61");
    assert_differs(BASE, BASE "design: sobol\n", KL_MISMATCH_RUNS, "design: monte_carlo -> sobol");
    assert_differs(BASE ARMS, BASE ARMS "baseline: grant\n", KL_MISMATCH_RUNS, "baseline: today -> grant");
    assert_differs(BASE ARMS, BASE ARMS THIRD, KL_MISMATCH_SECOND_ARM, "arm 'third': not there -> there");
    assert_differs(BASE ARMS THIRD, BASE ARMS, KL_MISMATCH_FIRST_ARM, "arm 'third': there -> not there");
}

static void values_are_said_as_study_files_say_them(void **state)
{
    (void)state;
    assert_differs("klaster: 1\nparameters: {fee: 0.1}\n",
                   "klaster: 1\npoints: 4\nparameters: {fee: {uniform: [0.01, 0.05]}}\n", KL_MISMATCH_RUNS,
                   "fee: 0.1 -> {uniform: [0.01, 0.05]}");
    assert_differs("klaster: 1\nparameters: {channel_cost: true}\n", "klaster: 1\nparameters: {channel_cost: false}\n",
                   KL_MISMATCH_RUNS, "channel_cost: true -> false");
    assert_differs("klaster: 1\nparameters: {graph: random}\n",
                   "klaster: 1\npoints: 2\nparameters: {graph: {choice: [scale_free, random]}}\n", KL_MISMATCH_RUNS,
                   "graph: random -> {choice: [scale_free, random]}");
    /* one unit in the last place */
    assert_differs("klaster: 1\nparameters: {fee: 0.1}\n", "klaster: 1\nparameters: {fee: 0.10000000000000002}\n",
                   KL_MISMATCH_RUNS, "fee: 0.1 -> 0.10000000000000002");
}

static void what_differs_alike_in_every_arm_is_said_once(void **state)
{
    (void)state;
    assert_differs(HEAD "parameters: {shareable: 0.3}\n" ARMS, HEAD "parameters: {shareable: 0.4}\n" ARMS,
                   KL_MISMATCH_RUNS, "shareable: 0.3 -> 0.4");
    assert_differs(HEAD ARMS, HEAD "arms:\n- {name: today}\n- {name: grant, parameters: {capex_grant: 5}}\n",
                   KL_MISMATCH_RUNS, "arm 'grant', capex_grant: 100000 -> 5");
}

static void mechanisms_and_stages_are_compared(void **state)
{
    (void)state;
    assert_differs("klaster: 1\n", "klaster: 1\nmechanism: big-bang\n", KL_MISMATCH_RUNS,
                   "mechanism: five-stage -> big-bang");
    assert_differs("klaster: 1\n", "klaster: 1\npoints: 2\nmechanism: {choice: [five-stage, big-bang]}\n",
                   KL_MISMATCH_RUNS, "mechanism: five-stage -> five-stage or big-bang");
    assert_differs("klaster: 1\nparameters: {months.pilot: 3}\n", "klaster: 1\nparameters: {months.pilot: 4}\n",
                   KL_MISMATCH_RUNS, "months.pilot: 3 -> 4");
#define DRAWN HEAD "points: 4\nmechanism: {choice: [five-stage, big-bang]}\n" VARYING
    assert_differs(DRAWN ARMS, DRAWN "arms:\n- {name: today}\n- {name: grant, parameters: {capex_grant: 5}}\n",
                   KL_MISMATCH_RUNS, "arm 'grant', capex_grant: 100000 -> 5");
    const char *a = "klaster: 1\nmechanism: {name: m, stages: [{name: make, kind: build, months: 2}, "
                    "{name: rollout, kind: rollout, months: 5}]}\n";
    const char *b = "klaster: 1\nmechanism: {name: m, stages: [{name: make, kind: build, months: 2}, "
                    "{name: talk, kind: trust, months: 1}, {name: rollout, kind: rollout, months: 5}]}\n";
    assert_differs(a, b, KL_MISMATCH_RUNS, "stages: make (build), rollout -> make (build), talk (trust), rollout");
}

static void words_are_told_but_change_no_run(void **state)
{
    (void)state;
    assert_differs("klaster: 1\nname: a\n", "klaster: 1\nname: b\n", KL_MISMATCH_WORDS, "name: a -> b");
    assert_differs("klaster: 1\n", "klaster: 1\ntitle: t\n", KL_MISMATCH_WORDS, "title: not the same");
    assert_differs("klaster: 1\n", "klaster: 1\nclaims: [{name: c, metric: brand, interval: [0, 1]}]\n",
                   KL_MISMATCH_WORDS, "claims: not the same");
    assert_differs("klaster: 1\n", "klaster: 1\noutput: {quantiles: [0.5]}\n", KL_MISMATCH_WORDS,
                   "quantiles: not the same");
    assert_differs(HEAD "arms: [{name: a}, {name: b}]\nbaseline: a\n",
                   HEAD "arms: [{name: b}, {name: a}]\nbaseline: a\n", KL_MISMATCH_WORDS,
                   "order of the arms: not the same");
}

static void what_changes_runs_is_told_before_what_does_not(void **state)
{
    (void)state;
    kl_study x = parse(BASE ARMS), y = parse("klaster: 1\ntitle: t\nseed: 5\n");
    kl_mismatches found;
    assert_int_equal(kl_study_differences(&x, &y, &found), KL_OK);
    assert_true(found.n > 3);
    for (int i = 1; i < found.n; i++)
        assert_true(found.item[i - 1].kind <= found.item[i].kind);
    kl_mismatches_free(&found);
    kl_study_free(&x);
    kl_study_free(&y);
}

/* ---- one within the other ---- */

static void more_worlds_arms_and_other_words_contain_the_study(void **state)
{
    (void)state;
    assert_contains(BASE ARMS, BASE ARMS);
    assert_contains(HEAD "points: 9\nreplicates: 3\n" VARYING ARMS THIRD, BASE ARMS);
    assert_contains(BASE
                    "title: other\noutput: {quantiles: [0.5]}\nclaims: [{name: c, metric: brand, interval: [0, 1]}]\n"
                    "arms:\n- {name: grant, label: G, parameters: {capex_grant: 100000}}\n- {name: today}\n"
                    "baseline: today\n",
                    BASE ARMS);
}

static void what_is_missing_or_differs_is_said(void **state)
{
    (void)state;
    assert_contains_not(BASE ARMS, BASE ARMS THIRD, "arm 'third': there -> not there");
    assert_contains_not(BASE ARMS, HEAD "points: 9\nreplicates: 3\n" VARYING ARMS, "points: 9 -> 8; and 1 more");
    assert_contains_not(BASE ARMS "baseline: grant\n", BASE ARMS, "baseline: today -> grant");
    assert_contains_not(HEAD "parameters: {fee: 0.02}\n" ARMS, HEAD "parameters: {fee: 0.01}\n" ARMS,
                        "fee: 0.01 -> 0.02");
}

static void a_latin_hypercube_of_another_size_shares_no_world(void **state)
{
    (void)state;
    assert_contains_not(HEAD "design: latin_hypercube\npoints: 9\n" VARYING,
                        HEAD "design: latin_hypercube\npoints: 8\n" VARYING, "points of the Latin hypercube: 8 -> 9");
    assert_contains(HEAD "design: latin_hypercube\npoints: 8\nreplicates: 3\n" VARYING,
                    HEAD "design: latin_hypercube\npoints: 8\n" VARYING);
    /* where nothing varies, nothing is stratified */
    assert_contains(HEAD FIXED "design: latin_hypercube\npoints: 9\n",
                    HEAD FIXED "design: latin_hypercube\npoints: 8\n");
}

static void an_input_before_others_moves_their_places_in_a_sobol_sequence(void **state)
{
    (void)state;
#define SOBOL HEAD FIXED "design: sobol\npoints: 8\n" VARYING "arms:\n- {name: today}\n"
    /* the two stand before `fee` and after `margin` */
    assert_contains_not(SOBOL "- {name: x, parameters: {shareable: {uniform: [0.1, 0.2]}}}\n", SOBOL,
                        "place of 'fee' (and of 1 other) among the inputs that vary, which the Sobol sequence goes "
                        "by: 1 -> 2");
    assert_contains(SOBOL "- {name: x, parameters: {campaign_rate: {uniform: [0.1, 0.2]}}}\n", SOBOL);
}

static void a_zero_of_the_other_sign_is_another_value(void **state)
{
    (void)state;
    kl_study x = parse(BASE),
             y = parse("klaster: 1\nname: other\nseed: 11\nmonths: 24\npoints: 8\nreplicates: 2\n" VARYING);
    assert_true(kl_study_contains(&x, &y, NULL, 0));
    x.arm[0].param[KL_PARAM_brand_gain].value[0] = 0.0;
    y.arm[0].param[KL_PARAM_brand_gain].value[0] = -0.0;
    assert_false(kl_study_contains(&x, &y, NULL, 0));
    kl_study_free(&x);
    kl_study_free(&y);
}

static void a_reason_is_cut_to_its_buffer(void **state)
{
    (void)state;
    kl_study x = parse(BASE), y = parse("klaster: 1\nseed: 5\n");
    for (size_t size = 1; size < 40; size++) {
        char why[64];
        memset(why, '#', sizeof why);
        assert_false(kl_study_contains(&x, &y, why, size));
        assert_true(strlen(why) < size);
        assert_int_equal(why[size], '#');
    }
    kl_study_free(&x);
    kl_study_free(&y);
}

/* ---- held against the draws ---- */

#define FACTORIAL                                                                                              \
    "design: {kind: factorial, factors: {fee: [0.01, 0.03, 0.08], shareable: {levels: 2, of: {uniform: [0.1, " \
    "0.3]}}}}\n"
#define SALTELLI "design: {kind: saltelli, base: 4, factors: [fee]}\n"

static const char *const studies[] = {
    HEAD,
    "klaster: 1\nseed: 12\nmonths: 24\n",
    HEAD "replicates: 3\n",
    HEAD "design: sobol\npoints: 4\n",
    HEAD FIXED "design: sobol\npoints: 4\n",
    HEAD FIXED "points: 4\n",
    HEAD FIXED "points: 6\ndesign: latin_hypercube\n",
    HEAD "points: 4\n" VARYING,
    HEAD "points: 8\n" VARYING,
    HEAD "points: 8\n" VARYING ARMS,
    HEAD "points: 8\nreplicates: 2\n" VARYING ARMS THIRD,
    HEAD "points: 8\n" VARYING ARMS "- {name: third, parameters: {shareable: {uniform: [0.1, 0.3]}}}\n",
    HEAD "points: 8\ndesign: latin_hypercube\n" VARYING ARMS,
    HEAD "points: 8\ndesign: latin_hypercube\n" VARYING ARMS THIRD,
    HEAD "points: 16\ndesign: latin_hypercube\n" VARYING ARMS,
    HEAD "points: 8\ndesign: sobol\n" VARYING ARMS,
    HEAD "points: 16\ndesign: sobol\n" VARYING ARMS,
    HEAD "points: 16\ndesign: sobol\n" VARYING ARMS "- {name: third, parameters: {shareable: {uniform: [0.1, 0.3]}}}\n",
    HEAD "points: 16\ndesign: sobol\n" VARYING ARMS
         "- {name: third, parameters: {campaign_rate: {uniform: [0.1, 0.2]}}}\n",
    HEAD FIXED "points: 8\ndesign: sobol\n" VARYING ARMS,
    HEAD FIXED "points: 16\ndesign: sobol\n" VARYING ARMS
               "- {name: third, parameters: {campaign_rate: {uniform: [0.1, 0.2]}}}\n",
    HEAD "points: 2\nparameters: {margin: {uniform: [0.1, 0.2]}}\n" FACTORIAL ARMS,
    HEAD "points: 3\nparameters: {margin: {uniform: [0.1, 0.2]}}\n" FACTORIAL ARMS,
    HEAD "points: 3\nparameters: {margin: {uniform: [0.1, 0.2]}}\n"
         "design: {kind: factorial, factors: {fee: [0.01, 0.03, 0.08], shareable: {levels: 3, of: {uniform: [0.1, "
         "0.3]}}}}\n" ARMS,
    HEAD SALTELLI VARYING ARMS,
    HEAD "design: {kind: saltelli, base: 8, factors: [fee]}\n" VARYING ARMS,
    HEAD "design: {kind: saltelli, base: 8, factors: [fee, margin]}\n" VARYING ARMS,
    HEAD "design: {kind: saltelli, base: 8, factors: [fee, margin], second_order: true}\n" VARYING ARMS,
    HEAD "design: {kind: morris, trajectories: 4, levels: 6}\n" VARYING ARMS,
    HEAD "design: {kind: morris, trajectories: 6, levels: 6}\n" VARYING ARMS,
    HEAD "design: {kind: morris, trajectories: 6, levels: 4}\n" VARYING ARMS,
    HEAD "points: 8\nmechanism: {choice: [five-stage, big-bang]}\n" VARYING,
    HEAD "points: 8\nmechanism: {choice: [big-bang, five-stage]}\n" VARYING,
    HEAD "points: 12\nmechanism: {choice: [five-stage, big-bang]}\n" VARYING,
    HEAD "points: 12\nmechanism: {choice: [five-stage, big-bang, giz]}\n" VARYING,
    HEAD "points: 12\nmechanism: big-bang\n" VARYING,
    HEAD "points: 8\nmechanism: {choice: [five-stage, big-bang]}\n" VARYING
         "arms:\n- {name: standard}\n- {name: other, mechanism: {choice: [giz, jm]}}\n",
};
#define N_STUDIES ((int)(sizeof studies / sizeof studies[0]))

static int arm_of(const kl_study *study, const char *name)
{
    for (int i = 0; i < study->n_arms; i++)
        if (strcmp(study->arm[i].name, name) == 0)
            return i;
    return -1;
}

/* All that a run is a function of, for every run of `part`. */
static int runs_are_there(const kl_study *whole, const kl_study *part)
{
    if (part->horizon != whole->horizon || part->n_points > whole->n_points ||
        part->n_replicates > whole->n_replicates ||
        strcmp(part->arm[part->baseline].name, whole->arm[whole->baseline].name) != 0)
        return 0;
    for (int arm = 0; arm < part->n_arms; arm++)
        for (int point = 0; point < part->n_points; point++) {
            int other = arm_of(whole, part->arm[arm].name);
            kl_params a, b;
            kl_mechanism x, y;
            kl_world v = kl_study_world(part, point, 0), w = kl_study_world(whole, point, 0);
            if (other < 0 || v.seed != w.seed || v.point != w.point)
                return 0;
            if (kl_study_draw(part, arm, point, &a, &x) != kl_study_draw(whole, other, point, &b, &y))
                return 0;
            for (int id = 0; id < KL_N_PARAMS; id++)
                if (kl_params_get(&a, (kl_param_id)id) != kl_params_get(&b, (kl_param_id)id))
                    return 0;
            if (memcmp(&x, &y, sizeof x) != 0)
                return 0;
        }
    return 1;
}

static void what_is_said_to_be_contained_is_drawn_the_same_and_the_other_way_round(void **state)
{
    (void)state;
    kl_study study[N_STUDIES];
    int n_contained = 0, n_careful = 0;
    for (int i = 0; i < N_STUDIES; i++) {
        kl_diagnostics found;
        kl_status status = kl_study_parse(&study[i], studies[i], strlen(studies[i]), "test.yaml", NULL, &found);
        if (status != KL_OK)
            kl_diagnostics_print(&found, stderr);
        assert_int_equal(status, KL_OK);
        kl_diagnostics_free(&found);
    }
    for (int i = 0; i < N_STUDIES; i++)
        for (int j = 0; j < N_STUDIES; j++) {
            char why[300];
            int said = kl_study_contains(&study[i], &study[j], why, sizeof why);
            int is = runs_are_there(&study[i], &study[j]);
            if (said && !is)
                fail_msg("study %d is no part of study %d", j, i);
            n_contained += said && i != j;
            n_careful += is && !said;
            if (is && !said)
                print_message("%d could hold %d: %s\n", i, j, why);
        }
    assert_true(n_contained >= 14);
    assert_int_equal(n_careful, 0);
    for (int i = 0; i < N_STUDIES; i++)
        kl_study_free(&study[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_studies_differ_in_nothing),
        cmocka_unit_test(every_key_that_differs_is_named_with_both_values),
        cmocka_unit_test(values_are_said_as_study_files_say_them),
        cmocka_unit_test(what_differs_alike_in_every_arm_is_said_once),
        cmocka_unit_test(mechanisms_and_stages_are_compared),
        cmocka_unit_test(words_are_told_but_change_no_run),
        cmocka_unit_test(what_changes_runs_is_told_before_what_does_not),
        cmocka_unit_test(more_worlds_arms_and_other_words_contain_the_study),
        cmocka_unit_test(what_is_missing_or_differs_is_said),
        cmocka_unit_test(a_latin_hypercube_of_another_size_shares_no_world),
        cmocka_unit_test(an_input_before_others_moves_their_places_in_a_sobol_sequence),
        cmocka_unit_test(a_zero_of_the_other_sign_is_another_value),
        cmocka_unit_test(a_reason_is_cut_to_its_buffer),
        cmocka_unit_test(what_is_said_to_be_contained_is_drawn_the_same_and_the_other_way_round),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
