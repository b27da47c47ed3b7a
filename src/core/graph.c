/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The graph of business relations: edges are drawn into a list, then turned into adjacency. The complete graph is not
 * stored. A draw belongs to its firm (or edge) and attempt, so more firms change no earlier word. */
#include "core/state.h"
#include "core/vector.h"

#define KL_ATTEMPTS 32 /* before a tie that keeps hitting existing ones is given up */

static void add_edge(kl_state *s, size_t *n_edges, int from, int to)
{
    s->edge_from[*n_edges] = from;
    s->edge_to[*n_edges] = to;
    (*n_edges)++;
}

/* A uniform word of firm `i`, tie `k`, attempt `a`. */
static uint32_t tie_word(const kl_state *s, int i, int k, int attempt)
{
    kl_words draw = kl_draw(s->key, (uint32_t)i, KL_DRAW_TIES, (uint32_t)(k * KL_ATTEMPTS + attempt));
    return draw.w[0];
}

/* Is there an edge (a, b) among the first `per_firm` edges of a and of b? Edge k of firm i stands at i * per_firm + k. */
static int is_tied(const kl_state *s, int a, int b, int per_firm)
{
    for (int k = 0; k < per_firm; k++)
        if (s->edge_to[a * per_firm + k] == b || s->edge_to[b * per_firm + k] == a)
            return 1;
    return 0;
}

/* ---- small world ---- */

#define KL_LOTS \
    UINT32_C(0x80000000) /* draws that decide which ties are rewired; apart from the targets' by their index */
#define KL_LOT_FIRMS 128 /* whose lots are drawn at once */
#define KL_LOT_WORDS 4   /* of 32 ties each: a firm draws at most 100 */
#define KL_BATCH 256     /* ties whose targets are drawn at once */

/* Ties on their way to new targets, in the order of firms and of each firm's ties. */
typedef struct batch {
    int n;
    uint32_t firm[KL_BATCH], tie[KL_BATCH];
    uint32_t index[KL_BATCH], word[KL_BATCH]; /* of the first attempt */
} batch;

/* Lots of a firm's ties 4 g to 4 g + 3, below `half`: a bit is set where the word is at most `last`. */
KL_VECTOR static void draw_lots(kl_key key, uint32_t first, int n, int g, int half, uint32_t last,
                                uint32_t *restrict lots)
{
    const uint32_t drawn = half - 4 * g < 4 ? (1u << (half - 4 * g)) - 1 : 15u;
    KL_INDEPENDENT
    for (int i = 0; i < n; i++) {
        kl_words draw = kl_draw_lane(key, first + (uint32_t)i, KL_DRAW_TIES, KL_LOTS + (uint32_t)g);
        uint32_t bits = (draw.w[0] <= last ? 1u : 0u) | (draw.w[1] <= last ? 2u : 0u) | (draw.w[2] <= last ? 4u : 0u) |
                        (draw.w[3] <= last ? 8u : 0u);
        lots[i] |= (bits & drawn) << (4 * (g % 8));
    }
}

/* Give ties another end: the first of the attempts that is neither the firm itself nor tied to it. */
static void rewire(kl_state *s, batch *b, int half)
{
    kl_words_pick(s->key, KL_DRAW_TIES, b->firm, b->index, b->n, b->word);
    for (int e = 0; e < b->n; e++) {
        int i = (int)b->firm[e], k = (int)b->tie[e];
        for (int attempt = 0; attempt < KL_ATTEMPTS; attempt++) {
            uint32_t word = attempt == 0 ? b->word[e] : tie_word(s, i, k, attempt);
            int target = (int)kl_below(word, (uint32_t)s->n);
            if (target == i || is_tied(s, i, target, half))
                continue;
            s->ties_n[s->edge_to[i * half + k]]--;
            s->ties_n[target]++;
            s->edge_to[i * half + k] = target;
            break;
        }
    }
    b->n = 0;
}

