/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A result file held against what it promises: its attributes here, the rest in the other verify_*.c. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "klaster/version.h"
#include "store/marks.h"
#include "store/verify.h"

void kl_verify_problem(kl_verifier *verifier, const char *format, ...)
{
    kl_reason sentence;
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(sentence.text, sizeof sentence.text, format, arguments);
    va_end(arguments);
    verifier->verified->n_problems++;
    if (verifier->tell)
        verifier->tell(verifier->data, sentence.text);
}

/* ---- attributes ---- */

static void verify_whole(kl_verifier *verifier, const char *name, int64_t expected)
{
    int64_t value = 0;
    if (kl_h5_get_int(verifier->file, name, &value) < 0)
        kl_verify_problem(verifier, "the attribute '%s' is missing or of another type", name);
    else if (value != expected)
        kl_verify_problem(verifier, "the attribute '%s' is %lld, but the study in the file says %lld", name,
                          (long long)value, (long long)expected);
}

static void verify_text(kl_verifier *verifier, const char *name, const char *expected)
{
    char *text = NULL;
    if (!expected[0])
        return; /* is left out */
    if (kl_h5_get_text(verifier->file, name, &text) < 0)
        kl_verify_problem(verifier, "the attribute '%s' is missing or of another type", name);
    else if (strcmp(text, expected) != 0)
        kl_verify_problem(verifier, "the attribute '%s' is not that of the study in the file", name);
    free(text);
}

static void verify_marks(kl_verifier *verifier)
{
    const kl_study *study = &verifier->result->study;
    verify_whole(verifier, "seed", (int64_t)study->seed);
    verify_text(verifier, "study", study->name);
    verify_text(verifier, "title", study->title);
    verify_text(verifier, "design", kl_design_kind_word(study->design.kind));
    if (study->design.n_rows > 0) {
        verify_whole(verifier, "design_rows", study->design.n_rows);
        verify_whole(verifier, "design_row_size", study->design.row_size);
    }
}

/* The tables that analyses left. */
static void verify_tables(kl_verifier *verifier)
{
    int n = 0;
    kl_saved_table *table = NULL;
    kl_reason reason = {""};
    kl_status status = kl_result_tables(verifier->result, &n, &table, &reason);
    if (status == KL_ERR_MEMORY)
        verifier->status = status;
    else if (status != KL_OK)
        kl_verify_problem(verifier, "/analysis: %s", reason.text[0] ? reason.text : kl_status_text(status));
    kl_saved_tables_free(n, table);
}

/* ---- the whole ---- */

static kl_status verify_all(kl_verifier *verifier)
{
    const kl_study *study = &verifier->result->study;
    verifier->n_made = calloc((size_t)study->n_arms, sizeof *verifier->n_made);
    verifier->n_played = calloc((size_t)study->n_arms, sizeof *verifier->n_played);
    verifier->has_point = calloc((size_t)study->n_points, 1);
    if (!verifier->n_made || !verifier->n_played || !verifier->has_point)
        return KL_ERR_MEMORY;
    kl_verify_datasets(verifier);
    verify_marks(verifier);
    verify_tables(verifier);
    kl_verify_runs(verifier);
    if (strcmp(verifier->result->engine_version, KL_VERSION) == 0) /* another may have drawn them otherwise */
        kl_verify_inputs(verifier);
    kl_verify_fans(verifier);
    if (strcmp(verifier->result->engine_version, KL_VERSION) == 0)
        kl_verify_checkpoint(verifier);
    return verifier->status;
}

kl_status kl_result_verify(const kl_result *result, kl_verified *verified, kl_problem_fn tell, void *data)
{
    kl_h5_quiet quiet;
    kl_verifier verifier = {
        .result = result, .file = kl_result_file(result), .verified = verified, .tell = tell, .data = data};
    memset(verified, 0, sizeof *verified);
    if (verifier.file < 0)
        return KL_ERR_ARGUMENT;
    kl_h5_quiet_begin(&quiet);
    kl_status status = verify_all(&verifier);
    kl_h5_quiet_end(&quiet);
    free(verifier.n_made);
    free(verifier.n_played);
    free(verifier.has_point);
    return status;
}
