/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Precision on demand: half-widths against closed forms and tables, which rounds are played, and that a run that stopped by itself
 * is the run that was asked for at once. */
#define _DEFAULT_SOURCE
#include "cli_shell.h"

#include <math.h>

#include "klaster/klaster.h"

/* ---- judging ---- */

static kl_claim claim = {.name = NULL, .source = NULL, .metric = KL_OUT_saving_joint, .lo = 0.5, .hi = 1};

static kl_study study_of(int n_points, int n_replicates, int row_size)
{
    kl_study study = {.n_points = n_points,
                      .n_replicates = n_replicates,
                      .design = {.n_rows = n_points / row_size, .row_size = row_size},
                      .n_claims = 1,
                      .claim = &claim};
    return study;
}

static kl_reach reach_of(const kl_precision *asked, const kl_study *study, const double *value, const double *base)
{
    kl_reach reach;
    assert_int_equal(kl_precision_reach(&reach, asked, study, value, base), KL_OK);
    return reach;
}

static void close_to(double value, double wanted, double tolerance)
{
    if (!(fabs(value - wanted) <= tolerance))
        fail_msg("%.17g, not %.17g", value, wanted);
}

/* 1..100: the variance is 100 x 101 / 12; Student's t for 99 degrees of freedom is 1.98421695 (any table). */
static void the_mean_has_students_interval(void **state)
{
    (void)state;
    double value[100];
    kl_precision asked = {.stat = KL_PRECISION_MEAN, .half_width = 6};
    kl_study study = study_of(100, 1, 1);
    for (int i = 0; i < 100; i++)
        value[i] = (i * 37) % 100 + 1;
    kl_reach r = reach_of(&asked, &study, value, NULL);
    assert_true(r.n == 100);
    close_to(r.value, 50.5, 1e-12);
    close_to(r.half_width, 1.98421695 * sqrt(100 * 101 / 12.0 / 100), 1e-7);
    close_to(r.hi - r.value, r.half_width, 1e-12);
    assert_int_equal(kl_precision_is_met(&asked, &r), 1);
    asked.half_width = 5.7;
    assert_int_equal(kl_precision_is_met(&asked, &r), 0);
    close_to(kl_precision_forecast(&asked, &r, 4), r.half_width / 2, 1e-12);
}

/* Replicates that repeat each other add nothing: the interval is that of the points. In a single point they are all there
 * is, and each counts. */
static void points_are_the_units_where_there_are_several(void **state)
{
    (void)state;
    double value[100];
    kl_precision asked = {.stat = KL_PRECISION_MEAN, .half_width = 1};
    for (int i = 0; i < 100; i++)
        value[i] = i / 10; /* ten points of ten replicates each */
    kl_study points = study_of(10, 10, 1), one = study_of(1, 100, 1);
    close_to(reach_of(&asked, &points, value, NULL).half_width, 2.26215716 * sqrt(10 * 11 / 12.0 / 10), 1e-7);
    double sd = sqrt(8.25 * 100 / 99);
    close_to(reach_of(&asked, &one, value, NULL).half_width, 1.98421695 * sd / 10, 1e-7);
}

/* Rows of a design are units as points are; of a single row the replicates, each with all its points. */
static void rows_of_a_design_are_units(void **state)
{
    (void)state;
    double rows[120], single[120], plain[120];
    kl_precision asked[] = {{.stat = KL_PRECISION_MEAN, .half_width = 1},
                            {.stat = KL_PRECISION_QUANTILE, .p = 0.5, .half_width = 1},
                            {.stat = KL_PRECISION_SHARE, .claim = 0, .half_width = 1}};
    for (int unit = 0; unit < 40; unit++)
        for (int cell = 0; cell < 3; cell++) {
            double x = fmod(0.618 * unit + 0.1 * cell, 1);
            plain[unit * 3 + cell] = rows[unit * 3 + cell] = x; /* 40 rows of 3 cells */
            single[cell * 40 + unit] = x;                       /* one row of 3 cells, 40 replicates */
        }
    kl_study by_points = study_of(40, 3, 1), by_rows = study_of(120, 1, 3), by_replicates = study_of(3, 40, 3);
    for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++) {
        kl_reach a = reach_of(&asked[i], &by_points, plain, NULL);
        kl_reach b = reach_of(&asked[i], &by_rows, rows, NULL);
        kl_reach c = reach_of(&asked[i], &by_replicates, single, NULL);
        assert_true(a.half_width > 0);
        assert_true(a.lo == b.lo && a.hi == b.hi && a.lo == c.lo && a.hi == c.hi);
    }
}

