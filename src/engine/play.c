/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Plays worlds into the buffers of a block. A world that cannot be played is recorded as failed, never left out. After
 * the first worlds nothing is allocated: runs and buffers are kept. */
#include "engine/play.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

double kl_player_bytes(int n_arms, int horizon, int n_runs)
{
    double run = 2 + (double)sizeof(kl_params) + KL_N_OUTCOMES * (double)sizeof(double) +
                 (double)KL_N_SERIES * horizon * (double)sizeof(float);
    double rows = (double)KL_PLAYER_ROWS * KL_N_SERIES * (1 + horizon * (double)sizeof(float)) + KL_N_SERIES;
    return run * n_arms * n_runs + rows * n_arms;
}

/* What the buffers hold of a series. Undefined ones are written once for all blocks of as many runs, not with every run. */
enum { STALE, MIXED, ALL_NAN }; /* of another block; of runs of this one; NaN, whichever run is read */

/* Of n floats, all 0: a whole row of KL_PLAYER_ROWS runs is one line of the cache. */
static float *make_series(size_t n)
{
    size_t line = KL_PLAYER_ROWS * sizeof(float), bytes = (n * sizeof(float) + line - 1) / line * line;
    float *series = aligned_alloc(line, bytes);
    if (series)
        memset(series, 0, bytes);
    return series;
}

kl_status kl_player_init(kl_player *player, const kl_study *study, int n_runs, const volatile int *stop)
{
    memset(player, 0, sizeof *player);
    player->study = study;
    player->stop = stop;
    player->point = -1;
    kl_run_init(&player->run);
    if (kl_player_bytes(study->n_arms, study->horizon, n_runs) > (double)(SIZE_MAX / 4))
        return KL_ERR_MEMORY;
    size_t cells = (size_t)study->n_arms * (size_t)n_runs;
    player->drawn = calloc((size_t)study->n_arms * KL_PLAYER_AHEAD, sizeof *player->drawn);
    player->status = calloc(cells, sizeof *player->status);
    player->outcome = calloc(cells * KL_N_OUTCOMES, sizeof *player->outcome);
    player->series = make_series(cells * KL_N_SERIES * (size_t)study->horizon);
    player->given = calloc(cells, sizeof *player->given);
    player->row = calloc((size_t)study->n_arms * KL_PLAYER_ROWS * KL_N_SERIES * (size_t)study->horizon, sizeof(float));
    player->row_is_nan = calloc((size_t)study->n_arms * KL_PLAYER_ROWS * KL_N_SERIES, 1);
    player->holds = calloc((size_t)study->n_arms * KL_N_SERIES, 1);
    player->params = calloc(cells, sizeof *player->params); /* no more points than runs */
    return player->params && player->drawn && player->status && player->outcome && player->series && player->given &&
                   player->row && player->row_is_nan && player->holds
               ? KL_OK
               : KL_ERR_MEMORY;
}

void kl_player_free(kl_player *player)
{
    kl_run_free(&player->run);
    kl_baseline_free(&player->baseline);
    free(player->drawn);
    free(player->status);
    free(player->outcome);
    free(player->series);
    free(player->row);
    free(player->row_is_nan);
    free(player->holds);
    free(player->params);
    free(player->given);
    memset(player, 0, sizeof *player);
    kl_run_init(&player->run);
}

int kl_player_is_stopped(const kl_player *player)
{
    return player->stop && __atomic_load_n(player->stop, __ATOMIC_RELAXED) != 0;
}

kl_status kl_player_draw(kl_player *player, int point)
{
    const kl_study *study = player->study;
    int n = player->end - point;
    player->point = point;
    if (point >= player->first_drawn && point < player->first_drawn + player->n_drawn)
        return KL_OK;
    n = n < 1 ? 1 : n > KL_PLAYER_AHEAD ? KL_PLAYER_AHEAD : n;
    player->first_drawn = point;
    player->n_drawn = n;
    for (int arm = 0; arm < study->n_arms; arm++) {
        kl_drawn *drawn = player->drawn + (size_t)arm * KL_PLAYER_AHEAD;
        kl_study_draws(study, arm, point, n, player->drawn, drawn);
        for (int i = 0; i < n; i++)
            if (drawn[i].status == KL_ERR_MEMORY) {
                player->n_drawn = 0;
                return KL_ERR_MEMORY;
            }
    }
    return KL_OK;
}

