/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Makes each allocation fail in turn while a table is built, kept and read back; HDF5's are
 * left alone. */
#define _DEFAULT_SOURCE /* mkdtemp */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "deny.h"
#include "klaster/store.h"

static kl_status build(kl_table *table)
{
    kl_status status = kl_table_init(table, "t", "title", "method");
    if (status == KL_OK)
        status = kl_table_add_column(table, KL_COLUMN_TEXT, "a", "", KL_STYLE_PLAIN, 0, "x");
    if (status == KL_OK)
        status = kl_table_add_column(table, KL_COLUMN_COUNT, "b", "1", KL_STYLE_PLAIN, 0, "y");
    if (status == KL_OK)
        status = kl_table_add_column(table, KL_COLUMN_NUMBER, "c", "1", KL_STYLE_PLAIN, 0, "z");
    for (int row = 0; status == KL_OK && row < 20; row++) {
        status = kl_table_add_row(table);
        if (status == KL_OK)
            status = kl_table_set_text(table, row, 0, "text");
    }
    return status;
}

static void every_allocation_of_a_table_may_fail(void **state)
{
    (void)state;
    long n = 0;
    for (;; n++) {
        kl_table table;
        deny_after(n);
        kl_status status = build(&table);
        int all_made = deny_end();
        kl_table_free(&table);
        if (all_made) {
            assert_int_equal(status, KL_OK);
            break;
        }
        if (status == KL_OK)
            fail_msg("allocation %ld failed unseen", n);
        assert_int_equal(status, KL_ERR_MEMORY);
    }
    assert_true(n > 10);
}

static void every_allocation_of_reading_tables_may_fail(void **state)
{
    (void)state;
    char directory[] = "/tmp/klaster-table-XXXXXX", path[64], line[512];
    assert_non_null(mkdtemp(directory));
    (void)snprintf(path, sizeof path, "%s/r.h5", directory);
    (void)snprintf(line, sizeof line,
                   "cd %s && printf 'klaster: 1\\nmonths: 6\\npoints: 2\\nmechanism: five-stage\\n' > s.yaml && "
                   "'%s' run s.yaml -q -o r.h5",
                   directory, KL_PROGRAM);
    assert_int_equal(system(line), 0);
    kl_table table;
    kl_reason reason;
    kl_result result;
    assert_int_equal(build(&table), KL_OK);
    assert_int_equal(kl_result_save_tables(path, 1, &table, "c", &reason), KL_OK);
    assert_int_equal(kl_result_open(&result, path, &reason), KL_OK);
    long n = 0;
    for (;; n++) {
        kl_saved_table *saved = NULL;
        int n_tables = -1;
        deny_after(n);
        kl_status status = kl_result_tables(&result, &n_tables, &saved, &reason);
        int all_made = deny_end();
        kl_saved_tables_free(n_tables, saved);
        if (all_made) {
            assert_int_equal(status, KL_OK);
            assert_int_equal(n_tables, 1);
            break;
        }
        if (status == KL_OK)
            fail_msg("allocation %ld failed unseen", n);
        assert_int_equal(n_tables, 0);
    }
    assert_true(n > 10);
    kl_result_close(&result);
    kl_table_free(&table);
    (void)snprintf(line, sizeof line, "rm -r %s", directory);
    assert_int_equal(system(line), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_allocation_of_a_table_may_fail),
        cmocka_unit_test(every_allocation_of_reading_tables_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
