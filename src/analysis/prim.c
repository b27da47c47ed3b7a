/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * PRIM, the patient rule induction method (Friedman & Fisher 1999), for a condition that holds or not: peel a box, a little at
 * a time, to where hits are dense, then paste back what was peeled too much. Steps, quantiles and criterion are those of
 * the EMA Workbench (Kwakkel 2017), so that boxes can be compared, with one difference: there nothing is pasted where no
 * real input is restricted; here whole numbers and categories are then pasted, too. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/box.h"

typedef struct search {
    const kl_prim_options *options;
    kl_prim *prim;
    kl_view view;
    int *order;     /* [input * n + k] */
    double *sorted; /* values of the cases gathered, rising */
    int *who;       /* their numbers */
    int m;          /* how many */
} search;

/* A step that could be made. */
typedef struct step {
    int input; /* -1: none */
    kl_limit limit;
    double gain; /* in density, a world given up or taken in */
    int n_restricted;
} step;

/* ---- pieces ---- */

/* The quantile from which a part of at most q (or 1 - q) is cut off without cutting through equal values: halfway between it
 * and its neighbour. */
static double cut_at(const double *x, int m, double q)
{
    double place = (m - 1) * q;
    int below = (int)floor(place), above = (int)ceil(place);
    if (q > 0.5)
        while (below > 0 && x[below] == x[above])
            below--;
    else
        while (above < m - 1 && x[below] == x[above])
            above++;
    return (x[below] + x[above]) / 2;
}

/* Gather the cases inside the box, and where `side` is 0 or 1 instead those that only input j keeps out on that side or that lie on
 * its limit, in the order of j. */
static void gather(search *s, int j, const kl_limit *limit, int side)
{
    const kl_view *v = &s->view;
    const int *order = s->order + (int64_t)j * v->cases->n;
    s->m = 0;
    for (int k = 0; k < v->cases->n; k++) {
        int i = order[k];
        double x = kl_case_x(v->cases, j, i);
        if (v->broken[i] > (side >= 0) || (v->broken[i] == 1 && v->breaker[i] != j))
            continue;
        if ((side == 0 && x > limit->lo) || (side == 1 && x < limit->hi))
            continue;
        s->sorted[s->m] = x;
        s->who[s->m++] = i;
    }
}

/* Among those gathered, the worlds and hits with lo <= x <= hi. */
static kl_tally count_between(const search *s, double lo, double hi)
{
    kl_tally t = {0, 0};
    for (int k = 0; k < s->m; k++) {
        if (s->sorted[k] < lo || s->sorted[k] > hi)
            continue;
        t.worlds += s->view.cases->worlds[s->who[k]];
        t.hits += s->view.cases->hits[s->who[k]];
    }
    return t;
}

/* Keep a step if it is better than the best so far. `to` is what the box would hold. */
static void consider(const search *s, step *best, const kl_box *box, int input, const kl_limit *limit, kl_tally to)
{
    int64_t change = to.worlds > box->worlds ? to.worlds - box->worlds : box->worlds - to.worlds;
    double mean = to.worlds > 0 ? (double)to.hits / (double)to.worlds : 0;
    if (change == 0 || !(mean > box->density))
        return;
    double gain = (mean - box->density) / (double)change;
    int n_restricted = box->n_restricted - kl_view_restricts(&s->view, &box->limit[input], input) +
                       kl_view_restricts(&s->view, limit, input);
    if (best->input < 0 || gain > best->gain || (gain == best->gain && n_restricted < best->n_restricted))
        *best = (step){input, *limit, gain, n_restricted};
}

/* Append the last box with one limit changed (input < 0: as it starts). */
static kl_status append(search *s, int input, const kl_limit *limit)
{
    kl_prim *prim = s->prim;
    if (prim->n_boxes == prim->capacity) {
        int capacity = prim->capacity ? 2 * prim->capacity : 64;
        kl_box *box = realloc(prim->box, (size_t)capacity * sizeof *box);
        if (!box)
            return KL_ERR_MEMORY;
        prim->box = box;
        prim->capacity = capacity;
    }
    kl_box start = {.limit = s->view.start};
    kl_box *box = &prim->box[prim->n_boxes];
    kl_status status = kl_box_copy(box, prim->n_boxes ? box - 1 : &start, prim->n_inputs);
    if (status != KL_OK)
        return status;
    prim->n_boxes++;
    if (input >= 0)
        box->limit[input] = *limit;
    kl_view_look(&s->view, box);
    return KL_OK;
}

