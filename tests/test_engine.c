/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The engine: blocks tile a study, nothing depends on threads or on what else is in the study, and stopping, failing and
 * refusing happen as promised. Studies are built by hand here, without a file. */
#define _POSIX_C_SOURCE 200809L /* setenv */

#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "engine/fan_size.h"
#include "engine/machine.h"
#include "engine/team.h"
#include "klaster/analysis.h"

/* ---- a small study: 20 firms, 30 months, an uncertain shareable part; arms differ in the fee ---- */

#define ARMS_MAX 4

typedef struct fixture {
    kl_study study;
    kl_arm arm[ARMS_MAX];
} fixture;

static void set(kl_arm *arm, kl_param_id id, double value)
{
    arm->param[id] = (kl_dist){.kind = KL_DIST_CONSTANT, .n = 1, .value = {value}};
}

static void make(fixture *f, int n_arms, int n_points, int n_replicates)
{
    static char names[ARMS_MAX][8] = {"a", "b", "c", "d"},
                stages[8][8] = {"s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7"};
    static char empty[] = "";
    memset(f, 0, sizeof *f);
    kl_mechanism paper = kl_mechanism_five_stage();
    for (int a = 0; a < n_arms; a++) {
        kl_arm *arm = &f->arm[a];
        arm->name = names[a];
        arm->label = arm->mechanism = empty;
        arm->n_stages = paper.n_stages;
        for (int s = 0; s < paper.n_stages; s++)
            arm->stage[s] = (kl_stage_spec){
                stages[s], paper.stage[s].kind, {.kind = KL_DIST_CONSTANT, .n = 1, .value = {paper.stage[s].months}}};
        for (int i = 0; i < KL_N_PARAMS; i++)
            set(arm, (kl_param_id)i, kl_param_info_of((kl_param_id)i)->dflt);
        set(arm, KL_PARAM_firms, 20);
        set(arm, KL_PARAM_fee, 0.01 * (a + 1));
        arm->param[KL_PARAM_shareable] = (kl_dist){.kind = KL_DIST_UNIFORM, .n = 2, .value = {0.35, 0.7}};
    }
    f->study = (kl_study){.name = empty,
                          .title = empty,
                          .description = empty,
                          .path = empty,
                          .text = empty,
                          .resolved = empty,
                          .seed = 20260101,
                          .horizon = 30,
                          .n_points = n_points,
                          .n_replicates = n_replicates,
                          .n_arms = n_arms,
                          .arm = f->arm,
                          .n_quantiles = 5,
                          .quantile = {0.05, 0.25, 0.5, 0.75, 0.95}};
}

static kl_plan plan_of(const fixture *f)
{
    kl_plan plan;
    assert_int_equal(kl_plan_make(&plan, &f->study, 2, 0), KL_OK);
    return plan;
}

/* ---- a sink that keeps everything, by world ---- */

typedef struct kept {
    const kl_study *study;
    kl_fans *fans;             /* may be NULL */
    int8_t *status;            /* [arm][world] */
    double *outcome;           /* [arm][world][outcome] */
    float *series;             /* [arm][world][series][month] */
    int64_t n_blocks, fail_at; /* fail_at: block to refuse, -1 none */
    volatile int *stop_after;  /* set at the first block; may be NULL */
    int inside;                /* callers at once */
    int crowded;
} kept;

static size_t place(const kept *k, int arm, int point, int replicate)
{
    return ((size_t)arm * (size_t)k->study->n_points + (size_t)point) * (size_t)k->study->n_replicates +
           (size_t)replicate;
}

static void keep_init(kept *k, const kl_study *study)
{
    memset(k, 0, sizeof *k);
    k->study = study;
    k->fail_at = -1;
    size_t n = (size_t)study->n_arms * (size_t)study->n_points * (size_t)study->n_replicates;
    k->status = malloc(n);
    k->outcome = calloc(n * KL_N_OUTCOMES, sizeof *k->outcome);
    k->series = calloc(n * KL_N_SERIES * (size_t)study->horizon, sizeof *k->series);
    assert_true(k->status && k->outcome && k->series);
    memset(k->status, KL_RUN_MISSING, n);
}

static void keep_free(kept *k)
{
    kl_fans_free(k->fans);
    free(k->status);
    free(k->outcome);
    free(k->series);
}

