/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Radix sort of floats, three passes of 11 bits. A float's bits, with the sign bit turned and negative numbers inverted,
 * rise with the float. */
#include "analysis/sort.h"

#include <string.h>

#include "klaster/engine.h"
#include "num/num.h"

#define DIGITS 2048

uint32_t kl_sort_key(float x)
{
    uint32_t bits = kl_float_bits(x);
    return bits & 0x80000000u ? ~bits : bits | 0x80000000u;
}

float kl_sort_value(uint32_t key)
{
    return kl_bits_float(key & 0x80000000u ? key & 0x7fffffffu : ~key);
}

static void pass(const uint32_t *from, uint32_t *to, int n, int shift)
{
    int start[DIGITS] = {0};
    for (int i = 0; i < n; i++)
        start[from[i] >> shift & (DIGITS - 1)]++;
    for (int d = 0, sum = 0; d < DIGITS; d++) {
        int here = start[d];
        start[d] = sum;
        sum += here;
    }
    for (int i = 0; i < n; i++)
        to[start[from[i] >> shift & (DIGITS - 1)]++] = from[i];
}

void kl_sort_floats(float *x, int n)
{
    uint32_t a[KL_FAN_EXACT], b[KL_FAN_EXACT];
    if (n < 2)
        return;
    for (int i = 0; i < n; i++)
        a[i] = kl_sort_key(x[i]);
    pass(a, b, n, 0);
    pass(b, a, n, 11);
    pass(a, b, n, 22);
    for (int i = 0; i < n; i++)
        x[i] = kl_sort_value(b[i]);
}
