/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Keeps a run's record. What happened to a firm is read off the difference of its states after two months; at most one of each
 * kind happens in a month, but for markets left. */
#include "cli/replay_record.h"

#include <math.h>
#include <stdlib.h>

/* ---- events ---- */

static void note(kl_record *rec, const kl_replay *r, int firm, kl_event_kind kind, int number)
{
    if (rec->n_events == rec->capacity) {
        int capacity = rec->capacity > 0 ? 2 * rec->capacity : 256;
        kl_event *larger = realloc(rec->event, (size_t)capacity * sizeof *larger);
        if (!larger) {
            rec->has_failed = true;
            return;
        }
        rec->event = larger;
        rec->capacity = capacity;
    }
    rec->event[rec->n_events++] = (kl_event){r->run.month, firm, kind, number};
}

/* Joining and leaving. Who joined in the month in which the ecosystem closed was sent home in it, too. */
static void note_membership(kl_record *rec, const kl_replay *r, int i, const kl_firm *is, const kl_firm_past *past)
{
    const kl_firm *was = &rec->last[i];
    int joins = rec->past[i].joins;
    bool has_joined = past->joins > joins;
    bool has_closed = r->run.stage >= r->mechanism.n_stages &&
                      (r->run.status == KL_RUN_GATE_FAILED || r->run.status == KL_RUN_INSOLVENT);
    if (has_joined)
        note(rec, r, i, joins > 0 ? KL_EVENT_REJOINED : KL_EVENT_JOINED, -1);
    if ((was->member || has_joined) && !is->member)
        note(rec, r, i, has_closed ? KL_EVENT_SENT_HOME : KL_EVENT_LEFT, -1);
}

static void note_markets(kl_record *rec, const kl_replay *r, int i, uint32_t is)
{
    uint32_t was = rec->past[i].markets;
    for (int j = 0; j < 32; j++) {
        if ((was & ~is) >> j & 1)
            note(rec, r, i, KL_EVENT_WITHDREW, j);
        if ((is & ~was) >> j & 1)
            note(rec, r, i, KL_EVENT_ENTERED, j);
    }
}

static void note_firm(kl_record *rec, const kl_replay *r, int i, const kl_firm *is)
{
    const kl_firm *was = &rec->last[i];
    kl_firm_past past = kl_run_firm_past(&r->run, i);
    if (is->pilot && !was->pilot)
        note(rec, r, i, KL_EVENT_PILOT, -1);
    if (is->wave > 0 && was->wave == 0)
        note(rec, r, i, KL_EVENT_INVITED, is->wave);
    if (is->trained && !was->trained)
        note(rec, r, i, KL_EVENT_TRAINED, -1);
    note_membership(rec, r, i, is, &past);
    note_markets(rec, r, i, past.markets);
    if (past.innovations > rec->past[i].innovations)
        note(rec, r, i, KL_EVENT_INNOVATION, -1);
    rec->past[i] = past;
}

/* ---- keeping ---- */

static int32_t thousandths(double value)
{
    return (int32_t)floor(1000 * value + .5);
}

void kl_record_month(kl_record *rec, const kl_replay *r)
{
    int m = r->run.month - 1;
    rec->month[m] = kl_run_month(&r->run);
    for (int i = 0; rec->with_firms && i < r->run.n_firms; i++) {
        size_t at = (size_t)m * (size_t)r->run.n_firms + (size_t)i;
        kl_firm firm = kl_run_firm(&r->run, i);
        note_firm(rec, r, i, &firm);
#define KEEP(name) rec->course[KL_COURSE_##name][at] = thousandths(firm.name);
        KL_COURSE_LIST(KEEP)
#undef KEEP
        rec->last[i] = firm;
    }
}

static void on_month(kl_replay *r, void *data)
{
    kl_record_month(data, r);
}

kl_status kl_record_start(kl_record *rec, const kl_replay *r)
{
    size_t firms = (size_t)r->run.n_firms, months = (size_t)r->run.horizon;
    rec->month = calloc(months, sizeof *rec->month);
    if (!rec->month)
        return KL_ERR_MEMORY;
    if (!rec->with_firms)
        return KL_OK;
    rec->first = calloc(firms, sizeof *rec->first);
    rec->last = calloc(firms, sizeof *rec->last);
    rec->past = calloc(firms, sizeof *rec->past);
    bool has_all = rec->first && rec->last && rec->past;
    for (int c = 0; c < KL_N_COURSES; c++) {
        rec->course[c] = calloc(firms * months, sizeof **rec->course);
        has_all = has_all && rec->course[c];
    }
    if (!has_all)
        return KL_ERR_MEMORY;
    for (int i = 0; i < r->run.n_firms; i++) {
        rec->first[i] = rec->last[i] = kl_run_firm(&r->run, i);
        rec->past[i] = kl_run_firm_past(&r->run, i);
    }
    return KL_OK;
}

