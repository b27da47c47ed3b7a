/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `klaster summary`: the distribution of the joint saving over the worlds, with the band that the study claims. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/summary.h"

/* Behind the last tick, with its digits. */
#define AXIS_LABEL " % saved"
enum { AXIS_END = 11, INDENT_MAX = 30 };
enum { CELLS_MAX = 64, HEIGHT = 7 };

typedef struct histogram {
    double lo, width; /* of the first cell; of a cell */
    int n_cells;
    int64_t count[CELLS_MAX + 1], n;
    int64_t most;
} histogram;

/* The claimed band of the joint saving, if there is one. */
static const kl_claim *band_of(const kl_study *study)
{
    for (int c = 0; c < study->n_claims; c++)
        if (study->claim[c].metric == KL_OUT_saving_joint && isfinite(study->claim[c].lo) &&
            isfinite(study->claim[c].hi))
            return &study->claim[c];
    return NULL;
}

/* Cells of 1 % (or 2, 5, ...) that cover all arms and the band, not more than there is room for. */
static void lay_out(histogram *h, double lowest, double highest, int room)
{
    static const double widths[] = {0.01, 0.02, 0.05, 0.1};
    int most = room < 10 ? 10 : room > CELLS_MAX ? CELLS_MAX : room;
    h->lo = floor(lowest * 10 + 1e-9) / 10;
    double hi = ceil(highest * 10 - 1e-9) / 10;
    if (hi <= h->lo)
        hi = h->lo + 0.1;
    for (size_t i = 0; i < sizeof widths / sizeof widths[0]; i++) {
        h->width = widths[i];
        h->n_cells = (int)((hi - h->lo) / h->width + 0.5);
        if (h->n_cells <= most)
            return;
    }
    h->n_cells = most; /* what lies outside is counted in the last cell */
}

static void count(histogram *h, const double *value, int64_t n)
{
    memset(h->count, 0, sizeof h->count);
    h->n = h->most = 0;
    for (int64_t w = 0; w < n; w++) {
        if (isnan(value[w]))
            continue;
        double at = floor((value[w] - h->lo) / h->width + 1e-9);
        int cell = at < 0 ? 0 : at >= h->n_cells ? h->n_cells - 1 : (int)at;
        h->count[cell]++;
        h->n++;
        h->most = h->count[cell] > h->most ? h->count[cell] : h->most;
    }
}

