/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * JSON Schema (draft-07) of study files, made from the tables, for editors. It knows every key, parameter, bound and
 * name; what needs the whole study - lookups, one value against another, arguments in order - only the reader knows.
 * Fragments and mechanism files are the definitions `fragment` and `mechanism`. */
#include <string.h>

#include "study/json_text.h"
#include "study/reader.h"

/* The texts below are pieces of the schema that hang on no table. */
static const char named_pieces[] =
    "{\"name\": {\"type\": \"string\", \"pattern\": \"^[A-Za-z0-9_.-]{1,64}$\"},"
    " \"version\": {\"const\": 1, \"description\": \"version of the syntax\"},"
    " \"text\": {\"type\": [\"string\", \"number\", \"boolean\", \"null\"]},"
    " \"include\": {\"description\": \"fragments of parameters; a later one wins\", \"anyOf\": [{\"type\": \"string\"},"
    "   {\"type\": \"array\", \"items\": {\"type\": \"string\"}}]},"
    " \"fragment\": {\"type\": \"object\", \"additionalProperties\": false, \"properties\": {"
    "   \"klaster\": {\"$ref\": \"#/definitions/version\"}, \"name\": {\"$ref\": \"#/definitions/name\"},"
    "   \"title\": {\"$ref\": \"#/definitions/text\"}, \"description\": {\"$ref\": \"#/definitions/text\"},"
    "   \"source\": {\"$ref\": \"#/definitions/text\"}, \"include\": {\"$ref\": \"#/definitions/include\"},"
    "   \"sources\": {\"type\": \"object\", \"additionalProperties\": {\"type\": \"string\"}},"
    "   \"parameters\": {\"$ref\": \"#/definitions/parameters\"}}},"
    " \"mechanism\": {\"type\": \"object\", \"additionalProperties\": false, \"required\": [\"name\", \"stages\"],"
    "   \"properties\": {\"klaster\": {\"$ref\": \"#/definitions/version\"}, \"name\": {\"$ref\": "
    "\"#/definitions/name\"},"
    "   \"title\": {\"$ref\": \"#/definitions/text\"}, \"description\": {\"$ref\": \"#/definitions/text\"},"
    "   \"source\": {\"$ref\": \"#/definitions/text\"}, \"parameters\": {\"$ref\": \"#/definitions/parameters\"},"
    "   \"stages\": {\"type\": \"array\", \"items\": {\"$ref\": \"#/definitions/stage\"}}}},"
    " \"mechanism_or_name\": {\"description\": \"a name, a file or the stages\","
    "   \"anyOf\": [{\"type\": \"string\"}, {\"$ref\": \"#/definitions/mechanism\"}]},"
    " \"arm\": {\"type\": \"object\", \"additionalProperties\": false, \"required\": [\"name\"], \"properties\": {"
    "   \"name\": {\"$ref\": \"#/definitions/name\"}, \"label\": {\"$ref\": \"#/definitions/text\"},"
    "   \"include\": {\"$ref\": \"#/definitions/include\"}, \"mechanism\": {\"$ref\": "
    "\"#/definitions/mechanisms\"},"
    "   \"parameters\": {\"$ref\": \"#/definitions/parameters\"}}},"
    " \"factor\": {\"description\": \"its values; or how many levels: the middles of as many equally likely parts\","
    "   \"anyOf\": [{\"type\": \"array\", \"minItems\": 2, \"maxItems\": 64, \"uniqueItems\": true, \"items\": {"
    "     \"type\": [\"number\", \"boolean\", \"string\"]}},"
    "    {\"type\": \"object\", \"additionalProperties\": false, \"required\": [\"levels\"], \"properties\": {"
    "     \"levels\": {\"type\": \"integer\", \"minimum\": 2, \"maximum\": 10000},"
    "     \"of\": {\"type\": \"object\", \"description\": \"a distribution; if left out, the input's own\"}}}]},"
    " \"factor_names\": {\"type\": \"array\", \"minItems\": 1, \"uniqueItems\": true,"
    "   \"description\": \"the inputs moved; if left out, all that vary\","
    "   \"items\": {\"anyOf\": [{\"$ref\": \"#/definitions/parameter_name\"}, {\"const\": \"mechanism\"},"
    "     {\"type\": \"string\", \"pattern\": \"^months\\\\.[A-Za-z0-9_.-]{1,64}$\"}]}},"
    " \"design\": {\"description\": \"where the points lie\", \"anyOf\": [{\"enum\": [\"monte_carlo\", "
    "\"latin_hypercube\","
    "    \"sobol\", \"saltelli\", \"morris\"]},"
    "    {\"type\": \"object\", \"additionalProperties\": false, \"required\": [\"kind\"], \"properties\": {"
    "     \"kind\": {\"enum\": [\"monte_carlo\", \"latin_hypercube\", \"sobol\"]}}},"
    "    {\"type\": \"object\", \"additionalProperties\": false, \"required\": [\"kind\", \"factors\"], "
    "\"properties\": {"
    "     \"kind\": {\"const\": \"factorial\"}, \"factors\": {\"$ref\": \"#/definitions/factors\"}}},"
    "    {\"type\": \"object\", \"additionalProperties\": false, \"required\": [\"kind\"], \"properties\": {"
    "     \"kind\": {\"const\": \"saltelli\"}, \"factors\": {\"$ref\": \"#/definitions/factor_names\"},"
    "     \"base\": {\"type\": \"integer\", \"minimum\": 1, \"description\": \"rows; a power of two is best\"},"
    "     \"second_order\": {\"type\": \"boolean\"}}},"
    "    {\"type\": \"object\", \"additionalProperties\": false, \"required\": [\"kind\"], \"properties\": {"
    "     \"kind\": {\"const\": \"morris\"}, \"factors\": {\"$ref\": \"#/definitions/factor_names\"},"
    "     \"trajectories\": {\"type\": \"integer\", \"minimum\": 1},"
    "     \"levels\": {\"type\": \"integer\", \"minimum\": 2, \"maximum\": 1000, \"multipleOf\": 2}}}]},"
    " \"claim_end\": {\"anyOf\": [{\"type\": [\"number\", \"null\"]}, {\"enum\": [\".inf\", \"-.inf\"]}]}}";

