/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Ties once more, 16 firms side by side (sliced ELLPACK, Monakov et al. 2010): the k-th ties of 16 firms stand next to each
 * other, as many rows as the best connected of them has ties, so that all 16 are read at once. Where hubs would make that too
 * large, the adjacency is read firm by firm. */
#include "core/state.h"
#include "core/vector.h"

static int slice_width(const kl_state *s, int begin)
{
    int width = 0;
    for (int l = 0; l < KL_LANES; l++)
        width = s->ties_n[begin + l] > width ? s->ties_n[begin + l] : width;
    return width;
}

/* Over the edge lists, which nobody needs any more. Missing ties are those to firm 0, and never read as such. */
void kl_ties_align(kl_state *s)
{
    size_t at = 0;
    s->tie_rows = NULL;
    if (!s->ties)
        return;
    for (int begin = 0; begin < s->n_padded; begin += KL_LANES) {
        int width = slice_width(s, begin);
        if (at + (size_t)width * KL_LANES > s->tie_row_capacity)
            return;
        int32_t *row = s->tie_row_storage + at;
        s->slice_start[begin / KL_LANES] = (int32_t)(at / KL_LANES);
        for (int l = 0; l < KL_LANES; l++) {
            const int32_t *tie = s->ties + s->ties_start[begin + l];
            for (int k = 0; k < width; k++)
                row[k * KL_LANES + l] = k < s->ties_n[begin + l] ? tie[k] : 0;
        }
        at += (size_t)width * KL_LANES;
        s->slice_start[begin / KL_LANES + 1] = (int32_t)(at / KL_LANES);
    }
    s->tie_rows = s->tie_row_storage;
}

/* Mean of x over each firm's tied firms, in the order of its ties, for slices of 16. */
KL_VECTOR static void mean_by_slice(const kl_state *s, const float *restrict x, int begin, int end, float *restrict mean)
{
    for (int i = begin; i < end; i += KL_LANES) {
        const int32_t *restrict n = s->ties_n + i;
        const float *restrict inverse = s->inverse_ties + i;
        const int first = s->slice_start[i / KL_LANES], width = s->slice_start[i / KL_LANES + 1] - first;
        float sum[KL_LANES] = {0};
        for (int k = 0; k < width; k++) {
            const int32_t *restrict tie = s->tie_rows + (size_t)(first + k) * KL_LANES;
            for (int l = 0; l < KL_LANES; l++) {
                float tied = x[tie[l]];
                sum[l] += k < n[l] ? tied : 0.0f;
            }
        }
        for (int l = 0; l < KL_LANES; l++)
            mean[i + l] = sum[l] * inverse[l];
    }
}

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
    if (s->tie_rows)
        mean_by_slice(s, x, begin, end, mean);
    else if (s->ties)
        mean_by_firm(s, x, begin, end, mean);
}
