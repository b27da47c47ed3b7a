/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Tables as text, CSV and JSON: what other programs read is what is in the table, whatever that is. The sources are included,
 * for the program is no library. */
#define _DEFAULT_SOURCE 1
#include <math.h>

#include "cli/cli.c"
#include "cli/grid.c"
#include "cli/guard.c"
#include "cli/number.c"
#include "cli/tables_data.c"
#include "cli/text.c"

/* grid.c has its own of these names */
#define GAP GAP_OF_TABLES
#define print_row print_row_of_tables
#include "cli/tables_text.c"
#undef GAP
#undef print_row

#include "cli_shell.h"

static const char nasty[] = "a,\"b\"\r\n=1+1\t%s%n\033[31m # Навои";

static void make(kl_table *t)
{
    assert_int_equal(kl_table_init(t, "demo", "A title", "A method."), KL_OK);
    assert_int_equal(kl_table_add_column(t, KL_COLUMN_TEXT, "arm", "", KL_STYLE_PLAIN, 0, "The arm."), KL_OK);
    assert_int_equal(kl_table_add_column(t, KL_COLUMN_COUNT, "worlds", "world", KL_STYLE_PLAIN, 0, "n"), KL_OK);
    assert_int_equal(kl_table_add_column(t, KL_COLUMN_NUMBER, "share", "1", KL_STYLE_PERCENT, 1, "s"), KL_OK);
    assert_int_equal(kl_table_add_column(t, KL_COLUMN_NUMBER, "value_social", "USD", KL_STYLE_MONEY, 0, "v"), KL_OK);
    assert_int_equal(kl_table_add_column(t, KL_COLUMN_NUMBER, "ratio", "1", KL_STYLE_PLAIN, 2, "r"), KL_OK);
    const double number[4][3] = {
        {0.3, 1234567.8, 0.1}, {NAN, NAN, NAN}, {-0.0001, -999.6, 1e300}, {1.0 / 3, 0, 5e-324}};
    for (int row = 0; row < 4; row++) {
        assert_int_equal(kl_table_add_row(t), KL_OK);
        if (row == 1)
            continue;
        assert_int_equal(kl_table_set_text(t, row, 0, row == 2 ? nasty : "plain"), KL_OK);
        assert_int_equal(kl_table_set_count(t, row, 1, row == 2 ? INT64_MAX : 1234567), KL_OK);
        for (int c = 0; c < 3; c++)
            assert_int_equal(kl_table_set_number(t, row, c + 2, number[row][c]), KL_OK);
    }
}

/* What a table looks like on a page of that many columns. */
static char *text_of(const kl_table *t, int width, bool all_rows, bool method)
{
    FILE *file = fopen("text", "w");
    assert_non_null(file);
    kl_term term = {.file = file, .width = width};
    assert_int_equal(kl_table_print_text(&term, t, all_rows), KL_OK);
    if (method)
        assert_int_equal(kl_table_print_method(&term, t), KL_OK);
    assert_int_equal(fclose(file), 0);
    return slurp("text");
}

static void numbers_have_units_and_are_rounded(void **state)
{
    (void)state;
    kl_table t;
    make(&t);
    assert_int_equal(kl_table_set_text(&t, 2, 0, "other"), KL_OK);
    char *text = text_of(&t, 80, false, false);
    assert_string_equal(text, "\ndemo  A title\n"
                              "                              value_\n"
                              "  arm         worlds  share   social   ratio\n"
                              "               world      %      USD\n"
                              "  plain    1,234,567   30.0   1.23 M    0.10\n"
                              "                   -      -        -       -\n"
                              "  other  9.22337e+18    0.0  -1.00 k  1e+300\n"
                              "  plain    1,234,567   33.3        0    0.00\n");
    free(text);
    kl_table_free(&t);
}

