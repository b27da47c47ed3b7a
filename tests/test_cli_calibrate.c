/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `klaster calibrate` from the outside: it finds the parameters that made the data, leaves alone what the data do not know,
 * gives the same bytes for any number of threads, keeps its tables, and says what is wrong with targets. */
#define _GNU_SOURCE 1 /* setenv, mkdtemp */
#include "cli_shell.h"

#include <math.h>

#include "klaster/klaster.h"

static const char head[] = "klaster: 1\nname: c\nmonths: 12\nmechanism: big-bang\nparameters:\n  firms: 30\n";

static void write_study(const char *name, const char *lines)
{
    FILE *file = fopen(name, "w");
    assert_non_null(file);
    assert_true(fprintf(file, "%s%s", head, lines) > 0);
    assert_int_equal(fclose(file), 0);
}

/* A number of the row of an input, column from 0, in CSV without quotes. */
static double cell(const char *csv, const char *row, int column)
{
    const char *p = strstr(csv, row);
    if (!p)
        fail_msg("no row %s in:\n%s", row, csv);
    for (int i = 0; p && i < column; i++) {
        p = strchr(p, ',');
        assert_non_null(p);
        p++;
    }
    return p ? strtod(p, NULL) : NAN;
}

#define PRIORS \
    "  employees_mean: {uniform: [20, 200]}\n  exporters: {uniform: [0.05, 0.95]}\n  margin: {uniform: [0.1, 0.4]}\n"

/* Truth: 70 employees a firm with a spread of 0.3, 60 % of the firms exporters in half the export markets; its outcomes,
 * played in 200 worlds, are the targets. */
static void simulated_data_give_back_the_parameters_that_made_them(void **state)
{
    (void)state;
    write_study("truth.yaml", "  employees_mean: 70\n  exporters: 0.6\n  employees_sd: 0.3\n  market_export: 0.5\n"
                              "points: 1\nreplicates: 200\n");
    kl_study study;
    kl_diagnostics found;
    said s = shell("klaster run truth.yaml -o truth.h5 -f -q");
    assert_int_equal(s.code, 0);
    forget(&s);
    kl_result result;
    kl_reason reason;
    assert_int_equal(kl_result_open(&result, "truth.h5", &reason), KL_OK);
    double employees = 0, exports = 0, value[200];
    assert_int_equal(kl_result_outcome(&result, 0, KL_OUT_firm_employees, value), KL_OK);
    for (int i = 0; i < 200; i++)
        employees += value[i] / 200;
    assert_int_equal(kl_result_outcome(&result, 0, KL_OUT_export_share, value), KL_OK);
    for (int i = 0; i < 200; i++)
        exports += value[i] / 200;
    kl_result_close(&result);
    char lines[1024];
    snprintf(lines, sizeof lines,
             PRIORS "  employees_sd: 0.3\n  market_export: 0.5\npoints: 400\nseed: 11\ntargets:\n"
                    "  - {metric: firm_employees, value: %.6g, tolerance: 3}\n"
                    "  - {metric: export_share, value: %.6g, tolerance: 0.02, source: simulated}\n",
             employees, exports);
    write_study("fit.yaml", lines);
    assert_int_equal(kl_study_load(&study, "fit.yaml", NULL, &found), KL_OK);
    assert_int_equal(study.n_targets, 2);
    kl_study_free(&study);
    kl_diagnostics_free(&found);
    s = shell("klaster calibrate fit.yaml -q --table calibration_inputs --csv");
    assert_int_equal(s.code, 0);
    /* 90 % intervals; with targets at the expected values the truth lies near the middle of the posterior, so that leaving
     * them takes about 1.6 of its standard deviations: below 1 in 100 for the few tenths that sampling may shift them */
    assert_true(cell(s.out, "\nemployees_mean,", 6) < 70 && cell(s.out, "\nemployees_mean,", 8) > 70);
    assert_true(cell(s.out, "\nexporters,", 6) < 0.6 && cell(s.out, "\nexporters,", 8) > 0.6);
    assert_true(fabs(cell(s.out, "\nemployees_mean,", 7) - 70) < 5);
    assert_true(cell(s.out, "\nemployees_mean,", 11) > 0.8);
    assert_says(s.out, "employees_mean,employee,yes,");
    assert_says(s.out, "margin,1,no,"); /* false alarm 1 in 100 */
    forget(&s);
}

