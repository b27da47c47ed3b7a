/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Where a condition breaks first: of each input the fifth (or the value, where it has few) in which it holds least often. */
#include <math.h>
#include <stdlib.h>

#include "analysis/box.h"
#include "analysis/discovery.h"

enum { CLASSES = 5 };

/* Classes of cases with neighbouring values; equal values stay together. */
typedef struct classes {
    int n;
    kl_tally tally[KL_CATEGORIES_MAX];
    double first[KL_CATEGORIES_MAX], last[KL_CATEGORIES_MAX]; /* lowest and highest value */
} classes;

static int distinct(const kl_cases *cases, const int *order, int j)
{
    int n = 1;
    for (int k = 1; k < cases->n; k++)
        n += kl_case_x(cases, j, order[k]) != kl_case_x(cases, j, order[k - 1]);
    return n;
}

static void classify(classes *c, const kl_cases *cases, const int *order, int j)
{
    int by_value = cases->kind[j] == KL_CASE_CATEGORY || distinct(cases, order, j) <= CLASSES;
    int fifth = -1;
    double before = NAN;
    c->n = 0;
    for (int k = 0; k < cases->n; k++) {
        int i = order[k], here = (int)((int64_t)k * CLASSES / cases->n);
        double x = kl_case_x(cases, j, i);
        if (x != before && (by_value || here != fifth)) {
            c->tally[c->n] = (kl_tally){0, 0};
            c->first[c->n++] = x;
            fifth = here;
        }
        c->tally[c->n - 1].worlds += cases->worlds[i];
        c->tally[c->n - 1].hits += cases->hits[i];
        c->last[c->n - 1] = before = x;
    }
}

static kl_worst worst_class(const classes *c, const kl_case_input *input)
{
    kl_worst worst = {.found = INFINITY};
    for (int k = 0; k < c->n; k++) {
        double share = (double)c->tally[k].hits / (double)c->tally[k].worlds;
        if (share >= worst.found)
            continue;
        worst.found = share;
        worst.lo = c->first[k];
        worst.hi = c->last[k];
        if (input->kind == KL_CASE_REAL) { /* classes meet halfway */
            worst.lo = k == 0 ? input->lo : (c->last[k - 1] + c->first[k]) / 2;
            worst.hi = k == c->n - 1 ? input->hi : (c->last[k] + c->first[k + 1]) / 2;
        }
    }
    return worst;
}

kl_status kl_worst_find(kl_finding *f, const kl_cases *found, const kl_cases *test)
{
    int *order = kl_cases_order(found);
    uint8_t *in = malloc((size_t)test->n);
    kl_status status = order && in ? KL_OK : KL_ERR_MEMORY;
    for (int j = 0; status == KL_OK && j < f->n_inputs; j++) {
        classes c;
        kl_worst *worst = &f->worst[j];
        classify(&c, found, order + (int64_t)j * found->n, j);
        *worst = worst_class(&c, &f->input[j]);
        for (int i = 0; i < test->n; i++) {
            double x = kl_case_x(test, j, i);
            in[i] = x >= worst->lo && x <= worst->hi;
        }
        worst->share = kl_cases_share(test, in);
        if (f->first_to_break < 0 || worst->found < f->worst[f->first_to_break].found)
            f->first_to_break = j;
    }
    free(order);
    free(in);
    return status;
}
