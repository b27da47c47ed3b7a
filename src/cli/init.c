/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `klaster init`: a commented study to start from. Its text is scenarios/starter.yaml, built in. */
#define _DEFAULT_SOURCE 1 /* POSIX under -std=c11 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/starter.h"

typedef struct init_args {
    kl_words operand;
    int json;
} init_args;

static const kl_option init_options[] = {
    {"json", 0, KL_OPTION_FLAG, offsetof(init_args, json), NULL, 0, 0, "print as JSON which file was written"},
    {0},
};

static const char *const init_examples[] = {
    "klaster init my-study.yaml",
    "then edit it, klaster check it, klaster run it",
    NULL,
};

/* O_EXCL: a file that exists, or a link to one, is never touched. */
static int write_new(const kl_cli *cli, const char *path)
{
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL, 0666);
    if (file < 0 && errno == EEXIST)
        return kl_fail(cli, KL_EXIT_IO, "%s exists already and is left as it is", path);
    if (file < 0)
        return kl_fail(cli, KL_EXIT_IO, "%s: %s", path, strerror(errno));
    size_t done = 0;
    ssize_t wrote = 1;
    while (done < kl_starter_size && (wrote = write(file, kl_starter + done, kl_starter_size - done)) > 0)
        done += (size_t)wrote;
    int why = errno;
    bool lost = close(file) != 0 || wrote <= 0;
    if (!lost)
        return KL_EXIT_OK;
    unlink(path);
    return kl_fail(cli, KL_EXIT_IO, "%s: %s", path, strerror(why));
}

static int init_run(const kl_cli *cli, const kl_command *self, int argc, char **argv)
{
    init_args args = {.json = 0};
    int code = kl_options_parse(cli, self, argc, argv, &args);
    if (code < 0) {
        const char *path = args.operand.n > 0 ? args.operand.item[0] : "study.yaml";
        if (strcmp(path, "-") == 0 && args.json)
            code = kl_fail(cli, KL_EXIT_USAGE, "init: --json needs a file; the study itself is YAML");
        else if (strcmp(path, "-") == 0)
            code = fwrite(kl_starter, 1, kl_starter_size, stdout) == kl_starter_size ? KL_EXIT_OK : KL_EXIT_IO;
        else if ((code = write_new(cli, path)) == KL_EXIT_OK && args.json)
            code = kl_print_json(cli, json_pack("{s:o}", "file", kl_json_printable(path)));
        else if (code == KL_EXIT_OK)
            kl_say(cli, KL_PLAIN, "wrote %s; next: klaster check %s", path, path);
    }
    kl_options_free(self, &args);
    return code;
}

const kl_command kl_command_init = {
    .name = "init",
    .operands = "[FILE.yaml]",
    .most = 1,
    .summary = "write a commented study to start from",
    .text =
        "Writes a small study with comments, ready to run and to be changed, to FILE.yaml (study.yaml); - prints it. A "
        "file that exists "
        "is left as it is.",
    .option = init_options,
    .example = init_examples,
    .run = init_run,
};
