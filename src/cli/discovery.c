/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Conditions put to the arms of a result file. */
#include "cli/discovery.h"

#include <stdlib.h>

typedef struct work {
    const kl_cli *cli;
    const kl_result *result;
    const kl_discovery_args *args;
    int n_arms, n_findings, n_few;
    int *arm;
    kl_finding *finding;
    double *value;
    int8_t *hit;
} work;

static int choose_arms(work *w)
{
    const kl_words *names = w->args->arm;
    for (int a = 0; a < w->n_arms; a++) {
        w->arm[a] = names->n > 0 ? kl_find_arm(w->cli, &w->result->study, names->item[a]) : a;
        if (w->arm[a] < 0)
            return KL_EXIT_USAGE;
    }
    return KL_EXIT_OK;
}

static int ask(work *w, const kl_condition *condition, int arm)
{
    const kl_study *study = &w->result->study;
    kl_discovery_options options = kl_discovery_defaults(study->seed);
    options.boxes = w->args->boxes;
    kl_status status = kl_condition_read(condition, w->result, arm, w->args->undefined_fails, w->value, w->hit);
    if (status == KL_ERR_NOT_FOUND)
        return kl_fail(w->cli, KL_EXIT_USAGE,
                       "%s: the file, of another version of klaster, does not have the metric of '%s'", w->args->path,
                       condition->text);
    if (status == KL_OK) {
        kl_finding *finding = &w->finding[w->n_findings++];
        status = kl_finding_make(finding, study, arm, condition->text, w->hit, &options);
    }
    if (status == KL_ERR_NOT_FOUND) { /* its share is there, and said */
        w->n_few++;
        return KL_EXIT_OK;
    }
    return status == KL_OK ? KL_EXIT_OK : kl_fail(w->cli, kl_exit_of(status), "%s", kl_status_text(status));
}

/* For people sentences, and the tables on request. */
static int print(work *w, const kl_table *table)
{
    const kl_tables_args *tables = w->args->tables;
    kl_status status = KL_OK;
    if (!kl_tables_are_text(tables) || tables->table || tables->explain)
        return kl_tables_print(w->cli, tables, KL_DISCOVERY_TABLES, table);
    for (int k = 0; status == KL_OK && k < w->n_findings; k++)
        status = kl_discovery_print(&w->cli->out, &w->result->study, &w->finding[k], w->args->show);
    if (status != KL_OK)
        return kl_fail(w->cli, kl_exit_of(status), "%s", kl_status_text(status));
    fputs("\n  Shares in [ ]: 95 % Monte Carlo intervals, in worlds held out from the search.\n"
          "  --explain says how this was computed and shows the tables.\n",
          w->cli->out.file);
    return KL_EXIT_OK;
}

static int output(work *w)
{
    kl_table table[KL_DISCOVERY_TABLES];
    kl_status status = kl_discovery_tables(table, w->args->prefix, &w->result->study, w->n_findings, w->finding);
    int code = status == KL_OK ? print(w, table) : kl_fail(w->cli, kl_exit_of(status), "%s", kl_status_text(status));
    if (code == KL_EXIT_OK)
        code = kl_tables_save(w->cli, w->args->tables, KL_DISCOVERY_TABLES, table, w->args->path);
    for (int t = 0; t < KL_DISCOVERY_TABLES; t++)
        kl_table_free(&table[t]);
    return code;
}

static void work_free(work *w)
{
    for (int k = 0; w->finding && k < w->n_findings; k++)
        kl_finding_free(&w->finding[k]);
    free(w->arm);
    free(w->finding);
    free(w->value);
    free(w->hit);
}

static int work_init(work *w, const kl_cli *cli, const kl_result *result, const kl_discovery_args *args)
{
    size_t n_worlds = (size_t)result->study.n_points * (size_t)result->study.n_replicates;
    *w = (work){.cli = cli, .result = result, .args = args};
    w->n_arms = args->arm->n > 0 ? args->arm->n : result->study.n_arms;
    w->arm = calloc((size_t)w->n_arms + 1, sizeof *w->arm);
    w->finding = calloc((size_t)w->n_arms * (size_t)args->n_conditions + 1, sizeof *w->finding);
    w->value = malloc((n_worlds + 1) * sizeof *w->value);
    w->hit = malloc(n_worlds + 1);
    if (!w->arm || !w->finding || !w->value || !w->hit)
        return kl_fail(cli, KL_EXIT_IO, "out of memory");
    return choose_arms(w);
}

static int ask_all(work *w)
{
    int code = KL_EXIT_OK;
    for (int c = 0; code == KL_EXIT_OK && c < w->args->n_conditions; c++)
        for (int a = 0; code == KL_EXIT_OK && a < w->n_arms; a++)
            code = ask(w, &w->args->condition[c], w->arm[a]);
    return code;
}

int kl_discovery_make(const kl_cli *cli, const kl_result *result, const kl_discovery_args *args,
                      kl_table table[KL_DISCOVERY_TABLES])
{
    work w;
    for (int t = 0; t < KL_DISCOVERY_TABLES; t++)
        table[t] = (kl_table){0};
    int code = work_init(&w, cli, result, args);
    if (code == KL_EXIT_OK)
        code = ask_all(&w);
    if (code == KL_EXIT_OK) {
        kl_status status = kl_discovery_tables(table, args->prefix, &result->study, w.n_findings, w.finding);
        if (status != KL_OK)
            code = kl_fail(cli, kl_exit_of(status), "%s", kl_status_text(status));
    }
    work_free(&w);
    return code;
}

int kl_discovery_run(const kl_cli *cli, const kl_result *result, const kl_discovery_args *args)
{
    work w;
    int code = work_init(&w, cli, result, args);
    if (code == KL_EXIT_OK && !result->complete)
        kl_say(cli, KL_WARN, "%s is incomplete: worlds that were not run are left out", args->path);
    if (code == KL_EXIT_OK)
        code = ask_all(&w);
    if (code == KL_EXIT_OK)
        code = output(&w);
    if (code == KL_EXIT_OK && w.n_few > 0)
        kl_say(cli, KL_WARN, "in %d of %d answers too few points count to look where it holds: at least 40 are needed",
               w.n_few, w.n_findings);
    work_free(&w);
    return code;
}
