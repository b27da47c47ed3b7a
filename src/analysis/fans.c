/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Monthly fans: quantiles and means of every series in every month over all worlds, in bounded memory. Adding runs under
 * the engine's lock, so it has to be cheap: a few passes over contiguous values and one counter each.
 *
 * Order of adding: an exact fan gathers values and sorts them when it is asked; a sketch counts in whole numbers; sums
 * are in whole numbers of a quantum. None of the three can tell in which order the blocks came. The loops that touch every
 * value are compiled for several instruction sets (KL_VECTOR); without contraction the bits are the same in all. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/fans.h"
#include "analysis/sort.h"
#include "core/vector.h"

/* Values are rounded to whole quanta and cut at 2^50 of them, so that a piece of a block sums without overflow. */
#define LINEAR_QUANTUM 0x1p-40
#define MONEY_QUANTUM 0x1p-10 /* USD */
#define QUANTA_MAX 0x1p50
#define PIECE 512

/* The month last asked for, in rising order. */
struct kl_fan_month {
    int64_t cell; /* -1 for none */
    double value[KL_FAN_EXACT];
};

size_t kl_fans_bytes(int n_arms, int horizon, int64_t n_worlds)
{
    return sizeof(kl_fans) + (size_t)kl_fan_size(n_arms, horizon, n_worlds) + (size_t)n_arms * sizeof(int64_t) +
           (kl_fan_exact(n_worlds) ? sizeof(kl_fan_month) : 0);
}

/* ---- where things are ---- */

static void lay_out(kl_fans *fans)
{
    int64_t at = 0;
    for (int s = 0; s < KL_N_SERIES; s++) {
        fans->series_at[s] = at;
        fans->month_words[s] =
            fans->exact ? fans->plan.n_worlds : kl_fan_bins(kl_series_info_of((kl_series_id)s)->scale);
        at += fans->month_words[s] * fans->plan.horizon;
    }
    fans->arm_words = at;
}

/* ---- life ---- */

static const kl_fan_sum empty = {.first = INT16_MAX, .last = -1};

kl_status kl_fans_new(kl_fans **out, const kl_plan *plan)
{
    *out = NULL;
    if (plan->n_worlds > UINT32_MAX) /* a counter could overflow */
        return KL_ERR_ARGUMENT;
    if (kl_fan_size(plan->n_arms, plan->horizon, plan->n_worlds) > (double)(SIZE_MAX / 4))
        return KL_ERR_MEMORY;
    kl_fans *fans = calloc(1, sizeof *fans);
    if (!fans)
        return KL_ERR_MEMORY;
    fans->plan = *plan;
    fans->exact = kl_fan_exact(plan->n_worlds);
    lay_out(fans);
    size_t words = (size_t)(fans->arm_words * plan->n_arms), cells = (size_t)kl_fans_cell(fans, plan->n_arms, 0, 0);
    fans->n_taken = calloc((size_t)plan->n_arms, sizeof *fans->n_taken);
    fans->sum = calloc(cells, sizeof *fans->sum);
    if (fans->exact) {
        fans->value = malloc(words * sizeof *fans->value);
        fans->month = malloc(sizeof *fans->month);
    } else {
        fans->count = calloc(words, sizeof *fans->count);
    }
    if (!fans->n_taken || !fans->sum || (fans->exact ? !fans->value || !fans->month : !fans->count)) {
        kl_fans_free(fans);
        return KL_ERR_MEMORY;
    }
    for (size_t i = 0; i < cells; i++)
        fans->sum[i] = empty;
    kl_fans_touch(fans);
    *out = fans;
    return KL_OK;
}

void kl_fans_free(kl_fans *fans)
{
    if (!fans)
        return;
    free(fans->n_taken);
    free(fans->sum);
    free(fans->value);
    free(fans->count);
    free(fans->month);
    free(fans);
}

