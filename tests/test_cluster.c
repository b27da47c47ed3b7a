/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The draw of a world: attributes have the distributions, loads and shares that they should have, graphs the degrees and the
 * shape of their law. Means of 20,000 firms against known values at 5 standard errors: false alarm 6e-7 each, 2e-5 for all. */
#include "model_runs.h"

#include <math.h>

#include <gsl/gsl_cdf.h>

enum { N = 20000 };

static double x[N], y[N];

static void near_mean(const double *values, int n, double expected)
{
    assert_true(fabs(mean(values, n) - expected) < 5 * deviation(values, n) / sqrt(n));
}

static double correlation(const double *a, const double *b)
{
    double ma = mean(a, N), mb = mean(b, N), sum = 0;
    for (int i = 0; i < N; i++)
        sum += (a[i] - ma) * (b[i] - mb);
    return sum / ((N - 1) * deviation(a, N) * deviation(b, N));
}

static setup large_cluster(void)
{
    setup made = default_setup();
    made.p.firms = N;
    made.horizon = 1;
    return made;
}

static void sizes_revenues_and_budgets_have_their_means_spreads_and_elasticity(void **state)
{
    (void)state;
    setup made = large_cluster();
    kl_run run;
    kl_run_init(&run);
    start(&run, &made, SEED, 0);
    for (int i = 0; i < N; i++)
        x[i] = log(kl_run_firm(&run, i).employees);
    near_mean(x, N, log(90) - 1.2 * 1.2 / 2 + .00037); /* 0.09 % below one employee, .1 % above 5000 */
    assert_true(fabs(deviation(x, N) - 1.2) < 5 * 1.2 / sqrt(2. * N) + .005);
    for (int i = 0; i < N; i++)
        y[i] = log(kl_run_firm(&run, i).revenue) - x[i] - log(40000. / 12);
    near_mean(y, N, 0);
    assert_true(fabs(deviation(y, N) - .4) < 5 * .4 / sqrt(2. * N));
    double typical = 40000. / 12 * 90;
    for (int i = 0; i < N; i++) {
        kl_firm firm = kl_run_firm(&run, i);
        x[i] = log(firm.revenue / typical);
        y[i] = log(firm.budget / (.03 * typical)) - .85 * x[i];
    }
    near_mean(y, N, 0);
    assert_true(fabs(deviation(y, N) - .5) < 5 * .5 / sqrt(2. * N));
    assert_true(fabs(correlation(x, y)) < 5 / sqrt(N)); /* the elasticity is all that ties budget to revenue */
    for (int i = 0; i < N; i++)
        x[i] = kl_run_firm(&run, i).employees; /* E S = 90, a little less for the cut at 5000 */
    assert_true(fabs(mean(x, N) - 90) < 5 * 90 * sqrt((exp(1.44) - 1) / N));
    kl_run_free(&run);
}

/* Normal scores of Beta attributes load on size as stated and are standard normal. */
static void readiness_and_experience_load_on_size_and_trust_does_not(void **state)
{
    (void)state;
    setup made = large_cluster();
    made.p.readiness_load = .6;
    made.p.experience_load = -.3;
    kl_run run;
    kl_run_init(&run);
    start(&run, &made, SEED, 0);
    const kl_state *s = run.state;
    for (int i = 0; i < N; i++)
        x[i] = log((double)s->employees[i]);
    struct {
        const float *value;
        double a, b, load;
    } attributes[] = {
        {s->readiness_first, 2, 3, .6}, {s->experience, 2, 3, -.3}, {s->trust_first, 4, 4, 0}, {s->openness, 2, 2, 0}};
    for (int k = 0; k < 4; k++) {
        for (int i = 0; i < N; i++)
            y[i] = gsl_cdf_ugaussian_Pinv(
                gsl_cdf_beta_P((double)attributes[k].value[i], attributes[k].a, attributes[k].b));
        near_mean(y, N, 0);
        assert_true(fabs(deviation(y, N) - 1) < 5 / sqrt(2. * N));
        double load = attributes[k].load;
        assert_true(fabs(correlation(x, y) - load) < 5 * (1 - load * load) / sqrt(N) + .002); /* sizes are cut */
    }
    kl_run_free(&run);
}

