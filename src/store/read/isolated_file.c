#include "isolated_file.h"

#include <stdlib.h>

/* Far more than HDF5 needs for an intact file of that size; a damaged one may request any
 * amount. */
static rs_isolated_limits limits_of(uint64_t file_size)
{
    const uint64_t megabytes = file_size >> 20, most = 1024;
    const uint64_t counted = megabytes < most ? megabytes : most;
    return (rs_isolated_limits){.seconds = (unsigned)(5 + counted / 20),
                                .bytes = (64 + 2 * counted) << 20};
}

bool rs_isolated_memory_is_short(uint64_t file_size)
{
    void *probe = malloc(limits_of(file_size).bytes);
    free(probe);
    return probe == NULL;
}

rs_status rs_isolated_no_memory(const char *path, rs_error *error)
{
    return rs_fail(error, RS_NO_MEMORY,
                   "%s: cannot be read: memory is short (`ulimit -v`, or the limit of the job)",
                   path);
}

/* Reports why there is no outcome. The file is blamed only for its own faults. */
static rs_status explain_end(rs_isolated_end end, const rs_isolated_limits *limits,
                             const char *path, rs_error *error)
{
    if (end == RS_ISOLATED_SLOW)
        return rs_fail(error, RS_BAD_DATA,
                       "%s: is damaged: the HDF5 library is not done with it after %u s", path,
                       limits->seconds);
    if (end == RS_ISOLATED_KILLED)
        return rs_fail(error, RS_IO,
                       "%s: cannot be read: the process that read it was killed, as the system "
                       "does when memory or a limit of CPU time runs out; the file may be whole",
                       path);
    return rs_fail(error, RS_BAD_DATA, "%s: is damaged: the HDF5 library crashes on it", path);
}

rs_status rs_isolate_file(rs_isolated_work *work, const void *context, const char *path,
                          uint64_t file_size, char **bytes, size_t *size, rs_error *error)
{
    const rs_isolated_limits limits = limits_of(file_size);
    rs_isolated_end end;
    rs_status status = rs_isolate(work, context, &limits, bytes, size, &end, error);
    if (status != RS_OK)
        return status;
    if (end == RS_ISOLATED_CRASHED && rs_isolated_memory_is_short(file_size))
        return rs_isolated_no_memory(path, error);
    return end == RS_ISOLATED_WELL ? RS_OK : explain_end(end, &limits, path, error);
}
