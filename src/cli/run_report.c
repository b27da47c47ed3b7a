/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `klaster run`: what it says before it plays and when it has ended. */
#define _DEFAULT_SOURCE 1 /* POSIX under -std=c11 */
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "cli/plan.h"
#include "cli/run.h"

void kl_session_say_found(const kl_session *session)
{
    char a[KL_NUMBER_SIZE], b[KL_NUMBER_SIZE];
    int64_t before = session->found.runs_given + session->found.runs_journal;
    if (before == 0 || session->args->quiet)
        return;
    kl_text_count(a, sizeof a, (double)before);
    kl_text_count(b, sizeof b, (double)session->found.runs_todo);
    kl_say(session->cli, KL_PLAIN, "going on: %s runs are there already%s, %s are to be played", a,
           session->found.runs_journal > 0 && session->found.runs_given == 0 ? " (in the journal)" : "", b);
}

/* ---- the last line ---- */

static size_t add_statuses(char *text, size_t size, const int64_t *by_status)
{
    char a[KL_NUMBER_SIZE];
    size_t at = 0;
    text[0] = '\0';
    for (int s = 0; s < KL_N_RUN_STATUS; s++) {
        char plain[32];
        if (by_status[s] == 0)
            continue;
        snprintf(plain, sizeof plain, "%s", kl_run_status_word(s));
        for (char *p = plain; *p; p++)
            *p = *p == '_' ? ' ' : *p;
        at += (size_t)snprintf(text + at, size - at, "%s%s %s", at ? ", " : ": ",
                               kl_text_count(a, sizeof a, (double)by_status[s]), plain);
    }
    return at;
}

static void print_line(const kl_session *s)
{
    char a[KL_NUMBER_SIZE], b[KL_NUMBER_SIZE], text[768];
    const kl_term *term = &s->cli->out;
    size_t at = (size_t)snprintf(text, sizeof text, "%s", kl_text_count(a, sizeof a, (double)s->done));
    if (s->done < s->plan.n_runs)
        at +=
            (size_t)snprintf(text + at, sizeof text - at, " of %s", kl_text_count(a, sizeof a, (double)s->plan.n_runs));
    at += (size_t)snprintf(text + at, sizeof text - at, " runs");
    if (s->played < s->done)
        at += (size_t)snprintf(text + at, sizeof text - at, ", %s of them played now",
                               kl_text_count(a, sizeof a, (double)s->played));
    at += add_statuses(text + at, sizeof text - at, s->by_status);
    kl_text_seconds(a, sizeof a, s->seconds);
    at += (size_t)snprintf(text + at, sizeof text - at, "; %s", a);
    if (s->played > 0 && s->seconds > 0) {
        kl_text_count(b, sizeof b, (double)s->played / s->seconds);
        kl_text_money(a, sizeof a, s->firm_months / s->seconds);
        snprintf(text + at, sizeof text - at, ", %s runs/s, %s firm-months/s", b, a);
    }
    kl_term_wrap(term, text, 2, 0);
    fputs("\n-> ", term->file);
    kl_term_print(term, KL_BOLD, s->path);
    if (s->args->n_shards > 0)
        fprintf(term->file, " (shard %lld of %lld; klaster merge joins them)\n", (long long)s->args->shard_number,
                (long long)s->args->n_shards);
    else
        fputs(s->done < s->plan.n_runs ? " (incomplete)\n" : "\n", term->file);
}

static int print_line_json(const kl_session *s)
{
    const kl_study *study = s->study;
    json_t *by_status = json_object();
    for (int i = 0; i < KL_N_RUN_STATUS; i++)
        json_object_set_new(by_status, kl_run_status_word(i), json_integer(s->by_status[i]));
    double rate = s->seconds > 0 ? 1 / s->seconds : NAN;
    json_t *json = json_pack(
        "{s:s, s:s, s:o, s:b, s:I, s:I, s:I, s:I, s:o, s:o, s:o, s:o, s:i, s:i}", "study", study->name, "sha256",
        study->sha256, "file", kl_json_printable(s->path), "complete", s->done == s->plan.n_runs, "runs",
        (json_int_t)s->plan.n_runs, "runs_done", (json_int_t)s->done, "runs_played", (json_int_t)s->played, "seed",
        (json_int_t)study->seed, "status", by_status, "seconds", kl_json_number(s->seconds), "runs_per_second",
        kl_json_number((double)s->played * rate), "firm_months_per_second", kl_json_number(s->firm_months * rate),
        "threads", s->plan.n_threads + s->plan.n_helpers, "processes", s->args->ranks->count);
    if (json && s->rounds && json_object_set_new(json, "precision", kl_rounds_json(s->rounds)) != 0) {
        json_decref(json);
        json = NULL;
    }
    return kl_print_json(s->cli, json);
}

