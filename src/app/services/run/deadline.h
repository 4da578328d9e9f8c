/* The end of this process's batch job, and the runs that still fit before it. */
#ifndef RS_DEADLINE_H
#define RS_DEADLINE_H

#include "rnnsweep/status.h"

/* *deadline = the time of rs_clock by which the last run should end: SLURM_JOB_END_TIME (seconds
 * since 1970) less the time to commit and exit; INFINITY if the variable is not set. RS_USAGE if it
 * holds no number. */
rs_status rs_deadline_read(double *deadline, rs_error *error);

/* The speed of one thread: seconds per unit of predicted cost (cost.h). */
typedef struct rs_pace {
    double slowest;
} rs_pace;

/* Call it after a run of `cost` that took `seconds`. A slow run counts at once and decays over the
 * next few dozen: it is better to train one run too few than to have one cut off. */
void rs_pace_note(rs_pace *pace, double cost, double seconds);

/* The largest cost of a run that ends before the deadline if started now; INFINITY without a
 * deadline. */
double rs_pace_largest_cost(const rs_pace *pace, double deadline);

#endif