static void exporters_sectors_goals_and_presence_have_their_shares(void **state)
{
    (void)state;
    setup made = large_cluster();
    made.p.market_domestic = .25;
    made.p.market_export = .1;
    kl_run run;
    kl_run_init(&run);
    start(&run, &made, SEED, 0);
    const kl_state *s = run.state;
    double exporters = 0, sectors[4] = {0}, abroad = 0, at_home = 0, spread = 0;
    for (int i = 0; i < N; i++) {
        x[i] = s->exporter[i] > 0;
        y[i] = log((double)s->goal[i] / .1);
        exporters += x[i];
        sectors[s->sector[i]]++;
        spread += (double)s->shareable[i] / N;
        assert_true((double)s->shareable[i] > .4999 && (double)s->shareable[i] < .6001);
        for (int j = 0; j < 12; j++) {
            int serves = s->presence[i] >> j & 1;
            at_home += j < 6 && serves;
            abroad += j >= 6 && serves;
            assert_true(j < 6 || !serves || x[i] > 0); /* only exporters start abroad */
        }
    }
    near_mean(x, N, .3);
    near_mean(y, N, 0);
    assert_true(fabs(deviation(y, N) - .6) < 5 * .6 / sqrt(2. * N));
    assert_true(fabs(spread - .55) < 5 * .1 / sqrt(12. * N));
    for (int k = 0; k < 4; k++)
        assert_true(fabs(sectors[k] / N - .25) < 5 * sqrt(.25 * .75 / N));
    assert_true(fabs(at_home / N - (1 + 5 * .25)) < 5 * sqrt(5 * .25 * .75 / N));
    assert_true(fabs(abroad / exporters - 6 * .1) < 5 * sqrt(6 * .1 * .9 / exporters));
    for (int i = 0; i < N; i++)
        y[i] = log((double)s->employees[i]);
    assert_true(correlation(x, y) > .3); /* exporters are larger: .5 in normal scores */
    kl_run_free(&run);
}

static void an_anchor_holds_its_share_of_the_revenue(void **state)
{
    (void)state;
    setup made = default_setup();
    kl_run run;
    kl_run_init(&run);
    for (double share = .1; share < .95; share += .2) {
        made.p.anchor_share = share;
        start(&run, &made, SEED, 2);
        double all = 0, first = kl_run_firm(&run, 0).revenue;
        for (int i = 0; i < 54; i++)
            all += kl_run_firm(&run, i).revenue;
        assert_true(fabs(first / all - share) < 1e-5);
    }
    kl_run_free(&run);
}

/* ---- graphs ---- */

static int is_tied(const kl_run *run, int a, int b)
{
    const int32_t *tie;
    int n = kl_run_ties(run, a, &tie), found = 0;
    for (int k = 0; k < n; k++)
        found += tie[k] == b;
    return found;
}

/* Mean degree; fails on a tie to itself, a tie twice, or a tie of one side only. */
static double mean_degree(const kl_run *run)
{
    double ties = 0;
    for (int i = 0; i < run->n_firms; i++) {
        const int32_t *tie;
        int n = kl_run_ties(run, i, &tie);
        ties += n;
        for (int k = 0; k < n; k++) {
            assert_true(tie[k] != i && tie[k] >= 0 && tie[k] < run->n_firms);
            assert_int_equal(is_tied(run, i, tie[k]), 1);
            assert_int_equal(is_tied(run, tie[k], i), 1);
        }
    }
    return ties / run->n_firms;
}

/* Share of pairs of a firm's ties that are tied themselves. */
static double clustering(const kl_run *run)
{
    double closed = 0, pairs = 0;
    for (int i = 0; i < run->n_firms; i++) {
        const int32_t *tie;
        int n = kl_run_ties(run, i, &tie);
        for (int a = 0; a < n; a++)
            for (int b = 0; b < a; b++) {
                closed += is_tied(run, tie[a], tie[b]);
                pairs++;
            }
    }
    return closed / pairs;
}

static void small_worlds_keep_their_degree_and_lose_clustering_to_rewiring(void **state)
{
    (void)state;
    setup made = default_setup();
    made.p.firms = 2000;
    kl_run run;
    kl_run_init(&run);
    const double rewiring[] = {0, .1, .5};
    for (int k = 0; k < 3; k++) {
        made.p.rewiring = rewiring[k];
        start(&run, &made, SEED, 0);
        assert_true(mean_degree(&run) == 10);
        /* Barrat & Weigt 2000: C = 3 (k - 2) / (4 (k - 1)) (1 - p)^3, up to O(1/n) */
        assert_true(fabs(clustering(&run) - 2. / 3 * pow(1 - rewiring[k], 3)) < .02);
    }
    kl_run_free(&run);
}

