/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Makes each allocation of a sensitivity analysis fail in turn, under every design. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "deny.h"
#include "klaster/sensitivity.h"
#include "rng/rng.h"

static const char *const designs[] = {
    "{kind: saltelli, base: 8, second_order: true}",
    "{kind: morris, trajectories: 6}",
    "{kind: factorial, factors: {margin: [0.1, 0.2, 0.3], fee: [0, 0.1]}}",
    "sobol",
};

static void load(kl_study *study, const char *design)
{
    char text[512];
    kl_diagnostics found;
    int n = snprintf(
        text, sizeof text,
        "klaster: 1\nuncertainty: none\nmechanism: big-bang\nreplicates: 2\ndesign: %s\n%s"
        "parameters: {months.build: 3, months.rollout: 6, margin: {uniform: [0.1, 0.4]}, fee: {uniform: [0, 0.1]}}\n",
        design, strstr(design, "base") || strstr(design, "traj") ? "" : "points: 24\n");
    kl_status status = kl_study_parse(study, text, (size_t)n, "memory.yaml", NULL, &found);
    if (status != KL_OK)
        kl_diagnostics_print(&found, stderr);
    kl_diagnostics_free(&found);
    assert_int_equal(status, KL_OK);
}

/* 1 when the analysis went through although an allocation was to fail: all of them were made. */
static int analyse_failing_at(const kl_study *study, const double *y, long n)
{
    kl_sensitivity found;
    kl_response response = {0, "value_firms", "USD", y};
    deny_after(n);
    kl_status status = kl_sensitivity_start(&found, study, (kl_resampling){1, 40});
    for (int i = 0; status == KL_OK && i < 3; i++)
        status = kl_sensitivity_add(&found, &response);
    int all_made = deny_end();
    if (all_made) {
        assert_int_equal(status, KL_OK);
        assert_int_equal(found.table[0].n_rows, 3);
        assert_true(found.table[1].n_rows >= 6);
    } else if (status != KL_ERR_MEMORY) {
        fail_msg("allocation %ld failed and the analysis said: %s", n, kl_status_text(status));
    }
    kl_sensitivity_free(&found);
    return all_made;
}

static void every_failed_allocation_of_an_analysis_is_reported(void **state)
{
    (void)state;
    for (size_t d = 0; d < sizeof designs / sizeof designs[0]; d++) {
        kl_study study;
        load(&study, designs[d]);
        int64_t n_worlds = (int64_t)study.n_points * study.n_replicates;
        double *y = malloc((size_t)n_worlds * sizeof *y);
        assert_non_null(y);
        for (int64_t w = 0; w < n_worlds; w++)
            y[w] = kl_uniform(kl_draw(kl_key_of(1, (uint32_t)w, 0), 0, KL_DRAW_LOT, 0).w[0]);
        long n = 0;
        while (!analyse_failing_at(&study, y, n))
            n++;
        assert_true(n > 10);
        free(y);
        kl_study_free(&study);
    }
}

static void a_study_whose_inputs_stay_has_nothing_to_attribute(void **state)
{
    (void)state;
    static const char text[] = "klaster: 1\nuncertainty: none\nmechanism: big-bang\npoints: 3\n"
                               "parameters: {months.build: 3, months.rollout: 6}\n";
    kl_study study;
    kl_diagnostics messages;
    kl_sensitivity found;
    assert_int_equal(kl_study_parse(&study, text, sizeof text - 1, "constant.yaml", NULL, &messages), KL_OK);
    assert_int_equal(kl_sensitivity_start(&found, &study, (kl_resampling){1, 40}), KL_ERR_NOT_FOUND);
    kl_sensitivity_free(&found);
    kl_diagnostics_free(&messages);
    kl_study_free(&study);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_failed_allocation_of_an_analysis_is_reported),
        cmocka_unit_test(a_study_whose_inputs_stay_has_nothing_to_attribute),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
