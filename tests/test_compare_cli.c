/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `klaster compare` from the outside: the four numbers, a null arm that differs by nothing, tables that are kept, wrong usage. */
#define _DEFAULT_SOURCE 1 /* mkdtemp under -std=c11 */
#include "cli_shell.h"

#include <math.h>

static const char study[] =
    "klaster: 1\nname: s\nseed: 3\npoints: 30\nreplicates: 2\nmonths: 40\nuncertainty: default\n"
    "baseline: none\nparameters: {firms: 20, reserve: 90000}\n"
    "arms:\n  - {name: more, parameters: {opex_support: 0.9, opex_support_months: 60, fee_subsidy: 0.3}}\n"
    "  - {name: none}\n  - {name: same}\n";

static int prepare(void **state)
{
    return enter_with(state, "s.yaml", study, "klaster run s.yaml -q -f -o s.h5");
}

static void the_text_shows_four_numbers_differences_and_who_gains(void **state)
{
    (void)state;
    expect("klaster compare s.h5 --no-save", 0, "Four big numbers", "");
    expect("klaster compare s.h5 --no-save", 0, "s.h5: 2 options against none in the same 60 worlds", "");
    expect("klaster compare s.h5 --no-save", 0, "npv_social (USD); none:", "");
    expect("klaster compare s.h5 --no-save", 0, "Who gains", "");
    expect("klaster compare s.h5 --no-save -m saving_joint", 0, "saving_joint of more:", "");
    expect("klaster compare s.h5 --no-save --all", 0, "crowded_out (firm); none: -", "");
    expect("klaster compare s.h5 --no-save | LC_ALL=C awk 'length > 80'", 0, "", "");
}

static void an_arm_that_changes_nothing_is_shown_as_nothing(void **state)
{
    (void)state;
    json_t *json = json_of("klaster compare s.h5 --all --no-save --json --table differences --arm same");
    json_t *rows = json_object_get(json_array_get(json_object_get(json, "tables"), 0), "rows");
    int seen = 0;
    assert_true(json_array_size(rows) > 40);
    for (size_t i = 0; i < json_array_size(rows); i++) {
        json_t *row = json_array_get(rows, i), *d = json_object_get(row, "difference");
        assert_non_null(d);
        if (!json_is_number(d))
            continue; /* undefined everywhere */
        seen++;
        assert_true(json_number_value(d) == 0);
        assert_true(json_number_value(json_object_get(row, "se")) == 0);
        assert_true(json_number_value(json_object_get(row, "higher")) == 0);
        assert_true(json_number_value(json_object_get(row, "lower")) == 0);
    }
    assert_true(seen > 40);
    json_decref(json);
}

static void the_numbers_are_those_of_the_exported_runs(void **state)
{
    (void)state;
    /* mean difference of social NPV, by awk from the runs themselves */
    expect("klaster export s.h5 --what runs > runs.csv\n"
           "tr -d '\\r' < runs.csv | awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }\n"
           "  $at[\"arm\"] == \"more\" { s += $at[\"npv_social\"] } $at[\"arm\"] == \"none\" { s -= "
           "$at[\"npv_social\"]; n++ }\n"
           "  END { printf \"%.6e\\n\", s / n }' > by-hand\n"
           "klaster compare s.h5 --no-save --csv --table differences -m npv_social --arm more | tr -d '\\r' |\n"
           "awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }\n"
           "  $at[\"outcome\"] == \"npv_social\" { printf \"%.6e\\n\", $at[\"difference\"] }' > by-klaster\n"
           "cat by-hand; cmp by-hand by-klaster && echo equal",
           0, "equal", "");
}

static void what_was_not_bought_has_no_price_and_one_world_no_interval(void **state)
{
    (void)state;
    /* More members by a lower fee, without any public money; the pilot of one arm only. */
    expect("printf '%s\\n' 'klaster: 1' 'points: 1' 'months: 40' 'parameters: {firms: 20}' 'arms:' "
           "'  - {name: five}' '  - {name: at-once, mechanism: big-bang}' "
           "'  - {name: free, parameters: {fee: 0}}' > f.yaml\n"
           "klaster run f.yaml -q -f -o one.h5 && klaster run f.yaml -q -f --runs 40 -o f.h5",
           0, "", "");
    expect("klaster compare one.h5 | grep -i nan", 1, "", "");
    expect("klaster compare f.h5 | grep '0 \\[0, 0\\]'", 1, "", "");
    /* the baseline's own mean does not hang on what the first option defines */
    expect("klaster compare f.h5 --csv --table differences -m value_pilot -a free | tr -d '\\r' |\n"
           "awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next } $at[\"outcome\"] == \"value_pilot\" "
           "{ exit !($at[\"worlds\"] > 0) }'\n"
           "klaster compare f.h5 | awk '/pilot/ { n++ } n && /five, mean/ { exit $3 == \"-\" }'",
           0, NULL, NULL);
}

static void tables_are_kept_in_the_file(void **state)
{
    (void)state;
    expect("cp s.h5 kept.h5 && klaster compare kept.h5 > text && klaster show kept.h5", 0, "differences", "");
    expect("klaster show kept.h5 options --csv", 0, "per_member", "");
    expect("klaster compare s.h5 --no-save --json > /dev/null && klaster show s.h5 options", 2, NULL, NULL);
}

static void another_baseline_can_be_asked_for(void **state)
{
    (void)state;
    expect("klaster compare s.h5 --no-save --baseline more", 0, "2 options against more", "");
    expect("klaster compare s.h5 --no-save --baseline more --arm none", 0, "1 option against more", "");
}

static void wrong_usage_is_explained(void **state)
{
    (void)state;
    expect("klaster compare s.h5 --baseline nine", 2, "", "no arm 'nine'");
    expect("klaster compare s.h5 -m npv_socal", 2, "", "did you mean 'npv_social'?");
    expect("klaster compare s.h5 --arm none", 2, "", "nothing to hold against the baseline 'none'");
    expect("klaster compare s.h5 --json --csv", 2, "", "not both");
    expect("klaster compare nothing.h5", 3, "", "nothing.h5");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_text_shows_four_numbers_differences_and_who_gains),
        cmocka_unit_test(an_arm_that_changes_nothing_is_shown_as_nothing),
        cmocka_unit_test(the_numbers_are_those_of_the_exported_runs),
        cmocka_unit_test(what_was_not_bought_has_no_price_and_one_world_no_interval),
        cmocka_unit_test(tables_are_kept_in_the_file),
        cmocka_unit_test(another_baseline_can_be_asked_for),
        cmocka_unit_test(wrong_usage_is_explained),
    };
    return cmocka_run_group_tests(tests, prepare, leave_scratch);
}
