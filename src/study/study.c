/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A study from its file: reads the top of the tree, applies the command line's changes, hands the parts to their
 * readers and seals the result with its resolved text. Everything that is wrong is said in one go. */
#define _POSIX_C_SOURCE 200809L
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "study/reader.h"

#define COUNT_MAX 2147483647.0 /* of points and of replicates: below 2^31 */
#define WORLDS_MAX 0x1p40

/* ---- the object ---- */

void kl_study_init(kl_study *study)
{
    memset(study, 0, sizeof *study);
}

static void free_mechanism(kl_arm *arm)
{
    for (int k = 0; k < arm->n_stages; k++)
        free(arm->stage[k].name);
    free(arm->mechanism);
}

static void free_arm(kl_arm *arm)
{
    free_mechanism(arm);
    for (int i = 0; i < arm->n_others; i++)
        free_mechanism(&arm->other[i]);
    free(arm->other);
    free(arm->name);
    free(arm->label);
}

void kl_study_free(kl_study *study)
{
    for (int i = 0; study->arm && i < study->n_arms; i++)
        free_arm(&study->arm[i]);
    free(study->mechanism);
    for (int i = 0; i < study->n_claims; i++) {
        free(study->claim[i].name);
        free(study->claim[i].source);
    }
    for (int i = 0; i < study->n_targets; i++) {
        free(study->target[i].metric);
        free(study->target[i].source);
    }
    kl_design_free(&study->design);
    free(study->arm);
    free(study->claim);
    free(study->target);
    free(study->name);
    free(study->title);
    free(study->description);
    free(study->path);
    free(study->text);
    free(study->resolved);
    kl_study_init(study);
}

/* ---- the top of the tree ---- */

static void read_version(kl_reader *reader, const kl_node *root)
{
    const kl_node *node = kl_node_entry(root, "klaster");
    double version;
    if (!node)
        kl_error_at(reader, root, "'klaster: 1' is missing: the version of the syntax");
    else if (kl_read_number(reader, node, &version) && version != 1)
        kl_error_at(reader, node, "version %.10g of the syntax; this klaster reads version 1", version);
}

static char *read_string(kl_reader *reader, const kl_node *root, const char *key, const char *otherwise)
{
    const kl_node *node = kl_node_entry(root, key);
    const char *text = otherwise;
    if (node && strcmp(key, "name") == 0)
        (void)kl_read_name(reader, node, &text);
    else if (node)
        (void)kl_read_text(reader, node, &text);
    return kl_reader_copy(reader, text);
}

static double read_count(kl_reader *reader, const kl_node *root, const char *key, double otherwise, double lo,
                         double hi)
{
    const kl_node *node = kl_node_entry(root, key);
    double value;
    return node && kl_read_whole(reader, node, lo, hi, &value) ? value : otherwise;
}

static void read_quantiles(kl_reader *reader, kl_study *study, const kl_node *list)
{
    if (list->kind != KL_NODE_LIST || list->n < 1 || list->n > KL_QUANTILES_MAX) {
        kl_error_at(reader, list, "takes a list of 1 to %d quantiles, such as [0.05, 0.5, 0.95]", KL_QUANTILES_MAX);
        return;
    }
    double last = 0;
    study->n_quantiles = 0;
    for (const kl_node *item = list->first; item; item = item->next) {
        double q;
        if (!kl_read_number(reader, item, &q))
            continue;
        if (!(q > 0 && q < 1))
            kl_error_at(reader, item, "%.10g: a quantile lies between 0 and 1, both left out", q);
        else if (!(q > last))
            kl_error_at(reader, item, "%.10g: quantiles must rise", q);
        else
            study->quantile[study->n_quantiles++] = last = q;
    }
}

static void read_output(kl_reader *reader, kl_study *study, const kl_node *output)
{
    static const char *const keys[] = {"quantiles"};
    static const double usual[] = {0.05, 0.25, 0.5, 0.75, 0.95};
    memcpy(study->quantile, usual, sizeof usual);
    study->n_quantiles = (int)(sizeof usual / sizeof usual[0]);
    if (!output || !kl_read_keys(reader, output, keys, 1, "output"))
        return;
    const kl_node *list = kl_node_entry(output, "quantiles");
    if (list)
        read_quantiles(reader, study, list);
}

/* ---- changes from the command line ---- */

static int option_is_legal(kl_reader *reader, const char *option, int64_t value, double lo, double hi)
{
    if ((double)value >= lo && (double)value <= hi)
        return 1;
    kl_diagnostics_add(reader, option, 0, 0, 0, "%lld is outside %.16g .. %.16g", (long long)value, lo, hi);
    return 0;
}

