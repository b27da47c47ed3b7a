/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The key `design`: read before the arms, over which the values of factors are laid; sealed after them, when it is
 * known what varies. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "study/reader.h"

#define COUNT_MAX 2147483647.0 /* of points and of replicates: below 2^31 */
#define WORLDS_MAX 0x1p40
#define LEVELS_MAX 10000
#define ROWS_USUAL 1000
#define SALTELLI_ROWS_USUAL 1024
#define SOBOL_ROWS_USUAL 1024
#define MORRIS_ROWS_USUAL 20
#define MORRIS_LEVELS_USUAL 4

/* ---- factors ---- */

static void refuse_name(kl_reader *reader, const kl_node *node, const char *name, int at_key)
{
    kl_suggestion near = kl_suggestion_of(reader, name);
    for (int i = 0; i < KL_N_PARAMS; i++)
        kl_suggestion_try(&near, kl_param_info_of((kl_param_id)i)->name);
    char hint[160];
    const char *text = kl_suggestion_text(&near, "; a factor is a parameter, months.<stage> or mechanism", hint);
    if (at_key)
        kl_error_at_key(reader, node, "unknown parameter%s", text);
    else
        kl_error_at(reader, node, "'%.80s' is no parameter%s", name, text);
}

/* The row by which values of an input are read; NULL where there is no such input. */
static const kl_param_info *row_of(const char *name)
{
    kl_param_id id = kl_param_find(name);
    if (id != KL_N_PARAMS)
        return kl_param_info_of(id);
    if (strcmp(name, "mechanism") == 0)
        return kl_mechanism_row();
    const size_t n = strlen("months.");
    return strncmp(name, "months.", n) == 0 && kl_name_is_legal(name + n) ? kl_months_row() : NULL;
}

static kl_factor_asked *add_factor(kl_reader *reader, kl_design_asked *asked, const char *name, const kl_node *node)
{
    kl_factor_asked *factor = kl_arena_alloc(&reader->arena, sizeof *factor);
    if (!factor) {
        reader->no_memory = 1;
        return NULL;
    }
    factor->name = name;
    factor->node = node;
    factor->next = asked->first;
    asked->first = factor;
    return factor;
}

/* {levels: n} or {levels: n, of: distribution} */
static void read_levels(kl_reader *reader, kl_factor_asked *factor, const kl_node *entry, const kl_param_info *row)
{
    static const char *const keys[] = {"levels", "of"};
    if (!kl_read_keys(reader, entry, keys, 2, "a factor"))
        return;
    const kl_node *levels = kl_node_entry(entry, "levels"), *of = kl_node_entry(entry, "of");
    double n = 0;
    if (!levels)
        kl_error_at(reader, entry, "'levels' is missing: how many, such as {levels: 5}");
    else if (kl_read_whole(reader, levels, 2, LEVELS_MAX, &n))
        factor->n_levels = (int)n;
    if (of && row == kl_mechanism_row())
        kl_error_at_key(reader, of, "list the mechanisms instead, such as [five-stage, big-bang]");
    else if (of && kl_read_dist(reader, of, row, &factor->dist)) {
        factor->has_dist = 1;
        if (kl_dist_is_constant(&factor->dist))
            kl_error_at(reader, of, "does not vary, so it has one level only");
    }
}

static void read_factorial(kl_reader *reader, kl_design_asked *asked, const kl_node *map)
{
    if (map->kind != KL_NODE_MAP || map->n < 1) {
        kl_error_at(reader, map, "takes a map of parameters and their levels, such as {fee: [0.01, 0.05]}");
        return;
    }
    for (const kl_node *entry = map->first; entry; entry = entry->next) {
        const kl_param_info *row = row_of(entry->key);
        if (!row) {
            refuse_name(reader, entry, entry->key, 1);
            continue;
        }
        kl_factor_asked *factor = add_factor(reader, asked, entry->key, entry);
        if (!factor)
            return;
        if (entry->kind == KL_NODE_MAP)
            read_levels(reader, factor, entry, row);
        else if (entry->kind != KL_NODE_LIST || entry->n < 2)
            kl_error_at(reader, entry,
                        "takes a list of at least two values, or {levels: 5}, or {levels: 5, of: "
                        "{uniform: [0, 1]}}");
        else if (row == kl_mechanism_row())
            factor->n_levels = entry->n; /* read with the arms */
        else if (kl_read_values(reader, entry, row, &factor->dist)) {
            factor->has_dist = 1;
            factor->n_levels = factor->dist.n;
        }
    }
}

