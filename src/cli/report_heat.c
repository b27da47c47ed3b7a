/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The data of a report: of each claim, in which combinations of two inputs it holds. Which inputs: those that alone explain most of
 * whether it holds (first-order indices of a claim that is 1 or 0). Classes are of equal numbers of points, or of single values
 * where an input has few. Every world that was run is counted; the claim does not hold where its metric is undefined. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/condition.h"
#include "cli/report.h"
#include "klaster/charts.h"
#include "klaster/discovery.h"
#include "klaster/sensitivity.h"

enum { INPUTS_SHOWN = 6, INPUTS_LEAST = 2, POINTS_LEAST = 40, WORLDS_A_CELL = 30 };

/* An input of the arm, with the class of each point. */
typedef struct factor {
    kl_input input;
    kl_classes classes;
    double *x;         /* [point] */
    uint8_t *class_of; /* [point] */
} factor;

typedef struct heat {
    kl_report *r;
    int n;             /* inputs that vary in the arm */
    factor *factor;    /* [n] */
    int8_t *hit;       /* [world] */
    double *x;         /* [point * n + input] */
    kl_effect *effect; /* [n] */
    json_t *maps;
} heat;

static void heat_free(heat *h)
{
    for (int k = 0; h->factor && k < h->n; k++) {
        free(h->factor[k].x);
        free(h->factor[k].class_of);
    }
    free(h->factor);
    free(h->hit);
    free(h->x);
    free(h->effect);
}

/* ---- inputs and their classes ---- */

/* Takes the input in where it varies in the arm, and has a value at every point: a stage that only some mechanisms have does not. */
static kl_status add_factor(heat *h, const kl_input *input, int wanted)
{
    const kl_study *study = h->r->study;
    factor *f = &h->factor[h->n];
    size_t n = (size_t)study->n_points;
    bool varies = false, is_whole = true;
    *f = (factor){.input = *input, .x = malloc(n * sizeof *f->x), .class_of = malloc(n)};
    h->n++; /* it is freed with the others from now on */
    if (!f->x || !f->class_of)
        return KL_ERR_MEMORY;
    for (size_t p = 0; p < n; p++) {
        f->x[p] = kl_study_input_value(study, input, h->r->arm, (int)p);
        varies = varies || f->x[p] != f->x[0];
        is_whole = is_whole && isfinite(f->x[p]);
    }
    if (varies && is_whole) {
        kl_status status = kl_classes_equal(&f->classes, f->x, (int)n, wanted);
        for (size_t p = 0; p < n && status == KL_OK; p++)
            f->class_of[p] = (uint8_t)kl_classes_find(&f->classes, f->x[p]);
        return status;
    }
    free(f->x);
    free(f->class_of);
    h->n--;
    return KL_OK;
}

/* So many classes that a cell holds some worlds: 8 x 8 from about 2,000 on. */
static int wanted_classes(const kl_report *r)
{
    int wanted = 3;
    while (wanted < KL_MAP_CLASSES_MOST && (int64_t)(wanted + 1) * (wanted + 1) * WORLDS_A_CELL <= r->n_worlds)
        wanted++;
    return wanted;
}

static kl_status heat_init(heat *h)
{
    const kl_study *study = h->r->study;
    size_t n = (size_t)study->n_points;
    int n_inputs;
    kl_input *input = kl_inputs_of(study, &n_inputs);
    kl_status status = n_inputs >= 0 ? KL_OK : KL_ERR_MEMORY;
    size_t most = n_inputs > 0 ? (size_t)n_inputs : 0;
    h->factor = calloc(most + 1, sizeof *h->factor);
    h->effect = calloc(most + 1, sizeof *h->effect);
    h->hit = malloc((size_t)h->r->n_worlds + 1);
    if (!h->factor || !h->effect || !h->hit)
        status = KL_ERR_MEMORY;
    for (int k = 0; k < n_inputs && status == KL_OK; k++)
        if (input[k].by_point && input[k].is_drawn)
            status = add_factor(h, &input[k], wanted_classes(h->r));
    size_t width = (size_t)h->n;
    h->x = status == KL_OK ? malloc((n * width + 1) * sizeof *h->x) : NULL;
    if (status == KL_OK && !h->x)
        status = KL_ERR_MEMORY;
    for (size_t p = 0; p < n && status == KL_OK; p++)
        for (size_t k = 0; k < width; k++)
            h->x[p * width + k] = h->factor[k].x[p];
    free(input);
    return status;
}

