/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Ties once more, 16 firms side by side (sliced ELLPACK, Monakov et al. 2010): the k-th ties of 16 firms stand next to each
 * other, as many rows as the best connected of them has ties, so that all 16 are read at once. Where hubs would make that too
 * large, the adjacency is read firm by firm. */
#include "core/state.h"
#include "core/vector.h"

#define FEW 64 /* firms whose numbers fit into four registers of 512 bits */

static int slice_width(const kl_state *s, int begin)
{
    int width = 0;
    for (int l = 0; l < KL_LANES; l++)
        width = s->ties_n[begin + l] > width ? s->ties_n[begin + l] : width;
    return width;
}

/* Missing ties are those to firm 0, and never read as such. */
static void fill_slices(kl_state *s, const void *with, int first, int end, double *sum)
{
    (void)with;
    (void)sum;
    for (int begin = first; begin < end; begin += KL_LANES) {
        const int start = s->slice_start[begin / KL_LANES], width = s->slice_start[begin / KL_LANES + 1] - start;
        int32_t *row = s->tie_row_storage + (size_t)start * KL_LANES;
        for (int l = 0; l < KL_LANES; l++) {
            const int32_t *tie = s->ties + s->ties_start[begin + l];
            for (int k = 0; k < width; k++)
                row[k * KL_LANES + l] = k < s->ties_n[begin + l] ? tie[k] : 0;
        }
    }
}

/* Over the edge lists, which nobody needs any more. */
void kl_ties_align(kl_state *s)
{
    size_t rows = 0;
    s->tie_rows = NULL;
#ifndef KL_WIDE
    return;
#endif
    if (!s->ties)
        return;
    s->slice_start[0] = 0;
    for (int begin = 0; begin < s->n_padded; begin += KL_LANES) {
        rows += (size_t)slice_width(s, begin);
        if (rows * KL_LANES > s->tie_row_capacity)
            return;
        s->slice_start[begin / KL_LANES + 1] = (int32_t)rows;
    }
    kl_spans(s, fill_slices, NULL, 0, NULL);
    s->tie_rows = s->tie_row_storage;
}

/* Mean of x over each firm's tied firms, in the order of its ties: 16 firms at once, where the processor can read 16 (or 8)
 * scattered numbers at once. Compilers do not find that in a loop. The function below this one says what is computed. */
#ifdef KL_WIDE
__attribute__((target("avx512f"))) static void mean_by_sixteen(const kl_state *s, const float *x, int begin, int end,
                                                               float *mean)
{
    for (int i = begin; i < end; i += KL_LANES) {
        const int first = s->slice_start[i / KL_LANES], width = s->slice_start[i / KL_LANES + 1] - first;
        const __m512i n = _mm512_loadu_si512(s->ties_n + i);
        __m512 sum = _mm512_setzero_ps();
        for (int k = 0; k < width; k++) {
            const __m512i tie = _mm512_loadu_si512(s->tie_rows + (size_t)(first + k) * KL_LANES);
            const __mmask16 is_tie = _mm512_cmpgt_epi32_mask(n, _mm512_set1_epi32(k));
            sum = _mm512_add_ps(sum, _mm512_mask_i32gather_ps(_mm512_setzero_ps(), is_tie, tie, x, sizeof *x));
        }
        _mm512_storeu_ps(mean + i, _mm512_mul_ps(sum, _mm512_loadu_ps(s->inverse_ties + i)));
    }
}

/* The same for a cluster of 64 firms and less: x lies in four registers, and nothing is read but ties. */
__attribute__((target("avx512f"))) static void mean_of_few(const kl_state *s, const float *x, float *mean)
{
    __m512 table[FEW / KL_LANES];
    for (int k = 0; k < FEW / KL_LANES; k++)
        table[k] = k * KL_LANES < s->n_padded ? _mm512_loadu_ps(x + k * KL_LANES) : _mm512_setzero_ps();
    for (int i = 0; i < s->n_padded; i += KL_LANES) {
        const int first = s->slice_start[i / KL_LANES], width = s->slice_start[i / KL_LANES + 1] - first;
        const __m512i n = _mm512_loadu_si512(s->ties_n + i);
        __m512 sum = _mm512_setzero_ps();
        for (int k = 0; k < width; k++) {
            const __m512i tie = _mm512_loadu_si512(s->tie_rows + (size_t)(first + k) * KL_LANES);
            const __mmask16 is_tie = _mm512_cmpgt_epi32_mask(n, _mm512_set1_epi32(k));
            const __mmask16 is_high = _mm512_test_epi32_mask(tie, _mm512_set1_epi32(FEW / 2));
            const __m512 low = _mm512_permutex2var_ps(table[0], tie, table[1]);
            const __m512 high = _mm512_permutex2var_ps(table[2], tie, table[3]);
            sum = _mm512_mask_add_ps(sum, is_tie, sum, _mm512_mask_blend_ps(is_high, low, high));
        }
        _mm512_storeu_ps(mean + i, _mm512_mul_ps(sum, _mm512_loadu_ps(s->inverse_ties + i)));
    }
}

__attribute__((target("avx2"))) static void mean_by_eight(const kl_state *s, const float *x, int begin, int end,
                                                          float *mean)
{
    for (int i = begin; i < end; i += 8) {
        const int first = s->slice_start[i / KL_LANES], width = s->slice_start[i / KL_LANES + 1] - first;
        const int32_t *row = s->tie_rows + (size_t)first * KL_LANES + i % KL_LANES;
        const __m256i n = _mm256_loadu_si256((const __m256i *)(const void *)(s->ties_n + i));
        __m256 sum = _mm256_setzero_ps();
        for (int k = 0; k < width; k++, row += KL_LANES) {
            const __m256i tie = _mm256_loadu_si256((const __m256i *)(const void *)row);
            const __m256 is_tie = _mm256_castsi256_ps(_mm256_cmpgt_epi32(n, _mm256_set1_epi32(k)));
            sum = _mm256_add_ps(sum, _mm256_mask_i32gather_ps(_mm256_setzero_ps(), x, tie, is_tie, sizeof *x));
        }
        _mm256_storeu_ps(mean + i, _mm256_mul_ps(sum, _mm256_loadu_ps(s->inverse_ties + i)));
    }
}
#endif

static void mean_by_firm(const kl_state *s, const float *restrict x, int begin, int end, float *restrict mean)
{
    for (int i = begin; i < end; i++) {
        const int32_t *restrict tie = s->ties + s->ties_start[i];
        const int n = s->ties_n[i];
        float sum = 0;
        for (int e = 0; e < n; e++)
            sum += x[tie[e]];
        mean[i] = sum * s->inverse_ties[i];
    }
}

void kl_ties_mean(const kl_state *s, const float *x, double total, int begin, int end, float *mean)
{
    for (int i = begin; !s->ties && i < end; i++)
        mean[i] = ((float)total - x[i]) * s->inverse_ties[i];
    if (!s->ties)
        return;
#ifdef KL_WIDE
    if (s->tie_rows && s->n_padded <= FEW && __builtin_cpu_supports("avx512f")) {
        mean_of_few(s, x, mean);
        return;
    }
    if (s->tie_rows && __builtin_cpu_supports("avx512f")) {
        mean_by_sixteen(s, x, begin, end, mean);
        return;
    }
    if (s->tie_rows && __builtin_cpu_supports("avx2")) {
        mean_by_eight(s, x, begin, end, mean);
        return;
    }
#endif
    mean_by_firm(s, x, begin, end, mean);
}
