/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The arms of a study: every value laid over the ones below it (see kl_rank), overrides of the command line included. */
#include <stdlib.h>
#include <string.h>

#include "study/reader.h"

/* One --set: a value for every arm, or for one. */
typedef struct override {
    const char *text;
    const char *arm; /* NULL: every arm */
    const kl_node *entry;
    const char *first_outranked; /* an arm that decides the key itself */
    int n_outranked;
} override;

/* An arm, under one of its mechanisms, that was read without an error: to be checked once the design is known. */
typedef struct readable {
    int arm, variant;
    kl_origins set;
    const kl_mechanism_spec *spec;
    const kl_node *node;
    struct readable *next;
} readable;

typedef struct arms_reader {
    kl_reader *reader;
    kl_study *study;
    const kl_node *root, *list;
    const char **name;       /* of each arm */
    readable *first, **last; /* in the arena */
    const kl_design_asked *design;
    int n_overrides;
    override *overrides;
    kl_values *base, *values, *mixed; /* of the study, of the arm, of the arm under a mechanism */
    kl_mechanisms shared;             /* of arms without one of their own */
    int shared_is_read;
} arms_reader;

/* ---- names ---- */

static int arm_index(const arms_reader *a, const char *name, size_t length)
{
    for (int i = 0; i < a->study->n_arms; i++)
        if (a->name[i] && strlen(a->name[i]) == length && memcmp(a->name[i], name, length) == 0)
            return i;
    return -1;
}

static void read_names(arms_reader *a)
{
    if (!a->list) {
        a->name[0] = "baseline";
        return;
    }
    int i = 0;
    for (const kl_node *arm = a->list->first; arm; arm = arm->next, i++) {
        const kl_node *name = kl_node_entry(arm, "name");
        const char *text;
        if (arm->kind != KL_NODE_MAP)
            continue; /* said by read_arm */
        if (!name)
            kl_error_at(a->reader, arm, "'name' is missing in the arm");
        else if (kl_read_name(a->reader, name, &text)) {
            if (arm_index(a, text, strlen(text)) >= 0)
                kl_error_at(a->reader, name, "an earlier arm is called '%.64s' already", text);
            else
                a->name[i] = text;
        }
    }
}

/* ---- overrides ---- */

static int key_is_legal(const char *key, size_t length)
{
    char name[KL_NAME_MAX + 16];
    if (length >= sizeof name)
        return 0;
    memcpy(name, key, length);
    name[length] = '\0';
    const size_t n = strlen("months.");
    return kl_param_find(name) != KL_N_PARAMS || (strncmp(name, "months.", n) == 0 && kl_name_is_legal(name + n));
}

static void refuse_key(arms_reader *a, const char *file, const char *key)
{
    kl_suggestion near = kl_suggestion_of(a->reader, key);
    for (int i = 0; i < KL_N_PARAMS; i++)
        kl_suggestion_try(&near, kl_param_info_of((kl_param_id)i)->name);
    char hint[160];
    kl_diagnostics_add(
        a->reader, file, 0, 0, 0, "%.80s: unknown parameter%s", key,
        kl_suggestion_text(&near, "; write key=value or arm.key=value; 'klaster params' lists the keys", hint));
}

/* "key" or "arm.key": sets o->arm, returns the key. An arm's name may hold points, so each arm is tried. */
static const char *split_key(arms_reader *a, override *o, const char *left)
{
    size_t length = strlen(left);
    if (key_is_legal(left, length))
        return left;
    for (size_t i = 1; i + 1 < length; i++) {
        int arm = left[i] == '.' ? arm_index(a, left, i) : -1;
        if (arm >= 0 && key_is_legal(left + i + 1, length - i - 1)) {
            o->arm = a->name[arm];
            return left + i + 1;
        }
    }
    const char *point = strchr(left, '.');
    int arm = point ? arm_index(a, left, (size_t)(point - left)) : -1;
    char file[200];
    snprintf(file, sizeof file, "--set %.180s", o->text);
    if (point && arm < 0) {
        kl_suggestion near =
            kl_suggestion_of(a->reader, kl_arena_text(&a->reader->arena, left, (size_t)(point - left)));
        for (int i = 0; near.word && i < a->study->n_arms; i++)
            if (a->name[i])
                kl_suggestion_try(&near, a->name[i]);
        char hint[160];
        kl_diagnostics_add(a->reader, file, 0, 0, 0, "no arm '%.*s'%s", (int)(point - left), left,
                           kl_suggestion_text(&near, "", hint));
    } else {
        refuse_key(a, file, point ? point + 1 : left);
    }
    return NULL;
}

