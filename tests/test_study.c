/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Studies: layers of values, overrides, draws, inputs, the resolved text, and every scenario that is shipped. */
#define _DEFAULT_SOURCE /* glob */
#include <glob.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "klaster/study.h"
#include "rng/rng.h"
#include "study_text.h"

/* ---- helpers ---- */

static kl_study parse_with(const char *text, int n_set, const char *const *set, int n_warnings)
{
    kl_overrides overrides = {n_set, set, -1, -1, -1};
    return study_of_text(text, &overrides, n_warnings);
}

static kl_study parse(const char *text)
{
    return parse_with(text, 0, NULL, 0);
}

static double value_of(const kl_study *study, int arm, kl_param_id id)
{
    assert_int_equal(study->arm[arm].param[id].kind, KL_DIST_CONSTANT);
    return study->arm[arm].param[id].value[0];
}

static double drawn(const kl_study *study, int arm, int point, kl_param_id id)
{
    kl_params params;
    kl_mechanism mechanism;
    assert_int_equal(kl_study_draw(study, arm, point, &params, &mechanism), KL_OK);
    return kl_params_get(&params, id);
}

static int find_arm(const kl_study *study, const char *name)
{
    for (int i = 0; i < study->n_arms; i++)
        if (strcmp(study->arm[i].name, name) == 0)
            return i;
    fail_msg("no arm %s", name);
    return -1;
}

/* ---- tables ---- */

static void every_prior_is_a_distribution_inside_its_bounds(void **state)
{
    (void)state;
    kl_study study = parse("klaster: 1\nuncertainty: default\n");
    int n = 0;
    for (int i = 0; i < KL_N_PARAMS; i++) {
        const kl_param_info *row = kl_param_info_of((kl_param_id)i);
        const kl_dist *d = &study.arm[0].param[i];
        if (!row->prior[0]) {
            assert_int_equal(d->kind, KL_DIST_CONSTANT); /* the five stages say their settings as the table does */
            assert_true(d->value[0] == row->dflt);
            continue;
        }
        n++;
        assert_int_not_equal(d->kind, KL_DIST_CONSTANT);
        for (int k = 0; k < 100; k++) {
            double x = kl_dist_quantile(d, (k + 0.5) / 100, row->lo, row->hi);
            assert_true(x >= row->lo && x <= row->hi);
        }
    }
    assert_true(n >= 10);
    kl_study_free(&study);
}

static int is_refused(const char *key, double value)
{
    char text[200];
    snprintf(text, sizeof text, "klaster: 1\npoints: 1\nparameters:\n  %s: %.17g\n", key, value);
    kl_study study;
    kl_diagnostics found;
    kl_status status = kl_study_parse(&study, text, strlen(text), "t", NULL, &found);
    int refused =
        status == KL_ERR_STUDY && found.n == 1 && strstr(found.item[0].text, "is outside") && found.item[0].line == 4;
    kl_study_free(&study);
    kl_diagnostics_free(&found);
    return refused;
}

static void every_bound_is_refused_one_step_outside_and_not_on_it(void **state)
{
    (void)state;
    for (int i = 0; i < KL_N_PARAMS; i++) {
        const kl_param_info *row = kl_param_info_of((kl_param_id)i);
        if (row->kind == KL_KIND_FLAG || row->kind == KL_KIND_CHOICE)
            continue;
        int whole = row->kind == KL_KIND_INT;
        assert_true(is_refused(row->name, whole ? row->lo - 1 : nextafter(row->lo, -1e300)));
        assert_true(is_refused(row->name, whole ? row->hi + 1 : nextafter(row->hi, 1e300)));
        assert_false(is_refused(row->name, row->lo));
        assert_false(is_refused(row->name, row->hi));
    }
}