static void random_graphs_are_poisson_scale_free_ones_have_hubs_and_blocks_stay_inside(void **state)
{
    (void)state;
    setup made = default_setup();
    made.p.firms = 4000;
    kl_run run;
    kl_run_init(&run);
    made.p.graph = kl_graph_random;
    start(&run, &made, SEED, 0);
    /* 20,000 edges, binomial: sd of the mean degree is 2 sqrt(20000)/4000 = .07 */
    assert_true(fabs(mean_degree(&run) - 10) < 5 * .071);
    for (int i = 0; i < 4000; i++)
        x[i] = kl_run_firm(&run, i).ties;
    assert_true(fabs(pow(deviation(x, 4000), 2) - 10) < 5 * 10 * sqrt(2. / 4000) + .4); /* variance = mean */
    made.p.graph = kl_graph_scale_free;
    start(&run, &made, SEED, 0);
    assert_true(fabs(mean_degree(&run) - 10) < .05);
    int above_20 = 0, largest = 0;
    for (int i = 0; i < 4000; i++) {
        int n = kl_run_firm(&run, i).ties;
        above_20 += n >= 20;
        largest = n > largest ? n : largest;
        assert_true(i < 5 || n >= 5);
    }
    /* Barabasi & Albert: P(degree >= k) = m (m + 1) / (k (k + 1)) = 30/420; the largest about m sqrt(n) = 316 */
    assert_true(fabs(above_20 / 4000. - 30. / 420) < 5 * sqrt(30. / 420 / 4000));
    assert_true(largest > 120 && largest < 1000);
    made.p.graph = kl_graph_blocks;
    start(&run, &made, SEED, 0);
    assert_true(fabs(mean_degree(&run) - 10) < .05);
    double inside = 0, all = 0;
    for (int i = 0; i < 4000; i++) {
        const int32_t *tie;
        int n = kl_run_ties(&run, i, &tie);
        for (int k = 0; k < n; k++)
            inside += run.state->sector[tie[k]] == run.state->sector[i];
        all += n;
    }
    assert_true(fabs(inside / all - (.8 + .2 / 4)) < 5 * sqrt(.85 * .15 / 20000)); /* 20,000 ties */
    kl_run_free(&run);
}

static void graphs_of_few_firms_are_sound(void **state)
{
    (void)state;
    kl_run run;
    kl_run_init(&run);
    for (int graph = 0; graph < 4; graph++)
        for (int n = 1; n < 30; n++)
            for (int degree = 0; degree <= 200; degree += degree < 12 ? 3 : 47) {
                setup made = default_setup();
                made.p.graph = graph;
                made.p.firms = n;
                made.p.pilot_firms = 1;
                made.p.degree = degree;
                made.horizon = 1;
                start(&run, &made, SEED, (uint32_t)n);
                assert_true(mean_degree(&run) <= n - 1);
            }
    kl_run_free(&run);
}

/* ---- many at once ---- */

static void assert_same_float(float got, float want)
{
    assert_true(kl_float_bits(got) == kl_float_bits(want));
}

static void assert_clocks_are_those_of_one_draw_each(const kl_state *s)
{
    for (int spell = 0; spell < 14; spell++)
        for (int i = 0; i < s->n; i += 1 + i / 100) {
            const kl_clock entry = kl_entry_clock(s, i, spell);
            const kl_words draw = kl_draw(s->key, (uint32_t)i, KL_DRAW_ENTRY, (uint32_t)spell);
            assert_same_float(entry.limit, kl_exponential(draw.w[0]));
            assert_same_float(entry.stay, kl_exponential(draw.w[2]));
            assert_true(entry.place == draw.w[1]);
            assert_same_float(kl_membership_limit(s, i, spell),
                              kl_exponential(kl_draw(s->key, (uint32_t)i, KL_DRAW_MEMBERSHIP, (uint32_t)spell).w[0]));
            assert_same_float(kl_innovation_limit(s, i, spell),
                              kl_exponential(kl_draw(s->key, (uint32_t)i, KL_DRAW_INNOVATION, (uint32_t)spell).w[0]));
        }
}

/* Also where a run goes on to another world or cluster, and comes back. */
static void clocks_are_those_of_one_draw_each(void **state)
{
    (void)state;
    static const struct {
        int firms;
        uint32_t replicate;
        int adoption;
    } starts[] = {{54, 0, 0},  {54, 1, 0},    {54, 1, 0},    {54, 1, 1}, {54, 1, 0}, {55, 1, 0},
                  {300, 1, 0}, {16384, 1, 0}, {16385, 1, 0}, {54, 1, 0}, {1, 1, 0},  {54, 0, 0}};
    setup made = default_setup();
    made.horizon = 1;
    kl_run run;
    kl_run_init(&run);
    for (size_t k = 0; k < sizeof starts / sizeof *starts; k++) {
        made.p.firms = starts[k].firms;
        made.p.pilot_firms = made.p.firms < 4 ? 1 : 4;
        made.p.submodels = starts[k].adoption ? kl_submodels_adoption : kl_submodels_all;
        start(&run, &made, SEED, starts[k].replicate);
        if (!starts[k].adoption)
            assert_clocks_are_those_of_one_draw_each(run.state);
    }
    kl_run_free(&run);
}

