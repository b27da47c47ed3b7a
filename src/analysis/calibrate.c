/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The sampler of calibrations, wave by wave. What happens when the tolerance falls stands in particles.c. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/calibration.h"
#include "num/num.h"
#include "rng/rng.h"

#define SCORE_MOST 8.0 /* no particle goes beyond: the prior has 1e-15 there, and coordinates would round to 0 and 1 */
#define MOVES_ENOUGH 1.0      /* accepted proposals a particle before the tolerance falls again */
#define MOVES_ENOUGH_LAST 4.0 /* and at the last tolerance */
#define WAVES_MOST 8          /* waves at one tolerance, but for the last */
#define ALIVE_LEAST 10

typedef struct kl_calibration_state state;

/* ---- memory ---- */

void kl_calibration_free(kl_calibration *calibration)
{
    state *s = calibration->state;
    if (s) {
        free(s->value);
        free(s->sd);
        free(s->z);
        free(s->miss);
        free(s->id);
        free(s->ancestor);
        free(s->z_next);
        free(s->miss_next);
        free(s->id_next);
        free(s->ancestor_next);
        free(s->count);
        free(s->weight);
        free(s->factor);
        free(s);
    }
    free(calibration->u);
    free(calibration->wave);
    memset(calibration, 0, sizeof *calibration);
}

static int is_sound(const kl_calibration_options *o)
{
    if (o->n_particles < KL_PARTICLES_LEAST || o->n_particles > KL_PARTICLES_MAX || o->n_inputs < 1 ||
        o->n_inputs > 4096 || o->n_targets < 1 || o->n_replicates < 1 || o->waves_max < 2 || !o->value || !o->sd)
        return 0;
    for (int t = 0; t < o->n_targets; t++)
        if (!isfinite(o->value[t]) || !isfinite(o->sd[t]) || !(o->sd[t] > 0))
            return 0;
    return 1;
}

static kl_status allocate(kl_calibration *c, const kl_calibration_options *o)
{
    size_t n = (size_t)o->n_particles, k = (size_t)o->n_inputs, n_targets = (size_t)o->n_targets;
    size_t n_misses = n * (size_t)o->n_replicates;
    state *s = c->state = calloc(1, sizeof *s);
    if (!s)
        return KL_ERR_MEMORY;
    c->u = calloc(n * k, sizeof *c->u);
    c->wave = calloc((size_t)o->waves_max, sizeof *c->wave);
    s->value = calloc(n_targets, sizeof *s->value);
    s->sd = calloc(n_targets, sizeof *s->sd);
    s->z = calloc(n * k, sizeof *s->z);
    s->z_next = calloc(n * k, sizeof *s->z_next);
    s->miss = calloc(n_misses, sizeof *s->miss);
    s->miss_next = calloc(n_misses, sizeof *s->miss_next);
    s->id = calloc(n, sizeof *s->id);
    s->id_next = calloc(n, sizeof *s->id_next);
    s->ancestor = calloc(n, sizeof *s->ancestor);
    s->ancestor_next = calloc(n, sizeof *s->ancestor_next);
    s->count = calloc(n, sizeof *s->count);
    s->weight = calloc(n, sizeof *s->weight);
    s->factor = calloc(k * k, sizeof *s->factor);
    return c->u && c->wave && s->value && s->sd && s->z && s->z_next && s->miss && s->miss_next && s->id &&
                   s->id_next && s->ancestor && s->ancestor_next && s->count && s->weight && s->factor
               ? KL_OK
               : KL_ERR_MEMORY;
}

kl_status kl_calibration_init(kl_calibration *calibration, const kl_calibration_options *options)
{
    memset(calibration, 0, sizeof *calibration);
    if (!is_sound(options))
        return KL_ERR_ARGUMENT;
    kl_status status = allocate(calibration, options);
    if (status != KL_OK) {
        kl_calibration_free(calibration);
        return status;
    }
    state *s = calibration->state;
    s->seed = options->seed;
    s->n = options->n_particles;
    s->k = options->n_inputs;
    s->n_targets = options->n_targets;
    s->n_replicates = options->n_replicates;
    s->waves_max = options->waves_max;
    s->step = 1;
    memcpy(s->value, options->value, (size_t)s->n_targets * sizeof *s->value);
    memcpy(s->sd, options->sd, (size_t)s->n_targets * sizeof *s->sd);
    calibration->tolerance = INFINITY;
    return KL_OK;
}

