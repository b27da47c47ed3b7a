/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The data of a report: the summary, and the tables of the analysis commands, made by their own code with their defaults. Where
 * a command would refuse (a study of one arm has nothing to compare), its sentence stands in `absent` in place of its tables. */
#define _DEFAULT_SOURCE 1 /* open_memstream */
#include <stdlib.h>
#include <string.h>

#include "cli/compare.h"
#include "cli/decide.h"
#include "cli/discovery.h"
#include "cli/report.h"
#include "cli/sensitivity.h"
#include "cli/summary.h"
#include "cli/synergy.h"
#include "cli/tables.h"

/* Worlds that are played for the synergy: each is about 20 runs. A design of rows needs some rows for its intervals. */
enum { SYNERGY_WORLDS = 500, SYNERGY_WORLDS_MOST = 1000, SYNERGY_ROWS_LEAST = 20 };

typedef struct work {
    kl_report *r;
    kl_cli cli; /* whose errors go into `said` */
    char *said;
    size_t size;
    json_t *tables, *absent;
} work;

static void add_tables(const work *w, int n, const kl_table *table)
{
    for (int t = 0; t < n; t++)
        json_object_set_new(w->tables, table[t].name, kl_table_json_compact(&table[t]));
}

static void free_tables(int n, kl_table *table)
{
    for (int t = 0; t < n; t++)
        kl_table_free(&table[t]);
}

/* ---- the commands ---- */

static int summary(work *w)
{
    kl_summary s;
    json_t *json = NULL;
    int code = kl_summary_start(&s, &w->cli, w->r->result, w->r->path);
    if (code == KL_EXIT_OK) {
        kl_status status = kl_summary_json(&s, &json);
        if (status == KL_OK)
            json_object_set_new(w->r->page, "summary", json);
        else
            code = kl_fail(&w->cli, kl_exit_of(status), "%s: %s", w->r->path, kl_status_text(status));
    }
    kl_summary_free(&s);
    return code;
}

static int compare(work *w)
{
    kl_table table[2];
    int code = kl_compare_tables(&w->cli, w->r->result, w->r->path, table);
    if (code == KL_EXIT_OK)
        add_tables(w, 2, table);
    free_tables(2, table);
    return code;
}

static int decide(work *w)
{
    const kl_decide_args args = {.operand = {1, &w->r->path}};
    kl_decide d = {.cli = &w->cli, .args = &args, .result = w->r->result, .study = w->r->study};
    int code = kl_decide_make(&d);
    if (code == KL_EXIT_OK)
        add_tables(w, d.n_tables, d.table);
    kl_decide_free(&d);
    return code;
}

/* What the report shows of drivers: whether the mechanism is completed, its usual outcomes, and what the claims are about. */
static int n_metrics_of(const kl_study *study, const char **name)
{
    static const char *const usual[] = {"completed",   "member_share", "saving_joint", "saving_net_all",
                                        "value_firms", "npv_social",   "survival"};
    int n = 0;
    for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++)
        name[n++] = usual[i];
    for (int c = 0; c < study->n_claims; c++) {
        const char *metric = kl_outcome_info_of(study->claim[c].metric)->name;
        bool is_new = true;
        for (int k = 0; k < n; k++)
            is_new = is_new && strcmp(name[k], metric) != 0;
        if (is_new)
            name[n++] = metric;
    }
    return n;
}

static int sensitivity(work *w)
{
    const kl_study *study = w->r->study;
    const char *name[8 + KL_N_OUTCOMES], *arm_name = study->arm[w->r->arm].name;
    const kl_words arm = {1, &arm_name}, metrics = {n_metrics_of(study, name), name};
    kl_sensitivity found;
    if (study->n_points < 2)
        return kl_fail(&w->cli, KL_EXIT_USAGE, "%s: the study has one point, so no input varies", w->r->path);
    int code = kl_sensitivity_make(&w->cli, w->r->result, w->r->path, &arm, &metrics, &found);
    if (code == KL_EXIT_OK)
        add_tables(w, found.n_tables, found.table);
    kl_sensitivity_free(&found);
    return code;
}

static int claims(work *w)
{
    const char *name = w->r->study->arm[w->r->arm].name;
    const kl_words arm = {1, &name};
    kl_table table[KL_DISCOVERY_TABLES];
    int code = kl_claims_tables(&w->cli, w->r->result, w->r->path, &arm, table);
    if (code == KL_EXIT_OK)
        add_tables(w, KL_DISCOVERY_TABLES, table);
    free_tables(KL_DISCOVERY_TABLES, table);
    return code;
}

/* ---- what has to be played ---- */

