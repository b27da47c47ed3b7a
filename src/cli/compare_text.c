/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `klaster compare` for people: four big numbers an option, what differs, who gains. Fits 80 columns as long as the arms'
 * names do. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/compare.h"
#include "cli/grid.h"
#include "cli/outcome.h"

enum { CELL = 96 };

static const char *plus_minus(const kl_term *term)
{
    return term->utf8 ? "±" : "+-";
}

/* A paragraph below a table. */
static void print_note(const kl_term *term, const char *text)
{
    fputs("\n  ", term->file);
    kl_term_wrap(term, text, 2, 2);
    putc('\n', term->file);
}

/* ---- the head ---- */

static void print_title(const kl_comparison *c, const char *path)
{
    const kl_term *term = &c->cli->out;
    const kl_study *study = c->study;
    char text[1024], worlds[KL_NUMBER_SIZE];
    kl_term_print(term, KL_BOLD, *study->title ? study->title : study->name);
    putc('\n', term->file);
    kl_text_count(worlds, sizeof worlds, (double)study->n_points * study->n_replicates);
    snprintf(text, sizeof text, "%s: %d option%s against %s in the same %s worlds, %d months", path, c->n_arms,
             c->n_arms == 1 ? "" : "s", study->arm[c->baseline].name, worlds, study->horizon);
    kl_term_wrap(term, text, 0, 0);
    putc('\n', term->file);
    if (!c->result->complete) {
        kl_term_print(term, KL_WARN, "INCOMPLETE: the study was stopped; worlds that are missing are left out.");
        putc('\n', term->file);
    }
}

/* ---- four big numbers ---- */

/* "14.0 k [12.1 k, 15.9 k]". Nothing where nothing was spent in any world: members do not cost 0 then, they were not bought. */
static void ratio_cell(kl_grid *grid, const kl_ratio *r, bool money)
{
    char a[KL_NUMBER_SIZE], b[KL_NUMBER_SIZE], m[KL_NUMBER_SIZE];
    bool nothing_spent = money && r->ratio == 0 && r->se == 0;
    if (isnan(r->ratio) || nothing_spent) {
        kl_grid_cell(grid, KL_DIM, "-");
        return;
    }
    if (isinf(r->lo)) {
        kl_grid_cell(grid, KL_DIM, "not clear of 0");
        return;
    }
    if (money) {
        kl_text_money(m, sizeof m, r->ratio);
        kl_text_money(a, sizeof a, r->lo);
        kl_text_money(b, sizeof b, r->hi);
    } else {
        snprintf(m, sizeof m, "%.1f", r->ratio);
        snprintf(a, sizeof a, "%.1f", r->lo);
        snprintf(b, sizeof b, "%.1f", r->hi);
    }
    kl_grid_cellf(grid, r->lo > 0 ? KL_BOLD : KL_PLAIN, "%s [%s, %s]", m, a, b);
}

static void option_row(const kl_comparison *c, kl_grid *grid, int arm, const kl_option_facts *f)
{
    const kl_term *term = &c->cli->out;
    bool is_baseline = arm == c->baseline;
    kl_grid_cell(grid, KL_HEAD, c->study->arm[arm].name);
    if (is_baseline || f->members.n == 0) {
        kl_grid_cell(grid, KL_DIM, is_baseline ? "baseline" : "-");
    } else {
        char half[KL_NUMBER_SIZE] = "-"; /* one world has no interval */
        if (!isnan(f->members.hi - f->members.lo))
            snprintf(half, sizeof half, "%.1f", (f->members.hi - f->members.lo) / 2);
        kl_grid_cellf(grid, KL_BOLD, "%+.1f %s%s", f->members.d.mean, plus_minus(term), half);
    }
    ratio_cell(grid, &f->per_member, true);
    ratio_cell(grid, &f->per_dollar, false);
    if (f->survival.n == 0)
        kl_grid_cell(grid, KL_DIM, "-");
    else
        kl_grid_cellf(grid, KL_BOLD, "%.0f %% [%.0f, %.0f]", 100 * f->survival.share, 100 * f->survival.lo,
                      100 * f->survival.hi);
}

static kl_status print_options(const kl_comparison *c)
{
    const kl_term *term = &c->cli->out;
    kl_grid grid;
    kl_grid_init(&grid, "lrrrr");
    grid.indent = 2;
    static const char *const heads[2][5] = {{"", "members", "public money", "social NPV", "platform"},
                                            {"option", "more", "per member more", "per public USD", "survives"}};
    for (int line = 0; line < 2; line++)
        for (int k = 0; k < 5; k++)
            kl_grid_cell(&grid, KL_DIM, heads[line][k]);
    option_row(c, &grid, c->baseline, &c->own);
    for (int a = 0; a < c->n_arms; a++)
        option_row(c, &grid, c->arm[a], &c->facts[a]);
    kl_term_heading(term, "Four big numbers", NULL);
    kl_status status = kl_grid_print(&grid, term);
    kl_grid_free(&grid);
    char text[640];
    snprintf(
        text, sizeof text,
        "Members: at the end of month %d, additional ones less those crowded out. Public money and social NPV: USD "
        "of "
        "month 0, discounted over %d months, less the baseline's; NPV is what society gains less all costs, public "
        "money at its cost of raising it. The quotients are of means. Brackets and %s: 95 %% Monte Carlo intervals; "
        "'-': "
        "nothing to divide, or no public money in either.",
        c->study->horizon, c->study->horizon, plus_minus(term));
    print_note(term, text);
    return status;
}

