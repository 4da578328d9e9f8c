/* How much of a sweep some results files hold together: shards, a merged file, or both. The sweep
 * is the one recorded in the files, which must all be of the same. */
#ifndef RS_COVERAGE_H
#define RS_COVERAGE_H

#include <stdio.h>

#include "match.h"
#include "plan.h"
#include "results.h"

typedef struct rs_coverage {
    const rs_plan *plan; /* NULL: this program cannot expand the sweep, and `total` says all */
    rs_plan *own;        /* the same, when the first file brought it */
    rs_store_runs runs;  /* of the plan */
    rs_match *match;
    size_t total, room;
    int8_t *outcomes;   /* [total] by run: rs_run_outcome, pending where no file has it finished */
    char *first;        /* path of the file that the plan is from */
    char *name, *sweep; /* name of the sweep, and its hash as the files have it */
    size_t foreign;     /* finished rows with settings that this program does not know */
    size_t damaged;     /* finished rows that are known to be damaged */
} rs_coverage;

/* Counts by rs_run_outcome. */
typedef struct rs_coverage_count {
    size_t of[RS_RUN_STOPPED + 1], total;
} rs_coverage_count;

/* Begins with a plan that is known beforehand, with its rs_plan_hash, and outlives the coverage;
 * `origin` names it in messages. *coverage is zero before. RS_BAD_DATA when it has too many runs,
 * RS_NO_MEMORY. */
rs_status rs_coverage_begin(rs_coverage *coverage, const rs_plan *plan, rs_hash identity,
                            const char *origin, rs_error *error);

/* Adds a file's finished runs; the first one brings the plan, if there is none. *coverage is zero
 * beforehand, or begun. When this program cannot expand the sweep that the file records, because it
 * is of another version or damaged, runs count by their numbers.
 * RS_BAD_DATA when the file is of another sweep than the first. */
rs_status rs_coverage_add(rs_coverage *coverage, const rs_results *results, const char *path,
                          rs_error *error);
/* Forgets what was added, but for the plan. */
void rs_coverage_forget(rs_coverage *coverage);
void rs_coverage_free(rs_coverage *coverage);

/* Name of the sweep. */
const char *rs_coverage_name(const rs_coverage *coverage);

rs_coverage_count rs_coverage_counts(const rs_coverage *coverage);

/* A line for each thing that the counts do not say: rows that are damaged, or have settings that
 * this program does not know. */
void rs_coverage_print_notes(const rs_coverage *coverage, FILE *stream);

/* Numbers of the runs that are missing, as "3,7-12,40"; at most `ranges` of them, then "...". */
void rs_coverage_print_missing(const rs_coverage *coverage, size_t ranges, FILE *stream);

#endif
