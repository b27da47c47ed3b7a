/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Expected value of partial perfect information by regression (Strong, Oakley & Brennan 2014). The regressions are of each
 * option's net benefit over that of the option that is best now, so that what all options have in common is no noise. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/smoother.h"
#include "klaster/appraisal.h"
#include "num/num.h"
#include "rng/rng.h"

#define DRAWS 100 /* of the coefficients; the error of the error is then about 7 % */

typedef struct work {
    int n, m; /* points; options other than the best */
    kl_smoother smoother;
    kl_smooth *smooth;                   /* [m] */
    double *y, *fitted, *unseen;         /* [m][n] */
    double *leverage, *most;             /* [n] */
    double *coefficient, *keep, *factor; /* [m][p], [m][p], [m][m] */
    double *drawn, *error;               /* [m] */
} work;

static void work_free(work *w)
{
    kl_smoother_free(&w->smoother);
    free(w->smooth);
    free(w->y);
    free(w->fitted);
    free(w->unseen);
    free(w->leverage);
    free(w->most);
    free(w->coefficient);
    free(w->keep);
    free(w->factor);
    free(w->drawn);
    free(w->error);
}

static kl_status work_init(work *w)
{
    size_t n = (size_t)w->n, m = (size_t)w->m, p = (size_t)w->smoother.p;
    w->smooth = calloc(m + 1, sizeof *w->smooth);
    w->y = calloc(m * n + 1, sizeof(double));
    w->fitted = calloc(m * n + 1, sizeof(double));
    w->unseen = calloc(m * n + 1, sizeof(double));
    w->leverage = calloc(n, sizeof(double));
    w->most = calloc(n, sizeof(double));
    w->coefficient = calloc(m * p + 1, sizeof(double));
    w->keep = calloc(m * p + 1, sizeof(double));
    w->factor = calloc(m * m + 1, sizeof(double));
    w->drawn = calloc(m + 1, sizeof(double));
    w->error = calloc(m + 1, sizeof(double));
    if (!w->smooth || !w->y || !w->fitted || !w->unseen || !w->leverage || !w->most || !w->coefficient || !w->keep ||
        !w->factor || !w->drawn || !w->error)
        return KL_ERR_MEMORY;
    for (size_t d = 0; d < m; d++) {
        w->smooth[d].coefficient = w->coefficient + d * p;
        w->smooth[d].keep = w->keep + d * p;
    }
    return KL_OK;
}

/* Net benefits over the best option's. */
static void take_differences(work *w, const double *net_benefit, int best)
{
    const double *own = net_benefit + (size_t)best * (size_t)w->n;
    for (int a = 0, d = 0; a <= w->m; a++) {
        if (a == best)
            continue;
        for (int i = 0; i < w->n; i++)
            w->y[(size_t)d * (size_t)w->n + (size_t)i] = net_benefit[(size_t)a * (size_t)w->n + (size_t)i] - own[i];
        d++;
    }
}

static void fit_all(work *w)
{
    for (int d = 0; d < w->m; d++) {
        size_t first = (size_t)d * (size_t)w->n;
        const double *y = w->y + first, *fitted = w->fitted + first;
        kl_smoother_fit(&w->smoother, &w->smooth[d], y, w->fitted + first, w->leverage);
        for (int i = 0; i < w->n;
             i++) { /* the fit without point i; where a fit hangs on one point it knows nothing there */
            double rest = 1 - w->leverage[i];
            w->unseen[first + (size_t)i] = rest > 1e-6 ? y[i] - (y[i] - fitted[i]) / rest : w->smooth[d].mean;
        }
    }
}

