/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The laboratory against the engine: the same study by names and numbers plays the same worlds; what it refuses. That the
 * WebAssembly module says the same is for tests/lab. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants these first */
#include <cmocka.h>

#include "klaster/engine.h"
#include "lab/lab.h"
#include "study/reader.h"

static const char *const dist_word[] = {
#define KL_ROW(name, word, n, arguments) word,
    KL_DIST_LIST(KL_ROW)
#undef KL_ROW
};

static kl_study load(const char *text, int64_t runs)
{
    kl_study study;
    kl_diagnostics found;
    kl_overrides overrides = {.seed = -1, .runs = runs, .months = -1};
    kl_status status = kl_study_parse(&study, text, strlen(text), "test", &overrides, &found);
    if (status != KL_OK)
        kl_diagnostics_print(&found, stderr);
    assert_int_equal(status, KL_OK);
    kl_diagnostics_free(&found);
    return study;
}

/* Say the first arm of a study to the laboratory. */
static kl_lab *say(const kl_study *study, int slice)
{
    kl_lab *lab = kl_lab_new();
    assert_non_null(lab);
    assert_int_equal(kl_lab_begin(lab, (double)study->seed, study->horizon, slice), KL_OK);
    const kl_arm *arm = &study->arm[0];
    for (int id = 0; id < KL_N_PARAMS; id++) {
        const kl_dist *dist = &arm->param[id];
        assert_int_equal(
            kl_lab_set(lab, kl_param_info_of((kl_param_id)id)->name, dist_word[dist->kind], dist->value, dist->n),
            KL_OK);
    }
    for (int i = 0; i < arm->n_stages; i++) {
        const kl_stage_spec *stage = &arm->stage[i];
        int n = stage->kind == KL_STAGE_OPTIMISE ? 0 : stage->months.n;
        assert_int_equal(kl_lab_add_stage(lab, stage->name, kl_stage_kind_word(stage->kind),
                                          dist_word[stage->months.kind], stage->months.value, n),
                         KL_OK);
    }
    assert_string_equal(kl_lab_complaint(lab), "");
    return lab;
}

/* ---- the engine says the same ---- */

typedef struct comparison {
    kl_lab *lab;
    int64_t n_worlds, n_failed;
} comparison;

/* Play the worlds of a block in slices of three, and hold every bit against the engine's. */
static kl_status compare_block(void *data, const kl_block *block)
{
    comparison *c = data;
    size_t n_runs = (size_t)block->n_runs, months = (size_t)block->horizon;
    for (int at = 0; at < block->n_runs; at += 3) {
        int n = block->n_runs - at < 3 ? block->n_runs - at : 3;
        assert_int_equal(kl_lab_play(c->lab, block->point0 + at, n), KL_OK);
        assert_memory_equal(kl_lab_statuses(c->lab), block->status + at, (size_t)n);
        for (size_t k = 0; k < KL_N_OUTCOMES; k++)
            assert_memory_equal(kl_lab_outcomes(c->lab) + k * (size_t)n, block->outcome + k * n_runs + (size_t)at,
                                (size_t)n * sizeof(double));
        for (size_t row = 0; row < KL_N_SERIES * months; row++)
            assert_memory_equal(kl_lab_series(c->lab) + row * (size_t)n, block->series + row * n_runs + (size_t)at,
                                (size_t)n * sizeof(float));
        c->n_worlds += n;
        for (int i = 0; i < n; i++)
            c->n_failed += block->status[at + i] == KL_RUN_FAILED;
    }
    return KL_OK;
}

/* Frees the study. */
static comparison compare_study(kl_study *study)
{
    kl_plan plan;
    assert_int_equal(kl_plan_make(&plan, study, 1, 0), KL_OK);
    comparison c = {.lab = say(study, 3)};
    kl_engine_options options = {.n_threads = 1, .sink = compare_block, .data = &c};
    assert_int_equal(kl_engine_run(study, &plan, &options), KL_OK);
    assert_int_equal(c.n_worlds, plan.n_worlds);
    kl_lab_free(c.lab);
    kl_study_free(study);
    return c;
}

static comparison compare(const char *text, int64_t runs)
{
    kl_study study = load(text, runs);
    return compare_study(&study);
}

#define HEAD "klaster: 1\nseed: 2025\nuncertainty: default\n"

