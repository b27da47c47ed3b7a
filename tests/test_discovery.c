/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Boxes against the EMA Workbench's, trees against scikit-learn's (tests/data/discovery), planted boxes, splits by hand, and what
 * must hold for any sample. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "klaster/klaster.h"
#include "rng/rng.h"

#define DATA KL_SOURCE_DIR "/tests/data/discovery/"

/* ---- samples ---- */

/* A table of numbers with a line of names above. */
typedef struct numbers {
    int n_rows, n_columns;
    double *value; /* [row * n_columns + column] */
} numbers;

static numbers read_csv(const char *name)
{
    char path[512], line[1024];
    numbers t = {0, 1, NULL};
    int capacity = 0;
    snprintf(path, sizeof path, "%s%s", DATA, name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file));
    for (const char *p = line; *p; p++)
        t.n_columns += *p == ',';
    while (fgets(line, sizeof line, file)) {
        if (t.n_rows == capacity) {
            capacity = capacity ? 2 * capacity : 64;
            t.value = realloc(t.value, (size_t)capacity * (size_t)t.n_columns * sizeof *t.value);
            assert_non_null(t.value);
        }
        char *p = line;
        for (int c = 0; c < t.n_columns; c++) {
            char *end;
            double x = *p == ',' || *p == '\n' || *p == '\r' ? (double)NAN : strtod(p, &end);
            t.value[t.n_rows * t.n_columns + c] = x;
            p += strcspn(p, ",\r\n");
            p += *p == ',';
        }
        t.n_rows++;
    }
    fclose(file);
    return t;
}

static double at(const numbers *t, int row, int column)
{
    return t->value[row * t->n_columns + column];
}

typedef struct sample {
    kl_cases cases;
    kl_case_kind kind[16];
    double *x;
    int32_t *worlds, *hits;
} sample;

static sample make_sample(int n, int n_inputs)
{
    sample s = {.cases = {.n = n, .n_inputs = n_inputs}};
    s.x = calloc((size_t)(n * n_inputs), sizeof *s.x);
    s.worlds = calloc((size_t)n, sizeof *s.worlds);
    s.hits = calloc((size_t)n, sizeof *s.hits);
    assert_true(s.x && s.worlds && s.hits);
    for (int i = 0; i < n; i++)
        s.worlds[i] = 1;
    return s;
}

/* The arrays of the struct: call it where the struct has come to rest. */
static const kl_cases *cases_of(sample *s)
{
    s->cases.kind = s->kind;
    s->cases.x = s->x;
    s->cases.worlds = s->worlds;
    s->cases.hits = s->hits;
    return &s->cases;
}

static void free_sample(sample *s)
{
    free(s->x);
    free(s->worlds);
    free(s->hits);
}

/* kinds: one letter an input, r, i or c */
static sample read_sample(const char *name, const char *kinds)
{
    numbers t = read_csv(name);
    int k = (int)strlen(kinds);
    assert_int_equal(t.n_columns, k + 1);
    sample s = make_sample(t.n_rows, k);
    for (int i = 0; i < t.n_rows; i++) {
        for (int j = 0; j < k; j++)
            s.x[j * t.n_rows + i] = at(&t, i, j);
        s.hits[i] = at(&t, i, k) != 0;
    }
    for (int j = 0; j < k; j++)
        s.kind[j] = kinds[j] == 'r' ? KL_CASE_REAL : kinds[j] == 'i' ? KL_CASE_INTEGER : KL_CASE_CATEGORY;
    free(t.value);
    return s;
}

/* A uniform that depends on nothing but its numbers. */
static double uniform(uint32_t i, uint32_t j)
{
    return kl_uniform(kl_draw(kl_key_of(99, i, 0), j, KL_DRAW_LOT, 0).w[0]);
}

static const kl_prim_options usual = {.peel = 0.05, .paste = 0.05, .least = 0.05};

/* ---- PRIM against the EMA Workbench ---- */

static void same_trajectory(const kl_prim *prim, const numbers *t, int box)
{
    int step = 0;
    for (int r = 0; r < t->n_rows; r++) {
        if (at(t, r, 0) != box)
            continue;
        assert_in_range(step, 0, prim->n_boxes - 1);
        const kl_box *b = &prim->box[step++];
        assert_int_equal(b->worlds, at(t, r, 2));
        assert_int_equal(b->hits, at(t, r, 3));
        assert_float_equal(b->density, at(t, r, 4), 1e-12);
        assert_float_equal(b->coverage, at(t, r, 5), 1e-12);
        assert_float_equal(b->support, at(t, r, 6), 1e-12);
        assert_int_equal(b->n_restricted, at(t, r, 7));
    }
    assert_int_equal(step, prim->n_boxes);
}

