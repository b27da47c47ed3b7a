/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Designs by themselves: known values, the structure that each kind promises, growth, refusals. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "design/coordinate.h"
#include "rng/rng.h"

#define N_INPUTS 6
#define SEED UINT64_C(20251123)

/* ---- helpers ---- */

/* Inputs i0..i5, of which the first n_factors are factors, with 2, 3, 4, ... levels. */
static kl_design make_of(kl_design_kind kind, int n_rows, int n_inputs, int n_factors, int extra)
{
    kl_design_input input[N_INPUTS];
    memset(input, 0, sizeof input);
    for (int i = 0; i < n_inputs; i++) {
        snprintf(input[i].name, sizeof input[i].name, "i%d", i);
        input[i].factor = i < n_factors ? 0 : -1;
        input[i].n_levels = i + 2;
    }
    kl_design_spec spec = {.kind = kind, .n_rows = n_rows, .n_inputs = n_inputs, .input = input};
    spec.n_levels = kind == KL_DESIGN_MORRIS ? extra : 0;
    spec.second_order = kind == KL_DESIGN_SALTELLI ? extra : 0;
    kl_design design;
    const char *sentence = "";
    assert_int_equal(kl_design_make(&design, &spec, &sentence), KL_OK);
    assert_string_equal(sentence, "");
    return design;
}

/* One of each kind, four of six inputs being factors. */
static kl_design make_any(kl_design_kind kind, int n_rows)
{
    return make_of(kind, n_rows, N_INPUTS, 4, kind == KL_DESIGN_MORRIS ? 6 : 1);
}

static double at(const kl_design *design, uint64_t seed, int point, int i)
{
    char name[16];
    snprintf(name, sizeof name, "i%d", i);
    return kl_design_coordinate(design, seed, point, name);
}

/* Sum of (count - expected)^2 / expected. */
static double chi_square(int n, const int *count, double expected)
{
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += (count[i] - expected) * (count[i] - expected) / expected;
    return sum;
}

/* ---- the Sobol sequence ---- */

/* From SciPy 1.10.1: scipy.stats.qmc.Sobol(1024, scramble=False, bits=32), times 2^32. */
static void the_unscrambled_sequence_is_that_of_joe_and_kuo(void **state)
{
    (void)state;
    static const int dimension[8] = {0, 1, 2, 9, 99, 255, 511, 1023};
    static const struct {
        uint32_t index, word[8];
    } known[] = {
        {1, {2147483648, 2147483648, 2147483648, 2147483648, 2147483648, 2147483648, 2147483648, 2147483648}},
        {2, {3221225472, 1073741824, 1073741824, 3221225472, 3221225472, 3221225472, 3221225472, 3221225472}},
        {3, {1073741824, 3221225472, 3221225472, 1073741824, 1073741824, 1073741824, 1073741824, 1073741824}},
        {7, {536870912, 2684354560, 1610612736, 3758096384, 2684354560, 536870912, 536870912, 2684354560}},
        {100, {1778384896, 1107296256, 3321888768, 2986344448, 3791650816, 2449473536, 2248146944, 4060086272}},
        {999, {675282944, 3904897024, 348127232, 2713714688, 2143289344, 1874853888, 1967128576, 113246208}},
        {65535, {65536, 4294901760, 2421489664, 703922176, 2030501888, 604307456, 916520960, 1974403072}},
        {69999, {463044608, 2852618240, 4138565632, 401047552, 2370338816, 1385791488, 2743697408, 3537076224}},
    };
    for (int d = 0; d < 8; d++) {
        uint32_t direction[32];
        kl_sobol_directions(dimension[d], direction);
        assert_int_equal(kl_sobol_word(direction, 0), 0);
        for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
            assert_int_equal(kl_sobol_word(direction, known[i].index), known[i].word[d]);
    }
}

/* FNV-1a over elements 1, 2, 4, ..., 65536 of all 1024 dimensions, computed from SciPy's sequence: every number of the
 * table that 17 digits depend on. */
