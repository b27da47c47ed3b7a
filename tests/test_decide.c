/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `klaster decide` from outside: on a small study with a pilot, its gate and money, and on what it must refuse. */
#define _DEFAULT_SOURCE 1 /* mkdtemp under -std=c11 */
#include "cli_shell.h"

#include <math.h>

#include "klaster/klaster.h"

static const char study[] =
    "klaster: 1\nname: choice\ntitle: A small choice\nseed: 11\nmonths: 40\npoints: 60\nreplicates: 2\n"
    "mechanism: five-stage\nuncertainty: none\n"
    "parameters: {firms: 12, scale_elasticity: {uniform: [0.5, 0.9]}, shareable: {uniform: [0.3, 0.6]},\n"
    "  opex: {uniform: [20000, 60000]}, months.pilot: 3, gate_threshold: 0.62}\n"
    "arms:\n  - name: base\n  - name: aided\n    parameters: {opex_support: 0.5}\n"
    "  - name: ungated\n    parameters: {gate: false}\n"
    "  - name: direct\n    mechanism:\n      name: direct\n      stages:\n"
    "        - {name: assess, kind: assess, months: {integer: [2, 3]}}\n"
    "        - {name: build, kind: build, months: {integer: [3, 6]}}\n"
    "        - {name: rollout, kind: rollout, months: {integer: [6, 12]}}\n"
    "        - {name: optimise, kind: optimise}\n";

static int prepare(void **state)
{
    return enter_with(
        state, "choice.yaml", study,
        "klaster run choice.yaml -o choice.h5 --quiet && klaster run paper --runs 3 -o one-arm.h5 --quiet");
}

/* A table of `decide --json`. */
static json_t *table_of(const char *options, const char *table)
{
    char line[512];
    snprintf(line, sizeof line, "klaster decide choice.h5 --no-save --json --table %s %s", table, options);
    return json_of(line);
}

/* The first table's rows: name of a column -> value, for the row whose first text is `key`. */
static double value_at(json_t *json, const char *key, const char *column)
{
    json_t *rows = json_object_get(json_array_get(json_object_get(json, "tables"), 0), "rows"), *row;
    size_t i;
    json_array_foreach(rows, i, row)
    {
        json_t *name = json_object_get(row, "arm");
        name = name ? name : json_object_get(row, "known");
        if (name && strcmp(json_string_value(name), key) == 0) {
            json_t *value = json_object_get(row, column);
            return json_is_number(value) ? json_number_value(value) : (double)NAN;
        }
    }
    fail_msg("no row %s", key);
    return NAN;
}

static void assert_near(double x, double due, double tolerance)
{
    if (!(fabs(x - due) <= tolerance))
        fail_msg("%.17g is not within %g of %.17g", x, tolerance, due);
}

static void the_decision_and_its_sentences_are_printed(void **state)
{
    (void)state;
    expect("klaster decide choice.h5 --no-save", 0, "has the highest expected net benefit (npv_social)", "");
    expect("klaster decide choice.h5 --no-save", 0, "The gate of base is worth", "");
    expect("klaster decide choice.h5 --no-save", 0, "What public_spending buys in members_final", "");
    expect("klaster decide choice.h5 --no-save --explain", 0, "Strong, Oakley & Brennan", "");
}

static void probabilities_sum_to_1_and_the_best_has_the_least_loss(void **state)
{
    static const char *const arms[] = {"base", "aided", "ungated", "direct"};
    (void)state;
    json_t *json = table_of("", "decision");
    json_t *known = table_of("", "information");
    double sum = 0, least = INFINITY;
    for (int a = 0; a < 4; a++) {
        sum += value_at(json, arms[a], "best");
        least = fmin(least, value_at(json, arms[a], "expected_loss"));
        assert_near(value_at(json, arms[a], "left_out"), 0, 0);
        assert_near(value_at(json, arms[a], "points"), 60, 0);
    }
    assert_near(sum, 1, 1e-12);
    assert_near(value_at(known, "everything", "value"), least, 1e-6);
    double all = value_at(known, "all inputs", "value");
    assert_true(all >= 0 && all <= least * (1 + 1e-12));
    assert_true(value_at(known, "opex", "value") <= all);
    json_decref(json);
    json_decref(known);
}

