/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `klaster verify`: are result files what they promise to be? */
#include "cli/verify.h"

#include <stdlib.h>
#include <string.h>

#include "cli/guard.h"

typedef struct verify_args {
    kl_words operand;
    int64_t replay;
    int partial, json;
} verify_args;

static const kl_option verify_options[] = {
    {"replay", 'r', KL_OPTION_COUNT, offsetof(verify_args, replay), "N", 1, 1000000000,
     "also play N runs, spread over the file, again: each must have the same status and outcomes, bit for bit"},
    {"partial", 0, KL_OPTION_FLAG, offsetof(verify_args, partial), NULL, 0, 0,
     "runs that are missing are no fault, as in the shards of a study"},
    {"json", 0, KL_OPTION_FLAG, offsetof(verify_args, json), NULL, 0, 0, "print JSON"},
    {0},
};

static const char *const verify_examples[] = {
    "klaster verify results/*.h5",
    "structure, checksums, completeness, contradictions: a line a file",
    "klaster verify results/paper.h5 --replay 100",
    "and a hundred runs, played again",
    "klaster verify shard-*.h5 --partial && klaster merge shard-*.h5 -o whole.h5",
    "shards before they are merged",
    NULL,
};

static const char *word_of(kl_verdict verdict)
{
    static const char *const words[] = {
#define KL_WORD(name, word, code) word,
        KL_VERDICT_LIST(KL_WORD)
#undef KL_WORD
    };
    return words[verdict];
}

static int code_of(kl_verdict verdict)
{
    static const int codes[] = {
#define KL_CODE(name, word, code) code,
        KL_VERDICT_LIST(KL_CODE)
#undef KL_CODE
    };
    return codes[verdict];
}

/* ---- one file ---- */

void kl_report_problem(void *data, const char *sentence)
{
    kl_report *report = data;
    if (report->n_problems++ >= KL_PROBLEMS_SHOWN)
        return;
    char *copy = malloc(strlen(sentence) + 1);
    if (copy)
        report->problem[report->n_problems - 1] = strcpy(copy, sentence);
    else
        report->no_memory = true;
}

static void free_report(kl_report *report)
{
    for (int i = 0; i < KL_PROBLEMS_SHOWN; i++)
        free(report->problem[i]);
}

/* What kl_result_open refuses begins with the path, which stands in front anyway. */
static const char *without_path(const char *sentence, const char *path)
{
    size_t n = strlen(path);
    return strncmp(sentence, path, n) == 0 && strncmp(sentence + n, ": ", 2) == 0 ? sentence + n + 2 : sentence;
}

static void verify_open(const kl_cli *cli, const verify_args *args, const kl_result *result, kl_report *report)
{
    report->n_runs = (int64_t)result->study.n_arms * result->study.n_points * result->study.n_replicates;
    snprintf(report->engine_version, sizeof report->engine_version, "%s", result->engine_version);
    kl_status status = kl_result_verify(result, &report->verified, kl_report_problem, report);
    if (status == KL_OK && args->replay > 0 && report->n_problems == 0)
        status = kl_verify_replay(cli, result, args->replay, report);
    if (status == KL_ERR_MEMORY)
        report->no_memory = true;
    else if (status != KL_OK)
        kl_report_problem(report, kl_status_text(status));
    if (report->n_problems > 0)
        report->verdict = KL_VERDICT_DAMAGED;
    else if (!result->complete && !args->partial)
        report->verdict = KL_VERDICT_INCOMPLETE;
}

/* Does the file begin as a journal does? */
static bool is_journal(const char *path)
{
    static const char magic[8] = "\x89KLJRN\r\n";
    char head[8];
    FILE *file = fopen(path, "rb");
    bool is = file && fread(head, 1, sizeof head, file) == sizeof head && memcmp(head, magic, sizeof head) == 0;
    if (file)
        fclose(file);
    return is;
}

