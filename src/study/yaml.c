/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * YAML text to a tree in which every node knows its place; the only user of libfyaml. Works on the parser's events
 * rather than its documents: so depth, size, aliases and double keys are judged here, with sentences of our own.
 * Text is checked to be UTF-8 first (libfyaml 0.7.12 hangs on some that is not). */
#include <libfyaml.h>
#include <string.h>

#include "study/reader.h"

typedef struct builder {
    kl_reader *reader;
    struct fy_parser *parser;
    struct fy_diag *diag;
    kl_document *document;
    kl_node *stack[KL_DEPTH_MAX];  /* lists and maps that are open */
    kl_node *last[KL_DEPTH_MAX];   /* their last entries */
    const char *key[KL_DEPTH_MAX]; /* the key that waits for its value */
    int key_line[KL_DEPTH_MAX], key_column[KL_DEPTH_MAX];
    int twice[KL_DEPTH_MAX]; /* that key stood before: drop the value */
    int depth, n_nodes, n_documents;
    kl_node *root;
} builder;

/* ---- UTF-8 ---- */

size_t kl_character_length(const unsigned char *p, size_t left)
{
    size_t n = p[0] < 0x80                   ? 1
               : p[0] >= 0xC2 && p[0] < 0xE0 ? 2
               : p[0] >= 0xE0 && p[0] < 0xF0 ? 3
               : p[0] >= 0xF0 && p[0] < 0xF5 ? 4
                                             : 0;
    if (n == 0 || n > left)
        return 0;
    for (size_t i = 1; i < n; i++)
        if ((p[i] & 0xC0) != 0x80)
            return 0;
    if ((p[0] == 0xE0 && p[1] < 0xA0) || (p[0] == 0xED && p[1] >= 0xA0) || (p[0] == 0xF0 && p[1] < 0x90) ||
        (p[0] == 0xF4 && p[1] >= 0x90))
        return 0;
    return n;
}

/* libfyaml remembers every token of a line until it knows that the line is no key, some 400 bytes for each: a line of
 * 16 MiB of brackets took 5 GB. No study comes near these limits, whether what is counted is syntax or text. */
enum { BRACKETS_OPEN_MAX = 10000, SIGNS_IN_LINE_MAX = 100000 };

typedef struct crowding {
    int open, signs;
} crowding;

/* What is too much at this byte, or NULL. */
static const char *too_crowded(crowding *c, unsigned char byte)
{
    c->open += (byte == '[' || byte == '{') - (byte == ']' || byte == '}');
    c->signs = byte == '\n' ? 0 : c->signs + (byte != '\0' && strchr("[]{},:?-&*!|>'\"%@`#", byte) != NULL);
    if (c->open > BRACKETS_OPEN_MAX)
        return "nested too deep";
    return c->signs > SIGNS_IN_LINE_MAX ? "too many values in one line" : NULL;
}

static int text_is_clean(kl_reader *reader, const char *text, size_t length, const char *file)
{
    const unsigned char *p = (const unsigned char *)text;
    int line = 1, column = 1;
    crowding crowd = {0, 0};
    for (size_t i = 0; i < length;) {
        const char *crowded = too_crowded(&crowd, p[i]);
        if (crowded) {
            kl_diagnostics_add(reader, file, line, column, 0, "%s", crowded);
            return 0;
        }
        size_t n = kl_character_length(p + i, length - i);
        if (n == 0) {
            kl_diagnostics_add(reader, file, line, column, 0, "byte 0x%02x is not UTF-8; save the file as UTF-8", p[i]);
            return 0;
        }
        if ((p[i] < 0x20 && p[i] != '\t' && p[i] != '\n' && p[i] != '\r') || p[i] == 0x7f) {
            kl_diagnostics_add(reader, file, line, column, 0, "control character 0x%02x; a study file is plain text",
                               p[i]);
            return 0;
        }
        column = p[i] == '\n' ? 1 : column + 1;
        line += p[i] == '\n';
        i += n;
    }
    return 1;
}

/* ---- building ---- */

typedef struct place {
    int line, column; /* from 1; 0 where unknown */
} place;

/* Where an event starts; libfyaml counts from 0 and leaves out an opening quote or the star of an alias. */
static place event_place(struct fy_event *event)
{
    const struct fy_mark *mark = fy_event_start_mark(event);
    if (!mark)
        return (place){0, 0};
    int sign = event->type == FYET_ALIAS;
    if (event->type == FYET_SCALAR && event->scalar.value) {
        enum fy_scalar_style style = fy_token_scalar_style(event->scalar.value);
        sign = style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED;
    }
    return (place){mark->line + 1, mark->column + 1 - (sign && mark->column > 0)};
}

