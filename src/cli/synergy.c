/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `klaster synergy`: which channel, level and stage carries the synergy of an arm, and who its stakeholders are. Plays the runs
 * that this takes itself; of a result file it takes the study, and leaves its tables there. */
#include "cli/synergy.h"

#include <stdlib.h>
#include <string.h>

#include "cli/plan.h"
#include "cli/progress.h"
#include "cli/tables.h"

#define WORLDS_WITHOUT_ASKING 1000 /* a world is about 20 runs here */

typedef struct synergy_args {
    kl_words operand, set;
    const char *arm;
    int64_t runs, seed, threads, point, replicate;
    int stakeholders, quiet;
    kl_tables_args tables;
} synergy_args;

static const kl_option synergy_options[] = {
    {"arm", 'a', KL_OPTION_TEXT, offsetof(synergy_args, arm), "ARM", 0, 0, "arm; the first without it"},
    {"runs", 'n', KL_OPTION_COUNT, offsetof(synergy_args, runs), "N", 1, INT32_MAX,
     "worlds; without it those of the study, at most 1,000. Each is played with all 16 sets of channels and without "
     "each "
     "stage"},
    {"stakeholders", 0, KL_OPTION_FLAG, offsetof(synergy_args, stakeholders), NULL, 0, 0,
     "the map of influence and interest in one world, instead"},
    {"point", 'p', KL_OPTION_COUNT, offsetof(synergy_args, point), "P", 0, INT32_MAX,
     "with --stakeholders: point, from 0 (0)"},
    {"replicate", 'r', KL_OPTION_COUNT, offsetof(synergy_args, replicate), "R", 0, INT32_MAX,
     "with --stakeholders: replicate, from 0 (0)"},
    {"set", 's', KL_OPTION_LIST, offsetof(synergy_args, set), "KEY=VALUE", 0, 0, "as in klaster run; for a study only"},
    {"seed", 0, KL_OPTION_COUNT, offsetof(synergy_args, seed), "N", 0, (int64_t)KL_SEED_MAX,
     "as in klaster run; for a study only"},
    {"threads", 'j', KL_OPTION_COUNT, offsetof(synergy_args, threads), "N", 1, 4096,
     "threads; without it all that the process may use. Results do not depend on it"},
    {"quiet", 'q', KL_OPTION_FLAG, offsetof(synergy_args, quiet), NULL, 0, 0, "print nothing but tables and errors"},
    KL_TABLES_OPTIONS(synergy_args, tables),
    {0},
};

static const char *const synergy_examples[] = {
    "klaster synergy paper",
    "channels, pairs, levels, classes of firms, stages",
    "klaster synergy results/paper.h5 --runs 5000",
    "of the study in a result file, where the tables are kept",
    "klaster synergy paper --table synergy_channels --csv",
    "one table, for other programs",
    "klaster synergy paper --stakeholders --point 17",
    "who has influence and interest in one world",
    NULL,
};

/* ---- stakeholders ---- */

static kl_status play(const kl_study *study, int arm, int point, int replicate, kl_params *params, kl_run *run)
{
    kl_mechanism mechanism;
    kl_status status = kl_study_draw(study, arm, point, params, &mechanism);
    if (status == KL_OK)
        status = kl_run_start(run, params, &mechanism, kl_study_world(study, point, replicate), study->horizon);
    while (status == KL_OK && run->month < run->horizon)
        kl_run_step(run);
    return status == KL_OK ? kl_run_check(run, NULL) : status;
}

int kl_stakeholders_make(const kl_cli *cli, const kl_study *study, int arm, int point, int replicate, kl_table *table)
{
    kl_params params;
    kl_run run;
    kl_stakeholder *map = NULL;
    *table = (kl_table){0};
    kl_run_init(&run);
    kl_status status = play(study, arm, point, replicate, &params, &run);
    int n = run.n_firms + KL_N_STAKEHOLDERS - 1;
    if (status == KL_OK && !(map = calloc((size_t)n, sizeof *map)))
        status = KL_ERR_MEMORY;
    if (status == KL_OK) {
        kl_stakeholders_map(&run, &params, map);
        status = kl_stakeholders_table(table, n, map);
    }
    free(map);
    kl_run_free(&run);
    return status == KL_OK ? KL_EXIT_OK
           : status == KL_ERR_MEMORY
               ? kl_fail(cli, KL_EXIT_IO, "out of memory")
               : kl_fail(cli, KL_EXIT_FAILED, "this run cannot be played: %s", kl_status_text(status));
}

static int map_stakeholders(const kl_cli *cli, const synergy_args *args, const kl_study *study, int arm,
                            const char *path)
{
    kl_table table;
    if (args->point >= study->n_points || args->replicate >= study->n_replicates)
        return kl_fail(cli, KL_EXIT_USAGE,
                       "no point %d, replicate %d: the study has points 0 to %d and replicates 0 to %d",
                       (int)args->point, (int)args->replicate, study->n_points - 1, study->n_replicates - 1);
    int code = kl_stakeholders_make(cli, study, arm, (int)args->point, (int)args->replicate, &table);
    if (code == KL_EXIT_OK)
        code = kl_tables_output(cli, &args->tables, 1, &table, path);
    kl_table_free(&table);
    return code;
}

