/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Lock, publish, clean up. The lock is flock(2) on the .part itself: it goes away with the process, so a .part that a
 * killed process left behind blocks nobody. */
#define _DEFAULT_SOURCE /* realpath, lstat */
#include "store/target.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/disk.h"
#include "store/h5.h"

/* Is there something under the target's name that must stay? */
static kl_status check_name(const char *path, int overwrite, kl_reason *reason)
{
    struct stat info;
    if (lstat(path, &info) != 0) {
        if (errno == ENOENT)
            return KL_OK;
        return kl_disk_fail(reason, KL_ERR_WRITE, path, "cannot write here");
    }
    if (stat(path, &info) != 0)
        return kl_disk_fail(reason, KL_ERR_WRITE, path, "a symbolic link that leads nowhere");
    if (!S_ISREG(info.st_mode))
        return kl_reason_set(reason, KL_ERR_WRITE, "%s: is no regular file and cannot become a result file", path);
    if (!overwrite)
        return kl_reason_set(reason, KL_ERR_EXISTS, "%s: the file exists already", path);
    return KL_OK;
}

kl_status kl_target_name(kl_target *target, const char *path, kl_reason *reason)
{
    struct stat info;
    memset(target, 0, sizeof *target);
    target->fd = -1;
    size_t length = strlen(path);
    if (length == 0 || path[length - 1] == '/')
        return kl_reason_set(reason, KL_ERR_WRITE, "%s: is not the name of a file", path);
    target->path = stat(path, &info) == 0 ? realpath(path, NULL) : kl_disk_join(path, "");
    target->part = target->path ? kl_disk_join(target->path, ".part") : NULL;
    target->directory = target->path ? kl_disk_directory(target->path) : NULL;
    if (!target->part || !target->directory)
        return kl_reason_set(reason, KL_ERR_MEMORY, "%s", kl_status_text(KL_ERR_MEMORY));
    return KL_OK;
}

kl_status kl_target_open(kl_target *target, const char *path, int overwrite, kl_reason *reason)
{
    kl_status status = kl_target_name(target, path, reason);
    target->overwrite = overwrite;
    if (status == KL_OK)
        status = check_name(path, overwrite, reason);
    if (status != KL_OK)
        return status;
    for (int attempt = 0; attempt < 100 && target->fd < 0; attempt++) {
        status = kl_disk_lock(&target->fd, target->part, target->path, reason);
        if (status != KL_OK)
            return status;
        status = check_name(target->path, overwrite, reason);
        if (status != KL_OK)
            return status;
    }
    if (target->fd < 0)
        return kl_reason_set(reason, KL_ERR_WRITE, "%s: is renamed again and again", target->part);
    return KL_OK;
}

kl_status kl_target_publish(kl_target *target, kl_reason *reason)
{
    if (kl_disk_sync(target->fd) != 0)
        return kl_disk_fail(reason, KL_ERR_WRITE, target->part, "cannot be written to disk");
    kl_status status = check_name(target->path, target->overwrite, reason);
    if (status != KL_OK)
        return status;
    if (rename(target->part, target->path) != 0)
        return kl_disk_fail(reason, KL_ERR_WRITE, target->path, "cannot be given its name");
    (void)close(target->fd);
    target->fd = -1;
    return kl_disk_sync_directory(target->directory, reason);
}

void kl_target_free(kl_target *target)
{
    if (target->fd >= 0) {
        (void)unlink(target->part); /* before unlocking, so that nobody else's .part is hit */
        (void)close(target->fd);
    }
    target->fd = -1;
    free(target->path);
    free(target->part);
    free(target->directory);
    target->path = target->part = target->directory = NULL;
}
