/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a replay tells beside outcomes and series: the month's money, the gate, what happened to firms; and the page, which must
 * say what --json says. */
#define _DEFAULT_SOURCE 1 /* mkdtemp under -std=c11 */
#include "model_runs.h"

#include "cli_shell.h"

#include <math.h>

#include "klaster/klaster.h"

/* A title and a label that would end the page's script; one arm with public money, and one in which firms cannot do without. */
static const char study[] = "klaster: 1\nname: small\ntitle: \"</script><img src=x onerror=alert(1)> <!-- & "
                            "\\u2028\"\nseed: 7\nmonths: 40\npoints: "
                            "20\nreplicates: 3\n"
                            "mechanism: five-stage\nuncertainty: none\n"
                            "parameters: {firms: 12, scale_elasticity: {uniform: [0.5, 0.8]}}\n"
                            "arms:\n  - {name: base, label: \"<b>base</b>\"}\n  - name: aided\n    parameters: "
                            "{opex_support: 0.5, capex_grant: 9000, "
                            "reserve: 400000, wave_order: size}\n  - {name: two, parameters: {firms: 2001}}\n  - "
                            "{name: many, parameters: {firms: "
                            "1999, graph: complete}}\n";

static int prepare(void **state)
{
    return enter_with(
        state, "small.yaml", study,
        "klaster run small.yaml -o small.h5 --quiet; klaster replay small.yaml --html -o probe.html 2> why; true");
}

/* ---- the month, as the core tells it ---- */

typedef struct totals {
    double capex, capex_grant;
    int joins, leaves, innovations, markets, served_first;
} totals;

static int bits(uint32_t x)
{
    int n = 0;
    for (; x; x &= x - 1)
        n++;
    return n;
}

static totals totals_of_firms(const kl_run *run)
{
    totals sum = {0};
    for (int i = 0; i < run->n_firms; i++) {
        kl_firm_past past = kl_run_firm_past(run, i);
        assert_int_equal(bits(past.markets), kl_run_firm(run, i).markets);
        sum.joins += past.joins;
        sum.innovations += past.innovations;
        sum.markets += bits(past.markets);
    }
    return sum;
}

static void check_counts(const kl_run *run, const kl_month *month)
{
    int members = 0, trained = 0, invited = 0;
    for (int i = 0; i < run->n_firms; i++) {
        kl_firm firm = kl_run_firm(run, i);
        members += firm.member;
        trained += firm.trained;
        invited += firm.invited;
    }
    totals firms = totals_of_firms(run);
    assert_int_equal(month->members, members);
    assert_int_equal(month->trained, trained);
    assert_int_equal(month->invited, invited);
    assert_int_equal(month->joins, firms.joins);
    assert_int_equal(month->innovations, firms.innovations);
    if (run->status != KL_RUN_GATE_FAILED && run->status != KL_RUN_INSOLVENT)
        assert_int_equal(month->joins - month->leaves, members);
}

/* The account moves by what the month says and by nothing else. It is a float in the series: a part in 10^6 of the largest. */
static void check_account(const kl_run *run, const kl_month *month, double *account, double *largest)
{
    double now = kl_run_series(run, KL_SER_account, run->month - 1);
    double flow = month->fees + month->fee_subsidy + month->support - month->opex;
    *largest = fmax(*largest, fmax(fabs(now), month->opex));
    assert_true(fabs(now - *account - flow) <= 1e-6 * *largest + 1e-6);
    *account = now;
}

