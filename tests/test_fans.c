/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Monthly fans: exact ones against brute force, sketches against their stated errors on distributions that break
 * quantile sketches, and both against the order in which blocks come. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "analysis/fan_bins.h"
#include "analysis/sort.h"
#include "klaster/analysis.h"
#include "rng/rng.h"

static const double asked[] = {0, 0.001, 0.05, 0.25, 0.3137, 0.5, 0.75, 0.95, 0.999, 1};
#define N_ASKED (int)(sizeof asked / sizeof asked[0])

static kl_plan plan_of(int n_arms, int n_points, int n_replicates, int horizon, int block_points, int block_replicates)
{
    kl_plan plan = {.n_arms = n_arms,
                    .n_points = n_points,
                    .n_replicates = n_replicates,
                    .horizon = horizon,
                    .block_points = block_points,
                    .block_replicates = block_replicates};
    plan.n_worlds = (int64_t)n_points * n_replicates;
    plan.n_runs = plan.n_worlds * n_arms;
    plan.n_blocks = (int64_t)((n_points + block_points - 1) / block_points) *
                    ((n_replicates + block_replicates - 1) / block_replicates);
    return plan;
}

/* ---- a world's value: a pure function, so that brute force can make it again ---- */

typedef float (*law_fn)(kl_words w, int series, int month);

static float standard(kl_words w)
{
    return (float)kl_normal_quantile(kl_uniform(w.w[0]));
}

/* Two narrow peaks with nothing between. */
static float bimodal(kl_words w, int series, int month)
{
    (void)series, (void)month;
    return (w.w[1] & 1 ? 0.9f : 0.05f) + 0.003f * standard(w);
}

/* Six of ten are exactly 0, one of ten exactly 1, a fifth undefined. */
static float inflated(kl_words w, int series, int month)
{
    (void)series, (void)month;
    uint32_t kind = kl_below(w.w[1], 10);
    return kind < 6 ? 0.0f : kind < 7 ? 1.0f : kind < 9 ? NAN : (float)kl_uniform(w.w[0]);
}

/* Amounts over ten orders of magnitude and both signs. */
static float heavy(kl_words w, int series, int month)
{
    (void)series, (void)month;
    float size = (float)kl_exp(23 * kl_uniform(w.w[0]));
    return w.w[1] & 1 ? -size : size;
}

/* Different in every series and month, sometimes undefined, beyond the bounds now and then. */
static float mixed(kl_words w, int series, int month)
{
    if (kl_below(w.w[2], 50) == 0)
        return NAN;
    float x = 0.3f + 0.2f * standard(w) + 0.01f * (float)month;
    return kl_series_info_of((kl_series_id)series)->scale == KL_SCALE_MONEY ? 1e5f * x : x;
}

static float value_of(law_fn law, int arm, int series, int month, int point, int replicate)
{
    kl_key key = kl_key_of(12, (uint32_t)point, (uint32_t)replicate);
    uint32_t cell = (uint32_t)((arm * KL_N_SERIES + series) * 4096 + month);
    return law(kl_draw(key, cell, KL_DRAW_LOT, 0), series, month);
}

/* Only `series` gets values (-1: all); the others are 0. The caller frees. */
static float *block_values(const kl_block *b, law_fn law, int series)
{
    float *x = calloc((size_t)b->n_arms * KL_N_SERIES * (size_t)b->horizon * (size_t)b->n_runs, sizeof *x);
    assert_non_null(x);
    size_t i = 0;
    for (int a = 0; a < b->n_arms; a++)
        for (int s = 0; s < KL_N_SERIES; s++)
            for (int m = 0; m < b->horizon; m++)
                for (int r = 0; r < b->n_runs; r++, i++)
                    if (series < 0 || s == series)
                        x[i] = value_of(law, a, s, m, b->point0 + r / b->n_replicates,
                                        b->replicate0 + r % b->n_replicates);
    return x;
}

/* Every block once, in the order i -> (first + i * step) mod n_blocks. */
static kl_fans *fans_of(const kl_plan *plan, law_fn law, int series, int64_t first, int64_t step)
{
    kl_fans *fans;
    assert_int_equal(kl_fans_new(&fans, plan), KL_OK);
    for (int64_t i = 0; i < plan->n_blocks; i++) {
        kl_block b = kl_plan_block(plan, (first + i * step) % plan->n_blocks);
        float *x = block_values(&b, law, series);
        b.series = x;
        assert_int_equal(kl_fans_add(fans, &b), KL_OK);
        free(x);
    }
    return fans;
}

