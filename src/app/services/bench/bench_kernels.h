/* Training speed of single runs, compared with the machine's peak. */
#ifndef RS_BENCH_KERNELS_H
#define RS_BENCH_KERNELS_H

#include "rnnsweep/rnnsweep.h"

/* Median, least and greatest of the repetitions. */
typedef struct rs_spread {
    double median, min, max;
} rs_spread;

/* Sorts `values` in place. */
rs_spread rs_spread_of(double *values, size_t count);

/* One line of the benchmark. */
typedef struct rs_bench_row {
    const rs_isa *isa;
    rs_run_config config; /* the seed aside */
    size_t runs;          /* trained while measuring */
    double flop;          /* of one run's updates and losses, see rs_cost_flop */
    rs_spread seconds;    /* of CPU time of this thread, for one run */
    rs_spread peak;       /* flop/s of multiply-adds alone, measured beside the runs */
    rs_spread fraction;   /* flop / seconds / peak of the same moment */
    size_t trainer_bytes; /* memory of one thread */
    size_t row_bytes;     /* of a run in a results file */
} rs_bench_row;

/* Fills rows[0..count-1], whose isa and config are given. The rows take turns in several
 * rounds, so that changes in the machine's speed affect all of them. Each takes about `seconds`,
 * and at least one run in each round. With `updates_only`, all runs share one training set and one
 * test sample, so that only the updates and their losses are timed; data files are shared anyway.
 */
rs_status rs_bench_kernels(size_t count, rs_bench_row rows[], double seconds, bool updates_only,
                           rs_error *error);

#endif
