/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A packed block: the statuses and outcomes of a block as the finished bytes of their chunks, ready for HDF5 and for a
 * journal alike. Made by the thread that played the block. Nothing here writes. */
#ifndef KL_STORE_PACKED_H
#define KL_STORE_PACKED_H

#include "store/buffer.h"
#include "store/chunk.h"

/* Of each arm: its statuses, then its outcomes in the order of the table. */
#define KL_PACKED_PIECES (1 + KL_N_OUTCOMES)

/* What a thread needs to pack. */
typedef struct kl_packer {
    kl_shape shape;
    kl_chunk_writer writer;
    double *scratch; /* the statuses of a chunk as numbers */
} kl_packer;

/* KL_ERR_MEMORY; kl_packer_free is legal all the same. */
KL_MUST_USE kl_status kl_packer_init(kl_packer *packer, const kl_shape *shape);
void kl_packer_free(kl_packer *packer);

/* The variable of a piece. */
kl_variable kl_packed_variable(int piece);

/* Append a block: its head, and then its pieces. KL_ERR_MEMORY, KL_ERR_WRITE where the compressor failed. */
KL_MUST_USE kl_status kl_packed_add_block(kl_buffer *to, kl_packer *packer, const kl_block *block);

/* The same piece by piece: the head, n_arms * KL_PACKED_PIECES pieces, and the end. `start` is to->size before. */
KL_MUST_USE kl_status kl_packed_begin(kl_buffer *to, const kl_block *block);
KL_MUST_USE kl_status kl_packed_add_piece(kl_buffer *to, const uint8_t *data, size_t size);
void kl_packed_end(kl_buffer *to, size_t start);

/* A packed block in memory that somebody else owns. */
typedef struct kl_packed {
    int64_t index;
    int64_t by_status[KL_N_RUN_STATUS]; /* runs of all arms; those that are missing count nowhere */
    const uint8_t *pieces;              /* each behind its length */
    size_t size;                        /* of the whole */
} kl_packed;

/* Read the block at the beginning of `size` bytes. KL_ERR_FORMAT where it is no block of this plan. */
KL_MUST_USE kl_status kl_packed_read(kl_packed *packed, const kl_plan *plan, const uint8_t *bytes, size_t size);

/* The pieces one after the other, from `at` = packed->pieces. Returns where the next begins. */
const uint8_t *kl_packed_piece(const uint8_t *at, const uint8_t **data, size_t *size);

#endif
