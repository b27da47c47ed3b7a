/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Limits in words. Numbers are rounded to three digits: tables have them whole. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/discovery.h"

/* A text that grows; after an error the rest does nothing. */
typedef struct words {
    char *text;
    size_t length, capacity;
    int failed;
} words;

static void say(words *w, const char *text)
{
    size_t n = strlen(text);
    if (!w->failed && w->length + n + 1 > w->capacity) {
        size_t capacity = 2 * (w->length + n + 1);
        char *larger = realloc(w->text, capacity);
        w->failed = !larger;
        if (larger) {
            w->text = larger;
            w->capacity = capacity;
        }
    }
    if (w->failed)
        return;
    memcpy(w->text + w->length, text, n + 1);
    w->length += n;
}

static char *finish(words *w)
{
    say(w, "");
    if (!w->failed)
        return w->text;
    free(w->text);
    return NULL;
}

static void say_number(words *w, const kl_case_input *input, double x)
{
    char text[40];
    if (input->kind == KL_CASE_INTEGER || fabs(x) >= 1000)
        snprintf(text, sizeof text, "%.0f", x);
    else
        snprintf(text, sizeof text, "%.3g", x);
    say(w, text);
}

static void say_value(words *w, const kl_case_input *input, int value)
{
    const kl_param_info *info = input->input.param >= 0 ? kl_param_info_of((kl_param_id)input->input.param) : NULL;
    char text[16];
    if (info && info->kind == KL_KIND_FLAG) {
        say(w, value ? "true" : "false");
    } else if (value < input->input.n_words) {
        say(w, input->input.word[value]);
    } else {
        snprintf(text, sizeof text, "%d", value);
        say(w, text);
    }
}

static void say_values(words *w, const kl_case_input *input, uint64_t values)
{
    int n = 0;
    say(w, " is ");
    for (int v = 0; v < KL_CATEGORIES_MAX; v++) {
        if (!(values >> v & 1))
            continue;
        say(w, n++ ? " or " : "");
        say_value(w, input, v);
    }
}

/* lo or hi NaN: no limit there */
static void say_range(words *w, const kl_case_input *input, double lo, double hi)
{
    int is_integer = input->kind == KL_CASE_INTEGER;
    say(w, input->input.name);
    if (!isnan(lo) && !isnan(hi) && lo == hi) {
        say(w, " of ");
        say_number(w, input, lo);
    } else if (!isnan(lo) && !isnan(hi)) {
        say(w, is_integer ? " from " : " between ");
        say_number(w, input, lo);
        say(w, is_integer ? " to " : " and ");
        say_number(w, input, hi);
    } else if (!isnan(lo)) {
        say(w, is_integer ? " at least " : " above ");
        say_number(w, input, lo);
    } else {
        say(w, is_integer ? " at most " : " below ");
        say_number(w, input, hi);
    }
}

static void say_limit(words *w, const kl_case_input *input, const kl_limit *limit)
{
    double lo = isnan(limit->p_lo) ? (double)NAN : limit->lo, hi = isnan(limit->p_hi) ? (double)NAN : limit->hi;
    if (isnan(limit->p_lo) && isnan(limit->p_hi))
        return;
    if (input->kind == KL_CASE_CATEGORY) {
        say(w, input->input.name);
        say_values(w, input, limit->values);
    } else {
        say_range(w, input, lo, hi);
    }
}

char *kl_limit_words(const kl_case_input *input, const kl_limit *limit)
{
    words w = {0};
    say_limit(&w, input, limit);
    return finish(&w);
}

char *kl_box_words(const kl_case_input *input, int n_inputs, const kl_box *box)
{
    words w = {0};
    int n = 0, left = 0;
    for (int j = 0; j < n_inputs; j++)
        left += !isnan(box->limit[j].p_lo) || !isnan(box->limit[j].p_hi);
    for (int j = 0; j < n_inputs; j++) {
        if (isnan(box->limit[j].p_lo) && isnan(box->limit[j].p_hi))
            continue;
        say(&w, n++ == 0 ? "" : n == left ? ", and " : ", ");
        say_limit(&w, &input[j], &box->limit[j]);
    }
    return finish(&w);
}

char *kl_worst_words(const kl_case_input *input, const kl_worst *worst)
{
    words w = {0};
    if (input->kind == KL_CASE_CATEGORY) {
        say(&w, input->input.name);
        say_values(&w, input, UINT64_C(1) << (int)worst->lo);
    } else {
        double lo = worst->lo > input->lo || worst->lo == worst->hi ? worst->lo : (double)NAN;
        double hi = worst->hi < input->hi || worst->lo == worst->hi ? worst->hi : (double)NAN;
        say_range(&w, input, lo, hi);
    }
    return finish(&w);
}

/* The values of a category that do not go left, of those that there are. */
static uint64_t others(const kl_case_input *input, uint64_t left)
{
    uint64_t all = 0;
    for (int v = (int)input->lo; v <= (int)input->hi; v++)
        all |= UINT64_C(1) << v;
    return all & ~left;
}

char *kl_branch_words(const kl_case_input *input, const kl_tree *tree, int number)
{
    words w = {0};
    if (number > 0) {
        const kl_tree_node *parent = &tree->node[tree->node[number].parent];
        const kl_case_input *by = &input[parent->input];
        int is_left = parent->left == number;
        if (by->kind == KL_CASE_CATEGORY) {
            say(&w, by->input.name);
            say_values(&w, by, is_left ? parent->values : others(by, parent->values));
        } else if (by->kind == KL_CASE_INTEGER) {
            double t = floor(parent->threshold);
            say_range(&w, by, is_left ? (double)NAN : t + 1, is_left ? t : (double)NAN);
        } else {
            say_range(&w, by, is_left ? (double)NAN : parent->threshold, is_left ? parent->threshold : (double)NAN);
        }
    }
    return finish(&w);
}
