/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Result files: what is read is what was written, in whatever order; nothing is lost or overwritten unasked; nothing that
 * is no whole result is taken for one. Blocks are made up here, so that no number depends on the model. */
#define _DEFAULT_SOURCE
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <hdf5.h>

#include "klaster/store.h"

static const char study_text[] = "klaster: 1\n"
                                 "name: tiny\n"
                                 "title: A small study\n"
                                 "seed: 7\n"
                                 "months: 6\n"
                                 "points: 20\n"
                                 "replicates: 3\n"
                                 "mechanism: five-stage\n"
                                 "parameters:\n"
                                 "  fee: {uniform: [0.01, 0.05]}\n"
                                 "  graph: {choice: [small_world, random]}\n"
                                 "  months.pilot: {integer: [2, 4]}\n"
                                 "arms:\n"
                                 "  - name: plain\n"
                                 "    label: \"Без поддержки\"\n"
                                 "  - name: richer\n"
                                 "    parameters:\n"
                                 "      margin: 0.3\n"
                                 "      capex: {uniform: [50000, 60000]}\n"
                                 "output:\n"
                                 "  quantiles: [0.1, 0.5, 0.9]\n";

typedef struct fixture {
    char directory[64], path[96], part[112];
    kl_study study;
    kl_plan plan;
    kl_reason reason;
} fixture;

static void parse(kl_study *study)
{
    kl_diagnostics found;
    kl_status status =
        kl_study_parse(study, study_text, strlen(study_text), KL_SOURCE_DIR "/scenarios/test.yaml", NULL, &found);
    for (int i = 0; i < found.n; i++)
        print_message("%d:%d: %s\n", found.item[i].line, found.item[i].column, found.item[i].text);
    kl_diagnostics_free(&found);
    assert_int_equal(status, KL_OK);
}

static int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    (void)snprintf(f->directory, sizeof f->directory, "/tmp/klaster-store-XXXXXX");
    assert_non_null(mkdtemp(f->directory));
    (void)snprintf(f->path, sizeof f->path, "%s/result.h5", f->directory);
    (void)snprintf(f->part, sizeof f->part, "%s.part", f->path);
    parse(&f->study);
    assert_int_equal(kl_plan_make(&f->plan, &f->study, 1, 0), KL_OK);
    /* blocks that do not fit evenly: 20 = 8 + 8 + 4 points, 3 = 2 + 1 replicates */
    f->plan.block_points = 8;
    f->plan.block_replicates = 2;
    f->plan.n_blocks = 6;
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    (void)unlink(f->path);
    assert_int_equal(rmdir(f->directory), 0); /* nothing else is left behind */
    kl_study_free(&f->study);
    free(f);
    return 0;
}

static int exists(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0;
}

/* ---- made-up runs ---- */

static int8_t made_status(int arm, int world)
{
    return (int8_t)((world + arm) % KL_N_RUN_STATUS);
}

static double made_outcome(int arm, int outcome, int world)
{
    kl_outcome_type type = kl_outcome_info_of((kl_outcome_id)outcome)->type;
    int mixed = (arm * 31 + outcome * 7 + world * 13) % 101;
    if (type == KL_TYPE_MONTH)
        return mixed % 5 == 0 ? -1 : 1 + mixed % 6;
    if (mixed % 9 == 0)
        return NAN;
    if (type == KL_TYPE_COUNT)
        return mixed;
    if (type == KL_TYPE_MONEY)
        return (mixed - 50) * 123456.789012345 + world / 3.0;
    return (mixed - 20) / 97.0;
}

/* As made_outcome, after the rounding and the meaning of "undefined" of a result file. */
static double stored_outcome(int arm, int outcome, int world)
{
    kl_outcome_type type = kl_outcome_info_of((kl_outcome_id)outcome)->type;
    double value = made_outcome(arm, outcome, world);
    if (type == KL_TYPE_MONTH && value == -1)
        return NAN;
    return type == KL_TYPE_SHARE || type == KL_TYPE_RATIO ? (double)(float)value : value;
}

typedef struct made_block {
    kl_block block;
    int8_t *status;
    double *outcome;
    float *series;
} made_block;

static int world_of(const kl_plan *plan, const kl_block *block, int run)
{
    int point = block->point0 + run / block->n_replicates;
    int replicate = block->replicate0 + run % block->n_replicates;
    return point * plan->n_replicates + replicate;
}

