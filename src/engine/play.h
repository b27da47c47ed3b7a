/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One thread's workspace: a run, the drawn inputs of a point, and the buffers of a block. Internal to src/engine. */
#ifndef KL_PLAY_H
#define KL_PLAY_H

#include "klaster/engine.h"

/* Runs whose series are gathered before they are turned: a row of the cache of them is written at a time. */
#define KL_PLAYER_ROWS 16

/* Points of a block that are drawn at once. */
#define KL_PLAYER_AHEAD 16

typedef struct kl_player {
    const kl_study *study;
    const volatile int *stop; /* may be NULL */
    int point;                /* drawn last; -1 for none */
    int first_drawn, n_drawn; /* points that are drawn */
    int end;                  /* after the block's last point: how far may be drawn ahead */
    kl_drawn *drawn;          /* [arm][KL_PLAYER_AHEAD] */
    kl_run run;
    kl_baseline baseline; /* of the world being played */
    int8_t *status;       /* the buffers of a whole block, laid out as kl_block says */
    double *outcome;
    float *series;
    float *row;            /* [arm][KL_PLAYER_ROWS][series][month]: of the last runs, not yet turned into `series` */
    uint8_t *row_is_nan;   /* [arm][KL_PLAYER_ROWS][series]: 1 where a row has NaN in every month */
    int first_row, n_rows; /* number of the first of them in its block */
    int n_runs;            /* of the block: how long a month of `series` is */
    uint8_t *holds;        /* [arm][series]: what `series` holds of a series, see play.c */
    kl_params *params;     /* [arm][point of the block], as drawn */
    uint8_t *given;        /* all 0 but where the engine's caller says otherwise */
} kl_player;

/* Bytes of the buffers of n_runs runs of every arm. */
double kl_player_bytes(int n_arms, int horizon, int n_runs);

/* A player for blocks of up to n_runs runs an arm. KL_ERR_MEMORY; kl_player_free is legal afterwards all the same. */
KL_MUST_USE kl_status kl_player_init(kl_player *player, const kl_study *study, int n_runs, const volatile int *stop);
void kl_player_free(kl_player *player);

/* Draw every arm at a point, unless it is drawn already. Only KL_ERR_MEMORY is an error. */
KL_MUST_USE kl_status kl_player_draw(kl_player *player, int point);

/* An arm at the point drawn last. */
const kl_drawn *kl_player_arm(const kl_player *player, int arm);

/* Forget what was drawn for the points of the last block. */
void kl_player_begin(kl_player *player, const kl_block *block);

/* Play run number r of a block in all arms in which it is not given; *n_played counts them. KL_ERR_MEMORY, KL_ERR_STOPPED.
 * Its series stand in `series` after kl_player_turn. */
KL_MUST_USE kl_status kl_player_play(kl_player *player, const kl_block *block, int r, int *n_played);
void kl_player_turn(kl_player *player, const kl_block *block);

int kl_player_is_stopped(const kl_player *player);

#endif
