/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Synergy: games with known values, the accounts by level and by firm, degrees of order and their rules at the edges, and the
 * decomposition through the engine, world by world. */
#include "model_runs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "klaster/study.h"
#include "klaster/synergy.h"

static double uniform(uint32_t *state) /* Numerical Recipes' generator: a game is a game */
{
    *state = *state * 1664525u + 1013904223u;
    return (*state >> 8) * 0x1p-24;
}

static int near(double a, double b, double size)
{
    return fabs(a - b) <= 1e-12 * size;
}

/* ---- games ---- */

/* Unanimity game of a set T of t players among n: worth 1 where all of T are there. Its values are 1/t for the players of T, its
 * interactions 1/(t - 1) for pairs of T (Grabisch & Roubens 1999, section 4), all others 0. Unanimity games span all games. */
static void unanimity_games_have_their_textbook_values(void **state)
{
    (void)state;
    for (int n = 1; n <= 6; n++)
        for (unsigned wanted = 1; wanted < 1u << n; wanted++) {
            double worth[64], value[6], pair[36];
            int t = __builtin_popcount(wanted);
            for (unsigned set = 0; set < 1u << n; set++)
                worth[set] = (set & wanted) == wanted;
            assert_int_equal(kl_shapley_values(n, worth, value), KL_OK);
            assert_int_equal(kl_shapley_pairs(n, worth, pair), KL_OK);
            for (int i = 0; i < n; i++) {
                assert_true(near(value[i], wanted >> i & 1 ? 1.0 / t : 0, 1));
                for (int j = 0; j < n; j++)
                    if (i == j)
                        assert_true(isnan(pair[i * n + j]));
                    else
                        assert_true(near(pair[i * n + j], (wanted >> i & wanted >> j & 1) ? 1.0 / (t - 1) : 0, 1));
            }
        }
}

/* One left glove, two right ones: the left is worth 2/3, each right 1/6 (Shapley & Shubik 1969). And the airport game of
 * Littlechild & Owen (1973): runways of cost 1, 4, 9: the first third is shared by all, what is longer by who needs it. */
static void gloves_and_runways_are_shared_as_published(void **state)
{
    (void)state;
    double worth[8], value[3];
    for (unsigned set = 0; set < 8; set++)
        worth[set] = (set & 1) && (set & 6);
    assert_int_equal(kl_shapley_values(3, worth, value), KL_OK);
    assert_true(near(value[0], 2.0 / 3, 1) && near(value[1], 1.0 / 6, 1) && near(value[2], 1.0 / 6, 1));
    for (unsigned set = 0; set < 8; set++)
        worth[set] = set & 4 ? 9 : set & 2 ? 4 : set & 1 ? 1 : 0;
    assert_int_equal(kl_shapley_values(3, worth, value), KL_OK);
    assert_true(near(value[0], 1.0 / 3, 9) && near(value[1], 1.0 / 3 + 3.0 / 2, 9) &&
                near(value[2], 1.0 / 3 + 3.0 / 2 + 5, 9));
}

static void random_game(int n, uint32_t seed, double *worth)
{
    uint32_t at = seed * 2654435761u + 1;
    for (unsigned set = 0; set < 1u << n; set++)
        worth[set] = 1e6 * (uniform(&at) - .3);
}

/* Sum over all orders of what player i adds, by walking through the orders. */
static void add_orders(int n, const double *worth, unsigned before, double *sum, double *orders)
{
    if (before == (1u << n) - 1) {
        *orders += 1;
        return;
    }
    for (int i = 0; i < n; i++) {
        if (before >> i & 1)
            continue;
        unsigned after = before | 1u << i;
        double counted = 0;
        add_orders(n, worth, after, sum, &counted);
        sum[i] += counted * (worth[after] - worth[before]);
        *orders += counted;
    }
}

static void values_are_the_mean_over_all_orders(void **state)
{
    (void)state;
    for (uint32_t k = 0; k < 40; k++) {
        double worth[64], value[6], sum[6] = {0}, orders = 0;
        int n = 2 + (int)(k % 5);
        random_game(n, k, worth);
        add_orders(n, worth, 0, sum, &orders);
        assert_true(orders == tgamma(n + 1));
        assert_int_equal(kl_shapley_values(n, worth, value), KL_OK);
        for (int i = 0; i < n; i++)
            assert_true(near(value[i], sum[i] / orders, 1e6));
    }
}