/* EMA says -1 where there is no limit, and has a choice's p-value in the first place. */
static void same_p(double p, double expected)
{
    if (expected < 0)
        assert_true(isnan(p));
    else
        assert_true(fabs(p - expected) <= 1e-9 * expected + 1e-300);
}

static void same_limits(const kl_prim *prim, const kl_cases *cases, const numbers *t, int box)
{
    int compared = 0;
    for (int r = 0; r < t->n_rows; r++) {
        if (at(t, r, 0) != box)
            continue;
        int step = (int)at(t, r, 1), j = (int)at(t, r, 3);
        const kl_limit *limit = &prim->box[step].limit[j];
        if (at(t, r, 2) != 0)
            assert_int_equal(kl_prim_knee(prim), step);
        if (cases->kind[j] == KL_CASE_CATEGORY) {
            assert_int_equal(limit->values, at(t, r, 6));
        } else {
            assert_float_equal(limit->lo, at(t, r, 4), 1e-12);
            assert_float_equal(limit->hi, at(t, r, 5), 1e-12);
        }
        same_p(limit->p_lo, at(t, r, 7));
        same_p(limit->p_hi, at(t, r, 8));
        compared++;
    }
    assert_true(compared >= 2 * cases->n_inputs);
}

static void same_as_ema(const char *name, const char *kinds, double peel)
{
    char file[64];
    snprintf(file, sizeof file, "%s_xy.csv", name);
    sample s = read_sample(file, kinds);
    const kl_cases *cases = cases_of(&s);
    snprintf(file, sizeof file, "%s_trajectory.csv", name);
    numbers trajectory = read_csv(file);
    snprintf(file, sizeof file, "%s_limits.csv", name);
    numbers limits = read_csv(file);
    uint8_t *out = calloc((size_t)cases->n, 1);
    kl_prim_options options = usual;
    options.peel = peel;
    for (int box = 0; box < 2; box++) {
        kl_prim prim;
        assert_int_equal(kl_prim_make(&prim, cases, out, &options), KL_OK);
        same_trajectory(&prim, &trajectory, box);
        same_limits(&prim, cases, &limits, box);
        int knee = kl_prim_knee(&prim);
        for (int i = 0; i < cases->n; i++)
            out[i] = out[i] || kl_box_holds(&prim.box[knee], cases, i);
        kl_prim_free(&prim);
    }
    free(out);
    free(trajectory.value);
    free(limits.value);
    free_sample(&s);
}

static void boxes_of_real_inputs_are_those_of_the_ema_workbench(void **state)
{
    (void)state;
    same_as_ema("real", "rrrr", 0.05);
}

static void boxes_of_whole_numbers_and_choices_are_those_of_the_ema_workbench(void **state)
{
    (void)state;
    same_as_ema("mixed", "riicr", 0.05);
}

static void the_published_example_gives_the_boxes_of_the_ema_workbench(void **state)
{
    (void)state;
    same_as_ema("bryant", "rrrrrrrrr", 0.1);
}

/* ---- properties of boxes ---- */

/* n cases of 6 inputs: a 0.2..0.6 and b above 0.7 make it hold with chance p, else q; the others do nothing; 4 is whole, 5 a
 * choice. */
static sample planted(int n, double p, double q)
{
    sample s = make_sample(n, 6);
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < 4; j++)
            s.x[j * n + i] = uniform((uint32_t)i, (uint32_t)j);
        s.x[4 * n + i] = floor(10 * uniform((uint32_t)i, 4));
        s.x[5 * n + i] = floor(4 * uniform((uint32_t)i, 5));
        int inside = s.x[i] > 0.2 && s.x[i] < 0.6 && s.x[n + i] > 0.7;
        s.hits[i] = uniform((uint32_t)i, 6) < (inside ? p : q);
    }
    s.kind[4] = KL_CASE_INTEGER;
    s.kind[5] = KL_CASE_CATEGORY;
    return s;
}