static void words_below_a_chance_are_those_whose_uniform_is(void **state)
{
    (void)state;
    const double chances[] = {0,   0x1p-34, 0x1p-33, 0x1.8p-33,   0x1p-32,       0.1,
                              0.5, 0.7,     .999999, 1 - 0x1p-33, 1 - 0x1.8p-33, 1};
    for (size_t k = 0; k < sizeof chances / sizeof *chances; k++) {
        uint32_t last = 0;
        if (!kl_words_below(chances[k], &last)) {
            assert_true(kl_uniform(UINT32_C(0)) >= chances[k]);
            continue;
        }
        assert_true(kl_uniform(last) < chances[k]);
        assert_true(last == UINT32_MAX || !(kl_uniform(last + 1) < chances[k]));
    }
}

static double bound(kl_param_id id, int upper)
{
    const kl_param_info *info = kl_param_info_of(id);
    return upper ? info->hi : info->lo;
}

/* cluster.c takes exponents and logarithms without branches, which hold within these ranges. */
static void no_legal_parameters_leave_the_range_of_the_inner_functions(void **state)
{
    (void)state;
    double z = -kl_normal_quantile(kl_uniform(0)); /* the largest score of a word */
    double sd = bound(KL_PARAM_employees_sd, 1), on_revenue = bound(KL_PARAM_revenue_sd, 1) * z;
    assert_true(log(bound(KL_PARAM_employees_mean, 1)) + sd * sd / 2 + sd * z < 700);
    assert_true(on_revenue < 600 && bound(KL_PARAM_goal_sd, 1) * z < 700);
    /* revenue over its mean: employees from 1 to 5000 over theirs, times the noise */
    double most = log(5000 / bound(KL_PARAM_employees_mean, 0)) + on_revenue;
    double least = -log(bound(KL_PARAM_employees_mean, 1)) - on_revenue;
    assert_true(fmax(most, -least) < 700);
    assert_true(bound(KL_PARAM_budget_elasticity, 1) * fmax(most, -least) + bound(KL_PARAM_budget_sd, 1) * z < 700);
    assert_true(bound(KL_PARAM_revenue_per_employee, 0) > 1e-6);
    assert_true(bound(KL_PARAM_markets, 1) <= 32 && bound(KL_PARAM_degree, 1) / 2 <= 100);
}

/* ---- a firm drawn by itself ---- */

static double score(uint32_t word)
{
    return kl_normal_quantile(kl_uniform(word));
}

static double loaded(const kl_beta_table *table, double load, double size, uint32_t word)
{
    return kl_beta_table_at(table, load * size + sqrt(1 - load * load) * score(word));
}

static void assert_float(float got, double want)
{
    assert_int_equal(kl_float_bits(got), kl_float_bits((float)want));
}

static void assert_sizes(const kl_state *s, int i, kl_words a, kl_words b)
{
    const kl_params *p = &s->p;
    double mean_revenue = p->revenue_per_employee / 12 * p->employees_mean;
    double log_mean = kl_log(p->employees_mean) - p->employees_sd * p->employees_sd / 2;
    double employees = kl_exp(log_mean + p->employees_sd * score(a.w[0]));
    employees = employees < 1 ? 1 : employees > 5000 ? 5000 : employees;
    double revenue = p->revenue_per_employee / 12 * employees * kl_exp(p->revenue_sd * score(b.w[0]));
    double on_revenue = p->budget_elasticity * kl_log(revenue / mean_revenue);
    assert_float(s->employees[i], employees);
    assert_float(s->revenue[i], revenue);
    assert_float(s->budget[i], p->budget_share * mean_revenue * kl_exp(on_revenue + p->budget_sd * score(b.w[1])));
}

