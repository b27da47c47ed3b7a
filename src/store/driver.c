/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A file driver of HDF5 over one descriptor: positioned reads and writes, and a look at what would hang the library. */
#define _DEFAULT_SOURCE /* pread, pwrite */
#include "store/driver.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#if H5_VERSION_GE(1, 13, 0)
#include <H5FDdevelop.h>
#endif

#include "store/disk.h"

/* HDF5 puts its own part first. */
typedef struct driver_file {
    H5FD_t base;
    kl_driver *driver;
    haddr_t end_allocated, end_of_file;
} driver_file;

static H5FD_t *file_open(const char *name, unsigned flags, hid_t access, haddr_t max_address)
{
    struct stat info;
    (void)name;
    (void)max_address;
    kl_driver *const *driver = H5Pget_driver_info(access);
    if (!driver || fstat((*driver)->fd, &info) != 0)
        return NULL;
    if ((flags & H5F_ACC_TRUNC) && kl_disk_cut((*driver)->fd, 0) != 0)
        return NULL;
    driver_file *file = calloc(1, sizeof *file);
    if (!file)
        return NULL;
    file->driver = *driver;
    file->end_of_file = flags & H5F_ACC_TRUNC ? 0 : (haddr_t)info.st_size;
    return &file->base;
}

static herr_t file_close(H5FD_t *base)
{
    free(base);
    return 0;
}

/* What HDF5's own POSIX driver says: gather small pieces of metadata and of raw data. */
static herr_t file_query(const H5FD_t *base, unsigned long *flags)
{
    (void)base;
    *flags = H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_ACCUMULATE_METADATA | H5FD_FEAT_DATA_SIEVE |
             H5FD_FEAT_AGGREGATE_SMALLDATA;
    return 0;
}

static haddr_t file_get_allocated(const H5FD_t *base, H5FD_mem_t type)
{
    (void)type;
    return ((const driver_file *)base)->end_allocated;
}

static herr_t file_set_allocated(H5FD_t *base, H5FD_mem_t type, haddr_t address)
{
    (void)type;
    ((driver_file *)base)->end_allocated = address;
    return 0;
}

static haddr_t file_get_end(const H5FD_t *base, H5FD_mem_t type)
{
    (void)type;
    return ((const driver_file *)base)->end_of_file;
}

/* What lies behind the end reads as zeros. */
static int read_bytes(int fd, haddr_t address, size_t size, void *to)
{
    unsigned char *next = to;
    while (size > 0) {
        ssize_t n = pread(fd, next, size, (off_t)address);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        if (n == 0) {
            memset(next, 0, size);
            break;
        }
        next += n;
        address += (haddr_t)n;
        size -= (size_t)n;
    }
    return 0;
}

/* ---- global heaps, where texts are kept ---- */

#define HEAP_HEAD 16 /* "GCOL", version, reserved, size; and of every object: number, references, reserved, size */

static uint64_t number_at(const unsigned char *p, size_t n)
{
    uint64_t value = 0;
    for (size_t i = 0; i < n; i++)
        value |= (uint64_t)p[i] << 8 * i;
    return value;
}

/* Does every object end behind its head and within the heap? HDF5 1.10.8 goes round for ever where one does not. */
static int objects_are_sound(const unsigned char *heap, size_t size)
{
    size_t at = HEAP_HEAD;
    while (size - at >= HEAP_HEAD) {
        uint64_t n = number_at(heap + at + 8, 8), left = size - at;
        int is_free = number_at(heap + at, 2) == 0; /* its size holds its head */
        if (n > left || (is_free && n < HEAP_HEAD))
            return 0;
        uint64_t need = is_free ? n : HEAP_HEAD + (n + 7) / 8 * 8;
        if (need > left)
            return 0;
        at += (size_t)need;
    }
    return 1;
}

/* `start` holds the first n bytes of what may be a global heap (HDF5 reads heaps as it reads data); its rest is read here.
 * Sizes are of 8 bytes in every file that klaster writes; others are none of its result files. */
