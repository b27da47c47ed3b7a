/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Chunks made by hand: the bytes that HDF5's filters shuffle, deflate and fletcher32 would make, in that order. */
#include "store/chunk.h"

#include <math.h>

#include "core/vector.h"
#include "num/num.h"
#include "store/buffer.h"

#define CHECKSUM_SIZE 4

kl_status kl_chunk_writer_init(kl_chunk_writer *writer, size_t n)
{
    memset(writer, 0, sizeof *writer);
    writer->n = n;
    kl_deflate_init(&writer->deflate);
    writer->packed_size =
        kl_deflate_bound(sizeof(double), n) + n / 64 + 64 + CHECKSUM_SIZE; /* or of another compressor */
    writer->packed = malloc(writer->packed_size);
    writer->shuffled = malloc(n * sizeof(double));
    writer->bits = malloc(n * sizeof *writer->bits);
    return writer->packed && writer->shuffled && writer->bits ? KL_OK : KL_ERR_MEMORY;
}

void kl_chunk_writer_free(kl_chunk_writer *writer)
{
    free(writer->packed);
    free(writer->shuffled);
    free(writer->bits);
    memset(writer, 0, sizeof *writer);
}

/* ---- numbers to bits ---- */

/* One NaN: a sign or payload would make equal results differ. */
KL_VECTOR static void bits_of_doubles(uint64_t *restrict bits, const double *restrict value, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        double x = value[i] == value[i] ? value[i] : (double)NAN;
        uint64_t number;
        memcpy(&number, &x, sizeof number);
        bits[i] = number;
    }
}

KL_VECTOR static void bits_of_floats(uint32_t *restrict bits, const double *restrict value, size_t n)
{
    for (size_t i = 0; i < n; i++)
        bits[i] = kl_float_bits(value[i] == value[i] ? (float)value[i] : NAN);
}

/* A number is converted to 64 bits where it is stored in as many, else to 32. */
static size_t size_of_bits(const kl_variable *variable)
{
    return kl_number_size(variable->number) == sizeof(uint64_t) ? sizeof(uint64_t) : sizeof(uint32_t);
}

/* What does not fit is missing. */
static int64_t integer_of(double value, const kl_variable *variable)
{
    static const double highest[] = {[KL_I8] = INT8_MAX, [KL_I32] = INT32_MAX, [KL_I64] = 0x1.fffffffffffffp62};
    static const double lowest[] = {[KL_I8] = INT8_MIN, [KL_I32] = INT32_MIN, [KL_I64] = -0x1p63};
    int fits = value >= lowest[variable->number] && value <= highest[variable->number];
    return (int64_t)nearbyint(fits ? value : variable->fill);
}

/* Two's complement. */
static void bits_of_integers(uint32_t *bits, const double *value, size_t n, const kl_variable *variable)
{
    for (size_t i = 0; i < n; i++)
        bits[i] = (uint32_t)integer_of(value[i], variable);
}

static void bits_of_longs(uint64_t *bits, const double *value, size_t n, const kl_variable *variable)
{
    for (size_t i = 0; i < n; i++)
        bits[i] = (uint64_t)integer_of(value[i], variable);
}

static void convert(void *bits, const kl_variable *variable, const double *value, size_t n)
{
    if (variable->number == KL_F64)
        bits_of_doubles(bits, value, n);
    else if (variable->number == KL_F32)
        bits_of_floats(bits, value, n);
    else if (variable->number == KL_I64)
        bits_of_longs(bits, value, n, variable);
    else
        bits_of_integers(bits, value, n, variable);
}

static void fill_bits(kl_chunk_writer *writer, const kl_variable *variable, const kl_chunk *chunk)
{
    size_t size = size_of_bits(variable);
    uint8_t *to = (uint8_t *)writer->bits;
    union {
        uint64_t number;
        uint32_t word;
    } fill;
    convert(&fill, variable, &variable->fill, 1);
    if (chunk->n_columns == chunk->chunk_columns) {
        convert(to, variable, chunk->value, chunk->n_rows * chunk->n_columns);
        to += chunk->n_rows * chunk->n_columns * size;
    } else {
        for (size_t row = 0; row < chunk->n_rows; row++) {
            convert(to, variable, chunk->value + row * chunk->n_columns, chunk->n_columns);
            to += chunk->n_columns * size;
            for (size_t column = chunk->n_columns; column < chunk->chunk_columns; column++, to += size)
                memcpy(to, &fill, size);
        }
    }
    for (size_t i = chunk->n_rows * chunk->chunk_columns; i < chunk->chunk_rows * chunk->chunk_columns; i++, to += size)
        memcpy(to, &fill, size);
}

/* ---- bits to bytes ---- */