static void all_dimensions_together_have_the_known_checksum(void **state)
{
    (void)state;
    uint64_t hash = UINT64_C(14695981039346656037);
    for (int d = 0; d < KL_SOBOL_DIMENSIONS; d++) {
        uint32_t direction[32];
        kl_sobol_directions(d, direction);
        for (uint32_t i = 1; i <= 65536; i *= 2)
            hash = (hash ^ kl_sobol_word(direction, i)) * UINT64_C(1099511628211);
    }
    assert_true(hash == UINT64_C(0x6e6da56324607325));
}

/* The most points in any elementary interval 2^-a x 2^-(m-a), over all a. A (0,m,2)-net has 1. */
static int most_in_an_interval(int m, const uint32_t *x, const uint32_t *y)
{
    int most = 0, *count = calloc((size_t)1 << m, sizeof *count);
    assert_non_null(count);
    for (int a = 0; a <= m; a++) {
        memset(count, 0, sizeof *count << m);
        for (int i = 0; i < 1 << m; i++) {
            uint64_t column = (uint64_t)x[i] >> (32 - a), row = (uint64_t)y[i] >> (32 - (m - a));
            int now = ++count[column << (m - a) | row];
            most = now > most ? now : most;
        }
    }
    free(count);
    return most;
}

static void scrambling_keeps_the_net_of_every_pair_of_dimensions(void **state)
{
    (void)state;
    enum { M = 10, D = 8, N = 1 << M };
    static uint32_t plain[D][N], scrambled[D][N];
    for (int d = 0; d < D; d++) {
        uint32_t direction[32];
        kl_sobol_directions(d, direction);
        for (uint32_t i = 0; i < N; i++) {
            plain[d][i] = kl_sobol_word(direction, i);
            scrambled[d][i] = kl_sobol_scramble(SEED, (uint32_t)d, 0, plain[d][i]);
        }
    }
    assert_int_equal(most_in_an_interval(M, scrambled[0], scrambled[1]), 1);
    for (int d = 0; d < D; d++)
        for (int e = 0; e < d; e++)
            assert_int_equal(most_in_an_interval(M, scrambled[d], scrambled[e]),
                             most_in_an_interval(M, plain[d], plain[e]));
    /* control: points that are no net are noticed */
    uint32_t other = scrambled[0][5];
    scrambled[0][5] = scrambled[0][6];
    scrambled[0][6] = other ^ UINT32_C(0x80000000);
    assert_true(most_in_an_interval(M, scrambled[0], scrambled[1]) > 1);
}

/* Scrambling maps one to one and keeps common leading digits common: that is what nested means. */
static void scrambling_is_nested(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 2000; i++) {
        uint32_t word = i * UINT32_C(2654435761);
        for (int digit = 0; digit < 32; digit++) {
            uint32_t other = word ^ UINT32_C(1) << (31 - digit) ^ (digit < 31 ? UINT32_C(0x155) >> digit : 0);
            uint32_t a = kl_sobol_scramble(SEED, 7, 0, word), b = kl_sobol_scramble(SEED, 7, 0, other);
            int first = __builtin_clz(word ^ other);
            assert_int_equal(__builtin_clz(a ^ b), first);
        }
    }
}

/* Words that differ in digit `digit` are flipped independently in all later digits: over 4000 seeds they agree in half,
 * standard deviation 31.6; 6 of them at 31 digits or fewer and 5 places: false-alarm rate 3e-7. */
static void digits_behind_different_digits_are_flipped_independently(void **state)
{
    (void)state;
    static const int places[] = {0, 3, 6, 7, 20};
    for (size_t k = 0; k < sizeof places / sizeof places[0]; k++) {
        uint32_t x = UINT32_C(0x5bd1e995), y = x ^ UINT32_C(0x80000000) >> places[k];
        int agree[32] = {0};
        for (uint64_t seed = 0; seed < 4000; seed++) {
            uint32_t flips = kl_sobol_scramble(seed, 9, 0, x) ^ x, others = kl_sobol_scramble(seed, 9, 0, y) ^ y;
            for (int digit = 0; digit < 32; digit++)
                agree[digit] += !((flips ^ others) >> (31 - digit) & 1);
        }
        for (int digit = 0; digit < 32; digit++)
            assert_true(digit <= places[k] ? agree[digit] == 4000 : abs(agree[digit] - 2000) < 190);
    }
}

