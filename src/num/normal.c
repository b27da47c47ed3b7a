/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The normal distribution for draws by inversion: one uniform, one value, rising in the uniform. Built on num.c, so the bits
 * are the same everywhere, whether one is drawn or many at once. */
#include "num/lanes.h"

/* ---- the distribution function ---- */

/* e^(-z^2/2), z >= 0: the square of z cut to 1/16 is exact, so the rounding of z^2 is not magnified. */
static double normal_kernel(double z)
{
    double cut = (double)(int)(z * 16.0) / 16.0;
    double rest = (z - cut) * (z + cut);
    return kl_exp(-0.5 * cut * cut) * kl_exp(-0.5 * rest);
}

/* Phi(z) - 1/2 for |z| < 0.67448975 (Cody 1969, doi:10.1090/S0025-5718-1969-0247736-4). */
static double normal_centre(double z)
{
    double v = z * z;
    double p = (((0.065682337918207449113 * v + 2.2352520354606839287) * v + 161.02823106855587881) * v +
                1067.6894854603709582) *
                   v +
               18154.981253343561249;
    double q = (((v + 47.20258190468824187) * v + 976.09855173777669322) * v + 10260.932208618978205) * v +
               45507.789335026729956;
    return z * p / q;
}

/* 1 - Phi(z) for z in [0.67448975, sqrt(32)) (Cody). */
static double normal_tail(double z)
{
    double p = (((((((1.0765576773720192317e-8 * z + 0.39894151208813466764) * z + 8.8831497943883759412) * z +
                    93.506656132177855979) *
                       z +
                   597.27027639480026226) *
                      z +
                  2494.5375852903726711) *
                     z +
                 6848.1904505362823326) *
                    z +
                11602.651437647350124) *
                   z +
               9842.7148383839780218;
    double q = (((((((z + 22.266688044328115691) * z + 235.38790178262499861) * z + 1519.377599407554805) * z +
                   6485.558298266760755) *
                      z +
                  18615.571640885098091) *
                     z +
                 34900.952721145977266) *
                    z +
                38912.003286093271411) *
                   z +
               19685.429676859990727;
    return normal_kernel(z) * (p / q);
}

/* 1 - Phi(z) for z >= sqrt(32): Laplace's continued fraction; 40 levels are enough from there on. */
static double normal_far_tail(double z)
{
    double fraction = z;
    for (int i = 40; i > 0; i--)
        fraction = z + i / fraction;
    return normal_kernel(z) * 0.39894228040143267794 / fraction;
}

double kl_normal_cdf(double z)
{
    double size = fabs(z);
    if (size < 0.67448975)
        return 0.5 + normal_centre(z);
    if (!(size < 39))
        return z != z ? z : z > 0 ? 1.0 : 0.0;
    double tail = size < 5.65685424949238 ? normal_tail(size) : normal_far_tail(size);
    return z > 0 ? 1.0 - tail : tail;
}

/* ---- the quantile ---- */

/* Wichura 1988, algorithm AS 241 (PPND16), doi:10.2307/2347330: within 0.425 of the middle. */
KL_INLINE double quantile_centre(double q)
{
    double r = 0.180625 - q * q;
    double p = ((((((2.5090809287301226727e3 * r + 3.3430575583588128105e4) * r + 6.7265770927008700853e4) * r +
                   4.5921953931549871457e4) *
                      r +
                  1.3731693765509461125e4) *
                     r +
                 1.9715909503065514427e3) *
                    r +
                1.3314166789178437745e2) *
                   r +
               3.3871328727963666080;
    double d = ((((((5.2264952788528545610e3 * r + 2.8729085735721942674e4) * r + 3.9307895800092710610e4) * r +
                   2.1213794301586595867e4) *
                      r +
                  5.3941960214247511077e3) *
                     r +
                 6.8718700749205790830e2) *
                    r +
                4.2313330701600911252e1) *
                   r +
               1.0;
    return q * (p / d);
}

/* The same, in the tail: r = sqrt(-ln(tail)) up to 5. */
KL_INLINE double quantile_tail(double r)
{
    r -= 1.6;
    double p = ((((((7.74545014278341407640e-4 * r + 2.27238449892691845833e-2) * r + 2.41780725177450611770e-1) * r +
                   1.27045825245236838258) *
                      r +
                  3.64784832476320460504) *
                     r +
                 5.76949722146069140550) *
                    r +
                4.63033784615654529590) *
                   r +
               1.42343711074968357734;
    double d = ((((((1.05075007164441684324e-9 * r + 5.47593808499534494600e-4) * r + 1.51986665636164571966e-2) * r +
                   1.48103976427480074590e-1) *
                      r +
                  6.89767334985100004550e-1) *
                     r +
                 1.67638483018380384940) *
                    r +
                2.05319162663775882187) *
                   r +
               1.0;
    return p / d;
}

