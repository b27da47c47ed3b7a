/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The plan of a study, for people; see plan.h. */
#define _DEFAULT_SOURCE 1 /* POSIX under -std=c11 */
#include "cli/plan.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "cli/grid.h"

static void size_row(kl_grid *table, const kl_plan *plan)
{
    char worlds[KL_NUMBER_SIZE], points[KL_NUMBER_SIZE], replicates[KL_NUMBER_SIZE], runs[KL_NUMBER_SIZE];
    kl_text_count(worlds, sizeof worlds, (double)plan->n_worlds);
    kl_text_count(points, sizeof points, plan->n_points);
    kl_text_count(replicates, sizeof replicates, plan->n_replicates);
    kl_text_count(runs, sizeof runs, (double)plan->n_runs);
    kl_grid_cell(table, KL_DIM, "runs");
    kl_grid_cellf(table, KL_PLAIN, "%s: %d arm%s in each of %s worlds (%s point%s x %s replicate%s), %d months", runs,
                  plan->n_arms, plan->n_arms == 1 ? "" : "s", worlds, points, plan->n_points == 1 ? "" : "s",
                  replicates, plan->n_replicates == 1 ? "" : "s", plan->horizon);
}

/* "graph (2) x fee (3)", or only the names */
static void factors_text(char *buffer, size_t size, const kl_design *design)
{
    size_t at = 0;
    buffer[0] = '\0';
    int with_levels = design->kind == KL_DESIGN_FACTORIAL;
    for (int f = 0; f < design->n_factors && at + 1 < size; f++) {
        const kl_design_input *input = &design->input[design->factor[f]];
        int n = snprintf(buffer + at, size - at, "%s%s", f == 0 ? "" : with_levels ? " x " : ", ", input->name);
        at += n > 0 ? (size_t)n : 0;
        if (with_levels && at + 1 < size) {
            n = snprintf(buffer + at, size - at, " (%d)", input->n_levels);
            at += n > 0 ? (size_t)n : 0;
        }
    }
}

static void design_row(kl_grid *table, const kl_study *study)
{
    const kl_design *design = &study->design;
    char rows[KL_NUMBER_SIZE], size[KL_NUMBER_SIZE], factors[400];
    if (design->kind == KL_DESIGN_MONTE_CARLO)
        return;
    kl_text_count(rows, sizeof rows, design->n_rows);
    kl_text_count(size, sizeof size, design->row_size);
    factors_text(factors, sizeof factors, design);
    kl_grid_cell(table, KL_DIM, "design");
    const char *word = kl_design_kind_word(design->kind), *s = design->n_rows == 1 ? "" : "s";
    if (design->kind == KL_DESIGN_FACTORIAL)
        kl_grid_cellf(table, KL_PLAIN, "%s: %s cells of %s, %s draw%s each", word, size, factors, rows, s);
    else if (design->kind == KL_DESIGN_SALTELLI)
        kl_grid_cellf(table, KL_PLAIN, "%s: %s base row%s of %s points, for %d factors: %s", word, rows, s, size,
                      design->n_factors, factors);
    else if (design->kind == KL_DESIGN_MORRIS)
        kl_grid_cellf(table, KL_PLAIN, "%s: %s trajector%s of %s points on %d levels, for %d factors: %s", word, rows,
                      design->n_rows == 1 ? "y" : "ies", size, design->n_levels, design->n_factors, factors);
    else
        kl_grid_cell(table, KL_PLAIN, word);
}

static kl_status inputs_row(kl_grid *table, const kl_study *study)
{
    int n;
    kl_input *input = kl_inputs_of(study, &n);
    if (n < 0)
        return KL_ERR_MEMORY;
    int drawn = 0, by_arm = 0;
    for (int i = 0; i < n; i++) {
        drawn += input[i].by_point != 0;
        by_arm += input[i].by_arm != 0;
    }
    kl_grid_cell(table, KL_DIM, "inputs");
    kl_grid_cellf(table, KL_PLAIN, "%d drawn anew at each point, %d different between arms", drawn, by_arm);
    free(input);
    return KL_OK;
}