static const char small[] = PRIORS "points: 60\ntargets:\n  - {metric: firm_employees, value: 84, tolerance: 10}\n"
                                   "  - {metric: members@6, value: 0.5, tolerance: 0.3}\n";

static void threads_change_no_byte_and_seeds_do(void **state)
{
    (void)state;
    write_study("small.yaml", small);
    said one = shell("klaster calibrate small.yaml -q -j 1 --csv"),
         two = shell("klaster calibrate small.yaml -q -j 2 --csv");
    said other = shell("klaster calibrate small.yaml -q --seed 9 --csv");
    assert_int_equal(one.code, 0);
    assert_int_equal(other.code, 0);
    assert_string_equal(one.out, two.out);
    assert_true(strcmp(one.out, other.out) != 0);
    forget(&one);
    forget(&two);
    forget(&other);
}

static void tables_are_kept_and_what_was_learned_can_be_included(void **state)
{
    (void)state;
    write_study("small.yaml", small);
    said s = shell("klaster calibrate small.yaml -n 80 -o small.h5 --write-parameters fitted.yaml");
    assert_int_equal(s.code, 0);
    assert_says(s.out, "How well the targets are met");
    assert_says(s.out, "80 particles");
    assert_says(s.out, " targets agree with the fitted worlds");
    assert_says(s.out, "They teach ");
    assert_says(s.err, "wave 1: tolerance");
    forget(&s);
    s = shell(
        "klaster show small.h5 && klaster show small.h5 calibration_sample --csv | wc -l && klaster summary small.h5");
    assert_int_equal(s.code, 0);
    assert_says(s.out, "calibration_waves");
    assert_says(s.out, "81\n");
    forget(&s);
    write_study("next.yaml", "include: fitted.yaml\n");
    s = shell("cat fitted.yaml && klaster check next.yaml");
    assert_int_equal(s.code, 0);
    assert_says(s.out, "employees_mean: {normal: [");
    assert_says(s.out, "#   margin");
    forget(&s);
    s = shell("klaster calibrate small.yaml -q --write-parameters fitted.yaml");
    assert_int_equal(s.code, 3);
    assert_says(s.err, "fitted.yaml exists already");
    forget(&s);
    s = shell("klaster calibrate small.yaml -q -o small.h5");
    assert_int_equal(s.code, 3);
    forget(&s);
}

static void waves_that_run_out_are_told_with_code_1(void **state)
{
    (void)state;
    write_study("far.yaml", PRIORS "points: 60\ntargets: [{metric: firm_employees, value: 199, tolerance: 0.01}]\n");
    said s = shell("klaster calibrate far.yaml -w 4");
    assert_int_equal(s.code, 1);
    assert_says(s.err, "the waves ran out at");
    assert_says(s.out, "calibration_inputs");
    forget(&s);
}

static void a_target_that_no_world_reaches_is_told_with_code_1(void **state)
{
    (void)state;
    write_study("never.yaml", PRIORS "  ecosystem: false\npoints: 60\n"
                                     "targets: [{metric: month_built, value: 3, tolerance: 1}]\n");
    said s = shell("klaster calibrate never.yaml -q");
    assert_int_equal(s.code, 1);
    assert_says(s.err, "in 60 of 60 worlds of the prior a target has no value");
    forget(&s);
}

/* ---- nonsense ---- */

