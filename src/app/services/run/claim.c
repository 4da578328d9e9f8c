#include "claim.h"

#include <math.h>
#include <stdio.h>
#include <time.h>

#include "clock.h"
#include "deadline.h"
#include "file_io.h"
#include "stop.h"

/* Growth and merges take seconds, training takes hours: a longer wait would be for training. */
static const double patience = 10;
enum { PAUSE_NANOSECONDS = 100000000 };

/* A batch job waits as long as it may run: a task that Slurm has started again elsewhere, because
 * the node of the first attempt did not answer, has nothing else to do, and the first may still
 * finish what it does. */
static double last_time_to_wait(double start)
{
    double deadline;
    rs_error ignored; /* `run` reports it */
    if (rs_deadline_read(&deadline, &ignored) != RS_OK || !isfinite(deadline))
        return start + patience;
    return fmax(deadline, start + patience);
}

rs_status rs_claim_file(rs_claim *claim, const char *path, rs_error *error)
{
    const struct timespec pause = {.tv_nsec = PAUSE_NANOSECONDS};
    const double last = last_time_to_wait(rs_clock());
    char target[RS_PATH_MAX], holder[RS_LOCK_TEXT];
    bool waits = false;
    rs_status status;
    *claim = (rs_claim){.lock = NULL};
    if ((status = rs_file_follow_links(path, target, error)) != RS_OK ||
        (status = rs_file_make_folders(target, error)) != RS_OK)
        return status;
    for (;;) {
        switch (rs_file_lock_take(&claim->lock, target, holder)) {
        case RS_LOCK_TAKEN:
            return RS_OK;
        case RS_LOCK_MISSING:
            snprintf(claim->missing, sizeof claim->missing, "%s", holder);
            return RS_OK;
        case RS_LOCK_BUSY:
            break;
        }
        if (rs_stop_signal() != 0 || rs_clock() > last)
            return rs_fail(error, RS_STOPPED,
                           "%s is being written by another rnnsweep (%s); nothing was changed. Run "
                           "this again when it has ended, or give another file",
                           path, holder);
        if (!waits)
            fprintf(stderr, "rnnsweep: waiting for %s, which writes %s\n", holder, path);
        waits = true;
        nanosleep(&pause, NULL);
    }
}

void rs_claim_warn(const rs_claim *claim, const char *path)
{
    if (claim->missing[0] != '\0')
        fprintf(stderr,
                "rnnsweep: warning: no file lock for %s (%s): let no other rnnsweep write this "
                "file meanwhile\n",
                path, claim->missing);
}

void rs_claim_release(rs_claim *claim)
{
    rs_file_lock_release(claim->lock);
    *claim = (rs_claim){.lock = NULL};
}
