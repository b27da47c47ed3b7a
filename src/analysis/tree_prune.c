/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Pruning of decision trees: minimal cost-complexity pruning, and how far to go by cross-validation (Breiman et al. 1984,
 * ch. 3). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/box.h"
#include "analysis/tree.h"
#include "rng/rng.h"

enum { FOLDS_MAX = 100 };

/* ---- cost and complexity ---- */

/* A node's Gini impurity times its share of the worlds. */
static double cost_of(const kl_tree *tree, int number)
{
    const kl_tree_node *node = &tree->node[number];
    double p = (double)node->hits / (double)node->worlds;
    return (double)node->worlds / (double)tree->node[0].worlds * 2 * p * (1 - p);
}

/* cost[node], leaves[node] of the branch below each node, where the nodes with cut[node] are leaves. */
static void weigh_branches(const kl_tree *tree, const uint8_t *cut, double *cost, int *leaves)
{
    for (int t = tree->n_nodes - 1; t >= 0; t--) { /* children stand behind their parent */
        const kl_tree_node *node = &tree->node[t];
        int is_leaf = node->left < 0 || cut[t];
        cost[t] = is_leaf ? cost_of(tree, t) : cost[node->left] + cost[node->right];
        leaves[t] = is_leaf ? 1 : leaves[node->left] + leaves[node->right];
    }
}

/* Cut a branch: its nodes become leaves at alpha, unless they had before. */
static void cut_branch(kl_tree *tree, uint8_t *cut, int number, double alpha)
{
    kl_tree_node *node = &tree->node[number];
    if (node->left < 0 || cut[number])
        return;
    cut[number] = 1;
    node->alpha = alpha;
    cut_branch(tree, cut, node->left, alpha);
    cut_branch(tree, cut, node->right, alpha);
}

/* The branch that costs least a leaf to lose; -1 where only the root is left. */
static int weakest_link(const kl_tree *tree, const uint8_t *cut, const double *cost, const int *leaves, double *least)
{
    int weakest = -1;
    for (int t = 0; t < tree->n_nodes; t++) {
        if (tree->node[t].left < 0 || cut[t])
            continue;
        double price = (cost_of(tree, t) - cost[t]) / (leaves[t] - 1);
        if (weakest < 0 || price < *least) {
            weakest = t;
            *least = price;
        }
    }
    return weakest;
}

kl_status kl_tree_weigh(kl_tree *tree)
{
    size_t n = (size_t)tree->n_nodes;
    double *cost = malloc(n * sizeof *cost);
    int *leaves = malloc(n * sizeof *leaves);
    uint8_t *cut = calloc(n, 1);
    kl_status status = cost && leaves && cut ? KL_OK : KL_ERR_MEMORY;
    double alpha = 0, price = 0;
    for (int t = 0; status == KL_OK && t >= 0;) {
        weigh_branches(tree, cut, cost, leaves);
        t = weakest_link(tree, cut, cost, leaves, &price);
        alpha = fmax(alpha, price);
        if (t >= 0)
            cut_branch(tree, cut, t, alpha);
    }
    free(cost);
    free(leaves);
    free(cut);
    return status;
}

kl_status kl_tree_prune(kl_tree *tree, double alpha)
{
    int *number = malloc((size_t)tree->n_nodes * sizeof *number); /* new numbers; -1: gone */
    int n = 0;
    if (!number)
        return KL_ERR_MEMORY;
    for (int t = 0; t < tree->n_nodes; t++) {
        const kl_tree_node *parent = t > 0 ? &tree->node[tree->node[t].parent] : NULL;
        int gone = parent && (number[tree->node[t].parent] < 0 || parent->alpha <= alpha);
        number[t] = gone ? -1 : n++;
    }
    for (int t = 0; t < tree->n_nodes; t++) {
        kl_tree_node node = tree->node[t];
        if (number[t] < 0)
            continue;
        node.parent = t > 0 ? number[node.parent] : -1;
        if (node.left >= 0 && node.alpha <= alpha) {
            node.left = node.right = node.input = -1;
            node.threshold = NAN;
            node.values = 0;
            node.alpha = INFINITY;
        } else if (node.left >= 0) {
            node.left = number[node.left];
            node.right = number[node.right];
        }
        tree->node[number[t]] = node; /* number[t] <= t, and later nodes look up `number`, not parents' fields */
    }
    tree->n_nodes = n;
    tree->alpha = alpha;
    free(number);
    return KL_OK;
}

/* ---- cross-validation ---- */

typedef struct validation {
    const kl_cases *cases;
    int n_alphas;
    double *alpha; /* candidates, rising */
    double *loss;  /* [candidate * n + case] squared error of the worlds of a case */
    uint8_t *fold; /* [case] */
    double *x;     /* the cases of a training set */
    int32_t *worlds, *hits, *group;
} validation;

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Candidates: the geometric means of the alphas at which the tree loses branches, and infinity. */
static void choose_alphas(validation *v, const kl_tree *tree)
{
    int n = 0;
    v->alpha[n++] = 0;
    for (int t = 0; t < tree->n_nodes; t++)
        if (tree->node[t].left >= 0 && tree->node[t].alpha > 0)
            v->alpha[n++] = tree->node[t].alpha;
    qsort(v->alpha, (size_t)n, sizeof *v->alpha, by_size);
    int m = 0;
    for (int k = 0; k < n; k++)
        if (m == 0 || v->alpha[k] > v->alpha[m - 1])
            v->alpha[m++] = v->alpha[k];
    for (int k = 0; k + 1 < m; k++)
        v->alpha[k] = sqrt(v->alpha[k] * v->alpha[k + 1]);
    v->alpha[m - 1] = INFINITY;
    v->n_alphas = m;
}