static made_block make_block(const kl_plan *plan, int64_t index)
{
    made_block made = {.block = kl_plan_block(plan, index)};
    size_t n = (size_t)made.block.n_runs, arms = (size_t)plan->n_arms, months = (size_t)plan->horizon;
    made.status = malloc(arms * n);
    made.outcome = malloc(arms * KL_N_OUTCOMES * n * sizeof(double));
    made.series = malloc(arms * KL_N_SERIES * months * n * sizeof(float));
    for (size_t arm = 0; arm < arms; arm++) {
        for (size_t r = 0; r < n; r++) {
            int world = world_of(plan, &made.block, (int)r);
            made.status[arm * n + r] = made_status((int)arm, world);
            for (size_t o = 0; o < KL_N_OUTCOMES; o++)
                made.outcome[(arm * KL_N_OUTCOMES + o) * n + r] = made_outcome((int)arm, (int)o, world);
            for (size_t sm = 0; sm < KL_N_SERIES * months; sm++)
                made.series[(arm * KL_N_SERIES * months + sm) * n + r] = (float)((world * 7 + (int)sm) % 61) / 61;
        }
    }
    made.block.status = made.status;
    made.block.outcome = made.outcome;
    made.block.series = made.series;
    return made;
}

static void free_block(made_block *made)
{
    free(made->status);
    free(made->outcome);
    free(made->series);
}

static kl_status sink(kl_store *store, const kl_plan *plan, int64_t index)
{
    made_block made = make_block(plan, index);
    kl_status status = kl_store_sink(store, &made.block);
    free_block(&made);
    return status;
}

static kl_status open_store(fixture *f, kl_store **store, int overwrite)
{
    kl_store_options options = {.overwrite = overwrite, .checkpoint = 1000, .command = "klaster run 100%s.yaml"};
    f->reason.text[0] = '\0';
    return kl_store_new(store, f->path, &f->study, &f->plan, &options, &f->reason);
}

/* Write the blocks first, first + step, ... (modulo their number), `n` of them. */
static void write_result(fixture *f, int first, int step, int n)
{
    kl_store *store = NULL;
    assert_int_equal(open_store(f, &store, 1), KL_OK);
    for (int i = 0; i < n; i++)
        assert_int_equal(sink(store, &f->plan, (first + i * step) % (int)f->plan.n_blocks), KL_OK);
    kl_status status = kl_store_finish(store, 1.5, &f->reason);
    if (status != KL_OK)
        print_message("%s\n", f->reason.text);
    assert_int_equal(status, KL_OK);
    kl_store_free(store);
}

static void assert_same(double a, double b)
{
    if (!(isnan(a) && isnan(b)) && a != b)
        fail_msg("%.17g is not %.17g", a, b);
}

/* ---- writing and reading ---- */

static void what_is_read_is_what_was_written(void **state)
{
    fixture *f = *state;
    kl_result result;
    double value[60];
    int8_t status[60];
    write_result(f, 0, 1, 6);
    assert_false(exists(f->part));
    assert_int_equal(kl_result_open(&result, f->path, &f->reason), KL_OK);
    assert_int_equal(result.complete, 1);
    assert_int_equal(result.n_done, 120);
    assert_int_equal(result.fans_exact, 1);
    assert_string_equal(result.command, "klaster run 100%s.yaml");
    assert_true(result.seconds == 1.5);
    assert_string_equal(result.study.text, study_text);
    assert_string_equal(result.study.sha256, f->study.sha256);
    for (int arm = 0; arm < 2; arm++) {
        assert_int_equal(kl_result_status(&result, arm, status), KL_OK);
        for (int w = 0; w < 60; w++)
            assert_int_equal(status[w], made_status(arm, w));
        for (int o = 0; o < KL_N_OUTCOMES; o++) {
            assert_int_equal(kl_result_outcome(&result, arm, (kl_outcome_id)o, value), KL_OK);
            for (int w = 0; w < 60; w++)
                assert_same(value[w], stored_outcome(arm, o, w));
        }
    }
    kl_result_close(&result);
}