int kl_session_print(const kl_session *session)
{
    if (session->args->json)
        return print_line_json(session);
    if (session->args->quiet)
        return KL_EXIT_OK;
    kl_status status = session->rounds ? kl_rounds_print(&session->cli->out, session->rounds) : KL_OK;
    print_line(session);
    return kl_exit_of(status);
}

int kl_session_print_plan(const kl_session *session)
{
    json_t *json = kl_plan_json(session->study, &session->plan);
    if (json && json_object_set_new(json, "file", kl_json_printable(session->path)) != 0) {
        json_decref(json);
        json = NULL;
    }
    return kl_print_json(session->cli, json);
}

int kl_session_print_done(kl_session *s)
{
    kl_result result;
    const kl_study *study = s->study;
    size_t n = (size_t)study->n_points * (size_t)study->n_replicates;
    int code = kl_open_result(s->cli, &result, s->path);
    if (code != KL_EXIT_OK)
        return code;
    int8_t *run_status = malloc(n);
    kl_status status = run_status ? KL_OK : KL_ERR_MEMORY;
    for (int a = 0; status == KL_OK && a < study->n_arms; a++) {
        status = kl_result_status(&result, a, run_status);
        for (size_t w = 0; status == KL_OK && w < n; w++)
            if (run_status[w] >= 0)
                s->by_status[run_status[w]]++;
    }
    free(run_status);
    kl_result_close(&result);
    if (status != KL_OK)
        return kl_fail(s->cli, kl_exit_of(status), "%s: %s", s->path, kl_status_text(status));
    s->done = s->plan.n_runs = (int64_t)n * study->n_arms;
    return print_line_json(s);
}

/* ---- the end ---- */

/* The first failed run by point, replicate, arm. False where the file cannot be read. */
static bool find_failure(const kl_session *s, int *arm, int64_t *world)
{
    kl_result result;
    bool found = false;
    size_t n = (size_t)s->plan.n_worlds;
    int8_t *status = malloc(n);
    if (!status || kl_result_open(&result, s->path, NULL) != KL_OK) {
        free(status);
        return false;
    }
    for (int a = 0; a < s->study->n_arms; a++) {
        if (kl_result_status(&result, a, status) != KL_OK)
            break;
        const int8_t *first = memchr(status, KL_RUN_FAILED, n);
        if (first && (!found || first - status < *world)) {
            found = true;
            *arm = a;
            *world = first - status;
        }
    }
    kl_result_close(&result);
    free(status);
    return found;
}

int kl_session_end(const kl_session *s, kl_status engine)
{
    int number = *kl_signals_flag(), arm = 0;
    int64_t world = 0, n_failed = s->by_status[KL_RUN_FAILED];
    if (n_failed > 0 && find_failure(s, &arm, &world))
        kl_say(s->cli, KL_WARN, "runs that failed: %lld; why did the first? klaster replay %s -a %s -p %lld -r %lld",
               (long long)n_failed, s->path, s->study->arm[arm].name, (long long)(world / s->study->n_replicates),
               (long long)(world % s->study->n_replicates));
    if (engine == KL_ERR_STOPPED)
        return 128 + (number ? number : SIGTERM);
    if (s->rounds && !s->rounds->met)
        return kl_fail(s->cli, KL_EXIT_FAILED, "not as precise as asked after %lld worlds; --max-runs allows more",
                       (long long)s->rounds->worlds[s->rounds->n_played - 1]);
    return n_failed > 0 ? KL_EXIT_FAILED : KL_EXIT_OK;
}