static void values_sum_to_the_total_and_are_linear(void **state)
{
    (void)state;
    for (uint32_t k = 0; k < 2000; k++) {
        double a[16], b[16], both[16], of_a[4], of_b[4], of_both[4], sum = 0;
        random_game(4, 2 * k, a);
        random_game(4, 2 * k + 1, b);
        for (int set = 0; set < 16; set++)
            both[set] = 3 * a[set] - b[set];
        assert_int_equal(kl_shapley_values(4, a, of_a), KL_OK);
        assert_int_equal(kl_shapley_values(4, b, of_b), KL_OK);
        assert_int_equal(kl_shapley_values(4, both, of_both), KL_OK);
        for (int i = 0; i < 4; i++) {
            sum += of_a[i];
            assert_true(near(of_both[i], 3 * of_a[i] - of_b[i], 1e7));
        }
        assert_true(near(sum, a[15] - a[0], fabs(a[15] - a[0])));
    }
}

static void equals_get_the_same_and_a_dummy_exactly_nothing(void **state)
{
    (void)state;
    for (uint32_t k = 0; k < 500; k++) {
        double small[8], worth[16], value[4], pair[16];
        random_game(3, k, small);
        for (unsigned set = 0; set < 16; set++) /* player 3 adds nothing; players 0 and 1 count alike */
            worth[set] = small[(set & 4) | (set & 1 && set & 2 ? 3 : set & 1 || set & 2 ? 1 : 0)];
        assert_int_equal(kl_shapley_values(4, worth, value), KL_OK);
        assert_int_equal(kl_shapley_pairs(4, worth, pair), KL_OK);
        assert_true(value[3] == 0 && near(value[0], value[1], 1e6));
        assert_true(pair[3] == 0 && pair[7] == 0 && pair[11] == 0 && near(pair[2], pair[4 + 2], 1e6));
    }
}

/* Recursion of the index (Grabisch & Roubens 1999): the pair as one player, less i where j is away, less j where i is away. */
static void an_interaction_is_the_value_of_the_merged_pair_less_those_apart(void **state)
{
    (void)state;
    for (uint32_t k = 0; k < 200; k++) {
        double worth[16], pair[16], merged[8], without_j[8], without_i[8], a[3], b[3], c[3];
        random_game(4, k, worth);
        assert_int_equal(kl_shapley_pairs(4, worth, pair), KL_OK);
        for (unsigned set = 0; set < 8; set++) { /* i = 0, j = 1; players 2 and 3 become 1 and 2 */
            unsigned others = (set >> 1) << 2;
            merged[set] = worth[others | (set & 1 ? 3 : 0)];
            without_j[set] = worth[others | (set & 1 ? 1 : 0)];
            without_i[set] = worth[others | (set & 1 ? 2 : 0)];
        }
        assert_int_equal(kl_shapley_values(3, merged, a), KL_OK);
        assert_int_equal(kl_shapley_values(3, without_j, b), KL_OK);
        assert_int_equal(kl_shapley_values(3, without_i, c), KL_OK);
        assert_true(near(pair[1], a[0] - b[0] - c[0], 1e7) && pair[1] == pair[4]);
    }
}

static void too_few_or_too_many_players_are_refused(void **state)
{
    (void)state;
    double worth[2] = {0, 1}, value[1], pair[1];
    assert_int_equal(kl_shapley_values(0, worth, value), KL_ERR_ARGUMENT);
    assert_int_equal(kl_shapley_values(KL_PLAYERS_MAX + 1, worth, value), KL_ERR_ARGUMENT);
    assert_int_equal(kl_shapley_pairs(0, worth, pair), KL_ERR_ARGUMENT);
    assert_int_equal(kl_shapley_pairs(KL_PLAYERS_MAX + 1, worth, pair), KL_ERR_ARGUMENT);
    assert_int_equal(kl_shapley_values(1, worth, value), KL_OK);
    assert_true(value[0] == 1);
}

/* ---- accounts ---- */

/* Sums over firms are made in float, each account apart: they agree to a few units of float rounding of what went through. */
static void levels_and_firms_sum_to_the_synergy(void **state)
{
    (void)state;
    kl_run run;
    kl_run_init(&run);
    for (uint32_t k = 0; k < 300; k++) {
        double o[KL_N_OUTCOMES], by_firm = 0, value = 0, size = 1;
        setup made = k < 60 ? default_setup() : random_setup(k, .8, 150);
        play_all(&run, &made, k, o);
        const kl_state *s = run.state;
        double levels = o[KL_OUT_synergy_firm] + o[KL_OUT_synergy_cluster] + o[KL_OUT_synergy_ecosystem];
        for (int i = 0; i < KL_N_LEVELS; i++)
            size += fabs(s->pv_level[i]) + fabs(s->pv_level_alone[i]);
        for (int i = 0; i < run.n_firms; i++) {
            by_firm += kl_run_firm_gain(&run, i).synergy;
            value += kl_run_firm_gain(&run, i).value;
            size += fabs((double)s->earned[i]) + fabs((double)s->earned_alone[i]);
        }
        assert_true(fabs(levels - o[KL_OUT_synergy]) <= 2e-6 * size);
        assert_true(fabs(by_firm - o[KL_OUT_synergy]) <= 2e-6 * size);
        assert_true(fabs(value - o[KL_OUT_value_firms]) <= 2e-6 * (size + s->pv_budget + s->pv_cost));
    }
    kl_run_free(&run);
}

