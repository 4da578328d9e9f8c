#include "parameters.h"

#include <stdlib.h>
#include <string.h>

#include "rules.h"
#include "value.h"

typedef struct parameters_reader {
    rs_sweep *sweep;
    rs_arena *arena;
    rs_diagnostics *diagnostics;
    const rs_node *root;
} parameters_reader;

static void refuse(const parameters_reader *reader, const rs_node *node, const char *text)
{
    rs_diagnose(reader->diagnostics, RS_SEVERITY_ERROR, node->place, "%s", text);
}

/* ---- when ------------------------------------------------------------------------------------ */

static void read_guard(parameters_reader *reader, const rs_parameter *parameter,
                       const rs_node *value)
{
    rs_sweep *sweep = reader->sweep;
    const rs_node *when = value->kind == RS_NODE_MAPPING ? rs_node_get(value, "when") : NULL;
    rs_guard guard = {.parameter = parameter};
    if (when == NULL)
        return;
    if (sweep->method == RS_METHOD_LIST)
        refuse(reader, when, "'when' has no meaning with method: list");
    else if (rs_conditions_read(&guard.when, reader->arena, reader->diagnostics, when, "when"))
        sweep->guards[sweep->guard_count++] = guard;
}

/* Conditions on conditional parameters would depend on the order of evaluation. */
static void check_guards(const parameters_reader *reader)
{
    const rs_sweep *sweep = reader->sweep;
    for (size_t i = 0; i < sweep->guard_count; i++)
        for (size_t k = 0; k < sweep->guards[i].when.count; k++)
            for (size_t j = 0; j < sweep->guard_count; j++)
                if (sweep->guards[i].when.list[k].parameter == sweep->guards[j].parameter)
                    rs_diagnose(reader->diagnostics, RS_SEVERITY_ERROR, sweep->guards[i].when.place,
                                "%s: when must not speak of %s, which has a when itself",
                                sweep->guards[i].parameter->name, sweep->guards[j].parameter->name);
}

/* ---- parameters ------------------------------------------------------------------------------ */

static void read_axis(parameters_reader *reader, const rs_parameter *parameter, const rs_node *key,
                      const rs_node *value)
{
    rs_sweep *sweep = reader->sweep;
    rs_axis axis;
    if (!rs_axis_read(&axis, reader->arena, reader->diagnostics, parameter, key, value))
        return;
    if (axis.count == 1)
        rs_parameter_set(parameter, &sweep->fixed, axis.values[0]);
    else
        sweep->axes[sweep->axis_count++] = axis;
    sweep->may_repeat |= axis.repeats;
}

static void read_draw(parameters_reader *reader, const rs_parameter *parameter,
                      const rs_node *value)
{
    rs_sweep *sweep = reader->sweep;
    rs_draw draw;
    if (!rs_draw_read(&draw, reader->arena, reader->diagnostics, parameter, value))
        return;
    if (draw.count == 1)
        rs_parameter_set(parameter, &sweep->fixed, draw.values[0]);
    else
        sweep->draws[sweep->draw_count++] = draw;
}

/* After a name that is no parameter: it may be meant for a group of them. */
static void explain_group(const parameters_reader *reader, const rs_node *value)
{
    if (value->kind != RS_NODE_MAPPING)
        return;
    if (rs_node_get(value, "parameters") != NULL) {
        rs_diagnose_hint(reader->diagnostics, "a group has the key parameters: alone; put the "
                                              "others beside the group");
        return;
    }
    for (size_t i = 0; i < value->count; i++) {
        const char *name = value->items[2 * i]->text;
        if (rs_parameter_find(name, strlen(name)) == NULL)
            continue;
        rs_diagnose_hint(
            reader->diagnostics,
            "parameters stand in no groups: write %s directly under parameters:", name);
        return;
    }
}

static void read_parameters(parameters_reader *reader, const rs_node *node)
{
    rs_sweep *sweep = reader->sweep;
    bool sampled = sweep->method == RS_METHOD_RANDOM || sweep->method == RS_METHOD_SOBOL;
    if (node->kind != RS_NODE_MAPPING) {
        refuse(reader, node, "parameters must be a mapping of parameter names to values");
        return;
    }
    sweep->axes = rs_arena_take(reader->arena, node->count, sizeof *sweep->axes);
    sweep->draws = rs_arena_take(reader->arena, node->count, sizeof *sweep->draws);
    sweep->guards = rs_arena_take(reader->arena, node->count, sizeof *sweep->guards);
    if (rs_arena_failed(reader->arena))
        return;
    for (size_t i = 0; i < node->count; i++) {
        const rs_node *key = node->items[2 * i], *value = node->items[2 * i + 1];
        const rs_parameter *parameter =
            rs_value_read_parameter(reader->diagnostics, key, "parameters");
        if (parameter == NULL) {
            explain_group(reader, value);
            continue;
        }
        sweep->given[parameter - rs_parameters] = key->place;
        for (size_t k = 0; k < RS_RULE_TOTAL; k++)
            if (parameter == &rs_parameters[rs_rules[k].first] ||
                (rs_rule_concerns(&rs_rules[k], parameter) &&
                 (parameter != &rs_parameters[RS_PARAMETER_task] ||
                  sweep->given[rs_rules[k].first].line == 0)))
                sweep->rule_places[k] = key->place;
        read_guard(reader, parameter, value);
        if (sampled)
            read_draw(reader, parameter, value);
        else
            read_axis(reader, parameter, key, value);
    }
    check_guards(reader);
    sweep->may_repeat |= sweep->guard_count > 0;
}