static void assert_traits(const kl_state *s, int i, kl_words a, kl_words b, kl_words c)
{
    const kl_params *p = &s->p;
    double size = score(a.w[0]);
    kl_words lot = kl_draw(s->key, (uint32_t)i, KL_DRAW_LOT, 0);
    assert_float(s->readiness_first[i], loaded(&s->readiness_table, p->readiness_load, size, a.w[1]));
    assert_float(s->experience[i], loaded(&s->experience_table, p->experience_load, size, a.w[2]));
    assert_float(s->trust_first[i], kl_beta_table_at(&s->trust_table, score(b.w[2])));
    assert_float(s->openness[i], kl_beta_table_at(&s->openness_table, score(b.w[3])));
    assert_float(s->shareable[i], p->shareable + p->shareable_halfwidth * (2 * kl_uniform(c.w[0]) - 1));
    assert_float(s->goal[i], p->goal_median * kl_exp(p->goal_sd * score(c.w[1])));
    assert_int_equal(s->sector[i], kl_below(c.w[2], (uint32_t)p->sectors));
    assert_float(s->lot[i], kl_uniform(lot.w[0]));
    assert_float(s->claims[i], kl_uniform(lot.w[1]));
    assert_float(s->threshold[i], p->threshold + p->threshold_sd * score(lot.w[2]));
}

/* The first domestic market at which the sum of demand passes u of the whole. */
static int home_of(const kl_demand *market, double u)
{
    double total = 0, sum = 0;
    for (int j = 0; j < market->n_domestic; j++)
        total += (double)market->share[j];
    for (int j = 0; j < market->n_domestic; j++)
        if (u * total < (sum += (double)market->share[j]))
            return j;
    return market->n_domestic - 1;
}

static void assert_presence(const kl_state *s, int i, kl_words c)
{
    int home = home_of(&s->market, kl_uniform(c.w[3]));
    uint32_t served = 1u << home;
    for (int j = 0; j < s->market.n; j++) {
        kl_words draw = kl_draw(s->key, (uint32_t)i, KL_DRAW_PRESENCE, (uint32_t)(j / 4));
        kl_words stay = kl_draw(s->key, (uint32_t)i, KL_DRAW_PRESENCE, 1000u + (uint32_t)j);
        double chance = j < s->market.n_domestic ? s->p.market_domestic : s->exporter[i] > 0 ? s->p.market_export : 0;
        double months = (double)kl_exponential(stay.w[0]) / -kl_log1p(-s->p.exit_later);
        int is_drawn = j != home && kl_uniform(draw.w[j % 4]) < chance;
        served |= is_drawn ? 1u << j : 0;
        assert_int_equal(s->exit_month[(size_t)i * (size_t)s->market.row + (size_t)j],
                         is_drawn ? (int32_t)months + 1 : INT32_MAX);
    }
    assert_int_equal((uint32_t)s->presence[i], served);
}

static void firms_drawn_many_at_once_are_those_drawn_by_themselves(void **state)
{
    (void)state;
    kl_run run;
    kl_run_init(&run);
    for (uint32_t k = 0; k < 60; k++) {
        setup made = random_setup(k, k % 2 ? .9 : .3, k % 10 ? 150 : 3000);
        made.p.anchor_share = 0; /* which changes what was drawn */
        made.horizon = 1;
        start(&run, &made, SEED, k);
        const kl_state *s = run.state;
        for (int i = 0; i < s->n; i++) {
            kl_words a = kl_draw(s->key, (uint32_t)i, KL_DRAW_FIRM, 0);
            kl_words b = kl_draw(s->key, (uint32_t)i, KL_DRAW_FIRM, 1);
            kl_words c = kl_draw(s->key, (uint32_t)i, KL_DRAW_FIRM, 2);
            assert_sizes(s, i, a, b);
            assert_traits(s, i, a, b, c);
            assert_presence(s, i, c);
        }
        for (int i = s->n; i < s->n_padded; i++)
            assert_true(s->budget[i] == 0 && s->revenue[i] == 0 && s->presence[i] == 0);
    }
    kl_run_free(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_revenues_and_budgets_have_their_means_spreads_and_elasticity),
        cmocka_unit_test(readiness_and_experience_load_on_size_and_trust_does_not),
        cmocka_unit_test(exporters_sectors_goals_and_presence_have_their_shares),
        cmocka_unit_test(an_anchor_holds_its_share_of_the_revenue),
        cmocka_unit_test(small_worlds_keep_their_degree_and_lose_clustering_to_rewiring),
        cmocka_unit_test(random_graphs_are_poisson_scale_free_ones_have_hubs_and_blocks_stay_inside),
        cmocka_unit_test(graphs_of_few_firms_are_sound),
        cmocka_unit_test(clocks_are_those_of_one_draw_each),
        cmocka_unit_test(words_below_a_chance_are_those_whose_uniform_is),
        cmocka_unit_test(no_legal_parameters_leave_the_range_of_the_inner_functions),
        cmocka_unit_test(firms_drawn_many_at_once_are_those_drawn_by_themselves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
