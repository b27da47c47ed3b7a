/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Lengths by Moffat and Katajainen, "In-place calculation of minimum-redundancy codes" (1995), doi:10.1007/3-540-60220-8_79.
 * Where the rarest symbol would get too long a code, frequencies are made more even and it is done again: a bit longer than
 * the best codes of limited length, and seldom. */
#include "store/huffman.h"

#include <string.h>

#include "core/vector.h"
#include "num/num.h"

#define LENGTH_MAX 15
#define N_LENGTHS 19 /* symbols of the description: lengths 0..15, and three kinds of repetition */
#define DESCRIBED_MAX 7
#define LITERALS 257 /* at least so many codes are described */

/* ---- lengths ---- */

/* Rising by frequency, and by symbol where that is the same: the codes do not depend on how it sorts. */
static void sort(uint64_t *key, int n)
{
    static const int gaps[] = {132, 57, 23, 10, 4, 1};
    for (int g = 0; g < 6; g++)
        for (int gap = gaps[g], i = gap; i < n; i++) {
            uint64_t x = key[i];
            int j = i;
            for (; j >= gap && key[j - gap] > x; j -= gap)
                key[j] = key[j - gap];
            key[j] = x;
        }
}

/* Frequencies in rising order become lengths in falling order; n at least 2. */
static void find_lengths(uint32_t *a, int n)
{
    a[0] += a[1];
    int root = 0, leaf = 2, next;
    for (next = 1; next < n - 1; next++) { /* first pass: parents */
        for (int half = 0; half < 2; half++) {
            int is_node = leaf >= n || (root < next && a[root] < a[leaf]);
            uint32_t weight = is_node ? a[root] : a[leaf];
            if (is_node)
                a[root++] = (uint32_t)next;
            else
                leaf++;
            a[next] = half ? a[next] + weight : weight;
        }
    }
    a[n - 2] = 0;
    for (next = n - 3; next >= 0; next--) /* second: depths of the nodes */
        a[next] = a[a[next]] + 1;
    int available = 1, depth = 0;
    root = n - 2;
    for (next = n - 1; available > 0; depth++) { /* third: of the leaves */
        int used = 0;
        for (; root >= 0 && a[root] == (uint32_t)depth; root--)
            used++;
        for (; available > used; available--)
            a[next--] = (uint32_t)depth;
        available = 2 * used;
    }
}

/* Of the symbols used, into `length`, which is 0 else. */
static void make_lengths(const uint32_t *times, int n_used, const uint16_t *used, int most, uint8_t *length)
{
    uint64_t key[KL_HUFFMAN_SYMBOLS];
    uint32_t a[KL_HUFFMAN_SYMBOLS];
    for (int i = 0; i < n_used; i++)
        key[i] = (uint64_t)times[used[i]] << 16 | used[i];
    sort(key, n_used);
    for (int even = 0;; even++) {
        for (int i = 0; i < n_used; i++)
            a[i] = (uint32_t)(key[i] >> 16 >> even) + (even > 0);
        find_lengths(a, n_used);
        if (a[0] <= (uint32_t)most)
            break;
    }
    for (int i = 0; i < n_used; i++)
        length[key[i] & 0xffff] = (uint8_t)a[i];
}

static int list_used(const uint32_t *times, int n, uint16_t *used)
{
    int n_used = 0;
    for (int s = 0; s < n; s++) {
        used[n_used] = (uint16_t)s;
        n_used += times[s] > 0;
    }
    return n_used;
}

/* ---- code words ---- */

/* The last n of 16 bits, turned round. */
static uint16_t reversed(unsigned x, int n)
{
    x = (x & 0x5555) << 1 | (x >> 1 & 0x5555);
    x = (x & 0x3333) << 2 | (x >> 2 & 0x3333);
    x = (x & 0x0f0f) << 4 | (x >> 4 & 0x0f0f);
    x = (x & 0x00ff) << 8 | (x >> 8 & 0x00ff);
    return (uint16_t)(x >> (16 - n));
}

static void assign_bits(const uint8_t *length, int n_used, const uint16_t *used, uint16_t *bits)
{
    unsigned times[LENGTH_MAX + 1] = {0}, next[LENGTH_MAX + 2] = {0};
    for (int i = 0; i < n_used; i++)
        times[length[used[i]]]++;
    for (int l = 1; l <= LENGTH_MAX; l++)
        next[l + 1] = (next[l] + times[l]) << 1;
    for (int i = 0; i < n_used; i++)
        bits[used[i]] = reversed(next[length[used[i]]]++, length[used[i]]);
}

void kl_huffman_make(kl_huffman *code, const uint32_t times[KL_HUFFMAN_SYMBOLS])
{
    uint16_t used[KL_HUFFMAN_SYMBOLS + 1];
    code->n_used = list_used(times, KL_HUFFMAN_SYMBOLS, used);
    memcpy(code->used, used, sizeof code->used);
    memset(code->length, 0, sizeof code->length);
    make_lengths(times, code->n_used, code->used, LENGTH_MAX, code->length);
    assign_bits(code->length, code->n_used, code->used, code->bits);
}