static void fans_are_those_of_the_analysis(void **state)
{
    fixture *f = *state;
    kl_result result;
    kl_fans *fans = NULL;
    double value[18], mean[6];
    write_result(f, 0, 1, 6);
    assert_int_equal(kl_fans_new(&fans, &f->plan), KL_OK);
    for (int64_t b = 0; b < 6; b++) {
        made_block made = make_block(&f->plan, b);
        assert_int_equal(kl_fans_add(fans, &made.block), KL_OK);
        free_block(&made);
    }
    assert_int_equal(kl_result_open(&result, f->path, &f->reason), KL_OK);
    for (int s = 0; s < KL_N_SERIES; s++) {
        int is_money = kl_series_info_of((kl_series_id)s)->scale == KL_SCALE_MONEY;
        assert_int_equal(kl_result_fan(&result, 1, (kl_series_id)s, value, mean), KL_OK);
        for (int m = 0; m < 6; m++) {
            double wanted = kl_fans_mean(fans, 1, (kl_series_id)s, m);
            assert_same(mean[m], is_money ? wanted : (double)(float)wanted);
            for (int q = 0; q < 3; q++) {
                wanted = kl_fans_quantile(fans, 1, (kl_series_id)s, m, f->study.quantile[q]);
                assert_same(value[m * 3 + q], is_money ? wanted : (double)(float)wanted);
            }
        }
    }
    kl_result_close(&result);
    kl_fans_free(fans);
}

/* Every numeric dataset at the root as bytes, one after another in the order of the names. */
typedef struct bytes {
    unsigned char *data;
    size_t n;
    int n_datasets;
} bytes;

static herr_t gather(hid_t file, const char *name, const H5L_info_t *info, void *data)
{
    bytes *all = data;
    (void)info;
    H5O_info_t object;
    assert_true(H5Oget_info_by_name(file, name, &object, H5P_DEFAULT) >= 0);
    if (object.type != H5O_TYPE_DATASET)
        return 0;
    hid_t dataset = H5Dopen2(file, name, H5P_DEFAULT);
    hid_t type = H5Dget_type(dataset), space = H5Dget_space(dataset);
    if (H5Tget_class(type) != H5T_STRING) {
        size_t n = (size_t)H5Sget_simple_extent_npoints(space) * H5Tget_size(type);
        all->data = realloc(all->data, all->n + n);
        assert_true(H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, all->data + all->n) >= 0);
        all->n += n;
        all->n_datasets++;
    }
    (void)H5Sclose(space);
    (void)H5Tclose(type);
    return H5Dclose(dataset);
}

static bytes read_all(const char *path)
{
    bytes all = {NULL, 0, 0};
    hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    assert_true(H5Literate(file, H5_INDEX_NAME, H5_ITER_INC, NULL, gather, &all) >= 0);
    assert_true(H5Fclose(file) >= 0);
    return all;
}

static void the_order_of_blocks_changes_no_byte_of_a_dataset(void **state)
{
    fixture *f = *state;
    write_result(f, 0, 1, 6);
    bytes forward = read_all(f->path);
    assert_true(forward.n_datasets > KL_N_OUTCOMES + 3 * KL_N_SERIES);
    for (int first = 1; first < 6; first += 2) {
        write_result(f, first, 5, 6); /* backwards */
        bytes other = read_all(f->path);
        assert_int_equal(other.n, forward.n);
        assert_memory_equal(other.data, forward.data, forward.n);
        free(other.data);
    }
    free(forward.data);
}

static unsigned char *read_bytes(const char *path, size_t *n)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    *n = (size_t)ftell(file);
    unsigned char *data = malloc(*n + 1);
    rewind(file);
    assert_int_equal(fread(data, 1, *n, file), *n);
    (void)fclose(file);
    return data;
}

static void write_bytes(const char *path, const void *data, size_t n)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, n, file), n);
    assert_int_equal(fclose(file), 0);
}

/* Only the date can differ (and checksums of what holds it). */
static void the_same_study_gives_the_same_file_but_for_its_date(void **state)
{
    fixture *f = *state;
    size_t n = 0, m = 0, different = 0;
    write_result(f, 0, 1, 6);
    unsigned char *first = read_bytes(f->path, &n);
    (void)usleep(1100000); /* another second on the clock */
    write_result(f, 0, 1, 6);
    unsigned char *second = read_bytes(f->path, &m);
    assert_int_equal(n, m);
    for (size_t i = 0; i < n; i++)
        different += first[i] != second[i];
    assert_in_range(different, 1, 20);
    free(first);
    free(second);
}

