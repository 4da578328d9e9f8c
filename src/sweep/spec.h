/* One sweep: the meaning of one YAML document. */
#ifndef RS_SPEC_H
#define RS_SPEC_H

#include "axis.h"
#include "seeds.h"

typedef enum rs_method { RS_METHOD_GRID, RS_METHOD_LIST } rs_method;

/* Configuration c of a sweep is `fixed` with place (c / stride) % count of every axis; the first
 * axis varies slowest. Texts and arrays belong to the arena it was read into. */
typedef struct rs_sweep {
    rs_method method;
    const char *name, *description; /* NULL when not given */
    const char *metric;
    bool maximize;
    rs_run_config fixed;
    size_t axis_count;
    rs_axis *axes;
    size_t *strides;       /* [axis_count] */
    size_t configurations; /* at least 1 */
    rs_seeds seeds;
    bool may_repeat; /* equal configurations are possible */
} rs_sweep;

enum { RS_NAME_LENGTH = 100 };

/* Largest number of runs, so that a run number fits an int32. */
#define RS_SPEC_RUNS ((size_t)INT32_MAX)

/* Reads a document. RS_BAD_DATA with diagnostics, RS_NO_MEMORY. */
rs_status rs_spec_read(rs_sweep *sweep, rs_arena *arena, const rs_node *root,
                       rs_diagnostics *diagnostics, rs_error *error);

/* Configuration `index` (below sweep->configurations) without its seed. */
void rs_spec_configuration(const rs_sweep *sweep, size_t index, rs_run_config *config);

#endif
