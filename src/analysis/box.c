/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Boxes: who is inside, what a limit is worth, and which limits can go. */
#include "analysis/box.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_cdf.h>

/* ---- one box ---- */

kl_status kl_box_copy(kl_box *box, const kl_box *from, int n_inputs)
{
    kl_limit *limit = malloc(((size_t)n_inputs + 1) * sizeof *limit);
    if (!limit)
        return KL_ERR_MEMORY;
    memcpy(limit, from->limit, (size_t)n_inputs * sizeof *limit);
    *box = *from;
    box->limit = limit;
    return KL_OK;
}

void kl_box_free(kl_box *box)
{
    free(box->limit);
    memset(box, 0, sizeof *box);
}

/* Which side of a limit keeps x out: 0 below or not among the values, 1 above, -1 none. */
static int side_broken(kl_case_kind kind, const kl_limit *limit, double x)
{
    if (kind == KL_CASE_CATEGORY)
        return limit->values >> (int)x & 1 ? -1 : 0;
    return x < limit->lo ? 0 : x > limit->hi ? 1 : -1;
}

int kl_box_holds(const kl_box *box, const kl_cases *cases, int i)
{
    for (int j = 0; j < cases->n_inputs; j++)
        if (side_broken(cases->kind[j], &box->limit[j], kl_case_x(cases, j, i)) >= 0)
            return 0;
    return 1;
}

/* ---- the cases as a box sees them ---- */

static int is_legal(const kl_cases *cases)
{
    if (cases->n < 1 || cases->n_inputs < 0)
        return 0;
    for (int i = 0; i < cases->n; i++)
        if (cases->worlds[i] < 1 || cases->hits[i] < 0 || cases->hits[i] > cases->worlds[i])
            return 0;
    for (int j = 0; j < cases->n_inputs; j++) {
        int is_category = cases->kind[j] == KL_CASE_CATEGORY;
        for (int i = 0; i < cases->n; i++) {
            double x = kl_case_x(cases, j, i);
            if (!(x - x == 0) || (is_category && !(x >= 0 && x < KL_CATEGORIES_MAX && x == floor(x))))
                return 0;
        }
    }
    return 1;
}

static kl_limit range_of(const kl_cases *cases, int j)
{
    kl_limit limit = {.lo = INFINITY, .hi = -INFINITY, .p_lo = NAN, .p_hi = NAN};
    for (int i = 0; i < cases->n; i++) {
        double x = kl_case_x(cases, j, i);
        limit.lo = fmin(limit.lo, x);
        limit.hi = fmax(limit.hi, x);
        if (cases->kind[j] == KL_CASE_CATEGORY)
            limit.values |= UINT64_C(1) << (int)x;
    }
    return limit;
}

kl_status kl_view_init(kl_view *view, const kl_cases *cases, const uint8_t *out)
{
    memset(view, 0, sizeof *view);
    if (!is_legal(cases))
        return KL_ERR_ARGUMENT;
    size_t n = (size_t)cases->n, k = (size_t)cases->n_inputs;
    view->cases = cases;
    view->out = out;
    view->start = malloc((k + 1) * sizeof *view->start);
    view->broken = malloc(n);
    view->breaker = malloc(n * sizeof *view->breaker);
    view->beyond = malloc((2 * k + 1) * sizeof *view->beyond);
    if (!view->start || !view->broken || !view->breaker || !view->beyond)
        return KL_ERR_MEMORY;
    for (int j = 0; j < cases->n_inputs; j++)
        view->start[j] = range_of(cases, j);
    for (int i = 0; i < cases->n; i++) {
        view->all.worlds += cases->worlds[i];
        view->all.hits += cases->hits[i];
    }
    view->effective = 1;
    if (cases->group || view->all.worlds > cases->n) {
        /* From Wilson's interval back to the worlds that it counted: what a share is worth where worlds hang together. */
        kl_share share = kl_cases_share(cases, NULL);
        double p = share.share, se = (share.hi - share.lo) / (2 * gsl_cdf_ugaussian_Pinv(0.975));
        double worth = p * (1 - p) / (se * se) / (double)view->all.worlds;
        view->effective = worth < 1 && worth > 0 ? worth : 1;
    }
    return KL_OK;
}

void kl_view_free(kl_view *view)
{
    free(view->start);
    free(view->broken);
    free(view->breaker);
    free(view->beyond);
    memset(view, 0, sizeof *view);
}

int kl_view_limits(const kl_view *view, const kl_limit *limit, int j, int side)
{
    const kl_limit *start = &view->start[j];
    if (view->cases->kind[j] == KL_CASE_CATEGORY)
        return side == 0 && limit->values != start->values;
    return side == 0 ? limit->lo != start->lo : limit->hi != start->hi;
}

