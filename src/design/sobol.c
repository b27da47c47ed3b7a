/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The Sobol sequence and its scrambling.
 *
 * Scrambling is Owen's nested uniform one (1995, doi:10.1007/978-1-4612-2552-2_19), done exactly: each digit is flipped
 * or not by a bit of its own for every combination of the digits before it. The bits are drawn when they are needed:
 * one draw gives 128 of them, enough for the 127 nodes of seven levels of the tree of digits, so that 32 digits take
 * five draws. */
#include "design/coordinate.h"

#define DIGITS 32
#define LEVELS_A_DRAW 7
#define DEGREE_MAX 13

typedef struct sobol_row {
    uint8_t degree;
    uint16_t inner;
    uint16_t m[DEGREE_MAX];
} sobol_row;

static const sobol_row rows[KL_SOBOL_DIMENSIONS - 1] = {
#define KL_SOBOL(degree, inner, ...) {degree, inner, {__VA_ARGS__}},
#include "design/sobol.def"
#undef KL_SOBOL
};

void kl_sobol_directions(int dimension, uint32_t direction[32])
{
    if (dimension == 0) { /* van der Corput */
        for (int i = 0; i < DIGITS; i++)
            direction[i] = UINT32_C(1) << (DIGITS - 1 - i);
        return;
    }
    const sobol_row *row = &rows[dimension - 1];
    int s = row->degree;
    for (int i = 0; i < s; i++)
        direction[i] = (uint32_t)row->m[i] << (DIGITS - 1 - i);
    for (int i = s; i < DIGITS; i++) {
        direction[i] = direction[i - s] ^ (direction[i - s] >> s);
        for (int k = 1; k < s; k++)
            if ((row->inner >> (s - 1 - k)) & 1)
                direction[i] ^= direction[i - k];
    }
}

uint32_t kl_sobol_word(const uint32_t direction[32], uint32_t index)
{
    uint32_t word = 0, code = index ^ (index >> 1);
    for (int i = 0; code; i++, code >>= 1)
        if (code & 1)
            word ^= direction[i];
    return word;
}

uint32_t kl_sobol_scramble(uint64_t seed, uint32_t entity, int sample, uint32_t word)
{
    kl_key key = kl_key_of(seed, 0, KL_NO_REPLICATE);
    uint32_t flips = 0;
    for (int top = 0; top < DIGITS; top += LEVELS_A_DRAW) {
        uint32_t above = top ? word >> (DIGITS - top) : 0; /* the digits before this subtree: which one it is */
        uint32_t subtree = (uint32_t)sample << 31 | UINT32_C(1) << top | above;
        kl_words bits = kl_draw(key, entity, KL_DRAW_SCRAMBLE, subtree);
        uint32_t node = 1; /* of the subtree, numbered as in a heap */
        for (int digit = top; digit < top + LEVELS_A_DRAW && digit < DIGITS; digit++) {
            int place = DIGITS - 1 - digit;
            flips |= (bits.w[node >> 5] >> (node & 31) & 1) << place;
            node = node << 1 | (word >> place & 1);
        }
    }
    return word ^ flips;
}