void kl_huffman_fixed(kl_huffman *code)
{
    enum { DEFINED = 288 }; /* two more symbols have code words, which are never used */
    uint8_t length[DEFINED];
    uint16_t bits[DEFINED], used[DEFINED];
    memset(length, 8, DEFINED);
    memset(length + 144, 9, 256 - 144);
    memset(length + 256, 7, 280 - 256);
    for (int s = 0; s < DEFINED; s++)
        used[s] = (uint16_t)s;
    assign_bits(length, DEFINED, used, bits);
    code->n_used = KL_HUFFMAN_SYMBOLS;
    memcpy(code->used, used, sizeof code->used);
    memcpy(code->length, length, sizeof code->length);
    memcpy(code->bits, bits, sizeof code->bits);
}

/* ---- estimates ---- */

#define LOG_BITS 10 /* behind the point of a logarithm */

/* Base 2, from below, at most 0.09 too small: what a float's bits say. Whole numbers, so it is the same on every machine. */
static inline uint32_t rough_log(uint32_t x)
{
    return x ? (kl_float_bits((float)(int32_t)x) - 0x3f800000u) >> (23 - LOG_BITS) : 0;
}

/* Entropy, and 5 bits for each length in the description. */
KL_VECTOR static unsigned estimate(const uint32_t *times)
{
    uint32_t n = 0, n_used = 0, by_symbol = 0;
    for (int s = 0; s < KL_HUFFMAN_SYMBOLS; s++) {
        n += times[s];
        n_used += times[s] > 0;
        by_symbol += times[s] * rough_log(times[s]); /* 2^16 symbols, logarithms below 2^4 */
    }
    return ((n * rough_log(n) - by_symbol) >> LOG_BITS) + 5 * n_used + 50;
}

unsigned kl_huffman_estimate(const uint32_t times[KL_HUFFMAN_SYMBOLS])
{
    return estimate(times);
}

/* ---- descriptions ---- */

/* Lengths with repetitions: symbols of the description and the number behind each. */
typedef struct tokens {
    int n;
    uint8_t symbol[KL_HUFFMAN_SYMBOLS + 1], number[KL_HUFFMAN_SYMBOLS + 1];
} tokens;

static void add(tokens *t, int symbol, int number)
{
    t->symbol[t->n] = (uint8_t)symbol;
    t->number[t->n++] = (uint8_t)number;
}

static void add_run(tokens *t, int length, int run)
{
    while (length == 0 && run >= 3) {
        int part = run < 138 ? run : 138;
        add(t, part < 11 ? 17 : 18, part < 11 ? part - 3 : part - 11);
        run -= part;
    }
    if (length > 0 && run > 3) {
        add(t, length, 0);
        for (run--; run >= 3;) {
            int part = run < 6 ? run : 6;
            add(t, 16, part - 3);
            run -= part;
        }
    }
    for (; run > 0; run--)
        add(t, length, 0);
}

static void put(kl_huffman_header *header, int bits, int length)
{
    header->bits[header->n] = (uint16_t)bits;
    header->length[header->n++] = (uint8_t)length;
    header->n_bits += (unsigned)length;
}

static int bits_behind(int symbol)
{
    return symbol == 16 ? 2 : symbol == 17 ? 3 : symbol == 18 ? 7 : 0;
}

static void put_tokens(kl_huffman_header *header, const tokens *t)
{
    static const uint8_t order[N_LENGTHS] = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
    uint32_t times[N_LENGTHS] = {0};
    uint8_t length[N_LENGTHS] = {0};
    uint16_t bits[N_LENGTHS] = {0}, used[N_LENGTHS + 1];
    for (int i = 0; i < t->n; i++)
        times[t->symbol[i]]++;
    int n_used = list_used(times, N_LENGTHS, used);
    make_lengths(times, n_used, used, DESCRIBED_MAX, length);
    assign_bits(length, n_used, used, bits);
    int n = N_LENGTHS;
    while (n > 4 && length[order[n - 1]] == 0)
        n--;
    put(header, n - 4, 4);
    for (int i = 0; i < n; i++)
        put(header, length[order[i]], 3);
    for (int i = 0; i < t->n; i++)
        put(header, bits[t->symbol[i]] | t->number[i] << length[t->symbol[i]],
            length[t->symbol[i]] + bits_behind(t->symbol[i]));
}

void kl_huffman_describe(kl_huffman_header *header, const kl_huffman *code, int has_distance)
{
    uint8_t length[KL_HUFFMAN_SYMBOLS + 1];
    int n = KL_HUFFMAN_SYMBOLS;
    tokens t;
    t.n = header->n = 0;
    header->n_bits = 0;
    while (n > LITERALS && code->length[n - 1] == 0)
        n--;
    memcpy(length, code->length, (size_t)n);
    length[n] = (uint8_t)has_distance;
    for (int i = 0, run; i <= n; i += run) {
        for (run = 1; i + run <= n && length[i + run] == length[i];)
            run++;
        add_run(&t, length[i], run);
    }
    put(header, n - LITERALS, 5);
    put(header, 0, 5);
    put_tokens(header, &t);
}
