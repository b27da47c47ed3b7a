/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The values of an arm's parameters, laid layer over layer: table, priors, mechanism, includes, study, --set, arm.
 * Each value remembers its layer and its place, so that what contradicts can be shown where it stands. */
#include <string.h>

#include "study/reader.h"

/* The prior of a row is study-file syntax like any other. */
static int read_prior(kl_reader *reader, const kl_param_info *row, kl_dist *dist)
{
    const kl_document *document = kl_document_parse(reader, row->prior, strlen(row->prior), "params.def", 0);
    return document && kl_read_dist(reader, document->root, row, dist);
}

int kl_values_start(kl_reader *reader, kl_values *values, int with_priors)
{
    memset(values, 0, sizeof *values);
    for (int i = 0; i < KL_N_PARAMS; i++) {
        const kl_param_info *row = kl_param_info_of((kl_param_id)i);
        values->param[i] = kl_dist_constant(row->dflt);
        if (!with_priors || !row->prior[0])
            continue;
        if (!read_prior(reader, row, &values->param[i]))
            return 0;
        values->set.rank[i] = KL_RANK_PRIOR;
    }
    return 1;
}

/* "months.<stage>" */
static void set_length(kl_reader *reader, kl_values *values, const char *stage, const kl_dist *months,
                       const kl_node *node, kl_rank rank)
{
    kl_length *length = kl_arena_alloc(&reader->arena, sizeof *length);
    int *fate = kl_arena_alloc(&reader->arena, sizeof *fate);
    if (!length || !fate) {
        reader->no_memory = 1;
        return;
    }
    length->stage = stage;
    length->months = *months;
    length->rank = rank;
    length->node = node;
    length->fate = fate;
    length->next = values->lengths;
    values->lengths = length;
}

void kl_values_set(kl_reader *reader, kl_values *values, const char *name, const kl_dist *dist, const kl_node *node,
                   kl_rank rank)
{
    kl_param_id id = kl_param_find(name);
    if (id == KL_N_PARAMS) {
        set_length(reader, values, name + strlen("months."), dist, node, rank);
    } else if (rank >= values->set.rank[id]) {
        values->param[id] = *dist;
        values->set.rank[id] = rank;
        values->set.node[id] = node;
    }
}

static void apply_length(kl_reader *reader, kl_values *values, const kl_node *entry, kl_rank rank)
{
    kl_dist months;
    if (!kl_name_is_legal(entry->key + strlen("months.")))
        kl_error_at_key(reader, entry, "names no stage; write months.<stage>, such as months.pilot");
    else if (kl_read_dist(reader, entry, kl_months_row(), &months))
        kl_values_set(reader, values, entry->key, &months, entry, rank);
}

static void refuse_unknown(kl_reader *reader, const kl_node *entry)
{
    kl_suggestion near = kl_suggestion_of(reader, entry->key);
    for (int i = 0; i < KL_N_PARAMS; i++)
        kl_suggestion_try(&near, kl_param_info_of((kl_param_id)i)->name);
    char hint[160];
    kl_error_at_key(reader, entry, "unknown parameter%s",
                    kl_suggestion_text(&near, "; 'klaster params' lists them all", hint));
}

void kl_values_apply_entry(kl_reader *reader, kl_values *values, const kl_node *entry, kl_rank rank)
{
    if (strncmp(entry->key, "months.", strlen("months.")) == 0) {
        apply_length(reader, values, entry, rank);
        return;
    }
    kl_param_id id = kl_param_find(entry->key);
    kl_dist dist;
    if (id == KL_N_PARAMS)
        refuse_unknown(reader, entry);
    else if (kl_read_dist(reader, entry, kl_param_info_of(id), &dist))
        kl_values_set(reader, values, entry->key, &dist, entry, rank);
}

void kl_values_apply(kl_reader *reader, kl_values *values, const kl_node *map, kl_rank rank)
{
    if (!map || kl_node_is_null(map))
        return;
    if (map->kind != KL_NODE_MAP) {
        kl_error_at(reader, map, "takes a map of parameters and values");
        return;
    }
    for (const kl_node *entry = map->first; entry; entry = entry->next)
        kl_values_apply_entry(reader, values, entry, rank);
}
