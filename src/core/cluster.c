/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The draw of a world: firms with their attributes, the demand of the markets, who serves which, leadership. Attributes come
 * by inversion of one uniform each; those that load on size share a normal score with it. docs/model.md, Initialisation. */
#include "core/state.h"
#include "core/vector.h"

#define FIRMS KL_DRAW_FIRMS

/* Attributes with a normal score. */
enum { SIZE, READY, EXPERIENCED, EXPORTS, REVENUE, BUDGET, TRUSTING, OPEN, GOAL, THRESHOLD, N_SCORES };
/* Uniform ones. */
enum { SHAREABLE, SECTOR, HOME, LOT, CLAIMS, UNUSED, N_UNIFORMS };

typedef struct population {
    double log_mean, revenue_mean, exporter_cut;
    double readiness_rest, experience_rest, exporter_rest; /* sqrt(1 - load^2) */
} population;

/* Firms that are drawn at the same time: whole rows of lanes. */
typedef struct batch {
    int begin, n;
    uint32_t word[N_SCORES * FIRMS]; /* [score][n] */
    double z[N_SCORES * FIRMS];
    uint32_t uniform[N_UNIFORMS][FIRMS];
    double inverse[FIRMS]; /* what a beta table is read at */
} batch;

static void draw_demand(kl_state *s)
{
    kl_demand *market = &s->market;
    market->n = s->p.markets;
    market->n_domestic = (market->n + 1) / 2;
    uint32_t word[4][32];
    uint32_t *const row[4] = {word[0], word[1], word[2], word[3]};
    double z[32], size[32], total = 0;
    kl_words_draw(s->key, KL_DRAW_MARKET, 0, 0, kl_padded(market->n), row);
    kl_normal_scores(word[0], z, kl_padded(market->n));
    for (int j = 0; j < market->n; j++) {
        size[j] = kl_exp(s->p.market_spread * z[j]);
        total += size[j];
    }
    for (int j = 0; j < market->n; j++)
        market->share[j] = (float)(size[j] / total);
}

/* The words of a firm's attributes stand where they always did: firm 0 to 2 and lot 0. */
static void draw_words(kl_key key, batch *b)
{
    uint32_t *score[N_SCORES], *const unused = b->uniform[UNUSED];
    for (int k = 0; k < N_SCORES; k++)
        score[k] = b->word + k * b->n;
    kl_words_draw(key, KL_DRAW_FIRM, 0, b->begin, b->n,
                  (uint32_t *const[4]){score[SIZE], score[READY], score[EXPERIENCED], score[EXPORTS]});
    kl_words_draw(key, KL_DRAW_FIRM, 1, b->begin, b->n,
                  (uint32_t *const[4]){score[REVENUE], score[BUDGET], score[TRUSTING], score[OPEN]});
    kl_words_draw(key, KL_DRAW_FIRM, 2, b->begin, b->n,
                  (uint32_t *const[4]){b->uniform[SHAREABLE], score[GOAL], b->uniform[SECTOR], b->uniform[HOME]});
    kl_words_draw(key, KL_DRAW_LOT, 0, b->begin, b->n,
                  (uint32_t *const[4]){b->uniform[LOT], b->uniform[CLAIMS], score[THRESHOLD], unused});
    kl_normal_scores(b->word, b->z, N_SCORES * b->n);
}

KL_INLINE double clamp(double x, double lo, double hi)
{
    return x < lo ? lo : x > hi ? hi : x;
}

/* Employees, revenue, budget, goal. The bounds of params.def keep every exponent below 700 and every number that a logarithm
 * is taken of normal, which the inner functions need; tests/test_cluster.c holds them to it. */
KL_VECTOR static void set_sizes(kl_state *s, const population *all, const batch *b)
{
    const kl_params *p = &s->p;
    const int n = b->n;
    const double log_mean = all->log_mean, employees_sd = p->employees_sd, revenue_sd = p->revenue_sd;
    const double per_employee = p->revenue_per_employee / 12, revenue_mean = all->revenue_mean;
    const double budget_sd = p->budget_sd, budget_mean = p->budget_share * revenue_mean;
    const double elasticity = p->budget_elasticity, goal_median = p->goal_median, goal_sd = p->goal_sd;
    const double *restrict size = b->z + SIZE * n, *restrict on_revenue = b->z + REVENUE * n;
    const double *restrict on_budget = b->z + BUDGET * n, *restrict on_goal = b->z + GOAL * n;
    float *restrict employees_of = s->employees + b->begin, *restrict revenue_of = s->revenue + b->begin;
    float *restrict budget_of = s->budget + b->begin, *restrict goal_of = s->goal + b->begin;
    KL_INDEPENDENT
    for (int i = 0; i < n; i++) {
        double employees = clamp(kl_exp_lane(log_mean + employees_sd * size[i]), 1, 5000);
        double revenue = per_employee * employees * kl_exp_lane(revenue_sd * on_revenue[i]);
        employees_of[i] = (float)employees;
        revenue_of[i] = (float)revenue;
        budget_of[i] = (float)(budget_mean * kl_exp_lane(elasticity * kl_log_lane(revenue / revenue_mean) +
                                                         budget_sd * on_budget[i]));
    }
    KL_INDEPENDENT
    for (int i = 0; i < n; i++)
        goal_of[i] = (float)(goal_median * kl_exp_lane(goal_sd * on_goal[i]));
}