static void a_channel_that_is_off_feeds_no_level(void **state)
{
    (void)state;
    kl_run run;
    kl_run_init(&run);
    for (uint32_t k = 0; k < 100; k++) {
        double o[KL_N_OUTCOMES];
        setup made = k < 30 ? default_setup() : random_setup(k, .8, 100);
        made.p.channel_cost = made.p.channel_brand = made.p.channel_information = made.p.channel_markets = 0;
        play_all(&run, &made, k, o);
        assert_true(o[KL_OUT_synergy_firm] == 0 && o[KL_OUT_synergy_cluster] == 0 && o[KL_OUT_synergy_ecosystem] == 0);
        for (int i = 0; i < run.n_firms; i++)
            assert_true(kl_run_firm_gain(&run, i).synergy == 0);
        made.p.channel_information = 1; /* feeds the firm's own level; without `markets` nothing outside */
        play_all(&run, &made, k, o);
        assert_true(o[KL_OUT_synergy_cluster] == 0 && o[KL_OUT_synergy_ecosystem] == 0);
    }
    kl_run_free(&run);
}

/* V(alone) from the twin played as a run of its own: margin on revenue less the budget, and the month's net benefit. */
static void superadditivity_is_what_two_runs_say(void **state)
{
    (void)state;
    kl_run run, twin;
    kl_run_init(&run);
    kl_run_init(&twin);
    int defined = 0;
    for (uint32_t k = 0; k < 20; k++) {
        double o[KL_N_OUTCOMES], alone = 0, size = 0;
        setup made = default_setup(), apart = default_setup();
        apart.p.ecosystem = 0;
        play_all(&run, &made, k, o);
        start(&twin, &apart, SEED, k);
        for (int m = 0; m < 60; m++) {
            kl_run_step(&twin);
            for (int i = 0; i < twin.n_firms; i++) {
                kl_firm firm = kl_run_firm(&twin, i);
                alone += (made.p.margin * firm.revenue - firm.budget + firm.net_benefit) * pow(1.09, -m / 12.);
                size += firm.revenue;
            }
        }
        if (!(alone > 0)) {
            assert_true(isnan(o[KL_OUT_superadditivity]));
            continue;
        }
        defined++;
        assert_true(fabs(o[KL_OUT_superadditivity] * alone - o[KL_OUT_synergy]) <= 1e-6 * size);
    }
    assert_int_equal(defined, 20);
    kl_run_free(&run);
    kl_run_free(&twin);
}

/* ---- degrees ---- */

static void the_composite_degree_follows_its_rules(void **state)
{
    (void)state;
    assert_true(kl_composite_degree(2, (double[]){.4, .9}) == sqrt(.4 * .9));
    assert_true(kl_composite_degree(2, (double[]){-.4, .9}) == -sqrt(.4 * .9)); /* one goes back: minus */
    assert_true(kl_composite_degree(2, (double[]){-.4, -.9}) == -sqrt(.4 * .9));
    assert_true(kl_composite_degree(2, (double[]){0, .9}) == 0); /* theta is 0/0 */
    assert_true(kl_composite_degree(2, (double[]){0, 0}) == 0);
    assert_true(kl_composite_degree(2, (double[]){-.4, 0}) == 0);
    assert_true(kl_composite_degree(2, (double[]){1, 1}) == 1 && kl_composite_degree(2, (double[]){-1, -1}) == -1);
    assert_true(near(kl_composite_degree(3, (double[]){.2, .4, .8}), .4, 1));
    assert_true(near(kl_composite_degree(1, (double[]){-.7}), -.7, 1));
    uint32_t at = 5;
    for (int k = 0; k < 10000; k++) {
        double change[2] = {2 * uniform(&at) - 1, 2 * uniform(&at) - 1}, d = kl_composite_degree(2, change);
        assert_true(d >= -1 && d <= 1 && (d > 0) == (change[0] > 0 && change[1] > 0));
    }
}

