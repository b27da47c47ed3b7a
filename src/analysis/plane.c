/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The cost-effectiveness plane: where an option's points lie against the baseline's. */
#include <math.h>

#include "klaster/appraisal.h"

static double error_of(double sum, double squares, int n)
{
    double variance = n > 1 ? (squares - sum * sum / n) / (n - 1) : (double)NAN;
    return sqrt(fmax(variance, 0) / n);
}

static void add_share(kl_plane *plane, double d_cost, double d_effect)
{
    if (d_cost == 0 && d_effect == 0)
        plane->same++;
    else if (d_effect >= 0 && d_cost <= 0)
        plane->better++;
    else if (d_effect <= 0 && d_cost >= 0)
        plane->worse++;
    else if (d_effect > 0)
        plane->costs_more++;
    else
        plane->saves++;
}

kl_status kl_plane_make(kl_plane *plane, const double *cost, const double *effect, const double *cost_baseline,
                        const double *effect_baseline, int n)
{
    kl_plane p = {0};
    *plane = p;
    if (n < 1)
        return KL_ERR_ARGUMENT;
    double squares[2] = {0};
    for (int i = 0; i < n; i++) {
        double d_cost = cost[i] - cost_baseline[i], d_effect = effect[i] - effect_baseline[i];
        add_share(&p, d_cost, d_effect);
        p.d_cost += d_cost;
        p.d_effect += d_effect;
        squares[0] += d_cost * d_cost;
        squares[1] += d_effect * d_effect;
    }
    p.d_cost_se = n > 1 ? error_of(p.d_cost, squares[0], n) : (double)NAN;
    p.d_effect_se = n > 1 ? error_of(p.d_effect, squares[1], n) : (double)NAN;
    p.d_cost /= n;
    p.d_effect /= n;
    p.icer = p.d_effect != 0 ? p.d_cost / p.d_effect : (double)NAN;
    p.costs_more /= n;
    p.better /= n;
    p.saves /= n;
    p.worse /= n;
    p.same /= n;
    *plane = p;
    return KL_OK;
}
