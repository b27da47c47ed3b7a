/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Finding and reading the files of a study. Names are sought beside the file that asks, then among the scenarios. */
#define _POSIX_C_SOURCE 200809L
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "study/reader.h"

#define PATH_SIZE 4096

char *kl_file_read(const char *path, size_t *length, kl_status *status)
{
    *status = KL_ERR_READ;
    *length = 0;
    struct stat info;
    if (stat(path, &info) != 0 || S_ISDIR(info.st_mode))
        return NULL;
    FILE *file = fopen(path, "rb");
    if (!file)
        return NULL;
    size_t room = 4096;
    char *text = NULL;
    for (;;) {
        char *grown = realloc(text, room + 1);
        if (!grown) {
            *status = KL_ERR_MEMORY;
            goto fail;
        }
        text = grown;
        *length += fread(text + *length, 1, room - *length, file);
        if (*length < room)
            break;
        if (room > KL_TEXT_MAX) {
            *status = KL_ERR_STUDY;
            goto fail;
        }
        room *= 2;
    }
    if (ferror(file))
        goto fail;
    if (*length > KL_TEXT_MAX) {
        *status = KL_ERR_STUDY;
        goto fail;
    }
    fclose(file);
    text[*length] = '\0';
    *status = KL_OK;
    return text;
fail:
    fclose(file);
    free(text);
    return NULL;
}

static int is_file(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISREG(info.st_mode);
}

/* folder + name, or folder + name + ".yaml"; 1 where it is a file. */
static int try_path(char path[PATH_SIZE], const char *folder, size_t n_folder, const char *sub, const char *name)
{
    static const char *const endings[] = {"", ".yaml"};
    for (int i = 0; i < 2; i++) {
        int n = snprintf(path, PATH_SIZE, "%.*s%s%s%s", (int)n_folder, folder, sub, name, endings[i]);
        if (n > 0 && n < PATH_SIZE && is_file(path))
            return 1;
    }
    return 0;
}

/* Where scenarios are sought, in this order. */
static const char *const scenarios[] = {
#ifdef KL_SCENARIO_DIR_SOURCE /* a build that runs in its source tree */
    KL_SCENARIO_DIR_SOURCE "/",
#endif
    KL_SCENARIO_DIR "/"};
#define N_SCENARIOS (sizeof scenarios / sizeof scenarios[0])

/* Try every scenario of a folder of the scenarios ("cases/") as prefix + its name without .yaml. */
static void suggest_from(kl_reader *reader, kl_suggestion *near, const char *folder, const char *prefix)
{
    for (size_t i = 0; i < N_SCENARIOS; i++) {
        char path[PATH_SIZE];
        int n = snprintf(path, sizeof path, "%s%s", scenarios[i], folder);
        DIR *directory = n > 0 && n < PATH_SIZE ? opendir(path) : NULL;
        if (!directory)
            continue;
        for (struct dirent *entry; (entry = readdir(directory));) {
            size_t length = strlen(entry->d_name), tail = strlen(".yaml");
            if (length <= tail || strcmp(entry->d_name + length - tail, ".yaml") != 0)
                continue;
            n = snprintf(path, sizeof path, "%s%.*s", prefix, (int)(length - tail), entry->d_name);
            const char *candidate = n > 0 && n < PATH_SIZE ? kl_arena_text(&reader->arena, path, (size_t)n) : NULL;
            if (candidate)
                kl_suggestion_try(near, candidate);
        }
        closedir(directory);
    }
}

void kl_scenario_names(void (*say)(void *data, const char *name), void *data)
{
    for (size_t i = 0; i < N_SCENARIOS; i++) {
        DIR *directory = opendir(scenarios[i]);
        for (struct dirent *entry; directory && (entry = readdir(directory));) {
            char name[256];
            size_t length = strlen(entry->d_name), tail = strlen(".yaml");
            if (length <= tail || length >= sizeof name || strcmp(entry->d_name + length - tail, ".yaml") != 0)
                continue;
            snprintf(name, sizeof name, "%.*s", (int)(length - tail), entry->d_name);
            say(data, name);
        }
        if (directory)
            closedir(directory);
    }
}

kl_suggestion kl_file_suggestion(kl_reader *reader, const char *name, const char *folder)
{
    kl_suggestion near = kl_suggestion_of(reader, name);
    suggest_from(reader, &near, folder, folder);
    if (strcmp(folder, "mechanisms/") == 0)
        suggest_from(reader, &near, folder, ""); /* a mechanism goes by its bare name */
    return near;
}

const char *kl_file_find(kl_reader *reader, const char *name, const char *from, const char *folder)
{
    char path[PATH_SIZE];
    int found = 0;
    if (!name[0])
        return NULL;
    if (from) {
        const char *slash = strrchr(from, '/');
        size_t n = name[0] == '/' || !slash ? 0 : (size_t)(slash - from) + 1;
        found = n < PATH_SIZE && try_path(path, from, n, "", name);
    }
    for (size_t i = 0; i < N_SCENARIOS && !found && name[0] != '/'; i++)
        found = try_path(path, scenarios[i], strlen(scenarios[i]), folder, name);
    if (!found)
        return NULL;
    char *copy = kl_arena_text(&reader->arena, path, strlen(path));
    if (!copy)
        reader->no_memory = 1;
    return copy;
}

const kl_document *kl_document_open(kl_reader *reader, const kl_node *asked, const char *path)
{
    for (const kl_document *d = reader->documents; d; d = d->next)
        if (strcmp(d->file, path) == 0)
            return d->broken ? NULL : d;
    size_t length;
    kl_status status;
    char *text = kl_file_read(path, &length, &status);
    const kl_document *document = NULL;
    if (text)
        document = kl_document_parse(reader, text, length, path, 1);
    else if (status == KL_ERR_MEMORY)
        reader->no_memory = 1;
    else if (asked)
        kl_error_at(reader, asked, "cannot read '%.200s'%s", path,
                    status == KL_ERR_STUDY ? ": it is larger than 16 MiB" : "");
    free(text);
    kl_document *entry = kl_arena_alloc(&reader->arena, sizeof *entry);
    if (!entry) {
        reader->no_memory = 1;
        return NULL;
    }
    if (document)
        *entry = *document;
    entry->file = document ? document->file : path;
    entry->broken = !document;
    entry->next = reader->documents;
    reader->documents = entry;
    return document ? entry : NULL;
}
