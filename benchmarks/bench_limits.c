/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What one core of this machine can do of what a month consists of: float arithmetic, divisions, exponentials and
 * logarithms, random words, bytes from each level of memory - for each set of vector instructions that klaster is built
 * for and this processor has. docs/performance.md multiplies it by what a month needs. Limits are what was reached at
 * best, so here the fastest round counts, not the median. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "core/vector.h"
#include "num/lanes.h"
#include "num/num.h"
#include "rng/rng.h"

#define LIMITS_N 1024          /* values an array: the first-level cache holds two of them many times over */
#define SECONDS_A_SAMPLE 0.004 /* short, so that some sample is not interrupted */
#define ROUNDS 25

/* Half the doubles fill the same bytes. */
static float *limits_in, *limits_out;
static double *limits_wide_in, *limits_wide_out;
static int32_t *limits_index;
static volatile float limits_sink;

/* The hazard of a logit. */
#define LIMITS_HAZARD(x) kl_log1pf(kl_expf(x))

/* What was written may be read by anybody: the loop cannot be left out or taken together with the next. */
static inline void limits_keep(void *memory)
{
    __asm__ volatile("" : : "r"(memory) : "memory");
}

#if defined(__clang__)
#define LIMITS_UNROLL _Pragma("clang loop unroll(full)")
#else
#define LIMITS_UNROLL _Pragma("GCC unroll 20")
#endif

/* ---- the kernels, once for each set of instructions ---- */

#define LIMITS_JOIN(a, b) a##_##b
#if defined(__x86_64__)
#define LIMITS(name) LIMITS_JOIN(name, v4)
#define LIMITS_FOR __attribute__((target("arch=x86-64-v4")))
#define LIMITS_BYTES 64
#include "limits_kernels.h"
#undef LIMITS
#undef LIMITS_FOR
#undef LIMITS_BYTES
#define LIMITS(name) LIMITS_JOIN(name, v3)
#define LIMITS_FOR __attribute__((target("arch=x86-64-v3")))
#define LIMITS_BYTES 32
#include "limits_kernels.h"
#undef LIMITS
#undef LIMITS_FOR
#undef LIMITS_BYTES
#endif
#define LIMITS(name) LIMITS_JOIN(name, base)
#define LIMITS_FOR
#define LIMITS_BYTES 16
#include "limits_kernels.h"

/* X(name, unit, what) of kernels that take steps. */
#define KERNELS(X)                                       \
    X(mul_add, "flop", "float multiply, then add")       \
    X(integers, "op", "whole-number add, exclusive or")  \
    X(divisions, "value", "float division")              \
    X(expf, "value", "kl_expf")                          \
    X(logisticf, "value", "kl_logisticf")                \
    X(logf, "value", "kl_logf")                          \
    X(log1pf, "value", "kl_log1pf")                      \
    X(powf, "value", "kl_powf")                          \
    X(tied, "value", "read through a list")              \
    X(exp, "value", "kl_exp, double")                    \
    X(log, "value", "kl_log, double")                    \
    X(random, "word", "Threefry4x32-20")                 \
    X(short_expf, "value", "kl_expf, 64 in a chain")     \
    X(short_log1pf, "value", "kl_log1pf, 64 in a chain") \
    X(short_hazard, "value", "log1p(exp), 64 in a chain")

enum {
#define KERNEL_ID(name, unit, what) OF_##name,
    KERNELS(KERNEL_ID)
#undef KERNEL_ID
        N_KERNELS
};

typedef struct kernel {
    double (*of_steps)(long steps);
    double (*of_bytes)(float *x, size_t n, long steps);
    size_t n; /* of of_bytes: floats */
} kernel;

typedef struct path {
    const char *name;
    int there;
    kernel kernel[N_KERNELS];
    double rate[N_KERNELS], loads; /* a second; floats a second from the first-level cache */
    double (*read)(float *x, size_t n, long steps), (*triad)(float *x, size_t n, long steps);
} path;

