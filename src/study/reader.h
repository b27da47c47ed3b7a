/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Inside the study layer: the tree that a YAML text becomes, what is wrong with it, and the pieces that turn trees
 * into a kl_study. One kl_reader serves one load; all that it allocates lives in its arena until the load ends. */
#ifndef KL_STUDY_READER_H
#define KL_STUDY_READER_H

#include "klaster/study.h"

#define KL_TEXT_MAX ((size_t)16 << 20) /* bytes of a study file */
#define KL_DEPTH_MAX 32                /* nesting of lists and maps */
#define KL_NODES_MAX 2000000
#define KL_KEYS_MAX 1024 /* keys of one map */
#define KL_INCLUDE_DEPTH_MAX 8
#define KL_ARMS_MAX 1000
#define KL_CLAIMS_MAX 1000
#define KL_TARGETS_MAX 1000
#define KL_NAME_MAX 64
#define KL_QUANTILES_MAX 32

/* ---- arena (arena.c) ---- */

typedef struct kl_arena {
    struct kl_arena_block *block;
} kl_arena;

/* Zeroed memory that kl_arena_free releases, or NULL. */
void *kl_arena_alloc(kl_arena *arena, size_t size);
char *kl_arena_text(kl_arena *arena, const char *text, size_t length);
void kl_arena_free(kl_arena *arena);

/* ---- trees (yaml.c, number.c) ---- */

typedef enum kl_node_kind { KL_NODE_TEXT, KL_NODE_LIST, KL_NODE_MAP } kl_node_kind;

typedef struct kl_document {
    const char *file; /* for messages */
    const struct kl_node *root;
    int has_places; /* 0: a text that is no file, so lines and columns say nothing */
    int broken;     /* could not be parsed: said already */
    const struct kl_document *next;
} kl_document;

typedef struct kl_node {
    kl_node_kind kind;
    int plain;        /* text without quotes: may be a number, a truth value or null */
    const char *text; /* of a TEXT */
    int line, column; /* from 1 */
    const char *key;  /* of an entry of a map, else NULL */
    int key_line, key_column;
    int index; /* place in its list, from 1 */
    int n;     /* entries of a list or map */
    const struct kl_node *parent, *first, *next;
    const kl_document *document;
} kl_node;

/* NULL where the map has no such key (or is none). */
const kl_node *kl_node_entry(const kl_node *map, const char *key);
int kl_node_is_null(const kl_node *node);

typedef enum kl_number_fault { KL_NUMBER_FINE, KL_NUMBER_NONE, KL_NUMBER_LARGE } kl_number_fault;

/* A decimal number, nothing before or after it; no hexadecimal, no inf, no nan. */
kl_number_fault kl_number_parse(const char *text, double *value);

/* ---- the reader ---- */

typedef struct kl_reader {
    kl_arena arena;
    kl_diagnostics *found;
    const kl_document *documents; /* files read so far, so that none is read twice */
    int no_memory;
} kl_reader;

/* Length of the UTF-8 character at p, 0 where it is malformed, overlong, a surrogate or beyond U+10FFFF. */
size_t kl_character_length(const unsigned char *p, size_t left);

/* Parse a text; NULL where it is broken (said) or memory ran out. file is copied. */
const kl_document *kl_document_parse(kl_reader *reader, const char *text, size_t length, const char *file,
                                     int has_places);

/* ---- what is wrong (diagnostics.c) ---- */

#define KL_PRINTF(at, first) __attribute__((format(printf, at, first)))

void kl_diagnostics_add(kl_reader *reader, const char *file, int line, int column, int is_warning, const char *format,
                        ...) KL_PRINTF(6, 7);
/* "path: sentence" at the node's value, or at its key. */
void kl_error_at(kl_reader *reader, const kl_node *node, const char *format, ...) KL_PRINTF(3, 4);
void kl_error_at_key(kl_reader *reader, const kl_node *node, const char *format, ...) KL_PRINTF(3, 4);
void kl_warning_at_key(kl_reader *reader, const kl_node *node, const char *format, ...) KL_PRINTF(3, 4);

/* The nearest of the words tried, by edit distance. */
typedef struct kl_suggestion {
    const char *word, *best;
    int distance;
} kl_suggestion;

