/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * For tests of studies: read a study from text and expect it to be right. */
#ifndef KLASTER_TESTS_STUDY_TEXT_H
#define KLASTER_TESTS_STUDY_TEXT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "klaster/study.h"

/* With n_warnings warnings, no more and no fewer. The caller frees the study. */
static inline kl_study study_of_text(const char *text, const kl_overrides *overrides, int n_warnings)
{
    kl_study study;
    kl_diagnostics found;
    kl_status status = kl_study_parse(&study, text, strlen(text), "test.yaml", overrides, &found);
    if (status != KL_OK || found.n != n_warnings)
        kl_diagnostics_print(&found, stderr);
    assert_int_equal(status, KL_OK);
    assert_int_equal(found.n, n_warnings);
    kl_diagnostics_free(&found);
    return study;
}

#endif
