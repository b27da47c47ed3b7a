/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `klaster calibrate`: what its tables say, in a few sentences that come before them. */
#include <string.h>

#include "cli/calibrate.h"

/* Inputs that are named in a sentence; an implausibility beyond this is a conflict (docs/calibration.md). */
enum { INPUTS_NAMED = 6, IMPLAUSIBLE = 3 };

static int column_of(const kl_table *table, const char *name)
{
    for (int c = 0; c < table->n_columns; c++)
        if (strcmp(table->column[c].name, name) == 0)
            return c;
    return -1;
}

/* A few inputs of those of which something was learned (or was not), as a list; returns how many there are. */
static int list_inputs(const kl_table *inputs, bool learned, char *text, size_t size)
{
    int n = 0, column_name = column_of(inputs, "input"), column_learned = column_of(inputs, "learned");
    size_t at = 0;
    text[0] = '\0';
    for (int r = 0; column_name >= 0 && column_learned >= 0 && r < inputs->n_rows; r++) {
        bool is = strcmp(inputs->column[column_learned].text[r], "no") != 0;
        if (is != learned)
            continue;
        if (n++ < INPUTS_NAMED && at < size)
            at += (size_t)snprintf(text + at, size - at, "%s%s", at ? ", " : "", inputs->column[column_name].text[r]);
    }
    if (n > INPUTS_NAMED && at < size)
        snprintf(text + at, size - at, " and %d more", n - INPUTS_NAMED);
    return n;
}

static void say(const kl_term *term, const char *text)
{
    kl_term_wrap(term, text, 0, 0);
    putc('\n', term->file);
}

/* "All 2 targets agree with the fitted worlds; the furthest off is firm_employees ..." */
static void say_targets(const kl_term *term, const kl_table *targets)
{
    char text[512];
    int gap = column_of(targets, "implausibility"), name = column_of(targets, "target"), met = 0, worst = -1;
    for (int r = 0; gap >= 0 && name >= 0 && r < targets->n_rows; r++) {
        double x = targets->column[gap].number[r];
        met += x <= IMPLAUSIBLE;
        if (worst < 0 || !(x <= targets->column[gap].number[worst]))
            worst = r;
    }
    if (worst < 0)
        return;
    const char *conflict = met < targets->n_rows ? " Use no posterior before the others are mended." : "";
    snprintf(text, sizeof text,
             "%d of %d targets agree with the fitted worlds (implausibility of at most %d); the furthest off is %s, at "
             "%.2g.%s",
             met, targets->n_rows, IMPLAUSIBLE, targets->column[name].text[worst], targets->column[gap].number[worst],
             conflict);
    say(term, text);
}

static void say_inputs(const kl_term *term, const kl_table *inputs)
{
    char text[1024], names[512];
    int learned = list_inputs(inputs, true, names, sizeof names);
    if (learned == 0)
        snprintf(text, sizeof text,
                 "They teach nothing about any of the %d uncertain inputs alone: each keeps its prior.",
                 inputs->n_rows);
    else
        snprintf(text, sizeof text, "They teach something about %d of %d uncertain inputs: %s.", learned,
                 inputs->n_rows, names);
    say(term, text);
    int open = list_inputs(inputs, false, names, sizeof names);
    if (learned == 0 || open == 0)
        return;
    snprintf(text, sizeof text, "About the other %d they teach nothing, and these keep their priors: %s.", open, names);
    say(term, text);
}

void kl_fit_print_opening(const kl_term *term, const kl_fit *fit, const kl_table *targets, const kl_table *inputs)
{
    char text[512];
    say_targets(term, targets);
    say_inputs(term, inputs);
    if (fit->sampler.end != KL_CALIBRATION_WAVES)
        return;
    snprintf(text, sizeof text,
             "But the waves ran out before the sample was as narrow as the targets' standard deviations: it is wider "
             "than what the observations say.");
    say(term, text);
}
