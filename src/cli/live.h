/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A sweep as it runs, on a terminal: how far it is, how fast, and what share of the worlds so far holds each claim. A few
 * lines are drawn over each other, as many and as wide as the terminal has room for; the cursor rests at the first, so that
 * nothing scrolls and a terminal that changes its size finds the place again. Elsewhere see progress.h. */
#ifndef KLASTER_CLI_LIVE_H
#define KLASTER_CLI_LIVE_H

#include "cli/cli.h"

#define KL_LIVE_ARMS_MAX 8

typedef struct kl_live {
    const kl_term *term; /* NULL: there is no view, and all functions do nothing */
    const kl_study *study;
    const kl_plan *plan;
    kl_tally *tally; /* of the first n_arms arms; NULL: claims are not shown */
    int n_arms;
    int64_t before;  /* runs that were there */
    bool leaves_out; /* those, from the claims: there are too many to read again */
    bool is_part;    /* other processes play, too */
    int round;       /* of --precision, from 1; else 0 */
    double last;     /* when it was drawn, seconds since the start */
    bool is_drawn;
} kl_live;

/* Can a view be drawn there? */
bool kl_live_fits(const kl_term *term);

/* Begin a view of a study that is about to be played into the store. What is missing for the claims is left out. `is_part`
 * and `round` are the caller's to set. */
void kl_live_begin(kl_live *live, const kl_term *term, const kl_study *study, const kl_plan *plan, kl_store *store);

/* A finished block. Never at the same time as kl_live_show. */
void kl_live_take(kl_live *live, const kl_block *block);

/* Draw, if it is time. `runs_done` of `n_runs` that are to be played; firm_months of one run on average, 0 where unknown. */
void kl_live_show(kl_live *live, int64_t runs_done, int64_t n_runs, double seconds, double firm_months);

/* Remove what is drawn; show nothing more. Legal on a view that is all zero. */
void kl_live_end(kl_live *live);

#endif
