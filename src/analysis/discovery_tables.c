/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Findings as tables. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/discovery.h"
#include "analysis/rows.h"

enum { MAIN, BOXES, LIMITS, INPUTS, TRAJECTORY, TREE };

typedef struct writer {
    kl_rows rows[KL_DISCOVERY_TABLES];
    const kl_study *study;
} writer;

/* ---- columns ---- */

static const char sample_method[] =
    "The rows of the design were parted by keyed lot: in two thirds was sought, a third was held out to judge. ";

static void begin(writer *w, kl_table *table, int which, const char *prefix, const char *suffix, const char *title,
                  const char *method)
{
    char name[64], text[1024];
    snprintf(name, sizeof name, "%s%s", prefix, suffix);
    snprintf(text, sizeof text, "%s%s", sample_method, method);
    w->rows[which] = kl_rows_begin(&table[which], name, title, text);
    kl_rows_text(&w->rows[which], "arm", "arm of the study");
    kl_rows_text(&w->rows[which], "condition", "what is asked of a world");
}

static void share_columns(kl_rows *r, const char *name, const char *meaning)
{
    char lo[40], hi[40];
    snprintf(lo, sizeof lo, "%s_lo", name);
    snprintf(hi, sizeof hi, "%s_hi", name);
    kl_rows_share(r, name, meaning);
    kl_rows_share(r, lo, "lower end of its 95 % Monte Carlo interval (Wilson, with the effective number of worlds)");
    kl_rows_share(r, hi, "upper end");
}

static void begin_main(writer *w, kl_table *table, const char *prefix)
{
    begin(w, table, MAIN, prefix, "", "How often each condition holds, and where it breaks first",
          "An input's worst fifth is the fifth of its values (or the value, of few) with the lowest share where it was "
          "sought; the input whose worst fifth is lowest is where the condition breaks first. The tree's error is the "
          "mean squared error of its shares in worlds held out.");
    kl_rows *r = &w->rows[MAIN];
    kl_rows_count(r, "worlds", "worlds that count");
    kl_rows_count(r, "undefined", "worlds left out because the run failed or the metric is undefined there");
    kl_rows_count(r, "missing", "worlds that were not run");
    share_columns(r, "holds", "share of the worlds that count in which the condition holds");
    kl_rows_count(r, "sought", "worlds in which was sought");
    kl_rows_count(r, "judged", "worlds held out to judge");
    kl_rows_text(r, "breaks_first", "input and range in which it holds least often");
    share_columns(r, "breaks_share", "share in which it holds there, among worlds held out");
    kl_rows_amount(r, "tree_error", "1", "mean squared error of the tree in worlds held out");
    kl_rows_amount(r, "base_error", "1", "the same of one share for all worlds");
}

static void begin_boxes(writer *w, kl_table *table, const char *prefix)
{
    begin(w, table, BOXES, prefix, "_boxes", "Where each condition holds, where it fails, what would have to be true",
          "Boxes by PRIM (Friedman & Fisher 1999, doi:10.1023/A:1008894516817; Bryant & Lempert 2010, "
          "doi:10.1016/j.techfore.2009.08.002). 'holds': the knee of the trajectory (greatest share of hits inside "
          "less share "
          "of misses inside); limits with a quasi-p-value above 0.05 over twice the inputs are lifted; further boxes "
          "in what the "
          "earlier left. 'fails': the same for the worlds in which it does not hold. 'required': the first box of the "
          "trajectory that has the density asked for, also after such limits and all others that it can do without are "
          "lifted.");
    kl_rows *r = &w->rows[BOXES];
    kl_rows_count(r, "box", "number within the condition");
    kl_rows_text(r, "role", "holds, fails or required");
    kl_rows_share(r, "required", "density asked for");
    kl_rows_text(r, "limits", "what the box asks of the inputs, rounded; empty: nothing");
    kl_rows_count(r, "restricted", "inputs with a limit; undefined where there is no such box");
    share_columns(r, "density", "share of hits in the box, among worlds held out (hits of 'fails' are failures)");
    kl_rows_share(r, "coverage", "share of all hits that are in the box, among worlds held out");
    kl_rows_share(r, "support", "share of all worlds that are in the box, among worlds held out");
    kl_rows_count(r, "worlds", "worlds held out that are in the box");
    kl_rows_share(r, "found_density", "density where it was sought: too good");
    kl_rows_share(r, "found_coverage", "coverage where it was sought");
    kl_rows_share(r, "found_support", "support where it was sought");
}

static void begin_limits(writer *w, kl_table *table, const char *prefix)
{
    begin(w, table, LIMITS, prefix, "_limits", "The limits of the boxes",
          "A quasi-p-value is the chance of a box as dense if the share were that of the box without the limit, "
          "one-sided "
          "binomial; limits were sought, so that it is too small.");
    kl_rows *r = &w->rows[LIMITS];
    kl_rows_count(r, "box", "number within the condition");
    kl_rows_text(r, "input", "input with a limit");
    kl_rows_text(r, "limit", "in words, rounded");
    kl_rows_amount(r, "lo", "1", "lowest value, in the input's unit; undefined where there is no limit");
    kl_rows_amount(r, "hi", "1", "highest value");
    kl_rows_amount(r, "p_lo", "1", "quasi-p-value of the lowest value, or of a choice's values");
    kl_rows_amount(r, "p_hi", "1", "quasi-p-value of the highest value");
}

