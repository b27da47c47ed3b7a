/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Everything that a run remembers. Structure of arrays: a firm's id is its index, arrays are padded to whole rows of lanes
 * with inert firms (no budget, no revenue, never invited), and flags are floats 0 or 1, so that every loop over firms has
 * one element width. Private to src/core. */
#ifndef KL_STATE_H
#define KL_STATE_H

#include "core/adoption.h"
#include "core/vector.h"
#include "klaster/run.h"
#include "num/lanes.h"
#include "rng/rng.h"

/* Where a benefit arises: in the firm's own knowledge, in collective marketing, in dealings with the outside. */
enum { KL_LEVEL_FIRM, KL_LEVEL_CLUSTER, KL_LEVEL_ECOSYSTEM, KL_N_LEVELS };

#define KL_MATURITY 12 /* months at the end of the horizon over which outcomes are averaged */

/* Float arrays [n_padded], one a row: X(name) meaning in the comment. */
#define KL_FLOAT_ARRAYS(X)                                                            \
    /* drawn once a world */                                                          \
    X(employees)                                                                      \
    X(revenue)   /* USD a month */                                                    \
    X(budget)    /* USD a month, before the ecosystem */                              \
    X(shareable) /* sigma */                                                          \
    X(readiness_first)                                                                \
    X(experience)                                                                     \
    X(trust_first)                                                                    \
    X(openness)                                                                       \
    X(goal)                                                                           \
    X(exporter)        /* 0 or 1 */                                                   \
    X(threshold)       /* phi */                                                      \
    X(lot)             /* uniform: order by lot */                                    \
    X(claims)          /* uniform: claims an instrument where below the take-up */    \
    X(leave_base)      /* hazard of leaving by size */                                \
    X(inverse_ties)    /* 1 / number of ties, 0 without ties */                       \
    X(miss_first)      /* 1 - own reach */                                            \
    X(log_reach_first) /* ln of own reach */                                          \
    X(onboarding_load) /* onboarding over the yearly budget */                        \
    /* platform */                                                                    \
    X(invited)     /* 0 or 1 */                                                       \
    X(trained)     /* 0 or 1 */                                                       \
    X(member)      /* 0 or 1 */                                                       \
    X(tenure)      /* months of the present membership, 0 in the month of joining */  \
    X(away)        /* months since the last membership; large where never a member */ \
    X(clock)       /* cumulated hazard of the present spell */                        \
    X(clock_limit) /* unit exponential at which the spell ends */                     \
    X(peers)       /* tied firms that are members */                                  \
    X(usage)       /* 0 for non-members */                                            \
    X(readiness)                                                                      \
    X(trust)                                                                          \
    X(belief)                                                                         \
    X(satisfaction)                                                                   \
    X(eligible) /* 0 or 1: may and does claim firm-level instruments */               \
    X(fee_net)  /* fee rate after subsidy that a member pays or a joiner would pay */ \
    /* this month's campaign, USD unless a rate */                                    \
    X(spent)  /* v: jointly spent */                                                  \
    X(weight) /* (v / largest v)^(1/eps) */                                           \
    X(saved)  /* v - share of the joint cost */                                       \
    X(coordination)                                                                   \
    X(net_rate) /* net saving over the budget */                                      \
    X(onboarding_paid)                                                                \
    X(subsidy_paid) /* to the firm for entry */                                       \
    /* reach, markets, innovation */                                                  \
    X(reach)                                                                          \
    X(demand_first) /* sum of demand shares of the markets served at the start */     \
    X(peer_usage)   /* mean usage of tied firms */                                    \
    /* money, USD */                                                                  \
    X(benefit)      /* this month, before fee and onboarding */                       \
    X(net_benefit)  /* this month */                                                  \
    X(value)        /* discounted net benefit so far */                               \
    X(earned)       /* discounted benefit so far, before fee and onboarding */        \
    X(earned_alone) /* the same with every firm alone, over the whole horizon */      \
    X(value_alone)  /* the same with every firm alone, over the whole horizon */      \
    X(public_now)   /* public money of the month that went to the firm */             \
    X(public_value) /* public money that went to the firm so far, discounted */       \
    X(pilot)        /* 0 or 1: was in the pilot */                                    \
    X(training_due) /* 0 or 1: trained since training was last booked */              \
    X(scratch)

