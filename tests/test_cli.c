/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The program from outside: every command, every exit code, and what hostile arguments do (nothing). */
#define _DEFAULT_SOURCE 1 /* mkdtemp under -std=c11 */
#include "cli_shell.h"

#include <math.h>

#include "klaster/klaster.h"

/* A small study with two arms, an uncertain input and a claim; played once for all tests. */
static const char study[] =
    "klaster: 1\nname: small\ntitle: A small study\nseed: 7\nmonths: 40\npoints: 20\nreplicates: 3\n"
    "mechanism: five-stage\nuncertainty: none\n"
    "parameters: {firms: 12, scale_elasticity: {uniform: [0.5, 0.8]}}\n"
    "arms:\n  - name: base\n  - name: aided\n    parameters: {opex_support: 0.5, wave_order: size}\n"
    "claims:\n  - {name: third, metric: saving_joint, interval: [0.2, 0.4], source: nowhere}\n";

static int prepare(void **state)
{
    return enter_with(state, "small.yaml", study, "klaster run small.yaml -o small.h5 --quiet");
}

static double number_at(json_t *json, const char *a, const char *b, const char *c)
{
    json_t *at = json_object_get(json, a);
    at = b ? json_object_get(at, b) : at;
    at = c ? json_object_get(at, c) : at;
    return json_is_number(at) ? json_number_value(at) : NAN;
}

/* ---- help and usage ---- */

static void every_command_has_help_with_its_options(void **state)
{
    static const char *const commands[] = {"run",    "check", "params",  "summary", "replay",
                                           "export", "init",  "version", "help"};
    (void)state;
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        char line[128], usage[64];
        snprintf(usage, sizeof usage, "Usage: klaster %s", commands[i]);
        snprintf(line, sizeof line, "klaster help %s", commands[i]);
        expect(line, 0, usage, "");
        snprintf(line, sizeof line, "klaster %s --help", commands[i]);
        expect(line, 0, "--help", "");
        expect("klaster help", 0, commands[i], "");
    }
    expect("klaster --help", 0, "Exit codes", "");
    expect("klaster -h", 0, "Exit codes", "");
    expect("klaster --version", 0, KL_VERSION, "");
    expect("klaster version", 0, "GPL-3.0-or-later", "");
}

static void wrong_usage_is_explained_with_the_nearest_word_and_exit_code_2(void **state)
{
    (void)state;
    expect("klaster", 2, "", "a command is missing");
    expect("klaster rnu paper", 2, "", "did you mean 'run'?");
    expect("klaster --verson", 2, "", "unknown option");
    expect("klaster run", 2, "", "STUDY is missing");
    expect("klaster run a b", 2, "", "one argument too many: 'b'");
    expect("klaster run small.yaml --theads 2", 2, "", "did you mean '--threads'?");
    expect("klaster run small.yaml --threads", 2, "", "--threads needs N");
    expect("klaster run small.yaml --quiet=1", 2, "", "--quiet takes no value");
    expect("klaster run small.yaml --s", 2, "", "could be more than one");
    expect("klaster run small.yaml -Z", 2, "", "unknown option '-Z'");
    expect("klaster run small.yaml --runs 0", 2, "", "'0' is not a whole number from 1");
    expect("klaster run small.yaml --seed 1e3", 2, "", "'1e3' is not a whole number");
    expect("klaster run small.yaml --seed 9007199254740992", 2, "", "not a whole number");
    expect("klaster run small.yaml --months 1201", 2, "", "not a whole number");
    expect("klaster export small.h5 --what rusn", 2, "", "none of runs|fans|inputs");
    expect("klaster help rn", 2, "", "did you mean 'run'?");
    expect("klaster params scale_elasticty", 2, "", "did you mean 'scale_elasticity'?");
    expect("klaster params --group campain", 2, "", "did you mean 'campaign'?");
    expect("klaster summary small.h5 --arm aide", 2, "", "did you mean 'aided'?");
    expect("klaster summary small.h5 --metric saving_jont", 2, "", "did you mean 'saving_joint'?");
    expect("klaster summary small.h5 --json --csv", 2, "", "not both");
    expect("klaster replay small.h5 --point 20", 2, "", "points 0 to 19");
    expect("klaster replay small.h5 --seed 3", 2, "", "is a result file");
    expect("klaster version now", 2, "", "takes no argument, but got 'now'");
}

