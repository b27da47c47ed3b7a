/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A mechanism: the list of stages by which a marketing ecosystem is introduced. Mechanisms are data; the
 * five stages of the paper are one list among others (scenarios/mechanisms/). */
#ifndef KLASTER_MECHANISM_H
#define KLASTER_MECHANISM_H

#include "klaster/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* X(ENUMERATOR, word, meaning) */
#define KL_STAGE_KIND_LIST(X)                                                \
    X(ASSESS, "assess", "the strategy is fitted to the cluster")             \
    X(BUILD, "build", "the platform is built")                               \
    X(TRUST, "trust", "firms learn to trust each other")                     \
    X(PILOT, "pilot", "a few firms try the platform, then the gate decides") \
    X(ROLLOUT, "rollout", "firms are invited and trained, wave after wave")  \
    X(OPTIMISE, "optimise", "the platform is improved; every firm stays invited")

typedef enum kl_stage_kind {
#define KL_STAGE_ENUMERATOR(name, word, meaning) KL_STAGE_##name,
    KL_STAGE_KIND_LIST(KL_STAGE_ENUMERATOR)
#undef KL_STAGE_ENUMERATOR
        KL_N_STAGE_KINDS
} kl_stage_kind;

#define KL_STAGES_MAX 24
#define KL_STAGE_MONTHS_MAX 1200

/* A stage as one world plays it. */
typedef struct kl_stage {
    kl_stage_kind kind;
    int months; /* planned length before leadership shortens it, 1..1200; not used by a last `optimise` */
} kl_stage;

typedef struct kl_mechanism {
    int n_stages; /* 1..KL_STAGES_MAX, or 0: nothing is introduced */
    kl_stage stage[KL_STAGES_MAX];
} kl_mechanism;

/* Word of a kind ("pilot"), "unknown" outside the list; and the kind of a word, KL_N_STAGE_KINDS for none. */
const char *kl_stage_kind_word(kl_stage_kind kind);
kl_stage_kind kl_stage_kind_find(const char *word);

/* Can this list be played? A `build` comes before the first `pilot`, `rollout` or `optimise`; `optimise` can only
 * come last; at least one `rollout`; lengths in range. On KL_ERR_MECHANISM *stage (may be NULL) is the offending
 * index and *sentence (may be NULL) a static text that says what would be right. */
KL_MUST_USE kl_status kl_mechanism_check(const kl_mechanism *mechanism, int *stage, const char **sentence);

/* The paper's five stages, at their mean lengths (3, 4, 3, 9 months, open end). */
kl_mechanism kl_mechanism_five_stage(void);

#ifdef __cplusplus
}
#endif
#endif
