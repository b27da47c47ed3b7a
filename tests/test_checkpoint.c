/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * /checkpoint: fans that take in what a file keeps and then get the rest of the runs are, bit for bit, the fans of all runs at
 * once, whatever was in the file. Values are made up from (arm, series, month, point, replicate). */
#define _DEFAULT_SOURCE
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "num/num.h"
#include "rng/rng.h"
#include "store/checkpoint.h"
#include "store/checkpoint_layout.h"
#include "store/marks.h"
#include "study_text.h"

#define MONTHS 3

/* ---- studies and files ---- */

static kl_study study_of(const char *arms, int n_points, int n_replicates, int months)
{
    char text[512];
    (void)snprintf(text, sizeof text,
                   "klaster: 1\nname: kept\nmonths: %d\npoints: %d\nreplicates: %d\nmechanism: five-stage\n"
                   "parameters:\n  fee: {uniform: [0.01, 0.05]}\narms:\n%s",
                   months, n_points, n_replicates, arms);
    return study_of_text(text, NULL, 0);
}

static kl_plan plan_of(const kl_study *study, int block_points, int block_replicates)
{
    kl_plan plan;
    assert_int_equal(kl_plan_make(&plan, study, 1, 0), KL_OK);
    plan.block_points = block_points;
    plan.block_replicates = block_replicates;
    plan.n_blocks = (int64_t)((plan.n_points + block_points - 1) / block_points) *
                    ((plan.n_replicates + block_replicates - 1) / block_replicates);
    return plan;
}

static kl_fans *new_fans(const kl_plan *plan)
{
    kl_fans *fans;
    assert_int_equal(kl_fans_new(&fans, plan), KL_OK);
    return fans;
}

typedef struct fixture {
    char directory[64], path[96];
} fixture;

static int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    (void)snprintf(f->directory, sizeof f->directory, "/tmp/klaster-checkpoint-XXXXXX");
    assert_non_null(mkdtemp(f->directory));
    (void)snprintf(f->path, sizeof f->path, "%s/result.h5", f->directory);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    (void)unlink(f->path);
    assert_int_equal(rmdir(f->directory), 0);
    free(f);
    return 0;
}

static hid_t open_to_change(const char *path)
{
    hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    assert_true(file >= 0);
    return file;
}

/* A result without runs, but with the /checkpoint of these fans. */
static void write_file(const fixture *f, const kl_study *study, const kl_plan *plan, const kl_fans *fans)
{
    kl_store *store;
    kl_reason reason = {""};
    (void)unlink(f->path);
    assert_int_equal(kl_store_new(&store, f->path, study, plan, NULL, &reason), KL_OK);
    assert_int_equal(kl_store_finish(store, 1, &reason), KL_OK);
    kl_store_free(store);
    hid_t file = open_to_change(f->path);
    if (H5Lexists(file, KL_CHECKPOINT_GROUP, H5P_DEFAULT) > 0)
        assert_true(H5Ldelete(file, KL_CHECKPOINT_GROUP, H5P_DEFAULT) >= 0);
    assert_int_equal(kl_checkpoint_write(file, fans, 3), 0);
    assert_int_equal(kl_h5_close(&file), 0);
}

static kl_status read_file(const fixture *f, const int *arm, kl_fans *fans, kl_reason *reason)
{
    kl_result result;
    kl_h5_quiet quiet;
    kl_status status = kl_result_open(&result, f->path, reason);
    assert_int_equal(status, KL_OK);
    kl_h5_quiet_begin(&quiet);
    status = kl_checkpoint_read(&result, arm, fans, reason);
    kl_h5_quiet_end(&quiet);
    kl_result_close(&result);
    return status;
}

/* ---- made-up values ---- */

/* Undefined now and then, beyond the bounds now and then, often 0, in money from cents to billions. */
static float value_of(int arm, int series, int month, int point, int replicate)
{
    kl_key key = kl_key_of(5, (uint32_t)point, (uint32_t)replicate);
    kl_words w = kl_draw(key, (uint32_t)((arm * KL_N_SERIES + series) * 64 + month), KL_DRAW_LOT, 0);
    uint32_t kind = kl_below(w.w[1], 16);
    double u = kl_uniform(w.w[0]);
    if (kind < 2)
        return kind ? NAN : 0.0f;
    if (kl_series_info_of((kl_series_id)series)->scale == KL_SCALE_MONEY)
        return (float)((kind & 1 ? -1 : 1) * kl_exp(25 * u - 3));
    return (float)(1.3 * u - 0.15);
}

