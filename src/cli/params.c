/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `klaster params`: the tables of parameters and outcomes as text, Markdown or JSON, and the JSON Schema. docs/parameters.md
 * and docs/outcomes.md are its output. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/grid.h"
#include "cli/outcome.h"
#include "cli/reference.h"

typedef struct params_args {
    kl_words operand;
    const char *group;
    int format, json, schema, outcomes;
} params_args;

enum { FORMAT_TEXT, FORMAT_MARKDOWN, FORMAT_JSON };

static const kl_option params_options[] = {
    {"group", 'g', KL_OPTION_TEXT, offsetof(params_args, group), "GROUP", 0, 0,
     "only this group (cluster, campaign, ...)"},
    {"format", 0, KL_OPTION_WORD, offsetof(params_args, format), "text|markdown|json", 0, 0,
     "how to print; text by default"},
    {"json", 0, KL_OPTION_FLAG, offsetof(params_args, json), NULL, 0, 0, "the same as --format json"},
    {"outcomes", 0, KL_OPTION_FLAG, offsetof(params_args, outcomes), NULL, 0, 0,
     "the outcomes of a run and its monthly series instead of the parameters"},
    {"schema", 0, KL_OPTION_FLAG, offsetof(params_args, schema), NULL, 0, 0,
     "the JSON Schema of study files, for editors and other tools"},
    {0},
};

static const char *const params_examples[] = {
    "klaster params",
    "all parameters in a table",
    "klaster params scale_elasticity fee",
    "all that is known about two of them",
    "klaster params --outcomes",
    "what a run yields, and what claims can be about",
    "klaster params --schema > klaster.schema.json",
    "completion and checks in an editor",
    NULL,
};

/* ---- text ---- */

static const char *unit_text(const char *unit)
{
    return strcmp(unit, "1") == 0 ? "" : unit;
}

static kl_status print_param_detail(const kl_term *term, const kl_param_info *info)
{
    char value[KL_NUMBER_SIZE], lo[KL_NUMBER_SIZE], hi[KL_NUMBER_SIZE];
    kl_grid table;
    kl_grid_init(&table, "ll");
    kl_term_print(term, KL_HEAD, info->name);
    fputs("\n  ", term->file);
    kl_term_wrap(term, info->meaning, 2, 2);
    putc('\n', term->file);
    kl_grid_cell(&table, KL_DIM, "group");
    kl_grid_cell(&table, KL_PLAIN, info->group);
    kl_grid_cell(&table, KL_DIM, "default");
    kl_grid_cellf(&table, KL_PLAIN, "%s %s", kl_reference_value(value, sizeof value, info, info->dflt),
                  unit_text(info->unit));
    if (info->kind == KL_KIND_CHOICE) {
        for (int i = 0; i < info->n_choices; i++) {
            kl_grid_cell(&table, KL_DIM, i ? "" : "values");
            kl_grid_cellf(&table, KL_PLAIN, "%s: %s", info->choices[i], info->choice_meanings[i]);
        }
    } else {
        kl_grid_cell(&table, KL_DIM, "bounds");
        kl_grid_cellf(&table, KL_PLAIN, info->kind == KL_KIND_FLAG ? "false or true" : "%s to %s%s",
                      kl_reference_value(lo, sizeof lo, info, info->lo),
                      kl_reference_value(hi, sizeof hi, info, info->hi), info->kind == KL_KIND_INT ? ", whole" : "");
    }
    kl_grid_cell(&table, KL_DIM, "uncertainty");
    kl_grid_cellf(&table, KL_PLAIN, "%s", *info->prior ? info->prior : "none by default");
    kl_grid_cell(&table, KL_DIM, "evidence");
    kl_grid_cell(&table, KL_PLAIN, kl_reference_mark(info->mark));
    kl_grid_cell(&table, KL_DIM, "source");
    kl_grid_cell(&table, KL_PLAIN, info->source);
    kl_status status = kl_grid_print(&table, term);
    kl_grid_free(&table);
    return status;
}

