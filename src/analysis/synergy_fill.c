/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Means over worlds with their intervals, and the filling of tables, for the tables of synergy. */
#include <math.h>
#include <stddef.h>

#include <gsl/gsl_cdf.h>

#include "analysis/synergy.h"

/* ---- intervals ---- */

/* Independent units that hold a value. */
static int64_t count_units(const kl_synergy_runs *runs, const double *x, int n_units)
{
    size_t each = runs->n_worlds / (size_t)n_units;
    int64_t units = 0;
    for (size_t u = 0; u < (size_t)n_units; u++) {
        int any = 0;
        for (size_t w = u * each; w < (u + 1) * each; w++)
            any |= x[w] == x[w];
        units += any;
    }
    return units;
}

kl_status kl_interval_make(kl_interval *made, const kl_synergy_runs *runs, const double *x)
{
    int n_units = runs->n_points / runs->row_size;
    kl_status status = kl_estimate_make(&made->e, x, n_units, runs->row_size * runs->n_replicates);
    made->lo = made->hi = (double)NAN;
    if (status != KL_OK)
        return status;
    int64_t units = n_units > 1 ? count_units(runs, x, n_units) : made->e.n;
    if (units > 1) {
        double half = gsl_cdf_tdist_Pinv(0.975, (double)(units - 1)) * made->e.se;
        made->lo = made->e.mean - half;
        made->hi = made->e.mean + half;
    }
    return KL_OK;
}

/* By linearisation (Cochran 1977, 6.4): x - share whole has mean zero, and its error over the mean of the whole is the error of
 * the share. */
kl_status kl_interval_share(kl_interval *made, const kl_synergy_runs *runs, const double *x, const double *whole,
                            double *work)
{
    double sum = 0, of = 0, n = 0;
    for (size_t w = 0; w < runs->n_worlds; w++) {
        int defined = x[w] == x[w] && whole[w] == whole[w];
        sum += defined ? x[w] : 0;
        of += defined ? whole[w] : 0;
        n += defined;
    }
    double share = of != 0 ? sum / of : (double)NAN;
    for (size_t w = 0; w < runs->n_worlds; w++)
        work[w] = (x[w] - share * whole[w]) / (of / n);
    kl_status status = kl_interval_make(made, runs, work);
    made->lo = made->lo - made->e.mean + share;
    made->hi = made->hi - made->e.mean + share;
    made->e.mean = share;
    return status;
}

/* ---- tables ---- */

kl_filler kl_fill_begin(kl_table *table, const char *name, const char *title, const char *method, int n,
                        const kl_head *head)
{
    kl_filler filler = {table, 0, kl_table_init(table, name, title, method)};
    for (int c = 0; c < n && filler.status == KL_OK; c++)
        filler.status = kl_table_add_column(table, head[c].type, head[c].name, head[c].unit, head[c].style,
                                            head[c].digits, head[c].meaning);
    return filler;
}

void kl_fill_row(kl_filler *filler)
{
    if (filler->status == KL_OK)
        filler->status = kl_table_add_row(filler->table);
    filler->column = 0;
}

void kl_fill_text(kl_filler *filler, const char *text)
{
    if (filler->status == KL_OK)
        filler->status = kl_table_set_text(filler->table, filler->table->n_rows - 1, filler->column++, text);
}

void kl_fill_count(kl_filler *filler, int64_t count)
{
    if (filler->status == KL_OK)
        filler->status = kl_table_set_count(filler->table, filler->table->n_rows - 1, filler->column++, count);
}

void kl_fill_number(kl_filler *filler, double number)
{
    if (filler->status == KL_OK)
        filler->status = kl_table_set_number(filler->table, filler->table->n_rows - 1, filler->column++, number);
}

void kl_fill_interval(kl_filler *filler, const kl_interval *interval)
{
    kl_fill_number(filler, interval->e.mean);
    kl_fill_number(filler, interval->lo);
    kl_fill_number(filler, interval->hi);
}
