/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A loop over firms, cut into spans of 1,024: what threads may share, and small enough for the caches. A span's sums are kept
 * apart and added in the order of the spans, so that nothing depends on who played which. */
#include "core/state.h"
#include "core/vector.h"

typedef struct task {
    kl_state *s;
    kl_span_fn *play;
    const void *with;
    int n_sums;
} task;

static void play_span(void *data, int64_t k)
{
    const task *t = data;
    int begin = (int)k * KL_SPAN, end = begin + KL_SPAN;
    double *sum = t->s->span_sums + k * KL_SPAN_SUMS;
    for (int i = 0; i < t->n_sums; i++)
        sum[i] = 0;
    t->play(t->s, t->with, begin, end < t->s->n_padded ? end : t->s->n_padded, sum);
}

void kl_spans(kl_state *s, kl_span_fn *play, const void *with, int n_sums, double *sum)
{
    for (int i = 0; i < n_sums; i++)
        sum[i] = 0;
    if (s->n_padded <= KL_SPAN) {
        play(s, with, 0, s->n_padded, sum);
        return;
    }
    task t = {s, play, with, n_sums};
    int64_t n = (s->n_padded + KL_SPAN - 1) / KL_SPAN;
    if (s->share)
        s->share(s->share_data, play_span, &t, n);
    else
        for (int64_t k = 0; k < n; k++)
            play_span(&t, k);
    for (int64_t k = 0; k < n; k++)
        for (int i = 0; i < n_sums; i++)
            sum[i] += s->span_sums[k * KL_SPAN_SUMS + i];
}

double kl_spans_part(const kl_state *s, int begin, int k, double total)
{
    return s->n_padded <= KL_SPAN ? total : s->span_sums[begin / KL_SPAN * KL_SPAN_SUMS + k];
}

double kl_spans_largest(const kl_state *s, int k, double total)
{
    double largest = kl_spans_part(s, 0, k, total);
    for (int begin = KL_SPAN; begin < s->n_padded; begin += KL_SPAN) {
        double part = kl_spans_part(s, begin, k, total);
        largest = part > largest ? part : largest;
    }
    return largest;
}

double kl_spans_product(const kl_state *s, int k, double total)
{
    double product = kl_spans_part(s, 0, k, total);
    for (int begin = KL_SPAN; begin < s->n_padded; begin += KL_SPAN)
        product *= kl_spans_part(s, begin, k, total);
    return product;
}
