/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A study of one arm, kept in one piece of memory, and the engine's player that plays it. */
#include "lab/lab.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/play.h"

#define NAME_SIZE 65 /* as in study files: 64 bytes and the end */

struct kl_lab {
    int begun;
    int slice;
    kl_study study;
    kl_arm arm;
    char stage_name[KL_STAGES_MAX][NAME_SIZE];
    kl_player player;
};

kl_lab *kl_lab_new(void)
{
    return calloc(1, sizeof(kl_lab));
}

void kl_lab_free(kl_lab *lab)
{
    if (!lab)
        return;
    kl_player_free(&lab->player);
    free(lab);
}

static kl_dist constant(double value)
{
    return (kl_dist){.kind = KL_DIST_CONSTANT, .n = 1, .value = {value}};
}

kl_status kl_lab_begin(kl_lab *lab, double seed, int horizon, int n_worlds)
{
    lab->begun = 0;
    if (!(seed >= 0 && seed <= (double)KL_SEED_MAX) || seed != floor(seed) || horizon < 1 || horizon > KL_HORIZON_MAX ||
        n_worlds < 1 || n_worlds > KL_LAB_SLICE_MAX)
        return KL_ERR_ARGUMENT;
    memset(&lab->study, 0, sizeof lab->study);
    memset(&lab->arm, 0, sizeof lab->arm);
    lab->study.seed = (uint64_t)seed;
    lab->study.horizon = horizon;
    lab->study.n_points = lab->study.design.n_rows = KL_DESIGN_POINTS_MAX;
    lab->study.design.row_size = lab->study.n_replicates = 1;
    lab->study.n_arms = 1;
    lab->study.arm = &lab->arm;
    lab->slice = n_worlds;
    for (int id = 0; id < KL_N_PARAMS; id++)
        lab->arm.param[id] = constant(kl_param_info_of((kl_param_id)id)->dflt);
    kl_player_free(&lab->player);
    kl_status status = kl_player_init(&lab->player, &lab->study, n_worlds, NULL);
    lab->begun = status == KL_OK;
    return status;
}

/* ---- distributions ---- */

static int kind_of(const char *word, int *n_arguments)
{
    static const struct {
        const char *word;
        int n;
    } row[] = {
#define KL_ROW(name, word, n, arguments) {word, n},
        KL_DIST_LIST(KL_ROW)
#undef KL_ROW
    };
    for (int kind = 0; kind < KL_N_DIST_KINDS; kind++)
        if (strcmp(row[kind].word, word) == 0) {
            *n_arguments = row[kind].n;
            return kind;
        }
    return -1;
}

static int rises(const double *value, int n)
{
    for (int i = 1; i < n; i++)
        if (!(value[i - 1] <= value[i]))
            return 0;
    return 1;
}

static int is_whole(double value)
{
    return value == floor(value);
}

/* What src/study/read_dist.c asks of a study file, but for the sentences. */
static int is_sound(const kl_dist *dist)
{
    const double *v = dist->value;
    switch (dist->kind) {
    case KL_DIST_UNIFORM:
        return v[0] < v[1];
    case KL_DIST_LOGUNIFORM:
        return v[0] > 0 && v[0] < v[1];
    case KL_DIST_NORMAL:
        return v[1] > 0;
    case KL_DIST_LOGNORMAL:
        return v[0] > 0 && v[1] > 0;
    case KL_DIST_TRIANGULAR:
    case KL_DIST_PERT:
        return rises(v, 3) && v[0] < v[2];
    case KL_DIST_BETA:
        return v[0] >= 0.05 && v[0] <= 1e4 && v[1] >= 0.05 && v[1] <= 1e4;
    case KL_DIST_INTEGER:
        return is_whole(v[0]) && is_whole(v[1]) && v[0] <= v[1] && v[1] - v[0] < 0x1p31;
    default:
        return 1;
    }
}

/* Can nothing outside [lo, hi] be drawn, and, of a parameter that takes whole numbers only, nothing else? */
static int is_inside(const kl_dist *dist, double lo, double hi, int whole)
{
    int is_list = dist->kind == KL_DIST_CONSTANT || dist->kind == KL_DIST_CHOICE || dist->kind == KL_DIST_INTEGER;
    if (whole && !is_list)
        return 0;
    if (dist->kind == KL_DIST_NORMAL || dist->kind == KL_DIST_LOGNORMAL)
        return 1;
    if (dist->kind == KL_DIST_BETA)
        return lo <= 0 && hi >= 1;
    for (int i = 0; i < dist->n; i++)
        if (!(dist->value[i] >= lo && dist->value[i] <= hi) || (whole && !is_whole(dist->value[i])))
            return 0;
    return 1;
}

