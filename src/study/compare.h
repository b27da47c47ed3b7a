/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Inside the study layer: what two studies differ in, told piece by piece to whoever asks, without allocating; and the
 * values of a study in words. */
#ifndef KL_STUDY_COMPARE_H
#define KL_STUDY_COMPARE_H

#include "study/reader.h"

#define KL_SAID_MAX 1024 /* bytes of a value or of what it is a value of */

/* Text that grows in a fixed buffer; what is too much ends in "...". */
typedef struct kl_said {
    size_t n;
    char text[KL_SAID_MAX];
} kl_said;

void kl_said_clear(kl_said *said);
void kl_said_add(kl_said *said, const char *format, ...) KL_PRINTF(2, 3);
/* As a study file has it: 0.02, {uniform: [0.01, 0.05]}, true, knapsack. */
void kl_said_add_dist(kl_said *said, const kl_param_info *row, const kl_dist *dist);
/* Names of the mechanisms an arm has or draws from; and the stages of one, "assess, build (build), ...". */
void kl_said_add_mechanisms(kl_said *said, const kl_arm *arm);
void kl_said_add_stages(kl_said *said, const kl_arm *arm);

typedef struct kl_telling {
    const kl_study *a, *b;
    void (*tell)(void *data, kl_mismatch_kind kind, const char *what, const char *a, const char *b);
    void *data;
} kl_telling;

void kl_tell(const kl_telling *to, kl_mismatch_kind kind, const char *what, const kl_said *a, const kl_said *b);

/* Place of the arm of that name, -1 for none; `near` is looked at first. */
int kl_arm_place(const kl_study *study, const char *name, int near);

/* What changes the runs of arms that both have (compare_arms.c). */
void kl_tell_arms(const kl_telling *to);
/* What changes the worlds (compare_design.c). */
void kl_tell_design(const kl_telling *to);

#endif
