/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Manual pages; see man.h. What the tables do not hold (files, environment) stands here and nowhere else in the program. */
#include "cli/man.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#include "cli/outcome.h"
#include "cli/reference.h"
#include "cli/starter.h"
#include "klaster/version.h"

enum { MARGIN = 72 };

/* ---- roff ---- */

/* A byte of text as roff wants it. Hyphens of options and examples are ones that can be copied. */
static void put_byte(FILE *to, char c, bool is_code)
{
    switch (c) {
    case '\\':
        fputs("\\e", to);
        return;
    case '\'':
        fputs("\\(aq", to);
        return;
    case '`':
        fputs("\\(ga", to);
        return;
    case '^':
        fputs("\\(ha", to);
        return;
    case '~':
        fputs("\\(ti", to);
        return;
    case '-':
        fputs(is_code ? "\\-" : "-", to);
        return;
    default:
        putc(c, to);
    }
}

/* Words, wrapped, on a line that holds `column` columns; options among them are code. A line must not begin with a control
 * character. */
static void put_text_at(FILE *to, const char *text, int column)
{
    bool first = true;
    for (const char *p = text; *p;) {
        size_t length = strcspn(p, " ");
        if (!first && column + 1 + (int)length > MARGIN) {
            putc('\n', to);
            column = 0;
        } else if (!first) {
            putc(' ', to);
        }
        first = false;
        if (column == 0 && *p == '.')
            fputs("\\&", to);
        bool is_code = p[0] == '-' && length > 1;
        for (size_t i = 0; i < length; i++)
            put_byte(to, p[i], is_code);
        column += (int)length + 1;
        p += length;
        while (*p == ' ')
            p++;
    }
    putc('\n', to);
}

static void put_text(FILE *to, const char *text)
{
    put_text_at(to, text, 0);
}

/* On the line that is being written. */
static void put_code(FILE *to, const char *text)
{
    for (; *text; text++)
        put_byte(to, *text, true);
}

static void put_paragraphs(FILE *to, const char *text)
{
    while (*text) {
        char paragraph[2048];
        size_t length = strcspn(text, "\n");
        snprintf(paragraph, sizeof paragraph, "%.*s", (int)length, text);
        put_text(to, paragraph);
        text += length + (text[length] == '\n');
        if (*text)
            fputs(".PP\n", to);
    }
}

/* Lines as they are. */
static void put_lines(FILE *to, const char *text, size_t size)
{
    fputs(".PP\n.EX\n", to);
    for (size_t i = 0; i < size; i++) {
        bool begins = i == 0 || text[i - 1] == '\n';
        if (begins && (text[i] == '.' || text[i] == '\''))
            fputs("\\&", to);
        put_byte(to, text[i], true);
    }
    fputs(".EE\n", to);
}

static void begin_page(FILE *to, const char *title, const char *section, const char *name, const char *summary)
{
    fputs(".TH ", to);
    for (const char *p = title; *p; p++)
        put_byte(to, (char)toupper((unsigned char)*p), true);
    fprintf(to, " %s %s \"klaster %s\" \"klaster\"\n.SH NAME\n", section, KL_VERSION_DATE, KL_VERSION);
    put_code(to, name);
    fputs(" \\- ", to);
    put_text_at(to, summary, (int)strlen(name) + 5);
}

static void put_reference(FILE *to, const char *name, int section, const char *after)
{
    fputs(".BR ", to);
    put_code(to, name);
    fprintf(to, " (%d)%s\n", section, after);
}

/* ---- parts ---- */

static void put_options(FILE *to, const kl_command *c)
{
    for (const kl_option *o = c->option; o && o->name; o++) {
        fputs(".TP\n", to);
        if (o->letter)
            fprintf(to, "\\fB\\-%c\\fR, ", o->letter);
        fputs("\\fB\\-\\-", to);
        put_code(to, o->name);
        fputs("\\fR", to);
        if (o->argument) {
            fputs(" \\fI", to);
            put_code(to, o->argument);
            fputs("\\fR", to);
        }
        putc('\n', to);
        put_text(to, o->meaning);
    }
    fputs(".TP\n\\fB\\-h\\fR, \\fB\\-\\-help\\fR\nprint how the command is used\n", to);
}

static void put_exit_codes(FILE *to)
{
    fputs(".SH \"EXIT STATUS\"\n", to);
#define KL_EXIT_PARAGRAPH(name, number, meaning) \
    fprintf(to, ".TP\n\\fB%d\\fR\n", number);    \
    put_text(to, meaning);
    KL_EXIT_LIST(KL_EXIT_PARAGRAPH)
#undef KL_EXIT_PARAGRAPH
    fputs(".TP\n\\fB" KL_EXIT_STOPPED_NUMBERS "\\fR\n", to);
    put_text(to, KL_EXIT_STOPPED_MEANING);
}

