/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Tables as containers, and as they are kept in a result file: what is read back is what was kept, nothing else in the file
 * changes, and an error leaves the file as it was. */
#define _DEFAULT_SOURCE
#include <math.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "cli_shell.h"

#include <fcntl.h>
#include <hdf5.h>

#include "klaster/klaster.h"

static const char study_text[] = "klaster: 1\nname: tiny\nseed: 7\nmonths: 6\npoints: 5\nreplicates: 2\n"
                                 "mechanism: five-stage\nparameters:\n  fee: {uniform: [0.01, 0.05]}\n";

/* ---- made-up tables ---- */

static void make(kl_table *table, const char *name, int n_rows)
{
    assert_int_equal(kl_table_init(table, name, "Tïtle, \"quoted\"", "From nothing."), KL_OK);
    assert_int_equal(kl_table_add_column(table, KL_COLUMN_TEXT, "arm", "", KL_STYLE_PLAIN, 0, "The arm."), KL_OK);
    assert_int_equal(kl_table_add_column(table, KL_COLUMN_COUNT, "worlds", "world", KL_STYLE_PLAIN, 0, "How many."),
                     KL_OK);
    assert_int_equal(kl_table_add_column(table, KL_COLUMN_NUMBER, "mean", "1", KL_STYLE_PERCENT, 2, ""), KL_OK);
    for (int row = 0; row < n_rows; row++) {
        assert_int_equal(kl_table_add_row(table), KL_OK);
        if (row % 3 == 0)
            continue; /* undefined */
        assert_int_equal(kl_table_set_text(table, row, 0, row % 2 ? "a,\"b\"\n%s\033[31m" : "Навои"), KL_OK);
        assert_int_equal(kl_table_set_count(table, row, 1, (int64_t)row * 10000000000), KL_OK);
        assert_int_equal(kl_table_set_number(table, row, 2, row % 4 ? 0.1 * row : -INFINITY), KL_OK);
    }
}

static void expect_same(const kl_table *a, const kl_table *b)
{
    assert_string_equal(a->name, b->name);
    assert_string_equal(a->title, b->title);
    assert_string_equal(a->method, b->method);
    assert_int_equal(a->n_rows, b->n_rows);
    assert_int_equal(a->n_columns, b->n_columns);
    for (int c = 0; c < a->n_columns; c++) {
        const kl_column *x = &a->column[c], *y = &b->column[c];
        assert_string_equal(x->name, y->name);
        assert_string_equal(x->unit, y->unit);
        assert_string_equal(x->meaning, y->meaning);
        assert_int_equal(x->type, y->type);
        assert_int_equal(x->style, y->style);
        assert_int_equal(x->digits, y->digits);
        for (int row = 0; row < a->n_rows; row++) {
            if (x->type == KL_COLUMN_TEXT)
                assert_string_equal(x->text[row], y->text[row]);
            else if (x->type == KL_COLUMN_COUNT)
                assert_true(x->count[row] == y->count[row]);
            else
                assert_true(x->number[row] == y->number[row] || (isnan(x->number[row]) && isnan(y->number[row])));
        }
    }
}

/* ---- the container ---- */

static void a_new_row_is_undefined(void **state)
{
    (void)state;
    kl_table t;
    make(&t, "t", 1);
    assert_string_equal(t.column[0].text[0], "");
    assert_true(t.column[1].count[0] == KL_COUNT_NONE);
    assert_true(isnan(t.column[2].number[0]));
    kl_table_free(&t);
}

static void rows_stay_when_the_table_grows(void **state)
{
    (void)state;
    kl_table small, large;
    make(&small, "t", 8); /* as many as there is room for at first */
    make(&large, "t", 1000);
    large.n_rows = 8;
    expect_same(&small, &large);
    large.n_rows = 1000;
    kl_table_free(&small);
    kl_table_free(&large);
}

