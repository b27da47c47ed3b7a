/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The parameter table at run time. Everything comes from params.def; only the checks of one parameter against
 * another are written here. */
#include "klaster/params.h"

#include <math.h>
#include <string.h>

/* ---- choices ---- */

#define KL_NAME(param, value, meaning) #value,
#define KL_MEANING(param, value, meaning) meaning,
#define KL_COUNT(param, value, meaning) +1
#define KL_NAMES_OF(LIST) ((const char *const[]){LIST(KL_NAME)})
#define KL_MEANINGS_OF(LIST) ((const char *const[]){LIST(KL_MEANING)})

/* ---- rows ---- */

static const kl_param_info rows[KL_N_PARAMS] = {
#define KL_REAL(group, name, unit, dflt, lo, hi, prior, mark, meaning, source) \
    {#name,  #group, KL_KIND_REAL, unit, dflt,                                 \
     lo,     hi,     prior,        mark, meaning,                              \
     source, 0,      NULL,         NULL, offsetof(kl_params, name)},
#define KL_INT(group, name, unit, dflt, lo, hi, prior, mark, meaning, source) \
    {#name,  #group, KL_KIND_INT, unit, dflt,                                 \
     lo,     hi,     prior,       mark, meaning,                              \
     source, 0,      NULL,        NULL, offsetof(kl_params, name)},
#define KL_FLAG(group, name, dflt, mark, meaning, source) \
    {#name, #group, KL_KIND_FLAG, "1", dflt, 0, 1, "", mark, meaning, source, 0, NULL, NULL, offsetof(kl_params, name)},
#define KL_CHOICE(group, name, dflt, LIST, mark, meaning, source) \
    {#name,                                                       \
     #group,                                                      \
     KL_KIND_CHOICE,                                              \
     "1",                                                         \
     kl_##name##_##dflt,                                          \
     0,                                                           \
     (0 LIST(KL_COUNT)) - 1,                                      \
     "",                                                          \
     mark,                                                        \
     meaning,                                                     \
     source,                                                      \
     0 LIST(KL_COUNT),                                            \
     KL_NAMES_OF(LIST),                                           \
     KL_MEANINGS_OF(LIST),                                        \
     offsetof(kl_params, name)},
#include "klaster/params.def"
#undef KL_REAL
#undef KL_INT
#undef KL_FLAG
#undef KL_CHOICE
};

const kl_param_info *kl_param_info_of(kl_param_id id)
{
    return &rows[id];
}

kl_param_id kl_param_find(const char *name)
{
    for (int i = 0; i < KL_N_PARAMS; i++)
        if (strcmp(rows[i].name, name) == 0)
            return (kl_param_id)i;
    return KL_N_PARAMS;
}

static void store(kl_params *params, const kl_param_info *row, double value)
{
    char *field = (char *)params + row->offset;
    if (row->kind == KL_KIND_REAL) {
        memcpy(field, &value, sizeof value);
    } else {
        int whole = (int)value;
        memcpy(field, &whole, sizeof whole);
    }
}

void kl_params_defaults(kl_params *params)
{
    memset(params, 0, sizeof *params);
    for (int i = 0; i < KL_N_PARAMS; i++)
        store(params, &rows[i], rows[i].dflt);
}

double kl_params_get(const kl_params *params, kl_param_id id)
{
    const char *field = (const char *)params + rows[id].offset;
    if (rows[id].kind == KL_KIND_REAL) {
        double value;
        memcpy(&value, field, sizeof value);
        return value;
    }
    int whole;
    memcpy(&whole, field, sizeof whole);
    return whole;
}

/* Written so that NaN is refused. */
static bool is_legal(const kl_param_info *row, double value)
{
    if (!(value >= row->lo && value <= row->hi))
        return false;
    return row->kind == KL_KIND_REAL || value == floor(value);
}

kl_status kl_params_set(kl_params *params, kl_param_id id, double value)
{
    if (!is_legal(&rows[id], value))
        return KL_ERR_BOUNDS;
    store(params, &rows[id], value);
    return KL_OK;
}

/* ---- one parameter against another ---- */

typedef struct contradiction {
    bool (*holds)(const kl_params *p);
    kl_param_id culprit;
    const char *sentence;
} contradiction;

static bool pilot_larger_than_cluster(const kl_params *p)
{
    return p->pilot_firms > p->firms;
}
static bool shareable_leaves_unit(const kl_params *p)
{
    return p->shareable - p->shareable_halfwidth < 0 || p->shareable + p->shareable_halfwidth > 1;
}
static bool gate_weights_not_one(const kl_params *p)
{
    return fabs(p->gate_satisfaction + p->gate_performance + p->gate_marketing - 1) > 1e-9;
}
static bool attendance_above_one(const kl_params *p)
{
    return p->training_attendance + p->training_voucher > 1 + 1e-12;
}
static bool sharing_above_limit(const kl_params *p)
{
    return p->sunk_sharing + p->exchange_sharing > 0.95;
}
static bool belief_rate_above_one(const kl_params *p)
{
    return p->belief_rate_others + p->campaign_rate > 1;
}
static bool anchor_without_others(const kl_params *p)
{
    return p->anchor_share > 0 && p->firms < 2;
}

static const contradiction contradictions[] = {
    {pilot_larger_than_cluster, KL_PARAM_pilot_firms, "pilot_firms must not exceed firms"},
    {shareable_leaves_unit, KL_PARAM_shareable_halfwidth, "shareable +- shareable_halfwidth must stay within [0, 1]"},
    {gate_weights_not_one, KL_PARAM_gate_marketing, "gate_satisfaction + gate_performance + gate_marketing must be 1"},
    {attendance_above_one, KL_PARAM_training_voucher, "training_attendance + training_voucher must not exceed 1"},
    {sharing_above_limit, KL_PARAM_exchange_sharing, "sunk_sharing + exchange_sharing must not exceed 0.95"},
    {belief_rate_above_one, KL_PARAM_campaign_rate, "belief_rate_others + campaign_rate must not exceed 1"},
    {anchor_without_others, KL_PARAM_anchor_share, "an anchor firm needs at least one other: firms must be 2 or more"},
};

kl_status kl_params_check(const kl_params *params, kl_param_id *culprit, const char **sentence)
{
    for (int i = 0; i < KL_N_PARAMS; i++) {
        if (!is_legal(&rows[i], kl_params_get(params, (kl_param_id)i))) {
            if (culprit)
                *culprit = (kl_param_id)i;
            if (sentence)
                *sentence = "the value is outside its bounds";
            return KL_ERR_BOUNDS;
        }
    }
    for (size_t i = 0; i < sizeof contradictions / sizeof contradictions[0]; i++) {
        if (contradictions[i].holds(params)) {
            if (culprit)
                *culprit = contradictions[i].culprit;
            if (sentence)
                *sentence = contradictions[i].sentence;
            return KL_ERR_COMBINATION;
        }
    }
    return KL_OK;
}
