/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `klaster replay` for people: stage timeline, months, firms, outcomes. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/grid.h"
#include "cli/outcome.h"
#include "cli/replay.h"

enum { TIMELINE_CELLS = 18, MONTHS_SHOWN = 10 };

/* What the months need beside the series. */
typedef struct record {
    double *members; /* [horizon] their number */
    double *score;   /* [horizon] pilot score so far */
    double *recycles;
} record;

static void on_month(kl_replay *r, void *data)
{
    record *rec = data;
    double outcome[KL_N_OUTCOMES];
    int m = r->run.month - 1;
    kl_run_outcomes(&r->run, outcome);
    rec->members[m] = outcome[KL_OUT_members_final];
    rec->score[m] = outcome[KL_OUT_pilot_score];
    rec->recycles[m] = outcome[KL_OUT_pilot_recycles];
}

/* ---- the world ---- */

static kl_status print_world(const kl_replay *r)
{
    const kl_term *term = &r->cli->out;
    const kl_arm *arm = &r->study->arm[r->arm];
    char text[1024];
    kl_term_print(term, KL_BOLD, *r->study->title ? r->study->title : r->study->name);
    putc('\n', term->file);
    snprintf(text, sizeof text, "arm %s, point %d, replicate %d, seed %llu: %d firms, %d months; ended as %s",
             arm->name, r->point, r->replicate, (unsigned long long)r->study->seed, r->run.n_firms, r->run.horizon,
             kl_run_status_word((int)r->run.status));
    kl_term_wrap(term, text, 0, 0);
    putc('\n', term->file);
    int n;
    kl_input *input = kl_inputs_of(r->study, &n);
    if (n < 0)
        return KL_ERR_MEMORY;
    if (n == 0)
        return KL_OK;
    kl_grid table;
    kl_grid_init(&table, "lrlr");
    for (int i = 0; i < n; i++) {
        char value[KL_NUMBER_SIZE];
        double v = kl_study_input_value(r->study, &input[i], r->arm, r->point);
        if (input[i].n_words > 0)
            kl_text_input(value, sizeof value, &input[i], v);
        else
            snprintf(value, sizeof value, "%.6g", v);
        kl_grid_cell(&table, KL_PLAIN, input[i].name);
        kl_grid_cell(&table, KL_PLAIN, isnan(v) ? "-" : value);
    }
    kl_grid_end_row(&table);
    kl_term_heading(term, "INPUTS", "Drawn for this point, or different between arms.");
    kl_status status = kl_grid_print(&table, term);
    kl_grid_free(&table);
    free(input);
    return status;
}

/* ---- stages ---- */

/* Blocks from month `first` to `last` (from 1) on a line of months. */
static void timeline(const kl_term *term, char *text, size_t size, int first, int last, int horizon)
{
    int cells = horizon < TIMELINE_CELLS ? horizon : TIMELINE_CELLS;
    int from = (first - 1) * cells / horizon, to = (last * cells + horizon - 1) / horizon;
    size_t at = 0;
    text[0] = '\0';
    for (int c = 0; c < to && at + 4 < size; c++)
        at += (size_t)snprintf(text + at, size - at, "%s", c < from ? " " : term->utf8 ? "█" : "#");
}

static void stage_event(const kl_replay *r, const record *rec, int stage, int last, char *text, size_t size)
{
    kl_stage_kind kind = r->mechanism.stage[stage].kind;
    int m = last - 1;
    text[0] = '\0';
    if (kind == KL_STAGE_PILOT && !isnan(rec->score[m])) {
        int recycles = (int)rec->recycles[m];
        bool passed = r->run.status != KL_RUN_GATE_FAILED;
        snprintf(text, size, "K %.2f: %s", rec->score[m], !r->params.gate ? "no gate" : passed ? "passed" : "failed");
        size_t at = strlen(text);
        if (recycles > 0)
            snprintf(text + at, size - at, ", %d repeat%s", recycles, recycles == 1 ? "" : "s");
    } else if (kind == KL_STAGE_BUILD && r->outcome[KL_OUT_month_built] == last) {
        snprintf(text, size, "platform stands");
    } else if (kind == KL_STAGE_ROLLOUT && r->outcome[KL_OUT_month_rollout] == last) {
        snprintf(text, size, "complete");
    }
    if (r->run.status == KL_RUN_INSOLVENT && r->outcome[KL_OUT_month_closed] == last)
        snprintf(text, size, "no money left");
}

