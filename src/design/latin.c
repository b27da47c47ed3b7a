/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Latin hypercubes (McKay, Beckman & Conover 1979, doi:10.2307/1268522): each input has one point in each of n strata,
 * in an order of its own. The order is a permutation of 0..n-1 that no memory holds: a generalised Feistel network on
 * a grid of about sqrt n x sqrt n numbers (Black & Rogaway 2002, doi:10.1007/3-540-45760-7_9), walked along its cycle
 * until the number is below n. */
#include <math.h>

#include "design/coordinate.h"

/* Four suffice for a large n in theory; for a small one all orders are about equally likely from twenty on (tested). */
#define ROUNDS 24

uint32_t kl_latin_stratum(uint64_t seed, uint32_t entity, uint32_t point, uint32_t n)
{
    uint32_t a = (uint32_t)ceil(sqrt((double)n)), b = (n + a - 1) / a; /* a b >= n, hardly larger */
    uint32_t x = point;
    do {
        uint32_t high = x % a, low = x / a;
        for (uint32_t round = 0; round < ROUNDS; round++) {
            kl_key key = kl_key_of(seed, round, KL_NO_REPLICATE);
            uint32_t *to = round & 1 ? &low : &high, size = round & 1 ? b : a;
            kl_words words = kl_draw(key, entity, KL_DRAW_STRATUM, round & 1 ? high : low);
            *to = (*to + kl_below(words.w[0], size)) % size;
        }
        x = low * a + high;
    } while (x >= n);
    return x;
}
