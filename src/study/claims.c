/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Claims: what a text says about an outcome, as an interval and the place where it stands. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "study/reader.h"

static int read_metric(kl_reader *reader, const kl_node *node, kl_outcome_id *metric)
{
    const char *word;
    if (!kl_read_text(reader, node, &word))
        return 0;
    *metric = kl_outcome_find(word);
    if (*metric != KL_N_OUTCOMES)
        return 1;
    kl_suggestion near = kl_suggestion_of(reader, word);
    for (int i = 0; i < KL_N_OUTCOMES; i++)
        kl_suggestion_try(&near, kl_outcome_info_of((kl_outcome_id)i)->name);
    char hint[160];
    kl_error_at(reader, node, "'%.60s' is no outcome%s", word,
                kl_suggestion_text(&near, "; docs/outcomes.md lists them", hint));
    return 0;
}

/* A number, or null, .inf or -.inf for an open end. */
static int read_end(kl_reader *reader, const kl_node *node, double open, double *value)
{
    const char *t = node->kind == KL_NODE_TEXT && node->plain ? node->text : "?";
    if (node->kind == KL_NODE_TEXT && kl_node_is_null(node)) {
        *value = open;
        return 1;
    }
    if (strcmp(t, ".inf") == 0 || strcmp(t, "+.inf") == 0 || strcmp(t, "-.inf") == 0) {
        *value = t[0] == '-' ? -INFINITY : INFINITY;
        return 1;
    }
    return kl_read_number(reader, node, value);
}

static int read_interval(kl_reader *reader, const kl_node *node, kl_claim *claim)
{
    if (node->kind != KL_NODE_LIST || node->n != 2) {
        kl_error_at(reader, node, "takes a list of two ends: [0.3, 0.4]; null leaves an end open");
        return 0;
    }
    int fine = read_end(reader, node->first, -INFINITY, &claim->lo);
    if (!read_end(reader, node->first->next, INFINITY, &claim->hi) || !fine)
        return 0;
    if (!(claim->lo <= claim->hi) || (isinf(claim->lo) && claim->lo > 0) || (isinf(claim->hi) && claim->hi < 0)) {
        kl_error_at(reader, node, "the lower end lies above the upper");
        return 0;
    }
    if (isinf(claim->lo) && isinf(claim->hi)) {
        kl_error_at(reader, node, "both ends are open: every world would meet the claim");
        return 0;
    }
    return 1;
}

static void read_claim(kl_reader *reader, kl_study *study, const kl_node *node)
{
    static const char *const keys[] = {"name", "metric", "interval", "source"};
    if (!kl_read_keys(reader, node, keys, (int)(sizeof keys / sizeof keys[0]), "a claim"))
        return;
    int fine = 1;
    for (int i = 0; i < 3; i++)
        if (!kl_node_entry(node, keys[i])) {
            kl_error_at(reader, node, "'%s' is missing in the claim", keys[i]);
            fine = 0;
        }
    const kl_node *name = kl_node_entry(node, "name"), *metric = kl_node_entry(node, "metric");
    const kl_node *interval = kl_node_entry(node, "interval"), *source = kl_node_entry(node, "source");
    kl_claim claim = {0};
    const char *name_text = "", *source_text = "";
    if (name)
        fine = kl_read_name(reader, name, &name_text) && fine;
    if (metric)
        fine = read_metric(reader, metric, &claim.metric) && fine;
    if (interval)
        fine = read_interval(reader, interval, &claim) && fine;
    if (source)
        fine = kl_read_text(reader, source, &source_text) && fine;
    for (int i = 0; name && i < study->n_claims; i++)
        if (strcmp(study->claim[i].name, name_text) == 0) {
            kl_error_at(reader, name, "an earlier claim is called '%.64s' already", name_text);
            fine = 0;
        }
    if (!fine)
        return;
    claim.name = kl_reader_copy(reader, name_text);
    claim.source = kl_reader_copy(reader, source_text);
    if (!claim.name || !claim.source) {
        free(claim.name);
        free(claim.source);
        return;
    }
    study->claim[study->n_claims++] = claim;
}

void kl_study_read_claims(kl_reader *reader, kl_study *study, const kl_node *claims)
{
    if (!claims || kl_node_is_null(claims))
        return;
    if (claims->kind != KL_NODE_LIST) {
        kl_error_at(reader, claims, "takes a list of claims");
        return;
    }
    if (claims->n > KL_CLAIMS_MAX) {
        kl_error_at(reader, claims, "%d claims; at most %d are allowed", claims->n, KL_CLAIMS_MAX);
        return;
    }
    if (claims->n == 0)
        return;
    study->claim = calloc((size_t)claims->n, sizeof *study->claim);
    if (!study->claim) {
        reader->no_memory = 1;
        return;
    }
    for (const kl_node *claim = claims->first; claim; claim = claim->next)
        read_claim(reader, study, claim);
}