static int rising(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The defined values of a month, sorted; returns their number. */
static int64_t brute(const kl_plan *plan, law_fn law, int arm, int series, int month, double *x)
{
    int64_t n = 0;
    for (int p = 0; p < plan->n_points; p++)
        for (int r = 0; r < plan->n_replicates; r++) {
            float v = value_of(law, arm, series, month, p, r);
            if (v == v)
                x[n++] = (double)v;
        }
    qsort(x, (size_t)n, sizeof *x, rising);
    return n;
}

/* Type 7 written from its definition (Hyndman & Fan 1996, eq. 1 and definition 7): (1-g) x_j + g x_{j+1}. */
static double type7(const double *x, int64_t n, double p)
{
    double h = (double)(n - 1) * p;
    int64_t j = (int64_t)floor(h);
    double g = h - floor(h);
    return j + 1 < n ? (1 - g) * x[j] + g * x[j + 1] : x[n - 1];
}

static double mean_of(const double *x, int64_t n)
{
    long double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += (long double)x[i];
    return (double)(sum / (long double)n);
}

/* ---- exact ---- */

static void an_exact_fan_equals_sorting_all_worlds(void **state)
{
    (void)state;
    kl_plan plan = plan_of(2, 41, 7, 3, 5, 4);
    kl_fans *fans = fans_of(&plan, mixed, -1, 0, 1);
    assert_true(kl_fans_are_exact(fans));
    double x[41 * 7];
    for (int a = 0; a < 2; a++)
        for (int s = 0; s < KL_N_SERIES; s++)
            for (int m = 0; m < 3; m++) {
                int64_t n = brute(&plan, mixed, a, s, m, x);
                assert_int_equal(kl_fans_defined(fans, a, (kl_series_id)s, m), n);
                for (int q = 0; q < N_ASKED; q++) {
                    double due = type7(x, n, asked[q]), got = kl_fans_quantile(fans, a, (kl_series_id)s, m, asked[q]);
                    assert_true(fabs(got - due) <= 4e-15 * fabs(due));
                }
                double mean = kl_fans_mean(fans, a, (kl_series_id)s, m), scale = fabs(x[0]) + fabs(x[n - 1]);
                double quantum = kl_series_info_of((kl_series_id)s)->scale == KL_SCALE_MONEY ? 0x1p-11 : 0x1p-41;
                assert_true(fabs(mean - mean_of(x, n)) <= quantum + 1e-15 * scale);
            }
    kl_fans_free(fans);
}

static void floats_sort_as_qsort_does(void **state)
{
    (void)state;
    static float x[KL_FAN_EXACT];
    static double y[KL_FAN_EXACT];
    for (int n = 0; n <= KL_FAN_EXACT; n = 3 * n + 1) {
        for (int i = 0; i < n; i++) {
            kl_words w = kl_draw(kl_key_of(1, 2, 3), (uint32_t)i, KL_DRAW_LOT, (uint32_t)n);
            float v = kl_bits_float(w.w[0]);
            x[i] = v == v ? v : i % 2 ? INFINITY : -INFINITY;
            y[i] = (double)x[i];
        }
        kl_sort_floats(x, n);
        qsort(y, (size_t)n, sizeof *y, rising);
        for (int i = 0; i < n; i++)
            assert_true((double)x[i] == y[i]);
    }
}

/* ---- sketch ---- */

/* 12,000 worlds: a sketch. `error` is what analysis.h promises for a true value x. */
static void check_sketch(law_fn law, kl_series_id series, double (*error)(double x))
{
    kl_plan plan = plan_of(1, 1500, 8, 1, 50, 4);
    kl_fans *fans = fans_of(&plan, law, (int)series, 0, 1);
    assert_false(kl_fans_are_exact(fans));
    double *x = malloc(12000 * sizeof *x);
    assert_non_null(x);
    int64_t n = brute(&plan, law, 0, (int)series, 0, x);
    assert_int_equal(kl_fans_defined(fans, 0, series, 0), n);
    for (int i = 0; i <= 1000; i++) {
        double p = i / 1000.0, place = p * (double)(n - 1);
        int64_t below = (int64_t)floor(place), above = below + 1 < n ? below + 1 : below;
        double bound = fmax(error(x[below]), error(x[above]));
        double got = kl_fans_quantile(fans, 0, series, 0, p);
        assert_true(fabs(got - type7(x, n, p)) <= bound);
    }
    double quantum = kl_series_info_of(series)->scale == KL_SCALE_MONEY ? 0x1p-11 : 0x1p-41;
    double mean = mean_of(x, n);
    assert_true(fabs(kl_fans_mean(fans, 0, series, 0) - mean) <= quantum + 1e-14 * fabs(x[n - 1]));
    free(x);
    kl_fans_free(fans);
}

static double share_error(double x)
{
    (void)x;
    return 0.00025;
}
static double signed_error(double x)
{
    (void)x;
    return 0.0005;
}
static double money_error(double x)
{
    return 0.004 * fabs(x) + 4;
}

static void a_sketch_of_two_peaks_is_as_good_as_stated(void **state)
{
    (void)state;
    check_sketch(bimodal, KL_SER_reach_firm, share_error);
    check_sketch(bimodal, KL_SER_saving_net, signed_error);
}

static void a_sketch_of_many_zeros_and_gaps_is_as_good_as_stated(void **state)
{
    (void)state;
    check_sketch(inflated, KL_SER_usage, share_error);
    check_sketch(inflated, KL_SER_belief, signed_error);
}

static void a_sketch_of_heavy_tails_is_as_good_as_stated(void **state)
{
    (void)state;
    check_sketch(heavy, KL_SER_account, money_error);
}

static void zeros_and_ones_come_out_of_a_sketch_exactly(void **state)
{
    (void)state;
    kl_plan plan = plan_of(1, 6000, 1, 1, 256, 1);
    kl_fans *fans = fans_of(&plan, inflated, -1, 0, 1);
    for (int s = 0; s < KL_N_SERIES; s++) {
        assert_true(kl_fans_quantile(fans, 0, (kl_series_id)s, 0, 0.5) == 0);
        if (kl_series_info_of((kl_series_id)s)->scale == KL_SCALE_LINEAR)
            assert_true(kl_fans_quantile(fans, 0, (kl_series_id)s, 0, 0.95) == 1);
    }
    kl_fans_free(fans);
}

static void bins_rise_with_the_value_and_stand_for_themselves(void **state)
{
    (void)state;
    for (int b = 0; b <= KL_FAN_LINEAR_STEPS; b++) {
        assert_int_equal(kl_fan_linear_bin((float)kl_fan_linear_value(b, 0, 1), 0, KL_FAN_LINEAR_STEPS), b);
        assert_int_equal(kl_fan_linear_bin((float)kl_fan_linear_value(b, -1, 1), -1, KL_FAN_LINEAR_STEPS / 2), b);
    }
    for (int b = 0; b <= 2 * KL_FAN_MONEY_STEPS; b++)
        assert_int_equal(kl_fan_money_bin((float)kl_fan_money_value(b)), b);
    int last = 0;
    for (uint32_t u = 0; u < 0x7f800000u; u += 997) { /* every 997th float from 0 to the largest, both signs */
        float x = kl_bits_float(u);
        int bin = kl_fan_money_bin(x);
        assert_true(bin >= last && bin <= 2 * KL_FAN_MONEY_STEPS);
        assert_int_equal(kl_fan_money_bin(-x), 2 * KL_FAN_MONEY_STEPS - bin);
        last = bin;
    }
    assert_int_equal(last, 2 * KL_FAN_MONEY_STEPS);
    const float far[] = {INFINITY, -INFINITY, 3e38f, -3e38f, 1.5f, -1.5f};
    for (int i = 0; i < 6; i++)
        assert_int_equal(kl_fan_linear_bin(far[i], -1, KL_FAN_LINEAR_STEPS / 2), far[i] > 0 ? KL_FAN_LINEAR_STEPS : 0);
    assert_int_equal(kl_fan_money_bin(INFINITY), 2 * KL_FAN_MONEY_STEPS);
    assert_int_equal(kl_fan_money_bin(-INFINITY), 0);
    assert_int_equal(kl_fan_money_bin(NAN), 2 * KL_FAN_MONEY_STEPS + 1);
    assert_int_equal(kl_fan_linear_bin(NAN, 0, KL_FAN_LINEAR_STEPS), KL_FAN_LINEAR_STEPS + 1);
}

/* ---- order ---- */

static void check_same_bits(const kl_plan *plan, const kl_fans *a, const kl_fans *b)
{
    for (int arm = 0; arm < plan->n_arms; arm++)
        for (int s = 0; s < KL_N_SERIES; s++)
            for (int m = 0; m < plan->horizon; m++) {
                for (int q = 0; q < N_ASKED; q++) {
                    double x = kl_fans_quantile(a, arm, (kl_series_id)s, m, asked[q]);
                    double y = kl_fans_quantile(b, arm, (kl_series_id)s, m, asked[q]);
                    assert_memory_equal(&x, &y, sizeof x);
                }
                double x = kl_fans_mean(a, arm, (kl_series_id)s, m), y = kl_fans_mean(b, arm, (kl_series_id)s, m);
                assert_memory_equal(&x, &y, sizeof x);
            }
}

static void the_order_and_the_cut_of_blocks_change_no_bit(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        int points = i == 0 ? 101 : 1201; /* 404 worlds: exact; 4,804: a sketch */
        kl_plan plan = plan_of(2, points, 4, 2, 16, 4), other = plan_of(2, points, 4, 2, 3, 3);
        kl_fans *forward = fans_of(&plan, mixed, -1, 0, 1);
        kl_fans *backward = fans_of(&plan, mixed, -1, plan.n_blocks - 1, plan.n_blocks - 1);
        kl_fans *cut = fans_of(&other, mixed, -1, 5, 1);
        check_same_bits(&plan, forward, backward);
        check_same_bits(&plan, forward, cut);
        kl_fans_free(forward);
        kl_fans_free(backward);
        kl_fans_free(cut);
    }
}