static void begin_inputs(writer *w, kl_table *table, const char *prefix)
{
    begin(w, table, INPUTS, prefix, "_inputs", "Where each input hurts most",
          "The fifth of an input's values (or the value, of few) in which the condition holds least often.");
    kl_rows *r = &w->rows[INPUTS];
    kl_rows_text(r, "input", "input");
    kl_rows_text(r, "worst", "where it holds least often, rounded");
    kl_rows_amount(r, "lo", "1", "lowest value of that fifth, in the input's unit");
    kl_rows_amount(r, "hi", "1", "highest value");
    share_columns(r, "share", "share in which it holds there, among worlds held out");
    kl_rows_count(r, "worlds", "worlds held out that are there");
    kl_rows_share(r, "found_share", "the share where it was sought: too low");
}

static void begin_trajectory(writer *w, kl_table *table, const char *prefix)
{
    begin(
        w, table, TRAJECTORY, prefix, "_trajectory", "The peeling and pasting trajectory of the first box",
        "PRIM with the criterion of the EMA Workbench: gain in density a world given up. Worlds in which was sought.");
    kl_rows *r = &w->rows[TRAJECTORY];
    kl_rows_count(r, "step", "from 0, everything");
    kl_rows_text(r, "made_by", "start, peel or paste");
    kl_rows_text(r, "knee", "yes for the step whose box was taken");
    kl_rows_count(r, "worlds", "worlds in the box");
    kl_rows_share(r, "density", "share of hits in the box");
    kl_rows_share(r, "coverage", "share of all hits that are in the box");
    kl_rows_share(r, "support", "share of all worlds that are in the box");
    kl_rows_count(r, "restricted", "inputs with a limit");
    kl_rows_text(r, "limits", "in words, rounded");
}

static void begin_tree(writer *w, kl_table *table, const char *prefix)
{
    begin(
        w, table, TREE, prefix, "_tree", "A small decision tree",
        "CART with Gini's impurity (Breiman et al. 1984), pruned to the smallest tree within one standard error of the "
        "least squared error in 10-fold cross-validation.");
    kl_rows *r = &w->rows[TREE];
    kl_rows_count(r, "node", "number; 0 is the root");
    kl_rows_count(r, "parent", "number of the node above; undefined for the root");
    kl_rows_count(r, "depth", "splits above it");
    kl_rows_text(r, "branch", "what leads here from the node above, rounded");
    kl_rows_text(r, "is_leaf", "yes where nothing splits it");
    kl_rows_share(r, "share", "share of hits, among worlds held out");
    kl_rows_count(r, "worlds", "worlds held out that come here");
    kl_rows_share(r, "found_share", "share of hits where the tree was grown");
    kl_rows_count(r, "found_worlds", "worlds where the tree was grown");
    kl_rows_text(r, "split_input", "input that splits the node");
    kl_rows_amount(r, "split_at", "1", "values up to this go to the first child; undefined for a choice");
}

/* ---- rows ---- */

static kl_rows *next(writer *w, int which, const kl_finding *f)
{
    kl_rows *r = &w->rows[which];
    kl_rows_next(r);
    kl_rows_put_text(r, w->study->arm[f->arm].name);
    kl_rows_put_text(r, f->name);
    return r;
}

static void put_share(kl_rows *r, const kl_share *share)
{
    kl_rows_put(r, share->share);
    kl_rows_put(r, share->lo);
    kl_rows_put(r, share->hi);
}

/* Put a text that was made for us, and free it. */
static void put_made(kl_rows *r, char *text)
{
    if (!text && r->status == KL_OK)
        r->status = KL_ERR_MEMORY;
    kl_rows_put_text(r, text ? text : "");
    free(text);
}

static void put_main(writer *w, const kl_finding *f)
{
    static const kl_share none = {0, 0, NAN, NAN, NAN};
    kl_rows *r = next(w, MAIN, f);
    int j = f->first_to_break;
    kl_rows_put_count(r, f->holds.n);
    kl_rows_put_count(r, f->n_undefined);
    kl_rows_put_count(r, f->n_missing);
    put_share(r, &f->holds);
    kl_rows_put_count(r, f->n_found);
    kl_rows_put_count(r, f->n_test);
    if (j < 0)
        kl_rows_put_text(r, "");
    else
        put_made(r, kl_worst_words(&f->input[j], &f->worst[j]));
    put_share(r, j < 0 ? &none : &f->worst[j].share);
    kl_rows_put(r, f->tree_error);
    kl_rows_put(r, f->base_error);
}

