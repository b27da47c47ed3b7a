/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A small decision tree (CART: Breiman, Friedman, Olshen & Stone 1984) for a condition that holds or not: growing. Pruning is in
 * tree_prune.c. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/box.h"
#include "analysis/tree.h"

enum { DEPTH_MAX = 10 };

typedef struct grower {
    const kl_cases *cases;
    kl_tree *tree;
    int capacity;
    int depth;
    int64_t least;
    int *order;   /* [input * n + k] */
    int *node_of; /* [case] */
} grower;

typedef struct split {
    int input; /* -1: none */
    double threshold;
    uint64_t values;
    double purity; /* sum over both sides of (hits^2 + misses^2) / worlds: the greater, the less impure */
} split;

/* ---- the best split of a node ---- */

static double purity_of(kl_tally t)
{
    double hits = (double)t.hits, misses = (double)(t.worlds - t.hits);
    return (hits * hits + misses * misses) / (double)t.worlds;
}

/* Keep the split with `left` on one side if it is better; says whether. */
static int consider(const grower *g, const kl_tree_node *node, kl_tally left, split *best)
{
    kl_tally right = {node->worlds - left.worlds, node->hits - left.hits};
    if (left.worlds < g->least || right.worlds < g->least)
        return 0;
    double purity = purity_of(left) + purity_of(right);
    if (best->input >= 0 && !(purity > best->purity))
        return 0;
    best->purity = purity;
    return 1;
}

static void split_number(const grower *g, int number, int j, split *best)
{
    const kl_cases *cases = g->cases;
    const kl_tree_node *node = &g->tree->node[number];
    kl_tally left = {0, 0};
    double before = NAN;
    for (int k = 0; k < cases->n; k++) {
        int i = g->order[(int64_t)j * cases->n + k];
        if (g->node_of[i] != number)
            continue;
        double x = kl_case_x(cases, j, i);
        if (x > before && consider(g, node, left, best)) {
            best->input = j;
            best->threshold = (before + x) / 2 < x ? (before + x) / 2 : before;
            best->values = 0;
        }
        left.worlds += cases->worlds[i];
        left.hits += cases->hits[i];
        before = x;
    }
}

typedef struct value_tally {
    int value;
    kl_tally t;
} value_tally;

static int by_share(const void *a, const void *b)
{
    const value_tally *p = a, *q = b;
    double x = (double)p->t.hits * (double)q->t.worlds, y = (double)q->t.hits * (double)p->t.worlds;
    if (x != y)
        return x < y ? -1 : 1;
    return p->value - q->value;
}

static void split_category(const grower *g, int number, int j, split *best)
{
    const kl_cases *cases = g->cases;
    value_tally tally[KL_CATEGORIES_MAX] = {{0}};
    int n = 0;
    for (int i = 0; i < cases->n; i++) {
        if (g->node_of[i] != number)
            continue;
        value_tally *t = &tally[(int)kl_case_x(cases, j, i)];
        t->t.worlds += cases->worlds[i];
        t->t.hits += cases->hits[i];
    }
    for (int v = 0; v < KL_CATEGORIES_MAX; v++) {
        tally[v].value = v;
        if (tally[v].t.worlds > 0)
            tally[n++] = tally[v];
    }
    qsort(tally, (size_t)n, sizeof *tally, by_share);
    kl_tally left = {0, 0};
    uint64_t values = 0;
    for (int k = 0; k + 1 < n; k++) {
        left.worlds += tally[k].t.worlds;
        left.hits += tally[k].t.hits;
        values |= UINT64_C(1) << tally[k].value;
        if (consider(g, &g->tree->node[number], left, best)) {
            best->input = j;
            best->threshold = NAN;
            best->values = values;
        }
    }
}

/* ---- growing ---- */

static int goes_left(const kl_tree_node *node, const kl_cases *cases, int i)
{
    double x = kl_case_x(cases, node->input, i);
    return cases->kind[node->input] == KL_CASE_CATEGORY ? (int)(node->values >> (int)x & 1) : x <= node->threshold;
}

