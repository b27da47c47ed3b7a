/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Waves of a calibration, played by the engine: each is the study with other points and a seed of its own. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/calibrate.h"
#include "cli/progress.h"

/* ---- memory ---- */

void kl_fit_free(kl_fit *fit)
{
    fit->design.given = NULL;
    kl_design_free(&fit->design);
    kl_calibration_free(&fit->sampler);
    free(fit->input);
    free(fit->simulated);
    free(fit->prior);
    free(fit->fitted);
    free(fit->value);
    memset(fit, 0, sizeof *fit);
}

/* Only inputs that are drawn: an input that differs between arms alone is nothing to be learned. */
static kl_status find_inputs(kl_fit *fit)
{
    int n;
    fit->input = kl_inputs_of(fit->study, &n);
    if (n < 0)
        return KL_ERR_MEMORY;
    for (int i = 0; i < n; i++)
        if (fit->input[i].by_point)
            fit->input[fit->n_inputs++] = fit->input[i];
    return fit->n_inputs > 0 ? KL_OK : KL_ERR_NOT_FOUND;
}

static kl_status make_design(kl_fit *fit)
{
    kl_design_input *input = calloc((size_t)fit->n_inputs, sizeof *input);
    if (!input)
        return KL_ERR_MEMORY;
    for (int i = 0; i < fit->n_inputs; i++) {
        memcpy(input[i].name, fit->input[i].name, sizeof input[i].name);
        input[i].factor = -1;
    }
    kl_design_spec spec = {KL_DESIGN_MONTE_CARLO, fit->study->n_points, 0, 0, fit->n_inputs, input};
    kl_status status = kl_design_make(&fit->design, &spec, NULL);
    free(input);
    return status;
}

static kl_status make_sampler(kl_fit *fit, uint64_t seed, int waves_max)
{
    const kl_study *study = fit->study;
    double *value = calloc((size_t)study->n_targets * 2, sizeof *value), *sd = value + study->n_targets;
    if (!value)
        return KL_ERR_MEMORY;
    for (int t = 0; t < study->n_targets; t++) {
        value[t] = study->target[t].value;
        sd[t] = study->target[t].sd;
    }
    kl_calibration_options options = {.seed = seed,
                                      .n_particles = study->n_points,
                                      .n_inputs = fit->n_inputs,
                                      .n_targets = study->n_targets,
                                      .n_replicates = study->n_replicates,
                                      .waves_max = waves_max,
                                      .value = value,
                                      .sd = sd};
    kl_status status = kl_calibration_init(&fit->sampler, &options);
    free(value);
    return status;
}

kl_status kl_fit_init(kl_fit *fit, const kl_study *study, uint64_t seed, int waves_max, int n_threads)
{
    memset(fit, 0, sizeof *fit);
    fit->study = study;
    fit->n_threads = n_threads;
    kl_status status = find_inputs(fit);
    if (status == KL_OK)
        status = make_design(fit);
    if (status == KL_OK)
        status = make_sampler(fit, seed, waves_max);
    if (status != KL_OK)
        return status;
    size_t n_points = (size_t)study->n_points, n_worlds = n_points * (size_t)study->n_replicates;
    size_t n_targets = (size_t)study->n_targets;
    fit->simulated = calloc(n_worlds * n_targets, sizeof *fit->simulated);
    fit->prior = calloc(n_worlds * n_targets, sizeof *fit->prior);
    fit->fitted = calloc(n_worlds * n_targets, sizeof *fit->fitted);
    fit->value = calloc(2 * n_points * (size_t)fit->n_inputs, sizeof *fit->value);
    return fit->simulated && fit->prior && fit->fitted && fit->value ? KL_OK : KL_ERR_MEMORY;
}

/* ---- a wave ---- */

typedef struct catcher {
    kl_fit *fit;
    kl_store *store;
} catcher;

/* What a run has for a target; NaN where undefined: a month that was never reached is no number. */
static double value_of(const kl_block *block, const kl_observation *target, int run)
{
    size_t n_runs = (size_t)block->n_runs, arm = (size_t)target->arm, at = (size_t)run;
    if (block->status[arm * n_runs + at] == KL_RUN_FAILED)
        return NAN;
    if (target->outcome < 0) {
        size_t row = (arm * KL_N_SERIES + (size_t)target->series) * (size_t)block->horizon + (size_t)target->month - 1;
        return (double)block->series[row * n_runs + at];
    }
    double value = block->outcome[(arm * KL_N_OUTCOMES + (size_t)target->outcome) * n_runs + at];
    return kl_outcome_info_of((kl_outcome_id)target->outcome)->type == KL_TYPE_MONTH && value < 0 ? NAN : value;
}

static kl_status sink(void *data, const kl_block *block)
{
    catcher *c = data;
    const kl_study *study = c->fit->study;
    kl_status status = c->store ? kl_store_sink(c->store, block) : KL_OK;
    for (int r = 0; r < block->n_runs; r++) {
        int point = block->point0 + r / block->n_replicates, replicate = block->replicate0 + r % block->n_replicates;
        size_t world = (size_t)point * (size_t)study->n_replicates + (size_t)replicate;
        for (int t = 0; t < study->n_targets; t++)
            c->fit->simulated[world * (size_t)study->n_targets + (size_t)t] = value_of(block, &study->target[t], r);
    }
    for (size_t i = 0; i < (size_t)block->n_arms * (size_t)block->n_runs; i++)
        c->fit->n_failed += block->status[i] == KL_RUN_FAILED;
    c->fit->n_runs += (int64_t)block->n_arms * block->n_runs;
    return status;
}

