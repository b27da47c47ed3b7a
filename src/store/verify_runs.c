/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Statuses and outcomes: are they as many as the file says, and do they go together? */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "store/verify.h"

/* What is wrong with one outcome, counted over all pieces, and where first. */
typedef struct fault {
    int64_t n;
    int arm, point, replicate;
} fault;

typedef struct walk {
    kl_verifier *verifier;
    double *status, *value; /* of a piece */
    fault stray;            /* an outcome of a run that has none */
    fault unknown;          /* a number that is no status */
    int is_lost;            /* the dataset cannot be read: said */
} walk;

static void count_fault(fault *f, const kl_part *part, size_t i)
{
    if (f->n++ > 0)
        return;
    f->arm = part->arm;
    f->point = part->point0 + (int)(i / (size_t)part->n_replicates);
    f->replicate = (int)(i % (size_t)part->n_replicates);
}

static void tell_fault(kl_verifier *verifier, const fault *f, const char *name, const char *what)
{
    if (f->n > 0)
        kl_verify_problem(verifier, "'%s' %s in %lld run%s, first in arm '%s', point %d, replicate %d", name, what,
                          (long long)f->n, f->n == 1 ? "" : "s", verifier->result->study.arm[f->arm].name, f->point,
                          f->replicate);
}

/* KL_OK, or the dataset is lost, which is said once. */
static kl_status read_piece(walk *w, const kl_variable *variable, const kl_part *part, double *value)
{
    kl_reason reason = {""};
    kl_status status = kl_part_read(w->verifier->result, variable, part, value, &reason);
    if (status != KL_OK && !w->is_lost)
        kl_verify_problem(w->verifier, "%s", reason.text);
    w->is_lost |= status != KL_OK;
    return status;
}

/* ---- statuses ---- */

static void take_status(walk *w, const kl_part *part, size_t i)
{
    kl_verifier *verifier = w->verifier;
    double s = w->status[i];
    if (isnan(s))
        return; /* missing */
    if (!(s >= 0 && s < KL_N_RUN_STATUS)) {
        count_fault(&w->unknown, part, i);
        return;
    }
    verifier->n_made[part->arm]++;
    verifier->n_played[part->arm] += (int)s != KL_RUN_FAILED;
    verifier->has_point[(size_t)part->point0 + i / (size_t)part->n_replicates] = 1;
}

/* Next piece of the study; 0 behind the last. Begin with n_points 0. */
static int next_part(const kl_study *study, kl_part *part)
{
    if (part->n_points == 0) {
        *part = (kl_part){0, 0, 0, 0, study->n_replicates};
    } else if ((part->point0 += part->n_points) >= study->n_points) {
        part->point0 = 0;
        part->arm++;
    }
    int step = kl_part_points(study->n_points, study->n_replicates), left = study->n_points - part->point0;
    part->n_points = left < step ? left : step;
    return part->arm < study->n_arms;
}

static void verify_statuses(walk *w)
{
    kl_verifier *verifier = w->verifier;
    const kl_result *result = verifier->result;
    kl_variable variable = kl_variable_of_status();
    kl_part part = {0};
    while (next_part(&result->study, &part)) {
        if (read_piece(w, &variable, &part, w->status) != KL_OK)
            return;
        for (size_t i = 0; i < (size_t)part.n_points * (size_t)part.n_replicates; i++)
            take_status(w, &part, i);
    }
    kl_verify_chunks(verifier, "status", "status");
    kl_verify_attributes(verifier, &variable);
    tell_fault(verifier, &w->unknown, "status", "is a number that is no status");
    for (int a = 0; a < result->study.n_arms; a++)
        verifier->verified->n_runs += verifier->n_made[a];
    if (verifier->verified->n_runs != result->n_done)
        kl_verify_problem(verifier, "the attribute 'runs_done' is %lld, but 'status' has %lld runs",
                          (long long)result->n_done, (long long)verifier->verified->n_runs);
}

/* ---- outcomes ---- */

/* Runs that are missing or failed have none. */
static void verify_piece(walk *w, const kl_part *part)
{
    for (size_t i = 0; i < (size_t)part->n_points * (size_t)part->n_replicates; i++)
        if (!isnan(w->value[i]) && (isnan(w->status[i]) || w->status[i] == KL_RUN_FAILED))
            count_fault(&w->stray, part, i);
}

static int is_empty(const walk *w, const kl_part *part)
{
    for (size_t i = 0; i < (size_t)part->n_points * (size_t)part->n_replicates; i++)
        if (!isnan(w->status[i]))
            return 0;
    return 1;
}

static void verify_outcome(walk *w, kl_outcome_id id, fault *stray, uint8_t *is_lost, const kl_part *part)
{
    kl_variable variable = kl_variable_of_outcome(id);
    if (*is_lost || H5Lexists(w->verifier->file, variable.name, H5P_DEFAULT) == 0)
        return; /* of another engine version */
    w->stray = *stray;
    w->is_lost = 0;
    if (read_piece(w, &variable, part, w->value) == KL_OK)
        verify_piece(w, part);
    *stray = w->stray;
    *is_lost = (uint8_t)w->is_lost;
}

static void verify_outcomes(walk *w)
{
    kl_verifier *verifier = w->verifier;
    const kl_study *study = &verifier->result->study;
    kl_variable variable = kl_variable_of_status();
    fault stray[KL_N_OUTCOMES] = {{0}};
    uint8_t is_lost[KL_N_OUTCOMES] = {0};
    kl_part part = {0};
    while (next_part(study, &part)) {
        if (kl_part_read(verifier->result, &variable, &part, w->status, NULL) != KL_OK || is_empty(w, &part))
            continue;
        for (int id = 0; id < KL_N_OUTCOMES; id++)
            verify_outcome(w, (kl_outcome_id)id, &stray[id], &is_lost[id], &part);
    }
    for (int id = 0; id < KL_N_OUTCOMES; id++) {
        const kl_outcome_info *info = kl_outcome_info_of((kl_outcome_id)id);
        tell_fault(verifier, &stray[id], info->name, "has a value although the run is missing or failed");
        variable = kl_variable_of_outcome((kl_outcome_id)id);
        kl_verify_attributes(verifier, &variable);
        if (!is_lost[id])
            kl_verify_chunks(verifier, info->name, "status");
    }
}

void kl_verify_runs(kl_verifier *verifier)
{
    const kl_study *study = &verifier->result->study;
    size_t n = (size_t)kl_part_points(study->n_points, study->n_replicates) * (size_t)study->n_replicates;
    walk w = {.verifier = verifier, .status = malloc(n * sizeof(double)), .value = malloc(n * sizeof(double))};
    if (w.status && w.value) {
        verify_statuses(&w);
        verify_outcomes(&w);
    } else
        verifier->status = KL_ERR_MEMORY;
    free(w.status);
    free(w.value);
}