static const char mechanisms_piece[] =
    "{\"description\": \"how the ecosystem is introduced: a mechanism, or equally likely ones\","
    " \"anyOf\": [{\"$ref\": \"#/definitions/mechanism_or_name\"},"
    "  {\"type\": \"object\", \"additionalProperties\": false, \"required\": [\"choice\"], \"properties\": {"
    "   \"choice\": {\"type\": \"array\", \"minItems\": 1, \"maxItems\": 64, \"uniqueItems\": true,"
    "    \"items\": {\"$ref\": \"#/definitions/mechanism_or_name\"}}}}]}";

static const char mechanism_factor_piece[] =
    "{\"anyOf\": [{\"type\": \"array\", \"minItems\": 2, \"maxItems\": 64, \"uniqueItems\": true,"
    "   \"items\": {\"$ref\": \"#/definitions/mechanism_or_name\"}},"
    "  {\"type\": \"object\", \"additionalProperties\": false, \"required\": [\"levels\"], \"properties\": {"
    "   \"levels\": {\"type\": \"integer\", \"minimum\": 2, \"maximum\": 64}}}]}";

static const char study_properties[] =
    "{\"klaster\": {\"$ref\": \"#/definitions/version\"}, \"name\": {\"$ref\": \"#/definitions/name\"},"
    " \"title\": {\"$ref\": \"#/definitions/text\"}, \"description\": {\"$ref\": \"#/definitions/text\"},"
    " \"seed\": {\"type\": \"integer\", \"minimum\": 0, \"maximum\": 9007199254740991,"
    "   \"description\": \"everything random hangs on it\"},"
    " \"months\": {\"type\": \"integer\", \"minimum\": 1, \"maximum\": 1200, \"description\": \"horizon\"},"
    " \"points\": {\"type\": \"integer\", \"minimum\": 1, \"maximum\": 2147483647,"
    "   \"description\": \"draws of the uncertain parameters\"},"
    " \"replicates\": {\"type\": \"integer\", \"minimum\": 1, \"maximum\": 2147483647,"
    "   \"description\": \"draws of chance at each point\"},"
    " \"design\": {\"$ref\": \"#/definitions/design\"},"
    " \"include\": {\"$ref\": \"#/definitions/include\"}, \"mechanism\": {\"$ref\": "
    "\"#/definitions/mechanisms\"},"
    " \"uncertainty\": {\"enum\": [\"none\", \"default\"],"
    "   \"description\": \"default: every parameter with a prior that nothing sets is drawn from it\"},"
    " \"parameters\": {\"$ref\": \"#/definitions/parameters\"},"
    " \"arms\": {\"type\": \"array\", \"minItems\": 1, \"maxItems\": 1000, \"items\": {\"$ref\": "
    "\"#/definitions/arm\"}},"
    " \"baseline\": {\"description\": \"the arm that the others are compared with; the first if left out\","
    "   \"allOf\": [{\"$ref\": \"#/definitions/name\"}]},"
    " \"claims\": {\"type\": [\"array\", \"null\"], \"items\": {\"$ref\": \"#/definitions/claim\"}},"
    " \"targets\": {\"description\": \"what was observed, for klaster calibrate\","
    "   \"type\": [\"array\", \"null\"], \"items\": {\"$ref\": \"#/definitions/target\"}},"
    " \"output\": {\"type\": \"object\", \"additionalProperties\": false, \"properties\": {\"quantiles\": {"
    "   \"type\": \"array\", \"minItems\": 1, \"maxItems\": 32, \"uniqueItems\": true, \"items\": {\"type\": "
    "\"number\","
    "   \"exclusiveMinimum\": 0, \"exclusiveMaximum\": 1}}}}}";

