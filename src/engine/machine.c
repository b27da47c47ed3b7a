/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the engine asks the machine. Linux's files are read where they exist; where they do not, nothing is known and
 * nothing is refused. */
#define _POSIX_C_SOURCE 200809L

#include "engine/machine.h"

#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define PATH_BYTES 4096

int64_t kl_machine_clock(void)
{
    struct timespec now;
    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0)
        return 0;
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* ---- small files ---- */

/* A count as the kernel or Slurm prints it; -1 for "max", nothing or nonsense. */
static double count_of(const char *text)
{
    char *end;
    unsigned long long value = strtoull(text, &end, 10);
    return end == text || *text == '-' ? -1 : (double)value;
}

/* The number after `key` in a file of "key number" lines, or of one number where key is "". -1 where there is none. */
static double file_count(const char *path, const char *key)
{
    FILE *file = fopen(path, "r");
    if (!file)
        return -1;
    char line[256];
    size_t length = strlen(key);
    double value = -1;
    while (value < 0 && fgets(line, sizeof line, file))
        if (strncmp(line, key, length) == 0 && (length == 0 || line[length] == ' ' || line[length] == ':'))
            value = count_of(line + length + strspn(line + length, ": \t"));
    fclose(file);
    return value;
}

/* ---- control groups ---- */

typedef double (*group_fn)(const char *directory, int version);

/* Does a line of /proc/self/cgroup, "4:memory:/path" or "0::/path", speak of this controller? Then its path. */
static char *group_path(char *line, const char *controller, int *version)
{
    char *list = strchr(line, ':');
    char *path = list ? strchr(list + 1, ':') : NULL;
    if (!path)
        return NULL;
    *path++ = '\0';
    path[strcspn(path, "\n")] = '\0';
    list++;
    *version = *list ? 1 : 2;
    if (*version == 2)
        return path;
    size_t length = strlen(controller);
    for (char *word = list; word; word = strchr(word, ',')) {
        word += *word == ',';
        if (strncmp(word, controller, length) == 0 && (word[length] == '\0' || word[length] == ','))
            return path;
    }
    return NULL;
}

/* The least of what a group and its ancestors say. Inside a container the path may not be visible: then only the root of
 * the mount answers, which is the container's own group. */
static double least_of_ancestors(const char *root, char *path, int version, group_fn ask)
{
    double least = INFINITY;
    char directory[PATH_BYTES];
    for (;;) {
        int n = snprintf(directory, sizeof directory, "%s%s", root, path);
        if (n > 0 && n < (int)sizeof directory)
            least = fmin(least, ask(directory, version));
        char *slash = strrchr(path, '/');
        if (!slash)
            return least;
        *slash = '\0';
    }
}

static double least_of_groups(const char *controller, group_fn ask)
{
    FILE *file = fopen("/proc/self/cgroup", "r");
    if (!file)
        return INFINITY;
    double least = INFINITY;
    char line[PATH_BYTES], root[64];
    while (fgets(line, sizeof line, file)) {
        int version;
        char *path = group_path(line, controller, &version);
        if (!path)
            continue;
        snprintf(root, sizeof root, "/sys/fs/cgroup%s%s", version == 1 ? "/" : "", version == 1 ? controller : "");
        least = fmin(least, least_of_ancestors(root, path, version, ask));
    }
    fclose(file);
    return least;
}

static double group_count(const char *directory, const char *name, const char *key)
{
    char path[PATH_BYTES + 64];
    int n = snprintf(path, sizeof path, "%s/%s", directory, name);
    return n > 0 && n < (int)sizeof path ? file_count(path, key) : -1;
}

/* What a group's memory limit leaves. Cached files count as free: the kernel drops them first. */
static double group_memory(const char *directory, int version)
{
    int old = version == 1;
    double limit = group_count(directory, old ? "memory.limit_in_bytes" : "memory.max", "");
    double used = group_count(directory, old ? "memory.usage_in_bytes" : "memory.current", "");
    if (limit < 0 || used < 0)
        return INFINITY;
    used -= fmax(0, group_count(directory, "memory.stat", old ? "total_inactive_file" : "inactive_file"));
    used -= fmax(0, group_count(directory, "memory.stat", old ? "total_active_file" : "active_file"));
    return fmax(0, limit - fmax(0, used));
}

/* Processors that a group's quota pays for. */
static double group_processors(const char *directory, int version)
{
    double quota, period;
    if (version == 1) {
        quota = group_count(directory, "cpu.cfs_quota_us", "");
        period = group_count(directory, "cpu.cfs_period_us", "");
    } else {
        char path[PATH_BYTES + 64], line[128] = "";
        int n = snprintf(path, sizeof path, "%s/cpu.max", directory);
        FILE *file = n > 0 && n < (int)sizeof path ? fopen(path, "r") : NULL;
        if (!file)
            return INFINITY;
        if (!fgets(line, sizeof line, file))
            line[0] = '\0';
        fclose(file);
        quota = count_of(line);
        char *second = strchr(line, ' ');
        period = second ? count_of(second + 1) : -1;
    }
    return quota > 0 && period > 0 ? quota / period : INFINITY;
}

/* ---- answers ---- */

int kl_machine_threads(void)
{
    int n = omp_get_max_threads();
    if (omp_get_num_procs() < n)
        n = omp_get_num_procs(); /* knows the affinity mask */
    if (omp_get_thread_limit() < n)
        n = omp_get_thread_limit();
    double paid = ceil(least_of_groups("cpu", group_processors));
    if (paid < n)
        n = (int)paid;
    return n > 1 ? n : 1;
}

static double free_memory(void)
{
    double kib = file_count("/proc/meminfo", "MemAvailable");
    return kib < 0 ? INFINITY : kib * 1024;
}

static double address_space_left(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
        return INFINITY;
    double pages = file_count("/proc/self/statm", "");
    double used = pages < 0 ? 0 : pages * (double)sysconf(_SC_PAGESIZE);
    return fmax(0, (double)limit.rlim_cur - used);
}

static double environment_count(const char *name)
{
    const char *text = getenv(name);
    return text ? count_of(text) : -1;
}

/* Slurm says MiB; 0 means all of the node's memory. */
static double slurm_memory(void)
{
    double node = environment_count("SLURM_MEM_PER_NODE");
    double processor = environment_count("SLURM_MEM_PER_CPU");
    double n = environment_count("SLURM_CPUS_ON_NODE");
    if (node > 0)
        return node * 0x1p20;
    return processor > 0 && n > 0 ? processor * n * 0x1p20 : INFINITY;
}

double kl_machine_memory(void)
{
    double least = fmin(free_memory(), address_space_left());
    least = fmin(least, slurm_memory());
    return fmin(least, least_of_groups("memory", group_memory));
}