static void read_override(arms_reader *a, override *o)
{
    kl_arena *arena = &a->reader->arena;
    char file[200];
    snprintf(file, sizeof file, "--set %.180s", o->text);
    const char *equals = strchr(o->text, '=');
    if (!equals || equals == o->text) {
        kl_diagnostics_add(a->reader, file, 0, 0, 0, "write --set key=value or --set arm.key=value");
        return;
    }
    const char *left = kl_arena_text(arena, o->text, (size_t)(equals - o->text));
    const char *key = left ? split_key(a, o, left) : NULL;
    if (!key) {
        a->reader->no_memory |= !left;
        return;
    }
    size_t size = strlen(key) + strlen(equals + 1) + 3;
    char *yaml = kl_arena_alloc(arena, size);
    if (!yaml) {
        a->reader->no_memory = 1;
        return;
    }
    snprintf(yaml, size, "%s: %s", key, equals + 1);
    const kl_document *document = kl_document_parse(a->reader, yaml, strlen(yaml), file, 0);
    if (!document)
        return;
    if (document->root->kind == KL_NODE_MAP && document->root->n == 1)
        o->entry = document->root->first;
    else
        kl_diagnostics_add(a->reader, file, 0, 0, 0, "%.80s: takes one value in study-file syntax", key);
}

static void apply_overrides(arms_reader *a, kl_values *values, const char *arm)
{
    for (int i = 0; i < a->n_overrides; i++) {
        const override *o = &a->overrides[i];
        if (o->entry && (arm ? o->arm && strcmp(o->arm, arm) == 0 : !o->arm))
            kl_values_apply_entry(a->reader, values, o->entry, arm ? KL_RANK_ARM_SET : KL_RANK_SET);
    }
}

/* Remember which overrides an arm makes void. */
static void note_outranked(arms_reader *a, const char *arm)
{
    for (int i = 0; i < a->n_overrides; i++) {
        override *o = &a->overrides[i];
        kl_param_id id = o->entry && !o->arm ? kl_param_find(o->entry->key) : KL_N_PARAMS;
        if (id != KL_N_PARAMS && a->mixed->set.rank[id] > KL_RANK_SET && a->mixed->set.rank[id] != KL_RANK_FACTOR &&
            o->n_outranked++ == 0)
            o->first_outranked = arm;
    }
}

static void warn_of_outranked(arms_reader *a)
{
    for (int i = 0; i < a->n_overrides; i++) {
        const override *o = &a->overrides[i];
        if (o->n_outranked == 0)
            continue;
        char more[40] = "";
        if (o->n_outranked > 1)
            snprintf(more, sizeof more, " and %d more", o->n_outranked - 1);
        kl_warning_at_key(a->reader, o->entry, "has no effect in arm '%s'%s, which sets it itself; use --set %s.%s=...",
                          o->first_outranked, more, o->first_outranked, o->entry->key);
    }
}

/* ---- stages ---- */

/* Later layers first: the first that may decide does. */
static const kl_length *length_of(const kl_values *values, const char *stage, kl_rank floor)
{
    const kl_length *best = NULL;
    for (const kl_length *l = values->lengths; l; l = l->next) {
        if (strcmp(l->stage, stage) != 0)
            continue;
        *l->fate |= l->rank >= floor ? KL_LENGTH_APPLIED : KL_LENGTH_OUTRANKED;
        if (l->rank >= floor && (!best || l->rank > best->rank))
            best = l;
    }
    return best;
}

