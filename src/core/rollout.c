/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The roll-out: in which order firms are invited, wave after wave, and how they are trained. */
#include "core/state.h"

static float invitation_key(const kl_state *s, int i)
{
    switch (s->p.wave_order) {
    case kl_wave_order_exporters:
        return 2.0f * s->exporter[i] + s->readiness[i];
    case kl_wave_order_size:
        return s->employees[i];
    case kl_wave_order_centrality:
        return (float)s->ties_n[i];
    case kl_wave_order_sectors:
        return -(float)s->sector[i];
    default: /* random */
        return s->lot[i];
    }
}

void kl_rollout_begin(kl_state *s)
{
    for (int i = 0; i < s->n; i++)
        s->scratch[i] = invitation_key(s, i);
    kl_firms_sort(s->order, s->n, s->scratch, s->room);
    s->rollout_begun = 1;
    s->rollout_done = 0;
    s->n_invited_waves = s->n_invited = 0;
    s->next_trainee = 0;
}

/* First place in the order that belongs to a wave later than the first `waves` ones. */
static int wave_end(const kl_state *s, int waves)
{
    return (int)((int64_t)s->n * waves / s->p.waves);
}

/* Waves begin evenly over the stage: wave w (from 0) in month floor(w * months / waves) of it. */
static int waves_due(const kl_state *s)
{
    if (s->rollout_done)
        return s->p.waves;
    int64_t elapsed = s->stage_elapsed;
    int64_t due = elapsed * s->p.waves / s->stage_months + 1;
    while (due * s->stage_months / s->p.waves <= elapsed)
        due++;
    while (due > 1 && (due - 1) * s->stage_months / s->p.waves > elapsed)
        due--;
    return due > s->p.waves ? s->p.waves : (int)due;
}

void kl_firm_train(kl_state *s, int i)
{
    if (s->trained[i] > 0)
        return;
    s->trained[i] = s->training_due[i] = 1;
    s->readiness[i] += (float)s->p.training_gain * (1.0f - s->readiness[i]);
    s->trained_now++;
}

/* Every month the first untrained invited firms, in the order of invitation, are offered the seats that there are. Who does
 * not attend is offered a seat again. */
static void train_invited(kl_state *s)
{
    int on = kl_policy_on(s);
    int seats = s->p.training_capacity + (on ? s->p.training_seats : 0);
    double attendance = s->p.training_attendance + (on ? s->p.training_voucher : 0);
    const int invited = s->n_invited;
    while (s->next_trainee < invited && s->trained[s->order[s->next_trainee]] > 0)
        s->next_trainee++;
    for (int k = s->next_trainee; seats > 0 && attendance > 0 && k < invited; k++) {
        int i = s->order[k];
        if (s->trained[i] > 0)
            continue;
        kl_words draw = kl_draw(s->key, (uint32_t)i, KL_DRAW_TRAINING, (uint32_t)s->seats_offered[i]++);
        seats--;
        if (kl_uniform(draw.w[0]) < attendance)
            kl_firm_train(s, i);
    }
}

void kl_rollout_month(kl_state *s)
{
    if (!s->rollout_begun)
        return;
    int due = waves_due(s);
    for (; s->n_invited_waves < due; s->n_invited_waves++) {
        int end = wave_end(s, s->n_invited_waves + 1);
        for (int k = s->n_invited; k < end; k++) {
            s->invited[s->order[k]] = 1;
            s->wave[s->order[k]] = s->n_invited_waves + 1;
        }
        s->n_invited = end;
    }
    train_invited(s);
}
