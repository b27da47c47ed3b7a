/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The numbers of two result files, run by run, for the arms, points and replicates that both have. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "klaster/verify.h"
#include "store/marks.h"
#include "store/part.h"

#define ROWS_MAX (1 + KL_N_OUTCOMES + 3 * KL_N_SERIES)

typedef struct two {
    kl_diff *diff;
    const kl_result *first, *second;
    int *arm[2]; /* [n_arms] the arms that both have */
    double *status[2], *value[2];
    kl_reason *reason;
} two;

/* ---- numbers ---- */

static int is_same(double a, double b)
{
    return (isnan(a) && isnan(b)) || memcmp(&a, &b, sizeof a) == 0;
}

/* A row takes a pair; 1 where it is the first that differs. */
static int take(kl_diff_row *row, double a, double b)
{
    row->n++;
    if (is_same(a, b))
        return 0;
    if (isnan(a) || isnan(b))
        row->n_undefined++;
    else if (fabs(a - b) > row->largest)
        row->largest = fabs(a - b);
    if (row->n_different++ > 0)
        return 0;
    row->first = a;
    row->second = b;
    return 1;
}

static kl_diff_row *add_row(kl_diff *diff, const char *name)
{
    kl_diff_row *row = &diff->row[diff->n_rows++];
    (void)snprintf(row->name, sizeof row->name, "%s", name);
    return row;
}

/* ---- runs ---- */

static kl_status read_both(two *t, const kl_variable *variable, int pair, int point0, int n_points, double *const *to)
{
    kl_part part = {t->arm[0][pair], point0, n_points, 0, t->diff->n_replicates};
    kl_status status = kl_part_read(t->first, variable, &part, to[0], t->reason);
    part.arm = t->arm[1][pair];
    return status == KL_OK ? kl_part_read(t->second, variable, &part, to[1], t->reason) : status;
}

static void take_piece(two *t, kl_diff_row *row, double *const *value, int pair, int point0, size_t n)
{
    size_t n_replicates = (size_t)t->diff->n_replicates;
    for (size_t i = 0; i < n; i++) {
        if (isnan(t->status[0][i]) || isnan(t->status[1][i]) || !take(row, value[0][i], value[1][i]))
            continue;
        row->n_at = 3;
        row->at[0] = t->arm[0][pair];
        row->at[1] = point0 + (int)(i / n_replicates);
        row->at[2] = (int)(i % n_replicates);
    }
}

static void count_runs(two *t, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int a = !isnan(t->status[0][i]), b = !isnan(t->status[1][i]);
        t->diff->n_runs += a && b;
        t->diff->n_first_only += a && !b;
        t->diff->n_second_only += b && !a;
    }
}

/* One piece of a pair of arms: the status is row 0, outcomes follow, without those that a file lacks. */
static kl_status diff_piece(two *t, const kl_variable *variable, int n_variables, int pair, int point0, int n_points)
{
    size_t n = (size_t)n_points * (size_t)t->diff->n_replicates;
    kl_status status = read_both(t, &variable[0], pair, point0, n_points, t->status);
    if (status != KL_OK)
        return status;
    count_runs(t, n);
    take_piece(t, &t->diff->row[0], t->status, pair, point0, n);
    for (int i = 1; i < n_variables && status == KL_OK; i++) {
        status = read_both(t, &variable[i], pair, point0, n_points, t->value);
        if (status == KL_OK)
            take_piece(t, &t->diff->row[i], t->value, pair, point0, n);
    }
    return status;
}

static int both_have(const two *t, const char *name)
{
    return H5Lexists(kl_result_file(t->first), name, H5P_DEFAULT) > 0 &&
           H5Lexists(kl_result_file(t->second), name, H5P_DEFAULT) > 0;
}

static kl_status diff_runs(two *t)
{
    kl_variable variable[1 + KL_N_OUTCOMES] = {kl_variable_of_status()};
    int n_variables = 1, step = kl_part_points(t->diff->n_points, t->diff->n_replicates);
    kl_status status = KL_OK;
    add_row(t->diff, variable[0].name);
    for (int id = 0; id < KL_N_OUTCOMES; id++) {
        variable[n_variables] = kl_variable_of_outcome((kl_outcome_id)id);
        if (both_have(t, variable[n_variables].name))
            add_row(t->diff, variable[n_variables++].name);
        else
            t->diff->n_missing++;
    }
    for (int pair = 0; pair < t->diff->n_arms; pair++)
        for (int point = 0; point < t->diff->n_points && status == KL_OK; point += step) {
            int left = t->diff->n_points - point;
            status = diff_piece(t, variable, n_variables, pair, point, left < step ? left : step);
        }
    return status;
}

/* ---- fans ---- */

static int quantiles_are_same(const kl_study *a, const kl_study *b)
{
    return a->n_quantiles == b->n_quantiles &&
           memcmp(a->quantile, b->quantile, (size_t)a->n_quantiles * sizeof a->quantile[0]) == 0;
}