static void large_sums_do_not_overflow(void **state)
{
    (void)state;
    kl_plan plan = plan_of(1, 1 << 17, 1, 1, 1 << 15, 1);
    kl_fans *fans;
    assert_int_equal(kl_fans_new(&fans, &plan), KL_OK);
    size_t n = (size_t)KL_N_SERIES << 15;
    float *x = malloc(n * sizeof *x);
    assert_non_null(x);
    for (size_t i = 0; i < n; i++)
        x[i] = i % 2 ? -1e12f : -5e11f; /* 2^17 of them make 2^67 quanta */
    for (int64_t k = 0; k < plan.n_blocks; k++) {
        kl_block b = kl_plan_block(&plan, k);
        b.series = x;
        assert_int_equal(kl_fans_add(fans, &b), KL_OK);
    }
    double due = -0.5 * ((double)1e12f + (double)5e11f);
    assert_true(kl_fans_mean(fans, 0, KL_SER_account, 0) == due);
    free(x);
    kl_fans_free(fans);
}

/* ---- runs that are known, bytes for the journal ---- */

static kl_plan plan_in_mode(int exact)
{
    return exact ? plan_of(2, 101, 4, 2, 16, 3) : plan_of(2, 1201, 4, 2, 100, 3);
}

static kl_fans *new_fans(const kl_plan *plan)
{
    kl_fans *fans;
    assert_int_equal(kl_fans_new(&fans, plan), KL_OK);
    return fans;
}

