/* Work that may crash, done in a process of its own. HDF5 is not made for damaged files: a single
 * wrong byte can end the process that reads it. */
#ifndef RS_ISOLATE_H
#define RS_ISOLATE_H

#include <stdbool.h>
#include <stddef.h>

#include "rnnsweep/status.h"

/* The work: writes its outcome to `out`; false when that failed. It must not touch the standard
 * streams, and what it changes in memory is lost. */
typedef bool rs_isolated_work(const void *context, int out);

/* Runs `work` in a child process, which may take a minute of CPU time. *bytes: what it wrote, *size
 * of them, to be freed. *ended is whether it came to its end and said true: without that the bytes
 * may be anything. RS_IO when no process can be made, RS_NO_MEMORY. */
rs_status rs_isolate(rs_isolated_work *work, const void *context, char **bytes, size_t *size,
                     bool *ended, rs_error *error);

#endif