static kl_status diff_fan(two *t, const kl_variable *variable, double *const *value)
{
    int width = variable->n_axes == 3 ? t->first->study.n_quantiles : 1;
    kl_status status = KL_OK;
    if (!both_have(t, variable->name)) {
        t->diff->n_missing++;
        return KL_OK;
    }
    kl_diff_row *row = add_row(t->diff, variable->name);
    for (int pair = 0; pair < t->diff->n_arms && status == KL_OK; pair++) {
        status = kl_part_read_arm(t->first, variable, t->arm[0][pair], value[0], t->reason);
        if (status == KL_OK)
            status = kl_part_read_arm(t->second, variable, t->arm[1][pair], value[1], t->reason);
        for (int i = 0; i < t->first->study.horizon * width && status == KL_OK; i++)
            if (take(row, value[0][i], value[1][i])) {
                row->n_at = variable->n_axes;
                row->at[0] = t->arm[0][pair];
                row->at[1] = i / width + 1;
                row->at[2] = i % width;
            }
    }
    return status;
}

/* Fans are over all worlds of an arm: they can only be the same where the runs are. */
static int fans_can_be_compared(const two *t)
{
    const kl_study *a = &t->first->study, *b = &t->second->study;
    return t->diff->n_first_only == 0 && t->diff->n_second_only == 0 && a->horizon == b->horizon &&
           a->n_points == b->n_points && a->n_replicates == b->n_replicates && t->diff->n_runs > 0;
}

static kl_status diff_fans(two *t)
{
    size_t n = (size_t)t->first->study.horizon * (size_t)t->first->study.n_quantiles;
    double *value[2] = {malloc(n * sizeof(double)), malloc(n * sizeof(double))};
    int same_quantiles = quantiles_are_same(&t->first->study, &t->second->study);
    kl_status status = value[0] && value[1] ? KL_OK : KL_ERR_MEMORY;
    t->diff->has_fans = 1;
    for (int s = 0; s < KL_N_SERIES && status == KL_OK; s++) {
        kl_variable q = kl_variable_of_quantiles((kl_series_id)s), mean = kl_variable_of_mean((kl_series_id)s),
                    defined = kl_variable_of_defined((kl_series_id)s);
        if (same_quantiles)
            status = diff_fan(t, &q, value);
        if (status == KL_OK)
            status = diff_fan(t, &mean, value);
        if (status == KL_OK)
            status = diff_fan(t, &defined, value);
    }
    free(value[0]);
    free(value[1]);
    return status;
}

/* ---- the whole ---- */

static int find_arm(const kl_study *study, const char *name)
{
    for (int a = 0; a < study->n_arms; a++)
        if (strcmp(study->arm[a].name, name) == 0)
            return a;
    return -1;
}

static void pair_arms(two *t)
{
    const kl_study *study = &t->first->study;
    for (int a = 0; a < study->n_arms; a++) {
        int b = find_arm(&t->second->study, study->arm[a].name);
        if (b < 0)
            continue;
        t->arm[0][t->diff->n_arms] = a;
        t->arm[1][t->diff->n_arms++] = b;
    }
}

static int least(int a, int b)
{
    return a < b ? a : b;
}

static kl_status diff_all(two *t)
{
    const kl_study *a = &t->first->study, *b = &t->second->study;
    kl_diff *diff = t->diff;
    diff->n_points = least(a->n_points, b->n_points);
    diff->n_replicates = least(a->n_replicates, b->n_replicates);
    size_t n = (size_t)kl_part_points(diff->n_points, diff->n_replicates) * (size_t)diff->n_replicates;
    diff->row = calloc(ROWS_MAX, sizeof *diff->row);
    for (int i = 0; i < 2; i++) {
        t->arm[i] = calloc((size_t)a->n_arms, sizeof *t->arm[i]);
        t->status[i] = malloc(n * sizeof *t->status[i]);
        t->value[i] = malloc(n * sizeof *t->value[i]);
        if (!diff->row || !t->arm[i] || !t->status[i] || !t->value[i])
            return KL_ERR_MEMORY;
    }
    pair_arms(t);
    kl_status status = diff_runs(t);
    if (status == KL_OK && fans_can_be_compared(t))
        status = diff_fans(t);
    for (int i = 0; i < diff->n_rows; i++)
        diff->n_different += diff->row[i].n_different > 0;
    return status;
}

kl_status kl_results_diff(kl_diff *diff, const kl_result *first, const kl_result *second, kl_reason *reason)
{
    kl_h5_quiet quiet;
    two t = {.diff = diff, .first = first, .second = second, .reason = reason};
    memset(diff, 0, sizeof *diff);
    if (kl_result_file(first) < 0 || kl_result_file(second) < 0)
        return kl_reason_set(reason, KL_ERR_ARGUMENT, "the file is not open");
    kl_h5_quiet_begin(&quiet);
    kl_status status = diff_all(&t);
    kl_h5_quiet_end(&quiet);
    if (status == KL_ERR_MEMORY)
        (void)kl_reason_set(reason, status, "%s", kl_status_text(status));
    for (int i = 0; i < 2; i++) {
        free(t.arm[i]);
        free(t.status[i]);
        free(t.value[i]);
    }
    if (status != KL_OK)
        kl_diff_free(diff);
    return status;
}

void kl_diff_free(kl_diff *diff)
{
    free(diff->row);
    memset(diff, 0, sizeof *diff);
}