#define KERNEL_OF(set, name) {.of_steps = LIMITS_JOIN(name, set)},
#define KERNEL_V4(name, unit, what) KERNEL_OF(v4, name)
#define KERNEL_V3(name, unit, what) KERNEL_OF(v3, name)
#define KERNEL_BASE(name, unit, what) KERNEL_OF(base, name)
static path paths[] = {
#if defined(__x86_64__)
    {"AVX-512", 0, {KERNELS(KERNEL_V4)}, {0}, 0, read_v4, triad_v4},
    {"AVX2", 0, {KERNELS(KERNEL_V3)}, {0}, 0, read_v3, triad_v3},
    {"SSE2", 1, {KERNELS(KERNEL_BASE)}, {0}, 0, read_base, triad_base},
#else
    {"as built", 1, {KERNELS(KERNEL_BASE)}, {0}, 0, read_base, triad_base},
#endif
};
enum { PATHS = sizeof paths / sizeof paths[0] };

static void find_paths(void)
{
#if defined(__x86_64__)
    __builtin_cpu_init();
    paths[0].there = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                     __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    paths[1].there = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#endif
}

/* ---- measuring ---- */

static double play_once(const kernel *k, float *memory, long steps)
{
    return k->of_steps ? k->of_steps(steps) : k->of_bytes(memory, k->n, steps);
}

/* Units a second, of the fastest round. */
static double rate_of(const kernel *k, float *memory)
{
    long steps = 1;
    double best = 0;
    for (double seconds = 0; seconds < SECONDS_A_SAMPLE / 2 && steps < 1L << 30; steps *= 2) {
        double start = bench_now();
        play_once(k, memory, steps);
        seconds = bench_now() - start;
    }
    for (int r = 0; r < ROUNDS; r++) {
        double start = bench_now(), units = play_once(k, memory, steps);
        double rate = units / (bench_now() - start);
        best = rate > best ? rate : best;
    }
    return best;
}

/* A chain in which each step waits for the last: one cycle an exclusive or, one a rotation, on every processor of the last
 * ten years. */
static double chain(long steps)
{
    uint64_t x = (uint64_t)steps;
    for (long s = 0; s < steps; s++)
        for (int k = 0; k < 8; k++) {
            x = (x << 7 | x >> 57) ^ 0x9e37;
            __asm__ volatile("" : "+r"(x)); /* two steps are not one with another constant */
        }
    limits_sink += (float)(x & 1);
    return 16.0 * (double)steps;
}

/* ---- double, called one by one as the model calls them ---- */

static double input_of(int i)
{
    return (i + 0.5) / LIMITS_N;
}

#define SCALAR_FUNCTION(name, f)                 \
    static double scalar_##name(long steps)      \
    {                                            \
        double sum = 0;                          \
        for (long s = 0; s < steps; s++)         \
            for (int i = 0; i < LIMITS_N; i++)   \
                sum += f;                        \
        limits_sink += (float)sum;               \
        return (double)LIMITS_N * (double)steps; \
    }
SCALAR_FUNCTION(exp, kl_exp(input_of(i)))
SCALAR_FUNCTION(log, kl_log(input_of(i)))
SCALAR_FUNCTION(log1p, kl_log1p(input_of(i)))
SCALAR_FUNCTION(pow, kl_pow(1 + input_of(i), -0.3))
SCALAR_FUNCTION(quantile, kl_normal_quantile(input_of(i)))

static double scalar_words(long steps)
{
    const kl_key key = kl_key_of(2025, 1, (uint32_t)steps);
    uint32_t sum = 0;
    for (long s = 0; s < steps; s++) {
        kl_words w = kl_draw(key, (uint32_t)s, KL_DRAW_FIRM, 0);
        sum += w.w[0] ^ w.w[1] ^ w.w[2] ^ w.w[3];
    }
    limits_sink += (float)(sum & 1);
    return 4.0 * (double)steps;
}