static void fill_stages(arms_reader *a, kl_arm *arm, const kl_mechanism_spec *spec, kl_rank rank)
{
    arm->mechanism = kl_reader_copy(a->reader, spec->name);
    for (int i = 0; i < spec->n_stages; i++) {
        kl_stage_spec *stage = &arm->stage[arm->n_stages];
        stage->name = kl_reader_copy(a->reader, spec->stage[i].name);
        if (!stage->name)
            return;
        arm->n_stages++;
        stage->kind = spec->stage[i].kind;
        stage->months = spec->stage[i].months;
        const kl_length *length = length_of(a->mixed, stage->name, rank);
        if (!length)
            continue;
        if (i == spec->n_stages - 1 && stage->kind == KL_STAGE_OPTIMISE)
            kl_error_at_key(a->reader, length->node, "the last stage, of kind optimise, has no end");
        else
            stage->months = length->months;
    }
}

static void refuse_length(arms_reader *a, const kl_length *length)
{
    kl_suggestion near = kl_suggestion_of(a->reader, length->stage);
    const kl_arm *arm;
    for (int i = 0; i < a->study->n_arms; i++)
        for (int v = 0; (arm = kl_arm_variant(&a->study->arm[i], v)); v++)
            for (int k = 0; k < arm->n_stages; k++)
                kl_suggestion_try(&near, arm->stage[k].name);
    char hint[160];
    kl_error_at_key(a->reader, length->node, "no stage of that name in the mechanism%s",
                    kl_suggestion_text(&near, "", hint));
}

/* Lengths, from `until` on downwards, that met no stage. */
static void check_lengths(arms_reader *a, const kl_values *values, const kl_length *until)
{
    for (const kl_length *l = values->lengths; l && l != until; l = l->next) {
        if (*l->fate == 0)
            refuse_length(a, l);
        else if (!(*l->fate & KL_LENGTH_APPLIED))
            kl_warning_at_key(a->reader, l->node, "has no effect: every arm with such a stage says its length itself");
    }
}

/* ---- arms ---- */

static const kl_mechanisms *shared_mechanisms(arms_reader *a)
{
    if (!a->shared_is_read) {
        const kl_node *levels = kl_design_mechanisms(a->design), *own = kl_node_entry(a->root, "mechanism");
        if (!levels || own) /* wrong even where the design says others */
            (void)kl_mechanisms_read(a->reader, own, &a->shared);
        if (levels)
            (void)kl_mechanisms_read_list(a->reader, levels, &a->shared);
        a->shared_is_read = 1;
    }
    return &a->shared;
}

static void keep_for_check(arms_reader *a, int arm, int variant, const kl_mechanism_spec *spec, const kl_node *at)
{
    readable *r = kl_arena_alloc(&a->reader->arena, sizeof *r);
    if (!r) {
        a->reader->no_memory = 1;
        return;
    }
    *r = (readable){arm, variant, a->mixed->set, spec, at, NULL};
    *a->last = r;
    a->last = &r->next;
}

static void refuse_factor(arms_reader *a, const kl_node *entry)
{
    kl_error_at_key(a->reader, entry,
                    "a factor of the design, whose values hold in every arm; take it out of one of them");
}

/* What the design says of an input holds in every arm. */
static void refuse_factors(arms_reader *a, const kl_node *arm)
{
    const kl_node *params = kl_node_entry(arm, "parameters");
    for (const kl_node *entry = params && params->kind == KL_NODE_MAP ? params->first : NULL; entry;
         entry = entry->next)
        if (kl_design_gives(a->design, entry->key))
            refuse_factor(a, entry);
}

/* The arm under each of its mechanisms. Ranks decide, so it does not matter that a mechanism comes last. */
static void read_variants(arms_reader *a, int index, const kl_mechanisms *of, kl_rank rank, const kl_node *at)
{
    kl_arm *arm = &a->study->arm[index];
    if (of->n > 1 && !(arm->other = calloc((size_t)of->n - 1, sizeof *arm->other))) {
        a->reader->no_memory = 1;
        return;
    }
    arm->n_others = of->n > 1 ? of->n - 1 : 0;
    for (int k = 0; k == 0 || k < of->n; k++) {
        kl_arm *variant = k == 0 ? arm : &arm->other[k - 1];
        memcpy(a->mixed, a->values, sizeof *a->mixed);
        if (of->n > 0)
            kl_values_apply_mechanism(a->reader, a->mixed, of->spec[k], rank);
        memcpy(variant->param, a->mixed->param, sizeof variant->param);
        if (k == 0)
            note_outranked(a, a->name[index] ? a->name[index] : "");
        if (of->n == 0)
            return;
        fill_stages(a, variant, of->spec[k], rank);
        check_lengths(a, a->mixed, k + 1 < of->n ? a->values->lengths : a->base->lengths);
        if (a->reader->found->n_errors == 0 && !a->reader->no_memory)
            keep_for_check(a, index, k, of->spec[k], at);
    }
}

