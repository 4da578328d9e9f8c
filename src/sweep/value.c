#include "value.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "foreign_names.h"
#include "scalar.h"

/* Each name has a letter and a separator. */
enum { MOST_CHOICES = RS_CHOICES_TEXT / 2 };

/* Space-separated choices with commas between them. */
static void join_choices(const rs_parameter *parameter, char *text, size_t size)
{
    size_t length = 0;
    for (const char *each = parameter->choices; *each != '\0' && length + 3 < size; each++) {
        if (*each == ' ')
            text[length++] = ',';
        text[length++] = *each;
    }
    text[length] = '\0';
}

static void describe_interval(const rs_parameter *parameter, char *text, size_t size)
{
    char above[48] = "", below[48] = "";
    if (isfinite(parameter->min))
        snprintf(above, sizeof above, " %s %.17g", parameter->min_open ? "above" : "of at least",
                 parameter->min);
    if (isfinite(parameter->max))
        snprintf(below, sizeof below, " %s%s %.17g", above[0] != '\0' ? "and " : "",
                 parameter->max_open ? "below" : "at most", parameter->max);
    snprintf(text, size, "a number%s%s%s", above, below, parameter->optional ? ", or none" : "");
}

void rs_value_describe_range(const rs_parameter *parameter, char text[RS_RANGE_TEXT])
{
    char choices[2 * RS_CHOICES_TEXT];
    switch (parameter->kind) {
    case RS_KIND_COUNT:
        snprintf(text, RS_RANGE_TEXT, "a whole number from %.0f to %.0f", parameter->min,
                 parameter->max);
        break;
    case RS_KIND_REAL:
        describe_interval(parameter, text, RS_RANGE_TEXT);
        break;
    case RS_KIND_CHOICE:
        join_choices(parameter, choices, sizeof choices);
        snprintf(text, RS_RANGE_TEXT, "one of: %s", choices);
        break;
    case RS_KIND_FLAG:
        snprintf(text, RS_RANGE_TEXT, "true or false");
        break;
    case RS_KIND_WHOLE:
        snprintf(text, RS_RANGE_TEXT, "a whole number from %.0f to %.0f, or none", parameter->min,
                 parameter->max);
        break;
    }
    if (strcmp(parameter->unit, "1") != 0) {
        size_t length = strlen(text);
        snprintf(text + length, RS_RANGE_TEXT - length, " in %s", parameter->unit);
    }
}

void rs_value_describe_node(const rs_node *node, char text[RS_NODE_TEXT])
{
    if (node->kind == RS_NODE_SEQUENCE)
        snprintf(text, RS_NODE_TEXT, "a list");
    else if (node->kind == RS_NODE_MAPPING)
        snprintf(text, RS_NODE_TEXT, "a mapping");
    else if (node->text[0] == '\0' && !node->quoted)
        snprintf(text, RS_NODE_TEXT, "nothing");
    else if (strlen(node->text) < RS_NODE_TEXT - 2)
        snprintf(text, RS_NODE_TEXT, "'%s'", node->text);
    else
        snprintf(text, RS_NODE_TEXT, "'%.40s...'", node->text);
}

/* ---- Parameters ------------------------------------------------------------------------------ */

/* null, ~ or none; an empty value is not. */
static bool is_none(const rs_node *node, const rs_scalar *scalar)
{
    return (scalar->type == RS_SCALAR_NULL && node->text[0] != '\0') ||
           (!node->quoted && strcmp(node->text, "none") == 0);
}

static bool scalar_value(const rs_parameter *parameter, const rs_node *node, double *value)
{
    rs_scalar scalar = rs_scalar_resolve(node->text, node->quoted);
    if (parameter->optional && is_none(node, &scalar)) {
        *value = -1;
        return true;
    }
    switch (parameter->kind) {
    case RS_KIND_COUNT:
    case RS_KIND_WHOLE:
    case RS_KIND_REAL:
        *value =
            scalar.number; /* -1 represents none internally and is not accepted as its spelling */
        return scalar.type == RS_SCALAR_NUMBER && !(parameter->optional && scalar.number < 0);
    case RS_KIND_FLAG:
        *value = scalar.flag ? 1 : 0;
        return scalar.type == RS_SCALAR_FLAG;
    case RS_KIND_CHOICE:
        *value = rs_parameter_choice_find(parameter, node->text, strlen(node->text));
        return *value >= 0;
    }
    return false;
}

/* Whether `text` would be a number without '_' or (in a whole number) ',' between digits, or with
 * '.' in place of ','; if so, `right` is the correct spelling. */
