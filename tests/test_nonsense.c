/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Every kind of nonsense in a study file gets a sentence that says where it stands and what would be right. */
#define _DEFAULT_SOURCE /* mkdtemp */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "klaster/study.h"

typedef struct nonsense {
    const char *text; /* begins on line 2, after "klaster: 1" */
    int line, column;
    const char *says, *and_says;
} nonsense;

static const nonsense list[] = {
    /* keys */
    {"pionts: 5", 2, 1, "pionts: unknown key in a study", "did you mean 'points'?"},
    {"firms: 5", 2, 1, "firms: unknown key", "put it under 'parameters'"},
    {"months: 5\nmonths: 6", 3, 1, "key 'months' stands twice", "line 2"},
    {"parameters: {fee: 0.1, fee: 0.2}", 2, 24, "key 'fee' stands twice", ""},
    {"? [a, b]\n: 1", 2, 3, "cannot be a key", ""},
    {"output: {quantile: [0.5]}", 2, 10, "output.quantile: unknown key", "did you mean 'quantiles'?"},
    {"parameters:\n  feee: 0.1", 3, 3, "parameters.feee: unknown parameter", "did you mean 'fee'?"},
    {"parameters:\n  Scale-Elasticity: 0.1", 3, 3, "unknown parameter", "did you mean 'scale_elasticity'?"},
    /* types */
    {"points: many", 2, 9, "points: 'many' is not a number", ""},
    {"points: 10.5", 2, 9, "points: 10.5 is not a whole number", ""},
    {"points: \"10\"", 2, 9, "points: \"10\" is text", "without quotes"},
    {"points: 0x10", 2, 9, "'0x10' is not a number", ""},
    {"points: [10]", 2, 9, "points: takes a number, not a list", ""},
    {"points: 1_000", 2, 9, "'1_000' is not a number", ""},
    {"points:", 2, 1, "points: the number is missing", ""},
    {"title: [a]", 2, 8, "title: takes text, not a list", ""},
    {"name: my study", 2, 7, "name: 'my study' is no name", "A-Z"},
    {"parameters: [fee]", 2, 13, "parameters: takes a map", ""},
    {"parameters: {gate: yes}", 2, 20, "parameters.gate: 'yes'", "true or false"},
    {"parameters: {gate: \"true\"}", 2, 20, "parameters.gate: 'true'", "true or false"},
    {"parameters: {graph: 3}", 2, 21, "'3' is no graph", "small_world"},
    {"parameters: {graph: smallworld}", 2, 21, "'smallworld' is no graph", "did you mean 'small_world'?"},
    {"parameters: {firms: 12.5}", 2, 21, "12.5 is not a whole number", "firms"},
    {"parameters: {fee: .nan}", 2, 19, "'.nan' is not a number", ""},
    {"parameters: {fee: .inf}", 2, 19, "'.inf' is not a number", ""},
    {"parameters: {fee: 1e400}", 2, 19, "1e400 is too large", ""},
    {"parameters: {fee: 0,1}", 2, 21, "", "1"}, /* a decimal comma: a second key */
    /* bounds */
    {"seed: -1", 2, 7, "seed: -1 is outside 0 .. 9007199254740991", ""},
    {"seed: 9007199254740993", 2, 7, "outside 0 .. 9007199254740991", ""},
    {"months: 1201", 2, 9, "months: 1201 is outside 1 .. 1200", ""},
    {"points: 0", 2, 9, "outside 1 .. 2147483647", ""},
    {"points: 2000000000\nreplicates: 2000000000", 2, 9, "exceeds 2^40 worlds", ""},
    {"parameters: {fee: 1.7}", 2, 19, "parameters.fee: 1.7 is outside 0 .. 1", "the bounds of fee"},
    /* distributions */
    {"parameters: {fee: {perrt: [0, 0.1, 0.2]}}", 2, 20, "unknown distribution", "did you mean 'pert'?"},
    {"parameters: {fee: {pert: [0, 0.1]}}", 2, 26, "pert takes a list: [lowest, mode, highest]", ""},
    {"parameters: {fee: {pert: [0.2, 0.1, 0.3]}}", 2, 26, "the mode must lie between", ""},
    {"parameters: {fee: {uniform: [0.2, 0.2]}}", 2, 29, "lowest must be below highest", ""},
    {"parameters: {fee: {uniform: [0.2, x]}}", 2, 35, "'x' is not a number", "parameters.fee.uniform[2]"},
    {"parameters: {fee: {uniform: [0.2, 1.2]}}", 2, 29, "draws from 0.2 .. 1.2 may leave 0 .. 1", ""},
    {"parameters: {fee: {loguniform: [0, 1]}}", 2, 32, "lowest must be above 0", ""},
    {"parameters: {fee: {normal: [0.1, 0]}}", 2, 28, "standard deviation must be above 0", ""},
    {"parameters: {fee: {normal: [50, 1]}}", 2, 28, "next to nothing of the distribution", "the bounds of fee"},
    {"parameters: {fee: {lognormal: [-1, 1]}}", 2, 31, "the median must be above 0", ""},
    {"parameters: {fee: {beta: [0, 1]}}", 2, 26, "a and b must lie within", ""},
    {"parameters: {opex: {beta: [2, 2], uniform: [1, 2]}}", 2, 20, "a map of one key", ""},
    {"parameters: {fee: [0.1, 0.2]}", 2, 19, "not a list", "choice"},
    {"parameters: {firms: {uniform: [20, 30]}}", 2, 22, "firms takes whole numbers", "integer: [lowest, highest]"},
    {"parameters: {firms: {integer: [30, 20]}}", 2, 31, "lowest must not exceed highest", ""},
    {"parameters: {firms: {integer: [20.5, 30]}}", 2, 31, "must be whole numbers", ""},
    {"parameters: {gate: {uniform: [0, 1]}}", 2, 21, "choice: [true, false]", ""},
    {"parameters: {graph: {choice: [random, randon]}}", 2, 39, "'randon' is no graph", "did you mean 'random'?"},
    {"parameters: {graph: {choice: [random, random]}}", 2, 30, "stands twice", ""},
    {"parameters: {graph: {choice: []}}", 2, 30, "choice takes a list", ""},
    {"uncertainty: full", 2, 14, "'full' is neither none nor default", ""},
    /* one value against another */
    {"parameters: {firms: 3}", 2, 14, "pilot_firms must not exceed firms", "parameters.firms"},
    {"parameters: {firms: {integer: [3, 10]}}", 2, 14, "of the first 256 draws", "pilot_firms"},
    {"parameters: {training_voucher: 0.5}", 2, 14, "must not exceed 1", "training_voucher"},
    /* mechanisms */
    {"mechanism: five-stag", 2, 12, "no mechanism 'five-stag'", "did you mean 'five-stage'?"},
    {"mechanism: {choice: []}", 2, 21, "mechanism.choice: takes a list of 1 to 64 mechanisms", ""},
    {"mechanism: {choice: giz}", 2, 21, "takes a list of 1 to 64 mechanisms", ""},
    {"mechanism: {choice: [giz, big-bangs]}", 2, 27, "no mechanism 'big-bangs'", "did you mean 'big-bang'?"},
    {"mechanism: {choice: [giz, unido, giz]}", 2, 34, "an earlier mechanism is called 'giz' already", "equally likely"},
    {"mechanism: {choice: [giz], name: m}", 2, 28, "unknown key in a choice of mechanisms", ""},
    {"mechanism: [giz, unido]", 2, 12, "takes text, not a list", ""},
    {"mechanism: {choice: [giz, unido]}\nparameters: {months.pilott: 3}", 3, 14, "no stage of that name",
     "did you mean 'pilot'?"},
    {"mechanism: {choice: [giz, {name: m, parameters: {firms: 3, pilot_firms: 9}, stages: [{name: b, kind: build, "
     "months: 2}, {name: p, kind: pilot, months: 2}, {name: r, kind: rollout, months: 2}]}]}",
     2, 60, "pilot_firms must not exceed firms", "(arm 'baseline'"},
    {"design: {kind: factorial, factors: {mechanism: [giz]}}", 2, 48, "a list of at least two values", ""},
    {"design: {kind: factorial, factors: {mechanism: [giz, nosuch]}}", 2, 54, "no mechanism 'nosuch'", ""},
    {"design: {kind: factorial, factors: {mechanism: [giz, giz]}}", 2, 54, "is called 'giz' already", ""},
    {"design: {kind: factorial, factors: {mechanism: {levels: 2}}}", 2, 48, "'mechanism' does not vary in any arm",
     "{choice: [five-stage, big-bang]}"},
    {"mechanism: {choice: [giz, jm]}\ndesign: {kind: factorial, factors: {mechanism: {levels: 3}}}", 3, 37,
     "3 levels are more than it has values", ""},
    {"design: {kind: factorial, factors: {mechanism: {levels: 2, of: {choice: [giz, jm]}}}}", 2, 60,
     "list the mechanisms instead", ""},
    {"design: {kind: factorial, factors: {mechanism: [giz, jm]}}\narms: [{name: a, mechanism: unido}]", 3, 18,
     "a factor of the design", ""},
    {"mechanism: {name: m}", 2, 12, "'stages' is missing", ""},
    {"mechanism: {name: m, stages: [{name: a, kind: bild, months: 2}]}", 2, 47, "'bild' is no kind of stage",
     "did you mean 'build'?"},
    {"mechanism: {name: m, stages: [{name: a, kind: build}]}", 2, 31, "'months' is missing", ""},
    {"mechanism: {name: m, stages: [{name: a, kind: rollout, months: 2}]}", 2, 31, "a build stage must come before",
     ""},
    {"mechanism: {name: m, stages: [{name: a, kind: build, months: 0}]}", 2, 62, "0 is outside 1 .. 1200", ""},
    {"mechanism: {name: m, stages: [{name: a, kind: build, months: 2}, {name: a, kind: rollout, months: 2}]}", 2, 73,
     "an earlier stage is called 'a' already", ""},
    {"mechanism: {name: m, stages: [{name: a, kind: build, months: 2, settings: {waves: 2}},\n"
     "  {name: b, kind: rollout, months: 2, settings: {waves: 3}}]}",
     3, 50, "an earlier stage sets it differently", "line 2"},
    {"mechanism: {name: m, stages: [{name: a, kind: build, months: 2}, {name: b, kind: rollout, months: 2},\n"
     "  {name: c, kind: optimise, months: 3}]}",
     3, 29, "has no end; leave months out", ""},
    {"parameters: {months.pilott: 3}", 2, 14, "no stage of that name", "did you mean 'pilot'?"},
    {"parameters: {months.optimise: 3}", 2, 14, "has no end", ""},
    {"parameters: {months.: 3}", 2, 14, "names no stage", ""},
    /* includes */
    {"include: cases/navoj", 2, 10, "no file 'cases/navoj'", "did you mean 'cases/navoi'?"},
    {"include: {a: b}", 2, 10, "takes the name of a fragment", ""},
    /* arms */
    {"arms: []", 2, 7, "at least one arm", ""},
    {"arms: [{label: x}]", 2, 8, "'name' is missing in the arm", ""},
    {"arms: [{name: a}, {name: a}]", 2, 26, "an earlier arm is called 'a' already", ""},
    {"arms: [{name: a, paramters: {}}]", 2, 18, "arms.a.paramters: unknown key in an arm",
     "did you mean 'parameters'?"},
    {"arms: [{name: a, parameters: {feee: 1}}]", 2, 31, "arms.a.parameters.feee", "did you mean 'fee'?"},
    {"arms: [baseline]", 2, 8, "an arm is a map", ""},
    /* designs */
    {"design: sobel", 2, 9, "'sobel' is no design", "did you mean 'sobol'?"},
    {"design: grid of points", 2, 9, "is no design", "there are monte_carlo"},
    {"design: [sobol]", 2, 9, "takes text, not a list", ""},
    {"design: {base: 4}", 2, 9, "'kind' is missing", ""},
    {"design: {kind: sobol, base: 4}", 2, 23, "design.base: unknown key in a design of kind sobol", ""},
    {"design: {kind: saltelli, bases: 4}", 2, 26, "unknown key in a design of kind saltelli", "did you mean 'base'?"},
    {"design: factorial", 2, 9, "a factorial needs factors", ""},
    {"design: {kind: factorial, factors: [fee, opex]}", 2, 36, "takes a map of parameters and their levels", ""},
    {"design: {kind: factorial, factors: {feee: [0, 1]}}", 2, 37, "design.factors.feee: unknown parameter",
     "did you mean 'fee'?"},
    {"design: {kind: factorial, factors: {fee: 0.1}}", 2, 42, "a list of at least two values", ""},
    {"design: {kind: factorial, factors: {fee: [0.1]}}", 2, 42, "a list of at least two values", ""},
    {"design: {kind: factorial, factors: {fee: [0.1, 0.1]}}", 2, 42, "a value stands twice", ""},
    {"design: {kind: factorial, factors: {fee: [0.1, 1.7]}}", 2, 48, "design.factors.fee[2]: 1.7 is outside 0 .. 1",
     "the bounds of fee"},
    {"design: {kind: factorial, factors: {graph: [random, randon]}}", 2, 53, "'randon' is no graph",
     "did you mean 'random'?"},
    {"design: {kind: factorial, factors: {firms: [20, 30.5]}}", 2, 49, "30.5 is not a whole number", ""},
    {"design: {kind: factorial, factors: {fee: {levels: 1}}}", 2, 51, "1 is outside 2 .. 10000", ""},
    {"design: {kind: factorial, factors: {fee: {of: {uniform: [0, 1]}}}}", 2, 42, "'levels' is missing", ""},
    {"design: {kind: factorial, factors: {fee: {levels: 3, off: 2}}}", 2, 54, "unknown key in a factor",
     "did you mean 'of'?"},
    {"design: {kind: factorial, factors: {fee: {levels: 3}}}", 2, 42, "'fee' does not vary in any arm",
     "list its values here"},
    {"design: {kind: factorial, factors: {fee: {levels: 3, of: 0.5}}}", 2, 58, "one level only", ""},
    {"design: {kind: factorial, factors: {firms: {levels: 5, of: {integer: [20, 22]}}}}", 2, 37,
     "5 levels are more than it has values", ""},
    {"design: {kind: factorial, factors: {months.pilott: [2, 3]}}", 2, 37, "no stage of that name",
     "did you mean 'pilot'?"},
    {"design: {kind: factorial, factors: {firms: [3, 54]}}", 2, 37, "pilot_firms must not exceed firms",
     "points tried"},
    {"design: {kind: factorial, factors: {fee: [0, 0.1]}}\narms: [{name: a, parameters: {fee: 0.1}}]", 3, 31,
     "arms.a.parameters.fee: a factor of the design", ""},
    {"design: {kind: factorial, factors: {fee: {levels: 10000, of: {uniform: [0, 1]}}, margin: {levels: 10000, of: "
     "{uniform: [0, 1]}}}}\npoints: 100",
     2, 9, "more than 2147483647 points", ""},
    {"design: saltelli\npoints: 10", 3, 1, "says its size by 'base'", ""},
    {"points: 10\ndesign: morris", 2, 1, "says its size by 'trajectories'", ""},
    {"design: {kind: saltelli, factors: fee}", 2, 35, "takes a list of parameters", "leave it out"},
    {"design: {kind: saltelli, factors: [fee]}", 2, 36, "'fee' does not vary in any arm", ""},
    {"design: {kind: saltelli, factors: [feee]}", 2, 36, "'feee' is no parameter", "did you mean 'fee'?"},
    {"design: {kind: saltelli, second_order: 1}", 2, 40, "takes true or false", ""},
    {"design: {kind: saltelli, base: 0}", 2, 32, "0 is outside 1 .. 2147483647", ""},
    {"design: {kind: saltelli, base: 2000000000}", 2, 9, "more than 2147483647 points", ""},
    {"design: {kind: morris, levels: 5}", 2, 32, "5 is odd", "even number"},
    {"design: {kind: morris, factors: [months.build, months.build]}", 2, 48, "stands twice", ""},
    {"design: morris\nmechanism: {name: m, stages: [{name: b, kind: build, months: 2}, {name: r, kind: rollout, "
     "months: 6}]}",
     2, 9, "nothing to be a factor", ""},
    /* claims and output */
    {"claims: [{name: c, metric: saving_jont, interval: [0, 1]}]", 2, 28, "'saving_jont' is no outcome",
     "did you mean 'saving_joint'?"},
    {"claims: [{name: c, metric: bcr, interval: [0.4, 0.3]}]", 2, 43, "the lower end lies above the upper", ""},
    {"claims: [{name: c, metric: bcr, interval: [0.4]}]", 2, 43, "two ends", ""},
    {"claims: [{name: c, metric: bcr, interval: [null, .inf]}]", 2, 43, "both ends are open", ""},
    {"claims: [{name: c, interval: [0, 1]}]", 2, 10, "'metric' is missing", ""},
    {"claims: [{name: c, metric: bcr, interval: [0, 1]}, {name: c, metric: bcr, interval: [0, 1]}]", 2, 59,
     "an earlier claim is called 'c' already", ""},
    {"output: {quantiles: [0.5, 0.2]}", 2, 27, "quantiles must rise", ""},
    {"output: {quantiles: [0, 0.5]}", 2, 22, "lies between 0 and 1", ""},
    /* YAML itself */
    {"months: [1", 3, 1, "not YAML", "closing bracket"},
    {"parameters:\n\tfee: 1", 3, 1, "not YAML", "tab"},
    {"parameters: &a {fee: 0.1}\ninclude: *a", 3, 10, "aliases (*name) are not allowed", ""},
    {"points: !!int 3", 2, 15, "tags", ""},
    {"--- \nmonths: 3", 2, 1, "a second document", ""},
    {"name: \"a\\0b\"", 2, 7, "zero byte", ""},
    {"title: \"\xff\"", 2, 9, "byte 0xff is not UTF-8", ""},
    {"%\xc3(", 2, 2, "not UTF-8", ""},
    {"title: a\x01", 2, 9, "control character 0x01", ""},
};