/* One text line of columns: row 0 is the lowest. */
static void print_row(const kl_term *term, const histogram *h, int row, int height, const kl_claim *band)
{
    static const char *const blocks[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    static const char *const ascii[] = {" ", ".", ".", ".", ":", ":", ":", "|", "#"};
    for (int c = 0; c < h->n_cells; c++) {
        double eighths = h->most > 0 ? 8.0 * height * (double)h->count[c] / (double)h->most : 0;
        int part = (int)(eighths + 0.5) - 8 * row;
        if (row == 0 && part < 1 && h->count[c] > 0)
            part = 1;
        part = part < 0 ? 0 : part > 8 ? 8 : part;
        double middle = h->lo + (c + 0.5) * h->width;
        bool inside = band && middle > band->lo && middle < band->hi;
        kl_term_print(term, part == 0 ? KL_PLAIN : inside ? KL_GOOD : KL_DIM, term->utf8 ? blocks[part] : ascii[part]);
    }
}

static void print_axis(const kl_term *term, const histogram *h, int indent)
{
    int per_tick = (int)(0.1 / h->width + 0.5);
    per_tick = per_tick < 1 ? 1 : per_tick;
    while (per_tick < 6)
        per_tick *= 2;
    fprintf(term->file, "%*s", indent, "");
    for (int c = 0; c <= h->n_cells; c++)
        fputs(c % per_tick == 0 ? (term->utf8 ? "┴" : "+") : (term->utf8 ? "─" : "-"), term->file);
    fprintf(term->file, "\n%*s", indent, "");
    for (int c = 0; c <= h->n_cells; c += per_tick)
        fprintf(term->file, "%-*.0f", c + per_tick <= h->n_cells ? per_tick : 1, 100 * (h->lo + c * h->width) + 0.0);
    fputs(AXIS_LABEL "\n", term->file);
}

/* A bracket under the cells of the claim. */
static void print_band(const kl_term *term, const histogram *h, const kl_claim *band, int indent)
{
    char label[96], interval[80];
    int from = (int)((band->lo - h->lo) / h->width + 0.5), to = (int)((band->hi - h->lo) / h->width + 0.5);
    if (from < 0 || to > h->n_cells || to - from < 2)
        return;
    kl_claim_text(interval, sizeof interval, band);
    snprintf(label, sizeof label, " %s: %s", band->name, interval);
    fprintf(term->file, "%*s", indent + from, "");
    fputs(term->utf8 ? "└" : "\\", term->file);
    for (int c = from + 1; c < to; c++)
        fputs(term->utf8 ? "─" : "_", term->file);
    fputs(term->utf8 ? "┘" : "/", term->file);
    if (indent + to + 1 + kl_text_width(label) > term->width)
        fputs("\n ", term->file); /* no room beside it */
    kl_term_print(term, KL_GOOD, label);
    putc('\n', term->file);
}

static kl_status range_of(kl_summary *s, const kl_claim *band, double *lowest, double *highest)
{
    *lowest = band ? band->lo : INFINITY;
    *highest = band ? band->hi : -INFINITY;
    for (int a = 0; a < s->n_arms; a++) {
        kl_status status = kl_summary_read(s, a, KL_OUT_saving_joint);
        if (status != KL_OK)
            return status;
        for (int64_t w = 0; w < s->n_worlds; w++) {
            if (isnan(s->value[w]))
                continue;
            *lowest = fmin(*lowest, s->value[w]);
            *highest = fmax(*highest, s->value[w]);
        }
    }
    return KL_OK;
}

static void print_arm(kl_summary *s, int a, const histogram *h, const kl_claim *band, int indent)
{
    const kl_term *term = &s->cli->out;
    int height = s->n_arms == 1 ? HEIGHT : 1;
    for (int row = height - 1; row >= 0; row--) {
        const char *name = s->n_arms > 1 ? s->study->arm[s->arm[a]].name : "";
        int width = 2 + kl_text_width(name);
        fprintf(term->file, width < indent ? "  %s" : "  %s\n", name); /* a long name has a line of its own */
        fprintf(term->file, "%*s", width < indent ? indent - width : indent, "");
        print_row(term, h, row, height, band);
        putc('\n', term->file);
    }
}

kl_status kl_summary_histogram(kl_summary *s)
{
    const kl_term *term = &s->cli->out;
    const kl_claim *band = band_of(s->study);
    histogram h;
    double lowest, highest;
    kl_status status = range_of(s, band, &lowest, &highest);
    if (status != KL_OK || !(lowest <= highest))
        return status;
    int indent = 2;
    for (int a = 0; s->n_arms > 1 && a < s->n_arms; a++) {
        int width = kl_text_width(s->study->arm[s->arm[a]].name) + 4;
        indent = width > indent ? width : indent;
        indent = indent > INDENT_MAX ? INDENT_MAX : indent;
    }
    lay_out(&h, lowest, highest, term->width - indent - AXIS_END);
    char about[256], n[KL_NUMBER_SIZE], width[KL_NUMBER_SIZE];
    for (int a = 0; a < s->n_arms; a++) {
        status = kl_summary_read(s, a, KL_OUT_saving_joint);
        if (status != KL_OK)
            return status;
        count(&h, s->value, s->n_worlds);
        if (a == 0) {
            kl_text_percent(width, sizeof width, h.width, 0);
            snprintf(about, sizeof about,
                     "Share of their marketing budgets that members save by the joint campaign; a column is %s wide.",
                     width);
            if (s->n_arms == 1)
                snprintf(
                    about, sizeof about,
                    "Share of their marketing budgets that members save by the joint campaign, in the %s worlds that "
                    "have members in the last year; a column is %s wide.",
                    kl_text_count(n, sizeof n, (double)h.n), width);
            kl_term_heading(term, "JOINT SAVING", about);
        }
        print_arm(s, a, &h, band, indent);
    }
    print_axis(term, &h, indent);
    if (band)
        print_band(term, &h, band, indent);
    return KL_OK;
}
