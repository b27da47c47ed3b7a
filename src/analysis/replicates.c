/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Means of replicates and the noise that is left in them. */
#include "analysis/replicates.h"

#include <math.h>

double kl_replicates_mean(const double *y, int n_replicates)
{
    double sum = 0;
    int n = 0;
    for (int r = 0; r < n_replicates; r++) {
        if (y[r] == y[r]) {
            sum += y[r];
            n++;
        }
    }
    int least = n_replicates > 1 ? (n_replicates + 1) / 2 : 1;
    if (n_replicates > 1 && least < 2)
        least = 2;
    return n >= least ? sum / n : (double)NAN;
}

double kl_replicates_noise(const double *x, const double *y, int n_replicates)
{
    double sum_x = 0, sum_y = 0, sum = 0;
    int n = 0, n_x = 0, n_y = 0;
    for (int r = 0; r < n_replicates; r++) {
        n_x += x[r] == x[r];
        n_y += y[r] == y[r];
        if (x[r] == x[r] && y[r] == y[r]) {
            sum_x += x[r];
            sum_y += y[r];
            n++;
        }
    }
    if (n < 2)
        return 0;
    for (int r = 0; r < n_replicates; r++)
        if (x[r] == x[r] && y[r] == y[r])
            sum += (x[r] - sum_x / n) * (y[r] - sum_y / n);
    return sum / (n - 1) * n / ((double)n_x * n_y);
}

double kl_replicates_noise_of_difference(const double *x, const double *y, int n_replicates)
{
    double sum = 0, square = 0;
    for (int r = 0; r < n_replicates; r++) {
        if (x[r] != x[r] || y[r] != y[r]) /* not all replicates in both: in parts */
            return kl_replicates_noise(x, x, n_replicates) + kl_replicates_noise(y, y, n_replicates) -
                   2 * kl_replicates_noise(x, y, n_replicates);
        sum += x[r] - y[r];
    }
    for (int r = 0; r < n_replicates; r++) {
        double off = x[r] - y[r] - sum / n_replicates;
        square += off * off;
    }
    return n_replicates > 1 ? square / ((double)(n_replicates - 1) * n_replicates) : 0;
}

void kl_rows_usable(kl_usable *usable, int *row, const double *y, int n_rows, int row_size, int n_replicates)
{
    *usable = (kl_usable){.n_runs = (int64_t)n_rows * row_size * n_replicates};
    for (int i = 0; i < n_rows; i++) {
        int defined = 1;
        for (int p = 0; p < row_size; p++) {
            const double *point = y + ((int64_t)i * row_size + p) * n_replicates;
            double mean = kl_replicates_mean(point, n_replicates);
            defined &= mean == mean;
            for (int r = 0; r < n_replicates; r++)
                usable->n_runs_undefined += point[r] != point[r];
        }
        if (defined)
            row[usable->n_rows++] = i;
    }
    usable->n_rows_left_out = n_rows - usable->n_rows;
}