static kl_status read_dist(const char *word, const double *value, int n, kl_dist *dist)
{
    int wanted = 0, kind = kind_of(word, &wanted);
    if (kind < 0)
        return KL_ERR_NOT_FOUND;
    if (n < 1 || n > KL_DIST_VALUES_MAX || (wanted >= 0 && n != wanted))
        return KL_ERR_ARGUMENT;
    memset(dist, 0, sizeof *dist);
    dist->kind = (kl_dist_kind)kind;
    dist->n = n;
    for (int i = 0; i < n; i++) {
        if (!(fabs(value[i]) < INFINITY))
            return KL_ERR_ARGUMENT;
        dist->value[i] = value[i];
    }
    return is_sound(dist) ? KL_OK : KL_ERR_ARGUMENT;
}

kl_status kl_lab_set(kl_lab *lab, const char *name, const char *kind, const double *value, int n)
{
    kl_param_id id = kl_param_find(name);
    if (id == KL_N_PARAMS)
        return KL_ERR_NOT_FOUND;
    kl_dist dist;
    kl_status status = lab->begun ? read_dist(kind, value, n, &dist) : KL_ERR_ARGUMENT;
    if (status != KL_OK)
        return status;
    const kl_param_info *row = kl_param_info_of(id);
    if (!is_inside(&dist, row->lo, row->hi, row->kind != KL_KIND_REAL))
        return KL_ERR_BOUNDS;
    lab->arm.param[id] = dist;
    lab->player.point = -1;
    lab->player.n_drawn = 0; /* nor what was drawn ahead */
    return KL_OK;
}

/* ---- stages ---- */

static int name_is_free(const kl_lab *lab, const char *name)
{
    if (!*name || strlen(name) >= NAME_SIZE)
        return 0;
    for (int i = 0; i < lab->arm.n_stages; i++)
        if (strcmp(lab->stage_name[i], name) == 0)
            return 0;
    return 1;
}

kl_status kl_lab_add_stage(kl_lab *lab, const char *name, const char *stage_kind, const char *kind, const double *value,
                           int n)
{
    kl_stage_kind what = kl_stage_kind_find(stage_kind);
    if (what == KL_N_STAGE_KINDS)
        return KL_ERR_NOT_FOUND;
    if (!lab->begun || !name_is_free(lab, name))
        return KL_ERR_ARGUMENT;
    kl_dist months = constant(1); /* not used by a last optimise */
    kl_status status = n == 0 && what == KL_STAGE_OPTIMISE ? KL_OK : read_dist(kind, value, n, &months);
    if (status != KL_OK)
        return status;
    if (!is_inside(&months, 1, KL_STAGE_MONTHS_MAX, 1))
        return KL_ERR_BOUNDS;
    int at = lab->arm.n_stages;
    if (at == KL_STAGES_MAX)
        return KL_ERR_MECHANISM;
    memcpy(lab->stage_name[at], name, strlen(name) + 1);
    lab->arm.stage[at] = (kl_stage_spec){lab->stage_name[at], what, months};
    lab->arm.n_stages++;
    lab->player.point = -1;
    lab->player.n_drawn = 0; /* nor what was drawn ahead */
    return KL_OK;
}

const char *kl_lab_complaint(const kl_lab *lab)
{
    if (!lab->begun)
        return "nothing was begun";
    kl_params params;
    kl_mechanism mechanism;
    const char *sentence = "";
    kl_status status = kl_study_draw(&lab->study, 0, 0, &params, &mechanism);
    if (status == KL_OK)
        status = kl_mechanism_check(&mechanism, NULL, &sentence);
    else
        status = kl_params_check(&params, NULL, &sentence);
    return status == KL_OK ? "" : sentence;
}

/* ---- worlds ---- */

kl_status kl_lab_play(kl_lab *lab, int first, int n_worlds)
{
    if (!lab->begun || first < 0 || n_worlds < 1 || n_worlds > lab->slice || first > KL_DESIGN_POINTS_MAX - n_worlds)
        return KL_ERR_ARGUMENT;
    kl_block block = {.point0 = first,
                      .n_points = n_worlds,
                      .n_replicates = 1,
                      .n_runs = n_worlds,
                      .n_arms = 1,
                      .horizon = lab->study.horizon};
    int n_played = 0;
    kl_status status = KL_OK;
    for (int world = 0; status == KL_OK && world < n_worlds; world++)
        status = kl_player_play(&lab->player, &block, world, &n_played);
    kl_player_turn(&lab->player, &block);
    return status;
}

const int8_t *kl_lab_statuses(const kl_lab *lab)
{
    return lab->player.status;
}

const double *kl_lab_outcomes(const kl_lab *lab)
{
    return lab->player.outcome;
}

const float *kl_lab_series(const kl_lab *lab)
{
    return lab->player.series;
}

int kl_lab_find_outcome(const char *name)
{
    kl_outcome_id id = kl_outcome_find(name);
    return id == KL_N_OUTCOMES ? -1 : (int)id;
}

int kl_lab_find_series(const char *name)
{
    kl_series_id id = kl_series_find(name);
    return id == KL_N_SERIES ? -1 : (int)id;
}
