/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Designs as studies ask for them and as the engine plays them. */
#define _DEFAULT_SOURCE /* mkstemp */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <hdf5.h>
#include <hdf5_hl.h>

#include "klaster/store.h"
#include "study_text.h"

#define HEAD "klaster: 1\nseed: 11\nmonths: 24\nuncertainty: default\n"
#define FACTORIAL                                                                                                    \
    HEAD "points: 5\nparameters: {firms: 20}\ndesign:\n  kind: factorial\n  factors:\n    fee: [0.01, 0.03, 0.08]\n" \
         "    graph: [scale_free, random]\n    months.pilot: [2, 4]\n    shareable: {levels: 4}\n"

static const char *const of_kind[KL_N_DESIGN_KINDS] = {
    [KL_DESIGN_MONTE_CARLO] = HEAD "points: 16\n",
    [KL_DESIGN_LATIN_HYPERCUBE] = HEAD "points: 16\ndesign: latin_hypercube\n",
    [KL_DESIGN_SOBOL] = HEAD "points: 16\ndesign: {kind: sobol}\n",
    [KL_DESIGN_FACTORIAL] = FACTORIAL,
    [KL_DESIGN_SALTELLI] =
        HEAD "design: {kind: saltelli, base: 8, second_order: true, factors: [shareable, months.build]}\n",
    [KL_DESIGN_MORRIS] = HEAD "design: {kind: morris, trajectories: 5, levels: 6}\n",
};

/* ---- helpers ---- */

static kl_study parse_runs(const char *text, int64_t runs, int n_warnings)
{
    kl_overrides overrides = {0, NULL, -1, runs, -1};
    return study_of_text(text, &overrides, n_warnings);
}

static kl_study parse(const char *text)
{
    return parse_runs(text, -1, 0);
}

static kl_input input_of(const kl_study *study, const char *name)
{
    kl_input input[200];
    int n = kl_study_inputs(study, input, 200);
    for (int i = 0; i < n && i < 200; i++)
        if (strcmp(input[i].name, name) == 0)
            return input[i];
    fail_msg("no input %s", name);
    return input[0];
}

static double value(const kl_study *study, const char *name, int point)
{
    kl_input input = input_of(study, name);
    return kl_study_input_value(study, &input, 0, point);
}

/* ---- what is said is what is drawn ---- */

static void a_factorial_crosses_values_choices_stage_lengths_and_quantiles(void **state)
{
    (void)state;
    kl_study study = parse(FACTORIAL);
    static const double fees[] = {0.01, 0.03, 0.08}, months[] = {2, 4};
    static const double graphs[] = {kl_graph_scale_free, kl_graph_random};
    kl_input shareable = input_of(&study, "shareable");
    assert_int_equal(study.design.kind, KL_DESIGN_FACTORIAL);
    assert_int_equal(study.design.row_size, 3 * 2 * 2 * 4);
    assert_int_equal(study.n_points, 5 * 48);
    int seen[3][2][2][4] = {{{{0}}}};
    for (int point = 0; point < study.n_points; point++) {
        kl_params params;
        kl_mechanism mechanism;
        int at[4] = {-1, -1, -1, -1};
        assert_int_equal(kl_study_draw(&study, 0, point, &params, &mechanism), KL_OK);
        for (int l = 0; l < 4; l++) {
            if (l < 3 && params.fee == fees[l])
                at[0] = l;
            if (l < 2 && params.graph == graphs[l])
                at[1] = l;
            if (l < 2 && mechanism.stage[2].months == months[l])
                at[2] = l;
            if (kl_study_coordinate(&study, &shareable, point) == (l + 0.5) / 4)
                at[3] = l;
        }
        for (int f = 0; f < 4; f++)
            assert_true(at[f] >= 0);
        seen[at[0]][at[1]][at[2]][at[3]]++;
        /* what is no factor is drawn once for all cells of a draw */
        assert_true(value(&study, "join_belief", point) == value(&study, "join_belief", point / 48 * 48));
        assert_true(point < 48 || value(&study, "join_belief", point) != value(&study, "join_belief", point - 48));
    }
    for (int i = 0; i < 48; i++)
        assert_int_equal((&seen[0][0][0][0])[i], 5);
    kl_study_free(&study);
}