const kl_drawn *kl_player_arm(const kl_player *player, int arm)
{
    return player->drawn + (size_t)arm * KL_PLAYER_AHEAD + (player->point - player->first_drawn);
}

/* Any other status than KL_OK, KL_ERR_MEMORY and KL_ERR_STOPPED means that this run failed. */
static kl_status play_arm(kl_player *player, int arm, kl_world world)
{
    const kl_drawn *drawn = kl_player_arm(player, arm);
    kl_run *run = &player->run;
    if (drawn->status != KL_OK)
        return drawn->status;
    kl_status status = kl_run_start(run, &drawn->params, &drawn->mechanism, world, player->study->horizon);
    if (status != KL_OK)
        return status;
    while (run->month < run->horizon) {
        if (kl_player_is_stopped(player))
            return KL_ERR_STOPPED;
        kl_run_step(run);
    }
    return run->status == KL_RUN_FAILED ? KL_ERR_INVARIANT : kl_run_check(run, NULL);
}

/* The months of a series, into a row. */
static void record_series(kl_player *player, int arm, size_t row, kl_series_id series, int failed, size_t n_months)
{
    size_t at = ((size_t)arm * KL_PLAYER_ROWS + row) * KL_N_SERIES + (size_t)series;
    float *to = player->row + at * n_months;
    if (!failed && !kl_run_is_undefined(&player->run, series)) {
        memcpy(to, kl_run_months(&player->run, series), n_months * sizeof *to);
        player->row_is_nan[at] = 0;
        return;
    }
    for (size_t m = 0; !player->row_is_nan[at] && m < n_months; m++)
        to[m] = NAN;
    player->row_is_nan[at] = 1;
}

static void record(kl_player *player, const kl_block *block, int arm, int r, int failed)
{
    size_t n_runs = (size_t)block->n_runs, at = (size_t)r;
    size_t n_months = (size_t)block->horizon;
    double outcome[KL_N_OUTCOMES];
    if (failed)
        for (int k = 0; k < KL_N_OUTCOMES; k++)
            outcome[k] = (double)NAN;
    else
        kl_run_outcomes(&player->run, outcome);
    if (!failed && arm != player->study->baseline)
        kl_baseline_outcomes(&player->baseline, &player->run, outcome);
    player->status[(size_t)arm * n_runs + at] = (int8_t)(failed ? KL_RUN_FAILED : player->run.status);
    double *to = player->outcome + (size_t)arm * KL_N_OUTCOMES * n_runs + at;
    for (size_t k = 0; k < KL_N_OUTCOMES; k++)
        to[k * n_runs] = outcome[k];
    for (int k = 0; k < KL_N_SERIES; k++)
        record_series(player, arm, (size_t)(r - player->first_row), (kl_series_id)k, failed, n_months);
}

/* One run behind the other becomes one month behind the other. `months` cells from `row` on, of runs that stand `apart` cells apart. */
static void turn_series(const float *restrict row, float *restrict to, size_t months, size_t apart, size_t n_runs,
                        int n_rows)
{
    if (n_rows == KL_PLAYER_ROWS) {
        for (size_t m = 0; m < months; m++)
            for (size_t r = 0; r < KL_PLAYER_ROWS; r++)
                to[m * n_runs + r] = row[r * apart + m];
        return;
    }
    for (size_t m = 0; m < months; m++)
        for (size_t r = 0; r < (size_t)n_rows; r++)
            to[m * n_runs + r] = row[r * apart + m];
}

static int are_nan(const kl_player *player, int arm, int series)
{
    int all = 1;
    for (int r = 0; r < player->n_rows; r++)
        all &= player->row_is_nan[((size_t)arm * KL_PLAYER_ROWS + (size_t)r) * KL_N_SERIES + (size_t)series];
    return all;
}

