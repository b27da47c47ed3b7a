/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The first clocks of every firm, drawn for the whole cluster at once when a world starts: the same numbers as one draw each
 * gives, at a tenth of the price. Later spells, which few firms reach, are drawn when they begin. What runs a clock is the
 * business of membership, markets and innovation. */
#include "core/state.h"
#include "core/vector.h"

/* Spells kept of each purpose: those that one firm in ten begins within 60 months of the paper's study, and more of entry,
 * whose clocks the twin begins, too. */
enum { MEMBERSHIP_SPELLS = 3, ENTRY_SPELLS = 10, INNOVATION_SPELLS = 3 };

/* Beyond so many firms only the first spell is kept, which all of them begin: 20 bytes a firm instead of 144. */
#define MANY_FIRMS 16384

typedef struct spells {
    int membership, entry, innovation;
} spells;

static spells spells_kept(int n_padded)
{
    if (n_padded > MANY_FIRMS)
        return (spells){1, 1, 1};
    return (spells){MEMBERSHIP_SPELLS, ENTRY_SPELLS, INNOVATION_SPELLS};
}

size_t kl_clocks_words(int n_padded)
{
    spells kept = spells_kept(n_padded);
    return (size_t)(kept.membership + 3 * kept.entry + kept.innovation) * (size_t)n_padded;
}

/* Arrays in the order in which they stand: limits of membership, innovation, entry; stays; places. */
void kl_clocks_place(kl_clocks *clocks, uint32_t *words, int n_padded)
{
    spells kept = spells_kept(n_padded);
    size_t row = (size_t)n_padded;
    if (clocks->words != words || clocks->n_padded != n_padded)
        clocks->n = 0; /* what was drawn before stands elsewhere */
    clocks->words = words;
    clocks->n_padded = n_padded;
    clocks->n_membership = kept.membership;
    clocks->n_innovation = kept.innovation;
    clocks->n_entry = kept.entry;
    clocks->membership = (float *)(void *)words;
    clocks->innovation = clocks->membership + (size_t)kept.membership * row;
    clocks->entry = clocks->innovation + (size_t)kept.innovation * row;
    clocks->stay = clocks->entry + (size_t)kept.entry * row;
    clocks->place = words + (size_t)(kept.membership + kept.innovation + 2 * kept.entry) * row;
}

/* Firms [begin, end), whole rows of lanes: word 0 of the draw, or words 0 to 2. */
KL_VECTOR static void draw_first_words(kl_key key, kl_purpose purpose, uint32_t spell, int begin, int end,
                                       uint32_t *restrict first)
{
    KL_INDEPENDENT
    for (int i = begin; i < end; i++)
        first[i - begin] = kl_draw_lane(key, (uint32_t)i, purpose, spell).w[0];
}

KL_VECTOR static void draw_words(kl_key key, kl_purpose purpose, uint32_t spell, int begin, int end,
                                 uint32_t *restrict first, uint32_t *restrict second, uint32_t *restrict third)
{
    KL_INDEPENDENT
    for (int i = begin; i < end; i++) {
        kl_words draw = kl_draw_lane(key, (uint32_t)i, purpose, spell);
        first[i - begin] = draw.w[0];
        second[i - begin] = draw.w[1];
        third[i - begin] = draw.w[2];
    }
}

/* kl_exponential of n words. */
KL_VECTOR static void exponentials(const uint32_t *restrict word, int n, float *restrict limit)
{
    KL_INDEPENDENT
    for (int i = 0; i < n; i++)
        limit[i] = (float)-kl_log_lane(kl_uniform_lane(word[i]));
}

typedef struct kind {
    kl_purpose purpose;
    int spell;
    float *limit, *stay; /* where they go; stay, place: NULL where there is none */
    uint32_t *place;
} kind;

static void draw_span(kl_state *s, const void *with, int begin, int end, double *sum)
{
    (void)sum;
    const kind *of = with;
    const uint32_t spell = (uint32_t)of->spell;
    uint32_t first[KL_SPAN], third[KL_SPAN];
    if (of->stay) {
        draw_words(s->key, of->purpose, spell, begin, end, first, of->place + begin, third);
        exponentials(third, end - begin, of->stay + begin);
    } else {
        draw_first_words(s->key, of->purpose, spell, begin, end, first);
    }
    exponentials(first, end - begin, of->limit + begin);
}

/* One spell of all firms. */
static void draw_spell(kl_state *s, kind of)
{
    kl_spans(s, draw_span, &of, 0, NULL);
    for (int i = s->n; i < s->n_padded; i++)
        of.limit[i] = INFINITY; /* inert firms: never */
}

static int is_drawn(const kl_clocks *clocks, const kl_state *s)
{
    return clocks->n == s->n && memcmp(&clocks->key, &s->key, sizeof s->key) == 0;
}

void kl_clocks_draw(kl_state *s)
{
    kl_clocks *clocks = &s->clocks;
    if (is_drawn(clocks, s)) /* the world that was played before, by another arm */
        return;
    size_t row = (size_t)s->n_padded;
    for (int k = 0; k < clocks->n_membership; k++)
        draw_spell(s, (kind){KL_DRAW_MEMBERSHIP, k, clocks->membership + (size_t)k * row, NULL, NULL});
    for (int k = 0; k < clocks->n_innovation; k++)
        draw_spell(s, (kind){KL_DRAW_INNOVATION, k, clocks->innovation + (size_t)k * row, NULL, NULL});
    for (int k = 0; k < clocks->n_entry; k++) {
        size_t at = (size_t)k * row;
        draw_spell(s, (kind){KL_DRAW_ENTRY, k, clocks->entry + at, clocks->stay + at, clocks->place + at});
    }
    clocks->key = s->key;
    clocks->n = s->n;
}

kl_clock kl_clock_draw(const kl_state *s, int firm, kl_purpose purpose, int spell)
{
    kl_words draw = kl_draw(s->key, (uint32_t)firm, purpose, (uint32_t)spell);
    return (kl_clock){kl_exponential(draw.w[0]), kl_exponential(draw.w[2]), draw.w[1]};
}
