/* The number of tasks of a sweep, and their time limit. */
#ifndef RS_ARRAY_SIZE_H
#define RS_ARRAY_SIZE_H

#include "plan.h"
#include "rnnsweep/rnnsweep.h"

/* Predicted seconds on one core of this machine. */
typedef struct rs_workload {
    size_t runs, costliest;
    size_t arrays;  /* one after the other, of which each decides what the next one trains: one
                       for each rung of early termination and one to the ends; else 1 */
    double seconds; /* at most, of all arrays */
    double array_seconds;     /* at most, of the costliest array */
    double costliest_seconds; /* of run `costliest`, to its end */
} rs_workload;

/* Calibrates for two seconds at most. RS_NO_MEMORY. */
rs_status rs_workload_predict(rs_workload *workload, const rs_plan *plan, const rs_isa *isa,
                              rs_error *error);

typedef struct rs_array_size {
    unsigned shards;     /* in: 0 = as many as needed */
    double time_limit;   /* in: seconds; 0 = one hour, or what the given shards need */
    double task_seconds; /* out: predicted for one task */
    unsigned rounds;     /* out: submissions if everything takes as long as predicted, at least one
                            for each array */
} rs_array_size;

/* The limits of a site. */
typedef struct rs_array_limits {
    unsigned shards;         /* of one sweep */
    unsigned queued;         /* tasks in the queue at the same time */
    double time;             /* seconds of a task; INFINITY: no limit */
    const char *time_source; /* what sets it: "partition debug" */
} rs_array_limits;

/* The time limit of a task that trains only the costliest run, in seconds. */
double rs_array_size_shortest_time(double costliest_seconds);

/* Fills in what *size leaves open, for tasks of `cores` cores each. Predictions get a margin, since
 * nodes differ and their cores share memory and power. If the queue does not admit all shards at
 * once, several submissions are needed. RS_USAGE if there are more shards than runs or than
 * allowed, if the time limit is longer than allowed, or if it is too short for the costliest run,
 * which could never finish. */
rs_status rs_array_size_choose(rs_array_size *size, const rs_workload *workload, unsigned cores,
                               const rs_array_limits *limits, rs_error *error);

#endif
