/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Bytes that grow, and whole numbers in them: least byte first, whatever the machine. Knows nothing of files. */
#ifndef KL_STORE_BUFFER_H
#define KL_STORE_BUFFER_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "klaster/status.h"

typedef struct kl_buffer {
    uint8_t *data;
    size_t size, capacity;
} kl_buffer;

/* Room for n more bytes. KL_ERR_MEMORY. */
KL_MUST_USE static inline kl_status kl_buffer_reserve(kl_buffer *buffer, size_t n)
{
    if (n > SIZE_MAX / 4 || buffer->size > SIZE_MAX / 4)
        return KL_ERR_MEMORY;
    if (buffer->size + n <= buffer->capacity)
        return KL_OK;
    size_t capacity = (buffer->size + n) * 3 / 2;
    uint8_t *data = realloc(buffer->data, capacity);
    if (!data)
        return KL_ERR_MEMORY;
    buffer->data = data;
    buffer->capacity = capacity;
    return KL_OK;
}

KL_MUST_USE static inline kl_status kl_buffer_add(kl_buffer *buffer, const void *data, size_t n)
{
    kl_status status = kl_buffer_reserve(buffer, n);
    if (status == KL_OK && n > 0) {
        memcpy(buffer->data + buffer->size, data, n);
        buffer->size += n;
    }
    return status;
}

static inline void kl_buffer_free(kl_buffer *buffer)
{
    free(buffer->data);
    memset(buffer, 0, sizeof *buffer);
}

/* A number of `width` bytes, at most 8. */
static inline void kl_bytes_put(uint8_t *to, int width, uint64_t value)
{
    for (int i = 0; i < width; i++)
        to[i] = (uint8_t)(value >> (8 * i));
}

static inline uint64_t kl_bytes_get(const uint8_t *from, int width)
{
    uint64_t value = 0;
    for (int i = 0; i < width; i++)
        value |= (uint64_t)from[i] << (8 * i);
    return value;
}

#endif
