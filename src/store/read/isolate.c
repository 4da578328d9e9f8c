#include "isolate.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "memory.h"

enum { CPU_SECONDS = 60, READ_BYTES = 1 << 16 };

_Noreturn static void run_child(rs_isolated_work *work, const void *context, int out)
{
    static const int crashes[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};
    const struct rlimit no_core = {0, 0}, time = {CPU_SECONDS, CPU_SECONDS};
    /* A handler of the program, or of a sanitizer, must not carry on as if it were the parent. */
    for (size_t i = 0; i < sizeof crashes / sizeof crashes[0]; i++)
        signal(crashes[i], SIG_DFL);
    setrlimit(RLIMIT_CORE, &no_core);
    setrlimit(RLIMIT_CPU, &time);
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

static bool wait_for(pid_t child)
{
    int status;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return false;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

rs_status rs_isolate(rs_isolated_work *work, const void *context, char **bytes, size_t *size,
                     bool *ended, rs_error *error)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return rs_fail(error, RS_IO, "cannot make a pipe: %s", strerror(errno));
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        run_child(work, context, ends[1]);
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
    bool good = wait_for(child);
    if (status == RS_OK)
        *ended = good;
    return status;
}
