/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Packs one chunk of a dataset: converts, shuffles, deflates (deflate.h) and checksums the numbers itself, so that HDF5 gets the
 * finished bytes. HDF5's own filters do the same ten times more slowly: they set zlib up anew for every chunk and copy through a
 * cache. Readers see no difference. */
#ifndef KL_STORE_CHUNK_H
#define KL_STORE_CHUNK_H

#include "store/deflate.h"
#include "store/layout.h"

/* A packed chunk of n numbers that are all the same. */
typedef struct kl_uniform_chunk {
    uint8_t number[8];
    size_t width, n;
    size_t packed_size; /* 0: there is none */
    uint8_t packed[4096];
} kl_uniform_chunk;

typedef struct kl_chunk_writer {
    size_t n; /* most numbers in a chunk */
    uint8_t *shuffled, *packed;
    size_t packed_size; /* room in `packed` */
    uint64_t *bits;
    kl_uniform_chunk uniform;
    kl_deflate deflate;
} kl_chunk_writer;

/* For chunks of at most n numbers. kl_chunk_writer_free is legal after an error. */
KL_MUST_USE kl_status kl_chunk_writer_init(kl_chunk_writer *writer, size_t n);
void kl_chunk_writer_free(kl_chunk_writer *writer);

/* n_rows x n_columns numbers at value[row * n_columns + column], in a chunk of chunk_rows x chunk_columns, what is left over
 * being filled. `offset` is the place of its first number in the dataset. */
typedef struct kl_chunk {
    const double *value;
    size_t n_rows, n_columns, chunk_rows, chunk_columns;
    hsize_t offset[3];
} kl_chunk;

/* The bytes of the chunk, in writer->packed; returns their number, 0 where that failed. A number that is no number, or does
 * not fit into the variable's type, becomes the fill value. Threads may pack at the same time, each with its own writer. */
size_t kl_chunk_pack(kl_chunk_writer *writer, const kl_variable *variable, const kl_chunk *chunk);

/* The same for a whole chunk of numbers of 32 bits as they are. */
size_t kl_chunk_pack_words(kl_chunk_writer *writer, const uint32_t *words, size_t n);

/* Do packed bytes have their checksum? */
int kl_chunk_is_sound(const uint8_t *packed, size_t size);

/* Fletcher's checksum over 16-bit words as HDF5 stores it. */
uint32_t kl_fletcher32(const uint8_t *data, size_t size);

#endif