/* Does a run come from the file? A coin for every run; of some points all of it, of some nothing. */
static int is_old(uint32_t seed, int arm, int point, int replicate)
{
    if (point % 7 < 2)
        return point % 7;
    return kl_draw(kl_key_of(seed, (uint32_t)point, (uint32_t)replicate), (uint32_t)arm, 0, 0).w[0] & 1;
}

typedef enum which { ALL, OLD, NEW } which;

/* What a set of fans is to get: of a study of n_points x n_replicates; its arm a is arm first_arm + a of the values. */
typedef struct wanted {
    which which;
    uint32_t seed;
    int first_arm, old_arm, old_points, old_replicates; /* the one arm and the worlds that may be old */
} wanted;

static int is_wanted(const wanted *w, int arm, int point, int replicate)
{
    int old = arm == w->old_arm && point < w->old_points && replicate < w->old_replicates &&
              is_old(w->seed, arm, point, replicate);
    return w->which == ALL || old == (w->which == OLD);
}

static void add_block(kl_fans *fans, kl_block *b, const wanted *w)
{
    size_t n = (size_t)b->n_runs * (size_t)b->n_arms;
    float *x = malloc(n * KL_N_SERIES * (size_t)b->horizon * sizeof *x);
    uint8_t *given = calloc(n, 1);
    assert_true(x && given);
    size_t i = 0;
    for (int a = 0; a < b->n_arms; a++)
        for (int s = 0; s < KL_N_SERIES; s++)
            for (int m = 0; m < b->horizon; m++)
                for (int r = 0; r < b->n_runs; r++, i++) {
                    int point = b->point0 + r / b->n_replicates, replicate = b->replicate0 + r % b->n_replicates;
                    x[i] = value_of(w->first_arm + a, s, m, point, replicate);
                    given[a * b->n_runs + r] = !is_wanted(w, w->first_arm + a, point, replicate);
                }
    b->series = x;
    b->given = given;
    assert_int_equal(kl_fans_add(fans, b), KL_OK);
    free(x);
    free(given);
}

static void add_blocks(kl_fans *fans, const wanted *w)
{
    const kl_plan *plan = kl_fans_plan(fans);
    for (int64_t i = 0; i < plan->n_blocks; i++) {
        kl_block b = kl_plan_block(plan, (int64_t)w->seed % 2 ? plan->n_blocks - 1 - i : i);
        add_block(fans, &b, w);
    }
}

/* ---- comparing ---- */

static void check_same_month(const kl_fans *a, const kl_fans *b, int arm, kl_series_id s, int m)
{
    int64_t n = kl_fans_defined(a, arm, s, m), high[2], low[2];
    assert_int_equal(n, kl_fans_defined(b, arm, s, m));
    kl_fans_sum(a, arm, s, m, &high[0], &low[0]);
    kl_fans_sum(b, arm, s, m, &high[1], &low[1]);
    assert_true(high[0] == high[1] && low[0] == low[1]);
    if (kl_fans_are_exact(a))
        assert_memory_equal(kl_fans_values(a, arm, s, m), kl_fans_values(b, arm, s, m), (size_t)n * sizeof(float));
    else
        assert_memory_equal(kl_fans_counts(a, arm, s, m), kl_fans_counts(b, arm, s, m),
                            (size_t)kl_fans_n_bins(kl_series_info_of(s)->scale) * sizeof(uint32_t));
    for (double q = 0; q <= 1; q += 0.125) {
        double x = kl_fans_quantile(a, arm, s, m, q), y = kl_fans_quantile(b, arm, s, m, q);
        assert_memory_equal(&x, &y, sizeof x);
    }
    double x = kl_fans_mean(a, arm, s, m), y = kl_fans_mean(b, arm, s, m);
    assert_memory_equal(&x, &y, sizeof x);
}