static void points_of_a_row_share_their_worlds(void **state)
{
    (void)state;
    for (int kind = 0; kind < KL_N_DESIGN_KINDS; kind++) {
        kl_study study = parse(of_kind[kind]);
        assert_int_equal(study.design.kind, kind);
        assert_int_equal(study.n_points, kl_design_n_points(&study.design));
        for (int point = 0; point < study.n_points; point++) {
            kl_world world = kl_study_world(&study, point, 3);
            assert_true(world.seed == 11 && world.replicate == 3);
            assert_int_equal(world.point, point / study.design.row_size);
        }
        kl_study_free(&study);
    }
}

/* A factorial over fee plays, bit for bit, the runs that a study with one arm a fee would. */
static kl_status keep_block(void *data, const kl_block *b)
{
    double *to = data;
    for (int arm = 0; arm < b->n_arms; arm++)
        for (int r = 0; r < b->n_runs; r++) {
            size_t world =
                (size_t)(b->point0 + r / b->n_replicates) * 2 + (size_t)(b->replicate0 + r % b->n_replicates);
            assert_true(b->status[arm * b->n_runs + r] != KL_RUN_FAILED);
            for (int o = 0; o < KL_N_OUTCOMES; o++)
                to[((size_t)arm * 40 + world) * KL_N_OUTCOMES + (size_t)o] =
                    b->outcome[((size_t)arm * KL_N_OUTCOMES + (size_t)o) * (size_t)b->n_runs + (size_t)r];
        }
    return KL_OK;
}

/* value[(arm * 40 + point * 2 + replicate)][outcome] */
static double *play(const char *text)
{
    kl_study study = parse(text);
    kl_plan plan;
    double *value = calloc((size_t)2 * 40 * KL_N_OUTCOMES, sizeof *value);
    assert_non_null(value);
    assert_int_equal(study.n_replicates, 2);
    assert_true(study.n_points <= 20);
    kl_engine_options options = {.sink = keep_block, .data = value};
    assert_int_equal(kl_plan_make(&plan, &study, 2, 0), KL_OK);
    assert_int_equal(kl_engine_run(&study, &plan, &options), KL_OK);
    kl_study_free(&study);
    return value;
}

static int same(double a, double b)
{
    return (isnan(a) && isnan(b)) || a == b;
}

static void a_factorial_plays_what_arms_would(void **state)
{
    (void)state;
    double *cells = play(HEAD "points: 10\nreplicates: 2\nparameters: {firms: 20}\n"
                              "design: {kind: factorial, factors: {fee: [0.01, 0.3]}}\n");
    double *arms = play(HEAD "points: 10\nreplicates: 2\nparameters: {firms: 20}\n"
                             "arms: [{name: a, parameters: {fee: 0.01}}, {name: b, parameters: {fee: 0.3}}]\n");
    int n_compared = 0, n_differ = 0;
    for (size_t arm = 0; arm < 2; arm++)
        for (size_t row = 0; row < 10; row++)
            for (size_t r = 0; r < 2; r++)
                for (size_t o = 0; o <= KL_OUT_saving_joint; o++) { /* outcomes of a run alone: none compares arms */
                    double a = arms[(arm * 40 + row * 2 + r) * KL_N_OUTCOMES + o];
                    double c = cells[((row * 2 + arm) * 2 + r) * KL_N_OUTCOMES + o];
                    assert_true(same(a, c));
                    n_compared++;
                    n_differ += !same(c, cells[(row * 4 + r) * KL_N_OUTCOMES + o]);
                }
    assert_true(n_compared >= 40 && n_differ > 0);
    free(cells);
    free(arms);
}

/* ---- sizes ---- */

