/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Damage to a file by instructions; see patch.h. What is done at random elsewhere is decided by the instruction here, so
 * that an execution can be repeated. */
#include "patch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GROWTH 65536 /* that insertions may add */

/* ---- the file ---- */

static int is_anchor(const uint8_t *p)
{
    static const char *const signatures[] = {"\x89HDF", "TREE", "HEAP", "SNOD", "GCOL", "OHDR", "OCHK", "FRHP", "FHDB",
                                             "FHIB",    "BTHD", "BTIN", "BTLF", "FADB", "EAHD", "FSHD", "SMTB"};
    for (size_t i = 0; i < sizeof signatures / sizeof signatures[0]; i++)
        if (memcmp(p, signatures[i], 4) == 0)
            return 1;
    return 0;
}

static int find_anchors(fuzz_file *file)
{
    for (int pass = 0; pass < 2; pass++) {
        file->n_anchors = 0;
        for (size_t i = 0; i + 4 <= file->size; i++)
            if (is_anchor(file->byte + i)) {
                if (pass == 1)
                    file->anchor[file->n_anchors] = i;
                file->n_anchors++;
            }
        if (pass == 0 && !(file->anchor = calloc(file->n_anchors + 1, sizeof *file->anchor)))
            return 0;
    }
    return 1;
}

int fuzz_file_read(fuzz_file *file, const char *path)
{
    memset(file, 0, sizeof *file);
    FILE *from = fopen(path, "rb");
    if (!from)
        return 0;
    long size = fseek(from, 0, SEEK_END) == 0 ? ftell(from) : -1;
    int fine = size > 8 && fseek(from, 0, SEEK_SET) == 0;
    if (fine) {
        file->size = (size_t)size;
        file->room = file->size + GROWTH;
        file->byte = malloc(file->size);
        file->copy = malloc(file->room);
        fine = file->byte && file->copy && fread(file->byte, 1, file->size, from) == file->size && find_anchors(file);
    }
    fclose(from);
    if (!fine)
        fuzz_file_free(file);
    return fine;
}

void fuzz_file_free(fuzz_file *file)
{
    free(file->byte);
    free(file->copy);
    free(file->anchor);
    memset(file, 0, sizeof *file);
}

/* ---- the damage ---- */

static void put(fuzz_file *file, size_t at, uint64_t value, size_t n)
{
    for (size_t i = 0; i < n && at + i < file->copy_size; i++)
        file->copy[at + i] = (uint8_t)(i < 8 ? value >> 8 * i : 0);
}

/* Numbers at which sizes and addresses break. */
static uint64_t number_of(const fuzz_file *file, uint32_t argument)
{
    static const uint64_t numbers[] = {0,          1,         2,          7,          8,          16,
                                       127,        128,       255,        256,        0x7FFF,     0x8000,
                                       0xFFFF,     0x10000,   0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x100000000,
                                       UINT64_MAX, INT64_MAX, 1ULL << 63, 0xFFFFFFF0, 1ULL << 40, 1ULL << 24};
    const size_t n = sizeof numbers / sizeof numbers[0];
    switch (argument % 4) {
    case 0:
        return argument >> 8;
    case 1:
        return file->copy_size ? (argument >> 2) % file->copy_size : 0;
    default:
        return numbers[(argument >> 2) % n];
    }
}

static void move_tail(fuzz_file *file, size_t at, size_t n, int insert)
{
    if (insert && file->copy_size + n <= file->room) {
        memmove(file->copy + at + n, file->copy + at, file->copy_size - at);
        file->copy_size += n;
    } else if (!insert && at + n <= file->copy_size) {
        memmove(file->copy + at, file->copy + at + n, file->copy_size - at - n);
        file->copy_size -= n;
    }
}

static void copy_block(fuzz_file *file, size_t to, uint32_t argument)
{
    size_t from = (argument >> 8) % file->copy_size, n = 8 + argument % 256;
    size_t last = to > from ? to : from;
    if (n > file->copy_size - last)
        n = file->copy_size - last;
    memmove(file->copy + to, file->copy + from, n);
}

static size_t place(const fuzz_file *file, uint8_t kind, uint32_t position)
{
    size_t at = position;
    if ((kind & 0x80) && file->n_anchors > 0)
        at = file->anchor[position % file->n_anchors] + (position >> 12) % 96;
    return at % file->copy_size;
}

static void instruct(fuzz_file *file, const uint8_t *p)
{
    uint32_t position = p[1] | (uint32_t)p[2] << 8 | (uint32_t)p[3] << 16;
    uint32_t argument = p[4] | (uint32_t)p[5] << 8 | (uint32_t)p[6] << 16 | (uint32_t)p[7] << 24;
    size_t at = place(file, p[0], position);
    switch ((p[0] & 0x7F) % 16) {
    case 0:
    case 1:
        file->copy[at] ^= (uint8_t)(1U << argument % 8);
        break;
    case 2:
    case 3:
        file->copy[at] = (uint8_t)argument;
        break;
    case 4:
        file->copy[at] = (uint8_t)(file->copy[at] + (argument % 2 ? 1U : 255U));
        break;
    case 5:
    case 6:
        put(file, at, number_of(file, argument), 2);
        break;
    case 7:
    case 8:
        put(file, at, number_of(file, argument), 4);
        break;
    case 9:
    case 10:
        put(file, at, number_of(file, argument), 8);
        break;
    case 11:
    case 12:
        copy_block(file, at, argument);
        break;
    case 13:
        put(file, at, 0, 8 + argument % 256);
        break;
    case 14:
        move_tail(file, at, 1 + argument % 16, (int)(argument >> 31));
        break;
    default:
        file->copy_size = at + 1; /* cut */
    }
}

void fuzz_file_damage(fuzz_file *file, const uint8_t *program, size_t size)
{
    memcpy(file->copy, file->byte, file->size);
    file->copy_size = file->size;
    for (size_t i = 0; i + 8 <= size; i += 8)
        instruct(file, program + i);
}
