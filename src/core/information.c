/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Market information: what open, active and trusting members pool, with diminishing returns. */
#include "core/state.h"
#include "core/vector.h"

KL_VECTOR static void pool_data(kl_state *s, const void *with, int begin, int end, double *pooled)
{
    KL_WHOLE_ROWS(begin, end);
    (void)with;
    const float needed = (float)s->p.information_trust;
    const float *restrict openness = s->openness, *restrict usage = s->usage, *restrict trust = s->trust;
    float *restrict shared = s->scratch;
    KL_INDEPENDENT
    for (int i = begin; i < end; i++)
        shared[i] = trust[i] >= needed ? openness[i] * usage[i] : 0.0f;
    *pooled = kl_sum(shared + begin, end - begin);
}

void kl_information_step(kl_state *s)
{
    double pooled;
    s->information = 0;
    if (s->n_members == 0 || !s->p.channel_information)
        return;
    kl_spans(s, pool_data, NULL, 1, &pooled);
    s->information = -kl_expm1(-pooled / s->p.information_scale);
}
