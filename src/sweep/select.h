/* Selects the runs of a file's sweeps that are trained: those that are neither excluded nor equal
 * to an earlier one. */
#ifndef RS_SELECT_H
#define RS_SELECT_H

#include "sweep.h"

/* Limits on what is visited one by one, so that time and memory stay bounded. */
enum {
    RS_SELECT_CONFIGURATIONS = RS_SPEC_SAMPLES, /* of all sweeps of a file */
    RS_SELECT_SINGLE_RUNS = 1 << 26, /* of a sweep that has only some seeds of a configuration */
    RS_SELECT_SWEEPS = 64            /* of a file */
};

/* The runs of one sweep, whose run r is seed r % seeds.count of configuration r / seeds.count.
 * Run number i of the selection is run kept[i / block] * block + i % block of the sweep. */
typedef struct rs_selection {
    size_t runs;
    size_t configurations; /* with at least one run, and in no earlier sweep */
    size_t excluded;       /* runs */
    size_t repeated;       /* runs */
    size_t block;          /* runs kept or dropped together: the seeds of a configuration, or 1 */
    uint32_t *kept;        /* [runs / block], ascending; NULL: all */
    uint32_t *slots;       /* hash table of the configurations, 0: empty; NULL: not needed */
    size_t mask;           /* slots - 1 */
} rs_selection;

/* Fills selections[0..count-1], which must be zero, for the sweeps in order. RS_BAD_DATA with
 * diagnostics if no run is left, a limit is exceeded, or a rule between parameters is broken;
 * RS_NO_MEMORY. Free each with rs_selection_free, also after a failure. */
rs_status rs_select(rs_selection selections[], const rs_sweep sweeps[], size_t count,
                    rs_diagnostics *diagnostics, rs_error *error);

void rs_selection_free(rs_selection *selection);

/* The number within the sweep of run `run` of the selection. */
size_t rs_selection_run(const rs_selection *selection, size_t run);

#endif
