/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The data of a report: who is a member when, by the firms' place in the roll-out. A result file does not keep single firms, so some of
 * its worlds are played again, and held against what the file says of them. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/report.h"

enum { WORLDS = 200, WORLDS_LEAST = 20, FIRMS_IN_ALL = 400000 };

/* Firms of the pilot, then the waves from 1, then those that no wave has reached. */
enum { GROUP_PILOT, GROUP_WAVES, GROUP_OUTSIDE = GROUP_WAVES + 60, N_GROUPS };

typedef struct waves {
    kl_report *r;
    int horizon, n_worlds, n_differ; /* played; that end otherwise than the file says */
    double *members;                 /* [group][month] sum over worlds of the members of the group */
    double *share;                   /* [group][month][world] members over the firms of the group; NaN without firms */
    double firms[N_GROUPS];          /* sum over worlds */
    int worlds[N_GROUPS];            /* that have such firms */
    uint8_t *is_member;              /* [month][firm] of the world at hand */
} waves;

static double *share_of(const waves *v, int group, int month)
{
    return v->share + ((size_t)group * (size_t)v->horizon + (size_t)month) * WORLDS;
}

static int group_of(const kl_firm *firm)
{
    if (firm->pilot)
        return GROUP_PILOT;
    return firm->wave > 0 && firm->wave <= GROUP_OUTSIDE - GROUP_WAVES ? GROUP_WAVES + firm->wave - 1 : GROUP_OUTSIDE;
}

/* ---- playing ---- */

static kl_status play(waves *v, kl_run *run, int point, int replicate)
{
    const kl_study *study = v->r->study;
    kl_params params;
    kl_mechanism mechanism;
    kl_status status = kl_study_draw(study, v->r->arm, point, &params, &mechanism);
    if (status == KL_OK)
        status = kl_run_start(run, &params, &mechanism, kl_study_world(study, point, replicate), study->horizon);
    if (status != KL_OK)
        return status;
    size_t n = (size_t)run->n_firms;
    free(v->is_member);
    v->is_member = malloc(n * (size_t)v->horizon + 1);
    if (!v->is_member)
        return KL_ERR_MEMORY;
    for (int month = 0; month < v->horizon; month++) {
        kl_run_step(run);
        for (int i = 0; i < run->n_firms; i++)
            v->is_member[(size_t)month * n + (size_t)i] = kl_run_firm(run, i).member != 0;
    }
    return KL_OK;
}

/* Only at the end it is known in which wave a firm is. */
static kl_status count_members(waves *v, const kl_run *run)
{
    int firms[N_GROUPS] = {0};
    size_t n = (size_t)run->n_firms;
    uint8_t *group = malloc(n + 1);
    if (!group)
        return KL_ERR_MEMORY;
    for (size_t i = 0; i < n; i++) {
        kl_firm firm = kl_run_firm(run, (int)i);
        group[i] = (uint8_t)group_of(&firm);
        firms[group[i]]++;
    }
    for (int g = 0; g < N_GROUPS; g++) {
        v->firms[g] += firms[g];
        v->worlds[g] += firms[g] > 0;
    }
    for (int month = 0; month < v->horizon; month++) {
        int members[N_GROUPS] = {0};
        for (size_t i = 0; i < n; i++)
            members[group[i]] += v->is_member[(size_t)month * n + i];
        for (int g = 0; g < N_GROUPS; g++) {
            v->members[(size_t)g * (size_t)v->horizon + (size_t)month] += members[g];
            share_of(v, g, month)[v->n_worlds] = firms[g] > 0 ? (double)members[g] / firms[g] : (double)NAN;
        }
    }
    free(group);
    v->n_worlds++;
    return KL_OK;
}

/* The arm's world number w, unless it was not run or failed. */
static kl_status add_world(waves *v, int64_t w)
{
    const kl_report *r = v->r;
    int stored = r->status[r->arm][w], n_replicates = r->study->n_replicates;
    kl_run run;
    if (stored < 0 || stored == KL_RUN_FAILED)
        return KL_OK;
    kl_run_init(&run);
    kl_status status = play(v, &run, (int)(w / n_replicates), (int)(w % n_replicates));
    if (status == KL_OK) {
        v->n_differ += (int)run.status != stored;
        status = count_members(v, &run);
    }
    kl_run_free(&run);
    return status;
}

