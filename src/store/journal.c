/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Writing journals: lock, begin, cut the torn tail, append, remove. What the bytes mean is in journal_scan.c. */
#define _DEFAULT_SOURCE /* pwritev, ftruncate, fdatasync */
#include "store/journal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "store/disk.h"
#include "store/h5.h"
#include "store/journal_scan.h"

#define N_PIECES 3 /* of a frame: header, payload, trailer */

static int sync_data(int fd)
{
    int result;
    do
        result = fdatasync(fd);
    while (result != 0 && errno == EINTR);
    return result;
}

/* One write, unless the system takes less than asked for. -1: errno. */
static int write_pieces(int fd, struct iovec *piece, int n, uint64_t at)
{
    for (;;) {
        for (; n > 0 && piece->iov_len == 0; n--)
            piece++;
        if (n == 0)
            return 0;
        ssize_t written = pwritev(fd, piece, n, (off_t)at);
        if (written < 0 && errno == EINTR)
            continue;
        if (written == 0)
            errno = ENOSPC;
        if (written <= 0)
            return -1;
        at += (uint64_t)written;
        for (size_t left = (size_t)written; left > 0;) {
            size_t taken = left < piece->iov_len ? left : piece->iov_len;
            piece->iov_base = (uint8_t *)piece->iov_base + taken;
            piece->iov_len -= taken;
            left -= taken;
            if (left > 0) {
                piece++;
                n--;
            }
        }
    }
}

/* ---- opening ---- */

static kl_status lock_journal(kl_journal *journal, kl_reason *reason)
{
    for (int attempt = 0; attempt < 100; attempt++) {
        kl_status status = kl_disk_lock(&journal->fd, journal->path, journal->path, reason);
        if (status != KL_OK || journal->fd >= 0)
            return status;
    }
    return kl_reason_set(reason, KL_ERR_WRITE, "%s: is renamed again and again", journal->path);
}

/* Nothing is in it yet: write the header, and bring it and the name to disk. */
static kl_status begin(kl_journal *journal, kl_reason *reason)
{
    uint8_t header[KL_JOURNAL_HEADER_SIZE];
    struct iovec piece = {header, sizeof header};
    char *directory = kl_disk_directory(journal->path);
    kl_status status = KL_OK;
    kl_journal_make_header(header, journal->identity);
    if (!directory)
        status = kl_reason_set(reason, KL_ERR_MEMORY, "%s", kl_status_text(KL_ERR_MEMORY));
    else if (kl_disk_cut(journal->fd, 0) != 0 || write_pieces(journal->fd, &piece, 1, 0) != 0 ||
             sync_data(journal->fd) != 0)
        status = kl_disk_fail(reason, KL_ERR_WRITE, journal->path, "cannot be written");
    if (status == KL_OK)
        status = kl_disk_sync_directory(directory, reason);
    if (status != KL_OK)
        (void)unlink(journal->path); /* while it is locked */
    free(directory);
    journal->end = sizeof header;
    return status;
}

/* Look for the last whole frame and cut off what stands behind it. */
static kl_status go_on(kl_journal *journal, uint64_t size, kl_reason *reason)
{
    kl_journal_scan scan;
    kl_status status =
        kl_journal_scan_frames(journal->fd, journal->path, size, journal->identity, NULL, NULL, &scan, reason);
    if (status != KL_OK)
        return status;
    if (scan.end < size && (kl_disk_cut(journal->fd, scan.end) != 0 || sync_data(journal->fd) != 0))
        return kl_disk_fail(reason, KL_ERR_WRITE, journal->path, "cannot be cut");
    journal->end = scan.end;
    journal->sequence = scan.sequence;
    journal->n_frames = scan.n_frames;
    journal->n_damaged = scan.n_damaged;
    journal->cut = size - scan.end;
    return KL_OK;
}

