/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Sorting floats by their bits: a fan sorts a month of worlds for every series and arm, and GSL's heapsort would take as
 * long as a tenth of the simulation. Internal to src/analysis. */
#ifndef KL_SORT_H
#define KL_SORT_H

#include <stdint.h>

/* Rising order; 0 <= n <= KL_FAN_EXACT; no NaN. */
void kl_sort_floats(float *x, int n);

/* A whole number that rises with the float, from -infinity to infinity (and NaN beyond either), and back. */
uint32_t kl_sort_key(float x);
float kl_sort_value(uint32_t key);

#endif