static int complain(builder *b, struct fy_event *event, const char *sentence)
{
    place at = b->document->has_places ? event_place(event) : (place){0, 0};
    kl_diagnostics_add(b->reader, b->document->file, at.line, at.column, 0, "%s", sentence);
    return 0;
}

static int key_is_open(const builder *b)
{
    int top = b->depth - 1;
    return b->depth > 0 && b->stack[top]->kind == KL_NODE_MAP && !b->key[top];
}

/* Text of a scalar event in the arena; NULL after a complaint. */
static const char *event_text(builder *b, struct fy_event *event)
{
    size_t length = 0;
    const char *text = event->scalar.value ? fy_token_get_text(event->scalar.value, &length) : "";
    if (!text) {
        b->reader->no_memory = 1;
        return NULL;
    }
    if (memchr(text, '\0', length)) {
        complain(b, event, "the text holds a zero byte");
        return NULL;
    }
    char *copy = kl_arena_text(&b->reader->arena, text, length);
    if (!copy)
        b->reader->no_memory = 1;
    return copy;
}

static int add_key(builder *b, struct fy_event *event)
{
    if (event->type != FYET_SCALAR)
        return complain(b, event, "a list or map cannot be a key");
    int top = b->depth - 1;
    place at = event_place(event);
    const char *key = event_text(b, event);
    if (!key)
        return 0;
    b->key[top] = key;
    b->key_line[top] = at.line;
    b->key_column[top] = at.column;
    const kl_node *before = kl_node_entry(b->stack[top], key);
    b->twice[top] = before != NULL;
    if (before)
        kl_diagnostics_add(b->reader, b->document->file, b->key_line[top], b->key_column[top], 0,
                           "key '%.80s' stands twice; it stands on line %d already", key, before->key_line);
    if (b->stack[top]->n >= KL_KEYS_MAX)
        return complain(b, event, "too many keys in one map");
    return 1;
}

/* Hang a node into the map or list that is open. */
static void attach(builder *b, kl_node *node)
{
    if (b->depth == 0) {
        b->root = node;
        return;
    }
    int top = b->depth - 1;
    kl_node *parent = b->stack[top];
    node->parent = parent;
    if (parent->kind == KL_NODE_MAP) {
        node->key = b->key[top];
        node->key_line = b->key_line[top];
        node->key_column = b->key_column[top];
        b->key[top] = NULL;
        if (b->twice[top])
            return;
    } else {
        node->index = parent->n + 1;
    }
    if (b->last[top])
        b->last[top]->next = node;
    else
        parent->first = node;
    b->last[top] = node;
    parent->n++;
}

static int add_node(builder *b, struct fy_event *event)
{
    if (fy_event_get_tag_token(event))
        return complain(b, event, "tags such as !!str have no meaning here; leave the tag out");
    if (key_is_open(b))
        return add_key(b, event);
    if (++b->n_nodes > KL_NODES_MAX)
        return complain(b, event, "the file holds too many values");
    kl_node *node = kl_arena_alloc(&b->reader->arena, sizeof *node);
    if (!node) {
        b->reader->no_memory = 1;
        return 0;
    }
    place at = event_place(event);
    node->document = b->document;
    node->text = "";
    int top = b->depth - 1;
    node->line = at.line;
    node->column = at.column;
    if (event->type == FYET_SCALAR) {
        node->kind = KL_NODE_TEXT;
        node->plain = !event->scalar.value || fy_token_scalar_style(event->scalar.value) == FYSS_PLAIN;
        node->text = event_text(b, event);
        if (!node->text)
            return 0;
        if (node->text[0] == '\0' && node->plain && b->depth > 0 && b->stack[top]->kind == KL_NODE_MAP) {
            node->line = b->key_line[top]; /* nothing is written there: point to the key */
            node->column = b->key_column[top];
        }
        attach(b, node);
        return 1;
    }
    node->kind = event->type == FYET_SEQUENCE_START ? KL_NODE_LIST : KL_NODE_MAP;
    if (b->depth == KL_DEPTH_MAX)
        return complain(b, event, "nested too deep");
    attach(b, node);
    b->stack[b->depth] = node;
    b->last[b->depth] = NULL;
    b->key[b->depth] = NULL;
    b->depth++;
    return 1;
}

