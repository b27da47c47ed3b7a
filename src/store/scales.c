/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The axes of a result file: HDF5 dimension scales, which netCDF-4 takes for dimensions with coordinate variables. */
#include <hdf5_hl.h>
#include <stdlib.h>
#include <string.h>

#include "store/layout.h"

/* Values written at once along a long axis; also the chunk. */
#define SLAB 16384

static const struct {
    const char *name, *long_name, *units;
} axes[KL_N_AXES] = {
    [KL_AXIS_ARM] = {"arm", "arm: one policy or design option; every arm plays the same worlds", ""},
    [KL_AXIS_POINT] = {"point", "point: one draw of every uncertain input, counted from 0", "1"},
    [KL_AXIS_REPLICATE] = {"replicate", "replicate: one draw of all remaining chance, counted from 0", "1"},
    [KL_AXIS_MONTH] = {"month", "month of the run, counted from 1", "month"},
    [KL_AXIS_QUANTILE] = {"quantile", "share of worlds at or below", "1"},
};

static hid_t create_axis(hid_t file, kl_axis axis, hid_t type, hsize_t size)
{
    hid_t dataset = -1;
    hsize_t chunk = size < SLAB ? size : SLAB;
    hid_t space = H5Screate_simple(1, &size, NULL);
    hid_t create = H5Pcreate(H5P_DATASET_CREATE);
    if (space < 0 || create < 0 || H5Pset_obj_track_times(create, false) < 0)
        goto out;
    if (H5Pset_attr_creation_order(create, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED) < 0)
        goto out;
    /* Texts lie in HDF5's global heap, which filters do not reach. */
    if (axis != KL_AXIS_ARM && (H5Pset_chunk(create, 1, &chunk) < 0 || H5Pset_shuffle(create) < 0 ||
                                H5Pset_deflate(create, 1) < 0 || H5Pset_fletcher32(create) < 0))
        goto out;
    dataset = H5Dcreate2(file, axes[axis].name, type, space, H5P_DEFAULT, create, H5P_DEFAULT);
    if (dataset >= 0 && (H5DSset_scale(dataset, axes[axis].name) < 0 ||
                         kl_h5_put_text(dataset, "long_name", axes[axis].long_name) < 0 ||
                         kl_h5_put_text(dataset, "units", axes[axis].units) < 0))
        (void)kl_h5_close(&dataset);
out:
    (void)kl_h5_close(&create);
    (void)kl_h5_close(&space);
    return dataset;
}

/* first, first + 1, ... in slabs, so that a million points need no array of a million. */
static int write_counting(hid_t dataset, hsize_t size, int32_t first)
{
    static const hsize_t slab = SLAB;
    int result = -1;
    int32_t *value = malloc(SLAB * sizeof *value);
    hid_t space = H5Dget_space(dataset);
    hid_t memory = H5Screate_simple(1, &slab, NULL);
    if (!value || space < 0 || memory < 0)
        goto out;
    for (hsize_t start = 0; start < size; start += SLAB) {
        hsize_t zero = 0, n = size - start < SLAB ? size - start : SLAB;
        for (hsize_t i = 0; i < n; i++)
            value[i] = (int32_t)(start + i) + first;
        if (H5Sselect_hyperslab(space, H5S_SELECT_SET, &start, NULL, &n, NULL) < 0 ||
            H5Sselect_hyperslab(memory, H5S_SELECT_SET, &zero, NULL, &n, NULL) < 0 ||
            H5Dwrite(dataset, H5T_NATIVE_INT32, memory, space, H5P_DEFAULT, value) < 0)
            goto out;
    }
    result = 0;
out:
    (void)kl_h5_close(&memory);
    (void)kl_h5_close(&space);
    free(value);
    return result;
}

/* Labels beside the arms' names, for people; an arm without one gets its name. */
static int put_labels(hid_t file, hid_t type, const kl_study *study, const char **text, kl_scale *arm_scale)
{
    int result = -1;
    for (int a = 0; a < study->n_arms; a++)
        text[a] = study->arm[a].label && study->arm[a].label[0] ? study->arm[a].label : study->arm[a].name;
    hsize_t size = (hsize_t)study->n_arms;
    hid_t dataset = -1;
    hid_t space = H5Screate_simple(1, &size, NULL);
    hid_t create = H5Pcreate(H5P_DATASET_CREATE);
    if (space < 0 || create < 0 || H5Pset_obj_track_times(create, false) < 0)
        goto out;
    dataset = H5Dcreate2(file, "arm_label", type, space, H5P_DEFAULT, create, H5P_DEFAULT);
    if (dataset >= 0 && kl_h5_put_text(dataset, "long_name", "label of the arm") == 0 &&
        kl_scale_attach(dataset, 1, &arm_scale) >= 0 && kl_h5_write(dataset, type, H5S_ALL, H5S_ALL, text) >= 0)
        result = 0;
out:
    if (kl_h5_close(&dataset) < 0)
        result = -1;
    (void)kl_h5_close(&create);
    (void)kl_h5_close(&space);
    return result;
}

