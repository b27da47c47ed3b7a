/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the commands of `klaster` share: context, exit codes, messages, loading of studies. The only layer that prints,
 * exits or handles signals; one file a command. */
#ifndef KLASTER_CLI_CLI_H
#define KLASTER_CLI_CLI_H

#include <jansson.h>

#include "cli/options.h"
#include "cli/text.h"
#include "klaster/klaster.h"

/* X(ENUMERATOR, number, meaning); part of the interface. A signal adds 128 + its number. */
#define KL_EXIT_LIST(X)                                                           \
    X(OK, 0, "done")                                                              \
    X(FAILED, 1, "done, but some runs failed, or a check that was asked for did") \
    X(USAGE, 2, "the command line or the study is wrong; nothing was done")       \
    X(IO, 3, "a file cannot be read or written, or the study does not fit this machine")

#define KL_EXIT_STOPPED_NUMBERS "129, 130, 143"
#define KL_EXIT_STOPPED_MEANING "stopped by hang-up, Ctrl-C, termination; what was finished is in the file"

typedef enum kl_exit {
#define KL_EXIT_ENUMERATOR(name, number, meaning) KL_EXIT_##name = number,
    KL_EXIT_LIST(KL_EXIT_ENUMERATOR)
#undef KL_EXIT_ENUMERATOR
} kl_exit;

struct kl_cli {
    int argc;
    char **argv; /* the whole command line, for the provenance */
    kl_term out, err;
    kl_guard *guard; /* of a child process that reads result files; NULL: none */
};

/* The commands; argv[0] is the command's own name. Each returns an exit code. */
extern const kl_command kl_command_run, kl_command_check, kl_command_params, kl_command_summary, kl_command_replay,
    kl_command_export, kl_command_show, kl_command_compare, kl_command_sensitivity, kl_command_calibrate,
    kl_command_synergy, kl_command_discover, kl_command_claims, kl_command_init, kl_command_version, kl_command_help,
    kl_command_decide, kl_command_verify, kl_command_diff, kl_command_merge, kl_command_report;

/* Not among the groups: it is for the shells' completion, complete.c. */
extern const kl_command kl_command_complete;

/* The commands by what they are for, in the order in which they are shown; ended by a heading that is NULL. */
typedef struct kl_command_group {
    const char *heading;
    const kl_command *command[8]; /* ended by NULL */
} kl_command_group;

const kl_command_group *kl_command_groups(void);
const kl_command *kl_command_find(const char *name); /* NULL where there is none */

/* Say that there is no such command (did you mean); returns KL_EXIT_USAGE. */
int kl_command_unknown(const kl_cli *cli, const char *name);

/* Print "klaster: <text>" to stderr; what is printed through %s is data, control characters are escaped. */
void kl_say(const kl_cli *cli, kl_style style, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The same as an error; returns `code`. */
int kl_fail(const kl_cli *cli, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The exit code that belongs to a status. */
int kl_exit_of(kl_status status);

/* Flush stdout. A reader that went away is no error; anything else that could not be written is: exit code 3. */
int kl_finish_output(const kl_cli *cli, int code);

/* Note from now on whether jansson runs out of memory, so that nobody has to ask after every member. Call it first. */
void kl_json_watch(void);

/* Print JSON to stdout, indented, with an end of line; NULL, or jansson having run out of memory, is an error. Takes the
 * reference. */
int kl_print_json(const kl_cli *cli, json_t *json);

/* The same for data rather than for people: on one line, ASCII only, with the digits that pages have (page.h). */
int kl_print_json_data(const kl_cli *cli, json_t *json);

/* JSON of which nothing is lost: itself, or NULL, and the reference is taken, where jansson ran out of memory at any time. */
json_t *kl_json_whole(json_t *json);

/* Text from outside, such as a path; what is no UTF-8 becomes '?'. */
json_t *kl_json_printable(const char *text);

/* A number, or null where it is undefined. */
json_t *kl_json_number(double value);

/* The command line as one text, for the provenance: an argument in quotes where it needs them. The caller frees; NULL when
 * out of memory. */
char *kl_command_line(const kl_cli *cli);

/* Load a study and print what is wrong with it. Returns KL_EXIT_OK or the exit code; the study must be freed in any case. */
int kl_load_study(const kl_cli *cli, kl_study *study, const char *path, const kl_overrides *overrides);

/* Open a result file; says why not. Returns KL_EXIT_OK or the exit code; close the result only after KL_EXIT_OK. */
int kl_open_result(const kl_cli *cli, kl_result *result, const char *path);

/* The arm of that name; on no such arm says so (did you mean) and returns -1. */
int kl_find_arm(const kl_cli *cli, const kl_study *study, const char *name);

/* Does the file begin as HDF5 does? */
bool kl_is_result_file(const char *path);

/* An input's value as text: a choice as its word, a whole number without point, NaN as "". */
char *kl_text_input(char *buffer, size_t size, const kl_input *input, double value);

/* All inputs that vary; the caller frees. *n is their number; NULL when there are none or no memory (then *n is -1). */
kl_input *kl_inputs_of(const kl_study *study, int *n);

#endif
