/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Targets: what was observed of an outcome, or of a series at the end of a month, and how exactly. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "study/reader.h"

static int no_outcome(kl_reader *reader, const kl_node *node, const char *word)
{
    kl_suggestion near = kl_suggestion_of(reader, word);
    for (int i = 0; i < KL_N_OUTCOMES; i++)
        kl_suggestion_try(&near, kl_outcome_info_of((kl_outcome_id)i)->name);
    char hint[160];
    kl_series_id series = kl_series_find(word);
    if (series != KL_N_SERIES)
        kl_error_at(reader, node, "'%.60s' is a series; say its month: %.60s@%d", word, word, 12);
    else
        kl_error_at(reader, node, "'%.60s' is no outcome%s", word,
                    kl_suggestion_text(&near, "; docs/outcomes.md lists them", hint));
    return 0;
}

static int no_series(kl_reader *reader, const kl_node *node, const char *word)
{
    kl_suggestion near = kl_suggestion_of(reader, word);
    for (int i = 0; i < KL_N_SERIES; i++)
        kl_suggestion_try(&near, kl_series_info_of((kl_series_id)i)->name);
    char hint[160];
    kl_error_at(reader, node, "'%.60s' is no monthly series%s", word,
                kl_suggestion_text(&near, "; docs/outcomes.md lists them", hint));
    return 0;
}

/* "outcome" or "series@month" */
static int read_metric(kl_reader *reader, const kl_study *study, const kl_node *node, kl_observation *target)
{
    const char *text;
    if (!kl_read_text(reader, node, &text))
        return 0;
    const char *at = strchr(text, '@');
    target->outcome = -1;
    if (!at) {
        kl_outcome_id id = kl_outcome_find(text);
        if (id == KL_N_OUTCOMES)
            return no_outcome(reader, node, text);
        target->outcome = (int)id;
        return 1;
    }
    char word[64];
    double month;
    snprintf(word, sizeof word, "%.*s", (int)(at - text < 63 ? at - text : 63), text);
    target->series = (int)kl_series_find(word);
    if (target->series == KL_N_SERIES)
        return no_series(reader, node, word);
    if (kl_number_parse(at + 1, &month) != KL_NUMBER_FINE || month != floor(month) ||
        !(month >= 1 && month <= study->horizon)) {
        kl_error_at(reader, node, "'%.40s' is no month of this study: 1 to %d, such as %.60s@%d", at + 1,
                    study->horizon, word, study->horizon);
        return 0;
    }
    target->month = (int)month;
    return 1;
}

static int read_sd(kl_reader *reader, const kl_node *node, double *sd)
{
    if (!kl_read_number(reader, node, sd))
        return 0;
    if (*sd > 0)
        return 1;
    kl_error_at(reader, node,
                "%.10g: a tolerance is a standard deviation above 0; nothing is measured, or modelled, without error",
                *sd);
    return 0;
}

static int read_arm(kl_reader *reader, const kl_study *study, const kl_node *node, int *arm)
{
    const char *name;
    if (!kl_read_text(reader, node, &name))
        return 0;
    kl_suggestion near = kl_suggestion_of(reader, name);
    for (int i = 0; study->arm && i < study->n_arms; i++) {
        if (!study->arm[i].name)
            continue; /* an arm with errors */
        if (strcmp(study->arm[i].name, name) == 0) {
            *arm = i;
            return 1;
        }
        kl_suggestion_try(&near, study->arm[i].name);
    }
    char hint[160];
    kl_error_at(reader, node, "'%.64s' is no arm of this study%s", name, kl_suggestion_text(&near, "", hint));
    return 0;
}

static int is_new(kl_reader *reader, const kl_study *study, const kl_node *node, const kl_observation *target)
{
    for (int i = 0; i < study->n_targets; i++) {
        const kl_observation *other = &study->target[i];
        if (other->arm == target->arm && other->outcome == target->outcome &&
            (target->outcome >= 0 || (other->series == target->series && other->month == target->month))) {
            kl_error_at(reader, node, "an earlier target is about the same");
            return 0;
        }
    }
    return 1;
}

/* The metric as it is written once read: "members@24". */
static char *metric_text(kl_reader *reader, const kl_observation *target)
{
    char text[96];
    if (target->outcome >= 0)
        return kl_reader_copy(reader, kl_outcome_info_of((kl_outcome_id)target->outcome)->name);
    snprintf(text, sizeof text, "%.60s@%d", kl_series_info_of((kl_series_id)target->series)->name, target->month);
    return kl_reader_copy(reader, text);
}

static void read_target(kl_reader *reader, kl_study *study, const kl_node *node)
{
    static const char *const keys[] = {"metric", "value", "tolerance", "arm", "source"};
    if (!kl_read_keys(reader, node, keys, (int)(sizeof keys / sizeof keys[0]), "a target"))
        return;
    int fine = 1;
    for (int i = 0; i < 3; i++)
        if (!kl_node_entry(node, keys[i])) {
            kl_error_at(reader, node, "'%s' is missing in the target", keys[i]);
            fine = 0;
        }
    const kl_node *metric = kl_node_entry(node, "metric"), *value = kl_node_entry(node, "value");
    const kl_node *tolerance = kl_node_entry(node, "tolerance"), *arm = kl_node_entry(node, "arm");
    const kl_node *source = kl_node_entry(node, "source");
    kl_observation target = {.arm = study->baseline};
    const char *source_text = "";
    if (metric)
        fine = read_metric(reader, study, metric, &target) && fine;
    if (value)
        fine = kl_read_number(reader, value, &target.value) && fine;
    if (tolerance)
        fine = read_sd(reader, tolerance, &target.sd) && fine;
    if (arm)
        fine = read_arm(reader, study, arm, &target.arm) && fine;
    if (source)
        fine = kl_read_text(reader, source, &source_text) && fine;
    if (!fine || !is_new(reader, study, metric, &target))
        return;
    target.metric = metric_text(reader, &target);
    target.source = kl_reader_copy(reader, source_text);
    if (!target.metric || !target.source) {
        free(target.metric);
        free(target.source);
        return;
    }
    study->target[study->n_targets++] = target;
}

void kl_study_read_targets(kl_reader *reader, kl_study *study, const kl_node *targets)
{
    if (!targets || kl_node_is_null(targets))
        return;
    if (targets->kind != KL_NODE_LIST) {
        kl_error_at(reader, targets, "takes a list of targets");
        return;
    }
    if (targets->n > KL_TARGETS_MAX) {
        kl_error_at(reader, targets, "%d targets; at most %d are allowed", targets->n, KL_TARGETS_MAX);
        return;
    }
    if (targets->n == 0)
        return;
    study->target = calloc((size_t)targets->n, sizeof *study->target);
    if (!study->target) {
        reader->no_memory = 1;
        return;
    }
    for (const kl_node *target = targets->first; target; target = target->next)
        read_target(reader, study, target);
}
