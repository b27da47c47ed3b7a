/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Keeping tables in a finished result file. A finished file is never written to: a locked copy is, and takes its place when
 * it is whole, verified and on disk (target.c). */
#define _GNU_SOURCE 1 /* copy_file_range */
#include "store/analysis.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/driver.h"
#include "store/marks.h"
#include "store/target.h"

#define COPY_AT_ONCE (1 << 20)

/* ---- what may be kept ---- */

static kl_status check_table(const kl_table *table, kl_reason *reason)
{
    if (!kl_analysis_is_name(table->name))
        return kl_reason_set(reason, KL_ERR_ARGUMENT, "'%s' is no name for a table", table->name);
    for (int c = 0; c < table->n_columns; c++) {
        const char *name = table->column[c].name;
        int is_wrong = !kl_analysis_is_name(name) || strcmp(name, KL_ANALYSIS_ROW) == 0;
        for (int other = 0; other < c; other++)
            is_wrong = is_wrong || strcmp(table->column[other].name, name) == 0;
        if (is_wrong)
            return kl_reason_set(reason, KL_ERR_ARGUMENT, "table '%s': '%s' is no name for its column %d", table->name,
                                 name, c);
    }
    return KL_OK;
}

static kl_status check_tables(int n, const kl_table *table, kl_reason *reason)
{
    kl_status status = KL_OK;
    for (int t = 0; status == KL_OK && t < n; t++) {
        status = check_table(&table[t], reason);
        for (int other = 0; status == KL_OK && other < t; other++)
            if (strcmp(table[other].name, table[t].name) == 0)
                status = kl_reason_set(reason, KL_ERR_ARGUMENT, "two tables are called '%s'", table[t].name);
    }
    return status;
}

/* ---- copying ---- */