static void read_arm(arms_reader *a, int index, const kl_node *node)
{
    static const char *const keys[] = {"name", "label", "include", "mechanism", "parameters"};
    kl_arm *arm = &a->study->arm[index];
    const char *name = a->name[index] ? a->name[index] : "", *label = name;
    memcpy(a->values, a->base, sizeof *a->values);
    if (node && !kl_read_keys(a->reader, node, keys, (int)(sizeof keys / sizeof keys[0]), "an arm"))
        return;
    const kl_node *entry = node ? kl_node_entry(node, "label") : NULL;
    if (entry)
        (void)kl_read_text(a->reader, entry, &label);
    const kl_node *own = node ? kl_node_entry(node, "mechanism") : NULL;
    kl_mechanisms of = {0};
    if (own && kl_design_mechanisms(a->design))
        refuse_factor(a, own);
    if (!own)
        of = *shared_mechanisms(a);
    else if (!kl_mechanisms_read(a->reader, own, &of))
        of.n = 0;
    if (node) {
        kl_values_include(a->reader, a->values, kl_node_entry(node, "include"), KL_RANK_ARM_INCLUDE);
        kl_values_apply(a->reader, a->values, kl_node_entry(node, "parameters"), KL_RANK_ARM);
        refuse_factors(a, node);
    }
    apply_overrides(a, a->values, name);
    arm->name = kl_reader_copy(a->reader, name);
    arm->label = kl_reader_copy(a->reader, label);
    read_variants(a, index, &of, own ? KL_RANK_ARM_MECHANISM : KL_RANK_MECHANISM, node ? node : a->root);
}

static int number_of(const kl_study *study, const char *name)
{
    int n = 0;
    while (n < study->n_mechanisms && strcmp(study->mechanism[n], name) != 0)
        n++;
    return n;
}

/* Number the mechanisms by name, in the order in which they stand, where an arm draws from several. */
static void number_mechanisms(arms_reader *a)
{
    kl_study *study = a->study;
    const kl_arm *variant;
    int several = 0;
    for (int i = 0; i < study->n_arms; i++)
        several |= study->arm[i].n_others > 0;
    if (!several || a->reader->found->n_errors > 0 || a->reader->no_memory)
        return;
    study->mechanism = calloc(KL_DIST_VALUES_MAX, sizeof *study->mechanism);
    a->reader->no_memory |= !study->mechanism;
    for (int i = 0; i < study->n_arms && study->mechanism; i++) {
        kl_dist *choice = &study->arm[i].choice;
        for (int k = 0; (variant = kl_arm_variant(&study->arm[i], k)); k++) {
            int number = number_of(study, variant->mechanism);
            if (number == KL_DIST_VALUES_MAX) {
                kl_error_at(a->reader, a->root, "more than %d mechanisms, one of them drawn", KL_DIST_VALUES_MAX);
                return;
            }
            if (number == study->n_mechanisms)
                study->mechanism[study->n_mechanisms++] = variant->mechanism;
            choice->value[choice->n++] = number;
        }
        choice->kind = choice->n > 1 ? KL_DIST_CHOICE : KL_DIST_CONSTANT;
    }
}

static void check_arms(arms_reader *a)
{
    for (const readable *r = a->first; r && !a->reader->no_memory; r = r->next)
        kl_arm_check(a->reader, a->study, r->arm, r->variant, &r->set, r->spec, r->node);
}

static int find_list(arms_reader *a)
{
    a->list = kl_node_entry(a->root, "arms");
    a->study->n_arms = 1;
    if (!a->list)
        return 1;
    if (a->list->kind != KL_NODE_LIST || a->list->n < 1) {
        kl_error_at(a->reader, a->list, "takes a list of at least one arm; leave it out for a single arm");
        return 0;
    }
    if (a->list->n > KL_ARMS_MAX) {
        kl_error_at(a->reader, a->list, "%d arms; at most %d are allowed", a->list->n, KL_ARMS_MAX);
        return 0;
    }
    a->study->n_arms = a->list->n;
    return 1;
}

