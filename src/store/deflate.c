/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Every plane is cut into blocks. A block is stored, or coded with its own Huffman codes or the fixed ones, whichever is shortest.
 * What is coded are literals and runs, that is matches at distance 1. Reads and writes memory, nothing else. */
#include "store/deflate.h"

#include <libdeflate.h>
#include <string.h>

#include "core/vector.h"
#include "store/buffer.h"

#define BLOCK_MAX 65535 /* of a stored block */
#define END 256         /* the symbol behind the last one */
#define RUN_MIN 3
#define RUN_MAX 258
#define SHORTEST 257 /* symbol of a match of RUN_MIN bytes */
#define LONGEST 285  /* of RUN_MAX */
/* To make codes takes time: so few bytes are worth it where codes spare so many bits of 8 bytes. */
#define SMALL 4096
#define GAIN 24

void kl_deflate_init(kl_deflate *deflate)
{
    kl_huffman_fixed(&deflate->fixed);
}

/* ---- bits ---- */

typedef struct writer {
    uint8_t *to;
    uint64_t bits; /* not written yet, the first one lowest */
    int n;         /* of them; below 8 between two calls */
} writer;

/* At most 48 bits. Writes 8 bytes, of which the next ones overwrite what was not due yet. */
static inline void put(writer *w, uint64_t bits, int n)
{
    w->bits |= bits << w->n;
    w->n += n;
    kl_bytes_put(w->to, 8, w->bits);
    w->to += w->n / 8;
    w->bits >>= w->n & ~7;
    w->n &= 7;
}

static void end_byte(writer *w)
{
    if (w->n > 0)
        put(w, 0, 8 - w->n);
}

/* ---- runs ---- */

static size_t run_length(const uint8_t *x, size_t left)
{
    size_t n = 1;
    const uint64_t same = x[0] * UINT64_C(0x0101010101010101);
    uint64_t next;
    for (; n + sizeof next <= left; n += sizeof next) {
        memcpy(&next, x + n, sizeof next);
        if (next != same)
            break;
    }
    while (n < left && x[n] == x[0])
        n++;
    return n;
}

/* Symbol, number and value of the bits behind it, of a match so long. */
static int length_symbol(size_t length, int *n_bits, int *bits)
{
    static const uint16_t first[29] = {3,  4,  5,  6,  7,  8,  9,  10, 11,  13,  15,  17,  19,  23, 27,
                                       31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258};
    int i = 28;
    while (first[i] > length)
        i--;
    *n_bits = i < 8 || i == 28 ? 0 : (i - 4) / 4;
    *bits = (int)length - first[i];
    return SHORTEST + i;
}

/* At least 4 bytes: what is shorter is as short in literals. */
static inline int is_run(const uint8_t *x, size_t left)
{
    uint32_t next;
    if (left < sizeof next)
        return 0;
    memcpy(&next, x, sizeof next);
    return next == x[0] * UINT32_C(0x01010101);
}

/* Symbols of a run behind its first byte: whole matches, then another, then literals. */
typedef struct rest {
    size_t n_whole;
    int match, n_bits, bits; /* match 0: none */
    int n_literals;
} rest;

static rest rest_of(size_t run)
{
    size_t n = run - 1;
    rest r = {.n_whole = n / RUN_MAX};
    n -= r.n_whole * RUN_MAX;
    if (n >= RUN_MIN)
        r.match = length_symbol(n, &r.n_bits, &r.bits);
    else
        r.n_literals = (int)n;
    return r;
}

/* How often every byte comes, where runs are too rare to matter. */
static void count_bytes(const uint8_t *x, size_t n, uint32_t *times)
{
    for (size_t i = 0; i < n; i++)
        times[x[i]]++;
    times[END]++;
}

/* How often every symbol comes; returns the bits behind them: of lengths, and one for each distance. */
static size_t count_runs(const uint8_t *x, size_t n, uint32_t *times)
{
    size_t more = 0;
    for (size_t i = 0; i < n;) {
        if (!is_run(x + i, n - i)) {
            times[x[i++]]++;
            continue;
        }
        size_t run = run_length(x + i, n - i);
        rest r = rest_of(run);
        times[x[i]] += 1 + (uint32_t)r.n_literals;
        times[LONGEST] += (uint32_t)r.n_whole;
        times[r.match ? r.match : END] += r.match != 0;
        more += r.n_whole + (r.match ? 1 + (size_t)r.n_bits : 0);
        i += run;
    }
    times[END]++;
    return more;
}

static inline void put_symbol(writer *w, const kl_huffman *code, int symbol)
{
    put(w, code->bits[symbol], code->length[symbol]);
}

/* Two bytes at a time: together they have at most 30 bits. */
static void put_bytes(writer *w, const kl_huffman *code, const uint8_t *x, size_t n)
{
    size_t i = 0;
    for (; i + 2 <= n; i += 2) {
        int first = code->length[x[i]];
        put(w, code->bits[x[i]] | (uint64_t)code->bits[x[i + 1]] << first, first + code->length[x[i + 1]]);
    }
    if (i < n)
        put_symbol(w, code, x[i]);
    put_symbol(w, code, END);
}

static void put_runs(writer *w, const kl_huffman *code, int distance_bits, const uint8_t *x, size_t n)
{
    for (size_t i = 0; i < n;) {
        put_symbol(w, code, x[i]);
        if (!is_run(x + i, n - i)) {
            i++;
            continue;
        }
        size_t run = run_length(x + i, n - i);
        rest r = rest_of(run);
        for (size_t k = 0; k < r.n_whole; k++)
            put(w, code->bits[LONGEST], code->length[LONGEST] + distance_bits);
        if (r.match) {
            put_symbol(w, code, r.match);
            put(w, (uint64_t)r.bits, r.n_bits + distance_bits);
        }
        for (int k = 0; k < r.n_literals; k++)
            put_symbol(w, code, x[i]);
        i += run;
    }
    put_symbol(w, code, END);
}

