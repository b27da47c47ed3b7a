/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reading a result file. Nothing in it is believed: every dataset has the type and the size that the study in the file says
 * before a number is read. */
#define _DEFAULT_SOURCE /* access, O_CLOEXEC */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "klaster/version.h"
#include "store/analysis.h"
#include "store/driver.h"
#include "store/marks.h"

typedef struct handle {
    int fd;
    kl_driver driver;
    hid_t file;
    kl_shape shape;
} handle;

/* ---- opening ---- */

static kl_status check_file(const char *path, kl_reason *reason)
{
    struct stat info;
    if (stat(path, &info) != 0) {
        kl_status status = errno == ENOENT || errno == ENOTDIR ? KL_ERR_NOT_FOUND : KL_ERR_READ;
        return kl_reason_set(reason, status, "%s: %s", path, strerror(errno));
    }
    if (!S_ISREG(info.st_mode))
        return kl_reason_set(reason, KL_ERR_READ, "%s: is no regular file", path);
    if (access(path, R_OK) != 0)
        return kl_reason_set(reason, KL_ERR_READ, "%s: %s", path, strerror(errno));
    if (H5Fis_hdf5(path) <= 0)
        return kl_reason_set(reason, KL_ERR_FORMAT, "%s: is no HDF5 file", path);
    return KL_OK;
}

static kl_status open_file(handle *opened, const char *path, kl_reason *reason)
{
    hid_t access_list = H5Pcreate(H5P_FILE_ACCESS);
    kl_status status = check_file(path, reason);
    if (status != KL_OK)
        goto out;
    /* A finished file is never written to again, and read-only file systems have no locks. */
    opened->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (opened->fd < 0)
        status = kl_reason_set(reason, KL_ERR_READ, "%s: %s", path, strerror(errno));
    else if (access_list < 0 || H5Pset_file_locking(access_list, false, true) < 0 ||
             kl_driver_use(&opened->driver, opened->fd, access_list) < 0)
        status = kl_h5_reason(reason, KL_ERR_READ, path);
    else if ((opened->file = H5Fopen(path, H5F_ACC_RDONLY, access_list)) < 0)
        status = kl_h5_reason(reason, KL_ERR_FORMAT, "the HDF5 file is damaged or cut short");
out:
    (void)kl_h5_close(&access_list);
    return status;
}

static kl_status parse_study(kl_result *result, hid_t group, const char *path, kl_reason *reason)
{
    char *resolved = NULL, *text = NULL;
    kl_diagnostics found = {0, 0, 0, NULL};
    kl_status status;
    if (kl_h5_get_text_dataset(group, "resolved", &resolved) < 0)
        return kl_reason_set(reason, KL_ERR_FORMAT, "the text 'study/resolved' is missing");
    status = kl_study_parse(&result->study, resolved, strlen(resolved), path, NULL, &found);
    if (status == KL_ERR_STUDY)
        status = kl_reason_set(reason, KL_ERR_FORMAT, "the study in the file cannot be read: %s",
                               found.n > 0 ? found.item[0].text : "no reason known");
    else if (status != KL_OK)
        status = kl_reason_set(reason, status, "%s", kl_status_text(status));
    if (status == KL_OK && kl_h5_get_text_dataset(group, "text", &text) == 0) {
        free(result->study.text);
        result->study.text = text; /* the text that the user wrote, not the resolved one that was parsed */
    }
    kl_diagnostics_free(&found);
    free(resolved);
    return status;
}

static kl_status read_study(kl_result *result, hid_t file, const char *path, kl_reason *reason)
{
    if (H5Lexists(file, "study", H5P_DEFAULT) <= 0)
        return kl_reason_set(reason, KL_ERR_FORMAT, "the group 'study' is missing");
    hid_t group = H5Gopen2(file, "study", H5P_DEFAULT);
    if (group < 0)
        return kl_h5_reason(reason, KL_ERR_FORMAT, "the group 'study' cannot be opened");
    kl_status status = parse_study(result, group, path, reason);
    (void)kl_h5_close(&group);
    return status;
}