static void add_block(kl_fans *fans, const kl_plan *plan, int64_t index, const uint8_t *given)
{
    kl_block b = kl_plan_block(plan, index);
    float *x = block_values(&b, mixed, -1);
    b.series = x;
    b.given = given;
    assert_int_equal(kl_fans_add(fans, &b), KL_OK);
    free(x);
}

/* Is a run known? By a coin, and all or none of some blocks. */
static uint8_t coin(int64_t block, int arm, int run)
{
    if (block % 5 < 2)
        return block % 5 == arm;
    kl_words w = kl_draw(kl_key_of(77, (uint32_t)block, (uint32_t)arm), (uint32_t)run, KL_DRAW_LOT, 0);
    return w.w[0] & 1;
}

static void packed(const kl_fans *fans, uint8_t **bytes, size_t *size, size_t *capacity)
{
    assert_int_equal(kl_fans_pack(fans, bytes, size, capacity), KL_OK);
    assert_true(*size <= *capacity);
}

static void check_same_packed(const kl_fans *a, const kl_fans *b)
{
    uint8_t *one = NULL, *other = NULL;
    size_t n_one, n_other, capacity = 0, other_capacity = 0;
    packed(a, &one, &n_one, &capacity);
    packed(b, &other, &n_other, &other_capacity);
    assert_int_equal(n_one, n_other);
    assert_memory_equal(one, other, n_one);
    free(one);
    free(other);
}