static void inputs_that_vary_stand_beside_the_outcomes(void **state)
{
    fixture *f = *state;
    double value[40];
    kl_input fee = {.name = "fee", .param = KL_PARAM_fee, .by_arm = 0, .by_point = 1},
             capex = {.name = "capex", .param = KL_PARAM_capex, .by_arm = 1, .by_point = 1},
             pilot = {.name = "months.pilot", .param = -1, .by_arm = 0, .by_point = 1};
    write_result(f, 0, 1, 4); /* also at points that were not played */
    hid_t file = H5Fopen(f->path, H5F_ACC_RDONLY, H5P_DEFAULT);
    hid_t dataset = H5Dopen2(file, "param_fee", H5P_DEFAULT);
    assert_true(H5Dread(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, value) >= 0);
    for (int p = 0; p < 20; p++)
        assert_same(value[p], kl_study_input_value(&f->study, &fee, 0, p));
    (void)H5Dclose(dataset);
    dataset = H5Dopen2(file, "param_capex", H5P_DEFAULT);
    assert_true(H5Dread(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, value) >= 0);
    for (int p = 0; p < 40; p++)
        assert_same(value[p], kl_study_input_value(&f->study, &capex, p / 20, p % 20));
    (void)H5Dclose(dataset);
    dataset = H5Dopen2(file, "param_months_pilot", H5P_DEFAULT);
    assert_true(H5Dread(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, value) >= 0);
    for (int p = 0; p < 20; p++)
        assert_same(value[p], kl_study_input_value(&f->study, &pilot, 0, p));
    (void)H5Dclose(dataset);
    dataset = H5Dopen2(file, "param_margin", H5P_DEFAULT);
    assert_true(H5Dread(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, value) >= 0);
    assert_same(value[1], 0.3);
    (void)H5Dclose(dataset);
    assert_true(H5Lexists(file, "parameters/fee", H5P_DEFAULT) == 0);
    dataset = H5Dopen2(file, "parameters/firms", H5P_DEFAULT);
    assert_true(H5Dread(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, value) >= 0);
    assert_same(value[0], f->study.arm[0].param[KL_PARAM_firms].value[0]);
    (void)H5Dclose(dataset);
    (void)H5Fclose(file);
}

static void an_interrupted_study_is_marked_and_its_missing_runs_are_said(void **state)
{
    fixture *f = *state;
    kl_result result;
    double value[60];
    int8_t status[60];
    int missing = 0;
    write_result(f, 0, 1, 2);
    assert_int_equal(kl_result_open(&result, f->path, &f->reason), KL_OK);
    assert_int_equal(result.complete, 0);
    assert_int_equal(kl_result_status(&result, 0, status), KL_OK);
    assert_int_equal(kl_result_outcome(&result, 0, KL_OUT_month_built, value), KL_OK);
    for (int w = 0; w < 60; w++) {
        missing += status[w] == KL_RUN_MISSING;
        if (status[w] == KL_RUN_MISSING)
            assert_true(isnan(value[w]));
    }
    assert_int_equal(result.n_done, 2 * (60 - missing));
    assert_in_range(missing, 1, 59);
    kl_result_close(&result);
    write_result(f, 0, 1, 0); /* nothing at all */
    assert_int_equal(kl_result_open(&result, f->path, &f->reason), KL_OK);
    assert_int_equal(result.n_done, 0);
    kl_result_close(&result);
}

static void a_block_twice_or_of_another_plan_is_refused(void **state)
{
    fixture *f = *state;
    kl_store *store = NULL;
    assert_int_equal(open_store(f, &store, 0), KL_OK);
    assert_string_equal(kl_store_reason(store), "");
    assert_int_equal(sink(store, &f->plan, 3), KL_OK);
    assert_int_equal(sink(store, &f->plan, 3), KL_ERR_ARGUMENT);
    assert_non_null(strstr(kl_store_reason(store), "block"));
    assert_int_equal(sink(store, &f->plan, 4), KL_ERR_ARGUMENT); /* after a failure nothing is taken */
    assert_int_equal(kl_store_finish(store, 0, &f->reason), KL_ERR_ARGUMENT);
    kl_store_free(store);
    assert_false(exists(f->path));
    assert_false(exists(f->part));
    kl_plan other = f->plan;
    other.n_points++;
    assert_int_equal(kl_store_new(&store, f->path, &f->study, &other, NULL, &f->reason), KL_ERR_ARGUMENT);
    assert_null(store);
}

/* ---- the target ---- */

static void an_existing_file_is_left_alone_unless_told_otherwise(void **state)
{
    fixture *f = *state;
    kl_store *store = NULL;
    struct stat info;
    write_bytes(f->path, "precious", 8);
    assert_int_equal(open_store(f, &store, 0), KL_ERR_EXISTS);
    assert_null(store);
    assert_non_null(strstr(f->reason.text, "exists already"));
    assert_false(exists(f->part));
    assert_int_equal(open_store(f, &store, 1), KL_OK);
    assert_int_equal(sink(store, &f->plan, 0), KL_OK);
    kl_store_free(store); /* given up: the old file stays */
    assert_int_equal(stat(f->path, &info), 0);
    assert_int_equal(info.st_size, 8);
    assert_false(exists(f->part));
}

