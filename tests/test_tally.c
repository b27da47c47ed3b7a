/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Claims while a study is played: whatever the order of the blocks and however units are split over them, the tally of all is to
 * the bit the audit of all; on the way it is the audit of what was played. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "klaster/analysis.h"
#include "study_text.h"

#define HEAD                                                      \
    "klaster: 1\nname: tally\nmonths: 24\nuncertainty: default\n" \
    "parameters: {firms: 12}\n"                                   \
    "claims:\n"                                                   \
    "  - {name: a, metric: saving_joint, interval: [0.1, 0.3]}\n" \
    "  - {name: b, metric: month_built, interval: [0, 12]}\n"     \
    "  - {name: c, metric: npv_social, interval: [0, null]}\n"

/* What was played, laid out as in a result file. */
typedef struct played {
    kl_study study;
    kl_plan plan;
    int8_t *status; /* [arm][world] */
    double *value;  /* [arm][claim][world] */
} played;

static double as_in_a_file(kl_outcome_id metric, double value)
{
    kl_outcome_type type = kl_outcome_info_of(metric)->type;
    return type == KL_TYPE_SHARE || type == KL_TYPE_RATIO ? (double)(float)value : value;
}

static size_t world_of(const played *p, const kl_block *block, int r)
{
    int point = block->point0 + r / block->n_replicates, replicate = block->replicate0 + r % block->n_replicates;
    return (size_t)point * (size_t)p->plan.n_replicates + (size_t)replicate;
}

static kl_status keep(void *data, const kl_block *block)
{
    played *p = data;
    size_t n = (size_t)p->plan.n_worlds, runs = (size_t)block->n_runs;
    for (size_t a = 0; a < (size_t)block->n_arms; a++)
        for (int r = 0; r < block->n_runs; r++) {
            size_t w = world_of(p, block, r);
            p->status[a * n + w] = block->status[a * runs + (size_t)r];
            for (size_t c = 0; c < (size_t)p->study.n_claims; c++) {
                kl_outcome_id metric = p->study.claim[c].metric;
                double value = block->outcome[(a * KL_N_OUTCOMES + (size_t)metric) * runs + (size_t)r];
                p->value[(a * (size_t)p->study.n_claims + c) * n + w] = as_in_a_file(metric, value);
            }
        }
    return KL_OK;
}

static void play(played *p, const char *text)
{
    p->study = study_of_text(text, NULL, 0);
    assert_int_equal(kl_plan_make(&p->plan, &p->study, 2, 0), KL_OK);
    size_t n = (size_t)p->plan.n_worlds * (size_t)p->plan.n_arms;
    p->status = malloc(n);
    p->value = malloc(n * (size_t)p->study.n_claims * sizeof *p->value);
    assert_non_null(p->status);
    assert_non_null(p->value);
    memset(p->status, KL_RUN_MISSING, n);
    kl_engine_options engine = {.sink = keep, .data = p};
    assert_int_equal(kl_engine_run(&p->study, &p->plan, &engine), KL_OK);
}

static void forget(played *p)
{
    free(p->status);
    free(p->value);
    kl_study_free(&p->study);
}

/* The audit over independent units, of the worlds whose `there` is set. */
static kl_share audit_of(const played *p, int arm, int c, const uint8_t *there)
{
    int n, size;
    size_t all = (size_t)p->plan.n_worlds;
    int turned = kl_study_units(&p->study, &n, &size);
    double *value = malloc(all * sizeof *value);
    int8_t *status = malloc(all);
    kl_audit audit;
    assert_true(value && status);
    for (size_t w = 0; w < all; w++) {
        size_t point = w / (size_t)p->plan.n_replicates, replicate = w % (size_t)p->plan.n_replicates;
        size_t to = turned ? replicate * (size_t)size + point : w;
        value[to] = p->value[((size_t)arm * (size_t)p->study.n_claims + (size_t)c) * all + w];
        status[to] = there[w] ? p->status[(size_t)arm * all + w] : (int8_t)KL_RUN_MISSING;
    }
    assert_int_equal(kl_audit_make(&audit, &p->study.claim[c], value, status, n, size), KL_OK);
    free(value);
    free(status);
    return audit.holds;
}

