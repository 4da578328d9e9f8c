#include "axis.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "draw.h"
#include "value.h"

typedef struct axis_reader {
    rs_axis *axis;
    rs_arena *arena;
    rs_diagnostics *diagnostics;
    const rs_parameter *parameter;
    const rs_node *key;
} axis_reader;

static void report(const axis_reader *reader, const rs_node *node, const char *text)
{
    rs_diagnose(reader->diagnostics, RS_SEVERITY_ERROR, node->place, "%s: %s",
                reader->parameter->name, text);
}

static bool take_values(const axis_reader *reader, size_t count)
{
    reader->axis->values = rs_arena_take(reader->arena, count, sizeof(double));
    reader->axis->count = reader->axis->values != NULL ? count : 0;
    return reader->axis->values != NULL;
}

static bool read_one(const axis_reader *reader, const rs_node *node)
{
    if (!take_values(reader, 1))
        return false;
    if (rs_value_read(reader->diagnostics, reader->parameter, node, reader->axis->values))
        return true;
    if (node->kind == RS_NODE_SEQUENCE)
        rs_diagnose_hint(reader->diagnostics, "a list stands behind values:");
    return false;
}

/* ---- Lists ----------------------------------------------------------------------------------- */

static int compare_values(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* Notes where a list repeats a value. */
static void find_repetition(const axis_reader *reader, const rs_node *list)
{
    rs_axis *axis = reader->axis;
    double *sorted = rs_arena_take(reader->arena, axis->count, sizeof(double));
    if (sorted == NULL)
        return;
    memcpy(sorted, axis->values, axis->count * sizeof(double));
    qsort(sorted, axis->count, sizeof(double), compare_values);
    size_t i = 1;
    while (i < axis->count && sorted[i] != sorted[i - 1])
        i++;
    if (i >= axis->count)
        return;
    axis->repeats = true;
    size_t second = axis->count - 1;
    while (axis->values[second] != sorted[i])
        second--;
    axis->repeated = sorted[i];
    axis->repeated_place = list->items[second]->place;
}

void rs_axis_warn_of_repeats(const rs_axis *axis, rs_diagnostics *diagnostics)
{
    char text[RS_PARAMETER_TEXT];
    if (axis->width > 1 || !axis->repeats)
        return;
    rs_parameter_format(axis->parameters[0], axis->repeated, text);
    rs_diagnose(diagnostics, RS_SEVERITY_WARNING, axis->repeated_place,
                "%s has the value %s twice; equal configurations are trained once",
                axis->parameters[0]->name, text);
}

static bool read_list(const axis_reader *reader, const rs_node *list)
{
    bool right = true;
    if (list->kind != RS_NODE_SEQUENCE) {
        report(reader, list, "'values' must be a list");
        rs_diagnose_hint(reader->diagnostics, "write values: [1, 2], or value: 1 for a single one");
        return false;
    }
    if (list->count == 0) {
        report(reader, list, "an empty list of values leaves no configuration");
        rs_diagnose_hint(reader->diagnostics, "give at least one value, or remove the parameter");
        return false;
    }
    if (!take_values(reader, list->count))
        return false;
    for (size_t i = 0; i < list->count && !rs_diagnostics_full(reader->diagnostics); i++)
        right &= rs_value_read(reader->diagnostics, reader->parameter, list->items[i],
                               &reader->axis->values[i]);
    if (right)
        find_repetition(reader, list);
    return right;
}

/* ---- Ranges ---------------------------------------------------------------------------------- */

static double round_to_15_digits(long double value)
{
    char text[64];
    snprintf(text, sizeof text, "%.14Le", value);
    return strtod(text, NULL);
}

/* Place i of num between min and max: min + (max - min) i / (num - 1), or
 * min (max / min)^(i / (num - 1)). */
static double between(double min, double max, size_t i, size_t num, bool logarithmic)
{
    if (i == 0)
        return min;
    if (i == num - 1)
        return max;
    long double share = (long double)i / (long double)(num - 1);
    long double value = logarithmic
                            ? (long double)min * powl((long double)max / (long double)min, share)
                            : (long double)min + ((long double)max - (long double)min) * share;
    return round_to_15_digits(value);
}

static bool spread(const axis_reader *reader, double min, double max, double num, bool logarithmic,
                   const rs_node *num_node)
{
    bool whole = reader->parameter->kind != RS_KIND_REAL;
    size_t count = (size_t)num, different = 1;
    if (!take_values(reader, count))
        return false;
    double *values = reader->axis->values;
    for (size_t i = 0; i < count; i++) {
        double value = between(min, max, i, count, logarithmic);
        values[i] = whole ? round(value) : value;
        different += i > 0 && values[i] > values[i - 1];
    }
    if (different == count)
        return true;
    rs_diagnose(reader->diagnostics, RS_SEVERITY_ERROR, num_node->place,
                "%s: only %zu of %zu values between %.17g and %.17g differ%s",
                reader->parameter->name, different, count, min, max,
                whole ? " when rounded to whole numbers" : "");
    rs_diagnose_hint(reader->diagnostics, "lower num");
    return false;
}

static bool check_ends(const axis_reader *reader, const rs_node *node, double min, double max)
{
    const rs_node *max_node = rs_node_get(node, "max");
    if (min < max)
        return true;
    if (min > max) {
        report(reader, max_node, "max must not be below min");
        rs_diagnose_hint(reader->diagnostics, "exchange them");
    } else {
        report(reader, max_node, "min and max are equal");
        rs_diagnose_hint(reader->diagnostics, "write {value: %s}", max_node->text);
    }
    return false;
}

static bool read_range(const axis_reader *reader, const rs_node *node)
{
    static const char *const spacings[] = {"linear", "log", NULL};
    const rs_parameter *parameter = reader->parameter;
    rs_diagnostics *diagnostics = reader->diagnostics;
    const rs_node *min_node = rs_node_get(node, "min"), *max_node = rs_node_get(node, "max");
    const rs_node *num_node = rs_node_get(node, "num"), *spacing = rs_node_get(node, "spacing");
    double min = 0, max = 0, num = 0;
    size_t spacing_index = 0;

    bool right = true;
    if (min_node == NULL || max_node == NULL) {
        report(reader, node, "a range needs both min and max");
        return false;
    }
    if (parameter->kind == RS_KIND_CHOICE || parameter->kind == RS_KIND_FLAG) {
        char range[RS_RANGE_TEXT];
        rs_value_describe_range(parameter, range);
        rs_diagnose(diagnostics, RS_SEVERITY_ERROR, node->place, "%s has no range: it is %s",
                    parameter->name, range);
        rs_diagnose_hint(diagnostics, "list its values in [...]");
        return false;
    }
    right &= rs_value_read(diagnostics, parameter, min_node, &min);
    right &= rs_value_read(diagnostics, parameter, max_node, &max);
    right = right && check_ends(reader, node, min, max);
    if (spacing != NULL)
        right &= rs_value_read_word(diagnostics, "spacing", spacing, spacings, &spacing_index);
    if (spacing_index == 1 && right && min <= 0) {
        report(reader, min_node, "spacing: log needs a min above 0");
        right = false;
    }
    if (num_node != NULL)
        right &= rs_value_read_whole(diagnostics, "num", num_node, 2, RS_AXIS_PLACES, &num);
    else if (parameter->kind != RS_KIND_REAL && spacing == NULL && right &&
             max - min < RS_AXIS_PLACES)
        num = max - min + 1; /* every whole number, as in W&B */
    else {
        report(reader, node, "a grid over a range needs num, the number of values");
        rs_diagnose_hint(diagnostics, "add num: 5, and spacing: log for equal ratios");
        right = false;
    }
    return right &&
           spread(reader, min, max, num, spacing_index == 1, num_node != NULL ? num_node : node);
}

/* Refuses the keys of a mapping that its form, named by `form`, does not have. */
static bool check_form(const axis_reader *reader, const rs_node *node, const char *form,
                       const char *const form_keys[])
{
    static const char *const keys[] = {
        "value",        "values", "min", "max",           "num",   "q", "spacing",
        "distribution", "when",   "mu",  "probabilities", "sigma", NULL};
    static const char *const common_keys[] = {"distribution", "when", NULL};
    static const char *const drawing_keys[] = {"mu", "probabilities", "sigma", NULL};
    bool right = rs_value_check_keys(reader->diagnostics, node, reader->parameter->name, keys);
    for (size_t i = 0; i < node->count; i++) {
        const rs_node *key = node->items[2 * i];
        if (!rs_value_is_among(key->text, keys) || rs_value_is_among(key->text, form_keys) ||
            rs_value_is_among(key->text, common_keys))
            continue;
        if (rs_value_is_among(key->text, drawing_keys))
            rs_diagnose(reader->diagnostics, RS_SEVERITY_ERROR, key->place,
                        "%s: '%s' needs method: random or sobol", reader->parameter->name,
                        key->text);
        else
            rs_diagnose(reader->diagnostics, RS_SEVERITY_ERROR, key->place,
                        "%s: '%s' and '%s' exclude each other", reader->parameter->name, form,
                        key->text);
        right = false;
    }
    return right;
}

/* q_uniform in a grid: min, min + q, ... up to and including max. W&B's grid omits max, but its
 * q_uniform draws it. */
static bool read_steps(const axis_reader *reader, const rs_node *node)
{
    const rs_node *min_node = rs_node_get(node, "min"), *max_node = rs_node_get(node, "max");
    const rs_node *q_node = rs_node_get(node, "q");
    double min = 0, max = 0, q = 1;
    if (min_node == NULL || max_node == NULL) {
        report(reader, node, "a range needs both min and max");
        return false;
    }
    bool right = rs_value_read(reader->diagnostics, reader->parameter, min_node, &min);
    right &= rs_value_read(reader->diagnostics, reader->parameter, max_node, &max);
    if (q_node != NULL)
        right &= rs_value_read_number(reader->diagnostics, "q", q_node, &q);
    if (!right || !check_ends(reader, node, min, max))
        return false;
    double steps = floor((max - min) / q * (1 + 1e-12));
    if (!(q > 0 && steps >= 0 && steps < RS_AXIS_PLACES)) {
        report(reader, q_node, "q must be above 0, and not so small as to give a million values");
        return false;
    }
    if (reader->parameter->kind != RS_KIND_REAL && q != floor(q)) {
        report(reader, q_node, "q must be a whole number here");
        return false;
    }
    if (!take_values(reader, (size_t)steps + 1))
        return false;
    for (size_t i = 0; i < reader->axis->count; i++)
        reader->axis->values[i] = round_to_15_digits((long double)min + (long double)i * q);
    return true;
}

/* Determines the form of a mapping in a grid from its distribution or its keys. */
static bool find_form(const axis_reader *reader, const rs_node *node, const char **form)
{
    static const char *const forms[] = {"value", "values", "q", "min", "max", NULL};
    const rs_node *name = rs_node_get(node, "distribution");
    rs_distribution distribution;
    if (name == NULL) {
        size_t i = 0;
        while (forms[i] != NULL &&
               (strcmp(forms[i], "q") == 0 || rs_node_get(node, forms[i]) == NULL))
            i++;
        *form = forms[i];
        return true;
    }
    if (!rs_distribution_read(reader->diagnostics, reader->parameter, name, &distribution))
        return false;
    switch (distribution) {
    case RS_DISTRIBUTION_constant:
        *form = "value";
        return true;
    case RS_DISTRIBUTION_categorical:
        *form = "values";
        return true;
    case RS_DISTRIBUTION_q_uniform:
        *form = "q";
        return true;
    case RS_DISTRIBUTION_int_uniform:
        *form = "min";
        return true;
    default:
        break;
    }
    rs_diagnose(reader->diagnostics, RS_SEVERITY_ERROR, name->place,
                "%s: distribution: %s needs method: random or sobol", reader->parameter->name,
                rs_distribution_names[distribution]);
    rs_diagnose_hint(reader->diagnostics, "a grid takes {min, max, num, spacing: linear | log}");
    return false;
}

static bool read_mapping(const axis_reader *reader, const rs_node *node)
{
    static const char *const value_keys[] = {"value", NULL}, *const list_keys[] = {"values", NULL};
    static const char *const step_keys[] = {"min", "max", "q", NULL};
    static const char *const range_keys[] = {"min", "max", "num", "spacing", NULL};
    const char *form;
    if (!find_form(reader, node, &form))
        return false;
    if (form == NULL) {
        if (check_form(reader, node, "value", value_keys)) {
            report(reader, node, "the mapping gives no value");
            rs_diagnose_hint(reader->diagnostics,
                             "use {value: x}, {values: [x, y]} or {min: x, max: y, num: n}");
        }
        return false;
    }
    const char *const *keys = strcmp(form, "value") == 0    ? value_keys
                              : strcmp(form, "values") == 0 ? list_keys
                              : strcmp(form, "q") == 0      ? step_keys
                                                            : range_keys;
    bool right = check_form(reader, node, form, keys);
    if (keys == step_keys)
        return read_steps(reader, node) && right;
    if (keys == range_keys)
        return read_range(reader, node) && right;
    const rs_node *content = rs_node_get(node, form);
    if (content == NULL) {
        report(reader, node, keys == value_keys ? "'value' is missing" : "'values' is missing");
        return false;
    }
    return (keys == value_keys ? read_one(reader, content) : read_list(reader, content)) && right;
}

bool rs_axis_read(rs_axis *axis, rs_arena *arena, rs_diagnostics *diagnostics,
                  const rs_parameter *parameter, const rs_node *key, const rs_node *node)
{
    axis_reader reader = {axis, arena, diagnostics, parameter, key};
    *axis = (rs_axis){.width = 1, .place = key->place};
    axis->parameters = rs_arena_take(arena, 1, sizeof *axis->parameters);
    if (axis->parameters == NULL)
        return false;
    axis->parameters[0] = parameter;
    switch (node->kind) {
    case RS_NODE_SCALAR:
        return read_one(&reader, node);
    case RS_NODE_SEQUENCE:
        return read_list(&reader, node);
    case RS_NODE_MAPPING:
        break;
    }
    return read_mapping(&reader, node);
}
