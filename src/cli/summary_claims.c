/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `klaster summary`: the audit of claims, and how the runs ended. With one arm, a table of all claims and one of what became
 * of the worlds, and with --all each claim in full; with several arms, a table a claim with a row an arm. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/grid.h"
#include "cli/outcome.h"
#include "cli/summary.h"

enum { BAR_CELLS = 32, SMALL_BAR = 8, STACK_CELLS = 16, WIDE = 96 };

/* What can become of a claim in a world: it holds; else the world was completed and the metric lies below, above or is undefined;
 * else the run's status says why. */
enum { HOLDS, BELOW, ABOVE, UNDEFINED, FIRST_STATUS, N_FATES = FIRST_STATUS + KL_N_RUN_STATUS };

static void fates_of(const kl_audit *audit, int64_t fate[N_FATES])
{
    memset(fate, 0, N_FATES * sizeof *fate);
    fate[BELOW] = audit->below[KL_RUN_COMPLETED];
    fate[ABOVE] = audit->above[KL_RUN_COMPLETED];
    fate[UNDEFINED] = audit->undefined[KL_RUN_COMPLETED];
    for (int s = 0; s < KL_N_RUN_STATUS; s++) {
        fate[HOLDS] += audit->inside[s];
        if (s != KL_RUN_COMPLETED)
            fate[FIRST_STATUS + s] = audit->below[s] + audit->above[s] + audit->undefined[s];
    }
}

const char *kl_status_label(int status)
{
    return status == KL_RUN_GATE_FAILED ? "gate failed" : kl_run_status_word(status);
}

static const char *fate_label(int fate)
{
    static const char *const labels[] = {"holds", "below", "above", "undefined"};
    return fate < FIRST_STATUS ? labels[fate] : kl_status_label(fate - FIRST_STATUS);
}

/* For the head of a narrow column. */
static const char *short_label(int fate)
{
    return fate == FIRST_STATUS + KL_RUN_GATE_FAILED ? "gate" : fate_label(fate);
}

/* A bound as a person writes it: 30, not 30.0. */
static char *bound_text(char *buffer, size_t size, kl_outcome_id metric, double value)
{
    bool percent = kl_outcome_unit(metric)[0] == '%';
    if (kl_outcome_info_of(metric)->type == KL_TYPE_MONEY)
        return kl_text_money(buffer, size, value);
    snprintf(buffer, size, "%.6g", percent ? 100 * value : value);
    return buffer;
}

char *kl_claim_text(char *buffer, size_t size, const kl_claim *claim)
{
    char lo[KL_NUMBER_SIZE], hi[KL_NUMBER_SIZE];
    const char *unit = kl_outcome_unit(claim->metric), *gap = *unit ? " " : "";
    bool several = kl_outcome_info_of(claim->metric)->type == KL_TYPE_MONTH;
    bound_text(lo, sizeof lo, claim->metric, claim->lo);
    bound_text(hi, sizeof hi, claim->metric, claim->hi);
    if (isinf(claim->lo) && isinf(claim->hi))
        snprintf(buffer, size, "any value");
    else if (isinf(claim->hi))
        snprintf(buffer, size, "at least %s%s%s%s", lo, gap, unit, several ? "s" : "");
    else if (isinf(claim->lo))
        snprintf(buffer, size, "at most %s%s%s%s", hi, gap, unit, several ? "s" : "");
    else
        snprintf(buffer, size, "%s to %s%s%s%s", lo, hi, gap, unit, several ? "s" : "");
    return buffer;
}

char *kl_share_text(char *buffer, size_t size, const kl_share *share)
{
    if (share->n == 0 || isnan(share->share)) {
        snprintf(buffer, size, "-");
        return buffer;
    }
    double lo = floor(1000 * share->lo + 1e-9) / 10, hi = ceil(1000 * share->hi - 1e-9) / 10;
    snprintf(buffer, size, "%.1f [%.1f, %.1f]", 100 * share->share, lo > 0 ? lo : 0, hi < 100 ? hi : 100);
    return buffer;
}

/* ---- one arm: all claims in two tables ---- */

static void verdict_table(const kl_summary *s, const kl_audit *audit, kl_grid *table)
{
    bool wide = s->cli->out.width >= WIDE;
    kl_grid_init(table, wide ? "lllrr" : "llrr");
    kl_grid_cell(table, KL_DIM, "holds in % of");
    if (wide)
        kl_grid_cell(table, KL_DIM, "");
    kl_grid_cell(table, KL_DIM, "");
    kl_grid_cell(table, KL_DIM, "all worlds");
    kl_grid_cell(table, KL_DIM, "the completed");
    for (int c = 0; c < s->study->n_claims; c++) {
        const kl_claim *claim = &s->study->claim[c];
        char text[160];
        kl_grid_cell(table, KL_BOLD, claim->name);
        if (wide)
            kl_grid_cell(table, KL_DIM, kl_outcome_info_of(claim->metric)->name);
        kl_grid_cell(table, KL_PLAIN, kl_claim_text(text, sizeof text, claim));
        kl_share_text(text, sizeof text, &audit[c].holds);
        kl_grid_cell(table, KL_BOLD, text);
        kl_share_text(text, sizeof text, &audit[c].holds_completed);
        kl_grid_cell(table, KL_PLAIN, text);
    }
}

