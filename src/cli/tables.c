/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Which tables are printed, in which form, and where they are kept. */
#define _DEFAULT_SOURCE 1 /* nanosleep under -std=c11 */
#include "cli/tables.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/progress.h"

bool kl_tables_are_text(const kl_tables_args *args)
{
    return !args->csv && !args->json;
}

int kl_tables_check(const kl_cli *cli, const kl_tables_args *args)
{
    return args->csv && args->json ? kl_fail(cli, KL_EXIT_USAGE, "--json or --csv, not both") : KL_EXIT_OK;
}

static int no_name(const kl_cli *cli, const char *name, int n, const char *const *names)
{
    const char *nearest = kl_text_nearest(name, names, n);
    if (nearest)
        return kl_fail(cli, KL_EXIT_USAGE, "no table '%s'; did you mean '%s'?", name, nearest);
    return kl_fail(cli, KL_EXIT_USAGE, "no table '%s'; the first of %d is '%s'", name, n, n > 0 ? names[0] : "");
}

int kl_tables_check_name(const kl_cli *cli, const kl_tables_args *args, int n, const char *const *name)
{
    for (int t = 0; args->table && t < n; t++)
        if (strcmp(args->table, name[t]) == 0)
            return KL_EXIT_OK;
    return args->table ? no_name(cli, args->table, n, name) : KL_EXIT_OK;
}

static int no_table(const kl_cli *cli, const char *name, int n, const kl_table *table)
{
    const char **names = malloc((size_t)(n + 1) * sizeof *names);
    for (int t = 0; names && t < n; t++)
        names[t] = table[t].name;
    int code = names ? no_name(cli, name, n, names) : kl_fail(cli, KL_EXIT_IO, "out of memory");
    free(names);
    return code;
}

/* ---- the forms ---- */

static kl_status print_text(const kl_term *term, const kl_tables_args *args, int n, const kl_table *table)
{
    kl_status status = KL_OK;
    for (int t = 0; t < n && status == KL_OK; t++) {
        status = kl_table_print_text(term, &table[t], args->table != NULL);
        if (status == KL_OK && args->explain)
            status = kl_table_print_method(term, &table[t]);
    }
    if (status == KL_OK && n > 0 && !args->explain)
        fputs("\n  --explain says how this was computed.\n", term->file);
    return status;
}

/* A title on one line, whatever it holds. */
static void print_mark(const kl_term *term, const kl_table *table)
{
    fputs("# ", term->file);
    kl_term_print(term, KL_PLAIN, table->name);
    fputs(": ", term->file);
    kl_term_print(term, KL_PLAIN, table->title);
    fputs("\r\n", term->file);
}

static void print_csv(const kl_term *term, int n, const kl_table *table)
{
    for (int t = 0; t < n; t++) {
        if (t > 0)
            fputs("\r\n", term->file);
        if (n > 1)
            print_mark(term, &table[t]);
        kl_table_print_csv(term->file, &table[t]);
    }
}

static int print_json(const kl_cli *cli, int n, const kl_table *table)
{
    json_t *tables = json_array();
    for (int t = 0; tables && t < n; t++) {
        if (json_array_append_new(tables, kl_table_json(&table[t])) != 0) {
            json_decref(tables);
            tables = NULL;
        }
    }
    return kl_print_json(cli, json_pack("{s:o}", "tables", tables));
}

/* ---- all of it ---- */

int kl_tables_print(const kl_cli *cli, const kl_tables_args *args, int n, const kl_table *table)
{
    int first = 0, n_shown = n;
    if (args->table) {
        while (first < n && strcmp(table[first].name, args->table) != 0)
            first++;
        if (first == n)
            return no_table(cli, args->table, n, table);
        n_shown = 1;
    }
    if (args->json)
        return print_json(cli, n_shown, table + first);
    if (args->csv) {
        print_csv(&cli->out, n_shown, table + first);
        return KL_EXIT_OK;
    }
    kl_status status = print_text(&cli->out, args, n_shown, table + first);
    return status == KL_OK ? KL_EXIT_OK : kl_fail(cli, kl_exit_of(status), "%s", kl_status_text(status));
}

/* Another command may be at it: analyses of one file that were started together take turns. */
static kl_status save(const char *path, int n, const kl_table *table, const char *command, kl_reason *reason)
{
    static const struct timespec pause = {0, 100 * 1000 * 1000};
    kl_status status = kl_result_save_tables(path, n, table, command, reason);
    for (int attempt = 0; status == KL_ERR_EXISTS && attempt < 20 && *kl_signals_flag() == 0; attempt++) {
        (void)nanosleep(&pause, NULL);
        status = kl_result_save_tables(path, n, table, command, reason);
    }
    return status;
}

static int keep(const kl_cli *cli, int n, const kl_table *table, const char *path)
{
    kl_reason reason = {""};
    char *command = kl_command_line(cli);
    kl_status status = command ? save(path, n, table, command, &reason) : KL_ERR_MEMORY;
    free(command);
    if (status == KL_OK)
        return KL_EXIT_OK;
    return kl_fail(cli, kl_exit_of(status), "the tables are not kept (--no-save asks for that): %s",
                   reason.text[0] ? reason.text : kl_status_text(status));
}

int kl_tables_output(const kl_cli *cli, const kl_tables_args *args, int n, const kl_table *table, const char *path)
{
    int code = kl_tables_print(cli, args, n, table);
    return code == KL_EXIT_OK ? kl_tables_save(cli, args, n, table, path) : code;
}

int kl_tables_save(const kl_cli *cli, const kl_tables_args *args, int n, const kl_table *table, const char *path)
{
    if (!path || args->no_save || n == 0)
        return KL_EXIT_OK;
    fflush(cli->out.file); /* the answer first, in case the file has to be waited for */
    return keep(cli, n, table, path);
}

int kl_tables_answer(const kl_cli *cli, const kl_tables_args *tables, const char *path, const void *args,
                     int (*answer)(const kl_cli *cli, const void *args, const kl_result *result))
{
    kl_result result;
    int code = kl_tables_check(cli, tables);
    if (code == KL_EXIT_OK)
        code = kl_open_result(cli, &result, path);
    if (code != KL_EXIT_OK)
        return code;
    code = answer(cli, args, &result);
    kl_result_close(&result);
    return code;
}
