/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `klaster sensitivity` as a picture: for every outcome a bar an input, the longest first. It reads the tables that are kept
 * and printed, so it cannot say anything else. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/grid.h"
#include "cli/outcome.h"
#include "cli/sensitivity.h"

enum { SHOWN = 12, BAR = 20, COLUMN_ARM = 0, COLUMN_METRIC = 1, COLUMN_INPUT = 2 };
enum { SPLIT_SHARE = 2, SPLIT_ROWS = 9, SPLIT_LEFT_OUT, SPLIT_UNDEFINED, SPLIT_DEFENDED };

/* Which columns of a design's table make the picture; an effect is three columns. */
typedef struct picture {
    int bar, beside, direction; /* -1: none */
    int is_share;
    const char *bar_heading, *beside_heading, *order;
} picture;

static picture picture_of(const kl_study *study)
{
    switch (study->design.kind) {
    case KL_DESIGN_SALTELLI:
    case KL_DESIGN_FACTORIAL:
        return (picture){6,
                         3,
                         -1,
                         1,
                         "share of variance, with interactions",
                         "by itself",
                         "Sobol indices: shares of the variance that the inputs make"};
    case KL_DESIGN_MORRIS:
        return (picture){
            4, -1, 7, 0, "mean size of the effect", "", "elementary effects, over the whole range of an input"};
    default:
        return (picture){
            3, -1, 6, 1, "by itself", "", "first-order indices: shares of the variance that the inputs make"};
    }
}

/* ---- cells ---- */

static double cell(const kl_table *table, int column, int row)
{
    return table->column[column].number[row];
}

/* A number of the picture: percent for shares of variance and of runs, else as the outcome is shown. */
static void value_text(char *buffer, size_t size, const picture *p, const char *metric, double value)
{
    kl_outcome_id id = kl_outcome_find(metric);
    if (!p->is_share && id < KL_N_OUTCOMES)
        kl_outcome_text(buffer, size, id, value);
    else
        snprintf(buffer, size, "%.*f", fabs(value) < 0.0995 ? 1 : 0, fabs(value) < 0.0005 ? 0 : 100 * value);
}

static const char *unit_of(const picture *p, const char *metric)
{
    kl_outcome_id id = kl_outcome_find(metric);
    return !p->is_share && id < KL_N_OUTCOMES ? kl_outcome_unit(id) : "%";
}

static void effect_text(char *buffer, size_t size, const kl_table *table, int column, int row, const picture *p)
{
    char a[KL_NUMBER_SIZE], b[KL_NUMBER_SIZE], c[KL_NUMBER_SIZE];
    const char *metric = table->column[COLUMN_METRIC].text[row], *unit = unit_of(p, metric);
    double value = cell(table, column, row), lo = cell(table, column + 1, row), hi = cell(table, column + 2, row);
    value_text(a, sizeof a, p, metric, value);
    value_text(b, sizeof b, p, metric, lo);
    value_text(c, sizeof c, p, metric, hi);
    if (isnan(value))
        snprintf(buffer, size, "-");
    else if (isnan(lo))
        snprintf(buffer, size, "%s %s", a, unit);
    else
        snprintf(buffer, size, "%s %s [%s to %s]", a, unit, b, c);
}

/* Which way it goes, where its interval says so. */
static const char *direction_of(const kl_table *table, const picture *p, int row)
{
    if (p->direction < 0)
        return "";
    double lo = cell(table, p->direction + 1, row), hi = cell(table, p->direction + 2, row);
    return lo > 0 ? "raises" : hi < 0 ? "lowers" : "";
}

/* ---- one outcome ---- */

/* Rows [first, first + n) of the table, in falling order of the bar; undefined last. */
static void order_rows(int *order, const kl_table *table, const picture *p, int first, int n)
{
    for (int i = 0; i < n; i++) {
        int k = i;
        double x = cell(table, p->bar, first + i);
        for (; k > 0; k--) {
            double before = cell(table, p->bar, order[k - 1]);
            if (!(x > before || (isnan(before) && !isnan(x))))
                break;
            order[k] = order[k - 1];
        }
        order[k] = first + i;
    }
}

