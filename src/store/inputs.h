/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The inputs of a study in its result file: those that vary as `param_<name>` beside the outcomes, the others as scalars
 * in /parameters. */
#ifndef KL_STORE_INPUTS_H
#define KL_STORE_INPUTS_H

#include "store/buffer.h"
#include "store/chunk.h"

typedef struct kl_inputs {
    const kl_study *study;
    int n;
    kl_input *input;
    kl_variable *variable;
    hid_t *dataset;
    int n_slices;     /* chunks along the points */
    uint8_t *written; /* [slice] */
    kl_shape shape;
} kl_inputs;

/* Create the datasets and write what does not depend on the point. kl_inputs_free is legal after an error. */
KL_MUST_USE kl_status kl_inputs_create(kl_inputs *inputs, hid_t file, const kl_study *study, const kl_shape *shape,
                                       kl_scale *scale, kl_reason *reason);

/* Append the values at the points of a block, packed, where the block knows them and nobody else packs them: block->params, and
 * its replicates are the first ones. By many threads at a time, each with its own writer and buffer. */
KL_MUST_USE kl_status kl_inputs_pack(const kl_inputs *inputs, const kl_block *block, kl_chunk_writer *writer,
                                     kl_buffer *to);

/* Write what kl_inputs_pack appended. KL_ERR_WRITE. */
KL_MUST_USE kl_status kl_inputs_put(kl_inputs *inputs, const uint8_t *bytes, size_t size);

/* Write the values at all other points: they are drawn again, by all threads. */
KL_MUST_USE kl_status kl_inputs_write(kl_inputs *inputs, int n_threads, kl_reason *reason);

/* Close the datasets; -1 where that failed. */
int kl_inputs_close(kl_inputs *inputs);
void kl_inputs_free(kl_inputs *inputs);

#endif