static void check_run(const setup *made, uint32_t replicate)
{
    kl_run run;
    double outcome[KL_N_OUTCOMES], largest = 0;
    totals sum = {0};
    int verdicts = 0;
    kl_run_init(&run);
    start(&run, made, SEED, replicate);
    double account = run.status == KL_RUN_ALONE ? 0 : made->p.reserve;
    while (run.month < run.horizon) {
        kl_run_step(&run);
        kl_month month = kl_run_month(&run);
        check_counts(&run, &month);
        check_account(&run, &month, &account, &largest);
        sum.capex += month.capex;
        kl_run_outcomes(&run, outcome);
        if (month.verdict != KL_GATE_NONE) {
            assert_true(month.score == outcome[KL_OUT_pilot_score]);
            assert_true((month.verdict == KL_GATE_GO_ON) == (outcome[KL_OUT_month_gate] == run.month));
            assert_true((month.verdict == KL_GATE_GIVE_UP) == (run.status == KL_RUN_GATE_FAILED));
            verdicts++;
        }
    }
    kl_month last = kl_run_month(&run);
    int n_pilots = 0;
    for (int k = 0; k < made->mechanism.n_stages; k++)
        n_pilots += made->mechanism.stage[k].kind == KL_STAGE_PILOT;
    assert_true(verdicts <= n_pilots + last.repeats);
    assert_int_equal(last.repeats, (int)outcome[KL_OUT_pilot_recycles]);
    assert_int_equal(last.joins, (int)outcome[KL_OUT_joins]);
    assert_int_equal(last.entries, (int)outcome[KL_OUT_markets_opened]);
    assert_int_equal(last.innovations, (int)outcome[KL_OUT_innovations]);
    if (made->mechanism.n_stages == 5 && outcome[KL_OUT_month_built] > 0)
        assert_true(fabs(sum.capex - made->p.capex) <= 1e-9 * made->p.capex);
    kl_run_free(&run);
}

static void a_month_says_what_moved_the_account_and_how_many_firms_did_what(void **state)
{
    (void)state;
    setup made = default_setup();
    made.p.fee_subsidy = .5;
    made.p.opex_support = .5;
    made.p.capex_grant = 20000;
    for (uint32_t r = 0; r < 20; r++)
        check_run(&made, r);
    for (uint32_t k = 0; k < 60; k++) {
        made = random_setup(k, .5, 60);
        check_run(&made, k);
    }
}

static void markets_share_all_demand_and_the_first_half_is_at_home(void **state)
{
    (void)state;
    setup made = default_setup();
    for (made.p.markets = 2; made.p.markets <= 32; made.p.markets += 3) {
        kl_run run;
        kl_run_init(&run);
        start(&run, &made, SEED, 1);
        double sum = 0;
        for (int j = 0; j < made.p.markets; j++) {
            kl_market market = kl_run_market(&run, j);
            sum += market.demand;
            assert_int_equal(market.abroad, j >= (made.p.markets + 1) / 2);
        }
        assert_true(fabs(sum - 1) < 1e-6);
        kl_run_free(&run);
    }
}

static void looking_at_a_month_changes_no_bit(void **state)
{
    (void)state;
    setup made = default_setup();
    double seen[KL_N_OUTCOMES], unseen[KL_N_OUTCOMES];
    kl_run run;
    kl_run_init(&run);
    play_all(&run, &made, 3, unseen);
    start(&run, &made, SEED, 3);
    while (run.month < run.horizon) {
        kl_run_step(&run);
        kl_run_month(&run);
    }
    kl_run_outcomes(&run, seen);
    for (int k = 0; k < KL_N_OUTCOMES; k++)
        assert_true(seen[k] == unseen[k] || (isnan(seen[k]) && isnan(unseen[k])));
    kl_run_free(&run);
}

/* ---- JSON ---- */

static double number(json_t *array, size_t i)
{
    json_t *x = json_array_get(array, i);
    return json_is_number(x) ? json_number_value(x) : NAN;
}

static json_t *firm_field(json_t *run, const char *name, size_t month)
{
    return json_array_get(json_object_get(json_object_get(run, "firms"), name), month);
}

enum { FIRMS = 12, MONTHS = 40 };

/* Play the events again: they must make the firms' states of every month. */
static void check_events(json_t *run)
{
    json_t *events = json_object_get(run, "events"), *course = json_object_get(run, "course");
    int member[FIRMS] = {0}, trained[FIRMS] = {0}, joins = 0, entries = 0, innovations = 0;
    size_t e = 0;
    for (int m = 0; m < MONTHS; m++) {
        for (; e < json_array_size(events); e++) {
            json_t *event = json_array_get(events, e);
            const char *what = json_string_value(json_array_get(event, 2));
            int firm = (int)number(event, 1);
            if (number(event, 0) > m + 1)
                break;
            assert_true(number(event, 0) == m + 1);
            assert_in_range(firm, 0, FIRMS - 1);
            trained[firm] |= strcmp(what, "trained") == 0;
            entries += strcmp(what, "entered") == 0;
            innovations += strcmp(what, "innovation") == 0;
            if (strcmp(what, "joined") == 0 || strcmp(what, "rejoined") == 0) {
                member[firm] = 1;
                joins++;
            } else if (strcmp(what, "left") == 0 || strcmp(what, "sent_home") == 0) {
                assert_int_equal(member[firm], 1);
                member[firm] = 0;
            }
        }
        for (size_t i = 0; i < FIRMS; i++) {
            assert_true(number(firm_field(run, "member", (size_t)m), i) == member[i]);
            assert_true(number(firm_field(run, "trained", (size_t)m), i) == trained[i]);
        }
    }
    assert_int_equal(e, json_array_size(events));
    assert_true(number(json_object_get(course, "joins"), MONTHS - 1) == joins);
    assert_true(number(json_object_get(course, "entries"), MONTHS - 1) == entries);
    assert_true(number(json_object_get(course, "innovations"), MONTHS - 1) == innovations);
}