/* Ranks from the binomial distribution, summed up in exact fractions elsewhere: of 100 values the 40th and the 61st enclose the
 * median, the 84th and the 96th the ninth decile; of 200 the 4th and the 17th the quantile 5 %. */
static void a_quantile_has_the_interval_of_order_statistics(void **state)
{
    (void)state;
    double value[200];
    const struct {
        int n;
        double p, lo, hi;
    } known[] = {{100, 0.5, 40, 61}, {100, 0.9, 84, 96}, {200, 0.05, 4, 17}};
    for (size_t k = 0; k < sizeof known / sizeof known[0]; k++) {
        kl_precision asked = {.stat = KL_PRECISION_QUANTILE, .p = known[k].p, .half_width = 1};
        kl_study study = study_of(known[k].n, 1, 1);
        for (int i = 0; i < known[k].n; i++)
            value[i] = (i * 37) % known[k].n + 1;
        kl_reach r = reach_of(&asked, &study, value, NULL);
        close_to(r.lo, known[k].lo, 0);
        close_to(r.hi, known[k].hi, 0);
    }
    /* of 50 values no rank lies high enough above the quantile 97.5 % */
    kl_precision asked = {.stat = KL_PRECISION_QUANTILE, .p = 0.975, .half_width = 1e9};
    kl_study study = study_of(50, 1, 1);
    kl_reach r = reach_of(&asked, &study, value, NULL);
    assert_true(isnan(r.half_width));
    assert_int_equal(kl_precision_is_met(&asked, &r), 0);
}

/* Wilson's interval of 10 in 100 is [0.0552, 0.1744] (Newcombe 1998 gives the formula); undefined does not hold. */
static void a_share_has_wilsons_interval(void **state)
{
    (void)state;
    double value[100];
    kl_precision asked = {.stat = KL_PRECISION_SHARE, .half_width = 0.06};
    kl_study study = study_of(100, 1, 1);
    for (int i = 0; i < 100; i++)
        value[i] = i < 10 ? 0.7 : i < 60 ? 0.2 : NAN;
    kl_reach r = reach_of(&asked, &study, value, NULL);
    assert_true(r.n == 100);
    close_to(r.value, 0.1, 1e-12);
    close_to(r.lo, 0.05522914, 1e-7);
    close_to(r.hi, 0.17436566, 1e-7);
    assert_int_equal(kl_precision_is_met(&asked, &r), 1);
    /* what never holds narrows with the number, not with its root */
    for (int i = 0; i < 100; i++)
        value[i] = 0;
    r = reach_of(&asked, &study, value, NULL);
    close_to(kl_precision_forecast(&asked, &r, 100), 3.8414588 / (10000 + 3.8414588) / 2, 1e-7);
}

/* The same shift in every world leaves no doubt, however much the worlds differ. */
static void a_paired_difference_forgets_what_the_worlds_share(void **state)
{
    (void)state;
    double base[100], value[100];
    kl_precision asked = {.stat = KL_PRECISION_DIFF, .half_width = 1};
    kl_study study = study_of(100, 1, 1);
    for (int i = 0; i < 100; i++) {
        base[i] = 1000 * i;
        value[i] = base[i] + 3 + (i % 2 ? 0.5 : -0.5);
    }
    value[7] = NAN; /* defined in one arm only: no difference */
    base[8] = NAN;
    kl_reach r = reach_of(&asked, &study, value, base);
    assert_true(r.n == 98);
    close_to(r.value, 3, 1e-12);
    close_to(r.half_width, 1.98472319 * 0.5 * sqrt(98 / 97.0) / sqrt(98), 1e-7);
}

