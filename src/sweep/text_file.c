#include "text_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "memory.h"

enum { FIRST_BYTES = 16 * 1024 };

/* Reads up to one byte more than the limit into a buffer that doubles as needed. */
static rs_status read_stream(void **block, size_t *length, FILE *file, const char *path,
                             size_t limit, rs_error *error)
{
    size_t room = 0;
    while (*length <= limit && !feof(file)) {
        size_t want = room > 0 ? 2 * room : FIRST_BYTES;
        rs_status status = rs_grow(block, &room, want < limit + 1 ? want : limit + 1, 1, error);
        if (status != RS_OK)
            return status;
        *length += fread((char *)*block + *length, 1, room - *length, file);
        if (ferror(file))
            return rs_fail(error, RS_IO, "cannot read the sweep file %s: %s", path,
                           strerror(errno));
        if (*length == room && room > limit)
            break;
    }
    if (*length > limit)
        return rs_fail(error, RS_BAD_DATA,
                       "the sweep file %s is larger than %zu bytes; use ranges in place of lists",
                       path, limit);
    return RS_OK;
}

bool rs_text_is_hdf5(const char *bytes, size_t size)
{
    static const char signature[] = "\x89HDF\r\n\x1a\n";
    return size >= sizeof signature - 1 && memcmp(bytes, signature, sizeof signature - 1) == 0;
}

/* A FIFO with a writer, as in `cat sweep.yaml | rnnsweep plan /dev/stdin`, is read. One without a
 * writer would block, so it is opened without waiting and ends at once. */
static rs_status check_writer(int file, FILE *stream, const char *path, rs_error *error)
{
    char first;
    const ssize_t got = read(file, &first, 1);
    if (got == 0)
        return rs_fail(error, RS_IO, "the sweep file %s is a FIFO that nothing writes to", path);
    if (got == 1)
        ungetc((unsigned char)first, stream);
    return RS_OK;
}

static rs_status open_stream(FILE **stream, const char *path, rs_error *error)
{
    struct stat found;
    rs_status status = RS_OK;
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    FILE *fresh = file >= 0 ? fdopen(file, "rb") : NULL;
    if (fresh == NULL || fstat(file, &found) != 0)
        status = rs_fail(error, RS_IO, "cannot open the sweep file %s: %s", path, strerror(errno));
    else if (S_ISFIFO(found.st_mode))
        status = check_writer(file, fresh, path, error);
    if (status == RS_OK && fcntl(file, F_SETFL, O_RDONLY) != 0)
        status = rs_fail(error, RS_IO, "cannot read the sweep file %s: %s", path, strerror(errno));
    if (status == RS_OK)
        *stream = fresh;
    else if (fresh != NULL)
        fclose(fresh);
    else if (file >= 0)
        close(file);
    return status;
}

rs_status rs_text_file_read(char **text, size_t *size, const char *path, size_t limit,
                            rs_error *error)
{
    void *block = NULL;
    size_t length = 0;
    FILE *file = NULL;
    rs_status status = open_stream(&file, path, error);
    if (status != RS_OK)
        return status;
    status = read_stream(&block, &length, file, path, limit, error);
    if (rs_text_is_hdf5(block, length)) /* whatever its length */
        status =
            rs_fail(error, RS_BAD_DATA,
                    "%s is an HDF5 file, not a sweep file: give the YAML file that it was made "
                    "from; `rnnsweep summary %s` looks at results",
                    path, path);
    if (status == RS_OK) {
        *text = block;
        *size = length;
        block = NULL;
    }
    free(block);
    fclose(file);
    return status;
}
