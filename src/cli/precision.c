/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Rounds of a run that goes on until it is precise enough. */
#include "cli/precision.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/grid.h"
#include "cli/outcome.h"

/* ---- what is asked ---- */

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The words of a name, sorted: "joint_saving" and "saving_joint" are the same outcome to people. */
static void sort_words(char *to, size_t size, const char *name)
{
    char copy[96];
    const char *word[16];
    int n = 0;
    snprintf(copy, sizeof copy, "%s", name);
    for (char *p = strtok(copy, "_-"); p && n < 16; p = strtok(NULL, "_-"))
        word[n++] = p;
    qsort(word, (size_t)n, sizeof *word, by_text);
    size_t at = 0;
    to[0] = '\0';
    for (int i = 0; i < n && at < size; i++)
        at += (size_t)snprintf(to + at, size - at, "%s ", word[i]);
}

static kl_outcome_id find_outcome(const char *name)
{
    char wanted[128], found[128];
    kl_outcome_id id = kl_outcome_find(name);
    sort_words(wanted, sizeof wanted, name);
    for (int i = 0; i < KL_N_OUTCOMES && id == KL_N_OUTCOMES; i++) {
        sort_words(found, sizeof found, kl_outcome_info_of((kl_outcome_id)i)->name);
        if (strcmp(wanted, found) == 0)
            id = (kl_outcome_id)i;
    }
    return id;
}

static int no_such(const kl_cli *cli, const char *what, const char *name, const char *nearest)
{
    return nearest ? kl_fail(cli, KL_EXIT_USAGE, "--precision: no %s '%s'; did you mean '%s'?", what, name, nearest)
                   : kl_fail(cli, KL_EXIT_USAGE, "--precision: no %s '%s'", what, name);
}

static int find_claim(const kl_cli *cli, const kl_study *study, const char *name, kl_precision *asked)
{
    const char **names = malloc(((size_t)study->n_claims + 1) * sizeof *names);
    for (int c = 0; names && c < study->n_claims; c++) {
        names[c] = study->claim[c].name;
        if (strcmp(names[c], name) == 0) {
            free(names);
            asked->claim = c;
            asked->metric = study->claim[c].metric;
            return KL_EXIT_OK;
        }
    }
    int code = no_such(cli, "claim", name, names ? kl_text_nearest(name, names, study->n_claims) : NULL);
    free(names);
    return code;
}

static int find_metric(const kl_cli *cli, const char *name, kl_precision *asked)
{
    const char *names[KL_N_OUTCOMES];
    asked->metric = find_outcome(name);
    if (asked->metric != KL_N_OUTCOMES)
        return KL_EXIT_OK;
    for (int i = 0; i < KL_N_OUTCOMES; i++)
        names[i] = kl_outcome_info_of((kl_outcome_id)i)->name;
    return no_such(cli, "outcome", name, kl_text_nearest(name, names, KL_N_OUTCOMES));
}

/* "mean", "q50", "q97.5", "share", "diff" */
static bool read_stat(const char *word, kl_precision *asked)
{
    char *end = NULL;
    asked->stat = strcmp(word, "mean") == 0    ? KL_PRECISION_MEAN
                  : strcmp(word, "share") == 0 ? KL_PRECISION_SHARE
                  : strcmp(word, "diff") == 0  ? KL_PRECISION_DIFF
                                               : KL_PRECISION_QUANTILE;
    if (asked->stat != KL_PRECISION_QUANTILE)
        return true;
    if (word[0] != 'q' || strspn(word + 1, "0123456789.") != strlen(word + 1))
        return false;
    asked->p = strtod(word + 1, &end) / 100;
    return end != word + 1 && *end == '\0' && asked->p > 0 && asked->p < 1;
}