/* An attribute that is not there, or no text, is "". */
static kl_status take(hid_t group, const char *name, char *to, size_t size)
{
    char *text = NULL;
    to[0] = '\0';
    int got = kl_h5_get_text(group, name, &text);
    if (got == 0)
        (void)snprintf(to, size, "%s", text);
    free(text);
    return got == -2 ? KL_ERR_MEMORY : KL_OK;
}

/* The provenance is for people: a file without it can be used all the same. */
static kl_status read_provenance(kl_result *result, hid_t file)
{
    const struct {
        const char *name;
        char *to;
        size_t size;
    } texts[] = {
        {"command", result->command, sizeof result->command},
        {"created", result->created, sizeof result->created},
        {"host", result->host, sizeof result->host},
        {"compiler", result->compiler, sizeof result->compiler},
        {"precision_asked", result->precision_asked, sizeof result->precision_asked},
        {"precision_reached", result->precision_reached, sizeof result->precision_reached},
        {"shard", result->shard, sizeof result->shard},
    };
    kl_status status = KL_OK;
    result->seconds = NAN;
    if (H5Lexists(file, "provenance", H5P_DEFAULT) <= 0)
        return KL_OK;
    hid_t group = H5Gopen2(file, "provenance", H5P_DEFAULT);
    if (group < 0)
        return KL_OK;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0] && status == KL_OK; i++)
        status = take(group, texts[i].name, texts[i].to, texts[i].size);
    if (kl_h5_get_double(group, "seconds", &result->seconds) < 0)
        result->seconds = NAN;
    (void)kl_h5_close(&group);
    return status;
}

static kl_status read_whole(kl_result *result, handle *opened, const char *path, kl_reason *reason)
{
    kl_marks marks;
    kl_status status = kl_marks_read(opened->file, &marks, reason);
    if (status == KL_OK)
        status = read_study(result, opened->file, path, reason);
    if (status != KL_OK)
        return status;
    /* Another version may write the same study differently, with parameters that it added. */
    if (strcmp(marks.engine_version, KL_VERSION) == 0 && strcmp(marks.study_sha256, result->study.sha256) != 0)
        return kl_reason_set(reason, KL_ERR_FORMAT, "the study in the file does not have the checksum 'study_sha256'");
    status = kl_layout_check(opened->file, &result->study, &marks, reason);
    if (status != KL_OK)
        return status;
    opened->shape = kl_shape_of_study(&result->study);
    result->complete = marks.complete;
    result->n_done = marks.runs_done;
    result->fans_exact = marks.fans_exact;
    (void)snprintf(result->engine_version, sizeof result->engine_version, "%s", marks.engine_version);
    status = read_provenance(result, opened->file);
    return status == KL_OK ? KL_OK : kl_reason_set(reason, status, "%s", kl_status_text(status));
}

/* Put the path in front, where the sentence has none yet. */
static void name_file(kl_reason *reason, const char *path)
{
    kl_reason old;
    if (!reason || strncmp(reason->text, path, strlen(path)) == 0)
        return;
    old = *reason;
    (void)kl_reason_set(reason, KL_OK, "%.200s: %.300s", path, old.text);
}

kl_status kl_result_open(kl_result *result, const char *path, kl_reason *reason)
{
    kl_h5_quiet quiet;
    memset(result, 0, sizeof *result);
    kl_study_init(&result->study);
    handle *opened = malloc(sizeof *opened);
    if (!opened)
        return kl_reason_set(reason, KL_ERR_MEMORY, "%s", kl_status_text(KL_ERR_MEMORY));
    opened->fd = -1;
    opened->driver.id = -1;
    opened->file = -1;
    result->handle = opened;
    kl_h5_quiet_begin(&quiet);
    kl_status status = open_file(opened, path, reason);
    if (status == KL_OK)
        status = read_whole(result, opened, path, reason);
    kl_h5_quiet_end(&quiet);
    if (status != KL_OK) {
        name_file(reason, path);
        kl_result_close(result);
    }
    return status;
}

void kl_result_close(kl_result *result)
{
    kl_h5_quiet quiet;
    handle *opened = result->handle;
    if (opened) {
        kl_h5_quiet_begin(&quiet);
        (void)kl_h5_close(&opened->file);
        kl_driver_free(&opened->driver);
        kl_h5_quiet_end(&quiet);
        if (opened->fd >= 0)
            (void)close(opened->fd);
        free(opened);
    }
    result->handle = NULL;
    kl_study_free(&result->study);
}

