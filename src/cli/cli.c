/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the commands share; see cli.h. */
#define _DEFAULT_SOURCE 1 /* POSIX under -std=c11 */
#include "cli/cli.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/guard.h"
#include "cli/page.h"

/* ---- messages ---- */

static void say(const kl_cli *cli, kl_style style, const char *kind, const char *format, va_list arguments)
{
    char text[2048];
    vsnprintf(text, sizeof text, format, arguments);
    fputs("klaster: ", cli->err.file);
    if (*kind)
        kl_term_print(&cli->err, style, kind);
    kl_term_print(&cli->err, KL_PLAIN, text);
    putc('\n', cli->err.file);
}

void kl_say(const kl_cli *cli, kl_style style, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(cli, style, style == KL_WARN ? "warning: " : "", format, arguments);
    va_end(arguments);
}

int kl_fail(const kl_cli *cli, int code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(cli, KL_BAD, "error: ", format, arguments);
    va_end(arguments);
    return code;
}

int kl_exit_of(kl_status status)
{
    switch (status) {
    case KL_OK:
        return KL_EXIT_OK;
    case KL_ERR_STUDY:
    case KL_ERR_ARGUMENT:
    case KL_ERR_BOUNDS:
    case KL_ERR_COMBINATION:
    case KL_ERR_MECHANISM:
        return KL_EXIT_USAGE;
    case KL_ERR_INVARIANT:
        return KL_EXIT_FAILED;
    default:
        return KL_EXIT_IO;
    }
}

/* ---- output ---- */

int kl_finish_output(const kl_cli *cli, int code)
{
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout))
        return code;
    /* Where an earlier write failed, its reason is lost: ask for it once more. */
    int why = errno;
    if (why == 0 && write(STDOUT_FILENO, "\n", 1) < 0)
        why = errno;
    if (why == EPIPE)
        return code;
    return kl_fail(cli, KL_EXIT_IO, "cannot write to standard output: %s", why ? strerror(why) : "output was lost");
}

static atomic_bool json_lacks_memory;

static void *json_malloc(size_t size)
{
    void *memory = malloc(size);
    if (!memory)
        json_lacks_memory = true;
    return memory;
}

void kl_json_watch(void)
{
    json_set_alloc_funcs(json_malloc, free);
}

json_t *kl_json_whole(json_t *json)
{
    if (!json_lacks_memory)
        return json;
    json_decref(json);
    return NULL;
}

static int print_json(const kl_cli *cli, json_t *json, size_t flags)
{
    json = kl_json_whole(json);
    if (!json)
        return kl_fail(cli, KL_EXIT_IO, "out of memory");
    int failed = json_dumpf(json, stdout, flags) != 0;
    putchar('\n');
    json_decref(json);
    return failed && !ferror(stdout) ? kl_fail(cli, KL_EXIT_IO, "cannot write JSON") : KL_EXIT_OK;
}

int kl_print_json(const kl_cli *cli, json_t *json)
{
    return print_json(cli, json, JSON_INDENT(2) | JSON_REAL_PRECISION(17));
}

int kl_print_json_data(const kl_cli *cli, json_t *json)
{
    return print_json(cli, json, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(KL_PAGE_DIGITS));
}

json_t *kl_json_printable(const char *text)
{
    json_t *json = json_string(text);
    char *plain = json ? NULL : malloc(strlen(text) + 1);
    if (!plain)
        return json;
    strcpy(plain, text);
    for (char *p = plain; *p; p++)
        *p = (unsigned char)*p >= 0x80 ? '?' : *p;
    json = json_string(plain);
    free(plain);
    return json;
}

json_t *kl_json_number(double value)
{
    if (!isfinite(value))
        return json_null();
    if (value == floor(value) && fabs(value) < 9e15)
        return json_integer((json_int_t)value);
    return json_real(value);
}

/* ---- the command line ---- */

char *kl_command_line(const kl_cli *cli)
{
    size_t size = 1;
    for (int i = 0; i < cli->argc; i++)
        size += 4 * strlen(cli->argv[i]) + 3;
    char *text = malloc(size), *to = text;
    for (int i = 0; text && i < cli->argc; i++) {
        const char *from = i == 0 ? "klaster" : cli->argv[i];
        bool quoted = *from == '\0' || strpbrk(from, " \t\n\"'\\$`*?[]{}()<>|&;#~!") != NULL;
        to += sprintf(to, "%s%s", i ? " " : "", quoted ? "'" : "");
        for (; *from; from++)
            to += *from == '\'' ? sprintf(to, "'\\''") : sprintf(to, "%c", *from);
        to += sprintf(to, "%s", quoted ? "'" : "");
    }
    return text;
}

/* ---- studies and results ---- */

int kl_load_study(const kl_cli *cli, kl_study *study, const char *path, const kl_overrides *overrides)
{
    kl_diagnostics found;
    kl_status status = kl_study_load(study, path, overrides, &found);
    kl_diagnostics_print(&found, cli->err.file);
    if (status == KL_ERR_STUDY)
        kl_fail(cli, 0, "%s has %d error%s", path, found.n_errors, found.n_errors == 1 ? "" : "s");
    else if (status != KL_OK && (found.n == 0 || status == KL_ERR_MEMORY))
        kl_fail(cli, 0, "%s: %s", path, kl_status_text(status));
    kl_diagnostics_free(&found);
    return kl_exit_of(status);
}

int kl_open_result(const kl_cli *cli, kl_result *result, const char *path)
{
    kl_reason reason = {""};
    kl_status status = kl_guard_open(cli, result, path, &reason);
    if (status != KL_OK)
        return kl_fail(cli, kl_exit_of(status), "%s", reason.text[0] ? reason.text : kl_status_text(status));
    return KL_EXIT_OK;
}

int kl_find_arm(const kl_cli *cli, const kl_study *study, const char *name)
{
    for (int a = 0; a < study->n_arms; a++)
        if (strcmp(study->arm[a].name, name) == 0)
            return a;
    const char **names = malloc((size_t)study->n_arms * sizeof *names);
    for (int a = 0; names && a < study->n_arms; a++)
        names[a] = study->arm[a].name;
    const char *nearest = names ? kl_text_nearest(name, names, study->n_arms) : NULL;
    free(names);
    if (nearest)
        kl_fail(cli, 0, "no arm '%s'; did you mean '%s'?", name, nearest);
    else
        kl_fail(cli, 0, "no arm '%s'; the first of %d is '%s'", name, study->n_arms,
                study->n_arms ? study->arm[0].name : "");
    return -1;
}

bool kl_is_result_file(const char *path)
{
    static const char signature[8] = {'\x89', 'H', 'D', 'F', '\r', '\n', '\x1a', '\n'};
    char head[8];
    FILE *file = fopen(path, "rb");
    if (!file)
        return false;
    bool is = fread(head, 1, sizeof head, file) == sizeof head && memcmp(head, signature, sizeof head) == 0;
    fclose(file);
    return is;
}

kl_input *kl_inputs_of(const kl_study *study, int *n)
{
    *n = kl_study_inputs(study, NULL, 0);
    if (*n <= 0)
        return NULL;
    kl_input *input = calloc((size_t)*n, sizeof *input);
    if (!input)
        *n = -1;
    else
        *n = kl_study_inputs(study, input, *n);
    return input;
}

char *kl_text_input(char *buffer, size_t size, const kl_input *input, double value)
{
    if (isnan(value))
        snprintf(buffer, size, "%s", "");
    else if (value >= 0 && value < input->n_words)
        snprintf(buffer, size, "%s", input->word[(int)value]);
    else
        kl_text_exact(buffer, size, value);
    return buffer;
}