/* Whole-number arrays [n_padded]. */
#define KL_INT_ARRAYS(X)                                             \
    X(sector)                                                        \
    X(ties_n)     /* number of ties */                               \
    X(ties_start) /* first entry in `ties` */                        \
    X(wave)       /* 0 in the pilot or not yet known, else from 1 */ \
    X(order)      /* firms in the order of invitation */             \
    X(seats_offered)                                                 \
    X(spell)   /* spells of membership clocks begun */               \
    X(ranking) /* working space of a sort */                         \
    X(due)     /* firms whose clock strikes this month */

/* The course of markets and innovation, which the twin plays first: these arrays lie side by side, so that what was drawn for
 * the start can be kept and put back in one copy. */
#define KL_COURSE_FLOATS(X)                                                                \
    X(demand) /* sum of demand shares of the markets served */                             \
    X(entry_clock)                                                                         \
    X(entry_limit)                                                                         \
    X(view_gain)      /* margin over the horizon from the market in view; 0 without one */ \
    X(view_sunk)      /* sunk cost of the market in view, alone */                         \
    X(view_step)      /* how far a month alone takes the entry clock, negative */          \
    X(view_crowd)     /* n / (1 + n) of cluster firms in the market in view */             \
    X(view_export)    /* 1 where the market in view is an export market */                 \
    X(market_revenue) /* USD a month, change since the start */                            \
    X(sunk)           /* USD sunk this month, before subsidy */                            \
    X(innovation_clock)                                                                    \
    X(innovation_limit)                                                                    \
    X(stock)
#define KL_COURSE_INTS(X)                          \
    X(entry_spell)                                 \
    X(innovation_spell)                            \
    X(view)      /* market in view, -1 for none */ \
    X(presence)  /* markets served, a bit each */  \
    X(next_exit) /* first month in which the firm leaves a market */

/* Sums of each month, double [horizon]. */
#define KL_MONTH_SUMS(X)                                        \
    X(saved)          /* joint saving, USD */                   \
    X(net)            /* net saving, USD */                     \
    X(spent)          /* jointly spent, USD */                  \
    X(budget_members) /* USD */                                 \
    X(alone)          /* net benefit of the firms alone, USD */ \
    X(reach_alone)    /* market reach of the cluster alone */   \
    X(cumulated)      /* net benefit of firms and platform over the firms alone, so far, USD */

/* Money of the platform this month, for who looks on; USD. */
typedef struct kl_flows {
    double fees, fee_subsidy, support, opex, capex, capex_grant;
} kl_flows;

typedef struct kl_demand {
    int n, n_domestic, row; /* row: n rounded up to 16 or 32 */
    uint32_t all;           /* a bit each */
    float share[32];        /* sums to 1; domestic markets first */
    float served[32];       /* cluster firms in the market */
    double gain[32];        /* margin over the horizon of an entry, over the firm's revenue */
    float revenue[32];      /* a month there, over the firm's revenue */
} kl_demand;

/* clocks.c: the first event clocks of all firms, kept between the arms of one world. Arrays [spell][n_padded]. */
typedef struct kl_clocks {
    int n, n_padded; /* n: firms they are drawn for; 0: not drawn */
    kl_key key;
    int n_membership, n_entry, n_innovation; /* spells kept */
    float *membership, *innovation, *entry;  /* unit exponentials */
    float *stay;                             /* of entry: the unit exponential of the stay in the market entered */
    uint32_t *place;                         /* of entry: the word that says which market comes into view */
    uint32_t *words;                         /* where it all stands, first in `memory` */
} kl_clocks;

typedef struct kl_clock {
    float limit, stay; /* unit exponentials at which the spell ends, and the stay after it */
    uint32_t place;
} kl_clock;

struct kl_run_state {
    kl_params p, params_checked; /* params_checked: as they were given at the last start */
    kl_mechanism mechanism;
    kl_world world;
    kl_key key;
    int n, n_padded, horizon, month; /* month: the one being played, from 0 */

    /* the cluster */
    double leadership;
    kl_demand market;
    double budget_total, shareable_total; /* USD a month; of all firms */
    double export_share;                  /* of the revenue at the start */
    const int32_t *ties;                  /* NULL on the complete graph */