/* 12 % of the worlds are inside: the limits can be no nearer than a peel of about 5 % of the box, and noise adds some. */
static void a_planted_box_is_found_and_nothing_else_is_limited(void **state)
{
    (void)state;
    sample s = planted(4000, 0.9, 0.05);
    const kl_cases *cases = cases_of(&s);
    kl_prim prim;
    kl_box box;
    assert_int_equal(kl_prim_make(&prim, cases, NULL, &usual), KL_OK);
    assert_int_equal(kl_box_copy(&box, &prim.box[kl_prim_knee(&prim)], 6), KL_OK);
    assert_int_equal(kl_box_lift(&box, cases, NULL, 0.001, NAN), KL_OK);
    assert_float_equal(box.limit[0].lo, 0.2, 0.03);
    assert_float_equal(box.limit[0].hi, 0.6, 0.03);
    assert_float_equal(box.limit[1].lo, 0.7, 0.03);
    assert_true(isnan(box.limit[1].p_hi));
    assert_int_equal(box.n_restricted, 2);
    assert_true(box.density > 0.8 && box.coverage > 0.6);
    kl_box_free(&box);
    kl_prim_free(&prim);
    free_sample(&s);
}

static void a_box_counts_what_it_holds(void **state)
{
    (void)state;
    sample s = planted(500, 0.8, 0.1);
    const kl_cases *cases = cases_of(&s);
    kl_prim prim;
    assert_int_equal(kl_prim_make(&prim, cases, NULL, &usual), KL_OK);
    assert_true(prim.n_boxes > 10 && prim.n_peels < prim.n_boxes);
    for (int b = 0; b < prim.n_boxes; b++) {
        int64_t worlds = 0, hits = 0;
        for (int i = 0; i < cases->n; i++) {
            worlds += kl_box_holds(&prim.box[b], cases, i);
            hits += kl_box_holds(&prim.box[b], cases, i) && s.hits[i];
        }
        assert_int_equal(worlds, prim.box[b].worlds);
        assert_int_equal(hits, prim.box[b].hits);
        assert_true(prim.box[b].support >= usual.least);
        if (b > 0) {
            assert_true(prim.box[b].density > prim.box[b - 1].density);
            assert_true(b <= prim.n_peels ? prim.box[b].worlds < prim.box[b - 1].worlds
                                          : prim.box[b].worlds > prim.box[b - 1].worlds);
        }
    }
    kl_prim_free(&prim);
    free_sample(&s);
}

static void replicates_count_as_worlds_and_weaken_p_values(void **state)
{
    (void)state;
    sample s = planted(400, 0.8, 0.2);
    const kl_cases *cases = cases_of(&s);
    kl_prim one, ten;
    assert_int_equal(kl_prim_make(&one, cases, NULL, &usual), KL_OK);
    for (int i = 0; i < cases->n; i++) {
        s.worlds[i] = 10;
        s.hits[i] *= 10; /* ten that all go the same way tell no more than one */
    }
    assert_int_equal(kl_prim_make(&ten, cases, NULL, &usual), KL_OK);
    int b = 8;
    assert_int_equal(ten.box[b].worlds, 10 * one.box[b].worlds);
    assert_float_equal(ten.box[b].density, one.box[b].density, 1e-12);
    for (int j = 0; j < cases->n_inputs; j++) {
        double p = one.box[b].limit[j].p_lo, q = ten.box[b].limit[j].p_lo;
        assert_int_equal(isnan(p), isnan(q));
        if (!isnan(p)) /* Wilson's interval and rounding: not exactly the same */
            assert_true(fabs(log(q) - log(p)) < 0.15 * fabs(log(p)) + 0.1);
    }
    kl_prim_free(&one);
    kl_prim_free(&ten);
    free_sample(&s);
}

static void where_all_or_none_hold_nothing_is_peeled(void **state)
{
    (void)state;
    for (int hit = 0; hit < 2; hit++) {
        sample s = planted(100, hit, hit);
        kl_prim prim;
        assert_int_equal(kl_prim_make(&prim, cases_of(&s), NULL, &usual), KL_OK);
        assert_int_equal(prim.n_boxes, 1);
        assert_int_equal(kl_prim_knee(&prim), 0);
        kl_prim_free(&prim);
        free_sample(&s);
    }
}

static void lifting_keeps_the_density_that_is_required(void **state)
{
    (void)state;
    sample s = planted(2000, 0.95, 0.1);
    const kl_cases *cases = cases_of(&s);
    kl_prim prim;
    kl_box box;
    assert_int_equal(kl_prim_make(&prim, cases, NULL, &usual), KL_OK);
    int b = 0;
    while (b < prim.n_boxes && prim.box[b].density < 0.8)
        b++;
    assert_in_range(b, 1, prim.n_boxes - 1);
    assert_int_equal(kl_box_copy(&box, &prim.box[b], 6), KL_OK);
    assert_int_equal(kl_box_lift(&box, cases, NULL, 1, 0.8), KL_OK);
    assert_true(box.density >= 0.8);
    assert_true(box.coverage >= prim.box[b].coverage);
    assert_true(box.n_restricted <= prim.box[b].n_restricted);
    kl_box_free(&box);
    kl_prim_free(&prim);
    free_sample(&s);
}

