/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Going on: whatever was played before - by a run that was killed, stopped, smaller, or one of several shards - is not
 * played again, and the file is the one that an unbroken run makes. */
#define _DEFAULT_SOURCE
#include "cli_shell.h"

/* 3 arms, points and replicates, so that blocks are cut in both; small clusters, so that it is quick. */
static const char study[] = "klaster: 1\n"
                            "name: small\n"
                            "seed: 11\n"
                            "months: 24\n"
                            "points: 120\n"
                            "replicates: 4\n"
                            "parameters:\n"
                            "  firms: {integer: [8, 20]}\n"
                            "  fee: {uniform: [0.01, 0.05]}\n"
                            "arms:\n"
                            "  - name: plain\n"
                            "  - name: granted\n"
                            "    parameters: {capex_grant: 60000}\n";

/* The same with another arm, between the two. */
static const char more_arms[] = "klaster: 1\n"
                                "name: small\n"
                                "seed: 11\n"
                                "months: 24\n"
                                "points: 120\n"
                                "replicates: 4\n"
                                "parameters:\n"
                                "  firms: {integer: [8, 20]}\n"
                                "  fee: {uniform: [0.01, 0.05]}\n"
                                "arms:\n"
                                "  - name: plain\n"
                                "  - name: free\n"
                                "    parameters: {fee: 0}\n"
                                "  - name: granted\n"
                                "    parameters: {capex_grant: 60000}\n";

#define SAME "h5diff --exclude-path /provenance "
#define QUIET " --quiet "

/* Play it, and send a signal as soon as something was committed. */
#define UNTIL_COMMITTED(signal, file, line)                                                                  \
    KL_PROGRAM " run " line " --checkpoint 0 -o " file " 2>.log & p=$!\n"                                    \
               "n=0; until test $(stat -c %s " file                                                          \
               ".journal 2>/dev/null || echo 0) -gt 64 || test $n = 2000; do sleep 0.01; n=$((n+1)); done\n" \
               "kill -" signal " $p; wait $p"