static void a_file_that_appears_meanwhile_is_left_alone(void **state)
{
    fixture *f = *state;
    kl_store *store = NULL;
    struct stat info;
    assert_int_equal(open_store(f, &store, 0), KL_OK);
    write_bytes(f->path, "precious", 8);
    assert_int_equal(kl_store_finish(store, 0, &f->reason), KL_ERR_EXISTS);
    kl_store_free(store);
    assert_int_equal(stat(f->path, &info), 0);
    assert_int_equal(info.st_size, 8);
}

static void a_target_that_cannot_be_written_is_refused_before_anything_is_computed(void **state)
{
    fixture *f = *state;
    char below[128];
    write_bytes(f->path, "a file", 6);
    (void)snprintf(below, sizeof below, "%s/result.h5", f->path);
    const char *bad[] = {
        "/nonexistent/directory/result.h5", "/dev/null", "/proc/result.h5", f->directory, below, "", "results/"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        kl_store *store = NULL;
        kl_store_options options = {.overwrite = 1, .checkpoint = 1000};
        f->reason.text[0] = '\0';
        assert_int_equal(kl_store_new(&store, bad[i], &f->study, &f->plan, &options, &f->reason), KL_ERR_WRITE);
        assert_null(store);
        assert_true(strlen(f->reason.text) > 10);
    }
}

static void two_writers_of_one_target_do_not_meet(void **state)
{
    fixture *f = *state;
    kl_store *first = NULL, *second = NULL;
    kl_result result;
    assert_int_equal(open_store(f, &first, 0), KL_OK);
    assert_int_equal(open_store(f, &second, 1), KL_ERR_EXISTS);
    assert_non_null(strstr(f->reason.text, "another process is writing"));
    assert_null(second);
    for (int64_t b = 0; b < 6; b++)
        assert_int_equal(sink(first, &f->plan, b), KL_OK);
    assert_int_equal(kl_store_finish(first, 0, &f->reason), KL_OK);
    kl_store_free(first);
    assert_int_equal(kl_result_open(&result, f->path, &f->reason), KL_OK);
    assert_int_equal(result.complete, 1);
    kl_result_close(&result);
}

static void a_leftover_of_a_killed_process_blocks_nobody(void **state)
{
    fixture *f = *state;
    write_bytes(f->part, "half a file", 11);
    write_result(f, 0, 1, 6);
    assert_false(exists(f->part));
}

static void a_symbolic_link_stays_one(void **state)
{
    fixture *f = *state;
    char link_path[128];
    struct stat info;
    (void)snprintf(link_path, sizeof link_path, "%s/link", f->directory);
    write_bytes(f->path, "old", 3);
    assert_int_equal(symlink(f->path, link_path), 0);
    kl_store *store = NULL;
    kl_store_options options = {.overwrite = 1, .checkpoint = 1000};
    assert_int_equal(kl_store_new(&store, link_path, &f->study, &f->plan, &options, &f->reason), KL_OK);
    assert_int_equal(kl_store_finish(store, 0, &f->reason), KL_OK);
    kl_store_free(store);
    assert_int_equal(lstat(link_path, &info), 0);
    assert_true(S_ISLNK(info.st_mode));
    assert_int_equal(stat(f->path, &info), 0);
    assert_true(info.st_size > 3);
    assert_int_equal(unlink(link_path), 0);
}

/* Whatever the size at which the disk is full: an error, no result, no leftover. */
static void a_full_disk_is_an_error_and_leaves_nothing(void **state)
{
    fixture *f = *state;
    struct rlimit old, limit;
    size_t whole = 0;
    write_result(f, 0, 1, 6);
    free(read_bytes(f->path, &whole));
    write_bytes(f->path, "precious", 8);
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    for (size_t step = 0; step < 40; step++) {
        kl_store *store = NULL;
        limit = old;
        limit.rlim_cur = whole * step / 40;
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
        kl_status status = open_store(f, &store, 1);
        for (int64_t b = 0; status == KL_OK && b < 6; b++)
            status = sink(store, &f->plan, b);
        if (status == KL_OK)
            status = kl_store_finish(store, 0, &f->reason);
        if (store && kl_store_reason(store)[0])
            (void)snprintf(f->reason.text, sizeof f->reason.text, "%s", kl_store_reason(store));
        kl_store_free(store);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
        assert_int_equal(status, KL_ERR_WRITE);
        assert_non_null(strstr(f->reason.text, "File too large"));
        assert_false(exists(f->part));
        assert_int_equal(H5Fget_obj_count((hid_t)H5F_OBJ_ALL, H5F_OBJ_ALL), 0); /* HDF5 let go of the file */
    }
    struct stat info;
    assert_int_equal(stat(f->path, &info), 0);
    assert_int_equal(info.st_size, 8);
    write_result(f, 0, 1, 6); /* and HDF5 is still in its right mind */
}

