/* Work that may crash, done in a process of its own. HDF5 is not made for damaged files: a single
 * wrong byte can end the process that reads it, or keep it busy for hours. */
#ifndef RS_ISOLATE_H
#define RS_ISOLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rnnsweep/status.h"

/* The work: writes its outcome to `out`; false when that failed. It must not touch the standard
 * streams, and what it changes in memory is lost. */
typedef bool rs_isolated_work(const void *context, int out);

/* What the work may take: seconds of CPU time, and bytes of memory besides those that this process
 * has. Sanitizers take memory of their own, so that the second does not hold in their builds. */
typedef struct rs_isolated_limits {
    unsigned seconds;
    uint64_t bytes;
} rs_isolated_limits;

typedef enum rs_isolated_end {
    RS_ISOLATED_WELL,    /* the work came to its end and said true */
    RS_ISOLATED_CRASHED, /* it said false, or ended itself by a fault */
    RS_ISOLATED_SLOW,    /* it took the seconds that it was given */
    RS_ISOLATED_KILLED   /* from outside: by the system when memory runs out, a limit, a user */
} rs_isolated_end;

/* Runs `work` in a child process. *bytes: what it wrote, *size of them, to be freed; they may be
 * anything when it did not end well. RS_IO when no process can be made, RS_NO_MEMORY. */
rs_status rs_isolate(rs_isolated_work *work, const void *context, const rs_isolated_limits *limits,
                     char **bytes, size_t *size, rs_isolated_end *end, rs_error *error);

#endif