static kl_design_asked read_sizes(kl_reader *reader, kl_study *study, const kl_node *root,
                                  const kl_overrides *overrides)
{
    double seed = read_count(reader, root, "seed", 1, 0, (double)KL_SEED_MAX);
    double months = read_count(reader, root, "months", 60, 1, KL_HORIZON_MAX);
    kl_design_asked asked = {.points = read_count(reader, root, "points", -1, 1, COUNT_MAX),
                             .replicates = read_count(reader, root, "replicates", 1, 1, COUNT_MAX),
                             .runs = -1};
    if (overrides && overrides->seed >= 0 && option_is_legal(reader, "--seed", overrides->seed, 0, (double)KL_SEED_MAX))
        seed = (double)overrides->seed;
    if (overrides && overrides->months >= 0 &&
        option_is_legal(reader, "--months", overrides->months, 1, KL_HORIZON_MAX))
        months = (double)overrides->months;
    if (overrides && overrides->runs >= 0 && option_is_legal(reader, "--runs", overrides->runs, 1, WORLDS_MAX))
        asked.runs = overrides->runs;
    study->seed = (uint64_t)seed;
    study->horizon = (int)months;
    return asked;
}

/* ---- the load ---- */

static void read_root(kl_reader *reader, kl_study *study, const kl_node *root, const kl_overrides *overrides)
{
    static const char *const keys[] = {
        "klaster", "name",      "title",       "description", "seed", "months",   "points", "replicates", "design",
        "include", "mechanism", "uncertainty", "parameters",  "arms", "baseline", "claims", "targets",    "output"};
    if (!kl_read_keys(reader, root, keys, (int)(sizeof keys / sizeof keys[0]), "a study"))
        return;
    read_version(reader, root);
    study->name = read_string(reader, root, "name", "study");
    study->title = read_string(reader, root, "title", "");
    study->description = read_string(reader, root, "description", "");
    kl_design_asked asked = read_sizes(reader, study, root, overrides);
    kl_study_read_design(reader, root, &asked);
    read_output(reader, study, kl_node_entry(root, "output"));
    kl_study_read_claims(reader, study, kl_node_entry(root, "claims"));
    kl_study_read_arms(reader, study, root, overrides, &asked);
    kl_study_read_targets(reader, study, kl_node_entry(root, "targets"));
}

static kl_status parse(kl_reader *reader, kl_study *study, const char *text, size_t length, const char *name,
                       const kl_overrides *overrides)
{
    const kl_document *document = kl_document_parse(reader, text, length, name, 1);
    if (document)
        read_root(reader, study, document->root, overrides);
    if (reader->no_memory)
        return KL_ERR_MEMORY;
    if (reader->found->n_errors > 0)
        return KL_ERR_STUDY;
    study->path = kl_reader_copy(reader, name);
    study->text = malloc(length + 1);
    if (!study->path || !study->text)
        return KL_ERR_MEMORY;
    memcpy(study->text, text, length);
    study->text[length] = '\0';
    return kl_study_resolve(study);
}

/* For the errors of the whole file, in the order in which they stand. */
static int by_place(const void *a, const void *b)
{
    const kl_diagnostic *x = a, *y = b;
    int file = strcmp(x->file, y->file);
    if (file != 0)
        return file;
    if (x->line != y->line)
        return x->line < y->line ? -1 : 1;
    if (x->column != y->column)
        return x->column < y->column ? -1 : 1;
    return strcmp(x->text, y->text);
}

kl_status kl_study_parse(kl_study *study, const char *text, size_t length, const char *name,
                         const kl_overrides *overrides, kl_diagnostics *found)
{
    kl_study_init(study);
    memset(found, 0, sizeof *found);
    kl_reader reader = {.found = found};
    kl_status status = KL_ERR_MEMORY;
    /* numbers are read and written with a point, whatever the caller's locale */
    locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (plain != (locale_t)0) {
        locale_t before = uselocale(plain);
        status = parse(&reader, study, text, length, name, overrides);
        (void)uselocale(before);
        freelocale(plain);
    }
    kl_arena_free(&reader.arena);
    if (found->n > 1)
        qsort(found->item, (size_t)found->n, sizeof *found->item, by_place);
    if (status != KL_OK)
        kl_study_free(study);
    return status;
}

kl_status kl_study_load(kl_study *study, const char *path, const kl_overrides *overrides, kl_diagnostics *found)
{
    kl_study_init(study);
    memset(found, 0, sizeof *found);
    kl_reader reader = {.found = found};
    size_t length;
    kl_status status;
    const char *used = path;
    char *text = kl_file_read(path, &length, &status);
    if (!text && status == KL_ERR_READ && !strchr(path, '/')) {
        used = kl_file_find(&reader, path, NULL, "");
        text = used ? kl_file_read(used, &length, &status) : NULL;
    }
    if (text)
        status = kl_study_parse(study, text, length, used, overrides, found);
    else if (status == KL_ERR_STUDY)
        kl_diagnostics_add(&reader, path, 0, 0, 0, "the file is larger than 16 MiB");
    else if (status == KL_ERR_READ) {
        kl_suggestion near = kl_file_suggestion(&reader, path, "");
        char hint[160];
        kl_diagnostics_add(&reader, path, 0, 0, 0, "cannot read it, and no scenario has that name%s",
                           kl_suggestion_text(&near, "", hint));
    }
    if (reader.no_memory)
        status = KL_ERR_MEMORY;
    free(text);
    kl_arena_free(&reader.arena);
    return status;
}
