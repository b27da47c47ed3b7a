/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The two attributes of HDF5's dimension scales: DIMENSION_LIST of a dataset, for each dimension the scales it has, and
 * REFERENCE_LIST of a scale, the way back. */
#include "store/scale.h"

#include <stdlib.h>
#include <string.h>

#define DIMENSIONS_MAX 8

void kl_scale_init(kl_scale *scale)
{
    memset(scale, 0, sizeof *scale);
    scale->id = -1;
}

int kl_scale_open(kl_scale *scale, hid_t dataset)
{
    scale->id = dataset;
    return dataset < 0 || H5Rcreate(&scale->reference, dataset, ".", H5R_OBJECT, -1) < 0 ? -1 : 0;
}

static int add_use(kl_scale *scale, hobj_ref_t dataset, int dimension)
{
    if (scale->n_uses == scale->capacity) {
        int capacity = 2 * scale->capacity + 64;
        kl_scale_use *use = realloc(scale->use, (size_t)capacity * sizeof *use);
        if (!use)
            return -1;
        scale->use = use;
        scale->capacity = capacity;
    }
    scale->use[scale->n_uses].dataset = dataset;
    scale->use[scale->n_uses++].dimension = dimension;
    return 0;
}

int kl_scale_attach(hid_t dataset, int n, kl_scale *const *scale)
{
    hvl_t list[DIMENSIONS_MAX];
    hobj_ref_t reference;
    if (n == 0)
        return 0;
    if (n > DIMENSIONS_MAX || H5Rcreate(&reference, dataset, ".", H5R_OBJECT, -1) < 0)
        return -1;
    for (int i = 0; i < n; i++) {
        list[i].len = 1;
        list[i].p = &scale[i]->reference;
        if (add_use(scale[i], reference, i) < 0)
            return -1;
    }
    hid_t type = H5Tvlen_create(H5T_STD_REF_OBJ);
    int result = type < 0 ? -1 : kl_h5_put_list(dataset, "DIMENSION_LIST", type, (size_t)n, list);
    (void)kl_h5_close(&type);
    return result;
}

int kl_scale_finish(kl_scale *scale)
{
    if (scale->n_uses == 0)
        return 0;
    hid_t type = H5Tcreate(H5T_COMPOUND, sizeof(kl_scale_use));
    int result = -1;
    if (type >= 0 && H5Tinsert(type, "dataset", HOFFSET(kl_scale_use, dataset), H5T_STD_REF_OBJ) >= 0 &&
        H5Tinsert(type, "dimension", HOFFSET(kl_scale_use, dimension), H5T_NATIVE_INT) >= 0)
        result = kl_h5_put_list(scale->id, "REFERENCE_LIST", type, (size_t)scale->n_uses, scale->use);
    (void)kl_h5_close(&type);
    scale->n_uses = 0;
    return result;
}

int kl_scale_close(kl_scale *scale)
{
    int result = kl_h5_close(&scale->id);
    free(scale->use);
    kl_scale_init(scale);
    return result;
}
