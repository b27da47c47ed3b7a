/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `klaster report` from outside: its numbers are those of the analysis commands and of the file itself, every run is counted once,
 * texts of a study stay texts, and what it must refuse. */
#define _DEFAULT_SOURCE 1 /* mkdtemp under -std=c11 */
#include "cli_shell.h"

#include <math.h>

#include "klaster/klaster.h"

/* All that can be in a page: arms with and without an ecosystem, claims, inputs that vary, replicates, failed pilots. */
static const char study[] =
    "klaster: 1\nname: two\ntitle: Two options\nseed: 5\nmonths: 40\npoints: 60\nreplicates: 2\nbaseline: nothing\n"
    "uncertainty: none\n"
    "parameters: {firms: 12, scale_elasticity: {uniform: [0.5, 0.9]}, shareable: {uniform: [0.3, 0.6]},\n"
    "  opex: {uniform: [20000, 60000]}, pilot_firms: {integer: [3, 5]}, gate_threshold: 0.6}\n"
    "arms:\n  - {name: nothing, mechanism: {name: nothing, stages: []}}\n  - {name: plain}\n"
    "  - {name: aided, label: With support, parameters: {opex_support: 0.5}}\n"
    "claims:\n  - {name: joint, metric: saving_joint, interval: [0.30, 0.40], source: a paper}\n"
    "  - {name: worth, metric: npv_social, interval: [0, null], source: our own question}\n";

static const char hostile[] =
    "klaster: 1\nname: bad\nseed: 5\nmonths: 12\npoints: 3\nuncertainty: none\nparameters: {firms: 8}\n"
    "title: \"</script><script>alert(1)</script>\"\n"
    "description: \"\\\"quotes\\\" 'and' \\\\ & <!-- \\u2028 \\u2029 \\x01\\x1b[31m "
    "\\u041d\\u0430\\u0432\\u043e\\u0438\"\n"
    "arms:\n  - {name: a, label: \"</ScRiPt ><img src=x onerror=alert(2)>\"}\n"
    "claims:\n  - {name: c, metric: npv_social, interval: [0, null], source: \"]]></script>@KLASTER_DATA@\"}\n";

static int prepare(void **state)
{
    if (enter_with(state, "two.yaml", study, "klaster run two.yaml -o two.h5 -q") != 0)
        return -1;
    FILE *file = fopen("bad.yaml", "w");
    if (!file || fputs(hostile, file) < 0 || fclose(file) != 0)
        return -1;
    expect("klaster run bad.yaml -o bad.h5 -q && klaster run two.yaml -o part.h5 -q --shard 1/2 && "
           "klaster run paper --runs 60 -o one.h5 -q && klaster run funding-options --runs 4 -o many.h5 -q",
           0, "", NULL);
    return 0;
}

/* ---- comparing JSON ---- */

static json_t *at(json_t *json, const char *first, const char *second)
{
    json_t *found = json_object_get(json, first);
    found = found && second ? json_object_get(found, second) : found;
    if (!found)
        fail_msg("no %s %s", first, second ? second : "");
    return found;
}

static json_t *item(json_t *array, size_t i)
{
    json_t *found = json_array_get(array, i);
    if (!found)
        fail_msg("no item %zu of %zu", i, json_array_size(array));
    return found;
}

static int64_t count_at(json_t *json, const char *name)
{
    return (int64_t)json_integer_value(at(json, name, NULL));
}

/* The page holds nine digits of a number, or six of one that is only drawn. */
static bool is_near(double x, double due, double relative)
{
    return fabs(x - due) <= relative * fabs(due) || (isnan(x) && isnan(due));
}

static void assert_number(json_t *json, double due, double relative)
{
    double x = json_is_null(json) ? (double)NAN : json_number_value(json);
    if (!(json_is_null(json) || json_is_number(json)) || !is_near(x, due, relative))
        fail_msg("%.17g is not %.17g", x, due);
}

static void assert_same(json_t *got, json_t *due, const char *where)
{
    if (json_is_number(due)) {
        assert_number(got, json_number_value(due), 1e-8);
    } else if (json_is_object(due)) {
        const char *key;
        json_t *value;
        json_object_foreach(due, key, value) assert_same(at(got, key, NULL), value, key);
        assert_int_equal(json_object_size(got), json_object_size(due));
    } else if (json_is_array(due)) {
        assert_int_equal(json_array_size(got), json_array_size(due));
        for (size_t i = 0; i < json_array_size(due); i++)
            assert_same(item(got, i), item(due, i), where);
    } else if (!json_equal(got, due)) {
        fail_msg("%s is another", where);
    }
}