/* ---- files ---- */

/* ThreadSanitizer's runtime maps a file of its own at the start, larger than the limit, and dies of it. */
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define UNDER_THREAD_SANITIZER
#endif
#endif
#ifdef UNDER_THREAD_SANITIZER
static const int files_may_be_limited = 0;
#else
static const int files_may_be_limited = 1;
#endif

static void what_cannot_be_read_or_written_gives_exit_code_3(void **state)
{
    (void)state;
    expect("klaster summary nothing.h5", 3, "", "nothing.h5");
    expect("klaster summary small.yaml", 3, "", "small.yaml");
    expect("klaster run nothing.yaml", 3, "", "nothing.yaml");
    expect("klaster run small.yaml -o no/such/dir.h5", 3, "", NULL);
    expect("klaster run small.yaml -o small.h5", 3, "", "--force");
    expect("klaster export small.h5 -o small.yaml", 3, "", NULL);
    expect("klaster init small.yaml", 3, "", "exists already");
    expect("klaster help >/dev/full", 3, "", "No space left");
    expect("klaster export small.h5 >/dev/full", 3, "", "No space left");
    /* a limit on the size of files is a message, too, not a death by signal */
    if (files_may_be_limited)
        expect("ulimit -f 20; klaster run small.yaml -o large.h5 --force -q", 3, "", "File too large");
    expect("ls large.h5 *.part", 2, "", NULL);
}

static void a_refused_file_is_left_as_it_was(void **state)
{
    (void)state;
    expect("cp small.h5 copy.h5; klaster run small.yaml -o copy.h5 --seed 99; cmp small.h5 copy.h5", 0, "", NULL);
    expect("klaster run small.yaml -o copy.h5 --seed 99 --force -q && ! cmp -s small.h5 copy.h5", 0, "", "");
    expect("ls *.part", 2, "", NULL);
}

static void a_reader_that_goes_away_is_no_error(void **state)
{
    (void)state;
    expect("{ klaster export small.h5; echo code $? >&2; } | head -c 1", 0, "a", "code 0");
    expect("klaster summary small.h5 >&-; test $? -eq 3", 0, "", NULL);
}

static void the_default_file_goes_to_results(void **state)
{
    (void)state;
    expect("klaster run small.yaml -n 2 --json", 0, "\"results/small.h5\"", "small");
    expect("klaster run small.yaml -n 2", 3, "", "results/small.h5 exists already");
}

/* ---- run and check ---- */

static void the_overrides_of_the_command_line_reach_the_runs(void **state)
{
    (void)state;
    json_t *json = json_of("klaster run small.yaml -o o1.h5 -q --json --runs 6 --seed 11 --months 30 --threads 1");
    assert_float_equal(number_at(json, "runs_done", NULL, NULL), 12, 0);
    assert_float_equal(number_at(json, "seed", NULL, NULL), 11, 0);
    assert_float_equal(number_at(json, "threads", NULL, NULL), 1, 0);
    assert_true(json_is_true(json_object_get(json, "complete")));
    json_decref(json);
    json = json_of("klaster summary o1.h5 --json");
    assert_float_equal(number_at(json, "months", NULL, NULL), 30, 0);
    json_decref(json);
    json = json_of("klaster check small.yaml --json --set firms=9 --set aided.fee=0.01");
    assert_non_null(json_object_get(json, "arms"));
    json_decref(json);
    json = json_of("klaster replay small.yaml --set firms=9 --json");
    assert_float_equal(number_at(json, "firms_number", NULL, NULL), 9, 0);
    json_decref(json);
    expect("klaster run small.yaml --set frims=9 -o o2.h5", 2, "", "firms");
    expect("klaster run small.yaml --set firms -o o2.h5", 2, "", NULL);
    expect("test -e o2.h5", 1, "", "");
}

