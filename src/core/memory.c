/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The one allocation of a run: a single block, carved into aligned arrays. It is kept between runs and only grows. The only
 * file of the core that allocates. */
#include <stdlib.h>
#include <string.h>

#include "core/state.h"
#include "core/vector.h"

#define KL_ALIGN 64

static size_t round_up(size_t bytes)
{
    return (bytes + KL_ALIGN - 1) / KL_ALIGN * KL_ALIGN;
}

/* Edges that a graph of this law can have. The random graph draws a binomial number: ten standard deviations and a few
 * more than its mean are never exceeded in practice, and the draw stops there. */
size_t kl_edges_capacity(const kl_params *p)
{
    double n = p->firms, mean = n * p->degree / 2;
    if (p->graph == kl_graph_complete)
        return 0;
    if (p->graph == kl_graph_random)
        return (size_t)(mean + 10 * sqrt(mean) + 16);
    return (size_t)p->firms * (size_t)(p->degree / 2 + 1) + 16;
}

/* Bytes at the start of the block that stay as they are between the runs of one world. None where adoption.c plays firms that are
 * alike: it clears what it needs to itself. */
static size_t bytes_kept(const kl_params *p)
{
    return kl_adoption_is_alike(p) ? 0 : round_up(sizeof(uint32_t) * kl_clocks_words(kl_padded(p->firms)));
}

/* Markets in a row of exit months, read at once. */
static int market_row(const kl_params *p)
{
    return p->markets <= 16 ? 16 : 32;
}

/* Walk over the arrays: with base NULL only the size is counted, else the pointers are set. What must be zero at the start of a
 * run stands before exit_month; what follows is written before it is read. */
static size_t carve(kl_state *s, char *base, const kl_params *p, int horizon)
{
    if (kl_adoption_is_alike(p))
        return kl_adoption_carve(s, base, p, horizon);
    size_t at = bytes_kept(p), n = (size_t)kl_padded(p->firms), edges = kl_edges_capacity(p);
    if (base)
        kl_clocks_place(&s->clocks, (uint32_t *)(void *)base, kl_padded(p->firms));
#define KL_TAKE(pointer, type, count)                        \
    do {                                                     \
        if (base)                                            \
            (pointer) = (type *)(void *)(base + at);         \
        at += round_up(sizeof(type) * (size_t)(count)) + 64; \
    } while (0)
#define KL_CARVE(name) KL_TAKE(s->name, float, n);
    KL_FLOAT_ARRAYS(KL_CARVE)
#undef KL_CARVE
#define KL_CARVE(name) KL_TAKE(s->name, int32_t, n);
    KL_INT_ARRAYS(KL_CARVE)
#undef KL_CARVE
#define KL_CARVE(name) KL_TAKE(s->sum_##name, double, horizon);
    KL_MONTH_SUMS(KL_CARVE)
#undef KL_CARVE
    for (int i = 0; i < KL_N_SERIES; i++)
        KL_TAKE(s->series[i], float, horizon);
    size_t course = at;
    if (base)
        s->course = base + at;
#define KL_CARVE(name) KL_TAKE(s->name, float, n);
    KL_COURSE_FLOATS(KL_CARVE)
#undef KL_CARVE
#define KL_CARVE(name) KL_TAKE(s->name, int32_t, n);
    KL_COURSE_INTS(KL_CARVE)
#undef KL_CARVE
    if (base)
        s->bytes_cleared = at;
    KL_TAKE(s->exit_month, int32_t, n * (size_t)market_row(p));
    if (base) {
        s->market.row = market_row(p);
        s->course_bytes = at - course;
        s->room = (uint64_t *)(void *)(base + at);
    }
    KL_TAKE(s->course_first, char, at - course);
    KL_TAKE(s->tie_storage, int32_t, 2 * edges);
    KL_TAKE(s->edge_from, int32_t, edges);
    KL_TAKE(s->edge_to, int32_t, edges);
    KL_TAKE(s->tie_row_storage, int32_t, edges);
    if (base) { /* over both lists, and half as much again for slices that are not full */
        s->tie_row_capacity = (size_t)(s->tie_row_storage - s->edge_from) + edges;
        s->tie_row_storage = s->edge_from;
    }
    KL_TAKE(s->slice_start, int32_t, n / KL_LANES + 1);
    if (n > KL_SPAN)
        KL_TAKE(s->span_sums, double, (n + KL_SPAN - 1) / KL_SPAN * KL_SPAN_SUMS);
#undef KL_TAKE
    return at;
}

kl_status kl_state_reserve(kl_state *s)
{
    size_t bytes = carve(s, NULL, &s->p, s->horizon);
    if (bytes > s->memory_bytes) {
        free(s->memory);
        s->memory_bytes = 0;
        s->memory = aligned_alloc(KL_ALIGN, bytes);
        if (!s->memory)
            return KL_ERR_MEMORY;
        s->memory_bytes = bytes;
        s->clocks.n = 0;
    }
    size_t kept = bytes_kept(&s->p);
    carve(s, s->memory, &s->p, s->horizon);
    if (kept == 0)
        s->clocks.n = 0;
    else
        kl_bytes_copy(s, (char *)s->memory + kept, NULL, s->bytes_cleared - kept);
    s->edge_capacity = kl_edges_capacity(&s->p);
    return KL_OK;
}

size_t kl_run_bytes(const kl_params *params, int horizon)
{
    kl_state nowhere;
    return sizeof(kl_state) + carve(&nowhere, NULL, params, horizon);
}

void kl_run_init(kl_run *run)
{
    memset(run, 0, sizeof *run);
}

void kl_run_free(kl_run *run)
{
    if (run->state) {
        free(run->state->memory);
        free(run->state);
    }
    kl_run_init(run);
}

/* Make the state of an empty run. */
kl_status kl_run_reserve(kl_run *run)
{
    if (!run->state)
        run->state = calloc(1, sizeof *run->state);
    return run->state ? KL_OK : KL_ERR_MEMORY;
}