static void nonsense_is_refused(void **state)
{
    (void)state;
    sample s = planted(100, 0.9, 0.1);
    const kl_cases *cases = cases_of(&s);
    kl_prim prim;
    kl_tree tree;
    const kl_prim_options bad[] = {{0, 0.05, 0.05}, {0.5, 0.05, 0.05}, {0.05, NAN, 0.05}, {0.05, 0.05, 0}};
    for (int k = 0; k < 4; k++) {
        assert_int_equal(kl_prim_make(&prim, cases, NULL, &bad[k]), KL_ERR_ARGUMENT);
        kl_prim_free(&prim);
    }
    const kl_tree_options no_tree[] = {{0, 0.05}, {11, 0.05}, {3, 0}, {3, NAN}};
    for (int k = 0; k < 4; k++) {
        assert_int_equal(kl_tree_grow(&tree, cases, &no_tree[k]), KL_ERR_ARGUMENT);
        kl_tree_free(&tree);
    }
    s.x[5 * 100] = 64; /* no value of a category */
    assert_int_equal(kl_prim_make(&prim, cases, NULL, &usual), KL_ERR_ARGUMENT);
    kl_prim_free(&prim);
    s.x[5 * 100] = 1;
    s.x[0] = NAN;
    assert_int_equal(kl_prim_make(&prim, cases, NULL, &usual), KL_ERR_ARGUMENT);
    kl_prim_free(&prim);
    s.x[0] = 0.5;
    s.hits[3] = 2;
    assert_int_equal(kl_prim_make(&prim, cases, NULL, &usual), KL_ERR_ARGUMENT);
    kl_prim_free(&prim);
    s.hits[3] = 1;
    uint8_t out[100];
    memset(out, 1, sizeof out);
    assert_int_equal(kl_prim_make(&prim, cases, out, &usual), KL_ERR_ARGUMENT);
    kl_prim_free(&prim);
    free_sample(&s);
}

/* ---- trees ---- */

static void same_as_sklearn(const char *name, const char *kinds, int depth, double least)
{
    char file[64];
    snprintf(file, sizeof file, "%s_xy.csv", name);
    sample s = read_sample(file, kinds);
    snprintf(file, sizeof file, "%s_tree.csv", name);
    numbers t = read_csv(file);
    kl_tree_options options = {depth, least};
    kl_tree tree;
    assert_int_equal(kl_tree_grow(&tree, cases_of(&s), &options), KL_OK);
    assert_int_equal(tree.n_nodes, t.n_rows);
    for (int k = 0; k < t.n_rows; k++) { /* breadth first, as ours */
        const kl_tree_node *node = &tree.node[k];
        assert_int_equal(node->depth, at(&t, k, 0));
        assert_int_equal(node->input, at(&t, k, 1));
        if (node->input >= 0) /* scikit-learn keeps values as float */
            assert_true(fabs(node->threshold - at(&t, k, 2)) <= 1e-6 * (1 + fabs(node->threshold)));
        assert_int_equal(node->worlds, at(&t, k, 3));
        assert_int_equal(node->hits, at(&t, k, 4));
    }
    free(t.value);
    snprintf(file, sizeof file, "%s_pruning.csv", name);
    t = read_csv(file);
    for (int k = 0; k < t.n_rows; k++) { /* each alpha leaves as many leaves */
        int leaves = 0;
        assert_int_equal(kl_tree_prune(&tree, at(&t, k, 0) + 1e-12), KL_OK);
        double impurity = 0;
        for (int i = 0; i < tree.n_nodes; i++) {
            double n = (double)tree.node[i].worlds, p = (double)tree.node[i].hits / n;
            if (tree.node[i].left >= 0)
                continue;
            leaves++;
            impurity += n / s.cases.n * 2 * p * (1 - p);
        }
        assert_int_equal(leaves, at(&t, k, 2));
        assert_float_equal(impurity, at(&t, k, 1), 1e-12);
    }
    free(t.value);
    kl_tree_free(&tree);
    free_sample(&s);
}

