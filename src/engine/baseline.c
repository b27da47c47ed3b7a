/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Outcomes that need the firms of two runs of one world: whom an arm brings in, whom it keeps out, and what it pays to firms
 * that would have come anyhow. A firm is the same firm in every arm of a world, by its number. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "klaster/engine.h"

kl_status kl_baseline_keep(kl_baseline *baseline, const kl_run *run)
{
    baseline->n_firms = 0;
    if (run->n_firms > baseline->capacity) {
        free(baseline->member);
        baseline->capacity = 0;
        baseline->member = malloc((size_t)run->n_firms);
        if (!baseline->member)
            return KL_ERR_MEMORY;
        baseline->capacity = run->n_firms;
    }
    baseline->n_firms = run->n_firms;
    for (int i = 0; i < run->n_firms; i++)
        baseline->member[i] = (unsigned char)kl_run_firm(run, i).member;
    return KL_OK;
}

void kl_baseline_forget(kl_baseline *baseline)
{
    baseline->n_firms = 0;
}

void kl_baseline_free(kl_baseline *baseline)
{
    free(baseline->member);
    memset(baseline, 0, sizeof *baseline);
}

void kl_baseline_outcomes(const kl_baseline *baseline, const kl_run *run, double outcome[KL_N_OUTCOMES])
{
    int additional = 0, crowded_out = 0;
    double paid = 0, to_members = 0;
    outcome[KL_OUT_additional_members] = outcome[KL_OUT_crowded_out] = outcome[KL_OUT_deadweight] = (double)NAN;
    if (baseline->n_firms != run->n_firms)
        return;
    for (int i = 0; i < run->n_firms; i++) {
        kl_firm firm = kl_run_firm(run, i);
        int before = baseline->member[i];
        additional += firm.member && !before;
        crowded_out += before && !firm.member;
        paid += firm.public_money;
        to_members += before ? firm.public_money : 0;
    }
    outcome[KL_OUT_additional_members] = additional;
    outcome[KL_OUT_crowded_out] = crowded_out;
    if (paid > 0)
        outcome[KL_OUT_deadweight] = to_members / paid;
}
