/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A few bytes as instructions to damage a file: so a fuzzer that works on small inputs reaches any place of a large one. */
#ifndef KLASTER_TESTS_FUZZ_PATCH_H
#define KLASTER_TESTS_FUZZ_PATCH_H

#include <stddef.h>
#include <stdint.h>

/* A file in memory, its places of interest (where HDF5's signatures stand), and room for a damaged copy. */
typedef struct fuzz_file {
    uint8_t *byte, *copy;
    size_t size, copy_size, room;
    size_t *anchor;
    size_t n_anchors;
} fuzz_file;

/* 0 where the file cannot be read. */
int fuzz_file_read(fuzz_file *file, const char *path);
void fuzz_file_free(fuzz_file *file);

/* Every 8 bytes of `program` are one instruction; the result is file->copy. */
void fuzz_file_damage(fuzz_file *file, const uint8_t *program, size_t size);

#endif
