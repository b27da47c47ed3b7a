/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `klaster replay` for programs: CSV and JSON. Months are counted from 1, firms, points and replicates from 0. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/outcome.h"
#include "cli/replay_record.h"

static void print_number(double value)
{
    char text[KL_NUMBER_SIZE];
    printf(",%s", isnan(value) ? "" : kl_text_exact(text, sizeof text, value));
}

/* ---- CSV ---- */

static void csv_month(kl_replay *r, void *unused)
{
    int m = r->run.month - 1;
    (void)unused;
    printf("%d,", m + 1);
    kl_text_csv(stdout, kl_replay_stage_name(r, r->stage[m]));
    for (int s = 0; s < KL_N_SERIES; s++)
        print_number(kl_run_series(&r->run, (kl_series_id)s, m));
    fputs("\r\n", stdout);
}

kl_status kl_replay_csv_months(kl_replay *r)
{
    fputs("month,stage", stdout);
    for (int s = 0; s < KL_N_SERIES; s++)
        printf(",%s", kl_series_info_of((kl_series_id)s)->name);
    fputs("\r\n", stdout);
    return kl_replay_play(r, NULL, csv_month, NULL);
}

static void csv_firms(kl_replay *r, void *unused)
{
    (void)unused;
    for (int i = 0; i < r->run.n_firms; i++) {
        kl_firm firm = kl_run_firm(&r->run, i);
        printf("%d,%d", r->run.month, i);
#define FIELD(type, name, unit, meaning) print_number((double)firm.name);
        KL_FIRM_FIELDS(FIELD)
#undef FIELD
        fputs("\r\n", stdout);
    }
}

kl_status kl_replay_csv_firms(kl_replay *r)
{
    fputs("month,firm", stdout);
#define FIELD(type, name, unit, meaning) fputs("," #name, stdout);
    KL_FIRM_FIELDS(FIELD)
#undef FIELD
    fputs("\r\n", stdout);
    return kl_replay_play(r, NULL, csv_firms, NULL);
}

/* ---- JSON ---- */

typedef struct json_parts {
    kl_record record;
    json_t *firms; /* NULL where they are not asked for */
} json_parts;

static kl_status json_start(kl_replay *r, void *data)
{
    json_parts *parts = data;
    return kl_record_start(&parts->record, r);
}

/* firms.<field>[month][firm] */
static void json_month(kl_replay *r, void *data)
{
    json_parts *parts = data;
    kl_record_month(&parts->record, r);
    if (!parts->firms)
        return;
#define FIELD(type, name, unit, meaning)                                                        \
    {                                                                                           \
        json_t *month = json_array();                                                           \
        for (int i = 0; i < r->run.n_firms; i++)                                                \
            json_array_append_new(month, kl_json_number((double)kl_run_firm(&r->run, i).name)); \
        json_array_append_new(json_object_get(parts->firms, #name), month);                     \
    }
    KL_FIRM_FIELDS(FIELD)
#undef FIELD
}

/* NULL when out of memory. */
static json_t *inputs_json(const kl_replay *r)
{
    int n;
    kl_input *input = kl_inputs_of(r->study, &n);
    if (n < 0)
        return NULL;
    json_t *all = json_object();
    for (int i = 0; i < n; i++) {
        double value = kl_study_input_value(r->study, &input[i], r->arm, r->point);
        bool is_word = input[i].n_words > 0 && !isnan(value);
        json_object_set_new(all, input[i].name,
                            is_word ? json_string(input[i].word[(int)value]) : kl_json_number(value));
    }
    free(input);
    return all;
}

static json_t *stages_json(const kl_replay *r)
{
    json_t *stages = json_array();
    for (int m = 0; m < r->run.horizon;) {
        int stage = r->stage[m], first = m + 1;
        while (m < r->run.horizon && r->stage[m] == stage)
            m++;
        if (stage < r->mechanism.n_stages)
            json_array_append_new(stages, json_pack("{s:s, s:s, s:i, s:i}", "name", kl_replay_stage_name(r, stage),
                                                    "kind", kl_stage_kind_word(r->mechanism.stage[stage].kind), "first",
                                                    first, "last", m));
    }
    return stages;
}

/* All parameters of the run, a choice as its word. */
static json_t *parameters_json(const kl_replay *r)
{
    json_t *all = json_object();
    for (int i = 0; i < KL_N_PARAMS; i++) {
        const kl_param_info *info = kl_param_info_of((kl_param_id)i);
        double value = kl_params_get(&r->params, (kl_param_id)i);
        json_object_set_new(all, info->name,
                            info->choices ? json_string(info->choices[(int)value]) : kl_json_number(value));
    }
    return all;
}

static json_t *months_json(const kl_replay *r)
{
    json_t *months = json_object();
    for (int s = 0; s < KL_N_SERIES; s++) {
        json_t *values = json_array();
        for (int m = 0; m < r->run.horizon; m++)
            json_array_append_new(values, kl_json_number(kl_run_series(&r->run, (kl_series_id)s, m)));
        json_object_set_new(months, kl_series_info_of((kl_series_id)s)->name, values);
    }
    return months;
}

static json_t *outcomes_json(const kl_replay *r)
{
    json_t *outcomes = json_object();
    for (int i = 0; i < KL_N_OUTCOMES; i++)
        json_object_set_new(outcomes, kl_outcome_info_of((kl_outcome_id)i)->name,
                            kl_json_number(kl_outcome_stored((kl_outcome_id)i, r->outcome[i])));
    return outcomes;
}

json_t *kl_replay_run_json(const kl_replay *r, const kl_record *record, int ties_most)
{
    const kl_arm *arm = &r->study->arm[r->arm];
    json_t *json =
        json_pack("{s:s, s:s, s:s, s:i, s:i, s:I, s:s, s:i, s:i, s:o, s:o, s:o, s:o, s:o}", "study", r->study->name,
                  "arm", arm->name, "label", arm->label, "point", r->point, "replicate", r->replicate, "seed",
                  (json_int_t)r->study->seed, "status", kl_run_status_word((int)r->run.status), "firms_number",
                  r->run.n_firms, "horizon", r->run.horizon, "inputs", inputs_json(r), "parameters", parameters_json(r),
                  "stages", stages_json(r), "outcomes", outcomes_json(r), "months", months_json(r));
    if (json)
        kl_record_put(record, r, json, ties_most);
    return json;
}

kl_status kl_replay_json(kl_replay *r, json_t **json)
{
    json_parts parts = {.record = {.with_firms = r->show_firms}};
    if (r->show_firms) {
        parts.firms = json_object();
#define FIELD(type, name, unit, meaning) json_object_set_new(parts.firms, #name, json_array());
        KL_FIRM_FIELDS(FIELD)
#undef FIELD
    }
    kl_status status = kl_replay_play(r, json_start, json_month, &parts);
    if (status == KL_OK && parts.record.has_failed)
        status = KL_ERR_MEMORY;
    if (status == KL_OK) {
        *json = kl_replay_run_json(r, &parts.record, INT32_MAX);
        if (*json && parts.firms)
            json_object_set_new(*json, "firms", json_incref(parts.firms));
    }
    json_decref(parts.firms);
    kl_record_free(&parts.record);
    return status;
}
