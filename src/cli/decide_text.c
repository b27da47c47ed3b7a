/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `klaster decide` in sentences: what a reader who has half a minute should take away. */
#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "cli/decide.h"

enum { AMOUNT_SIZE = 96 };

/* A sentence or two on lines of their own, wrapped. */
static void say(const kl_decide *d, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void say(const kl_decide *d, const char *format, ...)
{
    char text[1024];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    fputs("  ", d->cli->out.file);
    kl_term_wrap(&d->cli->out, text, 2, 2);
    putc('\n', d->cli->out.file);
}

static char *amount(char *buffer, const char *unit, double value)
{
    char number[KL_NUMBER_SIZE];
    if (strncmp(unit, "USD", 3) == 0)
        snprintf(buffer, AMOUNT_SIZE, "%s %s", kl_text_money(number, sizeof number, value), unit);
    else
        snprintf(buffer, AMOUNT_SIZE, "%.4g%s%s", value, strcmp(unit, "1") == 0 ? "" : " ",
                 strcmp(unit, "1") == 0 ? "" : unit);
    return buffer;
}

static char *percent(char *buffer, double share)
{
    return kl_text_percent(buffer, AMOUNT_SIZE, share, 1);
}

static void say_choice(const kl_decide *d)
{
    const kl_decision *c = &d->decision;
    const char *unit = d->words.benefit_unit;
    char most[AMOUNT_SIZE], more[AMOUNT_SIZE], share[AMOUNT_SIZE], error[AMOUNT_SIZE], n[KL_NUMBER_SIZE];
    kl_text_count(n, sizeof n, c->n);
    amount(most, unit, c->option[c->best].mean);
    percent(share, c->option[c->best].probability);
    if (c->best == d->words.baseline) {
        say(d,
            "%s, the baseline, has the highest expected net benefit (%s) over %d months: %s. It is best at %s of %s "
            "points.",
            d->name[c->best], d->benefit_text, d->study->horizon, most, share, n);
        return;
    }
    const double *benefit = kl_states_of(&d->by_benefit, 0);
    double over, se = kl_paired_error(&over, benefit + (size_t)c->best * (size_t)c->n,
                                      benefit + (size_t)d->words.baseline * (size_t)c->n, c->n);
    amount(more, unit, over);
    amount(error, unit, se);
    say(d,
        "%s has the highest expected net benefit (%s) over %d months: %s, %s more than %s, the baseline (standard "
        "error "
        "%s). It is best at %s of %s points.",
        d->name[c->best], d->benefit_text, d->study->horizon, most, more, d->name[d->words.baseline], error, share, n);
}

static void say_information(const kl_decide *d)
{
    const kl_decide_inputs *in = &d->inputs;
    const char *unit = d->words.benefit_unit;
    char evpi[AMOUNT_SIZE], all[AMOUNT_SIZE] = "", one[AMOUNT_SIZE], error[AMOUNT_SIZE];
    amount(evpi, unit, d->decision.evpi);
    say(d,
        "Choosing it now loses %s on average against knowing beforehand which option is best at each point (EVPI).%s",
        evpi,
        d->study->n_replicates == 1 ? " With one replicate a point, part of that is chance, which nobody can know."
                                    : "");
    int first = 0;
    while (first < in->n_sets && in->set[first].n > 1)
        first++;
    if (in->n == 0) {
        say(d, "No parameter is uncertain here: there is nothing to research.");
        return;
    }
    if (first > 0 && in->set[0].n == in->n && !isnan(in->evppi[0].value))
        amount(all, unit, in->evppi[0].value);
    if (first == in->n_sets || isnan(in->evppi[first].value)) {
        say(d, "There are too few points to say what knowing parameters would be worth.");
        return;
    }
    if (*all) {
        amount(one, unit, in->evppi[0].se);
        amount(error, unit, in->evppi[0].checked);
        say(d,
            "Knowing all %d uncertain inputs would be worth %s (standard error %s): the most that research on them can "
            "be "
            "worth to this choice. Checked at points that the regression had not seen, it gained %s%s.",
            in->n, all, one, error,
            in->evppi[0].checked > 0 ? "" : ": these points do not show that research would change the choice");
    }
    if (!(in->evppi[first].value > 0)) {
        say(d, "No input alone would change the choice if it were known.");
        return;
    }
    amount(one, unit, in->evppi[first].value);
    amount(error, unit, in->evppi[first].se);
    say(d, "The input most worth knowing is %s: %s (standard error %s).", in->set[first].name, one, error);
}

static void say_pilots(const kl_decide *d)
{
    const char *unit = d->words.benefit_unit;
    for (int r = 0; r < d->n_pilots; r++) {
        const kl_pilot_row *p = &d->pilot[r];
        char value[AMOUNT_SIZE], lo[AMOUNT_SIZE], hi[AMOUNT_SIZE], stopped[AMOUNT_SIZE], wrong[AMOUNT_SIZE];
        char go[AMOUNT_SIZE];
        amount(value, unit, p->gate.value);
        amount(lo, unit, p->gate.value_lo);
        amount(hi, unit, p->gate.value_hi);
        percent(stopped, p->gate.stopped);
        percent(wrong, p->gate.stop_wrong);
        percent(go, p->gate.go_wrong);
        say(d,
            "The gate of %s is worth %s [%s, %s]. It stops %s of worlds; in %s of all worlds that is a false stop, and "
            "in %s it "
            "lets go what then fails.",
            d->name[p->with], value, lo, hi, stopped, wrong, go);
    }
}

/* The frontier as ranges: "up to 2,000 USD/firm: none". */
static void say_frontier(const kl_decide *d)
{
    char price[AMOUNT_SIZE];
    if (!d->has_effectiveness) {
        if (d->by_effect.n > 0)
            say(d, "No option differs in %s: there is no cost-effectiveness to show.", d->words.cost);
        return;
    }
    for (int r = 0; r < d->n_arms && d->icer[r].status == KL_ICER_FRONTIER; r++) {
        const char *name = d->name[d->icer[r].arm];
        if (r == 0)
            say(d, "What %s buys in %s: %s costs least.", d->words.cost, d->words.effect, name);
        else
            say(d, "From %s on, %s has the highest expected net benefit.",
                amount(price, d->ratio_unit, d->icer[r].icer), name);
    }
}

static void say_left_out(const kl_decide *d)
{
    char left[KL_NUMBER_SIZE], all[KL_NUMBER_SIZE];
    const kl_states *by[] = {&d->by_benefit, &d->by_effect};
    const char *const what[] = {d->benefit_text, "cost and effect"};
    if (!d->result->complete)
        say(d,
            "INCOMPLETE: the study was stopped before all runs were made. All that follows is about those that were.");
    for (int k = 0; k < 2; k++)
        if (by[k]->n_left_out > 0)
            say(d, "%s of %s worlds are left out of %s, since some option is undefined there.",
                kl_text_count(left, sizeof left, (double)by[k]->n_left_out),
                kl_text_count(all, sizeof all, (double)by[k]->n_worlds), what[k]);
    if (d->study->design.row_size > 1)
        say(d, "The points of this design come in rows that share their worlds; the errors take them as independent.");
}

void kl_decide_sentences(const kl_decide *d)
{
    kl_term_heading(&d->cli->out, "Decision", *d->study->title ? d->study->title : d->study->name);
    say_left_out(d);
    say_choice(d);
    say_information(d);
    say_pilots(d);
    say_frontier(d);
}