/* jansson 2.14 overlooks a failure to grow the buffer of a word and then reads another word: read twice and compare. */
static json_t *piece_json(const char *text)
{
    json_t *one = json_loads(text, 0, NULL), *two = json_loads(text, 0, NULL);
    if (!one || !two || !json_equal(one, two)) {
        json_decref(one);
        one = NULL;
    }
    json_decref(two);
    return one;
}

static int set(json_t *map, const char *key, json_t *value)
{
    return json_object_set_new(map, key, value) == 0;
}

/* {"type": "object", "additionalProperties": false, "properties": properties}; takes the reference. */
static json_t *closed_object(json_t *properties)
{
    return properties
               ? json_pack("{s:s, s:b, s:o}", "type", "object", "additionalProperties", 0, "properties", properties)
               : NULL;
}

/* ---- distributions ---- */

/* {kind: [numbers]} with the number of arguments that the kind takes */
static json_t *numbers_json(const char *word, int n)
{
    json_t *list =
        json_pack("{s:s, s:{s:s}, s:i, s:i}", "type", "array", "items", "type", "number", "minItems", n, "maxItems", n);
    json_t *properties = json_object();
    if (!list || !properties || json_object_set(properties, word, list) != 0) {
        json_decref(properties);
        properties = NULL;
    }
    json_decref(list);
    json_t *map = closed_object(properties);
    if (map && !set(map, "required", json_pack("[s]", word))) {
        json_decref(map);
        map = NULL;
    }
    return map;
}