/* Over seeds a scrambled point is uniform. 64 strata, 63 degrees of freedom: the threshold has a false-alarm rate of
 * 1e-6; the seeds are fixed. */
static void a_scrambled_coordinate_is_uniform_over_seeds(void **state)
{
    (void)state;
    kl_design design = make_of(KL_DESIGN_SOBOL, 64, 3, 0, 0);
    int count[64] = {0}, low[64] = {0};
    for (uint64_t seed = 0; seed < 12800; seed++) {
        double u = at(&design, seed, 37, 2);
        count[(int)(u * 64)]++;
        low[(int)(u * 0x1p20) & 63]++; /* digits 15 to 20 */
    }
    assert_true(chi_square(64, count, 200) < 131);
    assert_true(chi_square(64, low, 200) < 131);
    kl_design_free(&design);
}

/* ---- evenness pays ---- */

static double smooth(const kl_design *design, uint64_t seed, int point)
{
    double product = 1;
    for (int i = 0; i < N_INPUTS; i++)
        product *= 1 + (at(design, seed, point, i) - 0.5);
    return product; /* mean 1 */
}

/* Root mean squared error of the mean over 20 seeds. */
static double error_of(kl_design_kind kind, int n)
{
    kl_design design = make_of(kind, n, N_INPUTS, 0, 0);
    double sum = 0;
    for (uint64_t seed = 0; seed < 20; seed++) {
        double mean = 0;
        for (int point = 0; point < n; point++)
            mean += smooth(&design, seed, point) / n;
        sum += (mean - 1) * (mean - 1);
    }
    kl_design_free(&design);
    return sqrt(sum / 20);
}

/* Monte Carlo: variance (13/12)^6 - 1 = 0.62 over 1024 points, error 0.025. A Latin hypercube takes away what is
 * additive, 6/12: leaves 0.43 of the error. Each error is known to 16 %; the seeds are fixed. */
static void even_designs_integrate_a_smooth_function_better_than_monte_carlo(void **state)
{
    (void)state;
    double monte_carlo = error_of(KL_DESIGN_MONTE_CARLO, 1024), latin = error_of(KL_DESIGN_LATIN_HYPERCUBE, 1024);
    double sobol = error_of(KL_DESIGN_SOBOL, 1024), small = error_of(KL_DESIGN_SOBOL, 256);
    assert_true(monte_carlo > 0.012 && monte_carlo < 0.04);
    assert_true(latin < 0.7 * monte_carlo);
    assert_true(sobol < monte_carlo / 20); /* about 1/38, as with SciPy's scrambled sequence */
    assert_true(sobol < small / 3);        /* about 1/5, where 1 / sqrt n would be 1/2 */
}

/* ---- Latin hypercubes ---- */

static void a_latin_hypercube_has_one_point_in_every_stratum(void **state)
{
    (void)state;
    static const int sizes[] = {1, 2, 3, 7, 64, 997, 1000};
    for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++) {
        int n = sizes[k];
        kl_design design = make_of(KL_DESIGN_LATIN_HYPERCUBE, n, 3, 0, 0);
        for (int i = 0; i < 3; i++) {
            char *seen = calloc((size_t)n, 1);
            assert_non_null(seen);
            for (int point = 0; point < n; point++) {
                double u = at(&design, SEED, point, i);
                assert_true(u > 0 && u < 1);
                assert_int_equal(seen[(int)(u * n)]++, 0);
                char name[16]; /* within the stratum it lies where it would by Monte Carlo */
                snprintf(name, sizeof name, "i%d", i);
                double within = kl_design_uniform(SEED, point, kl_name_hash(name));
                assert_true(fabs(u * n - floor(u * n) - within) < 1e-9);
            }
            free(seen);
        }
        kl_design_free(&design);
    }
}

/* All 24 orders of four strata, 1000 times each: 23 degrees of freedom, all 120 of five: 119; false-alarm rate 1e-6
 * each; the seeds are fixed. */