static void put_examples(FILE *to, const char *const *example)
{
    if (!example)
        return;
    fputs(".SH EXAMPLES\n", to);
    for (int i = 0; example[i]; i += 2) {
        fputs(".TP\n\\fB", to);
        put_code(to, example[i]);
        fputs("\\fR\n", to);
        put_text(to, example[i + 1]);
    }
}

static int end_page(const kl_cli *cli)
{
    return ferror(cli->out.file) ? KL_EXIT_IO : KL_EXIT_OK;
}

/* ---- klaster-COMMAND(1) ---- */

int kl_man_print(const kl_cli *cli, const kl_command *c)
{
    FILE *to = cli->out.file;
    char name[64];
    snprintf(name, sizeof name, "klaster-%s", c->name);
    begin_page(to, name, "1", name, c->summary);
    fputs(".SH SYNOPSIS\n\\fBklaster ", to);
    put_code(to, c->name);
    fputs("\\fR ", to);
    if (*c->operands) {
        fputs("\\fI", to);
        put_code(to, c->operands);
        fputs("\\fR ", to);
    }
    fputs("[\\fIoption\\fR]...\n.SH DESCRIPTION\n", to);
    put_paragraphs(to, c->text);
    fputs(".SH OPTIONS\n", to);
    put_text(to, "Long options may be shortened as long as they stay unique; -- ends the options.");
    put_options(to, c);
    put_exit_codes(to);
    put_examples(to, c->example);
    fputs(".SH \"SEE ALSO\"\n", to);
    put_reference(to, "klaster", 1, ",");
    put_reference(to, "klaster-study", 5, "");
    return end_page(cli);
}

/* ---- klaster(1) ---- */

typedef struct entry {
    const char *name, *meaning;
} entry;

static const entry files[] = {
    {"results/NAME.h5",
     "result file of the study NAME, if klaster run is not told otherwise: HDF5, and netCDF-4 as well"},
    {"FILE.journal", "beside a result file: what an unfinished run has played; the same command goes on from it"},
    {"FILE.part", "beside a result file: what is being written, until it takes the file's place"},
};

static const entry environment[] = {
    {"NO_COLOR", "if it is set and not empty, there is no colour"},
    {"CLICOLOR_FORCE",
     "if it is set and not 0, there is colour also where output is no terminal, unless NO_COLOR is set"},
    {"CLICOLOR", "0: no colour"},
    {"TERM", "dumb: no colour, and nothing is drawn in place"},
    {"COLUMNS", "width of text that goes to a pipe or file, 60 to 100; 80 without it"},
    {"LC_ALL, LC_CTYPE, LANG",
     "the first that is set decides whether bars are drawn with block characters or in ASCII"},
};

static void put_entries(FILE *to, const char *heading, const entry *row, size_t n)
{
    fprintf(to, ".SH %s\n", heading);
    for (size_t i = 0; i < n; i++) {
        fputs(".TP\n\\fB", to);
        put_code(to, row[i].name);
        fputs("\\fR\n", to);
        put_text(to, row[i].meaning);
    }
}

int kl_man_print_all(const kl_cli *cli)
{
    FILE *to = cli->out.file;
    begin_page(to, "klaster", "1", "klaster", "simulator of marketing ecosystems in industrial clusters");
    fputs(".SH SYNOPSIS\n\\fBklaster\\fR \\fIcommand\\fR [\\fIargument\\fR]... [\\fIoption\\fR]...\n.SH DESCRIPTION\n",
          to);
    put_text(to, "Does a marketing ecosystem pay for an industrial cluster, and how sure is that? klaster simulates a "
                 "cluster of industrial firms, month by month, while a common marketing platform is introduced among "
                 "them. It plays thousands of such worlds and says in what share of them a claim holds, and what "
                 "happened in the others.");
    fputs(".PP\n", to);
    put_text(to, "Results go to standard output, messages and progress to standard error.");
    fputs(".SH COMMANDS\n", to);
    for (const kl_command_group *g = kl_command_groups(); g->heading; g++) {
        fprintf(to, ".SS %s\n", g->heading);
        for (int i = 0; g->command[i]; i++) {
            char name[64];
            snprintf(name, sizeof name, "klaster-%s", g->command[i]->name);
            fputs(".TP\n", to);
            put_reference(to, name, 1, "");
            put_text(to, g->command[i]->summary);
        }
    }
    put_exit_codes(to);
    put_entries(to, "ENVIRONMENT", environment, sizeof environment / sizeof environment[0]);
    put_entries(to, "FILES", files, sizeof files / sizeof files[0]);
    static const char *const start[] = {"klaster run paper",
                                        "the claims of the paper, 54 firms, 60 months",
                                        "klaster summary results/paper.h5",
                                        "what came out",
                                        "klaster init my-study.yaml",
                                        "a study of your own, with comments",
                                        NULL};
    put_examples(to, start);
    fputs(".SH \"SEE ALSO\"\n", to);
    put_reference(to, "klaster-study", 5, "");
    return end_page(cli);
}

