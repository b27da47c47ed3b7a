/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Can an arm be played? Tried at the middle of every input, then at many of its draws, before anything is computed:
 * values that are right one by one may contradict each other. */
#include <stdio.h>
#include <string.h>

#include "study/reader.h"

#define POINTS_TRIED 256
#define DRAWS_TRIED 16384 /* over all arms */
#define AT_ONCE 16

/* The place to show: where the culprit was set, or another parameter of the sentence, the topmost layer first. */
static const kl_node *culprit_place(const kl_origins *set, kl_param_id culprit, const char *sentence,
                                    const kl_node *otherwise)
{
    const kl_node *best = culprit < KL_N_PARAMS ? set->node[culprit] : NULL;
    kl_rank rank = best ? set->rank[culprit] : KL_RANK_DEFAULT;
    for (const char *p = sentence; *p;) {
        char word[64];
        size_t n = strspn(p, "abcdefghijklmnopqrstuvwxyz_0123456789");
        if (n > 0 && n < sizeof word) {
            memcpy(word, p, n);
            word[n] = '\0';
            kl_param_id id = kl_param_find(word);
            if (id != KL_N_PARAMS && set->node[id] && set->rank[id] > rank) {
                best = set->node[id];
                rank = set->rank[id];
            }
        }
        p += n ? n : 1;
    }
    return best ? best : otherwise;
}

static int is_sound(kl_reader *reader, const kl_params *params, const kl_origins *set, const char *arm,
                    const kl_node *at, const char *when)
{
    kl_param_id culprit = KL_N_PARAMS;
    const char *sentence = "";
    kl_status status = kl_params_check(params, &culprit, &sentence);
    if (status == KL_OK)
        return 1;
    const kl_node *place = culprit_place(set, culprit, sentence, at);
    kl_error_at_key(reader, place, "%s%s (arm '%s'; here %s is %.10g)", sentence, when, arm,
                    kl_param_info_of(culprit)->name, kl_params_get(params, culprit));
    return 0;
}

void kl_arm_check(kl_reader *reader, const kl_study *study, int index, int variant, const kl_origins *set,
                  const kl_mechanism_spec *spec, const kl_node *at)
{
    const kl_arm *arm = kl_arm_variant(&study->arm[index], variant);
    const char *name = study->arm[index].name;
    kl_params params;
    kl_mechanism mechanism = {.n_stages = arm->n_stages};
    kl_params_defaults(&params);
    for (int i = 0; i < KL_N_PARAMS; i++) {
        const kl_param_info *row = kl_param_info_of((kl_param_id)i);
        if (kl_params_set(&params, (kl_param_id)i, kl_dist_quantile(&arm->param[i], 0.5, row->lo, row->hi)) != KL_OK) {
            kl_error_at_key(reader, set->node[i] ? set->node[i] : at, "%s: the middle is outside the bounds",
                            row->name);
            return;
        }
    }
    for (int i = 0; i < arm->n_stages; i++)
        mechanism.stage[i] =
            (kl_stage){arm->stage[i].kind, (int)kl_dist_quantile(&arm->stage[i].months, 0.5, 1, KL_HORIZON_MAX)};
    int stage = 0;
    const char *sentence = "";
    if (kl_mechanism_check(&mechanism, &stage, &sentence) != KL_OK) {
        kl_error_at(reader, spec->node ? spec->node : at, "%s", sentence);
        return;
    }
    if (!is_sound(reader, &params, set, name, at, ""))
        return;
    int n = DRAWS_TRIED / study->n_arms < POINTS_TRIED ? DRAWS_TRIED / study->n_arms : POINTS_TRIED;
    if (n > study->n_points)
        n = study->n_points;
    kl_params culprit = params;
    int n_bad = 0, in_rows = study->design.row_size > 1;
    kl_drawn drawn[AT_ONCE];
    for (int i = 0, m; i < n; i += m) {
        int point = in_rows ? (int)((int64_t)i * study->n_points / n) : i; /* a few rows would be few draws */
        m = in_rows ? 1 : n - i < AT_ONCE ? n - i : AT_ONCE;
        kl_study_draws(study, index, point, m, NULL, drawn);
        for (int k = 0; k < m; k++) {
            if (drawn[k].status == KL_OK || kl_study_variant(study, index, point + k) != arm)
                continue;
            if (n_bad++ == 0)
                culprit = drawn[k].params;
        }
    }
    char when[80];
    snprintf(when, sizeof when, in_rows ? " in %d of %d points tried" : " in %d of the first %d draws", n_bad, n);
    if (n_bad > 0 && is_sound(reader, &culprit, set, name, at, when))
        kl_error_at_key(reader, at, "a value leaves its bounds%s (arm '%s')", when, name);
}