static void what_is_defined_nowhere_is_never_met(void **state)
{
    (void)state;
    double value[40];
    kl_study study = study_of(40, 1, 1);
    for (int i = 0; i < 40; i++)
        value[i] = NAN;
    for (int stat = 0; stat < KL_PRECISION_SHARE; stat++) {
        kl_precision asked = {.stat = (kl_precision_stat)stat, .p = 0.5, .half_width = 1e9};
        kl_reach r = reach_of(&asked, &study, value, NULL);
        assert_true(r.n == 0);
        assert_int_equal(kl_precision_is_met(&asked, &r), 0);
    }
}

static void wrong_questions_are_refused(void **state)
{
    (void)state;
    double value[4] = {0};
    kl_reach r;
    kl_study study = study_of(4, 1, 1), empty = study_of(0, 1, 1);
    kl_precision mean = {.stat = KL_PRECISION_MEAN}, diff = {.stat = KL_PRECISION_DIFF},
                 quantile = {.stat = KL_PRECISION_QUANTILE, .p = 1}, share = {.stat = KL_PRECISION_SHARE, .claim = 1};
    assert_int_equal(kl_precision_reach(&r, &mean, &study, value, value), KL_ERR_ARGUMENT);
    assert_int_equal(kl_precision_reach(&r, &mean, &empty, value, NULL), KL_ERR_ARGUMENT);
    assert_int_equal(kl_precision_reach(&r, &diff, &study, value, NULL), KL_ERR_ARGUMENT);
    assert_int_equal(kl_precision_reach(&r, &quantile, &study, value, NULL), KL_ERR_ARGUMENT);
    assert_int_equal(kl_precision_reach(&r, &share, &study, value, NULL), KL_ERR_ARGUMENT);
}

/* ---- rounds ---- */

static void rounds_double_and_skip_what_would_be_in_vain(void **state)
{
    (void)state;
    kl_rounds rounds;
    kl_study study = study_of(10000, 1, 1);
    assert_int_equal(kl_rounds_make(&rounds, &study, 0, 1000000), KL_OK);
    assert_true(rounds.unit == 1 && rounds.first == 256 && rounds.most == 1000000);
    kl_precision asked = {.stat = KL_PRECISION_MEAN, .half_width = 1};
    const struct {
        double half_width;
        int64_t next;
    } known[] = {{1.01, 512}, {1.9, 512}, {2.1, 1024}, {10, 16384}, {1e6, 1000000}, {NAN, 512}};
    for (size_t k = 0; k < sizeof known / sizeof known[0]; k++) {
        kl_reach reach = {.n = 256, .half_width = known[k].half_width};
        assert_true(kl_rounds_next(&rounds, 256, 1, &asked, &reach) == known[k].next);
    }
    kl_reach reach = {.n = 256, .half_width = 2.1};
    assert_true(kl_rounds_next(&rounds, 250000, 1, &asked, &reach) == 1000000);
    reach.half_width = 1.3;
    assert_true(kl_rounds_next(&rounds, 250000, 1, &asked, &reach) == 500000);
    assert_true(kl_rounds_next(&rounds, 250001, 1, &asked, &reach) == 1000000); /* beyond half of the most */
    assert_true(kl_rounds_next(&rounds, 600000, 1, &asked, &reach) == 1000000);
    assert_true(kl_rounds_next(&rounds, 1000000, 1, &asked, &reach) == 1000000);
}