/* Only what was touched. */
static void clear_arm(kl_fans *fans, int arm)
{
    for (int s = 0; s < KL_N_SERIES; s++)
        for (int m = 0; m < fans->plan.horizon; m++) {
            kl_fan_sum *sum = &fans->sum[kl_fans_cell(fans, arm, s, m)];
            if (!fans->exact) {
                uint32_t *count = fans->count + kl_fans_word(fans, arm, s, m);
                if (sum->first <= sum->last)
                    memset(count + sum->first, 0, (size_t)(sum->last - sum->first + 1) * sizeof *count);
                count[kl_fans_bins(s)] = 0;
            }
            *sum = empty;
        }
    fans->n_taken[arm] = 0;
}

void kl_fans_clear(kl_fans *fans)
{
    for (int arm = 0; arm < fans->plan.n_arms; arm++)
        if (fans->n_taken[arm] > 0)
            clear_arm(fans, arm);
    kl_fans_touch(fans);
}

void kl_fans_touch(kl_fans *fans)
{
    if (fans->month)
        fans->month->cell = -1;
}

int kl_fans_are_exact(const kl_fans *fans)
{
    return fans->exact;
}

/* ---- adding ---- */

#define SHIFT 0x1.8p52

/* Adding 1.5 * 2^52 rounds a double to a whole number and leaves it in the low bits, in two's complement. Those of SHIFT are
 * still to be taken off. */
static inline uint64_t shifted_quanta(float x, double per_unit)
{
    uint64_t bits;
    float defined = x == x ? x : 0.0f;
    double v = (double)defined * per_unit;
    v = v < QUANTA_MAX ? v : QUANTA_MAX;
    v = v > -QUANTA_MAX ? v : -QUANTA_MAX;
    v += SHIFT;
    memcpy(&bits, &v, sizeof bits);
    return bits;
}

/* Of n values whose shifted quanta have this sum, which may have overflowed. */
static int64_t quanta_of(uint64_t shifted, int n)
{
    const double shift = SHIFT;
    uint64_t zero;
    memcpy(&zero, &shift, sizeof zero);
    uint64_t total = shifted - (uint64_t)n * zero;
    return total >> 63 ? -(int64_t)~total - 1 : (int64_t)total;
}

static void add_total(kl_fan_sum *sum, int64_t total, int64_t defined)
{
    int64_t low = (int64_t)((uint64_t)total & UINT32_MAX);
    sum->high += (total - low) / (INT64_C(1) << 32);
    sum->low += low;
    sum->defined += defined;
}

/* Sum of up to PIECE values. */
KL_VECTOR static void add_sum(kl_fan_sum *sum, const float *x, int n, double per_unit)
{
    uint64_t shifted = 0;
    int32_t defined = 0;
    for (int i = 0; i < n; i++)
        shifted += shifted_quanta(x[i], per_unit);
    for (int i = 0; i < n; i++)
        defined += x[i] == x[i];
    add_total(sum, quanta_of(shifted, n), defined);
}

/* The bins of up to PIECE values, and the first and the last one of those that are defined. */
typedef struct bins {
    int32_t bin[PIECE], first, last;
} bins;

static void widen(bins *b, int n, int32_t undefined)
{
    int32_t first = INT16_MAX, last = -1;
    for (int i = 0; i < n; i++) {
        int32_t low = b->bin[i] == undefined ? INT16_MAX : b->bin[i], high = b->bin[i] == undefined ? -1 : b->bin[i];
        first = low < first ? low : first;
        last = high > last ? high : last;
    }
    b->first = first;
    b->last = last;
}

KL_VECTOR static void find_bins(bins *b, const float *x, int n, const kl_series_info *info)
{
    if (info->scale == KL_SCALE_MONEY) {
        for (int i = 0; i < n; i++)
            b->bin[i] = kl_fan_money_bin(x[i]);
        widen(b, n, 2 * KL_FAN_MONEY_STEPS + 1);
    } else {
        const float lo = (float)info->lo, scale = (float)(KL_FAN_LINEAR_STEPS / (info->hi - info->lo));
        for (int i = 0; i < n; i++)
            b->bin[i] = kl_fan_linear_bin(x[i], lo, scale);
        widen(b, n, KL_FAN_LINEAR_STEPS + 1);
    }
}

