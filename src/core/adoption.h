/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a run remembers where only joining and leaving are played and every firm answers alike (adoption.c). Part of kl_state,
 * private to src/core. */
#ifndef KL_ADOPTION_H
#define KL_ADOPTION_H

#include <stdint.h>

/* Where a firm stands. The first three have the same hazard whatever the firm's tied firms do. */
typedef enum kl_standing {
    KL_WAITING, /* outside, and may not join: it left less than rejoin_wait months ago, or was never invited */
    KL_MEMBER,
    KL_NEW_MEMBER, /* as long as leave_new_factor holds */
    KL_OUTSIDE     /* may join */
} kl_standing;

/* A table of hazards, so that a firm's hazard is looked up when one of its tied firms moves. Rows: one for each of the first
 * three standings, then for an outsider with d ties a row of d + 1, by the number of them that are members. Worlds with a firm
 * of more ties work without it. */
#define KL_TABLED_TIES 63
#define KL_TABLE_ROW (KL_TABLED_TIES + 1)
#define KL_TABLE_CELLS (3 * KL_TABLE_ROW + KL_TABLE_ROW * (KL_TABLE_ROW + 1) / 2)

/* The rule of joining and leaving, as far as it is the same for every firm. */
typedef struct kl_adoption_rule {
    int32_t kind;                /* kl_adoption_rule_logit, ... */
    float intercept, peers;      /* logit */
    float innovation, imitation; /* bass, a month */
    float threshold;
    float leave, leave_new; /* hazards */
} kl_adoption_rule;

typedef struct kl_adoption {
    int alike;  /* 1: the arrays below are in use; 0: the whole model's are */
    int tabled; /* 1: cells are places in the table; 0: they count member peers */
    int stale;  /* not tabled: some rate may have changed */
    int queue_begun, queue_end, n_waiting;
    kl_adoption_rule rule;
    /* arrays, carved from the run's memory, [n_padded] but for the last */
    float *rate;       /* what the firm's clock gains this month */
    int32_t *standing; /* kl_standing */
    int32_t *cell;     /* first cell of the row in the table + tied firms that are members */
    int32_t *since;    /* month of the last joining or leaving */
    int32_t *queue;    /* firms that wait, a ring, in the order of leaving */
    uint32_t *struck;  /* [block][lane]: a bit each row: firms whose clock strikes this month */
    /* the table, kept from run to run: rows up to `table_ties`, of `table_rule` */
    int table_ties; /* -1: none */
    kl_adoption_rule table_rule;
    float table[KL_TABLE_CELLS];
} kl_adoption;

#endif
