/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `klaster diff`: may two result files be compared, and do they agree? */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/grid.h"

typedef struct diff_args {
    kl_words operand;
    int anyway, all, json;
} diff_args;

static const kl_option diff_options[] = {
    {"anyway", 0, KL_OPTION_FLAG, offsetof(diff_args, anyway), NULL, 0, 0,
     "compare run by run even where the studies say that the runs are not the same"},
    {"all", 0, KL_OPTION_FLAG, offsetof(diff_args, all), NULL, 0, 0, "list the quantities that agree, too"},
    {"json", 0, KL_OPTION_FLAG, offsetof(diff_args, json), NULL, 0, 0, "print JSON"},
    {0},
};

static const char *const diff_examples[] = {
    "klaster diff one.h5 two.h5",
    "the same numbers?",
    "klaster diff before.h5 after.h5 --anyway",
    "what a changed parameter does to each run",
    NULL,
};

typedef enum verdict { SAME, DIFFERENT, INCOMPARABLE } verdict;

typedef struct comparison {
    const char *path[2];
    kl_result result[2];
    kl_mismatches studies;
    kl_diff diff;
    verdict verdict;
    const char *why; /* INCOMPARABLE: a sentence */
} comparison;

/* ---- comparing ---- */

static int count_kind(const kl_mismatches *list, kl_mismatch_kind kind)
{
    int n = 0;
    for (int i = 0; i < list->n; i++)
        n += list->item[i].kind == kind;
    return n;
}

static kl_status compare(const diff_args *args, comparison *c, kl_reason *reason)
{
    kl_status status = kl_study_differences(&c->result[0].study, &c->result[1].study, &c->studies);
    if (status != KL_OK)
        return status;
    c->verdict = INCOMPARABLE;
    if (count_kind(&c->studies, KL_MISMATCH_RUNS) > 0 && !args->anyway) {
        c->why = "the studies give different runs";
        return KL_OK;
    }
    status = kl_results_diff(&c->diff, &c->result[0], &c->result[1], reason);
    if (status != KL_OK)
        return status;
    if (c->diff.n_runs == 0)
        c->why = c->diff.n_arms == 0 ? "they have no arm in common" : "they have no run in common";
    else
        c->verdict = c->diff.n_different > 0 ? DIFFERENT : SAME;
    return KL_OK;
}

/* ---- text ---- */

static void print_value(char *buffer, size_t size, const kl_diff_row *row, double value, bool exact)
{
    if (strcmp(row->name, "status") == 0)
        snprintf(buffer, size, "%s", kl_run_status_word((int)value));
    else if (isnan(value))
        snprintf(buffer, size, "undefined");
    else if (exact)
        kl_text_exact(buffer, size, value);
    else
        snprintf(buffer, size, "%.6g", value);
}

/* With as many digits as show that they differ. */
static void print_values(char *first, char *second, size_t size, const kl_diff_row *row)
{
    print_value(first, size, row, row->first, false);
    print_value(second, size, row, row->second, false);
    if (strcmp(first, second) != 0)
        return;
    print_value(first, size, row, row->first, true);
    print_value(second, size, row, row->second, true);
}

/* What the first pair that differs is of. */
static void print_place(char *buffer, size_t size, const comparison *c, const kl_diff_row *row)
{
    const kl_study *study = &c->result[0].study;
    const char *arm = study->arm[row->at[0]].name;
    if (strcmp(row->name, "status") == 0 || kl_outcome_find(row->name) != KL_N_OUTCOMES)
        snprintf(buffer, size, "%s, %d, %d", arm, row->at[1], row->at[2]);
    else if (row->n_at == 3)
        snprintf(buffer, size, "%s, month %d, quantile %.4g", arm, row->at[1], study->quantile[row->at[2]]);
    else
        snprintf(buffer, size, "%s, month %d", arm, row->at[1]);
}

static void add_row(kl_grid *grid, const comparison *c, const kl_diff_row *row)
{
    char a[KL_NUMBER_SIZE], b[KL_NUMBER_SIZE], place[160];
    kl_grid_cell(grid, KL_BOLD, row->name);
    kl_grid_cell(grid, KL_PLAIN, kl_text_count(a, sizeof a, (double)row->n_different));
    if (row->n_different == 0) {
        kl_grid_end_row(grid);
        return;
    }
    kl_grid_cell(grid, KL_PLAIN, kl_text_count(a, sizeof a, (double)row->n_undefined));
    snprintf(a, sizeof a, "%.3g", row->largest);
    kl_grid_cell(grid, KL_PLAIN, a);
    print_place(place, sizeof place, c, row);
    print_values(a, b, sizeof a, row);
    kl_grid_cellf(grid, KL_PLAIN, "%s: %s, %s", place, a, b);
}

