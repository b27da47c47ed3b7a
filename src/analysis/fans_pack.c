/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Fans as bytes for the journal: what a second of work has added, small and fast to make; and back. Whole numbers are
 * varints (7 bits a byte, lowest first, the top bit says that more follow).
 *
 *   header   'F', version, 1 for exact or 0, then arms, series, horizon, worlds
 *   arm      runs taken; if any, every month of every series in order:
 *   month    number of defined values; if any:
 *     sketch  the sum (high folded so that its sign is the lowest bit, low), then until the numbers add up a counter:
 *             2 x (counters skipped) + (1 if it is above 1), and then its number less 2
 *     exact   the values in rising order, as whole numbers that rise with them: the first, then the steps
 *
 * Bytes are read twice: once to find out whether all is right, which touches nothing, and once to add them. */
#include <stdlib.h>
#include <string.h>

#include "analysis/fans.h"
#include "analysis/sort.h"

#define MARK 'F'
#define VERSION 1
#define VARINT_MAX 10 /* bytes */

/* ---- making bytes ---- */

typedef struct writer {
    uint8_t *bytes;
    size_t size, capacity;
} writer;

/* Make room for `more` bytes. */
static int reserve(writer *w, size_t more)
{
    if (more <= w->capacity - w->size)
        return 1;
    size_t capacity = w->capacity + w->capacity / 2 + more + 4096;
    uint8_t *bytes = realloc(w->bytes, capacity);
    if (!bytes)
        return 0;
    w->bytes = bytes;
    w->capacity = capacity;
    return 1;
}

static inline uint8_t *put(uint8_t *to, uint64_t x)
{
    for (; x > 127; x >>= 7)
        *to++ = (uint8_t)(x | 128);
    *to++ = (uint8_t)x;
    return to;
}

static uint64_t fold(int64_t x)
{
    return x < 0 ? 2 * (uint64_t) - (x + 1) + 1 : 2 * (uint64_t)x;
}

static int64_t unfold(uint64_t x)
{
    return x & 1 ? -(int64_t)(x >> 1) - 1 : (int64_t)(x >> 1);
}

static int put_header(writer *w, const kl_fans *fans)
{
    if (!reserve(w, 3 + 4 * VARINT_MAX))
        return 0;
    uint8_t *to = w->bytes;
    *to++ = MARK;
    *to++ = VERSION;
    *to++ = (uint8_t)fans->exact;
    to = put(to, (uint64_t)fans->plan.n_arms);
    to = put(to, KL_N_SERIES);
    to = put(to, (uint64_t)fans->plan.horizon);
    to = put(to, (uint64_t)fans->plan.n_worlds);
    w->size = (size_t)(to - w->bytes);
    return 1;
}

static uint8_t *put_sketch(uint8_t *to, const uint32_t *count, const kl_fan_sum *sum)
{
    int64_t high, low;
    kl_fan_sum_carry(sum, &high, &low);
    to = put(put(to, fold(high)), (uint64_t)low);
    for (int bin = sum->first, next = 0; bin <= sum->last; bin++) {
        uint32_t n = count[bin];
        if (n == 0)
            continue;
        to = put(to, 2 * (uint64_t)(bin - next) + (n > 1));
        if (n > 1)
            to = put(to, n - 2);
        next = bin + 1;
    }
    return to;
}

static uint8_t *put_exact(uint8_t *to, const float *value, int64_t n)
{
    uint32_t last = 0;
    for (int64_t i = 0; i < n; i++) {
        uint32_t key = kl_sort_key(value[i]);
        to = put(to, key - last);
        last = key;
    }
    return to;
}

/* Most bytes that a month can take. */
static size_t month_bound(const kl_fans *fans, const kl_fan_sum *sum)
{
    size_t most = (size_t)sum->defined;
    if (!fans->exact && sum->first <= sum->last && most > (size_t)(sum->last - sum->first + 1))
        most = (size_t)(sum->last - sum->first + 1);
    return 3 * VARINT_MAX + most * VARINT_MAX;
}

static int put_arm(writer *w, const kl_fans *fans, int arm)
{
    if (!reserve(w, VARINT_MAX))
        return 0;
    w->size = (size_t)(put(w->bytes + w->size, (uint64_t)fans->n_taken[arm]) - w->bytes);
    if (fans->n_taken[arm] == 0)
        return 1;
    for (int s = 0; s < KL_N_SERIES; s++)
        for (int m = 0; m < fans->plan.horizon; m++) {
            const kl_fan_sum *sum = &fans->sum[kl_fans_cell(fans, arm, s, m)];
            if (!reserve(w, month_bound(fans, sum)))
                return 0;
            uint8_t *to = put(w->bytes + w->size, (uint64_t)sum->defined);
            if (sum->defined > 0 && fans->exact)
                to = put_exact(to, kl_fans_sorted(fans, arm, s, m), sum->defined);
            else if (sum->defined > 0)
                to = put_sketch(to, fans->count + kl_fans_word(fans, arm, s, m), sum);
            w->size = (size_t)(to - w->bytes);
        }
    return 1;
}