/* Nothing is near once more errors were found than are shown. */
kl_suggestion kl_suggestion_of(const kl_reader *reader, const char *word);
void kl_suggestion_try(kl_suggestion *suggestion, const char *candidate);
/* "; did you mean 'fee'?", or `otherwise` where nothing is near. buffer: 160 bytes. */
const char *kl_suggestion_text(const kl_suggestion *suggestion, const char *otherwise, char buffer[160]);

/* ---- reading small things (fields.c) ---- */

/* Say every key of the map that is not among the n given. 0 where the node is no map (said). */
int kl_read_keys(kl_reader *reader, const kl_node *map, const char *const *keys, int n, const char *what);
/* Each returns 1 and the value, or 0 after saying what is wrong. Texts live in the arena. */
int kl_read_text(kl_reader *reader, const kl_node *node, const char **text);
int kl_read_name(kl_reader *reader, const kl_node *node, const char **text);
int kl_read_number(kl_reader *reader, const kl_node *node, double *value);
int kl_read_whole(kl_reader *reader, const kl_node *node, double lo, double hi, double *value);
int kl_name_is_legal(const char *name);

/* ---- distributions (dist.c, read_dist.c) ---- */

const char *kl_dist_kind_word(kl_dist_kind kind);
int kl_dist_is_constant(const kl_dist *dist);
int kl_dist_equals(const kl_dist *a, const kl_dist *b);
kl_dist kl_dist_constant(double value);

/* The row by which lengths of stages are read. */
const kl_param_info *kl_months_row(void);
/* Stands for the mechanism as an input. */
const kl_param_info *kl_mechanism_row(void);
/* A value or a distribution that the row allows. */
int kl_read_dist(kl_reader *reader, const kl_node *node, const kl_param_info *row, kl_dist *dist);
/* A list of values, as a choice between them. */
int kl_read_values(kl_reader *reader, const kl_node *list, const kl_param_info *row, kl_dist *dist);
/* What the arm has for an input; NULL for a stage that it lacks. */
const kl_dist *kl_arm_dist(const kl_arm *arm, const kl_input *input);

/* ---- values of an arm, layer over layer (values.c) ---- */

/* A later rank wins. */
typedef enum kl_rank {
    KL_RANK_DEFAULT,
    KL_RANK_PRIOR,
    KL_RANK_MECHANISM,
    KL_RANK_INCLUDE,
    KL_RANK_STUDY,
    KL_RANK_SET,
    KL_RANK_ARM_MECHANISM,
    KL_RANK_ARM_INCLUDE,
    KL_RANK_ARM,
    KL_RANK_ARM_SET,
    KL_RANK_FACTOR
} kl_rank;

/* The length of a stage set by "months.<stage>". */
typedef struct kl_length {
    const char *stage;
    kl_dist months;
    kl_rank rank;
    const kl_node *node;
    int *fate;                    /* 1 applied somewhere, 2 met a stage that another layer decides; shared by copies */
    const struct kl_length *next; /* the one set before */
} kl_length;

#define KL_LENGTH_APPLIED 1
#define KL_LENGTH_OUTRANKED 2

/* Which layer set each parameter, and where it stands; NULL for a default or prior. */
typedef struct kl_origins {
    kl_rank rank[KL_N_PARAMS];
    const kl_node *node[KL_N_PARAMS];
} kl_origins;

typedef struct kl_values {
    kl_dist param[KL_N_PARAMS];
    kl_origins set;
    const kl_length *lengths; /* the last first */
} kl_values;

int kl_values_start(kl_reader *reader, kl_values *values, int with_priors);
/* Apply a map of parameters. */
void kl_values_apply(kl_reader *reader, kl_values *values, const kl_node *map, kl_rank rank);
void kl_values_apply_entry(kl_reader *reader, kl_values *values, const kl_node *entry, kl_rank rank);
/* Lay one distribution over the input of that name ("fee", "months.pilot"), which is legal; node: where it stands. */
void kl_values_set(kl_reader *reader, kl_values *values, const char *name, const kl_dist *dist, const kl_node *node,
                   kl_rank rank);

/* ---- files (files.c, fragment.c, mechanism.c) ---- */

/* The whole file, or NULL with *status KL_ERR_READ, KL_ERR_STUDY (too large) or KL_ERR_MEMORY. malloc'd. */
char *kl_file_read(const char *path, size_t *length, kl_status *status);
/* Path of `name` (with or without .yaml) beside `from` or among the scenarios (in `folder` "" or "mechanisms/"), in
 * the arena; NULL where there is none. `from` may be NULL. */
