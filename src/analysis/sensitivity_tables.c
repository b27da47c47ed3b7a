/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Columns and rows of the tables that say what drives an outcome. Each table's columns are listed once; rows are filled in that
 * order. */
#include "analysis/sensitivity_tables.h"

#include <math.h>
#include <string.h>

typedef struct column_spec {
    kl_column_type type;
    kl_column_style style;
    int digits;
    const char *name, *unit, *meaning;
} column_spec;

#define COLUMN_TEXT(name, meaning)                           \
    {                                                        \
        KL_COLUMN_TEXT, KL_STYLE_PLAIN, 0, name, "", meaning \
    }
#define COLUMN_COUNT(name, unit, meaning)                       \
    {                                                           \
        KL_COLUMN_COUNT, KL_STYLE_PLAIN, 0, name, unit, meaning \
    }
#define COLUMN_SHARE(name, meaning)                               \
    {                                                             \
        KL_COLUMN_NUMBER, KL_STYLE_PERCENT, 1, name, "1", meaning \
    }
#define COLUMN_NUMBER(name, meaning)                            \
    {                                                           \
        KL_COLUMN_NUMBER, KL_STYLE_PLAIN, 4, name, "1", meaning \
    }
#define COLUMN_INTERVAL(COLUMN, name, meaning)                                   \
    COLUMN(name, meaning), COLUMN(name "_lo", "lower end of its 95 % interval"), \
        COLUMN(name "_hi", "upper end of its 95 % interval")
#define COLUMNS_KEY COLUMN_TEXT("arm", "arm of the study"), COLUMN_TEXT("metric", "outcome that is explained")
#define COLUMN_DEFENDED                                                                                            \
    COLUMN_TEXT("defended",                                                                                        \
                "no: more than 10 % of the rows were left out or of the runs undefined, so what is said is about " \
                "a selection")
#define COLUMN_END                                          \
    {                                                       \
        KL_COLUMN_TEXT, KL_STYLE_PLAIN, 0, NULL, NULL, NULL \
    }

/* ---- what the tables are ---- */

static const char split_method[] = "Var(Y) = Var(E[Y | inputs]) + E[Var(Y | inputs)]: one-way random effects ANOVA "
                                   "over points (Searle, Casella & McCulloch "
                                   "1992), of points drawn from the inputs' distributions (of a Saltelli design its A "
                                   "and B; of a factorial or Morris design all, "
                                   "so that it is about their levels). Interval: bootstrap over rows of the design.";

static const column_spec split_columns[] = {
    COLUMNS_KEY,
    COLUMN_SHARE("inputs",
                 "share of the variance that the inputs make; the rest is chance that they leave. Undefined with one "
                 "replicate"),
    COLUMN_SHARE("inputs_lo", "lower end of its 95 % interval"),
    COLUMN_SHARE("inputs_hi", "upper end of its 95 % interval"),
    COLUMN_TEXT("unit", "unit of the next three"),
    {KL_COLUMN_NUMBER, KL_STYLE_PLAIN, 3, "sd", "", "standard deviation of the outcome over all runs, in its unit"},
    {KL_COLUMN_NUMBER, KL_STYLE_PLAIN, 3, "sd_inputs", "", "standard deviation that the inputs make"},
    {KL_COLUMN_NUMBER, KL_STYLE_PLAIN, 3, "sd_chance", "", "standard deviation that chance makes"},
    COLUMN_COUNT("rows", "1", "rows of the design that the indices come from"),
    COLUMN_COUNT("rows_left_out", "1",
                 "rows left out, because a point of theirs is undefined in more than half its replicates"),
    COLUMN_COUNT("runs_undefined", "1", "runs in which the outcome is undefined, or that are missing"),
    COLUMN_DEFENDED,
    COLUMN_END,
};

static const char sobol_method[] = "Of the variance of the replicates' mean over the design (chance taken away by the "
                                   "replicates' covariance). First order: what an "
                                   "input makes by itself, mean(B (AB_i - A)) / V (Saltelli et al. 2010). Total: with "
                                   "all its interactions, mean((A - AB_i)^2) / 2V "
                                   "(Jansen 1999); 0 says that the input may be fixed. Intervals: percentile bootstrap "
                                   "over base rows, keyed by the study's seed.";

static const column_spec sobol_columns[] = {
    COLUMNS_KEY,
    COLUMN_TEXT("input",
                "input; 'all inputs' has the sum of the first-order indices: what is missing to 100 % is interaction"),
    COLUMN_INTERVAL(COLUMN_SHARE, "first", "first-order index: share of the variance that the input makes by itself"),
    COLUMN_INTERVAL(COLUMN_SHARE, "total", "total index: share with all interactions it has a part in"),
    COLUMN_DEFENDED,
    COLUMN_END,
};

static const char pairs_method[] = "Second-order indices (Saltelli 2002): share of the variance that two inputs make "
                                   "together beyond what each makes by itself. "
                                   "Intervals: percentile bootstrap over base rows, keyed by the study's seed.";

static const column_spec pairs_columns[] = {
    COLUMNS_KEY,
    COLUMN_TEXT("input", "one input"),
    COLUMN_TEXT("with", "the other"),
    COLUMN_INTERVAL(COLUMN_SHARE, "second", "second-order index of the pair"),
    COLUMN_DEFENDED,
    COLUMN_END,
};

static const char morris_method[] =
    "Elementary effects (Morris 1991): the change of the outcome when one input moves by half of its distribution, per "
    "whole "
    "distribution. mu: mean; mu_star: mean size (Campolongo et al. 2007); sigma: spread, from curvature, interactions "
    "and "
    "chance. Intervals: percentile bootstrap over trajectories, keyed by the study's seed.";