/* ---- klaster-study(5) ---- */

static void put_param(FILE *to, const kl_param_info *info)
{
    char value[KL_NUMBER_SIZE], lo[KL_NUMBER_SIZE], hi[KL_NUMBER_SIZE], text[512];
    const char *unit = strcmp(info->unit, "1") == 0 ? "" : info->unit;
    fputs(".TP\n\\fB", to);
    put_code(to, info->name);
    fputs("\\fR\n", to);
    put_text(to, info->meaning);
    fputs(".br\n", to);
    kl_reference_value(value, sizeof value, info, info->dflt);
    size_t at =
        (size_t)snprintf(text, sizeof text, "Default %s%s%s%s", value, *unit ? " (" : "", unit, *unit ? ")" : "");
    for (int i = 0; i < info->n_choices && at < sizeof text; i++)
        at += (size_t)snprintf(text + at, sizeof text - at, "%s%s", i ? ", " : "; one of ", info->choices[i]);
    if (info->kind != KL_KIND_CHOICE && info->kind != KL_KIND_FLAG && at < sizeof text)
        at += (size_t)snprintf(text + at, sizeof text - at, "; from %s to %s",
                               kl_reference_value(lo, sizeof lo, info, info->lo),
                               kl_reference_value(hi, sizeof hi, info, info->hi));
    if (*info->prior && at < sizeof text)
        at += (size_t)snprintf(text + at, sizeof text - at, "; uncertain: %s", info->prior);
    if (at < sizeof text)
        snprintf(text + at, sizeof text - at, ".");
    put_text(to, text);
}

static void put_outcome(FILE *to, const kl_outcome_info *info)
{
    char text[640];
    fputs(".TP\n\\fB", to);
    put_code(to, info->name);
    fputs("\\fR\n", to);
    snprintf(text, sizeof text, "%s (%s)", info->meaning, info->unit);
    put_text(to, text);
}

int kl_man_print_study(const kl_cli *cli)
{
    FILE *to = cli->out.file;
    const char *group = "";
    int n;
    begin_page(to, "klaster-study", "5", "klaster-study",
               "study files: which cluster, which mechanism, what is uncertain");
    fputs(".SH DESCRIPTION\n", to);
    put_text(to, "A study is a YAML or JSON file. It says which cluster is simulated, which mechanism introduces the "
                 "ecosystem, what is uncertain, which options (arms) are compared in the same worlds, and which claims "
                 "are to be checked. docs/study-file.md, which is installed with klaster, has every key; klaster check "
                 "says what is wrong with a study, with line and column; klaster params --schema prints the JSON "
                 "Schema for editors.");
    fputs(".SH EXAMPLE\n", to);
    put_text(to, "What klaster init writes:");
    put_lines(to, (const char *)kl_starter, kl_starter_size);
    fputs(".SH PARAMETERS\n", to);
    put_text(to, "Keys of parameters, of arms and of --set. A value is a number or word, or a distribution.");
    for (int i = 0; i < KL_N_PARAMS; i++) {
        const kl_param_info *info = kl_param_info_of((kl_param_id)i);
        if (strcmp(info->group, group) != 0)
            fprintf(to, ".SS %s\n", info->group);
        group = info->group;
        put_param(to, info);
    }
    fputs(".SH OUTCOMES\n", to);
    put_text(to, "What claims can be about.");
    const kl_outcome_line *line = kl_outcome_lines(&n);
    for (int i = 0; i < n; i++) {
        bool is_last = i + 1 == n || line[i + 1].group || line[i + 1].outcome < 0;
        if (line[i].group && !is_last)
            fprintf(to, ".SS %s\n", line[i].group);
        else if (!line[i].group && line[i].outcome >= 0)
            put_outcome(to, kl_outcome_info_of((kl_outcome_id)line[i].outcome));
    }
    fputs(".SH \"SEE ALSO\"\n", to);
    put_reference(to, "klaster-check", 1, ",");
    put_reference(to, "klaster-params", 1, ",");
    put_reference(to, "klaster-run", 1, "");
    return end_page(cli);
}
