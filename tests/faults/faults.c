/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Faults for a program that knows nothing of them: a library for LD_PRELOAD that makes one call of the program fail, or all
 * calls from one on. Only calls that stand in the program's own code are counted; what libraries call among themselves is
 * left alone, unless KL_FAULT_CALLERS=any. The scripts tests/check_*.sh build and use it.
 *
 *   KL_FAULT          memory (malloc, calloc, realloc) or disk (write, pwrite, pwritev, fsync, fdatasync, ftruncate, rename,
 *                     unlink, and open where it creates; not standard output and error)
 *   KL_FAULT_ONLY     names of calls, set apart by commas: the others are left alone and not counted
 *   KL_FAULT_AT       number of the first call that fails, from 0; without it none does
 *   KL_FAULT_FOREVER  1: and all that follow
 *   KL_FAULT_ERRNO    of a call to the disk; without it ENOSPC
 *   KL_FAULT_TORN     1: the first write to fail writes some of its bytes before, as a disk that gets full does
 *   KL_FAULT_KILL     1: instead of failing, the call to the disk kills the program with SIGKILL
 *   KL_FAULT_LOG      a file that gets a line a counted call: its number, a hash of the calls it stands in, its name
 *   KL_FAULT_LEAKS    a file that gets a line for each block that the program asked for and nobody freed when it ended
 *   KL_FAULT_ROOM     1: statvfs says that there is room on every disk
 *   KL_FAULT_CLOCK    seconds that the clocks jump ahead and back by, in turn, at every call of clock_gettime */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <link.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { MEMORY = 1, DISK = 2, DEPTH = 8, TABLE = 1 << 20 };

static int ready, kind, forever, any_caller, torn, kills, wanted_errno = ENOSPC, log_fd = -1, leaks_fd = -1;
static long fail_at = -1, count, clock_jump, clock_calls;
static const char *only;
static uintptr_t text_begin, text_end;

/* ---- blocks of the program, by address ---- */

typedef struct block {
    void *address;
    void *stack[4];
} block;

static block blocks[TABLE];
static int blocks_lock;

static size_t slot_of(const void *address)
{
    return (size_t)(((uintptr_t)address >> 4) * 2654435761U) % TABLE;
}

static void lock_blocks(void)
{
    while (__atomic_exchange_n(&blocks_lock, 1, __ATOMIC_ACQUIRE))
        ;
}

static void unlock_blocks(void)
{
    __atomic_store_n(&blocks_lock, 0, __ATOMIC_RELEASE);
}

/* Deleted entries keep the address 1, so that searches go on behind them. */
static void remember(void *address)
{
    void *frames[8] = {0};
    if (leaks_fd < 0 || !address)
        return;
    int n = backtrace(frames, 8);
    lock_blocks();
    size_t slot = slot_of(address);
    while ((uintptr_t)blocks[slot].address > 1)
        slot = (slot + 1) % TABLE;
    blocks[slot].address = address;
    for (int i = 0; i < 4; i++)
        blocks[slot].stack[i] = i + 2 < n ? frames[i + 2] : NULL;
    unlock_blocks();
}

static void forget(const void *address)
{
    if (leaks_fd < 0 || !address)
        return;
    lock_blocks();
    for (size_t slot = slot_of(address); blocks[slot].address; slot = (slot + 1) % TABLE) {
        if (blocks[slot].address == address) {
            blocks[slot].address = (void *)1;
            break;
        }
    }
    unlock_blocks();
}

/* ---- start and end ---- */

static int find_program(struct dl_phdr_info *info, size_t size, void *data)
{
    (void)size;
    (void)data;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[i];
        if (part->p_type == PT_LOAD && (part->p_flags & PF_X)) {
            text_begin = info->dlpi_addr + part->p_vaddr;
            text_end = text_begin + part->p_memsz;
        }
    }
    return 1; /* the first is the program itself */
}

static long number_of(const char *name, long otherwise)
{
    const char *text = getenv(name);
    return text ? strtol(text, NULL, 10) : otherwise;
}

