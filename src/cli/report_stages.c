/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The data of a report: when an arm's mechanism comes how far, as the file can say it. A run keeps the months at whose end the
 * platform stood, the pilot had passed its gate, and the roll-out was complete; stages before and between them (assess, trust)
 * are part of the phase that ends so. */
#include <math.h>
#include <stdlib.h>

#include "cli/report.h"

/* A phase begins when the one before it ended. */
enum { PHASE_BUILD, PHASE_PILOT, PHASE_ROLLOUT, PHASE_OPTIMISE, N_PHASES };
static const char *const phase_words[] = {"build", "pilot", "rollout", "optimise"};
static const kl_outcome_id phase_ends[] = {KL_OUT_month_built, KL_OUT_month_gate, KL_OUT_month_rollout,
                                           KL_OUT_month_closed};

enum { RECYCLES_MOST = 12 };

typedef struct phases {
    double *end[N_PHASES]; /* [phase][world]; of the last: the month in which the ecosystem closed */
    double *recycles;      /* [world] */
    double *sorted;        /* room to work in */
} phases;

static void phases_free(phases *p)
{
    for (int k = 0; k < N_PHASES; k++)
        free(p->end[k]);
    free(p->recycles);
    free(p->sorted);
}

static kl_status phases_read(phases *p, const kl_report *r, int arm)
{
    size_t size = (size_t)(r->n_worlds + 1) * sizeof(double);
    kl_status status = KL_OK;
    *p = (phases){.recycles = malloc(size), .sorted = malloc(size)};
    for (int k = 0; k < N_PHASES; k++)
        p->end[k] = malloc(size);
    for (int k = 0; k < N_PHASES; k++)
        status = p->end[k] ? status : KL_ERR_MEMORY;
    if (status != KL_OK || !p->recycles || !p->sorted)
        return KL_ERR_MEMORY;
    for (int k = 0; k < N_PHASES && status == KL_OK; k++)
        status = kl_result_outcome(r->result, arm, phase_ends[k], p->end[k]);
    return status == KL_OK ? kl_result_outcome(r->result, arm, KL_OUT_pilot_recycles, p->recycles) : status;
}

