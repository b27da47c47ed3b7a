/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The file that is to be: a locked `.part` beside the target, which takes the target's name only when it is whole and on
 * disk. Knows nothing of HDF5. */
#ifndef KL_STORE_TARGET_H
#define KL_STORE_TARGET_H

#include "klaster/store.h"

typedef struct kl_target {
    char *path;      /* the file to be; symbolic links resolved */
    char *part;      /* path + ".part" */
    char *directory; /* where both lie */
    int overwrite;
    int fd; /* of the locked .part; -1: none */
} kl_target;

/* Only the names, and no lock. KL_ERR_WRITE, KL_ERR_MEMORY. */
KL_MUST_USE kl_status kl_target_name(kl_target *target, const char *path, kl_reason *reason);

/* Refuses an existing target (unless `overwrite`), one that is no regular file, a directory that cannot be written to
 * and a target that another process is writing. KL_ERR_EXISTS, KL_ERR_WRITE, KL_ERR_MEMORY.
 * kl_target_free is legal after an error. */
KL_MUST_USE kl_status kl_target_open(kl_target *target, const char *path, int overwrite, kl_reason *reason);

/* fsync the .part, rename it, fsync the directory. */
KL_MUST_USE kl_status kl_target_publish(kl_target *target, kl_reason *reason);

/* Remove the .part if it was not published; unlock; free. */
void kl_target_free(kl_target *target);

#endif
