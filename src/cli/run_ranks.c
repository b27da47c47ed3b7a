/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `klaster run` on several processes: what they tell each other. Rank 0 meets the file, speaks, and writes the result; the
 * others play, and write journals. With one process all of this does nothing. */
#include <stdlib.h>
#include <string.h>

#include "cli/run.h"
#include "klaster/version.h"

int kl_run_agree(const kl_cli *cli, const kl_run_args *args, int code)
{
    int worst = kl_ranks_worst(args->ranks, code);
    if (args->ranks->status == KL_OK)
        return worst;
    code = kl_fail(cli, KL_EXIT_IO, "rank %d: %s", args->ranks->index, kl_status_text(args->ranks->status));
    kl_ranks_abort(args->ranks, code);
    return code;
}

int kl_run_share(const kl_cli *cli, const kl_run_args *args, void *bytes, size_t size)
{
    return kl_ranks_share(args->ranks, bytes, size) == KL_OK ? KL_EXIT_OK : kl_run_agree(cli, args, KL_EXIT_OK);
}

int kl_run_same_study(const kl_cli *cli, const kl_run_args *args, const kl_study *study)
{
    char mine[160] = "", first[160];
    int n = snprintf(mine, sizeof mine, "%s %s %s", study->sha256, KL_VERSION, KL_COMPILER);
    memcpy(first, mine, sizeof first);
    int code = n > 0 ? kl_run_share(cli, args, first, sizeof first) : KL_EXIT_IO;
    if (code == KL_EXIT_OK && strcmp(mine, first) != 0)
        code = kl_fail(cli, KL_EXIT_USAGE,
                       "rank %d has another study, or another klaster, than rank 0; are the files the "
                       "same on all machines?",
                       args->ranks->index);
    return kl_run_agree(cli, args, code);
}

const char *kl_run_company(const kl_run_args *args)
{
    /* Open MPI; MPICH and Slurm's PMI-2; srun. */
    static const char *const names[] = {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS"};
    for (size_t i = 0; args->ranks->count == 1 && i < sizeof names / sizeof names[0]; i++) {
        const char *size = getenv(names[i]);
        if (size && strtol(size, NULL, 10) > 1)
            return "; this process was started with others that it does not know: klaster-mpi shares the work among "
                   "them, "
                   "started by mpirun or srun --mpi=pmix";
    }
    return "";
}

/* Which blocks are done, from rank 0's store; the caller frees. NULL for rank 0 itself and on an error, which was said. */
static uint8_t *share_done(kl_session *s, int *code)
{
    const kl_run_args *args = s->args;
    size_t size = (size_t)s->plan.n_blocks;
    uint8_t *done = malloc(size);
    if (!done)
        *code = kl_fail(s->cli, KL_EXIT_IO, "%s", kl_status_text(KL_ERR_MEMORY));
    else if (args->ranks->index == 0)
        memcpy(done, kl_store_done(s->store), size);
    *code = kl_run_agree(s->cli, args, *code);
    if (*code == KL_EXIT_OK)
        *code = kl_run_share(s->cli, args, done, size);
    if (*code == KL_EXIT_OK && args->ranks->index > 0)
        return done;
    free(done);
    return NULL;
}

int kl_session_open_others(kl_session *s, int code, int (*open)(kl_session *s, const uint8_t *done))
{
    int64_t n = 0;
    uint8_t *done = NULL;
    if (code == KL_EXIT_OK && s->args->ranks->count > 1) {
        done = share_done(s, &code);
        if (done)
            code = open(s, done);
        free(done);
        code = kl_run_agree(s->cli, s->args, code);
    }
    if (code != KL_EXIT_OK)
        return code;
    while (kl_store_todo(s->store, n) >= 0)
        n++;
    return kl_ranks_rewind(s->args->ranks, n) == KL_OK ? KL_EXIT_OK : kl_run_agree(s->cli, s->args, KL_EXIT_OK);
}

int kl_session_add_up(kl_session *s)
{
    int64_t sum[2] = {s->played, (int64_t)s->firm_months};
    if (kl_ranks_sum(s->args->ranks, 2, sum) != KL_OK)
        return kl_run_agree(s->cli, s->args, KL_EXIT_OK);
    s->played = sum[0];
    s->firm_months = (double)sum[1];
    return KL_EXIT_OK;
}

void kl_session_progress(void *data, int64_t runs_done, int64_t n_runs, double seconds)
{
    kl_session *s = data;
    const kl_ranks *ranks = s->args->ranks;
    if (ranks->count > 1 && ranks->n_pieces > 0)
        runs_done = (int64_t)((double)n_runs * (double)kl_ranks_given(s->args->ranks) / (double)ranks->n_pieces);
    if (s->live.term)
        kl_live_show(&s->live, runs_done, n_runs, seconds, s->played > 0 ? s->firm_months / (double)s->played : 0);
    else
        kl_progress_show(&s->progress, runs_done, n_runs, seconds);
}
