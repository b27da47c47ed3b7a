/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The texts of the command line: numbers, widths, bars, tables, CSV fields, near words. The sources are included, for the
 * program is no library. */
#define _DEFAULT_SOURCE 1 /* open_memstream under -std=c11 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/grid.c"
#include "cli/number.c"
#include "cli/text.c"

static void check(char *(*text)(char *, size_t, double), double value, const char *wanted)
{
    char buffer[KL_NUMBER_SIZE];
    assert_string_equal(text(buffer, sizeof buffer, value), wanted);
}

static void numbers_are_written_for_people(void **state)
{
    (void)state;
    check(kl_text_count, 0, "0");
    check(kl_text_count, 999, "999");
    check(kl_text_count, 1000, "1,000");
    check(kl_text_count, -1234567, "-1,234,567");
    check(kl_text_count, -0.2, "0");
    check(kl_text_money, 0, "0");
    check(kl_text_money, -0.4, "0");
    check(kl_text_money, 999.4, "999");
    check(kl_text_money, 999.5, "1.00 k");
    check(kl_text_money, -12345, "-12.3 k");
    check(kl_text_money, 1234567, "1.23 M");
    check(kl_text_money, 2.5e12, "2,500 bn");
    check(kl_text_money, NAN, "-");
    check(kl_text_bytes, 4.52e6, "4.52 MB");
    check(kl_text_seconds, 0.02, "20 ms");
    check(kl_text_seconds, 1.64, "1.6 s");
    check(kl_text_seconds, 200, "3 min 20 s");
    check(kl_text_seconds, 7500, "2 h 5 min");
    check(kl_text_seconds, NAN, "0 ms");
}

static void exact_numbers_read_back_as_themselves(void **state)
{
    static const double values[] = {
        0, 0.1, 1.0 / 3, -2.5e-308, 4.9e-324, 1.7976931348623157e308, 123456789012345678.0, 0.30000000000000004};
    uint32_t bits = 12345;
    char buffer[KL_NUMBER_SIZE];
    (void)state;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        assert_true(strtod(kl_text_exact(buffer, sizeof buffer, values[i]), NULL) == values[i]);
    for (int i = 0; i < 100000; i++) {
        float value;
        bits = bits * 1664525u + 1013904223u;
        memcpy(&value, &bits, sizeof value);
        if (isfinite(value))
            assert_true(strtof(kl_text_exact32(buffer, sizeof buffer, (double)value), NULL) == value);
    }
    check(kl_text_exact32, (double)0.1f, "0.1");
    check(kl_text_exact, 0.1, "0.1");
}

static void only_whole_numbers_within_bounds_are_counts(void **state)
{
    static const char *const wrong[] = {"",   "-1", "+1", " 1", "1 ", "1.0", "0x1", "1e3", "9999999999999999999",
                                        "11", "nan"};
    int64_t value = -7;
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(kl_text_parse_count(wrong[i], 0, 10, &value));
    assert_int_equal(value, -7);
    assert_true(kl_text_parse_count("10", 0, 10, &value));
    assert_int_equal(value, 10);
}

static void the_nearest_word_is_near(void **state)
{
    static const char *const words[] = {"run", "check", "params", "summary", "replay"};
    (void)state;
    assert_string_equal(kl_text_nearest("rnu", words, 5), "run");
    assert_string_equal(kl_text_nearest("sumary", words, 5), "summary");
    assert_string_equal(kl_text_nearest("PARAMS", words, 5), "params");
    assert_string_equal(kl_text_nearest("summ", words, 5), "summary");
    assert_null(kl_text_nearest("xyzzy", words, 5));
    assert_null(kl_text_nearest("", words, 5));
}

static void widths_are_columns_and_not_bytes(void **state)
{
    (void)state;
    assert_int_equal(kl_text_width("abc"), 3);
    assert_int_equal(kl_text_width("O\xca\xbbzbekiston"), 11);
    assert_int_equal(kl_text_width("\xd0\x9d\xd0\xb0\xd0\xb2\xd0\xbe\xd0\xb8"), 5);
    assert_int_equal(kl_text_width("\xe5\xb7\xa5"), 2);
    assert_int_equal(kl_text_width("e\xcc\x81"), 1);
    assert_int_equal(kl_text_width("\033\n"), 6); /* shown as \x1b\n */
    assert_int_equal(kl_text_width("\xff\xff"), 2);
}

static char *captured(void (*print)(const kl_term *), bool utf8)
{
    char *text = NULL;
    size_t size = 0;
    kl_term term = {.file = open_memstream(&text, &size), .utf8 = utf8, .width = 60};
    assert_non_null(term.file);
    print(&term);
    fclose(term.file);
    return text;
}

static void print_table(const kl_term *term)
{
    kl_grid table;
    kl_grid_init(&table, "lrl");
    kl_grid_cell(&table, KL_BOLD, "\xd0\x9d\xd0\xb0");
    kl_grid_cell(&table, KL_PLAIN, "1");
    kl_grid_cell(&table, KL_PLAIN, "%s%n");
    kl_grid_heading(&table, KL_DIM, "a heading that is wider than the columns");
    kl_grid_cell(&table, KL_PLAIN, "abc");
    kl_grid_cellf(&table, KL_PLAIN, "%d", 1234);
    kl_grid_end_row(&table);
    assert_int_equal(kl_grid_print(&table, term), KL_OK);
    kl_grid_free(&table);
}

static void print_csv(const kl_term *term)
{
    kl_text_csv(term->file, "plain");
    kl_text_csv(term->file, "a,\"b\"\n");
}

static void print_controls(const kl_term *term)
{
    kl_term_print(term, KL_BOLD,
                  "a\033[31m\n\t\x7f\xc2\x9b"
                  "b");
}

static void tables_are_aligned_and_their_text_is_data(void **state)
{
    (void)state;
    char *text = captured(print_table, true);
    assert_string_equal(text, "  \xd0\x9d\xd0\xb0      1  %s%n\n"
                              "  a heading that is wider than the columns\n"
                              "  abc  1234\n");
    free(text);
    text = captured(print_csv, true);
    assert_string_equal(text, "plain\"a,\"\"b\"\"\n\"");
    free(text);
    text = captured(print_controls, true);
    assert_string_equal(text, "a\\x1b[31m\\n\\t\\x7f\\x9b"
                              "b");
    free(text);
}

static void bars_are_as_long_as_their_share(void **state)
{
    char bar[64];
    kl_term plain = {.utf8 = false}, utf8 = {.utf8 = true};
    (void)state;
    for (int i = 0; i <= 10; i++) {
        kl_text_bar(&plain, bar, sizeof bar, i / 10.0, 10);
        assert_int_equal(strlen(bar), i);
        kl_text_bar(&utf8, bar, sizeof bar, i / 10.0, 10);
        assert_int_equal(kl_text_width(bar), i);
    }
    kl_text_bar(&plain, bar, sizeof bar, 1e-6, 10);
    assert_string_equal(bar, ".");
    kl_text_bar(&plain, bar, sizeof bar, NAN, 10);
    assert_string_equal(bar, "");
    kl_text_bar(&plain, bar, sizeof bar, 7, 10);
    assert_int_equal(strlen(bar), 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_written_for_people),
        cmocka_unit_test(exact_numbers_read_back_as_themselves),
        cmocka_unit_test(only_whole_numbers_within_bounds_are_counts),
        cmocka_unit_test(the_nearest_word_is_near),
        cmocka_unit_test(widths_are_columns_and_not_bytes),
        cmocka_unit_test(tables_are_aligned_and_their_text_is_data),
        cmocka_unit_test(bars_are_as_long_as_their_share),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