/* ---- what comes of it ---- */

static int compare_numbers(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Mean and quantiles of a group's share in each month, over the worlds that have such firms. Sorts what it reads. */
static json_t *share_json(const waves *v, int g)
{
    json_t *mean = json_array(), *low = json_array(), *high = json_array();
    for (int month = 0; month < v->horizon; month++) {
        double *share = share_of(v, g, month), sum = 0;
        int64_t n = 0;
        for (int k = 0; k < v->n_worlds; k++)
            if (!isnan(share[k]))
                share[n++] = share[k];
        for (int64_t k = 0; k < n; k++)
            sum += share[k];
        qsort(share, (size_t)n, sizeof *share, compare_numbers);
        json_array_append_new(mean, kl_report_number(sum / (double)n));
        json_array_append_new(low, kl_report_number(kl_quantile_sorted(share, n, 0.05)));
        json_array_append_new(high, kl_report_number(kl_quantile_sorted(share, n, 0.95)));
    }
    return json_pack("{s:o, s:o, s:o}", "mean", mean, "q05", low, "q95", high);
}

static json_t *group_json(const waves *v, int g)
{
    json_t *members = json_array();
    for (int month = 0; month < v->horizon; month++)
        json_array_append_new(
            members, kl_report_number(v->members[(size_t)g * (size_t)v->horizon + (size_t)month] / v->n_worlds));
    json_t *json = json_pack("{s:s, s:o, s:i, s:o, s:o}", "group",
                             g == GROUP_PILOT     ? "pilot"
                             : g == GROUP_OUTSIDE ? "outside"
                                                  : "wave",
                             "firms", kl_report_number(v->firms[g] / v->n_worlds), "worlds", v->worlds[g], "members",
                             members, "share", share_json(v, g));
    if (g >= GROUP_WAVES && g < GROUP_OUTSIDE)
        json_object_set_new(json, "wave", json_integer(g - GROUP_WAVES + 1));
    return json;
}

static json_t *waves_json(const waves *v)
{
    json_t *groups = json_array();
    for (int g = 0; g < N_GROUPS; g++)
        if (v->worlds[g] > 0)
            json_array_append_new(groups, group_json(v, g));
    return json_pack("{s:s, s:i, s:o}", "arm", v->r->study->arm[v->r->arm].name, "worlds", v->n_worlds, "groups",
                     groups);
}

/* Fewer worlds of large clusters. */
static int64_t wanted_worlds(const kl_report *r)
{
    kl_params params;
    kl_mechanism mechanism;
    int64_t n = WORLDS;
    if (kl_study_draw(r->study, r->arm, 0, &params, &mechanism) == KL_OK && params.firms > 0)
        n = FIRMS_IN_ALL / params.firms < n ? FIRMS_IN_ALL / params.firms : n;
    n = n < WORLDS_LEAST ? WORLDS_LEAST : n;
    return n < r->n_worlds ? n : r->n_worlds;
}

kl_status kl_report_waves(kl_report *r)
{
    waves v = {.r = r, .horizon = r->study->horizon};
    size_t months = (size_t)v.horizon * N_GROUPS;
    if (!r->synergy || r->study->arm[r->arm].n_stages == 0)
        return KL_OK;
    int64_t n = wanted_worlds(r);
    v.members = calloc(months, sizeof *v.members);
    v.share = malloc(months * WORLDS * sizeof *v.share);
    kl_status status = v.members && v.share ? KL_OK : KL_ERR_MEMORY;
    for (int64_t k = 0; k < n && status == KL_OK; k++)
        status = add_world(&v, k * r->n_worlds / n);
    if (status == KL_OK && v.n_differ == 0 && v.n_worlds > 0)
        json_object_set_new(r->page, "waves", waves_json(&v));
    free(v.members);
    free(v.share);
    free(v.is_member);
    return status;
}
