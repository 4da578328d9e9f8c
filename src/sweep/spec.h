/* One sweep: the meaning of one YAML document. */
#ifndef RS_SPEC_H
#define RS_SPEC_H

#include "axis.h"
#include "condition.h"
#include "draw.h"
#include "seeds.h"
#include "uniform.h"

typedef enum rs_method {
    RS_METHOD_GRID,
    RS_METHOD_LIST,
    RS_METHOD_RANDOM,
    RS_METHOD_SOBOL
} rs_method;

/* The names of the methods, and the keys of a sweep file, each ending with NULL. */
extern const char *const rs_method_names[];
extern const char *const rs_sweep_keys[];

/* A parameter with `when:`: it has its default where the conditions do not hold. They speak of
 * parameters without a guard only. */
typedef struct rs_guard {
    const rs_parameter *parameter;
    rs_conditions when;
} rs_guard;

/* Configuration c of a grid or list is `fixed` with place (c / stride) % count of every axis, the
 * first axis varying slowest; of random and sobol it is `fixed` with every draw at coordinate c;
 * then the guards. Texts and arrays belong to the arena it was read into. */
typedef struct rs_sweep {
    rs_method method;
    const char *name, *description; /* NULL when not given */
    const char *metric;
    bool maximize;
    rs_run_config fixed;
    size_t axis_count;
    rs_axis *axes;
    size_t *strides; /* [axis_count] */
    size_t draw_count;
    rs_draw *draws;
    rs_sobol *dimensions; /* [draw_count], for sobol */
    uint64_t sampler_seed;
    size_t guard_count;
    rs_guard *guards;
    size_t exclusion_count;
    rs_conditions *exclusions;
    size_t run_cap;        /* the first so many configurations; 0: all */
    size_t configurations; /* at least 1; repeated and excluded ones count */
    rs_seeds seeds;
    bool select;          /* not every configuration is to be trained, or allowed: look at each */
    bool may_repeat;      /* and two of them can be equal */
    rs_place place;       /* of the document */
    rs_place batch_place; /* of the key that decides batch_size or train_samples */
} rs_sweep;

enum {
    RS_NAME_LENGTH = 100,
    RS_SPEC_SAMPLES = 1 << 24 /* largest run_cap */
};

/* Largest number of runs, so that a run number fits an int32. */
#define RS_SPEC_RUNS ((size_t)INT32_MAX)

/* Reads a document. RS_BAD_DATA with diagnostics, RS_NO_MEMORY. */
rs_status rs_spec_read(rs_sweep *sweep, rs_arena *arena, const rs_node *root,
                       rs_diagnostics *diagnostics, rs_error *error);

/* Configuration `index` (below sweep->configurations) without its seed. */
void rs_spec_configuration(const rs_sweep *sweep, size_t index, rs_run_config *config);

/* Whether `index` is but a repetition because a guard holds back what an axis would change. */
bool rs_spec_is_idle(const rs_sweep *sweep, size_t index, const rs_run_config *config);

/* Reports a batch_size above train_samples; false when so. */
bool rs_spec_check_batch(rs_diagnostics *diagnostics, rs_place place, double batch_size,
                         double train_samples);

/* Reads parameters, zip and configurations into axes, draws and guards: for rs_spec_read. */
void rs_parameters_read(rs_sweep *sweep, rs_arena *arena, const rs_node *root,
                        rs_diagnostics *diagnostics);

#endif