static void a_place_outside_the_table_is_refused(void **state)
{
    (void)state;
    kl_table t;
    make(&t, "t", 2);
    const int wrong[][2] = {{-1, 2}, {2, 2}, {0, -1}, {0, 3}};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(kl_table_set_number(&t, wrong[i][0], wrong[i][1], 1), KL_ERR_ARGUMENT);
        assert_int_equal(kl_table_set_count(&t, wrong[i][0], wrong[i][1], 1), KL_ERR_ARGUMENT);
        assert_int_equal(kl_table_set_text(&t, wrong[i][0], wrong[i][1], "x"), KL_ERR_ARGUMENT);
    }
    kl_table_free(&t);
}

static void a_cell_of_another_type_is_refused(void **state)
{
    (void)state;
    kl_table t;
    make(&t, "t", 2);
    assert_int_equal(kl_table_set_number(&t, 1, 0, 1), KL_ERR_ARGUMENT);
    assert_int_equal(kl_table_set_number(&t, 1, 1, 1), KL_ERR_ARGUMENT);
    assert_int_equal(kl_table_set_count(&t, 1, 2, 1), KL_ERR_ARGUMENT);
    assert_int_equal(kl_table_set_text(&t, 1, 2, "x"), KL_ERR_ARGUMENT);
    kl_table_free(&t);
}

static void a_column_after_the_first_row_is_refused(void **state)
{
    (void)state;
    kl_table t;
    make(&t, "t", 1);
    assert_int_equal(kl_table_add_column(&t, KL_COLUMN_TEXT, "late", "", KL_STYLE_PLAIN, 0, ""), KL_ERR_ARGUMENT);
    kl_table_free(&t);
}

static void freeing_twice_or_nothing_is_legal(void **state)
{
    (void)state;
    kl_table t = {0};
    kl_table_free(&t);
    make(&t, "t", 3);
    kl_table_free(&t);
    kl_table_free(&t);
    kl_saved_tables_free(0, NULL);
}

/* ---- keeping ---- */

static int make_result(void **state)
{
    if (enter_scratch(state) != 0)
        return -1;
    FILE *file = fopen("tiny.yaml", "w");
    if (!file || fputs(study_text, file) < 0 || fclose(file) != 0)
        return -1;
    expect("klaster run tiny.yaml -q -o fresh.h5 && cp fresh.h5 r.h5", 0, "", "");
    return 0;
}

static kl_status save(const char *path, int n, const kl_table *table, kl_reason *reason)
{
    reason->text[0] = '\0';
    return kl_result_save_tables(path, n, table, "klaster test 'x y'", reason);
}

static void read_tables(const char *path, int *n, kl_saved_table **table)
{
    kl_result result;
    kl_reason reason = {""};
    if (kl_result_open(&result, path, &reason) != KL_OK || kl_result_tables(&result, n, table, &reason) != KL_OK)
        fail_msg("%s", reason.text);
    kl_result_close(&result);
}

static void what_is_read_is_what_was_kept(void **state)
{
    (void)state;
    kl_table t[3];
    kl_reason reason;
    kl_saved_table *saved = NULL;
    int n = -1;
    make(&t[0], "alpha", 20000); /* more than a chunk */
    make(&t[1], "beta", 1);
    make(&t[2], "gamma", 0);
    expect("cp fresh.h5 r.h5", 0, "", "");
    read_tables("r.h5", &n, &saved);
    assert_int_equal(n, 0);
    kl_saved_tables_free(n, saved);
    assert_int_equal(save("r.h5", 3, t, &reason), KL_OK);
    read_tables("r.h5", &n, &saved);
    assert_int_equal(n, 3);
    for (int i = 0; i < 3; i++) {
        expect_same(&saved[i].table, &t[i]);
        assert_string_equal(saved[i].command, "klaster test 'x y'");
        assert_string_equal(saved[i].engine_version, KL_VERSION);
        kl_table_free(&t[i]);
    }
    kl_saved_tables_free(n, saved);
    assert_int_equal(access("r.h5.part", F_OK), -1);
}

