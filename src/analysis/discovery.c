/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One question about a study: in which worlds does a condition hold? The points are parted once, by a keyed draw for each row of
 * the design, into those in which is sought and those on which what was found is judged. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/box.h"
#include "analysis/discovery.h"
#include "rng/rng.h"

enum { GROUPS_LEAST = 40, FOLDS = 10 };

/* Quasi-p-value above which a limit is lifted: 0.05, shared between all limits that there could be (Bonferroni). */
static double telling(const kl_cases *cases)
{
    return 0.05 / (2 * cases->n_inputs);
}

kl_discovery_options kl_discovery_defaults(uint64_t seed)
{
    return (kl_discovery_options){.seed = seed,
                                  .prim = {.peel = 0.05, .paste = 0.05, .least = 0.05},
                                  .tree = {.depth = 3, .least = 0.05},
                                  .boxes = 3,
                                  .test = 1.0 / 3,
                                  .density = {0.8, 0.9}};
}

static int are_legal(const kl_discovery_options *o)
{
    return o->boxes >= 1 && o->boxes <= KL_DISCOVERY_BOXES_MAX && o->test > 0 && o->test <= 0.9 && o->density[0] > 0 &&
           o->density[0] < o->density[1] && o->density[1] <= 1;
}

/* ---- parts of the sample ---- */

/* Cases that own their arrays: the part found in, or the part judged on. */
typedef struct part {
    kl_cases cases;
    int capacity;
    double *x;
    int32_t *worlds, *hits, *misses, *group;
} part;

static void part_free(part *p)
{
    free(p->x);
    free(p->worlds);
    free(p->hits);
    free(p->misses);
    free(p->group);
}

static kl_status part_init(part *p, int n, int n_inputs, const kl_case_kind *kind)
{
    size_t size = (size_t)n + 1;
    p->x = malloc(size * ((size_t)n_inputs + 1) * sizeof *p->x);
    p->worlds = malloc(size * sizeof *p->worlds);
    p->hits = malloc(size * sizeof *p->hits);
    p->misses = malloc(size * sizeof *p->misses);
    p->group = malloc(size * sizeof *p->group);
    p->capacity = n;
    p->cases = (kl_cases){0, n_inputs, kind, p->x, p->worlds, p->hits, p->group};
    return p->x && p->worlds && p->hits && p->misses && p->group ? KL_OK : KL_ERR_MEMORY;
}

/* The same cases with hits and misses exchanged. */
static kl_cases failing(const part *p)
{
    kl_cases cases = p->cases;
    cases.hits = p->misses;
    return cases;
}

typedef struct work {
    kl_finding *f;
    const kl_study *study;
    const kl_discovery_options *options;
    const int8_t *hit;
    kl_case_kind *kind;
    double *value; /* [input * n_points + point] */
    part found, test;
    uint8_t *out, *out_test; /* cases in boxes found before */
} work;

/* ---- inputs ---- */

static kl_case_kind kind_of(const kl_input *input, const double *value, int n)
{
    const kl_param_info *info = input->param >= 0 ? kl_param_info_of((kl_param_id)input->param) : NULL;
    if (input->n_words > 0 || (info && info->kind == KL_KIND_FLAG))
        return KL_CASE_CATEGORY;
    for (int p = 0; p < n; p++)
        if (value[p] != floor(value[p]))
            return KL_CASE_REAL;
    return KL_CASE_INTEGER;
}

/* Keep an input of which value[point] is finite and not always the same. */
static int keep_input(work *w, const kl_input *input, const double *value)
{
    int n = w->study->n_points;
    kl_case_input *to = &w->f->input[w->f->n_inputs];
    double lo = INFINITY, hi = -INFINITY;
    for (int p = 0; p < n; p++) {
        if (!(value[p] - value[p] == 0))
            return 0;
        lo = fmin(lo, value[p]);
        hi = fmax(hi, value[p]);
    }
    if (!(lo < hi))
        return 0;
    *to = (kl_case_input){*input, kind_of(input, value, n), lo, hi};
    w->kind[w->f->n_inputs++] = to->kind;
    return 1;
}

