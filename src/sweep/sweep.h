/* One sweep: the contents of one document of a sweep file. */
#ifndef RS_SWEEP_H
#define RS_SWEEP_H

#include "axis.h"
#include "condition.h"
#include "draw.h"
#include "early_terminate.h"
#include "rules.h"
#include "seeds.h"
#include "uniform.h"

typedef enum rs_method {
    RS_METHOD_GRID,
    RS_METHOD_LIST,
    RS_METHOD_RANDOM,
    RS_METHOD_SOBOL
} rs_method;

/* A parameter with `when:` has its default if the conditions do not hold. Conditions refer to
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
    size_t length_count; /* of test_lengths */
    uint32_t *lengths;
    rs_checkpoints checkpoints;
    rs_early_terminate early;
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
    bool select;           /* some configurations may be left out or forbidden: visit each */
    bool may_repeat;       /* two of them may be equal */
    rs_source_place place; /* of the document */
    rs_source_place rule_places[RS_RULE_TOTAL]; /* of the last key that each rule refers to */
    rs_source_place given[RS_PARAMETER_TOTAL];  /* of each parameter's key; line 0: none */
    bool scoped;  /* an axis may have no effect where its parameter does not apply (rules.h) */
    bool settled; /* parameters that do not apply are at their defaults in every configuration */
} rs_sweep;

enum {
    RS_SPEC_SAMPLES = 1 << 24 /* largest run_cap */
};

/* Largest number of runs, so that a run number fits an int32. */
#define RS_SPEC_RUNS ((size_t)INT32_MAX)

/* Which numbers of samples some key of the sweep gives. */
rs_samples_given rs_sweep_samples_given(const rs_sweep *sweep);

/* Configuration `index` (below sweep->configurations) without its seed. */
void rs_sweep_configuration(const rs_sweep *sweep, size_t index, rs_run_config *config);

/* Whether `index` only repeats another configuration, because the parameter that an axis changes is
 * disabled by a guard or does not apply. */
bool rs_sweep_is_idle(const rs_sweep *sweep, size_t index, const rs_run_config *config);

/* Reports the first rule (rules.h) that the configuration breaks, at `place` or, if that is NULL,
 * at the key that decides it. False if there is one. */
bool rs_sweep_check_rules(const rs_sweep *sweep, const rs_run_config *config,
                          const rs_source_place *place, rs_diagnostics *diagnostics);

/* The same for one rule. */
bool rs_sweep_check_rule(const rs_sweep *sweep, size_t rule, const rs_run_config *config,
                         const rs_source_place *place, rs_diagnostics *diagnostics);

#endif
