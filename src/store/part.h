/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Pieces of a result's datasets, so that no more than some megabytes are in memory at a time. */
#ifndef KL_STORE_PART_H
#define KL_STORE_PART_H

#include "store/layout.h"

#define KL_PART_WORLDS (1 << 18) /* about so many at a time */

/* Points of an arm, with some replicates of each. */
typedef struct kl_part {
    int arm, point0, n_points, replicate0, n_replicates;
} kl_part;

/* How many points to read at a time, at least one. */
int kl_part_points(int n_points, int n_replicates);

/* The numbers of an outcome or of the status, value[(point - point0) * n_replicates + replicate - replicate0]: as stored, but NaN where they
 * are the fill value. KL_ERR_NOT_FOUND where there is no such dataset; KL_ERR_FORMAT, KL_ERR_READ with a reason. */
KL_MUST_USE kl_status kl_part_read(const kl_result *result, const kl_variable *variable, const kl_part *part,
                                   double *value, kl_reason *reason);

/* A whole dataset of one arm, or of all with arm -1, as stored. */
KL_MUST_USE kl_status kl_part_read_arm(const kl_result *result, const kl_variable *variable, int arm, double *value,
                                       kl_reason *reason);

#endif
