/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The live view; see live.h. A picture is made in memory and written at once. It is never as wide as the terminal, since a
 * full line may wrap, and never as high. */
#define _DEFAULT_SOURCE 1 /* POSIX under -std=c11 */
#include "cli/live.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/summary.h"

enum { COLUMNS_MAX = 160, BAR_CELLS = 40, SMALL_BAR = 16, NAME_CELLS = 28, SHARE_CELLS = 20, EVEN_PASSES = 20 };
static const double draw_every = 0.14, first_after = 0.14; /* seconds */
static const int64_t read_at_most = INT64_C(1) << 26;      /* values of what was there before */

bool kl_live_fits(const kl_term *term)
{
    return term->moves;
}

/* ---- counting ---- */

/* The claims of the blocks that are written already. */
static kl_status read_before(kl_live *live, kl_store *store)
{
    const kl_plan *plan = live->plan;
    const uint8_t *done = kl_store_done(store);
    double *value = malloc((size_t)plan->n_worlds * sizeof *value);
    kl_status status = value ? KL_OK : KL_ERR_MEMORY;
    for (int a = 0; a < live->n_arms; a++)
        for (int c = 0; c < live->study->n_claims && status == KL_OK; c++) {
            status = kl_store_outcome(store, a, live->study->claim[c].metric, value);
            for (int64_t b = 0; b < plan->n_blocks && status == KL_OK; b++) {
                kl_block block = kl_plan_block(plan, b);
                if (done[b])
                    kl_tally_add_stored(live->tally, a, c, &block, value);
            }
        }
    free(value);
    return status;
}

static kl_status make_tally(kl_live *live)
{
    int arm[KL_LIVE_ARMS_MAX];
    kl_tally_free(live->tally);
    for (int a = 0; a < live->n_arms; a++)
        arm[a] = a;
    return kl_tally_new(&live->tally, live->study, live->plan, live->n_arms, arm);
}

void kl_live_begin(kl_live *live, const kl_term *term, const kl_study *study, const kl_plan *plan, kl_store *store)
{
    kl_store_found found = kl_store_recovered(store);
    memset(live, 0, sizeof *live);
    live->term = term;
    live->study = study;
    live->plan = plan;
    live->before = found.runs_given + found.runs_journal;
    live->n_arms = study->n_arms < KL_LIVE_ARMS_MAX ? study->n_arms : KL_LIVE_ARMS_MAX;
    if (study->n_claims == 0)
        return;
    kl_status status = make_tally(live);
    if (status == KL_ERR_RESOURCES) {
        live->n_arms = 1;
        status = make_tally(live);
    }
    if (status != KL_OK || live->before == 0)
        return;
    live->leaves_out = plan->n_worlds > read_at_most / live->n_arms / study->n_claims;
    if (!live->leaves_out && read_before(live, store) != KL_OK) {
        live->leaves_out = true;
        if (make_tally(live) != KL_OK)
            live->tally = NULL;
    }
}

void kl_live_take(kl_live *live, const kl_block *block)
{
    if (live->tally)
        kl_tally_add(live->tally, block);
}

/* ---- drawing ---- */

/* A picture under way: lines that end before the margin. */
typedef struct picture {
    kl_term term;      /* writes into memory */
    int columns, rows; /* that may be used */
    int left;          /* columns of this line */
    int n_lines;
} picture;

static void put(picture *p, kl_style style, const char *text)
{
    char cut[1024];
    if (p->left <= 0)
        return;
    kl_text_cut(&p->term, cut, sizeof cut, text, p->left);
    kl_term_print(&p->term, style, cut);
    p->left -= kl_text_width(cut);
}

/* In `cells` columns, to the left or the right of them. */
static void put_cell(picture *p, kl_style style, const char *text, int cells, bool right)
{
    char cut[1024];
    kl_text_cut(&p->term, cut, sizeof cut, text, cells);
    int pad = cells - kl_text_width(cut);
    char blank[COLUMNS_MAX + 1];
    snprintf(blank, sizeof blank, "%*s", pad, "");
    if (right)
        put(p, KL_PLAIN, blank);
    put(p, style, cut);
    if (!right)
        put(p, KL_PLAIN, blank);
}

