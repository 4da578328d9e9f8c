/* How many tasks a sweep is cut into, and how long each may take. */
#ifndef RS_ARRAY_SIZE_H
#define RS_ARRAY_SIZE_H

#include "plan.h"
#include "rnnsweep/rnnsweep.h"

/* Predicted seconds on one core of this machine. */
typedef struct rs_workload {
    size_t runs, costliest;
    double seconds, costliest_seconds;
} rs_workload;

/* Calibrates for two seconds at most. RS_NO_MEMORY. */
rs_status rs_workload_predict(rs_workload *workload, const rs_plan *plan, const rs_isa *isa,
                              rs_error *error);

typedef struct rs_array_size {
    unsigned shards;     /* in: 0 = as many as needed */
    double time_limit;   /* in: 0 = one hour, or what so many shards need; seconds */
    double task_seconds; /* out: predicted for one task */
    unsigned rounds;     /* out: submissions that it takes when all goes as predicted */
} rs_array_size;

/* What a site allows. */
typedef struct rs_array_limits {
    unsigned shards;         /* of one sweep */
    unsigned queued;         /* tasks in the queue at the same time */
    double time;             /* seconds of a task; INFINITY: any */
    const char *time_source; /* who sets it: "partition debug" */
} rs_array_limits;

/* The time limit that a task for the costliest run alone needs, in seconds. */
double rs_array_size_shortest_time(double costliest_seconds);

/* Fills in what *size leaves open, for tasks of `cores` cores each. Predictions are taken with a
 * margin: nodes differ, and share their memory and their clock. When not all shards may be in the
 * queue at once, they take several submissions. RS_USAGE when there are to be more shards than runs
 * or than allowed, when the time limit is longer than allowed, or when the costliest run does not
 * fit into it: such a run would never end. */
rs_status rs_array_size_choose(rs_array_size *size, const rs_workload *workload, unsigned cores,
                               const rs_array_limits *limits, rs_error *error);

#endif