static void trees_and_their_pruning_are_those_of_scikit_learn(void **state)
{
    (void)state;
    same_as_sklearn("real", "rrrr", 4, 0.05);
    same_as_sklearn("bryant", "rrrrrrrrr", 3, 44.0 / 882);
}

/* Ten cases, x = 1..10, hits at 4..10 but for 8. Sum of (h^2 + m^2) / n over both sides: x <= 3 gives 3 + (36 + 1) / 7 = 8.286,
 * the greatest; the next is x <= 2 with 2 + (36 + 4) / 8 = 7. With leaves of 4 at least: x <= 4 gives (1 + 9) / 4 + (25 + 1) / 6 =
 * 6.833 and x <= 5 (4 + 9) / 5 + (16 + 1) / 5 = 6, x <= 6 (9 + 9) / 6 + (9 + 1) / 4 = 5.5. */
static void a_split_is_the_one_found_by_hand(void **state)
{
    (void)state;
    sample s = make_sample(10, 1);
    for (int i = 0; i < 10; i++) {
        s.x[i] = i + 1;
        s.hits[i] = i + 1 >= 4 && i + 1 != 8;
    }
    s.kind[0] = KL_CASE_INTEGER;
    for (int k = 0; k < 2; k++) {
        kl_tree_options options = {1, k == 0 ? 0.1 : 0.4};
        kl_tree tree;
        assert_int_equal(kl_tree_grow(&tree, cases_of(&s), &options), KL_OK);
        assert_int_equal(tree.n_nodes, 3);
        assert_float_equal(tree.node[0].threshold, k == 0 ? 3.5 : 4.5, 0);
        assert_int_equal(tree.node[1].worlds, k == 0 ? 3 : 4);
        assert_int_equal(tree.node[2].hits, k == 0 ? 6 : 5);
        kl_tree_free(&tree);
    }
    free_sample(&s);
}

static void a_choice_is_divided_by_its_values_in_any_order(void **state)
{
    (void)state;
    const double share[] = {0.9, 0.1, 0.8, 0.2};
    sample s = make_sample(400, 1);
    for (int i = 0; i < 400; i++) {
        s.x[i] = i % 4;
        s.hits[i] = i / 4 < 100 * share[i % 4];
    }
    s.kind[0] = KL_CASE_CATEGORY;
    kl_tree_options options = {1, 0.05};
    kl_tree tree;
    assert_int_equal(kl_tree_grow(&tree, cases_of(&s), &options), KL_OK);
    assert_int_equal(tree.n_nodes, 3);
    assert_int_equal(tree.node[0].values, 1 << 1 | 1 << 3);
    assert_true(isnan(tree.node[0].threshold));
    assert_int_equal(tree.node[1].hits, 30);
    kl_tree_free(&tree);
    free_sample(&s);
}

/* Pure noise: the least error lies often beyond the root, but within one standard error of it the root nearly always is. Fixed
 * seeds; what is there is found by all of them. */
static void cross_validation_prunes_noise_and_keeps_what_is_there(void **state)
{
    (void)state;
    sample noise = planted(2000, 0.3, 0.3), signal = planted(2000, 0.9, 0.1);
    kl_tree_options options = {6, 0.005};
    kl_tree tree;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        assert_int_equal(kl_tree_grow(&tree, cases_of(&noise), &options), KL_OK);
        assert_true(tree.n_nodes > 7);
        assert_int_equal(kl_tree_cross_validate(&tree, cases_of(&noise), &options, seed, 10), KL_OK);
        assert_int_equal(tree.n_nodes, 1);
        kl_tree_free(&tree);
        assert_int_equal(kl_tree_grow(&tree, cases_of(&signal), &options), KL_OK);
        assert_int_equal(kl_tree_cross_validate(&tree, cases_of(&signal), &options, seed, 10), KL_OK);
        assert_in_range(tree.n_nodes, 7, 9); /* b, and both sides of a */
        assert_int_equal(tree.node[0].input, 1);
        assert_true(tree.node[kl_tree_leaf_of(&tree, &signal.cases, 17)].left < 0);
        kl_tree_free(&tree);
    }
    free_sample(&noise);
    free_sample(&signal);
}