/* ---- synergy ---- */

/* Play all worlds into `runs`. */
static int play_all(const kl_cli *cli, const kl_synergy_study *made, int n_threads, bool quiet, kl_synergy_runs *runs)
{
    kl_plan plan;
    kl_progress progress = {.term = &cli->err};
    kl_status status = kl_plan_make(&plan, &made->study, n_threads, 0);
    if (status == KL_ERR_RESOURCES || (status == KL_OK && kl_synergy_runs_bytes(made) > plan.bytes_available))
        return kl_plan_refuse_memory(cli, &plan);
    if (status == KL_OK)
        status = kl_synergy_runs_init(runs, made);
    if (status != KL_OK)
        return kl_fail(cli, kl_exit_of(status), "%s", kl_status_text(status));
    kl_engine_options engine = {.n_threads = plan.n_threads,
                                .stop = kl_signals_flag(),
                                .sink = kl_synergy_sink,
                                .data = runs,
                                .progress = quiet ? NULL : kl_progress_show,
                                .progress_data = &progress};
    status = kl_engine_run(&made->study, &plan, &engine);
    kl_progress_clear(&progress);
    if (status == KL_ERR_STOPPED)
        return 128 + *kl_signals_flag();
    return status == KL_OK ? KL_EXIT_OK : kl_fail(cli, kl_exit_of(status), "%s", kl_status_text(status));
}

/* Can the synergy of this arm be taken apart? */
static int check_arm(const kl_cli *cli, const kl_arm *arm)
{
    if (arm->n_stages == 0)
        return kl_fail(cli, KL_EXIT_USAGE, "arm '%s' introduces no ecosystem: there is no synergy to take apart",
                       arm->name);
    if (arm->n_others > 0)
        return kl_fail(cli, KL_EXIT_USAGE, "arm '%s' draws its mechanism; name one of them to take it apart",
                       arm->name);
    return KL_EXIT_OK;
}

int kl_synergy_make(const kl_cli *cli, const kl_study *study, int arm, int n_threads, bool quiet,
                    kl_table table[KL_N_SYNERGY_TABLES], kl_synergy_counts *counts)
{
    kl_synergy_study made;
    kl_synergy_runs runs = {.n_points = 0};
    for (int t = 0; t < KL_N_SYNERGY_TABLES; t++)
        table[t] = (kl_table){0};
    int code = check_arm(cli, &study->arm[arm]);
    if (code != KL_EXIT_OK)
        return code;
    kl_status status = kl_synergy_study_make(&made, study, arm);
    if (status == KL_OK && !quiet)
        kl_say(cli, KL_PLAIN, "arm %s: %lld worlds, each with 16 sets of channels and without %d stage%s",
               study->arm[arm].name, (long long)study->n_points * study->n_replicates, made.n_left_out,
               made.n_left_out == 1 ? "" : "s");
    code = status == KL_OK ? play_all(cli, &made, n_threads, quiet, &runs)
                           : kl_fail(cli, kl_exit_of(status), "%s", kl_status_text(status));
    if (code == KL_EXIT_OK) {
        status = kl_synergy_tables(&made, &runs, table);
        *counts = (kl_synergy_counts){(int64_t)runs.n_worlds, kl_synergy_failed(&runs)};
        code = status == KL_OK ? KL_EXIT_OK : kl_fail(cli, kl_exit_of(status), "%s", kl_status_text(status));
    }
    kl_synergy_runs_free(&runs);
    kl_synergy_study_free(&made);
    return code;
}

static int decompose(const kl_cli *cli, const synergy_args *args, const kl_study *study, int arm, const char *path)
{
    kl_table table[KL_N_SYNERGY_TABLES];
    kl_synergy_counts counts = {0};
    int n_threads = args->threads > 0 ? (int)args->threads : 0;
    int code = kl_synergy_make(cli, study, arm, n_threads, args->quiet, table, &counts);
    if (code == KL_EXIT_OK)
        code = kl_tables_output(cli, &args->tables, KL_N_SYNERGY_TABLES, table, path);
    for (int t = 0; t < KL_N_SYNERGY_TABLES; t++)
        kl_table_free(&table[t]);
    if (code != KL_EXIT_OK || counts.n_failed == 0)
        return code;
    kl_say(cli, KL_WARN, "%lld of %lld worlds are left out, since some of their runs failed",
           (long long)counts.n_failed, (long long)counts.n_worlds);
    return KL_EXIT_FAILED;
}

