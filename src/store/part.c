/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Pieces of a result's datasets. */
#include <math.h>
#include <string.h>

#include "klaster/verify.h"
#include "store/marks.h"
#include "store/part.h"

int kl_part_points(int n_points, int n_replicates)
{
    int n = KL_PART_WORLDS / n_replicates;
    return n < 1 ? 1 : n < n_points ? n : n_points;
}

static kl_status read_box(const kl_result *result, const kl_variable *variable, const hsize_t *start,
                          const hsize_t *count, double *value, kl_reason *reason)
{
    kl_shape shape = kl_shape_of_study(&result->study);
    kl_status status = KL_ERR_READ;
    hid_t file = kl_result_file(result);
    if (H5Lexists(file, variable->name, H5P_DEFAULT) == 0)
        return kl_reason_set(reason, KL_ERR_NOT_FOUND, "the dataset '%s' is missing", variable->name);
    hid_t dataset = kl_variable_open(file, variable, &shape, reason);
    if (dataset < 0)
        return KL_ERR_FORMAT;
    if (kl_h5_read_box(dataset, H5T_NATIVE_DOUBLE, variable->n_axes, start, count, value) >= 0)
        status = KL_OK;
    else {
        char what[160];
        (void)snprintf(what, sizeof what, "the dataset '%s' cannot be read", variable->name);
        (void)kl_h5_reason(reason, status, what);
    }
    (void)kl_h5_close(&dataset);
    return status;
}

kl_status kl_part_read(const kl_result *result, const kl_variable *variable, const kl_part *part, double *value,
                       kl_reason *reason)
{
    hsize_t start[3] = {(hsize_t)part->arm, (hsize_t)part->point0, (hsize_t)part->replicate0};
    hsize_t count[3] = {1, (hsize_t)part->n_points, (hsize_t)part->n_replicates};
    kl_status status = read_box(result, variable, start, count, value, reason);
    size_t n = (size_t)part->n_points * (size_t)part->n_replicates;
    for (size_t i = 0; status == KL_OK && variable->has_fill && i < n; i++)
        if (value[i] == variable->fill)
            value[i] = NAN;
    return status;
}

kl_status kl_result_run(const kl_result *result, int arm, int point, int replicate, int8_t *status,
                        double outcome[KL_N_OUTCOMES], kl_reason *reason)
{
    const kl_study *study = &result->study;
    kl_h5_quiet quiet;
    kl_part part = {arm, point, 1, replicate, 1};
    double number = NAN;
    if (kl_result_file(result) < 0 || arm < 0 || arm >= study->n_arms || point < 0 || point >= study->n_points ||
        replicate < 0 || replicate >= study->n_replicates)
        return kl_reason_set(reason, KL_ERR_ARGUMENT, "no such run");
    kl_h5_quiet_begin(&quiet);
    kl_variable variable = kl_variable_of_status();
    kl_status read = kl_part_read(result, &variable, &part, &number, reason);
    if (read == KL_OK && !isnan(number) && !(number >= 0 && number < KL_N_RUN_STATUS))
        read = kl_reason_set(reason, KL_ERR_FORMAT, "'status' is a number that is no status");
    *status = (int8_t)(read != KL_OK || isnan(number) ? KL_RUN_MISSING : (int)number);
    for (int id = 0; id < KL_N_OUTCOMES && read == KL_OK; id++) {
        variable = kl_variable_of_outcome((kl_outcome_id)id);
        read = kl_part_read(result, &variable, &part, &outcome[id], reason);
    }
    kl_h5_quiet_end(&quiet);
    return read;
}

kl_status kl_part_read_arm(const kl_result *result, const kl_variable *variable, int arm, double *value,
                           kl_reason *reason)
{
    kl_shape shape = kl_shape_of_study(&result->study);
    hsize_t start[3] = {0, 0, 0}, count[3] = {1, 1, 1};
    for (int i = 0; i < variable->n_axes; i++)
        count[i] = shape.size[variable->axis[i]];
    if (arm >= 0) {
        start[0] = (hsize_t)arm;
        count[0] = 1;
    }
    return read_box(result, variable, start, count, value, reason);
}