static kl_status print_stages(const kl_replay *r, const record *rec)
{
    const kl_term *term = &r->cli->out;
    static const char *const header[] = {"stage", "months", "", "members", "quality", ""};
    kl_grid table;
    kl_grid_init(&table, "lllrrl");
    for (size_t i = 0; i < sizeof header / sizeof header[0]; i++)
        kl_grid_cell(&table, KL_DIM, header[i]);
    for (int m = 0; m < r->run.horizon;) {
        int stage = r->stage[m], first = m + 1;
        char bar[3 * TIMELINE_CELLS + 4], event[160] = "", quality[KL_NUMBER_SIZE], name[128];
        while (m < r->run.horizon && r->stage[m] == stage)
            m++;
        bool none = stage >= r->mechanism.n_stages;
        timeline(term, bar, sizeof bar, first, m, r->run.horizon);
        if (!none)
            stage_event(r, rec, stage, m, event, sizeof event);
        snprintf(name, sizeof name, "%s",
                 none ? (r->mechanism.n_stages ? "closed" : "alone") : kl_replay_stage_name(r, stage));
        kl_grid_cell(&table, none ? KL_DIM : KL_PLAIN, name);
        if (first == m)
            kl_grid_cellf(&table, KL_PLAIN, "%d", m);
        else
            kl_grid_cellf(&table, KL_PLAIN, "%d-%d", first, m);
        kl_grid_cell(&table, none ? KL_DIM : KL_GOOD, bar);
        kl_grid_cellf(&table, KL_PLAIN, "%.0f", rec->members[m - 1]);
        kl_text_percent(quality, sizeof quality, kl_run_series(&r->run, KL_SER_quality, m - 1), 0);
        kl_grid_cell(&table, KL_PLAIN, none ? "" : quality);
        kl_grid_cell(&table, KL_PLAIN, event);
    }
    kl_term_heading(term, "STAGES", "Members and quality of the platform at the end of each.");
    kl_status status = kl_grid_print(&table, term);
    kl_grid_free(&table);
    return status;
}

/* ---- months ---- */

static kl_status print_months(const kl_replay *r, const record *rec)
{
    static const kl_series_id shown[] = {KL_SER_usage, KL_SER_saving_joint, KL_SER_saving_net, KL_SER_reach_cluster,
                                         KL_SER_trust, KL_SER_account,      KL_SER_net_benefit};
    static const char *const header[] = {"month", "stage", "members", "usage",   "joint",
                                         "net",   "reach", "trust",   "account", "benefit"};
    static const char *const units[] = {"", "", "", "%", "%", "%", "%", "%", "USD", "USD"};
    kl_grid table;
    kl_grid_init(&table, "rlrrrrrrrr");
    for (size_t i = 0; i < sizeof header / sizeof header[0]; i++)
        kl_grid_cell(&table, KL_DIM, header[i]);
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        kl_grid_cell(&table, KL_DIM, units[i]);
    int step = r->show_months ? 1 : (r->run.horizon + MONTHS_SHOWN - 1) / MONTHS_SHOWN;
    for (int m = 0; m < r->run.horizon; m++) {
        if ((m + 1) % step != 0 && m != 0 && m + 1 != r->run.horizon)
            continue;
        kl_grid_cellf(&table, KL_PLAIN, "%d", m + 1);
        kl_grid_cell(&table, KL_PLAIN, kl_replay_stage_name(r, r->stage[m]));
        kl_grid_cellf(&table, KL_PLAIN, "%.0f", rec->members[m]);
        for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++) {
            char text[KL_NUMBER_SIZE];
            kl_grid_cell(&table, KL_PLAIN,
                         kl_series_text(text, sizeof text, shown[i], kl_run_series(&r->run, shown[i], m)));
        }
    }
    kl_term_heading(&r->cli->out, "MONTHS",
                    "Joint and net saving over the members' budgets, reach of the cluster, balance of the platform, "
                    "and the net benefit "
                    "of firms and platform over the firms alone, cumulated.");
    kl_status status = kl_grid_print(&table, &r->cli->out);
    kl_grid_free(&table);
    return status;
}

/* ---- firms ---- */

