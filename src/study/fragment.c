/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Fragments: files of parameters that a study or an arm includes, such as scenarios/cases/navoi.yaml. A fragment may
 * include others; what it includes is overridden by what it says itself. */
#include <string.h>

#include "study/reader.h"

/* The fragments that are open, innermost first. */
typedef struct trail {
    const kl_document *document;
    const struct trail *up;
    int depth;
} trail;

static void include_all(kl_reader *reader, kl_values *values, const kl_node *include, kl_rank rank, const trail *up);

/* `sources`: where single values come from; the keys must be parameters that exist. */
static void check_sources(kl_reader *reader, const kl_node *sources)
{
    if (sources->kind != KL_NODE_MAP) {
        kl_error_at(reader, sources, "takes a map from parameters to where their values come from");
        return;
    }
    for (const kl_node *entry = sources->first; entry; entry = entry->next) {
        const char *text;
        kl_suggestion near = kl_suggestion_of(reader, entry->key);
        for (int i = 0; i < KL_N_PARAMS; i++)
            kl_suggestion_try(&near, kl_param_info_of((kl_param_id)i)->name);
        char hint[160];
        if (kl_param_find(entry->key) == KL_N_PARAMS && strncmp(entry->key, "months.", strlen("months.")) != 0)
            kl_error_at_key(reader, entry, "unknown parameter%s", kl_suggestion_text(&near, "", hint));
        (void)kl_read_text(reader, entry, &text);
    }
}

static void apply_fragment(kl_reader *reader, kl_values *values, const kl_document *document, kl_rank rank,
                           const trail *here)
{
    static const char *const keys[] = {"klaster", "name",    "title",   "description",
                                       "source",  "sources", "include", "parameters"};
    static const char *const texts[] = {"title", "description", "source"};
    const kl_node *root = document->root;
    if (!kl_read_keys(reader, root, keys, (int)(sizeof keys / sizeof keys[0]), "a fragment"))
        return;
    const char *text;
    double version;
    const kl_node *entry = kl_node_entry(root, "name");
    if (entry)
        (void)kl_read_name(reader, entry, &text);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if ((entry = kl_node_entry(root, texts[i])))
            (void)kl_read_text(reader, entry, &text);
    if ((entry = kl_node_entry(root, "klaster")))
        (void)kl_read_whole(reader, entry, 1, 1, &version);
    if ((entry = kl_node_entry(root, "sources")))
        check_sources(reader, entry);
    include_all(reader, values, kl_node_entry(root, "include"), rank, here);
    kl_values_apply(reader, values, kl_node_entry(root, "parameters"), rank);
}

static void include_one(kl_reader *reader, kl_values *values, const kl_node *name, kl_rank rank, const trail *up)
{
    const char *text;
    if (!kl_read_text(reader, name, &text))
        return;
    if (up && up->depth >= KL_INCLUDE_DEPTH_MAX) {
        kl_error_at(reader, name, "includes are nested deeper than %d", KL_INCLUDE_DEPTH_MAX);
        return;
    }
    const char *path = kl_file_find(reader, text, name->document->file, "");
    if (!path) {
        kl_suggestion near = kl_file_suggestion(reader, text, "cases/");
        char hint[160];
        if (!reader->no_memory)
            kl_error_at(reader, name, "no file '%.150s' or '%.150s.yaml' beside this file or among the scenarios%s",
                        text, text, kl_suggestion_text(&near, "", hint));
        return;
    }
    for (const trail *t = up; t; t = t->up)
        if (strcmp(t->document->file, path) == 0) {
            kl_error_at(reader, name, "'%.150s' includes itself, by way of this file", text);
            return;
        }
    const kl_document *document = kl_document_open(reader, name, path);
    if (!document)
        return;
    trail here = {document, up, up ? up->depth + 1 : 1};
    apply_fragment(reader, values, document, rank, &here);
}

static void include_all(kl_reader *reader, kl_values *values, const kl_node *include, kl_rank rank, const trail *up)
{
    if (!include)
        return;
    if (include->kind == KL_NODE_TEXT) {
        include_one(reader, values, include, rank, up);
        return;
    }
    if (include->kind != KL_NODE_LIST) {
        kl_error_at(reader, include, "takes the name of a fragment or a list of names");
        return;
    }
    for (const kl_node *name = include->first; name; name = name->next)
        include_one(reader, values, name, rank, up);
}

void kl_values_include(kl_reader *reader, kl_values *values, const kl_node *include, kl_rank rank)
{
    include_all(reader, values, include, rank, NULL);
}
