/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Makes each allocation of a calibration, of its tables and of reading targets fail in turn. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "deny.h"
#include "klaster/calibration.h"

enum { N = 20 };

static kl_status calibrate(kl_calibration *c)
{
    static const double value[] = {0.5}, sd[] = {0.1};
    kl_calibration_options o = {.seed = 1,
                                .n_particles = N,
                                .n_inputs = 2,
                                .n_targets = 1,
                                .n_replicates = 1,
                                .waves_max = 30,
                                .value = value,
                                .sd = sd};
    double simulated[N];
    kl_status status = kl_calibration_init(c, &o);
    if (status == KL_OK)
        status = kl_calibration_start(c, NULL);
    while (status == KL_OK && c->end == KL_CALIBRATION_RUNNING) {
        for (int i = 0; i < N; i++)
            simulated[i] = c->u[2 * i];
        status = kl_calibration_tell(c, simulated);
    }
    return status;
}

/* 1 when all went through although an allocation was to fail: all of them were made. */
static int calibrate_failing_at(long n)
{
    static const char *const words[] = {"low", "high"};
    double value[2 * N];
    for (int i = 0; i < 2 * N; i++)
        value[i] = i % 2;
    const kl_calibrated_input input[] = {{"fee", "1", NULL, 0, value, value}, {"graph", "1", words, 2, value, value}};
    const kl_calibrated_target target = {"a", "brand", "1", "", 0.5, 0.1, 2 * N, 2 * N, value, value};
    kl_calibration c;
    kl_table table[KL_CALIBRATION_TABLES];
    kl_learned learned;
    memset(table, 0, sizeof table);
    deny_after(n);
    kl_status status = calibrate(&c);
    if (status == KL_OK)
        status = kl_calibration_tables(table, &c, 2, input, 1, &target);
    if (status == KL_OK)
        status = kl_calibration_learned(&c, 0, &learned);
    int all_made = deny_end();
    if (all_made)
        assert_int_equal(status, KL_OK);
    else if (status != KL_ERR_MEMORY)
        fail_msg("allocation %ld failed and the calibration said: %s", n, kl_status_text(status));
    for (int i = 0; i < KL_CALIBRATION_TABLES; i++)
        kl_table_free(&table[i]);
    kl_calibration_free(&c);
    return all_made;
}

static void every_failed_allocation_of_a_calibration_is_reported(void **state)
{
    (void)state;
    long n = 0;
    while (!calibrate_failing_at(n))
        n++;
    assert_true(n > 100);
}

static int load_failing_at(long n)
{
    static const char text[] = "klaster: 1\ntargets: [{metric: brand, value: 1, tolerance: 1, source: s},"
                               " {metric: members@3, value: 1, tolerance: 1, arm: baseline}]\n";
    kl_study study;
    kl_diagnostics found;
    deny_after(n);
    kl_status status = kl_study_parse(&study, text, strlen(text), "memory.yaml", NULL, &found);
    int all_made = deny_end();
    if (all_made)
        assert_int_equal(status, KL_OK);
    else if (status != KL_ERR_MEMORY)
        fail_msg("allocation %ld failed and the load said: %s", n, kl_status_text(status));
    kl_study_free(&study);
    kl_diagnostics_free(&found);
    return all_made;
}

static void every_failed_allocation_of_targets_is_reported(void **state)
{
    (void)state;
    long n = 0;
    while (!load_failing_at(n))
        n++;
    assert_true(n > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_failed_allocation_of_a_calibration_is_reported),
        cmocka_unit_test(every_failed_allocation_of_targets_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
