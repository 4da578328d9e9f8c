/* One run of a results file, named on the command line. */
#ifndef RS_RUN_CHOICE_H
#define RS_RUN_CHOICE_H

#include "results.h"

/* What was chosen, and from how many. */
typedef struct rs_run_choice {
    size_t row;
    size_t candidates;  /* rows that the conditions hold for; 0 when a number was given */
    const char *metric; /* by which it is the best of them; NULL where it is the only one */
} rs_run_choice;

/* Finds the run that words[0..count-1] name: a run's number; or conditions (filter.h) that hold for
 * one run; or `best`, alone or among conditions: of the finished runs that fulfil them the one with
 * the best metric of the sweep, of equal ones that with the smallest final loss, of those the
 * first. All but a number reads the checksums of all rows (rs_check_heads). RS_USAGE when no run is
 * like that, or several are; else as rs_where_read. */
rs_status rs_run_choose(rs_run_choice *choice, rs_results *results, const char *path, size_t count,
                        const char *const words[], rs_error *error);

/* Finds the runs that the words name: numbers of runs and ranges of them (3..17); or `all` or
 * conditions, which name every run that is done and fulfils them; or `best`, as above. *rows: their
 * rows in the order of the file, each once; the caller frees it. RS_USAGE when there is none. */
rs_status rs_runs_choose(size_t **rows, size_t *row_count, rs_results *results, const char *path,
                         size_t count, const char *const words[], rs_error *error);

#endif