/* Mean of the largest of 0 and the fits, less the largest of 0 and their means; in *variance that of the former mean. */
static double value_of(const work *w, double *most, double *variance)
{
    double sum = 0, squares = 0, now = 0;
    for (int i = 0; i < w->n; i++) {
        most[i] = 0;
        for (int d = 0; d < w->m; d++)
            most[i] = fmax(most[i], w->fitted[(size_t)d * (size_t)w->n + (size_t)i]);
        sum += most[i];
    }
    for (int i = 0; i < w->n; i++)
        squares += (most[i] - sum / w->n) * (most[i] - sum / w->n);
    *variance = w->n > 1 ? squares / (w->n - 1) / w->n : 0;
    for (int d = 0; d < w->m; d++) {
        double total = 0;
        for (int i = 0; i < w->n; i++)
            total += w->fitted[(size_t)d * (size_t)w->n + (size_t)i];
        now = fmax(now, total / w->n);
    }
    return sum / w->n - now;
}

/* What deciding by the fits would have gained where they had not seen the point. */
static double checked_of(const work *w)
{
    double sum = 0;
    for (int i = 0; i < w->n; i++) {
        double most = 0, gain = 0;
        for (int d = 0; d < w->m; d++) {
            size_t at = (size_t)d * (size_t)w->n + (size_t)i;
            if (w->unseen[at] > most) {
                most = w->unseen[at];
                gain = w->y[at];
            }
        }
        sum += gain;
    }
    return sum / w->n;
}

/* ---- the regression's error ---- */

static double residual_product(const work *w, int d, int e)
{
    double sum = 0;
    for (int i = 0; i < w->n; i++) {
        size_t a = (size_t)d * (size_t)w->n + (size_t)i, b = (size_t)e * (size_t)w->n + (size_t)i;
        sum += (w->y[a] - w->fitted[a]) * (w->y[b] - w->fitted[b]);
    }
    return sum;
}

/* Lower Cholesky factor of the residuals' correlations; options may be copies of each other, so pivots may be zero. */
static void factor_residuals(work *w)
{
    int m = w->m;
    double *f = w->factor;
    for (int d = 0; d < m; d++)
        w->drawn[d] = sqrt(residual_product(w, d, d));
    for (int d = 0; d < m; d++)
        for (int e = 0; e <= d; e++) {
            double scale = w->drawn[d] * w->drawn[e], sum = d == e ? 1 : 0;
            if (d != e && scale > 0)
                sum = residual_product(w, d, e) / scale;
            for (int k = 0; k < e; k++)
                sum -= f[d * m + k] * f[e * m + k];
            if (d == e)
                f[d * m + e] = sqrt(sum > 0 ? sum : 0);
            else
                f[d * m + e] = f[e * m + e] > 1e-6 ? sum / f[e * m + e] : 0;
        }
}

/* Standard normal numbers, one an option, correlated as the options' residuals are; number `j` of a draw. */
static void draw_errors(work *w, double *error, kl_key key, uint32_t draw, int j)
{
    int m = w->m;
    for (int d = 0; d < m; d++)
        w->drawn[d] = kl_normal_quantile(kl_uniform(kl_draw(key, draw, KL_DRAW_APPRAISAL, (uint32_t)(j * m + d)).w[0]));
    for (int d = 0; d < m; d++) {
        error[d] = 0;
        for (int e = 0; e <= d; e++)
            error[d] += w->factor[d * m + e] * w->drawn[e];
    }
}

/* Fits with coefficients drawn from their distribution given the data (Wahba 1983): that of column j of option d has the
 * variance sigma_d^2 keep_dj, the mean sigma_d^2 / n. */
static void draw_fits(work *w, kl_key key, uint32_t draw)
{
    int n = w->n, m = w->m;
    draw_errors(w, w->error, key, draw, 0);
    for (int d = 0; d < m; d++)
        for (int i = 0; i < n; i++)
            w->fitted[(size_t)d * (size_t)n + (size_t)i] =
                w->smooth[d].mean + w->error[d] * w->smooth[d].sigma / sqrt(n);
    for (int j = 0; j < w->smoother.p; j++) {
        const double *z = w->smoother.z + (size_t)j * (size_t)n;
        draw_errors(w, w->error, key, draw, j + 1);
        for (int d = 0; d < m; d++) {
            double *fitted = w->fitted + (size_t)d * (size_t)n;
            double c = w->smooth[d].coefficient[j] + w->error[d] * w->smooth[d].sigma * sqrt(w->smooth[d].keep[j]);
            for (int i = 0; i < n; i++)
                fitted[i] += c * z[i];
        }
    }
}