    /* the mechanism */
    int stage, stage_months, stage_elapsed; /* of the present stage */
    int operating;                          /* 1 from the build on: the platform has an account and running costs */
    int open;                               /* 1 while firms can use it */
    int closed;                             /* 1 once given up */
    kl_run_status status;
    double fit, invested, quality;
    int recycles, rollout_begun, rollout_done;
    int n_invited_waves, n_invited; /* n_invited: firms of those waves, the first of `order` */
    int next_trainee;               /* all before it in `order` are trained */
    double pilot_score;
    int month_judged, verdict; /* the last gate: month from 1, -1 never; kl_gate_verdict */
    int month_operating;       /* from 0; -1 not yet */
    int month_built, month_gate, month_rollout, month_closed; /* from 1; -1 never */

    /* take-up */
    int n_members, sector_members[64];
    int joins, leaves, member_months, joined_now, trained_now;
    double member_miss_sum; /* sum of members' 1 - own reach */
    double joint_audience;  /* R_J, of the present members */
    int audience_stale;

    /* campaign, platform, brand, information */
    int steps_stale; /* 1: view_step is not that of the markets in view */
    int campaign_months;
    int campaigned; /* 1 where the arrays of the campaign are those of a month with members */
    double joint_cost, account, cash_lowest, platform_flow; /* flow: this month's, own investment included */
    int months_below_zero, insolvent;
    kl_flows flows;
    double goodwill, information, mean_net, mean_usage, total_usage;

    /* public money */
    double public_total, public_month;

    /* counts and discounted sums; _alone: of the twin */
    int entries, innovations, entries_alone, innovations_alone;
    double discount_factor, discount_monthly;
    double pv_benefit, pv_benefit_alone, pv_market, pv_market_alone, pv_net, pv_net_alone;
    double pv_platform, pv_public, pv_cost, pv_budget;
    double pv_level[KL_N_LEVELS], pv_level_alone[KL_N_LEVELS]; /* benefit by level */
    double goal_alone, cumulated_net;
    double order_first[2]; /* order degrees before the platform opened: innovation, governance */
    double swot[4];        /* strengths, weaknesses, opportunities, threats as assessed last */
    int alone_now;         /* 1 while the twin is played */
    int twin_parted;       /* 1 once the twin has been played; until then the run is its own */
    int months_valued;     /* months of the run whose value is booked */
    int firm_instruments;  /* 1 where some instrument is paid by the firm */
    int pays_training;     /* 1 where the government pays for training */

    double learning_exponent;                    /* log2 of the progress ratio */
    double exit_hazard_first, exit_hazard_later; /* of leaving a market, a month */

    kl_beta_table readiness_table, experience_table, trust_table, openness_table, leadership_table;

    /* arrays, carved from `memory` */
#define KL_DECLARE(name) float *name;
    KL_FLOAT_ARRAYS(KL_DECLARE)
    KL_COURSE_FLOATS(KL_DECLARE)
#undef KL_DECLARE
#define KL_DECLARE(name) int32_t *name;
    KL_INT_ARRAYS(KL_DECLARE)
    KL_COURSE_INTS(KL_DECLARE)
#undef KL_DECLARE
#define KL_DECLARE(name) double *sum_##name;
    KL_MONTH_SUMS(KL_DECLARE)
#undef KL_DECLARE
    float *series[KL_N_SERIES]; /* [horizon] */
    int32_t *exit_month;        /* [n_padded][market.row]: month in which the firm leaves it; INT32_MAX while not set */
    char *course, *course_first; /* the course arrays, exit_month included, and their copy while the twin is played */
    uint64_t *room;              /* [2 n]: working space, over that copy */
    size_t course_bytes;
    int32_t *tie_storage; /* adjacency, then the edge lists that build it */
    int32_t *edge_from, *edge_to;
    int32_t *tie_row_storage, *slice_start; /* ties 16 firms side by side (ties.c), over the edge lists; [slices + 1] */
    const int32_t *tie_rows;                /* NULL: not made */
    size_t tie_row_capacity;
    size_t edge_capacity;

    double *span_sums; /* [span][KL_SPAN_SUMS] */
    kl_share_fn share; /* plays spans on several threads; NULL: one after the other */
    void *share_data;

    kl_adoption adoption; /* `submodels: adoption` */
    kl_clocks clocks;

    void *memory;
    size_t memory_bytes, bytes_cleared; /* cleared: up to there at every start, but for the clocks */
};

typedef kl_run_state kl_state;

/* spans.c: play(s, with, begin, end, sum) over all firms, by spans [begin, end) that may be played at the same time; each adds
 * to its own sum[n_sums], n_sums <= KL_SPAN_SUMS, which are then added up. */