static void the_paper_s_uncertainty_gives_the_engine_s_worlds_bit_for_bit(void **state)
{
    (void)state;
    assert_int_equal(compare(HEAD "mechanism: five-stage\nparameters: {firms: 54, employees_mean: 84}\n", 60).n_failed,
                     0);
}

static void every_kind_of_distribution_gives_the_engine_s_worlds_bit_for_bit(void **state)
{
    (void)state;
    compare(HEAD "months: 36\nmechanism: five-stage\nparameters:\n"
                 "  firms: {choice: [1, 17, 300]}\n  pilot_firms: 1\n  fee: {uniform: [0, 0.1]}\n"
                 "  opex: {loguniform: [10000, 200000]}\n  onboarding: {lognormal: [1500, 0.5]}\n"
                 "  margin: {triangular: [0.1, 0.2, 0.35]}\n  exporters: {beta: [2, 3]}\n"
                 "  graph: {choice: [small_world, random, scale_free, blocks, complete]}\n"
                 "  gate: {choice: [true, false]}\n  waves: {integer: [1, 5]}\n  months.rollout: {integer: [6, 12]}\n",
            40);
}

static void mechanisms_without_pilot_and_without_stages_give_the_engine_s_worlds(void **state)
{
    (void)state;
    compare(HEAD "months: 120\nmechanism: big-bang\n", 12);
    compare(HEAD "months: 1\nmechanism: unido\n", 12);
    compare(HEAD "mechanism: five-stage\nparameters: {ecosystem: false}\n", 6);
}

static void worlds_that_contradict_themselves_fail_here_and_there(void **state)
{
    (void)state;
    kl_study study = load(HEAD "parameters: {shareable: {uniform: [0.05, 0.5]}}\n", 200);
    study.arm[0].param[KL_PARAM_shareable].value[0] = 0.01; /* below its half-width: no study file may say that */
    comparison c = compare_study(&study);
    assert_in_range(c.n_failed, 1, 199);
}

static void a_world_does_not_depend_on_its_slice(void **state)
{
    (void)state;
    kl_study study = load(HEAD, 10);
    kl_lab *lab = say(&study, 10);
    assert_int_equal(kl_lab_play(lab, 0, 10), KL_OK);
    double whole = kl_lab_outcomes(lab)[(size_t)kl_lab_find_outcome("value_firms") * 10 + 7];
    assert_int_equal(kl_lab_play(lab, 7, 1), KL_OK);
    double alone = kl_lab_outcomes(lab)[kl_lab_find_outcome("value_firms")];
    assert_memory_equal(&whole, &alone, sizeof whole);
    kl_lab_free(lab);
    kl_study_free(&study);
}

/* ---- what is set later holds ---- */

static double first_members(kl_lab *lab)
{
    assert_int_equal(kl_lab_play(lab, 0, 1), KL_OK);
    return kl_lab_outcomes(lab)[kl_lab_find_outcome("firm_employees")];
}

static void a_parameter_that_is_set_between_two_slices_holds_in_the_second(void **state)
{
    (void)state;
    kl_study study = load(HEAD, 1);
    kl_lab *lab = say(&study, 1);
    double before = first_members(lab), mean = 500;
    assert_int_equal(kl_lab_set(lab, "employees_mean", "constant", &mean, 1), KL_OK);
    assert_true(first_members(lab) > 2 * before);
    kl_lab_free(lab);
    kl_study_free(&study);
}

static void beginning_anew_forgets_what_was_said(void **state)
{
    (void)state;
    kl_study study = load(HEAD, 1);
    kl_lab *lab = say(&study, 1);
    assert_int_equal(kl_lab_begin(lab, 2025, 60, 2), KL_OK);
    assert_int_equal(kl_lab_play(lab, 0, 2), KL_OK);
    assert_int_equal(kl_lab_statuses(lab)[0], KL_RUN_ALONE); /* no stages: nothing is introduced */
    kl_lab_free(lab);
    kl_study_free(&study);
}

/* ---- what is refused ---- */

static kl_lab *begun(void)
{
    kl_lab *lab = kl_lab_new();
    assert_non_null(lab);
    assert_int_equal(kl_lab_begin(lab, 1, 24, 4), KL_OK);
    return lab;
}

#define SET(name, kind, ...) \
    kl_lab_set(lab, name, kind, (const double[]){__VA_ARGS__}, (int)(sizeof((double[]){__VA_ARGS__}) / sizeof(double)))
