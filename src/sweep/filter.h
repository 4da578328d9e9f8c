/* Choosing runs from the command line: "states=3,4", "learning_rate={min: 0.01, max: 0.1}". */
#ifndef RS_FILTER_H
#define RS_FILTER_H

#include "diagnostics.h"
#include "rnnsweep/run_config.h"

typedef struct rs_filter rs_filter;

/* Reads conditions that must all hold, in the words of overrides (overrides.h): a parameter or
 * `seed`, and a value, a list of values, {min, max} or interval(min, max) with both ends included.
 * RS_BAD_DATA when one is wrong: the diagnostics say what; RS_NO_MEMORY. */
rs_status rs_filter_read(rs_filter **filter, size_t count, const char *const texts[],
                         rs_diagnostics *diagnostics, rs_error *error);
void rs_filter_free(rs_filter *filter); /* accepts NULL */

bool rs_filter_holds(const rs_filter *filter, const rs_run_config *config);

#endif