static void the_number_of_threads_changes_no_number(void **state)
{
    (void)state;
    expect("for n in 1 2 7; do klaster run small.yaml -q -f -j $n -o j.h5 && klaster export j.h5 | md5sum; done | uniq "
           "| wc -l",
           0, "1\n", "");
}

static void a_dry_run_and_a_check_write_nothing(void **state)
{
    (void)state;
    expect("klaster run small.yaml --dry-run -o dry.h5; test ! -e dry.h5", 0, "", "2 arms in each of 60 worlds");
    expect("klaster check small.yaml", 0, "scale_elasticity", "");
    expect("klaster check small.yaml", 0, "20 to 40 %", "");
    expect("klaster check small.yaml nothing.yaml", 3, "small", "nothing.yaml");
    expect(
        "klaster check small.yaml --json > resolved.json && klaster check resolved.json --json | cmp - resolved.json",
        0, "", "");
}

static void all_errors_of_a_study_are_shown_with_their_place(void **state)
{
    (void)state;
    expect("printf 'klaster: 1\\nname: bad\\nmonths: 0\\nparameters: {feee: 1, firms: -3}\\n' > bad.yaml; klaster "
           "check bad.yaml",
           2, "", "bad.yaml:3:");
    expect("klaster run bad.yaml -o bad.h5", 2, "", "did you mean 'fee'?");
    expect("klaster run bad.yaml -o bad.h5", 2, "", "bad.yaml:4:");
    expect("test -e bad.h5", 1, "", "");
}

static void failed_runs_give_exit_code_1_and_the_first_is_named(void **state)
{
    (void)
        state; /* the far tail of a normal leaves the room that its half-width needs: a draw that cannot be played, too
                  * rare for the study's own check, which tries the first points */
    said s = shell(
        "printf 'klaster: 1\\nname: torn\\nseed: 2\\nmonths: 2\\npoints: 4000\\nmechanism: five-stage\\nuncertainty: "
        "none\\n"
        "parameters: {firms: 5, degree: 2, shareable: {normal: [0.5, 0.1]}, shareable_halfwidth: 0.1}\\n' > torn.yaml; "
        "klaster run torn.yaml -o torn.h5");
    assert_int_equal(s.code, 1);
    assert_non_null(strstr(s.out, " failed"));
    const char *named = strstr(s.err, "klaster replay torn.h5 -a ");
    assert_non_null(named);
    char line[256];
    snprintf(line, sizeof line, "%.*s", (int)strcspn(named, "\n"), named);
    expect(line, 1, "", "shareable +- shareable_halfwidth");
    forget(&s);
}

/* An interrupt may come before the first block, in the middle or at the end of the sweep: the file is valid in each case. */
static void an_interrupt_leaves_a_valid_incomplete_file(void **state)
{
    static const struct {
        const char *signal;
        int code;
    } cases[] = {{"INT", 130}, {"TERM", 143}};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        char line[256];
        kl_result result;
        kl_reason reason;
        snprintf(line, sizeof line,
                 "timeout --preserve-status -s %s 2 '%s' run small.yaml --set firms=54 -n 400000 -o cut%zu.h5",
                 cases[i].signal, KL_PROGRAM, i);
        expect(line, cases[i].code, "incomplete", "marked incomplete");
        snprintf(line, sizeof line, "cut%zu.h5", i);
        assert_int_equal(kl_result_open(&result, line, &reason), KL_OK);
        assert_int_equal(result.complete, 0);
        assert_true(result.n_done < 2 * (int64_t)400000);
        kl_result_close(&result);
        snprintf(line, sizeof line, "klaster summary cut%zu.h5", i);
        expect(line, 0, "INCOMPLETE", "");
        snprintf(line, sizeof line, "klaster replay cut%zu.h5 -p 133333 --check", i);
        expect(line, 1, NULL, "does not hold this run");
    }
    expect("ls *.part", 2, "", NULL);
}

/* ---- summary ---- */

