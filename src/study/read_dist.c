/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reads the value of a parameter: a constant, or a distribution as a map of one key ({pert: [0.5, 0.65, 0.9]}). What
 * passes here lies within the row's bounds for every draw. */
#include <math.h>
#include <string.h>

#include "num/num.h"
#include "study/reader.h"

#define BETA_SHAPE_MIN 0.05
#define BETA_SHAPE_MAX 1e4
#define LEAST_MASS 1e-6 /* of a normal or lognormal within the bounds */

static const struct {
    int n;
    const char *arguments;
} kinds[KL_N_DIST_KINDS] = {
#define KL_ARGUMENTS(name, word, n, arguments) {n, arguments},
    KL_DIST_LIST(KL_ARGUMENTS)
#undef KL_ARGUMENTS
};

const kl_param_info *kl_months_row(void)
{
    static const kl_param_info row = {.name = "months",
                                      .group = "stages",
                                      .kind = KL_KIND_INT,
                                      .unit = "month",
                                      .dflt = 1,
                                      .lo = 1,
                                      .hi = KL_HORIZON_MAX,
                                      .prior = "",
                                      .mark = 'P',
                                      .meaning = "length of a stage",
                                      .source = ""};
    return &row;
}

const kl_param_info *kl_mechanism_row(void)
{
    static const kl_param_info row = {.name = "mechanism",
                                      .group = "mechanism",
                                      .kind = KL_KIND_CHOICE,
                                      .unit = "1",
                                      .hi = KL_DIST_VALUES_MAX - 1,
                                      .prior = "",
                                      .mark = 'P',
                                      .meaning = "how the ecosystem is introduced",
                                      .source = ""};
    return &row;
}

/* ---- single values ---- */

static int read_flag(kl_reader *reader, const kl_node *node, double *value)
{
    if (node->kind == KL_NODE_TEXT && node->plain) {
        *value = strcmp(node->text, "true") == 0;
        if (*value == 1 || strcmp(node->text, "false") == 0)
            return 1;
    }
    kl_error_at(reader, node, "%s%.40s%s takes true or false", node->kind == KL_NODE_TEXT ? "'" : "", node->text,
                node->kind == KL_NODE_TEXT ? "' is neither: it" : "it");
    return 0;
}

static int read_choice(kl_reader *reader, const kl_node *node, const kl_param_info *row, double *value)
{
    if (node->kind != KL_NODE_TEXT) {
        kl_error_at(reader, node, "takes one of its names, such as %s", row->choices[0]);
        return 0;
    }
    kl_suggestion near = kl_suggestion_of(reader, node->text);
    for (int i = 0; i < row->n_choices; i++) {
        if (strcmp(node->text, row->choices[i]) == 0) {
            *value = i;
            return 1;
        }
        kl_suggestion_try(&near, row->choices[i]);
    }
    char list[200] = "; it is one of", hint[160];
    for (int i = 0; i < row->n_choices && strlen(list) < 140; i++) {
        strncat(list, i ? ", " : " ", 3);
        strncat(list, row->choices[i], 40);
    }
    kl_error_at(reader, node, "'%.60s' is no %s%s", node->text, row->name,
                near.best ? kl_suggestion_text(&near, "", hint) : list);
    return 0;
}

static int in_bounds(kl_reader *reader, const kl_node *node, const kl_param_info *row, double value)
{
    if (value >= row->lo && value <= row->hi)
        return 1;
    kl_error_at(reader, node, "%.10g is outside %.10g .. %.10g, the bounds of %s", value, row->lo, row->hi, row->name);
    return 0;
}

static int read_value(kl_reader *reader, const kl_node *node, const kl_param_info *row, double *value)
{
    if (row->kind == KL_KIND_FLAG)
        return read_flag(reader, node, value);
    if (row->kind == KL_KIND_CHOICE)
        return read_choice(reader, node, row, value);
    if (!kl_read_number(reader, node, value) || !in_bounds(reader, node, row, *value))
        return 0;
    if (row->kind == KL_KIND_INT && *value != floor(*value)) {
        kl_error_at(reader, node, "%.40s is not a whole number, which %s must be", node->text, row->name);
        return 0;
    }
    return 1;
}

/* ---- distributions ---- */

