/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * For tests of the program: run a shell command line in a scratch directory and look at what it said. `klaster` in the
 * line is the program under test. */
#ifndef KLASTER_TESTS_CLI_SHELL_H
#define KLASTER_TESTS_CLI_SHELL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct said {
    int code;        /* exit code; 128 + number when a signal killed it */
    char *out, *err; /* all that was printed */
} said;

static char *slurp(const char *path)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t size = 0, capacity = 1 << 16;
    char *text = malloc(capacity);
    assert_non_null(text);
    for (size_t n; (n = fread(text + size, 1, capacity - size - 1, file)) > 0;) {
        size += n;
        if (size + 1 >= capacity) {
            capacity *= 2;
            char *larger = realloc(text, capacity);
            assert_non_null(larger);
            text = larger;
        }
    }
    text[size] = '\0';
    fclose(file);
    return text;
}

/* The line may use any shell syntax; standard output and error are those of the whole line. */
static said shell(const char *line)
{
    char command[8192];
    int n = snprintf(command, sizeof command, "klaster() { '%s' \"$@\"; }\n{\n%s\n} >.out 2>.err", KL_PROGRAM, line);
    assert_in_range(n, 1, sizeof command - 1);
    int status = system(command);
    said s = {.out = slurp(".out"), .err = slurp(".err")};
    s.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return s;
}

static void forget(said *s)
{
    free(s->out);
    free(s->err);
}

/* Run a line, expect an exit code and words on each stream (NULL: whatever; "": nothing at all). */
static void expect(const char *line, int code, const char *out, const char *err)
{
    said s = shell(line);
    int good = s.code == code;
    const char *const want[] = {out, err}, *const got[] = {s.out, s.err};
    for (int i = 0; i < 2; i++)
        if (want[i])
            good = good && (*want[i] ? strstr(got[i], want[i]) != NULL : *got[i] == '\0');
    if (!good)
        print_error("%s\nexit code %d, expected %d\nstdout: %.3000s\nstderr: %.3000s\nexpected '%s' and '%s'\n", line,
                    s.code, code, s.out, s.err, out ? out : "-", err ? err : "-");
    forget(&s);
    assert_true(good);
}

static inline void assert_says(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("'%s' is not in:\n%s", part, text);
}

/* What a line prints as JSON, of exit code 0. */
static inline json_t *json_of(const char *line)
{
    json_error_t error;
    said s = shell(line);
    json_t *json = json_loads(s.out, 0, &error);
    if (!json || s.code != 0)
        print_error("%s\nexit code %d\n%s\n%s at %d: %.300s\n", line, s.code, s.err, error.text, error.line, s.out);
    assert_non_null(json);
    assert_int_equal(s.code, 0);
    forget(&s);
    return json;
}

static char scratch[64];

/* Go to a directory of our own; the locale is a plain one, so that output is the same everywhere. */
static int enter_scratch(void **state)
{
    (void)state;
    snprintf(scratch, sizeof scratch, "/tmp/klaster-cli-XXXXXX");
    setenv("LC_ALL", "C", 1);
    unsetenv("COLUMNS");
    return mkdtemp(scratch) && chdir(scratch) == 0 ? 0 : -1;
}

static int leave_scratch(void **state)
{
    char command[128];
    (void)state;
    snprintf(command, sizeof command, "rm -rf '%s'", scratch);
    return chdir("/") == 0 && system(command) == 0 ? 0 : -1;
}

/* Go to a directory of our own, write a study there and run the line that plays it. */
static inline int enter_with(void **state, const char *path, const char *text, const char *line)
{
    if (enter_scratch(state) != 0)
        return -1;
    FILE *file = fopen(path, "w");
    if (!file || fputs(text, file) < 0 || fclose(file) != 0)
        return -1;
    said s = shell(line);
    int code = s.code;
    if (code != 0)
        print_error("%s%s", s.out, s.err);
    forget(&s);
    return code;
}

#endif
