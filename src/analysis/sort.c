/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Radix sort of floats, three passes of 11 bits. A float's bits, with the sign bit turned and negative numbers inverted,
 * rise with the float. */
#include "analysis/sort.h"

#include <string.h>

#include "klaster/engine.h"
#include "num/num.h"

#define DIGIT_BITS 11
#define DIGITS (1 << DIGIT_BITS)
#define PASSES 3

uint32_t kl_sort_key(float x)
{
    uint32_t bits = kl_float_bits(x);
    return bits & 0x80000000u ? ~bits : bits | 0x80000000u;
}

float kl_sort_value(uint32_t key)
{
    return kl_bits_float(key & 0x80000000u ? key & 0x7fffffffu : ~key);
}

/* Numbers of keys by digit become the places where they begin. Returns whether all have the same. */
static int begin_digits(int start[DIGITS], int n)
{
    int sum = 0, most = 0;
    for (int d = 0; d < DIGITS; d++) {
        int here = start[d];
        most = here > most ? here : most;
        start[d] = sum;
        sum += here;
    }
    return most == n;
}

static void move(const uint32_t *restrict from, uint32_t *restrict to, int n, int shift, int start[DIGITS])
{
    for (int i = 0; i < n; i++)
        to[start[from[i] >> shift & (DIGITS - 1)]++] = from[i];
}

void kl_sort_floats(float *x, int n)
{
    uint32_t a[KL_FAN_EXACT], b[KL_FAN_EXACT], *from = a, *to = b;
    int start[PASSES][DIGITS];
    if (n < 2)
        return;
    memset(start, 0, sizeof start);
    int is_rising = 1;
    for (int i = 0; i < n; i++) {
        a[i] = kl_sort_key(x[i]);
        is_rising &= i == 0 || a[i] >= a[i - 1];
        for (int p = 0; p < PASSES; p++)
            start[p][a[i] >> (p * DIGIT_BITS) & (DIGITS - 1)]++;
    }
    for (int p = 0; !is_rising && p < PASSES; p++) {
        if (begin_digits(start[p], n))
            continue;
        move(from, to, n, p * DIGIT_BITS, start[p]);
        uint32_t *moved = to;
        to = from;
        from = moved;
    }
    for (int i = 0; i < n; i++)
        x[i] = kl_sort_value(from[i]);
}
