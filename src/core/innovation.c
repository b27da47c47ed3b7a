/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Innovation: a clock a firm, running faster with the information used and with active tied firms; each innovation adds one
 * to a stock that decays. */
#include "core/state.h"
#include "core/vector.h"

static void clock_restart(kl_state *s, int i)
{
    kl_words draw = kl_draw(s->key, (uint32_t)i, KL_DRAW_INNOVATION, (uint32_t)s->innovation_spell[i]++);
    s->innovation_clock[i] = 0;
    s->innovation_limit[i] = kl_exponential(draw.w[0]);
}

void kl_innovation_draw(kl_state *s)
{
    for (int i = 0; i < s->n; i++)
        clock_restart(s, i);
}

/* Mean usage of each firm's tied firms. */
static void refresh_peer_usage(kl_state *s)
{
    if (!s->ties) {
        float total = (float)kl_sum(s->usage, s->n_padded);
        for (int i = 0; i < s->n; i++)
            s->peer_usage[i] = (total - s->usage[i]) * s->inverse_ties[i];
        return;
    }
    const float *restrict usage = s->usage;
    for (int i = 0; i < s->n; i++) {
        const int32_t *tie = s->ties + s->ties_start[i];
        float sum = 0;
        for (int e = 0; e < s->ties_n[i]; e++)
            sum += usage[tie[e]];
        s->peer_usage[i] = sum * s->inverse_ties[i];
    }
}

KL_VECTOR static void advance_innovation(kl_state *s)
{
    const kl_params *p = &s->p;
    const float base = (float)(p->innovation_rate / 12 * p->innovation_institutions);
    const float on_information = (float)(p->innovation_information * s->information);
    const float on_peers = (float)(p->channel_information ? p->innovation_peers : 0);
    const float kept = (float)(1 - p->innovation_decay);
    const float *restrict usage = s->usage, *restrict peers = s->peer_usage;
    float *restrict clock = s->innovation_clock, *restrict stock = s->stock;
    KL_INDEPENDENT
    for (int i = 0; i < s->n_padded; i++) {
        clock[i] += base * (1.0f + on_information * usage[i] + on_peers * peers[i]);
        stock[i] *= kept;
    }
}

void kl_innovation_step(kl_state *s)
{
    if (s->n_members > 0)
        refresh_peer_usage(s);
    else
        for (int i = 0; i < s->n_padded; i++)
            s->peer_usage[i] = 0;
    advance_innovation(s);
    for (int i = 0; i < s->n; i++) {
        if (!(s->innovation_clock[i] >= s->innovation_limit[i]))
            continue;
        s->stock[i] += 1;
        s->innovations++;
        clock_restart(s, i);
    }
}