static void expect_audit(const played *p, const kl_tally *tally, const uint8_t *there)
{
    for (int a = 0; a < p->study.n_arms; a++)
        for (int c = 0; c < p->study.n_claims; c++) {
            kl_share got = kl_tally_share(tally, a, c), due = audit_of(p, a, c, there);
            assert_true(got.n == due.n && got.hits == due.hits);
            assert_memory_equal(&got.share, &due.share, sizeof got.share);
            assert_memory_equal(&got.lo, &due.lo, sizeof got.lo);
            assert_memory_equal(&got.hi, &due.hi, sizeof got.hi);
        }
}

/* A finished block, made again from what was kept; the outcomes that no claim asks for are left out. */
static void add_again(const played *p, kl_tally *tally, int64_t index)
{
    kl_block block = kl_plan_block(&p->plan, index);
    size_t runs = (size_t)block.n_runs, n = (size_t)p->plan.n_worlds, arms = (size_t)block.n_arms;
    int8_t *status = malloc(arms * runs);
    double *outcome = calloc(arms * KL_N_OUTCOMES * runs, sizeof *outcome);
    assert_true(status && outcome);
    for (size_t a = 0; a < arms; a++)
        for (int r = 0; r < block.n_runs; r++) {
            size_t w = world_of(p, &block, r);
            status[a * runs + (size_t)r] = p->status[a * n + w];
            for (size_t c = 0; c < (size_t)p->study.n_claims; c++)
                outcome[(a * KL_N_OUTCOMES + (size_t)p->study.claim[c].metric) * runs + (size_t)r] =
                    p->value[(a * (size_t)p->study.n_claims + c) * n + w];
        }
    block.status = status;
    block.outcome = outcome;
    kl_tally_add(tally, &block);
    free(status);
    free(outcome);
}

static kl_tally *tally_of(const played *p)
{
    kl_tally *tally;
    int arm[8];
    for (int a = 0; a < 8; a++)
        arm[a] = a;
    assert_int_equal(kl_tally_new(&tally, &p->study, &p->plan, p->study.n_arms, arm), KL_OK);
    return tally;
}

/* Backwards, and every third block as if it had been in the file before; on the way and at the end as the audit has it. */
static void check_tally(const char *text, int is_split)
{
    played p;
    play(&p, text);
    kl_tally *tally = tally_of(&p);
    uint8_t *there = calloc((size_t)p.plan.n_worlds, 1);
    assert_non_null(there);
    assert_true(p.plan.n_blocks > 3);
    assert_true(is_split == (p.study.design.row_size > 1 || p.plan.block_replicates < p.plan.n_replicates));
    for (int64_t b = p.plan.n_blocks - 1; b >= 0; b--) {
        kl_block block = kl_plan_block(&p.plan, b);
        for (int a = 0; b % 3 == 0 && a < p.study.n_arms; a++)
            for (int c = 0; c < p.study.n_claims; c++)
                kl_tally_add_stored(tally, a, c, &block,
                                    p.value + (size_t)(a * p.study.n_claims + c) * (size_t)p.plan.n_worlds);
        if (b % 3 != 0)
            add_again(&p, tally, b);
        for (int r = 0; r < block.n_runs; r++)
            there[world_of(&p, &block, r)] = 1;
        if (b == p.plan.n_blocks / 2 || b == 0)
            expect_audit(&p, tally, there);
    }
    assert_true(isinf(kl_tally_passes(tally, 0)));
    kl_tally_free(tally);
    free(there);
    forget(&p);
}