/* Every run is known in one of two passes, so both together are all. */
static void runs_that_are_known_are_left_out(void **state)
{
    (void)state;
    for (int exact = 0; exact < 2; exact++) {
        kl_plan plan = plan_in_mode(exact);
        kl_fans *fans = new_fans(&plan), *due = fans_of(&plan, mixed, -1, 0, 1);
        for (int pass = 0; pass < 2; pass++)
            for (int64_t i = 0; i < plan.n_blocks; i++) {
                kl_block b = kl_plan_block(&plan, i);
                uint8_t *given = malloc((size_t)(b.n_runs * b.n_arms));
                assert_non_null(given);
                for (int r = 0; r < b.n_runs * b.n_arms; r++)
                    given[r] = coin(i, r / b.n_runs, r % b.n_runs) == pass;
                add_block(fans, &plan, i, given);
                free(given);
            }
        check_same_bits(&plan, fans, due);
        check_same_packed(fans, due);
        kl_fans_free(fans);
        kl_fans_free(due);
    }
}

static void a_run_is_not_added_beyond_the_plan(void **state)
{
    (void)state;
    for (int exact = 0; exact < 2; exact++) {
        kl_plan plan = plan_in_mode(exact);
        kl_fans *fans = fans_of(&plan, mixed, -1, 0, 1), *due = fans_of(&plan, mixed, -1, 0, 1);
        kl_block b = kl_plan_block(&plan, 0);
        float *x = block_values(&b, mixed, -1);
        b.series = x;
        assert_int_equal(kl_fans_add(fans, &b), KL_ERR_ARGUMENT);
        check_same_packed(fans, due);
        free(x);
        kl_fans_free(fans);
        kl_fans_free(due);
    }
}

static void cleared_fans_are_as_new(void **state)
{
    (void)state;
    for (int exact = 0; exact < 2; exact++) {
        kl_plan plan = plan_in_mode(exact);
        kl_fans *fans = fans_of(&plan, heavy, -1, 0, 1), *fresh = new_fans(&plan);
        kl_fans_clear(fans);
        assert_true(isnan(kl_fans_quantile(fans, 1, KL_SER_account, 1, 0.5)));
        check_same_packed(fans, fresh);
        kl_fans_free(fresh);
        for (int64_t i = 0; i < plan.n_blocks; i++)
            add_block(fans, &plan, i, NULL);
        kl_fans *due = fans_of(&plan, mixed, -1, 0, 1);
        check_same_bits(&plan, fans, due);
        check_same_packed(fans, due);
        kl_fans_free(fans);
        kl_fans_free(due);
    }
}

/* As the store does: a batch is gathered, packed, cleared; the total takes the bytes, batches in any order. */
static void batches_packed_and_added_are_all_blocks_at_once(void **state)
{
    (void)state;
    for (int exact = 0; exact < 2; exact++)
        for (uint32_t cut = 1; cut < 5; cut++) {
            kl_plan plan = plan_in_mode(exact);
            kl_fans *total = new_fans(&plan), *batch = new_fans(&plan), *due = fans_of(&plan, mixed, -1, 0, 1);
            uint8_t *bytes = NULL;
            size_t size = 0, capacity = 0;
            for (int64_t i = 0; i < plan.n_blocks; i++) {
                add_block(batch, &plan, (i * 5 + 3) % plan.n_blocks, NULL); /* 14 and 26 blocks: each once */
                if (i + 1 < plan.n_blocks && kl_below(kl_draw(kl_key_of(cut, 0, 0), (uint32_t)i, 0, 0).w[0], cut) > 0)
                    continue;
                packed(batch, &bytes, &size, &capacity);
                assert_int_equal(kl_fans_add_packed(total, bytes, size), KL_OK);
                kl_fans_clear(batch);
            }
            check_same_bits(&plan, total, due);
            check_same_packed(total, due);
            free(bytes);
            kl_fans_free(batch);
            kl_fans_free(total);
            kl_fans_free(due);
        }
}

static void assert_same_bytes(const kl_fans *a, const kl_fans *b)
{
    uint8_t *bytes[2] = {NULL, NULL};
    size_t size[2], capacity[2] = {0, 0};
    assert_int_equal(kl_fans_pack(a, &bytes[0], &size[0], &capacity[0]), KL_OK);
    assert_int_equal(kl_fans_pack(b, &bytes[1], &size[1], &capacity[1]), KL_OK);
    assert_int_equal(size[0], size[1]);
    assert_memory_equal(bytes[0], bytes[1], size[0]);
    free(bytes[0]);
    free(bytes[1]);
}

