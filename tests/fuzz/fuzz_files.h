/* What the fuzz targets of files share: checks of their own steps, copies, and files of bytes. */
#ifndef RS_FUZZ_FILES_H
#define RS_FUZZ_FILES_H

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "isolate.h"

/* isolate.c's own function, under another name. */
rs_status isolate_really(rs_isolated_work *work, const void *context,
                         const rs_isolated_limits *limits, char **bytes, size_t *size,
                         rs_isolated_end *end, rs_error *error);

static inline void must(bool good)
{
    if (!good)
        abort();
}

/* For the caller to free. */
static inline char *copy_of(const char *bytes, size_t size)
{
    char *copy = malloc(size + 1);
    must(copy != NULL);
    return memcpy(copy, bytes, size);
}

static inline void write_bytes(const char *path, const char *bytes, size_t size)
{
    int to = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    must(to >= 0 && write(to, bytes, size) == (ssize_t)size && close(to) == 0);
}

#endif
