/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * klaster merge: shards become what one run would have made, whatever their number and order; what does not belong together,
 * overlaps or leaves gaps is refused by name. */
#define _DEFAULT_SOURCE 1 /* mkdtemp under -std=c11 */
#include "cli_shell.h"

#include <hdf5.h>

/* Several blocks; the last one smaller than the others. */
static const char study[] = "klaster: 1\nname: m\nseed: 7\nmonths: 12\npoints: 700\nreplicates: 2\n"
                            "mechanism: {choice: [five-stage, big-bang]}\nparameters: {firms: 8}\n"
                            "arms:\n  - name: base\n  - name: aided\n    parameters: {opex_support: 0.5}\n";

#define SAME                                                                                                          \
    "klaster diff whole.h5 out.h5 && { ! command -v h5diff >/dev/null || h5diff --exclude-path=/provenance whole.h5 " \
    "out.h5; }"

static int prepare(void **state)
{
    return enter_with(state, "m.yaml", study,
                      "klaster run m.yaml -o whole.h5 -q; for i in 1 2 3; do "
                      "klaster run m.yaml -o s$i.h5 -q --shard $i/3 -j 1 || exit 1; done");
}

static void shards_in_any_number_and_order_give_the_file_of_one_run(void **state)
{
    (void)state;
    expect("klaster merge s3.h5 s1.h5 s2.h5 -o out.h5", 0, "3 files: 2,800 runs\n-> out.h5\n", "");
    expect(SAME, 0, "the same numbers", "");
    expect("klaster verify out.h5 --replay 20", 0, "out.h5: sound: 2,800 runs", "");
    for (int n = 1; n <= 10; n += 9) {
        char line[300];
        snprintf(line, sizeof line,
                 "rm -f t*.h5; for i in $(seq %d); do klaster run m.yaml -o t$i.h5 -q --shard $i/%d || exit 9; done; "
                 "klaster merge t*.h5 -o out.h5 --force -q && " SAME,
                 n, n);
        expect(line, 0, "the same numbers", "");
    }
    json_t *json = json_of("klaster merge s1.h5 s2.h5 s3.h5 -o out.h5 -f --json");
    assert_true(json_is_true(json_object_get(json, "complete")));
    assert_int_equal(json_integer_value(json_object_get(json, "runs_done")), 2800);
    json_decref(json);
}

static void what_is_missing_is_named_and_nothing_is_written(void **state)
{
    (void)state;
    expect("klaster merge s1.h5 s3.h5 -o gap.h5", 2, "", "runs are missing, and nothing was merged:");
    expect("klaster merge s1.h5 s3.h5 -o gap.h5", 2, "", "shard 2/3 is missing");
    expect("ls gap.h5*", 2, "", NULL);
    expect("klaster merge s1.h5 s3.h5 -o some.h5 --partial", 0, "(incomplete)", "");
    expect("klaster verify some.h5", 1, "incomplete", NULL);
    /* no shard any more */
    expect("klaster merge some.h5 -o gap.h5", 2, "", "runs among points");
    expect("klaster merge some.h5 s2.h5 -o out.h5 -f && " SAME, 0, "the same numbers", "");
    /* and a run goes on from it */
    expect("cp some.h5 out.h5; klaster run m.yaml -o out.h5 -q && " SAME, 0, "the same numbers", "");
}

static void what_does_not_belong_together_is_refused_with_what_differs(void **state)
{
    (void)state;
    expect("klaster run m.yaml -o other.h5 -f -q --seed 8 --set aided.fee=0.1", 0, "", "");
    expect("klaster merge s1.h5 other.h5 -o no.h5", 2, "", "s1.h5 and other.h5 are of different studies");
    expect("klaster merge s1.h5 other.h5 -o no.h5", 2, "", "seed: 7 -> 8");
    expect("klaster merge s1.h5 other.h5 -o no.h5", 2, "", "arm 'aided', fee: 0.03 -> 0.1");
    expect("klaster merge s1.h5 s2.h5 s1.h5 s3.h5 -o no.h5", 2, "", "s1.h5 and s1.h5 are the same file");
    expect("cp s1.h5 copy.h5; klaster merge s1.h5 s2.h5 copy.h5 s3.h5 -o no.h5", 2, "",
           "copy.h5: holds runs that s1.h5 holds too (arm 'base', point 0, replicate 0)");
    expect("klaster run m.yaml -o half.h5 -q --shard 1/2; klaster merge s1.h5 half.h5 --partial -o no.h5", 2, "",
           "half.h5: holds runs that s1.h5 holds too");
    expect("ls no.h5*", 2, "", NULL);
}