static int kind_is_allowed(kl_reader *reader, const kl_node *entry, const kl_param_info *row, kl_dist_kind kind)
{
    if (row->kind == KL_KIND_REAL || kind == KL_DIST_CONSTANT || kind == KL_DIST_CHOICE)
        return 1;
    if (row->kind == KL_KIND_INT && kind == KL_DIST_INTEGER)
        return 1;
    kl_error_at_key(reader, entry, "%s takes %s", row->name,
                    row->kind == KL_KIND_INT    ? "whole numbers: use integer: [lowest, highest] or choice: [...]"
                    : row->kind == KL_KIND_FLAG ? "true or false: use choice: [true, false]"
                                                : "names: use choice: [...]");
    return 0;
}

static int refuse(kl_reader *reader, const kl_node *list, const char *sentence)
{
    kl_error_at(reader, list, "%s", sentence);
    return 0;
}

static int arguments_are_sound(kl_reader *reader, const kl_node *list, const kl_dist *dist)
{
    const double *v = dist->value;
    switch (dist->kind) {
    case KL_DIST_UNIFORM:
        return v[0] < v[1] ? 1 : refuse(reader, list, "lowest must be below highest");
    case KL_DIST_LOGUNIFORM:
        if (!(v[0] > 0))
            return refuse(reader, list, "lowest must be above 0");
        return v[0] < v[1] ? 1 : refuse(reader, list, "lowest must be below highest");
    case KL_DIST_NORMAL:
        return v[1] > 0 ? 1 : refuse(reader, list, "the standard deviation must be above 0");
    case KL_DIST_LOGNORMAL:
        if (!(v[0] > 0))
            return refuse(reader, list, "the median must be above 0");
        return v[1] > 0 ? 1 : refuse(reader, list, "the standard deviation must be above 0");
    case KL_DIST_TRIANGULAR:
    case KL_DIST_PERT:
        if (!(v[0] < v[2]))
            return refuse(reader, list, "lowest must be below highest");
        return v[0] <= v[1] && v[1] <= v[2] ? 1 : refuse(reader, list, "the mode must lie between lowest and highest");
    case KL_DIST_BETA:
        for (int i = 0; i < 2; i++)
            if (!(v[i] >= BETA_SHAPE_MIN && v[i] <= BETA_SHAPE_MAX))
                return refuse(reader, list, "a and b must lie within 0.05 .. 10000");
        return 1;
    case KL_DIST_INTEGER:
        if (v[0] != floor(v[0]) || v[1] != floor(v[1]))
            return refuse(reader, list, "lowest and highest must be whole numbers");
        if (!(v[1] - v[0] < 0x1p31))
            return refuse(reader, list, "the range is too wide");
        return v[0] <= v[1] ? 1 : refuse(reader, list, "lowest must not exceed highest");
    case KL_DIST_CHOICE:
        for (int i = 0; i < dist->n; i++)
            for (int j = 0; j < i; j++)
                if (v[i] == v[j])
                    return refuse(reader, list, "a value stands twice; choices are equally likely");
        return 1;
    default:
        return 1;
    }
}

static int mass_is_enough(kl_reader *reader, const kl_node *list, const kl_dist *dist, const kl_param_info *row)
{
    const double *v = dist->value;
    double a = (row->lo - v[0]) / v[1], b = (row->hi - v[0]) / v[1];
    if (dist->kind == KL_DIST_LOGNORMAL) {
        a = row->lo > 0 ? (kl_log(row->lo) - kl_log(v[0])) / v[1] : -40;
        b = row->hi > 0 ? (kl_log(row->hi) - kl_log(v[0])) / v[1] : -40;
    }
    double mass = a > 0 ? kl_normal_cdf(-a) - kl_normal_cdf(b < 40 ? -b : -40)
                        : kl_normal_cdf(b < 40 ? b : 40) - kl_normal_cdf(a > -40 ? a : -40);
    if (mass >= LEAST_MASS)
        return 1;
    kl_error_at(reader, list, "next to nothing of the distribution lies within %.10g .. %.10g, the bounds of %s",
                row->lo, row->hi, row->name);
    return 0;
}

