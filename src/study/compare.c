/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Two studies: what differs, and whether the runs of one are among those of the other. The pieces tell differences one by
 * one (compare_design.c, compare_arms.c); here they are collected, or only counted. */
#define _GNU_SOURCE 1 /* newlocale under -std=c11 */
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "study/compare.h"

void kl_tell(const kl_telling *to, kl_mismatch_kind kind, const char *what, const kl_said *a, const kl_said *b)
{
    to->tell(to->data, kind, what, a ? a->text : "", b ? b->text : "");
}

/* ---- what is not in the arms or the design ---- */

static void tell_name(const kl_telling *to, kl_mismatch_kind kind, const char *what, const char *a, const char *b)
{
    if (strcmp(a, b) != 0)
        to->tell(to->data, kind, what, a, b);
}

static void tell_missing_arms(const kl_telling *to)
{
    kl_said what;
    for (int i = 0; i < to->a->n_arms; i++)
        if (kl_arm_place(to->b, to->a->arm[i].name, i) < 0) {
            kl_said_clear(&what);
            kl_said_add(&what, "arm '%s'", to->a->arm[i].name);
            to->tell(to->data, KL_MISMATCH_FIRST_ARM, what.text, "there", "not there");
        }
    for (int i = 0; i < to->b->n_arms; i++)
        if (kl_arm_place(to->a, to->b->arm[i].name, i) < 0) {
            kl_said_clear(&what);
            kl_said_add(&what, "arm '%s'", to->b->arm[i].name);
            to->tell(to->data, KL_MISMATCH_SECOND_ARM, what.text, "not there", "there");
        }
}

/* Do the arms that both have stand in the same order? */
static int order_is_same(const kl_study *a, const kl_study *b)
{
    int last = -1;
    for (int i = 0; i < a->n_arms; i++) {
        int place = kl_arm_place(b, a->arm[i].name, last + 1);
        if (place < 0)
            continue;
        if (place < last)
            return 0;
        last = place;
    }
    return 1;
}

static int claims_are_same(const kl_study *a, const kl_study *b)
{
    if (a->n_claims != b->n_claims)
        return 0;
    for (int i = 0; i < a->n_claims; i++) {
        const kl_claim *x = &a->claim[i], *y = &b->claim[i];
        if (x->metric != y->metric || x->lo != y->lo || x->hi != y->hi || strcmp(x->name, y->name) != 0 ||
            strcmp(x->source, y->source) != 0)
            return 0;
    }
    return 1;
}

static int targets_are_same(const kl_study *a, const kl_study *b)
{
    if (a->n_targets != b->n_targets)
        return 0;
    for (int i = 0; i < a->n_targets; i++) {
        const kl_observation *x = &a->target[i], *y = &b->target[i];
        if (x->value != y->value || x->sd != y->sd || strcmp(x->metric, y->metric) != 0 ||
            strcmp(x->source, y->source) != 0 || strcmp(a->arm[x->arm].name, b->arm[y->arm].name) != 0)
            return 0;
    }
    return 1;
}

static void tell_quantiles(const kl_telling *to)
{
    kl_dist a = {.kind = KL_DIST_CHOICE, .n = to->a->n_quantiles},
            b = {.kind = KL_DIST_CHOICE, .n = to->b->n_quantiles};
    memcpy(a.value, to->a->quantile, sizeof to->a->quantile);
    memcpy(b.value, to->b->quantile, sizeof to->b->quantile);
    if (!kl_dist_equals(&a, &b))
        to->tell(to->data, KL_MISMATCH_WORDS, "quantiles", "", "");
}

static void tell_words(const kl_telling *to)
{
    kl_said what;
    tell_name(to, KL_MISMATCH_WORDS, "name", to->a->name, to->b->name);
    if (strcmp(to->a->title, to->b->title) != 0)
        to->tell(to->data, KL_MISMATCH_WORDS, "title", "", "");
    if (strcmp(to->a->description, to->b->description) != 0)
        to->tell(to->data, KL_MISMATCH_WORDS, "description", "", "");
    for (int i = 0; i < to->a->n_arms; i++) {
        int place = kl_arm_place(to->b, to->a->arm[i].name, i);
        if (place < 0 || strcmp(to->a->arm[i].label, to->b->arm[place].label) == 0)
            continue;
        kl_said_clear(&what);
        kl_said_add(&what, "label of arm '%s'", to->a->arm[i].name);
        to->tell(to->data, KL_MISMATCH_WORDS, what.text, "", "");
    }
    if (!order_is_same(to->a, to->b))
        to->tell(to->data, KL_MISMATCH_WORDS, "order of the arms", "", "");
    if (!claims_are_same(to->a, to->b))
        to->tell(to->data, KL_MISMATCH_WORDS, "claims", "", "");
    if (!targets_are_same(to->a, to->b))
        to->tell(to->data, KL_MISMATCH_WORDS, "targets", "", "");
    tell_quantiles(to);
}

static const char *baseline_of(const kl_study *study)
{
    return study->n_arms > 0 ? study->arm[study->baseline].name : "";
}

