/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Memory that is released in one go: what one load of a study needs while it lasts. */
#include <stdlib.h>
#include <string.h>

#include "study/reader.h"

#define BLOCK_SIZE ((size_t)64 << 10)

struct kl_arena_block {
    struct kl_arena_block *next;
    size_t used, size;
    max_align_t data[];
};

void *kl_arena_alloc(kl_arena *arena, size_t size)
{
    const size_t unit = sizeof(max_align_t);
    size = (size + unit - 1) / unit * unit;
    struct kl_arena_block *block = arena->block;
    if (!block || block->size - block->used < size) {
        size_t room = size > BLOCK_SIZE ? size : BLOCK_SIZE;
        block = calloc(1, sizeof *block + room);
        if (!block)
            return NULL;
        block->size = room;
        block->next = arena->block;
        arena->block = block;
    }
    void *memory = (char *)block->data + block->used;
    block->used += size;
    return memory;
}

char *kl_arena_text(kl_arena *arena, const char *text, size_t length)
{
    char *copy = kl_arena_alloc(arena, length + 1);
    if (copy && length > 0)
        memcpy(copy, text, length);
    return copy;
}

void kl_arena_free(kl_arena *arena)
{
    while (arena->block) {
        struct kl_arena_block *next = arena->block->next;
        free(arena->block);
        arena->block = next;
    }
}
