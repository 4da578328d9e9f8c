/* From a sweep file on the command line to the rows of a results file. */
#ifndef RS_SWEEP_RUNS_H
#define RS_SWEEP_RUNS_H

#include "options.h"
#include "plan.h"
#include "results.h"
#include "store.h"

/* Reads the sweep file positional[0] with the overrides that follow it, and prints what is to say
 * about them to standard error. */
rs_status rs_sweep_load(rs_plan **plan, const rs_arguments *arguments, rs_error *error);

/* Says on standard error of how many runs the data_seed is also the seed: the streams of data and
 * first weights are then the same, and begin with the same numbers. */
void rs_sweep_warn(const rs_plan *plan);

/* The sweep that a results file records, and its rs_plan_hash. RS_BAD_DATA when it records none, or
 * when this program expands it to other runs than the program that wrote the file. */
rs_status rs_sweep_recorded(rs_plan **plan, rs_hash *identity, const rs_results *results,
                            const char *path, rs_error *error);

/* All runs of a plan, whose rs_plan_hash is `identity`, as rows: row = run. Holds as long as the
 * plan. */
rs_store_runs rs_sweep_runs(const rs_plan *plan, rs_hash identity);

/* Where the results of a plan go without -o: results/<name>.h5, the caller's to free. The sweep
 * language admits only names that files may have. RS_NO_MEMORY. */
rs_status rs_sweep_default_path(const rs_plan *plan, char **path, rs_error *error);

#endif