static void check_same(const kl_fans *a, const kl_fans *b)
{
    const kl_plan *plan = kl_fans_plan(a);
    for (int arm = 0; arm < plan->n_arms; arm++) {
        assert_int_equal(kl_fans_runs(a, arm), kl_fans_runs(b, arm));
        for (int s = 0; s < KL_N_SERIES; s++)
            for (int m = 0; m < plan->horizon; m++)
                check_same_month(a, b, arm, (kl_series_id)s, m);
    }
}

/* ---- a smaller study goes on as a larger one ---- */

#define OLD_ARMS "  - name: b\n"
#define NEW_ARMS "  - name: a\n  - name: b\n"

static void check_extension(const fixture *f, uint32_t seed, const int old_size[2], const int new_size[2])
{
    kl_study small = study_of(OLD_ARMS, old_size[0], old_size[1], MONTHS);
    kl_study large = study_of(NEW_ARMS, new_size[0], new_size[1], MONTHS);
    kl_plan before = plan_of(&small, 64, 3), after = plan_of(&large, 50, 2);
    kl_fans *old = new_fans(&before), *all = new_fans(&after), *grown = new_fans(&after);
    wanted w = {OLD, seed, 1, 1, old_size[0], old_size[1]};
    add_blocks(old, &w);
    write_file(f, &small, &before, old);
    kl_reason reason = {""};
    assert_int_equal(read_file(f, (int[]){-1, 0}, grown, &reason), KL_OK);
    assert_int_equal(kl_fans_runs(grown, 1), kl_fans_runs(old, 0));
    w.which = NEW;
    w.first_arm = 0;
    add_blocks(grown, &w);
    w.which = ALL;
    add_blocks(all, &w);
    check_same(grown, all);
    kl_fans_free(old);
    kl_fans_free(all);
    kl_fans_free(grown);
    kl_study_free(&small);
    kl_study_free(&large);
}

static void exact_fans_go_on_from_a_file(void **state)
{
    for (uint32_t seed = 1; seed < 4; seed++)
        check_extension(*state, seed, (int[]){51, 4}, (int[]){80, 5});
    check_extension(*state, 4, (int[]){1024, 4}, (int[]){1024, 4}); /* 4,096 worlds: the most */
}

static void exact_fans_become_a_sketch(void **state)
{
    check_extension(*state, 5, (int[]){1024, 4}, (int[]){1025, 4});
    check_extension(*state, 6, (int[]){100, 1}, (int[]){1000, 5});
}

static void a_sketch_goes_on_from_a_file(void **state)
{
    check_extension(*state, 7, (int[]){1201, 4}, (int[]){1300, 5});
    check_extension(*state, 8, (int[]){1201, 4}, (int[]){1201, 4});
}

static void a_horizon_of_several_chunks_is_kept(void **state)
{
    const fixture *f = *state;
    for (int points = 5; points <= 5005; points += 5000) {
        kl_study study = study_of(OLD_ARMS, points, 1, 2 * KL_CHECKPOINT_MONTHS + 1);
        kl_plan plan = plan_of(&study, 5, 1);
        kl_fans *fans = new_fans(&plan), *back = new_fans(&plan);
        kl_block b = kl_plan_block(&plan, 0);
        wanted w = {.which = ALL, .first_arm = 1};
        add_block(fans, &b, &w);
        write_file(f, &study, &plan, fans);
        kl_reason reason = {""};
        assert_int_equal(read_file(f, (int[]){0}, back, &reason), KL_OK);
        check_same(fans, back);
        kl_fans_free(fans);
        kl_fans_free(back);
        kl_study_free(&study);
    }
}

/* ---- the same bytes ---- */

/* Every number of a dataset, as it stands in the file. */
static size_t bytes_of(hid_t file, const char *name, uint8_t **bytes)
{
    hid_t dataset = H5Dopen2(file, name, H5P_DEFAULT);
    assert_true(dataset >= 0);
    hid_t type = H5Dget_type(dataset), space = H5Dget_space(dataset);
    size_t size = H5Tget_size(type) * (size_t)H5Sget_simple_extent_npoints(space);
    *bytes = malloc(size);
    assert_non_null(*bytes);
    assert_true(H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, *bytes) >= 0);
    (void)kl_h5_close(&space);
    (void)kl_h5_close(&type);
    (void)kl_h5_close(&dataset);
    return size;
}

