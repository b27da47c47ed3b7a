/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reach: of a firm's own marketing, of marketing inside the ecosystem, of cross-promotion, and of the cluster over its
 * markets. */
#include "core/state.h"
#include "core/vector.h"

#define KL_PRODUCT_TERMS 128 /* up to here the beta-binomial is multiplied out; beyond, by log-gamma */

/* Beta-binomial reach of n media of mean reach m (Metheringham 1964): 1 - P(none of n). The duplication is the
 * intra-class correlation; 0 gives Sainsbury's independent media, 1 - (1 - m)^n. */
double kl_joint_audience(double mean_reach, int n, double duplication)
{
    if (n < 1 || !(mean_reach > 0))
        return 0;
    if (mean_reach >= 1)
        return 1;
    if (duplication < 1e-6)
        return 1 - kl_pow(1 - mean_reach, n);
    double a = mean_reach * (1 - duplication) / duplication, b = (1 - mean_reach) * (1 - duplication) / duplication;
    if (n > KL_PRODUCT_TERMS)
        return 1 - kl_exp(kl_lgamma(b + n) - kl_lgamma(b) + kl_lgamma(a + b) - kl_lgamma(a + b + n));
    double none = 1;
    for (int k = 0; k < n; k++)
        none *= (b + k) / (a + b + k);
    return 1 - none;
}

/* R_J changes only when somebody joins or leaves. */
static double joint_audience_now(kl_state *s)
{
    if (s->audience_stale) {
        double mean_reach = s->n_members > 0 ? 1 - s->member_miss_sum / s->n_members : 0;
        s->joint_audience = kl_joint_audience(s->p.crosspromotion * mean_reach, s->n_members, s->p.duplication);
        s->audience_stale = 0;
    }
    return s->joint_audience;
}

/* What the ecosystem does to everybody's reach. */
typedef struct together {
    float pooled, lift, cross; /* experience that members share; of joint exposure; by the joint audience */
} together;

KL_VECTOR static void pool_experience(kl_state *s, const void *with, int begin, int end, double *sum)
{
    KL_WHOLE_ROWS(begin, end);
    (void)with;
    *sum = kl_dot(s->usage + begin, s->experience + begin, end - begin);
}

KL_VECTOR static void firm_reach(kl_state *s, const void *with, int begin, int end, double *sum)
{
    KL_WHOLE_ROWS(begin, end);
    (void)sum;
    const together *by = with;
    const float rate = (float)s->p.reach_rate, pooled = by->pooled, lift = by->lift, cross = by->cross;
    const float *restrict experience = s->experience, *restrict usage = s->usage, *restrict shareable = s->shareable;
    float *restrict reach = s->reach;
    float missed[KL_SPAN];
    KL_INDEPENDENT
    for (int i = begin; i < end; i++) {
        float joint = usage[i] * shareable[i];
        float exposure =
            rate * ((0.5f + experience[i]) * (1.0f - joint) + (0.5f + kl_maxf(experience[i], pooled)) * joint * lift);
        missed[i - begin] = -exposure;
    }
    kl_exps(missed, end - begin, missed);
    KL_INDEPENDENT
    for (int i = begin; i < end; i++)
        reach[i] = 1.0f - missed[i - begin] * (1.0f - cross * usage[i]);
}

KL_VECTOR static void own_reach(kl_state *s, const void *with, int begin, int end, double *sum)
{
    KL_WHOLE_ROWS(begin, end);
    (void)with;
    (void)sum;
    const float *restrict miss = s->miss_first;
    float *restrict reach = s->reach;
    KL_INDEPENDENT
    for (int i = begin; i < end; i++)
        reach[i] = 1.0f - miss[i];
}

