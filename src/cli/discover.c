/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `klaster discover`: in which worlds does a condition hold? */
#include <stdlib.h>
#include <string.h>

#include "cli/discovery.h"

enum { BOXES = 3 };

typedef struct discover_args {
    kl_words operand, where, claim, arm;
    int method, undefined_fails;
    int64_t boxes;
    kl_tables_args tables;
} discover_args;

static const kl_option discover_options[] = {
    {"where", 'w', KL_OPTION_LIST, offsetof(discover_args, where), "CONDITION", 0, 0,
     "what is asked of a world: 'saving_joint in [0.30, 0.40]', 'npv_social > 0', 'status == completed'; may be "
     "repeated"},
    {"claim", 'c', KL_OPTION_LIST, offsetof(discover_args, claim), "NAME", 0, 0,
     "the condition of this claim of the study; may be repeated"},
    {"arm", 'a', KL_OPTION_LIST, offsetof(discover_args, arm), "ARM", 0, 0, "only this arm; may be repeated"},
    {"method", 'm', KL_OPTION_WORD, offsetof(discover_args, method), "prim|tree|both", 0, 0,
     "what to print: boxes (the default), a decision tree, or both; all tables are kept"},
    {"boxes", 'b', KL_OPTION_COUNT, offsetof(discover_args, boxes), "N", 1, KL_DISCOVERY_BOXES_MAX,
     "at most so many boxes in which it holds (3), each found in what the earlier ones left"},
    {"undefined-fails", 0, KL_OPTION_FLAG, offsetof(discover_args, undefined_fails), NULL, 0, 0,
     "where the run failed or the metric is undefined the condition does not hold, instead of leaving the world out"},
    KL_TABLES_OPTIONS(discover_args, tables),
    {0},
};

static const char *const discover_examples[] = {
    "klaster discover results/paper.h5 --where 'saving_joint in [0.30, 0.40]'",
    "where the 30-40 % holds, where it fails, what would have to be true",
    "klaster discover results/paper.h5 --where 'status == completed' --method tree",
    "what decides whether the mechanism is completed, as a tree",
    "klaster discover results/paper.h5 -c net-saving --table discovery_trajectory",
    "every box on the way to the one that was taken",
    NULL,
};

static const kl_claim *find_claim(const kl_cli *cli, const kl_study *study, const char *name)
{
    const char **names = calloc((size_t)study->n_claims + 1, sizeof *names);
    for (int c = 0; c < study->n_claims; c++) {
        if (strcmp(study->claim[c].name, name) == 0) {
            free(names);
            return &study->claim[c];
        }
        if (names)
            names[c] = study->claim[c].name;
    }
    const char *nearest = names ? kl_text_nearest(name, names, study->n_claims) : NULL;
    if (nearest)
        kl_fail(cli, KL_EXIT_USAGE, "no claim '%s'; did you mean '%s'?", name, nearest);
    else
        kl_fail(cli, KL_EXIT_USAGE, "the study has no claim '%s'", name);
    free(names);
    return NULL;
}

static int read_conditions(const kl_cli *cli, const discover_args *args, const kl_study *study, kl_condition *condition)
{
    int n = 0;
    for (int i = 0; i < args->where.n; i++) {
        int code = kl_condition_parse(cli, &condition[n++], args->where.item[i]);
        if (code != KL_EXIT_OK)
            return code;
    }
    for (int i = 0; i < args->claim.n; i++) {
        const kl_claim *claim = find_claim(cli, study, args->claim.item[i]);
        if (!claim)
            return KL_EXIT_USAGE;
        kl_condition_of_claim(&condition[n++], claim);
    }
    return KL_EXIT_OK;
}

static int discover(const kl_cli *cli, const void *parsed, const kl_result *result)
{
    const discover_args *args = parsed;
    int n = args->where.n + args->claim.n;
    kl_condition *condition = calloc((size_t)n + 1, sizeof *condition);
    if (!condition)
        return kl_fail(cli, KL_EXIT_IO, "out of memory");
    int code = read_conditions(cli, args, &result->study, condition);
    if (code == KL_EXIT_OK) {
        kl_discovery_args asked = {.prefix = "discovery",
                                   .path = args->operand.item[0],
                                   .n_conditions = n,
                                   .condition = condition,
                                   .arm = &args->arm,
                                   .undefined_fails = args->undefined_fails,
                                   .boxes = (int)args->boxes,
                                   .show = (kl_discovery_show)args->method,
                                   .tables = &args->tables};
        code = kl_discovery_run(cli, result, &asked);
    }
    free(condition);
    return code;
}

static int discover_run(const kl_cli *cli, const kl_command *self, int argc, char **argv)
{
    discover_args args = {.boxes = BOXES};
    int code = kl_options_parse(cli, self, argc, argv, &args);
    if (code < 0 && args.where.n + args.claim.n == 0)
        code = kl_fail(cli, KL_EXIT_USAGE, "discover: --where CONDITION or --claim NAME is missing");
    if (code < 0)
        code = kl_tables_answer(cli, &args.tables, args.operand.item[0], &args, discover);
    kl_options_free(self, &args);
    return code;
}

const kl_command kl_command_discover = {
    .name = "discover",
    .operands = "FILE",
    .least = 1,
    .most = 1,
    .summary = "in which worlds a condition holds, and where it fails",
    .text =
        "Scenario discovery: looks for the ranges of the uncertain inputs in which a condition holds often (PRIM "
        "boxes), "
        "where it fails, what would have to be true for it to hold in 80 % and 90 % of worlds, and for a small "
        "decision tree.\n"
        "What is found in two thirds of the points is judged on the third that was held out; the shares printed are "
        "those of the worlds held out, with 95 % Monte Carlo intervals.",
    .option = discover_options,
    .example = discover_examples,
    .reads_results = true,
    .run = discover_run,
};