static char *study_of(const char *text)
{
    char *whole = malloc(strlen(text) + 32);
    assert_non_null(whole);
    sprintf(whole, "klaster: 1\n%s\n", text);
    return whole;
}

static int is_said(const kl_diagnostics *found, const nonsense *n)
{
    for (int i = 0; i < found->n; i++) {
        const kl_diagnostic *d = &found->item[i];
        if (!d->is_warning && d->line == n->line && d->column == n->column && strstr(d->text, n->says) &&
            strstr(d->text, n->and_says))
            return 1;
    }
    return 0;
}

static void each_kind_of_nonsense_is_said_at_its_place(void **state)
{
    (void)state;
    int n_missed = 0;
    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++) {
        char *text = study_of(list[i].text);
        kl_study study;
        kl_diagnostics found;
        kl_status status = kl_study_parse(&study, text, strlen(text), "nonsense.yaml", NULL, &found);
        if (status != KL_ERR_STUDY || !is_said(&found, &list[i])) {
            n_missed++;
            print_error("not said at %d:%d (%s): %s\n", list[i].line, list[i].column, kl_status_text(status),
                        list[i].text);
            kl_diagnostics_print(&found, stderr);
        }
        assert_null(study.arm);
        kl_study_free(&study);
        kl_diagnostics_free(&found);
        free(text);
    }
    assert_int_equal(n_missed, 0);
}