static int analyse(const kl_cli *cli, const synergy_args *args, const kl_study *study, const char *path)
{
    int arm = args->arm ? kl_find_arm(cli, study, args->arm) : 0;
    if (arm < 0)
        return KL_EXIT_USAGE;
    return args->stakeholders ? map_stakeholders(cli, args, study, arm, path) : decompose(cli, args, study, arm, path);
}

/* ---- the study ---- */

/* From a file, or where `resolved` is given from that text. */
static int load(const kl_cli *cli, kl_study *study, const char *path, const char *resolved,
                const kl_overrides *overrides)
{
    kl_diagnostics found;
    if (!resolved)
        return kl_load_study(cli, study, path, overrides);
    kl_status status = kl_study_parse(study, resolved, strlen(resolved), path, overrides, &found);
    kl_diagnostics_print(&found, cli->err.file);
    if (status != KL_OK && found.n == 0)
        kl_fail(cli, 0, "%s: %s", path, kl_status_text(status));
    kl_diagnostics_free(&found);
    return kl_exit_of(status);
}

/* With the worlds asked for, or not too many. A design of rows of points keeps its size. */
static int load_sized(const kl_cli *cli, const synergy_args *args, kl_study *study, const char *path,
                      const char *resolved)
{
    kl_overrides overrides = {args->set.n, args->set.item, args->seed, args->runs, -1};
    int code = load(cli, study, path, resolved, &overrides);
    bool many = code == KL_EXIT_OK && (int64_t)study->n_points * study->n_replicates > WORLDS_WITHOUT_ASKING;
    if (!many || args->runs > 0 || args->stakeholders || study->design.row_size > 1)
        return code;
    kl_study_free(study);
    overrides.runs = WORLDS_WITHOUT_ASKING;
    return load(cli, study, path, resolved, &overrides);
}

static int synergy_file(const kl_cli *cli, const synergy_args *args, const char *path)
{
    kl_result result;
    kl_study study;
    if (args->set.n > 0 || args->seed >= 0)
        return kl_fail(cli, KL_EXIT_USAGE, "synergy: --set and --seed are for studies; %s is a result file", path);
    int code = kl_open_result(cli, &result, path);
    if (code != KL_EXIT_OK)
        return code;
    kl_study_init(&study);
    code = load_sized(cli, args, &study, path, result.study.resolved);
    kl_result_close(&result); /* the tables go into a copy of it */
    if (code == KL_EXIT_OK)
        code = analyse(cli, args, &study, path);
    kl_study_free(&study);
    return code;
}

static int synergy_study(const kl_cli *cli, const synergy_args *args, const char *path)
{
    kl_study study;
    kl_study_init(&study);
    int code = load_sized(cli, args, &study, path, NULL);
    if (code == KL_EXIT_OK)
        code = analyse(cli, args, &study, NULL);
    kl_study_free(&study);
    return code;
}

/* Before an hour of playing: is there a table of that name? Held against the tables themselves by tests/test_synergy_cli.c. */
static int check_table(const kl_cli *cli, const synergy_args *args)
{
    static const char *const names[] = {"synergy_channels",       "synergy_pairs",          "synergy_levels",
                                        "synergy_level_channels", "synergy_measures",       "synergy_classes",
                                        "synergy_stages_value",   "synergy_stages_take_up", "synergy_swot"};
    static const char *const map[] = {"stakeholders"};
    return args->stakeholders ? kl_tables_check_name(cli, &args->tables, 1, map)
                              : kl_tables_check_name(cli, &args->tables, sizeof names / sizeof names[0], names);
}

static int synergy_run(const kl_cli *cli, const kl_command *self, int argc, char **argv)
{
    synergy_args args = {.runs = -1, .seed = -1, .threads = -1};
    int code = kl_options_parse(cli, self, argc, argv, &args);
    if (code < 0) {
        code = kl_tables_check(cli, &args.tables);
        if (code == KL_EXIT_OK)
            code = check_table(cli, &args);
        if (code == KL_EXIT_OK && (args.point > 0 || args.replicate > 0) && !args.stakeholders)
            code = kl_fail(cli, KL_EXIT_USAGE, "synergy: --point and --replicate go with --stakeholders");
        if (code == KL_EXIT_OK) {
            const char *path = args.operand.item[0];
            kl_signals_catch();
            code = kl_is_result_file(path) ? synergy_file(cli, &args, path) : synergy_study(cli, &args, path);
        }
    }
    kl_options_free(self, &args);
    return code;
}

const kl_command kl_command_synergy = {
    .name = "synergy",
    .operands = "FILE|STUDY",
    .least = 1,
    .most = 1,
    .summary = "which channel, level and stage carries the synergy, and for whom",
    .text =
        "Plays one arm with every set of the four channels (cost, information, brand, markets) and without each of its "
        "stages, all in the same worlds. Prints Shapley values and pair interactions of the channels, the synergy by "
        "level and by class of firms, what each stage adds, synergy degree and SWOT scores (docs/synergy.md).",
    .option = synergy_options,
    .example = synergy_examples,
    .reads_results = true,
    .run = synergy_run,
};