#define KL_SPAN_SUMS 40
typedef void kl_span_fn(kl_state *s, const void *with, int begin, int end, double *sum);
void kl_spans_many(kl_state *s, kl_span_fn *play, const void *with, int n_sums, double *sum); /* more than one span */

/* Copy bytes, or clear them where `from` is NULL. */
void kl_bytes_copy(kl_state *s, void *to, const void *from, size_t bytes);

static inline void kl_spans(kl_state *s, kl_span_fn *play, const void *with, int n_sums, double *sum)
{
    if (s->n_padded > KL_SPAN) {
        kl_spans_many(s, play, with, n_sums, sum);
        return;
    }
    for (int i = 0; i < n_sums; i++)
        sum[i] = 0;
    play(s, with, 0, s->n_padded, sum);
}

/* What the span that begins there added to sum[k], which is `total` now; and the largest and the product of all such parts. */
static inline double kl_spans_part(const kl_state *s, int begin, int k, double total)
{
    return s->n_padded <= KL_SPAN ? total : s->span_sums[begin / KL_SPAN * KL_SPAN_SUMS + k];
}

static inline double kl_spans_largest(const kl_state *s, int k, double total)
{
    double largest = kl_spans_part(s, 0, k, total);
    for (int begin = KL_SPAN; begin < s->n_padded; begin += KL_SPAN) {
        double part = kl_spans_part(s, begin, k, total);
        largest = part > largest ? part : largest;
    }
    return largest;
}

static inline double kl_spans_product(const kl_state *s, int k, double total)
{
    double product = kl_spans_part(s, 0, k, total);
    for (int begin = KL_SPAN; begin < s->n_padded; begin += KL_SPAN)
        product *= kl_spans_part(s, begin, k, total);
    return product;
}

/* memory.c */
KL_MUST_USE kl_status kl_run_reserve(kl_run *run);
KL_MUST_USE kl_status kl_state_reserve(kl_state *s);
size_t kl_edges_capacity(const kl_params *p);

/* words.c: words for firms [first, first + n), n a multiple of 16, row[k][i] word k of firm first + i; word 0 of each pair of
 * entity and index; and the largest word whose uniform is below `chance`, 0 where there is none. */
void kl_words_draw(kl_key key, kl_purpose purpose, uint32_t index, int first, int n, uint32_t *const row[4]);
void kl_words_pick(kl_key key, kl_purpose purpose, const uint32_t *entity, const uint32_t *index, int n,
                   uint32_t *word);
int kl_words_below(double chance, uint32_t *last);

/* cluster.c, presence.c, graph.c: the draw of a world, KL_DRAW_FIRMS at a time. kl_presence_draw: markets of the firms
 * [begin, begin + n), whose exporters are known, and the months in which they leave them. */
#define KL_DRAW_FIRMS 64
void kl_cluster_draw(kl_state *s);
void kl_presence_draw(kl_state *s, int begin, int n, const uint32_t *home_word);
void kl_graph_draw(kl_state *s);

/* ties.c: mean over tied firms. `total` is the sum of x over all firms; begin and end are multiples of 16. */
void kl_ties_align(kl_state *s);
void kl_ties_mean(const kl_state *s, const float *x, double total, int begin, int end, float *mean);

/* clocks.c: draw the first clocks of all firms, unless those of this world are there. Row 0 of each array is the first spell;
 * inert firms have INFINITY. */
size_t kl_clocks_words(int n_padded); /* 4 bytes each */
void kl_clocks_place(kl_clocks *clocks, uint32_t *words, int n_padded);
void kl_clocks_draw(kl_state *s);
kl_clock kl_clock_draw(const kl_state *s, int firm, kl_purpose purpose,
                       int spell); /* of a spell, from 0, that is not kept */

/* order.c: the n firms by a key, a number, largest first and ties by index, into `firm`; room[2 n] is working space. */
void kl_firms_sort(int32_t *firm, int n, const float *key, uint64_t *room);

/* twin.c: play the twin from now on, if nobody has yet. Nothing else changes. */
void kl_twin_part(kl_state *s);

/* membership.c */
void kl_membership_reset(kl_state *s);
void kl_membership_step(kl_state *s);
void kl_membership_join(kl_state *s, int firm);
void kl_membership_leave(kl_state *s, int firm);
float kl_join_utility(const kl_state *s, int firm);