static void table_of_scalars(double cycles)
{
    static const struct {
        const char *what;
        kernel k;
    } rows[] = {
        {"kl_exp", {.of_steps = scalar_exp}},
        {"kl_log", {.of_steps = scalar_log}},
        {"kl_log1p", {.of_steps = scalar_log1p}},
        {"kl_pow", {.of_steps = scalar_pow}},
        {"kl_normal_quantile", {.of_steps = scalar_quantile}},
        {"Threefry4x32-20, a word", {.of_steps = scalar_words}},
    };
    printf("\nOne at a time, double: 10^9 a second, and cycles each\n");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        double rate = rate_of(&rows[i].k, NULL);
        printf("%-40s %14.3g %10.1f\n", rows[i].what, 1e-9 * rate, cycles / rate);
    }
}

/* ---- tables ---- */

/* The vectors' words are those of the program, or the rate says nothing. */
static int words_agree(void)
{
    const uint32_t key[4] = {2025, 0, 3, 7};
    uint32_t out[4 * 4];
    threefry_base(key, 5, KL_DRAW_FIRM, 2, out);
    for (uint32_t i = 0; i < 4; i++) {
        kl_words w = kl_draw(kl_key_of(2025, 3, 7), 5 + i, KL_DRAW_FIRM, 2);
        for (uint32_t k = 0; k < 4; k++)
            if (w.w[k] != out[4 * k + i])
                return 0;
    }
    return 1;
}

static void heading(const char *what)
{
    printf("\n%-40s", what);
    for (int p = 0; p < PATHS; p++)
        if (paths[p].there)
            printf(" %14s %10s", paths[p].name, "cycles/16");
    printf("\n");
}

static void row(const char *what, int k, double cycles)
{
    printf("%-40s", what);
    for (int p = 0; p < PATHS; p++) {
        if (!paths[p].there)
            continue;
        double rate = paths[p].rate[k] = rate_of(&paths[p].kernel[k], NULL);
        printf(" %14.3g %10.2f", 1e-9 * rate, 16 * cycles / rate);
    }
    printf("\n");
    fflush(stdout);
}

static void table_of_arithmetic(double cycles)
{
    heading("Arithmetic, 10^9 a second");
    int k = 0;
#define ROW(name, unit, what) row(what " (" unit ")", k++, cycles);
    KERNELS(ROW)
#undef ROW
}

static void table_of_memory(float *memory, size_t most)
{
    static const struct {
        const char *what;
        size_t bytes;
    } rows[] = {{"16 KiB", 16 << 10}, {"512 KiB", 512 << 10}, {"16 MiB", 16 << 20}, {"256 MiB", 256 << 20}};
    printf("\n%-40s", "Bytes, 10^9 a second");
    for (int p = 0; p < PATHS; p++)
        if (paths[p].there)
            printf(" %14s %10s", paths[p].name, "x + a y");
    printf("\n");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t n = rows[i].bytes / sizeof(float);
        if (rows[i].bytes > most)
            continue;
        printf("%-40s", rows[i].what);
        for (int p = 0; p < PATHS; p++) {
            if (!paths[p].there)
                continue;
            const kernel read = {.of_bytes = paths[p].read, .n = n}, triad = {.of_bytes = paths[p].triad, .n = n};
            double bytes = rate_of(&read, memory);
            printf(" %14.3g %10.3g", 1e-9 * bytes, 1e-9 * rate_of(&triad, memory));
            if (i == 0)
                paths[p].loads = bytes / sizeof(float);
        }
        printf("\n");
        fflush(stdout);
    }
}

/* ---- the month ---- */

/* The paper's study: means of 4,000 worlds. */
#define FIRMS 54
#define HORIZON 60
#define MONTHS_ACTIVE 40.2
#define EVENTS 500.0 /* joins 50, leaves 26, entries 101 and, in the twin, 86, exits about as many, innovations 57 */

/* What is not a loop over firms, in cycles; estimates: of the model's instructions, two a cycle. */
#define CYCLES_ACTIVE \
    700.0 /* a month with members: three powers, two exponentials, 25 sums of 16 lanes, joint audience */
#define CYCLES_QUIET 150.0
#define CYCLES_EVENT 60.0 /* bookkeeping, and a branch not foreseen */

