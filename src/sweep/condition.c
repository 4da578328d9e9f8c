#include "condition.h"

#include <math.h>
#include <string.h>

#include "value.h"

static bool read_values(rs_condition *condition, rs_arena *arena, rs_diagnostics *diagnostics,
                        const rs_node *node)
{
    bool list = node->kind == RS_NODE_SEQUENCE, right = true;
    size_t count = list ? node->count : 1;
    double *values = rs_arena_take(arena, count, sizeof *values);
    if (count == 0)
        rs_diagnose(diagnostics, RS_SEVERITY_ERROR, node->place, "%s: an empty list never holds",
                    condition->parameter->name);
    if (count == 0 || values == NULL)
        return false;
    for (size_t i = 0; i < count; i++)
        right &= rs_value_read(diagnostics, condition->parameter, list ? node->items[i] : node,
                               &values[i]);
    condition->count = count;
    condition->values = values;
    return right;
}

static bool read_bounds(rs_condition *condition, rs_diagnostics *diagnostics, const rs_node *node)
{
    static const char *const keys[] = {"min", "max", NULL};
    const char *name = condition->parameter->name;
    const rs_node *min = rs_node_get(node, "min"), *max = rs_node_get(node, "max");
    bool right = rs_value_check_keys(diagnostics, node, name, keys);
    condition->min = -INFINITY;
    condition->max = INFINITY;
    if (min != NULL)
        right &= rs_value_read_number(diagnostics, "min", min, &condition->min);
    if (max != NULL)
        right &= rs_value_read_number(diagnostics, "max", max, &condition->max);
    if (!right)
        return false;
    rs_parameter_kind kind = condition->parameter->kind;
    if (kind == RS_KIND_CHOICE || kind == RS_KIND_FLAG)
        rs_diagnose(diagnostics, RS_SEVERITY_ERROR, node->place,
                    "%s has no range: give its values in [...]", name);
    else if (min == NULL && max == NULL)
        rs_diagnose(diagnostics, RS_SEVERITY_ERROR, node->place, "%s: min, max or both are missing",
                    name);
    else if (condition->min > condition->max)
        rs_diagnose(diagnostics, RS_SEVERITY_ERROR, max->place, "%s: max must not be below min",
                    name);
    else
        return true;
    return false;
}

bool rs_condition_read(rs_condition *condition, rs_arena *arena, rs_diagnostics *diagnostics,
                       const rs_parameter *parameter, const rs_node *node)
{
    condition->parameter = parameter;
    return node->kind == RS_NODE_MAPPING ? read_bounds(condition, diagnostics, node)
                                         : read_values(condition, arena, diagnostics, node);
}

bool rs_conditions_read(rs_conditions *conditions, rs_arena *arena, rs_diagnostics *diagnostics,
                        const rs_node *node, const char *where)
{
    bool right = true;
    if (node->kind != RS_NODE_MAPPING || node->count == 0) {
        rs_diagnose(diagnostics, RS_SEVERITY_ERROR, node->place,
                    "%s must be a mapping {parameter: value, list or {min, max}}", where);
        return false;
    }
    rs_condition *list = rs_arena_take(arena, node->count, sizeof *list);
    if (list == NULL)
        return false;
    for (size_t i = 0; i < node->count; i++) {
        const rs_node *value = node->items[2 * i + 1];
        const rs_parameter *parameter =
            rs_value_read_parameter(diagnostics, node->items[2 * i], where);
        right &=
            parameter != NULL && rs_condition_read(&list[i], arena, diagnostics, parameter, value);
    }
    *conditions = (rs_conditions){.count = node->count, .list = list, .place = node->place};
    return right;
}

static bool condition_holds(const rs_condition *condition, const rs_run_config *config)
{
    double value = rs_parameter_get(condition->parameter, config);
    if (condition->count == 0)
        return !rs_parameter_is_none(condition->parameter, value) && value >= condition->min &&
               value <= condition->max;
    for (size_t i = 0; i < condition->count; i++)
        if (value == condition->values[i])
            return true;
    return false;
}

bool rs_conditions_hold(const rs_conditions *conditions, const rs_run_config *config)
{
    for (size_t i = 0; i < conditions->count; i++)
        if (!condition_holds(&conditions->list[i], config))
            return false;
    return true;
}
