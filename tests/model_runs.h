/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the tests of the model share: shortcuts to make and play runs, clusters of simple design, and parameters at random.
 * Support code of tests. Whatever fails inside fails the test. */
#ifndef KL_TEST_MODEL_RUNS_H
#define KL_TEST_MODEL_RUNS_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants these first */
#include <setjmp.h>

#include <cmocka.h>

#include "core/state.h"
#include "klaster/run.h"

#define SEED UINT64_C(20260101)

typedef struct setup {
    kl_params p;
    kl_mechanism mechanism;
    int horizon;
} setup;

/* The defaults: five stages, 60 months. */
setup default_setup(void);

/* Build in month 0, everybody invited from month 1 on, nothing else: no pilot, no gate, no wish to leave, a platform that
 * costs nothing, stages of exact length. */
setup open_setup(int n_firms);

/* open_setup, and all firms alike, joining at once, with usage 1, no learning, no heterogeneity, no feelings. */
setup equal_setup(int n_firms);

/* Everybody who is invited joins in the next month: the logit rule with a high intercept. */
void join_at_once(kl_params *p);

void start(kl_run *run, const setup *made, uint64_t seed, uint32_t replicate);
void play(kl_run *run, int months); /* at most to the horizon */
void play_all(kl_run *run, const setup *made, uint32_t replicate, double outcome[KL_N_OUTCOMES]);

/* Legal parameters and mechanism, number `k` of a fixed sequence. Each parameter is kept at its default with chance
 * `kept`, else drawn over its whole legal range (on a log scale where that spans decades), ends included with some weight.
 * The whole model is played. Sizes stay sane: 1 to `n_most` firms, 24 to 72 months. */
setup random_setup(uint32_t k, double kept, int n_most);

/* Mean and standard deviation (n - 1). */
double mean(const double *x, int n);
double deviation(const double *x, int n);
int by_value(const void *a, const void *b); /* for qsort of doubles */

#endif