static int read_asked(const kl_cli *cli, const kl_study *study, const char *text, kl_precision *asked)
{
    char name[96], stat[16], *end = NULL;
    const char *equals = strrchr(text, '=');
    const char *colon = equals;
    while (colon && colon > text && *colon != ':')
        colon--;
    if (!equals || *colon != ':' || colon - text >= (long)sizeof name || equals - colon - 1 >= (long)sizeof stat)
        return kl_fail(cli, KL_EXIT_USAGE, "--precision: '%s' is not NAME:STAT=HALFWIDTH", text);
    snprintf(name, sizeof name, "%.*s", (int)(colon - text), text);
    snprintf(stat, sizeof stat, "%.*s", (int)(equals - colon - 1), colon + 1);
    *asked = (kl_precision){.claim = -1};
    if (!read_stat(stat, asked))
        return kl_fail(cli, KL_EXIT_USAGE, "--precision: '%s' is none of mean, q1 to q99, share, diff", stat);
    asked->half_width = strtod(equals + 1, &end);
    if (end == equals + 1 || *end || !(asked->half_width > 0) || isinf(asked->half_width))
        return kl_fail(cli, KL_EXIT_USAGE, "--precision: '%s' is no half-width above 0", equals + 1);
    if (asked->stat == KL_PRECISION_DIFF && study->n_arms < 2)
        return kl_fail(cli, KL_EXIT_USAGE, "--precision: '%s' needs a second arm", text);
    return asked->stat == KL_PRECISION_SHARE ? find_claim(cli, study, name, asked) : find_metric(cli, name, asked);
}

int kl_rounds_begin(const kl_cli *cli, kl_rounds_played *rounds, const kl_study *study, const kl_words *asked,
                    int64_t first_runs, int64_t most_runs)
{
    memset(rounds, 0, sizeof *rounds);
    rounds->study = study;
    if (asked->n > KL_ASKED_MAX)
        return kl_fail(cli, KL_EXIT_USAGE, "--precision: at most %d", KL_ASKED_MAX);
    for (; rounds->n < asked->n; rounds->n++) {
        rounds->text[rounds->n] = asked->item[rounds->n];
        int code = read_asked(cli, study, asked->item[rounds->n], &rounds->asked[rounds->n]);
        if (code != KL_EXIT_OK)
            return code;
    }
    rounds->reach = calloc((size_t)rounds->n * (size_t)study->n_arms, sizeof *rounds->reach);
    if (!rounds->reach)
        return kl_fail(cli, KL_EXIT_IO, "out of memory");
    if (kl_rounds_make(&rounds->rounds, study, first_runs > 0 ? first_runs : 0, most_runs) != KL_OK)
        return kl_fail(cli, KL_EXIT_USAGE, "--max-runs: fewer than two points or replicates of this study");
    return KL_EXIT_OK;
}

void kl_rounds_free(kl_rounds_played *rounds)
{
    free(rounds->value);
    free(rounds->reach);
    memset(rounds, 0, sizeof *rounds);
}

/* ---- a round ---- */

static size_t n_worlds(const kl_rounds_played *rounds)
{
    return (size_t)rounds->study->n_points * (size_t)rounds->study->n_replicates;
}

static double *values_of(const kl_rounds_played *rounds, int i, int arm)
{
    return rounds->value + ((size_t)i * (size_t)rounds->study->n_arms + (size_t)arm) * n_worlds(rounds);
}

kl_status kl_rounds_read(kl_rounds_played *rounds, kl_store *store)
{
    kl_status status = kl_store_settle(store);
    free(rounds->value);
    rounds->value =
        malloc((size_t)rounds->n * (size_t)rounds->study->n_arms * n_worlds(rounds) * sizeof *rounds->value);
    if (status == KL_OK && !rounds->value)
        status = KL_ERR_MEMORY;
    for (int i = 0; i < rounds->n; i++)
        for (int arm = 0; status == KL_OK && arm < rounds->study->n_arms; arm++)
            status = kl_store_outcome(store, arm, rounds->asked[i].metric, values_of(rounds, i, arm));
    return status;
}

/* An arm in which an outcome is defined nowhere has nothing to be precise about, nor has the baseline a difference from
 * itself; one arm must be left. */
static bool has_a_say(const kl_rounds_played *rounds, int i, int arm)
{
    bool is_itself = rounds->asked[i].stat == KL_PRECISION_DIFF && arm == rounds->study->baseline;
    return !is_itself && rounds->reach[i * rounds->study->n_arms + arm].n > 0;
}

/* The arm that is least precise; -1 where it is defined in none. */
static int widest_arm(const kl_rounds_played *rounds, int i)
{
    int widest = -1;
    const kl_reach *reach = &rounds->reach[i * rounds->study->n_arms];
    for (int arm = 0; arm < rounds->study->n_arms; arm++)
        if (has_a_say(rounds, i, arm) && (widest < 0 || !(reach[arm].half_width <= reach[widest].half_width)))
            widest = arm;
    return widest;
}

static bool is_met(const kl_rounds_played *rounds, int i)
{
    int arm = widest_arm(rounds, i);
    return arm >= 0 && kl_precision_is_met(&rounds->asked[i], &rounds->reach[i * rounds->study->n_arms + arm]);
}