static void coupling_is_the_root_of_coupling_times_level(void **state)
{
    (void)state;
    assert_true(kl_coupling_degree(0, 0) == 0 && kl_coupling_degree(0, .7) == 0 && kl_coupling_degree(1, 1) == 1);
    assert_true(near(kl_coupling_degree(.36, .36), .6, 1));        /* C = 1, T = .36 */
    assert_true(near(kl_coupling_degree(.16, .36), sqrt(.24), 1)); /* C = .48/.52, T = .26 */
    uint32_t at = 7;
    for (int k = 0; k < 1000; k++) {
        double u = uniform(&at), v = uniform(&at), d = kl_coupling_degree(u, v);
        assert_true(d >= 0 && d <= 1 && near(d, kl_coupling_degree(v, u), 1));
    }
}

/* The series against what the public API shows, month by month. */
static void the_degrees_are_those_of_the_series(void **state)
{
    (void)state;
    int below = 0, above = 0;
    kl_run run;
    kl_run_init(&run);
    for (uint32_t k = 0; k < 60; k++) {
        double o[KL_N_OUTCOMES], first[2] = {0, 0};
        setup made = k < 30 ? default_setup() : random_setup(k, .8, 80);
        play_all(&run, &made, k, o);
        int built = (int)o[KL_OUT_month_built], before = 1;
        for (int m = 0; m < made.horizon; m++) {
            double i = kl_run_series(&run, KL_SER_order_innovation, m);
            double g = kl_run_series(&run, KL_SER_order_governance, m), d = kl_run_series(&run, KL_SER_dws, m);
            assert_true(i >= 0 && i <= 1 && g >= 0 && g <= 1);
            assert_true(fabs(kl_run_series(&run, KL_SER_coupling, m) - pow(i * g, .25)) < 1e-6);
            if (isnan(d)) {
                assert_true(before); /* once defined it stays so */
                first[0] = i;
                first[1] = g;
                continue;
            }
            if (before) /* the month after the first build; a mechanism may build again */
                assert_true(built > 0 && (k >= 30 || m == built));
            before = 0;
            double change[2] = {i - first[0], g - first[1]};
            assert_true(d >= -1 && d <= 1 && fabs(d * fabs(d) - (d < 0 ? -1 : 1) * fabs(change[0] * change[1])) < 1e-6);
            above += d > .1;
            below += d < -.001;
            double parts = kl_run_series(&run, KL_SER_members, m) + kl_run_series(&run, KL_SER_trust, m);
            assert_true(3 * g >= parts - 1e-6 && 3 * g <= parts + 1 + 1e-6);
        }
    }
    assert_true(above > 100 && below > 10);
    kl_run_free(&run);
}

/* Both order degrees added up plainly, firm by firm, after every month. */
static void the_order_degrees_are_means_of_their_order_parameters(void **state)
{
    (void)state;
    kl_run run;
    kl_run_init(&run);
    double largest = 0;
    for (uint32_t k = 0; k < 30; k++) {
        setup made = k < 15 ? default_setup() : random_setup(k, .8, 80);
        start(&run, &made, SEED, k);
        while (run.month < run.horizon) {
            kl_run_step(&run);
            const kl_state *s = run.state;
            if (s->month_closed == run.month) /* what there was is gone by now */
                continue;
            double stock = 0, trust = 0, spent = 0, shareable = 0;
            for (int i = 0; i < s->n; i++) {
                stock += (double)s->stock[i] / s->n;
                trust += (double)s->trust[i] / s->n;
                spent += (double)s->spent[i];
                shareable += (double)s->shareable[i] * (double)s->budget[i];
            }
            /* as they were before a stage ended and another, such as a pilot, began */
            double quality = kl_run_series(&run, KL_SER_quality, run.month - 1);
            double members = kl_run_series(&run, KL_SER_members, run.month - 1);
            double innovation = (quality + s->information + fmin(stock, 1)) / 3;
            double joint = shareable > 0 ? fmin(spent / shareable, 1) : 0;
            double governance = (members + trust + joint) / 3;
            assert_true(fabs(kl_run_series(&run, KL_SER_order_innovation, run.month - 1) - innovation) < 1e-5);
            assert_true(fabs(kl_run_series(&run, KL_SER_order_governance, run.month - 1) - governance) < 1e-5);
            largest = fmax(largest, joint);
        }
    }
    assert_true(largest > .3); /* or the part of the joint spending was not looked at */
    kl_run_free(&run);
}

/* ---- SWOT ---- */