/* The cases of all folds but one; returns their number. */
static int training_set(validation *v, int fold)
{
    const kl_cases *cases = v->cases;
    int n = 0;
    for (int i = 0; i < cases->n; i++)
        n += v->fold[i] != fold;
    for (int i = 0, k = 0; i < cases->n; i++) {
        if (v->fold[i] == fold)
            continue;
        for (int j = 0; j < cases->n_inputs; j++)
            v->x[(int64_t)j * n + k] = kl_case_x(cases, j, i);
        v->worlds[k] = cases->worlds[i];
        v->hits[k] = cases->hits[i];
        v->group[k++] = kl_case_group(cases, i);
    }
    return n;
}

/* Losses of one fold by every candidate. A node is a leaf where its alpha is at most the candidate's. */
static void judge(validation *v, const kl_tree *tree, int fold)
{
    const kl_cases *cases = v->cases;
    for (int i = 0; i < cases->n; i++) {
        if (v->fold[i] != fold)
            continue;
        for (int a = 0; a < v->n_alphas; a++) {
            int t = 0;
            while (tree->node[t].left >= 0 && tree->node[t].alpha > v->alpha[a])
                t = kl_tree_step(tree, t, cases, i);
            double p = (double)tree->node[t].hits / (double)tree->node[t].worlds;
            double hits = cases->hits[i], misses = cases->worlds[i] - hits;
            v->loss[(int64_t)a * cases->n + i] = hits * (1 - p) * (1 - p) + misses * p * p;
        }
    }
}

/* Mean loss of a world, and its standard error from the spread between groups. */
static double mean_loss(const validation *v, int a, double *se)
{
    const kl_cases *cases = v->cases;
    const double *loss = v->loss + (int64_t)a * cases->n;
    double worlds = 0, sum = 0, spread = 0, groups = 0;
    for (int i = 0; i < cases->n; i++) {
        worlds += cases->worlds[i];
        sum += loss[i];
    }
    double mean = sum / worlds, here = 0;
    for (int i = 0; i < cases->n; i++) {
        here += loss[i] - mean * cases->worlds[i];
        if (i + 1 < cases->n && kl_case_group(cases, i + 1) == kl_case_group(cases, i))
            continue;
        spread += here * here;
        groups++;
        here = 0;
    }
    *se = groups > 1 ? sqrt(spread * groups / (groups - 1)) / worlds : 0;
    return mean;
}

/* The greatest candidate whose error is within one standard error of the least. */
static double choose(const validation *v)
{
    double least = INFINITY, bound = INFINITY, alpha = 0, se;
    for (int a = 0; a < v->n_alphas; a++) {
        double mean = mean_loss(v, a, &se);
        if (mean < least) {
            least = mean;
            bound = mean + se;
        }
    }
    for (int a = 0; a < v->n_alphas; a++)
        if (mean_loss(v, a, &se) <= bound)
            alpha = v->alpha[a];
    return alpha;
}

static kl_status validate(validation *v, const kl_tree_options *options, uint64_t seed, int folds)
{
    const kl_cases *cases = v->cases;
    for (int i = 0; i < cases->n; i++) {
        kl_key key = kl_key_of(seed, (uint32_t)kl_case_group(cases, i), KL_NO_REPLICATE);
        v->fold[i] = (uint8_t)kl_below(kl_draw(key, 0, KL_DRAW_SPLIT, 1).w[0], (uint32_t)folds);
    }
    for (int f = 0; f < folds; f++) {
        kl_cases training = *cases;
        kl_tree tree;
        training.n = training_set(v, f);
        if (training.n == 0 || training.n == cases->n) /* few cases: nothing to learn from, or to judge */
            continue;
        training.x = v->x;
        training.worlds = v->worlds;
        training.hits = v->hits;
        training.group = v->group;
        kl_status status = kl_tree_grow(&tree, &training, options);
        if (status == KL_OK)
            judge(v, &tree, f);
        kl_tree_free(&tree);
        if (status != KL_OK)
            return status;
    }
    return KL_OK;
}

kl_status kl_tree_cross_validate(kl_tree *tree, const kl_cases *cases, const kl_tree_options *options, uint64_t seed,
                                 int folds)
{
    validation v = {.cases = cases};
    if (folds < 2 || folds > FOLDS_MAX || cases->n < 2)
        return KL_ERR_ARGUMENT;
    size_t n = (size_t)cases->n, candidates = (size_t)tree->n_nodes + 1;
    v.alpha = malloc(candidates * sizeof *v.alpha);
    v.loss = calloc(candidates * n, sizeof *v.loss);
    v.fold = malloc(n);
    v.x = malloc((n * (size_t)cases->n_inputs + 1) * sizeof *v.x);
    v.worlds = malloc(n * sizeof *v.worlds);
    v.hits = malloc(n * sizeof *v.hits);
    v.group = malloc(n * sizeof *v.group);
    kl_status status = v.alpha && v.loss && v.fold && v.x && v.worlds && v.hits && v.group ? KL_OK : KL_ERR_MEMORY;
    if (status == KL_OK) {
        choose_alphas(&v, tree);
        status = validate(&v, options, seed, folds);
    }
    if (status == KL_OK)
        status = kl_tree_prune(tree, choose(&v));
    free(v.alpha);
    free(v.loss);
    free(v.fold);
    free(v.x);
    free(v.worlds);
    free(v.hits);
    free(v.group);
    return status;
}