static void keep_run(kept *k, const kl_block *b, int arm, int r)
{
    size_t n = (size_t)b->n_runs, at = (size_t)r, row = (size_t)arm;
    size_t to = place(k, arm, b->point0 + r / b->n_replicates, b->replicate0 + r % b->n_replicates);
    if (k->status[to] != KL_RUN_MISSING)
        k->crowded = 1; /* a world came twice */
    k->status[to] = b->status[row * n + at];
    for (size_t o = 0; o < KL_N_OUTCOMES; o++)
        k->outcome[to * KL_N_OUTCOMES + o] = b->outcome[(row * KL_N_OUTCOMES + o) * n + at];
    size_t paths = (size_t)KL_N_SERIES * (size_t)b->horizon;
    for (size_t s = 0; s < paths; s++)
        k->series[to * paths + s] = b->series[(row * paths + s) * n + at];
}

static kl_status keep(void *data, const kl_block *b)
{
    kept *k = data;
    if (__atomic_add_fetch(&k->inside, 1, __ATOMIC_SEQ_CST) != 1)
        k->crowded = 1;
    for (int arm = 0; arm < b->n_arms; arm++)
        for (int r = 0; r < b->n_runs; r++)
            keep_run(k, b, arm, r);
    kl_status status = k->fans ? kl_fans_add(k->fans, b) : KL_OK;
    if (k->stop_after)
        __atomic_store_n(k->stop_after, 1, __ATOMIC_RELAXED);
    if (k->n_blocks++ == k->fail_at)
        status = KL_ERR_WRITE;
    __atomic_sub_fetch(&k->inside, 1, __ATOMIC_SEQ_CST);
    return status;
}

static void play(kept *k, const fixture *f, const kl_plan *plan, int n_threads)
{
    keep_init(k, &f->study);
    assert_int_equal(kl_fans_new(&k->fans, plan), KL_OK);
    kl_engine_options options = {.n_threads = n_threads, .sink = keep, .data = k};
    assert_int_equal(kl_engine_run(&f->study, plan, &options), KL_OK);
    assert_false(k->crowded);
    assert_int_equal(k->n_blocks, plan->n_blocks);
}

/* The runs that both have, bit for bit. NaN has the same bits too: it comes from one constant or one computation. */
static void assert_same_runs(const kept *a, const kept *b)
{
    const kl_study *s = a->study, *t = b->study;
    size_t paths = (size_t)KL_N_SERIES * (size_t)s->horizon;
    for (int arm = 0; arm < s->n_arms && arm < t->n_arms; arm++)
        for (int p = 0; p < s->n_points && p < t->n_points; p++)
            for (int r = 0; r < s->n_replicates && r < t->n_replicates; r++) {
                size_t i = place(a, arm, p, r), j = place(b, arm, p, r);
                assert_int_equal(a->status[i], b->status[j]);
                assert_memory_equal(a->outcome + i * KL_N_OUTCOMES, b->outcome + j * KL_N_OUTCOMES,
                                    KL_N_OUTCOMES * sizeof *a->outcome);
                assert_memory_equal(a->series + i * paths, b->series + j * paths, paths * sizeof *a->series);
            }
}

static void assert_same_fans(const kept *a, const kept *b)
{
    const double p[] = {0, 0.05, 0.5, 0.77, 1};
    for (int arm = 0; arm < a->study->n_arms; arm++)
        for (int s = 0; s < KL_N_SERIES; s++)
            for (int m = 0; m < a->study->horizon; m++) {
                double x[6], y[6];
                for (int q = 0; q < 5; q++) {
                    x[q] = kl_fans_quantile(a->fans, arm, (kl_series_id)s, m, p[q]);
                    y[q] = kl_fans_quantile(b->fans, arm, (kl_series_id)s, m, p[q]);
                }
                x[5] = kl_fans_mean(a->fans, arm, (kl_series_id)s, m);
                y[5] = kl_fans_mean(b->fans, arm, (kl_series_id)s, m);
                assert_memory_equal(x, y, sizeof x);
                assert_int_equal(kl_fans_defined(a->fans, arm, (kl_series_id)s, m),
                                 kl_fans_defined(b->fans, arm, (kl_series_id)s, m));
            }
}

/* ---- blocks ---- */

