/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `klaster calibrate`: which values of the uncertain inputs agree with a study's targets. */
#define _DEFAULT_SOURCE 1 /* POSIX under -std=c11 */
#include "cli/calibrate.h"

#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "cli/progress.h"
#include "cli/tables.h"

enum { WAVES = 200, WAVES_MOST = 100000, PARTICLES_GOOD = 200 };

typedef struct calibrate_args {
    kl_words operand, set;
    const char *output, *parameters;
    int64_t particles, waves, seed, threads;
    int force, quiet;
    kl_tables_args tables;
} calibrate_args;

static const kl_option calibrate_options[] = {
    {"particles", 'n', KL_OPTION_COUNT, offsetof(calibrate_args, particles), "N", KL_PARTICLES_LEAST, KL_PARTICLES_MAX,
     "points of the sample; without it the study's points"},
    {"waves", 'w', KL_OPTION_COUNT, offsetof(calibrate_args, waves), "K", 2, WAVES_MOST,
     "give up after so many waves, of one run a particle and replicate each (200)"},
    {"output", 'o', KL_OPTION_TEXT, offsetof(calibrate_args, output), "FILE", 0, 0,
     "result file: the runs of the prior, and the tables under /analysis"},
    {"force", 'f', KL_OPTION_FLAG, offsetof(calibrate_args, force), NULL, 0, 0, "replace the result file if it exists"},
    {"write-parameters", 0, KL_OPTION_TEXT, offsetof(calibrate_args, parameters), "FILE.yaml", 0, 0,
     "write what was learned as a new fragment that a study can include"},
    {"set", 's', KL_OPTION_LIST, offsetof(calibrate_args, set), "KEY=VALUE", 0, 0, "as in klaster run"},
    {"seed", 0, KL_OPTION_COUNT, offsetof(calibrate_args, seed), "N", 0, (int64_t)KL_SEED_MAX, "seed of the study"},
    {"threads", 'j', KL_OPTION_COUNT, offsetof(calibrate_args, threads), "N", 1, 4096,
     "threads; without it all that the process may use. Results do not depend on it"},
    {"quiet", 'q', KL_OPTION_FLAG, offsetof(calibrate_args, quiet), NULL, 0, 0, "print nothing but tables and errors"},
    KL_TABLES_PRINT_OPTIONS(calibrate_args, tables),
    {0},
};

static const char *const calibrate_examples[] = {
    "klaster calibrate calibrate-navoi",
    "what Navoi's public figures say, and what they leave open",
    "klaster calibrate calibrate-navoi --write-parameters navoi-fitted.yaml",
    "what was found, as a fragment for other studies, too",
    "klaster calibrate calibrate-navoi --table calibration_sample --csv",
    "the sample, for other programs",
    NULL,
};

/* ---- before anything is played ---- */

static int check_study(const kl_cli *cli, const calibrate_args *args, kl_study *study)
{
    const char *path = args->operand.item[0];
    struct stat info;
    if (study->n_targets == 0)
        return kl_fail(cli, KL_EXIT_USAGE, "%s: no targets: the key 'targets' says what was observed", path);
    if (study->n_mechanisms > 0)
        return kl_fail(cli, KL_EXIT_USAGE, "%s: a mechanism drawn cannot be learned; name one", path);
    if (study->design.row_size > 1 || study->design.n_factors > 0)
        return kl_fail(cli, KL_EXIT_USAGE,
                       "%s: a %s design is no sample of the inputs' distributions; leave 'design' out", path,
                       kl_design_kind_word(study->design.kind));
    if (args->output && lstat(args->output, &info) == 0 && !args->force)
        return kl_fail(cli, KL_EXIT_IO, "%s exists already; --force replaces it, -o FILE writes another", args->output);
    if (args->parameters && lstat(args->parameters, &info) == 0)
        return kl_fail(cli, KL_EXIT_IO, "%s exists already, and may be somebody's", args->parameters);
    if (args->particles > 0) {
        int64_t worlds = args->particles * (study->n_points > 1 ? study->n_replicates : 1);
        kl_status status = study->n_points > 1 ? kl_study_resize(study, worlds) : KL_ERR_ARGUMENT;
        if (status != KL_OK)
            return kl_fail(cli, status == KL_ERR_ARGUMENT ? KL_EXIT_USAGE : kl_exit_of(status), "%s: %s", path,
                           study->n_points > 1 ? kl_status_text(status) : "a study of one point has no particles");
    }
    if (study->n_points < KL_PARTICLES_LEAST)
        return kl_fail(cli, KL_EXIT_USAGE, "%s: %d points; a calibration takes %d or more (--particles)", path,
                       study->n_points, KL_PARTICLES_LEAST);
    if (study->n_points < PARTICLES_GOOD && !args->quiet)
        kl_say(cli, KL_WARN, "%d particles are few: intervals will be rough", study->n_points);
    return KL_EXIT_OK;
}

