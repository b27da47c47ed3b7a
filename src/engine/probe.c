/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How long a run takes, by trying. The worlds tried are spread over the points, so that a study over cluster sizes is
 * judged fairly; a run that outlasts the probe is extrapolated from its first months. */
#include "engine/probe.h"

#include "engine/machine.h"
#include "engine/play.h"

#define PROBE_NANOSECONDS 100000000
#define PROBE_WORLDS 100

typedef struct probe {
    kl_player player;
    int64_t deadline;
    double seconds; /* of the draws and of the runs counted, the last one extrapolated */
    int64_t n_runs;
} probe;

static int is_over(const probe *p)
{
    return kl_machine_clock() >= p->deadline;
}

/* Time one run. A run that cannot be played takes no time and is not counted. */
static kl_status probe_run(probe *p, int arm, kl_world world)
{
    const kl_drawn *drawn = kl_player_arm(&p->player, arm);
    kl_run *run = &p->player.run;
    if (drawn->status != KL_OK)
        return KL_OK;
    int64_t begun = kl_machine_clock();
    kl_status status = kl_run_start(run, &drawn->params, &drawn->mechanism, world, p->player.study->horizon);
    if (status != KL_OK)
        return status == KL_ERR_MEMORY ? status : KL_OK;
    int64_t started = kl_machine_clock();
    do
        kl_run_step(run);
    while (run->month < run->horizon && !is_over(p));
    double months = (double)(kl_machine_clock() - started) * 1e-9;
    p->seconds += (double)(started - begun) * 1e-9 + months * run->horizon / run->month;
    p->n_runs++;
    return KL_OK;
}

static kl_status probe_worlds(probe *p, const kl_plan *plan)
{
    int64_t stride = plan->n_points / PROBE_WORLDS + 1;
    for (int i = 0; i < PROBE_WORLDS && i < plan->n_worlds; i++) {
        int point = (int)(i * stride % plan->n_points);
        kl_world world = kl_study_world(p->player.study, point, i % plan->n_replicates);
        int64_t begun = kl_machine_clock();
        kl_status status = kl_player_draw(&p->player, point);
        p->seconds += (double)(kl_machine_clock() - begun) * 1e-9;
        for (int arm = 0; status == KL_OK && arm < plan->n_arms; arm++) {
            status = probe_run(p, arm, world);
            if (is_over(p))
                return status;
        }
        if (status != KL_OK)
            return status;
    }
    return KL_OK;
}

kl_status kl_plan_probe(kl_plan *plan, const kl_study *study)
{
    probe p = {.seconds = 0, .n_runs = 0};
    kl_status status = kl_player_init(&p.player, study, 1, NULL);
    if (status != KL_OK)
        goto out;
    p.deadline = kl_machine_clock() + PROBE_NANOSECONDS;
    status = probe_worlds(&p, plan);
    if (status != KL_OK)
        goto out;
    if (p.n_runs > 0)
        plan->seconds_per_run = p.seconds / (double)p.n_runs;
    int busy = kl_machine_threads();
    if (plan->n_threads + plan->n_helpers < busy)
        busy = plan->n_threads + plan->n_helpers; /* more threads than processors do not help */
    plan->seconds = plan->seconds_per_run * (double)plan->n_runs / busy;
out:
    kl_player_free(&p.player);
    return status;
}
