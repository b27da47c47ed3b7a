/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The tables of synergy that look at the arm as it is, and at what each of its stages adds. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/synergy.h"

/* ---- outcomes of the arm as it is ---- */

#define N_OF(array) ((int)(sizeof(array) / sizeof *(array)))

static const kl_outcome_id measures[] = {KL_OUT_superadditivity,  KL_OUT_synergy_ratio, KL_OUT_order_innovation,
                                         KL_OUT_order_governance, KL_OUT_dws,           KL_OUT_coupling};

static const kl_outcome_id classes[] = {KL_OUT_value_small,      KL_OUT_value_medium,    KL_OUT_value_large,
                                        KL_OUT_value_exporters,  KL_OUT_value_domestic,  KL_OUT_value_pilot,
                                        KL_OUT_value_wave_first, KL_OUT_value_wave_last, KL_OUT_value_outside};

static const kl_outcome_id swot[] = {KL_OUT_swot_strengths, KL_OUT_swot_weaknesses, KL_OUT_swot_opportunities,
                                     KL_OUT_swot_threats};

/* Share of the worlds in which x is above zero, of those in which it is defined. */
static double share_above_zero(const double *x, size_t n)
{
    double above = 0, defined = 0;
    for (size_t w = 0; w < n; w++) {
        above += x[w] > 0;
        defined += x[w] == x[w];
    }
    return defined > 0 ? above / defined : (double)NAN;
}

static kl_status fill_outcomes(kl_rows *f, const kl_synergy_runs *runs, int n, const kl_outcome_id *id, size_t skip)
{
    for (int k = 0; k < n && f->status == KL_OK; k++) {
        const double *x = runs->whole + (size_t)id[k] * runs->n_worlds;
        kl_interval value;
        kl_status status = kl_interval_make(&value, runs, x);
        if (status != KL_OK)
            return status;
        kl_rows_next(f);
        kl_rows_put_text(f, kl_outcome_info_of(id[k])->name + skip);
        kl_rows_put_count(f, value.e.n);
        kl_interval_put(f, &value);
        kl_rows_put(f, value.e.q05);
        kl_rows_put(f, value.e.q50);
        kl_rows_put(f, value.e.q95);
        kl_rows_put(f, share_above_zero(x, runs->n_worlds));
    }
    return f->status;
}

#define OUTCOME_HEAD(name, meaning, unit, style, digits)                                                       \
    {KL_COLUMN_TEXT, name, "", KL_STYLE_PLAIN, 0, meaning},                                                    \
        {KL_COLUMN_COUNT, "worlds", "world", KL_STYLE_PLAIN, 0, "worlds in which it is defined"},              \
        {KL_COLUMN_NUMBER, "mean", unit, style, digits, "mean over these worlds"},                             \
        {KL_COLUMN_NUMBER, "lo", unit, style, digits, "95 % interval of the mean, lower end"},                 \
        {KL_COLUMN_NUMBER, "hi", unit, style, digits, "95 % interval of the mean, upper end"},                 \
        {KL_COLUMN_NUMBER, "q05", unit, style, digits, "5 % quantile over worlds"},                            \
        {KL_COLUMN_NUMBER, "q50", unit, style, digits, "median over worlds"},                                  \
        {KL_COLUMN_NUMBER, "q95", unit, style, digits, "95 % quantile over worlds"},                           \
    {                                                                                                          \
        KL_COLUMN_NUMBER, "positive", "1", KL_STYLE_PERCENT, 1, "share of these worlds in which it is above 0" \
    }

static kl_status make_measures(kl_table *table, const kl_synergy_runs *runs)
{
    static const kl_head head[] = {OUTCOME_HEAD("outcome", "outcome, as in docs/outcomes.md", "1", KL_STYLE_PLAIN, 3),
                                   {0}};
    kl_rows f = kl_rows_begin_as(
        table, "synergy_measures", "How much more than the sum of its parts",
        "Outcomes of the arm as it is. Superadditivity: synergy over what the firms earn alone. Order degrees of the "
        "innovation and governance subsystems, their composite-system synergy degree against the month in which the "
        "platform was built (Meng & Han 1999), and their coupling coordination degree; at maturity.",
        head);
    return f.status == KL_OK ? fill_outcomes(&f, runs, N_OF(measures), measures, 0) : f.status;
}

static kl_status make_classes(kl_table *table, const kl_synergy_runs *runs)
{
    static const kl_head head[] = {
        OUTCOME_HEAD("class", "class of firms, as in docs/outcomes.md", "USD/firm", KL_STYLE_MONEY, 0), {0}};
    kl_rows f = kl_rows_begin_as(table, "synergy_classes", "Which firms it goes to",
                                 "Value of the ecosystem to a firm of the class, after fees and onboarding and with "
                                 "subsidies: mean over the firms of a world, then over worlds.",
                                 head);
    return f.status == KL_OK ? fill_outcomes(&f, runs, N_OF(classes), classes, strlen("value_")) : f.status;
}

static kl_status make_swot(kl_table *table, const kl_synergy_runs *runs)
{
    static const kl_head head[] = {OUTCOME_HEAD("score", "what is scored", "1", KL_STYLE_PLAIN, 3), {0}};
    kl_rows f = kl_rows_begin_as(
        table, "synergy_swot", "Strengths, weaknesses, opportunities, threats before the platform is built",
        "Scores in [0,1] at the end of the assess stage, or of month 0 without one. Inside: digital readiness, "
        "marketing "
        "experience, trust, scale. Outside: demand not yet reached, gain over cost of entry, funding. A factor above "
        "1/2 "
        "counts for the good, one below for the bad, 2 |x - 1/2|; means of equal weights (docs/synergy.md).",
        head);
    return f.status == KL_OK ? fill_outcomes(&f, runs, N_OF(swot), swot, strlen("swot_")) : f.status;
}

