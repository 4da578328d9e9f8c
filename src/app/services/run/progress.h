/* The progress of a sweep, on standard error. */
#ifndef RS_PROGRESS_H
#define RS_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

/* In the order of the words of --progress. */
typedef enum rs_progress_style {
    RS_PROGRESS_AUTO, /* a bar on a terminal, else plain */
    RS_PROGRESS_BAR,
    RS_PROGRESS_PLAIN, /* lines at growing intervals */
    RS_PROGRESS_NONE,
    RS_PROGRESS_JSON /* one object per line, every second */
} rs_progress_style;

/* The state of a sweep. Work is predicted cost (cost.h). */
typedef struct rs_tally {
    size_t total, finished; /* runs; finished includes diverged and failed */
    size_t diverged, failed;
    size_t trained; /* runs finished by this process */
    double work, work_finished, work_trained;
} rs_tally;

typedef struct rs_progress {
    rs_progress_style style;
    bool unicode;
    double start, next; /* seconds of rs_clock */
} rs_progress;

/* RS_PROGRESS_AUTO becomes what fits standard error. */
rs_progress_style rs_progress_resolve(rs_progress_style style);

/* Begins now. `style` must be resolved. */
rs_progress rs_progress_begin(rs_progress_style style);

/* Whether it is time to draw; if so, sets the next time. One thread at a time. */
bool rs_progress_due(rs_progress *progress, double now);

/* Draws. One thread at a time; independent of what rs_progress_due changes. */
void rs_progress_draw(const rs_progress *progress, const rs_tally *tally, double now);

/* Removes the bar, or writes the last object. */
void rs_progress_end(const rs_progress *progress, const rs_tally *tally);

#endif
