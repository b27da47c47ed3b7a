/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A compressor for shuffled numbers, which makes zlib streams (RFC 1950, 1951) that every reader knows. In a chunk of numbers the
 * lowest bytes are noise, the highest hardly vary, and what repeats repeats at once; so it looks plane by plane, stores what
 * is noise as it is, and finds runs of one byte and nothing else. It makes streams as short as libdeflate's first level does, five to
 * ten times faster, above all where chunks are small or empty. */
#ifndef KL_STORE_DEFLATE_H
#define KL_STORE_DEFLATE_H

#include <stddef.h>
#include <stdint.h>

#include "store/huffman.h"

/* What is the same for all streams. */
typedef struct kl_deflate {
    kl_huffman fixed;
} kl_deflate;
void kl_deflate_init(kl_deflate *deflate);

/* Bytes that a stream of n_planes planes of n bytes can have. */
size_t kl_deflate_bound(size_t n_planes, size_t n);

/* Compress n_planes planes of n bytes, one behind the other, into `to`, which has room for kl_deflate_bound. Returns the stream's
 * size. The same bytes give the same stream on every machine. */
size_t kl_deflate_planes(const kl_deflate *deflate, uint8_t *to, const uint8_t *bytes, size_t n_planes, size_t n);

#endif
