/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Sorting firms by a key, largest key first and equal keys by index. Heapsort: in place, n log n at worst, and the order is
 * total, so the result does not depend on the algorithm. */
#include "core/state.h"

/* Does a come after b? */
static int is_after(int32_t a, int32_t b, const float *key)
{
    return key[a] < key[b] || (key[a] == key[b] && a > b);
}

static void sift_down(int32_t *heap, int root, int n, const float *key)
{
    int32_t moving = heap[root];
    for (int child; (child = 2 * root + 1) < n; root = child) {
        if (child + 1 < n && is_after(heap[child + 1], heap[child], key))
            child++;
        if (!is_after(heap[child], moving, key))
            break;
        heap[root] = heap[child];
    }
    heap[root] = moving;
}

void kl_firms_sort(int32_t *firm, int n, const float *key)
{
    for (int i = n / 2 - 1; i >= 0; i--)
        sift_down(firm, i, n, key);
    for (int last = n - 1; last > 0; last--) {
        int32_t top = firm[0];
        firm[0] = firm[last];
        firm[last] = top;
        sift_down(firm, 0, last, key);
    }
}
