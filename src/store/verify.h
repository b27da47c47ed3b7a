/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Inside kl_result_verify: what its parts share. */
#ifndef KL_STORE_VERIFY_H
#define KL_STORE_VERIFY_H

#include "klaster/verify.h"
#include "store/part.h"

#define KL_VERIFY_POINTS 4096 /* at which inputs are drawn again */

typedef struct kl_verifier {
    const kl_result *result;
    hid_t file;
    kl_verified *verified;
    kl_problem_fn tell;
    void *data;
    kl_status status;   /* KL_ERR_MEMORY, where something could not be looked at for lack of it */
    int64_t *n_made;    /* [arm] runs that are there */
    int64_t *n_played;  /* [arm] and did not fail */
    uint8_t *has_point; /* [point] some run of it is there */
} kl_verifier;

void kl_verify_problem(kl_verifier *verifier, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define KL_CHUNK_RANK_MAX 8
#define KL_CHUNK_BYTES_MAX ((hsize_t)1 << 30)

/* A dataset, chunk by chunk. */
typedef struct kl_chunks {
    const char *name;
    hid_t dataset;
    int rank;
    hsize_t size[KL_CHUNK_RANK_MAX], chunk[KL_CHUNK_RANK_MAX];
    uint8_t *buffer;
    hsize_t room;
} kl_chunks;

/* Is every chunk there and sound? With `like`, a dataset of the same shape: every chunk that this one has, and no other. Tells
 * the first that is not; a dataset that has no chunks is left alone (verify_chunks.c). */
void kl_verify_chunks(kl_verifier *verifier, const char *name, const char *like);
/* Texts and dimension scales of a dataset (verify_attributes.c). */
void kl_verify_attributes(kl_verifier *verifier, const kl_variable *variable);
/* Every dataset that is no status or outcome, read to its end; the checksums of all (verify_data.c). */
void kl_verify_datasets(kl_verifier *verifier);
/* Status and outcomes; fills n_made, n_played and has_point (verify_runs.c). */
void kl_verify_runs(kl_verifier *verifier);
/* After kl_verify_runs (verify_inputs.c, verify_fans.c). */
void kl_verify_inputs(kl_verifier *verifier);
void kl_verify_fans(kl_verifier *verifier);
/* After kl_verify_fans (verify_checkpoint.c). */
void kl_verify_checkpoint(kl_verifier *verifier);

#endif