static void a_table_of_the_same_name_is_replaced_and_others_stay(void **state)
{
    (void)state;
    kl_table t[2], other;
    kl_reason reason;
    kl_saved_table *saved = NULL;
    int n = 0;
    make(&t[0], "alpha", 5);
    make(&t[1], "beta", 6);
    make(&other, "alpha", 9);
    expect("cp fresh.h5 r.h5", 0, "", "");
    assert_int_equal(save("r.h5", 2, t, &reason), KL_OK);
    assert_int_equal(save("r.h5", 1, &other, &reason), KL_OK);
    read_tables("r.h5", &n, &saved);
    assert_int_equal(n, 2);
    expect_same(&saved[0].table, &other);
    expect_same(&saved[1].table, &t[1]);
    kl_saved_tables_free(n, saved);
    kl_table_free(&t[0]);
    kl_table_free(&t[1]);
    kl_table_free(&other);
}

/* Neither in what h5diff sees, attributes and all, nor in what klaster reads; the identity of the study is checked on opening. */
static void nothing_else_in_the_file_changes(void **state)
{
    (void)state;
    kl_table t;
    kl_reason reason;
    make(&t, "alpha", 50);
    expect("cp fresh.h5 r.h5 && chmod 640 r.h5", 0, "", "");
    assert_int_equal(save("r.h5", 1, &t, &reason), KL_OK);
    kl_table_free(&t);
    expect("test $(stat -c %a r.h5) = 640", 0, "", "");
    expect("command -v h5diff > where || exit 0; h5diff --exclude-path=/analysis fresh.h5 r.h5", 0, "", "");
    expect("klaster replay r.h5 -p 3 -r 1 --check && klaster export fresh.h5 > a.csv && klaster export r.h5 > b.csv && "
           "cmp a.csv b.csv",
           0, NULL, NULL);
}

static void a_file_that_is_being_written_is_refused(void **state)
{
    (void)state;
    kl_table t;
    kl_reason reason;
    make(&t, "alpha", 5);
    expect("cp fresh.h5 r.h5 && touch r.h5.part", 0, "", "");
    int fd = open("r.h5.part", O_RDWR);
    assert_true(fd >= 0);
    assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), 0);
    assert_int_equal(save("r.h5", 1, &t, &reason), KL_ERR_EXISTS);
    assert_non_null(strstr(reason.text, "another process"));
    assert_int_equal(close(fd), 0);
    assert_int_equal(save("r.h5", 1, &t, &reason), KL_OK); /* a leftover hinders nobody */
    kl_table_free(&t);
}

static void what_is_no_result_is_refused_and_stays(void **state)
{
    (void)state;
    kl_table t;
    kl_reason reason;
    make(&t, "alpha", 5);
    assert_int_equal(save("none.h5", 1, &t, &reason), KL_ERR_NOT_FOUND);
    assert_int_equal(access("none.h5", F_OK), -1);
    assert_int_equal(save("tiny.yaml", 1, &t, &reason), KL_ERR_FORMAT);
    expect("head -c 30000 fresh.h5 > cut.h5 && cp cut.h5 cut0.h5", 0, "", "");
    assert_int_equal(save("cut.h5", 1, &t, &reason), KL_ERR_FORMAT);
    assert_true(reason.text[0] != '\0');
    expect("cmp cut.h5 cut0.h5 && test ! -e cut.h5.part && test ! -e none.h5.part", 0, "", "");
    kl_table_free(&t);
}

/* The name of a .part is not followed to somebody else's file. */
static void a_link_in_the_way_is_not_followed(void **state)
{
    (void)state;
    kl_table t;
    kl_reason reason;
    make(&t, "alpha", 5);
    expect("cp fresh.h5 r.h5 && echo precious > other && ln -s other r.h5.part", 0, "", "");
    assert_int_equal(save("r.h5", 1, &t, &reason), KL_ERR_WRITE);
    expect("rm r.h5.part && cmp fresh.h5 r.h5 && cat other", 0, "precious", "");
    kl_table_free(&t);
}

