/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * From one tolerance to the next: how far it may fall, who survives, and how far the survivors are to move. Everything is
 * summed in the order of the particles, with the arithmetic of src/num: the same bits on every machine. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/calibration.h"
#include "num/num.h"
#include "rng/rng.h"

#define KEEP 0.6 /* of the effective sample size, at every fall of the tolerance */
#define PRECISION_LEAST 1e-40
#define SPREAD_LEAST 1e-8 /* variance added so that equal particles still have a direction */

double kl_particle_log_likelihood(const double *miss, int n_replicates, double precision)
{
    double best = INFINITY, sum = 0;
    for (int r = 0; r < n_replicates; r++)
        best = miss[r] < best ? miss[r] : best;
    if (!(best < INFINITY))
        return -INFINITY;
    for (int r = 0; r < n_replicates; r++)
        sum += miss[r] < INFINITY ? kl_exp(-0.5 * precision * (miss[r] - best)) : 0;
    return -0.5 * precision * best + kl_log(sum / n_replicates);
}

/* ---- how far the tolerance falls ---- */

/* Weights of going to a precision, the largest 1; returns their effective sample size and *log_mean. */
static double weigh(struct kl_calibration_state *s, double precision, double *log_mean)
{
    double most = -INFINITY, sum = 0, squares = 0;
    for (int i = 0; i < s->n; i++) {
        const double *miss = s->miss + (size_t)i * (size_t)s->n_replicates;
        double now = kl_particle_log_likelihood(miss, s->n_replicates, precision);
        double before = s->precision > 0 ? kl_particle_log_likelihood(miss, s->n_replicates, s->precision) : 0;
        s->weight[i] = now > -INFINITY ? now - before : -INFINITY;
        most = s->weight[i] > most ? s->weight[i] : most;
    }
    for (int i = 0; i < s->n; i++) {
        s->weight[i] = s->weight[i] > -INFINITY ? kl_exp(s->weight[i] - most) : 0;
        sum += s->weight[i];
        squares += s->weight[i] * s->weight[i];
    }
    *log_mean = most + kl_log(sum / s->n);
    return sum * sum / squares;
}

/* Sets the precision, the weights that lead there and their effective sample size. */
static void lower_tolerance(kl_calibration *calibration)
{
    struct kl_calibration_state *s = calibration->state;
    double least = KEEP * s->n_alive, log_mean, to = 1;
    if (weigh(s, 1, &log_mean) < least) {
        double lo = kl_log(s->precision > 0 ? s->precision : PRECISION_LEAST), hi = 0;
        for (int i = 0; i < 60; i++) {
            double middle = 0.5 * (lo + hi);
            if (weigh(s, kl_exp(middle), &log_mean) < least)
                hi = middle;
            else
                lo = middle;
        }
        /* at least a little, or a likelihood that jumps would stop the sampler */
        double slowest = s->precision * 1.01;
        to = kl_exp(lo) > slowest ? kl_exp(lo) : slowest;
        to = to < 1 ? to : 1;
    }
    s->ess = weigh(s, to, &log_mean);
    s->precision = to;
    s->n_alive = s->n; /* the others have no weight */
    calibration->log_evidence += log_mean;
    calibration->tolerance = 1 / sqrt(to);
}

/* ---- who survives ---- */

static void swap(double **a, double **b)
{
    double *t = *a;
    *a = *b;
    *b = t;
}

/* Systematic: one uniform for all (Kitagawa 1996). */
static void resample(kl_calibration *calibration)
{
    struct kl_calibration_state *s = calibration->state;
    size_t k = (size_t)s->k, n_replicates = (size_t)s->n_replicates;
    kl_key key = kl_key_of(s->seed, (uint32_t)calibration->n_waves, KL_NO_REPLICATE);
    double at = kl_uniform(kl_draw(key, UINT32_MAX, KL_DRAW_CALIBRATION, 0).w[0]), total = 0, sum;
    for (int i = 0; i < s->n; i++)
        total += s->weight[i];
    sum = s->weight[0];
    int from = 0, last = s->n - 1;
    while (last > 0 && !(s->weight[last] > 0))
        last--;
    for (int i = 0; i < s->n; i++) {
        double mark = (i + at) / s->n * total;
        while (sum <= mark && from < last)
            sum += s->weight[++from];
        memcpy(s->z_next + (size_t)i * k, s->z + (size_t)from * k, k * sizeof *s->z);
        memcpy(s->miss_next + (size_t)i * n_replicates, s->miss + (size_t)from * n_replicates,
               n_replicates * sizeof *s->miss);
        s->id_next[i] = s->id[from];
        s->ancestor_next[i] = s->ancestor[from];
    }
    swap(&s->z, &s->z_next);
    swap(&s->miss, &s->miss_next);
    memcpy(s->id, s->id_next, (size_t)s->n * sizeof *s->id);
    memcpy(s->ancestor, s->ancestor_next, (size_t)s->n * sizeof *s->ancestor);
}

/* ---- how far they move ---- */

/* Cholesky factor of a covariance, in place, lower; its diagonal is positive. */
static void factorise(double *a, int k)
{
    for (int j = 0; j < k; j++)
        for (int i = j; i < k; i++) {
            double sum = a[i * k + j];
            for (int m = 0; m < j; m++)
                sum -= a[i * k + m] * a[j * k + m];
            if (i == j)
                a[i * k + j] = sqrt(sum > SPREAD_LEAST ? sum : SPREAD_LEAST);
            else
                a[i * k + j] = sum / a[j * k + j];
        }
}

static void measure_spread(struct kl_calibration_state *s)
{
    int k = s->k;
    for (int j = 0; j < k; j++)
        for (int i = j; i < k; i++) {
            double a = 0, b = 0, sum = 0;
            for (int p = 0; p < s->n; p++) {
                a += s->z[(size_t)p * (size_t)k + (size_t)i];
                b += s->z[(size_t)p * (size_t)k + (size_t)j];
            }
            for (int p = 0; p < s->n; p++)
                sum += (s->z[(size_t)p * (size_t)k + (size_t)i] - a / s->n) *
                       (s->z[(size_t)p * (size_t)k + (size_t)j] - b / s->n);
            s->factor[i * k + j] = sum / (s->n - 1) + (i == j ? SPREAD_LEAST : 0);
        }
    factorise(s->factor, k);
}

void kl_particles_temper(kl_calibration *calibration)
{
    struct kl_calibration_state *s = calibration->state;
    lower_tolerance(calibration);
    resample(calibration);
    measure_spread(s);
    s->moves = 0;
    s->n_moves = 0;
}

/* ---- how many there still are ---- */

static int by_number(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

double kl_particles_distinct(const struct kl_calibration_state *s)
{
    double squares = 0, group = 0;
    memcpy(s->id_next, s->id, (size_t)s->n * sizeof *s->id);
    qsort(s->id_next, (size_t)s->n, sizeof *s->id_next, by_number);
    for (int i = 0; i < s->n; i++) {
        group++;
        if (i == s->n - 1 || s->id_next[i + 1] != s->id_next[i]) {
            squares += group * group;
            group = 0;
        }
    }
    return (double)s->n * s->n / squares;
}

double kl_particles_families(const struct kl_calibration_state *s)
{
    double squares = 0;
    memset(s->count, 0, (size_t)s->n * sizeof *s->count);
    for (int i = 0; i < s->n; i++)
        s->count[s->ancestor[i]]++;
    for (int i = 0; i < s->n; i++)
        squares += (double)s->count[i] * s->count[i];
    return (double)s->n * s->n / squares;
}