/* ---- playing ---- */

static int explain(const kl_cli *cli, kl_status status)
{
    int number = *kl_signals_flag();
    if (status == KL_ERR_STOPPED)
        return 128 + (number ? number : SIGTERM);
    if (status == KL_ERR_NOT_FOUND)
        return kl_fail(cli, KL_EXIT_USAGE, "no input of this study is uncertain, so there is nothing to be learned");
    return kl_fail(cli, kl_exit_of(status), "%s", kl_status_text(status));
}

static void say_wave(const kl_cli *cli, const kl_fit *fit)
{
    const kl_calibration *c = &fit->sampler;
    const kl_calibration_wave *wave = &c->wave[c->n_waves - 1];
    if (c->n_waves == 1)
        kl_say(cli, KL_PLAIN, "wave 0: the prior, %d particles", fit->study->n_points);
    else
        kl_say(cli, KL_PLAIN, "wave %d: tolerance %.3g, %.0f %% of the proposals accepted", c->n_waves - 1,
               wave->tolerance, 100 * wave->acceptance);
}

/* The first wave, stored if that was asked for. */
static int begin(const kl_cli *cli, const calibrate_args *args, kl_fit *fit)
{
    kl_store *store = NULL;
    kl_reason reason = {""};
    kl_plan plan;
    char *command = kl_command_line(cli);
    kl_store_options options = {.overwrite = args->force, .command = command};
    kl_status status = command ? kl_plan_make(&plan, fit->study, fit->n_threads, 0) : KL_ERR_MEMORY;
    if (status == KL_OK && args->output)
        status = kl_store_new(&store, args->output, fit->study, &plan, &options, &reason);
    if (status == KL_OK)
        status = kl_fit_begin(fit, store);
    if (status == KL_OK && store)
        status = kl_store_finish(store, 0, &reason);
    int code = status == KL_OK  ? KL_EXIT_OK
               : reason.text[0] ? kl_fail(cli, kl_exit_of(status), "%s", reason.text)
                                : explain(cli, status);
    kl_store_free(store);
    free(command);
    return code;
}

static int play(const kl_cli *cli, const calibrate_args *args, kl_fit *fit)
{
    int code = begin(cli, args, fit);
    if (code != KL_EXIT_OK)
        return code;
    if (!args->quiet)
        say_wave(cli, fit);
    while (fit->sampler.end == KL_CALIBRATION_RUNNING) {
        kl_status status = kl_fit_step(fit);
        if (status != KL_OK)
            return explain(cli, status);
        if (!args->quiet)
            say_wave(cli, fit);
    }
    if (fit->sampler.end == KL_CALIBRATION_NOTHING)
        return kl_fail(cli, KL_EXIT_FAILED,
                       "in %lld of %lld worlds of the prior a target has no value or the run failed: too few are left",
                       (long long)fit->sampler.wave[0].n_undefined,
                       (long long)fit->study->n_points * fit->study->n_replicates);
    kl_status status = kl_fit_end(fit);
    return status == KL_OK ? KL_EXIT_OK : explain(cli, status);
}

/* ---- the answer ---- */

static void print_end(const kl_cli *cli, const kl_fit *fit)
{
    char a[KL_NUMBER_SIZE], text[512];
    const kl_calibration *c = &fit->sampler;
    const kl_calibration_wave *last = &c->wave[c->n_waves - 1];
    kl_text_count(a, sizeof a, (double)fit->n_runs);
    snprintf(text, sizeof text,
             "%d particles, effective %.0f distinct and %.0f families; %d waves, %s runs; last acceptance %.0f %%; log "
             "evidence %.2f",
             fit->study->n_points, last->distinct, last->families, c->n_waves, a, 100 * last->acceptance,
             c->log_evidence);
    putc('\n', cli->out.file);
    kl_term_wrap(&cli->out, text, 2, 0);
    putc('\n', cli->out.file);
}

