/* From a sweep file to the ordered list of its runs.
 *
 * A plan is immutable once read and may be used by any number of threads. Runs are expanded lazily:
 * run i is computed from i. Run numbers count configurations first, seeds within them:
 * run = configuration * seeds + seed's place (where no duplicate has been dropped). */
#ifndef RS_PLAN_H
#define RS_PLAN_H

#include "diagnostics.h"
#include "halving.h"
#include "identity.h"
#include "rnnsweep/run_config.h"
#include "task.h"

typedef struct rs_plan rs_plan;

/* Where a plan learns of the data files that its sweep names. find: *task = the number (task.h) of
 * the file at `path`, to be known as `name`. RS_IO, RS_BAD_DATA, RS_NO_MEMORY. */
typedef struct rs_data_source {
    rs_status (*find)(void *context, const char *name, const char *path, uint32_t *task,
                      rs_error *error);
    void *context;
} rs_data_source;

/* ---- Reading ----------------------------------------------------------------------------------
 */

/* Reads `path` and applies `overrides` (each "key=value"). source: for the key `data`; NULL refuses
 * it. RS_BAD_DATA when the file or an override
 * is wrong: the diagnostics say what, *error counts them; notes and warnings are left there on
 * success too. RS_IO when the file cannot be read, RS_NO_MEMORY. */
rs_status rs_plan_read(rs_plan **plan, const char *path, size_t override_count,
                       const char *const overrides[], const rs_data_source *source,
                       rs_diagnostics *diagnostics, rs_error *error);

/* The same for a sweep file in memory; `name` stands for the path in messages and, without its
 * folder and ending, for a missing `name:` key. Reads no file, so it refuses a `base:`. */
rs_status rs_plan_parse(rs_plan **plan, const char *name, const char *text, size_t size,
                        size_t override_count, const char *const overrides[],
                        const rs_data_source *source, rs_diagnostics *diagnostics, rs_error *error);

/* Replaces a name that comes from the path; a `name:` in the file takes precedence. Only before the
 * plan is shared. RS_USAGE if it cannot be part of a file name, RS_NO_MEMORY. */
rs_status rs_plan_rename(rs_plan *plan, const char *name, rs_error *error);

void rs_plan_free(rs_plan *plan); /* accepts NULL */

/* ---- Asking -----------------------------------------------------------------------------------
 */

size_t rs_plan_runs(const rs_plan *plan);           /* distinct runs, at least 1 */
size_t rs_plan_configurations(const rs_plan *plan); /* distinct configurations, seeds aside */
size_t rs_plan_duplicates(const rs_plan *plan); /* runs dropped because an earlier one is equal */
size_t rs_plan_excluded(const rs_plan *plan);   /* runs dropped by exclude: */
size_t rs_plan_sweeps(const rs_plan *plan);     /* documents of the sweep file */

/* Run `run` (below rs_plan_runs). Pure, thread-safe, no allocation. */
void rs_plan_run(const rs_plan *plan, size_t run, rs_run_config *config);

const char *rs_plan_name(const rs_plan *plan); /* `name:`, else the file's name without ending */
bool rs_plan_is_named(const rs_plan *plan);    /* given by the file */
const char *rs_plan_description(const rs_plan *plan); /* "" when there is none */

/* The sweep file, verbatim, NUL-terminated, followed by its base, if any, as comments. */
const char *rs_plan_text(const rs_plan *plan);
const char *rs_plan_overrides(const rs_plan *plan); /* one per line, "" when there are none */

/* Whether the sweep file gives the parameter more than one value. */
bool rs_plan_varies(const rs_plan *plan, rs_parameter_id parameter);

/* Hash of all runs in order, seeds included: equal for equal sequences of runs, however the sweep
 * file writes them. Computed anew by every call: for a million runs 0.1 s of a grid, 0.3 s of
 * draws. {0, 0} when memory runs out. */
rs_hash rs_plan_hash(const rs_plan *plan);

/* The same for callers that visit every run anyway: begin, add each run in order,
 * rs_hash_stream_finish. */
void rs_plan_hash_begin(rs_hash_stream *stream);
void rs_plan_hash_add(rs_hash_stream *stream, rs_identity_order *order, const rs_run_config *run);

/* test_lengths: the steps, rising, of tests at other lengths; they decide no run. */
const uint32_t *rs_plan_test_lengths(const rs_plan *plan, size_t *count);

/* checkpoints: NULL for none. */
const rs_checkpoints *rs_plan_checkpoints(const rs_plan *plan);

/* early_terminate: NULL for none. Its rungs are those that some run comes to before its end. */
const rs_halving *rs_plan_halving(const rs_plan *plan);
const rs_rungs *rs_plan_rungs(const rs_plan *plan);

/* metric: {name, goal}; default test_accuracy, maximize. */
const char *rs_plan_metric(const rs_plan *plan);
bool rs_plan_maximizes(const rs_plan *plan);

#endif