/* The draw of an input hangs on the hash of its name. */
static void no_two_parameters_share_a_hash(void **state)
{
    (void)state;
    for (int i = 0; i < KL_N_PARAMS; i++)
        for (int k = 0; k < i; k++)
            assert_true(kl_name_hash(kl_param_info_of((kl_param_id)i)->name) !=
                        kl_name_hash(kl_param_info_of((kl_param_id)k)->name));
}

/* ---- layers ---- */

static void what_is_not_said_has_stated_defaults(void **state)
{
    (void)state;
    kl_study study = parse("klaster: 1\n");
    assert_string_equal(study.name, "study");
    assert_int_equal(study.seed, 1);
    assert_int_equal(study.horizon, 60);
    assert_int_equal(study.n_points, 1000);
    assert_int_equal(study.n_replicates, 1);
    assert_int_equal(study.n_arms, 1);
    assert_string_equal(study.arm[0].name, "baseline");
    assert_string_equal(study.arm[0].label, "baseline");
    assert_string_equal(study.arm[0].mechanism, "five-stage");
    assert_int_equal(study.arm[0].n_stages, 5);
    assert_int_equal(study.n_claims, 0);
    assert_int_equal(study.n_quantiles, 5);
    assert_string_equal(study.text, "klaster: 1\n");
    assert_string_equal(study.path, "test.yaml");
    kl_study_free(&study);
    kl_study_free(&study); /* legal twice */
}

static void a_study_may_be_json(void **state)
{
    (void)state;
    kl_study study = parse("{\"klaster\": 1, \"points\": 7, \"parameters\": {\"fee\": 1e-2, \"gate\": false},\n"
                           " \"claims\": [{\"name\": \"c\", \"metric\": \"bcr\", \"interval\": [1, null]}]}");
    assert_int_equal(study.n_points, 7);
    assert_true(value_of(&study, 0, KL_PARAM_fee) == 0.01);
    assert_true(value_of(&study, 0, KL_PARAM_gate) == 0);
    assert_true(isinf(study.claim[0].hi) && study.claim[0].lo == 1);
    kl_study_free(&study);
}

static void each_layer_overrides_the_ones_below_and_no_more(void **state)
{
    (void)state;
    /* budget_share: the prior; pilot_firms: mechanism over prior; firms: include over mechanism's parameters; margin: study
     * over include; fee: --set over study; degree: arm's mechanism over --set; opex: arm over its mechanism; capex: arm's
     * --set over the arm */
    const char *text =
        "klaster: 1\nuncertainty: default\ninclude: cases/navoi\n"
        "mechanism: {name: m, parameters: {firms: 20, pilot_firms: 5, waves: 2}, stages: [{name: b, kind: build, "
        "months: 2},"
        " {name: r, kind: rollout, months: 3}]}\n"
        "parameters: {employees_mean: 70, margin: 0.3, fee: 0.1, degree: 4, opex: 1000, capex: 1000}\n"
        "arms:\n  - {name: plain}\n  - name: own\n    include: cases/jizzakh\n    mechanism: {name: n, parameters: "
        "{degree: 6,"
        " opex: 6000}, stages: [{name: b, kind: build, months: 7}, {name: r, kind: rollout, months: 3}]}\n"
        "    parameters: {opex: 7000, capex: 7000}\n";
    const char *const set[] = {"fee=0.2", "degree=5", "own.capex=8000", "months.r=4"};
    kl_study study = parse_with(text, 4, set, 1);
    assert_int_equal(study.arm[0].param[KL_PARAM_budget_share].kind, KL_DIST_PERT);
    assert_true(value_of(&study, 0, KL_PARAM_pilot_firms) == 5);
    assert_true(value_of(&study, 0, KL_PARAM_firms) == 54);
    assert_true(value_of(&study, 0, KL_PARAM_employees_mean) == 70);
    assert_true(value_of(&study, 0, KL_PARAM_margin) == 0.3);
    assert_true(value_of(&study, 0, KL_PARAM_fee) == 0.2);
    assert_true(value_of(&study, 0, KL_PARAM_degree) == 5);
    assert_true(value_of(&study, 0, KL_PARAM_opex) == 1000);
    assert_true(value_of(&study, 0, KL_PARAM_waves) == 2);
    assert_true(study.arm[0].stage[1].months.value[0] == 4);
    assert_string_equal(study.arm[1].mechanism, "n");
    assert_int_equal(study.arm[1].param[KL_PARAM_pilot_firms].kind,
                     KL_DIST_INTEGER); /* the prior: m is not its mechanism */
    assert_true(value_of(&study, 1, KL_PARAM_firms) == 27);
    assert_true(value_of(&study, 1, KL_PARAM_employees_mean) == 196);
    assert_true(value_of(&study, 1, KL_PARAM_fee) == 0.2);
    assert_true(value_of(&study, 1, KL_PARAM_degree) == 6);
    assert_true(value_of(&study, 1, KL_PARAM_opex) == 7000);
    assert_true(value_of(&study, 1, KL_PARAM_capex) == 8000);
    assert_true(value_of(&study, 1, KL_PARAM_waves) == kl_param_info_of(KL_PARAM_waves)->dflt);
    assert_true(study.arm[1].stage[0].months.value[0] == 7);
    assert_true(study.arm[1].stage[1].months.value[0] == 3); /* its own mechanism outranks --set */
    kl_study_free(&study);
}

