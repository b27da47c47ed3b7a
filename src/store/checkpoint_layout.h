/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What stands in the group /checkpoint: names, types, axes, chunks. Writer and reader both ask here, so that they cannot
 * disagree. */
#ifndef KL_STORE_CHECKPOINT_LAYOUT_H
#define KL_STORE_CHECKPOINT_LAYOUT_H

#include "store/h5.h"

#define KL_CHECKPOINT_GROUP "checkpoint"
#define KL_CHECKPOINT_MONTHS 60 /* of a chunk; longer horizons are cut */

/* Axes of its datasets; the first two are those of the file, the others lie in the group. */
typedef enum kl_checkpoint_axis {
    KL_CHECKPOINT_ARM,
    KL_CHECKPOINT_MONTH,
    KL_CHECKPOINT_SERIES,
    KL_CHECKPOINT_RANK,
    KL_CHECKPOINT_SERIES_LINEAR,
    KL_CHECKPOINT_BIN_LINEAR,
    KL_CHECKPOINT_SERIES_MONEY,
    KL_CHECKPOINT_BIN_MONEY,
    KL_CHECKPOINT_N_AXES
} kl_checkpoint_axis;

typedef enum kl_checkpoint_part {
    KL_CHECKPOINT_RUNS,
    KL_CHECKPOINT_VALUE,
    KL_CHECKPOINT_COUNT_LINEAR,
    KL_CHECKPOINT_COUNT_MONEY,
    KL_CHECKPOINT_SUM_HIGH,
    KL_CHECKPOINT_SUM_LOW,
    KL_CHECKPOINT_N_PARTS
} kl_checkpoint_part;

/* A dataset of the group. */
typedef struct kl_checkpoint_field {
    const char *name, *long_name;
    hid_t type, memory; /* as stored, and in memory; not to be closed */
    int is_there;       /* in a file of this kind of fans */
    int n_axes;
    kl_checkpoint_axis axis[4];
    hsize_t size[4], chunk[4];
} kl_checkpoint_field;

/* The datasets of a file with so many arms, months and worlds. */
kl_checkpoint_field kl_checkpoint_field_of(kl_checkpoint_part part, int n_arms, int horizon, int64_t n_worlds);

/* Write or read a rectangle of an open dataset, from `start` on, `count` long. The numbers in memory are of the machine's
 * own kind: int64_t, uint32_t, float. Negative on an error. */
int kl_checkpoint_put(hid_t dataset, const kl_checkpoint_field *field, const hsize_t *start, const hsize_t *count,
                      const void *numbers);
int kl_checkpoint_get(hid_t dataset, const kl_checkpoint_field *field, const hsize_t *start, const hsize_t *count,
                      void *numbers);

/* The dataset that has the values or counts of a series, and the series' place there. */
kl_checkpoint_part kl_checkpoint_part_of(int series, int is_exact, int *place);

#endif