static bool respell_number(const char *text, bool whole, char *right, size_t size)
{
    size_t length = 0;
    if (strlen(text) >= size)
        return false;
    for (; *text != '\0'; text++)
        if (*text != '_' && !(whole && *text == ','))
            right[length++] = *text == ',' ? '.' : *text;
    right[length] = '\0';
    return length > 0 && rs_scalar_resolve(right, false).type == RS_SCALAR_NUMBER;
}

static void hint_at_value(rs_diagnostics *diagnostics, const rs_parameter *parameter,
                          const rs_node *node)
{
    double value;
    char copy[RS_RANGE_TEXT];
    _Static_assert(sizeof copy >= RS_CHOICES_TEXT, "the copy holds every list of choices");
    const char *choices[MOST_CHOICES + 1] = {NULL};
    rs_parameter_kind kind = parameter->kind;
    rs_node unquoted = *node;
    unquoted.quoted = false;
    if (node->kind != RS_NODE_SCALAR)
        return;
    rs_scalar scalar = rs_scalar_resolve(node->text, node->quoted);
    if (scalar.type == RS_SCALAR_NUMBER && !isfinite(scalar.number))
        rs_diagnose_hint(diagnostics, "numbers are finite, at most 1.8e308");
    else if (node->quoted && scalar_value(parameter, &unquoted, &value))
        rs_diagnose_hint(diagnostics, "write %s, without quotes", node->text);
    else if (scalar.type == RS_SCALAR_TEXT && (kind == RS_KIND_REAL || kind == RS_KIND_COUNT) &&
             respell_number(node->text, kind == RS_KIND_COUNT, copy, sizeof copy))
        rs_diagnose_hint(diagnostics, "write %s", copy);
    else if (kind == RS_KIND_FLAG) {
        static const char *const words[] = {"yes", "Yes", "YES", "on", "On", "ON", "y", "1", NULL};
        bool truth = false;
        for (size_t i = 0; words[i] != NULL; i++)
            truth |= strcmp(words[i], node->text) == 0;
        rs_diagnose_hint(diagnostics, "write %s", truth ? "true" : "false");
    } else if (kind == RS_KIND_CHOICE) {
        char *rest = NULL;
        size_t count = 0;
        snprintf(copy, sizeof copy, "%s", parameter->choices);
        for (char *word = strtok_r(copy, " ", &rest); word != NULL && count < MOST_CHOICES;
             word = strtok_r(NULL, " ", &rest))
            choices[count++] = word;
        const char *hint = rs_foreign_word_hint(parameter->name, node->text);
        if (hint != NULL)
            rs_diagnose_hint(diagnostics, "%s", hint);
        else
            rs_diagnose_nearest(diagnostics, node->text, choices);
    }
}

bool rs_value_read(rs_diagnostics *diagnostics, const rs_parameter *parameter, const rs_node *node,
                   double *value)
{
    char range[RS_RANGE_TEXT], found[RS_NODE_TEXT];
    double read;
    if (node->kind == RS_NODE_SCALAR && scalar_value(parameter, node, &read) && isfinite(read) &&
        rs_parameter_allows(parameter, read)) {
        *value = read;
        return true;
    }
    rs_value_describe_range(parameter, range);
    rs_value_describe_node(node, found);
    rs_diagnose(diagnostics, RS_SEVERITY_ERROR, node->place, "%s (%s) must be %s, not %s",
                parameter->name, parameter->meaning, range, found);
    hint_at_value(diagnostics, parameter, node);
    return false;
}

/* ---- Other keys ------------------------------------------------------------------------------ */

bool rs_value_read_number(rs_diagnostics *diagnostics, const char *key, const rs_node *node,
                          double *value)
{
    char found[RS_NODE_TEXT];
    if (node->kind == RS_NODE_SCALAR) {
        rs_scalar scalar = rs_scalar_resolve(node->text, node->quoted);
        if (scalar.type == RS_SCALAR_NUMBER && isfinite(scalar.number)) {
            *value = scalar.number;
            return true;
        }
    }
    rs_value_describe_node(node, found);
    rs_diagnose(diagnostics, RS_SEVERITY_ERROR, node->place, "%s must be a finite number, not %s",
                key, found);
    return false;
}

bool rs_value_read_whole(rs_diagnostics *diagnostics, const char *key, const rs_node *node,
                         double min, double max, double *value)
{
    char found[RS_NODE_TEXT];
    if (node->kind == RS_NODE_SCALAR) {
        rs_scalar scalar = rs_scalar_resolve(node->text, node->quoted);
        if (scalar.type == RS_SCALAR_NUMBER && scalar.number == floor(scalar.number) &&
            scalar.number >= min && scalar.number <= max) {
            *value = scalar.number;
            return true;
        }
    }
    rs_value_describe_node(node, found);
    rs_diagnose(diagnostics, RS_SEVERITY_ERROR, node->place,
                "%s must be a whole number from %.0f to %.0f, not %s", key, min, max, found);
    return false;
}

