/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reading /checkpoint. Nothing in it is believed: types and sizes are those that the study in the file makes, and the numbers
 * must be possible (kl_fans_expect, kl_fans_add_values, kl_fans_add_counts). */
#include <stdlib.h>
#include <string.h>

#include "store/checkpoint.h"
#include "store/checkpoint_layout.h"
#include "store/marks.h"

typedef struct reader {
    hid_t group, dataset[KL_CHECKPOINT_N_PARTS];
    int horizon, is_exact;
    kl_checkpoint_field field[KL_CHECKPOINT_N_PARTS];
    void *slice;
    int64_t *sum; /* sketch: [high, low][series][month] of an arm */
    kl_fans *fans;
    kl_reason *reason;
} reader;

static kl_status contradicts(const reader *r, const char *what)
{
    return kl_reason_set(r->reason, KL_ERR_FORMAT, "the group '" KL_CHECKPOINT_GROUP "' contradicts itself: %s", what);
}

static kl_status cannot_read(const reader *r)
{
    return kl_h5_reason(r->reason, KL_ERR_READ, "the group '" KL_CHECKPOINT_GROUP "' cannot be read");
}

/* ---- opening ---- */

static int fits(hid_t dataset, const kl_checkpoint_field *field)
{
    hsize_t size[H5S_MAX_RANK];
    hid_t type = H5Dget_type(dataset), space = H5Dget_space(dataset);
    int result = type >= 0 && space >= 0 && H5Tequal(type, field->type) > 0 &&
                 H5Sget_simple_extent_ndims(space) == field->n_axes &&
                 H5Sget_simple_extent_dims(space, size, NULL) >= 0;
    for (int i = 0; result && i < field->n_axes; i++)
        result = size[i] == field->size[i];
    (void)kl_h5_close(&space);
    (void)kl_h5_close(&type);
    return result;
}

/* Are the series those of this program, in its order? */
static int series_match(hid_t group)
{
    char *text[KL_N_SERIES] = {NULL};
    hsize_t size = 0;
    int result = 0, was_read = 0;
    if (H5Lexists(group, "series", H5P_DEFAULT) <= 0)
        return 0;
    hid_t memory = kl_h5_text_type();
    hid_t dataset = H5Dopen2(group, "series", H5P_DEFAULT);
    hid_t type = dataset < 0 ? -1 : H5Dget_type(dataset);
    hid_t space = dataset < 0 ? -1 : H5Dget_space(dataset);
    if (memory >= 0 && type >= 0 && space >= 0 && H5Tis_variable_str(type) > 0 &&
        H5Sget_simple_extent_ndims(space) == 1 && H5Sget_simple_extent_dims(space, &size, NULL) >= 0 &&
        size == KL_N_SERIES)
        was_read = H5Dread(dataset, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, text) >= 0;
    if (was_read) {
        result = 1;
        for (int s = 0; s < KL_N_SERIES; s++)
            if (!text[s] || strcmp(text[s], kl_series_info_of((kl_series_id)s)->name) != 0)
                result = 0;
        (void)H5Dvlen_reclaim(memory, space, H5P_DEFAULT, text);
    }
    (void)kl_h5_close(&space);
    (void)kl_h5_close(&type);
    (void)kl_h5_close(&dataset);
    (void)kl_h5_close(&memory);
    return result;
}

static kl_status open_fields(reader *r)
{
    for (int part = 0; part < KL_CHECKPOINT_N_PARTS; part++) {
        const kl_checkpoint_field *field = &r->field[part];
        if (!field->is_there)
            continue;
        if (H5Lexists(r->group, field->name, H5P_DEFAULT) > 0)
            r->dataset[part] = H5Dopen2(r->group, field->name, H5P_DEFAULT);
        if (r->dataset[part] < 0 || !fits(r->dataset[part], field))
            return kl_reason_set(r->reason, KL_ERR_FORMAT,
                                 "the dataset '" KL_CHECKPOINT_GROUP
                                 "/%s' is missing, or not as the study in the file says",
                                 field->name);
    }
    return KL_OK;
}

static kl_status open_group(reader *r, const kl_result *result)
{
    const kl_study *study = &result->study;
    hid_t file = kl_result_file(result);
    int64_t n_worlds = (int64_t)study->n_points * study->n_replicates;
    r->horizon = study->horizon;
    r->is_exact = n_worlds <= KL_FAN_EXACT;
    for (int part = 0; part < KL_CHECKPOINT_N_PARTS; part++)
        r->field[part] = kl_checkpoint_field_of((kl_checkpoint_part)part, study->n_arms, study->horizon, n_worlds);
    if (H5Lexists(file, KL_CHECKPOINT_GROUP, H5P_DEFAULT) <= 0)
        return kl_reason_set(r->reason, KL_ERR_FORMAT,
                             "the group '" KL_CHECKPOINT_GROUP
                             "' is missing: an earlier klaster wrote the file, and runs cannot be added to it");
    r->group = H5Gopen2(file, KL_CHECKPOINT_GROUP, H5P_DEFAULT);
    if (r->group < 0)
        return cannot_read(r);
    if (r->is_exact != result->fans_exact)
        return contradicts(r, "the file's fans are of the other kind");
    if (!series_match(r->group))
        return kl_reason_set(r->reason, KL_ERR_FORMAT,
                             "the group '" KL_CHECKPOINT_GROUP "' does not have the monthly series of this klaster");
    kl_status status = open_fields(r);
    if (status != KL_OK)
        return status;
    size_t wide = r->is_exact ? (size_t)n_worlds : (size_t)kl_fans_n_bins(KL_SCALE_MONEY);
    r->slice = malloc(KL_CHECKPOINT_MONTHS * wide * sizeof(uint32_t));
    r->sum = r->is_exact ? NULL : malloc(2 * KL_N_SERIES * (size_t)r->horizon * sizeof *r->sum);
    if (!r->slice || (!r->is_exact && !r->sum))
        return kl_reason_set(r->reason, KL_ERR_MEMORY, "%s", kl_status_text(KL_ERR_MEMORY));
    return KL_OK;
}

