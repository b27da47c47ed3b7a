/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Mechanisms as data: a list of stages in a file, or written out where it is used. The settings of all stages are
 * parameters of the whole mechanism. */
#include <string.h>

#include "study/reader.h"

/* ---- stages ---- */

static int read_kind(kl_reader *reader, const kl_node *node, kl_stage_kind *kind)
{
    const char *word;
    if (!kl_read_text(reader, node, &word))
        return 0;
    *kind = kl_stage_kind_find(word);
    if (*kind != KL_N_STAGE_KINDS)
        return 1;
    kl_suggestion near = kl_suggestion_of(reader, word);
    for (int i = 0; i < KL_N_STAGE_KINDS; i++)
        kl_suggestion_try(&near, kl_stage_kind_word((kl_stage_kind)i));
    char hint[160];
    kl_error_at(reader, node, "'%.60s' is no kind of stage%s", word,
                kl_suggestion_text(&near, "; there are assess, build, trust, pilot, rollout, optimise", hint));
    return 0;
}

static int name_is_taken(const kl_mechanism_spec *spec, int n, const char *name)
{
    for (int i = 0; i < n; i++)
        if (spec->stage[i].name && strcmp(spec->stage[i].name, name) == 0)
            return 1;
    return 0;
}

static int read_months(kl_reader *reader, const kl_node *node, int is_open, kl_dist *months)
{
    const kl_node *entry = kl_node_entry(node, "months");
    if (is_open) { /* the last `optimise` lasts as long as the horizon */
        *months = kl_dist_constant(1);
        if (!entry)
            return 1;
        kl_error_at_key(reader, entry, "a last stage of kind optimise has no end; leave months out");
        return 0;
    }
    if (!entry) {
        kl_error_at(reader, node, "'months' is missing: how long the stage lasts, such as 3 or {integer: [2, 3]}");
        return 0;
    }
    return kl_read_dist(reader, entry, kl_months_row(), months);
}

static int read_stage(kl_reader *reader, kl_mechanism_spec *spec, int i, const kl_node *node)
{
    static const char *const keys[] = {"name", "kind", "months", "settings", "description"};
    if (!kl_read_keys(reader, node, keys, (int)(sizeof keys / sizeof keys[0]), "a stage"))
        return 0;
    const kl_node *name = kl_node_entry(node, "name"), *kind = kl_node_entry(node, "kind");
    int fine = 1;
    spec->stage_node[i] = node;
    if (!name || !kind) {
        kl_error_at(reader, node, "'%s' is missing in the stage", name ? "kind" : "name");
        return 0;
    }
    const char *text;
    if (!kl_read_name(reader, name, &text))
        fine = 0;
    else if (name_is_taken(spec, i, text)) {
        kl_error_at(reader, name, "an earlier stage is called '%.64s' already", text);
        fine = 0;
    } else
        spec->stage[i].name = text;
    if (!read_kind(reader, kind, &spec->stage[i].kind))
        return 0;
    int is_open = !node->next && spec->stage[i].kind == KL_STAGE_OPTIMISE;
    return read_months(reader, node, is_open, &spec->stage[i].months) && fine;
}

static int read_stages(kl_reader *reader, kl_mechanism_spec *spec, const kl_node *list)
{
    if (list->kind != KL_NODE_LIST) {
        kl_error_at(reader, list, "takes a list of stages");
        return 0;
    }
    if (list->n > KL_STAGES_MAX) {
        kl_error_at(reader, list, "%d stages; at most %d are allowed", list->n, KL_STAGES_MAX);
        return 0;
    }
    int fine = 1;
    for (const kl_node *node = list->first; node; node = node->next)
        if (!read_stage(reader, spec, spec->n_stages++, node))
            fine = 0;
    return fine;
}

/* ---- the whole ---- */

/* Can the list be played? The lengths are right one by one; here only the order counts. */
static int order_is_right(kl_reader *reader, const kl_mechanism_spec *spec)
{
    kl_mechanism mechanism = {.n_stages = spec->n_stages};
    for (int i = 0; i < spec->n_stages; i++)
        mechanism.stage[i] = (kl_stage){spec->stage[i].kind, 1};
    int stage = 0;
    const char *sentence = "";
    if (kl_mechanism_check(&mechanism, &stage, &sentence) == KL_OK)
        return 1;
    int known = stage >= 0 && stage < spec->n_stages;
    kl_error_at(reader, known ? spec->stage_node[stage] : spec->body, "%s", sentence);
    return 0;
}

static const kl_mechanism_spec *read_body(kl_reader *reader, const kl_node *asked, const kl_node *body)
{
    static const char *const keys[] = {"klaster", "name", "title", "description", "source", "stages", "parameters"};
    static const char *const texts[] = {"title", "description", "source"};
    if (!kl_read_keys(reader, body, keys, (int)(sizeof keys / sizeof keys[0]), "a mechanism"))
        return NULL;
    kl_mechanism_spec *spec = kl_arena_alloc(&reader->arena, sizeof *spec);
    if (!spec) {
        reader->no_memory = 1;
        return NULL;
    }
    spec->node = asked;
    spec->body = body;
    const char *text;
    double version;
    const kl_node *entry, *name = kl_node_entry(body, "name"), *stages = kl_node_entry(body, "stages");
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if ((entry = kl_node_entry(body, texts[i])))
            (void)kl_read_text(reader, entry, &text);
    if ((entry = kl_node_entry(body, "klaster")))
        (void)kl_read_whole(reader, entry, 1, 1, &version);
    if (!name || !stages) {
        kl_error_at(reader, body, "'%s' is missing in the mechanism", name ? "stages" : "name");
        return NULL;
    }
    int fine = kl_read_name(reader, name, &spec->name);
    fine = read_stages(reader, spec, stages) && fine;
    return fine && order_is_right(reader, spec) ? spec : NULL;
}

