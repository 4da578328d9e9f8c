/* A library to preload that records what is written to files whose name contains ".h5", for
 * test_power_loss.py. The environment's RECORD_TO names the record: for each write its offset and
 * size as int64 and its bytes; for each completed sync an offset of -1 and size 0. */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

/* Called in place of libc's functions, which have no prototypes that fit every glibc. */
#pragma GCC diagnostic ignored "-Wmissing-prototypes"

#define FIND_REAL(name) *(void **)(&real) = dlsym(RTLD_NEXT, name)

static bool is_recorded(int file)
{
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0)
        return false;
    path[length] = '\0';
    return strstr(path, ".h5") != NULL;
}

static void record(int64_t offset, const void *bytes, int64_t size)
{
    const int64_t head[] = {offset, size};
    const char *path = getenv("RECORD_TO");
    int log = path != NULL ? open(path, O_WRONLY | O_CREAT | O_APPEND, 0666) : -1;
    if (log < 0 || write(log, head, sizeof head) != (ssize_t)sizeof head ||
        write(log, bytes, (size_t)size) != size)
        abort();
    close(log);
}

#define WRITE_AT(name)                                                   \
    ssize_t name(int file, const void *bytes, size_t size, off_t offset) \
    {                                                                    \
        ssize_t (*real)(int, const void *, size_t, off_t);               \
        FIND_REAL(#name);                                                \
        ssize_t written = real(file, bytes, size, offset);               \
        if (written > 0 && is_recorded(file))                            \
            record(offset, bytes, written);                              \
        return written;                                                  \
    }
WRITE_AT(pwrite)
WRITE_AT(pwrite64)

#define SYNC(name)                            \
    int name(int file)                        \
    {                                         \
        int (*real)(int);                     \
        FIND_REAL(#name);                     \
        int result = real(file);              \
        if (result == 0 && is_recorded(file)) \
            record(-1, NULL, 0);              \
        return result;                        \
    }
SYNC(fsync)
SYNC(fdatasync)
