/* Which runs of the sweeps of a file are trained: those that are not excluded and equal none before
 * them. */
#ifndef RS_SELECT_H
#define RS_SELECT_H

#include "sweep.h"

/* Bounds of what is looked at one by one, so that time and memory stay bounded. */
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

/* Fills selections[0..count-1], zeroed before, for the sweeps in their order. RS_BAD_DATA with
 * diagnostics when nothing is left, too much is to be looked at, or a rule between
 * parameters is broken; RS_NO_MEMORY. Also after a failure each is to be given to
 * rs_selection_free. */
rs_status rs_select(rs_selection selections[], const rs_sweep sweeps[], size_t count,
                    rs_diagnostics *diagnostics, rs_error *error);

void rs_selection_free(rs_selection *selection);

/* Run of the sweep that is number `run` of the selection. */
size_t rs_selection_run(const rs_selection *selection, size_t run);

#endif
