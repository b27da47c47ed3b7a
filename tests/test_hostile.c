/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Files that are damaged, foreign or made to harm: each gets a sentence, and none of their text reaches a terminal as more than
 * text. The fuzzers (tests/fuzz) look for what nobody thought of; here stands what they found, and what must hold in any case. */
#define _DEFAULT_SOURCE /* mkdtemp, setenv */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <hdf5.h>
#include <jansson.h>
#include <signal.h>
#include <time.h>

#include "cli_shell.h"
#include "fuzz/fuzz.h"
#include "klaster/klaster.h"

static const char study_text[] =
    "klaster: 1\nname: small\ntitle: \"A \\e[31msmall\\a \\u009b31mstudy\"\nmonths: 2\npoints: 3\nreplicates: 2\n"
    "parameters: {firms: 6, fee: {uniform: [0.01, 0.02]}}\n"
    "arms:\n  - {name: a, label: \"\\e]0;title\\a\"}\n  - {name: b, label: \"=1+1 \\u0085\", parameters: {gate: "
    "false}}\n"
    "claims:\n  - {name: c, metric: brand, interval: [0, 3], source: \"\\e[2J\"}\n";

static int enter(void **state)
{
    return enter_with(state, "small.yaml", study_text, "klaster run small.yaml -q -o r.h5; klaster claims r.h5");
}

/* ---- study files ---- */

static void a_name_that_is_cut_leaves_no_half_character(void **state)
{
    (void)state;
    for (int before = 0; before < 4; before++) {
        char text[800] = "klaster: 1\nparameters:\n  ";
        memset(text + strlen(text), 'x', (size_t)before);
        for (int i = 0; i < 100; i++)
            strcat(text, "\xE2\x82\xAC"); /* three bytes each */
        strcat(text, ": 1\n");
        kl_study study;
        kl_diagnostics found;
        assert_int_equal(kl_study_parse(&study, text, strlen(text), "t.yaml", NULL, &found), KL_ERR_STUDY);
        assert_true(found.n > 0);
        for (int i = 0; i < found.n; i++)
            assert_true(fuzz_is_printable(found.item[i].text));
        kl_diagnostics_free(&found);
    }
}

/* Without a limit to the search for near words this took minutes. */
static void a_hundred_thousand_unknown_keys_are_counted(void **state)
{
    (void)state;
    enum { ARMS = 200, KEYS = 500 };
    char *text = malloc((size_t)ARMS * KEYS * 40), *to = text;
    assert_non_null(text);
    to += sprintf(to, "klaster: 1\narms:\n");
    for (int a = 0; a < ARMS; a++) {
        to += sprintf(to, "  - name: a%d\n    parameters:\n", a);
        for (int k = 0; k < KEYS; k++)
            to += sprintf(to, "      unknown_%d_%d: 1\n", a, k);
    }
    kl_study study;
    kl_diagnostics found;
    assert_int_equal(kl_study_parse(&study, text, (size_t)(to - text), "t.yaml", NULL, &found), KL_ERR_STUDY);
    assert_int_equal(found.n_errors, ARMS * KEYS);
    assert_int_equal(found.n, 200);
    kl_diagnostics_free(&found);
    free(text);
}

/* `head`, then n times `item` with its number, then `tail`. */
static void assert_refuses_many(const char *head, const char *item, int n, const char *tail, const char *says)
{
    size_t size = strlen(head) + (size_t)n * (strlen(item) + 10) + strlen(tail) + 1;
    char *text = malloc(size), *to = text;
    assert_non_null(text);
    to += snprintf(to, size, "%s", head);
    for (int i = 0; i < n; i++)
        for (const char *p = item; *p; p++)
            to += *p == '#' ? sprintf(to, "%d", i) : sprintf(to, "%c", *p);
    strcpy(to, tail);
    kl_study study;
    kl_diagnostics found;
    assert_int_equal(kl_study_parse(&study, text, strlen(text), "t.yaml", NULL, &found), KL_ERR_STUDY);
    int is_said = 0;
    for (int i = 0; i < found.n; i++)
        is_said |= strstr(found.item[i].text, says) != NULL;
    if (!is_said)
        kl_diagnostics_print(&found, stderr);
    assert_true(is_said);
    kl_diagnostics_free(&found);
    free(text);
}