static void turn_arm(kl_player *player, const kl_block *block, int arm)
{
    size_t months = (size_t)block->horizon, n_runs = (size_t)block->n_runs, apart = KL_N_SERIES * months;
    for (size_t k = 0; k < KL_N_SERIES; k++) {
        uint8_t *holds = &player->holds[(size_t)arm * KL_N_SERIES + k];
        float *to = player->series + ((size_t)arm * KL_N_SERIES + k) * months * n_runs;
        if (*holds != MIXED && are_nan(player, arm, (int)k)) {
            for (size_t i = 0; *holds == STALE && i < months * n_runs; i++)
                to[i] = NAN;
            *holds = ALL_NAN;
            continue;
        }
        *holds = MIXED;
        turn_series(player->row + (size_t)arm * KL_PLAYER_ROWS * apart + k * months, to + player->first_row, months,
                    apart, n_runs, player->n_rows);
    }
}

void kl_player_turn(kl_player *player, const kl_block *block)
{
    for (int arm = 0; player->n_rows > 0 && arm < block->n_arms; arm++)
        turn_arm(player, block, arm);
    player->n_rows = 0;
}

void kl_player_begin(kl_player *player, const kl_block *block)
{
    for (int i = 0; i < block->n_arms * block->n_points; i++)
        player->params[i].firms = 0;
    for (int i = 0; i < block->n_arms * KL_N_SERIES; i++)
        if (player->holds[i] == MIXED || player->n_runs != block->n_runs)
            player->holds[i] = STALE;
    player->n_runs = block->n_runs;
    player->end = block->point0 + block->n_points;
}

static void keep_params(kl_player *player, const kl_block *block, int point)
{
    for (int arm = 0; arm < block->n_arms; arm++)
        if (kl_player_arm(player, arm)->status == KL_OK)
            player->params[(size_t)arm * (size_t)block->n_points + (size_t)point] = kl_player_arm(player, arm)->params;
}

/* Give a run the next row. */
static void take_row(kl_player *player, const kl_block *block, int r)
{
    if (player->n_rows == KL_PLAYER_ROWS || r != player->first_row + player->n_rows)
        kl_player_turn(player, block);
    if (player->n_rows == 0)
        player->first_row = r;
    player->n_rows++;
}

/* Play an arm, and record it unless it is given: then only its firms are wanted, by the other arms. */
static kl_status play_and_record(kl_player *player, const kl_block *block, int arm, int r, kl_world world,
                                 int *n_played)
{
    if (kl_player_is_stopped(player))
        return KL_ERR_STOPPED;
    kl_status status = play_arm(player, arm, world);
    if (status == KL_ERR_MEMORY || status == KL_ERR_STOPPED)
        return status;
    if (!player->given[(size_t)arm * (size_t)block->n_runs + (size_t)r]) {
        record(player, block, arm, r, status != KL_OK);
        ++*n_played;
    }
    if (arm != player->study->baseline || player->study->n_arms == 1)
        return KL_OK;
    if (status == KL_OK)
        return kl_baseline_keep(&player->baseline, &player->run);
    kl_baseline_forget(&player->baseline);
    return KL_OK;
}

kl_status kl_player_play(kl_player *player, const kl_block *block, int r, int *n_played)
{
    int point = block->point0 + r / block->n_replicates;
    int replicate = block->replicate0 + r % block->n_replicates;
    int baseline = player->study->baseline, n_missing = 0;
    const uint8_t *given = player->given + r; /* one of these every n_runs */
    for (int arm = 0; arm < block->n_arms; arm++)
        n_missing += !given[(size_t)arm * (size_t)block->n_runs];
    if (n_missing == 0)
        return KL_OK;
    kl_status status = kl_player_draw(player, point);
    if (status != KL_OK)
        return status;
    if (r % block->n_replicates == 0 || player->params[point - block->point0].firms == 0)
        keep_params(player, block, point - block->point0);
    take_row(player, block, r);
    kl_world world = kl_study_world(player->study, point, replicate);
    status = play_and_record(player, block, baseline, r, world, n_played); /* first: the others look back at it */
    for (int arm = 0; status == KL_OK && arm < block->n_arms; arm++)
        if (arm != baseline && !given[(size_t)arm * (size_t)block->n_runs])
            status = play_and_record(player, block, arm, r, world, n_played);
    return status;
}