/* Begin the next line; false where there is no room. */
static bool next_line(picture *p)
{
    if (p->n_lines >= p->rows)
        return false;
    fputs(p->n_lines > 0 ? "\033[K\n" : "\r", p->term.file);
    p->n_lines++;
    p->left = p->columns;
    return true;
}

static void progress_lines(picture *p, const kl_live *live, int64_t done, int64_t n, double seconds, double firm_months)
{
    char a[KL_NUMBER_SIZE], b[KL_NUMBER_SIZE], text[256], bar[3 * BAR_CELLS + 1];
    double all = (double)(live->before + n), share = all > 0 ? ((double)live->before + (double)done) / all : 1;
    double rate = seconds > 0 ? (double)done / seconds : 0;
    kl_text_count(a, sizeof a, (double)(live->before + done));
    kl_text_count(b, sizeof b, all);
    size_t at = (size_t)snprintf(text, sizeof text, " %3.0f %%  %s of %s runs", 100 * share, a, b);
    if (rate > 0)
        snprintf(text + at, sizeof text - at, ", %s left", kl_text_seconds(a, sizeof a, (double)(n - done) / rate));
    int cells = p->columns - kl_text_width(text) - 1;
    cells = cells > BAR_CELLS ? BAR_CELLS : cells < 0 ? 0 : cells;
    kl_text_bar(&p->term, bar, sizeof bar, share, cells);
    if (next_line(p)) {
        put_cell(p, KL_GOOD, bar, cells, false);
        put(p, KL_PLAIN, text);
    }
    if (!(rate > 0) || !next_line(p))
        return;
    at = 0;
    text[0] = '\0';
    if (live->round > 0)
        at = (size_t)snprintf(text, sizeof text, "round %d: ", live->round);
    at += (size_t)snprintf(text + at, sizeof text - at, "%s runs/s", kl_text_count(a, sizeof a, rate));
    if (firm_months > 0)
        at += (size_t)snprintf(text + at, sizeof text - at, ", %s firm-months/s",
                               kl_text_money(b, sizeof b, rate * firm_months));
    if (live->before > 0)
        snprintf(text + at, sizeof text - at, "; %s runs were there", kl_text_count(a, sizeof a, (double)live->before));
    put(p, KL_DIM, text);
}

/* What the shares are of: everything that somebody must know to read them rightly. */
static void claims_head(picture *p, const kl_live *live, int n_shown)
{
    char a[KL_NUMBER_SIZE], text[320];
    kl_share share = kl_tally_share(live->tally, 0, 0);
    double passes = kl_tally_passes(live->tally, 0);
    put(p, KL_HEAD, "CLAIMS");
    size_t at = (size_t)snprintf(text, sizeof text, "  so far, in %% of %s worlds%s [95 %% interval]",
                                 kl_text_count(a, sizeof a, (double)share.n),
                                 live->is_part      ? " of this process"
                                 : live->leaves_out ? " played now"
                                                    : "");
    if (n_shown < live->study->n_arms)
        at += (size_t)snprintf(text + at, sizeof text - at, "; %d of %d arms", n_shown, live->study->n_arms);
    if (passes < EVEN_PASSES)
        snprintf(text + at, sizeof text - at, "; cells not yet evenly");
    put(p, KL_DIM, text);
}

static int widest_claim(const kl_live *live)
{
    int widest = 0;
    for (int c = 0; c < live->study->n_claims; c++) {
        int w = kl_text_width(live->study->claim[c].name);
        widest = w > widest ? w : widest;
    }
    return widest > NAME_CELLS ? NAME_CELLS : widest;
}

static int widest_interval(const kl_live *live)
{
    int widest = 0;
    for (int c = 0; c < live->study->n_claims; c++) {
        char text[160];
        int w = kl_text_width(kl_claim_text(text, sizeof text, &live->study->claim[c]));
        widest = w > widest ? w : widest;
    }
    return widest;
}

static void share_cell(picture *p, const kl_live *live, int arm, int claim)
{
    char text[96];
    kl_share share = kl_tally_share(live->tally, arm, claim);
    kl_share_text(text, sizeof text, &share);
    put_cell(p, KL_BOLD, text, SHARE_CELLS, true);
}

