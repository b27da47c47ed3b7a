/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Which channel carries the synergy: Shapley values, pair interactions and levels, world by world, then over worlds. */
#include <math.h>
#include <stdlib.h>

#include "analysis/synergy.h"

/* Of every world; NaN in all of a world of which a run failed. */
typedef struct decomposition {
    double *memory;
    double *shapley[KL_N_LEVELS][KL_N_CHANNELS];
    double *pair[KL_N_CHANNELS][KL_N_CHANNELS]; /* i < j only; of the total */
    double *alone[KL_N_CHANNELS];               /* worth of the channel when it is the only one */
    double *last[KL_N_CHANNELS];                /* what is lost when only this one is missing */
    double *total[KL_N_LEVELS];
    double *work;
} decomposition;

static void decompose_world(decomposition *d, const kl_synergy_runs *runs, size_t w)
{
    double worth[KL_N_CHANNEL_SETS], value[KL_N_CHANNELS], pair[KL_N_CHANNELS * KL_N_CHANNELS];
    for (int level = 0; level < KL_N_LEVELS; level++) {
        int defined = kl_synergy_level(runs, level, w, worth);
        kl_status status = defined ? kl_shapley_values(KL_N_CHANNELS, worth, value) : KL_ERR_ARGUMENT;
        d->total[level][w] = status == KL_OK ? worth[KL_WHOLE] - worth[0] : (double)NAN;
        for (int k = 0; k < KL_N_CHANNELS; k++)
            d->shapley[level][k][w] = status == KL_OK ? value[k] : (double)NAN;
    }
    int defined = kl_synergy_worth(runs, w, worth);
    kl_status status = defined ? kl_shapley_pairs(KL_N_CHANNELS, worth, pair) : KL_ERR_ARGUMENT;
    for (int i = 0; i < KL_N_CHANNELS; i++) {
        d->alone[i][w] = defined ? worth[1 << i] - worth[0] : (double)NAN;
        d->last[i][w] = defined ? worth[KL_WHOLE] - worth[KL_WHOLE & ~(1 << i)] : (double)NAN;
        for (int j = i + 1; j < KL_N_CHANNELS; j++)
            d->pair[i][j][w] = status == KL_OK ? pair[i * KL_N_CHANNELS + j] : (double)NAN;
    }
}

static kl_status decompose(decomposition *d, const kl_synergy_runs *runs)
{
    size_t n = runs->n_worlds, arrays = KL_N_LEVELS * (KL_N_CHANNELS + 1) + KL_N_CHANNELS * (KL_N_CHANNELS + 2) + 1;
    d->memory = malloc(arrays * n * sizeof *d->memory);
    if (!d->memory)
        return KL_ERR_MEMORY;
    double *next = d->memory;
    for (int level = 0; level < KL_N_LEVELS; level++, next += n) {
        d->total[level] = next;
        for (int k = 0; k < KL_N_CHANNELS; k++)
            d->shapley[level][k] = next += n;
    }
    for (int i = 0; i < KL_N_CHANNELS; i++) {
        for (int j = 0; j < KL_N_CHANNELS; j++, next += n)
            d->pair[i][j] = next;
        d->alone[i] = next;
        d->last[i] = next + n;
        next += 2 * n;
    }
    d->work = next;
    for (size_t w = 0; w < n; w++)
        decompose_world(d, runs, w);
    return KL_OK;
}

/* ---- channels ---- */

static kl_status channel_row(kl_rows *f, const decomposition *d, const kl_synergy_runs *runs, const char *word,
                             const double *x, const double *alone, const double *last)
{
    kl_interval value, share, part;
    kl_status status = kl_interval_make(&value, runs, x);
    if (status == KL_OK)
        status = kl_interval_share(&share, runs, x, d->total[0], d->work);
    if (status != KL_OK)
        return status;
    kl_rows_next(f);
    kl_rows_put_text(f, word);
    kl_rows_put_count(f, value.e.n);
    kl_interval_put(f, &value);
    kl_interval_put(f, &share);
    kl_rows_put(f, value.e.q05);
    kl_rows_put(f, value.e.q95);
    if (!alone || !last)
        return f->status;
    status = kl_interval_make(&part, runs, alone);
    kl_rows_put(f, part.e.mean);
    if (status == KL_OK)
        status = kl_interval_make(&part, runs, last);
    kl_rows_put(f, part.e.mean);
    return status == KL_OK ? f->status : status;
}