hid_t kl_result_file(const kl_result *result)
{
    const handle *opened = result->handle;
    return opened ? opened->file : -1;
}

/* ---- numbers ---- */

static kl_status read_arm(const handle *opened, const kl_variable *variable, int arm, hid_t type, void *value)
{
    hsize_t start[3] = {(hsize_t)arm, 0, 0}, count[3] = {1, 1, 1};
    for (int i = 1; i < variable->n_axes; i++)
        count[i] = opened->shape.size[variable->axis[i]];
    if (H5Lexists(opened->file, variable->name, H5P_DEFAULT) == 0)
        return KL_ERR_NOT_FOUND;
    hid_t dataset = kl_variable_open(opened->file, variable, &opened->shape, NULL);
    if (dataset < 0)
        return KL_ERR_FORMAT;
    int read = kl_h5_read_box(dataset, type, variable->n_axes, start, count, value);
    (void)kl_h5_close(&dataset);
    return read < 0 ? KL_ERR_READ : KL_OK;
}

static kl_status read_quietly(const kl_result *result, const kl_variable *variable, int arm, hid_t type, void *value)
{
    kl_h5_quiet quiet;
    if (!result->handle || arm < 0 || arm >= result->study.n_arms)
        return KL_ERR_ARGUMENT;
    kl_h5_quiet_begin(&quiet);
    kl_status status = read_arm(result->handle, variable, arm, type, value);
    kl_h5_quiet_end(&quiet);
    return status;
}

kl_status kl_result_outcome(const kl_result *result, int arm, kl_outcome_id outcome, double *value)
{
    if ((int)outcome < 0 || outcome >= KL_N_OUTCOMES)
        return KL_ERR_ARGUMENT;
    kl_variable variable = kl_variable_of_outcome(outcome);
    kl_status status = read_quietly(result, &variable, arm, H5T_NATIVE_DOUBLE, value);
    if (status != KL_OK || isnan(variable.fill))
        return status;
    size_t n = (size_t)result->study.n_points * (size_t)result->study.n_replicates;
    for (size_t i = 0; i < n; i++)
        if (value[i] == variable.fill)
            value[i] = NAN;
    return KL_OK;
}

kl_status kl_result_status(const kl_result *result, int arm, int8_t *status)
{
    kl_variable variable = kl_variable_of_status();
    kl_status read = read_quietly(result, &variable, arm, H5T_NATIVE_INT8, status);
    if (read != KL_OK)
        return read;
    size_t n = (size_t)result->study.n_points * (size_t)result->study.n_replicates;
    for (size_t i = 0; i < n; i++)
        if (status[i] < KL_RUN_MISSING || status[i] >= KL_N_RUN_STATUS)
            return KL_ERR_FORMAT; /* callers count statuses in arrays of KL_N_RUN_STATUS */
    return KL_OK;
}

kl_status kl_result_fan(const kl_result *result, int arm, kl_series_id series, double *value, double *mean)
{
    kl_status status = KL_OK;
    if ((int)series < 0 || series >= KL_N_SERIES)
        return KL_ERR_ARGUMENT;
    if (value) {
        kl_variable variable = kl_variable_of_quantiles(series);
        status = read_quietly(result, &variable, arm, H5T_NATIVE_DOUBLE, value);
    }
    if (status == KL_OK && mean) {
        kl_variable variable = kl_variable_of_mean(series);
        status = read_quietly(result, &variable, arm, H5T_NATIVE_DOUBLE, mean);
    }
    return status;
}

/* ---- analyses ---- */

kl_status kl_result_tables(const kl_result *result, int *n, kl_saved_table **table, kl_reason *reason)
{
    kl_h5_quiet quiet;
    const handle *opened = result->handle;
    *n = 0;
    *table = NULL;
    if (!opened)
        return kl_reason_set(reason, KL_ERR_ARGUMENT, "the file is not open");
    kl_h5_quiet_begin(&quiet);
    kl_status status = kl_analysis_read(opened->file, n, table, reason);
    kl_h5_quiet_end(&quiet);
    return status;
}
