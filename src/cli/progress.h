/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Progress of a sweep: a bar that is redrawn on a terminal, a plain line every ten seconds elsewhere; and the
 * signals that end it cleanly. */
#ifndef KLASTER_CLI_PROGRESS_H
#define KLASTER_CLI_PROGRESS_H

#include "cli/text.h"

typedef struct kl_progress {
    const kl_term *term;
    double last;   /* when something was shown, seconds since the start */
    bool is_drawn; /* a bar stands on the line */
} kl_progress;

/* Fits kl_progress_fn with a kl_progress as data. */
void kl_progress_show(void *progress, int64_t runs_done, int64_t n_runs, double seconds);

/* Remove the bar. */
void kl_progress_clear(kl_progress *progress);

/* Catch SIGINT, SIGTERM and (unless it is ignored, as under nohup) SIGHUP from now on; the second one kills. */
void kl_signals_catch(void);

/* The flag for the engine: non-zero, the signal's number, once one came. */
const volatile int *kl_signals_flag(void);

#endif
