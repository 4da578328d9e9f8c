/* The rows of a results file, from a sweep file on the command line. */
#ifndef RS_SWEEP_RUNS_H
#define RS_SWEEP_RUNS_H

#include "options.h"
#include "plan.h"
#include "results.h"
#include "store.h"

/* Reads the sweep file positional[0] with the overrides that follow it, and prints diagnostics to
 * standard error. */
rs_status rs_sweep_load(rs_plan **plan, const rs_arguments *arguments, rs_error *error);

/* The same of a sweep in memory, `text`, with settings in the words of overrides. */
rs_status rs_sweep_of_settings(rs_plan **plan, const char *text, size_t count,
                               const char *const settings[], rs_error *error);

/* Warns on standard error if runs have the same data_seed and seed: the random streams of their
 * data and initial weights are then the same. */
void rs_sweep_warn(const rs_plan *plan);

/* The sweep that a results file records, and its rs_plan_hash. RS_BAD_DATA if it records none, or
 * if this program expands it to other runs than the program that wrote the file. */
rs_status rs_sweep_recorded(rs_plan **plan, rs_hash *identity, const rs_results *results,
                            const char *path, rs_error *error);

/* All runs of a plan, whose rs_plan_hash is `identity`, as rows: row = run. Valid as long as the
 * plan. */
rs_store_runs rs_sweep_runs(const rs_plan *plan, rs_hash identity);

/* The default path of a plan's results, results/<name>.h5, which the caller frees. The sweep
 * language admits only names that are valid file names. RS_NO_MEMORY. */
rs_status rs_sweep_default_path(const rs_plan *plan, char **path, rs_error *error);

#endif