static const kl_mechanism_spec *read_one(kl_reader *reader, const kl_node *node)
{
    if (node && node->kind == KL_NODE_MAP)
        return read_body(reader, node, node);
    const char *name = "five-stage";
    if (node && !kl_read_text(reader, node, &name))
        return NULL;
    const char *path = kl_file_find(reader, name, node ? node->document->file : NULL, "mechanisms/");
    if (!path) {
        if (reader->no_memory)
            return NULL;
        kl_suggestion near = kl_file_suggestion(reader, name, "mechanisms/");
        char hint[160];
        if (node)
            kl_error_at(reader, node, "no mechanism '%.100s', as a file beside this one or among the scenarios%s", name,
                        kl_suggestion_text(&near, "", hint));
        else
            kl_diagnostics_add(reader, name, 0, 0, 0, "the scenarios are not installed: no mechanism 'five-stage'");
        return NULL;
    }
    const kl_document *document = kl_document_open(reader, node, path);
    return document ? read_body(reader, node, document->root) : NULL;
}

int kl_mechanisms_read_list(kl_reader *reader, const kl_node *list, kl_mechanisms *read)
{
    int errors = reader->found->n_errors;
    read->n = 0;
    if (list->kind != KL_NODE_LIST || list->n < 1 || list->n > KL_DIST_VALUES_MAX) {
        kl_error_at(reader, list, "takes a list of 1 to %d mechanisms, such as [five-stage, big-bang]",
                    KL_DIST_VALUES_MAX);
        return 0;
    }
    for (const kl_node *item = list->first; item; item = item->next) {
        const kl_mechanism_spec *spec = read_one(reader, item);
        for (int i = 0; spec && i < read->n; i++)
            if (strcmp(read->spec[i]->name, spec->name) == 0) {
                kl_error_at(reader, item, "an earlier mechanism is called '%.64s' already; choices are equally likely",
                            spec->name);
                spec = NULL;
            }
        if (spec)
            read->spec[read->n++] = spec;
    }
    return !reader->no_memory && reader->found->n_errors == errors;
}

int kl_mechanisms_read(kl_reader *reader, const kl_node *node, kl_mechanisms *read)
{
    static const char *const only_choice[] = {"choice"};
    const kl_node *choice = node ? kl_node_entry(node, "choice") : NULL;
    if (choice) {
        int errors = reader->found->n_errors;
        (void)kl_read_keys(reader, node, only_choice, 1, "a choice of mechanisms");
        return kl_mechanisms_read_list(reader, choice, read) && reader->found->n_errors == errors;
    }
    read->spec[0] = read_one(reader, node);
    read->n = read->spec[0] != NULL;
    return read->n;
}

/* ---- settings ---- */

/* The entry of an earlier stage for the same parameter. */
static const kl_node *earlier_setting(const kl_mechanism_spec *spec, int before, const char *key)
{
    for (int i = 0; i < before; i++) {
        const kl_node *entry = kl_node_entry(kl_node_entry(spec->stage_node[i], "settings"), key);
        if (entry)
            return entry;
    }
    return NULL;
}

static void apply_setting(kl_reader *reader, kl_values *values, const kl_mechanism_spec *spec, int stage,
                          const kl_node *entry, kl_rank rank)
{
    const kl_node *earlier = earlier_setting(spec, stage, entry->key);
    kl_param_id id = kl_param_find(entry->key);
    kl_dist here, there;
    if (strncmp(entry->key, "months.", strlen("months.")) == 0) {
        kl_error_at_key(reader, entry, "the length of a stage is its 'months'");
        return;
    }
    int errors = reader->found->n_errors;
    kl_values_apply_entry(reader, values, entry, rank);
    if (!earlier || id == KL_N_PARAMS || reader->found->n_errors > errors)
        return;
    const kl_param_info *row = kl_param_info_of(id);
    if (kl_read_dist(reader, entry, row, &here) && kl_read_dist(reader, earlier, row, &there) &&
        !kl_dist_equals(&here, &there))
        kl_error_at_key(reader, entry,
                        "an earlier stage sets it differently (line %d); settings hold for the whole "
                        "mechanism",
                        earlier->key_line);
}

void kl_values_apply_mechanism(kl_reader *reader, kl_values *values, const kl_mechanism_spec *spec, kl_rank rank)
{
    kl_values_apply(reader, values, kl_node_entry(spec->body, "parameters"), rank);
    for (int i = 0; i < spec->n_stages; i++) {
        const kl_node *settings = kl_node_entry(spec->stage_node[i], "settings");
        if (!settings || kl_node_is_null(settings))
            continue;
        if (settings->kind != KL_NODE_MAP) {
            kl_error_at(reader, settings, "takes a map of parameters and values");
            continue;
        }
        for (const kl_node *entry = settings->first; entry; entry = entry->next)
            apply_setting(reader, values, spec, i, entry, rank);
    }
}
