/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * klaster diff: which result files may be compared, and whether their numbers are the same. */
#define _DEFAULT_SOURCE 1 /* mkdtemp under -std=c11 */
#include "cli_shell.h"

#include <hdf5.h>

#include "klaster/klaster.h"

static const char study[] =
    "klaster: 1\nname: small\nseed: 7\nmonths: 20\npoints: 10\nreplicates: 3\nuncertainty: default\n"
    "parameters: {firms: 8}\narms:\n  - name: base\n  - name: aided\n"
    "    parameters: {opex_support: 0.5, wave_order: size}\n";

static int prepare(void **state)
{
    return enter_with(state, "small.yaml", study, "klaster run small.yaml -o small.h5 -q");
}

static void the_same_study_gives_the_same_numbers(void **state)
{
    (void)state;
    expect("klaster run small.yaml -o again.h5 -f -q --threads 1 && klaster diff small.h5 again.h5", 0,
           "small.h5, again.h5: the same numbers", "");
    json_t *json = json_of("klaster diff small.h5 again.h5 --json");
    assert_string_equal(json_string_value(json_object_get(json, "verdict")), "same");
    assert_int_equal(json_integer_value(json_object_get(json, "runs")), 60);
    assert_true(json_is_true(json_object_get(json, "fans_compared")));
    assert_int_equal(json_array_size(json_object_get(json, "quantities")), 1 + KL_N_OUTCOMES + 3 * KL_N_SERIES);
    json_decref(json);
}

static void more_worlds_and_other_arms_hold_the_same_runs(void **state)
{
    (void)state;
    expect("klaster run small.yaml -o more.h5 -f -q -n 60 && klaster diff small.h5 more.h5", 0, "points: 10 -> 20", "");
    expect("klaster diff more.h5 small.h5", 0, "60 runs are in both", "");
    expect("sed 's/name: base/name: other/' small.yaml >arms.yaml; klaster run arms.yaml -o arms.h5 -f -q", 0, NULL,
           NULL);
    expect("klaster diff small.h5 arms.h5", 3, "baseline: base -> other", "");
    expect("sed '/name: base/a \\  - {name: third, parameters: {fee: 0.05}}' small.yaml >arms.yaml; "
           "klaster run arms.yaml -o arms.h5 -f -q; klaster diff small.h5 arms.h5",
           0, "arm 'third': not there -> there", NULL);
}

static void other_titles_and_quantiles_change_no_number(void **state)
{
    (void)state;
    expect("{ cat small.yaml; echo 'title: other'; echo 'output: {quantiles: [0.1, 0.9]}'; } >words.yaml; "
           "klaster run words.yaml -o words.h5 -f -q; klaster diff small.h5 words.h5",
           0, "quantiles: not the same", NULL);
}

static void studies_of_other_runs_are_not_compared_unless_asked(void **state)
{
    (void)state;
    expect("klaster run small.yaml -o fee.h5 -f -q --set aided.fee=0.1; klaster diff small.h5 fee.h5", 3,
           "cannot be compared: the studies give different runs\n  arm 'aided', fee: 0.03 -> 0.1", "");
    said s = shell("klaster diff small.h5 fee.h5 --anyway");
    assert_int_equal(s.code, 1);
    assert_says(s.out, "different numbers");
    assert_says(s.out, "aided, ");
    assert_null(strstr(s.out, "base, ")); /* the arm that is the same agrees */
    forget(&s);
}

static void one_changed_number_is_found_and_named(void **state)
{
    (void)state;
    expect("cp small.h5 changed.h5", 0, "", "");
    hid_t file = H5Fopen("changed.h5", H5F_ACC_RDWR, H5P_DEFAULT), dataset = H5Dopen2(file, "npv_social", H5P_DEFAULT);
    hsize_t at[3] = {1, 4, 2}, one[3] = {1, 1, 1};
    hid_t space = H5Dget_space(dataset), memory = H5Screate_simple(3, one, NULL);
    double value;
    assert_true(H5Sselect_hyperslab(space, H5S_SELECT_SET, at, NULL, one, NULL) >= 0);
    assert_true(H5Dread(dataset, H5T_NATIVE_DOUBLE, memory, space, H5P_DEFAULT, &value) >= 0);
    value = value * (1 + 0x1p-52); /* the next number, or nearly so */
    assert_true(H5Dwrite(dataset, H5T_NATIVE_DOUBLE, memory, space, H5P_DEFAULT, &value) >= 0);
    H5Sclose(memory);
    H5Sclose(space);
    H5Dclose(dataset);
    H5Fclose(file);
    json_t *json = NULL;
    said s = shell("klaster diff small.h5 changed.h5 --json");
    assert_int_equal(s.code, 1);
    json = json_loads(s.out, 0, NULL);
    forget(&s);
    assert_int_equal(json_integer_value(json_object_get(json, "n_different")), 1);
    json_t *row, *rows = json_object_get(json, "quantities");
    size_t i;
    json_array_foreach(rows, i, row)
    {
        int is_it = strcmp(json_string_value(json_object_get(row, "name")), "npv_social") == 0;
        assert_int_equal(json_integer_value(json_object_get(row, "different")), is_it);
        if (is_it)
            assert_string_equal(json_string_value(json_object_get(row, "at")), "aided, 4, 2");
    }
    json_decref(json);
    /* with as many digits as show it */
    s = shell("klaster diff small.h5 changed.h5 | tail -n 3");
    assert_says(s.out, "npv_social");
    forget(&s);
}

static void what_cannot_be_read_is_said(void **state)
{
    (void)state;
    expect("klaster diff small.h5 nothing.h5", 3, "", "nothing.h5: No such file");
    expect("klaster diff small.yaml small.h5", 3, "", "small.yaml: is no HDF5 file");
    expect("klaster diff small.h5", 2, "", "FILE FILE is missing");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_study_gives_the_same_numbers),
        cmocka_unit_test(more_worlds_and_other_arms_hold_the_same_runs),
        cmocka_unit_test(other_titles_and_quantiles_change_no_number),
        cmocka_unit_test(studies_of_other_runs_are_not_compared_unless_asked),
        cmocka_unit_test(one_changed_number_is_found_and_named),
        cmocka_unit_test(what_cannot_be_read_is_said),
    };
    return cmocka_run_group_tests(tests, prepare, leave_scratch);
}
