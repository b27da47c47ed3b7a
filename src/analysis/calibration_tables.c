/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Tables of a calibration: how well the targets are met, what was learned of the inputs, the sample itself, and how the sampler
 * got there. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_sort.h>

#include "analysis/calibration.h"
#include "analysis/rows.h"
#include "klaster/analysis.h"

#define METHOD                                                                                                      \
    "Approximate Bayesian computation by sequential Monte Carlo (Del Moral, Doucet & Jasra 2012), Gaussian kernel " \
    "of the targets' standard deviations times a tolerance that falls to 1 (Wilkinson 2013)."

/* clang-format off */
#define TEXT(name, meaning) {KL_COLUMN_TEXT, name, "", KL_STYLE_PLAIN, 0, meaning}
#define COUNT(name, unit, meaning) {KL_COLUMN_COUNT, name, unit, KL_STYLE_PLAIN, 0, meaning}
#define NUMBER(digits, name, meaning) {KL_COLUMN_NUMBER, name, "1", KL_STYLE_PLAIN, digits, meaning}
#define PERCENT(name, meaning) {KL_COLUMN_NUMBER, name, "1", KL_STYLE_PERCENT, 1, meaning}
/* in the unit that stands in the row */
#define VALUE(name, meaning) {KL_COLUMN_NUMBER, name, "", KL_STYLE_PLAIN, 3, meaning}

static const kl_head target_columns[] = {
    TEXT("target", "what was observed: an outcome, or a series at a month"),
    TEXT("arm", "arm that stands for what was observed"),
    TEXT("unit", "unit of the target"),
    VALUE("observed", "value observed"),
    VALUE("sd", "its standard deviation, as the study gives it: error of measurement and of the model"),
    VALUE("prior_lo", "5 % quantile of the worlds of the prior"),
    VALUE("prior_median", "their median"),
    VALUE("prior_hi", "their 95 % quantile"),
    VALUE("fitted_lo", "5 % quantile of new worlds played with the sample: the posterior predictive interval"),
    VALUE("fitted_median", "their median"),
    VALUE("fitted_hi", "their 95 % quantile"),
    PERCENT("within", "share of the new worlds within two standard deviations of the value observed"),
    NUMBER(2, "implausibility", "distance of the new worlds' mean from the value observed, over the root of their "
           "variance plus that of the target; above 3 the target is not met (Vernon, Goldstein & Bower 2010)"),
    COUNT("undefined", "1", "new worlds in which the target has no value"),
    TEXT("source", "where the value stands"),
    {0}};

static const kl_head input_columns[] = {
    TEXT("input", "uncertain input"),
    TEXT("unit", "unit of the input"),
    TEXT("learned", "yes: contraction of at least one half; somewhat: distance beyond its 1 % point under chance; no: "
         "else, so the posterior is the prior"),
    VALUE("prior_lo", "5 % quantile of the prior's sample; undefined for a choice"),
    VALUE("prior_median", "its median"),
    VALUE("prior_hi", "its 95 % quantile"),
    VALUE("posterior_lo", "5 % quantile of the posterior's sample; undefined for a choice"),
    VALUE("posterior_median", "its median"),
    VALUE("posterior_hi", "its 95 % quantile"),
    VALUE("posterior_mean", "its mean"),
    VALUE("posterior_sd", "its standard deviation"),
    PERCENT("contraction", "1 - 12 Var(u), u the input's coordinate, uniform a priori: 0 nothing learned, 100 % known "
            "exactly; below 0 where only the middle was ruled out"),
    PERCENT("level", "prior quantile at which the posterior median lies; 50 % where it did not move"),
    NUMBER(3, "distance", "greatest distance between the distribution functions of posterior and prior"),
    {0}};

static const kl_head choice_columns[] = {
    TEXT("input", "uncertain choice or switch"), TEXT("value", "one of its values"),
    PERCENT("prior", "share of the prior's sample"), PERCENT("posterior", "share of the posterior's sample"), {0}};

static const kl_head pair_columns[] = {
    TEXT("input", "uncertain input"), TEXT("other", "another"),
    NUMBER(3, "correlation", "of their coordinates in normal scores, in the posterior's sample; 0 in the prior's. Near "
           "-1 or 1 only a combination of both is known"), {0}};

