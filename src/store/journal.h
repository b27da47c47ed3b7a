/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A journal: an append-only file of frames, each whole or not there. What was appended with KL_OK is on disk and survives
 * a kill and, as far as fdatasync can promise, a power cut. Knows bytes only: neither HDF5 nor what a frame means.
 *
 * The file, little-endian:
 *   header  64 bytes: magic "\x89KLJRN\r\n", version u32, 0 u32, identity 32 bytes, 0 12 bytes, CRC-32 of these 60 bytes
 *   frame   32 bytes: magic "\x89KLFRM\r\n", version u32, length u64, sequence u64, CRC-32 of identity and these 28 bytes;
 *           `length` bytes of payload; CRC-32 of the payload, begun with the header's CRC
 * Sequence numbers grow. The identity says what the frames are of; frames are bound to it and to their header, so that none
 * can stray into another journal.
 *
 * A frame that is cut off or damaged does not count. Nothing whole can follow a torn append, as the tail is cut before
 * the next one; so whatever is whole behind a damaged place was committed, and still counts. */
#ifndef KL_STORE_JOURNAL_H
#define KL_STORE_JOURNAL_H

#include <stddef.h>
#include <stdint.h>

#include "klaster/store.h"

#define KL_JOURNAL_SUFFIX ".journal"
#define KL_JOURNAL_IDENTITY 32
#define KL_JOURNAL_FRAME_MAX ((size_t)1 << 30) /* bytes of payload */

typedef struct kl_journal {
    char *path;
    int fd; /* locked; -1: not open */
    uint8_t identity[KL_JOURNAL_IDENTITY];
    uint64_t end;      /* where the next frame goes */
    uint64_t sequence; /* of the next frame */
    int64_t n_frames;  /* whole frames: found when opened, and appended since */
    int64_t n_damaged; /* places with damaged frames that others follow */
    uint64_t cut;      /* bytes of the torn tail that was cut off when opened */
    int is_torn;       /* an append failed and could not be taken back */
} kl_journal;

/* Open a journal for appending, or begin one; the name is on disk then, too. A torn tail is cut off. On an error nothing
 * that was there is touched, and kl_journal_close is legal.
 * KL_ERR_EXISTS  another process has it open; it has another identity; it is no journal, or one of a newer version;
 * KL_ERR_WRITE   it cannot be created, no regular file, the disk is full; KL_ERR_READ; KL_ERR_MEMORY. */
KL_MUST_USE kl_status kl_journal_open(kl_journal *journal, const char *path,
                                      const uint8_t identity[KL_JOURNAL_IDENTITY], kl_reason *reason);

/* Append one frame: one write, and on disk when this returns KL_OK. On an error the journal is as it was before, and may
 * be appended to again. KL_ERR_WRITE; KL_ERR_ARGUMENT for more than KL_JOURNAL_FRAME_MAX bytes. */
KL_MUST_USE kl_status kl_journal_append(kl_journal *journal, const void *bytes, size_t size, kl_reason *reason);

/* Unlock and free; the file stays. */
void kl_journal_close(kl_journal *journal);

/* Remove a journal for good: its name is gone from disk, too. A journal that is open is removed before it is closed, lest
 * another process's be hit. One that is not there is fine. KL_ERR_WRITE, KL_ERR_MEMORY. */
KL_MUST_USE kl_status kl_journal_remove(const char *path, kl_reason *reason);

/* Whether reading goes on. The bytes are gone when it returns. */
typedef kl_status (*kl_journal_fn)(void *data, const uint8_t *bytes, size_t size);

/* Give every whole frame to `fn`, in order; another process may be appending meanwhile. Memory: the largest frame's. An error
 * of `fn` ends the reading and is returned; `reason` is then left to `fn`. `identity` NULL: whatever it is.
 * KL_ERR_NOT_FOUND  there is no such file; KL_ERR_EXISTS  another identity;
 * KL_ERR_FORMAT  it is no journal, or one of a newer version; KL_ERR_READ; KL_ERR_MEMORY. */
KL_MUST_USE kl_status kl_journal_read(const char *path, const uint8_t *identity, kl_journal_fn fn, void *data,
                                      kl_reason *reason);

/* The identity of a journal. KL_ERR_NOT_FOUND where there is no such file, or none that was begun properly (nothing can be
 * in it); KL_ERR_FORMAT, KL_ERR_READ. */
KL_MUST_USE kl_status kl_journal_identity(const char *path, uint8_t identity[KL_JOURNAL_IDENTITY], kl_reason *reason);

/* The journals beside a target: `target`.journal and `target`.journal.<n>, in this order and by n; whatever is in them.
 * KL_OK with *n == 0 where there are none. KL_ERR_READ where the directory cannot be read, KL_ERR_MEMORY. */
KL_MUST_USE kl_status kl_journal_find(const char *target, int *n, char ***path, kl_reason *reason);
void kl_journal_found_free(int n, char **path);

#endif