static int print_rows(const kl_cli *cli, const diff_args *args, const comparison *c)
{
    static const char *const heads[] = {"quantity", "differ", "undefined", "largest", "first place that differs"};
    kl_grid grid;
    if (c->diff.n_different == 0 && !args->all)
        return KL_EXIT_OK;
    kl_grid_init(&grid, "lrrrl");
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++)
        kl_grid_cell(&grid, KL_DIM, heads[i]);
    for (int i = 0; i < c->diff.n_rows; i++)
        if (args->all || c->diff.row[i].n_different > 0)
            add_row(&grid, c, &c->diff.row[i]);
    kl_status status = kl_grid_print(&grid, &cli->out);
    kl_grid_free(&grid);
    return status == KL_OK ? KL_EXIT_OK : kl_fail(cli, kl_exit_of(status), "%s", kl_status_text(status));
}

static void print_line(const kl_term *term, const char *text)
{
    fputs("  ", term->file);
    kl_term_wrap(term, text, 2, 2);
    putc('\n', term->file);
}

static void print_studies(const kl_term *term, const comparison *c)
{
    char text[2300];
    for (int i = 0; i < 2; i++)
        if (strcmp(c->result[i].engine_version, c->result[1 - i].engine_version) != 0) {
            snprintf(text, sizeof text, "%.1000s was computed by klaster %s", c->path[i], c->result[i].engine_version);
            print_line(term, text);
        }
    for (int i = 0; i < c->studies.n; i++)
        print_line(term, kl_mismatch_text(&c->studies.item[i], text, sizeof text));
}

static void print_runs(const kl_term *term, const comparison *c)
{
    char a[KL_NUMBER_SIZE], text[1200];
    snprintf(text, sizeof text, "%s runs are in both (%d arm%s, %d points, %d replicate%s)",
             kl_text_count(a, sizeof a, (double)c->diff.n_runs), c->diff.n_arms, c->diff.n_arms == 1 ? "" : "s",
             c->diff.n_points, c->diff.n_replicates, c->diff.n_replicates == 1 ? "" : "s");
    print_line(term, text);
    const int64_t only[2] = {c->diff.n_first_only, c->diff.n_second_only};
    for (int i = 0; i < 2; i++)
        if (only[i] > 0) {
            snprintf(text, sizeof text, "%s of these worlds are in %.1000s only",
                     kl_text_count(a, sizeof a, (double)only[i]), c->path[i]);
            print_line(term, text);
        }
    if (c->diff.n_missing > 0) {
        snprintf(text, sizeof text, "%d quantities are in one file only", c->diff.n_missing);
        print_line(term, text);
    }
    if (!c->diff.has_fans)
        print_line(term, "the monthly fans are of different runs and were not compared");
}

static int print_comparison(const kl_cli *cli, const diff_args *args, const comparison *c)
{
    static const char *const words[] = {
        [SAME] = "the same numbers", [DIFFERENT] = "different numbers", [INCOMPARABLE] = "cannot be compared"};
    const kl_term *term = &cli->out;
    kl_term_print(term, KL_PLAIN, c->path[0]);
    fputs(", ", term->file);
    kl_term_print(term, KL_PLAIN, c->path[1]);
    fputs(": ", term->file);
    kl_term_print(term, c->verdict == SAME ? KL_GOOD : KL_BAD, words[c->verdict]);
    fprintf(term->file, "%s%s\n", c->why ? ": " : "", c->why ? c->why : "");
    print_studies(term, c);
    if (c->diff.n_runs == 0)
        return KL_EXIT_OK;
    print_runs(term, c);
    return print_rows(cli, args, c);
}

/* ---- JSON ---- */

static json_t *row_json(const comparison *c, const kl_diff_row *row)
{
    json_t *json = json_pack("{s:s, s:I, s:I, s:I, s:o}", "name", row->name, "numbers", (json_int_t)row->n, "different",
                             (json_int_t)row->n_different, "one_undefined", (json_int_t)row->n_undefined, "largest",
                             kl_json_number(row->largest));
    if (!json || row->n_different == 0)
        return json;
    char place[160];
    print_place(place, sizeof place, c, row);
    json_object_set_new(json, "at", json_string(place));
    json_object_set_new(json, "first", kl_json_number(row->first));
    json_object_set_new(json, "second", kl_json_number(row->second));
    return json;
}

