/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What people make of it: satisfaction of members, belief in the net saving, trust that grows slowly with a kept promise and
 * falls fast with a broken one (Slovic 1993). */
#include "core/state.h"
#include "core/vector.h"

KL_VECTOR static void move_people(kl_state *s, const void *with, int begin, int end, double *sum)
{
    KL_WHOLE_ROWS(begin, end);
    (void)with;
    (void)sum;
    const kl_params *p = &s->p;
    int on = kl_policy_on(s) && s->open;
    const float base = (float)(p->satisfaction_intercept + p->satisfaction_quality * (2 * s->quality - 1));
    const float promised = (float)p->promised, per_scale = (float)(1 / p->satisfaction_scale);
    const float satisfaction_rate = (float)p->satisfaction_rate, own_rate = (float)p->belief_rate;
    const float told = (float)(s->mean_net + p->optimism + (on ? p->campaign_optimism : 0));
    const float told_rate = s->n_members > 0 ? (float)(p->belief_rate_others + (on ? p->campaign_rate : 0)) : 0.0f;
    const float kept_from = (float)(p->promised - p->trust_tolerance), judged_from = (float)p->trust_months;
    const float up = (float)(p->trust_gain / 3), down = (float)(p->trust_loss / 3);
    const float *restrict member = s->member, *restrict net = s->net_rate, *restrict tenure = s->tenure;
    float *restrict satisfaction = s->satisfaction, *restrict belief = s->belief, *restrict trust = s->trust;
    float target[KL_SPAN]; /* its log odds first */
    KL_INDEPENDENT
    for (int i = begin; i < end; i++)
        target[i - begin] = base + (net[i] - promised) * per_scale;
    kl_logistics(target, end - begin, target);
    KL_INDEPENDENT
    for (int i = begin; i < end; i++) {
        satisfaction[i] += member[i] * satisfaction_rate * (target[i - begin] - satisfaction[i]);
        float own = own_rate * (net[i] - belief[i]), heard = told_rate * trust[i] * (told - belief[i]);
        belief[i] += member[i] > 0.0f ? own : heard;
        float change = net[i] >= kept_from ? up * (1.0f - trust[i]) : -down * trust[i];
        trust[i] += (tenure[i] >= judged_from ? member[i] : 0.0f) * change;
    }
}

void kl_people_step(kl_state *s)
{
    kl_spans(s, move_people, NULL, 0, NULL);
}