static void every_limit_is_a_sentence(void **state)
{
    (void)state;
    assert_refuses_many("klaster: 1\nparameters: ", "[", 33, "", "nested too deep");
    assert_refuses_many("klaster: 1\nparameters: ", "[", 10001, "", "nested too deep");
    assert_refuses_many("klaster: 1\nparameters:\n", "  k#: 1\n", 1025, "", "too many keys in one map");
    assert_refuses_many("klaster: 1\narms:\n", "  - {name: a#}\n", 1001, "", "at most 1000");
    assert_refuses_many("klaster: 1\nclaims:\n", "  - {name: c#, metric: brand, interval: [0, 1]}\n", 1001, "",
                        "at most 1000");
    assert_refuses_many("klaster: 1\ntargets:\n", "  - {metric: brand, value: 1, tolerance: 1}\n", 1001, "",
                        "at most 1000");
    assert_refuses_many("klaster: 1\nname: ", "a", 65, "\n", "name:");
    assert_refuses_many("klaster: 1\nparameters: {a: [\n", "  1,\n", 2000001, "]}\n", "too many values");
    assert_refuses_many("klaster: 1\nparameters: {a: [", ",", 100001, "]}\n", "too many values in one line");
}

/* ---- result files ---- */

typedef struct bytes {
    size_t n;
    uint8_t *at;
} bytes;

static bytes read_bytes(const char *path)
{
    bytes all = {0, NULL};
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    all.n = (size_t)ftell(file);
    rewind(file);
    all.at = malloc(all.n);
    assert_non_null(all.at);
    assert_int_equal(fread(all.at, 1, all.n, file), all.n);
    fclose(file);
    return all;
}

static void write_bytes(const char *path, const uint8_t *from, size_t n)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(from, 1, n, file), n);
    assert_int_equal(fclose(file), 0);
}

/* The program must end with one of its exit codes; with a sentence about the file where it is 3. */
static int assert_ends_in_peace(const char *line)
{
    said s = shell(line);
    if (s.code != 0 && s.code != 1 && s.code != 3)
        print_error("%s: exit code %d\n%s%s", line, s.code, s.out, s.err);
    assert_true(s.code == 0 || s.code == 1 || s.code == 3);
    if (s.code == 3) {
        const char *text = s.err[0] ? s.err : s.out; /* verify reports, others complain */
        assert_says(text, "bad.h5");
    }
    int code = s.code;
    forget(&s);
    return code;
}

static void every_cut_of_a_result_file_is_refused(void **state)
{
    (void)state;
    bytes whole = read_bytes("r.h5");
    const size_t near[] = {0, 1, 7, 8, 9, 47, 48, 95, 96, 511, 512, 2047, 2048, whole.n - 1};
    for (size_t i = 0; i < sizeof near / sizeof near[0] + 12; i++) {
        size_t n = i < 14 ? near[i] : whole.n * (i - 13) / 13;
        write_bytes("bad.h5", whole.at, n);
        assert_int_equal(assert_ends_in_peace("klaster summary bad.h5"), 3);
    }
    free(whole.at);
}

