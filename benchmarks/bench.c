/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Clock, medians, child processes; see bench.h. */
#define _DEFAULT_SOURCE 1 /* wait4 */
#include "bench.h"

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

double bench_now(void)
{
    struct timespec t;
    if (clock_gettime(CLOCK_MONOTONIC, &t) != 0)
        return NAN;
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int rising(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double bench_median(double *value, int n)
{
    for (int i = 0; i < n; i++)
        if (isnan(value[i]))
            return NAN;
    qsort(value, (size_t)n, sizeof *value, rising);
    return n % 2 ? value[n / 2] : (value[n / 2 - 1] + value[n / 2]) / 2;
}

void bench_play(bench_case *cases, int n, int rounds)
{
    for (int r = 0; r < rounds; r++)
        for (int i = 0; i < n; i++)
            cases[i].sample[r] = cases[i].play(cases[i].data);
    for (int i = 0; i < n; i++)
        cases[i].median = bench_median(cases[i].sample, rounds);
}

int bench_rounds(int argc, char **argv, int usual)
{
    for (int i = 1; i + 1 < argc; i++) {
        if (strcmp(argv[i], "--rounds") != 0)
            continue;
        long rounds = strtol(argv[i + 1], NULL, 10);
        if (rounds >= 1 && rounds <= BENCH_ROUNDS_MAX)
            return (int)rounds;
    }
    return usual;
}

static double seconds_of(struct timeval t)
{
    return (double)t.tv_sec + 1e-6 * (double)t.tv_usec;
}

bench_child bench_child_run(char *const argv[])
{
    bench_child child = {-1, NAN, NAN, NAN};
    double start = bench_now();
    pid_t pid = fork();
    if (pid == 0) {
        int nowhere = open("/dev/null", O_WRONLY);
        if (nowhere >= 0)
            dup2(nowhere, STDOUT_FILENO);
        execv(argv[0], argv);
        perror(argv[0]);
        _exit(127);
    }
    int status;
    struct rusage used;
    if (pid < 0 || wait4(pid, &status, 0, &used) != pid)
        return child;
    child.seconds = bench_now() - start;
    child.cpu_seconds = seconds_of(used.ru_utime) + seconds_of(used.ru_stime);
    child.peak_bytes = 1024.0 * (double)used.ru_maxrss;
    child.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return child;
}