static void blocks_tile_every_study_exactly_once(void **state)
{
    (void)state;
    static const int shapes[][3] = {{1, 1, 1},     {1, 7, 1},      {2, 1, 1000}, {1, 1000, 1},
                                    {3, 33, 41},   {1, 1, 100000}, {2, 5000, 3}, {1, 3, 20000},
                                    {4, 513, 257}, {1, 65537, 1},  {1, 100, 100}};
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        fixture f;
        make(&f, shapes[i][0], shapes[i][1], shapes[i][2]);
        kl_plan plan = plan_of(&f);
        assert_int_equal(plan.n_worlds, (int64_t)shapes[i][1] * shapes[i][2]);
        assert_int_equal(plan.n_runs, plan.n_worlds * shapes[i][0]);
        assert_true(plan.block_points * plan.block_replicates <= 256);
        char *seen = calloc((size_t)plan.n_worlds, 1);
        assert_non_null(seen);
        for (int64_t k = 0; k < plan.n_blocks; k++) {
            kl_block b = kl_plan_block(&plan, k);
            assert_true(b.index == k && b.n_runs == b.n_points * b.n_replicates && b.n_runs >= 1);
            assert_true(b.n_points <= plan.block_points && b.n_replicates <= plan.block_replicates);
            for (int p = b.point0; p < b.point0 + b.n_points; p++)
                for (int r = b.replicate0; r < b.replicate0 + b.n_replicates; r++) {
                    assert_true(p >= 0 && p < plan.n_points && r >= 0 && r < plan.n_replicates);
                    assert_int_equal(seen[(int64_t)p * plan.n_replicates + r]++, 0);
                }
        }
        assert_null(memchr(seen, 0, (size_t)plan.n_worlds));
        free(seen);
    }
}

static void an_interrupted_study_has_played_every_point_alike(void **state)
{
    (void)state;
    fixture f;
    make(&f, 1, 40, 3000);
    kl_plan plan = plan_of(&f);
    int64_t played[40] = {0};
    for (int64_t k = 0; k < plan.n_blocks; k++) {
        kl_block b = kl_plan_block(&plan, k);
        int64_t least = INT64_MAX, most = 0;
        for (int p = 0; p < 40; p++) {
            if (p >= b.point0 && p < b.point0 + b.n_points)
                played[p] += b.n_replicates;
            least = played[p] < least ? played[p] : least;
            most = played[p] > most ? played[p] : most;
        }
        assert_true(most - least <= plan.block_replicates);
    }
}

static void the_shape_follows_from_the_study_alone(void **state)
{
    (void)state;
    fixture f;
    make(&f, 2, 300, 9);
    kl_plan one, many;
    assert_int_equal(kl_plan_make(&one, &f.study, 1, 0), KL_OK);
    assert_int_equal(kl_plan_make(&many, &f.study, 13, 1), KL_OK);
    assert_true(one.block_points == many.block_points && one.block_replicates == many.block_replicates);
    assert_true(one.n_blocks == many.n_blocks && one.bytes_disk == many.bytes_disk);
    assert_true(one.n_threads == 1 && many.n_threads == 13);
    assert_true(one.seconds == 0 && one.seconds_per_run == 0);
    assert_true(many.seconds_per_run > 0 && many.seconds > 0);
    assert_true(many.bytes_memory > one.bytes_memory);
}

static void large_clusters_and_long_horizons_get_small_blocks(void **state)
{
    (void)state;
    fixture f;
    make(&f, 1, 100000, 1);
    int usual = plan_of(&f).block_points;
    assert_int_equal(usual, 256);
    f.study.horizon = KL_HORIZON_MAX;
    f.study.n_arms = 4;
    for (int a = 1; a < 4; a++)
        f.arm[a] = f.arm[0];
    kl_plan plan;
    kl_status status = kl_plan_make(&plan, &f.study, 1, 0);
    assert_true(status == KL_OK || status == KL_ERR_RESOURCES);
    double bytes = 4.0 * plan.block_points * (4.0 * KL_N_SERIES * plan.horizon + 8.0 * KL_N_OUTCOMES + 1);
    assert_true(bytes <= 0x1p26 && 2 * bytes > 0x1p26);
    f.study.n_arms = 1;
    f.study.horizon = 60;
    f.arm[0].param[KL_PARAM_firms] = (kl_dist){.kind = KL_DIST_CHOICE, .n = 2, .value = {1e6, 20}};
    status = kl_plan_make(&plan, &f.study, 1, 0);
    assert_true(status == KL_OK || status == KL_ERR_RESOURCES);
    assert_int_equal(plan.block_points, 4); /* 2^28 firm-months over 6e7 a run */
}

static void what_cannot_fit_is_refused_with_the_plan_filled(void **state)
{
    (void)state;
    if (isinf(kl_machine_memory()))
        skip();
    fixture f;
    make(&f, 1, 1000, 1000);
    set(&f.arm[0], KL_PARAM_firms, 1e6); /* tens of terabytes for so many threads */
    kl_plan plan;
    assert_int_equal(kl_plan_make(&plan, &f.study, 100000, 1), KL_ERR_RESOURCES);
    assert_true(plan.bytes_memory > plan.bytes_available && plan.n_runs == 1000000 && plan.n_blocks > 0);
    assert_true(plan.seconds_per_run == 0);
}

