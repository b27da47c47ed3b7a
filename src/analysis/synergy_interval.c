/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Means over worlds with their intervals, for the tables of synergy. */
#include <math.h>
#include <stddef.h>

#include "analysis/effective.h"
#include "analysis/synergy.h"

kl_status kl_interval_make(kl_interval *made, const kl_synergy_runs *runs, const double *x)
{
    int n_units = runs->n_points / runs->row_size, size = runs->row_size * runs->n_replicates;
    kl_status status = kl_estimate_make(&made->e, x, n_units, size);
    double half = kl_student(kl_units_of(x, n_units, size)) * made->e.se;
    made->lo = made->e.mean - half;
    made->hi = made->e.mean + half;
    return status;
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

void kl_interval_put(kl_rows *rows, const kl_interval *interval)
{
    kl_rows_put(rows, interval->e.mean);
    kl_rows_put(rows, interval->lo);
    kl_rows_put(rows, interval->hi);
}
