/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reading journals, also while another process appends, and finding them. Writes nothing. */
#define _DEFAULT_SOURCE /* O_NOCTTY, strdup */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "klaster/verify.h"
#include "store/disk.h"
#include "store/h5.h"
#include "store/journal_scan.h"

/* ---- one ---- */

static kl_status no_journal(kl_reason *reason, const char *path)
{
    return kl_reason_set(reason, KL_ERR_FORMAT, "%s: is no journal of klaster, or a damaged one", path);
}

/* Open it and look at its header; *fd is open on KL_OK only. */
static kl_status open_to_read(int *to, const char *path, uint64_t *size, kl_journal_head *head,
                              uint8_t identity[KL_JOURNAL_IDENTITY], kl_reason *reason)
{
    struct stat info;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY); /* not to wait for a FIFO's other end */
    if (fd < 0)
        return kl_disk_fail(reason, errno == ENOENT ? KL_ERR_NOT_FOUND : KL_ERR_READ, path, "cannot be opened");
    kl_status status = KL_OK;
    if (fstat(fd, &info) != 0)
        status = kl_disk_fail(reason, KL_ERR_READ, path, "cannot be read");
    else if (!S_ISREG(info.st_mode))
        status = no_journal(reason, path);
    if (status == KL_OK) {
        *size = (uint64_t)info.st_size;
        status = kl_journal_read_header(fd, path, *size, head, identity, reason);
    }
    if (status == KL_OK && *head == KL_HEAD_FOREIGN)
        status = no_journal(reason, path);
    if (status == KL_OK && *head == KL_HEAD_NEWER)
        status = kl_reason_set(reason, KL_ERR_FORMAT, "%s: is the journal of a newer klaster", path);
    if (status == KL_OK)
        *to = fd;
    else
        (void)close(fd);
    return status;
}

kl_status kl_journal_read(const char *path, const uint8_t *identity, kl_journal_fn fn, void *data, kl_reason *reason)
{
    int fd = -1;
    uint64_t size = 0;
    kl_journal_head head;
    kl_journal_scan scan;
    uint8_t found[KL_JOURNAL_IDENTITY];
    kl_status status = open_to_read(&fd, path, &size, &head, found, reason);
    if (status != KL_OK)
        return status;
    if (head == KL_HEAD_SOUND && identity && memcmp(identity, found, sizeof found) != 0)
        status = kl_reason_set(reason, KL_ERR_EXISTS, "%s: is the journal of another study or plan", path);
    else if (head == KL_HEAD_SOUND)
        status = kl_journal_scan_frames(fd, path, size, found, fn, data, &scan, reason);
    (void)close(fd);
    return status;
}

kl_status kl_journal_verify(const char *path, kl_verified_journal *found, kl_reason *reason)
{
    int fd = -1;
    uint64_t size = 0;
    kl_journal_head head;
    kl_journal_scan scan = {.end = 0};
    uint8_t identity[KL_JOURNAL_IDENTITY];
    memset(found, 0, sizeof *found);
    kl_status status = open_to_read(&fd, path, &size, &head, identity, reason);
    if (status != KL_OK)
        return status;
    if (head == KL_HEAD_SOUND)
        status = kl_journal_scan_frames(fd, path, size, identity, NULL, NULL, &scan, reason);
    (void)close(fd);
    found->n_frames = scan.n_frames;
    found->n_damaged = scan.n_damaged;
    found->n_bytes = (int64_t)size;
    found->n_torn = (int64_t)(size - scan.end);
    return status;
}

kl_status kl_journal_identity(const char *path, uint8_t identity[KL_JOURNAL_IDENTITY], kl_reason *reason)
{
    int fd = -1;
    uint64_t size = 0;
    kl_journal_head head;
    kl_status status = open_to_read(&fd, path, &size, &head, identity, reason);
    if (status != KL_OK)
        return status;
    (void)close(fd);
    return head == KL_HEAD_SOUND ? KL_OK : kl_reason_set(reason, KL_ERR_NOT_FOUND, "%s: is an empty journal", path);
}