/* ---- what is no result ---- */

static void assert_refused(fixture *f, kl_status wanted, const char *word)
{
    kl_result result;
    f->reason.text[0] = '\0';
    kl_status status = kl_result_open(&result, f->path, &f->reason);
    if (status != wanted || !strstr(f->reason.text, word))
        fail_msg("%s instead of %s: '%s' lacks '%s'", kl_status_name(status), kl_status_name(wanted), f->reason.text,
                 word);
    assert_non_null(strstr(f->reason.text, f->path));
    kl_result_close(&result);
}

static void what_is_no_hdf5_file_is_refused(void **state)
{
    fixture *f = *state;
    assert_refused(f, KL_ERR_NOT_FOUND, "No such file");
    write_bytes(f->path, "", 0);
    assert_refused(f, KL_ERR_FORMAT, "no HDF5 file");
    write_bytes(f->path, "name: a study, not a result\n", 28);
    assert_refused(f, KL_ERR_FORMAT, "no HDF5 file");
    (void)unlink(f->path);
    assert_int_equal(mkdir(f->path, 0777), 0);
    assert_refused(f, KL_ERR_READ, "no regular file");
    assert_int_equal(rmdir(f->path), 0);
}

static void a_file_cut_short_anywhere_is_refused(void **state)
{
    fixture *f = *state;
    size_t n = 0;
    write_result(f, 0, 1, 6);
    unsigned char *data = read_bytes(f->path, &n);
    for (size_t step = 1; step < 50; step++) {
        write_bytes(f->path, data, n * step / 50);
        assert_refused(f, KL_ERR_FORMAT, "");
    }
    free(data);
}

/* One change to a good file, and the word that the sentence must have. */
typedef struct damage {
    const char *delete_link, *delete_attribute, *word;
} damage;

static hid_t open_for_damage(fixture *f)
{
    write_result(f, 0, 1, 6);
    hid_t file = H5Fopen(f->path, H5F_ACC_RDWR, H5P_DEFAULT);
    assert_true(file >= 0);
    return file;
}

static void what_is_missing_is_named(void **state)
{
    fixture *f = *state;
    static const damage damages[] = {
        {NULL, "filetype", "filetype"},
        {NULL, "format_version", "format_version"},
        {NULL, "engine_version", "engine_version"},
        {NULL, "study_sha256", "study_sha256"},
        {NULL, "complete", "complete"},
        {NULL, "runs_done", "runs_done"},
        {NULL, "fans", "did not finish"},
        {"study", NULL, "'study'"},
        {"study/resolved", NULL, "resolved"},
        {"arm", NULL, "'arm'"},
        {"point", NULL, "'point'"},
        {"replicate", NULL, "'replicate'"},
        {"month", NULL, "'month'"},
        {"quantile", NULL, "'quantile'"},
        {"status", NULL, "'status'"},
        {"saving_joint", NULL, "'saving_joint'"},
        {"trust_q", NULL, "'trust_q'"},
        {"account_mean", NULL, "'account_mean'"},
        {"usage_defined", NULL, "'usage_defined'"},
    };
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        hid_t file = open_for_damage(f);
        if (damages[i].delete_link)
            assert_true(H5Ldelete(file, damages[i].delete_link, H5P_DEFAULT) >= 0);
        else
            assert_true(H5Adelete(file, damages[i].delete_attribute) >= 0);
        assert_true(H5Fclose(file) >= 0);
        assert_refused(f, KL_ERR_FORMAT, damages[i].word);
    }
}