static void rewire_some(kl_state *s, int half)
{
    batch b;
    uint32_t lots[KL_LOT_WORDS][KL_LOT_FIRMS], last;
    if (!kl_words_below(s->p.rewiring, &last))
        return;
    b.n = 0;
    for (int first = 0; first < s->n; first += KL_LOT_FIRMS) {
        int n = s->n - first < KL_LOT_FIRMS ? s->n - first : KL_LOT_FIRMS;
        memset(lots, 0, sizeof lots[0] * (size_t)((half + 31) / 32));
        for (int g = 0; 4 * g < half; g++)
            draw_lots(s->key, (uint32_t)first, kl_padded(n), g, half, last, lots[g / 8]);
        for (int i = 0; i < n; i++)
            for (int k = 0; k < half; k += 32)
                for (uint32_t bits = lots[k / 32][i]; bits; bits &= bits - 1) {
                    b.firm[b.n] = (uint32_t)(first + i);
                    b.tie[b.n] = (uint32_t)(k + kl_lowest_bit(bits));
                    b.index[b.n] = b.tie[b.n] * KL_ATTEMPTS;
                    b.n++;
                    if (b.n == KL_BATCH)
                        rewire(s, &b, half);
                }
    }
    rewire(s, &b, half);
}

/* Adjacency, as index_edges makes it of edges that stand firm by firm, `half` each; their numbers are known. */
static void index_ring(kl_state *s, int half)
{
    const int n = s->n;
    int32_t *restrict next = s->ties_start, *restrict tie = s->tie_storage;
    const int32_t *restrict ties_n = s->ties_n;
    const uint32_t *restrict to = (const uint32_t *)s->edge_to;
    for (int i = 0, at = 0; i < n; i++) {
        next[i] = at;
        at += ties_n[i];
    }
    for (int i = 0; i < n; i++, to += half) {
        int32_t *restrict mine = tie + next[i];
        for (int k = 0; k < half; k++) {
            const uint32_t other = to[k], place = (uint32_t)next[other];
            mine[k] = (int32_t)other;
            tie[place] = i;
            next[other] = (int32_t)place + 1;
        }
        next[i] += half;
    }
    for (int i = 0; i < n; i++)
        next[i] -= ties_n[i];
}

/* Ties of firms [begin, end) to the next firms on the ring, as many as `with` says. */
static void tie_to_next(kl_state *s, const void *with, int begin, int end, double *sum)
{
    (void)sum;
    const int n = s->n, half = *(const int *)with;
    const int last = end < n ? end : n;
    for (int i = begin; i < last; i++)
        s->ties_n[i] = 2 * half;
    int32_t *to = s->edge_to + (size_t)begin * (size_t)half;
    for (int i = begin; i < last; i++, to += half)
        for (int k = 0; k < half; k++)
            to[k] = i + 1 + k < n ? i + 1 + k : i + 1 + k - n; /* round the ring */
}

/* Watts & Strogatz 1998: a ring, each tie to the next neighbours rewired with probability `rewiring`. */
static void draw_small_world(kl_state *s)
{
    int half = (int)(s->p.degree / 2 + 0.5), whole = (s->n - 1) / 2;
    half = half < whole ? half : whole;
    kl_spans(s, tie_to_next, &half, 0, NULL);
    if (half < whole)
        rewire_some(s, half);
    index_ring(s, half);
}

/* ---- other laws ---- */

/* Erdos & Renyi's G(n, p) by geometric skips over the pairs (Batagelj & Brandes 2005). */
static size_t draw_random(kl_state *s)
{
    int n = s->n;
    size_t n_edges = 0;
    double p = n > 1 ? s->p.degree / (n - 1) : 0;
    if (!(p > 0))
        return 0;
    if (p >= 1)
        p = 1 - 1e-12;
    double per_log = 1 / kl_log1p(-p);
    int64_t row = 1, column = -1;
    for (uint32_t draw = 0; row < n && n_edges < s->edge_capacity; draw++) {
        kl_words words = kl_draw(s->key, draw, KL_DRAW_TIES, 0);
        double skip = kl_log(kl_uniform(words.w[0])) * per_log;
        column += 1 + (skip < 4e18 ? (int64_t)skip : INT64_C(4000000000000000000));
        while (row < n && column >= row) {
            column -= row;
            row++;
        }
        if (row < n)
            add_edge(s, &n_edges, (int)row, (int)column);
    }
    return n_edges;
}

