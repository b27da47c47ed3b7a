/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Synergy: how much more the firms have together than alone, and which channel carries it. Shapley values and pair
 * interactions of a game in characteristic form; the study that plays all 16 sets of channels in the same worlds; the tables
 * made of it; who the stakeholders are. docs/synergy.md says how to read them. No files: numbers and runs in, numbers and
 * tables out. */
#ifndef KLASTER_SYNERGY_H
#define KLASTER_SYNERGY_H

#include <stdint.h>

#include "klaster/engine.h"
#include "klaster/table.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- games ---- */

/* A game of n players: worth[S] for every set S of players, player i being bit i of S; 2^n values, worth[0] of nobody. */
#define KL_PLAYERS_MAX 10

/* Shapley values (Shapley 1953): player[i] is what i adds to those before it, mean over all orders. They sum to
 * worth[all] - worth[0] as exactly as doubles can: what rounding leaves goes to the largest. Two players that add the same to every set
 * get the same up to rounding; one that adds nothing to any set gets exactly 0. Takes n 2^n steps. KL_ERR_ARGUMENT for n outside 1..KL_PLAYERS_MAX. */
KL_MUST_USE kl_status kl_shapley_values(int n, const double *worth, double *player);

/* Interaction index of every pair (Grabisch & Roubens 1999, doi:10.1007/s001820050125), pair[i * n + j]: mean, over the sets
 * of others with the weights of Shapley's orders in which i and j come as one, of worth with both less with either, plus with
 * none. Positive: each is worth more with the other (complements); negative: they do the same work (substitutes). Symmetric; the
 * diagonal is NaN. KL_ERR_ARGUMENT as above. */
KL_MUST_USE kl_status kl_shapley_pairs(int n, const double *worth, double *pair);

/* ---- channels ---- */

/* The paper's four channels of synergy. X(ENUMERATOR, word, parameter that switches it) */
#define KL_CHANNEL_LIST(X)                             \
    X(COST, "cost", channel_cost)                      \
    X(INFORMATION, "information", channel_information) \
    X(BRAND, "brand", channel_brand)                   \
    X(MARKETS, "markets", channel_markets)

typedef enum kl_channel {
#define KL_CHANNEL_ENUMERATOR(name, word, param) KL_CHANNEL_##name,
    KL_CHANNEL_LIST(KL_CHANNEL_ENUMERATOR)
#undef KL_CHANNEL_ENUMERATOR
        KL_N_CHANNELS
} kl_channel;

#define KL_N_CHANNEL_SETS (1 << KL_N_CHANNELS)

/* ---- the study ---- */

/* A study made from one arm of another: arms 0..15 are the sets of channels that are on (bit k: channel k), 15 the arm as it
 * is; then one arm for every stage that can be left out of its mechanism. All play the same worlds. A channel that the arm
 * itself has off stays off, and is a dummy. */
typedef struct kl_synergy_study {
    kl_study study; /* arms owned; all else borrowed from the original, which must outlive it */
    int n_left_out;
    int stage[KL_STAGES_MAX]; /* [arm - 16] index of the stage that this arm leaves out */
} kl_synergy_study;

/* Make it; kl_synergy_study_free is legal on a zeroed struct and after any error. A stage can be left out where the rest is
 * a mechanism (kl_mechanism_check) that still ends in something. KL_ERR_ARGUMENT for no such arm, or one without stages;
 * KL_ERR_MEMORY. */
KL_MUST_USE kl_status kl_synergy_study_make(kl_synergy_study *made, const kl_study *study, int arm);
void kl_synergy_study_free(kl_synergy_study *made);

/* ---- what its runs yielded ---- */

