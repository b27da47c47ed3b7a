/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Writes pages. Data is put where the template has its mark, inside <script type="application/json">, so it must not be
 * able to end that element: everything outside ASCII and every <, > and & is written as \uXXXX, which JSON reads as the
 * same character. */
#include "cli/page.h"

#include <string.h>

static const char mark[] = "@KLASTER_DATA@";

/* Is there no file, an empty one or a page? Whoever slips and names a result file or a study keeps it. */
static bool may_give_way(const char *path)
{
    static const char opening[] = "<!DOCTYPE html";
    char found[sizeof opening - 1];
    FILE *file = strcmp(path, "-") == 0 ? NULL : fopen(path, "rb");
    if (!file)
        return true;
    size_t n = fread(found, 1, sizeof found, file);
    fclose(file);
    return n == 0 || (n == sizeof found && memcmp(found, opening, n) == 0);
}

int kl_page_check(const kl_cli *cli, kl_page_id id, const char *path, bool force)
{
    if (!kl_page_template[id].text)
        return kl_fail(cli, KL_EXIT_IO,
                       "this klaster was built without its pages; build it where node (18 or later) and npm are found, "
                       "or with -DKLASTER_PAGES=ON, which says what is missing");
    int code = kl_output_check(cli, path, force);
    if (code == KL_EXIT_OK && force && !may_give_way(path))
        code = kl_fail(cli, KL_EXIT_IO, "%s exists already and is no HTML page; --force replaces pages only", path);
    return code;
}

/* jansson hands out pieces of the text. Nothing of what is replaced stands in numbers, names or escapes. */
static int put_escaped(const char *buffer, size_t size, void *file)
{
    size_t from = 0;
    for (size_t i = 0; i < size; i++) {
        if (buffer[i] != '<' && buffer[i] != '>' && buffer[i] != '&')
            continue;
        if (fwrite(buffer + from, 1, i - from, file) != i - from || fprintf(file, "\\u%04x", buffer[i]) < 0)
            return -1;
        from = i + 1;
    }
    return fwrite(buffer + from, 1, size - from, file) == size - from ? 0 : -1;
}

/* Where the mark begins; the size where there is none. */
static size_t find_mark(const kl_page *page)
{
    const size_t length = sizeof mark - 1;
    for (size_t i = 0; i + length <= page->size; i++)
        if (page->text[i] == '@' && memcmp(page->text + i, mark, length) == 0)
            return i;
    return page->size;
}

static bool put_page(FILE *file, const kl_page *page, const json_t *data)
{
    size_t at = find_mark(page);
    if (fwrite(page->text, 1, at, file) != at)
        return false;
    if (json_dump_callback(data, put_escaped, file,
                           JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(KL_PAGE_DIGITS)) != 0)
        return false;
    size_t after = at + sizeof mark - 1;
    size_t rest = after < page->size ? page->size - after : 0;
    return fwrite(page->text + after, 1, rest, file) == rest;
}

int kl_page_write(const kl_cli *cli, kl_page_id id, const char *path, bool force, json_t *data)
{
    kl_output output;
    if (!data)
        return kl_fail(cli, KL_EXIT_IO, "out of memory");
    int code = kl_output_open(cli, &output, path, force);
    if (code == KL_EXIT_OK) {
        /* what became of standard output is said at the end: that its reader went away is no error */
        if (!put_page(output.file, &kl_page_template[id], data) && output.file != stdout)
            code = kl_fail(cli, KL_EXIT_IO, "%s: cannot be written", path);
        code = kl_output_close(cli, &output, code);
    }
    json_decref(data);
    return code;
}