static void nonsense_is_refused(void **state)
{
    (void)state;
    fixture f;
    make(&f, 1, 3, 3);
    kl_plan plan = plan_of(&f);
    kept k;
    keep_init(&k, &f.study);
    kl_engine_options options = {.sink = NULL, .data = &k};
    assert_int_equal(kl_engine_run(&f.study, &plan, &options), KL_ERR_ARGUMENT);
    options.sink = keep;
    options.n_threads = -1;
    assert_int_equal(kl_engine_run(&f.study, &plan, &options), KL_ERR_ARGUMENT);
    options.n_threads = 1;
    f.study.n_points = 4; /* the plan is another study's */
    assert_int_equal(kl_engine_run(&f.study, &plan, &options), KL_ERR_ARGUMENT);
    f.study.n_points = 3;
    keep_free(&k);
    assert_int_equal(kl_plan_make(&plan, &f.study, -1, 0), KL_ERR_ARGUMENT);
    f.study.n_replicates = 0;
    assert_int_equal(kl_plan_make(&plan, &f.study, 1, 0), KL_ERR_ARGUMENT);
}

/* ---- the same numbers ---- */

static void threads_change_no_bit(void **state)
{
    (void)state;
    fixture f;
    make(&f, 2, 65, 3);
    kl_plan plan = plan_of(&f);
    kept one;
    play(&one, &f, &plan, 1);
    const int threads[] = {2, 3, 7};
    for (int i = 0; i < 3; i++) {
        kept many;
        play(&many, &f, &plan, threads[i]);
        assert_same_runs(&one, &many);
        assert_same_fans(&one, &many);
        keep_free(&many);
    }
    keep_free(&one);
}

/* Threads without a block play firms of the others' worlds, also where they come and go: fewer blocks than threads, as many, more. */
static void threads_that_share_a_world_change_no_bit(void **state)
{
    (void)state;
    const int worlds[] = {1, 3};
    for (int w = 0; w < 2; w++) {
        fixture f;
        make(&f, 2, worlds[w], 1);
        f.study.horizon = 16;
        for (int arm = 0; arm < 2; arm++)
            set(&f.arm[arm], KL_PARAM_firms, arm == 0 ? 16384 : 4096);
        kept one;
        kl_plan plan;
        assert_int_equal(kl_plan_make(&plan, &f.study, 1, 0), KL_OK);
        assert_true(plan.is_shared && plan.n_helpers == 0 && plan.n_blocks == worlds[w]);
        play(&one, &f, &plan, 0);
        const int threads[] = {2, 3, 5};
        for (int i = 0; i < 3; i++) {
            kept many;
            assert_int_equal(kl_plan_make(&plan, &f.study, threads[i], 0), KL_OK);
            assert_int_equal(plan.n_threads + plan.n_helpers, threads[i]);
            assert_true(plan.n_threads <= worlds[w]);
            play(&many, &f, &plan, 0);
            assert_same_runs(&one, &many);
            keep_free(&many);
        }
        keep_free(&one);
    }
}

static void small_clusters_are_not_shared(void **state)
{
    (void)state;
    fixture f;
    kl_plan plan;
    make(&f, 1, 1, 1);
    assert_int_equal(kl_plan_make(&plan, &f.study, 5, 0), KL_OK);
    assert_true(!plan.is_shared && plan.n_threads == 1 && plan.n_helpers == 0);
}

/* ---- a team, by itself ---- */

enum { TASKS = 1000, JOBS = 300 };

typedef struct tally {
    int64_t n;
    int count[TASKS];
} tally;

static void count_task(void *data, int64_t k)
{
    tally *t = data;
    t->count[k]++; /* each by one thread only, or a race */
}

static void *help_teams(void *teams)
{
    kl_teams_help(teams, 1);
    return NULL;
}

static void every_task_of_every_job_is_done_once(void **state)
{
    (void)state;
    static tally t;
    pthread_t helper[4];
    for (int n_helpers = 0; n_helpers <= 4; n_helpers++) {
        kl_team *teams = kl_teams_new(1, 4); /* one helper more than it was made for, at last */
        assert_non_null(teams);
        for (int i = 0; i < n_helpers; i++)
            assert_int_equal(pthread_create(&helper[i], NULL, help_teams, teams), 0);
        for (int job = 0; job < JOBS; job++) {
            struct timespec a_while = {0, 300000};
            memset(&t, 0, sizeof t);
            t.n = (int64_t)job * job * 7 % (TASKS + 1);
            kl_team_share(kl_team_of(teams, 0), count_task, &t, t.n);
            for (int k = 0; k < TASKS; k++)
                assert_int_equal(t.count[k], k < t.n);
            if (job % 50 == 0)
                nanosleep(&a_while, NULL); /* helpers fall asleep */
        }
        kl_team_close(kl_team_of(teams, 0));
        for (int i = 0; i < n_helpers; i++)
            assert_int_equal(pthread_join(helper[i], NULL), 0);
        kl_teams_free(teams, 1);
    }
}

