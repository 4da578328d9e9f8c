#include "isolate.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "memory.h"

enum { READ_BYTES = 1 << 16 };

#ifdef RS_SANITIZED
enum { SANITIZED = true };
#else
enum { SANITIZED = false };
#endif

/* Bytes of private memory that the process has, as RLIMIT_DATA counts them. */
static bool memory_in_use(uint64_t *bytes)
{
    enum { DATA_FIELD = 5 };
    char line[256], *field = line, *end;
    FILE *file = fopen("/proc/self/statm", "re");
    if (file == NULL)
        return false;
    const bool got = fgets(line, sizeof line, file) != NULL;
    fclose(file);
    for (int i = 0; got && field != NULL && i < DATA_FIELD; i++)
        if ((field = strchr(field, ' ')) != NULL)
            field++;
    if (!got || field == NULL)
        return false;
    const uint64_t pages = strtoull(field, &end, 10);
    *bytes = pages * (uint64_t)sysconf(_SC_PAGESIZE);
    return end != field;
}

/* The lower of a limit and what is in force. The hard limit stays: the child may not be killed
 * without the signal that tells why. */
static void lower_limit(int resource, uint64_t value)
{
    struct rlimit limit;
    if (getrlimit(resource, &limit) == 0 && limit.rlim_cur > value) {
        limit.rlim_cur = value;
        setrlimit(resource, &limit);
    }
}

static void limit_child(const rs_isolated_limits *limits)
{
    uint64_t used;
    lower_limit(RLIMIT_CORE, 0);
    lower_limit(RLIMIT_CPU, limits->seconds);
    if (!SANITIZED && memory_in_use(&used))
        lower_limit(RLIMIT_DATA, used + limits->bytes);
}

_Noreturn static void run_child(rs_isolated_work *work, const void *context,
                                const rs_isolated_limits *limits, int out)
{
    static const int ends[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGXCPU};
    /* Handlers of the program or a sanitizer must not run in the child. */
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
        signal(ends[i], SIG_DFL);
    limit_child(limits);
    bool good = work(context, out);
    _exit(good ? 0 : 1);
}

static rs_status read_all(int from, char **bytes, size_t *size, rs_error *error)
{
    void *block = NULL;
    size_t room = 0, used = 0;
    for (;;) {
        rs_status status = rs_grow(&block, &room, used + READ_BYTES, 1, error);
        ssize_t got = status == RS_OK ? read(from, (char *)block + used, READ_BYTES) : 0;
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            status = rs_fail(error, RS_IO, "cannot read from a pipe: %s", strerror(errno));
        if (status != RS_OK) {
            free(block);
            return status;
        }
        if (got == 0)
            break;
        used += (size_t)got;
    }
    *bytes = block;
    *size = used;
    return RS_OK;
}

/* Whether the child reached a limit of CPU time inherited from this process. */
static bool own_time_is_less(const rs_isolated_limits *limits)
{
    struct rlimit limit;
    return getrlimit(RLIMIT_CPU, &limit) == 0 && limit.rlim_cur < limits->seconds;
}

static rs_isolated_end wait_for(pid_t child, const rs_isolated_limits *limits)
{
    int status;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return RS_ISOLATED_KILLED;
    if (WIFEXITED(status))
        return WEXITSTATUS(status) == 0 ? RS_ISOLATED_WELL : RS_ISOLATED_CRASHED;
    switch (WTERMSIG(status)) {
    case SIGSEGV:
    case SIGBUS:
    case SIGILL:
    case SIGFPE:
    case SIGABRT:
        return RS_ISOLATED_CRASHED;
    case SIGXCPU:
        return own_time_is_less(limits) ? RS_ISOLATED_KILLED : RS_ISOLATED_SLOW;
    default:
        return RS_ISOLATED_KILLED;
    }
}

rs_status rs_isolate(rs_isolated_work *work, const void *context, const rs_isolated_limits *limits,
                     char **bytes, size_t *size, rs_isolated_end *end, rs_error *error)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return rs_fail(error, RS_IO, "cannot make a pipe: %s", strerror(errno));
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        run_child(work, context, limits, ends[1]);
    }
    int failure = errno;
    close(ends[1]);
    if (child < 0) {
        close(ends[0]);
        return rs_fail(error, RS_IO, "cannot start a process to read a results file: %s",
                       strerror(failure));
    }
    rs_status status = read_all(ends[0], bytes, size, error);
    close(ends[0]);
    rs_isolated_end found = wait_for(child, limits);
    if (status == RS_OK)
        *end = found;
    return status;
}
