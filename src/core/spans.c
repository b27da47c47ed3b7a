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

void kl_spans_many(kl_state *s, kl_span_fn *play, const void *with, int n_sums, double *sum)
{
    for (int i = 0; i < n_sums; i++)
        sum[i] = 0;
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

/* ---- bytes ---- */

#define PIECE ((size_t)1 << 18)

typedef struct copy {
    char *to;
    const char *from;
    size_t bytes;
} copy;

static void copy_piece(void *data, int64_t k)
{
    const copy *c = data;
    size_t at = (size_t)k * PIECE, bytes = c->bytes - at < PIECE ? c->bytes - at : PIECE;
    if (c->from)
        memcpy(c->to + at, c->from + at, bytes);
    else
        memset(c->to + at, 0, bytes);
}

void kl_bytes_copy(kl_state *s, void *to, const void *from, size_t bytes)
{
    copy c = {to, from, bytes};
    if (s->share && bytes > PIECE)
        s->share(s->share_data, copy_piece, &c, (int64_t)((bytes + PIECE - 1) / PIECE));
    else if (from)
        memcpy(to, from, bytes);
    else
        memset(to, 0, bytes);
}
