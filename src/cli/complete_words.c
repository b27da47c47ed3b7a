/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The words that an argument can be; see complete.h. Names of arguments are those of the option tables. What cannot be
 * read is not offered. */
#include <stdlib.h>
#include <string.h>

#include "cli/complete.h"
#include "cli/guard.h"

#define STUDY_FILES ".yaml .yml .json"
#define RESULT_FILES ".h5"

/* ---- from tables ---- */

static void outcomes(const kl_completion *c, const char *after)
{
    for (int i = 0; i < KL_N_OUTCOMES; i++) {
        const kl_outcome_info *info = kl_outcome_info_of((kl_outcome_id)i);
        kl_complete_offer(c, info->name, after, info->meaning);
    }
}

static void series(const kl_completion *c)
{
    for (int i = 0; i < KL_N_SERIES; i++)
        kl_complete_offer(c, kl_series_info_of((kl_series_id)i)->name, "", kl_series_info_of((kl_series_id)i)->meaning);
}

static void statuses(const kl_completion *c)
{
    for (int i = 0; i < KL_N_RUN_STATUS; i++)
        kl_complete_offer(c, kl_run_status_word(i), "", kl_run_status_meaning(i));
}

static void params(const kl_completion *c, const char *after)
{
    for (int i = 0; i < KL_N_PARAMS; i++) {
        const kl_param_info *info = kl_param_info_of((kl_param_id)i);
        kl_complete_offer(c, info->name, after, info->meaning);
    }
}

static void groups(const kl_completion *c)
{
    const char *last = "";
    for (int i = 0; i < KL_N_PARAMS; i++) {
        const char *group = kl_param_info_of((kl_param_id)i)->group;
        if (strcmp(group, last) != 0)
            kl_complete_offer(c, group, "", NULL);
        last = group;
    }
}

static void commands(const kl_completion *c)
{
    for (const kl_command_group *g = kl_command_groups(); g->heading; g++)
        for (int i = 0; g->command[i]; i++)
            kl_complete_offer(c, g->command[i]->name, "", g->command[i]->summary);
}

/* "text|markdown|json" */
static void words(const kl_completion *c, const char *list)
{
    while (*list) {
        char word[64];
        size_t length = strcspn(list, "|");
        snprintf(word, sizeof word, "%.*s", (int)length, list);
        kl_complete_offer(c, word, "", NULL);
        list += length + (list[length] == '|');
    }
}

static void files(const kl_completion *c, const char *endings)
{
    fprintf(c->cli->out.file, ":files %s\n", endings);
}

static void offer_scenario(void *data, const char *name)
{
    kl_complete_offer(data, name, "", "a study that came with klaster");
}

/* ---- from the study or result file on the line ---- */

typedef enum subject_part { ARMS, CLAIMS, INPUTS } subject_part;

static void study_words(const kl_completion *c, const kl_study *study, subject_part part, const char *after)
{
    int n;
    for (int i = 0; part == ARMS && i < study->n_arms; i++)
        kl_complete_offer(c, study->arm[i].name, after, study->arm[i].label);
    for (int i = 0; part == CLAIMS && i < study->n_claims; i++)
        kl_complete_offer(c, study->claim[i].name, after, kl_outcome_info_of(study->claim[i].metric)->meaning);
    if (part != INPUTS)
        return;
    kl_input *input = kl_inputs_of(study, &n);
    for (int i = 0; input && i < n; i++)
        kl_complete_offer(c, input[i].name, after, NULL);
    free(input);
}

static void subject_words(const kl_completion *c, subject_part part, const char *after)
{
    if (!c->subject)
        return;
    if (kl_is_result_file(c->subject)) {
        kl_result result;
        if (kl_guard_open(c->cli, &result, c->subject, NULL) != KL_OK)
            return;
        study_words(c, &result.study, part, after);
        kl_result_close(&result);
        return;
    }
    kl_study study;
    kl_diagnostics found;
    if (kl_study_load(&study, c->subject, NULL, &found) == KL_OK)
        study_words(c, &study, part, after);
    kl_diagnostics_free(&found);
    kl_study_free(&study);
}

static void tables(const kl_completion *c)
{
    kl_result result;
    kl_saved_table *table = NULL;
    int n = 0;
    if (!c->subject || !kl_is_result_file(c->subject) || kl_guard_open(c->cli, &result, c->subject, NULL) != KL_OK)
        return;
    if (kl_result_tables(&result, &n, &table, NULL) == KL_OK)
        for (int i = 0; i < n; i++)
            kl_complete_offer(c, table[i].table.name, "", table[i].table.title);
    kl_saved_tables_free(n, table);
    kl_result_close(&result);
}

