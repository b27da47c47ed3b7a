/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `klaster replay --html`: what src/pages/replay shows. Of months, stages, gates and outcomes it is what --json prints; firms come
 * in a more compact form: what never changes once, what happened as events, and courses in thousandths. */
#include <stdlib.h>
#include <string.h>

#include "cli/outcome.h"
#include "cli/page.h"
#include "cli/replay_record.h"

enum {
    FIRMS_MOST = 2000,         /* dots that can be told apart */
    FIRM_MONTHS_MOST = 250000, /* of all runs of a page: a few megabytes */
    TIES_MOST = 20000
};

int kl_replay_page_check(const kl_cli *cli, const char *path, bool force)
{
    return kl_page_check(cli, KL_PAGE_REPLAY, path, force);
}

int kl_replay_page_fits(const kl_replay *r, int n_runs)
{
    int64_t months = (int64_t)r->params.firms * r->study->horizon * (n_runs > 0 ? n_runs : 1);
    if (r->params.firms > FIRMS_MOST)
        return kl_fail(
            r->cli, KL_EXIT_USAGE,
            "replay: %d firms are too many for a page, which shows at most %d; --firms --csv prints them all",
            r->params.firms, FIRMS_MOST);
    if (months > FIRM_MONTHS_MOST)
        return kl_fail(
            r->cli, KL_EXIT_USAGE,
            "replay: %d firms in %d months are too much for a page, which holds at most %d firms times months "
            "in all its arms; --firms --csv prints them all",
            r->params.firms, r->study->horizon, FIRM_MONTHS_MOST);
    return KL_EXIT_OK;
}

/* ---- one run ---- */

/* What of a firm is known at the start and stays so, or is said at the end. X(key, value) with `was` and `is` the firm then, and
 * `gain` what the ecosystem brought it. */
#define FIRM_FACTS(X)                 \
    X(sector, was->sector)            \
    X(exporter, was->exporter)        \
    X(employees, was->employees)      \
    X(revenue, was->revenue)          \
    X(budget, was->budget)            \
    X(ties, was->ties)                \
    X(readiness, was->readiness)      \
    X(trust_first, was->trust)        \
    X(markets_first, was->markets)    \
    X(pilot, is->pilot)               \
    X(wave, is->wave)                 \
    X(value, is->value)               \
    X(public_money, is->public_money) \
    X(gain, gain.value)

/* firms.<fact>[firm] */
static void put_facts(const kl_record *rec, const kl_replay *r, json_t *firms)
{
#define MAKE(key, value_of) json_object_set_new(firms, #key, json_array());
    FIRM_FACTS(MAKE)
#undef MAKE
    for (int i = 0; i < r->run.n_firms; i++) {
        const kl_firm *was = &rec->first[i], *is = &rec->last[i];
        kl_firm_gain gain = kl_run_firm_gain(&r->run, i);
#define ADD(key, value_of) json_array_append_new(json_object_get(firms, #key), kl_json_number((double)(value_of)));
        FIRM_FACTS(ADD)
#undef ADD
    }
}

/* firms.<course>[firm][month], in thousandths */
static void put_course(const kl_record *rec, const kl_replay *r, json_t *firms, const char *name, kl_course course)
{
    json_t *all = json_array();
    for (int i = 0; i < r->run.n_firms; i++) {
        json_t *months = json_array();
        for (int m = 0; m < r->run.horizon; m++)
            json_array_append_new(months,
                                  json_integer(rec->course[course][(size_t)m * (size_t)r->run.n_firms + (size_t)i]));
        json_array_append_new(all, months);
    }
    json_object_set_new(firms, name, all);
}

kl_status kl_replay_page_run(kl_replay *r, json_t **json)
{
    kl_record rec;
    kl_status status = kl_record_play(&rec, r, true);
    if (status == KL_OK) {
        json_t *firms = json_object();
        put_facts(&rec, r, firms);
#define PUT(name) put_course(&rec, r, firms, #name, KL_COURSE_##name);
        KL_COURSE_LIST(PUT)
#undef PUT
        *json = kl_replay_run_json(r, &rec, TIES_MOST);
        json_object_set_new(*json, "firms", firms);
    }
    kl_record_free(&rec);
    return status;
}

/* ---- all ---- */

static json_t *study_json(const kl_study *study)
{
    return json_pack("{s:s, s:s, s:s, s:I, s:i, s:s}", "name", study->name, "title", study->title, "description",
                     study->description, "seed", (json_int_t)study->seed, "months", study->horizon, "baseline",
                     study->arm[study->baseline].name);
}

/* Units and meanings of what the page shows. */
static json_t *outcomes_json(void)
{
    static const char *const type[] = {"share", "ratio", "money", "month", "count"};
    json_t *all = json_object();
    for (int i = 0; i < KL_N_OUTCOMES; i++) {
        const kl_outcome_info *info = kl_outcome_info_of((kl_outcome_id)i);
        json_object_set_new(all, info->name,
                            json_pack("{s:s, s:s, s:i, s:s}", "type", type[info->type], "unit", info->unit, "digits",
                                      info->digits, "meaning", info->meaning));
    }
    return all;
}

int kl_replay_page_write(const kl_replay *r, const char *path, bool force, int lang, json_t *runs)
{
    static const char *const languages[] = {"en", "ru", "uz"};
    char *command = kl_command_line(r->cli);
    json_t *json = json_pack("{s:i, s:s, s:{s:s, s:s}, s:o, s:i, s:i, s:o, s:o}", "format", 1, "page", "replay",
                             "program", "name", "klaster", "version", KL_VERSION, "study", study_json(r->study),
                             "point", r->point, "replicate", r->replicate, "outcomes", outcomes_json(), "runs", runs);
    if (command)
        json_object_set_new(json, "command", kl_json_printable(command));
    if (lang >= 0)
        json_object_set_new(json, "lang", json_string(languages[lang]));
    free(command);
    return kl_page_write(r->cli, KL_PAGE_REPLAY, path, force, kl_json_whole(json));
}
