/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The stakeholder map of one world: who can move the ecosystem, and who has something to gain from it. What stands for the
 * influence and the interest of institutions, of which the model knows little, is assumption; docs/synergy.md lists it. */
#include <math.h>
#include <stdlib.h>

#include "analysis/synergy.h"

/* Sum of the months' discount factors. */
static double discounted_months(double discount, int months)
{
    double factor = pow(1 + discount, -1.0 / 12);
    return factor < 1 ? (1 - pow(factor, months)) / (1 - factor) : months;
}

static void map_firm(const kl_run *run, int i, double months, kl_stakeholder *to)
{
    kl_firm firm = kl_run_firm(run, i);
    kl_firm_gain gain = kl_run_firm_gain(run, i);
    *to = (kl_stakeholder){.kind = KL_STAKEHOLDER_FIRM,
                           .firm = i,
                           .centrality = run->n_firms > 1 ? (double)firm.ties / (run->n_firms - 1) : 0,
                           .money = 12 * firm.budget,
                           .gain = gain.value,
                           .stake = months * firm.budget,
                           .synergy = gain.synergy};
}

/* What the institutions' rows need of all firms. */
typedef struct cluster {
    double n, trained, budget, revenue;
} cluster;

static cluster add_up(const kl_run *run)
{
    cluster sum = {.n = run->n_firms};
    for (int i = 0; i < run->n_firms; i++) {
        kl_firm firm = kl_run_firm(run, i);
        sum.trained += firm.trained;
        sum.budget += firm.budget;
        sum.revenue += firm.revenue;
    }
    return sum;
}

static kl_stakeholder platform(const kl_params *p, const double *o, const cluster *all, double months)
{
    return (kl_stakeholder){.centrality = o[KL_OUT_members_final] / all->n,
                            .money = p->opex,
                            .gain = o[KL_OUT_value_platform],
                            .stake = p->capex + months * p->opex / 12};
}

static kl_stakeholder universities(const kl_params *p, const cluster *all)
{
    return (kl_stakeholder){.centrality = all->trained / all->n,
                            .money = 12 * p->training_cost * fmin(p->training_capacity + p->training_seats, all->n),
                            .gain = p->training_cost * all->trained,
                            .stake = p->training_cost * all->n};
}

/* An innovation earns margin on revenue until it has decayed. */
static kl_stakeholder research(const kl_params *p, const double *o, const cluster *all, double months)
{
    double life = p->innovation_decay > 0 ? fmin(months, 1 / p->innovation_decay) : months;
    double each = p->margin * p->innovation_value * all->revenue / all->n * life;
    double alone = o[KL_OUT_innovations_alone], more = o[KL_OUT_innovations] - alone;
    return (kl_stakeholder){.centrality = fmin(1, o[KL_OUT_innovations] / all->n),
                            .money = each * o[KL_OUT_innovations] * 12 / months,
                            .gain = each * more,
                            .stake = each * alone};
}

/* Lends what the platform starts with; repaid with interest while the platform lives. */
static kl_stakeholder finance(const kl_params *p, const double *o, double months)
{
    double lent = p->capex + p->reserve;
    return (kl_stakeholder){.centrality = 0, /* it deals with the platform alone */
                            .money = lent * 12 / months,
                            .gain = o[KL_OUT_survival] > 0 ? lent * p->discount * months / 12 : -p->reserve,
                            .stake = lent};
}

static kl_stakeholder government(const kl_run *run, const kl_params *p, const double *o, double months)
{
    double reached = 0;
    for (int i = 0; i < run->n_firms; i++)
        reached += kl_run_firm(run, i).public_money > 0;
    return (kl_stakeholder){.centrality = reached / run->n_firms,
                            .money = o[KL_OUT_public_spending] * 12 / months,
                            .gain = o[KL_OUT_npv_social],
                            .stake = p->public_funds_cost * o[KL_OUT_public_spending]};
}

/* Each score over the largest of all. */
static void score(int n, kl_stakeholder *map)
{
    double most_central = 0, most_money = 0;
    for (int i = 0; i < n; i++) {
        most_central = fmax(most_central, map[i].centrality);
        most_money = fmax(most_money, map[i].money);
    }
    for (int i = 0; i < n; i++) {
        kl_stakeholder *s = &map[i];
        double central = most_central > 0 ? s->centrality / most_central : 0;
        double money = most_money > 0 ? fmax(0, s->money) / most_money : 0;
        s->influence = (central + money) / 2;
        s->interest = s->gain > 0 ? s->gain / (s->gain + fmax(0, s->stake)) : 0;
    }
}