const char *kl_file_find(kl_reader *reader, const char *name, const char *from, const char *folder);
/* The nearest name among the scenarios of a folder: "", "cases/" or "mechanisms/". */
kl_suggestion kl_file_suggestion(kl_reader *reader, const char *name, const char *folder);
const kl_document *kl_document_open(kl_reader *reader, const kl_node *asked, const char *path);

/* Apply the fragments that an `include` names. */
void kl_values_include(kl_reader *reader, kl_values *values, const kl_node *include, kl_rank rank);

typedef struct kl_mechanism_spec {
    const char *name;
    int n_stages;
    struct {
        const char *name;
        kl_stage_kind kind;
        kl_dist months;
    } stage[KL_STAGES_MAX];
    const kl_node *node; /* where it is asked for; NULL for the default one */
    const kl_node *body; /* the map that says it */
    const kl_node *stage_node[KL_STAGES_MAX];
} kl_mechanism_spec;

/* Mechanisms that an arm draws from; equally likely. One where it is fixed. */
typedef struct kl_mechanisms {
    int n;
    const kl_mechanism_spec *spec[KL_DIST_VALUES_MAX];
} kl_mechanisms;

/* A mechanism or {choice: [...]}; NULL: the five stages. Or, of a factor, a list. 0 after saying what is wrong. */
int kl_mechanisms_read(kl_reader *reader, const kl_node *node, kl_mechanisms *read);
int kl_mechanisms_read_list(kl_reader *reader, const kl_node *list, kl_mechanisms *read);
void kl_values_apply_mechanism(kl_reader *reader, kl_values *values, const kl_mechanism_spec *spec, kl_rank rank);

/* ---- the design (design.c) ---- */

/* A factor as the file names it. */
typedef struct kl_factor_asked {
    const char *name;
    const kl_node *node;
    int n_levels; /* of a factorial */
    int has_dist; /* with values of its own, which hold in every arm */
    kl_dist dist;
    int is_input; /* it varies */
    struct kl_factor_asked *next;
} kl_factor_asked;

/* Sizes and design as asked for; what they come to is known once the arms are. */
typedef struct kl_design_asked {
    double points; /* as the file says; -1 where it does not */
    double replicates;
    int64_t runs; /* from the command line; -1 where not */
    kl_design_kind kind;
    const kl_node *node; /* NULL where the file says no design */
    double rows;         /* -1: as usual for the kind */
    int n_levels, second_order;
    kl_factor_asked *first; /* NULL: every input that varies is a factor, where the kind has factors */
} kl_design_asked;

/* Reads `design`; the sizes are there already. */
void kl_study_read_design(kl_reader *reader, const kl_node *root, kl_design_asked *asked);
void kl_values_apply_factors(kl_reader *reader, kl_values *values, const kl_design_asked *asked);
/* Does the design say the values of that input? */
int kl_design_gives(const kl_design_asked *asked, const char *name);
/* The list of mechanisms that are levels of a factor, or NULL. */
const kl_node *kl_design_mechanisms(const kl_design_asked *asked);
/* Set design, n_points and n_replicates of a study whose arms are read. */
void kl_study_seal_design(kl_reader *reader, kl_study *study, const kl_node *root, kl_design_asked *asked);

/* ---- parts of a study (arms.c, claims.c, targets.c, check.c, resolve.c) ---- */

/* The arms, and the design, which depends on what varies in them. */
void kl_study_read_arms(kl_reader *reader, kl_study *study, const kl_node *root, const kl_overrides *overrides,
                        kl_design_asked *asked);
void kl_study_read_claims(kl_reader *reader, kl_study *study, const kl_node *claims);
/* What was observed; the arms are read already. */
void kl_study_read_targets(kl_reader *reader, kl_study *study, const kl_node *targets);
/* Consistency of an arm, under one of its mechanisms, at the medians and at many draws. */
void kl_arm_check(kl_reader *reader, const kl_study *study, int arm, int variant, const kl_origins *set,
                  const kl_mechanism_spec *spec, const kl_node *at);
/* Fill `resolved` and `sha256`. */
kl_status kl_study_resolve(kl_study *study);

/* malloc'd copy, or NULL and the reader's no_memory. */
char *kl_reader_copy(kl_reader *reader, const char *text);

/* ---- draw.c ---- */

/* "months.pilot"; a stage's name has at most 64 characters. */
#define KL_INPUT_NAME 96
void kl_stage_input_name(char name[KL_INPUT_NAME], const kl_stage_spec *stage);

#endif