static void what_follows_from_one_mistake_is_not_said_as_well(void **state)
{
    (void)state;
    static const char *const one_each[] = {"pionts: 5",  "parameters: {fee: 1.7}", "mechanism: five-stag",
                                           "months: [1", "parameters: {firms: 3}", "include: cases/navoj"};
    for (size_t i = 0; i < sizeof one_each / sizeof one_each[0]; i++) {
        char *text = study_of(one_each[i]);
        kl_study study;
        kl_diagnostics found;
        assert_int_equal(kl_study_parse(&study, text, strlen(text), "one.yaml", NULL, &found), KL_ERR_STUDY);
        assert_int_equal(found.n_errors, 1);
        kl_diagnostics_free(&found);
        free(text);
    }
}

static void all_errors_of_a_file_are_said_in_one_go_and_in_order(void **state)
{
    (void)state;
    const char *text =
        "klaster: 2\nnmae: x\nseed: -1\nmonths: 60.5\nparameters:\n  feee: 0.1\n  fee: 1.7\n  gate: yes\n"
        "  margin: {pert: [0.3, 0.2, 0.4]}\nclaims:\n  - {name: a, metric: nothing, interval: [4, 3]}\n"
        "arms:\n  - {name: x y}\n  - {name: b, mechanism: nosuch}\noutput: {quantiles: [2]}\n";
    const int lines[] = {1, 2, 3, 4, 6, 7, 8, 9, 11, 11, 13, 14, 15};
    const int n = (int)(sizeof lines / sizeof lines[0]);
    kl_study study;
    kl_diagnostics found;
    assert_int_equal(kl_study_parse(&study, text, strlen(text), "many.yaml", NULL, &found), KL_ERR_STUDY);
    assert_int_equal(found.n, n);
    assert_int_equal(found.n_errors, n);
    for (int i = 0; i < n; i++) {
        assert_int_equal(found.item[i].line, lines[i]);
        assert_true(found.item[i].column >= 1);
        assert_string_equal(found.item[i].file, "many.yaml");
    }
    kl_diagnostics_free(&found);
}