/* A bar cut into what became of the worlds: holds, below, above, the rest. */
static void stack(const kl_term *term, char *text, size_t size, const int64_t fate[N_FATES], int64_t n)
{
    static const char *const glyphs[2][4] = {{"#", "-", "+", "."}, {"█", "▒", "▓", "░"}};
    static const int order[] = {HOLDS, BELOW, ABOVE};
    int64_t sum = 0;
    size_t at = 0;
    int cell = 0;
    text[0] = '\0';
    for (int part = 0; part < 4; part++) {
        sum = part < 3 ? sum + fate[order[part]] : n;
        int end = n > 0 ? (int)((double)sum / (double)n * STACK_CELLS + 0.5) : 0;
        for (; cell < end && at + 4 < size; cell++)
            at += (size_t)snprintf(text + at, size - at, "%s", glyphs[term->utf8][part]);
    }
}

static void fate_table(const kl_summary *s, const kl_audit *audit, kl_grid *table)
{
    const kl_term *term = &s->cli->out;
    bool shown[N_FATES] = {[HOLDS] = true, [BELOW] = true, [ABOVE] = true};
    char align[4 + N_FATES] = "ll";
    int64_t fate[N_FATES];
    for (int c = 0; c < s->study->n_claims; c++) {
        fates_of(&audit[c], fate);
        for (int f = 0; f < N_FATES; f++)
            shown[f] |= fate[f] > 0;
    }
    for (int f = 0; f < N_FATES; f++)
        if (shown[f])
            strcat(align, "r");
    kl_grid_init(table, align);
    kl_grid_cell(table, KL_DIM, "");
    kl_grid_cell(table, KL_DIM, "");
    for (int f = 0; f < N_FATES; f++)
        if (shown[f])
            kl_grid_cell(table, KL_DIM, short_label(f));
    for (int c = 0; c < s->study->n_claims; c++) {
        char text[3 * STACK_CELLS + 4];
        fates_of(&audit[c], fate);
        stack(term, text, sizeof text, fate, audit[c].n);
        kl_grid_cell(table, KL_BOLD, s->study->claim[c].name);
        kl_grid_cell(table, KL_GOOD, text);
        for (int f = 0; f < N_FATES; f++)
            if (shown[f])
                kl_grid_cellf(table,
                              f == HOLDS ? KL_BOLD
                              : fate[f]  ? KL_PLAIN
                                         : KL_DIM,
                              fate[f] ? "%.1f" : "-", 100 * ((double)fate[f] / (double)audit[c].n));
    }
}

static kl_status claims_of_one(kl_summary *s)
{
    const kl_term *term = &s->cli->out;
    kl_status status = KL_OK;
    kl_grid table;
    kl_audit *audit = calloc((size_t)s->study->n_claims, sizeof *audit);
    if (!audit)
        return KL_ERR_MEMORY;
    for (int c = 0; status == KL_OK && c < s->study->n_claims; c++)
        status = kl_summary_audit(s, 0, &s->study->claim[c], &audit[c]);
    if (status == KL_OK) {
        verdict_table(s, audit, &table);
        status = kl_grid_print(&table, term);
        kl_grid_free(&table);
    }
    if (status == KL_OK) {
        fputs("\n  ", term->file);
        kl_term_wrap(term,
                     term->utf8 ? "What became of them, in % of all worlds (█ holds, ▒ below, ▓ above, ░ the rest):"
                                : "What became of them, in % of all worlds (# holds, - below, + above, . the rest):",
                     2, 2);
        putc('\n', term->file);
        fate_table(s, audit, &table);
        status = kl_grid_print(&table, term);
        kl_grid_free(&table);
    }
    if (!s->all && status == KL_OK)
        kl_term_print(term, KL_DIM, "  --all says what each claim means and where it stands."), putc('\n', term->file);
    free(audit);
    return status;
}

/* ---- one arm: a claim in full ---- */

