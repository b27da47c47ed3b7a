/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Small helpers over files and directories, shared by the files of this layer that write. Knows nothing of HDF5. */
#ifndef KL_STORE_DISK_H
#define KL_STORE_DISK_H

#include <stdint.h>

#include "klaster/store.h"

/* The sentence "path: what: the system's words for errno". Returns `status`. */
kl_status kl_disk_fail(kl_reason *reason, kl_status status, const char *path, const char *what);

/* a and b in one; malloc'ed, NULL without memory. */
char *kl_disk_join(const char *a, const char *b);

/* "a/b.h5" -> "a", "b.h5" -> ".", "/b.h5" -> "/"; malloc'ed, NULL without memory. */
char *kl_disk_directory(const char *path);

/* fsync and ftruncate, made again when a signal interrupts them. -1: errno. */
int kl_disk_sync(int fd);
int kl_disk_cut(int fd, uint64_t size);

/* Bring the names in a directory to disk. KL_ERR_WRITE. */
KL_MUST_USE kl_status kl_disk_sync_directory(const char *directory, kl_reason *reason);

/* Open `name` for reading and writing, created where it is not there, and lock it with flock(2): the lock goes away with
 * the process. A symbolic link is refused. A file system that knows no locks is put up with. `target` stands in the sentence.
 * KL_OK with *fd < 0: the file lost its name while it was being locked; try again.
 * KL_ERR_EXISTS  another process has locked it; KL_ERR_WRITE. */
KL_MUST_USE kl_status kl_disk_lock(int *fd, const char *name, const char *target, kl_reason *reason);

#endif
