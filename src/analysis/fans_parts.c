/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a result file keeps of fans, so that runs can be added to it later without being played again: handed out month by
 * month, and taken in after a check. The store decides how it lies on disk. */
#include "analysis/fans.h"

/* ---- handing out ---- */

const kl_plan *kl_fans_plan(const kl_fans *fans)
{
    return &fans->plan;
}

int64_t kl_fans_runs(const kl_fans *fans, int arm)
{
    return fans->n_taken[arm];
}

const float *kl_fans_values(const kl_fans *fans, int arm, kl_series_id series, int month)
{
    return fans->exact ? kl_fans_sorted(fans, arm, (int)series, month) : NULL;
}

int kl_fans_n_bins(kl_series_scale scale)
{
    return kl_fan_bins(scale) - 1;
}

const uint32_t *kl_fans_counts(const kl_fans *fans, int arm, kl_series_id series, int month)
{
    return fans->exact ? NULL : fans->count + kl_fans_word(fans, arm, (int)series, month);
}

void kl_fans_sum(const kl_fans *fans, int arm, kl_series_id series, int month, int64_t *high, int64_t *low)
{
    kl_fan_sum_carry(&fans->sum[kl_fans_cell(fans, arm, (int)series, month)], high, low);
}

/* ---- taking in ---- */

kl_status kl_fans_expect(kl_fans *fans, int arm, int64_t n_runs)
{
    if (n_runs < 0 || n_runs > fans->plan.n_worlds - fans->n_taken[arm])
        return KL_ERR_ARGUMENT;
    fans->n_taken[arm] += n_runs;
    return KL_OK;
}

/* Can the month have n more defined values? */
static int has_room(const kl_fans *fans, int arm, int series, int month, int64_t n)
{
    return n <= fans->n_taken[arm] - fans->sum[kl_fans_cell(fans, arm, series, month)].defined;
}

kl_status kl_fans_add_values(kl_fans *fans, int arm, kl_series_id series, int month, const float *x, int64_t n)
{
    int64_t defined = 0;
    for (int64_t i = 0; i < n; i++)
        defined += x[i] == x[i];
    if (!has_room(fans, arm, (int)series, month, defined))
        return KL_ERR_FORMAT;
    kl_fans_put(fans, arm, (int)series, month, x, n);
    kl_fans_touch(fans);
    return KL_OK;
}

kl_status kl_fans_add_counts(kl_fans *fans, int arm, kl_series_id series, int month, const uint32_t *count,
                             int64_t high, int64_t low)
{
    if (fans->exact)
        return KL_ERR_ARGUMENT;
    int bins = kl_fans_bins((int)series);
    uint32_t *to = fans->count + kl_fans_word(fans, arm, (int)series, month);
    kl_fan_sum *sum = &fans->sum[kl_fans_cell(fans, arm, (int)series, month)];
    int64_t defined = 0;
    for (int bin = 0; bin < bins; bin++)
        defined += count[bin]; /* below 2^13 * 2^32 */
    if (!has_room(fans, arm, (int)series, month, defined) || !kl_fan_sum_is_possible(high, low, defined))
        return KL_ERR_FORMAT;
    for (int bin = 0; bin < bins; bin++) {
        if (count[bin] == 0)
            continue;
        to[bin] += count[bin];
        sum->first = (int16_t)(bin < sum->first ? bin : sum->first);
        sum->last = (int16_t)(bin > sum->last ? bin : sum->last);
    }
    sum->high += high;
    sum->low += low;
    sum->defined += defined;
    return KL_OK;
}