static void verify_journal(kl_report *report)
{
    kl_reason reason = {""};
    char text[128];
    kl_status status = kl_journal_verify(report->path, &report->journal, &reason);
    report->is_journal = true;
    if (status == KL_ERR_MEMORY)
        report->no_memory = true;
    else if (status != KL_OK)
        kl_report_problem(report, without_path(reason.text, report->path));
    else if (report->journal.n_damaged > 0) {
        snprintf(text, sizeof text, "%lld of its commits are damaged, with whole ones behind them",
                 (long long)report->journal.n_damaged);
        kl_report_problem(report, text);
    }
    if (report->n_problems > 0)
        report->verdict = status == KL_ERR_READ ? KL_VERDICT_UNREADABLE : KL_VERDICT_DAMAGED;
}

static void verify_file(const kl_cli *cli, const verify_args *args, kl_report *report)
{
    kl_result result;
    kl_reason reason = {""};
    if (is_journal(report->path)) {
        verify_journal(report);
        return;
    }
    kl_status status = kl_guard_open(cli, &result, report->path, &reason);
    if (status == KL_OK) {
        verify_open(cli, args, &result, report);
        kl_result_close(&result);
        return;
    }
    report->no_memory = status == KL_ERR_MEMORY;
    report->verdict = status == KL_ERR_FORMAT ? KL_VERDICT_DAMAGED : KL_VERDICT_UNREADABLE;
    kl_report_problem(report, reason.text[0] ? without_path(reason.text, report->path) : kl_status_text(status));
}

/* ---- what is said ---- */

static void print_journal(const kl_term *term, const kl_report *report)
{
    char bytes[KL_NUMBER_SIZE], torn[KL_NUMBER_SIZE];
    kl_text_bytes(bytes, sizeof bytes, (double)report->journal.n_bytes);
    fprintf(term->file, ": a journal of %lld commits, %s", (long long)report->journal.n_frames, bytes);
    if (report->journal.n_torn > 0)
        fprintf(term->file, "; the last %s were cut off, and do not count",
                kl_text_bytes(torn, sizeof torn, (double)report->journal.n_torn));
}

static void print_counts(const kl_term *term, const kl_report *report)
{
    if (report->is_journal) {
        print_journal(term, report);
        return;
    }
    char runs[KL_NUMBER_SIZE], whole[KL_NUMBER_SIZE], bytes[KL_NUMBER_SIZE];
    if (report->n_runs == 0)
        return; /* could not be opened */
    kl_text_count(runs, sizeof runs, (double)report->verified.n_runs);
    kl_text_count(whole, sizeof whole, (double)report->n_runs);
    kl_text_bytes(bytes, sizeof bytes, (double)report->verified.n_bytes);
    if (report->verified.n_runs == report->n_runs)
        fprintf(term->file, ": %s runs", runs);
    else
        fprintf(term->file, ": %s of %s runs", runs, whole);
    fprintf(term->file, ", %lld datasets, %s", (long long)report->verified.n_datasets, bytes);
    if (report->n_replayed > 0)
        fprintf(term->file, ", %lld played again", (long long)report->n_replayed);
}

static void print_report(const kl_cli *cli, const kl_report *report)
{
    const kl_term *term = &cli->out;
    kl_style style = report->verdict == KL_VERDICT_SOUND ? KL_GOOD : KL_BAD;
    kl_term_print(term, KL_PLAIN, report->path);
    fputs(": ", term->file);
    kl_term_print(term, style, word_of(report->verdict));
    print_counts(term, report);
    putc('\n', term->file);
    for (int i = 0; i < KL_PROBLEMS_SHOWN && report->problem[i]; i++) {
        fputs("  ", term->file);
        kl_term_wrap(term, report->problem[i], 2, 2);
        putc('\n', term->file);
    }
    if (report->n_problems > KL_PROBLEMS_SHOWN)
        fprintf(term->file, "  and %d more\n", report->n_problems - KL_PROBLEMS_SHOWN);
}

