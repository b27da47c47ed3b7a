/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Sorting firms (core/order.c), by both of its ways: against what the order says of any two neighbours. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/state.h"

enum { MOST = 1000 };

static const int sizes[] = {1, 2, 15, 16, 17, 54, 255, 256, 257, MOST};
enum { N_SIZES = sizeof sizes / sizeof sizes[0] };

/* Keys of `levels` different values, so that many are equal; negative ones and both zeros. */
static void fill(float *key, int n, int levels)
{
    for (int i = 0; i < n; i++) {
        kl_words draw = kl_draw(kl_key_of(6, 0, (uint32_t)levels), (uint32_t)i, KL_DRAW_LOT, (uint32_t)n);
        float level = (float)(int)kl_below(draw.w[0], (uint32_t)levels) - (float)(levels / 2);
        key[i] = level == 0 && draw.w[1] % 2 ? -0.0f : level * 0.375f;
    }
}

static void the_largest_key_comes_first_and_equal_keys_by_index(void **state)
{
    (void)state;
    static int32_t firm[MOST];
    static uint64_t room[2 * MOST];
    static float key[MOST];
    for (int s = 0; s < N_SIZES; s++)
        for (int levels = 1; levels <= 100000; levels *= 10) {
            int n = sizes[s];
            fill(key, n, levels);
            kl_firms_sort(firm, n, key, room);
            for (int i = 1; i < n; i++) {
                float a = key[firm[i - 1]], b = key[firm[i]];
                assert_true(a > b || (a == b && firm[i - 1] < firm[i]));
            }
        }
}

static void nobody_is_lost(void **state)
{
    (void)state;
    static int32_t firm[MOST];
    static uint64_t room[2 * MOST];
    static float key[MOST];
    for (int s = 0; s < N_SIZES; s++) {
        int n = sizes[s];
        char seen[MOST] = {0};
        fill(key, n, 7);
        kl_firms_sort(firm, n, key, room);
        for (int i = 0; i < n; i++) {
            assert_in_range(firm[i], 0, n - 1);
            assert_false(seen[firm[i]]);
            seen[firm[i]] = 1;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_largest_key_comes_first_and_equal_keys_by_index),
        cmocka_unit_test(nobody_is_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