/* Numbers are written with a point, whatever the caller's locale; where memory is short, as the caller has it. */
static void tell_all(const kl_telling *to)
{
    if (strcmp(to->a->sha256, to->b->sha256) == 0)
        return; /* of all that is said */
    locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0), before = (locale_t)0;
    if (plain != (locale_t)0)
        before = uselocale(plain);
    kl_tell_design(to);
    tell_name(to, KL_MISMATCH_RUNS, "baseline", baseline_of(to->a), baseline_of(to->b));
    kl_tell_arms(to);
    tell_missing_arms(to);
    tell_words(to);
    if (plain != (locale_t)0) {
        (void)uselocale(before);
        freelocale(plain);
    }
}

/* ---- collected ---- */

static char *copy_of(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = malloc(size);
    return copy ? memcpy(copy, text, size) : NULL;
}

static void free_item(kl_mismatch *item)
{
    free(item->what);
    free(item->first);
    free(item->second);
}

typedef struct collection {
    kl_mismatches *list;
    kl_status status;
} collection;

static kl_status append(kl_mismatches *list, kl_mismatch_kind kind, const char *what, const char *a, const char *b)
{
    if (list->n == list->capacity) {
        int capacity = list->capacity > 0 ? 2 * list->capacity : 16;
        kl_mismatch *grown = realloc(list->item, (size_t)capacity * sizeof *grown);
        if (!grown)
            return KL_ERR_MEMORY;
        list->item = grown;
        list->capacity = capacity;
    }
    kl_mismatch item = {kind, copy_of(what), copy_of(a), copy_of(b)};
    if (!item.what || !item.first || !item.second) {
        free_item(&item);
        return KL_ERR_MEMORY;
    }
    list->item[list->n++] = item;
    return KL_OK;
}

static void collect(void *data, kl_mismatch_kind kind, const char *what, const char *a, const char *b)
{
    collection *to = data;
    if (to->status == KL_OK)
        to->status = append(to->list, kind, what, a, b);
}

static int by_kind(const void *a, const void *b)
{
    const kl_mismatch *x = *(const kl_mismatch *const *)a, *y = *(const kl_mismatch *const *)b;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    return x < y ? -1 : x > y;
}

/* By kind; within a kind as they were told. */
static kl_status sort_list(kl_mismatches *list)
{
    if (list->n < 2)
        return KL_OK;
    const kl_mismatch **order = malloc((size_t)list->n * sizeof *order);
    kl_mismatch *sorted = malloc((size_t)list->n * sizeof *sorted);
    if (order && sorted) {
        for (int i = 0; i < list->n; i++)
            order[i] = &list->item[i];
        qsort(order, (size_t)list->n, sizeof *order, by_kind);
        for (int i = 0; i < list->n; i++)
            sorted[i] = *order[i];
        memcpy(list->item, sorted, (size_t)list->n * sizeof *sorted);
    }
    kl_status status = order && sorted ? KL_OK : KL_ERR_MEMORY;
    free(order);
    free(sorted);
    return status;
}

kl_status kl_study_differences(const kl_study *first, const kl_study *second, kl_mismatches *differences)
{
    memset(differences, 0, sizeof *differences);
    collection all = {differences, KL_OK};
    kl_telling to = {first, second, collect, &all};
    tell_all(&to);
    if (all.status == KL_OK)
        all.status = sort_list(differences);
    if (all.status != KL_OK)
        kl_mismatches_free(differences);
    return all.status;
}

void kl_mismatches_free(kl_mismatches *differences)
{
    for (int i = 0; i < differences->n; i++)
        free_item(&differences->item[i]);
    free(differences->item);
    memset(differences, 0, sizeof *differences);
}

static void write_text(char *text, size_t size, const char *what, const char *a, const char *b)
{
    if (a[0] || b[0])
        snprintf(text, size, "%s: %s -> %s", what, a, b);
    else
        snprintf(text, size, "%s: not the same", what);
}

const char *kl_mismatch_text(const kl_mismatch *difference, char *text, size_t size)
{
    write_text(text, size, difference->what, difference->first, difference->second);
    return text;
}

/* ---- contained ---- */

typedef struct refusal {
    int n;
    char *why;
    size_t size;
} refusal;

static void refuse(refusal *to, const char *what, const char *a, const char *b)
{
    if (to->n++ == 0 && to->why)
        write_text(to->why, to->size, what, a, b);
}

/* Numbers of points and replicates are whole. */
static void refuse_if_told(void *data, kl_mismatch_kind kind, const char *what, const char *a, const char *b)
{
    int fewer = kind == KL_MISMATCH_SIZE && strtoll(b, NULL, 10) < strtoll(a, NULL, 10);
    if (kind == KL_MISMATCH_RUNS || kind == KL_MISMATCH_FIRST_ARM || fewer)
        refuse(data, what, a, b);
}

int kl_study_contains(const kl_study *whole, const kl_study *part, char *why, size_t size)
{
    refusal found = {0, size > 0 ? why : NULL, size};
    kl_telling to = {part, whole, refuse_if_told, &found};
    if (found.why)
        found.why[0] = '\0';
    tell_all(&to);
    size_t n = found.why ? strlen(found.why) : 0;
    if (found.n > 1 && found.why)
        snprintf(found.why + n, size - n, "; and %d more", found.n - 1);
    return found.n == 0;
}
