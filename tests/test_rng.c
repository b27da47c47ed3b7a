/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Tests of src/rng: known answers of the generator, how its inputs are laid out, and whether streams that differ in one
 * input look independent. Seeds are fixed, so a passing test passes for ever; the false-alarm rates say how likely a
 * perfect generator would have been to fail. */
#include "rng/rng.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <gsl/gsl_cdf.h>

#define SEED UINT64_C(20240711)
#define N_DRAWS 20000

/* ---- the generator ---- */

static void assert_words_equal(const uint32_t *got, const uint32_t *want)
{
    for (int i = 0; i < 4; i++)
        assert_int_equal(got[i], want[i]);
}

/* The three vectors "threefry4x32 20" of tests/kat_vectors in Random123: counter, key, result. */
static void threefry_gives_the_known_answers_of_random123(void **state)
{
    (void)state;
    static const uint32_t answers[3][12] = {{0, 0, 0, 0, 0, 0, 0, 0, 0x9c6ca96a, 0xe17eae66, 0xfc10ecd4, 0x5256a7d8},
                                            {0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff,
                                             0xffffffff, 0xffffffff, 0x2a881696, 0x57012287, 0xf6c7446e, 0xa16a6732},
                                            {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0,
                                             0x082efa98, 0xec4e6c89, 0x59cd1dbb, 0xb8879579, 0x86b5d00c, 0xac8b6d84}};
    for (int i = 0; i < 3; i++) {
        threefry4x32_ctr_t counter;
        threefry4x32_key_t key;
        memcpy(counter.v, answers[i], sizeof counter.v);
        memcpy(key.v, answers[i] + 4, sizeof key.v);
        threefry4x32_ctr_t out = threefry4x32_R(20, counter, key);
        assert_words_equal(out.v, answers[i] + 8);
    }
}

/* Threefry4x32-20 once more, as plainly as the paper has it (Salmon et al. 2011, section 3.2 and table 2). */
static void threefry_plain(const uint32_t key[4], const uint32_t counter[4], uint32_t x[4])
{
    static const int rotations[8][2] = {{10, 26}, {11, 21}, {13, 27}, {23, 5}, {6, 20}, {17, 11}, {25, 10}, {18, 20}};
    uint32_t k[5] = {key[0], key[1], key[2], key[3], 0x1bd11bda ^ key[0] ^ key[1] ^ key[2] ^ key[3]};
    for (int i = 0; i < 4; i++)
        x[i] = counter[i] + k[i];
    for (uint32_t round = 0; round < 20; round++) {
        for (int half = 0; half < 2; half++) {
            int first = 2 * half, second = round % 2 ? 3 - 2 * half : 1 + 2 * half;
            int turn = rotations[round % 8][half];
            x[first] += x[second];
            x[second] = (x[second] << turn | x[second] >> (32 - turn)) ^ x[first];
        }
        if (round % 4 == 3) {
            uint32_t block = round / 4 + 1;
            for (uint32_t i = 0; i < 4; i++)
                x[i] += k[(block + i) % 5];
            x[3] += block;
        }
    }
}

static void a_draw_is_keyed_by_seed_point_replicate_and_counts_entity_purpose_index(void **state)
{
    (void)state;
    const uint32_t key[4] = {0x89abcdef, 0x01234567, 7, 11};
    const uint32_t counter[4] = {13, KL_DRAW_TIES, 17, 0};
    uint32_t want[4];
    threefry_plain(key, counter, want);
    kl_words got = kl_draw(kl_key_of(UINT64_C(0x0123456789abcdef), 7, 11), 13, KL_DRAW_TIES, 17);
    assert_words_equal(got.w, want);
}

static void purposes_keep_their_numbers(void **state)
{
    (void)state;
    assert_int_equal(KL_DRAW_INPUT, 1);
    assert_int_equal(KL_DRAW_FIRM, 2);
    assert_int_equal(KL_DRAW_PRESENCE, 3);
    assert_int_equal(KL_DRAW_MARKET, 4);
    assert_int_equal(KL_DRAW_CLUSTER, 5);
    assert_int_equal(KL_DRAW_TIES, 6);
    assert_int_equal(KL_DRAW_LOT, 7);
    assert_int_equal(KL_DRAW_MEMBERSHIP, 8);
    assert_int_equal(KL_DRAW_ENTRY, 9);
    assert_int_equal(KL_DRAW_INNOVATION, 10);
    assert_int_equal(KL_DRAW_TRAINING, 11);
    assert_int_equal(KL_DRAW_SCRAMBLE, 12);
    assert_int_equal(KL_DRAW_STRATUM, 13);
    assert_int_equal(KL_DRAW_TRAJECTORY, 14);
    assert_int_equal(KL_DRAW_APPRAISAL, 16);
    assert_int_equal(KL_DRAW_SPLIT, 17);
}