static void a_later_include_wins(void **state)
{
    (void)state;
    kl_study study = parse("klaster: 1\ninclude: [cases/jizzakh, cases/technopark]\n");
    assert_true(value_of(&study, 0, KL_PARAM_firms) == 119);
    assert_true(value_of(&study, 0, KL_PARAM_employees_mean) == 196);
    kl_study_free(&study);
}

/* ---- overrides ---- */

static void an_override_that_an_arm_makes_void_is_warned_of(void **state)
{
    (void)state;
    const char *text =
        "klaster: 1\narms: [{name: a}, {name: b, parameters: {fee: 0.1}}, {name: c.d, parameters: {fee: 0.2}}]\n";
    const char *const set[] = {"fee=0.3", "c.d.fee=0.4"};
    kl_study study;
    kl_diagnostics found;
    kl_overrides overrides = {2, set, -1, -1, -1};
    assert_int_equal(kl_study_parse(&study, text, strlen(text), "t", &overrides, &found), KL_OK);
    assert_int_equal(found.n, 1);
    assert_int_equal(found.n_errors, 0);
    assert_true(found.item[0].is_warning);
    assert_non_null(strstr(found.item[0].text, "no effect in arm 'b' and 1 more"));
    assert_true(value_of(&study, 0, KL_PARAM_fee) == 0.3);
    assert_true(value_of(&study, 1, KL_PARAM_fee) == 0.1);
    assert_true(value_of(&study, 2, KL_PARAM_fee) == 0.4);
    kl_study_free(&study);
    kl_diagnostics_free(&found);
}