static kl_status read_inputs(work *w)
{
    int n = kl_study_inputs(w->study, NULL, 0);
    size_t n_points = (size_t)w->study->n_points;
    kl_input *all = calloc((size_t)n + 1, sizeof *all);
    w->f->input = calloc((size_t)n + 1, sizeof *w->f->input);
    w->f->worst = calloc((size_t)n + 1, sizeof *w->f->worst);
    w->kind = calloc((size_t)n + 1, sizeof *w->kind);
    w->value = malloc(((size_t)n + 1) * n_points * sizeof *w->value);
    if (!all || !w->f->input || !w->f->worst || !w->kind || !w->value) {
        free(all);
        return KL_ERR_MEMORY;
    }
    n = kl_study_inputs(w->study, all, n);
    for (int j = 0; j < n; j++) {
        double *value = w->value + (size_t)w->f->n_inputs * n_points;
        if (!all[j].is_drawn)
            continue;
        for (int p = 0; p < w->study->n_points; p++)
            value[p] = kl_study_input_value(w->study, &all[j], w->f->arm, p);
        keep_input(w, &all[j], value);
    }
    free(all);
    return KL_OK;
}

/* ---- the sample ---- */

static int is_held_out(const work *w, int32_t group)
{
    kl_key key = kl_key_of(w->options->seed, (uint32_t)group, KL_NO_REPLICATE);
    return kl_uniform(kl_draw(key, 0, KL_DRAW_SPLIT, 0).w[0]) < w->options->test;
}

/* Count the point's worlds; returns those that count. */
static int count_point(work *w, int point, int *hits)
{
    int n = 0;
    *hits = 0;
    for (int r = 0; r < w->study->n_replicates; r++) {
        int8_t hit = w->hit[(int64_t)point * w->study->n_replicates + r];
        w->f->n_undefined += hit == KL_HIT_UNDEFINED;
        w->f->n_missing += hit == KL_HIT_MISSING;
        n += hit >= 0;
        *hits += hit > 0;
    }
    return n;
}

/* side[point]: 0 found, 1 test, -1 no world counts. */
static void fill(part *p, const work *w, const int8_t *side, int which, const int32_t *tally)
{
    int n = 0, n_points = w->study->n_points;
    for (int point = 0; point < n_points; point++)
        n += side[point] == which;
    p->cases.n = n;
    for (int point = 0, i = 0; point < n_points; point++) {
        if (side[point] != which)
            continue;
        for (int j = 0; j < p->cases.n_inputs; j++)
            p->x[(int64_t)j * n + i] = w->value[(int64_t)j * n_points + point];
        p->worlds[i] = tally[2 * point];
        p->hits[i] = tally[2 * point + 1];
        p->misses[i] = p->worlds[i] - p->hits[i];
        p->group[i++] = kl_design_row(&w->study->design, point);
    }
}

static kl_status part_sample(work *w)
{
    int n = w->study->n_points, n_groups[2] = {0, 0}, last[2] = {-1, -1};
    int8_t *side = malloc((size_t)n);
    int32_t *tally = malloc(2 * (size_t)n * sizeof *tally);
    kl_status status = side && tally ? KL_OK : KL_ERR_MEMORY;
    if (status == KL_OK)
        status = part_init(&w->found, n, w->f->n_inputs, w->kind);
    if (status == KL_OK)
        status = part_init(&w->test, n, w->f->n_inputs, w->kind);
    for (int p = 0; status == KL_OK && p < n; p++) {
        int hits, worlds = count_point(w, p, &hits), group = kl_design_row(&w->study->design, p);
        tally[2 * p] = worlds;
        tally[2 * p + 1] = hits;
        side[p] = (int8_t)(worlds > 0 ? is_held_out(w, group) : -1);
        if (side[p] >= 0 && last[side[p]] != group) {
            n_groups[side[p]]++;
            last[side[p]] = group;
        }
    }
    if (status == KL_OK) {
        fill(&w->found, w, side, 0, tally);
        fill(&w->test, w, side, 1, tally);
        if (n_groups[0] + n_groups[1] < GROUPS_LEAST || n_groups[0] < 2 || n_groups[1] < 2)
            status = KL_ERR_NOT_FOUND;
    }
    free(side);
    free(tally);
    return status;
}

/* ---- boxes ---- */

/* Judge a box on the cases held out; `out` leaves cases out. KL_ERR_MEMORY. */
static kl_status judge_box(kl_found_box *b, const kl_cases *test, const uint8_t *out)
{
    int64_t worlds = 0;
    uint8_t *in = malloc((size_t)test->n);
    if (!in)
        return KL_ERR_MEMORY;
    b->n_test_hits = 0;
    for (int i = 0; i < test->n; i++) {
        in[i] = !(out && out[i]) && kl_box_holds(&b->box, test, i);
        worlds += test->worlds[i];
        b->n_test_hits += test->hits[i];
    }
    b->test = kl_cases_share(test, in);
    b->test_coverage = b->n_test_hits > 0 ? (double)b->test.hits / (double)b->n_test_hits : (double)NAN;
    b->test_support = (double)b->test.n / (double)worlds;
    free(in);
    return KL_OK;
}

