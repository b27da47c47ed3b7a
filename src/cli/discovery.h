/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What `discover` and `claims` share: conditions put to the arms of a result file, and findings in words. */
#ifndef KLASTER_CLI_DISCOVERY_H
#define KLASTER_CLI_DISCOVERY_H

#include "cli/condition.h"
#include "cli/tables.h"

typedef enum kl_discovery_show { KL_SHOW_PRIM, KL_SHOW_TREE, KL_SHOW_BOTH } kl_discovery_show;

typedef struct kl_discovery_args {
    const char *prefix; /* of the tables */
    const char *path;
    int n_conditions;
    const kl_condition *condition;
    const kl_words *arm; /* none: all */
    int undefined_fails;
    int boxes;
    kl_discovery_show show;
    const kl_tables_args *tables;
} kl_discovery_args;

/* Answer, print, keep. Returns an exit code. */
int kl_discovery_run(const kl_cli *cli, const kl_result *result, const kl_discovery_args *args);

/* The same, without printing or keeping anything: the tables. Returns an exit code; free all in any case. */
int kl_discovery_make(const kl_cli *cli, const kl_result *result, const kl_discovery_args *args,
                      kl_table table[KL_DISCOVERY_TABLES]);

/* The tables of `klaster claims FILE --arm ...`; likewise. */
int kl_claims_tables(const kl_cli *cli, const kl_result *result, const char *path, const kl_words *arm,
                     kl_table table[KL_DISCOVERY_TABLES]);

/* One finding in words; discovery_text.c. */
KL_MUST_USE kl_status kl_discovery_print(const kl_term *term, const kl_study *study, const kl_finding *finding,
                                         kl_discovery_show show);

#endif