static int log_of(const char *name)
{
    const char *path = getenv(name);
    return path ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666) : -1;
}

__attribute__((constructor)) static void start(void)
{
    void *frames[2];
    const char *text = getenv("KL_FAULT");
    (void)backtrace(frames, 2); /* loads what it needs now */
    (void)dl_iterate_phdr(find_program, NULL);
    kind = !text ? 0 : strcmp(text, "memory") == 0 ? MEMORY : strcmp(text, "disk") == 0 ? DISK : 0;
    fail_at = number_of("KL_FAULT_AT", -1);
    forever = number_of("KL_FAULT_FOREVER", 0) != 0;
    torn = number_of("KL_FAULT_TORN", 0) != 0;
    kills = number_of("KL_FAULT_KILL", 0) != 0;
    wanted_errno = (int)number_of("KL_FAULT_ERRNO", ENOSPC);
    clock_jump = number_of("KL_FAULT_CLOCK", 0);
    only = getenv("KL_FAULT_ONLY");
    any_caller = getenv("KL_FAULT_CALLERS") != NULL;
    log_fd = log_of("KL_FAULT_LOG");
    leaks_fd = log_of("KL_FAULT_LEAKS");
    ready = 1;
}

__attribute__((destructor)) static void end(void)
{
    if (leaks_fd < 0)
        return;
    for (size_t i = 0; i < TABLE; i++) {
        if ((uintptr_t)blocks[i].address <= 1)
            continue;
        char line[160];
        int n = snprintf(line, sizeof line, "leak");
        for (int f = 0; f < 4 && blocks[i].stack[f]; f++)
            n += snprintf(line + n, sizeof line - (size_t)n, " 0x%lx",
                          (unsigned long)((uintptr_t)blocks[i].stack[f] - text_begin));
        line[n++] = '\n';
        if (write(leaks_fd, line, (size_t)n) != n)
            return;
    }
}

/* ---- does this call fail? ---- */

static int is_program(const void *caller)
{
    return (uintptr_t)caller >= text_begin && (uintptr_t)caller < text_end;
}

static void log_call(long number, const char *name)
{
    void *frames[DEPTH + 3] = {0};
    char line[96];
    uint64_t hash = 1469598103934665603U;
    int n = backtrace(frames, DEPTH + 3);
    for (int i = 3; i < n; i++) /* 3: this file's own */
        hash = (hash ^ ((uintptr_t)frames[i] - text_begin)) * 1099511628211U;
    n = snprintf(line, sizeof line, "%ld %016lx %s\n", number, (unsigned long)hash, name);
    if (write(log_fd, line, (size_t)n) != n)
        log_fd = -1;
}

static int is_chosen(const char *name)
{
    size_t length = strlen(name);
    if (!only)
        return 1;
    for (const char *at = only; (at = strstr(at, name)); at += length)
        if ((at == only || at[-1] == ',') && (at[length] == ',' || at[length] == '\0'))
            return 1;
    return 0;
}

/* 0: no, 1: yes, 2: it is the first. */
static int fails(int of, const void *caller, const char *name)
{
    if (!ready || kind != of || (!any_caller && !is_program(caller)) || !is_chosen(name))
        return 0;
    long number = __atomic_fetch_add(&count, 1, __ATOMIC_RELAXED);
    if (log_fd >= 0)
        log_call(number, name);
    if (fail_at < 0 || number < fail_at || (number > fail_at && !forever))
        return 0;
    return number == fail_at ? 2 : 1;
}

/* ---- memory ---- */

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *memory, size_t size);
void __libc_free(void *memory);

void *malloc(size_t size)
{
    if (fails(MEMORY, __builtin_return_address(0), "malloc")) {
        errno = ENOMEM;
        return NULL;
    }
    void *memory = __libc_malloc(size);
    if (ready && is_program(__builtin_return_address(0)))
        remember(memory);
    return memory;
}

void *calloc(size_t n, size_t size)
{
    if (fails(MEMORY, __builtin_return_address(0), "calloc")) {
        errno = ENOMEM;
        return NULL;
    }
    void *memory = __libc_calloc(n, size);
    if (ready && is_program(__builtin_return_address(0)))
        remember(memory);
    return memory;
}

