/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The whole program: `klaster run` as a child process, from the study file to the published result. Time over threads, and
 * peak memory over runs. A run here is an arm in a world. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "klaster/study.h"

typedef struct program_case {
    const char *program, *study, *output;
    int worlds, threads;
    double peak_bytes, cpu_seconds; /* of the last round */
} program_case;

static double play(void *data)
{
    program_case *c = data;
    char runs[32], threads[32];
    snprintf(runs, sizeof runs, "%d", c->worlds);
    snprintf(threads, sizeof threads, "%d", c->threads);
    char *argv[] = {(char *)(uintptr_t)c->program,
                    "run",
                    (char *)(uintptr_t)c->study,
                    "--output",
                    (char *)(uintptr_t)c->output,
                    "--force",
                    "--quiet",
                    "--runs",
                    runs,
                    "--threads",
                    threads,
                    NULL};
    bench_child child = bench_child_run(argv);
    c->peak_bytes = child.peak_bytes;
    c->cpu_seconds = child.cpu_seconds;
    return child.exit_code == 0 ? child.seconds : NAN;
}

/* Firm-months of one world, all arms; the study's mean over its first points. */
static double firm_months_of_world(const char *path, int *n_arms)
{
    kl_study study;
    kl_diagnostics found;
    double sum = 0;
    int points = 0;
    *n_arms = 0;
    if (kl_study_load(&study, path, NULL, &found) == KL_OK) {
        points = study.n_points < 100 ? study.n_points : 100;
        for (int point = 0; point < points; point++)
            for (int arm = 0; arm < study.n_arms; arm++) {
                kl_params params;
                kl_mechanism mechanism;
                if (kl_study_draw(&study, arm, point, &params, &mechanism) == KL_OK)
                    sum += (double)params.firms * study.horizon;
            }
        *n_arms = study.n_arms;
    }
    kl_diagnostics_print(&found, stderr);
    kl_diagnostics_free(&found);
    kl_study_free(&study);
    return points > 0 ? sum / points : NAN;
}

static void row(const bench_case *measured, double firm_months, int n_arms)
{
    const program_case *c = measured->data;
    double runs = (double)c->worlds * n_arms, months = firm_months * c->worlds;
    printf("%10.0f %8d %10.3f %10.3f %12.4g %12.1f %12.1f %10.1f\n", runs, c->threads, measured->median, c->cpu_seconds,
           runs / measured->median, 1e-6 * months / measured->median, 1e-6 * months / c->cpu_seconds,
           c->peak_bytes / 1048576);
}

static void head(void)
{
    printf("%10s %8s %10s %10s %12s %12s %12s %10s\n", "", "", "", "", "", "million", "firm-months", "peak");
    printf("%10s %8s %10s %10s %12s %12s %12s %10s\n", "runs", "threads", "seconds", "CPU s", "runs/s", "a second",
           "a CPU s", "MiB");
}

int main(int argc, char **argv)
{
    if (argc < 4) {
        fprintf(stderr, "usage: bench_program KLASTER STUDY OUTPUT [--rounds N]\n");
        return 2;
    }
    int n_arms, rounds = bench_rounds(argc, argv, 5), n = 0;
    double firm_months = firm_months_of_world(argv[2], &n_arms);
    if (isnan(firm_months))
        return 1;
    int cores = (int)sysconf(_SC_NPROCESSORS_ONLN);
    static program_case data[16];
    static bench_case cases[16];
    for (int threads = 1; threads <= cores && n < 10;
         threads = threads < cores && 2 * threads > cores ? cores : 2 * threads)
        data[n++] = (program_case){argv[1], argv[2], argv[3], 10000, threads, 0, 0};
    int n_threads = n;
    for (int worlds = 1000; worlds <= 10000; worlds *= 10)
        data[n++] = (program_case){argv[1], argv[2], argv[3], worlds, cores, 0, 0};
    for (int i = 0; i < n; i++)
        cases[i] = (bench_case){.play = play, .data = &data[i]};
    bench_play(cases, n, rounds);
    data[n] = (program_case){argv[1], argv[2], argv[3], 100000, cores, 0, 0};
    cases[n] = (bench_case){.play = play, .data = &data[n]};
    bench_play(&cases[n++], 1, 1);

    printf("\nThe whole program over threads, result file included; medians of %d rounds\n", rounds);
    head();
    for (int i = 0; i < n_threads; i++)
        row(&cases[i], firm_months, n_arms);
    printf("\nTime and memory over runs (the last row once)\n");
    head();
    for (int i = n_threads; i < n; i++)
        row(&cases[i], firm_months, n_arms);
    int failed = 0;
    for (int i = 0; i < n; i++)
        failed |= isnan(cases[i].median);
    return failed;
}
