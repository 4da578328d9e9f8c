/* The made-up sweep of sample.h with runs that were measured at rungs, or stopped at one. */
#ifndef RUNG_SAMPLE_H
#define RUNG_SAMPLE_H

#include "sample.h"

enum { RUNG_SAMPLE_RUNGS = 2 };

/* Narrow runs; rungs after one and two epochs, or after so many updates. */
void rung_sample_init(sample_sweep *sample, size_t count, bool in_epochs);

/* The run of a row when it has come to `reached` rungs, or to its end if that is earlier. */
typedef struct rung_result {
    sample_result run;
    double rungs[4][RUNG_SAMPLE_RUNGS];
} rung_result;
void rung_sample_finish(const sample_sweep *sample, size_t row, size_t reached,
                        rung_result *finished);

#endif