/* 0: stop. */
static int take_event(builder *b, struct fy_event *event)
{
    switch (event->type) {
    case FYET_SCALAR:
    case FYET_SEQUENCE_START:
    case FYET_MAPPING_START:
        return add_node(b, event);
    case FYET_SEQUENCE_END:
    case FYET_MAPPING_END:
        b->depth--;
        return 1;
    case FYET_ALIAS:
        return complain(b, event, "aliases (*name) are not allowed; write the value out, or use include");
    case FYET_DOCUMENT_START:
        return b->n_documents++ == 0 ? 1 : complain(b, event, "a second document (---); one file holds one");
    default:
        return 1;
    }
}

/* What libfyaml itself found wrong. */
static void report_syntax(builder *b)
{
    void *previous = NULL;
    int n = 0;
    for (struct fy_diag_error *e; (e = fy_diag_errors_iterate(b->diag, &previous));) {
        kl_diagnostics_add(b->reader, b->document->file, e->line > 0 ? e->line : 1, e->column > 0 ? e->column : 1, 0,
                           "not YAML: %.200s", e->msg ? e->msg : "syntax error");
        n++;
    }
    if (n == 0)
        kl_diagnostics_add(b->reader, b->document->file, 1, 1, 0, "not YAML: syntax error");
}

static void stay_silent(struct fy_diag *diag, void *user, const char *text, size_t length)
{
    (void)diag, (void)user, (void)text, (void)length;
}

static int build(builder *b, const char *text, size_t length)
{
    /* without a listener of its own libfyaml writes to stderr, whatever its flags say */
    struct fy_diag_cfg listener = {.output_fn = stay_silent, .level = FYET_ERROR, .module_mask = ~0u};
    b->diag = fy_diag_create(&listener);
    struct fy_parse_cfg config = {.flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG, .diag = b->diag};
    int fine = 0;
    if (b->diag) {
        fy_diag_set_collect_errors(b->diag, true);
        b->parser = fy_parser_create(&config);
    }
    if (!b->parser || fy_parser_set_string(b->parser, text, length) != 0) {
        b->reader->no_memory = 1;
        goto out;
    }
    for (;;) {
        struct fy_event *event = fy_parser_parse(b->parser);
        if (!event)
            break;
        int is_end = event->type == FYET_STREAM_END;
        int go_on = take_event(b, event);
        fy_parser_event_free(b->parser, event);
        if (is_end)
            fine = 1;
        if (is_end || !go_on)
            goto out;
    }
    report_syntax(b);
out:
    if (b->parser)
        fy_parser_destroy(b->parser);
    if (b->diag)
        fy_diag_destroy(b->diag);
    return fine;
}

const kl_document *kl_document_parse(kl_reader *reader, const char *text, size_t length, const char *file,
                                     int has_places)
{
    if (length > KL_TEXT_MAX) {
        kl_diagnostics_add(reader, file, 0, 0, 0, "the file is larger than 16 MiB");
        return NULL;
    }
    if (!text_is_clean(reader, text, length, file))
        return NULL;
    kl_document *document = kl_arena_alloc(&reader->arena, sizeof *document);
    /* libfyaml points into the text it reads: a copy that lasts as long as the tree, and never empty */
    char *copy = kl_arena_text(&reader->arena, text, length);
    if (!document || !copy) {
        reader->no_memory = 1;
        return NULL;
    }
    document->file = kl_arena_text(&reader->arena, file, strlen(file));
    document->has_places = has_places;
    if (!document->file) {
        reader->no_memory = 1;
        return NULL;
    }
    builder b = {.reader = reader, .document = document};
    int errors = reader->found->n_errors;
    if (length > 0 && !build(&b, copy, length))
        return NULL;
    if (!b.root) {
        if (reader->found->n_errors == errors && !reader->no_memory)
            kl_diagnostics_add(reader, file, 1, 1, 0, "the file is empty");
        return NULL;
    }
    document->root = b.root;
    return document;
}

/* ---- looking into trees ---- */

const kl_node *kl_node_entry(const kl_node *map, const char *key)
{
    if (!map || map->kind != KL_NODE_MAP)
        return NULL;
    for (const kl_node *entry = map->first; entry; entry = entry->next)
        if (strcmp(entry->key, key) == 0)
            return entry;
    return NULL;
}

int kl_node_is_null(const kl_node *node)
{
    return node->kind == KL_NODE_TEXT && node->plain &&
           (node->text[0] == '\0' || strcmp(node->text, "~") == 0 || strcmp(node->text, "null") == 0);
}