static const kl_head wave_columns[] = {
    COUNT("wave", "1", "wave, from 0: the prior"),
    NUMBER(3, "tolerance", "factor on the targets' standard deviations; infinite in the prior"),
    PERCENT("acceptance", "share of proposals accepted; a wave that moves few particles tells little"),
    NUMBER(1, "ess", "effective sample size of the weights that led to this tolerance"),
    NUMBER(1, "distinct", "effective number of distinct particles after the wave"),
    NUMBER(1, "families", "effective number of particles of the prior from which they stem"),
    NUMBER(3, "step", "length of the proposals over 2.38 / sqrt(inputs) of the particles' spread"),
    COUNT("undefined", "1", "worlds in which a target has no value or that failed; they agree with nothing"),
    {0}};
/* clang-format on */

/* ---- filling ---- */

static kl_status start(kl_table *table, const char *name, const char *title, const kl_head *head)
{
    return kl_rows_begin_as(table, name, title, METHOD, head).status;
}

/* ---- a sample in few numbers ---- */

typedef struct digest {
    int64_t n; /* defined */
    double mean, sd, q05, q50, q95;
} digest;

/* `sorted` is room for n values. */
static digest digest_of(const double *value, int64_t n, double *sorted)
{
    digest d = {0, NAN, NAN, NAN, NAN, NAN};
    double sum = 0, squares = 0;
    for (int64_t i = 0; i < n; i++)
        if (isfinite(value[i])) {
            sorted[d.n++] = value[i];
            sum += value[i];
        }
    if (d.n == 0)
        return d;
    d.mean = sum / (double)d.n;
    for (int64_t i = 0; i < d.n; i++)
        squares += (sorted[i] - d.mean) * (sorted[i] - d.mean);
    d.sd = d.n > 1 ? sqrt(squares / (double)(d.n - 1)) : NAN;
    gsl_sort(sorted, 1, (size_t)d.n);
    d.q05 = kl_quantile_sorted(sorted, d.n, 0.05);
    d.q50 = kl_quantile_sorted(sorted, d.n, 0.5);
    d.q95 = kl_quantile_sorted(sorted, d.n, 0.95);
    return d;
}

static void put_quantiles(kl_rows *r, const digest *d)
{
    kl_rows_put(r, d->q05);
    kl_rows_put(r, d->q50);
    kl_rows_put(r, d->q95);
}

/* ---- what was learned ---- */

static kl_status learned_of(const kl_calibration *c, int input, double *sorted, kl_learned *learned)
{
    const struct kl_calibration_state *s = c->state;
    double sum = 0, squares = 0, distance = 0;
    int n = s->n;
    for (int i = 0; i < n; i++)
        sum += sorted[i] = c->u[(size_t)i * (size_t)s->k + (size_t)input];
    for (int i = 0; i < n; i++)
        squares += (sorted[i] - sum / n) * (sorted[i] - sum / n);
    gsl_sort(sorted, 1, (size_t)n);
    for (int i = 0; i < n; i++) {
        double below = sorted[i] - (double)i / n, above = (i + 1.0) / n - sorted[i];
        distance = below > distance ? below : distance;
        distance = above > distance ? above : distance;
    }
    learned->contraction = 1 - 12 * squares / (n - 1);
    learned->level = kl_quantile_sorted(sorted, n, 0.5);
    learned->distance = distance;
    /* 1 % point of Kolmogorov's distribution, of half as many as are distinct, as those near each other are alike */
    learned->threshold = 1.628 / sqrt(0.5 * kl_calibration_ess(c));
    return KL_OK;
}

kl_status kl_calibration_learned(const kl_calibration *calibration, int input, kl_learned *learned)
{
    if (!calibration->state || calibration->n_waves == 0 || input < 0 || input >= calibration->state->k)
        return KL_ERR_ARGUMENT;
    double *sorted = malloc((size_t)calibration->state->n * sizeof *sorted);
    kl_status status = sorted ? learned_of(calibration, input, sorted, learned) : KL_ERR_MEMORY;
    free(sorted);
    return status;
}

static const char *learned_word(const kl_learned *learned)
{
    if (learned->distance <= learned->threshold)
        return "no";
    return learned->contraction >= 0.5 ? "yes" : "somewhat";
}

/* ---- the tables ---- */