static void threads_change_no_bit_of_a_sketch(void **state)
{
    (void)state;
    fixture f;
    make(&f, 1, KL_FAN_EXACT / 4 + 1, 4);
    f.study.horizon = 8;
    set(&f.arm[0], KL_PARAM_firms, 6);
    kl_plan plan = plan_of(&f);
    kept one, many;
    play(&one, &f, &plan, 1);
    play(&many, &f, &plan, 3);
    assert_false(kl_fans_are_exact(one.fans));
    assert_same_runs(&one, &many);
    assert_same_fans(&one, &many);
    keep_free(&one);
    keep_free(&many);
}

static void a_run_alone_equals_itself_in_the_batch(void **state)
{
    (void)state;
    fixture f;
    make(&f, 2, 10, 3);
    kl_plan plan = plan_of(&f);
    kept k;
    play(&k, &f, &plan, 2);
    kl_run run;
    kl_run_init(&run);
    for (int p = 9; p >= 0; p -= 3) {
        kl_params params;
        kl_mechanism mechanism;
        double outcome[KL_N_OUTCOMES];
        kl_baseline baseline = {0};
        for (int arm = 0; arm < 2; arm++) {
            assert_int_equal(kl_study_draw(&f.study, arm, p, &params, &mechanism), KL_OK);
            assert_int_equal(kl_run_start(&run, &params, &mechanism, kl_study_world(&f.study, p, 2), 30), KL_OK);
            while (run.month < run.horizon)
                kl_run_step(&run);
            if (arm == 0)
                assert_int_equal(kl_baseline_keep(&baseline, &run), KL_OK);
        }
        kl_run_outcomes(&run, outcome);
        kl_baseline_outcomes(&baseline, &run, outcome);
        kl_baseline_free(&baseline);
        size_t at = place(&k, 1, p, 2);
        assert_int_equal(run.status, k.status[at]);
        assert_memory_equal(outcome, k.outcome + at * KL_N_OUTCOMES, sizeof outcome);
        for (int s = 0; s < KL_N_SERIES; s++)
            for (int m = 0; m < 30; m++) {
                float x = (float)kl_run_series(&run, (kl_series_id)s, m);
                assert_memory_equal(&x, &k.series[(at * KL_N_SERIES + (size_t)s) * 30 + (size_t)m], sizeof x);
            }
    }
    kl_run_free(&run);
    keep_free(&k);
}

/* Series that are undefined are written once for many blocks: here are worlds and arms that have them and others that have not, side by
 * side, alone in sixteen runs, and in blocks of two sizes. Returns how many runs have them. */
static int assert_series_as_alone(const kept *k, const fixture *f, int arm)
{
    int n_undefined = 0;
    kl_run run;
    kl_run_init(&run);
    for (int p = 0; p < f->study.n_points; p++) {
        kl_params params;
        kl_mechanism mechanism;
        assert_int_equal(kl_study_draw(&f->study, arm, p, &params, &mechanism), KL_OK);
        assert_int_equal(kl_run_start(&run, &params, &mechanism, kl_study_world(&f->study, p, 0), f->study.horizon),
                         KL_OK);
        while (run.month < run.horizon)
            kl_run_step(&run);
        n_undefined += kl_run_is_undefined(&run, KL_SER_quality);
        assert_false(kl_run_is_undefined(&run, KL_SER_members));
        for (int s = 0; s < KL_N_SERIES; s++)
            assert_memory_equal(kl_run_months(&run, (kl_series_id)s),
                                k->series + (place(k, arm, p, 0) * KL_N_SERIES + (size_t)s) * (size_t)run.horizon,
                                (size_t)run.horizon * sizeof(float));
    }
    kl_run_free(&run);
    return n_undefined;
}

