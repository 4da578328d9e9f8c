/* How many tasks a sweep is cut into, and how long each may take. */
#ifndef RS_ARRAY_SIZE_H
#define RS_ARRAY_SIZE_H

#include "plan.h"
#include "rnnsweep/rnnsweep.h"

/* Predicted seconds on one core of this machine. */
typedef struct rs_workload {
    size_t runs, dearest;
    double seconds, dearest_seconds;
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

/* Fills in what *size leaves open, for tasks of `cores` cores each and at most `shards_max` of
 * them. Predictions are taken with a margin: nodes differ, and share their memory and their clock.
 * RS_USAGE when there are to be more shards than runs or than allowed, or when the dearest run does
 * not fit into the time limit. */
rs_status rs_array_size_choose(rs_array_size *size, const rs_workload *workload, unsigned cores,
                               unsigned shards_max, rs_error *error);

#endif