static void names_that_are_none_are_refused_before_anything_is_written(void **state)
{
    (void)state;
    kl_table t[2];
    kl_reason reason;
    expect("cp fresh.h5 r.h5", 0, "", "");
    const char *const wrong[] = {"", "A", "a b", "../x", "a/b", "ä"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        make(&t[0], wrong[i], 1);
        assert_int_equal(save("r.h5", 1, t, &reason), KL_ERR_ARGUMENT);
        kl_table_free(&t[0]);
    }
    make(&t[0], "same", 1);
    make(&t[1], "same", 1);
    assert_int_equal(save("r.h5", 2, t, &reason), KL_ERR_ARGUMENT);
    kl_table_free(&t[0]);
    kl_table_free(&t[1]);
    const char *const columns[] = {"row", "arm", "a b"};
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++) {
        make(&t[0], "t", 0);
        assert_int_equal(kl_table_add_column(&t[0], KL_COLUMN_TEXT, columns[i], "", KL_STYLE_PLAIN, 0, ""), KL_OK);
        assert_int_equal(save("r.h5", 1, t, &reason), KL_ERR_ARGUMENT);
        kl_table_free(&t[0]);
    }
    expect("cmp fresh.h5 r.h5", 0, "", "");
}

/* The disk ends while the copy is made, or while HDF5 writes the tables. */
static void a_full_disk_leaves_the_file_as_it_was(void **state)
{
    (void)state;
    kl_table t;
    kl_reason reason;
    struct stat info;
    struct rlimit unlimited;
    make(&t, "alpha", 20000);
    expect("cp fresh.h5 r.h5", 0, "", "");
    assert_int_equal(stat("r.h5", &info), 0);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &unlimited), 0);
    (void)signal(SIGXFSZ, SIG_IGN);
    const rlim_t size = (rlim_t)info.st_size;
    const rlim_t limit[] = {size / 2, size + 1000, size + 30000, size + 60000};
    for (size_t i = 0; i < sizeof limit / sizeof limit[0]; i++) {
        struct rlimit limited = {limit[i], unlimited.rlim_max};
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &limited), 0);
        kl_status status = save("r.h5", 1, &t, &reason);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &unlimited), 0);
        assert_int_equal(status, KL_ERR_WRITE);
        assert_non_null(strstr(reason.text, "File too large"));
        assert_int_equal(access("r.h5.part", F_OK), -1);
    }
    (void)signal(SIGXFSZ, SIG_DFL);
    expect("cmp fresh.h5 r.h5", 0, "", "");
    kl_table_free(&t);
}

/* ---- a file that was tampered with ---- */