/* Every table that the line prints as JSON stands in the report, cell by cell. */
static void assert_tables(json_t *report, const char *line)
{
    json_t *json = json_of(line), *tables = at(json, "tables", NULL);
    assert_true(json_array_size(tables) > 0);
    for (size_t t = 0; t < json_array_size(tables); t++) {
        json_t *due = item(tables, t), *got = at(report, "tables", json_string_value(at(due, "name", NULL)));
        json_t *columns = at(due, "columns", NULL), *rows = at(due, "rows", NULL);
        assert_same(at(got, "columns", NULL), columns, "columns");
        assert_same(at(got, "title", NULL), at(due, "title", NULL), "title");
        assert_same(at(got, "method", NULL), at(due, "method", NULL), "method");
        assert_int_equal(json_array_size(at(got, "rows", NULL)), json_array_size(rows));
        for (size_t r = 0; r < json_array_size(rows); r++)
            for (size_t c = 0; c < json_array_size(columns); c++) {
                const char *column = json_string_value(at(item(columns, c), "name", NULL));
                assert_same(item(item(at(got, "rows", NULL), r), c), at(item(rows, r), column, NULL), column);
            }
    }
    json_decref(json);
}

/* ---- what the commands say ---- */

static void the_summary_is_what_the_command_prints(void **state)
{
    (void)state;
    json_t *report = json_of("klaster report two.h5 --json --no-synergy");
    json_t *summary = json_of("klaster summary two.h5 --json");
    assert_same(at(report, "summary", NULL), summary, "summary");
    json_decref(summary);
    json_decref(report);
}

static void the_tables_are_what_the_commands_print(void **state)
{
    (void)state;
    json_t *report = json_of("klaster report two.h5 --json");
    assert_string_equal(json_string_value(at(report, "arm", NULL)), "plain"); /* the baseline introduces nothing */
    assert_tables(report, "klaster compare two.h5 --no-save --json");
    assert_tables(report, "klaster decide two.h5 --no-save --json");
    assert_tables(report, "klaster claims two.h5 --no-save --json --arm plain");
    assert_tables(report, "klaster sensitivity two.h5 --no-save --json --arm plain -m completed -m member_share -m "
                          "saving_joint -m saving_net_all -m value_firms -m npv_social -m survival");
    assert_tables(report, "klaster synergy two.h5 --no-save --json -q --arm plain"); /* 120 worlds: all are played */
    assert_tables(report, "klaster synergy two.h5 --no-save --json --arm plain --stakeholders");
    assert_int_equal(json_object_size(at(report, "absent", NULL)), 0);
    assert_int_equal(json_integer_value(at(report, "synergy_worlds", "played")), 120);
    json_decref(report);
}

static void another_arm_can_be_chosen(void **state)
{
    (void)state;
    json_t *report = json_of("klaster report two.h5 --json --no-synergy --arm aided --lang ru");
    assert_string_equal(json_string_value(at(report, "arm", NULL)), "aided");
    assert_string_equal(json_string_value(at(report, "lang", NULL)), "ru");
    assert_tables(report, "klaster claims two.h5 --no-save --json --arm aided");
    assert_null(json_object_get(at(report, "tables", NULL), "synergy_channels"));
    assert_null(json_object_get(report, "waves"));
    json_decref(report);
}

static void nothing_is_kept_in_the_file(void **state)
{
    (void)state;
    expect("cp two.h5 before.h5 && klaster report two.h5 --json >/dev/null && cmp before.h5 two.h5", 0, "", "");
}

/* ---- what is in the file ---- */

typedef struct source {
    json_t *report;
    kl_result result;
    int64_t n;
    double *value;
    int8_t *status;
} source;

static source open_source(const char *path)
{
    char line[256];
    source s;
    snprintf(line, sizeof line, "klaster report %s --json", path);
    s.report = json_of(line);
    assert_int_equal(kl_result_open(&s.result, path, NULL), KL_OK);
    s.n = (int64_t)s.result.study.n_points * s.result.study.n_replicates;
    s.value = malloc((size_t)s.n * sizeof *s.value);
    s.status = malloc((size_t)s.n);
    assert_true(s.value && s.status);
    return s;
}