/* ---- all beside a target ---- */

typedef struct found_name {
    char *path;
    int64_t rank; /* -1: the one without a number */
} found_name;

typedef struct found_names {
    int n, capacity;
    found_name *name;
} found_names;

/* What stands behind "<target>.journal": "" is -1, ".7" is 7; -2: something else. */
static int64_t rank_of(const char *rest)
{
    int64_t rank = 0;
    if (rest[0] == '\0')
        return -1;
    size_t n = strspn(rest + 1, "0123456789");
    if (rest[0] != '.' || n < 1 || n > 9 || rest[n + 1] != '\0' || (rest[1] == '0' && n > 1))
        return -2;
    for (size_t i = 1; i <= n; i++)
        rank = 10 * rank + (rest[i] - '0');
    return rank;
}

static int by_rank(const void *a, const void *b)
{
    const found_name *first = a, *second = b;
    return (first->rank > second->rank) - (first->rank < second->rank);
}

static int keep_name(found_names *names, const char *journal, const char *rest, int64_t rank)
{
    if (names->n == names->capacity) {
        int capacity = names->capacity ? 2 * names->capacity : 8;
        found_name *larger = realloc(names->name, (size_t)capacity * sizeof *larger);
        if (!larger)
            return -1;
        names->name = larger;
        names->capacity = capacity;
    }
    char *path = kl_disk_join(journal, rest);
    if (!path)
        return -1;
    names->name[names->n++] = (found_name){path, rank};
    return 0;
}

/* `journal`: the target's name with the suffix. */
static kl_status list_names(found_names *names, const char *journal, const char *directory, kl_reason *reason)
{
    const char *slash = strrchr(journal, '/');
    const char *base = slash ? slash + 1 : journal;
    size_t length = strlen(base);
    kl_status status = KL_OK;
    DIR *list = opendir(directory);
    if (!list)
        return kl_disk_fail(reason, KL_ERR_READ, directory, "cannot be read");
    while (status == KL_OK) {
        errno = 0;
        const struct dirent *entry = readdir(list);
        if (!entry) {
            if (errno != 0)
                status = kl_disk_fail(reason, KL_ERR_READ, directory, "cannot be read");
            break;
        }
        int64_t rank = strncmp(entry->d_name, base, length) == 0 ? rank_of(entry->d_name + length) : -2;
        if (rank >= -1 && keep_name(names, journal, entry->d_name + length, rank) != 0)
            status = kl_reason_set(reason, KL_ERR_MEMORY, "%s", kl_status_text(KL_ERR_MEMORY));
    }
    (void)closedir(list);
    return status;
}

kl_status kl_journal_find(const char *target, int *n, char ***path, kl_reason *reason)
{
    kl_status status = KL_ERR_MEMORY;
    found_names names = {0};
    *n = 0;
    *path = NULL;
    char *journal = kl_disk_join(target, KL_JOURNAL_SUFFIX);
    char *directory = kl_disk_directory(target);
    if (journal && directory)
        status = list_names(&names, journal, directory, reason);
    else
        status = kl_reason_set(reason, KL_ERR_MEMORY, "%s", kl_status_text(KL_ERR_MEMORY));
    if (status == KL_OK && names.n > 0) {
        *path = malloc((size_t)names.n * sizeof **path);
        if (!*path)
            status = kl_reason_set(reason, KL_ERR_MEMORY, "%s", kl_status_text(KL_ERR_MEMORY));
        else
            qsort(names.name, (size_t)names.n, sizeof *names.name, by_rank);
    }
    for (int i = 0; i < names.n; i++) {
        if (*path)
            (*path)[i] = names.name[i].path;
        else
            free(names.name[i].path);
    }
    if (*path)
        *n = names.n;
    free(names.name);
    free(journal);
    free(directory);
    return status;
}

void kl_journal_found_free(int n, char **path)
{
    for (int i = 0; i < n; i++)
        free(path[i]);
    free(path);
}
