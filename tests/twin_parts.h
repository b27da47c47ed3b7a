/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the files of the twin share. */
#ifndef KL_TEST_TWIN_PARTS_H
#define KL_TEST_TWIN_PARTS_H

#include "twin.h"

int twin_at_least(twin *t, double x, double limit, double size);
double twin_logistic(double x);
double twin_exponential(const twin *t, int firm, kl_purpose purpose, int spell, int word);
const twin_firm *twin_tied(const twin *t, int i, int k);
double twin_peers(const twin *t, int i);
int twin_policy_on(const twin *t);
double twin_public_pay(twin *t, double wanted);
double twin_utility(const twin *t, int i);
void twin_join(twin *t, int i);
void twin_leave(twin *t, int i);

void twin_markets(twin *t);
void twin_innovation(twin *t);
void twin_stage_begins_month(twin *t);
void twin_stage_ends_month(twin *t);

#endif
