/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Sorting firms by a key, largest key first and equal keys by index. Many: by digits of the key, the last first (radix sort), in
 * time linear in the firms. The order is total, so the result does not depend on the algorithm. */
#include "core/state.h"
#include "core/vector.h"

#define FEW 256 /* firms up to which counting who comes before each, in vectors, is faster */
#define DIGIT_BITS 11
#define N_DIGITS 3
#define DIGITS (1 << DIGIT_BITS)

/* How many firms come before firm i. */
KL_INLINE int rank_of(int i, int n, const float *restrict key)
{
    const float own = key[i];
    int before = 0;
    for (int j = 0; j < n; j++)
        before += (key[j] > own) | ((key[j] == own) & (j < i));
    return before;
}

KL_VECTOR static void sort_few(int32_t *restrict firm, int n, const float *restrict key)
{
    for (int i = 0; i < n; i++)
        firm[rank_of(i, n, key)] = i;
}

/* A word that is the smaller the larger x is, and the same for both zeros. */
KL_INLINE uint32_t descending(float x)
{
    const float whole = x + 0.0f;
    uint32_t bits;
    memcpy(&bits, &whole, sizeof bits);
    return bits >> 31 ? bits : ~(bits | UINT32_C(0x80000000));
}

KL_INLINE uint32_t digit_of(uint64_t entry, int digit)
{
    return (uint32_t)(entry >> (32 + digit * DIGIT_BITS)) & (DIGITS - 1);
}

/* Word of the key, then the firm; and how many of each digit there are. */
static void make_entries(uint64_t *restrict entry, int n, const float *restrict key, int count[N_DIGITS][DIGITS])
{
    memset(count, 0, sizeof(int) * N_DIGITS * DIGITS);
    for (int i = 0; i < n; i++) {
        entry[i] = (uint64_t)descending(key[i]) << 32 | (uint32_t)i;
        for (int d = 0; d < N_DIGITS; d++)
            count[d][digit_of(entry[i], d)]++;
    }
}

/* From `from` to `to` by one digit, equal ones in their order. */
static void place_entries(const uint64_t *restrict from, uint64_t *restrict to, int n, int digit, int *restrict count)
{
    for (int k = 0, at = 0; k < DIGITS; k++) {
        int here = count[k];
        count[k] = at;
        at += here;
    }
    for (int i = 0; i < n; i++)
        to[count[digit_of(from[i], digit)]++] = from[i];
}

static void sort_many(int32_t *firm, int n, const float *key, uint64_t *room)
{
    int count[N_DIGITS][DIGITS];
    uint64_t *from = room, *to = room + n;
    make_entries(from, n, key, count);
    for (int d = 0; d < N_DIGITS; d++) {
        if (count[d][digit_of(from[0], d)] == n) /* all alike */
            continue;
        place_entries(from, to, n, d, count[d]);
        uint64_t *sorted = to;
        to = from;
        from = sorted;
    }
    for (int i = 0; i < n; i++)
        firm[i] = (int32_t)(uint32_t)from[i];
}

void kl_firms_sort(int32_t *firm, int n, const float *key, uint64_t *room)
{
    if (n <= FEW)
        sort_few(firm, n, key);
    else
        sort_many(firm, n, key, room);
}