static void close_source(source *s)
{
    kl_result_close(&s->result);
    json_decref(s->report);
    free(s->value);
    free(s->status);
}

static void read_outcome(source *s, int arm, const char *outcome)
{
    assert_int_equal(kl_result_outcome(&s->result, arm, kl_outcome_find(outcome), s->value), KL_OK);
    assert_int_equal(kl_result_status(&s->result, arm, s->status), KL_OK);
}

static int arm_number(const source *s, json_t *json)
{
    for (int a = 0; a < s->result.study.n_arms; a++)
        if (strcmp(s->result.study.arm[a].name, json_string_value(at(json, "arm", NULL))) == 0)
            return a;
    fail_msg("no such arm");
    return -1;
}

/* The classes hold the file's values: a class has its lower edge, the last also its upper one. */
static void check_histogram(source *s, json_t *histogram)
{
    json_t *edges = at(histogram, "edges", NULL), *counts = at(histogram, "counts", NULL);
    size_t n = json_array_size(counts);
    int64_t below = 0, above = 0, undefined = 0, missing = 0, inside = 0;
    assert_int_equal(json_array_size(edges), n + 1);
    read_outcome(s, arm_number(s, histogram), json_string_value(at(histogram, "outcome", NULL)));
    double lowest = json_number_value(item(edges, 0)), highest = json_number_value(item(edges, n));
    for (int64_t w = 0; w < s->n; w++) {
        missing += s->status[w] < 0;
        undefined += s->status[w] >= 0 && isnan(s->value[w]);
        below += s->value[w] < lowest;
        above += s->value[w] > highest;
    }
    for (size_t i = 0; i < n; i++) {
        double lo = json_number_value(item(edges, i)), hi = json_number_value(item(edges, i + 1));
        int64_t due = 0;
        assert_true(lo < hi);
        for (int64_t w = 0; w < s->n; w++)
            due += s->value[w] >= lo && (i + 1 == n ? s->value[w] <= hi : s->value[w] < hi);
        assert_int_equal(json_integer_value(item(counts, i)), due);
        inside += due;
    }
    assert_int_equal(count_at(histogram, "below"), below);
    assert_int_equal(count_at(histogram, "above"), above);
    assert_int_equal(count_at(histogram, "undefined"), undefined);
    assert_int_equal(count_at(histogram, "missing"), missing);
    assert_int_equal(inside + below + above + undefined + missing, s->n);
}

static void histograms_count_every_run_once(void **state)
{
    static const char *const files[] = {"two.h5", "part.h5", "many.h5", "one.h5"};
    (void)state;
    for (size_t f = 0; f < sizeof files / sizeof files[0]; f++) {
        source s = open_source(files[f]);
        json_t *histograms = at(s.report, "histograms", NULL);
        assert_true(json_array_size(histograms) >= 7);
        for (size_t i = 0; i < json_array_size(histograms); i++)
            check_histogram(&s, item(histograms, i));
        close_source(&s);
    }
}

static void a_claims_bounds_are_edges_of_its_histogram(void **state)
{
    (void)state;
    source s = open_source("one.h5");
    json_t *edges = at(item(at(s.report, "histograms", NULL), 0), "edges", NULL);
    int found = 0;
    for (size_t i = 0; i < json_array_size(edges); i++) {
        double edge = json_number_value(item(edges, i));
        found += edge == 0.3 || edge == 0.4;
    }
    assert_int_equal(found, 2);
    close_source(&s);
}

