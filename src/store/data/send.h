/* From an isolated process to the one that waits for it. */
#ifndef RS_SEND_H
#define RS_SEND_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "rnnsweep/status.h"

/* Writes all bytes to a pipe. */
static inline bool rs_send(int out, const void *bytes, size_t size)
{
    for (size_t sent = 0; sent < size;) {
        ssize_t now = write(out, (const char *)bytes + sent, size - sent);
        if (now < 0 && errno != EINTR)
            return false;
        sent += now > 0 ? (size_t)now : 0;
    }
    return true;
}

/* A call of the system that failed while HDF5 read (h5_descriptor.h) comes before what HDF5 says of
 * the file: it is no damage. */
static inline void rs_explain_failure(int failure, const char *path, rs_error *error)
{
    if (failure != 0)
        rs_fail(error, failure == ENOMEM ? RS_NO_MEMORY : RS_IO, "%s: cannot be read: %s", path,
                strerror(failure));
}

#endif