/* The value's variance over the draws, and in *mean its mean. Spoils the fits. */
static double regression_variance(work *w, uint64_t seed, const char *name, double *mean)
{
    double sum = 0, squares = 0, ignored;
    kl_key key = kl_key_of(seed, kl_name_hash(name), KL_NO_REPLICATE);
    factor_residuals(w);
    for (uint32_t k = 0; k < DRAWS; k++) {
        draw_fits(w, key, k);
        double value = value_of(w, w->most, &ignored);
        sum += value;
        squares += value * value;
    }
    *mean = sum / DRAWS;
    return fmax(0, (squares - sum * sum / DRAWS) / (DRAWS - 1));
}

/* ---- all of it ---- */

static const kl_evppi unknown = {NAN, NAN, NAN, NAN, NAN, NAN};

static kl_status estimate(kl_evppi *evppi, work *w, uint64_t seed, const char *name)
{
    double variance, drawn;
    fit_all(w);
    evppi->raw = value_of(w, w->most, &variance);
    evppi->checked = checked_of(w);
    evppi->df = 1;
    for (int d = 0; d < w->m; d++)
        evppi->df = fmax(evppi->df, w->smooth[d].df);
    evppi->se = sqrt(variance + regression_variance(w, seed, name, &drawn));
    evppi->value = evppi->corrected = evppi->raw - (drawn - evppi->raw);
    return KL_OK;
}

static int are_finite(const double *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(x[i]))
            return 0;
    return 1;
}

kl_status kl_evppi_make(kl_evppi *evppi, const double *net_benefit, int n_arms, int n, const double *const *input,
                        int n_inputs, uint64_t seed, const char *name)
{
    *evppi = unknown;
    if (n_arms < 1 || n < 1 || n_inputs < 1 || !are_finite(net_benefit, (size_t)n_arms * (size_t)n))
        return KL_ERR_ARGUMENT;
    for (int k = 0; k < n_inputs; k++)
        if (!are_finite(input[k], (size_t)n))
            return KL_ERR_ARGUMENT;
    if (n_arms == 1) { /* nothing to choose */
        *evppi = (kl_evppi){.df = 1};
        return KL_OK;
    }
    work w = {.n = n, .m = n_arms - 1};
    kl_decision decision = {0};
    kl_status status = kl_smoother_init(&w.smoother, input, n_inputs, n);
    if (status == KL_ERR_ARGUMENT)
        return KL_OK; /* too few points: not known */
    if (status == KL_OK)
        status = work_init(&w);
    if (status == KL_OK)
        status = kl_decision_make(&decision, net_benefit, n_arms, n);
    if (status == KL_OK) {
        take_differences(&w, net_benefit, decision.best);
        status = estimate(evppi, &w, seed, name);
    }
    kl_decision_free(&decision);
    work_free(&w);
    return status;
}

/* ---- order ---- */

static int contains(const kl_input_set *large, const kl_input_set *small)
{
    int at = 0;
    for (int k = 0; k < small->n; k++) {
        while (at < large->n && large->member[at] < small->member[k])
            at++;
        if (at == large->n || large->member[at] != small->member[k])
            return 0;
    }
    return 1;
}

void kl_evppi_settle(kl_evppi *evppi, const kl_input_set *set, int n_sets, double evpi)
{
    for (int s = 0; s < n_sets; s++) {
        double value = evppi[s].corrected;
        if (isnan(value))
            continue;
        for (int t = 0; t < n_sets; t++)
            if (evppi[t].corrected > value && contains(&set[s], &set[t]))
                value = evppi[t].corrected;
        evppi[s].value = value < 0 ? 0 : value > evpi ? evpi : value;
    }
}
