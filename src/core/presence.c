/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The markets that firms serve at the start of a world, and until when: a home market by demand, others by chance. For many
 * firms at once; what becomes of it is up to markets.c. */
#include "core/state.h"
#include "core/vector.h"

#define MARKETS 32
#define FIRMS KL_DRAW_FIRMS
#define STAYS (FIRMS + MARKETS) /* a firm at a time adds up to one a market */

typedef struct presence {
    uint32_t word[MARKETS][FIRMS]; /* of each market and firm */
    uint32_t last[MARKETS];        /* largest word that makes a firm serve the market */
    uint32_t bit[MARKETS];         /* of the market; 0 where no word does */
    double point[FIRMS];           /* home market: on the scale of demand */
    uint32_t home[FIRMS], drawn[FIRMS];
    /* presences drawn, and when they end */
    int n_stays;
    uint32_t firm[STAYS], market[STAYS], stay_word[STAYS];
    int32_t leaves[STAYS];
} presence;

static void set_chances(const kl_state *s, presence *all)
{
    for (int j = 0; j < s->market.n; j++) {
        double chance = j < s->market.n_domestic ? s->p.market_domestic : s->p.market_export;
        all->bit[j] = kl_words_below(chance, &all->last[j]) ? UINT32_C(1) << j : 0;
    }
}

/* The first domestic market at which the sum of demand passes u of the whole. */
KL_VECTOR static void find_homes(const kl_demand *market, const uint32_t *restrict word, int n, double *restrict point,
                                 uint32_t *restrict home)
{
    double total = 0, sum = 0;
    for (int j = 0; j < market->n_domestic; j++)
        total += (double)market->share[j];
    KL_INDEPENDENT
    for (int i = 0; i < n; i++) {
        point[i] = kl_uniform_lane(word[i]) * total;
        home[i] = 0;
    }
    for (int j = 0; j < market->n_domestic - 1; j++) {
        sum += (double)market->share[j];
        KL_INDEPENDENT
        for (int i = 0; i < n; i++)
            home[i] += point[i] < sum ? 0 : 1;
    }
}

/* Which markets beside its home each firm serves, a bit each; no end is set yet. */
KL_VECTOR static void find_served(const kl_state *s, presence *all, int begin, int n)
{
    uint32_t domestic = (UINT32_C(1) << s->market.n_domestic) - 1;
    const uint32_t *restrict home = all->home;
    const float *restrict exporter = s->exporter + begin;
    uint32_t *restrict drawn = all->drawn;
    int32_t *restrict served = s->presence + begin;
    KL_INDEPENDENT
    for (int i = 0; i < n; i++)
        drawn[i] = 0;
    for (int j = 0; j < s->market.n; j++) {
        const uint32_t *restrict word = all->word[j];
        uint32_t last = all->last[j], bit = all->bit[j];
        KL_INDEPENDENT
        for (int i = 0; i < n; i++)
            drawn[i] |= word[i] <= last ? bit : 0;
    }
    const int row = s->market.row;
    int32_t *restrict leaves = s->exit_month + (size_t)begin * (size_t)row;
    for (int k = 0; k < n * row; k++)
        leaves[k] = INT32_MAX;
    KL_INDEPENDENT
    for (int i = 0; i < n; i++) {
        uint32_t at_home = UINT32_C(1) << home[i];
        uint32_t open = exporter[i] > 0 ? UINT32_MAX : domestic;
        drawn[i] = drawn[i] & open & ~at_home;
        served[i] = (int32_t)(drawn[i] | at_home);
    }
}

/* Months until an established presence ends: at the later rate. */
KL_VECTOR static void find_ends(const uint32_t *restrict word, double rate, int n, int32_t *restrict leaves)
{
    KL_INDEPENDENT
    for (int i = 0; i < n; i++) {
        double months = (double)(float)-kl_log_lane(kl_uniform_lane(word[i])) / rate;
        int32_t whole = (int32_t)(months < 1e6 ? months : 0.0);
        leaves[i] = months < 1e6 ? whole + 1 : INT32_MAX;
    }
}

static void end_stays(kl_state *s, presence *all)
{
    double rate = -kl_log1p(-s->p.exit_later);
    uint32_t index[STAYS];
    for (int t = 0; t < all->n_stays; t++)
        index[t] = 1000u + all->market[t];
    kl_words_pick(s->key, KL_DRAW_PRESENCE, all->firm, index, all->n_stays, all->stay_word);
    find_ends(all->stay_word, rate, all->n_stays, all->leaves);
    for (int t = 0; t < all->n_stays; t++)
        s->exit_month[(size_t)all->firm[t] * (size_t)s->market.row + all->market[t]] = all->leaves[t];
    all->n_stays = 0;
}

static void draw_stays(kl_state *s, presence *all, int begin, int n)
{
    all->n_stays = 0;
    for (int i = 0; i < n && begin + i < s->n; i++) {
        for (uint32_t drawn = all->drawn[i]; drawn; drawn &= drawn - 1) {
            all->firm[all->n_stays] = (uint32_t)(begin + i);
            all->market[all->n_stays++] = (uint32_t)kl_lowest_bit(drawn);
        }
        if (all->n_stays >= FIRMS)
            end_stays(s, all);
    }
    end_stays(s, all);
}

void kl_presence_draw(kl_state *s, int begin, int n, const uint32_t *home_word)
{
    presence all;
    set_chances(s, &all);
    for (int j = 0; j < s->market.n; j += 4) {
        uint32_t *const row[4] = {all.word[j], all.word[j + 1], all.word[j + 2], all.word[j + 3]};
        kl_words_draw(s->key, KL_DRAW_PRESENCE, (uint32_t)(j / 4), begin, n, row);
    }
    find_homes(&s->market, home_word, n, all.point, all.home);
    find_served(s, &all, begin, n);
    draw_stays(s, &all, begin, n);
}