/* ---- draws ---- */

static kl_words draw(const kl_calibration *c, int particle, int index)
{
    kl_key key = kl_key_of(c->state->seed, (uint32_t)c->n_waves, KL_NO_REPLICATE);
    return kl_draw(key, (uint32_t)particle, KL_DRAW_CALIBRATION, (uint32_t)index);
}

/* Draw number j of a proposal or of the prior; index 0 decides on acceptance. */
static double uniform(const kl_calibration *c, int particle, int j)
{
    return kl_uniform(draw(c, particle, 1 + j / 4).w[j % 4]);
}

uint64_t kl_calibration_seed(uint64_t seed, int wave)
{
    if (wave == 0)
        return seed;
    kl_key key = kl_key_of(seed, (uint32_t)wave, KL_NO_REPLICATE);
    kl_words words = kl_draw(key, UINT32_MAX - 1, KL_DRAW_CALIBRATION, 0);
    return ((uint64_t)words.w[0] << 32 | words.w[1]) >> 11;
}

/* ---- the first wave ---- */

kl_status kl_calibration_start(kl_calibration *calibration, const double *u)
{
    state *s = calibration->state;
    if (!s || calibration->n_waves > 0)
        return KL_ERR_ARGUMENT;
    for (int i = 0; i < s->n; i++)
        for (int j = 0; j < s->k; j++) {
            size_t at = (size_t)i * (size_t)s->k + (size_t)j;
            double x = u ? u[at] : uniform(calibration, i, j);
            if (!(x > 0 && x < 1))
                return KL_ERR_ARGUMENT;
            calibration->u[at] = x;
            s->z_next[at] = kl_normal_quantile(x);
        }
    return KL_OK;
}

/* ---- proposals ---- */

/* A normal step from every particle, of the particles' own covariance; 2.38 / sqrt(k) is the length that suits a normal
 * posterior (Roberts, Gelman & Gilks 1997). */
static void propose(kl_calibration *c)
{
    state *s = c->state;
    double length = s->step * 2.38 / sqrt(s->k);
    for (int i = 0; i < s->n; i++) {
        double *to = s->z_next + (size_t)i * (size_t)s->k;
        memcpy(to, s->z + (size_t)i * (size_t)s->k, (size_t)s->k * sizeof *to);
        for (int j = 0; j < s->k; j++) {
            double e = length * kl_normal_quantile(uniform(c, i, j));
            for (int row = j; row < s->k; row++)
                to[row] += s->factor[row * s->k + j] * e;
        }
        for (int j = 0; j < s->k; j++) {
            double z = to[j] < -SCORE_MOST ? -SCORE_MOST : to[j] > SCORE_MOST ? SCORE_MOST : to[j];
            c->u[(size_t)i * (size_t)s->k + (size_t)j] = kl_normal_cdf(z);
        }
    }
}

/* After the last wave the particles themselves stand in `u`. */
static void show_particles(kl_calibration *c)
{
    state *s = c->state;
    for (size_t at = 0; at < (size_t)s->n * (size_t)s->k; at++)
        c->u[at] = kl_normal_cdf(s->z[at]);
}

/* Log of the prior's density in normal scores; beyond the ends there is nothing. */
static double log_prior(const double *z, int k)
{
    double sum = 0;
    for (int j = 0; j < k; j++) {
        if (!(z[j] >= -SCORE_MOST && z[j] <= SCORE_MOST))
            return -INFINITY;
        sum -= 0.5 * z[j] * z[j];
    }
    return sum;
}

static int accepts(const kl_calibration *c, int i)
{
    const state *s = c->state;
    size_t k = (size_t)s->k, n_replicates = (size_t)s->n_replicates, at = (size_t)i;
    double to = kl_particle_log_likelihood(s->miss_next + at * n_replicates, s->n_replicates, s->precision) +
                log_prior(s->z_next + at * k, s->k);
    double from = kl_particle_log_likelihood(s->miss + at * n_replicates, s->n_replicates, s->precision) +
                  log_prior(s->z + at * k, s->k);
    return to > -INFINITY && kl_log(kl_uniform(draw(c, i, 0).w[0])) < to - from;
}

