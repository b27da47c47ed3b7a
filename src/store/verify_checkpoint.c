/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The monthly fans of a result file, computed again from what stands in its /checkpoint: they must be the same bits. */
#include <math.h>
#include <stdlib.h>

#include "store/checkpoint.h"
#include "store/checkpoint_layout.h"
#include "store/verify.h"

typedef struct again {
    kl_verifier *verifier;
    kl_fans *fans;
    double *value; /* [month][quantile] of the file */
    int is_lost;   /* a dataset cannot be read: said with the fans */
} again;

static int is_same(const kl_variable *variable, double stored, double made)
{
    double rounded = variable->number == KL_F32 ? (double)(float)made : made;
    return stored == rounded || (isnan(stored) && isnan(made));
}

static double made_of(const kl_fans *fans, int arm, kl_series_id series, int month, const double *quantile)
{
    return quantile ? kl_fans_quantile(fans, arm, series, month, *quantile) : kl_fans_mean(fans, arm, series, month);
}

/* One dataset of a series: its quantiles, or its mean with n_quantiles 0. Returns the first month that differs, or 0. */
static int compare(again *a, int arm, kl_series_id series, const kl_variable *variable, int n_quantiles)
{
    const kl_study *study = &a->verifier->result->study;
    int width = n_quantiles > 0 ? n_quantiles : 1;
    if (kl_part_read_arm(a->verifier->result, variable, arm, a->value, NULL) != KL_OK)
        return 0;
    for (int m = 0; m < study->horizon; m++)
        for (int i = 0; i < width; i++)
            if (!is_same(variable, a->value[m * width + i],
                         made_of(a->fans, arm, series, m, n_quantiles > 0 ? &study->quantile[i] : NULL)))
                return m + 1;
    return 0;
}

static int compare_defined(again *a, int arm, kl_series_id series)
{
    kl_variable variable = kl_variable_of_defined(series);
    if (kl_part_read_arm(a->verifier->result, &variable, arm, a->value, NULL) != KL_OK)
        return 0;
    for (int m = 0; m < a->verifier->result->study.horizon; m++)
        if (a->value[m] != (double)kl_fans_defined(a->fans, arm, series, m))
            return m + 1;
    return 0;
}

static void verify_series(again *a, int arm, kl_series_id series)
{
    const kl_study *study = &a->verifier->result->study;
    kl_variable quantiles = kl_variable_of_quantiles(series), mean = kl_variable_of_mean(series);
    int month = compare_defined(a, arm, series);
    if (month == 0)
        month = compare(a, arm, series, &mean, 0);
    if (month == 0)
        month = compare(a, arm, series, &quantiles, study->n_quantiles);
    if (month > 0)
        kl_verify_problem(a->verifier, "the fan of '%s' is not what /checkpoint gives (arm '%s', month %d)",
                          kl_series_info_of(series)->name, study->arm[arm].name, month);
}

static kl_status read_again(again *a)
{
    const kl_result *result = a->verifier->result;
    const kl_study *study = &result->study;
    kl_reason reason = {""};
    int *arm = malloc((size_t)study->n_arms * sizeof *arm);
    if (!arm)
        return KL_ERR_MEMORY;
    for (int i = 0; i < study->n_arms; i++)
        arm[i] = i;
    kl_status status = kl_checkpoint_read(result, arm, a->fans, &reason);
    free(arm);
    if (status != KL_OK && status != KL_ERR_MEMORY) {
        kl_verify_problem(a->verifier, "/checkpoint: %s", reason.text[0] ? reason.text : kl_status_text(status));
        a->is_lost = 1;
    }
    return status == KL_ERR_MEMORY ? status : KL_OK;
}

static kl_status verify_fans(again *a)
{
    const kl_study *study = &a->verifier->result->study;
    a->value = malloc((size_t)study->horizon * (size_t)study->n_quantiles * sizeof *a->value);
    kl_status status = a->value ? read_again(a) : KL_ERR_MEMORY;
    if (status != KL_OK || a->is_lost)
        return status;
    a->verifier->verified->has_checkpoint = 1;
    if (kl_fans_are_exact(a->fans) != a->verifier->result->fans_exact)
        kl_verify_problem(a->verifier, "the attribute 'fans' does not go with the number of worlds");
    for (int s = 0; s < KL_N_SERIES; s++)
        for (int arm = 0; arm < study->n_arms; arm++)
            verify_series(a, arm, (kl_series_id)s);
    return KL_OK;
}

void kl_verify_checkpoint(kl_verifier *verifier)
{
    again a = {.verifier = verifier};
    kl_plan plan;
    if (H5Lexists(verifier->file, KL_CHECKPOINT_GROUP, H5P_DEFAULT) <= 0)
        return; /* of an older klaster */
    kl_status status = kl_plan_make(&plan, &verifier->result->study, 1, 0);
    if (status == KL_ERR_RESOURCES)
        return; /* what has been looked at stands */
    if (status == KL_OK)
        status = kl_fans_new(&a.fans, &plan);
    if (status == KL_OK)
        status = verify_fans(&a);
    if (status != KL_OK)
        verifier->status = status;
    kl_fans_free(a.fans);
    free(a.value);
}
