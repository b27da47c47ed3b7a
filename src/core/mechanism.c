/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Mechanisms as lists of stages: words, and whether a list can be played. Playing it is the work of stages.c. */
#include "klaster/mechanism.h"

#include <string.h>

const char *kl_stage_kind_word(kl_stage_kind kind)
{
    switch (kind) {
#define KL_CASE(name, word, meaning) \
    case KL_STAGE_##name:            \
        return word;
        KL_STAGE_KIND_LIST(KL_CASE)
#undef KL_CASE
    case KL_N_STAGE_KINDS:
        break;
    }
    return "unknown";
}

kl_stage_kind kl_stage_kind_find(const char *word)
{
    for (int i = 0; i < KL_N_STAGE_KINDS; i++)
        if (strcmp(kl_stage_kind_word((kl_stage_kind)i), word) == 0)
            return (kl_stage_kind)i;
    return KL_N_STAGE_KINDS;
}

static kl_status refuse(int index, const char *text, int *stage, const char **sentence)
{
    if (stage)
        *stage = index;
    if (sentence)
        *sentence = text;
    return KL_ERR_MECHANISM;
}

kl_status kl_mechanism_check(const kl_mechanism *mechanism, int *stage, const char **sentence)
{
    int built = 0, rolled_out = 0;
    if (mechanism->n_stages < 0 || mechanism->n_stages > KL_STAGES_MAX)
        return refuse(0, "a mechanism has 1 to 24 stages", stage, sentence);
    for (int i = 0; i < mechanism->n_stages; i++) {
        const kl_stage *now = &mechanism->stage[i];
        int is_last = i == mechanism->n_stages - 1;
        if ((int)now->kind < 0 || now->kind >= KL_N_STAGE_KINDS)
            return refuse(i, "a stage is one of assess, build, trust, pilot, rollout, optimise", stage, sentence);
        if (now->kind == KL_STAGE_OPTIMISE && !is_last)
            return refuse(i, "optimise is open-ended and can only come last", stage, sentence);
        if (now->kind != KL_STAGE_OPTIMISE && (now->months < 1 || now->months > KL_STAGE_MONTHS_MAX))
            return refuse(i, "a stage lasts 1 to 1200 months", stage, sentence);
        if (!built && (now->kind == KL_STAGE_PILOT || now->kind == KL_STAGE_ROLLOUT || now->kind == KL_STAGE_OPTIMISE))
            return refuse(i, "a build stage must come before the platform is used", stage, sentence);
        built |= now->kind == KL_STAGE_BUILD;
        rolled_out |= now->kind == KL_STAGE_ROLLOUT;
    }
    if (mechanism->n_stages > 0 && !rolled_out)
        return refuse(mechanism->n_stages - 1, "a mechanism needs a rollout stage, or nobody is ever invited", stage,
                      sentence);
    return KL_OK;
}

kl_mechanism kl_mechanism_five_stage(void)
{
    return (kl_mechanism){5,
                          {{KL_STAGE_ASSESS, 3},
                           {KL_STAGE_BUILD, 4},
                           {KL_STAGE_PILOT, 3},
                           {KL_STAGE_ROLLOUT, 9},
                           {KL_STAGE_OPTIMISE, 1}}};
}
