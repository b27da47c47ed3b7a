/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Fuzz target: any bytes as a study file. What is read must be a study that can be drawn from, whose resolved text reads
 * back as itself; what is refused must come with sentences that are safe to print. A first line "# set KEY=VALUE" is also
 * given as a change from the command line. Nothing is simulated. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "klaster/study.h"

/* The text of a first line "# set KEY=VALUE", or "" where there is none. */
static void find_change(const char *text, size_t size, char *change, size_t room)
{
    static const char mark[] = "# set ";
    const size_t n_mark = sizeof mark - 1;
    change[0] = '\0';
    if (size < n_mark || memcmp(text, mark, n_mark) != 0)
        return;
    size_t n = 0;
    while (n_mark + n < size && n + 1 < room && text[n_mark + n] != '\n' && text[n_mark + n] != '\0')
        n++;
    memcpy(change, text + n_mark, n);
    change[n] = '\0';
}

static void look_at_sentences(const kl_diagnostics *found, kl_status status)
{
    int n_errors = 0;
    for (int i = 0; i < found->n; i++) {
        const kl_diagnostic *d = &found->item[i];
        FUZZ_EXPECT(d->text[0] != '\0' && d->line >= 0 && d->column >= 0);
        FUZZ_EXPECT(fuzz_is_printable(d->text));
        n_errors += !d->is_warning;
    }
    FUZZ_EXPECT((status == KL_ERR_STUDY) == (n_errors > 0));
    FUZZ_EXPECT(found->n_errors >= n_errors);
}

/* Every arm can be drawn at the ends, and every input has a value. */
static void look_at_draws(const kl_study *study)
{
    kl_input input[256];
    int n = kl_study_inputs(study, input, 256);
    const int point[2] = {0, study->n_points - 1};
    for (int arm = 0; arm < study->n_arms && arm < 4; arm++)
        for (int p = 0; p < 2; p++) {
            kl_params params;
            kl_mechanism mechanism;
            kl_status status = kl_study_draw(study, arm, point[p], &params, &mechanism);
            FUZZ_EXPECT(status == KL_OK || status == KL_ERR_BOUNDS || status == KL_ERR_COMBINATION ||
                        status == KL_ERR_MECHANISM);
            FUZZ_EXPECT(kl_study_variant(study, arm, point[p]) != NULL);
            for (int i = 0; i < n && i < 256; i++)
                (void)kl_study_input_value(study, &input[i], arm, point[p]);
        }
    for (int i = 0; i < n && i < 256; i++) {
        double u = kl_study_coordinate(study, &input[i], point[1]);
        FUZZ_EXPECT(!input[i].by_point || !input[i].is_drawn || (u > 0 && u < 1));
    }
    int n_units, unit_size;
    (void)kl_study_units(study, &n_units, &unit_size);
    FUZZ_EXPECT(n_units > 0 && unit_size > 0);
    (void)kl_study_world(study, point[1], study->n_replicates - 1);
}

static void read_again(const kl_study *study)
{
    kl_study again;
    kl_diagnostics found;
    kl_status status = kl_study_parse(&again, study->resolved, strlen(study->resolved), "again.json", NULL, &found);
    if (status != KL_OK)
        kl_diagnostics_print(&found, stderr);
    FUZZ_EXPECT(status == KL_OK);
    FUZZ_EXPECT(strcmp(again.resolved, study->resolved) == 0 && strcmp(again.sha256, study->sha256) == 0);
    kl_diagnostics_free(&found);
    kl_study_free(&again);
}

const char *__lsan_default_suppressions(void);

/* libfyaml 0.7.12 forgets some kilobytes where something stands behind a long quoted text; klaster's own memory counts. */
const char *__lsan_default_suppressions(void)
{
    return "leak:libfyaml\n";
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char change[256];
    const char *const list[1] = {change};
    find_change((const char *)data, size, change, sizeof change);
    kl_overrides overrides = {.n_set = change[0] ? 1 : 0, .set = list, .seed = -1, .runs = -1, .months = -1};
    kl_study study;
    kl_diagnostics found;
    kl_status status = kl_study_parse(&study, (const char *)data, size, "fuzz.yaml", &overrides, &found);
    FUZZ_EXPECT(status == KL_OK || status == KL_ERR_STUDY);
    look_at_sentences(&found, status);
    if (status == KL_OK) {
        look_at_draws(&study);
        read_again(&study);
    }
    kl_diagnostics_free(&found);
    kl_study_free(&study);
    return 0;
}