static void nonsense_in_targets_is_said_with_its_place(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"targets: 3\n", "n.yaml:7:10: error: targets: takes a list of targets"},
        {"targets: [3]\n", "a target is a map"},
        {"targets: [{metric: brand}]\n", "'value' is missing in the target"},
        {"targets: [{metric: brand, value: 1}]\n", "'tolerance' is missing in the target"},
        {"targets: [{metric: brandy, value: 1, tolerance: 1}]\n", "'brandy' is no outcome; did you mean 'brand'?"},
        {"targets: [{metric: members, value: 1, tolerance: 1}]\n", "'members' is a series; say its month: members@12"},
        {"targets: [{metric: membres@3, value: 1, tolerance: 1}]\n", "did you mean 'members'?"},
        {"targets: [{metric: members@13, value: 1, tolerance: 1}]\n", "'13' is no month of this study: 1 to 12"},
        {"targets: [{metric: members@0, value: 1, tolerance: 1}]\n", "'0' is no month"},
        {"targets: [{metric: members@, value: 1, tolerance: 1}]\n", "'' is no month"},
        {"targets: [{metric: brand, value: 1, tolerance: 0}]\n",
         "n.yaml:7:48: error: targets[1].tolerance: 0: a tolerance is"},
        {"targets: [{metric: brand, value: 1, tolerance: .nan}]\n", "is not a number"},
        {"targets: [{metric: brand, value: much, tolerance: 1}]\n", "'much' is not a number"},
        {"targets: [{metric: brand, value: 1, tolerance: 1, arm: b}]\n", "'b' is no arm of this study"},
        {"targets: [{metric: brand, value: 1, tolerance: 1, weight: 2}]\n", "unknown key in a target"},
        {"targets: [{metric: members@3, value: 1, tolerance: 1}, {metric: members@03, value: 2, tolerance: 1}]\n",
         "an earlier target is about the same"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        write_study("n.yaml", cases[i][0]);
        expect("klaster calibrate n.yaml", 2, "", cases[i][1]);
    }
}

static void studies_that_cannot_be_calibrated_are_refused(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"  margin: {uniform: [0.1, 0.4]}\n", "no targets"},
        {"  months.build: 3\n  months.rollout: 6\ntargets: [{metric: brand, value: 1, tolerance: 1}]\n",
         "no input of this study is uncertain"},
        {"  margin: {uniform: [0.1, 0.4]}\npoints: 5\ntargets: [{metric: brand, value: 1, tolerance: 1}]\n",
         "a calibration takes 20 or more"},
        {"  margin: {uniform: [0.1, 0.4]}\ndesign: morris\ntargets: [{metric: brand, value: 1, tolerance: 1}]\n",
         "a morris design is no sample"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        write_study("n.yaml", cases[i][0]);
        expect("klaster calibrate n.yaml", 2, "", cases[i][1]);
    }
}

static void targets_belong_to_the_study_and_studies_without_keep_their_identity(void **state)
{
    (void)state;
    write_study("small.yaml", small);
    said s =
        shell("klaster check small.yaml --json > small.json && klaster check small.json --json | cmp - small.json && "
              "grep -c members@6 small.json");
    assert_int_equal(s.code, 0);
    forget(&s);
    write_study("without.yaml", PRIORS "targets: []\n");
    s = shell("klaster check without.yaml --json");
    assert_int_equal(s.code, 0);
    assert_null(strstr(s.out, "targets"));
    forget(&s);
}

/* Every table can be asked for by its name, and no other name is. */
static void an_unknown_table_is_refused_before_anything_is_played(void **state)
{
    (void)state;
    char line[256];
    said s = shell("klaster calibrate small.yaml --table calibration_wafes");
    assert_int_equal(s.code, 2);
    assert_says(s.err, "did you mean 'calibration_waves'");
    assert_null(strstr(s.err, "wave 0"));
    forget(&s);
    json_t *json = json_of("klaster calibrate small.yaml -q --json"), *table;
    size_t i;
    json_array_foreach(json_object_get(json, "tables"), i, table)
    {
        snprintf(line, sizeof line, "klaster calibrate small.yaml -q --csv --table %s",
                 json_string_value(json_object_get(table, "name")));
        expect(line, 0, ",", "");
    }
    assert_int_equal(i, 6);
    json_decref(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(simulated_data_give_back_the_parameters_that_made_them),
        cmocka_unit_test(threads_change_no_byte_and_seeds_do),
        cmocka_unit_test(tables_are_kept_and_what_was_learned_can_be_included),
        cmocka_unit_test(waves_that_run_out_are_told_with_code_1),
        cmocka_unit_test(a_target_that_no_world_reaches_is_told_with_code_1),
        cmocka_unit_test(nonsense_in_targets_is_said_with_its_place),
        cmocka_unit_test(studies_that_cannot_be_calibrated_are_refused),
        cmocka_unit_test(targets_belong_to_the_study_and_studies_without_keep_their_identity),
        cmocka_unit_test(an_unknown_table_is_refused_before_anything_is_played),
    };
    return cmocka_run_group_tests(tests, enter_scratch, leave_scratch);
}