static void print_outcome_detail(const kl_term *term, const char *name, const char *kind, const char *unit,
                                 const char *meaning)
{
    kl_term_print(term, KL_HEAD, name);
    fputs("\n  ", term->file);
    kl_term_wrap(term, meaning, 2, 2);
    fprintf(term->file, "\n  %s; unit %s\n", kind, unit);
}

static int print_names(const kl_cli *cli, const kl_words *names)
{
    kl_status status = KL_OK;
    for (int i = 0; status == KL_OK && i < names->n; i++) {
        const char *name = names->item[i];
        kl_param_id param = kl_param_find(name);
        kl_outcome_id outcome = kl_outcome_find(name);
        kl_series_id series = kl_series_find(name);
        if (i > 0)
            putchar('\n');
        if (param < KL_N_PARAMS)
            status = print_param_detail(&cli->out, kl_param_info_of(param));
        if (outcome < KL_N_OUTCOMES)
            print_outcome_detail(&cli->out, name, "outcome of a run", kl_outcome_info_of(outcome)->unit,
                                 kl_outcome_info_of(outcome)->meaning);
        if (series < KL_N_SERIES)
            print_outcome_detail(&cli->out, name, "monthly series", kl_series_info_of(series)->unit,
                                 kl_series_info_of(series)->meaning);
    }
    return status == KL_OK ? KL_EXIT_OK : kl_fail(cli, kl_exit_of(status), "%s", kl_status_text(status));
}

static int print_params_table(const kl_cli *cli, const char *group)
{
    kl_grid table;
    const char *last = "";
    kl_grid_init(&table, "lrlll");
    for (int i = 0; i < KL_N_PARAMS; i++) {
        const kl_param_info *info = kl_param_info_of((kl_param_id)i);
        char value[KL_NUMBER_SIZE];
        if (group && strcmp(group, info->group) != 0)
            continue;
        if (strcmp(last, info->group) != 0) {
            if (*last)
                kl_grid_heading(&table, KL_PLAIN, "");
            kl_grid_heading(&table, KL_HEAD, info->group);
        }
        last = info->group;
        kl_grid_cell(&table, KL_PLAIN, info->name);
        kl_grid_cell(&table, KL_BOLD, kl_reference_value(value, sizeof value, info, info->dflt));
        kl_grid_cell(&table, KL_DIM, unit_text(info->unit));
        kl_grid_cellf(&table, KL_DIM, "%c%s", info->mark, *info->prior ? "~" : "");
        kl_grid_cell(&table, KL_PLAIN, info->meaning);
    }
    kl_status status = kl_grid_print(&table, &cli->out);
    kl_grid_free(&table);
    putchar('\n');
    kl_term_wrap(&cli->out,
                 "P: the paper; R: read in the source named; M: from memory of the named work; A: an assumption. "
                 "~: drawn anew at each point under `uncertainty: default`. klaster params NAME says more.",
                 0, 0);
    putchar('\n');
    return status == KL_OK ? KL_EXIT_OK : kl_fail(cli, kl_exit_of(status), "%s", kl_status_text(status));
}

static int print_outcomes_table(const kl_cli *cli)
{
    int n;
    const kl_outcome_line *line = kl_outcome_lines(&n);
    kl_grid table;
    kl_grid_init(&table, "lll");
    for (int i = 0; i < n; i++) {
        if (line[i].group) {
            if (i > 0)
                kl_grid_heading(&table, KL_PLAIN, "");
            kl_grid_heading(&table, KL_HEAD, line[i].group);
            continue;
        }
        bool is_series = line[i].outcome < 0;
        const kl_outcome_info *o = is_series ? NULL : kl_outcome_info_of((kl_outcome_id)line[i].outcome);
        const kl_series_info *s = is_series ? kl_series_info_of((kl_series_id)line[i].series) : NULL;
        kl_grid_cell(&table, KL_PLAIN, is_series ? s->name : o->name);
        kl_grid_cell(&table, KL_DIM, unit_text(is_series ? s->unit : o->unit));
        kl_grid_cell(&table, KL_PLAIN, is_series ? s->meaning : o->meaning);
    }
    kl_status status = kl_grid_print(&table, &cli->out);
    kl_grid_free(&table);
    return status == KL_OK ? KL_EXIT_OK : kl_fail(cli, kl_exit_of(status), "%s", kl_status_text(status));
}

