/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The kernels of bench_limits.c, for one instruction set: included once for each, with
 *   LIMITS(name)  the name with the set's suffix
 *   LIMITS_FOR    the attribute that compiles a function for it
 *   LIMITS_BYTES  bytes of its widest register
 * No guard against a second inclusion, on purpose. Arithmetic kernels keep more independent chains than the latency asks
 * for; kernels of functions are the loops that the model has, over arrays in the first-level cache. */

#define LIMITS_LANES (LIMITS_BYTES / 4)
typedef float LIMITS(vector) __attribute__((vector_size(LIMITS_BYTES)));
typedef uint32_t LIMITS(words) __attribute__((vector_size(LIMITS_BYTES)));

/* CHAINS multiplications and as many additions a step, in registers. */
LIMITS_FOR static double LIMITS(mul_add)(long steps)
{
    enum { CHAINS = 12 }; /* two constants and these fit 16 registers */
    LIMITS(vector) x[CHAINS], factor, term;
    for (int l = 0; l < LIMITS_LANES; l++)
        factor[l] = 0.999f, term[l] = 1e-3f * (float)l;
    for (int k = 0; k < CHAINS; k++)
        x[k] = term * (float)k;
    for (long s = 0; s < steps; s++)
        for (int k = 0; k < CHAINS; k++)
            x[k] = x[k] * factor + term;
    for (int k = 1; k < CHAINS; k++)
        x[0] += x[k];
    limits_sink += x[0][0];
    return 2.0 * CHAINS * LIMITS_LANES * (double)steps;
}

/* Additions alone, of integers: the ports that vectors have, whatever floats may use of them. */
LIMITS_FOR static double LIMITS(integers)(long steps)
{
    enum { CHAINS = 10 };
    LIMITS(words) x[CHAINS], a;
    for (int l = 0; l < LIMITS_LANES; l++)
        a[l] = (uint32_t)l + 0x9e3779b9u;
    for (int k = 0; k < CHAINS; k++)
        x[k] = a * (uint32_t)(k + 1);
    for (long s = 0; s < steps; s++)
        for (int k = 0; k < CHAINS; k++)
            x[k] = (x[k] ^ a) + x[(k + 1) % CHAINS];
    for (int k = 1; k < CHAINS; k++)
        x[0] ^= x[k];
    limits_sink += (float)(x[0][0] & 1);
    return 2.0 * CHAINS * LIMITS_LANES * (double)steps;
}

LIMITS_FOR static double LIMITS(divisions)(long steps)
{
    enum { CHAINS = 8 };
    LIMITS(vector) x[CHAINS], by;
    for (int l = 0; l < LIMITS_LANES; l++)
        by[l] = 1.0f + 1e-6f * (float)(l + 1);
    for (int k = 0; k < CHAINS; k++)
        x[k] = by * (float)(k + 1);
    for (long s = 0; s < steps; s++)
        for (int k = 0; k < CHAINS; k++)
            x[k] = by / x[k];
    for (int k = 1; k < CHAINS; k++)
        x[0] += x[k];
    limits_sink += x[0][0];
    return (double)CHAINS * LIMITS_LANES * (double)steps;
}

/* y[i] = f(x[i]) over arrays in the first-level cache. */
#define LIMITS_FUNCTION(name, f)                      \
    LIMITS_FOR static double LIMITS(name)(long steps) \
    {                                                 \
        const float *restrict x = limits_in;          \
        float *restrict y = limits_out;               \
        for (long s = 0; s < steps; s++) {            \
            KL_INDEPENDENT                            \
            for (int i = 0; i < LIMITS_N; i++)        \
                y[i] = f;                             \
            limits_keep(y);                           \
        }                                             \
        limits_sink += y[0];                          \
        return (double)LIMITS_N * (double)steps;      \
    }
LIMITS_FUNCTION(expf, kl_expf(x[i]))
LIMITS_FUNCTION(logf, kl_logf(x[i]))
LIMITS_FUNCTION(log1pf, kl_log1pf(x[i]))
LIMITS_FUNCTION(powf, kl_powf(x[i], 1.3f))
LIMITS_FUNCTION(logisticf, kl_logisticf(x[i]))
#undef LIMITS_FUNCTION

/* The same over 64 values, each of which waits for the last one of its place: how months follow each other in a small cluster. */
#define LIMITS_FUNCTION(name, f)                        \
    LIMITS_FOR static double LIMITS(name)(long steps)   \
    {                                                   \
        const float *restrict x = limits_in;            \
        float *restrict y = limits_out;                 \
        for (long s = 0; s < steps; s++) {              \
            KL_INDEPENDENT                              \
            for (int i = 0; i < 64; i++) {              \
                const float waits = x[i] + 0.0f * y[i]; \
                y[i] = f(waits);                        \
            }                                           \
            limits_keep(y);                             \
        }                                               \
        limits_sink += y[0];                            \
        return 64 * (double)steps;                      \
    }
LIMITS_FUNCTION(short_expf, kl_expf)
LIMITS_FUNCTION(short_log1pf, kl_log1pf)
LIMITS_FUNCTION(short_hazard, LIMITS_HAZARD)
#undef LIMITS_FUNCTION

/* The same for doubles, half as many. */
#define LIMITS_FUNCTION(name, f)                      \
    LIMITS_FOR static double LIMITS(name)(long steps) \
    {                                                 \
        const double *restrict x = limits_wide_in;    \
        double *restrict y = limits_wide_out;         \
        for (long s = 0; s < steps; s++) {            \
            KL_INDEPENDENT                            \
            for (int i = 0; i < LIMITS_N / 2; i++)    \
                y[i] = f;                             \
            limits_keep(y);                           \
        }                                             \
        limits_sink += (float)y[0];                   \
        return LIMITS_N / 2 * (double)steps;          \
    }
