/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A slow, obvious twin of one month of the model: plain scalar C in doubles with the C library's functions, a struct a firm,
 * written from docs/model.md and the table of parameters. It takes over the state at a month's start, plays the month, and
 * says where it differs from what src/core made of the same month. Support code of tests; it draws nothing that the model
 * does not draw, and knows nothing of vectors, floats or order of sums. */
#ifndef KL_TEST_TWIN_H
#define KL_TEST_TWIN_H

#include "core/state.h"

#define TWIN_MARKETS 32

typedef struct twin_firm {
    /* for good */
    double employees, revenue, budget, shareable, experience, openness, threshold, lot, claims;
    int sector, exporter, n_ties;
    const int32_t *tie; /* NULL on the complete graph */
    double own_reach;   /* of its own marketing */
    /* platform */
    int invited, trained, member, wave, seats_offered, spell, eligible;
    double tenure, away, clock, limit;
    double usage, readiness, trust, belief, satisfaction, fee_net;
    double spent, saved, coordination, net_rate, onboarding_paid;
    /* reach, markets, innovation */
    double reach, entry_clock, entry_limit, sunk, subsidy, market_revenue;
    int view, entry_spell, serves[TWIN_MARKETS], until[TWIN_MARKETS];
    double innovation_clock, innovation_limit, stock;
    int innovation_spell;
    /* money */
    double benefit, net_benefit, value;
    /* sizes of what was added and subtracted, to judge a difference by */
    double saved_size, effort_size, net_size, belief_size, pleased_size, benefit_size, value_size, market_size;
} twin_firm;

typedef struct twin {
    kl_params p;
    kl_mechanism mechanism;
    kl_key key;
    int n, month;
    twin_firm *firm;
    int *order; /* of invitation */
    double leadership, share[TWIN_MARKETS];
    int n_markets, n_domestic;

    int stage, stage_months, stage_elapsed, operating, open, closed, status;
    double fit, invested, quality;
    int recycles, rollout_begun, rollout_done, waves_invited;
    double pilot_score;
    int month_operating, month_built, month_gate, month_rollout, month_closed;

    int n_members, joins, leaves, member_months, joined, trained_now;
    int campaign_months, months_below_zero, insolvent;
    double joint_cost, account, cash_lowest, flow, goodwill, information, mean_net, mean_usage;
    double public_total, public_month, month_alone;
    int entries, innovations;
    double discount;
    double pv_benefit, pv_net, pv_market, pv_platform, pv_public, pv_cost, pv_budget, cumulated;

    double money_size; /* of the sums of money of this month */
    double mean_net_size, public_recorded;
    int near; /* decisions of this month that hang on less than 1e-5: floats may decide otherwise */
} twin;

/* 0, or -1 without memory. Zeroes first; twin_free is legal afterwards in any case. */
int twin_init(twin *t, int n_firms_most);
void twin_free(twin *t);

/* Take over a state at a month's start; its ties stay where they are. */
void twin_take(twin *t, const kl_state *s);

/* Play the month. */
void twin_month(twin *t);

/* Compare with the state after the same month: NULL, or the name of the first thing that differs, with the firm (-1 for
 * none) and both values. `largest` (may be NULL) is raised to the largest relative difference seen. */
const char *twin_differs(const twin *t, const kl_state *s, int *firm, double *expected, double *found, double *largest);

#endif
