/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * klaster verify: a sound file is called sound, and whatever is changed in one is found, or changes no number. */
#define _DEFAULT_SOURCE 1 /* mkdtemp under -std=c11 */
#include "cli_shell.h"

#include <math.h>

#include <hdf5.h>
#include <hdf5_hl.h>

#include "klaster/klaster.h"

static const char study[] =
    "klaster: 1\nname: small\nseed: 7\nmonths: 20\npoints: 10\nreplicates: 3\nuncertainty: default\n"
    "parameters: {firms: 8}\narms:\n  - name: base\n  - name: aided\n"
    "    parameters: {opex_support: 0.5, wave_order: size}\n";
#define N_RUNS 60
#define FLIPS 24

static int prepare(void **state)
{
    return enter_with(state, "small.yaml", study,
                      "klaster run small.yaml -o small.h5 -q && klaster compare small.h5 >/dev/null");
}

/* ---- sound ---- */

static void a_fresh_file_is_sound_and_all_its_runs_play_again(void **state)
{
    (void)state;
    expect("klaster verify small.h5", 0, "small.h5: sound: 60 runs", "");
    expect("klaster verify small.h5 --replay 1000", 0, "60 played again", "");
    expect("klaster verify small.h5 --replay 7", 0, ", 7 played again", "");
    json_t *json = json_of("klaster verify small.h5 small.h5 --replay 3 --json");
    json_t *file = json_array_get(json_object_get(json, "files"), 1);
    assert_string_equal(json_string_value(json_object_get(file, "verdict")), "sound");
    assert_int_equal(json_integer_value(json_object_get(file, "runs")), N_RUNS);
    assert_int_equal(json_integer_value(json_object_get(file, "replayed")), 3);
    json_decref(json);
}

static void every_design_and_an_input_that_goes_with_the_mechanism_are_sound(void **state)
{
    (void)state;
    static const char *const more[] = {
        "design: sobol", "design: latin_hypercube", "design: {kind: morris, trajectories: 2}",
        "design: {kind: factorial, factors: {fee: [0.01, 0.05], graph: [random, complete]}}",
        "mechanism: {choice: [five-stage, big-bang]}"};
    for (size_t i = 0; i < sizeof more / sizeof more[0]; i++) {
        char line[400];
        snprintf(line, sizeof line,
                 "{ grep -v '%s' small.yaml; echo '%s'; } >more.yaml; klaster run more.yaml -f -o more.h5 -q 2>&1 && "
                 "klaster verify more.h5 --replay 10",
                 strstr(more[i], "kind: morris") ? "points:" : "^$", more[i]);
        expect(line, 0, "more.h5: sound", "");
    }
}

/* ---- not whole ---- */

typedef struct some {
    kl_store *store;
    int left;
} some;

static kl_status take_some(void *data, const kl_block *block)
{
    some *s = data;
    return s->left-- > 0 ? kl_store_sink(s->store, block) : KL_ERR_STOPPED;
}

/* The first blocks of a study of several. */
static void write_some(const char *path, const char *text, int n_blocks)
{
    kl_study s;
    kl_diagnostics found;
    kl_plan plan;
    kl_reason reason = {""};
    some part = {NULL, n_blocks};
    kl_engine_options options = {.sink = take_some, .data = &part};
    assert_int_equal(kl_study_parse(&s, text, strlen(text), "test.yaml", NULL, &found), KL_OK);
    kl_diagnostics_free(&found);
    assert_int_equal(kl_plan_make(&plan, &s, 1, 0), KL_OK);
    assert_true(plan.n_blocks > n_blocks);
    assert_int_equal(kl_store_new(&part.store, path, &s, &plan, NULL, &reason), KL_OK);
    assert_int_equal(kl_engine_run(&s, &plan, &options), KL_ERR_STOPPED);
    assert_int_equal(kl_store_finish(part.store, 1, &reason), KL_OK);
    kl_store_free(part.store);
    kl_study_free(&s);
}