static void put_limits(writer *w, const kl_finding *f, int number)
{
    for (int j = 0; j < f->n_inputs; j++) {
        const kl_limit *limit = &f->box[number].box.limit[j];
        int is_category = f->input[j].kind == KL_CASE_CATEGORY;
        if (isnan(limit->p_lo) && isnan(limit->p_hi))
            continue;
        kl_rows *r = next(w, LIMITS, f);
        kl_rows_put_count(r, number + 1);
        kl_rows_put_text(r, f->input[j].input.name);
        put_made(r, kl_limit_words(&f->input[j], limit));
        kl_rows_put(r, is_category || isnan(limit->p_lo) ? (double)NAN : limit->lo);
        kl_rows_put(r, is_category || isnan(limit->p_hi) ? (double)NAN : limit->hi);
        kl_rows_put(r, limit->p_lo);
        kl_rows_put(r, limit->p_hi);
    }
}

static void put_box(writer *w, const kl_finding *f, int number)
{
    static const char *const role[] = {"holds", "fails", "required"};
    const kl_found_box *b = &f->box[number];
    kl_rows *r = next(w, BOXES, f);
    kl_rows_put_count(r, number + 1);
    kl_rows_put_text(r, role[b->role]);
    kl_rows_put(r, b->required);
    if (!b->exists)
        return;
    put_made(r, kl_box_words(f->input, f->n_inputs, &b->box));
    kl_rows_put_count(r, b->box.n_restricted);
    put_share(r, &b->test);
    kl_rows_put(r, b->test_coverage);
    kl_rows_put(r, b->test_support);
    kl_rows_put_count(r, b->test.n);
    kl_rows_put(r, b->box.density);
    kl_rows_put(r, b->box.coverage);
    kl_rows_put(r, b->box.support);
    put_limits(w, f, number);
}

static void put_input(writer *w, const kl_finding *f, int j)
{
    const kl_worst *worst = &f->worst[j];
    kl_rows *r = next(w, INPUTS, f);
    kl_rows_put_text(r, f->input[j].input.name);
    put_made(r, kl_worst_words(&f->input[j], worst));
    kl_rows_put(r, worst->lo);
    kl_rows_put(r, worst->hi);
    put_share(r, &worst->share);
    kl_rows_put_count(r, worst->share.n);
    kl_rows_put(r, worst->found);
}

static void put_step(writer *w, const kl_finding *f, int step)
{
    const kl_box *box = &f->trajectory.box[step];
    kl_rows *r = next(w, TRAJECTORY, f);
    kl_rows_put_count(r, step);
    kl_rows_put_text(r, step == 0 ? "start" : step <= f->trajectory.n_peels ? "peel" : "paste");
    kl_rows_put_text(r, step == f->knee ? "yes" : "");
    kl_rows_put_count(r, box->worlds);
    kl_rows_put(r, box->density);
    kl_rows_put(r, box->coverage);
    kl_rows_put(r, box->support);
    kl_rows_put_count(r, box->n_restricted);
    put_made(r, kl_box_words(f->input, f->n_inputs, box));
}

static void put_node(writer *w, const kl_finding *f, int number)
{
    const kl_tree_node *node = &f->tree.node[number];
    int is_leaf = node->left < 0;
    int64_t n = f->test_worlds[number];
    kl_rows *r = next(w, TREE, f);
    kl_rows_put_count(r, number);
    kl_rows_put_count(r, number == 0 ? KL_COUNT_NONE : node->parent);
    kl_rows_put_count(r, node->depth);
    put_made(r, kl_branch_words(f->input, &f->tree, number));
    kl_rows_put_text(r, is_leaf ? "yes" : "");
    kl_rows_put(r, n > 0 ? (double)f->test_hits[number] / (double)n : (double)NAN);
    kl_rows_put_count(r, n);
    kl_rows_put(r, (double)node->hits / (double)node->worlds);
    kl_rows_put_count(r, node->worlds);
    kl_rows_put_text(r, is_leaf ? "" : f->input[node->input].input.name);
    kl_rows_put(r, node->threshold);
}

kl_status kl_discovery_tables(kl_table table[KL_DISCOVERY_TABLES], const char *prefix, const kl_study *study, int n,
                              const kl_finding *finding)
{
    writer w = {.study = study};
    memset(table, 0, KL_DISCOVERY_TABLES * sizeof *table);
    begin_main(&w, table, prefix);
    begin_boxes(&w, table, prefix);
    begin_limits(&w, table, prefix);
    begin_inputs(&w, table, prefix);
    begin_trajectory(&w, table, prefix);
    begin_tree(&w, table, prefix);
    for (int k = 0; k < n; k++) {
        const kl_finding *f = &finding[k];
        put_main(&w, f);
        for (int b = 0; b < f->n_boxes; b++)
            put_box(&w, f, b);
        for (int j = 0; j < f->n_inputs; j++)
            put_input(&w, f, j);
        for (int s = 0; s < f->trajectory.n_boxes; s++)
            put_step(&w, f, s);
        for (int t = 0; t < f->tree.n_nodes; t++)
            put_node(&w, f, t);
    }
    for (int t = 0; t < KL_DISCOVERY_TABLES; t++)
        if (w.rows[t].status != KL_OK)
            return w.rows[t].status;
    return KL_OK;
}