static int is_named(const kl_design_asked *asked, const char *name)
{
    for (const kl_factor_asked *f = asked->first; f; f = f->next)
        if (strcmp(f->name, name) == 0)
            return 1;
    return 0;
}

/* Names of the inputs that shall be factors of saltelli or morris. */
static void read_names(kl_reader *reader, kl_design_asked *asked, const kl_node *list)
{
    if (list->kind != KL_NODE_LIST || list->n < 1) {
        kl_error_at(reader, list, "takes a list of parameters, such as [fee, margin]; leave it out for all that vary");
        return;
    }
    for (const kl_node *item = list->first; item; item = item->next) {
        const char *name;
        if (!kl_read_text(reader, item, &name))
            continue;
        if (!row_of(name))
            refuse_name(reader, item, name, 0);
        else if (is_named(asked, name))
            kl_error_at(reader, item, "'%.80s' stands twice", name);
        else
            (void)add_factor(reader, asked, name, item);
    }
}

/* ---- reading ---- */

static int read_kind(kl_reader *reader, const kl_node *node, kl_design_kind *kind)
{
    const char *word;
    if (!kl_read_text(reader, node, &word))
        return 0;
    kl_design_kind found = kl_design_kind_find(word);
    if (found != KL_N_DESIGN_KINDS) {
        *kind = found;
        return 1;
    }
    kl_suggestion near = kl_suggestion_of(reader, word);
    for (int i = 0; i < KL_N_DESIGN_KINDS; i++)
        kl_suggestion_try(&near, kl_design_kind_word((kl_design_kind)i));
    char hint[160];
    kl_error_at(reader, node, "'%.60s' is no design%s", word,
                kl_suggestion_text(
                    &near, "; there are monte_carlo, latin_hypercube, sobol, factorial, saltelli, morris", hint));
    return 0;
}

static double read_size(kl_reader *reader, const kl_node *map, const char *key, double otherwise, double lo, double hi)
{
    const kl_node *node = kl_node_entry(map, key);
    double value;
    return node && kl_read_whole(reader, node, lo, hi, &value) ? value : otherwise;
}

static void read_second_order(kl_reader *reader, kl_design_asked *asked, const kl_node *node)
{
    const char *word = "";
    if (node->kind == KL_NODE_TEXT && node->plain)
        word = node->text;
    if (strcmp(word, "true") == 0)
        asked->second_order = 1;
    else if (strcmp(word, "false") != 0)
        kl_error_at(reader, node, "takes true or false");
}

/* The keys that stand beside `kind`. */
static void read_settings(kl_reader *reader, kl_design_asked *asked, const kl_node *map)
{
    static const char *const keys[KL_N_DESIGN_KINDS][4] = {
        [KL_DESIGN_FACTORIAL] = {"kind", "factors"},
        [KL_DESIGN_SALTELLI] = {"kind", "factors", "base", "second_order"},
        [KL_DESIGN_MORRIS] = {"kind", "factors", "trajectories", "levels"},
    };
    char what[60];
    int n = 0;
    while (n < 4 && keys[asked->kind][n])
        n++;
    snprintf(what, sizeof what, "a design of kind %s", kl_design_kind_word(asked->kind));
    static const char *const only_kind[] = {"kind"};
    (void)kl_read_keys(reader, map, n ? keys[asked->kind] : only_kind, n ? n : 1, what);
    const kl_node *factors = kl_node_entry(map, "factors"), *second = kl_node_entry(map, "second_order");
    if (asked->kind == KL_DESIGN_FACTORIAL && factors)
        read_factorial(reader, asked, factors);
    if (asked->kind == KL_DESIGN_SALTELLI) {
        asked->rows = read_size(reader, map, "base", SALTELLI_ROWS_USUAL, 1, COUNT_MAX);
        if (second)
            read_second_order(reader, asked, second);
    }
    if (asked->kind == KL_DESIGN_MORRIS) {
        asked->rows = read_size(reader, map, "trajectories", MORRIS_ROWS_USUAL, 1, COUNT_MAX);
        asked->n_levels = (int)read_size(reader, map, "levels", MORRIS_LEVELS_USUAL, 2, KL_MORRIS_LEVELS_MAX);
        if (asked->n_levels % 2 != 0)
            kl_error_at(reader, kl_node_entry(map, "levels"), "%d is odd; Morris takes an even number of levels",
                        asked->n_levels);
    }
    if (asked->kind != KL_DESIGN_FACTORIAL && asked->kind >= KL_DESIGN_FACTORIAL && factors)
        read_names(reader, asked, factors);
}