/* Put something else where a column should be; the reader must refuse it and not crash. */
static void tamper(const char *what)
{
    kl_table t;
    kl_reason reason;
    kl_saved_table *saved = NULL;
    kl_result result;
    int n = 0;
    make(&t, "alpha", 4);
    expect("cp fresh.h5 r.h5", 0, "", "");
    assert_int_equal(save("r.h5", 1, &t, &reason), KL_OK);
    kl_table_free(&t);
    hid_t file = H5Fopen("r.h5", H5F_ACC_RDWR, H5P_DEFAULT);
    hid_t group = H5Gopen2(file, "analysis/alpha", H5P_DEFAULT);
    hsize_t two = 2;
    hid_t space = H5Screate_simple(1, &two, NULL), other = -1;
    assert_true(file >= 0 && group >= 0 && space >= 0);
    if (strcmp(what, "length") == 0) {
        assert_true(H5Ldelete(group, "row", H5P_DEFAULT) >= 0);
        other = H5Dcreate2(group, "row", H5T_STD_I32LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    } else if (strcmp(what, "no rows") == 0) {
        assert_true(H5Ldelete(group, "row", H5P_DEFAULT) >= 0);
    } else if (strcmp(what, "stranger") == 0) {
        other = H5Dcreate2(group, "stranger", H5T_STD_I32LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    } else if (strcmp(what, "subgroup") == 0) {
        other = H5Gcreate2(group, "sub", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    } else if (strcmp(what, "link") == 0) {
        assert_true(H5Lcreate_external("/etc/passwd", "/x", group, "out", H5P_DEFAULT, H5P_DEFAULT) >= 0);
    } else {
        other = H5Dcreate2(file, "analysis/plain", H5T_STD_I32LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    }
    if (other >= 0)
        (void)H5Oclose(other);
    (void)H5Sclose(space);
    (void)H5Gclose(group);
    assert_true(H5Fclose(file) >= 0);
    reason.text[0] = '\0';
    assert_int_equal(kl_result_open(&result, "r.h5", &reason), KL_OK);
    assert_int_equal(kl_result_tables(&result, &n, &saved, &reason), KL_ERR_FORMAT);
    assert_int_equal(n, 0);
    assert_null(saved);
    assert_non_null(strstr(reason.text, "is no table"));
    kl_result_close(&result);
}

static void what_is_no_table_is_not_taken_for_one(void **state)
{
    (void)state;
    const char *const what[] = {"length", "no rows", "stranger", "subgroup", "link", "dataset"};
    for (size_t i = 0; i < sizeof what / sizeof what[0]; i++)
        tamper(what[i]);
}

/* ---- klaster show ---- */

static void show_lists_and_prints_what_was_kept(void **state)
{
    (void)state;
    kl_table t[2];
    kl_reason reason;
    make(&t[0], "alpha", 5);
    make(&t[1], "beta", 2);
    expect("cp fresh.h5 r.h5", 0, "", "");
    expect("klaster show r.h5", 0, "no tables yet", "");
    assert_int_equal(save("r.h5", 2, t, &reason), KL_OK);
    expect("klaster show r.h5", 0, "klaster test 'x y'", "");
    expect("klaster show r.h5 beta", 0, "beta  T", "");
    expect("klaster show r.h5 beta --explain", 0, "From nothing.", "");
    expect("klaster show r.h5 bta", 2, "", "did you mean 'beta'?");
    expect("klaster show r.h5 beta --csv --json", 2, "", "not both");
    expect("klaster show r.h5 beta --csv", 0, "arm,worlds,mean\r\n,,\r\n", "");
    expect("klaster show r.h5 --csv", 0, "# beta: ", "");
    expect("klaster show tiny.yaml", 3, "", "no HDF5 file");
    kl_table_free(&t[0]);
    kl_table_free(&t[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_row_is_undefined),
        cmocka_unit_test(rows_stay_when_the_table_grows),
        cmocka_unit_test(a_place_outside_the_table_is_refused),
        cmocka_unit_test(a_cell_of_another_type_is_refused),
        cmocka_unit_test(a_column_after_the_first_row_is_refused),
        cmocka_unit_test(freeing_twice_or_nothing_is_legal),
        cmocka_unit_test(what_is_read_is_what_was_kept),
        cmocka_unit_test(a_table_of_the_same_name_is_replaced_and_others_stay),
        cmocka_unit_test(nothing_else_in_the_file_changes),
        cmocka_unit_test(a_file_that_is_being_written_is_refused),
        cmocka_unit_test(what_is_no_result_is_refused_and_stays),
        cmocka_unit_test(a_link_in_the_way_is_not_followed),
        cmocka_unit_test(names_that_are_none_are_refused_before_anything_is_written),
        cmocka_unit_test(a_full_disk_leaves_the_file_as_it_was),
        cmocka_unit_test(what_is_no_table_is_not_taken_for_one),
        cmocka_unit_test(show_lists_and_prints_what_was_kept),
    };
    return cmocka_run_group_tests(tests, make_result, leave_scratch);
}