static void assert_refused(const char *text, size_t length, const char *says)
{
    kl_study study;
    kl_diagnostics found;
    assert_int_equal(kl_study_parse(&study, text, length, "t.yaml", NULL, &found), KL_ERR_STUDY);
    int said = 0;
    for (int i = 0; i < found.n; i++)
        said |= strstr(found.item[i].text, says) != NULL;
    if (!said)
        kl_diagnostics_print(&found, stderr);
    assert_true(said);
    kl_diagnostics_free(&found);
}

static void what_is_no_study_at_all_is_refused(void **state)
{
    (void)state;
    assert_refused("", 0, "empty");
    assert_refused("# nothing\n", 10, "empty");
    assert_refused("hello\n", 6, "a study is a map");
    assert_refused("- 1\n", 4, "a study is a map");
    assert_refused("name: x\n", 8, "'klaster: 1' is missing");
    assert_refused("klaster: 2\n", 11, "version 2");
    assert_refused("klaster: 1\0\n", 12, "control character");
}

static void size_and_depth_are_limited(void **state)
{
    (void)state;
    size_t length = ((size_t)16 << 20) + 1;
    char *text = malloc(length);
    assert_non_null(text);
    memset(text, '[', length);
    assert_refused(text, length, "16 MiB");
    assert_refused(text, length - 1, "nested too deep");
    memset(text, ',', length);
    assert_refused(text, length - 1, "too many values in one line");
    memset(text, ' ', length);
    assert_refused(text, length - 1, "empty");
    free(text);
}