static void set_text(const char *path, const char *name, const char *text)
{
    hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT), attribute = H5Aopen(file, name, H5P_DEFAULT);
    hid_t type = H5Aget_type(attribute);
    assert_true(H5Awrite(attribute, type, &text) >= 0);
    H5Tclose(type);
    H5Aclose(attribute);
    H5Fclose(file);
}

static void shards_of_another_version_are_refused(void **state)
{
    (void)state;
    expect("cp s2.h5 old.h5", 0, "", "");
    set_text("old.h5", "engine_version", "0.0.9");
    expect("klaster merge s1.h5 old.h5 s3.h5 -o no.h5", 2, "",
           "of klaster 0.0.9: their numbers do not belong together");
}

static void a_study_that_holds_the_others_takes_their_runs(void **state)
{
    (void)state;
    /* all of the smaller study, and of the larger one what it lacks */
    expect(
        "klaster run m.yaml -n 800 -o part.h5 -q && cp part.h5 more.h5 && klaster run m.yaml -o more.h5 --extend -q && "
        "klaster diff more.h5 whole.h5",
        0, "the same numbers", "");
    expect("klaster merge part.h5 whole.h5 -o no.h5", 2, "", "holds runs that");
    expect("klaster merge part.h5 -o out.h5 -f && klaster diff part.h5 out.h5", 0, "the same numbers", "");
}

static void files_that_cannot_be_read_or_written_are_said(void **state)
{
    (void)state;
    expect("klaster merge s1.h5 nothing.h5 -o no.h5", 3, "", "nothing.h5: No such file");
    expect("touch late.h5.journal; klaster merge s1.h5 late.h5 -o no.h5", 3, "", "late.h5.journal is there");
    expect("klaster merge s1.h5 s2.h5 s3.h5 -o whole.h5", 3, "", "whole.h5 exists already; --force");
    expect("klaster merge s1.h5 s2.h5 s3.h5 -o no/such/dir.h5", 3, "", NULL);
    expect("klaster merge s1.h5", 2, "", "-o FILE is missing");
    expect("klaster merge -o no.h5", 2, "", "FILE... is missing");
    /* more files than may usually be open */
    expect("rm -f t*.h5; for i in $(seq 12); do klaster run m.yaml -o t$i.h5 -q --shard $i/12 || exit 9; done; "
           "(ulimit -S -n 20; klaster merge t*.h5 -o out.h5 -f -q) && " SAME,
           0, "the same numbers", "");
}

/* A damaged shard is refused whole, or gives what it gave before. */
static void a_damaged_shard_spoils_nothing(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++) {
        char line[400];
        snprintf(
            line, sizeof line,
            "cp s2.h5 bad.h5; size=$(stat -c %%s bad.h5); "
            "printf '\\%03o' | dd of=bad.h5 bs=1 seek=$((size * %d / 20 + 7)) conv=notrunc 2>/dev/null; rm -f out.h5; "
            "klaster merge s1.h5 bad.h5 s3.h5 -o out.h5 -q 2>/dev/null; "
            "test ! -e out.h5 || klaster diff whole.h5 out.h5 >/dev/null",
            (i * 37 + 5) % 256, i);
        expect(line, 0, NULL, NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shards_in_any_number_and_order_give_the_file_of_one_run),
        cmocka_unit_test(what_is_missing_is_named_and_nothing_is_written),
        cmocka_unit_test(what_does_not_belong_together_is_refused_with_what_differs),
        cmocka_unit_test(shards_of_another_version_are_refused),
        cmocka_unit_test(a_study_that_holds_the_others_takes_their_runs),
        cmocka_unit_test(files_that_cannot_be_read_or_written_are_said),
        cmocka_unit_test(a_damaged_shard_spoils_nothing),
    };
    return cmocka_run_group_tests(tests, prepare, leave_scratch);
}