kl_status kl_fans_pack(const kl_fans *fans, uint8_t **bytes, size_t *size, size_t *capacity)
{
    writer w = {*bytes, 0, *capacity};
    int done = put_header(&w, fans);
    for (int arm = 0; done && arm < fans->plan.n_arms; arm++)
        done = put_arm(&w, fans, arm);
    *bytes = w.bytes;
    *capacity = w.capacity;
    *size = done ? w.size : 0;
    return done ? KL_OK : KL_ERR_MEMORY;
}

/* ---- reading them ---- */

typedef struct reader {
    const uint8_t *at, *end;
    int is_wrong;  /* something was not as it must be: what follows is not to be trusted */
    kl_fans *fans; /* what it is added to, or, when only checked, compared with */
    int is_checked;
    float *value; /* exact, second time: a month */
} reader;

static uint64_t wrong(reader *r)
{
    r->is_wrong = 1;
    return 0;
}

/* At most `most`. */
static uint64_t take(reader *r, uint64_t most)
{
    uint64_t x = 0;
    for (int shift = 0; shift < 64 && r->at < r->end; shift += 7) {
        uint64_t part = *r->at & 127;
        if (part > UINT64_MAX >> shift)
            return wrong(r);
        x |= part << shift;
        if (*r->at++ < 128)
            return x <= most ? x : wrong(r);
    }
    return wrong(r);
}

static void expect(reader *r, uint64_t due)
{
    if (take(r, due) != due)
        r->is_wrong = 1;
}

static void take_header(reader *r)
{
    const kl_plan *plan = &r->fans->plan;
    expect(r, MARK);
    expect(r, VERSION);
    expect(r, (uint64_t)r->fans->exact);
    expect(r, (uint64_t)plan->n_arms);
    expect(r, KL_N_SERIES);
    expect(r, (uint64_t)plan->horizon);
    expect(r, (uint64_t)plan->n_worlds);
}

static void count_up(kl_fan_sum *sum, uint32_t *count, int bin, uint64_t n)
{
    count[bin] += (uint32_t)n;
    sum->first = (int16_t)(bin < sum->first ? bin : sum->first);
    sum->last = (int16_t)(bin > sum->last ? bin : sum->last);
}

static void take_sketch(reader *r, int arm, int series, int month, int64_t defined)
{
    kl_fan_sum *sum = &r->fans->sum[kl_fans_cell(r->fans, arm, series, month)];
    uint32_t *count = r->fans->count + kl_fans_word(r->fans, arm, series, month);
    int64_t high = unfold(take(r, UINT64_MAX));
    int64_t low = (int64_t)take(r, UINT32_MAX);
    if (!kl_fan_sum_is_possible(high, low, defined))
        r->is_wrong = 1;
    int bins = kl_fans_bins(series), bin = 0;
    for (uint64_t left = (uint64_t)defined; left > 0 && !r->is_wrong; bin++) {
        uint64_t step = take(r, 2 * (uint64_t)bins);
        bin += (int)(step >> 1);
        uint64_t n = step & 1 ? take(r, left) + 2 : 1;
        if (bin >= bins || n > left)
            r->is_wrong = 1;
        else if (r->is_checked)
            count_up(sum, count, bin, n);
        left -= n;
    }
    if (r->is_checked) {
        sum->high += high;
        sum->low += low;
        sum->defined += defined;
    }
}

static void take_exact(reader *r, int arm, int series, int month, int64_t defined)
{
    uint32_t key = 0;
    for (int64_t i = 0; i < defined && !r->is_wrong; i++) {
        key += (uint32_t)take(r, UINT32_MAX - key);
        float x = kl_sort_value(key);
        if (x != x)
            r->is_wrong = 1;
        else if (r->is_checked)
            r->value[i] = x;
    }
    if (r->is_checked)
        kl_fans_put(r->fans, arm, series, month, r->value, defined);
}

static void take_arm(reader *r, int arm)
{
    kl_fans *fans = r->fans;
    uint64_t room = (uint64_t)(fans->plan.n_worlds - fans->n_taken[arm]);
    uint64_t taken = take(r, room);
    if (taken == 0)
        return;
    for (int s = 0; s < KL_N_SERIES; s++)
        for (int m = 0; m < fans->plan.horizon && !r->is_wrong; m++) {
            int64_t defined = (int64_t)take(r, taken);
            if (defined > 0 && fans->exact)
                take_exact(r, arm, s, m, defined);
            else if (defined > 0)
                take_sketch(r, arm, s, m, defined);
        }
    if (r->is_checked)
        fans->n_taken[arm] += (int64_t)taken;
}

static int read_all(reader *r)
{
    take_header(r);
    for (int arm = 0; arm < r->fans->plan.n_arms && !r->is_wrong; arm++)
        take_arm(r, arm);
    return !r->is_wrong && r->at == r->end;
}

kl_status kl_fans_add_packed(kl_fans *fans, const uint8_t *bytes, size_t size)
{
    reader check = {.at = bytes, .end = bytes + size, .fans = fans};
    if (!read_all(&check))
        return KL_ERR_FORMAT;
    float value[KL_FAN_EXACT];
    reader add = {.at = bytes, .end = bytes + size, .fans = fans, .is_checked = 1, .value = value};
    kl_status status = read_all(&add) ? KL_OK : KL_ERR_FORMAT;
    kl_fans_touch(fans);
    return status;
}
