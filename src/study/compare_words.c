/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Values of a study in words, as its file could say them, for sentences on what differs. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "study/compare.h"

void kl_said_clear(kl_said *said)
{
    said->n = 0;
    said->text[0] = '\0';
}

void kl_said_add(kl_said *said, const char *format, ...)
{
    static const char more[] = "...";
    va_list arguments;
    if (said->n >= sizeof said->text - 1)
        return;
    size_t left = sizeof said->text - said->n;
    va_start(arguments, format);
    int n = vsnprintf(said->text + said->n, left, format, arguments);
    va_end(arguments);
    if (n >= 0 && (size_t)n < left) {
        said->n += (size_t)n;
        return;
    }
    /* names and numbers are ASCII, and so is what is cut here; texts of people are cut by who says them */
    memcpy(said->text + sizeof said->text - sizeof more, more, sizeof more);
    said->n = sizeof said->text - 1;
}

/* With as few digits as give the same number back. */
static void say_number(kl_said *said, double value)
{
    char text[40];
    for (int digits = 6; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    kl_said_add(said, "%s", text);
}

static void say_value(kl_said *said, const kl_param_info *row, double value)
{
    if (row->kind == KL_KIND_FLAG)
        kl_said_add(said, "%s", value != 0 ? "true" : "false");
    else if (row->kind == KL_KIND_CHOICE && value >= 0 && value < row->n_choices)
        kl_said_add(said, "%s", row->choices[(int)value]);
    else
        say_number(said, value);
}

void kl_said_add_dist(kl_said *said, const kl_param_info *row, const kl_dist *dist)
{
    if (kl_dist_is_constant(dist)) {
        say_value(said, row, dist->value[0]);
        return;
    }
    kl_said_add(said, "{%s: [", kl_dist_kind_word(dist->kind));
    for (int i = 0; i < dist->n; i++) {
        kl_said_add(said, "%s", i > 0 ? ", " : "");
        say_value(said, row, dist->value[i]);
    }
    kl_said_add(said, "]}");
}

void kl_said_add_mechanisms(kl_said *said, const kl_arm *arm)
{
    const kl_arm *variant;
    for (int k = 0; (variant = kl_arm_variant(arm, k)); k++)
        kl_said_add(said, "%s%s", k > 0 ? " or " : "", variant->mechanism);
}

void kl_said_add_stages(kl_said *said, const kl_arm *arm)
{
    for (int i = 0; i < arm->n_stages; i++) {
        const char *kind = kl_stage_kind_word(arm->stage[i].kind), *name = arm->stage[i].name;
        kl_said_add(said, "%s%s", i > 0 ? ", " : "", name);
        if (strcmp(kind, name) != 0)
            kl_said_add(said, " (%s)", kind);
    }
    if (arm->n_stages == 0)
        kl_said_add(said, "none");
}
