/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Random words: Threefry4x32-20 (Salmon et al. 2011, doi:10.1145/2063384.2063405) from the Random123 library. A draw is
 * a pure function of what it decides - key = (seed, point, replicate), counter = (entity, purpose, index, 0) - so no
 * result can depend on the order in which draws are made. */
#ifndef KL_RNG_H
#define KL_RNG_H

#include <stdint.h>

#include <Random123/threefry.h>

/* What a draw decides. The numbers are part of the reproducibility contract: never renumber, only append. */
typedef enum kl_purpose {
    KL_DRAW_INPUT = 1,       /* entity: hash of the input's name; replicate = KL_NO_REPLICATE */
    KL_DRAW_FIRM = 2,        /* entity: firm; index 0.. : initial attributes */
    KL_DRAW_PRESENCE = 3,    /* entity: firm; index market/2 : initial presence and how long it lasts */
    KL_DRAW_MARKET = 4,      /* entity: market : size */
    KL_DRAW_CLUSTER = 5,     /* entity 0 : leadership */
    KL_DRAW_TIES = 6,        /* entity: firm or edge; index: attempt : the graph */
    KL_DRAW_LOT = 7,         /* entity: firm : choices by lot, take-up of instruments, threshold */
    KL_DRAW_MEMBERSHIP = 8,  /* entity: firm; index: spell : the clock of joining or leaving */
    KL_DRAW_ENTRY = 9,       /* entity: firm; index: spell : clock of entry, market in view, stay there */
    KL_DRAW_INNOVATION = 10, /* entity: firm; index: spell : clock of innovation */
    KL_DRAW_TRAINING = 11,   /* entity: firm; index: seat offered : does it attend? */
    KL_DRAW_SCRAMBLE = 12,   /* entity: hash of the input's name; index: node of the tree of digits : Sobol designs */
    KL_DRAW_STRATUM = 13,    /* the same; point: round; index: half of the number permuted : Latin hypercubes */
    KL_DRAW_TRAJECTORY = 14, /* the same; point: row : start and turn of a factor : Morris designs */
    KL_DRAW_RESAMPLE = 15,   /* entity: place in the sample / 4; index: resample : bootstrap of analyses */
    KL_DRAW_APPRAISAL =
        16,             /* point: set of inputs; entity: draw; index: coefficient : error of the value of information */
    KL_DRAW_SPLIT = 17, /* point: row of the design; index 0 : held out? 1 : fold of a cross-validation */
    KL_DRAW_CALIBRATION = 18 /* point: wave; entity: particle; index: accepted? then 4 numbers each */
} kl_purpose;

#define KL_NO_REPLICATE UINT32_C(0xFFFFFFFF)

typedef struct kl_key {
    threefry4x32_key_t k;
} kl_key;

typedef struct kl_words {
    uint32_t w[4];
} kl_words;

static inline kl_key kl_key_of(uint64_t seed, uint32_t point, uint32_t replicate)
{
    kl_key key;
    key.k.v[0] = (uint32_t)seed;
    key.k.v[1] = (uint32_t)(seed >> 32);
    key.k.v[2] = point;
    key.k.v[3] = replicate;
    return key;
}

/* Four independent random words. Inlined wherever it stands, so that a loop over entities becomes vectors. */
__attribute__((always_inline)) static inline kl_words kl_draw_lane(kl_key key, uint32_t entity, kl_purpose purpose,
                                                                   uint32_t index)
{
    threefry4x32_ctr_t counter = {{entity, (uint32_t)purpose, index, 0}};
    threefry4x32_ctr_t out = threefry4x32_R(20, counter, key.k);
    return (kl_words){{out.v[0], out.v[1], out.v[2], out.v[3]}};
}

/* The same, for a draw by itself. */
static inline kl_words kl_draw(kl_key key, uint32_t entity, kl_purpose purpose, uint32_t index)
{
    return kl_draw_lane(key, entity, purpose, index);
}

/* A word as a uniform in (0,1), never 0 or 1; exact. */
static inline double kl_uniform(uint32_t word)
{
    return ((double)word + 0.5) * 0x1p-32;
}

/* Uniform whole number in [0, n), n >= 1, bias below n / 2^32. */
static inline uint32_t kl_below(uint32_t word, uint32_t n)
{
    return (uint32_t)(((uint64_t)word * n) >> 32);
}

/* FNV-1a of a name: the entity of its input. */
static inline uint32_t kl_name_hash(const char *name)
{
    uint32_t hash = UINT32_C(2166136261);
    for (; *name; name++)
        hash = (hash ^ (uint8_t)*name) * UINT32_C(16777619);
    return hash;
}

#endif