/* ---- stage by stage ---- */

/* Whole arm less the arm without the stage, world by world. */
static void difference(const kl_synergy_runs *runs, int left_out, int measure, double *to)
{
    size_t n = runs->n_worlds;
    const double *whole = runs->whole + (size_t)kl_stage_outcomes[measure] * n;
    const double *without = runs->stage + (size_t)(left_out * KL_N_STAGE_MEASURES + measure) * n;
    for (size_t w = 0; w < n; w++)
        to[w] = whole[w] - without[w];
}

static double mean_where_both(const double *x, const double *difference, size_t n)
{
    double sum = 0, defined = 0;
    for (size_t w = 0; w < n; w++)
        if (difference[w] == difference[w]) {
            sum += x[w];
            defined++;
        }
    return defined > 0 ? sum / defined : (double)NAN;
}

static kl_status fill_stage(kl_rows *f, const kl_synergy_study *made, const kl_synergy_runs *runs, int left_out,
                            int measure, double *work)
{
    kl_interval adds;
    const kl_outcome_id id = kl_stage_outcomes[measure];
    difference(runs, left_out, measure, work);
    kl_status status = kl_interval_make(&adds, runs, work);
    if (status != KL_OK)
        return status;
    double whole = mean_where_both(runs->whole + (size_t)id * runs->n_worlds, work, runs->n_worlds);
    kl_rows_next(f);
    kl_rows_put_text(f, made->study.arm[KL_WHOLE].stage[made->stage[left_out]].name);
    kl_rows_put_text(f, kl_outcome_info_of(id)->name);
    kl_rows_put_count(f, adds.e.n);
    kl_rows_put(f, whole);
    kl_rows_put(f, whole - adds.e.mean);
    kl_interval_put(f, &adds);
    kl_rows_put(f, share_above_zero(work, runs->n_worlds));
    return f->status;
}

#define STAGE_HEAD(unit, style, digits)                                                                            \
    {KL_COLUMN_TEXT, "stage", "", KL_STYLE_PLAIN, 0, "stage that is left out"},                                    \
        {KL_COLUMN_TEXT, "outcome", "", KL_STYLE_PLAIN, 0, "outcome, as in docs/outcomes.md"},                     \
        {KL_COLUMN_COUNT, "worlds", "world", KL_STYLE_PLAIN, 0, "worlds in which it is defined with and without"}, \
        {KL_COLUMN_NUMBER, "with", unit, style, digits, "mean with every stage"},                                  \
        {KL_COLUMN_NUMBER, "without", unit, style, digits, "mean without this stage"},                             \
        {KL_COLUMN_NUMBER, "adds", unit, style, digits, "with less without, mean over worlds"},                    \
        {KL_COLUMN_NUMBER, "lo", unit, style, digits, "95 % interval of the mean, lower end"},                     \
        {KL_COLUMN_NUMBER, "hi", unit, style, digits, "95 % interval of the mean, upper end"},                     \
    {                                                                                                              \
        KL_COLUMN_NUMBER, "better", "1", KL_STYLE_PERCENT, 1,                                                      \
            "share of these worlds in which the stage adds something"                                              \
    }

static kl_status make_stages(kl_table *table, const kl_synergy_study *made, const kl_synergy_runs *runs, int take_up,
                             double *work)
{
    static const kl_head value_head[] = {STAGE_HEAD("USD", KL_STYLE_MONEY, 0), {0}};
    static const kl_head take_up_head[] = {STAGE_HEAD("1", KL_STYLE_PLAIN, 3), {0}};
    static const char method[] =
        "The arm against the same arm without one of its stages, in the same worlds: what the stage adds, the time "
        "that it "
        "takes and the risk that it brings included. Stages without which there is no mechanism cannot be left out. "
        "Means "
        "of paired differences with 95 % intervals by Student's t, points as independent units.";
    kl_rows f =
        take_up
            ? kl_rows_begin_as(table, "synergy_stages_take_up", "What each stage adds to take-up", method, take_up_head)
            : kl_rows_begin_as(table, "synergy_stages_value", "What each stage adds to value", method, value_head);
    kl_status status = f.status;
    int first = take_up ? KL_N_STAGE_MEASURES / 2 : 0;
    for (int s = 0; s < made->n_left_out; s++)
        for (int k = first; k < first + KL_N_STAGE_MEASURES / 2 && status == KL_OK; k++)
            status = fill_stage(&f, made, runs, s, k, work);
    return status;
}

/* ---- all of them ---- */

kl_status kl_synergy_tables(const kl_synergy_study *made, const kl_synergy_runs *runs,
                            kl_table table[KL_N_SYNERGY_TABLES])
{
    memset(table, 0, sizeof *table * KL_N_SYNERGY_TABLES);
    double *work = malloc(runs->n_worlds * sizeof *work);
    kl_status status = work ? kl_synergy_channel_tables(runs, table) : KL_ERR_MEMORY;
    if (status == KL_OK)
        status = make_measures(&table[4], runs);
    if (status == KL_OK)
        status = make_classes(&table[5], runs);
    for (int k = 0; k < 2 && status == KL_OK; k++)
        status = make_stages(&table[6 + k], made, runs, k, work);
    if (status == KL_OK)
        status = make_swot(&table[8], runs);
    free(work);
    return status;
}