static const char *const datasets[2][5] = {{"count_linear", "count_money", "sum_high", "sum_low", "runs"},
                                           {"value", "runs"}};

static void the_way_to_the_runs_changes_no_byte(void **state)
{
    const fixture *f = *state;
    for (int exact = 0; exact < 2; exact++) {
        kl_study study = study_of(NEW_ARMS, exact ? 101 : 1201, 4, MONTHS);
        kl_plan one = plan_of(&study, 100, 4), other = plan_of(&study, 33, 3);
        kl_fans *a = new_fans(&one), *b = new_fans(&other), *part = new_fans(&one);
        wanted w = {.which = ALL, .seed = 1};
        add_blocks(a, &w);
        w = (wanted){OLD, 2, 0, 1, 1201, 4};
        add_blocks(part, &w);
        write_file(f, &study, &one, part);
        kl_reason reason = {""};
        assert_int_equal(read_file(f, (int[]){0, 1}, b, &reason), KL_OK);
        w.which = NEW;
        add_blocks(b, &w);
        uint8_t *bytes[2][5] = {{NULL}};
        size_t size[2][5] = {{0}};
        for (int k = 0; k < 2; k++) {
            write_file(f, &study, k ? &other : &one, k ? b : a);
            hid_t file = open_to_change(f->path);
            hid_t group = H5Gopen2(file, KL_CHECKPOINT_GROUP, H5P_DEFAULT);
            for (int d = 0; d < 5 && datasets[exact][d]; d++)
                size[k][d] = bytes_of(group, datasets[exact][d], &bytes[k][d]);
            (void)kl_h5_close(&group);
            (void)kl_h5_close(&file);
        }
        for (int d = 0; d < 5 && datasets[exact][d]; d++) {
            assert_int_equal(size[0][d], size[1][d]);
            assert_memory_equal(bytes[0][d], bytes[1][d], size[0][d]);
            free(bytes[0][d]);
            free(bytes[1][d]);
        }
        kl_fans_free(a);
        kl_fans_free(b);
        kl_fans_free(part);
        kl_study_free(&study);
    }
}

/* ---- what is refused ---- */

typedef struct damage {
    const char *dataset;
    int place; /* of the number that is changed */
    int64_t add;
    kl_status due;
} damage;

static void change(const char *path, const damage *d)
{
    char name[64];
    uint8_t *bytes;
    hid_t file = open_to_change(path);
    (void)snprintf(name, sizeof name, KL_CHECKPOINT_GROUP "/%s", d->dataset);
    (void)bytes_of(file, name, &bytes);
    hid_t dataset = H5Dopen2(file, name, H5P_DEFAULT);
    hid_t type = H5Dget_type(dataset);
    if (H5Tget_size(type) == 8)
        ((int64_t *)(void *)bytes)[d->place] += d->add;
    else
        ((uint32_t *)(void *)bytes)[d->place] += (uint32_t)d->add;
    assert_true(H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes) >= 0);
    (void)kl_h5_close(&type);
    (void)kl_h5_close(&dataset);
    assert_int_equal(kl_h5_close(&file), 0);
    free(bytes);
}

/* The study in a file of 5,000 or 40 worlds, with 40 runs of its one arm. */
static void check_refusal(const fixture *f, int n_points, const damage *done)
{
    kl_study study = study_of(OLD_ARMS, n_points, 1, MONTHS);
    kl_plan plan = plan_of(&study, 40, 1);
    kl_fans *fans = new_fans(&plan), *to = new_fans(&plan);
    kl_reason reason = {""};
    kl_block b = kl_plan_block(&plan, 0);
    wanted w = {.which = ALL, .first_arm = 1};
    add_block(fans, &b, &w);
    write_file(f, &study, &plan, fans);
    change(f->path, done);
    assert_int_equal(read_file(f, (int[]){0}, to, &reason), done->due);
    assert_true(done->due == KL_OK || reason.text[0] != '\0');
    kl_fans_free(fans);
    kl_fans_free(to);
    kl_study_free(&study);
}