static void what_is_not_played_is_undefined_there_and_nowhere_else(void **state)
{
    enum { POINTS = 330 };
    (void)state;
    fixture f;
    make(&f, 4, POINTS, 1);
    set(&f.arm[1], KL_PARAM_submodels, kl_submodels_adoption);
    kl_dist *often = &f.arm[2].param[KL_PARAM_submodels], *half = &f.arm[3].param[KL_PARAM_submodels];
    *often = (kl_dist){.kind = KL_DIST_CHOICE, .n = 24, .value = {kl_submodels_all}};
    for (int i = 1; i < often->n; i++)
        often->value[i] = kl_submodels_adoption;
    *half = (kl_dist){.kind = KL_DIST_CHOICE, .n = 2, .value = {kl_submodels_all, kl_submodels_adoption}};
    kl_plan plan = plan_of(&f);
    plan.block_points = 50;
    plan.n_blocks = (POINTS + 49) / 50;
    for (int n_threads = 1; n_threads <= 2; n_threads++) {
        kept k;
        play(&k, &f, &plan, n_threads);
        assert_int_equal(assert_series_as_alone(&k, &f, 0), 0);
        assert_int_equal(assert_series_as_alone(&k, &f, 1), POINTS);
        assert_in_range(assert_series_as_alone(&k, &f, 2), POINTS * 8 / 10, POINTS - 1);
        assert_in_range(assert_series_as_alone(&k, &f, 3), POINTS / 4, POINTS * 3 / 4);
        keep_free(&k);
    }
}

static void more_points_replicates_and_arms_change_no_earlier_run(void **state)
{
    (void)state;
    static const int larger[][3] = {{1, 40, 5}, {1, 11, 90}, {4, 11, 5}, {3, 150, 7}};
    fixture f;
    make(&f, 1, 11, 5);
    kl_plan plan = plan_of(&f);
    kept small;
    play(&small, &f, &plan, 1);
    for (int i = 0; i < 4; i++) {
        fixture g;
        make(&g, larger[i][0], larger[i][1], larger[i][2]);
        plan = plan_of(&g);
        kept large;
        play(&large, &g, &plan, 2);
        assert_same_runs(&small, &large);
        keep_free(&large);
    }
    keep_free(&small);
}

static void another_seed_gives_other_numbers(void **state)
{
    (void)state;
    fixture f;
    make(&f, 1, 5, 5);
    kl_plan plan = plan_of(&f);
    kept a, b;
    play(&a, &f, &plan, 1);
    f.study.seed++;
    play(&b, &f, &plan, 1);
    assert_memory_not_equal(a.outcome, b.outcome,
                            25 * KL_N_OUTCOMES * sizeof *a.outcome); /* the comparisons can fail */
    keep_free(&a);
    keep_free(&b);
}

/* ---- failing and stopping ---- */

static void a_run_that_cannot_be_played_is_recorded_as_failed(void **state)
{
    (void)state;
    fixture f;
    make(&f, 2, 40, 3);
    /* arm 1: a pilot of 15 to 25 among 20 firms contradicts itself at some points */
    f.arm[1].param[KL_PARAM_pilot_firms] = (kl_dist){.kind = KL_DIST_INTEGER, .n = 2, .value = {15, 25}};
    kl_plan plan = plan_of(&f);
    kept k;
    play(&k, &f, &plan, 2);
    int failed = 0;
    for (int p = 0; p < 40; p++) {
        kl_params params;
        kl_mechanism mechanism;
        int legal = kl_study_draw(&f.study, 1, p, &params, &mechanism) == KL_OK;
        for (int r = 0; r < 3; r++) {
            assert_int_not_equal(k.status[place(&k, 0, p, r)], KL_RUN_FAILED);
            size_t at = place(&k, 1, p, r);
            assert_int_equal(k.status[at] == KL_RUN_FAILED, !legal);
            failed += !legal;
            for (size_t o = 0; o < KL_N_OUTCOMES && !legal; o++)
                assert_true(isnan(k.outcome[at * KL_N_OUTCOMES + o]));
            for (size_t s = 0; s < KL_N_SERIES * 30 && !legal; s++)
                assert_true(isnan(k.series[at * KL_N_SERIES * 30 + s]));
        }
    }
    assert_true(failed > 0 && failed < 120);
    assert_int_equal(kl_fans_defined(k.fans, 1, KL_SER_members, 5), 120 - failed);
    keep_free(&k);
}

static void an_error_of_the_sink_stops_and_is_returned(void **state)
{
    (void)state;
    fixture f;
    make(&f, 1, 300, 1);
    kl_plan plan = plan_of(&f);
    for (int threads = 1; threads <= 3; threads += 2) {
        kept k;
        keep_init(&k, &f.study);
        k.fail_at = 2;
        kl_engine_options options = {.n_threads = threads, .sink = keep, .data = &k};
        assert_int_equal(kl_engine_run(&f.study, &plan, &options), KL_ERR_WRITE);
        assert_int_equal(k.n_blocks, 3); /* never called again */
        keep_free(&k);
    }
}

/* ---- what is known, and what is wanted ---- */

/* Every third run is given, with the values of the first play, or (`lie`) with others. */
typedef struct known {
    kept now;
    const kept *first;
    int64_t next, n_packed;
    int lie;
} known;

