/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `klaster report`: one page that says what a result file says, or the data of it. What is computed is what the analysis commands
 * compute, by their own code; nothing is kept in the result file. */
#include "cli/report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/page.h"

typedef struct report_args {
    kl_words operand;
    const char *output, *arm;
    int json, lang, no_synergy, force;
} report_args;

#define LANGUAGES "en|ru|uz"

static const kl_option report_options[] = {
    {"output", 'o', KL_OPTION_TEXT, offsetof(report_args, output), "OUT.html", 0, 0,
     "where the page goes; without it beside FILE, as FILE with the ending .html; - is standard output"},
    {"json", 0, KL_OPTION_FLAG, offsetof(report_args, json), NULL, 0, 0,
     "print the data of the page instead of writing it"},
    {"arm", 'a', KL_OPTION_TEXT, offsetof(report_args, arm), "ARM", 0, 0,
     "the arm whose claims, drivers and synergy are shown; without it the baseline, or the first arm that introduces "
     "an ecosystem if the baseline does not"},
    {"lang", 0, KL_OPTION_WORD, offsetof(report_args, lang), LANGUAGES, 0, 0,
     "the language that the page opens in; without it the reader's. All three are in every page"},
    {"no-synergy", 0, KL_OPTION_FLAG, offsetof(report_args, no_synergy), NULL, 0, 0,
     "leave out synergy, stakeholders and members by wave, for which worlds have to be played"},
    {"force", 'f', KL_OPTION_FLAG, offsetof(report_args, force), NULL, 0, 0,
     "replace a page that exists; any other file is kept"},
    {0},
};

static const char *const report_examples[] = {
    "klaster report results/paper.h5",
    "results/paper.html: to look at in a browser, to print, to send",
    "klaster report results/funding-options.h5 --arm mix --lang uz -o mix.html",
    "claims, drivers and synergy of one option; opens in Uzbek",
    "klaster report results/paper.h5 --json | jq '.summary.arms[0].claims'",
    "all numbers of the page, for a program",
    NULL,
};

/* ---- what the parts share ---- */

json_t *kl_report_number(double value)
{
    char text[KL_NUMBER_SIZE];
    if (!isfinite(value))
        return json_null();
    snprintf(text, sizeof text, "%.5e", value);
    return kl_json_number(strtod(text, NULL));
}

kl_status kl_report_read(kl_report *r, int arm, kl_outcome_id outcome)
{
    return kl_result_outcome(r->result, arm, outcome, r->value);
}

static void report_free(kl_report *r)
{
    for (int a = 0; r->status && a < r->study->n_arms; a++)
        free(r->status[a]);
    free(r->status);
    free(r->value);
    json_decref(r->page);
}

static kl_status report_init(kl_report *r)
{
    size_t n = (size_t)r->n_worlds;
    r->status = calloc((size_t)r->study->n_arms + 1, sizeof *r->status);
    r->value = malloc((n + 1) * sizeof *r->value);
    r->page = json_object();
    if (!r->status || !r->value || !r->page)
        return KL_ERR_MEMORY;
    kl_status status = KL_OK;
    for (int a = 0; a < r->study->n_arms && status == KL_OK; a++) {
        r->status[a] = malloc(n + 1);
        status = r->status[a] ? kl_result_status(r->result, a, r->status[a]) : KL_ERR_MEMORY;
    }
    return status;
}

/* ---- choosing ---- */

static int choose_arm(kl_report *r, const char *name)
{
    const kl_study *study = r->study;
    if (name) {
        r->arm = kl_find_arm(r->cli, study, name);
        return r->arm < 0 ? KL_EXIT_USAGE : KL_EXIT_OK;
    }
    r->arm = study->baseline;
    for (int a = 0; a < study->n_arms && study->arm[r->arm].n_stages == 0; a++)
        if (study->arm[a].n_stages > 0)
            r->arm = a;
    return KL_EXIT_OK;
}

/* results/paper.h5 -> results/paper.html */
static int choose_output(const kl_cli *cli, const report_args *args, char *path, size_t size)
{
    const char *file = args->operand.item[0];
    size_t length = strlen(file);
    if (length > 3 && strcmp(file + length - 3, ".h5") == 0)
        length -= 3;
    int n =
        args->output ? snprintf(path, size, "%s", args->output) : snprintf(path, size, "%.*s.html", (int)length, file);
    if (n < 0 || (size_t)n >= size)
        return kl_fail(cli, KL_EXIT_IO, "the name of the page is too long");
    if (!*path)
        return kl_fail(cli, KL_EXIT_USAGE, "--output: the name of the page is empty");
    return KL_EXIT_OK;
}

/* ---- making ---- */

