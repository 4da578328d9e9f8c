/* What a whole sweep costs beside the training itself, from its text to its closed results file. */
#ifndef SWEEP_COST_H
#define SWEEP_COST_H

#include "rnnsweep/rnnsweep.h"

typedef struct sweep_cost {
    const char *text;   /* of the sweep file */
    const char *folder; /* where a results file is written, and removed afterwards */
    const rs_isa *isa;
    unsigned threads;
    bool train; /* or only hand each run the result of a run that learnt nothing: then every run has
                   SWEEP_COST_STATES states and the other defaults */
} sweep_cost;

enum { SWEEP_COST_STATES = 3 };

/* Seconds of CPU time, of all threads and child processes, by part. */
typedef struct sweep_times {
    size_t runs;
    double plan;   /* reading the sweep file and expanding it */
    double create; /* making the results file and opening it */
    double drive;  /* scheduling, training, writing */
    double close;
    double wall; /* of `drive`, on the clock */
} sweep_times;

rs_status sweep_cost_measure(const sweep_cost *sweep, sweep_times *times, rs_error *error);

#endif
