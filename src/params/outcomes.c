/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The outcome table at run time, made from outcomes.def. */
#include "klaster/outcomes.h"

#include <string.h>

static const kl_outcome_info outcomes[KL_N_OUTCOMES] = {
#define KL_OUTCOME(type, name, unit, digits, meaning) {#name, KL_TYPE_##type, unit, digits, meaning},
#define KL_SERIES(scale, name, unit, lo, hi, meaning)
#include "klaster/outcomes.def"
#undef KL_OUTCOME
#undef KL_SERIES
};

static const kl_series_info series[KL_N_SERIES] = {
#define KL_OUTCOME(type, name, unit, digits, meaning)
#define KL_SERIES(scale, name, unit, lo, hi, meaning) {#name, KL_SCALE_##scale, unit, lo, hi, meaning},
#include "klaster/outcomes.def"
#undef KL_OUTCOME
#undef KL_SERIES
};

const kl_outcome_info *kl_outcome_info_of(kl_outcome_id id)
{
    return &outcomes[id];
}

const kl_series_info *kl_series_info_of(kl_series_id id)
{
    return &series[id];
}

kl_outcome_id kl_outcome_find(const char *name)
{
    for (int i = 0; i < KL_N_OUTCOMES; i++)
        if (strcmp(outcomes[i].name, name) == 0)
            return (kl_outcome_id)i;
    return KL_N_OUTCOMES;
}

kl_series_id kl_series_find(const char *name)
{
    for (int i = 0; i < KL_N_SERIES; i++)
        if (strcmp(series[i].name, name) == 0)
            return (kl_series_id)i;
    return KL_N_SERIES;
}

const char *kl_run_status_word(int status)
{
    switch (status) {
#define KL_CASE(name, word, meaning) \
    case KL_RUN_##name:              \
        return word;
        KL_RUN_STATUS_LIST(KL_CASE)
#undef KL_CASE
    default:
        return "missing";
    }
}

const char *kl_run_status_meaning(int status)
{
    switch (status) {
#define KL_CASE(name, word, meaning) \
    case KL_RUN_##name:              \
        return meaning;
        KL_RUN_STATUS_LIST(KL_CASE)
#undef KL_CASE
    default:
        return "the run was not made";
    }
}