#define STAGE(name, what, kind, ...)                                       \
    kl_lab_add_stage(lab, name, what, kind, (const double[]){__VA_ARGS__}, \
                     (int)(sizeof((double[]){__VA_ARGS__}) / sizeof(double)))

static void begin_refuses_what_is_out_of_range(void **state)
{
    (void)state;
    kl_lab *lab = kl_lab_new();
    assert_non_null(lab);
    assert_int_equal(kl_lab_begin(lab, -1, 24, 4), KL_ERR_ARGUMENT);
    assert_int_equal(kl_lab_begin(lab, 0.5, 24, 4), KL_ERR_ARGUMENT);
    assert_int_equal(kl_lab_begin(lab, 0x1p53, 24, 4), KL_ERR_ARGUMENT);
    assert_int_equal(kl_lab_begin(lab, (double)NAN, 24, 4), KL_ERR_ARGUMENT);
    assert_int_equal(kl_lab_begin(lab, 1, 0, 4), KL_ERR_ARGUMENT);
    assert_int_equal(kl_lab_begin(lab, 1, KL_HORIZON_MAX + 1, 4), KL_ERR_ARGUMENT);
    assert_int_equal(kl_lab_begin(lab, 1, 24, 0), KL_ERR_ARGUMENT);
    assert_int_equal(kl_lab_begin(lab, 1, 24, KL_LAB_SLICE_MAX + 1), KL_ERR_ARGUMENT);
    assert_int_equal(SET("fee", "constant", 0.02), KL_ERR_ARGUMENT); /* nothing was begun */
    assert_int_equal(STAGE("build", "build", "constant", 3), KL_ERR_ARGUMENT);
    assert_int_equal(kl_lab_play(lab, 0, 1), KL_ERR_ARGUMENT);
    assert_true(*kl_lab_complaint(lab));
    kl_lab_free(lab);
    kl_lab_free(NULL);
}

static void a_distribution_that_is_none_is_refused(void **state)
{
    (void)state;
    kl_lab *lab = begun();
    assert_int_equal(SET("feee", "constant", 0.02), KL_ERR_NOT_FOUND);
    assert_int_equal(SET("fee", "certain", 0.02), KL_ERR_NOT_FOUND);
    assert_int_equal(SET("fee", "uniform", 0.02), KL_ERR_ARGUMENT);
    assert_int_equal(SET("fee", "uniform", 0.02, 0.02), KL_ERR_ARGUMENT);
    assert_int_equal(SET("fee", "loguniform", 0, 0.1), KL_ERR_ARGUMENT);
    assert_int_equal(SET("fee", "pert", 0.02, 0.5, 0.1), KL_ERR_ARGUMENT);
    assert_int_equal(SET("fee", "triangular", 0.02, 0.02, 0.02), KL_ERR_ARGUMENT);
    assert_int_equal(SET("fee", "normal", 0.02, 0), KL_ERR_ARGUMENT);
    assert_int_equal(SET("fee", "lognormal", 0, 1), KL_ERR_ARGUMENT);
    assert_int_equal(SET("fee", "beta", 2, 0), KL_ERR_ARGUMENT);
    assert_int_equal(SET("fee", "constant", NAN), KL_ERR_ARGUMENT);
    assert_int_equal(SET("waves", "integer", 3, 2), KL_ERR_ARGUMENT);
    assert_int_equal(SET("waves", "integer", 2.5, 3), KL_ERR_ARGUMENT);
    assert_int_equal(kl_lab_set(lab, "fee", "choice", NULL, 0), KL_ERR_ARGUMENT);
    double many[KL_DIST_VALUES_MAX + 1] = {0};
    assert_int_equal(kl_lab_set(lab, "fee", "choice", many, KL_DIST_VALUES_MAX + 1), KL_ERR_ARGUMENT);
    kl_lab_free(lab);
}

static void values_outside_the_bounds_are_refused(void **state)
{
    (void)state;
    kl_lab *lab = begun();
    assert_int_equal(SET("fee", "constant", 1.01), KL_ERR_BOUNDS);
    assert_int_equal(SET("fee", "uniform", -0.01, 0.5), KL_ERR_BOUNDS);
    assert_int_equal(SET("fee", "choice", 0.5, 2), KL_ERR_BOUNDS);
    assert_int_equal(SET("waves", "constant", 2.5), KL_ERR_BOUNDS);
    assert_int_equal(SET("waves", "uniform", 1, 3), KL_ERR_BOUNDS);
    assert_int_equal(SET("graph", "constant", 5), KL_ERR_BOUNDS);
    assert_int_equal(SET("gate", "constant", 2), KL_ERR_BOUNDS);
    assert_int_equal(SET("firms", "integer", 0, 3), KL_ERR_BOUNDS);
    assert_int_equal(SET("sunk_cost", "beta", 2, 2), KL_ERR_BOUNDS);
    assert_int_equal(SET("fee", "normal", 0.5, 3), KL_OK); /* tails are cut */
    kl_lab_free(lab);
}