static kl_status fill_target(kl_table *table, const kl_calibrated_target *t, double *room)
{
    kl_rows r = kl_rows_append(table);
    digest prior = digest_of(t->prior, t->n_prior, room), fitted = digest_of(t->posterior, t->n_posterior, room);
    int64_t within = 0;
    for (int64_t i = 0; i < t->n_posterior; i++)
        within += fabs(t->posterior[i] - t->value) <= 2 * t->sd;
    kl_rows_put_text(&r, t->metric);
    kl_rows_put_text(&r, t->arm);
    kl_rows_put_text(&r, t->unit);
    kl_rows_put(&r, t->value);
    kl_rows_put(&r, t->sd);
    put_quantiles(&r, &prior);
    put_quantiles(&r, &fitted);
    kl_rows_put(&r, t->n_posterior > 0 ? (double)within / (double)t->n_posterior : NAN);
    kl_rows_put(&r, fabs(fitted.mean - t->value) / sqrt(t->sd * t->sd + fitted.sd * fitted.sd));
    kl_rows_put_count(&r, t->n_posterior - fitted.n);
    kl_rows_put_text(&r, t->source);
    return r.status;
}

static kl_status fill_input(kl_table *table, const kl_calibration *c, int k, const kl_calibrated_input *input,
                            double *room)
{
    int n = c->state->n;
    kl_learned learned = {0, 0, 0, 0};
    const digest none = {0, NAN, NAN, NAN, NAN, NAN};
    digest prior = input->word ? none : digest_of(input->prior, n, room);
    digest posterior = input->word ? none : digest_of(input->posterior, n, room);
    kl_rows r = kl_rows_append(table);
    kl_status status = learned_of(c, k, room, &learned);
    kl_rows_put_text(&r, input->name);
    kl_rows_put_text(&r, input->unit);
    kl_rows_put_text(&r, learned_word(&learned));
    put_quantiles(&r, &prior);
    put_quantiles(&r, &posterior);
    kl_rows_put(&r, posterior.mean);
    kl_rows_put(&r, posterior.sd);
    kl_rows_put(&r, learned.contraction);
    kl_rows_put(&r, learned.level);
    kl_rows_put(&r, learned.distance);
    return status == KL_OK ? r.status : status;
}

static kl_status fill_choice(kl_table *table, const kl_calibration *c, const kl_calibrated_input *input)
{
    int n = c->state->n;
    kl_status status = KL_OK;
    for (int w = 0; status == KL_OK && w < input->n_words; w++) {
        int before = 0, after = 0;
        for (int i = 0; i < n; i++) {
            before += input->prior[i] == w;
            after += input->posterior[i] == w;
        }
        if (before == 0 && after == 0)
            continue;
        kl_rows r = kl_rows_append(table);
        kl_rows_put_text(&r, input->name);
        kl_rows_put_text(&r, input->word[w]);
        kl_rows_put(&r, (double)before / n);
        kl_rows_put(&r, (double)after / n);
        status = r.status;
    }
    return status;
}

static double correlation(const struct kl_calibration_state *s, int a, int b)
{
    double ma = 0, mb = 0, aa = 0, ab = 0, bb = 0;
    for (int i = 0; i < s->n; i++) {
        ma += s->z[(size_t)i * (size_t)s->k + (size_t)a] / s->n;
        mb += s->z[(size_t)i * (size_t)s->k + (size_t)b] / s->n;
    }
    for (int i = 0; i < s->n; i++) {
        double x = s->z[(size_t)i * (size_t)s->k + (size_t)a] - ma, y = s->z[(size_t)i * (size_t)s->k + (size_t)b] - mb;
        aa += x * x;
        ab += x * y;
        bb += y * y;
    }
    return aa > 0 && bb > 0 ? ab / sqrt(aa * bb) : NAN;
}

static kl_status fill_waves(kl_table *table, const kl_calibration *c)
{
    kl_status status = KL_OK;
    for (int w = 0; status == KL_OK && w < c->n_waves; w++) {
        const kl_calibration_wave *wave = &c->wave[w];
        kl_rows r = kl_rows_append(table);
        kl_rows_put_count(&r, w);
        kl_rows_put(&r, wave->tolerance);
        kl_rows_put(&r, wave->acceptance);
        kl_rows_put(&r, wave->ess);
        kl_rows_put(&r, wave->distinct);
        kl_rows_put(&r, wave->families);
        kl_rows_put(&r, wave->step);
        kl_rows_put_count(&r, wave->n_undefined);
        status = r.status;
    }
    return status;
}

