/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The twin: the same world with every firm alone, in which only markets and innovations move. Until somebody joins, the run itself
 * is its twin; then the twin goes on by itself to the horizon, and the run from where it stood. What the twin leaves behind are
 * the sums named `alone`, each firm's value alone, and the market reach of the cluster alone. */
#include <string.h>

#include "core/state.h"
#include "core/vector.h"

/* So far both were one. */
static void take_sums(kl_state *s)
{
    s->pv_benefit_alone = s->pv_benefit;
    s->pv_net_alone = s->pv_net;
    s->pv_market_alone = s->pv_market;
    memcpy(s->pv_level_alone, s->pv_level, sizeof s->pv_level);
    kl_bytes_copy(s, s->value_alone, s->value, sizeof(float) * (size_t)s->n_padded);
    kl_bytes_copy(s, s->earned_alone, s->earned, sizeof(float) * (size_t)s->n_padded);
}

/* What a month writes that is not of the course, to the twin's arrays or to the run's. `weight` and `peer_usage` are free: the run
 * fills them before it reads them. */
static void change_places(kl_state *s)
{
    float **const pairs[][2] = {{&s->value, &s->value_alone},
                                {&s->earned, &s->earned_alone},
                                {&s->benefit, &s->weight},
                                {&s->net_benefit, &s->peer_usage}};
    for (size_t k = 0; k < sizeof pairs / sizeof *pairs; k++) {
        float *first = *pairs[k][0];
        *pairs[k][0] = *pairs[k][1];
        *pairs[k][1] = first;
    }
}

static void play_to_the_end(kl_state *s)
{
    for (s->month = s->months_valued; s->month < s->horizon; s->month++) {
        kl_markets_step(s);
        kl_innovation_step(s);
        kl_value_step(s);
        if (s->month >= s->horizon - KL_MATURITY)
            s->sum_reach_alone[s->month] = kl_cluster_reach(s);
        s->discount_factor *= s->discount_monthly;
    }
    s->goal_alone = kl_goal_attainment(s);
    s->entries_alone = s->entries;
    s->innovations_alone = s->innovations;
}

void kl_twin_part(kl_state *s)
{
    if (s->twin_parted)
        return;
    const kl_demand market = s->market;
    const double discount = s->discount_factor;
    const int month = s->month, entries = s->entries, innovations = s->innovations;
    if (s->months_valued > month) /* the month is not over, but its value is booked */
        s->discount_factor *= s->discount_monthly;
    kl_bytes_copy(s, s->course_first, s->course, s->course_bytes);
    take_sums(s);
    change_places(s);
    s->twin_parted = s->alone_now = 1;
    play_to_the_end(s);
    s->alone_now = 0;
    change_places(s);
    kl_bytes_copy(s, s->course, s->course_first, s->course_bytes);
    s->steps_stale = 1;
    s->market = market;
    s->discount_factor = discount;
    s->month = month;
    s->entries = entries;
    s->innovations = innovations;
}