/* The study of the file with the worlds that are to be played: its first ones. */
static int small_study(work *w, kl_study *small)
{
    const kl_study *study = w->r->study;
    kl_diagnostics found;
    kl_status status = kl_study_parse(small, study->resolved, strlen(study->resolved), w->r->path, NULL, &found);
    kl_diagnostics_free(&found);
    int64_t row = (int64_t)small->design.row_size * small->n_replicates, wanted = SYNERGY_WORLDS;
    if (status == KL_OK && small->design.row_size > 1)
        wanted = row * SYNERGY_ROWS_LEAST > wanted ? row * SYNERGY_ROWS_LEAST : wanted;
    if (status == KL_OK && wanted > SYNERGY_WORLDS_MOST)
        return kl_fail(&w->cli, KL_EXIT_USAGE, "%s: its design has rows of %d points, too many to play anew here",
                       w->r->path, small->design.row_size);
    if (status == KL_OK && wanted < w->r->n_worlds)
        status = kl_study_resize(small, wanted);
    return status == KL_OK ? KL_EXIT_OK
                           : kl_fail(&w->cli, kl_exit_of(status), "%s: %s", w->r->path, kl_status_text(status));
}

static int synergy(work *w)
{
    kl_study small;
    kl_table table[KL_N_SYNERGY_TABLES];
    kl_synergy_counts counts = {0};
    kl_study_init(&small);
    int code = small_study(w, &small);
    if (code == KL_EXIT_OK) {
        code = kl_synergy_make(&w->cli, &small, w->r->arm, 0, true, table, &counts);
        if (code == KL_EXIT_OK) {
            add_tables(w, KL_N_SYNERGY_TABLES, table);
            json_object_set_new(
                w->r->page, "synergy_worlds",
                json_pack("{s:I, s:I}", "played", (json_int_t)counts.n_worlds, "failed", (json_int_t)counts.n_failed));
        }
        free_tables(KL_N_SYNERGY_TABLES, table);
    }
    kl_study_free(&small);
    return code;
}

enum { STAKEHOLDERS_MOST = 2000 }; /* dots that can be told apart, and a page that opens at once */

/* In the first world. */
static int stakeholders(work *w)
{
    kl_table table;
    const kl_arm *arm = &w->r->study->arm[w->r->arm];
    if (arm->n_stages == 0)
        return kl_fail(&w->cli, KL_EXIT_USAGE, "arm '%s' introduces no ecosystem: nobody has a stake in it", arm->name);
    int code = kl_stakeholders_make(&w->cli, w->r->study, w->r->arm, 0, 0, &table);
    if (code == KL_EXIT_OK && table.n_rows > STAKEHOLDERS_MOST)
        code = kl_fail(&w->cli, KL_EXIT_USAGE,
                       "a map of %d stakeholders is too large for a page; klaster synergy --stakeholders prints it",
                       table.n_rows);
    if (code == KL_EXIT_OK)
        add_tables(w, 1, &table);
    kl_table_free(&table);
    return code;
}

/* ---- all of them ---- */

/* What was said, without "klaster: error: " and the end of the line. */
static json_t *sentence_of(const work *w)
{
    static const char before[] = "klaster: error: ";
    char *text = w->said;
    size_t length = strlen(before);
    if (strncmp(text, before, length) == 0)
        text += length;
    text[strcspn(text, "\n")] = '\0';
    return kl_json_printable(text);
}

/* Run a part. That it does not apply to this file is no error; that the file cannot be read, is. */
static int run(work *w, const char *name, int (*part)(work *))
{
    w->said = NULL;
    w->size = 0;
    w->cli = *w->r->cli;
    FILE *memory = open_memstream(&w->said, &w->size);
    if (!memory)
        return kl_fail(w->r->cli, KL_EXIT_IO, "out of memory");
    w->cli.err = (kl_term){.file = memory, .width = 80};
    int code = part(w);
    if (fclose(memory) != 0 || !w->said)
        code = code == KL_EXIT_OK ? KL_EXIT_IO : code;
    if (code == KL_EXIT_FAILED || code == KL_EXIT_USAGE) {
        json_object_set_new(w->absent, name, sentence_of(w));
        code = KL_EXIT_OK;
    } else if (code != KL_EXIT_OK) {
        fputs(w->said ? w->said : "", w->r->cli->err.file);
    }
    free(w->said);
    return code;
}

int kl_report_tables(kl_report *r)
{
    static const struct {
        const char *name;
        int (*part)(work *);
        bool plays;
    } parts[] = {
        {"summary", summary, false},          {"compare", compare, false}, {"decide", decide, false},
        {"sensitivity", sensitivity, false},  {"claims", claims, false},   {"synergy", synergy, true},
        {"stakeholders", stakeholders, true},
    };
    work w = {.r = r, .tables = json_object(), .absent = json_object()};
    int code = KL_EXIT_OK;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0] && code == KL_EXIT_OK; i++)
        if (r->synergy || !parts[i].plays)
            code = run(&w, parts[i].name, parts[i].part);
    json_object_set_new(r->page, "tables", w.tables);
    json_object_set_new(r->page, "absent", w.absent);
    return code;
}