static kl_status print_bars(const kl_term *term, const kl_table *table, const picture *p, const int *order, int n)
{
    char bar[3 * BAR + 1], text[3 * KL_NUMBER_SIZE + 16];
    kl_grid grid;
    double longest = p->is_share ? 1 : cell(table, p->bar, order[0]);
    kl_grid_init(&grid, "lllr"); /* the last at the right: it must not be wrapped */
    grid.indent = 2;
    kl_grid_cell(&grid, KL_DIM, "input");
    kl_grid_cell(&grid, KL_DIM, "");
    kl_grid_cell(&grid, KL_DIM, p->bar_heading);
    kl_grid_cell(&grid, KL_DIM, p->beside >= 0 ? p->beside_heading : "more of it");
    for (int i = 0; i < n; i++) {
        double value = cell(table, p->bar, order[i]);
        double share = value > 0 && longest > 0 ? fmin(1, value / longest) : 0;
        kl_grid_cell(&grid, KL_BOLD, table->column[COLUMN_INPUT].text[order[i]]);
        kl_text_bar(term, bar, sizeof bar, share, BAR);
        kl_grid_cell(&grid, KL_HEAD, bar);
        effect_text(text, sizeof text, table, p->bar, order[i], p);
        kl_grid_cell(&grid, KL_PLAIN, text);
        if (p->beside >= 0)
            effect_text(text, sizeof text, table, p->beside, order[i], p);
        else
            snprintf(text, sizeof text, "%s", direction_of(table, p, order[i]));
        kl_grid_cell(&grid, KL_PLAIN, text);
    }
    kl_status status = kl_grid_print(&grid, term);
    kl_grid_free(&grid);
    return status;
}

static void print_line(const kl_term *term, const char *text)
{
    fputs("  ", term->file);
    kl_term_wrap(term, text, 2, 2);
    putc('\n', term->file);
}

/* "The inputs make 62 % ..." and what was left out. */
static void print_split(const kl_term *term, const kl_table *split, int row, int n_replicates)
{
    char text[512], a[KL_NUMBER_SIZE], b[KL_NUMBER_SIZE];
    double share = cell(split, SPLIT_SHARE, row), lo = cell(split, SPLIT_SHARE + 1, row),
           hi = cell(split, SPLIT_SHARE + 2, row);
    int64_t left_out = split->column[SPLIT_LEFT_OUT].count[row], undefined = split->column[SPLIT_UNDEFINED].count[row];
    int64_t rows = split->column[SPLIT_ROWS].count[row] + left_out;
    if (!isnan(share)) {
        snprintf(text, sizeof text, "The inputs make %.1f %% of its variance", 100 * share);
        if (!isnan(lo))
            snprintf(text + strlen(text), sizeof text - strlen(text), " [%.1f to %.1f]", 100 * lo, 100 * hi);
        snprintf(text + strlen(text), sizeof text - strlen(text), ", chance makes the rest.");
        print_line(term, text);
    } else if (rows > 0 && n_replicates == 1)
        print_line(term, "With one replicate a point, chance cannot be told from the inputs.");
    if (undefined == 0)
        return;
    snprintf(text, sizeof text, "Undefined or missing in %s runs; %s of %lld rows left out.",
             kl_text_count(a, sizeof a, (double)undefined), kl_text_count(b, sizeof b, (double)left_out),
             (long long)rows);
    print_line(term, text);
    if (strcmp(split->column[SPLIT_DEFENDED].text[row], "no") == 0) {
        fputs("  ", term->file);
        kl_term_print(term, KL_WARN, "Not defended: too many for more than a statement about the runs that are left.");
        putc('\n', term->file);
    }
}

static const char *meaning_of(const char *metric)
{
    kl_outcome_id id = kl_outcome_find(metric);
    return id < KL_N_OUTCOMES ? kl_outcome_info_of(id)->meaning : "how the run ends";
}

