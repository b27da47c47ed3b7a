/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Random words for many firms at once, as vectors; the same words as one draw each gives. */
#include "core/state.h"
#include "core/vector.h"

KL_VECTOR static void draw_rows(kl_key key, kl_purpose purpose, uint32_t index, uint32_t first, int n,
                                uint32_t *restrict w0, uint32_t *restrict w1, uint32_t *restrict w2,
                                uint32_t *restrict w3)
{
    KL_INDEPENDENT
    for (int i = 0; i < n; i++) {
        kl_words draw = kl_draw_lane(key, first + (uint32_t)i, purpose, index);
        w0[i] = draw.w[0];
        w1[i] = draw.w[1];
        w2[i] = draw.w[2];
        w3[i] = draw.w[3];
    }
}

void kl_words_draw(kl_key key, kl_purpose purpose, uint32_t index, int first, int n, uint32_t *const row[4])
{
    draw_rows(key, purpose, index, (uint32_t)first, n, row[0], row[1], row[2], row[3]);
}

KL_VECTOR static void draw_firsts(kl_key key, kl_purpose purpose, const uint32_t *restrict entity,
                                  const uint32_t *restrict index, int n, uint32_t *restrict word)
{
    KL_INDEPENDENT
    for (int i = 0; i < n; i++)
        word[i] = kl_draw_lane(key, entity[i], purpose, index[i]).w[0];
}

void kl_words_pick(kl_key key, kl_purpose purpose, const uint32_t *entity, const uint32_t *index, int n, uint32_t *word)
{
    draw_firsts(key, purpose, entity, index, n, word);
}

int kl_words_below(double chance, uint32_t *last)
{
    double words = ceil(chance * 0x1p32 - 0.5); /* word + 1/2 < chance 2^32; both sides are exact */
    if (!(words > 0))
        return 0;
    *last = words < 0x1p32 ? (uint32_t)words - 1 : UINT32_MAX;
    return 1;
}
