/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Makes each allocation fail in turn while a laboratory is made, begun and played; afterwards it can be begun again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "deny.h"
#include "lab/lab.h"

static kl_status begin_and_play(kl_lab *lab)
{
    const double three = 3;
    kl_status status = kl_lab_begin(lab, 1, 24, 2);
    if (status == KL_OK)
        status = kl_lab_add_stage(lab, "build", "build", "constant", &three, 1);
    if (status == KL_OK)
        status = kl_lab_add_stage(lab, "rollout", "rollout", "constant", &three, 1);
    return status == KL_OK ? kl_lab_play(lab, 0, 2) : status;
}

static void every_allocation_may_fail_and_the_laboratory_can_be_begun_again(void **state)
{
    (void)state;
    long n = 0;
    for (int all_made = 0; !all_made; n++) {
        deny_after(n);
        kl_lab *lab = kl_lab_new();
        kl_status status = lab ? begin_and_play(lab) : KL_ERR_MEMORY;
        all_made = deny_end();
        if (!all_made && status == KL_OK)
            fail_msg("allocation %ld failed unseen", n);
        assert_int_equal(status, all_made ? KL_OK : KL_ERR_MEMORY);
        if (lab) {
            assert_int_equal(begin_and_play(lab), KL_OK);
            assert_int_equal(kl_lab_statuses(lab)[1], KL_RUN_COMPLETED);
        }
        kl_lab_free(lab);
    }
    assert_true(n > 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_allocation_may_fail_and_the_laboratory_can_be_begun_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
