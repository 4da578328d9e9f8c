/* The end of the batch job that this process runs in, and what still fits before it. */
#ifndef RS_DEADLINE_H
#define RS_DEADLINE_H

#include "rnnsweep/status.h"

/* *deadline = the time of rs_clock by which the last run should have ended: that of
 * SLURM_JOB_END_TIME (seconds since 1970) less what it takes to commit and to leave; INFINITY when
 * the variable is not set. RS_USAGE when it holds no number. */
rs_status rs_deadline_read(double *deadline, rs_error *error);

/* How fast one thread trains: seconds for each unit of predicted cost (cost.h). */
typedef struct rs_pace {
    double slowest;
} rs_pace;

/* After a run of `cost` that took `seconds`. A slow run counts at once, and is forgotten over the
 * next some tens: better a run too few than one that is cut off. */
void rs_pace_note(rs_pace *pace, double cost, double seconds);

/* The largest cost of a run that, begun now, ends before the deadline; INFINITY without one. */
double rs_pace_largest_cost(const rs_pace *pace, double deadline);

#endif