/* The box of a trajectory, its limits lifted, judged. */
static kl_status take_box(kl_found_box *b, const kl_prim *prim, int number, const kl_cases *found, const uint8_t *out,
                          const kl_cases *test, const uint8_t *out_test)
{
    kl_status status = kl_box_copy(&b->box, &prim->box[number], prim->n_inputs);
    if (status == KL_OK)
        status = kl_box_lift(&b->box, found, out, telling(found), b->required);
    if (status == KL_OK)
        status = judge_box(b, test, out_test);
    b->exists =
        status == KL_OK && (b->role == KL_BOX_REQUIRED ? b->box.density >= b->required : b->box.n_restricted > 0);
    return status;
}

static kl_found_box *next_box(work *w, kl_box_role role, double required)
{
    kl_found_box *b = &w->f->box[w->f->n_boxes++];
    b->role = role;
    b->required = required;
    return b;
}

static void leave_out(uint8_t *out, const kl_box *box, const kl_cases *cases)
{
    for (int i = 0; i < cases->n; i++)
        out[i] = out[i] || kl_box_holds(box, cases, i);
}

/* Boxes in which it holds, each found in what the earlier ones left, as long as they are denser than all worlds. */
static kl_status find_holding(work *w)
{
    const kl_cases *found = &w->found.cases, *test = &w->test.cases;
    kl_status status = kl_prim_make(&w->f->trajectory, found, NULL, &w->options->prim);
    w->f->knee = status == KL_OK ? kl_prim_knee(&w->f->trajectory) : 0;
    if (status != KL_OK)
        return status;
    kl_found_box *b = next_box(w, KL_BOX_HOLDS, NAN);
    status = take_box(b, &w->f->trajectory, w->f->knee, found, NULL, test, NULL);
    for (int k = 1; status == KL_OK && b->exists && k < w->options->boxes; k++) {
        kl_prim prim = {0};
        leave_out(w->out, &b->box, found);
        leave_out(w->out_test, &b->box, test);
        status = kl_prim_make(&prim, found, w->out, &w->options->prim);
        int knee = status == KL_OK ? kl_prim_knee(&prim) : 0;
        if (status == KL_ERR_ARGUMENT) { /* nothing is left */
            kl_prim_free(&prim);
            return KL_OK;
        }
        if (status == KL_OK && (knee == 0 || prim.box[knee].density <= w->f->trajectory.box[0].density)) {
            kl_prim_free(&prim);
            return KL_OK;
        }
        if (status == KL_OK) {
            b = next_box(w, KL_BOX_HOLDS, NAN);
            status = take_box(b, &prim, knee, found, w->out, test, w->out_test);
        }
        kl_prim_free(&prim);
        if (status == KL_OK && (!b->exists || b->box.density <= w->f->trajectory.box[0].density)) {
            kl_box_free(&b->box);
            memset(b, 0, sizeof *b);
            w->f->n_boxes--;
            return KL_OK;
        }
    }
    return status;
}

/* The box in which it fails. */
static kl_status find_breaking(work *w)
{
    kl_cases found = failing(&w->found), test = failing(&w->test);
    kl_prim prim;
    kl_status status = kl_prim_make(&prim, &found, NULL, &w->options->prim);
    if (status == KL_OK)
        status = take_box(next_box(w, KL_BOX_BREAKS, NAN), &prim, kl_prim_knee(&prim), &found, NULL, &test, NULL);
    kl_prim_free(&prim);
    return status;
}

/* The boxes in which it holds nearly always: the first on the trajectory that still does when the limits that tell nothing are
 * lifted. Earlier boxes are larger. */
static kl_status find_required(work *w)
{
    const kl_prim *prim = &w->f->trajectory;
    kl_status status = KL_OK;
    for (int k = 0; status == KL_OK && k < 2; k++) {
        kl_found_box *b = next_box(w, KL_BOX_REQUIRED, w->options->density[k]);
        for (int step = 0; status == KL_OK && !b->exists && step < prim->n_boxes; step++) {
            if (!(prim->box[step].density >= b->required))
                continue;
            kl_box_free(&b->box);
            status = take_box(b, prim, step, &w->found.cases, NULL, &w->test.cases, NULL);
        }
    }
    return status;
}

/* ---- the tree ---- */