static void a_hostile_text_stays_one_cell(void **state)
{
    (void)state;
    kl_table t;
    make(&t);
    char *text = text_of(&t, 100, false, true);
    assert_null(strchr(text, '\033'));
    assert_null(strchr(text, '\r'));
    assert_non_null(strstr(text, "a,\"b\"\\x0d\\n=1+1\\t%s%n\\x1b[31m"));
    free(text);
    kl_table_free(&t);
}

/* Every line fits, and every part begins with what the row is about. */
static void a_wide_table_goes_on_below(void **state)
{
    (void)state;
    kl_table t;
    char name[32];
    assert_int_equal(kl_table_init(&t, "wide", "Wide", ""), KL_OK);
    assert_int_equal(kl_table_add_column(&t, KL_COLUMN_TEXT, "arm", "", KL_STYLE_PLAIN, 0, ""), KL_OK);
    for (int c = 0; c < 60; c++) {
        (void)snprintf(name, sizeof name, "a_rather_long_name_%d", c);
        assert_int_equal(kl_table_add_column(&t, KL_COLUMN_NUMBER, name, "USD", KL_STYLE_PLAIN, 3, ""), KL_OK);
    }
    assert_int_equal(kl_table_add_row(&t), KL_OK);
    assert_int_equal(kl_table_set_text(&t, 0, 0, "klaster"), KL_OK);
    for (int c = 0; c < 60; c++)
        assert_int_equal(kl_table_set_number(&t, 0, c + 1, 1000 + c), KL_OK);
    char *text = text_of(&t, 80, false, false);
    int n_parts = 0, n_cells = 0;
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
        assert_true(strlen(line) <= 80);
        n_parts += strncmp(line, "  klaster", 9) == 0;
        for (const char *cell = line; (cell = strstr(cell, ".000")); cell++)
            n_cells++;
    }
    assert_in_range(n_parts, 5, 10);
    assert_int_equal(n_cells, 60);
    free(text);
    kl_table_free(&t);
}

static void a_long_table_is_cut_and_says_so(void **state)
{
    (void)state;
    kl_table t;
    assert_int_equal(kl_table_init(&t, "long", "Long", ""), KL_OK);
    assert_int_equal(kl_table_add_column(&t, KL_COLUMN_COUNT, "n", "", KL_STYLE_PLAIN, 0, ""), KL_OK);
    for (int row = 0; row < 1000; row++) {
        assert_int_equal(kl_table_add_row(&t), KL_OK);
        assert_int_equal(kl_table_set_count(&t, row, 0, 5000 + row), KL_OK);
    }
    char *text = text_of(&t, 80, false, false);
    assert_non_null(strstr(text, "5049"));
    assert_null(strstr(text, "5050"));
    assert_non_null(strstr(text, "the first 50 of 1000 rows; all: --table long"));
    free(text);
    text = text_of(&t, 80, true, false);
    assert_non_null(strstr(text, "5999"));
    free(text);
    kl_table_free(&t);
}

static void a_table_without_rows_or_columns_is_printed(void **state)
{
    (void)state;
    kl_table t;
    assert_int_equal(kl_table_init(&t, "none", "Nothing", ""), KL_OK);
    char *text = text_of(&t, 80, false, true);
    assert_string_equal(text, "\nnone  Nothing\n  (no rows)\n");
    free(text);
    kl_table_free(&t);
}

/* ---- as others read it ---- */

static void python(const char *program)
{
    char line[4096];
    (void)snprintf(line, sizeof line, "cat > check.py <<'EOF'\n%s\nEOF\n/usr/bin/python3 check.py", program);
    if (access("/usr/bin/python3", X_OK) != 0)
        skip();
    expect(line, 0, "good", "");
}

