/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Lock, publish, clean up. The lock is flock(2) on the .part itself: it goes away with the process, so a .part that a
 * killed process left behind blocks nobody. */
#define _DEFAULT_SOURCE /* flock, realpath */
#include "store/target.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/h5.h"

static kl_status fail(kl_reason *reason, kl_status status, const char *path, const char *what)
{
    return kl_reason_set(reason, status, "%s: %s: %s", path, what, strerror(errno));
}

static char *join(const char *a, const char *b)
{
    size_t size = strlen(a) + strlen(b) + 1;
    char *text = malloc(size);
    if (text)
        (void)snprintf(text, size, "%s%s", a, b);
    return text;
}

/* "a/b.h5" -> "a", "b.h5" -> ".", "/b.h5" -> "/" */
static char *directory_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    size_t size = slash ? (size_t)(slash - path) : 0;
    char *text = malloc(size + 2);
    if (!text)
        return NULL;
    memcpy(text, path, size);
    text[size] = '\0';
    if (size == 0)
        memcpy(text, slash ? "/" : ".", 2);
    return text;
}

/* Is there something under the target's name that must stay? */
static kl_status check_name(const char *path, int overwrite, kl_reason *reason)
{
    struct stat info;
    if (lstat(path, &info) != 0) {
        if (errno == ENOENT)
            return KL_OK;
        return fail(reason, KL_ERR_WRITE, path, "cannot write here");
    }
    if (stat(path, &info) != 0)
        return fail(reason, KL_ERR_WRITE, path, "a symbolic link that leads nowhere");
    if (!S_ISREG(info.st_mode))
        return kl_reason_set(reason, KL_ERR_WRITE, "%s: is no regular file and cannot become a result file", path);
    if (!overwrite)
        return kl_reason_set(reason, KL_ERR_EXISTS, "%s: the file exists already", path);
    return KL_OK;
}

/* KL_OK with fd < 0: the file changed its name while it was being locked; try again. */
static kl_status lock_part(kl_target *target, kl_reason *reason)
{
    struct stat locked, named;
    int fd = open(target->part, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (fd < 0)
        return fail(reason, KL_ERR_WRITE, target->part, "cannot be created");
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        kl_status status = KL_OK;
        if (errno == EWOULDBLOCK)
            status = kl_reason_set(reason, KL_ERR_EXISTS, "%s: another process is writing this file", target->path);
        else if (errno != ENOLCK && errno != EOPNOTSUPP && errno != ENOSYS) /* a file system without locks */
            status = fail(reason, KL_ERR_WRITE, target->part, "cannot be locked");
        if (status != KL_OK) {
            (void)close(fd);
            return status;
        }
    }
    /* Its writer may have published it between our open and our lock: then we hold the finished result, not a .part. */
    if (fstat(fd, &locked) != 0 || lstat(target->part, &named) != 0 || locked.st_ino != named.st_ino ||
        locked.st_dev != named.st_dev) {
        (void)close(fd);
        return KL_OK;
    }
    target->fd = fd;
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
    target->path = stat(path, &info) == 0 ? realpath(path, NULL) : join(path, "");
    target->part = target->path ? join(target->path, ".part") : NULL;
    target->directory = target->path ? directory_of(target->path) : NULL;
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
        status = lock_part(target, reason);
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

static kl_status sync_directory(const kl_target *target, kl_reason *reason)
{
    kl_status status = KL_OK;
    int fd = open(target->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    /* EINVAL: a file system that cannot sync directories */
    if (fd < 0 || (fsync(fd) != 0 && errno != EINVAL))
        status = fail(reason, KL_ERR_WRITE, target->directory, "cannot be synchronised");
    if (fd >= 0)
        (void)close(fd);
    return status;
}

kl_status kl_target_publish(kl_target *target, kl_reason *reason)
{
    if (fsync(target->fd) != 0)
        return fail(reason, KL_ERR_WRITE, target->part, "cannot be written to disk");
    kl_status status = check_name(target->path, target->overwrite, reason);
    if (status != KL_OK)
        return status;
    if (rename(target->part, target->path) != 0)
        return fail(reason, KL_ERR_WRITE, target->path, "cannot be given its name");
    (void)close(target->fd);
    target->fd = -1;
    return sync_directory(target, reason);
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