static void the_summary_agrees_with_the_file(void **state)
{
    kl_result result;
    kl_reason reason;
    double value[60], sum = 0;
    int8_t status[60];
    int n = 0, inside = 0;
    (void)state;
    assert_int_equal(kl_result_open(&result, "small.h5", &reason), KL_OK);
    assert_int_equal(kl_result_outcome(&result, 1, KL_OUT_saving_joint, value), KL_OK);
    assert_int_equal(kl_result_status(&result, 1, status), KL_OK);
    for (int w = 0; w < 60; w++) {
        if (isnan(value[w]))
            continue;
        n++;
        sum += value[w];
        inside += value[w] >= 0.2 && value[w] <= 0.4;
    }
    kl_result_close(&result);
    json_t *json = json_of("klaster summary small.h5 --json --arm aided");
    json_t *arm = json_array_get(json_object_get(json, "arms"), 0);
    assert_string_equal(json_string_value(json_object_get(arm, "arm")), "aided");
    assert_float_equal(number_at(arm, "outcomes", "saving_joint", "n"), n, 0);
    if (n > 0)
        assert_float_equal((float)number_at(arm, "outcomes", "saving_joint", "mean"), (float)(sum / n), 1e-6f);
    json_t *claim = json_array_get(json_object_get(arm, "claims"), 0);
    assert_float_equal(number_at(claim, "holds", "hits", NULL), inside, 0);
    assert_float_equal(number_at(claim, "holds", "n", NULL), 60, 0);
    json_decref(json);
}

static void the_summary_fits_80_columns_and_is_ascii_without_utf8(void **state)
{
    (void)state;
    expect("klaster summary small.h5 --arm base --all | awk 'length($0) > 80' | wc -l", 0, "0\n", "");
    expect("klaster summary small.h5 --all | LC_ALL=C grep -c '[^ -~]'", 1, "0\n", "");
    expect("LC_ALL=C.UTF-8 klaster summary small.h5 --arm base", 0, "\xc2\xb1", ""); /* plus-minus */
    expect("klaster summary small.h5", 0, "aided", "");
    expect("klaster summary small.h5 --all --arm base", 0, "nowhere", "");
    expect("klaster summary small.h5 --csv | head -1", 0, "arm,outcome,unit,n,mean", "");
    expect("klaster summary small.h5 --metric usage --csv | wc -l", 0, "3\n", "");
}

static void a_required_share_decides_the_exit_code(void **state)
{
    (void)state;
    expect("klaster summary small.h5 --require third=0", 0, "CLAIMS", "");
    expect("klaster summary small.h5 --require third=1", 1, "CLAIMS", "required 1");
    expect("klaster summary small.h5 --require nothing=1", 2, NULL, "no claim 'nothing'");
    expect("klaster summary small.h5 --require third=x", 2, NULL, "CLAIM=SHARE");
}

static void nothing_is_coloured_in_a_pipe(void **state)
{
    (void)state;
    expect("klaster summary small.h5 | grep -c \"$(printf '\\033')\"", 1, "0\n", "");
}

/* ---- replay ---- */

static void a_replayed_run_equals_its_row(void **state)
{
    (void)state;
    for (int p = 0; p < 20; p++) {
        char line[128];
        snprintf(line, sizeof line, "klaster replay small.h5 --arm %s -p %d -r %d --check --csv",
                 p % 2 ? "base" : "aided", p, p % 3);
        expect(line, 0, "month,stage", "equal the file's row");
    }
}

static void a_replay_check_notices_another_study(void **state)
{
    (void)state; /* negative control: the same world under another seed is another row */
    json_t *a = json_of("klaster replay small.yaml --json"), *b = json_of("klaster replay small.yaml --seed 8 --json");
    json_t *x = json_object_get(a, "outcomes"), *y = json_object_get(b, "outcomes");
    assert_false(json_equal(x, y));
    json_decref(a);
    json_decref(b);
}

