/* The values that a grid gives a parameter. */
#ifndef RS_AXIS_H
#define RS_AXIS_H

#include "rnnsweep/run_config.h"
#include "yaml_doc.h"

/* The largest number of places one axis can have. */
enum { RS_AXIS_PLACES = RS_YAML_NODES };

/* Parameters that vary together: at place p, parameter k has values[p * width + k]. */
typedef struct rs_axis {
    size_t width;
    const rs_parameter **parameters; /* [width] */
    size_t count;                    /* places, at least 1 */
    double *values;                  /* [count][width] */
    bool repeats;                    /* two places are equal: of one parameter, the value */
    double repeated;
    rs_source_place repeated_place; /* where it stands again */
    rs_source_place place;          /* of the key in the sweep file */
} rs_axis;

/* Reads the values of one parameter: a value, a list, {value}, {values}, or {min, max, num,
 * spacing}, where both ends are included and the values between are rounded to 15 significant
 * digits (so that they do not depend on the last bit of a pow()). false with diagnostics. */
bool rs_axis_read(rs_axis *axis, rs_arena *arena, rs_diagnostics *diagnostics,
                  const rs_parameter *parameter, const rs_node *key, const rs_node *node);

/* Warns where one parameter has a value twice; values of several that vary together may repeat. */
void rs_axis_warn_of_repeats(const rs_axis *axis, rs_diagnostics *diagnostics);

#endif