static kl_status print_firms(const kl_replay *r)
{
    static const char *const header[] = {"firm",  "exports", "staff", "budget",  "state",  "usage",
                                         "trust", "joint",   "net",   "markets", "benefit"};
    kl_grid table;
    kl_grid_init(&table, "rlrrlrrrrrr");
    for (size_t i = 0; i < sizeof header / sizeof header[0]; i++)
        kl_grid_cell(&table, KL_DIM, header[i]);
    for (int i = 0; i < r->run.n_firms; i++) {
        kl_firm f = kl_run_firm(&r->run, i);
        char text[KL_NUMBER_SIZE];
        kl_grid_cellf(&table, KL_PLAIN, "%d", i);
        kl_grid_cell(&table, KL_PLAIN, f.exporter ? "yes" : "");
        kl_grid_cell(&table, KL_PLAIN, kl_text_count(text, sizeof text, f.employees));
        kl_grid_cell(&table, KL_PLAIN, kl_text_money(text, sizeof text, f.budget));
        kl_grid_cell(&table, f.member ? KL_GOOD : KL_DIM,
                     f.member    ? "member"
                     : f.trained ? "trained"
                     : f.invited ? "invited"
                                 : "outside");
        const double share[] = {f.usage, f.trust, f.saving_joint, f.saving_net};
        for (size_t k = 0; k < sizeof share / sizeof share[0]; k++) {
            bool blank = !f.member && (k == 0 || k == 2 || k == 3);
            if (blank)
                kl_grid_cell(&table, KL_PLAIN, "");
            else
                kl_grid_cellf(&table, KL_PLAIN, "%.0f", 100 * share[k] + 0.0);
        }
        kl_grid_cellf(&table, KL_PLAIN, "%d", f.markets);
        kl_grid_cell(&table, KL_PLAIN, kl_text_money(text, sizeof text, f.net_benefit));
    }
    kl_term_heading(
        &r->cli->out, "FIRMS",
        "After the last month. Budget and net benefit in USD a month; usage, trust and savings in %. --csv has more.");
    kl_status status = kl_grid_print(&table, &r->cli->out);
    kl_grid_free(&table);
    return status;
}

/* ---- outcomes ---- */

static void outcome_cells(kl_grid *table, const kl_replay *r, kl_outcome_id id)
{
    char text[KL_NUMBER_SIZE];
    double value = kl_outcome_stored(id, r->outcome[id]);
    kl_grid_cellf(table, KL_PLAIN, "  %s", kl_outcome_info_of(id)->name);
    kl_grid_cell(table, KL_BOLD, kl_outcome_text(text, sizeof text, id, value));
    kl_grid_cell(table, KL_DIM, isnan(value) ? "" : kl_outcome_unit(id));
}

/* Two outcomes a line. */
static kl_status print_outcomes(const kl_replay *r)
{
    int n;
    const kl_outcome_line *line = kl_outcome_lines(&n);
    kl_grid table;
    kl_grid_init(&table, "lrllrl");
    table.indent = 0;
    for (int i = 0; i < n; i++) {
        if (line[i].group) {
            kl_grid_end_row(&table);
            if (i + 1 < n && line[i + 1].outcome >= 0)
                kl_grid_heading(&table, KL_DIM, line[i].group);
        } else if (line[i].outcome >= 0) {
            outcome_cells(&table, r, (kl_outcome_id)line[i].outcome);
        }
    }
    kl_grid_end_row(&table);
    kl_term_heading(&r->cli->out, "OUTCOMES", "klaster params NAME says what one means.");
    kl_status status = kl_grid_print(&table, &r->cli->out);
    kl_grid_free(&table);
    return status;
}

kl_status kl_replay_print(kl_replay *r)
{
    size_t months = (size_t)r->study->horizon;
    double *space = calloc(3 * months, sizeof *space);
    if (!space)
        return KL_ERR_MEMORY;
    record rec = {space, space + months, space + 2 * months};
    kl_status status = kl_replay_play(r, NULL, on_month, &rec);
    if (status == KL_OK)
        status = print_world(r);
    if (status == KL_OK)
        status = print_stages(r, &rec);
    if (status == KL_OK)
        status = print_months(r, &rec);
    if (status == KL_OK && r->show_firms)
        status = print_firms(r);
    if (status == KL_OK)
        status = print_outcomes(r);
    free(space);
    return status;
}
