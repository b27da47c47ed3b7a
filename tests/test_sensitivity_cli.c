/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `klaster sensitivity` from the outside: each design gets its answer, tables are kept, what is wrong is said, and runs without a
 * value are counted. */
#define _GNU_SOURCE 1 /* setenv, mkdtemp */
#include "cli_shell.h"

static const char head[] =
    "klaster: 1\\nname: s\\nmonths: 24\\nmechanism: big-bang\\nuncertainty: none\\n"
    "parameters:\\n  firms: 12\\n  margin: {uniform: [0.1, 0.4]}\\n  fee: {uniform: [0, 0.2]}\\n";

/* Write and play a study with the lines that are given. */
static void play(const char *name, const char *lines)
{
    char line[2048];
    snprintf(line, sizeof line, "printf '%s%s' > %s.yaml && klaster run %s.yaml -o %s.h5 --force --quiet", head, lines,
             name, name, name);
    said s = shell(line);
    assert_string_equal(s.err, "");
    assert_int_equal(s.code, 0);
    forget(&s);
}

static void a_saltelli_study_prints_bars_and_keeps_its_tables(void **state)
{
    (void)state;
    play("saltelli", "replicates: 2\\ndesign: {kind: saltelli, base: 32, second_order: true}\\n");
    said s = shell("klaster sensitivity saltelli.h5 -m value_firms -m completed -b 60");
    assert_int_equal(s.code, 0);
    assert_says(s.out, "Sobol indices");
    assert_says(s.out, "The inputs make");
    assert_says(s.out, "margin");
    assert_says(s.out, "each by itself, together");
    forget(&s);
    s = shell("klaster show saltelli.h5 sensitivity_sobol --csv | head -4 && klaster show saltelli.h5 --csv");
    assert_int_equal(s.code, 0);
    assert_says(s.out, "arm,metric,input,first,first_lo,first_hi,total,total_lo,total_hi,defended\r\n");
    assert_says(s.out, "baseline,value_firms,margin,");
    assert_says(s.out, "baseline,value_firms,all inputs,");
    assert_says(s.out, "sensitivity_pairs");
    forget(&s);
}

static void every_design_gets_its_answer(void **state)
{
    (void)state;
    play("random", "points: 60\\n");
    play("even", "points: 64\\ndesign: sobol\\n");
    play("morris", "design: {kind: morris, trajectories: 10}\\nreplicates: 2\\n");
    play("grid", "points: 3\\ndesign: {kind: factorial, factors: {margin: [0.1, 0.2, 0.3], fee: [0, 0.1]}}\\n");
    static const char *const cases[][3] = {{"random", "sensitivity_given", "lowers"},
                                           {"even", "sensitivity_given", "lowers"},
                                           {"morris", "sensitivity_morris", "elementary effects"},
                                           {"grid", "sensitivity_factorial", "interactions"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char line[256];
        snprintf(line, sizeof line, "klaster sensitivity %s.h5 -m value_firms -b 40", cases[i][0]);
        said s = shell(line);
        assert_int_equal(s.code, 0);
        assert_says(s.out, cases[i][2]);
        forget(&s);
        snprintf(line, sizeof line, "klaster sensitivity %s.h5 -m value_firms -b 0 --no-save --table %s --csv",
                 cases[i][0], cases[i][1]);
        s = shell(line);
        assert_int_equal(s.code, 0);
        assert_says(s.out, "baseline,value_firms,margin,");
        forget(&s);
    }
}

static void the_same_file_gives_the_same_tables(void **state)
{
    (void)state;
    play("random", "points: 60\\n");
    play("saltelli", "replicates: 2\\ndesign: {kind: saltelli, base: 32}\\n");
    said s = shell("for f in random saltelli; do klaster sensitivity $f.h5 --json --no-save > $f.1; "
                   "klaster sensitivity $f.h5 --json --no-save > $f.2; cmp $f.1 $f.2 || exit 9; done");
    assert_int_equal(s.code, 0);
    forget(&s);
}

static void runs_without_a_value_are_counted_and_strict_refuses_them(void **state)
{
    (void)state;
    /* Firms whose inclination to join differs so much that in a part of the worlds nobody is a member at maturity. */
    play("gaps", "  join_intercept: {uniform: [-12, -3]}\\npoints: 80\\n");
    said s = shell("klaster sensitivity gaps.h5 -m saving_joint");
    assert_int_equal(s.code, 0);
    assert_says(s.out, "Undefined or missing in ");
    assert_says(s.out, "Not defended");
    forget(&s);
    s = shell("klaster sensitivity gaps.h5 -m saving_joint --strict");
    assert_int_equal(s.code, 1);
    assert_says(s.err, "1 of 1 outcomes");
    forget(&s);
    s = shell("klaster sensitivity gaps.h5 -m saving_joint_all -m completed --strict");
    assert_int_equal(s.code, 0);
    forget(&s);
}

static void wrong_usage_is_explained(void **state)
{
    (void)state;
    play("random", "points: 60\\n");
    expect("printf 'klaster: 1\\nname: c\\nmonths: 12\\nmechanism: big-bang\\nuncertainty: none\\n"
           "parameters: {firms: 8, months.build: 4, months.rollout: 6}\\npoints: 5\\n' > c.yaml && klaster run c.yaml "
           "-o constant.h5 --force --quiet",
           0, NULL, "");
    expect("klaster sensitivity", 2, "", "FILE is missing");
    expect("klaster sensitivity nowhere.h5", 3, "", "nowhere.h5");
    expect("klaster sensitivity random.h5 -m value_firm", 2, "", "did you mean 'value_firms'");
    expect("klaster sensitivity random.h5 -m completd", 2, "", "did you mean 'completed'");
    expect("klaster sensitivity random.h5 -m bcr -m bcr", 2, "", "named twice");
    expect("klaster sensitivity random.h5 --bootstrap 10", 2, "", "at least 40");
    expect("klaster sensitivity random.h5 --arm nobody", 2, "", "nobody");
    expect("klaster sensitivity random.h5 --csv --json", 2, "", "not both");
    expect("klaster sensitivity constant.h5", 2, "", "no input varies");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_saltelli_study_prints_bars_and_keeps_its_tables),
        cmocka_unit_test(every_design_gets_its_answer),
        cmocka_unit_test(the_same_file_gives_the_same_tables),
        cmocka_unit_test(runs_without_a_value_are_counted_and_strict_refuses_them),
        cmocka_unit_test(wrong_usage_is_explained),
    };
    return cmocka_run_group_tests(tests, enter_scratch, leave_scratch);
}