static void overrides_that_make_no_sense_are_refused(void **state)
{
    (void)state;
    static const char *const cases[][2] = {{"fee", "write --set key=value"},
                                           {"=3", "write --set key=value"},
                                           {"feee=1", "did you mean 'fee'?"},
                                           {"fee=x", "not a number"},
                                           {"fee=", "the number is missing"},
                                           {"fee=1.5", "outside 0 .. 1"},
                                           {"nosuch.fee=1", "no arm 'nosuch'"},
                                           {"bas.fee=1", "did you mean 'base'?"},
                                           {"base.feee=1", "did you mean 'fee'?"},
                                           {"fee=0.1\nopex: 3", "one value"},
                                           {"months.pilott=3", "did you mean 'pilot'?"},
                                           {"graph=rundom", "did you mean 'random'?"},
                                           {"fee={uniform: [0, 2]}", "may leave"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *text = "klaster: 1\narms: [{name: base}]\n";
        kl_study study;
        kl_diagnostics found;
        kl_overrides overrides = {1, &cases[i][0], -1, -1, -1};
        assert_int_equal(kl_study_parse(&study, text, strlen(text), "t", &overrides, &found), KL_ERR_STUDY);
        int said = 0;
        for (int k = 0; k < found.n; k++)
            said |= strstr(found.item[k].text, cases[i][1]) && strncmp(found.item[k].file, "--set ", 6) == 0;
        if (!said)
            kl_diagnostics_print(&found, stderr);
        assert_true(said);
        kl_diagnostics_free(&found);
    }
}

static void runs_seed_and_months_change_from_the_command_line(void **state)
{
    (void)state;
    const struct {
        const char *text;
        int64_t runs;
        int points, replicates;
    } cases[] = {{"klaster: 1\npoints: 10\nreplicates: 4\n", 30, 8, 4},
                 {"klaster: 1\npoints: 1\nreplicates: 4\n", 30, 1, 30},
                 {"klaster: 1\npoints: 10\n", 1, 1, 1}};
    for (int i = 0; i < 3; i++) {
        kl_study study;
        kl_diagnostics found;
        kl_overrides overrides = {0, NULL, (INT64_C(1) << 53) - 1, cases[i].runs, 24};
        assert_int_equal(kl_study_parse(&study, cases[i].text, strlen(cases[i].text), "t", &overrides, &found), KL_OK);
        assert_int_equal(study.n_points, cases[i].points);
        assert_int_equal(study.n_replicates, cases[i].replicates);
        assert_true(study.seed == KL_SEED_MAX);
        assert_int_equal(study.horizon, 24);
        kl_study_free(&study);
        kl_diagnostics_free(&found);
    }
    const kl_overrides wrong[] = {{0, NULL, INT64_C(1) << 53, -1, -1},
                                  {0, NULL, -1, 0, -1},
                                  {0, NULL, -1, -1, 0},
                                  {0, NULL, -1, -1, 1201},
                                  {0, NULL, -1, INT64_MAX, -1}};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        kl_study study;
        kl_diagnostics found;
        assert_int_equal(kl_study_parse(&study, "klaster: 1\n", 11, "t", &wrong[i], &found), KL_ERR_STUDY);
        assert_int_equal(found.n, 1);
        kl_diagnostics_free(&found);
    }
}

/* ---- draws ---- */

static const char two_arms[] = "klaster: 1\nseed: 7\npoints: 400\nparameters: {margin: {uniform: [0.1, 0.3]}}\n"
                               "arms:\n  - {name: a, parameters: {fee: {uniform: [0, 0.1]}}}\n  - {name: b, "
                               "parameters: {fee: {uniform: [0, 1]}}}\n";

static void arms_draw_an_input_at_the_same_uniform(void **state)
{
    (void)state;
    kl_study study = parse(two_arms);
    for (int point = 0; point < 400; point++) {
        assert_true(drawn(&study, 0, point, KL_PARAM_margin) == drawn(&study, 1, point, KL_PARAM_margin));
        assert_true(fabs(10 * drawn(&study, 0, point, KL_PARAM_fee) - drawn(&study, 1, point, KL_PARAM_fee)) < 1e-15);
    }
    kl_study_free(&study);
}

/* The key and counter are a promise: seed, point, no replicate; hash of the name, purpose 1, index 0, word 0. */
static void a_draw_is_the_quantile_of_its_own_uniform(void **state)
{
    (void)state;
    kl_study study = parse(two_arms);
    for (uint32_t point = 0; point < 50; point++) {
        kl_words w = kl_draw(kl_key_of(7, point, KL_NO_REPLICATE), kl_name_hash("margin"), KL_DRAW_INPUT, 0);
        double u = ((double)w.w[0] + 0.5) / 4294967296.0;
        assert_true(fabs(drawn(&study, 0, (int)point, KL_PARAM_margin) - (0.1 + 0.2 * u)) < 1e-15);
    }
    kl_study_free(&study);
}