static kl_status print_outcome(const kl_term *term, const kl_sensitivity *found, int response, int *order)
{
    const kl_table *split = &found->table[0], *table = &found->table[1];
    picture p = picture_of(found->study);
    int per_response = table->n_rows / split->n_rows, first = response * per_response;
    int has_sum = found->study->design.kind == KL_DESIGN_SALTELLI;
    const char *metric = split->column[COLUMN_METRIC].text[response];
    char title[256];
    snprintf(title, sizeof title, "%s%s%s", metric, found->study->n_arms > 1 ? ", arm " : "",
             found->study->n_arms > 1 ? split->column[COLUMN_ARM].text[response] : "");
    kl_term_heading(term, title, NULL);
    print_line(term, meaning_of(metric));
    print_split(term, split, response, found->study->n_replicates);
    order_rows(order, table, &p, first, found->n_inputs);
    if (isnan(cell(table, p.bar, order[0]))) {
        fputs("  Nothing to attribute: it does not vary, or is defined too rarely.\n", term->file);
        return KL_OK;
    }
    int shown = found->n_inputs < SHOWN ? found->n_inputs : SHOWN;
    kl_status status = print_bars(term, table, &p, order, shown);
    if (status == KL_OK && shown < found->n_inputs) {
        char text[3 * KL_NUMBER_SIZE + 16];
        effect_text(text, sizeof text, table, p.bar, order[shown], &p);
        fprintf(term->file, "  and %d more, the largest with %s\n", found->n_inputs - shown, text);
    }
    if (status == KL_OK && has_sum) {
        char text[3 * KL_NUMBER_SIZE + 16];
        effect_text(text, sizeof text, table, p.beside, first + found->n_inputs, &p);
        int too_much = cell(table, p.beside, first + found->n_inputs) > 1;
        char line[sizeof text + 128];
        snprintf(line, sizeof line, "each by itself, together: %s; %s", text,
                 too_much ? "what is above 100 % is the estimate's error" : "what is missing to 100 % is interaction");
        print_line(term, line);
    }
    return status;
}

/* ---- all ---- */

static kl_status print_inputs(const kl_term *term, const kl_sensitivity *found)
{
    kl_grid grid;
    kl_term_heading(term, "The inputs", NULL);
    kl_grid_init(&grid, "ll");
    grid.indent = 2;
    for (int i = 0; i < found->n_inputs; i++) {
        const kl_input *input = &found->input[i];
        kl_grid_cell(&grid, KL_BOLD, input->name);
        kl_grid_cell(&grid, KL_PLAIN,
                     input->param >= 0                    ? kl_param_info_of((kl_param_id)input->param)->meaning
                     : input->param == KL_INPUT_MECHANISM ? "how the ecosystem is introduced"
                                                          : "length of the stage, months");
    }
    kl_status status = kl_grid_print(&grid, term);
    kl_grid_free(&grid);
    return status;
}

kl_status kl_sensitivity_print(const kl_term *term, const kl_sensitivity *found)
{
    const kl_table *split = &found->table[0];
    picture p = picture_of(found->study);
    int *order = malloc(((size_t)found->n_inputs + 1) * sizeof *order);
    if (!order)
        return KL_ERR_MEMORY;
    kl_term_print(term, KL_BOLD, *found->study->title ? found->study->title : found->study->name);
    char text[256];
    snprintf(text, sizeof text, "%s; in brackets 95 %% intervals", p.order);
    putc('\n', term->file);
    kl_term_wrap(term, text, 0, 0);
    putc('\n', term->file);
    kl_status status = KL_OK;
    for (int r = 0; status == KL_OK && r < split->n_rows; r++)
        status = print_outcome(term, found, r, order);
    if (status == KL_OK)
        status = print_inputs(term, found);
    size_t at = (size_t)snprintf(text, sizeof text, "--table NAME prints a table with all numbers (");
    for (int t = 0; t < found->n_tables && at < sizeof text; t++)
        at += (size_t)snprintf(text + at, sizeof text - at, "%s%s", t > 0 ? ", " : "", found->table[t].name);
    if (at < sizeof text)
        snprintf(text + at, sizeof text - at, "), --explain says how they were computed.");
    putc('\n', term->file);
    print_line(term, text);
    free(order);
    return status;
}
