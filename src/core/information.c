/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Market information: what open, active and trusting members pool, with diminishing returns. */
#include "core/state.h"
#include "core/vector.h"

KL_VECTOR static double pooled_data(const kl_state *s)
{
    const float needed = (float)s->p.information_trust;
    const float *restrict openness = s->openness, *restrict usage = s->usage, *restrict trust = s->trust;
    float *restrict shared = s->scratch;
    KL_INDEPENDENT
    for (int i = 0; i < s->n_padded; i++)
        shared[i] = trust[i] >= needed ? openness[i] * usage[i] : 0.0f;
    return kl_sum(shared, s->n_padded);
}

void kl_information_step(kl_state *s)
{
    if (s->n_members == 0 || !s->p.channel_information)
        s->information = 0;
    else
        s->information = -kl_expm1(-pooled_data(s) / s->p.information_scale);
}
