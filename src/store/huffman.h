/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Huffman codes as deflate wants them (RFC 1951): canonical, at most 15 bits, and described by their lengths. */
#ifndef KL_STORE_HUFFMAN_H
#define KL_STORE_HUFFMAN_H

#include <stdint.h>

#define KL_HUFFMAN_SYMBOLS 286 /* literals, end, lengths of matches */

/* Code words, their first bit lowest. Length 0: does not occur. */
typedef struct kl_huffman {
    int n_used;
    uint16_t used[KL_HUFFMAN_SYMBOLS]; /* symbols that occur, rising */
    uint8_t length[KL_HUFFMAN_SYMBOLS];
    uint16_t bits[KL_HUFFMAN_SYMBOLS];
} kl_huffman;

/* About the bits that a block would take with codes of its own, their description included, without making them. */
unsigned kl_huffman_estimate(const uint32_t times[KL_HUFFMAN_SYMBOLS]);

/* Codes for symbols that come so often; at least two do. */
void kl_huffman_make(kl_huffman *code, const uint32_t times[KL_HUFFMAN_SYMBOLS]);

/* The codes that need no description. */
void kl_huffman_fixed(kl_huffman *code);

/* The description of codes at the head of a block, piece by piece. Distance 1 gets a code of one bit, or none. */
typedef struct kl_huffman_header {
    int n;
    unsigned n_bits; /* in all */
    uint16_t bits[KL_HUFFMAN_SYMBOLS + 32];
    uint8_t length[KL_HUFFMAN_SYMBOLS + 32];
} kl_huffman_header;
void kl_huffman_describe(kl_huffman_header *header, const kl_huffman *code, int has_distance);

#endif
