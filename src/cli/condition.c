/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Conditions: reading, and holding worlds against them. */
#include "cli/condition.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/outcome.h"

/* ---- reading ---- */

static const char *skip(const char *p)
{
    return p + strspn(p, " \t");
}

static int wrong(const kl_cli *cli, const char *text)
{
    return kl_fail(cli, KL_EXIT_USAGE,
                   "'%s' is no condition; write 'METRIC in [LOWEST, HIGHEST]', 'METRIC >= NUMBER' (or >, <=, <, ==) or "
                   "'status == completed' (or !=)",
                   text);
}

static int unknown_metric(const kl_cli *cli, const char *name)
{
    static const char *const status[] = {"status"};
    return kl_no_outcome(cli, "", name, 1, status);
}

/* A finite number; *p goes behind it. strtod also takes hexadecimal, nan and inf, which no study does. */
static bool read_number(const char **p, double *value)
{
    char *end;
    size_t n = strspn(*p, "+-.0123456789eE");
    *value = strtod(*p, &end);
    if (n == 0 || end != *p + n || !isfinite(*value))
        return false;
    *p = skip(end);
    return true;
}

/* "[0.30, 0.40]"; an end may be left out: "[0.3, ]" */
static bool read_interval(const char *p, kl_condition *c)
{
    if (*p++ != '[')
        return false;
    p = skip(p);
    if (*p != ',' && !read_number(&p, &c->lo))
        return false;
    if (*p++ != ',')
        return false;
    p = skip(p);
    if (*p != ']' && !read_number(&p, &c->hi))
        return false;
    return *p == ']' && *skip(p + 1) == '\0' && c->lo <= c->hi;
}

static int read_status(const kl_cli *cli, const char *op, const char *p, const char *text, kl_condition *c)
{
    const char *words[KL_N_RUN_STATUS];
    char word[64];
    c->is_not = strcmp(op, "!=") == 0;
    if (!c->is_not && strcmp(op, "==") != 0)
        return wrong(cli, text);
    snprintf(word, sizeof word, "%.*s", (int)strcspn(p, " \t"), p);
    if (!*word || *skip(p + strcspn(p, " \t")))
        return wrong(cli, text);
    for (int s = 0; s < KL_N_RUN_STATUS; s++) {
        words[s] = kl_run_status_word(s);
        if (strcmp(word, words[s]) == 0) {
            c->status = s;
            return KL_EXIT_OK;
        }
    }
    const char *nearest = kl_text_nearest(word, words, KL_N_RUN_STATUS);
    return kl_fail(cli, KL_EXIT_USAGE, "no status '%s'; did you mean '%s'?", word, nearest ? nearest : "completed");
}

static int read_comparison(const kl_cli *cli, const char *op, const char *p, const char *text, kl_condition *c)
{
    double value;
    if (!read_number(&p, &value) || *p)
        return wrong(cli, text);
    if (op[0] == '>' || op[0] == '=')
        c->lo = value;
    if (op[0] == '<' || op[0] == '=')
        c->hi = value;
    c->open_lo = strcmp(op, ">") == 0;
    c->open_hi = strcmp(op, "<") == 0;
    if (strcmp(op, ">") && strcmp(op, ">=") && strcmp(op, "<") && strcmp(op, "<=") && strcmp(op, "=="))
        return wrong(cli, text);
    return KL_EXIT_OK;
}

int kl_condition_parse(const kl_cli *cli, kl_condition *c, const char *text)
{
    char name[64], op[8];
    const char *p = skip(text);
    *c = (kl_condition){.outcome = KL_N_OUTCOMES, .lo = -INFINITY, .hi = INFINITY, .status = -1};
    size_t n = strspn(p, "abcdefghijklmnopqrstuvwxyz_0123456789");
    if (n == 0 || n >= sizeof name || strlen(text) >= sizeof c->text)
        return wrong(cli, text);
    snprintf(c->text, sizeof c->text, "%s", p);
    snprintf(name, sizeof name, "%.*s", (int)n, p);
    p = skip(p + n);
    n = strspn(p, "<>=!in");
    snprintf(op, sizeof op, "%.*s", n < sizeof op ? (int)n : 0, p);
    if (!*op)
        return wrong(cli, text);
    p = skip(p + n);
    if (strcmp(name, "status") == 0)
        return read_status(cli, op, p, text, c);
    c->outcome = kl_outcome_find(name);
    if (c->outcome == KL_N_OUTCOMES)
        return unknown_metric(cli, name);
    if (strcmp(op, "in") == 0)
        return read_interval(p, c) ? KL_EXIT_OK : wrong(cli, text);
    return read_comparison(cli, op, p, text, c);
}

void kl_condition_of_claim(kl_condition *c, const kl_claim *claim)
{
    const char *metric = kl_outcome_info_of(claim->metric)->name;
    char lo[KL_NUMBER_SIZE], hi[KL_NUMBER_SIZE];
    *c = (kl_condition){.outcome = claim->metric, .lo = claim->lo, .hi = claim->hi, .status = -1};
    kl_text_exact(lo, sizeof lo, claim->lo);
    kl_text_exact(hi, sizeof hi, claim->hi);
    if (claim->lo == claim->hi)
        snprintf(c->text, sizeof c->text, "%.80s: %s == %s", claim->name, metric, lo);
    else if (isfinite(claim->lo) && isfinite(claim->hi))
        snprintf(c->text, sizeof c->text, "%.80s: %s in [%s, %s]", claim->name, metric, lo, hi);
    else
        snprintf(c->text, sizeof c->text, "%.80s: %s %s %s", claim->name, metric,
                 isfinite(claim->lo) ? ">=" : "<=", isfinite(claim->lo) ? lo : hi);
}

/* ---- holding worlds against it ---- */

static int8_t hit_of(const kl_condition *c, int status, double value)
{
    if (status < 0)
        return KL_HIT_MISSING;
    if (c->outcome == KL_N_OUTCOMES) {
        if (status == KL_RUN_FAILED && c->status != KL_RUN_FAILED)
            return KL_HIT_UNDEFINED;
        return (status == c->status) != c->is_not;
    }
    if (isnan(value))
        return KL_HIT_UNDEFINED;
    return (c->open_lo ? value > c->lo : value >= c->lo) && (c->open_hi ? value < c->hi : value <= c->hi);
}

kl_status kl_condition_read(const kl_condition *c, const kl_result *result, int arm, int undefined_fails, double *value,
                            int8_t *hit)
{
    int64_t n = (int64_t)result->study.n_points * result->study.n_replicates;
    kl_status status = kl_result_status(result, arm, hit);
    if (status == KL_OK && c->outcome < KL_N_OUTCOMES)
        status = kl_result_outcome(result, arm, c->outcome, value);
    for (int64_t w = 0; status == KL_OK && w < n; w++) {
        hit[w] = hit_of(c, hit[w], c->outcome < KL_N_OUTCOMES ? value[w] : (double)NAN);
        if (undefined_fails && hit[w] == KL_HIT_UNDEFINED)
            hit[w] = 0;
    }
    return status;
}
