#include "stop.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { ECHO_MILLISECONDS = 500 };

/* The only mutable globals of the program: a signal handler has no other way to pass on its
 * message. Lock-free atomics rather than volatile sig_atomic_t, because the handler may run on any
 * thread and all threads read them. */
static atomic_int stop_signal;
static _Atomic int64_t stop_time; /* milliseconds of CLOCK_MONOTONIC; 0 = not yet */
static const char *stop_notice;   /* written before the handlers are installed */

static int64_t now_milliseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Only async-signal-safe calls: clock_gettime, write, signal, raise. */
static void on_signal(int number)
{
    int saved_errno = errno;
    int64_t now = now_milliseconds(), first = 0;
    if (atomic_compare_exchange_strong(&stop_time, &first, now)) {
        atomic_store(&stop_signal, number);
        ssize_t written = write(STDERR_FILENO, stop_notice, strlen(stop_notice));
        (void)written; /* a closed terminal must not prevent stopping */
    } else if (now - first > ECHO_MILLISECONDS) {
        signal(number, SIG_DFL);
        raise(number); /* delivered when the handler returns */
    }
    errno = saved_errno;
}

/* nohup(1) starts programs with SIGHUP ignored, so that they survive their terminal. */
static bool hangup_is_ignored(void)
{
    struct sigaction given;
    return sigaction(SIGHUP, NULL, &given) == 0 && given.sa_handler == SIG_IGN;
}

rs_status rs_stop_install(const char *notice, rs_error *error)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGUSR1, SIGUSR2, SIGHUP};
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    stop_notice = notice;
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        if (signals[i] == SIGHUP && hangup_is_ignored())
            continue;
        if (sigaction(signals[i], &action, NULL) != 0)
            return rs_fail(error, RS_INTERNAL, "cannot catch signal %d: %s", signals[i],
                           strerror(errno));
    }
    return RS_OK;
}

int rs_stop_signal(void)
{
    return atomic_load_explicit(&stop_signal, memory_order_relaxed);
}
