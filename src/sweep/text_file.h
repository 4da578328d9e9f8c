/* A whole file in memory. */
#ifndef RS_TEXT_FILE_H
#define RS_TEXT_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "rnnsweep/status.h"

/* *text = the file's contents (released with free), *size its bytes. A FIFO is read to its end.
 * RS_IO when it cannot be read, or is a FIFO that nothing writes to; RS_BAD_DATA when it has more
 * than `limit` bytes, RS_NO_MEMORY. */
rs_status rs_text_file_read(char **text, size_t *size, const char *path, size_t limit,
                            rs_error *error);

/* Whether a file that begins with these bytes is HDF5, a results file where a text was meant. */
bool rs_text_is_hdf5(const char *bytes, size_t size);

#endif
