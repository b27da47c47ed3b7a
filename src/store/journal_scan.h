/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the writer and the readers of journals share: the header, and the search for whole frames. */
#ifndef KL_STORE_JOURNAL_SCAN_H
#define KL_STORE_JOURNAL_SCAN_H

#include "store/journal.h"

#define KL_JOURNAL_HEADER_SIZE 64
#define KL_FRAME_HEADER_SIZE 32
#define KL_FRAME_TRAILER_SIZE 4

typedef enum kl_journal_head {
    KL_HEAD_SOUND,
    KL_HEAD_TORN, /* its beginning was never committed, so nothing is in it */
    KL_HEAD_NEWER,
    KL_HEAD_FOREIGN
} kl_journal_head;

void kl_journal_make_header(uint8_t header[KL_JOURNAL_HEADER_SIZE], const uint8_t identity[KL_JOURNAL_IDENTITY]);
void kl_frame_make_header(uint8_t header[KL_FRAME_HEADER_SIZE], const uint8_t identity[KL_JOURNAL_IDENTITY],
                          uint64_t length, uint64_t sequence);
void kl_frame_make_trailer(uint8_t trailer[KL_FRAME_TRAILER_SIZE], const uint8_t header[KL_FRAME_HEADER_SIZE],
                           const void *bytes, size_t size);

/* Read the header of a file of `size` bytes. The identity is written where it is sound. KL_ERR_READ. */
KL_MUST_USE kl_status kl_journal_read_header(int fd, const char *path, uint64_t size, kl_journal_head *head,
                                             uint8_t identity[KL_JOURNAL_IDENTITY], kl_reason *reason);

typedef struct kl_journal_scan {
    uint64_t end;      /* of the last whole frame */
    uint64_t sequence; /* one more than the last frame's */
    int64_t n_frames, n_damaged;
} kl_journal_scan;

/* Find every whole frame behind a sound header, in time linear in the size, and give it to `fn`; fn NULL: only look.
 * KL_ERR_READ, KL_ERR_MEMORY, and what fn returns. */
KL_MUST_USE kl_status kl_journal_scan_frames(int fd, const char *path, uint64_t size,
                                             const uint8_t identity[KL_JOURNAL_IDENTITY], kl_journal_fn fn, void *data,
                                             kl_journal_scan *scan, kl_reason *reason);

#endif