/* One standard error is what makes the second tree smaller: the least error is that of nine nodes with both folds. */
static void folds_hang_on_the_seed_and_one_standard_error_prefers_the_smaller_tree(void **state)
{
    (void)state;
    static const struct {
        uint64_t seed;
        int n_nodes;
    } known[] = {{1, 9}, {9, 7}};
    sample s = read_sample("real_xy.csv", "rrrr");
    kl_tree_options options = {4, 0.02};
    for (int k = 0; k < 2; k++) {
        kl_tree tree;
        assert_int_equal(kl_tree_grow(&tree, cases_of(&s), &options), KL_OK);
        assert_int_equal(kl_tree_cross_validate(&tree, cases_of(&s), &options, known[k].seed, 10), KL_OK);
        assert_int_equal(tree.n_nodes, known[k].n_nodes);
        kl_tree_free(&tree);
    }
    free_sample(&s);
}

/* ---- whole questions ---- */

static const char study_text[] =
    "klaster: 1\nname: t\npoints: 900\nreplicates: 2\nuncertainty: none\nmechanism: five-stage\n"
    "seed: 5\nparameters:\n  fee: {uniform: [0, 0.1]}\n  shareable: {uniform: [0.3, 0.7]}\n"
    "  firms: {integer: [8, 40]}\n  graph: {choice: [small_world, random, blocks]}\n"
    "  training_gain: {uniform: [0, 1]}\n";

static void load(kl_study *study, const char *text)
{
    kl_diagnostics found;
    kl_study_init(study);
    kl_status status = kl_study_parse(study, text, strlen(text), "t", NULL, &found);
    kl_diagnostics_print(&found, stderr);
    kl_diagnostics_free(&found);
    assert_int_equal(status, KL_OK);
}

static double input_at(const kl_study *study, const char *name, int point)
{
    kl_input input[64];
    int n = kl_study_inputs(study, input, 64);
    for (int j = 0; j < n; j++)
        if (strcmp(input[j].name, name) == 0)
            return kl_study_input_value(study, &input[j], 0, point);
    fail();
    return 0;
}

/* It holds with chance 0.9 where the fee is below 0.04 and there are at least 20 firms, else with 0.1; two replicates. */
static int8_t *planted_hits(const kl_study *study)
{
    int8_t *hit = malloc((size_t)(study->n_points * study->n_replicates));
    assert_non_null(hit);
    for (int p = 0; p < study->n_points; p++) {
        int inside = input_at(study, "fee", p) < 0.04 && input_at(study, "firms", p) >= 20;
        for (int r = 0; r < study->n_replicates; r++)
            hit[p * study->n_replicates + r] = uniform((uint32_t)p, (uint32_t)(100 + r)) < (inside ? 0.9 : 0.1);
    }
    return hit;
}

static void a_question_is_answered_and_judged_on_worlds_not_seen(void **state)
{
    (void)state;
    kl_study study;
    kl_finding f;
    load(&study, study_text);
    int8_t *hit = planted_hits(&study);
    hit[0] = KL_HIT_UNDEFINED;
    hit[1] = KL_HIT_MISSING;
    kl_discovery_options options = kl_discovery_defaults(study.seed);
    assert_int_equal(kl_finding_make(&f, &study, 0, "planted", hit, &options), KL_OK);
    assert_int_equal(f.n_undefined, 1);
    assert_int_equal(f.n_missing, 1);
    assert_int_equal(f.holds.n, 1798);
    assert_int_equal(f.n_found + f.n_test, 1798);
    assert_in_range(f.n_test, 500, 700); /* a third of 1,798: 599, standard deviation 28 */
    const kl_found_box *b = &f.box[0];
    assert_true(b->role == KL_BOX_HOLDS && b->exists);
    char *words = kl_box_words(f.input, f.n_inputs, &b->box);
    assert_non_null(strstr(words, "fee below 0.0"));
    assert_non_null(strstr(words, "firms at least"));
    free(words);
    assert_true(b->test.lo < 0.9 && b->test.hi > 0.8); /* the truth is 0.9 less what the limits miss */
    assert_true(b->test_coverage > 0.5);
    assert_int_equal(b->box.n_restricted, 2);                     /* and nothing else */
    assert_true((double)b->test.n < 0.7 * (double)b->box.worlds); /* a third against two */
    const kl_found_box *fails = b;
    while (fails->role != KL_BOX_BREAKS)
        fails++;
    assert_true(fails->exists && fails->test_support > 0.3 && fails->test.lo > 0.75); /* three quarters are outside */
    /* fails: below 20 firms or a high fee; the worst fifth of the fee or of the firms is first to break */
    assert_in_range(f.first_to_break, 0, f.n_inputs - 1);
    const char *first = f.input[f.first_to_break].input.name;
    assert_true(strcmp(first, "fee") == 0 || strcmp(first, "firms") == 0);
    const kl_worst *worst = &f.worst[f.first_to_break];
    assert_true(worst->lo < worst->hi && worst->found < 0.2 && worst->share.hi < f.holds.share);
    assert_true(f.tree.n_nodes >= 5 && f.tree_error < 0.7 * f.base_error);
    kl_table table[KL_DISCOVERY_TABLES];
    assert_int_equal(kl_discovery_tables(table, "discovery", &study, 1, &f), KL_OK);
    assert_int_equal(table[0].n_rows, 1);
    assert_int_equal(table[1].n_rows, f.n_boxes);
    assert_int_equal(table[3].n_rows, f.n_inputs);
    for (int t = 0; t < KL_DISCOVERY_TABLES; t++)
        kl_table_free(&table[t]);
    kl_finding_free(&f);
    free(hit);
    kl_study_free(&study);
}