/* ---- differences ---- */

static void share_cell(kl_grid *grid, kl_style style, double share)
{
    if (isnan(share))
        kl_grid_cell(grid, KL_DIM, "-");
    else
        kl_grid_cellf(grid, style, "%.0f", fabs(share) < 5e-4 ? 0 : 100 * share); /* no "-0" */
}

/* Is the whole interval on the good or on the bad side? */
static kl_style style_of(const kl_difference *d, int direction)
{
    double lo = direction < 0 ? -d->hi : d->lo, hi = direction < 0 ? -d->lo : d->hi;
    return direction == 0 ? KL_PLAIN : lo > 0 ? KL_GOOD : hi < 0 ? KL_BAD : KL_PLAIN;
}

static void difference_row(const kl_comparison *c, kl_grid *grid, int a, kl_outcome_id id)
{
    const kl_difference *d = kl_comparison_of(c, a, id);
    const kl_term *term = &c->cli->out;
    char x[KL_NUMBER_SIZE], y[KL_NUMBER_SIZE];
    int direction = kl_outcome_direction(id);
    kl_grid_cell(grid, KL_HEAD, c->study->arm[c->arm[a]].name);
    if (d->d.n == 0) {
        kl_grid_cell(grid, KL_DIM, "undefined");
        kl_grid_end_row(grid);
        return;
    }
    kl_outcome_text(x, sizeof x, id, d->d.mean);
    kl_outcome_text(y, sizeof y, id, (d->hi - d->lo) / 2);
    kl_grid_cellf(grid, style_of(d, direction), "%s%s %s%s", d->d.mean > 0 ? "+" : "", x, plus_minus(term), y);
    kl_outcome_text(x, sizeof x, id, d->d.q05);
    kl_outcome_text(y, sizeof y, id, d->d.q95);
    kl_grid_cellf(grid, KL_PLAIN, "%s .. %s", x, y);
    double higher = d->higher.share, lower = d->lower.share;
    share_cell(grid, KL_BOLD, direction < 0 ? lower : higher);
    share_cell(grid, KL_PLAIN, 1 - higher - lower);
    share_cell(grid, KL_PLAIN, direction < 0 ? higher : lower);
    if (isnan(d->shared) || isinf(d->shared))
        kl_grid_cell(grid, KL_DIM, "-");
    else
        kl_grid_cellf(grid, KL_DIM, "%.1f", d->shared);
}

static void outcome_heading(const kl_comparison *c, kl_grid *grid, kl_outcome_id id)
{
    const kl_outcome_info *info = kl_outcome_info_of(id);
    char mean[KL_NUMBER_SIZE], text[256];
    const char *unit = kl_outcome_unit(id);
    kl_outcome_text(mean, sizeof mean, id, c->mean[id]);
    snprintf(text, sizeof text, "%s%s%s%s; %s: %s", info->name, *unit ? " (" : "", unit, *unit ? ")" : "",
             c->study->arm[c->baseline].name, mean);
    kl_grid_heading(grid, KL_BOLD, text);
}

/* Worlds that could not be compared, in words; nothing where there are none. */
static void print_left_out(const kl_comparison *c)
{
    const kl_term *term = &c->cli->out;
    for (int i = 0; i < c->n_metrics; i++)
        for (int a = 0; a < c->n_arms; a++) {
            const kl_difference *d = kl_comparison_of(c, a, c->metric[i]);
            char text[320];
            int64_t out = d->only_arm + d->only_baseline + d->neither + d->missing;
            if (out == 0 || d->n == 0)
                continue;
            snprintf(
                text, sizeof text,
                "%s of %s: %lld worlds compared; left out are %lld in which only %s defines it, %lld only %s, %lld "
                "neither, %lld not played.",
                kl_outcome_info_of(c->metric[i])->name, c->study->arm[c->arm[a]].name, (long long)d->n,
                (long long)d->only_arm, c->study->arm[c->arm[a]].name, (long long)d->only_baseline,
                c->study->arm[c->baseline].name, (long long)d->neither, (long long)d->missing);
            print_note(term, text);
            break; /* one arm shows how it is; the table has all */
        }
}

