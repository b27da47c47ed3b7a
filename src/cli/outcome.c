/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How outcomes are shown; see outcome.h. */
#include "cli/outcome.h"

#include <math.h>
#include <string.h>

const kl_outcome_line *kl_outcome_lines(int *n)
{
    static const kl_outcome_line lines[] = {
#define KL_GROUP(title) {title, -1, -1},
#define KL_OUTCOME(type, name, unit, digits, meaning) {NULL, KL_OUT_##name, -1},
#define KL_SERIES(scale, name, unit, lo, hi, meaning) {NULL, -1, KL_SER_##name},
#include "klaster/outcomes.def"
#undef KL_OUTCOME
#undef KL_SERIES
    };
    *n = (int)(sizeof lines / sizeof lines[0]);
    return lines;
}

#define N_MORE_MAX 8

int kl_no_outcome(const kl_cli *cli, const char *before, const char *name, int n_more, const char *const *more)
{
    const char *names[KL_N_OUTCOMES + N_MORE_MAX];
    int n = 0;
    for (; n < n_more && n < N_MORE_MAX; n++)
        names[n] = more[n];
    for (int i = 0; i < KL_N_OUTCOMES; i++)
        names[n++] = kl_outcome_info_of((kl_outcome_id)i)->name;
    const char *nearest = kl_text_nearest(name, names, n);
    return nearest
               ? kl_fail(cli, KL_EXIT_USAGE, "%sno outcome '%s'; did you mean '%s'?", before, name, nearest)
               : kl_fail(cli, KL_EXIT_USAGE, "%sno outcome '%s'; klaster params --outcomes lists them", before, name);
}

int kl_choose_outcomes(const kl_cli *cli, const kl_words *names, bool all, int n_usual, const kl_outcome_id *usual,
                       int *n, kl_outcome_id *metric)
{
    *n = 0;
    for (int i = 0; i < names->n && *n < KL_N_OUTCOMES; i++) {
        kl_outcome_id id = kl_outcome_find(names->item[i]);
        if (id == KL_N_OUTCOMES)
            return kl_no_outcome(cli, "", names->item[i], 0, NULL);
        metric[(*n)++] = id;
    }
    if (names->n > 0)
        return KL_EXIT_OK;
    *n = all ? KL_N_OUTCOMES : n_usual;
    for (int i = 0; i < *n; i++)
        metric[i] = all ? (kl_outcome_id)i : usual[i];
    return KL_EXIT_OK;
}

bool kl_outcome_in_percent(kl_outcome_id id)
{
    const kl_outcome_info *info = kl_outcome_info_of(id);
    if (info->type != KL_TYPE_SHARE && info->type != KL_TYPE_RATIO)
        return false;
    if (strncmp(info->unit, "1", 1) != 0)
        return false;
    return id != KL_OUT_bcr && id != KL_OUT_gini && id != KL_OUT_pilot_score;
}

const char *kl_outcome_unit(kl_outcome_id id)
{
    const char *unit = kl_outcome_info_of(id)->unit;
    if (kl_outcome_in_percent(id))
        return strcmp(unit, "1/year") == 0 ? "%/year" : "%";
    return strcmp(unit, "1") == 0 ? "" : unit;
}

static char *fixed(char *buffer, size_t size, double value, int digits)
{
    if (fabs(value) < 0.5 * pow(10, -digits))
        value = 0; /* no "-0.0" */
    snprintf(buffer, size, "%.*f", digits, value);
    return buffer;
}

char *kl_outcome_text(char *buffer, size_t size, kl_outcome_id id, double value)
{
    const kl_outcome_info *info = kl_outcome_info_of(id);
    if (isnan(value)) {
        snprintf(buffer, size, "-");
        return buffer;
    }
    if (info->type == KL_TYPE_MONEY)
        return kl_text_money(buffer, size, value);
    if (kl_outcome_in_percent(id))
        return fixed(buffer, size, 100 * value, 1);
    bool whole = info->type == KL_TYPE_MONTH || info->type == KL_TYPE_COUNT;
    if (whole)
        return fabs(value) >= 9999.5 ? kl_text_count(buffer, size, value)
                                     : fixed(buffer, size, value, value == floor(value) ? 0 : 1);
    return fixed(buffer, size, value, info->digits);
}

char *kl_series_text(char *buffer, size_t size, kl_series_id id, double value)
{
    if (isnan(value))
        snprintf(buffer, size, "-");
    else if (kl_series_info_of(id)->scale == KL_SCALE_MONEY)
        kl_text_money(buffer, size, value);
    else
        fixed(buffer, size, 100 * value, 1);
    return buffer;
}

double kl_outcome_stored(kl_outcome_id id, double value)
{
    switch (kl_outcome_info_of(id)->type) {
    case KL_TYPE_SHARE:
    case KL_TYPE_RATIO:
        return (double)(float)value;
    case KL_TYPE_MONTH:
        return value < 0 ? NAN : value;
    case KL_TYPE_MONEY:
    case KL_TYPE_COUNT:
    default:
        return value;
    }
}

char *kl_outcome_exact(char *buffer, size_t size, kl_outcome_id id, double value)
{
    double stored = kl_outcome_stored(id, value);
    kl_outcome_type type = kl_outcome_info_of(id)->type;
    if (isnan(stored))
        snprintf(buffer, size, "%s", "");
    else if (type == KL_TYPE_SHARE || type == KL_TYPE_RATIO)
        kl_text_exact32(buffer, size, stored);
    else
        kl_text_exact(buffer, size, stored);
    return buffer;
}