/* Into fans that are empty, which only changes hands, and into others; values that are the same, undefined, and mixed. */
static void batches_taken_over_are_all_blocks_at_once(void **state)
{
    const law_fn laws[] = {mixed, inflated, heavy};
    (void)state;
    for (int sketch = 0; sketch < 2; sketch++)
        for (size_t l = 0; l < sizeof laws / sizeof laws[0]; l++) {
            kl_plan plan = plan_of(2, sketch ? 4200 : 700, 1, 3, sketch ? 600 : 100, 1);
            kl_fans *whole = fans_of(&plan, laws[l], l == 2 ? 3 : -1, 0, 1), *total, *batch;
            assert_int_equal(kl_fans_new(&total, &plan), KL_OK);
            assert_int_equal(kl_fans_new(&batch, &plan), KL_OK);
            for (int64_t b = 0; b < plan.n_blocks; b++) {
                kl_block block = kl_plan_block(&plan, b);
                float *x = block_values(&block, laws[l], l == 2 ? 3 : -1);
                block.series = x;
                assert_int_equal(kl_fans_add(batch, &block), KL_OK);
                free(x);
                if (b % 3 == 2 || b + 1 == plan.n_blocks) {
                    assert_int_equal(kl_fans_take(total, batch), KL_OK);
                    assert_int_equal(kl_fans_runs(batch, 1), 0);
                }
            }
            assert_same_bytes(whole, total);
            assert_int_equal(kl_fans_take(total, whole), KL_ERR_ARGUMENT); /* twice as many runs as the plan */
            assert_int_equal(kl_fans_runs(total, 0), plan.n_worlds);
            kl_fans_free(whole);
            kl_fans_free(total);
            kl_fans_free(batch);
        }
}

static void packed_bytes_of_other_plans_are_refused(void **state)
{
    (void)state;
    const kl_plan plans[] = {plan_of(1, 50, 2, 2, 10, 2),   plan_of(2, 50, 2, 2, 10, 2), plan_of(1, 51, 2, 2, 10, 2),
                             plan_of(1, 50, 2, 3, 10, 2),   plan_of(1, 50, 3, 2, 10, 2), plan_of(1, 5000, 1, 2, 500, 1),
                             plan_of(1, 5001, 1, 2, 500, 1)};
    const int n = (int)(sizeof plans / sizeof plans[0]);
    for (int a = 0; a < n; a++) {
        uint8_t *bytes = NULL;
        size_t size = 0, capacity = 0;
        kl_fans *from = new_fans(&plans[a]);
        add_block(from, &plans[a], 0, NULL);
        packed(from, &bytes, &size, &capacity);
        for (int b = 0; b < n; b++) {
            kl_fans *to = new_fans(&plans[b]);
            assert_int_equal(kl_fans_add_packed(to, bytes, size), a == b ? KL_OK : KL_ERR_FORMAT);
            kl_fans_free(to);
        }
        free(bytes);
        kl_fans_free(from);
    }
}

/* Whatever is done to the bytes: they are refused and nothing was added, or they are fans within the plan. */
static void check_damaged(const kl_plan *plan, kl_fans *to, const uint8_t *bytes, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1); /* its end is where a sanitizer sees a byte too many being read */
    assert_non_null(copy);
    memcpy(copy, bytes, size);
    kl_status status = kl_fans_add_packed(to, copy, size);
    assert_true(status == KL_OK || status == KL_ERR_FORMAT);
    for (int s = 0; s < KL_N_SERIES; s++)
        for (int m = 0; m < plan->horizon; m++) {
            int64_t n = kl_fans_defined(to, 0, (kl_series_id)s, m);
            assert_true(status == KL_OK ? n >= 0 && n <= plan->n_worlds : n == 0);
            assert_true(n == 0 || !isnan(kl_fans_quantile(to, 0, (kl_series_id)s, m, 1)));
        }
    kl_fans_clear(to);
    free(copy);
}

