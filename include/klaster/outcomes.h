/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a run yields: ids and descriptions, made from outcomes.def. */
#ifndef KLASTER_OUTCOMES_H
#define KLASTER_OUTCOMES_H

#ifdef __cplusplus
extern "C" {
#endif

/* KL_OUT_month_built, ... , KL_N_OUTCOMES */
typedef enum kl_outcome_id {
#define KL_OUTCOME(type, name, unit, digits, meaning) KL_OUT_##name,
#define KL_SERIES(scale, name, unit, lo, hi, meaning)
#include "klaster/outcomes.def"
#undef KL_OUTCOME
#undef KL_SERIES
    KL_N_OUTCOMES
} kl_outcome_id;

/* KL_SER_members, ... , KL_N_SERIES */
typedef enum kl_series_id {
#define KL_OUTCOME(type, name, unit, digits, meaning)
#define KL_SERIES(scale, name, unit, lo, hi, meaning) KL_SER_##name,
#include "klaster/outcomes.def"
#undef KL_OUTCOME
#undef KL_SERIES
    KL_N_SERIES
} kl_series_id;

typedef enum kl_outcome_type {
    KL_TYPE_SHARE,
    KL_TYPE_RATIO,
    KL_TYPE_MONEY,
    KL_TYPE_MONTH,
    KL_TYPE_COUNT
} kl_outcome_type;

typedef enum kl_series_scale { KL_SCALE_LINEAR, KL_SCALE_MONEY } kl_series_scale;

typedef struct kl_outcome_info {
    const char *name;
    kl_outcome_type type;
    const char *unit;
    int digits; /* decimals to print */
    const char *meaning;
} kl_outcome_info;

typedef struct kl_series_info {
    const char *name;
    kl_series_scale scale;
    const char *unit;
    double lo, hi; /* LINEAR only */
    const char *meaning;
} kl_series_info;

/* How a run ended. X(ENUMERATOR, word, meaning); the numbers are part of the file format. */
#define KL_RUN_STATUS_LIST(X)                                                                               \
    X(COMPLETED, "completed", "every stage before optimisation ended and the platform was open at the end") \
    X(GATE_FAILED, "gate_failed", "the pilot failed its gate and the ecosystem was given up")               \
    X(INSOLVENT, "insolvent", "the platform ran out of money and closed")                                   \
    X(UNFINISHED, "unfinished", "the horizon ended before the last stage before optimisation")              \
    X(ALONE, "alone", "no ecosystem was introduced")                                                        \
    X(FAILED, "failed", "the run broke an invariant; its numbers are undefined")

typedef enum kl_run_status {
#define KL_RUN_STATUS_ENUMERATOR(name, word, meaning) KL_RUN_##name,
    KL_RUN_STATUS_LIST(KL_RUN_STATUS_ENUMERATOR)
#undef KL_RUN_STATUS_ENUMERATOR
        KL_N_RUN_STATUS
} kl_run_status;

/* A run that was not (yet) made: the fill value of the status dataset. */
#define KL_RUN_MISSING (-1)

/* Rows by id; never NULL for an id in range. */
const kl_outcome_info *kl_outcome_info_of(kl_outcome_id id);
const kl_series_info *kl_series_info_of(kl_series_id id);

/* By name; KL_N_OUTCOMES or KL_N_SERIES where there is none. */
kl_outcome_id kl_outcome_find(const char *name);
kl_series_id kl_series_find(const char *name);

/* The word of a status ("completed"), "missing" for KL_RUN_MISSING; never NULL. */
const char *kl_run_status_word(int status);
const char *kl_run_status_meaning(int status);

#ifdef __cplusplus
}
#endif
#endif
