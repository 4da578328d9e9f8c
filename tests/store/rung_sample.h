/* The made-up sweep of sample.h with runs that were measured at rungs, or stopped at one. */
#ifndef RUNG_SAMPLE_H
#define RUNG_SAMPLE_H

#include "sample.h"

/* Rungs at most, and more of them than any. */
enum { RUNG_SAMPLE_RUNGS = 2, RUNG_SAMPLE_WHOLE = 9 };

/* Narrow runs; rungs after one and two epochs, or after so many updates. */
void rung_sample_init(sample_sweep *sample, size_t count, bool in_epochs);

/* The run of a row when it has come to `reached` rungs, or to its end if that is earlier. */
typedef struct rung_result {
    sample_result run;
    double rungs[4][RUNG_SAMPLE_RUNGS];
} rung_result;
void rung_sample_finish(const sample_sweep *sample, size_t row, size_t reached,
                        rung_result *finished);

/* Puts it; the caller commits it with *outcome. */
rs_status rung_sample_put(const sample_sweep *sample, rs_store *store, size_t row, size_t reached,
                          rs_run_outcome *outcome, rs_error *error);

/* Puts and commits those of the rows first, first + stride, ... of an open store that have not come
 * so far. */
rs_status rung_sample_write(const sample_sweep *sample, rs_store *store, size_t first,
                            size_t stride, size_t reached, rs_error *error);

#endif