static void independent_points_are_added_block_by_block(void **state)
{
    (void)state;
    check_tally(HEAD "points: 300\narms: [{name: x}, {name: y, parameters: {opex_support: 0.5}}]\n", 0);
}

static void replicates_of_a_point_are_one_unit(void **state)
{
    (void)state;
    check_tally(HEAD "points: 100\nreplicates: 4\n", 0);
}

static void units_that_are_split_over_blocks_are_put_together(void **state)
{
    (void)state;
    check_tally(HEAD "points: 3\nreplicates: 90\n", 1);
    check_tally(HEAD "points: 70\nreplicates: 5\n", 1); /* 4 and 1 */
}

static void replicates_of_a_single_point_are_independent(void **state)
{
    (void)state;
    check_tally("klaster: 1\nname: tally\nmonths: 24\npoints: 1\nreplicates: 200\nparameters: {firms: 12}\n"
                "claims: [{name: a, metric: saving_joint, interval: [0.2, 0.35]}]\n",
                1);
}

static void the_cells_of_a_factorial_share_their_draw(void **state)
{
    (void)state;
    check_tally(HEAD "points: 30\ndesign: {kind: factorial, factors: {fee: [0.01, 0.03, 0.08], margin: [0.2, 0.4]}}\n",
                1);
}

static void the_replicates_of_a_single_grid_are_its_units(void **state)
{
    (void)state;
    check_tally(HEAD "points: 1\nreplicates: 40\n"
                     "design: {kind: factorial, factors: {fee: [0.01, 0.03, 0.08], margin: [0.2, 0.4]}}\n",
                1);
}

/* 6 cells, 30 draws; 180 worlds in blocks of 2, so 3 blocks are a pass. */
static void passes_through_a_factorial_are_counted(void **state)
{
    (void)state;
    played p;
    play(&p, HEAD "points: 30\ndesign: {kind: factorial, factors: {fee: [0.01, 0.03, 0.08], margin: [0.2, 0.4]}}\n");
    kl_tally *tally = tally_of(&p);
    assert_int_equal(p.plan.block_points, 2);
    assert_true(kl_tally_passes(tally, 0) == 0);
    for (int64_t b = 0; b < 6; b++)
        add_again(&p, tally, b);
    assert_true(kl_tally_passes(tally, 0) == 2);
    kl_tally_free(tally);
    forget(&p);
}

static void what_cannot_be_counted_is_refused(void **state)
{
    (void)state;
    kl_tally *tally;
    int arm[1] = {0};
    kl_study study = study_of_text(HEAD "points: 30\n", NULL, 0);
    kl_plan plan;
    assert_int_equal(kl_plan_make(&plan, &study, 1, 0), KL_OK);
    assert_int_equal(kl_tally_new(&tally, &study, &plan, 0, arm), KL_ERR_ARGUMENT);
    arm[0] = 1;
    assert_int_equal(kl_tally_new(&tally, &study, &plan, 1, arm), KL_ERR_ARGUMENT);
    assert_null(tally);
    arm[0] = 0; /* 3 claims x 2 million points x 8 bytes */
    study.n_points = plan.n_points = 2000000;
    plan.n_replicates = study.n_replicates = 2 * plan.block_replicates;
    assert_int_equal(kl_tally_new(&tally, &study, &plan, 1, arm), KL_ERR_RESOURCES);
    assert_null(tally);
    kl_tally_free(NULL);
    kl_study_free(&study);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(independent_points_are_added_block_by_block),
        cmocka_unit_test(replicates_of_a_point_are_one_unit),
        cmocka_unit_test(units_that_are_split_over_blocks_are_put_together),
        cmocka_unit_test(replicates_of_a_single_point_are_independent),
        cmocka_unit_test(the_cells_of_a_factorial_share_their_draw),
        cmocka_unit_test(the_replicates_of_a_single_grid_are_its_units),
        cmocka_unit_test(passes_through_a_factorial_are_counted),
        cmocka_unit_test(what_cannot_be_counted_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
