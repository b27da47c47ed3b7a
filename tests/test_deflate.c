/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The compressor of the store: what it makes is read back by another implementation (libdeflate's), is never longer than its bound,
 * and is short where planes are; what a writer of chunks keeps changes no chunk. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <libdeflate.h>

#include "rng/rng.h"
#include "store/chunk.h"

#define KINDS 10

/* Byte i of a plane of a kind. */
static uint8_t byte_of(int kind, kl_words w, size_t i, size_t n)
{
    uint32_t x = w.w[0], run = w.w[1];
    int low = 0;
    switch (kind) {
    case 0: /* noise */
        return (uint8_t)x;
    case 1: /* the same */
        return 190;
    case 2: /* few values */
        return (uint8_t)(x % 5 * 50);
    case 3: /* rising */
        return (uint8_t)(i * 200 / n);
    case 4: /* now and then something */
        return x % 100 ? 0 : (uint8_t)run;
    case 5: /* frequencies of powers of 2: codes as long as they may be, and longer */
        while (low < 20 && x >> low & 1)
            low++;
        return (uint8_t)(low * 11);
    case 6: /* runs of all lengths */
        return (uint8_t)(kl_draw(kl_key_of(5, 0, 0), (uint32_t)(i / (1 + (i / 600) % 300)), KL_DRAW_LOT, 0).w[0]);
    case 7: /* literals beyond 143, which have longer fixed codes */
        return (uint8_t)(200 + x % 3);
    case 8: /* half noise */
        return i < n / 2 ? (uint8_t)x : 7;
    default: /* all values, unevenly */
        return (uint8_t)((x & 255) * (run & 255) / 255);
    }
}

static void fill(uint8_t *plane, int kind, size_t n, uint32_t seed)
{
    for (size_t i = 0; i < n; i++)
        plane[i] = byte_of(kind, kl_draw(kl_key_of(77, seed, (uint32_t)kind), (uint32_t)i, KL_DRAW_LOT, 1), i, n);
}

static size_t pack_and_unpack(const uint8_t *x, size_t n_planes, size_t n)
{
    kl_deflate deflate;
    kl_deflate_init(&deflate);
    size_t bound = kl_deflate_bound(n_planes, n), found = 0;
    uint8_t *packed = malloc(bound), *y = malloc(n_planes * n);
    struct libdeflate_decompressor *decompressor = libdeflate_alloc_decompressor();
    assert_true(packed && y && decompressor);
    size_t size = kl_deflate_planes(&deflate, packed, x, n_planes, n);
    assert_true(size <= bound);
    assert_int_equal(libdeflate_zlib_decompress(decompressor, packed, size, y, n_planes * n, &found),
                     LIBDEFLATE_SUCCESS);
    assert_int_equal(found, n_planes * n);
    assert_memory_equal(x, y, found);
    libdeflate_free_decompressor(decompressor);
    free(packed);
    free(y);
    return size;
}

static void planes_of_every_kind_and_length_come_back(void **state)
{
    static const size_t lengths[] = {1,   2,   3,   4,   5,   31,   128,  255,   256,   257,   258,
                                     259, 260, 261, 262, 263, 1000, 9000, 65535, 65536, 140000};
    (void)state;
    for (size_t l = 0; l < sizeof lengths / sizeof lengths[0]; l++) {
        size_t n = lengths[l], most = n > 9000 ? 2 : 4;
        uint8_t *x = malloc(most * n);
        assert_non_null(x);
        for (int kind = 0; kind < KINDS; kind++) {
            for (size_t p = 0; p < most; p++)
                fill(x + p * n, (kind + (int)p * 3) % KINDS, n, (uint32_t)l);
            (void)pack_and_unpack(x, most, n);
        }
        free(x);
    }
}

/* A run of every length behind every kind of neighbour: lengths of matches have 29 symbols. */
static void runs_of_every_length_come_back(void **state)
{
    enum { MOST = 600 };
    uint8_t x[MOST + 40];
    (void)state;
    for (size_t run = 1; run <= MOST; run++) {
        memset(x, 0, run);
        for (size_t i = run; i < sizeof x; i++)
            x[i] = (uint8_t)(1 + i % 7);
        (void)pack_and_unpack(x, 1, sizeof x);
    }
}

/* Bounds of sizes: what the kinds have of information, and a little. */
static void what_repeats_takes_no_room(void **state)
{
    enum { N = 65535 };
    uint8_t *x = malloc(2 * N);
    (void)state;
    assert_non_null(x);
    memset(x, 0, 2 * N);
    assert_true(pack_and_unpack(x, 2, N) < 2 * (N / 258 * 2 / 8 + 40)); /* matches of 2 bits */
    fill(x, 2, N,
         1); /* 5 values as likely: 2.32 bits each, 2.6 by codes of 2, 2, 2, 3 and 4 bits, where runs have the others */
    assert_true((double)pack_and_unpack(x, 1, N) < N * 2.65 / 8 + 100);
    fill(x, 0, N, 1);
    assert_true(pack_and_unpack(x, 1, N) <= N + 11); /* stored */
    free(x);
}

/* Fletcher's sums as their definition has them: word by word, modulo 65535. */
static uint32_t slow_fletcher(const uint8_t *data, size_t size)
{
    uint32_t first = 0, second = 0;
    int is_zero = 1;
    for (size_t i = 0; i < size; i += 2) {
        uint32_t word = (uint32_t)data[i] << 8 | (i + 1 < size ? data[i + 1] : 0);
        is_zero &= word == 0;
        first = (first + word) % 65535;
        second = (second + first) % 65535;
        if (!is_zero && first == 0) /* HDF5 writes 65535, never 0 but for nothing */
            first = 65535;
        if (!is_zero && second == 0)
            second = 65535;
    }
    return second << 16 | first;
}

static void the_checksum_is_fletchers(void **state)
{
    enum { N = 5000 };
    uint8_t x[N];
    (void)state;
    for (int kind = 0; kind < KINDS; kind++)
        for (size_t n = 0; n <= N; n = n < 1100 ? n + 1 : n + 391) {
            if (n == 0)
                fill(x, kind, N, 3);
            assert_int_equal(kl_fletcher32(x, n), slow_fletcher(x, n));
        }
    memset(x, 255, N);
    assert_int_equal(kl_fletcher32(x, N), slow_fletcher(x, N));
    memset(x, 0, N);
    assert_int_equal(kl_fletcher32(x, N), 0);
}

/* A chunk of rows whose numbers are all `value`, the last one `last`. */
static size_t pack(kl_chunk_writer *writer, kl_number number, double value, double last, size_t n)
{
    kl_variable variable = {.number = number, .fill = number == KL_F32 || number == KL_F64 ? (double)NAN : 0};
    double *x = malloc(n * sizeof *x);
    assert_non_null(x);
    for (size_t i = 0; i < n; i++)
        x[i] = i + 1 < n ? value : last;
    kl_chunk chunk = {.value = x, .n_rows = n, .n_columns = 1, .chunk_rows = n, .chunk_columns = 1};
    size_t size = kl_chunk_pack(writer, &variable, &chunk);
    free(x);
    return size;
}

/* A writer keeps the last chunk of equal numbers; every chunk comes out as from a writer that has made none yet. The second and
 * every other one is like one before it in all but its number, the type of its numbers, how many they are, or the last of them. */
static void what_was_packed_before_leaves_no_trace(void **state)
{
    enum { MOST = 140000 };
    static const struct {
        kl_number number;
        double value, last;
        size_t n;
    } chunks[] = {{KL_F64, NAN, NAN, 128},  {KL_F64, NAN, NAN, 128},  {KL_F64, 0, 0, 128},     {KL_F64, NAN, NAN, 128},
                  {KL_F64, NAN, NAN, 129},  {KL_F64, NAN, 7, 129},    {KL_F64, NAN, NAN, 129}, {KL_F32, 0, 0, 129},
                  {KL_I8, 0, 0, 129},       {KL_F64, 0, 0, 129},      {KL_I32, 0, 0, 129},     {KL_I8, 0, 0, 129},
                  {KL_F64, 1, 1, 1},        {KL_F64, 1, 1, 1},        {KL_F64, 2, 2, 1},       {KL_F64, 2, 2, MOST},
                  {KL_F64, 2, 2, MOST - 1}, {KL_F64, 2, 2, MOST - 1}, {KL_F64, 2, 2, 1}};
    kl_chunk_writer used;
    (void)state;
    assert_int_equal(kl_chunk_writer_init(&used, MOST), KL_OK);
    for (size_t i = 0; i < sizeof chunks / sizeof chunks[0]; i++) {
        kl_chunk_writer fresh;
        assert_int_equal(kl_chunk_writer_init(&fresh, MOST), KL_OK);
        size_t size = pack(&fresh, chunks[i].number, chunks[i].value, chunks[i].last, chunks[i].n);
        assert_true(size > 0);
        assert_int_equal(pack(&used, chunks[i].number, chunks[i].value, chunks[i].last, chunks[i].n), size);
        assert_memory_equal(used.packed, fresh.packed, size);
        kl_chunk_writer_free(&fresh);
    }
    kl_chunk_writer_free(&used);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(planes_of_every_kind_and_length_come_back),
        cmocka_unit_test(runs_of_every_length_come_back),
        cmocka_unit_test(what_repeats_takes_no_room),
        cmocka_unit_test(the_checksum_is_fletchers),
        cmocka_unit_test(what_was_packed_before_leaves_no_trace),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