/* ---- from words to numbers ---- */

static void a_uniform_is_never_0_or_1_and_mirrors_exactly(void **state)
{
    (void)state;
    assert_true(kl_uniform(0) == 0x1p-33);
    assert_true(kl_uniform(UINT32_MAX) == 1.0 - 0x1p-33);
    assert_true(kl_uniform(UINT32_C(0x7fffffff)) < 0.5 && kl_uniform(UINT32_C(0x80000000)) > 0.5);
    for (uint32_t i = 0; i < 100000; i++) {
        uint32_t word = i * UINT32_C(2654435761);
        assert_true(kl_uniform(word) + kl_uniform(~word) == 1.0);
        assert_true(word == UINT32_MAX || kl_uniform(word) < kl_uniform(word + 1));
    }
}

/* Each value has its own run of words, from ceil(value 2^32 / n) on: the runs differ by at most one word. */
static void below_splits_the_words_evenly(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {1, 2, 3, 7, 54, 1000, 65537, UINT32_C(0x80000000), UINT32_MAX};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        uint32_t n = sizes[i];
        assert_int_equal(kl_below(0, n), 0);
        assert_int_equal(kl_below(UINT32_MAX, n), n - 1);
        for (uint32_t j = 1; j < 50 && j < n; j++) {
            uint32_t value = j < 25 ? j : n - 1 - (j - 25) % (n - 1);
            uint32_t first = (uint32_t)((((uint64_t)value << 32) + n - 1) / n);
            assert_int_equal(kl_below(first, n), value);
            assert_int_equal(kl_below(first - 1, n), value - 1);
        }
    }
}

/* Known answers of FNV-1a, 32 bits: Landon Curt Noll's test vectors. */
static void a_name_hashes_to_the_known_answers_of_fnv_1a(void **state)
{
    (void)state;
    assert_int_equal(kl_name_hash(""), 0x811c9dc5);
    assert_int_equal(kl_name_hash("a"), 0xe40c292c);
    assert_int_equal(kl_name_hash("b"), 0xe70c2de5);
    assert_int_equal(kl_name_hash("foo"), 0xa9f37ed7);
    assert_int_equal(kl_name_hash("foobar"), 0xbf9cf968);
    /* a byte above 127 counts as unsigned whatever the sign of char */
    assert_int_equal(kl_name_hash("\xff"), (UINT32_C(2166136261) ^ 0xffu) * UINT32_C(16777619));
}

/* ---- streams ---- */

/* Which input two streams differ in, by one. */
typedef enum neighbour { SEEDS, HIGH_SEEDS, POINTS, REPLICATES, ENTITIES, PURPOSES, INDICES, N_NEIGHBOURS } neighbour;

/* Draw i of a stream, and of its neighbour if `next` is 1. The stream runs over indices, or over entities. */
static kl_words stream_draw(neighbour kind, uint32_t i, uint32_t next)
{
    uint64_t seed = SEED + (kind == SEEDS ? next : 0) + (kind == HIGH_SEEDS ? (uint64_t)next << 32 : 0);
    kl_key key = kl_key_of(seed, 3 + (kind == POINTS ? next : 0), 5 + (kind == REPLICATES ? next : 0));
    kl_purpose purpose = kind == PURPOSES && next ? KL_DRAW_PRESENCE : KL_DRAW_FIRM;
    if (kind == INDICES)
        return kl_draw(key, i, purpose, next);
    return kl_draw(key, kind == ENTITIES ? next : 0, purpose, i);
}

static double correlation(const double *x, const double *y)
{
    double sx = 0, sy = 0, sxx = 0, syy = 0, sxy = 0;
    for (int i = 0; i < N_DRAWS; i++) {
        sx += x[i];
        sy += y[i];
        sxx += x[i] * x[i];
        syy += y[i] * y[i];
        sxy += x[i] * y[i];
    }
    const double n = N_DRAWS;
    return (sxy - sx * sy / n) / sqrt((sxx - sx * sx / n) * (syy - sy * sy / n));
}

/* Word by word: 7 x 16 correlations, each r sqrt(n) standard normal; |.| > 6 has probability 2e-9, all together
 * 2.2e-7. */
