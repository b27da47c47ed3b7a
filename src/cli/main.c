/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `klaster`: finds the command and hands over. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/guard.h"

/* ---- the commands ---- */

const kl_command_group *kl_command_groups(void)
{
    static const kl_command_group groups[] = {
        {"Make a study and play it",
         {&kl_command_init, &kl_command_check, &kl_command_params, &kl_command_run, &kl_command_calibrate}},
        {"Look at what came out",
         {&kl_command_summary, &kl_command_report, &kl_command_replay, &kl_command_show, &kl_command_export}},
        {"Ask why, where, and what to choose",
         {&kl_command_compare, &kl_command_decide, &kl_command_sensitivity, &kl_command_claims, &kl_command_discover,
          &kl_command_synergy}},
        {"Keep files and trust them", {&kl_command_verify, &kl_command_diff, &kl_command_merge}},
        {"About klaster", {&kl_command_help, &kl_command_version}},
        {NULL, {NULL}},
    };
    return groups;
}

const kl_command *kl_command_find(const char *name)
{
    for (const kl_command_group *g = kl_command_groups(); g->heading; g++)
        for (int i = 0; g->command[i]; i++)
            if (strcmp(g->command[i]->name, name) == 0)
                return g->command[i];
    return strcmp(name, kl_command_complete.name) == 0 ? &kl_command_complete : NULL;
}

int kl_command_unknown(const kl_cli *cli, const char *name)
{
    const char *names[64];
    int n = 0;
    for (const kl_command_group *g = kl_command_groups(); g->heading; g++)
        for (int i = 0; g->command[i] && n < 64; i++)
            names[n++] = g->command[i]->name;
    const char *nearest = kl_text_nearest(name, names, n);
    const char *what = name[0] == '-' ? "option" : "command";
    if (nearest)
        kl_fail(cli, 0, "unknown %s '%s'; did you mean '%s'?", what, name, nearest);
    else
        kl_fail(cli, 0, "unknown %s '%s'", what, name);
    fputs("Try: klaster help\n", cli->err.file);
    return KL_EXIT_USAGE;
}

/* ---- klaster version ---- */

typedef struct version_args {
    kl_words operand;
    int json;
} version_args;

static const kl_option version_options[] = {
    {"json", 0, KL_OPTION_FLAG, offsetof(version_args, json), NULL, 0, 0, "print JSON"},
    {0},
};

static const char *const version_examples[] = {
    "klaster version --json",
    "for a program",
    NULL,
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
    .example = version_examples,
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
    const kl_command *command = kl_command_find(name);
    if (!command)
        return kl_command_unknown(cli, name);
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
