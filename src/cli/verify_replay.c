/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `klaster verify --replay`: runs spread over a file, played again. */
#include <stdlib.h>
#include <string.h>

#include "cli/replay.h"
#include "cli/verify.h"

typedef struct sample {
    const kl_cli *cli;
    const kl_result *result;
    kl_report *report;
    int64_t n_wanted, n_there; /* of the file's runs */
    int64_t n_taken, n_passed; /* so far */
    int8_t *status;            /* [world] of an arm */
    int *stage;                /* [horizon] */
} sample;

typedef struct first_difference {
    char text[256];
} first_difference;

static void keep_first(void *data, const char *sentence)
{
    first_difference *first = data;
    if (!first->text[0])
        snprintf(first->text, sizeof first->text, "%s", sentence);
}

static int64_t count_runs(const sample *s)
{
    const kl_study *study = &s->result->study;
    int64_t n = 0, n_worlds = (int64_t)study->n_points * study->n_replicates;
    for (int64_t i = 0; i < n_worlds; i++)
        n += s->status[i] != KL_RUN_MISSING;
    return n;
}

/* KL_OK or what prevented playing it; a run that cannot be played has the status failed. */
static kl_status play(kl_replay *r, bool *failed)
{
    kl_status status = kl_replay_draw(r);
    if (status == KL_OK)
        status = kl_replay_play(r, NULL, NULL, NULL);
    *failed = status != KL_OK || r->run.status == KL_RUN_FAILED || r->broken;
    return status == KL_ERR_MEMORY ? status : KL_OK;
}

static void tell(sample *s, const kl_replay *r, const char *sentence)
{
    char text[512];
    snprintf(text, sizeof text, "played again, arm '%s', point %d, replicate %d: %s", s->result->study.arm[r->arm].name,
             r->point, r->replicate, sentence);
    kl_report_problem(s->report, text);
    s->report->n_replayed_other++;
}

static kl_status replay_run(sample *s, int arm, int64_t world)
{
    const kl_study *study = &s->result->study;
    kl_replay r = {.cli = s->cli,
                   .study = study,
                   .result = s->result,
                   .arm = arm,
                   .point = (int)(world / study->n_replicates),
                   .replicate = (int)(world % study->n_replicates),
                   .stage = s->stage};
    first_difference first = {""};
    bool failed = false;
    kl_run_init(&r.run);
    kl_status status = play(&r, &failed);
    if (status == KL_OK) {
        s->report->n_replayed++;
        if (failed != (s->status[world] == KL_RUN_FAILED))
            tell(s, &r, failed ? "it fails" : "it does not fail");
        else if (!failed && kl_replay_compare(&r, keep_first, &first) != 0)
            tell(s, &r, first.text);
    }
    kl_run_free(&r.run);
    kl_baseline_free(&r.baseline);
    return status;
}

/* Of the runs that are there, in order, the k-th is taken where k n_wanted / n_there passes a whole number. */
static bool is_taken(sample *s)
{
    int64_t due = (int64_t)((double)(s->n_passed + 1) * (double)s->n_wanted / (double)s->n_there);
    s->n_passed++;
    if (due <= s->n_taken && !(s->n_passed == s->n_there && s->n_taken < s->n_wanted))
        return false;
    s->n_taken++;
    return true;
}

static kl_status replay_arm(sample *s, int arm)
{
    const kl_study *study = &s->result->study;
    kl_status status = kl_result_status(s->result, arm, s->status);
    for (int64_t world = 0; world < (int64_t)study->n_points * study->n_replicates && status == KL_OK; world++)
        if (s->status[world] != KL_RUN_MISSING && is_taken(s))
            status = replay_run(s, arm, world);
    return status;
}

kl_status kl_verify_replay(const kl_cli *cli, const kl_result *result, int64_t n, kl_report *report)
{
    const kl_study *study = &result->study;
    sample s = {.cli = cli, .result = result, .report = report};
    kl_status status = KL_OK;
    s.status = malloc((size_t)study->n_points * (size_t)study->n_replicates);
    s.stage = calloc((size_t)study->horizon + 1, sizeof *s.stage);
    if (!s.status || !s.stage)
        status = KL_ERR_MEMORY;
    for (int arm = 0; arm < study->n_arms && status == KL_OK; arm++) {
        status = kl_result_status(result, arm, s.status);
        s.n_there += status == KL_OK ? count_runs(&s) : 0;
    }
    s.n_wanted = n < s.n_there ? n : s.n_there;
    for (int arm = 0; arm < study->n_arms && status == KL_OK; arm++)
        status = replay_arm(&s, arm);
    free(s.status);
    free(s.stage);
    return status;
}
