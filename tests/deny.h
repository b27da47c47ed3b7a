/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * For tests that make a chosen allocation fail. Programs named test_<what>_memory are linked with --wrap, so that the
 * library's own calls go through here; those of other libraries do not, unless they can be given deny_malloc. */
#ifndef KLASTER_TESTS_DENY_H
#define KLASTER_TESTS_DENY_H

#include <stddef.h>

/* The allocation after the next n fails. The later ones succeed: whoever overlooks the one is found out. */
void deny_after(long n);

/* Deny nothing any more. 1 when there was nothing to deny either: fewer than n + 1 allocations were asked for. */
int deny_end(void);

/* malloc with that counting. */
void *deny_malloc(size_t size);

#endif
