/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the bytes of a journal mean, and the search for its whole frames. Every byte is distrusted: a length is believed only
 * where the header's checksum is right and the file is that long. */
#define _DEFAULT_SOURCE /* pread */
#include "store/journal_scan.h"

#include <errno.h>
#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/disk.h"
#include "store/h5.h"

#define VERSION 1
#define MAGIC_SIZE 8
#define WINDOW ((size_t)1 << 18)

static const uint8_t journal_magic[MAGIC_SIZE] = {0x89, 'K', 'L', 'J', 'R', 'N', '\r', '\n'};
static const uint8_t frame_magic[MAGIC_SIZE] = {0x89, 'K', 'L', 'F', 'R', 'M', '\r', '\n'};

/* ---- headers ---- */

static void put(uint8_t *to, uint64_t value, int n_bytes)
{
    for (int i = 0; i < n_bytes; i++)
        to[i] = (uint8_t)(value >> (8 * i));
}

static uint64_t get(const uint8_t *from, int n_bytes)
{
    uint64_t value = 0;
    for (int i = 0; i < n_bytes; i++)
        value |= (uint64_t)from[i] << (8 * i);
    return value;
}

void kl_journal_make_header(uint8_t header[KL_JOURNAL_HEADER_SIZE], const uint8_t identity[KL_JOURNAL_IDENTITY])
{
    memset(header, 0, KL_JOURNAL_HEADER_SIZE);
    memcpy(header, journal_magic, MAGIC_SIZE);
    put(header + 8, VERSION, 4);
    memcpy(header + 16, identity, KL_JOURNAL_IDENTITY);
    put(header + 60, libdeflate_crc32(0, header, 60), 4);
}

static uint32_t frame_header_crc(const uint8_t *header, const uint8_t *identity)
{
    return libdeflate_crc32(libdeflate_crc32(0, identity, KL_JOURNAL_IDENTITY), header, 28);
}

void kl_frame_make_header(uint8_t header[KL_FRAME_HEADER_SIZE], const uint8_t identity[KL_JOURNAL_IDENTITY],
                          uint64_t length, uint64_t sequence)
{
    memcpy(header, frame_magic, MAGIC_SIZE);
    put(header + 8, VERSION, 4);
    put(header + 12, length, 8);
    put(header + 20, sequence, 8);
    put(header + 28, frame_header_crc(header, identity), 4);
}

void kl_frame_make_trailer(uint8_t trailer[KL_FRAME_TRAILER_SIZE], const uint8_t header[KL_FRAME_HEADER_SIZE],
                           const void *bytes, size_t size)
{
    uint32_t begin = (uint32_t)get(header + 28, 4);
    put(trailer, size ? libdeflate_crc32(begin, bytes, size) : begin, 4);
}

/* ---- reading ---- */

