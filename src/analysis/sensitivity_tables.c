/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Columns and rows of the tables that say what drives an outcome. Each table's columns are listed once; rows are filled in that
 * order. */
#include "analysis/sensitivity_tables.h"

#include <math.h>

#include "analysis/rows.h"

#define COLUMN_TEXT(name, meaning)                           \
    {                                                        \
        KL_COLUMN_TEXT, name, "", KL_STYLE_PLAIN, 0, meaning \
    }
#define COLUMN_COUNT(name, unit, meaning)                       \
    {                                                           \
        KL_COLUMN_COUNT, name, unit, KL_STYLE_PLAIN, 0, meaning \
    }
#define COLUMN_SHARE(name, meaning)                               \
    {                                                             \
        KL_COLUMN_NUMBER, name, "1", KL_STYLE_PERCENT, 1, meaning \
    }
#define COLUMN_NUMBER(name, meaning)                            \
    {                                                           \
        KL_COLUMN_NUMBER, name, "1", KL_STYLE_PLAIN, 4, meaning \
    }
#define COLUMN_INTERVAL(COLUMN, name, meaning)                                   \
    COLUMN(name, meaning), COLUMN(name "_lo", "lower end of its 95 % interval"), \
        COLUMN(name "_hi", "upper end of its 95 % interval")
#define COLUMNS_KEY COLUMN_TEXT("arm", "arm of the study"), COLUMN_TEXT("metric", "outcome that is explained")
#define COLUMN_DEFENDED                                                                                            \
    COLUMN_TEXT("defended",                                                                                        \
                "no: more than 10 % of the rows were left out or of the runs undefined, so what is said is about " \
                "a selection")

/* ---- what the tables are ---- */

static const char split_method[] = "Var(Y) = Var(E[Y | inputs]) + E[Var(Y | inputs)]: one-way random effects ANOVA "
                                   "over points (Searle, Casella & McCulloch "
                                   "1992), of points drawn from the inputs' distributions (of a Saltelli design its A "
                                   "and B; of a factorial or Morris design all, "
                                   "so that it is about their levels). Interval: bootstrap over rows of the design.";

static const kl_head split_columns[] = {
    COLUMNS_KEY,
    COLUMN_SHARE("inputs",
                 "share of the variance that the inputs make; the rest is chance that they leave. Undefined with one "
                 "replicate"),
    COLUMN_SHARE("inputs_lo", "lower end of its 95 % interval"),
    COLUMN_SHARE("inputs_hi", "upper end of its 95 % interval"),
    COLUMN_TEXT("unit", "unit of the next three"),
    {KL_COLUMN_NUMBER, "sd", "", KL_STYLE_PLAIN, 3, "standard deviation of the outcome over all runs, in its unit"},
    {KL_COLUMN_NUMBER, "sd_inputs", "", KL_STYLE_PLAIN, 3, "standard deviation that the inputs make"},
    {KL_COLUMN_NUMBER, "sd_chance", "", KL_STYLE_PLAIN, 3, "standard deviation that chance makes"},
    COLUMN_COUNT("rows", "1", "rows of the design that the indices come from"),
    COLUMN_COUNT("rows_left_out", "1",
                 "rows left out, because a point of theirs is undefined in more than half its replicates"),
    COLUMN_COUNT("runs_undefined", "1", "runs in which the outcome is undefined, or that are missing"),
    COLUMN_DEFENDED,
    {0},
};

static const char sobol_method[] = "Of the variance of the replicates' mean over the design (chance taken away by the "
                                   "replicates' covariance). First order: what an "
                                   "input makes by itself, mean(B (AB_i - A)) / V (Saltelli et al. 2010). Total: with "
                                   "all its interactions, mean((A - AB_i)^2) / 2V "
                                   "(Jansen 1999); 0 says that the input may be fixed. Intervals: percentile bootstrap "
                                   "over base rows, keyed by the study's seed.";

static const kl_head sobol_columns[] = {
    COLUMNS_KEY,
    COLUMN_TEXT("input",
                "input; 'all inputs' has the sum of the first-order indices: what is missing to 100 % is interaction"),
    COLUMN_INTERVAL(COLUMN_SHARE, "first", "first-order index: share of the variance that the input makes by itself"),
    COLUMN_INTERVAL(COLUMN_SHARE, "total", "total index: share with all interactions it has a part in"),
    COLUMN_DEFENDED,
    {0},
};

static const char pairs_method[] = "Second-order indices (Saltelli 2002): share of the variance that two inputs make "
                                   "together beyond what each makes by itself. "
                                   "Intervals: percentile bootstrap over base rows, keyed by the study's seed.";

static const kl_head pairs_columns[] = {
    COLUMNS_KEY,
    COLUMN_TEXT("input", "one input"),
    COLUMN_TEXT("with", "the other"),
    COLUMN_INTERVAL(COLUMN_SHARE, "second", "second-order index of the pair"),
    COLUMN_DEFENDED,
    {0},
};