static void all_orders_of_the_strata_are_equally_likely(void **state)
{
    (void)state;
    static const double threshold[] = {70.5, 207};
    for (int n = 4; n <= 5; n++) {
        int count[120] = {0}, n_orders = n == 4 ? 24 : 120;
        for (int seed = 0; seed < 1000 * n_orders; seed++) {
            uint32_t stratum[5];
            int order = 0;
            for (int i = 0; i < n; i++)
                stratum[i] = kl_latin_stratum((uint64_t)seed, 4711, (uint32_t)i, (uint32_t)n);
            for (int i = 0; i < n; i++) {
                int below = 0;
                for (int j = i + 1; j < n; j++)
                    below += stratum[j] < stratum[i];
                order = order * (n - i) + below;
            }
            count[order]++;
        }
        assert_true(chi_square(n_orders, count, 1000) < threshold[n - 4]);
    }
}

/* Spearman's correlation of independent orders of 1000: standard deviation 0.0316; 5 of them: false-alarm rate 6e-7. */
static void inputs_of_a_latin_hypercube_are_ordered_independently(void **state)
{
    (void)state;
    kl_design design = make_of(KL_DESIGN_LATIN_HYPERCUBE, 1000, 2, 0, 0);
    double sum = 0;
    for (int point = 0; point < 1000; point++)
        sum += (at(&design, SEED, point, 0) - 0.5) * (at(&design, SEED, point, 1) - 0.5) * 12 / 1000;
    assert_true(fabs(sum) < 5 * 0.0316);
    kl_design_free(&design);
}

/* ---- factorials ---- */

static void a_factorial_has_every_cell_once_in_every_draw(void **state)
{
    (void)state;
    kl_design design = make_of(KL_DESIGN_FACTORIAL, 7, N_INPUTS, 4, 0); /* 2 x 3 x 4 x 5 */
    assert_int_equal(design.row_size, 120);
    assert_int_equal(kl_design_n_points(&design), 840);
    for (int draw = 0; draw < 7; draw++) {
        char seen[120] = {0};
        for (int place = 0; place < 120; place++) {
            int point = draw * 120 + place, cell = 0;
            for (int f = 0; f < 4; f++) {
                int level = kl_design_level(&design, SEED, point, f);
                assert_true(level >= 0 && level < f + 2);
                assert_true(at(&design, SEED, point, f) == (level + 0.5) / (f + 2));
                cell = cell * (f + 2) + level;
            }
            assert_int_equal(cell, place); /* the last factor turns fastest */
            assert_int_equal(seen[cell]++, 0);
            assert_int_equal(kl_design_row(&design, point), draw);
            for (int i = 4; i < N_INPUTS; i++)
                assert_true(at(&design, SEED, point, i) == at(&design, SEED, draw * 120, i));
        }
    }
    kl_design_free(&design);
}

/* ---- Saltelli ---- */

static void check_saltelli(int second_order)
{
    kl_design design = make_of(KL_DESIGN_SALTELLI, 32, N_INPUTS, 4, second_order);
    int size = second_order ? 10 : 6;
    assert_int_equal(design.row_size, size);
    for (int row = 0; row < 32; row++) {
        int a = row * size, b = a + size - 1;
        for (int place = 0; place < size; place++) {
            int mixed;
            kl_saltelli_part part = kl_saltelli_part_at(&design, place, &mixed);
            assert_int_equal(kl_saltelli_place(&design, part, mixed), place);
            for (int f = 0; f < 4; f++) {
                int from_b = part == KL_SALTELLI_B || (part == KL_SALTELLI_AB && f == mixed) ||
                             (part == KL_SALTELLI_BA && f != mixed);
                assert_true(at(&design, SEED, a + place, f) == at(&design, SEED, from_b ? b : a, f));
                assert_true(at(&design, SEED, a, f) != at(&design, SEED, b, f));
            }
            for (int i = 4; i < N_INPUTS; i++)
                assert_true(at(&design, SEED, a + place, i) == at(&design, SEED, a, i));
        }
    }
    kl_design_free(&design);
}

static void a_saltelli_row_mixes_two_samples_one_factor_at_a_time(void **state)
{
    (void)state;
    check_saltelli(0);
    check_saltelli(1);
}

