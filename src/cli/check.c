/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `klaster check`: is the study right, and what would it take? */
#include <stdlib.h>
#include <string.h>

#include "cli/grid.h"
#include "cli/plan.h"
#include "cli/summary.h"

typedef struct check_args {
    kl_words operand, set;
    int64_t seed, threads, runs, months;
    int json;
} check_args;

static const kl_option check_options[] = {
    {"set", 's', KL_OPTION_LIST, offsetof(check_args, set), "KEY=VALUE", 0, 0, "as in klaster run"},
    {"seed", 0, KL_OPTION_COUNT, offsetof(check_args, seed), "N", 0, (int64_t)KL_SEED_MAX, "as in klaster run"},
    {"threads", 'j', KL_OPTION_COUNT, offsetof(check_args, threads), "N", 1, 4096, "as in klaster run"},
    {"runs", 'n', KL_OPTION_COUNT, offsetof(check_args, runs), "N", 1, INT32_MAX, "as in klaster run"},
    {"months", 0, KL_OPTION_COUNT, offsetof(check_args, months), "N", 1, KL_HORIZON_MAX, "as in klaster run"},
    {"json", 0, KL_OPTION_FLAG, offsetof(check_args, json), NULL, 0, 0,
     "print the resolved study: one JSON text with every include and every default said, itself a study file; of a "
     "wrong one what is wrong"},
    {0},
};

static const char *const check_examples[] = {
    "klaster check my-study.yaml",
    "all that is wrong, each with its line; else the plan",
    "klaster check paper --json > resolved.json",
    "the study with nothing left unsaid",
    NULL,
};

static void dist_text(char *buffer, size_t size, const kl_input *input, const kl_dist *dist)
{
    static const char *const words[] = {
#define WORD(name, word, n, arguments) word,
        KL_DIST_LIST(WORD)
#undef WORD
    };
    size_t at = 0;
    if (dist->kind != KL_DIST_CONSTANT)
        at = (size_t)snprintf(buffer, size, "%s ", words[dist->kind]);
    for (int i = 0; i < dist->n && at + 1 < size; i++) {
        char value[KL_NUMBER_SIZE];
        bool is_value = dist->kind == KL_DIST_CONSTANT || dist->kind == KL_DIST_CHOICE;
        if (is_value)
            kl_text_input(value, sizeof value, input, dist->value[i]);
        else
            kl_text_exact(value, sizeof value, dist->value[i]);
        at += (size_t)snprintf(buffer + at, size - at, "%s%s", i ? ", " : "", value);
    }
}

/* What varies: a parameter or a stage length of an arm. */
static const kl_dist *dist_of(const kl_arm *arm, const kl_input *input)
{
    if (input->param >= 0)
        return &arm->param[input->param];
    if (input->param == KL_INPUT_MECHANISM)
        return &arm->choice;
    for (int s = 0; s < arm->n_stages; s++)
        if (strcmp(arm->stage[s].name, input->name + 7) == 0)
            return &arm->stage[s].months;
    return NULL;
}

/* "-" where the arm has no such stage. */
static void values_text(char *buffer, size_t size, const kl_input *input, const kl_arm *arm)
{
    const kl_arm *variant;
    snprintf(buffer, size, "-");
    for (int k = 0; (variant = kl_arm_variant(arm, k)) && (k == 0 || input->param != KL_INPUT_MECHANISM); k++) {
        char text[256];
        const kl_dist *dist = dist_of(variant, input);
        if (!dist)
            continue;
        dist_text(text, sizeof text, input, dist);
        if (strcmp(buffer, "-") != 0 && strcmp(buffer, text) != 0) {
            snprintf(buffer, size, "goes with the mechanism");
            return;
        }
        snprintf(buffer, size, "%s", text);
    }
}

static kl_status print_inputs(const kl_term *term, const kl_study *study)
{
    int n;
    kl_input *input = kl_inputs_of(study, &n);
    if (n <= 0)
        return n == 0 ? KL_OK : KL_ERR_MEMORY;
    kl_grid table;
    kl_grid_init(&table, "lll");
    for (int i = 0; i < n; i++) {
        for (int a = 0; a < study->n_arms && (a == 0 || input[i].by_arm); a++) {
            char text[256];
            values_text(text, sizeof text, &input[i], &study->arm[a]);
            kl_grid_cell(&table, KL_PLAIN, a == 0 ? input[i].name : "");
            kl_grid_cell(&table, KL_DIM, input[i].by_arm ? study->arm[a].name : "");
            kl_grid_cell(&table, KL_PLAIN, text);
        }
    }
    kl_term_heading(term, "Uncertain and varied inputs", NULL);
    kl_status status = kl_grid_print(&table, term);
    kl_grid_free(&table);
    free(input);
    return status;
}

