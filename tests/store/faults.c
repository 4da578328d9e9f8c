/* A library to preload that makes chosen system calls fail, as a full disk, a broken one or a
 * signal would. The environment says which:
 *
 *     FAULT_CALL   name of a function below
 *     FAULT_AT     the call that fails first, counted from 1 in each process
 *     FAULT_ERRNO  number of the error, or 0 for a short write of half the bytes
 *     FAULT_EVER   set: all later calls fail too
 *     FAULT_LOG    path of a file that is created when the fault strikes */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

/* Called in place of libc's functions, which have no prototypes that fit every glibc. */
#pragma GCC diagnostic ignored "-Wmissing-prototypes"

static atomic_long calls;

static void note(void)
{
    const char *path = getenv("FAULT_LOG");
    if (path != NULL)
        syscall(SYS_close, (int)syscall(SYS_openat, AT_FDCWD, path, O_CREAT | O_WRONLY, 0666));
}

/* Whether this call is to fail; then errno is set, to 0 for a short write. */
static bool strikes(const char *name)
{
    const char *chosen = getenv("FAULT_CALL"), *at = getenv("FAULT_AT");
    const char *number = getenv("FAULT_ERRNO");
    if (chosen == NULL || at == NULL || number == NULL || strcmp(chosen, name) != 0)
        return false;
    long count = atomic_fetch_add(&calls, 1) + 1, first = atol(at);
    if (count < first || (count > first && getenv("FAULT_EVER") == NULL))
        return false;
    note();
    errno = atoi(number);
    return true;
}

/* libc's own function; POSIX wants dlsym's result assigned in this way. */
#define FIND_REAL(name) *(void **)(&real) = dlsym(RTLD_NEXT, name)

#define WRITE_AT(name)                                                   \
    ssize_t name(int file, const void *bytes, size_t size, off_t offset) \
    {                                                                    \
        ssize_t (*real)(int, const void *, size_t, off_t);               \
        FIND_REAL(#name);                                                \
        if (strikes("pwrite")) {                                         \
            if (errno != 0)                                              \
                return -1;                                               \
            size = (size + 1) / 2;                                       \
        }                                                                \
        return real(file, bytes, size, offset);                          \
    }
WRITE_AT(pwrite)
WRITE_AT(pwrite64)

#define READ_AT(name)                                              \
    ssize_t name(int file, void *bytes, size_t size, off_t offset) \
    {                                                              \
        ssize_t (*real)(int, void *, size_t, off_t);               \
        FIND_REAL(#name);                                          \
        if (strikes("pread")) {                                    \
            if (errno != 0)                                        \
                return -1;                                         \
            size = (size + 1) / 2;                                 \
        }                                                          \
        return real(file, bytes, size, offset);                    \
    }
READ_AT(pread)
READ_AT(pread64)

#define OPEN(name)                                                     \
    int name(const char *path, int flags, ...)                         \
    {                                                                  \
        int (*real)(const char *, int, ...);                           \
        FIND_REAL(#name);                                              \
        va_list arguments;                                             \
        va_start(arguments, flags);                                    \
        mode_t mode = flags & O_CREAT ? va_arg(arguments, mode_t) : 0; \
        va_end(arguments);                                             \
        return strikes("open") ? -1 : real(path, flags, mode);         \
    }
OPEN(open)
OPEN(open64)

#define WITH_FILE(name)                          \
    int name(int file)                           \
    {                                            \
        int (*real)(int);                        \
        FIND_REAL(#name);                        \
        return strikes(#name) ? -1 : real(file); \
    }
WITH_FILE(fsync)
WITH_FILE(fdatasync)

/* A file whose bytes may still be on their way. */
static bool is_written_to(int file)
{
    struct stat status;
    int flags = fcntl(file, F_GETFL);
    return flags >= 0 && (flags & O_ACCMODE) != O_RDONLY && fstat(file, &status) == 0 &&
           S_ISREG(status.st_mode);
}

/* Linux has closed the file also when it reports an error. Nothing is lost when a file that was
 * only read does not close. */
int close(int file)
{
    int (*real)(int);
    FIND_REAL("close");
    bool fails = is_written_to(file) && strikes("close");
    int failure = errno, result = real(file);
    errno = fails ? failure : errno;
    return fails ? -1 : result;
}

int renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned flags)
{
    int (*real)(int, const char *, int, const char *, unsigned);
    FIND_REAL("renameat2");
    return strikes("rename") ? -1 : real(from_folder, from, to_folder, to, flags);
}

int rename(const char *from, const char *to)
{
    int (*real)(const char *, const char *);
    FIND_REAL("rename");
    return strikes("rename") ? -1 : real(from, to);
}

#define ALLOCATE(name)                                                     \
    int name(int file, int mode, off_t offset, off_t size)                 \
    {                                                                      \
        int (*real)(int, int, off_t, off_t);                               \
        FIND_REAL(#name);                                                  \
        return strikes("fallocate") ? -1 : real(file, mode, offset, size); \
    }
ALLOCATE(fallocate)
ALLOCATE(fallocate64)

#define TRUNCATE(name)                                       \
    int name(int file, off_t size)                           \
    {                                                        \
        int (*real)(int, off_t);                             \
        FIND_REAL(#name);                                    \
        return strikes("ftruncate") ? -1 : real(file, size); \
    }
TRUNCATE(ftruncate)
TRUNCATE(ftruncate64)
