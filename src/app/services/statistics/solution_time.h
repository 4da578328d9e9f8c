/* Time to a solution: updates until a run first reaches a loss, or what its stop rules ask for. */
#ifndef RS_SOLUTION_TIME_H
#define RS_SOLUTION_TIME_H

#include "results.h"

/* Updates until the loss of an update's minibatch is first at or below a level, over the finished
 * runs of a group. A run that never gets there, diverged ones too, is censored and counts as
 * infinitely long in the quantiles, which is right as long as all runs may take as many updates.
 *
 * Without a level, the update of the first check at which stop_loss or stop_accuracy held, over the
 * runs that check one of them.
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

/* Whether a finished run of these rows checks stop_loss or stop_accuracy. */
bool rs_solution_time_is_checked(const rs_results *results, size_t count, const uint32_t rows[]);

/* level: NaN for the checks of the runs themselves. RS_NO_MEMORY; RS_IO when curves cannot be read.
 */
rs_status rs_solution_time_measure(rs_solution_time *time, const rs_results *results, size_t count,
                                   const uint32_t rows[], double level, rs_error *error);

#endif