static void statement(const kl_summary *s, int number, const kl_claim *claim)
{
    const kl_term *term = &s->cli->out;
    char interval[160], text[512];
    const kl_outcome_info *info = kl_outcome_info_of(claim->metric);
    fprintf(term->file, "\n%3d  ", number);
    kl_term_print(term, KL_BOLD, claim->name);
    fputs("  ", term->file);
    snprintf(text, sizeof text, "%s %s", info->name, kl_claim_text(interval, sizeof interval, claim));
    kl_term_wrap(term, text, 5, 7 + kl_text_width(claim->name));
    if (s->all) {
        fputs("\n     ", term->file);
        kl_term_wrap(term, info->meaning, 5, 5);
    }
    if (s->all && *claim->source) {
        fputs("\n     ", term->file);
        kl_term_wrap(term, claim->source, 5, 5);
    }
    putc('\n', term->file);
}

static void verdict(const kl_term *term, const kl_audit *audit)
{
    char all[96], completed[96], n[KL_NUMBER_SIZE], text[320];
    kl_share_text(all, sizeof all, &audit->holds);
    kl_share_text(completed, sizeof completed, &audit->holds_completed);
    size_t at = (size_t)snprintf(text, sizeof text, "holds in %s %% of all worlds", all);
    if (audit->holds_completed.n > 0)
        snprintf(text + at, sizeof text - at, ", in %s %% of %s completed", completed,
                 kl_text_count(n, sizeof n, (double)audit->holds_completed.n));
    fputs("     ", term->file);
    kl_term_wrap(term, text, 5, 5);
    putc('\n', term->file);
}

static kl_status fate_bars(const kl_term *term, const kl_audit *audit)
{
    int64_t fate[N_FATES];
    kl_grid table;
    kl_grid_init(&table, "lrrl");
    table.indent = 5;
    fates_of(audit, fate);
    for (int f = 0; f < N_FATES; f++) {
        char bar[3 * BAR_CELLS + 1], share[KL_NUMBER_SIZE], n[KL_NUMBER_SIZE];
        if (fate[f] == 0 && f != HOLDS)
            continue;
        double of_all = audit->n > 0 ? (double)fate[f] / (double)audit->n : 0;
        kl_style style = f == HOLDS ? KL_GOOD : f < FIRST_STATUS ? KL_WARN : KL_BAD;
        kl_text_bar(term, bar, sizeof bar, of_all, BAR_CELLS);
        kl_grid_cell(&table, f == HOLDS ? KL_BOLD : KL_PLAIN, fate_label(f));
        kl_grid_cell(&table, KL_PLAIN, kl_text_percent(share, sizeof share, of_all, 1));
        kl_grid_cell(&table, KL_DIM, kl_text_count(n, sizeof n, (double)fate[f]));
        kl_grid_cell(&table, style, bar);
    }
    kl_status status = kl_grid_print(&table, term);
    kl_grid_free(&table);
    return status;
}

static kl_status claim_of_one(kl_summary *s, int number, const kl_claim *claim)
{
    kl_audit audit;
    const kl_term *term = &s->cli->out;
    kl_status status = kl_summary_audit(s, 0, claim, &audit);
    if (status != KL_OK)
        return status;
    statement(s, number, claim);
    verdict(term, &audit);
    return fate_bars(term, &audit);
}

/* ---- several arms ---- */

static void fate_header(kl_grid *table, const bool shown[N_FATES])
{
    kl_grid_cell(table, KL_DIM, "arm");
    kl_grid_cell(table, KL_DIM, "holds in %");
    kl_grid_cell(table, KL_DIM, "");
    kl_grid_cell(table, KL_DIM, "completed");
    for (int f = BELOW; f < N_FATES; f++)
        if (shown[f])
            kl_grid_cell(table, KL_DIM, short_label(f));
}

static void fate_row(kl_grid *table, const kl_term *term, const char *arm, const kl_audit *audit,
                     const bool shown[N_FATES])
{
    int64_t fate[N_FATES];
    char text[96], bar[3 * SMALL_BAR + 1];
    fates_of(audit, fate);
    kl_share_text(text, sizeof text, &audit->holds);
    kl_text_bar(term, bar, sizeof bar, audit->holds.share, SMALL_BAR);
    kl_grid_cell(table, KL_PLAIN, arm);
    kl_grid_cell(table, KL_BOLD, text);
    kl_grid_cell(table, KL_GOOD, bar);
    if (audit->holds_completed.n > 0)
        kl_grid_cellf(table, KL_PLAIN, "%.1f", 100 * audit->holds_completed.share);
    else
        kl_grid_cell(table, KL_DIM, "-");
    for (int f = BELOW; f < N_FATES; f++)
        if (shown[f])
            kl_grid_cellf(table, fate[f] ? KL_PLAIN : KL_DIM, fate[f] ? "%.1f" : "-",
                          100 * ((double)fate[f] / (double)(audit->n ? audit->n : 1)));
}