static void swot_scores_lie_in_the_unit_interval_and_see_what_is_good(void **state)
{
    (void)state;
    kl_run run;
    kl_run_init(&run);
    for (uint32_t k = 0; k < 200; k++) {
        double o[KL_N_OUTCOMES];
        setup made = random_setup(k, .6, 80);
        play_all(&run, &made, k, o);
        for (int i = 0; i < 4; i++)
            assert_true(o[KL_OUT_swot_strengths + i] >= 0 && o[KL_OUT_swot_strengths + i] <= 1);
        assert_true(o[KL_OUT_swot_strengths] + o[KL_OUT_swot_weaknesses] <= 1);
        assert_true(o[KL_OUT_swot_opportunities] + o[KL_OUT_swot_threats] <= 1);
    }
    double poor[KL_N_OUTCOMES], rich[KL_N_OUTCOMES];
    setup made = default_setup();
    made.p.readiness_a = made.p.experience_a = made.p.trust_a = .2;
    made.p.readiness_b = made.p.experience_b = made.p.trust_b = 50;
    made.p.scale_elasticity = 1; /* no economies */
    made.p.margin = 0;           /* nothing to gain abroad */
    made.p.reserve = 0;
    made.p.reach_rate = 10; /* no demand left */
    made.p.market_domestic = made.p.market_export = made.p.exporters = 1;
    play_all(&run, &made, 1, poor);
    assert_true(poor[KL_OUT_swot_strengths] == 0 && poor[KL_OUT_swot_weaknesses] > .97);
    assert_true(poor[KL_OUT_swot_opportunities] == 0 && poor[KL_OUT_swot_threats] > .97);
    made = default_setup();
    made.p.readiness_a = made.p.experience_a = made.p.trust_a = 50;
    made.p.readiness_b = made.p.experience_b = made.p.trust_b = .2;
    made.p.scale_elasticity = 0; /* the largest budget alone is paid */
    made.p.firms = 500;
    made.p.margin = 1;
    made.p.sunk_cost = 100;
    made.p.opex = 0; /* nothing to fund */
    made.p.reach_rate = 0.0;
    play_all(&run, &made, 1, rich);
    assert_true(rich[KL_OUT_swot_weaknesses] == 0 && rich[KL_OUT_swot_strengths] > .95);
    assert_true(rich[KL_OUT_swot_threats] == 0 && rich[KL_OUT_swot_opportunities] > .95);
    kl_run_free(&run);
}

/* n equal firms: the scale factor is 1 - n^(eps-1); 16 firms at eps .5: 3/4, a strength of 2 (3/4 - 1/2) / 4 = 1/8. */
static void scale_is_what_equal_firms_would_save(void **state)
{
    (void)state;
    kl_run run;
    kl_run_init(&run);
    setup made = equal_setup(16);
    double o[KL_N_OUTCOMES], other[KL_N_OUTCOMES];
    made.p.scale_elasticity = .5;
    play_all(&run, &made, 0, o);
    made.p.scale_elasticity = .75; /* 1 - 16^-.25 = 1/2: neutral */
    play_all(&run, &made, 0, other);
    assert_true(fabs(o[KL_OUT_swot_strengths] - other[KL_OUT_swot_strengths] - .125) < 1e-6);
    assert_true(fabs(o[KL_OUT_swot_weaknesses] - other[KL_OUT_swot_weaknesses]) < 1e-6);
    kl_run_free(&run);
}

/* ---- stakeholders ---- */

static void the_map_holds_every_firm_and_institution_with_scores(void **state)
{
    (void)state;
    kl_run run;
    kl_run_init(&run);
    static const char *const advised[] = {"manage closely", "keep satisfied", "keep informed", "monitor"};
    for (uint32_t k = 0; k < 40; k++) {
        double o[KL_N_OUTCOMES], most = 0, gains = 0;
        kl_stakeholder map[200];
        kl_table table;
        setup made = k < 10 ? default_setup() : random_setup(k, .8, 100);
        play_all(&run, &made, k, o);
        int n = run.n_firms + KL_N_STAKEHOLDERS - 1;
        kl_stakeholders_map(&run, &made.p, map);
        for (int i = 0; i < n; i++) {
            assert_true(map[i].influence >= 0 && map[i].influence <= 1);
            assert_true(map[i].interest >= 0 && map[i].interest <= 1);
            assert_true(map[i].centrality >= 0 && map[i].centrality <= 1);
            assert_true((map[i].interest > 0) == (map[i].gain > 0));
            assert_int_equal(map[i].firm, i < run.n_firms ? i : -1);
            most = fmax(most, map[i].influence);
            gains += i < run.n_firms ? map[i].gain : 0;
        }
        assert_true(most >= .5);
        assert_true(fabs(gains - o[KL_OUT_value_firms]) < 1e-4 * (fabs(o[KL_OUT_value_firms]) + run.state->pv_budget));
        assert_true(map[run.n_firms].gain == o[KL_OUT_value_platform]);
        assert_int_equal(kl_stakeholders_table(&table, n, map), KL_OK);
        assert_int_equal(table.n_rows, n);
        for (int i = 0; i < n; i++) {
            int known = 0;
            for (int a = 0; a < 4; a++)
                known += strcmp(table.column[4].text[i], advised[a]) == 0;
            assert_int_equal(known, 1);
            assert_true(i == 0 || table.column[2].number[i] <= table.column[2].number[i - 1]);
        }
        kl_table_free(&table);
    }
    kl_run_free(&run);
}