static int compare_numbers(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Quantiles of p->sorted[0..n-1]. */
static json_t *quantiles_json(const phases *p, int64_t n)
{
    qsort(p->sorted, (size_t)n, sizeof *p->sorted, compare_numbers);
    return json_pack("{s:I, s:o, s:o, s:o, s:o, s:o}", "n", (json_int_t)n, "q05",
                     kl_report_number(kl_quantile_sorted(p->sorted, n, 0.05)), "q25",
                     kl_report_number(kl_quantile_sorted(p->sorted, n, 0.25)), "q50",
                     kl_report_number(kl_quantile_sorted(p->sorted, n, 0.5)), "q75",
                     kl_report_number(kl_quantile_sorted(p->sorted, n, 0.75)), "q95",
                     kl_report_number(kl_quantile_sorted(p->sorted, n, 0.95)));
}

/* ---- which phases an arm has ---- */

static bool variant_has(const kl_arm *variant, int phase)
{
    static const kl_stage_kind kinds[] = {KL_STAGE_BUILD, KL_STAGE_PILOT, KL_STAGE_ROLLOUT, KL_STAGE_OPTIMISE};
    for (int s = 0; s < variant->n_stages; s++)
        if (variant->stage[s].kind == kinds[phase])
            return true;
    return false;
}

/* Under any of the arm's mechanisms. */
static bool has_phase(const kl_arm *arm, int phase)
{
    const kl_arm *variant;
    for (int v = 0; (variant = kl_arm_variant(arm, v)); v++)
        if (variant_has(variant, phase))
            return true;
    return false;
}

/* The month at whose end the phase began in a world; NaN where it did not begin. Where the world's mechanism has no pilot, the
 * roll-out follows on building. */
static double start_of(const kl_report *r, const phases *p, int a, int phase, int64_t w)
{
    const kl_arm *variant = kl_study_variant(r->study, a, (int)(w / r->study->n_replicates));
    if (phase == PHASE_BUILD)
        return variant->n_stages > 0 ? 0 : (double)NAN;
    if (!variant_has(variant, phase))
        return NAN;
    bool skips = phase == PHASE_ROLLOUT && !variant_has(variant, PHASE_PILOT);
    return p->end[skips ? PHASE_BUILD : phase - 1][w];
}

/* ---- one phase ---- */

/* Worlds that began the phase and closed before it ended, by why; when. */
static json_t *closed_json(const kl_report *r, const phases *p, int a, int phase, int status)
{
    int64_t n = 0;
    for (int64_t w = 0; w < r->n_worlds; w++)
        if (r->status[a][w] == status && !isnan(start_of(r, p, a, phase, w)) &&
            (phase == PHASE_OPTIMISE || isnan(p->end[phase][w])) && !isnan(p->end[PHASE_OPTIMISE][w]))
            p->sorted[n++] = p->end[PHASE_OPTIMISE][w];
    return quantiles_json(p, n);
}

/* How often the pilot was repeated: [0] never, ... in worlds in which it passed or failed its gate. */
static json_t *gate_json(const kl_report *r, const phases *p, int a)
{
    int64_t passed = 0, failed = 0, recycles[RECYCLES_MOST + 1] = {0};
    int most = 0;
    for (int64_t w = 0; w < r->n_worlds; w++) {
        bool has_passed = !isnan(p->end[PHASE_PILOT][w]), has_failed = r->status[a][w] == KL_RUN_GATE_FAILED;
        passed += has_passed;
        failed += has_failed;
        if ((has_passed || has_failed) && p->recycles[w] >= 0) {
            int k = p->recycles[w] < RECYCLES_MOST ? (int)p->recycles[w] : RECYCLES_MOST;
            recycles[k]++;
            most = k > most ? k : most;
        }
    }
    json_t *counts = json_array();
    for (int k = 0; k <= most; k++)
        json_array_append_new(counts, json_integer(recycles[k]));
    return json_pack("{s:I, s:I, s:o}", "passed", (json_int_t)passed, "failed", (json_int_t)failed, "recycles", counts);
}

static void add_phase(const kl_report *r, const phases *p, int a, int phase, int order, json_t *stages)
{
    const kl_arm *arm = &r->study->arm[a];
    int64_t worlds = 0, reached = 0, ended = 0;
    for (int64_t w = 0; w < r->n_worlds; w++) {
        bool is_run = r->status[a][w] >= 0 && r->status[a][w] != KL_RUN_FAILED;
        worlds += is_run;
        double start = is_run ? start_of(r, p, a, phase, w) : (double)NAN;
        if (!isnan(start))
            p->sorted[reached++] = start;
    }
    json_t *start = quantiles_json(p, reached);
    for (int64_t w = 0; w < r->n_worlds && phase != PHASE_OPTIMISE; w++)
        if (!isnan(p->end[phase][w]))
            p->sorted[ended++] = p->end[phase][w];
    json_t *json = json_pack("{s:s, s:s, s:i, s:I, s:I, s:o}", "arm", arm->name, "stage", phase_words[phase], "order",
                             order, "worlds", (json_int_t)worlds, "reached", (json_int_t)reached, "start", start);
    if (phase != PHASE_OPTIMISE) {
        json_object_set_new(json, "ended", json_integer(ended));
        json_object_set_new(json, "end", quantiles_json(p, ended));
    }
    json_object_set_new(json, "insolvent", closed_json(r, p, a, phase, KL_RUN_INSOLVENT));
    if (phase == PHASE_PILOT) {
        json_object_set_new(json, "gate_failed", closed_json(r, p, a, phase, KL_RUN_GATE_FAILED));
        json_object_set_new(json, "gate", gate_json(r, p, a));
    }
    json_array_append_new(stages, json);
}

kl_status kl_report_stages(kl_report *r)
{
    kl_status status = KL_OK;
    json_t *stages = json_array();
    for (int a = 0; a < r->study->n_arms && status == KL_OK; a++) {
        phases p;
        int order = 0;
        if (r->study->arm[a].n_stages == 0)
            continue;
        status = phases_read(&p, r, a);
        for (int phase = 0; phase < N_PHASES && status == KL_OK; phase++)
            if (has_phase(&r->study->arm[a], phase))
                add_phase(r, &p, a, phase, order++, stages);
        phases_free(&p);
        status = status == KL_ERR_NOT_FOUND ? KL_OK : status;
    }
    json_object_set_new(r->page, "stages", stages);
    return status;
}
