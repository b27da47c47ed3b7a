/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One thread, one world after the other, at the defaults and 60 months, over sizes of the cluster: the model alone, without
 * study, engine and result file. A run includes the draw of its world and its twin in which every firm is alone. */
#include <math.h>
#include <stdio.h>

#include "bench.h"
#include "klaster/run.h"

#define HORIZON 60
#define SECONDS_A_SAMPLE 0.15

typedef struct core_case {
    kl_run run;
    kl_params params;
    kl_mechanism mechanism;
    uint32_t replicate; /* worlds played so far */
} core_case;

static kl_status play_world(core_case *c)
{
    kl_status status = kl_run_start(&c->run, &c->params, &c->mechanism, (kl_world){1, 0, c->replicate++}, HORIZON);
    if (status != KL_OK)
        return status;
    while (c->run.month < c->run.horizon)
        kl_run_step(&c->run);
    double outcome[KL_N_OUTCOMES];
    kl_run_outcomes(&c->run, outcome);
    return KL_OK;
}

/* Seconds a run, over as many worlds as fill the time; NaN on an error. */
static double play(void *data)
{
    core_case *c = data;
    double start = bench_now(), seconds = 0;
    int worlds = 0;
    do {
        if (play_world(c) != KL_OK)
            return NAN;
        worlds++;
        seconds = bench_now() - start;
    } while (seconds < SECONDS_A_SAMPLE);
    return seconds / worlds;
}

int main(int argc, char **argv)
{
    static const int sizes[] = {8, 20, 54, 119, 395, 1000, 5000, 20000, 100000};
    enum { N = sizeof sizes / sizeof sizes[0] };
    static core_case data[N];
    static bench_case cases[N];
    int rounds = bench_rounds(argc, argv, 5), failed = 0;
    for (int i = 0; i < N; i++) {
        kl_run_init(&data[i].run);
        kl_params_defaults(&data[i].params);
        data[i].params.firms = sizes[i];
        data[i].mechanism = kl_mechanism_five_stage();
        cases[i] = (bench_case){.play = play, .data = &data[i]};
    }
    bench_play(cases, N, rounds);
    printf("The model alone, one core, %d months; medians of %d rounds\n", HORIZON, rounds);
    printf("%8s %12s %12s %22s %14s\n", "firms", "ms a run", "runs/s", "million firm-months/s", "KiB a run");
    for (int i = 0; i < N; i++) {
        double seconds = cases[i].median;
        printf("%8d %12.4g %12.4g %22.1f %14.0f\n", sizes[i], 1e3 * seconds, 1 / seconds,
               1e-6 * sizes[i] * HORIZON / seconds, (double)kl_run_bytes(&data[i].params, HORIZON) / 1024);
        failed |= isnan(seconds);
        kl_run_free(&data[i].run);
    }
    return failed;
}