/* ---- peeling ---- */

static void peel_real(search *s, const kl_box *box, int j, step *best)
{
    kl_limit limit = box->limit[j];
    gather(s, j, &limit, -1);
    limit.hi = cut_at(s->sorted, s->m, 1 - s->options->peel);
    consider(s, best, box, j, &limit, count_between(s, -INFINITY, limit.hi));
    limit = box->limit[j];
    limit.lo = cut_at(s->sorted, s->m, s->options->peel);
    consider(s, best, box, j, &limit, count_between(s, limit.lo, INFINITY));
}

/* The same on whole numbers: where the quantile is the limit itself, its value goes; the new limit is a value that is there. */
static void peel_integer(search *s, const kl_box *box, int j, step *best)
{
    kl_limit limit = box->limit[j];
    gather(s, j, &limit, -1);
    double cut = trunc(cut_at(s->sorted, s->m, 1 - s->options->peel));
    int strict = cut == limit.hi, k = s->m - 1;
    while (k >= 0 && (strict ? s->sorted[k] >= cut : s->sorted[k] > cut))
        k--;
    if (k >= 0) {
        limit.hi = s->sorted[k];
        consider(s, best, box, j, &limit, count_between(s, -INFINITY, limit.hi));
    }
    limit = box->limit[j];
    cut = trunc(cut_at(s->sorted, s->m, s->options->peel));
    strict = cut == limit.lo;
    for (k = 0; k < s->m && (strict ? s->sorted[k] <= cut : s->sorted[k] < cut); k++)
        ;
    if (k < s->m) {
        limit.lo = s->sorted[k];
        consider(s, best, box, j, &limit, count_between(s, limit.lo, INFINITY));
    }
}

static void peel_category(search *s, const kl_box *box, int j, step *best)
{
    uint64_t values = box->limit[j].values;
    gather(s, j, &box->limit[j], -1);
    if ((values & (values - 1)) == 0)
        return; /* the last value stays */
    for (int v = 0; v < KL_CATEGORIES_MAX; v++) {
        if (!(values >> v & 1))
            continue;
        kl_limit limit = box->limit[j];
        kl_tally there = count_between(s, v, v);
        limit.values &= ~(UINT64_C(1) << v);
        consider(s, best, box, j, &limit, (kl_tally){box->worlds - there.worlds, box->hits - there.hits});
    }
}

/* ---- pasting ---- */

static void paste_side(search *s, const kl_box *box, int j, int side, step *best)
{
    kl_limit limit = box->limit[j];
    double part = s->options->paste;
    int is_integer = s->view.cases->kind[j] == KL_CASE_INTEGER;
    gather(s, j, &limit, side);
    double to = side == 0 ? s->view.start[j].lo : s->view.start[j].hi;
    if (s->m > 0)
        to = cut_at(s->sorted, s->m, side == 0 ? 1 - part : part);
    if (is_integer)
        to = trunc(to);
    /* Those gathered beyond the limit come in; those on it are in. */
    kl_tally in = side == 0 ? count_between(s, to, nextafter(limit.lo, -INFINITY))
                            : count_between(s, nextafter(limit.hi, INFINITY), to);
    *(side == 0 ? &limit.lo : &limit.hi) = to;
    consider(s, best, box, j, &limit, (kl_tally){box->worlds + in.worlds, box->hits + in.hits});
}

static void paste_category(search *s, const kl_box *box, int j, step *best)
{
    const kl_view *view = &s->view;
    for (int v = 0; v < KL_CATEGORIES_MAX; v++) {
        kl_limit limit = box->limit[j];
        kl_tally to = {box->worlds, box->hits};
        if (!((view->start[j].values & ~limit.values) >> v & 1))
            continue;
        for (int i = 0; i < view->cases->n; i++) {
            if (view->broken[i] != 1 || view->breaker[i] != j || kl_case_x(view->cases, j, i) != v)
                continue;
            to.worlds += view->cases->worlds[i];
            to.hits += view->cases->hits[i];
        }
        limit.values |= UINT64_C(1) << v;
        consider(s, best, box, j, &limit, to);
    }
}