static void csv_reads_back_in_python(void **state)
{
    (void)state;
    kl_table t;
    make(&t);
    FILE *file = fopen("t.csv", "wb");
    assert_non_null(file);
    kl_table_print_csv(file, &t);
    assert_int_equal(fclose(file), 0);
    kl_table_free(&t);
    python("import csv\n"
           "rows = list(csv.reader(open('t.csv', newline='', encoding='utf-8'), strict=True))\n"
           "assert rows[0] == ['arm', 'worlds', 'share', 'value_social', 'ratio'], rows[0]\n"
           "assert rows[1] == ['plain', '1234567', '0.3', '1234567.8', '0.1'], rows[1]\n"
           "assert rows[2] == [''] * 5, rows[2]\n"
           "assert rows[3][0] == 'a,\"b\"\\r\\n=1+1\\t%s%n\\x1b[31m # Навои', rows[3]\n"
           "assert int(rows[3][1]) == 2**63 - 1 and float(rows[3][4]) == 1e300, rows[3]\n"
           "assert float(rows[4][2]) == 1 / 3 and float(rows[4][4]) == 5e-324, rows[4]\n"
           "assert len(rows) == 5\n"
           "print('good')");
}

static void json_reads_back_in_python(void **state)
{
    (void)state;
    kl_table t;
    make(&t);
    json_t *json = kl_table_json(&t);
    assert_non_null(json);
    assert_int_equal(json_dump_file(json, "t.json", JSON_REAL_PRECISION(17)), 0);
    json_decref(json);
    kl_table_free(&t);
    python("import json\n"
           "t = json.load(open('t.json', encoding='utf-8'))\n"
           "assert [t['name'], t['title'], t['method']] == ['demo', 'A title', 'A method.'], t\n"
           "assert [c['name'] for c in t['columns']] == ['arm', 'worlds', 'share', 'value_social', 'ratio'], t\n"
           "assert t['columns'][1] == {'name': 'worlds', 'type': 'count', 'unit': 'world', 'meaning': 'n'}\n"
           "assert t['rows'][0] == {'arm': 'plain', 'worlds': 1234567, 'share': 0.3, 'value_social': 1234567.8, "
           "'ratio': 0.1}, t['rows'][0]\n"
           "assert t['rows'][1] == {'arm': '', 'worlds': None, 'share': None, 'value_social': None, 'ratio': None}\n"
           "assert t['rows'][2]['arm'] == 'a,\"b\"\\r\\n=1+1\\t%s%n\\x1b[31m # Навои'\n"
           "assert t['rows'][2]['worlds'] == 2**63 - 1 and t['rows'][2]['ratio'] == 1e300\n"
           "assert t['rows'][3]['share'] == 1 / 3 and t['rows'][3]['ratio'] == 5e-324\n"
           "print('good')");
}

/* An undefined cell in a table of one column is no empty line: that ends a table. */
static void a_single_empty_cell_is_a_row(void **state)
{
    (void)state;
    kl_table t;
    assert_int_equal(kl_table_init(&t, "one", "", ""), KL_OK);
    assert_int_equal(kl_table_add_column(&t, KL_COLUMN_NUMBER, "x", "1", KL_STYLE_PLAIN, 0, ""), KL_OK);
    assert_int_equal(kl_table_add_row(&t), KL_OK);
    FILE *file = fopen("t.csv", "wb");
    assert_non_null(file);
    kl_table_print_csv(file, &t);
    assert_int_equal(fclose(file), 0);
    char *text = slurp("t.csv");
    assert_string_equal(text, "x\r\n\"\"\r\n");
    free(text);
    kl_table_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_have_units_and_are_rounded),
        cmocka_unit_test(a_hostile_text_stays_one_cell),
        cmocka_unit_test(a_wide_table_goes_on_below),
        cmocka_unit_test(a_long_table_is_cut_and_says_so),
        cmocka_unit_test(a_table_without_rows_or_columns_is_printed),
        cmocka_unit_test(csv_reads_back_in_python),
        cmocka_unit_test(json_reads_back_in_python),
        cmocka_unit_test(a_single_empty_cell_is_a_row),
    };
    return cmocka_run_group_tests(tests, enter_scratch, leave_scratch);
}