/* The same, beyond: tails below 1.4e-11. */
static double quantile_far_tail(double r)
{
    r -= 5.0;
    double p = ((((((2.01033439929228813265e-7 * r + 2.71155556874348757815e-5) * r + 1.24266094738807843860e-3) * r +
                   2.65321895265761230930e-2) *
                      r +
                  2.96560571828504891230e-1) *
                     r +
                 1.78482653991729133580) *
                    r +
                5.46378491116411436990) *
                   r +
               6.65790464350110377720;
    double d = ((((((2.04426310338993978564e-15 * r + 1.42151175831644588870e-7) * r + 1.84631831751005468180e-5) * r +
                   7.86869131145613259100e-4) *
                      r +
                  1.48753612908506148525e-2) *
                     r +
                 1.36929880922735805310e-1) *
                    r +
                5.99832206555887937690e-1) *
                   r +
               1.0;
    return p / d;
}

double kl_normal_quantile(double u)
{
    double q = u - 0.5;
    if (fabs(q) <= 0.425)
        return quantile_centre(q);
    if (!(u > 0 && u < 1))
        return u == 0 ? -INFINITY : u == 1 ? INFINITY : NAN;
    double r = sqrt(-kl_log(q < 0 ? u : 1.0 - u));
    double z = r <= 5.0 ? quantile_tail(r) : quantile_far_tail(r);
    return q < 0 ? -z : z;
}

/* ---- many at once ---- */

/* Words whose uniform is within 0.425 of 1/2: six in seven. */
#define CENTRE_FIRST UINT32_C(322122547)
#define CENTRE_LAST UINT32_C(3972844748)

#define BATCH 1024

/* The formula of the middle, for all. */
KL_VECTOR static void scores_of_centre(const uint32_t *restrict word, double *restrict z, int n)
{
    KL_INDEPENDENT
    for (int i = 0; i < n; i++)
        z[i] = quantile_centre(kl_uniform_lane(word[i]) - 0.5);
}

/* The formula of the tails; those of a word do not reach beyond r = 4.8. */
KL_VECTOR static void scores_of_tail(const uint32_t *restrict word, double *restrict z, int n)
{
    KL_INDEPENDENT
    for (int i = 0; i < n; i++) {
        double u = kl_uniform_lane(word[i]);
        double q = u - 0.5, rest = 1.0 - u;
        double y = quantile_tail(sqrt(-kl_log_lane(q < 0 ? u : rest)));
        z[i] = q < 0 ? -y : y;
    }
}

#define GROUP 32

/* Which words are in the tails: a bit each, for n whole groups of 32. */
KL_VECTOR static void find_tails(const uint32_t *restrict word, int n, uint32_t *restrict tails)
{
    for (int g = 0; g < n; g++) {
        uint32_t bits = 0;
        for (uint32_t l = 0; l < GROUP; l++)
            bits |= (word[l] - CENTRE_FIRST > CENTRE_LAST - CENTRE_FIRST ? UINT32_C(1) : 0) << l;
        tails[g] = bits;
        word += GROUP;
    }
}

/* Places of the words in the tails, at most n; returns how many. */
static int list_tails(const uint32_t *word, int n, int *place)
{
    uint32_t tails[BATCH / GROUP];
    int groups = n / GROUP, n_tail = 0;
    find_tails(word, groups, tails);
    for (int g = 0; g < groups; g++)
        for (uint32_t bits = tails[g]; bits; bits &= bits - 1)
            place[n_tail++] = g * GROUP + kl_lowest_bit(bits);
    for (int i = groups * GROUP; i < n; i++)
        if (word[i] - CENTRE_FIRST > CENTRE_LAST - CENTRE_FIRST)
            place[n_tail++] = i;
    return n_tail;
}

static void scores(const uint32_t *word, double *z, int n)
{
    uint32_t tail_word[BATCH];
    double tail_z[BATCH];
    int tail[BATCH];
    scores_of_centre(word, z, n);
    int n_tail = list_tails(word, n, tail);
    for (int t = 0; t < n_tail; t++)
        tail_word[t] = word[tail[t]];
    scores_of_tail(tail_word, tail_z, n_tail);
    for (int t = 0; t < n_tail; t++)
        z[tail[t]] = tail_z[t];
}

void kl_normal_scores(const uint32_t *word, double *z, int n)
{
    for (int i = 0; i < n; i += BATCH)
        scores(word + i, z + i, n - i < BATCH ? n - i : BATCH);
}