static kl_status make_channels(kl_table *table, const decomposition *d, const kl_synergy_runs *runs)
{
    static const kl_head head[] = {
        {KL_COLUMN_TEXT, "channel", "", KL_STYLE_PLAIN, 0, "channel of synergy; 'total' is their sum"},
        {KL_COLUMN_COUNT, "worlds", "world", KL_STYLE_PLAIN, 0, "worlds in which all 16 runs could be played"},
        {KL_COLUMN_NUMBER, "value", "USD", KL_STYLE_MONEY, 0, "Shapley value of the channel, mean over worlds"},
        {KL_COLUMN_NUMBER, "lo", "USD", KL_STYLE_MONEY, 0, "95 % interval of the mean, lower end"},
        {KL_COLUMN_NUMBER, "hi", "USD", KL_STYLE_MONEY, 0, "95 % interval of the mean, upper end"},
        {KL_COLUMN_NUMBER, "share", "1", KL_STYLE_PERCENT, 1, "mean value over the mean total"},
        {KL_COLUMN_NUMBER, "share_lo", "1", KL_STYLE_PERCENT, 1, "95 % interval of the share, lower end"},
        {KL_COLUMN_NUMBER, "share_hi", "1", KL_STYLE_PERCENT, 1, "95 % interval of the share, upper end"},
        {KL_COLUMN_NUMBER, "q05", "USD", KL_STYLE_MONEY, 0, "5 % quantile of the value over worlds"},
        {KL_COLUMN_NUMBER, "q95", "USD", KL_STYLE_MONEY, 0, "95 % quantile of the value over worlds"},
        {KL_COLUMN_NUMBER, "alone", "USD", KL_STYLE_MONEY, 0, "synergy with this channel only, mean"},
        {KL_COLUMN_NUMBER, "last", "USD", KL_STYLE_MONEY, 0, "synergy that is lost without this channel, mean"},
        {0},
    };
    kl_rows f = kl_rows_begin_as(
        table, "synergy_channels", "Which channel carries the synergy",
        "Shapley values (Shapley 1953) of the game whose players are the four channels and whose worth is the synergy "
        "of "
        "the run with exactly these channels on: 16 runs of the same world. They sum to the total in every world. "
        "Means over worlds with 95 % intervals by Student's t, points as independent units; shares by linearisation.",
        head);
    kl_status status = f.status;
    for (int k = 0; k < KL_N_CHANNELS && status == KL_OK; k++)
        status = channel_row(&f, d, runs, kl_channel_words[k], d->shapley[0][k], d->alone[k], d->last[k]);
    return status == KL_OK ? channel_row(&f, d, runs, "total", d->total[0], NULL, NULL) : status;
}

/* ---- pairs ---- */

#define ROUNDING 1e-6 /* of the total: sums over firms are made in float */

static kl_status make_pairs(kl_table *table, const decomposition *d, const kl_synergy_runs *runs)
{
    static const kl_head head[] = {
        {KL_COLUMN_TEXT, "channel_a", "", KL_STYLE_PLAIN, 0, "one channel"},
        {KL_COLUMN_TEXT, "channel_b", "", KL_STYLE_PLAIN, 0, "the other"},
        {KL_COLUMN_TEXT, "kind", "", KL_STYLE_PLAIN, 0,
         "complements or substitutes; 'unclear' where the interval holds 0, 'independent' where nothing is left but "
         "rounding"},
        {KL_COLUMN_NUMBER, "interaction", "USD", KL_STYLE_MONEY, 0, "pair interaction index, mean over worlds"},
        {KL_COLUMN_NUMBER, "lo", "USD", KL_STYLE_MONEY, 0, "95 % interval of the mean, lower end"},
        {KL_COLUMN_NUMBER, "hi", "USD", KL_STYLE_MONEY, 0, "95 % interval of the mean, upper end"},
        {KL_COLUMN_NUMBER, "q05", "USD", KL_STYLE_MONEY, 0, "5 % quantile over worlds"},
        {KL_COLUMN_NUMBER, "q95", "USD", KL_STYLE_MONEY, 0, "95 % quantile over worlds"},
        {0},
    };
    kl_rows f = kl_rows_begin_as(
        table, "synergy_pairs", "Do two channels need each other?",
        "Shapley interaction index of pairs (Grabisch & Roubens 1999) of the same game: what both channels together "
        "add "
        "beyond what each adds alone, mean over all sets of the others. Positive: complements; negative: substitutes.",
        head);
    kl_interval x;
    kl_status status = kl_interval_make(&x, runs, d->total[0]);
    double size = fabs(x.e.mean);
    for (int i = 0; i < KL_N_CHANNELS; i++)
        for (int j = i + 1; j < KL_N_CHANNELS; j++) {
            if (status == KL_OK)
                status = kl_interval_make(&x, runs, d->pair[i][j]);
            if (status != KL_OK)
                return status;
            int is_nothing = fabs(x.e.mean) <= ROUNDING * size && x.e.sd <= ROUNDING * size;
            kl_rows_next(&f);
            kl_rows_put_text(&f, kl_channel_words[i]);
            kl_rows_put_text(&f, kl_channel_words[j]);
            kl_rows_put_text(&f, is_nothing ? "independent"
                                 : x.lo > 0 ? "complements"
                                 : x.hi < 0 ? "substitutes"
                                            : "unclear");
            kl_interval_put(&f, &x);
            kl_rows_put(&f, x.e.q05);
            kl_rows_put(&f, x.e.q95);
        }
    return f.status;
}

