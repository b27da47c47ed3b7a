/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `klaster merge`: one result file from several that hold different runs of the same study. Nothing is played. */
#define _DEFAULT_SOURCE 1 /* POSIX under -std=c11 */
#include "cli/merge.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cli/plan.h"

typedef struct merge_args {
    kl_words operand;
    const char *output;
    int force, partial, quiet, json;
} merge_args;

static const kl_option merge_options[] = {
    {"output", 'o', KL_OPTION_TEXT, offsetof(merge_args, output), "FILE", 0, 0, "the file that is made; needed"},
    {"force", 'f', KL_OPTION_FLAG, offsetof(merge_args, force), NULL, 0, 0, "replace it if it exists"},
    {"partial", 0, KL_OPTION_FLAG, offsetof(merge_args, partial), NULL, 0, 0,
     "make it even where runs are missing: it is marked incomplete, and klaster run goes on from it"},
    {"quiet", 'q', KL_OPTION_FLAG, offsetof(merge_args, quiet), NULL, 0, 0, "print nothing but errors"},
    {"json", 0, KL_OPTION_FLAG, offsetof(merge_args, json), NULL, 0, 0, "print the last line as JSON"},
    {0},
};

static const char *const merge_examples[] = {
    "klaster merge shard-*.h5 -o results/paper.h5",
    "the shards of klaster run --shard I/N",
    "klaster merge shard-1.h5 shard-2.h5 -o so-far.h5 --partial",
    "what is there so far",
    NULL,
};

/* ---- opening ---- */

/* Every file stays open: as many as this process may have. */
static void allow_files(int n)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= (rlim_t)n + 64)
        return;
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit); /* opening says what is too many */
}

static int open_files(kl_merge *merge, int *n_open)
{
    for (int i = 0; i < merge->n; i++) {
        int code = kl_open_result(merge->cli, &merge->result[i], merge->path[i]);
        /* a shard that was killed has a journal, and no file yet */
        if (code != KL_EXIT_OK && access(merge->path[i], F_OK) != 0 && kl_store_has_journal(merge->path[i]))
            kl_say(merge->cli, KL_PLAIN,
                   "  %s.journal is there: the command that made it goes on where it is run again", merge->path[i]);
        if (code != KL_EXIT_OK)
            return code;
        merge->n_there += merge->result[i].n_done;
        ++*n_open;
    }
    return KL_EXIT_OK;
}