/* ---- the search ---- */

/* The best step of all inputs, reals before whole numbers before categories; input -1 where none gains. */
static step best_step(search *s, const kl_box *box, int pasting)
{
    step best = {.input = -1};
    const kl_cases *cases = s->view.cases;
    for (int kind = KL_CASE_REAL; kind <= KL_CASE_CATEGORY; kind++) {
        for (int j = 0; j < cases->n_inputs; j++) {
            if ((int)cases->kind[j] != kind)
                continue;
            if (pasting && kind == KL_CASE_CATEGORY)
                paste_category(s, box, j, &best);
            else if (pasting)
                for (int side = 0; side < 2; side++) {
                    if (kl_view_limits(&s->view, &box->limit[j], j, side))
                        paste_side(s, box, j, side, &best);
                }
            else if (kind == KL_CASE_CATEGORY)
                peel_category(s, box, j, &best);
            else if (kind == KL_CASE_INTEGER)
                peel_integer(s, box, j, &best);
            else
                peel_real(s, box, j, &best);
        }
    }
    return best;
}

static kl_status walk(search *s, int pasting)
{
    for (;;) {
        step best = best_step(s, &s->prim->box[s->prim->n_boxes - 1], pasting);
        if (best.input < 0)
            return KL_OK;
        kl_status status = append(s, best.input, &best.limit);
        if (status != KL_OK)
            return status;
        kl_box *box = &s->prim->box[s->prim->n_boxes - 1];
        if (!pasting && box->support < s->options->least) { /* one too far */
            kl_box_free(box);
            s->prim->n_boxes--;
            kl_view_look(&s->view, box - 1);
            return KL_OK;
        }
    }
}

kl_status kl_prim_make(kl_prim *prim, const kl_cases *cases, const uint8_t *out, const kl_prim_options *options)
{
    search s = {.options = options, .prim = prim};
    size_t n = cases->n > 0 ? (size_t)cases->n : 0;
    memset(prim, 0, sizeof *prim);
    if (!(options->peel > 0 && options->peel < 0.5) || !(options->paste > 0 && options->paste < 0.5) ||
        !(options->least > 0 && options->least <= 1))
        return KL_ERR_ARGUMENT;
    prim->n_inputs = cases->n_inputs;
    kl_status status = kl_view_init(&s.view, cases, out);
    if (status != KL_OK)
        goto out;
    status = KL_ERR_MEMORY;
    s.order = kl_cases_order(cases);
    s.sorted = malloc((n + 1) * sizeof *s.sorted);
    s.who = malloc((n + 1) * sizeof *s.who);
    if (!s.order || !s.sorted || !s.who)
        goto out;
    status = append(&s, -1, NULL);
    if (status == KL_OK && prim->box[0].worlds == 0)
        status = KL_ERR_ARGUMENT;
    if (status == KL_OK)
        status = walk(&s, 0);
    prim->n_peels = prim->n_boxes - 1;
    if (status == KL_OK)
        status = walk(&s, 1);
out:
    kl_view_free(&s.view);
    free(s.order);
    free(s.sorted);
    free(s.who);
    return status;
}

void kl_prim_free(kl_prim *prim)
{
    for (int b = 0; b < prim->n_boxes; b++)
        kl_box_free(&prim->box[b]);
    free(prim->box);
    memset(prim, 0, sizeof *prim);
}

/* ---- choosing a box ---- */

int kl_prim_knee(const kl_prim *prim)
{
    int knee = 0;
    double best = 0;
    for (int b = 1; b < prim->n_boxes; b++) {
        const kl_box *all = &prim->box[0], *box = &prim->box[b];
        double hits = (double)box->hits / (double)all->hits;
        double misses = (double)(box->worlds - box->hits) / (double)(all->worlds - all->hits);
        if (hits - misses > best) { /* NaN where all hit or none does: then there is no second box, or none better */
            best = hits - misses;
            knee = b;
        }
    }
    return knee;
}
