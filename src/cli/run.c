/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `klaster run`: plays a study and writes its result file. Options, and rounds of --precision. */
#include <string.h>

#include "cli/run.h"

static const kl_option run_options[] = {
    {"output", 'o', KL_OPTION_TEXT, offsetof(kl_run_args, output), "FILE", 0, 0,
     "result file; without it results/NAME.h5, and the directory `results` is made if it is missing"},
    {"force", 'f', KL_OPTION_FLAG, offsetof(kl_run_args, force), NULL, 0, 0, "replace the result file if it exists"},
    {"resume", 0, KL_OPTION_FLAG, offsetof(kl_run_args, resume), NULL, 0, 0,
     "go on with what an interrupted run left (which the same command does anyway), and be content where nothing is "
     "left"},
    {"extend", 0, KL_OPTION_FLAG, offsetof(kl_run_args, extend), NULL, 0, 0,
     "add more worlds, replicates or arms to the result file: only what it does not hold is played"},
    {"shard", 0, KL_OPTION_TEXT, offsetof(kl_run_args, shard), "I/N", 0, 0,
     "play the I-th of N parts only, for job arrays; klaster merge joins them"},
    {"checkpoint", 0, KL_OPTION_COUNT, offsetof(kl_run_args, checkpoint), "SECONDS", 0, 86400,
     "how often what was played is brought to disk, at most; without it 1; 0: after every block"},
    {"set", 's', KL_OPTION_LIST, offsetof(kl_run_args, set), "KEY=VALUE", 0, 0,
     "change a parameter, written as in a study file (fee=0.02, fee='{uniform: [0, 0.05]}'); ARM.KEY=VALUE for one "
     "arm; "
     "may be repeated"},
    {"seed", 0, KL_OPTION_COUNT, offsetof(kl_run_args, seed), "N", 0, (int64_t)KL_SEED_MAX, "seed of the study"},
    {"threads", 'j', KL_OPTION_COUNT, offsetof(kl_run_args, threads), "N", 1, 4096,
     "threads; without it all that the process may use. Results do not depend on it"},
    {"runs", 'n', KL_OPTION_COUNT, offsetof(kl_run_args, runs), "N", 1, INT32_MAX,
     "worlds, each played by every arm; whole points, so rounded up where a point has several replicates"},
    {"precision", 0, KL_OPTION_LIST, offsetof(kl_run_args, precision), "NAME:STAT=HALFWIDTH", 0, 0,
     "play more and more worlds, doubling, until the 95 % interval is this narrow: of an outcome's mean, quantile "
     "(q50, q95) "
     "or paired difference from the baseline arm (diff), or of the share of worlds in which a claim holds (share), in "
     "every "
     "arm; --runs is then the first round; may be repeated"},
    {"max-runs", 0, KL_OPTION_COUNT, offsetof(kl_run_args, max_runs), "N", 2, INT64_C(1) << 40,
     "worlds at which --precision gives up; without it 1,048,576"},
    {"months", 0, KL_OPTION_COUNT, offsetof(kl_run_args, months), "N", 1, KL_HORIZON_MAX, "horizon"},
    {"dry-run", 0, KL_OPTION_FLAG, offsetof(kl_run_args, dry_run), NULL, 0, 0, "print the plan and stop"},
    {"quiet", 'q', KL_OPTION_FLAG, offsetof(kl_run_args, quiet), NULL, 0, 0, "print nothing but errors"},
    {"json", 0, KL_OPTION_FLAG, offsetof(kl_run_args, json), NULL, 0, 0,
     "print the last line as JSON; with --dry-run the plan"},
    {0},
};

static const char *const run_examples[] = {
    "klaster run paper",
    "the paper's study, to results/paper.h5",
    "klaster run paper --runs 1000 --seed 7 -o trial.h5",
    "fewer worlds, other randomness, another file",
    "klaster run paper --precision joint-saving:share=0.01",
    "as many worlds as it takes to know the claim's share to 1 percentage point",
    "klaster run paper --set firms=119 --set 'capex_grant=60000' -o technopark.h5",
    "the same question for 119 firms and with a grant",
    "klaster run paper --runs 40000 --extend",
    "30,000 worlds more, into the file that holds 10,000",
    "klaster run paper --shard 3/10 -o shard-3.h5",
    "the third of ten parts, as a job of its own",
    NULL,
};

/* Does the file hold a round that was played before? Then go on from there. */
static int64_t first_round(const kl_run_args *args, kl_study *study, const char *path, int64_t first)
{
    kl_result found;
    int64_t n = first;
    if (args->force || kl_result_open(&found, path, NULL) != KL_OK)
        return first;
    int64_t there = (int64_t)found.study.n_points * found.study.n_replicates;
    if (there >= first && kl_study_resize(study, there) == KL_OK && strcmp(study->sha256, found.study.sha256) == 0)
        n = there;
    kl_result_close(&found);
    return n;
}

/* Together; what is wrong is said once. */
static int begin_rounds(const kl_cli *cli, const kl_run_args *args, const kl_study *study, kl_rounds_played *rounds)
{
    int code = KL_EXIT_OK;
    memset(rounds, 0, sizeof *rounds);
    for (int turn = 0; turn < 2; turn++) {
        if ((args->ranks->index > 0) == turn)
            code = kl_rounds_begin(cli, rounds, study, &args->precision, args->runs, args->max_runs);
        code = kl_run_agree(cli, args, code);
        if (code != KL_EXIT_OK)
            return code;
    }
    return KL_EXIT_OK;
}

