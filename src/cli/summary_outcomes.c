/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `klaster summary`: the table of outcomes. Each row has one unit and one number of decimals. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/grid.h"
#include "cli/outcome.h"
#include "cli/summary.h"

enum { ARMS_IN_COLUMNS = 4 };

/* How the numbers of a row are written. */
typedef struct row_format {
    double divide; /* by this */
    int digits;
    bool whole; /* months and counts: no decimals where there are none */
    char unit[24];
} row_format;

static row_format format_of(kl_outcome_id id, double largest)
{
    static const struct {
        double from, divide;
        const char *unit;
    } scales[] = {{999.5e6, 1e9, "bn "}, {999.5e3, 1e6, "M "}, {999.5, 1e3, "k "}, {0, 1, ""}};
    row_format f = {.divide = 1, .digits = kl_outcome_info_of(id)->digits};
    const char *unit = kl_outcome_unit(id);
    kl_outcome_type type = kl_outcome_info_of(id)->type;
    snprintf(f.unit, sizeof f.unit, "%s", unit);
    if (type == KL_TYPE_MONEY) {
        size_t i = 0;
        while (i < 3 && !(largest >= scales[i].from))
            i++;
        f.divide = scales[i].divide;
        f.digits = largest / f.divide < 9.995 ? 2 : largest / f.divide < 99.95 ? 1 : 0;
        snprintf(f.unit, sizeof f.unit, "%s%s", scales[i].unit, unit);
    } else if (*unit == '%') {
        f.divide = 0.01;
        f.digits = 1;
    } else if (type == KL_TYPE_MONTH || type == KL_TYPE_COUNT) {
        f.digits = 1;
        f.whole = true;
    }
    return f;
}

static row_format format_of_estimate(kl_outcome_id id, const kl_estimate *e)
{
    double largest = fmax(fmax(fabs(e->q05), fabs(e->q95)), fabs(e->mean));
    return format_of(id, largest);
}

static const char *number(char *buffer, const row_format *f, double value, int digits)
{
    double v = value / f->divide;
    if (isnan(v)) {
        snprintf(buffer, KL_NUMBER_SIZE, "-");
        return buffer;
    }
    if (f->whole && v == floor(v))
        digits = 0;
    if (fabs(v) < 0.5 * pow(10, -digits))
        v = 0; /* no "-0.0" */
    snprintf(buffer, KL_NUMBER_SIZE, "%.*f", digits, v);
    return buffer;
}

/* Mean and standard error with decimals enough that the error's first digit is seen. */
static void mean_text(char *buffer, size_t size, const kl_term *term, const row_format *f, const kl_estimate *e)
{
    char mean[KL_NUMBER_SIZE], se[KL_NUMBER_SIZE];
    row_format decimal = *f;
    int digits = f->digits;
    decimal.whole = false;
    if (e->sd == 0) {
        snprintf(buffer, size, "%.10g", e->mean / f->divide);
        return;
    }
    while (e->se > 0 && digits < f->digits + 2 && e->se / f->divide < 0.95 * pow(10, -digits))
        digits++;
    number(mean, &decimal, e->mean, digits);
    if (isnan(e->se))
        snprintf(buffer, size, "%s", mean);
    else
        snprintf(buffer, size, "%s %s %s", mean, term->utf8 ? "±" : "+-", number(se, &decimal, e->se, digits));
}

static void spread_cells(kl_grid *table, const kl_term *term, const row_format *f, const kl_estimate *e,
                         bool with_interval)
{
    char a[KL_NUMBER_SIZE], b[KL_NUMBER_SIZE], c[KL_NUMBER_SIZE], text[160];
    mean_text(text, sizeof text, term, f, e);
    kl_grid_cell(table, KL_BOLD, text);
    number(a, f, e->q50, f->digits);
    if (!with_interval || isnan(e->q50_lo) || isnan(e->q50_hi))
        kl_grid_cell(table, KL_PLAIN, a);
    else
        kl_grid_cellf(table, KL_PLAIN, "%s [%s, %s]", a, number(b, f, e->q50_lo, f->digits),
                      number(c, f, e->q50_hi, f->digits));
    kl_grid_cellf(table, KL_PLAIN, "%s..%s", number(a, f, e->q05, f->digits), number(b, f, e->q95, f->digits));
}

