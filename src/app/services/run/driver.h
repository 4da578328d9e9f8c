/* Trains the pending runs of a results file on all threads. */
#ifndef RS_DRIVER_H
#define RS_DRIVER_H

#include "progress.h"
#include "store.h"

typedef struct rs_job {
    rs_store *store;
    const rs_store_runs *runs;
    const rs_isa *isa;
    unsigned threads;           /* at most; never more than runs */
    rs_progress_style progress; /* resolved */
    double deadline;            /* start no run that cannot end before this time of rs_clock */
    /* Trains one run: rs_trainer_run, or what stands in for it to time everything else. */
    rs_status (*train)(rs_trainer *trainer, const rs_run_config *config, rs_run_result *result,
                       rs_error *error);
} rs_job;

typedef struct rs_job_report {
    rs_tally tally;
    double seconds;
    bool stopped;      /* by a signal or the deadline, with runs left */
    size_t failed_row; /* first row whose gradient check failed, when tally counts one trained */
    rs_gradient_check failed_check;
} rs_job_report;

/* Every run is put by the thread that trained it; what is finished is committed every two seconds
 * or thousand runs by one thread while the others go on. A signal (stop.h) stops taking runs; so
 * does a deadline too near for any run that is left, and the first error of any thread, which is
 * returned. In every case what was finished has been
 * committed, unless committing is what failed. *report is filled in every case. */
rs_status rs_drive(const rs_job *job, rs_job_report *report, rs_error *error);

#endif