static const column_spec morris_columns[] = {
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
    COLUMN_END,
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

static const column_spec given_columns[] = {
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
    COLUMN_END,
};

static kl_status add_table(kl_sensitivity *s, const char *name, const char *title, const char *method,
                           const column_spec *column)
{
    kl_table *table = &s->table[s->n_tables];
    kl_status status = kl_table_init(table, name, title, method);
    if (status != KL_OK)
        return status;
    s->n_tables++;
    for (; status == KL_OK && column->name; column++)
        status = kl_table_add_column(table, column->type, column->name, column->unit, column->style, column->digits,
                                     column->meaning);
    return status;
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

/* A row being filled from the left; after an error the rest does nothing. */
typedef struct line {
    kl_table *table;
    int row, column;
    kl_status status;
} line;

static void put_text(line *l, const char *text)
{
    if (l->status == KL_OK)
        l->status = kl_table_set_text(l->table, l->row, l->column++, text);
}

static void put_count(line *l, int64_t count)
{
    if (l->status == KL_OK)
        l->status = kl_table_set_count(l->table, l->row, l->column++, count);
}

static void put_number(line *l, double number)
{
    if (l->status == KL_OK)
        l->status = kl_table_set_number(l->table, l->row, l->column++, number);
}

static void put_effect(line *l, const kl_effect *effect)
{
    put_number(l, effect->value);
    put_number(l, effect->lo);
    put_number(l, effect->hi);
}

static line start_line(kl_sensitivity *s, int table, const kl_response *response)
{
    line l = {.table = &s->table[table]};
    l.status = kl_table_add_row(l.table);
    l.row = l.table->n_rows - 1;
    put_text(&l, s->study->arm[response->arm].name);
    put_text(&l, response->metric);
    return l;
}

static void put_defended(line *l, const kl_usable *usable)
{
    put_text(l, kl_sensitivity_is_defended(usable) ? "yes" : "no");
}

kl_status kl_sensitivity_put_split(kl_sensitivity *s, const kl_response *response, const kl_variance_split *split,
                                   const kl_usable *usable)
{
    line l = start_line(s, 0, response);
    put_effect(&l, &split->share);
    put_text(&l, response->unit);
    put_number(&l, sqrt(split->total));
    put_number(&l, split->inputs == split->inputs ? sqrt(fmax(0, split->inputs)) : (double)NAN);
    put_number(&l, sqrt(split->chance));
    put_count(&l, usable->n_rows);
    put_count(&l, usable->n_rows_left_out);
    put_count(&l, usable->n_runs_undefined);
    put_defended(&l, usable);
    return l.status;
}

static kl_status put_pairs(kl_sensitivity *s, const kl_response *response, const kl_sobol_indices *indices)
{
    const kl_effect *pair = indices->second;
    kl_status status = KL_OK;
    for (int i = 0; i < s->n_inputs; i++) {
        for (int j = i + 1; status == KL_OK && j < s->n_inputs; j++) {
            line l = start_line(s, 2, response);
            put_text(&l, s->input[i].name);
            put_text(&l, s->input[j].name);
            put_effect(&l, pair++);
            put_defended(&l, &indices->usable);
            status = l.status;
        }
    }
    return status;
}

kl_status kl_sensitivity_put_sobol(kl_sensitivity *s, const kl_response *response, const kl_sobol_indices *indices)
{
    static const kl_effect none = {NAN, NAN, NAN};
    for (int i = 0; i <= s->n_inputs; i++) {
        int is_sum = i == s->n_inputs;
        line l = start_line(s, 1, response);
        put_text(&l, is_sum ? "all inputs" : s->input[i].name);
        put_effect(&l, is_sum ? &indices->sum : &indices->first[i]);
        put_effect(&l, is_sum ? &none : &indices->total[i]);
        put_defended(&l, &indices->usable);
        if (l.status != KL_OK)
            return l.status;
    }
    return indices->second ? put_pairs(s, response, indices) : KL_OK;
}

kl_status kl_sensitivity_put_morris(kl_sensitivity *s, const kl_response *response, const kl_morris_effect *effect,
                                    const kl_usable *usable)
{
    kl_status status = KL_OK;
    for (int i = 0; status == KL_OK && i < s->n_inputs; i++) {
        line l = start_line(s, 1, response);
        put_text(&l, s->input[i].name);
        put_text(&l, response->unit);
        put_effect(&l, &effect[i].mu_star);
        put_effect(&l, &effect[i].mu);
        put_effect(&l, &effect[i].sigma);
        put_number(&l, effect[i].noise);
        put_defended(&l, usable);
        status = l.status;
    }
    return status;
}

kl_status kl_sensitivity_put_factorial(kl_sensitivity *s, const kl_response *response, const kl_effect *main_effect,
                                       const kl_effect *total, const kl_usable *usable)
{
    kl_status status = KL_OK;
    for (int i = 0; status == KL_OK && i < s->n_inputs; i++) {
        line l = start_line(s, 1, response);
        put_text(&l, s->input[i].name);
        put_effect(&l, &main_effect[i]);
        put_effect(&l, &total[i]);
        put_defended(&l, usable);
        status = l.status;
    }
    return status;
}

kl_status kl_sensitivity_put_given(kl_sensitivity *s, const kl_response *response, const kl_given_effects *given,
                                   const kl_usable *usable)
{
    kl_status status = KL_OK;
    for (int i = 0; status == KL_OK && i < s->n_inputs; i++) {
        line l = start_line(s, 1, response);
        put_text(&l, s->input[i].name);
        put_effect(&l, &given->first[i]);
        put_effect(&l, &given->srrc[i]);
        put_effect(&l, &given->prcc[i]);
        put_number(&l, given->r2);
        put_defended(&l, usable);
        status = l.status;
    }
    return status;
}