void *realloc(void *memory, size_t size)
{
    if (fails(MEMORY, __builtin_return_address(0), "realloc")) {
        errno = ENOMEM;
        return NULL;
    }
    forget(memory);
    void *larger = __libc_realloc(memory, size);
    if (ready && is_program(__builtin_return_address(0)))
        remember(larger ? larger : memory);
    return larger;
}

void free(void *memory)
{
    forget(memory);
    __libc_free(memory);
}

/* ---- disk ---- */

#define NEXT(name) ((__typeof__(&name))(uintptr_t)dlsym(RTLD_NEXT, #name))

/* 0: no; 1: yes, and errno is set; 2: it is to write some bytes. */
static int disk_fails(const void *caller, const char *name)
{
    int result = fails(DISK, caller, name);
    if (result == 0)
        return 0;
    if (result == 2 && torn && strncmp(name, "pwrite", 6) == 0)
        return 2;
    if (kills)
        (void)kill(getpid(), SIGKILL);
    errno = wanted_errno;
    return 1;
}

static ssize_t after_torn(ssize_t written)
{
    if (kills)
        (void)kill(getpid(), SIGKILL);
    return written;
}

ssize_t write(int fd, const void *bytes, size_t size)
{
    if (fd > 2 && fd != log_fd && fd != leaks_fd && disk_fails(__builtin_return_address(0), "write"))
        return -1;
    return NEXT(write)(fd, bytes, size);
}

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t at)
{
    int fault = disk_fails(__builtin_return_address(0), "pwrite");
    if (fault == 2)
        return after_torn(NEXT(pwrite)(fd, bytes, size - size / 2, at));
    return fault ? -1 : NEXT(pwrite)(fd, bytes, size, at);
}

ssize_t pwritev(int fd, const struct iovec *piece, int n, off_t at)
{
    int fault = disk_fails(__builtin_return_address(0), "pwritev");
    if (fault == 2) {
        struct iovec part = piece[n > 1];
        part.iov_len -= part.iov_len / 2;
        return after_torn(n > 1 ? NEXT(pwritev)(fd, (struct iovec[]){piece[0], part}, 2, at)
                                : NEXT(pwritev)(fd, &part, 1, at));
    }
    return fault ? -1 : NEXT(pwritev)(fd, piece, n, at);
}

int fsync(int fd)
{
    return disk_fails(__builtin_return_address(0), "fsync") ? -1 : NEXT(fsync)(fd);
}

int fdatasync(int fd)
{
    return disk_fails(__builtin_return_address(0), "fdatasync") ? -1 : NEXT(fdatasync)(fd);
}

int ftruncate(int fd, off_t size)
{
    return disk_fails(__builtin_return_address(0), "ftruncate") ? -1 : NEXT(ftruncate)(fd, size);
}

int rename(const char *from, const char *to)
{
    return disk_fails(__builtin_return_address(0), "rename") ? -1 : NEXT(rename)(from, to);
}

int unlink(const char *path)
{
    return disk_fails(__builtin_return_address(0), "unlink") ? -1 : NEXT(unlink)(path);
}

int open(const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    if ((flags & O_CREAT) && disk_fails(__builtin_return_address(0), "open"))
        return -1;
    return NEXT(open)(path, flags, mode);
}

int statvfs(const char *path, struct statvfs *disk)
{
    int result = NEXT(statvfs)(path, disk);
    if (result == 0 && getenv("KL_FAULT_ROOM"))
        disk->f_bavail = (fsblkcnt_t)1 << 40;
    return result;
}

/* ---- clocks ---- */

int clock_gettime(clockid_t clock, struct timespec *now)
{
    int result = NEXT(clock_gettime)(clock, now);
    if (result == 0 && clock_jump != 0 && is_program(__builtin_return_address(0)))
        now->tv_sec += __atomic_fetch_add(&clock_calls, 1, __ATOMIC_RELAXED) % 2 ? clock_jump : -clock_jump;
    return result;
}