static void damaged_bytes_are_refused_or_harmless(void **state)
{
    (void)state;
    for (int exact = 0; exact < 2; exact++) {
        kl_plan plan = exact ? plan_of(1, 20, 1, 2, 20, 1) : plan_of(1, 5000, 1, 2, 20, 1);
        kl_fans *from = new_fans(&plan), *to = new_fans(&plan);
        uint8_t *bytes = NULL;
        size_t size = 0, capacity = 0;
        add_block(from, &plan, 0, NULL);
        packed(from, &bytes, &size, &capacity);
        for (size_t cut = 0; cut < size; cut++) {
            assert_int_equal(kl_fans_add_packed(to, bytes, cut), KL_ERR_FORMAT);
            check_damaged(&plan, to, bytes, cut);
        }
        for (size_t i = 0; i < 8 * size; i++) {
            bytes[i / 8] ^= (uint8_t)(1 << i % 8);
            check_damaged(&plan, to, bytes, size);
            bytes[i / 8] ^= (uint8_t)(1 << i % 8);
        }
        const uint8_t extremes[] = {0, 0x7f, 0x80, 0xff};
        for (size_t i = 0; i < 4 * (size - 12); i++) { /* twelve bytes in a row */
            uint8_t kept[12];
            memcpy(kept, bytes + i / 4, 12);
            memset(bytes + i / 4, extremes[i % 4], 12);
            check_damaged(&plan, to, bytes, size);
            memcpy(bytes + i / 4, kept, 12);
        }
        assert_int_equal(kl_fans_add_packed(to, bytes, size), KL_OK);
        check_same_packed(from, to);
        free(bytes);
        kl_fans_free(from);
        kl_fans_free(to);
    }
}

/* One run, one month, one value, whose sum is high * 2^32: all by hand, from the description in fans_pack.c. */
static kl_status add_one_value(kl_fans *to, int64_t high)
{
    uint8_t bytes[64] = {'F', 1, 0, 1, KL_N_SERIES, 1, 0x88, 0x27, 1, 1}; /* 5,000 worlds: 0x27 * 128 + 8 */
    size_t n = 10;
    uint64_t folded = high < 0 ? 2 * (uint64_t) - (high + 1) + 1 : 2 * (uint64_t)high;
    for (; folded > 127; folded >>= 7)
        bytes[n++] = (uint8_t)(folded | 128);
    bytes[n++] = (uint8_t)folded;
    return kl_fans_add_packed(to, bytes, n + 2 + KL_N_SERIES - 1); /* low 0, bin 0 once, nothing else */
}

static void a_sum_that_so_many_values_cannot_have_is_refused(void **state)
{
    (void)state;
    kl_plan plan = plan_of(1, 5000, 1, 1, 20, 1);
    kl_fans *to = new_fans(&plan);
    assert_int_equal(add_one_value(to, 1 << 18), KL_OK); /* 2^50 quanta: the most */
    assert_int_equal(kl_fans_defined(to, 0, (kl_series_id)0, 0), 1);
    assert_true(kl_fans_mean(to, 0, (kl_series_id)0, 0) == 1024);
    assert_int_equal(add_one_value(to, -(1 << 18)), KL_OK);
    assert_true(kl_fans_mean(to, 0, (kl_series_id)0, 0) == 0);
    assert_int_equal(add_one_value(to, (1 << 18) + 1), KL_ERR_FORMAT);
    assert_int_equal(add_one_value(to, -(1 << 18) - 1), KL_ERR_FORMAT);
    assert_int_equal(add_one_value(to, INT64_MIN), KL_ERR_FORMAT);
    assert_int_equal(kl_fans_defined(to, 0, (kl_series_id)0, 0), 2);
    kl_fans_free(to);
}

static void bytes_with_more_runs_than_the_plan_are_refused(void **state)
{
    (void)state;
    for (int exact = 0; exact < 2; exact++) {
        kl_plan plan = plan_in_mode(exact);
        kl_fans *fans = fans_of(&plan, mixed, -1, 0, 1), *due = fans_of(&plan, mixed, -1, 0, 1);
        uint8_t *bytes = NULL;
        size_t size = 0, capacity = 0;
        packed(fans, &bytes, &size, &capacity);
        assert_int_equal(kl_fans_add_packed(fans, bytes, size), KL_ERR_FORMAT);
        check_same_packed(fans, due);
        free(bytes);
        kl_fans_free(fans);
        kl_fans_free(due);
    }
}

/* ---- the rest ---- */

