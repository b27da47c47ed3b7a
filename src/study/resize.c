/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The same study with another number of worlds, as --runs would have made it. */
#define _GNU_SOURCE 1 /* newlocale under -std=c11 */
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "study/reader.h"

static kl_status remake_design(kl_design *made, const kl_design *design, int n_rows)
{
    kl_design_spec spec = {.kind = design->kind,
                           .n_rows = n_rows,
                           .second_order = design->second_order,
                           .n_levels = design->n_levels,
                           .n_inputs = design->n_inputs,
                           .input = design->input};
    return kl_design_make(made, &spec, NULL);
}

/* Numbers are written with a point, whatever the caller's locale. */
static kl_status resolve(kl_study *study)
{
    locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (plain == (locale_t)0)
        return KL_ERR_MEMORY;
    locale_t before = uselocale(plain);
    kl_status status = kl_study_resolve(study);
    (void)uselocale(before);
    freelocale(plain);
    return status;
}

kl_status kl_study_resize(kl_study *study, int64_t runs)
{
    kl_study made = *study;
    int row_size = study->design.row_size > 0 ? study->design.row_size : 1;
    int by_rows = study->n_points / row_size > 1;
    int64_t unit = by_rows ? (int64_t)row_size * study->n_replicates : row_size;
    int64_t n = runs / unit + (runs % unit != 0);
    if (runs < 1 || n > INT32_MAX / (by_rows ? row_size : 1))
        return KL_ERR_ARGUMENT;
    kl_status status = remake_design(&made.design, &study->design, by_rows ? (int)n : 1);
    if (status != KL_OK)
        return status;
    if (by_rows)
        made.n_points = kl_design_n_points(&made.design);
    else
        made.n_replicates = (int)n;
    made.resolved = NULL;
    status = resolve(&made);
    if (status != KL_OK) {
        free(made.resolved);
        kl_design_free(&made.design);
        return status;
    }
    kl_design_free(&study->design);
    free(study->resolved);
    *study = made;
    return KL_OK;
}
