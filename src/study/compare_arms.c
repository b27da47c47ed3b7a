/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What differs in the arms that two studies both have. An *aspect* is one thing that an arm says under each of its
 * mechanisms: its mechanisms, its stages, the length of one of them, a parameter. */
#include <string.h>

#include "study/compare.h"

#define MECHANISMS 0
#define STAGES 1
#define MONTHS 2 /* of stage aspect - MONTHS */
#define PARAMS (MONTHS + KL_STAGES_MAX)
#define N_ASPECTS (PARAMS + KL_N_PARAMS)

/* An arm of each study, under one mechanism each. */
typedef struct pair {
    const kl_arm *a, *b; /* the arms */
    const kl_arm *x, *y; /* under their k-th mechanism */
} pair;

int kl_arm_place(const kl_study *study, const char *name, int near)
{
    if (near >= 0 && near < study->n_arms && strcmp(study->arm[near].name, name) == 0)
        return near;
    for (int i = 0; i < study->n_arms; i++)
        if (strcmp(study->arm[i].name, name) == 0)
            return i;
    return -1;
}

/* ---- aspects ---- */

/* -0 is not 0: they may not give the same bits. */
static int dists_are_same(const kl_dist *a, const kl_dist *b)
{
    return kl_dist_equals(a, b) && memcmp(a->value, b->value, (size_t)a->n * sizeof a->value[0]) == 0;
}

static int mechanisms_are_same(const kl_arm *a, const kl_arm *b)
{
    const kl_arm *x, *y;
    if (a->n_others != b->n_others)
        return 0;
    for (int k = 0; (x = kl_arm_variant(a, k)) && (y = kl_arm_variant(b, k)); k++)
        if (strcmp(x->mechanism, y->mechanism) != 0)
            return 0;
    return 1;
}

static int stages_are_same(const kl_arm *x, const kl_arm *y)
{
    if (x->n_stages != y->n_stages)
        return 0;
    for (int i = 0; i < x->n_stages; i++)
        if (x->stage[i].kind != y->stage[i].kind || strcmp(x->stage[i].name, y->stage[i].name) != 0)
            return 0;
    return 1;
}

static int is_same(const pair *p, int aspect)
{
    if (aspect == MECHANISMS)
        return mechanisms_are_same(p->a, p->b);
    if (aspect == STAGES)
        return stages_are_same(p->x, p->y);
    if (aspect >= PARAMS)
        return dists_are_same(&p->x->param[aspect - PARAMS], &p->y->param[aspect - PARAMS]);
    int stage = aspect - MONTHS; /* lengths of other stages are no pair */
    return stage >= p->x->n_stages || !stages_are_same(p->x, p->y) ||
           dists_are_same(&p->x->stage[stage].months, &p->y->stage[stage].months);
}

static void say_aspect(kl_said *said, const kl_arm *arm, const kl_arm *variant, int aspect)
{
    if (aspect == MECHANISMS)
        kl_said_add_mechanisms(said, arm);
    else if (aspect == STAGES)
        kl_said_add_stages(said, variant);
    else if (aspect >= PARAMS)
        kl_said_add_dist(said, kl_param_info_of((kl_param_id)(aspect - PARAMS)), &variant->param[aspect - PARAMS]);
    else
        kl_said_add_dist(said, kl_months_row(), &variant->stage[aspect - MONTHS].months);
}

static void say_name(kl_said *said, const pair *p, int aspect)
{
    if (aspect == MECHANISMS || aspect == STAGES)
        kl_said_add(said, "%s", aspect == STAGES ? "stages" : "mechanism");
    else if (aspect >= PARAMS)
        kl_said_add(said, "%s", kl_param_info_of((kl_param_id)(aspect - PARAMS))->name);
    else
        kl_said_add(said, "months.%s", p->x->stage[aspect - MONTHS].name);
}

/* ---- pairs ---- */

typedef struct pairs {
    const kl_telling *to;
    int arm, variant; /* of the next one */
} pairs;

/* An arm that one study has not, and a mechanism that one arm has not, are no pair. */
static int next_pair(pairs *at, pair *p)
{
    for (; at->arm < at->to->a->n_arms; at->arm++, at->variant = 0) {
        p->a = &at->to->a->arm[at->arm];
        int place = kl_arm_place(at->to->b, p->a->name, at->arm);
        if (place < 0)
            continue;
        p->b = &at->to->b->arm[place];
        p->x = kl_arm_variant(p->a, at->variant);
        p->y = kl_arm_variant(p->b, at->variant++);
        if (p->x && p->y)
            return 1;
    }
    return 0;
}

static void say_both(const pair *p, int aspect, kl_said *a, kl_said *b)
{
    kl_said_clear(a);
    kl_said_clear(b);
    say_aspect(a, p->a, p->x, aspect);
    say_aspect(b, p->b, p->y, aspect);
}

/* Do all pairs differ, and in the same words? Those of all arms, or of one. */
static int all_differ_alike(const kl_telling *to, int aspect, const kl_arm *of)
{
    kl_said first_a, first_b, a, b;
    pairs at = {.to = to};
    pair p;
    for (int n = 0; next_pair(&at, &p);) {
        if (of && p.a != of)
            continue;
        if (is_same(&p, aspect))
            return 0;
        say_both(&p, aspect, n == 0 ? &first_a : &a, n == 0 ? &first_b : &b);
        if (n++ > 0 && (strcmp(a.text, first_a.text) != 0 || strcmp(b.text, first_b.text) != 0))
            return 0;
    }
    return 1;
}

/* For all arms at once, for one under all its mechanisms, or under one of them. */
typedef enum extent { EVERYWHERE, IN_ARM, IN_VARIANT } extent;

static extent extent_of(const kl_telling *to, int aspect, const pair *p)
{
    if (all_differ_alike(to, aspect, NULL))
        return EVERYWHERE;
    return aspect == MECHANISMS || p->a->n_others == 0 || all_differ_alike(to, aspect, p->a) ? IN_ARM : IN_VARIANT;
}

static void tell_pair(const kl_telling *to, int aspect, const pair *p, extent where)
{
    kl_said what, a, b;
    kl_said_clear(&what);
    if (where != EVERYWHERE)
        kl_said_add(&what, "arm '%s'", p->a->name);
    if (where == IN_VARIANT)
        kl_said_add(&what, " under '%s'", p->x->mechanism);
    if (where != EVERYWHERE)
        kl_said_add(&what, ", ");
    say_name(&what, p, aspect);
    say_both(p, aspect, &a, &b);
    kl_tell(to, KL_MISMATCH_RUNS, what.text, &a, &b);
}

static void tell_aspect(const kl_telling *to, int aspect)
{
    pairs at = {.to = to};
    pair p;
    while (next_pair(&at, &p)) {
        if (is_same(&p, aspect) || (aspect == MECHANISMS && p.x != p.a))
            continue;
        extent where = extent_of(to, aspect, &p);
        if (where != IN_ARM || p.x == p.a)
            tell_pair(to, aspect, &p, where);
        if (where == EVERYWHERE)
            return;
    }
}

void kl_tell_arms(const kl_telling *to)
{
    for (int aspect = 0; aspect < N_ASPECTS; aspect++)
        tell_aspect(to, aspect);
}