static void the_sample_of_worlds_and_the_fans_are_the_files(void **state)
{
    (void)state;
    source s = open_source("two.h5");
    const kl_study *of = &s.result.study;
    size_t months = (size_t)of->horizon, n_quantiles = (size_t)of->n_quantiles;
    double *value = malloc(months * n_quantiles * sizeof *value), *mean = malloc(months * sizeof *mean);
    assert_true(value && mean);
    json_t *point = at(s.report, "worlds", "point"), *replicate = at(s.report, "worlds", "replicate");
    assert_int_equal(json_array_size(point), 120);
    for (int a = 0; a < of->n_arms; a++) {
        json_t *arm = item(at(s.report, "worlds", "arms"), (size_t)a), *values;
        const char *name;
        json_object_foreach(at(arm, "outcome", NULL), name, values)
        {
            read_outcome(&s, a, name);
            for (size_t k = 0; k < json_array_size(point); k++) {
                int64_t w = json_integer_value(item(point, k)) * 2 + json_integer_value(item(replicate, k));
                assert_number(item(values, k), s.value[w], 6e-6);
                assert_int_equal(json_integer_value(item(at(arm, "status", NULL), k)), s.status[w]);
            }
        }
        json_t *series = at(item(at(s.report, "fans", "arms"), (size_t)a), "series", NULL);
        json_object_foreach(series, name, values)
        {
            assert_int_equal(kl_result_fan(&s.result, a, kl_series_find(name), value, mean), KL_OK);
            for (size_t m = 0; m < months; m++) {
                assert_number(item(at(values, "mean", NULL), m), mean[m], 6e-6);
                for (size_t q = 0; q < n_quantiles; q++)
                    assert_number(item(item(at(values, "q", NULL), q), m), value[m * n_quantiles + q], 6e-6);
            }
        }
        assert_int_equal(json_object_size(series), KL_N_SERIES);
    }
    free(value);
    free(mean);
    close_source(&s);
}

static json_t *stage_of(json_t *report, const char *arm, const char *stage)
{
    json_t *stages = at(report, "stages", NULL);
    for (size_t i = 0; i < json_array_size(stages); i++)
        if (strcmp(json_string_value(at(item(stages, i), "arm", NULL)), arm) == 0 &&
            strcmp(json_string_value(at(item(stages, i), "stage", NULL)), stage) == 0)
            return item(stages, i);
    return NULL;
}

/* A world that began a phase ended it, or closed during it, or the horizon came first. */
static void stages_lose_no_world(void **state)
{
    static const char *const phases[] = {"build", "pilot", "rollout", "optimise"};
    (void)state;
    source s = open_source("one.h5"); /* the pilot fails in some, money runs out in others */
    json_t *before = NULL;
    int64_t insolvent = 0, by_status[KL_N_RUN_STATUS] = {0};
    read_outcome(&s, 0, "month_gate");
    for (int64_t w = 0; w < s.n; w++)
        by_status[s.status[w]]++;
    for (int k = 0; k < 4; k++) {
        json_t *phase = stage_of(s.report, "baseline", phases[k]);
        assert_non_null(phase);
        assert_int_equal(count_at(phase, "worlds"), s.n);
        assert_int_equal(count_at(phase, "reached"), before ? count_at(before, "ended") : s.n);
        insolvent += json_integer_value(at(phase, "insolvent", "n"));
        before = phase;
    }
    json_t *pilot = stage_of(s.report, "baseline", "pilot");
    int64_t judged = 0;
    for (size_t i = 0; i < json_array_size(at(pilot, "gate", "recycles")); i++)
        judged += json_integer_value(item(at(pilot, "gate", "recycles"), i));
    int64_t passed = json_integer_value(at(pilot, "gate", "passed")),
            failed = json_integer_value(at(pilot, "gate", "failed"));
    assert_true(failed > 0 && passed > 0);
    assert_int_equal(passed, count_at(pilot, "ended"));
    assert_int_equal(failed, by_status[KL_RUN_GATE_FAILED]);
    assert_int_equal(json_integer_value(at(pilot, "gate_failed", "n")), failed);
    assert_int_equal(judged, passed + failed);
    assert_int_equal(insolvent, by_status[KL_RUN_INSOLVENT]);
    close_source(&s);
}

static int64_t sum_of(json_t *rows)
{
    int64_t sum = 0;
    for (size_t i = 0; i < json_array_size(rows); i++)
        for (size_t j = 0; j < json_array_size(item(rows, i)); j++)
            sum += json_integer_value(item(item(rows, i), j));
    return sum;
}

