/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Sorting floats by their bits: a fan sorts a month of worlds for every series and arm, and GSL's heapsort would take as
 * long as a tenth of the simulation. Internal to src/analysis. */
#ifndef KL_SORT_H
#define KL_SORT_H

/* Rising order; 0 <= n <= KL_FAN_EXACT; no NaN. */
void kl_sort_floats(float *x, int n);

#endif