/* Those of the kinds listed whose arguments are plain numbers, as anyOf. */
static json_t *distributions_json(int whole)
{
    static const struct {
        const char *word;
        int n;
    } kinds[] = {
#define KL_KIND(name, word, n, arguments) {word, n},
        KL_DIST_LIST(KL_KIND)
#undef KL_KIND
    };
    json_t *list = json_array();
    for (int i = 0; list && i < KL_N_DIST_KINDS; i++) {
        if (i == KL_DIST_CONSTANT || i == KL_DIST_CHOICE || (whole && i != KL_DIST_INTEGER))
            continue;
        if (json_array_append_new(list, numbers_json(kinds[i].word, kinds[i].n)) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

/* ---- parameters ---- */

/* One legal value. */
static json_t *value_json(const kl_param_info *row)
{
    if (row->kind == KL_KIND_FLAG)
        return json_pack("{s:s}", "type", "boolean");
    if (row->kind == KL_KIND_REAL)
        return json_pack("{s:s, s:f, s:f}", "type", "number", "minimum", row->lo, "maximum", row->hi);
    if (row->kind == KL_KIND_INT)
        return json_pack("{s:s, s:I, s:I}", "type", "integer", "minimum", (json_int_t)row->lo, "maximum",
                         (json_int_t)row->hi);
    json_t *names = json_array();
    for (int i = 0; names && i < row->n_choices; i++)
        if (json_array_append_new(names, json_string(row->choices[i])) != 0) {
            json_decref(names);
            names = NULL;
        }
    return names ? json_pack("{s:o}", "enum", names) : NULL;
}

/* Put into anyOf: the value itself, {constant: value}, {choice: [values]}. */
static int add_plain_forms(json_t *any, const kl_param_info *row)
{
    json_t *value = value_json(row);
    int fine = value && json_array_append(any, value) == 0;
    json_t *properties = fine ? json_pack("{s:{s:[O, {s:s, s:O, s:i, s:i}]}}", "constant", "anyOf", value, "type",
                                          "array", "items", value, "minItems", 1, "maxItems", 1)
                              : NULL;
    json_t *constant = closed_object(properties);
    fine = fine && constant && set(constant, "required", json_pack("[s]", "constant")) &&
           json_array_append(any, constant) == 0;
    properties = fine ? json_pack("{s:{s:s, s:O, s:i, s:i, s:b}}", "choice", "type", "array", "items", value,
                                  "minItems", 1, "maxItems", KL_DIST_VALUES_MAX, "uniqueItems", 1)
                      : NULL;
    json_t *choice = closed_object(properties);
    fine = fine && choice && set(choice, "required", json_pack("[s]", "choice")) && json_array_append(any, choice) == 0;
    json_decref(value);
    json_decref(constant);
    json_decref(choice);
    return fine;
}

static json_t *param_json(const kl_param_info *row)
{
    json_t *any = json_array();
    int fine = any && add_plain_forms(any, row);
    if (fine && row->kind == KL_KIND_REAL)
        fine = json_array_append_new(any, json_pack("{s:s}", "$ref", "#/definitions/distribution")) == 0;
    if (fine && row->kind == KL_KIND_INT)
        fine = json_array_append_new(any, json_pack("{s:s}", "$ref", "#/definitions/whole_distribution")) == 0;
    if (!fine) {
        json_decref(any);
        return NULL;
    }
    int has_unit = strcmp(row->unit, "1") != 0;
    return json_pack("{s:s++, s:o}", "description", row->meaning, has_unit ? ", " : "", has_unit ? row->unit : "",
                     "anyOf", any);
}

static json_t *params_json(void)
{
    json_t *properties = json_object();
    for (int i = 0; properties && i < KL_N_PARAMS; i++) {
        const kl_param_info *row = kl_param_info_of((kl_param_id)i);
        if (!set(properties, row->name, param_json(row))) {
            json_decref(properties);
            properties = NULL;
        }
    }
    json_t *map = closed_object(properties);
    if (map && (!set(map, "type", json_pack("[s, s]", "object", "null")) ||
                !set(map, "patternProperties",
                     json_pack("{s:{s:s}}", "^months\\.[A-Za-z0-9_.-]{1,64}$", "$ref", "#/definitions/months")))) {
        json_decref(map);
        return NULL;
    }
    return map;
}

/* ---- factors ---- */

/* Every word of a table of n rows. */
static json_t *words_json(int n, const char *(*word)(int))
{
    json_t *words = json_array();
    for (int i = 0; words && i < n; i++)
        if (json_array_append_new(words, json_string(word(i))) != 0) {
            json_decref(words);
            words = NULL;
        }
    return words ? json_pack("{s:o}", "enum", words) : NULL;
}

static json_t *reference(const char *to)
{
    return json_pack("{s:s}", "$ref", to);
}

static const char *param_word(int i)
{
    return kl_param_info_of((kl_param_id)i)->name;
}

/* A map from inputs to their levels. */
static json_t *factors_json(void)
{
    json_t *properties = json_object();
    for (int i = 0; properties && i < KL_N_PARAMS; i++)
        if (!set(properties, param_word(i), reference("#/definitions/factor"))) {
            json_decref(properties);
            properties = NULL;
        }
    if (properties && !set(properties, "mechanism", reference("#/definitions/mechanism_factor"))) {
        json_decref(properties);
        properties = NULL;
    }
    json_t *map = closed_object(properties);
    if (map && (!set(map, "minProperties", json_integer(1)) ||
                !set(map, "patternProperties",
                     json_pack("{s:{s:s}}", "^months\\.[A-Za-z0-9_.-]{1,64}$", "$ref", "#/definitions/factor")))) {
        json_decref(map);
        return NULL;
    }
    return map;
}

/* ---- stages and claims ---- */

static const char *kind_word(int i)
{
    return kl_stage_kind_word((kl_stage_kind)i);
}

static const char *outcome_word(int i)
{
    return kl_outcome_info_of((kl_outcome_id)i)->name;
}

static json_t *stage_json(void)
{
    json_t *properties = json_object();
    if (!properties || !set(properties, "name", reference("#/definitions/name")) ||
        !set(properties, "kind", words_json(KL_N_STAGE_KINDS, kind_word)) ||
        !set(properties, "months", reference("#/definitions/months")) ||
        !set(properties, "settings", reference("#/definitions/parameters")) ||
        !set(properties, "description", reference("#/definitions/text"))) {
        json_decref(properties);
        return NULL;
    }
    json_t *map = closed_object(properties);
    if (map && !set(map, "required", json_pack("[s, s]", "name", "kind"))) {
        json_decref(map);
        return NULL;
    }
    return map;
}

static json_t *claim_json(void)
{
    json_t *properties = json_object();
    if (!properties || !set(properties, "name", reference("#/definitions/name")) ||
        !set(properties, "metric", words_json(KL_N_OUTCOMES, outcome_word)) ||
        !set(properties, "interval",
             json_pack("{s:s, s:{s:s}, s:i, s:i}", "type", "array", "items", "$ref", "#/definitions/claim_end",
                       "minItems", 2, "maxItems", 2)) ||
        !set(properties, "source", reference("#/definitions/text"))) {
        json_decref(properties);
        return NULL;
    }
    json_t *map = closed_object(properties);
    if (map && !set(map, "required", json_pack("[s, s, s]", "name", "metric", "interval"))) {
        json_decref(map);
        return NULL;
    }
    return map;
}

static json_t *target_json(void)
{
    json_t *properties = json_object();
    if (!properties ||
        !set(properties, "metric",
             json_pack("{s:[{s:s}, {s:s, s:s, s:s}]}", "anyOf", "$ref", "#/definitions/outcome_name", "type", "string",
                       "pattern", "^[a-z_]+@[0-9]+$", "description", "a series at the end of a month")) ||
        !set(properties, "arm", reference("#/definitions/name")) ||
        !set(properties, "value", json_pack("{s:s}", "type", "number")) ||
        !set(properties, "tolerance",
             json_pack("{s:s, s:i, s:s}", "type", "number", "exclusiveMinimum", 0, "description",
                       "standard deviation, of the measurement and of the model")) ||
        !set(properties, "source", reference("#/definitions/text"))) {
        json_decref(properties);
        return NULL;
    }
    json_t *map = closed_object(properties);
    if (map && !set(map, "required", json_pack("[s, s, s]", "metric", "value", "tolerance"))) {
        json_decref(map);
        return NULL;
    }
    return map;
}

/* ---- the whole ---- */

static json_t *definitions_json(void)
{
    json_t *definitions = piece_json(named_pieces);
    json_t *real = distributions_json(0), *whole = distributions_json(1);
    int fine = definitions && real && whole && set(definitions, "distribution", json_pack("{s:O}", "anyOf", real)) &&
               set(definitions, "whole_distribution", json_pack("{s:O}", "anyOf", whole)) &&
               set(definitions, "months", param_json(kl_months_row())) &&
               set(definitions, "parameters", params_json()) &&
               set(definitions, "parameter_name", words_json(KL_N_PARAMS, param_word)) &&
               set(definitions, "mechanisms", piece_json(mechanisms_piece)) &&
               set(definitions, "mechanism_factor", piece_json(mechanism_factor_piece)) &&
               set(definitions, "factors", factors_json()) && set(definitions, "stage", stage_json()) &&
               set(definitions, "claim", claim_json()) && set(definitions, "target", target_json()) &&
               set(definitions, "outcome_name", words_json(KL_N_OUTCOMES, outcome_word));
    json_decref(real);
    json_decref(whole);
    if (!fine) {
        json_decref(definitions);
        return NULL;
    }
    return definitions;
}

char *kl_study_schema(void)
{
    json_t *root = closed_object(piece_json(study_properties));
    char *text = NULL;
    if (root && set(root, "$schema", json_string("http://json-schema.org/draft-07/schema#")) &&
        set(root, "title", json_string("klaster study")) && set(root, "required", json_pack("[s]", "klaster")) &&
        set(root, "definitions", definitions_json()))
        text = kl_json_write(root);
    json_decref(root);
    return text;
}