static void an_interrupted_file_is_incomplete_unless_that_is_said_to_be_fine(void **state)
{
    (void)state;
    write_some("some.h5", "klaster: 1\nmonths: 12\npoints: 30000\nparameters: {firms: 8}\n", 2);
    expect("klaster verify some.h5", 1, "some.h5: incomplete", "not sound and complete");
    expect("klaster verify some.h5", 1, "of 30,000 runs", "not sound and complete");
    expect("klaster verify some.h5 --partial --replay 5", 0, "some.h5: sound", "");
    expect("klaster verify small.h5 some.h5", 1, "small.h5: sound", "not sound and complete");
}

/* A run that is killed in the midst leaves one. */
static void the_journal_of_a_killed_run_is_looked_through(void **state)
{
    (void)state;
    expect("'" KL_PROGRAM "' run small.yaml -n 300000 -o killed.h5 --checkpoint 0 -q & pid=$!; "
           "until [ -s killed.h5.journal ] && [ $(stat -c %s killed.h5.journal) -gt 2000000 ]; do sleep 0.02; done; "
           "kill -9 $pid; wait; true",
           0, NULL, NULL);
    expect("klaster verify killed.h5.journal", 0, "sound: a journal of ", "");
    expect("head -c -100 killed.h5.journal >torn.journal; klaster verify torn.journal", 0, "were cut off", "");
    expect("printf '\\377\\001\\377\\001' | dd of=killed.h5.journal bs=1 seek=5000 conv=notrunc 2>/dev/null; "
           "klaster verify killed.h5.journal",
           1, "damaged: a journal", NULL);
    json_t *json = json_of("klaster verify torn.journal --json");
    json_t *file = json_array_get(json_object_get(json, "files"), 0);
    assert_true(json_integer_value(json_object_get(file, "commits")) > 0);
    json_decref(json);
}

static void what_is_no_result_file_is_said(void **state)
{
    (void)state;
    expect("klaster verify nothing.h5", 3, "nothing.h5: unreadable\n  No such file", "not sound and complete");
    expect("klaster verify small.yaml", 1, "small.yaml: damaged", "not sound and complete");
    expect("head -c 5000 small.h5 >cut.h5; klaster verify cut.h5", 1, "cut.h5: damaged", NULL);
    expect("klaster verify . small.h5", 3, "small.h5: sound", "not sound and complete");
    expect("klaster verify", 2, "", "FILE... is missing");
}

/* ---- changed ---- */

static void set_number(hid_t file, const char *name, int n, const hsize_t *at, double value)
{
    hsize_t one[3] = {1, 1, 1};
    hid_t dataset = H5Dopen2(file, name, H5P_DEFAULT), space = H5Dget_space(dataset);
    hid_t memory = H5Screate_simple(n, one, NULL);
    assert_true(H5Sselect_hyperslab(space, H5S_SELECT_SET, at, NULL, one, NULL) >= 0);
    assert_true(H5Dwrite(dataset, H5T_NATIVE_DOUBLE, memory, space, H5P_DEFAULT, &value) >= 0);
    H5Sclose(memory);
    H5Sclose(space);
    H5Dclose(dataset);
}

static void set_attribute(hid_t file, const char *name, int64_t value)
{
    hid_t attribute = H5Aopen(file, name, H5P_DEFAULT);
    assert_true(H5Awrite(attribute, H5T_NATIVE_INT64, &value) >= 0);
    H5Aclose(attribute);
}

static const hsize_t run[3] = {1, 4, 2};

static void change_runs_done(hid_t file)
{
    set_attribute(file, "complete", 0);
    set_attribute(file, "runs_done", N_RUNS - 1);
}

static void change_seed(hid_t file)
{
    set_attribute(file, "seed", 8);
}

static void change_status_to_failed(hid_t file)
{
    set_number(file, "status", 3, run, KL_RUN_FAILED);
}

