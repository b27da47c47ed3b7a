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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