static void stages_that_cannot_be_are_refused(void **state)
{
    (void)state;
    kl_lab *lab = begun();
    assert_int_equal(STAGE("build", "building", "constant", 3), KL_ERR_NOT_FOUND);
    assert_int_equal(STAGE("", "build", "constant", 3), KL_ERR_ARGUMENT);
    assert_int_equal(STAGE("build", "build", "constant", 0), KL_ERR_BOUNDS);
    assert_int_equal(STAGE("build", "build", "constant", 2.5), KL_ERR_BOUNDS);
    assert_int_equal(STAGE("build", "build", "uniform", 2, 3), KL_ERR_BOUNDS);
    assert_int_equal(kl_lab_add_stage(lab, "build", "build", "constant", NULL, 0), KL_ERR_ARGUMENT);
    char name[66];
    memset(name, 'x', 65);
    name[65] = 0;
    assert_int_equal(STAGE(name, "build", "constant", 3), KL_ERR_ARGUMENT);
    name[64] = 0;
    assert_int_equal(STAGE(name, "build", "constant", 3), KL_OK);
    assert_int_equal(STAGE(name, "build", "constant", 3), KL_ERR_ARGUMENT);
    assert_true(strstr(kl_lab_complaint(lab), "rollout") != NULL);
    for (int i = 1; i < KL_STAGES_MAX; i++) {
        char stage[2] = {(char)('a' + i), 0};
        assert_int_equal(STAGE(stage, "assess", "constant", 1), KL_OK);
    }
    assert_int_equal(STAGE("last", "assess", "constant", 1), KL_ERR_MECHANISM);
    assert_int_equal(kl_lab_play(lab, 0, 2), KL_OK); /* a mechanism that cannot be played fails, as in the engine */
    assert_int_equal(kl_lab_statuses(lab)[0], KL_RUN_FAILED);
    assert_true(isnan(kl_lab_outcomes(lab)[0]));
    kl_lab_free(lab);
}

static void worlds_outside_the_slice_and_the_range_are_refused(void **state)
{
    (void)state;
    kl_lab *lab = begun();
    assert_int_equal(kl_lab_play(lab, -1, 1), KL_ERR_ARGUMENT);
    assert_int_equal(kl_lab_play(lab, 0, 0), KL_ERR_ARGUMENT);
    assert_int_equal(kl_lab_play(lab, 0, 5), KL_ERR_ARGUMENT);
    assert_int_equal(kl_lab_play(lab, INT32_MAX - 3, 4), KL_ERR_ARGUMENT);
    assert_int_equal(kl_lab_play(lab, INT32_MAX - 4, 4), KL_OK);
    assert_int_equal(kl_lab_find_outcome("saving"), -1);
    assert_int_equal(kl_lab_find_series("saving"), -1);
    assert_int_equal(kl_lab_find_series("members"), KL_SER_members);
    kl_lab_free(lab);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_paper_s_uncertainty_gives_the_engine_s_worlds_bit_for_bit),
        cmocka_unit_test(every_kind_of_distribution_gives_the_engine_s_worlds_bit_for_bit),
        cmocka_unit_test(mechanisms_without_pilot_and_without_stages_give_the_engine_s_worlds),
        cmocka_unit_test(worlds_that_contradict_themselves_fail_here_and_there),
        cmocka_unit_test(a_world_does_not_depend_on_its_slice),
        cmocka_unit_test(a_parameter_that_is_set_between_two_slices_holds_in_the_second),
        cmocka_unit_test(beginning_anew_forgets_what_was_said),
        cmocka_unit_test(begin_refuses_what_is_out_of_range),
        cmocka_unit_test(a_distribution_that_is_none_is_refused),
        cmocka_unit_test(values_outside_the_bounds_are_refused),
        cmocka_unit_test(stages_that_cannot_be_are_refused),
        cmocka_unit_test(worlds_outside_the_slice_and_the_range_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
