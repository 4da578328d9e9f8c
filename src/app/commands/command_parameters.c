#include <math.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "foreign_names.h"
#include "json_print.h"
#include "rules.h"
#include "spec.h"
#include "suggest.h"
#include "value.h"

struct parameters_values {
    bool json;
};

static int widest_name(void)
{
    size_t width = 0;
    for (size_t i = 0; rs_sweep_keys[i] != NULL; i++)
        if (strlen(rs_sweep_keys[i]) > width)
            width = strlen(rs_sweep_keys[i]);
    for (size_t i = 0; i < RS_PARAMETER_TOTAL; i++)
        if (strlen(rs_parameters[i].name) > width)
            width = strlen(rs_parameters[i].name);
    return (int)width;
}

static void format_default(const rs_parameter *parameter, char text[RS_PARAMETER_TEXT])
{
    rs_parameter_format(parameter, parameter->fallback, text);
}

/* ---- Text ------------------------------------------------------------------------------------ */

/* One line each. */
static void print_all(void)
{
    const int width = widest_name();
    printf("%-*s  %-14s  meaning\n", width, "parameter", "default");
    for (size_t i = 0; i < RS_PARAMETER_TOTAL; i++) {
        char text[RS_PARAMETER_TEXT];
        format_default(&rs_parameters[i], text);
        printf("%-*s  %-14s  %s\n", width, rs_parameters[i].name, text, rs_parameters[i].meaning);
    }
    printf("\n%-*s  meaning\n", width, "key beside them");
    for (size_t i = 0; rs_sweep_keys[i] != NULL; i++)
        printf("%-*s  %s\n", width, rs_sweep_keys[i], rs_sweep_key_meanings[i]);
    printf(
        "\n`rnnsweep parameters PARAMETER` says what values are allowed, and where it applies.\n");
}

static void print_one(const rs_parameter *parameter)
{
    char range[RS_RANGE_TEXT], text[RS_PARAMETER_TEXT];
    rs_value_describe_range(parameter, range);
    format_default(parameter, text);
    printf("%s: %s\n  %-8s %s\n  %-8s %s\n", parameter->name, parameter->meaning, "default", text,
           "allowed", range);
    const char *label = "applies", *joint = "with";
    for (size_t i = 0; i < rs_scope_count; i++)
        if (parameter == &rs_parameters[rs_scopes[i].parameter]) {
            char scope[RS_RULE_TEXT];
            rs_scope_describe(&rs_scopes[i], scope);
            printf("  %-8s %s %s\n", label, joint, scope);
            label = "";
            joint = rs_scopes[i].or_next ? "or" : "and";
        }
    for (size_t i = 0; i < RS_RULE_TOTAL; i++)
        if (rs_rule_concerns(&rs_rules[i], parameter))
            printf("  %-8s %s (%s)\n", "rule", rs_rules[i].statement, rs_rules[i].reason);
}

static void print_key(size_t key)
{
    printf("%s: %s\n  a key of the sweep file, beside `parameters`; docs/sweep-file.md has its "
           "forms\n",
           rs_sweep_keys[key], rs_sweep_key_meanings[key]);
}

/* ---- JSON ------------------------------------------------------------------------------------ */

/* The words of a choice, or false and true of a flag, of which `among` has a bit. */
static json_t *choices_of(const rs_parameter *parameter, uint32_t among)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < 32 && rs_parameter_allows(parameter, i); i++) {
        char name[RS_PARAMETER_TEXT];
        rs_parameter_format(parameter, i, name);
        if ((among >> i & 1) != 0)
            json_array_append_new(list, parameter->kind == RS_KIND_FLAG ? json_boolean(i != 0)
                                                                        : json_string(name));
    }
    return list;
}

static json_t *scope_of(const rs_scope *scope)
{
    const rs_parameter *of = &rs_parameters[scope->of];
    if (scope->of == RS_PARAMETER_task)
        return json_pack("{s:s, s:o, s:b}", "parameter", of->name, "values",
                         choices_of(of, scope->choices), "data_files",
                         (scope->choices & RS_SCOPE_DATA) != 0);
    if (scope->choices != 0)
        return json_pack("{s:s, s:o}", "parameter", of->name, "values",
                         choices_of(of, scope->choices));
    return of->optional ? json_pack("{s:s, s:n}", "parameter", of->name, "not")
                        : json_pack("{s:s, s:i}", "parameter", of->name, "above", 0);
}

/* Scopes joined by or_next are one element: {"any": [...]}. */
static json_t *scopes_of(const rs_parameter *parameter)
{
    json_t *list = json_array(), *any = NULL;
    for (size_t i = 0; i < rs_scope_count; i++) {
        if (parameter != &rs_parameters[rs_scopes[i].parameter])
            continue;
        if (rs_scopes[i].or_next && any == NULL) {
            any = json_array();
            json_array_append_new(list, json_pack("{s:O}", "any", any));
            json_decref(any); /* the list has it */
        }
        json_array_append_new(any != NULL ? any : list, scope_of(&rs_scopes[i]));
        if (!rs_scopes[i].or_next)
            any = NULL;
    }
    return list;
}

static void add_bound(json_t *object, const char *name, bool whole, double value)
{
    if (isfinite(value))
        json_object_set_new(object, name,
                            whole ? json_integer((json_int_t)value) : rs_json_real(value));
}

