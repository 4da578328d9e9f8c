/* How much faster more threads are. */
#ifndef THREAD_SCALING_H
#define THREAD_SCALING_H

#include "bench_kernels.h"
#include "sweep_cost.h"

enum { SCALING_ROWS = 16, SCALING_ROUNDS = 3 };

/* A number of threads, with as much work for each thread as the other rows have. */
typedef struct scaling_row {
    unsigned threads;
    size_t runs;
    rs_spread seconds; /* on the clock, from the first run to the last commit */
    rs_spread speedup; /* runs per second, against one thread in the same round */
    double cpu;        /* median CPU time of a run, against that on one thread */
    double idle;       /* median share of the threads' time in which they did not compute */
    double serial;     /* least seconds for each run of what one thread does before and after */
} scaling_row;

/* Trains `seeds` runs each of 1 to 128 states for each thread into one file in `folder`, on 1, 2,
 * 4, ... and `most` threads, in rounds in which the rows take turns. Fills rows[0..*count-1]. */
rs_status thread_scaling_measure(const char *folder, const rs_isa *isa, unsigned most,
                                 unsigned seeds, scaling_row rows[SCALING_ROWS], size_t *count,
                                 rs_error *error);

#endif