/* Barabasi & Albert 1999: each new firm ties to `half` firms, chosen in proportion to their ties so far. */
static size_t draw_scale_free(kl_state *s)
{
    int n = s->n, half = (int)(s->p.degree / 2 + 0.5);
    size_t n_edges = 0;
    if (half < 1)
        return 0;
    for (int i = 1; i < n; i++) {
        int wanted = half < i ? half : i;
        size_t mine = n_edges;
        for (int k = 0; k < wanted; k++) {
            for (int attempt = 0; attempt < KL_ATTEMPTS; attempt++) {
                uint32_t word = tie_word(s, i, k, attempt);
                int target;
                if (mine == 0 || i <= half) {
                    target = k; /* the first firms are tied to each other */
                } else {
                    uint32_t end = kl_below(word, (uint32_t)(2 * mine));
                    target = end % 2 ? s->edge_from[end / 2] : s->edge_to[end / 2];
                }
                int repeated = 0;
                for (size_t e = mine; e < n_edges; e++)
                    repeated |= s->edge_to[e] == target;
                if (repeated)
                    continue;
                add_edge(s, &n_edges, i, target);
                break;
            }
        }
    }
    return n_edges;
}

/* Every firm draws half its ties: inside its own sector with probability `block_share`, else anywhere. */
static size_t draw_blocks(kl_state *s)
{
    int n = s->n, half = (int)(s->p.degree / 2 + 0.5);
    if (half > (n - 1) / 2)
        half = (n - 1) / 2;
    for (int e = 0; e < n * half; e++)
        s->edge_to[e] = -1;
    for (int i = 0; i < n; i++) {
        for (int k = 0; k < half; k++) {
            for (int attempt = 0; attempt < KL_ATTEMPTS; attempt++) {
                kl_words words = kl_draw(s->key, (uint32_t)i, KL_DRAW_TIES, (uint32_t)(k * KL_ATTEMPTS + attempt));
                int target = (int)kl_below(words.w[0], (uint32_t)n);
                int inside = kl_uniform(words.w[1]) < s->p.block_share;
                if (inside) { /* the next firm of the own sector from there on */
                    int steps = 0;
                    while (s->sector[target] != s->sector[i] && steps++ < n)
                        target = (target + 1) % n;
                }
                if (target == i || is_tied(s, i, target, half))
                    continue;
                s->edge_to[i * half + k] = target;
                break;
            }
        }
    }
    size_t n_edges = 0;
    for (int i = 0; i < n; i++)
        for (int k = 0; k < half; k++)
            if (s->edge_to[i * half + k] >= 0)
                add_edge(s, &n_edges, i, s->edge_to[i * half + k]);
    return n_edges;
}

static void index_edges(kl_state *s, size_t n_edges)
{
    int n = s->n;
    for (size_t e = 0; e < n_edges; e++) {
        s->ties_n[s->edge_from[e]]++;
        s->ties_n[s->edge_to[e]]++;
    }
    int32_t at = 0;
    for (int i = 0; i < n; i++) {
        s->ties_start[i] = at;
        at += s->ties_n[i];
        s->ties_n[i] = 0;
    }
    for (size_t e = 0; e < n_edges; e++) {
        int a = s->edge_from[e], b = s->edge_to[e];
        s->tie_storage[s->ties_start[a] + s->ties_n[a]++] = b;
        s->tie_storage[s->ties_start[b] + s->ties_n[b]++] = a;
    }
}

void kl_graph_draw(kl_state *s)
{
    s->ties = s->tie_storage;
    switch (s->p.graph) {
    case kl_graph_small_world:
        draw_small_world(s);
        break;
    case kl_graph_random:
        index_edges(s, draw_random(s));
        break;
    case kl_graph_scale_free:
        index_edges(s, draw_scale_free(s));
        break;
    case kl_graph_blocks:
        index_edges(s, draw_blocks(s));
        break;
    default: /* complete */
        s->ties = NULL;
        for (int i = 0; i < s->n; i++)
            s->ties_n[i] = s->n - 1;
        break;
    }
    const int32_t *restrict ties_n = s->ties_n;
    float *restrict inverse_ties = s->inverse_ties;
    for (int i = 0; i < s->n; i++)
        inverse_ties[i] = ties_n[i] > 0 ? 1.0f / (float)ties_n[i] : 0.0f;
}