kl_status kl_rounds_judge(kl_rounds_played *rounds, int64_t *next_runs)
{
    kl_precision open[KL_ASKED_MAX];
    kl_reach widest[KL_ASKED_MAX];
    int n_arms = rounds->study->n_arms, n_open = 0;
    kl_status status = KL_OK;
    *next_runs = 0;
    for (int i = 0; i < rounds->n; i++)
        for (int arm = 0; arm < n_arms && status == KL_OK; arm++) {
            bool diff = rounds->asked[i].stat == KL_PRECISION_DIFF;
            status = kl_precision_reach(&rounds->reach[i * n_arms + arm], &rounds->asked[i], rounds->study,
                                        values_of(rounds, i, arm),
                                        diff ? values_of(rounds, i, rounds->study->baseline) : NULL);
        }
    if (status != KL_OK)
        return status;
    int64_t runs = (int64_t)n_worlds(rounds);
    rounds->worlds[rounds->n_played++] = runs;
    for (int i = 0; i < rounds->n; i++) {
        int arm = widest_arm(rounds, i);
        if (is_met(rounds, i))
            continue;
        open[n_open] = rounds->asked[i];
        widest[n_open++] = arm >= 0 ? rounds->reach[i * n_arms + arm] : (kl_reach){.half_width = NAN};
    }
    rounds->met = n_open == 0;
    int64_t units = runs / rounds->rounds.unit;
    if (!rounds->met && units < rounds->rounds.most && rounds->n_played < KL_ROUNDS_MAX)
        *next_runs = kl_rounds_next(&rounds->rounds, units, n_open, open, widest) * rounds->rounds.unit;
    return KL_OK;
}

/* ---- what is said ---- */

/* The widest half-width of what was asked, as short as it can be and still true. */
static char *reached_text(char *buffer, size_t size, const kl_rounds_played *rounds, int i)
{
    int arm = widest_arm(rounds, i);
    double half = arm < 0 ? (double)NAN : rounds->reach[i * rounds->study->n_arms + arm].half_width;
    if (isnan(half))
        snprintf(buffer, size, "unknown");
    else
        snprintf(buffer, size, "%.3g", half);
    return buffer;
}

/* "saving_joint:mean", without what follows. */
static int name_length(const char *text)
{
    const char *equals = strrchr(text, '=');
    return (int)(equals ? (size_t)(equals - text) : strlen(text));
}

void kl_rounds_say(const kl_cli *cli, const kl_rounds_played *rounds, int64_t next_runs)
{
    char text[1024], a[KL_NUMBER_SIZE];
    size_t at = (size_t)snprintf(
        text, sizeof text, "%s worlds:", kl_text_count(a, sizeof a, (double)rounds->worlds[rounds->n_played - 1]));
    for (int i = 0; i < rounds->n && at < sizeof text; i++)
        at += (size_t)snprintf(text + at, sizeof text - at, "%s %.*s +- %s%s", i ? "," : "",
                               name_length(rounds->text[i]), rounds->text[i], reached_text(a, sizeof a, rounds, i),
                               is_met(rounds, i) ? "" : " (too wide)");
    if (next_runs > 0 && at < sizeof text)
        snprintf(text + at, sizeof text - at, "; next %s", kl_text_count(a, sizeof a, (double)next_runs));
    kl_say(cli, KL_PLAIN, "%s", text);
}

kl_status kl_rounds_note(const kl_rounds_played *rounds, kl_store *store)
{
    char asked[512] = "", reached[512] = "", played[512] = "", a[KL_NUMBER_SIZE];
    size_t n_asked = 0, n_reached = 0, n_worlds_text = 0;
    for (int i = 0; i < rounds->n; i++) {
        if (n_asked < sizeof asked)
            n_asked += (size_t)snprintf(asked + n_asked, sizeof asked - n_asked, "%s%s", i ? " " : "", rounds->text[i]);
        if (n_reached < sizeof reached && rounds->n_played > 0)
            n_reached +=
                (size_t)snprintf(reached + n_reached, sizeof reached - n_reached, "%s%.*s=%s", i ? " " : "",
                                 name_length(rounds->text[i]), rounds->text[i], reached_text(a, sizeof a, rounds, i));
    }
    for (int r = 0; r < rounds->n_played && n_worlds_text < sizeof played; r++)
        n_worlds_text += (size_t)snprintf(played + n_worlds_text, sizeof played - n_worlds_text, "%s%lld", r ? " " : "",
                                          (long long)rounds->worlds[r]);
    kl_status status = kl_store_note(store, "precision_asked", asked);
    if (status == KL_OK)
        status = kl_store_note(store, "precision_reached", reached);
    if (status == KL_OK)
        status = kl_store_note(store, "precision_met", rounds->met ? "yes" : "no");
    return status == KL_OK ? kl_store_note(store, "precision_rounds", played) : status;
}