/* ---- adding ---- */

static kl_status add_month(const reader *r, int to, int series, int month, const void *numbers)
{
    if (r->is_exact)
        return kl_fans_add_values(r->fans, to, (kl_series_id)series, month, numbers,
                                  (int64_t)r->field[KL_CHECKPOINT_VALUE].size[3]);
    const int64_t *high = r->sum + (size_t)series * (size_t)r->horizon + (size_t)month;
    const int64_t *low = high + KL_N_SERIES * (size_t)r->horizon;
    return kl_fans_add_counts(r->fans, to, (kl_series_id)series, month, numbers, *high, *low);
}

static kl_status add_series(const reader *r, int from, int to, int series)
{
    int place;
    kl_checkpoint_part part = kl_checkpoint_part_of(series, r->is_exact, &place);
    const kl_checkpoint_field *field = &r->field[part];
    for (int month = 0; month < r->horizon; month += KL_CHECKPOINT_MONTHS) {
        int n = r->horizon - month < KL_CHECKPOINT_MONTHS ? r->horizon - month : KL_CHECKPOINT_MONTHS;
        const hsize_t start[4] = {(hsize_t)from, (hsize_t)place, (hsize_t)month, 0};
        const hsize_t count[4] = {1, 1, (hsize_t)n, field->size[3]};
        if (kl_checkpoint_get(r->dataset[part], field, start, count, r->slice) < 0)
            return cannot_read(r);
        for (int m = 0; m < n; m++) {
            const uint32_t *numbers = (const uint32_t *)r->slice + (hsize_t)m * field->size[3];
            kl_status status = add_month(r, to, series, month + m, numbers);
            if (status == KL_ERR_ARGUMENT)
                return kl_reason_set(r->reason, status, "a sketch cannot become exact fans");
            if (status != KL_OK)
                return contradicts(r, "its numbers are not those of so many runs");
        }
    }
    return KL_OK;
}

static kl_status read_sums(const reader *r, int from)
{
    const kl_checkpoint_field *field = &r->field[KL_CHECKPOINT_SUM_HIGH];
    const hsize_t start[4] = {(hsize_t)from}, count[4] = {1, KL_N_SERIES, (hsize_t)r->horizon};
    if (kl_checkpoint_get(r->dataset[KL_CHECKPOINT_SUM_HIGH], field, start, count, r->sum) < 0 ||
        kl_checkpoint_get(r->dataset[KL_CHECKPOINT_SUM_LOW], field, start, count,
                          r->sum + KL_N_SERIES * (size_t)r->horizon) < 0)
        return cannot_read(r);
    return KL_OK;
}

static kl_status add_arm(const reader *r, int from, int to, int64_t n_worlds)
{
    const hsize_t start = (hsize_t)from, one = 1;
    int64_t runs;
    if (kl_checkpoint_get(r->dataset[KL_CHECKPOINT_RUNS], &r->field[KL_CHECKPOINT_RUNS], &start, &one, &runs) < 0)
        return cannot_read(r);
    if (runs < 0 || runs > n_worlds)
        return contradicts(r, "an arm has more runs than the study in the file");
    kl_status status = kl_fans_expect(r->fans, to, runs);
    if (status != KL_OK)
        return kl_reason_set(r->reason, status, "the study has fewer runs than the file");
    if (runs == 0)
        return KL_OK;
    if (!r->is_exact)
        status = read_sums(r, from);
    for (int s = 0; status == KL_OK && s < KL_N_SERIES; s++)
        status = add_series(r, from, to, s);
    return status;
}

kl_status kl_checkpoint_read(const kl_result *result, const int *arm, kl_fans *fans, kl_reason *reason)
{
    reader r = {.group = -1, .fans = fans, .reason = reason};
    const kl_plan *plan = kl_fans_plan(fans);
    int64_t n_worlds = (int64_t)result->study.n_points * result->study.n_replicates;
    for (int part = 0; part < KL_CHECKPOINT_N_PARTS; part++)
        r.dataset[part] = -1;
    if (plan->horizon != result->study.horizon)
        return kl_reason_set(reason, KL_ERR_ARGUMENT, "the study has another horizon than the file");
    kl_status status = open_group(&r, result);
    for (int to = 0; status == KL_OK && to < plan->n_arms; to++)
        if (arm[to] >= 0)
            status = arm[to] < result->study.n_arms ? add_arm(&r, arm[to], to, n_worlds) : KL_ERR_ARGUMENT;
    for (int part = 0; part < KL_CHECKPOINT_N_PARTS; part++)
        (void)kl_h5_close(&r.dataset[part]);
    (void)kl_h5_close(&r.group);
    free(r.slice);
    free(r.sum);
    return status;
}