/* Round by round: each is the study with more worlds, and goes on from the file of the one before. */
static int play_rounds(const kl_cli *cli, const kl_run_args *args, kl_study *study, const char *path)
{
    kl_rounds_played rounds;
    int64_t next = 0;
    int code = begin_rounds(cli, args, study, &rounds);
    if (code == KL_EXIT_OK && args->ranks->index == 0)
        next = first_round(args, study, path, rounds.rounds.first * rounds.rounds.unit);
    if (code == KL_EXIT_OK)
        code = kl_run_share(cli, args, &next, sizeof next);
    for (bool is_first = true; code == KL_EXIT_OK && next > 0; is_first = false) {
        kl_status status = kl_study_resize(study, next);
        if (status != KL_OK) {
            code = kl_fail(cli, kl_exit_of(status), "%s", kl_status_text(status));
            break;
        }
        kl_session session = {
            .cli = cli, .args = args, .study = study, .path = path, .rounds = &rounds, .is_first = is_first};
        code = kl_session_play(&session);
        next = session.next_runs;
    }
    kl_rounds_free(&rounds);
    return code;
}

static int run_study(const kl_cli *cli, const kl_run_args *args, kl_study *study)
{
    char made[1024];
    const char *path = args->output;
    if (!path) {
        kl_run_default_output(made, sizeof made, study->name);
        path = made;
    }
    if (args->precision.n > 0)
        return play_rounds(cli, args, study, path);
    kl_session session = {.cli = cli, .args = args, .study = study, .path = path, .is_first = true};
    return kl_session_play(&session);
}

/* Understand the command line and load the study. *goes_on: there is something to play; else the code is the program's. */
static int read_all(const kl_cli *cli, const kl_command *self, int argc, char **argv, kl_run_args *args,
                    kl_study *study, int *goes_on)
{
    int code = kl_options_parse(cli, self, argc, argv, args);
    *goes_on = code < 0;
    if (code >= 0)
        return code;
    code = kl_run_read_shard(cli, args);
    if (code == KL_EXIT_OK) {
        int64_t runs = args->precision.n > 0 ? -1 : args->runs; /* there it is the first round */
        kl_overrides overrides = {args->set.n, args->set.item, args->seed, runs, args->months};
        code = kl_load_study(cli, study, args->operand.item[0], &overrides);
    }
    *goes_on = code == KL_EXIT_OK;
    return code;
}

/* Together: rank 0 first, so that what is wrong is said once; the others print nothing but errors. */
static int read_in_turn(const kl_cli *cli, const kl_command *self, int argc, char **argv, kl_run_args *args,
                        kl_study *study, int *goes_on)
{
    int told[2] = {0, 0};
    if (args->ranks->index == 0)
        told[0] = read_all(cli, self, argc, argv, args, study, &told[1]);
    int code = kl_run_share(cli, args, told, sizeof told);
    *goes_on = code == KL_EXIT_OK && told[1];
    if (!*goes_on)
        return code == KL_EXIT_OK ? told[0] : code;
    if (args->ranks->index > 0) {
        code = read_all(cli, self, argc, argv, args, study, goes_on);
        args->quiet = 1;
        args->json = 0;
    }
    code = kl_run_agree(cli, args, code);
    return code == KL_EXIT_OK ? kl_run_same_study(cli, args, study) : code;
}

static int run_run(const kl_cli *cli, const kl_command *self, int argc, char **argv)
{
    kl_ranks ranks;
    kl_run_args args = {
        .ranks = &ranks, .seed = -1, .threads = -1, .runs = -1, .months = -1, .checkpoint = -1, .max_runs = 1 << 20};
    kl_study study;
    int goes_on = 0;
    kl_study_init(&study);
    kl_signals_catch();
    kl_status status = kl_ranks_start(&ranks, NULL, NULL);
    int code = status == KL_OK ? KL_EXIT_OK : kl_fail(cli, KL_EXIT_IO, "%s", kl_status_text(status));
    if (code == KL_EXIT_OK)
        code = read_in_turn(cli, self, argc, argv, &args, &study, &goes_on);
    if (code == KL_EXIT_OK && goes_on)
        code = run_study(cli, &args, &study);
    kl_study_free(&study);
    kl_options_free(self, &args);
    kl_ranks_end(&ranks);
    return code;
}

const kl_command kl_command_run = {
    .name = "run",
    .operands = "STUDY",
    .least = 1,
    .most = 1,
    .summary = "play a study and write its result file",
    .text =
        "Plays every arm of a study in every world and writes one HDF5 file. STUDY is a study file, or the name of "
        "a scenario that came with klaster (paper).\n"
        "Before it starts it prints what the study will take, and refuses what does not fit.\n"
        "While it plays, finished worlds are brought to disk every second, in a journal beside the result. However it "
        "ends - Ctrl-C, a kill, a full disk - the same command goes on from there, and the result is the same to "
        "the bit.",
    .option = run_options,
    .example = run_examples,
    .run = run_run,
};
