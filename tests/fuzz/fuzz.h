/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the fuzz targets share: how they fail, and what a text for people must not hold. */
#ifndef KLASTER_TESTS_FUZZ_H
#define KLASTER_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define FUZZ_EXPECT(what)                                                      \
    do {                                                                       \
        if (!(what)) {                                                         \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #what); \
            abort();                                                           \
        }                                                                      \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

/* Length of the UTF-8 character at p, 0 where it is none, or one that steers a terminal: below U+0020, U+007F to U+009F. */
static inline size_t fuzz_character(const unsigned char *p)
{
    static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
    size_t n = p[0] < 0x80 ? 1 : p[0] >= 0xC2 && p[0] < 0xE0 ? 2 : p[0] >= 0xE0 && p[0] < 0xF0 ? 3 : 4;
    if (p[0] >= 0xF5 || (p[0] >= 0x80 && p[0] < 0xC2))
        return 0;
    uint32_t code = n == 1 ? p[0] : p[0] & (0x7Fu >> n);
    for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xC0) != 0x80)
            return 0;
        code = code << 6 | (p[i] & 0x3Fu);
    }
    if (code < least[n] || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000))
        return 0;
    return code < 0x20 || (code >= 0x7F && code < 0xA0) ? 0 : n;
}

/* Safe to print, and to put into JSON. */
static inline int fuzz_is_printable(const char *text)
{
    const unsigned char *p = (const unsigned char *)text;
    for (size_t n; *p; p += n)
        if ((n = fuzz_character(p)) == 0)
            return 0;
    return 1;
}

#endif
