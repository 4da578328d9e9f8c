/* Conditions on a configuration, for exclude: and when: . */
#ifndef RS_CONDITION_H
#define RS_CONDITION_H

#include "rnnsweep/run_config.h"
#include "yaml_doc.h"

/* One parameter has one of `values` or, if there are none, is in [min, max]. */
typedef struct rs_condition {
    const rs_parameter *parameter;
    size_t count;
    const double *values;
    double min, max;
} rs_condition;

/* A conjunction of at least one statement. */
typedef struct rs_conditions {
    size_t count;
    const rs_condition *list;
    rs_source_place place; /* of the mapping */
} rs_conditions;

/* Reads the condition on one parameter: a value, a list of values, or {min, max}. false with
 * diagnostics. */
bool rs_condition_read(rs_condition *condition, rs_arena *arena, rs_diagnostics *diagnostics,
                       const rs_parameter *parameter, const rs_node *node);

/* Reads a mapping from parameters to a value, a list of values, or {min, max} with both ends
 * included; `where` names it in messages. false with diagnostics. */
bool rs_conditions_read(rs_conditions *conditions, rs_arena *arena, rs_diagnostics *diagnostics,
                        const rs_node *node, const char *where);

bool rs_conditions_hold(const rs_conditions *conditions, const rs_run_config *config);

#endif
