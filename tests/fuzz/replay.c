/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Feeds files to a fuzz target, once each, where no fuzzer is at hand: every compiler holds the corpus that way.
 *
 *     replay FILE... */
#include <stdio.h>
#include <stdlib.h>

#include "fuzz.h"

static int feed(const char *path)
{
    static uint8_t bytes[1 << 20];
    FILE *file = fopen(path, "rb");
    size_t n = file ? fread(bytes, 1, sizeof bytes, file) : 0;
    if (!file || ferror(file)) {
        perror(path);
        return 0;
    }
    fclose(file);
    (void)LLVMFuzzerTestOneInput(bytes, n);
    return 1;
}

int main(int argc, char **argv)
{
    int n = 0;
    for (int i = 1; i < argc; i++)
        n += feed(argv[i]);
    printf("%d of %d files\n", n, argc - 1);
    return n == argc - 1 && n > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
