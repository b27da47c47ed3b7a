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
#include "num/num.h"
#include "rng/rng.h"

#define LIMITS_N 1024          /* values an array: the first-level cache holds two of them many times over */
#define SECONDS_A_SAMPLE 0.004 /* short, so that some sample is not interrupted */
#define ROUNDS 25

static float *limits_in, *limits_out;
static volatile float limits_sink;

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
#define KERNELS(X)                                      \
    X(mul_add, "flop", "float multiply, then add")      \
    X(integers, "op", "whole-number add, exclusive or") \
    X(divisions, "value", "float division")             \
    X(expf, "value", "kl_expf")                         \
    X(logf, "value", "kl_logf")                         \
    X(log1pf, "value", "kl_log1pf")                     \
    X(logisticf, "value", "kl_logisticf")               \
    X(powf, "value", "kl_powf")                         \
    X(random, "word", "Threefry4x32-20")

typedef struct kernel {
    double (*of_steps)(long steps);
    double (*of_bytes)(float *x, size_t n, long steps);
    size_t n; /* of of_bytes: floats */
} kernel;

typedef struct path {
    const char *name;
    int there, bits;
    kernel kernel[16];
    double (*read)(float *x, size_t n, long steps), (*triad)(float *x, size_t n, long steps);
} path;

#define KERNEL_OF(set, name) {.of_steps = LIMITS_JOIN(name, set)},
#define KERNEL_V4(name, unit, what) KERNEL_OF(v4, name)
#define KERNEL_V3(name, unit, what) KERNEL_OF(v3, name)
#define KERNEL_BASE(name, unit, what) KERNEL_OF(base, name)
static path paths[] = {
#if defined(__x86_64__)
    {"AVX-512", 0, 512, {KERNELS(KERNEL_V4)}, read_v4, triad_v4},
    {"AVX2", 0, 256, {KERNELS(KERNEL_V3)}, read_v3, triad_v3},
    {"SSE2", 1, 128, {KERNELS(KERNEL_BASE)}, read_base, triad_base},
#else
    {"as built", 1, 128, {KERNELS(KERNEL_BASE)}, read_base, triad_base},
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
        double rate = rate_of(&paths[p].kernel[k], NULL);
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
            printf(" %14.3g %10.3g", 1e-9 * rate_of(&read, memory), 1e-9 * rate_of(&triad, memory));
        }
        printf("\n");
        fflush(stdout);
    }
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
    int failed = !memory || !limits_in || !limits_out;
    if (failed) {
        fprintf(stderr, "no memory\n");
    } else if (!words_agree()) {
        fprintf(stderr, "the words of the vectors are not those of kl_draw\n");
        failed = 1;
    } else {
        for (int i = 0; i < LIMITS_N; i++)
            limits_in[i] = (float)input_of(i);
        for (size_t i = 0; i < most / sizeof(float); i++)
            memory[i] = 1;
        find_paths();
        const kernel clock = {.of_steps = chain};
        double cycles = rate_of(&clock, NULL);
        printf("What one core can do; the fastest of %d samples\nClock: %.2f GHz, by a chain of one-cycle steps\n",
               ROUNDS, 1e-9 * cycles);
        table_of_arithmetic(cycles);
        table_of_scalars(cycles);
        table_of_memory(memory, most);
    }
    free(memory);
    free(limits_in);
    free(limits_out);
    return failed;
}