kl_status kl_journal_open(kl_journal *journal, const char *path, const uint8_t identity[KL_JOURNAL_IDENTITY],
                          kl_reason *reason)
{
    struct stat info;
    kl_journal_head head;
    uint8_t found[KL_JOURNAL_IDENTITY];
    memset(journal, 0, sizeof *journal);
    journal->fd = -1;
    memcpy(journal->identity, identity, KL_JOURNAL_IDENTITY);
    journal->path = kl_disk_join(path, "");
    if (!journal->path)
        return kl_reason_set(reason, KL_ERR_MEMORY, "%s", kl_status_text(KL_ERR_MEMORY));
    kl_status status = lock_journal(journal, reason);
    if (status != KL_OK)
        goto out;
    if (fstat(journal->fd, &info) != 0) {
        status = kl_disk_fail(reason, KL_ERR_READ, path, "cannot be read");
        goto out;
    }
    if (!S_ISREG(info.st_mode)) {
        status = kl_reason_set(reason, KL_ERR_WRITE, "%s: is no regular file and cannot become a journal", path);
        goto out;
    }
    uint64_t size = (uint64_t)info.st_size;
    status = kl_journal_read_header(journal->fd, path, size, &head, found, reason);
    if (status != KL_OK)
        goto out;
    if (head == KL_HEAD_TORN)
        status = begin(journal, reason);
    else if (head == KL_HEAD_FOREIGN)
        status = kl_reason_set(reason, KL_ERR_EXISTS, "%s: is no journal of klaster, or a damaged one, and in the way",
                               path);
    else if (head == KL_HEAD_NEWER)
        status = kl_reason_set(reason, KL_ERR_EXISTS, "%s: is the journal of a newer klaster", path);
    else if (memcmp(identity, found, sizeof found) != 0)
        status = kl_reason_set(reason, KL_ERR_EXISTS, "%s: is the journal of another study or plan", path);
    else
        status = go_on(journal, size, reason);
out:
    if (status != KL_OK)
        kl_journal_close(journal);
    return status;
}

void kl_journal_close(kl_journal *journal)
{
    if (journal->fd >= 0)
        (void)close(journal->fd);
    journal->fd = -1;
    free(journal->path);
    journal->path = NULL;
}

/* ---- appending ---- */

kl_status kl_journal_append(kl_journal *journal, const void *bytes, size_t size, kl_reason *reason)
{
    uint8_t header[KL_FRAME_HEADER_SIZE], trailer[KL_FRAME_TRAILER_SIZE];
    if (journal->fd < 0 || size > KL_JOURNAL_FRAME_MAX)
        return kl_reason_set(reason, KL_ERR_ARGUMENT, "a frame of %zu bytes does not fit into a journal", size);
    if (journal->is_torn && kl_disk_cut(journal->fd, journal->end) != 0)
        return kl_disk_fail(reason, KL_ERR_WRITE, journal->path, "cannot be cut");
    journal->is_torn = 0;
    kl_frame_make_header(header, journal->identity, size, journal->sequence);
    kl_frame_make_trailer(trailer, header, bytes, size);
    struct iovec piece[N_PIECES] = {
        {header, sizeof header}, {(void *)(uintptr_t)bytes, size}, {trailer, sizeof trailer}}; /* only read */
    if (write_pieces(journal->fd, piece, N_PIECES, journal->end) != 0 || sync_data(journal->fd) != 0) {
        kl_status status = kl_disk_fail(reason, KL_ERR_WRITE, journal->path, "cannot be written");
        journal->is_torn = kl_disk_cut(journal->fd, journal->end) != 0;
        return status;
    }
    journal->end += sizeof header + size + sizeof trailer;
    journal->sequence++;
    journal->n_frames++;
    return KL_OK;
}

/* ---- removing ---- */

kl_status kl_journal_remove(const char *path, kl_reason *reason)
{
    char *directory = kl_disk_directory(path);
    if (!directory)
        return kl_reason_set(reason, KL_ERR_MEMORY, "%s", kl_status_text(KL_ERR_MEMORY));
    kl_status status = KL_OK;
    if (unlink(path) == 0)
        status = kl_disk_sync_directory(directory, reason);
    else if (errno != ENOENT)
        status = kl_disk_fail(reason, KL_ERR_WRITE, path, "cannot be removed");
    free(directory);
    return status;
}
