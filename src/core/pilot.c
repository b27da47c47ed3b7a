/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The pilot: which firms try the platform, and how their trial is judged. */
#include "core/state.h"
#include "core/vector.h"

/* Size and experience of every firm, standardised over the cluster, into `size` and `experience`. */
KL_VECTOR static void standardise(const kl_state *s, float *restrict size, float *restrict experience)
{
    double sum[2] = {0}, squares[2] = {0}, mean[2], sd[2], n = s->n;
    const float *restrict employees = s->employees, *restrict drawn = s->experience;
    KL_INDEPENDENT
    for (int i = 0; i < s->n; i++)
        size[i] = kl_logf(employees[i]);
    for (int i = 0; i < s->n; i++) {
        double x[2] = {(double)size[i], (double)drawn[i]};
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
    KL_INDEPENDENT
    for (int i = 0; i < s->n; i++) {
        size[i] = (float)(((double)size[i] - mean[0]) / sd[0]);
        experience[i] = (float)(((double)drawn[i] - mean[1]) / sd[1]);
    }
}

/* `far` of every firm becomes the distance to `chosen`, if that is nearer or the first; -1 stays. */
KL_VECTOR static void measure(const kl_state *s, const float *restrict size, const float *restrict experience,
                              int chosen, int is_first, float *restrict far)
{
    const int32_t *restrict sector = s->sector;
    const int32_t home = sector[chosen];
    const float its_size = size[chosen], its_experience = experience[chosen];
    KL_INDEPENDENT
    for (int i = 0; i < s->n; i++) {
        float larger = size[i] - its_size, more = experience[i] - its_experience;
        float now = larger * larger + more * more + (sector[i] != home ? 1.0f : 0.0f);
        float nearest = is_first || now < far[i] ? now : far[i];
        far[i] = far[i] < 0 ? far[i] : nearest;
    }
}

/* The first firm of those farthest; -1 where all are out. */
KL_VECTOR static int farthest(const float *restrict far, int n)
{
    float most = -1;
    int first = n;
    for (int i = 0; i < n; i++)
        most = far[i] > most ? far[i] : most;
    for (int i = 0; i < n; i++)
        first = ((far[i] == most) & (i < first)) ? i : first;
    return most < 0 ? -1 : first;
}

/* Greedy max-min (Gonzalez 1985): start with the most typical firm, then always the one whose nearest chosen firm
 * is farthest. `scratch` holds each firm's distance to its nearest chosen firm; -1: it is out. */
static int choose_diverse(kl_state *s, int32_t *chosen, int wanted)
{
    float *size = s->weight, *experience = s->peer_usage; /* free at the end of a month */
    int n_exporters = 0, n = 0;
    standardise(s, size, experience);
    for (int i = 0; i < s->n; i++)
        n_exporters += s->exporter[i] > 0;
    int exporters_only = n_exporters >= wanted;
    for (int i = 0; i < s->n; i++) {
        float typical = 1.0f / (1.0f + size[i] * size[i] + experience[i] * experience[i]); /* nearest to the mean */
        s->scratch[i] = exporters_only && !(s->exporter[i] > 0) ? -1.0f : typical;
    }
    for (; n < wanted; n++) {
        int best = farthest(s->scratch, s->n);
        if (best < 0)
            break;
        chosen[n] = best;
        s->scratch[best] = -1;
        measure(s, size, experience, best, n == 0, s->scratch);
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
        kl_firms_sort(s->ranking, s->n, s->scratch, s->room);
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
