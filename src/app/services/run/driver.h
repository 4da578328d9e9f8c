/* Trains the runs of a results file that are not trained to their end on all threads, or those of a
 * stage. */
#ifndef RS_DRIVER_H
#define RS_DRIVER_H

#include "progress.h"
#include "stage.h"
#include "store.h"

typedef struct rs_job {
    rs_store *store;
    const rs_store_runs *runs;
    const rs_isa *isa;
    unsigned threads;           /* at most; no more than there are runs */
    rs_progress_style progress; /* resolved */
    double deadline;            /* starts no run that cannot end before this time of rs_clock */
    rs_stage *stage;            /* of early termination; NULL: all runs, to their end */
    /* Trains runs: rs_trainer_run_to, or a substitute that times everything else. */
    rs_status (*train)(rs_trainer *trainer, size_t count, const rs_run_config *configs,
                       const size_t *rungs, rs_paused **paused, rs_run_result *results,
                       rs_error *error);
} rs_job;

typedef struct rs_job_report {
    rs_tally tally;
    double seconds;
    bool stopped;      /* by a signal or the deadline, with runs left to train */
    size_t failed_row; /* the first row that failed its gradient check, if the tally counts one */
    rs_gradient_check failed_check;
} rs_job_report;

/* Each thread writes the rows of the runs that it trains. Finished rows are committed every two
 * seconds or thousand runs, by one thread while the others continue. No more runs are started after
 * a signal (stop.h), when no remaining run can end before the deadline, or after the first error of
 * any thread, which is returned. In every case finished rows are committed, unless the commit
 * itself failed, and *report is filled. */
rs_status rs_drive(const rs_job *job, rs_job_report *report, rs_error *error);

#endif
