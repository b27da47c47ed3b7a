/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One decision under uncertainty: expected net benefits, the probability of being best, expected losses and the expected
 * value of perfect information (Raiffa & Schlaifer 1961; expected loss: Alarid-Escudero et al., Value in Health 22, 2019,
 * 611-618, doi:10.1016/j.jval.2019.02.008). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "klaster/appraisal.h"

void kl_decision_free(kl_decision *decision)
{
    free(decision->option);
    memset(decision, 0, sizeof *decision);
}

void kl_net_benefit(double *net_benefit, const double *cost, const double *effect, double wtp, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        net_benefit[i] = wtp * effect[i] - cost[i];
}

static double mean_of(const double *x, int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += x[i];
    return sum / n;
}

static double error_of(const double *x, int n, double mean)
{
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += (x[i] - mean) * (x[i] - mean);
    return n > 1 ? sqrt(sum / (n - 1) / n) : (double)NAN;
}

double kl_paired_error(double *mean, const double *a, const double *b, int n)
{
    double squares = 0;
    *mean = 0;
    for (int i = 0; i < n; i++)
        *mean += (a[i] - b[i]) / n;
    for (int i = 0; i < n; i++)
        squares += (a[i] - b[i] - *mean) * (a[i] - b[i] - *mean);
    return n > 1 ? sqrt(squares / (n - 1) / n) : (double)NAN;
}

/* Add a point: who is best there, and by how much the others miss it. */
static void add_point(kl_decision *d, const double *net_benefit, int i)
{
    double most = -INFINITY;
    int n_best = 0;
    for (int a = 0; a < d->n_arms; a++) {
        double x = net_benefit[(size_t)a * (size_t)d->n + (size_t)i];
        n_best = x > most ? 1 : n_best + (x == most);
        most = x > most ? x : most;
    }
    for (int a = 0; a < d->n_arms; a++) {
        double x = net_benefit[(size_t)a * (size_t)d->n + (size_t)i];
        d->option[a].loss += most - x;
        if (x == most)
            d->option[a].probability += 1.0 / n_best;
    }
}

/* Spread of the loss of the best arm. */
static double evpi_error(const kl_decision *d, const double *net_benefit)
{
    double sum = 0;
    for (int i = 0; i < d->n; i++) {
        double most = -INFINITY;
        for (int a = 0; a < d->n_arms; a++)
            most = fmax(most, net_benefit[(size_t)a * (size_t)d->n + (size_t)i]);
        double off = most - net_benefit[(size_t)d->best * (size_t)d->n + (size_t)i] - d->evpi;
        sum += off * off;
    }
    return d->n > 1 ? sqrt(sum / (d->n - 1) / d->n) : (double)NAN;
}

kl_status kl_decision_make(kl_decision *decision, const double *net_benefit, int n_arms, int n)
{
    memset(decision, 0, sizeof *decision);
    if (n_arms < 1 || n < 1)
        return KL_ERR_ARGUMENT;
    for (size_t i = 0; i < (size_t)n_arms * (size_t)n; i++)
        if (!isfinite(net_benefit[i]))
            return KL_ERR_ARGUMENT;
    kl_decision d = {.n_arms = n_arms, .n = n};
    d.option = calloc((size_t)n_arms, sizeof *d.option);
    if (!d.option)
        return KL_ERR_MEMORY;
    for (int i = 0; i < n; i++)
        add_point(&d, net_benefit, i);
    for (int a = 0; a < n_arms; a++) {
        kl_option_value *option = &d.option[a];
        const double *own = net_benefit + (size_t)a * (size_t)n;
        option->mean = mean_of(own, n);
        option->se = error_of(own, n, option->mean);
        option->probability /= n;
        option->loss /= n;
        d.best = option->mean > d.option[d.best].mean ? a : d.best;
    }
    d.evpi = d.option[d.best].loss;
    d.evpi_se = evpi_error(&d, net_benefit);
    *decision = d;
    return KL_OK;
}