static void add_counts(kl_fan_sum *sum, uint32_t *count, const float *x, int n, const kl_series_info *info)
{
    bins b;
    find_bins(&b, x, n, info);
    for (int i = 0; i < n; i++)
        count[b.bin[i]]++;
    sum->first = (int16_t)(b.first < sum->first ? b.first : sum->first);
    sum->last = (int16_t)(b.last > sum->last ? b.last : sum->last);
}

static void add_values(kl_fan_sum *sum, float *value, const float *x, int n)
{
    float *to = value + sum->defined;
    for (int i = 0; i < n; i++)
        if (x[i] == x[i])
            *to++ = x[i];
    sum->is_sorted = 0;
}

/* Are all values the same, bit by bit? Many months are: what has not begun is 0 or undefined in all worlds. */
KL_VECTOR static int are_same(const float *x, int n)
{
    uint32_t differ = 0, first = kl_float_bits(x[0]);
    for (int i = 0; i < n; i++)
        differ |= kl_float_bits(x[i]) ^ first;
    return differ == 0;
}

/* The same value n times. */
static void add_same(kl_fans *fans, kl_fan_sum *sum, size_t word, float x, int n, const kl_series_info *info,
                     double per_unit)
{
    if (x != x)
        return;
    if (fans->exact) {
        for (int i = 0; i < n; i++)
            fans->value[word + (size_t)sum->defined + (size_t)i] = x;
        sum->is_sorted = 0;
    } else {
        bins b;
        find_bins(&b, &x, 1, info);
        fans->count[word + (size_t)b.first] += (uint32_t)n;
        sum->first = (int16_t)(b.first < sum->first ? b.first : sum->first);
        sum->last = (int16_t)(b.last > sum->last ? b.last : sum->last);
    }
    add_total(sum, quanta_of(shifted_quanta(x, per_unit), 1) * n, n);
}

void kl_fans_put(kl_fans *fans, int arm, int series, int month, const float *x, int64_t n)
{
    const kl_series_info *info = kl_series_info_of((kl_series_id)series);
    const double per_unit = info->scale == KL_SCALE_MONEY ? 1 / MONEY_QUANTUM : 1 / LINEAR_QUANTUM;
    kl_fan_sum *sum = &fans->sum[kl_fans_cell(fans, arm, series, month)];
    size_t word = kl_fans_word(fans, arm, series, month);
    for (int64_t i = 0; i < n; i += PIECE) {
        int piece = n - i < PIECE ? (int)(n - i) : PIECE;
        if (are_same(x + i, piece)) {
            add_same(fans, sum, word, x[i], piece, info, per_unit);
            continue;
        }
        if (fans->exact)
            add_values(sum, fans->value + word, x + i, piece);
        else
            add_counts(sum, fans->count + word, x + i, piece, info);
        add_sum(sum, x + i, piece, per_unit);
    }
}

/* What is known from before counts as undefined here. */
static void put_new(kl_fans *fans, int arm, int series, int month, const float *x, const uint8_t *given, int n)
{
    float fresh[PIECE];
    for (int i = 0; i < n; i += PIECE) {
        int piece = n - i < PIECE ? n - i : PIECE;
        for (int k = 0; k < piece; k++)
            fresh[k] = given[i + k] ? NAN : x[i + k];
        kl_fans_put(fans, arm, series, month, fresh, piece);
    }
}

static int count_new(const kl_block *block, int arm)
{
    int n = block->n_runs;
    if (block->given)
        for (int r = 0; r < block->n_runs; r++)
            n -= block->given[(size_t)arm * (size_t)block->n_runs + (size_t)r] != 0;
    return n;
}