static void more_arms_points_replicates_or_inputs_change_no_earlier_draw(void **state)
{
    (void)state;
    const char *more =
        "klaster: 1\nseed: 7\npoints: 900\nreplicates: 5\nparameters: {opex: {lognormal: [100000, 0.3]}, margin: "
        "{uniform: [0.1, "
        "0.3]}}\narms:\n  - {name: new, parameters: {fee: 0.2}}\n  - {name: b, parameters: {fee: {uniform: [0, 1]}}}\n"
        "  - {name: a, parameters: {fee: {uniform: [0, 0.1]}, capex: {beta: [2, 3]}}}\n";
    kl_study before = parse(two_arms), after = parse(more);
    int a = find_arm(&after, "a"), b = find_arm(&after, "b");
    for (int point = 0; point < 400; point++) {
        assert_true(drawn(&before, 0, point, KL_PARAM_fee) == drawn(&after, a, point, KL_PARAM_fee));
        assert_true(drawn(&before, 1, point, KL_PARAM_fee) == drawn(&after, b, point, KL_PARAM_fee));
        assert_true(drawn(&before, 1, point, KL_PARAM_margin) == drawn(&after, 0, point, KL_PARAM_margin));
    }
    kl_study_free(&before);
    kl_study_free(&after);
}

/* 20,000 points: the largest distance of the empirical from the true distribution function passes 2.23 / sqrt(n) with
 * probability 1e-4 (Kolmogorov); the correlation of two inputs passes 4.9 / sqrt(n) with probability 1e-6. Seed fixed. */
static void draws_follow_their_law_and_inputs_are_independent(void **state)
{
    (void)state;
    enum { N = 20000 };
    kl_study study =
        parse("klaster: 1\nseed: 11\npoints: 20000\nparameters: {fee: {uniform: [0, 1]}, margin: {uniform: [0, 1]}}\n");
    int *below = calloc(1001, sizeof *below);
    assert_non_null(below);
    double xy = 0;
    for (int point = 0; point < N; point++) {
        kl_input fee = {.name = "fee", .param = KL_PARAM_fee, .by_arm = 0, .by_point = 1},
                 margin = {.name = "margin", .param = KL_PARAM_margin, .by_arm = 0, .by_point = 1};
        double x = kl_study_input_value(&study, &fee, 0, point), y = kl_study_input_value(&study, &margin, 0, point);
        below[(int)(x * 1000)]++;
        xy += (x - 0.5) * (y - 0.5) * 12;
    }
    double distance = 0;
    for (int i = 0, sum = 0; i < 1000; i++) {
        sum += below[i];
        distance = fmax(distance, fabs((double)sum / N - (i + 1) / 1000.0));
    }
    assert_true(distance < 2.23 / sqrt(N));
    assert_true(fabs(xy / N) < 4.9 / sqrt(N));
    free(below);
    kl_study_free(&study);
}

static void stage_lengths_are_drawn_like_parameters(void **state)
{
    (void)state;
    kl_study study = parse("klaster: 1\npoints: 300\n");
    int seen[13] = {0};
    for (int point = 0; point < 300; point++) {
        kl_params params;
        kl_mechanism m;
        assert_int_equal(kl_study_draw(&study, 0, point, &params, &m), KL_OK);
        assert_int_equal(kl_mechanism_check(&m, NULL, NULL), KL_OK);
        assert_int_equal(m.n_stages, 5);
        assert_in_range(m.stage[0].months, 2, 3);
        assert_in_range(m.stage[1].months, 3, 6);
        assert_in_range(m.stage[2].months, 2, 4);
        assert_in_range(m.stage[3].months, 6, 12);
        assert_in_range(params.pilot_firms, 3, 5);
        seen[m.stage[3].months] = 1;
        kl_input rollout = {.name = "months.rollout", .param = -1, .by_arm = 0, .by_point = 1};
        assert_true(kl_study_input_value(&study, &rollout, 0, point) == m.stage[3].months);
    }
    for (int months = 6; months <= 12; months++)
        assert_true(seen[months]);
    kl_study_free(&study);
}