/* ---- through the engine ---- */

typedef struct played {
    kl_study study;
    kl_synergy_study made;
    kl_synergy_runs runs;
} played;

static void load_study(played *p, const char *text)
{
    kl_diagnostics found;
    kl_study_init(&p->study);
    kl_status status = kl_study_parse(&p->study, text, strlen(text), "test.yaml", NULL, &found);
    kl_diagnostics_print(&found, stderr);
    kl_diagnostics_free(&found);
    assert_int_equal(status, KL_OK);
}

static void play_loaded(played *p, int n_threads)
{
    kl_plan plan;
    assert_int_equal(kl_synergy_study_make(&p->made, &p->study, 0), KL_OK);
    assert_int_equal(kl_plan_make(&plan, &p->made.study, n_threads, 0), KL_OK);
    assert_int_equal(kl_synergy_runs_init(&p->runs, &p->made), KL_OK);
    kl_engine_options options = {.n_threads = n_threads, .sink = kl_synergy_sink, .data = &p->runs};
    assert_int_equal(kl_engine_run(&p->made.study, &plan, &options), KL_OK);
}

static void play_study(played *p, const char *text, int n_threads)
{
    load_study(p, text);
    play_loaded(p, n_threads);
}

static void forget_played(played *p)
{
    kl_synergy_runs_free(&p->runs);
    kl_synergy_study_free(&p->made);
    kl_study_free(&p->study);
}

#define STUDY                                                                                       \
    "klaster: 1\nname: s\nseed: 11\nmonths: 48\npoints: 40\nreplicates: 2\nmechanism: five-stage\n" \
    "uncertainty: default\n"

static void shapley_sums_to_the_total_to_1e_12_in_every_world(void **state)
{
    (void)state;
    played p;
    play_study(&p, STUDY "parameters: {firms: 40}\n", 2);
    assert_int_equal(kl_synergy_failed(&p.runs), 0);
    for (size_t w = 0; w < p.runs.n_worlds; w++) {
        double worth[KL_N_CHANNEL_SETS], value[KL_N_CHANNELS], sum = 0;
        assert_true(kl_synergy_worth(&p.runs, w, worth));
        assert_true(worth[0] == 0); /* all channels off */
        assert_int_equal(kl_shapley_values(KL_N_CHANNELS, worth, value), KL_OK);
        for (int k = 0; k < KL_N_CHANNELS; k++)
            sum += value[k];
        assert_true(near(sum, worth[15], fabs(worth[15])));
        assert_true(worth[15] == p.runs.whole[(size_t)KL_OUT_synergy * p.runs.n_worlds + w]);
    }
    forget_played(&p);
}

static void a_channel_that_is_off_is_a_dummy(void **state)
{
    (void)state;
    played p;
    play_study(&p, STUDY "parameters: {firms: 20, gate: false, channel_brand: false}\n", 2);
    for (size_t w = 0; w < p.runs.n_worlds; w++) {
        double worth[KL_N_CHANNEL_SETS], value[KL_N_CHANNELS], pair[KL_N_CHANNELS * KL_N_CHANNELS];
        assert_true(kl_synergy_worth(&p.runs, w, worth));
        assert_int_equal(kl_shapley_values(KL_N_CHANNELS, worth, value), KL_OK);
        assert_int_equal(kl_shapley_pairs(KL_N_CHANNELS, worth, pair), KL_OK);
        assert_true(value[KL_CHANNEL_BRAND] == 0 && value[KL_CHANNEL_COST] != 0);
        for (int k = 0; k < KL_N_CHANNELS; k++)
            assert_true(k == KL_CHANNEL_BRAND || pair[KL_CHANNEL_BRAND * KL_N_CHANNELS + k] == 0);
    }
    forget_played(&p);
}

static int column_of(const kl_table *table, const char *name)
{
    for (int c = 0; c < table->n_columns; c++)
        if (strcmp(table->column[c].name, name) == 0)
            return c;
    fail_msg("no column %s in %s", name, table->name);
    return -1;
}

