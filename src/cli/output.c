/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Files that commands write beside results: whole or not there. */
#define _DEFAULT_SOURCE 1 /* lstat, fsync, fileno */
#include "cli/output.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_stdout(const char *path)
{
    return strcmp(path, "-") == 0;
}

int kl_output_check(const kl_cli *cli, const char *path, bool force)
{
    struct stat info;
    if (is_stdout(path))
        return KL_EXIT_OK;
    if (strlen(path) >= KL_OUTPUT_PATH_MAX)
        return kl_fail(cli, KL_EXIT_IO, "the name of the file is too long");
    if (lstat(path, &info) != 0)
        return KL_EXIT_OK;
    if (stat(path, &info) == 0 && S_ISDIR(info.st_mode))
        return kl_fail(cli, KL_EXIT_IO, "%s is a directory", path);
    if (!S_ISREG(info.st_mode) && !S_ISLNK(info.st_mode)) /* a link that leads nowhere may be replaced */
        return kl_fail(cli, KL_EXIT_IO, "%s is no file but a device or pipe; - is standard output", path);
    if (!force)
        return kl_fail(cli, KL_EXIT_IO, "%s exists already; --force replaces it", path);
    return KL_EXIT_OK;
}

int kl_output_open(const kl_cli *cli, kl_output *output, const char *path, bool force)
{
    int code = kl_output_check(cli, path, force);
    if (code != KL_EXIT_OK)
        return code;
    snprintf(output->path, sizeof output->path, "%s", path);
    snprintf(output->part, sizeof output->part, "%s.part", path);
    output->file = is_stdout(path) ? stdout : fopen(output->part, "wb");
    return output->file ? KL_EXIT_OK : kl_fail(cli, KL_EXIT_IO, "%s: %s", output->part, strerror(errno));
}

int kl_output_close(const kl_cli *cli, kl_output *output, int code)
{
    if (output->file == stdout)
        return code;
    errno = 0;
    bool lost = fflush(output->file) != 0 || ferror(output->file);
    lost = fsync(fileno(output->file)) != 0 || lost;
    int why = errno;
    lost = fclose(output->file) != 0 || lost;
    if (code == KL_EXIT_OK && !lost) {
        if (rename(output->part, output->path) == 0)
            return KL_EXIT_OK;
        why = errno;
    }
    unlink(output->part);
    if (code != KL_EXIT_OK)
        return code;
    return kl_fail(cli, KL_EXIT_IO, "%s: %s", output->path, why ? strerror(why) : "cannot be written");
}
