/* Reading a file of unknown contents in a process of its own, with limits in proportion to it. */
#ifndef RS_ISOLATED_FILE_H
#define RS_ISOLATED_FILE_H

#include "isolate.h"

/* Does `work`, which reads the file `path` of `file_size` bytes. *bytes, *size: what it wrote, to
 * be freed also on failure. RS_BAD_DATA when the file makes HDF5 crash or work without end; RS_IO
 * when the process was killed from outside; RS_NO_MEMORY. */
rs_status rs_isolate_file(rs_isolated_work *work, const void *context, const char *path,
                          uint64_t file_size, char **bytes, size_t *size, rs_error *error);

/* Whether this process could not have the memory that such work may take: then what it could not
 * read is no fault of the file. */
bool rs_isolated_memory_is_short(uint64_t file_size);

/* RS_NO_MEMORY, in words. */
rs_status rs_isolated_no_memory(const char *path, rs_error *error);

#endif