/* Each column of A and of B has one point in each of 64 strata, and one does not follow from the other. */
static void both_samples_of_saltelli_are_even(void **state)
{
    (void)state;
    kl_design design = make_of(KL_DESIGN_SALTELLI, 64, 4, 4, 0);
    for (int f = 0; f < 4; f++) {
        char cell[64] = {0};
        int n_cells = 0;
        for (int row = 0; row < 64; row++) {
            int a = row * design.row_size, b = a + design.row_size - 1;
            cell[(int)(at(&design, SEED, a, f) * 8) * 8 + (int)(at(&design, SEED, b, f) * 8)] = 1;
        }
        for (int i = 0; i < 64; i++)
            n_cells += cell[i];
        assert_true(n_cells >= 24); /* of one dimension scrambled twice it would be 8 */
    }
    for (int f = 0; f < 4; f++)
        for (int part = 0; part < 2; part++) {
            char seen[64] = {0};
            for (int row = 0; row < 64; row++) {
                int point = row * design.row_size + (part ? design.row_size - 1 : 0);
                assert_int_equal(seen[(int)(at(&design, SEED, point, f) * 64)]++, 0);
            }
        }
    kl_design_free(&design);
}

/* ---- Morris ---- */

static void a_trajectory_moves_every_factor_once_by_half_the_levels(void **state)
{
    (void)state;
    kl_design design = make_of(KL_DESIGN_MORRIS, 200, N_INPUTS, 4, 6);
    assert_int_equal(design.row_size, 5);
    int start[6] = {0}, first[4] = {0};
    for (int row = 0; row < 200; row++) {
        int moved[4] = {0};
        for (int f = 0; f < 4; f++)
            start[kl_design_level(&design, SEED, row * 5, f)]++;
        for (int step = 1; step <= 4; step++) {
            int point = row * 5 + step, factor = kl_morris_factor(&design, SEED, row, step);
            assert_true(factor >= 0 && factor < 4);
            moved[factor]++;
            first[factor] += step == 1;
            for (int f = 0; f < N_INPUTS; f++) {
                double now = at(&design, SEED, point, f), before = at(&design, SEED, point - 1, f);
                if (f < 4)
                    assert_true(now == (kl_design_level(&design, SEED, point, f) + 0.5) / 6);
                assert_true(f == factor ? fabs(fabs(now - before) - 0.5) < 1e-15 : now == before);
            }
        }
        for (int f = 0; f < 4; f++)
            assert_int_equal(moved[f], 1);
    }
    /* starts and orders are uniform: 5 and 3 degrees of freedom, false-alarm rate 1e-6 each */
    assert_true(chi_square(6, start, 800 / 6.0) < 35.9);
    assert_true(chi_square(4, first, 50) < 30.7);
    kl_design_free(&design);
}

/* ---- all kinds ---- */

static void coordinates_lie_within_the_open_cube(void **state)
{
    (void)state;
    for (int kind = 0; kind < KL_N_DESIGN_KINDS; kind++) {
        kl_design design = make_any((kl_design_kind)kind, 50);
        for (int point = 0; point < kl_design_n_points(&design); point++)
            for (int i = 0; i < N_INPUTS + 1; i++) { /* one more than the design knows */
                double u = at(&design, SEED, point, i);
                assert_true(u > 0 && u < 1);
            }
        kl_design_free(&design);
    }
}

static void a_design_that_grows_keeps_its_points_bit_for_bit_but_for_latin_hypercubes(void **state)
{
    (void)state;
    for (int kind = 0; kind < KL_N_DESIGN_KINDS; kind++) {
        kl_design design = make_any((kl_design_kind)kind, 16), larger = make_any((kl_design_kind)kind, 48);
        int n = kl_design_n_points(&design), same = 1;
        assert_int_equal(kl_design_n_points(&larger), 3 * n);
        for (int point = 0; point < n; point++) {
            assert_int_equal(kl_design_row(&design, point), kl_design_row(&larger, point));
            for (int i = 0; i < N_INPUTS; i++)
                same &= at(&design, SEED, point, i) == at(&larger, SEED, point, i);
        }
        assert_int_equal(same, kind != KL_DESIGN_LATIN_HYPERCUBE);
        kl_design_free(&design);
        kl_design_free(&larger);
    }
}