/* ---- words of two parts ---- */

/* Where the word has gone beyond the last of these marks, only what follows is completed: true. */
static bool step_over(kl_completion *c, const char *marks)
{
    const char *last = NULL;
    for (const char *p = c->begun; *p; p++)
        if (strchr(marks, *p))
            last = p;
    if (!last)
        return false;
    size_t at = strlen(c->before);
    snprintf(c->before + at, sizeof c->before - at, "%.*s", (int)(last + 1 - c->begun), c->begun);
    c->begun = last + 1;
    return true;
}

/* "fee=0.02", "ARM.graph=scale_free" */
static void settings(kl_completion *c)
{
    char key[128];
    const char *begun = c->begun, *equals = strchr(begun, '=');
    if (!equals) {
        params(c, "=");
        if (strchr(begun, '.') && step_over(c, "."))
            params(c, "=");
        else
            subject_words(c, ARMS, ".");
        return;
    }
    snprintf(key, sizeof key, "%.*s", (int)(equals - begun), begun);
    const char *dot = strchr(key, '.');
    kl_param_id id = kl_param_find(dot ? dot + 1 : key);
    if (id >= KL_N_PARAMS || !step_over(c, "="))
        return;
    const kl_param_info *info = kl_param_info_of(id);
    for (int i = 0; i < info->n_choices; i++)
        kl_complete_offer(c, info->choices[i], "", info->choice_meanings[i]);
    if (info->kind == KL_KIND_FLAG)
        words(c, "false|true");
}

/* "saving_joint:mean=0.002" */
static void precisions(kl_completion *c)
{
    if (strchr(c->begun, '='))
        return;
    if (step_over(c, ":")) {
        static const char *const stats[] = {"mean", "q50", "q95", "share", "diff"};
        for (size_t i = 0; i < sizeof stats / sizeof stats[0]; i++)
            kl_complete_offer(c, stats[i], "=", NULL);
        return;
    }
    subject_words(c, CLAIMS, ":");
    outcomes(c, ":");
}

/* "trade=fee,margin" */
static void input_groups(kl_completion *c)
{
    if (step_over(c, "=,"))
        subject_words(c, INPUTS, "");
}

/* ---- all ---- */

/* NAME is what the option or the command is about. */
static void names(kl_completion *c, const char *option)
{
    if (strcmp(option, "metric") == 0) {
        outcomes(c, "");
        if (c->command == &kl_command_sensitivity)
            statuses(c);
    } else if (strcmp(option, "claim") == 0) {
        subject_words(c, CLAIMS, "");
    } else if (strcmp(option, "table") == 0) {
        tables(c);
    } else if (!*option) { /* klaster params NAME */
        params(c, "");
        outcomes(c, "");
        series(c);
    }
}

void kl_complete_argument(kl_completion *c, const char *argument, const char *option)
{
    bool is_operand = !*option;
    if (strcmp(argument, "ARM") == 0)
        subject_words(c, ARMS, "");
    else if (strcmp(argument, "METRIC") == 0)
        outcomes(c, "");
    else if (strcmp(argument, "NAME") == 0)
        names(c, option);
    else if (strcmp(argument, "TABLE") == 0)
        tables(c);
    else if (strcmp(argument, "GROUP") == 0)
        groups(c);
    else if (strcmp(argument, "COMMAND") == 0)
        commands(c);
    else if (strcmp(argument, "CONDITION") == 0)
        outcomes(c, "");
    else if (strcmp(argument, "CLAIM=SHARE") == 0 && !strchr(c->begun, '='))
        subject_words(c, CLAIMS, "=");
    else if (strcmp(argument, "KEY=VALUE") == 0)
        settings(c);
    else if (strcmp(argument, "NAME:STAT=HALFWIDTH") == 0)
        precisions(c);
    else if (strcmp(argument, "NAME=INPUT,INPUT...") == 0)
        input_groups(c);
    else if (strcmp(argument, "FILE|STUDY") == 0 || (is_operand && strcmp(argument, "STUDY") == 0)) {
        kl_scenario_names(offer_scenario, c);
        files(c, argument[0] == 'F' ? RESULT_FILES " " STUDY_FILES : STUDY_FILES);
    } else if (strcmp(argument, "FILE") == 0)
        files(c, is_operand ? RESULT_FILES : "");
    else if (strcmp(argument, "FILE.yaml") == 0)
        files(c, STUDY_FILES);
    else if (strcmp(argument, "OUT.html") == 0)
        files(c, ".html");
    else if (strcmp(argument, "DIR") == 0)
        fputs(":dirs\n", c->cli->out.file);
    else if (strchr(argument, '|'))
        words(c, argument);
}
