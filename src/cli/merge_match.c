/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `klaster merge`: do the files belong together, and what is missing? */
#include <stdlib.h>
#include <string.h>

#include "cli/merge.h"

#define LINES_MAX 12

/* ---- studies ---- */

static bool holds_all(const kl_merge *merge, int whole)
{
    for (int i = 0; i < merge->n; i++)
        if (!kl_study_contains(&merge->result[whole].study, &merge->result[i].study, NULL, 0))
            return false;
    return true;
}

/* What the studies of two files differ in. */
static int say_differences(const kl_merge *merge, int a, int b)
{
    char text[2300];
    kl_mismatches list;
    kl_status status = kl_study_differences(&merge->result[a].study, &merge->result[b].study, &list);
    if (status != KL_OK)
        return kl_fail(merge->cli, KL_EXIT_IO, "%s", kl_status_text(status));
    kl_fail(merge->cli, 0, "%s and %s are of different studies, and nothing was merged:", merge->path[a],
            merge->path[b]);
    for (int i = 0; i < list.n && i < LINES_MAX && list.item[i].kind != KL_MISMATCH_WORDS; i++)
        kl_say(merge->cli, KL_PLAIN, "  %s", kl_mismatch_text(&list.item[i], text, sizeof text));
    if (list.n > LINES_MAX)
        kl_say(merge->cli, KL_PLAIN, "  and %d more; klaster diff names all", list.n - LINES_MAX);
    kl_mismatches_free(&list);
    return KL_EXIT_USAGE;
}

/* A file that the first one's study does not hold, nor the other way round; else any that differs. */
static int odd_one(const kl_merge *merge)
{
    int other = 1;
    for (int i = 1; i < merge->n; i++) {
        bool within = kl_study_contains(&merge->result[0].study, &merge->result[i].study, NULL, 0);
        bool around = kl_study_contains(&merge->result[i].study, &merge->result[0].study, NULL, 0);
        if (!within && !around)
            return i;
        if (!within)
            other = i;
    }
    return other;
}

int kl_merge_match(kl_merge *merge)
{
    for (int i = 1; i < merge->n; i++)
        if (strcmp(merge->result[i].engine_version, merge->result[0].engine_version) != 0)
            return kl_fail(merge->cli, KL_EXIT_USAGE,
                           "%s is of klaster %s, %s of klaster %s: their numbers do not belong together",
                           merge->path[0], merge->result[0].engine_version, merge->path[i],
                           merge->result[i].engine_version);
    for (int i = 0; i < merge->n; i++)
        if (holds_all(merge, i)) {
            merge->whole = i;
            return KL_EXIT_OK;
        }
    return say_differences(merge, 0, odd_one(merge));
}

/* ---- what is missing ---- */

/* The arms of each world that some file has. */
static kl_status count_arms(const kl_merge *merge, int16_t *n_arms)
{
    const kl_study *study = &merge->result[merge->whole].study;
    int8_t *status = malloc((size_t)merge->plan.n_worlds);
    kl_status read = status ? KL_OK : KL_ERR_MEMORY;
    for (int i = 0; i < merge->n; i++) {
        const kl_study *from = &merge->result[i].study;
        for (int arm = 0; arm < from->n_arms && read == KL_OK; arm++) {
            read = kl_result_status(&merge->result[i], arm, status);
            for (int64_t w = 0; w < (int64_t)from->n_points * from->n_replicates && read == KL_OK; w++) {
                int64_t to = w / from->n_replicates * study->n_replicates + w % from->n_replicates;
                n_arms[to] = (int16_t)(n_arms[to] + (status[w] != KL_RUN_MISSING));
            }
        }
    }
    free(status);
    return read;
}

static bool is_missing(const kl_merge *merge, const int16_t *n_arms, int64_t index)
{
    kl_block block = kl_plan_block(&merge->plan, index);
    for (int r = 0; r < block.n_runs; r++) {
        int64_t point = block.point0 + r / block.n_replicates, replicate = block.replicate0 + r % block.n_replicates;
        if (n_arms[point * merge->plan.n_replicates + replicate] < merge->plan.n_arms)
            return true;
    }
    return false;
}

/* "3/10": number and count; false where the file is no shard. */
static bool shard_of(const kl_result *result, long *number, long *n)
{
    char *end;
    *number = strtol(result->shard, &end, 10);
    if (end == result->shard || *end != '/')
        return false;
    *n = strtol(end + 1, &end, 10);
    return *end == '\0' && *number >= 1 && *number <= *n;
}

/* How many shards there are; 0 where the files are not all shards of the same number. */
static long count_shards(const kl_merge *merge)
{
    long number, n = 0, first = 0;
    for (int i = 0; i < merge->n; i++) {
        if (!shard_of(&merge->result[i], &number, &n) || (first > 0 && n != first))
            return 0;
        first = n;
    }
    return n;
}

static const char *path_of_shard(const kl_merge *merge, long shard)
{
    long number, n;
    for (int i = 0; i < merge->n; i++)
        if (shard_of(&merge->result[i], &number, &n) && number == shard)
            return merge->path[i];
    return NULL;
}

static void say_shards(const kl_merge *merge, const int16_t *n_arms, long n)
{
    int said = 0;
    for (long shard = 1; shard <= n; shard++) {
        int64_t missing = 0;
        for (int64_t b = shard - 1; b < merge->plan.n_blocks; b += n)
            missing += is_missing(merge, n_arms, b);
        if (missing == 0 || ++said > LINES_MAX)
            continue;
        const char *path = path_of_shard(merge, shard);
        if (path)
            kl_say(merge->cli, KL_PLAIN, "  %s, shard %ld/%ld, is incomplete: %lld of its blocks are missing", path,
                   shard, n, (long long)missing);
        else
            kl_say(merge->cli, KL_PLAIN, "  shard %ld/%ld is missing", shard, n);
    }
    if (said > LINES_MAX)
        kl_say(merge->cli, KL_PLAIN, "  and %d more shards", said - LINES_MAX);
}

static void say_blocks(const kl_merge *merge, const int16_t *n_arms)
{
    int64_t said = 0;
    for (int64_t b = 0; b < merge->plan.n_blocks; b++) {
        kl_block block = kl_plan_block(&merge->plan, b);
        if (!is_missing(merge, n_arms, b) || ++said > LINES_MAX)
            continue;
        kl_say(merge->cli, KL_PLAIN, "  runs among points %d to %d, replicates %d to %d", block.point0,
               block.point0 + block.n_points - 1, block.replicate0, block.replicate0 + block.n_replicates - 1);
    }
    if (said > LINES_MAX)
        kl_say(merge->cli, KL_PLAIN, "  and %lld more blocks", (long long)(said - LINES_MAX));
}

int kl_merge_say_missing(const kl_merge *merge)
{
    int16_t *n_arms = calloc((size_t)merge->plan.n_worlds, sizeof *n_arms);
    kl_status status = n_arms ? count_arms(merge, n_arms) : KL_ERR_MEMORY;
    long n_shards = count_shards(merge);
    if (status == KL_OK && n_shards > 0)
        say_shards(merge, n_arms, n_shards);
    else if (status == KL_OK)
        say_blocks(merge, n_arms);
    free(n_arms);
    return status == KL_OK ? KL_EXIT_OK : kl_fail(merge->cli, kl_exit_of(status), "%s", kl_status_text(status));
}
