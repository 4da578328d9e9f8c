/* What a whole sweep costs beside the training itself, from its text to its closed results file. */
#ifndef RS_BENCH_SWEEP_H
#define RS_BENCH_SWEEP_H

#include "rnnsweep/rnnsweep.h"

typedef struct rs_bench_sweep {
    const char *text;   /* of the sweep file */
    const char *folder; /* where a results file is written, and removed afterwards */
    const rs_isa *isa;
    unsigned threads;
    bool train; /* or only hand each run the result of a run that learnt nothing: then every run has
                   RS_BENCH_STATES states and the other defaults */
} rs_bench_sweep;

enum { RS_BENCH_STATES = 3 };

/* Seconds of CPU time, of all threads and child processes, by part. */
typedef struct rs_bench_sweep_times {
    size_t runs;
    double plan;   /* reading the sweep file and expanding it */
    double create; /* making the results file and opening it */
    double drive;  /* scheduling, training, writing */
    double close;
    double wall; /* of `drive`, on the clock */
} rs_bench_sweep_times;

rs_status rs_bench_sweep_run(const rs_bench_sweep *sweep, rs_bench_sweep_times *times,
                             rs_error *error);

#endif