static double number_of(const kl_table *table, int row, const char *name)
{
    return table->column[column_of(table, name)].number[row];
}

static void tables_agree_with_each_other_and_with_the_worlds(void **state)
{
    (void)state;
    played p;
    kl_table t[KL_N_SYNERGY_TABLES];
    play_study(&p, STUDY "parameters: {firms: 30, gate: false}\n", 2);
    assert_int_equal(kl_synergy_tables(&p.made, &p.runs, t), KL_OK);
    double value = 0, share = 0, total = number_of(&t[0], 4, "value"), level = 0;
    for (int k = 0; k < 4; k++) {
        value += number_of(&t[0], k, "value");
        share += number_of(&t[0], k, "share");
        assert_true(number_of(&t[0], k, "lo") < number_of(&t[0], k, "value"));
        assert_true(number_of(&t[0], k, "hi") > number_of(&t[0], k, "value"));
        assert_true(number_of(&t[0], k, "share_lo") < number_of(&t[0], k, "share_hi"));
        assert_true(near(number_of(&t[3], k, "total"), number_of(&t[0], k, "value"), total));
        double across = number_of(&t[3], k, "firm") + number_of(&t[3], k, "cluster") + number_of(&t[3], k, "ecosystem");
        assert_true(fabs(across - number_of(&t[3], k, "total")) < 1e-5 * total); /* levels sum in float */
    }
    for (int k = 0; k < 3; k++)
        level += number_of(&t[2], k, "value");
    assert_true(near(value, total, total) && near(share, 1, 1) && number_of(&t[0], 4, "share") == 1);
    assert_true(fabs(level - total) < 1e-5 * total && near(number_of(&t[2], 3, "value"), total, total));
    double mean_total = 0;
    for (size_t w = 0; w < p.runs.n_worlds; w++)
        mean_total += p.runs.whole[(size_t)KL_OUT_synergy * p.runs.n_worlds + w] / (double)p.runs.n_worlds;
    assert_true(near(total, mean_total, total));
    assert_int_equal(t[1].n_rows, 6);
    assert_int_equal(t[0].column[column_of(&t[0], "worlds")].count[0], 80);
    for (int k = 0; k < KL_N_SYNERGY_TABLES; k++)
        kl_table_free(&t[k]);
    forget_played(&p);
}

/* assess, pilot and optimise can be left out of the five stages; build and rollout cannot. What the table says a stage adds is
 * the difference of two runs played by hand, mean over worlds. */
static void what_a_stage_adds_is_the_paired_difference_of_runs(void **state)
{
    (void)state;
    played p;
    kl_table t[KL_N_SYNERGY_TABLES];
    kl_run run;
    play_study(&p, STUDY "parameters: {firms: 30}\n", 2);
    assert_int_equal(p.made.n_left_out, 3);
    assert_true(p.made.stage[0] == 0 && p.made.stage[1] == 2 && p.made.stage[2] == 4);
    assert_int_equal(kl_synergy_tables(&p.made, &p.runs, t), KL_OK);
    kl_run_init(&run);
    double sum = 0, size = 0;
    for (int point = 0; point < 40; point++)
        for (int replicate = 0; replicate < 2; replicate++)
            for (int leave = 0; leave < 2; leave++) {
                double o[KL_N_OUTCOMES];
                setup made = {.horizon = 48};
                assert_int_equal(kl_study_draw(&p.study, 0, point, &made.p, &made.mechanism), KL_OK);
                if (leave) /* the pilot */
                    memmove(&made.mechanism.stage[2], &made.mechanism.stage[3],
                            sizeof made.mechanism.stage[0] * (size_t)(--made.mechanism.n_stages - 2));
                assert_int_equal(
                    kl_run_start(&run, &made.p, &made.mechanism, kl_study_world(&p.study, point, replicate), 48),
                    KL_OK);
                play(&run, 48);
                kl_run_outcomes(&run, o);
                sum += (leave ? -1 : 1) * o[KL_OUT_npv_social];
                size += fabs(o[KL_OUT_npv_social]);
            }
    assert_string_equal(t[6].column[0].text[5], "pilot");
    assert_string_equal(t[6].column[1].text[5], "npv_social");
    assert_true(fabs(number_of(&t[6], 5, "adds") - sum / 80) <= 1e-9 * size);
    assert_true(near(number_of(&t[6], 5, "with") - number_of(&t[6], 5, "without"), number_of(&t[6], 5, "adds"), size));
    for (int k = 0; k < KL_N_SYNERGY_TABLES; k++)
        kl_table_free(&t[k]);
    kl_run_free(&run);
    forget_played(&p);
}