static void the_pilots_parts_add_up_to_its_value(void **state)
{
    (void)state;
    json_t *json = table_of("", "pilot");
    double value = value_at(json, "base", "gate_value");
    assert_near(value_at(json, "base", "loss_avoided") - value_at(json, "base", "gain_forgone") +
                    value_at(json, "base", "repeating"),
                value, 1e-6 * (1 + fabs(value)));
    assert_near(value_at(json, "base", "stop_right") + value_at(json, "base", "stop_wrong") +
                    value_at(json, "base", "go_right") + value_at(json, "base", "go_wrong"),
                1, 1e-12);
    double stopped = value_at(json, "base", "stopped");
    assert_true(stopped > 0 && stopped < 1); /* else this test tests nothing */
    assert_near(value_at(json, "base", "pilot_value"), value + value_at(json, "base", "delay"),
                1e-6 * (1 + fabs(value)));
    assert_near(value_at(json, "base", "months"), 3, 0);
    json_decref(json);
}

static void a_decision_at_a_willingness_to_pay_is_that_of_the_curve(void **state)
{
    (void)state;
    json_t *at = table_of("--at 10000", "decision");
    json_t *curve = table_of("--wtp 10000:20000:2", "acceptability");
    assert_near(value_at(at, "aided", "best"), value_at(curve, "aided", "best"), 1e-12);
    assert_near(value_at(at, "aided", "expected_loss"), value_at(curve, "aided", "expected_loss"), 1e-6);
    json_decref(at);
    json_decref(curve);
}

static void options_choose_arms_baseline_and_groups(void **state)
{
    (void)state;
    json_t *json = table_of("--arm aided --baseline direct", "decision");
    assert_near(value_at(json, "direct", "over_baseline"), 0, 0);
    assert_int_equal(json_array_size(json_object_get(json_array_get(json_object_get(json, "tables"), 0), "rows")), 2);
    json_decref(json);
    json = table_of("--group two=opex,shareable", "information");
    assert_true(value_at(json, "two", "value") >= value_at(json, "opex", "value"));
    json_decref(json);
    json = table_of("--points", "plane_points");
    assert_int_equal(json_array_size(json_object_get(json_array_get(json_object_get(json, "tables"), 0), "rows")), 180);
    json_decref(json);
}

static void tables_are_kept_in_the_file_and_are_the_same_again(void **state)
{
    (void)state;
    expect("klaster run choice.yaml -o kept.h5 --quiet && klaster decide kept.h5 > first.txt && klaster show kept.h5",
           0, "acceptability_frontier", NULL);
    expect("klaster decide kept.h5 > second.txt && cmp first.txt second.txt", 0, "", "");
    expect("grep 'More, by --table NAME' first.txt && klaster decide kept.h5 --explain", 0, "acceptability  How likely",
           "");
}

static void wrong_usage_is_refused(void **state)
{
    (void)state;
    expect("klaster decide one-arm.h5", 2, "", "a decision needs two options or more, and the study has one arm");
    expect("klaster decide choice.h5 --arm base", 2, "", "one arm was chosen");
    expect("klaster decide choice.h5 --effect saving_nett", 2, "", "did you mean 'saving_net'?");
    expect("klaster decide choice.h5 --wtp 1:2", 2, "", "is not FROM:TO:N");
    expect("klaster decide choice.h5 --wtp 5:2:3", 2, "", "is not FROM:TO:N");
    expect("klaster decide choice.h5 --wtp nan:2:3", 2, "", "is not FROM:TO:N");
    expect("klaster decide choice.h5 --at -1", 2, "", "no amount of 0 or more");
    expect("klaster decide choice.h5 --at 1 --net-benefit synergy", 2, "", "not both");
    expect("klaster decide choice.h5 --group x=margin", 2, "", "'margin' is no input that is uncertain");
    expect("klaster decide choice.h5 --group opex", 2, "", "is not NAME=INPUT");
    expect("klaster decide choice.h5 --group x=", 2, "", "is no input");
    expect("klaster decide choice.h5 --baseline aidd", 2, "", "did you mean 'aided'?");
    expect("klaster decide nowhere.h5", 3, "", "nowhere.h5");
}

static void a_metric_that_is_nowhere_defined_is_said_to_be(void **state)
{
    (void)state;
    expect("klaster decide choice.h5 --arm direct --net-benefit pilot_score", 1, "",
           "no world in which pilot_score is defined for every option");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_decision_and_its_sentences_are_printed),
        cmocka_unit_test(probabilities_sum_to_1_and_the_best_has_the_least_loss),
        cmocka_unit_test(the_pilots_parts_add_up_to_its_value),
        cmocka_unit_test(a_decision_at_a_willingness_to_pay_is_that_of_the_curve),
        cmocka_unit_test(options_choose_arms_baseline_and_groups),
        cmocka_unit_test(tables_are_kept_in_the_file_and_are_the_same_again),
        cmocka_unit_test(wrong_usage_is_refused),
        cmocka_unit_test(a_metric_that_is_nowhere_defined_is_said_to_be),
    };
    return cmocka_run_group_tests_name("decide", tests, prepare, leave_scratch);
}