static kl_status claim_of_many(kl_summary *s, int number, const kl_claim *claim)
{
    const kl_term *term = &s->cli->out;
    kl_status status = KL_OK;
    bool shown[N_FATES] = {false};
    char align[5 + N_FATES] = "lrlr";
    kl_audit *audit = calloc((size_t)s->n_arms, sizeof *audit);
    if (!audit)
        return KL_ERR_MEMORY;
    for (int a = 0; status == KL_OK && a < s->n_arms; a++) {
        int64_t fate[N_FATES];
        status = kl_summary_audit(s, a, claim, &audit[a]);
        if (status == KL_OK)
            fates_of(&audit[a], fate);
        for (int f = BELOW; status == KL_OK && f < N_FATES; f++)
            shown[f] |= fate[f] > 0;
    }
    for (int f = BELOW; f < N_FATES; f++)
        if (shown[f])
            strcat(align, "r");
    kl_grid table;
    kl_grid_init(&table, align);
    table.indent = 5;
    if (status == KL_OK) {
        statement(s, number, claim);
        fate_header(&table, shown);
        for (int a = 0; a < s->n_arms; a++)
            fate_row(&table, term, s->study->arm[s->arm[a]].name, &audit[a], shown);
        status = kl_grid_print(&table, term);
    }
    kl_grid_free(&table);
    free(audit);
    return status;
}

kl_status kl_summary_claims(kl_summary *s)
{
    const kl_term *term = &s->cli->out;
    kl_status status = KL_OK;
    if (s->study->n_claims == 0)
        return KL_OK;
    kl_term_heading(
        term, "CLAIMS",
        "In what share of the worlds does each claim hold, and what happened in the others? A world is one draw of all "
        "that is uncertain and of chance. [ ]: 95 % Monte Carlo interval.");
    if (s->n_arms == 1)
        status = claims_of_one(s);
    for (int c = 0; status == KL_OK && c < s->study->n_claims && (s->n_arms > 1 || s->all); c++)
        status =
            s->n_arms == 1 ? claim_of_one(s, c + 1, &s->study->claim[c]) : claim_of_many(s, c + 1, &s->study->claim[c]);
    return status;
}

/* ---- how the runs ended ---- */

static void status_rows_of_one(const kl_summary *s, kl_grid *table)
{
    int64_t by_status[KL_N_RUN_STATUS];
    int64_t n = kl_summary_count(s, 0, by_status);
    for (int k = 0; k < KL_N_RUN_STATUS; k++) {
        char share[KL_NUMBER_SIZE], count[KL_NUMBER_SIZE];
        if (by_status[k] == 0)
            continue;
        kl_grid_cell(table, k == KL_RUN_COMPLETED ? KL_BOLD : KL_PLAIN, kl_status_label(k));
        kl_grid_cell(table, KL_PLAIN, kl_text_percent(share, sizeof share, (double)by_status[k] / (double)n, 1));
        kl_grid_cell(table, KL_DIM, kl_text_count(count, sizeof count, (double)by_status[k]));
        kl_grid_cell(table, KL_PLAIN, kl_run_status_meaning(k));
    }
}

static void status_rows_of_many(const kl_summary *s, kl_grid *table)
{
    kl_grid_cell(table, KL_DIM, "arm");
    kl_grid_cell(table, KL_DIM, "runs");
    for (int k = 0; k < KL_N_RUN_STATUS; k++)
        kl_grid_cell(table, KL_DIM, kl_status_label(k));
    for (int a = 0; a < s->n_arms; a++) {
        int64_t by_status[KL_N_RUN_STATUS];
        int64_t n = kl_summary_count(s, a, by_status);
        char text[KL_NUMBER_SIZE];
        kl_grid_cell(table, KL_PLAIN, s->study->arm[s->arm[a]].name);
        kl_grid_cell(table, KL_DIM, kl_text_count(text, sizeof text, (double)n));
        for (int k = 0; k < KL_N_RUN_STATUS; k++)
            kl_grid_cell(table, by_status[k] ? KL_PLAIN : KL_DIM,
                         kl_text_percent(text, sizeof text, n ? (double)by_status[k] / (double)n : NAN, 1));
    }
}

kl_status kl_summary_statuses(kl_summary *s)
{
    kl_grid table;
    kl_grid_init(&table, s->n_arms == 1 ? "lrrl" : "lrrrrrrr");
    if (s->n_arms == 1)
        status_rows_of_one(s, &table);
    else
        status_rows_of_many(s, &table);
    kl_term_heading(&s->cli->out, "RUNS", "How the runs ended.");
    kl_status status = kl_grid_print(&table, &s->cli->out);
    kl_grid_free(&table);
    return status;
}
