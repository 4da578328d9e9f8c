/* Runs work that may crash in a separate process. HDF5 is not robust against damaged files: a
 * single wrong byte can crash the process that reads it, or keep it busy for hours. */
#ifndef RS_ISOLATE_H
#define RS_ISOLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rnnsweep/status.h"

/* The work. It writes its outcome to `out` and returns false if that failed. It must not use the
 * standard streams, and its changes in memory are lost. */
typedef bool rs_isolated_work(const void *context, int out);

/* Limits of the work: seconds of CPU time, and bytes of memory in addition to those of this
 * process. Builds with sanitizers ignore the second. */
typedef struct rs_isolated_limits {
    unsigned seconds;
    uint64_t bytes;
} rs_isolated_limits;

typedef enum rs_isolated_end {
    RS_ISOLATED_WELL,    /* the work returned true */
    RS_ISOLATED_CRASHED, /* it returned false, or crashed */
    RS_ISOLATED_SLOW,    /* it reached its limit of CPU time */
    RS_ISOLATED_KILLED   /* from outside: by the system when out of memory, by a limit or a user */
} rs_isolated_end;

/* Runs `work` in a child process. *bytes: what it wrote, *size of them, to be freed; they may be
 * anything when it did not end well. RS_IO when no process can be made, RS_NO_MEMORY. */
rs_status rs_isolate(rs_isolated_work *work, const void *context, const rs_isolated_limits *limits,
                     char **bytes, size_t *size, rs_isolated_end *end, rs_error *error);

#endif