static void write_file(const char *folder, const char *name, const char *text)
{
    char path[300];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static void assert_file_refused(const char *folder, const char *name, const char *in, int line, const char *says)
{
    char path[300];
    kl_study study;
    kl_diagnostics found;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_int_equal(kl_study_load(&study, path, NULL, &found), KL_ERR_STUDY);
    int said = 0;
    for (int i = 0; i < found.n; i++)
        said |= strstr(found.item[i].text, says) && strstr(found.item[i].file, in) && found.item[i].line == line;
    if (!said)
        kl_diagnostics_print(&found, stderr);
    assert_true(said);
    kl_diagnostics_free(&found);
}

static void nonsense_in_included_files_is_said_in_those_files(void **state)
{
    (void)state;
    char folder[] = "/tmp/klaster-nonsense-XXXXXX";
    assert_non_null(mkdtemp(folder));
    write_file(folder, "a.yaml", "klaster: 1\ninclude: b\n");
    write_file(folder, "b.yaml", "parameters:\n  fee: 0.1\n  feee: 0.1\n");
    assert_file_refused(folder, "a.yaml", "b.yaml", 3, "parameters.feee: unknown parameter");
    write_file(folder, "b.yaml", "include: c\n");
    write_file(folder, "c.yaml", "name: c\ninclude: [b]\n");
    assert_file_refused(folder, "a.yaml", "c.yaml", 2, "includes itself");
    write_file(folder, "b.yaml", "klaster: 1\nmonths: 3\n");
    assert_file_refused(folder, "a.yaml", "b.yaml", 2, "months: unknown key in a fragment");
    write_file(folder, "b.yaml", "sources: {fea: x}\n");
    assert_file_refused(folder, "a.yaml", "b.yaml", 1, "sources.fea: unknown parameter");
    write_file(folder, "b.yaml", "include: c0\n");
    for (int i = 0; i < 10; i++) {
        char name[20], text[40];
        snprintf(name, sizeof name, "c%d.yaml", i);
        snprintf(text, sizeof text, "include: c%d\n", i + 1);
        write_file(folder, name, text);
    }
    assert_file_refused(folder, "a.yaml", "c6.yaml", 1, "deeper than 8");
    write_file(folder, "m.yaml", "name: m\nstages:\n  - {name: a, kind: build, moths: 3}\n");
    write_file(folder, "a.yaml", "klaster: 1\nmechanism: m\n");
    assert_file_refused(folder, "a.yaml", "m.yaml", 3, "did you mean 'months'?");
    char command[100];
    snprintf(command, sizeof command, "rm -r %s", folder);
    assert_int_equal(system(command), 0);
}

/* A file's text must not be able to steer the terminal on which the sentence is shown. */
static void control_characters_never_reach_a_sentence(void **state)
{
    (void)state;
    const char *text = "klaster: 1\nname: \"\\e[31mred\\n\"\n\"\\e]0;x\": 1\n\"\\x9b31m\": 1\n";
    kl_study study;
    kl_diagnostics found;
    assert_int_equal(kl_study_parse(&study, text, strlen(text), "x\x1b.yaml", NULL, &found), KL_ERR_STUDY);
    assert_int_equal(found.n_errors, 3);
    for (int i = 0; i < found.n; i++) {
        assert_null(strstr(found.item[i].text, "\xc2\x9b"));
        for (const char *p = found.item[i].text; *p; p++)
            assert_true((unsigned char)*p >= 0x20);
    }
    assert_null(strchr(found.item[0].file, '\x1b'));
    kl_diagnostics_free(&found);
}

static void a_percent_sign_in_a_text_is_no_format(void **state)
{
    (void)state;
    const char *text = "klaster: 1\n\"%s%n%d\": 1\nname: \"%s%n\"\n";
    kl_study study;
    kl_diagnostics found;
    assert_int_equal(kl_study_parse(&study, text, strlen(text), "%s%n.yaml", NULL, &found), KL_ERR_STUDY);
    assert_int_equal(found.n_errors, 2);
    assert_non_null(strstr(found.item[0].text, "%s%n%d"));
    kl_diagnostics_free(&found);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_of_nonsense_is_said_at_its_place),
        cmocka_unit_test(what_follows_from_one_mistake_is_not_said_as_well),
        cmocka_unit_test(all_errors_of_a_file_are_said_in_one_go_and_in_order),
        cmocka_unit_test(what_is_no_study_at_all_is_refused),
        cmocka_unit_test(size_and_depth_are_limited),
        cmocka_unit_test(nonsense_in_included_files_is_said_in_those_files),
        cmocka_unit_test(control_characters_never_reach_a_sentence),
        cmocka_unit_test(a_percent_sign_in_a_text_is_no_format),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