static int is_known(int arm, int point, int replicate)
{
    return (arm + point + replicate) % 3 == 0;
}

static int64_t odd_blocks(void *data)
{
    known *k = data;
    return 2 * k->next++ + 1;
}

static kl_status remember(void *data, const kl_block *b, uint8_t *given, int8_t *status, double *outcome)
{
    known *k = data;
    size_t n = (size_t)b->n_runs;
    for (int arm = 0; arm < b->n_arms; arm++)
        for (size_t r = 0; r < n; r++) {
            int point = b->point0 + (int)r / b->n_replicates, replicate = b->replicate0 + (int)r % b->n_replicates;
            size_t from = place(k->first, arm, point, replicate), row = (size_t)arm;
            assert_int_equal(given[row * n + r], 0);
            if (!is_known(arm, point, replicate))
                continue;
            given[row * n + r] = 1;
            status[row * n + r] = k->lie ? KL_RUN_FAILED : k->first->status[from];
            for (size_t o = 0; o < KL_N_OUTCOMES; o++)
                outcome[(row * KL_N_OUTCOMES + o) * n + r] = k->lie ? -7 : k->first->outcome[from * KL_N_OUTCOMES + o];
        }
    return KL_OK;
}

static kl_status count_packed(void *data, const kl_block *b)
{
    known *k = data;
    assert_non_null(b->given);
    __atomic_add_fetch(&k->n_packed, 1, __ATOMIC_SEQ_CST);
    return KL_OK;
}

static kl_status keep_known(void *data, const kl_block *b)
{
    known *k = data;
    return keep(&k->now, b);
}

/* Given runs come back as they were given, without being played: not even a lie is noticed. The others are those of a play
 * of everything, though an arm's baseline may be among the given. */
static void what_is_given_is_not_played_and_changes_no_other_run(void **state)
{
    (void)state;
    fixture f;
    make(&f, 3, 40, 3);
    kl_plan plan = plan_of(&f);
    kept first;
    play(&first, &f, &plan, 1);
    for (int lie = 0; lie < 2; lie++) {
        known k = {.first = &first, .lie = lie};
        keep_init(&k.now, &f.study);
        kl_engine_options options = {
            .n_threads = 2, .recall = remember, .pack = count_packed, .sink = keep_known, .data = &k};
        assert_int_equal(kl_engine_run(&f.study, &plan, &options), KL_OK);
        assert_int_equal(k.n_packed, plan.n_blocks);
        for (int arm = 0; arm < 3; arm++)
            for (int p = 0; p < 40; p++)
                for (int r = 0; r < 3; r++) {
                    size_t i = place(&first, arm, p, r);
                    if (lie && is_known(arm, p, r)) {
                        assert_int_equal(k.now.status[i], KL_RUN_FAILED);
                        assert_true(k.now.outcome[i * KL_N_OUTCOMES] == -7);
                        continue;
                    }
                    assert_int_equal(k.now.status[i], first.status[i]);
                    assert_memory_equal(k.now.outcome + i * KL_N_OUTCOMES, first.outcome + i * KL_N_OUTCOMES,
                                        KL_N_OUTCOMES * sizeof *first.outcome);
                }
        keep_free(&k.now);
    }
    keep_free(&first);
}

static void only_the_blocks_that_are_named_are_played(void **state)
{
    (void)state;
    fixture f;
    make(&f, 2, 300, 1);
    kl_plan plan = plan_of(&f);
    for (int threads = 1; threads <= 2; threads++) {
        known k = {.first = NULL};
        keep_init(&k.now, &f.study);
        kl_engine_options options = {.n_threads = threads, .next = odd_blocks, .sink = keep_known, .data = &k};
        assert_int_equal(kl_engine_run(&f.study, &plan, &options), KL_OK);
        assert_int_equal(k.now.n_blocks, plan.n_blocks / 2);
        for (int p = 0; p < 300; p++)
            assert_int_equal(k.now.status[place(&k.now, 0, p, 0)] != KL_RUN_MISSING, p / plan.block_points % 2);
        keep_free(&k.now);
    }
}

