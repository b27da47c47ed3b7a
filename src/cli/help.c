/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `klaster help`: the commands by what they are for, or how one is used; the same as JSON and as manual pages. All of it is
 * made from the tables of the commands. */
#include <string.h>

#include "cli/cli.h"
#include "cli/grid.h"
#include "cli/man.h"

typedef struct help_args {
    kl_words operand;
    int man, json;
} help_args;

static const kl_option help_options[] = {
    {"json", 0, KL_OPTION_FLAG, offsetof(help_args, json), NULL, 0, 0,
     "print JSON: commands, their options and examples"},
    {"man", 0, KL_OPTION_FLAG, offsetof(help_args, man), NULL, 0, 0,
     "print the manual page that is installed as klaster(1) or klaster-COMMAND(1), for man -l; of 'study', "
     "klaster-study(5)"},
    {0},
};

static const char *const help_examples[] = {
    "klaster help run", "how a study is played", "klaster help run --man | man -l -", "the same as a manual page", NULL,
};

/* ---- text ---- */

static kl_status print_commands(const kl_term *term)
{
    kl_status status = KL_OK;
    for (const kl_command_group *g = kl_command_groups(); status == KL_OK && g->heading; g++) {
        kl_grid table;
        kl_term_heading(term, g->heading, NULL);
        kl_grid_init(&table, "ll");
        for (int i = 0; g->command[i]; i++) {
            const kl_command *c = g->command[i];
            char usage[64];
            snprintf(usage, sizeof usage, "%s%s%s", c->name, *c->operands ? " " : "", c->operands);
            kl_grid_cellf(&table, KL_BOLD, "%-18s", usage); /* in one column, whatever the group */
            kl_grid_cell(&table, KL_PLAIN, c->summary);
        }
        status = kl_grid_print(&table, term);
        kl_grid_free(&table);
    }
    return status;
}

static kl_status print_exit_codes(const kl_term *term)
{
    kl_grid table;
    kl_term_heading(term, "Exit codes", NULL);
    kl_grid_init(&table, "ll");
#define KL_EXIT_ROW(name, number, meaning)        \
    kl_grid_cellf(&table, KL_BOLD, "%d", number); \
    kl_grid_cell(&table, KL_PLAIN, meaning);
    KL_EXIT_LIST(KL_EXIT_ROW)
#undef KL_EXIT_ROW
    kl_grid_cell(&table, KL_BOLD, KL_EXIT_STOPPED_NUMBERS);
    kl_grid_cell(&table, KL_PLAIN, KL_EXIT_STOPPED_MEANING);
    kl_status status = kl_grid_print(&table, term);
    kl_grid_free(&table);
    return status;
}

static int print_all(const kl_cli *cli)
{
    const kl_term *term = &cli->out;
    kl_term_wrap(term, "klaster - does a marketing ecosystem pay for an industrial cluster, and how sure is that?", 0,
                 0);
    fputs("\n\nUsage: klaster COMMAND [ARGUMENT]... [OPTION]...\n", term->file);
    kl_status status = print_commands(term);
    if (status == KL_OK)
        status = print_exit_codes(term);
    kl_term_heading(term, "Start here", NULL);
    fputs("  klaster run paper                 the claims of the paper, 54 firms, 60 months\n"
          "  klaster summary results/paper.h5\n"
          "  klaster report results/paper.h5   and open results/paper.html\n"
          "  klaster init my-study.yaml        a study of your own, with comments\n\n"
          "Results go to standard output, messages and progress to standard error.\n"
          "klaster help COMMAND says more about a command.\n",
          term->file);
    return status == KL_OK ? KL_EXIT_OK : kl_fail(cli, kl_exit_of(status), "%s", kl_status_text(status));
}

/* ---- JSON ---- */

static json_t *options_json(const kl_command *c)
{
    json_t *options = json_array();
    for (const kl_option *o = c->option; o && o->name; o++) {
        char letter[2] = {o->letter, '\0'};
        json_t *option =
            json_pack("{s:s, s:s, s:b}", "name", o->name, "meaning", o->meaning, "repeats", o->kind == KL_OPTION_LIST);
        if (o->letter)
            json_object_set_new(option, "letter", json_string(letter));
        if (o->argument)
            json_object_set_new(option, "argument", json_string(o->argument));
        if (o->kind == KL_OPTION_COUNT) {
            json_object_set_new(option, "lowest", json_integer(o->lo));
            json_object_set_new(option, "highest", json_integer(o->hi));
        }
        json_array_append_new(options, option);
    }
    return options;
}

static json_t *command_json(const char *group, const kl_command *c)
{
    json_t *examples = json_array();
    for (int i = 0; c->example && c->example[i]; i += 2)
        json_array_append_new(examples, json_pack("{s:s, s:s}", "line", c->example[i], "meaning", c->example[i + 1]));
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:o}", "name", c->name, "group", group, "operands", c->operands,
                     "summary", c->summary, "text", c->text, "options", options_json(c), "examples", examples);
}

static int print_json(const kl_cli *cli, const kl_command *only)
{
    json_t *commands = json_array();
    for (const kl_command_group *g = kl_command_groups(); g->heading; g++)
        for (int i = 0; g->command[i]; i++)
            if (!only || only == g->command[i])
                json_array_append_new(commands, command_json(g->heading, g->command[i]));
    return kl_print_json(cli, json_pack("{s:o}", "commands", commands));
}

/* ---- the command ---- */

static int help_print(const kl_cli *cli, const help_args *args)
{
    const char *name = args->operand.n > 0 ? args->operand.item[0] : NULL;
    if (args->man && name && strcmp(name, "study") == 0)
        return kl_man_print_study(cli);
    const kl_command *command = name ? kl_command_find(name) : NULL;
    if (name && !command)
        return kl_command_unknown(cli, name);
    if (args->json)
        return print_json(cli, command);
    if (args->man)
        return command ? kl_man_print(cli, command) : kl_man_print_all(cli);
    if (!command)
        return print_all(cli);
    kl_status status = kl_options_help(&cli->out, command);
    return status == KL_OK ? KL_EXIT_OK : kl_fail(cli, kl_exit_of(status), "%s", kl_status_text(status));
}

static int help_run(const kl_cli *cli, const kl_command *self, int argc, char **argv)
{
    help_args args = {.man = 0};
    int code = kl_options_parse(cli, self, argc, argv, &args);
    if (code < 0)
        code = help_print(cli, &args);
    kl_options_free(self, &args);
    return code;
}

const kl_command kl_command_help = {
    .name = "help",
    .operands = "[COMMAND]",
    .most = 1,
    .summary = "what the commands do, and how they are used",
    .text = "Prints the commands, or how one of them is used.",
    .option = help_options,
    .example = help_examples,
    .run = help_run,
};