static void rounds_are_of_whole_units(void **state)
{
    (void)state;
    kl_rounds rounds;
    kl_study replicated = study_of(100, 10, 1), single = study_of(1, 500, 1), cells = study_of(12, 50, 12);
    assert_int_equal(kl_rounds_make(&rounds, &replicated, 0, 12345), KL_OK);
    assert_true(rounds.unit == 10 && rounds.first == 32 && rounds.most == 1234); /* at least 32 points */
    assert_int_equal(kl_rounds_make(&rounds, &replicated, 501, 12345), KL_OK);
    assert_true(rounds.first == 51);
    assert_int_equal(kl_rounds_make(&rounds, &single, 0, 12345), KL_OK);
    assert_true(rounds.unit == 1 && rounds.first == 256);
    assert_int_equal(kl_rounds_make(&rounds, &cells, 0, 12345), KL_OK);
    assert_true(rounds.unit == 12 && rounds.first == 32 && rounds.most == 1028);
    assert_int_equal(kl_rounds_make(&rounds, &cells, 0, 100), KL_OK);
    assert_true(rounds.first == 8 && rounds.most == 8);
    assert_int_equal(kl_rounds_make(&rounds, &cells, 0, 23), KL_ERR_ARGUMENT);
}

/* ---- a study of another size ---- */

static const char head[] =
    "klaster: 1\nname: small\nseed: 3\nmonths: 36\nmechanism: five-stage\n"
    "parameters:\n  fee: {uniform: [0.01, 0.05]}\n  margin: {uniform: [0.2, 0.4]}\n"
    "arms:\n  - name: plain\n  - name: helped\n    parameters: {opex_support: 0.8, fee: {uniform: [0, 0.02]}}\n"
    "claims:\n  - {name: many, metric: member_share, interval: [0.5, null], source: test}\n";
static const char *const sizes[] = {
    "points: 300\n",
    "points: 40\nreplicates: 5\n",
    "points: 1\nreplicates: 9\n",
    "points: 64\ndesign: sobol\n",
    "points: 64\ndesign: latin_hypercube\n",
    "replicates: 3\ndesign: {kind: factorial, factors: {fee: {levels: 3}, margin: {levels: 2}}}\n",
    "points: 5\ndesign: {kind: factorial, factors: {fee: {levels: 3}}}\n",
    "design: {kind: saltelli, base: 16}\n",
    "design: {kind: morris, trajectories: 10, levels: 4}\n"};

static void load(kl_study *study, const char *size, int64_t runs)
{
    char text[2048];
    kl_diagnostics found;
    kl_overrides overrides = {.n_set = 0, .seed = -1, .runs = runs, .months = -1};
    (void)snprintf(text, sizeof text, "%s%s", head, size);
    kl_status status = kl_study_parse(study, text, strlen(text), "small.yaml", &overrides, &found);
    for (int i = 0; i < found.n && status != KL_OK; i++)
        print_message("%s\n", found.item[i].text);
    kl_diagnostics_free(&found);
    assert_int_equal(status, KL_OK);
}

static void a_resized_study_is_the_study_of_that_size(void **state)
{
    (void)state;
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        for (int64_t runs = 100; runs <= 1600; runs *= 4) {
            kl_study resized, asked;
            load(&resized, sizes[s], -1);
            load(&asked, sizes[s], runs);
            assert_int_equal(kl_study_resize(&resized, runs), KL_OK);
            assert_string_equal(resized.resolved, asked.resolved);
            assert_string_equal(resized.sha256, asked.sha256);
            assert_string_equal(resized.text, asked.text);
            assert_int_equal(resized.n_points, asked.n_points);
            assert_int_equal(resized.n_replicates, asked.n_replicates);
            assert_int_equal(resized.design.n_rows, asked.design.n_rows);
            kl_input input[16];
            int n = kl_study_inputs(&asked, input, 16);
            for (int i = 0; i < n; i++)
                assert_true(kl_study_input_value(&resized, &input[i], 1, resized.n_points - 1) ==
                            kl_study_input_value(&asked, &input[i], 1, asked.n_points - 1));
            assert_int_equal(kl_study_resize(&resized, 0), KL_ERR_ARGUMENT);
            assert_int_equal(kl_study_resize(&resized, INT64_MAX), KL_ERR_ARGUMENT);
            assert_string_equal(resized.sha256, asked.sha256); /* as it was */
            kl_study_free(&resized);
            kl_study_free(&asked);
        }
    }
}