static kl_status play(kl_fit *fit, const kl_study *study, kl_store *store)
{
    kl_plan plan;
    catcher c = {fit, store};
    kl_status status = kl_plan_make(&plan, study, fit->n_threads, 0);
    if (status != KL_OK)
        return status;
    kl_engine_options options = {.n_threads = plan.n_threads, .stop = kl_signals_flag(), .sink = sink, .data = &c};
    return kl_engine_run(study, &plan, &options);
}

/* The study at the sampler's points, in the worlds of a wave. It borrows everything and is not freed. */
static kl_study wave_study(kl_fit *fit, int wave)
{
    kl_study study = *fit->study;
    study.design = fit->design;
    study.design.given = fit->sampler.u;
    study.seed = kl_calibration_seed(fit->study->seed, wave);
    return study;
}

/* [world][target] to [target][world] */
static void keep(const kl_fit *fit, double *to)
{
    size_t n_targets = (size_t)fit->study->n_targets;
    size_t n_worlds = (size_t)fit->study->n_points * (size_t)fit->study->n_replicates;
    for (size_t w = 0; w < n_worlds; w++)
        for (size_t t = 0; t < n_targets; t++)
            to[t * n_worlds + w] = fit->simulated[w * n_targets + t];
}

static void keep_values(const kl_fit *fit, const kl_study *study, double *to)
{
    for (int i = 0; i < fit->n_inputs; i++)
        for (int point = 0; point < study->n_points; point++) {
            int arm = study->baseline;
            double value = kl_study_input_value(study, &fit->input[i], arm, point);
            for (int other = 0; isnan(value) && other < study->n_arms; other++) /* a stage that only others have */
                value = kl_study_input_value(study, &fit->input[i], other, point);
            to[(size_t)i * (size_t)study->n_points + (size_t)point] = value;
        }
}

kl_status kl_fit_begin(kl_fit *fit, kl_store *store)
{
    const kl_study *study = fit->study;
    size_t k = (size_t)fit->n_inputs;
    double *u = malloc((size_t)study->n_points * k * sizeof *u);
    if (!u)
        return KL_ERR_MEMORY;
    for (int point = 0; point < study->n_points; point++)
        for (size_t i = 0; i < k; i++)
            u[(size_t)point * k + i] = kl_study_coordinate(study, &fit->input[i], point);
    kl_status status = kl_calibration_start(&fit->sampler, u);
    free(u);
    if (status == KL_OK)
        status = play(fit, study, store);
    if (status != KL_OK)
        return status;
    keep(fit, fit->prior);
    keep_values(fit, study, fit->value);
    return kl_calibration_tell(&fit->sampler, fit->simulated);
}

kl_status kl_fit_step(kl_fit *fit)
{
    kl_study study = wave_study(fit, fit->sampler.n_waves);
    kl_status status = play(fit, &study, NULL);
    return status == KL_OK ? kl_calibration_tell(&fit->sampler, fit->simulated) : status;
}

kl_status kl_fit_end(kl_fit *fit)
{
    kl_study study = wave_study(fit, fit->sampler.n_waves);
    kl_status status = play(fit, &study, NULL);
    if (status != KL_OK)
        return status;
    keep(fit, fit->fitted);
    keep_values(fit, &study, fit->value + (size_t)fit->n_inputs * (size_t)study.n_points);
    return KL_OK;
}

/* ---- tables ---- */

static kl_calibrated_input describe_input(const kl_fit *fit, int i)
{
    static const char *const off_on[] = {"false", "true"};
    const kl_input *input = &fit->input[i];
    const kl_param_info *info = input->param >= 0 ? kl_param_info_of((kl_param_id)input->param) : NULL;
    size_t n = (size_t)fit->study->n_points;
    kl_calibrated_input made = {.name = input->name,
                                .unit = info ? info->unit : "month",
                                .prior = fit->value + (size_t)i * n,
                                .posterior = fit->value + (size_t)(fit->n_inputs + i) * n};
    if (info && info->kind == KL_KIND_CHOICE) {
        made.word = info->choices;
        made.n_words = info->n_choices;
    } else if (info && info->kind == KL_KIND_FLAG) {
        made.word = off_on;
        made.n_words = 2;
    }
    return made;
}

static kl_calibrated_target describe_target(const kl_fit *fit, int t)
{
    const kl_study *study = fit->study;
    const kl_observation *target = &study->target[t];
    int64_t n = (int64_t)study->n_points * study->n_replicates;
    const char *unit = target->outcome >= 0 ? kl_outcome_info_of((kl_outcome_id)target->outcome)->unit
                                            : kl_series_info_of((kl_series_id)target->series)->unit;
    return (kl_calibrated_target){.arm = study->arm[target->arm].name,
                                  .metric = target->metric,
                                  .unit = unit,
                                  .source = target->source,
                                  .value = target->value,
                                  .sd = target->sd,
                                  .n_prior = n,
                                  .n_posterior = n,
                                  .prior = fit->prior + (size_t)t * (size_t)n,
                                  .posterior = fit->fitted + (size_t)t * (size_t)n};
}

kl_status kl_fit_tables(const kl_fit *fit, kl_table table[KL_CALIBRATION_TABLES])
{
    kl_calibrated_input *input = calloc((size_t)fit->n_inputs, sizeof *input);
    kl_calibrated_target *target = calloc((size_t)fit->study->n_targets, sizeof *target);
    kl_status status = KL_ERR_MEMORY;
    memset(table, 0, KL_CALIBRATION_TABLES * sizeof *table);
    if (input && target) {
        for (int i = 0; i < fit->n_inputs; i++)
            input[i] = describe_input(fit, i);
        for (int t = 0; t < fit->study->n_targets; t++)
            target[t] = describe_target(fit, t);
        status = kl_calibration_tables(table, &fit->sampler, fit->n_inputs, input, fit->study->n_targets, target);
    }
    free(input);
    free(target);
    return status;
}
