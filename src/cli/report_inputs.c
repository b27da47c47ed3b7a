/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The data of a report: every parameter with what it is, where it comes from, and what this study takes for it; then the lengths of
 * the stages. Taken from the arm that the report is about. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/reference.h"
#include "cli/report.h"

/* ---- a distribution in words ---- */

static const char *const kind_words[] = {
#define KIND_WORD(name, word, n, arguments) word,
    KL_DIST_LIST(KIND_WORD)
#undef KIND_WORD
};

static void value_text(char *buffer, size_t size, const kl_param_info *row, double value)
{
    if (row)
        kl_reference_value(buffer, size, row, value);
    else
        kl_text_exact(buffer, size, value);
}

char *kl_report_dist_text(char *buffer, size_t size, const kl_param_info *row, const kl_dist *dist)
{
    char value[KL_NUMBER_SIZE];
    if (dist->kind == KL_DIST_CONSTANT) {
        value_text(buffer, size, row, dist->value[0]);
        return buffer;
    }
    int at = snprintf(buffer, size, "{%s: [", kind_words[dist->kind]);
    for (int i = 0; i < dist->n && at > 0 && (size_t)at < size; i++) {
        value_text(value, sizeof value, row, dist->value[i]);
        at += snprintf(buffer + at, size - (size_t)at, "%s%s", i > 0 ? ", " : "", value);
    }
    if (at > 0 && (size_t)at < size)
        snprintf(buffer + at, size - (size_t)at, "]}");
    return buffer;
}

/* ---- inputs ---- */

static const kl_input *find_input(const kl_input *input, int n, int param)
{
    for (int k = 0; k < n; k++)
        if (input[k].param == param)
            return &input[k];
    return NULL;
}

/* Does the input differ between points in some arm, between arms? */
static void set_varies(json_t *json, const kl_input *input)
{
    json_object_set_new(json, "varies", json_boolean(input && input->by_point));
    json_object_set_new(json, "by_arm", json_boolean(input && input->by_arm));
}

/* The rows are those of `klaster params --json`, in the order of the parameters. */
static void add_params(json_t *inputs, const kl_arm *arm, const kl_input *input, int n)
{
    char text[2048];
    for (int p = 0; p < KL_N_PARAMS; p++) {
        const kl_param_info *info = kl_param_info_of((kl_param_id)p);
        json_t *row = json_array_get(inputs, (size_t)p);
        json_object_set_new(row, "used", json_string(kl_report_dist_text(text, sizeof text, info, &arm->param[p])));
        set_varies(row, find_input(input, n, p));
    }
}

/* Lengths of stages and the mechanism, where they are uncertain. */
static void add_others(json_t *inputs, const kl_arm *arm, const kl_input *input, int n)
{
    char text[2048];
    for (int k = 0; k < n; k++) {
        if (input[k].param >= 0)
            continue;
        bool is_mechanism = input[k].param == KL_INPUT_MECHANISM;
        json_t *row = json_pack("{s:s, s:s, s:s, s:s}", "name", input[k].name, "group", "mechanism", "kind",
                                is_mechanism ? "choice" : "int", "unit", is_mechanism ? "1" : "month");
        for (int s = 0; s < arm->n_stages && !is_mechanism; s++)
            if (strcmp(input[k].name + strlen("months."), arm->stage[s].name) == 0)
                json_object_set_new(row, "used",
                                    json_string(kl_report_dist_text(text, sizeof text, NULL, &arm->stage[s].months)));
        set_varies(row, &input[k]);
        json_array_append_new(inputs, row);
    }
}

kl_status kl_report_inputs(kl_report *r)
{
    const kl_arm *arm = &r->study->arm[r->arm];
    const kl_words all = {0, NULL};
    int n;
    kl_input *input = kl_inputs_of(r->study, &n);
    if (n < 0)
        return KL_ERR_MEMORY;
    json_t *inputs = kl_reference_params_json(&all, NULL);
    add_params(inputs, arm, input, n);
    add_others(inputs, arm, input, n);
    json_object_set_new(r->page, "inputs", inputs);
    free(input);
    return KL_OK;
}
