/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Root attributes, /study and /provenance. */
#define _DEFAULT_SOURCE /* gethostname */
#include "store/marks.h"

#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "klaster/version.h"

#define FILETYPE "klaster result"
#define GENERATOR "threefry4x32-20"

static const char fans_exact_text[] = "none: quantiles over all worlds, type 7 of Hyndman & Fan (1996)";
static const char fans_sketch_text[] =
    "quantiles from histograms: error at most " KL_FAN_SKETCH_ERROR ". Means are exact.";

/* ---- writing ---- */

/* The texts can be long, and would flood every listing of attributes: they are datasets in a group of their own. */
/* How points stand to each other; what they are made from is in the study. */
static int put_design(hid_t file, const kl_design *design)
{
    if (kl_h5_put_text(file, "design", kl_design_kind_word(design->kind)) < 0)
        return -1;
    if (design->n_rows < 1)
        return 0; /* a study made by hand */
    if (kl_h5_put_int(file, "design_rows", H5T_STD_I32LE, design->n_rows) < 0 ||
        kl_h5_put_int(file, "design_row_size", H5T_STD_I32LE, design->row_size) < 0)
        return -1;
    size_t size = (size_t)design->n_factors * (KL_DESIGN_NAME_SIZE + 1) + 1, at = 0;
    char *names = calloc(1, size);
    if (!names)
        return -1;
    for (int f = 0; f < design->n_factors; f++)
        at += (size_t)snprintf(names + at, size - at, "%s%s", f ? "," : "", design->input[design->factor[f]].name);
    int result = design->n_factors > 0 ? kl_h5_put_text(file, "design_factors", names) : 0;
    free(names);
    return result;
}

static int put_study(hid_t file, const kl_study *study)
{
    hid_t group = kl_h5_create_group(file, "study");
    int result = group < 0 ? -1 : 0;
    if (result >= 0)
        result = kl_h5_put_text_dataset(group, "text", study->text);
    if (result >= 0)
        result = kl_h5_put_text_dataset(group, "resolved", study->resolved);
    if (kl_h5_close(&group) < 0)
        result = -1;
    return result;
}