kl_status kl_plan_print(const kl_term *term, const kl_study *study, const kl_plan *plan)
{
    char a[KL_NUMBER_SIZE], b[KL_NUMBER_SIZE];
    kl_grid table;
    kl_term_print(term, KL_BOLD, study->name);
    if (*study->title && strcmp(study->title, study->name) != 0) {
        fputs("  ", term->file);
        kl_term_print(term, KL_PLAIN, study->title);
    }
    putc('\n', term->file);
    kl_grid_init(&table, "ll");
    size_row(&table, plan);
    design_row(&table, study);
    kl_status status = inputs_row(&table, study);
    kl_grid_cell(&table, KL_DIM, "seed");
    kl_grid_cellf(&table, KL_PLAIN, "%llu", (unsigned long long)study->seed);
    kl_grid_cell(&table, KL_DIM, "memory");
    kl_text_bytes(a, sizeof a, plan->bytes_memory);
    kl_grid_cellf(&table, KL_PLAIN, isfinite(plan->bytes_available) ? "about %s of %s" : "about %s", a,
                  kl_text_bytes(b, sizeof b, plan->bytes_available));
    kl_grid_cell(&table, KL_DIM, "disk");
    kl_grid_cellf(&table, KL_PLAIN, "at most about %s while it plays", kl_text_bytes(a, sizeof a, plan->bytes_disk));
    int n_threads = plan->n_threads + plan->n_helpers;
    kl_grid_cell(&table, KL_DIM, "time");
    if (plan->seconds > 0)
        kl_grid_cellf(&table, KL_PLAIN, "about %s on %d thread%s", kl_text_seconds(a, sizeof a, plan->seconds),
                      n_threads, n_threads == 1 ? "" : "s");
    else
        kl_grid_cellf(&table, KL_PLAIN, "not measured, %d thread%s", n_threads, n_threads == 1 ? "" : "s");
    if (status == KL_OK)
        status = kl_grid_print(&table, term);
    kl_grid_free(&table);
    return status;
}

json_t *kl_plan_json(const kl_study *study, const kl_plan *plan)
{
    return json_pack("{s:s, s:s, s:I, s:s, s:i, s:i, s:i, s:i, s:I, s:I, s:i, s:o, s:o, s:o, s:o}", "study",
                     study->name, "sha256", study->sha256, "seed", (json_int_t)study->seed, "design",
                     kl_design_kind_word(study->design.kind), "arms", plan->n_arms, "points", plan->n_points,
                     "replicates", plan->n_replicates, "months", plan->horizon, "worlds", (json_int_t)plan->n_worlds,
                     "runs", (json_int_t)plan->n_runs, "threads", plan->n_threads + plan->n_helpers, "seconds",
                     plan->seconds > 0 ? json_real(plan->seconds) : json_null(), "bytes_memory",
                     kl_json_number(plan->bytes_memory), "bytes_available", kl_json_number(plan->bytes_available),
                     "bytes_disk", kl_json_number(plan->bytes_disk));
}

int kl_plan_check_disk(const kl_cli *cli, const kl_plan *plan, const char *path)
{
    char directory[4096], need[KL_NUMBER_SIZE], there[KL_NUMBER_SIZE];
    const char *slash = strrchr(path, '/');
    snprintf(directory, sizeof directory, "%.*s", slash ? (int)(slash - path) : 1, slash ? path : ".");
    struct statvfs disk;
    if (statvfs(*directory ? directory : "/", &disk) != 0)
        return kl_fail(cli, KL_EXIT_IO, "%s: %s", *directory ? directory : "/", strerror(errno));
    double bytes = (double)disk.f_bavail * (double)disk.f_frsize;
    if (plan->bytes_disk <= bytes)
        return KL_EXIT_OK;
    return kl_fail(cli, KL_EXIT_IO, "the result may take %s but only %s are free in %s; use fewer runs or -o elsewhere",
                   kl_text_bytes(need, sizeof need, plan->bytes_disk), kl_text_bytes(there, sizeof there, bytes),
                   *directory ? directory : "/");
}

int kl_plan_refuse_memory(const kl_cli *cli, const kl_plan *plan)
{
    char need[KL_NUMBER_SIZE], there[KL_NUMBER_SIZE];
    return kl_fail(cli, KL_EXIT_IO,
                   "this needs about %s of memory but only %s may be used; use fewer threads, firms or months",
                   kl_text_bytes(need, sizeof need, plan->bytes_memory),
                   kl_text_bytes(there, sizeof there, plan->bytes_available));
}

const kl_input *kl_plan_firms_input(const kl_input *input, int n)
{
    for (int i = 0; i < n; i++)
        if (input[i].param == KL_PARAM_firms)
            return &input[i];
    return NULL;
}

double kl_plan_firms(const kl_study *study, const kl_input *firms, int arm, int point)
{
    if (firms)
        return kl_study_input_value(study, firms, arm, point);
    return study->arm[arm].param[KL_PARAM_firms].value[0];
}