/* The arm that the others are compared with. */
static void read_baseline(arms_reader *a)
{
    const kl_node *node = kl_node_entry(a->root, "baseline");
    const char *word;
    if (!node || !kl_read_name(a->reader, node, &word))
        return;
    int arm = arm_index(a, word, strlen(word));
    if (arm >= 0) {
        a->study->baseline = arm;
        return;
    }
    kl_suggestion near = kl_suggestion_of(a->reader, word);
    for (int i = 0; i < a->study->n_arms; i++)
        if (a->name[i])
            kl_suggestion_try(&near, a->name[i]);
    char hint[160];
    kl_error_at(a->reader, node, "no arm '%.64s'%s", word, kl_suggestion_text(&near, "", hint));
}

static int read_uncertainty(arms_reader *a)
{
    const kl_node *node = kl_node_entry(a->root, "uncertainty");
    const char *word = "none";
    if (node && !kl_read_text(a->reader, node, &word))
        return 0;
    if (strcmp(word, "default") == 0)
        return 1;
    if (strcmp(word, "none") != 0)
        kl_error_at(a->reader, node, "'%.40s' is neither none nor default", word);
    return 0;
}

static int prepare(arms_reader *a, const kl_overrides *overrides)
{
    kl_study *study = a->study;
    size_t n = (size_t)study->n_arms;
    a->n_overrides = overrides ? overrides->n_set : 0;
    study->arm = calloc(n, sizeof *study->arm);
    a->name = calloc(n, sizeof *a->name);
    a->overrides = calloc((size_t)a->n_overrides + 1, sizeof *a->overrides);
    a->base = calloc(1, sizeof *a->base);
    a->values = calloc(1, sizeof *a->values);
    a->mixed = calloc(1, sizeof *a->mixed);
    a->last = &a->first;
    if (!study->arm || !a->name || !a->overrides || !a->base || !a->values || !a->mixed) {
        a->reader->no_memory = 1;
        return 0;
    }
    read_names(a);
    read_baseline(a);
    for (int i = 0; i < a->n_overrides; i++) {
        a->overrides[i].text = overrides->set[i];
        read_override(a, &a->overrides[i]);
        const kl_node *entry = a->overrides[i].entry;
        if (entry && kl_design_gives(a->design, entry->key))
            kl_error_at_key(a->reader, entry, "a factor of the design, which says its values");
    }
    return 1;
}

void kl_study_read_arms(kl_reader *reader, kl_study *study, const kl_node *root, const kl_overrides *overrides,
                        kl_design_asked *asked)
{
    arms_reader a = {.reader = reader, .study = study, .root = root, .design = asked};
    if (!find_list(&a)) {
        study->n_arms = 0;
        kl_study_seal_design(reader, study, root, asked);
        return;
    }
    if (!prepare(&a, overrides) || !kl_values_start(reader, a.base, read_uncertainty(&a)))
        goto out;
    kl_values_include(reader, a.base, kl_node_entry(root, "include"), KL_RANK_INCLUDE);
    kl_values_apply(reader, a.base, kl_node_entry(root, "parameters"), KL_RANK_STUDY);
    apply_overrides(&a, a.base, NULL);
    kl_values_apply_factors(reader, a.base, asked);
    const kl_node *node = a.list ? a.list->first : NULL;
    for (int i = 0; i < study->n_arms; i++) {
        read_arm(&a, i, node);
        node = node ? node->next : NULL;
    }
    if (kl_node_entry(root, "mechanism") || kl_design_mechanisms(asked))
        (void)shared_mechanisms(&a); /* wrong even where every arm has its own */
    check_lengths(&a, a.base, NULL);
    warn_of_outranked(&a);
    number_mechanisms(&a);
    kl_study_seal_design(reader, study, root, asked);
    check_arms(&a);
out:
    free(a.name);
    free(a.overrides);
    free(a.base);
    free(a.values);
    free(a.mixed);
}
