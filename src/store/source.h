/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Result files as sources of runs that need not be played again: what an interrupted run has done, the smaller study that is
 * being extended, the shards that are being merged. Which runs come from where is settled when they are opened. */
#ifndef KL_STORE_SOURCE_H
#define KL_STORE_SOURCE_H

#include "store/layout.h"
#include "store/packed.h"

typedef struct kl_source {
    char *path;
    kl_result result;
    kl_shape chunk; /* of its datasets */
    int *arm;       /* [arm of the study] its arm, -1: none */
    hid_t dataset[KL_PACKED_PIECES];
} kl_source;

typedef struct kl_sources {
    const kl_study *study;
    kl_plan plan;
    int n;
    kl_source *source;
    uint8_t *given;  /* bit (arm * n_worlds + world): the run is in a source */
    int64_t n_given; /* runs */
    double *value;   /* of one outcome of a block */
    int8_t *status;
} kl_sources;

/* Open them. Each must hold runs of the study, and no run may be in two. KL_ERR_EXISTS where two overlap, or
 * one does not belong to this study or is of another engine; KL_ERR_MEMORY; or what kl_result_open returns. kl_sources_close is legal after an error. */
KL_MUST_USE kl_status kl_sources_open(kl_sources *sources, const kl_study *study, const kl_plan *plan, int n,
                                      const char *const *path, kl_reason *reason);
void kl_sources_close(kl_sources *sources);

/* How many runs of a block are given. */
int64_t kl_sources_count(const kl_sources *sources, const kl_block *block);

/* Fill in what is given of a block, as kl_recall_fn. KL_ERR_READ. */
KL_MUST_USE kl_status kl_sources_recall(const kl_sources *sources, const kl_block *block, uint8_t *given,
                                        int8_t *status, double *outcome, kl_reason *reason);

/* Append what is given of a block, packed; runs that are not given are missing. KL_ERR_READ, KL_ERR_MEMORY. */
KL_MUST_USE kl_status kl_sources_pack(const kl_sources *sources, const kl_block *block, kl_packer *packer,
                                      kl_buffer *to, kl_reason *reason);

/* Add what they contribute to the monthly fans. */
KL_MUST_USE kl_status kl_sources_add_fans(const kl_sources *sources, kl_fans *fans, kl_reason *reason);

/* Sixteen bytes that change with what is given. */
void kl_sources_digest(const kl_sources *sources, uint8_t digest[16]);

#endif