static void add_arm(kl_fans *fans, const kl_block *block, int arm, int n_new)
{
    size_t n = (size_t)block->n_runs;
    const float *x = block->series + (size_t)arm * KL_N_SERIES * (size_t)block->horizon * n;
    const uint8_t *given = n_new < block->n_runs ? block->given + (size_t)arm * n : NULL;
    fans->n_taken[arm] += n_new;
    for (int s = 0; s < KL_N_SERIES; s++)
        for (int m = 0; m < block->horizon; m++, x += n) {
            if (given)
                put_new(fans, arm, s, m, x, given, block->n_runs);
            else
                kl_fans_put(fans, arm, s, m, x, block->n_runs);
        }
}

static int is_block_of(const kl_plan *plan, const kl_block *block)
{
    if (block->index < 0 || block->index >= plan->n_blocks)
        return 0;
    kl_block due = kl_plan_block(plan, block->index);
    return due.point0 == block->point0 && due.n_points == block->n_points && due.replicate0 == block->replicate0 &&
           due.n_replicates == block->n_replicates && due.n_runs == block->n_runs && due.n_arms == block->n_arms &&
           due.horizon == block->horizon;
}

kl_status kl_fans_add(kl_fans *fans, const kl_block *block)
{
    if (!is_block_of(&fans->plan, block))
        return KL_ERR_ARGUMENT;
    for (int arm = 0; arm < block->n_arms; arm++)
        if (count_new(block, arm) > fans->plan.n_worlds - fans->n_taken[arm])
            return KL_ERR_ARGUMENT;
    for (int arm = 0; arm < block->n_arms; arm++) {
        int n_new = count_new(block, arm);
        if (n_new > 0)
            add_arm(fans, block, arm, n_new);
    }
    kl_fans_touch(fans);
    return KL_OK;
}

/* ---- taking over ---- */

static void take_month(kl_fans *fans, const kl_fans *from, int arm, int series, int month)
{
    const kl_fan_sum *added = &from->sum[kl_fans_cell(from, arm, series, month)];
    kl_fan_sum *sum = &fans->sum[kl_fans_cell(fans, arm, series, month)];
    size_t word = kl_fans_word(fans, arm, series, month);
    if (added->defined == 0)
        return;
    if (fans->exact) {
        memcpy(fans->value + word + sum->defined, from->value + word, (size_t)added->defined * sizeof *fans->value);
        sum->is_sorted = 0;
    } else {
        for (int bin = added->first; bin <= added->last; bin++)
            fans->count[word + (size_t)bin] += from->count[word + (size_t)bin];
        sum->first = added->first < sum->first ? added->first : sum->first;
        sum->last = added->last > sum->last ? added->last : sum->last;
    }
    sum->high += added->high;
    sum->low += added->low;
    sum->defined += added->defined;
}

static int are_empty(const kl_fans *fans)
{
    for (int arm = 0; arm < fans->plan.n_arms; arm++)
        if (fans->n_taken[arm] > 0)
            return 0;
    return 1;
}

kl_status kl_fans_take(kl_fans *fans, kl_fans *from)
{
    const kl_plan *a = &fans->plan, *b = &from->plan;
    if (a->n_arms != b->n_arms || a->horizon != b->horizon || a->n_worlds != b->n_worlds)
        return KL_ERR_ARGUMENT;
    for (int arm = 0; arm < a->n_arms; arm++)
        if (from->n_taken[arm] > a->n_worlds - fans->n_taken[arm])
            return KL_ERR_ARGUMENT;
    if (are_empty(fans)) {
        kl_fans kept = *fans;
        *fans = *from;
        *from = kept;
        return KL_OK;
    }
    for (int arm = 0; arm < a->n_arms; arm++) {
        for (int s = 0; from->n_taken[arm] > 0 && s < KL_N_SERIES; s++)
            for (int m = 0; m < a->horizon; m++)
                take_month(fans, from, arm, s, m);
        fans->n_taken[arm] += from->n_taken[arm];
    }
    kl_fans_touch(fans);
    kl_fans_clear(from);
    return KL_OK;
}