/* A firm's draws, once a world. */
#define WORDS 54.0
#define EXPS 4.0
#define LOGS 6.5
#define QUANTILES 10.0 /* normal: in vectors both branches, so a logarithm and 36 double operations */
#define BETAS 4.0      /* four look-ups of two doubles and 13 double operations */

enum { LIMITS_ACTIVE, LIMITS_QUIET, LIMITS_TWIN, TIMES };

typedef struct count {
    const char *submodel;
    int when;
    double arithmetic, compares, divisions, exp, logistic, log, log1p, pow, tied, loads, stores;
} count;

static const count counts[] = {
#define LIMITS_COUNT(submodel, when, ...) {#submodel, when, __VA_ARGS__},
#include "month.def"
#undef LIMITS_COUNT
};

/* Values read through a list: a register of them at once is not always faster than one after the other. */
static double rate_of_tied(const path *p)
{
    double best = 0;
    for (const path *q = p; q < paths + PATHS; q++)
        best = q->there && q->rate[OF_tied] > best ? q->rate[OF_tied] : best;
    return best;
}

/* Float operations as benchmarks/operations counts them, with those inside functions. */
static double floats_of(const count *c)
{
    const double exp = 24, log = 29; /* of kl_expf and kl_logf */
    return c->arithmetic + c->compares + c->divisions + exp * c->exp + (exp + 2) * c->logistic + log * c->log +
           (log + 5) * c->log1p + (exp + log + 2) * c->pow;
}

/* Seconds a firm needs: what is longer, arithmetic or the first-level cache. A store costs two loads. */
static double seconds_of(const path *p, const count *c)
{
    const double *rate = p->rate;
    double work = c->arithmetic / rate[OF_mul_add] + c->compares / rate[OF_integers] +
                  c->divisions / rate[OF_divisions] + c->exp / rate[OF_expf] + c->logistic / rate[OF_logisticf] +
                  c->log / rate[OF_logf] + c->log1p / rate[OF_log1pf] + c->pow / rate[OF_powf] +
                  c->tied / rate_of_tied(p);
    double memory = (c->loads + 2 * c->stores) / p->loads;
    return work > memory ? work : memory;
}

/* How much longer functions take where a row of lanes waits for its last month and only four rows are at hand. */
static double waiting(const path *p)
{
    return 1 / p->rate[OF_short_hazard] / (1 / p->rate[OF_expf] + 1 / p->rate[OF_log1pf]);
}

static double seconds_of_draw(const path *p)
{
    const double *rate = p->rate, operation = 2 / rate[OF_mul_add]; /* double: half as many a register */
    return WORDS / rate[OF_random] + EXPS / rate[OF_exp] + LOGS / rate[OF_log] +
           QUANTILES * (1 / rate[OF_log] + 36 * operation) + BETAS * (13 * operation + 4 / rate_of_tied(p));
}

static void row_of_totals(const char *what, double floats, const double total[PATHS], double over)
{
    printf("%-28s %8s", what, "");
    if (floats > 0)
        printf(" %8.1f", floats);
    else
        printf(" %8s", "");
    for (int p = 0; p < PATHS; p++)
        if (paths[p].there)
            printf(" %10.1f", over == 1 ? total[p] : over / total[p]);
    printf("\n");
}

/* Microseconds a run of the paper's study: by submodel, then what is not a loop over firms. Floats are a firm and month of
 * the run, with the lanes that pad the last row. */