static int heap_is_sound(const driver_file *file, haddr_t address, const unsigned char *start, size_t n)
{
    static const unsigned char mark[8] = {'G', 'C', 'O', 'L', 1, 0, 0, 0};
    if (n < HEAP_HEAD || memcmp(start, mark, sizeof mark) != 0)
        return 1; /* something else, or HDF5 refuses it itself */
    uint64_t size = number_at(start + 8, 8);
    if (size < HEAP_HEAD || address > file->end_of_file || size > file->end_of_file - address)
        return 0;
    if (size <= n)
        return objects_are_sound(start, (size_t)size);
    unsigned char *whole = malloc((size_t)size);
    int sound = whole && read_bytes(file->driver->fd, address, (size_t)size, whole) == 0 &&
                objects_are_sound(whole, (size_t)size);
    free(whole);
    return sound;
}

static herr_t file_read(H5FD_t *base, H5FD_mem_t type, hid_t transfer, haddr_t address, size_t size, void *to)
{
    const driver_file *file = (const driver_file *)base;
    (void)type;
    (void)transfer;
    if (read_bytes(file->driver->fd, address, size, to) < 0)
        return -1;
    return file->driver->reads_only && !heap_is_sound(file, address, to, size) ? -1 : 0;
}

static herr_t file_write(H5FD_t *base, H5FD_mem_t type, hid_t transfer, haddr_t address, size_t size, const void *from)
{
    driver_file *file = (driver_file *)base;
    const unsigned char *next = from;
    (void)type;
    (void)transfer;
    if (address + size > file->end_of_file)
        file->end_of_file = address + size;
    while (size > 0 && file->driver->error == 0) {
        ssize_t n = pwrite(file->driver->fd, next, size, (off_t)address);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            file->driver->error = n < 0 ? errno : ENOSPC;
            break;
        }
        next += n;
        address += (haddr_t)n;
        size -= (size_t)n;
    }
    return 0;
}

static herr_t file_truncate(H5FD_t *base, hid_t transfer, hbool_t closing)
{
    driver_file *file = (driver_file *)base;
    (void)transfer;
    (void)closing;
    if (file->end_allocated == file->end_of_file || file->driver->error != 0)
        return 0;
    if (kl_disk_cut(file->driver->fd, file->end_allocated) != 0)
        file->driver->error = errno;
    file->end_of_file = file->end_allocated;
    return 0;
}

static const H5FD_class_t driver_class = {
#if H5_VERSION_GE(1, 13, 2)
    .version = H5FD_CLASS_VERSION,
    .value = (H5FD_class_value_t)600, /* free for private use: HDF5 keeps 0-255 to itself, registered ones reach 511 */
#endif
    .name = "klaster",
    .maxaddr = (haddr_t)INT64_MAX,
    .fc_degree = H5F_CLOSE_WEAK,
    .fapl_size = sizeof(kl_driver *),
    .open = file_open,
    .close = file_close,
    .query = file_query,
    .get_eoa = file_get_allocated,
    .set_eoa = file_set_allocated,
    .get_eof = file_get_end,
    .read = file_read,
    .write = file_write,
    .truncate = file_truncate,
    .fl_map = H5FD_FLMAP_DICHOTOMY,
};

int kl_driver_use(kl_driver *driver, int fd, hid_t access)
{
    int flags = fcntl(fd, F_GETFL);
    driver->fd = fd;
    driver->reads_only = flags >= 0 && (flags & O_ACCMODE) == O_RDONLY;
    driver->error = 0;
    driver->id = H5FDregister(&driver_class);
    if (driver->id < 0)
        return -1;
    return H5Pset_driver(access, driver->id, &driver) < 0 ? -1 : 0;
}

void kl_driver_free(kl_driver *driver)
{
    if (driver->id >= 0)
        (void)H5FDunregister(driver->id);
    driver->id = -1;
}
