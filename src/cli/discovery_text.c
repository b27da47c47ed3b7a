/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Findings in words that need no statistics. Every share is of worlds held out from the search. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/discovery.h"

enum { INDENT = 2, LINE = 1024 };

/* "71 % [66-75]" */
static char *share_text(char *buffer, size_t size, const kl_term *term, const kl_share *share)
{
    if (isnan(share->share))
        snprintf(buffer, size, "none");
    else
        snprintf(buffer, size, "%.0f %% [%.0f%s%.0f]", 100 * share->share, 100 * share->lo, term->utf8 ? "–" : "-",
                 100 * share->hi);
    return buffer;
}

/* A paragraph: what it is about in bold, then the sentences. */
static void paragraph(const kl_term *term, const char *head, const char *text)
{
    fprintf(term->file, "%*s", INDENT, "");
    kl_term_print(term, KL_BOLD, head);
    putc(' ', term->file);
    kl_term_wrap(term, text, INDENT + 2, INDENT + kl_text_width(head) + 1);
    putc('\n', term->file);
}

static void print_share(const kl_term *term, const kl_finding *f)
{
    char text[LINE], share[64], n[KL_NUMBER_SIZE], left[KL_NUMBER_SIZE];
    kl_text_count(n, sizeof n, (double)f->holds.n);
    share_text(share, sizeof share, term, &f->holds);
    if (f->n_undefined > 0)
        snprintf(text, sizeof text,
                 "in %s of %s worlds; %s worlds are left out, because the run failed or the metric is undefined there "
                 "(over all "
                 "worlds it is %.1f %%).",
                 share, n, kl_text_count(left, sizeof left, (double)f->n_undefined),
                 100 * (double)f->holds.hits / (double)(f->holds.n + f->n_undefined));
    else
        snprintf(text, sizeof text, "in %s of %s worlds.", share, n);
    paragraph(term, "Holds", text);
}

/* Where it holds or fails. */
static void print_region(const kl_term *term, const kl_found_box *b, const char *words, int is_first)
{
    char text[LINE], density[64];
    int fails = b->role == KL_BOX_BREAKS;
    const char *head = fails ? "Fails most" : is_first ? "Holds most" : "Holds also";
    if (!b->exists) {
        paragraph(term, head, "nowhere in particular: no range of the inputs tells these worlds from the others.");
        return;
    }
    snprintf(text, sizeof text,
             "where %s: there it %s in %s of the worlds. They are %.0f %% of the worlds, with %.0f %% of those in "
             "which it %s.%s",
             words, fails ? "fails" : "holds", share_text(density, sizeof density, term, &b->test),
             100 * b->test_support, 100 * b->test_coverage, fails ? "fails" : "holds",
             is_first || fails ? "" : " Worlds of the boxes above do not count here.");
    paragraph(term, head, text);
}

static void print_first_to_break(const kl_term *term, const kl_finding *f)
{
    char text[LINE], share[64];
    if (f->first_to_break < 0)
        return;
    const kl_worst *worst = &f->worst[f->first_to_break];
    char *words = kl_worst_words(&f->input[f->first_to_break], worst);
    share_text(share, sizeof share, term, &worst->share);
    if (worst->share.hi < f->holds.share)
        snprintf(text, sizeof text, "with %s: there it holds in %s of the worlds; no single input does more harm.",
                 words ? words : "?", share);
    else
        snprintf(text, sizeof text, "with no single input: the worst was %s, and there it holds in %s of the worlds.",
                 words ? words : "?", share);
    paragraph(term, "Breaks first", text);
    free(words);
}