static void the_same_question_has_the_same_answer_and_another_seed_another_split(void **state)
{
    (void)state;
    kl_study study;
    kl_finding f[3];
    load(&study, study_text);
    int8_t *hit = planted_hits(&study);
    for (int k = 0; k < 3; k++) {
        kl_discovery_options options = kl_discovery_defaults(k == 2 ? 6 : 5);
        assert_int_equal(kl_finding_make(&f[k], &study, 0, "planted", hit, &options), KL_OK);
    }
    assert_int_equal(f[0].n_boxes, f[1].n_boxes);
    for (int b = 0; b < f[0].n_boxes; b++)
        assert_memory_equal(&f[0].box[b].test, &f[1].box[b].test, sizeof f[0].box[b].test);
    assert_int_not_equal(f[0].n_test, f[2].n_test);
    for (int k = 0; k < 3; k++)
        kl_finding_free(&f[k]);
    free(hit);
    kl_study_free(&study);
}

/* Without anything to find, what looks like a finding must not survive on worlds held out: the interval of the density covers the share
 * of all worlds. 20 conditions; each interval misses with chance 0.05, so that more than 5 of 20 miss with chance below 3e-4. */
static void noise_gives_no_density_on_worlds_held_out(void **state)
{
    (void)state;
    kl_study study;
    load(&study, study_text);
    int8_t *hit = malloc(1800);
    int missed = 0;
    for (uint32_t k = 0; k < 20; k++) {
        kl_finding f;
        kl_discovery_options options = kl_discovery_defaults(study.seed);
        options.boxes = 1;
        for (uint32_t w = 0; w < 1800; w++)
            hit[w] = uniform(w, 1000 + k) < 0.3;
        assert_int_equal(kl_finding_make(&f, &study, 0, "noise", hit, &options), KL_OK);
        if (f.box[0].exists) {
            assert_true(f.box[0].box.density > 0.3); /* where it was sought it looks like something */
            missed += !(f.box[0].test.lo <= 0.3 && f.box[0].test.hi >= 0.3);
        }
        kl_finding_free(&f);
    }
    assert_in_range(missed, 0, 5);
    free(hit);
    kl_study_free(&study);
}

static void too_few_points_are_said_to_be_too_few(void **state)
{
    (void)state;
    kl_study study;
    kl_finding f;
    load(&study, "klaster: 1\nname: t\npoints: 39\nuncertainty: none\nmechanism: five-stage\n"
                 "parameters:\n  fee: {uniform: [0, 0.1]}\n");
    int8_t hit[39] = {0, 1, 1};
    kl_discovery_options options = kl_discovery_defaults(study.seed);
    assert_int_equal(kl_finding_make(&f, &study, 0, "few", hit, &options), KL_ERR_NOT_FOUND);
    kl_finding_free(&f);
    options.test = 0;
    assert_int_equal(kl_finding_make(&f, &study, 0, "bad", hit, &options), KL_ERR_ARGUMENT);
    kl_finding_free(&f);
    kl_study_free(&study);
}

static void rows_of_a_design_are_not_parted(void **state)
{
    (void)state;
    kl_study study;
    kl_finding f;
    load(&study, "klaster: 1\nname: t\nuncertainty: none\nmechanism: five-stage\nseed: 3\n"
                 "design: {kind: saltelli, base: 128, factors: [fee, shareable]}\n"
                 "parameters:\n  fee: {uniform: [0, 0.1]}\n  shareable: {uniform: [0.3, 0.7]}\n");
    int8_t *hit = calloc((size_t)study.n_points, 1);
    int n = study.design.row_size;
    for (int p = 0; p < study.n_points; p++)
        hit[p] = input_at(&study, "fee", p) < 0.05;
    kl_discovery_options options = kl_discovery_defaults(study.seed);
    assert_int_equal(kl_finding_make(&f, &study, 0, "fee", hit, &options), KL_OK);
    assert_int_equal(f.n_test % n, 0);
    assert_int_equal(f.n_found % n, 0);
    kl_finding_free(&f);
    free(hit);
    kl_study_free(&study);
}

