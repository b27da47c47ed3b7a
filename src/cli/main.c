/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `klaster`: finds the command and hands over. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/grid.h"
#include "cli/guard.h"

const kl_command *const *kl_commands(void)
{
    static const kl_command *const commands[] = {
        &kl_command_run,       &kl_command_check,
        &kl_command_params,    &kl_command_summary,
        &kl_command_replay,    &kl_command_export,
        &kl_command_show,      &kl_command_compare,
        &kl_command_decide,    &kl_command_sensitivity,
        &kl_command_calibrate, &kl_command_discover,
        &kl_command_claims,    &kl_command_synergy,
        &kl_command_report,    &kl_command_verify,
        &kl_command_diff,      &kl_command_merge,
        &kl_command_init,      &kl_command_version,
        &kl_command_help,      NULL,
    };
    return commands;
}

static const kl_command *find_command(const char *name)
{
    for (const kl_command *const *c = kl_commands(); *c; c++)
        if (strcmp((*c)->name, name) == 0)
            return *c;
    return NULL;
}

static int unknown_command(const kl_cli *cli, const char *name)
{
    const char *names[32];
    int n = 0;
    for (const kl_command *const *c = kl_commands(); *c && n < 32; c++)
        names[n++] = (*c)->name;
    const char *nearest = kl_text_nearest(name, names, n);
    const char *what = name[0] == '-' ? "option" : "command";
    if (nearest)
        kl_fail(cli, 0, "unknown %s '%s'; did you mean '%s'?", what, name, nearest);
    else
        kl_fail(cli, 0, "unknown %s '%s'", what, name);
    fputs("Try: klaster help\n", cli->err.file);
    return KL_EXIT_USAGE;
}

/* ---- klaster help ---- */

static void help_exit_codes(const kl_term *term, kl_grid *table)
{
    kl_term_heading(term, "Exit codes", NULL);
#define KL_EXIT_ROW(name, number, meaning)       \
    kl_grid_cellf(table, KL_BOLD, "%d", number); \
    kl_grid_cell(table, KL_PLAIN, meaning);
    KL_EXIT_LIST(KL_EXIT_ROW)
#undef KL_EXIT_ROW
    kl_grid_cell(table, KL_BOLD, "129, 130, 143");
    kl_grid_cell(table, KL_PLAIN, "stopped by hang-up, Ctrl-C, termination; what was finished is in the file");
}

static int help_all(const kl_cli *cli)
{
    const kl_term *term = &cli->out;
    fputs("klaster - does a marketing ecosystem pay for an industrial cluster, and how sure is that?\n\n"
          "Usage: klaster COMMAND [ARGUMENT]... [OPTION]...\n",
          term->file);
    kl_grid table;
    kl_term_heading(term, "Commands", NULL);
    kl_grid_init(&table, "ll");
    for (const kl_command *const *c = kl_commands(); *c; c++) {
        kl_grid_cellf(&table, KL_BOLD, "%s%s%s", (*c)->name, *(*c)->operands ? " " : "", (*c)->operands);
        kl_grid_cell(&table, KL_PLAIN, (*c)->summary);
    }
    kl_status status = kl_grid_print(&table, term);
    kl_grid_free(&table);
    kl_grid_init(&table, "ll");
    help_exit_codes(term, &table);
    if (status == KL_OK)
        status = kl_grid_print(&table, term);
    kl_grid_free(&table);
    kl_term_heading(term, "Start here", NULL);
    fputs("  klaster run paper               the claims of the paper, 54 firms, 60 months\n"
          "  klaster summary results/paper.h5\n"
          "  klaster init my-study.yaml      a study of your own, with comments\n\n"
          "Results go to standard output, messages and progress to standard error.\n"
          "klaster help COMMAND says more about a command.\n",
          term->file);
    return kl_exit_of(status);
}

typedef struct help_args {
    kl_words operand;
} help_args;

static int help_run(const kl_cli *cli, const kl_command *self, int argc, char **argv)
{
    help_args args = {{0, NULL}};
    int code = kl_options_parse(cli, self, argc, argv, &args);
    if (code < 0 && args.operand.n == 0) {
        code = help_all(cli);
    } else if (code < 0) {
        const kl_command *command = find_command(args.operand.item[0]);
        code = command ? KL_EXIT_OK : unknown_command(cli, args.operand.item[0]);
        if (command)
            kl_options_help(&cli->out, command);
    }
    kl_options_free(self, &args);
    return code;
}

const kl_command kl_command_help = {
    .name = "help",
    .operands = "[COMMAND]",
    .most = 1,
    .summary = "what the commands do, and how they are used",
    .text = "Prints the commands, or how one of them is used.",
    .run = help_run,
};

/* ---- klaster version ---- */

typedef struct version_args {
    kl_words operand;
    int json;
} version_args;

static const kl_option version_options[] = {
    {"json", 0, KL_OPTION_FLAG, offsetof(version_args, json), NULL, 0, 0, "print JSON"},
    {0},
};

static int version_run(const kl_cli *cli, const kl_command *self, int argc, char **argv)
{
    version_args args = {.json = 0};
    int code = kl_options_parse(cli, self, argc, argv, &args);
    if (code < 0 && args.json)
        code = kl_print_json(cli, json_pack("{s:s, s:s, s:s, s:i}", "version", KL_VERSION, "build", KL_BUILD,
                                            "compiler", KL_COMPILER, "file_format", KL_FORMAT_VERSION));
    else if (code < 0) {
        printf("klaster %s (%s, %s), result file format %d\n"
               "Licence GPL-3.0-or-later: free software, without any warranty.\n",
               KL_VERSION, KL_BUILD, KL_COMPILER, KL_FORMAT_VERSION);
        code = KL_EXIT_OK;
    }
    kl_options_free(self, &args);
    return code;
}

const kl_command kl_command_version = {
    .name = "version",
    .operands = "",
    .summary = "version, build, compiler, file format",
    .text = "Prints the version of the program and of the result files that it writes.",
    .option = version_options,
    .run = version_run,
};

/* ---- main ---- */

static int dispatch(const kl_cli *cli)
{
    if (cli->argc < 2) {
        fputs("klaster: a command is missing\nTry: klaster help\n", cli->err.file);
        return KL_EXIT_USAGE;
    }
    const char *name = cli->argv[1];
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
        name = "help";
    else if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0)
        name = "version";
    const kl_command *command = find_command(name);
    if (!command)
        return unknown_command(cli, name);
    return (command->reads_results ? kl_guard_run : command->run)(cli, command, cli->argc - 1, cli->argv + 1);
}

int main(int argc, char **argv)
{
    /* A reader that goes away (`| head`) or a limit on the size of files must not kill a run that is writing its file; writes
     * fail with EPIPE and EFBIG instead. */
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    kl_json_watch();
    kl_cli cli = {.argc = argc, .argv = argv, .out = kl_term_make(stdout), .err = kl_term_make(stderr)};
    return kl_finish_output(&cli, dispatch(&cli));
}