/* ---- asking ---- */

const float *kl_fans_sorted(const kl_fans *fans, int arm, int series, int month)
{
    kl_fan_sum *sum = &fans->sum[kl_fans_cell(fans, arm, series, month)];
    float *value = fans->value + kl_fans_word(fans, arm, series, month);
    if (!sum->is_sorted)
        kl_sort_floats(value, (int)sum->defined);
    sum->is_sorted = 1;
    return value;
}

static void fetch_month(const kl_fans *fans, int arm, int series, int month)
{
    int64_t cell = kl_fans_cell(fans, arm, series, month);
    const float *x = kl_fans_sorted(fans, arm, series, month);
    for (int64_t i = 0; i < fans->sum[cell].defined; i++)
        fans->month->value[i] = (double)x[i];
    fans->month->cell = cell;
}

static double bin_value(kl_series_id series, int bin)
{
    const kl_series_info *info = kl_series_info_of(series);
    return info->scale == KL_SCALE_MONEY ? kl_fan_money_value(bin) : kl_fan_linear_value(bin, info->lo, info->hi);
}

/* Counters from `bin` on whose sum stays within `rank` are passed, many at a time; `below` is the sum of those before. */
#define STRIDE 32
static int find_rank(const uint32_t *count, int bin, int last, int64_t rank, int64_t *below)
{
    while (bin + STRIDE <= last) {
        uint32_t part = 0; /* no more than worlds, which 32 bits hold */
        for (int i = 0; i < STRIDE; i++)
            part += count[bin + i];
        if (*below + part > rank)
            break;
        *below += part;
        bin += STRIDE;
    }
    while (*below + count[bin] <= rank)
        *below += count[bin++];
    return bin;
}

/* Type 7 between the two neighbouring ranks, each known up to its bin; the error of either bounds that of both. */
static double sketch_quantile(const uint32_t *count, const kl_fan_sum *sum, kl_series_id series, double p)
{
    double place = p * (double)(sum->defined - 1);
    int64_t rank = (int64_t)place, below = 0;
    int bin = find_rank(count, sum->first, sum->last, rank, &below);
    double lower = bin_value(series, bin);
    if (place == (double)rank)
        return lower;
    bin = find_rank(count, bin, sum->last, rank + 1, &below);
    return lower + (place - (double)rank) * (bin_value(series, bin) - lower);
}

double kl_fans_quantile(const kl_fans *fans, int arm, kl_series_id series, int month, double quantile)
{
    int64_t cell = kl_fans_cell(fans, arm, (int)series, month);
    const kl_fan_sum *sum = &fans->sum[cell];
    int64_t n = sum->defined;
    if (n == 0 || !(quantile >= 0 && quantile <= 1))
        return (double)NAN;
    if (!fans->exact)
        return sketch_quantile(fans->count + kl_fans_word(fans, arm, (int)series, month), sum, series, quantile);
    if (fans->month->cell != cell)
        fetch_month(fans, arm, (int)series, month);
    return kl_quantile_sorted(fans->month->value, n, quantile);
}

double kl_fans_mean(const kl_fans *fans, int arm, kl_series_id series, int month)
{
    const kl_fan_sum *sum = &fans->sum[kl_fans_cell(fans, arm, (int)series, month)];
    if (sum->defined == 0)
        return (double)NAN;
    double quantum = kl_series_info_of(series)->scale == KL_SCALE_MONEY ? MONEY_QUANTUM : LINEAR_QUANTUM;
    int64_t high, low;
    kl_fan_sum_carry(sum, &high, &low);
    double total = (double)high * 0x1p32 + (double)low;
    return total * quantum / (double)sum->defined;
}

int64_t kl_fans_defined(const kl_fans *fans, int arm, kl_series_id series, int month)
{
    return fans->sum[kl_fans_cell(fans, arm, (int)series, month)].defined;
}