static const char morris_method[] =
    "Elementary effects (Morris 1991): the change of the outcome when one input moves by half of its distribution, per "
    "whole "
    "distribution. mu: mean; mu_star: mean size (Campolongo et al. 2007); sigma: spread, from curvature, interactions "
    "and "
    "chance. Intervals: percentile bootstrap over trajectories, keyed by the study's seed.";

static const kl_head morris_columns[] = {
    COLUMNS_KEY,
    COLUMN_TEXT("input", "input"),
    COLUMN_TEXT("unit", "unit of the effects"),
    COLUMN_INTERVAL(COLUMN_NUMBER, "mu_star", "mean size of the effect: how much the input matters"),
    COLUMN_INTERVAL(COLUMN_NUMBER, "mu",
                    "mean effect: which way; near 0 beside a large mu_star where it goes both ways"),
    COLUMN_INTERVAL(COLUMN_NUMBER, "sigma",
                    "standard deviation of the effect: large where it depends on the other inputs"),
    COLUMN_NUMBER("noise",
                  "standard deviation that chance gives to one effect; is part of sigma. Undefined with one replicate"),
    COLUMN_DEFENDED,
    {0},
};

static const char factorial_method[] = "Shares of the variance between the cells' means over draws. First order: of "
                                       "the means of a factor's levels. Total: what the "
                                       "means over its levels no longer have. The scatter of the means, as the draws "
                                       "show it, is taken away. Intervals: percentile "
                                       "bootstrap over draws, keyed by the study's seed.";

static const char given_method[] = "First-order index from given data: variance of the outcome's means over about "
                                   "sqrt(points) classes of an input, corrected for "
                                   "what the rest leaves in such means (Plischke, Borgonovo & Smith 2013), over the "
                                   "variance of the points' means (chance taken "
                                   "away by the replicates); interval from the influence function. srrc: standardised "
                                   "rank regression coefficient, interval from "
                                   "White's variance; prcc: partial rank correlation, Fisher's interval. r2: how much "
                                   "of the ranks' variance the regression "
                                   "explains; where it is low, srrc and prcc say little.";

static const kl_head given_columns[] = {
    COLUMNS_KEY,
    COLUMN_TEXT("input", "input"),
    COLUMN_INTERVAL(COLUMN_SHARE, "first", "first-order index: share of the variance that the input makes by itself"),
    COLUMN_INTERVAL(COLUMN_NUMBER, "srrc",
                    "standardised rank regression coefficient: sign and strength, -1 to 1; of no meaning "
                    "for a choice among words"),
    COLUMN_INTERVAL(COLUMN_NUMBER, "prcc",
                    "partial rank correlation: sign and strength with the other inputs held, -1 to 1"),
    COLUMN_NUMBER("r2", "share of the ranks' variance that the regression explains"),
    COLUMN_DEFENDED,
    {0},
};

static kl_status add_table(kl_sensitivity *s, const char *name, const char *title, const char *method,
                           const kl_head *column)
{
    kl_table *table = &s->table[s->n_tables];
    kl_rows rows = kl_rows_begin_as(table, name, title, method, column);
    s->n_tables++;
    return rows.status;
}

kl_status kl_sensitivity_tables_init(kl_sensitivity *s)
{
    const kl_design *design = &s->study->design;
    kl_status status =
        add_table(s, "sensitivity_split", "How much of each outcome is due to the inputs, and how much to chance",
                  split_method, split_columns);
    if (status != KL_OK)
        return status;
    switch (design->kind) {
    case KL_DESIGN_SALTELLI:
        status =
            add_table(s, "sensitivity_sobol", "What drives each outcome: Sobol indices", sobol_method, sobol_columns);
        if (status == KL_OK && design->second_order)
            status = add_table(s, "sensitivity_pairs", "Which inputs act together: second-order Sobol indices",
                               pairs_method, pairs_columns);
        return status;
    case KL_DESIGN_MORRIS:
        return add_table(s, "sensitivity_morris", "What moves each outcome: elementary effects", morris_method,
                         morris_columns);
    case KL_DESIGN_FACTORIAL:
        return add_table(s, "sensitivity_factorial", "What drives each outcome: effects of the factors",
                         factorial_method, sobol_columns);
    default:
        return add_table(s, "sensitivity_given", "What drives each outcome: indices from the sample, rank regression",
                         given_method, given_columns);
    }
}

int kl_sensitivity_is_defended(const kl_usable *usable)
{
    double rows = (double)usable->n_rows + usable->n_rows_left_out;
    return usable->n_rows_left_out <= KL_SENSITIVITY_LEFT_OUT * rows &&
           (double)usable->n_runs_undefined <= KL_SENSITIVITY_LEFT_OUT * (double)usable->n_runs;
}

/* ---- rows ---- */