static void print_required(const kl_term *term, const kl_finding *f, const kl_found_box *b, const char *words)
{
    char head[64], text[LINE], density[64];
    double densest = 0;
    snprintf(head, sizeof head, "To hold in %.0f %%", 100 * b->required);
    for (int k = 0; k < f->trajectory.n_boxes; k++)
        densest = fmax(densest, f->trajectory.box[k].density);
    share_text(density, sizeof density, term, &b->test);
    if (!b->exists)
        snprintf(text, sizeof text,
                 densest >= b->required
                     ? "nothing suffices that was found and is surely more than luck of the search."
                     : "nothing that was found suffices: no part with at least 5 %% of the worlds had "
                       "more than %.0f %%.",
                 100 * densest);
    else if (b->box.n_restricted == 0)
        snprintf(text, sizeof text, "nothing has to be true: it does.");
    else
        snprintf(text, sizeof text, "it would take %s: then it holds in %s of the worlds (%.0f %% of all are such)%s",
                 words, density, 100 * b->test_support,
                 b->test.hi < b->required    ? ". That is less than asked for: the rest was luck of the search."
                 : b->test.lo >= b->required ? ", surely enough."
                                             : ".");
    paragraph(term, head, text);
}

static kl_status print_boxes(const kl_term *term, const kl_finding *f)
{
    int is_first = 1, broke = 0;
    for (int k = 0; k < f->n_boxes; k++) {
        const kl_found_box *b = &f->box[k];
        char *words = b->exists ? kl_box_words(f->input, f->n_inputs, &b->box) : calloc(1, 1);
        if (!words)
            return KL_ERR_MEMORY;
        if (b->role == KL_BOX_REQUIRED) {
            print_required(term, f, b, words);
        } else {
            if (b->role == KL_BOX_BREAKS && !broke++)
                print_first_to_break(term, f);
            print_region(term, b, words, is_first);
            is_first = 0;
        }
        free(words);
    }
    return KL_OK;
}

/* ---- the tree ---- */

static kl_status print_node(const kl_term *term, const kl_finding *f, int number)
{
    const kl_tree_node *node = &f->tree.node[number];
    int64_t n = f->test_worlds[number];
    char text[LINE], worlds[KL_NUMBER_SIZE];
    char *words = kl_branch_words(f->input, &f->tree, number);
    if (!words)
        return KL_ERR_MEMORY;
    kl_text_count(worlds, sizeof worlds, (double)n);
    if (n > 0)
        snprintf(text, sizeof text, "%s: %.0f %% of %s", number == 0 ? "all worlds" : words,
                 100 * (double)f->test_hits[number] / (double)n, worlds);
    else
        snprintf(text, sizeof text, "%s: no world held out", words);
    free(words);
    fprintf(term->file, "%*s", INDENT + 2 * node->depth, "");
    kl_term_print(term, node->left < 0 ? KL_BOLD : KL_PLAIN, text);
    putc('\n', term->file);
    if (node->left < 0)
        return KL_OK;
    kl_status status = print_node(term, f, node->left);
    return status == KL_OK ? print_node(term, f, node->right) : status;
}

static kl_status print_tree(const kl_term *term, const kl_finding *f)
{
    char text[LINE];
    if (f->tree.n_nodes == 1)
        snprintf(text, sizeof text, "no split of the inputs says more than chance.");
    else
        snprintf(text, sizeof text, "explains %.0f %% of the squared error in worlds held out.",
                 100 * (1 - f->tree_error / f->base_error));
    paragraph(term, "Tree", text);
    return print_node(term, f, 0);
}

/* ---- all of it ---- */

kl_status kl_discovery_print(const kl_term *term, const kl_study *study, const kl_finding *f, kl_discovery_show show)
{
    char about[256];
    snprintf(about, sizeof about, "arm %s", study->arm[f->arm].name);
    kl_term_heading(term, f->name, study->n_arms > 1 ? about : NULL);
    print_share(term, f);
    if (f->tree.n_nodes == 0)
        return KL_OK; /* too few points */
    if (f->n_inputs == 0) {
        paragraph(term, "Where:", "no input varies over the points of this arm, so nothing can be said.");
        return KL_OK;
    }
    kl_status status = show == KL_SHOW_TREE ? KL_OK : print_boxes(term, f);
    if (status == KL_OK && show != KL_SHOW_PRIM)
        status = print_tree(term, f);
    return status;
}