static kl_status find_tree(work *w)
{
    const kl_cases *found = &w->found.cases, *test = &w->test.cases;
    kl_finding *f = w->f;
    kl_status status = kl_tree_grow(&f->tree, found, &w->options->tree);
    if (status == KL_OK)
        status = kl_tree_cross_validate(&f->tree, found, &w->options->tree, w->options->seed, FOLDS);
    if (status != KL_OK)
        return status;
    f->test_worlds = calloc((size_t)f->tree.n_nodes, sizeof *f->test_worlds);
    f->test_hits = calloc((size_t)f->tree.n_nodes, sizeof *f->test_hits);
    if (!f->test_worlds || !f->test_hits)
        return KL_ERR_MEMORY;
    double error[2] = {0, 0}, worlds = 0;
    for (int i = 0; i < test->n; i++) {
        int leaf = kl_tree_leaf_of(&f->tree, test, i);
        double hits = test->hits[i], misses = test->worlds[i] - hits;
        for (int k = 0; k < 2; k++) {
            const kl_tree_node *node = &f->tree.node[k == 0 ? leaf : 0];
            double p = (double)node->hits / (double)node->worlds;
            error[k] += hits * (1 - p) * (1 - p) + misses * p * p;
        }
        worlds += test->worlds[i];
        for (int t = leaf; t >= 0; t = f->tree.node[t].parent) {
            f->test_worlds[t] += test->worlds[i];
            f->test_hits[t] += test->hits[i];
        }
    }
    f->tree_error = error[0] / worlds;
    f->base_error = error[1] / worlds;
    return KL_OK;
}

/* ---- all of it ---- */

static kl_status count_all(work *w)
{
    int n_points = w->study->n_points, n_replicates = w->study->n_replicates;
    size_t n = (size_t)n_points * (size_t)n_replicates;
    int8_t *hit = malloc(n);
    if (!hit)
        return KL_ERR_MEMORY;
    for (size_t i = 0; i < n; i++)
        hit[i] = w->hit[i] < 0 ? -1 : w->hit[i];
    w->f->holds = kl_share_make(hit, n_points, n_replicates);
    free(hit);
    return KL_OK;
}

static kl_status discover(work *w)
{
    kl_finding *f = w->f;
    kl_status status = count_all(w);
    if (status == KL_OK)
        status = read_inputs(w);
    if (status == KL_OK)
        status = part_sample(w);
    if (status != KL_OK)
        return status;
    w->out = calloc((size_t)w->found.cases.n, 1);
    w->out_test = calloc((size_t)w->test.cases.n, 1);
    if (!w->out || !w->out_test)
        return KL_ERR_MEMORY;
    f->n_found = kl_cases_share(&w->found.cases, NULL).n;
    f->n_test = kl_cases_share(&w->test.cases, NULL).n;
    status = find_holding(w);
    if (status == KL_OK)
        status = find_breaking(w);
    if (status == KL_OK)
        status = find_required(w);
    if (status == KL_OK)
        status = kl_worst_find(f, &w->found.cases, &w->test.cases);
    if (status == KL_OK)
        status = find_tree(w);
    return status;
}

kl_status kl_finding_make(kl_finding *finding, const kl_study *study, int arm, const char *name, const int8_t *hit,
                          const kl_discovery_options *options)
{
    work w = {.f = finding, .study = study, .options = options, .hit = hit};
    size_t length = strlen(name) + 1;
    memset(finding, 0, sizeof *finding);
    if (!are_legal(options) || arm < 0 || arm >= study->n_arms)
        return KL_ERR_ARGUMENT;
    finding->arm = arm;
    finding->first_to_break = -1;
    finding->tree_error = finding->base_error = NAN;
    finding->name = malloc(length);
    if (!finding->name)
        return KL_ERR_MEMORY;
    memcpy(finding->name, name, length);
    kl_status status = discover(&w);
    if (status != KL_OK)
        finding->n_inputs = 0; /* nothing is known of any */
    part_free(&w.found);
    part_free(&w.test);
    free(w.kind);
    free(w.value);
    free(w.out);
    free(w.out_test);
    return status;
}

void kl_finding_free(kl_finding *finding)
{
    for (int b = 0; b < finding->n_boxes; b++)
        kl_box_free(&finding->box[b].box);
    kl_prim_free(&finding->trajectory);
    kl_tree_free(&finding->tree);
    free(finding->name);
    free(finding->input);
    free(finding->worst);
    free(finding->test_worlds);
    free(finding->test_hits);
    memset(finding, 0, sizeof *finding);
}
