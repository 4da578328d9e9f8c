#include "deadline.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <time.h>

#include "clock.h"
#include "options.h"

/* The time reserved between the last run and the end of the job, for committing to a slow disk: a
 * tenth of the time left, at most half a minute. */
static double reserve(double left)
{
    return fmin(fmax(left / 10, 0), 30);
}

rs_status rs_deadline_read(double *deadline, rs_error *error)
{
    const char *text = getenv("SLURM_JOB_END_TIME");
    unsigned long end;
    struct timespec now;
    if (text == NULL || text[0] == '\0') {
        *deadline = INFINITY;
        return RS_OK;
    }
    if (!rs_parse_count(text, 0, ULONG_MAX, &end))
        return rs_fail(error, RS_USAGE,
                       "SLURM_JOB_END_TIME=%s: must be in seconds since 1970; mend it or unset it",
                       text);
    clock_gettime(CLOCK_REALTIME, &now);
    double left = (double)end - (double)now.tv_sec - 1e-9 * (double)now.tv_nsec;
    *deadline = rs_clock() + left - reserve(left);
    return RS_OK;
}

void rs_pace_note(rs_pace *pace, double cost, double seconds)
{
    const double kept = 0.95;
    double now = seconds / cost;
    pace->slowest = fmax(now, kept * pace->slowest + (1 - kept) * now);
}

double rs_pace_largest_cost(const rs_pace *pace, double deadline)
{
    const double margin = 1.25;
    return isinf(deadline) ? INFINITY : fmax(deadline - rs_clock(), 0) / (margin * pace->slowest);
}