static void check_ties(json_t *run)
{
    json_t *ties = json_object_get(run, "ties");
    int degree[FIRMS] = {0};
    assert_true(json_number_value(json_object_get(run, "ties_number")) == (double)json_array_size(ties));
    for (size_t k = 0; k < json_array_size(ties); k++) {
        int a = (int)number(json_array_get(ties, k), 0), b = (int)number(json_array_get(ties, k), 1);
        assert_true(a < b);
        degree[a]++;
        degree[b]++;
    }
    for (size_t i = 0; i < FIRMS; i++)
        assert_true(number(firm_field(run, "ties", 0), i) == degree[i]);
}

static void events_and_ties_make_the_firms(void **state)
{
    (void)state;
    for (int p = 0; p < 20; p++) {
        char line[128];
        snprintf(line, sizeof line, "klaster replay small.h5 -a base -a aided -p %d --json --firms", p);
        json_t *json = json_of(line), *runs = json_object_get(json, "runs");
        assert_int_equal(json_array_size(runs), 2);
        for (size_t k = 0; k < 2; k++) {
            check_events(json_array_get(runs, k));
            check_ties(json_array_get(runs, k));
        }
        json_decref(json);
    }
}

/* ---- the page ---- */

/* Pages need Node.js when klaster is built. */
static void skip_without_pages(void)
{
    char *why = slurp("why");
    int has_none = strstr(why, "without its pages") != NULL;
    free(why);
    if (has_none)
        skip();
}

static json_t *data_of(const char *path)
{
    static const char begin[] = "<script type=\"application/json\" id=\"data\">";
    char *page = slurp(path), *from = strstr(page, begin);
    assert_non_null(from);
    from += sizeof begin - 1;
    char *to = strstr(from, "</script>");
    assert_non_null(to);
    json_error_t error;
    json_t *json = json_loadb(from, (size_t)(to - from), 0, &error);
    assert_non_null(json);
    free(page);
    return json;
}

/* The page has nine digits of each number. */
static void assert_same(json_t *shown, json_t *printed)
{
    if (json_is_number(printed)) {
        double a = json_number_value(shown), b = json_number_value(printed);
        assert_true(json_is_number(shown) && fabs(a - b) <= 1e-8 * fabs(b));
        return;
    }
    assert_int_equal(json_typeof(shown), json_typeof(printed));
    size_t i;
    json_t *item;
    const char *key;
    if (json_is_array(printed)) {
        assert_int_equal(json_array_size(shown), json_array_size(printed));
        json_array_foreach(printed, i, item) assert_same(json_array_get(shown, i), item);
    } else if (json_is_object(printed)) {
        assert_int_equal(json_object_size(shown), json_object_size(printed));
        json_object_foreach(printed, key, item) assert_same(json_object_get(shown, key), item);
    } else {
        assert_true(json_equal(shown, printed));
    }
}

static void assert_courses_are_rounded(json_t *shown, json_t *printed)
{
    static const char *const name[] = {"usage", "trust", "satisfaction", "saving_net"};
    for (size_t c = 0; c < 4; c++)
        for (size_t i = 0; i < FIRMS; i++)
            for (size_t m = 0; m < MONTHS; m++) {
                json_t *course = json_object_get(json_object_get(shown, "firms"), name[c]);
                double exact = number(firm_field(printed, name[c], m), i);
                assert_true(fabs(number(json_array_get(course, i), m) / 1000 - exact) <= .0005 + 1e-9);
            }
}