static void a_replay_shows_months_and_firms(void **state)
{
    (void)state;
    expect("klaster replay small.h5", 0, "STAGES", "");
    expect("klaster replay small.h5 --firms", 0, "FIRMS", "");
    expect("klaster replay small.h5 --csv | wc -l", 0, "41\n", "");
    expect("klaster replay small.h5 --csv --firms | wc -l", 0, "481\n", "");
    json_t *json = json_of("klaster replay small.h5 --json --firms");
    assert_int_equal(json_array_size(json_object_get(json_object_get(json, "months"), "account")), 40);
    assert_int_equal(json_array_size(json_array_get(json_object_get(json_object_get(json, "firms"), "usage"), 39)), 12);
    json_decref(json);
}

/* ---- export ---- */

/* Field k of a CSV row without quotes. */
static const char *field(const char *row, int k, char *buffer, size_t size)
{
    for (; k > 0; k--)
        row = strchr(row, ',') + 1;
    snprintf(buffer, size, "%.*s", (int)strcspn(row, ",\r"), row);
    return buffer;
}

static void the_exported_runs_equal_the_file(void **state)
{
    kl_result result;
    kl_reason reason;
    double value[60];
    char text[64];
    (void)state;
    said s = shell("klaster export small.h5");
    assert_int_equal(s.code, 0);
    assert_int_equal(kl_result_open(&result, "small.h5", &reason), KL_OK);
    int n_inputs = kl_study_inputs(&result.study, NULL, 0);
    for (int i = 0; i < KL_N_OUTCOMES; i++) {
        const char *row = s.out;
        bool is_float = kl_outcome_info_of((kl_outcome_id)i)->type <= KL_TYPE_RATIO;
        assert_string_equal(field(row, 4 + n_inputs + i, text, sizeof text),
                            kl_outcome_info_of((kl_outcome_id)i)->name);
        for (int arm = 0; arm < 2; arm++) {
            assert_int_equal(kl_result_outcome(&result, arm, (kl_outcome_id)i, value), KL_OK);
            for (int w = 0; w < 60; w++) {
                row = strchr(row, '\n') + 1;
                field(row, 4 + n_inputs + i, text, sizeof text);
                if (isnan(value[w]) || (value[w] < 0 && kl_outcome_info_of((kl_outcome_id)i)->type == KL_TYPE_MONTH))
                    assert_string_equal(text, "");
                else
                    assert_true(is_float ? strtof(text, NULL) == (float)value[w] : strtod(text, NULL) == value[w]);
            }
        }
    }
    kl_result_close(&result);
    forget(&s);
}

static void an_export_to_a_directory_is_whole_and_replaces_nothing(void **state)
{
    (void)state;
    expect("klaster export small.h5 -o csv && ls csv", 0, "fans.csv\ninputs.csv\nruns.csv\n", "");
    expect("klaster export small.h5 | cmp - csv/runs.csv", 0, "", "");
    expect("klaster export small.h5 -o csv", 3, "", "exists already");
    expect("klaster export small.h5 -o csv --force --what inputs && wc -l < csv/inputs.csv", 0, "41\n", "");
    expect("wc -l < csv/runs.csv", 0, "121\n", "");
    expect("klaster export small.h5 --arm aided --what fans | cut -d, -f1 | sort -u", 0, "aided\narm\n", "");
}

/* ---- init, params ---- */

static void the_starter_study_is_right_and_runs(void **state)
{
    (void)state;
    expect("klaster init mine.yaml && klaster check mine.yaml", 0, "arms", "mine.yaml");
    expect("klaster init - | cmp - mine.yaml", 0, "", "");
    expect("cmp mine.yaml '" KL_SOURCE_DIR "/scenarios/starter.yaml'", 0, "", "");
    expect("klaster run mine.yaml -n 4 -q -o mine.h5", 0, "", "");
    expect("klaster init mine.yaml", 3, "", "left as it is");
}