static void change_status_to_nothing_known(hid_t file)
{
    set_number(file, "status", 3, run, 77);
}

static void change_status_to_missing(hid_t file)
{
    set_number(file, "status", 3, run, KL_RUN_MISSING);
}

static void change_mean(hid_t file)
{
    set_number(file, "brand_mean", 2, run, NAN);
}

static void change_quantile(hid_t file)
{
    set_number(file, "brand_q", 3, run, 1.5);
}

static void change_defined(hid_t file)
{
    set_number(file, "usage_defined", 2, run, 31);
}

static void change_members_defined(hid_t file)
{
    set_number(file, "members_defined", 2, run, 29);
}

static void change_input(hid_t file)
{
    hsize_t last = 9;
    set_number(file, "param_margin", 1, &last, 0.2);
}

/* The same numbers, without filters; or the same dataset, without numbers. */
static void put_anew(hid_t file, const char *name, int with_filters)
{
    double value[N_RUNS];
    hsize_t size[3] = {2, 10, 3};
    hid_t old = H5Dopen2(file, name, H5P_DEFAULT), type = H5Dget_type(old), create = H5Dget_create_plist(old);
    assert_true(H5Dread(old, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, value) >= 0);
    H5Dclose(old);
    assert_true(H5Ldelete(file, name, H5P_DEFAULT) >= 0);
    hid_t space = H5Screate_simple(3, size, NULL);
    hid_t made = H5Dcreate2(file, name, type, space, H5P_DEFAULT, with_filters ? create : H5P_DEFAULT, H5P_DEFAULT);
    assert_true(made >= 0);
    if (!with_filters)
        assert_true(H5Dwrite(made, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, value) >= 0);
    H5Dclose(made);
    H5Sclose(space);
    H5Pclose(create);
    H5Tclose(type);
}

static void drop_checksums(hid_t file)
{
    put_anew(file, "npv_social", 0);
}

static void drop_chunks(hid_t file)
{
    put_anew(file, "npv_social", 1);
}

static void drop_scale(hid_t file)
{
    hid_t dataset = H5Dopen2(file, "bcr", H5P_DEFAULT), scale = H5Dopen2(file, "point", H5P_DEFAULT);
    assert_true(H5DSdetach_scale(dataset, scale, 1) >= 0);
    H5Dclose(scale);
    H5Dclose(dataset);
}

static void change_constant(hid_t file)
{
    double value = 0.5;
    hid_t dataset = H5Dopen2(file, "parameters/brand_decay", H5P_DEFAULT);
    assert_true(H5Dwrite(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, &value) >= 0);
    H5Dclose(dataset);
}

static void drop_units(hid_t file)
{
    assert_true(H5Adelete_by_name(file, "npv_social", "units", H5P_DEFAULT) >= 0);
}

static void drop_column(hid_t file)
{
    assert_true(H5Ldelete(file, "analysis/options/row", H5P_DEFAULT) >= 0);
}

static const struct {
    void (*change)(hid_t file);
    const char *sentence;
} changes[] = {
    {change_runs_done, "'runs_done' is 59, but 'status' has 60 runs"},
    {change_seed, "'seed' is 8, but the study in the file says 7"},
    {change_status_to_failed,
     "has a value although the run is missing or failed in 1 run, first in arm 'aided', point 4, "
     "replicate 2"},
    {change_status_to_nothing_known, "'status' is a number that is no status in 1 run"},
    {change_status_to_missing, "'runs_done' is 60, but 'status' has 59 runs"},
    {change_mean, "the fan of 'brand' has a mean without worlds, or none with them (arm 'aided', month 5)"},
    {change_quantile, "the fan of 'brand' has quantiles that do not rise"},
    {change_defined, "the fan of 'usage' counts more worlds than there are runs"},
    {change_members_defined, "the fan of 'members' does not count every run that did not fail"},
    {change_input, "'param_margin' is 0.2"},
    {drop_checksums, "'npv_social' has no checksums"},
    {drop_chunks, "'npv_social' lacks a chunk, at (0, 0, 0)"},
    {drop_scale, "'bcr' has lost its dimension 'point'"},
    {drop_units, "the attribute 'units' of 'npv_social' is missing or not as klaster writes it"},
    {change_constant, "'parameters/brand_decay' is 0.5, but the study says 0.056"},
    {drop_column, "/analysis"},
};

