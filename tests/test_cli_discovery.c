/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * klaster discover and klaster claims from outside. */
#define _DEFAULT_SOURCE 1 /* mkdtemp under -std=c11 */
#include "cli_shell.h"

/* The shareable part decides the joint saving; the second arm has no ecosystem, and no saving. */
static const char study[] =
    "klaster: 1\nname: small\nseed: 7\nmonths: 40\npoints: 240\nreplicates: 2\nmechanism: big-bang\nuncertainty: none\n"
    "parameters: {firms: {integer: [8, 20]}, reserve: 2e6, shareable: {uniform: [0.2, 0.8]}, graph: {choice: [random, "
    "blocks]}}\n"
    "arms:\n  - name: base\n  - name: nothing\n    parameters: {ecosystem: false}\n"
    "claims:\n  - {name: third, metric: saving_joint, interval: [0.2, null], source: nowhere}\n"
    "  - {name: none, metric: saving_joint, interval: [5, 6], source: nowhere}\n";

static int prepare(void **state)
{
    return enter_with(
        state, "small.yaml", study,
        "klaster run small.yaml -o small.h5 --quiet && klaster run small.yaml -o few.h5 --runs 20 --quiet");
}

static void claims_say_where_they_hold_break_and_what_it_takes(void **state)
{
    (void)state;
    expect("klaster claims small.h5 -a base", 0, "third: saving_joint >= 0.2", "");
    expect("klaster claims small.h5 -a base", 0, "Holds most where shareable above 0.", "");
    expect("klaster claims small.h5 -a base", 0, "Breaks first with shareable below 0.", "");
    expect("klaster claims small.h5 -a base", 0, "To hold in 80 %", "");
    expect("klaster claims small.h5 -a base", 0, "nowhere in particular", ""); /* the second claim */
}

static void tables_are_kept_and_shown(void **state)
{
    (void)state;
    expect("klaster claims small.h5 -a base >/dev/null && klaster show small.h5 claims_boxes --csv", 0,
           "shareable above", "");
    expect("klaster discover small.h5 -a base -w 'saving_joint >= 0.2' --no-save >/dev/null && klaster show small.h5",
           0, NULL, "");
    expect("klaster discover small.h5 -a base -w 'saving_joint >= 0.2' >/dev/null && klaster show small.h5 "
           "discovery_trajectory",
           0, "peel", "");
    expect("klaster discover small.h5 -a base --claim third --explain", 0, "quasi-p-value", "");
}

static void an_arm_without_the_metric_is_said_to_have_too_few_worlds(void **state)
{
    (void)state;
    expect("klaster claims small.h5 -a nothing --no-save", 0, "480 worlds are left out",
           "in 2 of 2 answers too few points count");
    expect("klaster claims small.h5 -a nothing --undefined-fails --no-save", 0, "of 480 worlds", "");
    expect("klaster claims few.h5 --no-save", 0, NULL, "at least 40 are needed");
}

static void a_tree_is_printed_when_asked_for(void **state)
{
    (void)state;
    expect("klaster discover small.h5 -a base -c third -m tree --no-save", 0, "shareable below 0.", "");
    expect("klaster discover small.h5 -a base -c third -m tree --no-save | grep -c 'Holds most' || true", 0, "0\n", "");
    expect("klaster discover small.h5 -a base -c third -m both --no-save", 0, "Tree", "");
    expect("klaster discover small.h5 -a base -w 'status == completed' -w 'status != alone' --no-save", 0,
           "status != alone", "");
}

static void json_and_csv_have_every_table(void **state)
{
    (void)state;
    said s = shell("klaster discover small.h5 -c third --json --no-save");
    json_error_t error;
    json_t *json = json_loads(s.out, 0, &error);
    assert_non_null(json);
    assert_int_equal(json_array_size(json_object_get(json, "tables")), 6);
    json_decref(json);
    forget(&s);
    expect("klaster discover small.h5 -a base -c third --table discovery_limits --csv --no-save", 0,
           "arm,condition,box,input", "");
}

static void the_same_question_has_the_same_answer(void **state)
{
    (void)state;
    expect("klaster discover small.h5 -c third --csv --no-save > a.csv; klaster discover small.h5 -c third --csv "
           "--no-save > b.csv;"
           " cmp a.csv b.csv && test -s a.csv",
           0, "", "too few");
}

static void nonsense_is_explained(void **state)
{
    (void)state;
    static const struct {
        const char *condition, *says;
    } bad[] = {
        {"saving_joit > 1", "did you mean 'saving_joint'"},
        {"saving_joint", "is no condition"},
        {"saving_joint => 1", "is no condition"},
        {"saving_joint in [0.4, 0.3]", "is no condition"},
        {"saving_joint in [0.3, 0.4", "is no condition"},
        {"saving_joint in 0.3, 0.4]", "is no condition"},
        {"saving_joint in [0.3, 0.4] or", "is no condition"},
        {"saving_joint > nan", "is no condition"},
        {"saving_joint > 0x1", "is no condition"},
        {"saving_joint > 1e999", "is no condition"},
        {"saving_joint > 1 2", "is no condition"},
        {"status > completed", "is no condition"},
        {"status == complet", "did you mean 'completed'"},
        {"status == completed twice", "is no condition"},
        {"status ==", "is no condition"},
        {"", "is no condition"},
        {"%s%n > 1", "is no condition"},
    };
    for (size_t k = 0; k < sizeof bad / sizeof bad[0]; k++) {
        char line[256];
        snprintf(line, sizeof line, "klaster discover small.h5 -w '%s'", bad[k].condition);
        expect(line, 2, "", bad[k].says);
    }
    expect("klaster discover small.h5", 2, "", "--where CONDITION or --claim NAME is missing");
    expect("klaster discover small.h5 -c thrid", 2, "", "did you mean 'third'");
    expect("klaster discover small.h5 -c third -a bsae", 2, "", "base");
    expect("klaster discover small.h5 -c third --boxes 0", 2, "", "whole number from 1 to 10");
    expect("klaster discover small.h5 -c third --csv --json", 2, "", "not both");
    expect("klaster claims nowhere.h5", 3, "", "nowhere.h5");
    expect("klaster claims small.yaml", 3, "", "small.yaml");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(claims_say_where_they_hold_break_and_what_it_takes),
        cmocka_unit_test(tables_are_kept_and_shown),
        cmocka_unit_test(an_arm_without_the_metric_is_said_to_have_too_few_worlds),
        cmocka_unit_test(a_tree_is_printed_when_asked_for),
        cmocka_unit_test(json_and_csv_have_every_table),
        cmocka_unit_test(the_same_question_has_the_same_answer),
        cmocka_unit_test(nonsense_is_explained),
    };
    return cmocka_run_group_tests(tests, prepare, leave_scratch);
}
