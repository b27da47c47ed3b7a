/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What stands in a result file: the axes and, for every quantity, name, type, fill value, axes and attributes, made from
 * the tables. Writer and reader both ask here, so that they cannot disagree. docs/file-format.md says it in words. */
#ifndef KL_STORE_LAYOUT_H
#define KL_STORE_LAYOUT_H

#include "store/scale.h"

typedef enum kl_axis {
    KL_AXIS_ARM,
    KL_AXIS_POINT,
    KL_AXIS_REPLICATE,
    KL_AXIS_MONTH,
    KL_AXIS_QUANTILE,
    KL_N_AXES
} kl_axis;

/* Lengths of the axes, and of a chunk along each. */
typedef struct kl_shape {
    hsize_t size[KL_N_AXES];
    hsize_t chunk[KL_N_AXES];
} kl_shape;

kl_shape kl_shape_of_study(const kl_study *study);
/* The same with the plan's blocks as chunks. */
kl_shape kl_shape_of_plan(const kl_study *study, const kl_plan *plan);

/* How numbers are stored; little-endian. */
typedef enum kl_number { KL_I8, KL_I32, KL_I64, KL_F32, KL_F64 } kl_number;

hid_t kl_number_type(kl_number number); /* not to be closed */
size_t kl_number_size(kl_number number);

/* One dataset. Texts that are empty are no attributes. */
typedef struct kl_variable {
    char name[112];
    kl_number number;
    int has_fill;
    double fill; /* NaN for reals */
    int n_axes;
    kl_axis axis[3];
    const char *long_name, *units, *kind, *source, *mark, *group, *input;
    int n_flags; /* > 0: flag_values 0..n_flags-1, with these words and meanings */
    const char *const *flag_words;
    const char *const *flag_meanings;
} kl_variable;

kl_variable kl_variable_of_status(void);
kl_variable kl_variable_of_outcome(kl_outcome_id outcome);
kl_variable kl_variable_of_quantiles(kl_series_id series);
kl_variable kl_variable_of_mean(kl_series_id series);
kl_variable kl_variable_of_defined(kl_series_id series);
/* `prefix` + the input's name with whatever is no letter, digit or underscore made an underscore. The axes follow
 * by_arm and by_point. `input` must outlive the variable. */
kl_variable kl_variable_of_input(const kl_input *input, const char *prefix);

/* Create the dataset with its attributes; `scale` are the dimension scales. Returns the open dataset or -1. */
hid_t kl_variable_create(hid_t group, const kl_variable *variable, const kl_shape *shape, kl_scale *scale);

/* Open a dataset that must have the type and the lengths said. -1 with the reason where it is missing or another. */
hid_t kl_variable_open(hid_t group, const kl_variable *variable, const kl_shape *shape, kl_reason *reason);

/* Make the dimension scales, and arm_label beside them; scale[KL_N_AXES] receives them, for the caller to
 * finish and to close. */
int kl_scales_create(hid_t file, const kl_study *study, const kl_shape *shape, kl_scale *scale);

/* Are the scales there, and do they have the study's arms and quantiles? */
kl_status kl_scales_check(hid_t file, const kl_study *study, const kl_shape *shape, kl_reason *reason);

#endif
