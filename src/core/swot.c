/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the assessment writes down: strengths and weaknesses inside the cluster, opportunities and threats outside, as scores
 * in [0, 1]. Observation only: what firms do follows from the same facts, not from the scores. Factors, bounds and equal
 * weights are assumptions, listed in docs/synergy.md. */
#include "core/state.h"
#include "core/vector.h"

#define KL_FUNDED_MONTHS 48 /* running cost that counts as full funding; half of it is neutral */

/* A factor x in [0, 1] counts for the good above 1/2, for the bad below, in proportion to the distance. */
static void weigh(double x, double *good, double *bad)
{
    double signed_x = 2 * (x < 0 ? 0 : x > 1 ? 1 : x) - 1;
    *good += signed_x > 0 ? signed_x : 0;
    *bad += signed_x < 0 ? -signed_x : 0;
}

/* (v / largest v)^power into `scratch`; returns the largest, *total the sum of v. */
KL_VECTOR static double pool_all(kl_state *s, float power, double *total)
{
    const float *restrict shareable = s->shareable, *restrict budget = s->budget;
    float *restrict pooled = s->scratch;
    KL_INDEPENDENT
    for (int i = 0; i < s->n_padded; i++)
        pooled[i] = shareable[i] * budget[i];
    float largest = kl_largest(pooled, s->n_padded), scale = largest > 0 ? 1.0f / largest : 0.0f;
    *total = kl_sum(pooled, s->n_padded);
    KL_INDEPENDENT
    for (int i = 0; i < s->n_padded; i++)
        pooled[i] = kl_powf(pooled[i] * scale, power);
    return (double)largest;
}

/* Part of the shareable spending that would be saved if every firm spent all of it jointly: the sum less its (1/eps)-norm. */
static double scale_inside(kl_state *s)
{
    double eps = s->p.scale_elasticity, total;
    if (eps >= 1)
        return 0;
    double largest = pool_all(s, (float)(eps < 0.001 ? 1 : 1 / eps), &total);
    double norm = eps < 0.001 ? largest : largest * kl_pow(kl_sum(s->scratch, s->n_padded), eps);
    return total > 0 ? 1 - norm / total : 0;
}

/* Margin that the mean firm expects from a market of mean size abroad, over itself plus the sunk cost. */
static double gain_of_entry(const kl_state *s)
{
    double revenue = kl_sum(s->revenue, s->n_padded) / s->n;
    double gain = s->p.margin * s->p.entry_share * s->p.entry_horizon * revenue;
    return gain / (gain + s->p.sunk_cost);
}

/* Months of running cost that the reserve and the public support of the running cost carry. */
static double funding(const kl_state *s)
{
    const kl_params *p = &s->p;
    double opex = p->opex / 12, support = p->opex_support * opex * (p->opex_support_months + 1) / 2;
    support = support < p->public_budget ? support : p->public_budget;
    return opex > 0 ? (p->reserve + support) / opex / KL_FUNDED_MONTHS : 1;
}

void kl_swot_assess(kl_state *s)
{
    double n = s->n, good = 0, bad = 0;
    weigh(kl_sum(s->readiness, s->n_padded) / n, &good, &bad);
    weigh(kl_sum(s->experience, s->n_padded) / n, &good, &bad);
    weigh(kl_sum(s->trust, s->n_padded) / n, &good, &bad);
    weigh(scale_inside(s), &good, &bad);
    s->swot[0] = good / 4;
    s->swot[1] = bad / 4;
    good = bad = 0;
    weigh(1 - kl_cluster_reach(s), &good, &bad);
    weigh(gain_of_entry(s), &good, &bad);
    weigh(funding(s), &good, &bad);
    s->swot[2] = good / 3;
    s->swot[3] = bad / 3;
}