static void neighbouring_streams_are_uncorrelated(void **state)
{
    (void)state;
    static double x[4][N_DRAWS], y[4][N_DRAWS];
    for (neighbour kind = SEEDS; kind < N_NEIGHBOURS; kind++) {
        for (uint32_t i = 0; i < N_DRAWS; i++) {
            kl_words a = stream_draw(kind, i, 0), b = stream_draw(kind, i, 1);
            for (int w = 0; w < 4; w++) {
                x[w][i] = kl_uniform(a.w[w]);
                y[w][i] = kl_uniform(b.w[w]);
            }
        }
        for (int v = 0; v < 4; v++)
            for (int w = 0; w < 4; w++)
                assert_true(fabs(correlation(x[v], y[w])) * sqrt(N_DRAWS) < 6);
    }
}

/* The words of one draw among themselves: 6 correlations, false alarm 1.2e-8. */
static void the_four_words_of_a_draw_are_uncorrelated(void **state)
{
    (void)state;
    static double x[4][N_DRAWS];
    for (uint32_t i = 0; i < N_DRAWS; i++) {
        kl_words a = stream_draw(INDICES, i, 0);
        for (int w = 0; w < 4; w++)
            x[w][i] = kl_uniform(a.w[w]);
    }
    for (int v = 0; v < 4; v++)
        for (int w = 0; w < v; w++)
            assert_true(fabs(correlation(x[v], x[w])) * sqrt(N_DRAWS) < 6);
}

/* Half of the 128 n bits flip: binomial, 7 tests at 6 standard deviations, false alarm 1.4e-8. */
static void neighbouring_streams_differ_in_half_of_their_bits(void **state)
{
    (void)state;
    for (neighbour kind = SEEDS; kind < N_NEIGHBOURS; kind++) {
        double flipped = 0;
        for (uint32_t i = 0; i < N_DRAWS; i++) {
            kl_words a = stream_draw(kind, i, 0), b = stream_draw(kind, i, 1);
            for (int w = 0; w < 4; w++)
                for (uint32_t bits = a.w[w] ^ b.w[w]; bits; bits &= bits - 1)
                    flipped += 1;
        }
        const double n = 128.0 * N_DRAWS;
        assert_true(fabs(flipped - n / 2) < 6 * sqrt(n / 4));
    }
}

static void assert_chi_square(const uint32_t *count, int n_bins, double n)
{
    double x = 0;
    for (int i = 0; i < n_bins; i++)
        x += (count[i] - n / n_bins) * (count[i] - n / n_bins) / (n / n_bins);
    double p = gsl_cdf_chisq_Q(x, n_bins - 1);
    assert_true(p > 1e-8 && p < 1 - 1e-8);
}

/* Chi-square, too uneven or too even: p within 1e-8 of 0 or 1; 2 streams x 4 words x 3 = 24 tests, false alarm
 * 4.8e-7. */
static void words_are_uniform_over_indices_and_over_entities(void **state)
{
    (void)state;
    for (int stream = 0; stream < 2; stream++) {
        uint32_t high[4][256] = {{0}}, low[4][256] = {{0}}, below[4][54] = {{0}};
        for (uint32_t i = 0; i < 10 * N_DRAWS; i++) {
            kl_words a = stream_draw(stream ? INDICES : SEEDS, i, 0);
            for (int w = 0; w < 4; w++) {
                high[w][a.w[w] >> 24]++;
                low[w][a.w[w] & 255]++;
                below[w][kl_below(a.w[w], 54)]++;
            }
        }
        for (int w = 0; w < 4; w++) {
            assert_chi_square(high[w], 256, 10.0 * N_DRAWS);
            assert_chi_square(low[w], 256, 10.0 * N_DRAWS);
            assert_chi_square(below[w], 54, 10.0 * N_DRAWS);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threefry_gives_the_known_answers_of_random123),
        cmocka_unit_test(a_draw_is_keyed_by_seed_point_replicate_and_counts_entity_purpose_index),
        cmocka_unit_test(purposes_keep_their_numbers),
        cmocka_unit_test(a_uniform_is_never_0_or_1_and_mirrors_exactly),
        cmocka_unit_test(below_splits_the_words_evenly),
        cmocka_unit_test(a_name_hashes_to_the_known_answers_of_fnv_1a),
        cmocka_unit_test(neighbouring_streams_are_uncorrelated),
        cmocka_unit_test(the_four_words_of_a_draw_are_uncorrelated),
        cmocka_unit_test(neighbouring_streams_differ_in_half_of_their_bits),
        cmocka_unit_test(words_are_uniform_over_indices_and_over_entities),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