static kl_status add_node(grower *g, int parent, int *number)
{
    kl_tree *tree = g->tree;
    if (tree->n_nodes == g->capacity) {
        int capacity = g->capacity ? 2 * g->capacity : 16;
        kl_tree_node *node = realloc(tree->node, (size_t)capacity * sizeof *node);
        if (!node)
            return KL_ERR_MEMORY;
        tree->node = node;
        g->capacity = capacity;
    }
    *number = tree->n_nodes++;
    tree->node[*number] = (kl_tree_node){.parent = parent,
                                         .left = -1,
                                         .right = -1,
                                         .depth = parent < 0 ? 0 : tree->node[parent].depth + 1,
                                         .input = -1,
                                         .threshold = NAN,
                                         .alpha = INFINITY};
    return KL_OK;
}

static kl_status divide(grower *g, int number, const split *best)
{
    int left, right;
    kl_status status = add_node(g, number, &left);
    if (status == KL_OK)
        status = add_node(g, number, &right);
    if (status != KL_OK)
        return status;
    kl_tree_node *node = &g->tree->node[number];
    node->left = left;
    node->right = right;
    node->input = best->input;
    node->threshold = best->threshold;
    node->values = best->values;
    for (int i = 0; i < g->cases->n; i++) {
        if (g->node_of[i] != number)
            continue;
        kl_tree_node *child = &g->tree->node[goes_left(node, g->cases, i) ? left : right];
        g->node_of[i] = (int)(child - g->tree->node);
        child->worlds += g->cases->worlds[i];
        child->hits += g->cases->hits[i];
    }
    return KL_OK;
}

static kl_status grow(grower *g)
{
    kl_status status = KL_OK;
    for (int number = 0; status == KL_OK && number < g->tree->n_nodes; number++) {
        const kl_tree_node *node = &g->tree->node[number];
        split best = {.input = -1};
        if (node->depth >= g->depth || node->hits == 0 || node->hits == node->worlds)
            continue;
        for (int j = 0; j < g->cases->n_inputs; j++) {
            if (g->cases->kind[j] == KL_CASE_CATEGORY)
                split_category(g, number, j, &best);
            else
                split_number(g, number, j, &best);
        }
        if (best.input >= 0)
            status = divide(g, number, &best);
    }
    return status;
}

kl_status kl_tree_grow(kl_tree *tree, const kl_cases *cases, const kl_tree_options *options)
{
    grower g = {.cases = cases, .tree = tree, .depth = options->depth};
    kl_view view = {0}; /* checks the cases */
    int root;
    memset(tree, 0, sizeof *tree);
    if (options->depth < 1 || options->depth > DEPTH_MAX || !(options->least > 0 && options->least <= 0.5))
        return KL_ERR_ARGUMENT;
    kl_status status = kl_view_init(&view, cases, NULL);
    if (status != KL_OK)
        goto out;
    g.least = (int64_t)ceil(options->least * (double)view.all.worlds);
    g.order = kl_cases_order(cases);
    g.node_of = calloc((size_t)cases->n, sizeof *g.node_of);
    status = g.order && g.node_of ? add_node(&g, -1, &root) : KL_ERR_MEMORY;
    if (status != KL_OK)
        goto out;
    tree->node[root].worlds = view.all.worlds;
    tree->node[root].hits = view.all.hits;
    status = grow(&g);
    if (status == KL_OK)
        status = kl_tree_weigh(tree);
out:
    kl_view_free(&view);
    free(g.order);
    free(g.node_of);
    return status;
}

void kl_tree_free(kl_tree *tree)
{
    free(tree->node);
    memset(tree, 0, sizeof *tree);
}

/* ---- using ---- */

int kl_tree_step(const kl_tree *tree, int number, const kl_cases *cases, int i)
{
    const kl_tree_node *node = &tree->node[number];
    return goes_left(node, cases, i) ? node->left : node->right;
}

int kl_tree_leaf_of(const kl_tree *tree, const kl_cases *cases, int i)
{
    int number = 0;
    while (tree->node[number].left >= 0)
        number = kl_tree_step(tree, number, cases, i);
    return number;
}
