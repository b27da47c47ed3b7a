/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `klaster synergy` from outside: of a study and of a result file, as text, CSV and JSON, the map of stakeholders, and what is
 * wrong usage. */
#define _DEFAULT_SOURCE 1 /* mkdtemp under -std=c11 */
#include "cli_shell.h"

#include <math.h>

static const char study[] =
    "klaster: 1\nname: small\ntitle: A small study\nseed: 7\nmonths: 40\npoints: 12\nreplicates: 2\n"
    "mechanism: five-stage\nuncertainty: none\n"
    "parameters: {firms: 12, gate: false, scale_elasticity: {uniform: [0.5, 0.8]}}\n"
    "arms:\n  - name: base\n  - name: alone\n    parameters: {ecosystem: false}\n";

static int prepare(void **state)
{
    return enter_with(state, "small.yaml", study, "klaster run small.yaml -o small.h5 --quiet");
}

static void a_study_gets_all_tables(void **state)
{
    (void)state;
    static const char *const tables[] = {"synergy_channels", "synergy_pairs",          "synergy_levels",
                                         "synergy_measures", "synergy_level_channels", "synergy_classes",
                                         "synergy_swot",     "synergy_stages_value",   "synergy_stages_take_up"};
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++)
        expect("klaster synergy small.yaml -q", 0, tables[i], "");
    expect("klaster synergy small.yaml", 0, "total", "24 worlds, each with 16 sets of channels and without 3 stages");
    expect("klaster synergy small.yaml --runs 6", 0, "total", "6 worlds");
    expect("klaster synergy small.yaml -q --explain", 0, "Grabisch", "");
    expect("klaster synergy --help", 0, "--stakeholders", "");
}

/* The JSON of one table has its columns by name; the channels' values add up to the last row. */
static void the_channels_add_up_in_csv(void **state)
{
    (void)state;
    said s = shell("klaster synergy small.yaml -q --table synergy_channels --csv");
    assert_int_equal(s.code, 0);
    double sum = 0, total = 0;
    int rows = 0;
    char *line = strstr(s.out, "\r\n");
    assert_true(strncmp(s.out, "channel,worlds,value,", 21) == 0);
    for (; line && line[2]; line = strstr(line + 2, "\r\n"), rows++) {
        char word[32];
        double value;
        assert_int_equal(sscanf(line + 2, "%31[^,],24,%lf,", word, &value), 2);
        if (strcmp(word, "total") == 0)
            total = value;
        else
            sum += value;
    }
    assert_int_equal(rows, 5);
    assert_true(total != 0 && fabs(sum - total) < 1e-12 * fabs(total) * 8);
    forget(&s);
}

static void a_result_file_keeps_the_tables_and_threads_change_none(void **state)
{
    (void)state;
    expect("cp small.h5 kept.h5; klaster synergy kept.h5 -q -j 1", 0, "synergy_levels", "");
    expect("klaster show kept.h5", 0, "synergy_stages_take_up", "");
    expect("klaster show kept.h5 synergy_channels --csv > a.csv;"
           "klaster synergy small.yaml -q -j 2 --table synergy_channels --csv > b.csv; cmp a.csv b.csv",
           0, "", "");
    expect("cp small.h5 plain.h5; klaster synergy plain.h5 -q --no-save > out; cmp small.h5 plain.h5", 0, "", "");
    expect("klaster synergy kept.h5 --stakeholders", 0, "stakeholders", "");
    expect("klaster show kept.h5", 0, "stakeholders", "");
    expect("klaster replay kept.h5 --check", 0, NULL, "equal the file's row");
}

static void the_map_of_stakeholders_lists_firms_and_institutions(void **state)
{
    (void)state;
    json_t *json = json_of("klaster synergy small.yaml --stakeholders --point 3 --replicate 1 --json");
    json_t *tables = json_object_get(json, "tables");
    assert_int_equal(json_array_size(tables), 1);
    assert_string_equal(json_string_value(json_object_get(json_array_get(tables, 0), "name")), "stakeholders");
    json_decref(json);
    said s = shell("klaster synergy small.yaml --stakeholders --csv | grep -c '^firm,'");
    assert_int_equal(atoi(s.out), 12);
    forget(&s);
    expect("klaster synergy small.yaml --stakeholders", 0, "government", "");
}

static void wrong_usage_is_explained(void **state)
{
    (void)state;
    expect("klaster synergy", 2, "", "klaster help synergy");
    expect("klaster synergy none.yaml", 3, "", "none.yaml");
    expect("klaster synergy small.yaml --arm bose", 2, "", "did you mean 'base'?");
    expect("klaster synergy small.yaml --point 1", 2, "", "--stakeholders");
    expect("klaster synergy small.yaml --stakeholders --point 12", 2, "", "points 0 to 11");
    expect("klaster synergy small.h5 --set fee=0.1", 2, "", "for studies");
    expect("klaster synergy small.yaml --csv --json", 2, "", "not both");
    expect("klaster synergy small.yaml -q --table synergy_channel", 2, "", "did you mean 'synergy_channels'?");
}

/* Without an ecosystem there is nothing to take apart, and it says zeros, not nonsense. */
static void an_arm_alone_has_no_synergy(void **state)
{
    (void)state;
    said s = shell("klaster synergy small.yaml -q --arm alone --table synergy_channels --csv | grep '^total,'");
    assert_true(strncmp(s.out, "total,24,0,0,0,,", 16) == 0);
    forget(&s);
}

/* Every table can be asked for by its name, and no other name is. */
static void an_unknown_table_is_refused_before_anything_is_played(void **state)
{
    (void)state;
    char line[256];
    said s = shell("klaster synergy paper --runs 4 --set firms=8 --table synergy_paris");
    assert_int_equal(s.code, 2);
    assert_says(s.err, "did you mean 'synergy_pairs'");
    assert_null(strstr(s.err, "worlds, each"));
    forget(&s);
    json_t *json = json_of("klaster synergy paper --runs 4 --set firms=8 -q --json"), *table;
    size_t i;
    json_array_foreach(json_object_get(json, "tables"), i, table)
    {
        snprintf(line, sizeof line, "klaster synergy paper --runs 4 --set firms=8 -q --csv --table %s",
                 json_string_value(json_object_get(table, "name")));
        expect(line, 0, ",", "");
    }
    assert_int_equal(i, 9);
    json_decref(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_study_gets_all_tables),
        cmocka_unit_test(the_channels_add_up_in_csv),
        cmocka_unit_test(a_result_file_keeps_the_tables_and_threads_change_none),
        cmocka_unit_test(the_map_of_stakeholders_lists_firms_and_institutions),
        cmocka_unit_test(wrong_usage_is_explained),
        cmocka_unit_test(an_arm_alone_has_no_synergy),
        cmocka_unit_test(an_unknown_table_is_refused_before_anything_is_played),
    };
    return cmocka_run_group_tests(tests, prepare, leave_scratch);
}