static void the_tables_come_in_every_form(void **state)
{
    (void)state;
    for (int i = 0; i < KL_N_PARAMS; i++)
        expect("klaster params", 0, kl_param_info_of((kl_param_id)i)->name, "");
    json_t *json = json_of("klaster params --json");
    assert_int_equal(json_array_size(json), KL_N_PARAMS);
    json_decref(json);
    json = json_of("klaster params --outcomes --format json");
    assert_int_equal(json_array_size(json_object_get(json, "outcomes")), KL_N_OUTCOMES);
    assert_int_equal(json_array_size(json_object_get(json, "series")), KL_N_SERIES);
    json_decref(json);
    expect("klaster params --outcomes", 0, kl_outcome_info_of(0)->name, "");
    expect("klaster params --outcomes", 0, "share of public_to_firms that went to firms", "");
    expect("klaster params --outcomes", 0, kl_series_info_of(KL_SER_coupling)->name, "");
    json = json_of("klaster params --schema");
    assert_non_null(json_object_get(json, "$schema"));
    json_decref(json);
    expect("klaster params fee saving_joint", 0, "outcome of a run", "");
    expect("klaster params graph", 0, "preferential attachment", "");
}

/* ---- hostile text ---- */

static void names_and_arguments_are_data(void **state)
{
    (void)state;
    expect("klaster '%s%n%s%n'", 2, "", "%s%n%s%n");
    expect("klaster run '%s%n.yaml'", 3, "", "%s%n.yaml");
    expect("klaster summary \"$(printf 'a\\033[31mb\\nc')\"", 3, "", "a\\x1b[31mb\\nc");
    expect("klaster run small.yaml --set '%n%n=%s' -o x.h5", 2, "", "%n%n");
    expect("klaster run small.yaml --'%s%n'", 2, "", "%s%n");
    expect("sed 's/A small study/\"%s%n \\\\e[31m <b> \\\\n, x\"/' small.yaml > hostile.yaml; klaster run hostile.yaml "
           "-q -n 2 -o \"a'b %s.h5\"",
           0, "", "");
    expect("klaster summary \"a'b %s.h5\"", 0, "%s%n \\x1b[31m <b> \\n, x", "");
    json_t *json = json_of("klaster summary \"a'b %s.h5\" --json");
    assert_string_equal(json_string_value(json_object_get(json, "title")), "%s%n \033[31m <b> \n, x");
    json_decref(json);
    expect("klaster run small.yaml -q --json -n 2 -o \"$(printf 'b\\377.h5')\"", 0, "b?.h5", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_command_has_help_with_its_options),
        cmocka_unit_test(wrong_usage_is_explained_with_the_nearest_word_and_exit_code_2),
        cmocka_unit_test(what_cannot_be_read_or_written_gives_exit_code_3),
        cmocka_unit_test(a_refused_file_is_left_as_it_was),
        cmocka_unit_test(a_reader_that_goes_away_is_no_error),
        cmocka_unit_test(the_default_file_goes_to_results),
        cmocka_unit_test(the_overrides_of_the_command_line_reach_the_runs),
        cmocka_unit_test(the_number_of_threads_changes_no_number),
        cmocka_unit_test(a_dry_run_and_a_check_write_nothing),
        cmocka_unit_test(all_errors_of_a_study_are_shown_with_their_place),
        cmocka_unit_test(failed_runs_give_exit_code_1_and_the_first_is_named),
        cmocka_unit_test(an_interrupt_leaves_a_valid_incomplete_file),
        cmocka_unit_test(the_summary_agrees_with_the_file),
        cmocka_unit_test(the_summary_fits_80_columns_and_is_ascii_without_utf8),
        cmocka_unit_test(a_required_share_decides_the_exit_code),
        cmocka_unit_test(nothing_is_coloured_in_a_pipe),
        cmocka_unit_test(a_replayed_run_equals_its_row),
        cmocka_unit_test(a_replay_check_notices_another_study),
        cmocka_unit_test(a_replay_shows_months_and_firms),
        cmocka_unit_test(the_exported_runs_equal_the_file),
        cmocka_unit_test(an_export_to_a_directory_is_whole_and_replaces_nothing),
        cmocka_unit_test(the_starter_study_is_right_and_runs),
        cmocka_unit_test(the_tables_come_in_every_form),
        cmocka_unit_test(names_and_arguments_are_data),
    };
    return cmocka_run_group_tests(tests, prepare, leave_scratch);
}
