/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Where the time of a run goes, by submodel. The linker puts a clock around each function listed here (--wrap), so the
 * model itself is the one that is shipped, in the order in which it really runs. What the clock costs is measured and
 * taken off. A function called by another one of the list counts for the outer one. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bench.h"
#include "core/state.h"

#define HORIZON 60

/* X(function, what it does): void functions of a state. CMakeLists.txt reads the names from these lines. */
#define SUBMODELS(X)                                  \
    X(kl_cluster_draw, "world: firms, ties, markets") \
    X(kl_policy_begin_month, "policy")                \
    X(kl_stages_begin_month, "stages: begin")         \
    X(kl_membership_step, "join and leave")           \
    X(kl_usage_step, "usage")                         \
    X(kl_campaign_step, "joint campaign")             \
    X(kl_campaign_idle, "no campaign")                \
    X(kl_platform_step, "platform account")           \
    X(kl_brand_step, "brand")                         \
    X(kl_reach_step, "reach")                         \
    X(kl_information_step, "information")             \
    X(kl_markets_step, "markets")                     \
    X(kl_innovation_step, "innovation")               \
    X(kl_value_step, "value")                         \
    X(kl_people_step, "satisfaction, belief, trust")  \
    X(kl_series_record, "monthly series")             \
    X(kl_stages_end_month, "stages: end")

enum {
#define SUBMODEL_ID(function, what) ID_##function,
    SUBMODELS(SUBMODEL_ID)
#undef SUBMODEL_ID
        N_SUBMODELS
};

static double spent[N_SUBMODELS];
static long calls[N_SUBMODELS], clock_pairs;
static int depth;

/* The linker calls __wrap_f where the model calls f, and f is reached as __real_f. */
#define SUBMODEL_WRAP(function, what)                    \
    void __real_##function(kl_state *s);                 \
    void __wrap_##function(kl_state *s);                 \
    void __wrap_##function(kl_state *s)                  \
    {                                                    \
        if (depth++) {                                   \
            __real_##function(s);                        \
        } else {                                         \
            double start = bench_now();                  \
            __real_##function(s);                        \
            spent[ID_##function] += bench_now() - start; \
            calls[ID_##function]++;                      \
            clock_pairs++;                               \
        }                                                \
        depth--;                                         \
    }
SUBMODELS(SUBMODEL_WRAP)

/* Seconds that a pair of clock readings adds to what is between them, and to the whole. */
static void clock_cost(double *inside, double *whole)
{
    enum { N = 200000 };
    double sum = 0, start = bench_now();
    for (int i = 0; i < N; i++) {
        double t = bench_now();
        sum += bench_now() - t;
    }
    *whole = (bench_now() - start) / N;
    *inside = sum / N;
}

static double play_runs(int firms, int runs)
{
    kl_params params;
    kl_params_defaults(&params);
    params.firms = firms;
    kl_mechanism mechanism = kl_mechanism_five_stage();
    kl_run run;
    kl_run_init(&run);
    double start = bench_now();
    for (int r = 0; r < runs; r++) {
        if (kl_run_start(&run, &params, &mechanism, (kl_world){1, 0, (uint32_t)r}, HORIZON) != KL_OK)
            return NAN;
        while (run.month < run.horizon)
            kl_run_step(&run);
    }
    double seconds = bench_now() - start;
    kl_run_free(&run);
    return seconds;
}

static int table(int firms, int runs, int rounds)
{
    static double share[N_SUBMODELS][BENCH_ROUNDS_MAX], other[BENCH_ROUNDS_MAX], total[BENCH_ROUNDS_MAX];
    double inside, whole;
    clock_cost(&inside, &whole);
    for (int r = 0; r < rounds; r++) {
        memset(spent, 0, sizeof spent);
        memset(calls, 0, sizeof calls);
        clock_pairs = 0;
        double seconds = play_runs(firms, runs) - whole * (double)clock_pairs;
        if (isnan(seconds))
            return 1;
        total[r] = other[r] = seconds;
        for (int i = 0; i < N_SUBMODELS; i++) {
            double net = spent[i] - inside * (double)calls[i];
            share[i][r] = net > 0 ? net : 0;
            other[r] -= share[i][r];
        }
    }
    static const char *const what_of[] = {
#define SUBMODEL_WHAT(function, what) what,
        SUBMODELS(SUBMODEL_WHAT)
#undef SUBMODEL_WHAT
    };
    double months = (double)firms * HORIZON * runs, seconds = bench_median(total, rounds);
    printf("\nBy submodel, %d firms, one core; medians of %d rounds\n", firms, rounds);
    printf("%-28s %10s %14s %8s\n", "", "calls/run", "ns/firm-month", "share");
    for (int i = 0; i < N_SUBMODELS; i++) {
        double s = bench_median(share[i], rounds);
        printf("%-28s %10.1f %14.3f %7.1f%%\n", what_of[i], (double)calls[i] / runs, 1e9 * s / months,
               100 * s / seconds);
    }
    double rest = bench_median(other, rounds);
    printf("%-28s %10s %14.3f %7.1f%%\n", "the rest", "", 1e9 * rest / months, 100 * rest / seconds);
    printf("%-28s %10s %14.3f %7.1f%%\n", "a run", "", 1e9 * seconds / months, 100.0);
    return 0;
}

int main(int argc, char **argv)
{
    int rounds = bench_rounds(argc, argv, 5);
    return table(54, 400, rounds) || table(1000, 40, rounds);
}