static void coordinates_hang_on_the_seed_and_the_name(void **state)
{
    (void)state;
    static const kl_design_kind kinds[] = {KL_DESIGN_MONTE_CARLO, KL_DESIGN_LATIN_HYPERCUBE, KL_DESIGN_SOBOL,
                                           KL_DESIGN_SALTELLI};
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
        kl_design design = make_any(kinds[k], 64);
        int same_seed = 0, same_name = 0;
        for (int point = 0; point < 64; point++) {
            same_seed += at(&design, 1, point, 0) == at(&design, 2, point, 0);
            same_name += at(&design, 1, point, 0) == at(&design, 1, point, 1);
        }
        assert_true(same_seed < 3 && same_name < 3);
        kl_design_free(&design);
    }
}

/* What studies were drawn by before there were designs: the word of the input at the point. */
static void monte_carlo_is_one_draw_a_name_and_a_zeroed_design_is_monte_carlo(void **state)
{
    (void)state;
    kl_design design = make_any(KL_DESIGN_MONTE_CARLO, 20), zero;
    kl_design_init(&zero);
    assert_int_equal(design.n_factors, 0);
    for (int point = 0; point < 20; point++) {
        kl_key key = kl_key_of(SEED, (uint32_t)point, KL_NO_REPLICATE);
        double u = kl_uniform(kl_draw(key, kl_name_hash("i3"), KL_DRAW_INPUT, 0).w[0]);
        assert_true(at(&design, SEED, point, 3) == u);
        assert_true(at(&zero, SEED, point, 3) == u);
        assert_int_equal(kl_design_row(&zero, point), point);
    }
    kl_design_free(&design);
    kl_design_free(&zero);
}

static void a_cube_is_its_coordinates(void **state)
{
    (void)state;
    for (int kind = 0; kind < KL_N_DESIGN_KINDS; kind++) {
        kl_design design = make_any((kl_design_kind)kind, 4);
        int n = design.n_factors ? design.n_factors : N_INPUTS, n_points = kl_design_n_points(&design);
        double *u = calloc((size_t)(n_points - 1) * (size_t)n, sizeof *u);
        assert_non_null(u);
        kl_design_cube(&design, SEED, 1, n_points - 1, u);
        for (int point = 1; point < n_points; point++)
            for (int i = 0; i < n; i++) {
                assert_true(u[(point - 1) * n + i] == at(&design, SEED, point, i));
                int level = kl_design_level(&design, SEED, point, i < design.n_factors ? i : 0);
                assert_int_equal(level >= 0, kind == KL_DESIGN_FACTORIAL || kind == KL_DESIGN_MORRIS);
            }
        free(u);
        kl_design_free(&design);
    }
}

/* ---- refusals ---- */

static void a_kind_has_a_word_and_a_word_a_kind(void **state)
{
    (void)state;
    for (int kind = 0; kind < KL_N_DESIGN_KINDS; kind++)
        assert_int_equal(kl_design_kind_find(kl_design_kind_word((kl_design_kind)kind)), kind);
    assert_int_equal(kl_design_kind_find("sobel"), KL_N_DESIGN_KINDS);
    assert_string_equal(kl_design_kind_word(KL_N_DESIGN_KINDS), "unknown");
    assert_string_equal(kl_design_kind_word((kl_design_kind)-1), "unknown");
}

static void refuse(const kl_design_spec *spec, const char *says)
{
    kl_design design;
    const char *sentence = "";
    assert_int_equal(kl_design_make(&design, spec, &sentence), KL_ERR_ARGUMENT);
    assert_non_null(strstr(sentence, says));
    assert_int_equal(kl_design_make(&design, spec, NULL), KL_ERR_ARGUMENT);
    assert_null(design.input);
    kl_design_free(&design);
}