static void take(state *s, int i)
{
    size_t k = (size_t)s->k, n_replicates = (size_t)s->n_replicates, at = (size_t)i;
    memcpy(s->z + at * k, s->z_next + at * k, k * sizeof *s->z);
    memcpy(s->miss + at * n_replicates, s->miss_next + at * n_replicates, n_replicates * sizeof *s->miss);
    s->id[i] = s->next_id++;
}

/* ---- a wave ---- */

/* Errors of what was simulated, into miss_next; returns the worlds without a value. */
static int64_t measure(state *s, const double *simulated)
{
    int64_t n_undefined = 0;
    for (size_t w = 0; w < (size_t)s->n * (size_t)s->n_replicates; w++) {
        double sum = 0;
        for (int t = 0; t < s->n_targets; t++) {
            double error = (*simulated++ - s->value[t]) / s->sd[t];
            sum += error * error;
        }
        int is_defined = isfinite(sum);
        s->miss_next[w] = is_defined ? sum : INFINITY;
        n_undefined += !is_defined;
    }
    return n_undefined;
}

static void begin(kl_calibration *c)
{
    state *s = c->state;
    for (int i = 0; i < s->n; i++) {
        take(s, i);
        s->ancestor[i] = i;
        s->n_alive +=
            kl_particle_log_likelihood(s->miss + (size_t)i * (size_t)s->n_replicates, s->n_replicates, 1) > -INFINITY;
    }
    s->ess = s->n;
}

/* Accept or reject every proposal; returns the share accepted. */
static double move(kl_calibration *c)
{
    state *s = c->state;
    int n_accepted = 0;
    for (int i = 0; i < s->n; i++)
        if (accepts(c, i)) {
            take(s, i);
            n_accepted++;
        }
    double share = (double)n_accepted / s->n;
    s->moves += share;
    s->n_moves++;
    double step = s->step * (share < 0.15 ? 0.7 : share > 0.4 ? 1.4 : 1);
    s->step = step < 0.05 ? 0.05 : step > 3 ? 3 : step;
    return share;
}

static int has_moved_enough(const state *s)
{
    if (s->precision >= 1)
        return s->moves >= MOVES_ENOUGH_LAST;
    return s->moves >= MOVES_ENOUGH || s->n_moves >= WAVES_MOST;
}

static void decide(kl_calibration *c)
{
    state *s = c->state;
    if (c->n_waves == 1 && s->n_alive < ALIVE_LEAST)
        c->end = KL_CALIBRATION_NOTHING;
    else if (c->n_waves > 1 && s->precision >= 1 && has_moved_enough(s))
        c->end = KL_CALIBRATION_REACHED;
    else if (c->n_waves >= s->waves_max)
        c->end = KL_CALIBRATION_WAVES;
    if (c->end != KL_CALIBRATION_RUNNING) {
        show_particles(c);
        return;
    }
    if (c->n_waves == 1 || has_moved_enough(s))
        kl_particles_temper(c);
    propose(c);
}

kl_status kl_calibration_tell(kl_calibration *calibration, const double *simulated)
{
    state *s = calibration->state;
    if (!s || calibration->end != KL_CALIBRATION_RUNNING)
        return KL_ERR_ARGUMENT;
    int is_first = calibration->n_waves == 0;
    kl_calibration_wave *wave = &calibration->wave[calibration->n_waves];
    wave->tolerance = calibration->tolerance;
    wave->step = is_first ? NAN : s->step;
    wave->n_undefined = measure(s, simulated);
    if (is_first)
        begin(calibration);
    wave->ess = s->ess;
    wave->acceptance = is_first ? NAN : move(calibration);
    wave->distinct = kl_particles_distinct(s);
    wave->families = kl_particles_families(s);
    calibration->n_waves++; /* from here on draws are the next wave's */
    decide(calibration);
    return KL_OK;
}

double kl_calibration_ess(const kl_calibration *calibration)
{
    return calibration->n_waves > 0 ? calibration->wave[calibration->n_waves - 1].distinct : NAN;
}