static void the_page_says_what_json_says(void **state)
{
    (void)state;
    skip_without_pages();
    expect("klaster replay small.h5 -a base -a aided -p 3 -r 1 --html -o two.html", 0, "", "");
    json_t *page = data_of("two.html");
    json_t *json = json_of("klaster replay small.h5 -a base -a aided -p 3 -r 1 --json --firms");
    for (size_t k = 0; k < 2; k++) {
        json_t *shown = json_array_get(json_object_get(page, "runs"), k);
        json_t *printed = json_array_get(json_object_get(json, "runs"), k);
        assert_courses_are_rounded(shown, printed);
        json_object_del(shown, "firms");
        json_object_del(printed, "firms");
        assert_same(shown, printed);
    }
    json_decref(page);
    json_decref(json);
}

static void a_page_ends_only_where_it_should(void **state)
{
    (void)state;
    skip_without_pages();
    expect("klaster replay small.h5 -p 3 --html -o one.html", 0, "", "");
    char *page = slurp("one.html");
    assert_null(strstr(page, "<img"));
    assert_null(strstr(page, "<b>base"));
    free(page);
    json_t *data = data_of("one.html");
    const char *title = json_string_value(json_object_get(json_object_get(data, "study"), "title"));
    assert_string_equal(title, "</script><img src=x onerror=alert(1)> <!-- & \xE2\x80\xA8");
    json_decref(data);
}

static void a_page_is_not_replaced_unless_asked(void **state)
{
    (void)state;
    skip_without_pages();
    expect("klaster replay small.yaml --html", 0, "", "");
    expect("klaster replay small.yaml --html", 3, "", "replay.html exists already");
    expect("klaster replay nowhere.yaml --html", 3, "", "exists already"); /* before anything else is looked at */
    expect("klaster replay small.yaml --html -f", 0, "", "");
    expect("klaster replay small.yaml --html -o - | grep -c '<!DOCTYPE html>'", 0, "1\n", "");
    expect("klaster replay small.yaml --html -o no/where.html", 3, "", "where.html");
}

static void what_a_page_cannot_hold_is_refused(void **state)
{
    (void)state;
    skip_without_pages();
    expect("klaster replay small.yaml -a two --html -o a.html", 2, "", "2001 firms are too many");
    expect("klaster replay small.yaml -a many -a two --html -o a.html", 2, "", "too many");
    expect("klaster replay small.yaml -a many --html -o a.html", 0, "", "");
    json_t *page = data_of("a.html"), *run = json_array_get(json_object_get(page, "runs"), 0);
    assert_null(json_object_get(run, "ties"));
    assert_true(json_number_value(json_object_get(run, "ties_number")) == 1999. * 1998 / 2);
    json_decref(page);
    expect("klaster replay small.yaml -s firms=1999 -s graph=small_world -s degree=40 --html -o b.html", 0, "", NULL);
    page = data_of("b.html"), run = json_array_get(json_object_get(page, "runs"), 0);
    assert_null(json_object_get(run, "ties"));
    json_decref(page);
    expect("ls *.part", 2, "", NULL);
}

static void arms_and_forms_that_do_not_go_together_are_refused(void **state)
{
    (void)state;
    expect("klaster replay small.h5 -a base -a aided", 2, "", "two arms are shown by --html or --json");
    expect("klaster replay small.h5 -a base -a base --json", 2, "", "the same");
    expect("klaster replay small.h5 -a base -a aided -a two --json", 2, "", "at most two arms");
    expect("klaster replay small.h5 --json --html", 2, "", "one of --json, --csv and --html");
    expect("klaster replay small.h5 -a base -a nobody --json", 2, "", "no arm 'nobody'");
    expect("klaster replay small.h5 -a base -a aided --json --check > /dev/null", 0, "", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_month_says_what_moved_the_account_and_how_many_firms_did_what),
        cmocka_unit_test(markets_share_all_demand_and_the_first_half_is_at_home),
        cmocka_unit_test(looking_at_a_month_changes_no_bit),
        cmocka_unit_test(events_and_ties_make_the_firms),
        cmocka_unit_test(the_page_says_what_json_says),
        cmocka_unit_test(a_page_ends_only_where_it_should),
        cmocka_unit_test(a_page_is_not_replaced_unless_asked),
        cmocka_unit_test(what_a_page_cannot_hold_is_refused),
        cmocka_unit_test(arms_and_forms_that_do_not_go_together_are_refused),
    };
    return cmocka_run_group_tests(tests, prepare, leave_scratch);
}