/* A score that loads on size. */
KL_VECTOR static void load_on_size(const double *restrict size, const double *restrict own, double load, double rest,
                                   int n, double *restrict z)
{
    KL_INDEPENDENT
    for (int i = 0; i < n; i++)
        z[i] = load * size[i] + rest * own[i];
}

static void set_traits(kl_state *s, const population *all, batch *b)
{
    const kl_params *p = &s->p;
    const int n = b->n, begin = b->begin;
    const double *size = b->z + SIZE * n;
    load_on_size(size, b->z + READY * n, p->readiness_load, all->readiness_rest, n, b->inverse);
    kl_beta_table_row(&s->readiness_table, b->inverse, s->readiness_first + begin, n);
    load_on_size(size, b->z + EXPERIENCED * n, p->experience_load, all->experience_rest, n, b->inverse);
    kl_beta_table_row(&s->experience_table, b->inverse, s->experience + begin, n);
    kl_beta_table_row(&s->trust_table, b->z + TRUSTING * n, s->trust_first + begin, n);
    kl_beta_table_row(&s->openness_table, b->z + OPEN * n, s->openness + begin, n);
    load_on_size(size, b->z + EXPORTS * n, p->exporters_load, all->exporter_rest, n, b->inverse);
}

KL_VECTOR static void set_others(kl_state *s, const population *all, const batch *b)
{
    const kl_params *p = &s->p;
    const int n = b->n, begin = b->begin;
    const double cut = all->exporter_cut, shareable_mean = p->shareable, halfwidth = p->shareable_halfwidth;
    const double threshold_mean = p->threshold, threshold_sd = p->threshold_sd;
    const uint32_t sectors = (uint32_t)p->sectors;
    const double *restrict exports = b->inverse, *restrict on_threshold = b->z + THRESHOLD * n;
    const uint32_t *restrict in_sector = b->uniform[SECTOR], *restrict on_shareable = b->uniform[SHAREABLE];
    const uint32_t *restrict on_lot = b->uniform[LOT], *restrict on_claims = b->uniform[CLAIMS];
    float *restrict exporter = s->exporter + begin, *restrict shareable = s->shareable + begin;
    float *restrict lot = s->lot + begin, *restrict claims = s->claims + begin,
                    *restrict threshold = s->threshold + begin;
    int32_t *restrict sector = s->sector + begin;
    KL_INDEPENDENT
    for (int i = 0; i < n; i++)
        exporter[i] = exports[i] > cut ? 1.0f : 0.0f;
    KL_INDEPENDENT
    for (int i = 0; i < n; i++)
        shareable[i] = (float)(shareable_mean + halfwidth * (2 * kl_uniform_lane(on_shareable[i]) - 1));
    KL_INDEPENDENT
    for (int i = 0; i < n; i++) {
        lot[i] = (float)kl_uniform_lane(on_lot[i]);
        claims[i] = (float)kl_uniform_lane(on_claims[i]);
    }
    KL_INDEPENDENT
    for (int i = 0; i < n; i++)
        threshold[i] = (float)(threshold_mean + threshold_sd * on_threshold[i]);
    KL_INDEPENDENT
    for (int i = 0; i < n; i++)
        sector[i] = (int32_t)kl_below(in_sector[i], sectors);
}

/* What was drawn beyond the last firm, to fill the lanes, goes again. */
static void clear_inert(kl_state *s)
{
    float *const drawn[] = {s->employees,  s->revenue,     s->budget,   s->shareable, s->readiness_first,
                            s->experience, s->trust_first, s->openness, s->goal,      s->exporter,
                            s->threshold,  s->lot,         s->claims};
    for (int i = s->n; i < s->n_padded; i++) {
        for (size_t k = 0; k < sizeof drawn / sizeof *drawn; k++)
            drawn[k][i] = 0;
        s->sector[i] = s->presence[i] = 0;
    }
}