/* 1: all of it, 0: the file ends before, -1: errno. */
static int read_at(int fd, void *to, size_t size, uint64_t at)
{
    uint8_t *next = to;
    while (size > 0) {
        ssize_t n = pread(fd, next, size, (off_t)at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? -1 : 0;
        next += n;
        at += (uint64_t)n;
        size -= (size_t)n;
    }
    return 1;
}

static int is_zero(const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (bytes[i] != 0)
            return 0;
    return 1;
}

kl_status kl_journal_read_header(int fd, const char *path, uint64_t size, kl_journal_head *head,
                                 uint8_t identity[KL_JOURNAL_IDENTITY], kl_reason *reason)
{
    uint8_t header[KL_JOURNAL_HEADER_SIZE] = {0};
    size_t there = size < sizeof header ? (size_t)size : sizeof header;
    if (read_at(fd, header, there, 0) < 0)
        return kl_disk_fail(reason, KL_ERR_READ, path, "cannot be read");
    int has_magic = memcmp(header, journal_magic, there < MAGIC_SIZE ? there : MAGIC_SIZE) == 0;
    int is_sound = there == sizeof header && has_magic && get(header + 60, 4) == libdeflate_crc32(0, header, 60);
    if (is_sound && get(header + 8, 4) == VERSION)
        *head = KL_HEAD_SOUND;
    else if (is_sound)
        *head = KL_HEAD_NEWER;
    else if (size <= sizeof header && (has_magic || is_zero(header, there))) /* zeros: a power cut */
        *head = KL_HEAD_TORN;
    else
        *head = KL_HEAD_FOREIGN;
    if (is_sound)
        memcpy(identity, header + 16, KL_JOURNAL_IDENTITY);
    return KL_OK;
}

typedef struct scanner {
    int fd;
    uint64_t size; /* of the file when the scan began */
    const uint8_t *identity;
    uint64_t sequence; /* the least that the next frame may have */
    uint8_t *bytes;    /* a payload, or a piece of it */
    size_t capacity;
    uint8_t *window; /* for the search */
} scanner;

/* 1: a sound header stands at `at`, 0: none, -1: errno. */
static int sound_header_at(const scanner *s, uint64_t at, uint8_t header[KL_FRAME_HEADER_SIZE])
{
    if (s->size - at < KL_FRAME_HEADER_SIZE)
        return 0;
    int result = read_at(s->fd, header, KL_FRAME_HEADER_SIZE, at);
    if (result != 1)
        return result;
    return memcmp(header, frame_magic, MAGIC_SIZE) == 0 && get(header + 8, 4) == VERSION &&
           get(header + 12, 8) <= KL_JOURNAL_FRAME_MAX && get(header + 20, 8) >= s->sequence &&
           get(header + 28, 4) == frame_header_crc(header, s->identity);
}

/* The first sound header at `from` or behind: 1 with *at, 0: none, -1: errno. */
static int find_header(const scanner *s, uint64_t from, uint64_t *at)
{
    uint8_t header[KL_FRAME_HEADER_SIZE];
    while (s->size - from >= KL_FRAME_HEADER_SIZE) {
        size_t n = s->size - from < WINDOW ? (size_t)(s->size - from) : WINDOW;
        int result = read_at(s->fd, s->window, n, from);
        if (result != 1)
            return result;
        size_t last = n - MAGIC_SIZE; /* a magic that is cut by the window's end stands in the next */
        for (size_t i = 0; i <= last; i++) {
            const uint8_t *found = memchr(s->window + i, frame_magic[0], last + 1 - i);
            if (!found)
                break;
            i = (size_t)(found - s->window);
            if (memcmp(found, frame_magic, MAGIC_SIZE) != 0)
                continue;
            result = sound_header_at(s, from + i, header);
            if (result != 0) {
                *at = from + i;
                return result;
            }
        }
        from += last + 1;
    }
    return 0;
}

/* Room for a whole payload. */
static int make_room(scanner *s, size_t size)
{
    if (size <= s->capacity)
        return 0;
    uint8_t *larger = realloc(s->bytes, size);
    if (!larger)
        return -1;
    s->bytes = larger;
    s->capacity = size;
    return 0;
}

/* Is the payload behind a sound header right? 1, 0, or -1: errno. It is in `bytes`, if that has room for all of it. */
static int payload_is_right(scanner *s, const uint8_t *header, uint64_t at, uint64_t length)
{
    uint8_t trailer[KL_FRAME_TRAILER_SIZE];
    uint32_t crc = (uint32_t)get(header + 28, 4);
    for (uint64_t done = 0; done < length;) {
        size_t n = length - done < s->capacity ? (size_t)(length - done) : s->capacity;
        int result = read_at(s->fd, s->bytes, n, at + done);
        if (result != 1)
            return result;
        crc = libdeflate_crc32(crc, s->bytes, n);
        done += n;
    }
    int result = read_at(s->fd, trailer, sizeof trailer, at + length);
    return result == 1 ? get(trailer, 4) == crc : result;
}

/* Every sound header in turn; what stands between a frame's end and the next sound header is damage. */
static kl_status scan_frames(scanner *s, const char *path, kl_journal_fn fn, void *data, kl_journal_scan *scan,
                             kl_reason *reason)
{
    uint8_t header[KL_FRAME_HEADER_SIZE];
    uint64_t at = scan->end;
    for (;;) {
        int found = sound_header_at(s, at, header);
        if (found == 0 && s->size > at) {
            found = find_header(s, at + 1, &at);
            if (found == 1)
                found = sound_header_at(s, at, header);
        }
        if (found < 0)
            return kl_disk_fail(reason, KL_ERR_READ, path, "cannot be read");
        if (found == 0)
            return KL_OK;
        uint64_t length = get(header + 12, 8);
        uint64_t end = at + KL_FRAME_HEADER_SIZE + length + KL_FRAME_TRAILER_SIZE;
        if (end > s->size) /* torn; nothing was appended behind it */
            return KL_OK;
        if (fn && make_room(s, (size_t)length) != 0)
            return kl_reason_set(reason, KL_ERR_MEMORY, "%s: %s", path, kl_status_text(KL_ERR_MEMORY));
        found = payload_is_right(s, header, at + KL_FRAME_HEADER_SIZE, length);
        if (found < 0)
            return kl_disk_fail(reason, KL_ERR_READ, path, "cannot be read");
        if (found == 1) {
            kl_status status = fn ? fn(data, s->bytes, (size_t)length) : KL_OK;
            if (status != KL_OK)
                return status;
            scan->n_damaged += at != scan->end;
            scan->n_frames++;
            scan->end = end;
            scan->sequence = s->sequence = get(header + 20, 8) + 1;
        }
        at = end; /* the length of a sound header holds, whatever the payload is */
    }
}

kl_status kl_journal_scan_frames(int fd, const char *path, uint64_t size, const uint8_t identity[KL_JOURNAL_IDENTITY],
                                 kl_journal_fn fn, void *data, kl_journal_scan *scan, kl_reason *reason)
{
    kl_status status;
    scanner s = {.fd = fd, .size = size, .identity = identity, .capacity = WINDOW};
    memset(scan, 0, sizeof *scan);
    scan->end = KL_JOURNAL_HEADER_SIZE;
    s.bytes = malloc(WINDOW);
    s.window = malloc(WINDOW);
    if (!s.bytes || !s.window) {
        status = kl_reason_set(reason, KL_ERR_MEMORY, "%s: %s", path, kl_status_text(KL_ERR_MEMORY));
        goto out;
    }
    status = scan_frames(&s, path, fn, data, scan, reason);
out:
    free(s.bytes);
    free(s.window);
    return status;
}