static kl_status on_start(kl_replay *r, void *data)
{
    return kl_record_start(data, r);
}

kl_status kl_record_play(kl_record *rec, kl_replay *r, bool with_firms)
{
    *rec = (kl_record){.with_firms = with_firms};
    kl_status status = kl_replay_play(r, on_start, on_month, rec);
    return status == KL_OK && rec->has_failed ? KL_ERR_MEMORY : status;
}

void kl_record_free(kl_record *rec)
{
    free(rec->month);
    free(rec->event);
    free(rec->first);
    free(rec->last);
    free(rec->past);
    for (int c = 0; c < KL_N_COURSES; c++)
        free(rec->course[c]);
    *rec = (kl_record){0};
}

/* ---- JSON ---- */

static const char *event_word(kl_event_kind kind)
{
    switch (kind) {
#define WORD(name, word)  \
    case KL_EVENT_##name: \
        return word;
        KL_EVENT_LIST(WORD)
#undef WORD
    default:
        return "";
    }
}

/* course.<field>[month] */
static json_t *course_json(const kl_record *rec, int months)
{
    json_t *course = json_object();
#define FIELD(type, name, unit, meaning)                                               \
    {                                                                                  \
        json_t *values = json_array();                                                 \
        for (int m = 0; m < months; m++)                                               \
            json_array_append_new(values, kl_json_number((double)rec->month[m].name)); \
        json_object_set_new(course, #name, values);                                    \
    }
    KL_MONTH_FIELDS(FIELD)
#undef FIELD
    return course;
}

static json_t *gates_json(const kl_record *rec, int months)
{
    static const char *const verdict[] = {"", "go_on", "repeat", "give_up"};
    json_t *gates = json_array();
    for (int m = 0; m < months; m++)
        if (rec->month[m].verdict != KL_GATE_NONE)
            json_array_append_new(gates, json_pack("{s:i, s:o, s:s}", "month", m + 1, "score",
                                                   kl_json_number(rec->month[m].score), "verdict",
                                                   verdict[rec->month[m].verdict]));
    return gates;
}

static json_t *events_json(const kl_record *rec)
{
    json_t *events = json_array();
    for (int e = 0; e < rec->n_events; e++) {
        json_t *event = json_array();
        json_array_append_new(event, json_integer(rec->event[e].month));
        json_array_append_new(event, json_integer(rec->event[e].firm));
        json_array_append_new(event, json_string(event_word(rec->event[e].kind)));
        if (rec->event[e].number >= 0)
            json_array_append_new(event, json_integer(rec->event[e].number));
        json_array_append_new(events, event);
    }
    return events;
}

static json_t *markets_json(const kl_replay *r)
{
    json_t *markets = json_array();
    for (int j = 0; j < r->params.markets; j++) {
        kl_market market = kl_run_market(&r->run, j);
        json_array_append_new(
            markets, json_pack("{s:o, s:b}", "demand", kl_json_number(market.demand), "abroad", market.abroad));
    }
    return markets;
}

/* Pairs of firms, each once. */
static json_t *ties_json(const kl_replay *r)
{
    json_t *ties = json_array();
    for (int i = 0; i < r->run.n_firms; i++) {
        const int32_t *tie;
        int n = kl_run_ties(&r->run, i, &tie);
        for (int k = 0; tie && k < n; k++)
            if (tie[k] > i)
                json_array_append_new(ties, json_pack("[i, i]", i, (int)tie[k]));
    }
    return ties;
}

/* The complete graph is not stored. */
static bool lists_ties(const kl_replay *r)
{
    const int32_t *tie;
    for (int i = 0; i < r->run.n_firms; i++)
        if (kl_run_ties(&r->run, i, &tie) > 0)
            return tie != NULL;
    return true;
}

void kl_record_put(const kl_record *rec, const kl_replay *r, json_t *json, int ties_most)
{
    json_object_set_new(json, "course", course_json(rec, r->run.horizon));
    json_object_set_new(json, "gates", gates_json(rec, r->run.horizon));
    if (!rec->with_firms)
        return;
    const int32_t *tie;
    int64_t ends = 0;
    for (int i = 0; i < r->run.n_firms; i++)
        ends += kl_run_ties(&r->run, i, &tie);
    json_object_set_new(json, "markets", markets_json(r));
    json_object_set_new(json, "ties_number", json_integer(ends / 2));
    if (lists_ties(r) && ends / 2 <= ties_most)
        json_object_set_new(json, "ties", ties_json(r));
    json_object_set_new(json, "events", events_json(rec));
}