void kl_reach_step(kl_state *s)
{
    const kl_params *p = &s->p;
    if (s->n_members == 0 || !p->channel_brand) {
        kl_spans(s, own_reach, NULL, 0, NULL);
        return;
    }
    double used = s->total_usage, experience;
    kl_spans(s, pool_experience, NULL, 1, &experience);
    double by_quality = 1 + p->reach_quality * (2 * s->quality - 1);
    /* exposure is never negative */
    double lift = (by_quality > 0 ? by_quality : 0) * (1 + p->reach_brand * s->goodwill);
    together by = {(float)(used > 0 ? experience / used : 0), (float)lift,
                   (float)(p->crosspromotion_weight * joint_audience_now(s))};
    kl_spans(s, firm_reach, &by, 0, NULL);
}

typedef float sixteen_floats __attribute__((vector_size(64)));
typedef int32_t sixteen_words __attribute__((vector_size(64)));

/* The chance that no firm of a span reaches who is in a market, for 16 markets from `first` on: the product over the firms that
 * serve it of 1 - r, firm i in lane i mod 16, then over the lanes. A market is an element of a vector; eight lanes at a time,
 * whose products do not wait for each other. Inert firms serve nothing. */
KL_INLINE void miss_all(const kl_state *s, int first, int begin, int end, double *none)
{
    static const sixteen_words market = {1,      1 << 1, 1 << 2,  1 << 3,  1 << 4,  1 << 5,  1 << 6,  1 << 7,
                                         1 << 8, 1 << 9, 1 << 10, 1 << 11, 1 << 12, 1 << 13, 1 << 14, 1 << 15};
    const sixteen_floats one = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    const float *restrict reach = s->reach;
    const int32_t *restrict presence = s->presence;
    sixteen_floats all = one;
    for (int half = 0; half < KL_LANES; half += KL_LANES / 2) {
        sixteen_floats lane[KL_LANES / 2] = {one, one, one, one, one, one, one, one};
        for (int row = begin + half; row < end; row += KL_LANES)
            for (int l = 0; l < KL_LANES / 2; l++) {
                const sixteen_words absent = (((int32_t)((uint32_t)presence[row + l] >> first)) & market) == 0;
                const sixteen_floats miss = one - reach[row + l];
                lane[l] *= (sixteen_floats)(((sixteen_words)one & absent) | ((sixteen_words)miss & ~absent));
            }
        for (int l = 0; l < KL_LANES / 2; l++)
            all *= lane[l];
    }
    for (int j = 0; j < 16; j++)
        none[first + j] = (double)all[j];
}

/* Of all markets, and of those that there are not. */
KL_VECTOR static void miss_markets(kl_state *s, const void *with, int begin, int end, double *none)
{
    KL_WHOLE_ROWS(begin, end);
    (void)with;
    miss_all(s, 0, begin, end, none);
    if (s->market.n > 16)
        miss_all(s, 16, begin, end, none);
}

/* Market reach of the cluster: demand reached by at least one of its firms. */
double kl_cluster_reach(kl_state *s)
{
    double none[32], reached = 0;
    kl_spans(s, miss_markets, NULL, s->market.n, none);
    for (int j = 0; j < s->market.n; j++)
        reached += (double)s->market.share[j] * (1.0 - kl_spans_product(s, j, none[j]));
    return reached;
}

KL_VECTOR static void count_attained(kl_state *s, const void *with, int begin, int end, double *attained)
{
    (void)with;
    const float *restrict miss = s->miss_first, *restrict demand_first = s->demand_first, *restrict goal = s->goal;
    const float *restrict reach = s->reach, *restrict demand = s->demand;
    const int last = end < s->n ? end : s->n; /* inert firms would attain theirs */
    int n = 0;
    for (int i = begin; i < last; i++)
        n += reach[i] * demand[i] >= (1.0f + goal[i]) * ((1.0f - miss[i]) * demand_first[i]);
    *attained += n;
}

/* Share of firms whose market reach is at least (1 + goal) times their first. */
double kl_goal_attainment(kl_state *s)
{
    double attained;
    kl_spans(s, count_attained, NULL, 1, &attained);
    return attained / s->n;
}
