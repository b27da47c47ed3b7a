/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Packed blocks. Head: u64 size of the whole, u64 index, one u32 a status. Piece: u32 length, bytes. */
#include "store/packed.h"

#define HEAD_SIZE (16 + 4 * KL_N_RUN_STATUS)

kl_status kl_packer_init(kl_packer *packer, const kl_shape *shape)
{
    size_t n = (size_t)(shape->chunk[KL_AXIS_POINT] * shape->chunk[KL_AXIS_REPLICATE]);
    memset(packer, 0, sizeof *packer);
    packer->shape = *shape;
    packer->scratch = malloc(n * sizeof *packer->scratch);
    kl_status status = kl_chunk_writer_init(&packer->writer, n);
    return packer->scratch ? status : KL_ERR_MEMORY;
}

void kl_packer_free(kl_packer *packer)
{
    kl_chunk_writer_free(&packer->writer);
    free(packer->scratch);
    memset(packer, 0, sizeof *packer);
}

kl_variable kl_packed_variable(int piece)
{
    return piece == 0 ? kl_variable_of_status() : kl_variable_of_outcome((kl_outcome_id)(piece - 1));
}

/* ---- packing ---- */

kl_status kl_packed_begin(kl_buffer *to, const kl_block *block)
{
    uint32_t by_status[KL_N_RUN_STATUS] = {0};
    kl_status status = kl_buffer_reserve(to, HEAD_SIZE);
    if (status != KL_OK)
        return status;
    for (int64_t r = 0; r < (int64_t)block->n_arms * block->n_runs; r++)
        if (block->status[r] >= 0 && block->status[r] < KL_N_RUN_STATUS)
            by_status[block->status[r]]++;
    uint8_t *head = to->data + to->size;
    kl_bytes_put(head, 8, 0); /* known at the end */
    kl_bytes_put(head + 8, 8, (uint64_t)block->index);
    for (int s = 0; s < KL_N_RUN_STATUS; s++)
        kl_bytes_put(head + 16 + 4 * s, 4, by_status[s]);
    to->size += HEAD_SIZE;
    return KL_OK;
}

kl_status kl_packed_add_piece(kl_buffer *to, const uint8_t *data, size_t size)
{
    uint8_t length[4];
    kl_bytes_put(length, 4, size);
    kl_status status = size <= UINT32_MAX ? kl_buffer_add(to, length, sizeof length) : KL_ERR_ARGUMENT;
    return status == KL_OK ? kl_buffer_add(to, data, size) : status;
}

void kl_packed_end(kl_buffer *to, size_t start)
{
    kl_bytes_put(to->data + start, 8, to->size - start);
}

static kl_status add_arm(kl_buffer *to, kl_packer *packer, const kl_block *block, int arm)
{
    size_t n = (size_t)block->n_runs;
    kl_status status = KL_OK;
    kl_chunk chunk = {.n_rows = (size_t)block->n_points,
                      .n_columns = (size_t)block->n_replicates,
                      .chunk_rows = (size_t)packer->shape.chunk[KL_AXIS_POINT],
                      .chunk_columns = (size_t)packer->shape.chunk[KL_AXIS_REPLICATE]};
    for (size_t r = 0; r < n; r++)
        packer->scratch[r] = block->status[(size_t)arm * n + r];
    for (int piece = 0; status == KL_OK && piece < KL_PACKED_PIECES; piece++) {
        kl_variable variable = kl_packed_variable(piece);
        size_t outcome = (size_t)piece - 1;
        chunk.value = piece == 0 ? packer->scratch : block->outcome + ((size_t)arm * KL_N_OUTCOMES + outcome) * n;
        size_t size = kl_chunk_pack(&packer->writer, &variable, &chunk);
        status = size == 0 ? KL_ERR_WRITE : kl_packed_add_piece(to, packer->writer.packed, size);
    }
    return status;
}

kl_status kl_packed_add_block(kl_buffer *to, kl_packer *packer, const kl_block *block)
{
    size_t before = to->size;
    kl_status status = kl_packed_begin(to, block);
    for (int arm = 0; status == KL_OK && arm < block->n_arms; arm++)
        status = add_arm(to, packer, block, arm);
    if (status == KL_OK)
        kl_packed_end(to, before);
    else
        to->size = before;
    return status;
}

/* ---- reading ---- */

const uint8_t *kl_packed_piece(const uint8_t *at, const uint8_t **data, size_t *size)
{
    *size = (size_t)kl_bytes_get(at, 4);
    *data = at + 4;
    return at + 4 + *size;
}

/* Do the pieces end where the block does? */
static int pieces_fit(const uint8_t *at, const uint8_t *end, int64_t n)
{
    for (; n > 0; n--) {
        if (end - at < 4 || (uint64_t)(end - at - 4) < kl_bytes_get(at, 4))
            return 0;
        at += 4 + kl_bytes_get(at, 4);
    }
    return at == end;
}

kl_status kl_packed_read(kl_packed *packed, const kl_plan *plan, const uint8_t *bytes, size_t size)
{
    if (size < HEAD_SIZE)
        return KL_ERR_FORMAT;
    uint64_t whole = kl_bytes_get(bytes, 8), index = kl_bytes_get(bytes + 8, 8);
    if (whole < HEAD_SIZE || whole > size || index >= (uint64_t)plan->n_blocks)
        return KL_ERR_FORMAT;
    packed->index = (int64_t)index;
    packed->size = (size_t)whole;
    packed->pieces = bytes + HEAD_SIZE;
    for (int s = 0; s < KL_N_RUN_STATUS; s++)
        packed->by_status[s] = (int64_t)kl_bytes_get(bytes + 16 + 4 * s, 4);
    int64_t n = (int64_t)plan->n_arms * KL_PACKED_PIECES;
    return pieces_fit(packed->pieces, bytes + whole, n) ? KL_OK : KL_ERR_FORMAT;
}
