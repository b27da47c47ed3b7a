/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `klaster show`: the tables that analyses left in a result file. */
#include <stdlib.h>
#include <string.h>

#include "cli/grid.h"
#include "cli/tables.h"

typedef struct show_args {
    kl_words operand;
    kl_tables_args tables;
} show_args;

static const kl_option show_options[] = {KL_TABLES_PRINT_OPTIONS(show_args, tables), {0}};

static const char *const show_examples[] = {
    "klaster show results/paper.h5",
    "which tables there are, and which command made them",
    "klaster show results/paper.h5 claims --explain",
    "one of them, and how it was computed",
    "klaster show results/paper.h5 --csv > tables.csv",
    "all of them",
    NULL,
};

/* ---- which there are ---- */

static int print_list(const kl_cli *cli, const char *path, int n, const kl_saved_table *saved)
{
    const kl_term *term = &cli->out;
    kl_grid grid;
    if (n == 0) {
        kl_term_print(term, KL_PLAIN, path);
        fputs(" has no tables yet: analyses leave theirs there.\n", term->file);
        return KL_EXIT_OK;
    }
    kl_grid_init(&grid, "lrl");
    kl_grid_cell(&grid, KL_DIM, "table");
    kl_grid_cell(&grid, KL_DIM, "rows");
    kl_grid_cell(&grid, KL_DIM, "what it says, and which command made it");
    for (int t = 0; t < n; t++) {
        kl_grid_cell(&grid, KL_BOLD, saved[t].table.name);
        kl_grid_cellf(&grid, KL_PLAIN, "%d", saved[t].table.n_rows);
        kl_grid_cell(&grid, KL_PLAIN, saved[t].table.title);
        kl_grid_cell(&grid, KL_PLAIN, "");
        kl_grid_cell(&grid, KL_PLAIN, "");
        kl_grid_cell(&grid, KL_DIM, saved[t].command);
    }
    kl_status status = kl_grid_print(&grid, term);
    kl_grid_free(&grid);
    return status == KL_OK ? KL_EXIT_OK : kl_fail(cli, kl_exit_of(status), "%s", kl_status_text(status));
}

/* ---- the command ---- */

static int print_tables(const kl_cli *cli, const show_args *args, int n, const kl_saved_table *saved)
{
    kl_table *table = calloc((size_t)n + 1, sizeof *table);
    if (!table)
        return kl_fail(cli, KL_EXIT_IO, "out of memory");
    for (int t = 0; t < n; t++)
        table[t] = saved[t].table; /* still owned by `saved` */
    int code = kl_tables_print(cli, &args->tables, n, table);
    free(table);
    return code;
}

static int show(const kl_cli *cli, const void *parsed, const kl_result *result)
{
    const show_args *args = parsed;
    kl_reason reason = {""};
    kl_saved_table *saved = NULL;
    int n = 0;
    kl_status status = kl_result_tables(result, &n, &saved, &reason);
    if (status != KL_OK)
        return kl_fail(cli, kl_exit_of(status), "%s: %s", args->operand.item[0],
                       reason.text[0] ? reason.text : kl_status_text(status));
    bool list = kl_tables_are_text(&args->tables) && !args->tables.table && !args->tables.explain;
    int code = list ? print_list(cli, args->operand.item[0], n, saved) : print_tables(cli, args, n, saved);
    kl_saved_tables_free(n, saved);
    return code;
}

static int show_run(const kl_cli *cli, const kl_command *self, int argc, char **argv)
{
    show_args args = {.tables = {0}};
    int code = kl_options_parse(cli, self, argc, argv, &args);
    if (code < 0) {
        if (args.operand.n > 1)
            args.tables.table = args.operand.item[1];
        code = kl_tables_answer(cli, &args.tables, args.operand.item[0], &args, show);
    }
    kl_options_free(self, &args);
    return code;
}

const kl_command kl_command_show = {
    .name = "show",
    .operands = "FILE [TABLE]",
    .least = 1,
    .most = 2,
    .summary = "the tables that analyses left in a result file",
    .text =
        "Lists the tables in a result file, or prints one of them. Every analysis keeps what it found in the file that "
        "it read, in the group /analysis, with what was computed from what.\n"
        "With --csv, --json or --explain and no TABLE it prints all of them.",
    .option = show_options,
    .example = show_examples,
    .reads_results = true,
    .run = show_run,
};
