/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One run: one cluster of firms, month by month. This is the whole model; docs/model.md states it in words and
 * equations. A run is a pure function of (parameters, mechanism, world, horizon): no file, clock, environment,
 * thread or global enters, and the same call gives the same bits on every machine.
 *
 *     kl_run run;
 *     kl_run_init(&run);
 *     status = kl_run_start(&run, &params, &mechanism, world, 60);
 *     while (status == KL_OK && run.month < run.horizon)
 *         kl_run_step(&run);
 *     if (status == KL_OK) kl_run_outcomes(&run, outcome);
 *     kl_run_free(&run);
 *
 * A started run can be started again; memory is kept and only grows. Not safe to share between threads; use
 * one kl_run a thread. */
#ifndef KLASTER_RUN_H
#define KLASTER_RUN_H

#include <stdint.h>

#include "klaster/mechanism.h"
#include "klaster/outcomes.h"
#include "klaster/params.h"

#ifdef __cplusplus
extern "C" {
#endif

/* All randomness of a world hangs on this key. */
typedef struct kl_world {
    uint64_t seed; /* below 2^53, so that R, JavaScript and Octave can hold it */
    uint32_t point;
    uint32_t replicate;
} kl_world;

#define KL_SEED_MAX ((UINT64_C(1) << 53) - 1)
#define KL_HORIZON_MAX 1200

/* What a firm is and does in the month just stepped, as replay shows it.
 * X(type, name, unit, meaning) */
#define KL_FIRM_FIELDS(X)                                                                   \
    X(int, sector, "1", "sector, from 0")                                                   \
    X(int, exporter, "1", "1 for an exporter")                                              \
    X(double, employees, "employee", "employees")                                           \
    X(double, revenue, "USD/month", "revenue before the ecosystem")                         \
    X(double, budget, "USD/month", "marketing budget before the ecosystem")                 \
    X(int, ties, "1", "business relations")                                                 \
    X(int, invited, "1", "1 once the firm is invited")                                      \
    X(int, trained, "1", "1 once the firm is trained")                                      \
    X(int, member, "1", "1 while a member")                                                 \
    X(int, wave, "1", "wave of the roll-out, from 1; 0 before it is known or in the pilot") \
    X(double, usage, "1", "usage")                                                          \
    X(double, readiness, "1", "digital readiness")                                          \
    X(double, trust, "1", "trust")                                                          \
    X(double, belief, "1", "believed net saving")                                           \
    X(double, satisfaction, "1", "satisfaction")                                            \
    X(double, saving_joint, "1", "joint saving over the own budget")                        \
    X(double, saving_net, "1", "net saving over the own budget")                            \
    X(double, reach, "1", "reach of the own marketing")                                     \
    X(double, market_reach, "1", "reach times the demand of the markets served")            \
    X(int, markets, "1", "markets served")                                                  \
    X(double, innovation_stock, "1", "stock of innovations")                                \
    X(double, net_benefit, "USD", "net benefit of the month")                               \
    X(int, pilot, "1", "1 for a firm of the pilot")                                         \
    X(double, value, "USD", "net benefits so far, discounted")                              \
    X(double, public_money, "USD", "public money that went to the firm so far, discounted")

typedef struct kl_firm {
#define KL_FIRM_FIELD(type, name, unit, meaning) type name;
    KL_FIRM_FIELDS(KL_FIRM_FIELD)
#undef KL_FIRM_FIELD
} kl_firm;

typedef struct kl_run_state kl_run_state; /* src/core/state.h */

/* Calls task(data, k) once for every k in [0, n), in any order and at the same time if it can, and returns when all are done. */
typedef void (*kl_share_fn)(void *share_data, void (*task)(void *data, int64_t k), void *data, int64_t n);

typedef struct kl_run {
    int month;   /* months stepped so far, 0..horizon */
    int horizon; /* months to step */
    int n_firms;
    int stage;            /* index in the mechanism of the stage now running; n_stages when all have ended or closed */
    kl_run_status status; /* as it stands now */
    kl_run_state *state;  /* owned; NULL before the first start */
    kl_share_fn share; /* set by the caller between kl_run_init and a start: how the firms of a large cluster are shared
                           * among threads; NULL: by nobody. No number depends on it */
    void *share_data;
} kl_run;

/* Make an empty run. Cannot fail; kl_run_free is legal afterwards and on a half-started run. */
void kl_run_init(kl_run *run);
void kl_run_free(kl_run *run);

/* Put a world at month 0: draw firms, ties and markets, and play the twin in which every firm is alone.
 * horizon: 1..KL_HORIZON_MAX. The only step that allocates.
 * KL_ERR_BOUNDS, KL_ERR_COMBINATION, KL_ERR_MECHANISM as the checks say; KL_ERR_ARGUMENT for a horizon or seed
 * out of range; KL_ERR_MEMORY. After an error the run can be started again or freed. */
KL_MUST_USE kl_status kl_run_start(kl_run *run, const kl_params *params, const kl_mechanism *mechanism, kl_world world,
                                   int horizon);

/* Play the next month. Nothing happens where run->month == run->horizon. Allocates nothing. */
void kl_run_step(kl_run *run);

/* outcome: KL_N_OUTCOMES numbers, NaN (or -1 for a month) where undefined. Valid once month == horizon; before
 * that, what compares with the firms alone is undefined, because their twin was played over the whole horizon. The
 * outcomes against a baseline are undefined: they need a second run (engine.h). */
void kl_run_outcomes(const kl_run *run, double outcome[KL_N_OUTCOMES]);

/* Monthly series so far: value of `series` in month m (0-based, m < run->month). */
double kl_run_series(const kl_run *run, kl_series_id series, int month);
/* The same of all months so far, one behind the other; valid until the run is started again or freed. */
const float *kl_run_months(const kl_run *run, kl_series_id series);
/* 1 where a series is undefined in every month, because what it depends on is not played (the parameter `submodels`). */
int kl_run_is_undefined(const kl_run *run, kl_series_id series);

/* One firm after the month just stepped; firm in [0, n_firms). */
kl_firm kl_run_firm(const kl_run *run, int firm);

/* What became of the ecosystem in the month just stepped. Counts stand as at the month's end; firms of a pilot join at the end
 * of the month before it begins. Money is of the month, undiscounted.
 * X(type, name, unit, meaning) */
#define KL_MONTH_FIELDS(X)                                                                                        \
    X(int, members, "firm", "members")                                                                            \
    X(int, invited, "firm", "firms that are invited")                                                             \
    X(int, trained, "firm", "firms that are trained")                                                             \
    X(int, joins, "1", "times that a firm joined so far")                                                         \
    X(int, leaves, "1", "departures so far; to be sent home is none")                                             \
    X(int, entries, "1", "market entries of all firms so far")                                                    \
    X(int, innovations, "1", "innovations of all firms so far")                                                   \
    X(double, fees, "USD", "fees paid by members")                                                                \
    X(double, fee_subsidy, "USD", "what the government paid of the fees")                                         \
    X(double, support, "USD", "what the government paid of the running costs")                                    \
    X(double, opex, "USD", "running costs of the platform")                                                       \
    X(double, capex, "USD", "own investment in the platform, which does not pass through its account")            \
    X(double, capex_grant, "USD", "public investment in the platform")                                            \
    X(double, spent, "USD", "what the work that members do jointly would cost each alone")                        \
    X(double, joint_cost, "USD", "what it costs done jointly")                                                    \
    X(double, coordination, "USD", "members' effort of coordination")                                             \
    X(double, score, "1", "score of the pilot, K: as it stands, or as it was judged at the gate; else undefined") \
    X(int, verdict, "1", "of the gate at the month's end, a kl_gate_verdict")                                     \
    X(int, repeats, "1", "repetitions of the pilot so far")

typedef enum kl_gate_verdict { KL_GATE_NONE, KL_GATE_GO_ON, KL_GATE_REPEAT, KL_GATE_GIVE_UP } kl_gate_verdict;

typedef struct kl_month {
#define KL_MONTH_FIELD(type, name, unit, meaning) type name;
    KL_MONTH_FIELDS(KL_MONTH_FIELD)
#undef KL_MONTH_FIELD
} kl_month;

/* Valid once a month was stepped. */
kl_month kl_run_month(const kl_run *run);

typedef struct kl_market {
    double demand; /* share of all demand */
    int abroad;    /* 1 for an export market */
} kl_market;

/* Market j of the world, from 0 to the parameter `markets` less 1. */
kl_market kl_run_market(const kl_run *run, int j);

/* What a firm has been through so far. */
typedef struct kl_firm_past {
    int joins;        /* times that it joined */
    int innovations;  /* of the run, not of the firm alone */
    uint32_t markets; /* those that it serves now, a bit each */
} kl_firm_past;

kl_firm_past kl_run_firm_past(const kl_run *run, int firm);

/* What the ecosystem brought a firm, discounted, USD. Valid once month == horizon: what the firm gains alone is of the whole
 * horizon. `value` is after fees and onboarding, `synergy` before. */
typedef struct kl_firm_gain {
    double value, synergy;
} kl_firm_gain;

kl_firm_gain kl_run_firm_gain(const kl_run *run, int firm);

/* Neighbours of a firm: returns their number, *ties points into the run (valid until the next start).
 * On the complete graph, which is not stored, *ties is NULL. */
int kl_run_ties(const kl_run *run, int firm, const int32_t **ties);

/* Check what must hold after every month: shares in [0,1], members counted right, the allocation sums to the joint
 * cost, peers counted right. KL_ERR_INVARIANT with *what (may be NULL) a static text. */
KL_MUST_USE kl_status kl_run_check(const kl_run *run, const char **what);

/* Bytes that a run of this size keeps. */
size_t kl_run_bytes(const kl_params *params, int horizon);

#ifdef __cplusplus
}
#endif
#endif