static void numbers_that_cannot_be_are_refused(void **state)
{
    const damage of_sketch[] = {
        {"runs", 0, 0, KL_OK},
        {"runs", 0, -41, KL_ERR_FORMAT},
        {"runs", 0, INT64_C(1) << 40, KL_ERR_FORMAT},
        {"runs", 0, -35, KL_ERR_FORMAT}, /* fewer than are counted */
        {"count_linear", 5, -1, KL_ERR_FORMAT},
        {"count_linear", 5, 41, KL_ERR_FORMAT},
        {"count_money", 5, 41, KL_ERR_FORMAT},
        {"sum_low", 1, -(INT64_C(1) << 32), KL_ERR_FORMAT},
        {"sum_low", 1, INT64_C(1) << 32, KL_ERR_FORMAT},
        {"sum_high", 1, INT64_C(1) << 30, KL_ERR_FORMAT}, /* 40 values are below 2^24 */
        {"sum_high", 1, INT64_MIN, KL_ERR_FORMAT},
    };
    for (size_t i = 0; i < sizeof of_sketch / sizeof of_sketch[0]; i++)
        check_refusal(*state, 5000, &of_sketch[i]);
    const damage of_exact[] = {{"runs", 0, 0, KL_OK}, {"runs", 0, -35, KL_ERR_FORMAT}, {"runs", 0, 1, KL_ERR_FORMAT}};
    for (size_t i = 0; i < sizeof of_exact / sizeof of_exact[0]; i++)
        check_refusal(*state, 40, &of_exact[i]);
}

static void a_file_of_another_shape_is_refused(void **state)
{
    const fixture *f = *state;
    kl_study study = study_of(OLD_ARMS, 40, 1, MONTHS), longer = study_of(OLD_ARMS, 40, 1, MONTHS + 1);
    kl_study smaller = study_of(OLD_ARMS, 39, 1, MONTHS), sketched = study_of(OLD_ARMS, 5000, 1, MONTHS);
    kl_plan plan = plan_of(&study, 40, 1), plans[] = {plan_of(&longer, 40, 1), plan_of(&smaller, 39, 1)};
    kl_fans *fans = new_fans(&plan);
    kl_reason reason = {""};
    wanted w = {.which = ALL, .first_arm = 1};
    add_blocks(fans, &w);
    write_file(f, &study, &plan, fans);
    for (int i = 0; i < 2; i++) {
        kl_fans *to = new_fans(&plans[i]);
        assert_int_equal(read_file(f, (int[]){0}, to, &reason), KL_ERR_ARGUMENT);
        kl_fans_free(to);
    }
    kl_plan sketch_plan = plan_of(&sketched, 40, 1);
    kl_fans *sketch = new_fans(&sketch_plan), *to = new_fans(&plan);
    write_file(f, &sketched, &sketch_plan, sketch);
    assert_int_equal(read_file(f, (int[]){0}, to, &reason), KL_OK); /* nothing is in it */
    kl_block b = kl_plan_block(&sketch_plan, 0);
    add_block(sketch, &b, &w);
    write_file(f, &sketched, &sketch_plan, sketch);
    assert_int_equal(read_file(f, (int[]){0}, to, &reason), KL_ERR_ARGUMENT);
    write_file(f, &study, &plan, fans); /* the fans of another study */
    hid_t file = open_to_change(f->path);
    assert_true(H5Ldelete(file, KL_CHECKPOINT_GROUP, H5P_DEFAULT) >= 0);
    assert_int_equal(kl_h5_close(&file), 0);
    assert_int_equal(read_file(f, (int[]){0}, to, &reason), KL_ERR_FORMAT);
    assert_non_null(strstr(reason.text, "checkpoint"));
    write_file(f, &sketched, &sketch_plan, fans);
    assert_int_equal(read_file(f, (int[]){0}, to, &reason), KL_ERR_FORMAT);
    kl_fans_free(fans);
    kl_fans_free(sketch);
    kl_fans_free(to);
    kl_study_free(&study);
    kl_study_free(&longer);
    kl_study_free(&smaller);
    kl_study_free(&sketched);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(exact_fans_go_on_from_a_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(exact_fans_become_a_sketch, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_sketch_goes_on_from_a_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_horizon_of_several_chunks_is_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_way_to_the_runs_changes_no_byte, set_up, tear_down),
        cmocka_unit_test_setup_teardown(numbers_that_cannot_be_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_of_another_shape_is_refused, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