static void what_cannot_be_made_is_refused_with_a_sentence(void **state)
{
    (void)state;
    static kl_design_input many[KL_SOBOL_DIMENSIONS + 1];
    kl_design_input input[2] = {{"a", 0, 2}, {"b", -1, 0}}, one = {"a", 0, 1}, large = {"a", 0, 100000};
    kl_design_input none = {"a", -1, 0}, squares[2] = {large, large};
    refuse(&(kl_design_spec){.kind = KL_N_DESIGN_KINDS, .n_rows = 1}, "a kind");
    refuse(&(kl_design_spec){.kind = KL_DESIGN_SOBOL, .n_rows = 0}, "at least one row");
    for (int kind = KL_DESIGN_FACTORIAL; kind <= KL_DESIGN_MORRIS; kind++)
        refuse(&(kl_design_spec){(kl_design_kind)kind, 4, 0, 4, 1, &none}, "nothing to be a factor");
    refuse(&(kl_design_spec){KL_DESIGN_MORRIS, 4, 0, 5, 2, input}, "even number");
    refuse(&(kl_design_spec){KL_DESIGN_MORRIS, 4, 0, 0, 2, input}, "even number");
    refuse(&(kl_design_spec){KL_DESIGN_MORRIS, 4, 0, 1002, 2, input}, "even number");
    refuse(&(kl_design_spec){KL_DESIGN_FACTORIAL, 4, 0, 0, 1, &one}, "at least two levels");
    refuse(&(kl_design_spec){KL_DESIGN_FACTORIAL, 1, 0, 0, 2, squares}, "more than 2147483647 points");
    refuse(&(kl_design_spec){KL_DESIGN_FACTORIAL, 30000, 0, 0, 1, &large}, "more than 2147483647 points");
    refuse(&(kl_design_spec){KL_DESIGN_SALTELLI, INT32_MAX, 0, 0, 2, input}, "more than 2147483647 points");
    refuse(&(kl_design_spec){KL_DESIGN_SOBOL, 4, 0, 0, KL_SOBOL_DIMENSIONS + 1, many}, "1024 dimensions");
    refuse(&(kl_design_spec){KL_DESIGN_SALTELLI, 4, 0, 0, KL_SOBOL_DIMENSIONS / 2 + 1, many}, "1024 dimensions");
    kl_design_spec spec = {KL_DESIGN_SALTELLI, 4, 0, 0, KL_SOBOL_DIMENSIONS / 2, many};
    kl_design design;
    assert_int_equal(kl_design_make(&design, &spec, NULL), KL_OK);
    kl_design_free(&design);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_unscrambled_sequence_is_that_of_joe_and_kuo),
        cmocka_unit_test(all_dimensions_together_have_the_known_checksum),
        cmocka_unit_test(scrambling_keeps_the_net_of_every_pair_of_dimensions),
        cmocka_unit_test(scrambling_is_nested),
        cmocka_unit_test(digits_behind_different_digits_are_flipped_independently),
        cmocka_unit_test(a_scrambled_coordinate_is_uniform_over_seeds),
        cmocka_unit_test(even_designs_integrate_a_smooth_function_better_than_monte_carlo),
        cmocka_unit_test(a_latin_hypercube_has_one_point_in_every_stratum),
        cmocka_unit_test(all_orders_of_the_strata_are_equally_likely),
        cmocka_unit_test(inputs_of_a_latin_hypercube_are_ordered_independently),
        cmocka_unit_test(a_factorial_has_every_cell_once_in_every_draw),
        cmocka_unit_test(a_saltelli_row_mixes_two_samples_one_factor_at_a_time),
        cmocka_unit_test(both_samples_of_saltelli_are_even),
        cmocka_unit_test(a_trajectory_moves_every_factor_once_by_half_the_levels),
        cmocka_unit_test(coordinates_lie_within_the_open_cube),
        cmocka_unit_test(a_design_that_grows_keeps_its_points_bit_for_bit_but_for_latin_hypercubes),
        cmocka_unit_test(coordinates_hang_on_the_seed_and_the_name),
        cmocka_unit_test(monte_carlo_is_one_draw_a_name_and_a_zeroed_design_is_monte_carlo),
        cmocka_unit_test(a_cube_is_its_coordinates),
        cmocka_unit_test(a_kind_has_a_word_and_a_word_a_kind),
        cmocka_unit_test(what_cannot_be_made_is_refused_with_a_sentence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