/* Whatever two inputs a map is of, it holds every world, and the claim holds in as many as the summary says. */
static void check_maps(const char *line, size_t arm)
{
    json_t *report = json_of(line);
    json_t *heat = at(report, "heat", NULL), *claims = at(item(at(report, "summary", "arms"), arm), "claims", NULL);
    assert_true(json_array_size(heat) >= 1);
    for (size_t i = 0; i < json_array_size(heat); i++) {
        json_t *map = item(heat, i);
        int found = 0;
        for (size_t c = 0; c < json_array_size(claims); c++) {
            json_t *claim = item(claims, c);
            if (!json_equal(at(claim, "name", NULL), at(map, "claim", NULL)))
                continue;
            found++;
            assert_int_equal(sum_of(at(map, "worlds", NULL)), count_at(claim, "worlds"));
            assert_int_equal(sum_of(at(map, "hits", NULL)), json_integer_value(at(claim, "holds", "hits")));
        }
        assert_int_equal(found, 1);
        assert_true(json_number_value(at(map, "x", "index")) >= json_number_value(at(map, "y", "index")));
        for (size_t y = 0; y < json_array_size(at(map, "worlds", NULL)); y++) {
            json_t *row = json_pack("[O]", item(at(map, "worlds", NULL), y));
            assert_true(sum_of(row) > 0); /* no class of an input is empty */
            json_decref(row);
        }
    }
    json_decref(report);
}

static void maps_of_claims_hold_every_world(void **state)
{
    (void)state;
    check_maps("klaster report two.h5 --json --no-synergy --arm aided", 2);
    check_maps("klaster report one.h5 --json --no-synergy",
               0); /* undefined where an ecosystem closed: it does not hold */
}

static void members_by_wave_add_up_to_all_members(void **state)
{
    (void)state;
    source s = open_source("two.h5");
    json_t *waves = at(s.report, "waves", NULL), *groups = at(waves, "groups", NULL);
    double members = 0, firms = 0, due = 0;
    assert_int_equal(count_at(waves, "worlds"), 120); /* all of them */
    assert_string_equal(json_string_value(at(item(groups, 0), "group", NULL)), "pilot");
    double pilots = json_number_value(at(item(groups, 0), "firms", NULL));
    assert_true(pilots >= 3 && pilots <= 5); /* pilot_firms */
    for (size_t k = 1; k <= 3; k++)          /* the default number of waves */
        assert_int_equal(count_at(item(groups, k), "wave"), k);
    for (size_t g = 0; g < json_array_size(groups); g++) {
        members += json_number_value(item(at(item(groups, g), "members", NULL), 39));
        firms += json_number_value(at(item(groups, g), "firms", NULL));
    }
    read_outcome(&s, 1, "members_final");
    for (int64_t w = 0; w < s.n; w++)
        due += s.value[w] / (double)s.n;
    assert_true(due > 1);
    assert_true(is_near(members, due, 1e-4)); /* six digits each */
    assert_true(is_near(firms, 12, 1e-4));
    close_source(&s);
}

/* ---- files of all kinds ---- */

static void one_arm_has_no_comparison(void **state)
{
    (void)state;
    json_t *report = json_of("klaster report one.h5 --json --no-synergy");
    json_t *tables = at(report, "tables", NULL);
    assert_null(json_object_get(tables, "options"));
    assert_null(json_object_get(tables, "decision"));
    assert_non_null(json_object_get(tables, "claims"));
    assert_says(json_string_value(at(report, "absent", "compare")), "the study has one arm");
    assert_says(json_string_value(at(report, "absent", "decide")), "two options or more");
    json_decref(report);
    report = json_of("klaster report two.h5 --json --arm nothing");
    assert_says(json_string_value(at(report, "absent", "synergy")), "introduces no ecosystem");
    assert_says(json_string_value(at(report, "absent", "stakeholders")), "nobody has a stake");
    assert_null(json_object_get(report, "waves"));
    assert_null(stage_of(report, "nothing", "build"));
    assert_non_null(stage_of(report, "plain", "build"));
    json_decref(report);
}

static void many_arms_have_fewer_series_and_few_points_no_maps(void **state)
{
    (void)state;
    json_t *report = json_of("klaster report many.h5 --json --no-synergy");
    assert_int_equal(json_array_size(at(report, "study", "arms")), 19);
    json_t *series = at(item(at(report, "fans", "arms"), 18), "series", NULL);
    assert_int_equal(json_object_size(series), 10);
    assert_null(json_object_get(report, "heat"));
    json_t *settings = at(item(at(report, "study", "arms"), 18), "settings", NULL);
    assert_true(json_array_size(settings) > 3);
    assert_int_equal(json_array_size(at(item(at(report, "study", "arms"), 0), "settings", NULL)), 0);
    json_decref(report);
}