static void draw_firms(kl_state *s, const void *all, int begin, int end, double *sum)
{
    (void)sum;
    batch b;
    for (b.begin = begin; b.begin < end; b.begin += FIRMS) {
        b.n = end - b.begin < FIRMS ? end - b.begin : FIRMS;
        draw_words(s->key, &b);
        set_sizes(s, all, &b);
        set_traits(s, all, &b);
        set_others(s, all, &b);
        kl_presence_draw(s, b.begin, b.n, b.uniform[HOME]);
    }
}

/* The anchor firm: firm 0 holds `anchor_share` of the revenue, and is as large as that makes it. */
static void enlarge_anchor(kl_state *s)
{
    double others = 0;
    for (int i = 1; i < s->n; i++)
        others += (double)s->revenue[i];
    double before = (double)s->revenue[0];
    double revenue = others * s->p.anchor_share / (1 - s->p.anchor_share);
    s->budget[0] *= (float)kl_exp(s->p.budget_elasticity * kl_log(revenue / before));
    s->revenue[0] = (float)revenue;
    s->employees[0] = (float)(revenue * 12 / s->p.revenue_per_employee);
}

/* What follows from the attributes and never changes; inert firms have no budget and no load. */
KL_VECTOR static void derive(kl_state *s, const void *with, int begin, int end, double *sum)
{
    KL_WHOLE_ROWS(begin, end);
    (void)with;
    (void)sum;
    const kl_params *p = &s->p;
    const float small = (float)p->leave_small, medium = (float)p->leave_medium, large = (float)p->leave_large;
    const float onboarding = (float)(p->onboarding / 12), reach_rate = (float)p->reach_rate;
    const float *restrict employees = s->employees, *restrict budget = s->budget, *restrict experience = s->experience;
    float *restrict leave_base = s->leave_base, *restrict load = s->onboarding_load;
    float *restrict miss = s->miss_first, *restrict log_reach = s->log_reach_first;
    KL_INDEPENDENT
    for (int i = begin; i < end; i++) {
        float by_size = employees[i] < 50 ? small : employees[i] < 250 ? medium : large;
        leave_base[i] = employees[i] > 0 ? by_size : 0.0f;
        load[i] = budget[i] > 0 ? onboarding / budget[i] : 0.0f;
    }
    KL_INDEPENDENT
    for (int i = begin; i < end; i++) {
        float exposure = reach_rate * (0.5f + experience[i]);
        miss[i] = kl_expf(-exposure);
        log_reach[i] = kl_logf(1.0f - miss[i]);
    }
}

static void add_budgets(kl_state *s)
{
    double total = 0;
    for (int i = 0; i < s->n; i++)
        total += (double)s->budget[i];
    s->budget_total = total;
    s->shareable_total = kl_dot(s->shareable, s->budget, s->n_padded);
}

void kl_cluster_draw(kl_state *s)
{
    const kl_params *p = &s->p;
    population all = {
        .log_mean = kl_log(p->employees_mean) - p->employees_sd * p->employees_sd / 2,
        .revenue_mean = p->revenue_per_employee / 12 * p->employees_mean,
        .exporter_cut = p->exporters <= 0   ? INFINITY
                        : p->exporters >= 1 ? -INFINITY
                                            : kl_normal_quantile(1 - p->exporters),
        .readiness_rest = sqrt(1 - p->readiness_load * p->readiness_load),
        .experience_rest = sqrt(1 - p->experience_load * p->experience_load),
        .exporter_rest = sqrt(1 - p->exporters_load * p->exporters_load),
    };
    kl_beta_table_set(&s->readiness_table, p->readiness_a, p->readiness_b);
    kl_beta_table_set(&s->experience_table, p->experience_a, p->experience_b);
    kl_beta_table_set(&s->trust_table, p->trust_a, p->trust_b);
    kl_beta_table_set(&s->openness_table, p->openness_a, p->openness_b);
    kl_beta_table_set(&s->leadership_table, p->leadership_a, p->leadership_b);

    kl_words draw = kl_draw(s->key, 0, KL_DRAW_CLUSTER, 0);
    s->leadership = kl_beta_table_at(&s->leadership_table, kl_normal_quantile(kl_uniform(draw.w[0])));
    draw_demand(s);
    kl_spans(s, draw_firms, &all, 0, NULL);
    clear_inert(s);
    if (p->anchor_share > 0)
        enlarge_anchor(s);
    kl_spans(s, derive, NULL, 0, NULL);
    add_budgets(s);
    kl_graph_draw(s);
    kl_markets_draw(s);
    kl_innovation_draw(s);
}