static void months_without_a_value_are_undefined(void **state)
{
    (void)state;
    for (int points = 10; points <= 10000; points += 9990) {
        kl_plan plan = plan_of(1, points, 1, 2, 10, 1);
        kl_fans *fans;
        assert_int_equal(kl_fans_new(&fans, &plan), KL_OK);
        float x[KL_N_SERIES * 2 * 10];
        for (int i = 0; i < KL_N_SERIES * 2 * 10; i++)
            x[i] = NAN;
        x[3] = 0.25f; /* series 0, month 0 */
        kl_block b = kl_plan_block(&plan, 0);
        b.series = x;
        assert_int_equal(kl_fans_add(fans, &b), KL_OK);
        assert_true(kl_fans_quantile(fans, 0, (kl_series_id)0, 0, 0.37) == 0.25);
        assert_true(kl_fans_mean(fans, 0, (kl_series_id)0, 0) == 0.25);
        assert_int_equal(kl_fans_defined(fans, 0, (kl_series_id)0, 0), 1);
        assert_true(isnan(kl_fans_quantile(fans, 0, (kl_series_id)0, 1, 0.5)));
        assert_true(isnan(kl_fans_mean(fans, 0, (kl_series_id)0, 1)));
        assert_int_equal(kl_fans_defined(fans, 0, (kl_series_id)0, 1), 0);
        assert_true(isnan(kl_fans_quantile(fans, 0, (kl_series_id)0, 0, (double)NAN)));
        assert_true(isnan(kl_fans_quantile(fans, 0, (kl_series_id)0, 0, 1.01)));
        kl_fans_free(fans);
    }
    kl_fans_free(NULL);
}

static void a_block_of_another_plan_is_refused(void **state)
{
    (void)state;
    kl_plan plan = plan_of(1, 10, 4, 2, 5, 2), other = plan_of(1, 10, 4, 2, 2, 2);
    kl_fans *fans;
    assert_int_equal(kl_fans_new(&fans, &plan), KL_OK);
    float x[KL_N_SERIES * 2 * 10] = {0};
    kl_block b = kl_plan_block(&other, 0);
    b.series = x;
    assert_int_equal(kl_fans_add(fans, &b), KL_ERR_ARGUMENT);
    b = kl_plan_block(&plan, 0);
    b.series = x;
    b.index = plan.n_blocks;
    assert_int_equal(kl_fans_add(fans, &b), KL_ERR_ARGUMENT);
    kl_fans_free(fans);
}

static void memory_does_not_grow_with_the_worlds(void **state)
{
    (void)state;
    assert_true(kl_fans_bytes(5, 60, 10000) == kl_fans_bytes(5, 60, 100000000));
    assert_true(kl_fans_bytes(5, 60, KL_FAN_EXACT) < 2 * kl_fans_bytes(5, 60, KL_FAN_EXACT + 1));
    assert_true(kl_fans_bytes(1, 60, 10000) < 16u << 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_exact_fan_equals_sorting_all_worlds),
        cmocka_unit_test(floats_sort_as_qsort_does),
        cmocka_unit_test(a_sketch_of_two_peaks_is_as_good_as_stated),
        cmocka_unit_test(a_sketch_of_many_zeros_and_gaps_is_as_good_as_stated),
        cmocka_unit_test(a_sketch_of_heavy_tails_is_as_good_as_stated),
        cmocka_unit_test(zeros_and_ones_come_out_of_a_sketch_exactly),
        cmocka_unit_test(bins_rise_with_the_value_and_stand_for_themselves),
        cmocka_unit_test(the_order_and_the_cut_of_blocks_change_no_bit),
        cmocka_unit_test(large_sums_do_not_overflow),
        cmocka_unit_test(runs_that_are_known_are_left_out),
        cmocka_unit_test(a_run_is_not_added_beyond_the_plan),
        cmocka_unit_test(cleared_fans_are_as_new),
        cmocka_unit_test(batches_packed_and_added_are_all_blocks_at_once),
        cmocka_unit_test(batches_taken_over_are_all_blocks_at_once),
        cmocka_unit_test(packed_bytes_of_other_plans_are_refused),
        cmocka_unit_test(damaged_bytes_are_refused_or_harmless),
        cmocka_unit_test(a_sum_that_so_many_values_cannot_have_is_refused),
        cmocka_unit_test(bytes_with_more_runs_than_the_plan_are_refused),
        cmocka_unit_test(months_without_a_value_are_undefined),
        cmocka_unit_test(a_block_of_another_plan_is_refused),
        cmocka_unit_test(memory_does_not_grow_with_the_worlds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
