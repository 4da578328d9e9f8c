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

/* The configurations that there are to choose from, one after the other. */
typedef struct rs_filter_source {
    size_t count;
    const void *context;
    void (*get)(const void *context, size_t index, rs_run_config *config);
} rs_filter_source;

/* Holds the values of conditions against what there is. An exact match wins; a number that matches
 * nothing exactly means the one value within a relative 1e-4 of it, as a printed table has it, and
 * takes its place. RS_USAGE when a value matches nothing, or could be several; values of a range
 * may match nothing. RS_NO_MEMORY. */
rs_status rs_filter_settle(rs_filter *filter, const rs_filter_source *source, rs_error *error);

bool rs_filter_holds(const rs_filter *filter, const rs_run_config *config);

#endif
