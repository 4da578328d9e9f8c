/* Time to a solution: updates until a run first reaches a loss. */
#ifndef RS_SOLUTION_TIME_H
#define RS_SOLUTION_TIME_H

#include "results.h"

/* Updates until the loss of an update's minibatch is first at or below a level, over the finished
 * runs of a group. A run that never gets there, diverged ones too, is censored and counts as
 * infinitely long in the quantiles, which is right as long as all runs may take as many updates.
 *
 * `expected` is what it takes when one starts anew with other seeds until a run gets there: the
 * updates spent by all runs over the number that got there (N. Hansen et al., "Real-parameter
 * black-box optimization benchmarking 2009: experimental setup", INRIA RR-6828, section 3).
 *
 * NaN without finished runs; `expected` is infinite when none got there. */
typedef struct rs_solution_time {
    size_t reached;
    double censored_share, lower_quartile, median, upper_quartile, expected;
} rs_solution_time;

/* RS_NO_MEMORY; RS_IO when curves cannot be read. */
rs_status rs_solution_time_measure(rs_solution_time *time, const rs_results *results, size_t count,
                                   const uint32_t rows[], double level, rs_error *error);

#endif
