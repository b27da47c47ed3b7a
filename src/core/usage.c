/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Usage, the members' active participation: moves a fifth of the way a month to a target that grows with training, digital
 * readiness, trust, platform quality and the believed saving. */
#include "core/state.h"
#include "core/vector.h"

KL_VECTOR static void move_usage(kl_state *s, const void *with, int begin, int end, double *total)
{
    KL_WHOLE_ROWS(begin, end);
    (void)with;
    const kl_params *p = &s->p;
    const float base = (float)(p->usage_intercept + p->usage_quality * (2 * s->quality - 1));
    const float on_training = (float)p->usage_training, on_readiness = (float)p->usage_readiness;
    const float on_trust = (float)p->usage_trust, on_belief = (float)p->usage_belief, rate = (float)p->usage_rate;
    const float *restrict trained = s->trained, *restrict readiness = s->readiness, *restrict trust = s->trust;
    const float *restrict belief = s->belief, *restrict member = s->member;
    float *restrict usage = s->usage;
    float target[KL_SPAN]; /* its log odds first */
    KL_INDEPENDENT
    for (int i = begin; i < end; i++)
        target[i - begin] = base + on_training * trained[i] + on_readiness * kl_signedf(readiness[i]) +
                            on_trust * kl_signedf(trust[i]) + on_belief * kl_clampf(belief[i], -1.0f, 1.0f);
    kl_logistics(target, end - begin, target);
    KL_INDEPENDENT
    for (int i = begin; i < end; i++)
        usage[i] = member[i] * (usage[i] + rate * (target[i - begin] - usage[i]));
    *total = kl_sum(usage + begin, end - begin);
}

void kl_usage_step(kl_state *s)
{
    kl_spans(s, move_usage, NULL, 1, &s->total_usage);
    s->mean_usage = s->n_members > 0 ? s->total_usage / s->n_members : 0;
}