static void a_stop_drops_what_is_in_flight_and_keeps_what_was_delivered(void **state)
{
    (void)state;
    fixture f;
    make(&f, 1, 300, 1);
    kl_plan plan = plan_of(&f);
    for (int threads = 1; threads <= 3; threads++) {
        volatile int stop = 0;
        kept k;
        keep_init(&k, &f.study);
        k.stop_after = &stop;
        kl_engine_options options = {.n_threads = threads, .stop = &stop, .sink = keep, .data = &k};
        assert_int_equal(kl_engine_run(&f.study, &plan, &options), KL_ERR_STOPPED);
        assert_true(k.n_blocks >= 1 && k.n_blocks <= threads);
        int64_t kept_runs = 0;
        for (int p = 0; p < 300; p++)
            kept_runs += k.status[p] != KL_RUN_MISSING;
        assert_true(kept_runs > 0 && kept_runs <= k.n_blocks * plan.block_points);
        keep_free(&k);
        stop = 1; /* before anything */
        keep_init(&k, &f.study);
        assert_int_equal(kl_engine_run(&f.study, &plan, &options), KL_ERR_STOPPED);
        assert_int_equal(k.n_blocks, 0);
        keep_free(&k);
    }
}

typedef struct told {
    int64_t last, n_runs;
    int n_calls, backwards;
    double seconds;
} told;

static void hear(void *data, int64_t done, int64_t n_runs, double seconds)
{
    told *t = data;
    t->backwards += done < t->last || seconds < t->seconds;
    t->last = done;
    t->n_runs = n_runs;
    t->seconds = seconds;
    t->n_calls++;
}

static void progress_ends_with_all_runs(void **state)
{
    (void)state;
    fixture f;
    make(&f, 2, 50, 2);
    kl_plan plan = plan_of(&f);
    kept k;
    keep_init(&k, &f.study);
    told t = {0};
    kl_engine_options options = {.n_threads = 2, .sink = keep, .data = &k, .progress = hear, .progress_data = &t};
    assert_int_equal(kl_engine_run(&f.study, &plan, &options), KL_OK);
    assert_true(t.n_calls >= 1 && t.last == 200 && t.n_runs == 200 && t.backwards == 0);
    keep_free(&k);
}

/* ---- the machine and the sizes ---- */

static void the_machine_answers_sensibly(void **state)
{
    (void)state;
    assert_true(kl_machine_threads() >= 1);
    assert_true(kl_machine_memory() > 0x1p20);
    int64_t before = kl_machine_clock();
    assert_true(kl_machine_clock() >= before && before > 0);
    double free_bytes = kl_machine_memory();
    assert_int_equal(setenv("SLURM_MEM_PER_NODE", "3", 1), 0);
    double limited = kl_machine_memory();
    assert_int_equal(unsetenv("SLURM_MEM_PER_NODE"), 0);
    assert_true(limited == 3 * 0x1p20 && free_bytes > limited);
}

static void the_plan_counts_the_fans_as_analysis_does(void **state)
{
    (void)state;
    const int64_t worlds[] = {1, 100, KL_FAN_EXACT, KL_FAN_EXACT + 1, 1000000};
    for (int i = 0; i < 5; i++) {
        double engine = kl_fan_size(3, 60, worlds[i]), analysis = (double)kl_fans_bytes(3, 60, worlds[i]);
        assert_true(analysis >= engine && analysis <= engine + 65536);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_tile_every_study_exactly_once),
        cmocka_unit_test(an_interrupted_study_has_played_every_point_alike),
        cmocka_unit_test(the_shape_follows_from_the_study_alone),
        cmocka_unit_test(large_clusters_and_long_horizons_get_small_blocks),
        cmocka_unit_test(what_cannot_fit_is_refused_with_the_plan_filled),
        cmocka_unit_test(nonsense_is_refused),
        cmocka_unit_test(threads_change_no_bit),
        cmocka_unit_test(threads_that_share_a_world_change_no_bit),
        cmocka_unit_test(small_clusters_are_not_shared),
        cmocka_unit_test(every_task_of_every_job_is_done_once),
        cmocka_unit_test(threads_change_no_bit_of_a_sketch),
        cmocka_unit_test(a_run_alone_equals_itself_in_the_batch),
        cmocka_unit_test(what_is_not_played_is_undefined_there_and_nowhere_else),
        cmocka_unit_test(more_points_replicates_and_arms_change_no_earlier_run),
        cmocka_unit_test(another_seed_gives_other_numbers),
        cmocka_unit_test(a_run_that_cannot_be_played_is_recorded_as_failed),
        cmocka_unit_test(an_error_of_the_sink_stops_and_is_returned),
        cmocka_unit_test(what_is_given_is_not_played_and_changes_no_other_run),
        cmocka_unit_test(only_the_blocks_that_are_named_are_played),
        cmocka_unit_test(a_stop_drops_what_is_in_flight_and_keeps_what_was_delivered),
        cmocka_unit_test(progress_ends_with_all_runs),
        cmocka_unit_test(the_machine_answers_sensibly),
        cmocka_unit_test(the_plan_counts_the_fans_as_analysis_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