static json_t *study_json(const kl_mismatch *item)
{
    static const char *const kinds[KL_N_MISMATCH_KINDS] = {
        [KL_MISMATCH_RUNS] = "runs",      [KL_MISMATCH_SIZE] = "size",   [KL_MISMATCH_FIRST_ARM] = "arm",
        [KL_MISMATCH_SECOND_ARM] = "arm", [KL_MISMATCH_WORDS] = "words",
    };
    return json_pack("{s:s, s:o, s:o, s:o}", "kind", kinds[item->kind], "what", kl_json_printable(item->what), "first",
                     kl_json_printable(item->first), "second", kl_json_printable(item->second));
}

static json_t *comparison_json(const comparison *c)
{
    static const char *const words[] = {[SAME] = "same", [DIFFERENT] = "different", [INCOMPARABLE] = "incomparable"};
    json_t *studies = json_array(), *rows = json_array();
    for (int i = 0; i < c->studies.n; i++)
        json_array_append_new(studies, study_json(&c->studies.item[i]));
    for (int i = 0; i < c->diff.n_rows && c->diff.n_runs > 0; i++)
        json_array_append_new(rows, row_json(c, &c->diff.row[i]));
    return json_pack("{s:[o,o], s:s, s:[s,s], s:o, s:I, s:I, s:I, s:b, s:i, s:o}", "files",
                     kl_json_printable(c->path[0]), kl_json_printable(c->path[1]), "verdict", words[c->verdict],
                     "engine_versions", c->result[0].engine_version, c->result[1].engine_version, "studies", studies,
                     "runs", (json_int_t)c->diff.n_runs, "runs_first_only", (json_int_t)c->diff.n_first_only,
                     "runs_second_only", (json_int_t)c->diff.n_second_only, "fans_compared", c->diff.has_fans,
                     "n_different", c->diff.n_different, "quantities", rows);
}

/* ---- the command ---- */

static int answer(const kl_cli *cli, const diff_args *args, comparison *c)
{
    static const int codes[] = {[SAME] = KL_EXIT_OK, [DIFFERENT] = KL_EXIT_FAILED, [INCOMPARABLE] = KL_EXIT_IO};
    kl_reason reason = {""};
    kl_status status = compare(args, c, &reason);
    if (status != KL_OK)
        return kl_fail(cli, KL_EXIT_IO, "%s, %s: %s", c->path[0], c->path[1],
                       reason.text[0] ? reason.text : kl_status_text(status));
    int code = args->json ? kl_print_json(cli, comparison_json(c)) : print_comparison(cli, args, c);
    return code == KL_EXIT_OK ? codes[c->verdict] : code;
}

static int diff_files(const kl_cli *cli, const diff_args *args)
{
    comparison c = {.path = {args->operand.item[0], args->operand.item[1]}};
    int code = kl_open_result(cli, &c.result[0], c.path[0]);
    if (code != KL_EXIT_OK)
        return code;
    code = kl_open_result(cli, &c.result[1], c.path[1]);
    if (code == KL_EXIT_OK) {
        code = answer(cli, args, &c);
        kl_result_close(&c.result[1]);
    }
    kl_result_close(&c.result[0]);
    kl_mismatches_free(&c.studies);
    kl_diff_free(&c.diff);
    return code;
}

static int diff_run(const kl_cli *cli, const kl_command *self, int argc, char **argv)
{
    diff_args args = {.json = 0};
    int code = kl_options_parse(cli, self, argc, argv, &args);
    if (code < 0)
        code = diff_files(cli, &args);
    kl_options_free(self, &args);
    return code;
}

const kl_command kl_command_diff = {
    .name = "diff",
    .operands = "FILE FILE",
    .least = 2,
    .most = 2,
    .summary = "may two result files be compared, and do they agree?",
    .text =
        "Says what differs in the studies of two result files, and compares, bit for bit, the runs that both have: by "
        "arm, point and replicate. A file with more points, replicates or arms of the same study has the same runs.\n"
        "Exit code 0 where the numbers are the same, 1 where some differ, 3 where the files cannot be compared or "
        "read.",
    .option = diff_options,
    .example = diff_examples,
    .reads_results = true,
    .run = diff_run,
};
