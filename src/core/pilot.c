/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The pilot: which firms try the platform, and how their trial is judged. */
#include "core/state.h"

/* Size and experience of every firm, standardised over the cluster, into `size` and `experience`. */
static void standardise(const kl_state *s, float *size, float *experience)
{
    double sum[2] = {0}, squares[2] = {0}, mean[2], sd[2], n = s->n;
    for (int i = 0; i < s->n; i++)
        size[i] = kl_logf(s->employees[i]);
    for (int i = 0; i < s->n; i++) {
        double x[2] = {(double)size[i], (double)s->experience[i]};
        for (int k = 0; k < 2; k++) {
            sum[k] += x[k];
            squares[k] += x[k] * x[k];
        }
    }
    for (int k = 0; k < 2; k++) {
        double variance = squares[k] / n - sum[k] / n * (sum[k] / n);
        sd[k] = variance > 1e-12 ? sqrt(variance) : 1;
        mean[k] = sum[k] / n;
    }
    for (int i = 0; i < s->n; i++) {
        size[i] = (float)(((double)size[i] - mean[0]) / sd[0]);
        experience[i] = (float)(((double)s->experience[i] - mean[1]) / sd[1]);
    }
}

/* Greedy max-min (Gonzalez 1985): start with the most typical firm, then always the one whose nearest chosen firm
 * is farthest. `scratch` holds each firm's distance to its nearest chosen firm. */
static int choose_diverse(kl_state *s, int32_t *chosen, int wanted)
{
    float *size = s->weight, *experience = s->peer_usage; /* free at the end of a month */
    int n_exporters = 0, n = 0;
    standardise(s, size, experience);
    for (int i = 0; i < s->n; i++)
        n_exporters += s->exporter[i] > 0;
    int exporters_only = n_exporters >= wanted;
    for (int i = 0; i < s->n; i++) {
        s->scratch[i] = 1.0f / (1.0f + size[i] * size[i] + experience[i] * experience[i]); /* nearest to the mean */
        if (exporters_only && !(s->exporter[i] > 0))
            s->scratch[i] = -1;
    }
    while (n < wanted) {
        int best = -1;
        for (int i = 0; i < s->n; i++)
            if (s->scratch[i] >= 0 && (best < 0 || s->scratch[i] > s->scratch[best]))
                best = i;
        if (best < 0)
            break;
        chosen[n] = best;
        s->scratch[best] = -1;
        for (int i = 0; i < s->n; i++) {
            if (s->scratch[i] < 0)
                continue;
            float larger = size[i] - size[best], more = experience[i] - experience[best];
            float far = larger * larger + more * more + (s->sector[i] != s->sector[best] ? 1.0f : 0.0f);
            if (n == 0 || far < s->scratch[i])
                s->scratch[i] = far;
        }
        n++;
    }
    return n;
}

static float pilot_key(const kl_state *s, int i)
{
    switch (s->p.pilot_rule) {
    case kl_pilot_rule_exporters:
        return 2.0f * s->exporter[i] + s->readiness[i];
    case kl_pilot_rule_central:
        return (float)s->ties_n[i];
    case kl_pilot_rule_willing:
        return kl_join_utility(s, i);
    default: /* random */
        return s->lot[i];
    }
}

/* The chosen join at the start of the month, trained. Their tenure begins at -1 because the month's clocks are still to advance:
 * at its end they are, like everybody who joined in it, members of month 0. */
void kl_pilot_begin(kl_state *s)
{
    int wanted = s->p.pilot_firms < s->n ? s->p.pilot_firms : s->n;
    if (s->p.pilot_rule == kl_pilot_rule_diverse) {
        wanted = choose_diverse(s, s->ranking, wanted);
    } else {
        for (int i = 0; i < s->n; i++)
            s->scratch[i] = pilot_key(s, i);
        kl_firms_sort(s->ranking, s->n, s->scratch);
    }
    for (int k = 0; k < wanted; k++) {
        int i = s->ranking[k];
        s->invited[i] = s->pilot[i] = 1;
        if (s->member[i] > 0)
            continue;
        kl_membership_join(s, i);
        s->tenure[i] = -1;
        kl_firm_train(s, i);
    }
}

/* K: user satisfaction, system performance and marketing indicators, each in [0,1]. */
double kl_pilot_score(const kl_state *s)
{
    const kl_params *p = &s->p;
    int n = s->n_members;
    if (n == 0)
        return 0;
    double satisfaction = 0, shareable = 0, budget = 0, saved = 0;
    for (int i = 0; i < s->n; i++) {
        if (!(s->member[i] > 0))
            continue;
        satisfaction += (double)s->satisfaction[i];
        shareable += (double)s->shareable[i];
        budget += (double)s->budget[i];
        saved += (double)s->saved[i];
    }
    double performance = s->quality * s->mean_usage / p->gate_performance_ref;
    double to_expect = shareable / n * (1 - kl_pow(n, p->scale_elasticity - 1));
    double marketing = to_expect > 0 ? saved / budget / to_expect : 0;
    performance = performance > 1 ? 1 : performance;
    marketing = marketing > 1 ? 1 : marketing < 0 ? 0 : marketing;
    return p->gate_satisfaction * satisfaction / n + p->gate_performance * performance + p->gate_marketing * marketing;
}