static void replace(hid_t file, const char *name, hid_t type, int rank, hsize_t a, hsize_t b, hsize_t c)
{
    hsize_t size[3] = {a, b, c};
    assert_true(H5Ldelete(file, name, H5P_DEFAULT) >= 0);
    hid_t space = H5Screate_simple(rank, size, NULL);
    hid_t dataset = H5Dcreate2(file, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(dataset >= 0);
    (void)H5Dclose(dataset);
    (void)H5Sclose(space);
}

static void a_dataset_of_another_type_or_size_is_refused(void **state)
{
    fixture *f = *state;
    hid_t file = open_for_damage(f);
    replace(file, "saving_joint", H5T_IEEE_F64LE, 3, 2, 20, 3);
    (void)H5Fclose(file);
    assert_refused(f, KL_ERR_FORMAT, "'saving_joint' is of another type");
    file = open_for_damage(f);
    replace(file, "status", H5T_STD_I8LE, 3, 2, 19, 3); /* smaller than a caller's array is no danger; this is */
    (void)H5Fclose(file);
    assert_refused(f, KL_ERR_FORMAT, "'status' has other dimensions");
    file = open_for_damage(f);
    replace(file, "status", H5T_STD_I8LE, 2, 2, 60, 1);
    (void)H5Fclose(file);
    assert_refused(f, KL_ERR_FORMAT, "'status' has other dimensions");
    file = open_for_damage(f);
    replace(file, "point", H5T_STD_I32LE, 1, 20, 1, 1); /* no dimension scale */
    (void)H5Fclose(file);
    assert_refused(f, KL_ERR_FORMAT, "'point'");
}

static void set_number(hid_t file, const char *name, int value)
{
    hid_t attribute = H5Aopen(file, name, H5P_DEFAULT);
    assert_true(H5Awrite(attribute, H5T_NATIVE_INT, &value) >= 0);
    (void)H5Aclose(attribute);
}

static void set_text(hid_t object, const char *text)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    (void)H5Tset_size(type, H5T_VARIABLE);
    (void)H5Tset_cset(type, H5T_CSET_UTF8);
    if (H5Iget_type(object) == H5I_ATTR)
        assert_true(H5Awrite(object, type, &text) >= 0);
    else
        assert_true(H5Dwrite(object, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, &text) >= 0);
    (void)H5Tclose(type);
}

static void a_file_that_contradicts_itself_is_refused(void **state)
{
    fixture *f = *state;
    hid_t file = open_for_damage(f);
    set_number(file, "format_version", KL_FORMAT_VERSION + 1);
    (void)H5Fclose(file);
    assert_refused(f, KL_ERR_FORMAT, "format version");
    file = open_for_damage(f);
    set_number(file, "runs_done", 119);
    (void)H5Fclose(file);
    assert_refused(f, KL_ERR_FORMAT, "contradict");
    file = open_for_damage(f);
    hid_t attribute = H5Aopen(file, "study_sha256", H5P_DEFAULT);
    set_text(attribute, "0123");
    (void)H5Aclose(attribute);
    (void)H5Fclose(file);
    assert_refused(f, KL_ERR_FORMAT, "checksum");
    file = open_for_damage(f);
    hid_t resolved = H5Dopen2(file, "study/resolved", H5P_DEFAULT);
    set_text(resolved, "{\"klaster\": 1, \"poinds\": 3}");
    (void)H5Dclose(resolved);
    (void)H5Fclose(file);
    assert_refused(f, KL_ERR_FORMAT, "study in the file cannot be read");
}

/* A later version may add outcomes; files of the version before can be read all the same. */
static void a_file_of_another_engine_may_lack_an_outcome(void **state)
{
    fixture *f = *state;
    kl_result result;
    double value[60];
    hid_t file = open_for_damage(f);
    hid_t attribute = H5Aopen(file, "engine_version", H5P_DEFAULT);
    set_text(attribute, "0.0.1");
    (void)H5Aclose(attribute);
    assert_true(H5Ldelete(file, "gini", H5P_DEFAULT) >= 0);
    (void)H5Fclose(file);
    assert_int_equal(kl_result_open(&result, f->path, &f->reason), KL_OK);
    assert_string_equal(result.engine_version, "0.0.1");
    assert_int_equal(kl_result_outcome(&result, 0, KL_OUT_gini, value), KL_ERR_NOT_FOUND);
    assert_int_equal(kl_result_outcome(&result, 0, KL_OUT_bcr, value), KL_OK);
    kl_result_close(&result);
}