/* Points of a row have the same value of an input that is no factor, and here the same hit: a fifth of 3 m worlds is worth m. */
static void intervals_count_rows_that_share_their_worlds_once(void **state)
{
    (void)state;
    kl_study study;
    kl_finding f;
    load(&study, "klaster: 1\nname: t\nuncertainty: none\nmechanism: five-stage\nseed: 3\n"
                 "design: {kind: saltelli, base: 512, factors: [fee]}\n"
                 "parameters:\n  fee: {uniform: [0, 0.1]}\n  shareable: {uniform: [0.3, 0.7]}\n");
    int8_t *hit = calloc((size_t)study.n_points, 1);
    assert_int_equal(study.design.row_size, 3);
    for (int p = 0; p < study.n_points; p++)
        hit[p] = uniform((uint32_t)(p / 3), 7) < 0.5;
    kl_discovery_options options = kl_discovery_defaults(study.seed);
    assert_int_equal(kl_finding_make(&f, &study, 0, "rows", hit, &options), KL_OK);
    for (int j = 0; j < f.n_inputs; j++) {
        const kl_share *share = &f.worst[j].share;
        double alone = 2 * 1.96 * sqrt(share->share * (1 - share->share) / (double)share->n);
        if (strcmp(f.input[j].input.name, "shareable") == 0)
            assert_true(share->hi - share->lo > 1.4 * alone); /* sqrt(3) = 1.73, less what Wilson draws in */
    }
    kl_finding_free(&f);
    free(hit);
    kl_study_free(&study);
}

static void what_holds_everywhere_or_nowhere_has_no_boxes(void **state)
{
    (void)state;
    kl_study study;
    load(&study, study_text);
    int8_t *hit = malloc(1800);
    for (int k = 0; k < 2; k++) {
        kl_finding f;
        kl_discovery_options options = kl_discovery_defaults(study.seed);
        memset(hit, k, 1800);
        assert_int_equal(kl_finding_make(&f, &study, 0, "all or none", hit, &options), KL_OK);
        assert_float_equal(f.holds.share, k, 0);
        for (int b = 0; b < f.n_boxes; b++)
            assert_int_equal(f.box[b].exists, f.box[b].role == KL_BOX_REQUIRED && k == 1);
        kl_finding_free(&f);
    }
    free(hit);
    kl_study_free(&study);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(boxes_of_real_inputs_are_those_of_the_ema_workbench),
        cmocka_unit_test(boxes_of_whole_numbers_and_choices_are_those_of_the_ema_workbench),
        cmocka_unit_test(the_published_example_gives_the_boxes_of_the_ema_workbench),
        cmocka_unit_test(a_planted_box_is_found_and_nothing_else_is_limited),
        cmocka_unit_test(a_box_counts_what_it_holds),
        cmocka_unit_test(replicates_count_as_worlds_and_weaken_p_values),
        cmocka_unit_test(where_all_or_none_hold_nothing_is_peeled),
        cmocka_unit_test(lifting_keeps_the_density_that_is_required),
        cmocka_unit_test(nonsense_is_refused),
        cmocka_unit_test(trees_and_their_pruning_are_those_of_scikit_learn),
        cmocka_unit_test(a_split_is_the_one_found_by_hand),
        cmocka_unit_test(a_choice_is_divided_by_its_values_in_any_order),
        cmocka_unit_test(cross_validation_prunes_noise_and_keeps_what_is_there),
        cmocka_unit_test(folds_hang_on_the_seed_and_one_standard_error_prefers_the_smaller_tree),
        cmocka_unit_test(a_question_is_answered_and_judged_on_worlds_not_seen),
        cmocka_unit_test(the_same_question_has_the_same_answer_and_another_seed_another_split),
        cmocka_unit_test(noise_gives_no_density_on_worlds_held_out),
        cmocka_unit_test(too_few_points_are_said_to_be_too_few),
        cmocka_unit_test(rows_of_a_design_are_not_parted),
        cmocka_unit_test(intervals_count_rows_that_share_their_worlds_once),
        cmocka_unit_test(what_holds_everywhere_or_nowhere_has_no_boxes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