void kl_study_read_design(kl_reader *reader, const kl_node *root, kl_design_asked *asked)
{
    const kl_node *node = kl_node_entry(root, "design"), *points = kl_node_entry(root, "points");
    asked->node = node;
    asked->rows = asked->points;
    if (!node)
        return;
    const kl_node *kind = node->kind == KL_NODE_MAP ? kl_node_entry(node, "kind") : node;
    if (!kind)
        kl_error_at(reader, node, "'kind' is missing, such as {kind: sobol}");
    if (!kind || !read_kind(reader, kind, &asked->kind))
        return;
    if (asked->kind == KL_DESIGN_SALTELLI)
        asked->rows = SALTELLI_ROWS_USUAL;
    if (asked->kind == KL_DESIGN_MORRIS) {
        asked->rows = MORRIS_ROWS_USUAL;
        asked->n_levels = MORRIS_LEVELS_USUAL;
    }
    if (node->kind == KL_NODE_MAP)
        read_settings(reader, asked, node);
    if (asked->kind == KL_DESIGN_FACTORIAL && (node->kind != KL_NODE_MAP || !kl_node_entry(node, "factors")))
        kl_error_at(reader, node, "a factorial needs factors: {kind: factorial, factors: {fee: [0.01, 0.05]}}");
    if (points && (asked->kind == KL_DESIGN_SALTELLI || asked->kind == KL_DESIGN_MORRIS))
        kl_error_at_key(reader, points, "%s",
                        asked->kind == KL_DESIGN_SALTELLI
                            ? "a design of kind saltelli says its size by 'base', the number of rows"
                            : "a design of kind morris says its size by 'trajectories'");
}

void kl_values_apply_factors(kl_reader *reader, kl_values *values, const kl_design_asked *asked)
{
    for (const kl_factor_asked *f = asked->first; f; f = f->next)
        if (f->has_dist)
            kl_values_set(reader, values, f->name, &f->dist, f->node, KL_RANK_FACTOR);
}

int kl_design_gives(const kl_design_asked *asked, const char *name)
{
    for (const kl_factor_asked *f = asked->first; f; f = f->next)
        if (f->has_dist && strcmp(f->name, name) == 0)
            return 1;
    return 0;
}

const kl_node *kl_design_mechanisms(const kl_design_asked *asked)
{
    for (const kl_factor_asked *f = asked->first; f; f = f->next)
        if (strcmp(f->name, "mechanism") == 0 && f->node->kind == KL_NODE_LIST && f->node->n > 1)
            return f->node;
    return NULL;
}

/* ---- sealing ---- */

/* Levels of a factor that give the same value are the same cell twice. */
static int levels_differ(const kl_dist *dist, const kl_factor_asked *f)
{
    const kl_param_info *row = row_of(f->name);
    double last = NAN;
    for (int level = 0; level < f->n_levels; level++) {
        double value = kl_dist_quantile(dist, (level + 0.5) / f->n_levels, row->lo, row->hi);
        if (value == last)
            return 0;
        last = value;
    }
    return 1;
}

static void check_levels(kl_reader *reader, const kl_study *study, const kl_factor_asked *f, const kl_input *input)
{
    const kl_arm *variant;
    for (int arm = 0; arm < study->n_arms; arm++)
        for (int k = 0; (variant = kl_arm_variant(&study->arm[arm], k)); k++) {
            const kl_dist *dist = kl_arm_dist(variant, input);
            if (!dist || kl_dist_is_constant(dist) || levels_differ(dist, f))
                continue;
            kl_error_at_key(reader, f->node, "%d levels are more than it has values (arm '%s')", f->n_levels,
                            study->arm[arm].name);
            return;
        }
}

/* The inputs that vary over the points, which of them are factors, and with how many levels. */
static int fill_inputs(kl_reader *reader, const kl_study *study, const kl_design_asked *asked, kl_design_spec *spec,
                       kl_design_input *to)
{
    int n = kl_study_inputs(study, NULL, 0);
    kl_input *input = kl_arena_alloc(&reader->arena, ((size_t)n + 1) * sizeof *input);
    if (!input)
        return 0;
    (void)kl_study_inputs(study, input, n);
    for (int i = 0; i < n; i++) {
        if (!input[i].is_drawn)
            continue;
        kl_design_input *d = &to[spec->n_inputs++];
        memcpy(d->name, input[i].name, sizeof d->name);
        d->factor = asked->first ? -1 : 0; /* no list: all are factors */
        for (kl_factor_asked *f = asked->first; f; f = f->next)
            if (strcmp(f->name, d->name) == 0) {
                f->is_input = 1;
                d->factor = 0;
                d->n_levels = f->n_levels;
                check_levels(reader, study, f, &input[i]);
            }
    }
    for (const kl_factor_asked *f = asked->first; f; f = f->next)
        if (!f->is_input && !f->has_dist)
            kl_error_at(reader, f->node, "'%.80s' does not vary in any arm; give it %s%s", f->name,
                        row_of(f->name) == kl_mechanism_row() ? "a choice: mechanism: {choice: [five-stage, big-bang]}"
                                                              : "a distribution under 'parameters'",
                        asked->kind == KL_DESIGN_FACTORIAL ? ", or list its values here" : "");
    spec->input = to;
    return 1;
}