static int write_all(int fd, const char *from, size_t size)
{
    while (size > 0) {
        ssize_t n = write(fd, from, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return -1;
        from += n;
        size -= (size_t)n;
    }
    return 0;
}

static int copy_by_hand(int from, int to)
{
    int result = 0;
    ssize_t n = 0;
    char *buffer = malloc(COPY_AT_ONCE);
    if (!buffer)
        return -1;
    do {
        n = read(from, buffer, COPY_AT_ONCE);
        if (n > 0)
            result = write_all(to, buffer, (size_t)n);
    } while (result == 0 && (n > 0 || (n < 0 && errno == EINTR)));
    int why = errno;
    free(buffer);
    errno = why;
    return n < 0 ? -1 : result;
}

/* The system copies by itself where it can: on some file systems without moving a byte. */
static int copy_bytes(int from, int to)
{
    ssize_t n = 0, copied = 0;
    while ((n = copy_file_range(from, NULL, to, NULL, 1 << 30, 0)) > 0)
        copied += n;
    if (n == 0 && copied > 0)
        return 0;
    return copy_by_hand(from, to); /* goes on where the offsets stand */
}

static kl_status copy_file(const kl_target *target, kl_reason *reason)
{
    struct stat info;
    kl_status status = KL_OK;
    int from = open(target->path, O_RDONLY | O_CLOEXEC);
    if (from < 0 || fstat(from, &info) != 0)
        status = kl_reason_set(reason, KL_ERR_READ, "%s: %s", target->path, strerror(errno));
    else if (ftruncate(target->fd, 0) != 0 || lseek(target->fd, 0, SEEK_SET) != 0 || copy_bytes(from, target->fd) != 0)
        status = kl_reason_set(reason, KL_ERR_WRITE, "%s: cannot be copied: %s", target->path, strerror(errno));
    else
        (void)fchmod(target->fd, info.st_mode & 07777); /* not to be had where the file is somebody else's */
    if (from >= 0)
        (void)close(from);
    return status;
}

/* ---- writing ---- */

static hid_t open_copy(kl_driver *driver, const kl_target *target)
{
    hid_t file = -1;
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    if (access >= 0 && kl_driver_use(driver, target->fd, access) >= 0 &&
        H5Pset_libver_bounds(access, H5F_LIBVER_EARLIEST, H5F_LIBVER_V110) >= 0)
        file = H5Fopen(target->part, H5F_ACC_RDWR, access);
    (void)kl_h5_close(&access);
    return file;
}

static kl_status write_tables(const kl_target *target, int n, const kl_table *table, const char *command,
                              kl_reason *reason)
{
    kl_driver driver = {.id = -1};
    kl_marks marks;
    hid_t file = open_copy(&driver, target);
    kl_status status = file < 0 ? kl_h5_reason(reason, KL_ERR_FORMAT, "the HDF5 file is damaged or cut short")
                                : kl_marks_read(file, &marks, reason);
    for (int t = 0; status == KL_OK && t < n; t++)
        if (kl_analysis_put(file, &table[t], command) < 0)
            status = kl_h5_reason(reason, KL_ERR_WRITE, "cannot write the tables");
    if (status == KL_OK && H5Fflush(file, H5F_SCOPE_GLOBAL) < 0)
        status = kl_h5_reason(reason, KL_ERR_WRITE, "cannot write the tables");
    if (kl_h5_close(&file) < 0 && status == KL_OK)
        status = kl_h5_reason(reason, KL_ERR_WRITE, "cannot close the file");
    if (driver.error != 0)
        status = kl_reason_set(reason, KL_ERR_WRITE, "%s: cannot write the tables: %s", target->part,
                               strerror(driver.error));
    kl_driver_free(&driver);
    return status;
}

/* ---- reading back ---- */

static int columns_equal(const kl_column *a, const kl_column *b, int n_rows)
{
    if (a->type != b->type || strcmp(a->name, b->name) != 0)
        return 0;
    for (int row = 0; row < n_rows; row++) {
        int equal = a->type == KL_COLUMN_TEXT ? strcmp(a->text[row], b->text[row]) == 0
                    : a->type == KL_COLUMN_COUNT
                        ? a->count[row] == b->count[row]
                        : a->number[row] == b->number[row] || (isnan(a->number[row]) && isnan(b->number[row]));
        if (!equal)
            return 0;
    }
    return 1;
}

static int tables_equal(const kl_table *a, const kl_table *b)
{
    if (a->n_rows != b->n_rows || a->n_columns != b->n_columns)
        return 0;
    for (int c = 0; c < a->n_columns; c++)
        if (!columns_equal(&a->column[c], &b->column[c], a->n_rows))
            return 0;
    return 1;
}

static kl_status verify_tables(hid_t file, int n, const kl_table *table, kl_reason *reason)
{
    kl_saved_table saved;
    hid_t group = H5Gopen2(file, KL_ANALYSIS_GROUP, H5P_DEFAULT);
    kl_status status = group < 0 ? kl_h5_reason(reason, KL_ERR_WRITE, "what was written is not there") : KL_OK;
    for (int t = 0; status == KL_OK && t < n; t++) {
        status = kl_analysis_read_one(group, table[t].name, &saved, reason);
        if (status != KL_OK)
            break;
        if (!tables_equal(&saved.table, &table[t]))
            status = kl_reason_set(reason, KL_ERR_WRITE, "the table '%s' reads back as another", table[t].name);
        kl_table_free(&saved.table);
        free(saved.command);
        free(saved.engine_version);
    }
    (void)kl_h5_close(&group);
    return status;
}

/* Open what was written as a reader would. */
static kl_status verify(const kl_target *target, int n, const kl_table *table, kl_reason *reason)
{
    kl_status status = KL_ERR_WRITE;
    kl_marks marks;
    hid_t file = -1;
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    if (access >= 0 && H5Pset_file_locking(access, false, true) >= 0)
        file = H5Fopen(target->part, H5F_ACC_RDONLY, access);
    if (file < 0) {
        status = kl_h5_reason(reason, KL_ERR_WRITE, "what was written cannot be opened again");
        goto out;
    }
    status = kl_marks_read(file, &marks, reason);
    if (status == KL_OK && n > 0)
        status = verify_tables(file, n, table, reason);
out:
    if (kl_h5_close(&file) < 0 && status == KL_OK)
        status = kl_h5_reason(reason, KL_ERR_WRITE, "what was written cannot be closed again");
    (void)kl_h5_close(&access);
    return status;
}

/* ---- the whole ---- */

/* A result, before a copy is made of what may be something else and large. */
static kl_status check_result(const char *path, kl_reason *reason)
{
    kl_result result;
    kl_status status = kl_result_open(&result, path, reason);
    if (status == KL_OK)
        kl_result_close(&result);
    return status;
}

static kl_status save(kl_target *target, int n, const kl_table *table, const char *command, kl_reason *reason)
{
    kl_h5_quiet quiet;
    kl_status status = copy_file(target, reason);
    if (status != KL_OK)
        return status;
    kl_h5_quiet_begin(&quiet);
    status = write_tables(target, n, table, command, reason);
    if (status == KL_OK)
        status = verify(target, n, table, reason);
    kl_h5_quiet_end(&quiet);
    return status == KL_OK ? kl_target_publish(target, reason) : status;
}

kl_status kl_result_save_tables(const char *path, int n, const kl_table *table, const char *command, kl_reason *reason)
{
    kl_target target = {.fd = -1};
    kl_status status = check_tables(n, table, reason);
    if (status == KL_OK)
        status = check_result(path, reason);
    if (status != KL_OK)
        return status;
    status = kl_target_open(&target, path, 1, reason);
    if (status == KL_OK)
        status = save(&target, n, table, command, reason);
    kl_target_free(&target);
    return status;
}