int kl_scales_create(hid_t file, const kl_study *study, const kl_shape *shape, kl_scale *scale)
{
    int result = -1;
    const char **text = malloc((size_t)study->n_arms * sizeof *text);
    hid_t text_type = kl_h5_text_type();
    if (!text || text_type < 0)
        goto out;
    for (int axis = 0; axis < KL_N_AXES; axis++) {
        hid_t type = axis == KL_AXIS_ARM ? text_type : axis == KL_AXIS_QUANTILE ? H5T_IEEE_F64LE : H5T_STD_I32LE;
        if (kl_scale_open(&scale[axis], create_axis(file, (kl_axis)axis, type, shape->size[axis])) < 0)
            goto out;
    }
    for (int a = 0; a < study->n_arms; a++)
        text[a] = study->arm[a].name;
    if (kl_h5_write(scale[KL_AXIS_ARM].id, text_type, H5S_ALL, H5S_ALL, text) < 0)
        goto out;
    if (write_counting(scale[KL_AXIS_POINT].id, shape->size[KL_AXIS_POINT], 0) < 0 ||
        write_counting(scale[KL_AXIS_REPLICATE].id, shape->size[KL_AXIS_REPLICATE], 0) < 0 ||
        write_counting(scale[KL_AXIS_MONTH].id, shape->size[KL_AXIS_MONTH], 1) < 0)
        goto out;
    if (H5Dwrite(scale[KL_AXIS_QUANTILE].id, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, study->quantile) < 0)
        goto out;
    result = put_labels(file, text_type, study, text, &scale[KL_AXIS_ARM]);
out:
    (void)kl_h5_close(&text_type);
    free(text);
    return result;
}

/* ---- checking ---- */

static hid_t open_axis(hid_t file, kl_axis axis, const kl_shape *shape)
{
    hsize_t size = 0;
    if (H5Lexists(file, axes[axis].name, H5P_DEFAULT) <= 0)
        return -1;
    hid_t dataset = H5Dopen2(file, axes[axis].name, H5P_DEFAULT);
    hid_t space = dataset < 0 ? -1 : H5Dget_space(dataset);
    if (space < 0 || H5Sget_simple_extent_ndims(space) != 1 || H5Sget_simple_extent_dims(space, &size, NULL) < 0 ||
        size != shape->size[axis] || H5DSis_scale(dataset) <= 0)
        (void)kl_h5_close(&dataset);
    (void)kl_h5_close(&space);
    return dataset;
}

static int arms_match(hid_t dataset, const kl_study *study)
{
    int result = 0, was_read = 0;
    char **text = calloc((size_t)study->n_arms, sizeof *text);
    hid_t type = kl_h5_text_type();
    hid_t space = H5Dget_space(dataset);
    hid_t found = H5Dget_type(dataset);
    if (text && type >= 0 && space >= 0 && found >= 0 && H5Tis_variable_str(found) > 0)
        was_read = H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, text) >= 0;
    if (was_read) {
        result = 1;
        for (int a = 0; a < study->n_arms; a++)
            if (!text[a] || strcmp(text[a], study->arm[a].name) != 0)
                result = 0;
        (void)H5Dvlen_reclaim(type, space, H5P_DEFAULT, text);
    }
    (void)kl_h5_close(&found);
    (void)kl_h5_close(&space);
    (void)kl_h5_close(&type);
    free(text);
    return result;
}

static int quantiles_match(hid_t dataset, const kl_study *study)
{
    double value[sizeof study->quantile / sizeof study->quantile[0]];
    hid_t found = H5Dget_type(dataset);
    int result = found >= 0 && H5Tget_class(found) == H5T_FLOAT &&
                 H5Dread(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, value) >= 0;
    for (int q = 0; result && q < study->n_quantiles; q++)
        result = value[q] == study->quantile[q];
    (void)kl_h5_close(&found);
    return result;
}

kl_status kl_scales_check(hid_t file, const kl_study *study, const kl_shape *shape, kl_reason *reason)
{
    for (int axis = 0; axis < KL_N_AXES; axis++) {
        hid_t dataset = open_axis(file, (kl_axis)axis, shape);
        if (dataset < 0)
            return kl_reason_set(reason, KL_ERR_FORMAT,
                                 "the dimension '%s' is missing, or is not as long as the study in the file says",
                                 axes[axis].name);
        int matches = 1;
        if (axis == KL_AXIS_ARM)
            matches = arms_match(dataset, study);
        else if (axis == KL_AXIS_QUANTILE)
            matches = quantiles_match(dataset, study);
        (void)kl_h5_close(&dataset);
        if (!matches)
            return kl_reason_set(reason, KL_ERR_FORMAT, "the dimension '%s' is not that of the study in the file",
                                 axes[axis].name);
    }
    return KL_OK;
}