int kl_view_restricts(const kl_view *view, const kl_limit *limit, int j)
{
    return kl_view_limits(view, limit, j, 0) || kl_view_limits(view, limit, j, 1);
}

/* P(X >= H) for X ~ Binomial(T, p), p the share without the limit; as a beta distribution, so that T may be worth less than
 * its number. */
static double quasi_p(const kl_view *view, const kl_box *box, const kl_tally *beyond)
{
    double worlds = (double)(box->worlds + beyond->worlds);
    double p = (double)(box->hits + beyond->hits) / worlds;
    double k = (double)box->hits * view->effective, n = (double)box->worlds * view->effective;
    if (box->hits == 0 || p >= 1)
        return 1;
    return gsl_cdf_beta_P(p, k, n - k + 1);
}

static void look_at(kl_view *view, const kl_box *box, int i)
{
    const kl_cases *cases = view->cases;
    int side = 0;
    view->broken[i] = view->out && view->out[i] ? 2 : 0;
    for (int j = 0; j < cases->n_inputs && view->broken[i] < 2; j++) {
        int s = side_broken(cases->kind[j], &box->limit[j], kl_case_x(cases, j, i));
        if (s < 0)
            continue;
        view->broken[i]++;
        view->breaker[i] = j;
        side = s;
    }
    if (view->broken[i] == 1) {
        kl_tally *beyond = &view->beyond[2 * view->breaker[i] + side];
        beyond->worlds += cases->worlds[i];
        beyond->hits += cases->hits[i];
    }
}

void kl_view_look(kl_view *view, kl_box *box)
{
    const kl_cases *cases = view->cases;
    memset(view->beyond, 0, 2 * (size_t)cases->n_inputs * sizeof *view->beyond);
    box->worlds = box->hits = 0;
    for (int i = 0; i < cases->n; i++) {
        look_at(view, box, i);
        if (view->broken[i])
            continue;
        box->worlds += cases->worlds[i];
        box->hits += cases->hits[i];
    }
    box->density = box->worlds > 0 ? (double)box->hits / (double)box->worlds : (double)NAN;
    box->coverage = view->all.hits > 0 ? (double)box->hits / (double)view->all.hits : (double)NAN;
    box->support = (double)box->worlds / (double)view->all.worlds;
    box->n_restricted = 0;
    for (int j = 0; j < cases->n_inputs; j++) {
        kl_limit *limit = &box->limit[j];
        box->n_restricted += kl_view_restricts(view, limit, j);
        limit->p_lo = kl_view_limits(view, limit, j, 0) ? quasi_p(view, box, &view->beyond[2 * j]) : (double)NAN;
        limit->p_hi = kl_view_limits(view, limit, j, 1) ? quasi_p(view, box, &view->beyond[2 * j + 1]) : (double)NAN;
    }
}

/* ---- lifting limits ---- */

static void lift_side(const kl_view *view, kl_limit *limit, int j, int side)
{
    if (view->cases->kind[j] == KL_CASE_CATEGORY)
        limit->values = view->start[j].values;
    else if (side == 0)
        limit->lo = view->start[j].lo;
    else
        limit->hi = view->start[j].hi;
}

/* The limit with the greatest quasi-p-value above p, as 2 * input + side; -1 for none. */
static int least_telling(const kl_box *box, int n_inputs, double p)
{
    int worst = -1;
    for (int k = 0; k < 2 * n_inputs; k++) {
        double value = k % 2 == 0 ? box->limit[k / 2].p_lo : box->limit[k / 2].p_hi;
        if (value > p) {
            p = value;
            worst = k;
        }
    }
    return worst;
}

/* The limit that lets in most hits when it goes, of those that may go. */
static int dearest(const kl_view *view, const kl_box *box, double density)
{
    int best = -1;
    int64_t most = -1;
    for (int k = 0; k < 2 * view->cases->n_inputs; k++) {
        const kl_tally *beyond = &view->beyond[k];
        double hits = (double)(box->hits + beyond->hits), worlds = (double)(box->worlds + beyond->worlds);
        if (kl_view_limits(view, &box->limit[k / 2], k / 2, k % 2) && hits >= density * worlds && beyond->hits > most) {
            most = beyond->hits;
            best = k;
        }
    }
    return best;
}

kl_status kl_box_lift(kl_box *box, const kl_cases *cases, const uint8_t *out, double p, double density)
{
    kl_view view;
    kl_status status = kl_view_init(&view, cases, out);
    int k = -1;
    if (status == KL_OK) {
        kl_view_look(&view, box);
        while ((k = least_telling(box, cases->n_inputs, p)) >= 0 || (k = dearest(&view, box, density)) >= 0) {
            lift_side(&view, &box->limit[k / 2], k / 2, k % 2);
            kl_view_look(&view, box);
        }
    }
    kl_view_free(&view);
    return status;
}
