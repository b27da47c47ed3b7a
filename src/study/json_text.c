/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * jansson 2.14 overlooks a failure to write a key, so json_dumps can return a text in which a key is missing. The sink
 * here remembers that it failed. */
#include "study/json_text.h"

#include <stdlib.h>
#include <string.h>

typedef struct sink {
    char *text;
    size_t length, room;
    int failed;
} sink;

static int append(const char *piece, size_t size, void *data)
{
    sink *to = data;
    if (to->failed)
        return -1;
    if (to->room - to->length <= size) {
        size_t room = 2 * to->room + size + 4096;
        char *text = realloc(to->text, room);
        if (!text) {
            to->failed = 1;
            return -1;
        }
        to->text = text;
        to->room = room;
    }
    memcpy(to->text + to->length, piece, size);
    to->length += size;
    to->text[to->length] = '\0';
    return 0;
}

char *kl_json_write(const json_t *json)
{
    sink to = {0};
    int status = json_dump_callback(json, append, &to, JSON_INDENT(1) | JSON_REAL_PRECISION(17) | JSON_PRESERVE_ORDER);
    if (status == 0 && !to.failed)
        return to.text;
    free(to.text);
    return NULL;
}