static void estimate_cells(kl_grid *table, const kl_term *term, kl_outcome_id id, const kl_estimate *e, int64_t n,
                           bool with_interval)
{
    char a[KL_NUMBER_SIZE];
    row_format f = format_of_estimate(id, e);
    kl_grid_cell(table, KL_DIM, f.unit);
    if (e->n == 0) {
        kl_grid_cell(table, KL_DIM, "-");
        kl_grid_cell(table, KL_DIM, "-");
        kl_grid_cell(table, KL_DIM, "-");
        kl_grid_cell(table, KL_DIM, "0 %");
        return;
    }
    if (e->sd == 0) {
        kl_grid_cellf(table, KL_BOLD, "%.10g", e->mean / f.divide);
        kl_grid_cell(table, KL_DIM, e->n > 1 ? "always" : "");
        kl_grid_cell(table, KL_DIM, "");
    } else {
        spread_cells(table, term, &f, e, with_interval);
    }
    kl_text_percent(a, sizeof a, n > 0 ? (double)e->n / (double)n : 0,
                    e->n == n || (double)e->n < 0.995 * (double)n ? 0 : 1);
    kl_grid_cell(table, KL_DIM, a);
}

/* ---- in the order and under the headings of outcomes.def ---- */

static bool is_chosen(const kl_summary *s, int outcome)
{
    for (int i = 0; i < s->n_metrics; i++)
        if ((int)s->metric[i] == outcome)
            return true;
    return false;
}

/* The heading before line i if a chosen outcome follows under it, else NULL. */
static const char *heading_at(const kl_summary *s, const kl_outcome_line *line, int n, int i)
{
    if (!line[i].group)
        return NULL;
    for (int k = i + 1; k < n && !line[k].group; k++)
        if (line[k].outcome >= 0 && is_chosen(s, line[k].outcome))
            return line[i].group;
    return NULL;
}

typedef kl_status (*row_fn)(kl_summary *s, kl_grid *table, kl_outcome_id id, int a, bool with_interval);

static kl_status fill(kl_summary *s, kl_grid *table, row_fn row, int a, bool with_interval)
{
    int n;
    const kl_outcome_line *line = kl_outcome_lines(&n);
    kl_status status = KL_OK;
    for (int i = 0; status == KL_OK && i < n; i++) {
        const char *heading = heading_at(s, line, n, i);
        if (heading)
            kl_grid_heading(table, KL_DIM, heading);
        else if (line[i].outcome >= 0 && is_chosen(s, line[i].outcome))
            status = row(s, table, (kl_outcome_id)line[i].outcome, a, with_interval);
    }
    return status;
}

/* ---- one arm a table ---- */

static kl_status row_of_arm(kl_summary *s, kl_grid *table, kl_outcome_id id, int a, bool with_interval)
{
    kl_estimate e;
    int64_t by_status[KL_N_RUN_STATUS];
    kl_status status = kl_summary_estimate(s, a, id, &e);
    if (status != KL_OK)
        return status;
    kl_grid_cellf(table, KL_PLAIN, "  %s", kl_outcome_info_of(id)->name);
    estimate_cells(table, &s->cli->out, id, &e, kl_summary_count(s, a, by_status), with_interval);
    return KL_OK;
}