/* stages.c, pilot.c, rollout.c */
void kl_stages_reset(kl_state *s);
void kl_stages_begin_month(kl_state *s);
void kl_stages_end_month(kl_state *s);
void kl_ecosystem_close(kl_state *s, kl_run_status why);
void kl_pilot_begin(kl_state *s);
double kl_pilot_score(const kl_state *s);
void kl_rollout_begin(kl_state *s);
void kl_rollout_month(kl_state *s);
void kl_firm_train(kl_state *s, int firm);

/* policy.c */
void kl_policy_reset(kl_state *s);
int kl_policy_on(const kl_state *s);
double kl_public_pay(kl_state *s, double amount); /* what the budget covers of it; booked */
void kl_policy_begin_month(kl_state *s);
void kl_policy_running_costs(kl_state *s);

/* one month's submodels */
void kl_usage_step(kl_state *s);
void kl_campaign_step(kl_state *s);
void kl_platform_step(kl_state *s);
void kl_brand_step(kl_state *s);
void kl_reach_step(kl_state *s);
void kl_information_step(kl_state *s);
void kl_markets_step(kl_state *s);
void kl_innovation_step(kl_state *s);
void kl_value_step(kl_state *s);
void kl_people_step(kl_state *s);

void kl_campaign_idle(kl_state *s); /* the month of a cluster without members */
void kl_markets_draw(kl_state *s);
void kl_innovation_draw(kl_state *s);
double kl_joint_audience(double mean_reach, int n, double duplication);
double kl_cluster_reach(kl_state *s);
double kl_goal_attainment(kl_state *s);
void kl_series_record(kl_state *s);

/* adoption.c: a run in which only joining and leaving are played */
int kl_adoption_is_played(const kl_state *s);
int kl_adoption_leaves_out(kl_series_id series); /* where it is played, the series is undefined */
int kl_adoption_is_alike(const kl_params *p);    /* 1: no attribute of a firm has an effect, none is drawn */
size_t kl_adoption_carve(kl_state *s, char *base, const kl_params *p, int horizon);
void kl_adoption_start(kl_state *s);
void kl_adoption_step(kl_state *s);
/* adoption_observe.c: what is asked of it */
void kl_adoption_outcomes(const kl_state *s, double outcome[KL_N_OUTCOMES]);
kl_firm kl_adoption_firm(const kl_state *s, int i);
kl_month kl_adoption_month(const kl_state *s);
const char *kl_adoption_check(const kl_state *s); /* of firms that are alike */

/* degree.c, swot.c: observation only */
double kl_composite_degree(int k, const double *change);
double kl_coupling_degree(double u, double v);
void kl_degree_record(kl_state *s, double stock, double trust, float now[KL_N_SERIES]);
void kl_swot_assess(kl_state *s);

#define KL_NEVER_MEMBER 1e6f /* months away of a firm that was never a member */

/* Now or ever. */
static inline int kl_was_member(const kl_state *s, int firm)
{
    return s->member[firm] > 0 || s->away[firm] < KL_NEVER_MEMBER;
}

/* The clock of a spell, from 0. */
static inline float kl_membership_limit(const kl_state *s, int firm, int spell)
{
    const kl_clocks *c = &s->clocks;
    return spell < c->n_membership ? c->membership[(size_t)spell * (size_t)c->n_padded + (size_t)firm]
                                   : kl_clock_draw(s, firm, KL_DRAW_MEMBERSHIP, spell).limit;
}

static inline float kl_innovation_limit(const kl_state *s, int firm, int spell)
{
    const kl_clocks *c = &s->clocks;
    return spell < c->n_innovation ? c->innovation[(size_t)spell * (size_t)c->n_padded + (size_t)firm]
                                   : kl_clock_draw(s, firm, KL_DRAW_INNOVATION, spell).limit;
}

static inline kl_clock kl_entry_clock(const kl_state *s, int firm, int spell)
{
    const kl_clocks *c = &s->clocks;
    size_t at = (size_t)spell * (size_t)c->n_padded + (size_t)firm;
    if (spell >= c->n_entry)
        return kl_clock_draw(s, firm, KL_DRAW_ENTRY, spell);
    return (kl_clock){c->entry[at], c->stay[at], c->place[at]};
}

/* A unit exponential from a word. */
static inline float kl_exponential(uint32_t word)
{
    return (float)-kl_log(kl_uniform(word));
}

#endif