/* Numbers are NaN where undefined, failed or missing. */
typedef struct kl_synergy_runs {
    int n_points, n_replicates, n_arms;
    int row_size; /* points of a row of the design, which share their worlds: intervals take rows as the independent units */
    size_t n_worlds;
    int8_t *status; /* [arm][world] */
    double *level;  /* [set of channels][4][world]: synergy, then of the firm, cluster and ecosystem levels */
    double *whole;  /* [outcome][world] of the arm as it is */
    double *stage;  /* [left out][measure][world] of the arms that leave out a stage */
} kl_synergy_runs;

KL_MUST_USE kl_status kl_synergy_runs_init(kl_synergy_runs *runs, const kl_synergy_study *made);
void kl_synergy_runs_free(kl_synergy_runs *runs);
double kl_synergy_runs_bytes(const kl_synergy_study *made);

/* A kl_sink_fn with a kl_synergy_runs as data. */
kl_status kl_synergy_sink(void *runs, const kl_block *block);

/* Worlds in which a run of some set of channels failed or is missing: the tables of channels, pairs and levels leave them out, and
 * every table says from how many worlds it comes. */
int64_t kl_synergy_failed(const kl_synergy_runs *runs);

/* The worth of each set of channels in a world. Returns 0 where one of these runs failed or is missing, else 1. */
int kl_synergy_worth(const kl_synergy_runs *runs, size_t world, double worth[KL_N_CHANNEL_SETS]);

/* The tables: channels, pairs, levels, levels by channel, measures, classes of firms, stages by value, stages by take-up, SWOT. Every
 * table of `table` is initialised by the call; free them all in any case. KL_ERR_MEMORY. */
#define KL_N_SYNERGY_TABLES 9
KL_MUST_USE kl_status kl_synergy_tables(const kl_synergy_study *made, const kl_synergy_runs *runs,
                                        kl_table table[KL_N_SYNERGY_TABLES]);

/* ---- stakeholders ---- */

/* X(ENUMERATOR, word) */
#define KL_STAKEHOLDER_LIST(X)      \
    X(FIRM, "firm")                 \
    X(PLATFORM, "platform")         \
    X(UNIVERSITIES, "universities") \
    X(RESEARCH, "research centres") \
    X(FINANCE, "finance")           \
    X(GOVERNMENT, "government")

typedef enum kl_stakeholder_kind {
#define KL_STAKEHOLDER_ENUMERATOR(name, word) KL_STAKEHOLDER_##name,
    KL_STAKEHOLDER_LIST(KL_STAKEHOLDER_ENUMERATOR)
#undef KL_STAKEHOLDER_ENUMERATOR
        KL_N_STAKEHOLDERS
} kl_stakeholder_kind;

/* One row of the map (Mendelow 1991). Centrality, influence and interest lie in [0,1]. */
typedef struct kl_stakeholder {
    kl_stakeholder_kind kind;
    int firm;          /* its index; -1 for an institution */
    double centrality; /* part of all firms that it deals with */
    double money;      /* its yearly money in the ecosystem, USD */
    double influence;  /* mean of centrality and money, each over the largest of all */
    double gain;       /* what the ecosystem brings it, USD of month 0; negative where it costs */
    double stake;      /* what it puts in, USD of month 0 */
    double interest;   /* gain / (gain + stake); 0 without a gain */
    double synergy;    /* of a firm: its part of the synergy, USD; NaN of an institution */
} kl_stakeholder;

/* The map of a run that has reached its horizon: the firms by index, then the institutions; n_firms + KL_N_STAKEHOLDERS - 1
 * entries. The parameters are those that the run was started with. */
void kl_stakeholders_map(const kl_run *run, const kl_params *params, kl_stakeholder *map);

/* The map as a table, most influential first, with what the two scores together advise: manage closely, keep satisfied, keep
 * informed, monitor (high: at or above the median). The table is initialised by the call. KL_ERR_MEMORY. */
KL_MUST_USE kl_status kl_stakeholders_table(kl_table *table, int n, const kl_stakeholder *map);

#ifdef __cplusplus
}
#endif
#endif
