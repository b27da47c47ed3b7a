/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the benchmark programs share: a clock, medians of interleaved rounds, aligned tables, and a child process whose
 * time and memory are measured. Not part of the library. */
#ifndef KL_BENCH_H
#define KL_BENCH_H

#define BENCH_ROUNDS_MAX 99
#define BENCH_CASES_MAX 64

double bench_now(void);                    /* seconds, monotonic */
double bench_median(double *value, int n); /* sorts */

/* One row of a table: `play` measures it once and returns seconds or another quantity, NaN where it failed. */
typedef struct bench_case {
    double (*play)(void *data);
    void *data;
    double sample[BENCH_ROUNDS_MAX];
    double median;
} bench_case;

/* Each round plays every case once, so that a machine that slows down slows all of them alike; then the medians. */
void bench_play(bench_case *cases, int n, int rounds);

/* Rounds asked for on the command line (--rounds N), else `usual`. */
int bench_rounds(int argc, char **argv, int usual);

/* What a child process took. */
typedef struct bench_child {
    int exit_code; /* -1: it could not be started or was killed */
    double seconds, cpu_seconds, peak_bytes;
} bench_child;

/* Run argv[0] with its output thrown away. */
bench_child bench_child_run(char *const argv[]);

#endif
