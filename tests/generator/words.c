/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * usage: words            the names of the streams (streams.h) and what they are
 *        words STREAM     the stream's words as bytes, lowest first, until nobody reads them any more */
#include "streams.h"

#include <stdio.h>

int main(int argc, char **argv)
{
    if (argc < 2) {
        for (int k = 0; k < N_STREAM_KINDS; k++)
            printf("%-16s %s\n", stream_kinds[k].name, stream_kinds[k].meaning);
        return 0;
    }
    stream s = stream_of(argv[1]);
    if (!s.kind) {
        fprintf(stderr, "words: no stream is called '%s'\n", argv[1]);
        return 2;
    }
    enum { N = 4096 };
    static unsigned char bytes[4 * N];
    do {
        for (int i = 0; i < N; i++) {
            uint32_t word = stream_word(&s);
            for (int b = 0; b < 4; b++)
                bytes[4 * i + b] = (unsigned char)(word >> (8 * b));
        }
    } while (fwrite(bytes, 1, sizeof bytes, stdout) == sizeof bytes);
    return 0;
}