static void inputs_list_what_varies_and_nothing_else(void **state)
{
    (void)state;
    kl_study study = parse(
        "klaster: 1\nparameters: {fee: {uniform: [0, 0.1]}, opex: 5000, firms: {integer: [30, 30]}}\n"
        "mechanism: {name: m, stages: [{name: b, kind: build, months: 3}, {name: r, kind: rollout, months: {integer: "
        "[2, 4]}}, {name: o, kind: optimise}]}\n"
        "arms: [{name: a}, {name: b, parameters: {capex: 1000}}, {name: c, mechanism: organic}]\n");
    kl_input input[40];
    int n = kl_study_inputs(&study, input, 40);
    assert_int_equal(n, kl_study_inputs(&study, NULL, 0));
    static const struct {
        const char *name;
        int by_arm, by_point;
    } expected[] = {
        {"capex", 1, 0},         {"waves", 1, 0},    {"training_capacity", 1, 0}, {"training_attendance", 1, 0},
        {"fee", 0, 1},           {"months.b", 1, 0}, {"months.r", 1, 1},          {"months.build", 1, 1},
        {"months.opening", 1, 0}};
    assert_int_equal(n, (int)(sizeof expected / sizeof expected[0]));
    for (int i = 0; i < n; i++) {
        assert_string_equal(input[i].name, expected[i].name);
        assert_int_equal(input[i].by_arm, expected[i].by_arm);
        assert_int_equal(input[i].by_point, expected[i].by_point);
    }
    assert_true(isnan(kl_study_input_value(&study, &input[5], 2, 0)));
    assert_true(kl_study_input_value(&study, &input[5], 0, 0) == 3);
    kl_input two[2];
    assert_int_equal(kl_study_inputs(&study, two, 2), n);
    kl_study_free(&study);
}

/* ---- identity ---- */

static void assert_resolves_to_itself(const kl_study *study)
{
    kl_study again;
    kl_diagnostics found;
    kl_status status = kl_study_parse(&again, study->resolved, strlen(study->resolved), "resolved", NULL, &found);
    if (found.n > 0)
        kl_diagnostics_print(&found, stderr);
    assert_int_equal(status, KL_OK);
    assert_string_equal(again.sha256, study->sha256);
    assert_string_equal(again.resolved, study->resolved);
    assert_int_equal(again.n_arms, study->n_arms);
    for (int i = 0; i < study->n_arms; i++) {
        assert_string_equal(again.arm[i].name, study->arm[i].name);
        for (int id = 0; id < KL_N_PARAMS; id++)
            assert_true(drawn(&again, i, 0, (kl_param_id)id) == drawn(study, i, 0, (kl_param_id)id));
    }
    kl_study_free(&again);
    kl_diagnostics_free(&found);
}

static void the_resolved_text_loads_to_the_same_study(void **state)
{
    (void)state;
    kl_study study = parse(
        "klaster: 1\nname: x.y\ntitle: \"a \\\"quoted\\\" \\u043c\\nline\"\nuncertainty: default\nseed: "
        "9007199254740991\n"
        "parameters: {fee: 0.1, margin: 0.30000000000000004, opex: 1e5, graph: {choice: [random, complete]}, gate: "
        "{choice: [true, "
        "false]}}\narms: [{name: a, label: '1'}, {name: b, mechanism: giz, parameters: {capex: 12345.678901234567}}]\n"
        "claims: [{name: c, metric: bcr, interval: [-.inf, 0.1]}]\noutput: {quantiles: [0.1, 0.9]}\n");
    assert_resolves_to_itself(&study);
    assert_int_equal(strlen(study.sha256), 64);
    json_t *json = json_loads(study.resolved, 0, NULL);
    assert_non_null(json);
    assert_int_equal(json_integer_value(json_object_get(json, "seed")), 9007199254740991);
    json_decref(json);
    kl_study_free(&study);
}