/* ---- zip ------------------------------------------------------------------------------------- */

/* Index of the axis that the word names, or axis_count after a diagnostic. */
static size_t find_axis(const parameters_reader *reader, const rs_node *word)
{
    const rs_sweep *sweep = reader->sweep;
    const rs_parameter *parameter =
        rs_value_read_parameter(reader->diagnostics, word, "a group of zip");
    for (size_t i = 0; parameter != NULL && i < sweep->axis_count; i++)
        for (size_t k = 0; k < sweep->axes[i].width; k++)
            if (sweep->axes[i].parameters[k] == parameter) {
                if (sweep->axes[i].width == 1)
                    return i;
                rs_diagnose(reader->diagnostics, RS_SEVERITY_ERROR, word->place,
                            "%s stands in zip twice", parameter->name);
                return sweep->axis_count;
            }
    if (parameter != NULL) {
        rs_diagnose(reader->diagnostics, RS_SEVERITY_ERROR, word->place,
                    "zip: %s does not have several values", parameter->name);
        rs_diagnose_hint(reader->diagnostics, "give it a list or a range under parameters:");
    }
    return sweep->axis_count;
}

/* Replaces the axes members[0..count-1], in any order, by one at the first one's place. */
static void join_axes(parameters_reader *reader, size_t count, const size_t members[])
{
    rs_sweep *sweep = reader->sweep;
    const rs_axis *first = &sweep->axes[members[0]];
    rs_axis joined = {.width = count, .count = first->count, .place = first->place};
    size_t place = members[0], kept = 0;
    joined.parameters = rs_arena_take(reader->arena, count, sizeof *joined.parameters);
    joined.values = rs_arena_take(reader->arena, joined.count * count, sizeof(double));
    if (joined.parameters == NULL || joined.values == NULL)
        return;
    for (size_t k = 0; k < count; k++) {
        const rs_axis *member = &sweep->axes[members[k]];
        joined.parameters[k] = member->parameters[0];
        for (size_t p = 0; p < joined.count; p++)
            joined.values[p * count + k] = member->values[p];
        place = members[k] < place ? members[k] : place;
        for (size_t i = 0; i < RS_RULE_TOTAL; i++)
            sweep->select |= rs_rule_concerns(&rs_rules[i], member->parameters[0]);
    }
    for (size_t i = 0; i < sweep->axis_count; i++) {
        bool member = false;
        for (size_t k = 0; k < count; k++)
            member |= members[k] == i;
        if (i == place)
            sweep->axes[kept++] = joined;
        else if (!member)
            sweep->axes[kept++] = sweep->axes[i];
    }
    sweep->axis_count = kept;
}

static void read_group(parameters_reader *reader, const rs_node *group)
{
    const rs_sweep *sweep = reader->sweep;
    size_t members[RS_PARAMETER_TOTAL], count = group->count;
    if (group->kind != RS_NODE_SEQUENCE || count < 2 || count > RS_PARAMETER_TOTAL) {
        refuse(reader, group, "a group of zip must be a list of at least two parameters");
        return;
    }
    for (size_t k = 0; k < count; k++) {
        const rs_node *word = group->items[k];
        members[k] = find_axis(reader, word);
        if (members[k] == sweep->axis_count)
            return;
        for (size_t j = 0; j < k; j++)
            if (members[j] == members[k]) {
                rs_diagnose(reader->diagnostics, RS_SEVERITY_ERROR, word->place,
                            "%s stands in zip twice", word->text);
                return;
            }
        const rs_axis *first = &sweep->axes[members[0]], *axis = &sweep->axes[members[k]];
        if (axis->count != first->count) {
            rs_diagnose(reader->diagnostics, RS_SEVERITY_ERROR, word->place,
                        "zip: %s has %zu values and %s has %zu; they must be as many",
                        axis->parameters[0]->name, axis->count, first->parameters[0]->name,
                        first->count);
            return;
        }
    }
    join_axes(reader, count, members);
}