/* ---- maps ---- */

static json_t *axis_json(const heat *h, int k)
{
    const factor *f = &h->factor[k];
    json_t *values = json_array(), *json;
    for (int i = 0; i < f->classes.n + !f->classes.is_values; i++) {
        char text[KL_NUMBER_SIZE];
        if (f->input.n_words > 0)
            json_array_append_new(values,
                                  kl_json_printable(kl_text_input(text, sizeof text, &f->input, f->classes.edge[i])));
        else
            json_array_append_new(values, kl_report_number(f->classes.edge[i]));
    }
    json = json_pack("{s:s, s:o}", "input", f->input.name, "index", kl_report_number(h->effect[k].value));
    json_object_set_new(json, f->classes.is_values ? "values" : "edges", values);
    return json;
}

/* Rows by y, columns by x. */
static json_t *counts_json(int64_t (*count)[KL_MAP_CLASSES_MOST], int n_y, int n_x)
{
    json_t *rows = json_array();
    for (int i = 0; i < n_y; i++) {
        json_t *row = json_array();
        for (int j = 0; j < n_x; j++)
            json_array_append_new(row, json_integer(count[i][j]));
        json_array_append_new(rows, row);
    }
    return rows;
}

static void add_map(heat *h, const kl_claim *claim, int x, int y)
{
    const kl_study *study = h->r->study;
    const factor *fx = &h->factor[x], *fy = &h->factor[y];
    kl_map map;
    kl_map_make(&map, h->hit, fx->class_of, fy->class_of, study->n_points, study->n_replicates);
    json_array_append_new(h->maps, json_pack("{s:s, s:s, s:o, s:o, s:o, s:o}", "arm", study->arm[h->r->arm].name,
                                             "claim", claim->name, "x", axis_json(h, x), "y", axis_json(h, y), "worlds",
                                             counts_json(map.worlds, fy->classes.n, fx->classes.n), "hits",
                                             counts_json(map.hits, fy->classes.n, fx->classes.n)));
}

/* The inputs that matter most, the first first; their number. Beyond two, the last of them is clear of 0: of what does not matter a
 * map shows noise. */
static int choose_inputs(const heat *h, int chosen[INPUTS_SHOWN])
{
    int n = 0;
    for (int k = 0; k < h->n; k++) {
        int at = n;
        if (isnan(h->effect[k].value))
            continue;
        while (at > 0 && h->effect[k].value > h->effect[chosen[at - 1]].value)
            at--;
        if (at == INPUTS_SHOWN)
            continue;
        n = n < INPUTS_SHOWN ? n + 1 : n;
        memmove(chosen + at + 1, chosen + at, (size_t)(n - at - 1) * sizeof *chosen);
        chosen[at] = k;
    }
    while (n > INPUTS_LEAST && !(h->effect[chosen[n - 1]].lo > 0))
        n--;
    return n;
}

static kl_status add_claim(heat *h, const kl_claim *claim)
{
    int chosen[INPUTS_SHOWN];
    kl_condition condition;
    kl_usable usable;
    kl_report *r = h->r;
    kl_condition_of_claim(&condition, claim);
    kl_status status = kl_condition_read(&condition, r->result, r->arm, 1, r->value, h->hit);
    if (status != KL_OK)
        return status == KL_ERR_NOT_FOUND ? KL_OK : status;
    for (int64_t w = 0; w < r->n_worlds; w++)
        r->value[w] = h->hit[w] < 0 ? (double)NAN : h->hit[w];
    status =
        kl_given_data_make(h->effect, &usable, h->x, r->value, r->study->n_points, h->n, r->study->n_replicates, 0);
    int n = status == KL_OK ? choose_inputs(h, chosen) : 0;
    for (int i = 0; i < n; i++)
        for (int j = i + 1; j < n; j++)
            add_map(h, claim, chosen[i], chosen[j]);
    return status;
}

kl_status kl_report_heat(kl_report *r)
{
    heat h = {.r = r};
    if (r->study->n_claims == 0 || r->study->n_points < POINTS_LEAST)
        return KL_OK;
    kl_status status = heat_init(&h);
    h.maps = json_array();
    for (int c = 0; c < r->study->n_claims && status == KL_OK && h.n >= 2; c++)
        status = add_claim(&h, &r->study->claim[c]);
    if (json_array_size(h.maps) > 0)
        json_object_set(r->page, "heat", h.maps);
    json_decref(h.maps);
    heat_free(&h);
    return status;
}