static int support_is_inside(kl_reader *reader, const kl_node *list, const kl_dist *dist, const kl_param_info *row)
{
    double lo = dist->value[0], hi = dist->value[dist->n - 1];
    switch (dist->kind) {
    case KL_DIST_NORMAL:
    case KL_DIST_LOGNORMAL:
        return mass_is_enough(reader, list, dist, row);
    case KL_DIST_BETA:
        lo = 0;
        hi = 1;
        break;
    case KL_DIST_CONSTANT:
    case KL_DIST_CHOICE:
        return 1; /* each value was checked */
    default:
        break;
    }
    if (lo >= row->lo && hi <= row->hi)
        return 1;
    kl_error_at(reader, list, "draws from %.10g .. %.10g may leave %.10g .. %.10g, the bounds of %s", lo, hi, row->lo,
                row->hi, row->name);
    return 0;
}

static int read_arguments(kl_reader *reader, const kl_node *list, const kl_param_info *row, kl_dist *dist)
{
    int each_a_value = dist->kind == KL_DIST_CONSTANT || dist->kind == KL_DIST_CHOICE;
    if (dist->kind == KL_DIST_CONSTANT && list->kind == KL_NODE_TEXT) {
        dist->n = 1;
        return read_value(reader, list, row, &dist->value[0]);
    }
    int n = kinds[dist->kind].n;
    if (list->kind != KL_NODE_LIST || (n >= 0 ? list->n != n : list->n < 1)) {
        kl_error_at(reader, list, "%s takes a list: [%s]", kl_dist_kind_word(dist->kind), kinds[dist->kind].arguments);
        return 0;
    }
    if (list->n > KL_DIST_VALUES_MAX) {
        kl_error_at(reader, list, "at most %d values", KL_DIST_VALUES_MAX);
        return 0;
    }
    int fine = 1;
    for (const kl_node *item = list->first; item; item = item->next) {
        double *value = &dist->value[dist->n++];
        if (!(each_a_value ? read_value(reader, item, row, value) : kl_read_number(reader, item, value)))
            fine = 0;
    }
    return fine;
}

static int read_distribution(kl_reader *reader, const kl_node *node, const kl_param_info *row, kl_dist *dist)
{
    const kl_node *entry = node->first;
    if (node->n != 1) {
        kl_error_at(reader, node, "a distribution is a map of one key, such as {uniform: [0.1, 0.3]}");
        return 0;
    }
    kl_suggestion near = kl_suggestion_of(reader, entry->key);
    int kind = KL_N_DIST_KINDS;
    for (int i = 0; i < KL_N_DIST_KINDS; i++) {
        if (strcmp(entry->key, kl_dist_kind_word((kl_dist_kind)i)) == 0)
            kind = i;
        kl_suggestion_try(&near, kl_dist_kind_word((kl_dist_kind)i));
    }
    if (kind == KL_N_DIST_KINDS) {
        char hint[160];
        kl_error_at_key(reader, entry, "unknown distribution%s",
                        kl_suggestion_text(&near,
                                           "; there are uniform, loguniform, normal, lognormal, triangular, pert, "
                                           "beta, integer, choice",
                                           hint));
        return 0;
    }
    dist->kind = (kl_dist_kind)kind;
    if (!kind_is_allowed(reader, entry, row, dist->kind) || !read_arguments(reader, entry, row, dist))
        return 0;
    if (!arguments_are_sound(reader, entry, dist) || !support_is_inside(reader, entry, dist, row))
        return 0;
    /* what cannot vary is a constant */
    if (dist->n == 1 || (dist->kind == KL_DIST_INTEGER && dist->value[0] == dist->value[1]))
        *dist = kl_dist_constant(dist->value[0]);
    return 1;
}

int kl_read_dist(kl_reader *reader, const kl_node *node, const kl_param_info *row, kl_dist *dist)
{
    memset(dist, 0, sizeof *dist);
    if (node->kind == KL_NODE_MAP)
        return read_distribution(reader, node, row, dist);
    if (node->kind == KL_NODE_LIST) {
        kl_error_at(reader, node,
                    "takes a value or a distribution, not a list; to draw from these, write {choice: [...]}");
        return 0;
    }
    double value;
    if (!read_value(reader, node, row, &value))
        return 0;
    *dist = kl_dist_constant(value);
    return 1;
}

int kl_read_values(kl_reader *reader, const kl_node *list, const kl_param_info *row, kl_dist *dist)
{
    memset(dist, 0, sizeof *dist);
    dist->kind = KL_DIST_CHOICE;
    return read_arguments(reader, list, row, dist) && arguments_are_sound(reader, list, dist);
}
