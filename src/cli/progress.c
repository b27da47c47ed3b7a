/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Progress and signals; see progress.h. */
#define _DEFAULT_SOURCE 1 /* POSIX under -std=c11 */
#include "cli/progress.h"

#include <signal.h>
#include <string.h>

enum { LINE_EVERY = 10 };
static const double bar_every = 0.1;

/* The one writable global of the program: a handler has no other way to tell. */
static volatile sig_atomic_t caught;

static void on_signal(int number)
{
    __atomic_store_n(&caught, number, __ATOMIC_RELAXED); /* read by the threads of the engine */
}

void kl_signals_catch(void)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        struct sigaction action, old;
        memset(&action, 0, sizeof action);
        action.sa_handler = on_signal;
        action.sa_flags = (int)SA_RESETHAND;
        sigemptyset(&action.sa_mask);
        if (numbers[i] == SIGHUP && sigaction(SIGHUP, NULL, &old) == 0 && old.sa_handler == SIG_IGN)
            continue;
        sigaction(numbers[i], &action, NULL);
    }
}

const volatile int *kl_signals_flag(void)
{
    return &caught;
}

/* "6,200 of 10,000 runs, 2,310 runs/s, 1.6 s left" */
static void describe(char *text, size_t size, int64_t done, int64_t all, double seconds)
{
    char a[KL_NUMBER_SIZE], b[KL_NUMBER_SIZE], c[KL_NUMBER_SIZE], d[KL_NUMBER_SIZE];
    double rate = seconds > 0 ? (double)done / seconds : 0;
    kl_text_count(a, sizeof a, (double)done);
    kl_text_count(b, sizeof b, (double)all);
    if (!(rate > 0)) {
        snprintf(text, size, "%s of %s runs", a, b);
        return;
    }
    kl_text_count(c, sizeof c, rate);
    kl_text_seconds(d, sizeof d, (double)(all - done) / rate);
    snprintf(text, size, "%s of %s runs, %s runs/s, %s left", a, b, c, d);
}

static void draw_bar(kl_progress *p, double share, const char *text)
{
    char bar[3 * 100 + 1];
    int cells = p->term->width - kl_text_width(text) - 10;
    cells = cells > 40 ? 40 : cells < 0 ? 0 : cells;
    kl_text_bar(p->term, bar, sizeof bar, share, cells);
    fprintf(p->term->file, "\r\033[K%s%*s %3.0f %% %s", bar, cells - kl_text_width(bar), "", 100 * share, text);
    fflush(p->term->file);
    p->is_drawn = true;
}

void kl_progress_show(void *data, int64_t runs_done, int64_t n_runs, double seconds)
{
    kl_progress *p = data;
    char text[256];
    double share = n_runs > 0 ? (double)runs_done / (double)n_runs : 1;
    if (seconds - p->last < (p->term->moves ? bar_every : LINE_EVERY))
        return;
    p->last = seconds;
    describe(text, sizeof text, runs_done, n_runs, seconds);
    if (p->term->moves) {
        draw_bar(p, share, text);
    } else {
        fprintf(p->term->file, "klaster: %.0f %%: %s\n", 100 * share, text);
        fflush(p->term->file);
    }
}

void kl_progress_clear(kl_progress *p)
{
    if (p->is_drawn)
        fputs("\r\033[K", p->term->file);
    p->is_drawn = false;
}
