/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Attaching datasets to dimension scales. H5DSattach_scale reads and writes the list of all datasets of a scale every time, and
 * there are hundreds of datasets: it took half of the time that it took to make a file. Here the lists are kept in memory and
 * written once; what stands in the file is the same. */
#ifndef KL_STORE_SCALE_H
#define KL_STORE_SCALE_H

#include "store/h5.h"

/* An element of REFERENCE_LIST, as H5DS has it: a dataset, and which of its dimensions has the scale. */
typedef struct kl_scale_use {
    hobj_ref_t dataset;
    int dimension;
} kl_scale_use;

/* An open dimension scale. */
typedef struct kl_scale {
    hid_t id; /* -1 for none */
    hobj_ref_t reference;
    int n_uses, capacity;
    kl_scale_use *use;
} kl_scale;

void kl_scale_init(kl_scale *scale);

/* Take an open dataset, which H5DSset_scale has made a scale. Negative on an error. */
int kl_scale_open(kl_scale *scale, hid_t dataset);

/* Give a dataset its scales, one a dimension: once. Negative on an error. */
int kl_scale_attach(hid_t dataset, int n, kl_scale *const *scale);

/* Write the list of those that were attached: once, when all are. Negative on an error. */
int kl_scale_finish(kl_scale *scale);

/* Close; -1 where that failed. Legal at any time after kl_scale_init. */
int kl_scale_close(kl_scale *scale);

#endif