/* "months.pilot" -> "months_pilot": what may be the name of a column. */
static void column_name(char name[96], const char *input, int number)
{
    int plain = 1;
    snprintf(name, 96, "%.90s", input);
    for (char *p = name; *p; p++) {
        *p = *p == '.' || *p == '-' ? '_' : *p;
        plain &= *p == '_' || (*p >= 'a' && *p <= 'z') || (*p >= '0' && *p <= '9');
    }
    if (!plain)
        snprintf(name, 96, "input_%d", number);
}

static kl_status fill_sample(kl_table *table, const kl_calibration *c, int n_inputs, const kl_calibrated_input *input)
{
    static const kl_head first[] = {COUNT("particle", "1", "number of the particle, from 0; all count the same"), {0}};
    kl_status status = start(table, "calibration_sample", "Sample of the posterior", first);
    for (int k = 0; status == KL_OK && k < n_inputs; k++) {
        char name[96];
        column_name(name, input[k].name, k);
        status = kl_table_add_column(table, input[k].word ? KL_COLUMN_TEXT : KL_COLUMN_NUMBER, name,
                                     input[k].word ? "" : input[k].unit, KL_STYLE_PLAIN, 5, input[k].name);
    }
    for (int i = 0; status == KL_OK && i < c->state->n; i++) {
        kl_rows r = kl_rows_append(table);
        kl_rows_put_count(&r, i);
        for (int k = 0; k < n_inputs; k++) {
            double value = input[k].posterior[i];
            if (!input[k].word)
                kl_rows_put(&r, value);
            else
                kl_rows_put_text(&r, value >= 0 && value < input[k].n_words ? input[k].word[(int)value] : "");
        }
        status = r.status;
    }
    return status;
}

static kl_status fill_inputs(kl_table *inputs, kl_table *choices, kl_table *pairs, const kl_calibration *c,
                             int n_inputs, const kl_calibrated_input *input, double *room)
{
    kl_status status = start(inputs, "calibration_inputs", "What was learned of the inputs", input_columns);
    if (status == KL_OK)
        status = start(choices, "calibration_choices", "What was learned of choices", choice_columns);
    if (status == KL_OK)
        status = start(pairs, "calibration_pairs", "What was learned of pairs of inputs", pair_columns);
    for (int k = 0; status == KL_OK && k < n_inputs; k++) {
        status = fill_input(inputs, c, k, &input[k], room);
        if (status == KL_OK && input[k].word)
            status = fill_choice(choices, c, &input[k]);
        for (int other = k + 1; status == KL_OK && other < n_inputs; other++) {
            kl_rows r = kl_rows_append(pairs);
            kl_rows_put_text(&r, input[k].name);
            kl_rows_put_text(&r, input[other].name);
            kl_rows_put(&r, correlation(c->state, k, other));
            status = r.status;
        }
    }
    return status;
}

static kl_status fill_targets(kl_table *table, int n_targets, const kl_calibrated_target *target, double *room)
{
    kl_status status = start(table, "calibration_targets", "How well the targets are met", target_columns);
    for (int t = 0; status == KL_OK && t < n_targets; t++)
        status = fill_target(table, &target[t], room);
    return status;
}

kl_status kl_calibration_tables(kl_table table[KL_CALIBRATION_TABLES], const kl_calibration *calibration, int n_inputs,
                                const kl_calibrated_input *input, int n_targets, const kl_calibrated_target *target)
{
    memset(table, 0, KL_CALIBRATION_TABLES * sizeof *table);
    int64_t most = calibration->state->n;
    for (int t = 0; t < n_targets; t++) {
        most = target[t].n_prior > most ? target[t].n_prior : most;
        most = target[t].n_posterior > most ? target[t].n_posterior : most;
    }
    double *room = malloc((size_t)most * sizeof *room);
    if (!room)
        return KL_ERR_MEMORY;
    kl_status status = fill_targets(&table[0], n_targets, target, room);
    if (status == KL_OK)
        status = fill_inputs(&table[1], &table[2], &table[3], calibration, n_inputs, input, room);
    if (status == KL_OK)
        status = start(&table[4], "calibration_waves", "How the sampler got there", wave_columns);
    if (status == KL_OK)
        status = fill_waves(&table[4], calibration);
    if (status == KL_OK)
        status = fill_sample(&table[5], calibration, n_inputs, input);
    free(room);
    return status;
}