static void every_contradiction_is_found_and_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        expect("cp small.h5 changed.h5", 0, "", "");
        hid_t file = H5Fopen("changed.h5", H5F_ACC_RDWR, H5P_DEFAULT);
        assert_true(file >= 0);
        changes[i].change(file);
        assert_true(H5Fclose(file) >= 0);
        /* sentences are wrapped for people */
        said s =
            shell("COLUMNS=100 klaster verify changed.h5 | tr -s '\\n ' ' '; klaster verify changed.h5 >/dev/null");
        assert_int_equal(s.code, 1);
        assert_says(s.out, "changed.h5: damaged");
        assert_says(s.out, changes[i].sentence);
        forget(&s);
    }
}

/* Nothing contradicts it but the model. */
static void a_changed_outcome_is_found_by_playing_again(void **state)
{
    (void)state;
    expect("cp small.h5 changed.h5", 0, "", "");
    hid_t file = H5Fopen("changed.h5", H5F_ACC_RDWR, H5P_DEFAULT);
    set_number(file, "npv_social", 3, run, 12345);
    assert_true(H5Fclose(file) >= 0);
    expect("klaster verify changed.h5", 0, "sound", "");
    expect("klaster verify changed.h5 --replay 60", 1, "damaged", "not sound and complete");
    expect("COLUMNS=100 klaster verify changed.h5 --replay 60", 1, "arm 'aided', point 4, replicate 2: npv_social is",
           "not sound and complete");
}

/* ---- flipped ---- */

static void flip(const char *path, long at, int bit)
{
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, at, SEEK_SET), 0);
    int byte = fgetc(file);
    assert_int_equal(fseek(file, at, SEEK_SET), 0);
    assert_true(fputc(byte ^ 1 << bit, file) != EOF);
    assert_int_equal(fclose(file), 0);
}

static long size_of(const char *path)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    long size = ftell(file);
    fclose(file);
    return size;
}

/* A flip may lie in bytes that nobody reads; then every number is as it was. (HDF5 itself dies of some files.) */
static void a_flipped_bit_is_found_or_changes_no_number(void **state)
{
    (void)state;
    long size = size_of("small.h5");
    int n_found = 0;
    for (int i = 0; i < FLIPS; i++) {
        expect("cp small.h5 flipped.h5", 0, "", "");
        flip("flipped.h5", (long)((double)size * (i + 0.5) / FLIPS), i % 8);
        said s = shell("klaster verify flipped.h5");
        int is_sound = s.code == 0;
        n_found += !is_sound;
        forget(&s);
        if (is_sound)
            expect("klaster diff small.h5 flipped.h5", 0, "the same numbers", "");
    }
    assert_true(n_found > FLIPS / 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fresh_file_is_sound_and_all_its_runs_play_again),
        cmocka_unit_test(every_design_and_an_input_that_goes_with_the_mechanism_are_sound),
        cmocka_unit_test(an_interrupted_file_is_incomplete_unless_that_is_said_to_be_fine),
        cmocka_unit_test(the_journal_of_a_killed_run_is_looked_through),
        cmocka_unit_test(what_is_no_result_file_is_said),
        cmocka_unit_test(every_contradiction_is_found_and_named),
        cmocka_unit_test(a_changed_outcome_is_found_by_playing_again),
        cmocka_unit_test(a_flipped_bit_is_found_or_changes_no_number),
    };
    return cmocka_run_group_tests(tests, prepare, leave_scratch);
}