static kl_status make_charts(kl_report *r)
{
    static kl_status (*const parts[])(kl_report *) = {kl_report_inputs,     kl_report_fans,   kl_report_worlds,
                                                      kl_report_histograms, kl_report_stages, kl_report_heat,
                                                      kl_report_waves};
    kl_status status = KL_OK;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0] && status == KL_OK; i++)
        status = parts[i](r);
    return status;
}

static int make(kl_report *r, const report_args *args)
{
    static const char *const languages[] = {"en", "ru", "uz"};
    kl_status status = report_init(r);
    if (status == KL_OK) {
        json_object_set_new(r->page, "format", json_integer(1));
        json_object_set_new(r->page, "page", json_string("report"));
        if (args->lang >= 0)
            json_object_set_new(r->page, "lang", json_string(languages[args->lang]));
        json_object_set_new(r->page, "arm", json_string(r->study->arm[r->arm].name));
        kl_report_study(r);
        status = make_charts(r);
    }
    if (status != KL_OK)
        return kl_fail(r->cli, kl_exit_of(status), "%s: %s", r->path, kl_status_text(status));
    return kl_report_tables(r);
}

static void warn_incomplete(const kl_report *r)
{
    char done[KL_NUMBER_SIZE], all[KL_NUMBER_SIZE];
    if (!r->result->complete)
        kl_say(r->cli, KL_WARN, "%s is incomplete: the report is about %s of %s runs, and says so", r->path,
               kl_text_count(done, sizeof done, (double)r->result->n_done),
               kl_text_count(all, sizeof all, (double)r->n_worlds * r->study->n_arms));
}

/* From here on it takes longer than anybody would wait without a word. */
enum { WORLDS_THAT_TAKE_TIME = 50000 };

static void warn_slow(const kl_report *r)
{
    char worlds[KL_NUMBER_SIZE];
    if (r->n_worlds > WORLDS_THAT_TAKE_TIME)
        kl_say(r->cli, KL_PLAIN,
               "a report of %s worlds takes minutes: claims and drivers are looked for in all of them",
               kl_text_count(worlds, sizeof worlds, (double)r->n_worlds));
}

static int report(const kl_cli *cli, const report_args *args, const kl_result *result, const char *output)
{
    kl_report r = {.cli = cli,
                   .result = result,
                   .study = &result->study,
                   .path = args->operand.item[0],
                   .synergy = !args->no_synergy};
    r.n_worlds = (int64_t)r.study->n_points * r.study->n_replicates;
    int code = choose_arm(&r, args->arm);
    if (code == KL_EXIT_OK) {
        warn_incomplete(&r);
        warn_slow(&r);
        code = make(&r, args);
    }
    json_t *page = r.page;
    r.page = NULL;
    report_free(&r);
    if (code != KL_EXIT_OK) {
        json_decref(page);
        return code;
    }
    if (args->json)
        return kl_print_json_data(cli, page);
    code = kl_page_write(cli, KL_PAGE_REPORT, output, args->force, kl_json_whole(page));
    if (code == KL_EXIT_OK && strcmp(output, "-") != 0)
        kl_say(cli, KL_PLAIN, "wrote %s", output);
    return code;
}

static int answer(const kl_cli *cli, const report_args *args)
{
    char output[KL_OUTPUT_PATH_MAX];
    kl_result result;
    if (args->json && args->output)
        return kl_fail(cli, KL_EXIT_USAGE, "report: --json prints the data, --output names a page; not both");
    int code = args->json ? KL_EXIT_OK : choose_output(cli, args, output, sizeof output);
    if (code == KL_EXIT_OK && !args->json)
        code = kl_page_check(cli, KL_PAGE_REPORT, output, args->force);
    if (code == KL_EXIT_OK)
        code = kl_open_result(cli, &result, args->operand.item[0]);
    if (code != KL_EXIT_OK)
        return code;
    code = report(cli, args, &result, output);
    kl_result_close(&result);
    return code;
}

static int report_run(const kl_cli *cli, const kl_command *self, int argc, char **argv)
{
    report_args args = {.lang = -1};
    int code = kl_options_parse(cli, self, argc, argv, &args);
    if (code < 0)
        code = answer(cli, &args);
    kl_options_free(self, &args);
    return code;
}

const kl_command kl_command_report = {
    .name = "report",
    .operands = "FILE",
    .least = 1,
    .most = 1,
    .summary = "a page to look at: what a result file says, in pictures and words",
    .text =
        "Writes one HTML file that needs nothing else: it works offline, on a phone and in print, in English, Russian "
        "and Uzbek. It begins with the answer (the claims, or the options side by side) and goes on to months, "
        "distributions, who gains, what drives the outcomes and where the claims hold.\n"
        "Its numbers are those of summary, compare, decide, sensitivity, claims and synergy. For synergy up to 500 "
        "worlds are played anew; nothing is kept in the result file. docs/report.md says what is shown and how it is "
        "computed.",
    .option = report_options,
    .example = report_examples,
    .reads_results = true,
    .run = report_run,
};
