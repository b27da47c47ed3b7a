/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How outcomes, months of series and groups are shown. */
#ifndef KLASTER_CLI_OUTCOME_H
#define KLASTER_CLI_OUTCOME_H

#include "cli/cli.h"
#include "klaster/outcomes.h"

/* The rows of outcomes.def in order, with the headings between them. */
typedef struct kl_outcome_line {
    const char *group; /* a heading, or NULL for a row */
    int outcome;       /* kl_outcome_id, or -1 */
    int series;        /* kl_series_id, or -1 */
} kl_outcome_line;

const kl_outcome_line *kl_outcome_lines(int *n);

/* Say that there is no outcome of that name (did you mean); returns KL_EXIT_USAGE. The nearest is looked for among the outcomes
 * and n_more other words, the command's own. `before` comes first: "" or "--cost: ". */
int kl_no_outcome(const kl_cli *cli, const char *before, const char *name, int n_more, const char *const *more);

/* The outcomes of --metric, metric[0..*n-1], of room for all; without a name the usual ones, or all. Returns an exit code. */
int kl_choose_outcomes(const kl_cli *cli, const kl_words *names, bool all, int n_usual, const kl_outcome_id *usual,
                       int *n, kl_outcome_id *metric);

/* Pure numbers are shown in percent, but for scores and ratios that nobody reads so. */
bool kl_outcome_in_percent(kl_outcome_id id);

/* "%", "USD", "month": what a shown value counts. */
const char *kl_outcome_unit(kl_outcome_id id);

/* A value, or a difference of values, as it is shown: a share in percent (without the sign: the unit says it), money with k, M,
 * bn; "-" where undefined. */
char *kl_outcome_text(char *buffer, size_t size, kl_outcome_id id, double value);
char *kl_series_text(char *buffer, size_t size, kl_series_id id, double value);

/* As the result file stores it: float32, float64 or int32; an undefined value is NaN, also for a month. */
double kl_outcome_stored(kl_outcome_id id, double value);

/* Shortest text that reads back as the stored value; "" where undefined. */
char *kl_outcome_exact(char *buffer, size_t size, kl_outcome_id id, double value);

#endif