/* ---- klaster run --precision ---- */

static void write_study(const char *size)
{
    FILE *file = fopen("small.yaml", "w");
    assert_non_null(file);
    assert_true(fprintf(file, "%s%s", head, size) > 0);
    assert_int_equal(fclose(file), 0);
}

/* The worlds of the last round, as the program says them. */
static long long reached(const char *file)
{
    char line[256], *end = NULL;
    (void)snprintf(line, sizeof line, "klaster summary %s --json", file);
    said s = shell(line);
    const char *points = strstr(s.out, "\"points\": "), *replicates = strstr(s.out, "\"replicates\": ");
    assert_non_null(points);
    assert_non_null(replicates);
    long long n = strtoll(points + 10, &end, 10) * strtoll(replicates + 14, &end, 10);
    forget(&s);
    return n;
}

static void same_bytes(const char *a, const char *b)
{
    char line[512];
    (void)snprintf(line, sizeof line,
                   "klaster export %s > a.csv && klaster export %s > b.csv && cmp a.csv b.csv && "
                   "klaster export -w fans %s > a.csv && klaster export -w fans %s > b.csv && cmp a.csv b.csv && "
                   "{ ! command -v h5diff > where || h5diff --exclude-path=/provenance %s %s; }",
                   a, b, a, b, a, b);
    expect(line, 0, "", "");
}

/* The file says the same as one that was asked for that number at once, whatever grows. */
static void a_run_that_stopped_is_the_run_of_that_size(void **state)
{
    (void)state;
    char line[256];
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        write_study(sizes[s]);
        expect("klaster run small.yaml -q -f --months 20 -o p.h5 --precision value_platform:mean=4000", 0, "", NULL);
        long long n = reached("p.h5");
        assert_true(n > 0);
        (void)snprintf(line, sizeof line, "klaster run small.yaml -q -f --months 20 -o n.h5 --runs %lld", n);
        expect(line, 0, "", NULL);
        same_bytes("p.h5", "n.h5");
    }
}

/* It stops at a round that is met, and the round before was not: asked of the two rounds one by one. */
static void it_stops_at_the_first_round_that_is_met(void **state)
{
    (void)state;
    char line[512];
    write_study(sizes[0]);
    const char *const asked[] = {"member_share:mean=0.02", "member_share:q90=0.015", "many:share=0.05",
                                 "member_share:diff=0.007"};
    for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++) {
        (void)snprintf(line, sizeof line, "klaster run small.yaml -q -f -o p.h5 --precision %s", asked[i]);
        expect(line, 0, "", "");
        long long n = reached("p.h5");
        assert_true(n >= 512 && n <= 4096 && (n & (n - 1)) == 0);
        (void)snprintf(line, sizeof line,
                       "klaster run small.yaml -q -f -o n.h5 --runs %lld --max-runs %lld --precision %s", n / 2, n / 2,
                       asked[i]);
        expect(line, 1, "", "not as precise as asked");
        (void)snprintf(line, sizeof line,
                       "klaster run small.yaml -q -f -o n.h5 --runs %lld --max-runs %lld --precision %s", n, n,
                       asked[i]);
        expect(line, 0, "", "");
        same_bytes("p.h5", "n.h5");
    }
}

static void threads_change_no_round(void **state)
{
    (void)state;
    write_study(sizes[1]);
    expect("klaster run small.yaml -q -f -j 1 -o a.h5 --precision member_share:mean=0.03", 0, "", "");
    expect("klaster run small.yaml -q -f -j 2 -o b.h5 --precision member_share:mean=0.03", 0, "", "");
    same_bytes("a.h5", "b.h5");
}

static void everything_asked_must_be_met(void **state)
{
    (void)state;
    write_study(sizes[0]);
    expect("klaster run small.yaml -q -f -o a.h5 --precision member_share:mean=0.1", 0, "", "");
    assert_true(reached("a.h5") == 256);
    expect("klaster run small.yaml -q -f -o b.h5 --precision member_share:mean=0.02", 0, "", "");
    expect("klaster run small.yaml -q -f -o c.h5 --precision member_share:mean=0.1 --precision share_member:mean=0.02",
           0, "", "");
    assert_true(reached("b.h5") > 256);
    same_bytes("b.h5", "c.h5");
}