/* The same file under two names has the same runs, but to say so would help nobody. */
static int check_twice(const kl_merge *merge)
{
    struct stat a, b;
    for (int i = 0; i < merge->n; i++)
        for (int k = 0; k < i && stat(merge->path[i], &a) == 0; k++)
            if (stat(merge->path[k], &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino)
                return kl_fail(merge->cli, KL_EXIT_USAGE, "%s and %s are the same file", merge->path[k],
                               merge->path[i]);
    return KL_EXIT_OK;
}

/* May the output be written? The store lets sources be replaced, so it has to be asked here. */
static int check_output(const kl_merge *merge, const merge_args *args)
{
    struct stat info;
    if (!args->force && stat(args->output, &info) == 0)
        return kl_fail(merge->cli, KL_EXIT_IO, "%s exists already; --force replaces it", args->output);
    return KL_EXIT_OK;
}

static int check_missing(const kl_merge *merge, const merge_args *args)
{
    if (merge->n_there >= merge->plan.n_runs || args->partial)
        return KL_EXIT_OK;
    kl_fail(merge->cli, 0,
            "%lld of %lld runs are missing, and nothing was merged:", (long long)(merge->plan.n_runs - merge->n_there),
            (long long)merge->plan.n_runs);
    int code = kl_merge_say_missing(merge);
    if (code == KL_EXIT_OK)
        kl_say(merge->cli, KL_PLAIN, "--partial merges what is there");
    return code == KL_EXIT_OK ? KL_EXIT_USAGE : code;
}

static int plan(kl_merge *merge, const char *output)
{
    kl_status status = kl_plan_make(&merge->plan, &merge->result[merge->whole].study, 1, 0);
    if (status == KL_ERR_RESOURCES)
        return kl_plan_refuse_memory(merge->cli, &merge->plan);
    if (status != KL_OK)
        return kl_fail(merge->cli, kl_exit_of(status), "%s", kl_status_text(status));
    return kl_plan_check_disk(merge->cli, &merge->plan, output);
}

/* ---- writing ---- */

static double now(void)
{
    struct timespec t;
    return clock_gettime(CLOCK_MONOTONIC, &t) == 0 ? (double)t.tv_sec + 1e-9 * (double)t.tv_nsec : 0;
}

static int fail(const kl_merge *merge, kl_status status, const char *why)
{
    int code = status == KL_ERR_EXISTS ? KL_EXIT_USAGE : kl_exit_of(status);
    return kl_fail(merge->cli, code, "%s; nothing was merged", *why ? why : kl_status_text(status));
}

static int write_file(const kl_merge *merge, const merge_args *args, const char *command, int64_t *n_runs)
{
    kl_store *store = NULL;
    kl_reason reason = {""};
    int64_t by_status[KL_N_RUN_STATUS] = {0};
    double begun = now();
    kl_store_options options = {.overwrite = args->force,
                                .command = command,
                                .checkpoint = KL_CHECKPOINT_SECONDS,
                                .n_sources = merge->n,
                                .source = merge->path};
    kl_status status =
        kl_store_new(&store, args->output, &merge->result[merge->whole].study, &merge->plan, &options, &reason);
    if (status == KL_OK)
        status = kl_store_finish(store, now() - begun, &reason);
    if (status == KL_OK)
        kl_store_count(store, by_status);
    kl_store_free(store);
    for (int i = 0; i < KL_N_RUN_STATUS; i++)
        *n_runs += by_status[i];
    return status == KL_OK ? KL_EXIT_OK : fail(merge, status, reason.text);
}

static int print_end(const kl_merge *merge, const merge_args *args, int64_t n_runs)
{
    char a[KL_NUMBER_SIZE], b[KL_NUMBER_SIZE];
    const kl_term *term = &merge->cli->out;
    bool complete = n_runs == merge->plan.n_runs;
    if (args->json)
        return kl_print_json(merge->cli, json_pack("{s:o, s:i, s:b, s:I, s:I}", "file", kl_json_printable(args->output),
                                                   "merged", merge->n, "complete", complete, "runs",
                                                   (json_int_t)merge->plan.n_runs, "runs_done", (json_int_t)n_runs));
    if (args->quiet)
        return KL_EXIT_OK;
    kl_text_count(a, sizeof a, (double)n_runs);
    kl_text_count(b, sizeof b, (double)merge->plan.n_runs);
    if (complete)
        fprintf(term->file, "%d files: %s runs\n-> ", merge->n, a);
    else
        fprintf(term->file, "%d files: %s of %s runs\n-> ", merge->n, a, b);
    kl_term_print(term, KL_BOLD, args->output);
    fputs(complete ? "\n" : " (incomplete)\n", term->file);
    return KL_EXIT_OK;
}

/* ---- the command ---- */

static int merge_open(kl_merge *merge, const merge_args *args)
{
    int64_t n_runs = 0;
    int code = kl_merge_match(merge);
    if (code == KL_EXIT_OK)
        code = plan(merge, args->output);
    if (code == KL_EXIT_OK)
        code = check_missing(merge, args);
    if (code != KL_EXIT_OK)
        return code;
    char *command = kl_command_line(merge->cli);
    code = command ? write_file(merge, args, command, &n_runs)
                   : kl_fail(merge->cli, KL_EXIT_IO, "%s", kl_status_text(KL_ERR_MEMORY));
    free(command);
    return code == KL_EXIT_OK ? print_end(merge, args, n_runs) : code;
}

static int merge_files(const kl_cli *cli, const merge_args *args)
{
    kl_merge merge = {.cli = cli, .n = args->operand.n, .path = args->operand.item};
    int n_open = 0, code = check_output(&merge, args);
    if (code == KL_EXIT_OK)
        code = check_twice(&merge);
    if (code != KL_EXIT_OK)
        return code;
    allow_files(2 * merge.n);
    merge.result = calloc((size_t)merge.n, sizeof *merge.result);
    if (!merge.result)
        return kl_fail(cli, KL_EXIT_IO, "%s", kl_status_text(KL_ERR_MEMORY));
    code = open_files(&merge, &n_open);
    if (code == KL_EXIT_OK)
        code = merge_open(&merge, args);
    while (n_open > 0)
        kl_result_close(&merge.result[--n_open]);
    free(merge.result);
    return code;
}

static int merge_run(const kl_cli *cli, const kl_command *self, int argc, char **argv)
{
    merge_args args = {.output = NULL};
    int code = kl_options_parse(cli, self, argc, argv, &args);
    if (code < 0)
        code = args.output ? merge_files(cli, &args)
                           : kl_fail(cli, KL_EXIT_USAGE, "merge: -o FILE is missing: the file that is made");
    kl_options_free(self, &args);
    return code;
}

const kl_command kl_command_merge = {
    .name = "merge",
    .operands = "FILE...",
    .least = 1,
    .most = -1,
    .summary = "one result file from several that hold different runs of a study",
    .text =
        "Joins result files, such as the shards of a job array, into one that is the same as if all had been played at "
        "once. Files that are of different studies or hold the same runs are refused, and so are files that leave "
        "runs missing, unless --partial is said; what differs or is missing is named. Nothing is played.",
    .option = merge_options,
    .example = merge_examples,
    .reads_results = true,
    .run = merge_run,
};
