/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Chunks made by hand: the bytes that HDF5's filters shuffle, deflate 1 and fletcher32 would make, in that order. */
#include "store/chunk.h"

#include <libdeflate.h>
#include <math.h>

#include "store/buffer.h"

#define CHECKSUM_SIZE 4

kl_status kl_chunk_writer_init(kl_chunk_writer *writer, size_t n)
{
    memset(writer, 0, sizeof *writer);
    writer->n = n;
    writer->compressor = libdeflate_alloc_compressor(1);
    if (!writer->compressor)
        return KL_ERR_MEMORY;
    writer->packed_size = libdeflate_zlib_compress_bound(writer->compressor, n * sizeof(double)) + CHECKSUM_SIZE;
    writer->packed = malloc(writer->packed_size);
    writer->shuffled = malloc(n * sizeof(double));
    writer->bits = malloc(n * sizeof *writer->bits);
    return writer->packed && writer->shuffled && writer->bits ? KL_OK : KL_ERR_MEMORY;
}

void kl_chunk_writer_free(kl_chunk_writer *writer)
{
    if (writer->compressor)
        libdeflate_free_compressor(writer->compressor);
    free(writer->packed);
    free(writer->shuffled);
    free(writer->bits);
    memset(writer, 0, sizeof *writer);
}

/* ---- numbers to bits ---- */

static uint64_t bits_of_double(double value)
{
    uint64_t bits;
    if (isnan(value))
        value = NAN; /* one NaN: a sign or payload would make equal results differ */
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static uint64_t bits_of_float(double value)
{
    uint32_t bits;
    float narrow = isnan(value) ? NAN : (float)value;
    memcpy(&bits, &narrow, sizeof bits);
    return bits;
}

/* Two's complement; what does not fit is missing. */
static uint64_t bits_of_integer(double value, double fill, double lowest, double highest)
{
    double whole = value >= lowest && value <= highest ? nearbyint(value) : fill;
    return (uint64_t)(int64_t)whole;
}

static uint64_t bits_of(double value, const kl_variable *variable)
{
    switch (variable->number) {
    case KL_F32:
        return bits_of_float(value);
    case KL_F64:
        return bits_of_double(value);
    case KL_I8:
        return bits_of_integer(value, variable->fill, INT8_MIN, INT8_MAX);
    default:
        return bits_of_integer(value, variable->fill, INT32_MIN, INT32_MAX);
    }
}

static void fill_bits(kl_chunk_writer *writer, const kl_variable *variable, const kl_chunk *chunk)
{
    uint64_t fill = bits_of(variable->fill, variable);
    for (size_t row = 0; row < chunk->chunk_rows; row++) {
        uint64_t *to = writer->bits + row * chunk->chunk_columns;
        size_t n = row < chunk->n_rows ? chunk->n_columns : 0;
        for (size_t column = 0; column < n; column++)
            to[column] = bits_of(chunk->value[row * chunk->n_columns + column], variable);
        for (size_t column = n; column < chunk->chunk_columns; column++)
            to[column] = fill;
    }
}

/* ---- bits to bytes ---- */

/* First every number's lowest byte, then every second, ...: independent of this machine's byte order. */
static void shuffle(const uint64_t *bits, size_t n, size_t width, uint8_t *to)
{
    for (size_t byte = 0; byte < width; byte++)
        for (size_t i = 0; i < n; i++)
            to[byte * n + i] = (uint8_t)(bits[i] >> (8 * byte));
}

static uint32_t fold(uint32_t sum)
{
    return (sum & 0xffff) + (sum >> 16);
}

uint32_t kl_fletcher32(const uint8_t *data, size_t size)
{
    uint32_t first = 0, second = 0;
    size_t words = size / 2;
    while (words > 0) {
        size_t n = words < 360 ? words : 360; /* more would overflow `second` */
        words -= n;
        for (; n > 0; n--, data += 2) {
            first += (uint32_t)data[0] << 8 | data[1];
            second += first;
        }
        first = fold(first);
        second = fold(second);
    }
    if (size % 2) {
        first += (uint32_t)data[0] << 8;
        second += first;
        first = fold(first);
        second = fold(second);
    }
    return fold(second) << 16 | fold(first);
}

/* Deflate and checksum so many shuffled bytes. */
static size_t pack_shuffled(kl_chunk_writer *writer, size_t n)
{
    size_t size = libdeflate_zlib_compress(writer->compressor, writer->shuffled, n, writer->packed,
                                           writer->packed_size - CHECKSUM_SIZE);
    if (size == 0)
        return 0;
    kl_bytes_put(writer->packed + size, CHECKSUM_SIZE, kl_fletcher32(writer->packed, size));
    return size + CHECKSUM_SIZE;
}

size_t kl_chunk_pack(kl_chunk_writer *writer, const kl_variable *variable, const kl_chunk *chunk)
{
    size_t n = chunk->chunk_rows * chunk->chunk_columns;
    size_t width = kl_number_size(variable->number);
    if (n > writer->n || chunk->n_rows > chunk->chunk_rows || chunk->n_columns > chunk->chunk_columns)
        return 0;
    fill_bits(writer, variable, chunk);
    shuffle(writer->bits, n, width, writer->shuffled);
    return pack_shuffled(writer, n * width);
}

size_t kl_chunk_pack_words(kl_chunk_writer *writer, const uint32_t *words, size_t n)
{
    if (n > 2 * writer->n) /* it has room for numbers of 64 bits */
        return 0;
    for (int byte = 0; byte < 4; byte++)
        for (size_t i = 0; i < n; i++)
            writer->shuffled[(size_t)byte * n + i] = (uint8_t)(words[i] >> (8 * byte));
    return pack_shuffled(writer, 4 * n);
}

int kl_chunk_write(kl_chunk_writer *writer, hid_t dataset, const kl_variable *variable, const kl_chunk *chunk)
{
    size_t size = kl_chunk_pack(writer, variable, chunk);
    if (size == 0)
        return -1;
    return H5Dwrite_chunk(dataset, H5P_DEFAULT, 0, chunk->offset, size, writer->packed) < 0 ? -1 : 0;
}

int kl_chunk_is_sound(const uint8_t *packed, size_t size)
{
    return size > CHECKSUM_SIZE && kl_bytes_get(packed + size - CHECKSUM_SIZE, CHECKSUM_SIZE) ==
                                       kl_fletcher32(packed, size - CHECKSUM_SIZE);
}
