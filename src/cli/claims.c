/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `klaster claims`: of each claim of a study, where it holds, where it breaks first, what would have to be true. */
#include <stdlib.h>

#include "cli/discovery.h"

typedef struct claims_args {
    kl_words operand, arm;
    int undefined_fails;
    kl_tables_args tables;
} claims_args;

static const kl_option claims_options[] = {
    {"arm", 'a', KL_OPTION_LIST, offsetof(claims_args, arm), "ARM", 0, 0, "only this arm; may be repeated"},
    {"undefined-fails", 0, KL_OPTION_FLAG, offsetof(claims_args, undefined_fails), NULL, 0, 0,
     "where the run failed or the metric is undefined the claim does not hold (as klaster summary counts), instead of "
     "leaving the world out"},
    KL_TABLES_OPTIONS(claims_args, tables),
    {0},
};

static const char *const claims_examples[] = {
    "klaster claims results/paper.h5",
    "every claim: how often, where, where not, what it would take",
    "klaster claims results/paper.h5 --table claims_inputs",
    "the worst fifth of every input, for every claim",
    NULL,
};

/* What is asked of every claim of the study; the caller frees the conditions. */
static int ask(const kl_cli *cli, const kl_study *study, const char *path, kl_discovery_args *asked,
               kl_condition **condition)
{
    *condition = NULL;
    if (study->n_claims == 0)
        return kl_fail(cli, KL_EXIT_USAGE, "%s: the study has no claims; klaster discover --where asks without", path);
    *condition = calloc((size_t)study->n_claims, sizeof **condition);
    if (!*condition)
        return kl_fail(cli, KL_EXIT_IO, "out of memory");
    for (int c = 0; c < study->n_claims; c++)
        kl_condition_of_claim(&(*condition)[c], &study->claim[c]);
    *asked = (kl_discovery_args){.prefix = "claims",
                                 .path = path,
                                 .n_conditions = study->n_claims,
                                 .condition = *condition,
                                 .boxes = 1,
                                 .show = KL_SHOW_PRIM};
    return KL_EXIT_OK;
}

int kl_claims_tables(const kl_cli *cli, const kl_result *result, const char *path, const kl_words *arm,
                     kl_table table[KL_DISCOVERY_TABLES])
{
    kl_discovery_args asked;
    kl_condition *condition;
    for (int t = 0; t < KL_DISCOVERY_TABLES; t++)
        table[t] = (kl_table){0};
    int code = ask(cli, &result->study, path, &asked, &condition);
    if (code == KL_EXIT_OK) {
        asked.arm = arm;
        code = kl_discovery_make(cli, result, &asked, table);
    }
    free(condition);
    return code;
}

static int answer(const kl_cli *cli, const void *parsed, const kl_result *result)
{
    const claims_args *args = parsed;
    kl_discovery_args asked;
    kl_condition *condition;
    int code = ask(cli, &result->study, args->operand.item[0], &asked, &condition);
    if (code == KL_EXIT_OK) {
        asked.arm = &args->arm;
        asked.undefined_fails = args->undefined_fails;
        asked.tables = &args->tables;
        code = kl_discovery_run(cli, result, &asked);
    }
    free(condition);
    return code;
}

static int claims_run(const kl_cli *cli, const kl_command *self, int argc, char **argv)
{
    claims_args args = {.undefined_fails = 0};
    int code = kl_options_parse(cli, self, argc, argv, &args);
    if (code < 0)
        code = kl_tables_answer(cli, &args.tables, args.operand.item[0], &args, answer);
    kl_options_free(self, &args);
    return code;
}

const kl_command kl_command_claims = {
    .name = "claims",
    .operands = "FILE",
    .least = 1,
    .most = 1,
    .summary = "where each claim holds, where it breaks first, what it would take",
    .text =
        "For each claim of the study: the share of worlds in which it holds; the ranges of the uncertain inputs in "
        "which "
        "it holds most; the input that breaks it first, and the ranges in which it fails; and what would have to be "
        "true for it to hold in 80 % and 90 % of worlds.\n"
        "Shares are those of a third of the points that was held out from the search. klaster discover asks the same "
        "of "
        "any condition.",
    .option = claims_options,
    .example = claims_examples,
    .reads_results = true,
    .run = claims_run,
};
