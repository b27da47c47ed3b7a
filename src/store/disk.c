/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Locks, names and directories. */
#define _DEFAULT_SOURCE /* flock, ftruncate, O_DIRECTORY */
#include "store/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/h5.h"

kl_status kl_disk_fail(kl_reason *reason, kl_status status, const char *path, const char *what)
{
    return kl_reason_set(reason, status, "%s: %s: %s", path, what, strerror(errno));
}

char *kl_disk_join(const char *a, const char *b)
{
    size_t size = strlen(a) + strlen(b) + 1;
    char *text = malloc(size);
    if (text)
        (void)snprintf(text, size, "%s%s", a, b);
    return text;
}

char *kl_disk_directory(const char *path)
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

int kl_disk_sync(int fd)
{
    int result;
    do
        result = fsync(fd);
    while (result != 0 && errno == EINTR);
    return result;
}

int kl_disk_cut(int fd, uint64_t size)
{
    int result;
    do
        result = ftruncate(fd, (off_t)size);
    while (result != 0 && errno == EINTR);
    return result;
}

kl_status kl_disk_sync_directory(const char *directory, kl_reason *reason)
{
    kl_status status = KL_OK;
    int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    /* EINVAL: a file system that cannot sync directories */
    if (fd < 0 || (kl_disk_sync(fd) != 0 && errno != EINVAL))
        status = kl_disk_fail(reason, KL_ERR_WRITE, directory, "cannot be synchronised");
    if (fd >= 0)
        (void)close(fd);
    return status;
}

kl_status kl_disk_lock(int *to, const char *name, const char *target, kl_reason *reason)
{
    struct stat locked, named;
    *to = -1;
    /* not blocking: a FIFO or a device of that name is refused later, without waiting for its other end */
    int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0666);
    if (fd < 0)
        return kl_disk_fail(reason, KL_ERR_WRITE, name, "cannot be created");
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        kl_status status = KL_OK;
        if (errno == EWOULDBLOCK)
            status = kl_reason_set(reason, KL_ERR_EXISTS, "%s: another process is writing this file", target);
        else if (errno != ENOLCK && errno != EOPNOTSUPP && errno != ENOSYS) /* a file system without locks */
            status = kl_disk_fail(reason, KL_ERR_WRITE, name, "cannot be locked");
        if (status != KL_OK) {
            (void)close(fd);
            return status;
        }
    }
    /* Its owner may have published or removed it between our open and our lock: then we hold something else. */
    if (fstat(fd, &locked) != 0 || lstat(name, &named) != 0 || locked.st_ino != named.st_ino ||
        locked.st_dev != named.st_dev) {
        (void)close(fd);
        return KL_OK;
    }
    *to = fd;
    return KL_OK;
}