static kl_status make_table(kl_summary *s, int a, bool with_interval, kl_grid *table)
{
    static const char *const header[] = {"", "", "mean", "median", "5..95 %", "def."};
    kl_grid_init(table, "llrrrr");
    table->indent = 0;
    for (size_t i = 0; i < sizeof header / sizeof header[0]; i++)
        kl_grid_cell(table, KL_DIM, header[i]);
    return fill(s, table, row_of_arm, a, with_interval);
}

/* The median's interval is left out where the terminal is too narrow for it. */
static kl_status table_of_arm(kl_summary *s, int a)
{
    kl_grid table;
    kl_status status = make_table(s, a, true, &table);
    if (status == KL_OK && kl_grid_width(&table) > s->cli->out.width) {
        kl_grid_free(&table);
        status = make_table(s, a, false, &table);
    }
    if (status == KL_OK)
        status = kl_grid_print(&table, &s->cli->out);
    kl_grid_free(&table);
    return status;
}

/* ---- few arms: one table, a column an arm ---- */

static kl_status row_of_arms(kl_summary *s, kl_grid *table, kl_outcome_id id, int unused, bool without_use)
{
    kl_estimate e[ARMS_IN_COLUMNS];
    double largest = 0;
    (void)unused;
    (void)without_use;
    for (int a = 0; a < s->n_arms; a++) {
        kl_status status = kl_summary_estimate(s, a, id, &e[a]);
        if (status != KL_OK)
            return status;
        largest = isnan(e[a].mean) ? largest : fmax(largest, fabs(e[a].mean));
    }
    row_format f = format_of(id, largest);
    kl_grid_cellf(table, KL_PLAIN, "  %s", kl_outcome_info_of(id)->name);
    kl_grid_cell(table, KL_DIM, f.unit);
    for (int a = 0; a < s->n_arms; a++) {
        char text[160];
        mean_text(text, sizeof text, &s->cli->out, &f, &e[a]);
        kl_grid_cell(table, KL_PLAIN, text);
    }
    return KL_OK;
}

static kl_status table_of_arms(kl_summary *s)
{
    kl_grid table;
    char align[3 + ARMS_IN_COLUMNS] = "ll";
    memset(align + 2, 'r', (size_t)s->n_arms);
    kl_grid_init(&table, align);
    table.indent = 0;
    kl_grid_cell(&table, KL_DIM, "");
    kl_grid_cell(&table, KL_DIM, "");
    for (int a = 0; a < s->n_arms; a++)
        kl_grid_cell(&table, KL_BOLD, s->study->arm[s->arm[a]].name);
    kl_status status = fill(s, &table, row_of_arms, 0, false);
    if (status == KL_OK)
        status = kl_grid_print(&table, &s->cli->out);
    kl_grid_free(&table);
    return status;
}

kl_status kl_summary_outcomes(kl_summary *s)
{
    const kl_term *term = &s->cli->out;
    if (s->n_arms > 1 && s->n_arms <= ARMS_IN_COLUMNS) {
        kl_term_heading(
            term, "OUTCOMES",
            term->utf8
                ? "Mean ± its Monte Carlo standard error, over the worlds in which it is defined. --arm ARM says more."
                : "Mean +- its Monte Carlo standard error, over the worlds in which it is defined. --arm ARM says "
                  "more.");
        return table_of_arms(s);
    }
    kl_term_heading(term, "OUTCOMES",
                    term->utf8 ? "Mean ± its standard error; median [its 95 % interval, where there is room]; where "
                                 "nine worlds in ten lie; in how many it is defined."
                               : "Mean +- its standard error; median [its 95 % interval, where there is room]; where "
                                 "nine worlds in ten lie; in how many it is defined.");
    kl_status status = KL_OK;
    for (int a = 0; status == KL_OK && a < s->n_arms; a++) {
        if (s->n_arms > 1) {
            fputs(a ? "\narm " : "arm ", term->file);
            kl_term_print(term, KL_BOLD, s->study->arm[s->arm[a]].name);
            putc('\n', term->file);
        }
        status = table_of_arm(s, a);
    }
    return status;
}