static json_t *describe(const rs_parameter *parameter)
{
    static const char *const kinds[] = {[RS_KIND_COUNT] = "whole",
                                        [RS_KIND_REAL] = "real",
                                        [RS_KIND_CHOICE] = "choice",
                                        [RS_KIND_FLAG] = "flag",
                                        [RS_KIND_WHOLE] = "whole"};
    const rs_run_config defaults = rs_run_config_default();
    json_t *object = json_pack(
        "{s:s, s:s, s:o, s:s}", "name", parameter->name, "kind",
        parameter == &rs_parameters[RS_PARAMETER_data_seed] ? "seed" : kinds[parameter->kind],
        "default", rs_json_parameter(parameter, &defaults), "meaning", parameter->meaning);
    if (parameter->kind == RS_KIND_CHOICE)
        json_object_set_new(object, "choices", choices_of(parameter, UINT32_MAX));
    else if (parameter->kind != RS_KIND_FLAG) {
        const bool whole = parameter->kind != RS_KIND_REAL;
        add_bound(object, parameter->min_open ? "above" : "minimum", whole, parameter->min);
        add_bound(object, parameter->max_open ? "below" : "maximum", whole, parameter->max);
        json_object_set_new(object, "none", json_boolean(parameter->optional));
    }
    json_object_set_new(object, "applies", scopes_of(parameter));
    return object;
}

static json_t *describe_key(size_t key)
{
    return json_pack("{s:s, s:s}", "name", rs_sweep_keys[key], "meaning",
                     rs_sweep_key_meanings[key]);
}

static void describe_all(json_t *parameters, json_t *keys)
{
    for (size_t i = 0; i < RS_PARAMETER_TOTAL; i++)
        json_array_append_new(parameters, describe(&rs_parameters[i]));
    for (size_t i = 0; rs_sweep_keys[i] != NULL; i++)
        json_array_append_new(keys, describe_key(i));
}

/* ---- The command ----------------------------------------------------------------------------- */

/* The parameter, or NULL, and then the number of the key. */
static rs_status find(const char *name, const rs_parameter **found, size_t *key, rs_error *error)
{
    const char *names[RS_PARAMETER_TOTAL];
    for (size_t i = 0; i < RS_PARAMETER_TOTAL; i++)
        names[i] = rs_parameters[i].name;
    *found = rs_parameter_find(name, strlen(name));
    for (*key = 0; rs_sweep_keys[*key] != NULL && strcmp(rs_sweep_keys[*key], name) != 0;)
        ++*key;
    if (*found != NULL || rs_sweep_keys[*key] != NULL)
        return RS_OK;
    const char *hint = rs_foreign_name_hint(name, strlen(name));
    const char *near = rs_suggest(name, strlen(name), names, RS_PARAMETER_TOTAL);
    if (hint != NULL)
        return rs_fail(error, RS_USAGE, "'%s' is no parameter: %s", name, hint);
    return rs_fail(error, RS_USAGE, "'%s' is no parameter; %s%s%s`rnnsweep parameters`", name,
                   near != NULL ? "did you mean " : "see ", near != NULL ? near : "",
                   near != NULL ? "? See " : "");
}

static rs_status print(const rs_arguments *arguments, bool json, rs_error *error)
{
    json_t *list = json_array(), *keys = json_array();
    rs_status status = RS_OK;
    for (size_t i = 0; i < arguments->count; i++) {
        const rs_parameter *parameter;
        size_t key;
        if ((status = find(arguments->positional[i], &parameter, &key, error)) != RS_OK)
            break;
        if (json && parameter != NULL)
            json_array_append_new(list, describe(parameter));
        else if (json)
            json_array_append_new(keys, describe_key(key));
        else if (parameter != NULL)
            print_one(parameter);
        else
            print_key(key);
    }
    if (status == RS_OK && arguments->count == 0) {
        if (json)
            describe_all(list, keys);
        else
            print_all();
    }
    if (status == RS_OK && json)
        return rs_json_print(json_pack("{s:o, s:o}", "parameters", list, "keys", keys),
                             "the parameters", stdout, error);
    json_decref(list);
    json_decref(keys);
    return status;
}

static rs_status run(const rs_invocation *call, rs_error *error)
{
    const struct parameters_values *values = call->values;
    return print(&call->arguments, values->json, error);
}

static const rs_option options[] = {
    {.name = "json",
     .kind = RS_OPTION_FLAG,
     .offset = offsetof(struct parameters_values, json),
     .meaning = "print JSON instead of text"},
};

const rs_command rs_command_parameters = {
    .name = "parameters",
    .synopsis = "[PARAMETER...]",
    .meaning = "list what a sweep may set: defaults, ranges, meanings",
    .description =
        "Lists the parameters of a run, and the keys beside them in a sweep file, in one line\n"
        "each, or describes those that are named: their defaults, the values allowed, and the\n"
        "settings that they belong to. Elsewhere a parameter takes its default. For names of\n"
        "other tools, such as lr or hidden_size, the error says what rnnsweep calls them.\n",
    .examples = "  rnnsweep parameters\n"
                "  rnnsweep parameters lambda beta1\n"
                "  rnnsweep parameters test_lengths\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .positional_max = SIZE_MAX,
    .values_size = sizeof(struct parameters_values),
    .run = run,
};