static void claims_of_one(picture *p, const kl_live *live)
{
    int names = widest_claim(live), said = widest_interval(live);
    bool says = 2 + names + 2 + said + SHARE_CELLS <= p->columns;
    for (int c = 0; c < live->study->n_claims && next_line(p); c++) {
        const kl_claim *claim = &live->study->claim[c];
        char text[160], bar[3 * SMALL_BAR + 1];
        put(p, KL_PLAIN, "  ");
        put_cell(p, KL_PLAIN, claim->name, names, false);
        put(p, KL_PLAIN, "  ");
        if (says)
            put_cell(p, KL_DIM, kl_claim_text(text, sizeof text, claim), said, false);
        share_cell(p, live, 0, c);
        put(p, KL_PLAIN, "  ");
        if (p->left < SMALL_BAR / 2)
            continue;
        kl_text_bar(&p->term, bar, sizeof bar, kl_tally_share(live->tally, 0, c).share,
                    p->left < SMALL_BAR ? p->left : SMALL_BAR);
        put(p, KL_GOOD, bar);
    }
}

static void claims_of_many(picture *p, const kl_live *live, int n_arms)
{
    int names = widest_claim(live);
    if (!next_line(p))
        return;
    put_cell(p, KL_PLAIN, "", 2 + names, false);
    for (int a = 0; a < n_arms; a++) {
        put(p, KL_PLAIN, "  ");
        put_cell(p, KL_DIM, live->study->arm[a].name, SHARE_CELLS - 2, true);
    }
    for (int c = 0; c < live->study->n_claims && next_line(p); c++) {
        put(p, KL_PLAIN, "  ");
        put_cell(p, KL_PLAIN, live->study->claim[c].name, names, false);
        for (int a = 0; a < n_arms; a++)
            share_cell(p, live, a, c);
    }
}

static void claims(picture *p, const kl_live *live)
{
    if (!live->tally || kl_tally_share(live->tally, 0, 0).n == 0 || !next_line(p))
        return;
    int room = (p->columns - 2 - widest_claim(live)) / SHARE_CELLS;
    int n_arms = room < live->n_arms ? room : live->n_arms;
    if (kl_tally_passes(live->tally, 0) < 1) { /* no sample of anything yet */
        put(p, KL_DIM, "Claims are shown when every cell of the factorial has been played.");
        return;
    }
    claims_head(p, live, n_arms > 1 ? n_arms : 1);
    if (live->study->n_arms == 1)
        claims_of_one(p, live);
    else
        claims_of_many(p, live, n_arms > 1 ? n_arms : 1);
}

static void measure(picture *p, const kl_term *term)
{
    struct winsize size;
    bool known = ioctl(fileno(term->file), TIOCGWINSZ, &size) == 0;
    int columns = known && size.ws_col > 0 ? size.ws_col : term->width,
        rows = known && size.ws_row > 0 ? size.ws_row : 24;
    p->columns = columns - 1 > COLUMNS_MAX ? COLUMNS_MAX : columns - 1;
    p->rows = rows > 1 ? rows - 1 : 1;
}

void kl_live_show(kl_live *live, int64_t runs_done, int64_t n_runs, double seconds, double firm_months)
{
    char *text = NULL;
    size_t size = 0;
    bool ends = runs_done >= n_runs && live->is_drawn;
    if (!live->term || (!ends && (seconds < first_after || seconds - live->last < draw_every)))
        return;
    live->last = seconds;
    picture p = {.term = *live->term};
    p.term.file = open_memstream(&text, &size);
    if (!p.term.file)
        return;
    measure(&p, live->term);
    progress_lines(&p, live, runs_done, n_runs, seconds, firm_months);
    claims(&p, live);
    fputs("\033[J", p.term.file); /* what an earlier picture had more */
    if (p.n_lines > 1)
        fprintf(p.term.file, "\033[%dA", p.n_lines - 1);
    putc('\r', p.term.file);
    if (fclose(p.term.file) == 0 && text) {
        fwrite(text, 1, size, live->term->file);
        fflush(live->term->file);
        live->is_drawn = true;
    }
    free(text);
}

void kl_live_end(kl_live *live)
{
    if (live->term && live->is_drawn) {
        fputs("\r\033[J", live->term->file);
        fflush(live->term->file);
    }
    kl_tally_free(live->tally);
    memset(live, 0, sizeof *live);
}