static void an_incomplete_file_is_reported_and_said_to_be(void **state)
{
    (void)state;
    expect("klaster report part.h5 --json --no-synergy", 0, "\"complete\":false",
           "part.h5 is incomplete: the report is about");
    json_t *report = json_of("klaster report part.h5 --json");
    int64_t done = count_at(at(report, "file", NULL), "runs_done");
    assert_true(done > 0 && done < 360);
    assert_int_equal(count_at(at(report, "file", NULL), "runs"), 360);
    assert_string_equal(json_string_value(at(report, "file", "shard")), "1/2");
    json_decref(report);
}

static void inputs_say_what_the_study_takes(void **state)
{
    (void)state;
    json_t *report = json_of("klaster report two.h5 --json --no-synergy --arm aided"),
           *inputs = at(report, "inputs", NULL);
    int found = 0;
    for (size_t i = 0; i < json_array_size(inputs); i++) {
        json_t *row = item(inputs, i);
        const char *name = json_string_value(at(row, "name", NULL)),
                   *used = json_string_value(json_object_get(row, "used"));
        bool varies = json_is_true(at(row, "varies", NULL)), by_arm = json_is_true(at(row, "by_arm", NULL));
        if (strcmp(name, "scale_elasticity") == 0)
            found += strcmp(used, "{uniform: [0.5, 0.9]}") == 0 && varies && !by_arm;
        else if (strcmp(name, "opex_support") == 0)
            found += strcmp(used, "0.5") == 0 && !varies && by_arm;
        else if (strcmp(name, "gate") == 0)
            found += strcmp(used, "true") == 0 && !varies && !by_arm;
    }
    assert_int_equal(found, 3);
    json_t *settings = at(item(at(report, "study", "arms"), 2), "settings", NULL);
    found = 0;
    for (size_t i = 0; i < json_array_size(settings); i++)
        found += strcmp(json_string_value(at(item(settings, i), "parameter", NULL)), "opex_support") == 0;
    assert_int_equal(found, 1);
    json_decref(report);
}

/* ---- the page ---- */

static bool has_pages(void)
{
    said s = shell("klaster report bad.h5 --force -o probe.html");
    bool has = s.code == 0;
    if (!has) {
        assert_int_equal(s.code, 3);
        assert_says(s.err, "built without its pages");
    }
    forget(&s);
    return has;
}

/* The text of <script ... id="data">; NULL without. Cut out of the page in place. */
static char *data_of(char *page)
{
    char *from = strstr(page, "id=\"data\">");
    from = from ? from + strlen("id=\"data\">") : NULL;
    char *to = from ? strstr(from, "</script>") : NULL;
    if (!to)
        return NULL;
    *to = '\0';
    return from;
}

static void hostile_texts_stay_texts(void **state)
{
    (void)state;
    json_t *report = json_of("klaster report bad.h5 --json");
    json_t *source_study = json_loads(json_string_value(at(report, "study", "resolved")), 0, NULL);
    assert_string_equal(json_string_value(at(report, "study", "title")), "</script><script>alert(1)</script>");
    assert_string_equal(json_string_value(at(report, "study", "description")),
                        "\"quotes\" 'and' \\ & <!-- \xe2\x80\xa8 \xe2\x80\xa9 \x01\x1b[31m Навои");
    assert_same(at(report, "study", "title"), at(source_study, "title", NULL), "title");
    json_decref(source_study);
    if (has_pages()) {
        char *page = slurp("probe.html"), *data = data_of(page);
        json_error_t error;
        assert_non_null(data);
        assert_null(strpbrk(data, "<>&"));
        for (const char *p = data; *p; p++)
            assert_in_range((unsigned char)*p, 0x20, 0x7e);
        json_t *inside = json_loads(data, 0, &error);
        assert_non_null(inside);
        assert_true(json_equal(at(inside, "study", NULL), at(report, "study", NULL)));
        assert_true(json_equal(at(inside, "tables", NULL), at(report, "tables", NULL)));
        json_decref(inside);
        free(page);
    }
    json_decref(report);
}

