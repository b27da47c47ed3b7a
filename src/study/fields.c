/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Small things read from a tree: keys, names, texts, numbers. Each says what is wrong and what would be right. */
#include <math.h>
#include <string.h>

#include "study/reader.h"

static const char *kind_in_words(const kl_node *node)
{
    return node->kind == KL_NODE_LIST ? "a list" : node->kind == KL_NODE_MAP ? "a map" : "text";
}

int kl_read_keys(kl_reader *reader, const kl_node *map, const char *const *keys, int n, const char *what)
{
    if (map->kind != KL_NODE_MAP) {
        kl_error_at(reader, map, "%s is a map of keys and values, not %s", what, kind_in_words(map));
        return 0;
    }
    int has_parameters = 0;
    for (int i = 0; i < n; i++)
        has_parameters |= strcmp(keys[i], "parameters") == 0;
    for (const kl_node *entry = map->first; entry; entry = entry->next) {
        int known = 0;
        for (int i = 0; i < n && !known; i++)
            known = strcmp(entry->key, keys[i]) == 0;
        if (known)
            continue;
        kl_suggestion near = kl_suggestion_of(reader, entry->key);
        for (int i = 0; i < n; i++)
            kl_suggestion_try(&near, keys[i]);
        char hint[160];
        if (has_parameters && kl_param_find(entry->key) != KL_N_PARAMS)
            kl_error_at_key(reader, entry, "unknown key; '%.80s' is a parameter: put it under 'parameters'",
                            entry->key);
        else
            kl_error_at_key(reader, entry, "unknown key in %s%s", what, kl_suggestion_text(&near, "", hint));
    }
    return 1;
}

int kl_read_text(kl_reader *reader, const kl_node *node, const char **text)
{
    if (node->kind != KL_NODE_TEXT) {
        kl_error_at(reader, node, "takes text, not %s", kind_in_words(node));
        return 0;
    }
    *text = kl_node_is_null(node) ? "" : node->text;
    return 1;
}

int kl_name_is_legal(const char *name)
{
    size_t n = strlen(name);
    return n >= 1 && n <= KL_NAME_MAX &&
           strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-") == n;
}

int kl_read_name(kl_reader *reader, const kl_node *node, const char **text)
{
    if (!kl_read_text(reader, node, text))
        return 0;
    if (!kl_name_is_legal(*text)) {
        kl_error_at(reader, node, "'%.70s' is no name: 1 to 64 of A-Z a-z 0-9 _ . - are allowed", *text);
        return 0;
    }
    return 1;
}

int kl_read_number(kl_reader *reader, const kl_node *node, double *value)
{
    if (node->kind != KL_NODE_TEXT) {
        kl_error_at(reader, node, "takes a number, not %s", kind_in_words(node));
        return 0;
    }
    if (kl_node_is_null(node)) {
        kl_error_at(reader, node, "the number is missing");
        return 0;
    }
    switch (kl_number_parse(node->text, value)) {
    case KL_NUMBER_LARGE:
        kl_error_at(reader, node, "%.40s is too large", node->text);
        return 0;
    case KL_NUMBER_NONE:
        kl_error_at(reader, node, "'%.60s' is not a number; write it like 1200, 0.35 or 1.5e6", node->text);
        return 0;
    default:
        break;
    }
    if (!node->plain) {
        kl_error_at(reader, node, "\"%.40s\" is text; write the number without quotes", node->text);
        return 0;
    }
    return 1;
}

int kl_read_whole(kl_reader *reader, const kl_node *node, double lo, double hi, double *value)
{
    if (!kl_read_number(reader, node, value))
        return 0;
    if (*value != floor(*value)) {
        kl_error_at(reader, node, "%.40s is not a whole number", node->text);
        return 0;
    }
    if (!(*value >= lo && *value <= hi)) {
        kl_error_at(reader, node, "%.40s is outside %.16g .. %.16g", node->text, lo, hi);
        return 0;
    }
    return 1;
}