/* ---- which names are known ---- */

static int check_names(const kl_cli *cli, const kl_words *names)
{
    const char *all[KL_N_PARAMS + KL_N_OUTCOMES + KL_N_SERIES];
    int n = 0;
    for (int i = 0; i < KL_N_PARAMS; i++)
        all[n++] = kl_param_info_of((kl_param_id)i)->name;
    for (int i = 0; i < KL_N_OUTCOMES; i++)
        all[n++] = kl_outcome_info_of((kl_outcome_id)i)->name;
    for (int i = 0; i < KL_N_SERIES; i++)
        all[n++] = kl_series_info_of((kl_series_id)i)->name;
    for (int i = 0; i < names->n; i++) {
        const char *name = names->item[i];
        if (kl_param_find(name) < KL_N_PARAMS || kl_outcome_find(name) < KL_N_OUTCOMES ||
            kl_series_find(name) < KL_N_SERIES)
            continue;
        const char *nearest = kl_text_nearest(name, all, n);
        return nearest ? kl_fail(cli, KL_EXIT_USAGE, "no parameter or outcome '%s'; did you mean '%s'?", name, nearest)
                       : kl_fail(cli, KL_EXIT_USAGE, "no parameter or outcome '%s'", name);
    }
    return KL_EXIT_OK;
}

static int check_group(const kl_cli *cli, const char *group)
{
    const char *groups[KL_N_PARAMS];
    for (int i = 0; i < KL_N_PARAMS; i++) {
        groups[i] = kl_param_info_of((kl_param_id)i)->group;
        if (strcmp(groups[i], group) == 0)
            return KL_EXIT_OK;
    }
    const char *nearest = kl_text_nearest(group, groups, KL_N_PARAMS);
    return nearest ? kl_fail(cli, KL_EXIT_USAGE, "no group '%s'; did you mean '%s'?", group, nearest)
                   : kl_fail(cli, KL_EXIT_USAGE, "no group '%s'", group);
}

static int print_schema(const kl_cli *cli)
{
    char *schema = kl_study_schema();
    if (!schema)
        return kl_fail(cli, KL_EXIT_IO, "out of memory");
    size_t length = strlen(schema);
    fputs(schema, stdout);
    if (length == 0 || schema[length - 1] != '\n')
        putchar('\n');
    free(schema);
    return KL_EXIT_OK;
}

static int params_print(const kl_cli *cli, const params_args *args)
{
    int code = check_names(cli, &args->operand);
    if (code == KL_EXIT_OK && args->group)
        code = check_group(cli, args->group);
    if (code != KL_EXIT_OK)
        return code;
    if (args->schema)
        return print_schema(cli);
    if (args->json || args->format == FORMAT_JSON)
        return kl_print_json(cli, args->outcomes ? kl_reference_outcomes_json(&args->operand)
                                                 : kl_reference_params_json(&args->operand, args->group));
    if (args->format == FORMAT_MARKDOWN) {
        if (args->outcomes)
            kl_reference_outcomes_markdown(stdout);
        else
            kl_reference_params_markdown(stdout, args->group);
        return KL_EXIT_OK;
    }
    if (args->operand.n > 0)
        return print_names(cli, &args->operand);
    return args->outcomes ? print_outcomes_table(cli) : print_params_table(cli, args->group);
}

static int params_run(const kl_cli *cli, const kl_command *self, int argc, char **argv)
{
    params_args args = {.format = FORMAT_TEXT};
    int code = kl_options_parse(cli, self, argc, argv, &args);
    if (code < 0)
        code = params_print(cli, &args);
    kl_options_free(self, &args);
    return code;
}

const kl_command kl_command_params = {
    .name = "params",
    .operands = "[NAME...]",
    .most = -1,
    .summary = "the parameters and outcomes: meaning, unit, bounds, source",
    .text = "Prints what can be set in a study, or, with --outcomes, what a run yields. With names it says all that is "
            "known "
            "about them: default, bounds, uncertainty, evidence and source.",
    .option = params_options,
    .example = params_examples,
    .run = params_run,
};