/* With one bit a distance for own codes, 5 for the fixed ones. */
static void put_block(writer *w, const kl_huffman *code, int distance_bits, int has_runs, const uint8_t *x, size_t n)
{
    if (has_runs)
        put_runs(w, code, distance_bits, x, n);
    else
        put_bytes(w, code, x, n);
}

/* ---- kinds of blocks ---- */

static void put_stored(writer *w, int is_last, const uint8_t *x, size_t n)
{
    put(w, (uint64_t)is_last, 3);
    end_byte(w);
    put(w, n, 16);
    put(w, ~(uint64_t)n & 0xffff, 16);
    memcpy(w->to, x, n);
    w->to += n;
}

/* Bytes that differ from the one before. */
KL_VECTOR static size_t changes(const uint8_t *x, size_t n)
{
    size_t total = 0;
    for (size_t start = 1; start < n; start += 255) {
        size_t end = start + 255 < n ? start + 255 : n;
        unsigned char part = 0;
        for (size_t i = start; i < end; i++)
            part = (unsigned char)(part + (x[i] != x[i - 1]));
        total += part;
    }
    return total;
}

/* 256 values that are all as likely repeat once in 256, 64 of them once in 64: these are worth a code. */
static int is_noise(size_t n, size_t n_changes)
{
    return n - n_changes <= n / 128 + 1;
}

static size_t size_of(const kl_huffman *code, const uint32_t *times)
{
    size_t bits = 0;
    for (int i = 0; i < code->n_used; i++)
        bits += (size_t)times[code->used[i]] * code->length[code->used[i]];
    return bits;
}

/* The fixed codes have 8 bits, but 9 for literals above 143 and 7 for the end and most lengths. */
KL_VECTOR static size_t size_by_fixed(const uint32_t *times, size_t *n_matches)
{
    size_t low = 0, high = 0, end = 0, longest = 0;
    for (int s = 0; s < 144; s++)
        low += times[s];
    for (int s = 144; s < END; s++)
        high += times[s];
    for (int s = END; s < 280; s++)
        end += times[s];
    for (int s = 280; s < KL_HUFFMAN_SYMBOLS; s++)
        longest += times[s];
    *n_matches = end - times[END] + longest;
    return 8 * low + 9 * high + 7 * end + 8 * longest + 4 * *n_matches; /* 5 bits a distance, of which one is counted */
}

static void put_shortest(writer *w, const kl_huffman *fixed, int is_last, const uint8_t *x, size_t n)
{
    uint32_t times[KL_HUFFMAN_SYMBOLS];
    kl_huffman own;
    kl_huffman_header header;
    size_t n_matches, stored = 8 * n + 40;
    size_t n_changes = changes(x, n);
    if (is_noise(n, n_changes)) {
        put_stored(w, is_last, x, n);
        return;
    }
    if (n_changes == 0 && n <= SMALL) {
        put(w, (uint64_t)(is_last | 1 << 1), 3);
        put_block(w, fixed, 5, 1, x, n);
        return;
    }
    int has_runs = n - n_changes > n / 2;
    memset(times, 0, sizeof times);
    size_t more = 0;
    if (has_runs)
        more = count_runs(x, n, times);
    else
        count_bytes(x, n, times);
    size_t by_fixed = size_by_fixed(times, &n_matches) + more;
    size_t best = stored < by_fixed ? stored : by_fixed, by_own = SIZE_MAX;
    size_t gain = n <= SMALL ? n * GAIN / 8 : n / 8;
    gain = gain < best / 4 ? gain : best / 4;
    if (kl_huffman_estimate(times) + more + gain < best) {
        kl_huffman_make(&own, times);
        kl_huffman_describe(&header, &own, n_matches > 0);
        by_own = size_of(&own, times) + more + header.n_bits;
    }
    if (by_own < best) {
        put(w, (uint64_t)(is_last | 2 << 1), 3);
        for (int i = 0; i < header.n; i++)
            put(w, header.bits[i], header.length[i]);
        put_block(w, &own, 1, has_runs, x, n);
    } else if (by_fixed < stored) {
        put(w, (uint64_t)(is_last | 1 << 1), 3);
        put_block(w, fixed, 5, has_runs, x, n);
    } else {
        put_stored(w, is_last, x, n);
    }
}

/* ---- streams ---- */

size_t kl_deflate_bound(size_t n_planes, size_t n)
{
    return 24 + n_planes * (n + 8 * (n / BLOCK_MAX + 1));
}

size_t kl_deflate_planes(const kl_deflate *deflate, uint8_t *to, const uint8_t *bytes, size_t n_planes, size_t n)
{
    writer w = {.to = to};
    put(&w, 0x0178, 16); /* deflate with 32 KiB, the fastest level */
    for (size_t plane = 0; plane < n_planes; plane++)
        for (size_t start = 0; start < n; start += BLOCK_MAX) {
            size_t left = n - start, size = left < BLOCK_MAX ? left : BLOCK_MAX;
            put_shortest(&w, &deflate->fixed, plane + 1 == n_planes && left == size, bytes + plane * n + start, size);
        }
    end_byte(&w);
    uint32_t sum = libdeflate_adler32(1, bytes, n_planes * n);
    for (int shift = 24; shift >= 0; shift -= 8)
        put(&w, sum >> shift & 255, 8);
    return (size_t)(w.to - to);
}