static int all_are_factors(const kl_design_spec *spec)
{
    for (int i = 0; i < spec->n_inputs; i++)
        if (spec->input[i].factor < 0)
            return 0;
    return 1;
}

static double usual_rows(const kl_design_spec *spec)
{
    if (spec->kind == KL_DESIGN_FACTORIAL && all_are_factors(spec))
        return 1;
    return spec->kind == KL_DESIGN_SOBOL ? SOBOL_ROWS_USUAL : ROWS_USUAL;
}

static void refuse_at(kl_reader *reader, const kl_node *root, const char *key, const char *sentence)
{
    const kl_node *place = kl_node_entry(root, key);
    kl_error_at(reader, place ? place : root, "%s", sentence);
}

/* Worlds an arm, from the command line: rows where there are several, else replicates. */
static void apply_runs(kl_reader *reader, kl_design_asked *asked, double row_size)
{
    if (asked->rows > 1)
        asked->rows = ceil((double)asked->runs / (row_size * asked->replicates));
    else
        asked->replicates = ceil((double)asked->runs / row_size);
    if (asked->rows * row_size > COUNT_MAX || asked->replicates > COUNT_MAX)
        kl_diagnostics_add(reader, "--runs", 0, 0, 0, "gives more than 2147483647 points or replicates");
}

static void warn_of_sizes(kl_reader *reader, const kl_node *root, const kl_design_asked *asked,
                          const kl_design_spec *spec)
{
    int rows = (int)asked->rows;
    const kl_node *points = kl_node_entry(root, "points");
    const kl_node *at = points ? points : asked->node;
    if ((asked->kind == KL_DESIGN_SOBOL || asked->kind == KL_DESIGN_SALTELLI) && (rows & (rows - 1)) != 0)
        kl_warning_at_key(reader, at, "%d is no power of two, at which a Sobol sequence is most even", rows);
    if (asked->kind == KL_DESIGN_FACTORIAL && rows > 1 && all_are_factors(spec) && points && asked->runs < 0)
        kl_warning_at_key(reader, points,
                          "nothing varies beside the factors, so the %d draws differ in chance alone; "
                          "'replicates' are for that",
                          rows);
}

void kl_study_seal_design(kl_reader *reader, kl_study *study, const kl_node *root, kl_design_asked *asked)
{
    int n = study->arm ? kl_study_inputs(study, NULL, 0) : 0, errors = reader->found->n_errors;
    kl_design_input *input = kl_arena_alloc(&reader->arena, ((size_t)n + 1) * sizeof *input);
    kl_design_spec spec = {.kind = asked->kind, .n_levels = asked->n_levels, .second_order = asked->second_order};
    if (!input || (errors == 0 && !fill_inputs(reader, study, asked, &spec, input))) {
        reader->no_memory = 1;
        return;
    }
    if (asked->rows < 0)
        asked->rows = usual_rows(&spec);
    study->n_points = (int)asked->rows; /* should the rest be in error: for checks by Monte Carlo */
    int is_whole = errors == 0 && reader->found->n_errors == 0;
    int row_size = is_whole ? kl_design_row_size(&spec) : 1;
    if (asked->runs >= 0 && row_size > 0)
        apply_runs(reader, asked, row_size);
    if (row_size * asked->rows * asked->replicates > WORLDS_MAX)
        refuse_at(reader, root, "points", "points x replicates exceeds 2^40 worlds");
    if (asked->rows > COUNT_MAX || asked->replicates > COUNT_MAX || reader->found->n_errors > errors || !is_whole)
        return; /* said */
    const char *sentence = "";
    spec.n_rows = (int)asked->rows;
    kl_status status = kl_design_make(&study->design, &spec, &sentence);
    if (status == KL_ERR_MEMORY)
        reader->no_memory = 1;
    else if (status != KL_OK)
        refuse_at(reader, root, "design", sentence);
    if (status != KL_OK)
        return;
    study->n_points = kl_design_n_points(&study->design);
    study->n_replicates = (int)asked->replicates;
    warn_of_sizes(reader, root, asked, &spec);
}