/* The words separated by commas, which the caller frees; NULL if out of memory. */
static char *join_words(const char *const words[])
{
    size_t size = 1;
    for (size_t i = 0; words[i] != NULL; i++)
        size += strlen(words[i]) + 2;
    char *text = calloc(size, 1), *end = text;
    for (size_t i = 0; text != NULL && words[i] != NULL; i++)
        end = stpcpy(stpcpy(end, i > 0 ? ", " : ""), words[i]);
    return text;
}

bool rs_value_read_word(rs_diagnostics *diagnostics, const char *key, const rs_node *node,
                        const char *const words[], size_t *index)
{
    char found[RS_NODE_TEXT];
    for (size_t i = 0; node->kind == RS_NODE_SCALAR && words[i] != NULL; i++)
        if (strcmp(words[i], node->text) == 0) {
            *index = i;
            return true;
        }
    char *list = join_words(words);
    rs_value_describe_node(node, found);
    rs_diagnose(diagnostics, RS_SEVERITY_ERROR, node->place, "%s must be one of: %s; not %s", key,
                list != NULL ? list : "...", found);
    free(list);
    if (node->kind == RS_NODE_SCALAR)
        rs_diagnose_nearest(diagnostics, node->text, words);
    return false;
}

bool rs_value_read_text(rs_diagnostics *diagnostics, const char *key, const rs_node *node,
                        const char **text)
{
    char found[RS_NODE_TEXT];
    if (node->kind == RS_NODE_SCALAR &&
        rs_scalar_resolve(node->text, node->quoted).type != RS_SCALAR_NULL) {
        *text = node->text;
        return true;
    }
    rs_value_describe_node(node, found);
    rs_diagnose(diagnostics, RS_SEVERITY_ERROR, node->place, "%s must be a text, not %s", key,
                found);
    return false;
}

const rs_parameter *rs_value_read_parameter(rs_diagnostics *diagnostics, const rs_node *key,
                                            const char *where)
{
    const char *names[RS_PARAMETER_TOTAL + 1] = {NULL};
    char found[RS_NODE_TEXT];
    const rs_parameter *parameter =
        key->kind == RS_NODE_SCALAR ? rs_parameter_find(key->text, strlen(key->text)) : NULL;
    if (parameter != NULL)
        return parameter;
    for (size_t i = 0; i < RS_PARAMETER_TOTAL; i++)
        names[i] = rs_parameters[i].name;
    rs_value_describe_node(key, found);
    rs_diagnose(diagnostics, RS_SEVERITY_ERROR, key->place, "unknown parameter %s in %s", found,
                where);
    if (key->kind != RS_NODE_SCALAR)
        return NULL;
    /* optimizer.learning_rate, as other tools name a parameter of a group */
    const char *dot = strrchr(key->text, '.'), *last = dot != NULL ? dot + 1 : key->text;
    const char *hint = rs_foreign_name_hint(key->text, strlen(key->text));
    if (dot != NULL && rs_parameter_find(last, strlen(last)) != NULL)
        rs_diagnose_hint(diagnostics, "parameters stand in no groups: write %s", last);
    else if (hint != NULL)
        rs_diagnose_hint(diagnostics, "%s", hint);
    else
        rs_diagnose_nearest(diagnostics, key->text, names);
    return NULL;
}

bool rs_value_is_among(const char *word, const char *const words[])
{
    while (*words != NULL && strcmp(*words, word) != 0)
        words++;
    return *words != NULL;
}

bool rs_value_check_keys(rs_diagnostics *diagnostics, const rs_node *mapping, const char *what,
                         const char *const known[])
{
    bool right = true;
    for (size_t i = 0; i < mapping->count; i++) {
        const rs_node *key = mapping->items[2 * i];
        if (rs_value_is_among(key->text, known))
            continue;
        right = false;
        rs_diagnose(diagnostics, RS_SEVERITY_ERROR, key->place, "unknown key '%s' in %s", key->text,
                    what);
        if (rs_parameter_find(key->text, strlen(key->text)) != NULL)
            rs_diagnose_hint(diagnostics,
                             "'%s' is a parameter: put it directly under parameters:, beside "
                             "the others",
                             key->text);
        else
            rs_diagnose_nearest(diagnostics, key->text, known);
    }
    return right;
}