int kl_marks_create(hid_t file, const kl_study *study)
{
    const struct {
        const char *name, *text;
    } texts[] = {
        {"Conventions", "CF-1.10"},     {"title", study->title},           {"filetype", FILETYPE},
        {"engine_version", KL_VERSION}, {"source", "klaster " KL_VERSION}, {"generator", GENERATOR},
        {"study", study->name},         {"summary", study->description},   {"study_sha256", study->sha256},
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (kl_h5_put_text(file, texts[i].name, texts[i].text) < 0)
            return -1;
    if (kl_h5_put_int(file, "format_version", H5T_STD_I32LE, KL_FORMAT_VERSION) < 0 ||
        kl_h5_put_int(file, "seed", H5T_STD_I64LE, (int64_t)study->seed) < 0 ||
        kl_h5_put_int(file, "complete", H5T_STD_I8LE, 0) < 0 || kl_h5_put_int(file, "runs_done", H5T_STD_I64LE, 0) < 0)
        return -1;
    return put_design(file, &study->design) < 0 ? -1 : put_study(file, study);
}

int kl_marks_finish(hid_t file, int complete, int64_t runs_done, int fans_exact)
{
    if (kl_h5_set_int(file, "complete", complete) < 0 || kl_h5_set_int(file, "runs_done", runs_done) < 0)
        return -1;
    if (kl_h5_put_text(file, "fans", fans_exact ? "exact" : "sketch") < 0)
        return -1;
    return kl_h5_put_text(file, "fans_error", fans_exact ? fans_exact_text : fans_sketch_text);
}

static void describe_host(char *host, size_t host_size, char *system, size_t system_size, char *now, size_t now_size)
{
    struct utsname names;
    struct tm utc;
    time_t seconds = time(NULL);
    if (gethostname(host, host_size) != 0)
        host[0] = '\0';
    host[host_size - 1] = '\0';
    system[0] = '\0';
    if (uname(&names) >= 0)
        (void)snprintf(system, system_size, "%s %s %s", names.sysname, names.release, names.machine);
    if (!gmtime_r(&seconds, &utc) || strftime(now, now_size, "%Y-%m-%dT%H:%M:%SZ", &utc) == 0)
        now[0] = '\0';
}

int kl_provenance_create(hid_t file, const kl_study *study, const char *command, int n_threads, double seconds)
{
    char host[128], machine[256], created[64], hdf5[64];
    unsigned major = 0, minor = 0, release = 0;
    describe_host(host, sizeof host, machine, sizeof machine, created, sizeof created);
    if (H5get_libversion(&major, &minor, &release) < 0)
        return -1;
    (void)snprintf(hdf5, sizeof hdf5, "%u.%u.%u", major, minor, release);
    const struct {
        const char *name, *text;
    } texts[] = {
        {"created", created}, {"command", command},      {"study_file", study->path}, {"host", host},
        {"system", machine},  {"compiler", KL_COMPILER}, {"build", KL_BUILD},         {"hdf5_version", hdf5},
    };
    hid_t group = kl_h5_create_group(file, "provenance");
    int result = group < 0 ? -1 : 0;
    for (size_t i = 0; result >= 0 && i < sizeof texts / sizeof texts[0]; i++)
        result = kl_h5_put_text(group, texts[i].name, texts[i].text);
    if (result >= 0)
        result = kl_h5_put_int(group, "n_threads", H5T_STD_I32LE, n_threads);
    if (result >= 0)
        result = kl_h5_put_numbers(group, "seconds", H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, 1, &seconds);
    if (kl_h5_close(&group) < 0)
        result = -1;
    return result < 0 ? -1 : 0;
}

/* ---- reading ---- */

static int read_text(hid_t file, const char *name, char *to, size_t size)
{
    char *text = NULL;
    if (kl_h5_get_text(file, name, &text) < 0)
        return -1;
    (void)snprintf(to, size, "%s", text);
    free(text);
    return 0;
}

static kl_status lacks(kl_reason *reason, const char *name)
{
    return kl_reason_set(reason, KL_ERR_FORMAT, "the attribute '%s' is missing or of another type", name);
}

static kl_status check_kind(hid_t file, kl_reason *reason)
{
    char filetype[64];
    int64_t version = 0;
    if (read_text(file, "filetype", filetype, sizeof filetype) < 0 || strcmp(filetype, FILETYPE) != 0)
        return kl_reason_set(reason, KL_ERR_FORMAT,
                             "an HDF5 file, but not one of klaster: the attribute 'filetype' is not '" FILETYPE "'");
    if (kl_h5_get_int(file, "format_version", &version) < 0)
        return lacks(reason, "format_version");
    if (version != KL_FORMAT_VERSION)
        return kl_reason_set(reason, KL_ERR_FORMAT, "format version %lld; this klaster reads version %d",
                             (long long)version, KL_FORMAT_VERSION);
    return KL_OK;
}

kl_status kl_marks_read(hid_t file, kl_marks *marks, kl_reason *reason)
{
    char fans[16];
    int64_t complete = 0;
    memset(marks, 0, sizeof *marks);
    kl_status status = check_kind(file, reason);
    if (status != KL_OK)
        return status;
    if (read_text(file, "engine_version", marks->engine_version, sizeof marks->engine_version) < 0)
        return lacks(reason, "engine_version");
    if (read_text(file, "study_sha256", marks->study_sha256, sizeof marks->study_sha256) < 0)
        return lacks(reason, "study_sha256");
    if (kl_h5_get_int(file, "complete", &complete) < 0)
        return lacks(reason, "complete");
    if (kl_h5_get_int(file, "runs_done", &marks->runs_done) < 0)
        return lacks(reason, "runs_done");
    if (read_text(file, "fans", fans, sizeof fans) < 0)
        return kl_reason_set(reason, KL_ERR_FORMAT,
                             "the attribute 'fans' is missing: the program that wrote the file did not finish");
    marks->complete = complete == 1;
    marks->fans_exact = strcmp(fans, "exact") == 0;
    return KL_OK;
}

static kl_status check_variable(hid_t file, kl_variable variable, const kl_shape *shape, int may_lack,
                                kl_reason *reason)
{
    if (may_lack && H5Lexists(file, variable.name, H5P_DEFAULT) == 0)
        return KL_OK;
    hid_t dataset = kl_variable_open(file, &variable, shape, reason);
    if (dataset < 0)
        return KL_ERR_FORMAT;
    (void)kl_h5_close(&dataset);
    return KL_OK;
}

kl_status kl_layout_check(hid_t file, const kl_study *study, const kl_marks *marks, kl_reason *reason)
{
    kl_shape shape = kl_shape_of_study(study);
    int other = strcmp(marks->engine_version, KL_VERSION) != 0;
    int64_t n_runs = (int64_t)study->n_arms * study->n_points * study->n_replicates;
    if (marks->runs_done < 0 || marks->runs_done > n_runs || marks->complete != (marks->runs_done == n_runs))
        return kl_reason_set(reason, KL_ERR_FORMAT, "the attributes 'complete' and 'runs_done' contradict the study");
    kl_status status = kl_scales_check(file, study, &shape, reason);
    if (status == KL_OK)
        status = check_variable(file, kl_variable_of_status(), &shape, 0, reason);
    for (int o = 0; status == KL_OK && o < KL_N_OUTCOMES; o++)
        status = check_variable(file, kl_variable_of_outcome((kl_outcome_id)o), &shape, other, reason);
    for (int s = 0; status == KL_OK && s < KL_N_SERIES; s++) {
        status = check_variable(file, kl_variable_of_quantiles((kl_series_id)s), &shape, other, reason);
        if (status == KL_OK)
            status = check_variable(file, kl_variable_of_mean((kl_series_id)s), &shape, other, reason);
        if (status == KL_OK)
            status = check_variable(file, kl_variable_of_defined((kl_series_id)s), &shape, other, reason);
    }
    return status;
}
