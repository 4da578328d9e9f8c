#include "scopes.h"

#include <stdio.h>

#include "task.h"

/* For how many of a sweep's values of a parameter a scope holds. */
typedef struct scope_extent {
    bool some, all;
} scope_extent;

static void widen(scope_extent *extent, bool holds)
{
    extent->some |= holds;
    extent->all &= holds;
}

/* Whether a run with this task takes validation samples that no key gives. */
static bool brings_validation(double task)
{
    const rs_task_facts *facts = rs_task_facts_at((uint32_t)task);
    return facts != NULL && facts->validation.sequences > 0;
}

static bool some_bring_validation(const rs_sweep *sweep)
{
    const rs_parameter *task = &rs_parameters[RS_PARAMETER_task];
    bool some = brings_validation(sweep->fixed.task);
    for (size_t i = 0; i < sweep->axis_count; i++)
        for (size_t k = 0; k < sweep->axes[i].width; k++)
            for (size_t p = 0; sweep->axes[i].parameters[k] == task && p < sweep->axes[i].count;
                 p++)
                some |= brings_validation(sweep->axes[i].values[p * sweep->axes[i].width + k]);
    return some;
}

/* Counts over the values of the scope's other parameter, or over both ends of an interval from
 * which it is drawn. */
static scope_extent extent_of(const rs_sweep *sweep, const rs_scope *scope)
{
    const rs_parameter *of = &rs_parameters[scope->of];
    scope_extent found = {false, true};
    bool varies = false;
    for (size_t i = 0; i < sweep->axis_count; i++)
        for (size_t k = 0; k < sweep->axes[i].width; k++)
            for (size_t p = 0; sweep->axes[i].parameters[k] == of && p < sweep->axes[i].count;
                 p++) {
                varies = true;
                widen(&found,
                      rs_scope_holds(scope, sweep->axes[i].values[p * sweep->axes[i].width + k]));
            }
    for (size_t i = 0; i < sweep->draw_count; i++) {
        const rs_draw *draw = &sweep->draws[i];
        if (draw->parameter != of)
            continue;
        varies = true;
        for (size_t p = 0; p < draw->count; p++)
            widen(&found, rs_scope_holds(scope, draw->values[p]));
        if (draw->count == 0)
            found = (scope_extent){true, false};
    }
    if (!varies)
        widen(&found, rs_scope_holds(scope, rs_parameter_get(of, &sweep->fixed)));
    if (scope->of == RS_PARAMETER_validation_samples)
        found.some |= some_bring_validation(sweep);
    return found;
}

/* Of the scopes from *index on that are joined by or_next, described in `where`; *index becomes
 * that of the last of them. That one of them holds in all runs is enough to hold in all, but not
 * needed. */
static scope_extent extent_of_any(const rs_sweep *sweep, size_t *index, char where[RS_RULE_TEXT])
{
    scope_extent any = {false, false};
    size_t length = 0;
    for (bool more = true; more; *index += more) {
        const rs_scope *scope = &rs_scopes[*index];
        const scope_extent found = extent_of(sweep, scope);
        char one[RS_RULE_TEXT];
        any.some |= found.some;
        any.all |= found.all;
        rs_scope_describe(scope, one);
        more = scope->or_next;
        length += (size_t)snprintf(where + length, RS_RULE_TEXT - length, "%s%s",
                                   length > 0 ? ", or " : "", one);
    }
    return any;
}

static bool is_swept(const rs_sweep *sweep, const rs_parameter *parameter)
{
    bool swept = false;
    for (size_t i = 0; i < sweep->axis_count; i++)
        for (size_t k = 0; k < sweep->axes[i].width; k++)
            swept |= sweep->axes[i].parameters[k] == parameter;
    for (size_t i = 0; i < sweep->draw_count; i++)
        swept |= sweep->draws[i].parameter == parameter;
    return swept;
}

static bool is_at_default(const rs_sweep *sweep, const rs_parameter *parameter)
{
    const double value = rs_parameter_get(parameter, &sweep->fixed);
    return !is_swept(sweep, parameter) && value == parameter->fallback;
}

void rs_scopes_review(rs_sweep *sweep, rs_diagnostics *diagnostics)
{
    sweep->settled = sweep->guard_count == 0; /* which bring in values that no key gives */
    for (size_t i = 0; i < rs_scope_count; i++) {
        const rs_parameter *parameter = &rs_parameters[rs_scopes[i].parameter];
        const rs_source_place *given = &sweep->given[rs_scopes[i].parameter];
        char where[RS_RULE_TEXT];
        const scope_extent found = extent_of_any(sweep, &i, where);
        if (!found.all && is_swept(sweep, parameter))
            sweep->scoped = true;
        sweep->settled &= found.all || is_at_default(sweep, parameter);
        if (given->line > 0 && !found.some)
            rs_diagnose(diagnostics, RS_SEVERITY_NOTE, *given,
                        "%s decides nothing here: it belongs to %s, which no run has",
                        parameter->name, where);
    }
    sweep->may_repeat |= sweep->scoped;
}