static void read_zip(parameters_reader *reader, const rs_node *node)
{
    if (reader->sweep->method != RS_METHOD_GRID)
        refuse(reader, node, "zip belongs to method: grid");
    else if (node->kind != RS_NODE_SEQUENCE)
        refuse(reader, node, "zip must be a list of groups: [[parameter, parameter], ...]");
    else
        for (size_t i = 0; i < node->count; i++)
            read_group(reader, node->items[i]);
}

/* ---- method: list ---------------------------------------------------------------------------- */

/* Reads explicit values, which override the sweep's fixed ones. */
static bool read_configuration(parameters_reader *reader, const rs_node *node,
                               rs_samples_given given, rs_run_config *config)
{
    bool right = true;
    if (node->kind != RS_NODE_MAPPING) {
        refuse(reader, node, "a configuration must be a mapping {parameter: value, ...}");
        return false;
    }
    for (size_t i = 0; i < node->count; i++) {
        const rs_parameter *parameter =
            rs_value_read_parameter(reader->diagnostics, node->items[2 * i], "a configuration");
        double value;
        if (parameter != NULL)
            reader->sweep->given[parameter - rs_parameters] = node->items[2 * i]->place;
        given.train |= parameter == &rs_parameters[RS_PARAMETER_train_samples];
        given.test |= parameter == &rs_parameters[RS_PARAMETER_test_samples];
        given.validation |= parameter == &rs_parameters[RS_PARAMETER_validation_samples];
        if (parameter != NULL &&
            rs_value_read(reader->diagnostics, parameter, node->items[2 * i + 1], &value))
            rs_parameter_set(parameter, config, value);
        else
            right = false;
    }
    rs_run_config_take_samples(config, given);
    return right && rs_sweep_check_rules(reader->sweep, config, &node->place, reader->diagnostics);
}

/* The list becomes one axis over all parameters. */
static void read_configurations(parameters_reader *reader, const rs_node *node)
{
    rs_sweep *sweep = reader->sweep;
    if (node->kind != RS_NODE_SEQUENCE || node->count == 0) {
        refuse(reader, node, "configurations must be a list of at least one {parameter: value}");
        return;
    }
    rs_axis axis = {.width = RS_PARAMETER_TOTAL, .count = node->count, .place = node->place};
    axis.parameters = rs_arena_take(reader->arena, axis.width, sizeof *axis.parameters);
    axis.values = rs_arena_take(reader->arena, axis.count * axis.width, sizeof(double));
    sweep->axes = rs_arena_take(reader->arena, 1, sizeof *sweep->axes);
    if (axis.parameters == NULL || axis.values == NULL || sweep->axes == NULL)
        return;
    const rs_samples_given given = rs_sweep_samples_given(sweep);
    for (size_t k = 0; k < axis.width; k++)
        axis.parameters[k] = &rs_parameters[k];
    for (size_t i = 0; i < node->count && !rs_diagnostics_full(reader->diagnostics); i++) {
        rs_run_config config = sweep->fixed;
        if (!read_configuration(reader, node->items[i], given, &config))
            continue;
        for (size_t k = 0; k < axis.width; k++)
            axis.values[i * axis.width + k] = rs_parameter_get(axis.parameters[k], &config);
    }
    sweep->axes[0] = axis;
    sweep->axis_count = 1;
    sweep->may_repeat |= axis.count > 1;
}

static void read_list(parameters_reader *reader)
{
    rs_sweep *sweep = reader->sweep;
    const rs_node *configurations = rs_node_get(reader->root, "configurations");
    for (size_t i = 0; i < sweep->axis_count; i++) {
        rs_diagnose(reader->diagnostics, RS_SEVERITY_ERROR, sweep->axes[i].place,
                    "%s: with method: list, parameters have one value each",
                    sweep->axes[i].parameters[0]->name);
        rs_diagnose_hint(reader->diagnostics, "put what varies into configurations:");
    }
    if (configurations != NULL)
        read_configurations(reader, configurations);
    else
        refuse(reader, rs_node_get(reader->root, "method"),
               "method: list needs configurations: [{parameter: value, ...}, ...]");
}

void rs_parameters_read(rs_sweep *sweep, rs_arena *arena, const rs_node *root,
                        rs_diagnostics *diagnostics)
{
    parameters_reader reader = {sweep, arena, diagnostics, root};
    const rs_node *parameters = rs_node_get(root, "parameters"), *zip = rs_node_get(root, "zip");
    const rs_node *configurations = rs_node_get(root, "configurations");
    size_t errors = rs_diagnostics_errors(diagnostics);
    if (parameters != NULL)
        read_parameters(&reader, parameters);
    if (zip != NULL && rs_diagnostics_errors(diagnostics) == errors)
        read_zip(&reader, zip);
    for (size_t i = 0; i < sweep->axis_count; i++)
        rs_axis_warn_of_repeats(&sweep->axes[i], diagnostics);
    if (sweep->method == RS_METHOD_LIST)
        read_list(&reader);
    else if (configurations != NULL)
        refuse(&reader, configurations, "configurations belong to method: list");
}
