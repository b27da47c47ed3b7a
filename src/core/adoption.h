/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a run remembers where only joining and leaving are played and every firm answers alike (adoption.c). Part of kl_state,
 * private to src/core. */
#ifndef KL_ADOPTION_H
#define KL_ADOPTION_H

#include <stdint.h>

/* Where a firm stands; members have odd numbers. The hazard of the first three does not depend on the firm's tied firms. */
typedef enum kl_standing {
    KL_WAITING, /* outside, and may not join: it left less than rejoin_wait months ago, or was never invited */
    KL_MEMBER,
    KL_OUTSIDE,   /* may join */
    KL_NEW_MEMBER /* as long as leave_new_factor holds */
} kl_standing;

#define KL_SPELLS_KEPT 4 /* a firm's first spells, whose limits are drawn for all firms at once */

/* A table of hazards, so that a firm's hazard is looked up when one of its tied firms moves. Rows: one a standing (that of
 * outsiders stays empty), then for an outsider with d ties a row of d + 1, by the number of them that are members. Worlds with a firm
 * of more ties work without it. */
#define KL_TABLED_TIES 63
#define KL_TABLE_ROW (KL_TABLED_TIES + 1)
#define KL_TABLE_CELLS (4 * KL_TABLE_ROW + KL_TABLE_ROW * (KL_TABLE_ROW + 1) / 2)

/* The rule of joining and leaving, as far as it is the same for every firm. */
typedef struct kl_adoption_rule {
    int32_t kind;                /* kl_adoption_rule_logit, ... */
    float intercept, peers;      /* logit */
    float innovation, imitation; /* bass, a month */
    float threshold;
    float leave, leave_new; /* hazards */
} kl_adoption_rule;

typedef struct kl_adoption {
    int alike;     /* 1: what follows is in use; 0: the whole model's arrays are */
    int tabled;    /* 1: cells are places in the table; 0: they count member peers */
    int stale;     /* not tabled: some rate may have changed */
    int row[4];    /* first cell by standing; 0 throughout where not tabled */
    int joins_as;  /* kl_standing of who joins */
    int n_waiting; /* firms in the queue, from queue_begun on */
    int queue_begun, queue_end;
    int spells_drawn; /* limits of the first spells, of all firms */
    kl_adoption_rule rule;
    /* arrays, carved from the run's memory, [n_padded] */
    float *rate;       /* what the firm's clock gains this month */
    float *limit;      /* [spell][n_padded] */
    int32_t *standing; /* kl_standing */
    int32_t *own_row;  /* first cell as an outsider; 0 where not tabled */
    int32_t *cell;     /* first cell of the row in the table + tied firms that are members */
    int32_t *since;    /* month of the last joining or leaving */
    int32_t *queue;    /* firms that wait, a ring, in the order of leaving */
    int32_t *due;      /* firms whose clock strikes this month */
    /* the table, kept from run to run: its first rows of outsiders, of `table_rule` */
    int table_rows;
    kl_adoption_rule table_rule;
    float table[KL_TABLE_CELLS];
} kl_adoption;

#endif
