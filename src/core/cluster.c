/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The draw of a world: firms with their attributes, the demand of the markets, who serves which, leadership. Attributes come
 * by inversion of one uniform each; those that load on size share a normal score with it. docs/model.md, Initialisation. */
#include "core/state.h"
#include "core/vector.h"

typedef struct population {
    double log_mean, revenue_mean, exporter_cut;
    double readiness_rest, experience_rest, exporter_rest; /* sqrt(1 - load^2) */
} population;

static double normal_of(uint32_t word)
{
    return kl_normal_quantile(kl_uniform(word));
}

static double clamp(double x, double lo, double hi)
{
    return x < lo ? lo : x > hi ? hi : x;
}

static void draw_demand(kl_state *s)
{
    kl_demand *market = &s->market;
    market->n = s->p.markets;
    market->n_domestic = (market->n + 1) / 2;
    double size[32], total = 0;
    for (int j = 0; j < market->n; j++) {
        kl_words draw = kl_draw(s->key, (uint32_t)j, KL_DRAW_MARKET, 0);
        size[j] = kl_exp(s->p.market_spread * normal_of(draw.w[0]));
        total += size[j];
    }
    for (int j = 0; j < market->n; j++)
        market->share[j] = (float)(size[j] / total);
}

static int home_market(const kl_demand *market, double u)
{
    double total = 0, sum = 0;
    for (int j = 0; j < market->n_domestic; j++)
        total += (double)market->share[j];
    for (int j = 0; j < market->n_domestic; j++) {
        sum += (double)market->share[j];
        if (u * total < sum)
            return j;
    }
    return market->n_domestic - 1;
}

/* Markets that a firm serves at the start, and until when. */
static void draw_presence(kl_state *s, int i, int home)
{
    uint32_t served = 1u << home;
    kl_words draw = {{0}};
    for (int j = 0; j < s->market.n; j++) {
        int32_t *leaves = &s->exit_month[(size_t)j * (size_t)s->n_padded + (size_t)i];
        *leaves = INT32_MAX;
        if (j % 4 == 0)
            draw = kl_draw(s->key, (uint32_t)i, KL_DRAW_PRESENCE, (uint32_t)(j / 4));
        int domestic = j < s->market.n_domestic;
        double chance = domestic ? s->p.market_domestic : s->exporter[i] > 0 ? s->p.market_export : 0;
        if (j == home || kl_uniform(draw.w[j % 4]) >= chance)
            continue;
        served |= 1u << j;
        /* an established presence ends at the later rate */
        kl_words stay = kl_draw(s->key, (uint32_t)i, KL_DRAW_PRESENCE, 1000u + (uint32_t)j);
        double months = (double)kl_exponential(stay.w[0]) / -kl_log1p(-s->p.exit_later);
        *leaves = months < 1e6 ? (int32_t)months + 1 : INT32_MAX;
    }
    s->presence[i] = (int32_t)served;
}

static void draw_firm(kl_state *s, const population *all, int i)
{
    const kl_params *p = &s->p;
    kl_words a = kl_draw(s->key, (uint32_t)i, KL_DRAW_FIRM, 0);
    kl_words b = kl_draw(s->key, (uint32_t)i, KL_DRAW_FIRM, 1);
    kl_words c = kl_draw(s->key, (uint32_t)i, KL_DRAW_FIRM, 2);
    kl_words lot = kl_draw(s->key, (uint32_t)i, KL_DRAW_LOT, 0);
    double size = normal_of(a.w[0]);
    double employees = clamp(kl_exp(all->log_mean + p->employees_sd * size), 1, 5000);
    double revenue = p->revenue_per_employee / 12 * employees * kl_exp(p->revenue_sd * normal_of(b.w[0]));
    double budget_noise = p->budget_sd * normal_of(b.w[1]);

    s->employees[i] = (float)employees;
    s->revenue[i] = (float)revenue;
    s->budget[i] = (float)(p->budget_share * all->revenue_mean *
                           kl_exp(p->budget_elasticity * kl_log(revenue / all->revenue_mean) + budget_noise));
    s->readiness_first[i] = (float)kl_beta_table_at(&s->readiness_table,
                                                    p->readiness_load * size + all->readiness_rest * normal_of(a.w[1]));
    s->experience[i] = (float)kl_beta_table_at(&s->experience_table,
                                               p->experience_load * size + all->experience_rest * normal_of(a.w[2]));
    s->exporter[i] = p->exporters_load * size + all->exporter_rest * normal_of(a.w[3]) > all->exporter_cut;
    s->trust_first[i] = (float)kl_beta_table_at(&s->trust_table, normal_of(b.w[2]));
    s->openness[i] = (float)kl_beta_table_at(&s->openness_table, normal_of(b.w[3]));
    s->shareable[i] = (float)(p->shareable + p->shareable_halfwidth * (2 * kl_uniform(c.w[0]) - 1));
    s->goal[i] = (float)(p->goal_median * kl_exp(p->goal_sd * normal_of(c.w[1])));
    s->sector[i] = (int32_t)kl_below(c.w[2], (uint32_t)p->sectors);
    s->lot[i] = (float)kl_uniform(lot.w[0]);
    s->claims[i] = (float)kl_uniform(lot.w[1]);
    s->threshold[i] = (float)(p->threshold + p->threshold_sd * normal_of(lot.w[2]));
    draw_presence(s, i, home_market(&s->market, kl_uniform(c.w[3])));
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

/* What follows from the attributes and never changes. */
static void derive(kl_state *s)
{
    const kl_params *p = &s->p;
    double total = 0;
    for (int i = 0; i < s->n; i++) {
        float employees = s->employees[i];
        s->leave_base[i] = (float)(employees < 50    ? p->leave_small
                                   : employees < 250 ? p->leave_medium
                                                     : p->leave_large);
        s->onboarding_load[i] = (float)(p->onboarding / 12) / s->budget[i];
        total += (double)s->budget[i];
    }
    s->budget_total = total;
    s->shareable_total = kl_dot(s->shareable, s->budget, s->n_padded);
    for (int i = 0; i < s->n_padded; i++) {
        float exposure = (float)p->reach_rate * ((0.5f + s->experience[i]));
        s->miss_first[i] = kl_expf(-exposure);
        s->log_reach_first[i] = kl_logf(1.0f - s->miss_first[i]);
    }
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
    s->leadership = kl_beta_table_at(&s->leadership_table, normal_of(draw.w[0]));
    draw_demand(s);
    for (int i = 0; i < s->n; i++)
        draw_firm(s, &all, i);
    if (p->anchor_share > 0)
        enlarge_anchor(s);
    derive(s);
    kl_graph_draw(s);
    kl_markets_draw(s);
    kl_innovation_draw(s);
}