/* A file is opened, and all of it read, with a wrong bit at many places. (A wrong bit in what no reader looks at is no error.) */
static void a_wrong_bit_anywhere_ends_in_peace(void **state)
{
    (void)state;
    bytes whole = read_bytes("r.h5");
    int n_refused = 0;
    for (size_t i = 0; i < 60; i++) {
        size_t at = i < 12 ? i * 8 : (i * 2654435761U) % whole.n;
        whole.at[at] ^= (uint8_t)(1U << i % 8);
        write_bytes("bad.h5", whole.at, whole.n);
        whole.at[at] ^= (uint8_t)(1U << i % 8);
        n_refused += assert_ends_in_peace(i % 2 ? "klaster verify bad.h5" : "klaster show bad.h5") != 0;
    }
    assert_true(n_refused > 5);
    free(whole.at);
}

/* HDF5 1.10.8 does not return from a heap with an object that ends where it begins. */
static void a_heap_of_texts_without_end_is_refused(void **state)
{
    (void)state;
    static const uint64_t sizes[] = {0, UINT64_MAX, UINT64_MAX - 15, (uint64_t)1 << 40};
    bytes whole = read_bytes("r.h5");
    int n_heaps = 0, n_refused = 0;
    for (size_t at = 0; at + 64 < whole.n; at += 8) {
        if (memcmp(whole.at + at, "GCOL", 4) != 0)
            continue;
        uint8_t kept[16];
        memcpy(kept, whole.at + at + 16, 16);
        memset(whole.at + at + 16, 0, 2); /* its first object is now free space */
        for (int b = 0; b < 8; b++)
            whole.at[at + 24 + (size_t)b] = (uint8_t)(sizes[n_heaps % 4] >> 8 * b);
        write_bytes("bad.h5", whole.at, whole.n);
        memcpy(whole.at + at + 16, kept, 16);
        n_refused += assert_ends_in_peace("klaster verify bad.h5") != 0;
        n_heaps++;
    }
    assert_true(n_heaps > 4);
    assert_int_equal(n_refused, n_heaps);
    free(whole.at);
}

static void a_foreign_file_is_refused(void **state)
{
    (void)state;
    hid_t file = H5Fcreate("bad.h5", H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(file >= 0 && H5Fclose(file) >= 0);
    expect("klaster summary bad.h5", 3, "", "not one of klaster");
    expect("klaster verify bad.h5", 1, "not one of klaster", NULL);
    expect("cp small.yaml bad.h5; klaster summary bad.h5", 3, "", "no HDF5 file");
    expect("rm bad.h5; mkdir bad.h5; klaster summary bad.h5", 3, "", "no regular file");
    expect("rmdir bad.h5; mkfifo bad.h5; klaster summary bad.h5", 3, "", "no regular file");
    expect("rm bad.h5; ln -s bad.h5 bad.h5; klaster summary bad.h5; c=$?; rm bad.h5; exit $c", 3, "", "bad.h5");
    expect("klaster summary /dev/null", 3, "", "/dev/null");
}

/* ---- text ---- */

static void assert_harmless(const char *line)
{
    said s = shell(line);
    const char *texts[] = {s.out, s.err};
    assert_true(s.code == 0 || s.code == 1);
    for (int i = 0; i < 2; i++)
        for (const char *p = texts[i]; *p; p++)
            if ((*p < 0x20 && *p >= 0 && *p != '\n' && *p != '\r') || *p == 0x7f ||
                (p[0] == '\xC2' && (unsigned char)p[1] < 0xA0))
                fail_msg("%s: byte 0x%02x", line, (unsigned char)*p);
    forget(&s);
}

static void no_text_of_a_file_steers_a_terminal(void **state)
{
    static const char *const lines[] = {
        "klaster check small.yaml",
        "klaster run small.yaml -f -o again.h5",
        "klaster summary r.h5 --all",
        "klaster show r.h5",
        "klaster show r.h5 claims --explain",
        "klaster compare r.h5",
        "klaster claims r.h5",
        "klaster replay r.h5 --point 1 --firms",
        "klaster verify r.h5",
        "klaster diff r.h5 again.h5",
        "sed 's/gate: false/gate: true/; s/small/other/' small.yaml > other.yaml; klaster run other.yaml -q -o "
        "other.h5; "
        "klaster diff r.h5 other.h5 || true",
        "klaster merge r.h5 other.h5 -o merged.h5 || true",
        "klaster summary r.h5 --arm \"$(printf 'x\\033[31m')\" || true",
    };
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        assert_harmless(lines[i]);
}

/* ---- the child process ---- */

/* `klaster export` of more than a pipe holds, with nobody reading: it stays where it is. */
static pid_t start_export(int *pipe_end)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork();
    if (pid == 0) {
        int err = open("guard.err", O_WRONLY | O_CREAT | O_TRUNC, 0600);
        dup2(ends[1], STDOUT_FILENO);
        dup2(err, STDERR_FILENO);
        close(ends[0]);
        close(ends[1]);
        execl(KL_PROGRAM, "klaster", "export", "long.h5", (char *)NULL);
        _exit(99);
    }
    close(ends[1]);
    *pipe_end = ends[0];
    return pid;
}