static void table_of_month(double cycles)
{
    static const char *const when[TIMES] = {"with members", "without", "twin"};
    static const double months[TIMES] = {MONTHS_ACTIVE, HORIZON - MONTHS_ACTIVE, HORIZON};
    const double lanes = kl_padded(FIRMS);
    double total[PATHS] = {0}, busy[PATHS] = {0}, all = 0; /* busy: functions in a row */
    printf("\n%-28s %8s %8s", "The least a run needs, us", "months", "floats");
    for (int p = 0; p < PATHS; p++)
        if (paths[p].there)
            printf(" %10s", paths[p].name);
    printf("\n");
#define MONTH_ROW(what, when, n, floats, seconds)                 \
    do {                                                          \
        printf("%-14s %-13s %8.1f %8.1f", what, when, n, floats); \
        for (int p = 0; p < PATHS; p++) {                         \
            if (!paths[p].there)                                  \
                continue;                                         \
            double us = 1e6 * (seconds);                          \
            total[p] += us;                                       \
            printf(" %10.2f", us);                                \
        }                                                         \
        printf("\n");                                             \
    } while (0)
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        const count *c = &counts[i];
        double firm_months = lanes * months[c->when], floats = firm_months * floats_of(c) / (FIRMS * HORIZON);
        all += floats;
        MONTH_ROW(c->submodel, when[c->when], months[c->when], floats, firm_months * seconds_of(&paths[p], c));
        for (int p = 0; p < PATHS && c->when == LIMITS_ACTIVE && c->tied == 0; p++)
            busy[p] += paths[p].there ? 1e6 * firm_months * seconds_of(&paths[p], c) : 0;
    }
    const double once = MONTHS_ACTIVE * CYCLES_ACTIVE + (2 * HORIZON - MONTHS_ACTIVE) * CYCLES_QUIET;
    MONTH_ROW("once a month", "", 2.0 * HORIZON, 0.0, once / cycles);
    MONTH_ROW("events", "", EVENTS, 0.0,
              EVENTS * (CYCLES_EVENT / cycles + 4 / paths[p].rate[OF_random] + 1 / paths[p].rate[OF_log]));
    MONTH_ROW("draw of the world", "", 1.0, 0.0, lanes * seconds_of_draw(&paths[p]));
#undef MONTH_ROW
    row_of_totals("a run", all, total, 1);
    row_of_totals("million firm-months/s", 0, total, FIRMS * HORIZON);
    for (int p = 0; p < PATHS; p++)
        total[p] += busy[p] * (waiting(&paths[p]) - 1);
    row_of_totals("a run, month after month", 0, total, 1);
    row_of_totals("million firm-months/s", 0, total, FIRMS * HORIZON);
}

static void fill(float *memory, size_t n)
{
    for (int i = 0; i < LIMITS_N; i++) {
        limits_in[i] = (float)input_of(i);
        limits_index[i] = i * 37 % 64; /* a cluster's worth of places */
    }
    for (int i = 0; i < LIMITS_N / 2; i++)
        limits_wide_in[i] = input_of(i);
    for (size_t i = 0; i < n; i++)
        memory[i] = 1;
}

int main(void)
{
    static const size_t sizes[] = {256 << 20, 16 << 20};
    float *memory = NULL;
    size_t most = 0;
    for (size_t i = 0; i < 2 && !memory; i++)
        memory = aligned_alloc(64, most = sizes[i]);
    limits_in = aligned_alloc(64, LIMITS_N * sizeof(float));
    limits_out = aligned_alloc(64, LIMITS_N * sizeof(float));
    limits_wide_in = aligned_alloc(64, LIMITS_N / 2 * sizeof(double));
    limits_wide_out = aligned_alloc(64, LIMITS_N / 2 * sizeof(double));
    limits_index = aligned_alloc(64, LIMITS_N * sizeof(int32_t));
    int failed = !memory || !limits_in || !limits_out || !limits_wide_in || !limits_wide_out || !limits_index;
    if (failed) {
        fprintf(stderr, "no memory\n");
    } else if (!words_agree()) {
        fprintf(stderr, "the words of the vectors are not those of kl_draw\n");
        failed = 1;
    } else {
        fill(memory, most / sizeof(float));
        find_paths();
        const kernel clock = {.of_steps = chain};
        double cycles = rate_of(&clock, NULL);
        printf("What one core can do; the fastest of %d samples\nClock: %.2f GHz, by a chain of one-cycle steps\n",
               ROUNDS, 1e-9 * cycles);
        table_of_arithmetic(cycles);
        table_of_scalars(cycles);
        table_of_memory(memory, most);
        table_of_month(cycles);
    }
    free(memory);
    free(limits_in);
    free(limits_out);
    free(limits_wide_in);
    free(limits_wide_out);
    free(limits_index);
    return failed;
}
