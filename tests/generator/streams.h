/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Streams of random words for batteries of statistical tests (scripts/generator): the draws of src/rng/rng.h, one after the other
 * along one part of the key or counter, or along several in the order in which the model takes them. A battery that is given
 * an interleaved stream sees whether streams that differ in one number share anything.
 *
 * The controls are streams with a known fault. A battery that lets them pass proves nothing. */
#ifndef KL_TEST_GENERATOR_STREAMS_H
#define KL_TEST_GENERATOR_STREAMS_H

#include <stdint.h>
#include <string.h>

#include "rng/rng.h"

/* What can vary from draw to draw. HIGH_SEED counts in the upper half of the seed; INPUT runs over the names of the parameters. */
typedef enum axis { SEED, HIGH_SEED, POINT, REPLICATE, ENTITY, PURPOSE, INDEX, INPUT, N_AXES } axis;

#define AXES_MAX 6
#define TO_THE_END UINT32_C(0xFFFFFFFF)

typedef enum fault { NONE, FEW_ROUNDS, SHARED_WORLDS, COUNTED } fault;

typedef struct stream_kind {
    const char *name;
    const char *meaning;
    int n_words; /* of the four of a draw */
    fault fault;
    struct {
        axis axis;
        uint32_t size;
    } turns[AXES_MAX]; /* the fastest first; size 0 ends the list */
} stream_kind;

static const stream_kind stream_kinds[] = {
    {"indices", "spells of one firm", 4, NONE, {{INDEX, TO_THE_END}, {ENTITY, TO_THE_END}}},
    {"firms", "firm after firm", 4, NONE, {{ENTITY, TO_THE_END}, {INDEX, TO_THE_END}}},
    {"cluster", "54 firms, then their next spell", 4, NONE, {{ENTITY, 54}, {INDEX, TO_THE_END}, {POINT, TO_THE_END}}},
    {"purposes", "purpose after purpose", 4, NONE, {{PURPOSE, 18}, {INDEX, TO_THE_END}, {ENTITY, TO_THE_END}}},
    {"points", "point after point", 4, NONE, {{POINT, TO_THE_END}, {INDEX, TO_THE_END}}},
    {"replicates", "replicate after replicate", 4, NONE, {{REPLICATE, TO_THE_END}, {INDEX, TO_THE_END}}},
    {"seeds", "seed after seed", 4, NONE, {{SEED, TO_THE_END}, {INDEX, TO_THE_END}}},
    {"high-seeds", "seeds that differ above bit 31", 4, NONE, {{HIGH_SEED, 1 << 21}, {INDEX, TO_THE_END}}},
    {"first-words",
     "the first word of a draw only, firm by firm and point by point",
     1,
     NONE,
     {{ENTITY, 54}, {POINT, TO_THE_END}, {INDEX, TO_THE_END}}},
    {"inputs", "the uncertain inputs of point after point", 1, NONE, {{INPUT, TO_THE_END}, {POINT, TO_THE_END}}},
    {"inputs-points",
     "one input at point after point, then the next",
     1,
     NONE,
     {{POINT, 1 << 20}, {INPUT, TO_THE_END}}},
    {"model",
     "as a sweep goes: spells, firms, purposes, replicates, points, seeds",
     4,
     NONE,
     {{INDEX, 3}, {ENTITY, 54}, {PURPOSE, 11}, {REPLICATE, 4}, {POINT, 1000}, {SEED, TO_THE_END}}},
    {"worlds",
     "one draw of each world: seeds, points and replicates in turn",
     4,
     NONE,
     {{REPLICATE, 7}, {POINT, 1000}, {SEED, TO_THE_END}, {INDEX, TO_THE_END}}},
    {"control-rounds", "points, with 4 of the 20 rounds", 4, FEW_ROUNDS, {{POINT, TO_THE_END}, {INDEX, TO_THE_END}}},
    {"control-shared",
     "54 firms of world after world, where every tenth world is the one before it",
     4,
     SHARED_WORLDS,
     {{ENTITY, 54}, {POINT, TO_THE_END}, {INDEX, TO_THE_END}}},
    {"control-counter", "the counter itself, times an odd number", 4, COUNTED, {{INDEX, TO_THE_END}}},
};

#define N_STREAM_KINDS ((int)(sizeof stream_kinds / sizeof *stream_kinds))

/* The entities of the inputs. */
static const char *const input_names[] = {
#define KL_REAL(group, name, ...) #name,
#define KL_INT(group, name, ...) #name,
#define KL_FLAG(group, name, ...) #name,
#define KL_CHOICE(group, name, ...) #name,
#include "klaster/params.def"
#undef KL_REAL
#undef KL_INT
#undef KL_FLAG
#undef KL_CHOICE
};

#define N_INPUTS ((uint32_t)(sizeof input_names / sizeof *input_names))

typedef struct stream {
    const stream_kind *kind;
    uint32_t at[AXES_MAX];
    kl_words words;
    int next; /* word of the draw that comes next; n_words: none is left */
} stream;

/* A stream of that name, or NULL in .kind. */
static inline stream stream_of(const char *name)
{
    stream s = {0};
    for (int k = 0; k < N_STREAM_KINDS; k++)
        if (strcmp(stream_kinds[k].name, name) == 0)
            s.kind = &stream_kinds[k];
    s.next = s.kind ? s.kind->n_words : 0;
    return s;
}

static inline void stream_turn(stream *s)
{
    for (int i = 0; i < AXES_MAX && s->kind->turns[i].size; i++) {
        uint32_t size = s->kind->turns[i].axis == INPUT ? N_INPUTS : s->kind->turns[i].size;
        if (++s->at[i] < size)
            return;
        s->at[i] = 0;
    }
}

static inline kl_words stream_draw(const stream *s)
{
    uint32_t at[N_AXES] = {[SEED] = 2025, [PURPOSE] = 0};
    int is_input = 0;
    for (int i = 0; i < AXES_MAX && s->kind->turns[i].size; i++) {
        at[s->kind->turns[i].axis] += s->at[i];
        is_input |= s->kind->turns[i].axis == INPUT;
    }
    if (s->kind->fault == SHARED_WORLDS && at[POINT] % 10 == 9)
        at[POINT]--;
    kl_key key =
        kl_key_of((uint64_t)at[HIGH_SEED] << 32 | at[SEED], at[POINT], is_input ? KL_NO_REPLICATE : at[REPLICATE]);
    if (is_input)
        return kl_draw(key, kl_name_hash(input_names[at[INPUT]]), KL_DRAW_INPUT, at[INDEX]);
    kl_purpose purpose = (kl_purpose)(KL_DRAW_INPUT + at[PURPOSE]);
    if (s->kind->fault == FEW_ROUNDS) {
        threefry4x32_ctr_t counter = {{at[ENTITY], (uint32_t)purpose, at[INDEX], 0}};
        threefry4x32_ctr_t out = threefry4x32_R(4, counter, key.k);
        return (kl_words){{out.v[0], out.v[1], out.v[2], out.v[3]}};
    }
    if (s->kind->fault == COUNTED) {
        uint32_t first = 4 * at[INDEX] * UINT32_C(2654435769);
        return (kl_words){
            {first, first + UINT32_C(2654435769), first + 2 * UINT32_C(2654435769), first + 3 * UINT32_C(2654435769)}};
    }
    return kl_draw(key, at[ENTITY], purpose, at[INDEX]);
}

static inline uint32_t stream_word(stream *s)
{
    if (s->next >= s->kind->n_words) {
        s->words = stream_draw(s);
        stream_turn(s);
        s->next = 0;
    }
    return s->words.w[s->next++];
}

#endif
