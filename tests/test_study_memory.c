/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Makes each allocation of a load fail in turn, jansson's among them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "deny.h"
#include "klaster/study.h"

static const char text[] = "klaster: 1\nuncertainty: default\ninclude: cases/navoi\nparameters: {months.pilot: 3}\n"
                           "arms: [{name: a}, {name: b, mechanism: giz, parameters: {fee: {uniform: [0, 0.1]}}}]\n"
                           "claims: [{name: c, metric: bcr, interval: [1, null], source: x}]\n";
static const char wrong[] = "klaster: 1\nfeee: 1\nparameters: {fee: 2}\nmechanism: nosuch\nclaims: [{name: c}]\n";

static const char *const designs[] = {
    "klaster: 1\narms: [{name: a}]\n"
    "design: {kind: factorial, factors: {opex: [1, 2], months.pilot: [2, 4], capex: {levels: 3, of: {uniform: [1, "
    "2]}}}}\n",
    "klaster: 1\ndesign: {kind: saltelli, base: 8, factors: [months.pilot, months.build]}\narms: [{name: a}]\n",
    "klaster: 1\nmechanism: {choice: [giz, unido]}\narms: [{name: a}, {name: b, mechanism: {choice: [jm, organic]}}]\n",
};

/* 1 when the load went through although an allocation was to fail: all of them were made. */
static int load_failing_at(const char *yaml, long n, kl_status expected)
{
    const char *const set[] = {"margin=0.2", "a.fee=0.1"};
    kl_overrides overrides = {2, set, -1, -1, -1};
    kl_study study;
    kl_diagnostics found;
    deny_after(n);
    kl_status status = kl_study_parse(&study, yaml, strlen(yaml), "memory.yaml", &overrides, &found);
    int all_made = deny_end();
    if (all_made)
        assert_int_equal(status, expected);
    else if (status != KL_ERR_MEMORY)
        fail_msg("allocation %ld failed and the load said: %s", n, kl_status_text(status));
    if (expected == KL_OK && found.n_errors > 0) /* a sound study gets no blame for that */
        fail_msg("allocation %ld failed and the load said: %s", n, found.item[0].text);
    if (status != KL_OK)
        assert_null(study.arm);
    kl_study_free(&study);
    kl_diagnostics_free(&found);
    return all_made;
}

static void every_allocation_of_a_load_may_fail(void **state)
{
    (void)state;
    long n = 0;
    while (!load_failing_at(text, n, KL_OK))
        n += n < 200 ? 1 : 7; /* the many after that are jansson's, one like the other */
    assert_true(n > 200);
    for (n = 0; !load_failing_at(wrong, n, KL_ERR_STUDY);)
        n++;
    assert_true(n > 10);
    for (size_t i = 0; i < sizeof designs / sizeof designs[0]; i++)
        for (n = 0; !load_failing_at(designs[i], n, KL_OK);)
            n += n < 200 ? 1 : 7;
}

static void every_allocation_of_the_schema_may_fail(void **state)
{
    (void)state;
    long n = 0;
    for (;; n += n < 100 ? 1 : 31) {
        deny_after(n);
        char *schema = kl_study_schema();
        int all_made = deny_end();
        if (all_made) {
            assert_non_null(schema);
            free(schema);
            break;
        }
        assert_null(schema);
    }
    assert_true(n > 100);
}

static void every_allocation_of_the_differences_may_fail(void **state)
{
    (void)state;
    kl_study a, b;
    kl_diagnostics found;
    assert_int_equal(kl_study_parse(&a, text, strlen(text), "memory.yaml", NULL, &found), KL_OK);
    kl_diagnostics_free(&found);
    assert_int_equal(kl_study_parse(&b, designs[0], strlen(designs[0]), "memory.yaml", NULL, &found), KL_OK);
    kl_diagnostics_free(&found);
    long n = 0;
    for (;; n++) {
        kl_mismatches list;
        deny_after(n);
        kl_status status = kl_study_differences(&a, &b, &list);
        int all_made = deny_end();
        assert_int_equal(status, all_made ? KL_OK : KL_ERR_MEMORY);
        assert_true(all_made == (list.n > 0));
        kl_mismatches_free(&list);
        if (all_made)
            break;
    }
    assert_true(n > 30);
    kl_study_free(&a);
    kl_study_free(&b);
}

int main(void)
{
    json_set_alloc_funcs(deny_malloc, free);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_allocation_of_a_load_may_fail),
        cmocka_unit_test(every_allocation_of_the_schema_may_fail),
        cmocka_unit_test(every_allocation_of_the_differences_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
