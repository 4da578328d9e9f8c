/* Trains a sweep with early termination, stage by stage: all runs to a rung, a decision, those that
 * go on to the next rung, and at last to their end. */
#ifndef RS_STAGES_H
#define RS_STAGES_H

#include "driver.h"
#include "goals.h"

/* Where other runs of the sweep are: files that may be missing, of which the first few are likely
 * to have all that the others have. */
typedef struct rs_other_files {
    size_t count, first;
    char **paths; /* [count] */
} rs_other_files;

typedef struct rs_stages_report {
    rs_job_report job; /* of all stages together; the tally is that of the last one, with the runs
                          that were trained in any */
    size_t waiting;    /* runs that wait at a rung for runs of other files */
    size_t rung;       /* the rung at which they wait */
} rs_stages_report;

/* *due: whether a run of the store's file, at `path`, is to be trained further, as far as that file
 * says. Leaves the goals decided. RS_IO, RS_NO_MEMORY. */
rs_status rs_stages_find_due(rs_store *store, const rs_store_runs *runs, const char *path,
                             rs_goals *goals, bool *due, rs_error *error);

/* As rs_drive, as far as the rungs of the goals say; job->stage is set here. Decisions are taken
 * from the job's own file, at `path`, and the others. They depend on the numbers of runs alone, so
 * that a call resumes where another one ended. Runs that stop at a rung go on in memory; a run that
 * an earlier process left at a rung, or for which there is no memory, begins anew. Says what is
 * decided as job->progress wants it. */
rs_status rs_stages_drive(const rs_job *job, const char *path, rs_goals *goals,
                          const rs_other_files *others, rs_stages_report *report, rs_error *error);

#endif
