/* The state of the results files of a sweep at one time: what is finished in each, what is missing
 * in all of them, and the time that is left. */
#ifndef RS_OVERVIEW_H
#define RS_OVERVIEW_H

#include "parts.h"

/* The progress of one file. Costs are predicted (cost.h), with early termination up to the next
 * rung that is not decided; runs that go on from a rung are pending. */
typedef struct rs_part_progress {
    size_t runs, of[RS_RUN_STOPPED + 1];
    double cost_finished, cost_left;
    double seconds; /* of one core that the finished runs took */
    bool exists;    /* the file exists */
    double age;     /* seconds since the last write, never negative */
    unsigned threads;
} rs_part_progress;

typedef struct rs_overview {
    rs_parts parts;
    rs_part_progress *progress; /* [parts.count] */
    rs_coverage coverage;
} rs_overview;

/* Looks at the files, or the folder, of a command line. Errors as of rs_parts_open and
 * rs_results_open; then there is nothing to free. */
rs_status rs_overview_create(rs_overview *overview, const rs_arguments *arguments, rs_error *error);
void rs_overview_free(rs_overview *overview);

/* The time that a part needs with as many threads as the process that has written it. It scales the
 * predicted cost of the pending runs by the ratio of actual to predicted time of the finished ones;
 * NAN without any. */
double rs_part_seconds_left(const rs_part_progress *part);

/* The time that all parts together need; with early termination up to the next rung that is not
 * decided. */
typedef struct rs_time_left {
    double core;              /* seconds of one core; NAN before the first run */
    double wall;              /* seconds from now; NAN where no file is being written */
    unsigned threads, active; /* of the files being written, and their number */
} rs_time_left;

/* The remaining work divided by the threads of the parts written to in the last five minutes, but
 * at least what the slowest of these parts needs. */
rs_time_left rs_overview_time_left(const rs_overview *overview);

/* ", to rung 2 of 3, at 10 epochs": up to where rs_overview_time_left reckons; "" to the end. */
enum { RS_OVERVIEW_GOAL_TEXT = RS_GOALS_RUNG_TEXT + 8 };
void rs_overview_name_goal(const rs_overview *overview, char text[RS_OVERVIEW_GOAL_TEXT]);

#endif
