/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What every analysis command does with its tables: print them as text, CSV or JSON and keep them in the result file. A
 * command puts KL_TABLES_OPTIONS into its option table, a kl_tables_args into its arguments, builds its tables and calls
 * kl_tables_output. */
#ifndef KLASTER_CLI_TABLES_H
#define KLASTER_CLI_TABLES_H

#include "cli/cli.h"
#include "klaster/table.h"

typedef struct kl_tables_args {
    int csv, json, explain, no_save;
    const char *table; /* only this one */
} kl_tables_args;

/* clang-format off */
/* Rows for an option table: how tables are printed. `type` is the argument struct, `member` its kl_tables_args. */
#define KL_TABLES_PRINT_OPTIONS(type, member)                                                            \
    {"table", 0, KL_OPTION_TEXT, offsetof(type, member.table), "NAME", 0, 0,                             \
     "print only this table, all its rows"},                                                             \
    {"csv", 0, KL_OPTION_FLAG, offsetof(type, member.csv), NULL, 0, 0,                                   \
     "print CSV; several tables are set apart by an empty line and a line '# name: title'"},             \
    {"json", 0, KL_OPTION_FLAG, offsetof(type, member.json), NULL, 0, 0, "print JSON"},                  \
    {"explain", 0, KL_OPTION_FLAG, offsetof(type, member.explain), NULL, 0, 0,                           \
     "say how each table was computed and what its columns mean"}

/* The same for a command whose operand is a result file. */
#define KL_TABLES_OPTIONS(type, member)                                                                  \
    KL_TABLES_PRINT_OPTIONS(type, member),                                                               \
    {"no-save", 0, KL_OPTION_FLAG, offsetof(type, member.no_save), NULL, 0, 0,                           \
     "do not keep the tables in the result file, where they go to /analysis/<table>"}
/* clang-format on */

/* After parsing, before anything is computed: do the options go together? KL_EXIT_OK or KL_EXIT_USAGE. */
int kl_tables_check(const kl_cli *cli, const kl_tables_args *args);

/* Is --table one of the names that the command's tables will have? So that nothing is computed for a name that nobody has. An
 * exit code. */
int kl_tables_check_name(const kl_cli *cli, const kl_tables_args *args, int n, const char *const *name);

/* Will it be text? Then a command may print something of its own before the tables. */
bool kl_tables_are_text(const kl_tables_args *args);

/* Print n tables, or the one that was asked for, to standard output; then keep all n in the result file `path`, unless that is
 * NULL or --no-save was said. Returns an exit code. */
int kl_tables_output(const kl_cli *cli, const kl_tables_args *args, int n, const kl_table *table, const char *path);

/* Only keep them: for a command whose text is its own. */
int kl_tables_save(const kl_cli *cli, const kl_tables_args *args, int n, const kl_table *table, const char *path);

/* The same without keeping them. */
int kl_tables_print(const kl_cli *cli, const kl_tables_args *args, int n, const kl_table *table);

/* What a command with a result file as its operand does once `args` are parsed: check that the options of tables go together,
 * open the file, let `answer` answer, close it. Returns an exit code. */
int kl_tables_answer(const kl_cli *cli, const kl_tables_args *tables, const char *path, const void *args,
                     int (*answer)(const kl_cli *cli, const void *args, const kl_result *result));

/* ---- the forms ---- */

KL_MUST_USE kl_status kl_table_print_text(const kl_term *term, const kl_table *table,
                                          bool all_rows);                                /* tables_text.c */
KL_MUST_USE kl_status kl_table_print_method(const kl_term *term, const kl_table *table); /* tables_text.c */
void kl_table_print_csv(FILE *to, const kl_table *table);                                /* tables_data.c */
json_t *kl_table_json(const kl_table *table);         /* NULL when out of memory; tables_data.c */
json_t *kl_table_json_compact(const kl_table *table); /* the same, but a row is an array of its cells */

#endif