static void the_command_line_changes_rows_or_where_there_is_one_replicates(void **state)
{
    (void)state;
    static const char alone[] = "klaster: 1\nmechanism: {name: m, stages: [{name: b, kind: build, months: 2},"
                                " {name: r, kind: rollout, months: 6}]}\ndesign: {kind: factorial, factors: {fee: [0, "
                                "0.1], margin: {levels: 3, of: {uniform: [0, 1]}}}}\n";
    const struct {
        const char *text;
        int64_t runs;
        int rows, row_size, replicates, warnings;
    } cases[] = {
        {alone, -1, 1, 6, 1, 0},
        {alone, 60, 1, 6, 10, 0},
        {alone, 61, 1, 6, 11, 0},
        {FACTORIAL, 480, 10, 48, 1, 0},
        {FACTORIAL, 1, 1, 48, 1, 0},
        {HEAD "design: {kind: saltelli, factors: [shareable]}\n", -1, 1024, 3, 1, 0},
        {HEAD "design: {kind: saltelli, factors: [shareable]}\nreplicates: 2\n", 384, 64, 3, 2, 0},
        {HEAD "design: {kind: saltelli, factors: [shareable]}\n", 300, 100, 3, 1, 1},
        {HEAD "design: {kind: morris, factors: [shareable]}\n", -1, 20, 2, 1, 0},
        {HEAD "design: {kind: morris, factors: [shareable]}\n", 99, 50, 2, 1, 0},
        {HEAD "design: sobol\n", -1, 1024, 1, 1, 0},
        {HEAD "design: sobol\n", 1000, 1000, 1, 1, 1},
        {HEAD "design: latin_hypercube\n", -1, 1000, 1, 1, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        kl_study study = parse_runs(cases[i].text, cases[i].runs, cases[i].warnings);
        assert_int_equal(study.design.n_rows, cases[i].rows);
        assert_int_equal(study.design.row_size, cases[i].row_size);
        assert_int_equal(study.n_replicates, cases[i].replicates);
        assert_int_equal(study.n_points, cases[i].rows * cases[i].row_size);
        kl_study_free(&study);
    }
    kl_study study =
        parse_runs("klaster: 1\npoints: 3\nmechanism: {name: m, stages: [{name: b, kind: build, months: 2},"
                   " {name: r, kind: rollout, months: 6}]}\n"
                   "design: {kind: factorial, factors: {fee: [0, 0.1]}}\n",
                   -1, 1); /* draws that differ in chance alone */
    assert_int_equal(study.n_points, 6);
    kl_study_free(&study);
}

static void rows_are_the_independent_units(void **state)
{
    (void)state;
    const struct {
        const char *text;
        int turned, n, size;
    } cases[] = {
        {HEAD "points: 7\nreplicates: 3\n", 0, 7, 3},
        {HEAD "points: 1\nreplicates: 3\n", 0, 1, 3},
        {HEAD "points: 5\nreplicates: 2\ndesign: {kind: factorial, factors: {fee: [0, 0.1, 0.2]}}\n", 0, 5, 6},
        {HEAD "points: 1\nreplicates: 4\ndesign: {kind: factorial, factors: {fee: [0, 0.1, 0.2]}}\n", 1, 4, 3},
        {HEAD "points: 1\ndesign: {kind: factorial, factors: {fee: [0, 0.1, 0.2]}}\n", 0, 1, 3},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        kl_study study = parse(cases[i].text);
        int n, size;
        assert_int_equal(kl_study_units(&study, &n, &size), cases[i].turned);
        assert_int_equal(n, cases[i].n);
        assert_int_equal(size, cases[i].size);
        kl_study_free(&study);
    }
}

/* ---- identity and growth ---- */

static void the_resolved_text_has_the_same_design_and_draws(void **state)
{
    (void)state;
    for (int kind = 0; kind < KL_N_DESIGN_KINDS; kind++) {
        kl_study study = parse(of_kind[kind]), again = parse(study.resolved);
        assert_string_equal(study.sha256, again.sha256);
        assert_string_equal(study.resolved, again.resolved);
        assert_int_equal(study.n_points, again.n_points);
        assert_int_equal(study.design.n_factors, again.design.n_factors);
        for (int point = 0; point < study.n_points; point++) {
            kl_params a, b;
            kl_mechanism m, n;
            assert_int_equal(kl_study_draw(&study, 0, point, &a, &m), KL_OK);
            assert_int_equal(kl_study_draw(&again, 0, point, &b, &n), KL_OK);
            assert_memory_equal(&m, &n, sizeof m);
            for (int i = 0; i < KL_N_PARAMS; i++)
                assert_true(kl_params_get(&a, (kl_param_id)i) == kl_params_get(&b, (kl_param_id)i));
        }
        kl_study_free(&study);
        kl_study_free(&again);
    }
}

static void a_study_that_grows_keeps_its_draws(void **state)
{
    (void)state;
    for (int kind = 0; kind < KL_N_DESIGN_KINDS; kind++) {
        kl_study study = parse(of_kind[kind]);
        int64_t runs = 4 * (int64_t)study.n_points;
        kl_study larger = parse_runs(of_kind[kind], runs, 0);
        int n_same = 0;
        assert_int_equal(larger.n_points, runs);
        for (int point = 0; point < study.n_points; point++)
            n_same += value(&study, "shareable", point) == value(&larger, "shareable", point);
        assert_int_equal(n_same == study.n_points, kind != KL_DESIGN_LATIN_HYPERCUBE);
        kl_study_free(&study);
        kl_study_free(&larger);
    }
}

static void arms_share_coordinates_under_every_design(void **state)
{
    (void)state;
    static const char arms[] = "arms:\n  - {name: a, parameters: {opex: {uniform: [1000, 2000]}}}\n"
                               "  - {name: b, parameters: {opex: {uniform: [2000, 4000]}}}\n";
    for (int kind = 0; kind < KL_N_DESIGN_KINDS; kind++) {
        char text[2000];
        snprintf(text, sizeof text, "%s%s", of_kind[kind], arms);
        kl_study study = parse(text);
        kl_input opex = input_of(&study, "opex");
        assert_true(opex.by_arm && opex.by_point);
        for (int point = 0; point < study.n_points; point++) {
            double a = kl_study_input_value(&study, &opex, 0, point), b = kl_study_input_value(&study, &opex, 1, point);
            assert_true(fabs(b - 2 * a) < 1e-9 * b);
        }
        kl_study_free(&study);
    }
}

/* ---- which values hold ---- */

static void values_of_a_factor_hold_over_all_other_layers(void **state)
{
    (void)state;
    kl_study study = parse("klaster: 1\nuncertainty: default\npoints: 2\ninclude: cases/navoi\n"
                           "parameters: {capex: 200000}\n"
                           "design: {kind: factorial, factors: {capex: [100000, 300000], firms: [20, 30], "
                           "months.pilot: [1, 5]}}\n"
                           "arms:\n  - name: a\n  - name: b\n    include: cases/technopark\n"
                           "  - {name: c, mechanism: big-bang}\n");
    kl_input capex = input_of(&study, "capex"), firms = input_of(&study, "firms"),
             pilot = input_of(&study, "months.pilot");
    for (int arm = 0; arm < 3; arm++)
        for (int point = 0; point < study.n_points; point++) {
            assert_true(kl_study_input_value(&study, &firms, arm, point) == (point / 2 % 2 ? 30 : 20) ||
                        kl_study_input_value(&study, &firms, arm, point) == (point / 4 % 2 ? 30 : 20));
            double c = kl_study_input_value(&study, &capex, arm, point);
            assert_true(c == 100000 || c == 300000);
            double p = kl_study_input_value(&study, &pilot, arm, point);
            assert_true(arm == 2 ? isnan(p) : p == (point % 2 ? 5 : 1));
        }
    kl_study_free(&study);
}

static void the_command_line_cannot_set_a_factor(void **state)
{
    (void)state;
    const char *const set[] = {"fee=0.2"};
    kl_overrides overrides = {1, set, -1, -1, -1};
    kl_study study;
    kl_diagnostics found;
    assert_int_equal(kl_study_parse(&study, FACTORIAL, strlen(FACTORIAL), "t", &overrides, &found), KL_ERR_STUDY);
    assert_int_equal(found.n, 1);
    assert_non_null(strstr(found.item[0].text, "fee: a factor of the design"));
    assert_non_null(strstr(found.item[0].file, "--set fee=0.2"));
    kl_diagnostics_free(&found);
}

/* ---- result files ---- */

static int attribute(hid_t file, const char *name)
{
    int value = -1;
    assert_true(H5LTget_attribute_int(file, "/", name, &value) >= 0);
    return value;
}

static void attribute_is(hid_t file, const char *name, const char *wanted)
{
    char *text = NULL;
    hid_t id = H5Aopen(file, name, H5P_DEFAULT), type = H5Aget_type(id);
    assert_true(id >= 0 && type >= 0 && H5Aread(id, type, &text) >= 0);
    assert_string_equal(text, wanted);
    H5free_memory(text);
    H5Tclose(type);
    H5Aclose(id);
}

static void write_result(const kl_study *study, const char *path)
{
    kl_plan plan;
    kl_store *store = NULL;
    kl_store_options how = {.command = "test", .overwrite = 1};
    assert_int_equal(kl_plan_make(&plan, study, 2, 0), KL_OK);
    assert_int_equal(kl_store_new(&store, path, study, &plan, &how, NULL), KL_OK);
    kl_engine_options options = {.sink = kl_store_sink, .data = store};
    assert_int_equal(kl_engine_run(study, &plan, &options), KL_OK);
    assert_int_equal(kl_store_finish(store, 1, NULL), KL_OK);
    kl_store_free(store);
}

static void a_result_file_says_its_design_and_gives_it_back(void **state)
{
    (void)state;
    char path[] = "/tmp/klaster-design-XXXXXX";
    int descriptor = mkstemp(path);
    assert_true(descriptor >= 0);
    assert_int_equal(close(descriptor), 0);
    for (int kind = 0; kind < KL_N_DESIGN_KINDS; kind++) {
        kl_study study = parse(of_kind[kind]);
        kl_result result;
        write_result(&study, path);
        hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
        assert_true(file >= 0);
        attribute_is(file, "design", kl_design_kind_word((kl_design_kind)kind));
        assert_int_equal(attribute(file, "design_rows"), study.design.n_rows);
        assert_int_equal(attribute(file, "design_row_size"), study.design.row_size);
        if (kind == KL_DESIGN_SALTELLI)
            attribute_is(file, "design_factors", "shareable,months.build");
        assert_int_equal(H5Aexists(file, "design_factors") > 0, study.design.n_factors > 0);
        H5Fclose(file);
        assert_int_equal(kl_result_open(&result, path, NULL), KL_OK);
        assert_int_equal(result.study.design.kind, kind);
        assert_int_equal(result.study.n_points, study.n_points);
        for (int point = 0; point < study.n_points; point++)
            assert_true(value(&result.study, "shareable", point) == value(&study, "shareable", point));
        kl_result_close(&result);
        kl_study_free(&study);
    }
    assert_int_equal(remove(path), 0);
}

/* ---- the mechanism as an input ---- */

static kl_mechanism mechanism_at(const kl_study *study, int arm, int point, kl_params *params)
{
    kl_mechanism mechanism;
    assert_int_equal(kl_study_draw(study, arm, point, params, &mechanism), KL_OK);
    return mechanism;
}

static void assert_plays_as(const kl_study *study, int arm, int point, const kl_study *other, int other_arm, int at)
{
    kl_params one, two;
    kl_mechanism a = mechanism_at(study, arm, point, &one), b = mechanism_at(other, other_arm, at, &two);
    assert_memory_equal(&one, &two, sizeof one);
    assert_memory_equal(&a, &b, sizeof a);
}

static const char three[] = "klaster: 1\npoints: 400\nuncertainty: default\nparameters: {opex_support: 0.25}\n";

/* Each point is, bit for bit, that of an arm whose mechanism is fixed; with 400 points a mechanism of three has 133 of them,
 * standard deviation 9.4: more than 50 off by chance once in 10^7. */
static void a_mechanism_drawn_plays_as_one_that_is_fixed(void **state)
{
    (void)state;
    static const char *const name[] = {"five-stage", "big-bang", "unido"};
    char text[600];
    snprintf(text, sizeof text,
             "%sarms:\n  - {name: any, mechanism: {choice: [five-stage, big-bang, unido]}}\n"
             "  - {name: two, mechanism: {choice: [unido, big-bang]}}\n"
             "  - {name: five, mechanism: five-stage}\n  - {name: big, mechanism: big-bang}\n"
             "  - {name: un, mechanism: unido}\n",
             three);
    kl_study study = parse(text);
    kl_input mechanism = input_of(&study, "mechanism"), waves = input_of(&study, "waves");
    kl_input pilot = input_of(&study, "months.pilot");
    assert_int_equal(mechanism.n_words, 3);
    for (int i = 0; i < 3; i++)
        assert_string_equal(mechanism.word[i], name[i]);
    assert_true(mechanism.by_arm && mechanism.by_point && mechanism.is_drawn && pilot.is_drawn && waves.by_point);
    int seen[3] = {0};
    for (int point = 0; point < study.n_points; point++) {
        int drawn = (int)kl_study_input_value(&study, &mechanism, 0, point);
        double u = kl_study_coordinate(&study, &mechanism, point),
               months = kl_study_input_value(&study, &pilot, 0, point);
        seen[drawn]++;
        assert_int_equal(drawn, (int)(3 * u));
        assert_plays_as(&study, 0, point, &study, 2 + drawn, point);
        assert_true(kl_study_input_value(&study, &mechanism, 1, point) == (u < 0.5 ? 2 : 1));
        assert_plays_as(&study, 1, point, &study, u < 0.5 ? 4 : 3, point);
        assert_true(drawn == 0 ? months >= 1 : months != months);
        assert_true(kl_study_input_value(&study, &waves, 0, point) ==
                    kl_study_input_value(&study, &waves, 2 + drawn, point));
    }
    for (int i = 0; i < 3; i++)
        assert_in_range(seen[i], 83, 183);
    kl_study again = parse(study.resolved);
    assert_string_equal(again.resolved, study.resolved);
    for (int arm = 0; arm < study.n_arms; arm++)
        for (int point = 0; point < study.n_points; point += 7)
            assert_plays_as(&study, arm, point, &again, arm, point);
    kl_study_free(&again);
    kl_study_free(&study);
}

static void layers_over_a_mechanism_drawn_keep_their_order(void **state)
{
    (void)state;
    static const char text[] =
        "klaster: 1\npoints: 40\nparameters: {waves: 7, months.b: 5}\n"
        "mechanism: {choice: [big-bang, {name: m, parameters: {fee: 0.01, waves: 2, margin: 0.4}, stages: [{name: b, "
        "kind: "
        "build, months: 2}, {name: r, kind: rollout, months: 3}]}]}\n"
        "arms:\n  - {name: a, parameters: {margin: 0.3}}\n  - {name: b, mechanism: {choice: [giz, unido]}}\n";
    kl_study study = parse(text), again = parse(study.resolved);
    const kl_arm *m = kl_arm_variant(&study.arm[0], 1);
    assert_null(kl_arm_variant(&study.arm[0], 2));
    assert_true(m->param[KL_PARAM_fee].value[0] == 0.01 && study.arm[0].param[KL_PARAM_fee].value[0] != 0.01);
    assert_true(m->param[KL_PARAM_waves].value[0] == 7);    /* the study's is above its mechanism */
    assert_true(m->param[KL_PARAM_margin].value[0] == 0.3); /* and the arm's above that */
    assert_true(m->stage[0].months.value[0] == 5);
    assert_true(kl_arm_variant(&study.arm[1], 1)->param[KL_PARAM_waves].value[0] == 2); /* the arm's mechanism is */
    assert_false(input_of(&study, "fee").is_drawn); /* it goes with the mechanism, */
    assert_true(input_of(&study, "fee").by_point);  /* yet differs between points */
    assert_string_equal(again.resolved, study.resolved);
    kl_study_free(&again);
    kl_study_free(&study);
}

static void a_mechanism_is_a_factor_like_any_choice(void **state)
{
    (void)state;
    static const char *const fixed[] = {"klaster: 1\nmechanism: five-stage\nparameters: {firms: 20}\n",
                                        "klaster: 1\nmechanism: five-stage\nparameters: {firms: 54}\n",
                                        "klaster: 1\nmechanism: unido\nparameters: {firms: 20}\n",
                                        "klaster: 1\nmechanism: unido\nparameters: {firms: 54}\n",
                                        "klaster: 1\nmechanism: big-bang\nparameters: {firms: 20}\n",
                                        "klaster: 1\nmechanism: big-bang\nparameters: {firms: 54}\n"};
    kl_study study = parse("klaster: 1\npoints: 4\ndesign: {kind: factorial, factors: {mechanism: [five-stage, unido, "
                           "big-bang], firms: [20, 54]}}\n");
    assert_int_equal(study.design.row_size, 6);
    int seen[6] = {0};
    for (int point = 0; point < 6; point++) {
        int cell = 2 * (int)value(&study, "mechanism", point) + (value(&study, "firms", point) > 20);
        kl_study one = parse(fixed[cell]);
        seen[cell]++;
        kl_params params, other;
        kl_mechanism a = mechanism_at(&study, 0, point, &params), b = mechanism_at(&one, 0, 0, &other);
        assert_int_equal(a.n_stages, b.n_stages);
        for (int i = 0; i < a.n_stages; i++)
            assert_int_equal(a.stage[i].kind, b.stage[i].kind); /* lengths are drawn */
        assert_memory_equal(&params, &other, sizeof params);
        kl_study_free(&one);
    }
    for (int i = 0; i < 6; i++)
        assert_int_equal(seen[i], 1);
    kl_study again = parse(study.resolved);
    assert_string_equal(again.resolved, study.resolved);
    for (int point = 0; point < study.n_points; point++)
        assert_plays_as(&study, 0, point, &again, 0, point);
    kl_study_free(&again);
    kl_study_free(&study);
}

static void every_design_moves_a_mechanism(void **state)
{
    (void)state;
    static const char *const design[] = {"sobol", "latin_hypercube",
                                         "{kind: saltelli, base: 16, factors: [mechanism, fee]}",
                                         "{kind: morris, trajectories: 8}"};
    for (int i = 0; i < 4; i++) {
        char text[300];
        snprintf(text, sizeof text,
                 "klaster: 1\n%sdesign: %s\nmechanism: {choice: [giz, jm, organic]}\n"
                 "parameters: {fee: {uniform: [0, 0.1]}}\n",
                 i < 2 ? "points: 32\n" : "", design[i]);
        kl_study study = parse(text), again = parse(study.resolved);
        int seen[3] = {0};
        for (int point = 0; point < study.n_points; point++)
            seen[(int)value(&study, "mechanism", point)]++;
        assert_true(seen[0] > 0 && seen[1] > 0 && seen[2] > 0);
        assert_string_equal(again.resolved, study.resolved);
        kl_study_free(&again);
        kl_study_free(&study);
    }
}

/* The shape of a study whose arms fix their mechanisms is what it was before mechanisms could be drawn. */
static void a_choice_of_one_mechanism_is_that_mechanism(void **state)
{
    (void)state;
    kl_study one = parse("klaster: 1\nmechanism: giz\narms: [{name: a}, {name: b, mechanism: {choice: [jm]}}]\n");
    kl_study two = parse("klaster: 1\nmechanism: {choice: [giz]}\narms: [{name: a}, {name: b, mechanism: jm}]\n");
    assert_string_equal(one.resolved, two.resolved);
    assert_string_equal(one.sha256, two.sha256);
    assert_null(strstr(one.resolved, "choice"));
    assert_int_equal(one.n_mechanisms, 0);
    kl_study_free(&two);
    kl_study_free(&one);
}

static void a_result_file_names_the_mechanism_of_each_point(void **state)
{
    (void)state;
    assert_int_equal(
        system("cd \"${TMPDIR:-/tmp}\" && rm -f klaster-drawn.* && printf 'klaster: 1\nname: drawn\nmonths: 12\n"
               "points: 4\nmechanism: {choice: [giz, big-bang]}\nparameters: {firms: 12}\n"
               "arms: [{name: a}, {name: b, mechanism: jm}]\n' > klaster-drawn.yaml && " KL_PROGRAM
               " run -q klaster-drawn.yaml -o klaster-drawn.h5 && " KL_PROGRAM
               " replay klaster-drawn.h5 --check --arm a --point 3 > klaster-drawn.txt && " KL_PROGRAM
               " check klaster-drawn.yaml | grep -q 'choice giz, big-bang' && "
               "h5dump -a /param_mechanism/flag_meanings klaster-drawn.h5 | grep -q 'giz big-bang jm' && "
               "rm -f klaster-drawn.*"),
        0);
}

/* ---- several points at once ---- */

static void assert_drawn_alike(const kl_drawn *drawn, const kl_study *study, int arm, int point)
{
    kl_params params;
    kl_mechanism mechanism;
    kl_status status = kl_study_draw(study, arm, point, &params, &mechanism);
    assert_int_equal(drawn->status, status);
    for (int id = 0; status == KL_OK && id < KL_N_PARAMS; id++)
        assert_true(kl_params_get(&drawn->params, (kl_param_id)id) == kl_params_get(&params, (kl_param_id)id));
    for (int i = 0; status == KL_OK && i < mechanism.n_stages; i++)
        assert_int_equal(drawn->mechanism.stage[i].months, mechanism.stage[i].months);
}

static void points_drawn_at_once_are_those_drawn_one_by_one(void **state)
{
    (void)state;
    static const char *const arms = "arms:\n  - {name: a}\n  - {name: b, parameters: {fee: {uniform: [0, 0.05]}}}\n"
                                    "  - {name: c, mechanism: big-bang, parameters: {pilot_firms: 20}}\n";
    const kl_dist too_few = {KL_DIST_INTEGER, 2, {10, 30}}, too_high = {KL_DIST_UNIFORM, 2, {0, 2}};
    for (int kind = 0; kind < KL_N_DESIGN_KINDS; kind++) {
        char text[4000];
        snprintf(text, sizeof text, "%s%s", of_kind[kind], kind == KL_DESIGN_MONTE_CARLO ? arms : "");
        kl_study study = parse_runs(text, -1, 0);
        if (kind == KL_DESIGN_MONTE_CARLO) { /* points that cannot be played, which a study is refused for */
            study.arm[1].param[KL_PARAM_fee] = too_high;
            study.arm[2].param[KL_PARAM_firms] = too_few;
        }
        int n = study.n_points < 70 ? study.n_points : 70;
        kl_drawn *first = calloc((size_t)n, sizeof *first), *drawn = calloc((size_t)n, sizeof *drawn);
        assert_true(first && drawn);
        for (int arm = 0; arm < study.n_arms; arm++)
            for (int with_first = 0; with_first < 2; with_first++) {
                kl_drawn *to = arm ? drawn : first;
                kl_study_draws(&study, arm, 0, n, with_first ? first : NULL, to);
                for (int i = 0; i < n; i++)
                    assert_drawn_alike(&to[i], &study, arm, i);
            }
        free(first);
        free(drawn);
        kl_study_free(&study);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_factorial_crosses_values_choices_stage_lengths_and_quantiles),
        cmocka_unit_test(points_of_a_row_share_their_worlds),
        cmocka_unit_test(a_factorial_plays_what_arms_would),
        cmocka_unit_test(the_command_line_changes_rows_or_where_there_is_one_replicates),
        cmocka_unit_test(rows_are_the_independent_units),
        cmocka_unit_test(the_resolved_text_has_the_same_design_and_draws),
        cmocka_unit_test(a_study_that_grows_keeps_its_draws),
        cmocka_unit_test(arms_share_coordinates_under_every_design),
        cmocka_unit_test(values_of_a_factor_hold_over_all_other_layers),
        cmocka_unit_test(the_command_line_cannot_set_a_factor),
        cmocka_unit_test(a_result_file_says_its_design_and_gives_it_back),
        cmocka_unit_test(a_mechanism_drawn_plays_as_one_that_is_fixed),
        cmocka_unit_test(layers_over_a_mechanism_drawn_keep_their_order),
        cmocka_unit_test(a_mechanism_is_a_factor_like_any_choice),
        cmocka_unit_test(every_design_moves_a_mechanism),
        cmocka_unit_test(a_choice_of_one_mechanism_is_that_mechanism),
        cmocka_unit_test(a_result_file_names_the_mechanism_of_each_point),
        cmocka_unit_test(points_drawn_at_once_are_those_drawn_one_by_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