static void put(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static int set_up(void **state)
{
    int code = enter_scratch(state);
    if (code == 0) {
        put("small.yaml", study);
        put("arms.yaml", more_arms);
    }
    return code;
}

/* A number in what a run prints as JSON. */
static int64_t number_of(const char *line, const char *key)
{
    json_t *json = json_of(line);
    int64_t value = json_integer_value(json_object_get(json, key));
    json_decref(json);
    return value;
}

static void worlds_are_added_as_if_they_had_been_asked_for_at_once(void **state)
{
    (void)state;
    expect("klaster run small.yaml" QUIET "-o whole.h5", 0, "", "");
    expect("klaster run small.yaml" QUIET "-n 100 -o part.h5", 0, "", "");
    int64_t played = number_of("klaster run small.yaml --extend --json -o part.h5 2>.log", "runs_played");
    assert_int_equal(played, 120 * 4 * 2 - 100 * 2); /* 25 points of 4 replicates */
    expect(SAME "whole.h5 part.h5", 0, "", "");
}

static void replicates_are_added_too(void **state)
{
    (void)state;
    expect("sed 's/replicates: 4/replicates: 9/' small.yaml > nine.yaml", 0, "", "");
    expect("klaster run nine.yaml" QUIET "-o whole.h5", 0, "", "");
    expect("klaster run small.yaml" QUIET "-o part.h5", 0, "", "");
    int64_t played = number_of("klaster run nine.yaml --extend --json -o part.h5 2>.log", "runs_played");
    assert_int_equal(played, 120 * 5 * 2);
    expect(SAME "whole.h5 part.h5", 0, "", "");
}

static void arms_are_added_wherever_they_stand(void **state)
{
    (void)state;
    expect("klaster run arms.yaml" QUIET "-o whole.h5", 0, "", "");
    expect("klaster run small.yaml" QUIET "-o part.h5", 0, "", "");
    int64_t played = number_of("klaster run arms.yaml --extend --json -o part.h5 2>.log", "runs_played");
    assert_int_equal(played, 120 * 4);
    expect(SAME "whole.h5 part.h5", 0, "", "");
}

/* 4,800 worlds: more than the fans keep one by one. */
static void fans_that_outgrow_their_values_are_the_same_too(void **state)
{
    (void)state;
    expect("klaster run small.yaml -n 4800" QUIET "-o whole.h5", 0, "", "");
    expect("klaster run small.yaml -n 4000" QUIET "-o part.h5", 0, "", "");
    expect("klaster run small.yaml -n 4400 --extend" QUIET "-o part.h5", 0, "", "");
    expect("klaster run small.yaml -n 4800 --extend" QUIET "-o part.h5", 0, "", "");
    expect(SAME "whole.h5 part.h5", 0, "", "");
}

static void what_is_there_is_not_played_again_unless_it_is_asked_for(void **state)
{
    (void)state;
    expect("klaster run small.yaml" QUIET "-n 100 -o a.h5", 0, "", "");
    expect("klaster run small.yaml -n 100 -o a.h5", 3, "", "a.h5 exists already and is complete; --force");
    expect("klaster run small.yaml -n 100 --resume -o a.h5", 0, "", "nothing is left to play");
    expect("klaster run small.yaml -n 200 -o a.h5", 3, "", "holds 200 of the 400 runs of this study; --extend");
    expect("klaster run small.yaml -n 100 --seed 5 --extend -o a.h5", 3, "", "is not of this study (seed: 11 -> 5)");
    expect("klaster run small.yaml -n 40 --extend -o a.h5", 3, "", "is not of this study");
    expect("klaster run small.yaml -n 100 --seed 5 --force" QUIET "-o a.h5", 0, "", "");
    expect("printf nothing > b.h5; klaster run small.yaml --extend -o b.h5", 3, "", "cannot be gone on from");
}

static void a_run_that_is_stopped_goes_on(void **state)
{
    (void)state;
    expect("klaster run small.yaml -n 6000" QUIET "-o whole.h5", 0, "", "");
    expect(UNTIL_COMMITTED("INT", "part.h5", "small.yaml -n 6000"), 130, NULL, NULL);
    expect("klaster summary part.h5", 0, "INCOMPLETE", NULL);
    json_t *json = json_of("klaster run small.yaml -n 6000 --json -o part.h5 2>.log");
    int64_t played = json_integer_value(json_object_get(json, "runs_played"));
    assert_true(json_is_true(json_object_get(json, "complete")));
    assert_in_range(played, 1, 12000 - 1);
    json_decref(json);
    expect("grep -q 'going on: ' .log", 0, "", "");
    expect(SAME "whole.h5 part.h5", 0, "", "");
    expect("ls part.h5.*", 2, "", NULL);
}

static void a_run_that_is_killed_goes_on_from_its_journal(void **state)
{
    (void)state;
    expect("klaster run small.yaml -n 6000" QUIET "-o whole.h5", 0, "", "");
    expect(UNTIL_COMMITTED("KILL", "part.h5", "small.yaml -n 6000"), 137, NULL, NULL);
    expect("test ! -e part.h5 && test -s part.h5.journal", 0, "", "");
    json_t *json = json_of("klaster run small.yaml -n 6000 --json -o part.h5 2>.log");
    int64_t played = json_integer_value(json_object_get(json, "runs_played"));
    assert_in_range(played, 1, 12000 - 1);
    json_decref(json);
    expect("grep -q 'in the journal' .log", 0, "", "");
    expect(SAME "whole.h5 part.h5", 0, "", "");
    expect("ls part.h5.*", 2, "", NULL);
}

static void an_extension_that_is_killed_goes_on(void **state)
{
    (void)state;
    expect("klaster run small.yaml -n 6000" QUIET "-o whole.h5", 0, "", "");
    expect("klaster run small.yaml -n 5002" QUIET "-o part.h5", 0, "", "");
    expect("cp part.h5 before.h5", 0, "", "");
    expect(UNTIL_COMMITTED("KILL", "part.h5", "small.yaml -n 6000 --extend"), 137, NULL, NULL);
    expect("cmp part.h5 before.h5", 0, "", "");
    expect("test -s part.h5.journal", 0, "", "");
    /* what the journal was begun with is gone: it alone is of no use */
    expect("mv part.h5 away.h5; klaster run small.yaml -n 6000 -o part.h5", 3, "", "held other runs than now");
    expect("mv away.h5 part.h5; klaster run small.yaml -n 6000 --extend" QUIET "-o part.h5", 0, "", "");
    expect(SAME "whole.h5 part.h5", 0, "", "");
}

/* As where its name could not be removed, or the machine went down between the last two steps. */
static void a_journal_that_outlived_its_file_goes_with_the_next_run(void **state)
{
    (void)state;
    expect("klaster run small.yaml -n 6400" QUIET "-o whole.h5", 0, "", "");
    expect(UNTIL_COMMITTED("KILL", "part.h5", "small.yaml -n 6000"), 137, NULL, NULL);
    expect("cp part.h5.journal kept; klaster run small.yaml -n 6000" QUIET "-o part.h5", 0, "", "");
    expect("cp kept part.h5.journal; klaster run small.yaml -n 6000 --resume -o part.h5", 0, NULL,
           "0 are to be played");
    expect("ls part.h5.*", 2, "", NULL);
    expect("cp kept part.h5.journal; klaster run small.yaml -n 6400 --extend" QUIET "-o part.h5", 0, "", "");
    expect("ls part.h5.*", 2, "", NULL);
    expect(SAME "whole.h5 part.h5", 0, "", "");
}

static void the_journal_of_another_study_is_left_alone(void **state)
{
    (void)state;
    expect(UNTIL_COMMITTED("KILL", "a.h5", "small.yaml -n 6000"), 137, NULL, NULL);
    expect("cp a.h5.journal before; klaster run small.yaml -n 100 --seed 3 -o a.h5", 3, "",
           "unfinished work of another study");
    expect("cmp a.h5.journal before", 0, "", "");
    expect("klaster run small.yaml -n 100 --seed 3 --force" QUIET "-o a.h5", 0, "", "");
    expect("ls a.h5.*", 2, "", NULL);
}

static void shards_are_parts_of_the_whole(void **state)
{
    (void)state;
    int64_t sum = 0;
    for (int i = 1; i <= 3; i++) {
        char line[160];
        snprintf(line, sizeof line, "klaster run small.yaml --shard %d/3 --json -o shard-%d.h5 2>.log", i, i);
        json_t *json = json_of(line);
        assert_false(json_is_true(json_object_get(json, "complete")));
        sum += json_integer_value(json_object_get(json, "runs_done"));
        json_decref(json);
    }
    assert_int_equal(sum, 120 * 4 * 2);
    expect("klaster run small.yaml --shard 0/3 -o x.h5", 2, "", "'0/3' is not I/N");
    expect("klaster run small.yaml --shard 4/3 -o x.h5", 2, "", "'4/3' is not I/N");
    expect("klaster run small.yaml --shard 1/3x -o x.h5", 2, "", "'1/3x' is not I/N");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, leave_scratch)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(worlds_are_added_as_if_they_had_been_asked_for_at_once),
        TEST(replicates_are_added_too),
        TEST(arms_are_added_wherever_they_stand),
        TEST(fans_that_outgrow_their_values_are_the_same_too),
        TEST(what_is_there_is_not_played_again_unless_it_is_asked_for),
        TEST(a_run_that_is_stopped_goes_on),
        TEST(a_run_that_is_killed_goes_on_from_its_journal),
        TEST(an_extension_that_is_killed_goes_on),
        TEST(a_journal_that_outlived_its_file_goes_with_the_next_run),
        TEST(the_journal_of_another_study_is_left_alone),
        TEST(shards_are_parts_of_the_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