static json_t *journal_json(const kl_report *report, json_t *problems)
{
    return json_pack("{s:o, s:s, s:I, s:I, s:I, s:I, s:i, s:o}", "file", kl_json_printable(report->path), "verdict",
                     word_of(report->verdict), "commits", (json_int_t)report->journal.n_frames, "commits_damaged",
                     (json_int_t)report->journal.n_damaged, "bytes", (json_int_t)report->journal.n_bytes, "bytes_torn",
                     (json_int_t)report->journal.n_torn, "n_problems", report->n_problems, "problems", problems);
}

static json_t *report_json(const kl_report *report)
{
    json_t *problems = json_array();
    for (int i = 0; i < KL_PROBLEMS_SHOWN && report->problem[i]; i++)
        json_array_append_new(problems, kl_json_printable(report->problem[i]));
    if (report->is_journal)
        return journal_json(report, problems);
    return json_pack("{s:o, s:s, s:s, s:I, s:I, s:I, s:I, s:b, s:I, s:I, s:i, s:o}", "file",
                     kl_json_printable(report->path), "verdict", word_of(report->verdict), "engine_version",
                     report->engine_version, "runs", (json_int_t)report->verified.n_runs, "runs_of_study",
                     (json_int_t)report->n_runs, "datasets", (json_int_t)report->verified.n_datasets, "bytes",
                     (json_int_t)report->verified.n_bytes, "checkpoint", report->verified.has_checkpoint, "replayed",
                     (json_int_t)report->n_replayed, "replayed_other", (json_int_t)report->n_replayed_other,
                     "n_problems", report->n_problems, "problems", problems);
}

/* ---- the command ---- */

static int verify_files(const kl_cli *cli, const verify_args *args)
{
    json_t *files = args->json ? json_array() : NULL;
    int worst = KL_EXIT_OK, n_wrong = 0;
    for (int i = 0; i < args->operand.n; i++) {
        kl_report report = {.path = args->operand.item[i]};
        verify_file(cli, args, &report);
        if (report.no_memory)
            worst = kl_fail(cli, KL_EXIT_IO, "%s: %s", report.path, kl_status_text(KL_ERR_MEMORY));
        else if (args->json)
            json_array_append_new(files, report_json(&report));
        else
            print_report(cli, &report);
        if (code_of(report.verdict) > worst)
            worst = code_of(report.verdict);
        n_wrong += report.no_memory || code_of(report.verdict) != KL_EXIT_OK;
        free_report(&report);
    }
    int code = args->json ? kl_print_json(cli, json_pack("{s:o}", "files", files)) : KL_EXIT_OK;
    if (n_wrong > 0)
        kl_fail(cli, 0, "%d of %d file%s %s not sound and complete", n_wrong, args->operand.n,
                args->operand.n == 1 ? "" : "s", n_wrong == 1 ? "is" : "are");
    return code == KL_EXIT_OK ? worst : code;
}

static int verify_run(const kl_cli *cli, const kl_command *self, int argc, char **argv)
{
    verify_args args = {.replay = 0};
    int code = kl_options_parse(cli, self, argc, argv, &args);
    if (code < 0)
        code = verify_files(cli, &args);
    kl_options_free(self, &args);
    return code;
}

const kl_command kl_command_verify = {
    .name = "verify",
    .operands = "FILE...",
    .least = 1,
    .most = -1,
    .summary = "is a result file sound and complete?",
    .text =
        "Reads everything in result files: structure, the checksums of every dataset, whether all runs are there, and "
        "whether what stands there contradicts itself: statuses, outcomes, fans, inputs, the study. Prints a line a "
        "file, and what is wrong. The journals of interrupted runs may be among the files.\n"
        "Exit code 0 where every file is sound and complete, 1 where one is not, 3 where one cannot be read at all.",
    .option = verify_options,
    .example = verify_examples,
    .reads_results = true,
    .run = verify_run,
};