void kl_stakeholders_map(const kl_run *run, const kl_params *params, kl_stakeholder *map)
{
    double outcome[KL_N_OUTCOMES], months = discounted_months(params->discount, run->horizon);
    int n = run->n_firms;
    cluster all = add_up(run);
    kl_run_outcomes(run, outcome);
    for (int i = 0; i < n; i++)
        map_firm(run, i, months, &map[i]);
    map[n + KL_STAKEHOLDER_PLATFORM - 1] = platform(params, outcome, &all, months);
    map[n + KL_STAKEHOLDER_UNIVERSITIES - 1] = universities(params, &all);
    map[n + KL_STAKEHOLDER_RESEARCH - 1] = research(params, outcome, &all, months);
    map[n + KL_STAKEHOLDER_FINANCE - 1] = finance(params, outcome, months);
    map[n + KL_STAKEHOLDER_GOVERNMENT - 1] = government(run, params, outcome, months);
    for (int k = KL_STAKEHOLDER_PLATFORM; k < KL_N_STAKEHOLDERS; k++) {
        map[n + k - 1].kind = (kl_stakeholder_kind)k;
        map[n + k - 1].firm = -1;
        map[n + k - 1].synergy = (double)NAN;
    }
    score(n + KL_N_STAKEHOLDERS - 1, map);
}

/* ---- the table ---- */

static const char *const kind_words[KL_N_STAKEHOLDERS] = {
#define KL_STAKEHOLDER_WORD(name, word) word,
    KL_STAKEHOLDER_LIST(KL_STAKEHOLDER_WORD)
#undef KL_STAKEHOLDER_WORD
};

static int by_influence(const void *a, const void *b)
{
    const kl_stakeholder *x = a, *y = b;
    if (x->influence != y->influence)
        return x->influence < y->influence ? 1 : -1;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    return (x->firm > y->firm) - (x->firm < y->firm);
}

static int by_number(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static const char *advice(const kl_stakeholder *s, double influence, double interest)
{
    int strong = s->influence >= influence, keen = s->interest >= interest && s->interest > 0;
    return strong && keen ? "manage closely" : strong ? "keep satisfied" : keen ? "keep informed" : "monitor";
}

static void fill_row(kl_rows *f, const kl_stakeholder *s, double influence, double interest)
{
    kl_rows_next(f);
    kl_rows_put_text(f, kind_words[s->kind]);
    kl_rows_put_count(f, s->firm >= 0 ? s->firm : KL_COUNT_NONE);
    kl_rows_put(f, s->influence);
    kl_rows_put(f, s->interest);
    kl_rows_put_text(f, advice(s, influence, interest));
    kl_rows_put(f, s->centrality);
    kl_rows_put(f, s->money);
    kl_rows_put(f, s->gain);
    kl_rows_put(f, s->stake);
    kl_rows_put(f, s->synergy);
}

static kl_rows begin(kl_table *table)
{
    static const kl_head head[] = {
        {KL_COLUMN_TEXT, "stakeholder", "", KL_STYLE_PLAIN, 0, "a firm of the cluster, or an institution"},
        {KL_COLUMN_COUNT, "firm", "1", KL_STYLE_PLAIN, 0, "number of the firm, from 0"},
        {KL_COLUMN_NUMBER, "influence", "1", KL_STYLE_PLAIN, 2,
         "mean of centrality and money, each over the largest of all stakeholders"},
        {KL_COLUMN_NUMBER, "interest", "1", KL_STYLE_PLAIN, 2, "gain / (gain + stake); 0 without a gain"},
        {KL_COLUMN_TEXT, "advice", "", KL_STYLE_PLAIN, 0, "what the two scores advise; high: at or above the median"},
        {KL_COLUMN_NUMBER, "centrality", "1", KL_STYLE_PLAIN, 2, "part of all firms that it deals with"},
        {KL_COLUMN_NUMBER, "money", "USD/year", KL_STYLE_MONEY, 0, "its money in the ecosystem"},
        {KL_COLUMN_NUMBER, "gain", "USD", KL_STYLE_MONEY, 0, "what the ecosystem brings it, discounted"},
        {KL_COLUMN_NUMBER, "stake", "USD", KL_STYLE_MONEY, 0, "what it puts in, discounted"},
        {KL_COLUMN_NUMBER, "synergy", "USD", KL_STYLE_MONEY, 0,
         "of a firm: its benefits together less its benefits alone, before fees and onboarding, discounted"},
        {0},
    };
    return kl_rows_begin_as(
        table, "stakeholders", "Who can move the ecosystem, and who has something to gain",
        "Influence-interest map (Mendelow 1991) of one world after its last month. Firms: ties, budget, "
        "and the value of the ecosystem to the firm against its budget. Institutions by assumptions "
        "that docs/synergy.md lists.",
        head);
}

kl_status kl_stakeholders_table(kl_table *table, int n, const kl_stakeholder *map)
{
    kl_rows f = begin(table);
    size_t size = (size_t)n;
    kl_stakeholder *sorted = malloc((size + 1) * sizeof *sorted);
    double *interest = malloc((size + 1) * sizeof *interest);
    if (!sorted || !interest)
        f.status = KL_ERR_MEMORY;
    if (f.status == KL_OK && n > 0) {
        for (int i = 0; i < n; i++) {
            sorted[i] = map[i];
            interest[i] = map[i].interest;
        }
        qsort(sorted, size, sizeof *sorted, by_influence);
        qsort(interest, size, sizeof *interest, by_number);
        for (int i = 0; i < n; i++)
            fill_row(&f, &sorted[i], sorted[n / 2].influence, interest[n / 2]);
    }
    free(sorted);
    free(interest);
    return f.status;
}