static void the_identity_hangs_on_the_content_not_on_the_writing(void **state)
{
    (void)state;
    kl_study a = parse("klaster: 1\nseed: 3\nparameters: {fee: 0.10, firms: 60}\n");
    kl_study b = parse("# a comment\nparameters:\n  firms: 60.0\n  fee: 1e-1\nseed: 3\nklaster: 1\n");
    kl_study c = parse("klaster: 1\nseed: 4\nparameters: {fee: 0.10, firms: 60}\n");
    kl_study d = parse("klaster: 1\nseed: 3\nparameters: {fee: 0.10000000000000001, firms: 61}\n");
    assert_string_equal(a.sha256, b.sha256);
    assert_string_not_equal(a.sha256, c.sha256);
    assert_string_not_equal(a.sha256, d.sha256);
    assert_string_not_equal(a.text, b.text);
    kl_study_free(&a);
    kl_study_free(&b);
    kl_study_free(&c);
    kl_study_free(&d);
}

static void an_override_is_part_of_the_identity(void **state)
{
    (void)state;
    const char *const set[] = {"fee=0.2"};
    kl_study a = parse_with("klaster: 1\n", 1, set, 0), b = parse("klaster: 1\nparameters: {fee: 0.2}\n");
    assert_string_equal(a.sha256, b.sha256);
    kl_study_free(&a);
    kl_study_free(&b);
}

/* ---- what is shipped ---- */

/* Load every file of the pattern, by itself or by way of a study that uses it. */
static int load_all(const char *pattern, const char *format)
{
    glob_t files;
    assert_int_equal(glob(pattern, 0, NULL, &files), 0);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        char text[600];
        kl_study study;
        kl_diagnostics found;
        kl_status status;
        snprintf(text, sizeof text, format ? format : "%s", files.gl_pathv[i]);
        status = format ? kl_study_parse(&study, text, strlen(text), "test", NULL, &found)
                        : kl_study_load(&study, files.gl_pathv[i], NULL, &found);
        kl_diagnostics_print(&found, stderr);
        assert_int_equal(status, KL_OK);
        assert_int_equal(found.n, 0);
        assert_resolves_to_itself(&study);
        kl_study_free(&study);
        kl_diagnostics_free(&found);
    }
    int n = (int)files.gl_pathc;
    globfree(&files);
    return n;
}

static void every_scenario_loads_without_a_word(void **state)
{
    (void)state;
    assert_true(load_all(KL_SOURCE_DIR "/scenarios/*.yaml", NULL) >= 3);
    assert_int_equal(
        load_all(KL_SOURCE_DIR "/scenarios/cases/*.yaml", "klaster: 1\nuncertainty: default\ninclude: %s\n"), 8);
    assert_int_equal(
        load_all(KL_SOURCE_DIR "/scenarios/mechanisms/*.yaml", "klaster: 1\nuncertainty: default\nmechanism: %s\n"), 6);
}

static void the_paper_study_is_found_by_its_name_and_says_what_the_paper_says(void **state)
{
    (void)state;
    kl_study study;
    kl_diagnostics found;
    assert_int_equal(kl_study_load(&study, "paper", NULL, &found), KL_OK);
    assert_string_equal(study.name, "paper");
    assert_int_equal(study.n_points, 10000);
    assert_int_equal(study.n_replicates, 1);
    assert_true(value_of(&study, 0, KL_PARAM_firms) == 54);
    assert_int_equal(study.n_claims, 7);
    static const struct {
        kl_outcome_id metric;
        double lo, hi;
    } claims[] = {{KL_OUT_saving_joint, 0.3, 0.4},    {KL_OUT_saving_net, 0.3, 0.4},  {KL_OUT_saving_gross, 0.3, 0.4},
                  {KL_OUT_goal_lift, 0.42, INFINITY}, {KL_OUT_month_rollout, 13, 25}, {KL_OUT_synergy, 1, INFINITY},
                  {KL_OUT_npv_social, 0, INFINITY}};
    for (int i = 0; i < 7; i++) {
        assert_int_equal(study.claim[i].metric, claims[i].metric);
        assert_true(study.claim[i].lo == claims[i].lo && study.claim[i].hi == claims[i].hi);
        assert_true(strlen(study.claim[i].source) > 10);
    }
    kl_study_free(&study);
    kl_diagnostics_free(&found);
}

