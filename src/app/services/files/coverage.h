/* How much of a sweep is finished in several results files together: shards, a merged file, or
 * both. The sweep is the one recorded in the files, which must all record the same one. */
#ifndef RS_COVERAGE_H
#define RS_COVERAGE_H

#include <stdio.h>

#include "goals.h"
#include "match.h"
#include "plan.h"
#include "results.h"

typedef struct rs_coverage {
    const rs_plan *plan; /* NULL: this program cannot expand the sweep, and only `total` is known */
    rs_plan *own;        /* the same if it came with the first file */
    rs_store_runs runs;  /* of the plan */
    rs_match *match;
    size_t total, room;
    int8_t *outcomes;   /* [total] by run: rs_run_outcome; pending if no file has it finished */
    char *first;        /* path of the file that the plan is from */
    char *name, *sweep; /* name of the sweep, and its hash as recorded */
    size_t foreign;     /* finished rows with settings that this program does not know */
    size_t damaged;     /* finished rows that are known to be damaged */
    rs_goals goals;     /* of early termination; zeros: every run is trained to its end */
} rs_coverage;

/* Counts by rs_run_outcome. Those that are missing, which no file has as far as they are to be
 * trained, are pending there. */
typedef struct rs_coverage_count {
    size_t of[RS_RUN_STOPPED + 1], total, missing;
} rs_coverage_count;

/* Begins with a given plan and its rs_plan_hash. The plan must outlive the coverage; `origin` names
 * it in messages. *coverage must be zero. RS_BAD_DATA if the plan has too many runs,
 * RS_NO_MEMORY. */
rs_status rs_coverage_begin(rs_coverage *coverage, const rs_plan *plan, rs_hash identity,
                            const char *origin, rs_error *error);

/* As rs_coverage_add, but of the file's runs none is added. */
rs_status rs_coverage_expect(rs_coverage *coverage, const rs_results *results, const char *path,
                             rs_error *error);

/* Adds a file's finished runs. Without a plan, the first file provides it. *coverage must be zero,
 * or begun. If this program cannot expand the recorded sweep, because it is of another version or
 * damaged, runs are identified by their numbers. RS_BAD_DATA if the file is of another sweep than
 * the first. */
rs_status rs_coverage_add(rs_coverage *coverage, const rs_results *results, const char *path,
                          rs_error *error);

/* After the last file: decides which of the runs that stopped at a rung go on. RS_NO_MEMORY. */
rs_status rs_coverage_decide(rs_coverage *coverage, rs_error *error);

/* Whether a run is missing; how many trainings it lacks: with early termination as rs_goals_lacks
 * says, else one if it is missing. */
bool rs_coverage_is_missing(const rs_coverage *coverage, size_t run);
size_t rs_coverage_lacks(const rs_coverage *coverage, size_t run);

void rs_coverage_free(rs_coverage *coverage);

/* Name of the sweep. */
const char *rs_coverage_name(const rs_coverage *coverage);

rs_coverage_count rs_coverage_counts(const rs_coverage *coverage);

/* Prints a line for what the counts leave out: runs that stopped at a rung, damaged rows, and rows
 * with settings that this program does not know. */
void rs_coverage_print_notes(const rs_coverage *coverage, FILE *stream);

/* Numbers of the runs that are missing, as "3,7-12,40"; at most `ranges` of them, then "...". */
void rs_coverage_print_missing(const rs_coverage *coverage, size_t ranges, FILE *stream);

#endif
