/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See deny.h. */
#include "deny.h"

#include <stdlib.h>

static long countdown = -1; /* allocations that still succeed; negative: all */

static int fails_now(void)
{
    if (countdown < 0)
        return 0;
    return countdown-- == 0;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *memory, size_t size);

void *__wrap_malloc(size_t size)
{
    return fails_now() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return fails_now() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
    return fails_now() ? NULL : __real_realloc(memory, size);
}

void deny_after(long n)
{
    countdown = n;
}

int deny_end(void)
{
    int nothing_denied = countdown >= 0;
    countdown = -1;
    return nothing_denied;
}

void *deny_malloc(size_t size)
{
    return __wrap_malloc(size);
}