LIMITS_FUNCTION(exp, kl_exp_lane(x[i]))
LIMITS_FUNCTION(log, kl_log_lane(x[i]))
#undef LIMITS_FUNCTION

/* y[i] = x[index[i]]: read through a list, as usage of tied firms is. */
LIMITS_FOR static double LIMITS(tied)(long steps)
{
    const float *restrict x = limits_in;
    const int32_t *restrict index = limits_index;
    float *restrict y = limits_out;
    for (long s = 0; s < steps; s++) {
        KL_INDEPENDENT
        for (int i = 0; i < LIMITS_N; i++)
            y[i] = x[index[i]];
        limits_keep(y);
    }
    limits_sink += y[0];
    return (double)LIMITS_N * (double)steps;
}

/* Threefry4x32-20 of the counters first .. first + AT_ONCE x lanes - 1, with the words that Random123 gives (words_agree
 * holds them against it). The steps of one register wait for each other; with 32 registers there is room for two at
 * a time. `out` [AT_ONCE][4][lanes]. */
#define LIMITS_AT_ONCE (LIMITS_BYTES == 64 ? 2 : 1)
LIMITS_FOR static inline void LIMITS(threefry)(const uint32_t key[4], uint32_t first, uint32_t purpose, uint32_t index,
                                               uint32_t *restrict out)
{
    static const int spin[8][2] = {{10, 26}, {11, 21}, {13, 27}, {23, 5}, {6, 20}, {17, 11}, {25, 10}, {18, 20}};
    const uint32_t k[5] = {key[0], key[1], key[2], key[3], 0x1BD11BDAu ^ key[0] ^ key[1] ^ key[2] ^ key[3]};
    LIMITS(words) x[4][LIMITS_AT_ONCE], entity;
    for (int l = 0; l < LIMITS_LANES; l++)
        entity[l] = first + (uint32_t)l;
    for (int h = 0; h < LIMITS_AT_ONCE; h++) {
        x[0][h] = entity + (k[0] + (uint32_t)(h * LIMITS_LANES));
        x[1][h] = (entity ^ entity) + (purpose + k[1]);
        x[2][h] = (entity ^ entity) + (index + k[2]);
        x[3][h] = (entity ^ entity) + k[3];
    }
    LIMITS_UNROLL
    for (int r = 0; r < 20; r++) {
        const int b = r % 2 ? 3 : 1, d = r % 2 ? 1 : 3, s = spin[r % 8][0], t = spin[r % 8][1];
        for (int h = 0; h < LIMITS_AT_ONCE; h++) {
            x[0][h] += x[b][h];
            x[2][h] += x[d][h];
            x[b][h] = x[b][h] << s | x[b][h] >> (32 - s);
            x[d][h] = x[d][h] << t | x[d][h] >> (32 - t);
            x[b][h] ^= x[0][h];
            x[d][h] ^= x[2][h];
        }
        for (int h = 0; h < LIMITS_AT_ONCE && r % 4 == 3; h++) {
            const unsigned j = (unsigned)r / 4 + 1;
            for (unsigned m = 0; m < 4; m++)
                x[m][h] += k[(j + m) % 5] + (m == 3 ? j : 0);
        }
    }
    for (int h = 0; h < LIMITS_AT_ONCE; h++)
        for (int m = 0; m < 4; m++)
            memcpy(out + (h * 4 + m) * LIMITS_LANES, &x[m][h], LIMITS_BYTES);
}

LIMITS_FOR static double LIMITS(random)(long steps)
{
    enum { DRAWS = 4, WORDS = 4 * LIMITS_AT_ONCE * LIMITS_LANES };
    const uint32_t key[4] = {2025, 0, (uint32_t)steps, 7};
    uint32_t *out = (uint32_t *)(void *)limits_out;
    for (long s = 0; s < steps; s++) {
        for (int d = 0; d < DRAWS; d++)
            LIMITS(threefry)(key, (uint32_t)(d * WORDS), KL_DRAW_FIRM, (uint32_t)s, out + (size_t)d * WORDS);
        limits_keep(limits_out);
    }
    limits_sink += (float)(out[0] & 1);
    return (double)DRAWS * WORDS * (double)steps;
}

/* Bytes read, summed. */
LIMITS_FOR static double LIMITS(read)(float *x, size_t n, long steps)
{
    enum { CHAINS = 8 };
    LIMITS(vector) sum[CHAINS] = {{0}};
    for (long s = 0; s < steps; s++)
        for (size_t i = 0; i + CHAINS * LIMITS_LANES <= n; i += CHAINS * LIMITS_LANES)
            for (int k = 0; k < CHAINS; k++)
                sum[k] += *(const LIMITS(vector) *)(const void *)(x + i + (size_t)k * LIMITS_LANES);
    for (int k = 1; k < CHAINS; k++)
        sum[0] += sum[k];
    limits_sink += sum[0][0];
    return 4.0 * (double)(n / (CHAINS * LIMITS_LANES) * (CHAINS * LIMITS_LANES)) * (double)steps;
}

/* z = x + a y: two read, one written. */
LIMITS_FOR static double LIMITS(triad)(float *x, size_t n, long steps)
{
    const size_t third = n / 3 / 16 * 16;
    const float *restrict a = x, *restrict b = x + third;
    float *restrict z = x + 2 * third;
    for (long s = 0; s < steps; s++) {
        KL_INDEPENDENT
        for (size_t i = 0; i < third; i++)
            z[i] = a[i] + 0.5f * b[i];
        limits_keep(z);
    }
    limits_sink += z[0];
    return 12.0 * (double)third * (double)steps;
}
#undef LIMITS_LANES
#undef LIMITS_AT_ONCE