/* The process that reads the file: the only child of the program. 0 where the system does not tell. */
static pid_t child_of(pid_t pid)
{
    char path[100];
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)pid, (int)pid);
    const struct timespec pause = {0, 20000000};
    for (int i = 0; i < 500; i++) {
        int child = 0;
        FILE *file = fopen(path, "r");
        if (!file)
            return 0;
        int n = fscanf(file, "%d", &child);
        fclose(file);
        if (n == 1)
            return child;
        nanosleep(&pause, NULL);
    }
    return 0;
}

/* How the program ends when its child, or itself, gets a signal; what it says is in guard.err. */
static int end_by(int number, int of_the_child)
{
    int pipe_end, status;
    char byte;
    pid_t pid = start_export(&pipe_end), child = child_of(pid);
    assert_int_equal(read(pipe_end, &byte, 1), 1); /* by now it has opened the file */
    if (child > 0)
        kill(of_the_child ? child : pid, number);
    else
        kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    close(pipe_end);
    if (child == 0)
        skip();
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void make_long_file(void)
{
    expect(
        "sed 's/points: 3/points: 400/' small.yaml > long.yaml; [ -e long.h5 ] || klaster run long.yaml -q -o long.h5",
        0, "", "");
}

static void a_crash_of_the_child_is_a_sentence(void **state)
{
    (void)state;
#ifdef KL_NO_CLONES
    skip(); /* a sanitizer catches these signals itself, and reports */
#endif
    static const int numbers[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE};
    make_long_file();
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        assert_int_equal(end_by(numbers[i], 1), 3);
        char *text = slurp("guard.err");
        assert_says(text, "klaster: error: long.h5: crashed while reading it");
        free(text);
    }
}

static void signals_reach_the_child_and_end_both(void **state)
{
    (void)state;
    make_long_file();
    assert_int_equal(end_by(SIGTERM, 0), 143);
    assert_int_equal(end_by(SIGINT, 0), 130);
    assert_int_equal(end_by(SIGHUP, 0), 129);
    assert_int_equal(end_by(SIGTERM, 1), 143);
    assert_int_equal(end_by(SIGKILL, 1), 137);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_that_is_cut_leaves_no_half_character),
        cmocka_unit_test(a_hundred_thousand_unknown_keys_are_counted),
        cmocka_unit_test(every_limit_is_a_sentence),
        cmocka_unit_test(every_cut_of_a_result_file_is_refused),
        cmocka_unit_test(a_wrong_bit_anywhere_ends_in_peace),
        cmocka_unit_test(a_heap_of_texts_without_end_is_refused),
        cmocka_unit_test(a_foreign_file_is_refused),
        cmocka_unit_test(no_text_of_a_file_steers_a_terminal),
        cmocka_unit_test(a_crash_of_the_child_is_a_sentence),
        cmocka_unit_test(signals_reach_the_child_and_end_both),
    };
    return cmocka_run_group_tests_name("hostile files", tests, enter, leave_scratch);
}