/* ---- levels ---- */

static const char *const level_words[KL_N_LEVELS] = {"total", "firm", "cluster", "ecosystem"};

#define LEVELS                                                                                                     \
    "The firm's level: margin on the revenue that information and innovations bring. The cluster's: joint saving " \
    "less "                                                                                                        \
    "coordination, margin on the revenue from reach and brand. The ecosystem's: margin on the revenue of markets " \
    "entered, less sunk costs. Each less the same with every firm alone; they sum to the synergy up to float "     \
    "rounding. "

static kl_status make_levels(kl_table *table, const decomposition *d, const kl_synergy_runs *runs)
{
    static const kl_head head[] = {
        {KL_COLUMN_TEXT, "level", "", KL_STYLE_PLAIN, 0, "level at which the synergy arises"},
        {KL_COLUMN_COUNT, "worlds", "world", KL_STYLE_PLAIN, 0, "worlds in which all 16 runs could be played"},
        {KL_COLUMN_NUMBER, "value", "USD", KL_STYLE_MONEY, 0, "synergy of the level, mean over worlds"},
        {KL_COLUMN_NUMBER, "lo", "USD", KL_STYLE_MONEY, 0, "95 % interval of the mean, lower end"},
        {KL_COLUMN_NUMBER, "hi", "USD", KL_STYLE_MONEY, 0, "95 % interval of the mean, upper end"},
        {KL_COLUMN_NUMBER, "share", "1", KL_STYLE_PERCENT, 1, "mean value over the mean total"},
        {KL_COLUMN_NUMBER, "share_lo", "1", KL_STYLE_PERCENT, 1, "95 % interval of the share, lower end"},
        {KL_COLUMN_NUMBER, "share_hi", "1", KL_STYLE_PERCENT, 1, "95 % interval of the share, upper end"},
        {KL_COLUMN_NUMBER, "q05", "USD", KL_STYLE_MONEY, 0, "5 % quantile over worlds"},
        {KL_COLUMN_NUMBER, "q95", "USD", KL_STYLE_MONEY, 0, "95 % quantile over worlds"},
        {0},
    };
    kl_rows f = kl_rows_begin_as(
        table, "synergy_levels", "At which level the synergy arises",
        LEVELS "Means over worlds with 95 % intervals by Student's t, points as independent units.", head);
    kl_status status = f.status;
    for (int k = 1; k <= KL_N_LEVELS && status == KL_OK; k++) {
        int level = k % KL_N_LEVELS; /* the total last */
        status = channel_row(&f, d, runs, level_words[level], d->total[level], NULL, NULL);
    }
    return status;
}

static kl_status make_level_channels(kl_table *table, const decomposition *d, const kl_synergy_runs *runs)
{
    static const kl_head head[] = {
        {KL_COLUMN_TEXT, "channel", "", KL_STYLE_PLAIN, 0, "channel of synergy"},
        {KL_COLUMN_NUMBER, "firm", "USD", KL_STYLE_MONEY, 0, "Shapley value at the firm's level, mean over worlds"},
        {KL_COLUMN_NUMBER, "cluster", "USD", KL_STYLE_MONEY, 0, "at the cluster's level"},
        {KL_COLUMN_NUMBER, "ecosystem", "USD", KL_STYLE_MONEY, 0, "at the ecosystem's level"},
        {KL_COLUMN_NUMBER, "total", "USD", KL_STYLE_MONEY, 0, "of the synergy"},
        {0},
    };
    kl_rows f = kl_rows_begin_as(
        table, "synergy_level_channels", "Which channel feeds which level",
        LEVELS "Shapley values of the four channels for each level by itself, means over worlds: what a "
               "channel does at a level includes what it makes firms do, such as joining and staying.",
        head);
    for (int c = 0; c <= KL_N_CHANNELS; c++) {
        kl_rows_next(&f);
        kl_rows_put_text(&f, c < KL_N_CHANNELS ? kl_channel_words[c] : "total");
        for (int k = 1; k <= KL_N_LEVELS; k++) {
            int level = k % KL_N_LEVELS;
            kl_interval x;
            kl_status status = kl_interval_make(&x, runs, c < KL_N_CHANNELS ? d->shapley[level][c] : d->total[level]);
            if (status != KL_OK)
                return status;
            kl_rows_put(&f, x.e.mean);
        }
    }
    return f.status;
}

kl_status kl_synergy_channel_tables(const kl_synergy_runs *runs, kl_table table[4])
{
    decomposition d = {.memory = NULL};
    kl_status status = decompose(&d, runs);
    if (status == KL_OK)
        status = make_channels(&table[0], &d, runs);
    if (status == KL_OK)
        status = make_pairs(&table[1], &d, runs);
    if (status == KL_OK)
        status = make_levels(&table[2], &d, runs);
    if (status == KL_OK)
        status = make_level_channels(&table[3], &d, runs);
    free(d.memory);
    return status;
}
