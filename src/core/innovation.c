/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Innovation: a clock a firm, running faster with the information used and with active tied firms; each innovation adds one
 * to a stock that decays. */
#include "core/state.h"
#include "core/vector.h"

static void clock_restart(kl_state *s, int i)
{
    s->innovation_clock[i] = 0;
    s->innovation_limit[i] = kl_innovation_limit(s, i, s->innovation_spell[i]++);
}

void kl_innovation_draw(kl_state *s)
{
    for (int i = 0; i < s->n; i++)
        clock_restart(s, i);
    for (int i = s->n; i < s->n_padded; i++)
        s->innovation_limit[i] = INFINITY;
}

KL_VECTOR static void advance_innovation(kl_state *s, int begin, int end)
{
    KL_WHOLE_ROWS(begin, end);
    const kl_params *p = &s->p;
    const float base = (float)(p->innovation_rate / 12 * p->innovation_institutions);
    const float on_information = (float)(p->innovation_information * s->information);
    const float on_peers = (float)(p->channel_information ? p->innovation_peers : 0);
    const float kept = (float)(1 - p->innovation_decay);
    const float *restrict usage = s->usage, *restrict peers = s->peer_usage;
    float *restrict clock = s->innovation_clock, *restrict stock = s->stock;
    KL_INDEPENDENT
    for (int i = begin; i < end; i++) {
        clock[i] += base * (1.0f + on_information * usage[i] + on_peers * peers[i]);
        stock[i] *= kept;
    }
}

/* The same where nobody uses the platform. */
KL_VECTOR static void advance_innovation_alone(kl_state *s, int begin, int end)
{
    KL_WHOLE_ROWS(begin, end);
    const float base = (float)(s->p.innovation_rate / 12 * s->p.innovation_institutions);
    const float kept = (float)(1 - s->p.innovation_decay);
    float *restrict clock = s->innovation_clock, *restrict stock = s->stock;
    KL_INDEPENDENT
    for (int i = begin; i < end; i++) {
        clock[i] += base;
        stock[i] *= kept;
    }
}

static void innovate(kl_state *s, const void *with, int begin, int end, double *innovations)
{
    (void)with;
    if (s->n_members == 0) {
        advance_innovation_alone(s, begin, end);
    } else {
        kl_ties_mean(s, s->usage, s->total_usage, begin, end, s->peer_usage);
        advance_innovation(s, begin, end);
    }
    for (int first = begin; first < end; first += 64) {
        uint64_t bits = kl_bits_at_least(s->innovation_clock + first, s->innovation_limit + first, end - first);
        for (; bits; bits &= bits - 1) {
            int i = first + kl_lowest_bit(bits);
            s->stock[i] += 1;
            clock_restart(s, i);
            *innovations += 1;
        }
    }
}

void kl_innovation_step(kl_state *s)
{
    double innovations;
    kl_spans(s, innovate, NULL, 1, &innovations);
    s->innovations += (int)innovations;
}