/* For people the two tables that answer; all on request. */
static int output(const kl_cli *cli, const calibrate_args *args, const kl_fit *fit)
{
    kl_table table[KL_CALIBRATION_TABLES];
    const kl_tables_args *tables = &args->tables;
    kl_status status = kl_fit_tables(fit, table);
    int code = status == KL_OK ? KL_EXIT_OK : kl_fail(cli, kl_exit_of(status), "%s", kl_status_text(status));
    bool few = kl_tables_are_text(tables) && !tables->table;
    if (code == KL_EXIT_OK && few)
        kl_fit_print_opening(&cli->out, fit, &table[0], &table[1]);
    if (code == KL_EXIT_OK)
        code = kl_tables_print(cli, tables, few ? 2 + (table[2].n_rows > 0) : KL_CALIBRATION_TABLES, table);
    if (code == KL_EXIT_OK && few)
        print_end(cli, fit);
    if (code == KL_EXIT_OK)
        code = kl_tables_save(cli, tables, KL_CALIBRATION_TABLES, table, args->output);
    for (int i = 0; i < KL_CALIBRATION_TABLES; i++)
        kl_table_free(&table[i]);
    return code;
}

static int report_end(const kl_cli *cli, const kl_fit *fit)
{
    if (fit->n_failed > 0)
        kl_say(cli, KL_WARN, "%lld of %lld runs failed; they agree with nothing", (long long)fit->n_failed,
               (long long)fit->n_runs);
    if (fit->sampler.end == KL_CALIBRATION_WAVES)
        return kl_fail(cli, KL_EXIT_FAILED,
                       "the waves ran out at %.3g times the tolerances asked for: the sample is wider than the "
                       "posterior; --waves allows more",
                       fit->sampler.tolerance);
    return fit->n_failed > 0 ? KL_EXIT_FAILED : KL_EXIT_OK;
}

static int calibrate(const kl_cli *cli, const calibrate_args *args, kl_study *study)
{
    kl_fit fit = {0};
    int code = check_study(cli, args, study);
    if (code != KL_EXIT_OK)
        return code;
    kl_signals_catch();
    kl_status status = kl_fit_init(&fit, study, study->seed, (int)args->waves, (int)args->threads);
    code = status == KL_OK ? play(cli, args, &fit) : explain(cli, status);
    if (code == KL_EXIT_OK)
        code = output(cli, args, &fit);
    if (code == KL_EXIT_OK && args->parameters)
        code = kl_fit_write(cli, &fit, args->parameters);
    if (code == KL_EXIT_OK)
        code = report_end(cli, &fit);
    kl_fit_free(&fit);
    return code;
}

/* Before the waves: is there a table of that name? Held against the tables themselves by tests/test_cli_calibrate.c. */
static int check_table(const kl_cli *cli, const kl_tables_args *tables)
{
    static const char *const names[] = {"calibration_targets", "calibration_inputs", "calibration_choices",
                                        "calibration_pairs",   "calibration_waves",  "calibration_sample"};
    int code = kl_tables_check(cli, tables);
    return code == KL_EXIT_OK ? kl_tables_check_name(cli, tables, sizeof names / sizeof names[0], names) : code;
}

static int calibrate_run(const kl_cli *cli, const kl_command *self, int argc, char **argv)
{
    calibrate_args args = {.waves = WAVES, .seed = -1};
    kl_study study;
    int code = kl_options_parse(cli, self, argc, argv, &args);
    if (code < 0 && check_table(cli, &args.tables) != KL_EXIT_OK)
        code = KL_EXIT_USAGE;
    if (code < 0) {
        kl_overrides overrides = {args.set.n, args.set.item, args.seed, -1, -1};
        code = kl_load_study(cli, &study, args.operand.item[0], &overrides);
        if (code == KL_EXIT_OK)
            code = calibrate(cli, &args, &study);
        kl_study_free(&study);
    }
    kl_options_free(self, &args);
    return code;
}

const kl_command kl_command_calibrate = {
    .name = "calibrate",
    .operands = "STUDY",
    .least = 1,
    .most = 1,
    .summary = "which values of the inputs agree with what was observed",
    .text = "Draws a sample of the uncertain inputs given the study's 'targets', by sequential Monte Carlo: waves of "
            "runs in "
            "which the tolerance falls to the standard deviations of the targets.\n"
            "Says how well the targets are met, and of which inputs nothing was learned: these keep their prior.",
    .option = calibrate_options,
    .example = calibrate_examples,
    .run = calibrate_run,
};