static void a_page_is_written_whole_and_never_over_another_unasked(void **state)
{
    (void)state;
    if (!has_pages())
        skip();
    expect("klaster report two.h5 --no-synergy", 0, "", "wrote two.html");
    expect("test -s two.html && ! ls *.part && grep -c '@KLASTER_DATA@' two.html", 1, "0", NULL);
    expect("klaster report two.h5", 3, "", "two.html exists already; --force replaces it");
    expect("echo mine > two.html; klaster report two.h5; cat two.html", 0, "mine", "exists already");
    expect("klaster report two.h5 --force; cat two.html", 0, "mine", "is no HTML page; --force replaces pages only");
    expect("cp two.h5 kept.h5; klaster report two.h5 -o two.h5 --force", 3, "",
           "two.h5 exists already and is no HTML page");
    expect("klaster report two.h5 -o two.yaml --force; cmp two.h5 kept.h5 && head -c 10 two.yaml", 0, "klaster: 1",
           "no HTML page");
    expect("rm two.html; klaster report two.h5 --no-synergy", 0, "", "wrote two.html");
    expect("klaster report two.h5 --no-synergy --force -o two.html && grep -c 'Two options' two.html", 0, NULL, NULL);
    expect("klaster report two.h5 --no-synergy -o - | head -c 15", 0, "<!DOCTYPE html>", "");
    expect("klaster report two.h5 -o no/such/place.html", 3, "", "no/such/place.html.part: No such file");
    expect("klaster report two.h5 -o /", 3, "", "is a directory");
    expect("mkfifo pipe; klaster report two.h5 --no-synergy --force -o pipe; test -p pipe", 0, "", "pipe is no file");
    expect("ln -s pipe link; klaster report two.h5 --no-synergy --force -o link; test -p link", 0, "",
           "link is no file");
    expect("klaster report two.h5 --no-synergy --force -o /dev/stdout | cat", 0, "", "- is standard output");
}

static void a_map_of_thousands_is_not_put_into_a_page(void **state)
{
    (void)state;
    expect("klaster run two.yaml --set firms=2500 -n 1 --months 12 -o thousands.h5 --quiet && "
           "klaster report thousands.h5 --json > thousands.json; grep -c 'is too large for a page' thousands.json",
           0, "1", "");
}

static void wrong_usage_is_refused(void **state)
{
    (void)state;
    expect("klaster report", 2, "", "report: FILE is missing");
    expect("klaster report two.h5 --arm aidd --json", 2, "", "no arm 'aidd'; did you mean 'aided'?");
    expect("klaster report two.h5 --lang de", 2, "", "'de' is none of en|ru|uz");
    expect("klaster report two.h5 --json -o x.html", 2, "", "not both");
    expect("klaster report two.h5 --jsno", 2, "", "did you mean '--json'?");
    expect("klaster report nowhere.h5 --json", 3, "", "nowhere.h5");
    expect("klaster report two.yaml --json", 3, "", "two.yaml");
    expect("head -c 30000 two.h5 > cut.h5; klaster report cut.h5 --json", 3, "", "cut.h5");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_summary_is_what_the_command_prints),
        cmocka_unit_test(the_tables_are_what_the_commands_print),
        cmocka_unit_test(another_arm_can_be_chosen),
        cmocka_unit_test(nothing_is_kept_in_the_file),
        cmocka_unit_test(histograms_count_every_run_once),
        cmocka_unit_test(a_claims_bounds_are_edges_of_its_histogram),
        cmocka_unit_test(the_sample_of_worlds_and_the_fans_are_the_files),
        cmocka_unit_test(stages_lose_no_world),
        cmocka_unit_test(maps_of_claims_hold_every_world),
        cmocka_unit_test(members_by_wave_add_up_to_all_members),
        cmocka_unit_test(one_arm_has_no_comparison),
        cmocka_unit_test(many_arms_have_fewer_series_and_few_points_no_maps),
        cmocka_unit_test(an_incomplete_file_is_reported_and_said_to_be),
        cmocka_unit_test(inputs_say_what_the_study_takes),
        cmocka_unit_test(hostile_texts_stay_texts),
        cmocka_unit_test(a_page_is_written_whole_and_never_over_another_unasked),
        cmocka_unit_test(a_map_of_thousands_is_not_put_into_a_page),
        cmocka_unit_test(wrong_usage_is_refused),
    };
    return cmocka_run_group_tests_name("report", tests, prepare, leave_scratch);
}
