/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `klaster run`: where the result goes, and what to make of a file that is there. Nothing is overwritten unless that was
 * asked for, and nothing is played again that is there already. */
#define _DEFAULT_SOURCE 1 /* lstat, mkdir */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/guard.h"
#include "cli/run.h"

void kl_run_default_output(char *path, size_t size, const char *name)
{
    int at = snprintf(path, size, "results/");
    for (const char *p = name; *p && (size_t)at + 5 < size; p++) {
        bool plain = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9') ||
                     strchr("_-", *p) || (*p == '.' && p > name);
        path[at++] = plain ? *p : '_';
    }
    snprintf(path + at, size - (size_t)at, ".h5");
}

int kl_run_read_shard(const kl_cli *cli, kl_run_args *args)
{
    long long number, all;
    int used = 0;
    if (!args->shard)
        return KL_EXIT_OK;
    if (sscanf(args->shard, "%7lld/%7lld%n", &number, &all, &used) != 2 || args->shard[used] != '\0' || number < 1 ||
        number > all)
        return kl_fail(cli, KL_EXIT_USAGE, "--shard: '%s' is not I/N with 1 <= I <= N, such as 3/10", args->shard);
    if (args->precision.n > 0)
        return kl_fail(cli, KL_EXIT_USAGE, "--shard: --precision has to see all shards; merge them, then --extend");
    if (!args->output)
        return kl_fail(cli, KL_EXIT_USAGE, "--shard: say with -o where this shard goes; klaster merge joins them");
    args->shard_number = number;
    args->n_shards = all;
    return KL_EXIT_OK;
}

/* ---- what is there ---- */

/* The file has the same study. */
static int meet_same(kl_session *session, const kl_result *found, bool *is_done)
{
    const kl_run_args *args = session->args;
    if (!found->complete || session->rounds ||
        ((args->resume || args->extend) && kl_store_has_journal(session->path))) {
        session->goes_on = true;
        return KL_EXIT_OK;
    }
    if (!args->resume && !args->extend)
        return kl_fail(session->cli, KL_EXIT_IO,
                       "%s exists already and is complete; --force plays it again, -o FILE writes another",
                       session->path);
    if (!args->quiet)
        kl_say(session->cli, KL_PLAIN, "%s is complete already; nothing is left to play", session->path);
    *is_done = true;
    return KL_EXIT_OK;
}

/* The file has a study of which this one may be more. */
static int meet_other(kl_session *session, const kl_result *found)
{
    char why[256], a[KL_NUMBER_SIZE], b[KL_NUMBER_SIZE];
    const kl_study *study = session->study, *old = &found->study;
    if (!kl_study_contains(study, old, why, sizeof why))
        return kl_fail(session->cli, KL_EXIT_IO,
                       "%s exists already and is not of this study (%s); --force replaces it, -o FILE writes another",
                       session->path, why);
    if (session->args->extend || !session->is_first) {
        session->goes_on = true;
        return KL_EXIT_OK;
    }
    kl_text_count(a, sizeof a, (double)found->n_done);
    kl_text_count(b, sizeof b, (double)study->n_points * study->n_replicates * study->n_arms);
    return kl_fail(session->cli, KL_EXIT_IO,
                   "%s exists already and holds %s of the %s runs of this study; --extend adds the others, --force "
                   "plays all again, -o FILE writes another",
                   session->path, a, b);
}

int kl_session_meet(kl_session *session, bool *is_done)
{
    struct stat info;
    kl_result found;
    kl_reason reason;
    *is_done = false;
    if (!session->args->output && mkdir("results", 0777) != 0 && errno != EEXIST)
        return kl_fail(session->cli, KL_EXIT_IO, "cannot make the directory 'results': %s; say -o FILE",
                       strerror(errno));
    if (lstat(session->path, &info) != 0 || (session->args->force && session->is_first))
        return KL_EXIT_OK;
    if (session->args->ranks->count == 1 && kl_guard_probe(session->cli, session->path) != KL_EXIT_OK)
        return KL_EXIT_IO;
    if (kl_result_open(&found, session->path, &reason) != KL_OK)
        return kl_fail(session->cli, KL_EXIT_IO,
                       "%s exists already and cannot be gone on from (%s); --force replaces it, -o FILE writes another",
                       session->path, reason.text);
    int code = strcmp(found.study.sha256, session->study->sha256) == 0 ? meet_same(session, &found, is_done)
                                                                       : meet_other(session, &found);
    kl_result_close(&found);
    return code;
}
