/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a run was like, month by month and firm by firm, kept while it is played: for JSON and the page of `klaster replay`. */
#ifndef KLASTER_CLI_REPLAY_RECORD_H
#define KLASTER_CLI_REPLAY_RECORD_H

#include "cli/replay.h"

/* What can happen to a firm. X(ENUMERATOR, word); what its number says. */
#define KL_EVENT_LIST(X)                                       \
    X(PILOT, "pilot")     /* chosen for the pilot */           \
    X(INVITED, "invited") /* number: the wave, from 1 */       \
    X(TRAINED, "trained")                                      \
    X(JOINED, "joined")                                        \
    X(REJOINED, "rejoined")                                    \
    X(LEFT, "left")                                            \
    X(SENT_HOME, "sent_home") /* the ecosystem closed */       \
    X(ENTERED, "entered")     /* number: the market, from 0 */ \
    X(WITHDREW, "withdrew")   /* from that market */           \
    X(INNOVATION, "innovation")

typedef enum kl_event_kind {
#define KL_EVENT_ENUMERATOR(name, word) KL_EVENT_##name,
    KL_EVENT_LIST(KL_EVENT_ENUMERATOR)
#undef KL_EVENT_ENUMERATOR
} kl_event_kind;

typedef struct kl_event {
    int month, firm; /* from 1; from 0 */
    kl_event_kind kind;
    int number; /* -1 where there is none */
} kl_event;

/* Courses of a firm that are kept in thousandths. */
#define KL_COURSE_LIST(X) X(usage) X(trust) X(satisfaction) X(saving_net)

typedef enum kl_course {
#define KL_COURSE_ENUMERATOR(name) KL_COURSE_##name,
    KL_COURSE_LIST(KL_COURSE_ENUMERATOR)
#undef KL_COURSE_ENUMERATOR
        KL_N_COURSES
} kl_course;

typedef struct kl_record {
    kl_month *month; /* [horizon] */
    /* of the firms; only where they were asked for */
    bool with_firms;
    int n_events, capacity;
    kl_event *event;               /* by month, then firm */
    int32_t *course[KL_N_COURSES]; /* [horizon][n_firms], thousandths */
    kl_firm *first, *last;         /* [n_firms] before the first month; after the month just played */
    kl_firm_past *past;            /* [n_firms] after it */
    bool has_failed;               /* out of memory */
} kl_record;

/* Play the run and keep its record. KL_ERR_MEMORY, and as kl_replay_play. Free in any case. */
KL_MUST_USE kl_status kl_record_play(kl_record *record, kl_replay *replay, bool with_firms);
void kl_record_free(kl_record *record);

/* The same in steps, for who does more: with_firms set and all else zero before the first month; then after each. */
KL_MUST_USE kl_status kl_record_start(kl_record *record, const kl_replay *replay);
void kl_record_month(kl_record *record, const kl_replay *replay);

/* Put what the months and the gate were like into `json`; and with firms the markets, ties and events. At most so many ties are
 * listed. */
void kl_record_put(const kl_record *record, const kl_replay *replay, json_t *json, int ties_most);

#endif
