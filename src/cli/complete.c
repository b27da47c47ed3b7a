/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `klaster complete`, for the shells: see complete.h. It is given the words of a command line after `klaster`, the last of which
 * is being written, and prints candidates, a line each: the word, a tab, its meaning. It reads the line as getopt_long will. */
#include "cli/complete.h"

#include <string.h>

enum { MEANING_COLUMNS = 70 };

void kl_complete_offer(const kl_completion *c, const char *word, const char *after, const char *meaning)
{
    char cut[4 * MEANING_COLUMNS + 8];
    const kl_term plain = {.file = c->cli->out.file};
    if (strncmp(word, c->begun, strlen(c->begun)) != 0)
        return;
    fputs(c->before, plain.file);
    kl_term_print(&plain, KL_PLAIN, word);
    fputs(after, plain.file);
    if (meaning) {
        putc('\t', plain.file);
        kl_term_print(&plain, KL_PLAIN, kl_text_cut(&c->cli->out, cut, sizeof cut, meaning, MEANING_COLUMNS));
    }
    putc('\n', plain.file);
}

/* ---- options on the line ---- */

/* The option of "--name" or a shortened form that is unique, or of "-x"; NULL for none. */
static const kl_option *option_of(const kl_command *command, const char *word)
{
    const kl_option *found = NULL;
    size_t length = strcspn(word, "=");
    for (const kl_option *o = command->option; o && o->name; o++) {
        if (word[0] == '-' && word[1] != '-' && word[1] && o->letter == word[1])
            return o;
        if (strncmp(word, "--", 2) != 0 || length < 3 || strncmp(word + 2, o->name, length - 2) != 0)
            continue;
        if (strlen(o->name) == length - 2)
            return o;
        if (found)
            return NULL;
        found = o;
    }
    return found;
}

/* Does the next word belong to this one? Not to --arm=x, nor to -ax. */
static bool wants_more(const kl_option *o, const char *word)
{
    if (!o || o->kind == KL_OPTION_FLAG)
        return false;
    return word[1] == '-' ? !strchr(word, '=') : word[2] == '\0';
}

static bool is_given(const kl_command *command, int n, const char *const *word, const kl_option *o)
{
    for (int i = 1; i < n; i++)
        if (word[i][0] == '-' && option_of(command, word[i]) == o)
            return true;
    return false;
}

static void offer_options(const kl_completion *c, int n, const char *const *word)
{
    for (const kl_option *o = c->command->option; o && o->name; o++) {
        char name[64];
        snprintf(name, sizeof name, "--%s", o->name);
        if (o->kind == KL_OPTION_LIST || !is_given(c->command, n, word, o))
            kl_complete_offer(c, name, "", o->meaning);
    }
    kl_complete_offer(c, "--help", "", "print how the command is used");
}

/* ---- operands ---- */

/* The name of the operand at a place: "FILE [TABLE]", "FILE...". False beyond the last. */
static bool operand_name(const kl_command *command, int place, char *name, size_t size)
{
    char last[32] = "";
    const char *p = command->operands;
    for (int i = 0; *p; i++) {
        size_t length = strcspn(p, " ");
        snprintf(last, sizeof last, "%.*s", (int)length, p);
        if (i == place)
            break;
        p += length + (p[length] == ' ');
        if (!*p && !strstr(last, "..."))
            return false;
    }
    size_t at = 0;
    for (const char *q = last; *q && at + 1 < size; q++)
        if (*q != '[' && *q != ']' && strncmp(q, "...", strlen(q) < 3 ? strlen(q) : 3) != 0)
            name[at++] = *q;
        else if (*q == '.')
            break;
    name[at] = '\0';
    return at > 0;
}

static void offer_operand(kl_completion *c, int place)
{
    char name[32];
    if (operand_name(c->command, place, name, sizeof name))
        kl_complete_argument(c, name, "");
}

/* ---- the line ---- */

static void offer_commands(const kl_completion *c)
{
    for (const kl_command_group *g = kl_command_groups(); g->heading; g++)
        for (int i = 0; g->command[i]; i++)
            kl_complete_offer(c, g->command[i]->name, "", g->command[i]->summary);
    if (c->begun[0] == '-') {
        kl_complete_offer(c, "--help", "", kl_command_help.summary);
        kl_complete_offer(c, "--version", "", kl_command_version.summary);
    }
}

/* word[0] is the command's name, word[n - 1] the one that is being written. */
static void offer_all(kl_completion *c, int n, const char *const *word)
{
    int place = 0;
    bool options_ended = false;
    const kl_option *open = NULL; /* the option whose argument is written */
    for (int i = 1; i < n - 1; i++) {
        if (open)
            open = NULL;
        else if (!options_ended && strcmp(word[i], "--") == 0)
            options_ended = true;
        else if (!options_ended && word[i][0] == '-' && word[i][1])
            open = wants_more(option_of(c->command, word[i]), word[i]) ? option_of(c->command, word[i]) : NULL;
        else if (place++ == 0)
            c->subject = word[i];
    }
    const char *now = word[n - 1], *equals = strchr(now, '=');
    const kl_option *o = options_ended || open ? open : option_of(c->command, now);
    c->begun = now;
    if (!open && o && o->argument && strncmp(now, "--", 2) == 0 && equals) {
        snprintf(c->before, sizeof c->before, "%.*s", (int)(equals + 1 - now), now);
        c->begun = equals + 1;
        open = o;
    }
    if (open)
        kl_complete_argument(c, open->argument, open->name);
    else if (!options_ended && now[0] == '-')
        offer_options(c, n - 1, word);
    else
        offer_operand(c, place);
}

typedef struct complete_args {
    kl_words operand;
} complete_args;

static int complete_run(const kl_cli *cli, const kl_command *self, int argc, char **argv)
{
    complete_args args = {{0, NULL}};
    int code = kl_options_parse(cli, self, argc, argv, &args);
    if (code < 0) {
        int n = args.operand.n;
        const char *const *word = args.operand.item;
        kl_completion c = {.cli = cli, .begun = n > 0 ? word[n - 1] : ""};
        if (n <= 1)
            offer_commands(&c);
        else if ((c.command = kl_command_find(word[0])) != NULL)
            offer_all(&c, n, word);
        code = KL_EXIT_OK;
    }
    kl_options_free(self, &args);
    return code;
}

const kl_command kl_command_complete = {
    .name = "complete",
    .operands = "[WORD...]",
    .most = -1,
    .summary = "what may stand next on a command line, for the completion of shells",
    .text =
        "Prints what the last WORD, which may be empty, can be completed to: a line each, with a tab before what it "
        "means. Write -- before the first.",
    .reads_results = true,
    .run = complete_run,
};