static kl_status print_claims(const kl_term *term, const kl_study *study)
{
    kl_grid table;
    if (study->n_claims == 0)
        return KL_OK;
    kl_grid_init(&table, "llll");
    for (int c = 0; c < study->n_claims; c++) {
        const kl_claim *claim = &study->claim[c];
        char interval[160];
        kl_grid_cell(&table, KL_PLAIN, claim->name);
        kl_grid_cell(&table, KL_PLAIN, kl_outcome_info_of(claim->metric)->name);
        kl_grid_cell(&table, KL_PLAIN, kl_claim_text(interval, sizeof interval, claim));
        kl_grid_cell(&table, KL_PLAIN, claim->source);
    }
    kl_term_heading(term, "Claims", NULL);
    kl_status status = kl_grid_print(&table, term);
    kl_grid_free(&table);
    return status;
}

/* ---- JSON ---- */

static json_t *found_json(const kl_diagnostics *found)
{
    json_t *all = json_array();
    for (int i = 0; i < found->n; i++) {
        const kl_diagnostic *d = &found->item[i];
        json_array_append_new(all, json_pack("{s:s, s:o, s:i, s:i, s:o}", "kind", d->is_warning ? "warning" : "error",
                                             "file", kl_json_printable(d->file ? d->file : ""), "line", d->line,
                                             "column", d->column, "text", kl_json_printable(d->text)));
    }
    return all;
}

/* The resolved study, or what is wrong. */
static int check_json(const kl_cli *cli, const char *path, const kl_overrides *overrides)
{
    kl_study study;
    kl_diagnostics found;
    kl_status status = kl_study_load(&study, path, overrides, &found);
    int code = kl_exit_of(status), printed = KL_EXIT_OK;
    kl_diagnostics_print(&found, cli->err.file);
    if (status == KL_OK)
        printf("%s\n", study.resolved);
    else if (status == KL_ERR_STUDY || found.n > 0)
        printed = kl_print_json(cli, json_pack("{s:o}", "found", found_json(&found)));
    else
        kl_fail(cli, 0, "%s: %s", path, kl_status_text(status));
    kl_diagnostics_free(&found);
    kl_study_free(&study);
    return printed == KL_EXIT_OK ? code : printed;
}

/* ---- text ---- */

static int check_one(const kl_cli *cli, const check_args *args, const char *path)
{
    kl_study study;
    kl_plan plan;
    kl_overrides overrides = {args->set.n, args->set.item, args->seed, args->runs, args->months};
    if (args->json)
        return check_json(cli, path, &overrides);
    kl_study_init(&study);
    int code = kl_load_study(cli, &study, path, &overrides);
    if (code == KL_EXIT_OK) {
        kl_status status = kl_plan_make(&plan, &study, args->threads > 0 ? (int)args->threads : 0, 1);
        if (status != KL_OK && status != KL_ERR_RESOURCES)
            code = kl_fail(cli, kl_exit_of(status), "%s", kl_status_text(status));
        else {
            kl_status printed = kl_plan_print(&cli->out, &study, &plan);
            if (printed == KL_OK)
                printed = print_inputs(&cli->out, &study);
            if (printed == KL_OK)
                printed = print_claims(&cli->out, &study);
            if (printed != KL_OK)
                code = kl_fail(cli, kl_exit_of(printed), "%s", kl_status_text(printed));
        }
        if (status == KL_ERR_RESOURCES)
            code = kl_plan_refuse_memory(cli, &plan);
    }
    kl_study_free(&study);
    return code;
}

static int check_run(const kl_cli *cli, const kl_command *self, int argc, char **argv)
{
    check_args args = {.seed = -1, .threads = -1, .runs = -1, .months = -1};
    int code = kl_options_parse(cli, self, argc, argv, &args);
    if (code < 0 && args.json && args.operand.n > 1)
        code = kl_fail(cli, KL_EXIT_USAGE, "check: --json takes one study");
    if (code < 0) {
        code = KL_EXIT_OK;
        for (int i = 0; i < args.operand.n; i++) {
            int one = check_one(cli, &args, args.operand.item[i]);
            code = one > code ? one : code;
            if (i + 1 < args.operand.n && !args.json)
                putchar('\n');
        }
    }
    kl_options_free(self, &args);
    return code;
}

const kl_command kl_command_check = {
    .name = "check",
    .operands = "STUDY...",
    .least = 1,
    .most = -1,
    .summary = "say what is wrong with a study, and what it would take",
    .text =
        "Reads study files and says all that is wrong with them, each with file, line and column. For a study without "
        "errors it prints the plan, the inputs that vary and the claims. Nothing is written.",
    .option = check_options,
    .example = check_examples,
    .run = check_run,
};