static kl_status print_differences(const kl_comparison *c)
{
    const kl_term *term = &c->cli->out;
    static const char *const heads[] = {"", "difference", "in 90 % of worlds", "better", "same", "worse", "shared"};
    kl_grid grid;
    kl_grid_init(&grid, "lrrrrrr");
    grid.indent = 2;
    for (size_t k = 0; k < sizeof heads / sizeof heads[0]; k++)
        kl_grid_cell(&grid, KL_DIM, heads[k]);
    for (int i = 0; i < c->n_metrics; i++) {
        outcome_heading(c, &grid, c->metric[i]);
        for (int a = 0; a < c->n_arms; a++)
            difference_row(c, &grid, a, c->metric[i]);
    }
    kl_term_heading(term, "Differences", "option less baseline in the same world");
    kl_status status = kl_grid_print(&grid, term);
    kl_grid_free(&grid);
    print_note(term,
               "better, same, worse: % of worlds, ties apart (where neither is better as such: more, same, less). "
               "shared: what common worlds saved, as a factor on the number of runs.");
    print_left_out(c);
    return status;
}

/* ---- who gains ---- */

typedef struct gain_column {
    kl_outcome_id id;
    const char *head[2];
} gain_column;

static void gain_cell(const kl_comparison *c, kl_grid *grid, int a, kl_outcome_id id)
{
    const kl_difference *d = kl_comparison_of(c, a, id);
    char text[KL_NUMBER_SIZE];
    if (d->d.n == 0) {
        kl_grid_cell(grid, KL_DIM, "-");
        return;
    }
    kl_outcome_text(text, sizeof text, id, d->d.mean);
    kl_grid_cellf(grid, style_of(d, kl_outcome_direction(id)), "%s%s", d->d.mean > 0 ? "+" : "", text);
}

static kl_status print_gains(const kl_comparison *c, const gain_column *column, int n)
{
    char align[KL_GRID_COLUMNS_MAX] = "l", mean[KL_NUMBER_SIZE];
    kl_grid grid;
    memset(align + 1, 'r', (size_t)n);
    kl_grid_init(&grid, align);
    grid.indent = 2;
    for (int line = 0; line < 2; line++) {
        kl_grid_cell(&grid, KL_PLAIN, "");
        for (int k = 0; k < n; k++)
            kl_grid_cell(&grid, KL_DIM, column[k].head[line]);
    }
    kl_grid_cellf(&grid, KL_HEAD, "%s, mean", c->study->arm[c->baseline].name);
    for (int k = 0; k < n; k++)
        kl_grid_cell(&grid, KL_DIM, kl_outcome_text(mean, sizeof mean, column[k].id, c->mean[column[k].id]));
    for (int a = 0; a < c->n_arms; a++) {
        kl_grid_cell(&grid, KL_HEAD, c->study->arm[c->arm[a]].name);
        for (int k = 0; k < n; k++)
            gain_cell(c, &grid, a, column[k].id);
    }
    kl_status status = kl_grid_print(&grid, &c->cli->out);
    kl_grid_free(&grid);
    return status;
}

static kl_status print_who_gains(const kl_comparison *c)
{
    static const gain_column by_kind[] = {
        {KL_OUT_value_small, {"small", "<50"}},
        {KL_OUT_value_medium, {"medium", "50-249"}},
        {KL_OUT_value_large, {"large", "250+"}},
        {KL_OUT_value_exporters, {"exporters", ""}},
        {KL_OUT_value_domestic, {"others", ""}},
        {KL_OUT_share_worse_off, {"worse", "off, %"}},
        {KL_OUT_gini, {"Gini", ""}},
    };
    static const gain_column by_wave[] = {
        {KL_OUT_value_pilot, {"pilot", "firms"}},
        {KL_OUT_value_wave_first, {"first", "wave"}},
        {KL_OUT_value_wave_last, {"last", "wave"}},
        {KL_OUT_value_outside, {"never", "members"}},
        {KL_OUT_public_to_firms, {"public money", "to firms"}},
        {KL_OUT_deadweight, {"of it dead-", "weight, %"}},
    };
    const kl_term *term = &c->cli->out;
    kl_term_heading(term, "Who gains", "value of the ecosystem, USD a firm, against the baseline");
    kl_status status = print_gains(c, by_kind, (int)(sizeof by_kind / sizeof by_kind[0]));
    putc('\n', term->file);
    if (status == KL_OK)
        status = print_gains(c, by_wave, (int)(sizeof by_wave / sizeof by_wave[0]));
    print_note(
        term, "Means of differences in worlds in which both define them; who is in the pilot, a wave or never a member "
              "may differ between options. Worse off: firms that lose by the ecosystem. "
              "Gini: of the firms' gains. Deadweight: share of the money to single firms (fees, onboarding, training, "
              "entry) that went to firms that are members in the study's baseline, too.");
    return status;
}

kl_status kl_comparison_print(const kl_comparison *c, const char *path)
{
    print_title(c, path);
    kl_status status = print_options(c);
    if (status == KL_OK)
        status = print_differences(c);
    if (status == KL_OK)
        status = print_who_gains(c);
    return status;
}