static void print_row(kl_grid *grid, const kl_rounds_played *rounds, int i, int arm)
{
    char a[KL_NUMBER_SIZE];
    const kl_precision *asked = &rounds->asked[i];
    const kl_reach *reach = &rounds->reach[i * rounds->study->n_arms + arm];
    bool met = kl_precision_is_met(asked, reach);
    kl_grid_cellf(grid, KL_PLAIN, "%.*s", name_length(rounds->text[i]), rounds->text[i]);
    kl_grid_cell(grid, KL_PLAIN, rounds->study->arm[arm].name);
    kl_grid_cell(grid, KL_PLAIN, kl_text_count(a, sizeof a, (double)reach->n));
    kl_grid_cellf(grid, KL_BOLD, "%.5g", reach->value);
    if (isnan(reach->half_width))
        kl_grid_cell(grid, KL_PLAIN, "-");
    else
        kl_grid_cellf(grid, KL_PLAIN, "%.3g", reach->half_width);
    kl_grid_cellf(grid, KL_PLAIN, "%.3g", asked->half_width);
    kl_grid_cell(grid, met ? KL_GOOD : KL_WARN, met ? "met" : "too wide");
}

kl_status kl_rounds_print(const kl_term *term, const kl_rounds_played *rounds)
{
    static const char *const header[] = {"what", "arm", "worlds", "value", "+-", "asked", ""};
    kl_grid grid;
    if (rounds->n_played == 0)
        return KL_OK;
    kl_term_heading(term, "PRECISION", "Half-widths of 95 % intervals, in the units of the outcomes.");
    kl_grid_init(&grid, "llrrrrl");
    for (size_t h = 0; h < sizeof header / sizeof header[0]; h++)
        kl_grid_cell(&grid, KL_DIM, header[h]);
    for (int i = 0; i < rounds->n; i++)
        for (int arm = 0; arm < rounds->study->n_arms; arm++)
            if (has_a_say(rounds, i, arm))
                print_row(&grid, rounds, i, arm);
            else if (widest_arm(rounds, i) < 0 && arm == 0) {
                kl_grid_cellf(&grid, KL_PLAIN, "%.*s", name_length(rounds->text[i]), rounds->text[i]);
                kl_grid_cell(&grid, KL_WARN, "defined nowhere");
                kl_grid_end_row(&grid);
            }
    kl_status status = kl_grid_print(&grid, term);
    kl_grid_free(&grid);
    return status;
}

static json_t *reach_json(const kl_rounds_played *rounds, int i, int arm)
{
    const kl_reach *reach = &rounds->reach[i * rounds->study->n_arms + arm];
    return json_pack("{s:s, s:I, s:o, s:o, s:o, s:o, s:b}", "arm", rounds->study->arm[arm].name, "n",
                     (json_int_t)reach->n, "value", kl_json_number(reach->value), "lo", kl_json_number(reach->lo), "hi",
                     kl_json_number(reach->hi), "half_width", kl_json_number(reach->half_width), "met",
                     kl_precision_is_met(&rounds->asked[i], reach));
}

json_t *kl_rounds_json(const kl_rounds_played *rounds)
{
    json_t *played = json_array(), *asked = json_array();
    for (int r = 0; r < rounds->n_played; r++)
        json_array_append_new(played, json_integer(rounds->worlds[r]));
    for (int i = 0; i < rounds->n; i++) {
        json_t *arms = json_array();
        for (int arm = 0; arm < rounds->study->n_arms && rounds->n_played > 0; arm++)
            if (has_a_say(rounds, i, arm))
                json_array_append_new(arms, reach_json(rounds, i, arm));
        json_array_append_new(asked, json_pack("{s:o, s:o, s:b, s:o}", "precision", kl_json_printable(rounds->text[i]),
                                               "half_width", kl_json_number(rounds->asked[i].half_width), "met",
                                               rounds->n_played > 0 && is_met(rounds, i), "arms", arms));
    }
    return json_pack("{s:b, s:o, s:o}", "met", rounds->met, "rounds", played, "asked", asked);
}
