/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Cases in the order of an input, and the share of hits among some of them. */
#include <math.h>
#include <stdlib.h>

#include "analysis/box.h"
#include "analysis/effective.h"

typedef struct ranked {
    double x;
    int i;
} ranked;

static int by_value(const void *a, const void *b)
{
    const ranked *p = a, *q = b;
    if (p->x != q->x)
        return p->x < q->x ? -1 : 1;
    return (p->i > q->i) - (p->i < q->i);
}

int *kl_cases_order(const kl_cases *cases)
{
    size_t n = (size_t)cases->n;
    int *order = malloc((n * (size_t)cases->n_inputs + 1) * sizeof *order);
    ranked *r = malloc((n + 1) * sizeof *r);
    if (!order || !r) {
        free(order);
        free(r);
        return NULL;
    }
    for (int j = 0; j < cases->n_inputs; j++) {
        for (int i = 0; i < cases->n; i++)
            r[i] = (ranked){kl_case_x(cases, j, i), i};
        qsort(r, n, sizeof *r, by_value);
        for (int i = 0; i < cases->n; i++)
            order[(size_t)j * n + (size_t)i] = r[i].i;
    }
    free(r);
    return order;
}

kl_share kl_cases_share(const kl_cases *cases, const uint8_t *in)
{
    kl_clusters clusters = {0};
    kl_tally group = {0, 0};
    for (int i = 0; i < cases->n; i++) {
        if (!in || in[i]) {
            group.worlds += cases->worlds[i];
            group.hits += cases->hits[i];
        }
        if (i + 1 < cases->n && kl_case_group(cases, i + 1) == kl_case_group(cases, i))
            continue;
        kl_clusters_add(&clusters, group.worlds, group.hits);
        group = (kl_tally){0, 0};
    }
    kl_share share = {.n = clusters.n, .hits = clusters.hits, .share = NAN, .lo = NAN, .hi = NAN};
    if (share.n > 0) {
        share.share = (double)share.hits / (double)share.n;
        /* 2: groups are the independent units even where only one is left */
        kl_share_interval(share.share, kl_clusters_effective(&clusters, 2), &share.lo, &share.hi);
    }
    return share;
}
