/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Sorting firms by a key, largest key first and equal keys by index. Many: heapsort, in place and n log n at worst. The order is
 * total, so the result does not depend on the algorithm. */
#include "core/state.h"
#include "core/vector.h"

#define FEW 256 /* firms up to which counting who comes before each, in vectors, is faster */

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

void kl_firms_sort(int32_t *firm, int n, const float *key)
{
    if (n <= FEW) {
        sort_few(firm, n, key);
        return;
    }
    for (int i = 0; i < n; i++)
        firm[i] = i;
    for (int i = n / 2 - 1; i >= 0; i--)
        sift_down(firm, i, n, key);
    for (int last = n - 1; last > 0; last--) {
        int32_t top = firm[0];
        firm[0] = firm[last];
        firm[last] = top;
        sift_down(firm, 0, last, key);
    }
}
