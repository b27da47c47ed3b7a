/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What differs in the worlds of two studies. A world is keyed by seed, row of the design and replicate; an input is drawn
 * at a coordinate that Monte Carlo takes from seed, row and name alone, but other designs also from their factors, the place
 * of the input among the others (Sobol) or the number of points (Latin hypercube). */
#include <string.h>

#include "study/compare.h"

/* Place of an input in a design, -1 for none. */
static int place_of(const kl_design *design, const char *name)
{
    for (int i = 0; i < design->n_inputs; i++)
        if (strcmp(design->input[i].name, name) == 0)
            return i;
    return -1;
}

/* Inputs that vary in both: an arm that is the same in both draws no other. */
static int count_common_inputs(const kl_design *a, const kl_design *b)
{
    int n = 0;
    for (int i = 0; i < a->n_inputs; i++)
        n += place_of(b, a->input[i].name) >= 0;
    return n;
}

static void tell_whole(const kl_telling *to, kl_mismatch_kind kind, const char *what, int64_t a, int64_t b)
{
    kl_said x = {0}, y = {0};
    kl_said_add(&x, "%lld", (long long)a);
    kl_said_add(&y, "%lld", (long long)b);
    if (a != b)
        kl_tell(to, kind, what, &x, &y);
}

static void say_factors(kl_said *said, const kl_design *design)
{
    if (design->n_factors == 0)
        kl_said_add(said, "none");
    for (int i = 0; i < design->n_factors; i++) {
        const kl_design_input *input = &design->input[design->factor[i]];
        kl_said_add(said, "%s%s", i > 0 ? ", " : "", input->name);
        if (input->n_levels > 0)
            kl_said_add(said, " (%d levels)", input->n_levels);
    }
}

static int factors_are_same(const kl_design *a, const kl_design *b)
{
    if (a->n_factors != b->n_factors)
        return 0;
    for (int i = 0; i < a->n_factors; i++) {
        const kl_design_input *x = &a->input[a->factor[i]], *y = &b->input[b->factor[i]];
        if (x->n_levels != y->n_levels || strcmp(x->name, y->name) != 0)
            return 0;
    }
    return 1;
}

/* The factors of a Saltelli design are compared with the factors. */
static void tell_dimensions(const kl_telling *to)
{
    const kl_design *a = &to->a->design, *b = &to->b->design;
    kl_said what = {0}, x = {0}, y = {0};
    int n = 0;
    for (int i = 0; i < a->n_inputs; i++) {
        int place = place_of(b, a->input[i].name);
        if (place < 0 || place == i || n++ > 0)
            continue;
        kl_said_add(&what, "place of '%s'", a->input[i].name);
        kl_said_add(&x, "%d", i + 1);
        kl_said_add(&y, "%d", place + 1);
    }
    if (n > 1)
        kl_said_add(&what, " (and of %d other%s)", n - 1, n == 2 ? "" : "s");
    kl_said_add(&what, " among the inputs that vary, which the Sobol sequence goes by");
    if (n > 0)
        kl_tell(to, KL_MISMATCH_RUNS, what.text, &x, &y);
}

/* Designs of the same kind. */
static void tell_details(const kl_telling *to)
{
    const kl_design *a = &to->a->design, *b = &to->b->design;
    kl_said x = {0}, y = {0};
    if (!factors_are_same(a, b)) {
        say_factors(&x, a);
        say_factors(&y, b);
        kl_tell(to, KL_MISMATCH_RUNS, "factors of the design", &x, &y);
    }
    if (a->second_order != b->second_order) {
        kl_said_clear(&x);
        kl_said_clear(&y);
        kl_said_add(&x, "%s", a->second_order ? "true" : "false");
        kl_said_add(&y, "%s", b->second_order ? "true" : "false");
        kl_tell(to, KL_MISMATCH_RUNS, "second_order of the design", &x, &y);
    }
    tell_whole(to, KL_MISMATCH_RUNS, "levels of the design", a->n_levels, b->n_levels);
    if (a->kind == KL_DESIGN_SOBOL)
        tell_dimensions(to);
}

void kl_tell_design(const kl_telling *to)
{
    const kl_design *a = &to->a->design, *b = &to->b->design;
    int n_common = count_common_inputs(a, b);
    kl_mismatch_kind kind = n_common > 0 || a->row_size != b->row_size ? KL_MISMATCH_RUNS : KL_MISMATCH_WORDS;
    tell_whole(to, KL_MISMATCH_RUNS, "seed", (int64_t)to->a->seed, (int64_t)to->b->seed);
    tell_whole(to, KL_MISMATCH_RUNS, "months", to->a->horizon, to->b->horizon);
    if (a->kind != b->kind) {
        kl_said x = {0}, y = {0};
        kl_said_add(&x, "%s", kl_design_kind_word(a->kind));
        kl_said_add(&y, "%s", kl_design_kind_word(b->kind));
        kl_tell(to, kind, "design", &x, &y);
    } else
        tell_details(to);
    int is_fixed = n_common > 0 && (a->kind == KL_DESIGN_LATIN_HYPERCUBE || b->kind == KL_DESIGN_LATIN_HYPERCUBE);
    const char *points = is_fixed ? "points of the Latin hypercube" : "points";
    tell_whole(to, is_fixed ? KL_MISMATCH_RUNS : KL_MISMATCH_SIZE, points, to->a->n_points, to->b->n_points);
    tell_whole(to, KL_MISMATCH_SIZE, "replicates", to->a->n_replicates, to->b->n_replicates);
}