/* First every number's lowest byte, then every second, ...: independent of this machine's byte order. */
KL_VECTOR static void shuffle_words(const uint32_t *restrict bits, size_t n, int width, uint8_t *restrict to)
{
    for (int byte = 0; byte < width; byte++)
        for (size_t i = 0; i < n; i++)
            to[(size_t)byte * n + i] = (uint8_t)(bits[i] >> (8 * byte));
}

KL_VECTOR static void shuffle_longs(const uint64_t *restrict bits, size_t n, uint8_t *restrict to)
{
    for (int byte = 0; byte < 8; byte++)
        for (size_t i = 0; i < n; i++)
            to[(size_t)byte * n + i] = (uint8_t)(bits[i] >> (8 * byte));
}

/* Sums of whole words: their remainders by 65535, which is never written as 0 unless all is 0. */
static uint32_t fold(uint64_t sum)
{
    while (sum > 0xffff)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint32_t)sum;
}

#define FLETCHER_PART 256 /* words at a time: their weighted sum fits into 32 bits */

/* Sum of the words, and of each times the number of words from it on. */
KL_VECTOR static void add_words(const uint8_t *data, uint32_t *plain, uint32_t *weighted)
{
    uint32_t a = 0, b = 0;
    for (uint32_t i = 0; i < FLETCHER_PART; i++) {
        uint32_t word = (uint32_t)data[2 * i] << 8 | data[2 * i + 1];
        a += word;
        b += word * (FLETCHER_PART - i);
    }
    *plain = a;
    *weighted = b;
}

uint32_t kl_fletcher32(const uint8_t *data, size_t size)
{
    uint64_t first = 0, second = 0;
    size_t words = size / 2;
    for (; words >= FLETCHER_PART; words -= FLETCHER_PART, data += 2 * FLETCHER_PART) {
        uint32_t plain, weighted;
        add_words(data, &plain, &weighted);
        second = fold(second + FLETCHER_PART * first + weighted);
        first = fold(first + plain);
    }
    for (; words > 0; words--, data += 2) {
        first += (uint32_t)data[0] << 8 | data[1];
        second += first;
    }
    if (size % 2) {
        first += (uint32_t)data[0] << 8;
        second += first;
    }
    return fold(second) << 16 | fold(first);
}

/* ---- packing ---- */

/* Shuffle, deflate and checksum n numbers, of whose `size` bytes each `width` are kept. */
static size_t make(kl_chunk_writer *writer, const void *bits, size_t size, size_t width, size_t n)
{
    if (size == sizeof(uint64_t))
        shuffle_longs(bits, n, writer->shuffled);
    else
        shuffle_words(bits, n, (int)width, writer->shuffled);
    size_t packed = kl_deflate_planes(&writer->deflate, writer->packed, writer->shuffled, width, n);
    kl_bytes_put(writer->packed + packed, CHECKSUM_SIZE, kl_fletcher32(writer->packed, packed));
    return packed + CHECKSUM_SIZE;
}

/* As `make`. What a study leaves undefined comes as many chunks of the same number: the last such chunk is kept. */
static size_t pack(kl_chunk_writer *writer, const void *bits, size_t size, size_t width, size_t n)
{
    kl_uniform_chunk *kept = &writer->uniform;
    if (memcmp(bits, (const uint8_t *)bits + size, (n - 1) * size) != 0)
        return make(writer, bits, size, width, n);
    if (kept->packed_size > 0 && kept->width == width && kept->n == n && memcmp(kept->number, bits, size) == 0) {
        memcpy(writer->packed, kept->packed, kept->packed_size);
        return kept->packed_size;
    }
    size_t packed = make(writer, bits, size, width, n);
    if (packed <= sizeof kept->packed) {
        memcpy(kept->number, bits, size);
        memcpy(kept->packed, writer->packed, packed);
        kept->width = width;
        kept->n = n;
        kept->packed_size = packed;
    }
    return packed;
}

size_t kl_chunk_pack(kl_chunk_writer *writer, const kl_variable *variable, const kl_chunk *chunk)
{
    size_t n = chunk->chunk_rows * chunk->chunk_columns;
    if (n == 0 || n > writer->n || chunk->n_rows > chunk->chunk_rows || chunk->n_columns > chunk->chunk_columns)
        return 0;
    fill_bits(writer, variable, chunk);
    return pack(writer, writer->bits, size_of_bits(variable), kl_number_size(variable->number), n);
}

size_t kl_chunk_pack_words(kl_chunk_writer *writer, const uint32_t *words, size_t n)
{
    if (n == 0 || n > 2 * writer->n) /* it has room for numbers of 64 bits */
        return 0;
    return pack(writer, words, sizeof *words, sizeof *words, n);
}

int kl_chunk_is_sound(const uint8_t *packed, size_t size)
{
    return size > CHECKSUM_SIZE &&
           kl_bytes_get(packed + size - CHECKSUM_SIZE, CHECKSUM_SIZE) == kl_fletcher32(packed, size - CHECKSUM_SIZE);
}