static void threads_change_no_bit(void **state)
{
    (void)state;
    played one, two;
    play_study(&one, STUDY "parameters: {firms: 12}\n", 1);
    play_study(&two, STUDY "parameters: {firms: 12}\n", 2);
    size_t n = one.runs.n_worlds * sizeof(double);
    assert_memory_equal(one.runs.level, two.runs.level, 64 * n);
    assert_memory_equal(one.runs.stage, two.runs.stage, 18 * n);
    forget_played(&one);
    forget_played(&two);
}

/* A draw that cannot be played (a pilot larger than the cluster) fails with every set of channels: it is left out and counted,
 * never taken for 0. */
static void failed_worlds_are_left_out_and_counted(void **state)
{
    (void)state;
    played p;
    kl_table t[KL_N_SYNERGY_TABLES];
    kl_params params;
    kl_mechanism mechanism;
    int64_t failed = 0;
    load_study(&p, STUDY); /* whose reader would refuse what follows */
    p.study.arm[0].param[KL_PARAM_firms] = (kl_dist){.kind = KL_DIST_INTEGER, .n = 2, .value = {1, 8}};
    for (int point = 0; point < 40; point++)
        failed += 2 * (kl_study_draw(&p.study, 0, point, &params, &mechanism) != KL_OK);
    assert_in_range(failed, 10, 60);
    play_loaded(&p, 2);
    assert_int_equal(kl_synergy_failed(&p.runs), failed);
    assert_int_equal(kl_synergy_tables(&p.made, &p.runs, t), KL_OK);
    for (int k = 0; k < 5; k++) {
        assert_int_equal(t[0].column[1].count[k], 80 - failed);
        assert_true(isfinite(number_of(&t[0], k, "value")));
    }
    assert_int_equal(t[4].column[1].count[1], 80 - failed);
    assert_int_equal(t[6].column[2].count[0], 80 - failed);
    for (int k = 0; k < KL_N_SYNERGY_TABLES; k++)
        kl_table_free(&t[k]);
    forget_played(&p);
}

static void an_arm_without_stages_is_refused(void **state)
{
    (void)state;
    played p;
    load_study(&p, STUDY);
    assert_int_equal(kl_synergy_study_make(&p.made, &p.study, -1), KL_ERR_ARGUMENT);
    assert_int_equal(kl_synergy_study_make(&p.made, &p.study, 1), KL_ERR_ARGUMENT);
    int n_stages = p.study.arm[0].n_stages;
    p.study.arm[0].n_stages = 0;
    assert_int_equal(kl_synergy_study_make(&p.made, &p.study, 0), KL_ERR_ARGUMENT);
    p.study.arm[0].n_stages = n_stages; /* so that they are freed */
    kl_synergy_study_free(&p.made);
    kl_study_free(&p.study);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unanimity_games_have_their_textbook_values),
        cmocka_unit_test(gloves_and_runways_are_shared_as_published),
        cmocka_unit_test(values_are_the_mean_over_all_orders),
        cmocka_unit_test(values_sum_to_the_total_and_are_linear),
        cmocka_unit_test(equals_get_the_same_and_a_dummy_exactly_nothing),
        cmocka_unit_test(an_interaction_is_the_value_of_the_merged_pair_less_those_apart),
        cmocka_unit_test(too_few_or_too_many_players_are_refused),
        cmocka_unit_test(levels_and_firms_sum_to_the_synergy),
        cmocka_unit_test(a_channel_that_is_off_feeds_no_level),
        cmocka_unit_test(superadditivity_is_what_two_runs_say),
        cmocka_unit_test(the_composite_degree_follows_its_rules),
        cmocka_unit_test(coupling_is_the_root_of_coupling_times_level),
        cmocka_unit_test(the_degrees_are_those_of_the_series),
        cmocka_unit_test(the_order_degrees_are_means_of_their_order_parameters),
        cmocka_unit_test(swot_scores_lie_in_the_unit_interval_and_see_what_is_good),
        cmocka_unit_test(scale_is_what_equal_firms_would_save),
        cmocka_unit_test(the_map_holds_every_firm_and_institution_with_scores),
        cmocka_unit_test(shapley_sums_to_the_total_to_1e_12_in_every_world),
        cmocka_unit_test(a_channel_that_is_off_is_a_dummy),
        cmocka_unit_test(tables_agree_with_each_other_and_with_the_worlds),
        cmocka_unit_test(what_a_stage_adds_is_the_paired_difference_of_runs),
        cmocka_unit_test(threads_change_no_bit),
        cmocka_unit_test(failed_worlds_are_left_out_and_counted),
        cmocka_unit_test(an_arm_without_stages_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