static void put_effect(kl_rows *r, const kl_effect *effect)
{
    kl_rows_put(r, effect->value);
    kl_rows_put(r, effect->lo);
    kl_rows_put(r, effect->hi);
}

static kl_rows start_row(kl_sensitivity *s, int table, const kl_response *response)
{
    kl_rows rows = kl_rows_append(&s->table[table]);
    kl_rows_put_text(&rows, s->study->arm[response->arm].name);
    kl_rows_put_text(&rows, response->metric);
    return rows;
}

static void put_defended(kl_rows *r, const kl_usable *usable)
{
    kl_rows_put_text(r, kl_sensitivity_is_defended(usable) ? "yes" : "no");
}

kl_status kl_sensitivity_put_split(kl_sensitivity *s, const kl_response *response, const kl_variance_split *split,
                                   const kl_usable *usable)
{
    kl_rows r = start_row(s, 0, response);
    put_effect(&r, &split->share);
    kl_rows_put_text(&r, response->unit);
    kl_rows_put(&r, sqrt(split->total));
    kl_rows_put(&r, split->inputs == split->inputs ? sqrt(fmax(0, split->inputs)) : (double)NAN);
    kl_rows_put(&r, sqrt(split->chance));
    kl_rows_put_count(&r, usable->n_rows);
    kl_rows_put_count(&r, usable->n_rows_left_out);
    kl_rows_put_count(&r, usable->n_runs_undefined);
    put_defended(&r, usable);
    return r.status;
}

static kl_status put_pairs(kl_sensitivity *s, const kl_response *response, const kl_sobol_indices *indices)
{
    const kl_effect *pair = indices->second;
    kl_status status = KL_OK;
    for (int i = 0; i < s->n_inputs; i++) {
        for (int j = i + 1; status == KL_OK && j < s->n_inputs; j++) {
            kl_rows r = start_row(s, 2, response);
            kl_rows_put_text(&r, s->input[i].name);
            kl_rows_put_text(&r, s->input[j].name);
            put_effect(&r, pair++);
            put_defended(&r, &indices->usable);
            status = r.status;
        }
    }
    return status;
}

kl_status kl_sensitivity_put_sobol(kl_sensitivity *s, const kl_response *response, const kl_sobol_indices *indices)
{
    static const kl_effect none = {NAN, NAN, NAN};
    for (int i = 0; i <= s->n_inputs; i++) {
        int is_sum = i == s->n_inputs;
        kl_rows r = start_row(s, 1, response);
        kl_rows_put_text(&r, is_sum ? "all inputs" : s->input[i].name);
        put_effect(&r, is_sum ? &indices->sum : &indices->first[i]);
        put_effect(&r, is_sum ? &none : &indices->total[i]);
        put_defended(&r, &indices->usable);
        if (r.status != KL_OK)
            return r.status;
    }
    return indices->second ? put_pairs(s, response, indices) : KL_OK;
}

kl_status kl_sensitivity_put_morris(kl_sensitivity *s, const kl_response *response, const kl_morris_effect *effect,
                                    const kl_usable *usable)
{
    kl_status status = KL_OK;
    for (int i = 0; status == KL_OK && i < s->n_inputs; i++) {
        kl_rows r = start_row(s, 1, response);
        kl_rows_put_text(&r, s->input[i].name);
        kl_rows_put_text(&r, response->unit);
        put_effect(&r, &effect[i].mu_star);
        put_effect(&r, &effect[i].mu);
        put_effect(&r, &effect[i].sigma);
        kl_rows_put(&r, effect[i].noise);
        put_defended(&r, usable);
        status = r.status;
    }
    return status;
}

kl_status kl_sensitivity_put_factorial(kl_sensitivity *s, const kl_response *response, const kl_effect *main_effect,
                                       const kl_effect *total, const kl_usable *usable)
{
    kl_status status = KL_OK;
    for (int i = 0; status == KL_OK && i < s->n_inputs; i++) {
        kl_rows r = start_row(s, 1, response);
        kl_rows_put_text(&r, s->input[i].name);
        put_effect(&r, &main_effect[i]);
        put_effect(&r, &total[i]);
        put_defended(&r, usable);
        status = r.status;
    }
    return status;
}

kl_status kl_sensitivity_put_given(kl_sensitivity *s, const kl_response *response, const kl_given_effects *given,
                                   const kl_usable *usable)
{
    kl_status status = KL_OK;
    for (int i = 0; status == KL_OK && i < s->n_inputs; i++) {
        kl_rows r = start_row(s, 1, response);
        kl_rows_put_text(&r, s->input[i].name);
        put_effect(&r, &given->first[i]);
        put_effect(&r, &given->srrc[i]);
        put_effect(&r, &given->prcc[i]);
        kl_rows_put(&r, given->r2);
        put_defended(&r, usable);
        status = r.status;
    }
    return status;
}