static void what_cannot_be_reached_ends_at_the_limit(void **state)
{
    (void)state;
    write_study(sizes[0]);
    expect("klaster run small.yaml -f -o a.h5 --precision member_share:mean=1e-9 --max-runs 700", 1, "too wide",
           "after 700 worlds; --max-runs allows more");
    expect("klaster run small.yaml -q -f -o b.h5 --runs 700", 0, "", "");
    same_bytes("a.h5", "b.h5");
    expect("klaster summary a.h5", 0, "asked for member_share:mean=1e-9", "");
    expect("klaster summary b.h5 | grep -c 'asked for' || true", 0, "0", "");
    expect("klaster run small.yaml -f -o a.h5 --precision member_share:mean=1e-9 --max-runs 700 --json", 1,
           "\"met\": false", NULL);
    /* the outcomes against the baseline are undefined for the baseline itself, which has then no say */
    expect("klaster run small.yaml -q -f -o a.h5 --precision additional_members:mean=100", 0, "", "");
}

static void wrong_words_are_explained_and_nothing_is_done(void **state)
{
    (void)state;
    write_study(sizes[0]);
    const char *const wrong[][2] = {{"x", "NAME:STAT=HALFWIDTH"},
                                    {"member_share:mean", "NAME:STAT=HALFWIDTH"},
                                    {"member_share=1", "NAME:STAT=HALFWIDTH"},
                                    {"membr_share:mean=1", "did you mean 'member_share'?"},
                                    {"mny:share=0.1", "did you mean 'many'?"},
                                    {"member_share:q0=1", "none of mean, q1 to q99"},
                                    {"member_share:q100=1", "none of mean, q1 to q99"},
                                    {"member_share:mode=1", "none of mean, q1 to q99"},
                                    {"member_share:mean=0", "no half-width above 0"},
                                    {"member_share:mean=nan", "no half-width above 0"},
                                    {"member_share:mean=inf", "no half-width above 0"},
                                    {"member_share:mean=1x", "no half-width above 0"}};
    char line[256];
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        (void)snprintf(line, sizeof line, "klaster run small.yaml -q -o none.h5 --precision %s", wrong[i][0]);
        expect(line, 2, "", wrong[i][1]);
    }
    expect("ls none.h5*", 2, "", NULL);
    expect("klaster run small.yaml --dry-run --precision member_share:mean=0.1 && ls results none.h5 2> no; true", 0,
           "", "256 worlds");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_mean_has_students_interval),
        cmocka_unit_test(points_are_the_units_where_there_are_several),
        cmocka_unit_test(rows_of_a_design_are_units),
        cmocka_unit_test(a_quantile_has_the_interval_of_order_statistics),
        cmocka_unit_test(a_share_has_wilsons_interval),
        cmocka_unit_test(a_paired_difference_forgets_what_the_worlds_share),
        cmocka_unit_test(what_is_defined_nowhere_is_never_met),
        cmocka_unit_test(wrong_questions_are_refused),
        cmocka_unit_test(rounds_double_and_skip_what_would_be_in_vain),
        cmocka_unit_test(rounds_are_of_whole_units),
        cmocka_unit_test(a_resized_study_is_the_study_of_that_size),
        cmocka_unit_test(a_run_that_stopped_is_the_run_of_that_size),
        cmocka_unit_test(it_stops_at_the_first_round_that_is_met),
        cmocka_unit_test(threads_change_no_round),
        cmocka_unit_test(everything_asked_must_be_met),
        cmocka_unit_test(what_cannot_be_reached_ends_at_the_limit),
        cmocka_unit_test(wrong_words_are_explained_and_nothing_is_done),
    };
    return cmocka_run_group_tests(tests, enter_scratch, leave_scratch);
}