static void a_file_that_is_not_there_is_said(void **state)
{
    (void)state;
    kl_study study;
    kl_diagnostics found;
    assert_int_equal(kl_study_load(&study, "papper", NULL, &found), KL_ERR_READ);
    assert_int_equal(found.n_errors, 1);
    assert_non_null(strstr(found.item[0].text, "did you mean 'paper'?"));
    kl_diagnostics_free(&found);
    assert_int_equal(kl_study_load(&study, "/tmp", NULL, &found), KL_ERR_READ);
    kl_diagnostics_free(&found);
    kl_study_free(&study);
}

/* ---- schema ---- */

static void the_schema_knows_every_parameter_and_outcome(void **state)
{
    (void)state;
    char *text = kl_study_schema();
    assert_non_null(text);
    json_t *schema = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(schema);
    assert_string_equal(json_string_value(json_object_get(schema, "$schema")),
                        "http://json-schema.org/draft-07/schema#");
    json_t *definitions = json_object_get(schema, "definitions");
    json_t *params = json_object_get(json_object_get(definitions, "parameters"), "properties");
    assert_int_equal(json_object_size(params), KL_N_PARAMS);
    for (int i = 0; i < KL_N_PARAMS; i++)
        assert_non_null(json_object_get(params, kl_param_info_of((kl_param_id)i)->name));
    json_t *metric = json_object_get(json_object_get(json_object_get(definitions, "claim"), "properties"), "metric");
    assert_int_equal(json_array_size(json_object_get(metric, "enum")), KL_N_OUTCOMES);
    json_decref(schema);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_prior_is_a_distribution_inside_its_bounds),
        cmocka_unit_test(every_bound_is_refused_one_step_outside_and_not_on_it),
        cmocka_unit_test(no_two_parameters_share_a_hash),
        cmocka_unit_test(what_is_not_said_has_stated_defaults),
        cmocka_unit_test(a_study_may_be_json),
        cmocka_unit_test(each_layer_overrides_the_ones_below_and_no_more),
        cmocka_unit_test(a_later_include_wins),
        cmocka_unit_test(an_override_that_an_arm_makes_void_is_warned_of),
        cmocka_unit_test(overrides_that_make_no_sense_are_refused),
        cmocka_unit_test(runs_seed_and_months_change_from_the_command_line),
        cmocka_unit_test(arms_draw_an_input_at_the_same_uniform),
        cmocka_unit_test(a_draw_is_the_quantile_of_its_own_uniform),
        cmocka_unit_test(more_arms_points_replicates_or_inputs_change_no_earlier_draw),
        cmocka_unit_test(draws_follow_their_law_and_inputs_are_independent),
        cmocka_unit_test(stage_lengths_are_drawn_like_parameters),
        cmocka_unit_test(inputs_list_what_varies_and_nothing_else),
        cmocka_unit_test(the_resolved_text_loads_to_the_same_study),
        cmocka_unit_test(the_identity_hangs_on_the_content_not_on_the_writing),
        cmocka_unit_test(an_override_is_part_of_the_identity),
        cmocka_unit_test(every_scenario_loads_without_a_word),
        cmocka_unit_test(the_paper_study_is_found_by_its_name_and_says_what_the_paper_says),
        cmocka_unit_test(a_file_that_is_not_there_is_said),
        cmocka_unit_test(the_schema_knows_every_parameter_and_outcome),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