static void a_foreign_hdf5_file_is_refused(void **state)
{
    fixture *f = *state;
    hid_t file = H5Fcreate(f->path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    (void)H5Fclose(file);
    assert_refused(f, KL_ERR_FORMAT, "not one of klaster");
}

static void a_flipped_bit_in_the_numbers_is_noticed(void **state)
{
    fixture *f = *state;
    kl_result result;
    double value[60];
    haddr_t address = 0;
    hsize_t size = 0, chunk[3] = {0, 0, 0};
    size_t n = 0;
    write_result(f, 0, 1, 6);
    hid_t file = H5Fopen(f->path, H5F_ACC_RDONLY, H5P_DEFAULT);
    hid_t dataset = H5Dopen2(file, "npv_social", H5P_DEFAULT);
    assert_true(H5Dget_chunk_info_by_coord(dataset, chunk, NULL, &address, &size) >= 0);
    (void)H5Dclose(dataset);
    (void)H5Fclose(file);
    unsigned char *data = read_bytes(f->path, &n);
    data[address + size / 2] ^= 8;
    write_bytes(f->path, data, n);
    free(data);
    assert_int_equal(kl_result_open(&result, f->path, &f->reason), KL_OK);
    assert_int_equal(kl_result_outcome(&result, 0, KL_OUT_bcr, value), KL_OK);
    assert_int_equal(kl_result_outcome(&result, 0, KL_OUT_npv_social, value), KL_ERR_READ);
    kl_result_close(&result);
}

static void arguments_outside_their_domain_are_refused(void **state)
{
    fixture *f = *state;
    kl_result result;
    double value[60];
    int8_t status[60];
    write_result(f, 0, 1, 6);
    assert_int_equal(kl_result_open(&result, f->path, &f->reason), KL_OK);
    assert_int_equal(kl_result_outcome(&result, 2, KL_OUT_bcr, value), KL_ERR_ARGUMENT);
    assert_int_equal(kl_result_outcome(&result, -1, KL_OUT_bcr, value), KL_ERR_ARGUMENT);
    assert_int_equal(kl_result_outcome(&result, 0, KL_N_OUTCOMES, value), KL_ERR_ARGUMENT);
    assert_int_equal(kl_result_status(&result, 7, status), KL_ERR_ARGUMENT);
    assert_int_equal(kl_result_fan(&result, 0, KL_N_SERIES, value, NULL), KL_ERR_ARGUMENT);
    assert_int_equal(kl_result_fan(&result, 0, KL_SER_trust, NULL, NULL), KL_OK);
    kl_result_close(&result);
    kl_result_close(&result);
    assert_int_equal(kl_result_status(&result, 0, status), KL_ERR_ARGUMENT);
    kl_store_free(NULL);
}

/* The caller's own handler must survive, and must not hear of what klaster handled. */
static herr_t count_errors(hid_t stack, void *data)
{
    (void)stack;
    ++*(int *)data;
    return 0;
}

static void the_callers_error_handler_is_left_as_it_was(void **state)
{
    fixture *f = *state;
    int n = 0;
    H5E_auto2_t old;
    void *old_data;
    assert_true(H5Eget_auto2(H5E_DEFAULT, &old, &old_data) >= 0);
    assert_true(H5Eset_auto2(H5E_DEFAULT, count_errors, &n) >= 0);
    write_bytes(f->path, "\x89HDF\r\n\x1a\nrubbish", 15);
    assert_refused(f, KL_ERR_FORMAT, "damaged");
    assert_int_equal(n, 0);
    assert_true(H5Fopen("/nonexistent", H5F_ACC_RDONLY, H5P_DEFAULT) < 0);
    assert_true(n > 0);
    assert_true(H5Eset_auto2(H5E_DEFAULT, old, old_data) >= 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_read_is_what_was_written),
        TEST(fans_are_those_of_the_analysis),
        TEST(the_order_of_blocks_changes_no_byte_of_a_dataset),
        TEST(the_same_study_gives_the_same_file_but_for_its_date),
        TEST(inputs_that_vary_stand_beside_the_outcomes),
        TEST(an_interrupted_study_is_marked_and_its_missing_runs_are_said),
        TEST(a_block_twice_or_of_another_plan_is_refused),
        TEST(an_existing_file_is_left_alone_unless_told_otherwise),
        TEST(a_file_that_appears_meanwhile_is_left_alone),
        TEST(a_target_that_cannot_be_written_is_refused_before_anything_is_computed),
        TEST(two_writers_of_one_target_do_not_meet),
        TEST(a_leftover_of_a_killed_process_blocks_nobody),
        TEST(a_symbolic_link_stays_one),
        TEST(a_full_disk_is_an_error_and_leaves_nothing),
        TEST(what_is_no_hdf5_file_is_refused),
        TEST(a_file_cut_short_anywhere_is_refused),
        TEST(what_is_missing_is_named),
        TEST(a_dataset_of_another_type_or_size_is_refused),
        TEST(a_file_that_contradicts_itself_is_refused),
        TEST(a_file_of_another_engine_may_lack_an_outcome),
        TEST(a_foreign_hdf5_file_is_refused),
        TEST(a_flipped_bit_in_the_numbers_is_noticed),
        TEST(arguments_outside_their_domain_are_refused),
        TEST(the_callers_error_handler_is_left_as_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
