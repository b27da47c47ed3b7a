/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Makes each allocation of scenario discovery fail in turn. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "deny.h"
#include "klaster/discovery.h"
#include "rng/rng.h"

static const char text[] =
    "klaster: 1\nuncertainty: none\nmechanism: big-bang\npoints: 80\nseed: 4\n"
    "parameters: {months.build: 3, months.rollout: 6, fee: {uniform: [0, 0.1]}, firms: {integer: [8, 30]},"
    " graph: {choice: [random, blocks, complete]}}\n";

/* 1 when all went through although an allocation was to fail: all of them were made. */
static int discover_failing_at(const kl_study *study, const int8_t *hit, long n)
{
    kl_finding finding;
    kl_table table[KL_DISCOVERY_TABLES] = {{0}};
    kl_discovery_options options = kl_discovery_defaults(study->seed);
    deny_after(n);
    kl_status status = kl_finding_make(&finding, study, 0, "memory", hit, &options);
    if (status == KL_OK)
        status = kl_discovery_tables(table, "discovery", study, 1, &finding);
    int all_made = deny_end();
    if (status != (all_made ? KL_OK : KL_ERR_MEMORY))
        fail_msg("allocation %ld failed and the analysis said: %s", n, kl_status_text(status));
    if (all_made)
        assert_int_equal(table[0].n_rows, 1);
    for (int t = 0; t < KL_DISCOVERY_TABLES; t++)
        kl_table_free(&table[t]);
    kl_finding_free(&finding);
    return all_made;
}

static void every_failed_allocation_of_a_discovery_is_reported(void **state)
{
    (void)state;
    kl_study study;
    kl_diagnostics found;
    int8_t hit[80];
    assert_int_equal(kl_study_parse(&study, text, strlen(text), "memory.yaml", NULL, &found), KL_OK);
    kl_diagnostics_free(&found);
    for (int p = 0; p < 80; p++)
        hit[p] = kl_draw(kl_key_of(1, (uint32_t)p, 0), 0, KL_DRAW_LOT, 0).w[0] >> 31 & 1;
    long n = 0;
    while (!discover_failing_at(&study, hit, n))
        n++;
    assert_true(n > 100);
    kl_study_free(&study);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_failed_allocation_of_a_discovery_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
